package xmldsig

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"strconv"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Keys of these sizes are left to crypto/rsa first: it takes no smaller ones,
// and with larger ones it is slower than opening the block, which tells more.
const (
	smallestRSA = 1024
	fastestRSA  = 2048
)

func (v *ValueVerdict) verifyPKCS1(h crypto.Hash, sig []byte, key *rsa.PublicKey, octets *signedOctets) error {
	digest, err := octets.digest(h)
	if err != nil {
		return err
	}
	if v.rsaLength(sig, key); v.Reason != "" {
		return nil
	}
	bits := key.N.BitLen()
	// RIPEMD-160 has a second identifier, which only crypto/rsa knows.
	try := bits >= smallestRSA && (bits <= fastestRSA || h == crypto.RIPEMD160)
	if try && rsa.VerifyPKCS1v15(key, h, digest, sig) == nil {
		v.Reason, v.Signed, v.SignedDigest = ReasonOK, h, digest
		return nil
	}
	block := openRSA(key, sig)
	info, ok := digestInfo(block)
	if !ok {
		v.Reason = ReasonWrongKey
		if emsaPSS(block, key.N.BitLen(), h, h, digest) >= 0 {
			v.Reason, v.KeyFits, v.ContentFits = ReasonOtherPadding, true, true
		}
		return nil
	}
	v.KeyFits, v.Signed, v.SignedDigest = true, info.hash, info.digest
	switch {
	case info.hash != h:
		v.Reason = ReasonOtherHash
		if info.hash != 0 {
			other, err := octets.digest(info.hash)
			if err != nil {
				return err
			}
			v.ContentFits = bytes.Equal(other, info.digest)
		}
	case !bytes.Equal(info.digest, digest):
		v.Reason = ReasonOtherContent
	case !info.canonical:
		v.Reason, v.ContentFits = ReasonOtherPadding, true
	default:
		v.Reason = ReasonOK // a key that crypto/rsa was not asked about
	}
	return nil
}

func (v *ValueVerdict) verifyPSS(alg SignatureAlgorithm, sig []byte, key *rsa.PublicKey, octets *signedOctets) error {
	digest, err := octets.digest(alg.Hash)
	if err != nil {
		return err
	}
	if v.rsaLength(sig, key); v.Reason != "" {
		return nil
	}
	want := alg.params.saltLength
	if want < 0 {
		want = alg.Hash.Size()
	}
	block := openRSA(key, sig)
	switch salt := emsaPSS(block, key.N.BitLen(), alg.Hash, alg.params.mgf, digest); {
	case salt == want:
		v.Reason = ReasonOK
	case salt >= 0:
		v.Reason, v.KeyFits, v.ContentFits = ReasonOtherPadding, true, true
	default:
		v.Reason = ReasonWrongKey
		if info, ok := digestInfo(block); ok {
			v.Reason, v.KeyFits, v.Signed, v.SignedDigest = ReasonOtherPadding, true, info.hash, info.digest
			v.ContentFits = info.hash == alg.Hash && bytes.Equal(info.digest, digest)
		} else if pssShape(block, key.N.BitLen()) {
			// The trailer and the cleared bits are there: almost surely the
			// key is right, but one wrong key in several hundred looks so too.
			v.Reason = ReasonMismatch
		}
	}
	return nil
}

// rsaLength sets the reason when sig cannot be a value of key by its length. One
// of the usual length of another size of key is another key's.
func (v *ValueVerdict) rsaLength(sig []byte, key *rsa.PublicKey) {
	v.WantLength = key.Size()
	switch n := len(sig); n {
	case v.WantLength:
	case 64, 128, 256, 384, 512:
		v.Reason = ReasonWrongKey
	default:
		v.Reason = wrongLength(n, v.WantLength)
	}
}

// openRSA is the RSA public operation (RFC 8017 section 5.2.2) for keys of any
// size, as an octet string as long as the modulus; nil when sig is no number
// below it.
func openRSA(key *rsa.PublicKey, sig []byte) []byte {
	c := new(big.Int).SetBytes(sig)
	if c.Cmp(key.N) >= 0 {
		return nil
	}
	return c.Exp(c, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
}

// signedInfoDigest is what an opened PKCS #1 v1.5 block holds.
type signedInfoDigest struct {
	hash      crypto.Hash // 0: not known
	digest    []byte
	canonical bool // it is the only encoding that verifiers accept
}

// digestInfo reads an opened block: 00 01 FF … FF 00 DigestInfo (RFC 8017
// section 9.2). With less than eight FF it is taken for noise.
func digestInfo(block []byte) (info signedInfoDigest, ok bool) {
	if len(block) < 11 || block[0] != 0 || block[1] != 1 {
		return info, false
	}
	rest := bytes.TrimLeft(block[2:], "\xff")
	if len(block)-2-len(rest) < 8 || len(rest) == 0 || rest[0] != 0 {
		return info, false
	}
	var parsed struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	trailing, err := asn1.Unmarshal(rest[1:], &parsed)
	if err != nil {
		return info, false
	}
	info.hash, info.digest = hashIDs[parsed.Algorithm.Algorithm.String()], parsed.Digest
	if info.hash != 0 && len(info.digest) != info.hash.Size() {
		info.hash = 0
	}
	parsed.Algorithm.Parameters = asn1.NullRawValue
	again, err := asn1.Marshal(parsed)
	info.canonical = err == nil && len(trailing) == 0 && bytes.Equal(again, rest[1:])
	return info, true
}

// emsaPSS is EMSA-PSS-VERIFY (RFC 8017 section 9.1.2) for any length of salt; it
// returns that length, or -1 when the block is not one of digest.
func emsaPSS(block []byte, modulusBits int, h, mgf crypto.Hash, digest []byte) int {
	hLen := h.Size()
	em, ok := encodedMessage(block, modulusBits)
	if !ok || len(em) < hLen+2 || em[len(em)-1] != 0xbc {
		return -1
	}
	db := bytes.Clone(em[:len(em)-hLen-1])
	seed := em[len(em)-hLen-1 : len(em)-1]
	if !clearedBits(db[0], len(em), modulusBits) {
		return -1
	}
	xorMGF1(db, mgf, seed)
	db[0] &= 0xff >> (8*len(em) - (modulusBits - 1))
	salt, ok := bytes.CutPrefix(bytes.TrimLeft(db, "\x00"), []byte{1})
	if !ok {
		return -1
	}
	hash := h.New()
	hash.Write(make([]byte, 8))
	hash.Write(digest)
	hash.Write(salt)
	if !bytes.Equal(hash.Sum(nil), seed) {
		return -1
	}
	return len(salt)
}

// pssShape reports whether block looks like one of RSASSA-PSS.
func pssShape(block []byte, modulusBits int) bool {
	em, ok := encodedMessage(block, modulusBits)
	return ok && len(em) > 1 && em[len(em)-1] == 0xbc && clearedBits(em[0], len(em), modulusBits)
}

// encodedMessage is the EM of an opened block, one octet shorter than the
// modulus when that has a multiple of eight bits and one more.
func encodedMessage(block []byte, modulusBits int) ([]byte, bool) {
	if len(block) == 0 {
		return nil, false
	}
	if (modulusBits-1)%8 == 0 {
		return block[1:], block[0] == 0
	}
	return block, true
}

func clearedBits(first byte, emLen, modulusBits int) bool {
	return first&^(0xff>>(8*emLen-(modulusBits-1))) == 0
}

// xorMGF1 applies the mask of RFC 8017 appendix B.2.1.
func xorMGF1(out []byte, h crypto.Hash, seed []byte) {
	var counter [4]byte
	for i := uint32(0); len(out) > 0; i++ {
		binary.BigEndian.PutUint32(counter[:], i)
		hash := h.New()
		hash.Write(seed)
		hash.Write(counter[:])
		mask := hash.Sum(nil)
		n := min(len(mask), len(out))
		for j := range n {
			out[j] ^= mask[j]
		}
		out = out[n:]
	}
}

// readPSSParams reads the parameters that the SignatureMethod m may give
// (RFC 9231 section 2.3.9). Those without are the hash's own.
func (s *Signature) readPSSParams(m *xmldoc.Node) {
	if s.SignatureMethod != nsMore2007+"rsa-pss" {
		return
	}
	hashOf := func(n *xmldoc.Node, into *crypto.Hash) {
		for e := range n.Elements() {
			if e.Is(Namespace, "DigestMethod") {
				if *into = DigestHash(s.algorithm(e)); *into == 0 {
					s.Algorithm.Family = Other
				}
			}
		}
	}
	for params := range m.Elements() {
		if !params.Is(nsMore2007, "RSAPSSParams") {
			continue
		}
		hashOf(params, &s.Algorithm.Hash)
		for e := range params.Elements() {
			switch {
			case e.Is(nsMore2007, "MaskGenerationFunction"):
				hashOf(e, &s.Algorithm.params.mgf)
			case e.Is(nsMore2007, "SaltLength"):
				n, err := strconv.Atoi(e.Text())
				if err != nil || n < 0 {
					s.problem(ProblemParameter, e, "The SaltLength %q is not a number of octets.", e.Text())
					continue
				}
				s.Algorithm.params.saltLength = n
			}
		}
	}
}
