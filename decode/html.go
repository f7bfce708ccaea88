package decode

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// form is one form of a page.
type form struct {
	action string // absolute where the page's URL is known
	method string // upper case
	fields []Param
}

// maxAttribute bounds what the tokenizer holds at once; the value of a hidden
// field is one attribute.
const maxAttribute = 64 << 20

// forms reads the forms of a page at the URL page, which may be empty. Fields
// outside every form make one of their own.
func forms(page []byte, pageURL string) []form {
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(maxAttribute)
	base, _ := url.Parse(pageURL)
	var list []form
	open := -1  // index in list of the open form
	stray := -1 // index of the one for fields outside
	area := ""  // name of the open textarea
	add := func(name, value string) {
		at := open
		if at < 0 {
			if stray < 0 {
				list = append(list, form{})
				stray = len(list) - 1
			}
			at = stray
		}
		list[at].fields = append(list[at].fields, Param{Name: name, Value: value})
	}
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			return list
		case html.TextToken:
			if area != "" {
				add(area, strings.TrimPrefix(string(z.Text()), "\n"))
				area = ""
			}
			continue
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
		default:
			continue
		}
		name, hasAttr := z.TagName()
		switch string(name) {
		case "form":
			if open = -1; kind != html.EndTagToken {
				a := attributes(z, hasAttr)
				list = append(list, form{action: resolve(base, a["action"]), method: strings.ToUpper(strings.TrimSpace(a["method"]))})
				open = len(list) - 1
				if list[open].method == "" {
					list[open].method = "GET"
				}
			}
		case "base":
			if u, err := url.Parse(resolve(base, attributes(z, hasAttr)["href"])); err == nil {
				base = u
			}
		case "input":
			if a := attributes(z, hasAttr); a["name"] != "" {
				add(a["name"], a["value"])
			}
		case "textarea":
			if kind == html.StartTagToken {
				area = attributes(z, hasAttr)["name"]
			} else {
				area = ""
			}
		}
	}
}

func attributes(z *html.Tokenizer, more bool) map[string]string {
	attrs := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, twice := attrs[string(key)]; !twice {
			attrs[string(key)] = string(value)
		}
	}
	return attrs
}

// resolve makes ref absolute; an empty action is the page itself.
func resolve(base *url.URL, ref string) string {
	ref = strings.TrimSpace(ref)
	if base == nil || base.Scheme == "" {
		return ref
	}
	u, err := base.Parse(ref)
	if err != nil {
		return ref
	}
	if ref == "" {
		return base.String()
	}
	return u.String()
}

// formMessages are the messages in the forms of a page. capture is what they
// have in common.
func (r *reader) formMessages(page []byte, pageURL string, capture *Capture, steps []Step) []*Message {
	list := forms(page, pageURL)
	messages := make([]*Message, 0, len(list))
	for _, f := range list {
		c := *capture
		c.Action, c.FormMethod = f.action, f.method
		proto := found{capture: &c, encoding: plain, transport: inForm, steps: steps}
		if f.method == "GET" {
			proto.transport = inQuery
		}
		messages = append(messages, r.paramsIn(f.fields, proto, "form field")...)
	}
	return messages
}

// readHTML reads a page: its forms, else whatever message it shows as text.
func (r *reader) readHTML(body []byte) *Error {
	r.setKind(KindHTML)
	c := r.capture()
	c.InResponse = true
	for _, m := range r.formMessages(body, "", c, []Step{{Name: "HTML form"}}) {
		r.add(m)
	}
	if len(r.trace.Messages) > 0 || r.scanText(body, []Step{{Name: "HTML page"}}) {
		return nil
	}
	return newError("html-no-saml", "the HTML page has no form field with a SAML message",
		"save the page that posts the SAMLResponse (its source, not what the browser shows after it), or export a HAR file")
}
