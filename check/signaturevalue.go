package check

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
)

var signatureAlgorithm = &Rule{
	ID:       "signature-algorithm",
	Title:    "A signature algorithm is unknown or unsound",
	Question: "Are the algorithms of signature and digest known and sound?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "A service verifies only algorithms that it knows. SHA-1 and MD5 no longer protect against forgery, and more and more services refuse them.",
		Spec: "xmldsig-core1 section 6, RFC 9231 section 2; NIST SP 800-131A on SHA-1",
		Likely: []string{
			"The IdP was set up years ago, when SHA-1 was the default.",
			"The algorithm URI was typed by hand: rsa-sha1 is in xmldsig#, rsa-sha256 in xmldsig-more#.",
		},
		Fix: []string{
			"At the IdP, choose RSA-SHA256 (or ECDSA-SHA256) with SHA-256 as digest for this service.",
			"AD FS: relying party trust > Properties > Advanced > Secure hash algorithm: SHA-256.",
		},
	},
	Reasons: []Reason{
		{"unknown", "the algorithm is not known"},
		{"non-standard", "no specification defines the algorithm's URI, though it is clear what is meant"},
		{"shared-secret", "HMAC needs a shared secret, which SAML has not"},
		{"sha1", "SHA-1 is used"},
		{"md5", "MD5 is used"},
		{"dsa", "DSA is used"},
	},
	Run: runSignatureAlgorithm,
}

func runSignatureAlgorithm(in *Input) Outcome {
	if out, ok := in.signable(); !ok {
		return out
	}
	sigAlg := in.Message.SigAlg
	if len(in.signatures()) == 0 && sigAlg == nil {
		return in.noSignature()
	}
	var fs []Finding
	for _, s := range in.signatures() {
		if !s.Node.Closed() {
			continue
		}
		if s.SignatureMethod != "" {
			fs = append(fs, algorithmFaults(s.Algorithm, func(f Finding) Finding { return node(s.SignedInfos[0], f) })...)
		}
		for _, r := range s.References {
			fs = append(fs, digestMethodFaults(r)...)
		}
		if len(fs) >= maxFindings {
			break
		}
	}
	if sigAlg != nil {
		fs = append(fs, algorithmFaults(xmldsig.SignatureAlgorithmOf(sigAlg.Value), func(f Finding) Finding { return f })...)
	}
	return found(fs...)
}

func algorithmFaults(a xmldsig.SignatureAlgorithm, at func(Finding) Finding) []Finding {
	short := a.URI[strings.LastIndexByte(a.URI, '#')+1:]
	fault := func(reason string, severity expect.Severity, text string) Finding {
		return at(Finding{Reason: reason, Severity: severity, Message: text, Actual: []string{a.URI}})
	}
	switch {
	case a.Family == xmldsig.Other:
		return []Finding{fault("unknown", "", fmt.Sprintf("The signature algorithm %q is not known.", a.URI))}
	case a.Family == xmldsig.HMAC:
		return []Finding{fault("shared-secret", "", fmt.Sprintf("The signature algorithm %q needs a shared secret, where the IdP's certificate is expected to verify.", a.URI))}
	}
	var fs []Finding
	if a.Nonstandard {
		fs = append(fs, fault("non-standard", "", fmt.Sprintf("The signature algorithm %q stands in the wrong namespace: no specification defines it, and services do not know it.", a.URI)))
	}
	switch hash := hashName(a.Hash.String()); {
	case hash == "SHA-1":
		fs = append(fs, fault("sha1", expect.SeverityWarning, fmt.Sprintf("The signature algorithm is %s; SHA-1 no longer protects against forgery.", short)))
	case hash == "MD5":
		fs = append(fs, fault("md5", expect.SeverityWarning, fmt.Sprintf("The signature algorithm is %s; MD5 does not protect against forgery at all.", short)))
	case a.Family == xmldsig.DSA:
		fs = append(fs, fault("dsa", expect.SeverityWarning, fmt.Sprintf("The signature algorithm is %s; DSA is withdrawn, and few services verify it.", short)))
	}
	return fs
}

func digestMethodFaults(r *xmldsig.Reference) []Finding {
	fault := func(reason string, severity expect.Severity, text string) []Finding {
		return []Finding{node(r.Node, Finding{Reason: reason, Severity: severity, Message: text, Actual: []string{r.DigestMethod}})}
	}
	switch name := hashName(r.Hash.String()); {
	case r.DigestMethod == "":
		return nil // signature-profile tells
	case r.Hash == 0:
		return fault("unknown", "", fmt.Sprintf("The digest method %q is not known.", r.DigestMethod))
	case name == "SHA-1":
		return fault("sha1", expect.SeverityWarning, "The digest method is SHA-1, which no longer protects against forgery.")
	case name == "MD5":
		return fault("md5", expect.SeverityWarning, "The digest method is MD5, which does not protect against forgery at all.")
	}
	return nil
}

func hashName(s string) string { return strings.TrimPrefix(s, "crypto.") }

var signatureDigest = &Rule{
	ID:       "signature-digest",
	Title:    "The content was changed after it was signed",
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
			if f, wrong := s.digestFault(r); wrong {
				fs = append(fs, f)
			}
		}
		if len(fs) >= maxFindings {
			break
		}
	}
	return found(fs...)
}

func (s *signature) digestFault(r *xmldsig.Reference) (Finding, bool) {
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
	if t := signer(s.trials()); t != nil {
		f.Note = "The signature itself is genuine (it verifies with " + describeTrial(t) + "): it is the content that was changed."
	}
	return f, true
}

func describeTrial(t *trial) string {
	return t.cert.Describe() + ", " + t.from
}

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
		{"encoding", "the value is of a form that XML Signature does not allow"},
		{"missing", "there is no SignatureValue, or it cannot be read"},
		{"unusable", "algorithm or key cannot be used for verification"},
		{"bad-certificate", "the certificate in the message cannot be read, and no other is known"},
	},
	Needs:     []string{"--idp-cert", "--idp-metadata"},
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
		outs = append(outs, in.valueOutcome(s))
	}
	if len(sigs) > maxJudged {
		outs = append(outs, tooMany(len(sigs)))
	}
	return together(outs...)
}

func (in *Input) valueOutcome(s *signature) Outcome {
	trials := s.trials()
	if signer(trials) != nil {
		return pass() // whether it is a trusted one is for signing-certificate
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
	f.Cause = cmp.Or(otherKey(trials), f.Cause)
	return found(f)
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
		f.Reason, f.Message = "missing", about+" has no SignatureValue, or an empty one."
	case xmldsig.ReasonBadBase64:
		f.Reason, f.Message = "missing", fmt.Sprintf("%s cannot be verified: SignatureValue is not base64 (%v).", about, v.Err)
	case xmldsig.ReasonOtherContent:
		f.Reason = "edited"
		f.Message = fmt.Sprintf("%s was made with the right key, %s, but over another SignedInfo: SignedInfo was changed after signing.", about, key)
		f.Cause = &Cause{ID: "signed-info-edited", Index: -1, Text: "SignedInfo was changed after signing", Evidence: "the value opens with this key, to the digest of another SignedInfo"}
		f.Fix = "The certificate is right. Find what changes the message between IdP and service (a proxy, a script, copy and paste), and post exactly what the IdP made."
	case xmldsig.ReasonOtherHash:
		f.Reason = "other-method"
		f.Message = fmt.Sprintf("%s was made with %s, but SignatureMethod says %q.", about, hashName(v.Signed.String()), s.SignatureMethod)
		if v.ContentFits {
			f.Cause = &Cause{ID: "signature-method", Index: -1, Text: "SignatureMethod names another hash than the one that was used", Evidence: "with " + hashName(v.Signed.String()) + " the value verifies with " + key}
		}
	case xmldsig.ReasonOtherPadding:
		f.Reason, f.Message = "other-method", fmt.Sprintf("%s was made with the right key, %s, but padded in another way than SignatureMethod %q says.", about, key, s.SignatureMethod)
	case xmldsig.ReasonNonstandardAlgorithm:
		f.Reason, f.Message = "other-method", fmt.Sprintf("%s would verify with %s, but no specification defines its SignatureMethod %q.", about, key, s.SignatureMethod)
	case xmldsig.ReasonDEREncoded:
		f.Reason = "encoding"
		f.Message = about + " is ECDSA in DER form, where XML Signature wants r and s one after the other."
		f.Cause = &Cause{ID: "der-encoded", Index: -1, Text: "the signer wrote the value as its library gave it (ASN.1 DER)", Evidence: "read as DER it verifies with " + key}
	case xmldsig.ReasonTruncated, xmldsig.ReasonTooLong:
		f.Reason = "encoding"
		f.Message = fmt.Sprintf("%s cannot have been made with %s: SignatureValue is %d bytes long, not %d.", about, key, v.Length, v.WantLength)
	case xmldsig.ReasonUnsupportedAlgorithm:
		f.Reason, f.Message = "unusable", fmt.Sprintf("%s cannot be verified: the algorithm %q is not one that a certificate verifies here.", about, s.SignatureMethod)
		f.Fix = "At the IdP, choose RSA-SHA256 (or ECDSA-SHA256) as the signature algorithm for this service."
	case xmldsig.ReasonKeyTypeMismatch:
		f.Reason, f.Message = "unusable", fmt.Sprintf("%s is of another kind than the key: %q does not verify with %s.", about, s.SignatureMethod, key)
	case xmldsig.ReasonUnusableKey:
		f.Reason, f.Message = "unusable", fmt.Sprintf("%s cannot be verified: the key of %s cannot be used.", about, key)
	case xmldsig.ReasonUnreadable:
		f.Reason, f.Message = "unusable", fmt.Sprintf("%s cannot be verified: %v.", about, v.Err)
	default:
		f.Reason = "wrong-key"
		f.Message = fmt.Sprintf("%s does not verify with %s: another key made it, or the value was damaged.", about, key)
	}
	return f
}

// otherKey is the cause when a key that is known, but not as the one that signs,
// verifies; nil without.
func otherKey(trials []trial) *Cause {
	t := verifier(trials, roleOther)
	if t == nil {
		return nil
	}
	return &Cause{ID: "other-known-key", Index: -1, Text: "it was made with a key that is known, but not for signing: " + t.from, Evidence: "it verifies with " + t.cert.Describe() + ", SHA-1 " + t.cert.SHA1}
}
