package cmd

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/report"
)

func toBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// checkDefaults are the options of check without flags, changed by edit.
func checkDefaults(edit func(*checkOptions)) *checkOptions {
	o := &checkOptions{Lang: "en", FailOn: failOnError, Format: "text", Color: colorAuto}
	o.Args = []string{}
	if edit != nil {
		edit(o)
	}
	return o
}

func TestCheckFlags(t *testing.T) {
	at := time.Date(2026, 3, 4, 10, 0, 30, 0, time.UTC)
	for _, c := range []struct {
		name string
		args []string
		want func(*checkOptions)
	}{
		{"nothing", nil, nil},
		{"inputs", []string{"a.har", "-", "dir"}, func(o *checkOptions) { o.Args = []string{"a.har", "-", "dir"} }},
		{"clipboard", []string{"--clipboard"}, func(o *checkOptions) { o.Clipboard = true }},
		{"as", []string{"--as", "har"}, func(o *checkOptions) { o.As = decode.KindHAR }},
		{"max-size", []string{"--max-size", "64K"}, func(o *checkOptions) { o.MaxSize = 64 << 10 }},
		{"max-size in GiB", []string{"--max-size=1.5GiB"}, func(o *checkOptions) { o.MaxSize = 3 << 29 }},
		{"max-depth", []string{"--max-depth", "50"}, func(o *checkOptions) { o.MaxDepth = 50 }},
		{"service", []string{"--service", "webex", "--service", "webex-xml-api"}, func(o *checkOptions) { o.Services = []string{"webex", "webex-xml-api"} }},
		{"idp", []string{"--idp-metadata", "idp.xml", "--idp-cert", "a,b.pem", "--idp-cert", "c.der", "--idp-entity-id", "https://idp"}, func(o *checkOptions) {
			o.IdPMetadata = []string{"idp.xml"}
			o.IdPCertificates = []string{"a,b.pem", "c.der"}
			o.Given.IdPEntityIDs = []string{"https://idp"}
		}},
		{"sp", []string{"--sp-metadata", "sp.xml", "--sp-entity-id", "https://sp", "--acs-url", "https://sp/acs?a=1,2"}, func(o *checkOptions) {
			o.SPMetadata = []string{"sp.xml"}
			o.Given.SPEntityIDs = []string{"https://sp"}
			o.Given.ACSURLs = []string{"https://sp/acs?a=1,2"}
		}},
		{"request-id", []string{"--request-id", "none"}, func(o *checkOptions) { o.Given.RequestID = "none" }},
		{"lists of the service", []string{"--name-id-format", "f", "--require-attribute", "uid", "--require-attribute", "first, last", "--authn-context", "c"}, func(o *checkOptions) {
			o.Given.NameIDFormats = []string{"f"}
			o.Given.RequireAttributes = []string{"uid", "first, last"}
			o.Given.AuthnContexts = []string{"c"}
		}},
		{"at now", []string{"--at", "now"}, func(o *checkOptions) { o.At = report.At{Mode: report.AtNow} }},
		{"at captured", []string{"--at", "captured"}, func(o *checkOptions) { o.At = report.At{Mode: report.AtCaptured} }},
		{"at issued", []string{"--at", "issued"}, func(o *checkOptions) { o.At = report.At{Mode: report.AtIssued} }},
		{"at a time", []string{"--at", "2026-03-04T10:00:30Z"}, func(o *checkOptions) { o.At = report.At{Mode: report.AtGiven, Time: at} }},
		{"clock-skew", []string{"--clock-skew", "3m"}, func(o *checkOptions) { o.Given.ClockSkew = new(3 * time.Minute) }},
		{"clock-skew of nothing", []string{"--clock-skew", "0"}, func(o *checkOptions) { o.Given.ClockSkew = new(time.Duration(0)) }},
		{"rules", []string{"--only", "audience,recipient", "--only", "issuer", "--skip", "recipient"}, func(o *checkOptions) {
			o.Only, o.Skip = []string{"audience", "recipient", "issuer"}, []string{"recipient"}
		}},
		{"fail-on", []string{"--fail-on", "skip"}, func(o *checkOptions) { o.FailOn = failOnSkip }},
		{"code", []string{"--code", "28"}, func(o *checkOptions) { o.Code = "28" }},
		{"lang", []string{"--lang", "nl"}, func(o *checkOptions) { o.Lang = "nl" }},
		{"report", []string{"--format", "json", "-o", "r.json", "--color", "always", "-v"}, func(o *checkOptions) {
			o.Format, o.Output, o.Color, o.Verbose = "json", "r.json", colorAlways, true
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got *checkOptions
			cmd := newCheckCommand(IO{}.withDefaults(), func(_ IO, o *checkOptions) error { got = o; return nil })
			cmd.SetArgs(append([]string{}, c.args...))
			if err := cmd.Execute(); err != nil {
				t.Fatal(err)
			}
			want := checkDefaults(c.want)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("options\n%+v, expected\n%+v", got, want)
			}
		})
	}
}

func TestDecodeFlags(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want decodeOptions
	}{
		{"nothing", nil, decodeOptions{inputOptions: inputOptions{Args: []string{}}, Color: colorAuto}},
		{"all", []string{"a", "--raw", "--message", "2", "--output", "x.xml", "--as", "base64", "--color", "never"}, decodeOptions{
			inputOptions: inputOptions{Args: []string{"a"}, As: decode.KindBase64}, Raw: true, Message: 2, Output: "x.xml", Color: colorNever,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got *decodeOptions
			cmd := newDecodeCommand(IO{}.withDefaults(), func(_ IO, o *decodeOptions) error { got = o; return nil })
			cmd.SetArgs(append([]string{}, c.args...))
			if err := cmd.Execute(); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, &c.want) {
				t.Errorf("options\n%+v, expected\n%+v", got, &c.want)
			}
		})
	}
}

func TestExplainJoinsWords(t *testing.T) {
	var got explainOptions
	cmd := newExplainCommand(IO{}.withDefaults(), func(_ IO, o *explainOptions) error { got = *o; return nil })
	cmd.SetArgs([]string{"Invalid", "Response", "message", "--format", "json"})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	want := explainOptions{Term: "Invalid Response message", listOptions: listOptions{Format: "json", Color: colorAuto}, Lang: "en"}
	if got != want {
		t.Errorf("options %+v, expected %+v", got, want)
	}
}

// run is Main with buffers for streams.
func run(std IO, args ...string) (stdout, stderr string, code int) {
	var out, errs strings.Builder
	std.Stdout, std.Stderr = &out, &errs
	code = Main(args, std)
	return out.String(), errs.String(), code
}

// TestWrongUsage proves that each slip is answered with exit code 2, one
// sentence and what would have been right.
func TestWrongUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"chekc"}, []string{`unknown command "chekc"`, `did you mean "check"?`, "commands: check, completion, decode"}},
		{[]string{"cmd.go"}, []string{`unknown command "cmd.go"`, "samlwhy check cmd.go"}},
		{[]string{"help", "nothing"}, []string{`unknown command "nothing"`, "commands: "}},
		{[]string{"check", "--servce", "webex"}, []string{"samlwhy check has no flag --servce", `did you mean "--service"?`, "--idp-metadata"}},
		{[]string{"check", "-x"}, []string{"samlwhy check has no flag -x"}},
		{[]string{"check", "--service"}, []string{"--service needs a value", "NAME"}},
		{[]string{"check", "--service", "webx"}, []string{`there is no service "webx"`, `did you mean "webex"?`, "services: "}},
		{[]string{"check", "--only", "audiense"}, []string{`there is no rule "audiense"`, `did you mean "audience"?`, "rules: "}},
		{[]string{"check", "--skip", "nothing-like-it"}, []string{`there is no rule "nothing-like-it"`, "rules: "}},
		{[]string{"check", "--only", "audience", "--skip", "audience"}, []string{"leave no rule"}},
		{[]string{"check", "--format", "jsn"}, []string{`--format "jsn"`, `did you mean "json"?`, "formats: text, json, ndjson"}},
		{[]string{"check", "--as", "hra"}, []string{`--as "hra"`, `did you mean "har"?`, "kinds: auto, xml"}},
		{[]string{"check", "--fail-on", "errors"}, []string{`--fail-on "errors"`, `did you mean "error"?`}},
		{[]string{"check", "--color", "yes"}, []string{`--color "yes"`, "modes: auto, always, never"}},
		{[]string{"check", "--at", "yesterday"}, []string{`--at "yesterday" is not a time`, "RFC 3339"}},
		{[]string{"check", "--at", "2026-03-04T10:00:30"}, []string{"is not a time", "no time zone"}},
		{[]string{"check", "--clock-skew", "180"}, []string{`--clock-skew "180" is not a length of time`, "30s"}},
		{[]string{"check", "--clock-skew", "-3m"}, []string{"cannot be negative"}},
		{[]string{"check", "--max-size", "0"}, []string{`--max-size "0" is not a size`}},
		{[]string{"check", "--max-size", "NaN"}, []string{"is not a size"}},
		{[]string{"check", "--max-depth", "none"}, []string{`--max-depth "none" is not a number`}},
		{[]string{"check", "--verbose=perhaps"}, []string{`--verbose "perhaps"`}},
		{[]string{"check", "-", "-"}, []string{"can be read only once"}},
		{[]string{"rules", "audience"}, []string{`samlwhy rules takes no arguments, but was given "audience"`}},
		{[]string{"services", "webex"}, []string{"takes no arguments"}},
		{[]string{"version", "now"}, []string{"takes no arguments"}},
		{[]string{"explain"}, []string{"explain needs a TERM"}},
		{[]string{"explain", ""}, []string{"explain needs a TERM"}},
		{[]string{"completion"}, []string{"completion needs one SHELL", "bash, zsh, fish, powershell"}},
		{[]string{"completion", "bsh"}, []string{`there is no completion for the shell "bsh"`, `did you mean "bash"?`}},
		{[]string{"man"}, []string{"man needs one DIR"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			out, errs, code := run(IO{}, c.args...)
			if code != exitUsage {
				t.Errorf("exit code %d, expected %d", code, exitUsage)
			}
			if out != "" {
				t.Errorf("standard output is not empty: %s", out)
			}
			if !strings.HasPrefix(errs, "samlwhy: ") {
				t.Errorf("the message does not say who speaks: %s", errs)
			}
			folded := strings.Join(strings.Fields(errs), " ")
			for _, want := range c.want {
				if !strings.Contains(folded, want) {
					t.Errorf("the message lacks %q:\n%s", want, errs)
				}
			}
			for line := range strings.Lines(errs) {
				if len(line) > 81 && strings.HasPrefix(line, "  ") {
					t.Errorf("a hint is wider than 80 columns: %s", line)
				}
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"--help"}, {"-h"}} {
		out, errs, code := run(IO{}, args...)
		if code != exitOK || errs != "" {
			t.Errorf("%v: exit code %d: %s", args, code, errs)
		}
		for _, want := range []string{"why did this SAML login fail", "check", "decode", "explain", "rules", "services", "completion", "version"} {
			if !strings.Contains(out, want) {
				t.Errorf("%v: the help lacks %q:\n%s", args, want, out)
			}
		}
		if strings.Contains(out, "man DIR") || strings.Contains(out, "\n  man") {
			t.Errorf("%v: the help shows the packagers' command:\n%s", args, out)
		}
	}
	for _, name := range []string{"check", "decode", "explain", "rules", "services", "completion", "version"} {
		direct, errs, code := run(IO{}, name, "--help")
		if code != exitOK || errs != "" || !strings.Contains(direct, "Usage:\n  samlwhy "+name) {
			t.Errorf("%s --help: exit code %d: %s%s", name, code, errs, direct)
		}
		if through, _, _ := run(IO{}, "help", name); through != direct {
			t.Errorf("help %s differs from %s --help", name, name)
		}
		for line := range strings.Lines(direct) {
			if n := len([]rune(line)); n > 101 {
				t.Errorf("%s --help: a line of %d columns: %s", name, n, line)
			}
		}
	}
}
