package check_test

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/checktest"
	"github.com/samlwhy/samlwhy/decode"
)

// TestLoginFindings: what the rules about a login report can be shown: a place,
// one sentence, a cause whose caret points into the value.
func TestLoginFindings(t *testing.T) {
	rules := check.Rules()
	groups := []check.Group{check.GroupIssuer, check.GroupTime, check.GroupConditions}
	asked := 0
	for _, r := range rules {
		if !slices.Contains(groups, r.Group) {
			continue
		}
		for _, c := range checktest.Cases() {
			if c.Rule != r.ID {
				continue
			}
			asked++
			t.Run(c.File(), func(t *testing.T) {
				got, err := c.Ask([]*check.Rule{r})
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range got.Findings {
					lookAt(t, r, f)
				}
			})
		}
	}
	if asked < 200 {
		t.Errorf("only %d fixtures were asked", asked)
	}
}

func lookAt(t *testing.T, r *check.Rule, f check.Finding) {
	t.Helper()
	t.Logf("%s: %s [%s] %s", f.Reason, f.Message, f.Path, f.Note)
	if f.Cause != nil {
		t.Logf("  cause %s: %s (%s)", f.Cause.ID, f.Cause.Text, f.Cause.Evidence)
	}
	if !strings.HasPrefix(f.Path, "/") || f.Position.Line == 0 {
		t.Errorf("%s has no place: %q %+v", f.Reason, f.Path, f.Position)
	}
	if !strings.HasSuffix(f.Message, ".") || strings.Contains(f.Message, "%!") || strings.Contains(f.Message, "()") {
		t.Errorf("%s: no sentence: %s", f.Reason, f.Message)
	}
	if r.Group == check.GroupTime && (f.Window == nil || f.Window.Evaluated.IsZero()) {
		t.Errorf("%s has no window to draw", f.Reason)
	}
	if c := f.Cause; c != nil {
		if c.Text == "" || c.Evidence == "" {
			t.Errorf("%s: cause %s is not explained: %+v", f.Reason, c.ID, c)
		}
		if c.Index >= 0 && (len(f.Actual) == 0 || c.Index > len([]rune(f.Actual[0])) || c.Index > len([]rune(c.Expected))) {
			t.Errorf("%s: the caret of cause %s stands outside: %d in %q and %q", f.Reason, c.ID, c.Index, c.Expected, f.Actual)
		}
	}
}

// TestTruncated: cut off anywhere, the good login is never said to lack what
// the cut took away.
func TestTruncated(t *testing.T) {
	whole := checktest.Response()
	for n := 400; n < len(whole); n += 7 {
		c := checktest.Case{Rule: "cut", Name: "cut", Want: check.StatusFail, Input: whole[:n], Ext: "xml"}
		in, err := c.In()
		if err != nil {
			continue // too little to be taken for XML
		}
		for _, r := range check.Run(check.Rules(), in, check.Options{}) {
			switch r.Rule.Group {
			case check.GroupIssuer, check.GroupTime, check.GroupConditions:
			default:
				continue
			}
			if r.Status == check.StatusFail || r.Status == check.StatusWarn || r.Status == check.StatusBroken {
				t.Errorf("cut at byte %d (…%q): %s answers %s: %s %+v", n, whole[n-30:n], r.Rule.ID, r.Status, r.Why, r.Findings)
			}
		}
	}
}

// TestManyOfEverything: a hostile number of elements costs no more than reading
// them.
func TestManyOfEverything(t *testing.T) {
	const many = 3000
	confirmation := checktest.Response()
	from := strings.Index(confirmation, "      <saml:SubjectConfirmation ")
	to := strings.Index(confirmation, "    </saml:Subject>")
	confirmation = confirmation[from:to]
	wrong := checktest.Edit(confirmation, checktest.ACS, "https://sp.example.com/saml/acs2")
	input := checktest.Edit(checktest.Response(),
		confirmation, strings.Repeat(wrong, many),
		checktest.Attribute("firstname", "Alex"), strings.Repeat(checktest.Attribute("firstname", "A\nlex"), many))
	assertion := checktest.Assertion()
	input = checktest.Edit(input, "</samlp:Response>", strings.Repeat(checktest.Edit(assertion, checktest.SP, "urn:example:x")+"\n", many/10)+"</samlp:Response>")
	c := checktest.Case{Rule: "many", Name: "many", Input: input, Ext: "xml"}
	in, err := c.In()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range check.Run(check.Rules(), in, check.Options{}) {
		if r.Status == check.StatusBroken {
			t.Errorf("%s: %s", r.Rule.ID, r.Why)
		}
		if r.Rule.ID == "recipient" && r.Status != check.StatusFail {
			t.Errorf("recipient answers %s", r.Status)
		}
		if n := len(r.Findings); n > 5000 {
			t.Errorf("%s has %d findings", r.Rule.ID, n)
		}
	}
}

// TestSentAgain: of two deliveries of one Response, the second is late because
// it is the second.
func TestSentAgain(t *testing.T) {
	form := url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString([]byte(checktest.Response()))}}.Encode()
	entry := `{"startedDateTime":"2026-03-04T%sZ","time":50,"request":{"method":"POST","url":"` + checktest.ACS +
		`","headers":[],"postData":{"mimeType":"application/x-www-form-urlencoded","text":"` + form + `"}},"response":{"status":200}}`
	har := `{"log":{"version":"1.2","entries":[` + strings.ReplaceAll(entry, "%s", "10:00:30.000") + "," + strings.ReplaceAll(entry, "%s", "10:20:30.000") + "]}}"
	trace, err := decode.Read("again.har", []byte(har), decode.Options{})
	if err != nil || len(trace.Messages) != 2 {
		t.Fatalf("%v, %+v", err, trace)
	}
	m := trace.Messages[1]
	in := check.NewInput(check.Input{
		Message: m, Trace: trace, Expect: checktest.Expected(),
		At: check.At{Time: m.Capture.Time, Basis: check.BasisCaptured},
	})
	for _, r := range check.Run(check.Rules(), in, check.Options{Only: []string{"not-on-or-after"}}) {
		if r.Rule.ID != "not-on-or-after" {
			continue
		}
		if len(r.Findings) != 2 || r.Findings[0].Cause == nil || r.Findings[0].Cause.ID != "late-delivery" ||
			!strings.Contains(r.Findings[0].Cause.Evidence, "10:00:30") {
			t.Errorf("findings %+v", r.Findings)
		}
	}
}

// TestStaleIsNoExcuse: that time has passed excuses only what was good at issue.
func TestStaleIsNoExcuse(t *testing.T) {
	c := checktest.Case{
		Rule: "recipient", Name: "stale", Ext: "xml",
		Input: checktest.Edit(checktest.Response(), `Recipient="`+checktest.ACS, `Recipient="https://other.example.com`),
		At:    checktest.Issued().Add(72 * time.Hour), Basis: check.BasisNow,
	}
	in, err := c.In()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]check.Status{"recipient": check.StatusFail, "subject-confirmation": check.StatusFail, "not-on-or-after": check.StatusWarn}
	for _, r := range check.Run(check.Rules(), in, check.Options{}) {
		if w, ok := want[r.Rule.ID]; ok && r.Status != w {
			t.Errorf("%s answers %s, want %s", r.Rule.ID, r.Status, w)
		}
	}
}
