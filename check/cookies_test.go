package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/checktest"
)

// TestAnswerWithoutCookie: that no cookie came with a refused Response is told
// where the capture shows cookies elsewhere, and nowhere else.
func TestAnswerWithoutCookie(t *testing.T) {
	rules := check.Rules()
	rule := rules[slices.IndexFunc(rules, func(r *check.Rule) bool { return r.ID == "service-answer" })]
	asked := 0
	for _, c := range checktest.Cases() {
		if c.Rule != rule.ID || c.Want != check.StatusFail {
			continue
		}
		got, err := c.Ask([]*check.Rule{rule})
		if err != nil {
			t.Fatal(err)
		}
		asked++
		want := c.Name == "forbidden-without-cookie"
		if has := strings.Contains(got.Findings[0].Note, "set no cookie"); has != want {
			t.Errorf("%s: note %q", c.File(), got.Findings[0].Note)
		}
	}
	if asked < 5 {
		t.Errorf("only %d fixtures were asked", asked)
	}
}
