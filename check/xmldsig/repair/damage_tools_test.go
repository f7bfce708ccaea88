package repair_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// program is one that a row needs, which is skipped without it.
type program string

func (p program) missing() bool {
	if p == "chromium" {
		return chromium() == ""
	}
	_, err := exec.LookPath(string(p))
	return err != nil
}

// filter runs a program on each text: standard input to standard output. A text
// that it refuses becomes empty.
func filter(name string, args ...string) func(*testing.T, []string) []string {
	return func(t *testing.T, texts []string) []string {
		t.Helper()
		out := make([]string, len(texts))
		for i, s := range texts {
			cmd := exec.CommandContext(t.Context(), name, args...)
			cmd.Stdin = strings.NewReader(s)
			cmd.Env = append(cmd.Environ(), "LC_ALL=C.UTF-8")
			if got, err := cmd.Output(); err == nil {
				out[i] = string(got)
			}
		}
		return out
	}
}

//go:embed testdata/damage.py
var pythonProgram string

// python runs one of the functions of testdata/damage.py on all texts.
func python(function string) func(*testing.T, []string) []string {
	return func(t *testing.T, texts []string) []string {
		t.Helper()
		in, err := json.Marshal(texts)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "python3", "-c", pythonProgram, function)
		cmd.Stdin = bytes.NewReader(in)
		var problems strings.Builder
		cmd.Stderr = &problems
		got, err := cmd.Output()
		if err != nil {
			t.Fatalf("python3 %s: %v\n%s", function, err, problems.String())
		}
		var out []string
		if err := json.Unmarshal(got, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// after lets a tool run on an edited text.
func after(edit func(string) string, tool func(*testing.T, []string) []string) func(*testing.T, []string) []string {
	return func(t *testing.T, texts []string) []string {
		t.Helper()
		edited := make([]string, len(texts))
		for i, s := range texts {
			edited[i] = edit(s)
		}
		return tool(t, edited)
	}
}

// toolDamages are those that programs do which people really use.
func toolDamages() []damage {
	utf8Only := func(s *style) bool { return !s.latin1 }
	both := func(a, b func(*style) bool) func(*style) bool { return func(s *style) bool { return a(s) && b(s) } }
	umlaut, lines := []feature{"umlaut"}, []feature{"lines"}
	// Through a parser that drops blanks and writes its own indentation.
	declared := regexp.MustCompile(`encoding="[^"]*"`)
	utf8Declared := func(s string) string { return declared.ReplaceAllString(s, `encoding="UTF-8"`) }
	xmllint := func(args ...string) func(*testing.T, []string) []string {
		return after(utf8Declared, filter("xmllint", append(args, "-")...))
	}
	return []damage{
		{name: "xmllint --format", program: "xmllint", cause: "whitespace-added", styles: compact, batch: xmllint("--format")},
		{name: "xmllint --format of an indented message", program: "xmllint", cause: "whitespace-added", equal: mergeEqual(reindented, map[string]string{"whitespace-trimmed": "with the same indent only the gap at the signature gained blanks"}), styles: indented, batch: xmllint("--format")},
		{name: "xmllint --noblanks", program: "xmllint", cause: "whitespace-removed", styles: both(indented, noReturns), batch: xmllint("--noblanks")},
		{name: "xmllint --format --noblanks, then CRLF", program: "xmllint", cause: "whitespace-added", styles: compact, batch: after(utf8Declared, filter("sh", "-c", `xmllint --format - | sed 's/$/\r/'`))},
		{name: "iconv -f LATIN1 -t UTF-8", program: "iconv", cause: "charset", need: umlaut, batch: filter("iconv", "-f", "LATIN1", "-t", "UTF-8")},
		{name: "iconv -f CP1252 -t UTF-8", program: "iconv", cause: "charset", need: umlaut, batch: filter("iconv", "-f", "CP1252", "-t", "UTF-8")},
		{name: "iconv -f CP1252 -t UTF-8, twice", program: "iconv", cause: "charset", need: umlaut, batch: filter("sh", "-c", "iconv -f CP1252 -t UTF-8 | iconv -f CP1252 -t UTF-8")},
		{name: "iconv -f UTF-8 -t ASCII//TRANSLIT", program: "iconv", cause: "content-edited", most: 4, need: umlaut, equal: map[string]string{"smart-quotes": "only quotes and dashes were transliterated"}, batch: filter("iconv", "-f", "UTF-8", "-t", "ASCII//TRANSLIT")},
		{name: "uconv -x any-nfd", program: "uconv", cause: "unicode-normalization", need: umlaut, batch: filter("uconv", "-x", "any-nfd")},
		{name: "uconv -x any-nfc", program: "uconv", cause: "unicode-normalization", need: []feature{"decomposed"}, batch: filter("uconv", "-x", "any-nfc")},
		{name: "sed: CRLF as &#13;", program: "sed", cause: "line-endings", need: lines, styles: noReturns, batch: filter("sed", `s/\([^>]\)$/\1\&#13;/; s/>$/>\&#13;/; $s/&#13;$//; 1s/?>&#13;$/?>/`)},
		{name: "sed: blanks around lines trimmed", program: "sed", cause: "whitespace-removed", equal: outdented, styles: both(indented, noReturns), batch: filter("sed", `s/^[ \t]*//; s/[ \t]*$//`)},
		{name: "sed: another Recipient", program: "sed", cause: "attribute-edited", batch: filter("sed", `s/Recipient="[^"]*"/Recipient="https:\/\/localhost:8443\/acs"/`)},
		{name: "sed: InResponseTo removed", program: "sed", cause: "in-response-to-removed", batch: filter("sed", `s/ InResponseTo="[^"]*"//g`)},
		{name: "perl: a line break between tags", program: "perl", cause: "whitespace-added", styles: compact, batch: filter("perl", "-pe", `s/></>\n</g`)},
		{name: "perl: blanks between tags removed", program: "perl", cause: "whitespace-removed", styles: both(indented, noReturns), batch: filter("perl", "-0pe", `s/>\s+</></g`)},
		{name: "tr: line breaks became blanks", program: "tr", cause: "line-break-in-value", equal: outdented, need: lines, styles: both(compact, func(s *style) bool { return s.sig.Indent == "" && s.wrap == "" }), batch: filter("tr", `\n`, " ")},
		{name: "Python minidom toprettyxml", program: "python3", cause: "whitespace-added", styles: both(compact, utf8Only), batch: python("minidom")},
		{name: "Python minidom toprettyxml, indented before", program: "python3", cause: "whitespace-added", equal: map[string]string{"whitespace-trimmed": "each gap gained blanks"}, styles: both(indented, both(utf8Only, noReturns)), batch: python("minidom")},
		{name: "Python ElementTree", program: "python3", cause: "content-edited", most: 4, equal: map[string]string{"": "SignedInfo was changed as well", "line-endings": "its writer loses &#13;", "namespace-context": "its writer moves declarations to the root"}, value: []string{"signed-info-edited", ""}, styles: utf8Only, batch: python("elementtree")},
		{name: "Python ElementTree, prefixes kept, indent", program: "python3", cause: "whitespace-added", styles: func(s *style) bool {
			return compact(s) && s.name != "entra" && s.name != "adfs" && s.name != "auth0" && s.name != "keycloak" && s.name != "inclusive" && s.sig.Prefixes == ""
		}, batch: python("elementtree_indent")},
		{name: "Python JSON, unicode_escape", program: "python3", cause: "charset", need: umlaut, batch: python("json_escape")},
		{name: "Python html.unescape of values escaped twice", program: "python3", cause: "entities", equal: map[string]string{"line-endings": "it resolves &#13; too, and a CR that is not written so is lost"}, need: []feature{"escaped"}, batch: python("unescape")},
		{name: "Python html.escape of values", program: "python3", cause: "entities", need: []feature{"ampersand"}, styles: noReturns, batch: python("escape")},
		{name: "Python unicodedata NFD", program: "python3", cause: "unicode-normalization", need: umlaut, batch: python("nfd")},
		{name: "Python unicodedata NFKC", program: "python3", cause: "unicode-normalization", equal: map[string]string{"smart-quotes": "what NFKC changed is a no-break blank"}, need: []feature{"decomposed"}, batch: python("nfc")},
		{name: "Python splitlines, strip, join", program: "python3", cause: "whitespace-removed", styles: both(indented, noReturns), equal: outdented, batch: python("joined")},
	}
}

// missing says which program the row needs and does not find, or "".
func (d *damage) missing() string {
	if d.program != "" && d.program.missing() {
		return string(d.program) + " is not installed"
	}
	return ""
}
