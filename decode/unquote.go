package decode

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote is the text of a raw string, nil for another value. It may share
// memory with raw.
func unquote(raw []byte) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	text := raw[1 : len(raw)-1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	return appendUnquoted(make([]byte, 0, len(text)), text)
}

// appendUnquoted appends the text of a string without its quotes. An escape that
// JSON does not know stands for its character, half a one for nothing.
func appendUnquoted(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		if i+1 == len(raw) {
			return dst
		}
		c := raw[i+1]
		raw = raw[i+2:]
		switch c {
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'u':
			r, ok := hex4(raw)
			if !ok {
				if len(raw) < 4 {
					return dst
				}
				dst = append(dst, c)
				continue
			}
			raw = raw[4:]
			if utf16.IsSurrogate(r) {
				r, raw = surrogate(r, raw)
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
	}
}

// surrogate puts the first half of a pair together with the escape that follows.
func surrogate(r rune, raw []byte) (rune, []byte) {
	if len(raw) >= 6 && raw[0] == '\\' && raw[1] == 'u' {
		if low, ok := hex4(raw[2:]); ok {
			if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
				return full, raw[6:]
			}
		}
	}
	return utf8.RuneError, raw
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		d, isHex := unhex(c)
		if !isHex {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}
