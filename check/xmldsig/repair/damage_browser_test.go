package repair_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// browser is a headless Chromium, driven over its DevTools pipe: it reads
// commands from its descriptor 3 and answers on 4, each ended by a zero byte.
type browser struct {
	in      io.WriteCloser
	pipe    *os.File
	out     *bufio.Reader
	session string
	last    int
	loaded  bool // the page has been since it was asked for
}

type devtoolsMessage struct {
	ID     int    `json:"id"`
	Method string `json:"method"`
	Params any    `json:"params,omitempty"`
	// Session is that of the page; empty for the browser itself.
	Session string          `json:"sessionId,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// startBrowser opens a browser with one empty page; it ends with the test.
func startBrowser(t *testing.T) (*browser, error) {
	t.Helper()
	commands, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, answers, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	cmd := exec.CommandContext(ctx, chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--remote-debugging-pipe", "--user-data-dir="+t.TempDir())
	cmd.ExtraFiles = []*os.File{commands, answers}
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	_, _ = commands.Close(), answers.Close()
	b := &browser{in: in, pipe: out, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		_, _ = b.call("Browser.close", nil)
		_ = in.Close()
		_ = cmd.Wait()
		cancel()
		_ = out.Close()
	})
	var target struct {
		TargetID string `json:"targetId"`
	}
	if err := b.into(&target, "Target.createTarget", map[string]any{"url": "about:blank"}); err != nil {
		return nil, err
	}
	var session struct {
		SessionID string `json:"sessionId"`
	}
	if err := b.into(&session, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}); err != nil {
		return nil, err
	}
	b.session = session.SessionID
	if _, err := b.call("Page.enable", nil); err != nil {
		return nil, err
	}
	// Keys go only to a page that believes to be in front.
	_, err = b.call("Emulation.setFocusEmulationEnabled", map[string]any{"enabled": true})
	return b, err
}

func (b *browser) into(v any, method string, params any) error {
	raw, err := b.call(method, params)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

// call sends a command and waits for its answer.
func (b *browser) call(method string, params any) (json.RawMessage, error) {
	b.last++
	text, err := json.Marshal(devtoolsMessage{ID: b.last, Method: method, Params: params, Session: b.session})
	if err != nil {
		return nil, err
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		return nil, err
	}
	for {
		m, err := b.next()
		if err != nil {
			return nil, err
		}
		if m.ID == b.last {
			if m.Error != nil {
				return nil, fmt.Errorf("%s: %s", method, m.Error.Message)
			}
			return m.Result, nil
		}
	}
}

func (b *browser) next() (*devtoolsMessage, error) {
	if err := b.pipe.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return nil, err
	}
	line, err := b.out.ReadBytes(0)
	if err != nil {
		return nil, err
	}
	m := &devtoolsMessage{}
	err = json.Unmarshal(bytes.TrimSuffix(line, []byte{0}), m)
	b.loaded = b.loaded || m.Method == "Page.loadEventFired"
	return m, err
}

// open loads a page and waits until it is there.
func (b *browser) open(address string) error {
	b.loaded = false
	if _, err := b.call("Page.navigate", map[string]any{"url": address}); err != nil {
		return err
	}
	for !b.loaded {
		if _, err := b.next(); err != nil {
			return err
		}
	}
	return nil
}

// press is a key with Ctrl, which does the editing command too: no desktop
// translates keys for a headless browser.
func (b *browser) press(key, command string) error {
	for _, kind := range []string{"rawKeyDown", "keyUp"} {
		event := map[string]any{
			"type": kind, "modifiers": 2, "key": key, "code": "Key" + strings.ToUpper(key),
			"windowsVirtualKeyCode": int(strings.ToUpper(key)[0]),
		}
		if kind == "rawKeyDown" {
			event["commands"] = []string{command}
		}
		if _, err := b.call("Input.dispatchKeyEvent", event); err != nil {
			return err
		}
	}
	return nil
}

// evaluate is a script's value, a string.
func (b *browser) evaluate(script string) (string, error) {
	var result struct {
		Result    struct{ Value string }
		Exception *struct {
			Text string `json:"text"`
		} `json:"exceptionDetails"`
	}
	if err := b.into(&result, "Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true}); err != nil {
		return "", err
	}
	if result.Exception != nil {
		return "", errors.New(result.Exception.Text)
	}
	return result.Result.Value, nil
}

// pasteInto is what arrives in a text area when somebody pastes.
const pasteInto = `data:text/html,<meta charset="utf-8"><textarea id="t" autofocus></textarea>`

// copied opens a page, selects all of it, copies it and pastes it elsewhere.
func (b *browser) copied(address string) (string, error) {
	if err := b.open(address); err != nil {
		return "", err
	}
	if err := errors.Join(b.press("a", "selectAll"), b.press("c", "copy"), b.open(pasteInto)); err != nil {
		return "", err
	}
	if _, err := b.evaluate(`document.getElementById("t").focus()`); err != nil {
		return "", err
	}
	if err := b.press("v", "paste"); err != nil {
		return "", err
	}
	return b.evaluate(`document.getElementById("t").value`)
}

// inBrowser lets a browser do something to each text, which stands in a file.
func inBrowser(start func(*testing.T) *browser, extension string, do func(b *browser, address string) (string, error)) func(*testing.T, []string) []string {
	return func(t *testing.T, texts []string) []string {
		t.Helper()
		b := start(t)
		if b == nil {
			return nil
		}
		folder := t.TempDir()
		out := make([]string, len(texts))
		for i, s := range texts {
			path := filepath.Join(folder, fmt.Sprintf("%d.%s", i, extension))
			if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := do(b, (&url.URL{Scheme: "file", Path: path}).String())
			if err != nil {
				t.Logf("the browser failed with text %d: %v", i, err)
				return nil
			}
			// The viewer's own words come before the document.
			if at := strings.IndexByte(got, '<'); at > 0 {
				got = got[at:]
			}
			out[i] = strings.TrimSpace(got)
		}
		return out
	}
}

// page is an HTML page that shows a text.
func page(before, after string) func(string) string {
	return func(s string) string {
		return `<!doctype html><meta charset="utf-8"><title>SAML</title>` + before + html.EscapeString(s) + after
	}
}

// serialised is the page's XML after a script has read and written it.
func (b *browser) serialised(address string) (string, error) {
	if err := b.open(address); err != nil {
		return "", err
	}
	return b.evaluate(`new XMLSerializer().serializeToString(new DOMParser().parseFromString(document.querySelector("script").textContent, "text/xml"))`)
}

// browserDamages are what is left of a message that went through a browser.
func browserDamages() []damage {
	utf8Only := func(s *style) bool { return !s.latin1 }
	plain := func(s *style) bool { return compact(s) && s.sig.Indent == "" && s.wrap == "" }
	var b *browser
	var started bool
	start := func(t *testing.T) *browser {
		t.Helper()
		if !started {
			started = true
			var err error
			if b, err = startBrowser(t); err != nil {
				t.Logf("the browser cannot be used: %v", err)
			}
		}
		return b
	}
	tree := inBrowser(start, "xml", (*browser).copied)
	pages := inBrowser(start, "html", (*browser).copied)
	rows := []damage{
		{name: "Chromium: copied from the XML tree", cause: "whitespace-added", avoid: []feature{"lines", "ampersand"}, styles: plain, batch: tree},
		{name: "Chromium: copied from the tree, indented before", cause: "whitespace-added", equal: mergeEqual(reindented, outdented), avoid: []feature{"lines", "ampersand"}, styles: func(s *style) bool { return indented(s) && utf8Only(s) && noReturns(s) }, batch: tree},
		{name: "Chromium: copied from the tree, broken values", cause: "whitespace-added", with: "line-break-in-value", need: []feature{"lines"}, avoid: []feature{"ampersand"}, styles: func(s *style) bool { return compact(s) && utf8Only(s) }, batch: tree},
		{name: "Chromium: copied from the tree, ampersands", cause: "whitespace-added", with: "entities", need: []feature{"ampersand"}, avoid: []feature{"lines"}, styles: plain, batch: tree},
		{name: "Chromium: copied from a page, line breaks", cause: "line-break-in-value", need: []feature{"lines"}, styles: plain, batch: after(page("<div>", "</div>"), pages)},
		{name: "Chromium: copied from a page, no-break blanks", cause: "smart-quotes", need: []feature{"nbsp"}, styles: noReturns, batch: after(page("<pre>", "</pre>"), pages)},
		{name: "Chromium: DOMParser, XMLSerializer", cause: "line-endings", styles: withReturns, batch: after(
			func(s string) string {
				return `<!doctype html><meta charset="utf-8"><script type="text/xml">` + s + "</script>"
			}, inBrowser(start, "html", (*browser).serialised))},
	}
	for i := range rows {
		rows[i].program, rows[i].most = "chromium", 6 // a browser takes its time
	}
	return rows
}
