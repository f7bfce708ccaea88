package decode

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"unicode/utf8"
)

// scanned is a text read as base64, without a judgement yet.
type scanned struct {
	clean    []byte // of the standard alphabet, no padding
	breaks   int    // line breaks and tabs
	blanks   []int  // offsets of blanks inside a line, the first maxBlanks of them
	edge     int    // offset of the first blank beside a line break, -1 without
	urlSafe  int    // offset of the first - or _, -1 without
	foreign  int    // offset of the first character outside both alphabets, -1 without
	foreigns int    // how many there are
	padding  int    // number of =
	padAt    int    // offset of the first =, -1 without
	afterPad int    // offset of the first letter after an =, -1 without
}

// maxBlanks is how many blanks are looked at to tell what they were.
const maxBlanks = 4096

// mode says what is to be done about what stands between letters.
type mode struct {
	blankIsPlus bool
	edgeIsPlus  bool // so are blanks beside a line break, which else are indentation
	stopAt      int  // offset where reading ends; -1: skip what is foreign
}

// class of a byte in base64: its letter in the standard alphabet, or one of the
// values below.
const (
	classForeign = iota
	classPad
	classBlank
	classBreak
	classURLSafe // classURLSafe and beyond: letters
	classLetter
)

func classOf(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '+', c == '/':
		return classLetter
	case c == '-', c == '_':
		return classURLSafe
	case c == '=':
		return classPad
	case c == ' ':
		return classBlank
	case c == '\r', c == '\n', c == '\t', c == '\v', c == '\f':
		return classBreak
	}
	return classForeign
}

func scanBase64(b []byte, m mode) scanned {
	s := scanned{clean: make([]byte, 0, len(b)), urlSafe: -1, foreign: -1, edge: -1, padAt: -1, afterPad: -1}
	gap := -1 // offset of the first blank since the last letter
	gaps := 0
	lineStart := false
	for i, c := range b {
		class := classOf(c)
		if class == classForeign && m.stopAt == i {
			s.foreign, s.foreigns = i, s.foreigns+1
			break
		}
		switch class {
		case classBlank:
			if gap < 0 {
				gap = i
			}
			gaps++
			continue
		case classBreak:
			s.breaks++
			if gaps > 0 {
				s.atEdge(m, gap, gaps)
			}
			gap, gaps, lineStart = -1, 0, true
			continue
		case classForeign:
			if s.foreign < 0 {
				s.foreign = i
			}
			s.foreigns++
			continue
		}
		if gaps > 0 && lineStart {
			s.atEdge(m, gap, gaps)
		} else if gaps > 0 {
			if len(s.blanks) < maxBlanks {
				s.blanks = append(s.blanks, gap)
			}
			if m.blankIsPlus {
				s.clean = append(s.clean, bytes.Repeat([]byte{'+'}, gaps)...)
			}
		}
		gap, gaps, lineStart = -1, 0, false
		if class == classPad {
			if s.padAt < 0 {
				s.padAt = i
			}
			s.padding++
			continue
		}
		if s.padAt >= 0 && s.afterPad < 0 {
			s.afterPad = i
			break
		}
		switch c {
		case '-':
			c = '+'
		case '_':
			c = '/'
		default:
			s.clean = append(s.clean, c)
			continue
		}
		if s.urlSafe < 0 {
			s.urlSafe = i
		}
		s.clean = append(s.clean, c)
	}
	if gaps > 0 && !lineStart && m.blankIsPlus && s.padAt < 0 {
		s.blanks = append(s.blanks, gap)
		s.clean = append(s.clean, bytes.Repeat([]byte{'+'}, gaps)...)
	}
	return s
}

// atEdge notes blanks beside a line break.
func (s *scanned) atEdge(m mode, gap, gaps int) {
	if s.edge < 0 {
		s.edge = gap
	}
	if m.edgeIsPlus && s.padAt < 0 {
		s.clean = append(s.clean, bytes.Repeat([]byte{'+'}, gaps)...)
	}
}

// bytes decodes the letters; a lone last one is dropped.
func (s *scanned) bytes() []byte {
	letters := s.clean
	if len(letters)%4 == 1 {
		letters = letters[:len(letters)-1]
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(letters)))
	n, err := base64.RawStdEncoding.Decode(out, letters)
	if err != nil {
		return nil // cannot be: only letters are left
	}
	return out[:n]
}

// base64 reads d.text as base64 and goes on with what it holds.
func (d *draft) base64() {
	b := d.text.b
	if d.r.maxSize >= 0 && int64(len(b))/4*3 > d.r.maxSize {
		d.fail(Problem{Stage: StageBase64, ID: "too-large", Offset: -1,
			Text: "the value is longer than " + size(d.r.maxSize) + " when decoded, the limit set (--max-size)"})
		return
	}
	s := scanBase64(b, mode{blankIsPlus: true, stopAt: -1})
	if missing := 4 - len(s.clean)%4; d.tail >= missing && missing < 3 && s.padding == 0 {
		// Only a + at the very end can be missing: what was trimmed is it.
		b = b[: len(b)+missing : len(b)+missing]
		d.text.b = b
		s = scanBase64(b, mode{blankIsPlus: true, stopAt: -1})
	}
	switch {
	case s.foreigns > 0:
		var ok bool
		if s, ok = d.foreign(s); !ok {
			return
		}
	case len(s.blanks) > 0 || s.edge >= 0:
		s = d.blanks(s)
	}
	d.baseProblems(s)
	if len(s.clean) < 2 {
		d.fail(Problem{Stage: StageBase64, ID: "not-base64", Offset: -1, Text: "the value " + quote(b) + " is too short to be base64"})
		return
	}
	if s.breaks > 0 {
		d.step("line breaks removed", "")
	}
	d.step("base64", "")
	d.unwrap(s.bytes())
}

// blanks finds out what the blanks were: plus signs, line breaks, or nothing.
func (d *draft) blanks(plus scanned) scanned {
	if len(plus.blanks) == 0 && plausible(plus.bytes()) {
		return plus // indented lines
	}
	at := plus.edge
	if len(plus.blanks) > 0 && (at < 0 || plus.blanks[0] < at) {
		at = plus.blanks[0]
	}
	off := d.text.origin(at)
	dropped := scanBase64(d.text.b, mode{stopAt: -1})
	edges := plus
	if plus.edge >= 0 {
		edges = scanBase64(d.text.b, mode{blankIsPlus: true, edgeIsPlus: true, stopAt: -1})
	}
	switch {
	case regular(plus.blanks) && plausible(dropped.bytes()):
		d.repair(Problem{Stage: StageBase64, ID: "blank-for-line-break", Offset: off,
			Text: "blanks stand where the value had line breaks"}, "blanks removed")
		return dropped
	case plausible(plus.bytes()):
	case plus.edge >= 0 && plausible(edges.bytes()):
		plus = edges
	case plausible(dropped.bytes()):
		d.repair(Problem{Stage: StageBase64, ID: "stray-blank", Offset: off,
			Text: "the value has blanks in it that do not belong there"}, "blanks removed")
		return dropped
	}
	if len(plus.blanks) == 0 && len(plus.clean) == len(dropped.clean) {
		return plus // there was nothing to restore
	}
	d.repair(Problem{Stage: StageBase64, ID: "blank-for-plus", Offset: off,
		Text: "blanks stand where the value had + (" + plural(len(plus.clean)-len(dropped.clean), "time", "times") + "): the sender did not percent-encode the + in the form or the URL"}, "blanks turned back into +")
	return plus
}

// regular reports whether blanks stand after every so many characters, as line
// breaks do.
func regular(at []int) bool {
	if len(at) == 0 {
		return false
	}
	width := at[0]
	if width < 16 || width%4 != 0 {
		return false
	}
	for i := 1; i < len(at); i++ {
		if at[i]-at[i-1] != width+1 {
			return false
		}
	}
	return true
}

// foreign handles characters of no alphabet: a few that were added can go, else
// what comes before the first may still be read.
func (d *draft) foreign(plus scanned) (scanned, bool) {
	b := d.text.b
	at := plus.foreign
	c, _ := utf8.DecodeRune(b[at:])
	what := fmt.Sprintf("%q at byte %s is outside the alphabet of base64", c, count(d.text.origin(at)+1))
	if plus.foreigns <= 16 && plus.foreigns*20 < len(b) && !bytes.Contains(b, []byte("...")) && !bytes.Contains(b, []byte("…")) {
		s := scanBase64(b, mode{stopAt: -1})
		if plausible(s.bytes()) {
			d.repair(Problem{Stage: StageBase64, ID: "foreign-character", Offset: d.text.origin(at), Text: what}, "foreign characters removed")
			return s, true
		}
	}
	head := scanBase64(b, mode{blankIsPlus: true, stopAt: at})
	if begin := head.bytes(); at >= 24 && beginsMessage(begin) {
		text := what + "; only what comes before it was read"
		if bytes.HasPrefix(b[at:], []byte("...")) || c == '…' {
			text = "the value was shortened to an ellipsis (…) at byte " + count(d.text.origin(at)+1) + "; only what comes before it was read"
		}
		d.repair(Problem{Stage: StageBase64, ID: "foreign-character", Offset: d.text.origin(at), Text: text}, "cut at the first foreign character")
		return head, true
	}
	d.fail(Problem{Stage: StageBase64, ID: "not-base64", Offset: d.text.origin(at), Text: "the value is not base64: " + what})
	return plus, false
}

// baseProblems records what is wrong with base64 that can be read all the same.
func (d *draft) baseProblems(s scanned) {
	if s.urlSafe >= 0 {
		d.repair(Problem{Stage: StageBase64, ID: "url-safe-alphabet", Offset: d.text.origin(s.urlSafe),
			Text: "the value uses the URL-safe alphabet (- and _ for + and /), which the SAML bindings do not"}, "URL-safe alphabet")
	}
	end := d.text.origin(len(d.text.b))
	switch len(s.clean) % 4 {
	case 1:
		d.repair(Problem{Stage: StageBase64, ID: "incomplete-group", Offset: end,
			Text: "the value has " + count(len(s.clean)) + " characters of base64, which is one too many or several too few: characters are missing"}, "last character dropped")
	case 2, 3:
		if s.padding == 0 {
			d.repair(Problem{Stage: StageBase64, ID: "padding-missing", Offset: end,
				Text: "the padding (=) at the end of the value is missing"}, "padding added")
		} else if (len(s.clean)+s.padding)%4 != 0 {
			d.repair(Problem{Stage: StageBase64, ID: "padding-wrong", Offset: d.text.origin(s.padAt),
				Text: fmt.Sprintf("the value ends in %s of padding (=), not %d", plural(s.padding, "character", "characters"), 4-len(s.clean)%4)}, "padding corrected")
		}
	case 0:
		if s.padding > 0 {
			d.repair(Problem{Stage: StageBase64, ID: "padding-wrong", Offset: d.text.origin(s.padAt),
				Text: "the value has padding (=) at its end that it does not need: characters are missing or = was added"}, "padding dropped")
		}
	}
	if s.afterPad >= 0 {
		d.repair(Problem{Stage: StageBase64, ID: "data-after-padding", Offset: d.text.origin(s.afterPad),
			Text: "the value goes on after its padding (=); only what comes before was read"}, "cut after the padding")
	}
}

// plausible reports whether decoded bytes are whole: XML in valid UTF-8 or
// UTF-16, or a stream that inflates to some.
func plausible(b []byte) bool {
	if looksXML(b) {
		return looksUTF16(b) || utf8.Valid(trimPartialRune(b)) && !slices.ContainsFunc(b, isControl)
	}
	in, ok := inflate(b, plausibleLimit)
	return ok && in.err == nil
}

// plausibleLimit bounds the trial of a stream; real ones are far smaller.
const plausibleLimit = 8 << 20

// beginsMessage is plausible for the first bytes of something.
func beginsMessage(b []byte) bool {
	if looksXML(b) {
		return true
	}
	_, ok := inflate(b, plausibleLimit)
	return ok
}

func isControl(c byte) bool { return c < 0x20 && !isBlank(c) }

// trimPartialRune drops the beginning of a character at the end of b.
func trimPartialRune(b []byte) []byte {
	for n := 1; n <= 3 && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= 0x80 && !utf8.FullRune(b[len(b)-n:]) {
				return b[:len(b)-n]
			}
			break
		}
	}
	return b
}

// base64Share is which part of b is of either alphabet, line breaks aside.
func base64Share(b []byte) float64 {
	letters, all := 0, 0
	for _, c := range b {
		switch classOf(c) {
		case classBreak:
			continue
		case classLetter, classURLSafe, classPad:
			letters++
		}
		all++
	}
	if all == 0 {
		return 0
	}
	return float64(letters) / float64(all)
}
