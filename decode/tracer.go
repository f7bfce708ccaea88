package decode

import (
	"bytes"
	"slices"
	"strings"
)

// readTracer reads an export of the SAML-tracer browser extension. Its export
// has no times; POST values are placeholders unless the user chose otherwise,
// but the XML that the extension decoded is kept.
func (r *reader) readTracer(s *scanner) *Error {
	r.setKind(KindSAMLTracer)
	c, g := r.newCaptureScan(s), newGathering(r)
	obfuscated := false
	err := c.object(func(name []byte) error {
		if string(name) != "requests" {
			return c.skip()
		}
		return c.array(func() error {
			rec := &recorded{ex: &Exchange{Entry: g.seen.entries}}
			err := c.traced(rec)
			obfuscated = obfuscated || slices.ContainsFunc(rec.fields, func(p Param) bool { return isRedacted(p.Value) })
			g.add(rec)
			return err
		})
	})
	g.finish()
	requests := plural(g.seen.entries, "request", "requests")
	if err != nil {
		r.note("the SAML-tracer export is cut off or damaged at byte %s; what came before that was read (%s)", count(s.offset()), requests)
	}
	if len(r.trace.Messages) > 0 {
		if r.redacted > 0 {
			r.redacted = 0
			r.note("SAML-tracer replaced the values that were posted; where it kept its own decoded XML, that was read")
		}
		if err == nil && r.redacted == 0 {
			r.requestOnly(&g.seen)
		}
		return nil
	}
	switch {
	case obfuscated || r.redacted > 0:
		return newError("tracer-obfuscated", "the SAML-tracer export holds placeholders instead of the values that were posted, and no decoded message",
			"export again and choose “None” for the cookie and value profile").with(g.seen.lookedAt("request", "requests"))
	case isCutJSON(err):
		return newError("json-cut", "the SAML-tracer export is cut off and what is there holds no SAML message", "export it again").
			with(g.seen.lookedAt("request", "requests"))
	}
	return newError("tracer-no-saml", "the SAML-tracer export has "+requests+" and none carries a SAML message",
		"SAML-tracer records only while its window is open: open it before the login starts, log in until it fails, and export again with “None” for the profile").
		with(g.seen.lookedAt("request", "requests"))
}

// traced reads one element of requests.
func (c *captureScan) traced(rec *recorded) error {
	ex := rec.ex
	var query, form []Param
	err := c.object(func(name []byte) error {
		switch string(name) {
		case "method":
			return c.text(&ex.Method, maxWord)
		case "url":
			return c.text(&ex.URL, maxURL)
		case "requestHeaders":
			return c.headers(&ex.RequestHeaders)
		case "responseHeaders":
			return c.headers(&ex.ResponseHeaders)
		case "responseStatus":
			var n float64
			err := c.num(&n)
			if n > 0 && n < 1000 {
				ex.Status = int(n)
			}
			return err
		case "get":
			return c.params(&query)
		case "post":
			return c.params(&rec.fields)
		case "postData":
			return c.params(&form)
		case "saml":
			return c.text(&rec.saml, c.max)
		}
		return c.skip()
	})
	if len(rec.fields) == 0 {
		rec.fields = form
	}
	if len(rec.fields) > 0 {
		ex.RequestType = "application/x-www-form-urlencoded"
	}
	if ex.Query = urlQuery(ex.URL); len(ex.Query) == 0 {
		ex.Query = query
	}
	ex.ResponseType = header(ex.ResponseHeaders, "Content-Type")
	ex.setRedirect("")
	return err
}

// tracedMessage is the message that the extension kept decoded.
func (r *reader) tracedMessage(rec *recorded) []*Message {
	xml := []byte(rec.saml)
	if !looksXML(xml) {
		return nil
	}
	f := found{
		capture: r.exchangeCapture(rec, fromRequest), raw: bytes.Clone(xml), transport: reportedText,
		steps: append(r.steps(rec), Step{Name: "XML as SAML-tracer decoded it"}), beside: siblingsIn(rec.fields),
	}
	names := rec.fields
	if !strings.EqualFold(rec.ex.Method, "POST") {
		names = rec.ex.Query
	}
	for _, p := range names {
		if role, fit := parameterRole(p.Name); fit >= sameLetter && role != roleArtifact {
			f.name, f.role, f.closeness, f.named = p.Name, role, fit, true
			break
		}
	}
	m := r.message(f)
	if m == nil {
		return nil
	}
	if m.Binding == "" {
		m.Binding = BindingPOST
		if !strings.EqualFold(rec.ex.Method, "POST") {
			m.Binding = BindingRedirect
		}
	}
	return []*Message{m}
}
