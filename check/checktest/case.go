package checktest

import (
	"fmt"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
)

//go:generate go run ./generate ../../testdata

// Case is one fixture of a rule: an input, what is expected of it, and the
// rule's answer.
type Case struct {
	Rule string
	Name string // kebab-case; unique within the rule and the status
	Want check.Status
	// Reasons are those of the findings, in order; Causes their cause ids, ""
	// for a finding without one. Empty for pass, skip and na.
	Reasons []string
	Causes  []string

	// Input are the bytes of the fixture: XML, base64, a HAR, whatever the rule
	// needs. Ext is its file extension: "xml", "txt", "har", "html".
	Input string
	Ext   string
	// Read are the limits and the kind that the fixture is read with.
	Read decode.Options
	// Expect changes what is expected of the good login; nil leaves it as
	// [Expected] gives it.
	Expect func(*expect.Expect)
	// At is the evaluation time. The zero value means Delivered.
	At    time.Time
	Basis check.Basis // empty: given
	// Metadata says that the input is metadata, which Expect gives, and that
	// there is no message beside it.
	Metadata bool
	// Message is which message of the input is judged, from 1. The zero value
	// means the first that carries a response, else the first.
	Message int
}

// File is where the fixture is kept, relative to testdata/rules.
func (c Case) File() string {
	return c.Rule + "/" + string(c.Want) + "-" + c.Name + "." + c.Ext
}

// Ask reads the fixture and asks its rule among rules.
func (c Case) Ask(rules []*check.Rule) (check.Result, error) {
	in, err := c.In()
	if err != nil {
		return check.Result{}, err
	}
	for _, r := range check.Run(rules, in, check.Options{Only: []string{c.Rule}}) {
		if r.Rule.ID == c.Rule {
			return r, nil
		}
	}
	return check.Result{}, fmt.Errorf("there is no rule %s", c.Rule)
}

// In is the fixture as rules read it.
func (c Case) In() (*check.Input, error) {
	if c.Metadata {
		return c.judging(check.Input{Message: &decode.Message{}}), nil
	}
	trace, err := decode.Read(c.File(), []byte(c.Input), c.Read)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.File(), err)
	}
	if len(trace.Messages) == 0 {
		return nil, fmt.Errorf("%s: no message in it", c.File())
	}
	logins := flow.Logins(trace)
	message := trace.Messages[0]
	for _, l := range logins {
		if l.Response != nil {
			message = l.Response
			break
		}
	}
	if c.Message > 0 {
		if c.Message > len(trace.Messages) {
			return nil, fmt.Errorf("%s: there is no message %d in it", c.File(), c.Message)
		}
		message = trace.Messages[c.Message-1]
	}
	return c.judging(check.Input{Message: message, Trace: trace, Login: flow.Of(logins, message)}), nil
}

// judging completes in with what is expected and when.
func (c Case) judging(in check.Input) *check.Input {
	in.Expect = Expected()
	if c.Expect != nil {
		c.Expect(in.Expect)
	}
	in.At = check.At{Time: c.At, Basis: c.Basis}
	if in.At.Time.IsZero() {
		in.At.Time = Delivered()
	}
	if in.At.Basis == "" {
		in.At.Basis = check.BasisGiven
	}
	return check.NewInput(in)
}

// Expected is what the service of the good login requires.
func Expected() *expect.Expect {
	const from = "fixture"
	return &expect.Expect{
		SPEntityIDs:  []expect.Value{{Text: SP, From: from}},
		ACSURLs:      []expect.Value{{Text: ACS, From: from}},
		IdPEntityIDs: []expect.Value{{Text: IdP, From: from}},
		InResponseTo: expect.InResponseTo{ID: Request, From: from},
	}
}

// Cases are all fixtures, rule by rule in the order of the catalogue.
func Cases() []Case {
	var all []Case
	for _, topic := range [][]Case{
		transportCases(), serviceAnswerCases(), decodingCases(), structureCases(),
		signedCases(), signatureProfileCases(), signatureWrappingCases(), signatureAlgorithmCases(),
		signatureDigestCases(), brokenDigestCases(), signatureValueCases(), brokenValueCases(), redirectSignatureCases(), certificateCases(),
		issuerCases(), subjectCases(), deliveryCases(), timeCases(),
		conditionsCases(), attributeCases(), otherCases(),
		artifactCases(), tokenCases(), decryptionCases(), openedCases(), plaintextCases(), encryptionAlgorithmCases(),
		authnRequestCases(), authnAnswerCases(), logoutCases(), idpMetadataCases(), metadataCases(),
	} {
		all = append(all, topic...)
	}
	return all
}
