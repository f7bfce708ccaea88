package decode

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonReader walks through JSON without building it. Raw values are slices of
// data.
type jsonReader struct {
	data []byte
	dec  *jsontext.Decoder
}

func newJSONReader(data []byte) *jsonReader {
	return &jsonReader{data: data, dec: jsontext.NewDecoder(bytes.NewBuffer(data),
		jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))}
}

// object calls visit for each name of the object that comes next. visit has to
// consume the value. Another value than an object is skipped.
func (j *jsonReader) object(visit func(name string) error) error {
	if j.dec.PeekKind() != '{' {
		return j.dec.SkipValue()
	}
	if _, err := j.dec.ReadToken(); err != nil {
		return err
	}
	for {
		switch j.dec.PeekKind() {
		case '"':
			name, err := j.dec.ReadToken()
			if err != nil {
				return err
			}
			if err := visit(name.String()); err != nil {
				return err
			}
		default: // the end, or an error
			_, err := j.dec.ReadToken()
			return err
		}
	}
}

// array calls visit for each element of the array that comes next; visit has to
// consume it. Another value is skipped.
func (j *jsonReader) array(visit func() error) error {
	if j.dec.PeekKind() != '[' {
		return j.dec.SkipValue()
	}
	if _, err := j.dec.ReadToken(); err != nil {
		return err
	}
	for {
		switch j.dec.PeekKind() {
		case ']', 0:
			_, err := j.dec.ReadToken()
			return err
		}
		if err := visit(); err != nil {
			return err
		}
	}
}

// raw is the next value as it stands, without blanks around it.
func (j *jsonReader) raw() ([]byte, error) {
	v, err := j.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := j.dec.InputOffset()
	return j.data[end-int64(len(v)) : end], nil
}

// str is the next value where it is a string; another is skipped and empty.
func (j *jsonReader) str(s *string) error {
	if j.dec.PeekKind() != '"' {
		return j.dec.SkipValue()
	}
	t, err := j.dec.ReadToken()
	if err == nil {
		*s = t.String()
	}
	return err
}

// num is the next value where it is a number, or a string that has the form of one.
func (j *jsonReader) num(f *float64) error {
	raw, err := j.raw()
	if err != nil {
		return err
	}
	if n, err := strconv.ParseFloat(string(bytes.Trim(raw[:min(len(raw), 64)], `"`)), 64); err == nil {
		*f = n
	}
	return nil
}

// unquote is the text of a raw string, nil for another value.
func unquote(raw []byte) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1 : len(raw)-1]
	}
	// The error only tells of invalid UTF-8, which was replaced.
	out, _ := jsontext.AppendUnquote(nil, raw)
	return out
}

func isCutJSON(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) }

// readJSON tells captures from other JSON by the names in the outermost object.
func (r *reader) readJSON(body []byte, as Kind) *Error {
	switch as {
	case KindHAR:
		return r.readHAR(body)
	case KindSAMLTracer:
		return r.readTracer(body)
	case KindAuto:
		switch captureKind(body) {
		case KindHAR:
			return r.readHAR(body)
		case KindSAMLTracer:
			return r.readTracer(body)
		}
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

var errDone = errors.New("seen enough")

// captureKind looks at the names of the outermost object until it knows.
func captureKind(body []byte) Kind {
	j := newJSONReader(body)
	kind := KindAuto
	err := j.object(func(name string) error {
		switch name {
		case "log":
			if j.dec.PeekKind() == '{' {
				kind = KindHAR
			}
		case "entries":
			if j.dec.PeekKind() == '[' {
				kind = KindHAR
			}
		case "requests":
			if j.dec.PeekKind() == '[' {
				kind = KindSAMLTracer
			}
		}
		if kind != KindAuto {
			return errDone
		}
		return j.dec.SkipValue()
	})
	if err != nil && !errors.Is(err, errDone) {
		return KindAuto
	}
	return kind
}

// jsonStrings reads the messages in the strings of JSON values.
func (r *reader) jsonStrings(body []byte) error {
	j := newJSONReader(body)
	name := ""
	for !r.full() {
		if j.dec.PeekKind() == '"' {
			depth := j.dec.StackDepth()
			kind, length := j.dec.StackIndex(depth)
			raw, err := j.raw()
			if err != nil {
				return err
			}
			if kind == '{' && length%2 == 0 {
				name = string(unquote(raw))
				continue
			}
			r.jsonString(name, raw)
			continue
		}
		if _, err := j.dec.ReadToken(); err != nil {
			if errors.Is(err, io.EOF) && j.dec.StackDepth() == 0 {
				return nil
			}
			return err
		}
	}
	return nil
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
