package cmd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/report/services"
)

// TestREADME runs every console example of README ("$ samlwhy …" in a console
// block) and compares what follows it with what is printed, and holds the
// generated tables against the rules and services. -update rewrites both.
func TestREADME(t *testing.T) {
	file := filepath.Join("..", "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("..")
	got := runExamples(t, string(text))
	got = replaceTable(t, got, "kinds", kindTable())
	got = replaceTable(t, got, "rules", ruleTable())
	got = replaceTable(t, got, "services", serviceTable(t))
	if *update {
		if err := os.WriteFile("README.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), got); diff != "" {
		t.Errorf("README shows what is no longer so (-README +now), -update rewrites it:\n%s", diff)
	}
}

// runExamples replaces the output below each command in ```console blocks.
func runExamples(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	inConsole, ran := false, 0
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "```console"):
			inConsole = true
		case strings.HasPrefix(line, "```"):
			inConsole = false
		case inConsole && !strings.HasPrefix(line, "$ "):
			continue // the old output
		}
		b.WriteString(line)
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ samlwhy ")
		if !inConsole || !ok {
			continue
		}
		ran++
		var out bytes.Buffer
		Main(words(command), IO{
			Stdout: &out, Stderr: &out,
			Now: func() time.Time { return time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC) },
		})
		b.Write(out.Bytes())
	}
	if ran == 0 {
		t.Error("README has no example to run")
	}
	return b.String()
}

// words splits a command as a shell would, as far as examples need it.
func words(s string) []string {
	var out []string
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 { // between quotes
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

// replaceTable puts table between the markers that README has for it.
func replaceTable(t *testing.T, text, name, table string) string {
	t.Helper()
	begin, end := fmt.Sprintf("<!-- generated: %s -->\n", name), "<!-- end -->"
	before, rest, ok := strings.Cut(text, begin)
	if !ok {
		t.Fatalf("README has no place for the table of %s", name)
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatalf("README's table of %s has no end", name)
	}
	return before + begin + table + end + after
}

func ruleTable() string {
	var b strings.Builder
	for _, g := range check.Groups() {
		var rows strings.Builder
		for _, r := range check.Rules() {
			if r.Group == g {
				fmt.Fprintf(&rows, "| `%s` | %s |\n", r.ID, escapeCell(r.Question))
			}
		}
		if rows.Len() > 0 {
			fmt.Fprintf(&b, "\n**%s**\n\n| rule | question |\n|---|---|\n%s", g, rows.String())
		}
	}
	return b.String() + "\n"
}

func kindTable() string {
	var b strings.Builder
	b.WriteString("\n| `--as` | input |\n|---|---|\n")
	for _, k := range decode.Kinds() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", k, escapeCell(k.About()))
	}
	return b.String() + "\n"
}

func serviceTable(t *testing.T) string {
	t.Helper()
	all, err := services.All()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("\n| service | name | codes |\n|---|---|---|\n")
	for _, s := range all {
		fmt.Fprintf(&b, "| `%s` | %s | %d |\n", s.Name, s.Title, len(s.Codes))
	}
	return b.String() + "\n"
}

func escapeCell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;").Replace(s)
}
