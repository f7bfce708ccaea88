package xmldoc

import (
	"math/bits"
	"strings"
)

// text reads character data with its references, up to the next markup
// (production 14).
func (p *parser) text() bool {
	start := p.pos
	end := len(p.s)
	if i := strings.IndexByte(p.s[start:], '<'); i >= 0 {
		end = start + i
	}
	if p.nextCDATAEnd < start {
		p.nextCDATAEnd = len(p.s)
		if i := strings.Index(p.s[start:], "]]>"); i >= 0 {
			p.nextCDATAEnd = start + i
		}
	}
	legal := min(end, p.nextCDATAEnd)
	p.pos = min(legal, end)
	if p.noneWithin(start, legal) {
		if legal > start && p.add(TextNode, start, legal) == nil {
			return false
		}
	} else if !p.textReplaced(start, legal) {
		return false
	}
	if legal < end {
		return p.failf(legal, CodeCDATAEndInText, `"]]>" must not stand in text; write "]]&gt;"`)
	}
	return true
}

// noneWithin reports whether text between two offsets has neither a reference
// nor a carriage return.
func (p *parser) noneWithin(start, end int) bool {
	if p.nextAmp < start {
		p.nextAmp = p.findByte(start, '&')
	}
	noCR := p.noCRWithin(start, end)
	return p.nextAmp >= end && noCR
}

func (p *parser) noCRWithin(start, end int) bool {
	if p.nextCR < start {
		p.nextCR = p.findByte(start, '\r')
	}
	return p.nextCR >= end
}

// findByte is where c is next, at or after start; the end when it is nowhere.
func (p *parser) findByte(start int, c byte) int {
	if i := strings.IndexByte(p.s[start:], c); i >= 0 {
		return start + i
	}
	return len(p.s)
}

// textReplaced reads character data whose value differs from what is written.
func (p *parser) textReplaced(start, end int) bool {
	p.arena.begin(end - start)
	i := start
	ok, escaped := true, true
	for i < end && ok {
		if p.noneWithin(i, end) {
			p.arena.writeString(p.s[i:end])
			break
		}
		next := min(p.nextAmp, p.nextCR)
		p.arena.writeString(p.s[i:next])
		i = next
		if p.s[i] == '&' {
			var after int
			if after, ok = p.reference(i, end); ok {
				switch p.s[i:after] {
				case "&amp;", "&lt;", "&gt;":
				default:
					escaped = false
				}
				i = after
			}
			continue
		}
		escaped = false
		p.arena.writeByte('\n')
		i = p.afterCR(i)
	}
	at := p.pos
	if !ok {
		at = i
	}
	if at > start {
		n := p.add(TextNode, start, at)
		if n == nil {
			return false
		}
		p.replaceValue(n)
		if escaped {
			n.flags |= flagEscaped
		}
	}
	return ok
}

// afterCR is where text goes on after the line break at i (section 2.11).
func (p *parser) afterCR(i int) int {
	if i+1 < len(p.s) && p.s[i+1] == '\n' {
		return i + 2
	}
	return i + 1
}

func (p *parser) replaceValue(n *Node) {
	n.attrStart = uint32(len(p.d.values))
	n.flags |= flagReplaced
	if len(p.d.values) == cap(p.d.values) {
		p.d.values = extend(p.d.values, int(n.start), len(p.s))
	}
	p.d.values = append(p.d.values, p.arena.end())
}

// addLiteral appends a node whose value is the text between two offsets with
// normalised line ends.
func (p *parser) addLiteral(kind Kind, start, end, valueStart, valueEnd int) *Node {
	n := p.add(kind, start, end)
	if n == nil || p.noCRWithin(valueStart, valueEnd) {
		return n
	}
	p.arena.begin(valueEnd - valueStart)
	for i := valueStart; i < valueEnd; {
		next := strings.IndexByte(p.s[i:valueEnd], '\r')
		if next < 0 {
			p.arena.writeString(p.s[i:valueEnd])
			break
		}
		p.arena.writeString(p.s[i : i+next])
		p.arena.writeByte('\n')
		i = p.afterCR(i + next)
	}
	p.replaceValue(n)
	return n
}

// attrValue reads the quoted value at p.pos and normalises it (section 3.3.3).
func (p *parser) attrValue() (value string, ok bool) {
	quoteMark := p.s[p.pos]
	start := p.pos + 1
	i := scanValue(p.s, start, quoteMark)
	if i < len(p.s) && p.s[i] == quoteMark {
		p.pos = i + 1
		return p.s[start:i], true
	}
	p.arena.begin(i - start + 32)
	p.arena.writeString(p.s[start:i])
	for i < len(p.s) && p.s[i] != quoteMark {
		switch c := p.s[i]; c {
		case '<':
			return "", p.failf(i, CodeLessThanInValue, `"<" in an attribute value must be written "&lt;" (or the closing quote is missing)`)
		case '&':
			if i, ok = p.reference(i, len(p.s)); !ok {
				return "", false
			}
		case '\r':
			p.arena.writeByte(' ')
			i = p.afterCR(i)
		default: // tab or line feed: the only other characters below a blank
			p.arena.writeByte(' ')
			i++
		}
		next := scanValue(p.s, i, quoteMark)
		p.arena.writeString(p.s[i:next])
		i = next
	}
	if i == len(p.s) {
		return "", p.eof()
	}
	p.pos = i + 1
	return p.arena.end(), true
}

// scanValue returns where, from i on, the first character is that ends the
// value, needs replacing or cannot stand in it.
func scanValue(s string, i int, quoteMark byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	// Setting one bit makes both quote marks equal to "&", or "&" equal to them.
	fold := uint64(0x04) * ones // " is 0x22, & is 0x26
	either := uint64('&') * ones
	if quoteMark == '\'' { // ' is 0x27
		fold = 0x01 * ones
		either = '\'' * ones
	}
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		q := (x | fold) ^ either
		l := x ^ '<'*ones
		hit := ((q-ones)&^q | (l-ones)&^l | (x-0x20*ones)&^x) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c == quoteMark || c == '<' || c == '&' || c < 0x20 {
			return i
		}
	}
	return i
}

// arena holds the values that are not written literally. Strings cut from a
// builder stay valid while it grows within its capacity, so many values share
// one allocation.
type arena struct {
	b     strings.Builder
	start int
	size  int
}

// begin starts a value of about n bytes.
func (a *arena) begin(n int) {
	if a.b.Cap()-a.b.Len() < n {
		a.size = min(max(2*a.size, 256), 64<<10)
		a.b = strings.Builder{}
		a.b.Grow(max(a.size, n))
	}
	a.start = a.b.Len()
}

func (a *arena) writeString(s string) { a.b.WriteString(s) }
func (a *arena) writeByte(c byte)     { a.b.WriteByte(c) }
func (a *arena) writeRune(r rune)     { a.b.WriteRune(r) }

// end returns the value begun last.
func (a *arena) end() string { return a.b.String()[a.start:] }
