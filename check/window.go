package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// The causes of a time finding.
const (
	causeClockSkew    = "clock-skew"
	causeLateDelivery = "late-delivery"
	causeStalePaste   = "stale-paste"
	causeShortWindow  = "short-window"
)

// shortWindow is a validity that leaves a user on a slow connection too little
// time; usualWindow is what IdPs give by default.
const (
	shortWindow = 30 * time.Second
	usualWindow = 5 * time.Minute
	longWindow  = 24 * time.Hour
)

// clockNoise is by how much times of one capture may disagree although all
// clocks are right: IssueInstant is often cut to whole seconds, and messages
// travel.
const clockNoise = 2 * time.Second

// bound is one end of a validity window as the message gives it.
type bound struct {
	value *saml.Value // nil: there is none
	time  time.Time   // zero: there is none, or it cannot be read
	err   error       // why it cannot be read
}

func readBound(v *saml.Value) bound {
	b := bound{value: v}
	if v != nil {
		b.time, b.err = v.Time()
	}
	return b
}

func (b bound) known() bool { return b.value != nil && b.err == nil }

// span is a validity window: that of Conditions or of a confirmation.
type span struct {
	of                      string // "assertion", "bearer confirmation"
	issued                  time.Time
	notBefore, notOnOrAfter bound
}

// issuedAt is the IssueInstant of a, else of the Response around it; zero when
// neither can be read.
func (in *Input) issuedAt(a *saml.Assertion) time.Time {
	if t, err := a.IssueInstant.Time(); err == nil {
		return t
	}
	if r := in.SAML().Response; r != nil {
		if t, err := r.IssueInstant.Time(); err == nil {
			return t
		}
	}
	return time.Time{}
}

func (in *Input) conditionsSpan(a *saml.Assertion) span {
	s := span{of: "assertion", issued: in.issuedAt(a)}
	if a.Conditions != nil {
		s.notBefore, s.notOnOrAfter = readBound(a.Conditions.NotBefore), readBound(a.Conditions.NotOnOrAfter)
	}
	return s
}

func (in *Input) confirmationSpan(a *saml.Assertion, c *saml.SubjectConfirmation) span {
	return span{
		of: "bearer confirmation", issued: in.issuedAt(a),
		notBefore: readBound(c.NotBefore), notOnOrAfter: readBound(c.NotOnOrAfter),
	}
}

func (in *Input) window(s span) *Window {
	return &Window{
		Issued: s.issued, NotBefore: s.notBefore.time, NotOnOrAfter: s.notOnOrAfter.time,
		Evaluated: in.At.Time, Skew: in.skew(),
	}
}

// early reports whether the evaluation time is before t beyond the skew, and by
// how much, the skew not counted. NotBefore itself is in time.
func (in *Input) early(t time.Time) (by time.Duration, early bool) {
	return t.Sub(in.At.Time), in.At.Time.Add(in.skew()).Before(t)
}

// late reports whether the evaluation time is t or later beyond the skew, and by
// how much, the skew not counted. NotOnOrAfter itself is too late.
func (in *Input) late(t time.Time) (by time.Duration, late bool) {
	return in.At.Time.Sub(t), !in.At.Time.Add(-in.skew()).Before(t)
}

// tooEarly is the finding that s has not begun; ok when it has, or has no
// beginning that can be read.
func (in *Input) tooEarly(s span) (f Finding, ok bool) {
	if !s.notBefore.known() {
		return f, true
	}
	by, early := in.early(s.notBefore.time)
	if !early {
		return f, true
	}
	f = at(s.notBefore.value, Finding{
		Message: fmt.Sprintf("The %s becomes valid only %s: its NotBefore is %s%s.",
			s.of, in.hence(by), in.held(s.notBefore.time), in.allowance()),
		Actual: []string{s.notBefore.value.Text},
		Window: in.window(s),
		Cause:  in.earlyCause(s.issued, s.notBefore.time),
	})
	f.Fix = in.timeFix(f.Cause)
	in.tolerated(&f, by)
	return f, false
}

// usualSkew is the largest difference of clocks that services allow unless they
// are told otherwise.
const usualSkew = 5 * time.Minute

// aboutTime is how services say that a message is out of time.
const aboutTime = `(?i)not ?yet ?valid|not ?before|not ?on ?or ?after|in the future|too early|expired|clock|time ?stamp`

// tolerated makes a warning of f, that a message is out of time by so much,
// where how much the service allows is not known, and the capture shows that it
// took the message, or it is less than the times of a capture can tell.
func (in *Input) tolerated(f *Finding, by time.Duration) {
	switch {
	case in.Expect.ClockSkew.From != "" || in.At.Basis != BasisCaptured || by > usualSkew:
	case in.accepted():
		f.Severity = expect.SeverityWarning
		f.Note = join(f.Note, "The service took it all the same, so it allows for clocks that differ by as much.")
	case by <= clockNoise && in.Login != nil && !in.refusedWith(aboutTime):
		f.Severity = expect.SeverityWarning
		f.Note = join(f.Note, "The times of a capture are not exact enough to tell.")
	}
}

// tooLate is the finding that s is over; ok when it is not, or has no end that
// can be read.
func (in *Input) tooLate(s span) (f Finding, ok bool) {
	if !s.notOnOrAfter.known() {
		return f, true
	}
	end := s.notOnOrAfter.time
	by, late := in.late(end)
	if !late {
		return f, true
	}
	f = at(s.notOnOrAfter.value, Finding{
		Message: fmt.Sprintf("The %s expired %s: its NotOnOrAfter is %s%s.",
			s.of, in.ago(by), in.held(end), in.allowance()),
		Actual: []string{s.notOnOrAfter.value.Text},
		Window: in.window(s),
	})
	if by == 0 {
		f.Note = "NotOnOrAfter is itself the first instant that is too late."
	}
	f.Cause, f.Severity = in.lateCause(s.issued, s.notBefore.time, end)
	f.Fix = in.timeFix(f.Cause)
	in.tolerated(&f, by)
	return f, false
}

// timeFix is what to do about a proved cause.
func (in *Input) timeFix(c *Cause) string {
	if c == nil {
		return ""
	}
	switch c.ID {
	case causeClockSkew:
		if apart := in.apart(); apart.Known() && apart.Beyond(0) {
			fix, _ := wrongClock(in.Login.Clocks)
			return fix
		}
		return "Set the IdP's clock right (NTP): " + c.Text + "."
	case causeLateDelivery:
		return "Log in once more in a fresh window; do not leave the IdP's page open or reload it."
	case causeShortWindow:
		return fmt.Sprintf("At the IdP, give the assertion a life of %s: %s.", Length(usualWindow), c.Text)
	case causeStalePaste:
		return "Tell when the message was delivered: --at with that time, or --at issued."
	}
	return ""
}

// lateCause proves why a message is judged after end, if anything does. The
// severity is set where it is no fault of the login.
func (in *Input) lateCause(issued, begin, end time.Time) (*Cause, expect.Severity) {
	if in.stale(issued, end) {
		return stalePaste(issued), expect.SeverityWarning
	}
	if in.At.Basis == BasisCaptured {
		if c := in.slowClock(issued, end); c != nil {
			return c, ""
		}
		if c := in.lateDelivery(begin, end); c != nil {
			return c, ""
		}
	}
	if in.At.Basis == BasisCaptured || in.At.Basis == BasisGiven {
		if life := end.Sub(issued); !issued.IsZero() && life > 0 && life < shortWindow && in.At.Time.Before(issued.Add(usualWindow)) {
			return &Cause{
				ID:       causeShortWindow,
				Text:     fmt.Sprintf("it is valid for only %s after it was issued", Length(life)),
				Evidence: fmt.Sprintf("with the usual %s it would still have been valid", Length(usualWindow)),
				Index:    -1,
			}, ""
		}
	}
	return nil, ""
}

// stale reports whether a message that was good when it was issued is over only
// because somebody looks at it now.
func (in *Input) stale(issued, end time.Time) bool {
	return in.At.Basis == BasisNow && !issued.IsZero() && issued.Before(end) && issued.Before(in.At.Time)
}

func stalePaste(issued time.Time) *Cause {
	return &Cause{
		ID:       causeStalePaste,
		Text:     "it was good when it was issued, and only time has passed since",
		Evidence: fmt.Sprintf("judged as of its IssueInstant, %s, it is in time; --at says when it was really delivered", fullClock(issued)),
		Index:    -1,
	}
}

// earlyCause proves that the IdP's clock is ahead, and that with its own clock
// the message would have been in time.
func (in *Input) earlyCause(issued, begin time.Time) *Cause {
	if in.At.Basis != BasisCaptured || issued.IsZero() {
		return nil
	}
	by := issued.Sub(in.At.Time) // it cannot have been made after it was delivered
	apart := in.apart()
	if apart.Min != flow.NoMin && apart.Min > 0 {
		by = max(by, apart.Best())
	}
	if by <= 0 || in.At.Time.Add(by).Add(in.skew()).Before(begin) {
		return nil
	}
	c := &Cause{ID: causeClockSkew, Index: -1}
	if issued.After(in.At.Time) {
		c.Evidence = fmt.Sprintf("its IssueInstant %s lies after its delivery at %s; by the IdP's clock it was in time", in.clock(issued), in.clock(in.At.Time))
	} else {
		c.Evidence = fmt.Sprintf("its IssueInstant is %s, and the capture shows when it was made; by the IdP's clock it was in time", in.clock(issued))
	}
	if apart.Min != flow.NoMin && apart.Min > 0 {
		var bounds string
		c.Text, bounds = in.clocksApart()
		c.Evidence = strings.TrimPrefix(bounds+"; "+c.Evidence, "; ")
	} else {
		c.Text = fmt.Sprintf("the IdP's clock is ahead of the service's by %s or more", Length(by))
	}
	return c
}

// slowClock proves that the IdP's clock is behind, and that with its own clock
// the message would have been in time.
func (in *Input) slowClock(issued, end time.Time) *Cause {
	apart := in.apart()
	if issued.IsZero() || apart.Max == flow.NoMax || apart.Max >= -clockNoise {
		return nil
	}
	if _, late := in.late(end.Add(-apart.Best())); late {
		return nil
	}
	shown := "asked for it"
	if page := in.page(); page != nil {
		shown += " only at " + in.clock(in.byService(page.Started))
	} else {
		shown += " after that"
	}
	text, bounds := in.clocksApart()
	evidence := fmt.Sprintf("its IssueInstant is %s, and the browser %s; by the IdP's clock it was in time", in.clock(issued), shown)
	return &Cause{ID: causeClockSkew, Text: text, Evidence: strings.TrimPrefix(bounds+"; "+evidence, "; "), Index: -1}
}

// apart is by how much the IdP's clock is ahead of the service's, as far as the
// capture tells.
func (in *Input) apart() flow.Offset {
	if in.Login == nil {
		return flow.Clocks{}.Difference()
	}
	return in.Login.Clocks.Difference()
}

// byService is the service's time at an instant of the browser's clock, in so
// far as the evaluation time takes their difference into account.
func (in *Input) byService(t time.Time) time.Time { return t.Add(in.At.Shift) }

// lateDelivery proves that the message would have been in time had it gone to
// the service when the browser first had it.
func (in *Input) lateDelivery(begin, end time.Time) *Cause {
	valid := func(t time.Time) bool {
		return t.Before(in.At.Time) && t.Add(-in.skew()).Before(end) && !t.Add(in.skew()).Before(begin)
	}
	if page := in.page(); page != nil {
		if shown := in.byService(page.Started.Add(page.Duration)); valid(shown) {
			return &Cause{
				ID:       causeLateDelivery,
				Text:     fmt.Sprintf("the browser held it for %s before it was sent on", Length(in.At.Time.Sub(shown))),
				Evidence: fmt.Sprintf("the page with it arrived at %s, when it was valid, and was sent to the service at %s", in.clock(shown), in.clock(in.At.Time)),
				Index:    -1,
			}
		}
	}
	for _, m := range in.facts.around().same {
		t := in.byService(m.Capture.Time)
		if !m.Capture.Time.IsZero() && flow.DeliveredBy(m) != nil && valid(t) {
			return &Cause{
				ID:       causeLateDelivery,
				Text:     "it was sent again",
				Evidence: fmt.Sprintf("the same Response was already sent to the service at %s, when it was valid", in.clock(t)),
				Index:    -1,
			}
		}
	}
	return nil
}

// page is the exchange whose response page carried the message to the browser,
// or nil when the capture does not show it.
func (in *Input) page() *decode.Exchange {
	usable := func(e *decode.Exchange) bool {
		return e != nil && !e.Started.IsZero() && !in.byService(e.Started).After(in.At.Time)
	}
	if c := in.Message.Capture; c != nil {
		if usable(c.Page) {
			return c.Page
		}
		if c.InResponse && usable(c.Exchange) {
			return c.Exchange
		}
	}
	for _, m := range in.facts.around().same {
		if e := m.Capture.Exchange; m.Capture.InResponse && usable(e) {
			return e
		}
	}
	return nil
}

// moment is the event that the evaluation time stands for, to follow "after".
func (in *Input) moment() string {
	switch in.At.Basis {
	case BasisCaptured:
		return "it was delivered"
	case BasisIssued:
		return "it was issued"
	default:
		return "the time it is judged at"
	}
}

// ago says how long before the evaluation time something was.
func (in *Input) ago(by time.Duration) string {
	switch {
	case in.At.Basis == BasisNow:
		return Length(by) + " ago"
	case by > 0:
		return Length(by) + " before " + in.moment()
	case in.At.Basis == BasisGiven:
		return "at the very time it is judged at"
	default:
		return "at the very moment when " + in.moment()
	}
}

// hence says how long after the evaluation time something will be.
func (in *Input) hence(by time.Duration) string {
	if in.At.Basis == BasisNow {
		return "in " + Length(by)
	}
	return Length(by) + " after " + in.moment()
}

// held shows t beside the evaluation time.
func (in *Input) held(t time.Time) string {
	layout := "15:04:05.999"
	switch {
	case !sameDay(t, in.At.Time):
		layout = "2006-01-02 15:04:05.999"
	case t.Sub(in.At.Time).Abs() < 2*time.Millisecond:
		layout = "15:04:05.999999999"
	}
	return fmt.Sprintf("%s UTC, the time is %s UTC", t.UTC().Format(layout), in.At.Time.UTC().Format(layout))
}

// allowance names the tolerance for clocks where there is one.
func (in *Input) allowance() string {
	if in.skew() <= 0 {
		return ""
	}
	return fmt.Sprintf(" (clocks may differ by %s)", Length(in.skew()))
}

// clock shows t in UTC, with the date only where it is not that of the
// evaluation time.
func (in *Input) clock(t time.Time) string {
	if sameDay(t, in.At.Time) {
		return t.UTC().Format("15:04:05.999") + " UTC"
	}
	return fullClock(t)
}

func fullClock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999") + " UTC" }

func sameDay(a, b time.Time) bool {
	return a.UTC().Format(time.DateOnly) == b.UTC().Format(time.DateOnly)
}

// Length writes a duration in its two largest units, "6 min 42 s", the way
// people say it, for findings and for the timeline that a report draws of them.
// It drops the sign.
func Length(d time.Duration) string {
	d = d.Abs()
	type unit struct {
		of   time.Duration
		name string
	}
	units := [...]unit{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}, {time.Millisecond, "ms"}}
	var parts []string
	precise := false
	for i, u := range units {
		n := d / u.of
		if n == 0 && len(parts) == 0 {
			continue
		}
		if n == 0 || u.of < time.Second && precise {
			break
		}
		parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
		d -= n * u.of
		if len(parts) == 2 || i == 0 && n >= 10 {
			break
		}
		precise = n >= 10 // ten seconds want no milliseconds
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, " ")
	case d > 0:
		return "less than 1 ms"
	}
	return "0 s"
}
