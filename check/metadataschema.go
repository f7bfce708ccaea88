package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/schema"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var metadataSchema = &Rule{
	ID:       "metadata-schema",
	Title:    "The metadata is not sound XML of SAML 2.0",
	Question: "Is the given metadata a well-formed EntityDescriptor or EntitiesDescriptor that follows the schema and is about SAML 2.0?",
	Group:    GroupMetadata,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "Each side learns from the other's metadata where to send messages and whom to trust. Metadata that is not XML cannot be imported at all; of metadata that breaks the schema, strict software (OpenSAML, Shibboleth) refuses all and other software reads a part.",
		Spec: "saml-metadata-2.0-os sections 2.1 to 2.4 and its schema",
		Likely: []string{
			"The file was edited by hand, or made from a template.",
			"It was copied from a browser's or mail program's window instead of downloaded, and lost or gained something.",
			"It is the metadata of WS-Federation or of SAML 1.1.",
		},
		Fix: []string{
			"Download the metadata again from the URL at which its own IdP or service publishes it, and import it without opening it in an editor.",
			"In metadata that is kept by hand, correct the element that is named, in the order that the schema asks for.",
		},
	},
	Reasons: []Reason{
		{"not-well-formed", "the metadata is no well-formed XML"},
		{"wrapped", "the metadata is wrapped in something, or has text around it"},
		{"missing", "an element or attribute is missing"},
		{"misplaced", "an element, attribute or text stands where it may not"},
		{"value", "a value is not of its type"},
		{"no-saml2", "the role does not say that it speaks SAML 2.0"},
	},
	Needs: []string{expect.FlagIdPMetadata, expect.FlagSPMetadata},
	Run:   runMetadataSchema,
}

func runMetadataSchema(in *Input) Outcome { return in.eachDescribed(described.schema) }

func (d described) schema() Outcome {
	fs, readable := d.xmlFaults()
	if !readable {
		return found(fs...)
	}
	for _, v := range schema.Validate(d.Entity.Node) {
		if f, ok := d.violation(&v); ok {
			fs = append(fs, f)
		}
	}
	for _, r := range d.roles() {
		if r.Type() != "" || r.SAML2() || !tagRead(r.Node) {
			continue
		}
		fs = append(fs, under(r.Node, "/@protocolSupportEnumeration", Finding{
			Reason:   "no-saml2",
			Message:  fmt.Sprintf("The %s in %s does not list %s among its protocols, so software that speaks SAML 2.0 may pass it over.", elementName(r.Node), d.file(), quote(saml.NSProtocol)),
			Expected: []string{saml.NSProtocol},
			Actual:   []string{strings.Join(r.Protocols, " ")},
			Fix:      fmt.Sprintf("At %s, switch on SAML 2.0 and export its metadata again.", d.side()),
		}))
	}
	if doc := d.File.Document; len(fs) == 0 && !doc.WellFormed() {
		return skip(fmt.Sprintf("%s was not read to its end: %s", d.file(), strings.TrimSuffix(doc.Errors()[0].Message, ".")))
	}
	return found(fs...)
}

// xmlFaults are the faults of the XML itself; not readable says that judging its
// elements would accuse them of what the XML has done to them.
func (d described) xmlFaults() (fs []Finding, readable bool) {
	readable = true
	doc := d.File.Document
	for _, e := range doc.Errors() {
		switch e.Code {
		case xmldoc.CodeLimitBytes, xmldoc.CodeLimitDepth, xmldoc.CodeLimitAttributes, xmldoc.CodeLimitNodes,
			xmldoc.CodeEntityNotExpanded, xmldoc.CodeDefaultNotSupplied, xmldoc.CodeUnsupportedEncoding:
			continue // limits of this reader, not faults of the file
		case xmldoc.CodeUndeclaredPrefix, xmldoc.CodeBadQName, xmldoc.CodeColonInName, xmldoc.CodeBadNamespace:
			readable = false
		}
		if len(fs) == 0 {
			fs = append(fs, Finding{
				Reason:   "not-well-formed",
				Severity: expect.SeverityError,
				Position: e.Position(),
				Message:  fmt.Sprintf("In line %d %s is not well-formed XML, so no software can import it: %s.", e.Position().Line, d.file(), strings.TrimSuffix(e.Message, ".")),
			})
		}
	}
	switch steps := d.File.Steps; {
	case len(steps) > 0:
		fs = append(fs, node(d.File.Root, Finding{
			Reason:  "wrapped",
			Message: fmt.Sprintf("%s is not plain XML (%s); software that imports the file as it is refuses it.", sentenceStart(d.file()), strings.Join(steps, ", ")),
			Fix:     "Import a file that begins with the XML and ends with it.",
		}))
	case d.File.Root.Parent() != nil:
		fs = append(fs, node(d.File.Root, Finding{
			Reason:  "wrapped",
			Message: fmt.Sprintf("The %s in %s stands inside the element %s; software that imports the file expects it to be the outermost one.", elementName(d.File.Root), d.file(), quote(doc.Root().QName())),
			Fix:     "Import a file in which the EntityDescriptor is the outermost element.",
		}))
	}
	return fs, readable
}

// violation is a deviation from the schema as a finding, unless another rule
// tells of it or it is none in practice.
func (d described) violation(v *schema.Violation) (f Finding, ok bool) {
	if v.Node == nil || d.extended(v.Node) {
		return f, false
	}
	f = Finding{Expected: v.Expected[:min(len(v.Expected), maxListed)]}
	if v.Actual != "" {
		f.Actual = []string{v.Actual}
	}
	switch v.Reason {
	case schema.ReasonMissingElement:
		// metadata-sso-binding and metadata-endpoints tell.
		if lacks(v, "IDPSSODescriptor", "SingleSignOnService") || lacks(v, "SPSSODescriptor", "AssertionConsumerService") {
			return f, false
		}
		f.Reason = "missing"
	case schema.ReasonInvalidValue:
		if v.Node.Is(saml.NSSignature, "X509Certificate") { // metadata-certificates tells
			return f, false
		}
		f.Reason = "value"
	case schema.ReasonMissingAttribute:
		f.Reason = "missing"
	case schema.ReasonDuplicateID, schema.ReasonUnknownType, schema.ReasonWrongType, schema.ReasonAbstractType, schema.ReasonNotNillable:
		f.Reason = "value"
	default:
		f.Reason = "misplaced"
	}
	f.Message = fmt.Sprintf("In %s: %s", d.file(), sentence(v.Message))
	if v.Attr != nil {
		return at(&saml.Value{Text: v.Attr.Value, Node: v.Node, Attr: v.Attr}, f), true
	}
	return under(v.Node, "", f), true
}

// lacks reports whether v is about a missing child of such a role.
func lacks(v *schema.Violation, role, child string) bool {
	return v.Node.Is(saml.NSMetadata, role) && slices.ContainsFunc(v.Expected, func(e string) bool { return strings.HasSuffix(e, child) })
}

// extended reports whether n belongs to a role of a type that no schema of SAML
// declares: roles are extended in that way, by WS-Federation for one, and whoever
// does not know the type passes the role over.
func (d described) extended(n *xmldoc.Node) bool {
	return slices.ContainsFunc(d.Entity.Others, func(r *metadata.Role) bool {
		return r.Node.Is(saml.NSMetadata, "RoleDescriptor") && r.Type() != "" && within(n, r.Node)
	})
}

// sentenceStart is s with a capital, to begin a sentence.
func sentenceStart(s string) string {
	return strings.TrimSuffix(sentence(s), ".")
}
