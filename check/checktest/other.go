package checktest

import (
	"github.com/samlwhy/samlwhy/check"
)

// authenticateUser is a request of the Webex XML API. protocol is the whole
// element, response the content of samlResponse.
func authenticateUser(protocol, response string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<serv:message xmlns:serv="http://www.webex.com/schemas/2002/06/service" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <header>
    <securityContext>
      <siteName>acme</siteName>
      <webExID>alex</webExID>
    </securityContext>
  </header>
  <body>
    <bodyContent xsi:type="java:com.webex.service.binding.user.AuthenticateUser">
      <samlResponse>` + response + `</samlResponse>` + protocol + `
    </bodyContent>
  </body>
</serv:message>
`
}

const protocolElement = `
      <protocol>SAML2.0</protocol>`

func otherCases() []Case {
	const rule = "xml-api-request"
	good := encode(Response())
	return []Case{
		fixture(rule, "good", check.StatusPass, authenticateUser(protocolElement, good)),
		fixture(rule, "no-protocol", check.StatusFail, authenticateUser("", good), "protocol-missing"),
		fixture(rule, "blank-in-protocol", check.StatusFail, authenticateUser(`
      <protocol>SAML 2.0</protocol>`, good), "protocol-mismatch").because("whitespace"),
		fixture(rule, "saml-1.1", check.StatusFail, authenticateUser(`
      <protocol>SAML1.1</protocol>`, good), "protocol-mismatch"),
		fixture(rule, "empty-response", check.StatusFail, authenticateUser(protocolElement, ""), "response-missing"),
		fixture(rule, "response-absent", check.StatusFail,
			Cut(authenticateUser(protocolElement, good), "<samlResponse>", "</samlResponse>"), "response-missing"),
		fixture(rule, "browser-login", check.StatusNA, Response()),
	}
}
