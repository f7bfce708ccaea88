package sign

import (
	"crypto/dsa" //nolint:staticcheck // old signatures are tested too
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"

	"crypto"
)

//go:embed testdata
var files embed.FS

// Key is a private key with a self-signed certificate. Both are public: they are
// part of the test data.
type Key struct {
	Name           string
	Private        any // *rsa.PrivateKey, *ecdsa.PrivateKey, *dsa.PrivateKey, ed25519.PrivateKey
	Public         crypto.PublicKey
	KeyPEM         []byte
	CertificatePEM []byte
}

// Names are the keys there are.
func Names() []string {
	return []string{"rsa2048", "rsa1024", "rsa512", "other", "p256", "p384", "p521", "dsa", "ed25519"}
}

// MustKey returns the named key. It panics when there is none, which only a
// mistake in a test can cause.
func MustKey(name string) *Key {
	k, err := load(name)
	if err != nil {
		panic(err)
	}
	return k
}

func load(name string) (*Key, error) {
	k := &Key{Name: name}
	var err error
	if k.KeyPEM, err = files.ReadFile("testdata/" + name + ".key"); err != nil {
		return nil, err
	}
	if k.CertificatePEM, err = files.ReadFile("testdata/" + name + ".crt"); err != nil {
		return nil, err
	}
	block, _ := pem.Decode(k.KeyPEM)
	if block == nil {
		return nil, fmt.Errorf("%s: no PEM", name)
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		// Not x509.ParsePKCS1PrivateKey, which has opinions about small keys.
		var raw struct {
			Version                       int
			N                             *big.Int
			E                             int
			D, P, Q, ExpP, ExpQ, Inverted *big.Int
		}
		if _, err := asn1.Unmarshal(block.Bytes, &raw); err != nil {
			return nil, err
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: raw.N, E: raw.E}, D: raw.D, Primes: []*big.Int{raw.P, raw.Q}}
		if key.N.BitLen() >= 1024 {
			key.Precompute()
		}
		k.Private, k.Public = key, &key.PublicKey
	case "EC PRIVATE KEY":
		key, err := x509.ParseECPrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		k.Private, k.Public = key, &key.PublicKey
	case "DSA PRIVATE KEY":
		var raw struct {
			Version       int
			P, Q, G, Y, X *big.Int
		}
		if _, err := asn1.Unmarshal(block.Bytes, &raw); err != nil {
			return nil, err
		}
		key := &dsa.PrivateKey{PublicKey: dsa.PublicKey{Parameters: dsa.Parameters{P: raw.P, Q: raw.Q, G: raw.G}, Y: raw.Y}, X: raw.X}
		k.Private, k.Public = key, &key.PublicKey
	default:
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		private, ok := key.(ed25519.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("%s: %T", name, key)
		}
		k.Private, k.Public = private, private.Public()
	}
	return k, nil
}

// X509Certificate is the certificate as an X509Certificate element holds it.
func (k *Key) X509Certificate() string {
	block, _ := pem.Decode(k.CertificatePEM)
	return base64.StdEncoding.EncodeToString(block.Bytes)
}
