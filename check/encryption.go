package check

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var decryption = &Rule{
	ID:       "decryption",
	Title:    "What is encrypted cannot be opened by this service",
	Question: "Is everything that is encrypted meant for the service's own key, and is what should be encrypted encrypted?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "An IdP that encrypts an assertion does so for the certificate that it has of the service. After the service renews its key, the IdP still encrypts for the old one until it is told, and the service can open nothing.",
		Spec: "saml-core-2.0-os sections 2.3.4, 2.2.4, 2.7.3.2 and 6; XML Encryption 1.1 sections 3.5 and 5.5; saml-metadata-2.0-os section 2.4.1.1 (use=\"encryption\")",
		Likely: []string{
			"The service's encryption certificate was renewed, and the IdP still has the old one.",
			"The IdP was given the service's signing certificate, or that of another service, for encryption.",
			"Encryption was switched on at the IdP, although the service has no key for it.",
		},
		Fix: []string{
			"At the IdP, import the service's current metadata, or set its encryption certificate to the expected one.",
			"At the service, keep the old key beside the new one until the IdP has changed over.",
		},
	},
	Reasons: []Reason{
		{"other-certificate", "it is encrypted for another certificate than the service's"},
		{"signing-certificate", "it is encrypted for a certificate that the service uses for signing only"},
		{"not-encrypted", "the service wants assertions encrypted, and one is not"},
		{"no-key", "no key to open it with came along"},
		{"no-data", "there is nothing encrypted in the element"},
	},
	Needs: []string{"--sp-metadata"},
	Run:   runDecryption,
}

// encryptedElements are the elements of the message that hold something
// encrypted: assertions, identifiers and attributes.
// fixCiphertext is for what no key opens: the certificate is not the matter.
const fixCiphertext = "Post exactly what the IdP made. If it is so in the IdP's own log too, its encryption is at fault: ask its vendor, and switch encryption off for this service meanwhile."

func encryptedElements(m *saml.Message) []*xmldoc.Node {
	list := append([]*xmldoc.Node(nil), m.Encrypted...)
	for _, a := range m.Assertions {
		if a.Subject != nil && a.Subject.Encrypted != nil {
			list = append(list, a.Subject.Encrypted)
		}
		list = append(list, a.EncryptedAttributes...)
	}
	if m.Logout != nil && m.Logout.EncryptedID != nil {
		list = append(list, m.Logout.EncryptedID)
	}
	return list[:min(len(list), maxAssertions)]
}

func runDecryption(in *Input) Outcome {
	m, out := in.message()
	if m == nil {
		return out
	}
	list := encryptedElements(m)
	var outs []Outcome
	if want := in.Expect.WantEncrypted; want.Value && m.Success() {
		for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
			outs = append(outs, found(under(a.Node, "", Finding{
				Reason:       "not-encrypted",
				Message:      fmt.Sprintf("The assertion is not encrypted, but the service wants it to be (%s).", want.From),
				Expected:     []string{"EncryptedAssertion"},
				ExpectedFrom: want.From,
				Actual:       []string{"Assertion"},
				Fix:          "At the IdP, switch on the encryption of assertions for this service, with the service's encryption certificate.",
			})))
		}
	}
	if len(list) == 0 && len(outs) == 0 {
		if !m.Root.Closed() {
			return unseen("the message breaks off; up to there nothing is encrypted")
		}
		return notApplicable("nothing in the message is encrypted")
	}
	for _, n := range list {
		outs = append(outs, in.judgeEncrypted(n))
	}
	return together(outs...)
}

// judgeEncrypted judges for whom the content of n is encrypted.
func (in *Input) judgeEncrypted(n *xmldoc.Node) Outcome {
	name := n.Name().Local
	data := firstChildNamed(n, saml.NSEncryption, "EncryptedData")
	if data == nil || !data.Closed() {
		if !n.Closed() {
			return unseen(fmt.Sprintf("the message breaks off inside the %s", name))
		}
		return found(under(n, "/EncryptedData", Finding{
			Reason:  "no-data",
			Message: fmt.Sprintf("The %s has no EncryptedData, so there is nothing to decrypt.", name),
			Fix:     fixCiphertext,
		}))
	}
	if problem := ciphertextProblem(data); problem != "" {
		return found(under(data, "/CipherData", Finding{
			Reason:  "no-data",
			Message: fmt.Sprintf("The EncryptedData of the %s cannot be decrypted: %s.", name, problem),
			Fix:     fixCiphertext,
		}))
	}
	keys := encryptedKeys(n, data)
	if len(keys) == 0 {
		if !n.Closed() {
			return unseen(fmt.Sprintf("the message breaks off inside the %s", name))
		}
		if info := firstChildNamed(data, saml.NSSignature, "KeyInfo"); info != nil && firstChildNamed(info, saml.NSSignature, "KeyName") != nil {
			return skip("the message names a key that both parties must have, and brings none along")
		}
		return found(under(data, "/KeyInfo/EncryptedKey", Finding{
			Reason:  "no-key",
			Message: fmt.Sprintf("The %s has no EncryptedKey, so no service can open it.", name),
			Fix:     fixCiphertext,
		}))
	}
	certs := in.Expect.SPCertificates
	if len(certs) == 0 {
		return skip("the certificates of the service are not known, and the ciphertext itself was not opened", "--sp-metadata")
	}
	out := judgeKeys(name, keys, certs)
	if len(out.Findings) > 0 && !n.Closed() {
		return unseen(fmt.Sprintf("the message breaks off inside the %s, where a key for the service may follow", name))
	}
	return out
}

// judgeKeys finds among the keys one that the service can open. Several are
// there where a message is for several recipients.
func judgeKeys(of string, keys []*xmldoc.Node, certs []expect.Certificate) Outcome {
	var other *keyHints
	undecided, signing := false, (*expect.Certificate)(nil)
	for _, k := range keys {
		h := readKeyHints(k)
		switch c, verdict := h.among(certs); {
		case verdict == named && c.Use != "signing":
			return pass()
		case verdict == named && signing == nil:
			signing, other = c, h
		case verdict == unnamed:
			undecided = true
		case verdict == otherNamed && other == nil:
			other = h
		}
	}
	switch {
	case signing != nil:
		return found(under(other.node, "", Finding{
			Reason:   "signing-certificate",
			Severity: expect.SeverityWarning,
			Message:  fmt.Sprintf("The %s is encrypted for the certificate %s, which the service's metadata gives for signing only (%s).", of, quote(signing.Describe()), signing.From),
			Expected: []string{"use=\"encryption\""}, ExpectedFrom: signing.From,
			Actual: []string{signing.SHA256},
			Note:   "A service that has the same key for both can open it all the same.",
		}))
	case undecided:
		return skip("the message does not name the certificate that it is encrypted for, and the ciphertext itself was not opened")
	}
	f := under(other.node, "", Finding{
		Reason:       "other-certificate",
		ExpectedFrom: certs[0].From,
		Actual:       []string{other.text()},
		Fix:          "At the IdP, import the service's current metadata, so that it encrypts for the service's present certificate.",
	})
	var list []string
	for i := range certs {
		if c := &certs[i]; c.Use != "signing" && len(f.Expected) < maxListed {
			f.Expected = append(f.Expected, other.same(c))
			list = append(list, label(&c.Certificate))
		}
	}
	service := "which is none of the service's"
	if len(list) > 0 {
		service = "but the service's is " + strings.Join(list[:min(len(list), 3)], " or ")
	}
	f.Message = fmt.Sprintf("The %s is encrypted for %s, %s (%s).", of, other.label(), service, certs[0].From)
	return found(f)
}

// ciphertextProblem says why there is no ciphertext in data, or nothing.
func ciphertextProblem(data *xmldoc.Node) string {
	c := firstChildNamed(data, saml.NSEncryption, "CipherData")
	if c == nil {
		return "it has no CipherData"
	}
	value := firstChildNamed(c, saml.NSEncryption, "CipherValue")
	if value == nil {
		if firstChildNamed(c, saml.NSEncryption, "CipherReference") != nil {
			return "its ciphertext is elsewhere (CipherReference), where services do not fetch it"
		}
		return "it has no CipherValue"
	}
	text := strings.Join(strings.Fields(value.Text()), "")
	if text == "" {
		return "its CipherValue is empty"
	}
	if _, err := base64.StdEncoding.DecodeString(text); err != nil {
		return "its CipherValue is not base64"
	}
	return ""
}

// encryptedKeys are the EncryptedKey elements for data: inside it or beside it
// in n, else where a RetrievalMethod of its KeyInfo points.
func encryptedKeys(n, data *xmldoc.Node) []*xmldoc.Node {
	var keys []*xmldoc.Node
	var uris []string
	for d := range n.Descendants() {
		switch {
		case d.Is(saml.NSEncryption, "EncryptedKey"):
			keys = append(keys, d)
		case d.Is(saml.NSSignature, "RetrievalMethod"):
			if uri := saml.AttrValue(d, "URI"); uri != nil && strings.HasPrefix(uri.Text, "#") {
				uris = append(uris, uri.Text[1:])
			}
		}
		if len(keys) == maxFindings {
			break
		}
	}
	if len(keys) > 0 || len(uris) == 0 {
		return keys
	}
	for d := range data.Document().Root().Descendants() {
		if d.Is(saml.NSEncryption, "EncryptedKey") && saml.AttrValue(d, "Id").Get() == uris[0] {
			return []*xmldoc.Node{d}
		}
	}
	return nil
}
