package report

import (
	"bufio"
	"io"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/report/services"
)

// Explanation is what is known about a term: the JSON contract of "samlwhy
// explain --format json".
type Explanation struct {
	Schema string          `json:"schema"`
	Codes  []ExplainedCode `json:"codes"`
	Rules  []ExplainedRule `json:"rules"`

	// Nearest are suggestions when nothing is known.
	Nearest []string `json:"-"`
}

// ExplainedCode is one code of a service's table. Code is empty for entries
// that have no number in their document.
type ExplainedCode struct {
	Service     string            `json:"service"`
	ID          string            `json:"id"`
	Code        string            `json:"code"`
	Message     string            `json:"message"`
	Messages    map[string]string `json:"messages"`
	Causes      []string          `json:"causes"`
	Fixes       []string          `json:"fixes"`
	Rules       []string          `json:"rules"`
	Undecidable string            `json:"undecidable"`
	Look        []string          `json:"look"`
	Source      string            `json:"source"`
	Basis       string            `json:"basis"`
}

// ExplainedRule is one rule of the catalogue.
type ExplainedRule struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Why    string   `json:"why"`
	Spec   string   `json:"spec"`
	Likely []string `json:"likely_causes"`
	Fix    []string `json:"fix"`
	Codes  []string `json:"codes"`

	question string
	reasons  []check.Reason
}

// Explain looks a term up: the id of a rule, a code with or without its
// service, the text of an error message or a page that quotes one. An unknown
// term has neither codes nor rules, and names the nearest.
func Explain(term string) (*Explanation, error) {
	e := &Explanation{Schema: "samlwhy.explain/v1", Codes: []ExplainedCode{}, Rules: []ExplainedRule{}}
	id := strings.ToLower(strings.TrimSpace(term))
	for _, r := range check.Rules() {
		if r.ID == id {
			entry, err := entryOf(r)
			if err != nil {
				return nil, err
			}
			e.Rules = append(e.Rules, ExplainedRule{
				ID: r.ID, Title: r.Title, Why: r.Doc.Why, Spec: r.Doc.Spec, Likely: entry.Likely, Fix: entry.Fix,
				Codes: entry.Codes, question: r.Question, reasons: r.Reasons,
			})
		}
	}
	answer, err := services.Lookup(term)
	if err != nil {
		return nil, err
	}
	if len(e.Rules) > 0 {
		// The name of a rule is also words of messages; what was asked for is the rule.
		return e, nil
	}
	for _, c := range answer.Codes {
		e.Codes = append(e.Codes, explainedCode(c))
	}
	if len(e.Codes) == 0 {
		e.Nearest = append(nearestRules(id), codeIDs(answer.Nearest)...)
	}
	return e, nil
}

func explainedCode(c *services.Code) ExplainedCode {
	out := ExplainedCode{
		Service: c.Service, ID: c.ID, Code: c.Code, Message: c.Message, Messages: c.Messages,
		Causes: nonNil(c.Causes), Fixes: nonNil(c.Fixes), Rules: []string{},
		Undecidable: c.Undecidable, Look: nonNil(c.Look), Source: c.Source, Basis: string(c.Basis),
	}
	if out.Messages == nil {
		out.Messages = map[string]string{}
	}
	for _, w := range c.When {
		if !slices.Contains(out.Rules, w.Rule) {
			out.Rules = append(out.Rules, w.Rule)
		}
	}
	return out
}

// nearestRules are rules whose id begins with, or holds, what was typed.
func nearestRules(term string) []string {
	var ids []string
	if len(term) < 3 {
		return ids
	}
	for _, r := range check.Rules() {
		if strings.Contains(r.ID, term) || strings.Contains(term, r.ID) || strings.ReplaceAll(r.ID, "-", "") == strings.NewReplacer("-", "", "_", "", " ", "").Replace(term) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// WriteExplanation writes e as "text" or "json".
func WriteExplanation(w io.Writer, e *Explanation, format string, style Style) error {
	if format == "json" {
		return encode(w, e)
	}
	t := &textWriter{w: bufio.NewWriter(w), style: style, colors: newPalette(style.Color)}
	for i := range e.Rules {
		t.gap()
		t.explainRule(&e.Rules[i])
	}
	for i := range e.Codes {
		t.gap()
		t.explainCode(&e.Codes[i])
	}
	return t.w.Flush()
}

func (t *textWriter) explainRule(r *ExplainedRule) {
	t.hanging(t.colors.strong.Sprint(r.ID)+"  ", r.Title)
	t.field("asks", r.question)
	t.field("why", r.Why)
	t.field("source", r.Spec)
	t.fields("likely", r.Likely)
	t.fields("to do", r.Fix)
	for i, reason := range r.reasons {
		label := ""
		if i == 0 {
			label = "reasons"
		}
		t.field(label, reason.ID+": "+reason.Text)
	}
	if len(r.Codes) > 0 {
		t.field("codes", strings.Join(r.Codes, ", "))
	}
}

func (t *textWriter) explainCode(c *ExplainedCode) {
	title := c.Service
	if svc, err := services.Get(c.Service); err == nil {
		title = svc.Title
	}
	t.hanging(t.colors.strong.Sprint(c.ID)+"  ", c.Message)
	t.field("service", title)
	t.fields("causes", c.Causes)
	t.fields("to do", c.Fixes)
	switch {
	case len(c.Rules) > 0:
		t.field("decided by", strings.Join(c.Rules, ", "))
		t.field("undecided", c.Undecidable)
	case c.Undecidable != "":
		t.field("decided by", "no message: "+c.Undecidable)
	}
	t.fields("look at", c.Look)
	source := c.Source
	if c.Basis != "" {
		source += " (" + c.Basis + ")"
	}
	t.field("source", source)
}

const fieldWidth = 12

// field is one labelled text of an explanation; nothing for an empty one.
func (t *textWriter) field(label, text string) {
	if text != "" {
		t.hanging("  "+t.colors.dim.Sprint(pad(label, fieldWidth)), text)
	}
}

func (t *textWriter) fields(label string, texts []string) {
	for i, s := range texts {
		if i > 0 {
			label = ""
		}
		head := "  " + t.colors.dim.Sprint(pad(label, fieldWidth))
		if len(texts) > 1 {
			head += "- "
		}
		t.hanging(head, s)
	}
}
