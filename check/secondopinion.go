package check

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"

	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// SignatureFact is what is known about one signature of the message, for reports.
type SignatureFact struct {
	Path      string // of the element that holds the signature
	Algorithm string
	Target    string // path of what is signed; empty when it is not there
	// Digests and Value hold separately: a changed content does not break the
	// value, nor another key the digests.
	DigestsMatch bool
	ValueOK      bool
	// Certificate verified the value, else is the one that came nearest; nil
	// without any. Trusted says that it is a configured one.
	Certificate *metadata.Certificate
	From        string
	Trusted     bool
	// SecondOpinion is what goxmldsig says; nil when it was not asked.
	SecondOpinion *Opinion
}

// Valid reports whether digests and value hold.
func (f *SignatureFact) Valid() bool { return f.DigestsMatch && f.ValueOK }

// Opinion is another implementation's verdict.
type Opinion struct {
	Valid  bool
	Reason string // of a refusal, in that implementation's words
}

// maxOpinion bounds the messages that goxmldsig is asked about: its time grows
// with the square of some of what a message may hold.
const maxOpinion = 64 << 10

// maxFacts bounds the signatures that a report describes.
const maxFacts = 16

// SignatureFacts describes the signatures that matter for what a service reads.
func (in *Input) SignatureFacts() (facts []SignatureFact) {
	// As with a rule that breaks, the report goes on: the signature rules say
	// what went wrong.
	defer func() {
		if recover() != nil {
			facts = nil
		}
	}()
	if in.Message.Document == nil || in.Message.Document.Truncated() {
		return nil
	}
	sigs := in.judged()
	for _, s := range sigs[:min(len(sigs), maxFacts)] {
		f := SignatureFact{Path: "/", Algorithm: s.SignatureMethod, DigestsMatch: len(s.References) > 0 && len(s.Problems) == 0}
		if h := s.holder(); h != nil {
			f.Path = h.Path()
		}
		for _, r := range s.References {
			f.DigestsMatch = f.DigestsMatch && r.Digest().Match
			if r.Target != nil {
				f.Target = r.Target.Path()
			}
		}
		t := signer(s.trials())
		f.ValueOK = t != nil
		if t == nil {
			t = bestTrial(s.trials())
		}
		if t != nil {
			f.Certificate, f.From, f.Trusted = t.cert, t.from, f.ValueOK && t.role == roleTrusted
		}
		f.SecondOpinion = in.secondOpinion(s)
		facts = append(facts, f)
	}
	return facts
}

// secondOpinion asks goxmldsig, which many Go services are built on, about the
// element that holds s, as such a service would: with the configured
// certificates, else the one in the message, at the evaluation time.
func (in *Input) secondOpinion(s *signature) (o *Opinion) {
	source := in.Message.XML
	if d := s.Node.Document(); d != in.Message.Document {
		source = d.Source()
	}
	if len(source) > maxOpinion || in.SAML().Type == saml.TypeOther || s.holder() == nil {
		return nil
	}
	var roots []*x509.Certificate
	for _, r := range []role{roleTrusted, roleEmbedded} {
		for _, t := range s.trials() {
			if t.role == r && t.cert.X509 != nil {
				roots = append(roots, t.cert.X509)
			}
		}
		if len(roots) > 0 {
			break
		}
	}
	if len(roots) == 0 {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			o = &Opinion{Reason: fmt.Sprintf("it panicked: %v", p)}
		}
	}()
	if err := validate(source, s.holder(), roots, in.At.Time); err != nil {
		return &Opinion{Reason: err.Error()}
	}
	return &Opinion{Valid: true}
}

func validate(xml []byte, holder *xmldoc.Node, roots []*x509.Certificate, at time.Time) error {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(bytes.Clone(xml)); err != nil {
		return fmt.Errorf("it cannot read the XML: %w", err)
	}
	el, err := sameElement(doc, holder)
	if err != nil {
		return err
	}
	if el.Parent() != nil && holder.Parent() != nil {
		ctx, err := etreeutils.NSBuildParentContext(el)
		if err != nil {
			return err
		}
		if el, err = etreeutils.NSDetatch(ctx, el); err != nil {
			return err
		}
	}
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: roots})
	ctx.Clock = dsig.NewFakeClockAt(at)
	if id := idOf(holder); id != nil {
		ctx.IdAttribute = id.Attr.Name.Local
	}
	_, err = ctx.Validate(el)
	return err
}

// sameElement finds in doc the element that n is in our own tree, by its place
// among the elements around it.
func sameElement(doc *etree.Document, n *xmldoc.Node) (*etree.Element, error) {
	places := elementPlaces(n)
	el := doc.Root()
	for i := len(places) - 1; i >= 0 && el != nil; i-- {
		children := el.ChildElements()
		if places[i] >= len(children) {
			return nil, errors.New("it reads another tree")
		}
		el = children[places[i]]
	}
	if el == nil {
		return nil, errors.New("it finds no element")
	}
	return el, nil
}
