package checktest

import (
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
)

// SSO is the IdP's single sign-on URL.
const sso = "https://idp.example.net/sso"

// ssoKnown expects the good login of an IdP whose single sign-on URL is known.
func ssoKnown(e *expect.Expect) { e.SSOURLs = []expect.Value{{Text: sso, From: "fixture"}} }

// The service's certificates: the one it has, the one it had, and one that is over.
var (
	spIdentity = sync.OnceValue(func() *identity {
		return certificate("rsa2048", "sp.example.com", 11, date(2025, 1, 1), date(2028, 1, 1))
	})
	oldSPIdentity = sync.OnceValue(func() *identity {
		return certificate("other", "sp.example.com", 12, date(2024, 1, 1), date(2027, 1, 1))
	})
	expiredSPIdentity = sync.OnceValue(func() *identity {
		return certificate("other", "sp.example.com", 13, date(2023, 1, 1), date(2026, 1, 1))
	})
)

// owned makes the certificates those of the service, all for one use.
func owned(use string, ids ...*identity) func(*expect.Expect) {
	return func(e *expect.Expect) {
		for _, i := range ids {
			c, err := metadata.ParseDER(i.der)
			if err != nil {
				panic("checktest: " + err.Error())
			}
			e.SPCertificates = append(e.SPCertificates, expect.Certificate{Certificate: *c, From: "fixture", Use: use})
		}
	}
}

// alone makes c about the request of its capture.
func (c Case) alone() Case {
	c.Message = 1
	return c
}

// redirected is the browser's delivery of a request to the IdP by redirect, at
// an offset from Issued.
func redirected(offset time.Duration, to, request string) exchange {
	return exchange{method: "GET", url: to + "?" + field("SAMLRequest", encode(deflate(request))), after: issued.Add(offset).Sub(delivered), status: 200}
}

func authnRequestCases() []Case {
	const rule = "authn-request"
	request := AuthnRequest()
	raw := func(value string) string {
		return capture(exchange{url: sso, body: "SAMLRequest=" + value})
	}
	unreadable := func(name, reason, value string) Case {
		return Case{Rule: rule, Name: name, Want: check.StatusFail, Reasons: []string{reason}, Input: raw(value), Ext: "har"}
	}
	fails := func(name, reason string, pairs ...string) Case {
		return fixture(rule, name, check.StatusFail, Edit(request, pairs...), reason).expecting(ssoKnown)
	}
	warns := func(name, reason string, pairs ...string) Case {
		return fixture(rule, name, check.StatusWarn, Edit(request, pairs...), reason).expecting(ssoKnown)
	}
	const (
		acs         = ` AssertionConsumerServiceURL="` + ACS + `"`
		destination = ` Destination="` + sso + `"`
		binding     = ` ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"`
		policy      = `<samlp:NameIDPolicy `
		issuer      = "<saml:Issuer>" + SP
	)
	ecp := func(e *expect.Expect) {
		e.SPEndpoints = []expect.Endpoint{
			{Entity: SP, Service: expect.ServiceACS, Binding: metadata.BindingPOST, Location: ACS, Index: "0", From: "fixture"},
			{Entity: SP, Service: expect.ServiceACS, Binding: metadata.BindingArtifact, Location: "https://sp.example.com/saml/artifact", Index: "1", From: "fixture"},
		}
	}
	signed := Edit(request, "</saml:Issuer>", "</saml:Issuer>"+strings.ReplaceAll(signature, responseID, Request))
	return []Case{
		fixture(rule, "good", check.StatusPass, request).expecting(ssoKnown),
		fixture(rule, "by-redirect", check.StatusPass, "").expecting(ssoKnown).inCapture(redirected(-4e9, sso, request)),
		fixture(rule, "further-parameters", check.StatusPass, "").expecting(ssoKnown).
			inCapture(exchange{method: "GET", url: sso + "?tenant=1&" + field("SAMLRequest", encode(deflate(request)))}),
		fixture(rule, "passed-on-by-the-idp", check.StatusPass, "").expecting(ssoKnown).
			inCapture(redirected(-4e9, sso, request), redirected(-3e9, "https://idp.example.net/login", request)).at(-3e9, check.BasisCaptured),
		fixture(rule, "acs-of-another-binding", check.StatusPass, Edit(request, ACS, "https://sp.example.com/saml/artifact", "HTTP-POST", "HTTP-Artifact")).expecting(ecp),
		fixture(rule, "old-and-pasted", check.StatusPass, request).expecting(ssoKnown).at(72*time.Hour, check.BasisNow),
		fixture(rule, "certificate-in-date", check.StatusPass, request).expecting(owned("signing", expiredSPIdentity(), spIdentity())),

		unreadable("empty", "empty", ""),
		unreadable("not-base64", "not-base64", "%3F%3F%3F%3F%3F%3F%3F%3F"),
		unreadable("text", "not-xml", url.QueryEscape(encode("Hello, world!"))),
		unreadable("too-large", "not-inflated", url.QueryEscape(encode(inflating()))).limited(10_000),
		unreadable("nothing-in-it", "not-xml", url.QueryEscape(encode("<?xml version=\"1.0\"?><!-- nothing -->"))),
		unreadable("something-else", "other", url.QueryEscape(encode("<note>hello</note>"))),
		fails("cut-off", "malformed", "</samlp:AuthnRequest>", ""),
		fails("broken", "malformed", SP+"<", SP+"?a=1&b=2<").expecting(func(e *expect.Expect) { e.SPEntityIDs = nil }),
		fails("no-issuer", "issuer-missing", issuer+"</saml:Issuer>", ""),
		fails("empty-issuer", "issuer-missing", issuer, "<saml:Issuer>"),
		fails("other-service", "issuer", issuer, "<saml:Issuer>https://sp.example.com/metadata/").because("trailing-slash"),
		fails("old-sso-url", "destination", sso, "https://idp.example.net/saml/sso").because("path"),
		fixture(rule, "signed-without-destination", check.StatusFail, Edit(signed, destination, ""), "destination-missing"),
		fixture(rule, "sent-elsewhere", check.StatusFail, "", "sent-elsewhere").because("host").
			inCapture(redirected(-4e9, "https://idp-test.example.net/sso", request)),
		fixture(rule, "sent-elsewhere-without-destination", check.StatusFail, "", "sent-elsewhere").because("scheme").expecting(ssoKnown).
			inCapture(redirected(-4e9, "http://idp.example.net/sso", Edit(request, destination, ""))),
		fails("acs-behind-a-proxy", "acs", ACS, "http://sp.example.com/saml/acs").because("scheme"),
		fixture(rule, "acs-index-unknown", check.StatusFail, Edit(request, acs, ` AssertionConsumerServiceIndex="7"`, binding, ""), "acs-index").expecting(ecp),
		fixture(rule, "acs-by-index", check.StatusPass, Edit(request, acs, ` AssertionConsumerServiceIndex="1"`, binding, "")).expecting(ecp),
		warns("acs-and-index", "acs-and-index", acs, acs+` AssertionConsumerServiceIndex="0"`),
		fails("answer-by-redirect", "binding", "bindings:HTTP-POST", "bindings:HTTP-Redirect"),
		warns("unknown-binding", "binding", "bindings:HTTP-POST", "bindings:POST"),
		warns("force-and-passive", "force-and-passive", acs, acs+` ForceAuthn="true" IsPassive="1"`),
		warns("invented-format", "name-id-format", policy, policy+`Format="urn:oasis:names:tc:SAML:2.0:nameid-format:emailAddress" `),
		warns("over-before-it-is-made", "conditions", "</samlp:AuthnRequest>", `<saml:Conditions NotOnOrAfter="`+Clock(-time.Hour)+`"/></samlp:AuthnRequest>`),
		warns("confirmed-by-the-service", "subject-confirmation", policy, `<saml:Subject><saml:NameID>alex</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/></saml:Subject>`+policy),
		fixture(rule, "clock-ahead", check.StatusWarn, "", "issued-in-future").expecting(ssoKnown).inCapture(redirected(-15*time.Minute, sso, request)),
		fixture(rule, "old-page", check.StatusWarn, "", "old").expecting(ssoKnown).inCapture(redirected(time.Hour, sso, request)),
		fixture(rule, "certificate-expired", check.StatusWarn, request, "certificate-expired").expecting(owned("signing", expiredSPIdentity())),
		fixture(rule, "wrong-but-answered", check.StatusWarn, "", "destination").expecting(ssoKnown).
			inCapture(asks(Edit(request, sso, sso+"/")), sends(4e9, ACS, Response())).alone(),

		fixture(rule, "nothing-known", check.StatusSkip, request).expecting(nothingKnown),
		fixture(rule, "logout", check.StatusNA, capture(exchange{url: "https://idp.example.net/slo", body: field("SAMLRequest", encode(logoutMessage()))})).har(),
		fixture(rule, "response-in-samlrequest", check.StatusNA, capture(exchange{body: field("SAMLRequest", encode(Response()))})).har(),
	}
}

// har makes c a capture as it stands.
func (c Case) har() Case {
	c.Ext = "har"
	return c
}

// limited reads c with a limit on what it may inflate to.
func (c Case) limited(size int64) Case {
	c.Read.MaxSize = size
	return c
}

func authnAnswerCases() []Case {
	const (
		rule     = "authn-request"
		classes  = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
		end      = "</samlp:AuthnRequest>"
		password = classes + "PasswordProtectedTransport"
	)
	asked := func(name string, want check.Status, request string, reasons ...string) Case {
		return fixture(rule, name, want, "", reasons...).inCapture(asks(request), sends(4e9, ACS, Response()))
	}
	demands := func(attributes, class string) string {
		return Edit(AuthnRequest(), end, `<samlp:RequestedAuthnContext`+attributes+`><saml:AuthnContextClassRef>`+class+`</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>`+end)
	}
	accepts := func(e *expect.Expect) { e.AuthnContexts = []expect.Value{{Text: password, From: "fixture"}} }
	fresh := Edit(AuthnRequest(), ` Version=`, ` ForceAuthn="true" Version=`)
	return []Case{
		asked("answer-agrees", check.StatusPass, demands("", password)),
		asked("minimum", check.StatusPass, demands(` Comparison="minimum"`, classes+"X509")),
		asked("service-accepts-it", check.StatusPass, demands("", classes+"X509")).expecting(accepts),
		asked("fresh", check.StatusPass, fresh),
		asked("other-context", check.StatusWarn, demands(` Comparison="exact"`, classes+"X509"), "authn-context").because("other"),
		fixture(rule, "logged-in-before", check.StatusWarn, "", "not-fresh").
			inCapture(asks(fresh), sends(4e9, ACS, Edit(Response(), `AuthnInstant="`+Clock(-time.Second), `AuthnInstant="`+Clock(-time.Hour)))),
		asked("artifact-asked-for", check.StatusWarn, Edit(AuthnRequest(), "HTTP-POST", "HTTP-Artifact"), "answer-binding"),
		fixture(rule, "no-request-and-certificate-expired", check.StatusWarn, Response(), "certificate-expired").
			expecting(owned("", expiredSPIdentity())),
		fixture(rule, "request-not-in-capture", check.StatusSkip, Response()),
		fixture(rule, "request-not-the-one", check.StatusNA, "").inCapture(asks(Edit(AuthnRequest(), Request, "_another")), sends(4e9, ACS, Response())),
		fixture(rule, "unsolicited", check.StatusNA, Edit(Response(), ` InResponseTo="`+Request+`"`, "")).expecting(nothingKnown),
		fixture(rule, "status-not-success", check.StatusNA, "").inCapture(asks(AuthnRequest()), sends(4e9, ACS, failedResponse())),
	}
}
