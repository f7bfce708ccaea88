package services

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"regexp"
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

// load reads the tables when they are first needed: reading them takes as long
// as starting the whole program.
var load = sync.OnceValues(func() ([]*Service, error) {
	entries, err := data.ReadDir("data")
	if err != nil {
		return nil, err
	}
	var all []*Service
	for _, e := range entries {
		text, err := data.ReadFile(path.Join("data", e.Name()))
		if err != nil {
			return nil, err
		}
		s, err := parse(e.Name(), text)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *Service) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
})

// The shapes of a service's file. They are apart from the exported types so
// that the file can be terse where the program wants everything spelled out.
type (
	fileService struct {
		Name       string
		Title      string
		Hosts      []string
		Bindings   []string // messages that travelled so are for this service, whatever URLs they name
		Expect     fileExpect
		Severities []fileSeverity
		Codes      []fileCode
	}
	fileExpect struct {
		SPEntityIDs   []string        `yaml:"sp_entity_ids"`
		SPPatterns    []filePattern   `yaml:"sp_patterns"`
		AudienceAlso  []string        `yaml:"audience_also"`
		ACSURLs       []string        `yaml:"acs_urls"`
		ACSPatterns   []filePattern   `yaml:"acs_patterns"`
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
		ID          string // what follows the service's name; absent: the code
		Code        string
		Message     string
		Messages    map[string]string
		Causes      []string
		Fixes       []string
		When        []fileWhen
		Undecidable string
		Look        []string
		Aliases     []string
		Source      string
		Basis       Basis
	}
	fileWhen struct {
		Rule    string
		Reasons []string
		Rank    int // absent: 1
		Causes  []string
		Fixes   []string
		Basis   Basis  // absent: the code's
		Source  string // absent: the code's
	}
)

// parse reads the file called name, strictly: an unknown field or a repeated
// key is an error.
func parse(name string, text []byte) (*Service, error) {
	var f fileService
	if err := yaml.Load(text, &f, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return nil, fmt.Errorf("services: %s: %w", name, err)
	}
	if want := strings.TrimSuffix(name, path.Ext(name)); f.Name != want {
		return nil, fmt.Errorf("services: %s: the service is called %q and its file must be %s.yaml", name, f.Name, f.Name)
	}
	s := &Service{Name: f.Name, Title: f.Title}
	for _, b := range f.Bindings {
		s.Bindings = append(s.Bindings, decode.Binding(b))
	}
	for _, h := range f.Hosts {
		host, err := parseHost(h)
		if err != nil {
			return nil, fmt.Errorf("services: %s: hosts: %w", name, err)
		}
		s.Hosts = append(s.Hosts, host)
	}
	exp, err := f.Expect.expect(f.Name)
	if err != nil {
		return nil, fmt.Errorf("services: %s: expect: %w", name, err)
	}
	s.Expect = exp
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
		s.Codes = append(s.Codes, f.Codes[i].code(f.Name))
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
		Message: f.Message, Messages: maps.Clone(f.Messages),
		Causes: f.Causes, Fixes: f.Fixes,
		Undecidable: f.Undecidable, Look: f.Look, Aliases: f.Aliases,
		Source: f.Source, Basis: f.Basis,
	}
	for _, w := range f.When {
		when := When(w)
		if when.Rank == 0 {
			when.Rank = 1
		}
		if when.Basis == "" {
			when.Basis = f.Basis
		}
		if when.Source == "" {
			when.Source = f.Source
		}
		c.When = append(c.When, when)
	}
	return c
}

// expect turns the file's terse form into expectations that remember that they
// came from service.
func (f *fileExpect) expect(service string) (*expect.Expect, error) {
	e := &expect.Expect{
		SPEntityIDs:   values(f.SPEntityIDs, service),
		AudienceAlso:  values(f.AudienceAlso, service),
		ACSURLs:       values(f.ACSURLs, service),
		NameIDFormats: values(f.NameIDFormats, service),
		AuthnContexts: values(f.AuthnContexts, service),
	}
	var err error
	if e.SPPatterns, err = patterns(f.SPPatterns, service); err != nil {
		return nil, err
	}
	if e.ACSPatterns, err = patterns(f.ACSPatterns, service); err != nil {
		return nil, err
	}
	switch f.InResponseTo {
	case "":
	case "none":
		e.InResponseTo = expect.InResponseTo{None: true, From: service}
	default:
		return nil, fmt.Errorf(`in_response_to is %q; it can only be "none"`, f.InResponseTo)
	}
	if f.NameIDUsed != nil {
		e.NameIDUsed = expect.Bool{Value: *f.NameIDUsed, From: service}
	}
	if f.ClockSkew != nil {
		e.ClockSkew = expect.Duration{Duration: *f.ClockSkew, From: service}
	}
	for i := range f.Attributes {
		a := &f.Attributes[i]
		e.Attributes = append(e.Attributes, expect.Attribute{
			Name: a.Name, Aliases: a.Aliases, Required: a.Required, Severity: a.Severity,
			Type: a.Type, MaxLength: a.MaxLength, Values: a.Values, From: service,
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

// patterns anchors each expression at both ends and makes sure that it compiles.
func patterns(list []filePattern, from string) ([]expect.Pattern, error) {
	var ps []expect.Pattern
	for _, p := range list {
		anchored := `\A(?:` + p.Regexp + `)\z`
		if _, err := regexp.Compile(anchored); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p.Text, err)
		}
		ps = append(ps, expect.Pattern{Text: p.Text, Regexp: anchored, From: from})
	}
	return ps, nil
}
