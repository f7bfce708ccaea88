package checktest

import (
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

// fixture is a case whose input is an XML document.
func fixture(rule, name string, want check.Status, input string, reasons ...string) Case {
	return Case{Rule: rule, Name: name, Want: want, Reasons: reasons, Input: input, Ext: "xml"}
}

// because sets the causes of the findings, in order.
func (c Case) because(causes ...string) Case {
	c.Causes = causes
	return c
}

// expecting changes what is expected.
func (c Case) expecting(change func(*expect.Expect)) Case {
	c.Expect = change
	return c
}

// at sets the evaluation time, as an offset from Issued.
func (c Case) at(offset time.Duration, basis check.Basis) Case {
	c.At, c.Basis = issued.Add(offset), basis
	return c
}

// nothingKnown expects nothing in particular.
func nothingKnown(e *expect.Expect) { *e = expect.Expect{} }

// encryptedResponse is the good login with its assertion encrypted for somebody.
func encryptedResponse() string {
	return Edit(Response(), Assertion(), `  <saml:EncryptedAssertion>
    <xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">
      <xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes128-gcm"/>
      <xenc:CipherData><xenc:CipherValue>AAECAwQFBgcICQoLDA0ODw==</xenc:CipherValue></xenc:CipherData>
    </xenc:EncryptedData>
  </saml:EncryptedAssertion>`)
}

// failedResponse is the answer of an IdP that logs nobody in.
func failedResponse() string {
	return Edit(Cut(Response(), "  <saml:Assertion", "</saml:Assertion>\n"),
		`<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>`,
		`<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode>`)
}

// upTo is s cut off just before the first place where text stands.
func upTo(s, text string) string {
	before, _, ok := strings.Cut(s, text)
	if !ok {
		panic("checktest: nothing to cut off at: " + text)
	}
	return before
}

// signedResponse is the good login with the outline of a signature on the
// Response: there is one, which is all that some rules ask.
func signedResponse() string {
	return Edit(Response(), "  <samlp:Status>\n", `  <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_r0f1e2d3c4b5a69788796a5b4c3d2e1f0"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AA==</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature>
  <samlp:Status>
`)
}

// response11 is a log-in by SAML 1.1.
func response11() string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" ResponseID="_r11" MajorVersion="1" MinorVersion="1" IssueInstant="` + Clock(0) + `" Recipient="` + ACS + `">
  <samlp:Status><samlp:StatusCode Value="samlp:Success"/></samlp:Status>
  <saml:Assertion AssertionID="_a11" MajorVersion="1" MinorVersion="1" IssueInstant="` + Clock(0) + `" Issuer="` + IdP + `">
    <saml:Conditions NotBefore="` + Clock(0) + `" NotOnOrAfter="` + Clock(5*time.Minute) + `">
      <saml:AudienceRestrictionCondition><saml:Audience>` + SP + `</saml:Audience></saml:AudienceRestrictionCondition>
    </saml:Conditions>
    <saml:AuthenticationStatement AuthenticationMethod="urn:oasis:names:tc:SAML:1.0:am:password" AuthenticationInstant="` + Clock(-time.Second) + `">
      <saml:Subject>
        <saml:NameIdentifier Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">alex@example.com</saml:NameIdentifier>
        <saml:SubjectConfirmation><saml:ConfirmationMethod>urn:oasis:names:tc:SAML:1.0:cm:bearer</saml:ConfirmationMethod></saml:SubjectConfirmation>
      </saml:Subject>
    </saml:AuthenticationStatement>
    <saml:AttributeStatement>
      <saml:Subject>
        <saml:NameIdentifier Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">alex@example.com</saml:NameIdentifier>
      </saml:Subject>
      <saml:Attribute AttributeName="uid" AttributeNamespace="http://schemas.example.org/claims"><saml:AttributeValue>alex@example.com</saml:AttributeValue></saml:Attribute>
    </saml:AttributeStatement>
  </saml:Assertion>
</samlp:Response>
`
}

// wsFederation is the answer of WS-Trust with token in it.
func wsFederation(token string) string {
	return `<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:RequestedSecurityToken>` + token + "</t:RequestedSecurityToken></t:RequestSecurityTokenResponse>\n"
}

// shows is a page of the IdP that carries response and sends it on by itself,
// asked for at an offset from Issued.
func shows(offset time.Duration, response string) exchange {
	return exchange{
		method: "GET", url: "https://idp.example.net/login/done", after: issued.Add(offset).Sub(delivered),
		page: autoSubmit("post", ACS, response),
	}
}

// sends is the browser's delivery of response to a URL.
func sends(offset time.Duration, to, response string) exchange {
	return exchange{url: to, after: issued.Add(offset).Sub(delivered), body: posted(response)}
}

// asks is the browser's delivery of a request to the IdP, as soon as it was made.
func asks(request string) exchange {
	const made = -5 * time.Second // the IssueInstant of AuthnRequest
	return exchange{url: "https://idp.example.net/sso", after: issued.Add(made).Sub(delivered), body: field("SAMLRequest", encode(request))}
}

// inCapture makes c a browser capture, judged at the time of its last exchange.
func (c Case) inCapture(exchanges ...exchange) Case {
	c.Input, c.Ext = capture(exchanges...), "har"
	c.At, c.Basis = delivered.Add(exchanges[len(exchanges)-1].after), check.BasisCaptured
	return c
}
