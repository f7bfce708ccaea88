// Package xmldoc is a strict, non-validating reader of XML 1.0 (fifth edition)
// with Namespaces in XML 1.0 (third edition), made for explaining messages
// rather than merely loading them: every node and attribute knows where it
// stands in the bytes that were received, attribute values are kept both as
// written and as normalised, every deviation from the two recommendations is an
// [Error] with its place, and the tree up to the first fatal one is kept.
//
// The reader never expands entities that a document declares, never opens
// external entities and never touches the network. It departs from the
// recommendations in three places, all of which only a document with a document
// type declaration can reach: a reference to a declared entity is an error
// ([CodeEntityNotExpanded]), so is the declaration of an attribute default, which
// is not supplied ([CodeDefaultNotSupplied]), and every attribute is normalised
// as CDATA.
//
// The tree is immutable once [Parse] has returned and may be read by any number
// of goroutines.
package xmldoc

import "iter"

// The two namespaces that are bound without being declared (Namespaces in XML
// 1.0, section 3).
const (
	XMLNamespace   = "http://www.w3.org/XML/1998/namespace" // of the prefix xml
	XMLNSNamespace = "http://www.w3.org/2000/xmlns/"        // of the prefix xmlns
)

// Kind says what a [Node] is.
type Kind uint8

// The kinds of node. A run of character data that contains both ordinary text
// and CDATA sections gives one node for each part, in order.
const (
	ElementNode Kind = iota + 1
	TextNode
	CDATANode
	CommentNode
	PINode
)

// Name is an expanded name with the prefix it was written with. The zero Space
// is "no namespace".
type Name struct {
	Space  string // namespace URI
	Prefix string // as written; empty for the default namespace
	Local  string
}

// String returns the name as written: "prefix:local", or "local".
func (n Name) String() string {
	if n.Prefix == "" {
		return n.Local
	}
	return n.Prefix + ":" + n.Local
}

// Is reports whether the expanded name is {space}local.
func (n Name) Is(space, local string) bool { return n.Local == local && n.Space == space }

// Attr is one attribute specification of a start tag, namespace declarations
// excepted.
type Attr struct {
	Name  Name
	Value string // normalised as XML 1.0 section 3.3.3 says for CDATA attributes
	Raw   string // the literal between the quotes, references unresolved

	start      uint32 // of the whole specification, text offset
	valueStart uint32 // just after the opening quote
}

// NamespaceDecl is one xmlns or xmlns:prefix attribute of a start tag.
type NamespaceDecl struct {
	Prefix string // empty for xmlns="…"
	URI    string // normalised value; empty undeclares the default namespace

	start      uint32
	valueStart uint32
	ignored    bool // an error was reported for it, it binds nothing
}

// Node is one node of the tree. Its zero value is not useful.
//
// Nodes stand in one slice in document order and name each other by index (0 is
// none): a large document is then a handful of allocations, one cache line a
// node, and next to nothing for the garbage collector to follow.
type Node struct {
	doc                                       *Document
	name                                      uint32 // index into Document.names
	parent, firstChild, lastChild, prev, next uint32
	start, end                                uint32 // text offsets; end is where reading stopped when the node was never closed
	contentStart                              uint32 // elements: just after the start tag
	attrStart, attrCount                      uint32 // elements: in Document.attrs; others: attrStart is the index into Document.values
	nsStart, nsCount                          uint32 // elements: in Document.namespaces
	kind                                      Kind
	flags                                     nodeFlags
}

type nodeFlags uint8

const (
	flagClosed   nodeFlags = 1 << iota // the end tag was read
	flagReplaced                       // the value differs from what is written and stands in Document.values
	flagEscaped                        // … but only by references to amp, lt and gt
)

// Position is a place in the input. Line and Column count from 1; Column counts
// characters (Unicode code points), not bytes. Offset counts bytes of
// [Document.Source] from 0, whatever the encoding. A line ends with LF, CR LF or
// a lone CR.
type Position struct {
	Offset int
	Line   int
	Column int
}

// Limits bound what a document may cost. A zero field means the default; -1
// means no limit.
type Limits struct {
	Bytes      int // size of the input; default 64 MiB, and never above 2 GiB
	Depth      int // nested elements; default 1,000
	Attributes int // attributes and namespace declarations of one element; default 1,000
	Nodes      int // nodes in the document; default 10,000,000
}

// Options say how [Parse] reads.
type Options struct {
	Limits Limits

	// Encoding is the charset that came with the document, such as that of an
	// HTTP Content-Type. It takes precedence over the encoding declaration but
	// not over a byte order mark (RFC 7303, section 3). Empty means that the
	// bytes decide.
	Encoding string

	// Context makes the document a fragment: it is read as what stands in
	// Context, an element of another document, such as the plaintext that takes
	// the place of an EncryptedData (XML Encryption, section 4.4). The
	// namespaces in scope there are in scope at its root. Nil for a document of
	// its own.
	Context *Node
}

// Doctype is a document type declaration. Its internal subset is checked for
// well-formedness but neither interpreted nor expanded.
type Doctype struct {
	Name     string
	PublicID string
	SystemID string
	Internal string // the internal subset as written, without the brackets

	doc        *Document
	start, end uint32
}

// Document is what one input held.
type Document struct {
	source  []byte
	text    string // source as UTF-8; shares no memory with source
	context *Node  // nil unless the document is a fragment

	charset          charset
	declaredEncoding string
	version          string
	standalone       string
	bom              int // bytes of the byte order mark

	nodes      []Node // 0 is the document itself
	names      []Name // 0 is no name
	attrs      []Attr
	namespaces []NamespaceDecl
	values     []string
	uris       []string // distinct namespace names

	doctype   *Doctype
	root      *Node
	errors    []*Error
	open      []*Node
	truncated bool

	lines lineTable
}

// Root is the document element, or nil when input ended before one began.
func (d *Document) Root() *Node { return d.root }

// Context is the element of another document in which d, a fragment, stands
// ([Options.Context]); nil for a document of its own.
func (d *Document) Context() *Node { return d.context }

// Nodes yields what stands outside any element, in document order: the comments
// and processing instructions of the prolog, the root, and those of the epilog.
func (d *Document) Nodes() iter.Seq[*Node] { return d.nodes[0].Children() }

// Source is the input as it was received. It must not be changed.
func (d *Document) Source() []byte { return d.source }

// Text is the input as UTF-8, without byte order mark and up to the first byte
// that cannot be decoded or stands for a character that XML forbids. Line ends
// are as received.
func (d *Document) Text() string { return d.text }

// Errors are the deviations found, in document order. Recoverable ones
// (duplicate attribute, undeclared prefix, …) may be several, of which the first
// 100 are kept; a fatal one is the last.
func (d *Document) Errors() []*Error { return d.errors }

// WellFormed reports whether the document is well-formed and
// namespace-well-formed, and was read to its end within the limits.
func (d *Document) WellFormed() bool { return len(d.errors) == 0 }

// Truncated reports whether input ended inside the document: inside markup, or
// with elements still open.
func (d *Document) Truncated() bool { return d.truncated }

// Open are the elements that were still open when reading stopped, outermost
// first; nil for a whole document. The last one may be known only in part, when
// reading stopped inside its start tag.
func (d *Document) Open() []*Node { return d.open }

// NamespaceNames are the distinct namespace names that the document declares, as
// normalised attribute values, in the order of their first declaration; those
// that a fragment inherits come first. The
// empty one, which undeclares, and the two that are bound from the start are
// never among them. The slice must not be changed.
func (d *Document) NamespaceNames() []string { return d.uris }

// Doctype is the document type declaration, or nil.
func (d *Document) Doctype() *Doctype { return d.doctype }

// Encoding is how the bytes were read: "UTF-8", "UTF-16LE", "UTF-16BE",
// "ISO-8859-1", "windows-1252" or "US-ASCII".
func (d *Document) Encoding() string { return d.charset.String() }

// DeclaredEncoding is the encoding that the XML declaration names, as written,
// or empty.
func (d *Document) DeclaredEncoding() string { return d.declaredEncoding }

// Version is the version that the XML declaration names, or empty.
func (d *Document) Version() string { return d.version }

// Standalone is "yes" or "no" as the XML declaration says, or empty.
func (d *Document) Standalone() string { return d.standalone }

// HasBOM reports whether the input began with a byte order mark.
func (d *Document) HasBOM() bool { return d.bom > 0 }

// Position is where the declaration begins.
func (t *Doctype) Position() Position { return t.doc.Position(int(t.start)) }

// End is the place just after the declaration.
func (t *Doctype) End() Position { return t.doc.Position(int(t.end)) }

func (d *Document) node(i uint32) *Node {
	if i == 0 {
		return nil
	}
	return &d.nodes[i]
}
