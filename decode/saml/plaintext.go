package saml

import (
	"iter"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Plaintext is what an encrypted element opens to.
type Plaintext struct {
	// Element stands for the plaintext in the message: EncryptedAssertion,
	// EncryptedID, EncryptedAttribute, or any other around an EncryptedData.
	Element *xmldoc.Node
	// Document is the plaintext, a fragment that stands in Element.
	Document *xmldoc.Document
}

// plaintexts are the documents by the element that stands for them.
type plaintexts map[*xmldoc.Node]*xmldoc.Document

func byElement(list []Plaintext) plaintexts {
	if len(list) == 0 {
		return nil
	}
	by := plaintexts{}
	for _, p := range list {
		if p.Document.Root() != nil && by[p.Element] == nil {
			by[p.Element] = p.Document
		}
	}
	return by
}

// content is the element of a SAML assertion called local that n, an encrypted element or nil,
// opens to; nil when it does not, or to something else. What is encrypted may be
// so several times over.
func (by plaintexts) content(n *xmldoc.Node, local string) *xmldoc.Node {
	for d := by[n]; d != nil; d = by[n] {
		if n = d.Root(); n.Is(NSAssertion, local) || n.Is(NSAssertion11, local) {
			return n
		}
	}
	return nil
}

// addEncrypted adds the assertion that n is encrypted around, else n as
// something that nobody has opened.
func (m *Message) addEncrypted(n *xmldoc.Node) {
	root := m.opened.content(n, "Assertion")
	if root == nil {
		m.Encrypted = append(m.Encrypted, n)
		return
	}
	a := m.viewAssertion(root)
	a.Encrypted = n
	m.Assertions = append(m.Assertions, a)
}

// Documents yields the document of the message and those of its plaintext.
func (m *Message) Documents() iter.Seq[*xmldoc.Document] {
	return func(yield func(*xmldoc.Document) bool) {
		if m.Document == nil || !yield(m.Document) {
			return
		}
		for _, p := range m.Opened {
			if !yield(p.Document) {
				return
			}
		}
	}
}

// Descendants yields every node of the message, its root first, and then those
// of its plaintext, one document after the other.
func (m *Message) Descendants() iter.Seq[*xmldoc.Node] {
	return func(yield func(*xmldoc.Node) bool) {
		for d := range m.Documents() {
			if d.Root() == nil {
				continue
			}
			for n := range d.Root().Descendants() {
				if !yield(n) {
					return
				}
			}
		}
	}
}
