package xmlenc

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // what is encrypted with it has to be opened
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"strings"
)

// contentAlgorithm is a block encryption algorithm (XML Encryption 1.1 section
// 5.2).
type contentAlgorithm struct {
	uri, name string
	keyLength int
	gcm       bool // else CBC
	newBlock  func(key []byte) (cipher.Block, error)
}

var contentAlgorithms = []contentAlgorithm{
	{Namespace + "aes128-cbc", "AES-128-CBC", 16, false, aes.NewCipher},
	{Namespace + "aes192-cbc", "AES-192-CBC", 24, false, aes.NewCipher},
	{Namespace + "aes256-cbc", "AES-256-CBC", 32, false, aes.NewCipher},
	{Namespace11 + "aes128-gcm", "AES-128-GCM", 16, true, aes.NewCipher},
	{Namespace11 + "aes192-gcm", "AES-192-GCM", 24, true, aes.NewCipher},
	{Namespace11 + "aes256-gcm", "AES-256-GCM", 32, true, aes.NewCipher},
	{Namespace + "tripledes-cbc", "3DES-CBC", 24, false, des.NewTripleDESCipher},
}

func contentAlgorithmOf(uri string) *contentAlgorithm {
	for i := range contentAlgorithms {
		if contentAlgorithms[i].uri == uri {
			return &contentAlgorithms[i]
		}
	}
	return nil
}

// The key transport algorithms (section 5.5).
const (
	rsa15   = Namespace + "rsa-1_5"
	oaep    = Namespace + "rsa-oaep-mgf1p" // MGF1 with SHA-1, whatever the digest
	oaep11  = Namespace11 + "rsa-oaep"
	keyWrap = "kw-" // how the names of symmetric key wrap begin (section 5.7)
)

// namedHash is a hash as digest and as mask generation function of RSA-OAEP.
type namedHash struct {
	hash        crypto.Hash
	name        string
	digest, mgf string // URIs
}

var hashes = []namedHash{
	{crypto.SHA1, "SHA-1", nsSignature + "sha1", Namespace11 + "mgf1sha1"},
	{crypto.SHA256, "SHA-256", Namespace + "sha256", Namespace11 + "mgf1sha256"},
	{crypto.SHA512, "SHA-512", Namespace + "sha512", Namespace11 + "mgf1sha512"},
	{crypto.SHA384, "SHA-384", nsMore + "sha384", Namespace11 + "mgf1sha384"},
	{crypto.SHA224, "SHA-224", nsMore + "sha224", Namespace11 + "mgf1sha224"},
}

// digestOf is the hash named by uri, 0 when it is none of RSA-OAEP's.
func digestOf(uri string) crypto.Hash {
	for _, h := range hashes {
		if h.digest == uri {
			return h.hash
		}
	}
	return 0
}

func mgfOf(uri string) crypto.Hash {
	for _, h := range hashes {
		if h.mgf == uri {
			return h.hash
		}
	}
	return 0
}

func hashName(h crypto.Hash) string {
	for _, n := range hashes {
		if n.hash == h {
			return n.name
		}
	}
	return ""
}

// localName is what follows the namespace in the identifier of an algorithm.
func localName(uri string) string {
	for _, ns := range []string{Namespace, Namespace11} {
		if local, ok := strings.CutPrefix(uri, ns); ok {
			return local
		}
	}
	return ""
}

// isKeyAgreement reports whether uri is an algorithm of section 5.6.
func isKeyAgreement(uri string) bool {
	switch localName(uri) {
	case "ECDH-ES", "dh", "dh-es":
		return true
	}
	return false
}

// isKeyWrap reports whether uri is an algorithm of section 5.7.
func isKeyWrap(uri string) bool { return strings.HasPrefix(localName(uri), keyWrap) }
