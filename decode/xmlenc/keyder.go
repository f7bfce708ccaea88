package xmlenc

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/samlwhy/samlwhy/decode/metadata"
)

// looksLikeDER reports whether data begins with an ASN.1 SEQUENCE, whole or cut
// off, rather than with a text that begins with "0".
func looksLikeDER(data []byte) bool {
	return data[1] >= 0x80 || len(data) == int(data[1])+2
}

// tags are the tags of the elements in the SEQUENCE der, and the elements.
func sequence(der []byte) (elements []asn1.RawValue, ok bool) {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(der, &outer); err != nil || outer.Tag != asn1.TagSequence || outer.Class != asn1.ClassUniversal || !outer.IsCompound {
		return nil, false
	}
	for rest := outer.Bytes; len(rest) > 0 && len(elements) < 20; {
		var e asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &e); err != nil {
			return nil, false
		}
		elements = append(elements, e)
	}
	return elements, len(elements) > 0
}

// isTags reports whether elements begin with those tags of the universal class.
func isTags(elements []asn1.RawValue, tags ...int) bool {
	if len(elements) < len(tags) {
		return false
	}
	for i, t := range tags {
		if elements[i].Class != asn1.ClassUniversal || elements[i].Tag != t {
			return false
		}
	}
	return true
}

// readDER reads one DER value of whatever kind; label is that of its PEM block.
func (r *keyReader) readDER(der []byte, label string) error {
	e, ok := sequence(der)
	if !ok {
		if label != "" {
			return fmt.Errorf("the key (BEGIN %s) is damaged: what is in it cannot be read", label)
		}
		return errors.New("the file is binary, but neither a DER key nor PKCS #12 that can be read; where it is PKCS #12 of an unusual encoding, convert it with openssl pkcs12 -in FILE -nodes -out key.pem")
	}
	const integer, octetString, bitString, seq = asn1.TagInteger, asn1.TagOctetString, asn1.TagBitString, asn1.TagSequence
	switch {
	case label == "DSA PRIVATE KEY", isTags(e, integer, integer, integer, integer, integer, integer) && len(e) == 6:
		return errors.New("this is a DSA key, which can sign but not decrypt: give the RSA key of the service's encryption certificate")
	case isTags(e, integer, integer, integer):
		key, err := parseRSA(der)
		return r.add(key, err)
	case isTags(e, integer, octetString):
		key, err := x509.ParseECPrivateKey(der)
		if err != nil {
			return sentence(err, "the EC key cannot be read: it is damaged, or of a curve that is not supported")
		}
		return r.add(key, nil)
	case isTags(e, integer, seq, octetString):
		return r.add(parsePKCS8(der, e))
	case isTags(e, seq, octetString):
		return r.readEncrypted(der)
	case isTags(e, integer, seq):
		return r.readPKCS12(der)
	case isTags(e, seq, seq, bitString), isTags(e, seq, bitString), isTags(e, integer, integer):
		c, err := metadata.ParseDER(der)
		switch k, isKind := errors.AsType[*metadata.KindError](err); {
		case isKind && k.Found == metadata.FoundRequest:
			return errRequest
		case err != nil:
		case c.Bare():
			return errPublicKey
		default:
			return errCertificate
		}
	}
	return errors.New("this is no private key in any form that is read (PEM, DER, PKCS #12)")
}

func (r *keyReader) add(key crypto.PrivateKey, err error) error {
	if err == nil {
		r.keys = append(r.keys, Key{Private: key})
	}
	return err
}

// parsePKCS8 reads a PrivateKeyInfo (RFC 5208), of which e are the elements.
func parsePKCS8(der []byte, e []asn1.RawValue) (crypto.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err == nil {
		return key, nil
	}
	// Small RSA keys, and those marked for RSASSA-PSS alone.
	if inner, ok := sequence(e[2].Bytes); ok && isTags(inner, asn1.TagInteger, asn1.TagInteger, asn1.TagInteger) {
		return parseRSA(e[2].Bytes)
	}
	return nil, sentence(err, "the private key (PKCS #8) is of a kind that is not supported, or damaged; an RSA key is needed")
}

// parseRSA reads a PKCS #1 RSAPrivateKey, small ones and those that crypto/rsa
// finds fault with too, as long as they work.
func parseRSA(der []byte) (*rsa.PrivateKey, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	var raw struct {
		Version                  int
		N, E, D, P, Q, DP, DQ, C *big.Int
		More                     asn1.RawValue `asn1:"optional"`
	}
	damaged := errors.New("the RSA key is damaged: its numbers do not belong together")
	if _, err := asn1.Unmarshal(der, &raw); err != nil {
		return nil, damaged
	}
	for _, n := range []*big.Int{raw.N, raw.E, raw.D, raw.P, raw.Q} {
		if n.Sign() <= 0 || n.BitLen() > largestRSA {
			return nil, damaged
		}
	}
	if !raw.E.IsInt64() || raw.E.Int64() > math.MaxInt32 || raw.N.BitLen() < 128 {
		return nil, damaged
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: raw.N, E: int(raw.E.Int64())}, D: raw.D, Primes: []*big.Int{raw.P, raw.Q}}
	two := big.NewInt(2)
	sealed := new(big.Int).Exp(two, raw.E, raw.N)
	if new(big.Int).SetBytes(rawRSA(key, sealed.Bytes())).Cmp(two) != 0 {
		return nil, damaged
	}
	return key, nil
}

// readPKCS12 reads a PFX (RFC 7292).
func (r *keyReader) readPKCS12(der []byte) error {
	if tooManyIterations(der, 0) {
		return errIterations
	}
	key, own, chain, err := pkcs12.DecodeChain(der, "")
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		password, askErr := r.secret("the PKCS #12 file")
		if askErr != nil {
			return askErr
		}
		key, own, chain, err = pkcs12.DecodeChain(der, string(password))
	}
	switch {
	case err == nil:
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return sentence(ErrPassword, "the password does not open this PKCS #12 file")
	case strings.Contains(err.Error(), "private key missing"):
		return sentence(err, "this PKCS #12 file holds certificates but no private key: export it again together with the key")
	default:
		return sentence(err, "this PKCS #12 file cannot be read (it may hold several keys, or be encrypted in an old way): convert it with openssl pkcs12 -in FILE -nodes -out key.pem (with -legacy when OpenSSL 3 refuses), and give key.pem")
	}
	for _, c := range append([]*x509.Certificate{own}, chain...) {
		if m, err := metadata.ParseDER(c.Raw); err == nil {
			r.certs = append(r.certs, m)
		}
	}
	return r.add(key, nil)
}
