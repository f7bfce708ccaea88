package services

import (
	"testing"

	"github.com/samlwhy/samlwhy/check"
)

// planned are rules that the services' tables already name and that package
// check does not have yet, with the reasons that the tables name.
var planned = map[string][]string{}

// Every rule and reason that a table names exists; a table that names one by
// mistake would be silent where it should speak.
func TestTablesAgreeWithTheCatalogue(t *testing.T) {
	rules := check.Rules()
	for _, r := range rules {
		if _, ok := planned[r.ID]; ok {
			t.Errorf("rule %s exists now; take it out of planned", r.ID)
		}
	}
	for id, reasons := range planned {
		r := &check.Rule{ID: id}
		for _, reason := range reasons {
			r.Reasons = append(r.Reasons, check.Reason{ID: reason})
		}
		rules = append(rules, r)
	}
	if err := Validate(all(t), rules); err != nil {
		t.Error(err)
	}
}
