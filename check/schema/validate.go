package schema

import (
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Validate checks root, which any schema of this package may declare, and
// everything below it, and returns what deviates from the schemas, in document
// order, at most [MaxViolations]. It returns nothing for a valid document and
// for a nil root.
//
// Of a document that was cut off, an element that is still open is not accused
// of lacking what may have followed; all that was read is checked. An element in
// whose start tag the input ends is passed over, for even its namespace may not
// be known yet.
func Validate(root *xmldoc.Node) []Violation {
	if root == nil || isPartial(root) {
		return nil
	}
	v := &validator{set: schemas()}
	name := nameOf(root)
	if declared := v.set.elements[name]; declared != nil {
		v.enter(root, declared, nil)
	} else {
		v.unknownRoot(root, name)
	}
	for len(v.frames) > 0 && len(v.violations) < MaxViolations {
		v.step()
	}
	slices.SortStableFunc(v.violations, func(a, b Violation) int {
		return place(a.Node) - place(b.Node)
	})
	return v.violations
}

// isPartial reports whether reading stopped inside the start tag of n.
func isPartial(n *xmldoc.Node) bool {
	if n.Closed() || n.FirstChild() != nil {
		return false
	}
	var quotation rune
	for _, r := range n.Source() {
		switch {
		case quotation != 0:
			if r == quotation {
				quotation = 0
			}
		case r == '"' || r == '\'':
			quotation = r
		case r == '>':
			return false
		}
	}
	return true
}

func place(n *xmldoc.Node) int {
	start, _ := n.Range()
	return start
}

func nameOf(n *xmldoc.Node) expandedName {
	name := n.Name()
	return expandedName{name.Space, name.Local}
}

// A validator holds the elements that are being checked, outermost first, so
// that depth costs memory and never stack.
type validator struct {
	set        *schemaSet
	frames     []frame
	ids        map[string]*xmldoc.Node
	violations []Violation
}

// A frame is an element whose content is being checked.
type frame struct {
	node   *xmldoc.Node
	typ    *typeDefinition
	next   *xmldoc.Node // the child to look at next
	state  int          // of typ.model
	nilled bool         // by xsi:nil, and so must be empty
	faults *faults      // what was reported about the content; nil before the first
}

// faults keeps one mistake from being reported more than once.
type faults struct {
	text     bool           // about text
	child    bool           // about a child where there can be none
	names    []expandedName // children that are not in the model at all
	late     []int          // particles whose element came too late
	owed     []expandedName // children that come later than they should, already reported
	stuck    int            // the state in which a child was reported that was not in the model
	hasStuck bool
}

func (f *frame) blame() *faults {
	if f.faults == nil {
		f.faults = &faults{}
	}
	return f.faults
}

func (v *validator) report(violation Violation) {
	if len(v.violations) < MaxViolations {
		v.violations = append(v.violations, violation)
	}
}

// step checks one child of the innermost element, or leaves that element.
func (v *validator) step() {
	f := &v.frames[len(v.frames)-1]
	child := f.next
	if child == nil {
		v.leave(f)
		v.frames = v.frames[:len(v.frames)-1]
		return
	}
	f.next = child.Next()
	switch child.Kind() {
	case xmldoc.ElementNode:
		if !isPartial(child) {
			v.child(f, child)
		}
	case xmldoc.TextNode, xmldoc.CDATANode:
		v.text(f, child)
	}
}

// enter begins to check the element n, whose declaration is declared, or nil
// where it is only laxly assessed; then typ is its type.
func (v *validator) enter(n *xmldoc.Node, declared *elementDeclaration, typ *typeDefinition) {
	f := frame{node: n, typ: typ, next: n.FirstChild()}
	usable := true
	if declared != nil {
		f.typ = declared.typ
		f.nilled = v.nilled(n, declared)
	}
	if attr := n.Attr(instanceNamespace, "type"); attr != nil {
		var named *typeDefinition
		if named, usable = v.namedType(n, attr, declared); named != nil {
			f.typ = named
		}
	}
	if f.typ.abstract {
		if usable {
			v.abstract(n, f.typ)
		}
		return
	}
	v.attributes(n, f.typ)
	v.frames = append(v.frames, f)
}

// nilled reads xsi:nil on n.
func (v *validator) nilled(n *xmldoc.Node, declared *elementDeclaration) bool {
	attr := n.Attr(instanceNamespace, "nil")
	if attr == nil {
		return false
	}
	boolean := v.set.types[expandedName{schemaNamespace, "boolean"}].value
	if problem, ok := boolean.check(attr.Value); !ok {
		v.report(Violation{
			Node: n, Attr: attr, Reason: ReasonInvalidValue, Actual: attr.Value,
			Message: invalidValue("Attribute "+quote(attr.Name.String())+" of "+tag(n), boolean, attr.Value, problem),
		})
		return false
	}
	if !declared.nillable {
		v.report(Violation{
			Node: n, Attr: attr, Reason: ReasonNotNillable, Actual: attr.Value,
			Message: "Attribute " + quote(attr.Name.String()) + " is not allowed on " + tag(n) + ", which cannot be nil.",
		})
		return false
	}
	value := trimBlanks(attr.Value)
	return value == "true" || value == "1"
}

// namedType finds the type that xsi:type names. It reports what is wrong with
// it, and then ok is false.
func (v *validator) namedType(n *xmldoc.Node, attr *xmldoc.Attr, declared *elementDeclaration) (t *typeDefinition, ok bool) {
	subject := "Attribute " + quote(attr.Name.String()) + " of " + tag(n)
	fail := func(reason, message string) {
		v.report(Violation{Node: n, Attr: attr, Reason: reason, Message: message, Actual: attr.Value})
	}
	if !isQName(trimBlanks(attr.Value)) {
		fail(ReasonInvalidValue, subject+" must be the name of a type such as \"xs:string\"; found "+quote(attr.Value)+".")
		return nil, false
	}
	space, bound := resolvePrefix(n, attr.Value)
	if !bound {
		prefix, _, _ := strings.Cut(attr.Value, ":")
		fail(ReasonInvalidValue, subject+" is "+quote(attr.Value)+", but the prefix "+quote(prefix)+" is not declared here.")
		return nil, false
	}
	local := attr.Value[strings.IndexByte(attr.Value, ':')+1:]
	t = v.set.types[expandedName{space, local}]
	switch {
	case t == nil && trimBlanks(attr.Value) != attr.Value:
		fail(ReasonInvalidValue, subject+" is "+quote(attr.Value)+", but blanks around the name are not allowed.")
		return nil, false
	case t == nil:
		fail(ReasonUnknownType, subject+" is "+quote(attr.Value)+", but "+namespaceName(space)+" has no type "+
			quote(local)+" that the SAML schemas know.")
		return nil, false
	case declared != nil && !t.derivesFrom(declared.typ):
		fail(ReasonWrongType, subject+" is "+quote(attr.Value)+", but the type must be "+
			quote(declared.typ.name.local)+" or one derived from it.")
		return nil, false
	}
	return t, true
}

// resolvePrefix finds the namespace of a QName. As in libxml2 a blank before the
// name counts as part of the prefix.
func resolvePrefix(n *xmldoc.Node, qname string) (space string, ok bool) {
	prefix, _, found := strings.Cut(qname, ":")
	if !found {
		space, _ = n.LookupNamespace("")
		return space, true
	}
	if prefix == "xmlns" {
		return "", false
	}
	return n.LookupNamespace(prefix)
}

func (v *validator) abstract(n *xmldoc.Node, t *typeDefinition) {
	var derived []string
	for _, candidate := range v.set.types {
		if candidate != t && !candidate.abstract && candidate.derivesFrom(t) {
			derived = append(derived, candidate.name.local)
		}
	}
	slices.Sort(derived)
	message := tag(n) + " must say by an attribute \"xsi:type\" which kind it is"
	if len(derived) > 0 {
		message += ", such as " + anyOf(quoteAll(derived))
	}
	v.report(Violation{Node: n, Reason: ReasonAbstractType, Message: message + ".", Expected: derived})
}

// leave checks what can only be known at the end of an element.
func (v *validator) leave(f *frame) {
	if f.nilled || !f.node.Closed() {
		return
	}
	switch f.typ.content {
	case textContent:
		if f.faults == nil {
			v.value(f.node, f.typ.value)
		}
	case elementContent, mixedContent:
		v.incomplete(f)
	}
}

// value checks the text of n.
func (v *validator) value(n *xmldoc.Node, d *datatype) {
	text := ""
	if first := n.FirstChild(); first != nil {
		text = first.Value()
		if first.Next() != nil || first.Kind() != xmldoc.TextNode {
			text = n.Text()
		}
	}
	problem, ok := d.check(text)
	if ok && d.isQName {
		if _, bound := resolvePrefix(n, text); !bound {
			problem, ok = "its prefix is not declared here", false
		}
	}
	if !ok {
		v.report(Violation{
			Node: n, Reason: ReasonInvalidValue, Expected: d.oneOf, Actual: text,
			Message: invalidValue(tag(n), d, text, problem),
		})
	}
}

// text checks that text may stand in an element.
func (v *validator) text(f *frame, n *xmldoc.Node) {
	if f.faults != nil && f.faults.text {
		return
	}
	var rule string
	switch {
	case f.nilled:
		rule = " is nil, by its attribute \"xsi:nil\", and must be empty"
	case f.typ.content == emptyContent:
		rule = " must be empty"
	case f.typ.content == elementContent && (n.Kind() == xmldoc.CDATANode || trimBlanks(n.Value()) != ""):
		rule = " holds elements and no text of its own"
	default:
		return
	}
	f.blame().text = true
	found := quote(trimBlanks(n.Value()))
	switch {
	case n.Kind() == xmldoc.CDATANode:
		found = "a CDATA section, " + found
	case trimBlanks(n.Value()) == "":
		found = "blanks or line breaks"
	}
	v.report(Violation{
		Node: n, Reason: ReasonUnexpectedText, Actual: n.Value(),
		Message: tag(f.node) + rule + "; found " + found + ".",
	})
}
