package xmldoc_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// samlLike makes a response of about size bytes: a signature and certificate
// once, and as many attribute statements as it takes.
func samlLike(size int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_8e8dc5f69a98cc4c1ff3427e5ce34606fd672f91e6" Version="2.0" IssueInstant="2026-03-04T10:00:00Z" Destination="https://sp.example.com/acs?a=1&amp;b=2" InResponseTo="_4fee3b046395c4e751011e97f8900b5273d56685">
  <saml:Issuer>https://idp.example.com/metadata</saml:Issuer>
  <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_8e8dc5f69a98cc4c1ff3427e5ce34606fd672f91e6"><ds:DigestValue>` + strings.Repeat("A", 43) + `=</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>` + strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk\n", 8) + `</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + strings.Repeat("MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n", 24) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>
  <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
  <saml:Assertion xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="_d71a3a8e9fcc45c9e9d248ef7049393fc8f04e5f75" Version="2.0" IssueInstant="2026-03-04T10:00:00Z">
    <saml:AttributeStatement>
`)
	const end = "    </saml:AttributeStatement>\n  </saml:Assertion>\n</samlp:Response>\n"
	for i := 0; b.Len() < size-len(end); i++ {
		fmt.Fprintf(&b, `      <saml:Attribute Name="urn:oid:0.9.2342.19200300.100.1.%d" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">
        <saml:AttributeValue xsi:type="xs:string">member%d@example.com, Österreich &amp; Söhne</saml:AttributeValue>
      </saml:Attribute>
`, i, i)
	}
	b.WriteString(end)
	return []byte(b.String())
}

var benchSizes = []struct {
	name string
	size int
}{{"6KB", 6 << 10}, {"100KB", 100 << 10}, {"5MB", 5 << 20}}

func BenchmarkParse(b *testing.B) {
	for _, size := range benchSizes {
		src := samlLike(size.size)
		b.Run("xmldoc/"+size.name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if d := xmldoc.Parse(src, xmldoc.Options{}); !d.WellFormed() {
					b.Fatal(d.Errors())
				}
			}
		})
		b.Run("encoding-xml/"+size.name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				dec := xml.NewDecoder(bytes.NewReader(src))
				for {
					if _, err := dec.Token(); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		b.Run("etree/"+size.name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if err := etree.NewDocument().ReadFromBytes(src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
