package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var replay = &Rule{
	ID:       "replay",
	Title:    "The same Response was sent a second time",
	Question: "Was this Response or Assertion ID delivered once?",
	Group:    GroupTransport,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "A service takes an assertion once. It remembers the IDs that it has seen, so that nobody who gets hold of a Response can log in with it again; the second delivery is refused although nothing in it is wrong.",
		Spec: "saml-profiles-2.0-os section 4.1.4.5 (bearer assertions are not replayed), saml-core-2.0-os section 2.5.1.5 (OneTimeUse)",
		Likely: []string{
			"The user reloaded the page after logging in, or went back to it, and the browser sent the form again.",
			"The button of the IdP's page was pressed twice, or a script and the user both submitted the form.",
			"A bookmark, a restored tab or a second window opened the page that posts the Response.",
			"A proxy, or a client that tries again after a time-out, sent the request twice.",
		},
		Fix: []string{
			"Log in once more, starting at the service, and do not reload the page that follows.",
			"At the service, answer the POST with a redirect (303), so that a reload repeats only a GET.",
		},
	},
	Reasons: []Reason{
		{"response", "a Response with this ID was delivered before"},
		{"assertion", "an Assertion with this ID was delivered before, in another Response"},
	},
	Run: runReplay,
}

func runReplay(in *Input) Outcome {
	m, out := in.response()
	if m == nil {
		return out
	}
	own := flow.DeliveredBy(in.Message)
	if own == nil {
		return skip(whyNoCapture)
	}
	around := in.facts.around()
	for _, c := range []struct {
		reason, what string
		earlier      []*decode.Message
		id           string
		at           *saml.Value
	}{
		{"response", "Response", around.earlier, headerID(m).Get(), headerID(m)},
		{"assertion", "Assertion", around.assertions, around.assertionID, assertionID(m, around.assertionID)},
	} {
		for _, e := range c.earlier {
			first := flow.DeliveredBy(e)
			if first == nil || !in.repeats(first, own) {
				continue
			}
			return found(in.sentTwice(c.reason, c.what, c.id, c.at, first))
		}
	}
	if headerID(m).Get() == "" && around.assertionID == "" {
		return skip("it has no ID by which it could be known again")
	}
	return pass()
}

func headerID(m *saml.Message) *saml.Value {
	if h := m.Header(); h != nil {
		return h.ID
	}
	return nil
}

func assertionID(m *saml.Message, id string) *saml.Value {
	for _, a := range m.Assertions {
		if a.ID.Get() == id {
			return a.ID
		}
	}
	return nil
}

// repeats reports whether own is a second delivery to the service that had
// first: not a redirect that keeps the body, not a challenge of a proxy, and not
// a page of the service itself that posts once more what it was given.
func (in *Input) repeats(first, own *decode.Exchange) bool {
	switch {
	case first == own, flow.Host(first.URL) != flow.Host(own.URL):
		return false
	case first.Status == 307, first.Status == 308, first.Status == 407:
		return false
	case first.Status == 401 && hasHeader(first.ResponseHeaders, "WWW-Authenticate"):
		return false
	case flow.Page(in.Message) == first:
		return false
	}
	return true
}

func hasHeader(headers []decode.Header, name string) bool {
	return slices.ContainsFunc(headers, func(h decode.Header) bool { return strings.EqualFold(h.Name, name) })
}

func (in *Input) sentTwice(reason, what, id string, v *saml.Value, first *decode.Exchange) Finding {
	when := ""
	if !first.Started.IsZero() {
		when = " at " + in.clock(first.Started)
		if by := in.delivered().Sub(first.Started); by > 0 {
			when += ", " + Length(by) + " before"
		}
	}
	f := at(v, Finding{
		Reason:  reason,
		Message: fmt.Sprintf("The %s %s was already sent to this service%s: it is good for one login only.", what, quote(id), when),
		Actual:  []string{id},
		Fix:     "Log in once more, starting at the service; do not reload the page after the login or go back to it.",
	})
	switch s := first.Status; {
	case s == 0:
		f.Severity = expect.SeverityWarning
		f.Note = "The capture shows no answer to the first one, so that it may never have arrived."
	case s >= statusError:
		f.Severity = expect.SeverityWarning
		f.Note = fmt.Sprintf("The first one was refused too (status %d): what was wrong then still is.", s)
	default:
		f.Note = fmt.Sprintf("The first one was accepted as far as the capture shows (status %d).", s)
	}
	return f
}
