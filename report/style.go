package report

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/fatih/color"
)

// Style is how a report for people is laid out. The zero value is plain text of
// 80 columns.
type Style struct {
	Width   int // columns; 0 means 80
	Color   bool
	Verbose bool
}

// minWidth is the narrowest layout; a narrower terminal wraps it.
const minWidth = 60

func (s Style) width() int {
	if s.Width <= 0 {
		return 80
	}
	return max(s.Width, minWidth)
}

// palette are the few colours the text report uses. Each only underlines what
// the words already say, so that nothing is lost without colour.
type palette struct {
	fail, warn, good, dim, strong, value *color.Color
}

func newPalette(on bool) palette {
	mk := func(attrs ...color.Attribute) *color.Color {
		c := color.New(attrs...)
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return palette{
		fail:   mk(color.FgRed, color.Bold),
		warn:   mk(color.FgYellow),
		good:   mk(color.FgGreen),
		dim:    mk(color.Faint),
		strong: mk(color.Bold),
		value:  mk(color.FgCyan),
	}
}

// wrap breaks s into lines of at most width columns, at blanks only: a flag or
// a URL that is broken at a hyphen cannot be copied. A word longer than a line
// is broken where the line ends, so that no terminal does it behind our back.
func wrap(s string, width int) []string {
	width = max(width, 10)
	var lines []string
	line := ""
	for word := range strings.SplitSeq(s, " ") {
		if line != "" && columns(line)+1+columns(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		pieces := hardWrap(word, width)
		lines = append(lines, pieces[:len(pieces)-1]...)
		line = pieces[len(pieces)-1]
	}
	return append(lines, line)
}

// wrapPath breaks a path after a slash, so that no name is torn apart.
func wrapPath(s string, width int) []string {
	var lines []string
	line := ""
	for part := range strings.SplitAfterSeq(s, "/") {
		if line != "" && columns(line)+columns(part) > width {
			lines = append(lines, line)
			line = ""
		}
		line += part
	}
	return append(lines, line)
}

// wrapValue breaks a value into lines of at most width columns, at a blank or
// behind a separator of URLs where one stands in the second half of the line.
func wrapValue(s string, width int) []string {
	const longest = 2000 // of a value that is worth the trouble
	if len(s) > longest {
		return hardWrap(s, width)
	}
	var lines []string
	for columns(s) > width {
		line := hardWrap(s, width)[0]
		if i := strings.LastIndexByte(line, ' '); i >= len(line)/3 {
			line = line[:i+1]
		} else if i := strings.LastIndexAny(line, "/?&=:;,"); i >= len(line)/2 {
			line = line[:i+1]
		}
		lines = append(lines, line)
		s = strings.TrimPrefix(s[len(line):], " ")
	}
	return append(lines, s)
}

// hardWrap breaks s every width columns, for values that have to be copied
// character by character.
func hardWrap(s string, width int) []string {
	return strings.Split(ansi.Hardwrap(s, max(width, 10), true), "\n")
}

func columns(s string) int { return ansi.StringWidth(s) }

// pad fills s with blanks to width columns.
func pad(s string, width int) string {
	if n := width - columns(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}
