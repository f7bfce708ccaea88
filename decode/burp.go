package decode

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// looksBurp reports whether XML is an export of Burp Suite ("Save items").
func looksBurp(b []byte) bool {
	if rootName(b) != "items" {
		return false
	}
	head := b[:min(len(b), 1<<16)]
	return bytes.Contains(head, []byte("burpVersion")) || bytes.Contains(head, []byte("<request base64="))
}

// readBurp reads what Burp Suite saves as items: an element for each exchange,
// with the raw request and response in it.
func (r *reader) readBurp(data []byte) *Error {
	r.setKind(KindBurp)
	limits := r.limits
	if limits.Bytes == 0 {
		limits.Bytes = -1 // the size of a capture says nothing of its messages
	}
	doc := xmldoc.Parse(data, xmldoc.Options{Limits: limits})
	var entries []*recorded
	if root := doc.Root(); root != nil {
		for item := range root.Elements() {
			if item.Name().Local == "item" && len(entries) < 10*maxMessages {
				rec := burpItem(item)
				rec.ex.Entry = len(entries)
				entries = append(entries, rec)
			}
		}
	}
	if i := slices.IndexFunc(doc.Errors(), func(e *xmldoc.Error) bool { return e.Fatal }); i >= 0 {
		at := doc.Errors()[i].Position()
		r.note("the Burp export is damaged or cut off at line %s; the %s up to there were read", count(at.Line), plural(len(entries), "item", "items"))
	}
	r.captureMessages(entries)
	if len(r.trace.Messages) > 0 {
		return nil
	}
	if len(entries) == 0 {
		return newError("burp-no-saml", "the input is no export of Burp Suite: it has no items", "in Burp's HTTP history, select the login and choose Save items")
	}
	return r.exchangesError(entries, "burp-no-saml", "a Burp export", "select the whole login in Burp's HTTP history, from its first request to the answer of the service, and save the items again")
}

// burpItem reads one item.
func burpItem(item *xmldoc.Node) *recorded {
	rec := &recorded{plain: true, ex: &Exchange{}}
	ex := rec.ex
	var started string
	var host, port, scheme string
	for n := range item.Elements() {
		switch n.Name().Local {
		case "time":
			started = strings.TrimSpace(n.Text())
		case "url":
			ex.URL = strings.TrimSpace(n.Text())
		case "host":
			host = strings.TrimSpace(n.Text())
		case "port":
			port = strings.TrimSpace(n.Text())
		case "protocol":
			scheme = strings.ToLower(strings.TrimSpace(n.Text()))
		case "request":
			m := burpMessage(n)
			if m == nil {
				continue
			}
			address := ex.URL
			m.request(rec, scheme)
			if address != "" {
				ex.URL = address
			}
		case "response":
			if m := burpMessage(n); m != nil {
				m.respond(rec)
			}
		case "method":
			if ex.Method == "" {
				ex.Method = strings.TrimSpace(n.Text())
			}
		case "status":
			if ex.Status == 0 {
				ex.Status, _ = strconv.Atoi(strings.TrimSpace(n.Text()))
			}
		}
	}
	if ex.URL == "" && host != "" {
		if port != "" {
			host += ":" + port
		}
		ex.setHost("/", scheme, host, nil)
	}
	ex.complete()
	ex.Started = javaTime(started, header(ex.ResponseHeaders, "Date"))
	return rec
}

// burpMessage is the raw message in an element; nil without one.
func burpMessage(n *xmldoc.Node) *rawMessage {
	raw := []byte(n.Text())
	if a := n.Attr("", "base64"); a != nil && a.Value == "true" {
		clean := bytes.Join(bytes.Fields(raw), nil)
		out := make([]byte, base64.StdEncoding.DecodedLen(len(clean)))
		// What stands before the damage is still worth reading.
		size, _ := base64.StdEncoding.Decode(out, clean)
		raw = out[:size]
	}
	return wholeMessage(raw)
}

// wholeMessage reads raw as a single HTTP message; nil when it is none.
func wholeMessage(raw []byte) *rawMessage {
	if !looksHTTP(raw) {
		return nil
	}
	raw = bytes.TrimLeft(raw, " \t\r\n")
	m, head := parseHead(raw)
	m.all = raw
	m.body = raw[head:]
	if strings.Contains(strings.ToLower(header(m.headers, "Transfer-Encoding")), "chunked") {
		if body, _, ok := dechunk(m.body); ok {
			m.body = body
		}
	}
	m.body = decoded(m.body, m.headers)
	return m
}

// javaTime reads the form in which Java shows a date. Zones are abbreviated
// there: one that means several is settled by date, the Date of the response,
// to which the time is then close; zero when it cannot be.
func javaTime(s, date string) time.Time {
	// In UTC, so that the zone of this machine has no say.
	t, err := time.ParseInLocation("Mon Jan 02 15:04:05 MST 2006", s, time.UTC)
	if err != nil {
		return parseTime(s)
	}
	name, seconds := t.Zone()
	if seconds != 0 { // such as GMT+3
		return t.UTC()
	}
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	if minutes, ok := zoneOffset(name); ok {
		return wall.Add(-time.Duration(minutes) * time.Minute)
	}
	sent, err := time.ParseInLocation(time.RFC1123, date, time.UTC)
	if err != nil {
		return time.Time{}
	}
	const quarter = 15 * time.Minute // all zones are multiples of it
	offset := wall.Sub(sent).Round(quarter)
	if offset < -12*time.Hour || offset > 14*time.Hour {
		return time.Time{}
	}
	return wall.Add(-offset)
}

// zoneOffset is the offset of a zone from UTC in minutes, by its abbreviation,
// where that means one zone only.
func zoneOffset(name string) (minutes int, ok bool) {
	switch name {
	case "UTC", "GMT", "Z", "WET":
		return 0, true
	case "WEST", "CET", "MET":
		return 60, true
	case "CEST", "MEST", "EET", "SAST":
		return 120, true
	case "EEST", "MSK":
		return 180, true
	case "JST", "KST":
		return 540, true
	case "AEST":
		return 600, true
	case "AEDT":
		return 660, true
	case "NZST":
		return 720, true
	case "NZDT":
		return 780, true
	case "EST", "CDT":
		return -300, true
	case "EDT":
		return -240, true
	case "MST", "PDT":
		return -420, true
	case "MDT":
		return -360, true
	case "PST":
		return -480, true
	}
	return 0, false
}
