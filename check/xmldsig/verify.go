package xmldsig

import (
	"bytes"
	"crypto"
	"crypto/dsa" //nolint:staticcheck // old signatures are verified too
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"
)

// Reason says how the verification of a SignatureValue ended.
type Reason string

// The reasons. Only with [ReasonOK] the signature verifies.
const (
	ReasonOK Reason = "ok"
	// ReasonWrongKey: RSA, and the block does not open: another key signed, or
	// the value itself was damaged.
	ReasonWrongKey Reason = "wrong-key"
	// ReasonOtherContent: RSA, and the key is right: the block opens to the
	// digest of something else than this SignedInfo.
	ReasonOtherContent Reason = "other-content"
	// ReasonOtherHash: RSA, and the key is right, but the block was made with
	// another hash than SignatureMethod names.
	ReasonOtherHash Reason = "other-hash"
	// ReasonOtherPadding: RSA, and the key is right, but the block was padded in
	// another way than SignatureMethod names: PSS for PKCS #1 v1.5, the other
	// way round, a salt of another length, or a malformed DigestInfo.
	ReasonOtherPadding Reason = "other-padding"
	// ReasonMismatch: not RSA; key and content do not fit the value, and nothing
	// tells which of them is wrong.
	ReasonMismatch Reason = "mismatch"
	// ReasonDEREncoded: the value verifies, but is the DER form of r and s that
	// most libraries produce, not their concatenation that XML Signature wants
	// (xmldsig-core1 section 6.4.3).
	ReasonDEREncoded Reason = "der-encoded"
	// ReasonTruncated and ReasonTooLong: the length cannot be that of a value
	// made with this key.
	ReasonTruncated Reason = "truncated"
	ReasonTooLong   Reason = "too-long"
	// ReasonNonstandardAlgorithm: the value verifies, but the SignatureMethod is
	// a URI that no specification defines, so that most software refuses it.
	ReasonNonstandardAlgorithm Reason = "nonstandard-algorithm"

	ReasonMissing              Reason = "missing"               // no SignatureValue, or an empty one
	ReasonBadBase64            Reason = "bad-base64"            // it is not base64
	ReasonUnsupportedAlgorithm Reason = "unsupported-algorithm" // SignatureMethod is not known, HMAC, or not one of Go's
	ReasonKeyTypeMismatch      Reason = "key-type-mismatch"     // an EC key for an RSA signature, and the like
	ReasonUnusableKey          Reason = "unusable-key"          // nil, of an unknown kind, or absurd
	ReasonUnreadable           Reason = "unreadable"            // SignedInfo has no canonical form, see Err
)

// ValueVerdict is the outcome of verifying a SignatureValue with one key.
type ValueVerdict struct {
	OK     bool // Reason is ReasonOK
	Reason Reason
	// KeyFits says that the private key of this public key made the value,
	// though perhaps for other content. It is never a guess: false means not
	// proven.
	KeyFits bool
	// Signed and SignedDigest are, for RSA PKCS #1 v1.5 when the block opened,
	// the hash that was used and the digest that was signed. Signed is 0 when
	// the block names a hash that is not known.
	Signed       crypto.Hash
	SignedDigest []byte
	// ContentFits says, with ReasonOtherHash, that SignedDigest is the digest of
	// this SignedInfo: only SignatureMethod is wrong.
	ContentFits bool
	// Length and WantLength are octets: of the value, and of one made with this
	// key. WantLength is 0 where the key does not decide it.
	Length, WantLength int
	// Err has more, for reasons that need it.
	Err error
}

// VerifyValue verifies SignatureValue over SignedInfo with one public key: an
// [*rsa.PublicKey] of up to 16,384 bits, however small, an [*ecdsa.PublicKey],
// an [ed25519.PublicKey] or a [*dsa.PublicKey]. References are not followed.
func (s *Signature) VerifyValue(key crypto.PublicKey) ValueVerdict {
	v := ValueVerdict{Length: len(s.Value)}
	switch {
	case len(s.Values) == 0 || errors.Is(s.ValueErr, errNoValue):
		v.Reason = ReasonMissing
		return v
	case s.ValueErr != nil:
		v.Reason, v.Err = ReasonBadBase64, s.ValueErr
		return v
	}
	return verify(s.Algorithm, s.Value, key, &s.octets)
}

// VerifyRedirect verifies a signature of the HTTP-Redirect binding (saml-bindings
// section 3.4.4.1): octets is the query string as it was signed, that is
// SAMLRequest or SAMLResponse, RelayState if there is one, and SigAlg, each with
// the percent-encoding of the original; sigAlg and signature are decoded.
//
// ECDSA values in DER are common here, because the binding says nothing of their
// form: [ReasonDEREncoded] may be taken for success.
func VerifyRedirect(octets []byte, sigAlg string, signature []byte, key crypto.PublicKey) ValueVerdict {
	if len(signature) == 0 {
		return ValueVerdict{Reason: ReasonMissing}
	}
	signed := &signedOctets{write: func(w io.Writer) error {
		_, err := w.Write(octets)
		return err
	}}
	return verify(SignatureAlgorithmOf(sigAlg), signature, key, signed)
}

// signedOctets are octets that a signature covers, with their digests by hash,
// as trying several keys needs them again.
type signedOctets struct {
	write func(io.Writer) error

	mu      sync.Mutex
	digests map[crypto.Hash][]byte
}

func (o *signedOctets) digest(h crypto.Hash) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if d := o.digests[h]; d != nil {
		return d, nil
	}
	hash := h.New()
	if err := o.write(hash); err != nil {
		return nil, err
	}
	if o.digests == nil {
		o.digests = map[crypto.Hash][]byte{}
	}
	o.digests[h] = hash.Sum(nil)
	return o.digests[h], nil
}

func verify(alg SignatureAlgorithm, sig []byte, key crypto.PublicKey, octets *signedOctets) ValueVerdict {
	v := ValueVerdict{Length: len(sig)}
	fits, ok := usable(alg.Family, key)
	switch {
	case !ok:
		v.Reason = ReasonUnusableKey
		return v
	case alg.Family == Other || alg.Family == HMAC:
		v.Reason = ReasonUnsupportedAlgorithm
		return v
	case !fits:
		v.Reason = ReasonKeyTypeMismatch
		return v
	}
	var err error
	switch key := key.(type) {
	case *rsa.PublicKey:
		if alg.Family == RSAPSS {
			err = v.verifyPSS(alg, sig, key, octets)
		} else {
			err = v.verifyPKCS1(alg.Hash, sig, key, octets)
		}
	case *ecdsa.PublicKey:
		err = v.verifyECDSA(alg.Hash, sig, key, octets)
	case *dsa.PublicKey:
		err = v.verifyDSA(alg.Hash, sig, key, octets)
	case ed25519.PublicKey:
		err = v.verifyEd25519(sig, key, octets)
	}
	if err != nil {
		v = ValueVerdict{Reason: ReasonUnreadable, Length: len(sig), Err: err}
	}
	if v.Reason == ReasonOK {
		v.KeyFits, v.ContentFits = true, true
		if alg.Nonstandard {
			v.Reason = ReasonNonstandardAlgorithm
		}
	}
	v.OK = v.Reason == ReasonOK
	return v
}

// The largest keys that are used: anything above is made to waste time.
const (
	maxRSABits = 16384
	maxDSABits = 8192
)

// usable reports whether key is one that can verify anything, and whether it is
// of the kind that the family needs.
func usable(family Family, key crypto.PublicKey) (fits, ok bool) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		ok = key != nil && key.N != nil && key.N.Sign() > 0 && key.N.BitLen() <= maxRSABits && key.E > 1
		return family == RSA || family == RSAPSS, ok
	case *ecdsa.PublicKey:
		return family == ECDSA, key != nil && key.Curve != nil
	case *dsa.PublicKey:
		ok = key != nil && key.P != nil && key.Q != nil && key.G != nil && key.Y != nil &&
			key.P.Sign() > 0 && key.P.BitLen() <= maxDSABits && key.Q.BitLen() <= key.P.BitLen() && key.Q.Sign() > 0 &&
			key.G.BitLen() <= key.P.BitLen() && key.Y.BitLen() <= key.P.BitLen()
		return family == DSA, ok
	case ed25519.PublicKey:
		return family == Ed25519, len(key) == ed25519.PublicKeySize
	}
	return false, false
}

func (v *ValueVerdict) verifyECDSA(h crypto.Hash, sig []byte, key *ecdsa.PublicKey, octets *signedOctets) error {
	digest, err := octets.digest(h)
	if err != nil {
		return err
	}
	size := (key.Params().N.BitLen() + 7) / 8
	// Old Java versions cut leading zeros of both halves, which libxmlsec1 takes
	// too: any shorter even length is halved.
	half := min(len(sig)/2, size)
	v.verifyPair(sig, half, size, func(r, s *big.Int) bool { return ecdsa.Verify(key, digest, r, s) })
	return nil
}

func (v *ValueVerdict) verifyDSA(h crypto.Hash, sig []byte, key *dsa.PublicKey, octets *signedOctets) error {
	digest, err := octets.digest(h)
	if err != nil {
		return err
	}
	size := (key.Q.BitLen() + 7) / 8
	digest = digest[:min(len(digest), size)] // FIPS 186-4 section 4.7; Verify does not truncate
	v.verifyPair(sig, size, size, func(r, s *big.Int) bool { return dsa.Verify(key, digest, r, s) })
	return nil
}

// verifyPair verifies a value that is r and s, half octets each, where a key
// makes them of size octets.
func (v *ValueVerdict) verifyPair(sig []byte, half, size int, verify func(r, s *big.Int) bool) {
	v.WantLength = 2 * size
	v.Reason = ReasonMismatch
	fits := half > 0 && len(sig) == 2*half
	if fits && verify(new(big.Int).SetBytes(sig[:half]), new(big.Int).SetBytes(sig[half:])) {
		v.Reason = ReasonOK
		return
	}
	if r, s, isDER := derPair(sig); isDER && verify(r, s) {
		v.Reason, v.KeyFits, v.ContentFits = ReasonDEREncoded, true, true
	} else if !fits && !isDER {
		v.Reason = wrongLength(len(sig), v.WantLength)
	}
}

func wrongLength(have, want int) Reason {
	if have < want {
		return ReasonTruncated
	}
	return ReasonTooLong
}

// derPair reads SEQUENCE { r INTEGER, s INTEGER }.
func derPair(sig []byte) (r, s *big.Int, ok bool) {
	var pair struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(sig, &pair)
	return pair.R, pair.S, err == nil && len(rest) == 0 && pair.R.Sign() > 0 && pair.S.Sign() > 0
}

func (v *ValueVerdict) verifyEd25519(sig []byte, key ed25519.PublicKey, octets *signedOctets) error {
	v.WantLength = ed25519.SignatureSize
	if len(sig) != ed25519.SignatureSize {
		v.Reason = wrongLength(len(sig), ed25519.SignatureSize)
		return nil
	}
	// Ed25519 hashes what it signs twice, so it has to be held in memory.
	var b bytes.Buffer
	if err := octets.write(&b); err != nil {
		return err
	}
	v.Reason = ReasonMismatch
	if ed25519.Verify(key, b.Bytes(), sig) {
		v.Reason = ReasonOK
	}
	return nil
}

// String names the reason with what belongs to it, for logs and tests.
func (v ValueVerdict) String() string {
	switch {
	case v.Err != nil:
		return fmt.Sprintf("%s: %v", v.Reason, v.Err)
	case v.Signed != 0:
		return fmt.Sprintf("%s (%v %x)", v.Reason, v.Signed, v.SignedDigest)
	}
	return string(v.Reason)
}
