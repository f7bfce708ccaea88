package checktest

import (
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

func attributeCases() []Case {
	var all []Case
	for _, cases := range [][]Case{requiredAttributeCases(), attributeValueCases(), attributeNameCases(), attributeLineBreakCases()} {
		all = append(all, cases...)
	}
	return all
}

const emailClaim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"

var emailAttribute = Attribute("email", "alex@example.com")

// withAttributes is the good login with its e-mail attribute replaced.
func withAttributes(elements string) string { return Edit(Response(), emailAttribute, elements) }

// knowing are the attributes that the service needs or limits.
func knowing(attributes ...expect.Attribute) func(*expect.Expect) {
	return func(e *expect.Expect) {
		for _, a := range attributes {
			a.From = "fixture"
			e.Attributes = append(e.Attributes, a)
		}
	}
}

func requiredAttributeCases() []Case {
	const rule = "required-attributes"
	needed := knowing(expect.Attribute{Name: "uid", Required: true}, expect.Attribute{Name: "email", Required: true, Aliases: []string{"mail"}}, expect.Attribute{Name: "phone"})
	near := func(name, attribute, reason, cause string) Case {
		return fixture(rule, name, check.StatusFail, withAttributes(attribute), reason).because(cause).expecting(needed)
	}
	encrypted := `      <saml:EncryptedAttribute><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"><xenc:CipherData><xenc:CipherValue>AA==</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAttribute>` + "\n"
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()).expecting(needed),
		fixture(rule, "alias", check.StatusPass, withAttributes(Attribute("mail", "alex@example.com"))).expecting(needed),
		fixture(rule, "name-id-as-value", check.StatusPass, withAttributes(Attribute("email", "<saml:NameID>alex@example.com</saml:NameID>"))).expecting(needed),
		fixture(rule, "saml-1-1", check.StatusPass, response11()).expecting(knowing(expect.Attribute{Name: "uid", Required: true})),
		fixture(rule, "missing", check.StatusFail, withAttributes(""), "missing").because("").expecting(needed),
		fixture(rule, "no-attributes", check.StatusFail, Cut(Response(), "    <saml:AttributeStatement>", "</saml:AttributeStatement>\n"), "missing", "missing").expecting(needed),
		near("other-letters", Attribute("Email", "alex@example.com"), "name-case", "case"),
		near("blank-in-name", Attribute("email ", "alex@example.com"), "missing", "whitespace"),
		near("claim-uri", Attribute("http://schemas.example.org/claims/email", "alex@example.com"), "missing", "name-form"),
		near("only-friendly-name", `      <saml:Attribute Name="urn:oid:0.9.2342.19200300.100.1.3" FriendlyName="email"><saml:AttributeValue>alex@example.com</saml:AttributeValue></saml:Attribute>`+"\n", "missing", "friendly-name"),
		fixture(rule, "short-name-for-claim-uri", check.StatusFail, withAttributes(Attribute("emailaddress", "alex@example.com")), "missing").
			because("name-form").expecting(knowing(expect.Attribute{Name: emailClaim, Required: true})),
		fixture(rule, "empty", check.StatusFail, withAttributes(Attribute("email", " ")), "empty").expecting(needed),
		fixture(rule, "no-value", check.StatusFail, withAttributes(`      <saml:Attribute Name="email"/>`+"\n"), "empty").expecting(needed),
		fixture(rule, "recommended", check.StatusWarn, Response(), "missing").
			expecting(knowing(expect.Attribute{Name: "updateTimeStamp", Required: true, Severity: expect.SeverityWarning})),
		fixture(rule, "nothing-known", check.StatusSkip, Response()),
		fixture(rule, "encrypted-attribute", check.StatusSkip, withAttributes(encrypted)).expecting(needed),
		fixture(rule, "cut-before", check.StatusSkip, upTo(Response(), emailAttribute)).expecting(needed),
		fixture(rule, "none-needed", check.StatusNA, Response()).expecting(knowing(expect.Attribute{Name: "email", Type: "email"})),
	}
}

func attributeValueCases() []Case {
	const rule = "attribute-values"
	limits := knowing(
		expect.Attribute{Name: "email", Type: "email", MaxLength: 64},
		expect.Attribute{Name: "AA", Type: "country"},
		expect.Attribute{Name: "updateTimeStamp", Type: "timestamp"},
		expect.Attribute{Name: "MT", Type: "integer-list"},
		expect.Attribute{Name: "firstname", MaxLength: 32},
		expect.Attribute{Name: "level", Values: []string{"basic", "premium"}},
	)
	with := func(name, value string) string { return withAttributes(emailAttribute + Attribute(name, value)) }
	passes := func(name, attribute, value string) Case {
		return fixture(rule, name, check.StatusPass, with(attribute, value)).expecting(limits)
	}
	fails := func(name, attribute, value, reason string) Case {
		return fixture(rule, name, check.StatusFail, with(attribute, value), reason).expecting(limits)
	}
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()).expecting(limits),
		passes("country", "AA", "nl"),
		passes("milliseconds", "updateTimeStamp", "1772618426000"),
		passes("date-time", "updateTimeStamp", "2026-03-04T10:00:26Z"),
		passes("generalized-time", "updateTimeStamp", "20260304100026.0Z"),
		passes("generalized-time-with-offset", "updateTimeStamp", "202603041000+0100"),
		passes("list", "MT", "101, 120"),
		passes("thirty-two-characters", "firstname", strings.Repeat("é", 32)),
		passes("allowed", "level", "basic"),
		fixture(rule, "email", check.StatusFail, withAttributes(Attribute("email", "alex")), "email").expecting(limits),
		fails("country", "AA", "Netherlands", "country"),
		fails("timestamp", "updateTimeStamp", "4 March 2026", "timestamp"),
		fails("impossible-generalized-time", "updateTimeStamp", "20260231100026Z", "timestamp"),
		fails("list", "MT", "101;120", "integer-list"),
		fails("too-long", "firstname", strings.Repeat("é", 33), "too-long"),
		fails("not-allowed", "level", "Basic", "not-allowed").because("case"),
		fixture(rule, "nothing-known", check.StatusSkip, Response()),
		fixture(rule, "encrypted", check.StatusSkip, encryptedResponse()).expecting(limits),
		fixture(rule, "none-came", check.StatusNA, withAttributes("")).expecting(knowing(expect.Attribute{Name: "email", Type: "email"})),
	}
}

func attributeNameCases() []Case {
	const rule = "attribute-names"
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "two-name-formats", check.StatusPass, withAttributes(emailAttribute+
			`      <saml:Attribute Name="email" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"><saml:AttributeValue>alex@example.com</saml:AttributeValue></saml:Attribute>`+"\n")),
		fixture(rule, "duplicate", check.StatusWarn, withAttributes(emailAttribute+emailAttribute), "duplicate"),
		fixture(rule, "white-space", check.StatusWarn, withAttributes(Attribute("email ", "alex@example.com")), "whitespace").because("whitespace"),
		fixture(rule, "empty", check.StatusWarn, withAttributes(Attribute("", "alex@example.com")), "empty"),
		fixture(rule, "encrypted", check.StatusSkip, encryptedResponse()),
		fixture(rule, "no-attributes", check.StatusNA, Cut(Response(), "    <saml:AttributeStatement>", "</saml:AttributeStatement>\n")),
	}
}

func attributeLineBreakCases() []Case {
	const rule = "attribute-line-breaks"
	return []Case{
		fixture(rule, "good-login", check.StatusPass, Response()),
		fixture(rule, "layout-between-elements", check.StatusPass, withAttributes(Attribute("eduPersonTargetedID", "\n        <saml:NameID>3f7b</saml:NameID>\n      "))),
		fixture(rule, "address", check.StatusWarn, withAttributes(Attribute("address", "1 Main Street\nSpringfield")), "line-break"),
		fixture(rule, "carriage-return", check.StatusWarn, withAttributes(Attribute("address", "1 Main Street&#13;Springfield")), "line-break"),
		fixture(rule, "inside-element", check.StatusWarn, withAttributes(Attribute("eduPersonTargetedID", "<saml:NameID>3f7b\n3f7c</saml:NameID>")), "line-break"),
		fixture(rule, "as-error", check.StatusFail, withAttributes(Attribute("address", "1 Main Street\nSpringfield")), "line-break").
			expecting(func(e *expect.Expect) {
				e.Severities = map[string]expect.Severity{rule: expect.SeverityError}
			}),
		fixture(rule, "cut-inside", check.StatusSkip, upTo(Response(), "    </saml:AttributeStatement>")),
		fixture(rule, "no-attributes", check.StatusNA, Cut(Response(), "    <saml:AttributeStatement>", "</saml:AttributeStatement>\n")),
	}
}
