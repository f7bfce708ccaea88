package flow

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// Unbounded ends of an [Offset].
const (
	NoMin = time.Duration(math.MinInt64)
	NoMax = time.Duration(math.MaxInt64)
)

// Offset is by how much one clock is ahead of another; negative: behind. A
// capture gives bounds, not a value: a time is cut to whole seconds, and a
// message is made at some moment between its being asked for and its arrival.
type Offset struct {
	Min, Max time.Duration // NoMin and NoMax: nothing bounds it there
}

// Known reports whether anything bounds o.
func (o Offset) Known() bool { return o.Min != NoMin || o.Max != NoMax }

// Best is the middle of the bounds; where they leave room for no difference at
// all, or one of them is missing, what lies nearest to that.
func (o Offset) Best() time.Duration {
	switch {
	case o.Min <= 0 && o.Max >= 0:
		return 0
	case o.Min == NoMin:
		return min(o.Max, 0)
	case o.Max == NoMax:
		return max(o.Min, 0)
	}
	return o.Min + (o.Max-o.Min)/2
}

// Beyond reports whether the clocks certainly differ by more than d.
func (o Offset) Beyond(d time.Duration) bool {
	return o.Min != NoMin && o.Min > d || o.Max != NoMax && o.Max < -d
}

// both is what two observations of one clock say together; ok is false when
// they contradict each other.
func (o Offset) both(p Offset) (Offset, bool) {
	q := Offset{Min: max(o.Min, p.Min), Max: min(o.Max, p.Max)}
	return q, q.Min <= q.Max
}

// minus is the offset between two clocks of which the offsets to a third are
// known.
func (o Offset) minus(p Offset) Offset {
	d := Offset{Min: NoMin, Max: NoMax}
	if o.Min != NoMin && p.Max != NoMax {
		d.Min = o.Min - p.Max
	}
	if o.Max != NoMax && p.Min != NoMin {
		d.Max = o.Max - p.Min
	}
	return d
}

// Clock is what a capture tells of one party's clock.
type Clock struct {
	// Offset is to the clock of the browser that recorded the capture.
	Offset Offset
	// From is what shows it: "IssueInstant" or "Date header", empty when
	// nothing does. Where the two contradict each other, as they do behind a web
	// server of its own, the message's own time stands: its maker's clock sets
	// and judges the times in messages.
	From string
	// Front is the clock of the web server in front, by its Date headers, where
	// it is another one.
	Front Offset
}

// Known reports whether the capture tells anything of the clock.
func (c Clock) Known() bool { return c.From != "" }

// Sources of a [Clock].
const (
	FromIssueInstant = "IssueInstant"
	FromDate         = "Date header"
)

// Clocks are those of the parties of a login.
type Clocks struct {
	IdP, Service Clock
}

// Difference is by how much the IdP's clock is ahead of the service's, or of the
// browser's where the capture tells nothing of the service's.
func (c Clocks) Difference() Offset {
	switch {
	case !c.IdP.Known():
		return Offset{NoMin, NoMax}
	case !c.Service.Known():
		return c.IdP.Offset
	}
	return c.IdP.Offset.minus(c.Service.Offset)
}

// tooFar is a difference that no clock has, only a message from elsewhere.
const tooFar = 20 * 365 * 24 * time.Hour

// made is the offset of a clock that read t, cut to resolution, at some moment
// between from and to by the browser's clock; either may be zero for unknown.
func made(t time.Time, resolution time.Duration, from, to time.Time) Offset {
	o := Offset{NoMin, NoMax}
	if !to.IsZero() && t.Sub(to).Abs() < tooFar {
		o.Min = t.Sub(to)
	}
	if !from.IsZero() && t.Sub(from).Abs() < tooFar {
		o.Max = t.Add(resolution).Sub(from)
	}
	return o
}

// end is when the browser had the whole answer; zero when unknown.
func end(e *decode.Exchange) time.Time {
	if e.Started.IsZero() || e.Duration <= 0 {
		return time.Time{}
	}
	return e.Started.Add(e.Duration)
}

// sample is one Date header.
type sample struct {
	exchange *decode.Exchange
	offset   Offset
	// fresh says that the answer was made for this very request: nothing
	// between may have kept it.
	fresh bool
}

// maxSamples of one host are plenty.
const maxSamples = 200

// sample reads the Date headers of the capture.
func (o *observer) sample() {
	o.samples = map[string][]sample{}
	for _, e := range o.exchanges {
		date, ok := httpTime(header(e.ResponseHeaders, "Date"))
		host := Host(e.URL)
		if !ok || e.Started.IsZero() || len(o.samples[host]) >= maxSamples || header(e.ResponseHeaders, "Age") != "" || e.Status == 304 {
			continue
		}
		fresh := e.Method == methodPOST || e.Status >= 300 && e.Status < 400 || header(e.ResponseHeaders, "Set-Cookie") != ""
		o.samples[host] = append(o.samples[host], sample{e, made(date, time.Second, e.Started, end(e)), fresh})
	}
}

// dated is what the Date headers of e's host say, that of e before the others:
// one host may have several clocks behind it, and e is the one that counts.
func (o *observer) dated(e *decode.Exchange) (Offset, bool) {
	if e == nil {
		return Offset{NoMin, NoMax}, false
	}
	samples := o.samples[Host(e.URL)]
	i := slices.IndexFunc(samples, func(s sample) bool { return s.exchange == e })
	if i < 0 {
		return Offset{NoMin, NoMax}, false
	}
	all := samples[i].offset
	for _, s := range samples {
		if both, ok := all.both(s.offset); ok && s.fresh {
			all = both
		}
	}
	return all, true
}

// kept reports whether a page came from a cache although it looks new: its Date
// lies back, while that of the answers around it, made for this login, do not.
func (o *observer) kept(page *decode.Exchange) bool {
	date, ok := o.dated(page)
	if !ok || page.Method == methodPOST || date.Max == NoMax || date.Max >= 0 {
		return false
	}
	for _, s := range o.samples[Host(page.URL)] {
		if s.exchange == page || !s.fresh && !isPage(s.exchange) {
			continue
		}
		if s.offset.Min != NoMin && s.offset.Min > date.Max {
			return true
		}
	}
	return false
}

func (o *observer) clocks(l *Login) Clocks {
	return Clocks{IdP: o.idpClock(l), Service: o.serviceClock(l)}
}

// idpClock: the IdP makes the Response while it answers with the page that
// carries it, after the service asked and before the browser delivers it.
func (o *observer) idpClock(l *Login) Clock {
	unknown := Offset{NoMin, NoMax}
	c := Clock{Offset: unknown, Front: unknown}
	if l.Response == nil {
		return c
	}
	page := Page(l.Response)
	if page != nil && o.kept(page) {
		page = nil
	}
	date, dated := o.dated(page)
	if dated {
		c.Offset, c.From = date, FromDate
	}
	issued, resolution, ok := issuedAt(l.Response)
	if !ok {
		return c
	}
	var from, to time.Time
	if d := DeliveredBy(l.Response); d != nil {
		to = d.Started
	}
	if l.Matched {
		from = l.Request.Capture.Time
		if origin := Page(l.Request); origin != nil {
			from = origin.Started
		}
	}
	own := made(issued, resolution, from, to)
	if page == nil {
		// The capture lost what the page held, but not when it was asked for.
		if form := o.postedFrom(DeliveredBy(l.Response)); form != nil && !o.kept(form) {
			if narrow, ok := own.both(made(issued, resolution, form.Started, to)); ok {
				own = narrow
			}
		}
	}
	if page != nil {
		if narrow, ok := own.both(made(issued, resolution, page.Started, end(page))); ok {
			own = narrow
		}
	}
	return c.judgedBy(own, date, dated)
}

// postedFrom is the last page before a delivery of the host from which the form
// was posted; nil when the capture does not tell.
func (o *observer) postedFrom(delivery *decode.Exchange) *decode.Exchange {
	i, ok := o.index[delivery]
	if !ok || delivery.Method != methodPOST {
		return nil
	}
	from := cameFrom(delivery)
	for j := i - 1; j >= max(0, i-window) && from != "" && from != opaque; j-- {
		e := o.exchanges[j]
		if u := e.ParsedURL(); u != nil && strings.EqualFold(u.Hostname(), from) && isPage(e) {
			if e.Redirect != "" || e.Status >= 300 && e.Status < 400 {
				return nil
			}
			return e
		}
	}
	return nil
}

// aboutTime is how services say that a message is out of time.
var aboutTime = regexp.MustCompile(`(?i)not ?yet ?valid|not ?before|not ?on ?or ?after|in the future|too early|expired|clock|time ?stamp`)

// serviceClock: the service makes its request while it answers with the redirect
// that carries it; a request in a page may have lain there for long.
func (o *observer) serviceClock(l *Login) Clock {
	unknown := Offset{NoMin, NoMax}
	c := Clock{Offset: unknown, Front: unknown}
	var date Offset
	dated := false
	if ds := l.Deliveries(); len(ds) > 0 {
		if date, dated = o.dated(DeliveredBy(ds[0])); dated {
			c.Offset, c.From = date, FromDate
		}
	}
	if l.Request == nil || l.Request.Capture == nil {
		return c
	}
	issued, resolution, ok := issuedAt(l.Request)
	if !ok {
		return c
	}
	own := unknown
	if origin := Page(l.Request); origin != nil {
		from := time.Time{}
		if origin.Redirect != "" && !o.kept(origin) {
			from = origin.Started
		}
		own = made(issued, resolution, from, end(origin))
		// A request made long ago and sent now is no proof of a slow clock, unless
		// the service goes on to speak of times.
		if _, agree := own.both(date); dated && !agree && own.Max < date.Min && !o.complains(l) {
			own = unknown
		}
	} else if d := DeliveredBy(l.Request); d != nil {
		own = made(issued, resolution, time.Time{}, d.Started)
	}
	return c.judgedBy(own, date, dated)
}

// complains reports whether the service refused the Response of l with words
// about its times.
func (o *observer) complains(l *Login) bool {
	ds := l.Deliveries()
	if len(ds) == 0 {
		return false
	}
	const enough = 64 << 10
	e := DeliveredBy(ds[0])
	return e.Status >= 400 && aboutTime.Match(e.ResponseBody[:min(len(e.ResponseBody), enough)])
}

// judgedBy is c with the time that a message itself tells.
func (c Clock) judgedBy(own, date Offset, dated bool) Clock {
	if !own.Known() {
		return c
	}
	if !dated {
		c.Offset, c.From = own, FromIssueInstant
		return c
	}
	if both, ok := own.both(date); ok {
		c.Offset, c.From = both, FromIssueInstant
		return c
	}
	c.Offset, c.From, c.Front = own, FromIssueInstant, date
	return c
}

// issuedAt is the IssueInstant of m and the length of its last digit. That of an
// assertion stands where there is no Response.
func issuedAt(m *decode.Message) (t time.Time, resolution time.Duration, ok bool) {
	v := m.View()
	if v.Type == saml.TypeArtifactResponse {
		return t, 0, false // fetched, not shown by a page
	}
	var value *saml.Value
	if h := v.Header(); h != nil {
		value = h.IssueInstant
	}
	if value == nil && len(v.Assertions) > 0 {
		value = v.Assertions[0].IssueInstant
	}
	t, err := value.Time()
	if err != nil {
		return t, 0, false
	}
	resolution = time.Second
	if _, fraction, found := strings.Cut(value.Text, "."); found {
		for _, c := range fraction {
			if c < '0' || c > '9' || resolution < 10 {
				break
			}
			resolution /= 10
		}
	}
	return t, resolution, true
}
