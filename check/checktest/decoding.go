package checktest

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"net/url"
	"strings"
	"unicode/utf16"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func decodingCases() []Case {
	var all []Case
	all = append(all, base64Cases()...)
	all = append(all, compressionCases()...)
	all = append(all, completeCases()...)
	all = append(all, wellFormedCases()...)
	return append(all, doctypeCases()...)
}

func base64Cases() []Case {
	const rule = "base64"
	good := encode(Response())
	// short is a message whose base64 needs padding.
	short := Edit(Response(), "\n</samlp:Response>\n", "</samlp:Response>")
	for !strings.HasSuffix(encode(short), "==") {
		short += "\n"
	}
	raw := func(value string) string { return capture(exchange{body: "SAMLResponse=" + value}) }
	plus := Edit(Response(), "alex@example.com", "al\u00f8x>~>~>~@example.com")
	cases := []Case{
		{Name: "as-it-should-be", Want: check.StatusPass, Input: capture(exchange{body: posted(Response())}), Ext: "har"},
		{Name: "pasted", Want: check.StatusPass, Input: good + "\n", Ext: "txt"},
		{Name: "wrapped", Want: check.StatusPass, Input: wrap(good, 76, "\n"), Ext: "txt"},

		{Name: "text", Want: check.StatusFail, Reasons: []string{"not-base64"}, Input: raw(url.QueryEscape("?????????")), Ext: "har"},
		{Name: "hello-world", Want: check.StatusFail, Reasons: []string{"not-xml"}, Input: raw(url.QueryEscape(encode("Hello, world!"))), Ext: "har"},
		{Name: "xml-in-the-form", Want: check.StatusFail, Reasons: []string{"not-encoded"}, Input: capture(exchange{body: field("SAMLResponse", Response())}), Ext: "har"},
		{Name: "larger-than-the-limit", Want: check.StatusFail, Reasons: []string{"too-large"}, Input: good, Ext: "txt", Read: decode.Options{As: decode.KindBase64, MaxSize: 1000}},
		{Name: "percent-without-digits", Want: check.StatusFail, Reasons: []string{"bad-percent-encoding", "foreign-character"}, Input: raw(url.QueryEscape(good[:400]) + "%" + url.QueryEscape(good[400:])), Ext: "har"},
		{Name: "plus-signs-lost", Want: check.StatusFail, Reasons: []string{"blank-for-plus"}, Input: raw(Edit(encode(plus), "+", "+")), Ext: "har"},
		{Name: "blanks-inside", Want: check.StatusFail, Reasons: []string{"stray-blank"}, Input: raw(url.QueryEscape(good[:100] + " " + good[100:501] + "  " + good[501:])), Ext: "har"},
		{Name: "lines-joined", Want: check.StatusWarn, Reasons: []string{"blank-for-line-break"}, Input: strings.TrimSpace(wrap(good, 64, " ")), Ext: "txt"},
		{Name: "encoded-twice", Want: check.StatusFail, Reasons: []string{"percent-encoded"}, Input: raw(url.QueryEscape(url.QueryEscape(good))), Ext: "har"},
		{Name: "pasted-percent-encoded", Want: check.StatusWarn, Reasons: []string{"percent-encoded"}, Input: strings.ReplaceAll(url.QueryEscape(wrap(good, 76, "\n")), "%2B", "+"), Ext: "txt"},
		{Name: "html-line-breaks", Want: check.StatusFail, Reasons: []string{"html-escaped"}, Input: raw(url.QueryEscape(wrap(good, 76, "&#10;"))), Ext: "har"},
		{Name: "json-line-breaks", Want: check.StatusWarn, Reasons: []string{"json-escaped"}, Input: wrap(good, 76, `\n`), Ext: "txt"},
		{Name: "zero-width-space", Want: check.StatusWarn, Reasons: []string{"invisible-character"}, Input: good[:500] + "\u200b" + good[500:], Ext: "txt"},
		{Name: "in-quotes", Want: check.StatusWarn, Reasons: []string{"quoted"}, Input: `"` + good + `"`, Ext: "txt"},
		{Name: "name-in-value", Want: check.StatusFail, Reasons: []string{"name-in-value"}, Input: raw(url.QueryEscape("SAMLResponse=" + good)), Ext: "har"},
		{Name: "foreign-characters", Want: check.StatusFail, Reasons: []string{"foreign-character"}, Input: raw(url.QueryEscape(good[:500] + "**" + good[500:])), Ext: "har"},
		{Name: "url-safe", Want: check.StatusFail, Reasons: []string{"url-safe-alphabet"}, Input: raw(strings.NewReplacer("+", "-", "/", "_").Replace(encode(plus))), Ext: "har"},
		{Name: "character-too-many", Want: check.StatusFail, Reasons: []string{"incomplete-group"}, Input: raw(url.QueryEscape(strings.TrimRight(encode(short), "=") + "AAA")), Ext: "har"},
		{Name: "no-padding", Want: check.StatusFail, Reasons: []string{"padding-missing"}, Input: raw(url.QueryEscape(strings.TrimRight(encode(short), "="))), Ext: "har"},
		{Name: "half-the-padding", Want: check.StatusFail, Reasons: []string{"padding-wrong"}, Input: raw(url.QueryEscape(strings.TrimSuffix(encode(short), "="))), Ext: "har"},
		{Name: "goes-on", Want: check.StatusFail, Reasons: []string{"data-after-padding"}, Input: raw(url.QueryEscape(encode(short) + "AAAA")), Ext: "har"},
		{Name: "twice", Want: check.StatusFail, Reasons: []string{"base64-twice"}, Input: raw(url.QueryEscape(encode(good))), Ext: "har"},

		{Name: "cut-off", Want: check.StatusSkip, Input: good[:2047], Ext: "txt"},
		{Name: "empty", Want: check.StatusSkip, Input: raw(""), Ext: "har"},
		{Name: "xml", Want: check.StatusNA, Input: Response(), Ext: "xml"},
		{Name: "artifact", Want: check.StatusNA, Input: capture(exchange{method: "GET", url: ACS + "?SAMLart=" + url.QueryEscape(encode("\x00\x04\x00\x00"+strings.Repeat("s", 20)+strings.Repeat("h", 20)))}), Ext: "har"},
	}
	return ruled(rule, cases)
}

// ruled sets the rule of every case.
func ruled(rule string, cases []Case) []Case {
	for i := range cases {
		cases[i].Rule = rule
	}
	return cases
}

// wrap breaks s into lines of n characters, each ending in end.
func wrap(s string, n int, end string) string {
	var b strings.Builder
	for len(s) > n {
		b.WriteString(s[:n] + end)
		s = s[n:]
	}
	return b.String() + s + end
}

// inflatesTo100000 is an empty AuthnRequest of 100,000 line breaks, compressed:
// kept, because the compressor may change with Go.
const inflatesTo100000 = "7clBasJAFADQvaeQHMBqlx8VAt0U7EYPUIIMWEgm0ZmBHl/wFC7e2759GaZxib7VWz6ne0ulrv+nMZd4xaFrjxzzUP5K5GFKJeo1Lv3PKT4321gec52v89itv78O3e+uO64" +
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAt7X/KMM0LtG3esvndG+p1OMT"

// inflating is the stream of inflatesTo100000.
func inflating() string {
	stream, err := base64.StdEncoding.DecodeString(inflatesTo100000)
	if err != nil {
		panic(err)
	}
	return string(stream)
}

func compressionCases() []Case {
	const rule = "compression"
	form := func(compressed string) string {
		return capture(exchange{body: field("SAMLResponse", encode(compressed))})
	}
	query := func(compressed string) string {
		return "https://idp.example.net/slo?" + field("SAMLRequest", encode(compressed)) + "&RelayState=x"
	}
	stream := deflate(AuthnRequest())
	zlib := "\x78\x01" + stream + string(binary.BigEndian.AppendUint32(nil, adler32.Checksum([]byte(AuthnRequest()))))
	gzip := "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + stream +
		string(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(AuthnRequest()))), uint32(len(AuthnRequest()))))
	bomb := inflating()
	return ruled(rule, []Case{
		{Name: "plain-post", Want: check.StatusPass, Input: capture(exchange{body: posted(Response())}), Ext: "har"},
		{Name: "deflated-redirect", Want: check.StatusPass, Input: query(stream), Ext: "txt"},

		{Name: "deflated-post", Want: check.StatusFail, Reasons: []string{"deflate-in-post"}, Input: form(deflate(Response())), Ext: "har"},
		{Name: "plain-redirect", Want: check.StatusFail, Reasons: []string{"not-deflated"}, Input: query(AuthnRequest()), Ext: "txt"},
		{Name: "zlib", Want: check.StatusFail, Reasons: []string{"zlib-wrapped"}, Input: query(zlib), Ext: "txt"},
		{Name: "gzip", Want: check.StatusFail, Reasons: []string{"gzip-wrapped"}, Input: query(gzip), Ext: "txt"},
		// A first block that is sound, and a second of a type that does not exist.
		{Name: "damaged", Want: check.StatusFail, Reasons: []string{"deflate-corrupt"}, Input: query("\x00" + stream[1:] + "\x07\x07\x07\x07"), Ext: "txt"},
		{Name: "goes-on", Want: check.StatusFail, Reasons: []string{"data-after-deflate"}, Input: query(stream + "more"), Ext: "txt"},
		{Name: "beyond-the-limit", Want: check.StatusFail, Reasons: []string{"inflate-limit"}, Input: query(bomb), Ext: "txt", Read: decode.Options{MaxSize: 10_000}},

		{Name: "binding-unknown", Want: check.StatusSkip, Input: encode(Response()), Ext: "txt"},
		{Name: "not-base64", Want: check.StatusSkip, Input: capture(exchange{body: field("SAMLResponse", "?????????")}), Ext: "har"},
		{Name: "xml", Want: check.StatusNA, Input: Response(), Ext: "xml"},
	})
}

func completeCases() []Case {
	const rule = "complete"
	xml := Response()
	half := xml[:strings.Index(xml, "<saml:AttributeStatement>")+60]
	return ruled(rule, []Case{
		{Name: "whole", Want: check.StatusPass, Input: xml, Ext: "xml"},
		{Name: "broken-and-whole", Want: check.StatusPass, Input: Edit(xml, ">Alex<", ">Alex & Co<"), Ext: "xml"},

		{Name: "xml-cut-in-a-tag", Want: check.StatusFail, Reasons: []string{"truncated"}, Input: half, Ext: "xml"},
		{Name: "cut-at-2048", Want: check.StatusFail, Reasons: []string{"truncated"}, Input: encode(xml)[:2048], Ext: "txt"},
		{Name: "cut-in-a-form", Want: check.StatusFail, Reasons: []string{"truncated"}, Input: capture(exchange{body: posted(half)}), Ext: "har"},
		{Name: "cut-in-a-deflate-stream", Want: check.StatusFail, Reasons: []string{"truncated"},
			Input: "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(AuthnRequest())[:500])), Ext: "txt"},

		{Name: "stopped-before-the-end", Want: check.StatusSkip, Input: Edit(xml, ">Alex<", ">Alex & Co<")[:len(xml)-30], Ext: "xml"},
		{Name: "not-base64", Want: check.StatusSkip, Input: capture(exchange{body: field("SAMLResponse", "?????????")}), Ext: "har"},
	})
}

// wellFormedCases are one fixture for each error of package xmldoc. They are
// posted, so that the kind of input does not depend on what is wrong with it.
func wellFormedCases() []Case {
	const rule = "well-formed"
	xml := Response()
	broken := func(code string, pairs ...string) Case {
		return Case{Name: code, Want: check.StatusFail, Reasons: []string{code}, Input: posted(Edit(xml, pairs...)), Ext: "txt"}
	}
	whole := func(code, source string) Case {
		return Case{Name: code, Want: check.StatusFail, Reasons: []string{code}, Input: posted(source), Ext: "txt"}
	}
	limited := func(code string, limits xmldoc.Limits) Case {
		c := whole(code, xml)
		c.Read.Limits = limits
		return c
	}
	const (
		declaration = `<?xml version="1.0" encoding="UTF-8"?>`
		end         = "</samlp:Response>\n"
		name        = "alex@example.com</saml:NameID>"
		open        = "<samlp:Status>"
		conditions  = "<saml:Conditions "
	)
	cases := []Case{
		{Name: "sound", Want: check.StatusPass, Input: xml, Ext: "xml"},
		{Name: "utf-16", Want: check.StatusPass, Input: posted(utf16LE(Edit(xml, `"UTF-8"`, `"UTF-16"`))), Ext: "txt"},
		{Name: "latin-1", Want: check.StatusPass, Input: posted(Edit(xml, `"UTF-8"`, `"ISO-8859-1"`, ">Doe<", ">D\xf6<")), Ext: "txt"},

		whole(xmldoc.CodeMissingRoot, declaration+"<!-- nothing -->"),
		broken(xmldoc.CodeTextBefore, declaration+"\n", declaration+"\nResponse: "),
		broken(xmldoc.CodeTextAfter, end, end+"done"),
		broken(xmldoc.CodeSecondRoot, end, end+"<more/>"),
		broken(xmldoc.CodeMismatchedTag, "</samlp:Status>", "</samlp:Statu>"),
		broken(xmldoc.CodeUnexpectedEndTag, end, end+end),
		broken(xmldoc.CodeMalformedTag, "<samlp:Status>", "<samlp:Status /b>"),
		broken(xmldoc.CodeMalformedMarkup, open, open+"<!ELEMENT x>"),
		broken(xmldoc.CodeBareLessThan, name, "alex < alice</saml:NameID>"),
		broken(xmldoc.CodeBadName, conditions, "<saml:Conditions 1st=\"x\" "),
		broken(xmldoc.CodeMissingBlank, `" Destination=`, `"Destination=`),
		broken(xmldoc.CodeMissingValue, conditions, conditions+"checked "),
		broken(xmldoc.CodeUnquotedValue, ` Version="2.0" IssueInstant`, ` Version=2.0 IssueInstant`),
		broken(xmldoc.CodeLessThanInValue, `SessionIndex="_s1"`, `SessionIndex="<s1>"`),
		broken(xmldoc.CodeDuplicate, `SessionIndex="_s1"`, `SessionIndex="_s1" SessionIndex="_s2"`),
		broken(xmldoc.CodeUndeclaredPrefix, "<samlp:Status>", "<p:Status>", "</samlp:Status>", "</p:Status>"),
		broken(xmldoc.CodeBadQName, open, open+"<samlp:1/>"),
		broken(xmldoc.CodeColonInName, open, open+"<?a:b c?>"),
		broken(xmldoc.CodeBadNamespace, open, `<samlp:Status xmlns:x="">`),
		broken(xmldoc.CodeBareAmpersand, ">Alex<", ">Alex & Co<"),
		broken(xmldoc.CodeUndeclaredEntity, ">Alex<", ">Alex&nbsp;B<"),
		broken(xmldoc.CodeEntityNotExpanded, declaration, declaration+`<!DOCTYPE samlp:Response [<!ENTITY who "Alex">]>`, ">Alex<", ">&who;<"),
		broken(xmldoc.CodeBadCharReference, ">Alex<", ">Alex&#0;<"),
		broken(xmldoc.CodeIllegalCharacter, ">Alex<", ">Al\x01ex<"),
		broken(xmldoc.CodeCDATAEndInText, ">Alex<", ">Alex]]><"),
		broken(xmldoc.CodeCDATAOutside, end, end+"<![CDATA[x]]>"),
		broken(xmldoc.CodeDoubleHyphen, open, open+"<!-- a -- b -->"),
		broken(xmldoc.CodeMalformedPI, open, open+"<? x?>"),
		broken(xmldoc.CodeReservedTarget, open, open+"<?XML x?>"),
		broken(xmldoc.CodeLateDeclaration, declaration, "\n"+declaration),
		broken(xmldoc.CodeBadDeclaration, declaration, `<?xml encoding="UTF-8"?>`),
		broken(xmldoc.CodeUnsupportedVersion, declaration, `<?xml version="2.0" encoding="UTF-8"?>`),
		broken(xmldoc.CodeMisplacedDoctype, open, open+"<!DOCTYPE x>"),
		broken(xmldoc.CodeSecondDoctype, declaration, declaration+"<!DOCTYPE x><!DOCTYPE y>"),
		broken(xmldoc.CodeMalformedDoctype, declaration, declaration+"<!DOCTYPE >"),
		whole(xmldoc.CodeEncodingMismatch, utf16LE(xml)),
		broken(xmldoc.CodeUnsupportedEncoding, `"UTF-8"`, `"EBCDIC-DE"`),
		broken(xmldoc.CodeInvalidUTF8, ">Doe<", ">D\xf6<"),
		whole(xmldoc.CodeInvalidUTF16, utf16LE(Edit(xml, `"UTF-8"`, `"UTF-16"`))+"\x00\xdc"),
		broken(xmldoc.CodeInvalidByte, `"UTF-8"`, `"US-ASCII"`, ">Doe<", ">D\xf6<"),

		limited(xmldoc.CodeLimitBytes, xmldoc.Limits{Bytes: 1000}),
		limited(xmldoc.CodeLimitDepth, xmldoc.Limits{Depth: 2}),
		limited(xmldoc.CodeLimitAttributes, xmldoc.Limits{Attributes: 3}),
		limited(xmldoc.CodeLimitNodes, xmldoc.Limits{Nodes: 20}),

		{Name: "two-errors", Want: check.StatusFail, Reasons: []string{xmldoc.CodeDuplicate, xmldoc.CodeBareAmpersand}, Input: posted(Edit(xml, `SessionIndex="_s1"`, `SessionIndex="_s1" SessionIndex="_s2"`, ">Alex<", ">Alex & Co<")), Ext: "txt"},
		{Name: "copied-with-a-line-break-before", Want: check.StatusWarn, Reasons: []string{xmldoc.CodeLateDeclaration}, Input: "\n" + xml, Ext: "xml"},
		{Name: "saved-in-another-encoding", Want: check.StatusWarn, Reasons: []string{xmldoc.CodeEncodingMismatch}, Input: Edit(xml, `"UTF-8"`, `"UTF-16"`), Ext: "xml"},

		{Name: "cut-off", Want: check.StatusSkip, Input: xml[:2000], Ext: "xml"},
		{Name: "not-base64", Want: check.StatusSkip, Input: capture(exchange{body: field("SAMLResponse", "?????????")}), Ext: "har"},
	}
	return ruled(rule, cases)
}

// utf16LE is s in UTF-16 with a byte order mark.
func utf16LE(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func doctypeCases() []Case {
	const rule = "doctype"
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>`
	with := func(dtd string) string { return Edit(Response(), declaration, declaration+"\n"+dtd) }
	return ruled(rule, []Case{
		{Name: "none", Want: check.StatusPass, Input: Response(), Ext: "xml"},
		{Name: "external", Want: check.StatusFail, Reasons: []string{"dtd"}, Input: with(`<!DOCTYPE samlp:Response SYSTEM "saml.dtd">`), Ext: "xml"},
		{Name: "inside", Want: check.StatusFail, Reasons: []string{"dtd"}, Input: Edit(Response(), "<samlp:Status>", "<samlp:Status><!DOCTYPE x>"), Ext: "xml"},
		{Name: "entities", Want: check.StatusFail, Reasons: []string{"entity"}, Input: with(fmt.Sprintf("<!DOCTYPE samlp:Response [<!ENTITY x SYSTEM %q>]>", "file:///etc/hostname")), Ext: "xml"},
		{Name: "not-base64", Want: check.StatusSkip, Input: capture(exchange{body: field("SAMLResponse", "?????????")}), Ext: "har"},
	})
}
