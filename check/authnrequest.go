package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var authnRequest = &Rule{
	ID:       "authn-request",
	Title:    "The AuthnRequest, or the answer to it, is not in order",
	Question: "Can the AuthnRequest be read, does it come from the service and go to the IdP, does it ask for something that can be given, and does the answer agree with it?",
	Group:    GroupOther,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The AuthnRequest says who asks, where the answer shall go and how the user shall log in. An IdP that cannot read it, does not know its Issuer or cannot give what it asks for answers with an error page, or with a Response that holds no assertion.",
		Spec: "saml-core-2.0-os section 3.4.1, saml-profiles-2.0-os section 4.1.4.1, saml-bindings-2.0-os sections 3.4 and 3.5",
		Likely: []string{
			"Entity ID or ACS URL in the service's settings are not what the metadata says: http for https behind a proxy, another host, a slash too many.",
			"The service has an outdated single sign-on URL of the IdP.",
			"The service's own (SP) signing certificate has expired, so that it makes no request or one that the IdP refuses.",
			"The service asks for a NameID Format or an authentication context that was typed by hand.",
		},
		Fix: []string{
			"At the service, import the IdP's current metadata, so that the single sign-on URL is right.",
			"At the service, set its base URL, entity ID and ACS URL to what is registered at the IdP.",
			"At the service, renew the (SP) certificate and give the new metadata to the IdP.",
		},
	},
	Reasons: []Reason{
		{"empty", "the parameter SAMLRequest is empty"},
		{"not-base64", "the SAMLRequest is not base64"},
		{"not-inflated", "the SAMLRequest cannot be inflated"},
		{"not-xml", "the SAMLRequest is not XML"},
		{"malformed", "the AuthnRequest is damaged or cut off"},
		{"other", "the SAMLRequest is no SAML request"},
		{"issuer-missing", "the AuthnRequest has no Issuer"},
		{"issuer", "the Issuer is not this service"},
		{"destination", "the Destination is not the IdP's single sign-on URL"},
		{"destination-missing", "the AuthnRequest is signed and has no Destination"},
		{"sent-elsewhere", "it was sent to another URL than its Destination or the IdP's single sign-on URL"},
		{"acs", "it asks for the answer at a URL that is not the service's ACS"},
		{"acs-index", "it asks for the answer at an ACS index that the service's metadata does not have"},
		{"acs-and-index", "it names an ACS both by URL and by index"},
		{"binding", "it asks for the answer by a binding that cannot carry it"},
		{"force-and-passive", "it forbids showing a page and demands a fresh login at once"},
		{"name-id-format", "it asks for a NameID Format that SAML does not define"},
		{"conditions", "it asks for an assertion that is over before it is made"},
		{"subject-confirmation", "its Subject has a SubjectConfirmation"},
		{"issued-in-future", "it was issued after it was sent"},
		{"old", "it was issued long before it was sent"},
		{"certificate-expired", "the service's own signing certificate has expired"},
		{"authn-context", "the user logged in otherwise than the AuthnRequest demands"},
		{"not-fresh", "it demanded a fresh login, and the user had logged in before"},
		{"answer-binding", "the answer came by another binding than it asked for"},
	},
	Needs: []string{"--sp-metadata", "--idp-metadata", "--request"},
	Run:   runAuthnRequest,
}

// What IdPs commonly allow: how far a request may lie in the future, and how old
// it may be.
const (
	requestAhead = 3 * time.Minute
	requestAge   = 5 * time.Minute
)

func runAuthnRequest(in *Input) Outcome {
	m := in.SAML()
	switch {
	case m.AuthnRequest != nil:
		return in.judgeAuthnRequest(m.AuthnRequest)
	case strings.EqualFold(in.Message.Param, "SAMLRequest"):
		return in.judgeNoAuthnRequest()
	}
	return in.judgeAnswer()
}

// judgeNoAuthnRequest is about a SAMLRequest in which no AuthnRequest was found.
func (in *Input) judgeNoAuthnRequest() Outcome {
	m := in.SAML()
	if in.Message.Document == nil {
		f := Finding{
			Reason: "not-base64", Message: "The SAMLRequest cannot be read, so the IdP has no request to answer.",
			Fix: "At the service, or at the page or proxy that passes its request on, send the SAMLRequest as its SAML software made it, percent-encoded once.",
		}
		for i := range in.Message.Problems {
			p := &in.Message.Problems[i]
			if !p.Fatal {
				continue
			}
			switch {
			case p.Stage == decode.StageParameter:
				f.Reason = "empty"
			case p.Stage == decode.StageCompression:
				f.Reason = "not-inflated"
			case p.ID == "not-xml":
				f.Reason = "not-xml"
			}
			f.Message = fmt.Sprintf("The SAMLRequest cannot be read, so the IdP has no request to answer: %s.", strings.TrimSuffix(p.Text, "."))
		}
		return found(f)
	}
	switch {
	case m.Root == nil:
		return found(Finding{Reason: "not-xml", Message: "The SAMLRequest holds no XML element, but an AuthnRequest is expected in it."})
	case m.Type == saml.TypeLogoutRequest:
		return notApplicable("the SAMLRequest is a LogoutRequest, see logout-request")
	case m.Type != saml.TypeOther:
		return notApplicable(fmt.Sprintf("the field SAMLRequest holds %s, see form-parameter and root-element", withArticle(string(m.Type))))
	case m.Root.Name().Space == saml.NSProtocol:
		return notApplicable(fmt.Sprintf("the SAMLRequest is %s, not an AuthnRequest", withArticle(shortName(m.Root.Name().Local))))
	}
	return found(under(m.Root, "", Finding{
		Reason:   "other",
		Message:  fmt.Sprintf("The SAMLRequest holds the element %s, but a SAML 2.0 AuthnRequest is expected in it.", quote(m.Root.Name().String())),
		Expected: []string{inNamespace("AuthnRequest", saml.NSProtocol)},
		Actual:   []string{inNamespace(m.Root.Name().Local, m.Root.Name().Space)},
		Fix:      "At the service, put an AuthnRequest of SAML 2.0 into the SAMLRequest.",
	}))
}

// judgeAuthnRequest judges the request itself.
func (in *Input) judgeAuthnRequest(r *saml.AuthnRequest) Outcome {
	var fs []Finding
	doc := in.Message.Document
	if !doc.WellFormed() {
		f := under(r.Node, "", Finding{
			Reason: "malformed", Message: "The AuthnRequest is not whole, well-formed XML, so the IdP cannot read it.",
			Fix: "At the service, let its SAML software make the request, and see that nothing on the way shortens or rewrites the URL.",
		})
		if errs := doc.Errors(); len(errs) > 0 {
			f.Position = errs[0].Position()
			f.Message = fmt.Sprintf("The AuthnRequest is not whole, well-formed XML, so the IdP cannot read it: %s.", strings.TrimSuffix(errs[0].Message, "."))
		}
		fs = append(fs, f)
	}
	for _, judge := range []func(*saml.AuthnRequest) []Finding{
		in.requestIssuer, in.requestDestination, in.requestACS, requestBinding, requestDemands, in.requestTime,
	} {
		fs = append(fs, judge(r)...)
	}
	if in.answered(r) {
		// That the IdP gave an assertion proves that it did not mind.
		for i := range fs {
			fs[i].Severity = expect.SeverityWarning
			fs[i].Note = strings.TrimSpace(fs[i].Note + " The IdP answered it with an assertion all the same.")
		}
	}
	fs = append(fs, in.serviceCertificate()...)
	e := in.Expect
	if len(fs) == 0 && len(e.SPEntityIDs)+len(e.SPPatterns)+len(e.ACSURLs)+len(e.ACSPatterns)+len(e.SSOURLs) == 0 {
		return skip("the AuthnRequest is sound in itself; whether it says what service and IdP expect is not known", "--sp-metadata", "--idp-metadata")
	}
	return found(fs...)
}

// answered reports whether the capture holds a Response with an assertion to r.
func (in *Input) answered(r *saml.AuthnRequest) bool {
	if in.Login == nil || in.Login.Response == nil || !in.Login.Matched || in.Login.RequestView == nil || in.Login.RequestView.ID.Get() != r.ID.Get() {
		return false
	}
	m := in.Login.Response.View()
	return m.Success() && len(m.Assertions)+len(m.Encrypted) > 0
}

func (in *Input) requestIssuer(r *saml.AuthnRequest) []Finding {
	w := &wanted{field: fieldAudience, values: in.Expect.SPEntityIDs, patterns: in.Expect.SPPatterns}
	switch {
	case r.Issuer == nil && !r.Node.Closed(), r.Issuer != nil && cut(&r.Issuer.Value):
		return nil
	case r.Issuer == nil || r.Issuer.Trimmed() == "":
		f := Finding{
			Reason:   "issuer-missing",
			Message:  "The AuthnRequest has no Issuer, so the IdP cannot tell which service asks.",
			Expected: w.listed(), ExpectedFrom: w.from(),
			Fix: "At the service, set its own entity ID; it becomes the Issuer.",
		}
		if r.Issuer != nil {
			f.Message = "The Issuer of the AuthnRequest is empty, so the IdP cannot tell which service asks."
			return []Finding{at(&r.Issuer.Value, f)}
		}
		return []Finding{under(r.Node, "/Issuer", f)}
	case !w.known() || w.accepts(r.Issuer.Text):
		return nil
	}
	f := in.unlike(w, &r.Issuer.Value)
	f.Reason = "issuer"
	w.advise(&f, "At the service, set its own entity ID to %s, or register the one that it sends at the IdP.")
	f.Message = fmt.Sprintf("The AuthnRequest comes from %s, but the service's entity ID is %s.", quote(r.Issuer.Text), expectation(&f))
	return []Finding{f}
}

func (in *Input) requestDestination(r *saml.AuthnRequest) []Finding {
	w := &wanted{values: in.Expect.SSOURLs, same: sameEndpoint}
	const fix = "At the service, set the IdP's single sign-on URL to %s, or import the IdP's current metadata."
	to := in.sentTo()
	if in.passedOn() {
		to = "" // the IdP itself sent the browser on with it
	}
	d := r.Destination
	switch {
	case d == nil && !tagRead(r.Node):
		return nil
	case d == nil && (len(r.Signatures) > 0 || in.Message.Signature != nil):
		return []Finding{under(r.Node, "/@Destination", Finding{
			Reason:   "destination-missing",
			Message:  "The AuthnRequest is signed and has no Destination, which a signed one must have.",
			Expected: w.listed(), ExpectedFrom: w.from(),
			Fix: "At the service, set the IdP's single sign-on URL, so that the signed request names it as its Destination.",
		})}
	case d != nil && w.known() && !w.accepts(d.Text):
		f := in.unlike(w, d)
		f.Reason = "destination"
		w.advise(&f, fix)
		f.Message = fmt.Sprintf("The AuthnRequest is addressed to the Destination %s, but the IdP's single sign-on URL is %s.", quote(d.Text), expectation(&f))
		return []Finding{f}
	case to == "":
		return nil
	case d != nil && !sentThere(to, d.Text):
		return []Finding{at(d, Finding{
			Reason:       "sent-elsewhere",
			Message:      fmt.Sprintf("The AuthnRequest names %s as its Destination, but it was sent to %s.", quote(d.Text), quote(to)),
			Expected:     []string{d.Text},
			ExpectedFrom: "Destination",
			Actual:       []string{to},
			Cause:        compareValue(d.Text, to),
			Fix:          "At the service, use one and the same address of the IdP for the redirect and for the Destination: its single sign-on URL.",
		})}
	case d == nil && w.known() && !sentThere(to, texts(w.values)...):
		_, best, cause := compareValues(w.values, to)
		return []Finding{under(r.Node, "", Finding{
			Reason:       "sent-elsewhere",
			Message:      fmt.Sprintf("The AuthnRequest was sent to %s, but the IdP's single sign-on URL is %s (%s).", quote(to), quote(best.Text), best.From),
			Expected:     w.listed(),
			ExpectedFrom: best.From,
			Actual:       []string{to},
			Cause:        cause,
			Fix:          fmt.Sprintf(fix, quote(best.Text)),
		})}
	}
	return nil
}

// sentThere reports whether to is one of urls, further parameters of its query
// aside.
func sentThere(to string, urls ...string) bool {
	for _, u := range urls {
		visited := asVisited(u)
		rest, ok := strings.CutPrefix(asVisited(to), visited)
		if ok && (rest == "" || strings.HasPrefix(rest, "?") && !strings.Contains(visited, "?") || strings.HasPrefix(rest, "&") && strings.Contains(visited, "?")) {
			return true
		}
	}
	return false
}

// passedOn reports whether the capture shows the same message before, at another
// place.
func (in *Input) passedOn() bool {
	if in.Trace == nil || len(in.facts.around().same) == 0 {
		return false
	}
	h := in.SAML().Header()
	for _, m := range in.Trace.Messages {
		if m == in.Message {
			return false
		}
		if other := m.View().Header(); other != nil && h != nil && other.ID.Get() == h.ID.Get() {
			return true
		}
	}
	return false
}

func (in *Input) requestACS(r *saml.AuthnRequest) []Finding {
	var fs []Finding
	w := &wanted{field: fieldACS, same: sameEndpoint, values: in.Expect.ACSURLs, patterns: in.Expect.ACSPatterns}
	indexed, known := false, false
	for _, e := range in.Expect.SPEndpoints {
		if e.Service != expect.ServiceACS {
			continue
		}
		known = true
		// Endpoints of other bindings are the service's own too.
		w.also = append(w.also, expect.Value{Text: e.Location, From: e.From})
		indexed = indexed || e.Index == r.ACSIndex.Trimmed()
	}
	if v := r.ACSURL; v != nil && w.known() && !w.accepts(v.Text) {
		f := in.unlike(w, v)
		f.Reason = "acs"
		w.advise(&f, "At the service, correct its base URL or ACS URL to %s; behind a proxy that ends TLS, let it know its outer address.")
		f.Message = fmt.Sprintf("The AuthnRequest asks for the answer at %s, but the service's ACS URL is %s.", quote(v.Text), expectation(&f))
		fs = append(fs, f)
	}
	if v := r.ACSIndex; v != nil {
		if known && !indexed {
			fs = append(fs, at(v, Finding{
				Reason:  "acs-index",
				Message: fmt.Sprintf("The AuthnRequest asks for the answer at the ACS with the index %s, which the service's metadata does not have (%s).", quote(v.Text), expect.FlagSPMetadata),
				Actual:  []string{v.Text},
				Fix:     "At the service, ask by AssertionConsumerServiceURL, or give the IdP metadata that has the index.",
			}))
		}
		if r.ACSURL != nil || r.ProtocolBinding != nil {
			fs = append(fs, at(v, Finding{
				Reason:   "acs-and-index",
				Severity: expect.SeverityWarning,
				Message:  "The AuthnRequest names its ACS by AssertionConsumerServiceIndex and by AssertionConsumerServiceURL or ProtocolBinding as well, of which only one way is allowed; which one counts is the IdP's choice.",
				Actual:   []string{v.Text},
			}))
		}
	}
	return fs
}

// requestBinding judges the binding that is asked for.
func requestBinding(r *saml.AuthnRequest) []Finding {
	v := r.ProtocolBinding
	if v == nil {
		return nil
	}
	f := at(v, Finding{Reason: "binding", Fix: "At the service, set the binding of its ACS to HTTP-POST.", Expected: []string{metadata.BindingPOST}, Actual: []string{v.Text}})
	switch v.Text {
	case metadata.BindingPOST, metadata.BindingPOSTSimpleSign, metadata.BindingArtifact, metadata.BindingPAOS:
		return nil
	case metadata.BindingRedirect:
		f.Message = "The AuthnRequest asks for the answer by HTTP-Redirect, by which no Response may travel; HTTP-POST is expected."
	default:
		f.Severity = expect.SeverityWarning
		f.Cause = compareValue(metadata.BindingPOST, v.Text)
		f.Message = fmt.Sprintf("The AuthnRequest asks for the answer by %s, which is no binding of SAML 2.0 for it; usual is %s.", quote(v.Text), quote(metadata.BindingPOST))
	}
	return []Finding{f}
}

// requestDemands judges what is asked for besides the address.
func requestDemands(r *saml.AuthnRequest) []Finding {
	var fs []Finding
	warn := func(f Finding) {
		f.Severity = expect.SeverityWarning
		fs = append(fs, f)
	}
	if metadata.True(r.ForceAuthn) && metadata.True(r.IsPassive) {
		warn(at(r.IsPassive, Finding{
			Reason:  "force-and-passive",
			Message: "The AuthnRequest has ForceAuthn and IsPassive both true: the user shall log in afresh without seeing a page, which few IdPs can do; the usual answer is NoPassive.",
			Fix:     "At the service, switch off IsPassive or ForceAuthn.",
		}))
	}
	if r.NameIDFormat != nil {
		if f, ok := knownFormat(&saml.NameID{Format: r.NameIDFormat}); !ok {
			f.Reason = "name-id-format"
			f.Message = "The NameIDPolicy asks for a Format that the IdP cannot know. " + f.Message
			f.Note = "The usual answer is InvalidNameIDPolicy."
			f.Fix = "At the service, choose a NameID Format that SAML defines, or none."
			if len(f.Expected) > 0 {
				f.Fix = fmt.Sprintf("At the service, set the NameID Format to %s.", quote(f.Expected[0]))
			}
			warn(f)
		}
	}
	for c := range r.Node.Elements() {
		switch {
		case c.Is(saml.NSAssertion, "Conditions"):
			end, issued := saml.AttrValue(c, "NotOnOrAfter"), r.IssueInstant
			to, err := end.Time()
			from, errFrom := issued.Time()
			if end != nil && issued != nil && err == nil && errFrom == nil && !to.After(from) {
				warn(at(end, Finding{
					Reason:  "conditions",
					Message: fmt.Sprintf("The AuthnRequest asks for an assertion that is valid until %s, which is not after the request's own IssueInstant %s.", quote(end.Text), quote(issued.Text)),
					Actual:  []string{end.Text},
				}))
			}
		case c.Is(saml.NSAssertion, "Subject"):
			if n := firstChildNamed(c, saml.NSAssertion, "SubjectConfirmation"); n != nil {
				warn(under(n, "", Finding{
					Reason:  "subject-confirmation",
					Message: "The Subject of the AuthnRequest has a SubjectConfirmation, which it must not have: only the IdP confirms who the user is.",
				}))
			}
		}
	}
	return fs
}

// firstChildNamed is the first child element of that name, or nil.
func firstChildNamed(n *xmldoc.Node, space, local string) *xmldoc.Node {
	for c := range n.Elements() {
		if c.Is(space, local) {
			return c
		}
	}
	return nil
}
