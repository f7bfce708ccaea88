package report

import (
	"cmp"
	"slices"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/report/services"
)

// joinResult joins a rule's answer with the codes and the advice of the judged
// service, or with the codes of all where there is none.
func joinResult(r *check.Result, svc *services.Service, lang string) Result {
	out := Result{
		Rule: r.Rule.ID, Status: r.Status, Severity: string(r.Severity), Title: r.Rule.Title,
		Why: r.Why, unseen: r.Unseen, leftOut: r.LeftOut, Needs: nonNil(r.Needs), Findings: []Finding{}, LikelyCauses: []string{}, Fixes: []string{}, Codes: []Code{},
	}
	for i := range r.Findings {
		out.Findings = append(out.Findings, joinFinding(&r.Findings[i]))
	}
	if r.Status != check.StatusFail && r.Status != check.StatusWarn {
		return out
	}
	out.Codes = codesFor(r, svc, lang)
	for _, f := range r.Findings {
		if f.Fix != "" && !slices.Contains(out.Fixes, f.Fix) {
			out.Fixes = append(out.Fixes, f.Fix)
		}
	}
	proved := 0
	if r.Rule.Group == check.GroupSignature && provenFixes(r.Findings) {
		proved = len(out.Fixes)
	}
	out.advise(r.Rule, svc, lang)
	if proved > 0 {
		out.told = proved
	}
	if own := ownLikely(r.Findings); own != nil {
		out.LikelyCauses = own
	}
	return out
}

// provenFixes reports whether all that fail come with what was proved and what to
// do about it: a table's advice for their code, such as to import a certificate
// anew, may be wrong then.
func provenFixes(findings []check.Finding) bool {
	return !slices.ContainsFunc(findings, func(f check.Finding) bool {
		return f.Severity == expect.SeverityError && (f.Cause == nil || f.Cause.Evidence == "" || f.Fix == "")
	})
}

// ownLikely are the likely causes of the findings themselves, nil unless all that
// fail have their own.
func ownLikely(findings []check.Finding) []string {
	var list []string
	for _, f := range findings {
		switch {
		case f.Severity != expect.SeverityError:
		case f.Likely == nil:
			return nil
		default:
			list = appendNew(list, f.Likely)
		}
	}
	return list
}

// advise gathers likely causes and fixes. The judged service's own words come
// first, then the rule's: a service's table tells its console, the rule what is
// wrong with the message. What the table says of a code that stands for many
// failures comes last.
func (r *Result) advise(rule *check.Rule, svc *services.Service, lang string) {
	var general []Code
	if svc != nil {
		for _, c := range r.Codes {
			switch {
			case c.Rank > 1:
			case c.general:
				general = append(general, c)
			default:
				r.LikelyCauses = appendNew(r.LikelyCauses, c.Causes)
				r.Fixes = appendNew(r.Fixes, c.Fixes)
			}
		}
	}
	own := len(r.Fixes)
	// The rules speak English only: beside a service's words in another language
	// they would say the same once more.
	if lang == "" || lang == services.Languages()[0] || len(r.LikelyCauses) == 0 {
		r.LikelyCauses = appendNew(r.LikelyCauses, rule.Doc.Likely)
		r.Fixes = appendNew(r.Fixes, rule.Doc.Fix)
	}
	if r.told = own; own == 0 {
		r.told = len(r.Fixes)
	}
	for _, c := range general {
		r.LikelyCauses = appendNew(r.LikelyCauses, c.Causes)
		r.Fixes = appendNew(r.Fixes, c.Fixes)
	}
}

func joinFinding(f *check.Finding) Finding {
	out := Finding{
		Reason: f.Reason, Severity: string(f.Severity), Message: f.Message, Path: f.Path,
		Line: f.Position.Line, Column: f.Position.Column, In: f.In,
		Expected: nonNil(f.Expected), ExpectedFrom: f.ExpectedFrom, Actual: nonNil(f.Actual),
		Note: f.Note, Window: f.Window,
	}
	if len(f.Tried) > 0 {
		out.Tried = &Tried{Bounded: f.Bounded}
		for _, a := range f.Tried {
			out.Tried.Causes = append(out.Tried.Causes, Attempt(a))
		}
	}
	if f.Cause != nil {
		out.Cause = &Cause{ID: f.Cause.ID, Text: f.Cause.Text, Evidence: f.Cause.Evidence, expected: f.Cause.Expected, index: f.Cause.Index, field: f.Cause.Field}
	}
	return out
}

// codesFor are the codes that the failing findings lead to. Warnings lead to
// none: the service lets them pass.
func codesFor(r *check.Result, svc *services.Service, lang string) []Code {
	codes := []Code{}
	if r.Status != check.StatusFail {
		return codes
	}
	all := []*services.Service{svc}
	if svc == nil {
		var err error
		if all, err = services.All(); err != nil {
			return codes // the tables are embedded and tested: cannot happen
		}
	}
	for _, s := range all {
		var own []Code
		for _, f := range r.Findings {
			if f.Severity != expect.SeverityError {
				continue
			}
			for _, m := range s.CodesFor(r.Rule.ID, f.Reason) {
				if slices.ContainsFunc(own, func(c Code) bool { return c.ID == m.Code.ID }) {
					continue
				}
				text := m.In(lang)
				own = append(own, Code{
					Service: s.Name, ID: m.Code.ID, Code: m.Code.Code, Message: text.Message,
					Causes: nonNil(text.Causes), Fixes: nonNil(text.Fixes),
					Source: m.Source, Basis: string(m.Basis), Rank: m.Rank, general: m.General(),
				})
			}
		}
		slices.SortStableFunc(own, func(a, b Code) int { return cmp.Compare(a.Rank, b.Rank) })
		codes = append(codes, own...)
	}
	return codes
}
