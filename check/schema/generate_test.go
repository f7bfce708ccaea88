package schema

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// An element is a tree that can be changed, for making documents.
type element struct {
	name     string // with one of the prefixes below
	attrs    [][2]string
	children []any // *element, or string: markup to be written as it is
}

// prefixes are declared on every root.
var prefixes = []struct{ prefix, space string }{
	{"saml", assertionNamespace},
	{"samlp", protocolNamespace},
	{"md", metadataNamespace},
	{"ds", signatureNamespace},
	{"xenc", encryptionNamespace},
	{"xs", schemaNamespace},
	{"xsi", instanceNamespace},
	{"ext", "urn:example:extension"},
}

func qualified(name expandedName) string {
	for _, p := range prefixes {
		if p.space == name.space {
			return p.prefix + ":" + name.local
		}
	}
	return name.local
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\t", "&#9;", "\r", "&#13;")

func (e *element) document() string {
	var b strings.Builder
	e.write(&b, true)
	return b.String()
}

func (e *element) write(b *strings.Builder, root bool) {
	b.WriteString("<" + e.name)
	if root {
		for _, p := range prefixes {
			fmt.Fprintf(b, " xmlns:%s=%q", p.prefix, p.space)
		}
	}
	for _, a := range e.attrs {
		fmt.Fprintf(b, ` %s="%s"`, a[0], escaper.Replace(a[1]))
	}
	b.WriteString(">")
	for _, c := range e.children {
		switch c := c.(type) {
		case *element:
			c.write(b, false)
		case string:
			b.WriteString(c)
		}
	}
	b.WriteString("</" + e.name + ">")
}

func (e *element) attr(name string) *[2]string {
	for i := range e.attrs {
		if e.attrs[i][0] == name {
			return &e.attrs[i]
		}
	}
	return nil
}

func (e *element) set(name, value string) {
	if a := e.attr(name); a != nil {
		a[1] = value
		return
	}
	e.attrs = append(e.attrs, [2]string{name, value})
}

// all lists e and the elements below it.
func (e *element) all() []*element {
	list := []*element{e}
	for _, c := range e.children {
		if c, ok := c.(*element); ok {
			list = append(list, c.all()...)
		}
	}
	return list
}

func (e *element) clone() *element {
	c := &element{name: e.name, attrs: slices.Clone(e.attrs)}
	for _, child := range e.children {
		if below, ok := child.(*element); ok {
			child = below.clone()
		}
		c.children = append(c.children, child)
	}
	return c
}

// fromXML makes a tree of a document.
func fromXML(n *xmldoc.Node) *element {
	name := n.Name()
	e := &element{name: qualified(expandedName{name.Space, name.Local})}
	for _, a := range n.Attrs() {
		e.attrs = append(e.attrs, [2]string{a.Name.String(), a.Value})
	}
	for c := range n.Children() {
		switch c.Kind() {
		case xmldoc.ElementNode:
			e.children = append(e.children, fromXML(c))
		case xmldoc.TextNode:
			e.children = append(e.children, escaper.Replace(c.Value()))
		}
	}
	return e
}

// A generator makes documents at random, the same ones for the same seed.
type generator struct {
	random   *rand.Rand
	set      *schemaSet
	elements []*elementDeclaration // sorted
	types    []*typeDefinition     // sorted
	ids      int
}

func newGenerator(seed uint64) *generator {
	byName := func(a, b expandedName) int {
		return cmp.Or(strings.Compare(a.space, b.space), strings.Compare(a.local, b.local))
	}
	set := schemas()
	return &generator{
		random: rand.New(rand.NewPCG(seed, 0)),
		set:    set,
		elements: slices.SortedFunc(maps.Values(set.elements), func(a, b *elementDeclaration) int {
			return byName(a.name, b.name)
		}),
		types: slices.SortedFunc(maps.Values(set.types), func(a, b *typeDefinition) int {
			return byName(a.name, b.name)
		}),
	}
}

func pick[T any](g *generator, from []T) T { return from[g.random.IntN(len(from))] }

func (g *generator) chance(percent int) bool { return g.random.IntN(100) < percent }

// make makes a valid element, as small as it can below some depth.
func (g *generator) make(declared *elementDeclaration, depth int) *element {
	e := &element{name: qualified(declared.name)}
	t := declared.typ
	if t.content == anyContent && g.chance(50) {
		t = g.types[g.random.IntN(len(g.types))]
		for t.abstract || strings.HasPrefix(t.name.local, "#") || t.name.local == "ENTITY" || t.name.local == "NOTATION" {
			t = pick(g, g.types)
		}
		e.set("xsi:type", qualified(t.name))
	} else if t.abstract || g.chance(3) {
		var derived []*typeDefinition
		for _, candidate := range g.types {
			if candidate.derivesFrom(t) && !candidate.abstract {
				derived = append(derived, candidate)
			}
		}
		if len(derived) > 0 {
			t = pick(g, derived)
			e.set("xsi:type", qualified(t.name))
		}
	}
	if declared.nillable && g.chance(5) {
		e.set("xsi:nil", "true")
		return e
	}
	g.fill(e, t, depth)
	return e
}

func (g *generator) fill(e *element, t *typeDefinition, depth int) {
	for _, use := range t.attributes {
		if use.required || g.chance(40) {
			name := use.name.local
			if use.name.space == xmlNamespace {
				name = "xml:" + name
			}
			e.set(name, g.value(use.value))
		}
	}
	if t.wildcard.kind == anyNamespace || t.wildcard.kind == otherNamespace {
		if g.chance(10) {
			e.set("ext:hint", "x")
		}
		if g.chance(10) {
			e.set("xml:lang", "en")
		}
	}
	switch t.content {
	case textContent:
		e.children = append(e.children, escaper.Replace(g.value(t.value)))
	case anyContent:
		e.children = append(e.children, "text")
		if depth > 0 && g.chance(50) {
			e.children = append(e.children, g.wild(wildcard{kind: anyNamespace}, depth-1))
		}
	case elementContent, mixedContent:
		g.fillModel(e, t, depth)
	}
}

func (g *generator) fillModel(e *element, t *typeDefinition, depth int) {
	for s := start; ; {
		follow := t.model.follow[s]
		stop := 30
		if depth <= 0 || len(e.children) > 6 {
			stop = 100
		}
		if t.model.accepting[s] && (len(follow) == 0 || g.chance(stop)) {
			return
		}
		p := pick(g, follow)
		if !t.model.accepting[s] && depth <= 0 {
			p = t.model.toAccept(s)[0]
		}
		if element := t.model.particles[p].element; element != nil {
			e.children = append(e.children, g.make(element, depth-1))
		} else {
			e.children = append(e.children, g.wild(t.model.particles[p].wildcard, depth-1))
		}
		if g.chance(20) {
			e.children = append(e.children, pick(g, []string{"\n  ", "<!-- c -->", "<?p i?>", " "}))
		}
		if t.content == mixedContent && g.chance(10) {
			e.children = append(e.children, pick(g, []string{"text", "<![CDATA[c]]>"}))
		}
		s = state(p)
	}
}

// wild makes an element that a wildcard allows.
func (g *generator) wild(w wildcard, depth int) *element {
	if w.strict || depth > 0 && g.chance(50) {
		for {
			if e := pick(g, g.elements); w.allows(e.name.space) && !e.typ.abstract {
				return g.make(e, min(depth, 1))
			}
		}
	}
	return &element{name: "ext:Any", attrs: [][2]string{{"anything", "goes"}}, children: []any{"text"}}
}

// value makes a valid value.
func (g *generator) value(d *datatype) string {
	switch {
	case d.isID:
		g.ids++
		return fmt.Sprintf("_id%d", g.ids)
	case len(d.oneOf) > 0:
		return pick(g, d.oneOf)
	case d.isQName:
		return "xs:string"
	}
	for range 1000 {
		if v := pick(g, lexicals); v == strings.TrimSpace(v) || g.chance(10) {
			if _, ok := d.check(v); ok {
				return v
			}
		}
	}
	return ""
}
