package metadata

import (
	"encoding/hex"
	"regexp"
	"strings"
)

// Fingerprint is the digest of a certificate's DER form, as consoles show it and
// as services store it that were set up with a "thumbprint".
type Fingerprint struct {
	Algorithm string // "SHA-1" or "SHA-256", told by the length
	Text      string // upper case, with colons between the octets
}

var fingerprintLabel = regexp.MustCompile(`(?i)^(?:sha-?(?:1|256)\b)?\s*(?:fingerprint|thumbprint)?\s*[:=]?\s*`)

// ParseFingerprint reads a fingerprint in the spellings that people have: plain
// hex, colons or blanks between the octets, and what openssl writes ("SHA1
// Fingerprint=AA:BB:…"). ok is false for anything else.
func ParseFingerprint(text string) (f Fingerprint, ok bool) {
	if len(text) > 200 {
		return Fingerprint{}, false
	}
	// Windows puts an invisible mark in front of a copied thumbprint.
	text = strings.TrimSpace(strings.TrimLeft(text, "\u200e\ufeff"))
	text = text[len(fingerprintLabel.FindString(text)):]
	octets, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "", "-", "").Replace(text))
	if err != nil {
		return Fingerprint{}, false
	}
	switch len(octets) {
	case 20:
		f.Algorithm = "SHA-1"
	case 32:
		f.Algorithm = "SHA-256"
	default:
		return Fingerprint{}, false
	}
	f.Text = colonHex(octets)
	return f, true
}

// Matches reports whether f is the fingerprint of c. A bare key has none.
func (f Fingerprint) Matches(c *Certificate) bool {
	return f.Text == c.SHA1 || f.Text == c.SHA256
}

// String names the algorithm, as in "SHA-1 AA:BB:…".
func (f Fingerprint) String() string { return f.Algorithm + " " + f.Text }
