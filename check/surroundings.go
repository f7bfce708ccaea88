package check

import (
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// surroundings are what the rest of the capture says about the message.
type surroundings struct {
	same     []*decode.Message // the other messages with the same ID, in order of time
	requests []sentAuthnRequest
	logouts  []expect.Value // IDs of the LogoutRequests
	resolves []expect.Value // IDs of the ArtifactResolves
	// login is the last readable assertion that the capture shows before the
	// message.
	login *saml.Assertion
	// answered says that another message brings a Response.
	answered bool
}

// fromCaptured is the origin of IDs of other messages of the capture.
const fromCaptured = "the capture"

// sentAuthnRequest is an AuthnRequest of the capture whose time is known.
type sentAuthnRequest struct {
	id   string
	sent time.Time
}

func (in *Input) readCapture() *surroundings {
	c := &surroundings{}
	if in.Trace == nil {
		return c
	}
	id := ""
	if h := in.SAML().Header(); h != nil {
		id = h.ID.Get()
	}
	before := true
	for _, m := range in.Trace.Messages {
		if m == in.Message {
			before = false
		}
		if m == in.Message || m.Document == nil || m.Capture == nil {
			continue
		}
		v := saml.View(m.Document)
		h := v.Header()
		c.answered = c.answered || v.Response != nil || len(v.Assertions)+len(v.Encrypted) > 0
		if before && v.Logout == nil && len(v.Assertions) > 0 {
			c.login = v.Assertions[0]
		}
		switch {
		case h == nil || h.ID.Get() == "":
		case h.ID.Get() == id:
			c.same = append(c.same, m)
		case v.Type == saml.TypeLogoutRequest:
			c.logouts = append(c.logouts, expect.Value{Text: h.ID.Get(), From: fromCaptured})
		case v.Type == saml.TypeArtifactResolve:
			c.resolves = append(c.resolves, expect.Value{Text: h.ID.Get(), From: fromCaptured})
		case v.AuthnRequest != nil && !m.Capture.Time.IsZero():
			c.requests = append(c.requests, sentAuthnRequest{id: h.ID.Get(), sent: m.Capture.Time})
		}
	}
	return c
}
