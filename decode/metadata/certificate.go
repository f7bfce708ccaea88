package metadata

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Certificate is an X.509 certificate or a bare public key. It is read by its
// ASN.1 structure, so that it exists for certificates that crypto/x509 refuses
// too (negative serial numbers, tiny keys, old encodings); X509 and ParseError
// tell which it was. It is not changed once it has been read, so copies may
// share its slices and pointers.
type Certificate struct {
	// DER is the certificate without anything that followed it; nil for a bare key.
	DER []byte
	// Key is the SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), DER.
	Key []byte

	// Subject and Issuer are written as RFC 4514 says: "CN=sso.example.org,O=Example".
	// Empty for a bare key.
	Subject, Issuer string
	// NotBefore and NotAfter are the validity period, both inclusive; zero for a
	// bare key and where the certificate's own dates cannot be read.
	NotBefore, NotAfter time.Time
	// Serial is nil for a bare key.
	Serial *big.Int
	// SelfSigned says that issuer and subject are the same name. The signature
	// is not verified.
	SelfSigned bool

	// SHA1 and SHA256 are fingerprints of DER, or of Key for a bare key:
	// upper-case hex in pairs, separated by colons.
	SHA1, SHA256 string
	// KeySHA256 is the fingerprint of Key, the same for a renewed certificate
	// that kept its key.
	KeySHA256 string

	// PublicKey is nil when the key is of a kind that Go cannot use.
	PublicKey crypto.PublicKey
	// KeyBits is the size of the key: RSA and DSA modulus, EC field; 0: unknown.
	KeyBits int
	// KeyAlgorithm is "RSA", "RSA-PSS", "EC P-256", "Ed25519", "DSA", … or an
	// object identifier.
	KeyAlgorithm string
	// SignatureAlgorithm is what the certificate itself is signed with:
	// "SHA256-RSA", "ECDSA-SHA256", … or an object identifier.
	SignatureAlgorithm string

	// X509 is nil when crypto/x509 refuses the certificate, and for a bare key.
	X509 *x509.Certificate
	// ParseError is why crypto/x509 refuses it.
	ParseError error
}

// Bare reports whether c is a public key without a certificate around it.
func (c *Certificate) Bare() bool { return len(c.DER) == 0 }

// Describe names c in a few words, for messages: its subject, or its key.
func (c *Certificate) Describe() string {
	switch {
	case c.Bare() && c.KeyBits > 0:
		return fmt.Sprintf("public key %s %d", c.KeyAlgorithm, c.KeyBits)
	case c.Bare():
		return "public key " + c.KeyAlgorithm
	case c.Subject == "":
		return "certificate without a subject, SHA-256 " + c.SHA256
	}
	return c.Subject
}

// ParseDER reads one DER certificate or SubjectPublicKeyInfo (or a PKCS #1 RSA
// public key); bytes after it are ignored. Its error is a [*KindError] when der
// holds something else.
func ParseDER(der []byte) (*Certificate, error) {
	outer, _, err := readElement(der)
	if err != nil {
		return nil, derError(der, err)
	}
	switch found := classifyDER(outer); found {
	case FoundCertificate:
		return parseX509(outer)
	case FoundPublicKey:
		return parseSPKI(outer.whole)
	case foundPKCS1:
		return parseSPKI(wrapPKCS1(outer.whole))
	case FoundUnknown:
		return nil, &KindError{Found: FoundBinary, wanted: "a certificate"}
	default:
		return nil, &KindError{Found: found, wanted: "a certificate"}
	}
}

// derError words what is wrong with the outermost DER element.
func derError(der []byte, err error) error {
	if e, ok := errors.AsType[*truncatedError](err); ok {
		return fmt.Errorf("the certificate is cut off: its header says %d bytes, %d are there", e.want, e.have)
	}
	if len(der) == 0 {
		return &KindError{Found: FoundEmpty, wanted: "a certificate"}
	}
	return &KindError{Found: FoundBinary, wanted: "a certificate"}
}

// parseX509 takes a certificate apart by RFC 5280 section 4.1, asking for no
// more than the order of its fields.
func parseX509(outer element) (*Certificate, error) {
	c := &Certificate{DER: outer.whole}
	fields, err := outer.children()
	if err != nil || len(fields) < 3 {
		return nil, errors.New("the certificate is damaged: its outer structure cannot be read")
	}
	tbs, err := fields[0].children()
	if err != nil {
		return nil, errors.New("the certificate is damaged: its contents cannot be read")
	}
	if len(tbs) > 0 && tbs[0].tag == tagContext0 { // version, DEFAULT v1
		tbs = tbs[1:]
	}
	if len(tbs) < 6 {
		return nil, errors.New("the certificate is damaged: it ends before its public key")
	}
	serial, issuer, validity, subject, spki := tbs[0], tbs[2], tbs[3], tbs[4], tbs[5]

	key, err := parseSPKI(spki.whole)
	if err != nil {
		return nil, fmt.Errorf("the certificate is damaged: %w", err)
	}
	c.Key, c.PublicKey, c.KeyBits, c.KeyAlgorithm, c.KeySHA256 = key.Key, key.PublicKey, key.KeyBits, key.KeyAlgorithm, key.KeySHA256
	c.Serial = signedInteger(serial.content)
	c.Issuer, c.Subject = distinguishedName(issuer), distinguishedName(subject)
	c.SelfSigned = string(issuer.whole) == string(subject.whole)
	if dates, err := validity.children(); err == nil && len(dates) >= 2 {
		c.NotBefore, c.NotAfter = parseTime(dates[0]), parseTime(dates[1])
	}
	c.SignatureAlgorithm = signatureAlgorithm(fields[1])
	c.SHA1, c.SHA256 = fingerprints(c.DER)

	c.X509, c.ParseError = x509.ParseCertificate(c.DER)
	if c.ParseError != nil {
		c.X509 = nil
	} else if alg := c.X509.SignatureAlgorithm; alg != x509.UnknownSignatureAlgorithm {
		c.SignatureAlgorithm = alg.String() // knows the parameters of RSASSA-PSS
	}
	return c, nil
}

func fingerprints(der []byte) (s1, s256 string) {
	a, b := sha1.Sum(der), sha256.Sum256(der)
	return colonHex(a[:]), colonHex(b[:])
}

// colonHex writes b as openssl does: "AB:CD:…".
func colonHex(b []byte) string {
	const digits = "0123456789ABCDEF"
	var s strings.Builder
	s.Grow(3 * len(b))
	for i, v := range b {
		if i > 0 {
			s.WriteByte(':')
		}
		s.WriteByte(digits[v>>4])
		s.WriteByte(digits[v&15])
	}
	return s.String()
}
