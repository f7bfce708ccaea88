package check

import (
	"sync"
	"time"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/repair"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// facts are what several rules need, computed once, on demand.
type facts struct {
	saml   func() *saml.Message
	around func() *surroundings
	answer func() *answer
	// confirmations are judged once for the rules that ask about one field of
	// the best of them.
	confirmations func() map[*saml.Assertion][]*candidate
	signatures    func() []*signature
	coverage      func() *coverage
	// digests and values are what was found out about those that do not match.
	digests  func() map[*xmldsig.Reference]*repair.Result
	values   func() map[*signature]*repair.Result
	restored restoredDocuments
}

// NewInput prepares in for rules; call it once the exported fields are set.
func NewInput(in Input) *Input {
	msg := in.Message
	in.facts = &facts{
		saml:          sync.OnceValue(func() *saml.Message { return msg.View() }),
		around:        sync.OnceValue(in.readCapture),
		answer:        sync.OnceValue(in.readAnswer),
		confirmations: sync.OnceValue(in.judgeConfirmations),
		signatures:    sync.OnceValue(in.findSignatures),
		coverage:      sync.OnceValue(in.readCoverage),
		digests:       sync.OnceValue(in.repairDigests),
		values:        sync.OnceValue(in.repairValues),
	}
	return &in
}

// SAML is the typed view of the message. It is never nil; without a document
// its type is [saml.TypeOther].
func (in *Input) SAML() *saml.Message { return in.facts.saml() }

// skew is the tolerance for clocks.
func (in *Input) skew() time.Duration { return in.Expect.ClockSkew.Duration }
