package checktest

import (
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

const (
	emailFormat  = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	goodNameID   = `<saml:NameID Format="` + emailFormat + `">alex@example.com</saml:NameID>`
	formatPrefix = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
)

func subjectCases() []Case {
	return append(append(nameIDCases(), nameIDFormatCases()...), nameQualifierCases()...)
}

// withNameID is the good login with another NameID element.
func withNameID(element string) string { return Edit(Response(), goodNameID, element) }

func nameIDCases() []Case {
	const rule = "name-id"
	used := func(e *expect.Expect) { e.NameIDUsed = expect.Bool{Value: true, From: "fixture"} }
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "encrypted-id", check.StatusPass, withNameID(`<saml:EncryptedID><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"><xenc:CipherData><xenc:CipherValue>AA==</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedID>`)),
		fixture(rule, "saml-1-1", check.StatusPass, response11()),
		fixture(rule, "missing-and-used", check.StatusFail, withNameID(""), "missing").expecting(used),
		fixture(rule, "missing", check.StatusWarn, withNameID(""), "missing"),
		fixture(rule, "no-subject", check.StatusFail, Cut(Response(), "    <saml:Subject>", "</saml:Subject>\n"), "missing").expecting(used),
		fixture(rule, "empty-and-used", check.StatusFail, Edit(Response(), ">alex@example.com</saml:NameID>", "> </saml:NameID>"), "empty").expecting(used),
		fixture(rule, "empty", check.StatusFail, Edit(Response(), ">alex@example.com</saml:NameID>", "></saml:NameID>"), "empty"),
		fixture(rule, "white-space", check.StatusWarn, Edit(Response(), ">alex@example.com</saml:NameID>", ">\n        alex@example.com\n      </saml:NameID>"),
			"whitespace").because("whitespace"),
		fixture(rule, "comment", check.StatusWarn, Edit(Response(), ">alex@example.com</saml:NameID>", ">alex@example.com<!---->.example.org</saml:NameID>"), "comment"),
		fixture(rule, "encrypted", check.StatusSkip, encryptedResponse()),
		fixture(rule, "cut-inside", check.StatusSkip, upTo(Response(), "@example.com</saml:NameID>")),
		fixture(rule, "status-not-success", check.StatusNA, failedResponse()),
	}
}

func nameIDFormatCases() []Case {
	const rule = "name-id-format"
	wants := func(format string) func(*expect.Expect) {
		return func(e *expect.Expect) { e.NameIDFormats = []expect.Value{{Text: format, From: "fixture"}} }
	}
	of := func(format, value string) string {
		return withNameID(`<saml:NameID Format="` + format + `">` + value + `</saml:NameID>`)
	}
	passes := func(name, format, value string) Case {
		return fixture(rule, name, check.StatusPass, of(format, value)).expecting(wants(format))
	}
	unfit := func(name, format, value string) Case {
		return fixture(rule, name, check.StatusWarn, of(format, value), "value").expecting(wants(format))
	}
	const v11 = "urn:oasis:names:tc:SAML:1.1:nameid-format:"
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()).expecting(wants(emailFormat)),
		fixture(rule, "absent-is-unspecified", check.StatusPass, withNameID("<saml:NameID>alex</saml:NameID>")).expecting(wants(v11 + "unspecified")),
		passes("transient", formatPrefix+"transient", "_7d1c"),
		passes("x509-subject", v11+"X509SubjectName", "CN=Alex Doe,O=Example"),
		passes("windows", v11+"WindowsDomainQualifiedName", `EXAMPLE\alex`),
		passes("windows-without-domain", v11+"WindowsDomainQualifiedName", "alex"),
		passes("kerberos", formatPrefix+"kerberos", "alex/admin@EXAMPLE.COM"),
		passes("longest-persistent", formatPrefix+"persistent", strings.Repeat("x", 256)),
		fixture(rule, "unspecified-requested", check.StatusPass, "").expecting(nothingKnown).
			inCapture(asks(Edit(AuthnRequest(), `<samlp:NameIDPolicy `, `<samlp:NameIDPolicy Format="`+v11+`unspecified" `)), sends(4e9, ACS, Response())),
		fixture(rule, "other-format", check.StatusFail, Response(), "mismatch").expecting(wants(formatPrefix + "persistent")),
		fixture(rule, "invented-urn", check.StatusFail, of(formatPrefix+"emailAddress", "alex@example.com"), "mismatch").
			because("other").expecting(wants(emailFormat)),
		fixture(rule, "absent", check.StatusFail, withNameID("<saml:NameID>alex@example.com</saml:NameID>"), "mismatch").expecting(wants(emailFormat)),
		fixture(rule, "not-as-requested", check.StatusWarn, "", "not-requested").expecting(nothingKnown).
			inCapture(asks(Edit(AuthnRequest(), `<samlp:NameIDPolicy `, `<samlp:NameIDPolicy Format="`+formatPrefix+`persistent" `)), sends(4e9, ACS, Response())),
		fixture(rule, "unknown-format", check.StatusWarn, of(formatPrefix+"emailAddress", "alex@example.com"), "unknown-format").expecting(nothingKnown),
		unfit("email-without-at", emailFormat, "alex"),
		unfit("email-in-angle-brackets", emailFormat, "Alex &lt;alex@example.com&gt;"),
		unfit("email-with-blank", emailFormat, "alex doe@example.com"),
		unfit("email-without-domain", emailFormat, "alex@"),
		unfit("x509-subject", v11+"X509SubjectName", "Alex Doe"),
		unfit("windows", v11+"WindowsDomainQualifiedName", `EXAMPLE\team\alex`),
		unfit("kerberos", formatPrefix+"kerberos", "alex"),
		unfit("too-long-transient", formatPrefix+"transient", strings.Repeat("é", 257)),
		fixture(rule, "nothing-known", check.StatusSkip, Response()).expecting(nothingKnown),
		fixture(rule, "no-name-id", check.StatusNA, withNameID("")),
	}
}

func nameQualifierCases() []Case {
	const rule = "name-qualifier"
	persistent := func(attributes string) string {
		return withNameID(`<saml:NameID Format="` + formatPrefix + `persistent"` + attributes + `>3f7b</saml:NameID>`)
	}
	site := func(e *expect.Expect) {
		e.NameQualifier = expect.Value{Text: "https://site.example.com", From: "fixture"}
		e.SPNameQualifier = expect.Value{Text: "urn:example:affiliation", From: "fixture"}
	}
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "persistent-defaults", check.StatusPass, persistent("")),
		fixture(rule, "persistent-qualified", check.StatusPass, persistent(` NameQualifier="`+IdP+`" SPNameQualifier="`+SP+`"`)),
		fixture(rule, "email-qualified-by-anything", check.StatusPass, withNameID(`<saml:NameID NameQualifier="example.com" Format="`+emailFormat+`">alex@example.com</saml:NameID>`)),
		fixture(rule, "as-configured", check.StatusPass, persistent(` NameQualifier="https://site.example.com" SPNameQualifier="urn:example:affiliation"`)).expecting(site),
		fixture(rule, "default-is-as-configured", check.StatusPass, persistent("")).expecting(func(e *expect.Expect) {
			e.NameQualifier = expect.Value{Text: IdP, From: "fixture"}
			e.SPNameQualifier = expect.Value{Text: SP, From: "fixture"}
		}),
		fixture(rule, "other-idp", check.StatusFail, persistent(` NameQualifier="https://idp.example.org/metadata"`), "mismatch"),
		fixture(rule, "not-the-issuer", check.StatusFail, persistent(` NameQualifier="https://idp.example.org/metadata"`), "mismatch").expecting(nothingKnown),
		fixture(rule, "other-service", check.StatusFail, persistent(` SPNameQualifier="`+SP+`/"`), "sp-mismatch").because("trailing-slash"),
		fixture(rule, "unspecified-for-other-service", check.StatusWarn, withNameID(`<saml:NameID SPNameQualifier="https://other.example.com">alex</saml:NameID>`), "sp-mismatch"),
		fixture(rule, "email-for-other-service", check.StatusFail, withNameID(`<saml:NameID SPNameQualifier="https://other.example.com" Format="`+emailFormat+`">alex@example.com</saml:NameID>`), "sp-mismatch"),
		fixture(rule, "not-qualified", check.StatusFail, Response(), "missing", "sp-missing").expecting(site),
		fixture(rule, "service-not-known", check.StatusSkip, persistent(` SPNameQualifier="`+SP+`"`)).expecting(nothingKnown),
		fixture(rule, "no-name-id", check.StatusNA, withNameID("")),
	}
}
