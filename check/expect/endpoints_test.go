package expect

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	md       = `xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID=`
	protocol = ` protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"`
	bindings = "urn:oasis:names:tc:SAML:2.0:bindings:"
)

func idpWith(endpoints string) File {
	return File{Name: "idp.xml", Data: []byte(`<EntityDescriptor ` + md + `"urn:idp"><IDPSSODescriptor` + protocol + `>` + endpoints + `</IDPSSODescriptor></EntityDescriptor>`)}
}

func TestEndpoints(t *testing.T) {
	e, _, err := Build(nil, Given{
		IdPMetadata: []File{idpWith(`<ArtifactResolutionService Binding="` + bindings + `SOAP" Location="https://idp.example.net/artifact" index="3"/>` +
			`<SingleLogoutService Binding="` + bindings + `HTTP-POST" Location="https://idp.example.net/slo" ResponseLocation="https://idp.example.net/slo/done"/>` +
			`<SingleSignOnService Binding="` + bindings + `HTTP-POST" Location="https://idp.example.net/sso"/>`)},
		SPMetadata: []File{{Name: "sp.xml", Data: []byte(`<EntityDescriptor ` + md + `"urn:sp"><SPSSODescriptor` + protocol + `>` +
			`<AssertionConsumerService Binding="` + bindings + `HTTP-Artifact" Location="https://sp.example.com/acs" index="1"/></SPSSODescriptor></EntityDescriptor>`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Value{{"urn:idp", FlagIdPMetadata}}, e.IdPs); diff != "" {
		t.Errorf("IdPs (-want +got):\n%s", diff)
	}
	want := []Endpoint{
		{Entity: "urn:idp", Service: ServiceSSO, Binding: bindings + "HTTP-POST", Location: "https://idp.example.net/sso", From: FlagIdPMetadata},
		{Entity: "urn:idp", Service: ServiceLogout, Binding: bindings + "HTTP-POST", Location: "https://idp.example.net/slo", ResponseLocation: "https://idp.example.net/slo/done", From: FlagIdPMetadata},
		{Entity: "urn:idp", Service: ServiceArtifact, Binding: bindings + "SOAP", Location: "https://idp.example.net/artifact", Index: "3", From: FlagIdPMetadata},
	}
	if diff := cmp.Diff(want, e.IdPEndpoints); diff != "" {
		t.Errorf("IdPEndpoints (-want +got):\n%s", diff)
	}
	want = []Endpoint{{Entity: "urn:sp", Service: ServiceACS, Binding: bindings + "HTTP-Artifact", Location: "https://sp.example.com/acs", Index: "1", From: FlagSPMetadata}}
	if diff := cmp.Diff(want, e.SPEndpoints); diff != "" {
		t.Errorf("SPEndpoints (-want +got):\n%s", diff)
	}
}

// An IdP that metadata describes has no other endpoints than it says: those of a
// lower layer do not shine through.
func TestDescribedIdPReplacesEndpoints(t *testing.T) {
	service := &Expect{IdPs: []Value{{Text: "urn:old"}}, IdPEndpoints: []Endpoint{{Entity: "urn:old", Service: ServiceSSO}}}
	e, _, err := Build(service, Given{IdPMetadata: []File{idpWith("")}})
	if err != nil {
		t.Fatal(err)
	}
	if len(e.IdPEndpoints) != 0 || len(e.IdPs) != 1 || e.IdPs[0].Text != "urn:idp" {
		t.Errorf("IdPs %v, endpoints %v; want urn:idp without endpoints", e.IdPs, e.IdPEndpoints)
	}
	if len(service.IdPEndpoints) != 1 {
		t.Error("the service's own expectations were changed")
	}
}
