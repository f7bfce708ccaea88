package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// requestTime judges when the request was issued. Without the time at which it
// was sent there is nothing to hold it against: a request has no end.
func (in *Input) requestTime(r *saml.AuthnRequest) []Finding {
	issued, err := r.IssueInstant.Time()
	if err != nil || in.At.Basis != BasisCaptured && in.At.Basis != BasisGiven || in.passedOn() {
		return nil
	}
	f := at(r.IssueInstant, Finding{Severity: expect.SeverityWarning, Actual: []string{r.IssueInstant.Text}})
	switch ahead := issued.Sub(in.At.Time); {
	case ahead > requestAhead+in.skew():
		f.Reason = "issued-in-future"
		f.Message = fmt.Sprintf("The AuthnRequest was issued %s after it was sent: its IssueInstant is %s; the service's clock is ahead, and an IdP may refuse it.", Length(ahead), in.held(issued))
		f.Fix = "Set the service's clock right (NTP)."
	case -ahead > requestAge+in.skew():
		f.Reason = "old"
		f.Message = fmt.Sprintf("The AuthnRequest was %s old when it was sent: its IssueInstant is %s; an IdP may refuse it.", Length(-ahead), in.held(issued))
		f.Fix = "Start the login at the service once more instead of using an old page or bookmark; if it happens each time, set the service's clock right (NTP)."
	default:
		return nil
	}
	return []Finding{f}
}

// serviceCertificate finds that none of the service's signing certificates is in
// date. It is no proof: a service may sign nothing, and an IdP may not look.
func (in *Input) serviceCertificate() []Finding {
	var last *expect.Certificate
	for i := range in.Expect.SPCertificates {
		c := &in.Expect.SPCertificates[i]
		switch {
		case c.Use == "encryption":
			continue
		case c.NotAfter.IsZero() || !in.At.Time.After(c.NotAfter):
			return nil
		case last == nil || last.NotAfter.Before(c.NotAfter):
			last = c
		}
	}
	if last == nil {
		return nil
	}
	return []Finding{{
		Reason:   "certificate-expired",
		Severity: expect.SeverityWarning,
		Message: fmt.Sprintf("The service's own signing certificate %s expired on %s (%s), %s before the evaluation time; a service that signs its requests can make none that the IdP accepts.",
			quote(last.Describe()), last.NotAfter.UTC().Format(time.DateOnly), last.From, Length(in.At.Time.Sub(last.NotAfter))),
		Actual: []string{last.NotAfter.UTC().Format(time.RFC3339)},
		Fix:    "At the service, renew its (SP) certificate, make it the active one, and give the new metadata to the IdP.",
		Note:   "Services that do not sign their requests, and IdPs that do not look at the dates, work on.",
	}}
}

// judgeAnswer holds a Response against the request that it answers. What
// acs-url, name-id-format and in-response-to tell of the two is left to them.
func (in *Input) judgeAnswer() Outcome {
	m, out := in.response()
	if m == nil {
		return out
	}
	var answered string
	if m.Response != nil {
		answered = m.Response.InResponseTo.Get()
	}
	r := in.request()
	switch {
	case r == nil || r.ID.Get() != answered && answered != "":
		// No request is seen to have left the service.
		if fs := in.serviceCertificate(); r == nil && len(fs) > 0 {
			return found(fs...)
		}
		switch {
		case r != nil:
			return notApplicable("the AuthnRequest of this capture is not the one that is answered, see in-response-to")
		case answered == "" && in.Expect.InResponseTo.ID == "":
			return notApplicable("the message answers no AuthnRequest")
		}
		return skip("the AuthnRequest of this login is not known", "--request")
	case !m.Success():
		return notApplicable("the Status is not Success, so there is no answer to compare, see status")
	}
	answer := pass()
	if len(r.ClassRefs) > 0 || metadata.True(r.ForceAuthn) {
		answer = in.eachAssertion(func(a *saml.Assertion) Outcome {
			return together(in.judgeContextAsked(r, a), in.judgeFreshness(r, a))
		})
	}
	if f, ok := in.judgeBindingAsked(r); !ok {
		return together(found(f), answer)
	}
	return answer
}

// judgeContextAsked holds how the user logged in against what was demanded.
// Only an exact comparison can be decided: which context is the stronger of two
// is the parties' own agreement.
func (in *Input) judgeContextAsked(r *saml.AuthnRequest, a *saml.Assertion) Outcome {
	comparison := r.Comparison.Trimmed()
	if len(r.ClassRefs) == 0 || comparison != "" && comparison != "exact" {
		return pass()
	}
	w := &wanted{field: fieldAuthnContext}
	for _, c := range r.ClassRefs[:min(len(r.ClassRefs), maxListed)] {
		w.values = append(w.values, expect.Value{Text: c.Trimmed(), From: fromRequest})
	}
	var refs []*saml.Value
	for _, s := range a.AuthnStatements {
		for _, c := range s.ClassRefs {
			accepted := slices.ContainsFunc(in.Expect.AuthnContexts, func(v expect.Value) bool { return v.Text == c.Text })
			if cut(c) || w.accepts(c.Trimmed()) || accepted {
				return pass()
			}
			refs = append(refs, c)
		}
	}
	switch {
	case len(refs) == 0 && !a.Node.Closed():
		return unseen(whyCut)
	case len(refs) == 0:
		return notApplicable("there is no AuthnContextClassRef, see authn-context")
	}
	f, nearest := in.nearest(refs, w)
	f.Reason, f.Severity = "authn-context", expect.SeverityWarning
	f.Message = fmt.Sprintf("The user was authenticated by %s, but the AuthnRequest demands exactly %s.", quote(nearest.Text), expectation(&f))
	f.Note = "A service that compares the two refuses the login; many do not."
	f.Fix = `At the service, ask for the class that the IdP sends, set the Comparison to "minimum", or leave RequestedAuthnContext out.`
	return found(f)
}

// freshness is by how much the clocks of IdP and service may differ before a
// login counts as older than the request.
const freshness = time.Minute

func (in *Input) judgeFreshness(r *saml.AuthnRequest, a *saml.Assertion) Outcome {
	asked, err := r.IssueInstant.Time()
	if !metadata.True(r.ForceAuthn) || err != nil {
		return pass()
	}
	for _, s := range a.AuthnStatements {
		t, err := s.AuthnInstant.Time()
		if err != nil || !t.Add(freshness+in.skew()).Before(asked) {
			continue
		}
		return found(at(s.AuthnInstant, Finding{
			Reason:       "not-fresh",
			Severity:     expect.SeverityWarning,
			Message:      fmt.Sprintf("The AuthnRequest demanded a fresh login (ForceAuthn), but the user had logged in %s before it was issued.", Length(asked.Sub(t))),
			Expected:     []string{r.IssueInstant.Text},
			ExpectedFrom: fromRequest,
			Actual:       []string{s.AuthnInstant.Text},
			Note:         "A service that compares the two refuses the login.",
		}))
	}
	return pass()
}

func (in *Input) judgeBindingAsked(r *saml.AuthnRequest) (f Finding, ok bool) {
	var came string
	switch in.Message.Binding {
	case decode.BindingPOST:
		came = metadata.BindingPOST
	case decode.BindingSOAP:
		came = metadata.BindingArtifact
	}
	asked := r.ProtocolBinding.Get()
	switch {
	case came == "", asked == came:
		return f, true
	case asked != metadata.BindingPOST && asked != metadata.BindingArtifact:
		return f, true // of which the request itself is found at fault
	}
	return Finding{
		Reason:       "answer-binding",
		Severity:     expect.SeverityWarning,
		Message:      fmt.Sprintf("The AuthnRequest asks for the answer by %s, but it came by %s.", quote(asked), quote(came)),
		Expected:     []string{asked},
		ExpectedFrom: fromRequest,
		Actual:       []string{came},
	}, false
}
