package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var audience = &Rule{
	ID:        "audience",
	Title:     "The audience does not name this service",
	Question:  "Does every AudienceRestriction hold an Audience that is this service?",
	Group:     GroupConditions,
	Severity:  expect.SeverityError,
	Essential: true,
	Doc: Doc{
		Why:  "The Audience names the services that an assertion is meant for, by entity ID. A service that is not named must not use it, however well everything else fits.",
		Spec: "saml-core-2.0-os section 2.5.1.4, saml-profiles-2.0-os section 4.1.4.2",
		Likely: []string{
			"The entity ID (also called Identifier, Audience URI, SP entity ID) of this service is mistyped or out of date at the IdP: a slash too many, http for https, the ACS URL instead of the entity ID.",
			"The assertion was made for another service or another environment (test and production).",
			"The service's own entity ID was changed and the IdP still has the old one.",
		},
		Fix: []string{
			"At the IdP, set the entity ID of this service to exactly the expected value, or import the service's current metadata.",
			"If the value received is the right one, correct the entity ID in the service's own settings.",
		},
	},
	Reasons: []Reason{
		{"mismatch", "an AudienceRestriction does not name this service"},
		{"missing", "there is no AudienceRestriction"},
		{"empty", "an AudienceRestriction names nobody"},
	},
	Needs: []string{"--sp-entity-id", "--sp-metadata"},
	Run:   runAudience,
}

// audiences are the entity IDs of this service: those expected, else the one
// that its request gave as Issuer.
func (in *Input) audiences() wanted {
	w := wanted{field: fieldAudience, values: in.Expect.SPEntityIDs}
	if len(w.values) > 0 {
		return w
	}
	if r := in.request(); r != nil && r.Issuer != nil && r.Issuer.Trimmed() != "" {
		w.values = []expect.Value{{Text: r.Issuer.Trimmed(), From: fromRequest}}
		return w
	}
	w.patterns = in.Expect.SPPatterns
	return w
}

func runAudience(in *Input) Outcome {
	w := in.audiences()
	w.also = in.Expect.AudienceAlso
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		c := a.Conditions
		switch {
		case c == nil && !a.Node.Closed(), c != nil && len(c.Audiences) == 0 && !c.Node.Closed():
			return unseen(whyCut)
		case c == nil || len(c.Audiences) == 0:
			return found(in.noAudience(a, &w))
		}
		var outs []Outcome
		for _, r := range c.Audiences[:min(len(c.Audiences), maxFindings)] {
			outs = append(outs, in.judgeAudience(r, &w))
		}
		return together(outs...)
	})
}

func (in *Input) noAudience(a *saml.Assertion, w *wanted) Finding {
	f := Finding{
		Reason:       "missing",
		Message:      "The assertion has no AudienceRestriction, so it does not say which service it is meant for.",
		Expected:     w.listed(),
		ExpectedFrom: w.from(),
		Note:         "Some services let it pass; the browser profile requires it.",
	}
	if a.SAML11 {
		f.Severity, f.Note = expect.SeverityWarning, "SAML 1.1 does not require it."
	}
	if a.Conditions == nil {
		return under(a.Node, "/Conditions/AudienceRestriction", f)
	}
	return under(a.Conditions.Node, "/AudienceRestriction", f)
}

func (in *Input) judgeAudience(r *saml.AudienceRestriction, w *wanted) Outcome {
	named := slices.DeleteFunc(slices.Clone(r.Audiences), func(v *saml.Value) bool { return cut(v) || v.Trimmed() == "" })
	if slices.ContainsFunc(named, func(v *saml.Value) bool { return w.accepts(v.Text) }) {
		return pass()
	}
	switch {
	case !r.Node.Closed():
		return unseen("the message breaks off among its audiences")
	case len(named) == 0:
		return found(under(r.Node, "", Finding{
			Reason:       "empty",
			Message:      "The AudienceRestriction names nobody, so that no service may use the assertion.",
			Expected:     w.listed(),
			ExpectedFrom: w.from(),
		}))
	case !w.known():
		return skip("the service's entity ID is not known", "--sp-entity-id", "--sp-metadata")
	}
	f, nearest := in.nearest(named, w)
	f.Reason = "mismatch"
	w.advise(&f, "At the IdP, set the entity ID (identifier, audience) of this service to %s.")
	switch len(named) {
	case 1:
		f.Message = fmt.Sprintf("The assertion is meant for the audience %s, but this service is %s.", quote(nearest.Text), expectation(&f))
	default:
		f.Message = fmt.Sprintf("The assertion is meant for %d audiences, of which %s is the nearest, but this service is %s.", len(named), quote(nearest.Text), expectation(&f))
	}
	return found(f)
}

// nearest is the finding about that of several wrong values that is most like
// an expected one. The others follow it in Actual.
func (in *Input) nearest(named []*saml.Value, w *wanted) (Finding, *saml.Value) {
	named = named[:min(len(named), maxListed)]
	var nearest *saml.Value
	var f Finding
	for _, v := range named {
		g := in.unlike(w, v)
		if nearest == nil || f.Cause != nil && g.Cause != nil && nearness(g.Cause) < nearness(f.Cause) {
			nearest, f = v, g
		}
	}
	for _, v := range named {
		if v != nearest {
			f.Actual = append(f.Actual, v.Text)
		}
	}
	return f, nearest
}

var conditions = &Rule{
	ID:       "conditions",
	Title:    "There is a condition that services may not understand",
	Question: "Are all Conditions known, and OneTimeUse and ProxyRestriction sensible?",
	Group:    GroupConditions,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "A service must be able to tell of every condition whether it holds. One that it does not know makes the whole assertion indeterminate, and so to be refused.",
		Spec: "saml-core-2.0-os sections 2.5.1, 2.5.1.1, 2.5.1.5 and 2.5.1.6",
		Likely: []string{
			"The IdP adds a condition of its own or of another profile (delegation, for instance).",
			"The message was edited by hand and an element went to the wrong place.",
			"OneTimeUse is switched on at the IdP and the service keeps no list of what it has seen.",
		},
		Fix: []string{
			"At the IdP, switch the extra condition off for this service.",
			"Or ask the service's vendor how to accept this condition.",
		},
	},
	Reasons: []Reason{
		{"unknown", "a condition that SAML does not define"},
		{"repeated", "OneTimeUse or ProxyRestriction stands more than once"},
		{"one-time-use", "OneTimeUse is asked for"},
		{"proxy-restriction", "a ProxyRestriction limits who may pass it on"},
	},
	Run: runConditions,
}

func runConditions(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		c := a.Conditions
		switch {
		case c == nil && !a.Node.Closed():
			return unseen(whyCut)
		case c == nil:
			return notApplicable("there are no Conditions, see audience")
		}
		var fs []Finding
		for _, n := range c.Other[:min(len(c.Other), maxFindings)] {
			fs = append(fs, under(n, "", Finding{
				Reason:  "unknown",
				Message: fmt.Sprintf("Conditions hold %s, which SAML does not define: a service that does not know it must refuse the assertion.", conditionName(n)),
				Actual:  []string{n.Name().String()},
			}))
		}
		for _, many := range [][]*xmldoc.Node{c.OneTimeUse, c.Proxy} {
			if len(many) > 1 && !a.SAML11 {
				fs = append(fs, under(many[1], "", Finding{
					Reason:  "repeated",
					Message: fmt.Sprintf("Conditions hold %s %d times, where one may stand.", many[1].Name().Local, len(many)),
				}))
			}
		}
		if len(c.OneTimeUse) > 0 {
			n := c.OneTimeUse[0]
			fs = append(fs, under(n, "", Finding{
				Reason:   "one-time-use",
				Severity: expect.SeverityWarning,
				Message:  n.Name().Local + " asks that the assertion be used once and not kept; a service that cannot make sure of that has to refuse it.",
			}))
		}
		if len(c.Proxy) > 0 {
			n := c.Proxy[0]
			fs = append(fs, under(n, "", Finding{
				Reason:   "proxy-restriction",
				Severity: expect.SeverityWarning,
				Message:  "ProxyRestriction limits who may issue assertions of their own on the strength of this one; it matters only where the service is itself an IdP for others.",
			}))
		}
		if len(fs) == 0 && !c.Node.Closed() {
			return unseen("the message breaks off inside its Conditions")
		}
		return found(fs...)
	})
}

// conditionName names a condition for a sentence; saml:Condition is abstract and
// says by xsi:type what it is.
func conditionName(n *xmldoc.Node) string {
	name := n.Name()
	if t := n.Attr(saml.NSXSI, "type"); t != nil {
		return fmt.Sprintf("%s of the type %s", quote(name.String()), quote(strings.TrimSpace(t.Value)))
	}
	if name.Space == "" {
		return quote(name.String()) + " (in no namespace)"
	}
	return fmt.Sprintf("%s (namespace %s)", quote(name.String()), quote(name.Space))
}
