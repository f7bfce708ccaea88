package xmldsig

import (
	"io"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Canonicalization is a canonicalisation method with its parameters. The zero
// value is Canonical XML 1.0 without comments, which is also what a Reference
// gets whose transforms do not end in octets (XML Signature section 4.4.3.2).
type Canonicalization struct {
	Exclusive bool // Exclusive XML Canonicalization 1.0; else inclusive
	V11       bool // Canonical XML 1.1 rather than 1.0; inclusive only
	Comments  bool // comments are kept
	// Prefixes is the InclusiveNamespaces PrefixList of the exclusive method;
	// the default namespace, "#default" in messages, is "" here.
	Prefixes []string
}

// Selection is the part of a document that is canonicalised.
type Selection struct {
	// Apex is the element that is selected with everything below it; nil
	// selects the whole document.
	Apex *xmldoc.Node
	// Omit is left out with everything below it: the enveloped signature.
	Omit *xmldoc.Node
	// OmitSignatures leaves out every ds:Signature, as the XPath filter
	// not(ancestor-or-self::ds:Signature) does.
	OmitSignatures bool
	// Alone takes a fragment for a document of its own: nothing is inherited from
	// what it stands in.
	Alone bool
}

// enclosing is the element around n from which something is inherited, or nil.
func (s Selection) enclosing(n *xmldoc.Node) *xmldoc.Node {
	if s.Alone {
		return n.Parent()
	}
	return n.Enclosing()
}

// Canonicalize writes the canonical form of the selected part of doc to w.
// Memory does not grow with its size; time is linear in what is read and
// written. The error is w's.
func (c Canonicalization) Canonicalize(w io.Writer, doc *xmldoc.Document, s Selection) error {
	return c.canonicalize(w, doc, s, nil)
}

func (c Canonicalization) canonicalize(w io.Writer, doc *xmldoc.Document, s Selection, m *meter) error {
	top := s.Apex
	if top == nil {
		top = doc.Root()
	}
	if top == nil || s.omits(s.Apex) {
		return nil
	}
	start, end := top.Range()
	if !m.spend(end - start) {
		return ErrTooLarge
	}
	k := canonicalizer{method: c, w: w, selection: s, omit: s.Omit, omitSignatures: s.OmitSignatures, meter: m}
	k.buf = make([]byte, 0, min(bufferSize, (end-start)*9/8+flushRoom))
	k.flushAt = cap(k.buf) - flushRoom
	k.decls, k.order = k.space.decls[:0], k.space.order[:0]
	k.rendered.bindings, k.rendered.frames = k.space.bindings[:0], k.space.frames[:0]
	if len(c.Prefixes) > 0 {
		k.inclusive = make(map[string]bool, len(c.Prefixes))
		for _, p := range c.Prefixes {
			k.inclusive[p] = true
		}
	}
	if s.Apex != nil {
		k.apexContext(s.Apex)
		k.subtree(s.Apex)
	} else {
		k.document(doc)
	}
	k.flush()
	return k.err
}

// omits reports whether n or an ancestor of it is left out.
func (s Selection) omits(n *xmldoc.Node) bool {
	if s.Omit == nil && !s.OmitSignatures {
		return false
	}
	for ; n != nil; n = n.Parent() {
		if n == s.Omit || s.OmitSignatures && n.Is(Namespace, "Signature") {
			return true
		}
	}
	return false
}

// canonicalizer writes canonical XML. Its stack of rendered namespaces is what
// an application that reads only the output would have in scope.
type canonicalizer struct {
	method         Canonicalization
	w              io.Writer
	selection      Selection
	omit           *xmldoc.Node
	omitSignatures bool
	inclusive      map[string]bool // of method.Prefixes
	meter          *meter
	buf            []byte
	flushAt        int
	err            error

	rendered scope
	// inherited are xml:* attributes that the apex takes from its ancestors.
	inherited []xmldoc.Attr
	// apexScope are the namespaces in scope at the apex that its own tag does
	// not declare, as far as they have to be rendered there.
	apexScope []xmldoc.NamespaceDecl

	decls []declaration  // scratch: declarations of one element
	order []*xmldoc.Attr // scratch: its attributes

	plainURI string // the last namespace name that had nothing to escape

	// space is where the slices begin, so that small messages need no further
	// memory for them.
	space struct {
		bindings [smallScope]binding
		frames   [32]int
		decls    [8]declaration
		order    [8]*xmldoc.Attr
	}
}

// declaration is a namespace declaration to be written.
type declaration struct{ prefix, uri string }

func (k *canonicalizer) document(doc *xmldoc.Document) {
	seenRoot := false
	for n := range doc.Nodes() {
		switch n.Kind() {
		case xmldoc.ElementNode:
			if !k.omitted(n) {
				k.subtree(n)
			}
			seenRoot = true
		case xmldoc.PINode, xmldoc.CommentNode:
			if n.Kind() == xmldoc.CommentNode && !k.method.Comments {
				continue
			}
			if seenRoot {
				k.write("\n")
			}
			k.leaf(n)
			if !seenRoot {
				k.write("\n")
			}
		}
	}
}

func (k *canonicalizer) omitted(n *xmldoc.Node) bool {
	return n == k.omit || k.omitSignatures && n.Is(Namespace, "Signature")
}

// subtree writes top and everything below it, without recursion: depth is the
// sender's choice.
func (k *canonicalizer) subtree(top *xmldoc.Node) {
	k.open(top, true)
	n := top.FirstChild()
	if n == nil {
		k.close(top)
		return
	}
	for k.err == nil {
		if n.Kind() != xmldoc.ElementNode {
			k.leaf(n)
		} else if !k.omitted(n) {
			k.open(n, false)
			if child := n.FirstChild(); child != nil {
				n = child
				continue
			}
			k.close(n)
		}
		next := n.Next()
		for next == nil {
			n = n.Parent()
			k.close(n)
			if n == top {
				return
			}
			next = n.Next()
		}
		n = next
	}
}

func (k *canonicalizer) open(n *xmldoc.Node, isApex bool) {
	k.rendered.push()
	k.buf = append(k.buf, '<')
	k.write(n.QName())
	k.namespaces(n, isApex)
	k.attributes(n, isApex)
	k.buf = append(k.buf, '>')
	if len(k.buf) > k.flushAt {
		k.flush()
	}
}

func (k *canonicalizer) close(n *xmldoc.Node) {
	k.buf = append(k.buf, '<', '/')
	k.write(n.QName())
	k.buf = append(k.buf, '>')
	if len(k.buf) > k.flushAt {
		k.flush()
	}
	k.rendered.pop()
}

// apexContext gathers what the apex of a subtree has from its ancestors:
// namespaces in scope, and for the inclusive methods the attributes of the xml
// namespace (Canonical XML 1.0 section 2.4, 1.1 section 2.4).
func (k *canonicalizer) apexContext(apex *xmldoc.Node) {
	if k.method.Exclusive && len(k.inclusive) == 0 {
		return
	}
	seen := map[string]bool{}
	for _, d := range apex.Namespaces() {
		seen[d.Prefix] = true
	}
	for a := k.selection.enclosing(apex); a != nil; a = k.selection.enclosing(a) {
		if !k.meter.spend(1 + len(a.Namespaces())) {
			k.err = ErrTooLarge
			return
		}
		for _, d := range a.Namespaces() {
			if !seen[d.Prefix] {
				seen[d.Prefix] = true
				if !k.method.Exclusive || k.inclusive[d.Prefix] {
					k.apexScope = append(k.apexScope, d)
				}
			}
		}
	}
	if !k.method.Exclusive {
		var ok bool
		if k.inherited, ok = inheritedXMLAttrs(apex, k.selection, k.method.V11, k.meter); !ok {
			k.err = ErrTooLarge
		}
	}
}

// namespaces writes the namespace declarations that n needs in the output and
// no output ancestor has made.
func (k *canonicalizer) namespaces(n *xmldoc.Node, isApex bool) {
	k.decls = k.decls[:0]
	own := n.Namespaces()
	if k.method.Exclusive {
		name := n.Name()
		k.declare(name.Prefix, name.Space)
		attrs := n.Attrs()
		for i := range attrs {
			if attrs[i].Name.Prefix != "" {
				k.declare(attrs[i].Name.Prefix, attrs[i].Name.Space)
			}
		}
		if len(k.inclusive) > 0 {
			for i := range own {
				if k.inclusive[own[i].Prefix] {
					k.declare(own[i].Prefix, own[i].URI)
				}
			}
		}
	} else {
		for i := range own {
			k.declare(own[i].Prefix, own[i].URI)
		}
	}
	if isApex {
		for i := range k.apexScope {
			k.declare(k.apexScope[i].Prefix, k.apexScope[i].URI)
		}
	}
	if len(k.decls) > 1 {
		slices.SortFunc(k.decls, func(a, b declaration) int { return strings.Compare(a.prefix, b.prefix) })
	}
	for i := range k.decls {
		d := &k.decls[i]
		if d.prefix == "" {
			k.write(` xmlns="`)
		} else {
			k.write(" xmlns:")
			k.write(d.prefix)
			k.write(`="`)
		}
		switch {
		case d.uri == k.plainURI:
			k.write(d.uri)
		case isPlainValue(d.uri):
			k.plainURI = d.uri
			k.write(d.uri)
		default:
			k.attrValue(d.uri)
		}
		k.buf = append(k.buf, '"')
	}
}

// declare notes a declaration for the current element unless the output has it
// already. The stack is updated at once, so that a prefix that an element uses
// twice is declared once.
func (k *canonicalizer) declare(prefix, uri string) {
	if k.rendered.has(prefix, uri) || prefix == "xml" {
		return
	}
	k.rendered.bind(prefix, uri)
	k.decls = append(k.decls, declaration{prefix, uri})
}

func (k *canonicalizer) attributes(n *xmldoc.Node, isApex bool) {
	attrs := n.Attrs()
	if (!isApex || len(k.inherited) == 0) && inOrder(attrs) {
		for i := range attrs {
			k.attribute(n, &attrs[i])
		}
		return
	}
	k.order = k.order[:0]
	for i := range attrs {
		k.order = append(k.order, &attrs[i])
	}
	if isApex {
		for i := range k.inherited {
			a := &k.inherited[i]
			at := -1
			if k.method.V11 && a.Name.Local == "base" { // joined, it replaces the apex's own
				at = slices.IndexFunc(k.order, func(b *xmldoc.Attr) bool { return b.Name.Is(xmldoc.XMLNamespace, "base") })
			}
			if at >= 0 {
				k.order[at] = a
			} else {
				k.order = append(k.order, a)
			}
		}
	}
	slices.SortFunc(k.order, compareAttrs)
	for _, a := range k.order {
		k.attribute(n, a)
	}
}

func inOrder(attrs []xmldoc.Attr) bool {
	for i := 1; i < len(attrs); i++ {
		if compareAttrs(&attrs[i-1], &attrs[i]) > 0 {
			return false
		}
	}
	return true
}

// compareAttrs orders by namespace name, then local name (Canonical XML 1.0
// section 2.2).
func compareAttrs(a, b *xmldoc.Attr) int {
	if a.Name.Space != b.Name.Space {
		return strings.Compare(a.Name.Space, b.Name.Space)
	}
	return strings.Compare(a.Name.Local, b.Name.Local)
}

func (k *canonicalizer) attribute(n *xmldoc.Node, a *xmldoc.Attr) {
	k.buf = append(k.buf, ' ')
	source := n.AttrSource(a)
	size := len(a.Name.Local) + len(`=""`) + len(a.Value)
	if a.Name.Prefix != "" {
		size += len(a.Name.Prefix) + len(":")
	}
	if len(source) == size && source[size-1] == '"' && a.Raw == a.Value {
		// No blanks around the "=", and nothing in the value that was replaced
		// or, between these quotes, needs to be.
		k.write(source)
		return
	}
	if a.Name.Prefix != "" {
		k.write(a.Name.Prefix)
		k.buf = append(k.buf, ':')
	}
	k.write(a.Name.Local)
	k.buf = append(k.buf, '=', '"')
	if len(a.Value) == len(a.Raw) && strings.IndexByte(a.Value, '"') < 0 {
		// Every reference is longer than what it stands for, so there is none:
		// no < or & can be in the value, and white space is blanks.
		k.write(a.Value)
	} else {
		k.attrValue(a.Value)
	}
	k.buf = append(k.buf, '"')
}

func (k *canonicalizer) leaf(n *xmldoc.Node) {
	switch n.Kind() {
	case xmldoc.TextNode:
		if source, ok := n.CanonicalText(); ok {
			k.write(source)
		} else {
			k.text(n.Value())
		}
	case xmldoc.CDATANode:
		k.text(n.Value())
	case xmldoc.CommentNode:
		if k.method.Comments {
			k.write("<!--")
			k.write(n.Value())
			k.write("-->")
		}
	case xmldoc.PINode:
		k.write("<?")
		k.write(n.Name().Local)
		if v := n.Value(); v != "" {
			k.write(" ")
			k.write(v)
		}
		k.write("?>")
	}
	if len(k.buf) > k.flushAt {
		k.flush()
	}
}
