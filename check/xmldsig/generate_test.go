package xmldsig_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
)

// message is one generated document.
type message struct {
	source     []byte
	signatures int
	verifyKey  *sign.Key
	classes    []string // what is in it, for the tally
}

type generator struct {
	*rand.Rand
	classes []string
}

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) class(format string, args ...any) {
	g.classes = append(g.classes, fmt.Sprintf(format, args...))
}

// style is how an IdP writes its messages.
type style struct {
	name                     string
	protocol, assertion, sig string // prefixes; "-" for the default namespace
	response, own            bool   // the Response, the Assertion is signed
	last                     bool   // the Signature is the last child
	indent                   string
	prefixes                 string
	declared                 string // further declarations on the Response
	saml11                   bool
}

var styles = []style{
	{name: "entra-id", protocol: "samlp", assertion: "-", sig: "-", own: true},
	{name: "adfs", protocol: "samlp", assertion: "-", sig: "ds", own: true},
	{name: "okta", protocol: "saml2p", assertion: "saml2", sig: "ds", response: true, own: true, prefixes: "xs", declared: ` xmlns:xs="http://www.w3.org/2001/XMLSchema"`},
	{name: "shibboleth", protocol: "saml2p", assertion: "saml2", sig: "ds", response: true, prefixes: "xsd", declared: ` xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`},
	{name: "simplesamlphp", protocol: "samlp", assertion: "saml", sig: "ds", response: true, own: true, declared: ` xmlns:xs="http://www.w3.org/2001/XMLSchema"`},
	{name: "ping", protocol: "samlp", assertion: "saml", sig: "ds", own: true, last: true, indent: "\n"},
	{name: "google", protocol: "saml2p", assertion: "saml2", sig: "ds", response: true, indent: "\n  "},
	{name: "keycloak", protocol: "samlp", assertion: "saml", sig: "dsig", response: true, own: true, declared: ` xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"`},
	{name: "saml11", protocol: "samlp", assertion: "-", sig: "-", own: true, response: true, saml11: true},
}

var prefixesOf = map[string][]string{
	"digest": {"http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512", "http://www.w3.org/2001/04/xmldsig-more#sha224", "http://www.w3.org/2001/04/xmldsig-more#md5"},
	"c14n": {xmldsig.ExclusiveC14N, xmldsig.ExclusiveC14N + "WithComments", xmldsig.CanonicalXML10, xmldsig.CanonicalXML10 + "#WithComments",
		xmldsig.CanonicalXML11, xmldsig.CanonicalXML11 + "#WithComments"},
}

const more = "http://www.w3.org/2001/04/xmldsig-more#"

// methods are the signature algorithms that libxmlsec1 1.2 has, by key.
var methods = map[string][]string{
	"rsa2048": {more + "rsa-sha256", xmldsig.Namespace + "rsa-sha1", more + "rsa-sha384", more + "rsa-sha512", more + "rsa-sha224", more + "rsa-md5"},
	"rsa1024": {more + "rsa-sha256", xmldsig.Namespace + "rsa-sha1"},
	"rsa512":  {more + "rsa-sha256", xmldsig.Namespace + "rsa-sha1"},
	"p256":    {more + "ecdsa-sha256", more + "ecdsa-sha1", more + "ecdsa-sha512", more + "ecdsa-sha224"},
	"p384":    {more + "ecdsa-sha384", more + "ecdsa-sha256"},
	"p521":    {more + "ecdsa-sha512", more + "ecdsa-sha1"},
	"dsa":     {xmldsig.Namespace + "dsa-sha1", xmldsig.Namespace11 + "dsa-sha256"},
}

// newMessage makes the document of a seed. With an xmlsec, half of them are
// signed by it, through file.
func newMessage(seed uint64, x *xmlsec, file string) (*message, error) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 3))}
	text, declaration := g.message()
	key := sign.MustKey(pick(g, "rsa2048", "rsa2048", "rsa2048", "rsa1024", "rsa512", "p256", "p384", "p521", "dsa"))
	for strings.Contains(text, "@method@") {
		method := pick(g, methods[key.Name]...)
		text = strings.Replace(text, "@method@", method, 1)
		g.class("method %s", method[strings.LastIndexByte(method, '#')+1:])
	}
	count := strings.Count(text, "SignatureValue>") / 2
	encoding := pick(g, "UTF-8", "UTF-8", "UTF-8", "UTF-8", "ISO-8859-1", "UTF-16LE", "UTF-16BE")
	if !declaration {
		encoding = "UTF-8"
	}
	g.class("encoding %s", encoding)
	text = strings.Replace(text, "@encoding@", strings.TrimRight(encoding, "LBE"), 1)

	var src []byte
	if x != nil && g.chance(30) {
		g.class("signed by xmlsec1")
		src = transcode(text, encoding)
		order, err := sign.Order(text)
		if err != nil {
			return nil, err
		}
		for _, n := range order {
			if err := os.WriteFile(file, src, 0o600); err != nil {
				return nil, err
			}
			if src, err = x.sign(file, n, key); err != nil {
				return nil, fmt.Errorf("signing with xmlsec1: %w", err)
			}
		}
		text = plain(src, encoding)
		encoding = encodingOf(src, encoding)
	} else {
		g.class("signed by us")
		var err error
		if text, err = sign.Document(text, key); err != nil {
			return nil, fmt.Errorf("signing: %w\n%s", err, text)
		}
	}
	if g.chance(70) {
		text = g.mutate(text)
	} else {
		g.class("mutation none")
	}
	if g.chance(4) {
		g.class("wrong key")
		key = sign.MustKey(pick(g, "other", "rsa1024", "p256"))
	}
	return &message{source: transcode(text, encoding), signatures: count, verifyKey: key, classes: g.classes}, nil
}

// encodingOf is how xmlsec1 wrote the document.
func encodingOf(src []byte, asked string) string {
	switch {
	case len(src) > 1 && src[0] == 0xff && src[1] == 0xfe:
		return "UTF-16LE"
	case len(src) > 1 && src[0] == 0xfe && src[1] == 0xff:
		return "UTF-16BE"
	case asked == "ISO-8859-1":
		return asked
	}
	return "UTF-8"
}

func transcode(text, encoding string) []byte {
	switch encoding {
	case "ISO-8859-1":
		var b []byte
		for _, r := range text {
			if r > 0xff {
				b = fmt.Appendf(b, "&#%d;", r) // only ever in content
			} else {
				b = append(b, byte(r))
			}
		}
		return b
	case "UTF-16LE", "UTF-16BE":
		var b []byte
		for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(text))...) {
			if encoding == "UTF-16LE" {
				b = append(b, byte(u), byte(u>>8))
			} else {
				b = append(b, byte(u>>8), byte(u))
			}
		}
		return b
	}
	return []byte(text)
}

func plain(src []byte, encoding string) string {
	switch encodingOf(src, encoding) {
	case "ISO-8859-1":
		r := make([]rune, len(src))
		for i, b := range src {
			r[i] = rune(b)
		}
		return string(r)
	case "UTF-16LE", "UTF-16BE":
		var units []uint16
		for i := 2; i+1 < len(src); i += 2 {
			if src[0] == 0xff {
				units = append(units, uint16(src[i])|uint16(src[i+1])<<8)
			} else {
				units = append(units, uint16(src[i])<<8|uint16(src[i+1]))
			}
		}
		return string(utf16.Decode(units))
	}
	return string(src)
}

// name puts a prefix before a local name.
func name(prefix, local string) string {
	if prefix == "-" {
		return local
	}
	return prefix + ":" + local
}

func declare(prefix, uri string) string {
	if prefix == "-" {
		return ` xmlns="` + uri + `"`
	}
	return ` xmlns:` + prefix + `="` + uri + `"`
}

// message is a Response with templates for its signatures.
func (g *generator) message() (text string, declaration bool) {
	s := styles[g.IntN(len(styles))]
	g.class("style %s", s.name)
	if g.chance(10) {
		s.sig = pick(g, "-", "ds", "x", "SignaturePrefix-1.é")
	}
	version, id := "2.0", "ID"
	if s.saml11 {
		version, id = "1.0", "ResponseID"
	}
	protocol, assertion := "urn:oasis:names:tc:SAML:"+version+":protocol", "urn:oasis:names:tc:SAML:"+version+":assertion"
	nl := s.indent
	if nl == "" && g.chance(30) {
		nl = pick(g, "\n", "\r\n", "\n\t", " ", "\r")
		g.class("line ends %q", nl)
	}

	var b strings.Builder
	put := func(parts ...string) {
		for _, p := range parts {
			b.WriteString(p)
		}
		b.WriteString(nl)
	}
	if declaration = g.chance(50); declaration {
		b.WriteString(`<?xml version="1.0" encoding="@encoding@"?>` + nl)
	}
	if g.chance(10) {
		b.WriteString(g.misc() + nl)
	}
	response := g.template(s, "_r1")
	own := g.template(s, "_a1")
	put("<", name(s.protocol, "Response"), declare(s.protocol, protocol), s.declared, ` `, id, `="_r1" Version="2.0"`, g.attributes(s.declared), ">")
	put(g.issuer(s, declare(s.assertion, assertion)))
	if s.response && !s.last {
		put(response)
	}
	put("<", name(s.protocol, "Status"), "><", name(s.protocol, "StatusCode"), ` Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>`, "</", name(s.protocol, "Status"), ">")
	if s.saml11 {
		id = "AssertionID"
	}
	put("<", name(s.assertion, "Assertion"), declare(s.assertion, assertion), ` `, id, `="_a1"`, g.attributes(), ">")
	put(g.issuer(s, ""))
	if s.own && !s.last {
		put(own)
	}
	put(g.content(s))
	if s.own && s.last {
		put(own)
	}
	put("</", name(s.assertion, "Assertion"), ">")
	if s.response && s.last {
		put(response)
	}
	b.WriteString("</" + name(s.protocol, "Response") + ">")
	if g.chance(10) {
		b.WriteString(nl + g.misc())
	}
	return b.String(), declaration
}

func (g *generator) issuer(s style, declared string) string {
	return "<" + name(s.assertion, "Issuer") + declared + ">https://idp.example.com/" + g.text() + "</" + name(s.assertion, "Issuer") + ">"
}

func (g *generator) misc() string {
	return pick(g, "<!-- out -->", "<?out side?>", "<?x?>", "<!--é--><?y  z ?>")
}

// template is a Signature to be.
func (g *generator) template(s style, id string) string {
	t := sign.Template{URI: "#" + id, Prefix: s.sig, SignatureMethod: "@method@", Prefixes: s.prefixes}
	if g.chance(30) {
		t.CanonicalizationMethod = pick(g, prefixesOf["c14n"]...)
	}
	if g.chance(50) {
		t.DigestMethod = pick(g, prefixesOf["digest"]...)
	}
	c14n := xmldsig.ExclusiveC14N
	if g.chance(50) {
		c14n = pick(g, prefixesOf["c14n"]...)
	}
	t.Transforms = []string{xmldsig.TransformEnveloped, c14n}
	g.class("c14n %s", c14n[strings.LastIndexByte(c14n, '/')+1:])
	if g.chance(15) {
		t.Prefixes = pick(g, "#default", "xs saml #default", "ds samlp", "none", "xs ", " xs", "a  saml", "xsi xs p q", "xml", "")
		g.class("PrefixList %q", t.Prefixes)
	}
	if g.chance(10) {
		t.SignedInfoPrefixes = pick(g, "#default", "xs saml #default", "saml samlp", "ds", "xsi", "p")
		g.class("PrefixList on CanonicalizationMethod")
	}
	if g.chance(25) {
		t.Indent = pick(g, "\n", "\n  ", "\n\t", "\r\n", "<!--c-->", " ")
		g.class("indented Signature %q", t.Indent)
	}
	if g.chance(20) {
		switch g.IntN(12) {
		case 0:
			t.Transforms = []string{xmldsig.TransformEnveloped}
		case 1:
			t.Transforms = []string{xmldsig.TransformEnveloped, xmldsig.ExclusiveC14N, c14n}
		case 2:
			t.Transforms = []string{xmldsig.TransformEnveloped, pick(g, prefixesOf["c14n"]...), pick(g, prefixesOf["c14n"]...)}
		case 3:
			t.Transforms = []string{xpath("not(ancestor-or-self::p:Signature)"), c14n}
		case 4:
			t.Transforms = []string{xpath("count(ancestor-or-self::p:Signature | here()/ancestor::p:Signature[1]) &gt; count(ancestor-or-self::p:Signature)"), c14n}
		case 5:
			t.Transforms = []string{filter2("here()/ancestor::p:Signature[1]"), c14n}
		case 6:
			t.Transforms = []string{filter2("/descendant::p:Signature"), c14n}
		case 7, 8:
			p, _ := strings.CutSuffix(s.sig+":", "-:")
			t.URI, t.Objects = "#obj"+id, "<"+p+`Object Id="obj`+id+`">`+g.text()+"<!--o--></"+p+"Object>"
			t.Transforms = pick(g, nil, []string{c14n}, []string{xmldsig.TransformEnveloped, c14n}, []string{})
			t.NoTransforms = g.chance(30)
		case 9:
			p, _ := strings.CutSuffix(s.sig+":", "-:")
			t.URI, t.Objects = "#obj"+id, "<"+p+`Object Id="obj`+id+`">PGEg<!--c--> `+pick(g, "&#13;", "\t", "\r\n", "")+`eG1sbnM9InVybjpxIi8+`+"</"+p+"Object>"
			t.Transforms = pick(g, []string{xmldsig.TransformBase64}, []string{xmldsig.TransformBase64, c14n})
			g.class("transform base64")
		case 10, 11:
			t.Transforms = []string{c14n}
			t.URI = "#" + id + "none"
			t.Objects = "<o:O xmlns:o=\"" + xmldsig.Namespace + "\"/>"
			t.URI = "#" + id
			t.Transforms = []string{xmldsig.TransformEnveloped, xmldsig.TransformEnveloped, c14n}
			t.Objects = ""
		}
		g.class("transforms %d", len(t.Transforms))
	} else if g.chance(25) && id == "_r1" {
		switch g.IntN(5) {
		case 0:
			t.URI = ""
		case 1:
			t.NoURI = true
		case 2:
			t.URI = "#xpointer(/)"
		case 3:
			t.URI = "#xpointer(id('" + id + "'))"
		case 4:
			t.URI = "#xpointer( id( &quot;" + id + "&quot; ) )"
		}
		g.class("URI %q", t.URI)
	}
	if g.chance(20) {
		t.KeyInfo = "<KeyName>k</KeyName>"
	}
	return t.String()
}

func xpath(expression string) string {
	return `<p:Transform xmlns:p="` + xmldsig.Namespace + `" Algorithm="` + xmldsig.TransformXPath + `"><p:XPath>` + expression + "</p:XPath></p:Transform>"
}

func filter2(expression string) string {
	return `<p:Transform xmlns:p="` + xmldsig.Namespace + `" Algorithm="` + xmldsig.TransformXPathFilter2 + `"><f:XPath xmlns:f="` + xmldsig.TransformXPathFilter2 + `" Filter="subtract">` + expression + "</f:XPath></p:Transform>"
}

// attributes are oddities of the kind that start tags have.
func (g *generator) attributes(already ...string) string {
	var b strings.Builder
	seen := map[string]bool{}
	for g.chance(45) {
		a := pick(g,
			` xml:lang="en"`, ` xml:space="preserve"`, ` xml:base="http://base.example.com/a/b"`, ` xml:base="../c/"`, ` xml:base="d"`, ` xml:id="x`+strconv.Itoa(g.IntN(1e9))+`"`,
			` Z="1"`, ` a="2"`, ` B='"'`, " T=\"tab\tand\nline\"", " R=\"cr\r\nlf\"", ` C="&#9;&#10;&#13;&#x20;"`, ` E="&amp;&lt;&gt;&quot;&apos;é"`, ` L="a>b"`,
			` xmlns:p="urn:p" p:one="1"`, ` xmlns:q="urn:a" q:two="2"`, ` xmlns:unused="urn:unused"`, ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="t"`,
			` xmlns:u1="urn:u" u1:b="" Aa=""`, ` xmlns:n="urn:a%20b"`)
		local, _, _ := strings.Cut(strings.TrimSpace(a), "=")
		if !seen[local] && !slices.ContainsFunc(already, func(s string) bool { return strings.Contains(s, local+"=") }) {
			seen[local] = true
			b.WriteString(a)
			g.class("attribute %s", local)
		}
	}
	return b.String()
}

func (g *generator) text() string {
	t := pick(g, "plain", "plain", "plain", "é", "€ \U0001f600", "a&amp;b&lt;c&gt;d", "&#13;x", "&#10;", "<![CDATA[<a>&b]]>", "a<!--x-->b", "a<?pi data?>b", "x\r\ny\rz", "\t \n", "]]&gt;", "&#x9;&#xe9;&quot;", "'\"", "")
	if t != "plain" {
		g.class("text %q", t)
	}
	return t
}

// content is what an Assertion holds.
func (g *generator) content(s style) string {
	var b strings.Builder
	n := func(local string) string { return name(s.assertion, local) }
	b.WriteString("<" + n("Subject") + "><" + n("NameID") + g.attributes() + ">" + g.text() + "</" + n("NameID") + "></" + n("Subject") + ">")
	b.WriteString("<" + n("AttributeStatement") + ">")
	for i := range 1 + g.IntN(3) {
		fmt.Fprintf(&b, `<%s Name="a%d"><%s%s>%s</%[3]s></%[1]s>`, n("Attribute"), i, n("AttributeValue"),
			pick(g, "", g.attributes(), ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string"`), g.text())
	}
	b.WriteString("</" + n("AttributeStatement") + ">")
	if g.chance(40) {
		b.WriteString(g.nested(0))
	}
	return b.String()
}

// nested are elements with namespace declarations that shadow, repeat and undo
// each other.
func (g *generator) nested(depth int) string {
	if depth > 4 {
		return g.text()
	}
	p := pick(g, "", "p:", "q:", "p:")
	decl := pick(g, "", ` xmlns=""`, ` xmlns="urn:d"`, ` xmlns="urn:e"`)
	if p == "" {
		decl += pick(g, "", ` xmlns:p="urn:p"`)
	}
	if p == "p:" {
		decl += pick(g, ` xmlns:p="urn:p"`, ` xmlns:p="urn:p2"`)
	}
	if p == "q:" {
		decl += ` xmlns:q="urn:p"` + pick(g, "", ` xmlns:p="urn:p" p:a="1" b="2" q:c="3"`)
	}
	g.class("nested namespaces")
	var b strings.Builder
	fmt.Fprintf(&b, "<%se%s>", p, decl)
	for range g.IntN(3) {
		b.WriteString(g.nested(depth + 1))
	}
	fmt.Fprintf(&b, "</%se>", p)
	return b.String()
}
