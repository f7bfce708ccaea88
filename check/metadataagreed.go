package check

import (
	"fmt"
	"slices"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// agreeCertificates holds the certificates of the IdP's metadata against those
// that are configured besides, which win, and against the one that signed.
func (in *Input) agreeCertificates(p *partners) []Finding {
	keys, certs := signingKeys(p.idps)
	var configured []*expect.Certificate
	for i := range in.Expect.Certificates {
		if c := &in.Expect.Certificates[i]; c.From != expect.FlagIdPMetadata {
			configured = append(configured, c)
		}
	}
	if len(certs) == 0 || len(configured) == 0 {
		return nil
	}
	f := Finding{ExpectedFrom: p.idps[0].origin()}
	for _, c := range certs {
		f.Expected = append(f.Expected, certificateLines(c)...)
	}
	var place *xmldoc.Node
	for _, s := range in.judged() {
		if !s.Node.Closed() {
			continue
		}
		if t := verifier(s.trials(), roleTrusted); t != nil {
			if keys[t.cert.KeySHA256] {
				return nil
			}
			f.Reason, f.Actual = "certificate", certificateLines(t.cert)
			f.Message = fmt.Sprintf("%s was made with the configured certificate, %s (%s), which is not in %s.", s.about(), t.cert.Describe(), t.from, p.idps[0].file())
			f.Fix = "Download the IdP's metadata again; the file is older, or newer, than the certificate in use."
			return []Finding{node(s.Node, f)}
		}
		for _, c := range certs {
			if !s.VerifyValue(c.PublicKey).OK {
				continue
			}
			f.Reason, f.Actual = "configured-certificate", certificateLines(&configured[0].Certificate)
			f.Message = fmt.Sprintf("%s was made with a certificate in %s, %s, while the configured one is %s (%s).", s.about(), p.idps[0].file(), c.Describe(), configured[0].Describe(), configured[0].From)
			f.Fix = "At the service, import the IdP's metadata in place of the certificate that was configured by hand."
			return []Finding{node(s.Node, f)}
		}
		place = s.Node
	}
	if place != nil || slices.ContainsFunc(configured, func(c *expect.Certificate) bool { return keys[c.KeySHA256] }) {
		return nil
	}
	f.Reason, f.Actual = "certificate", certificateLines(&configured[0].Certificate)
	f.Message = fmt.Sprintf("The configured certificate, %s (%s), is not in %s, which has %s.", configured[0].Describe(), configured[0].From, p.idps[0].file(), certs[0].Describe())
	f.Fix = "At the service, import the IdP's current metadata, or the certificate in it."
	return []Finding{f}
}

// agreeSigned finds an assertion without a signature of its own that the
// service's metadata asks for while the configuration does not.
func (in *Input) agreeSigned(p *partners) []Finding {
	if in.Expect.WantAssertionsSigned.Value {
		return nil // signed tells
	}
	for _, d := range p.sps {
		for _, s := range d.Entity.SPs {
			if !metadata.True(s.WantAssertionsSigned) {
				continue
			}
			for _, a := range in.SAML().Assertions[:min(len(in.SAML().Assertions), maxAssertions)] {
				if c := in.coverage(); !a.Node.Closed() || c.own[a.Node] || !c.signs(a.Node) {
					continue // unsigned altogether: signed tells
				}
				return []Finding{node(a.Node, Finding{
					Reason:       "assertion-unsigned",
					Message:      fmt.Sprintf("The Response is signed, but the Assertion has no signature of its own, which %s asks for (WantAssertionsSigned), though the configuration does not (%s).", d.file(), in.Expect.WantAssertionsSigned.From),
					ExpectedFrom: d.origin(),
					Fix:          "At the IdP, sign the assertion for this service, or correct the service's metadata.",
				})}
			}
		}
	}
	return nil
}

// formats are the NameID formats that the roles list; nil where they leave the
// choice open.
func formats(list []described) []expect.Value {
	var vs []expect.Value
	for _, d := range list {
		for _, r := range d.roles() {
			for _, f := range r.NameIDFormats {
				switch text := f.Trimmed(); text {
				case "":
				case saml.FormatUnspecified:
					return nil
				default:
					vs = append(vs, expect.Value{Text: text, From: d.origin()})
				}
			}
		}
	}
	return vs
}

// agreeFormats compares the NameID formats. A NameID that came says more than
// any list, and name-id-format judges it.
func (in *Input) agreeFormats(p *partners) []Finding {
	for _, a := range in.SAML().Assertions {
		if a.Subject != nil && a.Subject.NameID != nil {
			return nil
		}
	}
	offered := formats(p.idps)
	if len(offered) == 0 {
		return nil
	}
	w := &wanted{field: fieldNameIDFormat, values: offered}
	var fs []Finding
	if liked := formats(p.sps); len(liked) > 0 && !slices.ContainsFunc(liked, func(v expect.Value) bool { return w.accepts(v.Text) }) {
		f := Finding{
			Reason:       "name-id-formats",
			Message:      fmt.Sprintf("No NameID format in %s is one that %s offers: %s is wanted, and %s offered.", p.sps[0].file(), p.idps[0].file(), quote(liked[0].Text), quote(offered[0].Text)),
			Expected:     w.listed(),
			ExpectedFrom: w.from(),
			Actual:       texts(liked[:min(len(liked), maxListed)]),
			Fix:          "At the IdP, choose for this service a NameID format that the service's metadata lists, or let the service's metadata list one that the IdP has.",
		}
		for _, s := range p.sps[0].roles() {
			for _, v := range s.NameIDFormats {
				if v.Trimmed() == liked[0].Text && f.Path == "" {
					f = at(v, f)
				}
			}
		}
		_, _, f.Cause = compareValues(offered, liked[0].Text)
		if f.Cause != nil && f.Cause.ID == causeOther {
			f.Cause = nil
		}
		fs = append(fs, f)
	}
	if r := p.request; r != nil && r.NameIDFormat != nil && !in.loggedIn() {
		switch v := r.NameIDFormat; v.Trimmed() {
		case "", saml.FormatUnspecified, "urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted":
		default:
			if w.accepts(v.Trimmed()) {
				break
			}
			f := in.unlike(w, v)
			f.Reason = "name-id-requested"
			f.Message = fmt.Sprintf("The AuthnRequest asks for the NameID Format %s, which %s does not offer; there is %s.", quote(v.Text), p.idps[0].file(), quote(f.Expected[0]))
			f.Note = "An IdP may give it all the same; the usual refusal is InvalidNameIDPolicy."
			f.Fix = fmt.Sprintf("At the service, set the NameID Format to %s, or to none.", quote(f.Expected[0]))
			fs = append(fs, f)
		}
	}
	return fs
}

// agreeRequestSigned compares who wants requests signed with who signs them.
func (in *Input) agreeRequestSigned(p *partners) []Finding {
	var wants, signs *saml.Value
	var wantsIn, signsIn described
	for _, d := range p.idps {
		for _, i := range d.Entity.IDPs {
			if metadata.True(i.WantAuthnRequestsSigned) && wants == nil {
				wants, wantsIn = i.WantAuthnRequestsSigned, d
			}
		}
	}
	for _, d := range p.sps {
		for _, s := range d.Entity.SPs {
			if metadata.True(s.AuthnRequestsSigned) && signs == nil {
				signs, signsIn = s.AuthnRequestsSigned, d
			}
		}
	}
	if isSigned, known := in.requestSigned(p.request); known {
		if isSigned || wants == nil && signs == nil {
			return nil
		}
		f := Finding{
			Reason: "request-unsigned",
			Fix:    "At the service, switch on the signing of AuthnRequests.",
		}
		if wants != nil {
			f.Message = fmt.Sprintf("The AuthnRequest is not signed, but %s says that the IdP wants signed ones (WantAuthnRequestsSigned).", wantsIn.file())
			f.ExpectedFrom = wantsIn.origin()
		} else {
			f.Message = fmt.Sprintf("The AuthnRequest is not signed, though %s says that the service signs them (AuthnRequestsSigned); an IdP that goes by it refuses it.", signsIn.file())
			f.ExpectedFrom = signsIn.origin()
		}
		if in.loggedIn() {
			f.Note = "The IdP answered it with an assertion all the same."
		}
		return []Finding{node(p.request.Node, f)}
	}
	if wants == nil || signs != nil || len(p.sps) == 0 {
		return nil
	}
	return []Finding{at(wants, Finding{
		Reason:   "requests-signed",
		Message:  fmt.Sprintf("%s says that the IdP wants signed AuthnRequests (WantAuthnRequestsSigned), but %s does not say that the service signs them (AuthnRequestsSigned).", sentenceStart(wantsIn.file()), p.sps[0].file()),
		Expected: []string{"true"}, ExpectedFrom: wantsIn.origin(),
		Actual: []string{"false"},
		Fix:    "At the service, switch on the signing of AuthnRequests, and give the new metadata with its signing certificate to the IdP.",
	})}
}

// requestSigned reports whether r, the request of the login or the message
// itself, is signed, in itself or in its URL.
func (in *Input) requestSigned(r *saml.AuthnRequest) (signed, known bool) {
	if r == nil || !r.Node.Closed() {
		return false, false
	}
	carrier := in.Message
	if in.SAML().AuthnRequest == nil {
		carrier = in.Login.Request
	}
	return len(r.Signatures) > 0 || carrier.Signature != nil, true
}

// loggedIn reports whether the message brings an assertion.
func (in *Input) loggedIn() bool {
	m := in.SAML()
	return m.Success() && len(m.Assertions)+len(m.Encrypted) > 0
}
