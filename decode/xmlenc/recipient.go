package xmlenc

import (
	"cmp"
	"crypto"
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

const (
	maxRecipients = 32 // EncryptedKey elements that are read for one EncryptedData
	maxHints      = 32 // of one EncryptedKey
	maxKeys       = 1000
)

// index finds what EncryptedData elements refer to. That of a plaintext document
// goes on to the documents around it.
type index struct {
	outer *index
	data  []*xmldoc.Node // EncryptedData, in document order
	keys  []*xmldoc.Node // EncryptedKey
	ids   map[string]*xmldoc.Node
	sent  map[string][]*xmldoc.Node // EncryptedKey by what its ReferenceList or CarriedKeyName says
}

func newIndex(doc *xmldoc.Document, outer *index) *index {
	x := &index{outer: outer, ids: map[string]*xmldoc.Node{}, sent: map[string][]*xmldoc.Node{}}
	// Most messages hold nothing encrypted and need no index.
	if doc.Root() == nil || !strings.Contains(doc.Text(), "EncryptedData") {
		return x
	}
	for n := range doc.Root().Descendants() {
		switch {
		case n.Kind() != xmldoc.ElementNode:
			continue
		case n.Is(Namespace, "EncryptedData"):
			x.data = append(x.data, n)
		case n.Is(Namespace, "EncryptedKey") && len(x.keys) < maxKeys:
			x.keys = append(x.keys, n)
			for name := range carriedFor(n) {
				x.sent[name] = append(x.sent[name], n)
			}
		}
		for _, a := range n.Attrs() {
			if isID(a.Name) {
				if _, taken := x.ids[a.Value]; !taken {
					x.ids[a.Value] = n
				}
			}
		}
	}
	return x
}

func isID(name xmldoc.Name) bool {
	switch name.Local {
	case "Id", "ID":
		return name.Space == ""
	case "id":
		return name.Space == xmldoc.XMLNamespace
	}
	return false
}

// carriedFor yields what the EncryptedKey key is for: "#id" for every
// DataReference, the name alone for its CarriedKeyName.
func carriedFor(key *xmldoc.Node) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for c := range key.Elements() {
			switch {
			case c.Is(Namespace, "CarriedKeyName"):
				if name := trimmed(c.Text()); name != "" && !strings.HasPrefix(name, "#") && !yield(name) {
					return
				}
			case c.Is(Namespace, "ReferenceList"):
				for r := range c.Elements() {
					if uri := attr(r, "URI"); r.Is(Namespace, "DataReference") && strings.HasPrefix(uri, "#") && !yield(uri) {
						return
					}
				}
			}
		}
	}
}

func (x *index) find(id string) *xmldoc.Node {
	for ; x != nil; x = x.outer {
		if n := x.ids[id]; n != nil {
			return n
		}
	}
	return nil
}

func attr(n *xmldoc.Node, name string) string {
	if a := n.Attr("", name); a != nil {
		return trimmed(a.Value)
	}
	return ""
}

func trimmed(s string) string { return strings.TrimFunc(s, isXMLSpace) }

// method is the Algorithm of n's EncryptionMethod.
func method(n *xmldoc.Node) (m *xmldoc.Node, algorithm string) {
	if m = n.Child(Namespace, "EncryptionMethod"); m == nil {
		return nil, ""
	}
	return m, attr(m, "Algorithm")
}

// keySearch is what leads from one EncryptedData to its EncryptedKeys.
type keySearch struct {
	index *index
	keys  []*xmldoc.Node
	// followed counts the KeyInfoReferences.
	followed int
	// What was met that is no EncryptedKey, the first of each kind.
	agreement, derived, dangling, name *xmldoc.Node
}

func (s *keySearch) add(n *xmldoc.Node) {
	if len(s.keys) < maxRecipients && !slices.Contains(s.keys, n) {
		s.keys = append(s.keys, n)
	}
}

// recipients finds the EncryptedKeys for data, in the order in which they are
// most likely meant: in its KeyInfo, by reference, beside it.
func (x *index) recipients(data *xmldoc.Node) *keySearch {
	s := &keySearch{index: x}
	for c := range data.Elements() {
		if c.Is(nsSignature, "KeyInfo") {
			s.keyInfo(c)
		}
	}
	id := attr(data, "Id")
	for o := x; o != nil && id != ""; o = o.outer {
		for _, k := range o.sent["#"+id] {
			s.add(k)
		}
	}
	if parent := data.Parent(); parent != nil {
		for c := range parent.Elements() {
			if c.Is(Namespace, "EncryptedKey") && !forOthers(c, id) {
				s.add(c)
			}
		}
		if len(s.keys) == 0 { // better one that says it is for something else than none
			for c := range parent.Elements() {
				if c.Is(Namespace, "EncryptedKey") {
					s.add(c)
				}
			}
		}
	}
	return s
}

// forOthers reports whether the EncryptedKey key says what it is for, and that
// this is not the EncryptedData id.
func forOthers(key *xmldoc.Node, id string) bool {
	others := false
	for name := range carriedFor(key) {
		if name == "#"+id {
			return false
		}
		others = others || name[0] == '#'
	}
	return others
}

// maxReferences is how many KeyInfoReferences are followed for one EncryptedData.
const maxReferences = 8

func (s *keySearch) keyInfo(info *xmldoc.Node) {
	set := func(into **xmldoc.Node, n *xmldoc.Node) {
		if *into == nil {
			*into = n
		}
	}
	for c := range info.Elements() {
		switch name := c.Name(); {
		case name.Is(Namespace, "EncryptedKey"):
			s.add(c)
		case name.Is(nsSignature, "RetrievalMethod"), name.Local == "KeyInfoReference":
			id, local := strings.CutPrefix(attr(c, "URI"), "#")
			switch target := s.index.find(id); {
			case !local || target == nil:
				set(&s.dangling, c)
			case target.Is(Namespace, "EncryptedKey"):
				s.add(target)
			case target.Is(nsSignature, "KeyInfo") && s.followed < maxReferences:
				s.followed++
				s.keyInfo(target)
			default:
				set(&s.dangling, c)
			}
		case name.Is(nsSignature, "KeyName"):
			set(&s.name, c)
			for o := s.index; o != nil; o = o.outer {
				for _, k := range o.sent[trimmed(c.Text())] {
					s.add(k)
				}
			}
		case name.Is(Namespace, "AgreementMethod"):
			set(&s.agreement, c)
		case name.Is(Namespace11, "DerivedKey"):
			set(&s.derived, c)
		}
	}
}

// problem says why there is no EncryptedKey for data.
func (s *keySearch) problem(data *xmldoc.Node) *Error {
	switch {
	case s.agreement != nil:
		return agreementError(s.agreement)
	case s.dangling != nil:
		return &Error{Step: StepAlgorithm, ID: BadReference, Node: s.dangling, Text: fmt.Sprintf("The %s %q leads to no EncryptedKey in the message, so the key of the EncryptedData did not come along.", s.dangling.Name().Local, attr(s.dangling, "URI"))}
	case s.derived != nil:
		return &Error{Step: StepAlgorithm, ID: Unsupported, Node: s.derived, Text: "The key of the EncryptedData is to be derived from a secret (DerivedKey), which is not supported."}
	case s.name != nil:
		return &Error{Step: StepAlgorithm, ID: SharedKey, Node: s.name, Text: fmt.Sprintf("The EncryptedData has no EncryptedKey but names a key that both parties must share, %q; with a private key it cannot be opened.", clip(trimmed(s.name.Text())))}
	}
	return &Error{Step: StepAlgorithm, ID: NoEncryptedKey, Node: data, Text: "The EncryptedData has no EncryptedKey, inside it or beside it, so nobody's private key can open it."}
}

func agreementError(n *xmldoc.Node) *Error {
	name := attr(n, "Algorithm")
	if local := localName(name); local != "" {
		name = local
	}
	return &Error{Step: StepAlgorithm, ID: KeyAgreement, Node: n, Text: fmt.Sprintf("The key is encrypted by key agreement (%s), for an EC or DH key, which is not supported here; RSA key transport is.", clip(cmp.Or(name, "without an Algorithm")))}
}

// clip bounds a value that is quoted.
func clip(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// readRecipient reads an EncryptedKey.
func readRecipient(n *xmldoc.Node) *Recipient {
	r := &Recipient{Node: n, Name: attr(n, "Recipient"), KeyInfo: n.Child(nsSignature, "KeyInfo")}
	m, algorithm := method(n)
	r.Method = algorithm
	if m != nil {
		for c := range m.Elements() {
			switch {
			case c.Is(nsSignature, "DigestMethod"):
				r.Digest = attr(c, "Algorithm")
			case c.Is(Namespace11, "MGF"):
				r.MGF = attr(c, "Algorithm")
			case c.Is(Namespace, "OAEPparams"), c.Is(Namespace11, "OAEPparams"):
				if label, err := decodeBase64(c.Text()); err == nil && len(label) > 0 {
					r.Params = label
				}
			}
		}
	}
	if r.KeyInfo != nil {
		r.readHints()
	}
	return r
}

func (r *Recipient) readHints() {
	for n := range r.KeyInfo.Descendants() {
		if len(r.Hints) == maxHints {
			return
		}
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		switch n.Name().Local {
		case "X509Certificate":
			if certs, _, err := metadata.ParseCertificates([]byte(n.Text())); err == nil {
				r.Certificates = append(r.Certificates, certs...)
			}
		case "KeyValue", "DEREncodedKeyValue":
			if c, err := metadata.ParseKeyValue(n); err == nil {
				r.Certificates = append(r.Certificates, c)
			}
		case "X509IssuerSerial", "X509SKI", "X509SubjectName", "X509Digest", "KeyName":
		default:
			continue
		}
		r.Hints = append(r.Hints, n)
	}
}

// declared is the padding that the message declares. Of what it leaves out the
// default is taken (section 5.5.2).
func (r *Recipient) declared() (*padding, *Error) {
	bad := func(id, format string, args ...any) (*padding, *Error) {
		return nil, &Error{Step: StepAlgorithm, ID: id, Node: r.Node, Text: fmt.Sprintf(format, args...)}
	}
	switch m := r.Method; {
	case m == rsa15:
		return &padding{}, nil
	case m == oaep, m == oaep11:
	case m == "":
		return bad(NoMethod, "The EncryptedKey has no EncryptionMethod, so it does not say how its key is encrypted.")
	case isKeyAgreement(m):
		return nil, agreementError(r.Node.Child(Namespace, "EncryptionMethod"))
	case isKeyWrap(m):
		if r.KeyInfo != nil {
			if a := r.KeyInfo.Child(Namespace, "AgreementMethod"); a != nil {
				return nil, agreementError(a)
			}
		}
		return bad(KeyWrap, "The EncryptedKey is wrapped with a key that both parties must share (%s); with a private key it cannot be opened.", localName(m))
	default:
		return bad(UnknownAlgorithm, "The EncryptedKey is encrypted with %q, which is no key transport algorithm of XML Encryption.", clip(m))
	}
	p := &padding{oaep: true, digest: crypto.SHA1, mgf: crypto.SHA1, label: r.Params}
	if r.Digest != "" {
		if p.digest = digestOf(r.Digest); p.digest == 0 {
			return bad(UnknownAlgorithm, "The EncryptedKey is encrypted with RSA-OAEP and the digest %q, which is not supported.", clip(r.Digest))
		}
	}
	if r.MGF != "" && r.Method == oaep11 {
		if p.mgf = mgfOf(r.MGF); p.mgf == 0 {
			return bad(UnknownAlgorithm, "The EncryptedKey is encrypted with RSA-OAEP and the mask generation function %q, which XML Encryption does not define.", clip(r.MGF))
		}
	}
	return p, nil
}
