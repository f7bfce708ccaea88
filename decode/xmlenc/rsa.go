package xmlenc

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/binary"
	"math/big"
)

// crypto/rsa takes no smaller keys than this many bits.
const smallestRSA = 1024

// largestRSA bounds what one operation may cost, in bits.
const largestRSA = 16384

// openRSA decrypts c as p says. secret is nil when it does not open; block is what
// came out of the RSA operation, nil when crypto/rsa did it, which does not tell.
//
// crypto/rsa is left out for PKCS #1 v1.5 too, which it has deprecated.
func openRSA(key *rsa.PrivateKey, p *padding, c []byte) (secret, block []byte) {
	if p.oaep && key.N.BitLen() >= smallestRSA {
		m, err := key.Decrypt(nil, c, &rsa.OAEPOptions{Hash: p.digest, MGFHash: p.mgf, Label: p.label})
		if err != nil {
			return nil, nil
		}
		return m, nil
	}
	block = rawRSA(key, c)
	return p.unpad(block), block
}

// rawRSA is the RSA private operation (RFC 8017 section 5.1.2) for keys of any
// size, as an octet string as long as the modulus; nil when c is no number below
// it. It takes no constant time, see the package comment.
func rawRSA(key *rsa.PrivateKey, c []byte) []byte {
	n := new(big.Int).SetBytes(c)
	if n.Cmp(key.N) >= 0 {
		return nil
	}
	m := new(big.Int)
	if len(key.Primes) == 2 && new(big.Int).Mul(key.Primes[0], key.Primes[1]).Cmp(key.N) == 0 {
		m = crt(key, n)
	} else {
		m.Exp(n, key.D, key.N)
	}
	return m.FillBytes(make([]byte, key.Size()))
}

// crt is the operation by the two primes, about three times as fast.
func crt(key *rsa.PrivateKey, c *big.Int) *big.Int {
	p, q, one := key.Primes[0], key.Primes[1], big.NewInt(1)
	exp := func(prime *big.Int) *big.Int {
		d := new(big.Int).Sub(prime, one)
		if d.Sign() > 0 {
			d.Mod(key.D, d)
		}
		return new(big.Int).Exp(new(big.Int).Mod(c, prime), d, prime)
	}
	mp, mq := exp(p), exp(q)
	inverse := new(big.Int).ModInverse(q, p)
	if inverse == nil {
		return new(big.Int).Exp(c, key.D, key.N)
	}
	h := new(big.Int).Sub(mp, mq)
	h.Mul(h, inverse).Mod(h, p)
	return h.Mul(h, q).Add(h, mq)
}

// padding is one way to encode a key before RSA.
type padding struct {
	oaep        bool // else PKCS #1 v1.5
	digest, mgf crypto.Hash
	label       []byte
}

// unpad takes the message out of an opened block; nil when the block is not
// encoded as p says.
func (p *padding) unpad(block []byte) []byte {
	if !p.oaep {
		return unpadPKCS1(block)
	}
	labelHash, m := unpadOAEP(block, p.digest, p.mgf)
	if m == nil || !bytes.Equal(labelHash, hashOf(p.digest, p.label)) {
		return nil
	}
	return m
}

// unpadPKCS1 is EME-PKCS1-v1_5 decoding (RFC 8017 section 7.2.2): 00 02, eight
// or more other octets than 00, 00, message. What a wrong key leaves looks like
// that once in a hundred thousand times, so the message has to be as long as the
// key of some algorithm, too.
func unpadPKCS1(block []byte) []byte {
	if len(block) < 11 || block[0] != 0 || block[1] != 2 {
		return nil
	}
	end := bytes.IndexByte(block[2:], 0)
	if end < 8 {
		return nil
	}
	m := block[2+end+1:]
	for i := range contentAlgorithms {
		if contentAlgorithms[i].keyLength == len(m) {
			return m
		}
	}
	return nil
}

// unpadOAEP is EME-OAEP decoding (RFC 8017 section 7.1.2) without the comparison
// of the label's hash, which is returned.
func unpadOAEP(block []byte, digest, mgf crypto.Hash) (labelHash, m []byte) {
	size := digest.Size()
	if len(block) < 2*size+2 || block[0] != 0 {
		return nil, nil
	}
	seed, db := bytes.Clone(block[1:1+size]), bytes.Clone(block[1+size:])
	xorMGF1(seed, mgf, db)
	xorMGF1(db, mgf, seed)
	rest := bytes.TrimLeft(db[size:], "\x00")
	if len(rest) == 0 || rest[0] != 1 {
		return nil, nil
	}
	return db[:size], rest[1:]
}

func hashOf(h crypto.Hash, b []byte) []byte {
	d := h.New()
	d.Write(b)
	return d.Sum(nil)
}

// xorMGF1 applies the mask of RFC 8017 appendix B.2.1.
func xorMGF1(out []byte, h crypto.Hash, seed []byte) {
	var counter [4]byte
	for i := uint32(0); len(out) > 0; i++ {
		binary.BigEndian.PutUint32(counter[:], i)
		d := h.New()
		d.Write(seed)
		d.Write(counter[:])
		mask := d.Sum(nil)
		n := min(len(mask), len(out))
		for j := range n {
			out[j] ^= mask[j]
		}
		out = out[n:]
	}
}

// describe names p for people.
func (p *padding) describe() string {
	if !p.oaep {
		return "RSA PKCS #1 v1.5"
	}
	return "RSA-OAEP with " + hashName(p.digest) + " and MGF1 with " + hashName(p.mgf)
}

// exported is p for callers.
func (p *padding) exported() *Padding {
	if !p.oaep {
		return &Padding{}
	}
	return &Padding{OAEP: true, Digest: hashName(p.digest), MGF: hashName(p.mgf), Label: p.label}
}

// instead says what of p is not as declared.
func (p *padding) instead(declared *padding) string {
	switch {
	case p.oaep != declared.oaep || p.digest != declared.digest && p.mgf != declared.mgf:
		return p.describe() + " instead of the declared " + declared.describe()
	case p.oaep && p.digest != declared.digest:
		return hashName(p.digest) + " as OAEP digest instead of the declared " + hashName(declared.digest)
	case p.oaep && p.mgf != declared.mgf:
		return "MGF1 with " + hashName(p.mgf) + " instead of the declared MGF1 with " + hashName(declared.mgf)
	case declared.label == nil:
		return "a label (OAEPparams) that the message does not give"
	case p.label == nil:
		return "no label instead of the declared OAEPparams"
	}
	return "another label than the declared OAEPparams"
}
