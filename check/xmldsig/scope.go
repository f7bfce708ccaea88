package xmldsig

import "slices"

// scope is a stack of namespace bindings, one frame an element. A look-up costs
// a few comparisons while few prefixes are bound, as in every honest message,
// and a map look-up beyond, so that many prefixes cost no more than their number.
type scope struct {
	bindings []binding
	frames   []int // len(bindings) at each push
	index    map[string]int
}

type binding struct {
	prefix, uri string
	shadowed    int // the binding of the same prefix that this one hides; -1: none
}

const smallScope = 12

func (s *scope) push() { s.frames = append(s.frames, len(s.bindings)) }

func (s *scope) pop() {
	keep := s.frames[len(s.frames)-1]
	s.frames = s.frames[:len(s.frames)-1]
	if s.index != nil {
		for i := len(s.bindings) - 1; i >= keep; i-- {
			if b := s.bindings[i]; b.shadowed >= 0 {
				s.index[b.prefix] = b.shadowed
			} else {
				delete(s.index, b.prefix)
			}
		}
	}
	s.bindings = s.bindings[:keep]
}

func (s *scope) find(prefix string) int {
	if s.index != nil {
		if i, ok := s.index[prefix]; ok {
			return i
		}
		return -1
	}
	for i := range slices.Backward(s.bindings) {
		if s.bindings[i].prefix == prefix {
			return i
		}
	}
	return -1
}

// has reports whether prefix is bound to uri. The empty prefix is bound to ""
// from the start: there is no default namespace.
func (s *scope) has(prefix, uri string) bool {
	if i := s.find(prefix); i >= 0 {
		return s.bindings[i].uri == uri
	}
	return prefix == "" && uri == ""
}

func (s *scope) bind(prefix, uri string) {
	s.bindings = append(s.bindings, binding{prefix, uri, s.find(prefix)})
	if s.index != nil {
		s.index[prefix] = len(s.bindings) - 1
	} else if len(s.bindings) > smallScope {
		s.index = map[string]int{}
		for i, b := range s.bindings {
			s.index[b.prefix] = i
		}
	}
}
