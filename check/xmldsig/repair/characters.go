package repair

import (
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// charsets8 are the charsets of one octet a character that text was read in by
// mistake, the commonest first.
var charsets8 = []*charmap.Charmap{
	charmap.Windows1252, charmap.ISO8859_1, charmap.Windows1250, charmap.Windows1251, charmap.ISO8859_15,
	charmap.Macintosh, charmap.ISO8859_2, charmap.CodePage437, charmap.CodePage850, charmap.Windows1254, charmap.Windows1253, charmap.KOI8R,
}

// onRuns applies f to every run of characters that are not ASCII. What f
// refuses stays.
func onRuns(v string, f func(string) (string, bool)) string {
	ascii := func(i int) bool { return v[i] < utf8.RuneSelf }
	var b strings.Builder
	last := 0
	for i := 0; i < len(v); {
		if ascii(i) {
			i++
			continue
		}
		start := i
		for i < len(v) && !ascii(i) {
			i++
		}
		if w, ok := f(v[start:i]); ok {
			b.WriteString(v[last:start])
			b.WriteString(w)
			last = i
		}
	}
	if last == 0 {
		return v
	}
	b.WriteString(v[last:])
	return b.String()
}

// encode is s in a charset.
func encode(s string, c *charmap.Charmap) ([]byte, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		b, ok := c.EncodeRune(r)
		if !ok {
			if !unassigned(r, c) {
				return nil, false
			}
			b = byte(r)
		}
		out = append(out, b)
	}
	return out, true
}

// unassigned reports whether r is what an octet becomes that c has no character
// for: the control character of that number, as in browsers.
func unassigned(r rune, c *charmap.Charmap) bool {
	return 0x80 <= r && r < 0xA0 && c.DecodeByte(byte(r)) == utf8.RuneError
}

// decode reads octets in a charset.
func decode[T string | []byte](s T, c *charmap.Charmap) (string, bool) {
	var b strings.Builder
	for i := range len(s) {
		r := c.DecodeByte(s[i])
		if r == utf8.RuneError {
			if r = rune(s[i]); !unassigned(r, c) {
				return "", false
			}
		}
		b.WriteRune(r)
	}
	return b.String(), true
}

// readAs undoes that UTF-8 was read in c.
func readAs(c *charmap.Charmap) func(string) string {
	return func(v string) string {
		return onRuns(v, func(s string) (string, bool) {
			octets, ok := encode(s, c)
			return string(octets), ok && utf8.Valid(octets)
		})
	}
}

// readRight undoes that what the signer had read in c was put right.
func readRight(c *charmap.Charmap) func(string) string {
	return func(v string) string {
		return onRuns(v, func(s string) (string, bool) { return decode(s, c) })
	}
}

// swapped undoes that octets in one charset were read in another.
func swapped(written, read *charmap.Charmap) func(string) string {
	return func(v string) string {
		return onRuns(v, func(s string) (string, bool) {
			octets, ok := encode(s, read)
			if !ok {
				return "", false
			}
			return decode(octets, written)
		})
	}
}

// then is one change after the other.
func then(fs ...func(string) string) func(string) string {
	return func(v string) string {
		for _, f := range fs {
			v = f(v)
		}
		return v
	}
}

func charsetChanges() []change {
	var list []change
	add := func(f func(string) string) { list = append(list, of(f)) }
	for _, c := range charsets8 {
		add(readAs(c))
	}
	for _, a := range charsets8[:4] {
		for _, b := range charsets8[:4] {
			add(then(readAs(a), readAs(b)))
		}
	}
	add(then(readAs(charsets8[0]), readAs(charsets8[0]), readAs(charsets8[0])))
	add(then(readAs(charsets8[1]), readAs(charsets8[1]), readAs(charsets8[1])))
	for _, c := range charsets8 {
		add(readRight(c))
	}
	for _, c := range charsets8[:2] {
		add(then(readRight(c), readRight(c)))
	}
	for _, a := range charsets8 {
		for _, b := range charsets8 {
			if a != b {
				add(swapped(a, b))
			}
		}
	}
	return list
}

func (p *part) charsetsCommon() iter.Seq[hypothesis] {
	w, l := charmap.Windows1252, charmap.ISO8859_1
	return p.whole(p.foreign, of(readAs(w)), of(readAs(l)), of(then(readAs(w), readAs(w))), of(then(readAs(l), readAs(l))), of(readAs(charmap.Windows1250)), of(readAs(charmap.Windows1251)))
}

func (p *part) charsets() iter.Seq[hypothesis] {
	return concat(p.whole(p.foreign, charsetChanges()...), p.lost())
}

func (p *part) charsetPlaces() iter.Seq[hypothesis] {
	return concat(
		p.places(p.foreign, charsetChanges()[:len(charsets8)]...),
		p.some(of(readAs(charmap.Windows1252))), p.some(of(readAs(charmap.ISO8859_1))),
		p.some(of(readRight(charmap.ISO8859_1))), p.some(of(readRight(charmap.Windows1252))),
		p.places(p.foreign, charsetChanges()[len(charsets8):]...))
}

// lost restores characters that became "?" or U+FFFD from a copy elsewhere: all
// values that have one, then each.
func (p *part) lost() iter.Seq[hypothesis] {
	restore := func(s *slot) string {
		if !strings.ContainsAny(s.value, "?\uFFFD") || len(s.value) > maxCopy {
			return s.value
		}
		for _, c := range p.copies() {
			if c != s.value && matchesLost(c, s.value) {
				return c
			}
		}
		return s.value
	}
	return concat(p.whole(p.values, restore), p.places(p.values, restore))
}

// matchesLost reports whether lossy is v with each run of characters that are
// not ASCII replaced by question marks.
func matchesLost(v, lossy string) bool {
	lostRune := func(r rune) bool { return r == '?' || r == utf8.RuneError }
	for v != "" && lossy != "" {
		r, n := utf8.DecodeRuneInString(v)
		l, m := utf8.DecodeRuneInString(lossy)
		switch {
		case r >= utf8.RuneSelf && r != utf8.RuneError && lostRune(l):
			v = strings.TrimLeftFunc(v, func(r rune) bool { return r >= utf8.RuneSelf })
			lossy = strings.TrimLeftFunc(lossy, lostRune)
		case r != l:
			return false
		default:
			v, lossy = v[n:], lossy[m:]
		}
	}
	return v == "" && lossy == ""
}

var normalForms = []change{
	of(norm.NFC.String), of(norm.NFD.String), of(norm.NFKC.String), of(norm.NFKD.String),
}

func (p *part) normalizations() iter.Seq[hypothesis] {
	return p.whole(p.foreign, normalForms...)
}

func (p *part) normalizationPlaces() iter.Seq[hypothesis] {
	return concat(p.places(p.foreign, normalForms...), p.some(of(norm.NFD.String)), p.some(of(norm.NFC.String)))
}
