package xmlenc

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// attempt is what is opened with each key.
type attempt struct {
	opening    *Opening
	ciphertext []byte
	algorithm  *contentAlgorithm // nil: not known
	unknown    *Error            // why
}

// result is what became of one key at one recipient.
type result struct {
	rank    int
	attempt Attempt
	plain   []byte
	err     *Error
}

// The ranks of results.
const (
	wrongKind = iota
	wrongKey
	badLength // from here on it is the right key, but the key inside has no length that the content's algorithm takes
	otherPadding
	contentFails // the key opens as declared, the content does not
	opened
)

// one tries k at t.
func (op *opener) one(a *attempt, t *transport, k *Key) *result {
	r := &result{attempt: Attempt{Key: k, Recipient: t.Recipient}}
	key, ok := k.Private.(*rsa.PrivateKey)
	if !ok {
		return r.fail(wrongKind, StepKey, KeyKind, "is no RSA key, and the EncryptedKey was encrypted with RSA")
	}
	c := t.ciphertext
	switch size := key.Size(); {
	case key.N.BitLen() > largestRSA:
		return r.fail(wrongKind, StepKey, KeyKind, fmt.Sprintf("is larger than the %d bits that are supported", largestRSA))
	case op.operations == 0:
		return r.fail(wrongKind, StepStructure, Limit, "was not tried: there are too many keys and EncryptedKeys")
	case len(c) > size || len(c) <= size-8:
		r.attempt.Certain = true
		return r.fail(wrongKey, StepKey, WrongKey, fmt.Sprintf("is the wrong key for certain: its size is %d bits, and the EncryptedKey is for a key of %d", key.N.BitLen(), 8*len(c)))
	case len(c) < size: // leading zeros left out
		c = slices.Concat(make([]byte, size-len(c)), c)
	}
	op.operations--
	var block []byte
	if t.declared != nil {
		var secret []byte
		if secret, block = openRSA(key, t.declared, c); secret != nil {
			return a.withSecret(r, t, secret)
		}
	}
	if block == nil && op.operations > 0 {
		op.operations--
		if block = rawRSA(key, c); block == nil {
			r.attempt.Certain = true
			return r.fail(wrongKey, StepKey, WrongKey, "is the wrong key for certain: what is encrypted is a larger number than its modulus")
		}
		if t.declared != nil { // crypto/rsa finds fault with some keys that work
			if secret := t.declared.unpad(block); secret != nil {
				return a.withSecret(r, t, secret)
			}
		}
	}
	if p, secret := a.fitting(t, block); p != nil {
		return a.withPadding(r, t, p, secret)
	}
	clause := "does not open the EncryptedKey: it is encrypted for another key"
	if t.isFor(k) {
		clause = "does not open the EncryptedKey, although that carries its certificate: it was damaged, or made for another key all the same"
	}
	return r.fail(wrongKey, StepKey, WrongKey, clause)
}

// fail fills in r. clause continues "the key ….".
func (r *result) fail(rank int, step Step, id, clause string) *result {
	r.rank = rank
	r.attempt.ID, r.attempt.Text = id, clause
	r.err = &Error{Step: step, ID: id, Node: r.attempt.Recipient.Node, Text: "The key " + r.attempt.Key.name() + " " + clause + "."}
	return r
}

// withSecret opens the content with what the EncryptedKey holds.
func (a *attempt) withSecret(r *result, t *transport, secret []byte) *result {
	if a.algorithm == nil || len(secret) != a.algorithm.keyLength {
		return a.withOtherAlgorithm(r, t.declared, secret)
	}
	plain, bad := a.algorithm.open(secret, a.ciphertext)
	if bad != nil {
		r.fail(contentFails, StepContent, bad.id, "opens the EncryptedKey, but the content does not open: "+bad.text)
		r.err.Node = a.opening.Data
		r.err.Text = "The key of the content can be opened, but the content cannot (" + a.algorithm.name + "): " + bad.text + "."
		return r
	}
	r.rank, r.plain = opened, plain
	r.attempt.Text = "opens it"
	return r
}

// withOtherAlgorithm is withSecret for a secret that does not go with the
// algorithm that the EncryptedData declares, if any.
func (a *attempt) withOtherAlgorithm(r *result, p *padding, secret []byte) *result {
	fits, plain := a.anyAlgorithm(secret)
	if a.algorithm == nil {
		r.rank, r.err, r.attempt.ID, r.attempt.Text = badLength, a.unknown, a.unknown.ID, "opens the EncryptedKey"
	} else {
		r.fail(badLength, StepKey, KeyLength, fmt.Sprintf("opens the EncryptedKey, but what is in it has %s, and %s takes a key of %d", octets(len(secret)), a.algorithm.name, a.algorithm.keyLength))
	}
	if fits == nil {
		return r
	}
	r.rank, r.plain = otherPadding, plain
	r.explain(p, "it opens as "+fits.name)
	r.err.Fits.Content = fits.uri
	return r
}

// explain adds to the error that p opens it, and how.
func (r *result) explain(p *padding, how string) {
	e := *r.err
	e.Text = strings.TrimSuffix(e.Text, ".") + "; " + how + "."
	e.Fits = p.exported()
	r.err = &e
}

// withPadding is withSecret for a padding that is not the declared one.
func (a *attempt) withPadding(r *result, t *transport, p *padding, secret []byte) *result {
	content := a.algorithm
	var plain []byte
	if content != nil && len(secret) == content.keyLength {
		plain, _ = content.open(secret, a.ciphertext)
	} else {
		content, plain = a.anyAlgorithm(secret)
	}
	how := p.describe()
	if content != a.algorithm && content != nil {
		how += ", and the content as " + content.name
	}
	switch problem := cmp.Or(a.unknown, t.problem); {
	case problem != nil:
		r.rank, r.err, r.attempt.ID, r.attempt.Text = otherPadding, problem, problem.ID, "opens the EncryptedKey with "+how
		r.explain(p, "the key "+r.attempt.Key.name()+" opens it with "+how)
	default:
		clause := "opens the EncryptedKey, but only with " + p.instead(t.declared)
		if t.Method == oaep && t.MGF != "" && p.mgf != t.declared.mgf {
			clause += " (" + localName(oaep) + " means MGF1 with SHA-1, whatever its MGF element says)"
		}
		switch {
		case plain == nil:
			clause += ", and the content does not open then"
		case content != a.algorithm:
			clause += ", and the content only as " + content.name + " instead of the declared " + a.algorithm.name
		}
		r.fail(otherPadding, StepKey, OtherPadding, clause)
		r.err.Fits = p.exported()
	}
	if r.plain = plain; plain != nil && content != a.algorithm {
		r.err.Fits.Content = content.uri
	}
	return r
}

// fitting finds a padding, other than the declared one, by which block opens.
// RSA-OAEP proves itself by the hash of the label. For the rest the content has
// to open with what comes out.
func (a *attempt) fitting(t *transport, block []byte) (*padding, []byte) {
	labels := [][]byte{nil}
	if t.Params != nil {
		labels = append(labels, t.Params)
	}
	for _, digest := range hashes {
		for _, mgf := range hashes {
			labelHash, m := unpadOAEP(block, digest.hash, mgf.hash)
			if m == nil {
				continue
			}
			p := &padding{oaep: true, digest: digest.hash, mgf: mgf.hash}
			for _, p.label = range labels {
				if bytes.Equal(labelHash, hashOf(p.digest, p.label)) {
					return p, m
				}
			}
			if a.opens(m) {
				p.label = []byte{} // some other, which cannot be known
				return p, m
			}
		}
	}
	if m := unpadPKCS1(block); m != nil && a.opens(m) {
		return &padding{}, m
	}
	return nil, nil
}

// opens reports whether the content opens with secret.
func (a *attempt) opens(secret []byte) bool {
	if a.algorithm != nil && len(secret) == a.algorithm.keyLength {
		_, bad := a.algorithm.open(secret, a.ciphertext)
		return bad == nil
	}
	fits, _ := a.anyAlgorithm(secret)
	return fits != nil
}

// anyAlgorithm finds an algorithm by which the content opens with secret. What
// only CBC's padding speaks for has to be XML as well.
func (a *attempt) anyAlgorithm(secret []byte) (*contentAlgorithm, []byte) {
	for i := range contentAlgorithms {
		c := &contentAlgorithms[i]
		if c.keyLength != len(secret) {
			continue
		}
		plain, bad := c.open(secret, a.ciphertext)
		if bad != nil || !c.gcm && !isXML(plain, around(a.opening.Data)) {
			continue
		}
		return c, plain
	}
	return nil, nil
}

func isXML(plain []byte, context *xmldoc.Node) bool {
	return xmldoc.Parse(plain, xmldoc.Options{Context: context}).WellFormed()
}
