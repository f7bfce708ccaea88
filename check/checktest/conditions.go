package checktest

import (
	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

func conditionsCases() []Case {
	var all []Case
	for _, cases := range [][]Case{audienceCases(), conditionCases(), authnStatementCases(), authnContextCases()} {
		all = append(all, cases...)
	}
	return all
}

const (
	audienceElement = "        <saml:Audience>" + SP + "</saml:Audience>\n"
	restriction     = "      <saml:AudienceRestriction>\n" + audienceElement + "      </saml:AudienceRestriction>\n"
)

func audienceCases() []Case {
	const rule = "audience"
	of := func(audience string) string {
		return Edit(Response(), audienceElement, "        <saml:Audience>"+audience+"</saml:Audience>\n")
	}
	unlike := func(name, audience, cause string) Case {
		return fixture(rule, name, check.StatusFail, of(audience), "mismatch").because(cause)
	}
	other := Edit(restriction, SP, "https://other.example.com")
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "one-of-two", check.StatusPass, Edit(Response(), audienceElement, "        <saml:Audience>urn:example:other</saml:Audience>\n"+audienceElement)),
		fixture(rule, "acs-serves-too", check.StatusPass, of(ACS)).expecting(func(e *expect.Expect) {
			e.AudienceAlso = []expect.Value{{Text: ACS, From: "fixture"}}
		}),
		fixture(rule, "pattern", check.StatusPass, Response()).expecting(func(e *expect.Expect) {
			e.SPEntityIDs, e.SPPatterns = nil, []expect.Pattern{{Text: "https://<site>.example.com/metadata", Regexp: `^https://[a-z]+\.example\.com/metadata$`, From: "fixture"}}
		}),
		fixture(rule, "as-requested", check.StatusPass, "").expecting(nothingKnown).inCapture(asks(AuthnRequest()), sends(4e9, ACS, Response())),
		fixture(rule, "saml-1-1", check.StatusPass, response11()),
		unlike("trailing-slash", SP+"/", "trailing-slash"),
		unlike("http", "http://sp.example.com/metadata", "scheme"),
		unlike("acs-url", ACS, "swapped"),
		unlike("pretty-printed", "\n          "+SP+"\n        ", "whitespace"),
		unlike("other-service", "urn:example:payroll", "other"),
		fixture(rule, "nearest-of-two", check.StatusFail, Edit(Response(), audienceElement,
			"        <saml:Audience>urn:example:other</saml:Audience>\n        <saml:Audience>"+SP+"/</saml:Audience>\n"), "mismatch").because("trailing-slash"),
		fixture(rule, "second-restriction", check.StatusFail, Edit(Response(), restriction, restriction+other), "mismatch"),
		fixture(rule, "no-restriction", check.StatusFail, Edit(Response(), restriction, ""), "missing"),
		fixture(rule, "no-conditions", check.StatusFail, Cut(Response(), "    <saml:Conditions", "</saml:Conditions>\n"), "missing"),
		fixture(rule, "saml-1-1-without", check.StatusWarn, Cut(response11(), "<saml:AudienceRestrictionCondition>", "</saml:AudienceRestrictionCondition>"), "missing"),
		fixture(rule, "names-nobody", check.StatusFail, Edit(Response(), audienceElement, ""), "empty"),
		fixture(rule, "blank-audience", check.StatusFail, of(" "), "empty").expecting(nothingKnown),
		fixture(rule, "service-not-known", check.StatusSkip, Response()).expecting(nothingKnown),
		fixture(rule, "cut-inside", check.StatusSkip, upTo(Response(), "/metadata</saml:Audience>")),
		fixture(rule, "status-not-success", check.StatusNA, failedResponse()),
	}
}

func conditionCases() []Case {
	const rule = "conditions"
	with := func(elements string) string {
		return Edit(Response(), "    </saml:Conditions>", elements+"    </saml:Conditions>")
	}
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "extension", check.StatusFail, with(`      <saml:Condition xmlns:x="urn:example:delegation" xsi:type="x:DelegationRestrictionType"/>`+"\n"), "unknown"),
		fixture(rule, "other-namespace", check.StatusFail, with(`      <Geo xmlns="urn:example:geo">EU</Geo>`+"\n"), "unknown"),
		fixture(rule, "once-and-once-more", check.StatusFail, with("      <saml:OneTimeUse/>\n      <saml:OneTimeUse/>\n"), "repeated", "one-time-use"),
		fixture(rule, "one-time-use", check.StatusWarn, with("      <saml:OneTimeUse/>\n"), "one-time-use"),
		fixture(rule, "proxy-restriction", check.StatusWarn, with("      <saml:ProxyRestriction Count=\"0\"/>\n"), "proxy-restriction"),
		fixture(rule, "cut-inside", check.StatusSkip, upTo(Response(), "    </saml:Conditions>")),
		fixture(rule, "no-conditions", check.StatusNA, Cut(Response(), "    <saml:Conditions", "</saml:Conditions>\n")),
	}
}

func authnStatementCases() []Case {
	const rule = "authn-statement"
	without := Cut(Response(), "    <saml:AuthnStatement", "</saml:AuthnStatement>\n")
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "saml-1-1", check.StatusPass, response11()),
		fixture(rule, "missing", check.StatusFail, without, "missing"),
		fixture(rule, "ws-federation", check.StatusWarn, wsFederation(Cut(BareAssertion(), "    <saml:AuthnStatement", "</saml:AuthnStatement>\n")), "missing"),
		fixture(rule, "cut-before", check.StatusSkip, upTo(Response(), "    <saml:AuthnStatement")),
		fixture(rule, "encrypted", check.StatusSkip, encryptedResponse()),
		fixture(rule, "status-not-success", check.StatusNA, failedResponse()),
	}
}

func authnContextCases() []Case {
	const (
		rule     = "authn-context"
		classes  = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
		password = classes + "PasswordProtectedTransport"
		element  = "        <saml:AuthnContextClassRef>" + password + "</saml:AuthnContextClassRef>\n"
	)
	accepting := func(list string) func(*expect.Expect) {
		return func(e *expect.Expect) { e.AuthnContexts = []expect.Value{{Text: list, From: "fixture"}} }
	}
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()).expecting(accepting(password)),
		fixture(rule, "list", check.StatusPass, Response()).expecting(accepting("urn:federation:authentication:windows; " + password)),
		fixture(rule, "colon-missing", check.StatusFail, Edit(Response(), password, "urn:oasis:names:tc:SAML:2.0:ac:classesPasswordProtectedTransport"),
			"mismatch").because("missing-colon").expecting(accepting(password)),
		fixture(rule, "other-class", check.StatusFail, Edit(Response(), password, "urn:federation:authentication:windows"), "mismatch").
			because("other").expecting(accepting(classes + "X509;" + password)),
		fixture(rule, "missing", check.StatusFail, Edit(Response(), element, "        <saml:AuthnContextDeclRef>urn:example:by-password</saml:AuthnContextDeclRef>\n"),
			"missing").expecting(accepting(password)),
		fixture(rule, "not-known", check.StatusSkip, Response()),
		fixture(rule, "cut-inside", check.StatusSkip, upTo(Response(), "Transport</saml:AuthnContextClassRef>")).expecting(accepting(password)),
		fixture(rule, "no-statement", check.StatusNA, Cut(Response(), "    <saml:AuthnStatement", "</saml:AuthnStatement>\n")),
	}
}
