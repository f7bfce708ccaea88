package expect

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func metadataFile(tb testing.TB, name string) File {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "decode", "metadata", "testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return File{Name: name, Data: b}
}

func texts(values []Value) string {
	var s []string
	for _, v := range values {
		s = append(s, v.Text+" ("+v.From+")")
	}
	return strings.Join(s, ", ")
}

func subjects(certs []Certificate) string {
	var s []string
	for _, c := range certs {
		s = append(s, fmt.Sprintf("%s #%s (%s %s)", c.Subject, c.Serial, c.From, c.Source))
	}
	return strings.Join(s, ", ")
}

func warningTexts(warnings []Warning) []string {
	var s []string
	for _, w := range warnings {
		s = append(s, w.String())
	}
	return s
}

// service is a service with defaults for everything that can be overridden.
func service() *Expect {
	return &Expect{
		SPEntityIDs:          []Value{{"urn:service", "svc"}},
		AudienceAlso:         []Value{{"urn:also", "svc"}},
		ACSPatterns:          []Pattern{{Text: "https://<site>/acs", Regexp: `\Ahttps://[a-z]+/acs\z`, From: "svc"}},
		IdPEntityIDs:         []Value{{"urn:idp", "svc"}},
		InResponseTo:         InResponseTo{None: true, From: "svc"},
		NameIDFormats:        []Value{{"urn:format", "svc"}},
		NameIDUsed:           Bool{Value: true, From: "svc"},
		Attributes:           []Attribute{{Name: "uid", Aliases: []string{"username"}, Required: true, From: "svc"}, {Name: "mail", Type: "email", Required: true, Severity: SeverityWarning, Values: []string{"a@b"}, From: "svc"}},
		AuthnContexts:        []Value{{"urn:context", "svc"}},
		ClockSkew:            Duration{Duration: time.Minute, From: "svc"},
		WantAssertionsSigned: Bool{Value: true, From: "svc"},
		Severities:           map[string]Severity{"audience": SeverityWarning},
	}
}

func TestPrecedence(t *testing.T) {
	skew := 5 * time.Minute
	sp := metadataFile(t, "shibboleth-sp.xml")
	idp := metadataFile(t, "keycloak.xml")
	config := &Expect{
		SPEntityIDs: []Value{{"urn:config", "samlwhy.yaml"}, {"https://sp.example.org/shibboleth", "samlwhy.yaml"}},
		ACSURLs:     []Value{{"https://config/acs", "samlwhy.yaml"}},
		Severities:  map[string]Severity{"issuer": SeverityWarning},
	}
	tests := []struct {
		name    string
		service *Expect
		given   Given
		get     func(*Expect) string
		want    string
	}{
		{"nothing", nil, Given{}, func(e *Expect) string { return strconv.FormatBool(reflect.DeepEqual(e, &Expect{})) }, "true"},

		{"sp: service", service(), Given{}, func(e *Expect) string { return texts(e.SPEntityIDs) }, "urn:service (svc)"},
		{"sp: metadata", service(), Given{SPMetadata: []File{sp}}, func(e *Expect) string { return texts(e.SPEntityIDs) }, "https://sp.example.org/shibboleth (--sp-metadata)"},
		{"sp: config", service(), Given{SPMetadata: []File{sp}, Config: config}, func(e *Expect) string { return texts(e.SPEntityIDs) }, "urn:config (samlwhy.yaml), https://sp.example.org/shibboleth (samlwhy.yaml)"},
		{"sp: flags", service(), Given{SPEntityIDs: []string{"https://sp.example.org/shibboleth", "urn:b", "urn:b"}, SPMetadata: []File{sp}, Config: config}, func(e *Expect) string { return texts(e.SPEntityIDs) }, "https://sp.example.org/shibboleth (--sp-entity-id), urn:b (--sp-entity-id)"},
		{"audience also stays", service(), Given{SPEntityIDs: []string{"urn:a"}}, func(e *Expect) string { return texts(e.AudienceAlso) }, "urn:also (svc)"},

		{"acs: pattern", service(), Given{}, func(e *Expect) string { return texts(e.ACSURLs) + e.ACSPatterns[0].Text }, "https://<site>/acs"},
		{"acs: metadata, posted to", service(), Given{SPMetadata: []File{sp}}, func(e *Expect) string { return texts(e.ACSURLs) + strconv.Itoa(len(e.ACSPatterns)) },
			"https://sp.example.org/Shibboleth.sso/SAML2/POST (--sp-metadata), https://sp.example.org/Shibboleth.sso/SAML2/POST-SimpleSign (--sp-metadata)0"},
		{"acs: config", service(), Given{SPMetadata: []File{sp}, Config: config}, func(e *Expect) string { return texts(e.ACSURLs) }, "https://config/acs (samlwhy.yaml)"},
		{"acs: flag", service(), Given{ACSURLs: []string{"https://x/acs"}, Config: config}, func(e *Expect) string { return texts(e.ACSURLs) }, "https://x/acs (--acs-url)"},

		{"idp: service", service(), Given{}, func(e *Expect) string { return texts(e.IdPEntityIDs) }, "urn:idp (svc)"},
		{"idp: metadata", service(), Given{IdPMetadata: []File{idp}}, func(e *Expect) string { return texts(e.IdPEntityIDs) }, "https://keycloak.example.org/realms/main (--idp-metadata)"},
		{"idp: flag", nil, Given{IdPEntityIDs: []string{"urn:x"}}, func(e *Expect) string { return texts(e.IdPEntityIDs) }, "urn:x (--idp-entity-id)"},
		{"sso: metadata", nil, Given{IdPMetadata: []File{idp}}, func(e *Expect) string { return texts(e.SSOURLs) }, "https://keycloak.example.org/realms/main/protocol/saml (--idp-metadata)"},

		{"certificates: metadata", nil, Given{IdPMetadata: []File{metadataFile(t, "adfs.xml")}}, func(e *Expect) string { return subjects(e.Certificates) },
			"CN=sso.example.org,O=Example GmbH,C=DE #1 (--idp-metadata adfs.xml), CN=sso.example.org,O=Example GmbH #2 (--idp-metadata adfs.xml)"},
		{"certificates: encryption apart", nil, Given{IdPMetadata: []File{metadataFile(t, "adfs.xml")}}, func(e *Expect) string { return subjects(e.IdPEncryption) }, "CN=ec.example.org #3 (--idp-metadata adfs.xml)"},
		{"certificates: flag", nil, Given{IdPMetadata: []File{idp}, IdPCertificates: []File{metadataFile(t, "ec.pem"), metadataFile(t, "negative-serial.pem")}}, func(e *Expect) string { return subjects(e.Certificates) },
			"CN=ec.example.org #3 (--idp-cert ec.pem), CN=negative.example.org #-5 (--idp-cert negative-serial.pem)"},
		{"certificates: bare key", nil, Given{IdPCertificates: []File{metadataFile(t, "public.pem")}}, func(e *Expect) string { return e.Certificates[0].Describe() }, "public key RSA 2048"},
		{"certificates: of the service", nil, Given{SPMetadata: []File{sp}}, func(e *Expect) string {
			return fmt.Sprintln(len(e.Certificates), len(e.SPCertificates), e.SPCertificates[0].Use, e.SPCertificates[1].Use)
		}, "0 2 signing encryption\n"},
		{"certificates: configured that there are none", nil, Given{IdPMetadata: []File{idp}, Config: &Expect{NoCertificate: Bool{Value: true, From: "samlwhy.yaml"}}}, func(e *Expect) string { return fmt.Sprint(len(e.Certificates), e.NoCertificate.Value) }, "0 true"},
		{"certificates: over none", nil, Given{IdPCertificates: []File{metadataFile(t, "ec.pem")}, Config: &Expect{NoCertificate: Bool{Value: true, From: "samlwhy.yaml"}}}, func(e *Expect) string { return fmt.Sprint(len(e.Certificates), e.NoCertificate.Value) }, "1 false"},

		{"request: service", service(), Given{}, func(e *Expect) string { return fmt.Sprint(e.InResponseTo) }, "{true  svc}"},
		{"request: id", service(), Given{RequestID: "_1"}, func(e *Expect) string { return fmt.Sprint(e.InResponseTo) }, "{false _1 --request-id}"},
		{"request: none", nil, Given{RequestID: "none"}, func(e *Expect) string { return fmt.Sprint(e.InResponseTo) }, "{true  --request-id}"},

		{"formats: service", service(), Given{}, func(e *Expect) string { return texts(e.NameIDFormats) }, "urn:format (svc)"},
		{"formats: sp metadata", nil, Given{SPMetadata: []File{metadataFile(t, "adfs.xml")}}, func(e *Expect) string { return texts(e.NameIDFormats) }, "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress (--sp-metadata)"},
		{"formats: not the idp's", nil, Given{IdPMetadata: []File{idp}}, func(e *Expect) string { return texts(e.NameIDFormats) }, ""},
		{"formats: flag", service(), Given{NameIDFormats: []string{"persistent", "urn:x"}}, func(e *Expect) string { return texts(e.NameIDFormats) }, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent (--name-id-format), urn:x (--name-id-format)"},

		{"contexts: flag", service(), Given{AuthnContexts: []string{"urn:a; urn:b;"}}, func(e *Expect) string { return texts(e.AuthnContexts) }, "urn:a (--authn-context), urn:b (--authn-context)"},
		{"skew: service", service(), Given{}, func(e *Expect) string { return fmt.Sprint(e.ClockSkew) }, "{1m0s svc}"},
		{"skew: flag", service(), Given{ClockSkew: &skew}, func(e *Expect) string { return fmt.Sprint(e.ClockSkew) }, "{5m0s --clock-skew}"},
		{"signed: metadata", nil, Given{SPMetadata: []File{metadataFile(t, "adfs.xml")}}, func(e *Expect) string { return fmt.Sprint(e.WantAssertionsSigned) }, "{true --sp-metadata}"},
		{"signed: metadata does not say", service(), Given{SPMetadata: []File{sp}}, func(e *Expect) string { return fmt.Sprint(e.WantAssertionsSigned) }, "{true svc}"},
		{"severities", service(), Given{Config: config}, func(e *Expect) string { return fmt.Sprint(e.Severities) }, "map[audience:warning issuer:warning]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, warnings, err := Build(tt.service, tt.given)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.get(e); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			if len(warnings) > 0 {
				t.Errorf("warnings %q", warningTexts(warnings))
			}
		})
	}
}

func TestAttributesAreJoined(t *testing.T) {
	e, _, err := Build(service(), Given{SPMetadata: []File{metadataFile(t, "shibboleth-sp.xml")}, RequireAttributes: []string{"mail", "username", "groups"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Attribute{
		{Name: "username", Required: true, From: FlagRequireAttribute}, // by the alias of uid
		{Name: "mail", Type: "email", Required: true, Values: []string{"a@b"}, From: FlagRequireAttribute},
		{Name: "urn:oid:0.9.2342.19200300.100.1.3", Required: true, From: FlagSPMetadata},
		{Name: "urn:oid:2.16.840.1.113730.3.1.241", From: FlagSPMetadata},
		{Name: "groups", Required: true, From: FlagRequireAttribute},
	}
	if !reflect.DeepEqual(e.Attributes, want) {
		t.Errorf("\n got %+v\nwant %+v", e.Attributes, want)
	}
}

func TestServiceIsNotChanged(t *testing.T) {
	svc := service()
	layers, _, err := Given{
		SPMetadata:        []File{metadataFile(t, "shibboleth-sp.xml")},
		RequireAttributes: []string{"mail", "groups"},
		Config:            &Expect{Severities: map[string]Severity{"audience": SeverityError}},
	}.Read()
	if err != nil {
		t.Fatal(err)
	}
	first := layers.Over(svc)
	want := layers.Over(service())
	first.Attributes[1].Values[0] = "changed"
	first.AudienceAlso[0].Text = "changed"
	first.SPEntityIDs[0].Text = "changed"
	first.Severities["issuer"] = SeverityError
	if !reflect.DeepEqual(svc, service()) {
		t.Errorf("the service became %+v", svc)
	}
	if again := layers.Over(svc); !reflect.DeepEqual(again, want) {
		t.Errorf("the layers changed:\n got %+v\nwant %+v", again, want)
	}
}

func TestEntityChoice(t *testing.T) {
	federation := metadataFile(t, "federation.xml")
	tests := []struct {
		name     string
		given    Given
		idps     string
		sps      string
		warnings []string
		err      string
	}{
		{name: "by flag", given: Given{IdPMetadata: []File{federation}, IdPEntityIDs: []string{"https://idp7.example.edu"}}, idps: "https://idp7.example.edu/sso (--idp-metadata)"},
		{name: "sp by flag", given: Given{SPMetadata: []File{federation}, SPEntityIDs: []string{"https://sp2.example.edu"}}, sps: "https://sp2.example.edu/acs (--sp-metadata)"},
		{name: "several by flags", given: Given{SPMetadata: []File{federation}, SPEntityIDs: []string{"https://sp2.example.edu", "https://sp1.example.edu"}}, sps: "https://sp1.example.edu/acs (--sp-metadata), https://sp2.example.edu/acs (--sp-metadata)"},
		{name: "by configuration", given: Given{IdPMetadata: []File{federation}, Config: &Expect{IdPEntityIDs: []Value{{"https://idp2.example.edu", "samlwhy.yaml"}}}}, idps: "https://idp2.example.edu/sso (--idp-metadata)"},
		{name: "not said", given: Given{IdPMetadata: []File{federation}},
			err: `--idp-metadata federation.xml: there are 12 IdPs in the file: choose one with --idp-entity-id: "https://idp1.example.edu", "https://idp2.example.edu", "https://idp3.example.edu", "https://idp4.example.edu", "https://idp5.example.edu", "https://idp6.example.edu", "https://idp7.example.edu", "https://idp8.example.edu", "https://idp9.example.edu", "https://idp10.example.edu" and 2 more`},
		{name: "not there", given: Given{SPMetadata: []File{federation}, SPEntityIDs: []string{"https://sp3.example.edu"}},
			err: `--sp-metadata federation.xml: none of the 2 SPs in the file is "https://sp3.example.edu", which --sp-entity-id names; there are: "https://sp1.example.edu", "https://sp2.example.edu"`},
		{name: "other role", given: Given{IdPMetadata: []File{federation}, IdPEntityIDs: []string{"https://sp1.example.edu"}},
			err: `--idp-metadata federation.xml: "https://sp1.example.edu" is in the file, but not as an IdP (it has no IDPSSODescriptor)`},
		{name: "the only one has another name", given: Given{IdPMetadata: []File{metadataFile(t, "entra.xml")}, IdPEntityIDs: []string{"urn:x"}}, idps: "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/saml2 (--idp-metadata)",
			warnings: []string{`--idp-metadata entra.xml: the file describes "https://sts.windows.net/11111111-2222-3333-4444-555555555555/", but --idp-entity-id says "urn:x"; the latter is expected`}},
		{name: "one file of two", given: Given{IdPMetadata: []File{metadataFile(t, "entra.xml"), metadataFile(t, "keycloak.xml")}, IdPEntityIDs: []string{"https://keycloak.example.org/realms/main"}}, idps: "https://keycloak.example.org/realms/main/protocol/saml (--idp-metadata)",
			warnings: []string{`--idp-metadata entra.xml: the file describes "https://sts.windows.net/11111111-2222-3333-4444-555555555555/", which --idp-entity-id does not name, and is not used`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, warnings, err := Build(nil, tt.given)
			if err != nil || tt.err != "" {
				if fmt.Sprint(err) != tt.err {
					t.Fatalf("\n got error %v\nwant error %s", err, tt.err)
				}
				return
			}
			if idps, sps := texts(e.SSOURLs), texts(e.ACSURLs); idps != tt.idps || sps != tt.sps {
				t.Errorf("SSO %s, ACS %s", idps, sps)
			}
			if got := warningTexts(warnings); !slices.Equal(got, tt.warnings) {
				t.Errorf("\n got %q\nwant %q", got, tt.warnings)
			}
		})
	}
}

func TestBuildErrors(t *testing.T) {
	negative := -time.Second
	tests := []struct {
		name  string
		given Given
		want  string
	}{
		{"IdP metadata as SP's", Given{SPMetadata: []File{metadataFile(t, "keycloak.xml")}}, "--sp-metadata keycloak.xml: this is IdP metadata (it has an IDPSSODescriptor, no SPSSODescriptor): use --idp-metadata"},
		{"SP metadata as IdP's", Given{IdPMetadata: []File{metadataFile(t, "shibboleth-sp.xml")}}, "--idp-metadata shibboleth-sp.xml: this is SP metadata (it has an SPSSODescriptor, no IDPSSODescriptor): use --sp-metadata"},
		{"no role", Given{IdPMetadata: []File{{Name: "a.xml", Data: []byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:a"/>`)}}}, `--idp-metadata a.xml: "urn:a" has neither an IDPSSODescriptor nor an SPSSODescriptor`},
		{"no entity", Given{IdPMetadata: []File{{Name: "a.xml", Data: []byte(`<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`)}}}, "--idp-metadata a.xml: there is no EntityDescriptor in the file"},
		{"certificate as metadata", Given{IdPMetadata: []File{metadataFile(t, "rsa.pem")}}, "--idp-metadata rsa.pem: this is a certificate, not SAML metadata: use --idp-cert"},
		{"certificate as SP metadata", Given{SPMetadata: []File{metadataFile(t, "rsa.pem")}}, "--sp-metadata rsa.pem: this is a certificate, not SAML metadata: the service's metadata is expected here"},
		{"metadata as certificate", Given{IdPCertificates: []File{metadataFile(t, "entra.xml")}}, "--idp-cert entra.xml: this is SAML metadata, not a certificate: use --idp-metadata"},
		{"CSR", Given{IdPCertificates: []File{metadataFile(t, "request.csr")}}, "--idp-cert request.csr: this is a certificate signing request (CSR), not a certificate: give the certificate that was issued for it"},
		{"empty file", Given{IdPCertificates: []File{{Name: "a.pem"}}}, "--idp-cert a.pem: this is empty, not a certificate"},
		{"empty entity ID", Given{SPEntityIDs: []string{""}}, "--sp-entity-id: a value is expected, but it is empty"},
		{"relative ACS URL", Given{ACSURLs: []string{"sp.example.com/acs"}}, `--acs-url: "sp.example.com/acs" is no absolute URL: one that begins with https:// or http:// is expected`},
		{"format", Given{NameIDFormats: []string{"mail"}}, `--name-id-format: "mail" is neither a URI nor one of the short names unspecified, emailAddress, X509SubjectName, WindowsDomainQualifiedName, kerberos, entity, persistent, transient`},
		{"attribute", Given{RequireAttributes: []string{""}}, "--require-attribute: an attribute's name is expected, but the value is empty"},
		{"skew", Given{ClockSkew: &negative}, "--clock-skew: -1s is negative; give how far apart the clocks may be, such as 3m"},
		{"request", Given{RequestID: " "}, `--request-id: the ID of the AuthnRequest is expected, or "none" when the service sent no request`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, _, err := Build(service(), tt.given)
			if err == nil || err.Error() != tt.want || e != nil {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	entity := func(role string) []byte {
		return []byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:a">` + role + `</EntityDescriptor>`)
	}
	keycloak := metadataFile(t, "keycloak.xml").Data
	tests := []struct {
		name  string
		given Given
		want  []string
	}{
		{"no certificate", Given{IdPMetadata: []File{{"a.xml", entity("<IDPSSODescriptor/>")}}}, []string{`--idp-metadata a.xml: the IdP "urn:a" has no readable signing certificate in it`}},
		{"encryption only", Given{IdPMetadata: []File{{"a.xml", []byte(strings.Replace(string(keycloak), `use="signing"`, `use="encryption"`, 1))}}}, []string{`--idp-metadata a.xml: the IdP "https://keycloak.example.org/realms/main" has no readable signing certificate in it`}},
		{"broken certificate", Given{IdPMetadata: []File{{"a.xml", entity("<IDPSSODescriptor>\n" + `<KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>hello</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor>`)}}}, []string{
			"--idp-metadata a.xml: the X509Certificate in line 2 cannot be read: this is text of an unknown kind, not a certificate",
			`--idp-metadata a.xml: the IdP "urn:a" has no readable signing certificate in it`}},
		{"no ACS", Given{SPMetadata: []File{{"a.xml", entity(`<SPSSODescriptor><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact" Location="https://a/acs" index="0"/></SPSSODescriptor>`)}}}, []string{
			`--sp-metadata a.xml: the SP "urn:a" has no AssertionConsumerService with the HTTP-POST binding in it, so that its ACS URL is not known`}},
		{"part of a certificate file", Given{IdPCertificates: []File{{"a.pem", append([]byte("-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n"), metadataFile(t, "ec.pem").Data...)}}}, []string{
			"--idp-cert a.pem: block 1 (BEGIN CERTIFICATE) cannot be read: there is no certificate in it"}},
		{"cut metadata", Given{IdPMetadata: []File{{"a.xml", keycloak[:len(keycloak)-20]}}}, []string{
			"--idp-metadata a.xml: the file is not well-formed XML (line 13: input ends while <md:EntitiesDescriptor> is still open: the document is cut off); what can be read of it is used"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, warnings, err := Build(nil, tt.given)
			if err != nil {
				t.Fatal(err)
			}
			if got := warningTexts(warnings); !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

// A service that lists "unspecified", or an empty format, expects none.
func TestFormatsThatSayNothing(t *testing.T) {
	for _, format := range []string{"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", ""} {
		data := []byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:a"><SPSSODescriptor><NameIDFormat>` + format + `</NameIDFormat></SPSSODescriptor></EntityDescriptor>`)
		e, _, err := Build(nil, Given{SPMetadata: []File{{"a.xml", data}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(e.NameIDFormats) > 0 {
			t.Errorf("%q: formats %s", format, texts(e.NameIDFormats))
		}
	}
}

// WS-Federation metadata without a SAML 2.0 role still names the signing keys.
func TestTokenServiceOnly(t *testing.T) {
	adfs := string(metadataFile(t, "adfs.xml").Data)
	before, _, _ := strings.Cut(adfs, "<SPSSODescriptor")
	e, warnings, err := Build(nil, Given{IdPMetadata: []File{{"fed.xml", []byte(before + "</EntityDescriptor>")}}})
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warningTexts(warnings))
	}
	if len(e.Certificates) != 1 || texts(e.IdPEntityIDs) != "http://adfs.example.com/adfs/services/trust (--idp-metadata)" {
		t.Errorf("%s, %s", texts(e.IdPEntityIDs), subjects(e.Certificates))
	}
}

func TestSeverityOf(t *testing.T) {
	e := &Expect{Severities: map[string]Severity{"a": SeverityWarning, "a/x": SeverityError}}
	tests := []struct {
		e           *Expect
		rule, why   string
		own, want   Severity
		description string
	}{
		{nil, "a", "x", "", SeverityError, "the rule's own"},
		{nil, "a", "x", SeverityWarning, SeverityWarning, "the finding's"},
		{e, "b", "x", "", SeverityError, "nothing set"},
		{e, "a", "y", "", SeverityWarning, "set for the rule"},
		{e, "a", "y", SeverityError, SeverityError, "the finding's before the rule's"},
		{e, "a", "x", SeverityWarning, SeverityError, "set for the reason"},
	}
	for _, tt := range tests {
		if got := tt.e.SeverityOf(tt.rule, tt.why, tt.own, SeverityError); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}
