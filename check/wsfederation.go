package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var requestedSecurityToken = &Rule{
	ID:       "requested-security-token",
	Title:    "The WS-Federation answer holds no usable token",
	Question: "Does wresult hold a well-formed RequestSecurityTokenResponse with a SAML assertion as its token?",
	Group:    GroupOther,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "By WS-Federation the IdP posts a RequestSecurityTokenResponse in the field wresult, and the service takes the assertion out of its RequestedSecurityToken. Without one that it can read there is no login.",
		Spec: "Web Services Federation Language 1.2 section 13.1 (wresult), WS-Trust 1.3 sections 4.1 and 4.4 (RequestSecurityTokenResponse)",
		Likely: []string{
			"The IdP issues another type of token for this service, such as a JSON Web Token.",
			"The IdP answered with a fault: no claim rule, no access, an expired certificate.",
			"The value was damaged on its way: escaped twice, or cut off.",
		},
		Fix: []string{
			"At the IdP, choose SAML 1.1 or SAML 2.0 as the token type of this service (relying party), or, where the service speaks SAML 2.0, SAML 2.0 Web SSO as its protocol.",
			"Take the value again from the POST to the service: the form field wresult, whole.",
		},
	},
	Reasons: []Reason{
		{"empty", "the field wresult is empty"},
		{"not-xml", "wresult is not XML"},
		{"malformed", "the answer is damaged or cut off"},
		{"other", "wresult holds something else than a RequestSecurityTokenResponse"},
		{"no-token", "there is no token in it"},
		{"other-token", "the token is no SAML assertion"},
		{"token-type", "TokenType says another kind of token than there is"},
		{"lifetime", "the Lifetime of the token is over"},
		{"applies-to", "AppliesTo names another service"},
	},
	Needs: []string{"--sp-entity-id", "--sp-metadata"},
	Run:   runRequestedSecurityToken,
}

func runRequestedSecurityToken(in *Input) Outcome {
	m, msg := in.SAML(), in.Message
	if msg.Binding != decode.BindingWSFederation && m.Type != saml.TypeRSTR && !strings.EqualFold(msg.Param, "wresult") {
		return notApplicable("the message is not of WS-Federation")
	}
	if msg.Document == nil || m.Root == nil {
		return found(in.unreadableToken())
	}
	name := m.Root.Name()
	const response = "RequestSecurityTokenResponse"
	if m.Type != saml.TypeRSTR || name.Local != response && name.Local != response+"Collection" {
		f := Finding{
			Reason:   "other",
			Message:  fmt.Sprintf("wresult holds the element %s%s, but a RequestSecurityTokenResponse is expected in it.", quote(name.String()), faultText(m.Root)),
			Expected: []string{response},
			Actual:   []string{name.Local},
		}
		if name.Local == response || name.Local == response+"Collection" {
			f.Message = fmt.Sprintf("The %s is in the namespace %s, which is none of WS-Trust's.", shortName(name.Local), quote(name.Space))
			f.Expected, f.Actual = []string{saml.NSTrust, saml.NSTrust13}, []string{name.Space}
		}
		return found(under(m.Root, "", f))
	}
	var fs []Finding
	if !msg.Document.WellFormed() {
		fs = append(fs, malformedToken(msg.Document))
	}
	fs = append(fs, in.judgeToken(m)...)
	w := in.audiences()
	switch {
	case len(fs) > 0:
		return found(fs...)
	case m.Token.AppliesTo != nil && !w.known():
		return skip("whether AppliesTo names this service is not known; the rest is in order", "--sp-entity-id", "--sp-metadata")
	}
	return pass()
}

func (in *Input) unreadableToken() Finding {
	f := Finding{
		Reason: "not-xml", Message: "wresult holds no XML, but a RequestSecurityTokenResponse is expected in it.",
		Fix: "Take the form field wresult, whole, from the POST to the service; it holds XML, not base64.",
	}
	for _, p := range in.Message.Problems {
		if p.Fatal && p.Stage == decode.StageParameter {
			f.Reason, f.Message = "empty", "The field wresult is empty, but a RequestSecurityTokenResponse is expected in it."
		}
	}
	return f
}

func malformedToken(doc *xmldoc.Document) Finding {
	f := under(doc.Root(), "", Finding{
		Reason: "malformed", Message: "The RequestSecurityTokenResponse is not whole, well-formed XML.",
		Fix: "Take the form field wresult, whole, from the POST to the service; if it is as it was sent, look at what stands between IdP and service and rewrites it.",
	})
	if errs := doc.Errors(); len(errs) > 0 {
		f.Position = errs[0].Position()
		f.Message = fmt.Sprintf("The RequestSecurityTokenResponse is not whole, well-formed XML: %s.", strings.TrimSuffix(errs[0].Message, "."))
	}
	return f
}

// fixNoToken is what to do about an answer without a token.
const fixNoToken = "In the IdP's log, look why it issued no token for this user: no claim rule, no access to the service (relying party), or an expired certificate."

// judgeToken judges the token and what stands around it.
func (in *Input) judgeToken(m *saml.Message) []Finding {
	t := m.Token
	if len(m.Assertions)+len(m.Encrypted) == 0 {
		switch {
		case len(t.Others) > 0:
			other := t.Others[0].Name()
			return []Finding{under(t.Others[0], "", Finding{
				Reason:   "other-token",
				Message:  fmt.Sprintf("The token is the element %s, but a SAML assertion is expected.", quote(other.String())),
				Expected: []string{"Assertion"},
				Actual:   []string{other.Local},
			})}
		case !m.Root.Closed():
			return nil
		case len(t.Requested) > 0:
			return []Finding{under(t.Requested[0], "", Finding{
				Reason:   "no-token",
				Message:  "The RequestedSecurityToken is empty, but the user's assertion is expected in it.",
				Expected: []string{"Assertion"},
				Fix:      fixNoToken,
			})}
		}
		return []Finding{under(m.Root, "/RequestedSecurityToken", Finding{
			Reason:   "no-token",
			Message:  "The answer holds no RequestedSecurityToken, in which the user's assertion is expected.",
			Expected: []string{"RequestedSecurityToken"},
			Fix:      fixNoToken,
		})}
	}
	var fs []Finding
	if f, ok := tokenType(m); !ok {
		fs = append(fs, f)
	}
	if f, ok := in.tokenLifetime(m); !ok {
		fs = append(fs, f)
	}
	if f, ok := in.appliesTo(m); !ok {
		fs = append(fs, f)
	}
	return fs
}

// The URIs by which TokenType says that a token is an assertion (Web Services
// Security: SAML Token Profile 1.1, and what AD FS writes).
var (
	tokenTypes11 = []string{
		"urn:oasis:names:tc:SAML:1.0:assertion",
		"http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1",
		"http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID",
		"urn:oasis:names:tc:SAML:1.1:assertion",
	}
	tokenTypes20 = []string{
		"urn:oasis:names:tc:SAML:2.0:assertion",
		"http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0",
	}
)

func tokenType(m *saml.Message) (f Finding, ok bool) {
	v := m.Token.TokenType
	if len(m.Assertions) == 0 || v == nil || cut(v) {
		return f, true
	}
	is, version := tokenTypes20, "2.0"
	if m.Assertions[0].SAML11 {
		is, version = tokenTypes11, "1.1"
	}
	if slices.Contains(is, v.Trimmed()) {
		return f, true
	}
	return at(v, Finding{
		Reason:   "token-type",
		Severity: expect.SeverityWarning,
		Message:  fmt.Sprintf("TokenType says %s, but the token is an assertion of SAML %s.", quote(v.Text), version),
		Expected: is[:2],
		Actual:   []string{v.Text},
		Note:     "Services that go by the token itself do not mind.",
	}), false
}

// tokenLifetime tells of a Lifetime that is over while the assertion itself is
// still valid; not-on-or-after tells of the assertion.
func (in *Input) tokenLifetime(m *saml.Message) (f Finding, ok bool) {
	s := span{of: "token's Lifetime", notOnOrAfter: readBound(m.Token.Expires)}
	if m.Token.Expires == nil || cut(m.Token.Expires) {
		return f, true
	}
	if t, err := m.Token.Created.Time(); err == nil {
		s.issued = t
	}
	for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
		if end := in.conditionsSpan(a).notOnOrAfter; end.known() {
			if _, late := in.late(end.time); late {
				return f, true
			}
		}
	}
	if f, ok = in.tooLate(s); !ok {
		f.Reason, f.Severity = "lifetime", expect.SeverityWarning
		f.Message = strings.Replace(f.Message, "NotOnOrAfter", "Expires", 1)
		f.Note = "Most services look only at the assertion's own NotOnOrAfter."
	}
	return f, ok
}

// appliesTo compares AppliesTo, which repeats the wtrealm of the request. Where
// the assertion's audience is the same value, audience tells of it.
func (in *Input) appliesTo(m *saml.Message) (f Finding, ok bool) {
	v, w := m.Token.AppliesTo, in.audiences()
	w.also = in.Expect.AudienceAlso
	if v == nil || cut(v) || !w.known() || w.accepts(v.Trimmed()) {
		return f, true
	}
	for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
		if a.Conditions == nil {
			continue
		}
		for _, r := range a.Conditions.Audiences {
			if slices.ContainsFunc(r.Audiences, func(x *saml.Value) bool { return x.Trimmed() == v.Trimmed() }) {
				return f, true
			}
		}
	}
	f = in.unlike(&w, v)
	f.Reason, f.Severity = "applies-to", expect.SeverityWarning
	f.Message = fmt.Sprintf("The token was asked for the service %s (AppliesTo), but this service is %s.", quote(v.Text), expectation(&f))
	w.advise(&f, "At the service, set the realm (wtrealm) that it asks with to %s.")
	return f, false
}
