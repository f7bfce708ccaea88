package services

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
)

// Validate holds services against the rules of the catalogue and against each
// other, and reports everything that is wrong with them, joined: names, ids and
// fields that are missing or repeated, and rules and reasons that do not exist.
// It is for tests; what was embedded does not change afterwards.
func Validate(svcs []*Service, rules []*check.Rule) error {
	v := &validator{
		rules: make(map[string]*check.Rule, len(rules)),
		ids:   make(map[string]bool),
		name:  regexp.MustCompile(`\A[a-z][a-z0-9]*(-[a-z0-9]+)*\z`),
	}
	for _, r := range rules {
		v.rules[r.ID] = r
	}
	for _, s := range svcs {
		v.service(s)
	}
	return errors.Join(v.errs...)
}

type validator struct {
	rules map[string]*check.Rule
	ids   map[string]bool // of services and codes
	name  *regexp.Regexp
	errs  []error
}

func (v *validator) require(ok bool, where, format string, args ...any) {
	if !ok {
		v.errs = append(v.errs, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
	}
}

// once reports an id that was there before.
func (v *validator) once(id, where string) {
	key := strings.ToLower(id)
	v.require(!v.ids[key], where, "the id is taken")
	v.ids[key] = true
}

func (v *validator) service(s *Service) {
	v.require(v.name.MatchString(s.Name), s.Name, "a service's name is lower-case words joined by hyphens")
	v.once(s.Name, s.Name)
	v.require(s.Title != "", s.Name, "title is missing")
	v.require(len(s.Codes) > 0, s.Name, "codes are missing")
	for _, a := range s.Expect.Attributes {
		where := s.Name + ": attribute " + a.Name
		v.require(a.Name != "", where, "name is missing")
		switch a.Type {
		case "", "email", "country", "timestamp", "integer-list":
		default:
			v.require(false, where, "unknown type %q", a.Type)
		}
		v.require(a.MaxLength >= 0, where, "max_length is negative")
		if a.Severity != "" {
			v.severity(a.Severity, where)
		}
	}
	for _, sv := range s.Severities {
		where := s.Name + ": severity of " + sv.Rule
		v.severity(sv.Severity, where)
		v.require(sv.Source != "", where, "source is missing")
		var reasons []string
		if sv.Reason != "" {
			reasons = []string{sv.Reason}
		}
		v.rule(sv.Rule, reasons, where)
	}
	for _, p := range slices.Concat(s.Expect.SPPatterns, s.Expect.ACSPatterns) {
		_, err := regexp.Compile(p.Regexp)
		v.require(err == nil, s.Name, "pattern %q: %v", p.Text, err)
	}
	for _, a := range s.Answers {
		re, err := regexp.Compile(a)
		v.require(err == nil && re.NumSubexp() == 1, s.Name, "answers: %q is no expression with one group", a)
	}
	for _, f := range s.Facts {
		v.texts(s.Name+": facts", []string{f.Text, f.Source})
	}
	codes := make(map[string]bool)
	for _, c := range s.Codes {
		v.once(c.ID, c.ID)
		if c.Code != "" {
			key := strings.ToLower(c.Code)
			v.require(!codes[key], c.ID, "the code is taken")
			codes[key] = true
		}
		v.code(c, s.Name)
	}
}

func (v *validator) code(c *Code, service string) {
	id := strings.TrimPrefix(c.ID, service+"/")
	if c.Code == "" {
		v.require(v.name.MatchString(id), c.ID, "a code without a number needs an id of lower-case words")
	}
	v.require(c.Message != "", c.ID, "message is missing")
	for lang, t := range c.Translations {
		where := c.ID + ": " + lang
		v.translation(where, c.Texts, t)
		v.require(c.Undecidable == "" == (t.Undecidable == ""), where, "undecidable is translated by halves")
		for i := range c.When {
			w := &c.When[i]
			v.translation(where+": when "+w.Rule, Texts{Causes: w.Causes, Fixes: w.Fixes}, w.Translations[lang])
		}
	}
	explained := len(c.Causes) > 0 && len(c.Fixes) > 0
	v.require(explained || c.Undecidable != "", c.ID, "needs causes and fixes, or undecidable")
	v.require(len(c.When) > 0 || c.Undecidable != "", c.ID, "needs when, or undecidable")
	v.require(c.Undecidable == "" || len(c.When) == 0, c.ID, "it is undecidable, so that no rule may lead to it")
	v.require(c.Undecidable == "" || len(c.Look) > 0, c.ID, "undecidable needs look")
	v.source(c.Basis, c.Source, c.ID)
	v.texts(c.ID, c.Causes, c.Fixes, c.Look, c.Aliases)
	for i := range c.When {
		w := &c.When[i]
		where := c.ID + ": when " + w.Rule
		v.rule(w.Rule, w.Reasons, where)
		v.require(w.Rank > 0, where, "rank %d is below 1", w.Rank)
		v.source(w.Basis, w.Source, where)
		v.texts(where, w.Causes, w.Fixes)
	}
}

// translation holds a translation against its original: whoever reads it must
// not miss anything.
func (v *validator) translation(where string, original, t Texts) {
	for _, list := range []struct {
		name    string
		have, n int
	}{{"causes", len(t.Causes), len(original.Causes)}, {"fixes", len(t.Fixes), len(original.Fixes)}, {"look", len(t.Look), len(original.Look)}} {
		v.require(list.have == list.n, where, "%d %s are %d in English", list.have, list.name, list.n)
	}
	v.texts(where, t.Causes, t.Fixes, t.Look)
}

func (v *validator) texts(where string, lists ...[]string) {
	for _, list := range lists {
		for _, t := range list {
			v.require(strings.TrimSpace(t) == t && t != "", where, "%q is empty or has blanks around it", t)
		}
	}
}

func (v *validator) source(b Basis, source, where string) {
	v.require(b.doubt() >= 0, where, "basis is %q, not documented, public, inferred or presumed", b)
	v.require(source != "", where, "source is missing")
}

func (v *validator) severity(s expect.Severity, where string) {
	v.require(s == expect.SeverityError || s == expect.SeverityWarning, where, "severity is %q, not error or warning", s)
}

func (v *validator) rule(id string, reasons []string, where string) {
	r, ok := v.rules[id]
	v.require(ok, where, "there is no rule %q", id)
	if !ok {
		return
	}
	for _, reason := range reasons {
		known := slices.ContainsFunc(r.Reasons, func(k check.Reason) bool { return k.ID == reason })
		v.require(known, where, "rule %q has no reason %q", id, reason)
	}
}
