package decode

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// Two kinds beside those of [KindXML] and its neighbours.
const (
	KindJSON  Kind = "json"  // JSON other than a capture, with a message in one of its strings
	KindLines Kind = "lines" // one message a line; only when asked for
)

// Kinds are the kinds that a caller can ask for, in the order in which help
// texts list them.
func Kinds() []Kind {
	return []Kind{
		KindXML, KindBase64, KindQuery, KindForm, KindHTML, KindHAR,
		KindSAMLTracer, KindCurl, KindFetch, KindPowerShell, KindHTTP, KindBurp,
		KindSAZ, KindZip, KindJSON, KindText, KindLines,
	}
}

// DefaultMaxSize is the [Options.MaxSize] used when none is given, in bytes.
const DefaultMaxSize = 64 << 20

// maxMessages bounds what one input may hold, so that a file of millions of
// tiny values cannot exhaust memory.
const maxMessages = 10_000

// Options say how an input is to be read. The zero value recognises the kind
// and applies the default limits.
type Options struct {
	// As forces the kind of the input.
	As Kind
	// Limits are handed to the XML reader.
	Limits xmldoc.Limits
	// MaxSize is how many bytes one value may become by base64 decoding and
	// inflating; 0 means [DefaultMaxSize], -1 no limit. All values of an input
	// together may become four times as much.
	MaxSize int64
	// MaxInput is how many bytes of an input are held in memory where that has to
	// be done whole; 0 means [DefaultMaxInput], -1 no limit. Only [ReadFrom] asks.
	MaxInput int64
	// Keys are the private keys that what is encrypted may be for.
	Keys []xmlenc.Key
}

// reader is the state of one call of [Read].
type reader struct {
	input    string
	limits   xmldoc.Limits
	maxSize  int64 // of one value; negative: none
	budget   int64 // of all values that are still to come; negative: none
	trace    *Trace
	redacted int   // values that the exporter of a capture replaced
	found    int   // messages in exchanges, copies included
	skipped  int64 // bytes of the input before what is read: its byte order mark
	keys     []xmlenc.Key
	opened   int // EncryptedData elements
}

// Read finds every SAML message in data, which the user named input. The data
// is not changed, but the trace may share memory with it.
//
// The error is an [*Error] when the input holds no message. A value that was
// named as SAML, by a field, a parameter or opts.As, and that cannot be decoded,
// is no error but a [Message] without XML and with a fatal [Problem]; so is a
// text of which at least 90 % belongs to the alphabet of base64.
func Read(input string, data []byte, opts Options) (*Trace, error) {
	r := newReader(input, opts)
	read := func() *Error { return r.read(data, opts.As) }
	if opts.As == KindSAZ || opts.As == KindZip || opts.As == KindAuto && isArchive(data) {
		read = func() *Error { return r.readArchive(data, opts) }
	}
	return r.finish(read())
}

// finish settles the trace when reading has ended with err, or with nil.
func (r *reader) finish(err *Error) (*Trace, error) {
	if err != nil {
		err.Input = r.input
		return nil, explainBinary(err, r.input)
	}
	if len(r.trace.Messages) >= maxMessages {
		r.note("reading stopped after %d messages", maxMessages)
	}
	if r.opened >= maxOpened {
		r.note("what is encrypted was opened in the first %d places only", maxOpened)
	}
	if r.redacted > 0 {
		r.note("%s", redactedNote(r.redacted))
	}
	r.sortMessages()
	return r.trace, nil
}

func newReader(input string, opts Options) *reader {
	r := &reader{input: input, limits: opts.Limits, maxSize: opts.MaxSize, keys: opts.Keys, trace: &Trace{Input: input}}
	if r.maxSize == 0 {
		r.maxSize = DefaultMaxSize
	}
	r.budget = -1
	if r.maxSize > 0 {
		r.budget = 4 * r.maxSize
	}
	return r
}

func (r *reader) note(format string, args ...any) {
	r.trace.Notes = append(r.trace.Notes, fmt.Sprintf(format, args...))
}

func (r *reader) full() bool { return len(r.trace.Messages) >= maxMessages }

// add appends a message, if there is one, and reports whether there was.
func (r *reader) add(m *Message) bool {
	if m == nil || r.full() {
		return false
	}
	r.open(m)
	r.trace.Messages = append(r.trace.Messages, m)
	return true
}

// capture is a new place in the input, without HTTP.
func (r *reader) capture() *Capture {
	return &Capture{Input: r.input, Kind: r.trace.Kind, Entry: -1}
}

// setKind records the kind, unless the container around has already said it.
func (r *reader) setKind(k Kind) {
	if r.trace.Kind == KindAuto {
		r.trace.Kind = k
	}
}

func (r *reader) read(data []byte, as Kind) *Error {
	if err := emptyError(data); err != nil {
		return err
	}
	switch {
	case as == KindXML:
		return r.readForcedXML(data)
	case as == KindBurp:
		return r.readBurp(data)
	case as == KindHTTP, as == KindAuto && looksHTTP(data): // bodies may be compressed
		return r.readHTTP(data, as)
	}
	if err := binaryError(data); err != nil {
		return err
	}
	if text, ok := utf16Text(data); ok && !looksXML(data) {
		data = text
	}
	body := bytes.TrimPrefix(data, utf8BOM)
	if len(bytes.TrimSpace(body)) == 0 {
		return newError("empty", "the input holds nothing but blanks", hintWhatToGive)
	}
	r.skipped = int64(len(data) - len(body))
	r.setKind(as)
	switch as {
	case KindBase64:
		return r.readBase64(body)
	case KindQuery, KindForm:
		return r.readParams(body)
	case KindHTML:
		return r.readHTML(body)
	case KindHAR, KindSAMLTracer, KindJSON:
		return r.readJSON(body, as)
	case KindCurl:
		return r.readCurl(body)
	case KindFetch:
		return r.readFetch(body)
	case KindPowerShell:
		return r.readPowerShell(body)
	case KindText:
		return r.readText(body)
	case KindLines:
		return r.readLines(body)
	default:
		return r.recognise(data, body)
	}
}

// recognise tells the kind from the content. whole still has its byte order
// mark, body has not.
func (r *reader) recognise(whole, body []byte) *Error {
	trimmed := bytes.TrimSpace(body)
	if looksXML(whole) {
		if looksHTML(trimmed) {
			return r.readHTML(body)
		}
		if looksBurp(whole) {
			return r.readBurp(whole)
		}
		return r.readXML(whole)
	}
	if trimmed[0] == '{' || trimmed[0] == '[' {
		return r.readJSON(body, KindAuto)
	}
	if err := pemError(trimmed); err != nil {
		return err
	}
	var err *Error
	switch {
	case looksHTTP(trimmed): // in UTF-16
		return r.readHTTP(trimmed, KindAuto)
	case looksCurl(trimmed):
		err = r.readCurl(trimmed)
	case looksFetch(trimmed):
		err = r.readFetch(trimmed)
	case looksPowerShell(trimmed):
		err = r.readPowerShell(trimmed)
	case bytes.HasPrefix(trimmed, []byte("&lt;")):
		// The source of a page, copied escaped.
		if p := (&peeled{b: trimmed}); p.apply(entity) >= 0 && looksHTML(p.b) {
			return r.readHTML(p.b)
		}
		return r.readLoose(body)
	default:
		return r.readLoose(body)
	}
	return r.orText(err, body)
}

// orText looks for a message anywhere in the text when reading it as its kind
// has found none.
func (r *reader) orText(err *Error, body []byte) *Error {
	if err == nil {
		return nil
	}
	kind := r.trace.Kind
	if r.trace.Kind = KindText; r.scanText(body, nil) {
		r.trace.Exchanges = nil
		return nil
	}
	r.trace.Kind = kind
	return err
}

// sortMessages brings messages into the order of their times. One without a
// time stays behind the one before it.
func (r *reader) sortMessages() {
	type timed struct {
		m  *Message
		at int64
	}
	list := make([]timed, len(r.trace.Messages))
	var last int64
	for i, m := range r.trace.Messages {
		if t := m.Capture.Time; !t.IsZero() {
			last = t.UnixNano()
		}
		list[i] = timed{m, last}
	}
	slices.SortStableFunc(list, func(a, b timed) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	for i := range list {
		r.trace.Messages[i] = list[i].m
	}
}
