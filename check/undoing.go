package check

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/check/xmldsig/repair"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// maxToldChanges is how many changes the evidence of a cause names.
const maxToldChanges = 2

// changesText says what was changed and where, and that undoing it brings back
// what was signed.
func changesText(p *repair.Proof, backs string) string {
	if p.Total == 0 {
		return ""
	}
	var b strings.Builder
	told := p.Changes[:min(len(p.Changes), maxToldChanges)]
	known := p.Known
	for i := range told {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(changeText(&told[i], p.Total <= maxToldChanges))
		if known != nil && strings.Contains(told[i].Signed, known.Value) {
			b.WriteString(" (known from " + strings.TrimPrefix(known.From, "the ") + ")")
			known = nil
		}
	}
	switch more := p.Total - len(told); {
	case p.Total == 1:
		b.WriteString("; undone, " + backs)
	case more == 0:
		b.WriteString("; both undone, " + backs)
	case more == 1:
		fmt.Fprintf(&b, "; and 1 place more; all %d undone, %s", p.Total, backs)
	default:
		fmt.Fprintf(&b, "; and %d places more; all %d undone, %s", more, p.Total, backs)
	}
	return b.String()
}

// longLine is how many columns of a line can still be seen at a glance.
const longLine = 80

// changeText is one change: "line 12, in Subject: a line break and 4 blanks are
// too much". The column is told where it is needed to find the place: for exactly
// that change, or in a message that is all on one line.
func changeText(c *repair.Change, exact bool) string {
	where := fmt.Sprintf("line %d, ", c.Position.Line)
	if exact || c.Position.Column > longLine {
		where += fmt.Sprintf("column %d, ", c.Position.Column)
	}
	if c.Node != nil {
		where += placeText(c.Node, c.Attribute)
	}
	received, signed := c.Received, c.Signed
	if r, s := blankReferences.Replace(received), blankReferences.Replace(signed); strings.TrimSpace(r+s) == "" {
		received, signed = apart(r, s)
	}
	name, value, isAttr := attributeSource(signed)
	gone, goneValue, wasAdded := attributeSource(received)
	switch {
	case received == "" && isAttr:
		return fmt.Sprintf("%s: %s=%s is missing", where, name, quote(value))
	case signed == "" && wasAdded:
		return fmt.Sprintf("%s: %s=%s was added", where, gone, quote(goneValue))
	case received == "":
		return fmt.Sprintf("%s: %s missing", where, withVerb(signed))
	case signed == "":
		return fmt.Sprintf("%s: %s too much", where, withVerb(received))
	}
	return fmt.Sprintf("%s: %s where %s signed", where, stands(received), wasThere(signed))
}

// apart leaves of two strings of blanks what only one of them has, where that is
// all there is.
func apart(a, b string) (restA, restB string) {
	long, short := a, b
	if len(b) > len(a) {
		long, short = b, a
	}
	n := 0
	for n < len(short) && short[len(short)-1-n] == long[len(long)-1-n] {
		n++
	}
	rest, head := long[:len(long)-n], short[:len(short)-n]
	if !strings.HasPrefix(rest, head) {
		return a, b
	}
	if rest = rest[len(head):]; len(b) > len(a) {
		return "", rest
	}
	return rest, ""
}

// placeText names an element, or an attribute of it.
func placeText(n *xmldoc.Node, attr string) string {
	if attr != "" {
		return clipped(attr) + " of " + elementText(n)
	}
	return "in " + elementText(n)
}

// elementText names an element; what belongs to an Attribute by its Name.
func elementText(n *xmldoc.Node) string {
	name, owner := clipped(n.Name().Local), n
	if name == "AttributeValue" {
		owner = n.Parent()
	}
	if owner != nil && owner.Name().Local == "Attribute" {
		if a := owner.Attr("", "Name"); a != nil {
			return fmt.Sprintf("%s %s", name, quote(a.Value))
		}
	}
	return name
}

// attributeSource reads ` Name="value"`, which an edit puts in or takes out.
func attributeSource(s string) (name, value string, ok bool) {
	name, rest, ok := strings.Cut(s, "=")
	if !ok || !strings.HasPrefix(s, " ") || len(rest) < 2 || rest[0] != '"' && rest[0] != '\'' || rest[len(rest)-1] != rest[0] {
		return "", "", false
	}
	value = rest[1 : len(rest)-1]
	return clipped(strings.TrimLeft(name, " \t\r\n")), value, strings.IndexByte(value, rest[0]) < 0
}

// clipped is a name, which is the sender's choice, at a length that can be read.
func clipped(name string) string {
	const most = 60
	if utf8.RuneCountInString(name) <= most {
		return name
	}
	return string([]rune(name)[:most]) + "…"
}

func withVerb(s string) string {
	text, plural := characters(s)
	if plural {
		return text + " are"
	}
	return text + " is"
}

func stands(s string) string {
	text, plural := characters(s)
	if plural {
		return text + " stand"
	}
	return text + " stands"
}

func wasThere(s string) string {
	text, plural := characters(s)
	if plural {
		return text + " were"
	}
	return text + " was"
}

// blankReferences resolves references to white space.
var blankReferences = strings.NewReplacer("&#13;", "\r", "&#xD;", "\r", "&#xd;", "\r", "&#10;", "\n", "&#xA;", "\n", "&#xa;", "\n", "&#9;", "\t", "&#160;", "\u00a0", "&#xA0;", "\u00a0")

// characters shows a few characters so that those that look like nothing can be
// told apart; plural says that the text names several things.
func characters(s string) (text string, plural bool) {
	blank := blankReferences.Replace(s)
	if strings.ContainsFunc(blank, func(r rune) bool { return !unicode.IsSpace(r) }) {
		return shown(s), false
	}
	return blanksText(blank)
}

// blanksText describes white space: "a line break and 4 blanks".
func blanksText(s string) (text string, plural bool) {
	var parts []string
	total := 0
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		unit := s[:size]
		var one, many string
		switch {
		case strings.HasPrefix(s, "\r\n"):
			unit, one, many = "\r\n", "a CR LF line end", "CR LF line ends"
		case r == '\n':
			one, many = "a line break", "line breaks"
		case r == '\r':
			one, many = "a carriage return (&#13;)", "carriage returns (&#13;)"
		case r == '\t':
			one, many = "a tab", "tabs"
		case r == ' ':
			one, many = "a blank", "blanks"
		case r == '\u00a0':
			one, many = "a no-break space", "no-break spaces"
		default:
			one, many = fmt.Sprintf("a blank U+%04X", r), fmt.Sprintf("blanks U+%04X", r)
		}
		n := 0
		for strings.HasPrefix(s, unit) {
			s = s[len(unit):]
			n++
		}
		total += n
		if n == 1 {
			parts = append(parts, one)
		} else {
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
		if len(parts) == 3 && s != "" {
			parts = append(parts, "more")
			break
		}
	}
	return joinAnd(parts), total > 1
}

func joinAnd(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// shown quotes characters, those outside ASCII with their code point while they
// are few.
func shown(s string) string {
	const most = 3
	var points []string
	for _, r := range s {
		if r > unicode.MaxASCII {
			points = append(points, fmt.Sprintf("U+%04X", r))
		}
	}
	text := quote(s)
	if len(s) <= maxQuoted {
		text = visibleQuote(s)
	}
	if len(points) > 0 && len(points) <= most {
		text += " (" + strings.Join(points, " ") + ")"
	}
	return text
}

// visibleQuote quotes without escaping the quotes of attributes.
func visibleQuote(s string) string {
	q := strconv.Quote(s)
	return `"` + strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`) + `"`
}

// countText writes a number with its thousands apart, as reports do.
func countText(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
