package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/check/expect"
)

// The ids of the causes of value mismatches. Each but the last two names an
// undoing that makes the two values equal.
const (
	causeWhitespace = "whitespace"
	causeInvisible  = "invisible-character"
	causeLookAlike  = "look-alike-character"
	causePercent    = "percent-encoding"
	causeColon      = "missing-colon"
	causeSlash      = "trailing-slash"
	causeCase       = "case"
	causeScheme     = "scheme"
	causePort       = "port"
	causeHost       = "host"
	causePath       = "path"
	causeQuery      = "query"
	causeOneEdit    = "one-edit"
	causeSwapped    = "swapped"
	causeOther      = "other"
)

// Bounds on what comparing hostile values may cost.
const (
	maxComparedBytes  = 64 << 10 // longer values are only told apart
	maxPairedBytes    = 4 << 10  // longer ones have no two things wrong that anybody wants to read
	maxCauseCandidate = 50       // expected values that a wrong one is held against
)

// compareValue says how actual differs from expected: nil when they are equal,
// else a cause that undoing proves, [causeOther] when no small change makes
// them equal. Expected and Index of the cause are set for a caret.
func compareValue(expected, actual string) *Cause {
	if expected == actual {
		return nil
	}
	c := proveCause(expected, actual)
	c.Expected, c.Index = expected, firstDifference(expected, actual)
	return c
}

func proveCause(expected, actual string) *Cause {
	switch {
	case actual == "":
		return &Cause{ID: causeOther, Text: "the value is empty", Evidence: "there is nothing to compare"}
	case len(expected)+len(actual) > 2*maxComparedBytes,
		!utf8.ValidString(expected), !utf8.ValidString(actual):
		return otherCause(expected, actual)
	}
	// Two slips explain more than "the path is another".
	for _, part := range []bool{false, true} {
		for i := range undoings {
			u := &undoings[i]
			if u.part == part && u.undoes(expected, actual) {
				return &Cause{ID: u.id, Text: u.text(expected, actual), Evidence: u.evidence}
			}
		}
		if len(expected)+len(actual) > 2*maxPairedBytes {
			continue
		}
		if c := provePair(expected, actual, part); c != nil {
			return c
		}
	}
	return otherCause(expected, actual)
}

// provePair finds two undoings that only together make the values equal. The
// graver of the two, which stands later in undoings, gives the cause its id;
// part says whether it may be one that takes out a part of a URL.
func provePair(expected, actual string, part bool) *Cause {
	for i := range undoings {
		graver := &undoings[i]
		if graver.single || graver.part != part || !graver.applies(expected, actual) {
			continue
		}
		e, a := graver.apply(expected), graver.apply(actual)
		if e == expected && a == actual {
			continue
		}
		for j := range i {
			lesser := &undoings[j]
			if lesser.single || graver.part && lesser.part || !lesser.undoes(e, a) {
				continue
			}
			// What is said of the one is said with the other undone.
			le, la := lesser.apply(expected), lesser.apply(actual)
			if !graver.undoes(le, la) {
				continue
			}
			return &Cause{
				ID:       graver.id,
				Text:     graver.text(le, la) + ", and " + lesser.text(e, a),
				Evidence: "only both together make the two equal: " + graver.evidence + ", " + lesser.evidence,
			}
		}
	}
	return nil
}

func otherCause(expected, actual string) *Cause {
	text := "it is another value"
	if e, ok := splitURL(expected); ok {
		a, isURL := splitURL(actual)
		switch {
		case !isURL:
			text = "it is no URL, and a URL is expected"
		case !strings.EqualFold(e.authority(), a.authority()):
			text = "host and path are others"
		default:
			text = "what follows the host is another"
		}
	}
	return &Cause{ID: causeOther, Text: text, Evidence: "no small change makes the two equal"}
}

// nearness orders causes by how little they take to undo.
func nearness(c *Cause) int {
	if c == nil {
		return -1
	}
	order := []string{causeOneEdit, causePort, causeScheme, causeQuery, causePath, causeHost, causeOther}
	return slices.Index(order, c.ID) // everything else is -1: a difference that is hard to see
}

// compareValues holds actual against several accepted values. match is the one
// that it equals, or nil; then best is the nearest one and cause says how it
// differs. Without candidates all three are nil.
func compareValues(expected []expect.Value, actual string) (match, best *expect.Value, cause *Cause) {
	for i := range expected {
		if expected[i].Text == actual {
			return &expected[i], nil, nil
		}
	}
	common := 0
	for i := range expected[:min(len(expected), maxCauseCandidate)] {
		v := &expected[i]
		c := compareValue(v.Text, actual)
		alike := commonPrefix(v.Text, actual)
		if best == nil || nearness(c) < nearness(cause) || nearness(c) == nearness(cause) && alike > common {
			best, cause, common = v, c, alike
		}
	}
	return nil, best, cause
}

// field is something that a service expects a value of, in the words in which
// a finding names it.
type field string

// The fields whose expected values can be told apart.
const (
	fieldAudience     field = "the service's entity ID"
	fieldACS          field = "the service's ACS URL"
	fieldIssuer       field = "the IdP's entity ID"
	fieldRequestID    field = "the ID of the AuthnRequest"
	fieldNameIDFormat field = "a NameID Format"
	fieldAuthnContext field = "an authentication context class"
)

// swapped tells whether actual is exactly the value expected of a field other
// than except, and names it; nil when it is not.
func (in *Input) swapped(actual string, except field) *Cause {
	if actual == "" {
		return nil
	}
	try := func(f field, values ...expect.Value) *Cause {
		if f == except {
			return nil
		}
		for _, v := range values {
			if v.Text == actual {
				return &Cause{
					ID:       causeSwapped,
					Text:     fmt.Sprintf("this is %s", f),
					Evidence: fmt.Sprintf("it equals %s (%s), character for character", f, v.From),
					Index:    -1,
				}
			}
		}
		return nil
	}
	e := in.Expect
	if e == nil {
		e = &expect.Expect{}
	}
	var audience, acs []expect.Value
	if in.Login != nil && in.Login.RequestView != nil {
		request := in.Login.RequestView
		if request.Issuer != nil {
			audience = append(audience, expect.Value{Text: request.Issuer.Trimmed(), From: fromRequest})
		}
		acs = append(acs, expect.Value{Text: request.ACSURL.Get(), From: fromRequest})
	}
	for _, c := range []*Cause{
		try(fieldAudience, e.SPEntityIDs...), try(fieldAudience, audience...),
		try(fieldACS, e.ACSURLs...), try(fieldACS, acs...),
		try(fieldIssuer, e.IdPEntityIDs...),
		try(fieldRequestID, expect.Value{Text: e.InResponseTo.ID, From: e.InResponseTo.From}),
		try(fieldNameIDFormat, e.NameIDFormats...),
		try(fieldAuthnContext, e.AuthnContexts...),
	} {
		if c != nil {
			return c
		}
	}
	return nil
}

// fromRequest is the origin of values that the login's AuthnRequest gave.
const fromRequest = "AuthnRequest"

// mismatch is compareValues, preferring as the cause that actual is the value
// of another field than f over every difference that is plain to see.
func (in *Input) mismatch(f field, expected []expect.Value, actual string) (best *expect.Value, cause *Cause) {
	match, best, cause := compareValues(expected, actual)
	if match == nil && nearness(cause) >= 0 {
		if c := in.swapped(actual, f); c != nil {
			cause = c
			if best != nil {
				cause.Expected = best.Text
			}
		}
	}
	return best, cause
}

// firstDifference is the index of the first code point in which a and b differ.
func firstDifference(a, b string) int {
	n := 0
	for a != "" && b != "" {
		ra, wa := utf8.DecodeRuneInString(a)
		rb, wb := utf8.DecodeRuneInString(b)
		if ra != rb || wa != wb || a[:wa] != b[:wb] {
			return n
		}
		a, b, n = a[wa:], b[wb:], n+1
	}
	return n
}

// commonPrefix is how many bytes a and b begin with in common.
func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// maxQuoted bounds how much of a value a sentence repeats; the value itself
// stands in Finding.Actual.
const maxQuoted = 160

// quote makes a value of the message fit for a sentence: control characters
// escaped, long values cut.
func quote(s string) string {
	if len(s) > maxQuoted {
		cut := maxQuoted
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strconv.Quote(s)
}

// texts are the values without their origins.
func texts(values []expect.Value) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.Text
	}
	return out
}
