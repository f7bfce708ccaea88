package checktest

import (
	"strings"
	"time"
)

// visit is a login at the Webex site as a browser records it.
type visit struct {
	response string
	request  string        // ID; that of AuthnRequest when empty
	start    time.Duration // of the IdP's answer, after Issued
	delivery time.Duration // after start
	status   int           // of the service's answer
	idpClock time.Duration // by how much the IdP's clock is ahead
	cookie   string        // that the service sets with its request
	back     string        // the Cookie header of the delivery
}

// exchanges are those of a visit: the service's redirect, the IdP's sign-in page,
// its page with the Response, and the delivery.
func (v visit) exchanges() []exchange {
	const state = "https://acme.webex.com/meet/alex"
	request := Edit(AuthnRequest(), ACS, webexACS, "<saml:Issuer>"+SP+"<", "<saml:Issuer>"+webexSP+"<",
		`IssueInstant="`+Clock(-5*time.Second)+`"`, `IssueInstant="`+Clock(v.start-5*time.Second)+`"`)
	if v.request != "" {
		request = Edit(request, Request, v.request)
	}
	sso := "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(request))) + "&" + field("RelayState", state)
	relay := "\n<input type=\"hidden\" name=\"RelayState\" value=\"" + state + "\">\n</form>"
	at := func(d time.Duration) time.Duration { return issued.Add(v.start + d).Sub(delivered) }
	first := []string{"Location: " + sso, dated(v.start-5*time.Second, 0)}
	if v.cookie != "" {
		first = append(first, "Set-Cookie: "+v.cookie)
	}
	sent := []string{"Origin: https://idp.example.net"}
	if v.back != "" {
		sent = append(sent, "Cookie: "+v.back)
	}
	return []exchange{
		{method: "GET", url: state, after: at(-5 * time.Second), status: 302, got: first},
		{method: "GET", url: sso, after: at(-4900 * time.Millisecond), got: []string{dated(v.start-5*time.Second, v.idpClock)},
			page: "<!DOCTYPE html>\n<title>Sign in</title>\n"},
		{url: "https://idp.example.net/login", after: at(0), body: field("user", "alex"), got: []string{dated(v.start, v.idpClock)},
			page: strings.ReplaceAll(autoSubmit("post", webexACS, v.response), "\n</form>", relay)},
		{url: webexACS, after: at(v.delivery), body: posted(v.response) + "&" + field("RelayState", state), status: v.status,
			sent: sent, got: []string{dated(v.start+v.delivery, 0)}},
	}
}

// flowStories are captures in which it matters what went between the parties.
func flowStories() []Story {
	const second = "_b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"
	signed := func(response string) string { return sealedBy(idpIdentity(), response, assertionID) }
	good := signed(webexResponse())
	works := visit{response: good, delivery: time.Second, status: 302, cookie: "sid=1; Path=/; Secure; SameSite=None", back: "sid=1"}

	again := works.exchanges()
	reload := again[len(again)-1]
	reload.after += 8 * time.Second
	reload.status = 403
	again = append(again, reload)

	ahead := works
	ahead.response, ahead.idpClock, ahead.status = signed(webexMade(shifted(10*time.Minute))), 10*time.Minute, 403

	lost := works
	lost.cookie, lost.back, lost.status = "request_"+Request+"=1; Path=/; Secure; HttpOnly; SameSite=Lax", "", 403

	// Two tabs: the second login begins before the first has its answer.
	other := visit{
		request: second, start: 3 * time.Second, delivery: time.Second, status: 403, cookie: "sid=1; Path=/; Secure; SameSite=None", back: "sid=1",
		response: sealedBy(idpIdentity(), Edit(webexResponse(),
			Request, second, "_r0f1e2d3c4b5a69788796a5b4c3d2e1f0", "_r2", assertionID, "_a2",
			"<saml:Audience>"+webexSP+"<", "<saml:Audience>"+webexSP+"/<"), "_a2"),
	}
	tabs := append(works.exchanges(), other.exchanges()...)

	return []Story{
		{"webex-reloaded.har", "the page was reloaded after the login, and the form was posted again", capture(again...)},
		{"webex-clock-ahead.har", "the IdP's clock is ten minutes ahead", capture(ahead.exchanges()...)},
		{"webex-cookie-lost.har", "the service's cookie is SameSite=Lax and did not come back with the Response", capture(lost.exchanges()...)},
		{"webex-two-tabs.har", "two logins at once, of which the second has a wrong audience", capture(tabs...)},
	}
}
