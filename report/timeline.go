package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check"
)

// timeline draws the validity window of a message and when it was judged:
//
//	valid    10:00:26 ├───────── 5 min ─────────┤ 10:05:26
//	judged                                            ✗ 10:11:42, 6 min 16 s late
//
// Widths are not to scale: an assertion of five minutes judged a week later
// would show nothing else.
func timeline(w *check.Window, width int) []string {
	if w.NotOnOrAfter.IsZero() && w.NotBefore.IsZero() || !w.NotOnOrAfter.IsZero() && !w.NotOnOrAfter.After(w.NotBefore) {
		return nil // nothing to draw
	}
	from := w.NotBefore
	if from.IsZero() {
		from = w.Issued
	}
	short := sameDay(from, w.NotOnOrAfter, w.Evaluated)
	const bar = 22
	start, end := "", ""
	if !from.IsZero() {
		start = clock(from, short)
	}
	span := ""
	if !w.NotOnOrAfter.IsZero() {
		end = clock(w.NotOnOrAfter, short)
		if !from.IsZero() {
			span = " " + check.Length(w.NotOnOrAfter.Sub(from)) + " "
		}
	}
	fill := max(bar-columns(span), 2)
	valid := fmt.Sprintf("%s ├%s%s%s┤ %s", start, strings.Repeat("─", fill/2), span, strings.Repeat("─", fill-fill/2), end)
	lines := []string{"valid     " + strings.TrimLeft(valid, " ")}
	if end == "" {
		lines[0] = fmt.Sprintf("valid     from %s on", start)
	}
	at := clock(w.Evaluated, short)
	switch {
	case !w.NotOnOrAfter.IsZero() && !w.Evaluated.Add(-w.Skew).Before(w.NotOnOrAfter):
		lines = append(lines, pad("judged", columns(lines[0])+2)+at+" ✗")
	case !w.NotBefore.IsZero() && w.Evaluated.Add(w.Skew).Before(w.NotBefore):
		lines = append(lines, "judged    "+at+" ✗")
	default:
		return nil
	}
	if columns(lines[1]) > width {
		lines[1] = "judged    " + at + " ✗"
	}
	return lines
}

func sameDay(ts ...time.Time) bool {
	day := ""
	for _, t := range ts {
		if t.IsZero() {
			continue
		}
		if d := t.UTC().Format(time.DateOnly); day == "" {
			day = d
		} else if d != day {
			return false
		}
	}
	return true
}

func clock(t time.Time, short bool) string {
	if short {
		return t.UTC().Format("15:04:05")
	}
	return t.UTC().Format("2 Jan 15:04:05")
}
