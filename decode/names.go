package decode

import (
	"encoding/base64"
	"strings"
)

// role is what a form field, a query parameter or a key holds by its name.
type role uint8

const (
	roleNone role = iota
	roleResponse
	roleRequest
	roleArtifact
	roleWResult
)

// name is the name as the bindings spell it.
func (r role) name() string {
	switch r {
	case roleResponse:
		return "SAMLResponse"
	case roleRequest:
		return "SAMLRequest"
	case roleArtifact:
		return "SAMLart"
	case roleWResult:
		return "wresult"
	default:
		return ""
	}
}

// closeness is how well a name fits.
type closeness uint8

const (
	notClose   closeness = iota
	similar              // a letter or two differ: the value has to prove it
	sameLetter           // case, blanks, dashes and underscores aside
	exact
)

// parameterRole tells what the parameter called name should hold, and how well
// its name fits.
func parameterRole(name string) (role, closeness) {
	switch name {
	case "SAMLResponse":
		return roleResponse, exact
	case "SAMLRequest":
		return roleRequest, exact
	case "SAMLart":
		return roleArtifact, exact
	case "wresult":
		return roleWResult, exact
	}
	if len(name) < 5 || len(name) > 40 {
		return roleNone, notClose
	}
	folded := strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		case strings.ContainsRune(" \t\r\n\u00a0_-.[]", c):
			return -1
		}
		return c
	}, name)
	switch folded {
	case "samlresponse":
		return roleResponse, sameLetter
	case "samlrequest":
		return roleRequest, sameLetter
	case "samlart":
		return roleArtifact, sameLetter
	case "wresult":
		return roleWResult, sameLetter
	}
	// The initial letters keep names like "response" out.
	if strings.Contains(folded, "sam") || strings.Contains(folded, "sml") {
		if within2(folded, "samlresponse") {
			return roleResponse, similar
		}
		if within2(folded, "samlrequest") {
			return roleRequest, similar
		}
	}
	return roleNone, notClose
}

// within2 reports whether two edits (insert, delete, replace) make a into b.
func within2(a, b string) bool {
	if d := len(a) - len(b); d < -2 || d > 2 {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)] <= 2
}

// sibling is the parameter called name, its case aside, or nil.
func sibling(params []Param, name string) *Param {
	for i := range params {
		if params[i].Name == name {
			return &params[i]
		}
	}
	for i := range params {
		if strings.EqualFold(strings.TrimSpace(params[i].Name), name) {
			return &params[i]
		}
	}
	return nil
}

// siblings are the parameters that travel with a message.
type siblings struct{ relayState, sigAlg, signature *Param }

func siblingsIn(params []Param) siblings {
	return siblings{sibling(params, "RelayState"), sibling(params, "SigAlg"), sibling(params, "Signature")}
}

// isRedacted reports whether an exporter has put a placeholder for value.
func isRedacted(value string) bool {
	value = strings.TrimSpace(value)
	if value == "" || len(value) > 80 {
		return false
	}
	if strings.HasPrefix(value, "{obf:") || strings.HasPrefix(value, "{hash:") || value == "{overwritten}" {
		return true
	}
	if len(value) >= 3 && strings.Trim(value, "*•xX") == "" {
		return true
	}
	folded := strings.ToLower(value)
	for _, word := range []string{"redacted", "removed]", "removed>", "sanitized", "sanitised", "obfuscated", "masked]"} {
		if strings.Contains(folded, word) {
			return true
		}
	}
	return folded == "removed" || folded == "hidden" || folded == "masked"
}

// artifactLength is the size of a SAML 2.0 artifact of type 4: type code,
// endpoint index, source ID and message handle (saml-bindings-2.0, 3.6.4).
const artifactLength = 2 + 2 + 20 + 20

// isArtifact reports whether value has the form of an artifact of type 4.
func isArtifact(value []byte) bool {
	p := peeled{b: value}
	p.apply(percent)
	b, err := base64.StdEncoding.DecodeString(string(p.b))
	return err == nil && len(b) == artifactLength && b[0] == 0 && b[1] == 4
}
