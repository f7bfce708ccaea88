package check

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var relayState = &Rule{
	ID:       "relay-state",
	Title:    "RelayState did not come back as it was sent",
	Question: "Was RelayState returned unchanged, and is it at most 80 bytes? (warn)",
	Group:    GroupTransport,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "RelayState is the service's own note beside a request: where the user wanted to go, or the key of what it remembers. The IdP must hand it back as it is. Without it the login may work and end on the wrong page, or the service may not find its request.",
		Spec: "saml-bindings-2.0-os sections 3.4.3 and 3.5.3 (returned exactly, at most 80 bytes)",
		Likely: []string{
			"A login page between the request and the answer does not carry RelayState on.",
			"The IdP encodes it twice, cuts it off, or puts its own start page there.",
			"The service sends a whole URL, longer than the 80 bytes that an IdP has to keep.",
		},
		Fix: []string{
			"At the IdP, hand RelayState back unchanged; look at what stands between the request and the answer (login page, portal, load balancer).",
			"At the service, send a short key as RelayState and keep the address in the session.",
		},
	},
	Reasons: []Reason{
		{"changed", "another RelayState came back than was sent"},
		{"missing", "a RelayState was sent and none came back"},
		{"too-long", "the RelayState is longer than 80 bytes"},
	},
	Run: runRelayState,
}

// maxRelayState is the length that saml-bindings-2.0 allows, in bytes.
const maxRelayState = 80

func runRelayState(in *Input) Outcome {
	msg := in.Message
	request := in.SAML().Type == saml.TypeAuthnRequest
	if !request {
		if out, ok := in.carriesResponse(); !ok {
			return out
		}
	}
	switch {
	case msg.Binding != decode.BindingPOST && msg.Binding != decode.BindingRedirect:
		return skip(whyNoCapture)
	case request:
		return found(tooLong(msg.RelayState)...)
	}
	fs := tooLong(msg.RelayState)
	l := in.Login
	switch {
	case l == nil || l.Request == nil || !l.Matched:
		if len(fs) == 0 && msg.RelayState == nil {
			return skip("the AuthnRequest of this login, with the RelayState that was sent, is not known")
		}
		return found(fs...)
	case l.Request.RelayState == nil || l.Request.RelayState.Value == "":
		return found(fs...) // the IdP may add one (bindings, section 3.4.3)
	case !carried(msg):
		return found(fs...)
	}
	sent := l.Request.RelayState.Value
	f := Finding{Expected: []string{sent}, ExpectedFrom: fromRequest}
	switch back := msg.RelayState; {
	case back == nil || back.Value == "":
		f.Reason = "missing"
		f.Message = fmt.Sprintf("The service sent the RelayState %s with its request, and the Response came back without one.", quote(sent))
	case back.Value == sent:
		return found(fs...)
	default:
		f.Reason = "changed"
		f.Message = fmt.Sprintf("The RelayState came back as %s, but the service sent %s.", quote(back.Value), quote(sent))
		f.Actual = []string{back.Value}
		f.Cause = compareValue(sent, back.Value)
	}
	if isKey(sent) && in.refused() {
		f.Severity = expect.SeverityError
		f.Note = "The service refused the login, and what it sent is no address but a key, by which it finds what it remembers of its request."
	}
	return found(append([]Finding{f}, fs...)...)
}

// isKey reports whether a RelayState looks like a key rather than an address.
func isKey(s string) bool {
	const shortest = 16
	return len(s) >= shortest && !strings.ContainsAny(s, "/. ")
}

// carried reports whether the capture holds what was sent along with the
// message: a body that it lost took RelayState with it.
func carried(msg *decode.Message) bool {
	return msg.Capture != nil && (!msg.Capture.InResponse || msg.RelayState != nil)
}

func tooLong(s *decode.Param) []Finding {
	if s == nil || len(s.Value) <= maxRelayState {
		return nil
	}
	return []Finding{{
		Reason:  "too-long",
		Message: fmt.Sprintf("The RelayState is %d bytes long, and at most %d are allowed: an IdP may cut it off or refuse it.", len(s.Value), maxRelayState),
		Actual:  []string{s.Value},
	}}
}
