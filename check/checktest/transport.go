package checktest

import (
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

func transportCases() []Case {
	var all []Case
	all = append(all, httpMethodCases()...)
	all = append(all, formParameterCases()...)
	all = append(all, acsURLCases()...)
	all = append(all, replayCases()...)
	all = append(all, relayStateCases()...)
	return append(all, clockOffsetCases()...)
}

func httpMethodCases() []Case {
	const rule = "http-method"
	query := ACS + "?" + field("SAMLResponse", encode(deflate(Response())))
	return []Case{
		{Rule: rule, Name: "post", Want: check.StatusPass, Input: capture(exchange{body: posted(Response())}), Ext: "har"},
		{Rule: rule, Name: "page-posts", Want: check.StatusPass, Input: autoSubmit("post", ACS, Response()), Ext: "html"},
		{Rule: rule, Name: "get", Want: check.StatusFail, Reasons: []string{"get"}, Input: capture(exchange{method: "GET", url: query}), Ext: "har"},
		{Rule: rule, Name: "page-without-method", Want: check.StatusFail, Reasons: []string{"get"}, Input: autoSubmit("", ACS, Response()), Ext: "html"},
		{Rule: rule, Name: "put", Want: check.StatusFail, Reasons: []string{"other-method"}, Input: capture(exchange{method: "PUT", body: posted(Response())}), Ext: "har"},
		{Rule: rule, Name: "redirect-after-the-login", Want: check.StatusPass, Ext: "har",
			Input: capture(exchange{body: posted(Response()), status: 303, got: []string{"Location: https://sp.example.com/"}})},
		{Rule: rule, Name: "redirect-keeps-the-form", Want: check.StatusPass, Ext: "har",
			Input: capture(exchange{body: posted(Response()), status: 308, got: []string{"Location: " + ACS + "/"}})},
		{Rule: rule, Name: "slash-added", Want: check.StatusFail, Reasons: []string{"redirected"}, Causes: []string{"trailing-slash"}, Ext: "har",
			Input: capture(exchange{body: posted(Response()), status: 301, got: []string{"Location: " + ACS + "/"}})},
		{Rule: rule, Name: "http-to-https", Want: check.StatusFail, Reasons: []string{"redirected"}, Causes: []string{"scheme"}, Ext: "har",
			Input: capture(
				exchange{url: Edit(ACS, "https:", "http:"), body: posted(Response()), status: 302, got: []string{"Location: " + ACS}},
				exchange{method: "GET", url: ACS, status: 405, after: time.Second},
			)},
		{Rule: rule, Name: "no-capture", Want: check.StatusSkip, Input: Response(), Ext: "xml"},
		{Rule: rule, Name: "logout-by-get", Want: check.StatusNA, Input: capture(exchange{method: "GET", url: "https://sp.example.com/saml/slo?" + field("SAMLResponse", encode(deflate(logoutResponse("")))) + "&RelayState=x"}), Ext: "har"},
		{Rule: rule, Name: "request", Want: check.StatusNA, Input: "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(AuthnRequest()))), Ext: "txt"},
	}
}

func formParameterCases() []Case {
	const rule = "form-parameter"
	named := func(name string) string { return capture(exchange{body: field(name, encode(Response()))}) }
	return []Case{
		{Rule: rule, Name: "named", Want: check.StatusPass, Input: capture(exchange{body: posted(Response()) + "&RelayState=x"}), Ext: "har"},
		{Rule: rule, Name: "lower-case", Want: check.StatusFail, Reasons: []string{"misspelled"}, Causes: []string{"case"}, Input: named("samlresponse"), Ext: "har"},
		{Rule: rule, Name: "letter-lost", Want: check.StatusFail, Reasons: []string{"misspelled"}, Causes: []string{"one-edit"}, Input: named("SAMLRespose"), Ext: "har"},
		{Rule: rule, Name: "samlrequest", Want: check.StatusFail, Reasons: []string{"request-parameter"}, Causes: []string{""}, Input: named("SAMLRequest"), Ext: "har"},
		{Rule: rule, Name: "token", Want: check.StatusFail, Reasons: []string{"other-name"}, Causes: []string{""}, Input: named("token"), Ext: "har"},
		{Rule: rule, Name: "empty", Want: check.StatusFail, Reasons: []string{"empty"}, Input: capture(exchange{body: "SAMLResponse=&RelayState=x"}), Ext: "har"},
		{Rule: rule, Name: "in-query", Want: check.StatusFail, Reasons: []string{"in-query"}, Input: capture(exchange{url: ACS + "?" + posted(Response()), body: "RelayState=x"}), Ext: "har"},
		{Rule: rule, Name: "body-is-the-response", Want: check.StatusFail, Reasons: []string{"no-field"}, Input: capture(exchange{body: Response(), mime: "text/xml"}), Ext: "har"},
		{Rule: rule, Name: "twice", Want: check.StatusWarn, Reasons: []string{"repeated"}, Input: capture(exchange{body: posted(Response()) + "&" + posted(Response())}), Ext: "har"},
		{Rule: rule, Name: "multipart", Want: check.StatusWarn, Reasons: []string{"content-type"}, Ext: "har", Input: capture(exchange{
			mime: "multipart/form-data; boundary=b", body: "--b\r\nContent-Disposition: form-data; name=\"SAMLResponse\"\r\n\r\n" + encode(Response()) + "\r\n--b--\r\n",
		})},
		{Rule: rule, Name: "no-capture", Want: check.StatusSkip, Input: Response(), Ext: "xml"},
		{Rule: rule, Name: "logout", Want: check.StatusNA, Input: posted(logoutResponse("")), Ext: "txt"},
		{Rule: rule, Name: "get", Want: check.StatusNA, Input: capture(exchange{method: "GET", url: ACS + "?" + field("SAMLResponse", encode(deflate(Response())))}), Ext: "har"},
	}
}

func acsURLCases() []Case {
	const rule = "acs-url"
	login := func(request, response, to string) string {
		return capture(
			exchange{method: "GET", url: "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(request))), after: -5 * time.Second},
			exchange{url: to, body: posted(response)},
		)
	}
	without := func(e *expect.Expect) { e.ACSURLs = nil }
	elsewhere := "https://sp.example.com/saml/acs/"
	requested := "https://sp.example.com/saml/login/acs"
	return []Case{
		{Rule: rule, Name: "agreed", Want: check.StatusPass, Input: login(AuthnRequest(), Response(), ACS), Ext: "har"},
		{Rule: rule, Name: "as-a-browser-writes-it", Want: check.StatusPass,
			Input:  login(Edit(AuthnRequest(), ACS, "https://SP.example.com:443/saml/acs"), Response(), ACS),
			Expect: func(e *expect.Expect) { e.ACSURLs[0].Text = "https://sp.example.com:443/saml/acs" }, Ext: "har"},
		{Rule: rule, Name: "destination-only", Want: check.StatusPass, Input: capture(exchange{body: posted(Response())}), Expect: without, Ext: "har"},
		{Rule: rule, Name: "pattern", Want: check.StatusPass, Input: capture(exchange{body: posted(Response())}), Ext: "har",
			Expect: func(e *expect.Expect) {
				e.ACSURLs = nil
				e.ACSPatterns = []expect.Pattern{{Text: "https://<site>.example.com/saml/acs", Regexp: `^https://[a-z]+\.example\.com/saml/acs$`, From: "fixture"}}
			}},
		{Rule: rule, Name: "other-acs", Want: check.StatusFail, Reasons: []string{"acs"}, Causes: []string{"trailing-slash"},
			Input: capture(exchange{url: elsewhere, body: posted(Edit(Response(), `Destination="`+ACS, `Destination="`+elsewhere))}), Ext: "har"},
		{Rule: rule, Name: "no-such-acs", Want: check.StatusFail, Reasons: []string{"acs"}, Input: capture(exchange{body: posted(Response())}), Ext: "har",
			Expect: func(e *expect.Expect) {
				e.ACSURLs = nil
				e.ACSPatterns = []expect.Pattern{{Text: "https://<site>.webmeet.example/acs", Regexp: `^https://[a-z]+\.webmeet\.example/acs$`, From: "fixture"}}
			}},
		{Rule: rule, Name: "other-destination", Want: check.StatusFail, Reasons: []string{"destination"}, Causes: []string{"scheme"},
			Input: capture(exchange{body: posted(Edit(Response(), `Destination="https:`, `Destination="http:`))}), Ext: "har"},
		{Rule: rule, Name: "page-posts-elsewhere", Want: check.StatusFail, Reasons: []string{"acs"}, Causes: []string{"host"},
			Input: autoSubmit("post", "https://login.example.org/saml/acs", Response()), Ext: "html"},
		{Rule: rule, Name: "other-than-requested", Want: check.StatusFail, Reasons: []string{"request"}, Causes: []string{"path"},
			Input: login(Edit(AuthnRequest(), ACS, requested), Response(), ACS), Ext: "har"},
		{Rule: rule, Name: "no-capture", Want: check.StatusSkip, Input: Response(), Ext: "xml"},
		{Rule: rule, Name: "nothing-to-compare", Want: check.StatusSkip, Expect: without,
			Input: capture(exchange{body: posted(Edit(Response(), ` Destination="`+ACS+`"`, ""))}), Ext: "har"},
		{Rule: rule, Name: "logout", Want: check.StatusNA, Input: capture(exchange{url: "https://sp.example.com/saml/slo", body: posted(logoutResponse(""))}), Ext: "har"},
	}
}

// logoutResponse is a LogoutResponse with a second-level status code, or one
// that reports success.
func logoutResponse(second string) string {
	code := `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>`
	if second != "" {
		code = `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:` + second + `"/></samlp:StatusCode>`
	}
	return `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_l1" Version="2.0" IssueInstant="` + Clock(0) + `" Destination="https://sp.example.com/saml/slo" InResponseTo="_l0"><saml:Issuer>` + IdP + `</saml:Issuer><samlp:Status>` + code + `</samlp:Status></samlp:LogoutResponse>`
}
