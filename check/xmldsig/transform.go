package xmldsig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Transform is one ds:Transform of a Reference.
type Transform struct {
	Node      *xmldoc.Node
	Algorithm string // as written
	// Canonicalization is set when the transform is a canonicalisation method.
	Canonicalization *Canonicalization
	// Enveloped says that the transform leaves out the Signature that holds it:
	// enveloped-signature, or an XPath filter that does the same.
	Enveloped bool
	// Err is why the transform cannot be carried out: a kind that is unknown or
	// not supported, or a parameter that cannot be read.
	Err error

	allSignatures bool // not(ancestor-or-self::ds:Signature)
}

func (r *Reference) readTransforms(list *xmldoc.Node) {
	for n := range list.Elements() {
		if !n.Is(Namespace, "Transform") {
			r.signature.problem(ProblemUnexpected, n, "The Transforms has a %s, which does not belong there.", n.Name())
			return
		}
		r.Transforms = append(r.Transforms, r.signature.readTransform(n))
	}
}

func (s *Signature) readTransform(n *xmldoc.Node) Transform {
	t := Transform{Node: n, Algorithm: s.algorithm(n)}
	if c, ok := CanonicalizationOf(t.Algorithm); ok {
		t.Err = s.readPrefixList(n, &c)
		t.Canonicalization = &c
		return t
	}
	switch t.Algorithm {
	case TransformEnveloped:
		t.Enveloped = true
	case TransformBase64:
	case TransformXPath, TransformXPathFilter2:
		t.readXPath()
	case "":
		t.Err = errors.New("a Transform has no Algorithm")
	default:
		t.Err = fmt.Errorf("the transform %q is %w", t.Algorithm, ErrUnsupported)
	}
	return t
}

// readPrefixList reads the InclusiveNamespaces of an exclusive canonicalisation
// (Exclusive XML Canonicalization 1.0 section 3).
//
// Prefixes are separated by single blanks, as libxmlsec1 separates them: of two
// blanks in a row the second names the empty prefix, which is #default. By the
// letter of the specification any white space separates, and services may be
// found that hold to that.
func (s *Signature) readPrefixList(n *xmldoc.Node, c *Canonicalization) error {
	if !c.Exclusive {
		return nil
	}
	read := false
	for e := range n.Elements() {
		switch {
		case !e.Is(nsExclusiveC14N, "InclusiveNamespaces"):
			s.problem(ProblemUnexpected, e, "The %s has a %s, which does not belong there.", n.Name().Local, e.Name())
			return nil
		case read:
			s.problem(ProblemRepeated, e, "The %s has a second InclusiveNamespaces.", n.Name().Local)
			return nil
		}
		read = true
		list := e.Attr("", "PrefixList")
		if list == nil {
			s.problem(ProblemParameter, e, "The InclusiveNamespaces has no PrefixList.")
			return errors.New("an InclusiveNamespaces has no PrefixList")
		}
		for rest := list.Value; rest != ""; {
			var prefix string
			prefix, rest, _ = strings.Cut(rest, " ")
			if prefix == "#default" {
				prefix = ""
			}
			c.Prefixes = append(c.Prefixes, prefix)
		}
	}
	return nil
}

// The XPath filters that services in the wild use, all of them for leaving out
// signatures; blanks removed, the prefix of XML Signature written as ds.
const (
	xpathNoSignature   = "not(ancestor-or-self::ds:Signature)"
	xpathEnveloped     = "count(ancestor-or-self::ds:Signature|here()/ancestor::ds:Signature[1])>count(ancestor-or-self::ds:Signature)"
	xpathHere          = "here()/ancestor::ds:Signature[1]"
	xpathAllSignatures = "//ds:Signature"
	xpathDescendants   = "/descendant::ds:Signature"
)

// readXPath recognises the filters above; nothing else is evaluated.
func (t *Transform) readXPath() {
	t.Err = fmt.Errorf("an XPath filter that does not just leave out signatures is %w", ErrUnsupported)
	space := Namespace
	if t.Algorithm == TransformXPathFilter2 {
		space = nsXPathFilter2
	}
	var filter *xmldoc.Node
	for e := range t.Node.Elements() {
		if filter != nil || !e.Is(space, "XPath") {
			return
		}
		filter = e
	}
	if filter == nil {
		return
	}
	subtract := false
	if a := filter.Attr("", "Filter"); a != nil {
		subtract = a.Value == "subtract"
	}
	switch expression := plainXPath(filter); {
	case space == Namespace && expression == xpathNoSignature,
		space == nsXPathFilter2 && subtract && (expression == xpathAllSignatures || expression == xpathDescendants):
		t.allSignatures, t.Err = true, nil
	case space == Namespace && expression == xpathEnveloped,
		space == nsXPathFilter2 && subtract && expression == xpathHere:
		t.Enveloped, t.Err = true, nil
	}
}

// plainXPath is the expression in filter without blanks, every name Signature
// of XML Signature written with the prefix ds.
func plainXPath(filter *xmldoc.Node) string {
	const name = ":Signature"
	rest := strings.Join(strings.FieldsFunc(filter.Text(), isXMLSpace), "")
	if len(rest) > 2*len(xpathEnveloped) {
		return ""
	}
	var b strings.Builder
	for {
		i := strings.Index(rest, name)
		if i < 0 {
			return b.String() + rest
		}
		start := strings.LastIndexAny(rest[:i], ":/|(") + 1
		if uri, _ := filter.LookupNamespace(rest[start:i]); uri != Namespace {
			return ""
		}
		b.WriteString(rest[:start] + "ds" + name)
		rest = rest[i+len(name):]
	}
}

// process carries out the transforms and writes what comes out to w.
func (r *Reference) process(w io.Writer) error {
	in := state{doc: r.signature.index.doc, comments: r.Comments, meter: r.signature.index.meter}
	in.relative = r.signature.index.relative
	in.Apex, in.Alone = r.Target, r.signature.index.alone
	for i := range r.Transforms {
		t := &r.Transforms[i]
		if t.Err != nil {
			return t.Err
		}
		last := i == len(r.Transforms)-1
		switch {
		case t.Enveloped || t.allSignatures:
			if err := in.parse(); err != nil {
				return err
			}
			if in.doc != r.signature.index.doc {
				return errors.New("the enveloped-signature transform comes after a canonicalization, when the Signature can no longer be found")
			}
			if t.Enveloped {
				in.Omit = r.signature.Node
			} else {
				in.OmitSignatures = true
			}
		case t.Canonicalization != nil:
			if err := in.parse(); err != nil {
				return err
			}
			if last {
				return in.canonicalize(w, *t.Canonicalization)
			}
			var b bytes.Buffer
			if err := in.canonicalize(&b, *t.Canonicalization); err != nil {
				return err
			}
			in.octets, in.isOctets = b.Bytes(), true
		default: // base64
			text, err := in.text()
			if err != nil {
				return err
			}
			b, err := decodeBase64(text)
			if err != nil && !errors.Is(err, errNoValue) {
				return fmt.Errorf("the content to be decoded is not base64: %w", err)
			}
			in.octets, in.isOctets = b, true
		}
	}
	if in.isOctets {
		_, err := w.Write(in.octets)
		return err
	}
	return in.canonicalize(w, Canonicalization{})
}

// state is what passes from transform to transform: a part of a document, or
// octets.
type state struct {
	doc *xmldoc.Document
	Selection
	comments bool // are selected
	octets   []byte
	isOctets bool
	relative string // a relative namespace name of doc
	meter    *meter
}

// parse turns octets into a document (XML Signature section 4.4.3.2).
func (in *state) parse() error {
	if !in.isOctets {
		return nil
	}
	if !in.meter.spend(len(in.octets)) {
		return ErrTooLarge
	}
	doc := xmldoc.Parse(in.octets, xmldoc.Options{})
	if !doc.WellFormed() {
		return fmt.Errorf("what a transform needs as XML is not well-formed: %w", doc.Errors()[0])
	}
	*in = state{doc: doc, comments: true, relative: relativeNamespace(doc), meter: in.meter}
	return nil
}

func (in *state) canonicalize(w io.Writer, c Canonicalization) error {
	if in.relative != "" {
		return relativeError(in.relative)
	}
	c.Comments = c.Comments && in.comments
	return c.canonicalize(w, in.doc, in.Selection, in.meter)
}

// text is the text of what is selected, which is what base64 decodes. CDATA
// sections are no part of it, as for libxmlsec1.
func (in *state) text() (string, error) {
	if in.isOctets {
		return string(in.octets), nil
	}
	top := in.Apex
	if top == nil {
		top = in.doc.Root()
	}
	if top == nil || in.omits(in.Apex) {
		return "", nil
	}
	if start, end := top.Range(); !in.meter.spend(end - start) {
		return "", ErrTooLarge
	}
	var b strings.Builder
	for n := top; n != nil; {
		omitted := n == in.Omit || in.OmitSignatures && n.Is(Namespace, "Signature")
		if n.Kind() == xmldoc.TextNode {
			b.WriteString(n.Value())
		}
		if next := n.FirstChild(); next != nil && !omitted {
			n = next
			continue
		}
		for n != top && n.Next() == nil {
			n = n.Parent()
		}
		if n == top {
			break
		}
		n = n.Next()
	}
	return b.String(), nil
}

// relativeNamespace is the first namespace name in doc that is no absolute URI,
// or "".
func relativeNamespace(doc *xmldoc.Document) string {
	for _, uri := range doc.NamespaceNames() {
		if !isAbsoluteURI(uri) {
			return uri
		}
	}
	return ""
}

func relativeError(uri string) error { return fmt.Errorf("%w: %q", ErrRelativeNamespace, uri) }
