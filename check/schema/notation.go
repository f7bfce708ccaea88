package schema

import (
	"fmt"
	"strings"
)

// The tables of this package (assertion.go, protocol.go, …) say what the SAML
// schemas say, in a shorter notation:
//
//	content     Issuer, ds:Signature?, (Assertion | EncryptedAssertion)*
//
// is a content model as DTDs write them: "," for sequence, "|" for choice, "?",
// "*" and "+" for how often, parentheses to group. A name is a global element of
// the table's own namespace, or of another with its prefix; NAME{TYPE} is an
// element that exists only there. any(lax) stands for an element of any
// namespace, other(lax) for one of any namespace but the table's own and none;
// lax checks it if it is declared, strict demands that it is.
//
//	attributes  ID ID!; Version string!; Destination anyURI; xml:lang!; other(lax)
//
// are attributes with their types; "!" marks required ones. xml:lang has the
// type that the xml namespace gives it. other(lax) and xml(strict) allow further
// attributes, by their namespace.
//
//	elements    Issuer NameIDType
//
// are the global elements with their types, one a line.
//
// A type is of the table's own namespace if it is declared there, else of XML
// Schema.

// A term is a node of a content model's syntax tree.
type term struct {
	operator byte // ',' or '|'; 0 for a leaf
	terms    []*term
	leaf     particle
	occurs   byte // '?', '*', '+' or 0 for once
}

// A particle is a leaf of a content model: an element, or a wildcard when
// element is nil.
type particle struct {
	element  *elementDeclaration
	wildcard wildcard
}

// A wildcard allows elements, or attributes, by their namespace. The zero value
// allows none.
type wildcard struct {
	kind   wildcardKind
	space  string // whose namespace "other" excludes, or "only" demands
	strict bool   // what matches must be declared
}

type wildcardKind uint8

const (
	noWildcard wildcardKind = iota
	anyNamespace
	otherNamespace // neither wildcard.space nor none
	onlyNamespace
)

func (w wildcard) allows(space string) bool {
	switch w.kind {
	case anyNamespace:
		return true
	case otherNamespace:
		return space != w.space && space != ""
	case onlyNamespace:
		return space == w.space
	default:
		return false
	}
}

// A modelParser reads a content model. What it meets is part of this program,
// so that mistakes panic; a test compiles every table.
type modelParser struct {
	input   string
	builder *builder
	space   string
}

func (p *modelParser) fail() {
	panic(fmt.Sprintf("schema: content model does not go on with %q", p.input))
}

func (p *modelParser) skipBlanks() { p.input = strings.TrimLeft(p.input, " \t\n") }

func (p *modelParser) take(c byte) bool {
	p.skipBlanks()
	if p.input == "" || p.input[0] != c {
		return false
	}
	p.input = p.input[1:]
	return true
}

// group reads terms joined by one operator.
func (p *modelParser) group() *term {
	terms := []*term{p.item()}
	var operator byte
	for {
		switch {
		case operator != '|' && p.take(','):
			operator = ','
		case operator != ',' && p.take('|'):
			operator = '|'
		case len(terms) == 1:
			return terms[0]
		default:
			return &term{operator: operator, terms: terms}
		}
		terms = append(terms, p.item())
	}
}

func (p *modelParser) item() *term {
	var t *term
	if p.take('(') {
		inner := p.group()
		if !p.take(')') {
			p.fail()
		}
		t = &term{operator: ',', terms: []*term{inner}}
	} else {
		t = &term{leaf: p.leaf()}
	}
	for _, c := range []byte("?*+") {
		if p.take(c) {
			t.occurs = c
			break
		}
	}
	return t
}

func (p *modelParser) leaf() particle {
	name := p.word()
	if w, ok := p.builder.wildcard(p.space, name, p.argument('(', ')')); ok {
		return particle{wildcard: w}
	}
	if local := p.argument('{', '}'); local != "" {
		return particle{element: &elementDeclaration{
			name: expandedName{p.space, name}, typ: p.builder.typeNamed(p.space, local),
		}}
	}
	return particle{element: p.builder.element(p.space, name)}
}

func (p *modelParser) word() string {
	p.skipBlanks()
	end := strings.IndexAny(p.input+",", ",|?*+(){} \t\n")
	if end == 0 {
		p.fail()
	}
	word := p.input[:end]
	p.input = p.input[end:]
	return word
}

// argument reads what stands in brackets, when a bracket comes next.
func (p *modelParser) argument(opening, closing byte) string {
	if !strings.HasPrefix(p.input, string(opening)) {
		return ""
	}
	argument, rest, ok := strings.Cut(p.input[1:], string(closing))
	if !ok {
		p.fail()
	}
	p.input = rest
	return argument
}
