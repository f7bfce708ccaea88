package checktest

import (
	"crypto/sha1"
	"net/url"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

// artifactOf is an artifact of the entity.
func artifactOf(entityID string) string {
	source := sha1.Sum([]byte(entityID))
	return encode("\x00\x04\x00\x01" + string(source[:]) + strings.Repeat("h", 20))
}

// artifactResolve is the service's call for what an artifact stands for, in its
// SOAP envelope.
func artifactResolve(artifact string) string {
	return inEnvelope(`<samlp:ArtifactResolve xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_resolve" Version="2.0" IssueInstant="` + Clock(0) + `"><saml:Issuer>` + SP + `</saml:Issuer><samlp:Artifact>` + artifact + `</samlp:Artifact></samlp:ArtifactResolve>`)
}

func inEnvelope(message string) string {
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` + message + "</s:Body></s:Envelope>\n"
}

func artifactCases() []Case {
	const rule = "artifact"
	used := func(name string, want check.Status, artifact string, reasons ...string) Case {
		return fixture(rule, name, want, "", reasons...).inCapture(exchange{method: "GET", url: ACS + "?SAMLart=" + url.QueryEscape(artifact) + "&RelayState=x"})
	}
	resolved := func(name string, want check.Status, content string, reasons ...string) Case {
		return fixture(rule, name, want, inEnvelope(artifactResponse(content)), reasons...)
	}
	described := func(index string) func(*expect.Expect) {
		return func(e *expect.Expect) {
			e.IdPs = e.IdPEntityIDs
			e.IdPEndpoints = []expect.Endpoint{{Entity: IdP, Service: expect.ServiceArtifact, Location: "https://idp.example.net/artifact", Index: index, From: "fixture"}}
		}
	}
	refusal := Edit(artifactResponse(""), `status:Success"/>`, `status:Responder"/><samlp:StatusMessage>unknown requester</samlp:StatusMessage>`)
	paired := strings.Replace(artifactResponse(inner()), ` ID="_ar"`, ` ID="_ar" InResponseTo="_resolve"`, 1)
	backChannel := func(name string, want check.Status, response string, reasons ...string) Case {
		return fixture(rule, name, want, "", reasons...).inCapture(
			exchange{url: "https://idp.example.net/artifact", mime: "text/xml", body: artifactResolve(artifactOf(IdP))},
			exchange{url: "https://gateway.example.com/log", mime: "text/xml", body: inEnvelope(response)})
	}
	return []Case{
		resolved("resolved", check.StatusPass, inner()),
		backChannel("answer-to-the-call", check.StatusPass, paired),
		fixture(rule, "call", check.StatusPass, artifactResolve(artifactOf(IdP))),
		fixture(rule, "endpoint-known", check.StatusPass, artifactResolve(artifactOf(IdP))).expecting(described("1")),

		used("not-base64", check.StatusFail, "AAQ*", "not-base64"),
		used("too-short", check.StatusFail, encode("\x00\x04\x00\x00short"), "length"),
		used("one-byte", check.StatusFail, encode("\x00"), "length"),
		used("saml-1.1", check.StatusFail, encode("\x00\x01"+strings.Repeat("s", 40)), "saml11"),
		used("type-9", check.StatusFail, encode("\x00\x09"+strings.Repeat("s", 42)), "type-code"),
		used("other-idp", check.StatusFail, artifactOf(IdP+"/"), "source"),
		used("the-service-itself", check.StatusFail, artifactOf(SP), "source"),
		fixture(rule, "call-for-another-idp", check.StatusFail, artifactResolve(artifactOf("urn:example:another-idp")), "source"),
		used("other-index", check.StatusWarn, artifactOf(IdP), "endpoint-index").expecting(described("0")),
		fixture(rule, "refused", check.StatusFail, inEnvelope(refusal), "refused"),
		resolved("used-up", check.StatusFail, "", "no-response"),
		resolved("other-issuer", check.StatusFail, inner(), "issuer").expecting(func(e *expect.Expect) {
			e.IdPEntityIDs = []expect.Value{{Text: IdP + "/", From: "fixture"}}
		}),
		backChannel("answer-to-another-call", check.StatusFail, Edit(paired, `"_resolve"`, `"_another"`), "in-response-to"),

		used("sound", check.StatusSkip, artifactOf(IdP)),
		used("idp-not-known", check.StatusSkip, artifactOf(IdP)).expecting(nothingKnown),
		fixture(rule, "cut-off", check.StatusSkip, upTo(artifactResponse(inner()), "<samlp:Response")),
		fixture(rule, "post", check.StatusNA, Response()),
	}
}
