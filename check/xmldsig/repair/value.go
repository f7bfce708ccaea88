package repair

import (
	"bytes"
	"crypto"
	"io"
	"iter"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// verifyCost is what an operation with a public key costs, in octets that are
// read.
const verifyCost = 128 << 10

// maxValueKeys bounds the keys that each hypothesis is verified with, where that
// takes an operation with a public key.
const maxValueKeys = 6

// valueSearch asks which SignedInfo a SignatureValue was made over.
type valueSearch struct {
	sig   *xmldsig.Signature
	place int // among the signatures of the document
	info  int // the ordinal of SignedInfo
	// opened are the digests that the value holds, for RSA with PKCS #1 v1.5;
	// with one, hashing decides and no key is needed again.
	opened []openedValue
	keys   []crypto.PublicKey // otherwise: those of the kind that is needed
	// key is the one that verified last.
	key crypto.PublicKey
}

// openedValue is what a key that fits found in the value.
type openedValue struct {
	key    crypto.PublicKey
	hash   crypto.Hash
	digest []byte
}

func newValueSearch(sig *xmldsig.Signature, keys []crypto.PublicKey) *valueSearch {
	v := &valueSearch{sig: sig}
	for i, s := range xmldsig.Find(sig.Index()) {
		if s.Node == sig.Node {
			v.place = i
		}
	}
	if len(sig.SignedInfos) > 0 {
		v.info = ordinal(sig.SignedInfos[0])
	}
	for _, k := range keys {
		switch verdict := sig.VerifyValue(k); verdict.Reason {
		case xmldsig.ReasonOtherContent, xmldsig.ReasonOtherHash:
			if verdict.Signed != 0 {
				v.opened = append(v.opened, openedValue{k, verdict.Signed, verdict.SignedDigest})
			}
		case xmldsig.ReasonMismatch, xmldsig.ReasonWrongKey, xmldsig.ReasonOtherPadding:
			if sig.Algorithm.Family != xmldsig.RSA || verdict.Reason == xmldsig.ReasonOtherPadding {
				v.keys = append(v.keys, k)
			}
		}
	}
	v.keys = v.keys[:min(len(v.keys), maxValueKeys)]
	return v
}

// hopeless reports whether no key can verify the value over any SignedInfo.
func (v *valueSearch) hopeless() bool {
	return len(v.opened)+len(v.keys) == 0 || len(v.sig.SignedInfos) == 0
}

// in is the signature's counterpart in doc, or nil.
func (v *valueSearch) in(doc *xmldoc.Document) *xmldsig.Signature {
	found := xmldsig.Find(v.sig.Index().Like(doc))
	if v.place >= len(found) {
		return nil
	}
	return found[v.place]
}

// holds is the oracle: the value verifies over the SignedInfo of doc.
func (v *valueSearch) holds(doc *xmldoc.Document) bool {
	s := v.in(doc)
	if s == nil {
		return false
	}
	for _, o := range v.opened {
		if o.hash == s.Algorithm.Hash && v.hashes(o, s.CanonicalSignedInfo) {
			return true
		}
	}
	for _, k := range v.keys {
		if verdict := s.VerifyValue(k); verdict.OK || verdict.Reason == xmldsig.ReasonDEREncoded {
			v.key = k
			return true
		}
	}
	return false
}

// sketch is the canonical form of SignedInfo in doc, when hashing it decides; nil
// otherwise.
func (v *valueSearch) sketch(doc *xmldoc.Document) *sketch {
	if len(v.opened) != 1 || len(v.keys) > 0 || v.hopeless() {
		return nil
	}
	info := counterpart(doc, v.sig.SignedInfos[0], v.info)
	var b strings.Builder
	if info == nil || v.canonical(doc, &b) != nil {
		return nil
	}
	p := &part{doc: doc, apex: info}
	p.read()
	s := newSketch(b.String(), v.opened[0].hash, v.opened[0].digest, p)
	if method := info.Child(xmldsig.Namespace, "CanonicalizationMethod"); s != nil && method != nil {
		s.without(method.Range())
	}
	return s
}

// hashes reports whether o was made over what write writes.
func (v *valueSearch) hashes(o openedValue, write func(io.Writer) error) bool {
	h := o.hash.New()
	if write(h) != nil || !bytes.Equal(h.Sum(nil), o.digest) {
		return false
	}
	v.key = o.key
	return true
}

// over asks whether the value verifies, by the algorithm, over octets that doc
// does not have as its canonical SignedInfo.
func (v *valueSearch) over(write func(doc *xmldoc.Document, w io.Writer) error, algorithm string, proof Proof) hypothesis {
	alg := xmldsig.SignatureAlgorithmOf(algorithm)
	return hypothesis{proof: proof, verify: func(doc *xmldoc.Document) bool {
		for _, o := range v.opened {
			if o.hash == alg.Hash && v.hashes(o, func(w io.Writer) error { return write(doc, w) }) {
				return true
			}
		}
		if len(v.keys) == 0 {
			return false
		}
		var b bytes.Buffer
		if write(doc, &b) != nil {
			return false
		}
		for _, k := range v.keys {
			if verdict := xmldsig.VerifyRedirect(b.Bytes(), algorithm, v.sig.Value, k); verdict.OK || verdict.Reason == xmldsig.ReasonDEREncoded {
				v.key = k
				return true
			}
		}
		return false
	}}
}

// canonical writes the SignedInfo of doc by the method that it declares.
func (v *valueSearch) canonical(doc *xmldoc.Document, w io.Writer) error {
	if s := v.in(doc); s != nil {
		return s.CanonicalSignedInfo(w)
	}
	return io.ErrUnexpectedEOF
}

// by writes the SignedInfo of doc by another method.
func (v *valueSearch) by(m xmldsig.Canonicalization) func(*xmldoc.Document, io.Writer) error {
	return func(doc *xmldoc.Document, w io.Writer) error {
		info := counterpart(doc, v.sig.SignedInfos[0], v.info)
		if info == nil {
			return io.ErrUnexpectedEOF
		}
		return m.Canonicalize(w, doc, xmldsig.Selection{Apex: info})
	}
}

// families are the hypotheses, the cheapest and likeliest first.
func (v *valueSearch) families() []family {
	if v.hopeless() {
		return nil
	}
	edited := func(hypotheses func(*xmldoc.Document) iter.Seq[hypothesis], pairs ...family) family {
		return family{cause: SignedInfoEdited, hypotheses: hypotheses, pairs: pairs}
	}
	white := edited(v.whitespace)
	return []family{
		{cause: SignatureMethod, hypotheses: v.methods},
		edited(v.digestValues), edited(v.algorithms), edited(v.uris), white,
		{cause: NamespaceContext, hypotheses: v.contexts},
		{cause: Canonicalization, hypotheses: v.canonicalizations},
		{cause: InclusiveNamespaces, hypotheses: v.prefixLists},
		edited(v.transforms),
		edited(v.digestValues, white), edited(v.algorithms, white), edited(v.uris, white),
	}
}
