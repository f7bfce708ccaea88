package xmldsig

import (
	"encoding/base64"
	"errors"
	"strings"
)

// errNoValue is the error of a value without a single character.
var errNoValue = errors.New("it is empty")

// decodeBase64 reads base64 as XML signatures carry it: white space anywhere,
// padding required, nothing else (XML Schema part 2 section 3.2.16). Bits left
// over in the last character are ignored, as libxmlsec1 ignores them.
func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, " \t\r\n") {
		var b strings.Builder
		b.Grow(len(s))
		for part := range strings.FieldsFuncSeq(s, isXMLSpace) {
			b.WriteString(part)
		}
		s = b.String()
	}
	if s == "" {
		return nil, errNoValue
	}
	return base64.StdEncoding.DecodeString(s)
}

func isXMLSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }
