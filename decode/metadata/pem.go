package metadata

import (
	"errors"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// maxCertificateFile is what [ParseCertificates] reads at most: the whole
// Mozilla root store is a quarter of a megabyte.
const maxCertificateFile = 16 << 20

// ParseCertificates reads certificates and bare public keys in the shapes in
// which people have them: PEM (one or several, any line ends, text around it),
// DER, base64 with or without line breaks, armour or padding, base64 of one of
// these, the content of an X509Certificate element, PKCS #7, a value from a
// JSON or environment file with its quotes and \n. UTF-16 is read too.
//
// The notes are sentences about parts that were not used as they stand. When
// there is nothing to use the error says what data is; it is a [*KindError]
// where that is something else than certificates. Private keys are refused,
// also beside a certificate.
func ParseCertificates(data []byte) (certs []*Certificate, notes []string, err error) {
	if len(data) > maxCertificateFile {
		return nil, nil, fmt.Errorf("the file is too large for certificates: %d bytes, at most %d are read", len(data), maxCertificateFile)
	}
	var r certificateReader
	err = r.read(data, 0)
	if err != nil {
		return nil, nil, err
	}
	return r.certs, r.notes, nil
}

// maxLayers is how many layers of wrapping are removed.
const maxLayers = 3

// maxNotes bounds what is said about one file.
const maxNotes = 20

type certificateReader struct {
	certs []*Certificate
	seen  map[string]bool // by SHA256
	notes []string
}

func (r *certificateReader) note(format string, args ...any) {
	if len(r.notes) < maxNotes {
		r.notes = append(r.notes, fmt.Sprintf(format, args...))
	}
}

// armour finds the lines around PEM, also with the dashes that word processors
// make of two hyphens, and with text before and after it on the same line.
var armour = regexp.MustCompile(`[-–—]{2,}[ \t]*(BEGIN|END) ([A-Z0-9 ]{3,40}?)[ \t]*[-–—]{2,}`)

// mailQuote is what mail programs put before the lines of what they quote.
var mailQuote = regexp.MustCompile(`(?m)^[> \t]*>`)

// x509Element finds X509Certificate elements in a snippet of XML.
var x509Element = regexp.MustCompile(`<(?:[\w.-]+:)?X509Certificate(?:\s[^<>]*)?>([^<]*)</`)

// read takes data apart; depth counts how many layers of base64 were removed.
func (r *certificateReader) read(data []byte, depth int) error {
	if _, _, err := readElement(data); (err == nil || isTruncated(err)) && data[0] == tagSequence && !printable(string(data)) {
		return r.readDER(data)
	}
	text := decodeText(data)
	if strings.Contains(text, "<") {
		if found := sniffXML(strings.TrimSpace(text)); found == FoundMetadata || found == FoundSAMLMessage || found == FoundHTML {
			return &KindError{Found: found, wanted: "a certificate"}
		}
		if elements := x509Element.FindAllStringSubmatch(text, -1); elements != nil && depth < maxLayers {
			for _, m := range elements {
				if err := r.read([]byte(html.UnescapeString(m[1])), depth+1); err != nil {
					return err
				}
			}
			return nil
		}
	}
	text = unquote(text)
	if marks := armour.FindAllStringSubmatchIndex(text, -1); marks != nil {
		if begins := slices.ContainsFunc(marks, func(m []int) bool { return text[m[2]:m[3]] == "BEGIN" }); begins {
			return r.readPEM(text, marks)
		}
		text = armour.ReplaceAllString(text, "")
		r.note("the BEGIN CERTIFICATE line is missing")
	}
	return r.readBare(data, text, depth)
}

func isTruncated(err error) bool {
	_, ok := errors.AsType[*truncatedError](err)
	return ok
}

// unquote undoes what JSON, YAML, shells, URLs and mail do to a PEM file. None
// of the characters it touches occur in base64.
func unquote(text string) string {
	if strings.Contains(text, "&") {
		text = html.UnescapeString(text)
	}
	if strings.Contains(text, "%2B") || strings.Contains(text, "%2F") || strings.Contains(text, "%3D") || strings.Contains(text, "%0A") {
		if u, err := url.PathUnescape(text); err == nil {
			text = u
		}
	}
	return unquoter.Replace(text)
}

var unquoter = strings.NewReplacer(`\\r`, "\n", `\\n`, "\n", `\r`, "\n", `\n`, "\n", `\/`, "/", "\r", "\n", `\u002b`, "+", `\u003d`, "=")

// readPEM reads the blocks between the lines found by armour.
func (r *certificateReader) readPEM(text string, marks [][]int) error {
	var other Found
	block := 0
	for i, m := range marks {
		if text[m[2]:m[3]] != "BEGIN" {
			continue
		}
		block++
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		label, body := text[m[4]:m[5]], text[m[1]:end]
		switch {
		case strings.Contains(label, "PRIVATE KEY"):
			// Checked before anything is used: a file with a private key in it
			// should not become part of anybody's routine.
			return &KindError{Found: FoundPrivateKey, wanted: "a certificate", detail: "it has a line BEGIN " + label}
		case strings.HasSuffix(label, "CERTIFICATE REQUEST"):
			other = FoundRequest
			continue
		case label == "X509 CRL":
			other = FoundCRL
			continue
		case strings.HasSuffix(label, " PARAMETERS"):
			continue
		case strings.HasPrefix(label, "PGP "):
			other = FoundPGP
			continue
		case strings.HasPrefix(label, "SSH2 "):
			other = FoundSSHKey
			continue
		}
		der, err := decodeBase64(pemBody(body))
		if err == nil {
			err = r.readDER(der)
		}
		if err != nil {
			if k, ok := errors.AsType[*KindError](err); ok {
				if k.Found != FoundBinary {
					return err
				}
				err = errors.New("there is no certificate in it")
			}
			r.note("block %d (BEGIN %s) cannot be read: %v", block, label, err)
		}
	}
	switch {
	case len(r.certs) > 0:
		return nil
	case len(r.notes) > 0:
		return errors.New(r.notes[0])
	case other != "":
		return &KindError{Found: other, wanted: "a certificate"}
	}
	return &KindError{Found: FoundUnknown, wanted: "a certificate"}
}

// pemBody leaves out the header lines that RFC 1421 allows and mail's "> ".
func pemBody(body string) string {
	if !strings.ContainsAny(body, ":>") {
		return body
	}
	var s strings.Builder
	for line := range strings.Lines(body) {
		line = strings.TrimLeft(line, "> \t")
		if !strings.Contains(line, ":") {
			s.WriteString(line)
		}
	}
	return s.String()
}

// readBare reads text without armour.
func (r *certificateReader) readBare(data []byte, text string, depth int) error {
	if found := sniff(data, text); found != FoundUnknown {
		return &KindError{Found: found, wanted: "a certificate"}
	}
	if der := decodeHex(text); der != nil {
		return r.readDER(der)
	}
	body := mailQuote.ReplaceAllString(text, "")
	whole, wholeErr := decodeBase64(body)
	if wholeErr == nil && depth < maxLayers && len(whole) > 40 && printable(string(whole)) {
		return r.read(whole, depth+1)
	}
	// Text before the value, such as "certificate", cannot be told from base64
	// by its characters; the first letters of every certificate can.
	der, err := whole, wholeErr
	for at, tries := 0, 0; tries < 8; tries++ {
		if len(der) > 0 && der[0] == tagSequence {
			outer, _, derErr := readElement(der)
			switch {
			case derErr == nil && classifyDER(outer) != FoundUnknown:
				return r.readDER(der)
			case err == nil && isTruncated(derErr) && beginsLikeCertificate(der):
				// What follows are the parts of this very certificate.
				return derError(der, derErr)
			case at == 0 && err != nil && isTruncated(derErr):
				return err
			}
		}
		next := strings.Index(body[min(at+1, len(body)):], "MI")
		if next < 0 {
			break
		}
		at += 1 + next
		der, err = decodeBase64(body[at:])
	}
	return &KindError{Found: FoundUnknown, wanted: "a certificate"}
}

// beginsLikeCertificate reports whether der begins like a certificate or a key: a
// sequence that holds a sequence.
func beginsLikeCertificate(der []byte) bool {
	return len(der) > 8 && der[1] >= 0x80 && slices.Contains(der[2:6], tagSequence)
}

// readDER reads one DER element, which may be a PKCS #7 bundle, and the
// certificates that follow it: DER files are concatenated at times. Anything
// else that follows is of no interest (OpenSSL's trust settings).
func (r *certificateReader) readDER(der []byte) error {
	outer, rest, err := readElement(der)
	if err != nil {
		return derError(der, err)
	}
	if classifyDER(outer) == foundPKCS7 {
		return r.readPKCS7(outer)
	}
	c, err := ParseDER(outer.whole)
	if err != nil {
		return err
	}
	r.add(c)
	for next := range elements(rest) {
		if classifyDER(next) != FoundCertificate {
			break
		}
		if c, err := ParseDER(next.whole); err == nil {
			r.add(c)
		}
	}
	return nil
}

func (r *certificateReader) readPKCS7(outer element) error {
	inner := certificatesOfPKCS7(outer)
	if len(inner) == 0 {
		return errors.New("this is a PKCS #7 file without a certificate in it")
	}
	var last error
	for _, e := range inner {
		c, err := ParseDER(e.whole)
		if err != nil {
			last = err
			r.note("a certificate in the PKCS #7 file cannot be read: %v", err)
			continue
		}
		r.add(c)
	}
	if len(r.certs) == 0 {
		return last
	}
	return nil
}

// add appends c unless the same is there already.
func (r *certificateReader) add(c *Certificate) {
	if r.seen[c.SHA256] {
		return
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[c.SHA256] = true
	r.certs = append(r.certs, c)
}

// decodeBase64 decodes both alphabets, with or without padding, reading over
// blanks, line breaks, quotes and commas. With an error come the bytes up to it.
func decodeBase64(text string) ([]byte, error) {
	out := make([]byte, 0, len(text)/4*3)
	var acc uint32
	n, line := 0, 1
	flush := func() {
		switch n {
		case 2:
			out = append(out, byte(acc>>4))
		case 3:
			out = append(out, byte(acc>>10), byte(acc>>2))
		}
	}
	for _, c := range text {
		var v rune
		switch {
		case c >= 'A' && c <= 'Z':
			v = c - 'A'
		case c >= 'a' && c <= 'z':
			v = c - 'a' + 26
		case c >= '0' && c <= '9':
			v = c - '0' + 52
		case c == '+', c == '-':
			v = 62
		case c == '/', c == '_':
			v = 63
		case c == '=':
			flush()
			acc, n = 0, 0
			continue
		case c == '\n':
			line++
			continue
		case unicode.IsSpace(c), strings.ContainsRune("\"'`,\u200b\u200c\u200d\ufeff\u2060", c):
			continue
		default:
			flush()
			return out, fmt.Errorf("its base64 holds %q in line %d, which base64 does not use", string(c), line)
		}
		acc = acc<<6 | uint32(v)
		if n++; n == 4 {
			out = append(out, byte(acc>>16), byte(acc>>8), byte(acc))
			acc, n = 0, 0
		}
	}
	flush()
	return out, nil
}

// decodeHex reads a hex dump of a DER file ("30 82 …", "0x3082…"); nil when
// text is none.
func decodeHex(text string) []byte {
	t := strings.TrimSpace(text)
	t = strings.TrimPrefix(strings.TrimPrefix(t, "0x"), "0X")
	if !strings.HasPrefix(t, "30") || len(t) < 100 {
		return nil
	}
	var out []byte
	half, have := byte(0), false
	for i := range len(t) {
		c := t[i]
		var v byte
		switch {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			v = c - 'A' + 10
		case strings.IndexByte(" \t\r\n:-,", c) >= 0:
			continue
		default:
			return nil
		}
		if have {
			out = append(out, half<<4|v)
		}
		half, have = v, !have
	}
	return out
}
