package check

import (
	"fmt"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var issuer = &Rule{
	ID:        "issuer",
	Title:     "The Issuer is not the expected identity provider",
	Question:  "Is the Issuer the expected IdP entity ID, and the same in Response and Assertion?",
	Group:     GroupIssuer,
	Severity:  expect.SeverityError,
	Essential: true,
	Doc: Doc{
		Why:  "The Issuer tells the service whose message this is, and so whose certificate and settings apply. A service that knows no IdP by exactly this name trusts nothing in the message.",
		Spec: "saml-profiles-2.0-os section 4.1.4.2 (Issuer), saml-core-2.0-os sections 2.2.5 and 8.3.6",
		Likely: []string{
			"The service was configured with another entity ID than the IdP sends: a URL with or without the slash at its end, http for https, or the sign-on URL instead of the entity ID.",
			"The IdP's entity ID changed, for instance with a new tenant, realm or custom domain, and the service still has the old one.",
			"The user logged in at another IdP or tenant than the one the service trusts.",
		},
		Fix: []string{
			"At the service, set the IdP entity ID (also called Issuer) to exactly the value received, or import the IdP's current metadata.",
			"If the expected value is the right one, set the entity ID at the IdP back to it.",
		},
	},
	Reasons: []Reason{
		{"mismatch", "the Issuer is not the expected IdP entity ID"},
		{"differ", "Response and Assertion name different issuers"},
		{"missing", "an Assertion has no Issuer"},
		{"empty", "the Issuer is empty"},
		{"format", "the Issuer's Format is not entity"},
		{"qualified", "the Issuer has qualifiers that an entity identifier must not have"},
	},
	Needs: []string{"--idp-entity-id", "--idp-metadata"},
	Run:   runIssuer,
}

func runIssuer(in *Input) Outcome {
	m, out := in.response()
	if m == nil {
		return out
	}
	expected := &wanted{field: fieldIssuer, values: in.Expect.IdPEntityIDs}
	var outs []Outcome
	var outer *saml.NameID
	if m.Response != nil && m.Response.Issuer != nil {
		outer = m.Response.Issuer
		outs = append(outs, in.judgeIssuer("Response", outer, expected))
	}
	if !m.Success() {
		// Only what wraps the status can be judged.
		if len(outs) == 0 {
			return notApplicable("the Status is not Success and the Response names no Issuer")
		}
		return together(outs...)
	}
	assertions := in.eachAssertion(func(a *saml.Assertion) Outcome {
		if a.Issuer == nil {
			if !tagRead(a.Node) || !a.Node.Closed() && !a.SAML11 {
				return unseen(whyCut)
			}
			return found(under(a.Node, "/Issuer", Finding{
				Reason:   "missing",
				Message:  "The Assertion has no Issuer, so that no service can tell which IdP it comes from.",
				Expected: texts(expected.values),
			}))
		}
		own := in.judgeIssuer("Assertion", a.Issuer, expected)
		wrong := expected.known() && (!expected.accepts(a.Issuer.Text) || outer != nil && !expected.accepts(outer.Text))
		if outer == nil || wrong || cut(&outer.Value) || cut(&a.Issuer.Value) ||
			a.Issuer.Text == outer.Text || a.Issuer.Trimmed() == "" || outer.Trimmed() == "" {
			return own
		}
		differ := at(&a.Issuer.Value, Finding{
			Reason:       "differ",
			Message:      fmt.Sprintf("The Assertion is issued by %s, but the Response around it by %s: they must be the same IdP.", quote(a.Issuer.Text), quote(outer.Text)),
			Expected:     []string{outer.Text},
			ExpectedFrom: "Response/Issuer",
			Actual:       []string{a.Issuer.Text},
			Cause:        compareValue(outer.Text, a.Issuer.Text),
		})
		return together(own, found(differ))
	})
	return together(append(outs, assertions)...)
}

func (in *Input) judgeIssuer(of string, v *saml.NameID, expected *wanted) Outcome {
	if cut(&v.Value) {
		return unseen("the message breaks off inside the Issuer")
	}
	if v.Trimmed() == "" {
		return found(at(&v.Value, Finding{
			Reason:   "empty",
			Message:  fmt.Sprintf("The Issuer of the %s is empty, where the IdP's entity ID belongs.", of),
			Expected: texts(expected.values),
			Actual:   []string{v.Text},
		}))
	}
	var fs []Finding
	if expected.known() && !expected.accepts(v.Text) {
		f := in.unlike(expected, &v.Value)
		f.Reason = "mismatch"
		f.Message = fmt.Sprintf("The %s is issued by %s, but the service expects %s.", of, quote(v.Text), expectation(&f))
		if len(expected.values) > 0 {
			f.Fix = fmt.Sprintf("At the service, set the IdP's entity ID to %s, or, if that is not the IdP that should answer, let the user log in at %s.", quote(v.Text), quote(f.Expected[0]))
		}
		fs = append(fs, f)
	}
	switch format := v.Format.Get(); {
	case v.Format != nil && format != saml.FormatEntity:
		fs = append(fs, at(v.Format, Finding{
			Reason:   "format",
			Message:  fmt.Sprintf("The Issuer of the %s has the Format %s, where only %s or no Format may stand.", of, quote(format), quote(saml.FormatEntity)),
			Expected: []string{saml.FormatEntity},
			Actual:   []string{format},
			Cause:    compareValue(saml.FormatEntity, format),
			Note:     "Many services do not look at it; Shibboleth's does.",
		}))
	default:
		for _, q := range []*saml.Value{v.NameQualifier, v.SPNameQualifier, v.SPProvidedID} {
			if q == nil {
				continue
			}
			fs = append(fs, at(q, Finding{
				Reason:   "qualified",
				Severity: expect.SeverityWarning,
				Message:  fmt.Sprintf("The Issuer of the %s has %s=%s, which an entity identifier must not have.", of, q.Attr.Name, quote(q.Text)),
				Actual:   []string{q.Text},
			}))
		}
	}
	switch {
	case len(fs) > 0:
		return found(fs...)
	case !expected.known():
		return skip("the IdP's entity ID is not known", "--idp-entity-id", "--idp-metadata")
	}
	return pass()
}
