package metadata

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// nsSignature11 is the namespace of XML Signature 1.1's additions.
const nsSignature11 = "http://www.w3.org/2009/xmldsig11#"

// Object identifiers of public keys.
const (
	oidRSA = "1.2.840.113549.1.1.1"
	oidPSS = "1.2.840.113549.1.1.10"
	oidEC  = "1.2.840.10045.2.1"
	oidDSA = "1.2.840.10040.4.1"
)

// parseSPKI reads a SubjectPublicKeyInfo.
func parseSPKI(der []byte) (*Certificate, error) {
	outer, _, err := readElement(der)
	if err != nil {
		return nil, errors.New("the public key cannot be read")
	}
	fields, err := outer.children()
	if err != nil || outer.tag != tagSequence || len(fields) < 2 || fields[0].tag != tagSequence ||
		fields[1].tag != tagBitString || len(fields[1].content) == 0 {
		return nil, errors.New("the public key cannot be read")
	}
	id, params := algorithmOID(fields[0])
	bits := fields[1].content[1:] // the first octet counts unused bits
	c := &Certificate{Key: outer.whole, KeyAlgorithm: id}
	c.SHA1, c.SHA256 = fingerprints(c.Key)
	c.KeySHA256 = c.SHA256

	// A key that Go cannot use still has an algorithm and a size.
	if pub, err := x509.ParsePKIXPublicKey(c.Key); err == nil {
		c.PublicKey = pub
	}
	switch id {
	case oidRSA, oidPSS:
		c.KeyAlgorithm = "RSA"
		if id == oidPSS {
			c.KeyAlgorithm = "RSA-PSS"
		}
		n, e, ok := rsaNumbers(bits)
		if !ok {
			return nil, errors.New("the RSA public key cannot be read")
		}
		c.KeyBits = n.BitLen()
		if c.PublicKey == nil && e.IsInt64() && e.Int64() <= math.MaxInt32 {
			c.PublicKey = &rsa.PublicKey{N: n, E: int(e.Int64())}
		}
	case oidEC:
		name, size := curve(oid(params))
		if size == 0 { // explicit parameters: an uncompressed point is 04, x, y
			size = (len(bits) - 1) / 2 * 8
		}
		c.KeyAlgorithm, c.KeyBits = strings.TrimSpace("EC "+name), size
	case oidDSA:
		c.KeyAlgorithm = "DSA"
		if p, _, err := readElement(params.content); err == nil && p.tag == tagInteger {
			c.KeyBits = new(big.Int).SetBytes(p.content).BitLen()
		}
	case "1.3.101.112":
		c.KeyAlgorithm, c.KeyBits = "Ed25519", 256
	case "1.3.101.113":
		c.KeyAlgorithm, c.KeyBits = "Ed448", 448
	case "":
		c.KeyAlgorithm = "unknown"
	}
	return c, nil
}

// rsaNumbers reads a PKCS #1 RSAPublicKey. Both numbers are taken as unsigned:
// encoders that forget the leading zero octet mean nothing else.
func rsaNumbers(der []byte) (n, e *big.Int, ok bool) {
	outer, _, err := readElement(der)
	if err != nil {
		return nil, nil, false
	}
	fields, err := outer.children()
	if err != nil || len(fields) < 2 || fields[0].tag != tagInteger || fields[1].tag != tagInteger {
		return nil, nil, false
	}
	n, e = new(big.Int).SetBytes(fields[0].content), new(big.Int).SetBytes(fields[1].content)
	return n, e, n.Sign() > 0 && e.Sign() > 0
}

// curve is the name and size of a named curve.
func curve(id string) (name string, bits int) {
	switch id {
	case "1.2.840.10045.3.1.1":
		return "P-192", 192
	case "1.3.132.0.33":
		return "P-224", 224
	case "1.2.840.10045.3.1.7":
		return "P-256", 256
	case "1.3.132.0.34":
		return "P-384", 384
	case "1.3.132.0.35":
		return "P-521", 521
	case "1.3.132.0.10":
		return "secp256k1", 256
	case "1.3.36.3.3.2.8.1.1.7":
		return "brainpoolP256r1", 256
	case "1.3.36.3.3.2.8.1.1.11":
		return "brainpoolP384r1", 384
	case "1.3.36.3.3.2.8.1.1.13":
		return "brainpoolP512r1", 512
	}
	return id, 0
}

// derTLV builds one DER element.
func derTLV(tag byte, content ...[]byte) []byte {
	n := 0
	for _, c := range content {
		n += len(c)
	}
	out := []byte{tag}
	switch {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	for _, c := range content {
		out = append(out, c...)
	}
	return out
}

func derUnsigned(b []byte) []byte {
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 || b[0]&0x80 != 0 {
		return derTLV(tagInteger, []byte{0}, b)
	}
	return derTLV(tagInteger, b)
}

// derOID builds an OBJECT IDENTIFIER from dotted form; nil when dotted is none.
func derOID(dotted string) []byte {
	var content []byte
	var first uint64
	i := 0
	for arc := range strings.SplitSeq(dotted, ".") {
		v, ok := new(big.Int).SetString(arc, 10)
		if !ok || v.Sign() < 0 || v.BitLen() > 40 || i > 30 {
			return nil
		}
		n := v.Uint64()
		i++
		if i == 1 {
			if n > 2 {
				return nil
			}
			first = n
			continue
		}
		if i == 2 {
			n += 40 * first
		}
		var groups []byte
		for more := byte(0); ; more = 0x80 {
			groups = append([]byte{byte(n&0x7f) | more}, groups...)
			if n >>= 7; n == 0 {
				break
			}
		}
		content = append(content, groups...)
	}
	if i < 2 {
		return nil
	}
	return derTLV(tagOID, content)
}

// wrapPKCS1 puts an RSAPublicKey into a SubjectPublicKeyInfo.
func wrapPKCS1(der []byte) []byte {
	algorithm := derTLV(tagSequence, derOID(oidRSA), []byte{0x05, 0x00})
	return derTLV(tagSequence, algorithm, derTLV(tagBitString, []byte{0}, der))
}

// ParseKeyValue reads a ds:KeyValue, a dsig11:DEREncodedKeyValue or one of their
// children: RSAKeyValue, ECKeyValue with a named curve (xmldsig-core1 section
// 4.5.2). The result is a bare key.
func ParseKeyValue(n *xmldoc.Node) (*Certificate, error) {
	switch {
	case n == nil:
		return nil, errors.New("there is no KeyValue")
	case n.Is(saml.NSSignature, "KeyValue"):
		for c := range n.Elements() {
			return ParseKeyValue(c)
		}
		return nil, errors.New("the KeyValue is empty")
	case n.Is(saml.NSSignature, "RSAKeyValue"):
		modulus, err := base64Content(n, saml.NSSignature, "Modulus")
		if err != nil {
			return nil, err
		}
		exponent, err := base64Content(n, saml.NSSignature, "Exponent")
		if err != nil {
			return nil, err
		}
		return parseSPKI(wrapPKCS1(derTLV(tagSequence, derUnsigned(modulus), derUnsigned(exponent))))
	case n.Is(nsSignature11, "ECKeyValue"):
		point, err := base64Content(n, nsSignature11, "PublicKey")
		if err != nil {
			return nil, err
		}
		named := saml.AttrValue(n.Child(nsSignature11, "NamedCurve"), "URI").Trimmed()
		id := derOID(strings.TrimPrefix(named, "urn:oid:"))
		if id == nil {
			return nil, errors.New("the ECKeyValue names no curve")
		}
		algorithm := derTLV(tagSequence, derOID(oidEC), id)
		return parseSPKI(derTLV(tagSequence, algorithm, derTLV(tagBitString, []byte{0}, point)))
	case n.Is(nsSignature11, "DEREncodedKeyValue"):
		der, err := decodeBase64(n.Text())
		if err != nil {
			return nil, err
		}
		return ParseDER(der)
	}
	return nil, fmt.Errorf("a %s is a kind of key that is not read here", n.Name())
}

func base64Content(n *xmldoc.Node, space, local string) ([]byte, error) {
	c := n.Child(space, local)
	if c == nil {
		return nil, fmt.Errorf("the %s has no %s", n.Name().Local, local)
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.Text()), ""))
	if err != nil || len(b) == 0 {
		return nil, fmt.Errorf("the %s of the %s is not base64", local, n.Name().Local)
	}
	return b, nil
}
