package check

import (
	"cmp"
	"fmt"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var notBefore = &Rule{
	ID:       "not-before",
	Title:    "The message is not valid yet",
	Question: "Has the validity of Conditions and confirmation begun at the evaluation time?",
	Group:    GroupTime,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "A service must not accept an assertion before its NotBefore. IdPs set it to their own present, so a few seconds between two clocks are enough to fail.",
		Spec: "saml-core-2.0-os sections 2.5.1.2 and 2.4.1.2",
		Likely: []string{
			"The IdP's clock is ahead of the service's, or the service's is behind: NotBefore is the IdP's own time.",
			"No tolerance for clocks (skew) is set on either side.",
			"A virtual machine was paused or restored and its clock not set again; NTP is blocked.",
		},
		Fix: []string{
			"Synchronise both servers by NTP (Windows: w32tm /query /status, Linux: chronyc tracking or timedatectl).",
			"At the IdP, let NotBefore lie a little in the past (AD FS: Set-AdfsRelyingPartyTrust -NotBeforeSkew 2).",
			"At the service, allow some clock skew.",
		},
	},
	Reasons: []Reason{
		{"too-early", "Conditions/@NotBefore lies in the future"},
		{"confirmation-too-early", "SubjectConfirmationData/@NotBefore lies in the future"},
	},
	Run: runNotBefore,
}

func runNotBefore(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		outs := []Outcome{in.judgeConditionsBound(a, "too-early", func(s span) (bound, Finding, bool) {
			f, ok := in.tooEarly(s)
			return s.notBefore, f, ok
		})}
		if c := in.bestConfirmation(a); c != nil {
			s := in.confirmationSpan(a, c.SubjectConfirmation)
			f, ok := in.tooEarly(s)
			outs = append(outs, judgeBound(s.notBefore, "confirmation-too-early", f, ok))
		}
		return together(outs...)
	})
}

var notOnOrAfter = &Rule{
	ID:       "not-on-or-after",
	Title:    "The message has expired",
	Question: "Are Conditions and confirmation still valid at the evaluation time?",
	Group:    GroupTime,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "An assertion is good for a few minutes only, so that a stolen one is worth little. From NotOnOrAfter on a service must refuse it.",
		Spec: "saml-core-2.0-os sections 2.5.1.2 and 2.4.1.2, saml-profiles-2.0-os section 4.1.4.3",
		Likely: []string{
			"The IdP's clock is behind the service's, or the service's is ahead.",
			"The user left the IdP's page open, went back, reloaded it, or opened it from a bookmark, and an old message was sent.",
			"The IdP gives the assertion too short a life.",
			"The message is only looked at now and was good when it was delivered.",
		},
		Fix: []string{
			"Log in once more in a fresh window, starting at the service.",
			"Synchronise the clocks of IdP and service by NTP (Windows: w32tm /query /status, Linux: chronyc tracking or timedatectl).",
			"At the IdP, give the assertion a life of five minutes; at the service, allow some clock skew.",
			"For a message that was captured earlier, tell samlwhy when: --at 2006-01-02T15:04:05Z or --at issued.",
		},
	},
	Reasons: []Reason{
		{"expired", "Conditions/@NotOnOrAfter is over"},
		{"confirmation-expired", "SubjectConfirmationData/@NotOnOrAfter is over"},
	},
	Run: runNotOnOrAfter,
}

func runNotOnOrAfter(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		outs := []Outcome{in.judgeConditionsBound(a, "expired", func(s span) (bound, Finding, bool) {
			f, ok := in.tooLate(s)
			return s.notOnOrAfter, f, ok
		})}
		if c := in.bestConfirmation(a); c != nil {
			s := in.confirmationSpan(a, c.SubjectConfirmation)
			f, ok := in.tooLate(s)
			outs = append(outs, judgeBound(s.notOnOrAfter, "confirmation-expired", f, ok))
		}
		return together(outs...)
	})
}

func (in *Input) judgeConditionsBound(a *saml.Assertion, reason string, judge func(span) (bound, Finding, bool)) Outcome {
	switch {
	case a.Conditions == nil && !a.Node.Closed(), a.Conditions != nil && !tagRead(a.Conditions.Node):
		return unseen("the message breaks off before its Conditions")
	case a.Conditions == nil:
		return pass()
	}
	b, f, ok := judge(in.conditionsSpan(a))
	return judgeBound(b, reason, f, ok)
}

func judgeBound(b bound, reason string, f Finding, ok bool) Outcome {
	switch {
	case b.err != nil && b.value != nil:
		return skip(fmt.Sprintf("%s is no time that can be read, see timestamps", b.value.Path()))
	case ok:
		return pass()
	}
	f.Reason = reason
	return found(f)
}

var session = &Rule{
	ID:       "session",
	Title:    "The login at the IdP is too old, over or in the future",
	Question: "Is the session at the IdP still open, and was the user authenticated recently enough and not in the future?",
	Group:    GroupTime,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "AuthnInstant says when the user proved who they are, SessionNotOnOrAfter when that ends. Services refuse sessions that are over, and some refuse a login that lies too far back.",
		Spec: "saml-core-2.0-os section 2.7.2, saml-profiles-2.0-os section 4.1.4.3",
		Likely: []string{
			"The user logged in at the IdP long ago and the IdP reuses that session.",
			"The IdP's clock is ahead of the service's.",
			"The IdP's session is shorter than the assertion.",
		},
		Fix: []string{
			"Log in at the IdP again (private window), or let the service ask for it with ForceAuthn.",
			"At the service, raise the greatest age of an authentication; at the IdP, lower the life of its session below it.",
			"Synchronise the clocks of IdP and service by NTP.",
		},
	},
	Reasons: []Reason{
		{"expired", "SessionNotOnOrAfter is over"},
		{"future", "AuthnInstant lies in the future"},
		{"too-old", "AuthnInstant lies further back than the service accepts"},
	},
	Run: runSession,
}

// toleratedFuture is by how much AuthnInstant may lie in the future before it is
// more than a warning: services that look at it allow for clocks.
const toleratedFuture = 5 * time.Minute

func runSession(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		switch {
		case len(a.AuthnStatements) == 0 && !a.Node.Closed():
			return unseen("the message breaks off before its AuthnStatement")
		case len(a.AuthnStatements) == 0:
			return notApplicable("there is no AuthnStatement, see authn-statement")
		}
		var outs []Outcome
		for _, s := range a.AuthnStatements[:min(len(a.AuthnStatements), maxFindings)] {
			if !tagRead(s.Node) {
				outs = append(outs, unseen(whyCut))
				continue
			}
			outs = append(outs, in.judgeSessionEnd(a, s), in.judgeAuthnInstant(a, s))
		}
		return together(outs...)
	})
}

func (in *Input) judgeSessionEnd(a *saml.Assertion, s *saml.AuthnStatement) Outcome {
	end := readBound(s.SessionNotOnOrAfter)
	f, ok := in.tooLate(span{of: "session at the IdP", issued: in.issuedAt(a), notOnOrAfter: end})
	if !ok {
		by, _ := in.late(end.time)
		f.Message = fmt.Sprintf("The session at the IdP ended %s: SessionNotOnOrAfter is %s%s.",
			in.ago(by), in.held(end.time), in.allowance())
	}
	return judgeBound(end, "expired", f, ok)
}

func (in *Input) judgeAuthnInstant(a *saml.Assertion, s *saml.AuthnStatement) Outcome {
	b := readBound(s.AuthnInstant)
	if !b.known() {
		return judgeBound(b, "", Finding{}, true)
	}
	issued := in.issuedAt(a)
	w := &Window{Issued: issued, NotBefore: b.time, Evaluated: in.At.Time, Skew: in.skew()}
	if by, early := in.early(b.time); early {
		f := at(b.value, Finding{
			Reason: "future",
			Message: fmt.Sprintf("The login of the user at the IdP lies in the future: its AuthnInstant is %s%s.",
				in.held(b.time), in.allowance()),
			Actual: []string{b.value.Text},
			Window: w,
			Cause:  in.earlyCause(issued, b.time),
		})
		f.Fix = cmp.Or(in.timeFix(f.Cause), "Set the clocks of IdP and service right (NTP).")
		if by <= toleratedFuture {
			f.Severity, f.Note = expect.SeverityWarning, "Few services look at it, and most of those allow for clocks that differ a little."
		}
		return found(f)
	}
	limit := in.Expect.MaxAuthnAge.Duration
	if limit <= 0 {
		return pass()
	}
	end := b.time.Add(limit)
	w.NotOnOrAfter = end
	if in.At.Time.Sub(b.time) <= limit+in.skew() {
		return pass()
	}
	f := at(b.value, Finding{
		Reason: "too-old",
		Message: fmt.Sprintf("The user logged in at the IdP %s, at %s, and the service accepts at most %s (%s).",
			in.ago(in.At.Time.Sub(b.time)), in.clock(b.time), Length(limit), in.Expect.MaxAuthnAge.From),
		ExpectedFrom: in.Expect.MaxAuthnAge.From,
		Actual:       []string{b.value.Text},
		Window:       w,
	})
	if in.stale(issued, end) {
		f.Cause, f.Severity = stalePaste(issued), expect.SeverityWarning
		f.Fix = in.timeFix(f.Cause)
	}
	return found(f)
}

var validityWindow = &Rule{
	ID:       "validity-window",
	Title:    "The validity period makes no sense",
	Question: "Does every NotBefore precede its NotOnOrAfter, with a sensible time between?",
	Group:    GroupTime,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "A window that ends before it begins can never be met. One of a few seconds fails on a slow connection or with clocks that differ a little; one of days makes a stolen assertion valuable.",
		Spec: "saml-core-2.0-os section 2.5.1.2",
		Likely: []string{
			"The assertion's lifetime at the IdP was given in the wrong unit (seconds for minutes).",
			"A skew larger than the lifetime was added on the wrong side.",
			"A hand-made message with one of the two times edited.",
		},
		Fix: []string{
			"At the IdP, set the assertion's lifetime for this service to about five minutes.",
			"At the IdP, check the settings that shift NotBefore and NotOnOrAfter.",
		},
	},
	Reasons: []Reason{
		{"reversed", "NotOnOrAfter is not after NotBefore"},
		{"over-when-issued", "NotOnOrAfter is not after IssueInstant"},
		{"short", "the window is shorter than 30 seconds"},
		{"long", "the window is longer than 24 hours"},
	},
	Run: runValidityWindow,
}

func runValidityWindow(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		var outs []Outcome
		if a.Conditions != nil && tagRead(a.Conditions.Node) {
			outs = append(outs, in.judgeSpan(in.conditionsSpan(a)))
		}
		if a.Subject != nil {
			for _, c := range a.Subject.Confirmations[:min(len(a.Subject.Confirmations), maxConfirmations)] {
				if c.Data != nil && tagRead(c.Data) {
					outs = append(outs, in.judgeSpan(in.confirmationSpan(a, c)))
				}
			}
		}
		if !a.Node.Closed() {
			outs = append(outs, unseen("the message breaks off inside the assertion"))
		}
		if len(outs) == 0 {
			return notApplicable("there is no validity period")
		}
		return together(outs...)
	})
}

func (in *Input) judgeSpan(s span) Outcome {
	for _, b := range []bound{s.notBefore, s.notOnOrAfter} {
		if b.value != nil && b.err != nil {
			return skip(fmt.Sprintf("%s is no time that can be read, see timestamps", b.value.Path()))
		}
	}
	if !s.notOnOrAfter.known() {
		return notApplicable("there is no NotOnOrAfter")
	}
	begin, from := s.issued, "IssueInstant"
	if s.notBefore.known() {
		begin, from = s.notBefore.time, "NotBefore"
	}
	if begin.IsZero() {
		return skip("neither NotBefore nor IssueInstant says when it begins")
	}
	end := s.notOnOrAfter.time
	life := end.Sub(begin)
	f := at(s.notOnOrAfter.value, Finding{Severity: expect.SeverityWarning, Actual: []string{s.notOnOrAfter.value.Text}, Window: in.window(s)})
	switch {
	case life <= 0 && s.notBefore.known():
		f.Reason, f.Severity = "reversed", expect.SeverityError
		f.Message = fmt.Sprintf("The %s can never be valid: its NotOnOrAfter %s is not after its NotBefore %s.", s.of, in.clock(end), in.clock(begin))
	case !s.issued.IsZero() && !s.issued.Before(end):
		f.Reason = "over-when-issued"
		f.Message = fmt.Sprintf("The %s was over when it was issued: its NotOnOrAfter is %s, its IssueInstant %s.", s.of, in.clock(end), in.clock(s.issued))
	case life < shortWindow:
		f.Reason = "short"
		f.Message = fmt.Sprintf("The %s is valid for only %s from %s on, too little for a slow connection or clocks that differ.", s.of, Length(life), from)
	case life > longWindow:
		f.Reason = "long"
		f.Message = fmt.Sprintf("The %s is valid for %s from %s on, which makes a stolen one useful for long.", s.of, Length(life), from)
	default:
		return pass()
	}
	return found(f)
}
