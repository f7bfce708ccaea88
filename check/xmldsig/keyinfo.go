package xmldsig

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// KeyInfo is what a Signature says about the key that verifies it, from all of
// its KeyInfo elements. Whoever made the message chose it: it says which key was
// used, never that the key is to be trusted.
type KeyInfo struct {
	Nodes []*xmldoc.Node // the ds:KeyInfo elements

	// Keys are the keys that are carried, in document order: X509Certificate,
	// KeyValue and DEREncodedKeyValue elements, also those that a
	// RetrievalMethod within the document leads to.
	Keys []EmbeddedKey

	// What names a key without carrying it.
	Names         []string // KeyName
	SubjectNames  []string // X509SubjectName
	IssuerSerials []IssuerSerial
	SKIs          [][]byte // X509SKI, the subject key identifier
	Digests       []CertificateDigest
	Retrievals    []Retrieval

	Others []*xmldoc.Node // elements that are none of these
}

// EmbeddedKey is one element of a KeyInfo that carries a key.
type EmbeddedKey struct {
	Node *xmldoc.Node // X509Certificate, KeyValue, DEREncodedKeyValue
	// Certificates are what was read from it: one certificate or bare key,
	// seldom more (a PEM bundle in base64).
	Certificates []*metadata.Certificate
	// Notes are sentences about what is odd in how it is written.
	Notes []string
	Err   error // why nothing could be read
}

// IssuerSerial is one X509IssuerSerial.
type IssuerSerial struct {
	Issuer string
	Serial *big.Int // nil when it is no number
}

// CertificateDigest is one dsig11:X509Digest.
type CertificateDigest struct {
	Algorithm string
	Digest    []byte // of the DER certificate
}

// Retrieval is one RetrievalMethod or KeyInfoReference.
type Retrieval struct {
	Node   *xmldoc.Node
	URI    string
	Type   string
	Target *xmldoc.Node // within the document, or nil
}

// Certificates are the certificates and keys of all [EmbeddedKey] elements that
// could be read, in document order.
func (k *KeyInfo) Certificates() []*metadata.Certificate {
	var all []*metadata.Certificate
	for i := range k.Keys {
		all = append(all, k.Keys[i].Certificates...)
	}
	return all
}

// KeyInfo reads the KeyInfo elements; it does so once. It is never nil.
func (s *Signature) KeyInfo() *KeyInfo {
	s.once.Do(func() { s.keyInfo = readKeyInfo(s) })
	return s.keyInfo
}

// The most keys that are read of one KeyInfo, and the most RetrievalMethods that
// are followed.
const (
	maxEmbeddedKeys = 64
	maxRetrievals   = 16
)

func readKeyInfo(s *Signature) *KeyInfo {
	k := &KeyInfo{Nodes: s.KeyInfos}
	for _, n := range k.Nodes {
		for e := range n.Elements() {
			k.read(s.index, e)
		}
	}
	// What they lead to is read without following further ones.
	for i := range min(len(k.Retrievals), maxRetrievals) {
		switch t := k.Retrievals[i].Target; {
		case t == nil, k.Retrievals[i].Node.Is(Namespace11, "KeyInfoReference") != t.Is(Namespace, "KeyInfo"):
		case t.Is(Namespace, "KeyInfo"):
			for e := range t.Elements() {
				if !e.Is(Namespace, "RetrievalMethod") && !e.Is(Namespace11, "KeyInfoReference") {
					k.read(s.index, e)
				}
			}
		default:
			k.read(s.index, t)
		}
	}
	return k
}

func (k *KeyInfo) read(index *Index, n *xmldoc.Node) {
	name := n.Name()
	switch {
	case name.Is(Namespace, "X509Data"):
		for e := range n.Elements() {
			k.readX509(e)
		}
	case name.Is(Namespace, "KeyValue"), name.Is(Namespace11, "DEREncodedKeyValue"):
		k.key(n, parseKeyValue)
	case name.Is(Namespace, "KeyName"):
		k.Names = append(k.Names, n.Text())
	case name.Is(Namespace, "RetrievalMethod"), name.Is(Namespace11, "KeyInfoReference"):
		r := Retrieval{Node: n, URI: value(n, "URI"), Type: value(n, "Type")}
		if id, ok := strings.CutPrefix(r.URI, "#"); ok {
			if found := index.Elements(id); len(found) > 0 {
				r.Target = found[0]
			}
		}
		k.Retrievals = append(k.Retrievals, r)
	case name.Is(Namespace, "X509Certificate"):
		k.readX509(n) // a RetrievalMethod may lead to it
	default:
		k.Others = append(k.Others, n)
	}
}

func (k *KeyInfo) readX509(n *xmldoc.Node) {
	name := n.Name()
	switch {
	case name.Is(Namespace, "X509Certificate"):
		k.key(n, func(n *xmldoc.Node) ([]*metadata.Certificate, []string, error) {
			return metadata.ParseCertificates([]byte(n.Text()))
		})
	case name.Is(Namespace, "X509SubjectName"):
		k.SubjectNames = append(k.SubjectNames, strings.TrimSpace(n.Text()))
	case name.Is(Namespace, "X509IssuerSerial"):
		var is IssuerSerial
		for e := range n.Elements() {
			switch text := strings.TrimSpace(e.Text()); {
			case e.Is(Namespace, "X509IssuerName"):
				is.Issuer = text
			case e.Is(Namespace, "X509SerialNumber") && len(text) <= 100: // RFC 5280 allows 20 octets
				is.Serial, _ = new(big.Int).SetString(text, 10)
			}
		}
		k.IssuerSerials = append(k.IssuerSerials, is)
	case name.Is(Namespace, "X509SKI"):
		if ski, err := decodeBase64(n.Text()); err == nil {
			k.SKIs = append(k.SKIs, ski)
		}
	case name.Is(Namespace11, "X509Digest"):
		if d, err := decodeBase64(n.Text()); err == nil {
			k.Digests = append(k.Digests, CertificateDigest{Algorithm: value(n, "Algorithm"), Digest: d})
		}
	case name.Is(Namespace, "X509CRL"):
	default:
		k.Others = append(k.Others, n)
	}
}

func (k *KeyInfo) key(n *xmldoc.Node, parse func(*xmldoc.Node) ([]*metadata.Certificate, []string, error)) {
	if len(k.Keys) == maxEmbeddedKeys {
		return
	}
	for i := range k.Keys {
		if k.Keys[i].Node == n {
			return
		}
	}
	e := EmbeddedKey{Node: n}
	e.Certificates, e.Notes, e.Err = parse(n)
	k.Keys = append(k.Keys, e)
}

func value(n *xmldoc.Node, attr string) string {
	if a := n.Attr("", attr); a != nil {
		return a.Value
	}
	return ""
}

// parseKeyValue reads KeyValue and DEREncodedKeyValue (xmldsig-core1 section
// 4.5.2).
func parseKeyValue(n *xmldoc.Node) ([]*metadata.Certificate, []string, error) {
	for e := range n.Elements() {
		if e.Is(Namespace, "DSAKeyValue") {
			der, err := dsaPublicKey(e)
			if err != nil {
				return nil, nil, err
			}
			c, err := metadata.ParseDER(der)
			return one(c, err)
		}
		break
	}
	return one(metadata.ParseKeyValue(n))
}

func one(c *metadata.Certificate, err error) ([]*metadata.Certificate, []string, error) {
	if err != nil {
		return nil, nil, err
	}
	return []*metadata.Certificate{c}, nil, nil
}

// dsaPublicKey makes a SubjectPublicKeyInfo (RFC 3279 section 2.3.2) of a
// DSAKeyValue.
func dsaPublicKey(n *xmldoc.Node) ([]byte, error) {
	var numbers struct{ P, Q, G *big.Int }
	var y *big.Int
	for e := range n.Elements() {
		b, err := decodeBase64(e.Text())
		if err != nil {
			return nil, fmt.Errorf("the %s of the DSAKeyValue cannot be read: %w", e.Name().Local, err)
		}
		number := new(big.Int).SetBytes(b)
		switch e.Name().Local {
		case "P":
			numbers.P = number
		case "Q":
			numbers.Q = number
		case "G":
			numbers.G = number
		case "Y":
			y = number
		}
	}
	if numbers.P == nil || numbers.Q == nil || numbers.G == nil || y == nil {
		return nil, errors.New("the DSAKeyValue lacks P, Q, G or Y")
	}
	params, err := asn1.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	key, err := asn1.Marshal(y)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}{
		pkix.AlgorithmIdentifier{
			Algorithm:  asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1},
			Parameters: asn1.RawValue{FullBytes: params},
		},
		asn1.BitString{Bytes: key, BitLength: 8 * len(key)},
	})
}
