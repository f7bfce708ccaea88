package xmlenc

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// The lengths of AES-GCM (section 5.2.4), in octets.
const (
	gcmNonce = 12
	gcmTag   = 16
)

// contentError is why content does not open.
type contentError struct {
	id, text string
}

// open decrypts ciphertext, the octets of a CipherValue, which it leaves as they
// are. plain is nil only when it does not open.
func (a *contentAlgorithm) open(key, ciphertext []byte) (plain []byte, bad *contentError) {
	block, err := a.newBlock(key)
	if err != nil {
		return nil, &contentError{KeyLength, fmt.Sprintf("the key has %d bytes, and %s takes %d", len(key), a.name, a.keyLength)}
	}
	if a.gcm {
		return a.openGCM(block, ciphertext)
	}
	return a.openCBC(block, ciphertext)
}

func (a *contentAlgorithm) openGCM(block cipher.Block, ciphertext []byte) ([]byte, *contentError) {
	if len(ciphertext) < gcmNonce+gcmTag {
		return nil, &contentError{ContentLength, fmt.Sprintf("it has %s, and %s needs %d for its nonce and its tag alone: it is cut off", octets(len(ciphertext)), a.name, gcmNonce+gcmTag)}
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, &contentError{ContentTag, err.Error()} // cannot happen: all blocks have 128 bits
	}
	plain, err := gcm.Open([]byte{}, ciphertext[:gcmNonce], ciphertext[gcmNonce:], nil)
	if err != nil {
		return nil, &contentError{ContentTag, "its authentication tag does not fit: it was changed or cut after it was encrypted, or encrypted with another key than the one that came along"}
	}
	return plain, nil
}

// openCBC removes the padding as section 5.2.3 has it: only the last octet
// counts, the others may be anything.
func (a *contentAlgorithm) openCBC(block cipher.Block, ciphertext []byte) ([]byte, *contentError) {
	size := block.BlockSize()
	switch n := len(ciphertext); {
	case n%size != 0:
		return nil, &contentError{ContentLength, fmt.Sprintf("it has %s, which is no multiple of the %d of a block of %s: it is cut off or damaged", octets(n), size, a.name)}
	case n < 2*size:
		return nil, &contentError{ContentLength, fmt.Sprintf("it has %s, and %s needs %d at least: it is cut off", octets(n), a.name, 2*size)}
	}
	plain := bytes.Clone(ciphertext[size:])
	cipher.NewCBCDecrypter(block, ciphertext[:size]).CryptBlocks(plain, plain)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		clear(plain)
		return nil, &contentError{ContentPadding, "its padding is wrong: it was changed or cut after it was encrypted, or encrypted with another key than the one that came along"}
	}
	return plain[:len(plain)-padding], nil
}

func octets(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// cipherText reads the CipherData of n, an EncryptedData or EncryptedKey. limit
// bounds the octets.
func cipherText(n *xmldoc.Node, limit int) ([]byte, *Error) {
	what := n.Name().Local
	bad := func(id string, at *xmldoc.Node, format string, args ...any) *Error {
		return &Error{Step: StepStructure, ID: id, Node: at, Text: fmt.Sprintf("The "+what+" "+format+".", args...)}
	}
	data := n.Child(Namespace, "CipherData")
	if data == nil {
		return nil, bad(NoCipherData, n, "has no CipherData, so there is nothing to decrypt")
	}
	value := data.Child(Namespace, "CipherValue")
	if value == nil {
		if ref := data.Child(Namespace, "CipherReference"); ref != nil {
			return nil, bad(CipherReference, ref, "keeps its ciphertext elsewhere (CipherReference), from where nothing is fetched")
		}
		return nil, bad(NoCipherValue, data, "has no CipherValue, so there is nothing to decrypt")
	}
	text := value.Text()
	if base64.StdEncoding.DecodedLen(len(text)) > 2*limit { // half of it may be blanks
		return nil, bad(Limit, value, "is larger than the %d bytes that are decrypted", limit)
	}
	octets, err := decodeBase64(text)
	switch {
	case err != nil:
		return nil, bad(NotBase64, value, "cannot be read: its CipherValue is not base64 (%v)", err)
	case len(octets) == 0:
		return nil, bad(Empty, value, "has an empty CipherValue, so there is nothing to decrypt")
	case len(octets) > limit:
		return nil, bad(Limit, value, "is larger than the %d bytes that are decrypted", limit)
	}
	return octets, nil
}

// decodeBase64 reads an xs:base64Binary (XML Schema part 2 section 3.2.16): white
// space anywhere, padding required.
func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, " \t\r\n") {
		var b strings.Builder
		b.Grow(len(s))
		for part := range strings.FieldsFuncSeq(s, isXMLSpace) {
			b.WriteString(part)
		}
		s = b.String()
	}
	octets, err := base64.StdEncoding.DecodeString(s)
	if at, ok := errors.AsType[base64.CorruptInputError](err); ok {
		switch at := int(at); {
		case len(s)%4 != 0 && strings.IndexFunc(s, notBase64) < 0:
			return nil, fmt.Errorf("%d characters, no multiple of 4: it is cut off, or its padding is missing", len(s))
		case at < len(s) && s[at] < 0x80:
			return nil, fmt.Errorf("%q at character %d", s[at], at+1)
		default:
			return nil, fmt.Errorf("at character %d", at+1)
		}
	}
	return octets, err
}

func isXMLSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }

func notBase64(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '+' || r == '/' || r == '=')
}
