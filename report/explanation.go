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
	// Services is there when the term is the name of a service.
	Services []ExplainedService `json:"services,omitempty"`

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

// ExplainedService is one service: what its documents say about setting it up, and
// the ids of its codes.
type ExplainedService struct {
	Name  string          `json:"name"`
	Title string          `json:"title"`
	Hosts []string        `json:"hosts"`
	Facts []ExplainedFact `json:"facts"`
	Codes []string        `json:"codes"`
}

// ExplainedFact is something about a service that no code tells.
type ExplainedFact struct {
	Text   string `json:"text"`
	Source string `json:"source"`
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
	// Causes are those that the rule can prove.
	Causes []ExplainedCause `json:"causes,omitempty"`

	question string
	reasons  []check.Reason
}

// ExplainedCause is one cause that a rule can prove.
type ExplainedCause struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	How  string `json:"how"`
	Fix  string `json:"fix"`
}

// Known reports whether anything is known about the term.
func (e *Explanation) Known() bool { return len(e.Codes)+len(e.Rules)+len(e.Services) > 0 }

// Explain looks a term up: the id of a rule, the name of a service, a code with or without its
// service, the text of an error message or a page that quotes one. An unknown
// term has neither codes nor rules, and names the nearest. Codes are explained in
// lang, one of [services.Languages], in English where they are not translated.
func Explain(term, lang string) (*Explanation, error) {
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
				Codes: entry.Codes, Causes: explainedCauses(r), question: r.Question, reasons: r.Reasons,
			})
		}
	}
	if len(e.Rules) > 0 {
		// The name of a rule is also words of messages; what was asked for is the rule.
		return e, nil
	}
	if svc, err := serviceCalled(id); svc != nil || err != nil {
		if err != nil {
			return nil, err
		}
		e.Services = append(e.Services, explainedService(svc, lang))
		return e, nil
	}
	answer, err := services.Lookup(term)
	if err != nil {
		return nil, err
	}
	for _, c := range answer.Codes {
		e.Codes = append(e.Codes, explainedCode(c, lang))
	}
	if len(e.Codes) == 0 {
		e.Nearest = append(nearestRules(id), codeIDs(answer.Nearest)...)
	}
	return e, nil
}

func explainedCauses(r *check.Rule) []ExplainedCause {
	var list []ExplainedCause
	for _, c := range r.Causes {
		list = append(list, ExplainedCause{c.ID, c.Text, c.How, c.Fix})
	}
	return list
}

// serviceCalled is the service with a name or title, in lower case, or nil.
func serviceCalled(name string) (*services.Service, error) {
	all, err := services.All()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.Name == name || strings.ToLower(s.Title) == name {
			return s, nil
		}
	}
	return nil, nil
}

func explainedService(s *services.Service, lang string) ExplainedService {
	out := ExplainedService{Name: s.Name, Title: s.Title, Hosts: []string{}, Facts: []ExplainedFact{}, Codes: nonNil(codeIDs(s.Codes))}
	for _, h := range s.Hosts {
		out.Hosts = append(out.Hosts, h.String())
	}
	for i := range s.Facts {
		out.Facts = append(out.Facts, ExplainedFact{Text: s.Facts[i].In(lang), Source: s.Facts[i].Source})
	}
	return out
}

func explainedCode(c *services.Code, lang string) ExplainedCode {
	text := c.In(lang)
	out := ExplainedCode{
		Service: c.Service, ID: c.ID, Code: c.Code, Message: text.Message, Messages: map[string]string{},
		Causes: nonNil(text.Causes), Fixes: nonNil(text.Fixes), Rules: nonNil(c.Rules()),
		Undecidable: text.Undecidable, Look: nonNil(text.Look), Source: c.Source, Basis: string(c.Basis),
	}
	for _, l := range services.Languages() {
		if m := c.Translations[l].Message; m != "" {
			out.Messages[l] = m
		}
	}
	return out
}

// nearestRules are rules whose id begins with, or holds, what was typed, and those
// that prove the cause of that id.
func nearestRules(term string) []string {
	var ids []string
	if len(term) < 3 {
		return ids
	}
	for _, r := range check.Rules() {
		if slices.ContainsFunc(r.Causes, func(c check.CauseDoc) bool { return c.ID == term }) || strings.Contains(r.ID, term) || strings.Contains(term, r.ID) || strings.ReplaceAll(r.ID, "-", "") == strings.NewReplacer("-", "", "_", "", " ", "").Replace(term) {
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
	for i := range e.Services {
		t.gap()
		t.explainService(&e.Services[i])
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
	for i := range r.Causes {
		label := ""
		if i == 0 {
			label = "causes"
		}
		c := &r.Causes[i]
		t.field(label, t.colors.strong.Sprint(c.ID)+": "+c.Text)
		t.hanging(strings.Repeat(" ", 2+fieldWidth)+"  how  ", c.How)
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

func (t *textWriter) explainService(s *ExplainedService) {
	t.hanging(t.colors.strong.Sprint(s.Name)+"  ", s.Title)
	if len(s.Hosts) > 0 {
		t.field("hosts", strings.Join(s.Hosts, ", "))
	} else {
		t.field("hosts", "the customer's own; --service "+s.Name+" names it")
	}
	var facts, sources []string
	for _, f := range s.Facts {
		facts = append(facts, f.Text)
		sources = appendNew(sources, []string{f.Source})
	}
	t.fields("known", facts)
	short := make([]string, len(s.Codes))
	for i, id := range s.Codes {
		short[i] = strings.TrimPrefix(id, s.Name+"/")
	}
	t.field("codes", strings.Join(short, ", "))
	t.fields("source", sources)
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
