package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/checktest"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// judge runs an input through decoding, rules and tables.
func judge(t *testing.T, name, data string, o report.Options) *report.Report {
	t.Helper()
	trace, err := decode.Read(name, []byte(data), decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if o.Now.IsZero() {
		o.Now = checktest.Delivered().Add(24 * time.Hour)
	}
	messages, notes, err := report.Judge(trace, o)
	if err != nil {
		t.Fatal(err)
	}
	return report.New("test", messages, append(trace.Notes, notes...))
}

func write(t *testing.T, r *report.Report, format string, style report.Style) string {
	t.Helper()
	for _, f := range report.Formats() {
		if f.Name == format {
			var b bytes.Buffer
			if err := f.Write(&b, r, style); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
	}
	t.Fatalf("there is no format %s", format)
	return ""
}

func story(t *testing.T, name string) string {
	t.Helper()
	for _, s := range checktest.Stories() {
		if s.Name == name {
			return s.Data
		}
	}
	t.Fatalf("there is no story %s", name)
	return ""
}

var webexFlags = expect.Given{
	ACSURLs:         []string{"https://acme.webex.com/dispatcher/SAML2AuthService?siteurl=acme"},
	IdPEntityIDs:    []string{checktest.IdP},
	IdPCertificates: []expect.File{{Name: "idp.pem", Data: checktest.IdPCertificate()}},
}

// TestGoldens shows every story as text and one in every format; -update
// rewrites the files.
func TestGoldens(t *testing.T) {
	for _, s := range checktest.Stories() {
		r := judge(t, s.Name, s.Data, report.Options{Given: webexFlags})
		for _, f := range report.Formats() {
			if f.Name == "text" || s.Name == "webex-audience.har" {
				golden(t, filepath.Join("testdata", s.Name+"."+f.Name), write(t, r, f.Name, report.Style{}))
			}
		}
	}
	r := judge(t, "webex-four-failures.har", story(t, "webex-four-failures.har"), report.Options{Given: webexFlags})
	golden(t, filepath.Join("testdata", "verbose.text"), write(t, r, "text", report.Style{Verbose: true}))
	golden(t, filepath.Join("testdata", "colour.text"), write(t, r, "text", report.Style{Color: true}))
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update rewrites it:\n%s", file, diff)
	}
}

// TestColourOnlyColours: without its escape sequences the coloured report is the
// plain one.
func TestColourOnlyColours(t *testing.T) {
	r := judge(t, "x.har", story(t, "webex-four-failures.har"), report.Options{Given: webexFlags})
	coloured := write(t, r, "text", report.Style{Color: true})
	if !strings.Contains(coloured, "\x1b[") {
		t.Error("the coloured report has no colour")
	}
	if diff := cmp.Diff(write(t, r, "text", report.Style{}), ansi.Strip(coloured)); diff != "" {
		t.Errorf("colour changes the text:\n%s", diff)
	}
}

// TestEveryFixtureReads: whatever a message holds, the text report fits its
// width, sends nothing to the terminal but text, and JSON keeps its contract.
func TestEveryFixtureReads(t *testing.T) {
	for _, c := range checktest.Cases() {
		trace, err := decode.Read(c.File(), []byte(c.Input), decode.Options{})
		if err != nil {
			continue // refused before there is a message: cmd's business
		}
		messages, notes, err := report.Judge(trace, report.Options{Now: checktest.Delivered(), Given: webexFlags})
		if err != nil {
			t.Errorf("%s: %v", c.File(), err)
			continue
		}
		r := report.New("test", messages, notes)
		for _, style := range []report.Style{{Width: 80}, {Width: 80, Verbose: true}, {Width: 60}} {
			for line := range strings.Lines(write(t, r, "text", style)) {
				line = strings.TrimSuffix(line, "\n")
				if n := ansi.StringWidth(line); n > style.Width {
					t.Errorf("%s: %d columns in %d: %q", c.File(), n, style.Width, line)
				}
				if strings.ContainsFunc(line, unsafe) {
					t.Errorf("%s: characters for the terminal: %q", c.File(), line)
				}
			}
		}
		for _, m := range messages {
			if len(m.Results) != len(check.Rules()) {
				t.Errorf("%s: %d results for %d rules", c.File(), len(m.Results), len(check.Rules()))
			}
			for _, res := range m.Results {
				if (res.Status == check.StatusFail || res.Status == check.StatusWarn) && (len(res.LikelyCauses) == 0 || len(res.Fixes) == 0) {
					t.Errorf("%s: %s fails without a likely cause or a fix", c.File(), res.Rule)
				}
			}
			if m.Verdict == report.VerdictFail && (m.Headline == "" || m.ChangeFirst == "") {
				t.Errorf("%s: a failure without a headline or a first change", c.File())
			}
		}
		var anything map[string]any
		if err := json.Unmarshal([]byte(write(t, r, "json", report.Style{})), &anything); err != nil {
			t.Errorf("%s: %v", c.File(), err)
		}
	}
}

func unsafe(r rune) bool {
	return r != '\u2010' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
}

// TestHostileText: values cannot move the cursor or pose as something else.
func TestHostileText(t *testing.T) {
	hostile := checktest.Edit(checktest.Response(), "alex@example.com</saml:NameID>", "alex@example.com\u202e&#x9b;2J\u200b</saml:NameID>",
		`Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"`, `Format="urn:x&#10;::error::y"`)
	r := judge(t, "x\x1b[2J.xml", hostile, report.Options{Given: expect.Given{NameIDFormats: []string{"urn:a"}}})
	text := write(t, r, "text", report.Style{Verbose: true})
	if strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), unsafe) {
		t.Errorf("characters for the terminal in %q", text)
	}
	if !strings.Contains(text, `urn:x\n::error::y`) && !strings.Contains(text, `urn:x ::error::y`) {
		t.Errorf("the hostile Format is not shown:\n%s", text)
	}
}
