package repair

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// token is one character of a value, and where it is written.
type token struct {
	r          rune
	start, end int
}

// set appends the edit that gives s the value v.
func (p *part) set(edits []edit, s *slot, v string) []edit {
	quote := byte(0)
	if s.attr != nil {
		quote = p.doc.Text()[s.start-1]
	}
	return append(edits, edit{s.start, s.end, escape(v, quote)})
}

// smallest splits edits into one for each run of characters that differ.
func smallest(doc *xmldoc.Document, edits []edit) []edit {
	text := doc.Text()
	var out []edit
	for _, e := range edits {
		raw := text[e.start:e.end]
		if blankOnly(raw) || blankOnly(e.with) || strings.Contains(raw+e.with, "<") { // gaps, tags, CDATA sections
			out = append(out, e)
			continue
		}
		quote := byte(0)
		if _, attr := placeOf(doc, e.start); attr != "" && (text[e.start-1] == '"' || text[e.start-1] == '\'') {
			quote = text[e.start-1]
		}
		out = differences(out, tokens(raw, e.start, quote), tokens(e.with, 0, quote), e.end, quote)
	}
	return out
}

// differences appends the edits that make want of have, which ends at end.
func differences(edits []edit, have, want []token, end int, quote byte) []edit {
	i, j := 0, 0
	for i < len(have) || j < len(want) {
		if i < len(have) && j < len(want) && have[i].r == want[j].r {
			i++
			j++
			continue
		}
		skip, take := resync(have[i:], want[j:])
		e := edit{start: end, end: end, with: escape(written(want[j:j+take]), quote)}
		if i < len(have) {
			e.start, e.end = have[i].start, have[i].start
		}
		if skip > 0 {
			e.end = have[i+skip-1].end
		}
		edits = append(edits, e)
		i += skip
		j += take
	}
	return edits
}

func written(list []token) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteRune(t.r)
	}
	return b.String()
}

// resync finds how many characters have to be skipped on both sides until the
// two go on alike.
func resync(have, want []token) (skip, take int) {
	const (
		reach = 24 // how far to look
		alike = 3  // how many equal characters are no chance
	)
	for total := 1; total <= reach; total++ {
		for skip := 0; skip <= total; skip++ {
			take := total - skip
			if skip > len(have) || take > len(want) {
				continue
			}
			if n := min(alike, max(len(have)-skip, len(want)-take)); equalFor(have[skip:], want[take:], n) {
				return skip, take
			}
		}
	}
	n := 0 // the common end
	for n < len(have) && n < len(want) && have[len(have)-1-n].r == want[len(want)-1-n].r {
		n++
	}
	return len(have) - n, len(want) - n
}

func equalFor(have, want []token, n int) bool {
	if len(have) < n || len(want) < n {
		return false
	}
	for i := range n {
		if have[i].r != want[i].r {
			return false
		}
	}
	return true
}

// tokens reads what is written in a value without markup; quote is 0 for text.
func tokens(raw string, at int, quote byte) []token {
	list := make([]token, 0, len(raw))
	for i := 0; i < len(raw); {
		r, n := character(raw[i:], quote)
		list = append(list, token{r, at + i, at + i + n})
		i += n
	}
	return list
}

// character is the first one of what is written in a value, and how many octets
// write it.
func character(raw string, quote byte) (r rune, n int) {
	r, n = utf8.DecodeRuneInString(raw)
	switch {
	case r == '&':
		return reference(raw)
	case r == '\r' && strings.HasPrefix(raw[1:], "\n"):
		r, n = '\n', 2
	case r == '\r':
		r = '\n'
	}
	if quote != 0 && (r == '\n' || r == '\t') {
		r = ' '
	}
	return r, n
}

// reference reads the reference with which s begins.
func reference(s string) (rune, int) {
	end := strings.IndexByte(s, ';')
	if end < 0 {
		return '&', 1
	}
	name := s[1:end]
	switch name {
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "amp":
		return '&', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	if r, ok := charNumber(name); ok {
		return r, end + 1
	}
	return '&', 1
}

// charNumber reads "#233" or "#xE9".
func charNumber(name string) (rune, bool) {
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, false
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), err == nil && isChar(rune(n))
}

// isChar reports whether XML allows the character (production 2).
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || ' ' <= r && r <= 0xD7FF || 0xE000 <= r && r <= 0xFFFD || 0x10000 <= r && r <= 0x10FFFF
}

// escape writes v as text, or as an attribute value in quotes.
func escape(v string, quote byte) string {
	if !strings.ContainsAny(v, "&<>\r\n\t\"'") {
		return v
	}
	var b strings.Builder
	for i := range len(v) {
		switch c := v[i]; {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '\r':
			b.WriteString("&#13;")
		case quote != 0 && c == '\n':
			b.WriteString("&#10;")
		case quote != 0 && c == '\t':
			b.WriteString("&#9;")
		case quote == '"' && c == '"':
			b.WriteString("&quot;")
		case quote == '\'' && c == '\'':
			b.WriteString("&apos;")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
