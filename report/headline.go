package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// headline is the answer in one sentence, and the one thing to change. The
// first failure in the catalogue's order leads: it is the one a service would
// have stopped at.
func headline(m *Message, results []check.Result) (headline, changeFirst string) {
	first, failed, answered := -1, 0, false
	for i, r := range results {
		if r.Status == check.StatusFail {
			if failed++; first < 0 {
				first = i
			}
			answered = answered || r.Rule.ID == ruleAnswer
		}
	}
	switch m.Verdict {
	case VerdictFail:
		first = closer(m.Results, first)
		headline = "Fails: " + lowerFirst(m.Results[first].Title) + "."
		if answered && failed > 1 {
			failed-- // it follows from the others
		}
		switch failed {
		case 1:
		case 2:
			headline += " One more failure follows."
		default:
			headline += fmt.Sprintf(" %d more failures follow.", failed-1)
		}
		if fixes := m.Results[first].Fixes; len(fixes) > 0 {
			changeFirst = fixes[0]
		}
		if m.Results[first].Rule == ruleAnswer {
			if left := unasked(results); left != "" {
				headline += " No other failure was found, but " + left + "."
				changeFirst = strings.TrimSpace(missingFlags(results) + " " + changeFirst)
			} else {
				headline += " Nothing else wrong was found."
			}
		}
	case VerdictIncomplete:
		if m.unanswered {
			return "The capture holds this AuthnRequest and no answer of the IdP to it, so the login cannot be judged.",
				"If the IdP itself showed an error, its log says why it refused. Else record the login again from its start until it fails, with “Preserve log” ticked, and export it with sensitive data."
		}
		headline = "Nothing failed, but " + unasked(results) + "."
		changeFirst = missingFlags(results)
	case VerdictWarn:
		headline = "Passes, with warnings."
		if stale(results) {
			headline = "Nothing wrong with it at the time it was issued; it has expired since."
		} else if fix, ok := unheard(m); ok {
			headline, changeFirst = "The message passes, but the capture holds no answer of the service to it.", fix
		}
	case VerdictPass:
		headline = "Nothing wrong found."
		if !judgedAsLogin(m) {
			headline = fmt.Sprintf("Nothing wrong found in this %s.", m.Message.Type)
		}
	}
	return headline, changeFirst
}

// closer is the failure that says best what the first one found: the schema
// finds much that another rule explains, and where a signature was proved to be
// edited, that it signs something else follows from it.
func closer(results []Result, first int) int {
	switch results[first].Rule {
	case "signed", "signature-profile":
		for i := first + 1; i < len(results); i++ {
			if r := &results[i]; r.Rule == "signature-value" && r.Status == check.StatusFail && slices.ContainsFunc(r.Findings, func(f Finding) bool {
				return f.Cause != nil && strings.Contains(f.Cause.field, "Reference/@URI")
			}) {
				return i
			}
		}
		return first
	case "schema":
	default:
		return first
	}
	for i := first + 1; i < len(results); i++ {
		if results[i].Status != check.StatusFail {
			continue
		}
		if !slices.ContainsFunc(results[first].Findings, func(f Finding) bool { return isError(&f) && !results[i].standsAt(&f) }) {
			return i
		}
	}
	return first
}

// unasked says which essential rules could not be asked, naming a few of them,
// and why where that is the same for all.
func unasked(results []check.Result) string {
	const named = 3
	var ids, whys []string
	for i := range results {
		if r := &results[i]; r.Status == check.StatusBroken || r.Status == check.StatusSkip && r.Rule.Essential && !r.LeftOut {
			ids, whys = append(ids, r.Rule.ID), appendNew(whys, []string{r.Why})
		}
	}
	if n := len(ids); n > named {
		ids = append(ids[:named-1:named-1], fmt.Sprintf("%d more rules", n-named+1))
	}
	if len(ids) == 0 {
		return ""
	}
	text := ids[0]
	if n := len(ids) - 1; n > 0 {
		text = strings.Join(ids[:n], ", ") + " and " + ids[n]
	}
	text += ", on which a login rests, could not be checked"
	if len(whys) == 1 {
		text += ": " + whys[0]
	}
	return text
}

// missingFlags names what would let the essential rules be asked: the flags that
// serve all of them, else one for each.
func missingFlags(results []check.Result) string {
	var each, all []string
	for i := range results {
		r := &results[i]
		if r.Status != check.StatusSkip || r.LeftOut || !r.Rule.Essential || len(r.Needs) == 0 {
			continue
		}
		if each == nil {
			all = slices.Clone(r.Needs)
		}
		all = slices.DeleteFunc(all, func(flag string) bool { return !slices.Contains(r.Needs, flag) })
		each = appendNew(each, r.Needs[:1])
	}
	switch {
	case len(all) > 0:
		return "Run again with " + strings.Join(all, " or ") + "."
	case len(each) > 0:
		return "Run again with " + strings.Join(each, ", ") + "."
	}
	return ""
}

func stale(results []check.Result) bool {
	for _, r := range results {
		for _, f := range r.Findings {
			if f.Cause != nil && f.Cause.ID == "stale-paste" {
				return true
			}
		}
	}
	return false
}

// unheard reports whether the capture holds no answer of the service, and what
// to do then.
func unheard(m *Message) (fix string, ok bool) {
	for _, r := range m.Results {
		if r.Rule == ruleAnswer && r.Status == check.StatusWarn && r.Findings[0].Reason == "no-answer" && len(r.Fixes) > 0 {
			return r.Fixes[0], true
		}
	}
	return "", false
}

// judgedAsLogin reports whether m is what a service decides a login by.
func judgedAsLogin(m *Message) bool {
	switch saml.Type(m.Message.Type) {
	case saml.TypeAuthnRequest, saml.TypeLogoutRequest, saml.TypeLogoutResponse, saml.TypeArtifactResolve:
		return false
	}
	return true
}

// lowerFirst makes a title the middle of a sentence, unless it starts with a
// name such as InResponseTo.
func lowerFirst(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if len(word) > 1 && strings.ToLower(word[1:]) != word[1:] {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
