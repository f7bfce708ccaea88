package checktest

import (
	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
)

func idpMetadataCases() []Case {
	const rule = "metadata-sso-binding"
	// of is the good login with IdP metadata that has these endpoints.
	of := func(name string, want check.Status, reason string, endpoints ...expect.Endpoint) Case {
		c := fixture(rule, name, want, Response()).expecting(func(e *expect.Expect) {
			e.IdPs = []expect.Value{{Text: IdP, From: "fixture"}}
			e.IdPEndpoints = endpoints
		})
		if reason != "" {
			c.Reasons = []string{reason}
		}
		return c
	}
	at := func(service, binding, location string) expect.Endpoint {
		return expect.Endpoint{Entity: IdP, Service: service, Binding: binding, Location: location, From: "fixture"}
	}
	redirect := at(expect.ServiceSSO, metadata.BindingRedirect, sso)
	return []Case{
		of("redirect", check.StatusPass, "", redirect),
		of("post-beside-soap", check.StatusPass, "", at(expect.ServiceSSO, metadata.BindingSOAP, sso), at(expect.ServiceSSO, metadata.BindingPOST, sso)),
		of("none", check.StatusFail, "missing", at(expect.ServiceLogout, metadata.BindingRedirect, idpSLO)),
		of("of-another-idp", check.StatusFail, "missing", expect.Endpoint{Entity: SP, Service: expect.ServiceSSO, Binding: metadata.BindingPOST, Location: sso}),
		of("only-soap", check.StatusFail, "other-binding", at(expect.ServiceSSO, metadata.BindingSOAP, sso)),
		of("binding-misspelled", check.StatusFail, "other-binding", at(expect.ServiceSSO, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-redirect", sso)).because("case"),
		of("no-location", check.StatusFail, "no-location", at(expect.ServiceSSO, metadata.BindingPOST, "")),
		fixture(rule, "no-metadata", check.StatusSkip, Response()),
	}
}
