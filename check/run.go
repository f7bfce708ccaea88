package check

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/samlwhy/samlwhy/check/expect"
)

// Options choose which rules are asked and how.
type Options struct {
	Only []string // rule ids; empty: all
	Skip []string // rule ids
	// Parallel is how many rules run at once; 0 and 1 mean one after the other.
	Parallel int
}

// Run asks rules about in and returns one result a rule, in the order given.
// Rules that Options leave out are skipped with that reason, so that silence
// never looks like a pass. A rule that panics is broken; the others go on.
func Run(rules []*Rule, in *Input, opts Options) []Result {
	results := make([]Result, len(rules))
	ask := func(i int) {
		r := rules[i]
		switch {
		case len(opts.Only) > 0 && !slices.Contains(opts.Only, r.ID):
			results[i] = Result{Rule: r, Status: StatusSkip, Severity: r.Severity, Why: "left out by --only", LeftOut: true}
		case slices.Contains(opts.Skip, r.ID):
			results[i] = Result{Rule: r, Status: StatusSkip, Severity: r.Severity, Why: "left out by --skip", LeftOut: true}
		default:
			results[i] = one(r, in)
		}
	}
	if opts.Parallel <= 1 {
		for i := range rules {
			ask(i)
		}
		return results
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(opts.Parallel, len(rules), 4*runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				ask(i)
			}
		})
	}
	for i := range rules {
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}

func one(r *Rule, in *Input) (res Result) {
	defer func() {
		if p := recover(); p != nil {
			res = Result{
				Rule: r, Status: StatusBroken, Severity: r.Severity,
				Why: fmt.Sprintf("the rule itself failed: %v (%s)", p, panicPlace(debug.Stack())),
			}
		}
	}()
	out := r.Run(in)
	res = Result{Rule: r, Status: out.Status, Severity: r.Severity, Why: out.Why, Needs: out.Needs, Unseen: out.Unseen, Findings: out.Findings}
	if out.Status != "" {
		return res
	}
	res.Status, res.Severity = StatusWarn, expect.SeverityWarning
	for i := range res.Findings {
		f := &res.Findings[i]
		f.Severity = in.Expect.SeverityOf(r.ID, f.Reason, f.Severity, r.Severity)
		if f.Severity == expect.SeverityError {
			res.Status, res.Severity = StatusFail, expect.SeverityError
		}
	}
	// The gravest finding speaks first.
	slices.SortStableFunc(res.Findings, func(a, b Finding) int {
		return strings.Compare(string(a.Severity), string(b.Severity)) // "error" < "warning"
	})
	return res
}

// panicPlace is the innermost line of this module in a stack: enough to report
// the defect, without values of the message in it.
func panicPlace(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	for i := 1; i < len(lines); i++ {
		if strings.Contains(lines[i-1], "samlwhy/check.") && !strings.Contains(lines[i-1], "check.one") && strings.HasPrefix(lines[i], "\t") {
			place := strings.TrimSpace(lines[i])
			if at := strings.LastIndexByte(place, '/'); at >= 0 {
				place = place[at+1:]
			}
			place, _, _ = strings.Cut(place, " ")
			return place
		}
	}
	return "unknown place"
}
