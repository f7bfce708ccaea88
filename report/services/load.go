package services

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
)

//go:embed data/*.yaml
var data embed.FS

// table is the file of one service. Reading them all takes longer than starting
// the whole program, so that each is read when it is first needed; only its head,
// by which services are recognised, is read for all.
type table struct {
	head
	read func() (*Service, error) // once
}

// tables are the files of all services, by name.
var tables = sync.OnceValues(func() ([]*table, error) {
	entries, err := data.ReadDir("data")
	if err != nil {
		return nil, err
	}
	var all []*table
	for _, e := range entries {
		text, err := data.ReadFile(path.Join("data", e.Name()))
		if err != nil {
			return nil, err
		}
		t, err := newTable(e.Name(), text)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *table) int { return strings.Compare(a.name, b.name) })
	return all, nil
})

// readAll reads what has not been read of ts, at the same time.
func readAll(ts []*table) ([]*Service, error) {
	all := make([]*Service, len(ts))
	errs := make([]error, len(ts))
	var files sync.WaitGroup
	for i, t := range ts {
		files.Go(func() { all[i], errs[i] = t.read() })
	}
	files.Wait()
	return all, errors.Join(errs...)
}

// head is the first of a file's two documents, as the program wants it.
type head struct {
	name     string
	title    string
	hosts    []Host
	bindings []decode.Binding
}

// The shapes of a service's file. They are apart from the exported types so
// that the file can be terse where the program wants everything spelled out.
type (
	fileHead struct {
		Name     string
		Title    string
		Hosts    []string
		Bindings []string // messages that travelled so are for this service, whatever URLs they name
	}
	fileBody struct {
		Expect     fileExpect
		Severities []fileSeverity
		Answers    []string // expressions that find a code or message in the service's answer, in their first group
		Facts      []fileFact
		Codes      []fileCode
	}
	// fileTranslations are the languages other than English; see Languages.
	fileTranslations struct {
		NL *fileTexts
		DE *fileTexts
	}
	fileTexts struct {
		Message     string
		Causes      []string
		Fixes       []string
		Undecidable string
		Look        []string
	}
	fileFact struct {
		Text   string
		NL, DE string
		Source string
	}
	fileExpect struct {
		SPEntityIDs   []string        `yaml:"sp_entity_ids"`
		SPPatterns    []filePattern   `yaml:"sp_patterns"`
		AudienceAlso  []string        `yaml:"audience_also"`
		ACSURLs       []string        `yaml:"acs_urls"`
		ACSPatterns   []filePattern   `yaml:"acs_patterns"`
		ACSAsAudience bool            `yaml:"acs_as_audience"`
		InResponseTo  string          `yaml:"in_response_to"` // "none" or absent
		NameIDFormats []string        `yaml:"name_id_formats"`
		NameIDUsed    *bool           `yaml:"name_id_used"`
		Attributes    []fileAttribute `yaml:"attributes"`
		AuthnContexts []string        `yaml:"authn_contexts"`
		ClockSkew     *time.Duration  `yaml:"clock_skew"`
	}
	filePattern struct {
		Text   string
		Regexp string
	}
	fileAttribute struct {
		Name      string
		Aliases   []string
		Required  bool
		Severity  expect.Severity
		Type      string
		MaxLength int `yaml:"max_length"`
		Values    []string
	}
	fileSeverity struct {
		Rule     string
		Reason   string
		Severity expect.Severity
		Source   string
	}
	fileCode struct {
		ID               string // what follows the service's name; absent: the code
		Code             string
		fileTexts        `yaml:",inline"`
		fileTranslations `yaml:",inline"`
		When             []fileWhen
		Aliases          []string
		Source           string
		Basis            Basis
	}
	fileWhen struct {
		Rule    string
		Reasons []string
		Rank    int // absent: 1
		Causes  []string
		Fixes   []string

		fileTranslations `yaml:",inline"`

		Basis  Basis  // absent: the code's
		Source string // absent: the code's
	}
)

// separator stands between a file's head and its body, which are documents of
// their own.
const separator = "\n---\n"

// newTable reads the head of the file called name.
func newTable(name string, text []byte) (*table, error) {
	first, rest, ok := strings.Cut(string(text), separator)
	if !ok {
		return nil, fmt.Errorf("services: %s: it needs two documents, with --- between them", name)
	}
	var f fileHead
	if err := strictly(first, &f); err != nil {
		return nil, fmt.Errorf("services: %s: %w", name, err)
	}
	if want := strings.TrimSuffix(name, path.Ext(name)); f.Name != want {
		return nil, fmt.Errorf("services: %s: the service is called %q and its file must be %s.yaml", name, f.Name, f.Name)
	}
	h := head{name: f.Name, title: f.Title}
	for _, b := range f.Bindings {
		h.bindings = append(h.bindings, decode.Binding(b))
	}
	for _, p := range f.Hosts {
		host, err := parseHost(p)
		if err != nil {
			return nil, fmt.Errorf("services: %s: hosts: %w", name, err)
		}
		h.hosts = append(h.hosts, host)
	}
	// Blank lines in place of the head keep the numbers of lines in errors.
	body := strings.Repeat("\n", strings.Count(first+separator, "\n")) + rest
	return &table{h, sync.OnceValues(func() (*Service, error) {
		s, err := h.service(body)
		if err != nil {
			return nil, fmt.Errorf("services: %s: %w", name, err)
		}
		return s, nil
	})}, nil
}

// strictly reads one YAML document: an unknown field or a repeated key is an
// error.
func strictly(text string, into any) error {
	return yaml.Load([]byte(text), into, yaml.WithKnownFields(), yaml.WithUniqueKeys())
}

// service reads the body of a file.
func (h *head) service(body string) (*Service, error) {
	var f fileBody
	if err := strictly(body, &f); err != nil {
		return nil, err
	}
	exp, err := f.Expect.expect(origin(h.title))
	if err != nil {
		return nil, fmt.Errorf("expect: %w", err)
	}
	s := &Service{
		Name: h.name, Title: h.title, Hosts: h.hosts, Bindings: h.bindings,
		Expect: exp, Answers: f.Answers, ACSAsAudience: f.Expect.ACSAsAudience,
	}
	for _, x := range f.Facts {
		fact := Fact{Text: x.Text, Source: x.Source, Translations: map[string]string{}}
		for lang, text := range map[string]string{"nl": x.NL, "de": x.DE} {
			if text != "" {
				fact.Translations[lang] = text
			}
		}
		s.Facts = append(s.Facts, fact)
	}
	for _, v := range f.Severities {
		s.Severities = append(s.Severities, Severity(v))
		if exp.Severities == nil {
			exp.Severities = make(map[string]expect.Severity)
		}
		key := v.Rule
		if v.Reason != "" {
			key += "/" + v.Reason
		}
		exp.Severities[key] = v.Severity
	}
	for i := range f.Codes {
		s.Codes = append(s.Codes, f.Codes[i].code(h.name))
	}
	return s, nil
}

func (f *fileCode) code(service string) *Code {
	id := f.ID
	if id == "" {
		id = f.Code
	}
	c := &Code{
		Service: service, ID: service + "/" + id, Code: f.Code,
		Texts: Texts(f.fileTexts), Translations: f.translations(),
		Aliases: f.Aliases, Source: f.Source, Basis: f.Basis,
	}
	for i := range f.When {
		w := &f.When[i]
		c.When = append(c.When, When{
			Rule: w.Rule, Reasons: w.Reasons, Rank: cmp.Or(w.Rank, 1),
			Causes: w.Causes, Fixes: w.Fixes, Translations: w.translations(),
			Basis: cmp.Or(w.Basis, f.Basis), Source: cmp.Or(w.Source, f.Source),
		})
	}
	return c
}

func (f *fileTranslations) translations() map[string]Texts {
	var ts map[string]Texts
	for lang, t := range map[string]*fileTexts{"nl": f.NL, "de": f.DE} {
		if t == nil {
			continue
		}
		if ts == nil {
			ts = make(map[string]Texts, 1)
		}
		ts[lang] = Texts(*t)
	}
	return ts
}

// origin is the From of what a service's table expects, as messages quote it.
func origin(title string) string { return "default of " + title }

// expect turns the file's terse form into expectations that remember that they
// came from a service's table.
func (f *fileExpect) expect(from string) (*expect.Expect, error) {
	e := &expect.Expect{
		SPEntityIDs:   values(f.SPEntityIDs, from),
		AudienceAlso:  values(f.AudienceAlso, from),
		ACSURLs:       values(f.ACSURLs, from),
		SPPatterns:    patterns(f.SPPatterns, from),
		ACSPatterns:   patterns(f.ACSPatterns, from),
		NameIDFormats: values(f.NameIDFormats, from),
		AuthnContexts: values(f.AuthnContexts, from),
	}
	switch f.InResponseTo {
	case "":
	case "none":
		e.InResponseTo = expect.InResponseTo{None: true, From: from}
	default:
		return nil, fmt.Errorf(`in_response_to is %q; it can only be "none"`, f.InResponseTo)
	}
	if f.NameIDUsed != nil {
		e.NameIDUsed = expect.Bool{Value: *f.NameIDUsed, From: from}
	}
	if f.ClockSkew != nil {
		e.ClockSkew = expect.Duration{Duration: *f.ClockSkew, From: from}
	}
	for i := range f.Attributes {
		a := &f.Attributes[i]
		e.Attributes = append(e.Attributes, expect.Attribute{
			Name: a.Name, Aliases: a.Aliases, Required: a.Required, Severity: a.Severity,
			Type: a.Type, MaxLength: a.MaxLength, Values: a.Values, From: from,
		})
	}
	return e, nil
}

func values(texts []string, from string) []expect.Value {
	list := make([]expect.Value, len(texts))
	for i, t := range texts {
		list[i] = expect.Value{Text: t, From: from}
	}
	return list
}

// patterns anchors each expression at both ends. Whether it compiles is for
// [Validate] to say: compiling takes as long as a tenth of the table.
func patterns(list []filePattern, from string) []expect.Pattern {
	var ps []expect.Pattern
	for _, p := range list {
		ps = append(ps, expect.Pattern{Text: p.Text, Regexp: `\A(?:` + p.Regexp + `)\z`, From: from})
	}
	return ps
}
