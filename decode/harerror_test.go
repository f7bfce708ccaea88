package decode_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

// TestWhyNoMessage decides from the evidence why a capture holds no message.
func TestWhyNoMessage(t *testing.T) {
	exported := func(by string, entries ...string) string {
		return strings.Replace(har(entries...), `"name":"test"`, fmt.Sprintf(`"name":%q`, by), 1)
	}
	at := func(s int) string { return fmt.Sprintf("2026-03-04T10:00:%02d.000Z", s) }
	ok := `{"status":200,"headers":[],"content":{"size":10,"mimeType":"text/html","text":"<p>hello"}}`
	cookie := `{"status":200,"headers":[{"name":"set-cookie","value":"a=b"}],"content":{}}`
	hollow := `{"status":200,"headers":[],"content":{"size":10,"mimeType":"text/html"}}`
	fields := `{"mimeType":"application/x-www-form-urlencoded","text":"user=a"}`
	get := func(s int, target string) string { return harEntry(at(s), "GET", target, "", ok) }
	post := func(s int, data, response string) string {
		return harEntry(at(s), "POST", "https://sp.example.com/acs", data, response)
	}
	tests := []struct {
		name, input  string
		reason, text string
		hint         string // why, and what to do
		more         string // what was looked at
		steps        string // the first of them
	}{
		{"recorded late", exported("WebInspector", get(0, "https://a.example/"), get(3, "https://b.example:8443/x")),
			"har-no-saml", "2 entries", "nothing was posted", "looked at: 2 entries to a.example, b.example:8443, 4 Mar 2026 10:00:00 to 10:00:03 UTC", "Chrome or Edge"},
		{"in Firefox", exported("Firefox", get(0, "https://a.example/")), "har-no-saml", "1 entry", "nothing was posted", "looked at: 1 entry to a.example, 4 Mar 2026 10:00:00 UTC", "Firefox"},
		{"another login", exported("WebInspector", post(0, fields, ok)), "har-no-saml", "1 entry", "may not use SAML|does not use SAML", "sp.example.com", "Chrome or Edge"},
		{"one body of several", exported("WebInspector", post(0, fields, ok), post(1, "", ok)), "har-no-saml", "2 entries", "of 2 POST requests 1 lost what was posted", "sp.example.com", "Chrome or Edge"},
		{"sanitized", exported("WebInspector", post(0, "", ok)), "har-sanitized", "its 1 POST request", "exported sanitized", "sp.example.com", "Chrome or Edge"},
		{"lost in a redirect", exported("WebInspector", post(0, "", cookie)), "har-sanitized", "its 1 POST request", "browsers drop what was posted", "sp.example.com", "Chrome or Edge"},
		{"two of them", exported("Firefox", post(0, "", cookie), post(1, "", cookie)), "har-sanitized", "all 2 POST requests", "browsers drop what was posted", "sp.example.com", "Firefox"},
		{"a proxy", exported("Charles Proxy", post(0, "", cookie)), "har-sanitized", "its 1 POST request", `check that "Charles Proxy" was set to keep`, "sp.example.com", "Chrome or Edge"},
		{"without content", exported("WebInspector", harEntry(at(0), "GET", "https://a.example/", "", hollow)), "har-sanitized", "no page has its content", "export with content", "a.example", "Chrome or Edge"},
		{"empty", exported("WebInspector"), "har-empty", "no entries", "filter", "", "Chrome or Edge"},
		{"many hosts", exported("x", get(0, "https://a.example"), get(0, "https://b.example"), get(0, "https://c.example"), get(0, "https://d.example"), get(0, "https://e.example"), get(0, "https://f.example"), get(0, "https://g.example"), get(0, "data:text/plain,x"), get(0, "https://h.example?x")),
			"har-no-saml", "9 entries", "", "e.example, f.example and 2 more hosts", ""},
		{"over midnight", exported("x", get(0, "https://a.example"), harEntry("2026-03-05T00:00:00Z", "GET", "https://a.example/", "", ok)), "har-no-saml", "2 entries", "", "4 Mar 2026 10:00:00 to 5 Mar 2026 00:00:00 UTC", ""},
		{"cut off", exported("WebInspector", get(0, "https://a.example/"))[:200], "json-cut", "cut off at byte 200", "", "looked at: 1 entry to a.example", ""},
		{"damaged", exported("WebInspector", get(0, "https://a.example/"), "!"), "json-cut", "damaged at byte 332, and the entry before that holds", "", "looked at: 1 entry to a.example", ""},
		{"SAML-tracer, recorded late", `{"requests":[{"method":"GET","url":"https://a.example/"}],"timestamp":""}`, "tracer-no-saml", "1 request", "open it before the login", "looked at: 1 request to a.example", ""},
		{"SAML-tracer, masked", `{"requests":[{"method":"POST","url":"https://a.example/","post":[["SAMLResponse","{obf:alternative_0}"]]}]}`, "tracer-obfuscated", "placeholders", "“None”", "looked at: 1 request to a.example", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := fails(t, []byte(tt.input), decode.Options{})
			if e.Reason != tt.reason || !strings.Contains(e.Text, tt.text) {
				t.Errorf("%s: %s, want %s with %q", e.Reason, e.Text, tt.reason, tt.text)
			}
			hinted := false
			for part := range strings.SplitSeq(tt.hint, "|") {
				hinted = hinted || strings.Contains(e.Hint, part)
			}
			if !hinted {
				t.Errorf("hint %q, want %q", e.Hint, tt.hint)
			}
			more := strings.Join(e.More, "\n")
			if !strings.Contains(more, tt.more) || strings.Contains(more, "data:") {
				t.Errorf("further hints %q, want %q", more, tt.more)
			}
			if _, steps, ok := strings.Cut(more, "to record it in "); ok != (tt.steps != "") && tt.hint != "" || !strings.HasPrefix(steps, tt.steps) {
				t.Errorf("steps for %q, want %q", steps, tt.steps)
			}
		})
	}
}

// TestRequestOnly tells that a login got no further than its beginning.
func TestRequestOnly(t *testing.T) {
	request := harEntry("2026-03-04T10:00:00Z", "GET", "https://idp.example.com/?SAMLRequest="+escape(b64(deflate(requestXML))), "", `{}`)
	trace := read(t, har(request), decode.Options{})
	if len(trace.Messages) != 1 || len(trace.Notes) != 1 || !strings.Contains(trace.Notes[0], "no answer of the identity provider") {
		t.Error(describe(trace))
	}
}
