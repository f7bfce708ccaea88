package decode_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

// The messages that the tests wrap up. The response holds characters that put
// +, / and = into its base64.
const (
	responseXML = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" IssueInstant="2026-03-04T10:00:00Z" InResponseTo="_q1" Destination="https://sp.example.com/acs?a=~~~">` +
		`<saml:Issuer>https://idp.example.com/~~~>>>???</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` +
		`<saml:Assertion ID="_a1" Version="2.0" IssueInstant="2026-03-04T10:00:00Z"><saml:Issuer>https://idp.example.com/</saml:Issuer><saml:Subject><saml:NameID>ünïcode~~~>>>1@example.com</saml:NameID></saml:Subject></saml:Assertion></samlp:Response>`
	requestXML = `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_q1" Version="2.0" IssueInstant="2026-03-04T09:59:00Z" AssertionConsumerServiceURL="https://sp.example.com/acs"/>`
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func deflate(s string) string {
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, flate.BestCompression)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write([]byte(s)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return buf.String()
}

// wrap breaks s into lines of width characters.
func wrap(s string, width int, end string) string {
	var b strings.Builder
	for len(s) > width {
		b.WriteString(s[:width] + end)
		s = s[width:]
	}
	return b.String() + s + end
}

func escape(s string) string { return url.QueryEscape(s) }

func read(t *testing.T, data string, opts decode.Options) *decode.Trace {
	t.Helper()
	trace, err := decode.Read("input", []byte(data), opts)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	checkTrace(t, trace)
	return trace
}

// one reads data that holds one message.
func one(t *testing.T, data string, opts decode.Options) *decode.Message {
	t.Helper()
	trace := read(t, data, opts)
	if len(trace.Messages) != 1 {
		t.Fatalf("%d messages, want 1: %s", len(trace.Messages), describe(trace))
	}
	return trace.Messages[0]
}

// fails reads data that holds none.
func fails(t *testing.T, data []byte, opts decode.Options) *decode.Error {
	t.Helper()
	trace, err := decode.Read("input", data, opts)
	if err == nil {
		t.Fatalf("Read found %s", describe(trace))
	}
	e, ok := errors.AsType[*decode.Error](err)
	if !ok {
		t.Fatalf("%T is no *Error: %v", err, err)
	}
	if e.Text == "" || e.Reason == "" || e.Input != "input" || strings.ContainsAny(e.Text+e.Hint, "\n\x00\x1b") {
		t.Errorf("bad error %#v", e)
	}
	return e
}

// checkTrace holds what must be true of every trace.
func checkTrace(t *testing.T, trace *decode.Trace) {
	t.Helper()
	for _, m := range trace.Messages {
		fatal := false
		for _, p := range m.Problems {
			fatal = fatal || p.Fatal
			if p.ID == "" || p.Text == "" || p.Stage == "" {
				t.Errorf("problem without id, text or stage: %+v", p)
			}
			if p.Offset < -1 || p.Offset > len(m.Capture.Raw) {
				t.Errorf("problem %s at %d, outside the value of %d bytes", p.ID, p.Offset, len(m.Capture.Raw))
			}
		}
		if fatal && m.XML != nil || !fatal && m.XML == nil && m.Binding != decode.BindingArtifact {
			t.Errorf("fatal %v with %d bytes of XML: %s", fatal, len(m.XML), describe(trace))
		}
		if (m.XML == nil) != (m.Document == nil) {
			t.Errorf("XML and document disagree: %s", describe(trace))
		}
		for _, s := range m.Steps {
			if s.Name == "" {
				t.Errorf("nameless step: %+v", m.Steps)
			}
		}
		if m.Capture == nil || m.Capture.Input != trace.Input || m.Capture.Kind == "" {
			t.Errorf("bad capture: %+v", m.Capture)
		}
	}
}

func stepNames(m *decode.Message) string {
	names := make([]string, len(m.Steps))
	for i, s := range m.Steps {
		names[i] = s.Name
	}
	return strings.Join(names, ", ")
}

func problemIDs(m *decode.Message) string {
	ids := make([]string, len(m.Problems))
	for i, p := range m.Problems {
		ids[i] = p.ID
	}
	return strings.Join(ids, ", ")
}

func problem(t *testing.T, m *decode.Message, id string) decode.Problem {
	t.Helper()
	for _, p := range m.Problems {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("no problem %q, only %q", id, problemIDs(m))
	return decode.Problem{}
}

// harEntry writes one entry of a HAR.
func harEntry(started, method, target, postData, response string) string {
	if postData != "" {
		postData = `,"postData":` + postData
	}
	return fmt.Sprintf(`{"startedDateTime":%q,"time":25.5,"request":{"method":%q,"url":%q,"headers":[],"queryString":[]%s},"response":%s}`,
		started, method, target, postData, response)
}

func har(entries ...string) string {
	return `{"log":{"version":"1.2","creator":{"name":"test","version":"1"},"entries":[` + strings.Join(entries, ",") + `]}}`
}
