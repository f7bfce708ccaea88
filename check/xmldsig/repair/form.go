package repair

import (
	"bytes"
	"crypto"
	"iter"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// maxPrefixes bounds the prefixes of which subsets are tried.
const maxPrefixes = 8

// form is how the content of a Reference is turned into a digest.
type form struct {
	method xmldsig.Canonicalization
	hash   crypto.Hash
	// keepSignature hashes the Signature that stands in the content, and
	// omitAll leaves out every Signature, not only this one.
	keepSignature, omitAll bool
}

// formSearch asks whether the content of a Reference has its digest when it is
// hashed in another form than the message declares.
type formSearch struct {
	ref       *xmldsig.Reference
	declared  form
	target    int // places, see ordinal
	signature int
}

// formFamilies are the hypotheses about how the content was hashed rather than
// what it was: they are the signer's own mistakes, or come from moving the
// content into other surroundings.
func formFamilies(ref *xmldsig.Reference) []family {
	s := &formSearch{ref: ref, declared: form{hash: ref.Hash, keepSignature: true}}
	for i := range ref.Transforms {
		switch t := &ref.Transforms[i]; {
		case t.Err != nil || t.Algorithm == xmldsig.TransformBase64:
			return nil // what is hashed is something else than canonical XML
		case t.Canonicalization != nil:
			s.declared.method = *t.Canonicalization
			s.declared.method.Comments = s.declared.method.Comments && ref.Comments
		case t.Enveloped:
			s.declared.keepSignature = false
		default:
			s.declared.omitAll = true
		}
	}
	s.target = -1
	if ref.Target != nil {
		s.target = ordinal(ref.Target)
	}
	s.signature = ordinal(ref.Signature().Node)

	digest := family{cause: DigestMethod, hypotheses: s.digestMethods}
	method := family{cause: Canonicalization, hypotheses: s.methods}
	prefixes := family{cause: InclusiveNamespaces, hypotheses: s.prefixLists}
	context := family{cause: NamespaceContext, hypotheses: s.contexts}
	signatures := family{cause: Canonicalization, hypotheses: s.signatures}
	if s.declared.method.Exclusive {
		return []family{digest, method, prefixes, context, signatures}
	}
	// An assertion signed on its own under inclusive canonicalization and put
	// into a Response afterwards is a common mistake, an exclusive method that
	// is declared as inclusive a rare one; sometimes both give the same octets.
	return []family{digest, context, method, signatures}
}

// as asks whether the digest is that of f.
func (s *formSearch) as(f form, proof Proof) hypothesis {
	return hypothesis{proof: proof, verify: func(doc *xmldoc.Document) bool {
		target := counterpart(doc, s.ref.Target, s.target)
		signature := counterpart(doc, s.ref.Signature().Node, s.signature)
		if target == nil && s.target >= 0 || signature == nil {
			return false
		}
		return s.matches(f, doc, target, signature)
	}}
}

// matches reports whether target, hashed as f says, has the signed digest.
func (s *formSearch) matches(f form, doc *xmldoc.Document, target, signature *xmldoc.Node) bool {
	sel := xmldsig.Selection{Apex: target, OmitSignatures: f.omitAll}
	if !f.keepSignature {
		sel.Omit = signature
	}
	h := f.hash.New()
	return f.method.Canonicalize(h, doc, sel) == nil && bytes.Equal(h.Sum(nil), s.ref.Expected)
}

// digestMethodURIs are the algorithms that a DigestMethod may name.
var digestMethodURIs = []string{
	xmldsig.Namespace + "sha1",
	"http://www.w3.org/2001/04/xmlenc#sha256",
	"http://www.w3.org/2001/04/xmlenc#sha512",
	"http://www.w3.org/2001/04/xmldsig-more#sha384",
	"http://www.w3.org/2001/04/xmldsig-more#md5",
	"http://www.w3.org/2001/04/xmldsig-more#sha224",
	"http://www.w3.org/2007/05/xmldsig-more#sha3-256",
	"http://www.w3.org/2007/05/xmldsig-more#sha3-384",
	"http://www.w3.org/2007/05/xmldsig-more#sha3-512",
	"http://www.w3.org/2007/05/xmldsig-more#sha3-224",
	"http://www.w3.org/2001/04/xmlenc#ripemd160",
}

// digestMethods are the hashes whose digests are as long as the signed one.
func (s *formSearch) digestMethods(*xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		for _, uri := range digestMethodURIs {
			h := xmldsig.DigestHash(uri)
			if h == s.declared.hash || h.Size() != len(s.ref.Expected) {
				continue
			}
			f := s.declared
			f.hash = h
			if !yield(s.as(f, Proof{Used: uri})) {
				return
			}
		}
	}
}

// canonicalizations are all methods, the ones that signers use first.
var canonicalizations = []xmldsig.Canonicalization{
	{Exclusive: true}, {}, {V11: true},
	{Exclusive: true, Comments: true}, {Comments: true}, {V11: true, Comments: true},
}

// methods are the other canonicalization methods, with the declared PrefixList
// and without. Comments are kept only where there are any.
func (s *formSearch) methods(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		top := counterpart(doc, s.ref.Target, s.target)
		if top == nil {
			top = doc.Root()
		}
		commented := hasComments(top)
		for _, m := range canonicalizations {
			same := m.Exclusive == s.declared.method.Exclusive && m.V11 == s.declared.method.V11
			if m.Comments && !commented || same && m.Comments == s.declared.method.Comments {
				continue
			}
			f := s.declared
			f.method = m
			if same {
				f.method.Prefixes = s.declared.method.Prefixes
			}
			if !yield(s.as(f, Proof{Used: m.URI()})) {
				return
			}
		}
	}
}

func hasComments(top *xmldoc.Node) bool {
	for n := range top.Descendants() {
		if n.Kind() == xmldoc.CommentNode {
			return true
		}
	}
	return false
}

// signatures are the ways of treating signatures inside the content that the
// transforms do not declare.
func (s *formSearch) signatures(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		for _, m := range []xmldsig.Canonicalization{s.declared.method, {Exclusive: true}, {}} {
			f := s.declared
			f.method = m
			if f.keepSignature {
				f.keepSignature = false
				if !yield(s.as(f, Proof{Used: xmldsig.TransformEnveloped})) {
					return
				}
			}
			if !f.omitAll {
				// The Response was signed before its assertion was.
				f.omitAll = true
				if !yield(s.as(f, Proof{Used: xmldsig.TransformXPath})) {
					return
				}
			}
		}
		if h, ok := s.asTemplate(doc); ok {
			yield(h)
		}
	}
}

// asTemplate asks whether the Signature was hashed with the rest, as it stood
// before its values were filled in.
func (s *formSearch) asTemplate(doc *xmldoc.Document) (hypothesis, bool) {
	signature := counterpart(doc, s.ref.Signature().Node, s.signature)
	if signature == nil || s.declared.keepSignature || s.declared.omitAll {
		return hypothesis{}, false
	}
	var edits []edit
	for n := range signature.Descendants() {
		if !n.Is(xmldsig.Namespace, "DigestValue") && !n.Is(xmldsig.Namespace, "SignatureValue") {
			continue
		}
		if content, ok := contentOf(n); ok {
			edits = append(edits, content.with(""))
		}
	}
	f := s.declared
	f.keepSignature = true
	h := s.as(f, Proof{Used: "the Signature element itself"})
	verify := h.verify
	h.verify = func(doc *xmldoc.Document) bool { return verify(reread(doc, apply(doc.Text(), edits))) }
	return h, true
}

// prefixLists are other InclusiveNamespaces than the declared ones: none, those
// that a reader who splits at any white space finds, and choices of the prefixes
// that are declared on the content, in it or around it.
func (s *formSearch) prefixLists(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		declared := s.declared.method.Prefixes
		seen := map[string]bool{prefixKey(declared): true}
		try := func(prefixes []string) bool {
			key := prefixKey(prefixes)
			if seen[key] {
				return true
			}
			seen[key] = true
			f := s.declared
			f.method.Prefixes = prefixes
			return yield(s.as(f, Proof{Used: key}))
		}
		if !try(nil) || !try(strings.Fields(strings.Join(declared, " "))) {
			return
		}
		found := s.prefixes(doc)
		if !try(found) {
			return
		}
		found = found[:min(len(found), maxPrefixes)]
		for pick := range subsets(len(found), 4) {
			list := make([]string, len(pick))
			for i, n := range pick {
				list[i] = found[n]
			}
			if !try(list) {
				return
			}
		}
	}
}

// prefixKey writes a PrefixList as messages do, in order of the alphabet.
func prefixKey(prefixes []string) string {
	list := slices.Clone(prefixes)
	for i, p := range list {
		if p == "" {
			list[i] = "#default"
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}

// prefixes are those declared on the content, then around it, then in it.
func (s *formSearch) prefixes(doc *xmldoc.Document) []string {
	top := counterpart(doc, s.ref.Target, s.target)
	if top == nil {
		top = doc.Root()
	}
	var found []string
	add := func(n *xmldoc.Node) {
		for _, d := range n.Namespaces() {
			if !slices.Contains(found, d.Prefix) {
				found = append(found, d.Prefix)
			}
		}
	}
	for n := top; n != nil; n = n.Parent() {
		add(n)
	}
	for n := range top.Descendants() {
		if n.Kind() == xmldoc.ElementNode && len(found) < 4*maxPrefixes {
			add(n)
		}
	}
	return found
}
