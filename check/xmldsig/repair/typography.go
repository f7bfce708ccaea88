package repair

import (
	"html"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// typographyKinds are characters that chats and word processors write instead of
// plain ones.
var typographyKinds = [][]string{
	{"“", `"`, "”", `"`, "„", `"`, "‟", `"`, "″", `"`, "«", `"`, "»", `"`, "＂", `"`},
	{"‘", "'", "’", "'", "‚", "'", "‛", "'", "′", "'", "‹", "'", "›", "'", "´", "'", "＇", "'"},
	{"–", "-", "—", "-", "―", "-", "‐", "-", "‑", "-", "‒", "-", "−", "-"},
	{"…", "..."},
	{"\u00A0", " ", "\u2007", " ", "\u202F", " ", "\u2009", " ", "\u200A", " ", "\u2002", " ", "\u2003", " ", "\u205F", " ", "\u3000", " "},
	{"\u200B", "", "\u200C", "", "\u200D", "", "\u2060", "", "\uFEFF", "", "\u00AD", "", "\u200E", "", "\u200F", ""},
}

func typographyChanges() []func(string) string {
	var all []string
	var list []func(string) string
	for _, kind := range typographyKinds {
		all = append(all, kind...)
		list = append(list, strings.NewReplacer(kind...).Replace)
	}
	double := append([]string{"–", "--", "—", "--"}, all...)
	long := append([]string{"—", "--"}, all...)
	return append([]func(string) string{
		strings.NewReplacer(all...).Replace, strings.NewReplacer(long...).Replace, strings.NewReplacer(double...).Replace,
		strings.NewReplacer("—", "--").Replace, strings.NewReplacer("–", "--", "—", "--").Replace, strings.NewReplacer("–", "--", "—", "---").Replace,
	}, list...)
}

// typography are typographic characters made plain: all, then each kind.
func (p *part) typography() iter.Seq[hypothesis] {
	var list []change
	for _, f := range typographyChanges() {
		list = append(list, of(f))
	}
	return concat(p.whole(p.foreign, list[:6]...), p.some(list[1]), p.whole(p.foreign, list[6:]...))
}

// typographyPlaces are single values and characters.
func (p *part) typographyPlaces() iter.Seq[hypothesis] {
	var places []iter.Seq[hypothesis]
	if len(p.foreign) > 0 {
		for _, f := range typographyChanges() {
			places = append(places, p.places(p.foreign, of(f)))
		}
		for _, kind := range typographyKinds {
			for i := 0; i < len(kind); i += 2 {
				places = append(places, p.variants(p.foreign, func(s *slot) iter.Seq[string] { return replaced(s.value, kind[i], kind[i+1]) }))
			}
		}
	}
	return concat(places...)
}

// typographyMade are plain characters that were typographic when they were
// signed.
func (p *part) typographyMade() iter.Seq[hypothesis] {
	typographic := []change{
		of(corrected), of(then(corrected, strings.NewReplacer("-", "–", " ", "\u00A0").Replace)),
		of(func(v string) string { return strings.ReplaceAll(v, "'", "’") }),
		of(curly),
		of(func(v string) string { return strings.ReplaceAll(v, "...", "…") }),
		of(func(v string) string { return strings.ReplaceAll(v, " - ", " – ") }),
		of(func(v string) string { return strings.ReplaceAll(v, " - ", " — ") }),
		of(func(v string) string { return strings.ReplaceAll(v, "--", "—") }),
		of(func(v string) string { return strings.ReplaceAll(v, "--", "–") }),
	}
	return concat(p.whole(p.values, typographic...), p.some(of(corrected)), p.places(p.texts, typographic...),
		p.whole(p.values, of(func(v string) string { return strings.ReplaceAll(v, " ", "\u00A0") })),
		p.variants(p.texts, func(s *slot) iter.Seq[string] { return chosen(s.value, " ", "\u00A0") }))
}

// corrected is v as a word processor corrects it while it is typed.
func corrected(v string) string {
	var b strings.Builder
	before := ' '
	for _, r := range v {
		opens := strings.ContainsRune(" \t\r\n([{“‘", before)
		switch {
		case r == '"' && opens:
			r = '“'
		case r == '"':
			r = '”'
		case r == '\'' && opens:
			r = '‘'
		case r == '\'':
			r = '’'
		}
		b.WriteRune(r)
		before = r
	}
	return strings.NewReplacer("...", "…", " - ", " – ", " -- ", " – ", "--", "—").Replace(b.String())
}

// curly makes straight double quotes open and close.
func curly(v string) string {
	var b strings.Builder
	open := false
	for _, r := range v {
		if r == '"' {
			if open = !open; open {
				r = '“'
			} else {
				r = '”'
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

var entityReference = regexp.MustCompile(`&(#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// unescape resolves the references that a value still has: only those to the
// characters that XML has names for, or HTML's too.
func unescape(v string, htmlToo bool) string {
	if !strings.Contains(v, "&") {
		return v
	}
	return entityReference.ReplaceAllStringFunc(v, func(ref string) string {
		if r, n := reference(ref); n == len(ref) {
			return string(r)
		}
		if htmlToo {
			return html.UnescapeString(ref)
		}
		return ref
	})
}

var entityChanges = []change{
	of(func(v string) string { return unescape(v, false) }),
	of(func(v string) string { return strings.ReplaceAll(v, "&amp;", "&") }),
	of(strings.NewReplacer("&quot;", `"`, "&#34;", `"`, "&apos;", "'", "&#39;", "'", "&#x27;", "'").Replace),
	of(func(v string) string { return unescape(v, true) }),
	of(func(v string) string { return unescape(unescape(v, true), true) }),
	of(strings.NewReplacer("&", "&amp;").Replace),
	of(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace),
	of(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace),
	of(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace),
	of(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace),
	of(html.EscapeString),
	of(func(v string) string { return strings.ReplaceAll(v, "'", "&apos;") }),
	of(func(v string) string { return strings.ReplaceAll(v, "'", "&#39;") }),
	of(func(v string) string { return strings.ReplaceAll(v, `"`, "&quot;") }),
	of(func(v string) string { return strings.ReplaceAll(v, "\u00A0", "&nbsp;") }),
	of(func(v string) string { return numbered(v, 10) }),
	of(func(v string) string { return numbered(v, 16) }),
}

// numbered writes the characters that are not ASCII as references.
func numbered(v string, base int) string {
	return onRuns(v, func(s string) (string, bool) {
		var b strings.Builder
		for _, r := range s {
			b.WriteString("&#")
			if base == 16 {
				b.WriteByte('x')
			}
			b.WriteString(strings.ToUpper(strconv.FormatInt(int64(r), base)))
			b.WriteByte(';')
		}
		return b.String(), utf8.ValidString(s)
	})
}

// entities are references escaped once too often, or resolved once too often.
func (p *part) entities() iter.Seq[hypothesis] { return p.whole(p.values, entityChanges...) }

// entitiesCommon are those to try together with other damages.
func (p *part) entitiesCommon() iter.Seq[hypothesis] { return p.whole(p.values, entityChanges[:4]...) }

func (p *part) entityPlaces() iter.Seq[hypothesis] {
	return concat(
		p.places(p.values, entityChanges...),
		p.some(entityChanges[0]), p.some(entityChanges[5]), p.some(entityChanges[6]), p.some(entityChanges[9]),
		p.variants(p.values, func(s *slot) iter.Seq[string] { return replaced(s.value, "&amp;", "&") }),
		p.variants(p.values, func(s *slot) iter.Seq[string] { return replaced(s.value, "&", "&amp;") }),
	)
}

// bareAmpersands escapes the ampersands of a text that begin no reference, which
// nothing reads as XML.
func bareAmpersands(text string) []edit {
	var edits []edit
	for at := 0; ; at++ {
		i := strings.IndexByte(text[at:], '&')
		if i < 0 {
			return edits
		}
		at += i
		if _, n := reference(text[at:min(len(text), at+12)]); n == 1 && !strings.HasPrefix(text[at:], "&#") {
			edits = append(edits, edit{at, at + 1, "&amp;"})
		}
	}
}
