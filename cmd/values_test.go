package cmd

import (
	"errors"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/report"
)

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		back string
	}{
		{"1", 1, "1 byte"}, {"65536", 64 << 10, "64 KiB"}, {"64k", 64 << 10, "64 KiB"}, {"64KB", 64 << 10, "64 KiB"},
		{" 512 MiB", 512 << 20, "512 MiB"}, {"1.5G", 3 << 29, "1.5 GiB"}, {"2GiB", 2 << 30, "2 GiB"}, {"100B", 100, "100 bytes"},
	} {
		var n int64
		if err := (sizeValue{&n}).Set(c.text); err != nil || n != c.want || sizeText(n) != c.back {
			t.Errorf("%q: %d (%s), %v; expected %d (%s)", c.text, n, sizeText(n), err, c.want, c.back)
		}
	}
	for _, text := range []string{"", "0", "-1", "G", "1T", "Inf", "NaN", "1e300", "12x", "0.5", "1KMB"} {
		var n int64
		if err := (sizeValue{&n}).Set(text); err == nil || n != 0 {
			t.Errorf("%q: accepted as %d", text, n)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"audience", "acs-url", "issuer", "issuer-first", "--service"}
	for given, want := range map[string]string{
		"audiense": "audience", "Audience": "audience", "aduience": "audience", "aud": "audience", "acsurl": "acs-url", "issuers": "issuer",
		"--servcie": "--service", "zzz": "", "": "", "completely-different": "", strings.Repeat("a", 5000): "",
	} {
		if got := nearest(given, names); got != want {
			t.Errorf("nearest to %q: %q, expected %q", shorten(given), got, want)
		}
	}
}

func TestGraverExitCode(t *testing.T) {
	order := []int{exitOK, exitFailed, exitInput, exitUsage, exitInterrupted} // rising
	for i, a := range order {
		for j, b := range order {
			if got, want := graver(a, b), order[max(i, j)]; got != want {
				t.Errorf("of %d and %d: %d, expected %d", a, b, got, want)
			}
		}
	}
}

func TestComplain(t *testing.T) {
	var errs strings.Builder
	std := IO{Stderr: &errs}.withDefaults()
	code := std.complain(inputErrorf("\x1b[2Jevil\u202e.xml\ncannot be read").hint("one", strings.Repeat("word ", 30)))
	if code != exitInput {
		t.Errorf("exit code %d, expected %d", code, exitInput)
	}
	if strings.ContainsAny(errs.String(), "\x1b\u202e") {
		t.Errorf("control characters reach the terminal: %q", errs.String())
	}
	lines := strings.Split(strings.TrimSuffix(errs.String(), "\n"), "\n")
	if len(lines) != 4 || lines[1] != "  one" || !strings.HasPrefix(lines[3], "  word") {
		t.Errorf("layout:\n%s", &errs)
	}
	if code := std.complain(errors.New("of another package")); code != exitUsage {
		t.Errorf("an error without a code: exit code %d, expected %d", code, exitUsage)
	}
	errs.Reset()
	if code := std.complain(exitWith(exitFailed)); code != exitFailed || errs.Len() > 0 {
		t.Errorf("an error without a text: exit code %d, %q", code, &errs)
	}
}

func TestStyle(t *testing.T) {
	yes, no := func(any) bool { return true }, func(any) bool { return false }
	width := func(n int) func(any) int { return func(any) int { return n } }
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, c := range []struct {
		name   string
		std    IO
		mode   colorMode
		toFile bool
		color  bool
		width  int
	}{
		{"terminal", IO{IsTerminal: yes, Width: width(90)}, colorAuto, false, true, 90},
		{"wide terminal", IO{IsTerminal: yes, Width: width(250)}, colorAuto, false, true, 100},
		{"terminal of unknown width", IO{IsTerminal: yes}, colorAuto, false, true, 80},
		{"pipe", IO{IsTerminal: no, Width: width(250)}, colorAuto, false, false, 80},
		{"NO_COLOR", IO{IsTerminal: yes, Env: env("NO_COLOR", "1")}, colorAuto, false, false, 80},
		{"empty NO_COLOR", IO{IsTerminal: yes, Env: env("NO_COLOR", "")}, colorAuto, false, true, 80},
		{"dumb terminal", IO{IsTerminal: yes, Env: env("TERM", "dumb")}, colorAuto, false, false, 80},
		{"file", IO{IsTerminal: yes, Width: width(90)}, colorAuto, true, false, 80},
		{"always, through a pipe", IO{IsTerminal: no, Env: env("NO_COLOR", "1")}, colorAlways, false, true, 80},
		{"never, at a terminal", IO{IsTerminal: yes}, colorNever, false, false, 80},
	} {
		got := c.std.withDefaults().style(c.mode, c.toFile, false)
		if got.Color != c.color || got.Width != c.width {
			t.Errorf("%s: colour %t, width %d; expected %t, %d", c.name, got.Color, got.Width, c.color, c.width)
		}
	}
}

func TestFailOn(t *testing.T) {
	statuses := map[string]check.Status{
		"pass": check.StatusPass, "na": check.StatusNA, "skip": check.StatusSkip,
		"warn": check.StatusWarn, "fail": check.StatusFail, "broken": check.StatusBroken,
	}
	for level, failing := range map[failOn]string{
		failOnError: "fail broken", failOnWarning: "fail broken warn", failOnSkip: "fail broken warn skip", failOnNever: "",
	} {
		for name, status := range statuses {
			r := report.New("", []report.Message{{Results: []report.Result{{Rule: "audience", Status: status}}}}, nil)
			o := &checkOptions{FailOn: level}
			if got, want := o.failed(r), strings.Contains(failing, name); got != want {
				t.Errorf("--fail-on %s, a rule that answers %s: failed %t, expected %t", level, name, got, want)
			}
		}
	}
	r := report.New("", []report.Message{{Results: []report.Result{{Rule: "audience", Status: check.StatusSkip}}}}, nil)
	for _, o := range []*checkOptions{{FailOn: failOnSkip, Skip: []string{"audience"}}, {FailOn: failOnSkip, Only: []string{"issuer"}}} {
		if o.failed(r) {
			t.Error("a rule that the user left out counts as one that could not be asked")
		}
	}
}

func TestVersionOf(t *testing.T) {
	settings := func(pairs ...string) (list []debug.BuildSetting) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return list
	}
	const revision = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
	for _, c := range []struct {
		linked string
		info   debug.BuildInfo
		want   string
	}{
		{"v1.2.3", debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "v1.2.3"},
		{"", debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "v1.2.3"},
		{"", debug.BuildInfo{}, "(devel)"},
		{"", debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: settings("vcs.revision", revision, "vcs.modified", "false")}, "(devel) 1a2b3c4d5e6f"},
		{"", debug.BuildInfo{Settings: settings("vcs.revision", revision, "vcs.modified", "true")}, "(devel) 1a2b3c4d5e6f, modified"},
	} {
		if got := versionOf(c.linked, &c.info); got != c.want {
			t.Errorf("version %q, expected %q", got, c.want)
		}
	}
}

func TestAtValueShowsItself(t *testing.T) {
	var at report.At
	v := atValue{&at}
	for _, text := range []string{"now", "issued", "captured", "2026-03-04T10:00:30Z", "2026-03-04T10:00:30.25+01:00"} {
		if err := v.Set(text); err != nil || v.String() != text {
			t.Errorf("%q: %q, %v", text, v.String(), err)
		}
	}
	if want := time.Date(2026, 3, 4, 9, 0, 30, 250e6, time.UTC); !at.Time.Equal(want) {
		t.Errorf("time %s, expected %s", at.Time, want)
	}
}
