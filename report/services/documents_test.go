package services

import (
	"slices"
	"testing"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/checktest"
	"github.com/samlwhy/samlwhy/check/expect"
)

// documents are the services' own tables with, for every code that a rule
// decides, fixtures that lead to it. A comment tells why a code has none.
var documents = []struct {
	service string
	rows    []documentRow
}{
	{"webex", []documentRow{
		{"1", nil}, // any failure of Webex's own
		{"3", nil}, // the account is the site's
		{"4", []string{"signing-certificate/fail-none-configured.xml"}},
		{"5", []string{"http-method/fail-get.har", "http-method/fail-put.har"}},
		{"7", nil}, // a setting of the site
		{"8", []string{"signing-certificate/fail-renewed.xml"}},
		{"13", []string{"complete/fail-cut-at-2048.txt", "authn-context/fail-colon-missing.xml", "authn-context/fail-missing.xml", "status/fail-no-status.xml", "audience/fail-trailing-slash.xml", "subject-confirmation/fail-none.xml"}},
		{"15", []string{"certificate-validity/fail-expired-and-it-matters.xml"}},
		{"19", []string{"not-on-or-after/fail-at-not-on-or-after.xml", "not-before/fail-one-second.xml", "session/fail-over.xml"}},
		{"23", []string{"signed/fail-nothing.xml", "signature-digest/fail-attribute-edited.xml", "signature-value/fail-wrong-key.xml", "signature-wrapping/fail-genuine-inside-forged.xml"}},
		{"24", []string{"issuer/fail-trailing-slash.xml", "issuer/fail-other-idp.xml"}},
		{"25", []string{"name-id-format/fail-other-format.xml", "name-id-format/fail-absent.xml"}},
		{"26", nil}, // a rule can only warn: no request leaves Webex
		{"28", []string{"in-response-to/fail-other-request.xml", "acs-url/fail-other-acs.har"}},
		{"29", []string{"issuer-first/fail-assertion-without.xml", "issuer-first/fail-after-the-subject.xml", "base64/fail-text.har", "form-parameter/fail-lower-case.har"}},
		{"31", []string{"required-attributes/fail-missing.xml", "required-attributes/fail-other-letters.xml"}},
		{"32", []string{"attribute-values/fail-timestamp.xml", "attribute-values/fail-list.xml"}},
	}},
	{"webex-meetings-server", []documentRow{
		{"1", nil}, // never the only code: what is missing has one of its own
		{"2", []string{"name-id/fail-missing-and-used.xml", "name-id/fail-empty-and-used.xml"}},
		{"3", nil}, // the account is the server's
		{"4", []string{"signing-certificate/fail-none-configured.xml"}},
		{"5", []string{"http-method/fail-get.har"}},
		{"6", []string{"form-parameter/fail-empty.har", "form-parameter/fail-body-is-the-response.har"}},
		{"7", nil}, // a setting of the site
		{"8", []string{"signing-certificate/fail-renewed.xml"}},
		{"9", nil}, // the server's own state
		{"10", []string{"name-qualifier/fail-other-idp.xml"}},
		{"11", nil}, // the artifact's other code, which it cannot be told from
		{"12", []string{"artifact/fail-not-base64.har"}},
		{"13", []string{"complete/fail-xml-cut-in-a-tag.xml", "authn-context/fail-colon-missing.xml"}},
		{"14", []string{"recipient/fail-trailing-slash.xml"}},
		{"15", []string{"certificate-validity/fail-expired-and-it-matters.xml"}},
		{"16", nil}, {"17", nil}, {"18", nil}, // the state of the account
		{"19", []string{"not-on-or-after/fail-at-not-on-or-after.xml", "not-before/fail-one-second.xml"}},
		{"20", []string{"signed/fail-nothing.xml"}},
		{"21", nil}, // the user's role is the server's
		{"22", []string{"requested-security-token/fail-text.har"}},
		{"23", []string{"signature-digest/fail-attribute-edited.xml", "signature-value/fail-wrong-key.xml"}},
		{"24", []string{"issuer/fail-trailing-slash.xml"}},
		{"25", []string{"name-id-format/fail-other-format.xml"}},
		{"26", nil}, // a rule can only warn: no request leaves the server
		{"27", nil}, // no request leaves the server
		{"28", []string{"in-response-to/fail-other-request.xml", "acs-url/fail-other-acs.har"}},
		{"29", []string{"base64/fail-text.har", "form-parameter/fail-lower-case.har", "well-formed/fail-text-after-root.txt", "root-element/fail-bare-assertion.xml"}},
		{"30", []string{"authn-request/fail-text.har"}},
		{"31", []string{"required-attributes/fail-missing.xml"}},
		{"32", []string{"attribute-values/fail-too-long.xml", "attribute-values/fail-email.xml"}},
		{"idp-without-certificate", nil}, // a setting of the IdP
		{"privilege-update-failed", nil}, // the user's rights are the server's
		{"after-disaster-recovery", nil}, // the server's own certificates
		{"sso-redirection-failed", nil},  // shown around another code
	}},
	{"qualtrics", []documentRow{
		{"SSO_UNKNOWN_ERROR", nil},        // Qualtrics does not say
		{"SSO_SPS_CONNECTION_ERROR", nil}, // Qualtrics and the browser
		{"SSO_MISSING_USERNAME", []string{"required-attributes/fail-missing.xml", "required-attributes/fail-other-letters.xml", "required-attributes/fail-empty.xml"}},
		{"SSO_SAML_MISSING_SSO_BINDING", []string{"metadata-sso-binding/fail-none.xml", "metadata-sso-binding/fail-only-soap.xml"}},
		{"SSO_SAML_INVALID_DECRYPTION_CERT", []string{"decryption/fail-old-certificate.xml"}},
		{"SSO_SAML_INVALID_AUDIENCE_RESTRICTION", []string{"audience/fail-trailing-slash.xml"}},
		{"SSO_SAML_INVALID_RECIPIENT", []string{"recipient/fail-trailing-slash.xml"}},
		{"SSO_SAML_VALIDATION_ERROR", []string{"signed/fail-nothing.xml", "signature-digest/fail-attribute-edited.xml", "signing-certificate/fail-renewed.xml", "not-on-or-after/fail-at-not-on-or-after.xml", "issuer/fail-trailing-slash.xml", "status/fail-no-status.xml"}},
		{"SSO_OAUTH_INVALID_ID_TOKEN", nil}, // no SAML takes part
		{"username-unknown", nil},           // the account is Qualtrics'
	}},
	{"webex-xml-api", []documentRow{
		{"AS0062", []string{"xml-api-request/fail-no-protocol.xml"}},
		{"response-message-incorrect", []string{"root-element/fail-bare-assertion.xml"}},
		{"signature-invalid", []string{"signature-digest/fail-blank-added.xml", "signature-value/fail-wrong-key.xml", "attribute-line-breaks/fail-as-error.xml"}},
		{"in-response-to", []string{"in-response-to/fail-other-request.xml"}},
		{"recipient-unmatched", []string{"recipient/fail-trailing-slash.xml", "destination/fail-other-host.xml"}},
		{"030048", nil}, {"AS0001", nil}, // the outer error of any
	}},
}

type documentRow struct {
	code     string
	fixtures []string
}

func TestDocuments(t *testing.T) {
	fixtures := make(map[string]checktest.Case)
	for _, c := range checktest.Cases() {
		fixtures[c.File()] = c
	}
	rules := check.Rules()
	for _, d := range documents {
		s := get(t, d.service)
		listed := make([]string, len(d.rows))
		for i, row := range d.rows {
			c := s.Find(row.code)
			if c == nil {
				t.Errorf("%s has no code %s", d.service, row.code)
				continue
			}
			listed[i] = c.ID
			if c.Undecidable != "" && len(row.fixtures) > 0 {
				t.Errorf("%s is undecidable and has fixtures", c.ID)
			}
			for _, file := range row.fixtures {
				fixture, ok := fixtures[file]
				if !ok {
					t.Errorf("%s: there is no fixture %s", c.ID, file)
					continue
				}
				result, err := fixture.Ask(rules)
				if err != nil {
					t.Errorf("%s: %v", c.ID, err)
					continue
				}
				if got := likeliest(s, &result); got != c.ID {
					t.Errorf("%s leads to %q, not to %s", file, got, c.ID)
				}
			}
		}
		if got := ids(s.Codes, codeID); got != join(listed) {
			t.Errorf("%s has the codes\n%s, and the table here\n%s", d.service, got, join(listed))
		}
	}
}

func join(list []string) string { return ids(list, func(s string) string { return s }) }

// likeliest is the code that a service most likely shows for a failure.
func likeliest(s *Service, r *check.Result) string {
	i := slices.IndexFunc(r.Findings, func(f check.Finding) bool { return f.Severity == expect.SeverityError })
	if i < 0 {
		return ""
	}
	codes := s.CodesFor(r.Rule.ID, r.Findings[i].Reason)
	if len(codes) == 0 {
		return ""
	}
	return codes[0].Code.ID
}
