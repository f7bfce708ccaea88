package xmldoc

import "strings"

// elementDecl reads production 45 from the name on.
func (p *parser) elementDecl() bool {
	if _, ok := p.dtdName("an element"); !ok || !p.blank("after the name of an element") {
		return false
	}
	if p.peek() == '(' {
		if !p.contentModel() {
			return false
		}
		p.skipBlanks()
		return true
	}
	start := p.pos
	if w := p.word(); w != "EMPTY" && w != "ANY" {
		if p.pos < len(p.s) {
			p.pos = start
		}
		return p.unexpected(`EMPTY, ANY or "("`)
	}
	p.skipBlanks()
	return true
}

// contentModel reads productions 47 to 51. The stack holds the separator of
// each open group, 0 while it is not known.
func (p *parser) contentModel() bool {
	p.pos++
	p.skipBlanks()
	if p.peek() == '#' {
		return p.mixed()
	}
	for groups := []byte{0}; ; {
		p.skipBlanks()
		if p.peek() == '(' {
			p.pos++
			groups = append(groups, 0)
			continue
		}
		if _, ok := p.dtdName("an element"); !ok {
			return false
		}
		p.occurrence()
		for next := false; !next; {
			p.skipBlanks()
			switch c := p.peek(); c {
			case ')':
				p.pos++
				p.occurrence()
				groups = groups[:len(groups)-1]
				if len(groups) == 0 {
					return true
				}
			case '|', ',':
				top := &groups[len(groups)-1]
				if *top != 0 && *top != c {
					return p.unexpected(`the same separator as before, "|" or ",", within a group`)
				}
				*top = c
				p.pos++
				next = true
			default:
				return p.unexpected(`"|", "," or ")" in a content model`)
			}
		}
	}
}

func (p *parser) occurrence() {
	if c := p.peek(); c == '?' || c == '*' || c == '+' {
		p.pos++
	}
}

// mixed reads production 51 from "#PCDATA" on.
func (p *parser) mixed() bool {
	start := p.pos
	p.pos++
	if p.word() != "PCDATA" {
		if p.pos < len(p.s) {
			p.pos = start
		}
		return p.unexpected("#PCDATA")
	}
	for names := false; ; names = true {
		p.skipBlanks()
		switch p.peek() {
		case ')':
			p.pos++
			if p.peek() == '*' {
				p.pos++
			} else if names {
				return p.unexpected(`"*" after a group that mixes #PCDATA and elements`)
			}
			return true
		case '|':
			p.pos++
			p.skipBlanks()
			if _, ok := p.dtdName("an element"); !ok {
				return false
			}
		default:
			return p.unexpected(`"|" or ")" after #PCDATA`)
		}
	}
}

// attlistDecl reads production 52 from the name on.
func (p *parser) attlistDecl() bool {
	if _, ok := p.dtdName("an element"); !ok {
		return false
	}
	for {
		before := p.pos
		p.skipBlanks()
		if p.peek() == '>' {
			return true
		}
		if p.pos == before {
			return p.blank("before the name of an attribute")
		}
		if _, ok := p.dtdName("an attribute"); !ok {
			return false
		}
		if !p.blank("after the name of an attribute") || !p.attType() ||
			!p.blank("after the type of an attribute") || !p.defaultDecl() {
			return false
		}
	}
}

// attType reads production 54.
func (p *parser) attType() bool {
	if p.peek() == '(' {
		return p.enumeration(p.nmtoken)
	}
	start := p.pos
	switch p.word() {
	case "CDATA", "ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES", "NMTOKEN", "NMTOKENS":
		return true
	case "NOTATION":
		if !p.blank("after NOTATION") {
			return false
		}
		if p.peek() != '(' {
			return p.unexpected(`"("`)
		}
		return p.enumeration(func() bool {
			_, ok := p.dtdName("a notation")
			return ok
		})
	}
	if p.pos < len(p.s) {
		p.pos = start
	}
	return p.unexpected("the type of an attribute, such as CDATA")
}

// enumeration reads "(item | item …)".
func (p *parser) enumeration(item func() bool) bool {
	for {
		p.pos++ // "(" or "|"
		p.skipBlanks()
		if !item() {
			return false
		}
		p.skipBlanks()
		switch p.peek() {
		case '|':
		case ')':
			p.pos++
			return true
		default:
			return p.unexpected(`"|" or ")" in an enumeration`)
		}
	}
}

// defaultDecl reads production 60.
func (p *parser) defaultDecl() bool {
	if p.peek() == '#' {
		start := p.pos
		p.pos++
		switch p.word() {
		case "REQUIRED", "IMPLIED":
			return true
		case "FIXED":
			if !p.blank("after #FIXED") {
				return false
			}
		default:
			if p.pos < len(p.s) {
				p.pos = start
			}
			return p.unexpected("#REQUIRED, #IMPLIED or #FIXED")
		}
	}
	if q := p.peek(); q != '"' && q != '\'' {
		return p.unexpected("a default value in quotes")
	}
	start := p.pos
	if _, ok := p.attrValue(); !ok {
		return false
	}
	p.warnf(start, CodeDefaultNotSupplied, "the DOCTYPE gives an attribute the default value %s, which other parsers add to the document; it is not added here",
		quote(p.s[start+1:p.pos-1]))
	return true
}

// entityDecl reads productions 71 and 72 from after "<!ENTITY".
func (p *parser) entityDecl() bool {
	parameter := p.peek() == '%'
	if parameter {
		p.pos++
		if !p.blank(`after "%"`) {
			return false
		}
	}
	name, ok := p.ncName("an entity")
	if !ok || !p.blank("after the name of an entity") {
		return false
	}
	if q := p.peek(); q == '"' || q == '\'' {
		if !p.entityValue() {
			return false
		}
	} else {
		if _, _, ok := p.externalID(false); !ok {
			return false
		}
		if !parameter && !p.notationData() {
			return false
		}
	}
	if !parameter {
		if p.entities == nil {
			p.entities = map[string]bool{}
		}
		p.entities[name] = true
	}
	p.skipBlanks()
	return true
}

// notationData reads production 76, when it is there.
func (p *parser) notationData() bool {
	before := p.pos
	p.skipBlanks()
	if p.peek() != 'N' {
		return true
	}
	if p.pos == before {
		return p.blank("before NDATA")
	}
	start := p.pos
	if p.word() != "NDATA" {
		if p.pos < len(p.s) {
			p.pos = start
		}
		return p.unexpected("NDATA")
	}
	if !p.blank("after NDATA") {
		return false
	}
	_, ok := p.dtdName("a notation")
	return ok
}

// entityValue reads production 9. References to general entities stay as they
// are; those to parameter entities cannot stand here in an internal subset.
func (p *parser) entityValue() bool {
	at, value, ok := p.quoted("the value of an entity")
	if !ok {
		return false
	}
	end := at + len(value)
	for i := at; i < end; {
		next := strings.IndexAny(p.s[i:end], "&%")
		if next < 0 {
			return true
		}
		i += next
		switch {
		case p.s[i] == '%':
			return p.failf(i, CodeMalformedDoctype, `"%%" cannot stand in the value of an entity in the internal subset`)
		case strings.HasPrefix(p.s[i:end], "&#"):
			_, i, ok = p.charReference(i, end)
		default:
			_, i, ok = p.entityReference(i, end)
		}
		if !ok {
			return false
		}
	}
	return true
}

// notationDecl reads production 82 from after "<!NOTATION".
func (p *parser) notationDecl() bool {
	if _, ok := p.ncName("a notation"); !ok || !p.blank("after the name of a notation") {
		return false
	}
	if _, _, ok := p.externalID(true); !ok {
		return false
	}
	p.skipBlanks()
	return true
}
