package services

import (
	"regexp"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

func matches(t *testing.T, ps []expect.Pattern, text string) bool {
	t.Helper()
	for _, p := range ps {
		if regexp.MustCompile(p.Regexp).MatchString(text) {
			return true
		}
	}
	return false
}

// small is a service that is in order; tests spoil one line of it.
const small = `name: small
title: A small service
hosts: ["*.example.com"]
---
expect:
  name_id_used: true
  clock_skew: 30s
  attributes:
    - {name: mail, required: true, type: email}
severities:
  - {rule: issuer, reason: mismatch, severity: warning, source: the manual}
codes:
  - code: "1"
    message: Wrong issuer
    causes: [The issuer is another.]
    fixes: [Correct it.]
    de: {message: Falscher Aussteller, causes: [Der Aussteller ist ein anderer.], fixes: [Berichtigen.]}
    when:
      - {rule: issuer, reasons: [mismatch]}
    source: the manual
    basis: documented
  - id: locked
    message: The account is locked
    undecidable: The message does not say.
    look: [The account.]
    source: the manual
    basis: documented
`

func parse(text string) (*Service, error) {
	t, err := newTable("small.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	return t.read()
}

func smallRules() []*check.Rule {
	return []*check.Rule{{ID: "issuer", Reasons: []check.Reason{{ID: "mismatch"}}}}
}

func TestParseAndValidate(t *testing.T) {
	tests := []struct {
		name     string
		old, new string // the line that is spoilt
		want     string // in the error; empty: no error
	}{
		{name: "in order"},
		{"unknown field", "title: A small service", "titel: A small service", "titel"},
		{"unknown field of a code", "    message: Wrong issuer", "    message: Wrong issuer\n    colour: red", "colour"},
		{"repeated key", "title: A small service", "title: A\ntitle: B", "title"},
		{"three documents", "severities:", "---\nseverities:", "document"},
		{"one document", "---\n", "", "two documents"},
		{"name in the body", "---\n", "---\nname: small\n", "name"},
		{"name of another file", "name: small", "name: large", "large.yaml"},
		{"host with a scheme", `hosts: ["*.example.com"]`, `hosts: ["https://example.com"]`, "https:"},
		{"host with upper case", `hosts: ["*.example.com"]`, `hosts: ["Example.com"]`, "Example.com"},
		{"wildcard inside", `hosts: ["*.example.com"]`, `hosts: ["sso.*.com"]`, "sso.*.com"},
		{"in_response_to", "  name_id_used: true", "  in_response_to: never", "never"},
		{"pattern", "  name_id_used: true", `  acs_patterns: [{text: any, regexp: "("}]`, "any"},
		{"clock skew", "30s", "a while", "a while"},
		{"attribute type", "type: email", "type: mail", `unknown type "mail"`},
		{"attribute severity", "type: email", "severity: fatal", `"fatal"`},
		{"no title", "title: A small service", `title: ""`, "title is missing"},
		{"severity", "severity: warning", "severity: note", `"note"`},
		{"severity without source", "severity: warning, source: the manual", "severity: warning", "source is missing"},
		{"severity of an unknown rule", "{rule: issuer, reason", "{rule: isuer, reason", `no rule "isuer"`},
		{"severity of an unknown reason", "reason: mismatch,", "reason: other,", `no reason "other"`},
		{"unknown rule", "{rule: issuer, reasons", "{rule: isuer, reasons", `no rule "isuer"`},
		{"unknown reason", "reasons: [mismatch]", "reasons: [mismatch, other]", `no reason "other"`},
		{"negative rank", "reasons: [mismatch]", "rank: -1", "rank -1"},
		{"repeated code", "  - id: locked", "  - code: \"1\"", "small/1: the id is taken"},
		{"repeated code under another id", "  - id: locked", "  - id: locked\n    code: \"1\"", "the code is taken"},
		{"id that differs in case only", "  - id: locked", "  - code: A\n    id: LOCKED\n    message: m\n    undecidable: u\n    look: [l]\n    source: s\n    basis: public\n  - id: locked", "the id is taken"},
		{"id that is no words", "  - id: locked", "  - id: Account locked", "lower-case words"},
		{"neither id nor code", "  - id: locked\n    message", "  - message", "lower-case words"},
		{"no message", "    message: Wrong issuer\n", "", "message is missing"},
		{"language", "    de: {", "    deutsch: {", "deutsch"},
		{"untranslated fix", ", fixes: [Berichtigen.]", "", "0 fixes are 1 in English"},
		{"untranslated look", "    look: [The account.]", "    look: [The account.]\n    de: {undecidable: Nein.}", "0 look are 1 in English"},
		{"untranslated undecidable", "    look: [The account.]", "    look: [The account.]\n    de: {look: [Das Konto.]}", "by halves"},
		{"untranslated tie", "reasons: [mismatch]}\n    source", "reasons: [mismatch], fixes: [Now.]}\n    source", "de: when issuer: 0 fixes"},
		{"answer without a group", "severities:", "answers: [error]\nseverities:", "one group"},
		{"fact without source", "severities:", "facts: [{text: It is small.}]\nseverities:", "empty"},
		{"no causes", "    causes: [The issuer is another.]\n", "", "needs causes and fixes"},
		{"no fixes", "    fixes: [Correct it.]\n", "", "needs causes and fixes"},
		{"empty fix", "[Correct it.]", `[""]`, "empty"},
		{"no when", "    when:\n      - {rule: issuer, reasons: [mismatch]}\n", "", "needs when"},
		{"when though undecidable", "    undecidable:", "    when: [{rule: issuer}]\n    undecidable:", "no rule may lead to it"},
		{"undecidable without look", "    look: [The account.]\n", "", "needs look"},
		{"no source", "    source: the manual\n    basis: documented\n  - id", "    basis: documented\n  - id", "source is missing"},
		{"no basis", "    basis: documented\n  - id", "  - id", "basis is"},
		{"basis", "    basis: documented\n  - id", "    basis: certain\n  - id", `"certain"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := small
			if tt.old != "" {
				text = strings.Replace(small, tt.old, tt.new, 1)
				if text == small {
					t.Fatalf("the test changes nothing: %q", tt.old)
				}
			}
			s, err := parse(text)
			if err == nil {
				err = Validate([]*Service{s}, smallRules())
			}
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && err == nil:
				t.Error("no error")
			case tt.want != "" && !strings.Contains(err.Error(), tt.want):
				t.Errorf("the error is %q, without %q", err, tt.want)
			}
		})
	}
}

func TestRepeatedService(t *testing.T) {
	s, err := parse(small)
	if err != nil {
		t.Fatal(err)
	}
	if err := Validate([]*Service{s, s}, smallRules()); err == nil || !strings.Contains(err.Error(), "small: the id is taken") {
		t.Errorf("the error is %v", err)
	}
}

func TestParseFillsIn(t *testing.T) {
	s, err := parse(small)
	if err != nil {
		t.Fatal(err)
	}
	w := s.Codes[0].When[0]
	if w.Rank != 1 || w.Basis != BasisDocumented || w.Source != "the manual" {
		t.Errorf("when does not take over from its code: %+v", w)
	}
	if got := s.Expect.Severities["issuer/mismatch"]; got != expect.SeverityWarning {
		t.Errorf("the severity in Expect is %q", got)
	}
	if got := s.Expect.ClockSkew; got.Duration.Seconds() != 30 || got.From != "default of A small service" {
		t.Errorf("the clock skew is %+v", got)
	}
	if got := s.Codes[1]; got.ID != "small/locked" || got.Code != "" || got.Service != "small" {
		t.Errorf("the second code is %+v", got)
	}
}

// BenchmarkLoad is what the first use of a table costs a command: of one service,
// as check does, or of all, as explain does.
func BenchmarkLoad(b *testing.B) {
	entries, err := data.ReadDir("data")
	if err != nil {
		b.Fatal(err)
	}
	load := func(b *testing.B, read func(*table) bool) {
		b.Helper()
		for b.Loop() {
			var wanted []*table
			for _, e := range entries {
				text, err := data.ReadFile("data/" + e.Name())
				if err != nil {
					b.Fatal(err)
				}
				t, err := newTable(e.Name(), text)
				if err != nil {
					b.Fatal(err)
				}
				if read(t) {
					wanted = append(wanted, t)
				}
			}
			if _, err := readAll(wanted); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("heads", func(b *testing.B) { load(b, func(*table) bool { return false }) })
	b.Run("webex", func(b *testing.B) { load(b, func(t *table) bool { return t.name == "webex" }) })
	b.Run("all", func(b *testing.B) { load(b, func(*table) bool { return true }) })
}
