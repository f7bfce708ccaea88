package check_test

import (
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/checktest"
)

// TestCutAnywhere cuts the good login at every byte: that it is cut off is the
// only thing wrong with it, whatever the rules do not see any more.
func TestCutAnywhere(t *testing.T) {
	xml := checktest.SignedResponse()
	rules := check.Rules()
	end := strings.LastIndex(xml, ">") + 1
	step := 1
	if testing.Short() {
		step = 13
	}
	for n := strings.Index(xml, "<samlp:Response ") + len("<samlp:Response "); n < end; n += step {
		c := checktest.Case{Input: xml[:n], Ext: "xml"}
		in, err := c.In()
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		for _, r := range check.Run(rules, in, check.Options{}) {
			switch {
			case r.Status == check.StatusBroken:
				t.Fatalf("%d bytes: %s is broken: %s", n, r.Rule.ID, r.Why)
			case r.Rule.ID == "complete" && r.Status != check.StatusFail:
				t.Errorf("%d bytes: complete says %s (%s)", n, r.Status, r.Why)
			case r.Rule.ID != "complete" && (r.Status == check.StatusFail || r.Status == check.StatusWarn):
				t.Errorf("%d bytes: %s says %s: %s", n, r.Rule.ID, r.Status, r.Findings[0].Message)
			}
		}
		if t.Failed() {
			t.Fatalf("… %q", xml[max(0, n-60):n])
		}
	}
}

// TestDamagedAnywhere changes single bytes of the good login. Rules may say what
// they like about it, but none may break.
func TestDamagedAnywhere(t *testing.T) {
	xml := checktest.Response()
	rules := check.Rules()
	step := 3
	if testing.Short() {
		step = 41
	}
	for n := strings.Index(xml, "<samlp:Response ") + len("<samlp:Response "); n < len(xml); n += step {
		for _, b := range []string{"", " ", "<", "\"", "&", "\x00", "\xff"} {
			c := checktest.Case{Input: xml[:n] + b + xml[n+1:], Ext: "xml"}
			in, err := c.In()
			if err != nil {
				continue // it is no message any more
			}
			for _, r := range check.Run(rules, in, check.Options{}) {
				if r.Status == check.StatusBroken {
					t.Fatalf("byte %d made %q: %s is broken: %s", n, b, r.Rule.ID, r.Why)
				}
			}
		}
	}
}
