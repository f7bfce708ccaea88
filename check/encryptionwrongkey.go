package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// judgeWrongKey says why none of the keys that were given opens o, and on which
// side that has to be put right: by the certificate that the message names, those
// in the service's metadata, and the keys themselves.
func (in *Input) judgeWrongKey(o *xmlenc.Opening) Outcome {
	name, e := shortName(o.Element.Name().Local), o.Err
	fault := func(f Finding, format string, args ...any) Outcome {
		f.Message = fmt.Sprintf(format, args...)
		return found(under(e.Node, "", f))
	}
	switch e.ID {
	case xmlenc.OtherPadding:
		return fault(Finding{
			Reason: "other-padding",
			Actual: declaredPadding(o),
			Likely: []string{"The IdP, or a library in it, writes another algorithm into EncryptionMethod than it uses."},
			Fix:    "At the IdP, choose one algorithm for key transport, RSA-OAEP, and let its EncryptionMethod say what is used. If that is a product, send this finding to its vendor.",
		}, "The key of the %s is encrypted for the service, but in another way than the message says: %s", name, clause(e.Text))
	case xmlenc.KeyLength:
		return fault(Finding{Reason: "damaged-key", Fix: fixCiphertext, Likely: likelyCiphertext()}, "The key of the %s opens, but cannot be the key of its content: %s", name, clause(e.Text))
	}
	var keys []*xmlenc.Key
	for _, a := range e.Attempts {
		if a.Named {
			return fault(Finding{Reason: "damaged-key", Fix: fixCiphertext, Likely: likelyCiphertext()},
				"The %s says that it is encrypted for the certificate of %s, but that key does not open it: its EncryptedKey is damaged, or was made for another key.", name, keyName(a.Key))
		}
		known := false
		for _, k := range keys {
			known = known || k == a.Key
		}
		if !known && a.Key != nil {
			keys = append(keys, a.Key)
		}
	}
	given := givenKeys(keys)
	hints := namedBy(o.Recipients)
	certs := in.Expect.SPCertificates
	for _, h := range hints {
		if c, verdict := h.among(certs); verdict == named {
			return fault(Finding{
				Reason:       "other-key",
				Expected:     []string{label(&c.Certificate)},
				ExpectedFrom: c.From,
				Actual:       describeKeys(keys),
				Fix:          "At the service, configure the private key that belongs to the certificate in its metadata, or publish the certificate that belongs to the key it has, and import that at the IdP.",
			}, "The %s is encrypted for the service's certificate %s (%s), but %s does not belong to that certificate.", name, label(&c.Certificate), c.From, given)
		}
	}
	for _, h := range hints {
		if _, verdict := h.among(certs); verdict == otherNamed && len(in.encryptionCertificates()) > 0 {
			f := notOurs(name, h, certs)
			f.Note = "No key that was given opens it either."
			return found(under(h.node, "", f))
		}
		if h.tellsCertificate() {
			return found(under(h.node, "", Finding{
				Reason:       "other-certificate",
				Message:      fmt.Sprintf("The %s is encrypted for %s, and %s is not the private key of it.", name, h.label(), given),
				Expected:     describeKeys(keys),
				ExpectedFrom: expect.FlagSPKey,
				Actual:       []string{h.key()},
				Fix:          "At the IdP, import the service's current metadata, so that it encrypts for the certificate of this key; if the certificate in the message is the right one, configure its private key at the service.",
			}))
		}
	}
	if certs := in.encryptionCertificates(); len(certs) > 0 && len(keys) > 0 {
		f, text := judgeUnnamed(keys, certs)
		return fault(f, "The %s does not open with %s, and it does not say for which certificate it is encrypted; %s", name, given, text)
	}
	return fault(Finding{
		Reason: "wrong-key",
		Actual: describeKeys(keys),
		Fix:    "Compare the encryption certificate that the IdP has of this service with the service's own key: import the service's current metadata at the IdP. If they belong together, the EncryptedKey was damaged on the way.",
	}, "The %s does not open with %s, and it does not say for which certificate it is encrypted.", name, given)
}

// judgeUnnamed judges keys that do not open what names no certificate by those of
// the service's metadata: either the key is the right one, and the IdP has another
// certificate, or it is the key that is wrong.
func judgeUnnamed(keys []*xmlenc.Key, certs []expect.Certificate) (f Finding, text string) {
	f = Finding{Reason: "wrong-key", Actual: describeKeys(keys), ExpectedFrom: certs[0].From}
	for i := range certs {
		c := &certs[i]
		if slices.ContainsFunc(keys, func(k *xmlenc.Key) bool { return k.Fits(c.PublicKey) }) {
			f.ExpectedFrom = ""
			f.Fix = "At the IdP, import the service's current metadata, so that it encrypts for its present certificate. If the IdP has that one already, the EncryptedKey was damaged on the way."
			return f, fmt.Sprintf("the key is the right one for the service's certificate %s (%s).", label(&c.Certificate), c.From)
		}
		if len(f.Expected) < maxListed {
			f.Expected = append(f.Expected, (&keyHints{certs: []*metadata.Certificate{&c.Certificate}}).key())
		}
	}
	f.Likely = []string{
		"The key file given is that of another service, or of another certificate of this one.",
		"The service's key was renewed, and the metadata given is the old one, or the other way round.",
	}
	f.Fix = "Ask again with the private key of the certificate in the service's metadata, and see that the service itself uses that one. If it is the metadata that is old, export it anew and import it at the IdP."
	return f, fmt.Sprintf("the key does not belong to any certificate for encryption in the service's metadata (%s) either.", certs[0].From)
}

// namedBy are the hints of those recipients that give any.
func namedBy(recipients []*xmlenc.Recipient) []*keyHints {
	var list []*keyHints
	for _, r := range recipients {
		list = append(list, readKeyHints(r))
	}
	return list
}

// tellsCertificate reports whether h says which certificate is meant, beyond a
// name that the parties choose freely.
func (h *keyHints) tellsCertificate() bool {
	return len(h.certs)+len(h.serials)+len(h.skis) > 0
}

// key says for whom it is, in the terms of [xmlenc.Key.Describe] where it tells the
// key.
func (h *keyHints) key() string {
	if len(h.certs) == 0 {
		return h.text()
	}
	c := h.certs[0]
	if c.KeyAlgorithm == "RSA" && c.KeyBits > 0 {
		return fmt.Sprintf("RSA %d, SHA-256 %s", c.KeyBits, c.KeySHA256)
	}
	return c.KeyAlgorithm + ", SHA-256 " + c.KeySHA256
}

func givenKeys(keys []*xmlenc.Key) string {
	switch len(keys) {
	case 0:
		return "the key that was given"
	case 1:
		return keyName(keys[0])
	}
	var names []string
	for _, k := range keys[:min(len(keys), 3)] {
		names = append(names, keyName(k))
	}
	return fmt.Sprintf("any of the %d keys that were given, %s,", len(keys), strings.Join(names, ", "))
}

func describeKeys(keys []*xmlenc.Key) []string {
	var list []string
	for _, k := range keys[:min(len(keys), maxListed)] {
		list = append(list, k.Describe())
	}
	return list
}

// declaredPadding is what the message says of how its key is encrypted.
func declaredPadding(o *xmlenc.Opening) []string {
	for _, r := range o.Recipients {
		if r.Method != "" {
			return []string{r.Method}
		}
	}
	return nil
}
