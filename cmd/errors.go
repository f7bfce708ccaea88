package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// hintedError is an error as the user meets it: one sentence, hints below it,
// and the exit code it leads to.
type hintedError struct {
	code  int
	text  string // empty: everything has been said, only the code remains
	hints []string
}

func (e *hintedError) Error() string { return e.text }

func (e *hintedError) hint(lines ...string) *hintedError {
	for _, l := range lines {
		if l != "" {
			e.hints = append(e.hints, l)
		}
	}
	return e
}

// choices adds what would have been valid in place of given, the nearest first.
func (e *hintedError) choices(what, given string, valid []string) *hintedError {
	if near := nearest(given, valid); near != "" {
		e = e.hint(fmt.Sprintf("did you mean %q?", near))
	}
	return e.hint(fmt.Sprintf("%s: %s", what, strings.Join(valid, ", ")))
}

func usageErrorf(format string, args ...any) *hintedError {
	return &hintedError{code: exitUsage, text: fmt.Sprintf(format, args...)}
}

func inputErrorf(format string, args ...any) *hintedError {
	return &hintedError{code: exitInput, text: fmt.Sprintf(format, args...)}
}

// exitWith ends a command that has said everything with code.
func exitWith(code int) error {
	if code == exitOK {
		return nil
	}
	return &hintedError{code: code}
}

// graver is the exit code that stands when both happened.
func graver(a, b int) int {
	order := []int{exitOK, exitFailed, exitInput, exitUsage} // rising; any other is an interruption
	rank := func(code int) int {
		if i := slices.Index(order, code); i >= 0 {
			return i
		}
		return len(order)
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// complain writes err to standard error and returns its exit code. Errors that
// bring no code of their own are wrong usage.
func (std IO) complain(err error) int {
	e, ok := errors.AsType[*hintedError](err)
	if !ok {
		e = usageErrorf("%v", err)
	}
	if e.text == "" {
		return e.code
	}
	// A write error on standard error has nowhere to go.
	first := []string{"samlwhy: " + printable(e.text)} // one line for those who search a log
	if std.IsTerminal(std.Stderr) {
		first = wrap(first[0], std.columns(std.Stderr))
	}
	for _, line := range first {
		_, _ = fmt.Fprintln(std.Stderr, line)
	}
	for _, h := range e.hints {
		for _, line := range wrap(printable(h), std.columns(std.Stderr)-2) {
			_, _ = fmt.Fprintf(std.Stderr, "  %s\n", line)
		}
	}
	return e.code
}

// wrap breaks s at blanks into lines of at most width characters, and nowhere
// else: what is offered (a flag, a command line) can be copied whole.
func wrap(s string, width int) []string {
	var lines []string
	line, columns := "", 0
	for word := range strings.SplitSeq(s, " ") {
		n := utf8.RuneCountInString(word)
		if line != "" && columns+1+n > width {
			lines = append(lines, line)
			line, columns = "", 0
		}
		if line != "" {
			line += " "
			columns++
		}
		line += word
		columns += n
	}
	return append(lines, line)
}

// printable writes out what would move a cursor or reorder a line: file names
// and values in errors come from others.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// shorten keeps a value that was meant for somewhere else (a whole message in
// place of a file's name) from filling the screen.
func shorten(s string) string {
	const keep = 80
	if r := []rune(s); len(r) > keep {
		return string(r[:keep]) + "…"
	}
	return s
}

// flagError turns the flag parser's errors into ours.
func flagError(c *cobra.Command, err error) error {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		given := "--" + e.GetSpecifiedName()
		if group := e.GetSpecifiedShortnames(); group != "" {
			given = "-" + group
		}
		return usageErrorf("%s has no flag %s", c.CommandPath(), shorten(given)).
			choices("flags", given, names)
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usageErrorf("--%s needs a value", e.GetSpecifiedName()).
			hint(usageOf(e.GetFlag()))
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		given := fmt.Sprintf("--%s %q", e.GetFlag().Name, shorten(e.GetValue()))
		if cause, ok := errors.AsType[*hintedError](e.Unwrap()); ok {
			return usageErrorf("%s %s", given, cause.text).hint(cause.hints...)
		}
		// Only the flag package's own types are left: yes or no.
		return usageErrorf("%s is neither true nor false", given).hint(usageOf(e.GetFlag()))
	}
	return usageErrorf("%v", err).hint("samlwhy help " + c.Name() + " lists the flags")
}

func usageOf(f *pflag.Flag) string {
	name, usage := pflag.UnquoteUsage(f)
	return strings.TrimSpace(fmt.Sprintf("--%s %s: %s", f.Name, name, usage))
}

// noArguments is cobra.NoArgs with an error that says what to leave out.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageErrorf("%s takes no arguments, but was given %q", c.CommandPath(), shorten(args[0]))
	}
	return nil
}

// nearest is the one of names that given was probably meant to be; empty when
// none is near enough to be named.
func nearest(given string, names []string) string {
	best, bestDistance := "", 0
	given = strings.ToLower(given)
	if len(given) > 60 {
		return ""
	}
	for _, n := range names {
		d := distance(given, strings.ToLower(n))
		if strings.HasPrefix(strings.ToLower(n), given) && len(given) >= 3 {
			d = min(d, 1)
		}
		if best == "" || d < bestDistance {
			best, bestDistance = n, d
		}
	}
	if best == "" || bestDistance > max(1, min(3, cmp.Or(len(given), 1)/3)) {
		return ""
	}
	return best
}

// distance is the number of single-byte edits, exchanges of neighbours among
// them, that turn a into b.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
