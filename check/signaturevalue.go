package check

import (
	"crypto"
	"crypto/dsa" //nolint:staticcheck // old signatures are verified too
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/repair"
)

var signatureValue = &Rule{
	ID:       "signature-value",
	Title:    "The signature does not verify with the IdP's key",
	Question: "Does SignatureValue verify with the certificate that should have made it?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "SignatureValue shows that the owner of the private key made the signature. When it does not verify, another key made it, or the signed part or the value was changed.",
		Spec: "xmldsig-core1 section 3.2.2 (signature validation), saml-core-2.0-os section 5.4",
		Likely: []string{
			"The IdP signs with a new key, and the service still has the old certificate.",
			"SignedInfo or SignatureValue was changed or cut on the way.",
			"The certificate given belongs to another IdP, tenant or environment.",
		},
		Fix: []string{
			"At the IdP, see which certificate signs for this service, and import exactly that one at the service.",
			"If the certificate is right, post exactly what the IdP made.",
		},
	},
	Reasons: []Reason{
		{"wrong-key", "another key made the signature, or the value was damaged"},
		{"edited", "the key is right, but SignedInfo was changed after signing"},
		{"other-method", "the key is right, but the value was made in another way than SignatureMethod says"},
		{"same-key", "the message carries another certificate for the configured key"},
		{"encoding", "the value is of a form that XML Signature does not allow"},
		{"missing", "there is no SignatureValue, or it cannot be read"},
		{"unusable", "algorithm or key cannot be used for verification"},
		{"bad-certificate", "the certificate in the message cannot be read, and no other is known"},
	},
	Needs:     []string{"--idp-cert", "--idp-metadata"},
	Causes:    valueCauses,
	Essential: true,
	Run:       runSignatureValue,
}

func runSignatureValue(in *Input) Outcome {
	if out, ok := in.signable(); !ok {
		return out
	}
	sigs := in.judged()
	if len(sigs) == 0 {
		return in.noSignature()
	}
	var outs []Outcome
	for _, s := range sigs[:min(len(sigs), maxJudged)] {
		if !s.Node.Closed() {
			outs = append(outs, unseen("the message breaks off inside its signature"))
			continue
		}
		out := in.valueOutcome(s)
		for i := range out.Findings {
			out.Findings[i].Fix = in.asRecorded(out.Findings[i].Fix)
		}
		outs = append(outs, out)
	}
	if len(sigs) > maxJudged {
		outs = append(outs, tooMany(len(sigs)))
	}
	return together(outs...)
}

func (in *Input) valueOutcome(s *signature) Outcome {
	trials := s.trials()
	if signer(trials) != nil {
		return found(s.otherCertificate(trials)...) // whether it is a trusted one is for signing-certificate
	}
	where := s.Node
	if len(s.Values) > 0 {
		where = s.Values[0]
	}
	best := bestTrial(trials)
	if best == nil {
		if v := s.VerifyValue(nil); v.Reason == xmldsig.ReasonMissing || v.Reason == xmldsig.ReasonBadBase64 {
			best = &trial{verdict: v}
		} else if f, bad := s.badCertificate(); bad {
			return found(f)
		} else {
			return skip("no certificate is known, and the message carries none", "--idp-cert", "--idp-metadata")
		}
	}
	f := node(where, valueFault(s.about(), s.Signature, best))
	if t := verifier(trials, roleOther); t != nil {
		f.Cause = otherKey(trials)
		f.Fix = causeDoc(valueCauses, causeOtherKnownKey).Fix
		return found(f)
	}
	if result := in.facts.values()[s]; result != nil {
		f.Tried, f.Bounded = triedIn(result), result.Bounded
		if result.Proof != nil {
			s.explainValue(&f, result.Proof, trials)
			return found(f)
		}
	}
	if best.verdict.Reason == xmldsig.ReasonWrongKey && best.verdict.Length == best.verdict.WantLength {
		f.Cause, f.Fix = proven(valueCauses, causeWrongKey, "", noneOpens(trials))
	}
	return found(f)
}

// otherCertificate warns when the configured key verifies, but the message
// carries another certificate for it.
func (s *signature) otherCertificate(trials []trial) []Finding {
	t := verifier(trials, roleTrusted)
	if t == nil || t.cert.Bare() {
		return nil
	}
	var embedded *trial
	for i := range trials {
		switch o := &trials[i]; {
		case o.cert.KeySHA256 != t.cert.KeySHA256 || o.cert.Bare():
		case o.role == roleEmbedded && embedded == nil:
			embedded = o
		}
	}
	if embedded == nil || slices.ContainsFunc(trials, func(o trial) bool { return o.role == roleTrusted && o.cert.SHA256 == embedded.cert.SHA256 }) {
		return nil
	}
	f := node(s.Node, Finding{
		Reason:       "same-key",
		Severity:     expect.SeverityWarning,
		Message:      fmt.Sprintf("%s verifies with the key of %s, but the message carries another certificate for the same key, %s.", s.about(), describeTrial(t), embedded.cert.Describe()),
		Expected:     certificateLines(t.cert),
		ExpectedFrom: t.from,
		Actual:       certificateLines(embedded.cert),
		Note:         "Software that compares keys takes it; what compares certificates or fingerprints does not.",
	})
	f.Cause, f.Fix = proven(valueCauses, causeSameKey, "", "both certificates hold the same key, with which the signature verifies")
	return []Finding{f}
}

// noneOpens says which keys were tried in vain.
func noneOpens(trials []trial) string {
	var names []string
	for i := range trials {
		name := describeTrial(&trials[i])
		if !slices.Contains(names, name) && len(names) < maxListed {
			names = append(names, name)
		}
	}
	return "as RSA the value opens with none of the keys at hand, and it is as long as it has to be: " + strings.Join(names, "; ")
}

// explainValue puts into the finding what the search has proved.
func (s *signature) explainValue(f *Finding, p *repair.Proof, trials []trial) {
	key := ""
	for i := range trials {
		if sameKey(trials[i].cert.PublicKey, p.Key) {
			key = describeTrial(&trials[i])
			break
		}
	}
	right := fmt.Sprintf("%s was made with the right key, %s", s.about(), key)
	backs := "the signature verifies with " + key
	evidence, text := changesText(p, backs), ""
	switch p.Cause {
	case repair.SignatureMethod:
		f.Reason, f.Message = "other-method", fmt.Sprintf("%s, but by the algorithm %s, where SignatureMethod says %s.", right, shortAlgorithm(p.Used), shortAlgorithm(s.SignatureMethod))
		evidence = fmt.Sprintf("by %s, %s", p.Used, backs)
	case repair.Canonicalization:
		f.Reason, f.Message = "other-method", right+", but SignedInfo was canonicalized by another method than CanonicalizationMethod says."
		evidence = fmt.Sprintf("canonicalized by %s, %s; declared is %s", p.Used, backs, s.CanonicalizationMethod)
	case repair.InclusiveNamespaces:
		f.Reason, f.Message = "other-method", right+", but SignedInfo was canonicalized with another PrefixList than CanonicalizationMethod declares."
		evidence = "canonicalized " + withPrefixes(p.Used) + ", " + backs
	case repair.NamespaceContext:
		f.Reason, f.Message = "edited", right+", but other namespaces were in scope at SignedInfo then."
		if p.Total == 0 {
			evidence = undeclared(p.Used) + backs
		}
	default:
		f.Reason, f.Message = "edited", fmt.Sprintf("%s, but over another SignedInfo: %s.", right, fieldText(p.Field))
		text = signedInfoText(p.Field)
	}
	f.Cause, f.Fix = proven(valueCauses, string(p.Cause), text, evidence)
	if p.Cause == repair.SignedInfoEdited {
		f.Cause.Field = p.Field
		f.Fix = signedInfoFix(p.Field)
	}
	f.Expected, f.Actual, f.ExpectedFrom, f.Note = nil, nil, "", ""
}

// signedInfoText is what was done to a field of SignedInfo, as a cause.
func signedInfoText(field string) string {
	return "in SignedInfo, the part that is signed with the key, " + fieldText(field)
}

// signedInfoFix says what to do about it: white space comes from formatting, a
// field from somebody's hand or a program's.
func signedInfoFix(field string) string {
	if field == "whitespace" {
		return signedInfoEdited.Fix
	}
	return "The certificate is right. No edit inside a signature can survive: post exactly what the IdP made. " + fixLive + fixOnWay
}

// fieldText says what became of a field of SignedInfo.
func fieldText(field string) string {
	if field == "whitespace" {
		return "its blanks and line breaks were changed after signing"
	}
	verb := " was changed after signing"
	if strings.Contains(field, " and ") || field == "Transforms" {
		verb = " were changed after signing"
	}
	return field + verb
}

func shortAlgorithm(uri string) string { return uri[strings.LastIndexByte(uri, '#')+1:] }

// sameKey reports whether two public keys are equal.
func sameKey(a, b crypto.PublicKey) bool {
	if e, ok := a.(interface{ Equal(crypto.PublicKey) bool }); ok {
		return e.Equal(b)
	}
	da, isDSA := a.(*dsa.PublicKey)
	db, bothDSA := b.(*dsa.PublicKey)
	return isDSA && bothDSA && da == db
}

// badCertificate is the finding for a certificate in KeyInfo that cannot be read.
func (s *signature) badCertificate() (Finding, bool) {
	for _, k := range s.KeyInfo().Keys {
		if k.Err != nil {
			return node(k.Node, Finding{
				Reason:  "bad-certificate",
				Message: fmt.Sprintf("The %s in the message cannot be read (%v), and no other certificate is known to verify with.", k.Node.Name().Local, k.Err),
				Fix:     "Ask again with the IdP's certificate (--idp-cert or --idp-metadata); at the IdP, correct the certificate that it puts into its messages.",
			}), true
		}
	}
	return Finding{}, false
}

// bestTrial is the trial that tells most about why the value does not verify.
func bestTrial(trials []trial) *trial {
	var best *trial
	for i := range trials {
		t := &trials[i]
		if t.role == roleOther {
			continue
		}
		switch {
		case best == nil,
			t.verdict.KeyFits && !best.verdict.KeyFits,
			best.verdict.Reason == xmldsig.ReasonUnusableKey || best.verdict.Reason == xmldsig.ReasonKeyTypeMismatch:
			best = t
		}
	}
	return best
}

// fixDamagedValue and likelyDamagedValue are for a value that is not there or no
// value at all: no certificate is the matter.
const fixDamagedValue = "Post exactly what the IdP made. If it is so in the IdP's own log too, its signing is at fault: ask its vendor."

func likelyDamagedValue() []string {
	return []string{
		"The signature was emptied or damaged on the way, by a tool or by hand.",
		"The IdP was to sign and could not: its key is missing, locked or expired.",
	}
}

// valueFault says why a value does not verify with the key of t.
func valueFault(about string, s *xmldsig.Signature, t *trial) Finding {
	v := t.verdict
	key := ""
	if t.cert != nil {
		key = t.cert.Describe() + " (" + t.from + ")"
	}
	f := Finding{Actual: nil}
	switch v.Reason {
	case xmldsig.ReasonMissing:
		f.Reason, f.Message, f.Fix, f.Likely = "missing", about+" has no SignatureValue, or an empty one.", fixDamagedValue, likelyDamagedValue()
	case xmldsig.ReasonBadBase64:
		f.Reason, f.Message = "missing", fmt.Sprintf("%s cannot be verified: SignatureValue is not base64 (%v).", about, v.Err)
		f.Fix, f.Likely = fixDamagedValue, likelyDamagedValue()
	case xmldsig.ReasonOtherContent:
		f.Reason = "edited"
		f.Message = fmt.Sprintf("%s was made with the right key, %s, but over another SignedInfo: SignedInfo was changed after signing.", about, key)
		f.Cause, f.Fix = proven(valueCauses, string(repair.SignedInfoEdited), "", "the value opens with this key, to the digest of another SignedInfo")
	case xmldsig.ReasonOtherHash:
		f.Reason = "other-method"
		f.Message = fmt.Sprintf("%s was made with %s, but SignatureMethod says %q.", about, hashName(v.Signed.String()), s.SignatureMethod)
		if v.ContentFits {
			f.Cause, f.Fix = proven(valueCauses, string(repair.SignatureMethod), "SignatureMethod names another hash than the one that was used", "with "+hashName(v.Signed.String())+" the value verifies with "+key)
		}
	case xmldsig.ReasonOtherPadding:
		f.Reason, f.Message = "other-method", fmt.Sprintf("%s was made with the right key, %s, but padded in another way than SignatureMethod %q says.", about, key, s.SignatureMethod)
	case xmldsig.ReasonNonstandardAlgorithm:
		f.Reason, f.Message = "other-method", fmt.Sprintf("%s would verify with %s, but no specification defines its SignatureMethod %q.", about, key, s.SignatureMethod)
	case xmldsig.ReasonDEREncoded:
		f.Reason = "encoding"
		f.Message = about + " is ECDSA in DER form, where XML Signature wants r and s one after the other."
		f.Cause, f.Fix = proven(valueCauses, causeDER, "", "read as DER it verifies with "+key)
	case xmldsig.ReasonTruncated, xmldsig.ReasonTooLong:
		f.Reason = "encoding"
		f.Message = fmt.Sprintf("%s cannot have been made with %s: SignatureValue is %d bytes long, not %d.", about, key, v.Length, v.WantLength)
		if keyOfLength(v.Length) {
			f.Reason = "wrong-key"
			f.Note = fmt.Sprintf("%d bytes are what a key of %d bits makes: another key made the signature, unless the value was cut off just there.", v.Length, 8*v.Length)
		} else if v.Reason == xmldsig.ReasonTruncated {
			f.Cause, f.Fix = proven(valueCauses, causeTruncated, "", fmt.Sprintf("this key makes %d bytes, and %d of them are missing", v.WantLength, v.WantLength-v.Length))
		}
	case xmldsig.ReasonUnsupportedAlgorithm:
		f.Reason, f.Message = "unusable", fmt.Sprintf("%s cannot be verified: the algorithm %q is not one that a certificate verifies here.", about, s.SignatureMethod)
		f.Fix = "At the IdP, choose RSA-SHA256 (or ECDSA-SHA256) as the signature algorithm for this service."
		f.Likely = []string{"The IdP is set to an algorithm that is not for certificates, or its name is mistyped there."}
	case xmldsig.ReasonKeyTypeMismatch:
		f.Reason, f.Message = "unusable", fmt.Sprintf("%s is of another kind than the key: %q does not verify with %s.", about, s.SignatureMethod, key)
	case xmldsig.ReasonUnusableKey:
		f.Reason, f.Message = "unusable", fmt.Sprintf("%s cannot be verified: the key of %s cannot be used.", about, key)
	case xmldsig.ReasonUnreadable:
		f.Reason, f.Message = "unusable", fmt.Sprintf("%s cannot be verified: %v.", about, v.Err)
	default:
		f.Reason = "wrong-key"
		f.Message = fmt.Sprintf("%s does not verify with %s: another key made it, or the value was damaged.", about, key)
		if v.Reason == xmldsig.ReasonMismatch {
			f.Message = fmt.Sprintf("%s does not verify with %s: another key made it, or SignedInfo or the value was changed.", about, key)
			f.Note = "Unlike RSA's, such a value does not tell whose key made it."
		}
	}
	return f
}

// keyOfLength reports whether n bytes are what a usual RSA key makes, of 1,024
// bits and more in steps of 512: such a value need not have been cut off.
func keyOfLength(n int) bool { return n >= 128 && n%64 == 0 }

// otherKey is the cause when a key that is known, but not as the one that signs,
// verifies; nil without.
func otherKey(trials []trial) *Cause {
	t := verifier(trials, roleOther)
	if t == nil {
		return nil
	}
	c, _ := proven(valueCauses, causeOtherKnownKey, "it was made with a key that is known, but not for signing: "+t.from, "it verifies with "+t.cert.Describe()+", SHA-1 "+t.cert.SHA1)
	return c
}
