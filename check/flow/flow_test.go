package flow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/samlwhy/samlwhy/check/checktest"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func message(xml string) *decode.Message {
	return &decode.Message{Capture: &decode.Capture{}, XML: []byte(xml), Document: xmldoc.Parse([]byte(xml), xmldoc.Options{})}
}

// posted is a message that a form brought to a URL.
func posted(xml, to string, at time.Duration) *decode.Message {
	m := message(xml)
	ex := &decode.Exchange{Method: "POST", URL: to, Status: 200, Started: checktest.Issued().Add(at), Duration: 100 * time.Millisecond}
	m.Capture = &decode.Capture{Exchange: ex, Time: ex.Started}
	m.Param, m.Binding = "SAMLResponse", decode.BindingPOST
	return m
}

func TestLogins(t *testing.T) {
	request := message(checktest.AuthnRequest())
	copied := message(checktest.AuthnRequest())
	other := message(checktest.Edit(checktest.AuthnRequest(), checktest.Request, "_other"))
	response := message(checktest.Response())
	unsolicitedText := checktest.Edit(checktest.Response(), ` InResponseTo="`+checktest.Request+`"`, "")
	unsolicited := message(unsolicitedText)
	unreadable := &decode.Message{Capture: &decode.Capture{}, Param: "SAMLResponse"}
	artifact := &decode.Message{Capture: &decode.Capture{}, Param: "SAMLart"}
	bare := message(checktest.BareAssertion())

	// Responses that name no request although there was one.
	failure := message(checktest.Edit(unsolicitedText, "status:Success", "status:Responder"))
	asked, back, foreign := message(checktest.AuthnRequest()), message(unsolicitedText), message(unsolicitedText)
	asked.RelayState, back.RelayState, foreign.RelayState = &decode.Param{Value: "k-1"}, &decode.Param{Value: "k-1"}, &decode.Param{Value: "k-2"}

	// An icon behind the login wall has a request of its own.
	icon := message(checktest.Edit(checktest.AuthnRequest(), checktest.Request, "_icon"))
	icon.Capture = &decode.Capture{Exchange: &decode.Exchange{URL: "https://sp.example.com/favicon.ico"}, InResponse: true}
	// A request that asked for its answer at another host.
	elsewhere := message(checktest.Edit(checktest.AuthnRequest(), checktest.Request, "_elsewhere", checktest.ACS, "https://other.example.org/acs"))
	delivered := posted(checktest.Response(), checktest.ACS, 4*time.Second)
	again := posted(checktest.Response(), checktest.ACS, 9*time.Second)

	for _, c := range []struct {
		name     string
		messages []*decode.Message
		want     []flow.Login
	}{
		{"nothing", nil, nil},
		{"by ID, not the nearest", []*decode.Message{request, other, response}, []flow.Login{{Request: request, Matched: true, Response: response, Initiated: flow.InitiatorService}}},
		{"the first copy of a request", []*decode.Message{request, copied, response}, []flow.Login{{Request: request, Matched: true, Response: response, Initiated: flow.InitiatorService}}},
		{"by time", []*decode.Message{other, response}, []flow.Login{{Request: other, Response: response, Initiated: flow.InitiatorService}}},
		{"a request serves once by time", []*decode.Message{other, response, response}, []flow.Login{{Request: other, Response: response, Initiated: flow.InitiatorService}, {Response: response, Initiated: flow.InitiatorService}}},
		{"not the icon's", []*decode.Message{other, icon, response}, []flow.Login{{Request: other, Response: response, Initiated: flow.InitiatorService}}},
		{"not one for another host", []*decode.Message{other, elsewhere, delivered}, []flow.Login{{Request: other, Response: delivered, Initiated: flow.InitiatorService}}},
		{"delivered again", []*decode.Message{request, delivered, again}, []flow.Login{{Request: request, Matched: true, Response: delivered, Again: []*decode.Message{again}, Initiated: flow.InitiatorService}}},
		{"unsolicited", []*decode.Message{request, unsolicited}, []flow.Login{{Response: unsolicited, Initiated: flow.InitiatorIdP}}},
		{"a failure comes after a request", []*decode.Message{request, failure}, []flow.Login{{Ignored: request, Response: failure, Initiated: flow.InitiatorService}}},
		{"a failure alone", []*decode.Message{failure}, []flow.Login{{Response: failure, Initiated: flow.InitiatorIdP}}},
		{"its RelayState came back", []*decode.Message{asked, back}, []flow.Login{{Ignored: asked, Response: back, Initiated: flow.InitiatorService}}},
		{"another RelayState", []*decode.Message{asked, foreign}, []flow.Login{{Response: foreign, Initiated: flow.InitiatorIdP}}},
		{"request without an answer", []*decode.Message{request, copied, icon}, []flow.Login{{Request: request, Initiated: flow.InitiatorService}}},
		{"only an icon's request", []*decode.Message{icon}, []flow.Login{{Request: icon, Initiated: flow.InitiatorService}}},
		{"unreadable", []*decode.Message{request, unreadable}, []flow.Login{{Response: unreadable}}},
		{"bare assertion", []*decode.Message{request, bare}, []flow.Login{{Request: request, Matched: true, Response: bare, Initiated: flow.InitiatorService}}},
		{"artifact", []*decode.Message{request, artifact}, []flow.Login{{Artifact: artifact}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := flow.Logins(&decode.Trace{Messages: c.messages})
			if len(got) != len(c.want) {
				t.Fatalf("%d logins, want %d", len(got), len(c.want))
			}
			for i, l := range got {
				w := c.want[i]
				if l.Request != w.Request || l.Ignored != w.Ignored || l.Response != w.Response || l.Artifact != w.Artifact || l.Matched != w.Matched ||
					l.Initiated != w.Initiated || !slices.Equal(l.Again, w.Again) {
					t.Errorf("login %d is %+v", i+1, l)
				}
				if l.Number != i+1 || l.Of != len(got) {
					t.Errorf("login %d counts itself as %d of %d", i+1, l.Number, l.Of)
				}
				if (l.RequestView == nil) != (l.Request == nil) {
					t.Errorf("login %d: request and view differ", i+1)
				}
			}
		})
	}
}

func TestOf(t *testing.T) {
	request, copied := message(checktest.AuthnRequest()), message(checktest.AuthnRequest())
	first, again := posted(checktest.Response(), checktest.ACS, 0), posted(checktest.Response(), checktest.ACS, time.Second)
	logins := flow.Logins(&decode.Trace{Messages: []*decode.Message{request, copied, first, again}})
	for i, m := range []*decode.Message{request, copied, first, again} {
		if flow.Of(logins, m) != logins[0] {
			t.Errorf("message %d belongs to no login", i)
		}
	}
	if flow.Of(logins, message(checktest.Response())) != nil {
		t.Error("a message from elsewhere belongs to a login")
	}
	if got := logins[0].Deliveries(); !slices.Equal(got, []*decode.Message{first, again}) {
		t.Errorf("deliveries: %v", got)
	}
}

func TestAnswering(t *testing.T) {
	request, other := message(checktest.AuthnRequest()), message(checktest.Edit(checktest.AuthnRequest(), checktest.Request, "_other"))
	response := message(checktest.Response())
	apart := flow.Logins(&decode.Trace{Messages: []*decode.Message{response}})[0]
	if got := apart.Answering(request); got.Request != request || got.RequestView == nil {
		t.Errorf("a request kept apart is not taken: %+v", got)
	}
	if apart.Request != nil {
		t.Error("the login itself was changed")
	}
	matched := flow.Logins(&decode.Trace{Messages: []*decode.Message{request, response}})[0]
	if got := matched.Answering(other); got.Request != request {
		t.Error("the request that the capture holds by its ID was replaced")
	}
	if got := apart.Answering(response); got.Request != nil {
		t.Error("a Response was taken for a request")
	}
	var none *flow.Login
	if none.Answering(request) != nil || apart.Answering(nil) != apart {
		t.Error("nothing to answer must change nothing")
	}
}

// read is a story as a trace with its logins.
func read(t *testing.T, name string) (*decode.Trace, []*flow.Login) {
	t.Helper()
	i := slices.IndexFunc(checktest.Stories(), func(s checktest.Story) bool { return s.Name == name })
	trace, err := decode.Read(name, []byte(checktest.Stories()[i].Data), decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return trace, flow.Logins(trace)
}

func ladder(l *flow.Login) []string {
	var lines []string
	for _, s := range l.Steps {
		var line strings.Builder
		fmt.Fprintf(&line, "%s %s%s %d", s.Method, s.Host, s.Path, s.Status)
		for _, c := range s.Carries {
			way := "<"
			if c.Sent {
				way = ">"
			}
			line.WriteString(" " + way + c.Type)
		}
		lines = append(lines, line.String())
	}
	return lines
}

func TestSteps(t *testing.T) {
	_, logins := read(t, "webex-reloaded.har")
	want := []string{
		"GET acme.webex.com/meet/alex 302 <AuthnRequest",
		"GET idp.example.net/sso 200 >AuthnRequest",
		"POST idp.example.net/login 200 <Response",
		"POST acme.webex.com/dispatcher/SAML2AuthService 302 >Response",
		"POST acme.webex.com/dispatcher/SAML2AuthService 403 >Response",
	}
	if len(logins) != 1 {
		t.Fatalf("%d logins", len(logins))
	}
	if diff := cmp.Diff(want, ladder(logins[0])); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	for _, s := range logins[0].Steps {
		want := flow.PartyIdP
		if s.Host == "acme.webex.com" {
			want = flow.PartyService
		}
		if s.Party != want {
			t.Errorf("%s is the %s", s.Host, s.Party)
		}
	}
	// Each of two logins at once keeps to its own exchanges.
	_, tabs := read(t, "webex-two-tabs.har")
	if len(tabs) != 2 || len(tabs[0].Steps) != 4 || len(tabs[1].Steps) != 4 {
		t.Fatalf("%d logins: %v, %v", len(tabs), ladder(tabs[0]), ladder(tabs[1]))
	}
}

// TestManyExchanges: a login stays short however many pages lie between.
func TestManyExchanges(t *testing.T) {
	trace := &decode.Trace{}
	request := posted(checktest.AuthnRequest(), "https://idp.example.net/sso", -5*time.Second)
	request.Param = "SAMLRequest"
	response := posted(checktest.Response(), checktest.ACS, time.Hour)
	trace.Exchanges = append(trace.Exchanges, request.Capture.Exchange)
	for i := range 300 {
		trace.Exchanges = append(trace.Exchanges, &decode.Exchange{
			Method: "GET", URL: fmt.Sprintf("https://idp.example.net/page/%d", i), Status: 200, ResponseType: "text/html",
		})
	}
	trace.Exchanges = append(trace.Exchanges, response.Capture.Exchange)
	trace.Messages = []*decode.Message{request, response}
	l := flow.Logins(trace)[0]
	if n := len(l.Steps); n > 10 || n < 2 {
		t.Fatalf("%d steps", n)
	}
	last := l.Steps[len(l.Steps)-1]
	if last.Exchange != response.Capture.Exchange || l.Steps[0].Exchange != request.Capture.Exchange {
		t.Errorf("the ends are left out: %v", ladder(l))
	}
	skipped := 0
	for _, s := range l.Steps {
		skipped += s.Skipped
	}
	if skipped+len(l.Steps) != len(trace.Exchanges) {
		t.Errorf("%d steps and %d left out of %d", len(l.Steps), skipped, len(trace.Exchanges))
	}
}

func TestLostCookies(t *testing.T) {
	const origin = "Origin: https://idp.example.net"
	for _, c := range []struct {
		name, set, url string // of the delivery; the ACS when empty
		after          time.Duration
		sent           []string
		want           []flow.Loss
	}{
		{name: "came back", set: "sid=1; SameSite=None; Secure; Path=/", sent: []string{origin, "Cookie: a=2; sid=1"}},
		{name: "lax", set: "sid=1; SameSite=Lax; Path=/", sent: []string{origin}, want: []flow.Loss{flow.LossSameSite}},
		{name: "strict in other letters", set: "sid=1; path=/; samesite=STRICT", sent: []string{origin}, want: []flow.Loss{flow.LossSameSite}},
		{name: "from a page without a site", set: "sid=1; SameSite=Lax; Path=/", sent: []string{"Origin: null"}, want: []flow.Loss{flow.LossSameSite}},
		{name: "lax within one site", set: "sid=1; SameSite=Lax; Path=/", sent: []string{"Origin: https://login.example.com", "Cookie: other=1"}, want: []flow.Loss{flow.LossUnknown}},
		{name: "public suffix", set: "sid=1; SameSite=Lax; Path=/", url: "https://a.github.io/acs", sent: []string{"Origin: https://b.github.io"}, want: []flow.Loss{flow.LossSameSite}},
		{name: "no SameSite, soon", set: "sid=1; Path=/", sent: []string{origin}},
		{name: "no SameSite, late", set: "sid=1; Path=/", after: 3 * time.Minute, sent: []string{origin}, want: []flow.Loss{flow.LossDefaultLax}},
		{name: "other path", set: "sid=1; Path=/app; SameSite=None; Secure", sent: []string{origin}, want: []flow.Loss{flow.LossPath}},
		{name: "secure over http", set: "sid=1; Path=/; SameSite=None; Secure", url: "http://sp.example.com/saml/acs", sent: []string{origin}, want: []flow.Loss{flow.LossSecure}},
		{name: "expired", set: "sid=1; Path=/; Max-Age=60; SameSite=None; Secure", after: 2 * time.Minute, sent: []string{origin}, want: []flow.Loss{flow.LossExpired}},
		{name: "expires", set: "sid=1; Path=/; Expires=Wed, 04 Mar 2026 10:00:27 GMT; SameSite=None; Secure", after: 2 * time.Minute, sent: []string{origin}, want: []flow.Loss{flow.LossExpired}},
		{name: "none without secure", set: "sid=1; Path=/; SameSite=None", sent: []string{origin}, want: []flow.Loss{flow.LossRefused}},
		{name: "deleted", set: "sid=; Path=/; Max-Age=0", sent: []string{origin}},
		{name: "several in one field", set: "a=1; SameSite=Lax; Path=/\nb=2; SameSite=None; Secure; Path=/", sent: []string{origin, "Cookie: b=2"}, want: []flow.Loss{flow.LossSameSite}},
		{name: "values hidden by the exporter", set: "sid=1; SameSite=Lax; Path=/", sent: []string{origin, "Cookie: [redacted]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := c.url
			if to == "" {
				to = checktest.ACS
			}
			host := to[:strings.Index(to[8:], "/")+8]
			first := &decode.Exchange{
				Method: "GET", URL: strings.Replace(host, "http:", "https:", 1) + "/app", Status: 302, Started: checktest.Issued(), Duration: time.Millisecond,
				ResponseHeaders: []decode.Header{{Name: "Set-Cookie", Value: c.set}},
			}
			m := posted(checktest.Response(), to, time.Second+c.after)
			for _, h := range c.sent {
				name, value, _ := strings.Cut(h, ": ")
				m.Capture.Exchange.RequestHeaders = append(m.Capture.Exchange.RequestHeaders, decode.Header{Name: name, Value: value})
			}
			l := flow.Logins(&decode.Trace{Exchanges: []*decode.Exchange{first, m.Capture.Exchange}, Messages: []*decode.Message{m}})[0]
			var got []flow.Loss
			for _, lost := range l.Lost {
				got = append(got, lost.Why)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("lost (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTracks: a cookie that names the request is known by it, in clear or in a
// token.
func TestTracks(t *testing.T) {
	_, logins := read(t, "webex-cookie-lost.har")
	if len(logins) != 1 || len(logins[0].Lost) != 1 {
		t.Fatalf("%+v", logins)
	}
	lost := logins[0].Lost[0]
	if !lost.Tracks || !lost.WithRequest || lost.Why != flow.LossSameSite || !strings.Contains(lost.Attributes, "SameSite=Lax") {
		t.Errorf("%+v", lost)
	}
}

func TestClocks(t *testing.T) {
	_, logins := read(t, "webex-clock-ahead.har")
	apart := logins[0].Clocks.Difference()
	if want := 10 * time.Minute; apart.Min > want || apart.Max < want || apart.Max-apart.Min > 4*time.Second {
		t.Errorf("the IdP is ahead by %v to %v", apart.Min, apart.Max)
	}
	if !apart.Beyond(time.Minute) || apart.Beyond(11*time.Minute) {
		t.Errorf("%v is beyond what it should not be", apart)
	}
	_, logins = read(t, "webex-reloaded.har")
	if apart := logins[0].Clocks.Difference(); apart.Beyond(time.Second) || apart.Min > 0 || apart.Max < 0 {
		t.Errorf("equal clocks differ by %v to %v", apart.Min, apart.Max)
	}
	if c := (flow.Clocks{}); c.Difference().Known() || c.IdP.Known() {
		t.Error("nothing known is taken for something")
	}
}

func TestBest(t *testing.T) {
	for _, c := range []struct{ low, high, want time.Duration }{
		{flow.NoMin, flow.NoMax, 0},
		{-time.Second, 30 * time.Second, 0},
		{time.Minute, 3 * time.Minute, 2 * time.Minute},
		{-3 * time.Minute, -time.Minute, -2 * time.Minute},
		{time.Minute, flow.NoMax, time.Minute},
		{flow.NoMin, -time.Minute, -time.Minute},
	} {
		if got := (flow.Offset{Min: c.low, Max: c.high}).Best(); got != c.want {
			t.Errorf("best of %v to %v is %v, want %v", c.low, c.high, got, c.want)
		}
	}
}

// TestPostedFrom: where the capture lost the IdP's page, that it was asked for
// bounds the IdP's clock all the same.
func TestPostedFrom(t *testing.T) {
	m := posted(checktest.Response(), checktest.ACS, 3*time.Minute)
	delivery := m.Capture.Exchange
	delivery.RequestHeaders = []decode.Header{{Name: "Origin", Value: "https://idp.example.net"}}
	page := &decode.Exchange{
		Method: "POST", URL: "https://idp.example.net/login", Status: 200, ResponseType: "text/html",
		Started: checktest.Issued().Add(-time.Second), Duration: time.Second,
	}
	logins := flow.Logins(&decode.Trace{Messages: []*decode.Message{m}, Exchanges: []*decode.Exchange{page, delivery}})
	if got := logins[0].Clocks.IdP.Offset; got.Max != 2*time.Second || got.Min != -3*time.Minute {
		t.Errorf("the IdP's clock is ahead by %v to %v", got.Min, got.Max)
	}
	page.URL = "https://other.example.org/login"
	logins = flow.Logins(&decode.Trace{Messages: []*decode.Message{m}, Exchanges: []*decode.Exchange{page, delivery}})
	if got := logins[0].Clocks.IdP.Offset; got.Max != flow.NoMax {
		t.Errorf("another host's page bounds the IdP's clock: %v", got.Max)
	}
}
