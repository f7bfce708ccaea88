package cmd

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestComplainWraps: at a terminal no line of an error is cut in a word; in a
// pipe the error itself is one line.
func TestComplainWraps(t *testing.T) {
	err := inputErrorf("trace.har: the HAR has 13 entries, but the bodies of all 2 POST requests are missing: what was posted is not in it").hint("export it again")
	for _, terminal := range []bool{true, false} {
		var said strings.Builder
		std := IO{Stderr: &said, IsTerminal: func(any) bool { return terminal }, Width: func(any) int { return 60 }}
		if code := std.complain(err); code != exitInput {
			t.Errorf("exit code %d, expected %d", code, exitInput)
		}
		lines := strings.Split(strings.TrimSuffix(said.String(), "\n"), "\n")
		for _, l := range lines {
			if terminal && utf8.RuneCountInString(l) > 60 {
				t.Errorf("%d columns: %q", utf8.RuneCountInString(l), l)
			}
		}
		if !terminal && (len(lines) != 2 || lines[0] != "samlwhy: "+err.text) {
			t.Errorf("in a pipe: %q", lines)
		}
	}
}
