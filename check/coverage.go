package check

import (
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// coverage says what the signatures of a message refer to and what of it a
// service reads. It is prepared once, as a message may hold as many signatures
// and assertions as its sender likes: each question then costs no more than the
// depth of an element.
type coverage struct {
	read    map[*xmldoc.Node]bool // what its receiver reads: the message and its assertions
	around  map[*xmldoc.Node]bool // that, and every element around it
	targets map[*xmldoc.Node]bool // what References lead to
	// whole are the documents to the whole of which a Reference is.
	whole map[*xmldoc.Document]bool
	own   map[*xmldoc.Node]bool // elements whose own signature covers them
	// unsigned is the first assertion that a service reads and no signature
	// covers, or nil.
	unsigned *xmldoc.Node
}

func (in *Input) readCoverage() *coverage {
	c := &coverage{
		read: map[*xmldoc.Node]bool{}, around: map[*xmldoc.Node]bool{},
		targets: map[*xmldoc.Node]bool{}, own: map[*xmldoc.Node]bool{},
		whole: map[*xmldoc.Document]bool{},
	}
	m := in.SAML()
	add := func(n *xmldoc.Node) {
		c.read[n] = true
		for a := n; a != nil && !c.around[a]; a = a.Enclosing() {
			c.around[a] = true
		}
	}
	for _, n := range in.messageElements() {
		add(n)
	}
	for _, a := range m.Assertions {
		add(a.Node)
	}
	for _, e := range m.Encrypted {
		add(e)
	}
	for _, s := range in.signatures() {
		for _, r := range s.References {
			if r.WholeDocument {
				c.whole[s.Node.Document()] = true
			} else if r.Target != nil {
				c.targets[r.Target] = true
			}
		}
		if h := s.holder(); h != nil && s.covers(h) {
			c.own[h] = true
		}
	}
	for _, a := range m.Assertions {
		if !c.signs(a.Node) {
			c.unsigned = a.Node
			break
		}
	}
	return c
}

// messageElements are the elements of the message itself: every kind of message
// may be signed, requests and logouts like Responses.
func (in *Input) messageElements() []*xmldoc.Node {
	m := in.SAML()
	var ns []*xmldoc.Node
	if m.Response != nil {
		ns = append(ns, m.Response.Node)
	}
	if m.ArtifactResponse != nil { // its own, where it holds no Response
		ns = append(ns, m.ArtifactResponse.Node)
	}
	if m.ArtifactResolve != nil {
		ns = append(ns, m.ArtifactResolve.Node)
	}
	if m.AuthnRequest != nil {
		ns = append(ns, m.AuthnRequest.Node)
	}
	if m.Logout != nil {
		ns = append(ns, m.Logout.Node)
	}
	return ns
}

// signs reports whether some signature says that it signs n: a Reference leads
// to n, to an element around it, or to the whole document. What was encrypted is
// signed with the element that it was encrypted in. Whether digest and value hold
// is for other rules.
func (c *coverage) signs(n *xmldoc.Node) bool {
	for a := n; a != nil; a = a.Enclosing() {
		if c.targets[a] || a.Parent() == nil && c.whole[a.Document()] {
			return true
		}
	}
	return false
}

// coverage is prepared on demand.
func (in *Input) coverage() *coverage { return in.facts.coverage() }
