package xmldsig_test

import (
	"bytes"
	"crypto/rsa"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
	"github.com/samlwhy/samlwhy/decode/xmlenc/encrypt"
)

func elementNamed(t *testing.T, doc *xmldoc.Document, local string) *xmldoc.Node {
	t.Helper()
	for n := range doc.Root().Descendants() {
		if n.Kind() == xmldoc.ElementNode && n.Name().Local == local {
			return n
		}
	}
	t.Fatalf("no element %s", local)
	return nil
}

// TestCanonicalizeFragment: an element of a fragment has the same canonical form
// as in the document with the fragment in its place.
func TestCanonicalizeFragment(t *testing.T) {
	const before = `<r xmlns="urn:default" xmlns:a="urn:a" xmlns:b="urn:b" xml:lang="de" xml:base="http://example.com/x/"><h xmlns:b="urn:b2" xmlns:c="urn:c" xml:space="preserve" xml:base="y/">`
	const after = `</h></r>`
	methods := map[string]xmldsig.Canonicalization{
		"1.0":                {},
		"1.0 with comments":  {Comments: true},
		"1.1":                {V11: true},
		"exclusive":          {Exclusive: true},
		"exclusive prefixes": {Exclusive: true, Prefixes: []string{"b", "a", ""}},
	}
	for _, fragment := range []string{
		`<x><b:y/></x>`,
		`<x xmlns="" xml:lang="en"><y a:one="1"/><!-- c --></x>`,
		`<c:x xmlns:c="urn:other" xml:base="z/"><d:y xmlns:d="urn:d"><a:z/></d:y></c:x>`,
	} {
		whole := xmldoc.Parse([]byte(before+fragment+after), xmldoc.Options{})
		outer := xmldoc.Parse([]byte(before+after), xmldoc.Options{})
		apart := xmldoc.Parse([]byte(fragment), xmldoc.Options{Context: elementNamed(t, outer, "h")})
		if !whole.WellFormed() || !apart.WellFormed() {
			t.Fatal(whole.Errors(), apart.Errors())
		}
		for name, method := range methods {
			for _, local := range []string{"x", "y"} {
				var want, got bytes.Buffer
				if err := method.Canonicalize(&want, whole, xmldsig.Selection{Apex: elementNamed(t, whole, local)}); err != nil {
					t.Fatal(err)
				}
				if err := method.Canonicalize(&got, apart, xmldsig.Selection{Apex: elementNamed(t, apart, local)}); err != nil {
					t.Fatal(err)
				}
				if got.String() != want.String() {
					t.Errorf("%s, %s of %s:\n got %s\nwant %s", name, local, fragment, got.String(), want.String())
				}
			}
		}
	}
}

// encryptedMessage is a Response around an assertion that is signed with inclusive
// canonicalisation and so depends on what the Response declares.
const encryptedMessage = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:extra="urn:extra" xml:lang="nl" ID="_r">` +
	`<saml:Assertion ID="_a"><saml:Issuer>https://idp.example.net</saml:Issuer><!--1--><saml:Subject/></saml:Assertion></samlp:Response>`

func signedInclusively(t *testing.T) string {
	t.Helper()
	template := sign.Template{URI: "#_a", CanonicalizationMethod: xmldsig.CanonicalXML10, Transforms: []string{xmldsig.TransformEnveloped, xmldsig.CanonicalXML10}}
	signed, err := sign.Document(strings.Replace(encryptedMessage, "<!--1-->", template.String(), 1), sign.MustKey("rsa2048"))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// verifyOpened opens the one thing that is encrypted in message, and verifies the
// signature in it.
func verifyOpened(t *testing.T, message string) {
	t.Helper()
	doc := xmldoc.Parse([]byte(message), xmldoc.Options{})
	opened := xmlenc.Open(doc, []xmlenc.Key{{Private: sign.MustKey("other").Private}}, xmlenc.Options{})
	if len(opened) != 1 || opened[0].Err != nil {
		t.Fatalf("it does not open: %+v", opened)
	}
	signatures := xmldsig.Find(xmldsig.NewIndex(opened[0].Document, xmldoc.Name{Local: "ID"}))
	if len(signatures) != 1 {
		t.Fatalf("%d signatures", len(signatures))
	}
	s := signatures[0]
	if d := s.References[0].Digest(); !d.Match {
		t.Errorf("the digest does not match (%v)", d.Err)
	}
	if v := s.VerifyValue(sign.MustKey("rsa2048").Public); !v.OK {
		t.Errorf("the value does not verify: %v", v)
	}
}

// TestSignedThenEncrypted: a signature in what libxmlsec1 encrypted verifies here,
// and one in what we encrypted verifies there.
func TestSignedThenEncrypted(t *testing.T) {
	x := newXMLSec(t)
	signed := signedInclusively(t)

	t.Run("encrypted by xmlsec1", func(t *testing.T) {
		template := x.write("template.xml", []byte(`<xenc:EncryptedData xmlns:xenc="`+xmlenc.Namespace+`" Type="`+xmlenc.Namespace+`Element"><xenc:EncryptionMethod Algorithm="`+xmlenc.Namespace+`aes128-cbc"/>`+
			`<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="`+xmlenc.Namespace+`rsa-oaep-mgf1p"/><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>`+
			`<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>`))
		message, err := x.command("--encrypt", "--pubkey-cert-pem", filepath.Join(x.dir, "other.crt"), "--session-key", "aes-128",
			"--xml-data", x.write("signed.xml", []byte(signed)), "--node-name", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", template).Output()
		if err != nil {
			t.Fatal(err)
		}
		verifyOpened(t, string(message))
	})

	t.Run("encrypted by us", func(t *testing.T) {
		key, ok := sign.MustKey("other").Public.(*rsa.PublicKey)
		if !ok {
			t.Fatal("no RSA key")
		}
		doc := xmldoc.Parse([]byte(signed), xmldoc.Options{})
		spec := encrypt.Spec{Recipients: []encrypt.Recipient{{Key: key}}}
		for _, wrapper := range []string{"", "saml:EncryptedAssertion"} {
			message := encrypt.Replace(elementNamed(t, doc, "Assertion"), wrapper, spec)
			verifyOpened(t, message)
			plain, err := x.command("--decrypt", "--privkey-pem", filepath.Join(x.dir, "other.key"), x.write("encrypted.xml", []byte(message))).Output()
			if err != nil {
				t.Fatal(err)
			}
			if outcome, why := x.verify(x.write("plain.xml", plain), 0, "rsa2048"); outcome != outcomeOK {
				t.Errorf("wrapper %q: xmlsec1 says %s: %s", wrapper, outcome, why)
			}
		}
	})
}
