package repair

import (
	"bytes"
	"cmp"
	"crypto"
	"encoding/binary"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// sketch is the canonical form of what is signed in one version of a document,
// with the place in it of every slot. Most damages change nothing but slots: to
// undo one is then to replace pieces of the canonical form, and to look at the
// digest takes neither reading the document again nor hashing what stands before
// the first piece.
//
// A sketch only ever rules hypotheses out. What it finds has to be confirmed by
// reading the document as it would have been.
type sketch struct {
	canonical string
	expected  []byte
	pieces    []piece // in the order of the document
	// What is not signed is before start, after end, and in the omitted
	// signature.
	start, end         int
	omitStart, omitEnd int
	// states are those of the hash after each so many octets.
	states []hash.Cloner
	every  int
	// changed is what follows such a state with the pieces replaced, and changes
	// are those; kept for the next time.
	changed []byte
	changes []replacement
}

// piece is a slot in the canonical form.
type piece struct {
	start, end int // of the slot in the text of the document
	from, to   int // in the canonical form
	attr       bool
}

// replacement is a piece with another content.
type replacement struct {
	piece
	with string
}

// sketchStates is how many states of the hash a sketch keeps.
const sketchStates = 64

// newSketch is the sketch of canonical, the canonical form of p, which had the
// digest expected when it was signed; nil when the slots are not found again in
// it.
func newSketch(canonical string, algorithm crypto.Hash, expected []byte, p *part) *sketch {
	s := &sketch{canonical: canonical, expected: expected, pieces: make([]piece, 0, len(p.values)+len(p.gaps))}
	s.start, s.end = p.apex.Range()
	if p.omit != nil {
		s.omitStart, s.omitEnd = p.omit.Range()
	}
	if !s.locate(p) {
		return nil
	}
	slices.SortFunc(s.pieces, func(a, b piece) int { return cmp.Compare(a.start, b.start) })
	h, ok := algorithm.New().(hash.Cloner)
	if !ok {
		return nil
	}
	s.every = max(1<<10, len(s.canonical)/sketchStates+1)
	for at := 0; ; at += s.every {
		state, err := h.Clone()
		if err != nil {
			return nil
		}
		s.states = append(s.states, state)
		if at+s.every > len(s.canonical) {
			return s
		}
		_, _ = io.WriteString(h, s.canonical[at:at+s.every])
	}
}

// without forgets the slots between two places: to change what stands there would
// change how everything is written.
func (s *sketch) without(start, end int) {
	s.pieces = slices.DeleteFunc(s.pieces, func(p piece) bool { return start <= p.start && p.end <= end })
}

// match reports whether the digest is the signed one after edits, and what of it
// tells it from others. ok is false when the edits change more than slots, so that
// the sketch cannot tell. cost is how many octets were hashed.
func (s *sketch) match(edits []edit) (match bool, sum uint64, cost int, ok bool) {
	changes := s.changes[:0]
	left := s.pieces
	for i := range edits {
		e := &edits[i]
		at, isSlot := slices.BinarySearchFunc(left, e.start, func(p piece, start int) int { return cmp.Compare(p.start, start) })
		left = left[at:]
		switch {
		case isSlot && left[0].end == e.end && !strings.Contains(e.with, "<"):
			changes = append(changes, replacement{left[0], canonicalLiteral(e.with, left[0].attr)})
		case isSlot || !s.omits(e):
			return false, 0, 0, false
		}
	}
	s.changes = changes
	byPlace := func(a, b replacement) int { return cmp.Compare(a.from, b.from) }
	if !slices.IsSortedFunc(changes, byPlace) { // attributes are sorted in the canonical form
		slices.SortStableFunc(changes, byPlace)
	}
	at := len(s.canonical)
	if len(changes) > 0 {
		at = changes[0].from
	}
	state := at / s.every
	at = state * s.every
	h, err := s.states[state].Clone()
	if err != nil {
		return false, 0, 0, false
	}
	buf := s.changed[:0]
	for i := range changes {
		c := &changes[i]
		buf = append(append(buf, s.canonical[at:c.from]...), c.with...)
		at = c.to
	}
	buf = append(buf, s.canonical[at:]...)
	s.changed = buf
	_, _ = h.Write(buf)
	var room [64]byte
	digest := h.Sum(room[:0])
	return bytes.Equal(digest, s.expected), binary.BigEndian.Uint64(digest), len(buf), true
}

// omits reports whether nothing that e changes is signed.
func (s *sketch) omits(e *edit) bool {
	return e.end <= s.start || e.start >= s.end || s.omitStart < s.omitEnd && s.omitStart <= e.start && e.end <= s.omitEnd
}

// locate finds the slots of p in the canonical form, by going through both at
// once; it reports whether everything was as expected.
func (s *sketch) locate(p *part) bool {
	at := 0
	accept := func(want string) bool {
		if !strings.HasPrefix(s.canonical[at:], want) {
			return false
		}
		at += len(want)
		return true
	}
	var slotStart, slotFrom int // of the text that is being read
	open := func(start int) { slotStart, slotFrom = start, at }
	closeAt := func(end int) { s.pieces = append(s.pieces, piece{start: slotStart, end: end, from: slotFrom, to: at}) }

	n := p.apex
	for {
		entered := false
		switch n.Kind() {
		case xmldoc.TextNode, xmldoc.CDATANode:
			if !accept(canonicalEscape(n.Value(), false)) {
				return false
			}
		case xmldoc.ElementNode:
			start, _ := n.Range()
			if n != p.apex {
				closeAt(start)
			}
			if p.omits(n) {
				break
			}
			if !s.locateTag(n, &at) {
				return false
			}
			if first, _, ok := n.ContentRange(); ok {
				open(first)
			}
			entered = n.FirstChild() != nil
			if !entered && !s.locateEnd(n, &at, slotStart, slotFrom) {
				return false
			}
		default:
			start, _ := n.Range()
			closeAt(start)
			// Whether comments are part of it depends on the method.
			if n.Kind() == xmldoc.PINode || strings.HasPrefix(s.canonical[at:], "<!--") {
				length := strings.IndexByte(s.canonical[at:], '>')
				if n.Kind() == xmldoc.CommentNode {
					length = strings.Index(s.canonical[at:], "-->") + len("--")
				}
				if at += length + 1; length < len("--") {
					return false
				}
			}
		}
		if entered {
			n = n.FirstChild()
			continue
		}
		if n.Kind() != xmldoc.TextNode && n.Kind() != xmldoc.CDATANode {
			_, end := n.Range()
			open(end)
		}
		for n != p.apex && n.Next() == nil {
			n = n.Parent()
			if !s.locateEnd(n, &at, slotStart, slotFrom) {
				return false
			}
			_, end := n.Range()
			open(end)
		}
		if n == p.apex {
			return true
		}
		n = n.Next()
	}
}

// locateEnd reads the end tag of n, before which the last text of n ends.
func (s *sketch) locateEnd(n *xmldoc.Node, at *int, slotStart, slotFrom int) bool {
	if _, end, ok := n.ContentRange(); ok {
		s.pieces = append(s.pieces, piece{start: slotStart, end: end, from: slotFrom, to: *at})
	}
	tag := "</" + n.QName() + ">"
	if !strings.HasPrefix(s.canonical[*at:], tag) {
		return false
	}
	*at += len(tag)
	return true
}

// locateTag reads the start tag of n.
func (s *sketch) locateTag(n *xmldoc.Node, at *int) bool {
	rest := s.canonical[*at:]
	if !strings.HasPrefix(rest, "<"+n.QName()) {
		return false
	}
	i := 1 + len(n.QName())
	attrs := n.Attrs()
	for i < len(rest) && rest[i] == ' ' {
		nameEnd := strings.IndexByte(rest[i:], '=') + i
		if nameEnd < i || nameEnd+1 >= len(rest) {
			return false
		}
		name := rest[i+1 : nameEnd]
		from := nameEnd + 2
		to := strings.IndexByte(rest[from:], '"') + from
		if to < from {
			return false
		}
		if j := slices.IndexFunc(attrs, func(a xmldoc.Attr) bool { return a.Name.String() == name }); j >= 0 {
			start, end := n.AttrValueRange(&attrs[j])
			if rest[from:to] != canonicalEscape(attrs[j].Value, true) {
				return false
			}
			s.pieces = append(s.pieces, piece{start: start, end: end, from: *at + from, to: *at + to, attr: true})
		}
		i = to + 1
	}
	if i >= len(rest) || rest[i] != '>' {
		return false
	}
	*at += i + 1
	return true
}

// canonicalLiteral is the canonical form of source, what is written as a text or
// between the quotes of an attribute value.
func canonicalLiteral(source string, attr bool) string {
	quote, written := byte(0), "&\r" // in other ways than in the canonical form
	if attr {
		quote, written = '"', "&\r\n\t"
	}
	if !strings.ContainsAny(source, written) {
		return canonicalEscape(source, attr)
	}
	var b strings.Builder
	b.Grow(len(source))
	for source != "" {
		r, n := character(source, quote)
		b.WriteRune(r)
		source = source[n:]
	}
	return canonicalEscape(b.String(), attr)
}

// canonicalEscape writes characters as Canonical XML does (section 2.3).
func canonicalEscape(v string, attr bool) string {
	special := "&<>\r"
	if attr {
		special = "&<\"\t\n\r"
	}
	if !strings.ContainsAny(v, special) {
		return v
	}
	if attr {
		return canonicalValue.Replace(v)
	}
	return canonicalText.Replace(v)
}

var (
	canonicalText  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")
	canonicalValue = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")
)
