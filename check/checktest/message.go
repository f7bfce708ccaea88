// Package checktest makes the messages that tests and fixtures are made of:
// always the same bytes, from fixed keys and times, so that a fixture is a
// small difference from a login that works.
package checktest

import (
	"fmt"
	"strings"
	"time"
)

// The parties of the login that works. Every fixture is this login with one
// thing changed.
const (
	IdP     = "https://idp.example.net/metadata"
	SP      = "https://sp.example.com/metadata"
	ACS     = "https://sp.example.com/saml/acs"
	Request = "_a1b2c3d4e5f60718293a4b5c6d7e8f90"
)

// Issued is when the good login was issued; Delivered, four seconds later, is
// when it is judged.
var (
	issued    = time.Date(2026, 3, 4, 10, 0, 26, 0, time.UTC)
	delivered = issued.Add(4 * time.Second)
)

// Issued is the IssueInstant of the good login.
func Issued() time.Time { return issued }

// Delivered is when the good login reached the service.
func Delivered() time.Time { return delivered }

// Clock formats an instant the way SAML wants it, offset from Issued.
func Clock(offset time.Duration) string { return issued.Add(offset).Format("2006-01-02T15:04:05Z") }

// Response is the good login as an unsigned samlp:Response, one element or
// attribute group a line, so that an edit can name a whole line.
func Response() string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r0f1e2d3c4b5a69788796a5b4c3d2e1f0" Version="2.0" IssueInstant="` + Clock(0) + `" Destination="` + ACS + `" InResponseTo="` + Request + `">
  <saml:Issuer>` + IdP + `</saml:Issuer>
  <samlp:Status>
    <samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>
  </samlp:Status>
` + Assertion() + `
</samlp:Response>
`
}

// Assertion is the assertion of the good login. Without the Response around it,
// its prefix "saml" is undeclared; see [BareAssertion].
func Assertion() string {
	return `  <saml:Assertion xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="_a9f8e7d6c5b4a39281706f5e4d3c2b1a0" Version="2.0" IssueInstant="` + Clock(0) + `">
    <saml:Issuer>` + IdP + `</saml:Issuer>
    <saml:Subject>
      <saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">alex@example.com</saml:NameID>
      <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
        <saml:SubjectConfirmationData Recipient="` + ACS + `" NotOnOrAfter="` + Clock(5*time.Minute) + `" InResponseTo="` + Request + `"/>
      </saml:SubjectConfirmation>
    </saml:Subject>
    <saml:Conditions NotBefore="` + Clock(0) + `" NotOnOrAfter="` + Clock(5*time.Minute) + `">
      <saml:AudienceRestriction>
        <saml:Audience>` + SP + `</saml:Audience>
      </saml:AudienceRestriction>
    </saml:Conditions>
    <saml:AuthnStatement AuthnInstant="` + Clock(-time.Second) + `" SessionIndex="_s1" SessionNotOnOrAfter="` + Clock(8*time.Hour) + `">
      <saml:AuthnContext>
        <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>
      </saml:AuthnContext>
    </saml:AuthnStatement>
    <saml:AttributeStatement>
` + Attribute("uid", "alex@example.com") + Attribute("firstname", "Alex") + Attribute("lastname", "Doe") + Attribute("email", "alex@example.com") + `    </saml:AttributeStatement>
  </saml:Assertion>`
}

// Attribute is one attribute of the attribute statement, on a line of its own.
func Attribute(name, value string) string {
	return `      <saml:Attribute Name="` + name + `"><saml:AttributeValue xsi:type="xs:string">` + value + `</saml:AttributeValue></saml:Attribute>
`
}

// BareAssertion is the good assertion as a document of its own.
func BareAssertion() string {
	return Edit(strings.TrimSpace(Assertion()),
		`<saml:Assertion `, `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" `)
}

// AuthnRequest is the request that the good login answers.
func AuthnRequest() string {
	return `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="` + Request + `" Version="2.0" IssueInstant="` + Clock(-5*time.Second) + `" Destination="https://idp.example.net/sso" AssertionConsumerServiceURL="` + ACS + `" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"><saml:Issuer>` + SP + `</saml:Issuer><samlp:NameIDPolicy AllowCreate="true"/></samlp:AuthnRequest>`
}

// Edit replaces pairs of old and new text, each old one everywhere it stands.
// It panics when an old text is not there: an edit that does nothing would make
// a fixture that tests nothing.
func Edit(s string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			panic(fmt.Sprintf("checktest: nothing to edit: %q is not in the message", pairs[i]))
		}
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return s
}

// Cut removes what stands between from and to, both included. It panics when
// they are not there.
func Cut(s, from, to string) string {
	i := strings.Index(s, from)
	if i < 0 {
		panic(fmt.Sprintf("checktest: nothing to cut: %q is not in the message", from))
	}
	j := strings.Index(s[i:], to)
	if j < 0 {
		panic(fmt.Sprintf("checktest: nothing to cut: %q does not follow", to))
	}
	return s[:i] + s[i+j+len(to):]
}
