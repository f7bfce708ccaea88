package xmldoc

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Children yields the child nodes of every kind, in document order.
func (n *Node) Children() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for c := n.FirstChild(); c != nil; c = c.Next() {
			if !yield(c) {
				return
			}
		}
	}
}

// Elements yields the child elements, in document order.
func (n *Node) Elements() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for c := n.FirstChild(); c != nil; c = c.Next() {
			if c.kind == ElementNode && !yield(c) {
				return
			}
		}
	}
}

// Descendants yields n and every node below it, in document order.
func (n *Node) Descendants() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		if !yield(n) {
			return
		}
		below := n.below()
		for i := range below {
			if !yield(&below[i]) {
				return
			}
		}
	}
}

// below are the nodes below n: in document order they stand together, up to the
// next node that is outside.
func (n *Node) below() []Node {
	if n.firstChild == 0 {
		return nil
	}
	end := uint32(len(n.doc.nodes))
	for o := n; o != nil; o = o.Parent() {
		if o.next != 0 {
			end = o.next
			break
		}
	}
	return n.doc.nodes[n.firstChild:end]
}

// Kind says what n is.
func (n *Node) Kind() Kind { return n.kind }

// Name is the expanded name of an element; for a processing instruction Local
// is its target.
func (n *Node) Name() Name { return n.doc.names[n.name] }

// QName is the name of an element as written: "prefix:local", or "local".
func (n *Node) QName() string {
	name := &n.doc.names[n.name]
	size := len(name.Local)
	if name.Prefix != "" {
		size += len(name.Prefix) + len(":")
	}
	start := int(n.start) + len("<")
	return n.doc.text[start : start+size]
}

// Is reports whether n is an element named {space}local. It is false for nil.
func (n *Node) Is(space, local string) bool {
	return n != nil && n.kind == ElementNode && n.doc.names[n.name].Is(space, local)
}

// Value is the content of a text, CDATA, comment or processing instruction
// node, line ends normalised to LF and, in text, references resolved. It is
// empty for elements.
func (n *Node) Value() string {
	if n.flags&flagReplaced != 0 {
		return n.doc.values[n.attrStart]
	}
	switch n.kind {
	case TextNode:
		return n.doc.text[n.start:n.end]
	case CDATANode:
		return n.doc.text[n.start+uint32(len("<![CDATA[")) : n.end-uint32(len("]]>"))]
	case CommentNode:
		return n.doc.text[n.start+uint32(len("<!--")) : n.end-uint32(len("-->"))]
	case PINode:
		return n.doc.text[n.contentStart : n.end-uint32(len("?>"))]
	default:
		return ""
	}
}

// Text is all text and CDATA below n in document order, concatenated; for a
// text or CDATA node its value. Comments and processing instructions are read
// across and never end the text.
func (n *Node) Text() string {
	var first string
	var all strings.Builder
	for c := range n.Descendants() {
		if c.kind != TextNode && c.kind != CDATANode {
			continue
		}
		switch v := c.Value(); {
		case v == "":
		case first == "":
			first = v
		default:
			if all.Len() == 0 {
				all.WriteString(first)
			}
			all.WriteString(v)
		}
	}
	if all.Len() > 0 {
		return all.String()
	}
	return first
}

// Attrs are the attributes in the order written, without namespace
// declarations. The slice must not be changed.
func (n *Node) Attrs() []Attr {
	if n.kind != ElementNode || n.attrCount == 0 {
		return nil
	}
	end := n.attrStart + n.attrCount
	return n.doc.attrs[n.attrStart:end:end]
}

// Namespaces are the namespace declarations on this very element, in the order
// written. The slice must not be changed.
func (n *Node) Namespaces() []NamespaceDecl {
	if n.nsCount == 0 {
		return nil
	}
	end := n.nsStart + n.nsCount
	return n.doc.namespaces[n.nsStart:end:end]
}

// Attr returns the attribute {space}local, or nil. With duplicates it is the
// first.
func (n *Node) Attr(space, local string) *Attr {
	attrs := n.Attrs()
	for i := range attrs {
		if attrs[i].Name.Is(space, local) {
			return &attrs[i]
		}
	}
	return nil
}

// Child returns the first child element named {space}local, or nil. n may be nil.
func (n *Node) Child(space, local string) *Node {
	if n == nil {
		return nil
	}
	for c := range n.Elements() {
		if c.Is(space, local) {
			return c
		}
	}
	return nil
}

// LookupNamespace returns the namespace that prefix is bound to at n, where the
// empty prefix asks for the default namespace. The prefixes xml and xmlns are
// always bound. A declaration that was reported as an error binds nothing.
func (n *Node) LookupNamespace(prefix string) (uri string, ok bool) {
	switch prefix {
	case "xml":
		return XMLNamespace, true
	case "xmlns":
		return XMLNSNamespace, true
	}
	for ; n != nil; n = n.Enclosing() {
		for _, decl := range n.Namespaces() {
			if decl.Prefix == prefix && !decl.ignored {
				return decl.URI, decl.URI != ""
			}
		}
	}
	return "", false
}

// Document is the document n belongs to.
func (n *Node) Document() *Document { return n.doc }

// Parent is the element that holds n, or nil for the root and for nodes of the
// prolog and epilog.
func (n *Node) Parent() *Node { return n.doc.node(n.parent) }

// Enclosing is the element that n stands in: its parent, or for what has none in
// a fragment the element that the fragment stands in ([Options.Context]). It is
// nil outside any element.
func (n *Node) Enclosing() *Node {
	if n.parent != 0 {
		return n.doc.node(n.parent)
	}
	return n.doc.context
}

// FirstChild is the first child of any kind, or nil.
func (n *Node) FirstChild() *Node { return n.doc.node(n.firstChild) }

// LastChild is the last child of any kind, or nil.
func (n *Node) LastChild() *Node { return n.doc.node(n.lastChild) }

// Next is the following sibling of any kind, or nil.
func (n *Node) Next() *Node { return n.doc.node(n.next) }

// Prev is the preceding sibling of any kind, or nil.
func (n *Node) Prev() *Node { return n.doc.node(n.prev) }

// Closed reports whether n is whole. It is false only for elements whose end
// tag was not reached, see [Document.Open].
func (n *Node) Closed() bool { return n.kind != ElementNode || n.flags&flagClosed != 0 }

// Range returns where n begins and ends, its markup included, as offsets into
// [Document.Text].
func (n *Node) Range() (start, end int) { return int(n.start), int(n.end) }

// Source is n as written, with its markup, as UTF-8.
func (n *Node) Source() string { return n.doc.text[n.start:n.end] }

// CanonicalText is the source of a text node, when that is also how Canonical
// XML 1.0 writes it (section 2.3): no carriage return or ">" is written out, and
// no references but those to amp, lt and gt. Otherwise ok is false.
func (n *Node) CanonicalText() (source string, ok bool) {
	if n.kind != TextNode || n.flags&(flagReplaced|flagEscaped) == flagReplaced {
		return "", false
	}
	source = n.Source()
	return source, strings.IndexByte(source, '>') < 0
}

// AttrSource is a, an attribute of n, as written: from its name to the closing
// quote.
func (n *Node) AttrSource(a *Attr) string {
	return n.doc.text[a.start : int(a.valueStart)+len(a.Raw)+len(`"`)]
}

// AttrRange returns where a, an attribute of n, begins and ends, from its name to
// the closing quote, as offsets into [Document.Text].
func (n *Node) AttrRange(a *Attr) (start, end int) {
	_, end = n.AttrValueRange(a)
	return int(a.start), end + len(`"`)
}

// AttrValueRange returns where the literal of a, an attribute of n, begins and
// ends between its quotes, as offsets into [Document.Text].
func (n *Node) AttrValueRange(a *Attr) (start, end int) {
	return int(a.valueStart), int(a.valueStart) + len(a.Raw)
}

// ContentRange returns where the content of n, a whole element, begins and ends
// between its tags, as offsets into [Document.Text]. ok is false where there is
// no such place: in an empty-element tag, and in what is no whole element.
func (n *Node) ContentRange() (start, end int, ok bool) {
	source := n.Source()
	if n.kind != ElementNode || !n.Closed() || strings.HasSuffix(source, "/>") && n.firstChild == 0 {
		return 0, 0, false
	}
	return int(n.contentStart), int(n.start) + strings.LastIndex(source, "</"), true
}

// Path names n by the local names from the root on, such as
// "/Response/Assertion[2]/Conditions". An element has an index only where a
// sibling element has the same local name; a node that is no element ends the
// path with its XPath node test, such as "text()". In a fragment the path of the
// element that it stands in comes first.
func (n *Node) Path() string { return n.path(-1) }

// path is Path, its outer part replaced by "…" where it would become longer
// than limit bytes; -1 means no limit.
func (n *Node) path(limit int) string {
	var steps []string
	for size := 0; n != nil; n = n.Enclosing() {
		step := n.step()
		if size += len(step); limit >= 0 && size > limit {
			steps = append(steps, "…")
			break
		}
		steps = append(steps, step)
	}
	var b strings.Builder
	for _, step := range slices.Backward(steps) {
		b.WriteByte('/')
		b.WriteString(step)
	}
	return b.String()
}

func (n *Node) step() string {
	switch n.kind {
	case TextNode, CDATANode:
		return "text()"
	case CommentNode:
		return "comment()"
	case PINode:
		return "processing-instruction()"
	}
	local := n.doc.names[n.name].Local
	before := 0
	for s := n.Prev(); s != nil; s = s.Prev() {
		if s.kind == ElementNode && s.doc.names[s.name].Local == local {
			before++
		}
	}
	if before == 0 {
		s := n.Next()
		for s != nil && (s.kind != ElementNode || s.doc.names[s.name].Local != local) {
			s = s.Next()
		}
		if s == nil {
			return local
		}
	}
	return local + "[" + strconv.Itoa(before+1) + "]"
}
