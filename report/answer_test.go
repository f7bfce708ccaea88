package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/report"
)

// answeredWith is a story whose last exchange was answered by status and page.
func answeredWith(t *testing.T, name string, status int, page string) string {
	t.Helper()
	return edited(t, name, func(entries []any) []any {
		entries[len(entries)-1].(map[string]any)["response"] = map[string]any{
			"status": status, "headers": []any{}, "content": map[string]any{"mimeType": "text/html", "text": page},
		}
		return entries
	})
}

// edited is a story with other entries.
func edited(t *testing.T, name string, edit func(entries []any) []any) string {
	t.Helper()
	var har map[string]any
	if err := json.Unmarshal([]byte(story(t, name)), &har); err != nil {
		t.Fatal(err)
	}
	log := har["log"].(map[string]any)
	log["entries"] = edit(log["entries"].([]any))
	b, err := json.Marshal(har)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestAnswerFollows: where something else fails the service's answer is its
// consequence: it is no further failure and has no advice of its own.
func TestAnswerFollows(t *testing.T) {
	page := "<h1>User Authentication Failed</h1><p>Reason: Invalid SAML assertion (13)</p>"
	r := judge(t, "x.har", answeredWith(t, "webex-audience.har", 403, page), report.Options{Given: webexFlags})
	text := write(t, r, "text", report.Style{Width: 80})
	for _, want := range []string{
		"Fails: the audience does not name this service.\n",
		"told         Webex Meetings 13: Invalid SAML assertion (the service's answer)\n             audience fails, which leads to this code.\n\n",
		"code    Webex Meetings 13: Invalid SAML assertion (as the service answered)\n",
		"code    Webex Meetings 13, as in 1\n   likely  It follows from what else fails in this report.\n   to do   Mend that first.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

// TestAnswerAlone: an answer that nothing in the message explains says where to
// look, and when.
func TestAnswerAlone(t *testing.T) {
	for _, c := range []struct{ name, page, want string }{
		{"with words", "<h1>No seat left</h1>", "Next: Look the service's words up in its documentation, and in its log at\n  10:00:30 UTC.\n"},
		{"without", "", "Next: The service gave no reason: look in its log at 10:00:30 UTC.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			given := report.Options{Given: webexFlags}
			r := judge(t, "x.har", answeredWith(t, "webex-works.har", 403, c.page), given)
			text := write(t, r, "text", report.Style{Width: 80})
			if !strings.Contains(text, "Fails: the service answered the login with an error.") || !strings.Contains(text, c.want) {
				t.Errorf("the report lacks %q:\n%s", c.want, text)
			}
			if strings.Contains(text, "has no code of its own") {
				t.Errorf("the service's own words are said to have no code:\n%s", text)
			}
		})
	}
}

// TestUnanswered: a capture with nothing but the request of a login does not
// look like a login that works.
func TestUnanswered(t *testing.T) {
	data := edited(t, "webex-works.har", func(entries []any) []any { return entries[:2] })
	r := judge(t, "x.har", data, report.Options{Given: webexFlags})
	for _, m := range r.Messages {
		if m.Verdict != report.VerdictIncomplete || !strings.Contains(m.Headline, "no answer of the IdP") || !strings.Contains(m.ChangeFirst, "Preserve log") {
			t.Errorf("%s: %s %q", m.Message.Type, m.Verdict, m.Headline)
		}
	}
	if text := write(t, r, "text", report.Style{}); strings.Contains(text, "✓") {
		t.Errorf("a good mark on a login without its answer:\n%s", text)
	}
}

// TestLoginFirst: what decides the login comes before a request that only warns
// and before a delivery that a later one supersedes.
func TestLoginFirst(t *testing.T) {
	for _, c := range []struct {
		name  string
		given report.Options
	}{
		{"webex-audience.har", report.Options{Services: []string{"qualtrics"}}},
		{"webex-reloaded.har", report.Options{Given: webexFlags}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := write(t, judge(t, "x.har", story(t, c.name), c.given), "text", report.Style{})
			if !strings.HasPrefix(text, "✗ x.har") {
				t.Errorf("the report begins with %.60q", text)
			}
		})
	}
}

// TestNoAnswer: a Response that passes, and that the service did not answer, is
// no login that works.
func TestNoAnswer(t *testing.T) {
	data := edited(t, "webex-works.har", func(entries []any) []any {
		entries[len(entries)-1].(map[string]any)["response"] = map[string]any{"status": 0, "headers": []any{}, "content": map[string]any{}}
		return entries
	})
	r := judge(t, "x.har", data, report.Options{Given: webexFlags})
	text := write(t, r, "text", report.Style{Width: 80})
	for _, want := range []string{"holds no answer of the service", "→ no answer\n", "Next: Open \"https://acme.webex.com/", "warned       service-answer"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

// TestLadderKeepsToItsLines: where neither path nor IDs have room, the IDs go
// and every step keeps one line.
func TestLadderKeepsToItsLines(t *testing.T) {
	long := strings.ReplaceAll(story(t, "webex-works.har"), "acme.webex.com", "acme-of-a-very-long-name-indeed.webex.com")
	r := judge(t, "x.har", long, report.Options{})
	text := write(t, r, "text", report.Style{Width: 80})
	_, ladder, _ := strings.Cut(text, "it began at the service\n")
	ladder, _, _ = strings.Cut(ladder, "\n\n")
	if got, want := strings.Count(ladder, "\n")+1, len(r.Logins[0].Steps); got != want {
		t.Errorf("%d lines for %d steps:\n%s", got, want, ladder)
	}
}

// TestOverall: one line speaks for the logins of one input, and for those of
// several.
func TestOverall(t *testing.T) {
	tabs := judge(t, "tabs.har", story(t, "webex-two-tabs.har"), report.Options{Given: webexFlags})
	works := judge(t, "works.har", story(t, "webex-works.har"), report.Options{Given: webexFlags})
	for _, c := range []struct {
		name     string
		messages []report.Message
		want     string
	}{
		{"one input", tabs.Messages, "✗ tabs.har: 1 of 2 logins fails; it is login 2, and it fails: the audience does\n  not name this service. --login 2 shows it alone.\n\n"},
		{"several", append(works.Messages, tabs.Messages...), "✗ 1 of 3 logins fails; it is tabs.har, login 2, and it fails: the audience does\n  not name this service.\n\n"},
		{"one login", works.Messages, "✓ works.har"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := write(t, report.New("test", c.messages, nil), "text", report.Style{Width: 80})
			if !strings.HasPrefix(text, c.want) {
				t.Errorf("the report begins with\n%.200s\nand not with\n%s", text, c.want)
			}
		})
	}
}
