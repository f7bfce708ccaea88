package schema

import "slices"

// An automaton is a content model made ready for matching: the position
// automaton (Glushkov's construction) of its syntax tree. XML Schema demands
// that content models be deterministic (Unique Particle Attribution), so that
// each element takes one step.
//
// State 0 is the start; state i+1 means that particle i was matched last.
type automaton struct {
	particles []particle
	follow    [][]int // by state: the particles that may come next, in the model's order
	accepting []bool  // by state
}

// start is the state before the first element.
const start = 0

// state is where a match of particle p leads.
func state(p int) int { return p + 1 }

// compile builds the automaton of a content model.
func compile(syntax *term) *automaton {
	a := &automaton{follow: make([][]int, 1)}
	root := a.build(syntax)
	a.follow[start] = root.first
	a.accepting = make([]bool, len(a.particles)+1)
	a.accepting[start] = root.nullable
	for _, p := range root.last {
		a.accepting[state(p)] = true
	}
	for _, particles := range a.follow {
		slices.Sort(particles)
	}
	return a
}

// A fragment is what Glushkov's construction knows of a part of the model.
type fragment struct {
	nullable    bool
	first, last []int // particles
}

func (a *automaton) build(t *term) fragment {
	var f fragment
	switch t.operator {
	case 0:
		p := len(a.particles)
		a.particles = append(a.particles, t.leaf)
		a.follow = append(a.follow, nil)
		f = fragment{first: []int{p}, last: []int{p}}
	case ',':
		f.nullable = true
		for _, part := range t.terms {
			next := a.build(part)
			a.link(f.last, next.first)
			if f.nullable {
				f.first = append(f.first, next.first...)
			}
			if next.nullable {
				f.last = append(f.last, next.last...)
			} else {
				f.last = next.last
			}
			f.nullable = f.nullable && next.nullable
		}
	case '|':
		for _, part := range t.terms {
			next := a.build(part)
			f.first = append(f.first, next.first...)
			f.last = append(f.last, next.last...)
			f.nullable = f.nullable || next.nullable
		}
	}
	if t.occurs == '*' || t.occurs == '+' {
		a.link(f.last, f.first)
	}
	if t.occurs == '?' || t.occurs == '*' {
		f.nullable = true
	}
	return f
}

func (a *automaton) link(from, to []int) {
	for _, p := range from {
		for _, q := range to {
			if !slices.Contains(a.follow[state(p)], q) {
				a.follow[state(p)] = append(a.follow[state(p)], q)
			}
		}
	}
}

// next returns the particle that an element named name matches in state s; -1
// when it matches none.
func (a *automaton) next(s int, name expandedName) int {
	for _, p := range a.follow[s] {
		if a.particles[p].matches(name) {
			return p
		}
	}
	return -1
}

func (p *particle) matches(name expandedName) bool {
	if p.element != nil {
		return p.element.name == name
	}
	return p.wildcard.allows(name.space)
}

// find returns the first particle of the whole model for which match is true;
// -1 when there is none.
func (a *automaton) find(match func(p int) bool) int {
	for p := range a.particles {
		if match(p) {
			return p
		}
	}
	return -1
}

// path returns the fewest particles that would have to be matched, from state s
// on, to match one that goal accepts, which is the last of them; nil when none
// can be reached.
func (a *automaton) path(s int, goal func(p int) bool) []int {
	const unseen, none = -2, -1
	from := make([]int, len(a.particles))
	for i := range from {
		from[i] = unseen
	}
	var queue []int
	for previous := none; ; previous, queue = queue[0], queue[1:] {
		if previous != none {
			s = state(previous)
		}
		for _, p := range a.follow[s] {
			if from[p] != unseen {
				continue
			}
			from[p] = previous
			if goal(p) {
				path := []int{p}
				for p = from[p]; p != none; p = from[p] {
					path = append(path, p)
				}
				slices.Reverse(path)
				return path
			}
			queue = append(queue, p)
		}
		if len(queue) == 0 {
			return nil
		}
	}
}

// reaches reports whether particle q can be matched some time after p.
func (a *automaton) reaches(p, q int) bool {
	return a.path(state(p), func(r int) bool { return r == q }) != nil
}

// toAccept returns the fewest particles that would have to be matched, from
// state s on, for the content to be complete; nil when it is.
func (a *automaton) toAccept(s int) []int {
	if a.accepting[s] {
		return nil
	}
	return a.path(s, func(p int) bool { return a.accepting[state(p)] })
}
