package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/report/services"
)

// AskedCode holds a code that the service gave against the message: which rules
// lead to it, how each stands, and where to look when none of them fails.
type AskedCode struct {
	Service string `json:"service"`
	ID      string `json:"id"`
	Code    string `json:"code"`
	Message string `json:"message"`
	// From says who told the code: "--code" or "the service's answer".
	From string `json:"from"`
	// Explained: a rule that leads to the code fails in the way that does.
	Explained   bool        `json:"explained"`
	Conclusion  string      `json:"conclusion"`
	Rules       []AskedRule `json:"rules"`
	Undecidable string      `json:"undecidable"`
	Look        []string    `json:"look"`
	Source      string      `json:"source"`
	Basis       string      `json:"basis"`
}

// AskedRule is how one rule stands that leads to the asked code.
type AskedRule struct {
	Rule   string       `json:"rule"`
	Status check.Status `json:"status"`
	// Leads: it fails for a reason that leads to the code.
	Leads bool     `json:"leads"`
	Why   string   `json:"why"`
	Needs []string `json:"needs"`
}

// Who told the code.
const (
	fromFlag   = "--code"
	fromAnswer = "the service's answer"
)

// askedCode is the code that the user was told about m: the one asked for, else
// the one in the service's answer, answered. The note says why a code that was asked for
// cannot be held against the message.
func askedCode(m *Message, svc *services.Service, answered func() *services.Code, o *Options) (asked *AskedCode, note string, err error) {
	if !judgedAsLogin(m) && o.Code == "" {
		return nil, "", nil
	}
	var code *services.Code
	from := fromFlag
	switch {
	case o.Code != "" && svc != nil:
		if code = svc.Named(o.Code); code == nil {
			return nil, fmt.Sprintf("%s %s: %s has no such code; --service names another service", fromFlag, o.Code, svc.Title), nil
		}
	case o.Code != "":
		if code, note, err = codeOfAny(o.Code); code == nil {
			return nil, note, err
		}
	default:
		if code = answered(); code == nil {
			return nil, "", nil
		}
		from = fromAnswer
	}
	asked = holdAgainst(code, m, o.Lang)
	asked.From = from
	applies := slices.ContainsFunc(asked.Rules, func(r AskedRule) bool { return r.Status != check.StatusNA })
	if !judgedAsLogin(m) && !applies {
		return nil, "", nil // a request or logout beside the login that the code is about
	}
	return asked, "", nil
}

// codeOfAny is the code of whichever single service has it.
func codeOfAny(term string) (code *services.Code, note string, err error) {
	answer, err := services.Lookup(term)
	if err != nil {
		return nil, "", err
	}
	var names []string
	for _, c := range answer.Codes {
		names = appendNew(names, []string{c.Service})
	}
	if len(answer.Codes) != 1 {
		if len(names) == 0 {
			return nil, fmt.Sprintf("%s %s: no service has such a code", fromFlag, term), nil
		}
		return nil, fmt.Sprintf("%s %s is a code of %s, and the message does not show which of them it is for: add --service", fromFlag, term, strings.Join(names, ", ")), nil
	}
	return answer.Codes[0], "", nil
}

// answeredCode is the code in the service's own answer to the delivery of a
// message, where the capture has it; nil without a service.
func answeredCode(in *check.Input, svc *services.Service) *services.Code {
	if svc == nil {
		return nil
	}
	for _, e := range flow.Answer(in.Trace, flow.DeliveredBy(in.Message)) {
		for _, text := range []string{e.Redirect, string(e.ResponseBody)} {
			if c := svc.Answered(text); c != nil {
				return c
			}
		}
	}
	return nil
}

// ruleAnswer asks what the service itself said of the login.
const ruleAnswer = "service-answer"

// joinAnswer gives the service's own answer the code that it tells, with what
// the service's table says of it. Where something else fails, the answer most
// likely follows from that, and needs no advice of its own.
func (m *Message) joinAnswer(answered func() *services.Code, lang string) {
	i := slices.IndexFunc(m.Results, func(r Result) bool { return r.Rule == ruleAnswer && r.Status == check.StatusFail })
	if i < 0 {
		return
	}
	r := &m.Results[i]
	if code := answered(); code != nil {
		r.answers(code, lang)
	}
	if slices.ContainsFunc(m.Results, func(o Result) bool { return o.Status == check.StatusFail && o.Rule != r.Rule }) {
		r.LikelyCauses = []string{"It follows from what else fails in this report."}
		r.Fixes = []string{"Mend that first."}
		r.told = len(r.Fixes)
	}
}

// answeredOnly reports whether m fails by nothing but the service's answer: what
// is to be done next is to find out, not to change something.
func (m *Message) answeredOnly() bool {
	failed := func(r Result) bool { return r.Status == check.StatusFail && r.Rule != ruleAnswer }
	return m.Verdict == VerdictFail && !slices.ContainsFunc(m.Results, failed)
}

// answers joins r, the service's own answer, with the code that it tells.
func (r *Result) answers(code *services.Code, lang string) {
	text := code.In(lang)
	r.Codes = []Code{{
		Service: code.Service, ID: code.ID, Code: code.Code, Message: text.Message,
		Causes: nonNil(text.Causes), Fixes: nonNil(text.Fixes),
		Source: code.Source, Basis: string(code.Basis), Rank: 1,
	}}
	r.LikelyCauses = appendNew(slices.Clone(text.Causes), r.LikelyCauses)
	r.Fixes = appendNew(slices.Clone(text.Fixes), r.Fixes)
}

// holdAgainst says how the rules that lead to code stand in m.
func holdAgainst(code *services.Code, m *Message, lang string) *AskedCode {
	text := code.In(lang)
	asked := &AskedCode{
		Service: code.Service, ID: code.ID, Code: code.Code, Message: text.Message,
		Rules: []AskedRule{}, Undecidable: text.Undecidable, Look: nonNil(text.Look),
		Source: code.Source, Basis: string(code.Basis),
	}
	for _, rule := range code.Rules() {
		i := slices.IndexFunc(m.Results, func(r Result) bool { return r.Rule == rule })
		if i < 0 {
			continue
		}
		asked.Rules = append(asked.Rules, stand(code, &m.Results[i]))
	}
	asked.conclude(m)
	return asked
}

func stand(code *services.Code, r *Result) AskedRule {
	out := AskedRule{Rule: r.Rule, Status: r.Status, Why: r.Why, Needs: r.Needs}
	for _, f := range r.Findings {
		leads := code.Leads(r.Rule, f.Reason)
		switch {
		case leads && f.Severity == "error" && !out.Leads:
			out.Leads, out.Why = true, f.Message
		case out.Why == "":
			out.Why = f.Message
		}
	}
	if r.Status == check.StatusFail && !out.Leads {
		out.Why = "It fails for a reason that does not lead to this code."
	}
	return out
}

// conclude says in a sentence or two what the standing of the rules means.
func (a *AskedCode) conclude(m *Message) {
	var lead, warn, open, needs []string
	for _, r := range a.Rules {
		switch {
		case r.Leads:
			lead = append(lead, r.Rule)
		case r.Status == check.StatusWarn:
			warn = append(warn, r.Rule)
		case r.Status == check.StatusSkip, r.Status == check.StatusBroken:
			open = append(open, r.Rule)
			needs = appendNew(needs, r.Needs)
		}
	}
	a.Explained = len(lead) > 0
	switch {
	case a.Explained && len(lead) == 1:
		a.Conclusion = lead[0] + " fails, which leads to this code."
		return
	case a.Explained:
		a.Conclusion = strings.Join(lead, ", ") + " fail, and each leads to this code."
		return
	case a.Undecidable != "":
		a.Conclusion = "No message decides this code."
	case len(open) > 0:
		a.Conclusion = fmt.Sprintf("No rule that leads to it fails, but %d could not be asked.", len(open))
		if len(needs) > 0 {
			a.Conclusion += " Run again with " + strings.Join(needs, ", ") + "."
		}
	case len(warn) > 0:
		a.Conclusion = "No rule that leads to it fails; " + strings.Join(warn, ", ") + " warned, which may be the cause."
	default:
		a.Conclusion = "Every rule that leads to it passes: its cause is not in this message."
	}
	if m.Verdict == VerdictFail {
		a.Conclusion += " What fails below leads to other codes."
	}
}

// asked writes what is known about the code that the user was told.
func (t *textWriter) asked(m *Message) {
	a := m.AskedCode
	if a == nil {
		return
	}
	const width = 13
	name := a.Service
	if svc, err := services.Get(a.Service); err == nil {
		name = svc.Title
	}
	if a.Code != "" {
		name += " " + a.Code
	}
	t.line("")
	t.hanging(t.colors.strong.Sprint(pad("told", width)), fmt.Sprintf("%s: %s (%s)", name, visible(a.Message), a.From))
	t.hanging(pad("", width), a.Conclusion)
	if a.Explained && !t.style.Verbose {
		return // the failure itself says all
	}
	if a.Undecidable != "" {
		t.hanging(pad("", width), a.Undecidable)
	}
	label := pad("leads to it", width)
	for _, r := range a.Rules {
		if r.Status == check.StatusNA || r.Status == check.StatusPass && len(a.Rules) > 4 && !t.style.Verbose {
			continue
		}
		t.hanging(t.colors.dim.Sprint(label), r.Rule+" "+standing(&r))
		label = pad("", width)
	}
	if passed := a.passed(); len(passed) > 0 && len(a.Rules) > 4 && !t.style.Verbose {
		t.hanging(t.colors.dim.Sprint(label), "passed: "+strings.Join(passed, ", "))
	}
	if a.Explained {
		return // the failure itself says what to do
	}
	label = pad("look at", width)
	for _, s := range a.Look {
		head := t.colors.dim.Sprint(label)
		if len(a.Look) > 1 {
			head += "- "
		}
		t.hanging(head, visible(s))
		label = pad("", width)
	}
}

func (a *AskedCode) passed() []string {
	var rules []string
	for _, r := range a.Rules {
		if r.Status == check.StatusPass {
			rules = append(rules, r.Rule)
		}
	}
	return rules
}

// standing is how a rule stands, as the end of a sentence about it.
func standing(r *AskedRule) string {
	switch r.Status {
	case check.StatusPass:
		return "passed"
	case check.StatusFail:
		if r.Leads {
			return "failed, see below"
		}
		return "failed, for a reason that leads to another code"
	case check.StatusWarn:
		return "warned: " + visible(r.Why)
	case check.StatusSkip:
		text := "could not be asked: " + visible(r.Why)
		if len(r.Needs) > 0 {
			text += " → " + strings.Join(r.Needs, " or ")
		}
		return text
	}
	return "broke: " + visible(r.Why)
}
