package check

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// protocolSAML20 is what the protocol element of an AuthenticateUser request
// has to say, character for character.
const protocolSAML20 = "SAML2.0"

var xmlAPIRequest = &Rule{
	ID:       "xml-api-request",
	Title:    "The XML API request is not set up for SAML 2.0",
	Question: "Does an AuthenticateUser body have exactly <protocol>SAML2.0</protocol>, and a samlResponse?",
	Group:    GroupOther,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "AuthenticateUser takes a SAML response in place of a password, and reads it as SAML 1.1 unless the protocol element says SAML2.0.",
		Spec: "Webex XML API reference, AuthenticateUser; Cisco's answer in the forum thread \"Validate assertion failed using assertion for webex XML API auth\"",
		Likely: []string{
			"The protocol element was left out, as in older examples.",
			"The value is spelled in another way, such as SAML 2.0 with a blank.",
		},
		Fix: []string{
			"In bodyContent, beside samlResponse, write exactly <protocol>SAML2.0</protocol>.",
			"Put the base64 of the whole samlp:Response into samlResponse.",
		},
	},
	Reasons: []Reason{
		{"protocol-missing", "there is no protocol element"},
		{"protocol-mismatch", "the protocol element says something else than SAML2.0"},
		{"response-missing", "there is no samlResponse element, or it is empty"},
	},
	Run: runXMLAPIRequest,
}

func runXMLAPIRequest(in *Input) Outcome {
	m := in.Message
	if m.Binding != decode.BindingXMLAPI || m.Envelope == nil {
		return notApplicable("the message did not come in an AuthenticateUser request of the XML API")
	}
	protocol := firstNamed(m.Envelope, "protocol")
	response := firstNamed(m.Envelope, "samlResponse")
	var fs []Finding
	switch {
	case protocol == nil:
		fs = append(fs, Finding{
			Reason:   "protocol-missing",
			Path:     parentPath(response),
			Position: position(response),
			Message:  fmt.Sprintf("The request has no <protocol> element; expected is <protocol>%s</protocol> (XML API), without which the response is read as SAML 1.1.", protocolSAML20),
			Expected: []string{"<protocol>" + protocolSAML20 + "</protocol>"}, ExpectedFrom: "XML API",
		})
	case protocol.Text() != protocolSAML20:
		fs = append(fs, Finding{
			Reason:   "protocol-mismatch",
			Path:     protocol.Path(),
			Position: protocol.Position(),
			Message:  fmt.Sprintf("The <protocol> element says %q, but expected is exactly %q (XML API).", protocol.Text(), protocolSAML20),
			Expected: []string{protocolSAML20}, ExpectedFrom: "XML API", Actual: []string{protocol.Text()},
			Cause: compareValue(protocolSAML20, protocol.Text()),
		})
	}
	if response == nil || strings.TrimSpace(response.Text()) == "" && response.FirstChild() == nil {
		f := Finding{Reason: "response-missing", Message: "The request has no <samlResponse> element; expected is the base64 of the whole samlp:Response in it (XML API)."}
		if response != nil {
			f.Path, f.Position = response.Path(), response.Position()
			f.Message = "The <samlResponse> element is empty; expected is the base64 of the whole samlp:Response in it (XML API)."
		}
		fs = append(fs, f)
	}
	return found(fs...)
}

// firstNamed is the first element with that local name, in any namespace: the
// body of an XML API request has none.
func firstNamed(doc *xmldoc.Document, local string) *xmldoc.Node {
	if doc.Root() == nil {
		return nil
	}
	for n := range doc.Root().Descendants() {
		if n.Kind() == xmldoc.ElementNode && n.Name().Local == local {
			return n
		}
	}
	return nil
}

func parentPath(n *xmldoc.Node) string {
	if n == nil || n.Parent() == nil {
		return ""
	}
	return n.Parent().Path()
}

func position(n *xmldoc.Node) xmldoc.Position {
	if n == nil {
		return xmldoc.Position{}
	}
	return n.Position()
}
