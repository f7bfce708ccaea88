package xmldoc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// charset is an encoding this reader knows.
type charset uint8

const (
	utf8Charset charset = iota
	utf16LE
	utf16BE
	latin1
	windows1252
	ascii
)

var charsetNames = [...]string{"UTF-8", "UTF-16LE", "UTF-16BE", "ISO-8859-1", "windows-1252", "US-ASCII"}

func (c charset) String() string { return charsetNames[c] }

func (c charset) isUTF16() bool { return c == utf16LE || c == utf16BE }

// width is by how many bytes of the source a byte of UTF-8 text moves on: the
// lead byte stands for the whole character, the others for nothing.
func (c charset) width(b byte) int {
	switch {
	case c == utf8Charset:
		return 1
	case !utf8.RuneStart(b):
		return 0
	case !c.isUTF16():
		return 1
	case b >= 0xF0: // a surrogate pair
		return 4
	default:
		return 2
	}
}

// charsetNamed finds the charset that an IANA name or a usual alias means.
// UTF-16 without a byte order comes out as utf16BE and generic.
func charsetNamed(name string) (c charset, generic, ok bool) {
	switch strings.ToLower(name) {
	case "utf-8", "utf8":
		return utf8Charset, false, true
	case "utf-16", "utf16", "iso-10646-ucs-2", "ucs-2":
		return utf16BE, true, true
	case "utf-16le":
		return utf16LE, false, true
	case "utf-16be":
		return utf16BE, false, true
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "iso_8859-1:1987", "iso-ir-100", "latin1", "latin-1", "l1", "ibm819", "cp819":
		return latin1, false, true
	case "windows-1252", "cp1252", "x-cp1252", "cp-1252":
		return windows1252, false, true
	case "us-ascii", "ascii", "iso-ir-6", "ansi_x3.4-1968", "ansi_x3.4-1986", "iso_646.irv:1991", "iso646-us", "us", "ibm367", "cp367":
		return ascii, false, true
	default:
		return 0, false, false
	}
}

// problem is an error whose place is not known yet.
type problem struct {
	code    string
	message string
	fatal   bool
}

// detection is what the first bytes say about the encoding (XML 1.0, section
// 4.3.3 and appendix F).
type detection struct {
	charset charset
	bom     int
	// external means that the charset came with the document, so the
	// declaration has no say.
	external bool
	// start is reported at the first character, declared at the value of the
	// encoding declaration.
	start, declared *problem
}

func detect(src []byte, external string) detection {
	prefix := func(b ...byte) bool { return bytes.HasPrefix(src, b) }
	unsupported := func(what string) detection {
		return detection{charset: ascii, start: &problem{CodeUnsupportedEncoding,
			"the document is in " + what + ", which is not supported; send it as UTF-8", true}}
	}
	switch {
	case prefix(0xFF, 0xFE, 0, 0), prefix(0, 0, 0xFE, 0xFF), prefix('<', 0, 0, 0), prefix(0, 0, 0, '<'):
		return unsupported("UTF-32")
	case prefix(0x4C, 0x6F, 0xA7, 0x94):
		return unsupported("EBCDIC")
	case prefix(0xEF, 0xBB, 0xBF):
		return detection{charset: utf8Charset, bom: 3}
	case prefix(0xFE, 0xFF):
		return detection{charset: utf16BE, bom: 2}
	case prefix(0xFF, 0xFE):
		return detection{charset: utf16LE, bom: 2}
	}
	if c, declared, ok := detectUTF16(src); ok {
		det := detection{charset: c}
		if ext, generic, known := charsetNamed(external); known && ext != c && !generic {
			det.start = &problem{CodeEncodingMismatch, fmt.Sprintf(
				"the document came labelled %s but its bytes are %s", quote(external), c), false}
		} else if !declared && !known {
			det.start = &problem{CodeEncodingMismatch, fmt.Sprintf(
				"the bytes are %s, but there is neither a byte order mark nor an XML declaration that says so; without them a document is UTF-8", c), false}
		}
		return det
	}
	var det detection
	if external != "" {
		if c, _, ok := charsetNamed(external); ok {
			return detection{charset: c, external: true}
		}
		det.start = &problem{CodeUnsupportedEncoding, fmt.Sprintf(
			"the document came labelled %s, an encoding that is not supported; it was read as its own bytes say", quote(external)), false}
	}
	name := sniffDeclared(src)
	if name == "" {
		return det
	}
	c, _, ok := charsetNamed(name)
	switch {
	case !ok:
		det.charset = ascii
		det.declared = &problem{CodeUnsupportedEncoding, fmt.Sprintf(
			"the declared encoding %s is not supported; UTF-8, UTF-16, ISO-8859-1, windows-1252 and US-ASCII are", quote(name)),
			bytes.ContainsFunc(src, func(r rune) bool { return r >= utf8.RuneSelf })}
	case c.isUTF16():
		det.declared = &problem{CodeEncodingMismatch, fmt.Sprintf(
			"the declaration says %s, but the bytes are not UTF-16: each character of the declaration takes one byte; it was read as UTF-8", quote(name)), false}
	default:
		det.charset = c
	}
	return det
}

// detectUTF16 recognises UTF-16 without a byte order mark by its first
// character being "<". declared reports that a declaration or other processing
// instruction follows, as appendix F wants it.
func detectUTF16(src []byte) (c charset, declared, ok bool) {
	if len(src) < 4 {
		return 0, false, false
	}
	switch {
	case src[0] == '<' && src[1] == 0 && src[3] == 0:
		return utf16LE, src[2] == '?', true
	case src[0] == 0 && src[1] == '<' && src[2] == 0:
		return utf16BE, src[3] == '?', true
	default:
		return 0, false, false
	}
}

// sniffDeclared returns the encoding that an XML declaration in an
// ASCII-compatible encoding names. Whether the declaration is right is for the
// parser to say.
func sniffDeclared(src []byte) string {
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(src, " \t\r\n"), []byte("<?xml"))
	if !ok || len(rest) == 0 || !isBlank(rest[0]) {
		return ""
	}
	rest = rest[:min(len(rest), 512)]
	if end := bytes.IndexByte(rest, '>'); end >= 0 {
		rest = rest[:end]
	}
	_, rest, ok = bytes.Cut(rest, []byte("encoding"))
	if !ok {
		return ""
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("="))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	name, _, ok := bytes.Cut(rest[1:], rest[:1])
	if !ok {
		return ""
	}
	return string(name)
}

// decoded is as much of a document as can be read as text that XML allows.
type decoded struct {
	text string
	stop *problem // what comes next, or nil when text is the whole document
}

func decode(b []byte, c charset) decoded {
	switch c {
	case utf8Charset, ascii:
		return decodeUTF8(b, c == ascii)
	case utf16LE:
		return decodeUTF16(b, binary.LittleEndian)
	case utf16BE:
		return decodeUTF16(b, binary.BigEndian)
	default:
		return decodeSingleByte(b, c)
	}
}

func decodeUTF8(b []byte, onlyASCII bool) decoded {
	i := legalPrefix(b, onlyASCII)
	out := decoded{text: string(b[:i])}
	if i == len(b) {
		return out
	}
	r, size := utf8.DecodeRune(b[i:])
	switch {
	case onlyASCII && b[i] >= utf8.RuneSelf:
		out.stop = &problem{CodeInvalidByte, fmt.Sprintf(
			"byte 0x%02X is not US-ASCII, the encoding that was declared", b[i]), true}
	case r == utf8.RuneError && size <= 1:
		out.stop = invalidUTF8(b, i)
	default:
		out.stop = illegalCharacter(r)
	}
	return out
}

// legalPrefix returns how many bytes of b are valid UTF-8 that stands only for
// characters XML allows (production 2), or for ASCII ones among them.
func legalPrefix(b []byte, onlyASCII bool) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	i := 0
	for i < len(b) {
		for i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			if x&highs != 0 {
				break
			}
			// Controls are rare enough, and line breaks common enough, for
			// this to be worth telling apart only when there is one.
			if (x-ones*0x20)&^x&highs != 0 && !legalASCII(b[i:i+8]) {
				break
			}
			i += 8
		}
		for end := min(i+8, len(b)); i < end; {
			c := b[i]
			if c < utf8.RuneSelf {
				if c < 0x20 && !isBlank(c) {
					return i
				}
				i++
				continue
			}
			if onlyASCII {
				return i
			}
			r, size := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size <= 1 || r == 0xFFFE || r == 0xFFFF {
				return i
			}
			i += size
		}
	}
	return i
}

func legalASCII(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && !isBlank(c) {
			return false
		}
	}
	return true
}

func illegalCharacter(r rune) *problem {
	m := fmt.Sprintf("the character U+%04X is not allowed anywhere in XML 1.0", r)
	if r == 0 {
		m = "a NUL byte is not allowed anywhere in XML"
	}
	return &problem{CodeIllegalCharacter, m, true}
}

// invalidUTF8 says what is wrong with the bytes from b[i] on.
func invalidUTF8(b []byte, i int) *problem {
	if !utf8.FullRune(b[i:]) {
		return &problem{CodeTruncated, "input ends in the middle of a UTF-8 character", true}
	}
	m := fmt.Sprintf("byte 0x%02X is not valid UTF-8 here", b[i])
	switch next := b[i+1:]; {
	case b[i] == 0xED && len(next) > 0 && next[0] >= 0xA0 && next[0] <= 0xBF:
		m += ": it begins half of a surrogate pair, which UTF-8 must encode as one character"
	case b[i] == 0xC0 && len(next) > 0 && next[0] == 0x80:
		m += ": it begins an overlong form of NUL"
	case looksLikeWindows1252(b):
		r, _ := windows1252Rune(b[i])
		m += fmt.Sprintf("; the bytes look like windows-1252 (where this one is %q), so convert them to UTF-8 or declare encoding=\"windows-1252\"", r)
	}
	return &problem{CodeInvalidUTF8, m, true}
}

// looksLikeWindows1252 reports whether the bytes above ASCII make more sense as
// windows-1252 than as UTF-8.
func looksLikeWindows1252(b []byte) bool {
	b = b[:min(len(b), 1<<20)]
	valid, invalid := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r != utf8.RuneError || size > 1 {
			valid++
		} else if invalid++; !defined1252(b[i]) {
			return false
		}
		i += size
	}
	return invalid > valid
}

func defined1252(b byte) bool {
	_, ok := windows1252Rune(b)
	return ok
}

func windows1252Rune(b byte) (r rune, ok bool) {
	const c1 = "€\x00‚ƒ„…†‡ˆ‰Š‹Œ\x00Ž\x00\x00‘’“”•–—˜™š›œ\x00žŸ"
	if b < 0x80 || b > 0x9F {
		return rune(b), true
	}
	i := byte(0x80)
	for _, r := range c1 {
		if i == b {
			return r, r != 0
		}
		i++
	}
	return 0, false
}

func decodeSingleByte(b []byte, c charset) decoded {
	var runes [256]rune
	for i := range runes {
		runes[i] = rune(i)
		if c == windows1252 {
			r, ok := windows1252Rune(byte(i))
			if !ok {
				r = utf8.RuneError
			}
			runes[i] = r
		}
	}
	var out decoded
	var text strings.Builder
	text.Grow(len(b) + len(b)/8)
	for _, ch := range b {
		r := runes[ch]
		if r == utf8.RuneError {
			out.stop = &problem{CodeInvalidByte, fmt.Sprintf(
				"byte 0x%02X stands for no character in windows-1252, the encoding that was declared", ch), true}
			break
		}
		if !isChar(r) {
			out.stop = illegalCharacter(r)
			break
		}
		text.WriteRune(r)
	}
	out.text = text.String()
	return out
}

func decodeUTF16(b []byte, order binary.ByteOrder) decoded {
	var out decoded
	var text strings.Builder
	text.Grow(len(b)/2 + len(b)/16)
	for len(b) > 0 {
		r, size := utf16Rune(b, order)
		switch {
		case size == 0:
			out.stop = &problem{CodeTruncated, "input ends in the middle of a UTF-16 character", true}
		case r >= 0xD800 && r <= 0xDFFF:
			out.stop = &problem{CodeInvalidUTF16, fmt.Sprintf(
				"the UTF-16 unit 0x%04X is half of a surrogate pair without the other half", r), true}
		case !isChar(r):
			out.stop = illegalCharacter(r)
		}
		if out.stop != nil {
			break
		}
		text.WriteRune(r)
		b = b[size:]
	}
	out.text = text.String()
	return out
}

// utf16Rune is the first character of b and how many bytes it takes; 0 when b
// ends within it. A lone surrogate is returned as it is.
func utf16Rune(b []byte, order binary.ByteOrder) (r rune, size int) {
	if len(b) < 2 {
		return 0, 0
	}
	r = rune(order.Uint16(b))
	if r < 0xD800 || r > 0xDBFF {
		return r, 2
	}
	if len(b) < 4 {
		return 0, 0
	}
	if low := rune(order.Uint16(b[2:])); low >= 0xDC00 && low <= 0xDFFF {
		return (r-0xD800)<<10 + (low - 0xDC00) + 0x10000, 4
	}
	return r, 2
}
