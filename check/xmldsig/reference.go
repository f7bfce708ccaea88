package xmldsig

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Reference is one ds:Reference of a SignedInfo.
type Reference struct {
	Node *xmldoc.Node

	// URI says what is signed. Without the attribute, and when it is empty, that
	// is the whole document.
	URI    string
	HasURI bool
	// ID is the ID that URI names as "#ID" or "#xpointer(id('ID'))", else empty.
	ID string
	// WholeDocument says that URI is absent, "" or "#xpointer(/)".
	WholeDocument bool
	// Targets are all elements that have ID, in document order. Target is the
	// first, nil when there is none and for the whole document.
	Targets []*xmldoc.Node
	Target  *xmldoc.Node
	// Comments says that comments are part of what is selected: only a full
	// XPointer selects them (XML Signature section 4.4.3.3).
	Comments bool

	Transforms []Transform

	// DigestMethod is its algorithm as written, and Hash what it means; 0 when
	// it is not known.
	DigestMethod string
	Hash         crypto.Hash
	// DigestValues are the DigestValue children, Expected the octets of the
	// first, unless ExpectedErr tells why they cannot be read.
	DigestValues []*xmldoc.Node
	Expected     []byte
	ExpectedErr  error

	signature *Signature
	targetErr error
	once      sync.Once
	digest    Digest
}

// Digest is what was found when a Reference was followed.
type Digest struct {
	Expected []byte // what DigestValue says
	Actual   []byte // the hash of what is there; nil when Err is set
	Match    bool   // they are equal
	// Size counts the octets that were hashed. A signature over no octets at
	// all protects nothing, though its digest may match.
	Size int64
	// Err is why there is nothing to compare: a target that is not there, an
	// algorithm that is not known, a DigestValue that is not base64.
	Err error
}

// Digest follows the Reference and hashes what it finds. It is computed once.
func (r *Reference) Digest() Digest {
	r.once.Do(func() { r.digest = r.computeDigest() })
	return r.digest
}

// DigestOf is what Digest would be if the Reference led to target, another
// element of its document: where several have the ID, which one software finds
// differs. It is computed each time.
func (r *Reference) DigestOf(target *xmldoc.Node) Digest {
	other := Reference{
		Node: r.Node, ID: r.ID, Target: target, Comments: r.Comments, Transforms: r.Transforms,
		DigestMethod: r.DigestMethod, Hash: r.Hash, Expected: r.Expected, ExpectedErr: r.ExpectedErr,
		signature: r.signature,
	}
	return other.computeDigest()
}

// Signature is the signature that r belongs to.
func (r *Reference) Signature() *Signature { return r.signature }

// Canonical writes the octets that Digest hashes.
func (r *Reference) Canonical(w io.Writer) error {
	if r.targetErr != nil {
		return r.targetErr
	}
	return r.process(w)
}

func (r *Reference) computeDigest() Digest {
	d := Digest{Expected: r.Expected, Err: r.ExpectedErr}
	if d.Err == nil && r.DigestMethod == "" {
		d.Err = errors.New("the Reference has no DigestMethod")
	}
	if d.Err == nil && r.Hash == 0 {
		d.Err = fmt.Errorf("the digest method %q is not known", r.DigestMethod)
	}
	if d.Err != nil {
		return d
	}
	h := r.Hash.New()
	counted := counter{w: h}
	if d.Err = r.Canonical(&counted); d.Err != nil {
		return d
	}
	d.Actual, d.Size = h.Sum(nil), counted.n
	d.Match = bytes.Equal(d.Actual, d.Expected)
	return d
}

// counter counts what passes through it.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func (s *Signature) readReference(n *xmldoc.Node) *Reference {
	r := &Reference{Node: n, signature: s}
	if a := n.Attr("", "URI"); a != nil {
		r.URI, r.HasURI = a.Value, true
	}
	r.resolve()

	c := children{s: s, parent: n}
	c.next()
	if t := c.take("Transforms", false); t != nil {
		r.readTransforms(t)
	}
	if m := c.take("DigestMethod", true); m != nil {
		r.DigestMethod = s.algorithm(m)
		if r.Hash = DigestHash(r.DigestMethod); r.Hash == 0 && r.DigestMethod != "" {
			s.problem(ProblemUnknown, m, "The digest method %q is not known.", r.DigestMethod)
		}
	}
	c.take("DigestValue", true)
	c.end()

	for e := range n.Elements() {
		if e.Is(Namespace, "DigestValue") {
			r.DigestValues = append(r.DigestValues, e)
		}
	}
	if len(r.DigestValues) == 0 {
		r.ExpectedErr = errors.New("the Reference has no DigestValue")
	} else if r.Expected, r.ExpectedErr = decodeBase64(r.DigestValues[0].Text()); r.ExpectedErr != nil {
		r.ExpectedErr = fmt.Errorf("the DigestValue cannot be read: %w", r.ExpectedErr)
	}
	return r
}

// resolve finds out what URI selects, in the forms that libxmlsec1 knows too.
func (r *Reference) resolve() {
	fragment, local := strings.CutPrefix(r.URI, "#")
	switch {
	case r.URI == "":
		r.WholeDocument = true
		return
	case !local:
		r.targetErr = fmt.Errorf("%w: the Reference is to %q", ErrOutside, r.URI)
		return
	case r.URI == "#xpointer(/)":
		r.WholeDocument, r.Comments = true, true
		return
	case strings.HasPrefix(fragment, "xpointer("), strings.HasPrefix(fragment, "xmlns("):
		r.Comments = true
		id, ok := xpointerID(fragment)
		if !ok {
			r.targetErr = fmt.Errorf("the XPointer %q is %w", r.URI, ErrUnsupported)
			return
		}
		fragment = id
	case strings.Contains(fragment, "'"):
		r.targetErr = fmt.Errorf("the Reference %q is not a valid ID", r.URI)
		return
	}

	// The XPath function id() takes a list of IDs; one of them is the rule.
	for id := range strings.FieldsFuncSeq(fragment, isXMLSpace) {
		found := r.signature.index.Elements(id)
		if r.ID == "" || len(r.Targets) == 0 && len(found) > 0 {
			r.ID, r.Targets = id, found
		} else if len(found) > 0 {
			r.targetErr = fmt.Errorf("the Reference %q, to several elements, is %w", r.URI, ErrUnsupported)
			return
		}
	}
	if len(r.Targets) == 0 {
		r.targetErr = fmt.Errorf("%w: %q", ErrNoTarget, r.ID)
		return
	}
	r.Target = r.Targets[0]
}

// xpointerID reads xpointer(id('ID')), with blanks anywhere between its tokens
// and xmlns() parts before it.
func xpointerID(s string) (string, bool) {
	for strings.HasPrefix(s, "xmlns(") {
		end := strings.IndexByte(s, ')')
		if end < 0 {
			return "", false
		}
		s = strings.TrimLeft(s[end+1:], " \t\r\n")
	}
	for _, token := range []string{"xpointer", "(", "id", "("} {
		var ok bool
		if s, ok = strings.CutPrefix(s, token); !ok {
			return "", false
		}
		s = strings.TrimLeft(s, " \t\r\n")
	}
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return "", false
	}
	quote := s[0]
	end := strings.IndexByte(s[1:], quote)
	if end < 0 {
		return "", false
	}
	id, rest := s[1:1+end], strings.FieldsFunc(s[2+end:], isXMLSpace)
	return id, strings.Join(rest, "") == "))"
}
