package decode_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/decode"
)

// corpusCase is the part of a case.json that decoding is held to.
type corpusCase struct {
	Input struct {
		File     string `json:"file"`
		Encoding string `json:"encoding"`
	} `json:"input"`
	Facts struct {
		Root *string `json:"root"`
	} `json:"facts"`
	Expect struct {
		Verdict     string   `json:"verdict"`
		Categories  []string `json:"categories"`
		Scope       string   `json:"scope"`
		MessageType string   `json:"message_type"`
		Issuer      string   `json:"issuer"`
		Issuers     []string `json:"issuers"`
		NameID      string   `json:"nameid"`
		Destination string   `json:"destination"`
		RelayState  string   `json:"relay_state"`
		InResponse  string   `json:"in_response_to"`
		ID          string   `json:"id"`
		Messages    int      `json:"messages"`
	} `json:"expect"`
}

// TestCorpus holds decoding against a folder of real messages with their
// verdicts, named by SAMLWHY_CORPUS.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("SAMLWHY_CORPUS")
	if dir == "" {
		t.Skip("SAMLWHY_CORPUS names no folder of cases")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "case.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in SAMLWHY_CORPUS=%s (%v)", dir, err)
	}
	parse, good := 0, 0
	for _, file := range files {
		var c corpusCase
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(filepath.Dir(file), c.Input.File))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(filepath.Dir(file))
		why := judge(c, name, data)
		if c.Expect.Scope == "parse" {
			parse++
			if why == "" {
				good++
			}
		}
		if why != "" {
			t.Logf("%s (%s, %s): %s", name, c.Input.Encoding, c.Expect.Scope, why)
		}
	}
	t.Logf("%d of %d parse-scope cases, %d cases in all", good, parse, len(files))
	if good*100 < parse*97 {
		t.Errorf("%d of %d parse-scope cases are read as expected, want 97 %%", good, parse)
	}
}

// judge says what differs from the expectation, empty when nothing does.
func judge(c corpusCase, name string, data []byte) string {
	opts := decode.Options{}
	if c.Expect.Scope == "signature" && c.Input.Encoding == "xml" {
		opts.As = decode.KindXML // signed documents that are no SAML
	}
	trace, err := decode.Read(name, data, opts)
	unreadable := func() bool {
		return slices.ContainsFunc(c.Expect.Categories, func(s string) bool { return s == "malformed-xml" || s == "not-base64" || s == "not-saml" })
	}
	if err != nil {
		if _, ok := errors.AsType[*decode.Error](err); !ok {
			return "not an *Error: " + err.Error()
		}
		if c.Expect.Verdict == "invalid" && unreadable() {
			return ""
		}
		return err.Error()
	}
	want := max(1, c.Expect.Messages)
	if len(trace.Messages) != want {
		return "wrong number of messages: " + describe(trace)
	}
	if want > 1 {
		return ""
	}
	m := trace.Messages[0]
	if m.Document == nil || m.Document.Root() == nil {
		if unreadable() {
			return ""
		}
		return "no document: " + describe(trace)
	}
	if c.Expect.Verdict == "valid" && !m.Document.WellFormed() {
		return "not well-formed: " + m.Document.Errors()[0].Message
	}
	source := m.Document.Text()
	for what, value := range map[string]string{
		"message type": c.Expect.MessageType, "issuer": c.Expect.Issuer, "destination": c.Expect.Destination,
		"InResponseTo": c.Expect.InResponse, "ID": c.Expect.ID,
	} {
		if !strings.Contains(source, value) {
			return "no " + what + " " + value
		}
	}
	if r := c.Facts.Root; r != nil && *r != m.Document.Root().Name().Local && m.Envelope == nil {
		return "root is " + m.Document.Root().Name().Local + ", not " + *r
	}
	if c.Expect.RelayState != "" && (m.RelayState == nil || m.RelayState.Value != c.Expect.RelayState) {
		return "wrong RelayState"
	}
	return ""
}

func describe(trace *decode.Trace) string {
	var b strings.Builder
	for _, m := range trace.Messages {
		b.WriteString("[" + string(m.Binding) + " " + m.Param)
		for _, s := range m.Steps {
			b.WriteString(" > " + s.Name)
		}
		for _, p := range m.Problems {
			b.WriteString(" ! " + p.ID + ": " + p.Text)
		}
		b.WriteString("] ")
	}
	return b.String() + strings.Join(trace.Notes, "; ")
}

// TestCaptures finds the responses in recorded logins, named by SAMLWHY_CAPTURES.
func TestCaptures(t *testing.T) {
	dir := os.Getenv("SAMLWHY_CAPTURES")
	if dir == "" {
		t.Skip("SAMLWHY_CAPTURES names no folder of recorded logins")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "capture.har"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures in SAMLWHY_CAPTURES=%s (%v)", dir, err)
	}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			var c struct {
				Flags struct {
					ACS string `json:"acs_url"`
				} `json:"flags"`
				Expect struct {
					Answer string `json:"service_answer_contains"`
				} `json:"expect"`
			}
			text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "case.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &c); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			trace, err := decode.Read(file, data, decode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			responses := 0
			answered := false
			for _, m := range trace.Messages {
				t.Logf("%d %s %s %s page=%v delivered=%v %s", m.Capture.Entry, m.Capture.Time.Format(time.RFC3339Nano), m.Capture.Exchange.Method, strings.SplitN(m.Capture.Exchange.URL, "?SAML", 2)[0], entry(m.Capture.Page), entry(m.Capture.Delivered), describe(&decode.Trace{Messages: []*decode.Message{m}}))
				if m.Document.Root().Name().Local != "Response" {
					continue
				}
				responses++
				if got := m.Capture.Exchange.URL; !strings.HasPrefix(got, c.Flags.ACS) {
					t.Errorf("delivered to %s, want %s", got, c.Flags.ACS)
				}
				if m.Capture.InResponse || m.Capture.Page == nil || m.Capture.Time.IsZero() || !m.Document.WellFormed() {
					t.Errorf("in response %v, page %v, time %v", m.Capture.InResponse, entry(m.Capture.Page), m.Capture.Time)
				}
			}
			for _, ex := range trace.Exchanges {
				answered = answered || strings.Contains(string(ex.ResponseBody), c.Expect.Answer)
			}
			if responses == 0 {
				t.Error("no Response was found")
			}
			if !answered {
				t.Errorf("the service's answer %q was not kept", c.Expect.Answer)
			}
		})
	}
}

func entry(ex *decode.Exchange) int {
	if ex == nil {
		return -1
	}
	return ex.Entry
}
