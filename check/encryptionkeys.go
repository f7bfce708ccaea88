package check

import (
	"bytes"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// keyHints are what the KeyInfo of an EncryptedKey says about the key that it
// is encrypted for.
type keyHints struct {
	node    *xmldoc.Node // the EncryptedKey
	certs   []*metadata.Certificate
	serials []*big.Int // X509IssuerSerial
	issuers []string
	skis    [][]byte
	names   []string // KeyName and X509SubjectName, which parties choose freely
}

// maxKeyHints bounds what is read of one KeyInfo.
const maxKeyHints = 16

func readKeyHints(r *xmlenc.Recipient) *keyHints {
	h := &keyHints{node: r.Node, certs: r.Certificates}
	for _, e := range r.Hints[:min(len(r.Hints), maxKeyHints)] {
		text := strings.TrimSpace(e.Text())
		switch e.Name().Local {
		case "X509IssuerSerial":
			if serial := firstChildNamed(e, saml.NSSignature, "X509SerialNumber"); serial != nil && len(serial.Text()) <= 100 { // RFC 5280 allows 20 octets
				if n, ok := new(big.Int).SetString(strings.TrimSpace(serial.Text()), 10); ok {
					h.serials = append(h.serials, n)
				}
			}
			if issuer := firstChildNamed(e, saml.NSSignature, "X509IssuerName"); issuer != nil {
				h.issuers = append(h.issuers, strings.TrimSpace(issuer.Text()))
			}
		case "X509SKI":
			if ski, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err == nil {
				h.skis = append(h.skis, ski)
			}
		case "KeyName", "X509SubjectName":
			h.names = append(h.names, text)
		}
	}
	return h
}

// naming is whether hints name one of some certificates.
type naming int

const (
	unnamed    naming = iota // they name none that can be told
	named                    // they name this one
	otherNamed               // they name one that is not among them
)

// among looks for the certificate that h names.
func (h *keyHints) among(certs []expect.Certificate) (*expect.Certificate, naming) {
	var found *expect.Certificate
	for i := range certs {
		c := &certs[i]
		if h.names1(c) && (found == nil || found.Use == "signing") {
			found = c
		}
	}
	switch {
	case found != nil:
		return found, named
	case len(h.certs) > 0, len(h.serials) > 0 && allCertified(certs), len(h.skis) > 0 && allCertified(certs):
		return nil, otherNamed
	}
	return nil, unnamed // names are the IdP's own choice
}

// allCertified reports whether there is a certificate to each key: a bare key has
// no serial number that could differ.
func allCertified(certs []expect.Certificate) bool {
	for i := range certs {
		if certs[i].Bare() {
			return false
		}
	}
	return true
}

// names1 reports whether a hint is about c.
func (h *keyHints) names1(c *expect.Certificate) bool {
	for _, k := range h.certs {
		if k.KeySHA256 == c.KeySHA256 {
			return true
		}
	}
	for _, s := range h.serials {
		if c.Serial != nil && c.Serial.Cmp(s) == 0 {
			return true
		}
	}
	for _, s := range h.skis {
		for _, id := range keyIdentifiers(c) {
			if bytes.Equal(id, s) {
				return true
			}
		}
	}
	for _, n := range h.names {
		if n != "" && (n == c.Subject || "CN="+n == c.Subject || strings.HasPrefix(c.Subject, "CN="+n+",")) {
			return true
		}
	}
	return false
}

// keyIdentifiers are the subject key identifiers that c can go by: the one in
// it, and the one that RFC 5280 section 4.2.1.2 makes of its key.
func keyIdentifiers(c *expect.Certificate) [][]byte {
	var ids [][]byte
	if c.X509 != nil && len(c.X509.SubjectKeyId) > 0 {
		ids = append(ids, c.X509.SubjectKeyId)
	}
	var spki struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.Key, &spki); err == nil {
		sum := sha1.Sum(spki.Key.Bytes)
		ids = append(ids, sum[:])
	}
	return ids
}

// label names c for a sentence, apart from others of the same subject.
func label(c *metadata.Certificate) string {
	if c.Bare() || c.Serial == nil {
		return quote(c.Describe())
	}
	return fmt.Sprintf("%s (serial number %s, until %s)", quote(c.Describe()), c.Serial, c.NotAfter.UTC().Format(time.DateOnly))
}

// label says for whom it is, for a sentence.
func (h *keyHints) label() string {
	if len(h.certs) > 0 {
		return label(h.certs[0])
	}
	return h.text()
}

// text says for whom it is, for display.
func (h *keyHints) text() string {
	switch {
	case len(h.certs) > 0:
		return "SHA-256 " + h.certs[0].SHA256
	case len(h.serials) > 0 && len(h.issuers) > 0:
		return fmt.Sprintf("the certificate with serial number %s of %s", h.serials[0], quote(h.issuers[0]))
	case len(h.serials) > 0:
		return fmt.Sprintf("the certificate with serial number %s", h.serials[0])
	case len(h.skis) > 0:
		return "the certificate with subject key identifier " + hex.EncodeToString(h.skis[0][:min(len(h.skis[0]), 32)])
	}
	return "another key"
}

// same is c in the terms of [keyHints.text].
func (h *keyHints) same(c *expect.Certificate) string {
	switch {
	case len(h.certs) > 0:
		return "SHA-256 " + c.SHA256
	case len(h.serials) > 0 && c.Serial != nil:
		return fmt.Sprintf("the certificate with serial number %s of %s", c.Serial, quote(c.Issuer))
	}
	if ids := keyIdentifiers(c); len(h.skis) > 0 && len(ids) > 0 {
		return "the certificate with subject key identifier " + hex.EncodeToString(ids[0])
	}
	return c.Describe()
}
