package repair

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// locator finds the counterpart of a Reference in other versions of its
// document: by its place among the signatures, since no repair moves one.
type locator struct {
	index                *xmldsig.Index
	signature, reference int
	// last is the part that was asked for last: the families ask for the same
	// one in turn.
	last *part
	// left is what the search may still cost, see part.
	left *int64
}

func newLocator(ref *xmldsig.Reference) *locator {
	l := &locator{index: ref.Signature().Index()}
	for i, s := range xmldsig.Find(l.index) {
		if s.Node == ref.Signature().Node {
			l.signature = i
		}
	}
	for i, r := range ref.Signature().References {
		if r.Node == ref.Node {
			l.reference = i
		}
	}
	return l
}

// in is the counterpart in doc, or nil.
func (l *locator) in(doc *xmldoc.Document) *xmldsig.Reference {
	found := xmldsig.Find(l.index.Like(doc))
	if l.signature >= len(found) || l.reference >= len(found[l.signature].References) {
		return nil
	}
	return found[l.signature].References[l.reference]
}

// part is what the Reference signs in doc. It may be used until the next call.
func (l *locator) part(doc *xmldoc.Document) *part {
	if l.last == nil || l.last.doc != doc {
		l.last = newPart(doc, l.in(doc))
		l.last.left = l.left
		l.last.repaired = doc != l.index.Document()
	}
	return l.last
}

// sketch is the canonical form of what the Reference signs in doc, or nil.
func (l *locator) sketch(doc *xmldoc.Document) *sketch {
	ref, p := l.in(doc), l.part(doc)
	if ref == nil || p.apex == nil || p.omitAll || ref.Hash == 0 || !ref.Hash.Available() {
		return nil
	}
	var b strings.Builder
	if ref.Canonical(&b) != nil {
		return nil
	}
	return newSketch(b.String(), ref.Hash, ref.Expected, p)
}

// part is what a Reference signs in one version of the document.
type part struct {
	doc *xmldoc.Document
	// apex is the outermost element that is signed; nil when nothing is.
	apex *xmldoc.Node
	// omit is the enveloped signature; nil when it is signed. omitAll says that
	// no signature is.
	omit    *xmldoc.Node
	omitAll bool
	// repaired says that a damage was undone in doc already.
	repaired bool
	// values are the texts and attribute values, and gaps the places between
	// the tags of elements that hold nothing but elements, blank or empty.
	values, gaps []slot
	// texts are the values that people read and edit: those of elements outside
	// of signatures.
	texts []slot
	// signed are elements below apex that other signatures sign.
	signed map[*xmldoc.Node]bool
	// foreign are the values with characters that are not ASCII.
	foreign []slot
	// others are the values of the whole document, see copies.
	others []string
	// left, where set, is what the search may still cost, in octets that are
	// hashed. To think of hypotheses costs, too.
	left *int64
}

// slot is a place that holds characters.
type slot struct {
	node *xmldoc.Node // the element in which it lies
	attr *xmldoc.Attr // nil for text
	// prev and next are what stands before and after a text, nil at the tags of
	// node.
	prev, next *xmldoc.Node
	depth      int // how many elements are around node
	start, end int // of what is written, in the text of the document
	value      string
	// inner says that it belongs to a signature that is signed itself, and
	// embedded that it belongs to an element that has a signature of its own.
	inner, embedded bool
}

func newPart(doc *xmldoc.Document, ref *xmldsig.Reference) *part {
	p := &part{doc: doc}
	if ref == nil || doc.Root() == nil {
		return p
	}
	if p.apex = ref.Target; p.apex == nil {
		if !ref.WholeDocument {
			return p
		}
		p.apex = doc.Root()
	}
	for i := range ref.Transforms {
		switch t := &ref.Transforms[i]; {
		case t.Enveloped:
			p.omit = ref.Signature().Node
		case t.Err == nil && (t.Algorithm == xmldsig.TransformXPath || t.Algorithm == xmldsig.TransformXPathFilter2):
			p.omitAll = true
		}
	}
	p.signed = map[*xmldoc.Node]bool{}
	for _, s := range xmldsig.Find(ref.Signature().Index()) {
		for _, r := range s.References {
			if s != ref.Signature() && r.Target != nil && r.Target != p.apex {
				p.signed[r.Target] = true
			}
		}
	}
	p.read()
	inOrder := func(a, b slot) int { return cmp.Compare(a.start, b.start) }
	slices.SortFunc(p.values, inOrder)
	slices.SortFunc(p.gaps, inOrder)
	for _, s := range p.values {
		if s.attr == nil && !s.inner && s.value != "" {
			p.texts = append(p.texts, s)
		}
		if !isASCII(s.value) {
			p.foreign = append(p.foreign, s)
		}
	}
	return p
}

// slotCost is what looking at an empty slot costs, in octets that are hashed.
const slotCost = 64

// spend reports whether looking at slots so many times may be paid for.
func (p *part) spend(times int, slots ...[]slot) bool {
	if p.left == nil {
		return true
	}
	cost := 0
	for _, list := range slots {
		for i := range list {
			cost += len(list[i].value) + slotCost
		}
	}
	*p.left -= int64(times) * int64(cost)
	return *p.left > 0
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (p *part) omits(n *xmldoc.Node) bool {
	return n != nil && (n == p.omit || p.omitAll && n.Is(xmldsig.Namespace, "Signature"))
}

// read gathers the slots, without recursion: depth is the sender's choice.
func (p *part) read() {
	depth := 0
	for n := p.apex.Parent(); n != nil; n = n.Parent() {
		depth++
	}
	inner, embedded := 0, 0 // how many of the open elements are signatures, or signed
	enter := func(n *xmldoc.Node, by int) {
		if n.Is(xmldsig.Namespace, "Signature") {
			inner += by
		}
		if p.signed[n] {
			embedded += by
		}
	}
	n := p.apex
	for {
		if n.Kind() == xmldoc.ElementNode && !p.omits(n) {
			enter(n, +1)
			p.element(n, depth, inner > 0, embedded > 0)
			if c := n.FirstChild(); c != nil {
				n = c
				depth++
				continue
			}
			enter(n, -1)
		}
		for n != p.apex && n.Next() == nil {
			n = n.Parent()
			depth--
			enter(n, -1)
		}
		if n == p.apex {
			return
		}
		n = n.Next()
	}
}

func (p *part) element(n *xmldoc.Node, depth int, inner, embedded bool) {
	s := slot{node: n, depth: depth, inner: inner, embedded: embedded}
	attrs := n.Attrs()
	for i := range attrs {
		a := s
		a.attr, a.value = &attrs[i], attrs[i].Value
		a.start, a.end = n.AttrValueRange(&attrs[i])
		p.values = append(p.values, a)
	}
	start, end, ok := n.ContentRange()
	if !ok {
		return
	}
	hasElements, hasText := false, false
	for c := range n.Children() {
		switch c.Kind() {
		case xmldoc.ElementNode:
			hasElements = true
		case xmldoc.TextNode, xmldoc.CDATANode:
			hasText = hasText || !blankOnly(c.Value())
		}
	}
	list := &p.values
	if hasElements && !hasText {
		list = &p.gaps
	}
	s.start = start
	for c := n.FirstChild(); c != nil; c = c.Next() {
		if c.Kind() == xmldoc.TextNode || c.Kind() == xmldoc.CDATANode {
			s.value += c.Value()
			continue
		}
		s.end, _ = c.Range()
		s.next = c
		*list = append(*list, s)
		s.prev, s.next, s.value = c, nil, ""
		_, s.start = c.Range()
	}
	s.end = end
	*list = append(*list, s)
}

func blankOnly(s string) bool { return strings.Trim(s, " \t\r\n") == "" }

// rewrite is the edits that give the slots the values that f wants.
func (p *part) rewrite(slots []slot, f func(s *slot) string) []edit {
	var edits []edit
	for i := range slots {
		s := &slots[i]
		if v := f(s); v != s.value {
			edits = p.set(edits, s, v)
		}
	}
	return edits
}

// all is rewrite for every value and gap, in document order.
func (p *part) all(f func(s *slot) string) []edit {
	return merge(p.rewrite(p.values, f), p.rewrite(p.gaps, f))
}

// merge joins two lists of edits that do not overlap.
func merge(a, b []edit) []edit {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := make([]edit, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].start <= b[0].start {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
