package check

import (
	"fmt"
	"slices"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
)

var metadataSSOBinding = &Rule{
	ID:       "metadata-sso-binding",
	Title:    "The IdP's metadata has no single sign-on URL that a service can use",
	Question: "Does the IdP's metadata have a SingleSignOnService with the binding HTTP-POST or HTTP-Redirect?",
	Group:    GroupMetadata,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "A login that begins at the service begins with a request to the IdP's SingleSignOnService. Metadata without one, or with only bindings that no browser speaks, leaves the service with no place to send the user to.",
		Spec: "saml-metadata-2.0-os section 2.4.3, saml-profiles-2.0-os section 4.1.6",
		Likely: []string{
			"The metadata was written or shortened by hand and lost its SingleSignOnService.",
			"The URL was entered under another binding, such as SOAP or that of Shibboleth 1.",
			"Another entity's metadata was loaded: a service, or an attribute authority.",
		},
		Fix: []string{
			"Download the IdP's metadata again from its own metadata URL, and import it at the service.",
			"At the service, enter the IdP's single sign-on URL together with the binding HTTP-Redirect or HTTP-POST.",
		},
	},
	Reasons: []Reason{
		{"missing", "there is no SingleSignOnService"},
		{"other-binding", "no SingleSignOnService has the binding HTTP-POST or HTTP-Redirect"},
		{"no-location", "the SingleSignOnService has no Location"},
	},
	Needs: []string{"--idp-metadata"},
	Run:   runMetadataSSOBinding,
}

func runMetadataSSOBinding(in *Input) Outcome {
	switch {
	case len(in.Expect.IdPs) == 0 && len(in.Expect.Metadata) == 0:
		return noMetadata()
	case len(in.Expect.IdPs) == 0:
		return skip("no SAML 2.0 metadata of the IdP is given", "--idp-metadata")
	}
	var fs []Finding
	for _, idp := range in.Expect.IdPs[:min(len(in.Expect.IdPs), maxListed)] {
		if f, ok := judgeSSO(idp, in.Expect.IdPEndpoints); !ok {
			fs = append(fs, f)
		}
	}
	return found(fs...)
}

func judgeSSO(idp expect.Value, endpoints []expect.Endpoint) (f Finding, ok bool) {
	usable := []string{metadata.BindingRedirect, metadata.BindingPOST}
	f = Finding{
		Reason:       "missing",
		Message:      fmt.Sprintf("The metadata of the IdP %s has no SingleSignOnService, so a service cannot send anybody to log in there (%s).", quote(idp.Text), idp.From),
		Expected:     usable,
		ExpectedFrom: "saml-profiles section 4.1",
	}
	for _, e := range endpoints {
		if e.Service != expect.ServiceSSO || e.Entity != idp.Text {
			continue
		}
		switch {
		case !slices.Contains(usable, e.Binding):
			if len(f.Actual) < maxListed {
				f.Actual = append(f.Actual, e.Binding)
			}
			if f.Reason == "missing" {
				f.Reason = "other-binding"
				f.Cause = compareBinding(e.Binding)
			}
		case e.Location == "":
			f.Reason, f.Cause = "no-location", nil
		default:
			return f, true
		}
	}
	switch f.Reason {
	case "other-binding":
		f.Message = fmt.Sprintf("The metadata of the IdP %s has no SingleSignOnService with the binding HTTP-Redirect or HTTP-POST, only %s (%s).", quote(idp.Text), quote(f.Actual[0]), idp.From)
	case "no-location":
		f.Message = fmt.Sprintf("The SingleSignOnService in the metadata of the IdP %s has no Location (%s).", quote(idp.Text), idp.From)
	}
	return f, false
}

// compareBinding is the slip that keeps a binding from being one that is usable.
func compareBinding(actual string) *Cause {
	for _, b := range []string{metadata.BindingRedirect, metadata.BindingPOST} {
		if c := compareValue(b, actual); c != nil && c.ID != causeOther && c.ID != causePath {
			return c
		}
	}
	return nil
}
