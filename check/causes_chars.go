package check

import (
	"fmt"
	"strings"
	"unicode"
)

// invisible are characters that show as nothing, or as a blank that is none.
// The name completes "U+00A0 (no-break space)".
var invisible = map[rune]string{
	0x0085: "next line",
	0x00A0: "no-break space",
	0x00AD: "soft hyphen",
	0x034F: "combining grapheme joiner",
	0x061C: "Arabic letter mark",
	0x180E: "Mongolian vowel separator",
	0x200B: "zero-width space",
	0x200C: "zero-width non-joiner",
	0x200D: "zero-width joiner",
	0x200E: "left-to-right mark",
	0x200F: "right-to-left mark",
	0x2028: "line separator",
	0x2029: "paragraph separator",
	0x202A: "left-to-right embedding",
	0x202B: "right-to-left embedding",
	0x202C: "pop directional formatting",
	0x202D: "left-to-right override",
	0x202E: "right-to-left override",
	0x202F: "narrow no-break space",
	0x205F: "medium mathematical space",
	0x2060: "word joiner",
	0x2066: "left-to-right isolate",
	0x2067: "right-to-left isolate",
	0x2068: "first strong isolate",
	0x2069: "pop directional isolate",
	0x3000: "ideographic space",
	0xFEFF: "zero-width no-break space, also the byte order mark",
}

// invisibleName names a character of that kind; ok is false for any other.
func invisibleName(r rune) (name string, ok bool) {
	switch {
	case r < 0x7F:
		return "", false
	case 0x2000 <= r && r <= 0x200A:
		return "typographic space", true
	case 0xFE00 <= r && r <= 0xFE0F:
		return "variation selector", true
	case 0x7F <= r && r < 0x85, 0x85 < r && r < 0xA0:
		return "control character", true
	}
	name, ok = invisible[r]
	return name, ok
}

// dropInvisible takes such characters out, with the ordinary blanks: a no-break
// space may stand for a blank or for nothing.
func dropInvisible(s string) string {
	if isASCII(s) && !strings.ContainsAny(s, blanks) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if _, ok := invisibleName(r); ok || isBlank(r) {
			return -1
		}
		return r
	}, s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x7F {
			return false
		}
	}
	return true
}

func invisibleText(expected, actual string) string {
	if text, ok := nameInvisible(actual, expected); ok {
		return text
	}
	text, _ := nameInvisible(expected, actual)
	return "the expected value has " + text
}

// nameInvisible names the first invisible character of s that other does not
// have as often.
func nameInvisible(s, other string) (text string, ok bool) {
	surplus := map[rune]int{}
	for _, r := range s {
		surplus[r]++
	}
	for _, r := range other {
		surplus[r]--
	}
	for i, r := range s {
		name, isInvisible := invisibleName(r)
		if !isInvisible || surplus[r] == 0 {
			continue
		}
		where := "at the beginning"
		if i > 0 {
			where = "after " + quote(tail(s[:i]))
		}
		return fmt.Sprintf("an invisible character, U+%04X (%s), %s", r, name, where), true
	}
	return "an invisible character in another place", false
}

// lookAlikes are characters that are easily taken for an ASCII one: homoglyphs,
// and what word processors and chats make of quotes and dashes.
var lookAlikes = lookAlikeTable(
	// Cyrillic
	"аaеeоoрpсcхxуyіiјjѕsԁdһhԛqԝwӏlАAВBЕEКKМMНHОOРPСCТTХXУYІIЈJЅSԌG",
	// Greek
	"αaοoνvρpυuκkιiΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX",
	// Latin that is not ASCII
	"ıiɑaɡgſsKK",
	// typography
	"‐-‑-‒-–-—-―-−-﹣-‘'’'‚'′'“\"”\"„\"″\"⁄/∕/∶:ː:꞉:․.‥:",
)

func lookAlikeTable(rows ...string) map[rune]rune {
	table := map[rune]rune{}
	for _, row := range rows {
		r := []rune(row)
		for i := 0; i+1 < len(r); i += 2 {
			table[r[i]] = r[i+1]
		}
	}
	for r := rune(0xFF01); r <= 0xFF5E; r++ { // fullwidth forms
		table[r] = r - 0xFF01 + '!'
	}
	return table
}

func foldLookAlikes(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if ascii, ok := lookAlikes[r]; ok {
			return ascii
		}
		return r
	}, s)
}

func lookAlikeText(expected, actual string) string {
	at := firstDifference(expected, actual)
	e, a := runeAt(expected, at), runeAt(actual, at)
	if _, ok := lookAlikes[a]; ok {
		return fmt.Sprintf("%s at character %d where an ordinary %s is expected", lookAlikeName(a), at+1, quote(string(e)))
	}
	return fmt.Sprintf("an ordinary %s at character %d where the expected value has %s", quote(string(a)), at+1, lookAlikeName(e))
}

func lookAlikeName(r rune) string {
	kind := "character"
	switch {
	case unicode.Is(unicode.Cyrillic, r):
		kind = "Cyrillic letter"
	case unicode.Is(unicode.Greek, r):
		kind = "Greek letter"
	case r == '–':
		kind = "en dash"
	case r == '—':
		kind = "em dash"
	case 0x2010 <= r && r <= 0x2015, r == '−', r == '﹣':
		kind = "dash"
	case 0x2018 <= r && r <= 0x201E:
		kind = "typographic quote"
	case 0xFF01 <= r && r <= 0xFF5E:
		kind = "fullwidth character"
	}
	return fmt.Sprintf("the %s %s (U+%04X)", kind, quote(string(r)), r)
}
