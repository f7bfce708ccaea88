package decode_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/samlwhy/samlwhy/decode"
)

// exporter writes one login as a HAR: the service's redirect to the identity
// provider, the page that posts the response, the POST, and the service's answer.
type exporter struct {
	head    string                // up to the list of entries
	times   [4]string             // of the exchanges, two seconds apart
	post    func(s string) string // postData of a form
	page    func(s string) string // content of a page
	headers string
	extra   string // fields of an entry, between commas
}

// exporters write what the browsers and proxies of that name do, each with its
// oddities.
func exporters() map[string]exporter {
	times := func(layout string) (list [4]string) {
		for i := range list {
			list[i] = time.Date(2026, 3, 4, 10, 0, 2*i, 250_000_000, time.FixedZone("", 3600)).Format(layout)
		}
		return list
	}
	utc := func(layout string) (list [4]string) {
		for i := range list {
			list[i] = time.Date(2026, 3, 4, 9, 0, 2*i, 250_000_000, time.UTC).Format(layout)
		}
		return list
	}
	encoded := func(s string) string { return escape(b64(s)) }
	text := func(s string) string {
		return fmt.Sprintf(`{"size":%d,"mimeType":"text/html","text":%q}`, len(s), s)
	}
	const list = `[{"name":"content-type","value":"text/html"},{"name":"date","value":"Wed, 04 Mar 2026 09:00:00 GMT"}]`
	chrome := exporter{
		head:  `{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[{"startedDateTime":"2026-03-04T09:00:00.000Z","id":"page_1","title":"https://sp.example.com/","pageTimings":{"onContentLoad":1.5,"onLoad":null}}],"entries":[`,
		times: utc("2006-01-02T15:04:05.000Z"),
		post: func(s string) string {
			return fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%s&RelayState=%%2Fhome","params":[{"name":"SAMLResponse","value":"%s"},{"name":"RelayState","value":"%%2Fhome"}]}`, encoded(s), encoded(s))
		},
		page:    text,
		headers: list,
		extra:   `"_initiator":{"type":"script","stack":{"callFrames":[{"functionName":"a\"b","url":"https://sp.example.com/x.js"}]}},"_priority":"VeryHigh","_resourceType":"document","cache":{},"connection":"91",`,
	}
	edge := chrome
	edge.extra += `"_fromCache":"disk","_webSocketMessages":[{"type":"send","data":"{}"}],`
	return map[string]exporter{
		"Chrome": chrome,
		"Edge":   edge,
		// Times of the place; the list of parameters may stay empty; headers in
		// front of the body.
		"Firefox": {
			head:  `{"log":{"version":"1.2","creator":{"name":"Firefox","version":"148.0"},"browser":{"name":"Firefox","version":"148.0"},"pages":[],"entries":[`,
			times: times("2006-01-02T15:04:05.000-07:00"),
			post: func(s string) string {
				return fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","params":[],"text":"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nSAMLResponse=%s&RelayState=%%2Fhome"}`, encoded(s))
			},
			page: func(s string) string {
				return fmt.Sprintf(`{"mimeType":"text/html; charset=UTF-8","size":%d,"text":%q,"comment":""}`, len(s), s)
			},
			headers: strings.ReplaceAll(list, "content-type", "Content-Type"),
			extra:   `"pageref":"page_1","_securityState":"secure","cache":{},`,
		},
		"Safari": {
			head:  `{"log":{"version":"1.2","creator":{"name":"WebKit Web Inspector","version":"19618"},"pages":[{"startedDateTime":"","id":"page_0","title":"","pageTimings":{}}],"entries":[`,
			times: utc("2006-01-02T15:04:05.000Z"),
			post: func(s string) string {
				return fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%s&RelayState=%%2Fhome","params":[{"name":"SAMLResponse","value":%q},{"name":"RelayState","value":"/home"}]}`, encoded(s), b64(s))
			},
			page: func(s string) string {
				return fmt.Sprintf(`{"size":%d,"compression":-5,"mimeType":"text/html","text":%q,"encoding":"base64"}`, len(s), b64(s))
			},
			headers: list,
			extra:   `"_fetchType":"Network Load","cache":{},`,
		},
		// Decoded parameters, no text, and comments everywhere.
		"Charles": {
			head:  `{"log":{"version":"1.2","creator":{"name":"Charles Proxy","version":"4.6.4"},"comment":"","entries":[`,
			times: times("2006-01-02T15:04:05.000-07:00"),
			post: func(s string) string {
				return fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"SAMLResponse","value":%q,"comment":null},{"name":"RelayState","value":"/home"}],"comment":""}`, b64(s))
			},
			page: func(s string) string {
				return fmt.Sprintf(`{"size":%d,"mimeType":"text/html","text":%q,"encoding":"base64","comment":null}`, len(s), b64(s))
			},
			headers: `[{"name":":status","value":"200"},{"name":"content-type","value":"text/html"}]`,
			extra:   `"comment":"","serverIPAddress":"192.0.2.1","cache":{},`,
		},
		// Seven digits of a second, a mark, the text before the type.
		"Fiddler": {
			head:  "\ufeff" + `{"log":{"pages":[],"comment":"exported @ 04.03.2026 10:00:30","entries":[`,
			times: times("2006-01-02T15:04:05.0000000-07:00"),
			post: func(s string) string {
				return fmt.Sprintf(`{"params":[{"value":%q,"name":"SAMLResponse"},{"value":"/home","name":"RelayState"}],"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%s&RelayState=%%2Fhome"}`, b64(s), encoded(s))
			},
			page: func(s string) string {
				return fmt.Sprintf(`{"text":%q,"size":%d,"comment":"Body length","mimeType":"text/html; charset=utf-8"}`, s, len(s))
			},
			headers: strings.ReplaceAll(list, "content-type", "Content-Type"),
			extra:   `"connection":"ClientPort:1;EgressPort:2","comment":"[#12]",`,
		},
		"Proxyman": {
			head:  `{"log":{"version":"1.2","creator":{"name":"Proxyman","version":"5.1","comment":"Proxyman HAR"},"entries":[`,
			times: utc("2006-01-02T15:04:05.000Z"),
			post: func(s string) string {
				return fmt.Sprintf(`{"params":[{"name":"SAMLResponse","value":%q},{"name":"RelayState","value":"/home"}],"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%s&RelayState=%%2Fhome"}`, b64(s), encoded(s))
			},
			page:    text,
			headers: strings.ReplaceAll(list, "content-type", "Content-Type"),
			extra:   `"_isIntercepted":true,"_clientName":"Safari","_id":12,"comment":"",`,
		},
		// Microseconds; types with their parameters; an empty list of parameters
		// where a body is no form.
		"mitmproxy": {
			head:  `{"log": {"version": "1.2", "creator": {"name": "mitmproxy", "version": "12.1", "comment": ""}, "pages": [], "entries": [`,
			times: utc("2006-01-02T15:04:05.000000+00:00"),
			post: func(s string) string {
				return fmt.Sprintf(`{"mimeType": "application/x-www-form-urlencoded; charset=utf-8", "text": "SAMLResponse=%s&RelayState=%%2Fhome", "params": [{"name": "SAMLResponse", "value": %q}, {"name": "RelayState", "value": "/home"}]}`, encoded(s), b64(s))
			},
			page: func(s string) string {
				return fmt.Sprintf(`{"size": %d, "compression": 0, "mimeType": "text/html; charset=utf-8", "text": %q}`, len(s), s)
			},
			headers: list,
			extra:   `"cache": {}, "timings": {"connect": -1.0, "ssl": null, "send": NaN, "receive": 1.5, "wait": 2}, "serverIPAddress": "192.0.2.1",`,
		},
		// As chrome-har writes what the DevTools protocol told.
		"chrome-har": {
			head:  `{"log":{"version":"1.2","creator":{"name":"chrome-har","version":"1.1.0"},"pages":[],"entries":[`,
			times: utc("2006-01-02T15:04:05.000Z"),
			post: func(s string) string {
				return fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"SAMLResponse","value":%q},{"name":"RelayState","value":"/home"}]}`, b64(s))
			},
			page:    func(string) string { return `{"mimeType":"text/html","size":900}` },
			headers: list,
			extra:   `"_requestId":"1","cache":{},`,
		},
		// HAR 1.1 has no comments, no encoding and no address.
		"HAR 1.1": {
			head:  `{"log":{"version":"1.1","creator":{"name":"Firebug","version":"1.6"},"entries":[`,
			times: times("2006-01-02T15:04:05.000-07:00"),
			post: func(s string) string {
				return fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"SAMLResponse","value":%q},{"name":"RelayState","value":"%%2Fhome"}],"text":""}`, encoded(s))
			},
			page:    text,
			headers: list,
			extra:   `"cache":{},`,
		},
	}
}

// capture is the login as the exporter writes it.
func (e exporter) capture() string {
	const sso = "https://idp.example.com/sso"
	page := fmt.Sprintf(`<html><body onload="document.forms[0].submit()"><form method="post" action="https://sp.example.com/acs"><input name="SAMLResponse" value="%s"><input name="RelayState" value="/home"></form></body></html>`, b64(responseXML))
	entry := func(i int, method, target, postData string, status int, location, content string) string {
		if postData != "" {
			postData = `,"postData":` + postData
		}
		return fmt.Sprintf(`{%s"startedDateTime":%q,"time":150.25,"request":{"method":%q,"url":%q,"httpVersion":"HTTP/2","headers":%s,"cookies":[],"queryString":[],"headersSize":-1,"bodySize":%d%s},`+
			`"response":{"status":%d,"statusText":"","headers":%s,"cookies":[{"name":"a","value":"b"}],"content":%s,"redirectURL":%q,"headersSize":-1,"bodySize":-1}}`,
			e.extra, e.times[i], method, target, e.headers, len(postData), postData, status, e.headers, content, location)
	}
	request := sso + "?SAMLRequest=" + escape(b64(deflate(requestXML))) + "&RelayState=%2Fhome"
	return e.head + strings.Join([]string{
		entry(0, "GET", "https://sp.example.com/", "", 302, request, `{"size":0,"mimeType":"x-unknown"}`),
		entry(1, "GET", request, "", 200, "", e.page(page)),
		entry(2, "POST", "https://sp.example.com/acs", e.post(responseXML), 303, "/error?code=13", `{"size":0,"mimeType":""}`),
		entry(3, "GET", "https://sp.example.com/error?code=13", "", 500, "", e.page("<p>The login failed (13)</p>")),
	}, ",") + "]}}\n"
}

// TestExporters reads the same login from everything that writes HAR.
func TestExporters(t *testing.T) {
	for name, e := range exporters() {
		t.Run(name, func(t *testing.T) {
			trace := read(t, e.capture(), decode.Options{})
			if trace.Kind != decode.KindHAR || len(trace.Exchanges) != 4 || len(trace.Messages) != 2 || len(trace.Notes) != 0 {
				t.Fatalf("%s, %d exchanges: %s", trace.Kind, len(trace.Exchanges), describe(trace))
			}
			request, response := trace.Messages[0], trace.Messages[1]
			if request.Binding != decode.BindingRedirect || request.Capture.Entry != 1 || entry(request.Capture.Page) != 0 || string(request.XML) != requestXML {
				t.Errorf("request: %s", describe(trace))
			}
			if response.Binding != decode.BindingPOST || response.Param != "SAMLResponse" || string(response.XML) != responseXML || len(response.Problems) != 0 ||
				response.RelayState == nil || response.RelayState.Value != "/home" {
				t.Errorf("response: %s, RelayState %+v", describe(trace), response.RelayState)
			}
			c := response.Capture
			wantPage := 1
			if name == "chrome-har" {
				wantPage = -1
			}
			if c.Entry != 2 || entry(c.Page) != wantPage || !c.Time.Equal(time.Date(2026, 3, 4, 9, 0, 4, 250_000_000, time.UTC)) ||
				c.Exchange.Duration != 150250*time.Microsecond || c.Exchange.Redirect != "https://sp.example.com/error?code=13" {
				t.Errorf("capture %+v, exchange %+v", c, c.Exchange)
			}
			if name != "chrome-har" && !strings.Contains(string(trace.Exchanges[3].ResponseBody), "(13)") {
				t.Errorf("answer %q", trace.Exchanges[3].ResponseBody)
			}
		})
	}
}

// captures are all captures that the tests have, by name.
func captures(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, e := range exporters() {
		all[name] = e.capture()
	}
	for _, name := range []string{"devtools.har", "chrome-har.har", "saml-tracer.json", "saml-tracer-legacy.json"} {
		all[name] = fixture(t, name)
	}
	return all
}

// stream reads data as it comes from src and returns the only result.
func stream(t *testing.T, src io.Reader, opts decode.Options) (*decode.Trace, error) {
	t.Helper()
	var traces []*decode.Trace
	var errs []error
	for trace, err := range decode.ReadFrom("input", src, 0, opts) {
		traces, errs = append(traces, trace), append(errs, err)
	}
	if len(traces) != 1 {
		t.Fatalf("%d results, want 1", len(traces))
	}
	return traces[0], errs[0]
}

// blanks makes a capture too long to be read at once, without changing it.
func blanks(capture string) string {
	mark := ""
	if rest, ok := strings.CutPrefix(capture, "\ufeff"); ok {
		mark, capture = "\ufeff", rest
	}
	i := strings.LastIndex(capture, "]") // the end of the entries
	return mark + capture[:i] + strings.Repeat("\n", 300<<10) + capture[i:]
}

// sameTrace reports how two results differ.
func sameTrace(a *decode.Trace, aErr error, b *decode.Trace, bErr error) string {
	if (aErr == nil) != (bErr == nil) || aErr != nil && aErr.Error() != bErr.Error() {
		return fmt.Sprintf("errors %v and %v", aErr, bErr)
	}
	if aErr != nil {
		return ""
	}
	if d := cmp.Diff(a.Exchanges, b.Exchanges); d != "" {
		return d
	}
	if d := cmp.Diff(describe(a), describe(b)); d != "" {
		return d
	}
	for i, m := range a.Messages {
		if !bytes.Equal(m.XML, b.Messages[i].XML) || !bytes.Equal(m.Capture.Raw, b.Messages[i].Capture.Raw) || m.Capture.Entry != b.Messages[i].Capture.Entry {
			return fmt.Sprintf("message %d differs", i)
		}
	}
	return ""
}

// TestStreamed proves that a capture reads the same from memory and from a
// stream, whatever the size of its pieces.
func TestStreamed(t *testing.T) {
	for name, capture := range captures(t) {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{capture, blanks(capture), blanks(capture)[:len(capture)], blanks(capture)[:290<<10]} {
				want, wantErr := decode.Read("input", []byte(text), decode.Options{})
				for how, src := range map[string]io.Reader{
					"whole": strings.NewReader(text),
					"bytes": iotest.OneByteReader(strings.NewReader(text)),
					"late":  iotest.DataErrReader(strings.NewReader(text)),
				} {
					got, err := stream(t, src, decode.Options{})
					if d := sameTrace(want, wantErr, got, err); d != "" {
						t.Errorf("%s: %s", how, d)
					}
				}
			}
		})
	}
}

// TestStreamFails passes on why a stream broke.
func TestStreamFails(t *testing.T) {
	text := blanks(fixture(t, "devtools.har"))
	for _, n := range []int{0, 100, 290 << 10} {
		_, err := stream(t, io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(io.ErrClosedPipe)), decode.Options{})
		if err != io.ErrClosedPipe { //nolint:errorlint // as it is, not wrapped
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// TestMaxInput refuses what would have to be held whole, and no capture.
func TestMaxInput(t *testing.T) {
	capture := blanks(fixture(t, "devtools.har"))
	if trace, err := stream(t, strings.NewReader(capture), decode.Options{MaxInput: 1000}); err != nil || len(trace.Messages) != 2 {
		t.Errorf("a HAR of %d bytes: %v", len(capture), err)
	}
	for _, n := range []int{2000, 400 << 10} {
		text := strings.Repeat("A", n)
		for _, size := range []int64{0, int64(n)} {
			for _, err := range decode.ReadFrom("input", strings.NewReader(text), size, decode.Options{MaxInput: 1000}) {
				if e, ok := err.(*decode.Error); !ok || e.Reason != decode.ReasonTooLarge || e.Input != "input" { //nolint:errorlint // as it is
					t.Errorf("%d bytes: %v", n, err)
				}
			}
		}
	}
}

// stride is how many bytes lie between two places that are damaged; with
// SAMLWHY_EVERY_BYTE set every place is. The captures are alike, and each starts
// at another byte.
func stride(usual int) int {
	if os.Getenv("SAMLWHY_EVERY_BYTE") != "" {
		return 1
	}
	return usual
}

// TestCutAnywhere cuts every capture everywhere.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	all, step := captures(t), stride(7)
	for i, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := i % step; n < len(all[name]); n += step {
				held(t, fmt.Sprintf("cut at byte %d", n), []byte(all[name][:n]))
			}
		})
	}
}

// TestFlippedAnywhere damages the bytes of every capture in turn.
func TestFlippedAnywhere(t *testing.T) {
	t.Parallel()
	all, step := captures(t), stride(13)
	for i, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := []byte(all[name])
			for at := i % step; at < len(data); at += step {
				before := data[at]
				data[at] = []byte{before ^ 1, '"', '{', 0}[at%4]
				held(t, fmt.Sprintf("%q at byte %d", data[at], at), data)
				data[at] = before
			}
		})
	}
}

// held reads a damaged capture: a sentence or messages, and nothing else.
func held(t *testing.T, what string, data []byte) {
	t.Helper()
	trace, err := decode.Read("input", data, decode.Options{As: decode.KindHAR, MaxSize: 1 << 20})
	if err == nil {
		checkTrace(t, trace)
		if len(trace.Messages) == 0 {
			t.Fatalf("%s: neither a message nor an error", what)
		}
		return
	}
	if e, ok := err.(*decode.Error); !ok || e.Text == "" || e.Reason == "" || strings.ContainsAny(e.Text, "\n\x00") { //nolint:errorlint // as it is
		t.Fatalf("%s: %#v", what, err)
	}
}

// TestCutTellsWhere names the byte, and finds what the end still holds.
func TestCutTellsWhere(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(exporters())) {
		capture := exporters()[name].capture()
		n := strings.LastIndex(capture, `"status":500`)
		trace := read(t, capture[:n], decode.Options{})
		where := fmt.Sprintf("cut off at byte %d,%03d;", n/1000, n%1000)
		if len(trace.Messages) != 2 || len(trace.Notes) != 1 || !strings.Contains(trace.Notes[0], where) {
			t.Errorf("%s: want %q: %s", name, where, describe(trace))
		}
	}
}
