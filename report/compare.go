package report

import (
	"fmt"
	"slices"
	"strings"
)

// The labels of compared values, all of one width.
const (
	labelExpected = "     expected  "
	labelOr       = "           or  "
	labelReceived = "     received  "
	labelAlso     = "         also  "
)

// compare shows what was expected above what was received, aligned, with a
// caret under the first difference. What before has shown is left out.
func (t *textWriter) compare(f, before *Finding) {
	sameExpected := before != nil && slices.Equal(before.Expected, f.Expected) && before.ExpectedFrom == f.ExpectedFrom
	sameActual := before != nil && slices.Equal(before.Actual, f.Actual)
	if sameExpected && sameActual {
		return
	}
	room := t.style.width() - len(labelExpected)
	if c := f.Cause; c != nil && c.index >= 0 && len(f.Actual) > 0 && c.expected != "" {
		want, got, caret := alignWindow(c.expected, f.Actual[0], c.index, room)
		t.valueLine(labelExpected, want, f.ExpectedFrom, room)
		t.valueLine(labelReceived, got, "", room)
		t.line(strings.Repeat(" ", len(labelReceived)+caret) + t.colors.fail.Sprint("^"))
		t.values(labelAlso, f.Actual[1:], "", room)
		return
	}
	if len(f.Expected) > 0 {
		alternatives := f.Expected[1:]
		if isFingerprint(f.Expected) {
			alternatives = nil
			t.values(labelExpected, f.Expected, f.ExpectedFrom, room)
		} else {
			t.values(labelExpected, f.Expected[:1], f.ExpectedFrom, room)
		}
		if len(alternatives) == 2 {
			t.values(labelOr, alternatives[:1], "", room)
			alternatives = alternatives[1:]
		}
		t.values(labelOr, alternatives, "", room)
	}
	if !sameActual || len(f.Actual) == 1 {
		t.values(labelReceived, f.Actual, "", room)
	}
}

// isFingerprint reports whether values are the lines that describe certificates.
func isFingerprint(values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return strings.HasPrefix(v, "SHA-256 ") })
}

// valueLine is one value with its origin behind it where that fits.
func (t *textWriter) valueLine(label, value, from string, room int) {
	line := label + t.colors.value.Sprint(value)
	if from = fromText(from); from != "" {
		if columns(value)+2+columns(from) <= room {
			line += "  " + t.colors.dim.Sprint(from)
		} else {
			line += "\n" + strings.Repeat(" ", columns(label)) + t.colors.dim.Sprint(from)
		}
	}
	t.line(line)
}

// values writes one value a line, many short ones behind each other.
func (t *textWriter) values(label string, values []string, from string, room int) {
	const (
		oneALine = 2  // values that have a line each in any case
		short    = 24 // columns
		most     = 6  // lines
	)
	long := func(v string) bool { return columns(visible(v)) > short }
	switch {
	case len(values) <= oneALine || isFingerprint(values):
	case !slices.ContainsFunc(values, long):
		values = []string{strings.Join(values, ", ")}
	case len(values) > most && !t.style.Verbose:
		values = append(slices.Clone(values[:most-1]), fmt.Sprintf("… and %d more (--verbose shows them)", len(values)-most+1))
	}
	for i, v := range values {
		lines := wrapValue(visible(v), room)
		if v == "" {
			lines = []string{"(empty)"}
		}
		for j, l := range lines {
			last := i == len(values)-1 && j == len(lines)-1
			origin := ""
			if last {
				origin = from
			}
			t.valueLine(label, l, origin, room)
			label = strings.Repeat(" ", columns(label))
		}
	}
}

func fromText(from string) string {
	if from == "" {
		return ""
	}
	return "(" + visible(from) + ")"
}

// alignWindow prepares two values for aligned lines of at most room columns:
// made visible, and cut around the first difference, at code point index, where
// they are too long. caret is the column of the difference.
func alignWindow(want, got string, index, room int) (wantLine, gotLine string, caret int) {
	w, g := []rune(want), []rune(got)
	index = min(index, len(w), len(g))
	from := 0
	if columns(visible(want)) > room || columns(visible(got)) > room {
		// Two thirds before the difference: what is left of it tells where in
		// the value one is.
		for columns(visible(string(w[from:index]))) > room*2/3 {
			from++
		}
	}
	lead := ""
	if from > 0 {
		lead = "…"
	}
	show := func(rs []rune) string {
		s := lead + visible(string(rs[from:]))
		if columns(s) <= room {
			return s
		}
		end := len(rs)
		for end > from && columns(lead+visible(string(rs[from:end])))+1 > room {
			end--
		}
		return lead + visible(string(rs[from:end])) + "…"
	}
	return show(w), show(g), columns(lead + visible(string(g[from:index])))
}
