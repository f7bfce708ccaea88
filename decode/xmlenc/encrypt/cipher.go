package encrypt

import (
	"cmp"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // made to be opened by tests
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/binary"
	"math/big"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

func keyLength(method string) int {
	switch {
	case strings.Contains(method, "128"):
		return 16
	case strings.Contains(method, "192"), strings.Contains(method, "tripledes"):
		return 24
	}
	return 32
}

// content encrypts plain (XML Encryption 1.1 section 5.2).
func content(method string, key []byte, plain string, random *stream) []byte {
	block, err := aes.NewCipher(key)
	if strings.Contains(method, "tripledes") {
		block, err = des.NewTripleDESCipher(key) //nolint:gosec // as above
	}
	if err != nil {
		panic("encrypt: " + method + ": " + err.Error())
	}
	switch {
	case strings.HasSuffix(method, "-gcm"):
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			panic("encrypt: " + err.Error())
		}
		nonce := random.bytes(gcm.NonceSize())
		return gcm.Seal(nonce, nonce, []byte(plain), nil) //nolint:gosec // the same every time, on purpose
	case strings.HasSuffix(method, "-cbc"):
		size := block.BlockSize()
		n := size - len(plain)%size
		padding := random.bytes(n)
		padding[n-1] = byte(n)
		out := append(random.bytes(size), plain...)
		out = append(out, padding...)
		cipher.NewCBCEncrypter(block, out[:size]).CryptBlocks(out[size:], out[size:])
		return out
	}
	panic("encrypt: there is no algorithm " + method)
}

// seal encrypts the content's key for pub (section 5.5). crypto/rsa does it with
// chance of its own and with no small keys.
func (t *Transport) seal(pub *rsa.PublicKey, key []byte, random *stream) []byte {
	size := pub.Size()
	block := make([]byte, size)
	switch method := cmp.Or(t.Method, DefaultTransport); method {
	case xmlenc.Namespace + "rsa-1_5":
		block[1] = 2
		filler := block[2 : size-len(key)-1]
		copy(filler, random.bytes(len(filler)))
		for i := range filler {
			filler[i] |= 1 // never 0
		}
		copy(block[size-len(key):], key)
	case xmlenc.Namespace + "rsa-oaep-mgf1p", xmlenc.Namespace11 + "rsa-oaep":
		digest, mgf := hashNamed(t.Digest), crypto.SHA1
		if method == xmlenc.Namespace11+"rsa-oaep" {
			mgf = hashNamed(t.MGF)
		}
		n := digest.Size()
		seed, db := block[1:1+n], block[1+n:]
		copy(seed, random.bytes(n))
		label := digest.New()
		label.Write(t.Params)
		copy(db, label.Sum(nil))
		db[len(db)-len(key)-1] = 1
		copy(db[len(db)-len(key):], key)
		mask(db, mgf, seed)
		mask(seed, mgf, db)
	default:
		panic("encrypt: there is no algorithm " + method)
	}
	m := new(big.Int).SetBytes(block)
	return m.Exp(m, big.NewInt(int64(pub.E)), pub.N).FillBytes(block)
}

// hashNamed is the hash at the end of the identifier of a digest or MGF.
func hashNamed(uri string) crypto.Hash {
	for _, h := range []struct {
		name string
		hash crypto.Hash
	}{{"sha224", crypto.SHA224}, {"sha256", crypto.SHA256}, {"sha384", crypto.SHA384}, {"sha512", crypto.SHA512}} {
		if strings.HasSuffix(uri, h.name) {
			return h.hash
		}
	}
	return crypto.SHA1
}

// mask is MGF1 (RFC 8017 appendix B.2.1), exclusive-or'ed with out.
func mask(out []byte, h crypto.Hash, seed []byte) {
	for i := 0; i < len(out); i += h.Size() {
		d := h.New()
		d.Write(seed)
		d.Write(binary.BigEndian.AppendUint32(nil, uint32(i/h.Size())))
		for j, b := range d.Sum(nil) {
			if i+j < len(out) {
				out[i+j] ^= b
			}
		}
	}
}
