package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/samlwhy/samlwhy/check"
)

// failures writes what failed, numbered. What an earlier failure has told is
// named and not told again.
func (t *textWriter) failures(m *Message) {
	var told []*Result // the failures before the next, by number
	for i := range m.Results {
		r := &m.Results[i]
		if r.Status != check.StatusFail && r.Status != check.StatusBroken {
			continue
		}
		t.gap()
		t.failure(r, told, m)
		told = append(told, r)
	}
}

func (t *textWriter) failure(r *Result, told []*Result, m *Message) {
	number := fmt.Sprintf("%-3d", len(told)+1)
	room := t.style.width() - len(number) - len(r.Rule) - 2
	for i, l := range wrap(r.Title, room) {
		if i == 0 {
			t.line(t.colors.fail.Sprint(number+pad(l, room)) + "  " + t.colors.dim.Sprint(r.Rule))
		} else {
			t.line(t.colors.fail.Sprint("   " + l))
		}
	}
	if r.Status == check.StatusBroken {
		t.hanging("   ", r.Why)
		return
	}
	own, others := tellOnce(r, told)
	if !slices.ContainsFunc(own, isError) {
		t.hanging("   ", "This follows from "+others+": there is nothing more to change here.")
		t.codes(r, told, m)
		return
	}
	t.findings(own, told)
	if others != "" {
		t.hanging("   ", "Besides, see "+others+".")
	}
	n := samePlaces(own, told)
	if n >= 0 {
		t.hanging("   ", "It is the same place as in "+reference(n, told)+": what mends one may mend both.")
	}
	t.codes(r, told, m)
	if n < 0 && !provenOnly(own) {
		t.list("likely", r.LikelyCauses, 2)
	}
	if n := slices.IndexFunc(told, func(o *Result) bool { return len(r.Fixes) > 0 && slices.Contains(o.shownFixes(), r.Fixes[0]) }); n >= 0 {
		t.hanging("   to do   ", "as in "+reference(n, told))
		return
	}
	t.list("to do", r.Fixes, len(r.shownFixes()))
}

// shownFixes are the fixes that a report tells in any case: those for what was
// found and for the judged service, else those of the rule.
func (r *Result) shownFixes() []string {
	const most = 2
	return r.Fixes[:min(r.told, most)]
}

func isError(f *Finding) bool { return f.Severity == "error" }

// reference names an earlier failure.
func reference(n int, told []*Result) string {
	return fmt.Sprintf("%d (%s)", n+1, told[n].Rule)
}

// tellOnce parts the findings of r into its own and those that earlier failures
// have told already, which it names: a subject confirmation fails for what is
// wrong in it, and only says before it which confirmation that is.
func tellOnce(r *Result, told []*Result) (own []*Finding, others string) {
	var names []string
	for i := range r.Findings {
		f := &r.Findings[i]
		n := slices.IndexFunc(told, func(o *Result) bool {
			return slices.ContainsFunc(o.Findings, func(g Finding) bool { return g.Path == f.Path && strings.HasSuffix(f.Message, g.Message) })
		})
		if n < 0 {
			own = append(own, f)
		} else {
			names = appendNew(names, []string{reference(n, told)})
		}
	}
	return own, strings.Join(names, " and ")
}

// samePlaces is the earlier failure that stands wherever fs stand, or -1.
func samePlaces(fs []*Finding, told []*Result) int {
	return slices.IndexFunc(told, func(o *Result) bool {
		return !slices.ContainsFunc(fs, func(f *Finding) bool { return isError(f) && !o.standsAt(f) })
	})
}

// standsAt reports whether r found something where f stands.
func (r *Result) standsAt(f *Finding) bool {
	return f.Path != "" && slices.ContainsFunc(r.Findings, func(g Finding) bool {
		return isError(&g) && g.Path == f.Path && g.Line == f.Line && g.In == f.In
	})
}

// causeOther is the cause of a value that is simply another one: true, but
// nothing that two aligned lines do not say better.
const causeOther = "other"

// causeSwapped is the cause of a value that belongs to another field, which its
// text names.
const causeSwapped = "swapped"

// provenOnly reports whether every failing finding has a proven cause, so that
// guesses beside it would only distract.
func provenOnly(fs []*Finding) bool {
	return !slices.ContainsFunc(fs, func(f *Finding) bool {
		return isError(f) && (f.Cause == nil || f.Cause.ID == causeOther)
	})
}

func (t *textWriter) findings(fs []*Finding, told []*Result) {
	const shown = 5
	var before *Finding
	for i, f := range fs {
		if i == shown && !t.style.Verbose {
			t.hanging("   ", fmt.Sprintf("… and %d more of the same rule (--verbose shows them)", len(fs)-shown))
			return
		}
		t.finding(f, before, told)
		before = f
	}
}

// finding tells one finding; what the one before it, or an earlier failure, has
// told already is left out.
func (t *textWriter) finding(f, before *Finding, told []*Result) {
	message := visible(f.Message)
	if f.Severity == "warning" {
		message = "(warning) " + message
	}
	t.hanging("   ", message)
	where := location(f)
	if where != "" && (before == nil || where != location(before)) {
		for _, l := range wrapPath(visible(where), t.style.width()-3) {
			t.line("   " + t.colors.dim.Sprint(l))
		}
	}
	switch n := sameValues(f, told); {
	case n >= 0:
		t.line("     values    as in " + reference(n, told))
	case !f.quotesAll():
		t.compare(f, before)
	}
	t.cause(f, before, told)
	t.tried(f)
	if f.Note != "" && (before == nil || before.Note != f.Note) {
		t.hanging("     note      ", visible(f.Note))
	}
	if f.Window != nil {
		for _, l := range timeline(f.Window, t.style.width()-5) {
			t.line("     " + l)
		}
	}
}

// quotesAll reports whether the message itself quotes all there is to show.
func (f *Finding) quotesAll() bool {
	return len(f.Expected) == 0 && len(f.Actual) == 1 && strings.Contains(f.Message, strconv.Quote(f.Actual[0]))
}

// sameValues is the earlier failure that has shown what f expected and received,
// or -1: one setting is often read in several places.
func sameValues(f *Finding, told []*Result) int {
	if len(f.Expected) == 0 || len(f.Actual) == 0 {
		return -1
	}
	return slices.IndexFunc(told, func(o *Result) bool {
		return slices.ContainsFunc(o.Findings, func(g Finding) bool {
			return slices.Equal(g.Expected, f.Expected) && slices.Equal(g.Actual, f.Actual)
		})
	})
}

func (t *textWriter) cause(f, before *Finding, told []*Result) {
	c := f.Cause
	if c == nil || c.ID == causeOther {
		return
	}
	const label = "     cause     "
	if before != nil && before.Cause != nil && *before.Cause == *c {
		// Where both show values, a finding with nothing below them would look
		// unexplained.
		if c.expected == "" && len(f.Actual) > 0 && !slices.Equal(f.Actual, before.Actual) {
			t.hanging(label, "the same")
		}
		return
	}
	if c.expected == "" || sameValues(f, told) >= 0 {
		if n := slices.IndexFunc(told, func(o *Result) bool {
			return slices.ContainsFunc(o.Findings, func(g Finding) bool { return g.Cause != nil && *g.Cause == *c })
		}); n >= 0 {
			t.hanging(label, "as in "+reference(n, told))
			return
		}
	}
	text := visible(c.Text)
	// Two values above each other are evidence enough.
	proof := ""
	if c.Evidence != "" && c.expected == "" && c.ID != causeSwapped {
		if proof = visible(c.Evidence); len(proof) <= shortProof {
			text, proof = text+" ("+proof+")", ""
		}
	}
	t.hanging(label, text)
	if proof != "" {
		t.hanging("     proof     ", proof)
	}
}

// tried tells with Verbose what was tried to find the cause.
func (t *textWriter) tried(f *Finding) {
	if f.Tried == nil || !t.style.Verbose {
		return
	}
	parts := make([]string, 0, len(f.Tried.Causes)+1)
	for _, a := range f.Tried.Causes {
		parts = append(parts, fmt.Sprintf("%s %d", a.Cause, a.Count))
	}
	text := strings.Join(parts, ", ")
	if f.Tried.Bounded {
		text += " (stopped at the limit)"
	}
	t.hanging("     tried     ", text)
}

// shortProof is how long a proof may be to stand behind its cause, in brackets.
const shortProof = 70

// location is where a finding stands, without the leading slash.
func location(f *Finding) string {
	in := ""
	if f.In != "" {
		in = " of " + f.In
	}
	switch {
	case f.Path != "" && f.Line > 0:
		return fmt.Sprintf("%s, line %d%s", strings.TrimPrefix(f.Path, "/"), f.Line, in)
	case f.Path != "":
		return strings.TrimPrefix(f.Path, "/")
	case f.Line > 0:
		return fmt.Sprintf("line %d, column %d%s", f.Line, f.Column, in)
	}
	return ""
}

// codes shows the codes a user would have been shown. For a judged service each
// has a line; without one they share lines.
func (t *textWriter) codes(r *Result, told []*Result, m *Message) {
	if m.Service == nil {
		var ids []string
		for _, c := range r.Codes {
			ids = append(ids, c.ID)
		}
		if len(ids) > 0 {
			t.hanging("   codes   ", strings.Join(ids, " · ")+"  (samlwhy explain CODE)")
		}
		return
	}
	label := "   code    "
	if len(r.Codes) == 0 && r.Rule == ruleAnswer {
		return // it has told its own words
	}
	if len(r.Codes) == 0 {
		t.hanging(label, m.ServiceTitle+" has no code of its own for this")
		return
	}
	for i := range r.Codes {
		c := &r.Codes[i]
		text := t.colors.strong.Sprint(m.ServiceTitle+" "+c.Code) + ": " + c.Message
		if c.Code == "" {
			text = t.colors.strong.Sprint(m.ServiceTitle) + ": \"" + c.Message + "\""
		}
		if n := slices.IndexFunc(told, func(o *Result) bool {
			return slices.ContainsFunc(o.Codes, func(p Code) bool { return p.ID == c.ID })
		}); n >= 0 && c.Code != "" {
			text = fmt.Sprintf("%s, as in %d", t.colors.strong.Sprint(m.ServiceTitle+" "+c.Code), n+1)
		} else if a := m.AskedCode; a != nil && a.ID == c.ID && a.From == fromAnswer {
			text += " (as the service answered)"
		} else if b := basisText(c.Basis, m.ServiceTitle); b != "" {
			text += " (" + b + ")"
		}
		if c.Rank > 1 {
			text = "or " + text
		}
		t.hanging(label, text)
		label = "           "
	}
}

// basisText says how sure the table is of a code.
func basisText(basis, service string) string {
	switch basis {
	case "inferred":
		return "our inference: " + service + " does not say which code it shows"
	case "presumed":
		return "presumed: the document's wording has gaps here"
	}
	return ""
}

// list writes at most limit of items, all of them with Verbose.
func (t *textWriter) list(label string, items []string, limit int) {
	if !t.style.Verbose {
		items = items[:min(limit, len(items))]
	}
	head := "   " + pad(label, 8)
	for _, s := range items {
		if len(items) > 1 {
			head += "- "
		}
		t.hanging(head, visible(s))
		head = pad("", 11)
	}
}
