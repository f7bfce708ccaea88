package services

import (
	"strings"
	"testing"
)

func TestAnswered(t *testing.T) {
	const page = "<html><body><h1>User Authentication Failed</h1>\n<p>Reason: Untrusted Issuer&nbsp;( 24 )</p></body></html>"
	tests := []struct{ service, text, want string }{
		{"webex", page, "webex/24"},
		{"webex-meetings-server", page, "webex-meetings-server/24"},
		{"webex", "<federatedSSO><status>FAILURE</status><errorcode>31</errorcode><reason>Auto Account Creation failed.</reason></federatedSSO>", "webex/31"},
		{"webex", "<p>Auto account update failed. 32</p>", "webex/32"},
		{"webex", "<p>Welcome (24). You have 19 meetings, error-free. Building 31</p>", ""},
		{"webex", "<p>User Authentication Failed, Reason: Something new (99)</p>", ""},
		{"qualtrics", "https://acme.qualtrics.com/login?error=SSO_SAML_INVALID_RECIPIENT&t=1", "qualtrics/SSO_SAML_INVALID_RECIPIENT"},
		{"qualtrics", "https://acme.qualtrics.com/login?to=%2Ferror%3Fcode%3DSSO_MISSING_USERNAME", "qualtrics/SSO_MISSING_USERNAME"},
		{"qualtrics", "<code>SSO_SAML_VALIDATION_ERROR</code>", "qualtrics/SSO_SAML_VALIDATION_ERROR"},
		{"qualtrics", "var SSO_COOKIE_NAME, SSO_UNKNOWN_ERRORS;", ""},
		{"webex-app", "Single sign-on failed. Invalid status code in response.", "webex-app/invalid-status-code"},
		{"webex-app", "Error:1000:8", "webex-app/1000:8"},
		{"webex-app", "{1000:1}", ""},
		{"webex-xml-api", "<serv:exceptionID>AS0062</serv:exceptionID><serv:reason>Validate assertion failed</serv:reason>", "webex-xml-api/AS0062"},
		{"webex-xml-api", "<serv:reason>Authentication Server can't generate a valid session ticket</serv:reason><serv:exceptionID>030048</serv:exceptionID>" +
			"<serv:subErrors><serv:subError><serv:exceptionID>AS0001</serv:exceptionID><serv:reason>Recipient unmatched</serv:reason></serv:subError></serv:subErrors>", "webex-xml-api/recipient-unmatched"},
		{"webex-xml-api", "<serv:exceptionID>AS0063</serv:exceptionID>", ""},
		{"webex-xml-api", "", ""},
	}
	for _, tt := range tests {
		got := ""
		if c := get(t, tt.service).Answered(tt.text); c != nil {
			got = c.ID
		}
		if got != tt.want {
			t.Errorf("%s answered %q: %q, want %q", tt.service, tt.text, got, tt.want)
		}
	}
}

func TestNamed(t *testing.T) {
	tests := []struct{ service, term, want string }{
		{"webex", "31", "webex/31"},
		{"webex", "webex/31", "webex/31"},
		{"webex", "Auto Account Creation failed.", "webex/31"},
		{"webex", "Automatisch maken van een account mislukt", "webex/31"},
		{"webex", "Error 31", "webex/31"},
		{"webex", "AuthnContextClassRef", ""}, // of two codes
		{"webex", "Untrusted Isuer", ""},      // only like one
		{"webex", "2", ""},
		{"webex-meetings-server", "2", "webex-meetings-server/2"},
		{"webex-app", "Error:1000:8", "webex-app/1000:8"},
		{"qualtrics", "sso_missing_username", "qualtrics/SSO_MISSING_USERNAME"},
	}
	for _, tt := range tests {
		got := ""
		if c := get(t, tt.service).Named(tt.term); c != nil {
			got = c.ID
		}
		if got != tt.want {
			t.Errorf("%s: %q is %q, want %q", tt.service, tt.term, got, tt.want)
		}
	}
}

func BenchmarkAnswered(b *testing.B) {
	page := strings.Repeat("<p>User Authentication Failed: SSO_NOTHING, reason: none</p>\n", maxAnswer/60)
	for _, s := range all(b) {
		b.Run(s.Name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			for b.Loop() {
				if s.Answered(page) != nil {
					b.Fatal("a code is found")
				}
			}
		})
	}
}
