package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/checktest"
)

// stricter are the rules that refuse a message for what an attack does to it,
// whatever signature-wrapping says.
var stricter = []string{"signature-wrapping", "doctype", "signature-digest", "signature-value"}

// TestAttacksFail: each known attack fails signature-wrapping, or a rule that is
// stricter still, and what was signed and what would be read are both shown.
func TestAttacksFail(t *testing.T) {
	rules := check.Rules()
	for _, a := range checktest.Attacks() {
		t.Run(a.Name, func(t *testing.T) {
			in, err := checktest.Case{Input: a.XML, Ext: "xml"}.In()
			if err != nil {
				t.Fatal(err)
			}
			caught := map[string]check.Result{}
			for _, r := range check.Run(rules, in, check.Options{}) {
				if r.Status == check.StatusFail && slices.Contains(stricter, r.Rule.ID) {
					caught[r.Rule.ID] = r
				}
				if r.Status == check.StatusBroken {
					t.Errorf("%s is broken: %s", r.Rule.ID, r.Why)
				}
			}
			if len(caught) == 0 {
				t.Fatalf("%s goes through", a.About)
			}
			if len(a.Name) > 4 && a.Name[:4] == "xsw-" {
				w, ok := caught["signature-wrapping"]
				if !ok {
					t.Fatalf("only caught by %v", caught)
				}
				for _, f := range w.Findings {
					if f.Path == "" || f.Position.Line == 0 {
						t.Errorf("%s shows no place", f.Reason)
					}
				}
			}
		})
	}
}

// TestGoodSignaturesAreNoAttack: what IdPs really send trips nothing.
func TestGoodSignaturesAreNoAttack(t *testing.T) {
	for _, c := range checktest.Cases() {
		if c.Want != check.StatusPass || (c.Rule != "signature-digest" && c.Rule != "signature-value" && c.Rule != "signed") {
			continue
		}
		c.Rule = "signature-wrapping"
		got, err := c.Ask(check.Rules())
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != check.StatusPass {
			t.Errorf("%s: signature-wrapping says %s: %+v", c.Name, got.Status, got.Findings)
		}
	}
}

// TestManySignatures: as many signatures and assertions as a sender likes cost
// no more than their number. Done pair by pair, this test would not end.
func TestManySignatures(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ID="_r">`)
	for i := range 20_000 {
		fmt.Fprintf(&b, `<saml:Assertion ID="_a%d"><ds:Signature><ds:SignedInfo><ds:Reference URI="#_a%d"/></ds:SignedInfo></ds:Signature></saml:Assertion>`, i, i+1)
	}
	b.WriteString(`</samlp:Response>`)
	in, err := checktest.Case{Input: b.String(), Ext: "xml"}.In()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range check.Run(check.Rules(), in, check.Options{}) {
		if r.Status == check.StatusBroken {
			t.Errorf("%s is broken: %s", r.Rule.ID, r.Why)
		}
		if r.Rule.ID == "signature-wrapping" && r.Status != check.StatusFail {
			t.Errorf("signature-wrapping says %s", r.Status)
		}
	}
}
