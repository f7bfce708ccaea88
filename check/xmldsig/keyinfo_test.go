package xmldsig_test

import (
	"crypto/dsa" //nolint:staticcheck // DSAKeyValue is read
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
)

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func number(n *big.Int) string { return b64(n.Bytes()) }

// TestKeyInfo reads every form, as services have been seen to write it, and asks
// whether the key that it carries verifies the signature.
func TestKeyInfo(t *testing.T) {
	certificate := func(content string) string {
		return "<ds:X509Data><ds:X509Certificate>" + content + "</ds:X509Certificate></ds:X509Data>"
	}
	rsa2048, p256, dsaKey := sign.MustKey("rsa2048"), sign.MustKey("p256"), sign.MustKey("dsa")
	der, err := x509.MarshalPKIXPublicKey(rsa2048.Public)
	if err != nil {
		t.Fatal(err)
	}
	point, err := p256.Public.(*ecdsa.PublicKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	d := dsaKey.Public.(*dsa.PublicKey)
	n := rsa2048.Public.(*rsa.PublicKey).N
	const ecdsaSHA256 = more + "ecdsa-sha256"

	for _, tt := range []struct {
		name, keyInfo, key, method string
		objects                    string
		found, errors              int
	}{
		{name: "certificate", keyInfo: certificate(rsa2048.X509Certificate()), found: 1},
		{name: "certificate in lines", keyInfo: certificate("\n" + strings.Join(strings.SplitAfterN(rsa2048.X509Certificate(), "A", 9), "\r\n  ") + "\n"), found: 1},
		{name: "base64 of PEM", keyInfo: certificate(b64(rsa2048.CertificatePEM)), found: 1},
		{name: "PEM", keyInfo: certificate(string(rsa2048.CertificatePEM)), found: 1},
		{name: "garbage before a good one", keyInfo: certificate("not a certificate") + certificate(rsa2048.X509Certificate()), found: 1, errors: 1},
		{name: "another certificate first", keyInfo: "<ds:X509Data><ds:X509Certificate>" + sign.MustKey("other").X509Certificate() + "</ds:X509Certificate><ds:X509Certificate>" + rsa2048.X509Certificate() + "</ds:X509Certificate></ds:X509Data>", found: 2},
		{name: "certificate of a small key", keyInfo: certificate(sign.MustKey("rsa512").X509Certificate()), key: "rsa512", found: 1},
		{name: "RSAKeyValue", keyInfo: "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>\n" + number(n) + "\n</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>", found: 1},
		{name: "ECKeyValue", keyInfo: `<ds:KeyValue><d:ECKeyValue xmlns:d="` + xmldsig.Namespace11 + `"><d:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/><d:PublicKey>` + b64(point) + `</d:PublicKey></d:ECKeyValue></ds:KeyValue>`, key: "p256", method: ecdsaSHA256, found: 1},
		{name: "DSAKeyValue", keyInfo: "<ds:KeyValue><ds:DSAKeyValue><ds:P>" + number(d.P) + "</ds:P><ds:Q>" + number(d.Q) + "</ds:Q><ds:G>" + number(d.G) + "</ds:G><ds:Y>" + number(d.Y) + "</ds:Y></ds:DSAKeyValue></ds:KeyValue>", key: "dsa", method: xmldsig.Namespace + "dsa-sha1", found: 1},
		{name: "incomplete DSAKeyValue", keyInfo: "<ds:KeyValue><ds:DSAKeyValue><ds:P>AQAB</ds:P></ds:DSAKeyValue></ds:KeyValue>", errors: 1},
		{name: "DEREncodedKeyValue", keyInfo: `<d:DEREncodedKeyValue xmlns:d="` + xmldsig.Namespace11 + `">` + b64(der) + `</d:DEREncodedKeyValue>`, found: 1},
		{name: "RetrievalMethod", keyInfo: `<ds:RetrievalMethod URI="#kept" Type="http://www.w3.org/2000/09/xmldsig#X509Data"/>`,
			objects: `<ds:Object>` + strings.Replace(certificate(rsa2048.X509Certificate()), "<ds:X509Data", `<ds:X509Data Id="kept"`, 1) + `</ds:Object>`, found: 1},
		{name: "RetrievalMethod to itself", keyInfo: `<ds:RetrievalMethod Id="me" URI="#me"/>`},
		{name: "names only", keyInfo: `<ds:KeyName>idp</ds:KeyName><ds:X509Data><ds:X509SubjectName>CN=x</ds:X509SubjectName><ds:X509IssuerSerial><ds:X509IssuerName>CN=ca</ds:X509IssuerName><ds:X509SerialNumber> 18446744073709551616 </ds:X509SerialNumber></ds:X509IssuerSerial><ds:X509SKI>AQID</ds:X509SKI></ds:X509Data>`},
		{name: "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.key == "" {
				tt.key = "rsa2048"
			}
			text := signed(t, response(plainAssertion), sign.Template{KeyInfo: tt.keyInfo, SignatureMethod: tt.method, Objects: tt.objects}, tt.key)
			s := parse(t, []byte(text))[0]
			k := s.KeyInfo()
			found := k.Certificates()
			errs := 0
			for _, e := range k.Keys {
				if e.Err != nil {
					errs++
				}
			}
			if len(found) != tt.found || errs != tt.errors {
				t.Fatalf("%d keys and %d errors, want %d and %d: %+v", len(found), errs, tt.found, tt.errors, k.Keys)
			}
			verifies := false
			for _, c := range found {
				verifies = verifies || s.VerifyValue(c.PublicKey).OK
			}
			if verifies != (tt.found > 0) {
				t.Errorf("verifies with what it carries: %t", verifies)
			}
			if tt.name == "names only" {
				if len(k.Names) != 1 || k.Names[0] != "idp" || len(k.SubjectNames) != 1 || len(k.SKIs) != 1 || len(k.SKIs[0]) != 3 ||
					len(k.IssuerSerials) != 1 || k.IssuerSerials[0].Issuer != "CN=ca" || k.IssuerSerials[0].Serial.String() != "18446744073709551616" {
					t.Errorf("got %+v", k)
				}
			}
		})
	}
}
