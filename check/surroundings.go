package check

import (
	"slices"
	"sync"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// surroundings are what the rest of the capture says about the message.
type surroundings struct {
	same    []*decode.Message // the other messages with the same ID, in order of time
	earlier []*decode.Message // those of them before this one
	// assertions are the messages before this one that bring its first assertion,
	// whose ID is assertionID, under another ID of their own.
	assertions  []*decode.Message
	assertionID string
	requests    []sentAuthnRequest
	logouts     []expect.Value // IDs of the LogoutRequests
	resolves    []expect.Value // IDs of the ArtifactResolves
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

// Capture holds what the messages of a capture say, read once for all of them.
type Capture struct {
	views func() []*saml.Message // by index of the message
}

// NewCapture prepares a capture for [Input]; nothing is read before it is
// needed.
func NewCapture(trace *decode.Trace) *Capture {
	return &Capture{sync.OnceValue(func() []*saml.Message {
		views := make([]*saml.Message, len(trace.Messages))
		for i, m := range trace.Messages {
			views[i] = m.View()
		}
		return views
	})}
}

func (in *Input) readCapture() *surroundings {
	c := &surroundings{}
	if in.Trace == nil {
		return c
	}
	if in.Capture == nil {
		in.Capture = NewCapture(in.Trace)
	}
	id := ""
	if h := in.SAML().Header(); h != nil {
		id = h.ID.Get()
	}
	if own := in.SAML(); own.Logout == nil && len(own.Assertions) > 0 {
		c.assertionID = own.Assertions[0].ID.Get()
	}
	before := true
	for i, m := range in.Trace.Messages {
		if m == in.Message {
			before = false
		}
		if m == in.Message || m.Document == nil || m.Capture == nil {
			continue
		}
		v := in.Capture.views()[i]
		h := v.Header()
		c.answered = c.answered || v.Response != nil || len(v.Assertions)+len(v.Encrypted) > 0
		if before && v.Logout == nil && len(v.Assertions) > 0 {
			c.login = v.Assertions[0]
		}
		if before && c.assertionID != "" && h != nil && h.ID.Get() != id &&
			slices.ContainsFunc(v.Assertions, func(a *saml.Assertion) bool { return a.ID.Get() == c.assertionID }) {
			c.assertions = append(c.assertions, m)
		}
		switch {
		case h == nil || h.ID.Get() == "":
		case h.ID.Get() == id:
			c.same = append(c.same, m)
			if before {
				c.earlier = append(c.earlier, m)
			}
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
