package checktest

import (
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
)

// The logout URLs of the two parties.
const (
	idpSLO = "https://idp.example.net/slo"
	spSLO  = "https://sp.example.com/saml/slo"
)

// logoutMessage is the LogoutRequest of the service that ends the good login.
func logoutMessage() string {
	return `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_l0" Version="2.0" IssueInstant="` + Clock(2*time.Second) + `" NotOnOrAfter="` + Clock(5*time.Minute) + `" Destination="` + idpSLO + `"><saml:Issuer>` + SP + `</saml:Issuer>` + goodNameID + `<samlp:SessionIndex>_s1</samlp:SessionIndex></samlp:LogoutRequest>`
}

// logoutKnown knows the logout URLs of both parties.
func logoutKnown(e *expect.Expect) {
	e.IdPEndpoints = []expect.Endpoint{{Entity: IdP, Service: expect.ServiceLogout, Binding: metadata.BindingRedirect, Location: idpSLO, From: "fixture"}}
	e.SPEndpoints = []expect.Endpoint{{Entity: SP, Service: expect.ServiceLogout, Binding: metadata.BindingPOST, Location: "https://sp.example.com/saml/logout", ResponseLocation: spSLO, From: "fixture"}}
}

// logsOut is the browser's delivery of a LogoutRequest to the IdP.
func logsOut(offset time.Duration, request string) exchange {
	return exchange{url: idpSLO, after: issued.Add(offset).Sub(delivered), body: field("SAMLRequest", encode(request))}
}

func logoutCases() []Case {
	const (
		rule   = "logout-request"
		issuer = "<saml:Issuer>" + SP + "</saml:Issuer>"
	)
	request, response := logoutMessage(), logoutResponse("")
	fails := func(name, reason string, pairs ...string) Case {
		return fixture(rule, name, check.StatusFail, Edit(request, pairs...), reason)
	}
	// after is the request after the good login, in one capture.
	after := func(name string, want check.Status, request string, reasons ...string) Case {
		return fixture(rule, name, want, "", reasons...).inCapture(asks(AuthnRequest()), sends(4e9, ACS, Response()), logsOut(6e9, request)).nth(3)
	}
	answers := func(name string, want check.Status, response string, reasons ...string) Case {
		return fixture(rule, name, want, "", reasons...).
			inCapture(logsOut(2e9, request), sends(4e9, spSLO, response)).nth(2)
	}
	return []Case{
		fixture(rule, "request", check.StatusPass, request),
		fixture(rule, "response", check.StatusPass, response).expecting(func(e *expect.Expect) { e.InResponseTo.ID = "_l0" }),
		fixture(rule, "urls-known", check.StatusPass, request).expecting(logoutKnown),
		answers("answered", check.StatusPass, response).expecting(logoutKnown),
		after("as-at-the-login", check.StatusPass, request),
		fixture(rule, "encrypted-name", check.StatusPass, Edit(request, goodNameID, "<saml:EncryptedID/>")),

		fails("no-issuer", "issuer-missing", issuer, ""),
		fails("empty-issuer", "issuer-missing", SP, ""),
		fails("stranger", "issuer", SP, SP+"/").because("trailing-slash"),
		fails("other-address", "destination", idpSLO, sso).expecting(logoutKnown),
		fixture(rule, "request-to-response-address", check.StatusFail, Edit(request, SP, IdP, idpSLO, spSLO), "destination").expecting(logoutKnown),
		fixture(rule, "signed-without-destination", check.StatusFail, Edit(request, ` Destination="`+idpSLO+`"`, "", issuer, issuer+strings.ReplaceAll(signature, responseID, "_l0")), "destination-missing"),
		fixture(rule, "delivered-elsewhere", check.StatusFail, "", "delivered-elsewhere").
			inCapture(exchange{url: sso, body: field("SAMLRequest", encode(request))}),
		fixture(rule, "reloaded", check.StatusFail, request, "expired").at(time.Hour, check.BasisGiven),
		fixture(rule, "stale-paste", check.StatusWarn, request, "expired").because("stale-paste").at(72*time.Hour, check.BasisNow),
		fails("no-time", "unreadable-time", `NotOnOrAfter="`+Clock(5*time.Minute), `NotOnOrAfter="never`),
		fails("nobody", "name-id-missing", goodNameID, ""),
		fails("empty-name", "name-id-missing", "alex@example.com", ""),
		after("other-user", check.StatusWarn, Edit(request, "alex@example.com", "alex"), "name-id"),
		after("other-format", check.StatusWarn, Edit(request, ` Format="`+emailFormat+`"`, ""), "name-id"),
		after("qualified", check.StatusWarn, Edit(request, "<saml:NameID ", `<saml:NameID NameQualifier="`+IdP+`" `), "name-id"),
		after("qualified-for-the-service", check.StatusWarn, Edit(request, "<saml:NameID ", `<saml:NameID SPNameQualifier="`+SP+`" `), "name-id"),
		after("other-session", check.StatusWarn, Edit(request, ">_s1<", ">_s2<"), "session-index").because("one-edit"),
		fixture(rule, "answers-nothing", check.StatusFail, Edit(response, ` InResponseTo="_l0"`, ""), "in-response-to-missing").
			expecting(func(e *expect.Expect) { e.InResponseTo = expect.InResponseTo{} }),
		fixture(rule, "answers-another", check.StatusFail, response, "in-response-to"),
		answers("answers-another-of-capture", check.StatusFail, Edit(response, `"_l0"`, `"_l9"`), "in-response-to"),
		answers("not-everybody", check.StatusWarn, Edit(response, `status:Success"/>`, `status:Success"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:PartialLogout"/></samlp:StatusCode>`), "partial-logout"),

		fixture(rule, "parties-not-known", check.StatusSkip, request).expecting(nothingKnown),
		fixture(rule, "cut-off", check.StatusSkip, upTo(request, "<samlp:SessionIndex>")),
		fixture(rule, "login", check.StatusNA, Response()),
	}
}

// nth judges the nth message of the input.
func (c Case) nth(n int) Case {
	c.Message = n
	return c
}
