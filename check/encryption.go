package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

var decryption = &Rule{
	ID:       "decryption",
	Title:    "What is encrypted cannot be opened by this service",
	Question: "Does everything that is encrypted open with the service's key, or without the key name its certificate?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "An IdP that encrypts an assertion does so for the certificate that it has of the service. After the service renews its key, the IdP still encrypts for the old one until it is told, and the service can open nothing.",
		Spec: "saml-core-2.0-os sections 2.3.4, 2.2.4, 2.7.3.2 and 6; XML Encryption 1.1 sections 3.5 and 5.5; saml-metadata-2.0-os section 2.4.1.1 (use=\"encryption\")",
		Likely: []string{
			"The service's encryption certificate was renewed, and the IdP still has the old one.",
			"The IdP was given the service's signing certificate, or that of another service, for encryption.",
			"The service's configuration holds a private key that does not belong to the certificate in its metadata.",
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
		{"other-key", "it is encrypted for the service's certificate, but the private key given is not that of the certificate"},
		{"wrong-key", "no private key given opens it, and it does not say for which certificate it is encrypted"},
		{"damaged-key", "it names the certificate of the private key given, but the encrypted key does not open with it"},
		{"other-padding", "the key is right, but it was encrypted in another way than the message says"},
		{"damaged", "the key opens, but the content does not: it is damaged"},
		{"unsupported", "it is encrypted in a way that is not known, or that services do not support"},
		{"not-xml", "it opens, but holds no XML"},
		{"other-content", "it opens to something else than its element is for"},
		{"superseded-key", "it opens, but with a key whose certificate the service's metadata does not have any more"},
	},
	Needs: []string{expect.FlagSPKey, expect.FlagSPMetadata},
	Run:   runDecryption,
}

// likelyCiphertext and fixCiphertext are for what no key opens: the certificate is
// not the matter.
func likelyCiphertext() []string {
	return []string{
		"The message was changed or cut between IdP and service: by copy and paste, a log, a proxy, or a script in the login page.",
		"The IdP's encryption is at fault, which its own log would show as well.",
	}
}

const fixCiphertext = "Post exactly what the IdP made. If it is so in the IdP's own log too, its encryption is at fault: ask its vendor, and switch encryption off for this service meanwhile."

// hollow are the elements of the message that should hold something
// encrypted and hold nothing: assertions, identifiers and attributes.
func (in *Input) hollow() []*xmldoc.Node {
	m := in.SAML()
	list := slices.Clone(m.Encrypted)
	for _, a := range m.Assertions {
		if a.Subject != nil && a.Subject.Encrypted != nil {
			list = append(list, a.Subject.Encrypted)
		}
		list = append(list, a.EncryptedAttributes...)
	}
	if m.Logout != nil && m.Logout.EncryptedID != nil {
		list = append(list, m.Logout.EncryptedID)
	}
	list = slices.DeleteFunc(list, func(n *xmldoc.Node) bool {
		return slices.ContainsFunc(in.Message.Opened, func(o *xmlenc.Opening) bool { return o.Element == n })
	})
	return list[:min(len(list), maxAssertions)]
}

// encryptable is the message like [Input.message], and a document that is no SAML
// message but holds something encrypted, such as an EncryptedData that was cut out
// of its message: whether that opens can be said all the same.
func (in *Input) encryptable() (*saml.Message, Outcome) {
	m, out := in.message()
	if m == nil && in.Message.Document != nil && len(in.Message.Opened) > 0 {
		return in.SAML(), Outcome{}
	}
	return m, out
}

func runDecryption(in *Input) Outcome {
	m, out := in.encryptable()
	if m == nil {
		return out
	}
	var outs []Outcome
	if want := in.Expect.WantEncrypted; want.Value && m.Success() {
		for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
			if a.Encrypted != nil {
				continue
			}
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
	for _, n := range in.hollow() {
		outs = append(outs, hollowElement(n))
	}
	for _, o := range in.Message.Opened {
		outs = append(outs, in.judgeOpening(o))
		if len(outs) >= maxOpenings {
			break
		}
	}
	if len(outs) == 0 {
		if !m.Root.Closed() {
			return unseen("the message breaks off; up to there nothing is encrypted")
		}
		return notApplicable("nothing in the message is encrypted")
	}
	return together(outs...)
}

// maxOpenings bounds the encrypted elements that are judged.
const maxOpenings = 100

func hollowElement(n *xmldoc.Node) Outcome {
	name := n.Name().Local
	if !n.Closed() {
		return unseen(fmt.Sprintf("the message breaks off inside the %s", name))
	}
	return found(under(n, "/EncryptedData", Finding{
		Reason:  "no-data",
		Message: fmt.Sprintf("The %s has no EncryptedData, so there is nothing to decrypt.", name),
		Fix:     fixCiphertext, Likely: likelyCiphertext(),
	}))
}

// judgeOpening says why o did not open, or whether it opened to what it should.
func (in *Input) judgeOpening(o *xmlenc.Opening) Outcome {
	name, e := shortName(o.Element.Name().Local), o.Err
	if e == nil {
		return in.judgeOpened(o)
	}
	fault := func(reason, format string, args ...any) Outcome {
		return found(under(e.Node, "", Finding{Reason: reason, Message: fmt.Sprintf(format, args...), Fix: fixCiphertext, Likely: likelyCiphertext()}))
	}
	switch e.Step {
	case xmlenc.StepStructure:
		switch e.ID {
		case xmlenc.BrokenOff:
			return unseen(fmt.Sprintf("the message breaks off inside the %s", name))
		case xmlenc.Limit:
			return skip(e.Text)
		}
		return fault("no-data", "The EncryptedData of the %s cannot be decrypted: %s", name, clause(e.Text))
	case xmlenc.StepAlgorithm:
		switch e.ID {
		case xmlenc.NoEncryptedKey, xmlenc.BadReference:
			if !o.Element.Closed() {
				return unseen(fmt.Sprintf("the message breaks off inside the %s", name))
			}
			return fault("no-key", "The %s has no EncryptedKey, so no service can open it.", name)
		case xmlenc.SharedKey:
			return skip("the message names a key that both parties must have, and brings none along")
		}
		if out := in.judgeRecipients(o); len(out.Findings) > 0 {
			return out
		}
		if e.ID == xmlenc.NoMethod {
			return fault("unsupported", "The %s cannot be decrypted: %s", name, clause(e.Text))
		}
		return found(under(e.Node, "", Finding{
			Reason:  "unsupported",
			Message: fmt.Sprintf("The %s cannot be decrypted: %s", name, clause(e.Text)),
			Likely: []string{
				"The IdP is set to an algorithm that few services support.",
				"The identifier of the algorithm was mistyped in a setting of the IdP or in the service's metadata.",
			},
			Fix: "At the IdP, choose AES-128-GCM or AES-256-GCM with RSA-OAEP for this service; older services want AES-128-CBC.",
		}))
	case xmlenc.StepNoKey:
		return in.judgeRecipients(o)
	case xmlenc.StepKey:
		return in.judgeWrongKey(o)
	case xmlenc.StepContent:
		return fault("damaged", "The %s cannot be decrypted: %s", name, clause(e.Text))
	default:
		if in.SAML().Type == saml.TypeOther { // which may encrypt what it likes
			return in.judgeOpened(o)
		}
		return fault("not-xml", "What is in the %s cannot be read: %s", name, clause(e.Text))
	}
}

// clause is the sentence s, to stand behind a colon.
func clause(s string) string {
	if strings.HasPrefix(s, "The ") || strings.HasPrefix(s, "It ") || strings.HasPrefix(s, "A ") || strings.HasPrefix(s, "No ") {
		s = strings.ToLower(s[:1]) + s[1:]
	}
	return strings.TrimSuffix(s, ".") + "."
}

// keyName names a key that was given, for a sentence.
func keyName(k *xmlenc.Key) string {
	if k == nil {
		return "the key that was given"
	}
	kind, _, _ := strings.Cut(k.Describe(), ",")
	if k.From == "" {
		return "the " + kind + " key"
	}
	return fmt.Sprintf("the %s key of %s", kind, k.From)
}

// contents are what the elements of SAML that hold something encrypted are for.
var contents = map[string][]string{
	"EncryptedAssertion": {"Assertion", "EncryptedAssertion"},
	"EncryptedID":        {"NameID", "BaseID", "Assertion", "EncryptedID"},
	"NewEncryptedID":     {"NewID", "NameID"},
	"EncryptedAttribute": {"Attribute", "EncryptedAttribute"},
}

// judgeOpened judges what o holds, and whether the key that opened it is the one
// that it should be encrypted for.
func (in *Input) judgeOpened(o *xmlenc.Opening) Outcome {
	name := o.Element.Name().Local
	if o.Document != nil && o.Document.Root() != nil {
		root := o.Document.Root()
		if want := contents[name]; want != nil && o.Element.Name().Space == saml.NSAssertion && !slices.ContainsFunc(want, func(local string) bool {
			return root.Is(saml.NSAssertion, local) || root.Is(saml.NSProtocol, local)
		}) {
			return found(under(root, "", Finding{
				Reason:   "other-content",
				Message:  fmt.Sprintf("The %s opens to the element %s, where %s is expected.", name, quote(root.Name().String()), want[0]),
				Expected: []string{inNamespace(want[0], saml.NSAssertion)},
				Actual:   []string{inNamespace(root.Name().Local, root.Name().Space)},
				Likely:   []string{"The software that encrypts takes the wrong element, or wraps it wrongly."},
				Fix:      "This is on the side of the software that encrypts: it must encrypt the element that the wrapper is for. Ask its vendor, and switch encryption off for this service meanwhile.",
			}))
		}
	}
	certs := in.encryptionCertificates()
	if o.Key == nil || len(certs) == 0 || slices.ContainsFunc(certs, func(c expect.Certificate) bool { return o.Key.Fits(c.PublicKey) }) {
		return pass()
	}
	f := Finding{
		Reason:   "superseded-key",
		Severity: expect.SeverityWarning,
		Message: fmt.Sprintf("The %s opens with %s, but the service's metadata gives another certificate for encryption (%s): the IdP encrypts for a key that the service is about to lose, or has lost.",
			shortName(name), keyName(o.Key), certs[0].From),
		ExpectedFrom: certs[0].From,
		Actual:       []string{o.Key.Describe()},
		Fix:          fixImport,
	}
	for i := range certs {
		f.Expected = append(f.Expected, certs[i].Describe()+", SHA-256 "+certs[i].SHA256)
	}
	f.Expected = f.Expected[:min(len(f.Expected), maxListed)]
	where := o.Data
	if o.Recipient != nil {
		where = o.Recipient.Node
	}
	return found(under(where, "", f))
}

// encryptionCertificates are those of the service that something may be encrypted for.
func (in *Input) encryptionCertificates() []expect.Certificate {
	return slices.DeleteFunc(slices.Clone(in.Expect.SPCertificates), func(c expect.Certificate) bool { return c.Use == "signing" })
}

// judgeRecipients judges, without a key, for whom o is encrypted.
func (in *Input) judgeRecipients(o *xmlenc.Opening) Outcome {
	name := o.Element.Name().Local
	certs := in.Expect.SPCertificates
	if len(certs) == 0 {
		return skip("neither the private key of the service nor its certificates are known", expect.FlagSPKey, expect.FlagSPMetadata)
	}
	out := judgeKeys(name, o.Recipients, certs)
	if len(out.Findings) > 0 && !o.Element.Closed() {
		return unseen(fmt.Sprintf("the message breaks off inside the %s, where a key for the service may follow", name))
	}
	return out
}

// judgeKeys finds among the recipients one that the service is. Several are
// there where a message is for several of them.
func judgeKeys(of string, recipients []*xmlenc.Recipient, certs []expect.Certificate) Outcome {
	var other *keyHints
	undecided, signing := false, (*expect.Certificate)(nil)
	for _, r := range recipients {
		h := readKeyHints(r)
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
	case undecided || other == nil:
		return skip("the message does not name the certificate that it is encrypted for", expect.FlagSPKey)
	}
	return found(under(other.node, "", notOurs(of, other, certs)))
}

// fixImport is for an IdP that encrypts for a certificate of the past.
const fixImport = "At the IdP, import the service's current metadata, so that it encrypts for the service's present certificate."

// notOurs is the finding for what names another certificate than certs, which are
// the service's.
func notOurs(of string, h *keyHints, certs []expect.Certificate) Finding {
	f := Finding{
		Reason:       "other-certificate",
		ExpectedFrom: certs[0].From,
		Actual:       []string{h.text()},
		Fix:          fixImport,
	}
	var list []string
	for i := range certs {
		if c := &certs[i]; c.Use != "signing" && len(f.Expected) < maxListed {
			f.Expected = append(f.Expected, h.same(c))
			list = append(list, label(&c.Certificate))
		}
	}
	service := "which is none of the service's"
	if len(list) > 0 {
		service = "but the service's is " + strings.Join(list[:min(len(list), 3)], " or ")
	}
	f.Message = fmt.Sprintf("The %s is encrypted for %s, %s (%s).", of, h.label(), service, certs[0].From)
	return f
}
