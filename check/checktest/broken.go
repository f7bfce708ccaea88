package checktest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

const (
	rsaSHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
	sha512URI = "http://www.w3.org/2001/04/xmlenc#sha512"
)

// signedAfter is the good login with its assertion signed after the edits, which
// give it something that can be damaged.
func signedAfter(edits ...string) string {
	return sealedBy(idpIdentity(), Edit(Response(), edits...), assertionID)
}

var betweenTags = regexp.MustCompile(`>\s+<`)

// minified has no blanks between tags.
func minified(xml string) string { return betweenTags.ReplaceAllString(xml, "><") }

// indented has every element that holds elements on lines of their own.
func indented(xml string) string {
	var b strings.Builder
	depth := 0
	parts := strings.Split(minified(xml), "><")
	for i, part := range parts {
		if i > 0 {
			part = "<" + part
		}
		if i < len(parts)-1 {
			part += ">"
		}
		if strings.HasPrefix(part, "</") {
			depth--
		}
		if i > 0 {
			b.WriteString("\n" + strings.Repeat("  ", max(depth, 0)))
		}
		b.WriteString(part)
		opens := strings.HasPrefix(part, "<") && !strings.HasPrefix(part, "</") && !strings.HasPrefix(part, "<?")
		if opens && !strings.HasSuffix(part, "/>") && !strings.Contains(part, "</") {
			depth++
		}
	}
	return b.String()
}

// resigned gives the first signature of xml the value that belongs to its
// SignedInfo as it stands, by the algorithm; DigestValue is left as it is.
func resigned(xml, algorithm string) string {
	s := xmldsig.Find(xmldsig.NewIndex(xmldoc.Parse([]byte(xml), xmldoc.Options{})))[0]
	var octets bytes.Buffer
	if err := s.CanonicalSignedInfo(&octets); err != nil {
		panic("checktest: " + err.Error())
	}
	value, err := idpIdentity().key.Sign(xmldsig.SignatureAlgorithmOf(algorithm), octets.Bytes())
	if err != nil {
		panic("checktest: " + err.Error())
	}
	return Edit(xml, s.Values[0].Text(), base64.StdEncoding.EncodeToString(value))
}

// declaring signs as the template says, then declares something else: a mistake
// of the signer and no damage, as the signature goes with it.
func declaring(t sign.Template, edits ...string) string {
	return resigned(Edit(sealedAs(t), edits...), sign.RSASHA256)
}

// putIn is an assertion that was signed alone, by inclusive canonicalization,
// and put into a Response afterwards.
func putIn(signedInfo string) string {
	id := idpIdentity()
	alone := sealed(afterIssuer(BareAssertion(), assertionID, 0), id, sign.Template{
		URI: "#" + assertionID, KeyInfo: id.keyInfo(), CanonicalizationMethod: signedInfo,
		Transforms: []string{xmldsig.TransformEnveloped, xmldsig.CanonicalXML10},
	})
	return Edit(Response(), strings.TrimSpace(Assertion()), alone)
}

// cutOut is an assertion that was signed inside its Response, by inclusive
// canonicalization, and taken out of it.
func cutOut() string {
	xml := sealedAs(sign.Template{Transforms: []string{xmldsig.TransformEnveloped, xmldsig.CanonicalXML10}})
	start := strings.Index(xml, "<saml:Assertion ")
	end := strings.Index(xml, "</saml:Assertion>") + len("</saml:Assertion>")
	return Edit(xml[start:end], "<saml:Assertion ", `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" `)
}

// inclusive is the Transform of inclusive canonicalization, exclusive the other.
const (
	inclusiveTransform = `<ds:Transform Algorithm="` + xmldsig.CanonicalXML10 + `"/>`
	exclusiveTransform = `<ds:Transform Algorithm="` + xmldsig.ExclusiveC14N + `"/>`
)

// brokenDigestCases are messages whose digest was broken in every way that is
// told apart.
func brokenDigestCases() []Case {
	good := SignedResponse()
	broken := func(name, cause, xml string) Case {
		return fixture("signature-digest", name, check.StatusFail, xml, "mismatch").because(cause)
	}
	const confirmed = `<saml:SubjectConfirmationData Recipient="` + ACS + `"`
	return []Case{
		broken("pretty-printed", "whitespace-added", indented(sealedBy(idpIdentity(), minified(Response()), assertionID))),
		broken("minified", "whitespace-removed", minified(sealedBy(idpIdentity(), indented(Response()), assertionID))),
		broken("value-trimmed", "whitespace-trimmed", Edit(signedAfter(">Doe<", ">Doe <"), ">Doe <", ">Doe<")),
		broken("carriage-returns-lost", "line-endings", Edit(signedAfter(">\n ", ">&#13;\n "), "&#13;", "")),
		broken("address-on-one-line", "line-break-in-value", Edit(signedAfter(">Doe<", ">1 Main Street\nSpringfield<"), "Street\nSpring", "Street Spring")),
		broken("read-as-latin-1", "charset", Edit(signedAfter(">Doe<", ">Müller<"), "Müller", "MÃ¼ller")),
		broken("decomposed", "unicode-normalization", Edit(signedAfter(">Doe<", ">Müller<"), "Müller", "Mu\u0308ller")),
		broken("escaped-twice", "entities", Edit(signedAfter(">Doe<", ">Doe &amp; Sons<"), "&amp;", "&amp;amp;")),
		broken("smart-quotes", "smart-quotes", Edit(signedAfter(">Doe<", ">O'Neil<"), "O'Neil", "O’Neil")),
		broken("in-response-to-removed", "in-response-to-removed", Edit(good, `" InResponseTo="`+Request+`"/>`, `"/>`)),
		broken("in-response-to-removed-everywhere", "in-response-to-removed",
			Edit(signedMessage(), ` InResponseTo="`+Request+`"`, "")),
		broken("recipient-removed", "attribute-removed", Edit(good, confirmed, "<saml:SubjectConfirmationData")),
		broken("recipient-edited", "attribute-edited", Edit(good, confirmed, `<saml:SubjectConfirmationData Recipient="https://sp.example.org/acs"`)),
		broken("lifetime-extended", "attribute-edited", Edit(good, `<saml:Conditions NotBefore="`+Clock(0)+`" NotOnOrAfter="2026-03-04T10:05:26Z"`,
			`<saml:Conditions NotBefore="`+Clock(0)+`" NotOnOrAfter="2036-03-04T10:05:26Z"`)),
		broken("attribute-added", "attribute-edited", Edit(good, `<saml:Attribute Name="uid">`, `<saml:Attribute Name="uid" FriendlyName="user">`)),
		broken("lower-cased", "case-changed", Edit(good, ">Alex<", ">alex<")),
		broken("inclusive-but-declared-exclusive", "canonicalization",
			declaring(sign.Template{Transforms: []string{xmldsig.TransformEnveloped, xmldsig.CanonicalXML10}}, inclusiveTransform, exclusiveTransform)),
		broken("prefix-list-undeclared", "inclusive-namespaces", declaring(sign.Template{Prefixes: "xs"},
			`<ds:Transform Algorithm="`+xmldsig.ExclusiveC14N+`"><ec:InclusiveNamespaces xmlns:ec="`+xmldsig.ExclusiveC14N+`" PrefixList="xs"/></ds:Transform>`, exclusiveTransform)),
		broken("prefix-list-ignored", "inclusive-namespaces", declaring(sign.Template{},
			exclusiveTransform, `<ds:Transform Algorithm="`+xmldsig.ExclusiveC14N+`"><ec:InclusiveNamespaces xmlns:ec="`+xmldsig.ExclusiveC14N+`" PrefixList="xs"/></ds:Transform>`)),
		broken("put-into-a-response", "namespace-context", putIn("")),
		broken("cut-out-of-its-response", "namespace-context", cutOut()),
		broken("digest-value-edited", "signed-info-edited", digestValue(good, func(v string) string { return "A" + v[1:] })),
		broken("sha-512-declared-as-256", "digest-method", declaring(sign.Template{DigestMethod: sha512URI}, sha512URI, sign.SHA256)),
	}
}

// brokenValueCases are messages whose SignatureValue does not verify, in every
// way that is told apart.
func brokenValueCases() []Case {
	id := idpIdentity()
	good := SignedResponse()
	broken := func(name, reason, cause, xml string) Case {
		return fixture("signature-value", name, check.StatusFail, xml, reason).because(cause)
	}
	const method = `<ds:CanonicalizationMethod Algorithm="` + xmldsig.ExclusiveC14N + `"/>`
	const edited = "signed-info-edited"
	withSHA512 := resigned(good, rsaSHA512)
	return []Case{
		broken("digest-value-edited", "edited", edited, digestValue(good, func(v string) string { return "A" + v[1:] })),
		broken("digest-value-with-line-break", "edited", edited, digestValue(good, func(v string) string { return v + "\n" })),
		broken("signed-info-pretty-printed", "edited", edited, Edit(good, "<ds:Reference ", "\n        <ds:Reference ", "</ds:SignedInfo>", "\n      </ds:SignedInfo>",
			"<ds:CanonicalizationMethod", "\n        <ds:CanonicalizationMethod", "<ds:SignatureMethod", "\n        <ds:SignatureMethod",
			"<ds:Transforms>", "\n          <ds:Transforms>", "<ds:DigestMethod", "\n          <ds:DigestMethod", "<ds:DigestValue>", "\n          <ds:DigestValue>",
			"</ds:Transforms>", "\n          </ds:Transforms>", "<ds:Transform ", "\n            <ds:Transform ", "</ds:Reference>", "\n        </ds:Reference>")),
		broken("digest-method-edited", "edited", edited, Edit(good, sign.SHA256, sha512URI)),
		broken("canonicalization-method-edited", "edited", edited, Edit(good, method, `<ds:CanonicalizationMethod Algorithm="`+xmldsig.CanonicalXML10+`"/>`)),
		broken("transform-removed", "edited", edited, Edit(good, exclusiveTransform, "")),
		broken("sha-512-declared-as-256", "other-method", "signature-method", withSHA512),
		broken("canonicalized-otherwise", "other-method", "canonicalization", canonicalizedOtherwise()),
		broken("prefix-list-ignored", "other-method", "inclusive-namespaces", prefixesIgnored()),
		broken("put-into-a-response", "edited", "namespace-context", putIn(xmldsig.CanonicalXML10)),
		broken("elliptic-curve-as-der", "encoding", "der-encoded", signedByCurve(false)),
		broken("elliptic-curve-edited", "edited", edited, Edit(signedByCurve(true), `URI="#`+assertionID+`"`, `URI="#`+responseID+`"`)),
		fixture("signature-value", "certificate-renewed-with-its-key", check.StatusWarn, good, "same-key").because("same-key-new-certificate").expecting(trusted(endingIdentity())),
		fixture("signature-value", "elliptic-curve", check.StatusPass, signedByCurve(true)),
		fixture("signature-value", "elliptic-curve-damaged", check.StatusFail, damagedValue(signedByCurve(true)), "wrong-key"),
		broken("other-key-embedded", "wrong-key", "wrong-key", Edit(good, id.base64(), renewedIdentity().base64())),
	}
}

// digestValue rewrites the DigestValue of the only signature.
func digestValue(xml string, rewrite func(string) string) string {
	s := xmldsig.Find(xmldsig.NewIndex(xmldoc.Parse([]byte(xml), xmldoc.Options{})))[0]
	value := s.References[0].DigestValues[0].Text()
	return Edit(xml, ">"+value+"<", ">"+rewrite(value)+"<")
}

// damagedValue has another SignatureValue of the same length.
func damagedValue(xml string) string {
	const tag = "<ds:SignatureValue>"
	at := strings.Index(xml, tag) + len(tag)
	return xml[:at] + "AAAA" + xml[at+4:]
}

// canonicalizedOtherwise declares exclusive canonicalization for SignedInfo and
// signs it by the inclusive one.
func canonicalizedOtherwise() string {
	return signedInfoAs(SignedResponse(), xmldsig.Canonicalization{})
}

// prefixesIgnored declares a PrefixList for SignedInfo and signs it without.
func prefixesIgnored() string {
	return signedInfoAs(sealedAs(sign.Template{SignedInfoPrefixes: "xs saml"}), xmldsig.Canonicalization{Exclusive: true})
}

// signedInfoAs signs SignedInfo canonicalized by a method, whatever it declares.
func signedInfoAs(xml string, m xmldsig.Canonicalization) string {
	doc := xmldoc.Parse([]byte(xml), xmldoc.Options{})
	s := xmldsig.Find(xmldsig.NewIndex(doc))[0]
	var octets bytes.Buffer
	if err := m.Canonicalize(&octets, doc, xmldsig.Selection{Apex: s.SignedInfos[0]}); err != nil {
		panic("checktest: " + err.Error())
	}
	value, err := idpIdentity().key.Sign(xmldsig.SignatureAlgorithmOf(sign.RSASHA256), octets.Bytes())
	if err != nil {
		panic("checktest: " + err.Error())
	}
	return Edit(xml, s.Values[0].Text(), base64.StdEncoding.EncodeToString(value))
}

// signedByCurve is the good login signed with an elliptic curve. The value is
// the same each time (RFC 6979), as XML Signature wants it or as DER.
func signedByCurve(concatenated bool) string {
	key := sign.MustKey("p256")
	xml := declaring(sign.Template{
		SignatureMethod: sign.RSASHA256,
		KeyInfo:         "<ds:X509Data><ds:X509Certificate>" + key.X509Certificate() + "</ds:X509Certificate></ds:X509Data>",
	}, sign.RSASHA256, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")
	s := xmldsig.Find(xmldsig.NewIndex(xmldoc.Parse([]byte(xml), xmldoc.Options{})))[0]
	h := crypto.SHA256.New()
	if err := s.CanonicalSignedInfo(h); err != nil {
		panic("checktest: " + err.Error())
	}
	private, ok := key.Private.(*ecdsa.PrivateKey)
	if !ok {
		panic("checktest: p256 is no elliptic curve")
	}
	value, err := private.Sign(nil, h.Sum(nil), crypto.SHA256)
	if err == nil && concatenated {
		value, err = sign.Concatenate(value, 32)
	}
	if err != nil {
		panic("checktest: " + err.Error())
	}
	return Edit(xml, s.Values[0].Text(), base64.StdEncoding.EncodeToString(value))
}
