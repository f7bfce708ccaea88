package checktest

import (
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

// The lines of the good login's confirmation.
var (
	confirmationData = `        <saml:SubjectConfirmationData Recipient="` + ACS + `" NotOnOrAfter="` + Clock(5*time.Minute) + `" InResponseTo="` + Request + `"/>` + "\n"
	confirmation     = `      <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` + "\n" + confirmationData + "      </saml:SubjectConfirmation>\n"
)

const holderOfKey = `      <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"><saml:SubjectConfirmationData/></saml:SubjectConfirmation>` + "\n"

func deliveryCases() []Case {
	var all []Case
	for _, cases := range [][]Case{confirmationCases(), recipientCases(), destinationCases(), inResponseToCases()} {
		all = append(all, cases...)
	}
	return all
}

// withConfirmations is the good login with other confirmations.
func withConfirmations(elements string) string { return Edit(Response(), confirmation, elements) }

func confirmationCases() []Case {
	const rule = "subject-confirmation"
	wrongRecipient := Edit(confirmation, ACS, "https://other.example.com/acs")
	expired := Edit(confirmation, Clock(5*time.Minute), Clock(2*time.Second))
	locality := func(login string) string {
		return Edit(Response(), "<saml:SubjectConfirmationData ", `<saml:SubjectConfirmationData Address="192.0.2.7" `,
			"      <saml:AuthnContext>", `      <saml:SubjectLocality Address="`+login+`"/>`+"\n      <saml:AuthnContext>")
	}
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "one-of-three", check.StatusPass, withConfirmations(holderOfKey+wrongRecipient+confirmation)),
		fixture(rule, "request-not-known", check.StatusPass, Response()).expecting(func(e *expect.Expect) { e.InResponseTo = expect.InResponseTo{} }),
		fixture(rule, "same-address", check.StatusPass, locality("::ffff:192.0.2.7")),
		fixture(rule, "saml-1-1", check.StatusPass, response11()),
		fixture(rule, "none", check.StatusFail, withConfirmations(""), "missing"),
		fixture(rule, "holder-of-key", check.StatusFail, withConfirmations(holderOfKey), "not-bearer"),
		fixture(rule, "no-method", check.StatusFail, Edit(Response(), ` Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"`, ""), "not-bearer"),
		fixture(rule, "method-typed-wrong", check.StatusFail, Edit(Response(), "cm:bearer", "cm:Bearer"), "not-bearer").because("case"),
		fixture(rule, "no-data", check.StatusFail, withConfirmations(Edit(confirmation, confirmationData, "")), "no-data"),
		fixture(rule, "empty-data", check.StatusFail, withConfirmations(Edit(confirmation, confirmationData, "        <saml:SubjectConfirmationData/>\n")),
			"recipient-missing", "not-on-or-after-missing", "in-response-to"),
		// Each of the two is right where the other is wrong; together they do
		// not make one that is right.
		fixture(rule, "halves-do-not-add-up", check.StatusFail, withConfirmations(wrongRecipient+expired), "recipient", "expired"),
		fixture(rule, "several-reasons", check.StatusFail, withConfirmations(holderOfKey+Edit(wrongRecipient, Request, "_another")),
			"recipient", "in-response-to", "not-bearer"),
		fixture(rule, "not-before", check.StatusWarn, Edit(Response(), "<saml:SubjectConfirmationData ", `<saml:SubjectConfirmationData NotBefore="`+Clock(0)+`" `), "not-before-present"),
		fixture(rule, "too-early", check.StatusFail, Edit(Response(), "<saml:SubjectConfirmationData ", `<saml:SubjectConfirmationData NotBefore="`+Clock(time.Minute)+`" `), "too-early"),
		fixture(rule, "unreadable-time", check.StatusFail, Edit(Response(), `Recipient="`+ACS+`" NotOnOrAfter="`+Clock(5*time.Minute), `Recipient="`+ACS+`" NotOnOrAfter="tomorrow`), "unreadable-time"),
		fixture(rule, "address", check.StatusWarn, locality("198.51.100.4"), "address"),
		fixture(rule, "stale-paste", check.StatusWarn, Response(), "expired").because("stale-paste").at(72*time.Hour, check.BasisNow),
		fixture(rule, "acs-not-known", check.StatusSkip, Response()).expecting(nothingKnown),
		fixture(rule, "cut-before", check.StatusSkip, upTo(Response(), "<saml:SubjectConfirmation ")),
		fixture(rule, "no-subject", check.StatusFail, Cut(Response(), "    <saml:Subject>", "</saml:Subject>\n"), "missing"),
		fixture(rule, "ws-federation", check.StatusPass, wsFederation(Edit(BareAssertion(), confirmationData, ""))),
		fixture(rule, "status-not-success", check.StatusNA, failedResponse()),
	}
}

func recipientCases() []Case {
	const rule = "recipient"
	inner := `Recipient="` + ACS
	pattern := func(e *expect.Expect) {
		e.ACSURLs, e.ACSPatterns = nil, []expect.Pattern{{Text: "https://<site>.example.com/saml/acs", Regexp: `^https://[a-z]+\.example\.com/saml/acs$`, From: "fixture"}}
	}
	unlike := func(name, recipient, cause string) Case {
		return fixture(rule, name, check.StatusFail, Edit(Response(), inner+`"`, `Recipient="`+recipient+`"`), "mismatch").because(cause)
	}
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "second-confirmation", check.StatusPass, withConfirmations(Edit(confirmation, ACS, "https://other.example.com/acs")+confirmation)),
		fixture(rule, "pattern", check.StatusPass, Response()).expecting(pattern),
		fixture(rule, "saml-1-1", check.StatusPass, response11()),
		fixture(rule, "as-requested", check.StatusPass, "").expecting(nothingKnown).inCapture(asks(AuthnRequest()), sends(4e9, ACS, Response())),
		fixture(rule, "as-delivered", check.StatusPass, "").expecting(nothingKnown).inCapture(sends(4e9, ACS, Response())),
		unlike("trailing-slash", ACS+"/", "trailing-slash"),
		unlike("http", "http://sp.example.com/saml/acs", "scheme"),
		unlike("entity-id", SP, "swapped"),
		unlike("other-letters", "https://sp.example.com/SAML/acs", "case"),
		unlike("empty", "", "other"),
		fixture(rule, "other-than-delivered", check.StatusFail, "", "mismatch").expecting(nothingKnown).
			inCapture(sends(4e9, "https://sp.example.com/login", Response())),
		fixture(rule, "outside-pattern", check.StatusFail, Edit(Response(), inner, `Recipient="https://www.example.org/acs`), "mismatch").expecting(pattern),
		fixture(rule, "missing", check.StatusFail, Edit(Response(), inner+`" `, ""), "missing"),
		fixture(rule, "saml-1-1-other-service", check.StatusFail, Edit(response11(), inner, `Recipient="https://other.example.com/acs`), "mismatch"),
		fixture(rule, "saml-1-1-missing", check.StatusFail, Edit(response11(), " "+inner+`"`, ""), "missing"),
		fixture(rule, "acs-not-known", check.StatusSkip, Response()).expecting(nothingKnown),
		fixture(rule, "encrypted", check.StatusSkip, encryptedResponse()),
		fixture(rule, "ws-federation", check.StatusNA, wsFederation(Edit(BareAssertion(), `Recipient="`+ACS+`" `, ""))),
		fixture(rule, "no-bearer", check.StatusNA, withConfirmations(holderOfKey)),
	}
}

// anyOfTheHost knows the service's host but not its very ACS.
func anyOfTheHost(e *expect.Expect) {
	e.ACSURLs = nil
	e.ACSPatterns = []expect.Pattern{{Text: "https://sp.example.com/…", Regexp: `https://sp\.example\.com/.*`, From: "fixture"}}
}

func destinationCases() []Case {
	const rule = "destination"
	outer := `Destination="` + ACS + `"`
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "host-in-capitals", check.StatusPass, Edit(Response(), outer, `Destination="HTTPS://SP.Example.com/saml/acs"`)),
		fixture(rule, "absent-and-unsigned", check.StatusPass, Edit(Response(), " "+outer, "")),
		fixture(rule, "as-delivered", check.StatusPass, "").expecting(nothingKnown).inCapture(sends(4e9, ACS, Response())),
		fixture(rule, "status-not-success", check.StatusPass, failedResponse()),
		fixture(rule, "path-in-capitals", check.StatusFail, Edit(Response(), outer, `Destination="https://sp.example.com/SAML/acs"`), "mismatch").because("case"),
		fixture(rule, "other-host", check.StatusFail, Edit(Response(), outer, `Destination="https://test.example.com/saml/acs"`), "mismatch").because("host"),
		fixture(rule, "empty", check.StatusFail, Edit(Response(), outer, `Destination=""`), "empty"),
		fixture(rule, "absent-and-signed", check.StatusFail, Edit(signedResponse(), " "+outer, ""), "missing"),
		fixture(rule, "acs-but-delivered-elsewhere", check.StatusPass, "").
			inCapture(sends(4e9, "https://sp.example.com/login", Response())),
		fixture(rule, "delivered-elsewhere", check.StatusFail, "", "delivered-elsewhere").because("path").expecting(anyOfTheHost).
			inCapture(sends(4e9, "https://sp.example.com/login", Response())),
		fixture(rule, "acs-not-known", check.StatusSkip, Response()).expecting(nothingKnown),
		fixture(rule, "bare-assertion", check.StatusNA, BareAssertion()),
	}
}

func inResponseToCases() []Case {
	const rule = "in-response-to"
	outer, inner := ACS+`" InResponseTo="`+Request+`">`, ` InResponseTo="`+Request+`"/>`
	unknown := func(e *expect.Expect) { e.InResponseTo = expect.InResponseTo{} }
	none := func(e *expect.Expect) { e.InResponseTo = expect.InResponseTo{None: true, From: "fixture"} }
	unsolicited := Edit(Response(), outer, ACS+`">`, inner, "/>")
	return append([]Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "from-capture", check.StatusPass, "").expecting(unknown).inCapture(asks(AuthnRequest()), sends(4e9, ACS, Response())),
		fixture(rule, "unsolicited", check.StatusPass, unsolicited).expecting(none),
		fixture(rule, "other-request", check.StatusFail, Edit(Response(), Request, "_ffffffffffffffffffffffffffffffff"), "mismatch", "mismatch"),
		fixture(rule, "letters-lowered", check.StatusFail, Edit(Response(), Request, "_A1B2C3D4E5F60718293A4B5C6D7E8F90"), "mismatch", "mismatch").because("case", "case"),
		fixture(rule, "other-request-of-capture", check.StatusFail, "", "mismatch", "mismatch").
			expecting(func(e *expect.Expect) { e.InResponseTo.ID = "_another" }).
			inCapture(asks(AuthnRequest()), sends(4e9, ACS, Response())),
		fixture(rule, "missing", check.StatusFail, unsolicited, "missing", "missing"),
		fixture(rule, "missing-in-confirmation", check.StatusFail, Edit(Response(), inner, "/>"), "missing"),
		fixture(rule, "request-ignored", check.StatusWarn, "", "missing").expecting(unknown).
			inCapture(asks(AuthnRequest()), sends(4e9, ACS, unsolicited)),
		fixture(rule, "unexpected", check.StatusFail, signedResponse(), "unexpected", "unexpected").expecting(none),
		fixture(rule, "unexpected-in-assertion", check.StatusFail, BareAssertion(), "unexpected").expecting(none),
		fixture(rule, "disagree", check.StatusFail, Edit(Response(), inner, ` InResponseTo="_other"/>`), "disagree").expecting(unknown),
		fixture(rule, "only-in-response", check.StatusWarn, Edit(Response(), inner, "/>"), "disagree").expecting(unknown),
		fixture(rule, "only-in-confirmation", check.StatusWarn, Edit(Response(), outer, ACS+`">`), "disagree").expecting(unknown),
		fixture(rule, "request-not-known", check.StatusSkip, Response()).expecting(unknown),
		fixture(rule, "unsolicited-perhaps", check.StatusSkip, unsolicited).expecting(unknown),
		fixture(rule, "request", check.StatusNA, AuthnRequest()),
	}, forgottenCases()...)
}
