// Package report turns the answers of rules into what people and programs read:
// it joins them with the codes of the services' tables into one view model, and
// holds one writer a format.
package report

import (
	"time"

	"github.com/samlwhy/samlwhy/check"
)

// Schema is the version of the JSON contract that [Report] follows.
const Schema = "samlwhy.report/v1"

// Report is the view model, and with its tags the JSON contract (public:
// scripts and CI depend on it).
type Report struct {
	Schema   string    `json:"schema"`
	Tool     Tool      `json:"tool"`
	Messages []Message `json:"messages"`
	// Logins are those of the captures, see Source.Login; inputs that record no
	// HTTP have none.
	Logins  []Login `json:"logins,omitempty"`
	Summary Summary `json:"summary"`
	// Notes are remarks about inputs, such as files of a folder that hold no
	// message; the text report ends with them.
	Notes []string `json:"notes,omitempty"`
}

// Tool names the program that wrote a report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Summary counts messages by verdict; Broken counts results.
type Summary struct {
	Messages   int `json:"messages"`
	Pass       int `json:"pass"`
	Warn       int `json:"warn"`
	Fail       int `json:"fail"`
	Incomplete int `json:"incomplete"`
	Broken     int `json:"broken"`
}

// Verdict is the answer about one message.
type Verdict string

// The verdicts.
const (
	VerdictPass       Verdict = "pass"
	VerdictWarn       Verdict = "warn"
	VerdictFail       Verdict = "fail"
	VerdictIncomplete Verdict = "incomplete" // nothing failed, but what a login rests on could not be checked
)

// Message is one message as judged for one service.
type Message struct {
	Source  Source      `json:"source"`
	Message Description `json:"message"`
	Service *string     `json:"service"` // nil: none recognised or named
	// ServiceFrom says why it was judged for Service: "--service", or the URL or
	// binding it was recognised by.
	ServiceFrom string      `json:"service_from,omitempty"`
	EvaluatedAt EvaluatedAt `json:"evaluated_at"`
	Verdict     Verdict     `json:"verdict"`
	Headline    string      `json:"headline"`
	ChangeFirst string      `json:"change_first"`
	// AskedCode is the code that the user was told, held against the message;
	// nil when none is known.
	AskedCode *AskedCode `json:"asked_code,omitempty"`
	Results   []Result   `json:"results"`

	// ServiceTitle is Service for people: "Webex Meetings".
	ServiceTitle string `json:"-"`
	// Logins is the number of logins in the capture.
	Logins int `json:"-"`

	login    *Login
	delivery int           // of its login, from 1; 0: it delivers nothing
	shift    time.Duration // see check.At
	// unanswered: of the login the capture holds no more than requests.
	unanswered bool
}

// Source says where a message came from.
type Source struct {
	Input   string     `json:"input"`
	Entry   *int       `json:"entry,omitempty"` // index in the capture, from 0
	Login   int        `json:"login,omitempty"` // from 1
	Kind    string     `json:"kind"`
	Binding string     `json:"binding,omitempty"`
	URL     string     `json:"url,omitempty"`
	Time    *time.Time `json:"time,omitempty"`
}

// Description is what the message says of itself.
type Description struct {
	Type         string              `json:"type"`
	ID           string              `json:"id,omitempty"`
	Issuer       string              `json:"issuer,omitempty"`
	IdP          string              `json:"idp,omitempty"`
	Destination  string              `json:"destination,omitempty"`
	InResponseTo string              `json:"in_response_to,omitempty"`
	NameID       *NameID             `json:"name_id,omitempty"`
	Attributes   map[string][]string `json:"attributes,omitempty"`
	Signatures   []Signature         `json:"signatures,omitempty"`
	Steps        []string            `json:"steps"`
}

// NameID is the subject's identifier.
type NameID struct {
	Value           string `json:"value"`
	Format          string `json:"format,omitempty"`
	NameQualifier   string `json:"name_qualifier,omitempty"`
	SPNameQualifier string `json:"sp_name_qualifier,omitempty"`
	Encrypted       bool   `json:"encrypted,omitempty"`
}

// EvaluatedAt is the evaluation time and whose it is.
type EvaluatedAt struct {
	Time  time.Time   `json:"time"`
	Basis check.Basis `json:"basis"`
}

// Result is one rule's answer, joined with the services' codes.
type Result struct {
	Rule         string       `json:"rule"`
	Status       check.Status `json:"status"`
	Severity     string       `json:"severity"`
	Title        string       `json:"title"`
	Why          string       `json:"why"`
	Needs        []string     `json:"needs"`
	Findings     []Finding    `json:"findings"`
	LikelyCauses []string     `json:"likely_causes"`
	Fixes        []string     `json:"fixes"`
	Codes        []Code       `json:"codes"`

	unseen  bool // skipped because reading stopped before what the rule asks about
	leftOut bool // skipped because nobody wanted it asked
	told    int  // how many of Fixes, the first ones, are worth telling without being asked for more
}

// Finding is one thing that is wrong.
type Finding struct {
	Reason   string `json:"reason"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	// In names what Line and Column count in, where that is not the message:
	// "the decrypted assertion".
	In           string   `json:"in,omitempty"`
	Expected     []string `json:"expected"`
	ExpectedFrom string   `json:"expected_from"`
	Actual       []string `json:"actual"`
	Cause        *Cause   `json:"cause,omitempty"`
	Note         string   `json:"note,omitempty"`
	// Tried is what was tried to prove a cause, in that order.
	Tried *Tried `json:"tried,omitempty"`

	Window *check.Window `json:"-"`
}

// Tried counts the ways that were tried of undoing what may have been done to a
// signed message.
type Tried struct {
	Causes []Attempt `json:"causes"`
	// Bounded says that the search was stopped at its limit.
	Bounded bool `json:"bounded"`
}

// Attempt counts what was tried to prove one cause.
type Attempt struct {
	Cause string `json:"cause"`
	Count int    `json:"count"`
}

// Cause is a proven cause.
type Cause struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	Evidence string `json:"evidence"`

	expected string
	index    int
	field    string // of SignedInfo, see [check.Cause]
}

// Code is a service's own error code for a failure.
type Code struct {
	Service string   `json:"service"`
	ID      string   `json:"id"`
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Causes  []string `json:"causes"`
	Fixes   []string `json:"fixes"`
	Source  string   `json:"source"`
	Basis   string   `json:"basis"`
	Rank    int      `json:"rank"`

	general bool // Causes and Fixes say little about this failure, see services.Match.General
}
