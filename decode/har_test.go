package decode_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/decode"
)

func fixture(tb testing.TB, name string) string {
	tb.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

func TestDevToolsHAR(t *testing.T) {
	trace := read(t, fixture(t, "devtools.har"), decode.Options{})
	if trace.Kind != decode.KindHAR || len(trace.Exchanges) != 6 || len(trace.Messages) != 2 || len(trace.Notes) != 0 {
		t.Fatalf("%s, %d exchanges: %s", trace.Kind, len(trace.Exchanges), describe(trace))
	}
	request, response := trace.Messages[0], trace.Messages[1]
	if c := request.Capture; request.Binding != decode.BindingRedirect || c.Entry != 1 || entry(c.Page) != 0 || c.InResponse || c.Exchange.Method != http.MethodGet ||
		request.RelayState.Value != "/home" || request.RelayState.Raw != "%2Fhome" {
		t.Errorf("request: %+v, capture %+v", request, c)
	}
	c := response.Capture
	if response.Binding != decode.BindingPOST || c.Entry != 4 || entry(c.Page) != 3 || c.InResponse || c.Exchange.URL != "https://sp.example.com/acs" || c.Action != "" {
		t.Errorf("response: %+v, capture %+v", response, c)
	}
	if want := time.Date(2026, 3, 4, 10, 0, 20, 5e8, time.UTC); !c.Time.Equal(want) || c.Exchange.Duration != 20500*time.Microsecond {
		t.Errorf("time %v, duration %v", c.Time, c.Exchange.Duration)
	}
	if got := stepNames(response); got != "HAR entry 4, form field SAMLResponse, base64, XML" {
		t.Errorf("steps %q", got)
	}
	if len(c.Exchange.Form) != 2 || c.Exchange.Status != 303 || c.Exchange.Redirect != "https://sp.example.com/error?code=13" || !strings.HasPrefix(string(c.Exchange.RequestBody), "SAMLResponse=") {
		t.Errorf("exchange %+v", c.Exchange)
	}
	// The service's answer comes one redirect later.
	if got := string(trace.Exchanges[5].ResponseBody); !strings.Contains(got, "(13)") {
		t.Errorf("answer %q", got)
	}
	if got := trace.Exchanges[5].Query; len(got) != 1 || got[0] != (decode.Param{Name: "code", Value: "13", Raw: "13"}) {
		t.Errorf("query %+v", got)
	}
}

// TestChromeHAR has decoded parameters, a byte order mark, no query lists and
// entries out of order.
func TestChromeHAR(t *testing.T) {
	trace := read(t, fixture(t, "chrome-har.har"), decode.Options{})
	if len(trace.Messages) != 1 || len(trace.Exchanges) != 3 {
		t.Fatal(describe(trace))
	}
	m := trace.Messages[0]
	if c := m.Capture; c.Entry != 0 || entry(c.Page) != 1 || !c.Time.Equal(time.Date(2026, 3, 4, 10, 0, 20, 5e8, time.UTC)) || len(m.Problems) != 0 {
		t.Errorf("capture %+v, problems %q", c, problemIDs(m))
	}
	var order []int
	for _, ex := range trace.Exchanges {
		order = append(order, ex.Entry)
	}
	if !slices.Equal(order, []int{1, 0, 2}) {
		t.Errorf("order %v", order)
	}
	if m.RelayState == nil || m.RelayState.Value != "/home" {
		t.Errorf("RelayState %+v", m.RelayState)
	}
}

func TestHARQuirks(t *testing.T) {
	const acs = "https://sp.example.com/acs"
	at := func(s int) string { return fmt.Sprintf("2026-03-04T10:00:%02d.000Z", s) }
	response, encoded := b64(responseXML), escape(b64(responseXML))
	page := fmt.Sprintf(`<html><form method=post action=%q><input name=SAMLResponse value="%s"></form></html>`, acs, response)
	ok := `{"status":200,"headers":[],"content":{"mimeType":"text/html","text":"<p>hello"}}`
	html := func(text string) string {
		return fmt.Sprintf(`{"status":200,"headers":[],"content":{"mimeType":"text/html; charset=utf-8","text":%q}}`, text)
	}
	form := func(text string) string {
		return fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":%q}`, text)
	}
	post := func(s int, data string) string { return harEntry(at(s), "POST", acs, data, ok) }
	tests := []struct {
		name, input string
		want        []string // entry, binding, parameter, page, delivered
		problems    string   // of the last message
		xml         string   // of the last message; the response by default
	}{
		{"text", har(post(1, form("SAMLResponse="+encoded))), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"text with a bare plus", har(post(1, form("SAMLResponse="+response))), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "blank-for-plus", ""},
		{"text without a type", har(post(1, `{"text":"SAMLResponse=`+encoded+`"}`)), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"text in base64", har(post(1, `{"mimeType":"application/x-www-form-urlencoded","encoding":"base64","text":"`+b64("SAMLResponse="+encoded)+`"}`)), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"text with headers in front", har(post(1, form("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nSAMLResponse="+encoded))), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"decoded params", har(post(1, `{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"SAMLResponse","value":"`+response+`"},{"name":"RelayState","value":"a b"}]}`)), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"encoded params", har(post(1, `{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"SAMLResponse","value":"`+encoded+`"},{"name":"RelayState","value":"%2Fx"}]}`)), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"cut text and whole params", har(post(1, `{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=`+encoded[:200]+`","params":[{"name":"SAMLResponse","value":"`+response+`"}]}`)), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"multipart", har(post(1, `{"mimeType":"multipart/form-data; boundary=xyz","text":"--xyz\r\nContent-Disposition: form-data; name=\"SAMLResponse\"\r\n\r\n`+response+`\r\n--xyz--\r\n"}`)), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"wrong case", har(post(1, form("samlResponse="+encoded))), []string{"0 HTTP-POST samlResponse -1 -1"}, "name-near-miss", ""},
		{"a name that nobody knows", har(post(1, form("t=1&token="+encoded))), []string{"0 HTTP-POST token -1 -1"}, "name-unknown", ""},
		{"reloaded", har(harEntry(at(0), "GET", "https://idp.example.com/", "", html(page)), post(1, form("SAMLResponse="+encoded)), post(9, form("SAMLResponse="+encoded))),
			[]string{"1 HTTP-POST SAMLResponse 0 -1", "2 HTTP-POST SAMLResponse 0 -1"}, "", ""},
		{"two logins", har(harEntry(at(0), "GET", "https://idp.example.com/", "", html(page)), post(1, form("SAMLResponse="+encoded)), harEntry(at(8), "GET", "https://idp.example.com/", "", html(page)), post(9, form("SAMLResponse="+encoded))),
			[]string{"1 HTTP-POST SAMLResponse 0 -1", "3 HTTP-POST SAMLResponse 2 -1"}, "", ""},
		{"page only", har(harEntry(at(0), "GET", "https://idp.example.com/", "", html(page))), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"page, and a POST without its body", har(harEntry(at(0), "GET", "https://idp.example.com/", "", html(page)), post(3, "")), []string{"0 HTTP-POST SAMLResponse -1 1"}, "", ""},
		{"page in base64", har(harEntry(at(0), "GET", "https://idp.example.com/", "", `{"status":200,"headers":[],"content":{"mimeType":"text/html","encoding":"base64","text":"`+b64(page)+`"}}`)), []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"page whose form has another name", har(harEntry(at(0), "GET", "https://idp.example.com/", "", html(strings.Replace(page, "name=SAMLResponse", "name=x", 1)))), []string{"0 HTTP-POST x -1 -1"}, "name-unknown", ""},
		{"redirect that nobody followed", har(harEntry(at(0), "GET", "https://sp.example.com/", "", `{"status":302,"headers":[{"name":"Location","value":"https://idp.example.com/sso?SAMLRequest=`+escape(b64(deflate(requestXML)))+`"}],"redirectURL":"","content":{}}`)),
			[]string{"0 HTTP-Redirect SAMLRequest -1 -1"}, "", requestXML},
		{"GET", har(harEntry(at(1), "GET", acs+"?SAMLResponse="+encoded, "", ok)), []string{"0 HTTP-Redirect SAMLResponse -1 -1"}, "not-deflated", ""},
		{"SOAP", har(harEntry(at(1), "POST", "https://sp.example.com/soap", fmt.Sprintf(`{"mimeType":"text/xml","text":%q}`, `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>`+requestXML+`</e:Body></e:Envelope>`), ok)),
			[]string{"0 SOAP  -1 -1"}, "", requestXML},
		{"JSON body", har(harEntry(at(1), "POST", acs, fmt.Sprintf(`{"mimeType":"application/json","text":%q}`, `{"SAMLResponse":"`+response+`"}`), ok)), []string{"0  SAMLResponse -1 -1"}, "", ""},
		{"missing fields", `{"log":{"entries":[{},{"request":{}},null,5,{"request":{"method":"POST","url":"` + acs + `","postData":{"text":"SAMLResponse=` + encoded + `"}}}]}}`, []string{"4 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"wrong types", `{"log":{"entries":[{"startedDateTime":5,"time":"7","request":{"method":7,"url":[],"headers":{"a":"b"},"postData":"x"},"response":[]},{"request":{"method":"POST","url":"` + acs + `","postData":{"text":"SAMLResponse=` + encoded + `"}}}]}}`,
			[]string{"1 HTTP-POST SAMLResponse -1 -1"}, "", ""},
		{"entries without log", `{"entries":[` + post(1, form("SAMLResponse="+encoded)) + `]}`, []string{"0 HTTP-POST SAMLResponse -1 -1"}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trace := read(t, tt.input, decode.Options{})
			var got []string
			for _, m := range trace.Messages {
				c := m.Capture
				got = append(got, fmt.Sprintf("%d %s %s %d %d", c.Entry, m.Binding, m.Param, entry(c.Page), entry(c.Delivered)))
			}
			if !slices.Equal(got, tt.want) {
				t.Fatalf("messages %q, want %q: %s", got, tt.want, describe(trace))
			}
			m := trace.Messages[len(trace.Messages)-1]
			want := tt.xml
			if want == "" {
				want = responseXML
			}
			if string(m.XML) != want {
				t.Errorf("XML %q", m.XML)
			}
			if p := problemIDs(m); p != tt.problems {
				t.Errorf("problems %q, want %q", p, tt.problems)
			}
			if c := m.Capture; c.InResponse != (tt.name == "redirect that nobody followed" || strings.HasPrefix(tt.name, "page")) {
				t.Errorf("in response: %v", c.InResponse)
			}
		})
	}
}

// TestPageOnly holds the times and the form of a message that only a page shows.
func TestPageOnly(t *testing.T) {
	page := `<form method='post' action='../acs'><input name='SAMLResponse' value='` + b64(responseXML) + `'></form>`
	first := harEntry("2026-03-04T10:00:00Z", "GET", "https://sp.example.com/sso/login", "", fmt.Sprintf(`{"status":200,"content":{"mimeType":"text/html","text":%q}}`, page))
	c := one(t, har(first), decode.Options{}).Capture
	if want := time.Date(2026, 3, 4, 10, 0, 0, 25_500_000, time.UTC); !c.Time.Equal(want) || !c.InResponse || c.Action != "https://sp.example.com/acs" || c.FormMethod != "POST" {
		t.Errorf("capture %+v", c)
	}
	second := harEntry("2026-03-04T10:00:09Z", "POST", "https://sp.example.com/acs", "", `{"status":403,"content":{"mimeType":"text/html","text":"<p>denied"}}`)
	c = one(t, har(first, second), decode.Options{}).Capture
	if c.Delivered == nil || !c.Time.Equal(c.Delivered.Started) || string(c.Delivered.ResponseBody) != "<p>denied" || entry(c.Exchange) != 0 {
		t.Errorf("capture %+v", c)
	}
}

func TestCutHAR(t *testing.T) {
	entry := func(s int) string {
		return harEntry(fmt.Sprintf("2026-03-04T10:00:%02d.000Z", s), "POST", "https://sp.example.com/acs",
			fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%s"}`, escape(b64(responseXML))), `{"status":200,"content":{}}`)
	}
	whole := har(entry(1), entry(2))
	trace := read(t, whole[:len(whole)-100], decode.Options{})
	if len(trace.Messages) != 2 || len(trace.Notes) != 1 || !strings.Contains(trace.Notes[0], "cut off") {
		t.Errorf("cut in the last entry: %s", describe(trace))
	}
	trace = read(t, whole[:len(whole)-400], decode.Options{})
	if len(trace.Messages) != 2 || trace.Messages[1].Capture.Entry != 1 || !trace.Messages[1].Document.Truncated() {
		t.Errorf("cut in the last value: %s", describe(trace))
	}
	trace = read(t, whole[:len(whole)-3]+"!!!", decode.Options{})
	if len(trace.Messages) != 2 || len(trace.Notes) != 1 || !strings.Contains(trace.Notes[0], "damaged") {
		t.Errorf("damaged: %s", describe(trace))
	}
}

// TestRedactedBeside keeps what was not replaced and says what was.
func TestRedactedBeside(t *testing.T) {
	hidden := `{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%5BREDACTED%5D"}`
	trace := read(t, har(harEntry("2026-03-04T10:00:00Z", "GET", "https://idp.example.com/?SAMLRequest="+escape(b64(deflate(requestXML))), "", `{}`),
		harEntry("2026-03-04T10:00:01Z", "POST", "https://sp.example.com/acs", hidden, `{}`)), decode.Options{})
	if len(trace.Messages) != 1 || len(trace.Notes) != 1 || !strings.Contains(trace.Notes[0], "replaced") {
		t.Error(describe(trace))
	}
}

func TestSAMLTracer(t *testing.T) {
	trace := read(t, fixture(t, "saml-tracer.json"), decode.Options{})
	if trace.Kind != decode.KindSAMLTracer || len(trace.Messages) != 2 || len(trace.Notes) != 1 {
		t.Fatal(describe(trace))
	}
	request, response := trace.Messages[0], trace.Messages[1]
	if request.Binding != decode.BindingRedirect || stepNames(request) != "SAML-tracer request 0, query parameter SAMLRequest, base64, DEFLATE, XML" {
		t.Errorf("request: %s %s", request.Binding, stepNames(request))
	}
	if response.Binding != decode.BindingPOST || response.Param != "SAMLResponse" || response.Capture.Exchange.URL != "https://sp.example.com/acs" ||
		stepNames(response) != "SAML-tracer request 1, XML as SAML-tracer decoded it, XML" || len(response.Problems) != 0 || !response.Capture.Time.IsZero() {
		t.Errorf("response: %s %s %s %q", response.Binding, response.Param, stepNames(response), problemIDs(response))
	}
	legacy := one(t, fixture(t, "saml-tracer-legacy.json"), decode.Options{})
	if legacy.Binding != decode.BindingPOST || stepNames(legacy) != "SAML-tracer request 0, form field SAMLResponse, base64, XML" || legacy.RelayState.Value != "/home" {
		t.Errorf("legacy: %s %s", legacy.Binding, stepNames(legacy))
	}
}

// TestCutHARTornCopy: what the torn end holds of a message that the identity
// provider's page brought whole is no second message.
func TestCutHARTornCopy(t *testing.T) {
	page := `<form method="post" action="https://sp.example.com/acs"><input type="hidden" name="SAMLResponse" value="` + b64(responseXML) + `"></form>`
	whole := har(
		harEntry("2026-03-04T10:00:00.000Z", "GET", "https://idp.example.com/sso", "", `{"status":200,"content":{"mimeType":"text/html","text":`+strconv.Quote(page)+`}}`),
		harEntry("2026-03-04T10:00:01.000Z", "POST", "https://sp.example.com/acs",
			fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%s"}`, escape(b64(responseXML))), `{"status":200,"content":{}}`))
	trace := read(t, whole[:len(whole)-400], decode.Options{})
	if len(trace.Messages) != 1 || !trace.Messages[0].Capture.InResponse || trace.Messages[0].Capture.Torn {
		t.Error(describe(trace))
	}
	second := har(harEntry("2026-03-04T10:00:01.000Z", "POST", "https://sp.example.com/acs",
		fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%s"}`, escape(b64(responseXML))), `{"status":200,"content":{}}`))
	if trace := read(t, second[:len(second)-400], decode.Options{}); len(trace.Messages) != 1 || !trace.Messages[0].Capture.Torn {
		t.Error(describe(trace))
	}
}

// TestRequestOnlyWhy: a capture with the request of a login alone says why.
func TestRequestOnlyWhy(t *testing.T) {
	asked := harEntry("2026-03-04T10:00:00Z", "GET", "https://idp.example.com/?SAMLRequest="+escape(b64(deflate(requestXML))), "", `{}`)
	for _, c := range []struct{ name, more, want string }{
		{"stopped early", harEntry("2026-03-04T10:00:01Z", "GET", "https://idp.example.com/login", "", `{}`), "stopped too early"},
		{"body lost", harEntry("2026-03-04T10:00:01Z", "POST", "https://sp.example.com/acs", "", `{}`), "the one POST request in it lost what was posted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace := read(t, har(asked, c.more), decode.Options{})
			if len(trace.Messages) != 1 || len(trace.Notes) != 1 || !strings.Contains(trace.Notes[0], c.want) {
				t.Error(describe(trace))
			}
		})
	}
}
