package repair

import (
	"encoding/binary"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// What a sketch says of a hypothesis is what reading the document again says.
func TestSketchAgreesWithReading(t *testing.T) {
	for _, m := range []response{{both: true}, {both: true, inclusive: true, indent: "  ", sigIndent: "\n"}} {
		doc := xmldoc.Parse([]byte(m.String()), xmldoc.Options{})
		for _, sig := range xmldsig.Find(xmldsig.NewIndex(doc, idNames...)) {
			ref := sig.References[0]
			l := newLocator(ref)
			p, s := l.part(doc), l.sketch(doc)
			if s == nil {
				t.Fatalf("%s has no sketch", ref.ID)
			}
			n := 0
			for h := range concat(p.layoutsLikely(), p.lineEndings(), p.blanks(), p.blankPlaces(), p.entities(), p.entityPlaces(), p.charsets(), p.cases(), p.gapPlaces(), p.lineBreakPlaces()) {
				if n++; n%7 != 0 { // reading takes its time
					continue
				}
				_, sum, _, ok := s.match(h.edits)
				if !ok {
					t.Fatalf("the sketch cannot tell %+v", h.edits)
				}
				after := reread(doc, apply(doc.Text(), h.edits))
				r := l.in(after)
				if r == nil { // a URI or an ID was changed: nothing is signed now
					continue
				}
				d := r.Digest()
				if d.Err != nil {
					continue
				}
				if want := binary.BigEndian.Uint64(d.Actual); sum != want {
					t.Fatalf("%s: the digest is %x, not %x, after %+v", ref.ID, want, sum, h.edits)
				}
			}
			if n < 500 {
				t.Errorf("only %d hypotheses", n)
			}
		}
	}
}
