// Package sign makes signed documents for tests and fixtures. It is no part of
// the program.
//
// It does what a service's signing library does, to order: every algorithm that
// xmldsig verifies, every place and shape of a Signature. What it signs is held
// against libxmlsec1 by xmldsig's tests.
package sign

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/dsa" //nolint:staticcheck // old signatures are tested too
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// ids are the attributes that hold IDs in what is signed here.
var ids = []xmldoc.Name{{Local: "ID"}, {Local: "Id"}, {Local: "AssertionID"}, {Local: "ResponseID"}, {Local: "RequestID"}}

// Document fills in the DigestValue and SignatureValue of every template in the
// document, innermost Signature first, and returns the signed document. The
// text is UTF-8 whatever its XML declaration says; transcode it afterwards.
func Document(text string, key *Key) (string, error) {
	return Each(text, func(int) *Key { return key })
}

// Each is [Document] with a key for each Signature, by its place in document
// order from 0. Signatures without a key are left as they are.
func Each(text string, keyOf func(n int) *Key) (string, error) {
	order, err := Order(text)
	if err != nil {
		return "", err
	}
	for _, n := range order {
		if key := keyOf(n); key != nil {
			if text, err = one(text, n, key); err != nil {
				return "", err
			}
		}
	}
	return text, nil
}

func find(text string) ([]*xmldsig.Signature, error) {
	doc := xmldoc.Parse([]byte(text), xmldoc.Options{Encoding: "UTF-8"})
	if doc.Root() == nil {
		return nil, fmt.Errorf("the document to be signed cannot be read: %v", doc.Errors())
	}
	return xmldsig.Find(xmldsig.NewIndex(doc, ids...)), nil
}

// Order are the places of the signatures, from 0 in document order, deepest first:
// the order in which they have to be made.
func Order(text string) ([]int, error) {
	found, err := find(text)
	if err != nil {
		return nil, err
	}
	depth := make([]int, len(found))
	order := make([]int, len(found))
	for i, s := range found {
		order[i] = i
		for n := s.Node; n != nil; n = n.Parent() {
			depth[i]++
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(depth[b], depth[a]) })
	return order, nil
}

func one(text string, n int, key *Key) (string, error) {
	at := func() (*xmldsig.Signature, error) {
		found, err := find(text)
		if err != nil || n >= len(found) {
			return nil, errors.Join(err, errors.New("the signature is gone"))
		}
		return found[n], nil
	}
	s, err := at()
	if err != nil {
		return "", err
	}
	for i := range s.References {
		if s, err = at(); err != nil {
			return "", err
		}
		r := s.References[i]
		if r.Hash == 0 || len(r.DigestValues) == 0 {
			return "", fmt.Errorf("reference %d has no known DigestMethod, or no DigestValue", i)
		}
		h := r.Hash.New()
		if err := r.Canonical(h); err != nil {
			return "", err
		}
		text = fill(text, r.DigestValues[0], h.Sum(nil))
	}
	if s, err = at(); err != nil {
		return "", err
	}
	var info bytes.Buffer
	if err := s.CanonicalSignedInfo(&info); err != nil {
		return "", err
	}
	value, err := key.Sign(s.Algorithm, info.Bytes())
	if err != nil {
		return "", err
	}
	if len(s.Values) == 0 {
		return "", errors.New("the Signature has no SignatureValue")
	}
	return fill(text, s.Values[0], value), nil
}

// fill puts base64 into an element, instead of a value that is there already.
// Half of anything else that stands in it is kept at either side, so that a
// template decides about indentation.
func fill(text string, n *xmldoc.Node, value []byte) string {
	start, end := n.Range()
	source := text[start:end]
	open := strings.IndexByte(source, '>') + 1
	var content, tail string
	if source[open-2] == '/' {
		source = source[:open-2] + ">"
		open--
		tail = "</" + n.Name().String() + ">"
	} else {
		last := strings.LastIndex(source, "</")
		content, tail = source[open:last], source[last:]
	}
	if !strings.ContainsAny(content, "<&") && strings.TrimSpace(content) != "" {
		content = ""
	}
	half := len(content) / 2
	return text[:start] + source[:open] + content[:half] + base64.StdEncoding.EncodeToString(value) + content[half:] + tail + text[end:]
}

// Sign signs octets with the algorithm.
func (k *Key) Sign(alg xmldsig.SignatureAlgorithm, octets []byte) ([]byte, error) {
	var digest []byte
	if alg.Hash != 0 {
		h := alg.Hash.New()
		h.Write(octets)
		digest = h.Sum(nil)
	}
	switch key := k.Private.(type) {
	case *rsa.PrivateKey:
		switch {
		case alg.Family == xmldsig.RSAPSS:
			return rsa.SignPSS(rand.Reader, key, alg.Hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		case alg.Family == xmldsig.RSA && key.N.BitLen() < 1024:
			return signSmall(key, alg.Hash, digest)
		case alg.Family == xmldsig.RSA:
			return rsa.SignPKCS1v15(nil, key, alg.Hash, digest)
		}
	case *ecdsa.PrivateKey:
		if alg.Family == xmldsig.ECDSA {
			der, err := key.Sign(rand.Reader, digest, alg.Hash)
			if err != nil {
				return nil, err
			}
			return Concatenate(der, (key.Params().N.BitLen()+7)/8)
		}
	case *dsa.PrivateKey:
		if alg.Family == xmldsig.DSA {
			size := (key.Q.BitLen() + 7) / 8
			r, s, err := dsa.Sign(rand.Reader, key, digest[:min(size, len(digest))])
			if err != nil {
				return nil, err
			}
			return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
		}
	case ed25519.PrivateKey:
		if alg.Family == xmldsig.Ed25519 {
			return ed25519.Sign(key, octets), nil
		}
	}
	return nil, fmt.Errorf("a key of type %T does not sign with %q", k.Private, alg.URI)
}

// Concatenate turns the DER form of r and s into their concatenation, size
// octets each.
func Concatenate(der []byte, size int) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	return append(pair.R.FillBytes(make([]byte, size)), pair.S.FillBytes(make([]byte, size))...), nil
}

// signSmall is RSASSA-PKCS1-v1_5 for keys that crypto/rsa refuses.
func signSmall(key *rsa.PrivateKey, h crypto.Hash, digest []byte) ([]byte, error) {
	prefix, ok := map[crypto.Hash]string{
		crypto.MD5:    "\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10",
		crypto.SHA1:   "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
		crypto.SHA256: "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
	}[h]
	if !ok {
		return nil, fmt.Errorf("%v does not fit into a key of %d bits", h, key.N.BitLen())
	}
	size := (key.N.BitLen() + 7) / 8
	block := bytes.Repeat([]byte{0xff}, size)
	block[0], block[1] = 0, 1
	info := append([]byte(prefix), digest...)
	block[size-len(info)-1] = 0
	copy(block[size-len(info):], info)
	c := new(big.Int).SetBytes(block)
	return c.Exp(c, key.D, key.N).FillBytes(make([]byte, size)), nil
}
