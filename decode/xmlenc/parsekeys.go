package xmlenc

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/samlwhy/samlwhy/decode/metadata"
)

// maxKeyFile is what [ParseKeys] reads at most, in bytes.
const maxKeyFile = 4 << 20

// maxKeysInFile bounds how many keys are read from one file.
const maxKeysInFile = 100

// ErrPassword is wrapped by errors about a password: there is none, or it is wrong.
var ErrPassword = errors.New("password")

// ParseKeys reads the private keys in data, one or several: PEM or DER of PKCS #1,
// PKCS #8 and SEC 1 (EC), encrypted with a password or not, and PKCS #12.
// Certificates beside a key are kept with it.
//
// password is asked once, and only when data cannot be read without; nil means
// that there is none. The error is one sentence, without a name for the file, that
// says what data is instead and what to do; it wraps [ErrPassword] where another
// password would help.
func ParseKeys(data []byte, password func() ([]byte, error)) ([]Key, error) {
	if len(data) > maxKeyFile {
		return nil, fmt.Errorf("the file is too large for a private key: %d bytes, at most %d are read", len(data), maxKeyFile)
	}
	r := &keyReader{ask: password}
	if err := r.read(data, 0); err != nil {
		return nil, err
	}
	for i, k := range r.keys {
		r.keys[i] = k.withCertificates(r.certs)
	}
	return r.keys, nil
}

type keyReader struct {
	ask      func() ([]byte, error)
	asked    bool
	password []byte
	keys     []Key
	certs    []*metadata.Certificate
}

// secret is the password, asked for when it is needed for the first time. what
// is encrypted with it.
func (r *keyReader) secret(what string) ([]byte, error) {
	if r.asked {
		return r.password, nil
	}
	if r.ask == nil {
		return nil, sentence(ErrPassword, "%s is encrypted, and no password for it was given", what)
	}
	p, err := r.ask()
	if err != nil {
		return nil, err
	}
	r.asked, r.password = true, p
	return p, nil
}

// keyError is a sentence that wraps an error without quoting it.
type keyError struct {
	text string
	err  error
}

func (e *keyError) Error() string { return e.text }
func (e *keyError) Unwrap() error { return e.err }

func sentence(err error, format string, args ...any) error {
	return &keyError{fmt.Sprintf(format, args...), err}
}

// maxLayers is how many layers of base64 are removed.
const maxLayers = 2

func (r *keyReader) read(data []byte, depth int) error {
	if len(data) > 1 && data[0] == 0x30 && looksLikeDER(data) {
		return r.readDER(data, "")
	}
	if bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}) || bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce}) {
		return errors.New("this is a Java keystore (JKS), which is not read: convert it with keytool -importkeystore -srckeystore FILE -destkeystore key.p12 -deststoretype PKCS12, and give key.p12")
	}
	text := asText(data)
	if strings.Contains(text, "-----BEGIN ") {
		return r.readPEM(text)
	}
	if err := otherKind(text); err != nil {
		return err
	}
	if der, err := decodeBase64(text); err == nil && len(der) > 40 && depth < maxLayers {
		if inner := r.read(der, depth+1); inner == nil || depth > 0 || der[0] == 0x30 || bytes.Contains(der, []byte("-----BEGIN ")) {
			return inner
		}
	}
	return errors.New("this is no private key in any form that is read (PEM, DER, PKCS #12)")
}

// otherKind names text that people give by mistake; nil when it is not known.
func otherKind(text string) error {
	t := trimmed(text)
	switch {
	case t == "":
		return errors.New("the file is empty")
	case strings.HasPrefix(t, "PuTTY-User-Key-File"):
		return errors.New("this is a PuTTY key, which is not read: export it in PuTTYgen (Conversions, Export OpenSSH key), then convert that with ssh-keygen -p -m PEM -f FILE")
	case strings.HasPrefix(t, "ssh-"), strings.HasPrefix(t, "ecdsa-sha2-"):
		return errors.New("this is an SSH public key, not a private key: give the private key of the service's encryption certificate")
	case strings.HasPrefix(t, "{"):
		return errors.New("this is JSON (perhaps a JWK), not a private key that can be read: convert it to PEM")
	case strings.HasPrefix(t, "<"):
		if strings.Contains(t, "RSAKeyValue") {
			return errors.New("this is a key as XML (RSAKeyValue, as .NET writes it), which is not read: export it as PEM or PKCS #12")
		}
		return errors.New("this is XML, not a private key: metadata and messages hold certificates at most, the key is kept by the service")
	}
	return nil
}

// asText is data as characters. Only ASCII matters in it.
func asText(data []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return strings.TrimPrefix(string(data), "\uFEFF")
	}
	var units []uint16
	for b := data[2:]; len(b) > 1; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return string(utf16.Decode(units))
}

// maxBlocks is how many PEM blocks are read.
const maxBlocks = 1000

func (r *keyReader) readPEM(text string) error {
	// From JSON and environment files with \n as two characters, from YAML with
	// blanks before each line.
	if !strings.Contains(trimmed(text), "\n") {
		text = strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(text)
		text = strings.Trim(trimmed(text), `"',`)
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(trimmed(line))
		b.WriteByte('\n')
	}
	rest := []byte(b.String())
	var other error
	for range maxBlocks {
		block, after := pem.Decode(rest)
		if block == nil {
			if i := bytes.Index(rest, []byte("-----BEGIN ")); i >= 0 && len(r.keys) == 0 && other == nil {
				label, _, _ := bytes.Cut(rest[i+len("-----BEGIN "):], []byte("-----"))
				return fmt.Errorf("the PEM block (BEGIN %s) is damaged: it is cut off, or something else than base64 is in it", clip(strings.ToValidUTF8(string(label), "?")))
			}
			break
		}
		rest = after
		if err := r.readBlock(block); err != nil {
			if !isOther(err) {
				return err
			}
			if other == nil {
				other = err
			}
		}
		if len(r.keys) > maxKeysInFile {
			return fmt.Errorf("the file holds more than %d keys", maxKeysInFile)
		}
	}
	switch {
	case len(r.keys) > 0:
		return nil
	case other != nil:
		return other
	case len(r.certs) > 0:
		return errCertificate
	}
	return errors.New("there is no private key in this file")
}

// otherError is about a block that may stand beside a key.
type otherError struct{ error }

func isOther(err error) bool {
	_, ok := errors.AsType[otherError](err)
	return ok
}

var (
	errCertificate = errors.New("this is a certificate, not a private key: give the private key that belongs to it (a line BEGIN PRIVATE KEY, or a .p12 or .pfx file)")
	errPublicKey   = errors.New("this is a public key, not a private key: give the private key that belongs to it (a line BEGIN PRIVATE KEY)")
	errRequest     = errors.New("this is a certificate signing request (CSR), not a private key: give the private key that it was made with")
)

func (r *keyReader) readBlock(block *pem.Block) error {
	switch label := block.Type; {
	case label == "OPENSSH PRIVATE KEY":
		return errors.New("this is an OpenSSH key, which is not read: convert a copy of it with ssh-keygen -p -m PEM -f COPY, and give the copy")
	case strings.HasPrefix(label, "PGP "):
		return errors.New("this is a PGP key or message, not the private key of a certificate")
	case strings.HasSuffix(label, "CERTIFICATE REQUEST"):
		return otherError{errRequest}
	case strings.HasSuffix(label, "CERTIFICATE"), label == "PKCS7":
		if certs, _, err := metadata.ParseCertificates(pem.EncodeToMemory(block)); err == nil {
			r.certs = append(r.certs, certs...)
		}
		return otherError{errCertificate}
	case strings.HasSuffix(label, "PUBLIC KEY"):
		return otherError{errPublicKey}
	case strings.HasSuffix(label, "PRIVATE KEY"):
		if block.Headers["DEK-Info"] == "" {
			return r.readDER(block.Bytes, label)
		}
		password, err := r.secret("the key (BEGIN " + label + ")")
		if err != nil {
			return err
		}
		//nolint:staticcheck // insecure against whoever changes the file, but people have such files
		der, err := x509.DecryptPEMBlock(block, password)
		if errors.Is(err, x509.IncorrectPasswordError) {
			return errWrongPassword
		}
		if err != nil {
			return sentence(err, "the key (BEGIN %s) is encrypted in a way that is not read: write it anew with openssl pkey -in FILE -aes256 -out NEW", label)
		}
		if err := r.readDER(der, label); err != nil {
			return errWrongPassword // one wrong password in 256 leaves a right padding
		}
		return nil
	}
	return nil // parameters and the like
}

var errWrongPassword = sentence(ErrPassword, "the password does not open this key")
