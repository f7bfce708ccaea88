package services

import (
	"cmp"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// How says how [Lookup] understood a term.
type How string

// The ways, surest first.
const (
	HowID      How = "id"      // the id or number of a code, with or without its service
	HowMessage How = "message" // a message or known spelling, whole
	HowText    How = "text"    // a text, such as an error page, that quotes a code or message
	HowWords   How = "words"   // words of a message
	HowSimilar How = "similar" // nearly a message
)

// Answer is what a term means.
type Answer struct {
	Codes   []*Code // by service, in its order; empty: the term is not known
	How     How     // empty without Codes
	Nearest []*Code // the most similar codes, best first, when Codes is empty
}

// Named reports whether the term names the codes, rather than being like them.
func (a *Answer) Named() bool {
	return a.How == HowID || a.How == HowMessage || a.How == HowText
}

const (
	maxTerm    = 1 << 20 // bytes of a pasted page that are read
	maxSimilar = 300     // folded bytes; nothing longer is compared for similarity
	maxNearest = 5
	longNumber = 4 // a code of so many characters is hardly anything else in a text
)

// Lookup explains term: a code with or without its service ("28", "webex/28",
// "AS0062"), an id of words, the text of a message in any language of the
// tables, or a whole pasted error page that quotes one. Case, punctuation and
// diacritics do not matter. Time is linear in the length of term, of which one
// mebibyte is read.
func Lookup(term string) (Answer, error) {
	all, err := All()
	if err != nil {
		return Answer{}, err
	}
	return lookup(all, term), nil
}

func lookup(all []*Service, term string) Answer {
	if len(term) > maxTerm {
		term = term[:maxTerm]
	}
	term = unescape(term)
	words := fold(term)
	if words == "" {
		return Answer{}
	}
	var codes []entry
	for _, s := range all {
		for _, c := range s.Codes {
			codes = append(codes, newEntry(s, c))
		}
	}
	for _, step := range []struct {
		how  How
		find func() []*Code
	}{
		{HowID, func() []*Code {
			return pick(codes, func(e *entry) bool { return slices.Contains(e.keys, words) })
		}},
		{HowMessage, func() []*Code {
			return pick(codes, func(e *entry) bool { return slices.Contains(e.phrases, words) })
		}},
		{HowText, func() []*Code { return quoted(codes, term, words) }},
		{HowWords, func() []*Code {
			if len(words) < 4 || !strings.ContainsFunc(words, unicode.IsLetter) {
				return nil
			}
			return pick(codes, func(e *entry) bool {
				return slices.ContainsFunc(e.phrases, func(p string) bool { return within(p, words) })
			})
		}},
		{HowSimilar, func() []*Code { return similar(codes, words) }},
	} {
		if found := step.find(); len(found) > 0 {
			return Answer{Codes: found, How: step.how}
		}
	}
	return Answer{Nearest: nearest(codes, words)}
}

// unescape undoes what HTML and URLs do to a text: references to characters and
// percent-encoding. A percent sign that begins none stays.
func unescape(text string) string {
	text = html.UnescapeString(text)
	if !strings.Contains(text, "%") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if v, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// entry is a code with its texts folded.
type entry struct {
	code    *Code
	number  string   // folded Code
	keys    []string // the ways to name it
	phrases []string // its messages and aliases
}

func newEntry(s *Service, c *Code) entry {
	e := entry{code: c, number: fold(c.Code)}
	e.keys = []string{fold(c.ID), fold(strings.TrimPrefix(c.ID, s.Name+"/"))}
	if e.number != "" {
		e.keys = append(e.keys, e.number, fold(s.Title+" "+c.Code))
		// "1000:603" is also known as 603 of its service.
		if _, short, ok := strings.Cut(c.Code, ":"); ok {
			e.keys = append(e.keys, fold(s.Name+" "+short), fold(s.Title+" "+short))
		}
	}
	e.phrases = append(e.phrases, fold(c.Message))
	for _, t := range c.Translations {
		if t.Message != "" {
			e.phrases = append(e.phrases, fold(t.Message))
		}
	}
	for _, a := range c.Aliases {
		e.phrases = append(e.phrases, fold(a))
	}
	return e
}

func pick(codes []entry, fits func(*entry) bool) []*Code {
	var found []*Code
	for i := range codes {
		if fits(&codes[i]) {
			found = append(found, codes[i].code)
		}
	}
	return found
}

// within reports whether phrase stands in text as whole words.
func within(text, phrase string) bool { return indexWords(text, phrase) >= 0 }

// indexWords returns the byte at which phrase stands in text as whole words,
// or -1.
func indexWords(text, phrase string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], phrase)
		if i < 0 {
			return -1
		}
		start, end := from+i, from+i+len(phrase)
		if (start == 0 || text[start-1] == ' ') && (end == len(text) || text[end] == ' ') {
			return start
		}
		// A match of whole words begins a word: go on at the next one, which
		// also keeps the search linear.
		next := strings.IndexByte(text[start:], ' ')
		if next < 0 {
			return -1
		}
		from = start + next + 1
	}
}

// quoted finds the codes that a longer text quotes, by message or by number.
func quoted(codes []entry, term, words string) []*Code {
	type hit struct {
		e      *entry
		phrase string
	}
	var hits []hit
	numbers := numbersIn(term, words)
	for i := range codes {
		e := &codes[i]
		quotes := e.phrases
		if len(e.number) >= longNumber {
			quotes = append(slices.Clip(quotes), e.number)
		}
		for _, p := range quotes {
			at := indexWords(words, p)
			if at < 0 {
				continue
			}
			hits = append(hits, hit{e, p})
			number, _, _ := strings.Cut(strings.TrimPrefix(words[at+len(p):], " "), " ")
			numbers[number] = true // "Auto Account Creation failed 31"
		}
	}
	said := make(map[*Code]bool)
	for _, h := range hits {
		// "signature is invalid" in "the signature is invalid because" is
		// another message's when that is the longer one.
		shadowed := slices.ContainsFunc(hits, func(o hit) bool { return len(o.phrase) > len(h.phrase) && within(o.phrase, h.phrase) })
		if !shadowed {
			said[h.e.code] = true
		}
	}
	numbered := func(e *entry) bool { return e.number != "" && numbers[e.number] }
	// A short number in a text may be anything, unless the message beside it is
	// that code's; then other short numbers are not meant.
	short := func(e *entry) bool { return e.number != "" && len(e.number) < longNumber }
	confirmed := slices.ContainsFunc(codes, func(e entry) bool { return short(&e) && said[e.code] && numbered(&e) })
	return pick(codes, func(e *entry) bool {
		if confirmed && short(e) {
			return said[e.code] && numbered(e)
		}
		return said[e.code] || numbered(e)
	})
}

// numbersIn returns the numbers in a text that are meant as an error code: in
// parentheses, or up to two words after one that announces a code.
func numbersIn(term, words string) map[string]bool {
	numbers := make(map[string]bool)
	for _, m := range regexp.MustCompile(`\(\s*([0-9]{1,6})\s*\)`).FindAllStringSubmatch(term, -1) {
		numbers[m[1]] = true
	}
	announced := 0
	for w := range strings.SplitSeq(words, " ") {
		switch w {
		case "error", "code", "errorcode", "fout", "foutcode", "fehler", "fehlercode", "exceptionid":
			announced = 2
			continue
		}
		if announced > 0 && strings.IndexFunc(w, func(r rune) bool { return r < '0' || r > '9' }) < 0 {
			numbers[w] = true
			announced = 0
		}
		announced--
	}
	return numbers
}

// similar finds messages that differ from words by a few letters. A single
// word is no message, and may be a code that nobody documents: it is never
// taken for another one.
func similar(codes []entry, words string) []*Code {
	if len(words) > maxSimilar || !strings.Contains(words, " ") {
		return nil
	}
	const enough, tie = 0.6, 0.05
	term, own := trigrams(words), numerals(words)
	scores := make(map[*Code]float64)
	best := 0.0
	for i := range codes {
		for _, p := range codes[i].phrases {
			// Numbers tell messages apart that are alike in everything else.
			if n := numerals(p); n != "" && own != "" && n != own {
				continue
			}
			if s := alike(term, trigrams(p)); s >= enough {
				scores[codes[i].code] = max(scores[codes[i].code], s)
				best = max(best, s)
			}
		}
	}
	return pick(codes, func(e *entry) bool { s, ok := scores[e.code]; return ok && s >= best-tie })
}

// numerals are the words of a folded text that are numbers.
func numerals(words string) string {
	var list []string
	for w := range strings.SplitSeq(words, " ") {
		if w != "" && strings.Trim(w, "0123456789") == "" {
			list = append(list, w)
		}
	}
	return strings.Join(list, " ")
}

// nearest returns the codes most like words, for a suggestion.
func nearest(codes []entry, words string) []*Code {
	if len(words) > maxSimilar {
		return nil
	}
	const enough = 0.2
	type scored struct {
		code  *Code
		score float64
	}
	term := trigrams(words)
	var list []scored
	for i := range codes {
		best := 0.0
		for _, p := range slices.Concat(codes[i].keys, codes[i].phrases) {
			best = max(best, alike(term, trigrams(p)))
		}
		if best >= enough {
			list = append(list, scored{codes[i].code, best})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	list = list[:min(len(list), maxNearest)]
	found := make([]*Code, len(list))
	for i := range list {
		found[i] = list[i].code
	}
	return found
}

// trigrams is the set of three-letter pieces of a folded text, sorted. A letter
// takes the 21 bits that Unicode needs.
func trigrams(words string) []uint64 {
	const letter, piece = 21, 3 * 21
	set := make([]uint64, 0, len(words))
	last := uint64(' ')
	for i, r := range words + " " {
		last = (last<<letter | uint64(r)) & (1<<piece - 1)
		if i > 0 {
			set = append(set, last)
		}
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// alike is the share of trigrams in common (Dice), 0 to 1.
func alike(a, b []uint64) float64 {
	common := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch cmp.Compare(a[i], b[j]) {
		case 0:
			common++
			i++
			j++
		case -1:
			i++
		default:
			j++
		}
	}
	return 2 * float64(common) / float64(len(a)+len(b))
}

// fold reduces a text to its words: lower case, no diacritics, one blank
// between words, so that texts compare as people read them.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	gap := false
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r): // the accent of a decomposed letter
		case r == unicode.ReplacementChar || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteString(plain(unicode.ToLower(r)))
		}
	}
	return b.String()
}

// plain is a lower-case letter without its diacritics, for the Latin letters of
// Western European languages.
func plain(r rune) string {
	switch r {
	case 'à', 'á', 'â', 'ã', 'ä', 'å':
		return "a"
	case 'ç':
		return "c"
	case 'è', 'é', 'ê', 'ë':
		return "e"
	case 'ì', 'í', 'î', 'ï':
		return "i"
	case 'ñ':
		return "n"
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø':
		return "o"
	case 'ù', 'ú', 'û', 'ü':
		return "u"
	case 'ý', 'ÿ':
		return "y"
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	}
	return string(r)
}
