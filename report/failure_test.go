package report_test

import (
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/checktest"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/report"
)

// fixtureFlags are the expectations of the fixtures' service, as flags.
var fixtureFlags = expect.Given{
	SPEntityIDs:  []string{checktest.SP},
	ACSURLs:      []string{checktest.ACS},
	IdPEntityIDs: []string{checktest.IdP},
}

// fixture is the input of a rule's fixture.
func fixture(t *testing.T, file string) string {
	t.Helper()
	for _, c := range checktest.Cases() {
		if c.File() == file {
			return c.Input
		}
	}
	t.Fatalf("there is no fixture %s", file)
	return ""
}

// judgeFor judges data for a service as of its delivery. That most fixtures are
// not signed is left out.
func judgeFor(t *testing.T, data, service string) *report.Report {
	t.Helper()
	o := report.Options{Given: fixtureFlags, Rules: check.Options{Skip: []string{"signed"}}}
	if service != "" {
		o.Services = []string{service}
	}
	if strings.HasPrefix(data, "<") {
		o.At = report.At{Mode: report.AtGiven, Time: checktest.Delivered()}
	}
	return judge(t, "fixture", data, o)
}

// TestTextTellsOnce: what follows from an earlier failure, or repeats it, points
// there instead of being told again.
func TestTextTellsOnce(t *testing.T) {
	elsewhere := strings.ReplaceAll(checktest.Response(), checktest.ACS, "https://old.example.com/acs")
	tests := []struct {
		name, data, service string
		want, never         string
	}{
		{
			"a consequence says so", fixture(t, "not-on-or-after/fail-waited-at-the-page.har"), "webex",
			"   This follows from 1 (not-on-or-after): there is nothing more to change here.\n", "See not-on-or-after",
		},
		{
			"of several confirmations too", fixture(t, "subject-confirmation/fail-several-reasons.xml"), "",
			"   This follows from 1 (recipient) and 2 (in-response-to): there is nothing more\n", "Confirmation 2 of 2",
		},
		{
			"part of it is told before", fixture(t, "subject-confirmation/fail-empty-data.xml"), "",
			"   Besides, see 1 (recipient).\n", "",
		},
		{
			"the same place", fixture(t, "timestamps/fail-american.xml"), "",
			"   It is the same place as in 1 (schema): what mends one may mend both.\n", "",
		},
		{"the same values", elsewhere, "", "     values    as in 1 (recipient)\n", ""},
		{
			"the same cause", fixture(t, "session/fail-idp-ten-minutes-ahead.har"), "",
			"     cause     as in 2 (not-before)\n", "",
		},
		{
			"one damage below two signatures", strings.Replace(fixture(t, "signature-digest/pass-both.xml"), ">Alex<", ">alex<", 1), "",
			"     cause     the same\n", "",
		},
		{
			"where a proved change lies", fixture(t, "signature-digest/fail-minified.xml"), "",
			", in Assertion: a line break and 4 blanks are\n", "in Issuer:",
		},
		{
			"a capture need not be copied again", story(t, "webex-renewed-certificate.har"), "",
			"   to do   The capture holds it as it was sent: look between", "Take the raw SAMLResponse",
		},
		{
			"the table's advice does not contradict a proof", fixture(t, "signature-value/fail-signed-info-pretty-printed.xml"), "qualtrics",
			"   to do   The certificate is right.", "add the IdP's current signing certificate",
		},
		{
			"what could not be tried", fixture(t, "signature-digest/fail-encrypted-after-signing.xml"), "",
			"     note      Could not be tried: what is encrypted in it is not open", "",
		},
		{
			"the same fix", fixture(t, "session/fail-idp-ten-minutes-ahead.har"), "",
			"   to do   as in 1 (clock-offset)\n", "",
		},
		{
			"the same code", fixture(t, "timestamps/fail-american.xml"), "qualtrics",
			"   code    Qualtrics SSO_SAML_VALIDATION_ERROR, as in 1\n", "",
		},
		{
			"two values above each other are evidence enough", fixture(t, "recipient/fail-trailing-slash.xml"), "qualtrics",
			"     cause     one slash too many at the end\n", "the two are equal",
		},
		{
			"alternatives are no requirements", fixture(t, "required-attributes/fail-missing.xml"), "qualtrics",
			"     expected  email  (default of Qualtrics)\n           or  mail\n", "",
		},
		{
			"what came is listed", fixture(t, "required-attributes/fail-missing.xml"), "qualtrics",
			"     received  uid, firstname, lastname\n", "",
		},
		{
			"a near miss needs no alternatives", fixture(t, "required-attributes/fail-other-letters.xml"), "qualtrics",
			"     received  Email\n               ^\n         also  uid, firstname, lastname\n", "urn:oid",
		},
		{
			"a code for many failures advises last", fixture(t, "complete/fail-cut-at-2048.txt"), "qualtrics",
			"   to do   - Take the value from the browser", "Correct what the other checks find",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := write(t, judgeFor(t, tt.data, tt.service), "text", report.Style{})
			if !strings.Contains(text, tt.want) {
				t.Errorf("the report lacks %q:\n%s", tt.want, text)
			}
			if tt.never != "" && strings.Contains(text, tt.never) {
				t.Errorf("the report says %q:\n%s", tt.never, text)
			}
		})
	}
}

func TestHeadline(t *testing.T) {
	tests := []struct{ name, data, service, headline, changeFirst string }{
		{
			"the rule that explains what the schema finds", fixture(t, "timestamps/fail-american.xml"), "",
			"Fails: a time is not written in UTC, or cannot be read. One more failure follows.", "In the software that makes the message: convert to UTC and write 2026-03-04T10:00:26Z.",
		},
		{
			"what the IdP's status asks for", fixture(t, "status/fail-invalid-name-id-policy.xml"), "qualtrics",
			"Fails: the identity provider answered with an error.", "Set the same NameID Format at the service and at the IdP, or let the service ask for unspecified.",
		},
		{
			"a signature that points elsewhere since it was edited", fixture(t, "signature-digest/fail-dangling.xml"), "",
			"Fails: the signature does not verify with the IdP's key. 2 more failures follow.",
			"The certificate is right. No edit inside a signature can survive: post exactly what the IdP made. If it fails without anybody having touched it, look between IdP and service for what rewrites XML: a proxy, a script in the login page, a connector.",
		},
		{
			"what could not be asked, with the flag for it", fixture(t, "signing-certificate/skip-nothing-given.xml"), "",
			"Nothing failed, but signing-certificate, on which a login rests, could not be checked: no certificate of the IdP is given.", "Run again with --idp-cert or --idp-metadata.",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := judgeFor(t, tt.data, tt.service).Messages[0]
			if m.Headline != tt.headline || m.ChangeFirst != tt.changeFirst {
				t.Errorf("the headline is %q, to change first %q", m.Headline, m.ChangeFirst)
			}
		})
	}
	messages := judge(t, "works.har", story(t, "webex-works.har"), report.Options{}).Messages
	if m := messages[len(messages)-1]; m.ChangeFirst != "Run again with --idp-metadata." {
		t.Errorf("one flag serves both, and to change first is %q", m.ChangeFirst)
	}
}
