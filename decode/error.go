package decode

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Error is why an input holds no SAML message. It is for people: Text is one
// sentence without the name of the input, Hint says what to do about it and may
// be empty.
type Error struct {
	Input string // what the user named: a path, "-", "clipboard"
	// Reason is a stable id: "empty", "zeros", "binary", "binary-image",
	// "binary-pdf", "binary-zip", "binary-gzip", "binary-der", "certificate",
	// "private-key", "metadata", "soap-fault", "soap-no-saml", "xml-no-saml",
	// "html-no-saml", "url-no-saml", "no-saml", "har-no-saml", "har-empty",
	// "har-sanitized", "har-too-long", "tracer-no-saml", "tracer-obfuscated", "json-no-saml",
	// "json-cut", "redacted", "curl-no-saml", "fetch-no-saml", "powershell-no-saml",
	// "http-no-saml", "burp-no-saml", "saz-no-saml", "no-archive", "archive-no-saml", "xml-api-answer",
	// "archive-several", "archive-empty", "archive-damaged", "archive-encrypted",
	// "archive-method", "archive-too-large", "archive-nested", "binary-archive",
	// "binary-network", "binary-charles", "binary-webarchive", "binary-document".
	Reason string
	Text   string
	Hint   string
	// More are further hints, a line each: what was looked at, and how to record
	// what is missing, step by step.
	More []string
}

// Error returns the sentence, with the input's name in front where it is known.
func (e *Error) Error() string {
	if e.Input == "" {
		return e.Text
	}
	return e.Input + ": " + e.Text
}

func newError(reason, text, hint string) *Error {
	return &Error{Reason: reason, Text: text, Hint: hint}
}

// The hints that several errors share.
const (
	hintWhatToGive = "give the SAMLResponse as the browser sent it, a HAR file, a SAML-tracer export or the XML"
	hintRecord     = "open the developer tools before the login, tick “Preserve log”, log in, and export the HAR with content"
	hintCert       = "give it with --idp-cert, beside the message"
)

// with adds hints to e.
func (e *Error) with(lines ...string) *Error {
	e.More = append(e.More, lines...)
	return e
}

func redactedNote(n int) string {
	if n == 1 {
		return "one SAML value was replaced by whoever exported the capture and could not be read"
	}
	return fmt.Sprintf("%d SAML values were replaced by whoever exported the capture and could not be read", n)
}

// quote shows at most 40 characters of hostile text on one line.
func quote[T ~string | ~[]byte](s T) string {
	const most = 40
	b := []byte(s)
	if len(b) > 4*most {
		b = b[:4*most]
	}
	n, runes := 0, 0
	for n < len(b) && runes < most {
		_, w := utf8.DecodeRune(b[n:])
		n += w
		runes++
	}
	q := strconv.Quote(string(b[:n]))
	if n < len(s) {
		q += "…"
	}
	return q
}

// count writes n with thousands separated: 4,096.
func count[T ~int | ~int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes a number of bytes as people say it.
func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return count(n>>20) + " MiB"
	case n >= 1<<10 && n%(1<<10) == 0:
		return count(n>>10) + " KiB"
	}
	return count(n) + " bytes"
}

// plural writes "1 entry", "2 entries".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}
