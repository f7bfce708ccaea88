package repair

import (
	"iter"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Bounds on hand edits that are undone together or guessed.
const (
	maxLikelyKnown  = 120 // values that are tried early
	maxKnownPaired  = 24  // values of which pairs are tried
	maxKnownTripled = 8   // and threes
	maxSwapped      = 12  // places whose values are exchanged
	maxDropped      = 150 // attributes that are left out, one at a time
)

// inResponseTo is the attribute that people remove most: a service refuses a
// message for it, and they do not know that it is signed.
const inResponseTo = "InResponseTo"

// knownSearch restores values that are known from elsewhere.
type knownSearch struct {
	ref    *xmldsig.Reference
	known  []Known
	places []int // the ordinal of each Known.Element
	target int
}

// knownFamilies are edits by hand: a value that is known from elsewhere takes the
// place of the one that stands there, or of none.
func knownFamilies(ref *xmldsig.Reference, o Options) []family {
	s := newKnownSearch(ref, o)
	return []family{
		s.singles(InResponseToRemoved, 0, maxLikelyKnown),
		s.singles(AttributeRemoved, 0, maxLikelyKnown),
		s.singles(CaseChanged, 0, maxLikelyKnown),
		s.singles(AttributeEdited, 0, maxLikelyKnown),
		{cause: AttributeEdited, hypotheses: s.swaps},
	}
}

// handEdits are edits by hand that take many hypotheses to undo: in several
// places, or of an attribute that nobody has named.
func handEdits(ref *xmldsig.Reference, o Options) []family {
	s := newKnownSearch(ref, o)
	return []family{
		{cause: AttributeEdited, hypotheses: s.dropped},
		{cause: AttributeEdited, hypotheses: s.together(2, maxKnownPaired)},
		{cause: AttributeEdited, hypotheses: s.together(3, maxKnownTripled)},
		s.singles(AttributeRemoved, maxLikelyKnown, len(s.known)),
		s.singles(AttributeEdited, maxLikelyKnown, len(s.known)),
	}
}

func newKnownSearch(ref *xmldsig.Reference, o Options) *knownSearch {
	s := &knownSearch{ref: ref, known: o.Known, places: make([]int, len(o.Known)), target: -1}
	at := map[*xmldoc.Node]int{}
	i := 0
	for n := range ref.Signature().Index().Document().Root().Descendants() {
		if n.Kind() == xmldoc.ElementNode {
			at[n] = i
			i++
		}
	}
	for k := range s.known {
		s.places[k] = at[s.known[k].Element]
	}
	if ref.Target != nil {
		s.target = at[ref.Target]
	}
	return s
}

// restored is a known value as an edit of a document.
type restored struct {
	cause Cause
	edit  edit
}

// restore puts a known value into doc; ok is false when it stands there already,
// or its place is gone.
func (s *knownSearch) restore(doc *xmldoc.Document, i int) (r restored, ok bool) {
	k := &s.known[i]
	n := counterpart(doc, k.Element, s.places[i])
	if n == nil {
		return r, false
	}
	r.cause = AttributeEdited
	now := ""
	if k.Attribute == "" {
		c, ok := contentOf(n)
		if now = n.Text(); !ok || now == k.Value {
			return r, false
		}
		r.edit = c.with(escape(k.Value, 0))
	} else {
		tag, ok := startTagOf(n)
		a := n.Attr("", k.Attribute)
		if !ok || a != nil && a.Value == k.Value {
			return r, false
		}
		r.edit = tag.set(k.Attribute, k.Value)
		switch {
		case a != nil:
			now = a.Value
		case k.Attribute == inResponseTo:
			r.cause = InResponseToRemoved
		default:
			r.cause = AttributeRemoved
		}
	}
	if r.cause == AttributeEdited && strings.EqualFold(now, k.Value) {
		r.cause = CaseChanged
	}
	return r, true
}

// singles are those of the known values from one number to another that alone
// undo a cause.
func (s *knownSearch) singles(cause Cause, from, to int) family {
	return family{cause: cause, hypotheses: func(doc *xmldoc.Document) iter.Seq[hypothesis] {
		return func(yield func(hypothesis) bool) {
			for i := from; i < min(to, len(s.known)); i++ {
				r, ok := s.restore(doc, i)
				if ok && r.cause == cause && !yield(hypothesis{edits: []edit{r.edit}, proof: Proof{Known: &s.known[i]}}) {
					return
				}
			}
		}
	}}
}

// together are n known values of different places; first those with the same
// value, because who edits one of two copies edits the other as well.
func (s *knownSearch) together(n, most int) func(*xmldoc.Document) iter.Seq[hypothesis] {
	return func(doc *xmldoc.Document) iter.Seq[hypothesis] {
		return func(yield func(hypothesis) bool) {
			var list []restored
			var of []int
			for i := range s.known {
				if len(list) == most {
					break
				}
				if r, ok := s.restore(doc, i); ok {
					list, of = append(list, r), append(of, i)
				}
			}
			for _, alike := range []bool{true, false} {
				for pick := range subsets(len(list), n) {
					if len(pick) < n || s.alike(of, pick) != alike || overlap(list, pick) {
						continue
					}
					if !yield(s.joined(list, of, pick)) {
						return
					}
				}
			}
		}
	}
}

// alike reports whether the values picked are all the same.
func (s *knownSearch) alike(of, pick []int) bool {
	return !slices.ContainsFunc(pick, func(i int) bool { return s.known[of[i]].Value != s.known[of[pick[0]]].Value })
}

// joined is one hypothesis of several restored values.
func (s *knownSearch) joined(list []restored, of, pick []int) hypothesis {
	h := hypothesis{proof: Proof{Known: &s.known[of[pick[0]]], Cause: list[pick[0]].cause}}
	for _, i := range pick {
		h.edits = append(h.edits, list[i].edit)
		switch c := list[i].cause; c {
		case h.proof.Cause:
		case InResponseToRemoved: // says more than the other one
			h.proof.With, h.proof.Cause = h.proof.Cause, c
		default:
			h.proof.With = c
		}
	}
	slices.SortFunc(h.edits, func(a, b edit) int { return a.start - b.start })
	return h
}

// overlap reports whether two of the edits picked are of the same place. Two
// attributes may be put at one place; their order does not matter.
func overlap(list []restored, pick []int) bool {
	for x, i := range pick {
		for _, j := range pick[:x] {
			a, b := list[i].edit, list[j].edit
			if a.start < b.end && b.start < a.end || a.start == b.start && attrName(a.with) == attrName(b.with) {
				return true
			}
		}
	}
	return false
}

// attrName is the name of an attribute that an edit puts in.
func attrName(source string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(source, " "), "=")
	return name
}

// swaps exchange the values of two places.
func (s *knownSearch) swaps(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		type place struct {
			edit   edit // with the value that stands there, as it stands there
			plain  bool // nothing in it is written in another way elsewhere
			ofText bool
		}
		var places []place
		seen := map[int]bool{}
		text := doc.Text()
		for i := range s.known {
			n := counterpart(doc, s.known[i].Element, s.places[i])
			if n == nil || len(places) == maxSwapped {
				continue
			}
			p := place{ofText: s.known[i].Attribute == ""}
			if p.ofText {
				c, ok := contentOf(n)
				if !ok {
					continue
				}
				p.edit = edit{c.start, c.end, text[c.start:c.end]}
			} else {
				tag, ok := startTagOf(n)
				a := tag.attr(s.known[i].Attribute)
				if !ok || a == nil {
					continue
				}
				p.edit = edit{a.valueStart, a.valueEnd, text[a.valueStart:a.valueEnd]}
			}
			p.plain = !strings.ContainsAny(p.edit.with, "&<>\"'\t\r\n")
			if p.plain && !seen[p.edit.start] {
				seen[p.edit.start] = true
				places = append(places, p)
			}
		}
		for pick := range subsets(len(places), 2) {
			if len(pick) < 2 {
				continue
			}
			a, b := places[pick[0]].edit, places[pick[1]].edit
			if a.with == b.with {
				continue
			}
			if a.start > b.start {
				a, b = b, a
			}
			a.with, b.with = b.with, a.with
			if !yield(hypothesis{edits: []edit{a, b}}) {
				return
			}
		}
	}
}

// dropped leaves out one attribute of the signed elements: somebody added it.
func (s *knownSearch) dropped(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		top := counterpart(doc, s.ref.Target, s.target)
		if top == nil {
			top = doc.Root()
		}
		left := maxDropped
		for n := range top.Descendants() {
			if n.Kind() != xmldoc.ElementNode || inSignature(n, top) {
				continue
			}
			tag, ok := startTagOf(n)
			if !ok {
				continue
			}
			for i := range tag.attrs {
				a := &tag.attrs[i]
				if a.name == "xmlns" || strings.HasPrefix(a.name, "xmlns:") {
					continue
				}
				if left--; left < 0 || !yield(hypothesis{edits: []edit{{a.start, a.end, ""}}}) {
					return
				}
			}
		}
	}
}

// inSignature reports whether n stands in a Signature below top.
func inSignature(n, top *xmldoc.Node) bool {
	for ; n != nil && n != top; n = n.Parent() {
		if n.Is(xmldsig.Namespace, "Signature") {
			return true
		}
	}
	return false
}
