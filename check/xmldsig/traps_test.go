package xmldsig_test

import (
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// parse reads a document and finds its signatures.
func parse(tb testing.TB, src []byte) []*xmldsig.Signature {
	tb.Helper()
	doc := xmldoc.Parse(src, xmldoc.Options{})
	if !doc.WellFormed() {
		tb.Fatalf("%v\n%s", doc.Errors()[0], src)
	}
	return xmldsig.Find(xmldsig.NewIndex(doc, idNames...))
}

// response wraps an Assertion that holds @signature@ into a Response.
func response(assertion string) string {
	return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_r1">` + assertion + `</samlp:Response>`
}

const plainAssertion = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1"><saml:Issuer>i</saml:Issuer>@signature@<saml:Subject><saml:NameID>user@example.com</saml:NameID></saml:Subject></saml:Assertion>`

func signed(tb testing.TB, text string, t sign.Template, key string) string {
	tb.Helper()
	if t.URI == "" && !t.NoURI {
		t.URI = "#_a1"
	} else if t.URI == "-" {
		t.URI = ""
	}
	text, err := sign.Document(strings.Replace(text, "@signature@", t.String(), 1), sign.MustKey(key))
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// TestTraps are the messages that real services send and that other verifiers
// refuse. Each must verify here, and with libxmlsec1 where it has the algorithm.
func TestTraps(t *testing.T) {
	for _, tt := range []struct {
		name     string
		text     string // default: plainAssertion
		template sign.Template
		key      string // default: rsa2048
		encoding string
		edit     func(string) string // of the signed text
		only     bool                // libxmlsec1 1.2 does not have the algorithm
	}{
		{name: "plain"},
		{name: "ecdsa-concatenated", template: sign.Template{SignatureMethod: more + "ecdsa-sha256"}, key: "p256"},
		{name: "comment-with-comments-transform", text: strings.Replace(plainAssertion, "user@", "us<!--c-->er@", 1), template: sign.Template{Transforms: []string{xmldsig.TransformEnveloped, xmldsig.ExclusiveC14N + "WithComments"}}},
		{name: "comment-added-later-with-comments-transform", template: sign.Template{Transforms: []string{xmldsig.TransformEnveloped, xmldsig.ExclusiveC14N + "WithComments"}},
			edit: func(s string) string { return strings.Replace(s, "user@", "us<!--c-->er@", 1) }},
		{name: "line-break-in-attribute", text: strings.Replace(plainAssertion, "<saml:NameID", "<saml:NameID Format=\"a\nb\tc\"", 1)},
		{name: "line-break-reference-in-attribute", text: strings.Replace(plainAssertion, "<saml:NameID", "<saml:NameID Format=\"a&#10;b&#9;c\"", 1)},
		{name: "iso-8859-1", text: `<?xml version="1.0" encoding="ISO-8859-1"?>` + response(strings.Replace(plainAssertion, "user@", "üser@", 1)), encoding: "ISO-8859-1"},
		{name: "utf-16le", text: `<?xml version="1.0" encoding="UTF-16"?>` + response(strings.Replace(plainAssertion, "user@", "üser@", 1)), encoding: "UTF-16LE"},
		{name: "utf-16be", text: `<?xml version="1.0" encoding="UTF-16"?>` + response(strings.Replace(plainAssertion, "user@", "üser@", 1)), encoding: "UTF-16BE"},
		{name: "prefix-list-of-ancestor", template: sign.Template{Prefixes: "xs"}},
		{name: "prefix-list-on-canonicalization-method", template: sign.Template{SignedInfoPrefixes: "xs"}},
		{name: "prefix-list-default", template: sign.Template{Prefixes: "#default xs"}, text: `<samlp:Response xmlns="urn:d" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1">` + plainAssertion + `</samlp:Response>`},
		{name: "inherited-xml-lang-and-base", template: sign.Template{Transforms: []string{xmldsig.TransformEnveloped, xmldsig.CanonicalXML10}}, text: strings.Replace(response(plainAssertion), ` ID="_r1"`, ` ID="_r1" xml:lang="en" xml:base="http://b/"`, 1)},
		{name: "attributes-sorted-by-namespace", text: strings.Replace(plainAssertion, "<saml:NameID", `<saml:NameID xmlns:a="urn:2" xmlns:b="urn:1" a:a="" b:b="" c=""`, 1)},
		{name: "indented-signature-value", template: sign.Template{Indent: "\n      "}},
		{name: "carriage-return-references-in-signature-value", template: sign.Template{Indent: "&#13;\n"}},
		{name: "key-info-key-name-only", template: sign.Template{KeyInfo: "<ds:KeyName>k</ds:KeyName>"}},
		{name: "xpointer-id", template: sign.Template{URI: "#xpointer(id('_a1'))"}},
		{name: "xpointer-id-selects-comments", template: sign.Template{URI: "#xpointer(id('_a1'))", Transforms: []string{xmldsig.TransformEnveloped, xmldsig.ExclusiveC14N + "WithComments"}}, text: strings.Replace(plainAssertion, "user@", "us<!--c-->er@", 1)},
		{name: "empty-uri", template: sign.Template{URI: "-"}},
		{name: "no-uri", template: sign.Template{NoURI: true}},
		{name: "sha-224", template: sign.Template{SignatureMethod: more + "rsa-sha224", DigestMethod: more + "sha224"}},
		{name: "md5", template: sign.Template{SignatureMethod: more + "rsa-md5", DigestMethod: more + "md5"}},
		{name: "key-of-512-bits", key: "rsa512"},
		{name: "dsa", template: sign.Template{SignatureMethod: xmldsig.Namespace + "dsa-sha1"}, key: "dsa"},
		{name: "enveloped-only", template: sign.Template{Transforms: []string{xmldsig.TransformEnveloped}}},
		{name: "xpath-instead-of-enveloped", template: sign.Template{Transforms: []string{xpath("not(ancestor-or-self::p:Signature)"), xmldsig.ExclusiveC14N}}},
		{name: "comment-in-digest-value", edit: func(s string) string { return strings.Replace(s, "<ds:DigestValue>", "<ds:DigestValue><!--AAAA-->", 1) }},
		{name: "saml-1.1", text: `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="_a1">@signature@<saml:Conditions/></saml:Assertion>`},
		{name: "rsa-pss", template: sign.Template{SignatureMethod: "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"}, only: true},
		{name: "rsa-pss-parameters", template: sign.Template{SignatureMethod: "http://www.w3.org/2007/05/xmldsig-more#rsa-pss"}, only: true},
		{name: "sha-3", template: sign.Template{SignatureMethod: "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-384", DigestMethod: "http://www.w3.org/2007/05/xmldsig-more#sha3-512"}, key: "p384", only: true},
		{name: "ed25519", template: sign.Template{SignatureMethod: "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"}, key: "ed25519", only: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.text == "" {
				tt.text = plainAssertion
			}
			if !strings.Contains(tt.text, "Response") && !strings.Contains(tt.text, "1.0:assertion") {
				tt.text = response(tt.text)
			}
			if tt.key == "" {
				tt.key = "rsa2048"
			}
			text := signed(t, tt.text, tt.template, tt.key)
			if tt.edit != nil {
				edited := tt.edit(text)
				if edited == text {
					t.Fatal("the edit changes nothing")
				}
				text = edited
			}
			src := transcode(text, tt.encoding)
			key := sign.MustKey(tt.key)
			if outcome, why := ours(src, 0, key); outcome != outcomeOK {
				t.Errorf("%s: %s\n%s", outcome, why, text)
			}
			// The same with one character of the content changed must not hold.
			for _, change := range [][2]string{{"NameID", "NameId"}, {"Conditions", "conditions"}} {
				if !strings.Contains(text, change[0]) {
					continue
				}
				broken := transcode(strings.ReplaceAll(text, change[0], change[1]), tt.encoding)
				if outcome, why := ours(broken, 0, key); outcome != outcomeDigest {
					t.Errorf("changed: %s: %s", outcome, why)
				}
			}
			if tt.only {
				return
			}
			x := newXMLSec(t)
			if outcome, why := x.verify(x.write("trap.xml", src), 0, tt.key); outcome != outcomeOK {
				t.Errorf("libxmlsec1: %s: %s", outcome, why)
			}
		})
	}
}

// TestProblems are signatures whose structure is wrong, each refused by
// libxmlsec1 whatever its cryptography.
func TestProblems(t *testing.T) {
	base := signed(t, response(plainAssertion), sign.Template{Prefixes: "xs"}, "rsa2048")
	replace := func(old, by string) string {
		if !strings.Contains(base, old) {
			t.Fatalf("%q is not in the document", old)
		}
		return strings.Replace(base, old, by, 1)
	}
	for _, tt := range []struct {
		name, text string
		code       xmldsig.ProblemCode
		message    string
	}{
		{"two SignedInfo", duplicate(base, "SignedInfo"), xmldsig.ProblemRepeated, "The Signature has a second SignedInfo."},
		{"two SignatureValue", duplicate(base, "SignatureValue"), xmldsig.ProblemRepeated, "The Signature has a second SignatureValue."},
		{"two DigestValue", duplicate(base, "DigestValue"), xmldsig.ProblemRepeated, "The Reference has a second DigestValue."},
		{"no SignedInfo", remove(base, "SignedInfo"), xmldsig.ProblemUnexpected, "The Signature has a ds:SignatureValue where its SignedInfo is expected."},
		{"no SignatureValue", remove(base, "SignatureValue"), xmldsig.ProblemMissing, "The Signature has no SignatureValue."},
		{"no Reference", remove(base, "Reference"), xmldsig.ProblemMissing, "The SignedInfo has no Reference."},
		{"no DigestValue", remove(base, "DigestValue"), xmldsig.ProblemMissing, "The Reference has no DigestValue."},
		{"element after SignatureValue", replace("</ds:SignatureValue>", "</ds:SignatureValue><x/>"), xmldsig.ProblemUnexpected, "The Signature has a x, which does not belong there."},
		{"element before SignedInfo", replace("<ds:SignedInfo>", "<x/><ds:SignedInfo>"), xmldsig.ProblemUnexpected, "The Signature has a x where its SignedInfo is expected."},
		{"element in Transforms", replace("</ds:Transforms>", "<x/></ds:Transforms>"), xmldsig.ProblemUnexpected, "The Transforms has a x, which does not belong there."},
		{"no algorithm", replace(`DigestMethod Algorithm=`, `DigestMethod algorithm=`), xmldsig.ProblemAlgorithm, "The DigestMethod has no Algorithm."},
		{"unknown digest method", replace(`xmlenc#sha256`, `xmlenc#sha257`), xmldsig.ProblemUnknown, `The digest method "http://www.w3.org/2001/04/xmlenc#sha257" is not known.`},
		{"unknown canonicalization", replace(`CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#`, `CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n`), xmldsig.ProblemUnknown, `The canonicalization method "http://www.w3.org/2001/10/xml-exc-c14n" does not exist.`},
		{"InclusiveNamespaces without list", replace("PrefixList=", "prefixList="), xmldsig.ProblemParameter, "The InclusiveNamespaces has no PrefixList."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := parse(t, []byte(tt.text))[0]
			if len(s.Problems) == 0 || s.Problems[0].Code != tt.code || s.Problems[0].Message != tt.message {
				t.Errorf("got %+v, want %s: %s", s.Problems, tt.code, tt.message)
			}
			x := newXMLSec(t)
			if outcome, why := x.verify(x.write("problem.xml", []byte(tt.text)), 0, "rsa2048"); outcome != outcomeError {
				t.Errorf("libxmlsec1: %s: %s", outcome, why)
			}
		})
	}
}
