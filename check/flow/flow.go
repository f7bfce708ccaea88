// Package flow puts the messages of a capture together into logins: which
// request a response answers, which login of several it belongs to, what went
// between browser, service and IdP, which cookies got lost on the way, and what
// each party's clock said.
//
// Of the headers of an exchange it reads Age, Cookie, Date, Origin, Referer,
// Sec-Fetch-Dest, Set-Cookie and WWW-Authenticate; a reader of captures that
// saves memory must keep these.
package flow

import (
	"net/url"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// Initiator is the party at which a login began.
type Initiator string

// The initiators. A login is SP-initiated when its Response answers a request,
// whether the capture holds that or not.
const (
	InitiatorUnknown Initiator = ""
	InitiatorService Initiator = "sp"
	InitiatorIdP     Initiator = "idp"
)

// Methods of HTTP; package net/http is not for this program.
const (
	methodPOST    = "POST"
	methodOPTIONS = "OPTIONS"
)

// Login is one attempt to log in.
type Login struct {
	Number int // from 1, in order of time
	Of     int // logins in the capture
	// Request is the AuthnRequest that the Response answers, by InResponseTo,
	// else the last one before it that could be meant; nil for a login that the
	// IdP began. Of several copies it is the first.
	Request *decode.Message
	// RequestView is Request read as SAML; nil exactly when Request is.
	RequestView *saml.AuthnRequest
	// Matched says that Request was found by its ID, not only by its time.
	Matched bool
	// Ignored is the AuthnRequest that went before a Response that names none,
	// although it came back with the request's RelayState, or tells a failure;
	// nil when there is none. Request is nil then.
	Ignored *decode.Message
	// Response is the delivered Response; nil when the login got no further
	// than the request, or an artifact stands in its place.
	Response *decode.Message
	// Again are later deliveries of the same Response: a reloaded page, a form
	// sent twice, a redirect that kept the body.
	Again []*decode.Message
	// Artifact is the SAMLart that the browser delivered in place of a
	// Response; Response is then what the service fetched for it, if known.
	Artifact  *decode.Message
	Initiated Initiator
	// Steps are the exchanges that make up the login, in order of time; none
	// when no HTTP was recorded.
	Steps []Step
	// Lost are the service's cookies that did not come back with the first
	// delivery; Kept is how many did.
	Lost []LostCookie
	Kept int
	// Clocks are what the capture tells of the parties' clocks.
	Clocks Clocks

	copies []*decode.Message // of Request, after the first
}

// Deliveries are the messages by which the browser brought the Response or the
// artifact to the service, the first one first. A Response that the capture
// shows only in the IdP's page is none.
func (l *Login) Deliveries() []*decode.Message {
	if l == nil {
		return nil
	}
	var list []*decode.Message
	for _, m := range append([]*decode.Message{l.Artifact, l.Response}, l.Again...) {
		if m != nil && DeliveredBy(m) != nil {
			list = append(list, m)
		}
	}
	return list
}

// DeliveredBy is the exchange whose request brought m to where it was sent; nil
// when the capture does not show it.
func DeliveredBy(m *decode.Message) *decode.Exchange {
	switch c := m.Capture; {
	case c == nil:
		return nil
	case c.InResponse:
		return c.Delivered
	default:
		return c.Exchange
	}
}

// Page is the exchange whose response carried m to the browser first, the IdP's
// page or a redirect; nil when the capture does not show it.
func Page(m *decode.Message) *decode.Exchange {
	switch c := m.Capture; {
	case c == nil:
		return nil
	case c.InResponse:
		return c.Exchange
	default:
		return c.Page
	}
}

// Logins are the login attempts of a capture in order of time. Every Response
// ends one, and so does an artifact; a Response that is delivered again belongs
// to the login that it ended first. Requests that none of them answers form no
// login of their own unless the capture holds no Response at all, and logout
// messages never do.
func Logins(trace *decode.Trace) []*Login {
	p := pairing{byID: map[string]*request{}, byKey: map[string]*Login{}}
	for _, m := range trace.Messages {
		p.take(m)
	}
	if len(p.logins) == 0 {
		p.unanswered()
	}
	for i, l := range p.logins {
		l.Number, l.Of = i+1, len(p.logins)
	}
	observe(trace, p.logins)
	return p.logins
}

// request is an AuthnRequest with all its copies.
type request struct {
	message *decode.Message
	view    *saml.AuthnRequest
	copies  []*decode.Message
	side    bool // asked for by a favicon or the like, which nobody answers
	used    bool
}

// pairing is the state of [Logins].
type pairing struct {
	requests []*request
	byID     map[string]*request
	logins   []*Login
	byKey    map[string]*Login // by what a delivery again has in common with the first
	fetching *Login            // an artifact whose Response has not been seen
}

func (p *pairing) take(m *decode.Message) {
	if m.Document == nil {
		switch {
		case m.Param == "SAMLart":
			p.fetching = &Login{Artifact: m}
			p.logins = append(p.logins, p.fetching)
		case m.Param != "SAMLRequest" && !p.again(m, string(m.Capture.Raw)):
			p.begin(&Login{Response: m}, string(m.Capture.Raw))
		}
		return
	}
	v := m.View()
	switch {
	case v.AuthnRequest != nil:
		p.ask(m, v.AuthnRequest)
	case v.Type == saml.TypeResponse, v.Type == saml.TypeAssertion, v.Type == saml.TypeRSTR, v.Type == saml.TypeArtifactResponse:
		key := keyOf(v)
		if p.again(m, key) {
			return
		}
		l := &Login{Response: m}
		if v.Type == saml.TypeArtifactResponse && p.fetching != nil {
			l, p.fetching = p.fetching, nil
			l.Response = m
		}
		p.answer(l, v)
		p.begin(l, key)
	}
}

// keyOf is what two deliveries of one Response have in common; empty when it
// has no ID.
func keyOf(v *saml.Message) string {
	if h := v.Header(); h != nil && h.ID.Get() != "" {
		return "id " + h.ID.Get()
	}
	return ""
}

// again adds m to the login that an earlier delivery of it ended. Two copies in
// a log are no deliveries.
func (p *pairing) again(m *decode.Message, key string) bool {
	l := p.byKey[key]
	if l == nil || m.Capture == nil || m.Capture.Exchange == nil || l.Response.Capture == nil || l.Response.Capture.Exchange == nil {
		return false
	}
	l.Again = append(l.Again, m)
	return true
}

func (p *pairing) begin(l *Login, key string) {
	if !slices.Contains(p.logins[max(len(p.logins)-1, 0):], l) {
		p.logins = append(p.logins, l)
	}
	if key != "" {
		p.byKey[key] = l
	}
}

func (p *pairing) ask(m *decode.Message, view *saml.AuthnRequest) {
	id := view.ID.Get()
	if r := p.byID[id]; r != nil && id != "" {
		r.copies = append(r.copies, m)
		return
	}
	r := &request{message: m, view: view, side: forSide(m)}
	p.requests = append(p.requests, r)
	if id != "" {
		p.byID[id] = r
	}
}

// forSide reports whether a request was made because the browser asked for an
// icon or another part of a page: every address of the service is protected.
func forSide(m *decode.Message) bool {
	e := Page(m)
	if e == nil {
		e = DeliveredBy(m)
	}
	return e != nil && isSide(e)
}

// answer finds the request that the Response of l answers.
func (p *pairing) answer(l *Login, v *saml.Message) {
	id, named := answered(v)
	switch {
	case named:
		l.Initiated = InitiatorService
	case v.Type == saml.TypeRSTR || v.SAML11:
		return // neither says what it answers
	case v.Response == nil && len(v.Assertions) == 0:
		return
	default:
		l.Initiated = InitiatorIdP
		if r := p.ignored(l.Response, v); r != nil {
			r.used = true
			l.Ignored, l.Initiated = r.message, InitiatorService
		}
		return
	}
	r := p.byID[id]
	l.Matched = r != nil && id != ""
	if !l.Matched {
		r = p.nearest(l.Response)
	}
	if r != nil {
		r.used = true
		l.Request, l.RequestView, l.copies = r.message, r.view, r.copies
	}
}

// answered is the ID of the request that v names: the Response, else a bearer
// confirmation where there is no Response around it.
func answered(v *saml.Message) (id string, named bool) {
	if v.Response != nil {
		return v.Response.InResponseTo.Get(), v.Response.InResponseTo != nil
	}
	for _, a := range v.Assertions {
		if a.Subject == nil {
			continue
		}
		for _, c := range a.Subject.Confirmations {
			if c.InResponseTo != nil {
				return c.InResponseTo.Get(), true
			}
		}
	}
	return "", false
}

// looksBack is how many requests before a Response can be the one it answers by
// their time.
const looksBack = 100

// nearest is the request before m that it may answer although it names another:
// one that nothing has answered yet and that did not ask for the answer at
// another host; the one whose RelayState came back, else the last.
func (p *pairing) nearest(m *decode.Message) *request {
	var last *request
	to := ""
	if e := DeliveredBy(m); e != nil {
		to = Host(e.URL)
	}
	for i := len(p.requests) - 1; i >= max(0, len(p.requests)-looksBack); i-- {
		r := p.requests[i]
		if r.used || r.side {
			continue
		}
		if acs := Host(r.view.ACSURL.Get()); acs != "" && to != "" && acs != to {
			continue
		}
		if s := m.RelayState; s != nil && s.Value != "" && r.message.RelayState != nil && s.Value == r.message.RelayState.Value {
			return r
		}
		if last == nil {
			last = r
		}
	}
	return last
}

// ignored is the request that m, which names none, must have been asked for by:
// its RelayState came back, or m tells a failure, which no IdP sends unasked.
func (p *pairing) ignored(m *decode.Message, v *saml.Message) *request {
	r := p.nearest(m)
	switch {
	case r == nil || !v.Success():
		return r
	case m.RelayState == nil || r.message.RelayState == nil:
		return nil
	case m.RelayState.Value != "" && m.RelayState.Value == r.message.RelayState.Value:
		return r
	}
	return nil
}

// unanswered makes logins of requests alone; those for icons only when there is
// nothing else.
func (p *pairing) unanswered() {
	for _, side := range []bool{false, true} {
		for _, r := range p.requests {
			if r.side == side {
				p.logins = append(p.logins, &Login{Request: r.message, RequestView: r.view, Initiated: InitiatorService, copies: r.copies})
			}
		}
		if len(p.logins) > 0 {
			return
		}
	}
}

// Of is the login that m belongs to, or nil.
func Of(logins []*Login, m *decode.Message) *Login {
	for _, l := range logins {
		if l.Response == m || l.Request == m || l.Ignored == m || l.Artifact == m || slices.Contains(l.Again, m) || slices.Contains(l.copies, m) {
			return l
		}
	}
	return nil
}

// Answering is l as the answer to request, which was kept apart from the
// capture. A request that the capture itself holds by its ID stands; l and
// request may be nil.
func (l *Login) Answering(request *decode.Message) *Login {
	if l == nil || request == nil || l.Matched {
		return l
	}
	view := request.View().AuthnRequest
	if view == nil || l.Response == nil {
		return l
	}
	with := *l
	with.Request, with.RequestView = request, view
	return &with
}

// Host is the host of a URL with its port, in lower case; empty when it has
// none.
func Host(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		return strings.TrimSuffix(host, ":443")
	case "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// header is the value of the first header of that name, or empty.
func header(headers []decode.Header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}
