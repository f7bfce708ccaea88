package repair_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Edits of the text of a message, as scripts make them. They know nothing of XML
// but where tags are.

var (
	tagOrText     = regexp.MustCompile(`<[^>]*>|[^<]+`)
	signatureText = regexp.MustCompile(`(?s)<(?:[\w.-]+:)?Signature[ >].*?</(?:[\w.-]+:)?Signature>`)
	betweenTags   = regexp.MustCompile(`>\s+<`)
)

// outside changes what is outside of signatures.
func outside(text string, f func(string) string) string {
	var b strings.Builder
	last := 0
	for _, at := range signatureText.FindAllStringIndex(text, -1) {
		b.WriteString(f(text[last:at[0]]) + text[at[0]:at[1]])
		last = at[1]
	}
	return b.String() + f(text[last:])
}

// texts changes every run of characters outside of tags that is not blank.
func texts(text string, f func(string) string) string {
	return tagOrText.ReplaceAllStringFunc(text, func(s string) string {
		if s[0] == '<' || blank(s) {
			return s
		}
		return f(s)
	})
}

func blank(s string) bool { return strings.TrimSpace(strings.ReplaceAll(s, "&#13;", "")) == "" }

// values changes the texts of elements outside of signatures.
func values(text string, f func(string) string) string {
	return outside(text, func(s string) string { return texts(s, f) })
}

// gaps changes the blanks between tags.
func gaps(text string, f func(string) string) string {
	return tagOrText.ReplaceAllStringFunc(text, func(s string) string {
		if s[0] == '<' || !blank(s) {
			return s
		}
		return f(s)
	})
}

// oneValue changes one text, chosen at random among those that f changes.
func oneValue(r *rand.Rand, text string, f func(string) string) string {
	var can []int
	n := 0
	values(text, func(s string) string {
		if f(s) != s {
			can = append(can, n)
		}
		n++
		return s
	})
	if len(can) == 0 {
		return text
	}
	chosen := can[r.IntN(len(can))]
	n = 0
	return values(text, func(s string) string {
		if n++; n-1 == chosen {
			return f(s)
		}
		return s
	})
}

// elementText changes the text of each element with that local name.
func elementText(text, element string, f func(string) string) string {
	re := regexp.MustCompile(`(<(?:[\w.-]+:)?` + element + `(?: [^>]*)?>)([^<]*)(</)`)
	return re.ReplaceAllStringFunc(text, func(s string) string {
		m := re.FindStringSubmatch(s)
		return m[1] + f(m[2]) + m[3]
	})
}

// attributeText changes the value of an attribute of each element with that
// local name; f says whether the attribute stays.
func attributeText(text, element, name string, f func(string) (string, bool)) string {
	re := regexp.MustCompile(`(<(?:[\w.-]+:)?` + element + ` (?:[^>]* )?)(` + name + `="([^"]*)")([ />])`)
	return re.ReplaceAllStringFunc(text, func(s string) string {
		m := re.FindStringSubmatch(s)
		value, stays := f(m[3])
		if !stays {
			return m[1] + m[4]
		}
		return m[1] + name + `="` + value + `"` + m[4]
	})
}

func removeAttribute(text, element, name string) string {
	return attributeText(text, element, name, func(string) (string, bool) { return "", false })
}

func setAttribute(text, element, name string, f func(string) string) string {
	return attributeText(text, element, name, func(v string) (string, bool) { return f(v), true })
}

// returns makes CRLF of each line break in texts, in the form that survives
// reading.
func returns(text string) string {
	root := 0
	if strings.HasPrefix(text, "<?") {
		root = strings.Index(text[1:], "<") + 1
	}
	return text[:root] + tagOrText.ReplaceAllStringFunc(text[root:], func(s string) string {
		if s[0] == '<' {
			return s
		}
		return strings.ReplaceAll(s, "\n", "&#13;\n")
	})
}

// indent pretty-prints: a tag a line, texts stay beside their tags or get lines
// of their own.
func indent(text, unit, lineBreak string, ownLine bool) string {
	head := ""
	if strings.HasPrefix(text, "<?") {
		at := strings.Index(text, "?>") + 2
		head, text = text[:at]+lineBreak, strings.TrimLeft(text[at:], "\n")
	}
	parts := tagOrText.FindAllString(text, -1)
	var b strings.Builder
	b.WriteString(head)
	depth := 0
	line := func() {
		if b.Len() > len(head) {
			b.WriteString(lineBreak + strings.Repeat(unit, depth))
		}
	}
	for i := 0; i < len(parts); i++ {
		switch s := parts[i]; {
		case strings.TrimSpace(s) == "":
		case strings.HasPrefix(s, "</"):
			depth--
			line()
			b.WriteString(s)
		case s[0] != '<':
			line()
			b.WriteString(s)
		case strings.HasSuffix(s, "/>"):
			line()
			b.WriteString(s)
		case !ownLine && i+2 < len(parts) && parts[i+1][0] != '<' && strings.HasPrefix(parts[i+2], "</"):
			line()
			b.WriteString(s + parts[i+1] + parts[i+2])
			i += 2
		case i+1 < len(parts) && strings.HasPrefix(parts[i+1], "</"):
			line()
			b.WriteString(s + parts[i+1])
			i++
		default:
			line()
			b.WriteString(s)
			depth++
		}
	}
	return b.String()
}

// attributeLines puts each attribute on a line of its own, inside the tags.
func attributeLines(text string) string {
	return regexp.MustCompile(`" ([\w:.-]+=")`).ReplaceAllString(text, "\"\n      $1")
}

// misread takes the UTF-8 of text for Latin-1, or for Windows-1252 where that
// has a character for the octet.
func misread(text string, windows bool) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		r := rune(c)
		if windows && c >= 0x80 && c < 0xa0 {
			if w := []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")[c-0x80]; w >= 0xa0 {
				r = w
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// misreadBack takes the Latin-1 of text for UTF-8, where that gives something.
func misreadBack(text string) string {
	octets := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return text
		}
		octets = append(octets, byte(r))
	}
	if !utf8.Valid(octets) {
		return text
	}
	return string(octets)
}

// latin1 is text in ISO-8859-1; what that has no character for is escaped.
func latin1(text string) []byte {
	var b []byte
	for _, r := range text {
		if r > 0xff {
			b = append(b, plainReference(r)...)
		} else {
			b = append(b, byte(r))
		}
	}
	return b
}

func plainReference(r rune) string {
	digits := ""
	for ; r > 0; r /= 10 {
		digits = string('0'+r%10) + digits
	}
	return "&#" + digits + ";"
}

var (
	composed   = strings.NewReplacer("a\u0308", "ä", "o\u0308", "ö", "u\u0308", "ü", "e\u0308", "ë", "c\u0327", "ç", "e\u0300", "è", "n\u0303", "ñ", "A\u030a", "Å", "e\u0301", "é", "r\u030c", "ř", "a\u0301", "á", "O\u0308", "Ö", "U\u0308", "Ü")
	decomposed = strings.NewReplacer("ä", "a\u0308", "ö", "o\u0308", "ü", "u\u0308", "ë", "e\u0308", "ç", "c\u0327", "è", "e\u0300", "ñ", "n\u0303", "Å", "A\u030a", "é", "e\u0301", "ř", "r\u030c", "á", "a\u0301", "Ö", "O\u0308", "Ü", "U\u0308")
)

// typographic replaces quotes, apostrophes, dashes and dots as a word processor
// does while one types, in text with references resolved or not.
func typographic(s string) string {
	s = strings.NewReplacer("&quot;", `"`, "&#39;", "'").Replace(s)
	s = regexp.MustCompile(`(^|[\s(])"`).ReplaceAllString(s, "$1“")
	s = regexp.MustCompile(`(^|[\s(])'`).ReplaceAllString(s, "$1‘")
	return strings.NewReplacer(`"`, "”", "'", "’", "--", "—", " - ", " – ", "...", "…").Replace(s)
}

var straight = strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "–", "-", "—", "-", "…", "...", "\u00a0", " ")

// letter replaces one letter of s by another.
func letter(r *rand.Rand, s string) string {
	var at []int
	for i := range len(s) {
		if s[i] >= 'a' && s[i] <= 'z' && (i == 0 || s[i-1] != '&') && !strings.Contains(s, "&") {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return s
	}
	i := at[r.IntN(len(at))]
	return s[:i] + string('a'+(s[i]-'a'+1+byte(r.IntN(24)))%26) + s[i+1:]
}

// cutOut is the assertion alone; declare gives it those declarations of the
// Response that its names use, as an XPath tool does.
func cutOut(text string, declare bool) string {
	at := regexp.MustCompile(`<(?:[\w.-]+:)?Assertion[ >]`).FindStringIndex(text)
	end := regexp.MustCompile(`</(?:[\w.-]+:)?Assertion>`).FindStringIndex(text)
	if at == nil || end == nil {
		return text
	}
	inside := text[at[0]:end[1]]
	open := inside[:strings.IndexByte(inside, '>')]
	root := regexp.MustCompile(`<(?:[\w.-]+:)?Response[^>]*>`).FindString(text)
	var add strings.Builder
	for _, d := range regexp.MustCompile(` xmlns(:?)([\w.-]*)="[^"]*"`).FindAllStringSubmatch(root, -1) {
		name := " xmlns" + d[1] + d[2] + "="
		used := d[2] != "" && strings.Contains(inside, d[2]+":")
		if declare && used && !strings.Contains(open, name) {
			add.WriteString(d[0])
		}
	}
	name := regexp.MustCompile(`^<[\w:.-]+`).FindString(inside)
	return name + add.String() + inside[len(name):]
}

// escapeAgain escapes the references of a text once more.
func escapeAgain(s string) string { return strings.ReplaceAll(s, "&", "&amp;") }

// unescapeOnce resolves one level of escaping of what was escaped twice.
func unescapeOnce(s string) string {
	return regexp.MustCompile(`&amp;(#?\w+;)`).ReplaceAllString(s, "&$1")
}
