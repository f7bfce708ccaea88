package xmldoc

import (
	"strings"
	"unicode/utf8"
)

// doctype reads the document type declaration (productions 28 and 28b). What
// the internal subset declares is checked for its form only; of the general
// entities the names are remembered, to explain references to them.
func (p *parser) doctype() bool {
	start := p.pos
	p.pos += len("<!DOCTYPE")
	t := &Doctype{doc: p.d, start: uint32(start)}
	p.d.doctype = t // even if it is ill-formed further on
	ok := p.blank("after <!DOCTYPE")
	if ok {
		t.Name, ok = p.dtdName("the root element")
	}
	if !ok {
		return false
	}
	p.skipBlanks()
	if c := p.peek(); c == 'S' || c == 'P' {
		if t.PublicID, t.SystemID, ok = p.externalID(false); !ok {
			return false
		}
		p.moreEntities = true
		p.skipBlanks()
	}
	if p.peek() == '[' {
		p.pos++
		inside := p.pos
		if !p.internalSubset() {
			return false
		}
		t.Internal = p.s[inside : p.pos-1]
		p.skipBlanks()
	}
	if !p.expect('>', "the document type declaration") {
		return false
	}
	if p.d.standalone == "yes" {
		p.moreEntities = false // section 4.1, "Entity Declared"
	}
	t.end = uint32(p.pos)
	return true
}

// peek is the byte at p.pos, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos == len(p.s) {
		return 0
	}
	return p.s[p.pos]
}

// unexpected fails for what stands at p.pos.
func (p *parser) unexpected(expected string) bool {
	if p.pos == len(p.s) {
		return p.eof()
	}
	return p.failf(p.pos, CodeMalformedDoctype, "found %s in the document type declaration, expected %s", quote(p.excerpt(p.pos, 12)), expected)
}

func (p *parser) expect(c byte, what string) bool {
	if p.peek() != c {
		return p.unexpected(`"` + string(c) + `" to end ` + what)
	}
	p.pos++
	return true
}

// blank reads one or more blanks.
func (p *parser) blank(where string) bool {
	if p.pos == len(p.s) {
		return p.eof()
	}
	if !isBlank(p.s[p.pos]) {
		return p.failf(p.pos, CodeMissingBlank, "a blank is missing %s, found %s", where, quote(p.excerpt(p.pos, 12)))
	}
	p.skipBlanks()
	return true
}

// dtdName reads a Name inside the declaration.
func (p *parser) dtdName(what string) (string, bool) {
	start := p.pos
	end := nameEnd(p.s, start)
	if end == len(p.s) {
		return "", p.eof()
	}
	name := p.s[start:end]
	if name == "" {
		return "", p.unexpected("the name of " + what)
	}
	if bad := badRune(name); bad >= 0 {
		return "", p.badName(start, start+bad, what)
	}
	p.pos = end
	return name, true
}

// ncName reads a name that must not contain a colon.
func (p *parser) ncName(what string) (string, bool) {
	start := p.pos
	name, ok := p.dtdName(what)
	if ok && strings.Contains(name, ":") {
		p.warnf(start, CodeColonInName, "the name %s of %s must not contain a colon", quote(name), what)
	}
	return name, ok
}

// nmtoken reads production 7.
func (p *parser) nmtoken() bool {
	start := p.pos
	end := nameEnd(p.s, start)
	for i, r := range p.s[start:end] {
		if !isNameChar(r) {
			return p.badName(start, start+i, "a token")
		}
	}
	if end == start {
		return p.unexpected("a name token")
	}
	p.pos = end
	return true
}

// word reads a keyword, which may be none of those that are known.
func (p *parser) word() string {
	start := p.pos
	p.pos = nameEnd(p.s, start)
	return p.s[start:p.pos]
}

// quoted reads a literal in quotes without looking at what it holds.
func (p *parser) quoted(what string) (at int, value string, ok bool) {
	q := p.peek()
	if q != '"' && q != '\'' {
		return 0, "", p.unexpected(what + " in quotes")
	}
	at = p.pos + 1
	i := strings.IndexByte(p.s[at:], q)
	if i < 0 {
		return 0, "", p.eof()
	}
	p.pos = at + i + 1
	return at, p.s[at : at+i], true
}

// externalID reads production 75, and production 83 where a public identifier
// may stand alone.
func (p *parser) externalID(publicAlone bool) (publicID, systemID string, ok bool) {
	start := p.pos
	switch p.word() {
	case "SYSTEM":
	case "PUBLIC":
		if !p.blank("after PUBLIC") {
			return "", "", false
		}
		at, id, ok := p.quoted("a public identifier")
		if !ok {
			return "", "", false
		}
		if i := strings.IndexFunc(id, func(r rune) bool { return !isPubidChar(r) }); i >= 0 {
			return "", "", p.failf(at+i, CodeMalformedDoctype, "the character %s cannot stand in a public identifier", quote(id[i:i+1]))
		}
		publicID = id
		if publicAlone {
			blanks := p.pos
			p.skipBlanks()
			if c := p.peek(); c != '"' && c != '\'' {
				p.pos = blanks
				return publicID, "", true
			}
			p.pos = blanks
		}
	default:
		if p.pos < len(p.s) {
			p.pos = start
		}
		return "", "", p.unexpected("SYSTEM or PUBLIC")
	}
	if !p.blank("before a system identifier") {
		return "", "", false
	}
	_, systemID, ok = p.quoted("a system identifier")
	return publicID, systemID, ok
}

// isPubidChar is production 13.
func isPubidChar(r rune) bool {
	return r < utf8.RuneSelf && (nameBytes[r] != 0 || strings.ContainsRune(" \r\n'()+,/=?;!*#@$%", r))
}

// internalSubset reads to the "]" that ends it.
func (p *parser) internalSubset() bool {
	for {
		p.skipBlanks()
		rest := p.s[p.pos:]
		var ok bool
		switch {
		case strings.HasPrefix(rest, "]"):
			p.pos++
			return true
		case strings.HasPrefix(rest, "<!--"):
			ok = p.comment(false)
		case strings.HasPrefix(rest, "<?"):
			ok = p.pi(false)
		case strings.HasPrefix(rest, "<!["):
			ok = p.failf(p.pos, CodeMalformedDoctype, `a conditional section "<![" cannot stand in the internal subset of a DOCTYPE`)
		case strings.HasPrefix(rest, "<!"):
			ok = p.markupDeclaration()
		case strings.HasPrefix(rest, "%"):
			ok = p.parameterReference()
		case strings.HasPrefix("<!--", rest):
			ok = p.eof()
		default:
			ok = p.unexpected(`a declaration or "]"`)
		}
		if !ok {
			return false
		}
	}
}

func (p *parser) parameterReference() bool {
	start := p.pos
	p.pos++
	name, ok := p.dtdName("a parameter entity")
	if !ok {
		return false
	}
	if p.peek() != ';' {
		return p.unexpected(`";" after the name of a parameter entity`)
	}
	return p.failf(start, CodeEntityNotExpanded, "the parameter entity reference %s is not expanded: entities never are here", quote("%"+name+";"))
}

// markupDeclaration reads production 29 but for comments and processing
// instructions.
func (p *parser) markupDeclaration() bool {
	start := p.pos
	p.pos += len("<!")
	word := p.word()
	if p.pos == len(p.s) {
		return p.eof()
	}
	var read func() bool
	switch word {
	case "ELEMENT":
		read = p.elementDecl
	case "ATTLIST":
		read = p.attlistDecl
	case "ENTITY":
		read = p.entityDecl
	case "NOTATION":
		read = p.notationDecl
	default:
		p.pos = start
		return p.unexpected("<!ELEMENT, <!ATTLIST, <!ENTITY or <!NOTATION")
	}
	return p.blank("after <!"+word) && read() && p.expect('>', "<!"+word)
}
