package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func isNameStart(r rune) bool { return r == '_' || isLetter(r) }

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return unicode.Is(nameLetters, r)
}

func isNameChar(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(r) || '0' <= r && r <= '9' || r == '_' || r == '-' || r == '.'
	}
	return unicode.Is(nameLetters, r) || unicode.Is(nameExtras, r)
}

// ncNameLength returns how many bytes at the start of s make up an NCName; 0
// when s does not begin with one.
func ncNameLength(s string) int {
	for i, r := range s {
		if i == 0 && !isNameStart(r) || !isNameChar(r) {
			return i
		}
	}
	return len(s)
}

func isNCName(s string) bool { return s != "" && ncNameLength(s) == len(s) }

func isQName(s string) bool {
	prefix, local, found := strings.Cut(s, ":")
	return isNCName(prefix) && (!found || isNCName(local))
}

func isName(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && (first == ':' || isNameStart(first)) && isNMToken(s)
}

func isNMToken(s string) bool {
	for _, r := range s {
		if r != ':' && !isNameChar(r) {
			return false
		}
	}
	return s != ""
}

// explainNCName says what keeps s from being an NCName; "" when nothing does.
func explainNCName(s string) string {
	if s == "" {
		return "it is empty"
	}
	for i, r := range s {
		switch {
		case i == 0 && !isNameStart(r):
			return "it starts with " + quote(string(r))
		case r == ':':
			return "it holds a colon"
		case isBlank(r):
			return "it holds a blank or a line break"
		case !isNameChar(r):
			return "it holds the character " + quote(string(r))
		}
	}
	return ""
}

// isLanguage reports whether s is a language tag: subtags of 1 to 8 letters,
// from the second on also digits, joined by hyphens.
func isLanguage(s string) bool {
	first := true
	for tag := range strings.SplitSeq(s, "-") {
		if len(tag) < 1 || len(tag) > 8 {
			return false
		}
		for i := range len(tag) {
			c := tag[i]
			if !('a' <= c|0x20 && c|0x20 <= 'z') && (first || c < '0' || c > '9') {
				return false
			}
		}
		first = false
	}
	return true
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

func trimBlanks(s string) string { return strings.Trim(s, " \t\r\n") }
