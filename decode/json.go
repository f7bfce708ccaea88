package decode

import (
	"bytes"
	"errors"
)

// readJSON tells captures from other JSON by the names in the outermost object.
func (r *reader) readJSON(body []byte, as Kind) *Error {
	kind := as
	if as == KindAuto {
		kind = captureKind(body)
	}
	switch kind {
	case KindHAR:
		return r.readHAR(newScanner(body, r.skipped))
	case KindSAMLTracer:
		return r.readTracer(newScanner(body, r.skipped))
	}
	r.setKind(KindJSON)
	err := r.jsonStrings(body)
	if len(r.trace.Messages) > 0 {
		if isCutJSON(err) {
			r.note("the JSON is cut off; what came before its end was read")
		}
		return nil
	}
	if err != nil && as == KindAuto {
		// A log line may start with a bracket, too.
		if r.trace.Kind = KindText; r.scanText(body, nil) {
			return nil
		}
	}
	switch {
	case isCutJSON(err):
		return newError("json-cut", "the JSON is cut off after "+plural(len(body), "byte", "bytes")+" and what is there holds no SAML message", "export or copy it again, whole")
	case err != nil:
		return newError("no-saml", "no SAML message was found in the text, which starts with "+quote(bytes.TrimSpace(body))+" like JSON but is none", hintWhatToGive)
	}
	return newError("json-no-saml", "the JSON holds no SAML message", hintWhatToGive)
}

// captureKind looks at the names of the outermost object until it knows. It is
// [KindAuto] for what is no capture.
func captureKind(body []byte) Kind {
	s := newScanner(body, 0)
	kind := KindAuto
	err := s.object(func(name []byte) error {
		switch string(name) {
		case "log":
			if s.peek() == '{' {
				kind = KindHAR
			}
		case "entries":
			if s.peek() == '[' {
				kind = KindHAR
			}
		case "requests":
			if s.peek() == '[' {
				kind = KindSAMLTracer
			}
		}
		if kind != KindAuto {
			return errDone
		}
		return s.skip()
	})
	if err != nil && !errors.Is(err, errDone) {
		return KindAuto
	}
	return kind
}

// jsonStrings reads the messages in the strings of JSON values, of which there
// may be several in a row.
func (r *reader) jsonStrings(body []byte) error {
	s := newScanner(body, 0)
	for !r.full() && s.peek() != 0 {
		if err := r.jsonValue(s, "", 0); err != nil {
			return err
		}
	}
	return nil
}

// jsonValue reads the messages in one value, which stands beside name.
func (r *reader) jsonValue(s *scanner, name string, depth int) error {
	if depth > maxNesting {
		return errBrokenJSON
	}
	switch s.peek() {
	case '"':
		start := s.pos
		err := s.skip()
		if err == nil && !r.full() {
			r.jsonString(name, s.buf[start:s.pos])
		}
		return err
	case '{':
		return s.object(func(name []byte) error { return r.jsonValue(s, string(name), depth+1) })
	case '[':
		return s.array(func() error { return r.jsonValue(s, name, depth+1) })
	}
	word, err := s.literal()
	if err == nil && !isScalar(word) {
		err = errBrokenJSON
	}
	return err
}

// jsonString reads one string, which stands beside name.
func (r *reader) jsonString(name string, raw []byte) {
	if len(raw) < 18 {
		return
	}
	f := found{capture: r.capture(), name: name, transport: inJSON, encoding: plain, steps: []Step{{Name: "JSON string " + name}}}
	f.role, f.closeness = parameterRole(name)
	beside := f.closeness >= sameLetter
	if f.role == roleArtifact {
		if f.raw = unquote(raw); isArtifact(f.raw) {
			r.add(r.message(f))
		}
		return
	}
	// What is still quoted has a backslash at most where a line ends.
	if !beside && !mentionsMessage(raw) && !probe(raw[1:]) {
		return
	}
	f.raw = unquote(raw)
	f.named = beside && base64Share(f.raw) >= 0.9
	if beside || probe(f.raw) {
		if r.add(r.message(f)) {
			return
		}
	}
	r.scanText(f.raw, f.steps)
}
