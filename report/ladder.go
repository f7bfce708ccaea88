package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// ladder draws a login, one line an exchange:
//
//	login, SP-initiated: it began at the service
//	10:00:21.0  sp.example.com   GET /app → 302 with AuthnRequest _a1b…8f90
//	10:00:21.1  idp.example.net  GET /sso with AuthnRequest _a1b…8f90 → 200
//	10:00:30.0  sp.example.com   POST /saml/acs with Response _r0f…e1f0 → 403
func (t *textWriter) ladder(l *Login) {
	t.gap()
	t.line("  " + t.colors.strong.Sprint(visible(l.title())))
	host, timed, answered := 0, false, false // a copied command tells neither time nor answer
	for _, s := range l.Steps {
		host = max(host, columns(shownHost(s.Host)))
		timed, answered = timed || s.Time != nil, answered || s.Status > 0
	}
	asked := map[string]bool{} // requests that were brought to the IdP once
	for i := range l.Steps {
		s := &l.Steps[i]
		if s.Skipped > 0 {
			t.line("  " + t.colors.dim.Sprint(pad("", 12)+fmt.Sprintf("(%s between)", plural(s.Skipped, "exchange", "exchanges"))))
		}
		label := "  "
		switch {
		case s.Time != nil:
			label += t.colors.dim.Sprint(s.Time.UTC().Format("15:04:05.0")) + "  "
		case timed:
			label += pad("", 12)
		}
		label += pad(shownHost(s.Host), host) + "  "
		t.hanging(label, s.told(asked, answered, t.style.width()-columns(label)))
	}
}

// told is a step in one line of that width where it fits: the path gives way
// first, then the IDs. The IdP's own pages may hand a request on to each other, which is told
// once; asked are those that have been. That a step has no answer is told where
// others have one.
func (s *Step) told(asked map[string]bool, answered bool, width int) string {
	known := func(c Carried) bool { return c.Type == string(saml.TypeAuthnRequest) && asked[c.ID] }
	sent, received := slices.DeleteFunc(slices.Clone(s.Sent), known), slices.DeleteFunc(slices.Clone(s.Received), known)
	for _, c := range sent {
		asked[c.ID] = true
	}
	method := cmp.Or(s.Method, "?") + " "
	text := ""
	for _, name := range []func([]Carried) string{names, types} {
		rest := ""
		switch {
		case s.Status > 0:
			rest = fmt.Sprintf(" → %d", s.Status)
		case answered:
			rest = " → no answer"
		}
		if len(sent) > 0 {
			rest = " with " + name(sent) + rest
		}
		if len(received) > 0 {
			rest += " with " + name(received)
		}
		const least = 8
		text = visible(method + shownPath(s.Path, max(width-columns(method)-columns(rest), least)) + rest)
		if columns(text) <= width {
			break
		}
	}
	return text
}

func shownHost(host string) string {
	const most = 26
	host = visible(host)
	if r := []rune(host); len(r) > most {
		return "…" + string(r[len(r)-most+1:])
	}
	return host
}

// shownPath is a path of at most that many characters. Its end says more than
// its beginning.
func shownPath(path string, most int) string {
	r := []rune(path)
	if len(r) <= most {
		return path
	}
	end := string(r[len(r)-most+1:])
	if i := strings.IndexByte(end, '/'); i > 0 && i < len(end)-1 {
		end = end[i:]
	}
	return "…" + end
}

func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}

// laddersAt says at which messages the ladders of their logins belong: at the
// first of each that decides it, else at the first.
func laddersAt(messages []*Message) map[*Message]bool {
	at := map[*Message]bool{}
	drawn := map[loginKey]bool{}
	for _, decides := range []bool{true, false} {
		for _, m := range messages {
			if m.login != nil && len(m.login.Steps) > 0 && judgedAsLogin(m) == decides && !drawn[m.login.key()] {
				at[m], drawn[m.login.key()] = true, true
			}
		}
	}
	return at
}

// superseded reports whether m is a delivery about which there is less to tell
// than about a later one of the same login, which failed.
func superseded(m *Message, all []Message) bool {
	if m.login == nil || m.login.Deliveries < 2 || m.delivery == 0 || m.Verdict == VerdictFail {
		return false
	}
	for i := range all {
		if o := &all[i]; o.login != nil && o.login.key() == m.login.key() && o.delivery > m.delivery && o.Verdict == VerdictFail {
			return true
		}
	}
	return false
}

// brief tells of a delivery that a later one supersedes.
func (t *textWriter) brief(m *Message) {
	at := ""
	if m.Source.Time != nil {
		at = " at " + m.Source.Time.UTC().Format("15:04:05")
	}
	found := "nothing wrong found"
	if m.Verdict == VerdictWarn {
		found = "only warnings"
	} else if m.Verdict == VerdictIncomplete {
		found = "nothing failed"
	}
	t.hanging(t.colors.good.Sprint("✓ "), fmt.Sprintf("%s%s%s: %s (--verbose tells more)", visible(m.Source.Input), m.which(), at, found))
}

// which tells a message from the others of its input.
func (m *Message) which() string {
	text := ""
	switch {
	case m.Logins > 1 && m.Source.Login > 0:
		text = fmt.Sprintf(", login %d of %d", m.Source.Login, m.Logins)
	case m.Source.Entry != nil && m.Source.Login == 0:
		text = fmt.Sprintf(", entry %d", *m.Source.Entry)
	}
	if m.login != nil && m.login.Deliveries > 1 && m.delivery > 0 {
		text += fmt.Sprintf(", delivery %d of %d", m.delivery, m.login.Deliveries)
	}
	return text
}

// overall is the answer about several logins, of one input or of many: the last
// one that fails speaks for all.
func (t *textWriter) overall(r *Report) {
	var inputs []string
	total, judged := 0, map[string]int{} // logins of the inputs; those of them that were judged
	for i := range r.Logins {
		l := &r.Logins[i]
		if judged[l.Input]++; judged[l.Input] == 1 {
			inputs = append(inputs, l.Input)
			total += l.Of
		}
	}
	if len(r.Logins) < 2 {
		return
	}
	var last *Login
	failed := 0
	for i := range r.Logins {
		if l := &r.Logins[i]; l.Verdict == VerdictFail {
			failed++
			last = l
		}
	}
	if last == nil {
		return
	}
	name := "login " + fmt.Sprint(last.Number)
	text := ""
	switch {
	case len(inputs) == 1:
		text = visible(inputs[0]) + ": "
	case last.Of > 1:
		name = visible(last.Input) + ", " + name
	default:
		name = visible(last.Input)
	}
	if failed == 1 {
		text += fmt.Sprintf("1 of %d logins fails; it is %s, and it ", total, name)
	} else {
		text += fmt.Sprintf("%d of %d logins fail; the last of them, %s, ", failed, total, name)
	}
	text += visible(lowerFirst(last.Headline))
	if last.Of > 1 && len(inputs) == 1 {
		text += fmt.Sprintf(" --login %d shows it alone.", last.Number)
	}
	t.hanging(t.colors.fail.Sprint("✗ "), text)
	t.gap()
}

// clockNote tells that a login was judged by another clock than the capture's.
func (t *textWriter) clockNote(m *Message) {
	if m.shift == 0 {
		return
	}
	way := "ahead of"
	if m.shift < 0 {
		way = "behind"
	}
	t.hanging("  ", fmt.Sprintf("Judged by the service's clock, which is %s %s the browser's.", check.Length(m.shift), way))
}
