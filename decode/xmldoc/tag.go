package xmldoc

import "unicode/utf8"

// startTag reads a start tag or an empty-element tag (productions 40 and 44).
// The element is part of the tree as soon as its name is known, so that an
// error further on can be placed in it.
func (p *parser) startTag() bool {
	start := p.pos
	sym, end, ok := p.name(start+1, "an element")
	if !ok {
		return false
	}
	if end == len(p.s) {
		return p.eof() // the name may be cut off
	}
	if len(p.open) > p.limits.Depth {
		return p.failf(start, CodeLimitDepth, "elements are nested deeper than the limit of %d", p.limits.Depth)
	}
	n := p.add(ElementNode, start, start)
	if n == nil {
		return false
	}
	n.attrStart, n.nsStart = uint32(len(p.d.attrs)), uint32(len(p.d.namespaces))
	node := uint32(len(p.d.nodes) - 1)
	if p.root == 0 {
		p.root = node
	}
	p.open = append(p.open, openElement{node: node, symbol: sym, mark: p.mark()})
	p.serial++
	p.prefixed = p.prefixed[:0]
	p.pos = end
	empty, ok := p.attributes(n)
	n.attrCount = uint32(len(p.d.attrs)) - n.attrStart
	n.nsCount = uint32(len(p.d.namespaces)) - n.nsStart
	p.resolveAttributes(ok)
	p.resolveElement(n, sym, ok)
	if !ok {
		return false
	}
	n.contentStart = uint32(p.pos)
	if empty {
		p.closeElement()
	}
	return true
}

// closeElement closes the innermost element at p.pos.
func (p *parser) closeElement() {
	top := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	n := &p.d.nodes[top.node]
	n.lastChild = top.lastChild
	n.end = uint32(p.pos)
	n.flags |= flagClosed
	if uint32(len(p.undo)) > top.mark {
		p.release(top.mark)
	}
}

// attributes reads from the end of the element's name to the end of the tag.
func (p *parser) attributes(n *Node) (empty, ok bool) {
	s := p.s
	for {
		before := p.pos
		for p.pos < len(s) && isBlank(s[p.pos]) {
			p.pos++
		}
		if p.pos == len(s) {
			return false, p.eof()
		}
		switch s[p.pos] {
		case '>':
			p.pos++
			return false, true
		case '/':
			if p.pos+1 == len(s) {
				return false, p.eof()
			}
			if s[p.pos+1] != '>' {
				return false, p.failf(p.pos, CodeMalformedTag, `"/" in a start tag must be followed by ">", found %s`, quote(p.excerpt(p.pos, 2)))
			}
			p.pos += 2
			return true, true
		case '<':
			return false, p.failf(p.pos, CodeMalformedTag, `found "<" inside the start tag of <%s>, whose ">" is missing`, p.openName())
		}
		if p.pos == before {
			if r, _ := utf8.DecodeRuneInString(s[p.pos:]); isNameStart(r) {
				return false, p.failf(p.pos, CodeMissingBlank, "a blank is missing before the attribute %s", quote(s[p.pos:nameEnd(s, p.pos)]))
			}
			return false, p.failf(p.pos, CodeMalformedTag, `found %s in the start tag of <%s>, expected a blank, ">" or "/>"`,
				quote(p.excerpt(p.pos, 1)), p.openName())
		}
		if !p.attribute(n) {
			return false, false
		}
	}
}

// attribute reads one attribute (production 41).
func (p *parser) attribute(n *Node) bool {
	start := p.pos
	id, end, ok := p.name(start, "an attribute")
	if !ok {
		return false
	}
	p.pos = end
	p.skipBlanks()
	if p.pos == len(p.s) {
		return p.eof()
	}
	if p.s[p.pos] != '=' {
		return p.failf(start, CodeMissingValue, `the attribute %s has no value: expected "=" after its name, found %s`,
			quote(p.symbols[id].raw), quote(p.excerpt(p.pos, 1)))
	}
	p.pos++
	p.skipBlanks()
	if p.pos == len(p.s) {
		return p.eof()
	}
	if q := p.s[p.pos]; q != '"' && q != '\'' {
		return p.failf(p.pos, CodeUnquotedValue, "the value of the attribute %s must stand in quotes, found %s",
			quote(p.symbols[id].raw), quote(p.excerpt(p.pos, 12)))
	}
	valueStart := p.pos + 1
	value, ok := p.attrValue()
	if !ok {
		return false
	}
	raw := p.s[valueStart : p.pos-1]

	if len(p.d.attrs)-int(n.attrStart)+len(p.d.namespaces)-int(n.nsStart) >= p.limits.Attributes {
		return p.failf(start, CodeLimitAttributes, "the element <%s> has more attributes than the limit of %d", p.openName(), p.limits.Attributes)
	}
	sym := &p.symbols[id]
	duplicate := sym.seen == p.serial
	sym.seen = p.serial
	if duplicate && !p.errorsFull() {
		p.warnf(start, CodeDuplicate, "the attribute %s stands twice in the start tag of <%s>", quote(sym.raw), p.openName())
	}
	if sym.declares {
		p.declareNamespace(sym, value, start, valueStart, duplicate)
		return true
	}
	if len(p.d.attrs) == cap(p.d.attrs) {
		p.d.attrs = extend(p.d.attrs, start, len(p.s))
	}
	p.d.attrs = append(p.d.attrs, Attr{
		Name: Name{Prefix: sym.prefix(), Local: sym.local()}, Value: value, Raw: raw,
		start: uint32(start), valueStart: uint32(valueStart),
	})
	if sym.prefixID != noPrefix || sym.badQName {
		p.prefixed = append(p.prefixed, prefixedAttr{uint32(len(p.d.attrs) - 1), id})
	}
	return true
}

// declareNamespace checks a namespace declaration against Namespaces in XML 1.0,
// sections 2.2 and 3, and binds the prefix.
func (p *parser) declareNamespace(sym *symbol, uri string, start, valueStart int, duplicate bool) {
	id := sym.declaredURI
	if id == noURI || p.uris.all[id] != uri {
		id = p.uris.number(uri)
	}
	uri = p.uris.all[id] // one string for all of them
	prefix := p.prefixes.all[sym.declared]
	ignored := true
	switch {
	case duplicate:
	case id != noURI && id == sym.declaredURI: // it was right before
		ignored = false
		p.bind(sym.declared, id)
	case sym.badQName:
		p.warnf(start, CodeBadQName, "%s declares no prefix: what follows the colon must be a name without a colon", quote(sym.raw))
	case prefix == "xmlns":
		p.warnf(start, CodeBadNamespace, "the prefix xmlns cannot be declared")
	case prefix == "xml" && uri != XMLNamespace:
		p.warnf(start, CodeBadNamespace, "the prefix xml can only be bound to %s, not to %s", quote(XMLNamespace), quote(uri))
	case prefix != "xml" && uri == XMLNamespace:
		p.warnf(start, CodeBadNamespace, "the namespace %s can only be bound to the prefix xml", quote(uri))
	case uri == XMLNSNamespace:
		p.warnf(start, CodeBadNamespace, "the namespace %s cannot be declared", quote(uri))
	case prefix != "" && uri == "":
		p.warnf(start, CodeBadNamespace, `the prefix %s is bound to nothing: only the default namespace can be undeclared with ""`, quote(prefix))
	default:
		ignored = false
		sym.declaredURI = id
		p.bind(sym.declared, id)
	}
	if len(p.d.namespaces) == cap(p.d.namespaces) {
		p.d.namespaces = extend(p.d.namespaces, start, len(p.s))
	}
	p.d.namespaces = append(p.d.namespaces, NamespaceDecl{
		Prefix: prefix, URI: uri,
		start: uint32(start), valueStart: uint32(valueStart), ignored: ignored,
	})
}

// resolveAttributes gives the prefixed attributes of the tag their namespaces. After
// a fatal error declarations may be missing, so nothing is reported then.
func (p *parser) resolveAttributes(report bool) {
	same := false // two prefixes share a namespace
	for i, a := range p.prefixed {
		sym := &p.symbols[a.symbol]
		attr := &p.d.attrs[a.attr]
		uri := p.bound[sym.prefixID]
		if sym.prefixID == noPrefix {
			uri = noURI
		}
		attr.Name.Space = p.uris.all[uri]
		if report {
			p.checkPrefix(sym, uri, int(attr.start), "attribute")
		}
		if i > 0 && !same {
			same = uri != noURI
		}
	}
	if !same || !report {
		return
	}
	// Equal names were reported when they were read; what is left are equal
	// expanded names written with different prefixes.
	if len(p.prefixed) <= 8 {
		for i, a := range p.prefixed {
			for _, b := range p.prefixed[:i] {
				if p.sameExpandedName(a, b) {
					p.reportSameName(a)
					break
				}
			}
		}
		return
	}
	seen := make(map[Name]uint32, len(p.prefixed))
	for _, a := range p.prefixed {
		name := p.d.attrs[a.attr].Name
		if name.Space == "" {
			continue
		}
		name.Prefix = ""
		if other, ok := seen[name]; !ok {
			seen[name] = a.symbol
		} else if other != a.symbol {
			p.reportSameName(a)
		}
	}
}

func (p *parser) sameExpandedName(a, b prefixedAttr) bool {
	x, y := &p.d.attrs[a.attr].Name, &p.d.attrs[b.attr].Name
	return a.symbol != b.symbol && x.Local == y.Local && x.Space != "" && x.Space == y.Space
}

func (p *parser) reportSameName(a prefixedAttr) {
	attr := &p.d.attrs[a.attr]
	p.warnf(int(attr.start), CodeDuplicate,
		"the attribute %s stands twice in the start tag of <%s>: another prefix there is bound to the same namespace %s",
		quote(attr.Name.String()), p.openName(), quote(attr.Name.Space))
}

// resolveElement gives n its name.
func (p *parser) resolveElement(n *Node, id uint32, report bool) {
	sym := &p.symbols[id]
	uri := p.bound[sym.prefixID]
	if report && (uri == noURI || sym.badQName) {
		p.checkPrefix(sym, uri, int(n.start)+1, "element")
	}
	if sym.elementName == 0 || sym.elementURI != uri {
		p.nameElement(id, uri)
	}
	n.name = sym.elementName
}

// inNoElement stands for the URI of a name that has none, that of a processing
// instruction.
const inNoElement = 1<<32 - 1

// nameElement makes the symbol stand for the element name it is in a namespace.
func (p *parser) nameElement(id, uri uint32) {
	key := func(uri uint32) uint64 { return uint64(id)<<32 | uint64(uri) }
	sym := &p.symbols[id]
	if sym.elementName != 0 {
		if p.elements == nil {
			p.elements = map[uint64]uint32{}
		}
		p.elements[key(sym.elementURI)] = sym.elementName
	}
	name, ok := p.elements[key(uri)]
	if !ok {
		name = uint32(len(p.d.names))
		if uri == inNoElement {
			p.d.names = append(p.d.names, Name{Local: sym.raw})
		} else {
			p.d.names = append(p.d.names, Name{Space: p.uris.all[uri], Prefix: sym.prefix(), Local: sym.local()})
		}
	}
	sym.elementURI, sym.elementName = uri, name
}

func (p *parser) checkPrefix(sym *symbol, uri uint32, at int, what string) {
	if p.errorsFull() {
		return
	}
	if sym.badQName {
		p.warnf(at, CodeBadQName, "the %s name %s is not of the form prefix:name with one colon", what, quote(sym.raw))
	}
	if sym.prefixID != noPrefix && uri == noURI {
		p.warnf(at, CodeUndeclaredPrefix, "the prefix %s of the %s %s is not declared: xmlns:%s is missing on it and on every element around it",
			quote(sym.prefix()), what, quote(sym.raw), shorten(sym.prefix()))
	}
}

// endTag reads an end tag (production 42).
func (p *parser) endTag() bool {
	raw := p.symbols[p.open[len(p.open)-1].symbol].raw
	i := p.pos + 2
	if end := i + len(raw); end < len(p.s) && p.s[i:end] == raw {
		if p.s[end] == '>' {
			p.pos = end + 1
			p.closeElement()
			return true
		}
		if nameBytes[p.s[end]] == 0 {
			return p.endTagRest(end)
		}
	}
	end := nameEnd(p.s, i)
	switch {
	case end == len(p.s):
		return p.eof()
	case end == i:
		return p.failf(p.pos, CodeMalformedTag, `"</" must be followed by the name of the element <%s> that it closes, found %s`, shorten(raw), quote(p.excerpt(i, 1)))
	}
	found := p.s[i:end]
	for _, o := range p.open[1:] {
		if p.symbols[o.symbol].raw == found {
			return p.failf(p.pos, CodeMismatchedTag, "the end tag </%s> stands where </%s> was expected: <%s> is still open",
				shorten(found), shorten(raw), shorten(raw))
		}
	}
	return p.failf(p.pos, CodeMismatchedTag, "the end tag </%s> stands where </%s> was expected, and no element of that name is open",
		shorten(found), shorten(raw))
}

// endTagRest reads an end tag from the end of its name.
func (p *parser) endTagRest(end int) bool {
	start := p.pos
	p.pos = end
	p.skipBlanks()
	if p.pos == len(p.s) {
		return p.eof()
	}
	if p.s[p.pos] != '>' {
		return p.failf(p.pos, CodeMalformedTag, `the end tag %s must end with ">", found %s`, quote(p.tagAt(start)), quote(p.excerpt(p.pos, 1)))
	}
	p.pos++
	p.closeElement()
	return true
}

// openName is the name of the innermost open element, for messages.
func (p *parser) openName() string {
	return shorten(p.symbols[p.open[len(p.open)-1].symbol].raw)
}

// name reads the name of an element or attribute.
func (p *parser) name(start int, what string) (id uint32, end int, ok bool) {
	if id, end, ok = p.expected(p.s, start); ok {
		return id, end, true
	}
	end = nameEnd(p.s, start)
	if end > start {
		id, bad := p.intern(p.s[start:end])
		if bad < 0 {
			return id, end, true
		}
		return 0, 0, p.badName(start, start+bad, what)
	}
	if end == len(p.s) {
		return 0, 0, p.eof()
	}
	return 0, 0, p.badName(start, start, what)
}

// badName says why no name can begin at start, or not go on at bad.
func (p *parser) badName(start, bad int, what string) bool {
	r, _ := utf8.DecodeRuneInString(p.s[bad:])
	if bad == start {
		if start > 0 && p.s[start-1] == '<' && what == "an element" {
			return p.failf(start-1, CodeBareLessThan, `"<" followed by %s begins no tag; a "<" in text must be written "&lt;"`, quote(p.excerpt(start, utf8.RuneLen(r))))
		}
		return p.failf(bad, CodeBadName, "the name of %s cannot begin with %s", what, quote(string(r)))
	}
	if r == 0xA0 {
		return p.failf(bad, CodeBadName, "a no-break space (U+00A0) stands in a tag after %s where an ordinary blank belongs", quote(p.s[start:bad]))
	}
	return p.failf(bad, CodeBadName, "the character %s (U+%04X) cannot be part of a name, found after %s", quote(string(r)), r, quote(p.s[start:bad]))
}
