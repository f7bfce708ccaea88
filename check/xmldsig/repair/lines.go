package repair

import (
	"iter"
	"regexp"
	"slices"
	"strings"
)

// A literal CR never reaches a signature: XML reads CR LF and CR as LF. What can
// be lost or won are the CRs that a signer wrote as "&#13;".
var lineEndingChanges = []func(string) string{
	func(v string) string { return strings.ReplaceAll(strings.ReplaceAll(v, "\r\n", "\n"), "\n", "\r\n") },
	func(v string) string { return strings.ReplaceAll(v, "\r", "") },
	func(v string) string { return strings.ReplaceAll(v, "\n\n", "\n") },
	func(v string) string { return strings.ReplaceAll(v, "\n\n", "\r\n") },
	func(v string) string { return strings.ReplaceAll(strings.ReplaceAll(v, "\r\n", "\n"), "\r", "\n") },
	func(v string) string { return strings.ReplaceAll(strings.ReplaceAll(v, "\r\n", "\n"), "\n", "\r") },
	func(v string) string { return strings.ReplaceAll(v, "\r\n", "\n\r") },
}

// lineEndings are line ends changed everywhere, in the values, between elements,
// or in what stands in signatures: one library writes those and another the rest.
func (p *part) lineEndings() iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		for _, f := range lineEndingChanges {
			if !p.spend(8, p.gaps, p.values) {
				return
			}
			values, gaps := p.rewrite(p.values, of(f)), p.rewrite(p.gaps, of(f))
			if len(values)+len(gaps) == 0 {
				continue
			}
			within := func(inner bool) change {
				return func(s *slot) string {
					if s.inner != inner {
						return s.value
					}
					return f(s.value)
				}
			}
			inTexts := slices.ContainsFunc(p.values, func(s slot) bool { return !blankOnly(s.value) && f(s.value) != s.value })
			for _, pair := range [][2][]edit{
				{values, gaps}, {values, nil}, {nil, gaps},
				{p.rewrite(p.values, within(true)), nil}, {p.rewrite(p.values, within(false)), nil},
				{p.rewrite(p.values, within(true)), p.rewrite(p.gaps, within(true))},
				{p.rewrite(p.values, within(false)), p.rewrite(p.gaps, within(false))},
				{p.rewrite(p.texts, of(f)), gaps},
			} {
				h := hypothesis{edits: merge(pair[0], pair[1])}
				if !inTexts { // blank lines between elements are a matter of layout
					h.cause = p.layoutCause
				}
				if !yield(h) {
					return
				}
			}
		}
	}
}

func (p *part) lineEndingPlaces() iter.Seq[hypothesis] {
	var seqs []iter.Seq[hypothesis]
	for _, f := range lineEndingChanges {
		seqs = append(seqs, p.places(p.values, of(f)), p.places(p.gaps, of(f)))
	}
	for _, pair := range [][2]string{{"\n", "\r\n"}, {"\r", ""}, {"\n\n", "\n"}} {
		seqs = append(seqs, p.variants(p.values, func(s *slot) iter.Seq[string] { return replaced(s.value, pair[0], pair[1]) }))
	}
	return concat(seqs...)
}

var lineBreak = regexp.MustCompile(`[ \t]*\r?\n[ \t\r\n]*`)

// lineBreakChanges undo line breaks that got into values, as text that is wrapped.
var lineBreakChanges = []change{
	of(func(v string) string { return joinLines(v, lineBreak, "") }),
	of(func(v string) string { return joinLines(v, lineBreak, " ") }),
	of(func(v string) string { return strings.ReplaceAll(v, "\n", " ") }),
	of(func(v string) string { return strings.ReplaceAll(v, "\n", "") }),
}

// joinLines replaces the line breaks between other characters.
func joinLines(v string, breaks *regexp.Regexp, with string) string {
	trimmed := strings.Trim(v, " \t\r\n")
	if !strings.Contains(trimmed, "\n") {
		return v
	}
	start := strings.Index(v, trimmed)
	return v[:start] + breaks.ReplaceAllLiteralString(trimmed, with) + v[start+len(trimmed):]
}

// lineBreaks are line breaks that were won in values, and those that were lost
// in base64, which is wrapped in few ways.
func (p *part) lineBreaks() iter.Seq[hypothesis] {
	wraps := base64Wraps()
	return concat(
		p.whole(p.values, lineBreakChanges...),
		p.whole(p.values, wraps...),
		p.places(p.values, lineBreakChanges...),
		p.whole(p.values,
			func(s *slot) string { return breakBlanks(s, "\n", true) },
			func(s *slot) string { return breakBlanks(s, "\n", false) },
		),
	)
}

// lineBreaksAll are those to try together with other damages.
func (p *part) lineBreaksAll() iter.Seq[hypothesis] { return p.whole(p.values, lineBreakChanges...) }

func breakBlanks(s *slot, with string, attr bool) string {
	if (s.attr != nil) != attr {
		return s.value
	}
	trimmed := strings.Trim(s.value, " \t\r\n")
	start := strings.Index(s.value, trimmed)
	return s.value[:start] + strings.ReplaceAll(trimmed, " ", with) + s.value[start+len(trimmed):]
}

// lineBreakBlanks are line breaks that became blanks in one value.
func (p *part) lineBreakBlanks() iter.Seq[hypothesis] {
	return p.variants(p.texts, func(s *slot) iter.Seq[string] { return chosen(s.value, " ", "\n") })
}

// lineBreakTwice are line breaks that became blanks in two values.
func (p *part) lineBreakTwice() iter.Seq[hypothesis] {
	return p.twice(p.texts, func(s *slot) iter.Seq[string] { return replaced(s.value, " ", "\n") })
}

// lineBreakPlaces are line breaks that were lost.
func (p *part) lineBreakPlaces() iter.Seq[hypothesis] {
	return concat(
		p.some(lineBreakChanges[2]), p.some(lineBreakChanges[1]), p.some(lineBreakChanges[0]),
		p.variants(p.texts, func(s *slot) iter.Seq[string] { return chosen(s.value, "\n", " ") }),
		p.variants(p.texts, func(s *slot) iter.Seq[string] { return replaced(s.value, "\n", "") }),
		p.some(func(s *slot) string { return breakBlanks(s, "\n", false) }),
		p.places(p.texts, func(s *slot) string { return breakBlanks(s, "\n", false) }),
		p.lineBreakBlanks(),
		p.places(p.values, base64Wraps()...),
		p.places(p.values,
			func(s *slot) string { return breakBlanks(s, "\n", s.attr != nil) },
			func(s *slot) string { return breakBlanks(s, "\r\n", s.attr != nil) }),
		p.variants(p.values, func(s *slot) iter.Seq[string] { return replaced(s.value, "\n", " ") }),
		p.variants(p.values, func(s *slot) iter.Seq[string] { return replaced(s.value, " ", "\n") }),
		p.variants(p.values, func(s *slot) iter.Seq[string] { return replaced(s.value, " ", "\r\n") }),
	)
}

// base64Wraps put base64 on lines again, of the lengths that libraries write,
// with and without a line break at either end.
func base64Wraps() []change {
	var list []change
	for _, line := range []string{"\n", "\r\n"} {
		for _, width := range []int{76, 64} {
			for _, ends := range [][2]string{{"", ""}, {line, line}, {"", line}, {line, ""}} {
				list = append(list, func(s *slot) string {
					if s.attr != nil || !unwrappedBase64(s.value, width) {
						return s.value
					}
					var b strings.Builder
					b.WriteString(ends[0])
					for v := s.value; v != ""; {
						n := min(width, len(v))
						if b.Len() > len(ends[0]) {
							b.WriteString(line)
						}
						b.WriteString(v[:n])
						v = v[n:]
					}
					b.WriteString(ends[1])
					return b.String()
				})
			}
		}
	}
	return list
}

// unwrappedBase64 reports whether v is base64 that a line of width does not hold.
func unwrappedBase64(v string, width int) bool {
	if len(v) <= width || len(v)%4 != 0 {
		return false
	}
	v = strings.TrimRight(v, "=")
	return strings.Trim(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") == "" && !strings.ContainsAny(v, "=")
}
