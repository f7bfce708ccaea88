package repair

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// layout is one way to write the blanks between elements.
type layout struct {
	main style
	// embedded is the style inside elements that have a signature of their own,
	// and inner that inside signatures that are signed; sameStyle for main.
	embedded, inner style
	// around is what stands at the two sides of the enveloped signature, and
	// nested at those of the signatures that are signed.
	around, nested around
	// unwrap takes the texts of elements off lines of their own; nil leaves them.
	unwrap change
	// hollow puts the end tags of empty elements on lines of their own.
	hollow bool
}

// style is how gaps are written within one part of a message.
type style struct {
	kind  styleKind
	unit  string // of indentation
	outer int    // how many elements around are not counted as levels
	line  string // ends a line; "" for LF
}

type styleKind uint8

const (
	noGaps    styleKind = iota // nothing between elements
	indented                   // every element on a line, indented by its level
	keepGaps                   // as received
	sameStyle                  // as the part around
	// flat indents every line alike, whatever its level.
	flat
	// santuario is what Apache XML Security writes: every tag inside SignedInfo
	// and Signature ends a line, but nothing does in KeyInfo and before the end
	// tag of Signature. In openKeyInfo something does there.
	santuario
	openKeyInfo
	// xmlseclibs is what the PHP library of this name writes.
	xmlseclibs
)

// around is which of the gaps beside the enveloped signature there were.
type around uint8

const (
	bothSides around = iota
	beforeOnly
	afterOnly
	neither
)

// gap is what stands in a gap in this style.
func (st style) gap(s *slot) string {
	line := cmp.Or(st.line, "\n")
	switch st.kind {
	case noGaps:
		return ""
	case keepGaps:
		return s.value
	case santuario, openKeyInfo:
		switch s.node.Name().Local {
		case "KeyInfo", "X509Data", "KeyValue", "RSAKeyValue", "Transform", "CanonicalizationMethod":
			return ""
		case "Signature":
			if s.next == nil && st.kind == santuario {
				return ""
			}
		}
		return line
	case xmlseclibs:
		switch {
		case s.next.Is(xmldsig.Namespace, "SignedInfo"), s.next.Is(xmldsig.Namespace, "Reference"):
			return "\n  "
		case s.next.Is(xmldsig.Namespace, "SignatureMethod"):
			return "\n    "
		case s.prev.Is(xmldsig.Namespace, "SignatureValue"):
			return "\n"
		}
		return ""
	}
	if st.kind == flat {
		return line + st.unit
	}
	level := s.depth - st.outer
	if s.next != nil {
		level++
	}
	if st.unit == "" || level <= 0 {
		return line
	}
	return indentation(line, st.unit, level)
}

// indentations are the usual ones, which need no memory of their own.
var indentations = func() map[string]string {
	all := map[string]string{}
	for _, line := range []string{"\n", "\r\n"} {
		for _, unit := range units {
			all[line+unit] = line + strings.Repeat(unit, maxIndent)
		}
	}
	return all
}()

// maxIndent bounds the levels that are indented.
const maxIndent = 200

func indentation(line, unit string, level int) string {
	level = min(level, maxIndent)
	if all, ok := indentations[line+unit]; ok {
		return all[:len(line)+level*len(unit)]
	}
	return line + strings.Repeat(unit, level)
}

// gap is what stands in s in this layout.
func (y *layout) gap(p *part, s *slot) string {
	st := y.main
	if s.embedded && y.embedded.kind != sameStyle {
		st = y.embedded
	}
	if s.inner && y.inner.kind != sameStyle {
		st = y.inner
	}
	if y.around.lacks(p.omits(s.next), p.omits(s.prev)) || y.nested.lacks(p.holds(s.next), p.holds(s.prev)) {
		return ""
	}
	return st.gap(s)
}

// lacks reports whether nothing stands in a gap that is before a signature, or
// after it.
func (a around) lacks(before, after bool) bool {
	return before && (a == afterOnly || a == neither) || after && (a == beforeOnly || a == neither)
}

// holds reports whether n is a signature that is signed itself.
func (p *part) holds(n *xmldoc.Node) bool {
	return n.Is(xmldsig.Namespace, "Signature") && !p.omits(n)
}

// lay is the hypothesis that the signed part was laid out so.
func (p *part) lay(y layout) hypothesis {
	edits := p.rewrite(p.gaps, func(s *slot) string { return y.gap(p, s) })
	if y.unwrap != nil {
		edits = merge(edits, p.rewrite(p.values, y.unwrap))
	}
	if y.hollow {
		edits = merge(edits, p.rewrite(p.values, func(s *slot) string {
			if !s.isHollow() {
				return s.value
			}
			return y.main.gap(s)
		}))
	}
	return hypothesis{edits: edits, cause: p.layoutCause}
}

// isHollow reports whether s is all that stands between the two tags of an
// element, and nothing.
func (s *slot) isHollow() bool {
	return s.attr == nil && s.prev == nil && s.next == nil && !s.inner && s.value == ""
}

// unwraps are how pretty-printers put texts on lines of their own, undone.
func (p *part) unwraps() []ranked[change] {
	var list []ranked[change]
	for _, f := range []change{
		texts(func(v string) string { return trimIf(v, wrapped(v)) }),
		texts(func(v string) string { return trimIf(v, blankOnly(v) && strings.Contains(v, "\n")) }),
		exactlyOnLines("  "), exactlyOnLines("    "), exactlyOnLines("\t"),
		texts(func(v string) string {
			if !wrapped(v) {
				return v
			}
			return endOfLines.ReplaceAllLiteralString(startOfLines.ReplaceAllLiteralString(v, ""), "")
		}),
		texts(func(v string) string { return strings.TrimSuffix(v, "\n") }),
		texts(func(v string) string { return endOfLines.ReplaceAllLiteralString(v, "") }),
	} {
		if slices.ContainsFunc(p.values, func(s slot) bool { return f(&s) != s.value }) {
			list = append(list, ranked[change]{f, len(list) / 4})
		}
	}
	return list
}

var (
	startOfLines = regexp.MustCompile(`^\r?\n[ \t]*`)
	endOfLines   = regexp.MustCompile(`\r?\n[ \t]*$`)
)

func trimIf(v string, trim bool) string {
	if trim {
		return strings.Trim(v, blankChars)
	}
	return v
}

// exactlyOnLines takes away the line breaks and the indentation that a
// pretty-printer put around a text, and no blanks of its own.
func exactlyOnLines(unit string) change {
	return func(s *slot) string {
		if s.attr != nil {
			return s.value
		}
		end := "\n" + strings.Repeat(unit, min(s.depth, 200))
		if v, ok := strings.CutPrefix(s.value, end+unit); ok {
			if v, ok := strings.CutSuffix(v, end); ok {
				return v
			}
		}
		return s.value
	}
}

// wrapped reports whether a text stands on lines of its own.
func wrapped(v string) bool {
	head, tail := strings.TrimLeft(v, " \t\r"), strings.TrimRight(v, " \t\r")
	return strings.HasPrefix(head, "\n") && strings.HasSuffix(tail, "\n")
}

// layoutCause says what was done to the gaps. One gap is a matter of a few
// blanks. Of several, those that begin lines now are a pretty-printer's work,
// unless it is the indentation that was lost.
func (p *part) layoutCause(edits []edit) Cause {
	if len(edits) == 0 {
		return ""
	}
	text := p.doc.Text()
	lines, indents, signedIndents, endings := 0, 0, 0, 0
	for _, e := range edits {
		received, signed := withoutReturns.Replace(text[e.start:e.end]), withoutReturns.Replace(e.with)
		if received == signed {
			endings++
		}
		if strings.Contains(received, "\n") {
			lines++
		}
		if strings.Trim(received, "\r\n") != "" {
			indents++
		}
		if strings.Trim(signed, "\r\n") != "" {
			signedIndents++
		}
	}
	if endings == len(edits) {
		return LineEndings
	}
	if len(edits) == 1 {
		return WhitespaceTrimmed
	}
	if 2*lines < len(edits) || indents == 0 && signedIndents > 0 {
		return WhitespaceRemoved
	}
	return WhitespaceAdded
}

// withoutReturns takes CRs out of what is written.
var withoutReturns = strings.NewReplacer("&#13;", "", "&#xD;", "", "&#xd;", "", "\r", "")
