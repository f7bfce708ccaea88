// Package schema checks a message, or a part of one, against the schemas of SAML
// 2.0: protocol, assertion and metadata, with the XML Signature and XML
// Encryption schemas that these import. Its verdict is that of libxml2's
// xmllint --schema, down to the few places where libxml2 is stricter or laxer
// than XML Schema says; its messages are made for people.
//
// What the schemas say stands in tables, one file a namespace, in a notation
// that notation.go explains. Content models become deterministic automata, so
// that a document is checked in time linear in its size and without recursion.
package schema

import "github.com/samlwhy/samlwhy/decode/xmldoc"

// MaxViolations bounds how many violations of one document are reported.
const MaxViolations = 50

// The reasons of a [Violation]. They are stable: reports and suppressions name
// them.
const (
	ReasonUnknownRoot         = "unknown-root"         // the element is not declared, so that no schema says what it holds
	ReasonMissingElement      = "missing-element"      // Node lacks a child
	ReasonWrongOrder          = "wrong-order"          // Node is allowed here, but before or after others
	ReasonRepeatedElement     = "repeated-element"     // Node may not stand here once more
	ReasonUnexpectedElement   = "unexpected-element"   // Node may not be in its parent, or not together with another child
	ReasonWrongNamespace      = "wrong-namespace"      // Node would be right in another namespace
	ReasonUndeclaredElement   = "undeclared-element"   // Node is of another namespace where only declared elements are allowed
	ReasonUnexpectedText      = "unexpected-text"      // Node is text where there can only be elements, or nothing
	ReasonMissingAttribute    = "missing-attribute"    // Node lacks an attribute; Attr is one that is nearly it, if there is
	ReasonUnexpectedAttribute = "unexpected-attribute" // Attr is not allowed on Node
	ReasonInvalidValue        = "invalid-value"        // the text of Node, or of Attr, is not of its type
	ReasonDuplicateID         = "duplicate-id"         // Attr repeats the ID of an element before
	ReasonUnknownType         = "unknown-type"         // Attr, xsi:type, names a type that no schema here declares
	ReasonWrongType           = "wrong-type"           // Attr, xsi:type, names a type that Node cannot have
	ReasonAbstractType        = "abstract-type"        // Node needs xsi:type, since its own type is only a base for others
	ReasonNotNillable         = "not-nillable"         // Attr, xsi:nil, is not allowed on Node
)

// A Violation is one deviation from the schemas.
type Violation struct {
	// Node is the element it is about; for unexpected text, the text.
	Node *xmldoc.Node
	// Attr is the attribute of Node that it is about, or nil.
	Attr *xmldoc.Attr
	// Reason is one of the constants above.
	Reason string
	// Message is one sentence that says what is wrong and what was expected,
	// naming elements like <Issuer> and quoting values.
	Message string
	// Expected are the names, values or namespaces that would be right, if they
	// can be listed.
	Expected []string
	// Actual is the name, value or namespace that was found; empty when
	// something is missing.
	Actual string
}
