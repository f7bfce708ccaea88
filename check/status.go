package check

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var status = &Rule{
	ID:        "status",
	Title:     "The identity provider answered with an error",
	Question:  "Is the top-level StatusCode Success? (translates code, second-level code, StatusMessage and StatusDetail)",
	Group:     GroupXML,
	Severity:  expect.SeverityError,
	Essential: true,
	Doc: Doc{
		Why:  "A Response whose Status is not Success says that the IdP did not log the user in. There is no assertion to judge: the cause lies at the IdP, or in what the service asked of it.",
		Spec: "saml-core-2.0-os section 3.2.2.2",
		Likely: []string{
			"The IdP refused the request: it does not know the service or the ACS URL, or cannot fulfil the NameIDPolicy or the RequestedAuthnContext.",
			"The user may not use this service, or the login itself failed or was cancelled.",
			"The IdP failed: an expired certificate, a claim rule or directory that gave an error.",
		},
		Fix: []string{
			"At the IdP, look in its log at the time of this Response: it says what the code only hints at (AD FS: Event Viewer > AD FS > Admin; Entra ID: Sign-in logs; Okta: System Log; Shibboleth: idp-process.log).",
			"Compare the AuthnRequest (NameIDPolicy, RequestedAuthnContext, AssertionConsumerServiceURL, signature algorithm) with what is configured for this service at the IdP.",
		},
	},
	Reasons: statusReasons(),
	Run:     runStatus,
}

// statusCode explains one status code of saml-core section 3.2.2.2.
type statusCode struct {
	local  string // what follows "urn:oasis:names:tc:SAML:2.0:status:"
	reason string
	text   string // what it says, to continue "The IdP answered …: "
	likely string // what it usually comes from
	fix    string // what to do, and where; empty: only the IdP's log says
}

const statusPrefix = "urn:oasis:names:tc:SAML:2.0:status:"

// topLevel are the codes that may stand at the top, Success aside.
var topLevel = []statusCode{
	{"Requester", "requester", "the IdP finds fault with the service's request",
		"Usually the service or its ACS URL is not registered at the IdP under this entity ID, the request's signature or its algorithm (SHA-1 or SHA-256) is not the configured one, or its NameIDPolicy or RequestedAuthnContext cannot be fulfilled.",
		"At the IdP, look in its log at the time of this Response, and import the service's current metadata (entity ID, ACS URL, certificate)."},
	{"Responder", "responder", "the IdP failed, or would not log the user in",
		"Without a second code only the IdP's log says why. AD FS sends it for every error of its own: claim rules, access policy, certificates of the relying party, an expired token-signing certificate.", ""},
	{"VersionMismatch", "version-mismatch", "the IdP does not speak the SAML version of the request",
		"The request is not SAML 2.0, or the IdP is configured for another version at this service.", "Set both the service and its entry at the IdP to SAML 2.0."},
}

// secondLevel are the codes of the second level.
var secondLevel = []statusCode{
	{"AuthnFailed", "authn-failed", "the IdP could not authenticate the user",
		"The login failed or was cancelled at the IdP: wrong password, multi-factor not completed, account locked, or the requested way of logging in is not possible for this user.",
		"Log in at the IdP itself with this user; if that fails too, look in the IdP's sign-in log for the reason."},
	{"InvalidAttrNameOrValue", "invalid-attribute", "the request names an attribute or value that the IdP does not accept",
		"An attribute that the service asks for is unknown to the IdP.", "Compare the attributes that the service requests with those that the IdP offers it."},
	{"InvalidNameIDPolicy", "invalid-name-id-policy", "the IdP cannot provide the NameID that the request asks for",
		"The Format in the request's NameIDPolicy is not the one configured at the IdP for this service, or the user has no value for it (AD FS: no claim rule issues a NameID of this Format).",
		"Set the same NameID Format at the service and at the IdP, or let the service ask for unspecified."},
	{"NoAuthnContext", "no-authn-context", "the IdP cannot authenticate the user in the way that the request asks for",
		"The RequestedAuthnContext of the request (often PasswordProtectedTransport with Comparison=\"exact\") excludes how the user logged in, such as Windows integrated or multi-factor.",
		"At the service, switch RequestedAuthnContext off, or set its Comparison to \"minimum\"."},
	{"NoAvailableIDP", "no-available-idp", "none of the IdPs that the request lists can be reached",
		"A proxy IdP could not reach the IdP behind it.", "At the proxy IdP, see whether it reaches the IdP behind it."},
	{"NoPassive", "no-passive", "the user is not logged in at the IdP, and the request forbids asking",
		"The request has IsPassive=\"true\", to which this is the normal answer of a silent check.",
		"If users should see the login page, switch IsPassive off at the service."},
	{"NoSupportedIDP", "no-supported-idp", "the IdP supports none of the IdPs that the request lists",
		"The IDPList of the request names IdPs that this proxy does not know.", "At the service, correct or remove the IDPList of its requests."},
	{"PartialLogout", "partial-logout", "not every participant of the session could be logged out",
		"One of the other services did not answer the logout.", "Close the browser to be logged out everywhere."},
	{"ProxyCountExceeded", "proxy-count-exceeded", "the IdP would have to pass the request on, and the request forbids it",
		"The request's Scoping has ProxyCount=\"0\" or too small a one for the chain of IdPs.", "At the service, remove Scoping from its requests, or raise ProxyCount."},
	{"RequestDenied", "request-denied", "the IdP understood the request and will not answer it",
		"Usually the user is not assigned to this application at the IdP, an access policy forbids it (group, network, device), or the request came from a service that may not ask.",
		"At the IdP, assign the user to this application, and see in its sign-in log which access policy refused."},
	{"RequestUnsupported", "request-unsupported", "the IdP does not support this kind of request",
		"A feature in the request, such as ForceAuthn, Scoping or the protocol binding asked for, is not available at this IdP or not switched on for this service.",
		"At the service, switch off ForceAuthn, Scoping and other extras of its requests, or switch them on at the IdP."},
	{"RequestVersionDeprecated", "version-deprecated", "the IdP no longer speaks the request's version of SAML", "The service asks with an older version of SAML.", "Set the service to SAML 2.0."},
	{"RequestVersionTooHigh", "version-too-high", "the request's version of SAML is newer than the IdP's", "The IdP is set to an older version of SAML for this service.", "Set both the service and its entry at the IdP to SAML 2.0."},
	{"RequestVersionTooLow", "version-too-low", "the request's version of SAML is older than the IdP's", "The service asks with an older version of SAML.", "Set the service to SAML 2.0."},
	{"ResourceNotRecognized", "resource-not-recognized", "the IdP does not know the resource that the request names", "The resource or query in the request is unknown to the IdP.", ""},
	{"TooManyResponses", "too-many-responses", "the answer would hold more than the IdP can return", "The query asks for too much at once.", "Narrow the query."},
	{"UnknownAttrProfile", "unknown-attribute-profile", "the IdP does not know the attribute profile that the request names", "The attribute profile in the query is unknown to the IdP.", ""},
	{"UnknownPrincipal", "unknown-principal", "the IdP does not know the user that the request names",
		"The Subject or NameID in the request belongs to nobody at this IdP: another tenant or directory, or an identifier that changed.",
		"See that the user exists at this IdP under the identifier that the service sends."},
	{"UnsupportedBinding", "unsupported-binding", "the IdP cannot use the binding that the request asks for",
		"The request's ProtocolBinding is not HTTP-POST, or the IdP has no endpoint of that binding for this service.",
		"At the service, ask for HTTP-POST; at the IdP, give this service an ACS URL with that binding."},
}

func statusReasons() []Reason {
	reasons := []Reason{
		{"missing", "the Response has no Status"},
		{"no-code", "the Status has no StatusCode"},
		{"unknown-code", "the StatusCode is none that SAML defines for the top level"},
	}
	for _, list := range [][]statusCode{topLevel, secondLevel} {
		for _, c := range list {
			reasons = append(reasons, Reason{c.reason, c.text})
		}
	}
	return reasons
}

func findCode(codes []statusCode, value string) *statusCode {
	local, ok := strings.CutPrefix(value, statusPrefix)
	if !ok {
		return nil
	}
	for i := range codes {
		if codes[i].local == local {
			return &codes[i]
		}
	}
	return nil
}

func runStatus(in *Input) Outcome {
	m, out := in.message()
	if m == nil {
		return out
	}
	var s *saml.Status
	parent := m.Root
	switch {
	case m.Response != nil:
		s, parent = m.Response.Status, m.Response.Node
	case m.Type == saml.TypeLogoutResponse:
		s = m.Logout.Status
	case m.Type == saml.TypeArtifactResponse:
		return notApplicable(whyNoInner)
	case m.Type == saml.TypeAssertion, m.Type == saml.TypeRSTR:
		return notApplicable("a message without a Response around its assertion has no Status")
	default:
		return notApplicable(fmt.Sprintf("%s has no Status", withArticle(string(m.Type))))
	}
	if s == nil {
		if !parent.Closed() {
			return unseen("the message breaks off before its Status")
		}
		return found(under(parent, "/Status", Finding{
			Reason:   "missing",
			Message:  fmt.Sprintf("The %s has no Status, so that it does not say whether the login succeeded; Success is expected.", parent.Name().Local),
			Expected: []string{saml.StatusSuccess},
		}))
	}
	if len(s.Codes) == 0 {
		if !s.Node.Closed() {
			return unseen("the message breaks off inside its Status")
		}
		return found(withStatusText(s, under(s.Node, "/StatusCode/@Value", Finding{
			Reason:   "no-code",
			Message:  "The Status has no StatusCode with a Value; Success is expected.",
			Expected: []string{saml.StatusSuccess},
		})))
	}
	top := s.Codes[0].Trimmed()
	if top == saml.StatusSuccess {
		return pass()
	}
	if space := parent.Name().Space; space == saml.NSProtocol11 {
		return judgeStatus11(s)
	}
	return found(withStatusText(s, judgeStatus(s)))
}

func judgeStatus(s *saml.Status) Finding {
	top := s.Codes[0]
	f := at(top, Finding{
		Expected: []string{saml.StatusSuccess},
		Actual:   []string{top.Text},
	})
	// The most telling code gives the reason: that of the second level, where
	// there is one that SAML defines.
	code := findCode(topLevel, top.Trimmed())
	second := (*statusCode)(nil)
	for _, v := range s.Codes[1:min(len(s.Codes), 4)] {
		f.Actual = append(f.Actual, v.Text)
		if second == nil {
			second = findCode(secondLevel, v.Trimmed())
		}
	}
	if code == nil {
		// Some IdPs put a code of the second level on top.
		if c := findCode(secondLevel, top.Trimmed()); c != nil {
			f.Reason = c.reason
			f.Message = fmt.Sprintf("The IdP answered %s instead of Success: %s.", c.local, c.text)
			f.Note, f.Fix = c.likely, c.fix
			return f
		}
		f.Reason = "unknown-code"
		f.Message = fmt.Sprintf("The StatusCode is %s, which SAML does not define for the top level; Success is expected.", quote(top.Text))
		if c := compareValue(saml.StatusSuccess, top.Text); c.ID != causeOther {
			f.Cause = c
		}
		return f
	}
	if second == nil {
		f.Reason = code.reason
		f.Message = fmt.Sprintf("The IdP answered %s instead of Success: %s.", code.local, code.text)
		f.Note, f.Fix = code.likely, code.fix
		if len(s.Codes) > 1 {
			f.Message = fmt.Sprintf("The IdP answered %s with the second code %s instead of Success: %s.", code.local, quote(s.Codes[1].Text), code.text)
		}
		return f
	}
	f.Reason = second.reason
	f.Message = fmt.Sprintf("The IdP answered %s, %s, instead of Success: %s.", code.local, second.local, second.text)
	f.Note, f.Fix = second.likely, second.fix
	return f
}

// judgeStatus11 reads the status of SAML 1.1, whose codes are QNames.
func judgeStatus11(s *saml.Status) Outcome {
	top := s.Codes[0]
	local := top.Trimmed()
	local = local[strings.LastIndexByte(local, ':')+1:]
	if local == "Success" {
		return pass()
	}
	f := at(top, Finding{
		Reason:   "unknown-code",
		Message:  fmt.Sprintf("The IdP answered %s instead of Success.", quote(top.Text)),
		Expected: []string{"Success"},
		Actual:   []string{top.Text},
	})
	if code := findCode(topLevel, statusPrefix+local); code != nil {
		f.Reason, f.Note, f.Fix = code.reason, code.likely, code.fix
		f.Message = fmt.Sprintf("The IdP answered %s instead of Success: %s.", code.local, code.text)
	}
	return found(withStatusText(s, f))
}

// withStatusText adds what the IdP says in words, which is usually the most
// useful part of it.
func withStatusText(s *saml.Status, f Finding) Finding {
	f.Message = strings.TrimSuffix(f.Message, ".")
	if text := oneLine(s.Message.Get()); text != "" {
		f.Message += "; its message is " + quote(text)
	}
	if s.Detail != nil {
		detail := oneLine(s.Detail.Text())
		if detail == "" {
			detail = oneLine(s.Detail.Source())
		}
		f.Message += "; its detail is " + quote(detail)
	}
	f.Message += "."
	return f
}

// oneLine is s with every run of white space made one blank.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
