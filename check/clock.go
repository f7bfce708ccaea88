package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var clockOffset = &Rule{
	ID:       "clock-offset",
	Title:    "The clocks of IdP and service do not agree",
	Question: "Do the parties' clocks agree, beyond the skew plus 2 s of network? Who is ahead, by how much, within which bounds?",
	Group:    GroupTransport,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "Every time in a Response is read off the IdP's clock and held against the service's. A capture shows both: the IdP's in IssueInstant, the service's in its request and in its Date headers, and between them the browser's, which says when each was made.",
		Spec: "saml-core-2.0-os sections 1.3.3 (UTC) and 2.5.1.2, saml-profiles-2.0-os section 4.1.4.3; RFC 9110 section 6.6.1 (Date)",
		Likely: []string{
			"One of the two servers does not synchronise its clock: NTP is blocked, switched off, or points to a wrong server.",
			"A virtual machine was paused or restored, or a container host's clock drifts.",
			"A server's time zone was set by moving its clock: the difference is then whole hours.",
		},
		Fix: []string{
			"Synchronise both servers by NTP (Windows: w32tm /query /status, Linux: chronyc tracking or timedatectl).",
			"Until then, allow more clock skew at the service.",
		},
	},
	Reasons: []Reason{
		{"idp-ahead", "the IdP's clock is ahead of the service's"},
		{"idp-behind", "the IdP's clock is behind the service's"},
	},
	Run: runClockOffset,
}

func runClockOffset(in *Input) Outcome {
	m, out := in.response()
	if m == nil {
		return out
	}
	if in.Login == nil || in.Trace == nil || len(in.Trace.Exchanges) == 0 {
		return skip(whyNoCapture)
	}
	clocks := in.Login.Clocks
	apart := clocks.Difference()
	switch {
	case !apart.Known():
		return skip("the capture does not tell when the IdP made the Response")
	case !apart.Beyond(in.skew() + clockNoise):
		return pass()
	}
	text, bounds := in.clocksApart()
	if bounds != "" {
		text += " (" + bounds + ")"
	}
	f := Finding{Reason: "idp-ahead", Message: strings.ToUpper(text[:1]) + text[1:] + ".", Actual: []string{Length(apart.Best())}}
	if apart.Best() < 0 {
		f.Reason = "idp-behind"
	}
	if r := m.Response; r != nil && r.IssueInstant != nil {
		f = at(r.IssueInstant, f)
		f.Actual = []string{r.IssueInstant.Text}
	}
	f.Fix, f.Note = wrongClock(clocks)
	if in.Expect.ClockSkew.From == "" && !apart.Beyond(usualSkew+clockNoise) && in.accepted() {
		f.Severity = expect.SeverityWarning
		f.Note = join(f.Note, "The service took the message all the same.")
	} else if !in.spoiled(m, apart) {
		f.Severity = expect.SeverityWarning
		f.Note = join(f.Note, "The message was in time all the same.")
	}
	return found(f)
}

// ByService is at by the service's clock, which is the one that decides, where
// the capture shows that it is not the browser's. Only a time that the browser
// recorded is changed; login may be nil.
func (at At) ByService(login *flow.Login) At {
	if login == nil || at.Basis != BasisCaptured || !login.Clocks.Service.Known() {
		return at
	}
	if o := login.Clocks.Service.Offset; o.Beyond(clockNoise) {
		at.Shift = o.Best()
		at.Time = at.Time.Add(at.Shift)
	}
	return at
}

// clocksApart says, to go on with in a sentence, who is ahead and by how much,
// and within which bounds, where these are not the same.
func (in *Input) clocksApart() (text, bounds string) {
	clocks := in.Login.Clocks
	apart := clocks.Difference()
	way := "ahead of"
	low, high := apart.Min, apart.Max
	if apart.Best() < 0 {
		way = "behind"
		low, high = flow.NoMin, flow.NoMax
		if apart.Max != flow.NoMax {
			low = -apart.Max
		}
		if apart.Min != flow.NoMin {
			high = -apart.Min
		}
	}
	whose := "the service's"
	if !clocks.Service.Known() {
		whose = "the browser's"
	}
	if high == flow.NoMax {
		return fmt.Sprintf("the IdP's clock is %s %s by %s or more", way, whose, Length(low)), ""
	}
	if Length(low) != Length(high) {
		bounds = fmt.Sprintf("between %s and %s", Length(low), Length(high))
	}
	return fmt.Sprintf("the IdP's clock is %s %s %s", Length(apart.Best().Round(time.Second)), way, whose), bounds
}

// wrongClock tells whose clock to set, judged by the browser's, and what a web
// server in front of it may hide.
func wrongClock(c flow.Clocks) (fix, note string) {
	idp, service := c.IdP.Offset, c.Service.Offset
	switch {
	case !c.Service.Known(), idp.Beyond(clockNoise) && !service.Beyond(clockNoise):
		fix = "Set the clock of the IdP right (NTP): " + against("it", c.IdP) + "."
		if c.Service.Known() {
			note = "The browser's clock agrees with the service's."
		}
	case service.Beyond(clockNoise) && !idp.Beyond(clockNoise):
		fix = "Set the clock of the service right (NTP): " + against("it", c.Service) + "."
		note = "The browser's clock agrees with the IdP's."
	default:
		fix = "Set the clocks of both right (NTP)."
		note = fmt.Sprintf("By the browser's clock both are wrong: %s, %s.", against("the IdP", c.IdP), against("the service", c.Service))
	}
	if c.IdP.Front.Known() && c.IdP.From == flow.FromIssueInstant && !c.IdP.Front.Beyond(clockNoise) {
		note = join(note, "The web server in front of the IdP has the right time: look at the server that makes the assertions.")
	}
	return fix, note
}

// against says how far a clock is from the browser's.
func against(who string, c flow.Clock) string {
	way := "ahead"
	if c.Offset.Best() < 0 {
		way = "behind"
	}
	return fmt.Sprintf("%s is %s %s", who, Length(c.Offset.Best().Round(time.Second)), way)
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// spoiled reports whether the message was out of time when it was delivered, by
// the service's clock, and would have been in time had the clocks agreed. What
// cannot be read was out of time when the service refused it.
func (in *Input) spoiled(m *saml.Message, apart flow.Offset) bool {
	delivery := in.delivered()
	if delivery.IsZero() {
		return false
	}
	now := delivery.Add(in.Login.Clocks.Service.Offset.Best())
	if !in.Login.Clocks.Service.Known() {
		now = delivery
	}
	if len(m.Assertions) == 0 {
		e := flow.DeliveredBy(in.Message)
		return e != nil && e.Status >= statusError
	}
	for _, a := range m.Assertions {
		spans := []span{in.conditionsSpan(a)}
		if c := in.bestConfirmation(a); c != nil {
			spans = append(spans, in.confirmationSpan(a, c.SubjectConfirmation))
		}
		for _, s := range spans {
			if !s.holds(now, in.skew()) && s.holds(now.Add(apart.Best()), in.skew()+clockNoise) {
				return true
			}
		}
	}
	return false
}

// holds reports whether s is in force at t.
func (s span) holds(t time.Time, skew time.Duration) bool {
	return (!s.notBefore.known() || !t.Add(skew).Before(s.notBefore.time)) &&
		(!s.notOnOrAfter.known() || t.Add(-skew).Before(s.notOnOrAfter.time))
}

// delivered is when the browser sent the message to the service, by its own
// clock; zero when the capture does not tell.
func (in *Input) delivered() time.Time {
	if c := in.Message.Capture; c != nil {
		return c.Time
	}
	return time.Time{}
}
