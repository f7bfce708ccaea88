package check

import (
	"fmt"
	"net/netip"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var subjectConfirmation = &Rule{
	ID:       "subject-confirmation",
	Title:    "No subject confirmation can be accepted",
	Question: "Does one bearer confirmation satisfy Recipient, time and InResponseTo together?",
	Group:    GroupIssuer,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "A bearer confirmation says that whoever brings the assertion to this address, in this time, in answer to this request, is the user. Of several confirmations one must hold in every respect; two that hold by halves do not add up.",
		Spec: "saml-profiles-2.0-os sections 4.1.4.2 and 4.1.4.3, saml-core-2.0-os section 2.4.1",
		Likely: []string{
			"The IdP's entry for this service is not for web browser single sign-on, so that the confirmation is not a bearer one.",
			"The message was built by hand or by a script that leaves out SubjectConfirmationData.",
			"The Recipient is not the service's ACS URL, or the confirmation has expired: the rules recipient and not-on-or-after say more.",
		},
		Fix: []string{
			"At the IdP, set this service up for web browser single sign-on, and let the IdP's own software make the confirmation: Method bearer, with Recipient and NotOnOrAfter, without NotBefore.",
			"At the IdP, correct the ACS URL of this service; it becomes the Recipient.",
			"Log in once more, starting at the service, so that the message is fresh and answers a request.",
		},
	},
	Reasons: []Reason{
		{"missing", "the Subject has no SubjectConfirmation"},
		{"not-bearer", "the method is not bearer"},
		{"no-data", "a bearer confirmation has no SubjectConfirmationData"},
		{"recipient-missing", "there is no Recipient"},
		{"recipient", "the Recipient is not the ACS URL"},
		{"not-on-or-after-missing", "there is no NotOnOrAfter"},
		{"expired", "NotOnOrAfter is over"},
		{"too-early", "NotBefore lies in the future"},
		{"not-before-present", "there is a NotBefore, which a bearer confirmation must not have"},
		{"unreadable-time", "NotBefore or NotOnOrAfter is no time"},
		{"in-response-to", "InResponseTo does not name the request"},
		{"address", "the confirmation is for another network address than the login came from"},
	},
	Needs: []string{"--acs-url", "--sp-metadata", "--request-id"},
	Run:   runSubjectConfirmation,
}

// candidate is one confirmation and what keeps it from serving.
type candidate struct {
	*saml.SubjectConfirmation
	number    int // from 1
	bearer    bool
	reasons   []Finding
	undecided []Outcome
}

// faults counts what is wrong beyond a warning.
func (c *candidate) faults() int {
	n := 0
	for i := range c.reasons {
		if c.reasons[i].Severity != expect.SeverityWarning {
			n++
		}
	}
	return n
}

func (c *candidate) has(reason string) bool {
	for i := range c.reasons {
		if c.reasons[i].Reason == reason {
			return true
		}
	}
	return false
}

// judgeConfirmations judges the confirmations of every assertion, one by one.
func (in *Input) judgeConfirmations() map[*saml.Assertion][]*candidate {
	assertions := in.SAML().Assertions
	judged := make(map[*saml.Assertion][]*candidate, len(assertions))
	for _, a := range assertions[:min(len(assertions), maxAssertions)] {
		if a.Subject == nil {
			continue
		}
		for i, c := range a.Subject.Confirmations[:min(len(a.Subject.Confirmations), maxConfirmations)] {
			judged[a] = append(judged[a], in.judgeConfirmation(a, c, i+1))
		}
	}
	return judged
}

// candidates are the confirmations of a, judged.
func (in *Input) candidates(a *saml.Assertion) []*candidate { return in.facts.confirmations()[a] }

// bestConfirmation is the bearer confirmation with the fewest faults, the one
// that the rules about a single field speak of; nil when there is none. Of
// equals, it prefers the one whose Recipient is right.
func (in *Input) bestConfirmation(a *saml.Assertion) *candidate {
	return best(in.candidates(a))
}

func best(cs []*candidate) *candidate {
	var b *candidate
	worth := func(c *candidate) int {
		n := 2*c.faults() + len(c.reasons)
		if c.has("recipient") || c.has("recipient-missing") {
			n++
		}
		return n
	}
	for _, c := range cs {
		if c.bearer && (b == nil || worth(c) < worth(b)) {
			b = c
		}
	}
	return b
}

func runSubjectConfirmation(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		s := a.Subject
		switch {
		case s == nil && !a.Node.Closed(), s != nil && len(s.Confirmations) == 0 && !s.Node.Closed():
			return unseen(whyCut)
		case s == nil:
			return found(under(a.Node, "/Subject/SubjectConfirmation", Finding{
				Reason:  "missing",
				Message: "The Assertion has no Subject, and so no confirmation that who brings it is the user.",
			}))
		case len(s.Confirmations) == 0:
			return found(under(s.Node, "/SubjectConfirmation", Finding{
				Reason:  "missing",
				Message: "The Subject has no SubjectConfirmation, so nothing says that who brings the assertion is the user.",
			}))
		}
		cs := in.candidates(a)
		address := in.judgeAddress(a)
		var waiting *candidate
		bearer := false
		for _, c := range cs {
			if len(c.reasons) == 0 && len(c.undecided) == 0 {
				return found(address...)
			}
			if len(c.reasons) == 0 && waiting == nil {
				waiting = c
			}
			bearer = bearer || c.bearer
		}
		switch {
		case waiting != nil:
			return together(found(address...), together(waiting.undecided...))
		case !s.Node.Closed():
			return unseen("the message breaks off among its confirmations")
		}
		if b := best(cs); b != nil && b.faults() == 0 {
			return found(append(b.reasons, address...)...)
		}
		var fs []Finding
		for _, c := range cs {
			for _, f := range c.reasons {
				if bearer && !c.bearer {
					f.Severity = expect.SeverityWarning // another one was to serve
				}
				if len(cs) > 1 {
					f.Message = fmt.Sprintf("Confirmation %d of %d: %s", c.number, len(s.Confirmations), f.Message)
				}
				fs = append(fs, f)
			}
		}
		return found(append(fs, address...)...)
	})
}

func (in *Input) judgeConfirmation(a *saml.Assertion, sc *saml.SubjectConfirmation, number int) *candidate {
	c := &candidate{SubjectConfirmation: sc, number: number, bearer: sc.Bearer()}
	fault := func(f Finding) { c.reasons = append(c.reasons, f) }
	if !c.bearer {
		f := Finding{
			Reason:   "not-bearer",
			Message:  fmt.Sprintf("The confirmation has the method %s, but login through a browser needs %s.", quote(sc.Method.Get()), quote(saml.MethodBearer)),
			Expected: []string{saml.MethodBearer},
			Actual:   []string{sc.Method.Get()},
		}
		switch {
		case sc.Method == nil && !tagRead(sc.Node), cut(sc.Method):
			c.undecided = append(c.undecided, unseen(whyCut))
		case sc.Method == nil:
			f.Message, f.Actual = "The confirmation has no Method, but login through a browser needs "+quote(saml.MethodBearer)+".", nil
			fault(under(sc.Node, "/@Method", f))
		default:
			f.Cause = compareValue(saml.MethodBearer, sc.Method.Text)
			fault(at(sc.Method, f))
		}
		return c
	}
	switch {
	case a.SAML11:
		return c // its bearer confirmation has no data; the Response has the Recipient
	case sc.Data == nil && !sc.Node.Closed(), sc.Data != nil && !tagRead(sc.Data):
		c.undecided = append(c.undecided, unseen(whyCut))
		return c
	case sc.Data == nil && in.wsFederation():
		return c
	case sc.Data == nil:
		fault(under(sc.Node, "/SubjectConfirmationData", Finding{
			Reason:  "no-data",
			Message: "The bearer confirmation has no SubjectConfirmationData, and so neither Recipient nor NotOnOrAfter, which it must have.",
		}))
		return c
	}
	for _, o := range []Outcome{
		in.judgeRecipient(sc, "recipient", "recipient-missing"),
		in.judgeConfirmationTime(a, sc),
		in.judgeConfirmationRequest(sc, "in-response-to", "in-response-to", "in-response-to", "in-response-to"),
	} {
		if o.Status == StatusSkip {
			c.undecided = append(c.undecided, o)
		}
		c.reasons = append(c.reasons, o.Findings...)
	}
	return c
}

func (in *Input) judgeConfirmationTime(a *saml.Assertion, sc *saml.SubjectConfirmation) Outcome {
	s := in.confirmationSpan(a, sc)
	var fs []Finding
	for _, b := range []bound{s.notBefore, s.notOnOrAfter} {
		if b.value != nil && b.err != nil {
			fs = append(fs, at(b.value, Finding{
				Reason:  "unreadable-time",
				Message: fmt.Sprintf("The bearer confirmation's %s %s is no time: %s.", b.value.Attr.Name, quote(b.value.Text), b.err),
				Actual:  []string{b.value.Text},
			}))
		}
	}
	if s.notOnOrAfter.value == nil && !in.wsFederation() {
		fs = append(fs, under(sc.Data, "/@NotOnOrAfter", Finding{
			Reason:  "not-on-or-after-missing",
			Message: "The bearer confirmation has no NotOnOrAfter, which it must have.",
		}))
	}
	if f, ok := in.tooLate(s); !ok {
		f.Reason = "expired"
		fs = append(fs, f)
	}
	if s.notBefore.value != nil {
		f, ok := in.tooEarly(s)
		if ok {
			f = at(s.notBefore.value, Finding{
				Reason:   "not-before-present",
				Severity: expect.SeverityWarning,
				Message:  fmt.Sprintf("The bearer confirmation has NotBefore=%s, which it must not have (profiles, section 4.1.4.2).", quote(s.notBefore.value.Text)),
				Actual:   []string{s.notBefore.value.Text},
				Note:     "Many services let it pass.",
			})
		} else {
			f.Reason = "too-early"
		}
		fs = append(fs, f)
	}
	return found(fs...)
}

// judgeAddress compares the network addresses that the assertion gives: that
// which a bearer confirmation is for and that from which the user logged in.
func (in *Input) judgeAddress(a *saml.Assertion) []Finding {
	var login *saml.Value
	for _, s := range a.AuthnStatements {
		if s.Address.Trimmed() != "" {
			login = s.Address
			break
		}
	}
	if login == nil {
		return nil
	}
	for _, c := range a.Subject.Confirmations[:min(len(a.Subject.Confirmations), maxConfirmations)] {
		if !c.Bearer() || c.Address.Trimmed() == "" || sameAddress(c.Address.Trimmed(), login.Trimmed()) {
			continue
		}
		return []Finding{at(c.Address, Finding{
			Reason:       "address",
			Severity:     expect.SeverityWarning,
			Message:      fmt.Sprintf("The confirmation is for the address %s, but by SubjectLocality the user logged in from %s.", quote(c.Address.Text), quote(login.Text)),
			Expected:     []string{login.Text},
			ExpectedFrom: "SubjectLocality",
			Actual:       []string{c.Address.Text},
			Note:         "A service that compares it with the browser's own address refuses the login; proxies, VPNs and IPv6 make the two differ.",
		})}
	}
	return nil
}

func sameAddress(a, b string) bool {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	if errX != nil || errY != nil {
		return a == b
	}
	return x.Unmap() == y.Unmap()
}
