// Package services knows the services that SAML logins lead to: how each is
// recognised, what it expects of a message, and what its own error codes mean.
// Every service is one YAML file in the folder data; nothing in Go names one.
package services

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
)

// Service is what is known about one service. Services are shared between
// callers and must not be modified; copy Expect before merging into it.
type Service struct {
	Name  string // as --service takes it and reports show it: "webex"
	Title string // for people: "Webex Meetings"
	// Hosts recognise the service in URLs and entity IDs, see [Recognise].
	Hosts []Host
	// Bindings are those that only this service has: a message that travelled
	// so is for it, whatever URLs it names.
	Bindings []decode.Binding
	// Expect are the service's defaults. The From of each value is
	// "default of " and Title.
	Expect *expect.Expect
	// Severities are those in Expect, each with the reason for it.
	Severities []Severity
	// Codes are the service's errors in the order of its own documents.
	Codes []*Code
	// Facts are what its documents say about setting it up, for people.
	Facts []Fact
	// ACSAsAudience: an ACS URL serves as an audience besides the entity IDs.
	ACSAsAudience bool
	// Answers are expressions that find a code or message of the service in its
	// own answers, in their first group; see [Service.Answered].
	Answers []string
}

// Fact is something about a service that no error code tells.
type Fact struct {
	Text         string
	Translations map[string]string // by language, see [Languages]
	Source       string
}

// In is the fact in a language, in English where it is not translated.
func (f *Fact) In(lang string) string { return cmp.Or(f.Translations[lang], f.Text) }

// Languages are the ISO 639 codes of the languages that the tables have, the
// one that everything is written in first.
func Languages() []string { return []string{"en", "nl", "de"} }

// Severity sets how grave a rule's findings are for one service.
type Severity struct {
	Rule     string
	Reason   string // empty: whatever the reason
	Severity expect.Severity
	Source   string // who says so
}

// Basis says how sure a statement about a service is.
type Basis string

// The bases, surest first.
const (
	BasisDocumented Basis = "documented" // a document of the service says so
	BasisPublic     Basis = "public"     // another public page says so; Source has its address
	BasisInferred   Basis = "inferred"   // nobody says so; it follows from what the code means
	BasisPresumed   Basis = "presumed"   // the document is damaged there; its most likely reading
)

// doubt orders bases, 0 the surest; -1 is no basis.
func (b Basis) doubt() int {
	return slices.Index([]Basis{BasisDocumented, BasisPublic, BasisInferred, BasisPresumed}, b)
}

// Code is one error of a service.
type Code struct {
	Service string // Service.Name
	ID      string // "webex/28"; with words where the document has no number
	Code    string // "28"; empty where the document has no number
	// Texts are those in English. Causes and Fixes are for the code as such; a
	// finding has closer ones, see [Match].
	Texts
	Translations map[string]Texts // by language, see [Languages]
	// When are the findings that lead to this code; none exactly when it is
	// undecidable.
	When    []When
	Aliases []string // other spellings that people search for
	Source  string
	Basis   Basis
}

// Texts are what people read about a code, in one language.
type Texts struct {
	// Message is the service's own text; in a translation it is empty where the
	// service's wording in that language is not known.
	Message string
	Causes  []string
	Fixes   []string
	// Undecidable says why no message can decide whether this code will come;
	// empty where a message can.
	Undecidable string
	// Look is where to look for what no message shows.
	Look []string
}

// In returns the code's texts in a language, in English where there is no
// translation.
func (c *Code) In(lang string) Texts {
	t, ok := c.Translations[lang]
	if !ok {
		return c.Texts
	}
	t.Message = cmp.Or(t.Message, c.Message)
	return t
}

// When ties a rule's findings to a code.
type When struct {
	Rule    string
	Reasons []string // of check.Finding; empty: any
	Rank    int      // 1: the likeliest code for the finding
	// Causes and Fixes narrow down those of the code to this rule; nil: the
	// code's are used.
	Causes       []string
	Fixes        []string
	Translations map[string]Texts // of Causes and Fixes
	Basis        Basis            // of the tie
	Source       string           // of the tie
}

// Match is a code that a finding leads to, with the causes and fixes that fit
// the finding.
type Match struct {
	Code   *Code
	Rank   int
	Causes []string
	Fixes  []string
	Basis  Basis  // the less sure of the code's and the tie's
	Source string // of whichever gave Basis

	when *When
}

// General reports whether Causes and Fixes are those of a code that stands for
// many failures, and nobody but us says for this one too: what they advise is
// then less to the point than what the rule itself does.
func (m Match) General() bool {
	return m.when.Fixes == nil && m.when.Basis == BasisInferred && len(m.Code.Rules()) > 1
}

// In returns what people read about the match in a language, in English where
// there is no translation.
func (m Match) In(lang string) Texts {
	t := m.Code.In(lang)
	own := m.when.Translations[lang]
	if m.when.Causes != nil {
		if t.Causes = own.Causes; t.Causes == nil {
			t.Causes = m.when.Causes
		}
	}
	if m.when.Fixes != nil {
		if t.Fixes = own.Fixes; t.Fixes == nil {
			t.Fixes = m.when.Fixes
		}
	}
	return t
}

// All returns every service, by name.
func All() ([]*Service, error) {
	ts, err := tables()
	if err != nil {
		return nil, err
	}
	return readAll(ts)
}

// Names returns the names of every service, sorted.
func Names() ([]string, error) {
	ts, err := tables()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(ts))
	for i, t := range ts {
		names[i] = t.name
	}
	return names, nil
}

// Get returns the service called name. The error for an unknown one lists
// those there are.
func Get(name string) (*Service, error) {
	ts, err := tables()
	if err != nil {
		return nil, err
	}
	for _, t := range ts {
		if strings.EqualFold(t.name, name) {
			return t.read()
		}
	}
	names, err := Names()
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("unknown service %q; the services are %s", name, strings.Join(names, ", "))
}

// Find returns the service's code by its number or name ("28", "AS0062"), by
// its id with or without the service ("webex/28", "signature-invalid"), or nil.
// Case is ignored.
func (s *Service) Find(code string) *Code {
	code = strings.TrimSpace(code)
	for _, c := range s.Codes {
		if strings.EqualFold(code, c.ID) || strings.EqualFold(code, c.Code) && code != "" ||
			strings.EqualFold(code, strings.TrimPrefix(c.ID, s.Name+"/")) {
			return c
		}
	}
	return nil
}

// Leads reports whether a finding of rule with reason leads to the code.
func (c *Code) Leads(rule, reason string) bool {
	return slices.ContainsFunc(c.When, func(w When) bool { return w.covers(rule, reason) })
}

func (w *When) covers(rule, reason string) bool {
	return w.Rule == rule && (len(w.Reasons) == 0 || slices.Contains(w.Reasons, reason))
}

// CodesFor returns the codes that a finding of rule with reason leads to, by
// rank; none when the service has no code of its own for it.
func (s *Service) CodesFor(rule, reason string) []Match {
	return s.matches(func(w *When) bool { return w.covers(rule, reason) })
}

// CodesOf returns the codes that any finding of rule can lead to, by rank.
func (s *Service) CodesOf(rule string) []Match {
	return s.matches(func(w *When) bool { return w.Rule == rule })
}

func (s *Service) matches(fits func(*When) bool) []Match {
	var ms []Match
	for _, c := range s.Codes {
		best := -1
		for i := range c.When {
			if fits(&c.When[i]) && (best < 0 || c.When[i].Rank < c.When[best].Rank) {
				best = i
			}
		}
		if best >= 0 {
			ms = append(ms, c.match(&c.When[best]))
		}
	}
	slices.SortStableFunc(ms, func(a, b Match) int { return cmp.Compare(a.Rank, b.Rank) })
	return ms
}

func (c *Code) match(w *When) Match {
	m := Match{Code: c, Rank: w.Rank, Causes: w.Causes, Fixes: w.Fixes, Basis: w.Basis, Source: w.Source, when: w}
	if m.Causes == nil {
		m.Causes = c.Causes
	}
	if m.Fixes == nil {
		m.Fixes = c.Fixes
	}
	if c.Basis.doubt() > w.Basis.doubt() {
		m.Basis, m.Source = c.Basis, c.Source
	}
	return m
}

// Rules returns the ids of the rules that lead to the code, each once, in the
// order of When.
func (c *Code) Rules() []string {
	var ids []string
	for i := range c.When {
		if !slices.Contains(ids, c.When[i].Rule) {
			ids = append(ids, c.When[i].Rule)
		}
	}
	return ids
}
