package checktest

import (
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/metadata"
)

// keyDescriptor is the identity as a KeyDescriptor, on a line of its own; an
// empty use serves for both.
func (i *identity) keyDescriptor(use string) string {
	if use != "" {
		use = ` use="` + use + `"`
	}
	return "    <md:KeyDescriptor" + use + "><ds:KeyInfo>" + i.keyInfo() + "</ds:KeyInfo></md:KeyDescriptor>\n"
}

const (
	entityID       = "_e0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	metadataHead   = `xmlns:md="` + nsMetadata + `" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ID="` + entityID + `" entityID="`
	nsMetadata     = "urn:oasis:names:tc:SAML:2.0:metadata"
	protocolSAML2  = `protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"`
	formatEmail    = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	metadataACS    = `    <md:AssertionConsumerService Binding="` + metadata.BindingPOST + `" Location="` + ACS + `" index="0" isDefault="true"/>` + "\n"
	metadataSSO    = `    <md:SingleSignOnService Binding="` + metadata.BindingRedirect + `" Location="` + sso + `"/>` + "\n"
	metadataFormat = `    <md:NameIDFormat>` + formatEmail + "</md:NameIDFormat>\n"
)

// IdPMetadata is the metadata of the good login's IdP, an element a line.
func IdPMetadata() string {
	return `<md:EntityDescriptor ` + metadataHead + IdP + `">
  <md:IDPSSODescriptor ` + protocolSAML2 + `>
` + idpIdentity().keyDescriptor("signing") + metadataFormat + metadataSSO + `  </md:IDPSSODescriptor>
</md:EntityDescriptor>
`
}

// SPMetadata is the metadata of the good login's service.
func SPMetadata() string {
	return `<md:EntityDescriptor ` + metadataHead + SP + `">
  <md:SPSSODescriptor ` + protocolSAML2 + `>
` + spIdentity().keyDescriptor("") + metadataFormat + metadataACS + `  </md:SPSSODescriptor>
</md:EntityDescriptor>
`
}

// known gives the metadata of both sides, either of which may be empty. What is
// expected besides wins, as flags do.
func known(idp, sp string) func(*expect.Expect) {
	return func(e *expect.Expect) {
		var given expect.Given
		if idp != "" {
			given.IdPMetadata = []expect.File{{Name: "idp.xml", Data: []byte(idp)}}
		}
		if sp != "" {
			given.SPMetadata = []expect.File{{Name: "sp.xml", Data: []byte(sp)}}
		}
		read, _, err := expect.Build(nil, given)
		if err != nil {
			panic("checktest: " + err.Error())
		}
		*e = *expect.Merge(read, e)
	}
}

// ofIdP and ofSP are fixtures whose input is the metadata that they are about.
func ofIdP(rule, name string, want check.Status, xml string, reasons ...string) Case {
	c := fixture(rule, name, want, xml, reasons...).expecting(known(xml, ""))
	c.Metadata = true
	return c
}

func ofSP(rule, name string, want check.Status, xml string, reasons ...string) Case {
	c := fixture(rule, name, want, xml, reasons...).expecting(known("", xml))
	c.Metadata = true
	return c
}

func metadataCases() []Case {
	var all []Case
	for _, topic := range [][]Case{
		metadataSchemaCases(), metadataValidityCases(), metadataCertificateCases(), metadataEndpointCases(), metadataAgreementCases(),
	} {
		all = append(all, topic...)
	}
	return all
}

// aggregate puts entities into an EntitiesDescriptor with these attributes.
func aggregate(attributes string, entities ...string) string {
	return `<md:EntitiesDescriptor xmlns:md="` + nsMetadata + `" ` + attributes + ">\n" + strings.Join(entities, "") + "</md:EntitiesDescriptor>\n"
}

// metadataLogin is the capture of a request and the Response to it.
func metadataLogin(request, response string) string {
	return capture(redirected(-5*time.Second, sso, request), exchange{body: posted(response)})
}

func metadataSchemaCases() []Case {
	const rule = "metadata-schema"
	idp, sp := IdPMetadata(), SPMetadata()
	// AD FS and Entra ID describe their WS-Federation side beside that of SAML.
	federation := `  <md:RoleDescriptor xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706" xsi:type="fed:SecurityTokenServiceType" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706">
    <fed:TokenTypesOffered><fed:TokenType Uri="urn:oasis:names:tc:SAML:1.0:assertion"/></fed:TokenTypesOffered>
  </md:RoleDescriptor>
`
	har := fixture(rule, "judged-with-the-response", check.StatusNA, metadataLogin(AuthnRequest(), Response())).expecting(known(Edit(idp, " "+protocolSAML2, ""), ""))
	har.Ext = "har"
	return []Case{
		ofIdP(rule, "idp", check.StatusPass, idp),
		ofSP(rule, "sp", check.StatusPass, sp),
		ofIdP(rule, "aggregate", check.StatusPass, aggregate(`Name="urn:example"`, idp)),
		ofIdP(rule, "with-ws-federation", check.StatusPass, Edit(idp, "  <md:IDPSSODescriptor", federation+"  <md:IDPSSODescriptor")),
		ofIdP(rule, "no-sso-told-elsewhere", check.StatusPass, Edit(idp, metadataSSO, "")),
		ofIdP(rule, "certificate-told-elsewhere", check.StatusPass, Edit(idp, idpIdentity().base64(), idpIdentity().base64()[:201])),
		ofIdP(rule, "bare-ampersand", check.StatusFail, Edit(idp, sso, sso+"?a=1&b=2"), "not-well-formed"),
		ofIdP(rule, "prefix-not-declared", check.StatusFail, Edit(idp, ` xmlns:ds="http://www.w3.org/2000/09/xmldsig#"`, ""), "not-well-formed"),
		ofIdP(rule, "text-before", check.StatusWarn, "Metadata of our IdP:\n"+idp, "wrapped"),
		ofSP(rule, "in-another-element", check.StatusWarn, "<answer>"+sp+"</answer>", "wrapped"),
		ofSP(rule, "acs-without-index", check.StatusWarn, Edit(sp, ` index="0"`, ""), "missing"),
		ofIdP(rule, "sso-before-format", check.StatusWarn, Edit(Edit(idp, metadataFormat, ""), metadataSSO, metadataSSO+metadataFormat), "misplaced"),
		ofSP(rule, "flag-no-boolean", check.StatusWarn, Edit(sp, protocolSAML2, `AuthnRequestsSigned="yes" `+protocolSAML2), "value"),
		ofIdP(rule, "saml-1.1-only", check.StatusWarn, Edit(idp, protocolSAML2, `protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol"`), "no-saml2"),
		har.alone(),
		fixture(rule, "no-metadata", check.StatusSkip, Response()),
	}
}

// signedMetadata is xml signed as IdPs sign their metadata, its key with it.
func signedMetadata(xml string) string {
	i := strings.Index(xml, ">\n") + len(">\n")
	return sealed(xml[:i]+marker(0)+xml[i:], idpIdentity(), sign.Template{URI: "#" + entityID, KeyInfo: idpIdentity().keyInfo()})
}

func metadataValidityCases() []Case {
	const rule = "metadata-validity"
	idp, sp := IdPMetadata(), SPMetadata()
	until := func(xml string, offset time.Duration) string {
		return Edit(xml, " entityID=", ` validUntil="`+Clock(offset)+`" cacheDuration="PT1H" entityID=`)
	}
	ended := until(idp, -time.Hour)
	signed := signedMetadata(idp)
	return []Case{
		ofIdP(rule, "no-end", check.StatusPass, idp),
		ofIdP(rule, "not-over", check.StatusPass, until(idp, time.Hour)),
		ofIdP(rule, "over", check.StatusWarn, ended, "expired"),
		// From validUntil on it is over.
		ofIdP(rule, "over-to-the-second", check.StatusWarn, until(idp, 4*time.Second), "expired"),
		ofSP(rule, "role-over", check.StatusWarn, Edit(sp, protocolSAML2, `validUntil="`+Clock(-72*time.Hour)+`" `+protocolSAML2), "expired"),
		ofIdP(rule, "aggregate-over", check.StatusWarn, aggregate(`validUntil="`+Clock(-time.Hour)+`"`, aggregate(`validUntil="`+Clock(time.Hour)+`"`, until(idp, time.Hour))), "expired"),
		ofIdP(rule, "end-unreadable", check.StatusSkip, Edit(idp, " entityID=", ` validUntil="tomorrow" entityID=`)),
		ofIdP(rule, "signed", check.StatusSkip, signed),
		ofIdP(rule, "signed-without-key", check.StatusSkip, Cut(signed, "<ds:KeyInfo><ds:X509Data>", "</ds:KeyInfo>")),
		ofIdP(rule, "edited-after-signing", check.StatusWarn, Edit(signed, sso, sso+"/new"), "digest"),
		ofIdP(rule, "signed-info-edited", check.StatusWarn, Edit(signed, "<ds:SignedInfo>", "<ds:SignedInfo> "), "value"),
		ofIdP(rule, "signature-of-another", check.StatusWarn, Edit(signed, ` ID="`+entityID+`"`, ` ID="_another"`), "not-covered"),
		ofIdP(rule, "signed-and-broken-off", check.StatusSkip, Edit(signed, "</md:EntityDescriptor>\n", "")),
		fixture(rule, "no-metadata", check.StatusSkip, Response()),
	}
}

func metadataCertificateCases() []Case {
	const rule = "metadata-certificates"
	idp, sp := IdPMetadata(), SPMetadata()
	own := idpIdentity().keyDescriptor("signing")
	having := func(keys string) string { return Edit(idp, own, keys) }
	signs := Edit(sp, protocolSAML2, `AuthnRequestsSigned="true" `+protocolSAML2)
	spKey := spIdentity().keyDescriptor("")
	told := fixture(rule, "expired-told-elsewhere", check.StatusNA, sealedBy(expiredIdentity(), Response(), assertionID)).expecting(known(having(expiredIdentity().keyDescriptor("signing")), ""))
	return []Case{
		ofIdP(rule, "signing", check.StatusPass, idp),
		ofIdP(rule, "for-any-use", check.StatusPass, having(idpIdentity().keyDescriptor(""))),
		ofIdP(rule, "old-and-new", check.StatusPass, having(own+renewedIdentity().keyDescriptor("signing"))),
		ofSP(rule, "sp", check.StatusPass, signs),
		ofSP(rule, "sp-signs-nothing", check.StatusPass, Edit(sp, spKey, "")),
		fixture(rule, "of-the-message", check.StatusPass, SignedResponse()).expecting(known(idp, "")),
		ofIdP(rule, "none", check.StatusFail, having(""), "missing"),
		ofSP(rule, "sp-signs-without", check.StatusWarn, Edit(signs, spKey, ""), "missing"),
		fixture(rule, "none-but-configured", check.StatusWarn, SignedResponse(), "missing").expecting(func(e *expect.Expect) {
			trusted(idpIdentity())(e)
			known(having(""), "")(e)
		}),
		ofIdP(rule, "only-encryption", check.StatusFail, having(idpIdentity().keyDescriptor("encryption")), "only-encryption"),
		ofIdP(rule, "cut-certificate", check.StatusFail, Edit(idp, idpIdentity().base64(), idpIdentity().base64()[:200]), "missing", "unreadable"),
		ofIdP(rule, "expired", check.StatusWarn, having(expiredIdentity().keyDescriptor("signing")), "expired"),
		ofIdP(rule, "not-yet", check.StatusWarn, having(own+earlyIdentity().keyDescriptor("signing")), "not-yet-valid"),
		ofIdP(rule, "ends-soon", check.StatusWarn, having(endingIdentity().keyDescriptor("signing")), "expires-soon"),
		ofSP(rule, "sp-expired", check.StatusWarn, Edit(sp, spKey, expiredSPIdentity().keyDescriptor("encryption")), "expired"),
		ofIdP(rule, "rsa-1024", check.StatusWarn, having(weakIdentity().keyDescriptor("signing")), "short-key"),
		ofIdP(rule, "md5", check.StatusWarn, having(fromFile("md5").keyDescriptor("signing")), "not-yet-valid", "md5"),
		ofIdP(rule, "negative-serial", check.StatusWarn, having(fromFile("negative-serial").keyDescriptor("signing")), "not-yet-valid", "refused"),
		told,
		fixture(rule, "no-metadata", check.StatusSkip, Response()),
	}
}

func metadataEndpointCases() []Case {
	const rule = "metadata-endpoints"
	idp, sp := IdPMetadata(), SPMetadata()
	acs := func(binding, location, more string) string {
		return `    <md:AssertionConsumerService Binding="` + binding + `" Location="` + location + `" ` + more + "/>\n"
	}
	with := func(more string) string { return Edit(sp, metadataACS, metadataACS+more) }
	// One in the place of the good one.
	only := func(line string) string { return Edit(sp, metadataACS, line) }
	attributes := func(index, isDefault string) string {
		return `    <md:AttributeConsumingService index="` + index + `"` + isDefault + `><md:ServiceName xml:lang="en">Example</md:ServiceName><md:RequestedAttribute Name="uid"/></md:AttributeConsumingService>` + "\n"
	}
	return []Case{
		ofIdP(rule, "idp", check.StatusPass, idp),
		ofSP(rule, "sp", check.StatusPass, with(acs(metadata.BindingArtifact, ACS, `index="1"`))),
		ofSP(rule, "loopback", check.StatusPass, only(acs(metadata.BindingPOST, "http://localhost:8080/acs", `index="0"`)+acs(metadata.BindingPOST, "http://127.0.0.1/acs", `index="1"`))),
		ofIdP(rule, "shibboleth-1-beside", check.StatusPass, Edit(idp, metadataSSO, metadataSSO+Edit(metadataSSO, metadata.BindingRedirect, "urn:mace:shibboleth:1.0:profiles:AuthnRequest"))),
		ofSP(rule, "no-acs", check.StatusFail, only(""), "no-acs"),
		ofSP(rule, "acs-by-redirect", check.StatusFail, only(acs(metadata.BindingRedirect, ACS, `index="0"`)), "no-acs", "wrong-binding"),
		ofSP(rule, "acs-path-only", check.StatusFail, only(acs(metadata.BindingPOST, "/saml/acs", `index="0"`)), "not-absolute"),
		ofIdP(rule, "sso-without-scheme", check.StatusFail, Edit(idp, sso, "idp.example.net/sso"), "not-absolute"),
		ofSP(rule, "blank-after", check.StatusWarn, only(acs(metadata.BindingPOST, ACS+" ", `index="0"`)), "blanks").because("whitespace"),
		ofIdP(rule, "http", check.StatusWarn, Edit(idp, sso, strings.Replace(sso, "https:", "http:", 1)), "http"),
		ofSP(rule, "binding-misspelled", check.StatusWarn, with(acs("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Post", ACS+"2", `index="1"`)), "unknown-binding").because("case"),
		ofSP(rule, "binding-no-uri", check.StatusWarn, with(acs("POST", ACS+"2", `index="1"`)), "unknown-binding"),
		ofIdP(rule, "artifacts-by-post", check.StatusWarn, Edit(idp, metadataFormat, `    <md:ArtifactResolutionService Binding="`+metadata.BindingPOST+`" Location="https://idp.example.net/artifact" index="0"/>`+"\n"+metadataFormat), "wrong-binding"),
		ofIdP(rule, "sso-twice", check.StatusWarn, Edit(idp, metadataSSO, metadataSSO+metadataSSO), "duplicate"),
		ofSP(rule, "acs-under-two-indexes", check.StatusWarn, with(acs(metadata.BindingPOST, ACS, `index="1"`)), "duplicate"),
		ofSP(rule, "index-twice", check.StatusWarn, with(acs(metadata.BindingArtifact, ACS, `index="0"`)), "index-repeated"),
		ofSP(rule, "two-defaults", check.StatusWarn, with(acs(metadata.BindingArtifact, ACS, `index="1" isDefault="1"`)), "several-defaults"),
		ofSP(rule, "two-default-attribute-services", check.StatusWarn, with(attributes("0", ` isDefault="true"`)+attributes("1", ` isDefault="true"`)), "several-defaults"),
		fixture(rule, "no-metadata", check.StatusSkip, Response()),
	}
}
