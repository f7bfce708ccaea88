package services

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
)

func all(tb testing.TB) []*Service {
	tb.Helper()
	svcs, err := All()
	if err != nil {
		tb.Fatal(err)
	}
	return svcs
}

func get(tb testing.TB, name string) *Service {
	tb.Helper()
	s, err := Get(name)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func ids[T any](list []T, id func(T) string) string {
	s := make([]string, len(list))
	for i, v := range list {
		s[i] = id(v)
	}
	return strings.Join(s, " ")
}

func codeID(c *Code) string { return c.ID }

func numbered(prefix string, from, to int) []string {
	var list []string
	for n := from; n <= to; n++ {
		list = append(list, prefix+strconv.Itoa(n))
	}
	return list
}

func TestEveryCodeIsThere(t *testing.T) {
	want := map[string][]string{
		"webex": {
			"webex/1", "webex/3", "webex/4", "webex/5", "webex/7", "webex/8", "webex/13", "webex/15", "webex/19",
			"webex/23", "webex/24", "webex/25", "webex/26", "webex/28", "webex/29", "webex/31", "webex/32",
		},
		"webex-xml-api": {
			"webex-xml-api/AS0062", "webex-xml-api/response-message-incorrect", "webex-xml-api/signature-invalid",
			"webex-xml-api/in-response-to", "webex-xml-api/recipient-unmatched",
			"webex-xml-api/030048", "webex-xml-api/AS0001",
		},
		"webex-meetings-server": append(numbered("webex-meetings-server/", 1, 32),
			"webex-meetings-server/idp-without-certificate", "webex-meetings-server/privilege-update-failed",
			"webex-meetings-server/after-disaster-recovery", "webex-meetings-server/sso-redirection-failed"),
		"webex-app": append(slices.Concat(
			numbered("webex-app/1000:", 1, 4), numbered("webex-app/1000:", 6, 8), numbered("webex-app/1000:", 99, 101),
			[]string{"webex-app/1000:400", "webex-app/1000:500"}, numbered("webex-app/1000:", 600, 608),
			[]string{"webex-app/1000:611", "webex-app/1000:701"}, numbered("webex-app/1000:", 1001, 1010),
			[]string{"webex-app/1000:1100", "webex-app/1000:1012", "webex-app/1000:1013"}), "webex-app/invalid-status-code"),
		"qualtrics": {
			"qualtrics/SSO_UNKNOWN_ERROR", "qualtrics/SSO_SPS_CONNECTION_ERROR", "qualtrics/SSO_MISSING_USERNAME",
			"qualtrics/SSO_SAML_MISSING_SSO_BINDING", "qualtrics/SSO_SAML_INVALID_DECRYPTION_CERT",
			"qualtrics/SSO_SAML_INVALID_AUDIENCE_RESTRICTION", "qualtrics/SSO_SAML_INVALID_RECIPIENT",
			"qualtrics/SSO_SAML_VALIDATION_ERROR", "qualtrics/SSO_OAUTH_INVALID_ID_TOKEN", "qualtrics/username-unknown",
		},
	}
	if list, err := Names(); err != nil || len(list) != len(want) {
		t.Errorf("there are the services %q, %v", list, err)
	}
	for name, codes := range want {
		if got := ids(get(t, name).Codes, codeID); got != strings.Join(codes, " ") {
			t.Errorf("%s has %s\nwant %s", name, got, strings.Join(codes, " "))
		}
	}
}

func TestGet(t *testing.T) {
	if s := get(t, "Webex"); s.Name != "webex" {
		t.Errorf(`Get("Webex") is %s`, s.Name)
	}
	_, err := Get("webx")
	if err == nil {
		t.Fatal("an unknown service is found")
	}
	list, _ := Names()
	if !slices.IsSorted(list) {
		t.Errorf("names are not sorted: %q", list)
	}
	for _, want := range append(list, `"webx"`) {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

func TestFind(t *testing.T) {
	s := get(t, "webex-xml-api")
	for term, want := range map[string]string{
		"as0062":                          "webex-xml-api/AS0062",
		" 030048 ":                        "webex-xml-api/030048",
		"signature-invalid":               "webex-xml-api/signature-invalid",
		"WEBEX-XML-API/signature-invalid": "webex-xml-api/signature-invalid",
		"AS0063":                          "",
		"":                                "",
	} {
		got := ""
		if c := s.Find(term); c != nil {
			got = c.ID
		}
		if got != want {
			t.Errorf("Find(%q) = %q, want %q", term, got, want)
		}
	}
}

func TestCodesFor(t *testing.T) {
	matchID := func(m Match) string { return m.Code.ID + ":" + string(m.Basis) }
	tests := []struct{ service, rule, reason, want string }{
		{"webex", "authn-context", "mismatch", "webex/13:public webex/29:documented"},
		{"webex", "signing-certificate", "not-configured", "webex/4:documented"},
		{"webex", "signing-certificate", "other-certificate", "webex/8:documented"},
		{"webex", "certificate-validity", "expired", "webex/15:documented"},
		{"webex", "certificate-validity", "expires-soon", ""},
		{"webex", "signed", "missing", "webex/23:documented"},
		{"webex", "issuer", "mismatch", "webex/24:documented"},
		{"webex", "issuer", "differ", "webex/24:inferred"},
		{"webex", "issuer", "format", ""},
		{"webex", "issuer-first", "missing", "webex/29:presumed"},
		{"webex", "form-parameter", "other-name", "webex/29:documented"},
		{"webex", "acs-url", "mismatch", "webex/28:documented"},
		{"webex", "audience", "mismatch", "webex/13:inferred"},
		{"webex", "required-attributes", "name-case", "webex/31:documented webex/32:documented"},
		{"webex", "recipient", "mismatch", ""},
		{"webex", "name-id", "missing", ""},
		{"webex-meetings-server", "form-parameter", "no-field", "webex-meetings-server/6:inferred"},
		{"webex-meetings-server", "form-parameter", "misspelled", "webex-meetings-server/29:inferred"},
		{"webex-meetings-server", "signed", "unsigned", "webex-meetings-server/20:documented"},
		{"webex-meetings-server", "signature-digest", "mismatch", "webex-meetings-server/23:documented"},
		{"webex-meetings-server", "recipient", "mismatch", "webex-meetings-server/14:documented"},
		{"webex-meetings-server", "name-id", "missing", "webex-meetings-server/2:documented"},
		{"webex-meetings-server", "name-qualifier", "mismatch", "webex-meetings-server/10:documented"},
		{"webex-meetings-server", "required-attributes", "missing", "webex-meetings-server/31:public webex-meetings-server/32:public webex-meetings-server/1:documented"},
		{"webex-meetings-server", "attribute-values", "too-long", "webex-meetings-server/32:public webex-meetings-server/sso-redirection-failed:documented"},
		{"webex-meetings-server", "artifact", "refused", "webex-meetings-server/12:inferred webex-meetings-server/11:inferred"},
		{"webex-meetings-server", "requested-security-token", "not-xml", "webex-meetings-server/22:inferred"},
		{"webex-meetings-server", "authn-request", "not-xml", "webex-meetings-server/30:inferred"},
		{"webex-meetings-server", "authn-request", "certificate-expired", "webex-meetings-server/26:inferred"},
		{"webex-meetings-server", "authn-request", "acs", ""},
		{"qualtrics", "audience", "mismatch", "qualtrics/SSO_SAML_INVALID_AUDIENCE_RESTRICTION:documented"},
		{"qualtrics", "recipient", "mismatch", "qualtrics/SSO_SAML_INVALID_RECIPIENT:documented"},
		{"qualtrics", "required-attributes", "name-case", "qualtrics/SSO_MISSING_USERNAME:documented"},
		{"qualtrics", "decryption", "other-certificate", "qualtrics/SSO_SAML_INVALID_DECRYPTION_CERT:documented"},
		{"qualtrics", "decryption", "not-encrypted", ""},
		{"qualtrics", "metadata-sso-binding", "missing", "qualtrics/SSO_SAML_MISSING_SSO_BINDING:documented"},
		{"qualtrics", "not-on-or-after", "expired", "qualtrics/SSO_SAML_VALIDATION_ERROR:inferred"},
		{"qualtrics", "signature-value", "wrong-key", "qualtrics/SSO_SAML_VALIDATION_ERROR:inferred"},
		{"webex-app", "status", "responder", "webex-app/invalid-status-code:inferred"},
		{"webex-xml-api", "xml-api-request", "protocol-missing", "webex-xml-api/AS0062:documented"},
		{"webex-xml-api", "root-element", "assertion", "webex-xml-api/response-message-incorrect:documented"},
		{"webex-xml-api", "root-element", "saml11", "webex-xml-api/response-message-incorrect:inferred"},
		{"webex-xml-api", "in-response-to", "unexpected", "webex-xml-api/in-response-to:documented"},
		{"webex-xml-api", "recipient", "mismatch", "webex-xml-api/recipient-unmatched:documented"},
		{"webex-xml-api", "attribute-line-breaks", "line-break", "webex-xml-api/signature-invalid:documented"},
	}
	for _, tt := range tests {
		got := get(t, tt.service).CodesFor(tt.rule, tt.reason)
		if s := ids(got, matchID); s != tt.want {
			t.Errorf("%s: %s/%s leads to %q, want %q", tt.service, tt.rule, tt.reason, s, tt.want)
		}
		for _, m := range got {
			if len(m.Causes) == 0 || len(m.Fixes) == 0 || m.Source == "" {
				t.Errorf("%s: %s/%s: %s has no causes, fixes or source", tt.service, tt.rule, tt.reason, m.Code.ID)
			}
		}
	}
	if got := ids(get(t, "webex").CodesOf("signing-certificate"), matchID); got != "webex/4:documented webex/8:documented" {
		t.Errorf("signing-certificate can lead to %q", got)
	}
	if got := get(t, "webex").Find("4").Rules(); !slices.Equal(got, []string{"signing-certificate"}) {
		t.Errorf("webex/4 follows from %q", got)
	}
}

// A finding gets the causes that fit it, not those of every way to its code.
func TestMatchNarrowsDown(t *testing.T) {
	s := get(t, "webex")
	code := s.Find("29")
	m := s.CodesFor("base64", "not-base64")[0]
	if m.Code != code || slices.Equal(m.Causes, code.Causes) || !strings.Contains(m.Causes[0], "base64") {
		t.Errorf("causes of base64 are %q", m.Causes)
	}
	m = s.CodesFor("session", "over")[0]
	if !slices.Equal(m.Causes, s.Find("19").Causes) {
		t.Errorf("a rule without causes of its own has %q", m.Causes)
	}
}

func TestExpectationsRememberTheService(t *testing.T) {
	for _, s := range all(t) {
		e, want := s.Expect, "default of "+s.Title
		for _, v := range slices.Concat(e.SPEntityIDs, e.ACSURLs, e.NameIDFormats, e.AuthnContexts) {
			if v.From != want {
				t.Errorf("%s: %q is from %q", s.Name, v.Text, v.From)
			}
		}
		for _, p := range slices.Concat(e.ACSPatterns, e.SPPatterns) {
			if p.From != want {
				t.Errorf("%s: %q is from %q", s.Name, p.Text, p.From)
			}
		}
		for _, a := range e.Attributes {
			if a.From != want {
				t.Errorf("%s: %q is from %q", s.Name, a.Name, a.From)
			}
		}
		if from := e.ClockSkew.From; from != want && from != "" {
			t.Errorf("%s: the clock skew is from %q", s.Name, e.ClockSkew.From)
		}
	}
	x := get(t, "webex-xml-api").Expect
	if !x.InResponseTo.None || x.InResponseTo.From != "default of Webex XML API" {
		t.Errorf("the XML API expects InResponseTo %+v", x.InResponseTo)
	}
	if got := x.SeverityOf("attribute-line-breaks", "any", expect.SeverityWarning, expect.SeverityWarning); got != expect.SeverityWarning {
		t.Errorf("a finding's own grade gives way to the rule's: %s", got)
	}
	if got := x.SeverityOf("attribute-line-breaks", "any", "", expect.SeverityWarning); got != expect.SeverityError {
		t.Errorf("a line break is a %s for the XML API", got)
	}
	if got := get(t, "webex").Expect.SeverityOf("certificate-validity", "expired", expect.SeverityWarning, expect.SeverityWarning); got != expect.SeverityError {
		t.Errorf("an expired certificate is a %s for Webex", got)
	}
}

func TestPatterns(t *testing.T) {
	site := []string{"webex", "webex-xml-api"}
	broker := []string{"webex", "webex-app", "webex-xml-api"}
	qualtrics := []string{"qualtrics"}
	tests := []struct {
		url     string
		acs, sp []string // of which services
	}{
		{"https://example.webex.com/dispatcher/SAML2AuthService?siteurl=example", site, nil},
		{"https://EXAMPLE.webex.com/dispatcher/SAML2AuthService?siteurl=example", site, nil},
		{"https://example.webex.com/dispatcher/SAML2AuthService", nil, site},
		{"https://example.webex.com.evil.example/dispatcher/SAML2AuthService?siteurl=example", nil, nil},
		{"https://evil.example/?https://example.webex.com/dispatcher/SAML2AuthService?siteurl=example", nil, nil},
		{"https://idbroker.webex.com/idb/Consumer/metaAlias/0a1b2c3d/sp", broker, site},
		{"https://idbroker.webex.com/0a1b2c3d", nil, broker},
		{"https://idbroker-eu.webex.com/0a1b2c3d", nil, broker},
		{"https://example.webex.com", nil, site},
		{"https://acme.ca1.qualtrics.com", nil, qualtrics},
		{"https://ca1.qualtrics.com", nil, qualtrics},
		{"https://acme.ca1.qualtrics.com/login/v1/sso/saml2/default-sp", qualtrics, qualtrics},
		{"https://ca1.qualtrics.com/login/v1/sso/saml2/default-sp", qualtrics, qualtrics},
		{"https://ca1.qualtrics.com/login/v1/sso/saml2/default-sp/", nil, nil},
		{"https://a.acme.ca1.qualtrics.com/login/v1/sso/saml2/default-sp", nil, nil},
		{"https://sp.example.com/saml/acs", nil, nil},
		{"https://example.webex.com\n/x", nil, nil},
	}
	for _, s := range all(t) {
		for _, tt := range tests {
			if got := matches(t, s.Expect.ACSPatterns, tt.url); got != slices.Contains(tt.acs, s.Name) {
				t.Errorf("%s: ACS %q: %v", s.Name, tt.url, got)
			}
			if got := matches(t, s.Expect.SPPatterns, tt.url); got != slices.Contains(tt.sp, s.Name) {
				t.Errorf("%s: SP %q: %v", s.Name, tt.url, got)
			}
		}
	}
}

func TestRecognise(t *testing.T) {
	tests := []struct {
		urls []string
		want string
	}{
		{[]string{"https://example.webex.com/dispatcher/SAML2AuthService?siteurl=example"}, "webex"},
		{[]string{"http://www.webex.com"}, "webex"},
		{[]string{"https://webex.com./"}, "webex"},
		{[]string{"https://idbroker.webex.com/0a1b2c3d"}, "webex-app webex"},
		{[]string{"https://acme.qualtrics.com", "https://acme.ca1.qualtrics.com/login/v1/sso/saml2/default-sp"}, "qualtrics"},
		{[]string{"https://notqualtrics.com", "https://qualtrics.com.example/"}, ""},
		{[]string{"https://EXAMPLE.WebEx.com:443/WBXService/XMLService"}, "webex-xml-api webex"},
		{[]string{"http://www.webex.com", "", "https://example.webex.com/WBXService/XMLService"}, "webex-xml-api webex"},
		{[]string{"https://example.webex.com/WBXService/XMLServiceNot"}, "webex"},
		{[]string{"https://webex.com.example.net/", "https://notwebex.com/", "webex.com", "urn:webex.com", "%zz", "https://sp.example.com/?u=https://x.webex.com"}, ""},
		{nil, ""},
	}
	for _, tt := range tests {
		got, err := Recognise(decode.BindingPOST, tt.urls)
		if err != nil {
			t.Fatal(err)
		}
		if s := ids(got, func(s *Service) string { return s.Name }); s != tt.want {
			t.Errorf("%q: %q, want %q", tt.urls, s, tt.want)
		}
	}
	webex, err := Get("webex")
	if err != nil {
		t.Fatal(err)
	}
	if by := webex.RecognisedBy([]string{"", "%zz", "https://sp.example.com/", "https://example.webex.com/x", "http://www.webex.com"}); by != "https://example.webex.com/x" {
		t.Errorf("recognised by %q", by)
	}
	if by := webex.RecognisedBy([]string{"https://sp.example.com/"}); by != "" {
		t.Errorf("recognised by %q", by)
	}
	got, err := Recognise(decode.BindingXMLAPI, []string{"http://www.webex.com"})
	if err != nil {
		t.Fatal(err)
	}
	if s := ids(got, func(s *Service) string { return s.Name }); s != "webex-xml-api" {
		t.Errorf("by the XML API's binding: %q", s)
	}
}
