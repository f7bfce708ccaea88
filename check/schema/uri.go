package schema

import "strings"

// isURI reports whether s is an xs:anyURI. The type has next to no lexical
// rules of its own: characters that a URI cannot hold are taken to be escaped
// later (XML Schema part 2, section 3.2.17), after which RFC 3986 decides. As
// libxml2 does, a host in brackets may hold anything, and brackets are allowed
// in a fragment, where XPointers have them.
func isURI(s string) bool { return explainURI(s) == "" }

// explainURI says what keeps s from being an xs:anyURI; "" when nothing does.
func explainURI(s string) string {
	s = trimBlanks(s)
	if scheme := schemeLength(s); scheme > 0 {
		return explainReference(s[scheme+1:], false)
	}
	return explainReference(s, true)
}

// schemeLength returns the length of the scheme that s starts with, without its
// colon; 0 when there is none.
func schemeLength(s string) int {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return i
		default:
			return 0
		}
	}
	return 0
}

// explainReference checks what follows the scheme, or a relative reference.
func explainReference(s string, relative bool) string {
	rest := s
	if after, ok := strings.CutPrefix(s, "//"); ok {
		var problem string
		if rest, problem = cutAuthority(after); problem != "" {
			return problem
		}
		if rest != "" && !strings.ContainsRune("/?#", rune(rest[0])) {
			return "after the host it goes on with " + quote(rest)
		}
	} else if relative {
		segment := rest[:pathCharsLength(rest, ":@")]
		if scheme, _, found := strings.Cut(segment, ":"); found {
			return "a colon follows " + quote(scheme) + ", which is no scheme"
		}
	}
	rest = rest[pathCharsLength(rest, ":@/"):]
	if strings.HasPrefix(rest, "?") {
		rest = rest[1:]
		rest = rest[pathCharsLength(rest, ":@/?"):]
	}
	if strings.HasPrefix(rest, "#") {
		rest = rest[1:]
		rest = rest[pathCharsLength(rest, ":@/?[]"):]
	}
	switch {
	case rest == "":
		return ""
	case rest[0] == '%':
		return "it holds " + quote(rest[:min(3, len(rest))]) + ", which is no percent-encoding"
	case rest[0] == '#':
		return "it holds two \"#\""
	default:
		return "it holds " + quote(rest[:1]) + " where a URI cannot"
	}
}

// cutAuthority cuts [userinfo@]host[:port] off s.
func cutAuthority(s string) (rest, problem string) {
	if n := pathCharsLength(s, ":"); n < len(s) && s[n] == '@' {
		s = s[n+1:]
	}
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", "the bracket around its host is never closed"
		}
		s = s[end+1:]
	} else {
		s = s[pathCharsLength(s, ""):]
	}
	after, ok := strings.CutPrefix(s, ":")
	if !ok {
		return s, ""
	}
	const maxPort = 1<<31 - 1 // what a parser can hold; the schema names no limit
	port, digits := 0, 0
	for ; digits < len(after) && '0' <= after[digits] && after[digits] <= '9'; digits++ {
		if port = port*10 + int(after[digits]-'0'); port > maxPort {
			return "", "its port is too large"
		}
	}
	if digits == 0 {
		return "", "a colon follows the host, but no port number"
	}
	return after[digits:], ""
}

// pathCharsLength returns how many bytes at the start of s are unreserved,
// percent-encoded, sub-delims (RFC 3986 section 2) or one of also. A byte that
// no URI can hold counts, since it would be escaped.
func pathCharsLength(s, also string) int {
	i := 0
	for i < len(s) {
		switch c := s[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9': // the quick way for most
		case c == '%':
			if i+2 >= len(s) || !isHexDigit(s[i+1]) || !isHexDigit(s[i+2]) {
				return i
			}
			i += 2
		case strings.IndexByte("#/:?@[]", c) < 0:
		case strings.IndexByte(also, c) < 0:
			return i
		}
		i++
	}
	return i
}

func isHexDigit(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }
