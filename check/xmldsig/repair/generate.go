package repair

import (
	"iter"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// change is what a damage is undone by: the value that a slot had.
type change func(s *slot) string

// of makes a change of one that looks at the value alone.
func of(f func(v string) string) change {
	return func(s *slot) string { return f(s.value) }
}

// whole tries each change on all values at once, and on those alone that are
// outside of signatures: whoever edits what people read leaves those alone.
func (p *part) whole(slots []slot, changes ...change) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		for _, f := range changes {
			if !p.spend(2, slots) || !yield(hypothesis{edits: p.rewrite(slots, f)}) || !yield(hypothesis{edits: p.rewrite(slots, readable(f))}) {
				return
			}
		}
	}
}

// readable limits a change to the texts of elements outside of signatures.
func readable(f change) change {
	return func(s *slot) string {
		if s.attr != nil || s.inner {
			return s.value
		}
		return f(s)
	}
}

// some tries a change on some of the texts, where there are few enough to try
// every choice: others may have had such characters when they were signed.
func (p *part) some(f change) iter.Seq[hypothesis] {
	const most = 5
	return func(yield func(hypothesis) bool) {
		f := readable(f)
		var able []*slot
		var values []string
		for i := range p.values {
			if v := f(&p.values[i]); v != p.values[i].value {
				able, values = append(able, &p.values[i]), append(values, v)
			}
		}
		if len(able) < 2 || len(able) > most {
			return
		}
		for choice := range 1 << len(able) {
			var edits []edit
			for i, s := range able {
				if choice>>i&1 == 1 {
					edits = p.set(edits, s, values[i])
				}
			}
			if !yield(hypothesis{edits: edits}) {
				return
			}
		}
	}
}

// places tries each change on one slot after the other.
func (p *part) places(slots []slot, changes ...change) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		for _, f := range changes {
			if !p.spend(1, slots) {
				return
			}
			for i := range slots {
				if v := f(&slots[i]); v != slots[i].value && !yield(p.one(&slots[i], v)) {
					return
				}
			}
		}
	}
}

// variants tries every value that f has for one slot after the other.
func (p *part) variants(slots []slot, f func(s *slot) iter.Seq[string]) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		for i := range slots {
			for v := range f(&slots[i]) {
				if !p.spend(1, slots[i:i+1]) {
					return
				}
				if v != slots[i].value && !yield(p.one(&slots[i], v)) {
					return
				}
			}
		}
	}
}

// twice tries two of the changes that f has for one slot each, in two slots at
// once.
func (p *part) twice(slots []slot, f func(s *slot) iter.Seq[string]) iter.Seq[hypothesis] {
	const most = 12 // slots
	return func(yield func(hypothesis) bool) {
		var able []*slot
		var values [][]string
		for i := range slots {
			if v := slices.Collect(f(&slots[i])); len(v) > 0 && len(able) < most {
				able, values = append(able, &slots[i]), append(values, v)
			}
		}
		for i, a := range able {
			for j, b := range able[:i] {
				for _, v := range values[i] {
					for _, w := range values[j] {
						if !yield(hypothesis{edits: p.set(p.set(nil, b, w), a, v)}) {
							return
						}
					}
				}
			}
		}
	}
}

// one is the hypothesis that s had the value v.
func (p *part) one(s *slot, v string) hypothesis { return hypothesis{edits: p.set(nil, s, v)} }

// concat is the sequences one after the other.
func concat[T any](seqs ...iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, seq := range seqs {
			for v := range seq {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// replaced yields s with one occurrence of old after the other replaced.
func replaced(s, old, with string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := 0; ; {
			i := strings.Index(s[at:], old)
			if i < 0 {
				return
			}
			at += i
			if !yield(s[:at] + with + s[at+len(old):]) {
				return
			}
			at += len(old)
		}
	}
}

// chosen yields s with some occurrences of old replaced: one after the other,
// then every choice where there are few.
func chosen(s, old, with string) iter.Seq[string] {
	const most = 5
	n := strings.Count(s, old)
	if n < 2 || n > most {
		return replaced(s, old, with)
	}
	return concat(replaced(s, old, with), func(yield func(string) bool) {
		parts := strings.Split(s, old)
		for choice := range 1 << n {
			var b strings.Builder
			b.WriteString(parts[0])
			for i, part := range parts[1:] {
				if choice>>i&1 == 1 {
					b.WriteString(with)
				} else {
					b.WriteString(old)
				}
				b.WriteString(part)
			}
			if !yield(b.String()) {
				return
			}
		}
	})
}

// copies are the values that stand anywhere in the document, signed or not: what
// was damaged in one place may be whole in another.
func (p *part) copies() []string {
	if p.others != nil {
		return p.others
	}
	seen := map[string]bool{}
	add := func(v string) {
		if v != "" && len(v) <= maxCopy && len(p.others) < maxCopies && !seen[v] {
			seen[v] = true
			p.others = append(p.others, v)
		}
	}
	for n := range p.doc.Root().Descendants() {
		switch n.Kind() {
		case xmldoc.ElementNode:
			for _, a := range n.Attrs() {
				add(a.Value)
			}
		case xmldoc.TextNode, xmldoc.CDATANode:
			if !blankOnly(n.Value()) {
				add(n.Value())
			}
		}
	}
	return p.others
}

// Values beyond these are not looked at as copies.
const (
	maxCopy   = 1 << 10
	maxCopies = 1 << 10
)
