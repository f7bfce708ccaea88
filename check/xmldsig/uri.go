package xmldsig

import "strings"

// isAbsoluteURI reports whether s is what libxml2 takes for an absolute URI: a
// scheme, and nothing that RFC 3986 forbids.
func isAbsoluteURI(s string) bool {
	if !hasScheme(s) {
		return false
	}
	_, s, _ = strings.Cut(s, ":")
	s, fragment, _ := strings.Cut(s, "#")
	if s, hasAuthority := strings.CutPrefix(s, "//"); hasAuthority {
		end := strings.IndexAny(s, "/?")
		if end < 0 {
			end = len(s)
		}
		return isAuthority(s[:end]) && hasOnly(s[end:], uriPath) && hasOnly(fragment, uriPath)
	}
	return hasOnly(s, uriPath) && hasOnly(fragment, uriPath)
}

// The characters of RFC 3986 beside letters, digits and percent-encoding.
const (
	uriName = "-._~!$&'()*+,;="
	uriPath = uriName + ":@/?"
)

func isAuthority(s string) bool {
	if user, host, ok := strings.Cut(s, "@"); ok {
		if !hasOnly(user, uriName+":") {
			return false
		}
		s = host
	}
	var port string
	if literal, rest, ok := strings.Cut(s, "]"); ok && strings.HasPrefix(s, "[") {
		if !hasOnly(literal[1:], uriName+":") || rest != "" && rest[0] != ':' {
			return false
		}
		port = strings.TrimPrefix(rest, ":")
	} else {
		s, port, _ = strings.Cut(s, ":")
		if !hasOnly(s, uriName) {
			return false
		}
	}
	return strings.Trim(port, "0123456789") == ""
}

// hasOnly reports whether s holds nothing but letters, digits, percent-encoded
// octets and the characters of also.
func hasOnly(s, also string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
		case strings.IndexByte(also, c) < 0:
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// hasScheme reports whether s begins with a scheme (RFC 3986 section 3.1).
func hasScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return i > 0 && c == ':'
		}
	}
	return false
}
