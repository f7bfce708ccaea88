package xmldoc_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf16"
)

// generator makes documents that are well-formed most of the time, and breaks
// them on demand. The same seed gives the same documents.
type generator struct {
	*rand.Rand
	b      strings.Builder
	depth  int
	entity bool // &ent; is declared
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 20260304))}
}

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) put(parts ...string) {
	for _, p := range parts {
		g.b.WriteString(p)
	}
}

// document makes one document as it would be sent, and says how.
func (g *generator) document() (src []byte, how string) {
	encoding := pick(g, "", "", "", "UTF-8", "utf-8", "UTF-16", "UTF-16LE", "ISO-8859-1", "iso-8859-1", "windows-1252", "US-ASCII")
	text := g.text(encoding)
	how = "encoding " + encoding
	if g.chance(65) {
		for range 1 + g.IntN(3) {
			text = g.mutate(text)
		}
		how += ", mutated"
	}
	src = g.encode(text, encoding)
	if g.chance(8) && len(src) > 0 {
		at := g.IntN(len(src))
		src[at] = byte(g.IntN(256))
		how += fmt.Sprintf(", byte %d changed", at)
	}
	return src, how
}

func (g *generator) encode(text, encoding string) []byte {
	switch encoding {
	case "UTF-16", "UTF-16LE":
		var order binary.AppendByteOrder = binary.LittleEndian
		if encoding == "UTF-16" && g.chance(50) {
			order = binary.BigEndian
		}
		var out []byte
		units := utf16.Encode([]rune(text))
		if encoding == "UTF-16" || g.chance(50) {
			units = append([]uint16{0xFEFF}, units...)
		}
		for _, u := range units {
			out = order.AppendUint16(out, u)
		}
		return out
	case "ISO-8859-1", "iso-8859-1", "windows-1252", "US-ASCII":
		var out []byte
		for _, r := range text {
			switch {
			case r < 0x80 || r >= 0xA0 && r < 0x100 && encoding != "US-ASCII":
				out = append(out, byte(r))
			case r == '€' && encoding == "windows-1252":
				out = append(out, 0x80)
			default:
				out = fmt.Appendf(out, "&#%d;", r)
			}
		}
		return out
	}
	if g.chance(8) {
		return append([]byte("\xEF\xBB\xBF"), text...)
	}
	return []byte(text)
}

func (g *generator) text(encoding string) string {
	g.b.Reset()
	g.depth = 0
	if encoding != "" || g.chance(30) {
		q := pick(g, `"`, `'`)
		g.put("<?xml version=", q, pick(g, "1.0", "1.0", "1.0", "1.1"), q)
		if encoding != "" {
			g.put(pick(g, " ", "  ", "\n"), "encoding=", q, encoding, q)
		}
		if g.chance(20) {
			g.put(" standalone=", q, pick(g, "yes", "no"), q)
		}
		g.put(pick(g, "", " "), "?>")
	}
	g.misc()
	if g.chance(10) {
		g.doctype()
		g.misc()
	}
	g.element()
	g.misc()
	text := g.b.String()
	switch g.IntN(8) {
	case 0:
		text = strings.ReplaceAll(text, "\n", "\r\n")
	case 1:
		text = strings.ReplaceAll(text, "\n", "\r")
	}
	return text
}

func (g *generator) misc() {
	for g.chance(35) {
		switch g.IntN(4) {
		case 0:
			g.comment()
		case 1:
			g.pi()
		default:
			g.put(pick(g, "\n", " ", "\t"))
		}
	}
}

func (g *generator) comment() {
	g.put("<!--", pick(g, "", " a comment ", "- <b>&amp;&nope;", "é\n\t]]>", " -"), " -->")
}

func (g *generator) pi() {
	g.put("<?", pick(g, "target", "xml-stylesheet", "p", "é"), pick(g, "", " ", " data", "  a='1'?", "\ndata <&> "), "?>")
}

func (g *generator) doctype() {
	g.put("<!DOCTYPE ", pick(g, "Response", "a", "p:a"), pick(g, "", " "))
	if g.chance(75) {
		g.put("[")
		for range g.IntN(4) {
			g.put(pick(g,
				"\n", " ", "<!-- c -->", "<?pi in subset?>",
				"<!ELEMENT a EMPTY>", "<!ELEMENT b ANY >", "<!ELEMENT c (#PCDATA)>", "<!ELEMENT d (#PCDATA|a|b)*>",
				"<!ELEMENT e (a,(b|c)*,d?)+>", "<!ELEMENT f ( a | b )>", "<!ELEMENT g (a)>",
				"<!ATTLIST zz x CDATA #IMPLIED>", "<!ATTLIST zz y (one|two) #IMPLIED z NMTOKEN #REQUIRED>", "<!ATTLIST zz>",
				"<!ATTLIST zz v CDATA 'a&lt;b&#10;c'>", "<!ATTLIST zz n NOTATION (gif) #IMPLIED>", `<!ATTLIST zz f CDATA #FIXED "x">`,
				"<!ENTITY ent 'value &amp; &#38; more'>", `<!ENTITY ext SYSTEM "file.xml">`, `<!ENTITY un PUBLIC "-//x" "file.gif" NDATA gif>`,
				"<!ENTITY % pe 'x'>", `<!NOTATION gif PUBLIC "image/gif">`, "<!NOTATION n2 SYSTEM 'x'>", `<!NOTATION n3 PUBLIC "p" 's'>`,
			))
		}
		if g.chance(30) {
			g.entity = true
			g.put("<!ENTITY ent 'declared'>")
		}
		g.put("]", pick(g, "", " "))
	}
	g.put(">")
}

func (g *generator) element() {
	g.depth++
	name := pick(g, "a", "b", "c:d", "p:a", "p:b", "saml:Issuer", "samlp:Response", "é", "x.y-z_1", "p:é")
	g.put("<", name)
	declared := map[string]bool{}
	declare := func(prefix, uri string) {
		if declared[prefix] {
			return
		}
		declared[prefix] = true
		if prefix != "" {
			prefix = ":" + prefix
		}
		g.put(pick(g, " ", "\n  ", "\t"), "xmlns", prefix, pick(g, "=", " = "), `"`, uri, `"`)
	}
	uris := []string{"urn:a", "urn:b", "urn:oasis:names:tc:SAML:2.0:assertion", "http://example.com/?a=1&amp;b=2"}
	if g.depth == 1 {
		for _, p := range []string{"p", "q", "c", "saml", "samlp", "xsi"} {
			if !g.chance(4) {
				declare(p, pick(g, uris...))
			}
		}
	}
	for g.chance(20) {
		declare(pick(g, "", "", "p", "q", "new", "saml"), pick(g, uris...))
	}
	if g.chance(6) {
		declare("", "")
	}
	if g.chance(2) {
		declare("xml", "http://www.w3.org/XML/1998/namespace")
	}
	used := map[string]bool{}
	for g.chance(45) {
		attr := pick(g, "a", "b", "ID", "p:a", "q:a", "xsi:type", "xml:lang", "xml:space", "é", "Destination")
		if used[attr] && !g.chance(3) {
			continue
		}
		used[attr] = true
		q := pick(g, `"`, `'`)
		g.put(pick(g, " ", " ", "\n", "\t "), attr, pick(g, "=", "=", " =\n"), q, g.value(), q)
	}
	g.put(pick(g, "", "", " ", "\n"))
	if g.chance(25) {
		g.put("/>")
		g.depth--
		return
	}
	g.put(">")
	for range g.IntN(6) {
		switch g.IntN(9) {
		case 0, 1, 2:
			if g.depth < 8 {
				g.element()
			}
		case 3:
			g.put("<![CDATA[", pick(g, "", "x < y & z", "]]", "\n\r\n&amp;", "é]"), "]]>")
		case 4:
			g.comment()
		case 5:
			g.pi()
		default:
			g.put(g.characters())
		}
		if g.entity && g.chance(5) {
			g.put("&ent;")
		}
	}
	g.put("</", name, pick(g, "", "", " ", "\n"), ">")
	g.depth--
}

func (g *generator) value() string {
	var s strings.Builder
	for range g.IntN(4) {
		s.WriteString(pick(g, "abc", "", " ", "\t", "\n", "&#10;", "&#xD;", "&#9;", "&lt;", "&amp;", "&quot;", "&apos;", ">", "é€", "𝄞",
			"https://sp.example.com/acs?a=1&amp;b=2", "\r\n", "a]]>b", "&#x10FFFF;", "0123456789abcdef0123456789abcdef"))
	}
	return s.String()
}

func (g *generator) characters() string {
	var s strings.Builder
	for range 1 + g.IntN(3) {
		s.WriteString(pick(g, "text", " ", "\n  ", "\r\n", "\r", "&#13;", "&lt;&gt;", "&amp;", "]] >", "]]&gt;", `"'`, "é€", "𝄞", "\u2028", "&#x85;", "\t", "--", "user@example.com"))
	}
	return s.String()
}

// mutate breaks a document in one of the ways documents get broken.
func (g *generator) mutate(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	at := g.IntN(len(r))
	end := min(len(r), at+1+g.IntN(6))
	join := func(parts ...[]rune) string {
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(string(p))
		}
		return b.String()
	}
	switch g.IntN(8) {
	case 0: // delete
		return join(r[:at], r[end:])
	case 1: // repeat
		return join(r[:end], r[at:])
	case 2: // truncate
		if g.chance(30) {
			return join(r[:at])
		}
		return join(r[:at], r[min(len(r), at+1):])
	case 3: // swap two neighbours
		if at+1 < len(r) {
			return join(r[:at], r[at+1:at+2], r[at:at+1], r[at+2:])
		}
		return s
	default: // something that does not belong
		token := pick(g, "<", ">", "&", "\"", "'", "/", "=", " ", ":", "-", "]", "]]>", "--", "?>", "<!--", "-->", "<![CDATA[",
			"&nbsp;", "&#0;", "&#x1F;", "&#xD800;", "&#xFFFE;", "&#;", "&#x;", "&#12", "&amp", "&lt;", "&ent;", "&#1114112;", "&#65;",
			"<a>", "</a>", "<a/>", "<p:a/>", "<undeclared:a/>", "<:a/>", "<a:/>", "<a:b:c/>", "<p:1/>", "<1/>",
			" a='1'", " a='1' a='2'", " p:a='1' q:a='2'", " xmlns='urn:c'", " xmlns:p=''", " xmlns:xml='urn:x'", " xmlns:xmlns='urn:x'",
			" xmlns:z='http://www.w3.org/XML/1998/namespace'", " xmlns='http://www.w3.org/2000/xmlns/'", " zz:a='1'", " a=1", " a",
			"<?xml version='1.0'?>", "<?XML x?>", "<?a:b?>", "<??>", "<?p", "<!DOCTYPE a>", "<!ENTITY x 'y'>", "<!", "<!D", "%pe;",
			"\u00A0", "\u0001", "\u007F", "\uFFFE", "\uFFFF", "\u0000", "\u2028", "\u0300", "\u00B7", "é", "\r", "\n", "\t", "x")
		if g.chance(50) {
			end = at // insert rather than replace
		}
		return join(r[:at], []rune(token), r[end:])
	}
}
