package check

import (
	"crypto"
	"fmt"
	"slices"
	"sync"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// signature is one ds:Signature of the message with what several rules ask of it.
type signature struct {
	*xmldsig.Signature
	trials func() []trial
}

// role says why a key is tried.
type role int

const (
	roleTrusted  role = iota // configured as the IdP's
	roleEmbedded             // in the signature's own KeyInfo: proves nothing about who signed
	roleOther                // known otherwise: the IdP's for encryption, the service's own
)

// trial is the attempt to verify a SignatureValue with one key.
type trial struct {
	cert    *metadata.Certificate
	role    role
	from    string
	verdict xmldsig.ValueVerdict
}

// IDNames are the attributes that hold IDs in messages: SAML 2.0, XML Signature
// and WS-Security, SAML 1.1.
func IDNames() []xmldoc.Name {
	const wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	return []xmldoc.Name{
		{Local: "ID"}, {Local: "Id"}, {Space: wsu, Local: "Id"},
		{Local: "AssertionID"}, {Local: "ResponseID"}, {Local: "RequestID"},
	}
}

// findSignatures reads every signature of the message, wherever it stands: what
// was encrypted may hold signatures of its own. A Reference leads to an element
// of the document that the signature stands in.
func (in *Input) findSignatures() []*signature {
	doc := in.Message.Document
	if doc == nil || doc.Root() == nil {
		return nil
	}
	var found []*signature
	for d := range in.SAML().Documents() {
		for _, s := range signaturesIn(d) {
			sig := &signature{Signature: s}
			sig.trials = sync.OnceValue(func() []trial {
				return try(in.Expect, s.KeyInfo().Certificates(), s.VerifyValue)
			})
			found = append(found, sig)
		}
	}
	return found
}

// signaturesIn are the signatures of d. Of what was encrypted, some software takes
// the plaintext for a document of its own, before it signs or when it verifies,
// though XML Encryption has it stand where the ciphertext did: with inclusive
// canonicalisation these differ, and either is taken that has the signed digests.
func signaturesIn(d *xmldoc.Document) []*xmldsig.Signature {
	index := xmldsig.NewIndex(d, IDNames()...)
	list := xmldsig.Find(index)
	if d.Context() == nil {
		return list
	}
	for i, alone := range xmldsig.Find(index.Alone()) {
		if i < maxJudged && !digestsMatch(list[i]) && digestsMatch(alone) {
			list[i] = alone
		}
	}
	return list
}

func digestsMatch(s *xmldsig.Signature) bool {
	return !slices.ContainsFunc(s.References, func(r *xmldsig.Reference) bool { return !r.Digest().Match })
}

// signatures are all signatures of the message, in document order, then those of
// what was encrypted.
func (in *Input) signatures() []*signature { return in.facts.signatures() }

// maxJudged bounds the signatures whose values are verified: honest messages have
// two or three, and each costs an operation with a public key.
const maxJudged = 500

// tooMany says that not all signatures were verified.
func tooMany(n int) Outcome {
	return skip(fmt.Sprintf("only the first %d of %d signatures were verified", maxJudged, n))
}

// maxKeys bounds how many keys are tried for one signature.
const maxKeys = 100

// try verifies with every key there is: the configured ones, those the message
// carries, and others that are known, so that it can always be said which one
// would have verified it.
func try(e *expect.Expect, embedded []*metadata.Certificate, verify func(crypto.PublicKey) xmldsig.ValueVerdict) []trial {
	var trials []trial
	add := func(c *metadata.Certificate, r role, from string) {
		if len(trials) < maxKeys {
			trials = append(trials, trial{c, r, from, verify(c.PublicKey)})
		}
	}
	for i := range e.Certificates {
		add(&e.Certificates[i].Certificate, roleTrusted, e.Certificates[i].From)
	}
	for _, c := range embedded {
		if i := slices.IndexFunc(e.Fingerprints, func(f expect.Fingerprint) bool { return f.Matches(c) }); i >= 0 {
			add(c, roleTrusted, fmt.Sprintf("of the %s fingerprint of %s", e.Fingerprints[i].Algorithm, e.Fingerprints[i].From))
			continue
		}
		add(c, roleEmbedded, "KeyInfo")
	}
	for i := range e.IdPEncryption {
		add(&e.IdPEncryption[i].Certificate, roleOther, e.IdPEncryption[i].From+", for encryption")
	}
	for i := range e.SPCertificates {
		add(&e.SPCertificates[i].Certificate, roleOther, e.SPCertificates[i].From+", the service's own")
	}
	return trials
}

// verifier is the first trial with that role that verified, or nil.
func verifier(trials []trial, r role) *trial {
	i := slices.IndexFunc(trials, func(t trial) bool { return t.role == r && t.verdict.OK })
	if i < 0 {
		return nil
	}
	return &trials[i]
}

// signer is the trial that tells who signed: with a trusted key, else with one
// that the message carries, else nil.
func signer(trials []trial) *trial {
	if t := verifier(trials, roleTrusted); t != nil {
		return t
	}
	return verifier(trials, roleEmbedded)
}

// holder is the element that a signature is a child of, nil for the root.
func (s *signature) holder() *xmldoc.Node { return s.Node.Parent() }

// covers reports whether s says that it signs n: a Reference leads to n, or to
// the whole document, or to an element around n. Whether digest and value hold
// is for other rules.
func (s *signature) covers(n *xmldoc.Node) bool {
	for _, r := range s.References {
		for a := n; a != nil; a = a.Enclosing() {
			if a == r.Target || r.WholeDocument && a.Document() == s.Node.Document() {
				return true
			}
		}
	}
	return false
}

// judged are the signatures that matter for what a service would use: those of
// the message and of its assertions. In a document that is no SAML message, such
// as a bare test vector, they are all.
func (in *Input) judged() []*signature {
	m := in.SAML()
	if m.Type == saml.TypeOther {
		return in.signatures()
	}
	c := in.coverage()
	var used []*signature
	for _, s := range in.signatures() {
		h := s.holder()
		if h == nil || h == m.Root || c.read[h] || slices.ContainsFunc(s.References, func(r *xmldsig.Reference) bool { return r.WholeDocument || c.around[r.Target] }) {
			used = append(used, s)
		}
	}
	return used
}

// signable is the outcome for messages in which there is nothing to sign or
// nothing to read; ok says that there is.
func (in *Input) signable() (out Outcome, ok bool) {
	doc, out := in.document()
	switch {
	case doc == nil:
		return out, false
	case doc.Root() == nil:
		return unseen("no element can be read, see complete and well-formed"), false
	}
	return Outcome{}, true
}

// noSignature is the outcome of rules about signatures when there is none.
func (in *Input) noSignature() Outcome {
	if doc := in.Message.Document; !doc.WellFormed() {
		return unseen("there is no signature before the place where reading stopped")
	}
	return notApplicable("the message holds no XML signature, see signed")
}

// about names what a signature signs, for messages: "The signature of the Response".
func (s *signature) about() string {
	h := s.holder()
	if h == nil {
		return "The signature"
	}
	return "The signature of the " + h.Name().Local
}

func node(n *xmldoc.Node, f Finding) Finding {
	return under(n, "", f)
}

// certificateLines describe a certificate as consoles show it, a line each:
// subject and dates, SHA-1, SHA-256.
func certificateLines(c *metadata.Certificate) []string {
	name := c.Describe()
	if !c.NotAfter.IsZero() {
		name += fmt.Sprintf(", %s to %s", day(c.NotBefore), day(c.NotAfter))
	}
	return []string{name, "SHA-1 " + c.SHA1, "SHA-256 " + c.SHA256}
}
