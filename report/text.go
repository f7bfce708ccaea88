package report

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check"
)

// writeText is the report for people: the verdict first, then the failures in
// the order in which a service would meet them, then warnings, what passed, and
// what could not be checked with what would let it.
func writeText(w io.Writer, r *Report, style Style) error {
	t := &textWriter{w: bufio.NewWriter(w), style: style, colors: newPalette(style.Color)}
	var told, quiet []*Message // quiet: nothing to tell about them beside that they are there
	brief := map[*Message]bool{}
	for i := range r.Messages {
		m := &r.Messages[i]
		again := m.unanswered && slices.ContainsFunc(r.Messages[i+1:], func(o Message) bool { return o.unanswered && o.Source.Input == m.Source.Input })
		if !style.Verbose && len(r.Messages) > 1 && (m.Verdict == VerdictPass || again) && !judgedAsLogin(m) {
			quiet = append(quiet, m)
			continue
		}
		told = append(told, m)
		brief[m] = !style.Verbose && superseded(m, r.Messages)
	}
	t.overall(r)
	superseded := slices.DeleteFunc(slices.Clone(told), func(m *Message) bool { return !brief[m] })
	told = slices.DeleteFunc(told, func(m *Message) bool { return brief[m] })
	slices.SortStableFunc(told, decidingFirst)
	ladders := laddersAt(told)
	for _, m := range told {
		t.gap()
		t.message(m, ladders[m])
	}
	for _, m := range superseded {
		t.gap()
		t.brief(m)
	}
	if len(quiet) > 0 {
		t.gap()
		t.quiet(quiet)
	}
	if len(r.Notes) > 0 {
		t.gap()
		for _, n := range r.Notes {
			t.hanging("note  ", visible(n))
		}
	}
	t.summary(r)
	return t.w.Flush()
}

// decidingFirst puts what decides a login before a request or logout of the same
// input that does not fail: the first line is to tell whether the login works.
func decidingFirst(a, b *Message) int {
	if a.Source.Input != b.Source.Input {
		return 0
	}
	behind := func(m *Message) int {
		if judgedAsLogin(m) || m.Verdict == VerdictFail {
			return 0
		}
		return 1
	}
	return behind(a) - behind(b)
}

// textWriter lays out a text report. Errors of the underlying writer stick to
// the bufio.Writer and come out of its Flush.
type textWriter struct {
	w       *bufio.Writer
	style   Style
	colors  palette
	started bool // something was written
	gapped  bool // a blank line is due before the next one
}

func (t *textWriter) line(s string) {
	if t.gapped && t.started {
		t.w.WriteByte('\n')
	}
	t.started, t.gapped = true, false
	t.w.WriteString(strings.TrimRight(s, " "))
	t.w.WriteByte('\n')
}

// gap asks for a blank line before whatever comes next; nothing may come.
func (t *textWriter) gap() { t.gapped = true }

// hanging writes text behind a label, wrapped, the label's width indented from
// the second line on.
func (t *textWriter) hanging(label, text string) {
	indent := columns(label)
	for i, l := range wrap(text, t.style.width()-indent) {
		if i == 0 {
			t.line(label + l)
		} else {
			t.line(strings.Repeat(" ", indent) + l)
		}
	}
}

func (t *textWriter) message(m *Message, ladder bool) {
	mark, paint := "✓", t.colors.good
	switch m.Verdict {
	case VerdictFail:
		mark, paint = "✗", t.colors.fail
	case VerdictWarn:
		mark, paint = "!", t.colors.warn
	case VerdictIncomplete:
		mark, paint = "?", t.colors.warn
	}
	t.title(paint.Sprint(mark), m)
	for _, l := range wrap(visible(m.Headline), t.style.width()-2) {
		t.line("  " + paint.Sprint(l))
	}
	if m.ChangeFirst != "" {
		label := "Change first: "
		if m.Verdict == VerdictIncomplete || m.Verdict == VerdictWarn || m.answeredOnly() {
			label = "Next: "
		}
		for _, l := range wrap(label+visible(m.ChangeFirst), t.style.width()-2) {
			t.line("  " + t.colors.strong.Sprint(l))
		}
	}
	t.clockNote(m)
	t.asked(m)
	if ladder {
		t.ladder(m.login)
	}
	t.failures(m)
	t.footer(m)
}

// title says which message this is, for whom and as of when it was judged.
func (t *textWriter) title(mark string, m *Message) {
	what := visible(m.Source.Input)
	if what == "-" {
		what = "standard input"
	}
	what += m.which()
	if !judgedAsLogin(m) {
		what += ", " + visible(m.Message.Type)
	}
	judged := "judged"
	if m.Service != nil {
		judged = "judged for " + m.ServiceTitle
	}
	basis := map[check.Basis]string{
		check.BasisCaptured: "captured", check.BasisNow: "now", check.BasisIssued: "its IssueInstant", check.BasisGiven: "--at",
	}[m.EvaluatedAt.Basis]
	judged = fmt.Sprintf("%s as of %s (%s)", judged, moment(m.EvaluatedAt.Time), basis)
	if line := what + " · " + judged; columns(line)+2 <= t.style.width() {
		t.line(mark + " " + line)
		return
	}
	t.hanging(mark+" ", what)
	t.hanging("  ", judged)
}

func moment(tm time.Time) string { return tm.UTC().Format("2 Jan 2006 15:04:05 UTC") }

// footer tells what warned, what passed and what could not be asked.
func (t *textWriter) footer(m *Message) {
	t.gap()
	passed := 0
	var names []string
	for _, r := range m.Results {
		switch r.Status {
		case check.StatusWarn:
			text := visible(r.Findings[0].Message)
			if len(r.Findings) > 1 {
				text += fmt.Sprintf(" (and %d more)", len(r.Findings)-1)
			}
			t.hanging(t.colors.warn.Sprint(pad("warned", 13)), r.Rule+": "+text)
			if t.style.Verbose {
				for i := range r.Findings {
					t.finding(&r.Findings[i], nil, nil)
				}
				t.list("to do", r.Fixes, len(r.Fixes))
			}
		case check.StatusPass:
			passed++
			names = append(names, r.Rule)
		}
	}
	switch {
	case t.style.Verbose && passed > 0:
		t.hanging(t.colors.good.Sprint(pad("passed", 13)), strings.Join(names, ", "))
	case passed == 1:
		t.hanging(t.colors.good.Sprint(pad("passed", 13)), names[0])
	case passed > 1:
		t.hanging(t.colors.good.Sprint(pad("passed", 13)), fmt.Sprintf("%d rules (--verbose lists them)", passed))
	}
	t.notChecked(m)
	t.service(m)
	t.signatures(m)
	if t.style.Verbose {
		t.notApplicable(m)
		t.hanging(t.colors.dim.Sprint(pad("read as", 13)), visible(strings.Join(m.Message.Steps, ", ")))
	}
}

// service says by what the service was recognised, so that nothing is guessed in
// silence.
func (t *textWriter) service(m *Message) {
	label := t.colors.dim.Sprint(pad("service", 13))
	switch {
	case m.Service == nil && judgedAsLogin(m):
		t.hanging(label, "none recognised; --service NAME adds what it expects and its codes")
	case m.Service != nil && m.ServiceFrom != "--service":
		by := m.ServiceFrom
		if u, err := url.Parse(by); err == nil && u.Host != "" {
			by = u.Host
		}
		t.hanging(label, fmt.Sprintf("%s, recognised by %s; --service names another", m.ServiceTitle, visible(by)))
	}
}

// notChecked lists the rules that could not be asked, those with the same
// reason together.
func (t *textWriter) notChecked(m *Message) {
	type group struct {
		why   string
		needs []string
		rules []string
	}
	var groups []*group
	var unseen []string
	for _, r := range m.Results {
		if r.Status != check.StatusSkip || r.leftOut && !t.style.Verbose {
			continue
		}
		if r.unseen && !t.style.Verbose {
			unseen = append(unseen, r.Rule)
			continue
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.why == r.Why && slices.Equal(g.needs, r.Needs) })
		if i < 0 {
			groups = append(groups, &group{why: r.Why, needs: r.Needs})
			i = len(groups) - 1
		}
		groups[i].rules = append(groups[i].rules, r.Rule)
	}
	label := t.colors.dim.Sprint(pad("not checked", 13))
	if len(unseen) > 0 {
		t.hanging(label, strings.Join(unseen, ", ")+": reading stopped before what they ask about (--verbose says where)")
		label = pad("", 13)
	}
	for _, g := range groups {
		text := strings.Join(g.rules, ", ") + ": " + visible(g.why)
		if len(g.needs) > 0 {
			text += " → " + strings.Join(g.needs, " or ")
		}
		t.hanging(label, text)
		label = pad("", 13)
	}
}

func (t *textWriter) notApplicable(m *Message) {
	var names []string
	for _, r := range m.Results {
		if r.Status == check.StatusNA {
			names = append(names, r.Rule)
		}
	}
	if len(names) > 0 {
		t.hanging(t.colors.dim.Sprint(pad("n/a here", 13)), strings.Join(names, ", "))
	}
}

// quiet names the messages of a capture about which there is nothing to say.
func (t *textWriter) quiet(ms []*Message) {
	counts := map[string]int{}
	var types []string
	for _, m := range ms {
		if counts[m.Message.Type]++; counts[m.Message.Type] == 1 {
			types = append(types, m.Message.Type)
		}
	}
	for i, name := range types {
		types[i] = visible(fmt.Sprintf("%d %s", counts[name], name))
		if counts[name] > 1 {
			types[i] += "s"
		}
	}
	t.hanging("also read     ", strings.Join(types, ", ")+": nothing wrong found (--verbose shows them)")
}

// summary closes a report of many messages.
func (t *textWriter) summary(r *Report) {
	s := r.Summary
	if s.Messages < 3 {
		return
	}
	parts := []string{fmt.Sprintf("%d messages", s.Messages)}
	for _, p := range []struct {
		n    int
		name string
	}{{s.Fail, "failed"}, {s.Incomplete, "incomplete"}, {s.Warn, "with warnings"}, {s.Pass, "passed"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.name))
		}
	}
	t.gap()
	t.line(strings.Join(parts, ", "))
}
