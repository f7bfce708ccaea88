package check

import (
	"fmt"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var inResponseTo = &Rule{
	ID:       "in-response-to",
	Title:    "The Response answers no request that the service knows",
	Question: "Does InResponseTo equal the AuthnRequest's ID, alike in Response and confirmation, and is it absent where there was no request?",
	Group:    GroupIssuer,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "InResponseTo ties the answer to the request that the service sent in this very browser. A service that remembers no such request takes the message for a stolen or repeated one.",
		Spec: "saml-core-2.0-os section 3.2.2, saml-profiles-2.0-os sections 4.1.4.2, 4.1.4.3 and 4.1.5 (unsolicited)",
		Likely: []string{
			"The page was reloaded or taken from the history, so that an answer came to a request that was used up.",
			"The service has several servers that do not share their sessions, and the answer came to another one.",
			"The service's cookie did not come back (SameSite, another host name, a second tab), so that it forgot its request.",
			"The message was taken from a login at another place and is used where no request was sent.",
		},
		Fix: []string{
			"Log in once more in a fresh window, starting at the service, and do not reload the IdP's page.",
			"At the service, keep requests where all servers see them, or send a user always to the same server.",
			"At the service, set its cookie SameSite=None; Secure, and use one host name throughout.",
			"Where no request is sent, start the login at the IdP (IdP-initiated), which leaves InResponseTo out.",
		},
	},
	Reasons: []Reason{
		{"mismatch", "InResponseTo is not the request's ID"},
		{"missing", "there was a request and InResponseTo is missing"},
		{"unexpected", "there was no request and InResponseTo is there"},
		{"disagree", "Response and confirmation name different requests"},
		{"forgotten", "the service cannot know the request: its cookie did not come back with the Response"},
	},
	Needs: []string{"--request-id", "--request"},
	Run:   runInResponseTo,
}

// sentRequest is what is known of the request: the ID that InResponseTo must
// have, or that there must be none. known is false when neither is.
func (in *Input) sentRequest() (want expect.InResponseTo, known bool) {
	want = in.Expect.InResponseTo
	if want.None || want.ID != "" {
		return want, true
	}
	if r := in.request(); r != nil && r.ID.Get() != "" {
		return expect.InResponseTo{ID: r.ID.Text, From: fromRequest}, true
	}
	return expect.InResponseTo{}, false
}

func runInResponseTo(in *Input) Outcome {
	m, out := in.response()
	if m == nil {
		return out
	}
	want, known := in.sentRequest()
	var outs []Outcome
	if m.Response != nil {
		outs = append(outs, in.judgeResponseRequest(m.Response, want, known))
	}
	if !m.Success() {
		return together(outs...)
	}
	if m.SAML11 {
		// SAML 1.1 ties answers to requests only where the service fetches them.
		if len(outs) == 0 {
			return notApplicable("SAML 1.1 has no InResponseTo in its assertions")
		}
		return together(outs...)
	}
	outs = append(outs, in.eachAssertion(func(a *saml.Assertion) Outcome {
		if s := a.Subject; s == nil && !a.Node.Closed() || s != nil && !s.Node.Closed() && len(s.Confirmations) == 0 {
			return unseen(whyCut)
		}
		c := in.bestConfirmation(a)
		if c == nil || c.Data == nil {
			return notApplicable("there is no bearer confirmation with data, see subject-confirmation")
		}
		return in.judgeConfirmationRequest(c.SubjectConfirmation, "mismatch", "missing", "unexpected", "disagree")
	}))
	return together(outs...)
}

func (in *Input) judgeResponseRequest(r *saml.Response, want expect.InResponseTo, known bool) Outcome {
	v := r.InResponseTo
	switch {
	case v == nil && !tagRead(r.Node):
		return unseen(whyCut)
	case !known && v == nil:
		if f, ok := in.ignoredRequest(r); !ok {
			return found(f)
		}
		return skip("the Response names no request, and it is not known whether the service sent one", "--request-id", "--request")
	case !known:
		return skip("the AuthnRequest of this login is not known", "--request-id", "--request")
	case v == nil && want.None:
		return pass()
	case v == nil:
		return found(under(r.Node, "/@InResponseTo", missingRequest("Response", want)))
	case want.None:
		return found(in.unexpectedRequest("Response", v, want, len(r.Signatures) > 0))
	case v.Text == want.ID:
		return found(in.forgottenRequest(r)...)
	}
	return found(in.otherRequest("Response", v, want))
}

// judgeConfirmationRequest judges a confirmation's InResponseTo; the reasons are
// named by the rule that asks.
func (in *Input) judgeConfirmationRequest(c *saml.SubjectConfirmation, mismatch, missing, unexpected, disagree string) Outcome {
	v := c.InResponseTo
	want, known := in.sentRequest()
	with := func(reason string, f Finding) Outcome {
		f.Reason = reason
		return found(f)
	}
	switch {
	case v == nil && !tagRead(c.Data):
		return unseen(whyCut)
	case known && want.None && v != nil:
		return with(unexpected, in.unexpectedRequest("confirmation", v, want, true))
	case known && want.None:
		return pass()
	case known && v == nil:
		return with(missing, under(c.Data, "/@InResponseTo", missingRequest("confirmation", want)))
	case known && v.Text == want.ID:
		return pass()
	case known:
		return with(mismatch, in.otherRequest("confirmation", v, want))
	}
	// Whether the two agree can be told without knowing the request.
	r := in.SAML().Response
	switch {
	case r == nil && v == nil:
		return pass()
	case r == nil, !tagRead(r.Node) && r.InResponseTo == nil:
		return skip("the AuthnRequest of this login is not known", "--request-id", "--request")
	case v == nil && r.InResponseTo == nil:
		return pass()
	case v == nil:
		return with(disagree, under(c.Data, "/@InResponseTo", Finding{
			Severity:     expect.SeverityWarning,
			Note:         oneSided,
			Message:      fmt.Sprintf("The Response answers the request %s, but the bearer confirmation names none.", quote(r.InResponseTo.Text)),
			Expected:     []string{r.InResponseTo.Text},
			ExpectedFrom: "Response/@InResponseTo",
		}))
	case r.InResponseTo == nil:
		return with(disagree, at(v, Finding{
			Severity: expect.SeverityWarning,
			Note:     oneSided,
			Message:  fmt.Sprintf("The confirmation answers the request %s, but the Response names none.", quote(v.Text)),
			Actual:   []string{v.Text},
		}))
	case v.Text != r.InResponseTo.Text:
		return with(disagree, at(v, Finding{
			Message:      fmt.Sprintf("The confirmation answers the request %s, but the Response the request %s: they must be the same.", quote(v.Text), quote(r.InResponseTo.Text)),
			Expected:     []string{r.InResponseTo.Text},
			ExpectedFrom: "Response/@InResponseTo",
			Actual:       []string{v.Text},
			Cause:        compareValue(r.InResponseTo.Text, v.Text),
		}))
	}
	return pass()
}

// oneSided is the note where only one of the two names a request.
const oneSided = "Both must name it (profiles, section 4.1.4.2); services that look at one of the two let it pass."

func missingRequest(of string, want expect.InResponseTo) Finding {
	return Finding{
		Reason:       "missing",
		Message:      fmt.Sprintf("The %s has no InResponseTo, but the service sent the request %s (%s).", of, quote(want.ID), want.From),
		Expected:     []string{want.ID},
		ExpectedFrom: want.From,
	}
}

func (in *Input) unexpectedRequest(of string, v *saml.Value, want expect.InResponseTo, signed bool) Finding {
	f := at(v, Finding{
		Reason:       "unexpected",
		Message:      fmt.Sprintf("The %s answers the request %s, but the service sent none (%s), so that there must be no InResponseTo.", of, quote(v.Text), want.From),
		ExpectedFrom: want.From,
		Actual:       []string{v.Text},
		Fix:          "Have the IdP start the login (IdP-initiated), which leaves InResponseTo out.",
	})
	switch {
	case of == "confirmation":
		f.Note = "Do not delete it from the message: it stands inside the signed Assertion, and without it the signature no longer verifies."
	case signed:
		f.Note = "Do not delete it from the message: the Response is signed, and without it the signature no longer verifies."
	}
	return f
}

func (in *Input) otherRequest(of string, v *saml.Value, want expect.InResponseTo) Finding {
	w := &wanted{field: fieldRequestID, values: []expect.Value{{Text: want.ID, From: want.From}}}
	f := in.unlike(w, v)
	f.Reason = "mismatch"
	f.Message = fmt.Sprintf("The %s answers the request %s, but the service sent %s.", of, quote(v.Text), expectation(&f))
	for _, r := range in.facts.around().requests {
		if r.id == v.Text {
			f.Note = fmt.Sprintf("%s is an AuthnRequest of this capture, sent at %s: a second login was begun, in another tab or by a reload.", quote(r.id), fullClock(r.sent))
			break
		}
	}
	return f
}

// ignoredRequest finds that the capture holds an AuthnRequest to the IdP before
// a Response that names none; ok when it does not.
func (in *Input) ignoredRequest(r *saml.Response) (f Finding, ok bool) {
	own := in.Message.Capture
	if own == nil || own.Time.IsZero() {
		return f, true
	}
	for _, q := range in.facts.around().requests {
		if !q.sent.Before(own.Time) {
			continue
		}
		return under(r.Node, "/@InResponseTo", Finding{
			Reason:       "missing",
			Severity:     expect.SeverityWarning,
			Message:      fmt.Sprintf("The Response names no request, although the capture holds the AuthnRequest %s, sent %s before.", quote(q.id), Length(own.Time.Sub(q.sent))),
			Expected:     []string{q.id},
			ExpectedFrom: fromRequest,
			Note:         "To the service it is unsolicited, which some services refuse.",
		}), false
	}
	return f, true
}
