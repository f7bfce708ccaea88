package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Bounds on what a hostile message can make a rule do: naming an element's place
// costs as much as it has siblings.
const (
	maxAssertions    = 50 // assertions that are judged
	maxConfirmations = 10 // of one assertion
	maxFindings      = 50 // of one kind that a rule reports
	maxListed        = 20 // values that a finding lists
)

// Why a rule could not be asked, in the words of more than one rule.
const (
	whyCut     = "the message breaks off before it"
	whyNoInner = "the ArtifactResponse holds no Response, see artifact"
)

// response is the message as something that logs a user in, or the outcome of a
// rule that is about nothing else.
func (in *Input) response() (*saml.Message, Outcome) {
	m := in.SAML()
	if in.Message.Document == nil {
		if p := in.Message.Param; p == "SAMLRequest" || p == "SAMLart" {
			return nil, notApplicable(p + " carries no Response")
		}
		return nil, skip("the value does not decode, see base64")
	}
	switch m.Type {
	case saml.TypeArtifactResponse:
		if m.Response == nil {
			return nil, notApplicable(whyNoInner)
		}
		return m, Outcome{}
	case saml.TypeResponse, saml.TypeAssertion, saml.TypeRSTR:
		return m, Outcome{}
	case saml.TypeOther:
		if m.Root == nil {
			return nil, skip("no element can be read, see well-formed")
		}
		return nil, skip("the message is not recognised as SAML, see root-element")
	default:
		return nil, notApplicable(fmt.Sprintf("the message holds %s, not a Response", m.Type))
	}
}

// eachAssertion asks about every assertion that a service would use and puts the
// answers together. Where there is none to ask about, the outcome says why.
func (in *Input) eachAssertion(ask func(*saml.Assertion) Outcome) Outcome {
	m, out := in.response()
	if m == nil {
		return out
	}
	if out, none := in.noAssertions(m); none {
		return out
	}
	outs := make([]Outcome, 0, len(m.Assertions)+1)
	for _, a := range m.Assertions[:min(len(m.Assertions), maxAssertions)] {
		outs = append(outs, ask(a))
	}
	if len(m.Assertions) > maxAssertions {
		outs = append(outs, skip(fmt.Sprintf("only the first %d of %d assertions were read", maxAssertions, len(m.Assertions))))
	}
	if len(m.Encrypted) > 0 {
		outs = append(outs, in.unopened("another assertion"))
	}
	return together(outs...)
}

// eachNameID asks about the NameID of every assertion that has one to read.
func (in *Input) eachNameID(ask func(*saml.Assertion, *saml.NameID) Outcome) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		s := a.Subject
		switch {
		case s == nil && !a.Node.Closed(), s != nil && s.NameID == nil && !s.Node.Closed():
			return unseen(whyCut)
		case s != nil && s.NameID == nil && s.Encrypted != nil:
			return in.unopened("the NameID")
		case s == nil || s.NameID == nil:
			return notApplicable("there is no NameID")
		case !tagRead(s.NameID.Node):
			return unseen(whyCut)
		}
		return ask(a, s.NameID)
	})
}

// noAssertions is the outcome of a rule about assertions when m has none.
func (in *Input) noAssertions(m *saml.Message) (Outcome, bool) {
	switch {
	case !m.Success():
		return notApplicable("the Status is not Success, so there is no assertion to judge, see status"), true
	case len(m.Assertions) > 0:
		return Outcome{}, false
	case len(m.Encrypted) > 0:
		return in.unopened("the assertion"), true
	case !m.Root.Closed():
		return unseen("the message breaks off before its assertion"), true
	default:
		return notApplicable("the message holds no assertion, see assertion-count"), true
	}
}

// together is the outcome of several questions that all must be answered well:
// every finding; without one, what could not be asked; and not applicable only
// when none applies.
func together(outs ...Outcome) Outcome {
	var all Outcome
	var skipped, passed, na *Outcome
	for i := range outs {
		o := &outs[i]
		switch {
		case len(o.Findings) > 0:
			all.Findings = append(all.Findings, o.Findings...)
		case o.Status == StatusSkip && skipped == nil:
			skipped = o
		case o.Status == StatusPass:
			passed = o
		case o.Status == StatusNA && na == nil:
			na = o
		}
	}
	switch {
	case len(all.Findings) > 0:
		return all
	case skipped != nil:
		return *skipped
	case passed == nil && na != nil:
		return *na
	}
	return pass()
}

// wsFederation reports whether the assertion is a token of WS-Federation, which
// does not ask of it what SAML's browser profile does.
func (in *Input) wsFederation() bool { return in.SAML().Type == saml.TypeRSTR }

// cut reports whether reading ended inside the element that v is the content
// of, so that v is only its beginning.
func cut(v *saml.Value) bool { return v != nil && v.Attr == nil && !v.Node.Closed() }

// tagRead reports whether all of n's start tag was read, so that an attribute
// that is not there is missing.
func tagRead(n *xmldoc.Node) bool { return n.Closed() || n.FirstChild() != nil }

// at is f about v.
func at(v *saml.Value, f Finding) Finding {
	f.Path, f.Position, f.In = v.Path(), v.Position(), decrypted(v.Node)
	return f
}

// under is f about what is missing at n; missing continues n's path:
// "/Conditions", "/@Recipient", or nothing where n itself is at fault.
func under(n *xmldoc.Node, missing string, f Finding) Finding {
	f.Path, f.Position, f.In = n.Path()+missing, n.Position(), decrypted(n)
	return f
}

// decrypted names the plaintext that n stands in; empty in the message itself.
func decrypted(n *xmldoc.Node) string {
	around := n.Document().Context()
	switch {
	case around == nil:
		return ""
	case isAssertion(n.Document().Root()):
		return "the decrypted assertion"
	case around.Is(saml.NSAssertion, "EncryptedID"):
		return "the decrypted identifier"
	case around.Is(saml.NSAssertion, "EncryptedAttribute"):
		return "the decrypted attribute"
	}
	return "the decrypted content"
}

// wanted is what a value is held against.
type wanted struct {
	field    field // what of another field is told apart from
	values   []expect.Value
	also     []expect.Value   // serve as well, besides values or patterns, but are not the ones asked for
	patterns []expect.Pattern // consulted only when there are no values
	// same is how values are compared; nil means character for character.
	same func(expected, actual string) bool
}

func (w *wanted) known() bool { return len(w.values) > 0 || len(w.patterns) > 0 }

// accepts reports whether actual is one of the values or fits a pattern.
func (w *wanted) accepts(actual string) bool {
	for _, v := range w.also {
		if v.Text == actual {
			return true
		}
	}
	for _, v := range w.values {
		if v.Text == actual || w.same != nil && w.same(v.Text, actual) {
			return true
		}
	}
	return len(w.values) == 0 && fits(w.patterns, actual)
}

func fits(patterns []expect.Pattern, s string) bool {
	for _, p := range patterns {
		if re, err := regexp.Compile(p.Regexp); err == nil && re.MatchString(s) {
			return true
		}
	}
	return false
}

// unlike is what a finding says of v, which w does not accept: everything but
// the reason and the message.
func (in *Input) unlike(w *wanted, v *saml.Value) Finding {
	f := at(v, Finding{Actual: []string{v.Text}})
	if len(w.values) == 0 {
		for _, p := range w.patterns {
			f.Expected, f.ExpectedFrom = append(f.Expected, p.Text), p.From
		}
		f.Cause = in.swapped(v.Text, w.field)
		return f
	}
	best, cause := in.mismatch(w.field, w.values, v.Text)
	f.Cause = cause
	if best != nil {
		f.ExpectedFrom = best.From
		f.Expected = []string{best.Text} // the nearest first, beside which the caret stands
	}
	for i := range w.values {
		if t := w.values[i].Text; best == nil || t != best.Text {
			f.Expected = append(f.Expected, t)
		}
	}
	f.Expected = f.Expected[:min(len(f.Expected), maxListed)]
	return f
}

// advise sets what to do about f, with the expected value in the place of %s;
// nothing where that is no one value.
func (w *wanted) advise(f *Finding, format string) {
	if len(w.values) > 0 && len(f.Expected) > 0 {
		f.Fix = fmt.Sprintf(format, quote(f.Expected[0]))
	}
}

// expectation names the expected values of f for a sentence: `"a" (--acs-url)`.
func expectation(f *Finding) string {
	var b strings.Builder
	for i, e := range f.Expected {
		if i == 3 {
			fmt.Fprintf(&b, " or one of %d more", len(f.Expected)-i)
			break
		}
		if i > 0 {
			b.WriteString(" or ")
		}
		b.WriteString(quote(e))
	}
	if f.ExpectedFrom != "" {
		fmt.Fprintf(&b, " (%s)", f.ExpectedFrom)
	}
	return b.String()
}

// acs is what addresses in a Response are held against: the expected ACS URLs,
// else the one that the login's request asked for, else the service's pattern,
// else where the capture saw the Response delivered.
func (in *Input) acs(same func(expected, actual string) bool) *wanted {
	w := &wanted{field: fieldACS, same: same, values: in.Expect.ACSURLs}
	if len(w.values) > 0 {
		return w
	}
	if r := in.request(); r != nil && r.ACSURL.Get() != "" {
		w.values = []expect.Value{{Text: r.ACSURL.Get(), From: fromRequest}}
		return w
	}
	if w.patterns = in.Expect.ACSPatterns; len(w.patterns) > 0 {
		return w
	}
	if u := in.deliveredTo(); u != "" {
		w.values = []expect.Value{{Text: u, From: fromCapture}}
		w.same = func(expected, actual string) bool { return asVisited(expected) == asVisited(actual) }
	}
	return w
}

// fromCapture is the origin of values that only the capture shows.
const fromCapture = "where it was delivered"

// request is the AuthnRequest of the login, or nil.
func (in *Input) request() *saml.AuthnRequest {
	if in.Login == nil {
		return nil
	}
	return in.Login.RequestView
}

// deliveredTo is the URL at which the capture saw a Response delivered by the
// browser, without the SAML parameters that a query would carry; empty when the
// capture does not show it.
func (in *Input) deliveredTo() string {
	c := in.Message.Capture
	if c == nil || c.Exchange == nil {
		return ""
	}
	switch in.Message.Binding {
	case decode.BindingPOST, decode.BindingRedirect, "":
	default:
		return "" // the service fetched it, or it went to another interface
	}
	if c.InResponse {
		if c.Delivered != nil {
			return withoutSAML(c.Delivered.URL)
		}
		if _, ok := splitURL(c.Action); !ok {
			return ""
		}
		return c.Action
	}
	return withoutSAML(c.Exchange.URL)
}

// withoutSAML drops the parameters of the redirect binding from a URL's query
// and leaves the others as they stand.
func withoutSAML(u string) string {
	u, _, _ = strings.Cut(u, "#")
	base, query, ok := strings.Cut(u, "?")
	if !ok {
		return u
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		switch strings.ToLower(name) {
		case "samlresponse", "samlrequest", "relaystate", "sigalg", "signature", "samlencoding":
		default:
			kept = append(kept, part)
		}
	}
	if len(kept) == 0 {
		return base
	}
	return base + "?" + strings.Join(kept, "&")
}
