package checktest

import (
	"net/url"
	"time"

	"github.com/samlwhy/samlwhy/check"
)

// begins is the service's answer that sends the browser to the IdP with a
// request, and the browser's call there.
func begins(request string, more ...string) []exchange {
	sso := "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(request)))
	return beginsAt(sso, more...)
}

func beginsAt(sso string, more ...string) []exchange {
	const made = -5 * time.Second // the IssueInstant of AuthnRequest
	at := issued.Add(made).Sub(delivered)
	return []exchange{
		{method: "GET", url: "https://sp.example.com/app", after: at, status: 302, got: append([]string{"Location: " + sso}, more...)},
		{method: "GET", url: sso, after: at + 100*time.Millisecond, page: "<!DOCTYPE html>\n<title>Sign in</title>\n"},
	}
}

// login is the capture of a login from its request on.
func login(steps []exchange, then ...exchange) []exchange { return append(steps, then...) }

func replayCases() []Case {
	const rule = "replay"
	answered := func(offset time.Duration, status int) exchange {
		e := sends(offset, ACS, Response())
		e.status = status
		return e
	}
	// second judges the later of two deliveries.
	second := func(c Case) Case {
		c.Message = 2
		return c
	}
	rewrapped := Edit(Response(), "_r0f1e2d3c4b5a69788796a5b4c3d2e1f0", "_another")
	unnamed := Edit(Response(), ` ID="_r0f1e2d3c4b5a69788796a5b4c3d2e1f0"`, "", ` ID="_a9f8e7d6c5b4a39281706f5e4d3c2b1a0"`, "")
	return []Case{
		fixture(rule, "once", check.StatusPass, "").inCapture(shows(time.Second, Response()), answered(4*time.Second, 200)),
		fixture(rule, "first-of-two", check.StatusPass, "").inCapture(answered(4*time.Second, 200), answered(9*time.Second, 403)),
		second(fixture(rule, "redirect-that-keeps-the-form", check.StatusPass, "").inCapture(answered(4*time.Second, 307), answered(5*time.Second, 200))),
		second(fixture(rule, "other-service", check.StatusPass, "").inCapture(
			answered(4*time.Second, 200), sends(5*time.Second, "https://gateway.example.org/acs", Response()))),
		second(fixture(rule, "posted-on-by-the-service", check.StatusPass, "").inCapture(
			exchange{after: issued.Add(4 * time.Second).Sub(delivered), body: posted(Response()), page: autoSubmit("post", ACS, Response())},
			answered(5*time.Second, 200))),
		second(fixture(rule, "reloaded", check.StatusFail, "", "response").inCapture(
			shows(time.Second, Response()), answered(4*time.Second, 200), answered(9*time.Second, 403))),
		second(fixture(rule, "assertion-in-another-response", check.StatusFail, "", "assertion").inCapture(
			answered(4*time.Second, 302), sends(9*time.Second, ACS, rewrapped))),
		second(fixture(rule, "first-was-refused", check.StatusWarn, "", "response").inCapture(answered(4*time.Second, 403), answered(9*time.Second, 403))),
		fixture(rule, "no-capture", check.StatusSkip, Response()),
		fixture(rule, "page-only", check.StatusSkip, "").inCapture(shows(time.Second, Response())),
		fixture(rule, "no-id", check.StatusSkip, "").inCapture(sends(4*time.Second, ACS, unnamed)),
		fixture(rule, "request", check.StatusNA, AuthnRequest()),
	}
}

func relayStateCases() []Case {
	const rule = "relay-state"
	const note = "https://sp.example.com/reports"
	returnedTo := func(status int, sent, back string) Case {
		sso := "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(AuthnRequest())))
		if sent != "" {
			sso += "&" + field("RelayState", sent)
		}
		post := sends(4*time.Second, ACS, Response())
		if back != "" {
			post.body += "&" + field("RelayState", back)
		}
		post.status = status
		return Case{Rule: rule}.inCapture(login(beginsAt(sso), post)...)
	}
	returned := func(sent, back string) Case { return returnedTo(200, sent, back) }
	named := func(c Case, name string, want check.Status, reasons ...string) Case {
		c.Name, c.Want, c.Reasons = name, want, reasons
		return c
	}
	long := note + "?from=" + "0123456789012345678901234567890123456789012345678901234567890123456789"
	return []Case{
		named(returned(note, note), "unchanged", check.StatusPass),
		named(returned("", note), "added-by-the-idp", check.StatusPass),
		named(returned(note, url.QueryEscape(note)), "encoded-twice", check.StatusWarn, "changed").because("percent-encoding"),
		named(returned(note, "https://idp.example.net/portal"), "replaced", check.StatusWarn, "changed"),
		named(returned(note, ""), "dropped", check.StatusWarn, "missing"),
		named(returnedTo(403, "k-0123456789abcdef", "k-0123456789"), "key-cut-off", check.StatusFail, "changed"),
		named(returnedTo(302, "k-0123456789abcdef", "k-0123456789"), "key-not-needed", check.StatusWarn, "changed"),
		named(returned(long, long), "too-long", check.StatusWarn, "too-long"),
		fixture(rule, "no-capture", check.StatusSkip, Response()),
		fixture(rule, "no-request", check.StatusSkip, "").inCapture(sends(4*time.Second, ACS, Response())),
		{Rule: rule, Name: "logout", Want: check.StatusNA, Input: capture(exchange{url: "https://sp.example.com/saml/slo", body: posted(logoutResponse(""))}), Ext: "har"},
	}
}

// takes makes the last of steps, a delivery, one that the service accepts: it
// opens a session.
func takes(steps []exchange) []exchange {
	last := &steps[len(steps)-1]
	last.got = append(last.got, "Set-Cookie: session=1; Path=/; Secure")
	return steps
}

// dated is the Date header of a clock that is wrong by offset, at a moment after
// Issued.
func dated(at, offset time.Duration) string {
	return "Date: " + issued.Add(at+offset).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
}

func clockOffsetCases() []Case {
	const rule = "clock-offset"
	// by is a login whose parties' clocks are wrong by so much; the user waits
	// between the IdP's page and the delivery.
	by := func(idp, service, wait time.Duration) []exchange {
		request := Edit(AuthnRequest(), `IssueInstant="`+Clock(-5*time.Second)+`"`, `IssueInstant="`+Clock(service-5*time.Second)+`"`)
		response := Response()
		if idp != 0 {
			response = shifted(idp)
		}
		page := shows(0, response)
		page.got = []string{dated(0, idp)}
		post := sends(wait, ACS, response)
		post.got = []string{dated(wait, service)}
		return login(begins(request, dated(-5*time.Second, service)), page, post)
	}
	front := by(10*time.Minute, 0, time.Second) // the IdP's web server has the right time
	front[2].got = []string{dated(0, 0)}
	// The page was taken from the browser's cache a quarter of an hour later.
	cached := shows(15*time.Minute, Response())
	cached.got = []string{dated(0, 0)}
	fresh := exchange{url: "https://idp.example.net/login", after: issued.Add(15 * time.Minute).Sub(delivered), body: "user=alex", status: 302, got: []string{dated(15*time.Minute, 0), "Location: /login/done"}}
	// The service is behind, its web server is not.
	slow := Edit(AuthnRequest(), `IssueInstant="`+Clock(-5*time.Second)+`"`, `IssueInstant="`+Clock(-15*time.Minute)+`"`)
	refused := by(0, 0, time.Second)
	refused[len(refused)-1].status, refused[len(refused)-1].page = 401, "<h1>Sign-in failed</h1>The assertion is not yet valid"
	behind := login(begins(slow, dated(-5*time.Second, 0)), refused[len(refused)-2:]...)
	return []Case{
		fixture(rule, "taken-all-the-same", check.StatusWarn, "", "idp-ahead").inCapture(takes(by(2*time.Minute, 0, time.Second))...),
		fixture(rule, "service-behind-a-front", check.StatusFail, "", "idp-ahead").inCapture(behind...),
		fixture(rule, "agree", check.StatusPass, "").inCapture(by(0, 0, time.Second)...),
		fixture(rule, "user-waited", check.StatusPass, "").inCapture(by(0, 0, 4*time.Minute)...),
		fixture(rule, "only-the-browser-is-wrong", check.StatusPass, "").inCapture(by(-20*time.Minute, -20*time.Minute, time.Second)...),
		fixture(rule, "within-skew", check.StatusPass, "").inCapture(by(time.Minute, 0, time.Second)...).expecting(tolerant),
		fixture(rule, "page-from-the-cache", check.StatusPass, "").inCapture(fresh, cached, sends(15*time.Minute+time.Second, ACS, Response())),
		fixture(rule, "idp-ten-minutes-ahead", check.StatusFail, "", "idp-ahead").inCapture(by(10*time.Minute, 0, time.Second)...),
		fixture(rule, "idp-ahead-behind-a-front", check.StatusFail, "", "idp-ahead").inCapture(front...),
		fixture(rule, "idp-ten-minutes-behind", check.StatusFail, "", "idp-behind").inCapture(by(-10*time.Minute, 0, time.Second)...),
		fixture(rule, "service-ten-minutes-ahead", check.StatusFail, "", "idp-behind").inCapture(by(0, 10*time.Minute, time.Second)...),
		fixture(rule, "post-only", check.StatusFail, "", "idp-ahead").inCapture(sends(time.Second, ACS, shifted(10*time.Minute))),
		fixture(rule, "in-time-all-the-same", check.StatusWarn, "", "idp-behind").inCapture(by(-time.Minute, 0, time.Second)...),
		fixture(rule, "no-capture", check.StatusSkip, Response()),
		fixture(rule, "unreadable", check.StatusSkip, "").inCapture(sends(time.Second, ACS, Edit(Response(), instantOfIssuing, `IssueInstant="today"`))),
		fixture(rule, "request", check.StatusNA, AuthnRequest()),
	}
}

// forgottenCases are logins in which the service's cookie got lost.
func forgottenCases() []Case {
	const rule = "in-response-to"
	const from = "Origin: https://idp.example.net"
	story := func(name string, want check.Status, set string, status int, sent ...string) Case {
		post := sends(4*time.Second, ACS, Response())
		post.status, post.sent = status, append([]string{from}, sent...)
		c := fixture(rule, name, want, "").inCapture(login(begins(AuthnRequest(), "Set-Cookie: "+set), post)...)
		if want != check.StatusPass {
			c.Reasons, c.Causes = []string{"forgotten"}, []string{"cookie-lost"}
		}
		return c
	}
	tracking := "saml_" + Request + "=1"
	return []Case{
		story("cookie-came-back", check.StatusPass, "sid=1; Path=/; Secure; SameSite=None", 403, "Cookie: sid=1"),
		story("cookie-lost-and-not-needed", check.StatusPass, "sid=1; Path=/; SameSite=Lax", 302),
		story("another-cookie-lost", check.StatusPass, "theme=dark; Path=/; SameSite=Lax\nsid=1; Path=/; Secure; SameSite=None", 403, "Cookie: sid=1"),
		story("cookie-lax", check.StatusFail, tracking+"; Path=/; Secure; SameSite=Lax", 403),
		story("cookie-session-lax", check.StatusWarn, "sid=1; Path=/; Secure; SameSite=Lax", 403),
		story("cookie-other-path", check.StatusFail, tracking+"; Path=/app; Secure; SameSite=None", 403),
		story("cookie-expired", check.StatusFail, tracking+"; Path=/; Max-Age=5; Secure; SameSite=None", 403),
		story("cookie-none-without-secure", check.StatusFail, tracking+"; Path=/; SameSite=None", 403),
	}
}
