package checktest

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/schema"
)

func structureCases() []Case {
	var all []Case
	for _, cases := range [][]Case{
		rootElementCases(), samlVersionCases(), schemaCases(), issuerFirstCases(),
		idCases(), timestampCases(), assertionCountCases(), statusCases(),
	} {
		all = append(all, cases...)
	}
	return all
}

const (
	beginAssertion = "  <saml:Assertion "
	endAssertion   = "</saml:Assertion>\n"
	issuerElement  = "<saml:Issuer>" + IdP + "</saml:Issuer>"
	// responseIssuer and assertionIssuer are the lines of the two.
	responseIssuer  = "\n  " + issuerElement + "\n"
	assertionIssuer = "\n    " + issuerElement + "\n"
	beginStatus     = "  <samlp:Status>\n"
	encrypted       = `  <saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Id="_e1" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/><xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>
`
	// signature has the shape of one and signs nothing.
	signature = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_r0f1e2d3c4b5a69788796a5b4c3d2e1f0"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>`
)

// withoutAssertion is the good login with what takes the place of its assertion.
func withoutAssertion(instead string) string {
	return strings.Replace(Cut(Response(), beginAssertion, endAssertion), "</samlp:Response>", instead+"</samlp:Response>", 1)
}

// encryptedLogin is the good login with its assertion encrypted.
func encryptedLogin() string { return withoutAssertion(encrypted) }

// failed is a Response that reports status codes, top level first, by the part
// of their URN that differs.
func failed(message, detail string, codes ...string) string {
	status := ""
	for i := len(codes) - 1; i >= 0; i-- {
		if !strings.Contains(codes[i], ":") {
			codes[i] = "urn:oasis:names:tc:SAML:2.0:status:" + codes[i]
		}
		status = fmt.Sprintf("<samlp:StatusCode Value=%q>%s</samlp:StatusCode>", codes[i], status)
	}
	if message != "" {
		status += "<samlp:StatusMessage>" + message + "</samlp:StatusMessage>"
	}
	if detail != "" {
		status += "<samlp:StatusDetail>" + detail + "</samlp:StatusDetail>"
	}
	return Edit(withoutAssertion(""), `    <samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>`, "    "+status)
}

// status11 is the log-in by SAML 1.1 with another status code.
func status11(code string) string { return Edit(response11(), "samlp:Success", "samlp:"+code) }

// assertion11 is an assertion of SAML 1.1 with nothing in it that a service
// would need.
const assertion11 = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="_a1" MajorVersion="1" MinorVersion="1" Issuer="` + IdP + `" IssueInstant="2026-03-04T10:00:26Z"><saml:AuthenticationStatement AuthenticationMethod="urn:oasis:names:tc:SAML:1.0:am:password" AuthenticationInstant="2026-03-04T10:00:25Z"><saml:Subject><saml:NameIdentifier>alex</saml:NameIdentifier></saml:Subject></saml:AuthenticationStatement></saml:Assertion>`

// tokenResponse is a WS-Federation answer that carries token.
func tokenResponse(token string) string {
	return `<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:RequestedSecurityToken>` + token + `</t:RequestedSecurityToken></t:RequestSecurityTokenResponse>`
}

// artifactResponse carries content in the answer to an ArtifactResolve.
func artifactResponse(content string) string {
	return `<samlp:ArtifactResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_ar" Version="2.0" IssueInstant="` + Clock(0) + `"><saml:Issuer>` + IdP + `</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` + content + `</samlp:ArtifactResponse>`
}

// inner is the good login without its XML declaration.
func inner() string { return Cut(Response(), "<?xml", "?>\n") }

func rootElementCases() []Case {
	const rule = "root-element"
	request := "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(AuthnRequest())))
	fails := func(name, reason, xml string) Case {
		return Case{Name: name, Want: check.StatusFail, Reasons: []string{reason}, Input: posted(xml), Ext: "txt"}
	}
	return ruled(rule, []Case{
		{Name: "response", Want: check.StatusPass, Input: Response(), Ext: "xml"},
		{Name: "artifact-response", Want: check.StatusPass, Input: artifactResponse(inner()), Ext: "xml"},

		{Name: "bare-assertion", Want: check.StatusFail, Reasons: []string{"assertion"}, Input: BareAssertion(), Ext: "xml"},
		fails("saml-1.1", "saml11", response11()),
		fails("bare-saml-1.1-assertion", "saml11", assertion11),
		fails("ws-federation-in-samlresponse", "ws-federation", tokenResponse(assertion11)),
		{Name: "ws-federation", Want: check.StatusWarn, Reasons: []string{"ws-federation"}, Input: "wa=wsignin1.0&" + field("wresult", tokenResponse(assertion11)), Ext: "txt"},
		Case{Name: "ws-federation-asked-by-saml", Want: check.StatusFail, Reasons: []string{"ws-federation"}}.inCapture(asks(AuthnRequest()), postsToken(wsFederationLogin())),
		{Name: "request-pasted", Want: check.StatusFail, Reasons: []string{"request"}, Input: AuthnRequest(), Ext: "xml"},
		fails("request-in-samlresponse", "request", AuthnRequest()),
		fails("metadata", "metadata", `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="`+IdP+`"/>`),
		fails("soap-fault", "soap", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>no such user</faultstring></s:Fault></s:Body></s:Envelope>`),
		fails("web-page", "html", "<html><body>Error</body></html>"),
		{Name: "other-namespace", Want: check.StatusFail, Reasons: []string{"wrong-namespace"}, Causes: []string{"one-edit"}, Input: posted(Edit(Response(), `"urn:oasis:names:tc:SAML:2.0:protocol"`, `"urn:oasis:names:tc:SAML:2.0:protokol"`)), Ext: "txt"},
		fails("no-namespace", "wrong-namespace", `<Response ID="_1" Version="2.0"/>`),
		fails("something-else", "other", "<note>hello</note>"),

		{Name: "not-base64", Want: check.StatusSkip, Input: capture(exchange{body: field("SAMLResponse", "?????????")}), Ext: "har"},
		{Name: "request-by-redirect", Want: check.StatusNA, Input: request, Ext: "txt"},
		{Name: "logout", Want: check.StatusNA, Input: logoutResponse(""), Ext: "xml"},
		{Name: "empty-artifact-response", Want: check.StatusNA, Input: artifactResponse(""), Ext: "xml"},
	})
}

func samlVersionCases() []Case {
	const rule = "saml-version"
	return ruled(rule, []Case{
		{Name: "everywhere", Want: check.StatusPass, Input: Response(), Ext: "xml"},
		{Name: "request", Want: check.StatusPass, Input: AuthnRequest(), Ext: "xml"},

		{Name: "missing", Want: check.StatusFail, Reasons: []string{"missing", "missing"}, Input: Edit(Response(), ` Version="2.0"`, ""), Ext: "xml"},
		{Name: "1.1", Want: check.StatusFail, Reasons: []string{"other-version", "other-version"}, Causes: []string{"", ""}, Input: Edit(Response(), ` Version="2.0"`, ` Version="1.1"`), Ext: "xml"},
		{Name: "blank", Want: check.StatusFail, Reasons: []string{"other-version"}, Causes: []string{"whitespace"}, Input: Edit(BareAssertion(), ` Version="2.0"`, ` Version=" 2.0"`), Ext: "xml"},
		{Name: "saml-1.1", Want: check.StatusFail, Reasons: []string{"saml11", "saml11"}, Input: response11(), Ext: "xml"},
		{Name: "ws-federation", Want: check.StatusPass, Input: "wa=wsignin1.0&" + field("wresult", tokenResponse(assertion11)), Ext: "txt"},
		{Name: "ws-federation-saml-2.0", Want: check.StatusPass, Input: wsFederation(BareAssertion()), Ext: "xml"},
		{Name: "token-of-saml-2.1", Want: check.StatusFail, Reasons: []string{"other-version", "missing"}, Input: wsFederation(Edit(assertion11, `MajorVersion="1" MinorVersion="1"`, `MajorVersion="2"`)), Ext: "xml"},
		{Name: "saml-1.1-assertion", Want: check.StatusFail, Reasons: []string{"saml11"}, Input: withoutAssertion(assertion11), Ext: "xml"},

		{Name: "not-saml", Want: check.StatusSkip, Input: posted("<note>hello</note>"), Ext: "txt"},
		{Name: "ws-federation-encrypted", Want: check.StatusNA, Input: "wa=wsignin1.0&" + field("wresult", tokenResponse(encryptedToken)), Ext: "txt"},
	})
}

func schemaCases() []Case {
	const rule = "schema"
	xml := Response()
	broken := func(name, reason string, pairs ...string) Case {
		return Case{Name: name, Want: check.StatusFail, Reasons: []string{reason}, Input: Edit(xml, pairs...), Ext: "xml"}
	}
	const audience = "<saml:Audience>" + SP + "</saml:Audience>"
	return ruled(rule, []Case{
		{Name: "valid", Want: check.StatusPass, Input: xml, Ext: "xml"},
		{Name: "valid-encrypted", Want: check.StatusPass, Input: encryptedLogin(), Ext: "xml"},
		{Name: "valid-signed", Want: check.StatusPass, Input: Edit(xml, responseIssuer, responseIssuer+signature), Ext: "xml"},

		broken("no-status-code", schema.ReasonMissingElement, `    <samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>`+"\n", ""),
		broken("issuer-after-status", schema.ReasonWrongOrder, responseIssuer, "\n", "  </samlp:Status>\n", "  </samlp:Status>"+responseIssuer),
		broken("two-issuers", schema.ReasonRepeatedElement, responseIssuer, responseIssuer+responseIssuer),
		broken("advice-in-status", schema.ReasonUnexpectedElement, beginStatus, beginStatus+"<saml:Advice/>"),
		broken("issuer-of-the-protocol", schema.ReasonWrongNamespace, responseIssuer, "\n<samlp:Issuer>"+IdP+"</samlp:Issuer>\n"),
		{Name: "foreign-element", Want: check.StatusFail, Reasons: []string{schema.ReasonUndeclaredElement}, Ext: "xml",
			Input: Edit(encryptedLogin(), `aes256-gcm"/>`, `aes256-gcm"><x:y xmlns:x="urn:example:x"/></xenc:EncryptionMethod>`)},
		broken("text", schema.ReasonUnexpectedText, beginStatus, beginStatus+"Success"),
		broken("no-id", schema.ReasonMissingAttribute, ` ID="_r0f1e2d3c4b5a69788796a5b4c3d2e1f0"`, ""),
		broken("foreign-attribute", schema.ReasonUnexpectedAttribute, "<saml:AudienceRestriction>", `<saml:AudienceRestriction Optional="true">`),
		broken("time", schema.ReasonInvalidValue, `AuthnInstant="`+Clock(-1e9), `AuthnInstant="yesterday`),
		broken("one-id-twice", schema.ReasonDuplicateID, "_a9f8e7d6c5b4a39281706f5e4d3c2b1a0", "_r0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
		broken("type-unknown", schema.ReasonUnknownType, `xsi:type="xs:string">Doe`, `xsi:type="xs:strng">Doe`),
		broken("type-of-another", schema.ReasonWrongType, audience, `<saml:Audience xsi:type="saml:NameIDType">`+SP+"</saml:Audience>"),
		broken("abstract", schema.ReasonAbstractType, "<saml:AudienceRestriction>", "<saml:Condition/><saml:AudienceRestriction>"),
		broken("nil", schema.ReasonNotNillable, audience, `<saml:Audience xsi:nil="false">`+SP+"</saml:Audience>"),
		{Name: "of-a-failure", Want: check.StatusWarn, Reasons: []string{schema.ReasonUnexpectedAttribute}, Ext: "xml",
			Input: Edit(failed("Not for you", "", "RequestDenied"), "<samlp:StatusMessage>", `<samlp:StatusMessage Value="Not for you">`)},
		{Name: "before-the-cut", Want: check.StatusFail, Reasons: []string{schema.ReasonUnexpectedText}, Input: Edit(xml, beginStatus, beginStatus+"Success")[:2000], Ext: "xml"},

		{Name: "cut-off", Want: check.StatusSkip, Input: xml[:2000], Ext: "xml"},
		{Name: "prefix-undeclared", Want: check.StatusSkip, Input: Edit(xml, "<samlp:Status>", "<p:Status>", "</samlp:Status>", "</p:Status>"), Ext: "xml"},
		{Name: "saml-1.1", Want: check.StatusNA, Input: response11(), Ext: "xml"},
	})
}

func issuerFirstCases() []Case {
	const rule = "issuer-first"
	xml := Response()
	return ruled(rule, []Case{
		{Name: "both-first", Want: check.StatusPass, Input: xml, Ext: "xml"},
		{Name: "response-unsigned-without", Want: check.StatusPass, Input: Edit(xml, responseIssuer, "\n"), Ext: "xml"},

		{Name: "assertion-without", Want: check.StatusFail, Reasons: []string{"assertion-missing"}, Input: Edit(xml, assertionIssuer, "\n"), Ext: "xml"},
		{Name: "after-the-subject", Want: check.StatusFail, Reasons: []string{"assertion-not-first"}, Input: Edit(xml, assertionIssuer, "\n", "    </saml:Subject>\n", "    </saml:Subject>"+assertionIssuer), Ext: "xml"},
		{Name: "assertion-begins-otherwise-and-is-cut", Want: check.StatusFail, Reasons: []string{"assertion-not-first"}, Input: Edit(xml, assertionIssuer, "\n")[:1500], Ext: "xml"},
		{Name: "signed-response-without", Want: check.StatusFail, Reasons: []string{"response-missing"}, Input: Edit(xml, responseIssuer, "\n"+signature), Ext: "xml"},
		{Name: "response-signature-first", Want: check.StatusFail, Reasons: []string{"response-not-first"}, Input: Edit(xml, responseIssuer, signature+responseIssuer), Ext: "xml"},
		{Name: "encrypted-without", Want: check.StatusWarn, Reasons: []string{"encrypted-response-missing"}, Input: Edit(encryptedLogin(), responseIssuer, "\n"), Ext: "xml"},

		{Name: "cut-off", Want: check.StatusSkip, Input: upTo(xml, assertionIssuer), Ext: "xml"},
		{Name: "logout", Want: check.StatusNA, Input: logoutResponse(""), Ext: "xml"},
		{Name: "empty-artifact-response", Want: check.StatusNA, Input: artifactResponse(""), Ext: "xml"},
		{Name: "saml-1.1", Want: check.StatusNA, Input: response11(), Ext: "xml"},
	})
}

func idCases() []Case {
	const rule = "ids"
	const id = "_a9f8e7d6c5b4a39281706f5e4d3c2b1a0"
	xml := Response()
	return ruled(rule, []Case{
		{Name: "unique", Want: check.StatusPass, Input: xml, Ext: "xml"},
		{Name: "encrypted", Want: check.StatusPass, Input: encryptedLogin(), Ext: "xml"},

		{Name: "uuid", Want: check.StatusFail, Reasons: []string{"not-ncname"}, Input: Edit(xml, id, "3f2504e0-4f89-41d3-9a0c-0305e82c3301"), Ext: "xml"},
		{Name: "colon", Want: check.StatusFail, Reasons: []string{"not-ncname"}, Input: Edit(xml, id, "urn:uuid:3f2504e0"), Ext: "xml"},
		{Name: "blank", Want: check.StatusFail, Reasons: []string{"not-ncname"}, Input: Edit(xml, id, "_a 1"), Ext: "xml"},
		{Name: "empty", Want: check.StatusFail, Reasons: []string{"empty"}, Input: Edit(xml, id, ""), Ext: "xml"},
		{Name: "response-and-assertion", Want: check.StatusFail, Reasons: []string{"duplicate"}, Input: Edit(xml, id, "_r0f1e2d3c4b5a69788796a5b4c3d2e1f0"), Ext: "xml"},
		{Name: "of-encrypted-data", Want: check.StatusFail, Reasons: []string{"duplicate"}, Input: Edit(encryptedLogin(), `Id="_e1"`, `Id="_r0f1e2d3c4b5a69788796a5b4c3d2e1f0"`), Ext: "xml"},
		{Name: "saml-1.1", Want: check.StatusFail, Reasons: []string{"not-ncname"}, Input: Edit(response11(), `AssertionID="_a11"`, `AssertionID="11"`), Ext: "xml"},

		{Name: "cut-off", Want: check.StatusSkip, Input: xml[:2000], Ext: "xml"},
	})
}

func timestampCases() []Case {
	const rule = "timestamps"
	xml := Response()
	instant := `AuthnInstant="` + Clock(-1e9) + `"`
	with := func(value string) string { return Edit(xml, instant, `AuthnInstant="`+value+`"`) }
	return ruled(rule, []Case{
		{Name: "utc", Want: check.StatusPass, Input: xml, Ext: "xml"},
		{Name: "fraction", Want: check.StatusPass, Input: with("2026-03-04T10:00:25.1234567Z"), Ext: "xml"},

		{Name: "blank-for-t", Want: check.StatusFail, Reasons: []string{"unreadable"}, Input: with("2026-03-04 10:00:25Z"), Ext: "xml"},
		{Name: "american", Want: check.StatusFail, Reasons: []string{"unreadable"}, Input: with("3/4/2026 10:00:25 AM"), Ext: "xml"},
		{Name: "no-such-day", Want: check.StatusFail, Reasons: []string{"unreadable"}, Input: with("2026-02-30T10:00:25Z"), Ext: "xml"},
		{Name: "empty", Want: check.StatusFail, Reasons: []string{"unreadable"}, Input: with(""), Ext: "xml"},
		{Name: "offset", Want: check.StatusWarn, Reasons: []string{"offset"}, Input: with("2026-03-04T11:00:25+01:00"), Ext: "xml"},
		{Name: "no-zone", Want: check.StatusWarn, Reasons: []string{"no-zone"}, Input: with("2026-03-04T10:00:25"), Ext: "xml"},

		{Name: "cut-off", Want: check.StatusSkip, Input: xml[:2000], Ext: "xml"},
		{Name: "none", Want: check.StatusNA, Input: "wa=wsignin1.0&" + field("wresult", tokenResponse(encryptedToken)), Ext: "txt"},
	})
}

// encryptedToken is an encrypted assertion that declares what it needs.
const encryptedToken = `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>`

func assertionCountCases() []Case {
	const rule = "assertion-count"
	xml := Response()
	second := Edit(Assertion()+"\n", "_a9f8e7d6c5b4a39281706f5e4d3c2b1a0", "_a2", "_s1", "_s2")
	return ruled(rule, []Case{
		{Name: "one", Want: check.StatusPass, Input: xml, Ext: "xml"},
		{Name: "one-encrypted", Want: check.StatusPass, Input: encryptedLogin(), Ext: "xml"},
		{Name: "bare", Want: check.StatusPass, Input: BareAssertion(), Ext: "xml"},

		{Name: "none", Want: check.StatusFail, Reasons: []string{"missing"}, Input: withoutAssertion(""), Ext: "xml"},
		{Name: "no-token", Want: check.StatusNA, Input: "wa=wsignin1.0&" + field("wresult", tokenResponse("")), Ext: "txt"},
		{Name: "inside-another-element", Want: check.StatusFail, Reasons: []string{"misplaced"}, Input: Edit(xml, beginAssertion, "<samlp:Extensions>"+beginAssertion, endAssertion, endAssertion+"</samlp:Extensions>"), Ext: "xml"},
		{Name: "in-another-namespace", Want: check.StatusFail, Reasons: []string{"misplaced"}, Input: withoutAssertion(`<Assertion xmlns="urn:example:assertion"/>`), Ext: "xml"},
		{Name: "two", Want: check.StatusWarn, Reasons: []string{"several"}, Input: Edit(xml, "</samlp:Response>", second+"</samlp:Response>"), Ext: "xml"},

		{Name: "cut-off", Want: check.StatusSkip, Input: upTo(xml, beginAssertion), Ext: "xml"},
		{Name: "status-not-success", Want: check.StatusNA, Input: failed("", "", "Responder"), Ext: "xml"},
		{Name: "request", Want: check.StatusNA, Input: AuthnRequest(), Ext: "xml"},
	})
}

func statusCases() []Case {
	const rule = "status"
	xml := Response()
	cases := []Case{
		{Name: "success", Want: check.StatusPass, Input: xml, Ext: "xml"},
		{Name: "saml-1.1", Want: check.StatusPass, Input: response11(), Ext: "xml"},
		{Name: "logout-success", Want: check.StatusPass, Input: logoutResponse(""), Ext: "xml"},

		{Name: "no-status", Want: check.StatusFail, Reasons: []string{"missing"}, Input: Cut(xml, beginStatus, "</samlp:Status>\n"), Ext: "xml"},
		{Name: "no-status-code", Want: check.StatusFail, Reasons: []string{"no-code"}, Input: Edit(xml, `    <samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>`+"\n", ""), Ext: "xml"},
		{Name: "no-value", Want: check.StatusFail, Reasons: []string{"no-code"}, Input: Edit(xml, ` Value="urn:oasis:names:tc:SAML:2.0:status:Success"`, ""), Ext: "xml"},
		{Name: "success-in-small-letters", Want: check.StatusFail, Reasons: []string{"unknown-code"}, Causes: []string{"case"}, Input: Edit(xml, "status:Success", "status:success"), Ext: "xml"},
		{Name: "invented", Want: check.StatusFail, Reasons: []string{"unknown-code"}, Input: failed("", "", "urn:example:denied"), Ext: "xml"},
		{Name: "second-level-on-top", Want: check.StatusFail, Reasons: []string{"request-denied"}, Input: failed("", "", "RequestDenied"), Ext: "xml"},
		{Name: "message-and-detail", Want: check.StatusFail, Reasons: []string{"responder"}, Input: failed("The signing certificate has expired", "<Cause>certificate</Cause>", "Responder"), Ext: "xml"},
		{Name: "second-code-invented", Want: check.StatusFail, Reasons: []string{"requester"}, Input: failed("", "", "Requester", "urn:example:denied"), Ext: "xml"},
		{Name: "saml-1.1-requester", Want: check.StatusFail, Reasons: []string{"requester"}, Input: status11("Requester"), Ext: "xml"},
		{Name: "saml-1.1-invented", Want: check.StatusFail, Reasons: []string{"unknown-code"}, Input: status11("Denied"), Ext: "xml"},
		{Name: "logout-denied", Want: check.StatusFail, Reasons: []string{"request-denied"}, Input: logoutResponse("RequestDenied"), Ext: "xml"},

		{Name: "cut-off", Want: check.StatusSkip, Input: upTo(xml, beginStatus), Ext: "xml"},
		{Name: "cut-off-inside", Want: check.StatusSkip, Input: xml[:strings.Index(xml, beginStatus)+len(beginStatus)], Ext: "xml"},
		{Name: "bare-assertion", Want: check.StatusNA, Input: BareAssertion(), Ext: "xml"},
		{Name: "request", Want: check.StatusNA, Input: AuthnRequest(), Ext: "xml"},
	}
	for _, code := range []struct{ reason, top, second string }{
		{"version-mismatch", "VersionMismatch", ""},
		{"authn-failed", "Responder", "AuthnFailed"},
		{"invalid-attribute", "Requester", "InvalidAttrNameOrValue"},
		{"invalid-name-id-policy", "Requester", "InvalidNameIDPolicy"},
		{"no-authn-context", "Responder", "NoAuthnContext"},
		{"no-available-idp", "Responder", "NoAvailableIDP"},
		{"no-passive", "Responder", "NoPassive"},
		{"no-supported-idp", "Responder", "NoSupportedIDP"},
		{"partial-logout", "Responder", "PartialLogout"},
		{"proxy-count-exceeded", "Responder", "ProxyCountExceeded"},
		{"request-unsupported", "Requester", "RequestUnsupported"},
		{"version-deprecated", "VersionMismatch", "RequestVersionDeprecated"},
		{"version-too-high", "VersionMismatch", "RequestVersionTooHigh"},
		{"version-too-low", "VersionMismatch", "RequestVersionTooLow"},
		{"resource-not-recognized", "Requester", "ResourceNotRecognized"},
		{"too-many-responses", "Responder", "TooManyResponses"},
		{"unknown-attribute-profile", "Requester", "UnknownAttrProfile"},
		{"unknown-principal", "Requester", "UnknownPrincipal"},
		{"unsupported-binding", "Requester", "UnsupportedBinding"},
	} {
		codes := []string{code.top}
		if code.second != "" {
			codes = append(codes, code.second)
		}
		cases = append(cases, Case{Name: code.reason, Want: check.StatusFail, Reasons: []string{code.reason}, Input: failed("", "", codes...), Ext: "xml"})
	}
	return ruled(rule, cases)
}
