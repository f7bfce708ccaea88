package report

import (
	"strings"
)

// compare shows what was expected above what was received, aligned, with a
// caret under the first difference.
func (t *textWriter) compare(f *Finding, m *Message) {
	const (
		indent   = "     "
		expected = "expected  "
		received = "received  "
	)
	room := t.style.width() - len(indent) - len(expected)
	from := f.ExpectedFrom
	if m.Service != nil && from == *m.Service {
		from = "default of " + m.ServiceTitle
	}
	if c := f.Cause; c != nil && c.index >= 0 && len(f.Actual) == 1 && c.expected != "" {
		want, got, caret := alignWindow(c.expected, f.Actual[0], c.index, room)
		t.valueLine(indent+expected, want, from, room)
		t.valueLine(indent+received, got, "", room)
		t.line(indent + strings.Repeat(" ", len(received)+caret) + t.colors.fail.Sprint("^"))
		return
	}
	t.values(indent+expected, f.Expected, from, room)
	t.values(indent+received, f.Actual, "", room)
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

func (t *textWriter) values(label string, values []string, from string, room int) {
	for i, v := range values {
		lines := hardWrap(visible(v), room)
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
