package checktest

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
)

// The places of good signatures.
func signedMessage() string { return sealedBy(idpIdentity(), Response(), responseID) }

func bothSigned() string {
	id := idpIdentity()
	return sealed(afterIssuer(afterIssuer(Response(), responseID, 0), assertionID, 1), id,
		sign.Template{URI: "#" + responseID, KeyInfo: id.keyInfo()}, sign.Template{URI: "#" + assertionID, KeyInfo: id.keyInfo()})
}

// sealedAs signs the assertion with a template that differs from the usual one.
func sealedAs(t sign.Template) string {
	if t.URI == "" && !t.NoURI {
		t.URI = "#" + assertionID
	}
	if t.KeyInfo == "" {
		t.KeyInfo = idpIdentity().keyInfo()
	}
	return sealed(afterIssuer(Response(), assertionID, 0), idpIdentity(), t)
}

func wantSigned(e *expect.Expect) {
	e.WantAssertionsSigned = expect.Bool{Value: true, From: "fixture"}
}

func signedCases() []Case {
	const rule = "signed"
	return []Case{
		fixture(rule, "assertion", check.StatusPass, SignedResponse()),
		fixture(rule, "response", check.StatusPass, signedMessage()),
		fixture(rule, "own-as-asked", check.StatusPass, SignedResponse()).expecting(wantSigned),
		fixture(rule, "nothing", check.StatusFail, Response(), "unsigned"),
		fixture(rule, "only-response", check.StatusFail, signedMessage(), "assertion-unsigned").expecting(wantSigned),
		fixture(rule, "encrypted-in-unsigned", check.StatusSkip, encryptedResponse()),
		fixture(rule, "error-answer", check.StatusNA, failedResponse()),
	}
}

func signatureProfileCases() []Case {
	const rule = "signature-profile"
	two := Edit(sealedAs(sign.Template{}), "</ds:Reference>", `</ds:Reference><ds:Reference URI="#`+responseID+`"><ds:DigestMethod Algorithm="`+sign.SHA256+`"/><ds:DigestValue>AA==</ds:DigestValue></ds:Reference>`)
	return []Case{
		fixture(rule, "assertion", check.StatusPass, SignedResponse()),
		fixture(rule, "prefix-list", check.StatusPass, sealedAs(sign.Template{Prefixes: "xs #default"})),
		fixture(rule, "structure", check.StatusFail, Cut(SignedResponse(), "<ds:DigestMethod", "/>"), "structure"),
		fixture(rule, "no-signed-info", check.StatusFail, Cut(SignedResponse(), "<ds:SignedInfo>", "</ds:SignedInfo>"), "structure"),
		fixture(rule, "several-references", check.StatusFail, two, "several-references"),
		fixture(rule, "signs-the-response", check.StatusFail, sealedAs(sign.Template{URI: "#" + responseID}), "not-parent"),
		fixture(rule, "dangling", check.StatusFail, Edit(SignedResponse(), `URI="#`+assertionID+`"`, `URI="#_gone"`), "missing-target"),
		fixture(rule, "external", check.StatusFail, Edit(SignedResponse(), `URI="#`+assertionID+`"`, `URI="https://idp.example.net/assertion"`), "external"),
		fixture(rule, "empty-uri", check.StatusWarn, sealed(afterIssuer(Response(), responseID, 0), idpIdentity(), sign.Template{KeyInfo: idpIdentity().keyInfo()}), "empty-uri"),
		fixture(rule, "inclusive", check.StatusWarn, sealedAs(sign.Template{
			CanonicalizationMethod: xmldsig.CanonicalXML10, Transforms: []string{xmldsig.TransformEnveloped, xmldsig.CanonicalXML10},
		}), "transform", "canonicalization"),
		fixture(rule, "unsigned", check.StatusNA, Response()),
	}
}

// wrapped is the good login after a signature wrapping attack: a forged
// assertion stands where the service looks, the signed one at another place.
func wrapped(place func(forged, genuine string) string) string {
	xml := SignedResponse()
	start := strings.Index(xml, "<saml:Assertion ")
	end := strings.Index(xml, "</saml:Assertion>") + len("</saml:Assertion>")
	genuine := xml[start:end]
	forged := Cut(genuine, "<ds:Signature ", "</ds:Signature>")
	forged = Edit(forged, "alex@example.com", "admin@example.com", `ID="`+assertionID+`"`, `ID="_forged"`)
	return xml[:start] + place(forged, genuine) + xml[end:]
}

func signatureWrappingCases() []Case {
	const rule = "signature-wrapping"
	inExtensions := wrapped(func(forged, genuine string) string { return forged })
	genuine := wrapped(func(_, genuine string) string { return genuine })
	start, end := strings.Index(genuine, "<saml:Assertion "), strings.Index(genuine, "</saml:Assertion>")+len("</saml:Assertion>")
	inExtensions = Edit(inExtensions, "  <samlp:Status>\n", "  <samlp:Extensions>"+genuine[start:end]+"</samlp:Extensions>\n  <samlp:Status>\n")
	signature := genuine[strings.Index(genuine, "<ds:Signature "):strings.Index(genuine, "</ds:Signature>")]
	return []Case{
		fixture(rule, "assertion", check.StatusPass, SignedResponse()),
		fixture(rule, "response", check.StatusPass, signedMessage()),
		fixture(rule, "both", check.StatusPass, bothSigned()),
		fixture(rule, "authn-request", check.StatusPass, sealedBy(spIdentity(), AuthnRequest(), Request)),
		fixture(rule, "logout-request", check.StatusPass, sealedBy(spIdentity(), logoutMessage(), "_l0")),
		fixture(rule, "logout-response", check.StatusPass, sealedBy(idpIdentity(), logoutResponse(""), "_l1")),
		fixture(rule, "artifact-resolve", check.StatusPass, sealedBy(spIdentity(), artifactResolve(artifactOf(IdP)), "_resolve")),
		fixture(rule, "artifact-response-of-nothing", check.StatusPass, sealedBy(idpIdentity(), inEnvelope(artifactResponse("")), "_ar")),
		fixture(rule, "genuine-logout-in-extensions", check.StatusFail, logoutInExtensions(), "extra-assertion"),
		fixture(rule, "genuine-inside-forged", check.StatusFail, wrapped(func(forged, genuine string) string {
			return Edit(forged, "</saml:Assertion>", genuine+"</saml:Assertion>")
		}), "other-element"),
		fixture(rule, "genuine-in-extensions", check.StatusFail, inExtensions, "other-element"),
		fixture(rule, "forged-in-object", check.StatusFail, Edit(SignedResponse(), "</ds:KeyInfo></ds:Signature>",
			"</ds:KeyInfo><ds:Object>"+wrappedForgery()+"</ds:Object></ds:Signature>"), "extra-assertion"),
		fixture(rule, "duplicate-id", check.StatusFail, wrapped(func(forged, genuine string) string {
			return Edit(forged, `ID="_forged"`, `ID="`+assertionID+`"`) + genuine
		}), "duplicate-id", "other-element"),
		fixture(rule, "two-signed-infos", check.StatusFail, Edit(SignedResponse(), "</ds:SignedInfo>", "</ds:SignedInfo>"+signature[strings.Index(signature, "<ds:SignedInfo>"):strings.Index(signature, "</ds:SignedInfo>")]+"</ds:SignedInfo>"), "ambiguous-signature"),
		fixture(rule, "two-digest-values", check.StatusFail, Edit(SignedResponse(), "</ds:DigestValue>", "</ds:DigestValue><ds:DigestValue>AA==</ds:DigestValue>"), "ambiguous-signature"),
		fixture(rule, "comment-in-digest", check.StatusWarn, Edit(SignedResponse(), "<ds:DigestValue>", "<ds:DigestValue><!--AA==-->"), "split-value"),
		fixture(rule, "comment-in-name-id", check.StatusFail, Edit(SignedResponse(), ">alex@example.com</saml:NameID>", ">alex@example.com<!---->.evil.example</saml:NameID>"), "split-value"),
		fixture(rule, "nothing-hashed", check.StatusFail, void(), "nothing-hashed"),
		fixture(rule, "unsigned", check.StatusNA, Response()),
	}
}

// logoutInExtensions is a forged LogoutRequest around a genuine one.
func logoutInExtensions() string {
	forged := Edit(logoutMessage(), `ID="_l0"`, `ID="_forged"`, "alex@example.com", "admin@example.com")
	return Edit(forged, "</saml:Issuer>", "</saml:Issuer><samlp:Extensions>"+sealedBy(spIdentity(), logoutMessage(), "_l0")+"</samlp:Extensions>")
}

// void is a signature that refers to itself and then leaves itself out.
func void() string {
	t := sign.Template{URI: "#_void", Transforms: []string{xmldsig.TransformEnveloped}, KeyInfo: idpIdentity().keyInfo()}
	xml := Edit(afterIssuer(Response(), assertionID, 0), marker(0), Edit(t.String(), "<ds:Signature ", `<ds:Signature Id="_void" `))
	xml, err := sign.Document(xml, idpIdentity().key)
	if err != nil {
		panic("checktest: " + err.Error())
	}
	return xml
}

// wrappedForgery is the forged assertion alone.
func wrappedForgery() string {
	var forgery string
	wrapped(func(forged, genuine string) string { forgery = forged; return genuine })
	return forgery
}

func signatureAlgorithmCases() []Case {
	const rule = "signature-algorithm"
	const more = "http://www.w3.org/2001/04/xmldsig-more#"
	good := SignedResponse()
	method := func(uri string) string { return Edit(good, sign.RSASHA256, uri) }
	return []Case{
		fixture(rule, "rsa-sha256", check.StatusPass, good),
		fixture(rule, "unknown", check.StatusFail, method(more+"rsa-sha257"), "unknown"),
		fixture(rule, "unknown-digest", check.StatusFail, Edit(good, sign.SHA256, "http://www.w3.org/2001/04/xmlenc#sha257"), "unknown"),
		fixture(rule, "wrong-namespace", check.StatusFail, method(more+"rsa-sha1"), "non-standard", "sha1"),
		fixture(rule, "hmac", check.StatusFail, method(more+"hmac-sha256"), "shared-secret"),
		fixture(rule, "sha1", check.StatusWarn, sealedAs(sign.Template{SignatureMethod: xmldsig.Namespace + "rsa-sha1", DigestMethod: xmldsig.Namespace + "sha1"}), "sha1", "sha1"),
		fixture(rule, "md5", check.StatusWarn, method(more+"rsa-md5"), "md5"),
		fixture(rule, "dsa", check.StatusWarn, method("http://www.w3.org/2009/xmldsig11#dsa-sha256"), "dsa"),
		fixture(rule, "unsigned", check.StatusNA, Response()),
	}
}

func signatureDigestCases() []Case {
	const rule = "signature-digest"
	good := SignedResponse()
	return []Case{
		fixture(rule, "assertion", check.StatusPass, good),
		fixture(rule, "both", check.StatusPass, bothSigned()),
		fixture(rule, "response-edited-around-assertion", check.StatusPass, Edit(good, `InResponseTo="`+Request+`">`+"\n", `InResponseTo="_other">`+"\n")),
		fixture(rule, "attribute-edited", check.StatusFail, Edit(good, ">Alex<", ">Alice<"), "mismatch").because("content-edited"),
		fixture(rule, "forged-namesake-before", check.StatusFail, wrapped(func(forged, genuine string) string {
			return Edit(forged, `ID="_forged"`, `ID="`+assertionID+`"`) + genuine
		}), "mismatch").because("duplicate-id"),
		fixture(rule, "forged-copy-behind", check.StatusFail, wrapped(func(_, genuine string) string {
			return genuine + Edit(genuine, "alex@example.com", "admin@example.com")
		}), "mismatch").because("duplicate-id"),
		fixture(rule, "blank-added", check.StatusFail, Edit(good, "<saml:Subject>", "<saml:Subject> "), "mismatch").because("whitespace-trimmed"),
		fixture(rule, "dangling", check.StatusFail, Edit(good, `URI="#`+assertionID+`"`, `URI="#_gone"`), "no-target"),
		fixture(rule, "digest-not-base64", check.StatusFail, Edit(good, "<ds:DigestValue>", "<ds:DigestValue>?"), "unreadable").because("signed-info-edited"),
		fixture(rule, "cut-off", check.StatusSkip, upTo(good, "</saml:AttributeStatement>")),
		fixture(rule, "unsigned", check.StatusNA, Response()),
	}
}

func signatureValueCases() []Case {
	const rule = "signature-value"
	id := idpIdentity()
	good := SignedResponse()
	anonymous := sealed(afterIssuer(Response(), assertionID, 0), id, sign.Template{URI: "#" + assertionID})
	return []Case{
		fixture(rule, "embedded", check.StatusPass, good),
		fixture(rule, "configured", check.StatusPass, anonymous).expecting(trusted(id)),
		fixture(rule, "second-of-two", check.StatusPass, anonymous).expecting(trusted(renewedIdentity(), id)),
		fixture(rule, "content-edited", check.StatusPass, Edit(good, ">Alex<", ">Alice<")),
		fixture(rule, "wrong-key", check.StatusFail, anonymous, "wrong-key").because("wrong-key").expecting(trusted(renewedIdentity())),
		fixture(rule, "encryption-key", check.StatusFail, anonymous, "wrong-key").because("other-known-key").expecting(func(e *expect.Expect) {
			trusted(renewedIdentity())(e)
			known := expect.Expect{}
			trusted(id)(&known)
			e.IdPEncryption = known.Certificates
		}),
		fixture(rule, "signed-info-edited", check.StatusFail, Edit(good, `URI="#`+assertionID+`"`, `URI="#`+responseID+`"`), "edited").because("signed-info-edited"),
		fixture(rule, "other-hash", check.StatusFail, Edit(good, sign.RSASHA256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"), "edited").because("signed-info-edited"),
		fixture(rule, "cut-value", check.StatusFail, cutValue(good), "encoding").because("truncated"),
		// As long as that of a smaller key: nothing proves that it was cut.
		fixture(rule, "value-of-a-smaller-key", check.StatusFail, halfValue(good), "wrong-key"),
		fixture(rule, "empty", check.StatusFail, Cut(good, "<ds:SignatureValue>", "</ds:SignatureValue>"), "missing"),
		fixture(rule, "hmac", check.StatusFail, Edit(good, sign.RSASHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), "unusable"),
		fixture(rule, "certificate-cut-off", check.StatusFail, Edit(good, id.base64(), id.base64()[:200]), "bad-certificate"),
		fixture(rule, "no-certificate", check.StatusSkip, anonymous),
		fixture(rule, "unsigned", check.StatusNA, Response()),
	}
}

// cutValue shortens SignatureValue by a few characters.
func cutValue(xml string) string {
	at := strings.Index(xml, "<ds:SignatureValue>") + len("<ds:SignatureValue>")
	return xml[:at] + xml[at+8:]
}

// halfValue leaves 128 bytes of SignatureValue, those of a key of 1,024 bits.
func halfValue(xml string) string {
	before, rest, _ := strings.Cut(xml, "<ds:SignatureValue>")
	value, after, _ := strings.Cut(rest, "</ds:SignatureValue>")
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		panic("checktest: " + err.Error())
	}
	return before + "<ds:SignatureValue>" + base64.StdEncoding.EncodeToString(raw[:128]) + "</ds:SignatureValue>" + after
}

// signedQuery is a redirect URL with a query-string signature over its octets.
func signedQuery(rewrite func(string) string, alg string) string {
	query := field("SAMLRequest", encode(deflate(AuthnRequest()))) + "&" + field("RelayState", "/a b") + "&" + field("SigAlg", alg)
	value, err := idpIdentity().key.Sign(xmldsig.SignatureAlgorithmOf(sign.RSASHA256), []byte(query))
	if err != nil {
		panic("checktest: " + err.Error())
	}
	if rewrite != nil {
		query = rewrite(query)
	}
	return "https://idp.example.net/sso?" + query + "&Signature=" + url.QueryEscape(encode(string(value)))
}

func redirectSignatureCases() []Case {
	const rule = "redirect-signature"
	text := func(name string, want check.Status, input string, reasons ...string) Case {
		return Case{Rule: rule, Name: name, Want: want, Reasons: reasons, Input: input, Ext: "txt", Expect: trusted(idpIdentity())}
	}
	good := signedQuery(nil, sign.RSASHA256)
	return []Case{
		text("good", check.StatusPass, good),
		text("encoded-anew", check.StatusFail, signedQuery(func(q string) string { return strings.ReplaceAll(q, "%2F", "%2f") }, sign.RSASHA256), "mismatch"),
		text("other-key", check.StatusFail, good, "mismatch").expecting(trusted(renewedIdentity())),
		text("unknown-algorithm", check.StatusFail, signedQuery(nil, "urn:rsa"), "algorithm"),
		text("no-algorithm", check.StatusFail, Cut(good, "&SigAlg=", "sha256"), "incomplete"),
		text("not-base64", check.StatusFail, upTo(good, "&Signature=")+"&Signature=%3F%3F", "not-base64"),
		text("nothing-known", check.StatusSkip, good).expecting(nothingKnown),
		fixture(rule, "no-query", check.StatusNA, Response()),
	}
}

func certificateCases() []Case {
	id, next := idpIdentity(), renewedIdentity()
	by := func(i *identity) string { return sealedBy(i, Response(), assertionID) }
	const trust, validity, strength = "signing-certificate", "certificate-validity", "certificate-strength"
	return []Case{
		fixture(trust, "configured", check.StatusPass, by(id)).expecting(trusted(id)),
		fixture(trust, "one-of-two", check.StatusPass, by(next)).expecting(trusted(id, next)),
		fixture(trust, "renewed", check.StatusFail, by(next), "other-certificate").expecting(trusted(id)),
		fixture(trust, "fingerprint", check.StatusPass, by(id)).expecting(thumbprint(id)),
		fixture(trust, "fingerprint-of-another", check.StatusFail, by(next), "other-certificate").expecting(thumbprint(id)),
		fixture(trust, "fingerprint-without-certificate", check.StatusFail,
			sealed(afterIssuer(Response(), assertionID, 0), id, sign.Template{URI: "#" + assertionID, KeyInfo: "<ds:KeyName>idp</ds:KeyName>"}), "only-fingerprint").expecting(thumbprint(id)),
		fixture(trust, "none-configured", check.StatusFail, by(id), "not-configured").expecting(func(e *expect.Expect) {
			e.NoCertificate = expect.Bool{Value: true, From: "fixture"}
		}),
		fixture(trust, "nothing-given", check.StatusSkip, by(id)),
		fixture(trust, "value-cut-off", check.StatusSkip, cutValue(by(id))).expecting(trusted(id)),
		fixture(trust, "unsigned", check.StatusNA, Response()),

		fixture(validity, "in-date", check.StatusPass, by(id)),
		fixture(validity, "expired", check.StatusWarn, by(expiredIdentity()), "expired"),
		fixture(validity, "expired-and-it-matters", check.StatusFail, by(expiredIdentity()), "expired").expecting(func(e *expect.Expect) {
			e.Severities = map[string]expect.Severity{"certificate-validity/expired": expect.SeverityError}
		}),
		fixture(validity, "expired-says-the-service", check.StatusFail, "", "expired").inCapture(exchange{body: posted(by(expiredIdentity())), status: 403, page: "IdP x509 certificate expired"}),
		fixture(validity, "not-yet", check.StatusWarn, by(earlyIdentity()), "not-yet-valid"),
		fixture(validity, "ends-soon", check.StatusWarn, by(endingIdentity()), "expires-soon"),
		fixture(validity, "no-certificate", check.StatusSkip, sealed(afterIssuer(Response(), assertionID, 0), id, sign.Template{URI: "#" + assertionID})),
		fixture(validity, "unsigned", check.StatusNA, Response()),

		fixture(strength, "rsa-2048", check.StatusPass, by(id)),
		fixture(strength, "rsa-1024", check.StatusWarn, by(weakIdentity()), "short-key"),
		fixture(strength, "md5", check.StatusWarn, by(fromFile("md5")), "md5"),
		fixture(strength, "negative-serial", check.StatusWarn, by(fromFile("negative-serial")), "unreadable"),
		fixture(strength, "no-certificate", check.StatusSkip, sealed(afterIssuer(Response(), assertionID, 0), id, sign.Template{URI: "#" + assertionID})),
		fixture(strength, "unsigned", check.StatusNA, Response()),
	}
}
