package repair

import (
	"iter"
	"regexp"
	"strings"
)

const blankChars = " \t\r\n"

var (
	blankRun = regexp.MustCompile(`[ \t\r\n]{2,}`)
	spaceRun = regexp.MustCompile(` {2,}`)
)

// blankChanges take away blanks that a value has won.
var blankChanges = []change{
	of(func(v string) string { return strings.Trim(v, blankChars) }),
	of(func(v string) string { return strings.TrimRight(v, blankChars) }),
	of(func(v string) string { return strings.TrimLeft(v, blankChars) }),
	of(func(v string) string { return blankRun.ReplaceAllLiteralString(v, " ") }),
	of(func(v string) string { return spaceRun.ReplaceAllLiteralString(v, " ") }),
	of(func(v string) string { return blankRun.ReplaceAllLiteralString(strings.Trim(v, blankChars), " ") }),
	of(func(v string) string { return strings.ReplaceAll(v, "\t", " ") }),
	of(func(v string) string { return strings.ReplaceAll(v, "\t", "    ") }),
	of(func(v string) string { return strings.ReplaceAll(v, "    ", "\t") }),
	of(func(v string) string { return strings.TrimSuffix(v, " ") }),
	of(func(v string) string { return strings.TrimSuffix(v, "\n") }),
	of(func(v string) string { return strings.TrimPrefix(v, " ") }),
	of(func(v string) string { return strings.TrimPrefix(v, "\n") }),
	of(func(v string) string { return strings.ReplaceAll(v, "  ", " ") }),
}

// lostBlanks give a value the blanks that it may have had.
var lostBlanks = []change{
	texts(func(v string) string { return v + " " }),
	texts(func(v string) string { return " " + v }),
	texts(func(v string) string { return v + "\n" }),
	texts(func(v string) string { return "\n" + v + "\n" }),
	texts(func(v string) string { return " " + v + " " }),
	texts(func(v string) string { return "\n" + v }),
	texts(func(v string) string { return v + "  " }),
	texts(func(v string) string { return "  " + v }),
	texts(func(v string) string { return v + "\t" }),
	texts(func(v string) string { return v + "\u00A0" }),
	attributes(func(v string) string { return v + " " }),
	attributes(func(v string) string { return " " + v }),
	attributes(func(v string) string { return " " + v + " " }),
}

func texts(f func(string) string) change {
	return func(s *slot) string {
		if s.attr != nil {
			return s.value
		}
		return f(s.value)
	}
}

func attributes(f func(string) string) change {
	return func(s *slot) string {
		if s.attr == nil {
			return s.value
		}
		return f(s.value)
	}
}

// onLines puts a text on a line of its own again, by its level.
func onLines(unit string, outer int) change {
	return func(s *slot) string {
		if s.attr != nil || s.prev != nil || s.next != nil || blankOnly(s.value) || wrapped(s.value) {
			return s.value
		}
		level := min(max(s.depth-outer, 0), 200)
		return "\n" + strings.Repeat(unit, level+1) + s.value + "\n" + strings.Repeat(unit, level)
	}
}

// blanks are blanks that values have won: all values, then each.
func (p *part) blanks() iter.Seq[hypothesis] {
	return concat(p.whole(p.values, blankChanges...), p.places(p.values, blankChanges...))
}

// blanksAll are those to try together with other damages.
func (p *part) blanksAll() iter.Seq[hypothesis] { return p.whole(p.values, blankChanges[:6]...) }

// gapPlaces are single gaps that won or lost blanks: what the others suggest
// comes first.
func (p *part) gapPlaces() iter.Seq[hypothesis] {
	type kind struct {
		depth int
		last  bool
	}
	usual := map[kind]map[string]int{}
	for i := range p.gaps {
		s := &p.gaps[i]
		k := kind{s.depth, s.next == nil}
		if usual[k] == nil {
			usual[k] = map[string]int{}
		}
		usual[k][s.value]++
	}
	best := map[kind]string{}
	for k, values := range usual {
		for v, n := range values {
			if b, ok := best[k]; !ok || n > values[b] || n == values[b] && v < b {
				best[k] = v
			}
		}
	}
	blankBefore := regexp.MustCompile(`[ \t]+\n`)
	return p.places(p.gaps,
		func(s *slot) string { return best[kind{s.depth, s.next == nil}] },
		of(func(v string) string { return "" }),
		of(func(v string) string { return blankBefore.ReplaceAllLiteralString(v, "\n") }),
		of(func(v string) string { return blankRun.ReplaceAllLiteralString(v, "\n") }),
		of(func(v string) string { return strings.TrimSuffix(v, " ") }),
		of(func(v string) string { return "\n" }),
		of(func(v string) string { return " " }),
		of(func(v string) string { return strings.TrimPrefix(v, "\n") }),
		of(func(v string) string { return v + " " }),
		of(func(v string) string { return "\n" + v }),
		func(s *slot) string { return style{kind: indented, unit: "  "}.gap(s) },
		func(s *slot) string { return style{kind: indented, unit: "    "}.gap(s) },
		func(s *slot) string { return style{kind: indented, unit: "\t"}.gap(s) },
		of(func(v string) string { return "\n\n" }),
	)
}

// blankPlaces are blanks that one value has lost.
func (p *part) blankPlaces() iter.Seq[hypothesis] {
	var wraps []change
	for _, unit := range []string{"  ", "    ", "\t"} {
		wraps = append(wraps, onLines(unit, 0))
	}
	return concat(
		p.places(p.texts, lostBlanks[:6]...),
		p.variants(p.texts, func(s *slot) iter.Seq[string] { return chosen(s.value, " ", "  ") }),
		p.variants(p.texts, func(s *slot) iter.Seq[string] { return chosen(s.value, "  ", " ") }),
		p.places(p.texts, lostBlanks[6:]...),
		p.variants(p.texts, func(s *slot) iter.Seq[string] { return replaced(s.value, " ", "") }),
		p.whole(p.values, lostBlanks...),
		p.places(p.values, lostBlanks...),
		p.places(p.texts, wraps...),
	)
}
