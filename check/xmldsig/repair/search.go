package repair

import (
	"cmp"
	"iter"
	"slices"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

const (
	defaultHypotheses = 2000
	defaultOctets     = 400 << 20
	// maxChanges is how many differences a proof lists.
	maxChanges = 20
)

// hypothesis is one damage that may have been done, and how to undo it.
type hypothesis struct {
	// edits undo it in the text of the document, in order of place and without
	// overlap. Without edits only verify can tell.
	edits []edit
	// verify, where set, is asked instead of the oracle: the hypothesis is about
	// how something was hashed, not about the text.
	verify func(doc *xmldoc.Document) bool
	// proof has what the hypothesis knows beyond its edits.
	proof Proof
	// cause, where set, tells the cause from the edits, when they turn out to be
	// right.
	cause func(edits []edit) Cause
}

// causeOr is the cause of h, of a family of another one.
func (h *hypothesis) causeOr(ofFamily Cause) Cause {
	if h.cause != nil {
		return cmp.Or(h.cause(h.edits), ofFamily)
	}
	return cmp.Or(h.proof.Cause, ofFamily)
}

// family is the hypotheses of one cause about a document, the likeliest first.
// A family may be asked again about a document in which another damage was
// undone.
type family struct {
	cause      Cause
	hypotheses func(doc *xmldoc.Document) iter.Seq[hypothesis]
	// pairs are the families to try on top of each of this one's hypotheses, for
	// damages that come together. Alone those hypotheses are not tried then.
	pairs []family
	// most is how many hypotheses are tried on top of another damage that was
	// undone; maxSecond when it is 0.
	most int
}

// oracle tells whether the signature holds in a version of the document that was
// searched.
type oracle struct {
	holds func(doc *xmldoc.Document) bool
	// sketch is the canonical form of what is signed in doc, on which hypotheses
	// about its slots are tried; nil where there is none.
	sketch func(doc *xmldoc.Document) *sketch
}

// base is a version of the document on which hypotheses are tried: the one that
// was received, or one in which a damage was undone already.
type base struct {
	doc    *xmldoc.Document
	sketch *sketch
	// edits make doc of the document as received; cause and known are theirs.
	edits []edit
	cause Cause
	known *Known
}

// search is one run, with what it may still cost.
type search struct {
	doc        *xmldoc.Document
	oracle     oracle
	hypotheses int
	// octets are left of limit.
	octets, limit int64
	proved        []*Proof
	// mend escapes bare ampersands first, where there are any.
	mend bool
	// hashed is how many octets one look at the signature reads and writes,
	// beyond the text of the document.
	hashed int64
	// seen are the edits that were tried, and the digests of the contents.
	seen   map[uint64]bool
	result Result
}

func newSearch(doc *xmldoc.Document, o Options) *search {
	limit := cmp.Or(o.Octets, defaultOctets)
	return &search{
		doc:        doc,
		hypotheses: cmp.Or(o.Hypotheses, defaultHypotheses),
		octets:     limit,
		limit:      limit,
		proved:     o.Proved,
		hashed:     int64(len(doc.Text())),
		seen:       map[uint64]bool{hashEdits(nil): true},
	}
}

const (
	// maxSecond is how many hypotheses of most families are tried on top of
	// another damage that was undone.
	maxSecond = 40
	// rereadCost is what reading an octet costs, in octets that are hashed.
	rereadCost = 4
	// leastCost is what a look at the smallest signature costs.
	leastCost = 1 << 10
)

// run asks the families one after the other.
func (s *search) run(families []family) *Result {
	s.ask(families)
	s.result.Octets = s.limit - s.octets
	return &s.result
}

func (s *search) ask(families []family) {
	if len(families) == 0 {
		return
	}
	received := &base{doc: s.doc}
	s.draw(received)
	if received.sketch != nil { // what changes nothing is no hypothesis
		_, sum, _, _ := received.sketch.match(nil)
		s.seen[sum] = true
	}
	bases := []*base{received}
	if b, cause := s.repaired(received); b != nil {
		if s.try(b, cause, hypothesis{}) {
			return
		}
		bases = []*base{b, received}
	}
	for _, b := range bases {
		for _, f := range families {
			for h := range f.hypotheses(b.doc) {
				if len(f.pairs) > 0 && s.tryPairs(b, f, h) || len(f.pairs) == 0 && s.try(b, f.cause, h) || s.result.Bounded {
					return
				}
			}
			if s.octets <= 0 { // spent on thinking of hypotheses
				s.result.Bounded = true
				return
			}
		}
	}
}

// repaired is the document in which the damages are undone that are proved, and
// those without which it cannot be read, and their cause; nil when there are none.
func (s *search) repaired(received *base) (b *base, cause Cause) {
	b = &base{doc: s.doc}
	also := Cause("")
	if s.mend && !s.doc.WellFormed() {
		if b.edits = bareAmpersands(s.doc.Text()); len(b.edits) > 0 {
			b.cause = Entities
		}
	}
	for _, p := range s.proved {
		if len(p.edits) == 0 || !received.concerns(p.edits) || slices.ContainsFunc(b.edits, func(e edit) bool { return overlaps(p.edits, e) }) {
			continue
		}
		b.edits = merge(b.edits, p.edits)
		if p.Cause == SignedInfoEdited {
			also = p.Cause // what else there is says more
			continue
		}
		b.cause, b.known = cmp.Or(b.cause, p.Cause), cmp.Or(b.known, p.Known)
	}
	if len(b.edits) == 0 || !s.reread(b) {
		return nil, ""
	}
	return b, cmp.Or(b.cause, also)
}

// concerns reports whether edits change what is signed.
func (b *base) concerns(edits []edit) bool {
	if b.sketch == nil {
		return true
	}
	_, before, _, _ := b.sketch.match(nil)
	_, after, _, ok := b.sketch.match(edits)
	return !ok || before != after
}

// overlaps reports whether one of edits, which are in order, changes what e does.
func overlaps(edits []edit, e edit) bool {
	i, same := slices.BinarySearchFunc(edits, e, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	return same || i > 0 && edits[i-1].end > e.start || i < len(edits) && edits[i].start < e.end
}

// reread makes b's document of its edits; ok is false when that is not
// well-formed.
func (s *search) reread(b *base) (ok bool) {
	s.octets -= rereadCost * int64(len(s.doc.Text()))
	b.doc = reread(s.doc, apply(s.doc.Text(), b.edits))
	if !b.doc.WellFormed() {
		return false
	}
	s.draw(b)
	return true
}

// draw makes the sketch of b.
func (s *search) draw(b *base) {
	if s.oracle.sketch != nil {
		s.octets -= rereadCost * int64(len(b.doc.Text()))
		b.sketch = s.oracle.sketch(b.doc)
	}
}

// tryPairs tries what may have come together with h.
func (s *search) tryPairs(b *base, f family, h hypothesis) bool {
	if len(h.edits) == 0 {
		return false
	}
	on := &base{edits: compose(s.doc.Text(), b.edits, h.edits), cause: cmp.Or(b.cause, h.causeOr(f.cause)), known: cmp.Or(b.known, h.proof.Known)}
	if !s.reread(on) {
		return false
	}
	for _, g := range f.pairs {
		n := 0
		for second := range g.hypotheses(on.doc) {
			if s.try(on, g.cause, second) {
				return true
			}
			if n++; s.result.Bounded || n == cmp.Or(g.most, maxSecond) {
				break
			}
		}
	}
	return false
}

// try reports whether h, undone in the document of b, makes the signature hold;
// then the result has its proof.
func (s *search) try(b *base, cause Cause, h hypothesis) bool {
	if h.verify == nil && b.sketch != nil && s.octets > 0 {
		if match, sum, cost, ok := b.sketch.match(h.edits); ok {
			s.octets -= int64(cost)
			return s.isNew(sum) && s.pay(cause, 0) && match && s.confirm(b, cause, h)
		}
	}
	if h.verify == nil && !s.isNew(hashEdits(compose(s.doc.Text(), b.edits, h.edits))) {
		return false
	}
	return s.pay(cause, rereadCost*(int64(len(b.doc.Text()))+s.hashed)) && s.confirm(b, cause, h)
}

// isNew reports whether something is met for the first time.
func (s *search) isNew(sum uint64) bool {
	known := s.seen[sum]
	s.seen[sum] = true
	return !known
}

// pay counts a hypothesis that costs so many octets and reports whether that is
// left.
func (s *search) pay(cause Cause, cost int64) bool {
	cost += leastCost
	if s.hypotheses--; s.hypotheses < 0 || s.octets < cost {
		s.result.Bounded = true
		return false
	}
	s.octets -= cost
	s.count(cause)
	return true
}

// confirm asks the oracle about the document in which h is undone.
func (s *search) confirm(b *base, cause Cause, h hypothesis) bool {
	after := b.doc
	if len(h.edits) > 0 {
		if after = reread(b.doc, apply(b.doc.Text(), h.edits)); !after.WellFormed() {
			return false
		}
	}
	holds := s.oracle.holds
	if h.verify != nil {
		holds = h.verify
	}
	if !holds(after) {
		return false
	}
	p := h.proof
	p.Cause = h.causeOr(cause)
	p.edits = compose(s.doc.Text(), b.edits, h.edits)
	if b.cause != "" {
		p.Cause, p.With = b.cause, p.Cause
		p.Known = cmp.Or(p.Known, b.known)
		if p.With == p.Cause {
			p.With = ""
		}
	}
	shown := p.edits
	if p.Known == nil && p.Field == "" && p.Cause != AttributeEdited {
		shown = smallest(s.doc, shown)
	}
	p.Changes, p.Total = changes(s.doc, shown)
	if after != s.doc {
		p.Text = after.Text()
	}
	s.result.Proof = &p
	return true
}

func (s *search) count(cause Cause) {
	i := slices.IndexFunc(s.result.Attempts, func(a Attempt) bool { return a.Cause == cause })
	if i < 0 {
		s.result.Attempts = append(s.result.Attempts, Attempt{Cause: cause, Count: 1})
		return
	}
	s.result.Attempts[i].Count++
}

// reread parses text, a version of doc. It is UTF-8 whatever the XML declaration
// says.
func reread(doc *xmldoc.Document, text string) *xmldoc.Document {
	return xmldoc.Parse([]byte(text), xmldoc.Options{Context: doc.Context(), Encoding: "UTF-8", Limits: xmldoc.Limits{Bytes: -1, Depth: -1, Attributes: -1, Nodes: -1}})
}

// changes describes edits as differences between the message and what was signed.
func changes(doc *xmldoc.Document, edits []edit) ([]Change, int) {
	var list []Change
	text := doc.Text()
	for _, e := range edits[:min(len(edits), maxChanges)] {
		c := Change{Position: doc.Position(e.start), Received: text[e.start:e.end], Signed: e.with}
		c.Node, c.Attribute = placeOf(doc, e.start)
		list = append(list, c)
	}
	return list, len(edits)
}

// placeOf is the innermost element around an offset, and the attribute in it.
// What stands right before an element is not in it.
func placeOf(doc *xmldoc.Document, offset int) (*xmldoc.Node, string) {
	n := doc.Root()
	if n == nil {
		return nil, ""
	}
descend:
	for {
		for c := range n.Elements() {
			if start, end := c.Range(); start < offset && offset < end {
				n = c
				continue descend
			}
		}
		break
	}
	attrs := n.Attrs()
	for i := range attrs {
		if start, end := n.AttrRange(&attrs[i]); start <= offset && offset < end {
			return n, attrs[i].Name.String()
		}
	}
	return n, ""
}
