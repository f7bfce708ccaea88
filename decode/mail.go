package decode

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"strconv"
	"strings"
)

// isMail reports whether text is an e-mail or a page that a browser saved as
// MIME (MHTML): headers, of which one names the MIME version.
func isMail(data []byte) bool {
	head := data[:min(len(data), 64<<10)]
	first, _, _ := bytes.Cut(head, []byte("\n"))
	name, _, ok := bytes.Cut(first, []byte(":"))
	if !ok || len(name) < 2 || bytes.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`<>"'{}[]()=&?/`, c) }) {
		return false
	}
	if i := bytes.Index(head, []byte("\n\n")); i >= 0 {
		head = head[:i+1]
	} else if i := bytes.Index(head, []byte("\r\n\r\n")); i >= 0 {
		head = head[:i+2]
	}
	return bytes.Contains(bytes.ToLower(head), []byte("\nmime-version:")) || strings.EqualFold(string(name), "MIME-Version")
}

// maxParts bounds how deep the parts of an e-mail are nested.
const maxParts = 8

// openMail makes each part of an e-mail a file.
func (a *archive) openMail(data []byte) *Error {
	a.format = "e-mail"
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return newError("archive-damaged", "the input starts like an e-mail, but its headers cannot be read", "give the attachment itself")
	}
	return a.openPart(m.Header.Get, m.Body, 0)
}

// openPart takes in a part that may have parts itself. get looks up its headers.
func (a *archive) openPart(get func(string) string, body io.Reader, depth int) *Error {
	kind, params, err := mime.ParseMediaType(get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		if depth == maxParts {
			a.problems = append(a.problems, "the e-mail has parts in parts, more than "+count(maxParts)+" deep, which were not read")
			return nil
		}
		parts := multipart.NewReader(body, params["boundary"])
		for len(a.files) < maxMembers {
			p, err := parts.NextRawPart()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					a.problems = append(a.problems, "the e-mail is cut off or damaged; the "+plural(len(a.files), "part", "parts")+" before that were read")
				}
				return nil
			}
			if err := a.openPart(p.Header.Get, p, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	switch strings.ToLower(strings.TrimSpace(get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	content, tooLarge := a.take(a.metered(body))
	if tooLarge != nil && tooLarge.Reason == "archive-too-large" {
		return tooLarge
	}
	if len(bytes.TrimSpace(content)) == 0 {
		return nil
	}
	a.append(member{partName(get, kind, len(a.files)+1), int64(len(content)), func() (io.Reader, *Error) { return bytes.NewReader(content), nil }})
	return nil
}

// partName is the file name of a part, or one made of its number and kind.
func partName(get func(string) string, kind string, number int) string {
	_, params, err := mime.ParseMediaType(get("Content-Disposition"))
	name := params["filename"]
	if err != nil || name == "" {
		if _, params, err := mime.ParseMediaType(get("Content-Type")); err == nil {
			name = params["name"]
		}
	}
	if decoded, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = decoded
	}
	if name == "" {
		name = "part " + strconv.Itoa(number)
		if kind == "text/html" {
			name += ".html"
		}
	}
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}
