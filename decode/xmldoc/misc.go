package xmldoc

import "strings"

// comment reads a comment (production 15). Those of the internal subset are no
// part of the tree.
func (p *parser) comment(keep bool) bool {
	start := p.pos
	body := start + len("<!--")
	i := strings.Index(p.s[body:], "--")
	if i < 0 {
		return p.eof()
	}
	end := body + i
	if end+2 == len(p.s) {
		return p.eof()
	}
	if p.s[end+2] != '>' {
		return p.failf(end, CodeDoubleHyphen, `"--" must not stand inside a comment, nor may a comment end with "--->"`)
	}
	p.pos = end + len("-->")
	return !keep || p.addLiteral(CommentNode, start, p.pos, body, end) != nil
}

// cdata reads a CDATA section (production 18).
func (p *parser) cdata() bool {
	start := p.pos
	body := start + len("<![CDATA[")
	i := strings.Index(p.s[body:], "]]>")
	if i < 0 {
		return p.eof()
	}
	p.pos = body + i + len("]]>")
	return p.addLiteral(CDATANode, start, p.pos, body, body+i) != nil
}

// pi reads a processing instruction (production 16).
func (p *parser) pi(keep bool) bool {
	start := p.pos
	nameAt := start + len("<?")
	end := nameEnd(p.s, nameAt)
	if end == len(p.s) {
		return p.eof()
	}
	target := p.s[nameAt:end]
	switch bad := badRune(target); {
	case target == "":
		return p.failf(start, CodeMalformedPI, `"<?" must be followed by the name of the processing instruction, found %s`, quote(p.excerpt(nameAt, 1)))
	case bad >= 0:
		return p.badName(nameAt, nameAt+bad, "a processing instruction")
	case target == "xml":
		return p.lateDeclaration()
	case strings.EqualFold(target, "xml"):
		return p.failf(start, CodeReservedTarget, "the processing instruction name %s is reserved; an XML declaration is written in lower case, <?xml", quote(target))
	case strings.Contains(target, ":"):
		p.warnf(nameAt, CodeColonInName, "the name %s of a processing instruction must not contain a colon", quote(target))
	}
	p.pos = end
	p.skipBlanks()
	body := p.pos
	i := strings.Index(p.s[body:], "?>")
	if body == end && i != 0 {
		if strings.HasPrefix("?>", p.s[body:]) {
			return p.eof()
		}
		return p.failf(body, CodeMalformedPI, "the name of a processing instruction must be followed by a blank or by \"?>\", found %s", quote(p.excerpt(body, 1)))
	}
	if i < 0 {
		return p.eof()
	}
	p.pos = body + i + len("?>")
	if !keep {
		return true
	}
	n := p.addLiteral(PINode, start, p.pos, body, body+i)
	if n == nil {
		return false
	}
	n.contentStart = uint32(body)
	id, _ := p.intern(target)
	n.name = p.targetName(id)
	return true
}

// targetName is the index of the name of a processing instruction.
func (p *parser) targetName(id uint32) uint32 {
	if sym := &p.symbols[id]; sym.elementName == 0 || sym.elementURI != inNoElement {
		p.nameElement(id, inNoElement)
	}
	return p.symbols[id].elementName
}

// atDeclaration reports whether an XML declaration, or something meant as one,
// begins at p.pos.
func (p *parser) atDeclaration() bool {
	rest, ok := strings.CutPrefix(p.s[p.pos:], "<?xml")
	return ok && rest != "" && nameBytes[rest[0]] == 0
}

// lateDeclaration is an XML declaration that is not the first thing.
func (p *parser) lateDeclaration() bool {
	const must = "the XML declaration must be the very first thing in the document, but "
	if before := p.s[:p.pos]; strings.Trim(before, " \t\r\n") == "" {
		p.warnf(p.pos, CodeLateDeclaration, must+"%d blank or line break characters stand before it", len(before))
		return p.declaration()
	}
	return p.failf(p.pos, CodeLateDeclaration, must+"other content stands before it")
}

// declaration reads the XML declaration (productions 23 to 32 and 80).
func (p *parser) declaration() bool {
	p.pos += len("<?xml")
	const order = "version, encoding, standalone"
	for next := 0; ; {
		before := p.pos
		p.skipBlanks()
		rest := p.s[p.pos:]
		if strings.HasPrefix(rest, "?>") {
			if next == 0 {
				return p.failf(p.pos, CodeBadDeclaration, `the XML declaration has no version; write <?xml version="1.0"?>`)
			}
			p.pos += len("?>")
			return true
		}
		if rest == "" || rest == "?" {
			return p.eof()
		}
		name := rest[:nameEnd(rest, 0)]
		if len(name) == len(rest) {
			return p.eof()
		}
		var this int
		switch name {
		case "version":
			this = 1
		case "encoding":
			this = 2
		case "standalone":
			this = 3
		default:
			return p.failf(p.pos, CodeBadDeclaration, `the XML declaration holds only %s and ends with "?>", found %s`, order, quote(p.excerpt(p.pos, 12)))
		}
		switch {
		case p.pos == before:
			return p.failf(p.pos, CodeMissingBlank, "a blank is missing before %s in the XML declaration", quote(name))
		case next == 0 && this != 1:
			return p.failf(p.pos, CodeBadDeclaration, "the XML declaration must begin with the version, found %s", quote(name))
		case this <= next:
			return p.failf(p.pos, CodeBadDeclaration, "%s stands twice or out of order in the XML declaration; the order is %s", quote(name), order)
		}
		next = this
		p.pos += len(name)
		at, value, ok := p.pseudoAttribute(name)
		if !ok || !p.declared(this, at, value) {
			return false
		}
	}
}

// pseudoAttribute reads the rest of name="value" in the XML declaration.
func (p *parser) pseudoAttribute(name string) (at int, value string, ok bool) {
	p.skipBlanks()
	if p.pos == len(p.s) {
		return 0, "", p.eof()
	}
	if p.s[p.pos] != '=' {
		return 0, "", p.failf(p.pos, CodeBadDeclaration, `expected "=" after %s in the XML declaration, found %s`, quote(name), quote(p.excerpt(p.pos, 1)))
	}
	p.pos++
	p.skipBlanks()
	if p.pos == len(p.s) {
		return 0, "", p.eof()
	}
	q := p.s[p.pos]
	if q != '"' && q != '\'' {
		return 0, "", p.failf(p.pos, CodeBadDeclaration, "the value of %s in the XML declaration must stand in quotes, found %s", quote(name), quote(p.excerpt(p.pos, 1)))
	}
	at = p.pos + 1
	i := strings.IndexByte(p.s[at:], q)
	if i < 0 {
		return 0, "", p.eof()
	}
	p.pos = at + i + 1
	return at, p.s[at : at+i], true
}

// declared takes a value of the XML declaration: 1 version, 2 encoding, 3
// standalone.
func (p *parser) declared(which, at int, value string) bool {
	switch which {
	case 1:
		// "1." and digits: later versions are read as 1.0 (section 2.8).
		minor, ok := strings.CutPrefix(value, "1.")
		if !ok || minor == "" || strings.Trim(minor, "0123456789") != "" {
			return p.failf(at, CodeUnsupportedVersion, `the XML version is %s, expected "1.0"`, quote(value))
		}
		p.d.version = value
	case 2:
		if !isEncodingName(value) {
			return p.failf(at, CodeBadDeclaration, "%s is not the name of an encoding", quote(value))
		}
		p.d.declaredEncoding = value
		return p.checkEncoding(at, value)
	case 3:
		if value != "yes" && value != "no" {
			return p.failf(at, CodeBadDeclaration, `standalone in the XML declaration must be "yes" or "no", found %s`, quote(value))
		}
		p.d.standalone = value
	}
	return true
}

// isEncodingName is production 81.
func isEncodingName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || nameBytes[c] == 0 || c == ':' || c >= 0x80) {
			return false
		}
	}
	return s != ""
}

// checkEncoding holds the declared encoding against what the bytes are.
func (p *parser) checkEncoding(at int, value string) bool {
	if p.detection.declared != nil {
		return p.report(at, p.detection.declared)
	}
	c, generic, ok := charsetNamed(value)
	if p.detection.external || ok && (c == p.d.charset || generic && p.d.charset.isUTF16()) {
		return true
	}
	why := "each character takes two bytes"
	if p.d.bom > 0 {
		why = "the byte order mark says so"
	}
	p.warnf(at, CodeEncodingMismatch, "the declaration says %s, but the bytes are %s: %s", quote(value), p.d.charset, why)
	return true
}
