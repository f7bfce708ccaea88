package check

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/metadata"
)

var signingCertificate = &Rule{
	ID:       "signing-certificate",
	Title:    "The message was not signed with the configured certificate",
	Question: "Is the certificate that verifies one of those configured?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The certificate inside a message proves nothing: everybody can sign with a key of their own. The service trusts the certificate that was configured for the IdP, and after the IdP renews its own the two no longer match.",
		Spec: "saml-core-2.0-os section 5.4.5; saml-metadata-2.0-os section 2.4.1.1",
		Likely: []string{
			"The IdP has renewed its signing certificate, and the service still has the old one.",
			"The certificate of another IdP, tenant or environment is configured at the service.",
		},
		Fix: []string{
			"At the IdP, export the active signing certificate (or the metadata), and import it at the service.",
			"Compare fingerprints: the service's console and the IdP's must show the same SHA-1 or SHA-256.",
		},
	},
	Reasons: []Reason{
		{"not-configured", "the configuration says that there is no certificate"},
		{"other-certificate", "it was signed with another certificate than the configured ones"},
		{"only-fingerprint", "of the configured one only the fingerprint is known, and the message brings none along"},
	},
	Needs:     []string{"--idp-cert", "--idp-metadata"},
	Essential: true,
	Run:       runSigningCertificate,
}

func runSigningCertificate(in *Input) Outcome {
	if out, ok := in.signable(); !ok {
		return out
	}
	if none := in.Expect.NoCertificate; none.Value {
		return found(Finding{
			Reason:       "not-configured",
			Message:      "No signing certificate of the IdP is configured at the service (" + none.From + "), so that it can verify nothing.",
			ExpectedFrom: none.From,
		})
	}
	sigs := in.judged()
	if len(sigs) == 0 && in.Message.Signature == nil {
		return in.noSignature()
	}
	if len(in.Expect.Certificates)+len(in.Expect.Fingerprints) == 0 {
		return skip("no certificate of the IdP is given", "--idp-cert", "--idp-metadata")
	}
	var outs []Outcome
	for _, s := range sigs[:min(len(sigs), maxJudged)] {
		if !s.Node.Closed() {
			outs = append(outs, unseen("the message breaks off inside its signature"))
			continue
		}
		outs = append(outs, in.trustOutcome(s.about(), s.trials(), func(f Finding) Finding { return node(s.Node, f) }))
	}
	if len(sigs) > maxJudged {
		outs = append(outs, tooMany(len(sigs)))
	}
	if in.Message.Signature != nil {
		outs = append(outs, in.trustOutcome("The signature in the URL", in.redirectTrials(), func(f Finding) Finding { return f }))
	}
	return together(outs...)
}

// trustOutcome judges who signed by the keys that were tried.
func (in *Input) trustOutcome(about string, trials []trial, at func(Finding) Finding) Outcome {
	if verifier(trials, roleTrusted) != nil {
		return pass()
	}
	f := Finding{Reason: "other-certificate"}
	for i := range in.Expect.Certificates[:min(len(in.Expect.Certificates), maxListed)] {
		c := &in.Expect.Certificates[i]
		f.Expected, f.ExpectedFrom = append(f.Expected, certificateLines(&c.Certificate)...), c.From
	}
	for _, p := range in.Expect.Fingerprints[:min(len(in.Expect.Fingerprints), maxListed)] {
		f.Expected, f.ExpectedFrom = append(f.Expected, p.String()), p.From
	}
	if t := verifier(trials, roleEmbedded); t != nil {
		f.Message = fmt.Sprintf("%s was made with the certificate in the message, %s, and not with the configured one.", about, t.cert.Describe())
		f.Actual = certificateLines(t.cert)
		if renewed(in.Expect.Certificates, t.cert) {
			f.Note = "Subject and issuer are the same, as after a renewal of the certificate."
		}
		f.Fix = "At the service, import the IdP's signing certificate with the SHA-1 fingerprint " + t.cert.SHA1 + "."
		return found(at(f))
	}
	if t := verifier(trials, roleOther); t != nil {
		f.Message = fmt.Sprintf("%s was made with another key that is known, %s (%s), and not with the configured one.", about, t.cert.Describe(), t.from)
		f.Actual = certificateLines(t.cert)
		f.Cause = otherKey(trials)
		return found(at(f))
	}
	// A certificate in the message that is not the configured one tells as much,
	// though the signature is broken besides.
	for i := range trials {
		t := &trials[i]
		if t.role == roleEmbedded && !t.cert.Bare() && !slices.ContainsFunc(trials, func(o trial) bool { return o.role == roleTrusted && o.cert.KeySHA256 == t.cert.KeySHA256 }) {
			f.Message = fmt.Sprintf("The certificate in the message, %s, is not the configured one.", t.cert.Describe())
			f.Actual = certificateLines(t.cert)
			return found(at(f))
		}
	}
	for _, t := range trials {
		if t.role == roleTrusted && t.verdict.KeyFits {
			return pass() // the right key; what is wrong with the value is for signature-value
		}
	}
	if slices.ContainsFunc(trials, func(t trial) bool { return t.role == roleTrusted }) && !slices.ContainsFunc(trials, func(t trial) bool { return t.role == roleTrusted && tellsKey(t.verdict) }) {
		return skip("what is wrong with the signature, see signature-value, hides which certificate made it")
	}
	if len(in.Expect.Certificates) == 0 {
		f.Reason = "only-fingerprint"
		f.Message = fmt.Sprintf("%s cannot be verified: the message brings no certificate along, and of the IdP's only a fingerprint is configured.", about)
		f.Fix = "At the service, import the IdP's signing certificate itself instead of its fingerprint; or at the IdP, have the certificate put into the message."
		return found(at(f))
	}
	f.Message = fmt.Sprintf("%s does not verify with the configured certificate, and the message does not carry the one that made it.", about)
	return found(at(f))
}

// tellsKey reports whether v tells that another key made the value: what is not
// there, of another length or of an unknown algorithm tells nothing of its maker.
func tellsKey(v xmldsig.ValueVerdict) bool {
	switch v.Reason {
	case xmldsig.ReasonMissing, xmldsig.ReasonBadBase64, xmldsig.ReasonTruncated, xmldsig.ReasonTooLong,
		xmldsig.ReasonUnsupportedAlgorithm, xmldsig.ReasonUnreadable:
		return false
	}
	return true
}

// renewed reports whether c replaces one of the configured certificates.
func renewed(configured []expect.Certificate, c *metadata.Certificate) bool {
	return !c.Bare() && slices.ContainsFunc(configured, func(e expect.Certificate) bool {
		return e.Subject == c.Subject && e.Issuer == c.Issuer && e.SHA256 != c.SHA256
	})
}

var certificateValidity = &Rule{
	ID:       "certificate-validity",
	Title:    "The signing certificate has expired or is not valid yet",
	Question: "Is the signing certificate within its dates at the evaluation time?",
	Group:    GroupSignature,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "Some services refuse a message signed with a certificate that has expired, others look only at the key. It should be renewed before it matters.",
		Spec: "saml-metadata-2.0-os section 2.4.1.1 leaves it to the deployment; RFC 5280 section 4.1.2.5",
		Likely: []string{
			"Nobody renewed the IdP's signing certificate in time.",
			"The IdP was set up with a certificate of one year.",
		},
		Fix: []string{
			"At the IdP, make a new signing certificate; import it at the service beside the old one before switching over.",
		},
	},
	Reasons: []Reason{
		{"expired", "it has expired"},
		{"not-yet-valid", "it is not valid yet"},
		{"expires-soon", "it expires within 30 days"},
	},
	Needs: []string{"--idp-cert", "--idp-metadata"},
	Run:   runCertificateValidity,
}

// soon is how long before its end a certificate is worth a warning.
const soon = 30 * 24 * time.Hour

func runCertificateValidity(in *Input) Outcome {
	certs, out := in.signingCertificates()
	if len(certs) == 0 {
		return out
	}
	now := in.At.Time
	var fs []Finding
	dated := false
	for _, c := range certs {
		if c.NotAfter.IsZero() {
			continue
		}
		dated = true
		if f, ok := datesOf("The signing certificate", c, now); !ok {
			if f.Reason == "expired" {
				f.Fix = "At the IdP, renew the signing certificate, then import the new one at the service."
				if in.refusedWith(certificateExpired) {
					f.Severity = expect.SeverityError
					f.Note = "The service refused the login for it, as its answer says."
				}
			}
			fs = append(fs, f)
		}
	}
	if !dated {
		return skip("the signing key is given without a certificate, so that there are no dates")
	}
	return found(fs...)
}

// datesOf judges the dates of c, which what names at the beginning of a sentence.
func datesOf(what string, c *metadata.Certificate, now time.Time) (f Finding, ok bool) {
	f.Actual = certificateLines(c)
	switch left := c.NotAfter.Sub(now); {
	case c.NotAfter.IsZero():
		return Finding{}, true
	case now.Before(c.NotBefore):
		f.Reason = "not-yet-valid"
		f.Message = fmt.Sprintf("%s %s is valid only from %s on.", what, c.Describe(), day(c.NotBefore))
	case left < 0:
		f.Reason = "expired"
		f.Message = fmt.Sprintf("%s %s expired on %s, %s before %s.", what, c.Describe(), day(c.NotAfter), days(-left), day(now))
	case left < soon:
		f.Reason, f.Severity = "expires-soon", expect.SeverityWarning
		f.Message = fmt.Sprintf("%s %s expires on %s, in %s.", what, c.Describe(), day(c.NotAfter), days(left))
	default:
		return Finding{}, true
	}
	return f, false
}

func day(t time.Time) string { return t.UTC().Format("2 Jan 2006") }

func days(d time.Duration) string {
	n := int(math.Ceil(d.Hours() / 24))
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// signingCertificates are the certificates that signed; when none verifies, the
// configured ones, else those in the message. Without any, the outcome says why.
func (in *Input) signingCertificates() ([]*metadata.Certificate, Outcome) {
	if out, ok := in.signable(); !ok {
		return nil, out
	}
	var all [][]trial
	sigs := in.judged()
	for _, s := range sigs[:min(len(sigs), maxJudged)] {
		all = append(all, s.trials())
	}
	if in.Message.Signature != nil {
		all = append(all, in.redirectTrials())
	}
	if len(all) == 0 {
		return nil, in.noSignature()
	}
	var certs []*metadata.Certificate
	add := func(c *metadata.Certificate) {
		if !slices.ContainsFunc(certs, func(o *metadata.Certificate) bool { return o.SHA256 == c.SHA256 }) {
			certs = append(certs, c)
		}
	}
	for _, trials := range all {
		if t := signer(trials); t != nil {
			add(t.cert)
			continue
		}
		for _, r := range []role{roleTrusted, roleEmbedded} {
			i := slices.IndexFunc(trials, func(t trial) bool { return t.role == r })
			if i >= 0 {
				add(trials[i].cert)
				break
			}
		}
	}
	if len(certs) == 0 {
		return nil, skip("no certificate is known, and the message carries none", "--idp-cert", "--idp-metadata")
	}
	return certs, Outcome{}
}

var certificateStrength = &Rule{
	ID:       "certificate-strength",
	Title:    "The signing certificate is weak",
	Question: "Is the key RSA ≥ 2048 or EC ≥ 256 bits, and the certificate not signed with MD5?",
	Group:    GroupSignature,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "A short key can be broken, and then everybody can sign as the IdP. Some services refuse keys under 2,048 bits.",
		Spec: "NIST SP 800-131A; RFC 8301 section 3.2 gives the same limits for RSA",
		Likely: []string{
			"The certificate was made years ago with the defaults of the time.",
		},
		Fix: []string{
			"At the IdP, make a new signing certificate with RSA 2048 bits or more, or EC P-256, then import it at the service.",
		},
	},
	Reasons: []Reason{
		{"short-key", "the key is too short"},
		{"md5", "the certificate is signed with MD5"},
		{"unreadable", "software in wide use refuses to read the certificate"},
	},
	Needs: []string{"--idp-cert", "--idp-metadata"},
	Run:   runCertificateStrength,
}

func runCertificateStrength(in *Input) Outcome {
	certs, out := in.signingCertificates()
	if len(certs) == 0 {
		return out
	}
	var fs []Finding
	for _, c := range certs {
		fs = append(fs, weaknesses(c)...)
	}
	return found(fs...)
}

// weaknesses are what makes a certificate unfit for use, its dates aside.
func weaknesses(c *metadata.Certificate) []Finding {
	var fs []Finding
	actual := certificateLines(c)
	least := 0
	switch {
	case strings.HasPrefix(c.KeyAlgorithm, "RSA"), c.KeyAlgorithm == "DSA":
		least = 2048
	case strings.HasPrefix(c.KeyAlgorithm, "EC"):
		least = 256
	}
	if c.KeyBits > 0 && c.KeyBits < least {
		fs = append(fs, Finding{Reason: "short-key", Actual: actual,
			Message: fmt.Sprintf("The key of %s has only %d bits; at least %d are expected.", c.Describe(), c.KeyBits, least)})
	}
	if strings.Contains(c.SignatureAlgorithm, "MD5") {
		fs = append(fs, Finding{Reason: "md5", Actual: actual,
			Message: fmt.Sprintf("The certificate %s is signed with MD5, which does not protect against forgery.", c.Describe())})
	}
	if c.ParseError != nil {
		fs = append(fs, Finding{Reason: "unreadable", Actual: actual,
			Message: fmt.Sprintf("The certificate %s breaks rules that other software insists on: %v.", c.Describe(), c.ParseError)})
	}
	return fs
}
