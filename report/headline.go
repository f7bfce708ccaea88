package report

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// headline is the answer in one sentence, and the one thing to change. The
// first failure in the catalogue's order leads: it is the one a service would
// have stopped at.
func headline(m *Message, results []check.Result) (headline, changeFirst string) {
	first, failed := -1, 0
	for i, r := range results {
		if r.Status == check.StatusFail {
			failed++
			if first < 0 {
				first = i
			}
		}
	}
	switch m.Verdict {
	case VerdictFail:
		headline = "Fails: " + lowerFirst(m.Results[first].Title) + "."
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
	case VerdictIncomplete:
		headline = "Nothing failed, but not everything a login rests on could be checked."
		changeFirst = missingFlags(results)
	case VerdictWarn:
		headline = "Passes, with warnings."
		if stale(results) {
			headline = "Nothing wrong with it at the time it was issued; it has expired since."
		}
	case VerdictPass:
		headline = "Nothing wrong found."
		if !judgedAsLogin(m) {
			headline = fmt.Sprintf("Nothing wrong found in this %s.", m.Message.Type)
		}
	}
	return headline, changeFirst
}

// missingFlags names what would let the essential rules be asked.
func missingFlags(results []check.Result) string {
	var flags []string
	for _, r := range results {
		if r.Status == check.StatusSkip && !r.LeftOut && r.Rule.Essential && len(r.Needs) > 0 {
			flags = appendNew(flags, r.Needs[:1])
		}
	}
	if len(flags) == 0 {
		return ""
	}
	return "Run again with " + strings.Join(flags, ", ") + "."
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
