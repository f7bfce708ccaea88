package repair

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

const more = "http://www.w3.org/2001/04/xmldsig-more#"

// signatureMethodURIs are the algorithms that a SignatureMethod may name, the
// most used first.
var signatureMethodURIs = []string{
	more + "rsa-sha256", xmldsig.Namespace + "rsa-sha1", more + "rsa-sha512", more + "rsa-sha384", more + "rsa-sha224", more + "rsa-md5",
	more + "ecdsa-sha256", more + "ecdsa-sha384", more + "ecdsa-sha512", more + "ecdsa-sha1", more + "ecdsa-sha224",
	"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
	"http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
	more + "rsa-ripemd160",
}

// alike reports whether one kind of key serves both algorithms.
func alike(a, b xmldsig.Family) bool {
	isRSA := func(f xmldsig.Family) bool { return f == xmldsig.RSA || f == xmldsig.RSAPSS }
	return a == b || isRSA(a) && isRSA(b)
}

// signatureMethods are those that the value may have been made with.
func (v *valueSearch) signatureMethods() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, uri := range signatureMethodURIs {
			a := xmldsig.SignatureAlgorithmOf(uri)
			if uri == v.sig.SignatureMethod || !alike(a.Family, v.sig.Algorithm.Family) {
				continue
			}
			if len(v.opened) > 0 && (a.Family != xmldsig.RSA || !slices.ContainsFunc(v.opened, func(o openedValue) bool { return o.hash == a.Hash })) {
				continue // the value tells its hash
			}
			if !yield(uri) {
				return
			}
		}
	}
}

// methods: SignedInfo is as it was, but names another algorithm than was used.
func (v *valueSearch) methods(*xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		for uri := range v.signatureMethods() {
			if !yield(v.over(v.canonical, uri, Proof{Used: uri})) {
				return
			}
		}
	}
}

// field is the hypothesis that something in SignedInfo was edited.
func field(name string, edits ...edit) hypothesis {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	return hypothesis{edits: edits, proof: Proof{Field: name}}
}

// digestValues: DigestValue was edited, alone or with DigestMethod. What it was
// is computed from the content, as far as that is unharmed.
func (v *valueSearch) digestValues(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		s := v.in(doc)
		if s == nil {
			return
		}
		for _, r := range s.References[:min(len(s.References), 4)] {
			if len(r.DigestValues) == 0 {
				continue
			}
			value, ok := contentOf(r.DigestValues[0])
			if !ok {
				continue
			}
			if digest := actualDigest(r); digest != nil && !yield(field("DigestValue", value.with(base64.StdEncoding.EncodeToString(digest)))) {
				return
			}
			method := r.Node.Child(xmldsig.Namespace, "DigestMethod")
			for _, uri := range digestMethodURIs {
				h := xmldsig.DigestHash(uri)
				if h == r.Hash || method == nil {
					continue
				}
				tag, ok := startTagOf(method)
				sum := h.New()
				if !ok || r.Canonical(sum) != nil {
					break
				}
				digest := sum.Sum(nil)
				if bytes.Equal(digest, r.Expected) {
					continue // only DigestMethod, see algorithms
				}
				if !yield(field("DigestMethod and DigestValue", tag.set("Algorithm", uri), value.with(base64.StdEncoding.EncodeToString(digest)))) {
					return
				}
			}
		}
	}
}

// actualDigest is the digest of what r signs, also where its DigestValue cannot be
// read; nil when it matches or cannot be computed.
func actualDigest(r *xmldsig.Reference) []byte {
	if r.ExpectedErr == nil {
		if d := r.Digest(); d.Err == nil && !d.Match {
			return d.Actual
		}
		return nil
	}
	if !r.Hash.Available() {
		return nil
	}
	sum := r.Hash.New()
	if r.Canonical(sum) != nil {
		return nil
	}
	return sum.Sum(nil)
}

// algorithms: an Algorithm in SignedInfo was edited.
func (v *valueSearch) algorithms(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		info := counterpart(doc, v.sig.SignedInfos[0], v.info)
		if info == nil {
			return
		}
		var canonicalURIs []string
		for _, c := range canonicalizations {
			canonicalURIs = append(canonicalURIs, c.URI())
		}
		left := maxInSignedInfo
		for n := range info.Descendants() {
			if n.Kind() != xmldoc.ElementNode || n.Attr("", "Algorithm") == nil {
				continue
			}
			var uris []string
			switch n.Name().Local {
			case "SignatureMethod":
				uris = slices.Collect(v.signatureMethods())
			case "DigestMethod":
				uris = digestMethodURIs
			case "CanonicalizationMethod":
				uris = canonicalURIs
			case "Transform":
				uris = append([]string{xmldsig.TransformEnveloped}, canonicalURIs...)
			}
			tag, ok := startTagOf(n)
			if left--; !ok || left < 0 {
				return
			}
			for _, uri := range uris {
				if uri != n.Attr("", "Algorithm").Value && !yield(field(n.Name().Local+"/@Algorithm", tag.set("Algorithm", uri))) {
					return
				}
			}
		}
	}
}

// Bounds of what is tried in one SignedInfo, which honest messages stay far
// below.
const (
	maxInSignedInfo = 50 // elements
	maxURIs         = 30 // elements with an ID
)

// uris: the Reference was pointed at another element.
func (v *valueSearch) uris(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		s := v.in(doc)
		if s == nil {
			return
		}
		var uris []string
		for n := range doc.Root().Descendants() {
			if n.Kind() != xmldoc.ElementNode {
				continue
			}
			for _, name := range []string{"ID", "Id", "AssertionID", "ResponseID"} {
				if a := n.Attr("", name); a != nil && len(uris) < maxURIs {
					uris = append(uris, "#"+a.Value)
				}
			}
		}
		uris = append(uris, "")
		for _, r := range s.References[:min(len(s.References), 4)] {
			tag, ok := startTagOf(r.Node)
			if !ok {
				continue
			}
			list := uris
			if r.HasURI && !strings.HasPrefix(r.URI, "#") && r.URI != "" {
				list = append([]string{"#" + r.URI}, uris...)
			}
			for _, uri := range list {
				if (uri != r.URI || !r.HasURI) && !yield(field("Reference/@URI", tag.set("URI", uri))) {
					return
				}
			}
		}
	}
}

// transforms: a Transform was taken out, put in or moved.
func (v *valueSearch) transforms(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		s := v.in(doc)
		if s == nil {
			return
		}
		text := doc.Text()
		for _, r := range s.References[:min(len(s.References), 4)] {
			list := r.Node.Child(xmldsig.Namespace, "Transforms")
			p := r.Node.Name().Prefix
			if p != "" {
				p += ":"
			}
			element := func(uri string) string { return fmt.Sprintf(`<%sTransform Algorithm="%s"></%sTransform>`, p, uri, p) }
			usual := []string{xmldsig.TransformEnveloped, xmldsig.ExclusiveC14N, xmldsig.CanonicalXML10}
			if list == nil {
				tag, ok := startTagOf(r.Node)
				if !ok {
					continue
				}
				for _, inside := range []string{element(usual[0]) + element(usual[1]), element(usual[0]), element(usual[1]), element(usual[0]) + element(usual[2])} {
					if !yield(field("Transforms", edit{tag.end, tag.end, "<" + p + "Transforms>" + inside + "</" + p + "Transforms>"})) {
						return
					}
				}
				continue
			}
			for i := range min(len(r.Transforms), 8) {
				start, end := r.Transforms[i].Node.Range()
				if !yield(field("Transforms", edit{start, end, ""})) {
					return
				}
				for _, uri := range usual {
					if !yield(field("Transforms", edit{start, start, element(uri)})) || !yield(field("Transforms", edit{end, end, element(uri)})) {
						return
					}
				}
				if i > 0 {
					a, b := r.Transforms[i-1].Node.Source(), text[start:end]
					from, to := r.Transforms[i-1].Node.Range()
					if !yield(field("Transforms", edit{from, to, b}, edit{start, end, a})) {
						return
					}
				}
			}
			start, end := list.Range()
			if !yield(field("Transforms", edit{start, end, ""})) {
				return
			}
		}
	}
}

// prefixLists: an InclusiveNamespaces in SignedInfo was taken out, put in or
// edited; or the one of CanonicalizationMethod was ignored.
func (v *valueSearch) prefixLists(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		info := counterpart(doc, v.sig.SignedInfos[0], v.info)
		if info == nil {
			return
		}
		prefixes := prefixesAround(info)
		lists := []string{}
		for pick := range subsets(min(len(prefixes), 6), 3) {
			names := make([]string, len(pick))
			for i, n := range pick {
				names[i] = cmp.Or(prefixes[n], "#default")
			}
			lists = append(lists, strings.Join(names, " "))
		}
		if s := v.in(doc); s != nil && s.Canonicalization.Exclusive {
			m := s.Canonicalization
			for _, list := range append([]string{""}, lists...) {
				m.Prefixes = strings.Fields(strings.ReplaceAll(list, "#default", ""))
				if strings.Contains(list, "#default") {
					m.Prefixes = append(m.Prefixes, "")
				}
				if !yield(v.over(v.by(m), v.sig.SignatureMethod, Proof{Used: list})) {
					return
				}
			}
		}
		edited := func(edits ...edit) bool {
			h := field("InclusiveNamespaces/@PrefixList", edits...)
			h.proof.Cause = SignedInfoEdited
			return yield(h)
		}
		for n := range info.Descendants() {
			if n.Is(xmldsig.ExclusiveC14N, "InclusiveNamespaces") {
				start, end := n.Range()
				tag, ok := startTagOf(n)
				if !edited(edit{start, end, ""}) {
					return
				}
				for _, list := range lists {
					if ok && !edited(tag.set("PrefixList", list)) {
						return
					}
				}
				continue
			}
			a := n.Attr("", "Algorithm")
			if n.Kind() != xmldoc.ElementNode || a == nil || !strings.HasPrefix(a.Value, xmldsig.ExclusiveC14N) || n.Child(xmldsig.ExclusiveC14N, "InclusiveNamespaces") != nil {
				continue
			}
			c, ok := contentOf(n)
			for _, list := range lists {
				if ok && !edited(c.with(`<ec:InclusiveNamespaces xmlns:ec="`+xmldsig.ExclusiveC14N+`" PrefixList="`+list+`"></ec:InclusiveNamespaces>`)) {
					return
				}
			}
		}
	}
}

// prefixesAround are the prefixes in scope at n.
func prefixesAround(n *xmldoc.Node) []string {
	var found []string
	for ; n != nil; n = n.Parent() {
		for _, d := range n.Namespaces() {
			if !slices.Contains(found, d.Prefix) {
				found = append(found, d.Prefix)
			}
		}
	}
	return found
}

// canonicalizations: SignedInfo was hashed by another method than it declares.
func (v *valueSearch) canonicalizations(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		info := counterpart(doc, v.sig.SignedInfos[0], v.info)
		commented := info != nil && hasComments(info)
		for _, m := range canonicalizations {
			if m.URI() == v.sig.CanonicalizationMethod || m.Comments && !commented {
				continue
			}
			if !yield(v.over(v.by(m), v.sig.SignatureMethod, Proof{Used: m.URI()})) {
				return
			}
		}
	}
}

// contexts: other namespaces were in scope at SignedInfo, which inclusive
// canonicalization makes part of it.
func (v *valueSearch) contexts(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		info := counterpart(doc, v.sig.SignedInfos[0], v.info)
		if info == nil || v.sig.Canonicalization.Exclusive {
			return
		}
		needed, spare := inherited(info)
		spare = spare[:min(len(spare), maxPrefixes)]
		for dropped := range subsets(len(spare), maxPrefixes) {
			keep, names := without(needed, spare, dropped)
			write := func(doc *xmldoc.Document, w io.Writer) error {
				info := counterpart(doc, v.sig.SignedInfos[0], v.info)
				if info == nil {
					return io.ErrUnexpectedEOF
				}
				alone := reread(doc, standingAlone(info, keep))
				return v.sig.Canonicalization.Canonicalize(w, alone, xmldsig.Selection{Apex: alone.Root()})
			}
			if !yield(v.over(write, v.sig.SignatureMethod, Proof{Used: prefixKey(names)})) {
				return
			}
		}
		for h := range added(info, usualBindings, func(binding) bool { return true }) {
			if !yield(h) {
				return
			}
		}
	}
}

// whitespace: the blanks between the elements of SignedInfo, or in a value of
// it, were changed.
func (v *valueSearch) whitespace(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		info := counterpart(doc, v.sig.SignedInfos[0], v.info)
		if info == nil {
			return
		}
		p := &part{doc: doc, apex: info}
		p.read()
		if len(p.gaps) > 4*maxInSignedInfo {
			return
		}
		try := func(edits []edit) bool { return len(edits) == 0 || yield(field("whitespace", edits...)) }
		stripped := p.rewrite(p.values, texts(func(v string) string { return strings.Join(strings.Fields(v), "") }))
		lay := func(st style) bool {
			gaps := p.rewrite(p.gaps, st.gap)
			return try(gaps) && (len(stripped) == 0 || try(merge(gaps, stripped)))
		}
		if !lay(style{}) || !lay(style{kind: santuario}) || !lay(style{kind: santuario, line: "\r\n"}) || !lay(style{kind: xmlseclibs}) {
			return
		}
		for _, st := range p.mainStyles() {
			windows := st.value
			windows.line = "\r\n"
			if !lay(st.value) || !lay(windows) {
				return
			}
		}
		for _, write := range []func(string) string{
			func(s string) string { return strings.ReplaceAll(s, "\r", "") },
			func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n") },
		} {
			if !try(p.all(func(s *slot) string { return write(s.value) })) {
				return
			}
		}
		for i := range p.gaps {
			g := &p.gaps[i]
			for _, w := range []string{"", "\n", " ", strings.Trim(g.value, " \t")} {
				if w != g.value && !try(p.set(nil, g, w)) {
					return
				}
			}
		}
		for i := range p.values {
			s := &p.values[i]
			plain := strings.Join(strings.Fields(s.value), "")
			ways := []string{strings.TrimSpace(s.value), s.value + " ", " " + s.value}
			if s.attr == nil {
				ways = []string{plain, "\n" + plain + "\n", plain + "\n", "\n" + plain, " " + plain + " ",
					broken(plain, 76), broken(plain, 64), broken(plain, 76) + "\n", broken(plain, 64) + "\n"}
			}
			for _, w := range ways {
				if w != s.value && !try(p.set(nil, s, w)) {
					return
				}
			}
		}
	}
}

// broken is base64 in lines.
func broken(s string, width int) string {
	var b strings.Builder
	for len(s) > width {
		b.WriteString(s[:width] + "\n")
		s = s[width:]
	}
	return b.String() + s
}
