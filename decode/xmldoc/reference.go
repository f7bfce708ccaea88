package xmldoc

import (
	"fmt"
	"strings"
)

// reference reads the reference at i, which ends before limit, into the arena
// and returns where it ends (productions 66 to 68).
func (p *parser) reference(i, limit int) (end int, ok bool) {
	if i+1 == len(p.s) {
		return 0, p.eof()
	}
	if p.s[i+1] == '#' {
		r, end, ok := p.charReference(i, limit)
		if ok {
			p.arena.writeRune(r)
		}
		return end, ok
	}
	name, end, ok := p.entityReference(i, limit)
	if !ok {
		return 0, false
	}
	if c := predefined(name); c != 0 {
		p.arena.writeByte(c)
		return end, true
	}
	code, why := p.entityCode(name)
	return 0, p.failf(i, code, "the entity reference %s %s", quote("&"+name+";"), why)
}

// entityCode says why a reference to a general entity that is not predefined
// cannot be resolved.
func (p *parser) entityCode(name string) (code, why string) {
	if p.entities[name] {
		return CodeEntityNotExpanded, "is declared in the DOCTYPE, but entities are never expanded here: write what it stands for"
	}
	if p.moreEntities {
		return CodeEntityNotExpanded, "may be declared outside the document, but external declarations are never read"
	}
	if fix, ok := htmlEntities[name]; ok {
		return CodeUndeclaredEntity, "is HTML, not XML: write " + fix + " instead; XML itself knows only &lt; &gt; &amp; &quot; and &apos;"
	}
	if known := strings.ToLower(name); known != name && predefined(known) != 0 {
		return CodeUndeclaredEntity, "is not declared: entity names are case-sensitive, write &" + known + ";"
	}
	return CodeUndeclaredEntity, "is not declared; XML itself knows only &lt; &gt; &amp; &quot; and &apos;, any other \"&\" must be written \"&amp;\""
}

// entityReference reads "&name;" at i without asking what it stands for.
func (p *parser) entityReference(i, limit int) (name string, end int, ok bool) {
	end = nameEnd(p.s[:limit], i+1)
	if end == len(p.s) {
		return "", 0, p.eof()
	}
	name = p.s[i+1 : end]
	if end == limit || p.s[end] != ';' || name == "" || badRune(name) >= 0 {
		return "", 0, p.failf(i, CodeBareAmpersand,
			`"&" begins a reference such as "&lt;", but %s is none; a literal "&" must be written "&amp;"`, quote(p.excerpt(i, 12)))
	}
	if strings.Contains(name, ":") {
		p.warnf(i+1, CodeColonInName, "the entity name %s must not contain a colon", quote(name))
	}
	return name, end + 1, true
}

// charReference reads "&#…;" at i (production 66).
func (p *parser) charReference(i, limit int) (r rune, end int, ok bool) {
	digits := i + 2
	base := rune(10)
	if digits < limit && p.s[digits] == 'x' {
		digits++
		base = 16
	}
	end = digits
	for ; end < limit; end++ {
		d := digit(p.s[end])
		if d >= base {
			break
		}
		if r <= 0x10FFFF {
			r = r*base + d
		}
	}
	switch {
	case end == len(p.s):
		return 0, 0, p.eof()
	case end == digits || end == limit || p.s[end] != ';':
		return 0, 0, p.failf(i, CodeBadCharReference, `a character reference has the form "&#60;" or "&#x3C;", found %s`, quote(p.excerpt(i, 12)))
	case !isChar(r):
		what := fmt.Sprintf("U+%04X", r)
		if r > 0x10FFFF {
			what = "beyond U+10FFFF"
		}
		return 0, 0, p.failf(i, CodeBadCharReference, "the character reference %s stands for %s, which is not allowed in XML 1.0, not even as a reference",
			quote(p.s[i:end+1]), what)
	}
	return r, end + 1, true
}

// digit is the value of a hexadecimal digit, or 16.
func digit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c - 'a' + 10)
	case c >= 'A' && c <= 'F':
		return rune(c - 'A' + 10)
	default:
		return 16
	}
}

// predefined is the character that an entity of section 4.6 stands for, or 0.
func predefined(name string) byte {
	switch name {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "quot":
		return '"'
	case "apos":
		return '\''
	default:
		return 0
	}
}

// htmlEntities are what people most often carry over from HTML, each with the
// reference to write instead.
var htmlEntities = map[string]string{
	"nbsp": "&#160;", "copy": "&#169;", "reg": "&#174;", "trade": "&#8482;",
	"euro": "&#8364;", "hellip": "&#8230;", "ndash": "&#8211;", "mdash": "&#8212;",
	"lsquo": "&#8216;", "rsquo": "&#8217;", "ldquo": "&#8220;", "rdquo": "&#8221;",
	"laquo": "&#171;", "raquo": "&#187;", "bull": "&#8226;", "middot": "&#183;",
	"auml": "&#228;", "ouml": "&#246;", "uuml": "&#252;", "Auml": "&#196;",
	"Ouml": "&#214;", "Uuml": "&#220;", "szlig": "&#223;", "eacute": "&#233;",
	"egrave": "&#232;", "agrave": "&#224;", "aacute": "&#225;", "ccedil": "&#231;",
	"ntilde": "&#241;", "oslash": "&#248;", "aring": "&#229;", "aelig": "&#230;",
	"iacute": "&#237;", "oacute": "&#243;", "uacute": "&#250;", "zwj": "&#8205;",
	"zwnj": "&#8204;", "shy": "&#173;",
}
