package schema

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// maxQuoted bounds how many bytes of a value a message shows.
const maxQuoted = 80

// quote puts s between quotation marks, shortened, and with control characters
// escaped.
func quote(s string) string {
	if len(s) <= maxQuoted {
		return strconv.Quote(s)
	}
	end := maxQuoted
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strconv.Quote(s[:end] + "…")
}

func quoteAll(values []string) []string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return quoted
}

// tag shows an element in running text.
func tag(n *xmldoc.Node) string { return "<" + n.Name().Local + ">" }

// anyOf joins names with "or".
func anyOf(names []string) string { return join(names, "or") }

// allOf joins names with "and".
func allOf(names []string) string { return join(names, "and") }

func join(names []string, word string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " " + word + " " + names[n-1]
	}
}

// namespaceName describes a namespace in running text.
func namespaceName(space string) string {
	if space == "" {
		return "no namespace"
	}
	return "namespace " + quote(space)
}

// describe shows what a particle stands for, in running text.
func (p *particle) describe() string {
	switch {
	case p.element != nil:
		return "<" + p.element.name.local + ">"
	case p.wildcard.kind == otherNamespace:
		return "an element of another namespace"
	default:
		return "an element"
	}
}

// describe shows particles in running text, and lists them. What a wildcard
// allows besides is only worth words where nothing has a name.
func (a *automaton) describe(particles []int) (described, expected []string) {
	for _, p := range particles {
		if a.particles[p].element != nil {
			described = append(described, a.particles[p].describe())
			expected = append(expected, a.particles[p].element.name.local)
		}
	}
	if len(described) == 0 {
		for _, p := range particles {
			described = append(described, a.particles[p].describe())
		}
		expected = described
	}
	return described, expected
}

// invalidValue builds the sentence about a value, where subject is what holds
// it.
func invalidValue(subject string, d *datatype, value, problem string) string {
	found := quote(value)
	if value == "" {
		found = "nothing"
		if problem == "it is empty" {
			problem = ""
		}
	}
	message := subject + " must be " + d.what + "; found " + found
	if problem != "" {
		message += ": " + problem
	}
	return message + "."
}
