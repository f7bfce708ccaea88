package decode

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// transport is what is known of how a value travelled.
type transport uint8

const (
	pasted       transport = iota // nothing: copied from somewhere
	pastedPair                    // name=value, copied from somewhere
	inQuery                       // in a URL
	inForm                        // in a form body
	inXML                         // the text of an element
	inJSON                        // a string
	reportedText                  // XML that another tool decoded
)

// encoding is how the raw value is written in its container.
type encoding uint8

const (
	plain      encoding = iota
	wire                // percent-encoded, + is a blank
	maybePlain          // percent-encoded, but + may stand for itself: pasted after decoding
)

// found is a value that may hold a message, and what is known about it.
type found struct {
	capture   *Capture // without Raw; owned by the message
	name      string   // of its field, parameter, key or element, as spelled
	role      role
	closeness closeness
	raw       []byte
	encoding  encoding
	transport transport
	beside    siblings
	steps     []Step
	named     bool // its name or the caller says that it is SAML
}

// draft is a message in the making.
type draft struct {
	r        *reader
	m        *Message
	text     peeled
	xml      []byte
	tail     int  // blanks that stood right behind text
	binary   int  // depth of encodings
	named    bool // a failure is a finding and not a sign that there is no message
	deflated bool
	cut      bool // the compressed stream stops short
	corrupt  bool // the compressed stream is damaged
	failed   bool
}

func (d *draft) step(name, repair string) {
	d.m.Steps = append(d.m.Steps, Step{Name: name, Repair: repair})
}

func (d *draft) problem(p Problem) { d.m.Problems = append(d.m.Problems, p) }

// repair records a problem that was overcome.
func (d *draft) repair(p Problem, step string) {
	if d.m.has(p.ID) {
		p.ID += "-again"
	}
	d.problem(p)
	d.step(step, p.ID)
}

// fail records the problem beyond which nothing could be read.
func (d *draft) fail(p Problem) {
	p.Fatal = true
	d.problem(p)
	d.failed = true
}

// has reports whether m has a problem of that id.
func (m *Message) has(id string) bool {
	return slices.ContainsFunc(m.Problems, func(p Problem) bool { return p.ID == id })
}

// message makes a message of a value. It is nil when nothing names the value
// as SAML and it turns out to be something else, or when an exporter replaced it.
func (r *reader) message(f found) *Message {
	if r.full() {
		return nil
	}
	if f.named && isRedacted(string(f.raw[:min(len(f.raw), 100)])) {
		r.redacted++
		return nil
	}
	m := &Message{
		Capture: f.capture, Param: f.name, Steps: slices.Clone(f.steps),
		RelayState: f.beside.relayState, SigAlg: f.beside.sigAlg, Signature: f.beside.signature,
	}
	d := &draft{r: r, m: m, text: peeled{b: f.raw}, named: f.named}

	d.unescape(f)
	switch {
	case f.role == roleArtifact:
		m.Binding = BindingArtifact
		m.Capture.Raw = bytes.Clone(f.raw)
		return m
	case len(bytes.TrimSpace(d.text.b)) == 0:
		if !f.named {
			return nil
		}
		d.fail(Problem{Stage: StageParameter, ID: "empty-value", Offset: 0, Text: "the parameter " + quote(f.name) + " is empty"})
	default:
		d.decode(f)
	}
	if d.failed && !f.named {
		return nil
	}
	if d.xml != nil {
		d.parse("")
		if !f.named && !isSAML(m) {
			return nil
		}
	}
	m.Capture.Raw = bytes.Clone(f.raw)
	d.parameterProblems(f)
	d.finish(f)
	return m
}

// unescape undoes the encoding of the container.
func (d *draft) unescape(f found) {
	if f.encoding == plain {
		return
	}
	if at := badPercent(f.raw); at >= 0 && f.named {
		d.problem(Problem{Stage: StageParameter, ID: "bad-percent-encoding", Offset: at,
			Text: quote(f.raw[at:min(len(f.raw), at+3)]) + " at byte " + count(at+1) + " is no percent-encoding: % takes two hexadecimal digits"})
	}
	if f.encoding == maybePlain {
		d.text.apply(percent)
		if !looksXML(d.text.b) { // else + is a blank between attributes
			return
		}
		d.text = peeled{b: f.raw}
	}
	d.text.apply(formPercent)
}

// decode gets from the value to XML.
func (d *draft) decode(f found) {
	d.peel()
	b := d.text.b
	if !looksXML(b) {
		d.base64()
		return
	}
	if (f.transport == inForm || f.transport == inQuery) && (f.role == roleResponse || f.role == roleRequest) {
		d.repair(Problem{Stage: StageBase64, ID: "not-encoded", Offset: d.text.origin(0),
			Text: "the value is XML as it stands; the binding asks for base64"}, "XML without base64")
	}
	d.xml = bytes.Clone(b)
}

// unwrap goes on with decoded bytes: XML, a compressed stream, or one more
// encoding.
func (d *draft) unwrap(b []byte) {
	d.binary++
	if d.take(len(b)); d.failed {
		return
	}
	if looksXML(b) {
		d.xml = b
		return
	}
	if in, ok := inflate(b, d.r.maxSize); ok {
		d.inflated(in)
		return
	}
	inner := bytes.TrimSpace(b)
	if d.binary < 4 && len(inner) >= 8 {
		switch {
		case base64Share(inner) == 1:
			d.repair(Problem{Stage: StageBase64, ID: "base64-twice", Offset: -1,
				Text: "the value is base64 of base64: it was encoded once too often"}, "base64 again")
			d.text = peeled{b: inner}
			d.base64()
			return
		case bytes.HasPrefix(inner, []byte("&lt;")), bytes.HasPrefix(inner, []byte("%3C")), bytes.HasPrefix(inner, []byte("%3c")):
			d.text = peeled{b: inner}
			d.peel()
			if looksXML(d.text.b) {
				d.xml = d.text.b
				return
			}
		}
	}
	what := "neither XML nor a DEFLATE stream"
	if !slices.ContainsFunc(b, func(c byte) bool { return isControl(c) || c >= 0x7f }) {
		what = "the text " + quote(b) + " and no XML"
	} else if derError(b) != nil {
		what = "a certificate or key and no message"
	}
	d.fail(Problem{Stage: StageBase64, ID: "not-xml", Offset: -1,
		Text: "the value decodes from base64 to " + plural(len(b), "byte", "bytes") + ", which are " + what})
}

// take counts bytes that were made against what the input may cost.
func (d *draft) take(n int) {
	if d.r.budget < 0 {
		return
	}
	if d.r.budget -= int64(n); d.r.budget < 0 {
		d.r.budget = 0
		d.fail(Problem{Stage: StageCompression, ID: "too-large", Offset: -1,
			Text: "the messages of this input together decode to more than " + size(4*d.r.maxSize) + ", four times the limit set (--max-size)"})
	}
}

func (d *draft) inflated(in inflated) {
	d.step("DEFLATE", "")
	d.deflated = true
	switch {
	case errors.Is(in.err, errInflateLimit):
		d.take(int(d.r.maxSize))
		d.fail(Problem{Stage: StageCompression, ID: "inflate-limit", Offset: -1,
			Text: "the DEFLATE stream grows beyond " + size(d.r.maxSize) + ", the limit set (--max-size): a decompression bomb, or no SAML message"})
		return
	case errors.Is(in.err, io.ErrUnexpectedEOF):
		d.cut = true
	case in.err != nil:
		d.corrupt = true
		d.problem(Problem{Stage: StageCompression, ID: "deflate-corrupt", Offset: -1,
			Text: "the DEFLATE stream is damaged after " + plural(len(in.data), "byte", "bytes") + " of XML: the value was changed or cut"})
	case in.rest > 0 && in.wrapper != "gzip":
		d.problem(Problem{Stage: StageCompression, ID: "data-after-deflate", Offset: -1,
			Text: plural(in.rest, "byte follows", "bytes follow") + " the end of the DEFLATE stream"})
	}
	if in.wrapper != "" {
		d.problem(Problem{Stage: StageCompression, ID: in.wrapper + "-wrapped", Offset: -1,
			Text: "the compressed value has a " + in.wrapper + " header; the Redirect binding asks for the raw DEFLATE stream"})
	}
	if d.take(len(in.data)); d.failed {
		return
	}
	d.xml = in.data
}

// parse reads d.xml. charset is what HTTP said about it.
func (d *draft) parse(charset string) {
	d.step("XML", "")
	d.m.XML = d.xml
	d.m.Document = xmldoc.Parse(d.xml, xmldoc.Options{Limits: d.r.limits, Encoding: charset})
	d.r.openEnvelope(d.m)
	if d.m.XML == nil && !d.m.fatal() && d.named {
		// An envelope that holds no message: what was sent is the envelope.
		d.m.XML, d.m.Document, d.m.Envelope = d.xml, d.m.Envelope, nil
	}
}

// fatal reports whether a problem kept m from being read.
func (m *Message) fatal() bool {
	return slices.ContainsFunc(m.Problems, func(p Problem) bool { return p.Fatal })
}

// parameterProblems says what is odd about the name.
func (d *draft) parameterProblems(f found) {
	if f.transport != inForm && f.transport != inQuery && f.transport != pastedPair {
		return
	}
	switch {
	case f.closeness == sameLetter, f.closeness == similar:
		d.problem(Problem{Stage: StageParameter, ID: "name-near-miss", Offset: -1,
			Text: "the parameter is called " + quote(f.name) + "; the binding's name is " + quote(f.role.name()) + ", letter for letter"})
	case f.role == roleNone && f.name != "":
		d.problem(Problem{Stage: StageParameter, ID: "name-unknown", Offset: -1,
			Text: "a SAML message is in the parameter " + quote(f.name) + ", which is none of the bindings' names"})
	}
}

// finish settles the binding, compares compression with it, and says whether
// the value was cut.
func (d *draft) finish(f found) {
	m := d.m
	switch {
	case m.Binding != "": // the envelope says
	case f.role == roleWResult:
		m.Binding = BindingWSFederation
	case f.transport == inQuery, f.transport == pastedPair && d.deflated:
		m.Binding = BindingRedirect
	case f.transport == inForm, f.transport == pastedPair:
		m.Binding = BindingPOST
	}
	switch {
	case d.failed:
	case f.transport == inForm && d.deflated:
		d.problem(Problem{Stage: StageCompression, ID: "deflate-in-post", Offset: -1,
			Text: "the value is compressed with DEFLATE, as for the Redirect binding, but was sent in a form (POST), where it has to be plain base64"})
	case f.transport == inQuery && !d.deflated && f.role != roleWResult:
		d.problem(Problem{Stage: StageCompression, ID: "not-deflated", Offset: -1,
			Text: "the value is in the URL but not compressed; the Redirect binding asks for DEFLATE before base64"})
	}
	if m.Document == nil || d.corrupt {
		return
	}
	whole := m.Document
	if m.Envelope != nil {
		whole = m.Envelope
	}
	if d.cut || whole.Truncated() {
		d.cutOff(len(f.raw), d.text.origin(len(d.text.b)))
	}
}

// cutOff says at which length the value ends, and which limit that is.
func (d *draft) cutOff(length, end int) {
	if d.binary == 0 && usualLimit(length) == "" {
		return // the XML itself tells where it ends
	}
	text := "the value ends after " + count(length) + " characters, in the middle of the message"
	if what := usualLimit(length); what != "" {
		text += ": " + what
	}
	stage := StageBase64
	if d.binary == 0 {
		stage = StageParameter
	}
	d.problem(Problem{Stage: stage, ID: "cut-off", Offset: end, Text: text})
}

// usualLimit names what is known to cut values at n characters; the name and
// some punctuation may stand in front of the value in the same line.
func usualLimit(n int) string {
	switch n {
	case 4095:
		return "a terminal takes no more in one pasted line; give the value as a file or through a pipe"
	case 2083:
		return "the longest URL that Internet Explorer takes"
	}
	for _, limit := range []int{255, 256, 512, 1000, 1024, 2000, 2048, 4000, 4096, 5000, 8000, 8192, 10000, 16384, 32768, 65536, 131072, 262144} {
		// Some count a terminating zero, and 8190 is Apache's line.
		if n == limit || n == limit-1 || n == limit-2 {
			return "a usual limit of logs, databases and web servers (" + count(limit) + ")"
		}
	}
	return ""
}
