package check

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var authnStatement = &Rule{
	ID:       "authn-statement",
	Title:    "Nothing says that the user logged in: no AuthnStatement",
	Question: "Does an assertion say that the user was authenticated?",
	Group:    GroupConditions,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "An assertion may also only tell attributes of somebody. That the user logged in says the AuthnStatement, and without one it is no login.",
		Spec: "saml-profiles-2.0-os section 4.1.4.2, saml-core-2.0-os section 2.7.2",
		Likely: []string{
			"The IdP's entry for this service is for attribute queries or another profile, not for web browser single sign-on.",
			"Login and attributes come in two assertions, and one of them is missing.",
			"The message was built by a script that leaves it out.",
		},
		Fix: []string{
			"At the IdP, set this service up for web browser single sign-on (SAML 2.0 Web SSO).",
			"In a script, add an AuthnStatement with AuthnInstant, SessionIndex and AuthnContext.",
		},
	},
	Reasons: []Reason{
		{"missing", "no assertion has an AuthnStatement"},
	},
	Run: runAuthnStatement,
}

func runAuthnStatement(in *Input) Outcome {
	m, out := in.response()
	if m == nil {
		return out
	}
	if out, none := in.noAssertions(m); none {
		return out
	}
	whole := true
	for _, a := range m.Assertions {
		if len(a.AuthnStatements) > 0 {
			return pass()
		}
		whole = whole && a.Node.Closed()
	}
	switch {
	case len(m.Encrypted) > 0:
		return in.unopened("another assertion")
	case !whole || !m.Root.Closed():
		return unseen(whyCut)
	}
	message := "The assertion has no AuthnStatement, so nothing says that the user logged in."
	if len(m.Assertions) > 1 {
		message = fmt.Sprintf("None of the %d assertions has an AuthnStatement, so nothing says that the user logged in.", len(m.Assertions))
	}
	f := Finding{Reason: "missing", Message: message}
	if in.wsFederation() {
		f.Severity, f.Note = expect.SeverityWarning, "WS-Federation does not require it."
	}
	return found(under(m.Assertions[0].Node, "/AuthnStatement", f))
}

var authnContext = &Rule{
	ID:       "authn-context",
	Title:    "The authentication context is not an accepted one",
	Question: "Does an AuthnContextClassRef equal an expected one, character for character?",
	Group:    GroupConditions,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The authentication context says how the user logged in: by password, certificate, second factor. A service that is set to one refuses every other, and it compares the text and not the meaning.",
		Spec: "saml-core-2.0-os sections 2.7.2.2 and 3.3.2.2.1, saml-authn-context-2.0-os section 3",
		Likely: []string{
			"The user logged in another way than the setting foresees: Windows integrated instead of a password, a second factor, a proxy for outside users.",
			"The class was typed by hand at the service, with a colon missing or in other letters.",
			"The service lists one class where the IdP sends several in turn.",
		},
		Fix: []string{
			"At the service, set the expected authentication context to exactly the value received, or add it to the list.",
			"At the IdP, have the login method for this service send the expected class.",
		},
	},
	Reasons: []Reason{
		{"mismatch", "the AuthnContextClassRef is not an expected one"},
		{"missing", "there is no AuthnContextClassRef"},
	},
	Needs: []string{"--authn-context"},
	Run:   runAuthnContext,
}

func runAuthnContext(in *Input) Outcome {
	w := &wanted{field: fieldAuthnContext}
	for _, v := range in.Expect.AuthnContexts {
		// A list in one value, as some services keep it; a semicolon is in no class.
		for part := range strings.SplitSeq(v.Text, ";") {
			if part = strings.TrimSpace(part); part != "" {
				w.values = append(w.values, expect.Value{Text: part, From: v.From})
			}
		}
	}
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		var refs []*saml.Value
		whole := a.Node.Closed()
		for _, s := range a.AuthnStatements {
			for _, r := range s.ClassRefs {
				if !cut(r) {
					refs = append(refs, r)
				}
			}
		}
		switch {
		case len(a.AuthnStatements) == 0 && whole:
			return notApplicable("there is no AuthnStatement, see authn-statement")
		case len(refs) == 0 && !whole:
			return unseen(whyCut)
		case !w.known():
			return skip("the expected authentication context is not known", "--authn-context")
		case len(refs) == 0:
			f := Finding{Reason: "missing", Expected: w.listed(), ExpectedFrom: w.from()}
			f.Message = fmt.Sprintf("The AuthnStatement has no AuthnContextClassRef, but the service expects %s.", expectation(&f))
			return found(under(a.AuthnStatements[0].Node, "/AuthnContext/AuthnContextClassRef", f))
		}
		for _, r := range refs {
			if w.accepts(r.Text) {
				return pass()
			}
		}
		f, nearest := in.nearest(refs, w)
		f.Reason = "mismatch"
		f.Fix = fmt.Sprintf("At the service, add %s to the accepted authentication contexts, or have the IdP use %s for it.", quote(nearest.Text), quote(f.Expected[0]))
		f.Message = fmt.Sprintf("The user was authenticated by %s, but the service expects %s.", quote(nearest.Text), expectation(&f))
		return found(f)
	})
}
