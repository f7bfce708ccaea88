// Package encrypt makes encrypted elements for tests and fixtures. It is no part
// of the program, and nobody should protect anything with it: its randomness is
// fixed, so that the same call gives the same text.
//
// It does what an identity provider's library does, to order: every algorithm
// that xmlenc opens, every place of an EncryptedKey, and what goes wrong: a
// padding that is not the declared one. What it makes is held against libxmlsec1
// by xmlenc's tests.
package encrypt

import (
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

const nsSignature = "http://www.w3.org/2000/09/xmldsig#"

// The algorithms that are used where a Spec names none.
const (
	DefaultContent   = xmlenc.Namespace11 + "aes256-gcm"
	DefaultTransport = xmlenc.Namespace + "rsa-oaep-mgf1p"
)

// Spec says what EncryptedData to make.
type Spec struct {
	Method string // Algorithm of the content; empty: DefaultContent
	// Undeclared leaves the EncryptionMethod out.
	Undeclared bool
	Type       string // Type attribute; empty: #Element, "-": none
	ID         string // Id attribute of the EncryptedData
	Place      Place
	Recipients []Recipient
	// ContentKey replaces the key made by chance, also by one of another length
	// than Method takes: it goes into the EncryptedKey, and the content is
	// encrypted with ReallyMethod.
	ContentKey   []byte
	ReallyMethod string // empty: Method
	// Wrap is how many characters of base64 stand on a line; 0: all on one.
	Wrap int
}

// Place is where the EncryptedKey elements stand.
type Place int

// The places of EncryptedKey.
const (
	Inside    Place = iota // in the KeyInfo of the EncryptedData
	Beside                 // after the EncryptedData, nothing leading to it
	Retrieval              // after it, with a RetrievalMethod in its KeyInfo
	Reference              // after it, with a ReferenceList that names it
)

// Recipient is one for whom the content's key is encrypted.
type Recipient struct {
	Key       *rsa.PublicKey
	Transport            // as declared
	Really    *Transport // as encrypted; nil: as declared
	Name      string     // Recipient attribute
	KeyInfo   string     // XML in the EncryptedKey's KeyInfo, prefix ds; empty: no KeyInfo
}

// Transport is a key transport algorithm.
type Transport struct {
	Method      string // empty: DefaultTransport
	Digest, MGF string // Algorithm of DigestMethod and of xenc11:MGF; empty: left out
	Params      []byte // OAEPparams; nil: left out
}

// Data encrypts plain and returns the EncryptedData, with what stands beside it.
// It panics on what cannot be made, which only a mistake in a test can cause.
func Data(plain string, s Spec) string {
	random := chance(plain, s)
	really := cmp.Or(s.ReallyMethod, s.Method, DefaultContent)
	key := s.ContentKey
	if key == nil {
		key = random.bytes(keyLength(really))
	}
	var b strings.Builder
	b.WriteString(`<xenc:EncryptedData xmlns:xenc="` + xmlenc.Namespace + `"`)
	attribute(&b, "Id", s.ID)
	switch s.Type {
	case "":
		attribute(&b, "Type", xmlenc.Namespace+"Element")
	case "-":
	default:
		attribute(&b, "Type", s.Type)
	}
	b.WriteString(">")
	if !s.Undeclared {
		b.WriteString(`<xenc:EncryptionMethod Algorithm="` + html.EscapeString(cmp.Or(s.Method, DefaultContent)) + `"/>`)
	}
	var keys []string
	for i, r := range s.Recipients {
		keys = append(keys, s.encryptedKey(i, r, key, random))
	}
	switch {
	case len(keys) == 0:
	case s.Place == Inside:
		b.WriteString(keyInfo(strings.Join(keys, "")))
	case s.Place == Retrieval:
		var methods strings.Builder
		for i := range keys {
			methods.WriteString(`<ds:RetrievalMethod Type="` + xmlenc.Namespace + `EncryptedKey" URI="#` + s.keyID(i) + `"/>`)
		}
		b.WriteString(keyInfo(methods.String()))
	}
	b.WriteString(cipherData(content(really, key, plain, random), s.Wrap))
	b.WriteString("</xenc:EncryptedData>")
	if s.Place != Inside {
		b.WriteString(strings.Join(keys, ""))
	}
	return b.String()
}

// Replace encrypts the element n and returns its document's text with the result
// in the place of n, inside an element named wrapper (as written, with its own
// declarations: "saml:EncryptedAssertion"). An empty wrapper leaves it out.
func Replace(n *xmldoc.Node, wrapper string, s Spec) string {
	text := n.Document().Text()
	from, to := n.Range()
	data := Data(text[from:to], s)
	if wrapper != "" {
		name, _, _ := strings.Cut(wrapper, " ")
		data = "<" + wrapper + ">" + data + "</" + name + ">"
	}
	return text[:from] + data + text[to:]
}

func attribute(b *strings.Builder, name, value string) {
	if value != "" {
		b.WriteString(" " + name + `="` + html.EscapeString(value) + `"`)
	}
}

func keyInfo(content string) string {
	return `<ds:KeyInfo xmlns:ds="` + nsSignature + `">` + content + "</ds:KeyInfo>"
}

func cipherData(octets []byte, wrap int) string {
	text := base64.StdEncoding.EncodeToString(octets)
	if wrap > 0 {
		var b strings.Builder
		for len(text) > wrap {
			b.WriteString(text[:wrap] + "\n")
			text = text[wrap:]
		}
		text = "\n" + b.String() + text + "\n"
	}
	return "<xenc:CipherData><xenc:CipherValue>" + text + "</xenc:CipherValue></xenc:CipherData>"
}

func (s *Spec) keyID(i int) string { return cmp.Or(s.ID, "_data") + "-key" + strconv.Itoa(i+1) }

func (s *Spec) encryptedKey(i int, r Recipient, key []byte, random *stream) string {
	var b strings.Builder
	b.WriteString(`<xenc:EncryptedKey xmlns:xenc="` + xmlenc.Namespace + `"`)
	attribute(&b, "Id", s.keyID(i))
	attribute(&b, "Recipient", r.Name)
	b.WriteString(`><xenc:EncryptionMethod Algorithm="` + html.EscapeString(cmp.Or(r.Method, DefaultTransport)) + `">`)
	if r.Params != nil {
		b.WriteString("<xenc:OAEPparams>" + base64.StdEncoding.EncodeToString(r.Params) + "</xenc:OAEPparams>")
	}
	if r.Digest != "" {
		b.WriteString(`<ds:DigestMethod xmlns:ds="` + nsSignature + `" Algorithm="` + html.EscapeString(r.Digest) + `"/>`)
	}
	if r.MGF != "" {
		b.WriteString(`<xenc11:MGF xmlns:xenc11="` + xmlenc.Namespace11 + `" Algorithm="` + html.EscapeString(r.MGF) + `"/>`)
	}
	b.WriteString("</xenc:EncryptionMethod>")
	if r.KeyInfo != "" {
		b.WriteString(keyInfo(r.KeyInfo))
	}
	t := r.Transport
	if r.Really != nil {
		t = *r.Really
	}
	b.WriteString(cipherData(t.seal(r.Key, key, random), s.Wrap))
	if s.Place == Reference && s.ID != "" {
		b.WriteString(`<xenc:ReferenceList><xenc:DataReference URI="#` + s.ID + `"/></xenc:ReferenceList>`)
	}
	b.WriteString("</xenc:EncryptedKey>")
	return b.String()
}

// stream is chance that is the same every time.
type stream struct{ *rand.ChaCha8 }

func chance(plain string, s Spec) *stream {
	var seed strings.Builder
	_, _ = fmt.Fprintf(&seed, "%q %q %q %q %d %x", plain, s.Method, s.Type, s.ID, s.Place, s.ContentKey)
	for _, r := range s.Recipients {
		_, _ = fmt.Fprintf(&seed, " %v %q %q %q %q %x", r.Key.N, r.Name, r.Method, r.Digest, r.MGF, r.Params)
	}
	return &stream{rand.NewChaCha8(sha256.Sum256([]byte(seed.String())))}
}

func (s *stream) bytes(n int) []byte {
	b := make([]byte, n)
	_, _ = s.Read(b) // never fails
	return b
}
