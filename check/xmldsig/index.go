package xmldsig

import (
	"iter"
	"slices"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Index knows a document's ID attributes and signatures. It is made once per
// document and shared by its signatures.
type Index struct {
	doc        *xmldoc.Document
	names      []xmldoc.Name
	lengths    uint64 // bit n: an ID attribute's local name has n octets
	ids        map[string][]*xmldoc.Node
	order      []string // the keys of ids that occur more than once, as met
	signatures []*xmldoc.Node
	relative   string // the first relative namespace name
	meter      *meter
	alone      bool
}

// NewIndex reads doc once. The names are those of attributes that hold IDs,
// prefixes ignored; xml:id always is one. Without a schema nothing else tells
// that an attribute is an ID.
func NewIndex(doc *xmldoc.Document, names ...xmldoc.Name) *Index {
	x := &Index{
		doc:   doc,
		names: slices.Concat(names, []xmldoc.Name{{Space: xmldoc.XMLNamespace, Local: "id"}}),
		ids:   map[string][]*xmldoc.Node{},
		meter: newMeter(len(doc.Text())),
	}
	for i := range x.names {
		x.lengths |= 1 << min(len(x.names[i].Local), 63)
	}
	root := doc.Root()
	if root == nil {
		return x
	}
	x.relative = relativeNamespace(doc)
	for n := range root.Descendants() {
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		attrs := n.Attrs()
		for i := range attrs {
			if x.isID(&attrs[i].Name) {
				x.add(attrs[i].Value, n)
			}
		}
		if n.Is(Namespace, "Signature") {
			x.signatures = append(x.signatures, n)
		}
	}
	return x
}

func (x *Index) isID(name *xmldoc.Name) bool {
	if x.lengths>>min(len(name.Local), 63)&1 == 0 {
		return false
	}
	for i := range x.names {
		if name.Is(x.names[i].Space, x.names[i].Local) {
			return true
		}
	}
	return false
}

func (x *Index) add(id string, n *xmldoc.Node) {
	if id == "" {
		return
	}
	have := x.ids[id]
	switch {
	case len(have) == 0:
	case have[len(have)-1] == n: // two ID attributes of one element
		return
	case len(have) == 1:
		x.order = append(x.order, id)
	}
	x.ids[id] = append(have, n)
}

// Like indexes doc, another version of the document, with the same ID names.
func (x *Index) Like(doc *xmldoc.Document) *Index {
	return NewIndex(doc, x.names[:len(x.names)-1]...)
}

// Alone is x for verifying as software does that takes a fragment, such as what
// was encrypted, for a document of its own: inclusive canonicalisation then
// inherits nothing from what the fragment stands in.
func (x *Index) Alone() *Index {
	alone := *x
	alone.alone = true
	return &alone
}

// Document is the document that was indexed.
func (x *Index) Document() *xmldoc.Document { return x.doc }

// Elements are the elements with that ID, in document order. More than one is
// an error in the message, and the start of many attacks.
func (x *Index) Elements(id string) []*xmldoc.Node { return x.ids[id] }

// Duplicates yields every ID that more than one element has, in document order
// of the second, with those elements.
func (x *Index) Duplicates() iter.Seq2[string, []*xmldoc.Node] {
	return func(yield func(string, []*xmldoc.Node) bool) {
		for _, id := range x.order {
			if !yield(id, x.ids[id]) {
				return
			}
		}
	}
}
