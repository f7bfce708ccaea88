package check_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/checktest"
)

const fixtureFolder = "../testdata/rules"

// TestFixtures asks each fixture's rule and compares the answer.
func TestFixtures(t *testing.T) {
	rules := check.Rules()
	for _, c := range checktest.Cases() {
		t.Run(c.Rule+"/"+c.Name, func(t *testing.T) {
			got, err := c.Ask(rules)
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != c.Want {
				t.Errorf("status %s, want %s (why %q, findings %+v)", got.Status, c.Want, got.Why, got.Findings)
			}
			var reasons, causes []string
			for _, f := range got.Findings {
				reasons = append(reasons, f.Reason)
				cause := ""
				if f.Cause != nil {
					cause = f.Cause.ID
				}
				causes = append(causes, cause)
				if f.Message == "" {
					t.Errorf("reason %s has no message", f.Reason)
				}
			}
			if diff := cmp.Diff(c.Reasons, reasons); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			if len(c.Causes) > 0 {
				if diff := cmp.Diff(c.Causes, causes); diff != "" {
					t.Errorf("causes (-want +got):\n%s", diff)
				}
			}
			if (got.Status == check.StatusSkip || got.Status == check.StatusNA) && got.Why == "" {
				t.Errorf("%s without a why", got.Status)
			}
		})
	}
}

// TestEveryRuleHasFixtures fails when a rule lacks a fixture that passes or one
// that fails, or when no fixture shows one of its reasons.
func TestEveryRuleHasFixtures(t *testing.T) {
	passes, fails := map[string]bool{}, map[string]bool{}
	reasons := map[string]bool{}
	for _, c := range checktest.Cases() {
		switch c.Want {
		case check.StatusPass:
			passes[c.Rule] = true
		case check.StatusFail, check.StatusWarn:
			fails[c.Rule] = true
		}
		for _, r := range c.Reasons {
			reasons[c.Rule+"/"+r] = true
		}
	}
	known := map[string]bool{}
	for _, r := range check.Rules() {
		known[r.ID] = true
		if !passes[r.ID] {
			t.Errorf("%s has no fixture that passes", r.ID)
		}
		if !fails[r.ID] {
			t.Errorf("%s has no fixture that fails", r.ID)
		}
		for _, reason := range r.Reasons {
			if !reasons[r.ID+"/"+reason.ID] {
				t.Errorf("no fixture of %s fails for reason %s", r.ID, reason.ID)
			}
			delete(reasons, r.ID+"/"+reason.ID)
		}
	}
	for id := range reasons {
		t.Errorf("fixtures show %s, which its rule does not list in Reasons", id)
	}
	for _, c := range checktest.Cases() {
		if !known[c.Rule] {
			t.Errorf("fixture %s is of a rule that does not exist", c.File())
		}
	}
}

// TestSkipsHaveFixtures: a rule that names what it needs can be skipped.
func TestSkipsHaveFixtures(t *testing.T) {
	skips := map[string]bool{}
	for _, c := range checktest.Cases() {
		if c.Want == check.StatusSkip {
			skips[c.Rule] = true
		}
	}
	for _, r := range check.Rules() {
		if len(r.Needs) > 0 && !skips[r.ID] {
			t.Errorf("%s needs %v, but no fixture shows it skipped", r.ID, r.Needs)
		}
	}
}

// TestFixtureFiles: the files under testdata are what the generator would write.
func TestFixtureFiles(t *testing.T) {
	want := map[string]bool{}
	for _, c := range checktest.Cases() {
		if want[c.File()] {
			t.Errorf("two fixtures are called %s", c.File())
		}
		want[c.File()] = true
		got, err := os.ReadFile(filepath.Join(fixtureFolder, filepath.FromSlash(c.File())))
		if err != nil {
			t.Errorf("%v: run go generate ./...", err)
			continue
		}
		if string(got) != c.Input {
			t.Errorf("%s is not what the generator writes: run go generate ./...", c.File())
		}
	}
	err := fs.WalkDir(os.DirFS(fixtureFolder), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !want[path] {
			t.Errorf("%s is no fixture any more: run go generate ./...", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestIndependence: a rule answers the same alone, in any order and beside
// others at the same time.
func TestIndependence(t *testing.T) {
	rules := check.Rules()
	reversed := slices.Clone(rules)
	slices.Reverse(reversed)
	for i, c := range checktest.Cases() {
		if testing.Short() && i%7 != 0 {
			continue
		}
		in := func() *check.Input {
			in, err := c.In()
			if err != nil {
				t.Fatal(err)
			}
			return in
		}
		want := byRule(check.Run(rules, in(), check.Options{}))
		compare := func(how string, got map[string]check.Result) {
			t.Helper()
			for id, r := range got {
				if !reflect.DeepEqual(strip(r), strip(want[id])) {
					t.Errorf("%s: %s answers differently %s:\n%s", c.File(), id, how, cmp.Diff(strip(want[id]), strip(r)))
				}
			}
		}
		compare("in reverse order", byRule(check.Run(reversed, in(), check.Options{})))
		compare("in parallel", byRule(check.Run(rules, in(), check.Options{Parallel: 2 * runtime.GOMAXPROCS(0)})))
		alone := map[string]check.Result{}
		for _, r := range rules {
			alone[r.ID] = check.Run([]*check.Rule{r}, in(), check.Options{})[0]
		}
		compare("alone", alone)
	}
}

// TestEveryCauseHasAFixture fails when no fixture shows a cause that a rule says
// it can prove, or one shows another.
func TestEveryCauseHasAFixture(t *testing.T) {
	shown := map[string]map[string]bool{}
	for _, c := range checktest.Cases() {
		for _, cause := range c.Causes {
			if shown[c.Rule] == nil {
				shown[c.Rule] = map[string]bool{}
			}
			shown[c.Rule][cause] = true
		}
	}
	for _, r := range check.Rules() {
		if len(r.Causes) == 0 {
			continue
		}
		for _, c := range r.Causes {
			if !shown[r.ID][c.ID] {
				t.Errorf("no fixture of %s has the cause %s", r.ID, c.ID)
			}
			if c.Text == "" || c.How == "" || c.Fix == "" {
				t.Errorf("the cause %s of %s is not explained", c.ID, r.ID)
			}
			delete(shown[r.ID], c.ID)
		}
		for id := range shown[r.ID] {
			if id != "" {
				t.Errorf("fixtures of %s show the cause %s, which it does not list", r.ID, id)
			}
		}
	}
}

func byRule(results []check.Result) map[string]check.Result {
	m := map[string]check.Result{}
	for _, r := range results {
		m[r.Rule.ID] = r
	}
	return m
}

// strip leaves what can be compared: a Rule holds a function.
func strip(r check.Result) check.Result {
	r.Rule = nil
	return r
}
