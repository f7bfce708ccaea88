package schema

import (
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// attributes checks the attributes of n, whose type is t.
func (v *validator) attributes(n *xmldoc.Node, t *typeDefinition) {
	attrs := n.Attrs()
	seen := uint64(0) // by index in t.attributes
	var strange []*xmldoc.Attr
	for i := range attrs {
		attr := &attrs[i]
		if isInstanceAttribute(attr) {
			continue
		}
		if use := t.attribute(attr); use >= 0 {
			seen |= 1 << use
			v.attributeValue(n, attr, t.attributes[use].value)
			continue
		}
		if !t.wildcard.allows(attr.Name.Space) {
			strange = append(strange, attr)
			continue
		}
		v.wildAttribute(n, attr, t)
	}
	for i := range t.attributes {
		if use := &t.attributes[i]; use.required && seen&(1<<i) == 0 {
			strange = v.missingAttribute(n, use, strange)
		}
	}
	for _, attr := range strange {
		v.unexpectedAttribute(n, attr, t)
	}
}

// isInstanceAttribute reports whether attr is one of the four attributes that
// every element may have.
func isInstanceAttribute(attr *xmldoc.Attr) bool {
	if attr.Name.Space != instanceNamespace {
		return false
	}
	switch attr.Name.Local {
	case "type", "nil", "schemaLocation", "noNamespaceSchemaLocation":
		return true
	}
	return false
}

// attribute returns the index of the declaration of attr in t; -1 without one.
func (t *typeDefinition) attribute(attr *xmldoc.Attr) int {
	for i := range t.attributes {
		if name := &t.attributes[i].name; name.local == attr.Name.Local && name.space == attr.Name.Space {
			return i
		}
	}
	return -1
}

// wildAttribute checks an attribute that a wildcard allows.
func (v *validator) wildAttribute(n *xmldoc.Node, attr *xmldoc.Attr, t *typeDefinition) {
	var value *datatype
	if attr.Name.Space == xmlNamespace {
		value = v.set.attributes[attr.Name.Local]
	}
	switch {
	case value != nil && value.isID && t.hasID:
		// XML Schema forbids a second ID here; libxml2 leaves it unchecked.
	case value != nil:
		v.attributeValue(n, attr, value)
	case t.wildcard.strict:
		v.report(Violation{
			Node: n, Attr: attr, Reason: ReasonUnexpectedAttribute, Actual: attr.Name.String(),
			Message: "Attribute " + quote(attr.Name.String()) + " is not allowed on " + tag(n) +
				": " + namespaceName(attr.Name.Space) + " has no such attribute.",
		})
	}
}

func (v *validator) attributeValue(n *xmldoc.Node, attr *xmldoc.Attr, d *datatype) {
	if d.valid == nil && d.item == nil && len(d.oneOf) == 0 {
		return
	}
	problem, ok := d.check(attr.Value)
	if !ok {
		v.report(Violation{
			Node: n, Attr: attr, Reason: ReasonInvalidValue, Expected: d.oneOf, Actual: attr.Value,
			Message: invalidValue("Attribute "+quote(attr.Name.String())+" of "+tag(n), d, attr.Value, problem),
		})
		return
	}
	if !d.isID {
		return
	}
	id := trimBlanks(attr.Value)
	if other := v.ids[id]; other != nil {
		both := tag(other) + " and again " + tag(n)
		if other == n {
			both = tag(n) + " twice"
		}
		v.report(Violation{
			Node: n, Attr: attr, Reason: ReasonDuplicateID, Actual: attr.Value,
			Message: "The ID " + quote(id) + " names " + both + "; an ID must be unique in the document.",
		})
		return
	}
	if v.ids == nil {
		v.ids = make(map[string]*xmldoc.Node)
	}
	v.ids[id] = n
}

// missingAttribute reports that n lacks a required attribute. When one of the
// strange attributes is nearly it, that one is not reported again.
func (v *validator) missingAttribute(n *xmldoc.Node, use *attributeUse, strange []*xmldoc.Attr) []*xmldoc.Attr {
	name := use.name.local
	if use.name.space == xmlNamespace {
		name = "xml:" + name
	}
	violation := Violation{
		Node: n, Reason: ReasonMissingAttribute, Expected: []string{name},
		Message: tag(n) + " must have an attribute " + quote(name) + ", but has none.",
	}
	for i, attr := range strange {
		if !strings.EqualFold(attr.Name.Local, use.name.local) {
			continue
		}
		violation.Attr, violation.Actual = attr, attr.Name.String()
		violation.Message = tag(n) + " must have an attribute " + quote(name) + "; found " +
			quote(attr.Name.String()) + ", but " + nameDifference(attr.Name, use.name) + "."
		strange = append(strange[:i:i], strange[i+1:]...)
		break
	}
	v.report(violation)
	return strange
}

// nameDifference says how a name that differs from the one wanted in case or
// namespace does so.
func nameDifference(found xmldoc.Name, wanted expandedName) string {
	switch {
	case found.Local != wanted.local:
		return "upper and lower case matter"
	case wanted.space == "":
		return "it takes no prefix"
	case found.Space == "":
		return "it belongs to " + namespaceName(wanted.space)
	default:
		return "it belongs to " + namespaceName(wanted.space) + ", not to " + namespaceName(found.Space)
	}
}

func (v *validator) unexpectedAttribute(n *xmldoc.Node, attr *xmldoc.Attr, t *typeDefinition) {
	violation := Violation{
		Node: n, Attr: attr, Reason: ReasonUnexpectedAttribute, Actual: attr.Name.String(),
		Message: "Attribute " + quote(attr.Name.String()) + " is not allowed on " + tag(n),
	}
	var names []string
	for i := range t.attributes {
		use := &t.attributes[i]
		name := use.name.local
		if use.name.space == xmlNamespace {
			name = "xml:" + name
		}
		if strings.EqualFold(use.name.local, attr.Name.Local) {
			violation.Expected = []string{name}
			violation.Message += "; perhaps " + quote(name) + " is meant, but " + nameDifference(attr.Name, use.name) + "."
			v.report(violation)
			return
		}
		names = append(names, name)
	}
	violation.Expected = names
	switch {
	case len(names) == 0 && t.wildcard.kind == noWildcard:
		violation.Message += ", which has no attributes."
	case len(names) == 0:
		violation.Message += ", whose attributes have a prefix of another namespace."
	default:
		violation.Message += "; it can have " + allOf(quoteAll(names)) + "."
	}
	v.report(violation)
}
