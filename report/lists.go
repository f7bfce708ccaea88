package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/report/services"
)

// ruleEntry is one rule in "samlwhy rules --format json".
type ruleEntry struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"`
	Question string        `json:"question"`
	Group    string        `json:"group"`
	Severity string        `json:"severity"`
	Why      string        `json:"why"`
	Spec     string        `json:"spec"`
	Likely   []string      `json:"likely_causes"`
	Fix      []string      `json:"fix"`
	Needs    []string      `json:"needs"`
	Reasons  []reasonEntry `json:"reasons"`
	Codes    []string      `json:"codes"`
}

type reasonEntry struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// WriteRules lists the catalogue, as "text" by group or as "json".
func WriteRules(w io.Writer, format string, style Style) error {
	if format == "json" {
		list := []ruleEntry{}
		for _, r := range check.Rules() {
			e, err := entryOf(r)
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return encode(w, struct {
			Schema string      `json:"schema"`
			Rules  []ruleEntry `json:"rules"`
		}{"samlwhy.rules/v1", list})
	}
	t := &textWriter{w: bufio.NewWriter(w), style: style, colors: newPalette(style.Color)}
	width := 0
	for _, r := range check.Rules() {
		width = max(width, len(r.ID))
	}
	for _, group := range check.Groups() {
		rules := slices.DeleteFunc(check.Rules(), func(r *check.Rule) bool { return r.Group != group })
		if len(rules) == 0 {
			continue
		}
		t.gap()
		t.line(t.colors.strong.Sprint(string(group)))
		for _, r := range rules {
			t.hanging("  "+pad(r.ID, width+2), r.Question)
		}
	}
	t.gap()
	t.hanging("", "samlwhy explain RULE says why a rule exists, what usually breaks it and what to do.")
	return t.w.Flush()
}

func entryOf(r *check.Rule) (ruleEntry, error) {
	e := ruleEntry{
		ID: r.ID, Title: r.Title, Question: r.Question, Group: string(r.Group), Severity: string(r.Severity),
		Why: r.Doc.Why, Spec: r.Doc.Spec, Likely: nonNil(r.Doc.Likely), Fix: nonNil(r.Doc.Fix), Needs: nonNil(r.Needs),
		Reasons: []reasonEntry{},
	}
	for _, reason := range r.Reasons {
		e.Reasons = append(e.Reasons, reasonEntry(reason))
	}
	all, err := services.All()
	if err != nil {
		return e, err
	}
	e.Codes = []string{}
	for _, s := range all {
		for _, m := range s.CodesOf(r.ID) {
			e.Codes = append(e.Codes, m.Code.ID)
		}
	}
	return e, nil
}

func codeIDs(codes []*services.Code) []string {
	var ids []string
	for _, c := range codes {
		ids = append(ids, c.ID)
	}
	return ids
}

// serviceEntry is one service in "samlwhy services --format json".
type serviceEntry struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	Hosts []string `json:"hosts"`
	Codes []string `json:"codes"`
}

// WriteServices lists the services, as "text" or as "json".
func WriteServices(w io.Writer, format string, style Style) error {
	all, err := services.All()
	if err != nil {
		return err
	}
	entries := []serviceEntry{}
	for _, s := range all {
		e := serviceEntry{Name: s.Name, Title: s.Title, Hosts: []string{}, Codes: []string{}}
		for _, h := range s.Hosts {
			e.Hosts = append(e.Hosts, h.String())
		}
		for _, c := range s.Codes {
			e.Codes = append(e.Codes, c.ID)
		}
		entries = append(entries, e)
	}
	if format == "json" {
		return encode(w, struct {
			Schema   string         `json:"schema"`
			Services []serviceEntry `json:"services"`
		}{"samlwhy.services/v1", entries})
	}
	t := &textWriter{w: bufio.NewWriter(w), style: style, colors: newPalette(style.Color)}
	width := 0
	for _, e := range entries {
		width = max(width, len(e.Name))
	}
	for _, e := range entries {
		t.hanging(t.colors.strong.Sprint(pad(e.Name, width+2)), fmt.Sprintf("%s, %d codes", e.Title, len(e.Codes)))
		recognised := "named by --service only; its hosts are the customer's own"
		if len(e.Hosts) > 0 {
			recognised = "recognised by " + strings.Join(e.Hosts, ", ")
		}
		t.hanging(pad("", width+2), recognised)
	}
	t.gap()
	t.hanging("", "samlwhy explain SERVICE/CODE explains a code; check --service NAME judges for a service.")
	return t.w.Flush()
}

func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
