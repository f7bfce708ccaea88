package checktest

import (
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"math/big"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

const (
	xenc   = "http://www.w3.org/2001/04/xmlenc#"
	xenc11 = "http://www.w3.org/2009/xmlenc11#"
)

// encryptedKey is an EncryptedKey whose KeyInfo holds info.
func encryptedKey(info string) string {
	if info != "" {
		info = "<ds:KeyInfo>" + info + "</ds:KeyInfo>"
	}
	return `<xenc:EncryptedKey Id="_k1"><xenc:EncryptionMethod Algorithm="` + xenc + `rsa-oaep-mgf1p"/>` + info + `<xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`
}

// encryptedWith is the good login with its assertion encrypted: info is the
// KeyInfo of the EncryptedData, beside stands next to it.
func encryptedWith(info, beside string) string {
	return withoutAssertion(`  <saml:EncryptedAssertion xmlns:xenc="` + xenc + `" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedData Type="` + xenc + `Element"><xenc:EncryptionMethod Algorithm="` + xenc11 + `aes256-gcm"/>` + info + `<xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>` + beside + `</saml:EncryptedAssertion>
`)
}

// encryptedFor is the good login, encrypted for the key that info names.
func encryptedFor(info string) string {
	return encryptedWith("<ds:KeyInfo>"+encryptedKey(info)+"</ds:KeyInfo>", "")
}

func (i *identity) issuerSerial() string {
	c, err := x509.ParseCertificate(i.der)
	if err != nil {
		panic("checktest: " + err.Error())
	}
	return serialOf(c.Issuer.String(), c.SerialNumber)
}

func serialOf(issuer string, serial *big.Int) string {
	return "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>" + issuer + "</ds:X509IssuerName><ds:X509SerialNumber>" + serial.String() + "</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"
}

// ski is the subject key identifier that is made of the key.
func (i *identity) ski() string {
	c, err := x509.ParseCertificate(i.der)
	if err != nil {
		panic("checktest: " + err.Error())
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok {
		panic("checktest: the key is no RSA key")
	}
	sum := sha1.Sum(x509.MarshalPKCS1PublicKey(key))
	return "<ds:X509Data><ds:X509SKI>" + base64.StdEncoding.EncodeToString(sum[:]) + "</ds:X509SKI></ds:X509Data>"
}

func decryptionCases() []Case {
	const rule = "decryption"
	own, old := spIdentity(), oldSPIdentity()
	ours := owned("encryption", own)
	wanted := func(e *expect.Expect) { e.WantEncrypted = expect.Bool{Value: true, From: "fixture"} }
	passes := func(name, info string) Case {
		return fixture(rule, name, check.StatusPass, encryptedFor(info)).expecting(ours)
	}
	fails := func(name, info string) Case {
		return fixture(rule, name, check.StatusFail, encryptedFor(info), "other-certificate").expecting(ours)
	}
	encryptedID := `<saml:EncryptedID xmlns:xenc="` + xenc + `" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedData><xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>` + encryptedKey(old.keyInfo()) + `</saml:EncryptedID>`
	return []Case{
		passes("certificate", own.keyInfo()),
		passes("issuer-and-serial", own.issuerSerial()),
		passes("key-identifier", own.ski()),
		passes("name", "<ds:KeyName>sp.example.com</ds:KeyName>"),
		fixture(rule, "key-beside", check.StatusPass, encryptedWith("", encryptedKey(own.keyInfo()))).expecting(ours),
		fixture(rule, "one-of-two-recipients", check.StatusPass, encryptedWith("", encryptedKey(old.keyInfo())+encryptedKey(own.keyInfo()))).expecting(ours),
		fixture(rule, "key-for-both-uses", check.StatusPass, encryptedFor(own.keyInfo())).expecting(owned("", own)),

		fails("old-certificate", old.keyInfo()),
		fails("other-serial", old.issuerSerial()),
		fails("other-key-identifier", old.ski()),
		fixture(rule, "encrypted-id", check.StatusFail, withNameID(encryptedID), "other-certificate").expecting(ours),
		fixture(rule, "signing-certificate", check.StatusWarn, encryptedFor(own.keyInfo()), "signing-certificate").expecting(func(e *expect.Expect) {
			owned("signing", own)(e)
			owned("encryption", old)(e)
		}),
		fixture(rule, "not-encrypted", check.StatusFail, Response(), "not-encrypted").expecting(wanted),
		fixture(rule, "no-key", check.StatusFail, encryptedWith("", ""), "no-key").expecting(ours),
		fixture(rule, "nothing-in-it", check.StatusFail, withoutAssertion("  <saml:EncryptedAssertion/>\n"), "no-data").expecting(ours),
		fixture(rule, "no-ciphertext", check.StatusFail, Edit(encryptedWith("", ""), "AAAA", ""), "no-data").expecting(ours),
		fixture(rule, "ciphertext-damaged", check.StatusFail, Edit(encryptedWith("", ""), "AAAA", "A*A"), "no-data").expecting(ours),
		fixture(rule, "ciphertext-elsewhere", check.StatusFail, Edit(encryptedWith("", ""), "<xenc:CipherValue>AAAA</xenc:CipherValue>", `<xenc:CipherReference URI="https://idp.example.net/blob"/>`), "no-data").expecting(ours),

		fixture(rule, "service-not-known", check.StatusSkip, encryptedFor(own.keyInfo())),
		fixture(rule, "certificate-not-named", check.StatusSkip, encryptedFor("")).expecting(ours),
		fixture(rule, "other-name", check.StatusSkip, encryptedFor("<ds:KeyName>key-7</ds:KeyName>")).expecting(ours),
		fixture(rule, "shared-key", check.StatusSkip, encryptedWith("<ds:KeyInfo><ds:KeyName>shared</ds:KeyName></ds:KeyInfo>", "")).expecting(ours),
		fixture(rule, "cut-off", check.StatusSkip, upTo(encryptedFor(own.keyInfo()), "</xenc:EncryptedData>")).expecting(ours),
		fixture(rule, "cut-among-keys", check.StatusSkip, upTo(encryptedWith("", encryptedKey(old.keyInfo())+"<!---->"+encryptedKey(own.keyInfo())), "<!---->")).expecting(ours),
		fixture(rule, "plain", check.StatusNA, Response()),
	}
}

func encryptionAlgorithmCases() []Case {
	const rule = "encryption-algorithm"
	good := encryptedFor("")
	of := func(name string, want check.Status, from, to, reason string) Case {
		return fixture(rule, name, want, Edit(good, from, to), reason)
	}
	const gcm, oaep = xenc11 + "aes256-gcm", xenc + "rsa-oaep-mgf1p"
	return []Case{
		fixture(rule, "gcm-and-oaep", check.StatusPass, good),
		fixture(rule, "oaep-1.1", check.StatusPass, Edit(good, oaep, xenc11+"rsa-oaep")),
		of("cbc", check.StatusWarn, gcm, xenc+"aes128-cbc", "cbc"),
		of("rsa-1_5", check.StatusWarn, oaep, xenc+"rsa-1_5", "rsa-1_5"),
		of("triple-des", check.StatusWarn, gcm, xenc+"tripledes-cbc", "triple-des"),
		of("invented", check.StatusFail, gcm, xenc+"aes256-gcm256", "unknown"),
		of("misspelled", check.StatusFail, gcm, xenc11+"AES256-GCM", "unknown").because("case"),
		of("not-named", check.StatusWarn, `<xenc:EncryptionMethod Algorithm="`+gcm+`"/>`, "", "missing"),
		fixture(rule, "cut-off", check.StatusSkip, upTo(good, "</xenc:EncryptedData>")),
		fixture(rule, "plain", check.StatusNA, Response()),
	}
}
