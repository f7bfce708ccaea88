package check

import (
	"slices"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// unopened skips because what, a part of the message, is encrypted and could not
// be opened.
func (in *Input) unopened(what string) Outcome {
	failed := func(step xmlenc.Step) bool {
		return slices.ContainsFunc(in.Message.Opened, func(o *xmlenc.Opening) bool { return o.Err != nil && o.Err.Step == step })
	}
	switch {
	case failed(xmlenc.StepNoKey):
		return skip(what+" is encrypted", expect.FlagSPKey)
	case failed(xmlenc.StepKey):
		return skip(what+" is encrypted, and no key that was given opens it, see decryption", expect.FlagSPKey)
	}
	return skip(what + " is encrypted and cannot be opened, see decryption")
}
