package metadata

import (
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func entraMetadata(tb testing.TB) string {
	tb.Helper()
	return strings.TrimPrefix(string(fixture(tb, "entra.xml")), "\uFEFF")
}

// summary writes what the tests compare of a file's entities, one line each.
func summary(f *File) []string {
	var lines []string
	for _, e := range f.Entities {
		var s []string
		keys := func(r *Role) {
			for _, k := range r.Keys {
				for _, c := range k.Certificates() {
					if c.Err != nil {
						s = append(s, "error: "+c.Err.Error())
						continue
					}
					s = append(s, k.Use.Get()+"="+c.Certificate.Subject[:5]+" #"+c.Certificate.Serial.String())
				}
			}
		}
		for _, r := range e.IDPs {
			s = append(s, "IDP")
			keys(&r.Role)
			s = append(s, fmt.Sprintf("sso:%d slo:%d ars:%d formats:%d signed:%t", len(r.SingleSignOnServices), len(r.SingleLogoutServices), len(r.ArtifactResolutionServices), len(r.NameIDFormats), True(r.WantAuthnRequestsSigned)))
		}
		for _, r := range e.SPs {
			s = append(s, "SP")
			keys(&r.Role)
			s = append(s, fmt.Sprintf("acs:%d slo:%d attributes:%d signed:%t", len(r.AssertionConsumerServices), len(r.SingleLogoutServices), len(r.AttributeConsumingServices), True(r.WantAssertionsSigned)))
		}
		for _, r := range e.Others {
			s = append(s, r.Type())
		}
		lines = append(lines, e.ID.Get()+" "+strings.Join(s, " "))
	}
	return lines
}

func TestParseProducts(t *testing.T) {
	tests := []struct {
		file string
		want []string
	}{
		{"adfs.xml", []string{"http://adfs.example.com/adfs/services/trust " +
			"IDP encryption=CN=ec #3 signing=CN=ss #1 signing=CN=ss #2 sso:2 slo:1 ars:0 formats:1 signed:false " +
			"SP encryption=CN=ec #3 acs:2 slo:1 attributes:0 signed:true ApplicationServiceType SecurityTokenServiceType"}},
		{"entra.xml", []string{"https://sts.windows.net/11111111-2222-3333-4444-555555555555/ IDP signing=CN=ss #1 sso:2 slo:1 ars:0 formats:0 signed:false SecurityTokenServiceType"}},
		{"keycloak.xml", []string{"https://keycloak.example.org/realms/main IDP signing=CN=ss #1 sso:2 slo:1 ars:1 formats:2 signed:true"}},
		{"simplesamlphp.xml", []string{"https://login.example.org/simplesaml/saml2/idp/metadata.php IDP =CN=ne #-5 sso:1 slo:1 ars:0 formats:1 signed:false"}},
		{"shibboleth-sp.xml", []string{"https://sp.example.org/shibboleth SP signing=CN=ss #2 encryption=CN=ec #3 acs:4 slo:1 attributes:1 signed:false"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			f, err := Parse(fixture(t, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(f); !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
			if !f.Document.WellFormed() || len(f.Steps) > 0 {
				t.Errorf("errors %v, steps %q", f.Document.Errors(), f.Steps)
			}
		})
	}
}

func TestParseShapes(t *testing.T) {
	plain := entraMetadata(t)
	_, noDeclaration, _ := strings.Cut(plain, "?>")
	const id = "https://sts.windows.net/11111111-2222-3333-4444-555555555555/"
	utf16Declared := strings.Replace(plain, `encoding="utf-8"`, `encoding="utf-16"`, 1)
	tests := []struct {
		name, data string
		steps      []string
	}{
		{"plain", plain, nil},
		{"BOM", "\uFEFF" + plain, nil},
		{"UTF-16LE", string(utf16Of(utf16Declared, false)), nil},
		{"UTF-16BE", string(utf16Of(utf16Declared, true)), nil},
		{"UTF-16 declared, UTF-8 sent", utf16Declared, nil},
		{"blank lines before", "\r\n\r\n" + plain, nil},
		{"text before", "Our metadata:\n" + plain, []string{"text before the XML skipped"}},
		{"Latin-1 text before", "f\xfcr Bob:\n" + plain, []string{"text before the XML skipped"}},
		{"text after", plain + "\nRegards <bob@example.com>", nil},
		{"text around", "Hi,\n" + plain + "\nRegards <bob@example.com>", []string{"text before the XML skipped", "text after the XML skipped"}},
		{"HTML page", "<html><body><pre>" + html.EscapeString(plain) + "</pre></body></html>", []string{"HTML unescaped", "text before the XML skipped", "text after the XML skipped"}},
		{"escaped", html.EscapeString(plain), []string{"HTML unescaped"}},
		{"base64", wrap(base64Of([]byte(plain)), 76, "\r\n"), []string{"base64"}},
		{"SOAP", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` + noDeclaration + `</s:Body></s:Envelope>`, nil},
		{"truncated", plain[:len(plain)-60], nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse([]byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			e := f.Entity(id)
			if e == nil || len(e.IDPs) != 1 || len(f.Entities) != 1 {
				t.Fatalf("entities %q", summary(f))
			}
			if certs := e.IDPs[0].Keys[0].Certificates(); len(certs) != 1 || certs[0].Certificate == nil || certs[0].Certificate.SHA256 != rsaSHA256 {
				t.Errorf("certificates %+v", certs)
			}
			if !slices.Equal(f.Steps, tt.steps) {
				t.Errorf("steps %q, want %q", f.Steps, tt.steps)
			}
		})
	}
}

// What surrounds the XML does not move it.
func TestParseKeepsPositions(t *testing.T) {
	f, err := Parse([]byte("Über\nunser:  " + entraMetadata(t)))
	if err != nil {
		t.Fatal(err)
	}
	want := len("Über\nunser:  ") + strings.Index(entraMetadata(t), "<EntityDescriptor")
	if pos := f.Root.Position(); pos.Line != 2 || pos.Offset != want {
		t.Errorf("at %+v, want offset %d in line 2", pos, want)
	}
}

func TestParseRefusals(t *testing.T) {
	tests := []struct {
		name, data string
		found      Found
		want       string
	}{
		{"empty", "", FoundEmpty, "this is empty, not SAML metadata"},
		{"certificate", string(fixture(t, "rsa.pem")), FoundCertificate, "this is a certificate, not SAML metadata"},
		{"private key", "-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----", FoundPrivateKey, "this is a private key"},
		{"response", `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`, FoundSAMLMessage, `this is a SAML message (its root element is "samlp:Response"), not SAML metadata`},
		{"HTML", "<!DOCTYPE html><html><body><p>Sign in<br></body></html>", FoundHTML, "this is an HTML page"},
		{"other XML", "<a><b/></a>", FoundXML, `this is an XML document (its root element is "a"), not SAML metadata`},
		{"JSON", `{"issuer":"https://x"}`, FoundJSON, "this is JSON"},
		{"URL", "https://idp.example.org/metadata", FoundURL, "download it first"},
		{"PNG", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", FoundBinary, "binary data"},
		{"wrong namespace", `<EntityDescriptor entityID="x"/>`, "", `the root element "EntityDescriptor" is not in the namespace of SAML metadata, urn:oasis:names:tc:SAML:2.0:metadata`},
		{"prefix cut off", `<md:EntityDescriptor entityID="x"/>`, "", `"md:EntityDescriptor" is not in the namespace`},
		{"broken XML", "<a><b></a>", "", "not well-formed XML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse([]byte(tt.data))
			if err == nil {
				t.Fatalf("read %q", summary(f))
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q in it", err, tt.want)
			}
			k, ok := errors.AsType[*KindError](err)
			if ok != (tt.found != "") || ok && k.Found != tt.found {
				t.Errorf("error %#v, want kind %q", err, tt.found)
			}
		})
	}
}

func TestAggregate(t *testing.T) {
	f, err := Parse(fixture(t, "federation.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Entities) != 14 {
		t.Fatalf("%d entities, want 14", len(f.Entities))
	}
	sp := f.Entity("https://sp2.example.edu")
	if sp == nil || sp != f.Entities[13] {
		t.Fatalf("entity of the innermost group: %+v", sp)
	}
	if sp.Group.Name != nil || sp.Group.Parent.Name.Get() != "sps" || sp.Group.Parent.CacheDuration.Get() != "PT6H" || sp.Group.Parent.Parent.ValidUntil.Get() != "2035-01-01T00:00:00Z" {
		t.Errorf("groups %+v", sp.Group)
	}
	if f.Entity("https://sp2.example.edu/") != nil {
		t.Error("entity IDs are compared character for character")
	}
}

func TestEndpointsAndPositions(t *testing.T) {
	f, err := Parse(fixture(t, "shibboleth-sp.xml"))
	if err != nil {
		t.Fatal(err)
	}
	sp := f.Entities[0].SPs[0]
	if !sp.SAML2() {
		t.Error("the SP supports SAML 2.0")
	}
	var posts []string
	for _, a := range sp.AssertionConsumerServices {
		if a.Posts() {
			posts = append(posts, a.Index.Get())
		}
	}
	if !slices.Equal(posts, []string{"1", "2"}) {
		t.Errorf("endpoints that are posted to: %v", posts)
	}
	if got, want := sp.AssertionConsumerServices[1].Location.Path(), "/EntityDescriptor/SPSSODescriptor/AssertionConsumerService[2]/@Location"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
	a := sp.DefaultAttributeService().Attributes
	if len(a) != 2 || a[0].FriendlyName.Get() != "mail" || !True(a[0].IsRequired) || a[1].IsRequired != nil {
		t.Errorf("requested attributes %+v", a)
	}
	if k := sp.Keys[1]; k.Signs() || !k.Encrypts() || len(k.EncryptionMethods) != 2 {
		t.Errorf("key %+v", k)
	}
}

func TestDefault(t *testing.T) {
	endpoint := func(isDefault string) *Endpoint {
		e := &Endpoint{}
		if isDefault != "" {
			e.IsDefault = &saml.Value{Text: isDefault}
		}
		return e
	}
	tests := []struct {
		isDefault []string
		want      int
	}{
		{nil, -1},
		{[]string{"", ""}, 0},
		{[]string{"", "true"}, 1},
		{[]string{"false", ""}, 1},
		{[]string{"false", "", "1", "true"}, 2},
		{[]string{"false", "0"}, 0},
	}
	for _, tt := range tests {
		var list []*Endpoint
		for _, d := range tt.isDefault {
			list = append(list, endpoint(d))
		}
		if got := slices.Index(list, Default(list)); got != tt.want {
			t.Errorf("%q: endpoint %d, want %d", tt.isDefault, got, tt.want)
		}
	}
}

func TestKeyCertificates(t *testing.T) {
	cert, err := ParseDER(fixtureDER(t, "rsa.pem"))
	if err != nil {
		t.Fatal(err)
	}
	n, e, ok := rsaNumbers(fixtureDER(t, "rsa-public.pem"))
	if !ok {
		t.Fatal("no RSA key")
	}
	ec, err := ParseDER(fixtureDER(t, "ec.pem"))
	if err != nil {
		t.Fatal(err)
	}
	point := ec.Key[len(ec.Key)-65:]
	rsaValue := "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>\n" + wrap(base64Of(n.Bytes()), 60, "\n") + "</ds:Modulus><ds:Exponent>" + base64Of(e.Bytes()) + "</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
	x509 := "<ds:X509Data><ds:X509Certificate>" + base64Of(cert.DER) + "</ds:X509Certificate></ds:X509Data>"
	tests := []struct {
		name, keyInfo string
		want          []string // KeySHA256, or an error's text
	}{
		{"none", "<ds:KeyName>x</ds:KeyName>", nil},
		{"certificate and its key", rsaValue + x509, []string{cert.KeySHA256}},
		{"RSAKeyValue", rsaValue, []string{cert.KeySHA256}},
		{"ECKeyValue", `<ds:KeyValue><d:ECKeyValue xmlns:d="http://www.w3.org/2009/xmldsig11#"><d:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/><d:PublicKey>` + base64Of(point) + `</d:PublicKey></d:ECKeyValue></ds:KeyValue>`, []string{ec.KeySHA256}},
		{"DEREncodedKeyValue", `<d:DEREncodedKeyValue xmlns:d="http://www.w3.org/2009/xmldsig11#">` + base64Of(ec.Key) + `</d:DEREncodedKeyValue>`, []string{ec.KeySHA256}},
		{"PEM in the element", "<ds:X509Data><ds:X509Certificate>" + string(fixture(t, "rsa.pem")) + "</ds:X509Certificate></ds:X509Data>", []string{cert.KeySHA256}},
		{"certificate cut off", "<ds:X509Data><ds:X509Certificate>" + base64Of(cert.DER[:300]) + "</ds:X509Certificate></ds:X509Data>", []string{"the certificate is cut off: its header says 756 bytes, 300 are there"}},
		{"certificate empty", "<ds:X509Data><ds:X509Certificate/></ds:X509Data>", []string{"this is empty, not a certificate"}},
		{"DSAKeyValue", "<ds:KeyValue><ds:DSAKeyValue/></ds:KeyValue>", []string{"a ds:DSAKeyValue is a kind of key that is not read here"}},
		{"no exponent", "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus></ds:RSAKeyValue></ds:KeyValue>", []string{"the RSAKeyValue has no Exponent"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := xmldoc.Parse([]byte(`<md:KeyDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:KeyInfo>`+tt.keyInfo+`</ds:KeyInfo></md:KeyDescriptor>`), xmldoc.Options{})
			if !doc.WellFormed() {
				t.Fatal(doc.Errors())
			}
			var got []string
			for _, c := range viewKey(doc.Root()).Certificates() {
				if c.Err != nil {
					got = append(got, c.Err.Error())
				} else {
					got = append(got, c.Certificate.KeySHA256)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add([]byte(html.EscapeString(string(b))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		if file.Root == nil {
			t.Fatal("a file without a root and without an error")
		}
		summaryOfKeys(file)
		for _, e := range file.Entities {
			if id := e.ID.Trimmed(); e.ID != nil && file.Entity(id) == nil {
				t.Fatalf("entity %q is not found", id)
			}
		}
	})
}

// summaryOfKeys touches everything that is read late.
func summaryOfKeys(f *File) {
	for _, e := range f.Entities {
		for _, r := range e.IDPs {
			Default(r.SingleSignOnServices)
			for _, k := range r.Keys {
				k.Certificates()
			}
		}
		for _, r := range e.SPs {
			r.DefaultAttributeService()
			for _, k := range r.Keys {
				k.Certificates()
			}
		}
		for _, r := range e.Others {
			r.Type()
		}
	}
}
