// Package flow puts the messages of a capture together into logins: which
// request a response answers, and which login of several it belongs to.
package flow

import (
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// Login is one attempt to log in.
type Login struct {
	Number int // from 1, in order of time
	Of     int // logins in the capture
	// Request is the AuthnRequest that the Response answers, by InResponseTo,
	// else the last one before it; nil for a login that the IdP began.
	Request *decode.Message
	// RequestView is Request read as SAML; nil exactly when Request is.
	RequestView *saml.AuthnRequest
	// Matched says that Request was found by its ID, not only by its time.
	Matched bool
	// Response is the delivered Response; nil when the login got no further
	// than the request.
	Response *decode.Message
}

// Logins are the login attempts of a capture in order of time. Every message
// that carries a Response ends one; requests that none of them answers form no
// login of their own unless the capture holds no Response at all.
func Logins(trace *decode.Trace) []*Login {
	type request struct {
		message *decode.Message
		view    *saml.AuthnRequest
		used    bool
	}
	var requests []*request
	var logins []*Login
	for _, m := range trace.Messages {
		if m.Document == nil {
			if isResponseParam(m) {
				logins = append(logins, &Login{Response: m})
			}
			continue
		}
		v := saml.View(m.Document)
		switch {
		case v.AuthnRequest != nil:
			requests = append(requests, &request{message: m, view: v.AuthnRequest})
		case v.Type == saml.TypeResponse, v.Type == saml.TypeAssertion, v.Type == saml.TypeRSTR, v.Type == saml.TypeArtifactResponse:
			l := &Login{Response: m}
			var answered *request
			if v.Response != nil && v.Response.InResponseTo != nil {
				for _, r := range requests {
					if r.view.ID.Get() == v.Response.InResponseTo.Get() {
						answered, l.Matched = r, true
					}
				}
				if answered == nil {
					for i := len(requests) - 1; i >= 0 && answered == nil; i-- {
						if !requests[i].used {
							answered = requests[i]
						}
					}
				}
			}
			if answered != nil {
				answered.used = true
				l.Request, l.RequestView = answered.message, answered.view
			}
			logins = append(logins, l)
		}
	}
	if len(logins) == 0 {
		for _, r := range requests {
			logins = append(logins, &Login{Request: r.message, RequestView: r.view})
		}
	}
	for i, l := range logins {
		l.Number, l.Of = i+1, len(logins)
	}
	return logins
}

// isResponseParam reports whether an unreadable message was meant to be a Response.
func isResponseParam(m *decode.Message) bool {
	return m.Param != "SAMLRequest" && m.Param != "SAMLart"
}

// Of is the login that m belongs to, or nil.
func Of(logins []*Login, m *decode.Message) *Login {
	for _, l := range logins {
		if l.Response == m || l.Request == m {
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
	view := saml.View(request.Document).AuthnRequest
	if view == nil || l.Response == nil {
		return l
	}
	with := *l
	with.Request, with.RequestView = request, view
	return &with
}
