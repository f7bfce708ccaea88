package checktest

import (
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

func serviceAnswerCases() []Case {
	const rule = "service-answer"
	answered := func(name string, want check.Status, answer exchange, reasons ...string) Case {
		answer.body = posted(Response())
		return Case{Rule: rule, Name: name, Want: want, Reasons: reasons, Input: capture(answer), Ext: "har"}
	}
	then := func(name string, want check.Status, page exchange, reasons ...string) Case {
		page.method, page.url, page.after = "GET", SP+"/inbox", time.Second
		return Case{Rule: rule, Name: name, Want: want, Reasons: reasons, Ext: "har", Input: capture(
			exchange{body: posted(Response()), status: 302, location: SP + "/inbox"}, page)}
	}
	const long = "<html><title>Mail</title><nav>Inbox Drafts Sent Archive</nav><h1>Inbox</h1><div class=\"alert\">Your password expires in 3 days.</div></html>"
	return []Case{
		answered("page", check.StatusPass, exchange{page: "<title>Welcome</title><p>Signed in as alex"}),
		then("inbox", check.StatusPass, exchange{page: long}),
		answered("sent-on", check.StatusPass, exchange{status: 303, location: SP + "/inbox?error="}),
		answered("hidden-error", check.StatusPass, exchange{page: "<title>Mail</title><h1>Inbox</h1><div class=error style=\"display: none\">Sending failed</div><script>throw 'error'</script>"}),
		answered("named-after-errors", check.StatusPass, exchange{page: "<title>Error tracker</title><h1>Error tracker</h1><p>Signed in as alex</p><div class=alert>2 builds failed"}),
		answered("script-to-inbox", check.StatusPass, exchange{page: "<noscript>Error: no scripts</noscript><script>location.replace('/inbox')</script>"}),
		answered("json", check.StatusPass, exchange{page: `{"user":"alex","error":null}`, pageType: "application/json"}),

		answered("forbidden", check.StatusFail, exchange{status: 403, page: "<title>Access denied</title><h1>Access denied</h1><p>This assertion has <b>already</b> been used &amp; is refused."}, "http-error"),
		answered("server-error", check.StatusFail, exchange{status: 500}, "http-error"),
		then("forbidden-after-redirect", check.StatusFail, exchange{status: 401, page: "No account"}, "http-error"),
		answered("error-in-url", check.StatusFail, exchange{status: 302, location: SP + "/login?error=access_denied&error_description=No+such+user"}, "redirected-with-error"),
		answered("error-in-fragment", check.StatusFail, exchange{status: 302, location: SP + "/#/login?x=1&errorCode=17"}, "redirected-with-error"),
		answered("error-with-status-200", check.StatusFail, exchange{page: "<title>Portal</title><h1>Sign-in failed</h1><p>Contact your administrator."}, "error-page"),
		answered("alert-with-status-200", check.StatusFail, exchange{page: "<title>Portal</title><h1>Portal</h1><p class=alert>The login could not be completed."}, "error-page"),
		answered("json-error", check.StatusFail, exchange{page: `{"error":"invalid_grant","error_description":"audience mismatch"}`, pageType: "application/json"}, "error-document"),
		answered("second-heading", check.StatusFail, exchange{page: "<title>Acme</title><h1>Acme Workspace</h1><h2>We couldn't sign you in</h2><p>No such user."}, "error-page"),
		answered("json-no-success", check.StatusFail, exchange{page: `{"success":false,"message":"Seat limit reached"}`, pageType: "application/json"}, "error-document"),
		answered("message-for-a-failure-page", check.StatusFail, exchange{status: 302, location: SP + "/auth/failure?message=user_not_found&strategy=saml"}, "redirected-with-error"),
		{Rule: rule, Name: "message-at-the-login-page", Want: check.StatusFail, Reasons: []string{"error-page"}, Ext: "har", Input: capture(
			exchange{body: posted(Response()), status: 302, location: SP + "/login"},
			exchange{method: "GET", url: SP + "/login", after: time.Second, page: "<title>Log in</title><h1>Log in</h1><p class='flash error'>Invalid audience</p>"})},
		{Rule: rule, Name: "script-to-an-error", Want: check.StatusFail, Reasons: []string{"redirected-with-error"}, Ext: "har", Input: capture(
			exchange{body: posted(Response()), page: "<script>location.replace('/login?error=Account%20disabled')</script>"},
			exchange{method: "GET", url: "https://sp.example.com/login?error=Account%20disabled", after: time.Second, page: "<title>Log in</title>"})},
		{Rule: rule, Name: "script-of-a-lost-page", Want: check.StatusFail, Reasons: []string{"redirected-with-error"}, Ext: "har", Input: capture(
			exchange{body: posted(Response()), page: "\n"},
			exchange{method: "GET", url: "https://sp.example.com/login?error=Account%20disabled", after: time.Second, page: "<title>Log in</title>"})},
		answered("own-shape", check.StatusFail, exchange{page: "<html><p>Reference AB-17</p></html>"}, "known-error").expecting(func(e *expect.Expect) {
			e.ErrorAnswers = []string{`Reference (AB-[0-9]+)`}
		}),
		answered("login-again", check.StatusFail, exchange{status: 302, location: "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(AuthnRequest())))}, "sent-back"),

		fixture(rule, "no-answer", check.StatusWarn, "", "no-answer").inCapture(login(begins(AuthnRequest()), exchange{status: noAnswer, body: posted(Response())})...),
		fixture(rule, "forbidden-without-cookie", check.StatusFail, "", "http-error").inCapture(login(begins(AuthnRequest()),
			exchange{method: "GET", url: "https://idp.example.net/style.css", after: -time.Second, sent: []string{"Cookie: idp=1"}},
			exchange{status: 403, body: posted(Response())})...),

		fixture(rule, "no-capture", check.StatusSkip, Response()),
		{Rule: rule, Name: "page-not-delivered", Want: check.StatusSkip, Ext: "har", Input: capture(
			exchange{method: "GET", url: "https://idp.example.net/sso", page: autoSubmit("post", ACS, Response())})},
		{Rule: rule, Name: "request", Want: check.StatusNA, Input: "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(AuthnRequest()))), Ext: "txt"},
	}
}
