package check

import (
	"fmt"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var nameQualifier = &Rule{
	ID:       "name-qualifier",
	Title:    "The NameID is qualified for another party",
	Question: "Are NameQualifier and SPNameQualifier as expected?",
	Group:    GroupIssuer,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The qualifiers say in whose name space a NameID is unique: NameQualifier names the IdP that made it, SPNameQualifier the service it was made for. Qualified for somebody else, it is another user.",
		Spec: "saml-core-2.0-os sections 2.2.2, 8.3.7 and 8.3.8",
		Likely: []string{
			"The IdP's entry for this service carries another entity ID, so that SPNameQualifier names another service.",
			"A NameQualifier is written by hand at the IdP and does not match the service's setting or site.",
			"The identifier was made by an IdP behind a proxy, which kept its own name in NameQualifier.",
		},
		Fix: []string{
			"At the IdP, correct the entity ID of this service, or leave the qualifiers out: their defaults are the IdP and the service themselves.",
			"At the service, set the expected qualifier to the value received if that is the right one.",
		},
	},
	Reasons: []Reason{
		{"mismatch", "NameQualifier is not the expected one"},
		{"missing", "NameQualifier is expected and not there"},
		{"sp-mismatch", "SPNameQualifier is not the expected one"},
		{"sp-missing", "SPNameQualifier is expected and not there"},
	},
	Needs: []string{"--idp-entity-id", "--sp-entity-id"},
	Run:   runNameQualifier,
}

func runNameQualifier(in *Input) Outcome {
	return in.eachNameID(func(a *saml.Assertion, id *saml.NameID) Outcome {
		return together(in.judgeNameQualifier(a, id), in.judgeSPNameQualifier(id))
	})
}

// pairwise reports whether identifiers of the format belong to one IdP and one
// service, so that the qualifiers have a meaning that SAML defines.
func pairwise(id *saml.NameID) bool {
	f := id.Format.Get()
	return f == saml.FormatPersistent || f == saml.FormatTransient
}

func (in *Input) judgeNameQualifier(a *saml.Assertion, id *saml.NameID) Outcome {
	w := &wanted{field: fieldIssuer}
	set := in.Expect.NameQualifier
	switch {
	case set.Text != "":
		w.values = []expect.Value{set}
	case !pairwise(id):
		return pass() // elsewhere it means whatever the parties agreed on
	case len(in.Expect.IdPEntityIDs) > 0:
		w.values = in.Expect.IdPEntityIDs
	case a.Issuer != nil:
		w.values = []expect.Value{{Text: a.Issuer.Text, From: "the Assertion's Issuer"}}
	}
	switch {
	case id.NameQualifier == nil && set.Text != "":
		if pairwise(id) && a.Issuer != nil && a.Issuer.Text == set.Text {
			return pass() // absent, it is the IdP
		}
		f := Finding{Reason: "missing", Expected: []string{set.Text}, ExpectedFrom: set.From}
		f.Message = fmt.Sprintf("The NameID %s has no NameQualifier, but expected is %s.", quote(id.Text), expectation(&f))
		return found(under(id.Node, "/@NameQualifier", f))
	case id.NameQualifier == nil, !w.known(), w.accepts(id.NameQualifier.Text):
		return pass()
	}
	f := in.unlike(w, id.NameQualifier)
	f.Reason = "mismatch"
	f.Message = fmt.Sprintf("The NameID %s is qualified by %s, but the NameQualifier must be %s.", quote(id.Text), quote(id.NameQualifier.Text), expectation(&f))
	return found(f)
}

func (in *Input) judgeSPNameQualifier(id *saml.NameID) Outcome {
	w := &wanted{field: fieldAudience}
	set := in.Expect.SPNameQualifier
	grade, note := expect.Severity(""), ""
	r := in.request()
	switch {
	case set.Text != "":
		w.values = []expect.Value{set}
	case r != nil && r.SPNameQualifier.Get() != "":
		w.values = []expect.Value{{Text: r.SPNameQualifier.Text, From: fromRequest}}
	default:
		*w = in.audiences()
		w.field = fieldAudience
		switch f := id.Format.Get(); {
		case f == "" || f == saml.FormatUnspecified:
			grade, note = expect.SeverityWarning, "What it means for an unspecified identifier is for the parties to agree; some services compare it."
		case pairwise(id):
			note = "It may also name an affiliation that the service belongs to."
		default:
			note = "SAML gives it a meaning only for persistent and transient identifiers: services that compare it all the same refuse the login, others pay no heed."
		}
	}
	switch {
	case id.SPNameQualifier == nil && set.Text != "":
		if pairwise(id) && in.isThisService(set.Text) {
			return pass() // absent, it is the service
		}
		f := Finding{Reason: "sp-missing", Expected: []string{set.Text}, ExpectedFrom: set.From}
		f.Message = fmt.Sprintf("The NameID %s has no SPNameQualifier, but expected is %s.", quote(id.Text), expectation(&f))
		return found(under(id.Node, "/@SPNameQualifier", f))
	case id.SPNameQualifier == nil:
		return pass()
	case !w.known():
		return skip("the service's entity ID is not known", "--sp-entity-id", "--sp-metadata")
	case w.accepts(id.SPNameQualifier.Text):
		return pass()
	}
	f := in.unlike(w, id.SPNameQualifier)
	f.Reason, f.Severity, f.Note = "sp-mismatch", grade, note
	f.Message = fmt.Sprintf("The NameID %s is meant for the service %s, but the SPNameQualifier must be %s.", quote(id.Text), quote(id.SPNameQualifier.Text), expectation(&f))
	return found(f)
}

// isThisService reports whether id is one of the service's own entity IDs.
func (in *Input) isThisService(id string) bool {
	for _, v := range in.Expect.SPEntityIDs {
		if v.Text == id {
			return true
		}
	}
	return false
}
