package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
)

// Login is one login of a capture: what went between browser, service and IdP.
type Login struct {
	Input  string `json:"input"`
	Number int    `json:"number"` // from 1, as in Source.Login
	Of     int    `json:"of"`
	// Initiated is "sp" or "idp"; empty where nothing tells.
	Initiated   flow.Initiator `json:"initiated,omitempty"`
	RequestID   string         `json:"request_id,omitempty"`
	ResponseID  string         `json:"response_id,omitempty"`
	Deliveries  int            `json:"deliveries"` // of the Response
	Verdict     Verdict        `json:"verdict"`    // of the last message that decides it
	Headline    string         `json:"headline"`
	Steps       []Step         `json:"steps"`
	LostCookies []LostCookie   `json:"lost_cookies,omitempty"`
	Clocks      *Clocks        `json:"clocks,omitempty"`
}

// loginKey tells the logins of a report apart.
type loginKey struct {
	input  string
	number int
}

func (l *Login) key() loginKey { return loginKey{l.Input, l.Number} }

// Step is one exchange of a login: what the browser sent to a host, and what
// came back.
type Step struct {
	Entry    int        `json:"entry"` // index in the capture, from 0
	Time     *time.Time `json:"time,omitempty"`
	Host     string     `json:"host"`
	Party    flow.Party `json:"party,omitempty"` // service or idp
	Method   string     `json:"method"`
	Path     string     `json:"path"` // with a query only where that has no values
	Status   int        `json:"status,omitempty"`
	Sent     []Carried  `json:"sent,omitempty"`     // with the request
	Received []Carried  `json:"received,omitempty"` // with the answer
	Skipped  int        `json:"skipped,omitempty"`  // exchanges left out before it
}

// Carried names a message that a step carried.
type Carried struct {
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`
}

// LostCookie is a cookie of the service that did not come back with the
// Response. Its value is not kept.
type LostCookie struct {
	Name       string    `json:"name"`
	SetBy      string    `json:"set_by"` // host
	Attributes string    `json:"attributes"`
	Why        flow.Loss `json:"why"`
	Tracks     bool      `json:"tracks_request"`
}

// Clocks are what the capture tells of the parties' clocks. Offsets are to the
// browser's clock, in seconds; positive is ahead.
type Clocks struct {
	IdP     *Offset `json:"idp,omitempty"`
	Service *Offset `json:"service,omitempty"`
	// IdPMinusService is to the browser's clock where nothing tells the
	// service's.
	IdPMinusService *Offset `json:"idp_minus_service,omitempty"`
}

// Offset is a difference of clocks with the bounds that the capture sets; an
// end that nothing bounds is left out.
type Offset struct {
	Seconds float64  `json:"seconds"`
	Min     *float64 `json:"min,omitempty"`
	Max     *float64 `json:"max,omitempty"`
	From    string   `json:"from,omitempty"` // what shows it
}

// loginOf describes a login of a capture; nil for nil.
func loginOf(l *flow.Login, input string) *Login {
	if l == nil {
		return nil
	}
	out := &Login{Input: input, Number: l.Number, Of: l.Of, Initiated: l.Initiated, Deliveries: len(l.Deliveries()), Steps: []Step{}}
	if l.RequestView != nil {
		out.RequestID = l.RequestView.ID.Get()
	} else if l.Ignored != nil {
		out.RequestID = l.Ignored.View().AuthnRequest.ID.Get()
	}
	if l.Response != nil {
		if h := l.Response.View().Header(); h != nil {
			out.ResponseID = h.ID.Get()
		}
	}
	for i := range l.Steps {
		out.Steps = append(out.Steps, stepOf(&l.Steps[i]))
	}
	for _, c := range l.Lost {
		out.LostCookies = append(out.LostCookies, LostCookie{
			Name: c.Name, SetBy: flow.Host(c.SetBy.URL), Attributes: c.Attributes, Why: c.Why, Tracks: c.Tracks,
		})
	}
	c := Clocks{
		IdP:             offsetOf(l.Clocks.IdP.Offset, l.Clocks.IdP.From, l.Clocks.IdP.Known()),
		Service:         offsetOf(l.Clocks.Service.Offset, l.Clocks.Service.From, l.Clocks.Service.Known()),
		IdPMinusService: offsetOf(l.Clocks.Difference(), "", l.Clocks.IdP.Known()),
	}
	if c.IdP != nil || c.Service != nil {
		out.Clocks = &c
	}
	return out
}

func stepOf(s *flow.Step) Step {
	out := Step{
		Entry: s.Exchange.Entry, Host: s.Host, Party: s.Party, Method: s.Method, Path: s.Path, Status: s.Status, Skipped: s.Skipped,
	}
	if !s.Time.IsZero() {
		t := s.Time
		out.Time = &t
	}
	for _, c := range s.Carries {
		if c.Sent {
			out.Sent = append(out.Sent, Carried{Type: c.Type, ID: c.ID})
		} else {
			out.Received = append(out.Received, Carried{Type: c.Type, ID: c.ID})
		}
	}
	return out
}

func offsetOf(o flow.Offset, from string, known bool) *Offset {
	if !known || !o.Known() {
		return nil
	}
	seconds := func(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
	out := &Offset{Seconds: seconds(o.Best()), From: from}
	if o.Min != flow.NoMin {
		v := seconds(o.Min)
		out.Min = &v
	}
	if o.Max != flow.NoMax {
		v := seconds(o.Max)
		out.Max = &v
	}
	return out
}

// delivery is which delivery of its login m is, from 1; 0 when it is none.
func delivery(l *flow.Login, m *decode.Message) int {
	return slices.Index(l.Deliveries(), m) + 1
}

// loginsOf gathers the logins that messages belong to, in their order, each with
// the verdict of the last message that decides it.
func loginsOf(messages []Message) []Login {
	var logins []Login
	at := map[loginKey]int{}
	for i := range messages {
		m := &messages[i]
		if m.login == nil || len(m.login.Steps) == 0 {
			continue
		}
		n, ok := at[m.login.key()]
		if !ok {
			n = len(logins)
			at[m.login.key()] = n
			logins = append(logins, *m.login)
		}
		if judgedAsLogin(m) || logins[n].Headline == "" {
			logins[n].Verdict, logins[n].Headline = m.Verdict, m.Headline
		}
	}
	return logins
}

// short cuts an ID down to its ends, which tell it from the others of a capture.
func short(id string) string {
	const end = 4
	r := []rune(id)
	if len(r) <= 2*end+2 {
		return id
	}
	return string(r[:end]) + "…" + string(r[len(r)-end:])
}

// names lists messages for a step: "AuthnRequest _q1".
func names(list []Carried) string {
	var parts []string
	for _, c := range list {
		parts = append(parts, strings.TrimSpace(c.Type+" "+short(c.ID)))
	}
	return strings.Join(parts, ", ")
}

// types lists messages for a step that has no room for their IDs.
func types(list []Carried) string {
	var parts []string
	for _, c := range list {
		parts = append(parts, c.Type)
	}
	return strings.Join(parts, ", ")
}

// begun says where a login began.
func (l *Login) begun() string {
	switch l.Initiated {
	case flow.InitiatorService:
		return "SP-initiated: it began at the service"
	case flow.InitiatorIdP:
		return "IdP-initiated: no request was answered"
	}
	return ""
}

func (l *Login) title() string {
	text := "login"
	if l.Of > 1 {
		text = fmt.Sprintf("login %d of %d", l.Number, l.Of)
	}
	if begun := l.begun(); begun != "" {
		text += ", " + begun
	}
	return text
}
