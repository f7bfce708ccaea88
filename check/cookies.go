package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// causeCookieLost is the cause of a request that the service cannot know.
const causeCookieLost = "cookie-lost"

// forgottenRequest finds that r answers the right request, and that the cookie
// by which the service knows its own requests did not come back with it. That
// the cookie was this one is certain where it names the request; it is likely,
// and a warning, where the service got no cookie at all back and refused the
// Response. Any other lost cookie is its own affair.
func (in *Input) forgottenRequest(r *saml.Response) []Finding {
	l := in.Login
	if l == nil || !l.Matched || len(l.Lost) == 0 || l.Response != in.Message {
		return nil
	}
	outcome := in.outcome()
	if outcome == "" {
		return nil // it let the user in: whatever was lost was not needed
	}
	lost := slices.SortedStableFunc(slices.Values(l.Lost), func(a, b flow.LostCookie) int {
		return cmp.Compare(weight(b), weight(a))
	})[0]
	if !lost.Tracks && (l.Kept > 0 || !lost.WithRequest || lost.Why == flow.LossUnknown) {
		return nil
	}
	f := at(r.InResponseTo, Finding{
		Reason: "forgotten",
		Message: fmt.Sprintf("The Response answers the request %s as it should, but the cookie %s, by which the service knows its request, did not come back with it: %s.",
			quote(r.InResponseTo.Text), quote(lost.Name), outcome),
		Actual: []string{r.InResponseTo.Text},
		Note:   "InResponseTo itself is right: for this, nothing has to be changed at the IdP.",
	})
	text, fix := explainLoss(lost, flow.DeliveredBy(in.Message))
	f.Fix = fix
	evidence := fmt.Sprintf("set at %s with %s", cmp.Or(shortTime(lost.SetBy), "the request"), quote(lost.Attributes))
	if lost.Attributes == "" {
		evidence = fmt.Sprintf("set at %s without attributes", cmp.Or(shortTime(lost.SetBy), "the request"))
	}
	if lost.Tracks {
		evidence += "; it names this very request"
	}
	if lost.Why == flow.LossUnknown {
		f.Note = strings.TrimSpace(text + " " + f.Note)
	} else {
		f.Cause = &Cause{ID: causeCookieLost, Text: text, Evidence: evidence, Index: -1}
	}
	if !lost.Tracks {
		f.Severity = expect.SeverityWarning
		f.Message = fmt.Sprintf("The Response answers the request %s as it should, but no cookie of the service came back with it, not even %s, which was set together with the request: %s.",
			quote(r.InResponseTo.Text), quote(lost.Name), outcome)
		f.Note = "If that cookie holds what the service remembers of its request, it cannot know it any more."
	}
	return []Finding{f}
}

// cookieless is a note on a delivery that came without any cookie although the
// capture shows cookies, where the service set none when it asked either.
func (in *Input) cookieless(delivery *decode.Exchange) string {
	l := in.Login
	if l == nil || !l.Matched || in.Trace == nil || len(l.Lost) > 0 || hasHeader(delivery.RequestHeaders, "Cookie") {
		return ""
	}
	if asked := flow.Page(l.Request); asked == nil || hasHeader(asked.ResponseHeaders, "Set-Cookie") {
		return ""
	}
	if !slices.ContainsFunc(in.Trace.Exchanges, func(e *decode.Exchange) bool { return hasHeader(e.RequestHeaders, "Cookie") }) {
		return "" // perhaps the capture leaves cookies out
	}
	return "The service set no cookie when it asked, and none came with the Response: if it knows its requests by a cookie, it cannot know this one."
}

// weight puts the cookie first that most likely holds the request.
func weight(c flow.LostCookie) int {
	n := 0
	if c.Tracks {
		n += 4
	}
	if c.WithRequest {
		n += 2
	}
	if c.Why != flow.LossUnknown {
		n++
	}
	return n
}

// outcome says how the service refused the Response, as a clause; empty when it
// did not, or when the capture does not show it.
func (in *Input) outcome() string {
	e := flow.DeliveredBy(in.Message)
	if e == nil {
		return ""
	}
	if e.Status >= statusError {
		return fmt.Sprintf("the service answered with status %d", e.Status)
	}
	if e.Redirect == "" || in.Trace == nil {
		return ""
	}
	// Sent back to the IdP, at once or by way of a page of the service.
	for _, m := range in.Trace.Messages {
		page := flow.Page(m)
		if page == nil || m.Capture.Time.Before(e.Started) || m == in.Message || m.View().AuthnRequest == nil {
			continue
		}
		if page == e || page.URL == e.Redirect {
			return "the service sent the user to the IdP once more"
		}
	}
	return ""
}

func shortTime(e *decode.Exchange) string {
	if e == nil || e.Started.IsZero() {
		return ""
	}
	return e.Started.UTC().Format("15:04:05") + " UTC"
}

// explainLoss says why a browser keeps a cookie to itself, and what to do.
func explainLoss(c flow.LostCookie, delivery *decode.Exchange) (text, fix string) {
	host := flow.Host(delivery.URL)
	none := "At the service, set the cookie " + quote(c.Name) + " with SameSite=None; Secure: the Response comes by a POST from another site."
	switch c.Why {
	case flow.LossSameSite:
		return "browsers do not send a cookie with SameSite=Lax or Strict along with a form that a page of another site posts", none
	case flow.LossDefaultLax:
		return "a cookie without SameSite counts as Lax in Chrome and Edge, and two minutes after it was set it no longer goes along with a form that a page of another site posts", none
	case flow.LossHost:
		set := ""
		if c.SetBy != nil {
			set = flow.Host(c.SetBy.URL)
		}
		return fmt.Sprintf("it was set by %s, and the Response went to %s", set, host),
			fmt.Sprintf("Begin the login at %s, the host of the ACS URL, or give the service one host name throughout.", host)
	case flow.LossPath:
		return "its Path does not cover the ACS URL", "At the service, set the cookie " + quote(c.Name) + " with Path=/ or with the path of the ACS."
	case flow.LossSecure:
		return "it is Secure, and the Response went over http", "At the IdP, set an ACS URL of this service that begins with https."
	case flow.LossExpired:
		return "it had expired before the Response came: the user took longer to log in than the cookie lives", "At the service, let the cookie " + quote(c.Name) + " live longer than a login takes, an hour say."
	case flow.LossRefused:
		return "browsers do not keep it: SameSite=None needs Secure, and Secure needs https", none
	}
	return "The capture does not show why the browser kept it back (private window, blocked cookies, another tab).", "At the service, set the cookie " + quote(c.Name) + " with SameSite=None; Secure, and use one host name throughout."
}
