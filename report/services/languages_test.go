package services

import (
	"slices"
	"strings"
	"testing"
)

// Dutch are Webex's messages as a Dutch user's screen shows them.
var dutch = map[string]string{
	"1":  "SSO-protocolfout",
	"4":  "Geen X.509-certificaat in het systeem gevonden",
	"5":  "Alleen POST-verzoek wordt ondersteund",
	"7":  "De organisatie is niet bevoegd SSO te gebruiken",
	"8":  "Onjuist X.509-certificaat voor validatie van SAML-assertie",
	"13": "Ongeldige SAML-assertie",
	"15": "X.509-certificaat is verlopen",
	"19": "SAML-assertie is verlopen",
	"23": "Ongeldige digitale handtekening",
	"24": "Onbetrouwbare uitgever",
	"25": "Notatie naamidentificatie is onjuist",
	"26": "Kan geen AuthnRequest genereren",
	"28": "InResponseTo komt niet overeen met de aanvraag-id",
	"29": "Ongeldig antwoordbericht",
	"31": "Automatisch maken van een account mislukt",
	"32": "Automatisch bijwerken van een account mislukt",
}

// German are Qualtrics' messages as a German user's screen begins with them.
var german = map[string]string{
	"SSO_UNKNOWN_ERROR":                     "Unbekannter Fehler",
	"SSO_SPS_CONNECTION_ERROR":              "Fehler. Löschen Sie Ihre Cookies und Ihren Cache, und versuchen Sie erneut, sich anzumelden",
	"SSO_MISSING_USERNAME":                  "Ein Feld für die Benutzername- oder E-Mail-Attribute wurde in der SSO-Antwort von Ihrem Server nicht gefunden",
	"SSO_SAML_MISSING_SSO_BINDING":          "Ihre SAML-Einstellungen enthalten keine Single-Sign-On-Bindungs-URL",
	"SSO_SAML_INVALID_DECRYPTION_CERT":      "Beim Entschlüsseln der SAML-Antwort ist ein Fehler aufgetreten",
	"SSO_SAML_INVALID_AUDIENCE_RESTRICTION": "Die Zielgruppenbeschränkung in der SAML-Antwort (EN) enthielt einen Fehler",
	"SSO_SAML_INVALID_RECIPIENT":            "Die Empfänger-URL in der SAML-Antwort (EN) enthielt einen Fehler",
	"SSO_SAML_VALIDATION_ERROR":             "Beim Validieren der SAML-Antwort (EN) ist ein Fehler aufgetreten",
}

func TestMessagesOfOtherScreens(t *testing.T) {
	for _, tt := range []struct {
		service, lang string
		messages      map[string]string
	}{{"webex", "nl", dutch}, {"webex-meetings-server", "nl", dutch}, {"qualtrics", "de", german}} {
		for code, want := range tt.messages {
			c := get(t, tt.service).Find(code)
			if got := c.In(tt.lang).Message; got != want {
				t.Errorf("%s in %s says %q, want %q", c.ID, tt.lang, got, want)
			}
		}
	}
}

// Every code of a service with screens in another language is translated whole:
// that a translation lacks nothing is what Validate sees to.
func TestEveryCodeIsTranslated(t *testing.T) {
	langs := map[string]string{"webex": "nl", "webex-meetings-server": "nl", "webex-app": "nl", "webex-xml-api": "nl", "qualtrics": "de"}
	for _, s := range all(t) {
		lang := langs[s.Name]
		for _, c := range s.Codes {
			if _, ok := c.Translations[lang]; !ok {
				t.Errorf("%s is not in %s", c.ID, lang)
				continue
			}
			for own, text := range map[string]Texts{"en": c.Texts, lang: c.In(lang)} {
				if text.Message == "" || len(text.Fixes) == 0 && text.Undecidable == "" || len(text.Look) == 0 {
					t.Errorf("%s in %s has no message, no fix or nowhere to look", c.ID, own)
				}
			}
			if same := slices.Equal(c.Fixes, c.In(lang).Fixes) && len(c.Fixes) > 0; same {
				t.Errorf("%s: the fixes in %s are the English ones", c.ID, lang)
			}
		}
		for _, f := range s.Facts {
			if f.In(lang) == f.Text {
				t.Errorf("%s: %q is not in %s", s.Name, f.Text, lang)
			}
		}
	}
}

func TestIn(t *testing.T) {
	c := get(t, "webex").Find("29")
	if got := c.In("de"); got.Message != c.Message || !slices.Equal(got.Causes, c.Causes) {
		t.Errorf("a language that the code has not gives %q", got.Message)
	}
	// The screen's text in Dutch is not known for code 3.
	if got := get(t, "webex").Find("3").In("nl"); got.Message != "No user account found in the system" || !strings.HasPrefix(got.Undecidable, "Alleen de Webex-site") {
		t.Errorf("webex/3 in Dutch: %q, %q", got.Message, got.Undecidable)
	}
	m := get(t, "webex").CodesFor("base64", "not-base64")[0]
	if got := m.In("nl"); got.Message != "Ongeldig antwoordbericht" || !strings.HasPrefix(got.Causes[0], "De waarde van SAMLResponse") {
		t.Errorf("the match in Dutch: %q, %q", got.Message, got.Causes)
	}
	if got := m.In("en"); !slices.Equal(got.Causes, m.Causes) || !slices.Equal(got.Fixes, m.Fixes) {
		t.Errorf("the match in English: %q", got.Causes)
	}
	m = get(t, "webex").CodesFor("session", "over")[0]
	if got := m.In("nl"); !slices.Equal(got.Fixes, m.Code.Translations["nl"].Fixes) {
		t.Errorf("a tie without texts of its own in Dutch: %q", got.Fixes)
	}
}

// What every document says about its codes has to be told with its source, and
// what it does not say must not look as if it did.
func TestBasis(t *testing.T) {
	for _, s := range all(t) {
		for _, c := range s.Codes {
			if c.Basis == BasisInferred && !strings.Contains(c.Source, "inference") {
				t.Errorf("%s is inferred, and its source %q does not say so", c.ID, c.Source)
			}
			for _, w := range c.When {
				if w.Basis == BasisInferred && !strings.Contains(w.Source, "inference") {
					t.Errorf("%s: the tie to %s is inferred, and its source %q does not say so", c.ID, w.Rule, w.Source)
				}
			}
		}
	}
}
