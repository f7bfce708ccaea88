package check

import (
	"fmt"
	"slices"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var logoutRequest = &Rule{
	ID:       "logout-request",
	Title:    "The logout message is not in order",
	Question: "Does a LogoutRequest or LogoutResponse come from a known party, go to the right address in time, name the session, and answer the request that was sent?",
	Group:    GroupOther,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "Single logout sends a message from party to party through the browser. A party that cannot tell who sent it, whom it is about or which request it answers leaves the session as it is, and the user stays logged in somewhere.",
		Spec: "saml-core-2.0-os section 3.7, saml-profiles-2.0-os section 4.4.4, saml-bindings-2.0-os sections 3.4.5.2 and 3.5.5.2",
		Likely: []string{
			"The logout URL of the other side is missing, out of date or mistyped in the settings.",
			"The service logs out with another NameID than the IdP gave it: without its Format or qualifiers, or an attribute in its place.",
			"An old logout page was reloaded or taken from the history.",
		},
		Fix: []string{
			"At both sides, import the other's current metadata, so that entity IDs and logout URLs agree.",
			"At the service, keep the NameID with its Format and qualifiers, and the SessionIndex, from the login, and send exactly these.",
			"Close the browser to be sure, and log out once more after the next login.",
		},
	},
	Reasons: []Reason{
		{"issuer-missing", "the message has no Issuer"},
		{"issuer", "the Issuer is neither the IdP nor the service"},
		{"destination", "the Destination is none of the receiver's logout URLs"},
		{"destination-missing", "the message is signed and has no Destination"},
		{"delivered-elsewhere", "it was sent to another URL than its Destination"},
		{"expired", "the LogoutRequest is over"},
		{"unreadable-time", "NotOnOrAfter is no time"},
		{"name-id-missing", "the LogoutRequest does not name the user"},
		{"name-id", "the LogoutRequest names the user otherwise than the login did"},
		{"session-index", "the LogoutRequest names a session that the login did not open"},
		{"in-response-to-missing", "the LogoutResponse does not say which request it answers"},
		{"in-response-to", "the LogoutResponse answers another request"},
		{"partial-logout", "not every participant was logged out"},
	},
	Needs: []string{"--idp-metadata", "--sp-metadata"},
	Run:   runLogoutRequest,
}

func runLogoutRequest(in *Input) Outcome {
	l := in.SAML().Logout
	if l == nil {
		return notApplicable("the message is no logout message")
	}
	var fs []Finding
	judges := []func(*saml.Logout) []Finding{in.logoutIssuer, in.logoutDestination}
	if in.SAML().Type == saml.TypeLogoutRequest {
		judges = append(judges, in.logoutTime, in.logoutNameID)
	} else {
		judges = append(judges, in.logoutAnswers)
	}
	for _, judge := range judges {
		fs = append(fs, judge(l)...)
	}
	switch {
	case len(fs) > 0:
		return found(fs...)
	case !l.Node.Closed():
		return unseen("the message breaks off; what there is of it is in order")
	case in.sender(l) == "":
		return skip("the message is sound in itself; whether it comes from one of the parties is not known", "--idp-metadata", "--sp-metadata")
	}
	return pass()
}

// parties are the entity IDs of both sides.
func (in *Input) parties() []expect.Value {
	return slices.Concat(in.Expect.IdPEntityIDs, in.Expect.SPEntityIDs)
}

// sender is which of the parties issued l: "IdP", "SP", or nothing when that is
// not known.
func (in *Input) sender(l *saml.Logout) string {
	if l.Issuer == nil {
		return ""
	}
	is := func(v expect.Value) bool { return v.Text == l.Issuer.Text }
	switch {
	case slices.ContainsFunc(in.Expect.IdPEntityIDs, is):
		return "IdP"
	case slices.ContainsFunc(in.Expect.SPEntityIDs, is), fits(in.Expect.SPPatterns, l.Issuer.Text):
		return "SP"
	}
	return ""
}

func (in *Input) logoutIssuer(l *saml.Logout) []Finding {
	name := l.Node.Name().Local
	switch {
	case l.Issuer == nil && !l.Node.Closed(), l.Issuer != nil && cut(&l.Issuer.Value):
		return nil
	case l.Issuer == nil:
		return []Finding{under(l.Node, "/Issuer", Finding{
			Reason:   "issuer-missing",
			Message:  fmt.Sprintf("The %s has no Issuer, so the receiver cannot tell who sent it.", name),
			Expected: texts(in.parties()),
		})}
	case l.Issuer.Trimmed() == "":
		return []Finding{at(&l.Issuer.Value, Finding{
			Reason:   "issuer-missing",
			Message:  fmt.Sprintf("The Issuer of the %s is empty, so the receiver cannot tell who sent it.", name),
			Expected: texts(in.parties()),
		})}
	case len(in.Expect.IdPEntityIDs) == 0, len(in.Expect.SPEntityIDs) == 0, in.sender(l) != "":
		return nil // one side alone leaves open whether the other sent it
	}
	f := in.unlike(&wanted{field: fieldIssuer, values: in.parties()}, &l.Issuer.Value)
	f.Reason = "issuer"
	f.Message = fmt.Sprintf("The %s is issued by %s, but the parties of this login are %s.", name, quote(l.Issuer.Text), expectation(&f))
	f.Fix = "At the sender, set its own entity ID to the one that the receiver knows, or register the one received."
	return []Finding{f}
}

// logoutURLs are the addresses at which the receiver of l takes it, as metadata
// gives them.
func (in *Input) logoutURLs(l *saml.Logout) *wanted {
	w := &wanted{same: sameEndpoint}
	endpoints := slices.Concat(in.Expect.IdPEndpoints, in.Expect.SPEndpoints)
	switch in.sender(l) {
	case "IdP":
		endpoints = in.Expect.SPEndpoints
	case "SP":
		endpoints = in.Expect.IdPEndpoints
	default:
		if len(in.Expect.IdPEndpoints) == 0 || len(in.Expect.SPEndpoints) == 0 {
			return w // it may go to the one that is not known
		}
	}
	for _, e := range endpoints {
		if e.Service != expect.ServiceLogout {
			continue
		}
		u := e.Location
		if in.SAML().Type == saml.TypeLogoutResponse && e.ResponseLocation != "" {
			u = e.ResponseLocation
		}
		w.values = append(w.values, expect.Value{Text: u, From: e.From})
	}
	return w
}

func (in *Input) logoutDestination(l *saml.Logout) []Finding {
	w := in.logoutURLs(l)
	d, to, name := l.Destination, in.sentTo(), l.Node.Name().Local
	if in.passedOn() {
		to = ""
	}
	switch {
	case d == nil && !tagRead(l.Node):
		return nil
	case d == nil && (len(l.Signatures) > 0 || in.Message.Signature != nil):
		return []Finding{under(l.Node, "/@Destination", Finding{
			Reason:   "destination-missing",
			Message:  fmt.Sprintf("The %s is signed and has no Destination, which a signed message must have.", name),
			Expected: w.listed(), ExpectedFrom: w.from(),
		})}
	case d == nil:
		return nil
	case w.known() && !w.accepts(d.Text):
		f := in.unlike(w, d)
		f.Reason = "destination"
		w.advise(&f, "At the sender, set the other side's logout URL to %s, or import its current metadata.")
		f.Message = fmt.Sprintf("The %s is addressed to the Destination %s, but the receiver's logout URL is %s.", name, quote(d.Text), expectation(&f))
		return []Finding{f}
	case to != "" && !sentThere(to, d.Text):
		return []Finding{at(d, Finding{
			Reason:       "delivered-elsewhere",
			Message:      fmt.Sprintf("The %s names %s as its Destination, but it was sent to %s.", name, quote(d.Text), quote(to)),
			Expected:     []string{d.Text},
			ExpectedFrom: "Destination",
			Actual:       []string{to},
			Cause:        compareValue(d.Text, to),
			Fix:          "At the sender, use one and the same logout URL of the other side for the redirect and for the Destination.",
		})}
	}
	return nil
}

func (in *Input) logoutTime(l *saml.Logout) []Finding {
	s := span{of: "LogoutRequest", notOnOrAfter: readBound(l.NotOnOrAfter)}
	if t, err := l.IssueInstant.Time(); err == nil {
		s.issued = t
	}
	if b := s.notOnOrAfter; b.value != nil && b.err != nil {
		return []Finding{at(b.value, Finding{
			Reason:  "unreadable-time",
			Message: fmt.Sprintf("The NotOnOrAfter %s of the LogoutRequest is no time: %s.", quote(b.value.Text), b.err),
			Actual:  []string{b.value.Text},
		})}
	}
	f, ok := in.tooLate(s)
	if ok {
		return nil
	}
	f.Reason = "expired"
	if f.Cause == nil || f.Cause.ID != causeStalePaste {
		f.Cause = nil // those of a login do not carry over
		f.Fix = "Log out once more; if it happens each time, set the clocks of both sides right (NTP)."
	}
	return []Finding{f}
}

// logoutNameID judges whom the request is about, beside the login that the
// capture shows before it.
func (in *Input) logoutNameID(l *saml.Logout) []Finding {
	if l.NameID == nil && l.EncryptedID == nil && firstChildNamed(l.Node, saml.NSAssertion, "BaseID") == nil {
		if !l.Node.Closed() {
			return nil
		}
		return []Finding{under(l.Node, "/NameID", Finding{
			Reason:  "name-id-missing",
			Message: "The LogoutRequest has no NameID, so the receiver cannot tell whom to log out.",
			Fix:     "At the sender, keep the NameID of the login and send it.",
		})}
	}
	if l.NameID == nil || cut(&l.NameID.Value) {
		return nil
	}
	if l.NameID.Trimmed() == "" {
		return []Finding{at(&l.NameID.Value, Finding{
			Reason:  "name-id-missing",
			Message: "The NameID of the LogoutRequest is empty, so the receiver cannot tell whom to log out.",
			Actual:  []string{l.NameID.Text},
			Fix:     "At the sender, keep the NameID of the login and send it.",
		})}
	}
	login := in.facts.around().login
	if login == nil || login.Subject == nil || login.Subject.NameID == nil {
		return nil
	}
	var fs []Finding
	if f, ok := sameNameID(login.Subject.NameID, l.NameID); !ok {
		fs = append(fs, f)
	}
	var opened []string
	for _, s := range login.AuthnStatements {
		if s.SessionIndex != nil {
			opened = append(opened, s.SessionIndex.Text)
		}
	}
	for _, v := range l.SessionIndex[:min(len(l.SessionIndex), maxFindings)] {
		if len(opened) == 0 || cut(v) || slices.Contains(opened, v.Text) {
			continue
		}
		fs = append(fs, at(v, Finding{
			Reason:       "session-index",
			Severity:     expect.SeverityWarning,
			Message:      fmt.Sprintf("The LogoutRequest ends the session %s, but the login of this capture opened %s.", quote(v.Text), quote(opened[0])),
			Expected:     opened[:min(len(opened), maxListed)],
			ExpectedFrom: fromLogin,
			Actual:       []string{v.Text},
			Cause:        compareValue(opened[0], v.Text),
		}))
	}
	return fs
}

// fromLogin is the origin of values that an earlier login of the capture gave.
const fromLogin = "the login before it"

// sameNameID compares the NameID of a LogoutRequest with that of the login: two
// match only when value, Format and qualifiers do (saml-core section 3.3.4).
func sameNameID(login, logout *saml.NameID) (f Finding, ok bool) {
	const note = "The receiver looks for the session by NameID, Format and qualifiers together."
	differ := func(v *saml.Value, what, expected, actual string) (Finding, bool) {
		f := Finding{
			Reason:       "name-id",
			Severity:     expect.SeverityWarning,
			Message:      fmt.Sprintf("The LogoutRequest names the user with the %s %s, but at the login it was %s.", what, quote(actual), quote(expected)),
			Expected:     []string{expected},
			ExpectedFrom: fromLogin,
			Actual:       []string{actual},
			Cause:        compareValue(expected, actual),
			Note:         note,
			Fix:          "At the service, keep the NameID of the login with its Format and qualifiers, and send exactly that.",
		}
		if v == nil {
			return under(logout.Node, "", f), false
		}
		return at(v, f), false
	}
	format := func(n *saml.NameID) string {
		if f := n.Format.Trimmed(); f != "" {
			return f
		}
		return saml.FormatUnspecified
	}
	switch {
	case login.Trimmed() != logout.Trimmed():
		return differ(&logout.Value, "NameID", login.Text, logout.Text)
	case format(login) != format(logout):
		return differ(logout.Format, "Format", format(login), format(logout))
	case login.NameQualifier.Get() != logout.NameQualifier.Get():
		return differ(logout.NameQualifier, "NameQualifier", login.NameQualifier.Get(), logout.NameQualifier.Get())
	case login.SPNameQualifier.Get() != logout.SPNameQualifier.Get():
		return differ(logout.SPNameQualifier, "SPNameQualifier", login.SPNameQualifier.Get(), logout.SPNameQualifier.Get())
	}
	return f, true
}

// logoutAnswers judges which request a LogoutResponse answers, and whether it
// got everybody. Of any other status the rule status tells.
func (in *Input) logoutAnswers(l *saml.Logout) []Finding {
	var fs []Finding
	v, sent := l.InResponseTo, in.sentLogouts()
	switch {
	case v == nil && !tagRead(l.Node):
	case v == nil:
		fs = append(fs, under(l.Node, "/@InResponseTo", Finding{
			Reason:   "in-response-to-missing",
			Message:  "The LogoutResponse has no InResponseTo, so the receiver cannot tell which LogoutRequest it answers.",
			Expected: texts(sent),
			Fix:      "At the sender of the response, set InResponseTo to the ID of the LogoutRequest.",
		}))
	case len(sent) > 0 && !slices.ContainsFunc(sent, func(s expect.Value) bool { return s.Text == v.Text }):
		f := in.unlike(&wanted{field: fieldRequestID, values: sent}, v)
		f.Reason = "in-response-to"
		f.Message = fmt.Sprintf("The LogoutResponse answers the request %s, but sent was %s.", quote(v.Text), expectation(&f))
		f.Fix = "Log out once more in a fresh window; do not reload the other side's page."
		fs = append(fs, f)
	}
	if s := l.Status; s != nil && len(s.Codes) > 1 && s.Codes[0].Trimmed() == saml.StatusSuccess {
		for _, c := range s.Codes[1:] {
			if c.Trimmed() == statusPrefix+"PartialLogout" {
				fs = append(fs, at(c, Finding{
					Reason:   "partial-logout",
					Severity: expect.SeverityWarning,
					Message:  "The LogoutResponse reports PartialLogout: some other service did not confirm, and the user may still be logged in there.",
					Actual:   []string{c.Text},
				}))
				break
			}
		}
	}
	return fs
}

// sentLogouts are the IDs of the requests that a LogoutResponse may answer:
// those of the capture, else the one that was given for a message that stands
// alone.
func (in *Input) sentLogouts() []expect.Value {
	if ids := in.facts.around().logouts; len(ids) > 0 {
		return ids
	}
	if want := in.Expect.InResponseTo; want.ID != "" && (in.Trace == nil || len(in.Trace.Messages) == 1) {
		return []expect.Value{{Text: want.ID, From: want.From}}
	}
	return nil
}
