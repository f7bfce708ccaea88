package schema

import "strings"

// maxDigits is the size of the numbers that libxml2 can hold; a longer xs:integer
// or xs:decimal is an error there, and so it is here.
const maxDigits = 24

// An integerType bounds a type derived from xs:integer. min and max are
// magnitudes without leading zeros; an empty one is no bound.
type integerType struct {
	negative, positive string // largest magnitude below and above zero; "" is unbounded, "0" allows none
	notZero            bool
	blanks             bool // libxml2 trims blanks around the unlimited types only
	unsigned           bool // no sign may be written
}

func (t integerType) valid(s string) bool {
	if t.blanks {
		s = trimBlanks(s)
	}
	negative := false
	if s != "" && !t.unsigned && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return false
	}
	s = strings.TrimLeft(s, "0")
	bound := t.positive
	if negative {
		bound = t.negative
	}
	switch {
	case len(s) > maxDigits || t.notZero && s == "":
		return false
	case bound == "" || s == "":
		return true
	case len(s) != len(bound):
		return len(s) < len(bound)
	default:
		return s <= bound
	}
}

// isDecimal reports whether s is an xs:decimal of at most 24 digits.
func isDecimal(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	if s == "" {
		return false
	}
	rest := strings.TrimLeft(s, "0")
	zeros := len(rest) < len(s)
	digits := 0
	for rest != "" && digits < maxDigits && isDigit(rest[0]) {
		rest = rest[1:]
		digits++
	}
	if rest != "" && digits < maxDigits && rest[0] == '.' {
		rest = rest[1:]
		for rest != "" && digits < maxDigits && isDigit(rest[0]) {
			rest = rest[1:]
			digits++
		}
		if digits == 0 && !zeros {
			return false
		}
	}
	// A sign and a blank pass in libxml2, so they pass here.
	return trimBlanks(rest) == ""
}

// isFloat reports whether s is an xs:float or xs:double. libxml2 lets the
// exponent's digits be missing.
func isFloat(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	if s == "NaN" {
		return true
	}
	s, negative := strings.CutPrefix(s, "-")
	if s == "INF" {
		return true
	}
	if !negative {
		s = strings.TrimPrefix(s, "+")
	}
	rest := strings.TrimLeft(s, "0123456789")
	digits := len(s) - len(rest)
	if after, ok := strings.CutPrefix(rest, "."); ok {
		rest = strings.TrimLeft(after, "0123456789")
		digits += len(after) - len(rest)
	}
	if digits == 0 {
		return false
	}
	if rest != "" && rest[0]|0x20 == 'e' {
		rest = rest[1:]
		if rest != "" && (rest[0] == '-' || rest[0] == '+') {
			rest = rest[1:]
		}
		rest = strings.TrimLeft(rest, "0123456789")
	}
	return trimBlanks(rest) == ""
}

func isBoolean(s string) bool {
	switch trimBlanks(s) {
	case "true", "false", "1", "0":
		return true
	}
	return false
}

func isHexBinary(s string) bool {
	s = trimBlanks(s)
	return len(s)%2 == 0 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

func isBase64(s string) bool { return explainBase64(s) == "" }

// explainBase64 says what keeps s from being an xs:base64Binary; "" when nothing
// does. Characters outside the alphabet are passed over as RFC 2045 asks and
// libxml2 does: what they do to a signature is not a matter of the schema.
func explainBase64(s string) string {
	digits, pads := 0, 0
	last := byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case c == '=':
			pads++
		case !isBase64Digit(c):
		case pads > 0:
			return "it goes on after the padding \"=\""
		default:
			digits++
			last = c
		}
	}
	switch digits % 4 {
	case 0:
		if pads != 0 {
			return "it ends in padding that it does not need"
		}
	case 1:
		return "one character is left over after the last group of four, so something is missing or extra"
	case 2, 3:
		switch {
		case pads == 0:
			return "its padding \"=\" is missing, or it was cut off"
		case pads != 4-digits%4:
			return "it ends in the wrong number of padding characters \"=\""
		case digits%4 == 3 && strings.IndexByte("AEIMQUYcgkosw048", last) < 0,
			digits%4 == 2 && strings.IndexByte("AQgw", last) < 0:
			return "its last character before the padding holds bits that no encoder leaves there"
		}
	}
	return ""
}

func isBase64Digit(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}
