package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// parse reads a document that may be cut off but not otherwise broken.
func parse(tb testing.TB, source string) *xmldoc.Document {
	tb.Helper()
	doc := xmldoc.Parse([]byte(source), xmldoc.Options{Limits: xmldoc.Limits{Depth: -1}})
	for _, err := range doc.Errors() {
		if !doc.Truncated() {
			tb.Fatalf("test document is not well-formed: %v", err)
		}
	}
	return doc
}

const namespaces = ` xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"` +
	` xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"` +
	` xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:xs="http://www.w3.org/2001/XMLSchema"` +
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`

// document declares the usual prefixes on the root of a fragment.
func document(fragment string) string {
	end := strings.IndexAny(fragment, " />")
	return fragment[:end] + namespaces + fragment[end:]
}

const (
	due    = ` ID="_1" Version="2.0" IssueInstant="2026-03-04T10:00:00Z"`
	status = `<samlp:Status><samlp:StatusCode Value="urn:x"/></samlp:Status>`
)

func TestValidMessages(t *testing.T) {
	for _, message := range messages {
		t.Run(message.name, func(t *testing.T) {
			for _, v := range Validate(parse(t, message.xml).Root()) {
				t.Errorf("%s %s: %s", v.Node.Path(), v.Reason, v.Message)
			}
		})
	}
}

func TestViolations(t *testing.T) {
	tests := []struct {
		name, fragment     string
		path, attr, reason string
		message            string
	}{
		{
			"root of SAML 1.1", `<p:Response xmlns:p="urn:oasis:names:tc:SAML:1.0:protocol"/>`,
			"/Response", "", ReasonUnknownRoot,
			`<Response> must be in namespace "urn:oasis:names:tc:SAML:2.0:protocol"; found it in namespace "urn:oasis:names:tc:SAML:1.0:protocol".`,
		},
		{
			"root unknown", `<Envelope/>`, "/Envelope", "", ReasonUnknownRoot,
			`<Envelope> of no namespace is neither a SAML 2.0 message nor a part of one, so that no schema says what it may hold.`,
		},
		{
			"order", `<saml:Assertion` + due + `><saml:Subject><saml:NameID>u</saml:NameID></saml:Subject><saml:Issuer>i</saml:Issuer></saml:Assertion>`,
			"/Assertion/Subject", "", ReasonWrongOrder, `<Assertion> must hold <Issuer> before <Subject>; found <Subject> first.`,
		},
		{
			"signature after status", `<samlp:Response` + due + `>` + status + `<saml:Issuer>i</saml:Issuer></samlp:Response>`,
			"/Response/Issuer", "", ReasonWrongOrder, `<Response> must hold <Issuer> before <Status>; found it after.`,
		},
		{
			"issuer missing", `<saml:Assertion` + due + `><saml:Subject><saml:NameID>u</saml:NameID></saml:Subject></saml:Assertion>`,
			"/Assertion", "", ReasonMissingElement, `<Assertion> must hold <Issuer> before <Subject>, but has none.`,
		},
		{
			"status missing at the end", `<samlp:Response` + due + `><saml:Issuer>i</saml:Issuer></samlp:Response>`,
			"/Response", "", ReasonMissingElement, `<Response> must hold <Status> after <Issuer>, but has none.`,
		},
		{
			"one of several missing", `<saml:AuthnContext><saml:AuthenticatingAuthority>a</saml:AuthenticatingAuthority></saml:AuthnContext>`,
			"/AuthnContext", "", ReasonMissingElement,
			`<AuthnContext> must hold <AuthnContextClassRef>, <AuthnContextDecl> or <AuthnContextDeclRef> before <AuthenticatingAuthority>, but has none.`,
		},
		{
			"several missing", `<ds:Signature/>`, "/Signature", "", ReasonMissingElement,
			`<Signature> must hold <SignedInfo>, then <SignatureValue>, but has none.`,
		},
		{
			"wildcard missing", `<samlp:Extensions/>`, "/Extensions", "", ReasonMissingElement,
			`<Extensions> must hold an element of another namespace, but has none.`,
		},
		{
			"repeated", `<samlp:Response` + due + `>` + status + status + `</samlp:Response>`,
			"/Response/Status[2]", "", ReasonRepeatedElement, `<Response> can hold only one <Status>; this is a further one.`,
		},
		{
			"either or", `<saml:AuthnContext><saml:AuthnContextDecl/><saml:AuthnContextDeclRef>x</saml:AuthnContextDeclRef></saml:AuthnContext>`,
			"/AuthnContext/AuthnContextDeclRef", "", ReasonUnexpectedElement,
			`<AuthnContext> can hold <AuthnContextDecl> or <AuthnContextDeclRef>, but not both.`,
		},
		{
			"stranger", `<samlp:Response` + due + `>` + status + `<Extra/><Extra/></samlp:Response>`,
			"/Response/Extra[1]", "", ReasonUnexpectedElement,
			`<Response> cannot hold <Extra>; at this place it can hold only <Assertion> or <EncryptedAssertion>.`,
		},
		{
			"stranger at the end", `<samlp:Status><samlp:StatusCode Value="urn:x"/><samlp:StatusDetail/><Extra/></samlp:Status>`,
			"/Status/Extra", "", ReasonUnexpectedElement, `<Status> cannot hold <Extra>; nothing may follow <StatusDetail>.`,
		},
		{
			"stranger instead of something", `<samlp:Status><Code/></samlp:Status>`, "/Status/Code", "", ReasonUnexpectedElement,
			`<Status> cannot hold <Code>; at this place it can hold only <StatusCode>.`,
		},
		{
			"namespace", `<samlp:Response` + due + `><samlp:Issuer>i</samlp:Issuer>` + status + `</samlp:Response>`,
			"/Response/Issuer", "", ReasonWrongNamespace,
			`<Issuer> in <Response> must be in namespace "urn:oasis:names:tc:SAML:2.0:assertion"; found it in namespace "urn:oasis:names:tc:SAML:2.0:protocol".`,
		},
		{
			"case of an element", `<saml:AudienceRestriction><saml:audience>a</saml:audience></saml:AudienceRestriction>`,
			"/AudienceRestriction/audience", "", ReasonUnexpectedElement,
			`<AudienceRestriction> cannot hold <audience>; perhaps <Audience> is meant, but upper and lower case matter.`,
		},
		{
			"own namespace in a wildcard", `<samlp:Extensions><samlp:Foo/></samlp:Extensions>`,
			"/Extensions/Foo", "", ReasonUnexpectedElement,
			`<Extensions> cannot hold <Foo>; at this place it can hold only an element of another namespace.`,
		},
		{
			"child of text", `<saml:Issuer>i<b/></saml:Issuer>`, "/Issuer/b", "", ReasonUnexpectedElement, `<Issuer> holds only text; found <b>.`,
		},
		{
			"child of typed text", `<saml:AttributeValue xsi:type="xs:string"><b/></saml:AttributeValue>`, "/AttributeValue/b", "", ReasonUnexpectedElement,
			`<AttributeValue> holds only text, being of type "xs:string"; found <b>.`,
		},
		{
			"child of empty", `<samlp:NameIDPolicy><b/><c/></samlp:NameIDPolicy>`, "/NameIDPolicy/b", "", ReasonUnexpectedElement,
			`<NameIDPolicy> must be empty; found <b>.`,
		},
		{
			"blanks in empty", "<samlp:NameIDPolicy>\n</samlp:NameIDPolicy>", "/NameIDPolicy/text()", "", ReasonUnexpectedText,
			`<NameIDPolicy> must be empty; found blanks or line breaks.`,
		},
		{
			"text", `<samlp:Response` + due + `>oops` + status + `oops</samlp:Response>`, "/Response/text()", "", ReasonUnexpectedText,
			`<Response> holds elements and no text of its own; found "oops".`,
		},
		{
			"CDATA", `<samlp:Response` + due + `><![CDATA[ ]]>` + status + `</samlp:Response>`, "/Response/text()", "", ReasonUnexpectedText,
			`<Response> holds elements and no text of its own; found a CDATA section, "".`,
		},
		{
			"attribute missing", `<samlp:StatusCode/>`, "/StatusCode", "", ReasonMissingAttribute,
			`<StatusCode> must have an attribute "Value", but has none.`,
		},
		{
			"attribute in another case", `<samlp:Response Id="_1" Version="2.0" IssueInstant="2026-03-04T10:00:00Z">` + status + `</samlp:Response>`,
			"/Response", "Id", ReasonMissingAttribute, `<Response> must have an attribute "ID"; found "Id", but upper and lower case matter.`,
		},
		{
			"attribute with prefix", `<samlp:StatusCode samlp:Value="urn:x"/>`, "/StatusCode", "samlp:Value", ReasonMissingAttribute,
			`<StatusCode> must have an attribute "Value"; found "samlp:Value", but it takes no prefix.`,
		},
		{
			"attribute without prefix", `<md:OrganizationName lang="en">x</md:OrganizationName>`, "/OrganizationName", "lang", ReasonMissingAttribute,
			`<OrganizationName> must have an attribute "xml:lang"; found "lang", but it belongs to namespace "http://www.w3.org/XML/1998/namespace".`,
		},
		{
			"attribute unknown", `<saml:SubjectLocality Port="1"/>`, "/SubjectLocality", "Port", ReasonUnexpectedAttribute,
			`Attribute "Port" is not allowed on <SubjectLocality>; it can have "Address" and "DNSName".`,
		},
		{
			"attribute nearly known", `<saml:SubjectLocality address="192.0.2.1"/>`, "/SubjectLocality", "address", ReasonUnexpectedAttribute,
			`Attribute "address" is not allowed on <SubjectLocality>; perhaps "Address" is meant, but upper and lower case matter.`,
		},
		{
			"attribute of text", `<saml:Audience Format="x">a</saml:Audience>`, "/Audience", "Format", ReasonUnexpectedAttribute,
			`Attribute "Format" is not allowed on <Audience>, which has no attributes.`,
		},
		{
			"time", `<samlp:ArtifactResolve ID="_1" Version="2.0" IssueInstant="2026-03-04 10:00:00"><samlp:Artifact>a</samlp:Artifact></samlp:ArtifactResolve>`,
			"/ArtifactResolve", "IssueInstant", ReasonInvalidValue,
			`Attribute "IssueInstant" of <ArtifactResolve> must be a date and time such as "2026-01-31T09:30:00Z"; found "2026-03-04 10:00:00": after the date comes " 10:00:00" instead of "T".`,
		},
		{
			"ID", `<samlp:ArtifactResolve ID="4d-2" Version="2.0" IssueInstant="2026-03-04T10:00:00Z"><samlp:Artifact>a</samlp:Artifact></samlp:ArtifactResolve>`,
			"/ArtifactResolve", "ID", ReasonInvalidValue,
			`Attribute "ID" of <ArtifactResolve> must be a name that starts with a letter or "_" and goes on with letters, digits, ".", "-" and "_"; found "4d-2": it starts with "4".`,
		},
		{
			"empty ID", `<saml:SubjectConfirmationData InResponseTo=""/>`, "/SubjectConfirmationData", "InResponseTo", ReasonInvalidValue,
			`Attribute "InResponseTo" of <SubjectConfirmationData> must be a name that starts with a letter or "_" and goes on with letters, digits, ".", "-" and "_"; found nothing.`,
		},
		{
			"choice", `<saml:Action Namespace="%">read</saml:Action>`, "/Action", "Namespace", ReasonInvalidValue,
			`Attribute "Namespace" of <Action> must be a URI; found "%": it holds "%", which is no percent-encoding.`,
		},
		{
			"case of a choice", `<md:KeyDescriptor use="Signing"><ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>`,
			"/KeyDescriptor", "use", ReasonInvalidValue,
			`Attribute "use" of <KeyDescriptor> must be "encryption" or "signing"; found "Signing": upper and lower case matter.`,
		},
		{
			"number with blanks", `<samlp:AuthnRequest` + due + ` AssertionConsumerServiceIndex=" 1"/>`,
			"/AuthnRequest", "AssertionConsumerServiceIndex", ReasonInvalidValue,
			`Attribute "AssertionConsumerServiceIndex" of <AuthnRequest> must be a whole number from 0 to 65535; found " 1": blanks around it are not allowed.`,
		},
		{
			"list", `<md:PDPDescriptor protocolSupportEnumeration="urn:a 1b:c"><md:AuthzService Binding="urn:b" Location="/"/></md:PDPDescriptor>`,
			"/PDPDescriptor", "protocolSupportEnumeration", ReasonInvalidValue,
			`Attribute "protocolSupportEnumeration" of <PDPDescriptor> must be a list, separated by blanks, in which each item is a URI; found "urn:a 1b:c": of its item "1b:c": a colon follows "1b", which is no scheme.`,
		},
		{
			"element value across comments", `<ds:DigestValue>AAA<!-- -->A=<![CDATA[=]]></ds:DigestValue>`, "/DigestValue", "", ReasonInvalidValue,
			`<DigestValue> must be base64; found "AAAA==": it ends in padding that it does not need.`,
		},
		{
			"typed value", `<saml:AttributeValue xsi:type="xs:integer">12x</saml:AttributeValue>`, "/AttributeValue", "", ReasonInvalidValue,
			`<AttributeValue> must be a whole number; found "12x".`,
		},
		{
			"duplicate ID", `<saml:Advice><saml:Assertion` + due + `><saml:Issuer/></saml:Assertion><saml:Assertion` + due + `><saml:Issuer/></saml:Assertion></saml:Advice>`,
			"/Advice/Assertion[2]", "ID", ReasonDuplicateID, `The ID "_1" names <Assertion> and again <Assertion>; an ID must be unique in the document.`,
		},
		{
			"type unknown", `<saml:AttributeValue xsi:type="xs:text">x</saml:AttributeValue>`, "/AttributeValue", "xsi:type", ReasonUnknownType,
			`Attribute "xsi:type" of <AttributeValue> is "xs:text", but namespace "http://www.w3.org/2001/XMLSchema" has no type "text" that the SAML schemas know.`,
		},
		{
			"type without declared prefix", `<saml:AttributeValue xsi:type="xsd:string">x</saml:AttributeValue>`, "/AttributeValue", "xsi:type", ReasonInvalidValue,
			`Attribute "xsi:type" of <AttributeValue> is "xsd:string", but the prefix "xsd" is not declared here.`,
		},
		{
			"type of something else", `<saml:NameID xsi:type="xs:string">x</saml:NameID>`, "/NameID", "xsi:type", ReasonWrongType,
			`Attribute "xsi:type" of <NameID> is "xs:string", but the type must be "NameIDType" or one derived from it.`,
		},
		{
			"abstract", `<saml:Condition/>`, "/Condition", "", ReasonAbstractType,
			`<Condition> must say by an attribute "xsi:type" which kind it is, such as "AudienceRestrictionType", "OneTimeUseType" or "ProxyRestrictionType".`,
		},
		{
			"nil", `<saml:Audience xsi:nil="true"/>`, "/Audience", "xsi:nil", ReasonNotNillable,
			`Attribute "xsi:nil" is not allowed on <Audience>, which cannot be nil.`,
		},
		{
			"nil and not empty", `<saml:AttributeValue xsi:nil="true">x</saml:AttributeValue>`, "/AttributeValue/text()", "", ReasonUnexpectedText,
			`<AttributeValue> is nil, by its attribute "xsi:nil", and must be empty; found "x".`,
		},
		{
			"deep in what is not declared", `<saml:AttributeValue><x><saml:Audience>1a:b</saml:Audience></x></saml:AttributeValue>`,
			"/AttributeValue/x/Audience", "", ReasonInvalidValue, `<Audience> must be a URI; found "1a:b": a colon follows "1a", which is no scheme.`,
		},
		{
			"undeclared where declared is demanded",
			`<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="urn:x"><m:MGF xmlns:m="urn:m"/></xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey>`,
			"/EncryptedKey/EncryptionMethod/MGF", "", ReasonUndeclaredElement,
			`<MGF> of namespace "urn:m" is not allowed in <EncryptionMethod>: the schema takes only elements here that the SAML, XML Signature and XML Encryption 1.0 schemas declare.`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			violations := Validate(parse(t, document(test.fragment)).Root())
			if len(violations) != 1 {
				t.Fatalf("want one violation, got %d:%s", len(violations), describeAll(violations))
			}
			v := violations[0]
			if v.Node.Path() != test.path || v.Reason != test.reason || v.Message != test.message {
				t.Errorf("got  %s %s\n     %s\nwant %s %s\n     %s", v.Node.Path(), v.Reason, v.Message, test.path, test.reason, test.message)
			}
			attr := ""
			if v.Attr != nil {
				attr = v.Attr.Name.String()
			}
			if attr != test.attr {
				t.Errorf("got attribute %q, want %q", attr, test.attr)
			}
		})
	}
}

func TestExpectedAndActual(t *testing.T) {
	tests := []struct {
		fragment string
		expected []string
		actual   string
	}{
		{`<samlp:Status/>`, []string{"StatusCode"}, ""},
		{`<samlp:RequestedAuthnContext/>`, []string{"AuthnContextClassRef", "AuthnContextDeclRef"}, ""},
		{`<samlp:StatusCode Val="x"/>`, []string{"Value"}, ""},
		{`<samlp:Status><saml:StatusCode/></samlp:Status>`, []string{protocolNamespace}, assertionNamespace},
		{`<saml:Condition/>`, []string{"AudienceRestrictionType", "OneTimeUseType", "ProxyRestrictionType"}, ""},
		{
			`<samlp:RequestedAuthnContext Comparison="Exact"><saml:AuthnContextClassRef/></samlp:RequestedAuthnContext>`,
			[]string{"exact", "minimum", "maximum", "better"}, "Exact",
		},
	}
	for _, test := range tests {
		violations := Validate(parse(t, document(test.fragment)).Root())
		if len(violations) == 0 {
			t.Errorf("%s is valid", test.fragment)
			continue
		}
		if v := violations[0]; !slices.Equal(v.Expected, test.expected) || v.Actual != test.actual {
			t.Errorf("%s: got expected %q, actual %q; want %q, %q", test.fragment, v.Expected, v.Actual, test.expected, test.actual)
		}
	}
}

func TestIndependentViolationsAreAllReported(t *testing.T) {
	violations := Validate(parse(t, document(`<samlp:Response Version="2.0" IssueInstant="yesterday">
		<samlp:Status><samlp:StatusCode/></samlp:Status>
		<saml:Assertion`+due+`>
			<saml:Subject><saml:NameID>u</saml:NameID></saml:Subject>
			<saml:Conditions NotBefore="x"><saml:AudienceRestriction/></saml:Conditions>
			stray
		</saml:Assertion>
	</samlp:Response>`)).Root())
	var got []string
	for _, v := range violations {
		got = append(got, v.Node.Path()+" "+v.Reason)
	}
	want := []string{
		"/Response invalid-value", "/Response missing-attribute", "/Response/Status/StatusCode missing-attribute",
		"/Response/Assertion missing-element", "/Response/Assertion/Conditions invalid-value",
		"/Response/Assertion/Conditions/AudienceRestriction missing-element", "/Response/Assertion/text() unexpected-text",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTruncated(t *testing.T) {
	for _, message := range messages {
		t.Run(message.name, func(t *testing.T) {
			for cut := 1; cut < len(message.xml); cut++ {
				root := parse(t, message.xml[:cut]).Root()
				for _, v := range Validate(root) {
					t.Fatalf("cut at byte %d, accused %s: %s", cut, v.Node.Path(), v.Message)
				}
			}
		})
	}
	t.Run("what came before the cut is checked", func(t *testing.T) {
		violations := Validate(parse(t, document(`<samlp:Response`+due+`><saml:Assertion`+due[:8]+`><saml:Iss`)).Root())
		var got []string
		for _, v := range violations {
			got = append(got, v.Reason)
		}
		want := []string{ReasonMissingElement, ReasonDuplicateID, ReasonMissingAttribute, ReasonMissingAttribute}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	if got := Validate(nil); got != nil {
		t.Errorf("without a root: %v", got)
	}
}

func TestHostile(t *testing.T) {
	const many = 100_000
	tests := []struct{ name, fragment string }{
		{"deep and unknown", `<saml:AttributeValue>` + strings.Repeat("<x>", many) + strings.Repeat("</x>", many) + `</saml:AttributeValue>`},
		{"deep and known", strings.Repeat(`<samlp:StatusCode Value="x">`, many) + strings.Repeat(`</samlp:StatusCode>`, many)},
		{"many strangers", `<saml:Advice>` + strings.Repeat(`<saml:x/>`, many) + `</saml:Advice>`},
		{"many too late", `<samlp:Response` + due + `>` + strings.Repeat(status, many) + `</samlp:Response>`},
		{
			"many in the wrong order", `<md:ContactPerson contactType="other">` + strings.Repeat(`<md:EmailAddress/>`, many) +
				`<md:TelephoneNumber/>` + strings.Repeat(`<md:EmailAddress/>`, many) + `</md:ContactPerson>`,
		},
		{"many without ID", `<saml:Advice>` + strings.Repeat(`<saml:Assertion/>`, many) + `</saml:Advice>`},
		{"much text", `<ds:DigestValue>` + strings.Repeat("A", 64*many) + `</ds:DigestValue>`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			source := test.fragment
			if strings.Count(source[:min(len(source), 1000)], "<samlp:StatusCode Value=\"x\">") > 1 {
				source = strings.Replace(source, "<samlp:StatusCode", "<samlp:StatusCode"+namespaces, 1)
			} else {
				source = document(source)
			}
			if got := len(Validate(parse(t, source).Root())); got > MaxViolations {
				t.Errorf("%d violations", got)
			}
		})
	}
}

// TestTables checks what the notation cannot express.
func TestTables(t *testing.T) {
	set := schemas()
	for name, typ := range set.types {
		if len(typ.attributes) > 64 {
			t.Errorf("%v has more attributes than the bits that count them", name)
		}
		if typ.model == nil {
			continue
		}
		// Unique Particle Attribution: what follows is told apart by its name.
		for _, follow := range typ.model.follow {
			for i, p := range follow {
				for _, q := range follow[i+1:] {
					a, b := &typ.model.particles[p], &typ.model.particles[q]
					if a.element != nil && b.matches(a.element.name) || b.element != nil && a.matches(b.element.name) ||
						a.element == nil && b.element == nil {
						t.Errorf("%v: %s and %s are not told apart", name, a.describe(), b.describe())
					}
				}
			}
		}
	}
	if len(set.elements) != 33+32+24+9+40 {
		t.Errorf("%d elements", len(set.elements))
	}
}

func BenchmarkValidate(b *testing.B) {
	assertion := messages[0].xml
	begin, end := strings.Index(assertion, "<saml:Assertion"), strings.Index(assertion, "</samlp:Response>")
	var large strings.Builder
	large.WriteString(assertion[:begin])
	for i := 0; large.Len() < 5<<20; i++ {
		large.WriteString(strings.ReplaceAll(assertion[begin:end], "_a1", fmt.Sprintf("_a%d", i)))
	}
	large.WriteString(assertion[end:])
	padding := strings.Repeat("A", 3200) // a certificate's worth
	for _, bench := range []struct{ name, xml string }{
		{"6KB", strings.Replace(assertion, "MIIB", padding, 1)},
		{"5MB", large.String()},
	} {
		root := parse(b, bench.xml).Root()
		if v := Validate(root); len(v) > 0 {
			b.Fatal(v[0].Message)
		}
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.xml)))
			b.ReportAllocs()
			for b.Loop() {
				Validate(root)
			}
		})
		b.Run(bench.name+"/parse", func(b *testing.B) {
			b.SetBytes(int64(len(bench.xml)))
			source := []byte(bench.xml)
			for b.Loop() {
				xmldoc.Parse(source, xmldoc.Options{})
			}
		})
	}
}
