package check

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var rootElement = &Rule{
	ID:        "root-element",
	Title:     "The message is not a SAML 2.0 Response",
	Question:  "Is it a SAML 2.0 samlp:Response? (a bare Assertion, SAML 1.1, WS-Federation, a request pasted by mistake: says what it is)",
	Group:     GroupXML,
	Severity:  expect.SeverityError,
	Essential: true,
	Doc: Doc{
		Why:  "A service expects one element: Response of the SAML 2.0 protocol namespace, with the assertion inside. Anything else is not read, however good its content is.",
		Spec: "saml-profiles-2.0-os section 4.1.4.2, saml-core-2.0-os section 3.3.3",
		Likely: []string{
			"The IdP is configured for WS-Federation or SAML 1.1 at this service.",
			"Home-grown code sends the Assertion without the Response around it.",
			"Another value of the trace was taken: the SAMLRequest, which goes to the IdP, or metadata.",
		},
		Fix: []string{
			"At the IdP, choose SAML 2.0 Web SSO as the protocol of this service.",
			"In home-grown code, send the whole samlp:Response, with Issuer, Status and the Assertion.",
			"In a trace, take the field SAMLResponse of the POST to the service's ACS.",
		},
	},
	Reasons: []Reason{
		{"assertion", "it is a bare Assertion"},
		{"saml11", "it is a message of SAML 1.0 or 1.1"},
		{"ws-federation", "it is a WS-Federation token response"},
		{"request", "it is a request, which goes to the other side"},
		{"metadata", "it is metadata"},
		{"soap", "it is a SOAP message without SAML, such as a fault"},
		{"html", "it is a web page"},
		{"wrong-namespace", "the element has the right name in the wrong namespace"},
		{"other", "it is something else"},
	},
	Run: runRootElement,
}

func runRootElement(in *Input) Outcome {
	doc, out := in.document()
	if doc == nil {
		return out
	}
	m := in.SAML()
	if m.Root == nil {
		return skip("no element can be read, see complete and well-formed")
	}
	if m.Type == saml.TypeOther && !tagRead(m.Root) && doc.Truncated() {
		return unseen("the message breaks off inside its first tag, see complete")
	}
	msg := in.Message
	switch m.Type {
	case saml.TypeResponse:
		if !m.SAML11 || m.Root.Name().Space == saml.NSProtocol {
			return pass()
		}
	case saml.TypeArtifactResponse:
		if m.Response != nil {
			return pass()
		}
		return notApplicable(whyNoInner)
	case saml.TypeArtifactResolve, saml.TypeLogoutResponse:
		return notApplicable(fmt.Sprintf("the message is %s, which travels beside the login", withArticle(string(m.Type))))
	case saml.TypeLogoutRequest:
		if !strings.EqualFold(msg.Param, "SAMLResponse") {
			return notApplicable("the message is a LogoutRequest, see logout-request")
		}
	case saml.TypeAuthnRequest:
		// By Redirect it is in its own form; pasted without its name it was
		// taken for the Response.
		if msg.Param == "SAMLRequest" || captured(msg) && !strings.EqualFold(msg.Param, "SAMLResponse") || decodedBy(msg, "DEFLATE") && msg.Param == "" {
			return notApplicable("the message is the AuthnRequest, which goes to the IdP, see authn-request")
		}
	}
	f := misfit(m, msg)
	if f.Reason == "ws-federation" && !strings.HasPrefix(strings.ToLower(msg.Param), "saml") && len(in.facts.around().requests) == 0 {
		// Nobody is seen to have asked for SAML 2.0, nor to take it for that.
		f.Severity = expect.SeverityWarning
		f.Note = "It is in order where the service speaks WS-Federation; see requested-security-token."
	}
	return found(under(m.Root, "", f))
}

// misfit says what a message is that is no Response of SAML 2.0.
func misfit(m *saml.Message, msg *decode.Message) Finding {
	name := m.Root.Name()
	local := shortName(name.Local)
	f := Finding{
		Reason:   "other",
		Expected: []string{inNamespace("Response", saml.NSProtocol)},
		Actual:   []string{inNamespace(name.Local, name.Space)},
	}
	const belongs = "but a SAML 2.0 Response is expected"
	say := func(reason, format string, args ...any) Finding {
		f.Reason, f.Message = reason, fmt.Sprintf(format, args...)
		return f
	}
	switch {
	case m.Type == saml.TypeResponse:
		return say("saml11", "The message is a Response of SAML %s.%s, %s.", attrOr(m.Root, "MajorVersion", "1"), attrOr(m.Root, "MinorVersion", "1"), belongs)
	case m.Type == saml.TypeAssertion && m.SAML11:
		return say("saml11", "The message is a bare Assertion of SAML %s.%s, %s.", attrOr(m.Root, "MajorVersion", "1"), attrOr(m.Root, "MinorVersion", "1"), belongs)
	case m.Type == saml.TypeAssertion:
		f.Fix = "Send the whole samlp:Response, with Issuer, Status and the Assertion, exactly as the IdP made it."
		return say("assertion", "The message is a bare %s without the samlp:Response around it, %s.", name.Local, belongs)
	case m.Type == saml.TypeRSTR:
		token := "no assertion"
		switch {
		case len(m.Assertions) > 0 && m.SAML11:
			token = "a SAML 1.1 assertion"
		case len(m.Assertions) > 0:
			token = "a SAML 2.0 assertion"
		case len(m.Encrypted) > 0:
			token = "an encrypted assertion"
		}
		return say("ws-federation", "The message is a WS-Federation %s with %s in it, %s.", local, token, belongs)
	case m.Type == saml.TypeAuthnRequest, m.Type == saml.TypeLogoutRequest:
		f.Fix = "Put the IdP's answer into SAMLResponse, not the request."
		if msg.Param == "" {
			f.Fix = "In the trace, take the field SAMLResponse of the POST to the service's ACS; this is the SAMLRequest."
		}
		return say("request", "The message is %s, a request, %s.", withArticle(string(m.Type)), belongs)
	case m.Type == saml.TypeMetadata:
		f.Fix = "Give metadata with --idp-metadata or --sp-metadata, or to \"samlwhy metadata\"."
		return say("metadata", "The message is metadata (%s), %s.", local, belongs)
	case name.Local == "Fault" || name.Local == "Envelope" && strings.Contains(strings.ToLower(name.Space), "soap"):
		f.Fix = "At the IdP, look in its log why it answered with a fault."
		return say("soap", "The message is a SOAP %s%s, %s.", local, faultText(m.Root), belongs)
	case strings.EqualFold(name.Local, "html"):
		f.Note = "Often it is the error page of the IdP or of a proxy."
		f.Fix = "Read the page (samlwhy decode shows it), then the log of the server that sent it."
		return say("html", "The message is a web page, %s.", belongs)
	case name.Local == "Response":
		f.Cause = compareValue(saml.NSProtocol, name.Space)
		f.Expected, f.Actual = []string{saml.NSProtocol}, []string{name.Space}
		if name.Space == "" {
			f.Cause = nil
			return say("wrong-namespace", "The element %s is in no namespace, but %s is expected.", quote(name.String()), quote(saml.NSProtocol))
		}
		return say("wrong-namespace", "The Response is in the namespace %s, but %s is expected.", quote(name.Space), quote(saml.NSProtocol))
	case isSAMLSpace(name.Space):
		return say("other", "The message is the SAML element %s, %s.", local, belongs)
	}
	return say("other", "The message is an XML document with the element %s, %s.", quote(name.String()), belongs)
}

// faultText quotes the reason that a SOAP fault gives.
func faultText(root *xmldoc.Node) string {
	for n := range root.Descendants() {
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		if local := n.Name().Local; local == "faultstring" || local == "Text" && n.Parent() != nil && n.Parent().Name().Local == "Reason" {
			return " that says " + quote(strings.TrimSpace(n.Text()))
		}
	}
	return ""
}

// inNamespace names an element as findings compare it.
func inNamespace(local, space string) string {
	if space == "" {
		return local + " in no namespace"
	}
	return local + " in namespace " + space
}
