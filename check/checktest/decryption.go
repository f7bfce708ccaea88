package checktest

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
	"github.com/samlwhy/samlwhy/decode/xmlenc/encrypt"
)

// having gives the service the private keys of ids.
func (c Case) having(ids ...*identity) Case {
	for _, i := range ids {
		c.Read.Keys = append(c.Read.Keys, xmlenc.Key{Private: i.key.Private, From: "fixture"})
	}
	return c
}

// recipient is one for whom something is encrypted; info is what the message says
// of whose key that is.
func (i *identity) recipient(info string) encrypt.Recipient {
	private, ok := i.key.Private.(*rsa.PrivateKey)
	if !ok {
		panic("checktest: the key is no RSA key")
	}
	return encrypt.Recipient{Key: &private.PublicKey, KeyInfo: info}
}

// enciphered is xml with its first element called local encrypted and in a wrapper.
func enciphered(xml, local, wrapper string, s encrypt.Spec) string {
	doc := xmldoc.Parse([]byte(xml), xmldoc.Options{})
	for n := range doc.Root().Descendants() {
		if n.Kind() == xmldoc.ElementNode && n.Name().Local == local {
			return encrypt.Replace(n, wrapper, s)
		}
	}
	panic("checktest: there is no " + local)
}

// encryptedTo is xml with its assertion encrypted for the recipients.
func encryptedTo(xml string, rs ...encrypt.Recipient) string {
	return enciphered(xml, "Assertion", "saml:EncryptedAssertion", encrypt.Spec{Recipients: rs})
}

// EncryptedResponse is the good login, its assertion signed by the IdP and then
// encrypted for the service.
func EncryptedResponse() string {
	own := spIdentity()
	return encryptedTo(SignedResponse(), own.recipient(own.keyInfo()))
}

// SPKey is the private key that [EncryptedResponse] is encrypted for, as a PEM file.
func SPKey() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(spIdentity().key.Private)
	if err != nil {
		panic("checktest: " + err.Error())
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// tampered is xml with its last ciphertext changed.
func tampered(xml string) string {
	at := strings.LastIndex(xml, "</xenc:CipherValue>") - 40
	old := xml[at : at+1]
	other := "A"
	if old == other {
		other = "B"
	}
	return xml[:at] + other + xml[at+1:]
}

// encryptedToken11 is the good login over WS-Federation, its token of SAML 1.1
// encrypted as it stands, since SAML 1.1 has no EncryptedAssertion.
func encryptedToken11(rs ...encrypt.Recipient) string {
	return enciphered(wsFederationLogin(), "Assertion", "", encrypt.Spec{Recipients: rs})
}

// openedCases are about the rule decryption where the service's key is given.
func openedCases() []Case {
	const rule = "decryption"
	own, old := spIdentity(), oldSPIdentity()
	ours := owned("encryption", own)
	toOwn, toOld := own.recipient(own.keyInfo()), old.recipient(old.keyInfo())
	good := Response()
	anonymous := own.recipient("")
	mislabelled := old.recipient(own.keyInfo())
	otherwise := own.recipient(own.keyInfo())
	otherwise.Really = &encrypt.Transport{Method: xenc + "rsa-1_5"}
	inside := func(plain string) string {
		return withoutAssertion("  <saml:EncryptedAssertion>" + encrypt.Data(plain, encrypt.Spec{Recipients: []encrypt.Recipient{toOwn}}) + "</saml:EncryptedAssertion>\n")
	}
	encryptedNameID := enciphered(good, "NameID", "saml:EncryptedID", encrypt.Spec{Recipients: []encrypt.Recipient{toOwn}})
	encryptedAttribute := enciphered(good, "Attribute", "saml:EncryptedAttribute", encrypt.Spec{Recipients: []encrypt.Recipient{toOwn}})
	fails := func(name, xml, reason string, keys ...*identity) Case {
		return fixture(rule, name, check.StatusFail, xml, reason).having(keys...).expecting(ours)
	}
	cutOutData := encrypt.Data("not a word of XML", encrypt.Spec{Recipients: []encrypt.Recipient{toOwn}})
	cutOut := func(name string, want check.Status, xml string, key *identity, reasons ...string) Case {
		c := fixture(rule, name, want, xml, reasons...)
		c.Read.As = decode.KindXML
		return c.having(key)
	}
	return []Case{
		fixture(rule, "opened", check.StatusPass, encryptedTo(good, toOwn)).having(own).expecting(ours),
		fixture(rule, "opened-metadata-not-known", check.StatusPass, encryptedTo(good, anonymous)).having(own),
		fixture(rule, "opened-with-second-key", check.StatusPass, encryptedTo(good, toOwn)).having(old, own).expecting(ours),
		fixture(rule, "opened-id", check.StatusPass, encryptedNameID).having(own).expecting(ours),
		fixture(rule, "opened-attribute", check.StatusPass, encryptedAttribute).having(own).expecting(ours),
		fixture(rule, "opened-twice", check.StatusPass, encryptedTo(encryptedNameID, toOwn)).having(own).expecting(ours),
		fixture(rule, "opened-as-wanted", check.StatusPass, encryptedTo(good, toOwn)).having(own).expecting(func(e *expect.Expect) {
			e.WantEncrypted = expect.Bool{Value: true, From: "fixture"}
		}),
		cutOut("no-message", check.StatusPass, cutOutData, own),
		cutOut("damaged-no-message", check.StatusFail, tampered(cutOutData), own, "damaged"),
		fails("other-key-given", encryptedTo(good, toOwn), "other-key", old),
		fails("old-certificate-key-given", encryptedTo(good, toOld), "other-certificate", own),
		fixture(rule, "key-of-other-certificate", check.StatusFail, encryptedTo(good, toOld), "other-certificate").having(own),
		fails("wrong-key", encryptedTo(good, anonymous), "wrong-key", old),
		fails("damaged-or-for-another", encryptedTo(good, old.recipient("")), "wrong-key", own),
		fixture(rule, "wrong-key-nothing-known", check.StatusFail, encryptedTo(good, anonymous), "wrong-key").having(old),
		fails("mislabelled", encryptedTo(good, mislabelled), "damaged-key", own),
		fails("other-padding", encryptedTo(good, otherwise), "other-padding", own),
		fails("content-damaged", tampered(encryptedTo(good, toOwn)), "damaged", own),
		fails("second-level-damaged", encryptedTo(tampered(encryptedNameID), toOwn), "damaged", own),
		fails("unknown-algorithm", Edit(encryptedTo(good, toOwn), xenc11+"aes256-gcm", "https://example.com/rot13"), "unsupported", own),
		fails("no-algorithm", Edit(encryptedTo(good, toOwn), `<xenc:EncryptionMethod Algorithm="`+xenc11+`aes256-gcm"/>`, ""), "unsupported", own),
		fails("text-inside", inside("not a word of XML"), "not-xml", own),
		fails("cut-inside", inside(upTo(BareAssertion(), "</saml:AttributeStatement>")), "not-xml", own),
		fails("identifier-inside", inside(`<saml:NameID>alex@example.com</saml:NameID>`), "other-content", own),
		fixture(rule, "superseded-key", check.StatusWarn, encryptedTo(good, toOld), "superseded-key").having(own, old).expecting(ours),
	}
}

// plaintextCases show that rules read what was encrypted, and verify signatures
// inside and outside of it.
func plaintextCases() []Case {
	own, idp := spIdentity(), idpIdentity()
	to := own.recipient(own.keyInfo())
	signedOutside := sealedBy(idp, encryptedTo(Response(), to), responseID)
	inclusive := sign.Template{
		URI: "#" + assertionID, KeyInfo: idp.keyInfo(), CanonicalizationMethod: xmldsig.CanonicalXML10,
		Transforms: []string{xmldsig.TransformEnveloped, xmldsig.CanonicalXML10},
	}
	alone := sealed(afterIssuer(BareAssertion(), assertionID, 0), idp, inclusive)
	of := func(rule, name string, want check.Status, plain string, reasons ...string) Case {
		return fixture(rule, name, want, encryptedTo(plain, to), reasons...).having(own)
	}
	return []Case{
		of("signed", "inside-encrypted", check.StatusPass, SignedResponse()),
		fixture("signed", "around-encrypted", check.StatusPass, signedOutside).having(own),
		of("signed", "nothing-in-encrypted", check.StatusFail, Response(), "unsigned"),
		fixture("signed", "around-encrypted-own-asked", check.StatusFail, signedOutside, "assertion-unsigned").having(own).expecting(wantSigned),
		of("signature-digest", "inside-encrypted", check.StatusPass, SignedResponse()),
		of("signature-digest", "inclusive-inside-encrypted", check.StatusPass, sealedAs(inclusive)),
		fixture("signature-digest", "inclusive-signed-alone", check.StatusPass, withoutAssertion("  <saml:EncryptedAssertion>"+
			encrypt.Data(alone, encrypt.Spec{Recipients: []encrypt.Recipient{to}})+"</saml:EncryptedAssertion>\n")).having(own),
		fixture("signature-digest", "around-encrypted", check.StatusPass, sealedBy(idp, EncryptedResponse(), responseID)).having(own),
		of("signature-digest", "encrypted-after-signing", check.StatusFail, signedMessage(), "mismatch").because("encrypted-after-signing"),
		of("signature-value", "inside-encrypted", check.StatusPass, SignedResponse()).expecting(trusted(idp)),
		of("signature-profile", "inside-encrypted", check.StatusPass, SignedResponse()),
		of("signature-wrapping", "inside-encrypted", check.StatusPass, SignedResponse()),
		fixture("signature-wrapping", "around-encrypted", check.StatusPass, signedOutside).having(own),
		of("signature-wrapping", "wrapped-inside-encrypted", check.StatusFail, wrapped(func(forged, genuine string) string {
			return Edit(forged, "</saml:Issuer>", "</saml:Issuer><saml:Advice>"+genuine+"</saml:Advice>")
		}), "other-element"),
		of("ids", "inside-encrypted", check.StatusPass, Response()),
		of("ids", "twice-across-encryption", check.StatusFail, Edit(Response(), assertionID, responseID), "duplicate"),
		of("schema", "inside-encrypted", check.StatusPass, Response()),
		of("schema", "wrong-inside-encrypted", check.StatusFail, Edit(Response(), `ID="`+assertionID+`"`, `ID="`+assertionID+`" Extra="1"`), "unexpected-attribute"),
		of("saml-version", "inside-encrypted", check.StatusFail, Edit(Response(), `ID="`+assertionID+`" Version="2.0"`, `ID="`+assertionID+`" Version="2.1"`), "other-version").because("one-edit"),
		of("timestamps", "inside-encrypted", check.StatusPass, Response()),
		of("audience", "inside-encrypted", check.StatusPass, Response()),
		of("audience", "other-inside-encrypted", check.StatusFail, Edit(Response(), "<saml:Audience>"+SP, "<saml:Audience>"+SP+"/"), "mismatch").because("trailing-slash"),
		of("name-id", "inside-encrypted", check.StatusPass, Response()),
		fixture("name-id", "opened-id", check.StatusPass, enciphered(Response(), "NameID", "saml:EncryptedID", encrypt.Spec{Recipients: []encrypt.Recipient{to}})).having(own),
		of("doctype", "inside-encrypted", check.StatusPass, Response()),
		fixture("doctype", "declared-inside-encrypted", check.StatusFail, withoutAssertion("  <saml:EncryptedAssertion>"+
			encrypt.Data("<!DOCTYPE Assertion>"+BareAssertion(), encrypt.Spec{Recipients: []encrypt.Recipient{to}})+"</saml:EncryptedAssertion>\n"), "dtd").having(own),
		of("encryption-algorithm", "outer-and-inner", check.StatusWarn, enciphered(Response(), "NameID", "saml:EncryptedID", encrypt.Spec{Method: xenc + "aes128-cbc", Recipients: []encrypt.Recipient{to}}), "cbc"),
		fixture("requested-security-token", "encrypted-without-wrapper", check.StatusPass, encryptedToken11(to)),
		fixture("audience", "token-not-opened", check.StatusSkip, encryptedToken11(to)),
		fixture("audience", "token-opened", check.StatusPass, encryptedToken11(to)).having(own),
		fixture("decryption", "token-opened", check.StatusPass, encryptedToken11(to)).having(own),
		fixture("recipient", "key-not-given", check.StatusSkip, EncryptedResponse()),
	}
}
