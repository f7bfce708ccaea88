package metadata

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

const (
	rsaSHA256      = "4A:56:15:A9:50:85:5F:3D:D5:D2:0D:61:E4:C0:5F:FD:4D:E9:91:02:B9:AB:7F:3B:0D:FD:D2:08:72:3A:29:5D"
	nextSHA256     = "FE:D0:74:62:0B:9A:4D:94:6C:99:2A:25:36:9B:76:F6:AB:1F:CC:B1:F6:C7:B9:18:69:FE:F0:41:25:2D:62:CF"
	negativeSHA256 = "4E:5D:78:6C:6E:07:FB:F2:BF:EA:D9:27:05:79:97:90:F1:5F:12:56:9D:DB:7E:BA:0F:07:14:D9:E5:2F:98:88"
)

func fixture(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func fixtureDER(tb testing.TB, name string) []byte {
	tb.Helper()
	block, _ := pem.Decode(fixture(tb, name))
	if block == nil {
		tb.Fatalf("%s holds no PEM", name)
	}
	return block.Bytes
}

func base64Of(der []byte) string { return base64.StdEncoding.EncodeToString(der) }

func utf16Of(s string, bigEndian bool) []byte {
	out := []byte{0xff, 0xfe}
	if bigEndian {
		out = []byte{0xfe, 0xff}
	}
	for _, u := range utf16.Encode([]rune(s)) {
		if bigEndian {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func wrap(s string, width int, newline string) string {
	var b strings.Builder
	for chunk := range slices.Chunk([]byte(s), width) {
		b.Write(chunk)
		b.WriteString(newline)
	}
	return b.String()
}

func TestParseCertificatesShapes(t *testing.T) {
	one := string(fixture(t, "rsa.pem"))
	two := string(fixture(t, "next.pem"))
	der := fixtureDER(t, "rsa.pem")
	b64 := base64Of(der)
	body := wrap(b64, 64, "\n")
	p7, _ := pem.Decode(fixture(t, "bundle.p7b"))
	both := []string{rsaSHA256, nextSHA256}
	tests := []struct {
		name  string
		data  string
		want  []string // nil: the certificate of rsa.pem
		notes int
	}{
		{name: "PEM", data: one},
		{name: "PEM CRLF", data: strings.ReplaceAll(one, "\n", "\r\n")},
		{name: "PEM CR", data: strings.ReplaceAll(one, "\n", "\r")},
		{name: "PEM BOM", data: "\uFEFF" + one},
		{name: "PEM UTF-16LE", data: string(utf16Of(one, false))},
		{name: "PEM UTF-16BE", data: string(utf16Of(one, true))},
		{name: "PEM text around", data: "Hi Bob <bob@example.com>,\nhere it is: subject=CN = x\n\n" + one + "\nRegards & thanks\n"},
		{name: "PEM Latin-1 text before", data: "f\xfcr Bob:\n" + one},
		{name: "PEM indented", data: "cert: |\n  " + strings.ReplaceAll(one, "\n", "\n  ")},
		{name: "PEM quoted by mail", data: "> " + strings.ReplaceAll(strings.TrimSpace(one), "\n", "\n> ")},
		{name: "PEM on one line", data: strings.ReplaceAll(one, "\n", " ")},
		{name: "PEM without line breaks", data: strings.ReplaceAll(one, "\n", "")},
		{name: "PEM body unwrapped", data: "-----BEGIN CERTIFICATE-----\n" + b64 + "\n-----END CERTIFICATE-----"},
		{name: "PEM JSON string", data: `"` + strings.ReplaceAll(one, "\n", `\n`) + `"`},
		{name: "PEM JSON string CRLF", data: `"` + strings.ReplaceAll(strings.ReplaceAll(one, "\n", `\r\n`), "/", `\/`) + `"`},
		{name: "PEM percent-encoded", data: url.PathEscape(one)},
		{name: "PEM HTML line ends", data: strings.ReplaceAll(one, "\n", "&#13;&#10;")},
		{name: "PEM smart dashes", data: strings.NewReplacer("-----BEGIN", "—–BEGIN", "CERTIFICATE-----", "CERTIFICATE—–").Replace(one)},
		{name: "PEM without END", data: "-----BEGIN CERTIFICATE-----\n" + body},
		{name: "PEM without BEGIN", data: body + "-----END CERTIFICATE-----\n", notes: 1},
		{name: "PEM with headers", data: "-----BEGIN CERTIFICATE-----\nComment: a\n\n" + body + "-----END CERTIFICATE-----\n"},
		{name: "PEM X509 CERTIFICATE", data: strings.ReplaceAll(one, " CERTIFICATE", " X509 CERTIFICATE")},
		{name: "PEM TRUSTED", data: string(fixture(t, "trusted.pem"))},
		{name: "PEM several", data: one + two, want: both},
		{name: "PEM several, repeated", data: one + two + one, want: both},
		{name: "PEM after CSR", data: string(fixture(t, "request.csr")) + one},
		{name: "PEM one broken", data: "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n" + one, notes: 1},
		{name: "PEM PKCS7", data: string(fixture(t, "bundle.p7b")), want: both},
		{name: "DER", data: string(der)},
		{name: "DER and more", data: string(der) + "\n"},
		{name: "DER several", data: string(der) + string(fixtureDER(t, "next.pem")), want: both},
		{name: "DER PKCS7", data: string(p7.Bytes), want: both},
		{name: "base64", data: b64},
		{name: "base64 wrapped", data: body},
		{name: "base64 wrapped CRLF", data: wrap(b64, 76, "\r\n")},
		{name: "base64 blanks", data: "\n\t   " + wrap(b64, 64, "\n\t   ")},
		{name: "base64 quoted", data: `"` + b64 + `",`},
		{name: "base64 quoted \\n", data: `'` + wrap(b64, 64, `\n`) + `'`},
		{name: "base64 url-safe", data: strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(b64)},
		{name: "base64 percent-encoded", data: url.QueryEscape(b64)},
		{name: "base64 zero-width", data: "\u200b" + b64 + "\u200b"},
		{name: "base64 text before", data: "ADMIN says, certificate: " + b64},
		{name: "base64 text after", data: b64 + "\nThanks!"},
		{name: "base64 of PEM", data: base64Of([]byte(one))},
		{name: "base64 of base64 of DER", data: base64Of([]byte(b64))},
		{name: "base64 PKCS7", data: base64Of(p7.Bytes), want: both},
		{name: "element", data: "<ds:X509Certificate>\n" + body + "</ds:X509Certificate>"},
		{name: "element in KeyInfo", data: `<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + b64 + `</X509Certificate><X509Certificate>` + base64Of(fixtureDER(t, "next.pem")) + `</X509Certificate></X509Data></KeyInfo>`, want: both},
		{name: "element with PEM", data: "<X509Certificate>" + one + "</X509Certificate>"},
		{name: "element content with references", data: wrap(b64, 76, "&#13;\n")},
		{name: "hex", data: hex.EncodeToString(der)},
		{name: "hex 0x", data: "0x" + strings.ToUpper(hex.EncodeToString(der))},
		{name: "hex colons", data: colonHex(der)},
		{name: "negative serial", data: string(fixture(t, "negative-serial.pem")), want: []string{negativeSHA256}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			certs, notes, err := ParseCertificates([]byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if want == nil {
				want = []string{rsaSHA256}
			}
			var got []string
			for _, c := range certs {
				got = append(got, c.SHA256)
			}
			if !slices.Equal(got, want) {
				t.Errorf("certificates %v, want %v", got, want)
			}
			if len(notes) != tt.notes {
				t.Errorf("notes %q, want %d", notes, tt.notes)
			}
		})
	}
}

func TestParseCertificatesBareKeys(t *testing.T) {
	spki := fixtureDER(t, "public.pem")
	of, err := ParseDER(fixtureDER(t, "rsa.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"PUBLIC KEY":     fixture(t, "public.pem"),
		"RSA PUBLIC KEY": fixture(t, "rsa-public.pem"),
		"DER":            spki,
		"PKCS1 DER":      fixtureDER(t, "rsa-public.pem"),
		"base64":         []byte(base64Of(spki)),
	} {
		t.Run(name, func(t *testing.T) {
			certs, _, err := ParseCertificates(data)
			if err != nil || len(certs) != 1 {
				t.Fatalf("%d certificates, error %v", len(certs), err)
			}
			c := certs[0]
			if !c.Bare() || !bytes.Equal(c.Key, of.Key) || c.KeySHA256 != of.KeySHA256 || c.KeyBits != 2048 {
				t.Errorf("got %s, key %s, %d bits", c.Describe(), c.KeySHA256, c.KeyBits)
			}
			if _, ok := c.PublicKey.(*rsa.PublicKey); !ok {
				t.Errorf("public key is %T", c.PublicKey)
			}
		})
	}
}

func TestParseCertificatesRefusals(t *testing.T) {
	_, private, err := ed25519.GenerateKey(bytes.NewReader(make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	privatePEM := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	cert := string(fixture(t, "rsa.pem"))
	b64 := base64Of(fixtureDER(t, "rsa.pem"))
	pfx := derTLV(tagSequence, derTLV(tagInteger, []byte{3}), derTLV(tagSequence, derOID("1.2.840.113549.1.7.1"), derTLV(tagContext0, make([]byte, 200))))
	tests := []struct {
		name, data string
		found      Found
		want       string // in the sentence
	}{
		{"empty", "", FoundEmpty, "this is empty"},
		{"blank", " \n", FoundEmpty, "this is empty"},
		{"private key", privatePEM, FoundPrivateKey, "this is a private key (it has a line BEGIN PRIVATE KEY), not a certificate: a private key is never needed here"},
		{"private key DER", string(pkcs8), FoundPrivateKey, "private key"},
		{"private key base64", base64Of(pkcs8), FoundPrivateKey, "private key"},
		{"private key after certificate", cert + privatePEM, FoundPrivateKey, "private key"},
		{"CSR", string(fixture(t, "request.csr")), FoundRequest, "certificate signing request"},
		{"CSR DER", string(fixtureDER(t, "request.csr")), FoundRequest, "certificate signing request"},
		{"CRL", string(fixture(t, "revoked.crl")), FoundCRL, "revocation list"},
		{"CRL DER", string(fixtureDER(t, "revoked.crl")), FoundCRL, "revocation list"},
		{"PKCS12", string(pfx), FoundPKCS12, "openssl pkcs12"},
		{"Java keystore", "\xfe\xed\xfe\xed\x00\x00\x00\x02", FoundKeystore, "keytool"},
		{"SSH key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ user@host", FoundSSHKey, "SSH public key"},
		{"fingerprint", rsaSHA256, FoundFingerprint, "fingerprint"},
		{"fingerprint SHA-1", "5f:4d:ca:75:34:11:05:92:5a:51:bf:f3:3f:8f:b9:16:94:8e:ad:a3", FoundFingerprint, "fingerprint"},
		{"PGP", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----", FoundPGP, "PGP"},
		{"metadata", entraMetadata(t), FoundMetadata, "this is SAML metadata, not a certificate"},
		{"metadata UTF-16", string(utf16Of(entraMetadata(t), false)), FoundMetadata, "SAML metadata"},
		{"metadata escaped", strings.ReplaceAll(entraMetadata(t), "<", "&lt;"), FoundMetadata, "SAML metadata"},
		{"message", `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><ds:X509Certificate>` + b64 + `</ds:X509Certificate></samlp:Response>`, FoundSAMLMessage, "proves nothing"},
		{"HTML", "<!DOCTYPE html><html><body>Sign in</body></html>", FoundHTML, "HTML page"},
		{"JSON", `{"keys":[{"kty":"RSA"}]}`, FoundJSON, "JSON"},
		{"URL", "https://login.example.org/cert.pem", FoundURL, "download it first"},
		{"PNG", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", FoundBinary, "binary"},
		{"words", "see the attached file", FoundUnknown, "text of an unknown kind"},
		{"cut base64", b64[:400], "", "the certificate is cut off"},
		{"cut PEM", cert[:500], "", "cut off"},
		{"cut DER", string(fixtureDER(t, "rsa.pem")[:300]), "", "the certificate is cut off: its header says"},
		{"foreign character", b64[:100] + "#" + b64[101:], "", `holds "#" in line 1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			certs, _, err := ParseCertificates([]byte(tt.data))
			if err == nil {
				t.Fatalf("read %d certificates", len(certs))
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

func TestCertificateFields(t *testing.T) {
	from, to := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		file, subject, serial, algorithm string
		bits                             int
		signature                        string
		usable, x509                     bool
	}{
		{"rsa.pem", "CN=sso.example.org,O=Example GmbH,C=DE", "1", "RSA", 2048, "SHA256-RSA", true, true},
		{"ec.pem", "CN=ec.example.org", "3", "EC P-256", 256, "ECDSA-SHA256", true, true},
		{"brainpool.pem", "CN=bp.example.org", "4", "EC brainpoolP256r1", 256, "ECDSA-SHA256", false, false},
		{"tiny.pem", "CN=tiny.example.org", "5", "RSA", 512, "SHA256-RSA", true, true},
		{"dsa.pem", "CN=dsa.example.org", "6", "DSA", 1024, "DSA-SHA256", true, true},
		{"ed25519.pem", "CN=ed.example.org", "7", "Ed25519", 256, "Ed25519", true, true},
		{"negative-serial.pem", "CN=negative.example.org", "-5", "RSA", 2048, "SHA256-RSA", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			c, err := ParseDER(fixtureDER(t, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(c.Subject, c.Issuer, c.Serial, c.KeyAlgorithm, c.KeyBits, c.SignatureAlgorithm, c.PublicKey != nil, c.X509 != nil, c.ParseError == nil, c.SelfSigned)
			want := fmt.Sprint(tt.subject, tt.subject, tt.serial, tt.algorithm, tt.bits, tt.signature, tt.usable, tt.x509, tt.x509, true)
			if got != want {
				t.Errorf("\n got %s\nwant %s\n(%v)", got, want, c.ParseError)
			}
			if tt.serial != "-5" && (!c.NotBefore.Equal(from) || !c.NotAfter.Equal(to)) {
				t.Errorf("valid %s to %s", c.NotBefore, c.NotAfter)
			}
			if tt.serial == "-5" && (c.NotBefore.Year() != 2026 || c.NotAfter.Year() != 2036) {
				t.Errorf("valid %s to %s", c.NotBefore, c.NotAfter)
			}
		})
	}
}

// A certificate whose lengths are not in the shortest form is no DER; its key is
// good all the same.
func TestCertificateOddLength(t *testing.T) {
	der := fixtureDER(t, "rsa.pem")
	odd := append([]byte{0x30, 0x83, 0x00}, der[2:]...)
	c, err := ParseDER(odd)
	if err != nil {
		t.Fatal(err)
	}
	if c.X509 != nil || c.ParseError == nil || c.PublicKey == nil || c.Subject != "CN=sso.example.org,O=Example GmbH,C=DE" {
		t.Errorf("got %+v", c)
	}
}

func TestNegativeModulus(t *testing.T) {
	n := append([]byte{0xC1}, bytes.Repeat([]byte{0x55}, 127)...)
	spki := wrapPKCS1(derTLV(tagSequence, derTLV(tagInteger, n), derTLV(tagInteger, []byte{1, 0, 1})))
	c, err := ParseDER(spki)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := c.PublicKey.(*rsa.PublicKey); !ok || key.N.Sign() < 0 || key.E != 65537 || c.KeyBits != 1024 {
		t.Errorf("got %T, %d bits", c.PublicKey, c.KeyBits)
	}
}

func TestParseTime(t *testing.T) {
	tests := []struct {
		tag        byte
		text, want string
	}{
		{tagUTCTime, "250102030405Z", "2025-01-02T03:04:05Z"},
		{tagUTCTime, "2501020304Z", "2025-01-02T03:04:00Z"},
		{tagUTCTime, "500101000000Z", "1950-01-01T00:00:00Z"},
		{tagUTCTime, "491231235959Z", "2049-12-31T23:59:59Z"},
		{tagUTCTime, "680101000000Z", "1968-01-01T00:00:00Z"},
		{tagUTCTime, "250102030405+0100", "2025-01-02T02:04:05Z"},
		{tagGeneralizedTime, "20550102030405Z", "2055-01-02T03:04:05Z"},
		{tagGeneralizedTime, "20550102030405.5Z", "2055-01-02T03:04:05.5Z"},
		{tagGeneralizedTime, "99991231235959Z", "9999-12-31T23:59:59Z"},
		{tagGeneralizedTime, "soon", "0001-01-01T00:00:00Z"},
		{tagInteger, "250102030405Z", "0001-01-01T00:00:00Z"},
	}
	for _, tt := range tests {
		if got := parseTime(element{tag: tt.tag, content: []byte(tt.text)}).Format(time.RFC3339Nano); got != tt.want {
			t.Errorf("%x %q: %s, want %s", tt.tag, tt.text, got, tt.want)
		}
	}
}

func TestDistinguishedName(t *testing.T) {
	rdn := func(id string, tag byte, value string) []byte {
		return derTLV(tagSet, derTLV(tagSequence, derOID(id), derTLV(tag, []byte(value))))
	}
	name := derTLV(tagSequence,
		rdn("2.5.4.10", tagUTF8String, "Müller, Sons + Co"),
		rdn("2.5.4.11", 0x14, "Stra\xdfe"),
		rdn("2.5.4.3", tagBMPString, "\x00a\x00b"),
		rdn("1.2.3.4", tagUTF8String, "x\ny "))
	e, _, err := readElement(name)
	if err != nil {
		t.Fatal(err)
	}
	want := `1.2.3.4=x\0Ay\ ,CN=ab,OU=Straße,O=Müller\, Sons \+ Co`
	if got := distinguishedName(e); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOIDRoundTrip(t *testing.T) {
	for _, id := range []string{"1.2.840.113549.1.1.1", "2.5.4.3", "2.16.840.1.101.3.4.3.2", "0.9.2342.19200300.100.1.25", "1.3.36.3.3.2.8.1.1.7", "2.999.1"} {
		e, _, err := readElement(derOID(id))
		if err != nil || oid(e) != id {
			t.Errorf("%s became %q (%v)", id, oid(e), err)
		}
	}
	for _, bad := range []string{"", "1", "urn", "3.1", "1.x", "1.-2"} {
		if derOID(bad) != nil {
			t.Errorf("%q is taken for an OID", bad)
		}
	}
}

func FuzzCertificates(f *testing.F) {
	names, err := filepath.Glob("testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil || filepath.Ext(name) == ".md" || filepath.Base(name) == "fuzz" {
			continue
		}
		f.Add(b)
		if block, _ := pem.Decode(b); block != nil {
			f.Add(block.Bytes)
			f.Add([]byte(base64Of(block.Bytes)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		certs, notes, err := ParseCertificates(data)
		if (err == nil) != (len(certs) > 0) {
			t.Fatalf("%d certificates with error %v", len(certs), err)
		}
		if len(notes) > maxNotes {
			t.Fatalf("%d notes", len(notes))
		}
		for _, c := range certs {
			if len(c.Key) == 0 || c.SHA256 == "" {
				t.Fatalf("certificate without a key: %+v", c)
			}
			// What was taken out reads the same again.
			again, err := ParseDER(c.Key)
			if err != nil || again.KeySHA256 != c.KeySHA256 {
				t.Fatalf("the key does not read again: %v", err)
			}
		}
	})
}
