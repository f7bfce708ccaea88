package check

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var signatureWrapping = &Rule{
	ID:       "signature-wrapping",
	Title:    "What is signed is not what a service would read",
	Question: "Is the signed element the one that a service would read?",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "In a signature wrapping attack a genuine signed assertion is moved aside, and a forged one stands where the service looks: the signature verifies, and somebody else is logged in.",
		Spec: "saml-core-2.0-os section 5.4.2; Somorovsky et al., On Breaking SAML: Be Whoever You Want to Be (USENIX Security 2012)",
		Likely: []string{
			"The message is an attack, or a penetration test of the service.",
			"Home-grown code put a signed assertion into another message.",
		},
		Fix: []string{
			"Treat it as an attack until somebody owns up to a test: keep the capture, and look where the message came from.",
			"At the service, use only the very element whose signature was verified, and refuse messages with duplicate IDs or several assertions.",
		},
	},
	Reasons: []Reason{
		{"other-element", "the signature is genuine for one element, and a service would read another"},
		{"extra-assertion", "there is a second assertion in a place where a careless service would find it"},
		{"duplicate-id", "several elements have the ID that is signed"},
		{"ambiguous-signature", "a Signature holds several SignedInfo, SignatureValue or DigestValue"},
		{"nothing-hashed", "the signature covers no bytes at all"},
		{"split-value", "a comment or processing instruction splits a value"},
	},
	Run: runSignatureWrapping,
}

func runSignatureWrapping(in *Input) Outcome {
	if out, ok := in.signable(); !ok {
		return out
	}
	m := in.SAML()
	if m.Type == saml.TypeOther {
		return notApplicable("the document is no SAML message")
	}
	if len(in.signatures()) == 0 {
		return in.noSignature()
	}
	var fs []Finding
	for _, s := range in.signatures() {
		fs = append(fs, in.ambiguities(s)...)
		fs = append(fs, in.misplaced(s)...)
		if len(fs) >= maxFindings {
			break
		}
	}
	fs = append(fs, in.extraAssertions()...)
	fs = append(fs, in.splitValues()...)
	return found(fs...)
}

// ambiguities are parts of a signature that two readers may read differently.
func (in *Input) ambiguities(s *signature) []Finding {
	var fs []Finding
	several := func(ns []*xmldoc.Node, what string) {
		if len(ns) > 1 {
			fs = append(fs, node(ns[1], Finding{
				Reason:  "ambiguous-signature",
				Message: fmt.Sprintf("%s holds %d %s elements, where one is expected: software that takes another one than its neighbour verifies something else.", s.about(), len(ns), what),
			}))
		}
	}
	several(s.SignedInfos, "SignedInfo")
	several(s.Values, "SignatureValue")
	for _, r := range s.References {
		several(r.DigestValues, "DigestValue")
		for _, v := range r.DigestValues {
			if c := splitter(v); c != nil {
				fs = append(fs, node(c, Finding{
					Reason:   "split-value",
					Severity: expect.SeverityWarning,
					Message:  fmt.Sprintf("There is a %s inside DigestValue; software that takes only the first piece compares another digest.", kindOf(c)),
				}))
			}
		}
		if len(r.Targets) > 1 {
			f := node(r.Targets[1], Finding{
				Reason:   "duplicate-id",
				Message:  fmt.Sprintf("The signature refers to the ID %q, and %d elements have it: %s. Which one is signed depends on who looks.", r.ID, len(r.Targets), paths(r.Targets)),
				Actual:   []string{r.ID},
				Expected: nil,
			})
			fs = append(fs, f)
		}
		if d := r.Digest(); d.Err == nil && d.Size == 0 {
			fs = append(fs, node(r.Node, Finding{
				Reason:  "nothing-hashed",
				Message: "The transforms of the Reference leave no bytes to hash, so that the digest is that of nothing and fits every content.",
			}))
		}
	}
	return fs
}

// misplaced tells of a signature that signs an assertion or message which is
// not the one that a service reads, while what it reads is not signed.
func (in *Input) misplaced(s *signature) []Finding {
	var fs []Finding
	for _, r := range s.References {
		t := r.Target
		if t == nil || !isMessageElement(t) {
			continue
		}
		if read := in.coverage().unsigned; read != nil {
			fs = append(fs, node(t, Finding{
				Reason: "other-element",
				Message: fmt.Sprintf("The signed element is %s (ID %q), but a service would read %s (ID %q), which nothing signs.",
					t.Path(), r.ID, read.Path(), idText(read)),
				Expected: []string{"signed: " + t.Path()}, Actual: []string{"read: " + read.Path()},
			}))
		} else if !in.coverage().around[t] {
			fs = append(fs, node(t, Finding{
				Reason:   "extra-assertion",
				Message:  fmt.Sprintf("A signature signs %s (ID %q), which is not where a service looks for it.", t.Path(), r.ID),
				Expected: nil,
			}))
		}
	}
	return fs
}

// extraAssertions are assertions outside the places where a service looks, which
// a service that searches the whole document finds all the same. Advice may hold
// assertions (saml-core section 2.6.1), and a WS-Trust answer its token.
func (in *Input) extraAssertions() []Finding {
	c := in.coverage()
	var fs []Finding
	for n := range in.SAML().Descendants() {
		if !isAssertion(n) || c.read[n] || c.targets[n] || inAdvice(n) {
			continue // one that a signature refers to is told by misplaced
		}
		signedElement := "no element of the message"
		for _, s := range in.signatures() {
			if len(s.References) > 0 && s.References[0].Target != nil {
				signedElement = s.References[0].Target.Path()
				break
			}
		}
		fs = append(fs, node(n, Finding{
			Reason:  "extra-assertion",
			Message: fmt.Sprintf("There is an assertion at %s (ID %q), where none belongs; a service that searches the whole document may read it instead of the right one. Signed is %s.", n.Path(), idText(n), signedElement),
		}))
		if len(fs) == maxFindings {
			break
		}
	}
	return fs
}

// inAdvice reports whether the assertion n is an advice, in the clear or encrypted.
func inAdvice(n *xmldoc.Node) bool {
	around := n.Enclosing()
	for around.Is(saml.NSAssertion, "EncryptedAssertion") {
		around = around.Enclosing()
	}
	return around.Is(saml.NSAssertion, "Advice")
}

// splitValues are comments and processing instructions inside identifiers of
// what is signed: canonicalization drops comments, so that inserting one does
// not break the signature, and software that reads only the first piece of text
// reads another identifier (CVE-2018-0489 and its kin).
func (in *Input) splitValues() []Finding {
	var fs []Finding
	for _, a := range in.SAML().Assertions {
		if a.Subject == nil || a.Subject.NameID == nil {
			continue
		}
		n := a.Subject.NameID.Node
		if c := splitter(n); c != nil {
			first := strings.TrimSpace(textBefore(n, c))
			fs = append(fs, node(c, Finding{
				Reason:   "split-value",
				Message:  fmt.Sprintf("A %s splits the NameID %q; a careless service would read %q and log in that user.", kindOf(c), n.Text(), first),
				Expected: []string{n.Text()}, ExpectedFrom: "all text", Actual: []string{first},
			}))
		}
	}
	return fs
}

// splitter is a comment or processing instruction with text on both sides of
// it, or before or after which a reader might stop, below n; nil without.
func splitter(n *xmldoc.Node) *xmldoc.Node {
	for c := range n.Children() {
		if c.Kind() == xmldoc.CommentNode || c.Kind() == xmldoc.PINode {
			if strings.TrimSpace(n.Text()) != "" && (c.Next() != nil || c.Prev() == nil) {
				return c
			}
		}
	}
	return nil
}

func textBefore(n, c *xmldoc.Node) string {
	var b strings.Builder
	for e := range n.Children() {
		if e == c {
			break
		}
		b.WriteString(e.Value())
	}
	return b.String()
}

func kindOf(n *xmldoc.Node) string {
	if n.Kind() == xmldoc.CommentNode {
		return "comment"
	}
	return "processing instruction"
}

func isAssertion(n *xmldoc.Node) bool {
	return n.Is(saml.NSAssertion, "Assertion") || n.Is(saml.NSAssertion11, "Assertion")
}

func isMessageElement(n *xmldoc.Node) bool {
	return isAssertion(n) || n.Name().Space == saml.NSProtocol || n.Name().Space == saml.NSProtocol11
}

func idText(n *xmldoc.Node) string {
	if v := idOf(n); v != nil {
		return v.Text
	}
	return ""
}

func paths(ns []*xmldoc.Node) string {
	var out []string
	for _, n := range ns[:min(len(ns), 4)] {
		out = append(out, n.Path())
	}
	if len(ns) > len(out) {
		out = append(out, fmt.Sprintf("and %d more", len(ns)-len(out)))
	}
	return strings.Join(out, ", ")
}
