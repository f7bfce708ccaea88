// Package check asks every rule of the catalogue about one message. A rule is a
// literal and a function; it reads the message, what is expected of it, the
// capture and the evaluation time, and never another rule's result. Findings
// are data until a writer of package report turns them into text; which
// service's error code they lead to is not known here.
package check

import (
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Status is a rule's answer.
type Status string

// The answers a rule can give.
const (
	StatusPass   Status = "pass"
	StatusFail   Status = "fail"
	StatusWarn   Status = "warn"   // it fails, and is only a warning
	StatusSkip   Status = "skip"   // it could not be asked; Why and Needs say more
	StatusNA     Status = "na"     // it does not apply to this message; Why says more
	StatusBroken Status = "broken" // it panicked: a defect of samlwhy
)

// Group is the topic a rule belongs to. The order of the groups is that in
// which a service would meet the failures.
type Group string

// The groups of the catalogue.
const (
	GroupTransport  Group = "Transport"
	GroupXML        Group = "Decoding and XML"
	GroupSignature  Group = "Signature, certificate, encryption"
	GroupIssuer     Group = "Issuer, subject, delivery"
	GroupTime       Group = "Time"
	GroupConditions Group = "Conditions, authentication, attributes"
	GroupOther      Group = "Other messages"
	GroupMetadata   Group = "Metadata"
)

// Groups are the groups in the order of the catalogue.
func Groups() []Group {
	return []Group{
		GroupTransport, GroupXML, GroupSignature, GroupIssuer, GroupTime, GroupConditions, GroupOther, GroupMetadata,
	}
}

// Rule asks one question.
type Rule struct {
	ID       string // public and stable
	Title    string // the failure in a few words, as a report's heading: "Audience does not name this service"
	Question string // what is asked, as "samlwhy rules" lists it
	Group    Group
	Severity expect.Severity // of findings that name none
	Doc      Doc
	// Reasons are all the Finding.Reason ids that Run can give, with what each
	// means. The services' tables are checked against them.
	Reasons []Reason
	// Causes are those that Run can prove, where they are more than a difference
	// between two values.
	Causes []CauseDoc
	// Needs are the flags that supply what Run cannot do without.
	Needs []string
	// Essential: a login rests on it. While it is skipped, a message in which
	// nothing fails is "incomplete" rather than "pass".
	Essential bool
	// Run answers. It must be safe for concurrent use with other rules on the
	// same Input.
	Run func(*Input) Outcome
}

// Doc explains a rule to people; explain, rules and the reports read it.
type Doc struct {
	Why    string   // why the rule exists, what breaks when it fails
	Spec   string   // the section that asks for it
	Likely []string // what usually causes it, most frequent first
	Fix    []string // what to do, and where
}

// Reason is one way in which a rule fails.
type Reason struct {
	ID   string
	Text string
}

// Input is what rules read. Make one with [NewInput]; it may be shared by any
// number of rules at once.
type Input struct {
	Message *decode.Message
	Trace   *decode.Trace // the whole capture the message came in; nil without
	Capture *Capture      // of Trace, shared by its messages; nil: made when needed
	Login   *flow.Login   // the login the message belongs to; nil without
	Expect  *expect.Expect
	At      At

	facts *facts
}

// Basis says whose time a message is judged at.
type Basis string

// The bases of an evaluation time.
const (
	BasisCaptured Basis = "captured" // the capture recorded when it was delivered
	BasisNow      Basis = "now"      // the capture did not; nobody said
	BasisIssued   Basis = "issued"   // --at issued: the message's own IssueInstant
	BasisGiven    Basis = "given"    // --at with a time, or an explicit --at now
)

// At is the evaluation time.
type At struct {
	Time  time.Time
	Basis Basis
	// Shift is what Time has beyond the browser's clock, because the capture
	// shows that the service's is another one; see [At.ByService].
	Shift time.Duration
}

// Outcome is what a rule's Run returns.
type Outcome struct {
	Status Status // pass, skip or na; left empty it follows from Findings
	Why    string // of skip and na
	Needs  []string
	// Unseen says of a skip that the message ends, or cannot be read, before
	// what is asked about.
	Unseen   bool
	Findings []Finding
}

// Result is a rule's answer about one message.
type Result struct {
	Rule     *Rule
	Status   Status
	Severity expect.Severity // of the gravest finding, else the rule's own
	Why      string
	Needs    []string
	Unseen   bool // of a skip, see [Outcome]
	// LeftOut says of a skip that the caller did not want the rule asked.
	LeftOut  bool
	Findings []Finding
}

// Finding is one thing that is wrong.
type Finding struct {
	Reason string // stable id, one of Rule.Reasons
	// Severity of this finding; empty: the rule's.
	Severity expect.Severity
	Path     string // /Response/Assertion/Subject/NameID, /Response/@Destination; empty when it has no element
	Position xmldoc.Position
	// In names the document that Position counts in where it is not that of the
	// message: "the decrypted assertion".
	In      string
	Message string // one sentence: what is wrong, values quoted
	// Expected and Actual are values as they stand, for aligned display; both
	// may be empty where Message says it all.
	Expected     []string
	ExpectedFrom string // "--sp-metadata", "AuthnRequest", "default of Webex Meetings", …
	Actual       []string
	Cause        *Cause // proved: undoing it makes the check pass
	// Fix is what to change for this very finding: which side, which setting,
	// which value. Empty: the rule's Doc.Fix and the service's table say enough.
	Fix string
	// Likely is what usually causes this very finding, where what the rule's Doc
	// and the services' tables say of their other findings would mislead.
	Likely []string
	// Note adds what the reader needs beside the finding, such as that some
	// services let it pass.
	Note string
	// Window is set by time rules.
	Window *Window
	// Tried is what was tried to prove a cause, and Bounded says that the search
	// was stopped at its limit.
	Tried   []Attempt
	Bounded bool
}

// Cause is a proven cause.
type Cause struct {
	ID       string
	Text     string
	Evidence string
	// Field is what of SignedInfo was edited, as package repair names it, "Reference/@URI"; empty for
	// other causes.
	Field string
	// Expected and Index place a caret: the expected value that Actual[0] was
	// compared with, and the character (code point, from 0) of the first
	// difference in both; Index is -1 where no caret helps.
	Expected string
	Index    int
}

// Window is what a time rule compared, for the timeline.
type Window struct {
	Issued       time.Time // zero: unknown
	NotBefore    time.Time // zero: none
	NotOnOrAfter time.Time // zero: none
	Evaluated    time.Time
	Skew         time.Duration
}

func pass() Outcome                    { return Outcome{Status: StatusPass} }
func notApplicable(why string) Outcome { return Outcome{Status: StatusNA, Why: why} }

// skip says that a rule could not be asked; needs are flags that would allow it.
func skip(why string, needs ...string) Outcome {
	return Outcome{Status: StatusSkip, Why: why, Needs: needs}
}

// unseen skips because reading stopped before what the rule asks about.
func unseen(why string) Outcome {
	return Outcome{Status: StatusSkip, Why: why, Unseen: true}
}

// found is pass without findings.
func found(fs ...Finding) Outcome {
	if len(fs) == 0 {
		return pass()
	}
	return Outcome{Findings: fs}
}
