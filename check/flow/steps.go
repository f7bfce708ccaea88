package flow

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// Party is who a browser spoke to.
type Party string

// The parties of a login; other hosts have none.
const (
	PartyService Party = "service"
	PartyIdP     Party = "idp"
)

// Step is one exchange of a login.
type Step struct {
	Exchange *decode.Exchange
	Time     time.Time // when the browser began it; zero when unknown
	Host     string    // that the browser spoke to
	Party    Party     // that the host belongs to, where the login tells
	Method   string
	Path     string // of the URL, without its query
	Status   int    // 0: no answer was recorded
	Carries  []Carried
	// Skipped is how many exchanges between the step before and this one are
	// left out, so that a login stays short.
	Skipped int
}

// Carried is a message that a step brought to the browser or took from it.
type Carried struct {
	Message *decode.Message
	Type    string // Response, AuthnRequest, …; the parameter of what cannot be read
	ID      string
	Sent    bool // in the request; otherwise it came with the answer
}

// maxSteps is the greatest number of steps that a login is told in.
const maxSteps = 8

// window is how many exchanges before a delivery can belong to its login.
const window = 300

// observer looks at the exchanges of a capture around its logins.
type observer struct {
	exchanges []*decode.Exchange
	index     map[*decode.Exchange]int
	between   []bool                    // by index: a page or redirect that carries no message
	carrying  map[*decode.Exchange]bool // exchanges that carry a message
	samples   map[string][]sample       // of Date headers, by host
}

// observe adds to logins what the exchanges of trace tell about them.
func observe(trace *decode.Trace, logins []*Login) {
	if len(trace.Exchanges) == 0 || len(logins) == 0 {
		return
	}
	o := &observer{exchanges: trace.Exchanges, index: make(map[*decode.Exchange]int, len(trace.Exchanges))}
	for i, e := range trace.Exchanges {
		o.index[e] = i
	}
	o.carrying = map[*decode.Exchange]bool{}
	for _, m := range trace.Messages {
		for _, e := range []*decode.Exchange{Page(m), DeliveredBy(m)} {
			if e != nil {
				o.carrying[e] = true
			}
		}
	}
	o.between = make([]bool, len(o.exchanges))
	for i, e := range o.exchanges {
		o.between[i] = !o.carrying[e] && isPage(e)
	}
	o.sample()
	o.cookies(logins)
	for _, l := range logins {
		l.Steps = o.steps(l)
		l.Clocks = o.clocks(l)
	}
}

// stepper gathers the steps of one login.
type stepper struct {
	o     *observer
	at    map[int]*Step // by index of the exchange
	order []int
}

func (s *stepper) add(e *decode.Exchange) *Step {
	i, ok := s.o.index[e]
	if !ok {
		return nil
	}
	if step := s.at[i]; step != nil {
		return step
	}
	step := &Step{Exchange: e, Time: e.Started, Host: Host(e.URL), Method: e.Method, Path: shownPath(e.URL), Status: e.Status}
	s.at[i] = step
	s.order = append(s.order, i)
	return step
}

// message adds the exchanges that carried m.
func (s *stepper) message(m *decode.Message) {
	if m == nil || m.Capture == nil {
		return
	}
	c := Carried{Message: m, Type: m.Param}
	v := m.View()
	if v.Type != saml.TypeOther {
		c.Type = string(v.Type)
	}
	if h := v.Header(); h != nil {
		c.ID = h.ID.Get()
	}
	carry := func(e *decode.Exchange, sent bool) {
		if e == nil {
			return
		}
		step := s.add(e)
		if step == nil || slices.ContainsFunc(step.Carries, func(o Carried) bool { return o.Sent == sent && o.ID == c.ID && o.Type == c.Type }) {
			return
		}
		c.Sent = sent
		step.Carries = append(step.Carries, c)
	}
	carry(Page(m), false)
	carry(DeliveredBy(m), true)
}

func (o *observer) steps(l *Login) []Step {
	s := &stepper{o: o, at: map[int]*Step{}}
	s.message(l.Request)
	s.message(l.Ignored)
	for _, m := range l.copies[:min(len(l.copies), maxSteps)] {
		s.message(m)
	}
	s.message(l.Artifact)
	s.message(l.Response)
	for _, m := range l.Again[:min(len(l.Again), maxSteps)] {
		s.message(m)
	}
	if len(s.order) == 0 {
		return nil
	}
	key := len(s.order)
	deliveries := l.Deliveries()
	s.between(slices.Min(s.order), slices.Max(s.order))
	for _, m := range deliveries[:min(len(deliveries), maxSteps)] {
		s.follow(DeliveredBy(m), 2)
	}
	slices.Sort(s.order)
	steps := s.shorten(key)
	mark(steps, l)
	return steps
}

// between adds the pages and redirects between the first and the last exchange
// of a login: the sign-in page, the credentials, a second factor. What carries a
// message of another login is left to that.
func (s *stepper) between(from, to int) {
	for i := max(from, to-window); i < to; i++ {
		if s.o.between[i] {
			s.add(s.o.exchanges[i])
		}
	}
}

// follow adds the exchanges to which the service's answer redirects.
func (s *stepper) follow(e *decode.Exchange, most int) {
	i, ok := s.o.index[e]
	for j := i + 1; ok && most > 0 && j < min(len(s.o.exchanges), i+window) && e.Redirect != ""; j++ {
		next := s.o.exchanges[j]
		if !sameAddress(next.URL, e.Redirect) {
			continue
		}
		s.add(next)
		e = next
		most--
	}
}

// sameAddress compares URLs without their fragments, which are not sent.
func sameAddress(a, b string) bool {
	a, _, _ = strings.Cut(a, "#")
	b, _, _ = strings.Cut(b, "#")
	return a == b
}

// shorten gives the steps in order. Those without a message go first when there
// are too many.
func (s *stepper) shorten(key int) []Step {
	spare := max(0, len(s.order)-maxSteps)
	if key > maxSteps {
		spare = len(s.order) - key
	}
	var steps []Step
	skipped := 0
	for n, i := range s.order {
		step := s.at[i]
		last := n == len(s.order)-1
		switch {
		case spare > 0 && len(step.Carries) == 0 && !last, len(steps) >= maxSteps:
			spare--
			skipped++
			continue
		}
		step.Skipped, skipped = skipped, 0
		steps = append(steps, *step)
	}
	return steps
}

// mark names the parties that the hosts of a login belong to.
func mark(steps []Step, l *Login) {
	parties := map[string]Party{}
	name := func(e *decode.Exchange, p Party) {
		if e != nil && parties[Host(e.URL)] == "" {
			parties[Host(e.URL)] = p
		}
	}
	for _, m := range l.Deliveries() {
		name(DeliveredBy(m), PartyService)
	}
	if q := cmp.Or(l.Request, l.Ignored); q != nil {
		name(Page(q), PartyService)
		name(DeliveredBy(q), PartyIdP)
	}
	if l.Response != nil {
		name(Page(l.Response), PartyIdP)
	}
	for i := range steps {
		steps[i].Party = parties[steps[i].Host]
	}
}

// isPage reports whether e is a page that the user was shown, or a redirect on
// the way to one, rather than a part of a page.
func isPage(e *decode.Exchange) bool {
	if dest := header(e.RequestHeaders, "Sec-Fetch-Dest"); dest != "" && dest != "document" {
		return false
	}
	if isSide(e) || e.Method == methodOPTIONS {
		return false
	}
	return e.Status >= 300 && e.Status < 400 && e.Status != 304 || e.Method == methodPOST || strings.Contains(e.ResponseType, "html")
}

// isSide reports whether e asks for a part of a page by its path: an icon, a
// script, a style.
func isSide(e *decode.Exchange) bool {
	switch strings.ToLower(path.Ext(pathOf(e.URL))) {
	case ".ico", ".png", ".gif", ".jpg", ".jpeg", ".svg", ".webp", ".css", ".js", ".mjs", ".map", ".json", ".webmanifest", ".woff", ".woff2", ".ttf":
		return true
	}
	return false
}

// shownPath is the path, with a query such as "?acs" that tells where it leads
// and holds nothing.
func shownPath(rawURL string) string {
	const longest = 20
	p := pathOf(rawURL)
	if u, err := url.Parse(rawURL); err == nil && u.RawQuery != "" && len(u.RawQuery) <= longest && !strings.ContainsAny(u.RawQuery, "=&") {
		p += "?" + u.RawQuery
	}
	return p
}

func pathOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		before, _, _ := strings.Cut(rawURL, "?")
		return before
	}
	if p := u.EscapedPath(); p != "" {
		return p
	}
	return "/"
}
