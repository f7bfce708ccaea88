package checktest

import (
	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

func issuerCases() []Case {
	const rule = "issuer"
	inner := "\n    <saml:Issuer>" + IdP
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "format-entity", check.StatusPass, Edit(Response(),
			"<saml:Issuer>", `<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">`)),
		fixture(rule, "response-without-issuer", check.StatusPass, Cut(Response(), "  <saml:Issuer>", "</saml:Issuer>\n")),
		fixture(rule, "saml-1-1", check.StatusPass, response11()),
		fixture(rule, "status-not-success", check.StatusPass, failedResponse()),
		fixture(rule, "trailing-slash", check.StatusFail, Edit(Response(), "<saml:Issuer>"+IdP, "<saml:Issuer>"+IdP+"/"),
			"mismatch", "mismatch").because("trailing-slash", "trailing-slash"),
		fixture(rule, "service-instead-of-idp", check.StatusFail, Edit(Response(), inner, "\n    <saml:Issuer>"+SP),
			"mismatch").because("swapped"),
		fixture(rule, "other-idp", check.StatusFail, Edit(BareAssertion(), "<saml:Issuer>"+IdP, "<saml:Issuer>urn:example:another-idp"),
			"mismatch").because("other"),
		fixture(rule, "two-issuers", check.StatusFail, Edit(Response(), inner, inner+"/tenant"),
			"differ").because("path").expecting(nothingKnown),
		fixture(rule, "two-issuers-both-expected", check.StatusFail, Edit(Response(), inner, inner+"/tenant"),
			"differ").expecting(func(e *expect.Expect) {
			e.IdPEntityIDs = append(e.IdPEntityIDs, expect.Value{Text: IdP + "/tenant", From: "fixture"})
		}),
		fixture(rule, "assertion-without-issuer", check.StatusFail, Cut(Response(), "    <saml:Issuer>", "</saml:Issuer>\n"), "missing"),
		fixture(rule, "empty", check.StatusFail, Edit(Response(), inner+"<", "\n    <saml:Issuer> <"), "empty"),
		fixture(rule, "format", check.StatusFail, Edit(Response(), inner,
			"\n    <saml:Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">"+IdP), "format"),
		fixture(rule, "qualified", check.StatusWarn, Edit(Response(), inner,
			"\n    <saml:Issuer NameQualifier=\"example\">"+IdP), "qualified"),
		fixture(rule, "idp-not-known", check.StatusSkip, Response()).expecting(nothingKnown),
		fixture(rule, "encrypted", check.StatusSkip, encryptedResponse()),
		fixture(rule, "cut-inside", check.StatusSkip, upTo(Response(), "/metadata</saml:Issuer>")),
		fixture(rule, "request", check.StatusNA, AuthnRequest()),
	}
}
