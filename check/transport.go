package check

import (
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// whyNoCapture is why the rules about HTTP skip a message that was given alone.
const whyNoCapture = "needs a capture of the login, such as a HAR file"

var httpMethod = &Rule{
	ID:       "http-method",
	Title:    "The Response did not arrive by POST",
	Question: "Did this authentication Response arrive by POST? (Logout messages may use GET)",
	Group:    GroupTransport,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "An authentication Response travels by the HTTP-POST binding (or by artifact): it is too long for a URL, and a service listens for POST at its ACS. A GET to the ACS is answered as a request for a page.",
		Spec: "saml-profiles-2.0-os sections 4.1.2 and 4.1.4.3 (the Redirect binding MUST NOT be used), saml-bindings-2.0-os section 3.5",
		Likely: []string{
			"The IdP is configured to answer with the HTTP-Redirect binding at this service.",
			"The form in the IdP's page has no method=\"post\", so that the browser sends it by GET.",
			"Something between IdP and service (a login page, load balancer or http-to-https rule) answered the POST with a redirect, and the browser repeated it as GET without the body.",
		},
		Fix: []string{
			"At the IdP, set the binding of this service's ACS (Assertion Consumer Service) to HTTP-POST.",
			"If a redirect turned the POST into a GET, send the Response to the final https URL at once: correct the ACS URL at the IdP.",
		},
	},
	Reasons: []Reason{
		{"get", "the Response arrived by GET"},
		{"other-method", "the Response arrived by a method that is neither POST nor GET"},
		{"redirected", "the POST was answered with a redirect to nearly the same URL, which the browser follows by GET and without the form"},
	},
	Run: runHTTPMethod,
}

func runHTTPMethod(in *Input) Outcome {
	if out, ok := in.carriesResponse(); !ok {
		return out
	}
	c := in.Message.Capture
	method, form := "", false
	switch {
	case c == nil:
	case c.FormMethod != "" && (c.InResponse || c.Exchange == nil):
		method, form = c.FormMethod, true
	case c.Exchange != nil && !c.InResponse:
		method = c.Exchange.Method
	}
	switch {
	case method == "":
		return skip(whyNoCapture)
	case strings.EqualFold(method, "POST"):
		return found(redirected(flow.DeliveredBy(in.Message))...)
	}
	f := Finding{Reason: "other-method", Expected: []string{"POST"}, Actual: []string{method}}
	if strings.EqualFold(method, "GET") {
		f.Reason = "get"
	}
	if form {
		f.Message = fmt.Sprintf("The page that carries the Response sends it by %s, but a service takes it by POST only.", quote(method))
	} else {
		f.Message = fmt.Sprintf("The Response was delivered by %s, but a service takes it by POST only.", quote(method))
		if status := c.Exchange.Status; status >= 300 && status < 400 {
			f.Note = fmt.Sprintf("The service answered with status %d.", status)
		}
	}
	return found(f)
}

// redirected finds that the POST e was sent on to another spelling of its URL by
// a redirect that makes it a GET: what stands in front of the service corrected
// the address, and the form was lost. A redirect to anywhere else is what
// follows a login.
func redirected(e *decode.Exchange) []Finding {
	if e == nil || e.Status != 301 && e.Status != 302 && e.Status != 303 || !respelled(e.URL, e.Redirect) {
		return nil
	}
	return []Finding{{
		Reason:       "redirected",
		Message:      fmt.Sprintf("The POST to %s was answered with a redirect (%d) to %s: the browser goes there by GET, without the Response.", quote(withoutSAML(e.URL)), e.Status, quote(e.Redirect)),
		Expected:     []string{e.Redirect},
		ExpectedFrom: "Location",
		Actual:       []string{e.URL},
		Cause:        compareValue(e.Redirect, e.URL),
		Fix:          fmt.Sprintf("At the IdP, set the ACS URL of this service to %s, so that nothing has to be redirected.", quote(e.Redirect)),
		Note:         "A redirect with status 307 or 308 would have kept the POST.",
	}}
}

// respelled reports whether b is a with another scheme, host or port, or with
// its path written otherwise: the place that a correction of a leads to.
func respelled(a, b string) bool {
	x, okX := splitURL(asVisited(a))
	y, okY := splitURL(asVisited(b))
	if !okX || !okY || x == y || x.query != y.query {
		return false
	}
	path := func(u urlParts) string { return strings.ToLower(strings.TrimSuffix(u.path, "/")) }
	if path(x) != path(y) {
		return false
	}
	// The root of another host is where many a login ends.
	return path(x) != "" || strings.TrimPrefix(x.host, "www.") == strings.TrimPrefix(y.host, "www.")
}

// carriesResponse tells whether the message came, or was meant to come, as an
// authentication Response through a browser; otherwise why that is not so.
func (in *Input) carriesResponse() (Outcome, bool) {
	msg := in.Message
	switch msg.Binding {
	case decode.BindingXMLAPI:
		return notApplicable("the message went to an XML API, not through a browser to an ACS"), false
	case decode.BindingSOAP, decode.BindingArtifact:
		return notApplicable(fmt.Sprintf("the message came by %s, not through the browser", msg.Binding)), false
	}
	switch t := in.SAML().Type; {
	case msg.Document == nil && (msg.Param == "SAMLRequest" || msg.Param == "SAMLart"):
		return notApplicable(fmt.Sprintf("the message came as %s, which carries no Response", msg.Param)), false
	case t == saml.TypeAuthnRequest, t == saml.TypeLogoutRequest, t == saml.TypeLogoutResponse,
		t == saml.TypeArtifactResolve, t == saml.TypeArtifactResponse, t == saml.TypeMetadata:
		return notApplicable(fmt.Sprintf("the message is %s, not an authentication Response", withArticle(string(t)))), false
	}
	return Outcome{}, true
}

func withArticle(s string) string {
	if s != "" && strings.Contains("AEIOU", s[:1]) {
		return "an " + s
	}
	return "a " + s
}

var formParameter = &Rule{
	ID:       "form-parameter",
	Title:    "The Response is not in the form field SAMLResponse",
	Question: "Is the Response in a form field named exactly SAMLResponse, not empty? (samlresponse, SAMLRequest … are near misses)",
	Group:    GroupTransport,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "A service looks for the Response in the field SAMLResponse of the posted form, spelled exactly so. A field of any other name is not looked at: to the service no Response came.",
		Spec: "saml-bindings-2.0-os section 3.5.4",
		Likely: []string{
			"A home-grown page or script between IdP and service names the field otherwise.",
			"The IdP's template for the auto-submit form was edited.",
			"A proxy or portal that logs in on the user's behalf posts the value under its own name, or in the body without a form.",
		},
		Fix: []string{
			"In the page that posts to the service (the IdP's form template, or your own page), name the hidden field SAMLResponse, in this spelling.",
			"Post it as application/x-www-form-urlencoded, with the method POST.",
		},
	},
	Reasons: []Reason{
		{"misspelled", "the field has a name that is nearly SAMLResponse"},
		{"request-parameter", "the Response is in the field SAMLRequest"},
		{"other-name", "the field has another name altogether"},
		{"empty", "the field SAMLResponse is there and empty"},
		{"in-query", "the Response of a POST is in the URL, not in the form"},
		{"no-field", "the body of the POST is the Response itself, not a form"},
		{"repeated", "there are several fields SAMLResponse"},
		{"content-type", "the form is not sent as application/x-www-form-urlencoded"},
	},
	Run: runFormParameter,
}

func runFormParameter(in *Input) Outcome {
	if out, ok := in.carriesResponse(); !ok {
		// A Response in SAMLRequest is not read as one when it does not decode.
		return out
	}
	msg := in.Message
	if msg.Param == "wresult" || msg.Binding == decode.BindingWSFederation {
		return notApplicable("WS-Federation carries its token in wresult, see root-element")
	}
	c := msg.Capture
	post := c != nil && c.Exchange != nil && !c.InResponse && strings.EqualFold(c.Exchange.Method, "POST")
	named := msg.Param != "" && (msg.Binding == decode.BindingPOST || msg.Binding == decode.BindingRedirect || c != nil && c.Exchange != nil)
	if !named {
		if !post {
			return skip(whyNoCapture)
		}
		return found(Finding{
			Reason:   "no-field",
			Message:  "The body of the POST is the Response itself, but a service looks for it in the form field \"SAMLResponse\".",
			Expected: []string{"SAMLResponse"},
		})
	}
	var fs []Finding
	switch name := msg.Param; {
	case name == "SAMLResponse":
		if c != nil && len(strings.TrimSpace(string(c.Raw))) == 0 {
			fs = append(fs, Finding{Reason: "empty", Message: "The form field \"SAMLResponse\" is there, but it is empty: the Response belongs in it."})
		}
	default:
		fs = append(fs, misnamed(name))
	}
	switch {
	case post:
		fs = append(fs, judgeForm(c.Exchange, msg.Param)...)
	case len(fs) == 0 && c != nil && c.Exchange != nil && !c.InResponse:
		return notApplicable(fmt.Sprintf("it came by %s, which posts no form, see http-method", c.Exchange.Method))
	}
	return found(fs...)
}

func misnamed(name string) Finding {
	cause := compareValue("SAMLResponse", name)
	f := Finding{
		Reason:   "other-name",
		Message:  fmt.Sprintf("The Response is in the field %s, but a service looks for it in \"SAMLResponse\".", quote(name)),
		Expected: []string{"SAMLResponse"},
		Actual:   []string{name},
	}
	if cause.ID != causeOther {
		f.Cause = cause
	}
	switch {
	case name == "SAMLRequest":
		f.Reason = "request-parameter"
		f.Note = "SAMLRequest is for what the service sends to the IdP."
	case cause.ID != causeOther, strings.Contains(strings.ToLower(name), "saml"):
		f.Reason = "misspelled"
	}
	return f
}

// judgeForm looks at the POST around the field called name.
func judgeForm(e *decode.Exchange, name string) []Finding {
	var fs []Finding
	has := func(p decode.Param) bool { return p.Name == name }
	inForm := slices.ContainsFunc(e.Form, has)
	if !inForm && slices.ContainsFunc(e.Query, has) {
		return append(fs, Finding{
			Reason:  "in-query",
			Message: fmt.Sprintf("%s stands in the URL of the POST, but a service looks for it in the form that is posted.", quote(name)),
		})
	}
	n := 0
	for _, p := range e.Form {
		if has(p) {
			n++
		}
	}
	if n > 1 {
		fs = append(fs, Finding{
			Reason:   "repeated",
			Severity: expect.SeverityWarning,
			Message:  fmt.Sprintf("The form has %d fields %s: which of them the service reads is its own choice.", n, quote(name)),
		})
	}
	if e.RequestType == "" || !inForm {
		return fs
	}
	media, _, err := mime.ParseMediaType(e.RequestType)
	if err == nil && media == "application/x-www-form-urlencoded" {
		return fs
	}
	f := Finding{
		Reason:   "content-type",
		Message:  fmt.Sprintf("The form is sent as %s, but a service reads a form that is sent as \"application/x-www-form-urlencoded\".", quote(e.RequestType)),
		Expected: []string{"application/x-www-form-urlencoded"},
		Actual:   []string{e.RequestType},
	}
	if media == "multipart/form-data" {
		f.Severity = expect.SeverityWarning
		f.Note = "Many services read this too."
	}
	return append(fs, f)
}

var acsURL = &Rule{
	ID:       "acs-url",
	Title:    "The Response was sent to another URL",
	Question: "Is the URL it was sent to the expected ACS, the Destination, and the ACS that the AuthnRequest asked for?",
	Group:    GroupTransport,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "A service takes Responses at its Assertion Consumer Service URL only. Whatever arrives elsewhere meets another page, another tenant or nothing, and a Response whose Destination is not the place it reached has to be refused.",
		Spec: "saml-bindings-2.0-os section 3.5.5.2 (Destination), saml-profiles-2.0-os section 4.1.4.1, saml-core-2.0-os section 3.4.1 (AssertionConsumerServiceURL)",
		Likely: []string{
			"The ACS URL (also Reply URL, Single sign on URL) at the IdP is that of another site, tenant or environment.",
			"The ACS URL at the IdP was typed by hand: http for https, a slash or a path that is not quite right.",
			"The service's host changed, and the IdP still has the old one.",
			"The service asks for another ACS in its AuthnRequest than the one registered at the IdP, and the IdP uses the registered one.",
		},
		Fix: []string{
			"At the IdP, set the ACS URL (Reply URL) to the expected one, exactly as the service shows it, or import the service's current metadata.",
			"If the AuthnRequest asks for the wrong one, correct the service's own base URL: proxies that end TLS often make it say http.",
		},
	},
	Reasons: []Reason{
		{"acs", "it was sent to a URL that is not the expected ACS"},
		{"destination", "it was sent to a URL that is not its Destination"},
		{"request", "it was sent to a URL that is not the one the AuthnRequest asked for"},
	},
	Needs: []string{"--acs-url", "--sp-metadata"},
	Run:   runACSURL,
}

func runACSURL(in *Input) Outcome {
	if out, ok := in.carriesResponse(); !ok {
		return out
	}
	to := in.sentTo()
	if to == "" {
		return skip(whyNoCapture)
	}
	var fs []Finding
	compared := false

	acs := in.Expect.ACSURLs
	switch {
	case len(acs) > 0:
		compared = true
		if !visits(to, texts(acs)...) {
			_, best, cause := compareValues(acs, to)
			fs = append(fs, Finding{
				Reason:       "acs",
				Message:      fmt.Sprintf("The Response was sent to %s, but the service takes it at its ACS %s.", quote(to), quote(best.Text)),
				Expected:     texts(acs),
				ExpectedFrom: best.From,
				Actual:       []string{to},
				Cause:        cause,
				Fix:          fmt.Sprintf("At the IdP, set the ACS URL (Reply URL) of this service to %s.", quote(best.Text)),
			})
		}
	case len(in.Expect.ACSPatterns) > 0:
		compared = true
		if p := in.Expect.ACSPatterns; !fits(p, to) && !fits(p, asVisited(to)) {
			fs = append(fs, Finding{
				Reason:       "acs",
				Message:      fmt.Sprintf("The Response was sent to %s, but an ACS of this service looks like %s.", quote(to), quote(p[0].Text)),
				Expected:     []string{p[0].Text},
				ExpectedFrom: p[0].From,
				Actual:       []string{to},
			})
		}
	}
	// What the message and the request say is told once: beside a wrong ACS it
	// only confirms which one was meant.
	agrees := func(what, url string) bool {
		if len(fs) == 0 || !visits(fs[0].Expected[0], url) {
			return false
		}
		fs[0].Note = strings.TrimSpace(fs[0].Note + " " + what)
		return true
	}
	if r := in.SAML().Response; r != nil && r.Destination.Get() != "" {
		compared = true
		if !visits(to, r.Destination.Text) && !agrees("The Response's Destination is the expected ACS too.", r.Destination.Text) {
			fs = append(fs, at(r.Destination, Finding{
				Reason:       "destination",
				Message:      fmt.Sprintf("The Response names %s as its Destination, but it was sent to %s.", quote(r.Destination.Text), quote(to)),
				Expected:     []string{r.Destination.Text},
				ExpectedFrom: "Destination",
				Actual:       []string{to},
				Cause:        compareValue(r.Destination.Text, to),
			}))
		}
	}
	if r := in.request(); r != nil && r.ACSURL.Get() != "" {
		compared = true
		if !visits(to, r.ACSURL.Text) && !agrees("The AuthnRequest asked for that one.", r.ACSURL.Text) {
			fs = append(fs, Finding{
				Reason:       "request",
				Message:      fmt.Sprintf("The AuthnRequest asked for the Response at %s, but it was sent to %s.", quote(r.ACSURL.Text), quote(to)),
				Expected:     []string{r.ACSURL.Text},
				ExpectedFrom: fromRequest,
				Actual:       []string{to},
				Cause:        compareValue(r.ACSURL.Text, to),
			})
		}
	}
	if !compared {
		return skip("no ACS URL is known to compare with, and the message names no Destination", "--acs-url", "--sp-metadata")
	}
	return found(fs...)
}

// visits reports whether a browser that is sent to one of urls ends up at to.
func visits(to string, urls ...string) bool {
	to = asVisited(to)
	return slices.ContainsFunc(urls, func(u string) bool { return asVisited(u) == to })
}

// sentTo is the URL that the browser sent the message to, or is about to send
// it to by the form that a page holds; empty when the input does not say.
func (in *Input) sentTo() string {
	if to := in.deliveredTo(); to != "" {
		return to
	}
	if c := in.Message.Capture; c != nil && c.Exchange == nil {
		if _, ok := splitURL(c.Action); ok {
			return c.Action
		}
	}
	return ""
}
