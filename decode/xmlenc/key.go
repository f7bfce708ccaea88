package xmlenc

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"

	"github.com/samlwhy/samlwhy/decode/metadata"
)

// Key is a private key. However it is printed, nothing secret of it shows.
type Key struct {
	Private crypto.PrivateKey // *rsa.PrivateKey, *ecdsa.PrivateKey, …
	// From says where the key came from, for people: a flag, a file. The caller
	// sets it.
	From string
	// Certificates came in the same file. Those of this key are first.
	Certificates []*metadata.Certificate
}

// Public is the public key; nil when there is none to be had.
func (k Key) Public() crypto.PublicKey {
	if p, ok := k.Private.(interface{ Public() crypto.PublicKey }); ok {
		return p.Public()
	}
	return nil
}

// Fits reports whether k is the private key of pub.
func (k Key) Fits(pub crypto.PublicKey) bool {
	own, ok := k.Public().(interface{ Equal(x crypto.PublicKey) bool })
	return ok && pub != nil && own.Equal(pub)
}

// Describe names k by kind, size and the fingerprint of its public key (SHA-256
// of its SubjectPublicKeyInfo): "RSA 2048, SHA-256 3F:…".
func (k Key) Describe() string {
	c := k.bare()
	if c == nil {
		return "key of an unknown kind"
	}
	return kindOf(c) + ", SHA-256 " + c.SHA256
}

// String is Describe, so that no formatting verb shows a key.
func (k Key) String() string { return k.Describe() }

// GoString is Describe too.
func (k Key) GoString() string { return k.Describe() }

// MarshalText returns Describe, for JSON and logs.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.Describe()), nil }

// bare is the public key in the form that certificates have; nil when it has none.
func (k Key) bare() *metadata.Certificate {
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		return nil
	}
	c, err := metadata.ParseDER(der)
	if err != nil {
		return nil
	}
	return c
}

func kindOf(c *metadata.Certificate) string {
	if c.KeyAlgorithm == "RSA" && c.KeyBits > 0 {
		return fmt.Sprintf("RSA %d", c.KeyBits)
	}
	return c.KeyAlgorithm
}

// name names k in a sentence.
func (k Key) name() string {
	switch c := k.bare(); {
	case k.From == "":
		return "(" + k.Describe() + ")"
	case c == nil:
		return k.From
	default:
		return k.From + " (" + kindOf(c) + ")"
	}
}

// withCertificates gives the key the certificates of its file, its own first.
func (k Key) withCertificates(certs []*metadata.Certificate) Key {
	k.Certificates = slices.Clone(certs)
	slices.SortStableFunc(k.Certificates, func(a, b *metadata.Certificate) int {
		switch x, y := k.Fits(a.PublicKey), k.Fits(b.PublicKey); {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	return k
}
