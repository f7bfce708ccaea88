package repair

import (
	"crypto"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Cause is what was done to a signed message, a stable id.
type Cause string

// The causes of a wrong digest.
const (
	WhitespaceAdded      Cause = "whitespace-added"      // pretty-printed after signing: several gaps, which begin lines now, or another indentation
	WhitespaceRemoved    Cause = "whitespace-removed"    // several gaps lost their lines, or all their indentation
	WhitespaceTrimmed    Cause = "whitespace-trimmed"    // values, or one gap alone, lost or gained blanks
	LineEndings          Cause = "line-endings"          // only CRs differ, or lines in values are doubled
	LineBreakInValue     Cause = "line-break-in-value"   // inside of values: a line break became a blank, came or went
	Charset              Cause = "charset"               // read in another charset than it was written in
	UnicodeNormalization Cause = "unicode-normalization" // NFC and NFD
	Entities             Cause = "entities"              // escaped twice, or unescaped
	SmartQuotes          Cause = "smart-quotes"          // typographic quotes, dashes and blanks
	InResponseToRemoved  Cause = "in-response-to-removed"
	AttributeRemoved     Cause = "attribute-removed"
	AttributeEdited      Cause = "attribute-edited" // the value of an attribute or of an element
	CaseChanged          Cause = "case-changed"
	Canonicalization     Cause = "canonicalization"     // signed with another method than declared
	InclusiveNamespaces  Cause = "inclusive-namespaces" // the PrefixList is missing, extra or was ignored
	NamespaceContext     Cause = "namespace-context"    // cut out of the elements around it, or moved
	DigestMethod         Cause = "digest-method"        // another hash than declared
)

// The causes of a SignatureValue that does not verify.
const (
	SignedInfoEdited Cause = "signed-info-edited"
	SignatureMethod  Cause = "signature-method"
)

// Known is a value that a place may have had when it was signed: it stands
// elsewhere in the message, in the request, or was given by the caller.
type Known struct {
	// Element is where the value would stand: its attribute, or its text.
	Element *xmldoc.Node
	// Attribute is the local name of an attribute without a namespace, which
	// Element may have now or not; empty for the text of Element.
	Attribute string
	Value     string
	// From says where the value is known from, for people: "Recipient of the
	// confirmation", "--acs-url".
	From string
}

// Options bound the search. The zero value has the defaults.
type Options struct {
	// Known are values to restore, the likeliest first.
	Known []Known
	// Proved are damages of the same document that searches for its other
	// signatures have proved. They are undone first: a Response that holds a
	// damaged assertion has its damage, and maybe more.
	Proved []*Proof
	// Hypotheses is how many are tried at most; default 2,000.
	Hypotheses int
	// Octets is how many octets are hashed at most for all of them, where reading
	// and thinking of hypotheses count as well; default 400 MiB, which takes about
	// a second. Counting octets and not time gives the same answer on every
	// machine.
	Octets int64
}

// Change is one difference between the message and what was signed.
type Change struct {
	// Node is the element in which it lies and Attribute the attribute, as
	// written; empty for text. Position is the place in the message as received.
	Node      *xmldoc.Node
	Attribute string
	Position  xmldoc.Position
	// Received stands there now, and Signed stood there when it was signed; one
	// of them may be empty.
	Received, Signed string
}

// Proof is a damage that was undone with success.
type Proof struct {
	Cause Cause
	// With is a second damage that had to be undone together with Cause.
	With Cause
	// Changes are the first few differences, and Total how many there are. Both
	// are empty where not the content was changed but how it was hashed.
	Changes []Change
	Total   int
	// Known is what was restored; nil unless a known value was.
	Known *Known
	// Used is, for Canonicalization, InclusiveNamespaces, DigestMethod and
	// SignatureMethod, what the signer used instead of what the message
	// declares: the identifier of an algorithm, or prefixes. For NamespaceContext
	// without Changes it is the prefixes that were not in scope.
	Used string
	// Field is, for SignedInfoEdited, the element or attribute of SignedInfo that
	// was restored: "DigestValue", "SignatureMethod/@Algorithm", "whitespace".
	Field string
	// Key is, for a SignatureValue, the key that it then verifies with.
	Key crypto.PublicKey
	// Text is the message as it was signed, when its text had to be changed.
	Text string

	edits []edit
}

// Attempt counts the hypotheses of one cause that were tried.
type Attempt struct {
	Cause Cause
	Count int
}

// Result is what a search found.
type Result struct {
	// Proof is nil when nothing that was tried brings the digest back.
	Proof *Proof
	// Attempts are what was tried, in the order of trying.
	Attempts []Attempt
	// Bounded says that the search was stopped by its bounds.
	Bounded bool
	// Octets is what the search has cost, see Options.
	Octets int64
}

// Tried is how many hypotheses were tried.
func (r *Result) Tried() int {
	n := 0
	for _, a := range r.Attempts {
		n += a.Count
	}
	return n
}

// Digest looks for what brings the signed digest of ref back. It is meant for
// references whose digest does not match but could be computed.
func Digest(ref *xmldsig.Reference, o Options) *Result {
	s := newSearch(ref.Signature().Index().Document(), o)
	s.hashed = hashedOctets(ref)
	l := newLocator(ref)
	l.left = &s.octets
	s.mend = true
	s.oracle = oracle{l.holds, l.sketch}
	return s.run(digestFamilies(l, ref, o))
}

// Value looks for what makes the SignatureValue of sig verify with one of keys.
func Value(sig *xmldsig.Signature, keys []crypto.PublicKey, o Options) *Result {
	v := newValueSearch(sig, keys)
	s := newSearch(sig.Index().Document(), o)
	s.oracle = oracle{v.holds, v.sketch}
	s.hashed += int64(len(v.keys)) * verifyCost
	r := s.run(v.families())
	if r.Proof != nil {
		r.Proof.Key = v.key
	}
	return r
}
