package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var metadataAgreement = &Rule{
	ID:       "metadata-agreement",
	Title:    "The metadata of IdP and service, and what they send, do not agree",
	Question: "Do the metadata of IdP and service, the AuthnRequest, the Response and what is configured besides agree with each other?",
	Group:    GroupMetadata,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "What each side has imported of the other must be what the other does now. Where a file says something else than what is sent or configured, one of them is out of date, and the side that goes by it refuses the next log-in.",
		Spec: "saml-metadata-2.0-os sections 2.4.1 to 2.4.4; saml-profiles-2.0-os section 4.1",
		Likely: []string{
			"The file is an old copy: entity ID, address or certificate have changed since.",
			"The metadata is that of another tenant, realm or environment (test and production).",
			"One side's settings were changed by hand after the metadata had been imported.",
		},
		Fix: []string{
			"Download the metadata of both sides again and import each at the other side.",
			"Set by hand only what the metadata does not say.",
		},
	},
	Reasons: []Reason{
		{"idp-entity-id", "the Issuer is not the entity ID in the IdP's metadata"},
		{"sp-entity-id", "the audience, or the request's Issuer, is not the entity ID in the service's metadata"},
		{"acs", "an address of the service is none of the ACS URLs in its metadata"},
		{"sso", "the AuthnRequest is addressed to none of the single sign-on URLs in the IdP's metadata"},
		{"certificate", "a configured certificate, or the one that signed, is not in the IdP's metadata"},
		{"configured-certificate", "the message is signed by a certificate of the IdP's metadata, not by the configured one"},
		{"assertion-unsigned", "the service's metadata wants signed assertions, and the assertion is not signed itself"},
		{"name-id-formats", "IdP and service have no NameID format in common"},
		{"name-id-requested", "the AuthnRequest asks for a NameID format that the IdP does not offer"},
		{"requests-signed", "the IdP wants signed requests, and the service does not sign them"},
		{"request-unsigned", "the AuthnRequest is not signed, though metadata says that it is"},
	},
	Needs: []string{expect.FlagIdPMetadata, expect.FlagSPMetadata},
	Run:   runMetadataAgreement,
}

func runMetadataAgreement(in *Input) Outcome {
	list, out := in.described()
	if len(list) == 0 {
		return out
	}
	p := in.partners(list)
	var fs []Finding
	for _, judge := range []func(*partners) []Finding{
		in.agreeIssuer, in.agreeAudience, in.agreeACS, in.agreeRequest,
		in.agreeCertificates, in.agreeSigned, in.agreeFormats, in.agreeRequestSigned,
	} {
		fs = append(fs, judge(p)...)
	}
	switch {
	case len(fs) > 0:
		return found(fs[:min(len(fs), maxFindings)]...)
	case len(p.idps) == 0:
		return skip("only the service's metadata is given to compare", expect.FlagIdPMetadata)
	case len(p.sps) == 0:
		return skip("only the IdP's metadata is given to compare", expect.FlagSPMetadata)
	}
	return pass()
}

// partners are the parties of a login as metadata describes them. Of several,
// those that the message names count.
type partners struct {
	idps, sps []described
	// request is the AuthnRequest of the login, or the message itself; nil
	// without one.
	request *saml.AuthnRequest
	// told says that authn-request judges it among the messages of the input.
	told bool
}

func (in *Input) partners(list []described) *partners {
	p := &partners{}
	issuers, audiences := in.namedIssuers(), in.namedAudiences()
	pick := func(party expect.Party, named []*saml.Value) (all []described) {
		var meant []described
		for _, d := range list {
			if d.Party != party {
				continue
			}
			all = append(all, d)
			if slices.ContainsFunc(named, func(v *saml.Value) bool { return v.Trimmed() == d.Entity.ID.Trimmed() }) {
				meant = append(meant, d)
			}
		}
		if len(meant) > 0 {
			return meant
		}
		return all
	}
	p.idps, p.sps = pick(expect.PartyIdP, issuers), pick(expect.PartySP, audiences)
	if p.request = in.SAML().AuthnRequest; p.request != nil {
		p.told = true
	} else if p.request = in.request(); p.request != nil && in.Trace != nil {
		p.told = slices.Contains(in.Trace.Messages, in.Login.Request)
	}
	return p
}

// namedIssuers are the issuers that the message names.
func (in *Input) namedIssuers() []*saml.Value {
	m := in.SAML()
	var vs []*saml.Value
	if m.Response != nil && m.Response.Issuer != nil {
		vs = append(vs, &m.Response.Issuer.Value)
	}
	for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
		if a.Issuer != nil {
			vs = append(vs, &a.Issuer.Value)
		}
	}
	return readable(vs)
}

// namedAudiences are the audiences that the message names.
func (in *Input) namedAudiences() []*saml.Value {
	m := in.SAML()
	var vs []*saml.Value
	for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
		if a.Conditions == nil {
			continue
		}
		for _, r := range a.Conditions.Audiences {
			vs = append(vs, r.Audiences...)
		}
	}
	return readable(vs)
}

// readable leaves the values that are there to compare.
func readable(vs []*saml.Value) []*saml.Value {
	return slices.DeleteFunc(vs, func(v *saml.Value) bool { return v == nil || cut(v) || v.Trimmed() == "" })
}

// entityIDs are the entity IDs of parties, each with its file as its origin.
func entityIDs(list []described) []expect.Value {
	var vs []expect.Value
	for _, d := range list {
		if id := d.Entity.ID.Trimmed(); id != "" {
			vs = append(vs, expect.Value{Text: id, From: d.origin()})
		}
	}
	return vs
}

// origin is the file for Finding.ExpectedFrom.
func (d described) origin() string { return strings.TrimSpace(d.From + " " + d.Name) }

// agreeIssuer, like the others, leaves to the rules of the message what is not
// as expected: here it is as expected, but not as the metadata says.
func (in *Input) agreeIssuer(p *partners) []Finding {
	own := &wanted{field: fieldIssuer, values: entityIDs(p.idps)}
	expected := &wanted{values: in.Expect.IdPEntityIDs}
	for _, v := range in.namedIssuers() {
		if own.known() && !own.accepts(v.Text) && expected.accepts(v.Text) {
			f := in.unlike(own, v)
			f.Reason = "idp-entity-id"
			f.Message = fmt.Sprintf("The message is issued by %s, as expected (%s), but the entity ID in %s is %s.", quote(v.Text), expected.from(), p.idps[0].file(), quote(f.Expected[0]))
			f.Fix = "Take the metadata of the IdP that issues the message, and import it at the service."
			return []Finding{f}
		}
	}
	return nil
}

func (in *Input) agreeAudience(p *partners) []Finding {
	own := &wanted{field: fieldAudience, values: entityIDs(p.sps)}
	named := in.namedAudiences()
	if !own.known() || slices.ContainsFunc(named, func(v *saml.Value) bool { return own.accepts(v.Text) }) {
		return nil
	}
	expected := in.audiences()
	expected.also = in.Expect.AudienceAlso
	for _, v := range named {
		if expected.accepts(v.Text) {
			f := in.unlike(own, v)
			f.Reason = "sp-entity-id"
			f.Message = fmt.Sprintf("The assertion is meant for the audience %s, as expected (%s), but the entity ID in %s is %s.", quote(v.Text), expected.from(), p.sps[0].file(), quote(f.Expected[0]))
			f.Fix = "Set the service's entity ID and the identifier of the service at the IdP to one and the same value, and export the service's metadata again."
			return []Finding{f}
		}
	}
	return nil
}

// acsOf are the ACS URLs of services, of every binding.
func acsOf(list []described) *wanted {
	w := &wanted{field: fieldACS, same: sameEndpoint}
	for _, d := range list {
		for _, s := range d.Entity.SPs {
			for _, e := range s.AssertionConsumerServices {
				if u := e.Location.Trimmed(); u != "" {
					w.values = append(w.values, expect.Value{Text: u, From: d.origin()})
				}
			}
		}
	}
	return w
}

func (in *Input) agreeACS(p *partners) []Finding {
	own, expected := acsOf(p.sps), in.acs(sameEndpoint)
	if !own.known() {
		return nil
	}
	m := in.SAML()
	var vs []*saml.Value
	if m.Response != nil {
		vs = append(vs, m.Response.Destination)
	}
	for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
		if c := in.bestConfirmation(a); c != nil {
			vs = append(vs, c.Recipient)
		}
	}
	for _, v := range readable(vs) {
		if own.accepts(v.Text) || !expected.accepts(v.Text) {
			continue
		}
		f := in.unlike(own, v)
		f.Reason = "acs"
		f.Message = fmt.Sprintf("The %s is %s, as expected (%s), but no ACS URL in %s is; there is %s.", fieldName(v), quote(v.Text), expected.from(), p.sps[0].file(), quote(f.Expected[0]))
		f.Fix = "Set one ACS URL at the service and at the IdP, and export the service's metadata again."
		return []Finding{f}
	}
	return nil
}

func fieldName(v *saml.Value) string {
	if v.Attr != nil {
		return v.Attr.Name.String()
	}
	return elementName(v.Node)
}

// agreeRequest holds the AuthnRequest against the files. What authn-request tells
// of it is left to that rule.
func (in *Input) agreeRequest(p *partners) []Finding {
	r := p.request
	if r == nil {
		return nil
	}
	sso := &wanted{same: sameEndpoint}
	for _, d := range p.idps {
		for _, i := range d.Entity.IDPs {
			for _, e := range i.SingleSignOnServices {
				if u := e.Location.Trimmed(); u != "" {
					sso.values = append(sso.values, expect.Value{Text: u, From: d.origin()})
				}
			}
		}
	}
	var requester *saml.Value
	if r.Issuer != nil {
		requester = &r.Issuer.Value
	}
	var fs []Finding
	for _, c := range []struct {
		value    *saml.Value
		own      *wanted
		expected *wanted
		reason   string
		message  string
		of       []described
		fix      string
	}{
		{requester, &wanted{field: fieldAudience, values: entityIDs(p.sps)}, &wanted{values: in.Expect.SPEntityIDs, patterns: in.Expect.SPPatterns},
			"sp-entity-id", "The AuthnRequest comes from %s, but the entity ID in %s is %s.", p.sps,
			"At the service, export the metadata again, and import it at the IdP."},
		{r.ACSURL, acsOf(p.sps), &wanted{values: in.Expect.ACSURLs, patterns: in.Expect.ACSPatterns, same: sameEndpoint},
			"acs", "The AuthnRequest asks for the answer at %s, which is no ACS URL in %s; there is %s.", p.sps,
			"At the service, correct its base URL or export the metadata again, and import it at the IdP."},
		{r.Destination, sso, &wanted{values: in.Expect.SSOURLs, same: sameEndpoint},
			"sso", "The AuthnRequest is addressed to %s, which is no single sign-on URL in %s; there is %s.", p.idps,
			"At the service, import the IdP's current metadata."},
	} {
		if len(readable([]*saml.Value{c.value})) == 0 || !c.own.known() || c.own.accepts(c.value.Text) || p.told && !c.expected.accepts(c.value.Text) {
			continue
		}
		f := in.unlike(c.own, c.value)
		f.Reason, f.Fix = c.reason, c.fix
		f.Message = fmt.Sprintf(c.message, quote(c.value.Text), c.of[0].file(), quote(f.Expected[0]))
		fs = append(fs, f)
	}
	return fs
}

// signingKeys are the KeySHA256 of the signing certificates of parties, with the
// certificates.
func signingKeys(list []described) (keys map[string]bool, certs []*metadata.Certificate) {
	keys = map[string]bool{}
	for _, d := range list {
		for _, k := range keysOf(d.roles()) {
			if !k.Signs() {
				continue
			}
			for _, c := range k.Certificates() {
				if c.Err == nil && !keys[c.Certificate.KeySHA256] && len(certs) < maxListed {
					keys[c.Certificate.KeySHA256] = true
					certs = append(certs, c.Certificate)
				}
			}
		}
	}
	return keys, certs
}
