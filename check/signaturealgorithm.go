package check

import (
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
