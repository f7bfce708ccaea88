package repair

import (
	"iter"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// units are indentations, the commonest first.
var units = []string{"  ", "    ", "\t", "", "   ", " ", "        "}

// ranked is a choice, and how unlikely it is.
type ranked[T any] struct {
	value T
	rank  int
}

// layouts yields ways to lay out the signed part, the likeliest first: those
// whose choices are together ranked from low to high.
func (p *part) layouts(from, to int) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		mains := p.mainStyles()
		embedded, inner, sides, nested, unwraps := p.variations()
		hollow := slices.ContainsFunc(p.values, func(s slot) bool { return s.isHollow() })
		for rank := from; rank < to; rank++ {
			for _, m := range mains {
				for _, e := range embedded {
					for _, i := range inner {
						for _, a := range sides {
							for _, n := range nested {
								for _, u := range unwraps {
									if m.rank+e.rank+i.rank+a.rank+n.rank+u.rank != rank {
										continue
									}
									if !p.spend(1, p.gaps, p.values) {
										return
									}
									y := layout{main: m.value, embedded: e.value, inner: i.value, around: a.value, nested: n.value, unwrap: u.value}
									if !yield(p.lay(y)) {
										return
									}
									if y.hollow = hollow && y.unwrap == nil; y.hollow && !yield(p.lay(y)) {
										return
									}
								}
							}
						}
					}
				}
			}
		}
	}
}

func (p *part) mainStyles() []ranked[style] {
	blank := 0
	for i := range p.gaps {
		if p.gaps[i].value != "" {
			blank++
		}
	}
	var list []ranked[style]
	rank := 0
	if st, ok := p.learned(); ok {
		list = append(list, ranked[style]{st, 0})
	}
	if blank > 0 {
		list = append(list, ranked[style]{style{}, 0}, ranked[style]{style{kind: keepGaps}, 2})
		rank = 1
	}
	outer := []int{0}
	depth := 0
	for n := p.apex.Parent(); n != nil; n = n.Parent() {
		depth++
	}
	if depth > 0 {
		outer = append(outer, depth)
	}
	if depth > 1 { // in a SOAP envelope: the Response
		outer = append(outer, depth-1)
	}
	for i, unit := range units {
		for j, o := range outer {
			if unit == "" && j > 0 {
				break
			}
			r := rank + (i+1)/2 + j
			list = append(list, ranked[style]{style{kind: indented, unit: unit, outer: o}, r},
				ranked[style]{style{kind: indented, unit: unit, outer: o, line: "\r\n"}, r + 1 + min(i, 1)})
		}
	}
	return list
}

// learned is the style of the elements that other signatures sign, when their
// layout is proved: the rest was written in the same one.
func (p *part) learned() (st style, ok bool) {
	if !p.repaired {
		return st, false
	}
	st.kind = indented
	for i := range p.gaps {
		s := &p.gaps[i]
		if !s.embedded || s.inner || s.next == nil || s.next.Kind() != xmldoc.ElementNode {
			continue
		}
		at := strings.LastIndexByte(s.value, '\n') + 1
		level, indent := s.depth+1, s.value[at:]
		if at == 0 || indent == "" || ok && indent == st.unit {
			continue
		}
		if ok { // the difference to the first one is that of a level
			if unit, deeper := strings.CutPrefix(indent, st.unit); deeper {
				st.outer = max(0, level-len(indent)/len(unit))
				st.unit = unit
				return st, true
			}
			return st, false
		}
		st.unit, st.line, ok = indent, s.value[:at], true
	}
	return style{}, false
}

// variations are the choices beside the main style, as far as they make a
// difference in this part.
func (p *part) variations() (embedded, inner []ranked[style], sides, nested []ranked[around], unwraps []ranked[change]) {
	embedded = []ranked[style]{{style{kind: sameStyle}, 0}}
	inner = embedded
	sides = []ranked[around]{{bothSides, 0}}
	nested = sides
	unwraps = append([]ranked[change]{{}}, p.unwraps()...)
	has := func(f func(s *slot) bool) bool {
		return slices.ContainsFunc(p.gaps, func(s slot) bool { return f(&s) })
	}
	if has(func(s *slot) bool { return s.embedded }) {
		if p.repaired {
			embedded = []ranked[style]{{style{kind: keepGaps}, 0}, {style{kind: sameStyle}, 2}}
		}
		embedded = append(embedded, ranked[style]{style{}, 1}, ranked[style]{style{kind: keepGaps}, 2},
			ranked[style]{style{kind: indented, unit: "  "}, 4}, ranked[style]{style{kind: indented, unit: "    "}, 4})
		for _, outer := range p.depths(func(s *slot) bool { return s.embedded }) {
			embedded = append(embedded, ranked[style]{style{kind: indented, unit: "  ", outer: outer}, 4},
				ranked[style]{style{kind: indented, unit: "    ", outer: outer}, 4})
		}
	}
	if has(func(s *slot) bool { return s.inner }) {
		inner = append(inner, ranked[style]{style{}, 1}, ranked[style]{style{kind: keepGaps}, 1}, ranked[style]{style{kind: xmlseclibs}, 2})
		for i, line := range p.seenIndents() {
			inner = append(inner, ranked[style]{style{kind: santuario, line: line}, 1 + i}, ranked[style]{style{kind: openKeyInfo, line: line}, 1 + i},
				ranked[style]{style{kind: flat, line: line}, 2 + i})
		}
		for _, outer := range p.depths(func(s *slot) bool { return s.inner }) {
			for i, unit := range units[:3] {
				inner = append(inner, ranked[style]{style{kind: indented, unit: unit, outer: outer}, 3 + i})
			}
		}
	}
	if has(func(s *slot) bool { return p.omits(s.next) || p.omits(s.prev) }) {
		sides = append(sides, ranked[around]{afterOnly, 1}, ranked[around]{neither, 1}, ranked[around]{beforeOnly, 2})
	}
	if has(func(s *slot) bool { return p.holds(s.next) || p.holds(s.prev) }) {
		nested = append(nested, ranked[around]{afterOnly, 1}, ranked[around]{neither, 1}, ranked[around]{beforeOnly, 2})
	}
	return embedded, inner, sides, nested, unwraps
}

// depths are the depths of the outermost elements whose gaps are so, two at most.
func (p *part) depths(so func(s *slot) bool) []int {
	var list []int
	for i := range p.gaps {
		if s := &p.gaps[i]; so(s) && !slices.Contains(list, s.depth) {
			if list = append(list, s.depth); len(list) == 2 {
				break
			}
			for i+1 < len(p.gaps) && so(&p.gaps[i+1]) {
				i++
			}
		}
	}
	return list
}

// seenIndents are the line breaks with indentation that are left around texts in
// signatures, because whoever wrote those wrote the same between the elements, and
// then the usual ones.
func (p *part) seenIndents() []string {
	var list []string
	add := func(blanks string) {
		if at := strings.LastIndexByte(blanks, '\n'); at >= 0 && len(list) < 3 {
			if at > 0 && blanks[at-1] == '\r' {
				at--
			}
			if !slices.Contains(list, blanks[at:]) {
				list = append(list, blanks[at:])
			}
		}
	}
	for i := range p.values {
		if s := &p.values[i]; s.inner && s.attr == nil {
			add(s.value[:len(s.value)-len(strings.TrimLeft(s.value, blankChars))])
			add(s.value[len(strings.TrimRight(s.value, blankChars)):])
		}
	}
	for _, line := range []string{"\n", "\r\n"} {
		if !slices.Contains(list, line) {
			list = append(list, line)
		}
	}
	return list
}

// layoutsLikely are the layouts to try early, and layoutsMore the rest.
func (p *part) layoutsLikely() iter.Seq[hypothesis] { return p.layouts(0, 3) }

// layoutsFirst are the few to undo before other damages: mostly that nothing
// stood between the elements.
func (p *part) layoutsFirst() iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		n := 0
		for h := range p.layouts(0, 2) {
			if len(h.edits) == 0 {
				continue
			}
			if n++; n > 6 || !yield(h) {
				return
			}
		}
	}
}

func (p *part) layoutsMore() iter.Seq[hypothesis] { return p.layouts(3, 9) }
