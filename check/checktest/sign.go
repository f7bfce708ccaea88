package checktest

import (
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/metadata"
)

// identity is a key with a certificate of fixed dates, as an IdP would have it.
type identity struct {
	key *sign.Key
	der []byte
}

// certificate makes a certificate that is always the same: RSA with PKCS #1 v1.5
// needs no random numbers.
func certificate(key, name string, serial int64, from, to time.Time) *identity {
	k := sign.MustKey(key)
	private, ok := k.Private.(*rsa.PrivateKey)
	if !ok {
		panic("checktest: " + key + " is no RSA key")
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, SignatureAlgorithm: x509.SHA256WithRSA,
		NotBefore: from, NotAfter: to,
	}
	der, err := x509.CreateCertificate(nil, template, template, private.Public(), private)
	if err != nil {
		panic("checktest: " + err.Error())
	}
	return &identity{k, der}
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// The identities of the fixtures: the IdP's, the one it changes to, and those
// that a certificate rule finds fault with.
var (
	idpIdentity = sync.OnceValue(func() *identity {
		return certificate("rsa2048", "idp.example.net", 1, date(2025, 1, 1), date(2028, 1, 1))
	})
	renewedIdentity = sync.OnceValue(func() *identity {
		return certificate("other", "idp.example.net", 2, date(2026, 3, 1), date(2029, 3, 1))
	})
	expiredIdentity = sync.OnceValue(func() *identity {
		return certificate("rsa2048", "idp.example.net", 3, date(2023, 1, 1), date(2026, 1, 1))
	})
	endingIdentity = sync.OnceValue(func() *identity {
		return certificate("rsa2048", "idp.example.net", 4, date(2023, 1, 1), date(2026, 3, 20))
	})
	earlyIdentity = sync.OnceValue(func() *identity {
		return certificate("rsa2048", "idp.example.net", 5, date(2026, 4, 1), date(2029, 4, 1))
	})
	weakIdentity = sync.OnceValue(func() *identity {
		return certificate("rsa1024", "idp.example.net", 6, date(2025, 1, 1), date(2028, 1, 1))
	})
)

//go:embed testdata/*.pem
var pems embed.FS

// fromFile is an identity whose certificate no Go library would make.
func fromFile(name string) *identity {
	text, err := pems.ReadFile("testdata/" + name + ".pem")
	if err != nil {
		panic("checktest: " + err.Error())
	}
	block, _ := pem.Decode(text)
	return &identity{sign.MustKey("rsa2048"), block.Bytes}
}

func (i *identity) base64() string { return base64.StdEncoding.EncodeToString(i.der) }

// PEM is the certificate as a file.
func (i *identity) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.der})
}

// IdPCertificate is the certificate that signs the good login, as a PEM file.
func IdPCertificate() []byte { return idpIdentity().pem() }

// keyInfo carries the certificate in a message.
func (i *identity) keyInfo() string {
	return "<ds:X509Data><ds:X509Certificate>" + i.base64() + "</ds:X509Certificate></ds:X509Data>"
}

// trusted makes the certificates those that the service has.
func trusted(ids ...*identity) func(*expect.Expect) {
	return func(e *expect.Expect) {
		for _, i := range ids {
			c, err := metadata.ParseDER(i.der)
			if err != nil {
				panic("checktest: " + err.Error())
			}
			e.Certificates = append(e.Certificates, expect.Certificate{Certificate: *c, From: "fixture"})
		}
	}
}

// thumbprint makes the fingerprint of the certificate all that the service has.
func thumbprint(i *identity) func(*expect.Expect) {
	return func(e *expect.Expect) {
		sum := sha1.Sum(i.der)
		f, ok := metadata.ParseFingerprint(hex.EncodeToString(sum[:]))
		if !ok {
			panic("checktest: no fingerprint")
		}
		e.Fingerprints = append(e.Fingerprints, expect.Fingerprint{Fingerprint: f, From: "fixture"})
	}
}

// The IDs of the good login's Response and Assertion.
const (
	responseID  = "_r0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	assertionID = "_a9f8e7d6c5b4a39281706f5e4d3c2b1a0"
)

// sealed signs xml with each template in place of a marker, "<!--1-->" for the
// first, and so on; with a key for all.
func sealed(xml string, with *identity, templates ...sign.Template) string {
	for i, t := range templates {
		xml = Edit(xml, marker(i), t.String())
	}
	signedXML, err := sign.Document(xml, with.key)
	if err != nil {
		panic("checktest: " + err.Error())
	}
	return signedXML
}

func marker(i int) string { return "<!--" + string(rune('1'+i)) + "-->" }

// afterIssuer puts a marker for a signature where SAML wants it: after the
// Issuer of the element with that ID.
func afterIssuer(xml, id string, n int) string {
	at := strings.Index(xml, `ID="`+id+`"`)
	if at < 0 {
		panic("checktest: no element has the ID " + id)
	}
	const end = "</saml:Issuer>"
	i := strings.Index(xml[at:], end)
	if i < 0 {
		panic("checktest: no Issuer follows the ID " + id)
	}
	at += i + len(end)
	return xml[:at] + marker(n) + xml[at:]
}

// sealedBy signs the element with that ID the way most IdPs do.
func sealedBy(i *identity, xml, id string) string {
	return sealed(afterIssuer(xml, id, 0), i, sign.Template{URI: "#" + id, KeyInfo: i.keyInfo()})
}

// SignedResponse is the good login, its assertion signed by the IdP.
func SignedResponse() string { return sealedBy(idpIdentity(), Response(), assertionID) }
