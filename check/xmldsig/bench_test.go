package xmldsig_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// sized is a Response of about so many bytes, its assertion signed, in a form
// that goxmldsig accepts.
func sized(tb testing.TB, size int) []byte {
	tb.Helper()
	key := sign.MustKey("rsa2048")
	var b strings.Builder
	b.WriteString(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0" IssueInstant="2026-03-04T10:00:00Z" Destination="https://sp.example.com/acs">` +
		`<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://idp.example.com/</saml:Issuer>` +
		`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` +
		`<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" Version="2.0" IssueInstant="2026-03-04T10:00:00Z"><saml:Issuer>https://idp.example.com/</saml:Issuer>`)
	b.WriteString(sign.Template{URI: "#_a1", KeyInfo: "<ds:X509Data><ds:X509Certificate>" + key.X509Certificate() + "</ds:X509Certificate></ds:X509Data>"}.String())
	b.WriteString(`<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">user@example.com</saml:NameID>` +
		`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="https://sp.example.com/acs" NotOnOrAfter="2026-03-04T10:05:00Z" InResponseTo="_q1"/></saml:SubjectConfirmation></saml:Subject>` +
		`<saml:Conditions NotBefore="2026-03-04T09:59:00Z" NotOnOrAfter="2026-03-04T10:05:00Z"><saml:AudienceRestriction><saml:Audience>https://sp.example.com/metadata</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
		`<saml:AttributeStatement>`)
	for i := 0; b.Len() < size-600; i++ {
		fmt.Fprintf(&b, `<saml:Attribute Name="urn:oid:1.3.6.1.4.1.5923.1.1.1.%d" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"><saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">value %d of the attribute &amp; more</saml:AttributeValue></saml:Attribute>`, i, i)
	}
	b.WriteString(`</saml:AttributeStatement></saml:Assertion></samlp:Response>`)
	text, err := sign.Document(b.String(), key)
	if err != nil {
		tb.Fatal(err)
	}
	return []byte(text)
}

func BenchmarkVerify(b *testing.B) {
	key := sign.MustKey("rsa2048")
	block, _ := pem.Decode(key.CertificatePEM)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []struct {
		name  string
		bytes int
	}{{"6KB", 6 << 10}, {"100KB", 100 << 10}, {"5MB", 5 << 20}} {
		src := sized(b, size.bytes)
		b.Run(size.name+"/xmldsig", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				doc := xmldoc.Parse(src, xmldoc.Options{})
				s := xmldsig.Find(xmldsig.NewIndex(doc, idNames...))[0]
				if d := s.References[0].Digest(); !d.Match || d.Err != nil {
					b.Fatal(d)
				}
				if v := s.VerifyValue(key.Public); !v.OK {
					b.Fatal(v)
				}
			}
		})
		b.Run(size.name+"/verify-only", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			doc := xmldoc.Parse(src, xmldoc.Options{})
			for b.Loop() {
				s := xmldsig.Find(xmldsig.NewIndex(doc, idNames...))[0]
				if d := s.References[0].Digest(); !d.Match || !s.VerifyValue(key.Public).OK {
					b.Fatal(d)
				}
			}
		})
		b.Run(size.name+"/goxmldsig", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				doc := etree.NewDocument()
				if err := doc.ReadFromBytes(src); err != nil {
					b.Fatal(err)
				}
				assertion := doc.Root().SelectElement("Assertion")
				context := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{certificate}})
				if _, err := context.Validate(assertion); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCanonicalize takes shapes that make other canonicalisers quadratic.
// MB/s must not fall from one size to the next.
func BenchmarkCanonicalize(b *testing.B) {
	shapes := []struct {
		name  string
		shape func(n int) string
	}{
		{"depth", func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }},
		{"depth-namespaces", func(n int) string {
			return strings.Repeat(`<a xmlns="urn:1" xmlns:b="urn:2"><a xmlns="urn:3">`, n/2) + strings.Repeat("</a>", n)
		}},
		{"siblings", func(n int) string { return "<a>" + strings.Repeat("<b/>", n) + "</a>" }},
		{"comments", func(n int) string { return "<a>" + strings.Repeat("<!--c-->", n) + "</a>" }},
		{"namespaces", func(n int) string {
			var s strings.Builder
			for i := range n {
				fmt.Fprintf(&s, ` xmlns:p%d="urn:%d"`, i, i)
			}
			return "<a" + s.String() + "/>"
		}},
		{"attributes", func(n int) string {
			var s strings.Builder
			for i := range n {
				fmt.Fprintf(&s, ` a%d=""`, i)
			}
			return "<a" + s.String() + "/>"
		}},
	}
	for _, s := range shapes {
		for _, n := range []int{10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", s.name, n), func(b *testing.B) {
				src := s.shape(n)
				doc := xmldoc.Parse([]byte(src), xmldoc.Options{Limits: xmldoc.Limits{Depth: -1, Attributes: -1}})
				if !doc.WellFormed() {
					b.Fatal(doc.Errors()[0])
				}
				b.SetBytes(int64(len(src)))
				for b.Loop() {
					if err := (xmldsig.Canonicalization{}).Canonicalize(io.Discard, doc, xmldsig.Selection{Apex: doc.Root()}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
