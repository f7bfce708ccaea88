package check

import (
	"fmt"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var recipient = &Rule{
	ID:        "recipient",
	Title:     "The Recipient is not this service's ACS URL",
	Question:  "Is the Recipient the ACS URL?",
	Group:     GroupIssuer,
	Severity:  expect.SeverityError,
	Essential: true,
	Doc: Doc{
		Why:  "The Recipient is the only address at which a bearer assertion may be used. It stands inside the signature, so that nobody can take an assertion made for one service to another.",
		Spec: "saml-profiles-2.0-os sections 4.1.4.2 and 4.1.4.3; SAML 1.1: oasis-sstc-saml-bindings-profiles-1.1 section 4.1.2 (Response/@Recipient)",
		Likely: []string{
			"The ACS URL (reply URL, single sign-on URL) of this service is mistyped or out of date at the IdP: http for https, another host, a slash too many.",
			"The IdP knows several ACS URLs of the service and took the default one instead of the one asked for.",
			"The assertion was made for another service or another environment (test and production).",
		},
		Fix: []string{
			"At the IdP, set the ACS URL of this service to exactly the expected value, or import the service's current metadata.",
			"Where the AuthnRequest names an ACS URL, let the IdP accept that one.",
		},
	},
	Reasons: []Reason{
		{"mismatch", "the Recipient is not the expected ACS URL"},
		{"missing", "there is no Recipient"},
	},
	Needs: []string{"--acs-url", "--sp-metadata"},
	Run:   runRecipient,
}

// fixACS is what to do about an address that is not the ACS URL.
const fixACS = "At the IdP, set the ACS URL (reply URL) of this service to %s."

func runRecipient(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		if a.SAML11 {
			return in.judgeRecipient11()
		}
		if s := a.Subject; s == nil && !a.Node.Closed() || s != nil && !s.Node.Closed() && len(s.Confirmations) == 0 {
			return unseen(whyCut)
		}
		c := in.bestConfirmation(a)
		switch {
		case c == nil:
			return notApplicable("there is no bearer confirmation, see subject-confirmation")
		case c.Data == nil && !c.Node.Closed():
			return unseen(whyCut)
		case c.Data == nil:
			return notApplicable("the confirmation has no data, see subject-confirmation")
		}
		return in.judgeRecipient(c.SubjectConfirmation, "mismatch", "missing")
	})
}

func (in *Input) judgeRecipient(c *saml.SubjectConfirmation, mismatch, missing string) Outcome {
	w := in.acs(nil)
	switch {
	case c.Recipient == nil && !tagRead(c.Data):
		return unseen(whyCut)
	case c.Recipient == nil && in.wsFederation():
		return notApplicable("WS-Federation asks for no Recipient")
	case c.Recipient == nil:
		f := Finding{Reason: missing, Expected: w.listed(), ExpectedFrom: w.from()}
		f.Message = "The bearer confirmation has no Recipient, which must be the ACS URL."
		if w.known() {
			f.Message = fmt.Sprintf("The bearer confirmation has no Recipient, which must be the ACS URL, %s.", expectation(&f))
		}
		return found(under(c.Data, "/@Recipient", f))
	case !w.known():
		return skip("the service's ACS URL is not known", "--acs-url", "--sp-metadata")
	case w.accepts(c.Recipient.Text):
		return pass()
	}
	f := in.unlike(w, c.Recipient)
	f.Reason = mismatch
	w.advise(&f, fixACS)
	f.Message = fmt.Sprintf("The assertion is meant for the Recipient %s, but the service's ACS URL is %s.", quote(c.Recipient.Text), expectation(&f))
	return found(f)
}

// judgeRecipient11 judges the Recipient of SAML 1.1, which the Response has.
func (in *Input) judgeRecipient11() Outcome {
	r := in.SAML().Response
	w := in.acs(nil)
	switch {
	case r == nil:
		return notApplicable("a SAML 1.1 assertion names no Recipient")
	case r.Destination == nil && !tagRead(r.Node):
		return unseen(whyCut)
	case r.Destination == nil:
		return found(under(r.Node, "/@Recipient", Finding{
			Reason:   "missing",
			Message:  "The SAML 1.1 Response has no Recipient, which must be the ACS URL.",
			Expected: w.listed(), ExpectedFrom: w.from(),
		}))
	case !w.known():
		return skip("the service's ACS URL is not known", "--acs-url", "--sp-metadata")
	case w.accepts(r.Destination.Text):
		return pass()
	}
	f := in.unlike(w, r.Destination)
	f.Reason = "mismatch"
	w.advise(&f, fixACS)
	f.Message = fmt.Sprintf("The Response is meant for the Recipient %s, but the service's ACS URL is %s.", quote(r.Destination.Text), expectation(&f))
	return found(f)
}

var destination = &Rule{
	ID:       "destination",
	Title:    "The Destination is not this service's ACS URL",
	Question: "Is the Destination the ACS URL and the address of delivery, and there when the Response is signed?",
	Group:    GroupIssuer,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The Destination keeps a signed Response from being forwarded to another address. Services compare it with the address at which they received it; behind a proxy that is easily another than the user sees.",
		Spec: "saml-core-2.0-os section 3.2.2, saml-bindings-2.0-os section 3.5.5.2",
		Likely: []string{
			"The ACS URL of this service is mistyped or out of date at the IdP.",
			"The service stands behind a proxy or load balancer that ends TLS, and takes its own address to be http or an inner host.",
			"The Response was made for another service or another environment (test and production).",
		},
		Fix: []string{
			"At the IdP, set the ACS URL of this service to exactly the expected value.",
			"At the service, let it know its outer address (base URL, X-Forwarded-Proto and X-Forwarded-Host).",
		},
	},
	Reasons: []Reason{
		{"mismatch", "the Destination is not the expected ACS URL"},
		{"delivered-elsewhere", "the Response was delivered at another address than its Destination"},
		{"empty", "the Destination is empty"},
		{"missing", "the Response is signed and has no Destination"},
	},
	Needs: []string{"--acs-url", "--sp-metadata"},
	Run:   runDestination,
}

func runDestination(in *Input) Outcome {
	m, out := in.response()
	switch {
	case m == nil:
		return out
	case m.Response == nil:
		return notApplicable("there is no Response around the assertion")
	case m.Response.Node.Name().Space == saml.NSProtocol11:
		return notApplicable("SAML 1.1 has a Recipient instead, see recipient")
	}
	r := m.Response
	w := in.acs(sameEndpoint)
	d := r.Destination
	switch {
	case d == nil && !tagRead(r.Node):
		return unseen(whyCut)
	case d == nil && (len(r.Signatures) > 0 || in.Message.Signature != nil):
		return found(under(r.Node, "/@Destination", Finding{
			Reason:   "missing",
			Message:  "The Response is signed and has no Destination, which a signed Response must have.",
			Expected: w.listed(), ExpectedFrom: w.from(),
		}))
	case d == nil:
		return pass()
	case d.Trimmed() == "":
		return found(at(d, Finding{
			Reason:   "empty",
			Message:  "The Destination is empty, where the service's ACS URL belongs; left out altogether it would be allowed in an unsigned Response.",
			Expected: w.listed(), ExpectedFrom: w.from(),
			Actual: []string{d.Text},
		}))
	case w.known() && !w.accepts(d.Text):
		f := in.unlike(w, d)
		f.Reason = "mismatch"
		w.advise(&f, fixACS)
		f.Message = fmt.Sprintf("The Response is addressed to the Destination %s, but the service's ACS URL is %s.", quote(d.Text), expectation(&f))
		return found(f)
	}
	to := in.deliveredTo()
	switch {
	case len(w.values) > 0:
		// It names the ACS; that it was delivered elsewhere is told by acs-url.
		return pass()
	case to != "" && asVisited(to) != asVisited(d.Text):
		return found(at(d, Finding{
			Reason:       "delivered-elsewhere",
			Message:      fmt.Sprintf("The Response is addressed to the Destination %s, but was delivered to %s.", quote(d.Text), quote(to)),
			Expected:     []string{to},
			ExpectedFrom: fromCapture,
			Actual:       []string{d.Text},
			Cause:        compareValue(to, d.Text),
		}))
	case !w.known():
		return skip("the service's ACS URL is not known", "--acs-url", "--sp-metadata")
	}
	return pass()
}

// listed are the expected values for display.
func (w *wanted) listed() []string {
	if len(w.values) > 0 {
		return texts(w.values[:min(len(w.values), maxListed)])
	}
	var out []string
	for _, p := range w.patterns[:min(len(w.patterns), maxListed)] {
		out = append(out, p.Text)
	}
	return out
}

// from is where the first expected value came from.
func (w *wanted) from() string {
	switch {
	case len(w.values) > 0:
		return w.values[0].From
	case len(w.patterns) > 0:
		return w.patterns[0].From
	}
	return ""
}
