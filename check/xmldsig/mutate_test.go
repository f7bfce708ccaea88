package xmldsig_test

import (
	"cmp"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
)

// mutate changes a signed document in one way.
func (g *generator) mutate(text string) string {
	type mutation struct {
		name string
		do   func(string) string
	}
	replace := func(old, by string) func(string) string {
		return func(s string) string {
			n := strings.Count(s, old)
			if n == 0 {
				return s
			}
			at := 0
			for range 1 + g.IntN(n) {
				at += strings.Index(s[at:], old) + len(old)
			}
			return s[:at-len(old)] + by + s[at:]
		}
	}
	inside := func(element string, change func(string) string) func(string) string {
		return func(s string) string {
			for range 1 + g.IntN(2) {
				_, rest, ok := strings.Cut(s, element+">")
				if !ok {
					return s
				}
				content, _, ok := strings.Cut(rest, "<")
				if !ok || content == "" {
					return s
				}
				at := len(s) - len(rest)
				s = s[:at] + change(content) + s[at+len(content):]
				if g.chance(50) {
					break
				}
			}
			return s
		}
	}
	flip := func(s string) string {
		i := g.IntN(len(s))
		return s[:i] + pick(g, "A", "b", "7", "+", "=", "!", " ", "") + s[i+1:]
	}
	m := pick(g,
		mutation{"content", replace("urn:oasis:names:tc:SAML:2.0:status:Success", "urn:oasis:names:tc:SAML:2.0:status:Responder")},
		mutation{"attribute value", replace(`Name="a0"`, `Name="b0"`)},
		mutation{"white space", replace("</", "\n</")},
		mutation{"white space", replace("><", "> <")},
		mutation{"tag white space", replace("/>", " />")},
		mutation{"comment", replace("><", "><!--new--><")},
		mutation{"processing instruction", replace("><", "><?new pi?><")},
		mutation{"empty element form", replace(`"/>`, `"></`+"x>")},
		mutation{"attribute quotes", replace(`Version="2.0"`, `Version='2.0'`)},
		mutation{"attribute moved", replace(` Version="2.0"`, "\n Version = \"2.0\"")},
		mutation{"attribute added", replace(` Version=`, ` Added="1" Version=`)},
		mutation{"namespace added", replace(` Version=`, ` xmlns:added="urn:added" Version=`)},
		mutation{"xml:lang added", replace(` Version=`, ` xml:lang="xx" Version=`)},
		mutation{"line ends", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
		mutation{"line ends", func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }},
		mutation{"entity form", replace("e", "&#101;")},
		mutation{"digest", inside("DigestValue", flip)},
		mutation{"digest comment", inside("DigestValue", func(s string) string { return s[:len(s)/2] + "<!--x-->" + s[len(s)/2:] })},
		mutation{"digest replaced", inside("DigestValue", func(string) string { return "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" })},
		mutation{"value", inside("SignatureValue", flip)},
		mutation{"value cut", inside("SignatureValue", func(s string) string { return s[:len(s)-1-g.IntN(min(40, len(s)))] })},
		mutation{"value cut to octets", inside("SignatureValue", func(s string) string { return strings.TrimSpace(s)[:len(strings.TrimSpace(s))/4*4-4*g.IntN(5)] })},
		mutation{"value spaced", inside("SignatureValue", func(s string) string { return s[:len(s)/2] + pick(g, " ", "\n", "&#13;", "\u00a0") + s[len(s)/2:] })},
		mutation{"value twice", inside("SignatureValue", func(s string) string { return s + s })},
		mutation{"signed info white space", replace("Reference>", "Reference> ")},
		mutation{"signed info comment", replace("DigestValue><", "DigestValue><!--c--><")},
		mutation{"URI", replace(`URI="#_r1"`, pick(g, `URI="#_a1"`, `URI=""`, ``, `URI="#nowhere"`, `URI="#xpointer(/)"`, `URI="#xpointer(id('_r1'))"`, `URI="#"`, `URI="cid:x"`))},
		mutation{"URI", replace(`URI="#_a1"`, pick(g, `URI="#_r1"`, `URI=""`, ``, `URI="#nowhere"`, `URI="#xpointer(id('_a1'))"`, `URI="#_a1 "`))},
		mutation{"algorithm", replace("xml-exc-c14n#", "xml-exc-c14n#WithComments")},
		mutation{"algorithm", replace("xml-exc-c14n#\"", "xml-exc-c14n\"")},
		mutation{"algorithm", replace(xmldsig.ExclusiveC14N, xmldsig.CanonicalXML10)},
		mutation{"algorithm", replace("#enveloped-signature", pick(g, "#base64", "#unknown", "#enveloped-signatures"))},
		mutation{"algorithm", replace("sha256", pick(g, "sha1", "sha512", "sha257"))},
		mutation{"algorithm", replace("rsa-sha256", pick(g, "rsa-sha512", "rsa-sha384", "ecdsa-sha256", "hmac-sha256"))},
		mutation{"algorithm", replace(" Algorithm=", " algorithm=")},
		mutation{"PrefixList", replace(`PrefixList="`, `PrefixList="saml2 `)},
		mutation{"PrefixList", replace(`PrefixList=`, `prefixlist=`)},
		mutation{"second SignedInfo", func(s string) string { return duplicate(s, "SignedInfo") }},
		mutation{"second Reference", func(s string) string { return duplicate(s, "Reference") }},
		mutation{"second DigestValue", func(s string) string { return duplicate(s, "DigestValue") }},
		mutation{"second SignatureValue", func(s string) string { return duplicate(s, "SignatureValue") }},
		mutation{"element removed", func(s string) string {
			return remove(s, pick(g, "SignedInfo", "DigestValue", "Transforms", "SignatureValue", "Reference"))
		}},
		mutation{"foreign element", replace("DigestValue><", "DigestValue><foreign/><")},
		mutation{"foreign element", replace("SignatureValue><", "SignatureValue><foreign/><")},
		mutation{"ID changed", replace(`"_a1"`, `"_a2"`)},
		mutation{"ID twice", replace(`"_a1"`, `"_r1"`)},
		mutation{"DSIG namespace", replace(xmldsig.Namespace+`"`, `http://www.w3.org/2000/09/xmldsig"`)},
		mutation{"relative namespace", replace(` Version=`, ` xmlns:rel="relative" Version=`)},
	)
	g.class("mutation %s", m.name)
	return cmp.Or(m.do(text), text)
}

// element finds the first element of that local name, however prefixed.
func element(s, local string) (start, end int, ok bool) {
	for at := 0; ; {
		i := strings.Index(s[at:], local)
		if i < 0 {
			return 0, 0, false
		}
		at += i
		start = strings.LastIndexByte(s[:at], '<')
		tag := s[start+1 : at+len(local)]
		at += len(local)
		if start < 0 || strings.ContainsAny(tag, "/ >\"") || !strings.ContainsAny(s[at:at+1], " >") {
			continue
		}
		if i := strings.Index(s[at:], "</"+tag+">"); i >= 0 {
			return start, at + i + len("</"+tag+">"), true
		}
	}
}

func duplicate(s, local string) string {
	start, end, ok := element(s, local)
	if !ok {
		return s
	}
	return s[:end] + s[start:end] + s[end:]
}

func remove(s, local string) string {
	start, end, ok := element(s, local)
	if !ok {
		return s
	}
	return s[:start] + s[end:]
}
