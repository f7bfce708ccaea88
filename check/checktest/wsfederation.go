package checktest

import (
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

// token11 is the assertion of the log-in by SAML 1.1, as a token.
func token11() string {
	_, assertion, _ := strings.Cut(upTo(response11(), "\n</samlp:Response>"), "  <saml:Assertion ")
	return `  <saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" ` + assertion
}

// wsFederationLogin is the good login by WS-Federation, as AD FS writes it.
func wsFederationLogin() string {
	return `<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust">
  <t:Lifetime><wsu:Created xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">` + Clock(0) + `</wsu:Created><wsu:Expires xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">` + Clock(5*time.Minute) + `</wsu:Expires></t:Lifetime>
  <wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"><wsa:EndpointReference xmlns:wsa="http://www.w3.org/2005/08/addressing"><wsa:Address>` + SP + `</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>
  <t:RequestedSecurityToken>
` + token11() + `
  </t:RequestedSecurityToken>
  <t:TokenType>urn:oasis:names:tc:SAML:1.0:assertion</t:TokenType>
  <t:RequestType>http://schemas.xmlsoap.org/ws/2005/02/trust/Issue</t:RequestType>
</t:RequestSecurityTokenResponse>
`
}

// postsToken is the browser's delivery of a WS-Federation answer.
func postsToken(answer string) exchange {
	return exchange{body: "wa=wsignin1.0&" + field("wresult", answer) + "&wctx=x"}
}

func tokenCases() []Case {
	const rule = "requested-security-token"
	login := wsFederationLogin()
	posted := func(name string, want check.Status, answer string, reasons ...string) Case {
		return fixture(rule, name, want, "", reasons...).inCapture(postsToken(answer))
	}
	collection := Edit(wsFederation(BareAssertion()),
		"http://schemas.xmlsoap.org/ws/2005/02/trust", "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
		"<t:RequestSecurityTokenResponse ", "<t:RequestSecurityTokenResponseCollection ",
		"<t:RequestedSecurityToken>", "<t:RequestSecurityTokenResponse><t:RequestedSecurityToken>",
		"</t:RequestSecurityTokenResponse>\n", "</t:RequestSecurityTokenResponse></t:RequestSecurityTokenResponseCollection>\n")
	const applies = "<wsa:Address>" + SP
	expires := Clock(5*time.Minute) + "</wsu:Expires>"
	cases := []Case{
		posted("ad-fs", check.StatusPass, login),
		posted("trust-1.3-saml-2.0", check.StatusPass, collection),
		posted("encrypted", check.StatusPass, tokenResponse(encryptedToken)),
		fixture(rule, "as-xml", check.StatusPass, login),
		posted("applies-to-as-audience", check.StatusPass, Edit(login, SP, "urn:example:payroll")),

		posted("empty", check.StatusFail, "", "empty"),
		posted("text", check.StatusFail, "Access denied", "not-xml"),
		posted("cut-off", check.StatusFail, upTo(login, "<saml:AttributeStatement>"), "malformed"),
		posted("saml-response", check.StatusFail, Response(), "other"),
		posted("fault", check.StatusFail, `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Reason><s:Text>ID3082: the request scope is not valid</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`, "other"),
		posted("other-namespace", check.StatusFail, Edit(login, "2005/02/trust\">\n", "2004/04/trust\">\n"), "other"),
		posted("no-token", check.StatusFail, tokenResponse(""), "no-token"),
		posted("nothing-requested", check.StatusFail, `<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"/>`, "no-token"),
		posted("json-web-token", check.StatusFail, tokenResponse(`<wsse:BinarySecurityToken xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" ValueType="urn:ietf:params:oauth:token-type:jwt">ZXlK</wsse:BinarySecurityToken>`), "other-token"),
		posted("other-token-type", check.StatusWarn, Edit(login, "<t:TokenType>urn:oasis:names:tc:SAML:1.0:assertion", "<t:TokenType>urn:oasis:names:tc:SAML:2.0:assertion"), "token-type"),
		posted("lifetime-over", check.StatusWarn, Edit(login, expires, Clock(time.Second)+"</wsu:Expires>"), "lifetime"),
		posted("other-service", check.StatusWarn, Edit(login, applies, "<wsa:Address>urn:example:payroll"), "applies-to"),

		posted("service-not-known", check.StatusSkip, login).expecting(nothingKnown),
		fixture(rule, "saml", check.StatusNA, Response()),
	}
	return append(cases, claimCases()...)
}

// claimCases are logins by WS-Federation as the rules for assertions see them.
func claimCases() []Case {
	login := wsFederationLogin()
	needs := func(e *expect.Expect) {
		e.Attributes = []expect.Attribute{{Name: "http://schemas.example.org/claims/uid", Required: true, From: "fixture", MaxLength: 64}}
	}
	over := func(rule string) Case {
		return fixture(rule, "ws-federation-over", check.StatusFail, login, "expired").at(time.Hour, check.BasisGiven)
	}
	return []Case{
		fixture("required-attributes", "claim-type", check.StatusPass, login).expecting(needs),
		fixture("attribute-values", "claim-type", check.StatusPass, login).expecting(needs),
		fixture("issuer", "ws-federation", check.StatusPass, login),
		fixture("issuer", "ws-federation-other-idp", check.StatusFail, Edit(login, IdP, IdP+"/"), "mismatch").because("trailing-slash"),
		fixture("audience", "ws-federation-other-service", check.StatusFail, Edit(login, "<saml:Audience>"+SP, "<saml:Audience>urn:example:payroll"), "mismatch"),
		fixture("subject-confirmation", "ws-federation-saml-1-1", check.StatusPass, login),
		over("not-on-or-after"),
	}
}
