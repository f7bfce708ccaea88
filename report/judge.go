package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/report/services"
)

// Options say how [Judge] judges.
type Options struct {
	// Services are the names of services to judge for; empty: those that the
	// URLs of the message and its capture show.
	Services []string
	Given    expect.Given
	At       At
	// Now is the clock of the person who asks.
	Now   time.Time
	Rules check.Options
	// Code is what the service told the user: a code, an id or a message of its
	// table; empty: look for one in the capture.
	Code string
	// Lang is the language of the services' texts, see [services.Languages];
	// empty: English.
	Lang string
	// Request is the AuthnRequest that was sent, for messages whose capture
	// does not hold it; nil: not known.
	Request *decode.Message
	// Login is the number of the only login to judge; 0: all of them, and what
	// belongs to none.
	Login int
}

// At is the wish for an evaluation time.
type At struct {
	Mode AtMode
	Time time.Time // of AtGiven
}

// AtMode says how the evaluation time is chosen.
type AtMode string

// The modes of --at.
const (
	AtDefault  AtMode = ""         // captured where the capture tells, else now
	AtNow      AtMode = "now"      // now, and mean it
	AtCaptured AtMode = "captured" // as the capture tells; an error without
	AtIssued   AtMode = "issued"   // the message's own IssueInstant
	AtGiven    AtMode = "given"    // Time
)

// Judge asks every rule about every message of trace and joins the answers with
// the services' codes: one [Message] for each message and judged service. The
// second result holds remarks about the expectations themselves. The error is
// one of usage: an unknown service, metadata that cannot be read, a time that
// is not known.
func Judge(trace *decode.Trace, o Options) ([]Message, []string, error) {
	layers, warnings, err := o.Given.Read()
	if err != nil {
		return nil, nil, err
	}
	logins, capture := flow.Logins(trace), check.NewCapture(trace)
	var messages []Message
	var notes []string
	for _, w := range warnings {
		notes = append(notes, w.String())
	}
	if o.Login > len(logins) {
		return nil, nil, fmt.Errorf("--login %d: %s holds %s", o.Login, trace.Input, plural(len(logins), "login", "logins"))
	}
	for _, m := range trace.Messages {
		login := flow.Of(logins, m).Answering(o.Request)
		if o.Login > 0 && (login == nil || login.Number != o.Login) {
			continue
		}
		judged, err := servicesFor(m, login, o.Services)
		if err != nil {
			return nil, nil, err
		}
		for _, svc := range judged {
			var defaults *expect.Expect
			if svc != nil {
				defaults = svc.Expect
			}
			in := check.Input{Message: m, Trace: trace, Capture: capture, Login: login, Expect: expected(layers.Over(defaults), svc, login)}
			var note string
			if in.At, note, err = evaluationTime(m, o); err != nil {
				return nil, nil, err
			}
			in.At = in.At.ByService(login)
			notes = appendNew(notes, nonEmpty(note))
			asked := check.NewInput(in)
			answered := sync.OnceValue(func() *services.Code { return answeredCode(asked, svc) })
			out := judgeOne(asked, svc, answered, o)
			if out.AskedCode, note, err = askedCode(&out, svc, answered, &o); err != nil {
				return nil, nil, err
			}
			notes = appendNew(notes, nonEmpty(note))
			messages = append(messages, out)
		}
	}
	return messages, notes, nil
}

// expected adds to e what follows from it for svc alone.
func expected(e *expect.Expect, svc *services.Service, login *flow.Login) *expect.Expect {
	if svc == nil {
		return e
	}
	e.ErrorAnswers = svc.Answers
	if !svc.ACSAsAudience {
		return e
	}
	e.AudienceAlso = append(e.AudienceAlso, e.ACSURLs...)
	if login != nil && login.RequestView != nil {
		if acs := login.RequestView.ACSURL.Get(); acs != "" {
			e.AudienceAlso = append(e.AudienceAlso, expect.Value{Text: acs, From: "the AuthnRequest"})
		}
	}
	return e
}

// judgeOne judges one message for svc, which may be nil. answered is the code
// in the service's own answer.
func judgeOne(in *check.Input, svc *services.Service, answered func() *services.Code, o Options) Message {
	view := in.SAML()
	out := Message{
		Source:      sourceOf(in),
		Message:     describe(in.Message, view),
		EvaluatedAt: EvaluatedAt{Time: in.At.Time, Basis: in.At.Basis},
	}
	if in.Login != nil {
		out.Logins, out.shift = in.Login.Of, in.At.Shift
		out.login, out.delivery = loginOf(in.Login, out.Source.Input), delivery(in.Login, in.Message)
	}
	if svc != nil {
		out.ServiceFrom = serviceFrom(svc, in, o.Services)
		out.Service, out.ServiceTitle = &svc.Name, svc.Title
	}
	out.Message.Signatures = signaturesOf(in)
	results := check.Run(check.Rules(), in, o.Rules)
	for i := range results {
		out.Results = append(out.Results, joinResult(&results[i], svc, o.Lang))
	}
	out.joinAnswer(answered, o.Lang)
	out.Verdict = verdictOf(results)
	out.unanswered = out.Verdict != VerdictFail && unanswered(in)
	if out.unanswered {
		out.Verdict = VerdictIncomplete
	}
	out.Headline, out.ChangeFirst = headline(&out, results)
	return out
}

// unanswered reports whether in is a request of a capture that holds no answer
// to any: of the login that failed it shows the beginning alone.
func unanswered(in *check.Input) bool {
	if in.Login == nil || len(in.Trace.Exchanges) < 2 {
		return false
	}
	return !slices.ContainsFunc(in.Trace.Messages, func(m *decode.Message) bool { return m.View().AuthnRequest == nil })
}

// AuthnRequest is the last AuthnRequest of a trace, or nil.
func AuthnRequest(trace *decode.Trace) *decode.Message {
	for _, m := range slices.Backward(trace.Messages) {
		if m.View().AuthnRequest != nil {
			return m
		}
	}
	return nil
}

// servicesFor are the services to judge m for; a single nil when none is named
// or recognised.
func servicesFor(m *decode.Message, login *flow.Login, named []string) ([]*services.Service, error) {
	var judged []*services.Service
	for _, name := range named {
		svc, err := services.Get(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(judged, svc) {
			judged = append(judged, svc)
		}
	}
	if len(judged) > 0 {
		return judged, nil
	}
	recognised, err := services.Recognise(m.Binding, urlsOf(m, login))
	if err != nil {
		return nil, err
	}
	if len(recognised) == 0 {
		return []*services.Service{nil}, nil
	}
	return recognised[:1], nil
}

// serviceFrom says why in is judged for svc.
func serviceFrom(svc *services.Service, in *check.Input, named []string) string {
	if len(named) > 0 {
		return "--service"
	}
	if slices.Contains(svc.Bindings, in.Message.Binding) {
		return "binding " + string(in.Message.Binding)
	}
	return svc.RecognisedBy(urlsOf(in.Message, in.Login))
}

// urlsOf are the places in which a message names the service it is meant for,
// the most telling first.
func urlsOf(m *decode.Message, login *flow.Login) []string {
	var urls []string
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(urls, s) {
			urls = append(urls, s)
		}
	}
	view := m.View()
	if view.AuthnRequest == nil {
		if m.Capture.InResponse {
			add(m.Capture.Action)
		} else if m.Capture.Exchange != nil {
			add(m.Capture.Exchange.URL)
		}
		if h := view.Header(); h != nil {
			add(h.Destination.Get())
		}
	} else {
		add(view.AuthnRequest.ACSURL.Get())
		if issuer := view.AuthnRequest.Issuer; issuer != nil {
			add(issuer.Text)
		}
	}
	for _, a := range view.Assertions {
		if a.Subject != nil {
			for _, c := range a.Subject.Confirmations {
				add(c.Recipient.Get())
			}
		}
		if a.Conditions != nil {
			for _, r := range a.Conditions.Audiences {
				for _, v := range r.Audiences {
					add(v.Get())
				}
			}
		}
	}
	if login != nil && login.RequestView != nil {
		add(login.RequestView.ACSURL.Get())
		if issuer := login.RequestView.Issuer; issuer != nil {
			add(issuer.Text)
		}
	}
	return urls
}

// evaluationTime is when m is judged. The note says where the wish for a time
// could not be met.
func evaluationTime(m *decode.Message, o Options) (at check.At, note string, err error) {
	switch o.At.Mode {
	case AtGiven:
		return check.At{Time: o.At.Time, Basis: check.BasisGiven}, "", nil
	case AtNow:
		return check.At{Time: o.Now, Basis: check.BasisGiven}, "", nil
	case AtIssued:
		if h := m.View().Header(); h != nil {
			if t, err := h.IssueInstant.Time(); err == nil {
				return check.At{Time: t, Basis: check.BasisIssued}, "", nil
			}
		}
		// What cannot be read is judged all the same: its other faults do not
		// depend on the time.
		note = place(m) + " has no readable IssueInstant and was judged as if --at issued had not been given"
	case AtCaptured:
		if m.Capture.Time.IsZero() {
			return check.At{}, "", fmt.Errorf("--at captured: %s does not say when it was captured: give a time instead, --at 2026-03-04T10:00:30Z", place(m))
		}
	}
	if !m.Capture.Time.IsZero() {
		return check.At{Time: m.Capture.Time, Basis: check.BasisCaptured}, note, nil
	}
	return check.At{Time: o.Now, Basis: check.BasisNow}, note, nil
}

// place names a message for error texts.
func place(m *decode.Message) string {
	if m.Capture.Exchange != nil {
		return fmt.Sprintf("%s, entry %d", m.Capture.Input, m.Capture.Entry)
	}
	return m.Capture.Input
}

func sourceOf(in *check.Input) Source {
	c := in.Message.Capture
	s := Source{Input: c.Input, Kind: string(c.Kind), Binding: string(in.Message.Binding)}
	if c.Exchange != nil {
		entry := c.Entry
		s.Entry, s.URL = &entry, c.Exchange.URL
	}
	if !c.Time.IsZero() {
		t := c.Time
		s.Time = &t
	}
	if in.Login != nil {
		s.Login = in.Login.Number
	}
	return s
}

func describe(m *decode.Message, view *saml.Message) Description {
	d := Description{Type: typeName(m, view), Steps: []string{}}
	for _, s := range m.Steps {
		d.Steps = append(d.Steps, s.Name)
	}
	if h := view.Header(); h != nil {
		d.ID, d.Destination = h.ID.Get(), h.Destination.Get()
		if h.Issuer != nil {
			d.Issuer = h.Issuer.Trimmed()
		}
	}
	if view.Response != nil {
		d.InResponseTo = view.Response.InResponseTo.Get()
	}
	for _, a := range view.Assertions {
		if d.Issuer == "" && a.Issuer != nil {
			d.Issuer = a.Issuer.Trimmed()
		}
		if s := a.Subject; s != nil && d.NameID == nil {
			switch {
			case s.NameID != nil:
				d.NameID = &NameID{Value: s.NameID.Text, Format: s.NameID.Format.Get(), NameQualifier: s.NameID.NameQualifier.Get(), SPNameQualifier: s.NameID.SPNameQualifier.Get()}
			case s.Encrypted != nil:
				d.NameID = &NameID{Encrypted: true}
			}
		}
		for _, at := range a.Attributes {
			if d.Attributes == nil {
				d.Attributes = map[string][]string{}
			}
			name := at.Name.Get()
			for _, v := range at.Values {
				d.Attributes[name] = append(d.Attributes[name], v.Text)
			}
			if len(at.Values) == 0 {
				d.Attributes[name] = append(d.Attributes[name], []string{}...)
			}
		}
	}
	return d
}

// typeName names what a message is: its type, else its root element, else the
// parameter that carried what could not be read.
func typeName(m *decode.Message, view *saml.Message) string {
	if view.Type != saml.TypeOther {
		return string(view.Type)
	}
	if view.Root != nil {
		return view.Root.Name().Local
	}
	return cmp.Or(m.Param, "unreadable")
}

func verdictOf(results []check.Result) Verdict {
	v := VerdictPass
	for _, r := range results {
		switch {
		case r.Status == check.StatusFail:
			return VerdictFail
		case r.Status == check.StatusBroken, r.Status == check.StatusSkip && r.Rule.Essential && !r.LeftOut:
			v = VerdictIncomplete
		case r.Status == check.StatusWarn && v == VerdictPass:
			v = VerdictWarn
		}
	}
	return v
}

// New assembles a report and counts.
func New(version string, messages []Message, notes []string) *Report {
	r := &Report{Schema: Schema, Tool: Tool{Name: "samlwhy", Version: version}, Messages: messages, Notes: notes}
	if r.Messages == nil {
		r.Messages = []Message{}
	}
	r.Logins = loginsOf(messages)
	r.Summary.Messages = len(messages)
	for _, m := range messages {
		switch m.Verdict {
		case VerdictPass:
			r.Summary.Pass++
		case VerdictWarn:
			r.Summary.Warn++
		case VerdictFail:
			r.Summary.Fail++
		case VerdictIncomplete:
			r.Summary.Incomplete++
		}
		for _, res := range m.Results {
			if res.Status == check.StatusBroken {
				r.Summary.Broken++
			}
		}
	}
	return r
}

func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func appendNew(dst, src []string) []string {
	for _, s := range src {
		if !slices.Contains(dst, s) {
			dst = append(dst, s)
		}
	}
	return dst
}
