package decode

import (
	"bytes"
	"html"
	"slices"
	"unicode/utf8"
)

// An unescape reads what stands at in[i]: it returns the bytes it means (none
// when it is to be dropped) and how many bytes of in it takes, at least one.
type unescape func(in []byte, i int) (out []byte, width int)

// peeled is a value with the layers that were taken off it, so that a place in
// what remains can be led back to the value as found.
type peeled struct {
	b      []byte
	layers []layer
}

// layer is one transformation: of in, after the first skip bytes of it.
type layer struct {
	in   []byte
	skip int
	at   unescape // nil: only skip
}

// apply takes a layer off. It returns where in p.b the first change lies, or -1
// when there is none and p is as before.
func (p *peeled) apply(at unescape) int {
	first := -1
	out := make([]byte, 0, len(p.b))
	for i := 0; i < len(p.b); {
		o, w := at(p.b, i)
		if first < 0 && (w != 1 || len(o) != 1 || o[0] != p.b[i]) {
			first = i
		}
		out = append(out, o...)
		i += w
	}
	if first < 0 {
		return -1
	}
	first = p.origin(first)
	p.layers = append(p.layers, layer{in: p.b, at: at})
	p.b = out
	return first
}

// cut keeps p.b[from:to].
func (p *peeled) cut(from, to int) {
	p.layers = append(p.layers, layer{in: p.b, skip: from})
	p.b = p.b[from:to]
}

// origin leads an offset in p.b back to the value as found.
func (p *peeled) origin(off int) int {
	for _, l := range slices.Backward(p.layers) {
		if l.at == nil {
			off += l.skip
			continue
		}
		i, made := 0, 0
		for i < len(l.in) {
			o, w := l.at(l.in, i)
			if made+len(o) > off {
				break
			}
			made += len(o)
			i += w
		}
		off = i
	}
	return off
}

func one(b byte) []byte { return []byte{b} }

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// percentAt reads a percent-encoded byte; ok is false where none stands.
func percentAt(in []byte, i int) (b byte, ok bool) {
	if in[i] != '%' || i+2 >= len(in) {
		return 0, false
	}
	hi, ok1 := unhex(in[i+1])
	lo, ok2 := unhex(in[i+2])
	return hi<<4 | lo, ok1 && ok2
}

// percent undoes percent-encoding; what is malformed stays as it is.
func percent(in []byte, i int) (out []byte, width int) {
	if b, ok := percentAt(in, i); ok {
		return one(b), 3
	}
	return in[i : i+1], 1
}

// formPercent undoes the encoding of application/x-www-form-urlencoded, where
// a plus sign is a blank.
func formPercent(in []byte, i int) (out []byte, width int) {
	if in[i] == '+' {
		return []byte{' '}, 1
	}
	return percent(in, i)
}

// badPercent is where the first malformed percent-encoding stands, or -1.
func badPercent(in []byte) int {
	for i := range in {
		if in[i] != '%' {
			continue
		}
		if _, ok := percentAt(in, i); !ok {
			return i
		}
	}
	return -1
}

// maxEntity bounds the search for the semicolon of a character reference.
const maxEntity = 12

// entity undoes an HTML or XML character reference.
func entity(in []byte, i int) (out []byte, width int) {
	if in[i] != '&' {
		return in[i : i+1], 1
	}
	end := bytes.IndexByte(in[i:min(len(in), i+maxEntity)], ';')
	if end < 2 {
		return in[i : i+1], 1
	}
	ref := string(in[i : i+end+1])
	if s := html.UnescapeString(ref); s != ref {
		return []byte(s), end + 1
	}
	return in[i : i+1], 1
}

// jsonEscape undoes an escape of a JSON or JavaScript string.
func jsonEscape(in []byte, i int) (out []byte, width int) {
	if in[i] != '\\' || i+1 >= len(in) {
		return in[i : i+1], 1
	}
	switch in[i+1] {
	case 'n':
		return []byte{'\n'}, 2
	case 'r':
		return []byte{'\r'}, 2
	case 't':
		return []byte{'\t'}, 2
	case '"', '\\', '/', '\'':
		return in[i+1 : i+2], 2
	case 'x':
		if i+3 < len(in) {
			hi, ok1 := unhex(in[i+2])
			lo, ok2 := unhex(in[i+3])
			if ok1 && ok2 {
				return utf8.AppendRune(nil, rune(hi<<4|lo)), 4
			}
		}
	case 'u':
		if i+5 < len(in) {
			c := rune(0)
			for _, h := range in[i+2 : i+6] {
				d, ok := unhex(h)
				if !ok {
					return in[i : i+1], 1
				}
				c = c<<4 | rune(d)
			}
			return utf8.AppendRune(nil, c), 6
		}
	}
	return in[i : i+1], 1
}

// invisible drops characters that nobody sees and that come along when text is
// copied: zero-width ones, soft hyphens, marks of direction, no-break spaces.
func invisible(in []byte, i int) (out []byte, width int) {
	if in[i] < 0x80 {
		return in[i : i+1], 1
	}
	c, w := utf8.DecodeRune(in[i:])
	switch {
	case c == 0xad, c == 0xa0, c == 0xfeff, c >= 0x200b && c <= 0x200f, c >= 0x202a && c <= 0x202f,
		c >= 0x2028 && c <= 0x2029, c >= 0x2060 && c <= 0x2064, c >= 0x2066 && c <= 0x2069:
		return nil, w
	}
	return in[i : i+w], w
}

// peel takes off everything around a base64 or XML value that does not belong
// to it, until nothing changes; each is a repair. Its rounds are bounded, so
// are the costs.
func (d *draft) peel() {
	p := &d.text
	d.trim()
	for range 6 {
		if looksXML(p.b) && !escapedMarkup(p.b) {
			return
		}
		switch {
		case looksXML(p.b) && doubledQuotes(p.b):
			off := p.apply(doubledQuote)
			d.repair(Problem{Stage: StageBase64, ID: "quoted", Offset: off,
				Text: "the XML has every quotation mark twice, as a CSV file writes them within a field"}, "doubled quotes made single")
		case hasPercent(p.b):
			if off := p.apply(percent); off >= 0 {
				d.repair(Problem{Stage: StageBase64, ID: "percent-encoded", Offset: off,
					Text: "the value is still percent-encoded after it was read from its place: it was encoded once too often"}, "percent-decoding")
			}
		case hasEntity(p.b):
			off := p.apply(entity)
			d.repair(Problem{Stage: StageBase64, ID: "html-escaped", Offset: off,
				Text: "the value holds character references such as &#10; or &lt;, which belong to HTML or XML and not to the value"}, "HTML unescaping")
		case hasJSONEscape(p.b):
			off := p.apply(jsonEscape)
			d.repair(Problem{Stage: StageBase64, ID: "json-escaped", Offset: off,
				Text: `the value holds escapes of a JSON string, such as \n as two characters`}, "JSON unescaping")
		case hasInvisible(p.b):
			off := p.apply(invisible)
			d.repair(Problem{Stage: StageBase64, ID: "invisible-character", Offset: off,
				Text: "the value holds invisible characters (zero-width or no-break ones), which copying from a page or a chat adds"}, "invisible characters removed")
		default:
			if !d.trimQuotes() {
				return
			}
		}
		d.trim()
	}
}

// trim drops blanks at the ends, which no reader minds, but remembers those at
// the very end: "</samlp:Response>" in base64 often ends in "+".
func (d *draft) trim() {
	p := &d.text
	from, to := 0, len(p.b)
	for from < to && isBlank(p.b[from]) {
		from++
	}
	for to > from && isBlank(p.b[to-1]) {
		to--
	}
	d.tail = 0
	for to+d.tail < len(p.b) && p.b[to+d.tail] == ' ' {
		d.tail++
	}
	if from > 0 || to < len(p.b) {
		p.cut(from, to)
	}
}

// trimQuotes drops quotes around the value, and its own name left in front.
func (d *draft) trimQuotes() bool {
	p := &d.text
	if n := len(p.b); n > 0 {
		from, to := 0, n
		for to > 0 && (p.b[to-1] == ',' || p.b[to-1] == ';') {
			to--
		}
		if to > 0 && isQuote(p.b[0]) {
			from = 1
		}
		if to > from && isQuote(p.b[to-1]) {
			to--
		}
		if from > 0 || to < n {
			off := p.origin(0)
			if from == 0 {
				off = p.origin(to)
			}
			p.cut(from, to)
			d.repair(Problem{Stage: StageBase64, ID: "quoted", Offset: off,
				Text: "the value has quotes or punctuation around it that do not belong to it"}, "quotes removed")
			return true
		}
	}
	// base64 never holds "=" or ":" that early in the text.
	if i := bytes.IndexAny(p.b[:min(len(p.b), 24)], "=:"); i > 0 && i+1 < len(p.b) {
		if r, fit := parameterRole(string(bytes.Trim(p.b[:i], "\"' "))); r != roleNone && fit >= sameLetter {
			off := p.origin(0)
			p.cut(i+1, len(p.b))
			d.repair(Problem{Stage: StageBase64, ID: "name-in-value", Offset: off,
				Text: "the value starts with its own name, " + quote(r.name()+"=")}, "name removed")
			return true
		}
	}
	return false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

func hasPercent(b []byte) bool {
	for i := range b {
		if b[i] == '%' {
			if _, ok := percentAt(b, i); ok {
				return true
			}
		}
	}
	return false
}

func hasEntity(b []byte) bool {
	for i := range b {
		if b[i] == '&' {
			if _, w := entity(b, i); w > 1 {
				return true
			}
		}
	}
	return false
}

func hasJSONEscape(b []byte) bool {
	for i := range b {
		if b[i] == '\\' {
			if _, w := jsonEscape(b, i); w > 1 {
				return true
			}
		}
	}
	return false
}

func hasInvisible(b []byte) bool {
	for i := 0; i < len(b); {
		o, w := invisible(b, i)
		if o == nil {
			return true
		}
		i += w
	}
	return false
}

// escapedMarkup reports whether XML still has the backslashes of a string
// literal in its first tag.
func escapedMarkup(b []byte) bool {
	head := b[:min(len(b), 4096)]
	return bytes.Contains(head, []byte(`=\"`)) || bytes.Contains(head, []byte(`=\'`)) || doubledQuotes(head)
}

// doubledQuotes reports whether the first attribute of XML has its quotation
// marks twice (RFC 4180, section 2). An empty attribute has two of them, too.
func doubledQuotes(b []byte) bool {
	_, value, ok := bytes.Cut(b[:min(len(b), 4096)], []byte(`=`))
	rest, doubled := bytes.CutPrefix(value, []byte(`""`))
	return ok && doubled && len(rest) > 0 && !isBlank(rest[0]) && bytes.IndexByte([]byte(`>/?"`), rest[0]) < 0
}

// doubledQuote makes one quotation mark of two.
func doubledQuote(in []byte, i int) (out []byte, width int) {
	if in[i] == '"' && i+1 < len(in) && in[i+1] == '"' {
		return in[i : i+1], 2
	}
	return in[i : i+1], 1
}
