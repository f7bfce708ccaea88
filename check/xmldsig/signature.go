package xmldsig

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Signature is one ds:Signature. It exists for broken ones too: what is missing
// is nil or empty, and Problems says so.
type Signature struct {
	Node *xmldoc.Node

	// SignedInfos are its SignedInfo children; the first is the one that is
	// read. Several are an attack: software that digests one and verifies
	// another can be made to see two different signatures.
	SignedInfos []*xmldoc.Node
	// CanonicalizationMethod is its algorithm as written. Canonicalization is
	// what it means, when CanonicalizationErr is nil.
	CanonicalizationMethod string
	Canonicalization       Canonicalization
	CanonicalizationErr    error
	// SignatureMethod is its algorithm as written, Algorithm what it means.
	SignatureMethod string
	Algorithm       SignatureAlgorithm
	References      []*Reference

	// Values are its SignatureValue children, and Value the octets of the
	// first, unless ValueErr tells why they cannot be read.
	Values   []*xmldoc.Node
	Value    []byte
	ValueErr error

	// KeyInfos and Objects are its ds:KeyInfo and ds:Object children.
	KeyInfos []*xmldoc.Node
	Objects  []*xmldoc.Node

	// Problems are departures from the structure that XML Signature prescribes.
	// With any of them libxmlsec1 refuses the signature, whatever the
	// cryptography says.
	Problems []Problem

	index   *Index
	octets  signedOctets
	once    sync.Once
	keyInfo *KeyInfo
}

// Problem is one departure from the structure of a Signature.
type Problem struct {
	Code    ProblemCode
	Message string       // one plain sentence
	Node    *xmldoc.Node // the unexpected element, or the one that lacks another
}

// ProblemCode is a stable name for a kind of [Problem].
type ProblemCode string

// The kinds of problem.
const (
	ProblemMissing    ProblemCode = "missing-element"    // a required element is not where it must be
	ProblemUnexpected ProblemCode = "unexpected-element" // an element that must not be there
	ProblemRepeated   ProblemCode = "repeated-element"   // a second one, where only one is allowed
	ProblemAlgorithm  ProblemCode = "missing-algorithm"  // no Algorithm attribute
	ProblemUnknown    ProblemCode = "unknown-algorithm"  // an algorithm that does not exist
	ProblemParameter  ProblemCode = "bad-parameter"      // a parameter that cannot be read
)

// Find returns every ds:Signature of the document, in document order, also those
// inside other signatures.
func Find(index *Index) []*Signature {
	found := make([]*Signature, len(index.signatures))
	for i, n := range index.signatures {
		found[i] = readSignature(index, n)
	}
	return found
}

func readSignature(index *Index, n *xmldoc.Node) *Signature {
	s := &Signature{Node: n, index: index}
	s.octets.write = s.CanonicalSignedInfo

	c := children{s: s, parent: n}
	c.next()
	if info := c.take("SignedInfo", true); info != nil {
		s.readSignedInfo(info)
	}
	c.take("SignatureValue", true)
	c.take("KeyInfo", false)
	for o := c.take("Object", false); o != nil; {
		o = c.take("Object", false)
	}
	c.end()

	for e := range n.Elements() {
		switch name := e.Name(); {
		case name.Space != Namespace:
		case name.Local == "SignedInfo":
			s.SignedInfos = append(s.SignedInfos, e)
		case name.Local == "SignatureValue":
			s.Values = append(s.Values, e)
		case name.Local == "KeyInfo":
			s.KeyInfos = append(s.KeyInfos, e)
		case name.Local == "Object":
			s.Objects = append(s.Objects, e)
		}
	}
	if len(s.References) == 0 && len(s.SignedInfos) > 0 && s.SignatureMethod == "" {
		// SignedInfo stands in the wrong place: read it all the same.
		s.readSignedInfo(s.SignedInfos[0])
	}
	if len(s.Values) > 0 {
		s.Value, s.ValueErr = decodeBase64(s.Values[0].Text())
	}
	return s
}

func (s *Signature) readSignedInfo(info *xmldoc.Node) {
	c := children{s: s, parent: info}
	c.next()
	if m := c.take("CanonicalizationMethod", true); m != nil {
		s.CanonicalizationMethod = s.algorithm(m)
		var ok bool
		if s.Canonicalization, ok = CanonicalizationOf(s.CanonicalizationMethod); ok {
			s.CanonicalizationErr = s.readPrefixList(m, &s.Canonicalization)
		} else {
			s.CanonicalizationErr = fmt.Errorf("the canonicalization method %q is not known", s.CanonicalizationMethod)
			s.problem(ProblemUnknown, m, "The canonicalization method %q does not exist.", s.CanonicalizationMethod)
		}
	}
	if m := c.take("SignatureMethod", true); m != nil {
		s.SignatureMethod = s.algorithm(m)
		s.Algorithm = SignatureAlgorithmOf(s.SignatureMethod)
		s.readPSSParams(m)
	}
	for r := c.take("Reference", true); r != nil; r = c.take("Reference", false) {
		s.References = append(s.References, s.readReference(r))
	}
	c.end()
}

// algorithm is the Algorithm attribute of n.
func (s *Signature) algorithm(n *xmldoc.Node) string {
	a := n.Attr("", "Algorithm")
	if a == nil {
		s.problem(ProblemAlgorithm, n, "The %s has no Algorithm.", n.Name().Local)
		return ""
	}
	return a.Value
}

func (s *Signature) problem(code ProblemCode, n *xmldoc.Node, format string, args ...any) {
	s.Problems = append(s.Problems, Problem{Code: code, Message: fmt.Sprintf(format, args...), Node: n})
}

// children walks over the child elements of a node in the order that the schema
// prescribes. After the first departure it says no more of that node.
type children struct {
	s      *Signature
	parent *xmldoc.Node
	at     *xmldoc.Node // the element that is next to be taken
	last   string       // the local name taken last
	broken bool
}

func (c *children) next() {
	n := c.parent.FirstChild()
	if c.at != nil {
		n = c.at.Next()
	}
	for n != nil && n.Kind() != xmldoc.ElementNode {
		n = n.Next()
	}
	c.at = n
}

// take returns the next element if it is ds:local.
func (c *children) take(local string, required bool) *xmldoc.Node {
	if n := c.at; n.Is(Namespace, local) {
		c.last = local
		if n.Next() == nil {
			c.at = nil
		} else {
			c.next()
		}
		return n
	}
	if required && !c.broken {
		if c.at == nil {
			c.fail(ProblemMissing, c.parent, "The %s has no %s.", c.parent.Name().Local, local)
		} else {
			c.unexpected(local)
		}
	}
	return nil
}

// end reports what is left.
func (c *children) end() {
	if c.at != nil && !c.broken {
		c.unexpected("")
	}
}

func (c *children) unexpected(wanted string) {
	name, parent := c.at.Name(), c.parent.Name().Local
	switch {
	case name.Is(Namespace, c.last):
		c.fail(ProblemRepeated, c.at, "The %s has a second %s.", parent, c.last)
	case wanted != "":
		c.fail(ProblemUnexpected, c.at, "The %s has a %s where its %s is expected.", parent, name, wanted)
	default:
		c.fail(ProblemUnexpected, c.at, "The %s has a %s, which does not belong there.", parent, name)
	}
}

func (c *children) fail(code ProblemCode, n *xmldoc.Node, format string, args ...any) {
	c.broken = true
	c.s.problem(code, n, format, args...)
}

// CanonicalSignedInfo writes the octets that SignatureValue signs: SignedInfo in
// its canonical form.
func (s *Signature) CanonicalSignedInfo(w io.Writer) error {
	if len(s.SignedInfos) == 0 {
		return errors.New("the Signature has no SignedInfo")
	}
	if s.CanonicalizationErr != nil {
		return s.CanonicalizationErr
	}
	if s.CanonicalizationMethod == "" {
		return errors.New("the SignedInfo has no CanonicalizationMethod")
	}
	if s.index.relative != "" {
		return relativeError(s.index.relative)
	}
	return s.Canonicalization.canonicalize(w, s.index.doc, Selection{Apex: s.SignedInfos[0], Alone: s.index.alone}, s.index.meter)
}

// Index is the index that the signature was found with.
func (s *Signature) Index() *Index { return s.index }
