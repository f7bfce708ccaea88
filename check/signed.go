package check

import (
	"fmt"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var signed = &Rule{
	ID:       "signed",
	Title:    "Nothing vouches for the assertion: it is not signed",
	Question: "Is every used assertion covered, by its own signature or the Response's?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "Everybody can write an assertion. Only a signature of the IdP over the assertion, or over the Response around it, lets the service believe it.",
		Spec: "saml-profiles-2.0-os section 4.1.3.5, saml-core-2.0-os section 5",
		Likely: []string{
			"Signing is switched off at the IdP for this service, or only the Response is signed where the service asks for a signed assertion.",
			"The signature was removed on the way, for instance by code that rebuilds the XML.",
		},
		Fix: []string{
			"At the IdP, switch on signing of the assertion for this service.",
			"Where the service takes either, signing the Response is enough.",
		},
	},
	Reasons: []Reason{
		{"unsigned", "neither the assertion nor the message around it is signed"},
		{"assertion-unsigned", "the Response is signed, but the service asks for a signature of the assertion's own"},
	},
	Essential: true,
	Run:       runSigned,
}

func runSigned(in *Input) Outcome {
	if out, ok := in.signable(); !ok {
		return out
	}
	m, out := in.response()
	if m == nil {
		return out
	}
	if out, none := in.noAssertions(m); none && len(m.Encrypted) == 0 {
		return out
	}
	byQuery := in.Message.Binding == decode.BindingRedirect && in.Message.Signature != nil
	want := in.Expect.WantAssertionsSigned
	c := in.coverage()
	var fs []Finding
	for _, a := range m.Assertions {
		own, around := c.own[a.Node], byQuery || c.signs(a.Node)
		switch {
		case own, around && !want.Value:
		case !a.Node.Closed():
			return unseen("the message breaks off inside its assertion")
		case around:
			fs = append(fs, node(a.Node, Finding{
				Reason:       "assertion-unsigned",
				Message:      "The Response is signed, but the Assertion has no signature of its own, which the service asks for (WantAssertionsSigned, " + want.From + ").",
				ExpectedFrom: want.From,
				Fix:          "At the IdP, sign the assertion for this service (not only the response).",
			}))
		default:
			fs = append(fs, node(a.Node, Finding{
				Reason:  "unsigned",
				Message: "The Assertion is not signed, and neither is the message around it.",
			}))
		}
		if len(fs) == maxFindings {
			break
		}
	}
	if len(fs) > 0 {
		return found(fs...)
	}
	for _, e := range m.Encrypted {
		if !byQuery && !c.signs(e) {
			out := in.unopened("the assertion")
			out.Why = "the Response is not signed, and " + out.Why + ": whether it is signed itself cannot be seen"
			return out
		}
	}
	return pass()
}

var signatureProfile = &Rule{
	ID:       "signature-profile",
	Title:    "The signature is not of the form that SAML prescribes",
	Question: "Is each signature enveloped, a child of what it signs, with one Reference to its ID and the transforms SAML allows?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "XML Signature allows nearly anything; SAML allows one form of it, so that it is plain what was signed. Services refuse other forms, or worse, misread them.",
		Spec: "saml-core-2.0-os sections 5.4.1 to 5.4.4",
		Likely: []string{
			"The message was signed by a general XML tool, or by home-grown code.",
			"A signature was moved, or a part of it was lost, when the message was rebuilt.",
		},
		Fix: []string{
			"At the IdP, sign with its SAML implementation: enveloped-signature and exclusive canonicalization, one Reference to the ID of the signed element.",
			"Do not move or rewrite a signature after it was made.",
		},
	},
	Reasons: []Reason{
		{"structure", "the Signature lacks an element, or has one too many"},
		{"several-references", "the signature has several References; one is allowed"},
		{"not-parent", "the signature does not sign the element that it is a child of"},
		{"missing-target", "no element has the ID that the signature refers to"},
		{"external", "the signature refers to something outside the message"},
		{"empty-uri", "the Reference has an empty URI, or none, instead of the ID"},
		{"transform", "a transform is none of those that SAML allows"},
		{"canonicalization", "the canonicalization is none of those that SAML recommends"},
	},
	Run: runSignatureProfile,
}

func runSignatureProfile(in *Input) Outcome {
	if out, ok := in.signable(); !ok {
		return out
	}
	if in.SAML().Type == saml.TypeOther {
		return notApplicable("the document is no SAML message, so that SAML prescribes nothing about its signature")
	}
	if len(in.judged()) == 0 {
		return in.noSignature()
	}
	var fs []Finding
	for _, s := range in.judged() {
		if fs = append(fs, s.profileFaults()...); len(fs) >= maxFindings {
			break
		}
	}
	return found(fs...)
}

func (s *signature) profileFaults() []Finding {
	if !s.Node.Closed() {
		return nil
	}
	var fs []Finding
	for _, p := range s.Problems {
		if p.Code == xmldsig.ProblemUnknown {
			continue // signature-algorithm tells
		}
		fs = append(fs, node(p.Node, Finding{Reason: "structure", Message: p.Message}))
	}
	switch n := len(s.References); {
	case n == 0:
		return fs // a missing Reference is a fault of structure
	case n > 1:
		fs = append(fs, node(s.References[1].Node, Finding{
			Reason:  "several-references",
			Message: fmt.Sprintf("%s has %d References, where exactly one to the signed element is expected.", s.about(), n),
		}))
	}
	for _, r := range s.References[:1] {
		fs = append(fs, s.referenceFaults(r)...)
		fs = append(fs, transformFaults(r)...)
	}
	if c := s.Canonicalization; s.CanonicalizationErr == nil && !c.Exclusive && s.CanonicalizationMethod != "" {
		fs = append(fs, node(s.SignedInfos[0], Finding{
			Reason:   "canonicalization",
			Severity: expect.SeverityWarning,
			Message:  fmt.Sprintf("SignedInfo is canonicalized with %q, where SAML recommends exclusive canonicalization.", s.CanonicalizationMethod),
			Expected: []string{xmldsig.ExclusiveC14N}, ExpectedFrom: "saml-core 5.4.3",
			Actual: []string{s.CanonicalizationMethod},
		}))
	}
	return fs
}

func (s *signature) referenceFaults(r *xmldsig.Reference) []Finding {
	h := s.holder()
	id := ""
	if h != nil {
		if v := idOf(h); v != nil {
			id = v.Text
		}
	}
	one := func(f Finding) []Finding { return []Finding{node(r.Node, f)} }
	switch {
	case r.WholeDocument && h != nil && h.Parent() == nil:
		return one(Finding{
			Reason:   "empty-uri",
			Severity: expect.SeverityWarning,
			Message:  fmt.Sprintf("%s refers to the whole document (URI %q) instead of to the ID of the element; services that look for the ID find nothing.", s.about(), r.URI),
			Expected: []string{"#" + id}, ExpectedFrom: "saml-core 5.4.2", Actual: []string{r.URI},
		})
	case r.WholeDocument:
		return one(Finding{
			Reason:   "empty-uri",
			Message:  fmt.Sprintf("%s refers to the whole document (URI %q) instead of to the element that it is a child of.", s.about(), r.URI),
			Expected: []string{"#" + id}, ExpectedFrom: "saml-core 5.4.2", Actual: []string{r.URI},
			// Cut out of its message, the element was the whole document.
			Severity: expect.SeverityWarning,
		})
	case r.ID == "" && r.Target == nil:
		return one(Finding{Reason: "external", Message: fmt.Sprintf("%s refers to %q, which is not in the message.", s.about(), r.URI), Actual: []string{r.URI}})
	case r.Target == nil:
		return one(Finding{
			Reason:   "missing-target",
			Message:  fmt.Sprintf("%s refers to the ID %q, which no element of the message has.", s.about(), r.ID),
			Expected: expectedID(id), ExpectedFrom: "the ID of the " + holderName(h), Actual: []string{"#" + r.ID},
			Cause: compareValue(id, r.ID),
		})
	case r.Target != h:
		return one(Finding{
			Reason:   "not-parent",
			Message:  fmt.Sprintf("%s does not sign the element that it is a child of, but %s with the ID %q.", s.about(), r.Target.Path(), r.ID),
			Expected: expectedID(id), ExpectedFrom: "the ID of the " + holderName(h), Actual: []string{"#" + r.ID},
		})
	}
	return nil
}

func expectedID(id string) []string {
	if id == "" {
		return nil
	}
	return []string{"#" + id}
}

func holderName(h *xmldoc.Node) string {
	if h == nil {
		return "signed element"
	}
	return h.Name().Local
}

func transformFaults(r *xmldsig.Reference) []Finding {
	var fs []Finding
	for _, t := range r.Transforms {
		switch {
		case t.Enveloped && t.Algorithm == xmldsig.TransformEnveloped:
		case t.Canonicalization != nil && t.Canonicalization.Exclusive:
		case t.Canonicalization != nil:
			fs = append(fs, node(t.Node, Finding{
				Reason:   "transform",
				Severity: expect.SeverityWarning,
				Message:  fmt.Sprintf("The transform %q is inclusive canonicalization; SAML allows enveloped-signature and exclusive canonicalization.", t.Algorithm),
				Expected: []string{xmldsig.ExclusiveC14N}, ExpectedFrom: "saml-core 5.4.4", Actual: []string{t.Algorithm},
			}))
		default:
			fs = append(fs, node(t.Node, Finding{
				Reason:   "transform",
				Severity: expect.SeverityWarning,
				Message:  fmt.Sprintf("The transform %q is none of those that SAML allows: enveloped-signature and exclusive canonicalization.", t.Algorithm),
				Actual:   []string{t.Algorithm},
			}))
		}
	}
	return fs
}
