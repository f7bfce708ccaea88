package report

import (
	"fmt"
	"io"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Canonical is one thing that a signature of a message was computed over.
type Canonical struct {
	// Name says which: "/Response/Assertion, as its signature refers to it", or
	// "SignedInfo of the signature of /Response/Assertion".
	Name  string
	write func(io.Writer) error
}

// Write writes the canonical bytes. The error is w's, or says why there are none.
func (c Canonical) Write(w io.Writer) error {
	if err := c.write(w); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	return nil
}

// Canonicals lists what the signatures of m were computed over, and after them
// those in what was encrypted and is opened: of each signature, in document order,
// first the content of its References, then its SignedInfo.
func Canonicals(m *decode.Message) []Canonical {
	if m.Document == nil || m.Document.Root() == nil {
		return nil
	}
	var all []Canonical
	for d := range m.View().Documents() {
		all = append(all, canonicals(d)...)
	}
	return all
}

func canonicals(doc *xmldoc.Document) []Canonical {
	var all []Canonical
	for _, s := range xmldsig.Find(xmldsig.NewIndex(doc, check.IDNames()...)) {
		holder := "/"
		if p := s.Node.Parent(); p != nil {
			holder = p.Path()
		}
		for _, r := range s.References {
			what := fmt.Sprintf("%q", r.URI)
			switch {
			case r.WholeDocument:
				what = "the whole document"
			case r.Target != nil:
				what = r.Target.Path()
			}
			all = append(all, Canonical{what + ", as the signature of " + holder + " refers to it", r.Canonical})
		}
		if len(s.SignedInfos) > 0 {
			all = append(all, Canonical{"SignedInfo of the signature of " + holder, s.CanonicalSignedInfo})
		}
	}
	return all
}
