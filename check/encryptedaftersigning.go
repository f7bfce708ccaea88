package check

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// encryptedAfterSigning reports whether r's digest, which does not hold, does with
// the plaintext in the place of what is encrypted, and says what proves it.
// Services verify what they receive, the ciphertext, before they decrypt: the
// signature is refused all the same.
func (in *Input) encryptedAfterSigning(r *xmldsig.Reference) (evidence string, ok bool) {
	for _, before := range in.beforeEncryption(r.Node.Document()) {
		if d, ok := digestIn(before, r); ok && d.Match {
			return "with the plaintext in the place of " + strings.Join(in.encryptedIn(r), " and ") + " the digest is the one that was signed", true
		}
	}
	return "", false
}

// encryptedIn names what is encrypted in what r covers.
func (in *Input) encryptedIn(r *xmldsig.Reference) []string {
	var names []string
	for _, o := range in.Message.Opened {
		if o.Data.Document() != r.Node.Document() || o.Document == nil {
			continue
		}
		name := "the " + shortName(o.Element.Name().Local)
		if !slices.Contains(names, name) && len(names) < maxListed {
			names = append(names, name)
		}
	}
	return names
}

// digestIn is the digest of the reference in doc that stands where r stands in its
// own document.
func digestIn(doc *xmldoc.Document, r *xmldsig.Reference) (xmldsig.Digest, bool) {
	n := counterpart(doc, r.Node)
	if n == nil {
		return xmldsig.Digest{}, false
	}
	for _, s := range xmldsig.Find(xmldsig.NewIndex(doc, IDNames()...)) {
		for _, other := range s.References {
			if other.Node == n {
				return other.Digest(), true
			}
		}
	}
	return xmldsig.Digest{}, false
}

// counterpart is the element of doc that stands where n stands in its own
// document, counted in elements from the root; nil without one.
func counterpart(doc *xmldoc.Document, n *xmldoc.Node) *xmldoc.Node {
	found := doc.Root()
	for _, place := range slices.Backward(elementPlaces(n)) {
		if found == nil {
			return nil
		}
		parent := found
		found = nil
		for e := range parent.Elements() {
			if place == 0 {
				found = e
				break
			}
			place--
		}
	}
	return found
}

// beforeEncryption are the documents that doc may have been before it was
// encrypted: with its plaintext as it is, and with what is encrypted in that
// opened as well.
func (in *Input) beforeEncryption(doc *xmldoc.Document) []*xmldoc.Document {
	in.facts.restored.Lock()
	defer in.facts.restored.Unlock()
	if docs, ok := in.facts.restored.by[doc]; ok {
		return docs
	}
	var docs []*xmldoc.Document
	add := func(text string) {
		d := xmldoc.Parse([]byte(text), xmldoc.Options{Context: doc.Context(), Encoding: "UTF-8"})
		if d.WellFormed() {
			docs = append(docs, d)
		}
	}
	if once := in.restore(doc, 0); once != doc.Text() {
		add(once)
		if all := in.restore(doc, maxNested); all != once {
			add(all)
		}
	}
	if in.facts.restored.by == nil {
		in.facts.restored.by = map[*xmldoc.Document][]*xmldoc.Document{}
	}
	in.facts.restored.by[doc] = docs
	return docs
}

// restoredDocuments keeps what beforeEncryption found.
type restoredDocuments struct {
	sync.Mutex
	by map[*xmldoc.Document][]*xmldoc.Document
}

// maxNested is how deep what is encrypted within plaintext is restored.
const maxNested = 4

// restore is the text of doc with the plaintext in the place of what is
// encrypted, and so on depth times within that.
func (in *Input) restore(doc *xmldoc.Document, depth int) string {
	type part struct {
		start, end int
		plain      *xmldoc.Document
	}
	var parts []part
	for _, o := range in.Message.Opened {
		if o.Data.Document() == doc && o.Document != nil && o.Document.Root() != nil {
			start, end := standsFor(o).Range()
			parts = append(parts, part{start, end, o.Document})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.start, b.start) })
	var b strings.Builder
	text, at := doc.Text(), 0
	for _, p := range parts {
		if p.start < at {
			continue
		}
		b.WriteString(text[at:p.start])
		plain := p.plain.Text()
		if depth > 0 {
			plain = in.restore(p.plain, depth-1)
		}
		b.WriteString(withoutProlog(plain, p.plain))
		at = p.end
	}
	b.WriteString(text[at:])
	return b.String()
}

// withoutProlog is text, that of doc with or without changes inside its root,
// from its root on.
func withoutProlog(text string, doc *xmldoc.Document) string {
	start, end := doc.Root().Range()
	return text[start : len(text)-(len(doc.Text())-end)]
}

// standsFor is the element that was put in the place of the plaintext of o: the
// element that SAML has for the purpose, else the EncryptedData itself.
func standsFor(o *xmlenc.Opening) *xmldoc.Node {
	if o.Element.Name().Space == saml.NSAssertion && strings.HasPrefix(o.Element.Name().Local, "Encrypted") {
		return o.Element
	}
	return o.Data
}
