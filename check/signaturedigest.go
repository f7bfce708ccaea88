package check

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/repair"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var signatureDigest = &Rule{
	ID:       "signature-digest",
	Title:    "The content does not match its signature",
	Question: "Does the content still have the signed digest?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The signature holds a digest of what was signed. When the digest of what arrived is another one, something was changed in between, be it a single blank, and no service may accept it.",
		Spec: "xmldsig-core1 section 3.2.1 (reference validation), saml-core-2.0-os section 5.4",
		Likely: []string{
			"The XML was reformatted or edited after signing: pretty-printed, copied out of a viewer, minified, values filled in.",
			"Something between IdP and service changes the message: a proxy, a script in the login page, a wrong charset.",
			"The IdP signs before it finishes the message.",
		},
		Fix: []string{
			"Find what changes the message between IdP and service (a proxy, a script, copy and paste), and post exactly what the IdP made.",
			"If the value is intact and fails all the same, ask the IdP's vendor: the signature was wrong from the start.",
		},
	},
	Reasons: []Reason{
		{"mismatch", "the digest of the content is not the one that was signed"},
		{"no-target", "what was signed is not in the message"},
		{"unreadable", "the digest cannot be computed, or DigestValue cannot be read"},
	},
	Causes:    digestCauses,
	Essential: true,
	Run:       runSignatureDigest,
}

func runSignatureDigest(in *Input) Outcome {
	if out, ok := in.signable(); !ok {
		return out
	}
	sigs := in.judged()
	if len(sigs) == 0 {
		return in.noSignature()
	}
	if in.Message.Document.Truncated() {
		return unseen("the message is cut off, so that what was signed is not all there")
	}
	var fs []Finding
	for _, s := range sigs {
		for _, r := range s.References {
			if f, wrong := in.digestFault(s, r); wrong {
				fs = append(fs, f)
			}
		}
		if len(fs) >= maxFindings {
			break
		}
	}
	return found(fs...)
}

func (in *Input) digestFault(s *signature, r *xmldsig.Reference) (Finding, bool) {
	d := r.Digest()
	switch {
	case d.Match:
		return Finding{}, false
	case errors.Is(d.Err, xmldsig.ErrNoTarget), errors.Is(d.Err, xmldsig.ErrOutside):
		return node(r.Node, Finding{
			Reason:  "no-target",
			Message: fmt.Sprintf("%s refers to %q, which is not in the message, so that nothing can have its digest.", s.about(), r.URI),
			Actual:  []string{r.URI},
		}), true
	case d.Err != nil:
		return node(r.Node, Finding{
			Reason:  "unreadable",
			Message: fmt.Sprintf("The digest of what %s signs cannot be compared: %s.", strings.ToLower(s.about()[:1])+s.about()[1:], d.Err),
		}), true
	}
	where, target := r.Node, "the document"
	if r.Target != nil {
		where, target = r.Target, "the "+r.Target.Name().Local
	}
	f := node(where, Finding{
		Reason:       "mismatch",
		Message:      fmt.Sprintf("The content of %s does not have the digest that was signed: it was changed after signing.", target),
		Expected:     []string{base64.StdEncoding.EncodeToString(d.Expected)},
		ExpectedFrom: "DigestValue, " + hashName(r.Hash.String()),
		Actual:       []string{base64.StdEncoding.EncodeToString(d.Actual)},
	})
	in.explainDigest(&f, s, r)
	return f, true
}

// explainDigest adds to the finding what broke the digest of r, as far as that
// can be proved.
func (in *Input) explainDigest(f *Finding, s *signature, r *xmldsig.Reference) {
	if evidence, ok := in.encryptedAfterSigning(r); ok {
		f.Cause, f.Fix = proven(digestCauses, causeEncryptedAfter, "", evidence)
		return
	}
	const changed = ": it was changed after signing."
	result := in.facts.digests()[r]
	if result == nil {
		return
	}
	f.Tried, f.Bounded = triedIn(result), result.Bounded
	t := signer(s.trials())
	if p := in.signedInfoProof(s, r); p != nil {
		f.Message = strings.TrimSuffix(f.Message, changed) + ": SignedInfo was changed, which says what that is."
		f.Cause, f.Fix = proven(digestCauses, string(repair.SignedInfoEdited), "in SignedInfo, "+fieldText(p.Field), changesText(p, "the digest matches and the signature verifies"))
		return
	}
	if p := result.Proof; p != nil {
		switch p.Cause {
		case repair.Canonicalization, repair.InclusiveNamespaces, repair.DigestMethod:
			if t == nil && slices.ContainsFunc(s.trials(), func(t trial) bool { return t.verdict.KeyFits }) {
				return // SignedInfo was edited, so that what it declares is not the signer's word
			}
			f.Message = strings.TrimSuffix(f.Message, changed) + ": the signer made it in another way than the message says."
		case repair.NamespaceContext:
			f.Message = strings.TrimSuffix(f.Message, changed) + ": what is declared around it was changed."
		}
		f.Cause, f.Fix = digestCause(p, r)
		return
	}
	if t != nil {
		evidence := fmt.Sprintf("the signature itself is genuine: it verifies with %s; none of %s ways of undoing a damage brings the digest back", describeTrial(t), countText(result.Tried()))
		if result.Bounded {
			evidence += ", and the search was stopped at its limit"
		}
		f.Cause, f.Fix = proven(digestCauses, causeContentEdited, "", evidence)
	}
}

// signedInfoProof is the proof that SignedInfo was edited, when undoing it makes
// the digest of r right as well: then its content is unharmed.
func (in *Input) signedInfoProof(s *signature, r *xmldsig.Reference) *repair.Proof {
	result := in.facts.values()[s]
	if result == nil || result.Proof == nil || result.Proof.Cause != repair.SignedInfoEdited || result.Proof.Text == "" {
		return nil
	}
	doc := xmldoc.Parse([]byte(result.Proof.Text), xmldoc.Options{Encoding: "UTF-8"})
	place := slices.IndexFunc(xmldsig.Find(s.Index()), func(o *xmldsig.Signature) bool { return o.Node == s.Node })
	number := slices.Index(s.References, r)
	found := xmldsig.Find(s.Index().Like(doc))
	if place < 0 || number < 0 || place >= len(found) || number >= len(found[place].References) || !found[place].References[number].Digest().Match {
		return nil
	}
	return result.Proof
}

func describeTrial(t *trial) string {
	return t.cert.Describe() + " (" + t.from + ")"
}
