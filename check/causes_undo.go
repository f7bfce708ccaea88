package check

import (
	"fmt"
	"strings"
	"unicode"
)

// undoing takes one kind of difference out of a value.
type undoing struct {
	id    string
	apply func(string) string
	// guard, where set, must hold as well: apply alone would prove too much.
	guard    func(expected, actual string) bool
	text     func(expected, actual string) string
	evidence string
	single   bool // not combined with another
	part     bool // takes out a whole part of a URL; two of those prove nothing
}

func (u *undoing) applies(expected, actual string) bool {
	return u.guard == nil || u.guard(expected, actual)
}

func (u *undoing) undoes(expected, actual string) bool {
	if expected == actual || !u.applies(expected, actual) {
		return false
	}
	if u.id == causeOneEdit {
		return true // its guard is the proof
	}
	e := u.apply(expected)
	return e != "" && e == u.apply(actual)
}

// undoings are in the order in which they are tried: first what nobody sees,
// then what is a slip, then what names another place.
var undoings = [...]undoing{
	{id: causeSlash, apply: trimSlash, text: slashText,
		evidence: "with the same slashes at the end the two are equal"},
	{id: causeWhitespace, apply: dropBlanks, text: whitespaceText,
		evidence: "without white space the two are equal"},
	{id: causeColon, apply: dropColons, guard: colonsMissing, text: colonText,
		evidence: "with the colon in both the two are equal"},
	{id: causePercent, apply: unescape, text: percentText,
		evidence: "with the percent-encoding resolved the two are equal"},
	{id: causeInvisible, apply: dropInvisible, text: invisibleText,
		evidence: "without the characters that nobody sees the two are equal"},
	{id: causeLookAlike, apply: foldLookAlikes, text: lookAlikeText,
		evidence: "with the ordinary characters in their place the two are equal"},
	{id: causeCase, apply: foldCase, text: caseText,
		evidence: "without regard to capital and small letters the two are equal"},
	{id: causePort, apply: dropPort, guard: bothURLs, text: portText,
		evidence: "with the same port the two are equal"},
	{id: causeScheme, apply: dropScheme, guard: oneURL, text: schemeText,
		evidence: "with the same scheme the two are equal"},
	{id: causeOneEdit, apply: unchanged, guard: isOneEdit, text: oneEditText, single: true,
		evidence: "with that one edit undone the two are equal"},
	{id: causeQuery, apply: dropQuery, guard: bothURLs, text: queryText, part: true,
		evidence: "with the same query the two are equal"},
	{id: causePath, apply: dropPath, guard: bothURLs, text: pathText, part: true,
		evidence: "with the same path the two are equal"},
	{id: causeHost, apply: dropHost, guard: bothURLs, text: hostText, part: true,
		evidence: "with the same host the two are equal"},
}

func unchanged(s string) string { return s }

// Slashes.

// trimSlash drops the slashes that a URL's path, or any other value, ends with.
func trimSlash(s string) string {
	if u, ok := splitURL(s); ok {
		u.path = strings.TrimRight(u.path, "/")
		return u.String()
	}
	return strings.TrimRight(s, "/")
}

func slashText(expected, actual string) string {
	e := len(expected) - len(trimSlash(expected))
	a := len(actual) - len(trimSlash(actual))
	where := "at the end"
	if u, ok := splitURL(expected); ok && u.query+u.fragment != "" {
		where = "at the end of the path"
	}
	switch {
	case a == e+1:
		return "one slash too many " + where
	case a > e:
		return fmt.Sprintf("%d slashes too many %s", a-e, where)
	case e == a+1:
		return "the slash " + where + " is missing"
	default:
		return fmt.Sprintf("%d slashes %s are missing", e-a, where)
	}
}

// White space.

const blanks = " \t\r\n"

func isBlank(r rune) bool { return strings.ContainsRune(blanks, r) }

func dropBlanks(s string) string {
	if !strings.ContainsAny(s, blanks) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isBlank(r) {
			return -1
		}
		return r
	}, s)
}

func whitespaceText(expected, actual string) string {
	var parts []string
	add := func(e, a, where string) {
		switch {
		case e == a:
		case e == "":
			parts = append(parts, describeBlanks(a)+" too many "+where)
		case a == "":
			parts = append(parts, describeBlanks(e)+" missing "+where)
		default:
			parts = append(parts, describeBlanks(a)+" where "+describeBlanks(e)+" is expected "+where)
		}
	}
	coreE, coreA := strings.Trim(expected, blanks), strings.Trim(actual, blanks)
	leadE, leadA := expected[:len(expected)-len(strings.TrimLeft(expected, blanks))], actual[:len(actual)-len(strings.TrimLeft(actual, blanks))]
	add(leadE, leadA, "at the beginning")
	if coreE != coreA {
		at := commonPrefix(coreE, coreA)
		// A blank that both have belongs to the run in which they differ.
		for at > 0 && isBlank(rune(coreA[at-1])) {
			at--
		}
		add(leadingBlanks(coreE[at:]), leadingBlanks(coreA[at:]), "inside, after "+quote(tail(coreA[:at])))
	}
	add(expected[len(strings.TrimRight(expected, blanks)):], actual[len(strings.TrimRight(actual, blanks)):], "at the end")
	return strings.Join(parts, "; ")
}

func leadingBlanks(s string) string { return s[:len(s)-len(strings.TrimLeft(s, blanks))] }

// tail is the end of s, long enough to find the place by.
func tail(s string) string {
	if len(s) > 4*13 {
		s = s[len(s)-4*13:]
	}
	if r := []rune(s); len(r) > 12 {
		return "…" + string(r[len(r)-12:])
	}
	return s
}

func describeBlanks(s string) string {
	switch {
	case s == " ":
		return "a blank"
	case s == "\t":
		return "a tab"
	case s == "\n", s == "\r", s == "\r\n":
		return "a line break"
	case strings.Trim(s, " ") == "":
		return fmt.Sprintf("%d blanks", len(s))
	case strings.ContainsAny(s, "\r\n"):
		return "a line break with blanks"
	default:
		return fmt.Sprintf("%d tabs and blanks", len(s))
	}
}

// Colons.

func dropColons(s string) string { return strings.ReplaceAll(s, ":", "") }

// colonsMissing reports whether one value is the other without some colons:
// dropping all of them would also take a colon that moved for one that is missing.
func colonsMissing(expected, actual string) bool {
	long, short := expected, actual
	if len(long) < len(short) {
		long, short = short, long
	}
	for i := range len(long) {
		switch {
		case short != "" && long[i] == short[0]:
			short = short[1:]
		case long[i] != ':':
			return false
		}
	}
	return short == "" && len(expected) != len(actual)
}

func colonText(expected, actual string) string {
	long, short, side := expected, actual, "the message"
	if len(long) < len(short) {
		long, short, side = actual, expected, "the expected value"
	}
	at := commonPrefix(long, short)
	return fmt.Sprintf("a colon is missing in %s after %s", side, quote(tail(long[:at])))
}

// Percent-encoding.

// unescape resolves percent-encoding, also that of percent-encoding.
func unescape(s string) string {
	for range 3 {
		next := unescapeOnce(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

func unescapeOnce(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func percentText(expected, actual string) string {
	at := commonPrefix(expected, actual)
	for back := 1; back <= 2 && at >= back; back++ { // %2f and %2F differ in their last digit
		if expected[at-back] == '%' {
			at -= back
			break
		}
	}
	return fmt.Sprintf("%s is written where %s is expected", quote(escapeAt(actual, at)), quote(escapeAt(expected, at)))
}

// escapeAt is the escape at byte at of s, or the character there.
func escapeAt(s string, at int) string {
	rest := s[at:]
	if strings.HasPrefix(rest, "%") {
		return rest[:min(3, len(rest))]
	}
	for i := range rest {
		if i > 0 {
			return rest[:i]
		}
	}
	return rest
}

// Case.

func foldCase(s string) string { return strings.ToLower(strings.ToUpper(s)) }

func caseText(expected, actual string) string {
	e, a := runeAt(expected, firstDifference(expected, actual)), runeAt(actual, firstDifference(expected, actual))
	if unicode.IsUpper(a) && !unicode.IsUpper(e) {
		return fmt.Sprintf("a capital %s where a small %s is expected", quote(string(a)), quote(string(e)))
	}
	return fmt.Sprintf("a small %s where a capital %s is expected", quote(string(a)), quote(string(e)))
}

// runeAt is the code point at index n of s, or 0 behind its end.
func runeAt(s string, n int) rune {
	for _, r := range s {
		if n == 0 {
			return r
		}
		n--
	}
	return 0
}

// One edit.

// edit is what separates two values that differ in one place.
type edit struct {
	at               int // code point
	expected, actual string
	swapped          bool // two neighbours changed places
}

// oneEdit finds the one character that was added, lost or replaced, or the two
// neighbours that changed places.
func oneEdit(expected, actual string) (edit, bool) {
	if d := len(expected) - len(actual); d > 4 || d < -4 {
		return edit{}, false // one code point is four bytes at most
	}
	e, a := []rune(expected), []rune(actual)
	short := min(len(e), len(a))
	p := 0
	for p < short && e[p] == a[p] {
		p++
	}
	s := 0
	for s < short-p && e[len(e)-1-s] == a[len(a)-1-s] {
		s++
	}
	de, da := e[p:len(e)-s], a[p:len(a)-s]
	found := edit{at: p, expected: string(de), actual: string(da)}
	switch {
	case len(de)+len(da) == 1, len(de) == 1 && len(da) == 1:
		return found, true
	case len(de) == 2 && len(da) == 2 && de[0] == da[1] && de[1] == da[0]:
		found.swapped = true
		return found, true
	}
	return edit{}, false
}

// isOneEdit asks for a slip of the finger: in a value of one to three characters
// nothing is a near miss, and in a URL a digit or a separator names another host
// or path on purpose.
func isOneEdit(expected, actual string) bool {
	found, ok := oneEdit(expected, actual)
	if !ok || min(len(expected), len(actual)) < 3 {
		return false
	}
	if bothURLs(expected, actual) {
		return !strings.ContainsAny(found.expected+found.actual, "0123456789/?#@&=")
	}
	return true
}

func oneEditText(expected, actual string) string {
	found, _ := oneEdit(expected, actual)
	place := fmt.Sprintf("at character %d", found.at+1)
	switch {
	case found.swapped:
		return fmt.Sprintf("%s where %s is expected, two characters swapped %s", quote(found.actual), quote(found.expected), place)
	case found.expected == "":
		return fmt.Sprintf("one character too many, %s %s", quote(found.actual), place)
	case found.actual == "":
		return fmt.Sprintf("one character is missing, %s %s", quote(found.expected), place)
	default:
		return fmt.Sprintf("%s where %s is expected, %s", quote(found.actual), quote(found.expected), place)
	}
}
