package decode

import (
	"bytes"
	"slices"
	"strings"
)

// readTracer reads an export of the SAML-tracer browser extension. Its export
// has no times; POST values are placeholders unless the user chose otherwise,
// but the XML that the extension decoded is kept.
func (r *reader) readTracer(body []byte) *Error {
	r.setKind(KindSAMLTracer)
	j := newJSONReader(body)
	var entries []*recorded
	obfuscated := false
	err := j.object(func(name string) error {
		if name != "requests" {
			return j.dec.SkipValue()
		}
		return j.array(func() error {
			rec := &recorded{ex: &Exchange{Entry: len(entries)}}
			entries = append(entries, rec)
			err := j.traced(rec)
			obfuscated = obfuscated || slices.ContainsFunc(rec.fields, func(p Param) bool { return isRedacted(p.Value) })
			return err
		})
	})
	r.captureMessages(entries)
	if err != nil {
		r.note("the SAML-tracer export is cut off or damaged at byte %s; the %s before that were read", count(j.dec.InputOffset()), plural(len(entries), "request", "requests"))
	}
	if len(r.trace.Messages) > 0 {
		if r.redacted > 0 {
			r.redacted = 0
			r.note("SAML-tracer replaced the values that were posted; where it kept its own decoded XML, that was read")
		}
		return nil
	}
	switch {
	case obfuscated || r.redacted > 0:
		return newError("tracer-obfuscated", "the SAML-tracer export holds placeholders instead of the values that were posted, and no decoded message",
			"export again and choose “None” for the cookie and value profile")
	case isCutJSON(err):
		return newError("json-cut", "the SAML-tracer export is cut off and what is there holds no SAML message", "export it again")
	}
	return newError("tracer-no-saml", "the SAML-tracer export has "+plural(len(entries), "request", "requests")+" and none carries a SAML message",
		"open SAML-tracer before the login starts, log in, and export again")
}

// traced reads one element of requests.
func (j *jsonReader) traced(rec *recorded) error {
	ex := rec.ex
	var query, form []Param
	err := j.object(func(name string) error {
		switch name {
		case "method":
			return j.str(&ex.Method)
		case "url":
			return j.str(&ex.URL)
		case "requestHeaders":
			return j.headers(&ex.RequestHeaders)
		case "responseHeaders":
			return j.headers(&ex.ResponseHeaders)
		case "responseStatus":
			var n float64
			err := j.num(&n)
			ex.Status = int(n)
			return err
		case "get":
			return j.params(&query)
		case "post":
			return j.params(&rec.fields)
		case "postData":
			return j.params(&form)
		case "saml":
			return j.str(&rec.saml)
		}
		return j.dec.SkipValue()
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
