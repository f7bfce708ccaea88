package check

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/schema"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var samlVersion = &Rule{
	ID:       "saml-version",
	Title:    "The message is not of SAML version 2.0",
	Question: "Is Version=\"2.0\" everywhere? (a token of WS-Federation may be of SAML 1.1)",
	Group:    GroupXML,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "Every message and every assertion says which version of SAML it is written in. A service that speaks SAML 2.0 refuses any other, before it looks at anything else.",
		Spec: "saml-core-2.0-os sections 2.3.3, 3.2.1, 3.2.2 and 4.1",
		Likely: []string{
			"The IdP is configured to send SAML 1.1 to this service, or to speak WS-Federation, whose tokens are often SAML 1.1.",
			"The message is made from a template or by home-grown code that sets no Version, or a wrong one.",
		},
		Fix: []string{
			"At the IdP, choose SAML 2.0 (not SAML 1.1, not WS-Federation) as the protocol and token type of this service.",
			"In home-grown code, set Version=\"2.0\" on the Response and on the Assertion.",
		},
	},
	Reasons: []Reason{
		{"missing", "an element has no Version"},
		{"other-version", "an element has another Version than 2.0"},
		{"saml11", "an element is of SAML 1.0 or 1.1"},
	},
	Run: runSAMLVersion,
}

func runSAMLVersion(in *Input) Outcome {
	m, out := in.message()
	if m == nil {
		return out
	}
	switch m.Type {
	case saml.TypeRSTR:
		return tokenVersions(m)
	case saml.TypeMetadata:
		return notApplicable("metadata has no Version")
	}
	var fs []Finding
	for n := range m.Descendants() {
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		name := n.Name()
		if n != m.Root && name.Local != "Assertion" && !(m.Type == saml.TypeArtifactResponse && name.Space == saml.NSProtocol && name.Local == "Response") {
			continue
		}
		switch name.Space {
		case saml.NSProtocol, saml.NSAssertion:
			fs = appendVersion(fs, n)
		case saml.NSProtocol11, saml.NSAssertion11:
			fs = append(fs, under(n, "", Finding{
				Reason:   "saml11",
				Message:  fmt.Sprintf("The %s is of SAML %s.%s, but a service that speaks SAML 2.0 expects Version=\"2.0\".", name.Local, attrOr(n, "MajorVersion", "1"), attrOr(n, "MinorVersion", "x")),
				Expected: []string{"2.0"},
			}))
		}
		if len(fs) >= maxFindings {
			break
		}
	}
	return found(fs...)
}

// tokenVersions judges the assertions of a WS-Federation answer, which may be of
// SAML 1.1 and 2.0 alike, each in its own way of saying so.
func tokenVersions(m *saml.Message) Outcome {
	if len(m.Assertions) == 0 {
		return notApplicable("there is no assertion to have a version, see requested-security-token")
	}
	var fs []Finding
	for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
		if !a.SAML11 {
			fs = appendVersion(fs, a.Node)
			continue
		}
		for _, want := range []struct{ attr, expected, other string }{{"MajorVersion", "1", "1"}, {"MinorVersion", "1", "0"}} {
			v := saml.AttrValue(a.Node, want.attr)
			switch {
			case v == nil && tagRead(a.Node):
				fs = append(fs, under(a.Node, "/@"+want.attr, Finding{
					Reason:   "missing",
					Message:  fmt.Sprintf("The SAML 1.1 Assertion has no %s, but it must have %s=%q.", want.attr, want.attr, want.expected),
					Expected: []string{want.expected},
				}))
			case v != nil && v.Text != want.expected && v.Text != want.other:
				fs = append(fs, at(v, Finding{
					Reason:   "other-version",
					Message:  fmt.Sprintf("The SAML 1.1 Assertion has %s=%s, but it must be %q.", want.attr, quote(v.Text), want.expected),
					Expected: []string{want.expected},
					Actual:   []string{v.Text},
				}))
			}
		}
	}
	return found(fs...)
}

func appendVersion(fs []Finding, n *xmldoc.Node) []Finding {
	name := n.Name()
	v := saml.AttrValue(n, "Version")
	switch {
	case name.Local == "EncryptedAssertion":
		return fs // its content has the Version
	case v == nil && !tagRead(n):
		return fs
	case v == nil:
		return append(fs, under(n, "/@Version", Finding{
			Reason:   "missing",
			Message:  fmt.Sprintf("The %s has no Version, but it must have Version=\"2.0\".", name.Local),
			Expected: []string{"2.0"},
		}))
	case v.Text == "2.0":
		return fs
	}
	f := at(v, Finding{
		Reason:   "other-version",
		Message:  fmt.Sprintf("The %s has Version=%s, but it must be \"2.0\".", name.Local, quote(v.Text)),
		Expected: []string{"2.0"},
		Actual:   []string{v.Text},
	})
	if cause := compareValue("2.0", v.Text); cause.ID != causeOther {
		f.Cause = cause
	}
	return append(fs, f)
}

func attrOr(n *xmldoc.Node, local, otherwise string) string {
	if a := n.Attr("", local); a != nil && a.Value != "" {
		return shortName(a.Value)
	}
	return otherwise
}

// message is the message, whatever its type, or the outcome of a rule that has
// none to read.
func (in *Input) message() (*saml.Message, Outcome) {
	doc, out := in.document()
	if doc == nil {
		return nil, out
	}
	m := in.SAML()
	switch {
	case m.Root == nil:
		return nil, skip("no element can be read, see complete and well-formed")
	case m.Type == saml.TypeOther:
		return nil, skip("the message is not recognised as SAML, see root-element")
	}
	return m, Outcome{}
}

var schemaRule = &Rule{
	ID:       "schema",
	Title:    "The message does not follow the SAML schema",
	Question: "Are elements, order, required attributes and types as in the SAML 2.0 schemas?",
	Group:    GroupXML,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The schemas say which elements and attributes a message has, in which order. Services that validate refuse a deviation outright; others fail later, with an error that names something else.",
		Spec: "saml-core-2.0-os sections 2 and 3; saml-schema-protocol-2.0.xsd, saml-schema-assertion-2.0.xsd",
		Likely: []string{
			"The message is made by home-grown code or from a template, and elements are missing or in the wrong order.",
			"An attribute of the IdP's user record is empty, and the IdP writes the element around it all the same.",
			"A gateway or script that changes Responses put something in, took something out or moved it.",
		},
		Fix: []string{
			"In the software that makes the message: write the elements in the order of the schema, and leave out optional ones that would be empty.",
			"If that is a product, send this finding to its vendor.",
		},
	},
	Reasons: []Reason{
		{schema.ReasonMissingElement, "a required element is missing"},
		{schema.ReasonWrongOrder, "elements are in the wrong order"},
		{schema.ReasonRepeatedElement, "an element stands more often than it may"},
		{schema.ReasonUnexpectedElement, "an element stands where it may not"},
		{schema.ReasonWrongNamespace, "an element is in the wrong namespace"},
		{schema.ReasonUndeclaredElement, "an element that no schema declares stands where only declared ones may"},
		{schema.ReasonUnexpectedText, "text stands where only elements may"},
		{schema.ReasonMissingAttribute, "a required attribute is missing"},
		{schema.ReasonUnexpectedAttribute, "an attribute stands where it may not"},
		{schema.ReasonInvalidValue, "a value is not of its type"},
		{schema.ReasonDuplicateID, "an ID stands twice"},
		{schema.ReasonUnknownType, "xsi:type names a type that no schema declares"},
		{schema.ReasonWrongType, "xsi:type names a type that the element cannot have"},
		{schema.ReasonAbstractType, "an element needs xsi:type"},
		{schema.ReasonNotNillable, "xsi:nil stands where it may not"},
	},
	Run: runSchema,
}

func runSchema(in *Input) Outcome {
	m, out := in.message()
	if m == nil {
		return out
	}
	switch {
	case m.Root.Name().Space == saml.NSProtocol11, m.Root.Name().Space == saml.NSAssertion11:
		return notApplicable("the schemas are those of SAML 2.0, the message is of SAML 1.1, see root-element")
	case m.Type == saml.TypeRSTR:
		return notApplicable("the message is of WS-Federation, not of SAML 2.0, see root-element")
	case m.Type == saml.TypeMetadata:
		return notApplicable("metadata is judged by \"samlwhy metadata\"")
	}
	for d := range m.Documents() {
		for _, e := range d.Errors() {
			switch e.Code {
			case xmldoc.CodeUndeclaredPrefix, xmldoc.CodeBadQName, xmldoc.CodeColonInName, xmldoc.CodeBadNamespace:
				// Elements without their namespace would be accused one by one.
				return skip("names have no namespace to be looked up in, see well-formed and decryption")
			}
		}
	}
	var fs []Finding
	var violations []schema.Violation
	for d := range m.Documents() {
		violations = append(violations, schema.Validate(d.Root())...)
	}
	for _, v := range violations {
		f := Finding{Reason: v.Reason, Message: sentence(v.Message), Expected: v.Expected[:min(len(v.Expected), maxListed)]}
		if v.Actual != "" {
			f.Actual = []string{v.Actual}
		}
		switch {
		case v.Attr != nil:
			f = at(&saml.Value{Text: v.Attr.Value, Node: v.Node, Attr: v.Attr}, f)
		case v.Node != nil:
			f = under(v.Node, "", f)
		}
		if !m.Success() {
			f.Severity = expect.SeverityWarning
			f.Note = join("With the status that the IdP answered, nobody would be let in anyway.", f.Note)
		}
		fs = append(fs, f)
	}
	if len(fs) == 0 && !m.Document.WellFormed() {
		return unseen("reading stopped before the end, see complete and well-formed; what there is of it follows the schema")
	}
	return found(fs...)
}

var issuerFirst = &Rule{
	ID:       "issuer-first",
	Title:    "The Issuer is missing or not in its place",
	Question: "Is Issuer in the Assertion and first; in the Response first where present, and present where the Response is signed?",
	Group:    GroupXML,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The Issuer is the first element of an Assertion and of a Response, before the Signature and the Status. Services that read in order, or that look up the IdP before anything else, do not find it elsewhere.",
		Spec: "saml-core-2.0-os sections 2.3.3 and 3.2.2, saml-profiles-2.0-os section 4.1.4.2 with erratum E17",
		Likely: []string{
			"The message is made by home-grown code: the signing library put the Signature before the Issuer.",
			"A gateway or script that changes Responses added an element at the beginning.",
			"The IdP is configured to leave the Issuer out of the Response.",
		},
		Fix: []string{
			"In the software that makes the message: write Issuer first, then Signature, then the rest; tell the signing library to insert the Signature after the Issuer.",
			"At the IdP, switch on the Issuer of the Response where the Response is signed or the assertion encrypted.",
		},
	},
	Reasons: []Reason{
		{"assertion-missing", "an Assertion has no Issuer"},
		{"assertion-not-first", "something precedes the Issuer of an Assertion"},
		{"response-missing", "a signed Response has no Issuer"},
		{"response-not-first", "something precedes the Issuer of the Response"},
		{"encrypted-response-missing", "a Response without Issuer wraps an encrypted assertion"},
	},
	Run: runIssuerFirst,
}

func runIssuerFirst(in *Input) Outcome {
	m, out := in.response()
	if m == nil {
		return out
	}
	var outs []Outcome
	if r := m.Response; r != nil && r.Node.Name().Space == saml.NSProtocol {
		outs = append(outs, issuerOfResponse(m))
	}
	for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
		if !a.SAML11 {
			outs = append(outs, issuerOfAssertion(a))
		}
	}
	if len(outs) == 0 {
		if m.Type == saml.TypeAssertion && len(m.Encrypted) > 0 {
			return in.unopened("the assertion")
		}
		return notApplicable("the message holds no Response or Assertion of SAML 2.0")
	}
	return together(outs...)
}

func issuerOfResponse(m *saml.Message) Outcome {
	r := m.Response
	if r.Issuer != nil {
		return issuerPlace(r.Issuer.Node, r.Node, "response-not-first")
	}
	switch {
	case len(r.Signatures) > 0:
		return found(under(r.Node, "/Issuer", Finding{
			Reason:   "response-missing",
			Message:  "The Response is signed but has no Issuer, which a signed Response must have as its first element.",
			Expected: []string{"Issuer"},
		}))
	case len(m.Encrypted) > 0:
		return found(under(r.Node, "/Issuer", Finding{
			Reason:   "encrypted-response-missing",
			Severity: expect.SeverityWarning,
			Message:  "The Response has no Issuer, which it should have as its first element since it wraps an encrypted assertion.",
			Expected: []string{"Issuer"},
			Note:     "Without it a service has to try each of its IdPs before it can decrypt.",
		}))
	}
	return pass()
}

func issuerOfAssertion(a *saml.Assertion) Outcome {
	if a.Issuer != nil {
		return issuerPlace(a.Issuer.Node, a.Node, "assertion-not-first")
	}
	first := firstElement(a.Node)
	switch {
	case first == nil && !a.Node.Closed():
		return unseen(whyCut)
	case first != nil && !a.Node.Closed():
		return found(under(first, "", Finding{
			Reason:   "assertion-not-first",
			Message:  fmt.Sprintf("The Assertion begins with %s, but its first element must be Issuer.", shortName(first.Name().Local)),
			Expected: []string{"Issuer"},
			Actual:   []string{first.Name().Local},
		}))
	}
	return found(under(a.Node, "/Issuer", Finding{
		Reason:   "assertion-missing",
		Message:  "The Assertion has no Issuer, which must be its first element.",
		Expected: []string{"Issuer"},
	}))
}

// issuerPlace judges where issuer stands in parent.
func issuerPlace(issuer, parent *xmldoc.Node, reason string) Outcome {
	first := firstElement(parent)
	if first == issuer {
		return pass()
	}
	return found(under(issuer, "", Finding{
		Reason:   reason,
		Message:  fmt.Sprintf("%s precedes the Issuer of the %s, but Issuer must be the first element.", shortName(first.Name().Local), parent.Name().Local),
		Expected: []string{"Issuer"},
		Actual:   []string{first.Name().Local},
	}))
}

func firstElement(n *xmldoc.Node) *xmldoc.Node {
	for c := range n.Elements() {
		return c
	}
	return nil
}

var assertionCount = &Rule{
	ID:       "assertion-count",
	Title:    "The Response does not hold exactly one assertion",
	Question: "Is there at least one assertion, plain or encrypted? (several are legal about one subject: a warning)",
	Group:    GroupXML,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The assertion is what logs the user in: without one a Response with Status Success says nothing. With several, most services read only the first, or none.",
		Spec: "saml-profiles-2.0-os section 4.1.4.2",
		Likely: []string{
			"The IdP's policy released nothing for this user or service, and it answered Success all the same.",
			"A gateway or script that changes Responses took the assertion out, or moved it into another element.",
			"Several: two IdP features (an aggregator, attribute queries) each add their own, or the Response was tampered with.",
		},
		Fix: []string{
			"At the IdP, look at its log of this login, and at the release policy of this service.",
			"Several: configure the IdP to put authentication and attributes into one assertion.",
		},
	},
	Reasons: []Reason{
		{"missing", "there is no assertion"},
		{"misplaced", "an Assertion stands where no service looks for it"},
		{"several", "there is more than one assertion"},
	},
	Run: runAssertionCount,
}

func runAssertionCount(in *Input) Outcome {
	m, out := in.response()
	switch {
	case m == nil:
		return out
	case !m.Success():
		return notApplicable("the Status is not Success, so there need be no assertion, see status")
	}
	n := len(m.Assertions) + len(m.Encrypted)
	switch {
	case n == 0 && m.Type == saml.TypeRSTR:
		return notApplicable("the answer holds no token, see requested-security-token")
	case n == 1:
		return pass()
	case n > 1:
		f := Finding{
			Reason:   "several",
			Severity: expect.SeverityWarning,
			Message:  fmt.Sprintf("There are %d assertions, but most services read only one of them.", n),
			Expected: []string{"1"},
			Actual:   []string{fmt.Sprint(n)},
			Note:     "Several are legal when all are about the same subject.",
		}
		if len(m.Assertions) > 1 {
			f = under(m.Assertions[1].Node, "", f)
		} else {
			f = under(m.Encrypted[len(m.Encrypted)-1], "", f)
		}
		return found(f)
	case !m.Root.Closed():
		return unseen("the message breaks off before its assertion")
	}
	parent := m.Root
	if m.Response != nil {
		parent = m.Response.Node
	}
	for c := range m.Descendants() {
		if c.Kind() == xmldoc.ElementNode && (c.Name().Local == "Assertion" || c.Name().Local == "EncryptedAssertion") {
			return found(under(c, "", Finding{
				Reason:   "misplaced",
				Message:  fmt.Sprintf("There is no assertion where a service looks for one: this %s %s.", c.Name().Local, misplacement(c, parent)),
				Expected: []string{inNamespace("Assertion", saml.NSAssertion)},
				Actual:   []string{inNamespace(c.Name().Local, c.Name().Space)},
			}))
		}
	}
	return found(under(parent, "/Assertion", Finding{
		Reason:   "missing",
		Message:  fmt.Sprintf("The %s holds no assertion, neither plain nor encrypted, though it reports no error.", parent.Name().Local),
		Expected: []string{"Assertion"},
	}))
}

// misplacement says what is wrong with an assertion that no service would find
// in parent.
func misplacement(assertion, parent *xmldoc.Node) string {
	switch space := assertion.Name().Space; {
	case assertion.Enclosing() != nil && assertion.Enclosing() != parent:
		return fmt.Sprintf("stands inside %s, not directly in %s", shortName(assertion.Enclosing().Name().Local), parent.Name().Local)
	case space == "":
		return "is in no namespace, and " + quote(saml.NSAssertion) + " is expected"
	default:
		return fmt.Sprintf("is in the namespace %s, and %s is expected", quote(space), quote(saml.NSAssertion))
	}
}

// isSAMLSpace reports whether space is one of the namespaces of SAML messages.
func isSAMLSpace(space string) bool {
	switch space {
	case saml.NSProtocol, saml.NSAssertion, saml.NSProtocol11, saml.NSAssertion11:
		return true
	}
	return strings.HasPrefix(space, saml.NSMetadata)
}
