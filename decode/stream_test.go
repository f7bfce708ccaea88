package decode_test

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/decode"
)

// repeated is a reader of n times the same text.
type repeated struct {
	text string
	n    int
	at   int
}

func (r *repeated) Read(b []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	n := copy(b, r.text[r.at:])
	if r.at += n; r.at == len(r.text) {
		r.at = 0
		r.n--
	}
	return n, nil
}

// allocated is how many bytes f allocates altogether, which bounds what it ever
// holds.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestFlatMemory reads captures with 100 MB in one string, whichever string it is.
func TestFlatMemory(t *testing.T) {
	const started = `"startedDateTime":"2026-03-04T10:00:00.000Z"`
	login := harEntry("2026-03-04T10:00:01.000Z", "POST", "https://sp.example.com/acs",
		fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%s"}`, escape(b64(responseXML))), `{"status":200,"content":{}}`)
	for name, long := range map[string][2]string{
		"a page":            {`{` + started + `,"response":{"content":{"mimeType":"text/html","text":"`, `"}}}`},
		"a page, type last": {`{` + started + `,"response":{"content":{"text":"`, `","mimeType":"text/html"}}}`},
		"an image":          {`{` + started + `,"response":{"content":{"mimeType":"image/png","text":"`, `","encoding":"base64"}}}`},
		"an upload":         {`{` + started + `,"request":{"method":"POST","postData":{"mimeType":"application/x-www-form-urlencoded","text":"a=`, `"}}}`},
		"a field":           {`{` + started + `,"request":{"method":"POST","postData":{"params":[{"name":"a","value":"`, `"}]}}}`},
		"a URL":             {`{` + started + `,"request":{"url":"data:`, `"}}`},
		"a header":          {`{` + started + `,"request":{"headers":[{"name":"Cookie","value":"`, `"}]}}`},
		"a name":            {`{` + started + `,"`, `":1}`},
		"a comment":         {`{` + started + `,"comment":"`, `"}`},
		"blanks":            {`{` + started, `}`},
	} {
		t.Run(name, func(t *testing.T) {
			fill := strings.Repeat(`lorem ipsum\n`, 10_000)
			if name == "blanks" {
				fill = strings.Repeat(" \n", 60_000)
			}
			src := io.MultiReader(strings.NewReader(`{"log":{"entries":[`+long[0]), &repeated{text: fill, n: 100e6 / len(fill)},
				strings.NewReader(long[1]+","+login+"]}}"))
			var trace *decode.Trace
			n := allocated(func() {
				var err error
				if trace, err = stream(t, src, decode.Options{}); err != nil {
					t.Fatal(err)
				}
			})
			if len(trace.Messages) != 1 || len(trace.Exchanges) != 2 || len(trace.Notes) != 0 {
				t.Errorf("%d exchanges: %s", len(trace.Exchanges), describe(trace))
			}
			if n > 64<<20 {
				t.Errorf("%d MiB were allocated", n>>20)
			}
		})
	}
}

// TestTooLongBody says that a body was too long, and reads it when allowed to.
func TestTooLongBody(t *testing.T) {
	padding := strings.Repeat("x", 9<<20)
	post := func(body string) string {
		return har(harEntry("2026-03-04T10:00:01.000Z", "POST", "https://sp.example.com/acs",
			fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":%q}`, body), `{"status":200,"content":{}}`))
	}
	body := "RelayState=SAMLResponse" + padding + "&SAMLResponse=" + escape(b64(responseXML))
	e := fails(t, []byte(post(body)), decode.Options{})
	if e.Reason != "har-too-long" || !strings.Contains(e.Hint, "--max-size") {
		t.Errorf("%s: %s (%s)", e.Reason, e.Text, e.Hint)
	}
	if trace := read(t, post(body), decode.Options{MaxSize: 100 << 20}); len(trace.Messages) != 1 || len(trace.Notes) != 0 {
		t.Error(describe(trace))
	}
}

// manyEntries writes a HAR with n exchanges and a login, which is an exchange of
// the service, then the POST, then a redirect, then the answer, around the
// exchange number at.
type manyEntries struct {
	n, at int
	i     int
	rest  string
}

func (m *manyEntries) Read(b []byte) (int, error) {
	if m.rest == "" {
		if m.i > m.n {
			return 0, io.EOF
		}
		m.rest = m.next()
		m.i++
	}
	n := copy(b, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

func (m *manyEntries) next() string {
	if m.i == m.n {
		return "]}}"
	}
	const acs = "https://sp.example.com/acs"
	comma := ","
	if m.i == 0 {
		comma = `{"log":{"version":"1.2","entries":[`
	}
	at := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC).Add(time.Duration(m.i) * time.Second).Format(time.RFC3339)
	html := func(status int, text string) string {
		return fmt.Sprintf(`{"status":%d,"headers":[{"name":"Date","value":"Wed, 04 Mar 2026 10:00:00 GMT"},{"name":"Set-Cookie","value":"sid=%d; Path=/"}],"content":{"size":%d,"mimeType":"text/html","text":%q}}`, status, m.i, len(text), text)
	}
	switch m.i - m.at {
	case 0:
		return comma + harEntry(at, "POST", acs, fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%s"}`, escape(b64(responseXML))), `{"status":302,"headers":[{"name":"Location","value":"/error"}],"content":{}}`)
	case 1:
		return comma + harEntry(at, "GET", "https://sp.example.com/error", "", html(500, "<p>The answer"))
	}
	return comma + harEntry(at, "GET", fmt.Sprintf("https://cdn.example.com/page/%d?a=b&c=%d", m.i, m.i), "", html(200, strings.Repeat("<p>Lorem ipsum", 40)))
}

// TestManyEntries keeps a login wherever it lies in a capture of very many
// exchanges, with what stands around it, and little of the others.
func TestManyEntries(t *testing.T) {
	const n = 30_000
	for _, at := range []int{10, n / 2, n - 10} {
		trace, err := stream(t, &manyEntries{n: n, at: at}, decode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(trace.Messages) != 1 || trace.Messages[0].Capture.Entry != at || len(trace.Exchanges) > 20_000 || len(trace.Notes) != 1 || !strings.Contains(trace.Notes[0], "30,000 entries") {
			t.Fatalf("at %d: %d exchanges: %s", at, len(trace.Exchanges), describe(trace))
		}
		i := slices.Index(trace.Exchanges, trace.Messages[0].Capture.Exchange)
		if answer := trace.Exchanges[i+1]; answer.Entry != at+1 || string(answer.ResponseBody) != "<p>The answer" {
			t.Errorf("at %d: answer %+v", at, answer)
		}
		for d := -5; d <= 5; d++ {
			if ex := trace.Exchanges[i+d]; ex.Entry != at+d || d != 0 && d != 1 && (len(ex.ResponseHeaders) != 2 || len(ex.Query) != 2) {
				t.Errorf("at %d: the exchange %d from it is %+v", at, d, ex)
			}
		}
		size := 0
		for _, ex := range trace.Exchanges {
			size += len(ex.ResponseBody) + len(ex.RequestBody)
		}
		if size > 256<<10 {
			t.Errorf("at %d: bodies of %d bytes are kept", at, size)
		}
	}
}
