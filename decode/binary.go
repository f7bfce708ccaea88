package decode

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	utf8BOM    = []byte("\xef\xbb\xbf")
	utf16LEBOM = []byte("\xff\xfe")
	utf16BEBOM = []byte("\xfe\xff")
)

func emptyError(data []byte) *Error {
	if len(data) == 0 {
		return newError("empty", "the input is empty", hintWhatToGive)
	}
	// Comparing the data with itself, one byte on, runs at the speed of memory.
	if data[0] == 0 && bytes.Equal(data[1:], data[:len(data)-1]) {
		return newError("zeros", "the input is "+plural(len(data), "byte", "bytes")+" of zeros: the file was never written, or was damaged", "copy or export it again")
	}
	return nil
}

// signatures of formats that people give by mistake.
type signature struct {
	magic        string
	at           int
	reason, name string
	hint         string
}

func signatures() []signature {
	const image, network = "binary-image", "binary-network"
	hintImage := "a picture of a message cannot be checked: copy the value itself, or export a HAR file"
	hintUnpack := "unpack it first"
	return []signature{
		{"\x89PNG\r\n\x1a\n", 0, image, "a PNG image", hintImage},
		{"\xff\xd8\xff", 0, image, "a JPEG image", hintImage},
		{"GIF8", 0, image, "a GIF image", hintImage},
		{"WEBP", 8, image, "a WebP image", hintImage},
		{"ftyphei", 4, image, "a HEIF image", hintImage},
		{"%PDF-", 0, "binary-pdf", "a PDF document", "copy the value itself, or export a HAR file"},
		{"PK\x03\x04", 0, "binary-zip", "a ZIP archive", hintUnpack},
		{"PK\x05\x06", 0, "binary-zip", "an empty ZIP archive", ""},
		{"\x1f\x8b", 0, "binary-gzip", "compressed with gzip", hintUnpack},
		{"7z\xbc\xaf\x27\x1c", 0, "binary-archive", "a 7-Zip archive", hintUnpack},
		{"Rar!\x1a\x07", 0, "binary-archive", "a RAR archive", hintUnpack},
		{"\xfd7zXZ\x00", 0, "binary-archive", "compressed with xz", hintUnpack},
		{"1AY&SY", 4, "binary-archive", "compressed with bzip2", hintUnpack},
		{"\x28\xb5\x2f\xfd", 0, "binary-archive", "compressed with Zstandard", hintUnpack},
		{"MSCF\x00\x00\x00\x00", 0, "binary-archive", "a Windows cabinet", hintUnpack},
		{"\xd4\xc3\xb2\xa1", 0, network, "a network capture (pcap)", hintNetwork},
		{"\xa1\xb2\xc3\xd4", 0, network, "a network capture (pcap)", hintNetwork},
		{"\x4d\x3c\xb2\xa1", 0, network, "a network capture (pcap)", hintNetwork},
		{"\x0a\x0d\x0d\x0a", 0, network, "a network capture (pcapng, as Wireshark writes it)", hintNetwork},
		{"bplist00", 0, "binary-webarchive", "a Safari web archive or another property list", "save the page as page source instead, or export a HAR file from the Web Inspector"},
		{"\xac\xed\x00\x05", 0, "binary-charles", "serialised Java data, as a session of Charles (.chls) may be", hintCharles},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "binary-document", "an Outlook message (.msg) or an old Office document", "save the attachment or copy the value out of it"},
		{"ElfFile\x00", 0, "binary", "a Windows event log (.evtx)", "open it in the Event Viewer, copy the text of the event and give that"},
		{"\xfe\xed\xfe\xed", 0, "binary", "a Java keystore", "export the certificate as PEM and give it with --idp-cert, beside the message"},
		{"\x7fELF", 0, "binary", "a program", ""},
		{"SQLite format 3\x00", 0, "binary", "an SQLite database", ""},
	}
}

// hintNetwork and hintCharles say how to get a readable capture instead.
const (
	hintNetwork = "HTTPS is encrypted in it: record the login in the browser and export a HAR file"
	hintCharles = "export it as HAR: File > Export Session > HTTP Archive (.har)"
)

// explainBinary makes the error for data that nothing but its name tells apart
// more precise.
func explainBinary(err *Error, name string) *Error {
	if err.Reason != "binary" && err.Reason != "no-saml" {
		return err
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".chls", ".chlsx":
		err.Reason, err.Text, err.Hint = "binary-charles", "the input is a session of Charles, which is not read", hintCharles
	case ".pcap", ".pcapng", ".cap", ".etl":
		err.Reason, err.Text, err.Hint = "binary-network", "the input is a network capture, which is not read", hintNetwork
	}
	return err
}

// binaryError recognises what cannot hold a message as text.
func binaryError(data []byte) *Error {
	for _, s := range signatures() {
		if len(data) >= s.at+len(s.magic) && string(data[s.at:s.at+len(s.magic)]) == s.magic {
			return newError(s.reason, "the input is "+s.name+", no SAML message", s.hint)
		}
	}
	if err := derError(data); err != nil {
		return err
	}
	if looksUTF16(data) {
		return nil
	}
	head := data[:min(len(data), 4096)]
	if i := bytes.IndexByte(head, 0); i >= 0 {
		return newError("binary", "the input is binary data (byte "+count(i+1)+" is a zero), no text", hintWhatToGive)
	}
	return nil
}

// maxDER bounds what is tried as a certificate or key.
const maxDER = 1 << 20

// derError recognises certificates and keys in DER.
func derError(der []byte) *Error {
	if len(der) < 16 || len(der) > maxDER || der[0] != 0x30 {
		return nil
	}
	var seq asn1.RawValue
	rest, err := asn1.Unmarshal(der, &seq)
	if err != nil || len(rest) > 2 {
		return nil //nolint:nilerr // text may start with a "0"
	}
	der = der[:len(der)-len(rest)]
	if _, err := x509.ParseCertificate(der); err == nil {
		return newError("certificate", "the input is a certificate (DER), no SAML message", hintCert)
	}
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return privateKeyError()
	}
	if _, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return privateKeyError()
	}
	return newError("binary-der", "the input is binary DER data (a certificate, key or keystore), no SAML message", hintCert)
}

func privateKeyError() *Error {
	return newError("private-key", "the input is a private key, no SAML message", "the key of the service, for decryption, is given with --sp-key; share it with nobody")
}

// pemError recognises PEM, and base64 of DER without its header lines.
func pemError(text []byte) *Error {
	if rest, ok := bytes.CutPrefix(text, []byte("-----BEGIN ")); ok {
		label, _, _ := bytes.Cut(rest[:min(len(rest), 80)], []byte("-----"))
		switch {
		case bytes.Contains(label, []byte("PRIVATE KEY")):
			return privateKeyError()
		case bytes.Contains(label, []byte("CERTIFICATE")), bytes.Contains(label, []byte("PUBLIC KEY")):
			return newError("certificate", "the input is a PEM "+quote(label)+", no SAML message", hintCert)
		default:
			return newError("binary-der", "the input is a PEM "+quote(label)+", no SAML message", hintWhatToGive)
		}
	}
	// Every certificate and key of more than 127 bytes starts with these.
	if len(text) > maxDER || !bytes.HasPrefix(text, []byte("MI")) {
		return nil
	}
	der, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(text), nil)))
	if err != nil {
		return nil //nolint:nilerr // text like any other
	}
	if e := derError(der); e != nil && e.Reason != "binary-der" {
		return e
	}
	return nil
}

// looksUTF16 reports whether data is text in UTF-16, with or without a mark.
func looksUTF16(data []byte) bool {
	if bytes.HasPrefix(data, utf16LEBOM) || bytes.HasPrefix(data, utf16BEBOM) {
		return true
	}
	// Without a mark: SAML, XML and base64 start with ASCII.
	if len(data) < 4 || len(data)%2 != 0 {
		return false
	}
	return data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0 ||
		data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0
}

// utf16Text returns UTF-16 text as UTF-8: the redirection of some shells
// writes it.
func utf16Text(data []byte) ([]byte, bool) {
	if !looksUTF16(data) {
		return nil, false
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if bytes.HasPrefix(data, utf16BEBOM) || data[0] == 0 {
		order = binary.BigEndian
	}
	out := make([]byte, 0, len(data)/2+len(data)/8)
	for i := 0; i+1 < len(data); i += 2 {
		c := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(c) && i+3 < len(data) {
			if full := utf16.DecodeRune(c, rune(order.Uint16(data[i+2:]))); full != utf8.RuneError {
				c = full
				i += 2
			}
		}
		out = utf8.AppendRune(out, c)
	}
	return out, true
}
