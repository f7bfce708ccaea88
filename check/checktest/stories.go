package checktest

import (
	"net/url"
	"strings"
	"time"
)

// Story is a whole input as a user would have it, kept under testdata/captures.
type Story struct {
	Name  string // file name
	About string
	Data  string
}

// The Webex site of the stories.
const (
	webexACS     = "https://acme.webex.com/dispatcher/SAML2AuthService?siteurl=acme"
	webexTestACS = "https://acme-test.webex.com/dispatcher/SAML2AuthService?siteurl=acme-test"
	webexSP      = "http://www.webex.com"
)

// Stories are the inputs that README, scripts and report tests use.
func Stories() []Story {
	good := webexResponse()
	return append([]Story{
		{
			"webex-works.har", "a login at a Webex site in which nothing is wrong",
			webexLogin(sealedBy(idpIdentity(), good, assertionID), webexACS, 4*time.Second),
		},
		{
			"webex-audience.har", "the audience has a slash too many",
			webexLogin(sealedBy(idpIdentity(), Edit(good, "<saml:Audience>"+webexSP+"<", "<saml:Audience>"+webexSP+"/<"), assertionID), webexACS, 4*time.Second),
		},
		{
			"webex-four-failures.har", "expired, delivered to the wrong ACS, a wrong audience, no NameID",
			webexLogin(sealedBy(idpIdentity(), Edit(Cut(good, "      <saml:NameID", "</saml:NameID>\n"), "<saml:Audience>"+webexSP+"<", "<saml:Audience>https://meet.example.org/saml<"), assertionID),
				webexTestACS, 11*time.Minute+16*time.Second),
		},
		{
			"webex-truncated.txt", "a SAMLResponse that a log cut off at 4,096 characters",
			encode(sealedBy(idpIdentity(), good, assertionID))[:4096],
		},
		{
			"webex-renewed-certificate.har", "the IdP signs with a new certificate, and the content was edited besides",
			webexLogin(Edit(sealedBy(renewedIdentity(), good, assertionID), ">Alex<", ">Alice<"), webexACS, 4*time.Second),
		},
		{
			"encrypted.xml", "a login whose assertion is signed and then encrypted for the service",
			EncryptedResponse(),
		},
		{
			"xml-api-thread.xml", "AuthenticateUser with a bare assertion that was made for another service",
			authenticateUser("", encode(sealedBy(idpIdentity(), threadAssertion(), assertionID))),
		},
	}, flowStories()...)
}

// webexResponse is the good login made for a Webex site.
func webexResponse() string { return webexMade(Response()) }

// webexMade makes a Response for a Webex site of one for the service of the
// fixtures.
func webexMade(response string) string {
	return Edit(response, ACS, webexACS, SP, webexSP,
		`      <saml:Attribute Name="email">`, Attribute("updateTimeStamp", "1772618426000")+`      <saml:Attribute Name="email">`)
}

// webexLogin is the capture of a login that the service began.
func webexLogin(response, to string, delivery time.Duration) string {
	return capture(webexExchanges(response, to, delivery)...)
}

// webexExchanges are those of a login that the service began: its request, the
// IdP's page with the response, and the response's delivery to a URL some time
// after it was issued.
func webexExchanges(response, to string, delivery time.Duration) []exchange {
	request := Edit(AuthnRequest(), ACS, webexACS, "<saml:Issuer>"+SP+"<", "<saml:Issuer>"+webexSP+"<")
	sso := "https://idp.example.net/sso?" + field("SAMLRequest", encode(deflate(request))) + "&" + field("RelayState", "https://acme.webex.com/meet/alex")
	page := strings.ReplaceAll(autoSubmit("post", to, response), "\n</form>", "\n<input type=\"hidden\" name=\"RelayState\" value=\"https://acme.webex.com/meet/alex\">\n</form>")
	return []exchange{
		{method: "GET", url: "https://acme.webex.com/meet/alex", after: issued.Add(-6 * time.Second).Sub(delivered), status: 302},
		{method: "GET", url: sso, after: issued.Add(-5 * time.Second).Sub(delivered), page: "<!DOCTYPE html>\n<title>Sign in</title>\n"},
		{url: "https://idp.example.net/login", after: issued.Sub(delivered), body: field("user", "alex") + "&" + field("password", ""), page: page},
		{url: to, after: issued.Add(delivery).Sub(delivered), body: posted(response) + "&RelayState=" + url.QueryEscape("https://acme.webex.com/meet/alex")},
	}
}

// threadAssertion is the assertion of somebody who logs in to a learning
// platform and passes what he got on to the XML API.
func threadAssertion() string {
	return Edit(BareAssertion(),
		ACS, "https://moodle.example.edu/auth/saml2/sp/saml2-acs.php",
		SP, webexSP,
		`      <saml:Attribute Name="email">`, Attribute("address", "1 Main Street\nSpringfield")+`      <saml:Attribute Name="email">`)
}
