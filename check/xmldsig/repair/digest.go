package repair

import (
	"iter"
	"slices"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// holds asks whether the Reference has the digest that was signed in a version
// of its document.
func (l *locator) holds(doc *xmldoc.Document) bool {
	if doc == l.index.Document() {
		return false // that is where the digest is wrong
	}
	r := l.in(doc)
	return r != nil && r.Digest().Match
}

// hashedOctets is how much one look at ref reads and writes beyond the text.
func hashedOctets(ref *xmldsig.Reference) int64 {
	passes := int64(1)
	for i, t := range ref.Transforms {
		if !t.Enveloped && i < len(ref.Transforms)-1 {
			passes++
		}
	}
	size := ref.Digest().Size
	if ref.Target != nil {
		start, end := ref.Target.Range()
		size = max(size, int64(end-start))
	} else {
		size = max(size, int64(len(ref.Signature().Index().Document().Text())))
	}
	return passes * size
}

// digestFamilies are the damages to the content of ref, the likeliest first, and
// those that have few hypotheses before those that have many.
func digestFamilies(l *locator, ref *xmldsig.Reference, o Options) []family {
	known := knownFamilies(ref, o)
	form := formFamilies(ref)

	families := []family{
		l.family(WhitespaceAdded, (*part).layoutsLikely),
		l.family(LineEndings, (*part).lineEndings),
		l.family(Charset, (*part).charsetsCommon),
		l.family(SmartQuotes, (*part).typography),
		l.family(Entities, (*part).entities),
		l.family(UnicodeNormalization, (*part).normalizations),
		l.family(WhitespaceTrimmed, (*part).blanks),
		l.family(LineBreakInValue, (*part).lineBreaks),
	}
	families = append(families, known...)
	for _, f := range form {
		families = append(families, f.first(300))
	}
	families = append(families,
		l.family(Charset, (*part).charsets),
		l.family(WhitespaceTrimmed, (*part).gapPlaces).first(300),
		l.family(CaseChanged, (*part).casesCommon),
		l.family(SmartQuotes, (*part).typographyPlaces),
		l.family(Charset, (*part).charsetPlaces).first(300),
		l.family(Entities, (*part).entityPlaces).first(200),
		l.family(UnicodeNormalization, (*part).normalizationPlaces).first(100),
		l.family(LineEndings, (*part).lineEndingPlaces).first(100),
	)
	families = append(families, handEdits(ref, o)...) // before the pairs: who edits one copy of a value edits the other
	// InResponseTo stands in two places, and goes from both.
	twice := family{cause: InResponseToRemoved, hypotheses: newKnownSearch(ref, o).together(2, 6)}
	pairs := l.pairs(append(slices.Clip(known), twice))
	families = append(families, pairs[0]) // misread characters betray themselves
	families = append(families,
		l.family(WhitespaceTrimmed, (*part).blankPlaces).first(300),
		l.family(LineBreakInValue, (*part).lineBreakPlaces).first(200),
		l.family(SmartQuotes, (*part).typographyMade).first(150),
	)
	families = append(families, pairs[1:]...)
	return append(families,
		l.family(LineBreakInValue, (*part).lineBreakTwice).first(300),
		l.family(WhitespaceTrimmed, (*part).blankPlaces).first(400),
		l.family(LineBreakInValue, (*part).lineBreakPlaces).first(300),
		l.family(CaseChanged, (*part).cases).first(400),
		l.family(SmartQuotes, (*part).typographyMade).first(200),
		l.family(WhitespaceAdded, (*part).layoutsMore).first(600),
		l.family(WhitespaceTrimmed, (*part).gapPlaces),
		l.family(WhitespaceTrimmed, (*part).blankPlaces),
		l.family(LineBreakInValue, (*part).lineBreakPlaces),
		l.family(CaseChanged, (*part).cases),
	)
}

// first limits a family to its first n hypotheses.
func (f family) first(n int) family {
	all := f.hypotheses
	f.hypotheses = func(doc *xmldoc.Document) iter.Seq[hypothesis] {
		return func(yield func(hypothesis) bool) {
			left := n
			for h := range all(doc) {
				if left--; left < 0 || !yield(h) {
					return
				}
			}
		}
	}
	return f
}

// family is the hypotheses that generate has about the signed part.
func (l *locator) family(cause Cause, generate func(*part) iter.Seq[hypothesis]) family {
	return family{cause: cause, hypotheses: func(doc *xmldoc.Document) iter.Seq[hypothesis] {
		p := l.part(doc)
		if p.apex == nil {
			return func(func(hypothesis) bool) {}
		}
		return generate(p)
	}}
}

// pairs are damages that come together. Both have to be told apart from few
// hypotheses, or their product would be too many.
func (l *locator) pairs(known []family) []family {
	first := func(cause Cause, generate func(*part) iter.Seq[hypothesis], pairs ...family) family {
		f := l.family(cause, generate)
		f.pairs = pairs
		return f
	}
	endings := l.family(LineEndings, (*part).lineEndings)
	characters := []family{
		l.family(Charset, (*part).charsetsCommon),
		l.family(SmartQuotes, (*part).typography),
		l.family(Entities, (*part).entities),
		l.family(UnicodeNormalization, (*part).normalizations),
	}
	values := append([]family{
		l.family(WhitespaceTrimmed, (*part).blanks).first(20),
		l.family(LineBreakInValue, (*part).lineBreaks).first(20),
	}, known...)
	breaks := l.family(LineBreakInValue, (*part).lineBreakBlanks)
	breaks.most = 100
	return []family{
		first(Charset, (*part).charsetsCommon, characters[1:]...),
		first(SmartQuotes, (*part).typography, characters[2:]...),
		first(WhitespaceAdded, (*part).layoutsFirst, append(append([]family{endings}, characters...), values...)...),
		first(WhitespaceAdded, (*part).layoutsFirst, breaks).first(2),
		first(LineEndings, (*part).lineEndings, append(slices.Clip(characters), values...)...),
		first(WhitespaceTrimmed, (*part).blanksAll, append(append([]family{endings}, characters...), known...)...),
		first(LineBreakInValue, (*part).lineBreaksAll, append(slices.Clip(characters), known...)...),
		first(Charset, (*part).charsetsCommon, values...),
		first(SmartQuotes, (*part).typography, values...),
		first(Entities, (*part).entitiesCommon, values...),
	}
}
