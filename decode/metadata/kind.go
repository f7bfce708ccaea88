package metadata

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Found says what an input turned out to be.
type Found string

// What people hand over where metadata or a certificate is asked for.
const (
	FoundUnknown     Found = "unknown"
	FoundEmpty       Found = "empty"
	FoundMetadata    Found = "metadata"
	FoundCertificate Found = "certificate"
	FoundPublicKey   Found = "public-key"
	FoundPrivateKey  Found = "private-key"
	FoundRequest     Found = "certificate-request"
	FoundCRL         Found = "crl"
	FoundPKCS12      Found = "pkcs12"
	FoundKeystore    Found = "java-keystore"
	FoundSSHKey      Found = "ssh-key"
	FoundFingerprint Found = "fingerprint"
	FoundPGP         Found = "pgp"
	FoundSAMLMessage Found = "saml-message"
	FoundHTML        Found = "html"
	FoundXML         Found = "xml"
	FoundJSON        Found = "json"
	FoundURL         Found = "url"
	FoundBinary      Found = "binary"

	foundPKCS1 Found = "pkcs1"
	foundPKCS7 Found = "pkcs7"
)

// text names what was found, as the end of a sentence that begins "this is".
func (f Found) text() string {
	switch f {
	case FoundEmpty:
		return "empty"
	case FoundMetadata:
		return "SAML metadata"
	case FoundCertificate, foundPKCS7:
		return "a certificate"
	case FoundPublicKey, foundPKCS1:
		return "a public key"
	case FoundPrivateKey:
		return "a private key"
	case FoundRequest:
		return "a certificate signing request (CSR)"
	case FoundCRL:
		return "a certificate revocation list (CRL)"
	case FoundPKCS12:
		return "a PKCS #12 container (.p12, .pfx), which holds a private key"
	case FoundKeystore:
		return "a Java keystore"
	case FoundSSHKey:
		return "an SSH public key"
	case FoundFingerprint:
		return "a certificate's fingerprint"
	case FoundPGP:
		return "a PGP key or message"
	case FoundSAMLMessage:
		return "a SAML message"
	case FoundHTML:
		return "an HTML page"
	case FoundXML:
		return "an XML document"
	case FoundJSON:
		return "JSON"
	case FoundURL:
		return "a URL"
	case FoundBinary:
		return "binary data of an unknown kind"
	case FoundUnknown:
	}
	return "text of an unknown kind"
}

// advice is what to do about it, where there is something that helps everybody.
func (f Found) advice() string {
	switch f {
	case FoundPrivateKey:
		return "a private key is never needed here; give the certificate, and replace the key if this file has been passed around"
	case FoundRequest:
		return "give the certificate that was issued for it"
	case FoundPKCS12:
		return "export the certificate alone: openssl pkcs12 -in FILE -clcerts -nokeys"
	case FoundKeystore:
		return "export the certificate: keytool -exportcert -rfc -alias NAME -keystore FILE"
	case FoundFingerprint:
		return "a signature is verified with the certificate itself"
	case FoundURL:
		return "download it first, no network connection is made from here"
	case FoundSAMLMessage:
		return "a certificate that a message carries proves nothing about who sent it"
	case FoundHTML:
		return "a sign-in page may have been saved instead of the file"
	}
	return ""
}

// KindError says that an input is something else than what was asked for. Its
// text is one sentence that begins with "this is".
type KindError struct {
	Found  Found
	wanted string // "a certificate", "SAML metadata"
	detail string // the root element of XML
}

// Error implements error.
func (e *KindError) Error() string {
	s := "this is " + e.Found.text()
	if e.detail != "" {
		s += " (" + e.detail + ")"
	}
	s += ", not " + e.wanted
	if a := e.Found.advice(); a != "" && (e.Found != FoundSAMLMessage || e.wanted == "a certificate") {
		s += ": " + a
	}
	return s
}

var (
	urlLine      = regexp.MustCompile(`^https?://[^\s<>"]+$`)
	hexPairs     = regexp.MustCompile(`^(?i:(?:sha-?(?:1|256)[a-z ]*[=:]\s*)?)(?:[0-9A-Fa-f]{2}[: -]?){20}(?:(?:[0-9A-Fa-f]{2}[: -]?){12})?$`)
	sshPublicKey = regexp.MustCompile(`^(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+) AAAA`)
)

// sniff tells what data is when it is neither metadata nor a certificate. text
// is data as characters.
func sniff(data []byte, text string) Found {
	t := strings.TrimSpace(text)
	switch {
	case t == "":
		return FoundEmpty
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}), bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce}):
		return FoundKeystore
	case urlLine.MatchString(t):
		if u, err := url.Parse(t); err == nil && u.Host != "" {
			return FoundURL
		}
	case len(t) <= 200 && hexPairs.MatchString(t):
		return FoundFingerprint
	case sshPublicKey.MatchString(t), strings.Contains(t, "BEGIN SSH2 PUBLIC KEY"):
		return FoundSSHKey
	case strings.Contains(t, "BEGIN PGP "):
		return FoundPGP
	case strings.HasPrefix(t, "{"), strings.HasPrefix(t, "[{"):
		return FoundJSON
	case strings.HasPrefix(t, "<"):
		return sniffXML(t)
	}
	if !printable(text) {
		return FoundBinary
	}
	return FoundUnknown
}

// sniffXML tells kinds of XML apart by names in their first part, so that a
// broken document is named too.
func sniffXML(t string) Found {
	head := strings.ToLower(t[:min(len(t), 4096)])
	switch {
	case strings.Contains(head, "entitydescriptor"), strings.Contains(head, "entitiesdescriptor"):
		return FoundMetadata
	case strings.Contains(head, "<!doctype html"), strings.Contains(head, "<html"):
		return FoundHTML
	case strings.Contains(head, "saml:2.0:protocol"), strings.Contains(head, "saml:2.0:assertion"), strings.Contains(head, "saml:1.0:"):
		return FoundSAMLMessage
	}
	return FoundXML
}

// printable reports whether text begins like text rather than binary data.
func printable(text string) bool {
	for i, r := range text {
		if i > 4096 {
			break
		}
		if r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// decodeText is data as characters, whatever Unicode encoding it is in.
func decodeText(data []byte) string {
	if utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 {
		return strings.TrimPrefix(string(data), "\uFEFF")
	}
	utf16le := bytes.HasPrefix(data, []byte{0xff, 0xfe}) || len(data) > 3 && data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0
	utf16be := bytes.HasPrefix(data, []byte{0xfe, 0xff}) || len(data) > 3 && data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0
	if utf16le || utf16be {
		return strings.TrimPrefix(fromUTF16(data, utf16be), "\uFEFF")
	}
	// Invalid UTF-8 is some 8-bit charset; what matters here is ASCII.
	var s strings.Builder
	s.Grow(len(data) + len(data)/8)
	for _, b := range data {
		s.WriteRune(rune(b))
	}
	return s.String()
}

func fromUTF16(data []byte, bigEndian bool) string {
	var s strings.Builder
	s.Grow(len(data) / 2)
	unit := func(i int) rune {
		if bigEndian {
			return rune(data[i])<<8 | rune(data[i+1])
		}
		return rune(data[i+1])<<8 | rune(data[i])
	}
	for i := 0; i+1 < len(data); i += 2 {
		r := unit(i)
		if r >= 0xd800 && r < 0xdc00 && i+3 < len(data) {
			if low := unit(i + 2); low >= 0xdc00 && low < 0xe000 {
				r = (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
				i += 2
			}
		}
		s.WriteRune(r) // a lone surrogate becomes U+FFFD
	}
	return s.String()
}

// rootName is the root element's name for error sentences.
func rootName(doc *xmldoc.Document) string {
	if doc.Root() == nil {
		return ""
	}
	return fmt.Sprintf("its root element is %q", doc.Root().Name().String())
}
