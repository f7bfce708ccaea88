package checktest

import (
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

func timeCases() []Case {
	var all []Case
	for _, cases := range [][]Case{notBeforeCases(), notOnOrAfterCases(), sessionCases(), validityWindowCases()} {
		all = append(all, cases...)
	}
	return all
}

// tolerant lets clocks differ by a minute.
func tolerant(e *expect.Expect) {
	e.ClockSkew = expect.Duration{Duration: time.Minute, From: "fixture"}
}

// edges are the places of the good login's times.
var (
	conditionsBegin  = `<saml:Conditions NotBefore="` + Clock(0) + `"`
	conditionsEnd    = conditionsBegin + ` NotOnOrAfter="` + Clock(5*time.Minute) + `"`
	confirmationEnd  = ACS + `" NotOnOrAfter="` + Clock(5*time.Minute) + `"`
	authnInstant     = `AuthnInstant="` + Clock(-time.Second) + `"`
	sessionEnd       = `SessionNotOnOrAfter="` + Clock(8*time.Hour) + `"`
	instantOfIssuing = `IssueInstant="` + Clock(0) + `"`
)

// lasting is the good login with assertion and confirmation valid for so long.
func lasting(life time.Duration) string {
	return Edit(Response(), `NotOnOrAfter="`+Clock(5*time.Minute)+`"`, `NotOnOrAfter="`+Clock(life)+`"`)
}

// shifted is the good login by an IdP's clock that is wrong by offset.
func shifted(offset time.Duration) string {
	return Edit(Response(),
		conditionsEnd, `<saml:Conditions NotBefore="`+Clock(offset)+`" NotOnOrAfter="`+Clock(offset+5*time.Minute)+`"`,
		confirmationEnd, ACS+`" NotOnOrAfter="`+Clock(offset+5*time.Minute)+`"`,
		instantOfIssuing, `IssueInstant="`+Clock(offset)+`"`,
		authnInstant, `AuthnInstant="`+Clock(offset)+`"`)
}

func notBeforeCases() []Case {
	const rule = "not-before"
	from := func(begin string) string {
		return Edit(Response(), conditionsBegin, `<saml:Conditions NotBefore="`+begin+`"`)
	}
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "at-not-before", check.StatusPass, Response()).at(0, check.BasisGiven),
		fixture(rule, "fraction", check.StatusPass, from("2026-03-04T10:00:26.5Z")).at(500*time.Millisecond, check.BasisGiven),
		fixture(rule, "offset", check.StatusPass, from("2026-03-04T11:00:26+01:00")),
		fixture(rule, "midnight-as-24", check.StatusPass, from("2026-03-03T24:00:00Z")),
		fixture(rule, "within-skew", check.StatusPass, Response()).at(-time.Minute, check.BasisGiven).expecting(tolerant),
		fixture(rule, "none", check.StatusPass, Edit(Response(), conditionsBegin, "<saml:Conditions")),
		fixture(rule, "taken-all-the-same", check.StatusWarn, "", "too-early").inCapture(takes([]exchange{sends(4*time.Second, ACS, shifted(2*time.Minute))})...),
		fixture(rule, "at-the-edge-of-a-capture", check.StatusWarn, "", "too-early").inCapture(sends(4*time.Second, ACS, shifted(5*time.Second))),
		fixture(rule, "one-second", check.StatusFail, Response(), "too-early").at(-time.Second, check.BasisGiven),
		fixture(rule, "fraction", check.StatusFail, from("2026-03-04T10:00:26.500000001Z"), "too-early").at(500*time.Millisecond, check.BasisGiven),
		fixture(rule, "beyond-skew", check.StatusFail, Response(), "too-early").at(-time.Minute-1, check.BasisGiven).expecting(tolerant),
		fixture(rule, "judged-now", check.StatusFail, Response(), "too-early").at(-time.Hour, check.BasisNow),
		fixture(rule, "confirmation", check.StatusFail, Edit(Response(), "<saml:SubjectConfirmationData ", `<saml:SubjectConfirmationData NotBefore="`+Clock(time.Minute)+`" `), "confirmation-too-early"),
		fixture(rule, "idp-ten-minutes-ahead", check.StatusFail, "", "too-early").because("clock-skew").inCapture(sends(4*time.Second, ACS, shifted(10*time.Minute))),
		fixture(rule, "unreadable", check.StatusSkip, from("4 March")),
		fixture(rule, "cut-before", check.StatusSkip, upTo(Response(), "    <saml:Conditions")),
		fixture(rule, "status-not-success", check.StatusNA, failedResponse()),
	}
}

func notOnOrAfterCases() []Case {
	const rule = "not-on-or-after"
	until := func(end string) string {
		return Edit(Response(), conditionsEnd, conditionsBegin+` NotOnOrAfter="`+end+`"`)
	}
	short := lasting(6 * time.Second)
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "last-instant", check.StatusPass, Response()).at(5*time.Minute-1, check.BasisGiven),
		fixture(rule, "fraction", check.StatusPass, until("2026-03-04T10:00:30.000000001Z")),
		fixture(rule, "within-skew", check.StatusPass, Response()).at(6*time.Minute-1, check.BasisGiven).expecting(tolerant),
		fixture(rule, "one-confirmation-still-good", check.StatusPass, withConfirmations(Edit(confirmation, Clock(5*time.Minute), Clock(2*time.Second))+confirmation)),
		fixture(rule, "none", check.StatusPass, Edit(Response(), conditionsEnd, conditionsBegin, confirmationEnd, ACS+`"`)),
		fixture(rule, "as-of-issue", check.StatusPass, Response()).at(0, check.BasisIssued),
		fixture(rule, "at-not-on-or-after", check.StatusFail, Response(), "expired", "confirmation-expired").at(5*time.Minute, check.BasisGiven),
		fixture(rule, "fraction", check.StatusFail, until("2026-03-04T10:00:30.0Z"), "expired"),
		fixture(rule, "at-skew", check.StatusFail, Response(), "expired", "confirmation-expired").at(6*time.Minute, check.BasisGiven).expecting(tolerant),
		fixture(rule, "hours-later", check.StatusFail, Response(), "expired", "confirmation-expired").because("", "").at(7*time.Hour, check.BasisGiven),
		fixture(rule, "confirmation-only", check.StatusFail, Edit(Response(), confirmationEnd, ACS+`" NotOnOrAfter="`+Clock(time.Second)+`"`), "confirmation-expired").at(7*time.Minute-3*time.Minute, check.BasisGiven).because("short-window"),
		fixture(rule, "short-window", check.StatusFail, lasting(3*time.Second), "expired", "confirmation-expired").because("short-window", "short-window"),
		fixture(rule, "over-when-issued", check.StatusFail, lasting(-time.Minute), "expired", "confirmation-expired").because("", "").at(time.Hour, check.BasisNow),
		fixture(rule, "waited-at-the-page", check.StatusFail, "", "expired", "confirmation-expired").because("late-delivery", "late-delivery").
			inCapture(shows(time.Second, short), sends(12*time.Second, ACS, short)),
		fixture(rule, "idp-ten-minutes-behind", check.StatusFail, "", "expired", "confirmation-expired").because("clock-skew", "clock-skew").
			inCapture(shows(time.Second, shifted(-10*time.Minute)), sends(4*time.Second, ACS, shifted(-10*time.Minute))),
		fixture(rule, "stale-paste", check.StatusWarn, Response(), "expired", "confirmation-expired").because("stale-paste", "stale-paste").at(72*time.Hour, check.BasisNow),
		fixture(rule, "unreadable", check.StatusSkip, until("4 March")),
		fixture(rule, "encrypted", check.StatusSkip, encryptedResponse()),
		fixture(rule, "request", check.StatusNA, AuthnRequest()),
	}
}

func sessionCases() []Case {
	const rule = "session"
	atMost := func(age time.Duration) func(*expect.Expect) {
		return func(e *expect.Expect) { e.MaxAuthnAge = expect.Duration{Duration: age, From: "fixture"} }
	}
	loggedIn := func(offset time.Duration) string {
		return Edit(Response(), authnInstant, `AuthnInstant="`+Clock(offset)+`"`)
	}
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "just-young-enough", check.StatusPass, Response()).expecting(atMost(5 * time.Second)),
		fixture(rule, "saml-1-1", check.StatusPass, response11()),
		fixture(rule, "over", check.StatusFail, Edit(Response(), sessionEnd, `SessionNotOnOrAfter="`+Clock(4*time.Second)+`"`), "expired"),
		fixture(rule, "far-future", check.StatusFail, loggedIn(time.Hour), "future"),
		fixture(rule, "future", check.StatusWarn, loggedIn(time.Minute), "future"),
		fixture(rule, "idp-ten-minutes-ahead", check.StatusFail, "", "future").because("clock-skew").inCapture(sends(4*time.Second, ACS, shifted(10*time.Minute))),
		fixture(rule, "too-old", check.StatusFail, loggedIn(-3*time.Hour), "too-old").expecting(atMost(2 * time.Hour)),
		fixture(rule, "stale-paste", check.StatusWarn, Response(), "expired", "too-old").because("stale-paste", "stale-paste").
			at(72*time.Hour, check.BasisNow).expecting(atMost(2 * time.Hour)),
		fixture(rule, "unreadable", check.StatusSkip, Edit(Response(), authnInstant, `AuthnInstant="today"`)),
		fixture(rule, "no-statement", check.StatusNA, Cut(Response(), "    <saml:AuthnStatement", "</saml:AuthnStatement>\n")),
	}
}

func validityWindowCases() []Case {
	const rule = "validity-window"
	until := func(end time.Duration) string {
		return Edit(Response(), conditionsEnd, conditionsBegin+` NotOnOrAfter="`+Clock(end)+`"`)
	}
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "thirty-seconds", check.StatusPass, until(30*time.Second)),
		fixture(rule, "a-day", check.StatusPass, until(24*time.Hour)),
		fixture(rule, "reversed", check.StatusFail, until(-time.Minute), "reversed"),
		fixture(rule, "empty", check.StatusFail, until(0), "reversed"),
		fixture(rule, "short", check.StatusWarn, lasting(29*time.Second), "short", "short"),
		fixture(rule, "long", check.StatusWarn, until(24*time.Hour+time.Second), "long"),
		fixture(rule, "over-when-issued", check.StatusWarn, Edit(Response(), confirmationEnd, ACS+`" NotOnOrAfter="`+Clock(0)+`"`), "over-when-issued"),
		fixture(rule, "unreadable", check.StatusSkip, Edit(Response(), conditionsBegin, `<saml:Conditions NotBefore="soon"`)),
		fixture(rule, "cut-inside", check.StatusSkip, upTo(Response(), "    </saml:AttributeStatement>")),
		fixture(rule, "no-period", check.StatusNA, Edit(Response(), conditionsEnd, "<saml:Conditions", confirmationEnd, ACS+`"`)),
	}
}
