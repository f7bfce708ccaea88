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
	"github.com/samlwhy/samlwhy/decode/xmlenc"
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
		why := d.Err.Error()
		if _, ok := errors.AsType[base64.CorruptInputError](d.Err); ok && len(r.DigestValues) > 0 {
			why = fmt.Sprintf("its DigestValue %s is not base64", quote(r.DigestValues[0].Text()))
		}
		about := s.about()
		f := node(r.Node, Finding{
			Reason:  "unreadable",
			Message: fmt.Sprintf("The digest of what %s signs cannot be compared: %s.", strings.ToLower(about[:1])+about[1:], why),
		})
		if p := in.signedInfoProof(s, r); p != nil {
			in.explainSignedInfo(&f, p)
		}
		return f, true
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
	if signed := signedNamesake(r); signed != nil {
		f.Message = fmt.Sprintf("%s signs another element with the ID %s than the first one, %s.", s.about(), quote(r.ID), r.Target.Path())
		f.Cause, f.Fix = proven(digestCauses, causeDuplicateID, "", "the digest is that of "+signed.Path()+", which has the same ID")
		return
	}
	f.Tried, f.Bounded = triedIn(result), result.Bounded
	t := signer(s.trials())
	if p := in.signedInfoProof(s, r); p != nil {
		what, ok := strings.CutSuffix(f.Message, " does not have the digest that was signed"+changed)
		switch {
		case ok && strings.Contains(p.Field, "Reference/@URI"):
			f.Message = fmt.Sprintf("%s points to the element with the ID %s and was made for another one: its Reference was changed after signing.", s.about(), quote(strings.TrimPrefix(r.URI, "#")))
		case ok:
			f.Message = what + " is as it was signed, but does not fit what SignedInfo says of it: that was changed after signing."
		}
		in.explainSignedInfo(f, p)
		return
	}
	if p := result.Proof; p != nil {
		if p.Used == xmldsig.TransformXPath && len(r.Targets) > 1 {
			// Signed is the first one, by its own signature, of which this is a copy.
			f.Message = fmt.Sprintf("%s refers to %s, the first element with the ID %s, but does not belong there.", s.about(), r.Target.Path(), quote(r.ID))
			f.Cause, f.Fix = proven(digestCauses, causeDuplicateID, "", "without the signatures inside it the element has the signed digest; this signature is a copy that stands elsewhere")
			return
		}
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
		f.Fix = in.asRecorded(f.Fix)
		return
	}
	if t != nil {
		evidence := fmt.Sprintf("the signature itself is genuine: it verifies with %s; none of %s ways of undoing a damage brings the digest back", describeTrial(t), countText(result.Tried()))
		if result.Bounded {
			evidence += ", and the search was stopped at its limit"
		}
		f.Cause, f.Fix = proven(digestCauses, causeContentEdited, "", evidence)
		f.Fix, f.Note = in.asRecorded(f.Fix), in.untried(r)
	}
}

// signedNamesake is the element with the ID of r that has the signed digest, where
// the first one with that ID has not; nil without.
func signedNamesake(r *xmldsig.Reference) *xmldoc.Node {
	const most = 4
	for _, n := range r.Targets[:min(len(r.Targets), most)] {
		if n != r.Target && r.DigestOf(n).Match {
			return n
		}
	}
	return nil
}

// explainSignedInfo puts into the finding that p has proved an edit of SignedInfo.
func (in *Input) explainSignedInfo(f *Finding, p *repair.Proof) {
	f.Cause, _ = proven(digestCauses, string(repair.SignedInfoEdited), signedInfoText(p.Field), changesText(p, "the digest matches and the signature verifies"))
	f.Cause.Field = p.Field
	f.Fix = in.asRecorded(signedInfoFix(p.Field))
}

// untried says what would explain the digest of r and could not be tried for want
// of something that whoever asks may have; empty without.
func (in *Input) untried(r *xmldsig.Reference) string {
	var list []string
	if slices.ContainsFunc(in.Message.Opened, func(o *xmlenc.Opening) bool {
		return o.Document == nil && o.Data != nil && o.Data.Document() == r.Node.Document() && (r.Target == nil || within(o.Data, r.Target))
	}) {
		list = append(list, "what is encrypted in it is not open, so that signing before encrypting cannot be told from a change ("+expect.FlagSPKey+")")
	}
	if w, known := in.sentRequest(); (!known || w.None) && in.request() == nil && lacksInResponseTo(r.Target) {
		list = append(list, "it has no InResponseTo, and if that was deleted, only the request's ID can prove it (--request-id or --request)")
	}
	if len(list) == 0 {
		return ""
	}
	return "Could not be tried: " + strings.Join(list, "; ") + "."
}

// lacksInResponseTo reports whether top could have lost an InResponseTo: a place
// for one is in it, and none is there that has one.
func lacksInResponseTo(top *xmldoc.Node) bool {
	if top == nil {
		return false
	}
	lacks := false
	for _, p := range placesOf(top) {
		if p.kind == kindRequest {
			if p.there {
				return false
			}
			lacks = true
		}
	}
	return lacks
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
