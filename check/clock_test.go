package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/checktest"
	"github.com/samlwhy/samlwhy/check/flow"
)

// fixtureIn is a fixture of a rule as rules read it, judged by the service's
// clock as a report does.
func fixtureIn(t *testing.T, file string) *check.Input {
	t.Helper()
	cases := checktest.Cases()
	i := slices.IndexFunc(cases, func(c checktest.Case) bool { return c.File() == file })
	if i < 0 {
		t.Fatalf("there is no fixture %s", file)
	}
	in, err := cases[i].In()
	if err != nil {
		t.Fatal(err)
	}
	at := *in
	at.At = in.At.ByService(in.Login)
	return check.NewInput(at)
}

// TestByService: the service's clock decides, whatever the browser's says, and
// only for a time that the browser recorded.
func TestByService(t *testing.T) {
	for _, c := range []struct {
		file  string
		shift time.Duration
	}{
		{"clock-offset/pass-agree.har", 0},
		{"clock-offset/fail-idp-ten-minutes-ahead.har", 0},
		{"clock-offset/fail-service-ten-minutes-ahead.har", 10 * time.Minute},
		{"clock-offset/pass-only-the-browser-is-wrong.har", -20 * time.Minute},
	} {
		in := fixtureIn(t, c.file)
		if d := in.At.Shift - c.shift; d.Abs() > 2*time.Second || c.shift == 0 && d != 0 {
			t.Errorf("%s: judged %v by the browser's clock, want %v", c.file, in.At.Shift, c.shift)
		}
		fails := 0
		for _, r := range check.Run(check.Rules(), in, check.Options{Only: []string{"not-before", "not-on-or-after"}}) {
			for _, f := range r.Findings {
				fails++
				if f.Cause == nil || f.Cause.ID != "clock-skew" || !strings.Contains(f.Cause.Text, "of the service's") && !strings.Contains(f.Cause.Text, "behind the service's") {
					t.Errorf("%s: %s has the cause %+v", c.file, r.Rule.ID, f.Cause)
				}
			}
		}
		if wrong := strings.Contains(c.file, "fail-"); wrong != (fails > 0) {
			t.Errorf("%s: %d findings about time", c.file, fails)
		}
	}
	in := fixtureIn(t, "clock-offset/fail-service-ten-minutes-ahead.har")
	given := check.At{Time: checktest.Delivered(), Basis: check.BasisGiven}
	if got := given.ByService(in.Login); got != given {
		t.Errorf("a time that somebody gave was changed: %+v", got)
	}
	captured := check.At{Time: checktest.Delivered(), Basis: check.BasisCaptured}
	if got := captured.ByService(nil); got != captured {
		t.Errorf("without a login: %+v", got)
	}
}

// TestWhoseClock: the browser's clock tells which of two that differ is wrong.
func TestWhoseClock(t *testing.T) {
	for file, want := range map[string]string{
		"clock-offset/fail-idp-ten-minutes-ahead.har":     "Set the clock of the IdP right (NTP): it is 10 min ahead.",
		"clock-offset/fail-idp-ten-minutes-behind.har":    "Set the clock of the IdP right (NTP): it is 10 min behind.",
		"clock-offset/fail-service-ten-minutes-ahead.har": "Set the clock of the service right (NTP): it is 10 min ahead.",
	} {
		in := fixtureIn(t, file)
		for _, r := range check.Run(check.Rules(), in, check.Options{Only: []string{"clock-offset"}}) {
			if r.Rule.ID == "clock-offset" && (len(r.Findings) != 1 || r.Findings[0].Fix != want) {
				t.Errorf("%s: %+v", file, r.Findings)
			}
		}
	}
	in := fixtureIn(t, "clock-offset/fail-idp-ahead-behind-a-front.har")
	if c := in.Login.Clocks.IdP; c.From != flow.FromIssueInstant || !c.Front.Known() {
		t.Errorf("the web server in front of the IdP is not told apart: %+v", c)
	}
}
