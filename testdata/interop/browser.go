package interop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium whose traffic is recorded.
type browser struct {
	context context.Context

	mu      sync.Mutex
	entries []*entry
	open    map[network.RequestID]*entry
	bodies  sync.WaitGroup
}

// The parts of an HTTP archive (HAR 1.2) that DevTools' own export has.
type (
	entry struct {
		Started  string   `json:"startedDateTime"`
		Time     float64  `json:"time"`
		Request  request  `json:"request"`
		Response response `json:"response"`
		Cache    struct{} `json:"cache"`
		Timings  struct{} `json:"timings"`

		at time.Time
	}
	request struct {
		Method      string    `json:"method"`
		URL         string    `json:"url"`
		HTTPVersion string    `json:"httpVersion"`
		Headers     []field   `json:"headers"`
		QueryString []field   `json:"queryString"`
		Cookies     []field   `json:"cookies"`
		PostData    *postData `json:"postData,omitempty"`
	}
	postData struct {
		MIMEType string  `json:"mimeType"`
		Text     string  `json:"text"`
		Params   []field `json:"params,omitempty"`
	}
	response struct {
		Status      int64   `json:"status"`
		StatusText  string  `json:"statusText"`
		HTTPVersion string  `json:"httpVersion"`
		Headers     []field `json:"headers"`
		Cookies     []field `json:"cookies"`
		Content     content `json:"content"`
		RedirectURL string  `json:"redirectURL"`
	}
	content struct {
		Size     int    `json:"size"`
		MIMEType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
	}
	field struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

func newBrowser(tb testing.TB) *browser {
	tb.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		tb.Skip("chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		// The logins go over plain HTTP, as nothing leaves this machine.
		chromedp.Flag("disable-features", "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable"))
	ctx, cancel := chromedp.NewExecAllocator(tb.Context(), options...)
	tb.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	tb.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 30*time.Second)
	tb.Cleanup(cancel)

	b := &browser{context: ctx, open: map[network.RequestID]*entry{}}
	chromedp.ListenTarget(ctx, b.event)
	b.run(tb, network.Enable())
	return b
}

func (b *browser) run(tb testing.TB, actions ...chromedp.Action) {
	tb.Helper()
	if err := chromedp.Run(b.context, actions...); err != nil {
		tb.Fatalf("the browser: %v", err)
	}
}

// backAt waits until the browser shows a page of a host that begins with prefix,
// and returns its text. A question that a navigation cuts short is asked again.
func (b *browser) backAt(tb testing.TB, prefix string) string {
	tb.Helper()
	const text = `location.hostname.startsWith(%q) && document.readyState == "complete" && document.body.innerText || ""`
	shown := "nothing"
	for {
		var screen string
		_ = chromedp.Run(b.context, chromedp.Evaluate(`location.href + ": " + document.body.innerText`, &shown))
		err := chromedp.Run(b.context, chromedp.Evaluate(fmt.Sprintf(text, prefix), &screen))
		switch {
		case b.context.Err() != nil:
			tb.Fatalf("the browser does not come back to %s…; it shows %s", prefix, shown)
		case err == nil && screen != "":
			return screen
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (b *browser) event(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if before := b.open[e.RequestID]; before != nil && e.RedirectResponse != nil {
			before.answered(e.RedirectResponse)
			before.Response.RedirectURL = e.Request.URL
			before.took(e.WallTime.Time())
		}
		n := &entry{at: e.WallTime.Time(), Request: request{
			Method: e.Request.Method, URL: e.Request.URL, HTTPVersion: "http/1.1", Headers: fields(e.Request.Headers), Cookies: []field{},
		}}
		n.Started = n.at.UTC().Format("2006-01-02T15:04:05.000Z")
		n.Request.QueryString = params(e.Request.URL)
		if e.Request.HasPostData {
			n.post(e.Request)
		}
		b.entries = append(b.entries, n)
		b.open[e.RequestID] = n
	case *network.EventRequestWillBeSentExtraInfo:
		if n := b.open[e.RequestID]; n != nil {
			n.Request.Headers = fields(e.Headers)
		}
	case *network.EventResponseReceivedExtraInfo:
		if n := b.open[e.RequestID]; n != nil {
			n.Response.Headers = fields(e.Headers)
		}
	case *network.EventResponseReceived:
		if n := b.open[e.RequestID]; n != nil {
			n.answered(e.Response)
		}
	case *network.EventLoadingFinished:
		n := b.open[e.RequestID]
		if n == nil {
			return
		}
		n.took(time.Now())
		b.bodies.Go(func() {
			var body []byte
			if chromedp.Run(b.context, chromedp.ActionFunc(func(ctx context.Context) (err error) {
				body, err = network.GetResponseBody(e.RequestID).Do(ctx)
				return err
			})) != nil {
				return // the page is gone: DevTools' own export loses it too
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			n.Response.Content.Text, n.Response.Content.Size = string(body), len(body)
		})
	}
}

func (n *entry) took(until time.Time) { n.Time = float64(until.Sub(n.at)) / float64(time.Millisecond) }

func (n *entry) answered(r *network.Response) {
	n.Response.Status, n.Response.StatusText, n.Response.HTTPVersion = r.Status, r.StatusText, "http/1.1"
	if n.Response.Headers == nil {
		n.Response.Headers = fields(r.Headers)
	}
	n.Response.Cookies = []field{}
	n.Response.Content.MIMEType = r.MimeType
}

func (n *entry) post(r *network.Request) {
	var body strings.Builder
	for _, part := range r.PostDataEntries {
		octets, err := base64.StdEncoding.DecodeString(part.Bytes)
		if err != nil {
			return
		}
		body.Write(octets)
	}
	n.Request.PostData = &postData{MIMEType: "application/x-www-form-urlencoded", Text: body.String()}
	for pair := range strings.SplitSeq(body.String(), "&") {
		name, value, _ := strings.Cut(pair, "=")
		n.Request.PostData.Params = append(n.Request.PostData.Params, field{name, value}) // still percent-encoded, as DevTools has them
	}
}

func fields(h network.Headers) []field {
	list := []field{}
	for name, value := range h {
		if text, ok := value.(string); ok {
			for line := range strings.SplitSeq(text, "\n") { // DevTools joins repeated fields
				list = append(list, field{name, line})
			}
		}
	}
	return list
}

func params(raw string) []field {
	list := []field{}
	u, err := url.Parse(raw)
	if err != nil {
		return list
	}
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			list = append(list, field{name, value})
		}
	}
	return list
}

// archive is everything recorded, as a HAR.
func (b *browser) archive(tb testing.TB) []byte {
	tb.Helper()
	b.bodies.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	type creator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	var har struct {
		Log struct {
			Version string   `json:"version"`
			Creator creator  `json:"creator"`
			Pages   []string `json:"pages"`
			Entries []*entry `json:"entries"`
		} `json:"log"`
	}
	har.Log.Version, har.Log.Creator, har.Log.Pages = "1.2", creator{"DevTools protocol", "1"}, []string{}
	har.Log.Entries = b.entries
	data, err := json.MarshalIndent(har, "", " ")
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
