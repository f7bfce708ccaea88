package services

import (
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	const page = `<html><body><h1>User Authentication Failed</h1><p>Reason: Invalid SAML Assertion&nbsp;(13)</p>
		<p>Call +1 408 555 0128, open 8 to 19, room 28.</p></body></html>`
	const answer = `<serv:response><serv:result>FAILURE</serv:result><serv:exceptionID>AS0062</serv:exceptionID>
		<serv:reason>Validate assertion failed</serv:reason></serv:response>`
	const outer = `<serv:reason>Authentication Server can't generate a valid session ticket</serv:reason>
		<serv:exceptionID>030048</serv:exceptionID><serv:subErrors><serv:subError>
		<serv:exceptionID>AS0001</serv:exceptionID><serv:reason>authentication service error</serv:reason>`
	tests := []struct {
		term string
		how  How
		want string
	}{
		{"28", HowID, "webex/28 webex-meetings-server/28"},
		{" webex/28\n", HowID, "webex/28"},
		{"WEBEX 28", HowID, "webex/28"},
		{"Webex Meetings 28", HowID, "webex/28"},
		{"AS0062", HowID, "webex-xml-api/AS0062"},
		{"as0062", HowID, "webex-xml-api/AS0062"},
		{"signature-invalid", HowID, "webex-xml-api/signature-invalid"},
		{"webex-xml-api/recipient-unmatched", HowID, "webex-xml-api/recipient-unmatched"},

		{"InResponseTo does not match the request ID", HowMessage, "webex/28 webex-meetings-server/28"},
		{"inresponseto DOES NOT match the request id.", HowMessage, "webex/28 webex-meetings-server/28"},
		{"Onbetrouwbare uitgever", HowMessage, "webex/24 webex-meetings-server/24"},
		{"Onbetrouwbáre  üitgever!", HowMessage, "webex/24 webex-meetings-server/24"},
		{"Onbetrouwba\u0301re uitgever", HowMessage, "webex/24 webex-meetings-server/24"},
		{"AuthnContextstyleRef", HowMessage, "webex/29"},
		{"AuthnContextClassRef", HowMessage, "webex/13 webex/29"},
		{"Member Status", HowMessage, "webex/31"},

		{"User Authentication Failed, Reason: Invalid SAML Assertion (13)", HowText, "webex/13 webex-meetings-server/13"},
		{"Auto account creation failed 31.", HowMessage, "webex/31"},
		{"Error: 'Auto Account Update failed 32'", HowText, "webex/32 webex-meetings-server/32"},
		{"Foutcode 24", HowText, "webex/24 webex-meetings-server/24"},
		{"Null Error number - 31", HowText, "webex/31 webex-meetings-server/31"},
		{"Reason: Etwas ganz anderes (19)", HowText, "webex/19 webex-meetings-server/19"},
		{"<federatedSSO><errorcode>31</errorcode><reason>x</reason></federatedSSO>", HowText, "webex/31 webex-meetings-server/31"},
		{page, HowText, "webex/13 webex-meetings-server/13"},
		{answer, HowText, "webex-xml-api/AS0062"},
		{outer, HowText, "webex-xml-api/030048 webex-xml-api/AS0001"},
		{"030048: can't generate a ticket; subError: response message is incorrect", HowText, "webex-xml-api/response-message-incorrect webex-xml-api/030048"},
		{"it says: Invalid SAML assertion (77)", HowText, "webex/13 webex-meetings-server/13"},
		// The number and the message are of different codes: both are shown.
		{"Untrusted Issuer (13)", HowText, "webex/13 webex/24 webex-meetings-server/13 webex-meetings-server/24"},

		{"SSO_SAML_INVALID_RECIPIENT", HowID, "qualtrics/SSO_SAML_INVALID_RECIPIENT"},
		{"sso saml invalid recipient", HowID, "qualtrics/SSO_SAML_INVALID_RECIPIENT"},
		{"https://acme.qualtrics.com/login?error=SSO_SAML_INVALID_RECIPIENT&lang=de", HowText, "qualtrics/SSO_SAML_INVALID_RECIPIENT"},
		{"https://x.example/?u=https%3A%2F%2Facme.qualtrics.com%2F%3Ferror%3DSSO_SAML_VALIDATION_ERROR", HowText, "qualtrics/SSO_SAML_VALIDATION_ERROR"},
		{"SSO_MISSING_USERNAME: Ein Feld f\u00fcr die Benutzername- oder E-Mail-Attribute wurde in der SSO-Antwort von Ihrem Server nicht gefunden. Dieses Attribut ist obligatorisch.", HowText, "qualtrics/SSO_MISSING_USERNAME"},
		{"Die Empfanger-URL in der SAML-Antwort enthielt einen Fehler", HowMessage, "qualtrics/SSO_SAML_INVALID_RECIPIENT"},
		{"Beim Entschlusseln der SAML Antwort ist ein Fehler aufgetreten!", HowMessage, "qualtrics/SSO_SAML_INVALID_DECRYPTION_CERT"},
		{"Unbekannter Fehler.", HowMessage, "qualtrics/SSO_UNKNOWN_ERROR"},
		{"There was an error while validating the SAML response. Please verify the settings in your identity provider", HowText, "qualtrics/SSO_SAML_VALIDATION_ERROR"},
		{"Single sign-on failed. Invalid status code in response.", HowMessage, "webex-app/invalid-status-code"},
		{"SSO Redirection Failed", HowID, "webex-meetings-server/sso-redirection-failed"},
		{"Update user privilege failed or user is not allowed to update user privilege. Contact your administrator for further support.", HowText, "webex-meetings-server/privilege-update-failed"},
		{"SSO protocol error. Contact your administrator for further support.", HowText, "webex/1 webex-meetings-server/1"},
		{"webex-meetings-server/20", HowID, "webex-meetings-server/20"},
		{"CWMS: SAML assertion is unsigned", HowText, "webex-meetings-server/20"},
		{"issuer", HowWords, "webex/24 webex-meetings-server/24"},
		{"recipient", HowWords, "qualtrics/SSO_SAML_INVALID_RECIPIENT webex-meetings-server/14 webex-xml-api/recipient-unmatched"},
		{"Untrusted Isuer", HowSimilar, "webex/24 webex-meetings-server/24"},
		{"Name Identifer format incorrect", HowSimilar, "webex/25 webex-meetings-server/25"},

		// A code that nobody documents is not mistaken for its neighbour.
		{"AS0063", "", ""},
		{"webex/99", "", ""},
		{"99", "", ""},
		{"page 28 of 40", "", ""},
		{"HTTP error 404", "", ""},
		{"", "", ""},
		{" \x00\xff<>&amp;", "", ""},
	}
	for _, tt := range tests {
		got, err := Lookup(tt.term)
		if err != nil {
			t.Fatal(err)
		}
		if s := ids(got.Codes, codeID); s != tt.want || got.How != tt.how {
			t.Errorf("%q means %q by %q, want %q by %q", tt.term, s, got.How, tt.want, tt.how)
		}
		if len(got.Codes) > 0 && len(got.Nearest) > 0 {
			t.Errorf("%q is known and still has nearest codes", tt.term)
		}
	}
}

// Every code is found by its own id, number, messages and aliases.
func TestLookupFindsEveryCode(t *testing.T) {
	for _, s := range all(t) {
		for _, c := range s.Codes {
			terms := []string{c.ID, c.Message}
			if c.Code != "" {
				terms = append(terms, c.Code, s.Name+" "+c.Code, "Error: "+c.Code)
			}
			for lang := range c.Translations {
				terms = append(terms, c.In(lang).Message)
			}
			for _, term := range append(terms, c.Aliases...) {
				got, err := Lookup(term)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(" "+ids(got.Codes, codeID)+" ", " "+c.ID+" ") {
					t.Errorf("%q means %q, not %s", term, ids(got.Codes, codeID), c.ID)
				}
			}
		}
	}
}

func TestLookupNearest(t *testing.T) {
	for term, want := range map[string]string{
		"AS0063":               "webex-xml-api/AS0062",
		"webex-xml-api/AS0026": "webex-xml-api/AS0062",
		"AuthnContextClasRef":  "webex/13",
		"signaturinvalid":      "webex-xml-api/signature-invalid",
	} {
		got, err := Lookup(term)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Nearest) == 0 || got.Nearest[0].ID != want {
			t.Errorf("%q is nearest to %q, want %q first", term, ids(got.Nearest, codeID), want)
		}
		if len(got.Nearest) > maxNearest {
			t.Errorf("%q has %d nearest codes", term, len(got.Nearest))
		}
	}
	if got, _ := Lookup("qqqq zzzz"); len(got.Nearest) > 0 {
		t.Errorf("nonsense is near to %q", ids(got.Nearest, codeID))
	}
}

// A message that holds another code's message means only itself.
func TestLookupPrefersTheLongerMessage(t *testing.T) {
	svcs := []*Service{{Name: "s", Title: "S", Codes: []*Code{
		{ID: "s/1", Code: "1", Texts: Texts{Message: "signature is invalid"}},
		{ID: "s/2", Code: "2", Texts: Texts{Message: "the signature is invalid or absent"}},
	}}}
	got := lookup(svcs, "Sorry: the signature is invalid or absent, call us")
	if s := ids(got.Codes, codeID); s != "s/2" {
		t.Errorf("found %q", s)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"  Ungültige  Größe: ÀÉÎÕÜ ": "ungultige grosse aeiou",
		"u\u0308ber":                 "uber",
		"SSO_SAML-INVALID.X":         "sso saml invalid x",
		"a\u202e\x1b[31mb":           "a 31mb",
		"":                           "",
	} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIndexWords(t *testing.T) {
	for _, tt := range []struct {
		text, phrase string
		want         int
	}{
		{"a b c", "b", 2},
		{"a b c", "a", 0},
		{"a b c", "b c", 2},
		{"ab bc b", "b", 6},
		{"aba", "b", -1},
		{"xaab aab", "aab", 5},
		{"a aa", "aa", 2},
		{"", "a", -1},
	} {
		if got := indexWords(tt.text, tt.phrase); got != tt.want {
			t.Errorf("%q stands in %q at %d, want %d", tt.phrase, tt.text, got, tt.want)
		}
	}
}

func FuzzLookup(f *testing.F) {
	for _, s := range []string{"28", "webex/28", "Invalid SAML assertion (13)", "&#xfeff;&lt;(", "&#xfeff;&lt3(", "%33", "error error 1", "\xff", strings.Repeat("(1", 50)} {
		f.Add(s)
	}
	svcs := all(f)
	f.Fuzz(func(t *testing.T, term string) {
		got := lookup(svcs, term)
		if (len(got.Codes) > 0) != (got.How != "") {
			t.Errorf("%d codes by %q", len(got.Codes), got.How)
		}
		if len(got.Codes) > 0 && len(got.Nearest) > 0 {
			t.Error("both codes and nearest")
		}
		words := fold(unescape(term))
		if again := lookup(svcs, words); got.How == HowID && again.How != HowID {
			t.Errorf("an id is no longer one when folded: %q", words)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	svcs := all(b)
	for name, term := range map[string]string{
		"code": "webex/28",
		"page": strings.Repeat("some text of a page (7) ", 40000),
		"none": "nothing that anybody would call an error",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(term)))
			for b.Loop() {
				lookup(svcs, term)
			}
		})
	}
}
