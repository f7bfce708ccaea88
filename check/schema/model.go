package schema

import (
	"slices"
	"strings"
	"sync"
)

// The namespaces that are declared here.
const (
	assertionNamespace  = "urn:oasis:names:tc:SAML:2.0:assertion"
	protocolNamespace   = "urn:oasis:names:tc:SAML:2.0:protocol"
	metadataNamespace   = "urn:oasis:names:tc:SAML:2.0:metadata"
	signatureNamespace  = "http://www.w3.org/2000/09/xmldsig#"
	encryptionNamespace = "http://www.w3.org/2001/04/xmlenc#"
	schemaNamespace     = "http://www.w3.org/2001/XMLSchema"
	instanceNamespace   = "http://www.w3.org/2001/XMLSchema-instance"
	xmlNamespace        = "http://www.w3.org/XML/1998/namespace"
)

// declarations is the table of one namespace; notation.go explains its strings.
type declarations struct {
	space    string
	elements string
	types    []typeDeclaration
}

// A typeDeclaration is one entry of a table. Without extends or restricts it is
// derived from anyType; one that extends a simple type has text as its content.
type typeDeclaration struct {
	name       string
	extends    string
	restricts  string
	content    string
	attributes string
	mixed      bool // text may stand between the elements
	abstract   bool // an element needs xsi:type to say which derived type it is of
	oneOf      []string
	maxLength  int
	listOf     string
}

type expandedName struct{ space, local string }

// A schemaSet is everything declared, ready for use.
type schemaSet struct {
	elements   map[expandedName]*elementDeclaration
	types      map[expandedName]*typeDefinition
	attributes map[string]*datatype // of the xml namespace
	anyType    *typeDefinition
}

type elementDeclaration struct {
	name     expandedName
	typ      *typeDefinition
	nillable bool
}

type contentKind uint8

const (
	emptyContent contentKind = iota
	textContent
	elementContent
	mixedContent
	anyContent // anyType: whatever is declared is checked
)

// A typeDefinition is a simple or a complex type.
type typeDefinition struct {
	name     expandedName
	base     *typeDefinition // nil only for anyType
	simple   bool
	abstract bool
	content  contentKind
	value    *datatype  // of textContent
	syntax   *term      // of elementContent and mixedContent
	model    *automaton // compiled from syntax

	attributes []attributeUse
	wildcard   wildcard // further attributes
	hasID      bool     // one of attributes is an ID
}

type attributeUse struct {
	name     expandedName
	value    *datatype
	required bool
}

// derivesFrom reports whether t is base or derived from it.
func (t *typeDefinition) derivesFrom(base *typeDefinition) bool {
	for ; t != nil; t = t.base {
		if t == base {
			return true
		}
	}
	return false
}

// schemas compiles the tables once, when they are first needed.
var schemas = sync.OnceValue(func() *schemaSet {
	b := &builder{
		set: &schemaSet{
			elements: make(map[expandedName]*elementDeclaration),
			types:    make(map[expandedName]*typeDefinition),
		},
		prefixes: map[string]string{
			"saml": assertionNamespace, "ds": signatureNamespace, "xenc": encryptionNamespace,
		},
	}
	b.addBuiltins()
	tables := []declarations{
		signatureSchema(), encryptionSchema(), assertionSchema(), protocolSchema(), metadataSchema(),
	}
	b.declare(tables)
	for _, table := range tables {
		for i := range table.types {
			b.define(table.space, &table.types[i])
		}
	}
	for _, e := range b.set.elements {
		b.element(e.name.space, e.name.local) // panics when its type is missing
	}
	for _, t := range b.set.types {
		if t.syntax != nil {
			t.model = compile(t.syntax)
		}
	}
	return b.set
})

// A builder turns tables into a schemaSet.
type builder struct {
	set      *schemaSet
	prefixes map[string]string
	pending  map[expandedName]*typeDeclaration
}

func (b *builder) addBuiltins() {
	b.set.anyType = &typeDefinition{
		name: expandedName{schemaNamespace, "anyType"}, content: anyContent,
		wildcard: wildcard{kind: anyNamespace},
	}
	b.set.types[b.set.anyType.name] = b.set.anyType
	for _, entry := range builtins() {
		value := entry.datatype
		if entry.listOf != "" {
			value.item = b.builtin(entry.listOf).value
			value.what = "a list of " + entry.listOf + " values"
		}
		t := &typeDefinition{
			name: expandedName{schemaNamespace, entry.name}, base: b.builtin(entry.base),
			simple: true, content: textContent, value: &value,
		}
		b.set.types[t.name] = t
	}
	b.set.attributes = globalAttributes(b.set.types)
}

func (b *builder) builtin(name string) *typeDefinition {
	return b.set.types[expandedName{schemaNamespace, name}]
}

// declare makes every name known, so that tables may refer to each other.
func (b *builder) declare(tables []declarations) {
	b.pending = make(map[expandedName]*typeDeclaration)
	for _, table := range tables {
		for i := range table.types {
			name := expandedName{table.space, table.types[i].name}
			b.pending[name] = &table.types[i]
			b.set.types[name] = &typeDefinition{name: name}
		}
	}
	for _, table := range tables {
		for line := range strings.Lines(table.elements) {
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			name := expandedName{table.space, words[0]}
			b.set.elements[name] = &elementDeclaration{
				name: name, typ: b.typeNamed(table.space, words[1]), nillable: slices.Contains(words[2:], "nillable"),
			}
		}
	}
}

// define fills in the type that d declares, after its base.
func (b *builder) define(space string, d *typeDeclaration) {
	name := expandedName{space, d.name}
	if b.pending[name] == nil {
		return
	}
	delete(b.pending, name)
	t := b.set.types[name]
	t.abstract = d.abstract
	t.base = b.set.anyType
	if parent := d.extends + d.restricts; parent != "" {
		t.base = b.typeNamed(space, parent)
		if declared := b.pending[t.base.name]; declared != nil {
			b.define(t.base.name.space, declared)
		}
	}
	switch {
	case d.listOf != "":
		t.base = b.builtin("anySimpleType")
		item := b.typeNamed(space, d.listOf).value
		t.simple, t.content = true, textContent
		t.value = &datatype{item: item, what: "a list, separated by blanks, in which each item is " + item.what}
		return
	case d.restricts != "" && t.base.simple:
		value := *t.base.value
		if len(d.oneOf) > 0 {
			value.oneOf = d.oneOf
			value.what = anyOf(quoteAll(d.oneOf))
		}
		if d.maxLength > 0 {
			value.maxLength = d.maxLength
			value.what += " of at most 1,024 characters"
		}
		t.simple, t.content, t.value = true, textContent, &value
		return
	}
	b.defineComplex(t, d)
}

func (b *builder) defineComplex(t *typeDefinition, d *typeDeclaration) {
	space := t.name.space
	t.attributes = slices.Clone(t.base.attributes)
	if d.extends != "" {
		t.content, t.value, t.syntax, t.wildcard = t.base.content, t.base.value, t.base.syntax, t.base.wildcard
	}
	if d.content != "" {
		p := &modelParser{input: d.content, builder: b, space: space}
		syntax := p.group()
		if p.skipBlanks(); p.input != "" {
			p.fail()
		}
		if t.syntax != nil {
			syntax = &term{operator: ',', terms: []*term{t.syntax, syntax}}
		}
		t.syntax = syntax
		t.content = elementContent
		if d.mixed {
			t.content = mixedContent
		}
	}
	for entry := range strings.SplitSeq(d.attributes, ";") {
		entry, required := strings.CutSuffix(strings.TrimSpace(entry), "!")
		name, typ, _ := strings.Cut(entry, " ")
		kind, argument, _ := strings.Cut(strings.TrimSuffix(name, ")"), "(")
		if w, ok := b.wildcard(space, kind, argument); ok {
			t.wildcard = w
			continue
		}
		switch {
		case name == "":
		case typ == "":
			local := strings.TrimPrefix(name, "xml:")
			t.attributes = append(t.attributes, attributeUse{
				name: expandedName{xmlNamespace, local}, value: b.set.attributes[local], required: required,
			})
		default:
			use := b.typeNamed(space, typ)
			if declared := b.pending[use.name]; declared != nil {
				b.define(use.name.space, declared)
			}
			t.attributes = append(t.attributes, attributeUse{
				name: expandedName{"", name}, value: use.value, required: required,
			})
		}
	}
	t.hasID = slices.ContainsFunc(t.attributes, func(use attributeUse) bool { return use.value.isID })
}

// wildcard reads kind(mode) as a wildcard in the table of namespace space.
func (b *builder) wildcard(space, kind, mode string) (wildcard, bool) {
	if mode == "" {
		return wildcard{}, false
	}
	w := wildcard{space: space, strict: mode == "strict"}
	switch kind {
	case "any":
		w.kind = anyNamespace
	case "other":
		w.kind = otherNamespace
	case "xml":
		w.kind, w.space = onlyNamespace, xmlNamespace
	default:
		return wildcard{}, false
	}
	return w, true
}

func (b *builder) expand(space, name string) expandedName {
	if prefix, local, ok := strings.Cut(name, ":"); ok {
		return expandedName{b.prefixes[prefix], local}
	}
	return expandedName{space, name}
}

func (b *builder) element(space, name string) *elementDeclaration {
	e := b.set.elements[b.expand(space, name)]
	if e == nil || e.typ == nil {
		panic("schema: element " + name + " is not declared")
	}
	return e
}

func (b *builder) typeNamed(space, name string) *typeDefinition {
	if t := b.set.types[b.expand(space, name)]; t != nil {
		return t
	}
	t := b.builtin(name)
	if t == nil {
		panic("schema: type " + name + " is not declared")
	}
	return t
}
