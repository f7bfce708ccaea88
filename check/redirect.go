package check

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
)

var redirectSignature = &Rule{
	ID:       "redirect-signature",
	Title:    "The signature in the URL does not verify",
	Question: "Does the query-string signature (SigAlg, Signature over the raw octets) verify?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "In the Redirect binding the signature covers the query string exactly as it was sent, percent-encoding included. Re-encoding the URL on the way breaks it.",
		Spec: "saml-bindings-2.0-os section 3.4.4.1",
		Likely: []string{
			"A proxy or a library decoded and encoded the URL anew (%2b for %2B, + for %20), or changed the order of the parameters.",
			"The sender signs with another key than the configured one.",
		},
		Fix: []string{
			"Let nothing between the parties (a proxy, a rewrite rule) decode or rewrite the URL; the receiver must verify the raw query string.",
			"Import the sender's current certificate.",
		},
	},
	Reasons: []Reason{
		{"mismatch", "it does not verify"},
		{"incomplete", "SigAlg or Signature is missing"},
		{"not-base64", "the Signature parameter is not base64"},
		{"algorithm", "the algorithm is not one that can be verified"},
	},
	Needs: []string{"--idp-cert", "--idp-metadata"},
	Run:   runRedirectSignature,
}

func runRedirectSignature(in *Input) Outcome {
	m := in.Message
	if m.SigAlg == nil && m.Signature == nil {
		return notApplicable("the message has no signature in a query string")
	}
	if m.SigAlg == nil || m.Signature == nil {
		missing, there := "SigAlg", "Signature"
		if m.SigAlg != nil {
			missing, there = there, missing
		}
		return found(Finding{Reason: "incomplete", Message: fmt.Sprintf("The query has the parameter %s but no %s; a signature needs both.", there, missing)})
	}
	_, sig, ok := in.redirectOctets()
	if !ok {
		return skip("the raw query string is not known, only its decoded values")
	}
	if sig == nil {
		return found(Finding{Reason: "not-base64", Message: fmt.Sprintf("The parameter Signature is not base64: %s.", quote(m.Signature.Value)), Actual: []string{m.Signature.Value}})
	}
	trials := in.redirectTrials()
	if len(trials) == 0 {
		return skip("no certificate of the sender is given, and a query string carries none", "--idp-cert", "--idp-metadata")
	}
	var best *trial
	for i := range trials {
		t := &trials[i]
		if t.role == roleOther {
			continue
		}
		if t.verdict.OK || t.verdict.Reason == xmldsig.ReasonDEREncoded {
			return pass()
		}
		if best == nil || t.verdict.KeyFits {
			best = t
		}
	}
	if best == nil {
		return skip("no certificate of the sender is given, and a query string carries none", "--idp-cert", "--idp-metadata")
	}
	f := Finding{Reason: "mismatch", Cause: otherKey(trials)}
	switch best.verdict.Reason {
	case xmldsig.ReasonUnsupportedAlgorithm, xmldsig.ReasonKeyTypeMismatch, xmldsig.ReasonUnusableKey, xmldsig.ReasonNonstandardAlgorithm:
		f.Reason = "algorithm"
		f.Message = fmt.Sprintf("The signature algorithm %s does not verify with %s (%s).", quote(m.SigAlg.Value), best.cert.Describe(), best.from)
	case xmldsig.ReasonOtherContent:
		f.Message = fmt.Sprintf("The signature was made with the right key, %s (%s), but over another query string: it was rewritten on the way.", best.cert.Describe(), best.from)
	default:
		f.Message = fmt.Sprintf("The signature in the URL does not verify with %s (%s).", best.cert.Describe(), best.from)
	}
	return found(f)
}

// redirectOctets are what the signature of a query string covers (saml-bindings
// section 3.4.4.1): the message, RelayState where there is one, and SigAlg, in
// that order, each percent-encoded as it was sent. ok is false when the input
// does not tell how they were encoded; signature is nil when it is not base64.
func (in *Input) redirectOctets() (octets, signature []byte, ok bool) {
	m := in.Message
	if m.SigAlg == nil || m.Signature == nil || m.SigAlg.Raw == "" || m.Capture == nil {
		return nil, nil, false
	}
	var b strings.Builder
	b.WriteString(m.Param + "=" + string(m.Capture.Raw))
	if m.RelayState != nil {
		b.WriteString("&RelayState=" + m.RelayState.Raw)
	}
	b.WriteString("&SigAlg=" + m.SigAlg.Raw)
	value := strings.NewReplacer(" ", "+", "\n", "", "\r", "").Replace(m.Signature.Value)
	sig, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return []byte(b.String()), nil, true
	}
	return []byte(b.String()), sig, true
}

// redirectTrials tries every known key on the query string's signature.
func (in *Input) redirectTrials() []trial {
	octets, sig, ok := in.redirectOctets()
	if !ok || sig == nil {
		return nil
	}
	return try(in.Expect, nil, func(key crypto.PublicKey) xmldsig.ValueVerdict {
		return xmldsig.VerifyRedirect(octets, in.Message.SigAlg.Value, sig, key)
	})
}
