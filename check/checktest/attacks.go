package checktest

import (
	"strings"
)

// Attack is a message that was signed by the IdP and manipulated since, so that
// a careless service logs in somebody else.
type Attack struct {
	Name  string
	About string
	XML   string
}

// elements cut out of the good login: its whole Response, its Assertion, and
// the Signature of one of them.
func between(xml, from, to string) string {
	i := strings.Index(xml, from)
	if i < 0 {
		panic("checktest: there is no " + from)
	}
	j := strings.Index(xml[i:], to)
	if j < 0 {
		panic("checktest: there is no " + to)
	}
	return xml[i : i+j+len(to)]
}

// forge makes an element speak of the administrator, under another ID.
func forge(element, id string) string {
	return Edit(element, "alex@example.com", "admin@example.com", `ID="`+id+`"`, `ID="_forged"`)
}

// Attacks are the signature wrapping attacks of the literature and of the
// advisories of the last years.
func Attacks() []Attack {
	const endAssertion, endSignature = "</saml:Assertion>", "</ds:Signature>"

	// A signed Response, for the attacks on whole messages.
	message := strings.TrimPrefix(signedMessage(), `<?xml version="1.0" encoding="UTF-8"?>`+"\n")
	messageSignature := between(message, "<ds:Signature ", endSignature)
	bareMessage := Edit(message, messageSignature, "")
	forgedMessage := Edit(forge(bareMessage, responseID), assertionID, "_forged2")

	// A signed assertion, for the attacks on assertions.
	response := SignedResponse()
	assertion := between(response, "<saml:Assertion ", endAssertion)
	signature := between(assertion, "<ds:Signature ", endSignature)
	bare := Edit(assertion, signature, "")
	forged := forge(bare, assertionID)
	with := func(replacement string) string { return Edit(response, assertion, replacement) }
	inSignature := func(what string) string { return Edit(signature, endSignature, what+endSignature) }
	afterFirstIssuer := func(element, what string) string {
		const end = "</saml:Issuer>"
		i := strings.Index(element, end) + len(end)
		return element[:i] + what + element[i:]
	}
	inExtensions := func(what string) string {
		return "  <samlp:Extensions>" + what + "</samlp:Extensions>\n  <samlp:Status>\n"
	}

	return []Attack{
		{"xsw-1", "the genuine Response inside the Signature of the forged one", afterFirstIssuer(forgedMessage, Edit(messageSignature, endSignature, bareMessage+endSignature))},
		{"xsw-2", "the genuine Response beside the Signature in the forged one", afterFirstIssuer(forgedMessage, messageSignature+bareMessage)},
		{"xsw-3", "a forged Assertion before the genuine one", with(forged + "\n" + assertion)},
		{"xsw-4", "the genuine Assertion inside the forged one", with(Edit(forged, endAssertion, assertion+endAssertion))},
		{"xsw-5", "the forged Assertion has the Signature, the genuine one stands at the end", with(afterFirstIssuer(forged, signature) + "\n" + bare)},
		{"xsw-6", "the genuine Assertion inside the Signature of the forged one", with(afterFirstIssuer(forged, inSignature(bare)))},
		{"xsw-7", "a forged Assertion of the same ID in Extensions", Edit(response, "  <samlp:Status>\n", inExtensions(Edit(forged, `ID="_forged"`, `ID="`+assertionID+`"`)))},
		{"xsw-8", "the genuine Assertion in an Object of the forged one's Signature", with(afterFirstIssuer(forged, inSignature("<ds:Object>"+bare+"</ds:Object>")))},

		{"duplicate-id", "two Assertions of one ID", with(Edit(forged, `ID="_forged"`, `ID="`+assertionID+`"`) + "\n" + assertion)},
		{"smuggled-digest", "a DigestValue of the forged content in Extensions, found by a careless search (CVE-2024-45409)",
			Edit(Edit(response, ">alex@example.com</saml:NameID>", ">admin@example.com</saml:NameID>"), "  <samlp:Status>\n", inExtensions(`<ds:DigestValue xmlns:ds="http://www.w3.org/2000/09/xmldsig#">AAAA</ds:DigestValue>`))},
		{"two-signed-infos", "a second SignedInfo (CVE-2025-29774)", Edit(response, "</ds:SignedInfo>", "</ds:SignedInfo>"+between(signature, "<ds:SignedInfo>", "</ds:SignedInfo>"))},
		{"comment-in-digest", "forged content, its digest in a comment inside DigestValue (CVE-2025-29775)",
			Edit(Edit(response, ">alex@example.com</saml:NameID>", ">admin@example.com</saml:NameID>"), "<ds:DigestValue>", "<ds:DigestValue><!--AAAA-->")},
		{"unsigned-beside-signed", "an unsigned Assertion after the signed one (CVE-2025-47949)", with(assertion + "\n" + forged)},
		{"comment-in-name-id", "a comment cuts the NameID short (CVE-2018-0489)", Edit(response, ">alex@example.com</saml:NameID>", ">alex@example.com<!---->.evil.example</saml:NameID>")},
		{"instruction-in-name-id", "a processing instruction cuts the NameID short", Edit(response, ">alex@example.com</saml:NameID>", ">alex@example.com<?x?>.evil.example</saml:NameID>")},
		{"doctype", "an entity in a DOCTYPE hides the difference (CVE-2025-25291)", Edit(response, "<samlp:Response ", "<!DOCTYPE r [<!ENTITY a \"b\">]>\n<samlp:Response ")},
		{"namespaced-id", "the genuine ID in an attribute of another namespace on the forged Assertion", with(Edit(forged, `ID="_forged"`, `xmlns:x="urn:x" x:ID="`+assertionID+`" ID="_forged"`) + "\n" + assertion)},
		{"void-canonicalization", "the Signature refers to itself and leaves itself out, so that nothing is hashed", void()},
	}
}
