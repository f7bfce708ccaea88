package xmldoc

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse reads a document. It never returns nil and never panics: what is wrong
// is in [Document.Errors], and none means that the document is well-formed.
// The document keeps src, which must not be changed afterwards.
func Parse(src []byte, opts Options) *Document {
	limits := opts.Limits.resolve()
	d := &Document{source: src, context: opts.Context}
	input := src
	if len(src) > limits.Bytes {
		input = src[:limits.Bytes]
	}
	det := detect(input, opts.Encoding)
	d.charset, d.bom = det.charset, det.bom
	dec := decode(input[det.bom:], det.charset)
	d.text = dec.text
	if len(d.text) > math.MaxInt32 {
		d.text = d.text[:math.MaxInt32]
		dec.stop = &problem{CodeLimitBytes, "the document has more than 2 GiB of text", true}
	}
	if len(input) < len(src) && (dec.stop == nil || dec.stop.code == CodeTruncated) {
		dec.stop = &problem{CodeLimitBytes, fmt.Sprintf(
			"the document has %d bytes, more than the limit of %d", len(src), limits.Bytes), true}
	}

	var space struct {
		tables tableSpace
		open   [32]openElement
	}
	p := &parser{
		d: d, s: d.text, stop: dec.stop, limits: limits, detection: det,
		nameTable: newNameTable(&space.tables), open: space.open[:1],
		nextAmp: -1, nextCR: -1, nextCDATAEnd: -1,
	}
	p.inherit(opts.Context)
	d.reserve()
	p.document()
	p.finish()
	return d
}

func (l Limits) resolve() Limits {
	const most = math.MaxInt32 // what offsets can count
	limit := func(v, standard int) int {
		if v < 0 {
			return most
		}
		return min(cmp.Or(v, standard), most)
	}
	return Limits{
		Bytes:      limit(l.Bytes, 64<<20),
		Depth:      limit(l.Depth, 1000),
		Attributes: limit(l.Attributes, 1000),
		Nodes:      limit(l.Nodes, 10_000_000),
	}
}

// parser reads one document. Its methods return false after a fatal error.
type parser struct {
	nameTable

	d         *Document
	s         string // Document.text
	pos       int
	stop      *problem // why s ends before the input does, or nil
	limits    Limits
	detection detection

	// Where the next "&", CR and "]]>" at or after some place already passed
	// are, so that most text needs no search for them.
	nextAmp, nextCR, nextCDATAEnd int

	root   uint32        // 0 before it begins
	open   []openElement // the document first
	serial uint32        // counts start tags
	arena  arena
	// prefixed are the attributes of the current tag that have a prefix.
	prefixed []prefixedAttr
	entities map[string]bool
	// moreEntities means that entities may be declared where we do not read.
	moreEntities bool
	fatal        bool
}

type openElement struct {
	node      uint32
	symbol    uint32
	mark      uint32 // of nameTable.undo before its declarations
	lastChild uint32
}

type prefixedAttr struct{ attr, symbol uint32 }

// document is production 1.
func (p *parser) document() {
	if p.detection.start != nil && !p.report(0, p.detection.start) {
		return
	}
	if p.atDeclaration() && !p.declaration() {
		return
	}
	for {
		p.skipBlanks()
		if p.pos == len(p.s) {
			p.endOutside()
			return
		}
		if p.s[p.pos] != '<' {
			p.textOutside()
			return
		}
		if p.pos+1 == len(p.s) {
			p.eof()
			return
		}
		switch c := p.s[p.pos+1]; {
		case c == '?':
			if !p.pi(true) {
				return
			}
		case c == '!':
			if !p.bang() {
				return
			}
		case c == '/':
			p.failf(p.pos, CodeUnexpectedEndTag, "the end tag %s closes nothing: no element is open", quote(p.tagAt(p.pos)))
			return
		case p.root != 0:
			p.failf(p.pos, CodeSecondRoot, "a document has one root element, but another one, %s, follows the end of <%s>",
				quote(p.tagAt(p.pos)), p.rootName())
			return
		default:
			if !p.startTag() || !p.content() {
				return
			}
		}
	}
}

// content reads until the root is closed (production 43).
func (p *parser) content() bool {
	for len(p.open) > 1 {
		if p.pos == len(p.s) {
			return p.eof()
		}
		if p.s[p.pos] != '<' {
			if !p.text() {
				return false
			}
			continue
		}
		if p.pos+1 == len(p.s) {
			return p.eof()
		}
		var ok bool
		switch p.s[p.pos+1] {
		case '/':
			ok = p.endTag()
		case '!':
			ok = p.bang()
		case '?':
			ok = p.pi(true)
		default:
			ok = p.startTag()
		}
		if !ok {
			return false
		}
	}
	return true
}

// bang reads what begins with "<!", inside and outside the root.
func (p *parser) bang() bool {
	const comment, cdata, doctype = "<!--", "<![CDATA[", "<!DOCTYPE"
	rest := p.s[p.pos:]
	inside := len(p.open) > 1
	switch {
	case strings.HasPrefix(rest, comment):
		return p.comment(true)
	case strings.HasPrefix(rest, cdata):
		if !inside {
			return p.failf(p.pos, CodeCDATAOutside, "a CDATA section can only stand inside the root element")
		}
		return p.cdata()
	case strings.HasPrefix(rest, doctype):
		switch {
		case p.root != 0:
			return p.failf(p.pos, CodeMisplacedDoctype, "a document type declaration can only stand before the root element")
		case p.d.doctype != nil:
			return p.failf(p.pos, CodeSecondDoctype, "a document can have only one document type declaration")
		}
		return p.doctype()
	case strings.HasPrefix(comment, rest), strings.HasPrefix(cdata, rest), strings.HasPrefix(doctype, rest):
		return p.eof()
	}
	return p.failf(p.pos, CodeMalformedMarkup, "%s begins neither a comment (<!--), a CDATA section (<![CDATA[) nor a DOCTYPE",
		quote(p.excerpt(p.pos, 12)))
}

// endOutside is the end of input outside the root.
func (p *parser) endOutside() {
	switch {
	case p.stop != nil:
		p.eof()
	case p.root != 0:
	case len(p.d.nodes) == 1 && p.d.doctype == nil && p.d.version == "":
		p.failf(0, CodeEmptyDocument, "the document is empty")
	default:
		p.failf(p.pos, CodeMissingRoot, "the document has no root element: input ends after its prolog")
	}
}

func (p *parser) textOutside() {
	found := quote(p.excerpt(p.pos, 30))
	if p.root != 0 {
		p.failf(p.pos, CodeTextAfter, "nothing but blanks, comments and processing instructions can follow the end of <%s>, found %s",
			p.rootName(), found)
		return
	}
	p.failf(p.pos, CodeTextBefore, `an XML document begins with "<", found %s`, found)
}

// eof is the end of what can be read where more is needed.
func (p *parser) eof() bool {
	p.pos = len(p.s)
	if p.stop != nil {
		return p.report(p.pos, p.stop)
	}
	what := "inside the prolog"
	if top := p.open[len(p.open)-1]; top.node != 0 {
		what = fmt.Sprintf("while <%s> is still open", shorten(p.symbols[top.symbol].raw))
	} else if p.root != 0 {
		what = "inside markup after the root element"
	}
	return p.failf(p.pos, CodeTruncated, "input ends %s: the document is cut off", what)
}

// report notes a problem at a text offset and returns whether reading goes on.
func (p *parser) report(at int, what *problem) bool {
	if what.fatal {
		p.fatal = true
		p.pos = at
		p.d.truncated = what.code == CodeTruncated
	} else if p.errorsFull() {
		return true
	}
	p.d.errors = append(p.d.errors, &Error{
		Code: what.code, Message: what.message, Fatal: what.fatal,
		doc: p.d, offset: at, node: p.open[len(p.open)-1].node,
	})
	return !what.fatal
}

func (p *parser) failf(at int, code, format string, args ...any) bool {
	return p.report(at, &problem{code, fmt.Sprintf(format, args...), true})
}

func (p *parser) warnf(at int, code, format string, args ...any) {
	if !p.errorsFull() {
		p.report(at, &problem{code, fmt.Sprintf(format, args...), false})
	}
}

// errorsFull reports whether no further recoverable error will be kept, so that
// there is no use in wording it.
func (p *parser) errorsFull() bool { return len(p.d.errors) >= maxErrors }

// finish closes the books: elements still open, and the order and paths of the
// errors.
func (p *parser) finish() {
	d := p.d
	d.root = d.node(p.root)
	if d.doctype != nil && d.doctype.end == 0 {
		d.doctype.end = uint32(p.pos)
	}
	for i, o := range p.open {
		d.nodes[o.node].lastChild = o.lastChild
		if i > 0 {
			d.nodes[o.node].end = uint32(p.pos)
			d.open = append(d.open, &d.nodes[o.node])
		}
	}
	slices.SortStableFunc(d.errors, func(a, b *Error) int {
		if a.Fatal != b.Fatal {
			if a.Fatal {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.offset, b.offset)
	})
	d.uris = slices.Clone(p.uris.all[fixedURIs:])
	var last uint32
	var path string
	for _, e := range d.errors {
		if e.node != last {
			last, path = e.node, d.nodes[e.node].path(maxErrorPath)
		}
		if e.node != 0 {
			e.Path = path
		}
	}
}

// add appends a node to the innermost open element. It returns nil after a
// fatal error.
func (p *parser) add(kind Kind, start, end int) *Node {
	d := p.d
	if len(d.nodes) > p.limits.Nodes {
		p.failf(start, CodeLimitNodes, "the document has more nodes than the limit of %d", p.limits.Nodes)
		return nil
	}
	i := uint32(len(d.nodes))
	top := &p.open[len(p.open)-1]
	if len(d.nodes) == cap(d.nodes) {
		d.nodes = extend(d.nodes, start, len(p.s))
	}
	d.nodes = append(d.nodes, Node{
		doc: d, kind: kind, parent: top.node, prev: top.lastChild,
		start: uint32(start), end: uint32(end),
	})
	if top.lastChild != 0 {
		d.nodes[top.lastChild].next = i
	} else {
		d.nodes[top.node].firstChild = i
	}
	top.lastChild = i
	return &d.nodes[i]
}

// reserve makes room in d for what its text will need, going by the markup that
// it begins with. The bounds are for inputs that only look like markup.
func (d *Document) reserve() {
	const sampleSize = 32 << 10
	total := len(d.text)
	sample := d.text[:min(total, sampleSize)]
	scale := func(n, most int) int {
		if len(sample) < total {
			n = int(int64(n)*int64(total)/sampleSize) * 17 / 16
		}
		return min(n, most)
	}
	nodes := 0
	for at := 0; at < len(sample); at++ {
		i := strings.IndexByte(sample[at:], '<')
		if i < 0 {
			break
		}
		at += i
		if at > 0 && sample[at-1] != '>' {
			nodes++ // a text
		}
		if at+1 < len(sample) && sample[at+1] != '/' {
			nodes++
		}
	}
	namespaces := strings.Count(sample, "xmlns")
	attrs := max(0, strings.Count(sample, "=")-namespaces)
	d.nodes = make([]Node, 1, scale(nodes, total/16)+2)
	d.nodes[0].doc = d
	d.attrs = make([]Attr, 0, scale(attrs, total/24)+2)
	d.namespaces = make([]NamespaceDecl, 0, scale(namespaces, total/24)+2)
	d.names = make([]Name, 1, min(max(total/192, 8), 64))
}

// extend makes room in s for what the whole text will need if it goes on as it
// began, so that growing rarely happens twice.
func extend[T any](s []T, pos, total int) []T {
	want := int(int64(len(s)) * int64(total) / int64(max(pos, 1)))
	want = min(max(want+want/16, len(s)*5/4)+16, len(s)*4+16)
	return slices.Grow(s, want-len(s))
}

func (p *parser) skipBlanks() {
	for p.pos < len(p.s) && isBlank(p.s[p.pos]) {
		p.pos++
	}
}

// excerpt is up to n bytes of text at a place, whole characters only.
func (p *parser) excerpt(at, n int) string {
	rest := p.d.text[at:]
	if len(rest) <= n {
		return rest
	}
	for n > 0 && !utf8.RuneStart(rest[n]) {
		n--
	}
	return rest[:n]
}

func (p *parser) rootName() string { return shorten(p.d.names[p.d.nodes[p.root].name].String()) }

// tagAt is the beginning of the tag at a place, for quoting.
func (p *parser) tagAt(at int) string {
	tag := p.excerpt(at, 60)
	if i := strings.IndexAny(tag[1:], " \t\r\n<>"); i >= 0 {
		if tag[i+1] == '>' {
			i++
		}
		return tag[:i+1]
	}
	return tag
}

// shorten cuts a name that is too long for a message.
func shorten(name string) string {
	const most = 60
	if len(name) <= most {
		return name
	}
	cut := most
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + "…"
}
