package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/report"
	"github.com/samlwhy/samlwhy/report/services"
)

// delivered is the last message of a report: the response of a captured login.
func delivered(t *testing.T, r *report.Report) *report.Message {
	t.Helper()
	for i := range r.Messages {
		if r.Messages[i].Message.Type == "Response" && r.Messages[i].Source.Binding == "HTTP-POST" {
			return &r.Messages[i]
		}
	}
	t.Fatal("the report has no response")
	return nil
}

func standing(a *report.AskedCode, rule string) report.AskedRule {
	for _, r := range a.Rules {
		if r.Rule == rule {
			return r
		}
	}
	return report.AskedRule{}
}

func TestAskedCode(t *testing.T) {
	tests := []struct {
		name, story, code string
		id, conclusion    string // its beginning; "" where no code is told
		explained         bool
		note              string
	}{
		{"a rule that leads to it fails", "webex-audience.har", "13", "webex/13", "audience fails", true, ""},
		{"by its Dutch message", "webex-audience.har", "Ongeldige SAML-assertie", "webex/13", "audience fails", true, ""},
		{"what fails leads to another code", "webex-audience.har", "31", "webex/31", "Every rule that leads to it passes", false, ""},
		{"nothing fails", "webex-works.har", "28", "webex/28", "Every rule that leads to it passes", false, ""},
		{"no message decides it", "webex-works.har", "3", "webex/3", "No message decides this code.", false, ""},
		{"a code of another service", "webex-works.har", "SSO_MISSING_USERNAME", "", "", false, "--code SSO_MISSING_USERNAME: Webex Meetings has no such code"},
		{"nothing was told", "webex-works.har", "", "", "", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := judge(t, tt.story, story(t, tt.story), report.Options{Given: webexFlags, Code: tt.code})
			if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, tt.note) || tt.note == "" && strings.Contains(notes, "--code") {
				t.Errorf("the notes are %q, without %q", notes, tt.note)
			}
			a := delivered(t, r).AskedCode
			if tt.id == "" {
				if a != nil {
					t.Errorf("code %s is told", a.ID)
				}
				return
			}
			if a == nil {
				t.Fatal("no code is told")
			}
			if a.ID != tt.id || a.Explained != tt.explained || !strings.HasPrefix(a.Conclusion, tt.conclusion) || a.From != "--code" {
				t.Errorf("%s from %s, explained %v: %q", a.ID, a.From, a.Explained, a.Conclusion)
			}
			if len(a.Look) == 0 {
				t.Error("there is nowhere to look")
			}
		})
	}
}

// TestAskedCodeRules: every rule that leads to the code stands there as it does
// in the results, and why.
func TestAskedCodeRules(t *testing.T) {
	r := judge(t, "x.har", story(t, "webex-four-failures.har"), report.Options{Given: webexFlags, Code: "28"})
	m := delivered(t, r)
	a := m.AskedCode
	svc, err := services.Get("webex")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range svc.Find("28").Rules() {
		for _, res := range m.Results {
			if res.Rule == rule && standing(a, rule).Status != res.Status {
				t.Errorf("%s is %s in the results and %q for the code", rule, res.Status, standing(a, rule).Status)
			}
		}
	}
	if acs := standing(a, "acs-url"); !acs.Leads || acs.Why == "" || acs.Status != check.StatusFail {
		t.Errorf("acs-url: %+v", acs)
	}
	if irt := standing(a, "in-response-to"); irt.Leads || irt.Status != check.StatusPass {
		t.Errorf("in-response-to: %+v", irt)
	}
	text := write(t, r, "text", report.Style{})
	for _, want := range []string{"told         Webex Meetings 28: InResponseTo does not match the request ID\n             (--code)\n", "acs-url fails, which leads to this code.\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "look at") {
		t.Error("a code that is explained still says where else to look")
	}
}

// TestAskedCodeSkipped: a rule that could not be asked names what would let it.
func TestAskedCodeSkipped(t *testing.T) {
	r := judge(t, "x.har", story(t, "webex-works.har"), report.Options{Code: "24"})
	a := delivered(t, r).AskedCode
	if a == nil || !strings.Contains(a.Conclusion, "could not be asked") || !strings.Contains(a.Conclusion, "--idp-entity-id") {
		t.Fatalf("the conclusion is %+v", a)
	}
	if text := write(t, r, "text", report.Style{}); !strings.Contains(text, "issuer could not be asked: ") || !strings.Contains(text, "look at      \"Issuer for SAML (IdP ID)\"") {
		t.Errorf("the report is\n%s", text)
	}
}

// TestAnswerOfTheService: a code in the page that came back is told without
// anybody asking.
func TestAnswerOfTheService(t *testing.T) {
	with := func(status, body, redirect string) string {
		var har map[string]any
		if err := json.Unmarshal([]byte(story(t, "webex-works.har")), &har); err != nil {
			t.Fatal(err)
		}
		log := har["log"].(map[string]any)
		entries := log["entries"].([]any)
		last := entries[len(entries)-1].(map[string]any)
		response := map[string]any{"status": 200, "headers": []any{}, "content": map[string]any{"mimeType": "text/html", "text": body}}
		if redirect != "" {
			response["status"], response["redirectURL"] = 302, redirect
			response["headers"] = []any{map[string]any{"name": "Location", "value": redirect}}
			delete(response, "content")
			next := map[string]any{
				"startedDateTime": last["startedDateTime"], "time": 10,
				"request":  map[string]any{"method": "GET", "url": redirect, "headers": []any{}, "queryString": []any{}},
				"response": map[string]any{"status": 200, "headers": []any{}, "content": map[string]any{"mimeType": "text/html", "text": body}},
			}
			log["entries"] = append(entries, next)
		}
		last["response"] = response
		b, err := json.Marshal(har)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const page = "<h1>User Authentication Failed</h1><p>Reason: User account is not there (3)</p>"
	tests := []struct {
		name, data, code, id, from string
	}{
		{"in the page", with("", page, ""), "", "webex/3", "the service's answer"},
		{"in the page it was redirected to", with("", page, "https://acme.webex.com/error"), "", "webex/3", "the service's answer"},
		{"what the user says goes first", with("", page, ""), "31", "webex/31", "--code"},
		{"no error", with("", "<p>Welcome (3)</p>", ""), "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := delivered(t, judge(t, "x.har", tt.data, report.Options{Given: webexFlags, Code: tt.code})).AskedCode
			id, from := "", ""
			if a != nil {
				id, from = a.ID, a.From
			}
			if id != tt.id || from != tt.from {
				t.Errorf("%q from %q, want %q from %q", id, from, tt.id, tt.from)
			}
		})
	}
}

// TestCodeWithoutService: a code of several services needs one to be named.
func TestCodeWithoutService(t *testing.T) {
	const xml = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" IssueInstant="2026-03-04T10:00:00Z"/>`
	r := judge(t, "r.xml", xml, report.Options{Code: "31"})
	if r.Messages[0].AskedCode != nil || !strings.Contains(strings.Join(r.Notes, "\n"), "--code 31 is a code of webex, webex-meetings-server") {
		t.Errorf("notes %q, code %+v", r.Notes, r.Messages[0].AskedCode)
	}
	r = judge(t, "r.xml", xml, report.Options{Code: "SSO_MISSING_USERNAME"})
	if a := r.Messages[0].AskedCode; a == nil || a.ID != "qualtrics/SSO_MISSING_USERNAME" {
		t.Errorf("a code of one service only is not told: %+v, notes %q", a, r.Notes)
	}
}

// TestLang: a report and an explanation have the service's texts in the language
// that was asked for, in English where there is none.
func TestLang(t *testing.T) {
	of := func(lang string) report.Result {
		m := delivered(t, judge(t, "x.har", story(t, "webex-audience.har"), report.Options{Given: webexFlags, Lang: lang, Code: "13"}))
		for _, res := range m.Results {
			if res.Rule == "audience" {
				return res
			}
		}
		t.Fatal("audience has no result")
		return report.Result{}
	}
	nl, en, de := of("nl"), of("en"), of("de")
	if c := nl.Codes[0]; c.Message != "Ongeldige SAML-assertie" || !strings.HasPrefix(c.Causes[0], "De assertie is voor een andere dienst") {
		t.Errorf("in Dutch: %q, %q", c.Message, c.Causes)
	}
	if en.Codes[0].Message != "Invalid SAML assertion" || de.Codes[0].Message != en.Codes[0].Message {
		t.Errorf("in English %q, in German %q", en.Codes[0].Message, de.Codes[0].Message)
	}
	if nl.LikelyCauses[0] != nl.Codes[0].Causes[0] || len(nl.LikelyCauses) != len(nl.Codes[0].Causes) {
		t.Errorf("the Dutch causes are %q", nl.LikelyCauses)
	}
	if len(en.LikelyCauses) <= len(en.Codes[0].Causes) {
		t.Errorf("the rule's own causes are missing in English: %q", en.LikelyCauses)
	}
}

func TestExplainInLanguages(t *testing.T) {
	tests := []struct{ term, lang, message, cause, fix string }{
		{"webex/4", "nl", "Geen X.509-certificaat in het systeem gevonden", "Er is geen ondertekeningscertificaat", "Importeer"},
		{"Geen X.509-certificaat in het systeem gevonden", "en", "No X.509 certificate found in the system", "No signing certificate", "In Webex Site"},
		{"SSO_MISSING_USERNAME", "de", "Ein Feld für die", "Das Attribut, das die Verbindung", "Tragen Sie"},
		{"1000:603", "nl", "Cannot start a new session", "Een certificaat op weg", "Vernieuw"},
		{"1000:603", "de", "Cannot start a new session", "A certificate on the way", "Renew"},
	}
	for _, tt := range tests {
		e, err := report.Explain(tt.term, tt.lang)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Codes) == 0 {
			t.Errorf("%q means nothing", tt.term)
			continue
		}
		c := e.Codes[0]
		if !strings.HasPrefix(c.Message, tt.message) || !strings.HasPrefix(c.Causes[0], tt.cause) || !strings.HasPrefix(c.Fixes[0], tt.fix) {
			t.Errorf("%q in %s: %q, %q, %q", tt.term, tt.lang, c.Message, c.Causes, c.Fixes)
		}
	}
}

// TestExplainAnswersForEveryCode: by id, by message in each language, in text
// that fits the width and in JSON that keeps its shape.
func TestExplainAnswersForEveryCode(t *testing.T) {
	all, err := services.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, c := range s.Codes {
			terms := []string{c.ID}
			for _, lang := range services.Languages() {
				terms = append(terms, c.In(lang).Message)
			}
			for _, term := range terms {
				e, err := report.Explain(term, "en")
				if err != nil {
					t.Fatal(err)
				}
				found := false
				for _, x := range e.Codes {
					found = found || x.ID == c.ID
				}
				if !found {
					t.Errorf("%q does not explain %s", term, c.ID)
				}
			}
			for _, lang := range services.Languages() {
				e, err := report.Explain(c.ID, lang)
				if err != nil {
					t.Fatal(err)
				}
				var text, data bytes.Buffer
				if err := report.WriteExplanation(&text, e, "text", report.Style{}); err != nil {
					t.Fatal(err)
				}
				if len(c.When) > 0 && !strings.Contains(text.String(), "decided by") || len(c.When) == 0 && !strings.Contains(text.String(), "no message: ") {
					t.Errorf("%s does not say what decides it:\n%s", c.ID, &text)
				}
				if err := report.WriteExplanation(&data, e, "json", report.Style{}); err != nil {
					t.Fatal(err)
				}
				var got struct {
					Schema string
					Codes  []map[string]any
				}
				if err := json.Unmarshal(data.Bytes(), &got); err != nil || len(got.Codes) != 1 || got.Schema != "samlwhy.explain/v1" {
					t.Fatalf("%s: %v, %d codes", c.ID, err, len(got.Codes))
				}
				for _, key := range []string{"service", "id", "code", "message", "messages", "causes", "fixes", "rules", "undecidable", "look", "source", "basis"} {
					if _, ok := got.Codes[0][key]; !ok {
						t.Errorf("%s in %s has no %s", c.ID, lang, key)
					}
				}
			}
		}
	}
}

func TestExplainService(t *testing.T) {
	for _, term := range []string{"qualtrics", "Qualtrics", " QUALTRICS "} {
		e, err := report.Explain(term, "de")
		if err != nil || len(e.Services) != 1 || len(e.Codes) > 0 || !e.Known() {
			t.Fatalf("%q: %+v, %v", term, e, err)
		}
		s := e.Services[0]
		if s.Name != "qualtrics" || len(s.Codes) != 10 || !strings.HasPrefix(s.Facts[0].Text, "Qualtrics verwendet NameID nicht") {
			t.Errorf("%q: %+v", term, s)
		}
	}
	e, err := report.Explain("webex-meetings-server", "en")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := report.WriteExplanation(&text, e, "text", report.Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"SAML 2.0 only", "--service webex-meetings-server", "31, 32, idp-without-certificate"} {
		if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), want) {
			t.Errorf("the text lacks %q:\n%s", want, &text)
		}
	}
}
