package checktest

import (
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

func metadataAgreementCases() []Case {
	const rule = "metadata-agreement"
	idp, sp := IdPMetadata(), SPMetadata()
	const old = "https://old.example.org/"
	// of is the good login with the metadata of both sides.
	of := func(name string, want check.Status, message, idp, sp string, reasons ...string) Case {
		return fixture(rule, name, want, message, reasons...).expecting(known(idp, sp))
	}
	// asked is a login in which the service sent that request, judged by its Response.
	asked := func(name string, want check.Status, request, response, idp, sp string, reasons ...string) Case {
		c := of(name, want, metadataLogin(request, response), idp, sp, reasons...)
		c.Ext = "har"
		return c
	}
	// only expects nothing beside the metadata.
	only := func(c Case) Case {
		given := c.Expect
		return c.expecting(func(e *expect.Expect) {
			nothingKnown(e)
			given(e)
		})
	}
	renewed := idpIdentity().keyDescriptor("signing")
	later := Edit(idp, renewed, renewedIdentity().keyDescriptor("signing"))
	configured := func(c Case) Case {
		given := c.Expect
		return c.expecting(func(e *expect.Expect) {
			trusted(idpIdentity())(e)
			given(e)
		})
	}
	wantsSigned := Edit(idp, protocolSAML2, `WantAuthnRequestsSigned="true" `+protocolSAML2)
	signs := Edit(sp, protocolSAML2, `AuthnRequestsSigned="true" `+protocolSAML2)
	persistent := strings.ReplaceAll(idp, formatEmail, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
	requestPersistent := Edit(AuthnRequest(), `<samlp:NameIDPolicy `, `<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" `)
	signedRequest := sealedBy(spIdentity(), AuthnRequest(), Request)
	signedWhole := sealedBy(idpIdentity(), Response(), responseID)
	return []Case{
		of("agree", check.StatusPass, SignedResponse(), idp, sp),
		asked("request-agrees", check.StatusPass, AuthnRequest(), Response(), idp, sp),
		// What the rules of the message tell is not told twice.
		only(of("issuer-told-elsewhere", check.StatusPass, Response(), Edit(idp, IdP, old), sp)),
		only(of("audience-told-elsewhere", check.StatusPass, Response(), idp, Edit(sp, SP, old))),
		only(of("acs-told-elsewhere", check.StatusPass, Response(), idp, Edit(sp, ACS, old))),
		only(asked("request-told-elsewhere", check.StatusPass, AuthnRequest(), Response(), Edit(idp, sso, old), Edit(sp, SP, old))),
		of("format-told-elsewhere", check.StatusPass, Response(), persistent, sp),
		of("certificate-told-elsewhere", check.StatusPass, SignedResponse(), later, sp),

		of("issuer", check.StatusWarn, Response(), Edit(idp, IdP, old), sp, "idp-entity-id"),
		of("issuer-slash", check.StatusWarn, Response(), Edit(idp, IdP, IdP+"/"), sp, "idp-entity-id").because("trailing-slash"),
		of("audience", check.StatusWarn, Response(), idp, Edit(sp, SP, old), "sp-entity-id"),
		of("acs", check.StatusWarn, Response(), idp, Edit(sp, ACS, old), "acs"),
		of("request-issuer", check.StatusWarn, AuthnRequest(), idp, Edit(sp, SP, old), "sp-entity-id"),
		of("request-acs", check.StatusWarn, AuthnRequest(), idp, Edit(sp, ACS, old), "acs"),
		of("request-destination", check.StatusWarn, AuthnRequest(), Edit(idp, sso, old), sp, "sso").expecting(func(e *expect.Expect) {
			ssoKnown(e)
			known(Edit(idp, sso, old), sp)(e)
		}),

		configured(of("signed-by-an-older-certificate", check.StatusWarn, SignedResponse(), later, sp, "certificate")),
		configured(of("configured-an-older-certificate", check.StatusWarn, sealedBy(renewedIdentity(), Response(), assertionID), later, sp, "configured-certificate")),
		configured(of("certificate-of-an-unsigned-message", check.StatusWarn, Response(), later, sp, "certificate")),

		of("only-the-response-signed", check.StatusWarn, signedWhole, idp, Edit(sp, protocolSAML2, `WantAssertionsSigned="true" `+protocolSAML2), "assertion-unsigned").expecting(func(e *expect.Expect) {
			e.WantAssertionsSigned = expect.Bool{From: "fixture"}
			known(idp, Edit(sp, protocolSAML2, `WantAssertionsSigned="true" `+protocolSAML2))(e)
		}),

		of("no-common-format", check.StatusWarn, failedResponse(), persistent, sp, "name-id-formats"),
		of("any-format", check.StatusPass, failedResponse(), persistent, Edit(sp, formatEmail, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified")),
		asked("format-not-offered", check.StatusWarn, requestPersistent, failedResponse(), idp, sp, "name-id-requested"),

		of("requests-to-be-signed", check.StatusWarn, Response(), wantsSigned, sp, "requests-signed"),
		of("requests-signed", check.StatusPass, Response(), wantsSigned, signs),
		asked("request-unsigned", check.StatusWarn, AuthnRequest(), Response(), wantsSigned, signs, "request-unsigned"),
		asked("request-unsigned-by-a-service-that-signs", check.StatusWarn, AuthnRequest(), Response(), idp, signs, "request-unsigned"),
		asked("request-signed", check.StatusPass, signedRequest, Response(), wantsSigned, signs),

		of("only-the-idp", check.StatusSkip, Response(), idp, ""),
		of("only-the-service", check.StatusSkip, Response(), "", sp),
		fixture(rule, "no-metadata", check.StatusSkip, Response()),
	}
}
