package repair

import (
	"iter"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// binding is a namespace declaration that signed content may have had around it.
type binding struct{ prefix, uri string }

const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
)

// usualBindings are the declarations that stand on the elements around SAML
// messages, the most frequent first.
var usualBindings = []binding{
	{"samlp", nsProtocol}, {"saml2p", nsProtocol}, {"saml", nsAssertion}, {"saml2", nsAssertion},
	{"xs", "http://www.w3.org/2001/XMLSchema"}, {"xsi", "http://www.w3.org/2001/XMLSchema-instance"},
	{"ds", xmldsig.Namespace}, {"xsd", "http://www.w3.org/2001/XMLSchema"},
	{"soap", "http://schemas.xmlsoap.org/soap/envelope/"}, {"soapenv", "http://schemas.xmlsoap.org/soap/envelope/"},
	{"soap11", "http://schemas.xmlsoap.org/soap/envelope/"}, {"S", "http://schemas.xmlsoap.org/soap/envelope/"},
	{"", nsProtocol}, {"dsig", xmldsig.Namespace}, {"xenc", "http://www.w3.org/2001/04/xmlenc#"},
	{"ec", xmldsig.ExclusiveC14N}, {"t", "http://schemas.xmlsoap.org/ws/2005/02/trust"},
	{"wst", "http://schemas.xmlsoap.org/ws/2005/02/trust"}, {"trust", "http://docs.oasis-open.org/ws-sx/ws-trust/200512"},
}

// contexts are other namespaces in scope at the signed element than now: those
// that it was signed with and lost when it was cut out, those that it was signed
// without and got when it was put in, and those that were moved within it. Only
// inclusive canonicalization, or a PrefixList, makes them part of what is signed.
func (s *formSearch) contexts(doc *xmldoc.Document) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		apex := counterpart(doc, s.ref.Target, s.target)
		if apex == nil {
			return // nothing is around a whole document
		}
		if tag, ok := startTagOf(apex); ok {
			if edits := undeclared(apex, tag.nameEnd); len(edits) > 0 && !yield(hypothesis{edits: edits}) {
				return
			}
		}
		m := s.declared.method
		if m.Exclusive && len(m.Prefixes) == 0 {
			return
		}
		if !m.Exclusive {
			for h := range s.withoutInherited(apex) {
				if !yield(h) {
					return
				}
			}
		}
		for h := range added(apex, usualBindings, func(b binding) bool { return !m.Exclusive || slices.Contains(m.Prefixes, b.prefix) }) {
			if !yield(h) {
				return
			}
		}
		for h := range moved(apex) {
			if !yield(h) {
				return
			}
		}
	}
}

// undeclared declares the prefixes that are in use below apex and were declared
// outside of what was cut out, as they usually are.
func undeclared(apex *xmldoc.Node, at int) []edit {
	var with strings.Builder
	seen := map[string]bool{"": true}
	need := func(n *xmldoc.Node, prefix string) {
		if seen[prefix] {
			return
		}
		if _, bound := n.LookupNamespace(prefix); bound {
			return // it may be unbound elsewhere
		}
		seen[prefix] = true
		if i := slices.IndexFunc(usualBindings, func(b binding) bool { return b.prefix == prefix }); i >= 0 {
			with.WriteString(" " + declarationName(prefix) + `="` + usualBindings[i].uri + `"`)
		}
	}
	for n := range apex.Descendants() {
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		need(n, n.Name().Prefix)
		attrs := n.Attrs()
		for i := range attrs {
			need(n, attrs[i].Name.Prefix)
		}
	}
	if with.Len() == 0 {
		return nil
	}
	return []edit{{at, at, with.String()}}
}

// added puts declarations on apex that are not in scope there, up to three of
// them.
func added(apex *xmldoc.Node, bindings []binding, wanted func(binding) bool) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		tag, ok := startTagOf(apex)
		if !ok {
			return
		}
		var missing []binding
		for _, b := range bindings {
			uri, bound := apex.LookupNamespace(b.prefix)
			if bound && uri == b.uri || !wanted(b) || tag.attr(declarationName(b.prefix)) != nil {
				continue
			}
			if b.prefix == "" && usesDefault(apex) {
				continue // it would move elements into another namespace
			}
			missing = append(missing, b)
		}
		try := func(pick []int) bool {
			var with strings.Builder
			for _, i := range pick {
				with.WriteString(" " + declarationName(missing[i].prefix) + `="` + missing[i].uri + `"`)
			}
			return yield(hypothesis{edits: []edit{{tag.nameEnd, tag.nameEnd, with.String()}}})
		}
		for pick := range subsets(len(missing), 2) {
			if !try(pick) {
				return
			}
		}
		// Of three, all are among the most frequent ones.
		for pick := range subsets(min(len(missing), 8), 4) {
			if len(pick) > 2 && !try(pick) {
				return
			}
		}
	}
}

func declarationName(prefix string) string {
	if prefix == "" {
		return "xmlns"
	}
	return "xmlns:" + prefix
}

// usesDefault reports whether an element below apex has no prefix and takes its
// namespace from outside.
func usesDefault(apex *xmldoc.Node) bool {
	for n := range apex.Descendants() {
		if n.Kind() == xmldoc.ElementNode && n.Name().Prefix == "" && !declaredWithin(n, apex, "") {
			return true
		}
	}
	return false
}

// declaredWithin reports whether n or an ancestor up to apex declares prefix.
func declaredWithin(n, apex *xmldoc.Node, prefix string) bool {
	for ; n != nil; n = n.Parent() {
		if slices.ContainsFunc(n.Namespaces(), func(d xmldoc.NamespaceDecl) bool { return d.Prefix == prefix }) {
			return true
		}
		if n == apex {
			return false
		}
	}
	return false
}

// without are the bindings in scope when some of the spare ones are dropped, by
// index, and the prefixes of those.
func without(needed, spare []binding, dropped []int) (keep []binding, names []string) {
	keep = slices.Clone(needed)
	for i, b := range spare {
		if slices.Contains(dropped, i) {
			names = append(names, b.prefix)
		} else {
			keep = append(keep, b)
		}
	}
	return keep, names
}

// withoutInherited takes apex out of the elements around it, with no more of
// their declarations than it needs, or some.
func (s *formSearch) withoutInherited(apex *xmldoc.Node) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		needed, spare := inherited(apex)
		if len(spare) == 0 {
			return
		}
		spare = spare[:min(len(spare), maxPrefixes)]
		try := func(dropped []int) bool {
			keep, names := without(needed, spare, dropped)
			alone := s.alone(apex, keep)
			return yield(hypothesis{proof: Proof{Used: prefixKey(names)}, verify: func(*xmldoc.Document) bool { return alone() }})
		}
		all := make([]int, len(spare))
		for i := range all {
			all[i] = i
		}
		if !try(all) {
			return
		}
		for dropped := range subsets(len(spare), 3) {
			if len(dropped) < len(all) && !try(dropped) {
				return
			}
		}
	}
}

// inherited are the declarations in scope at apex that its own tag does not
// make: those that names in it need, and the rest.
func inherited(apex *xmldoc.Node) (needed, spare []binding) {
	used := map[string]bool{}
	for n := range apex.Descendants() {
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		if p := n.Name().Prefix; !used[p] && !declaredWithin(n, apex, p) {
			used[p] = true
		}
		attrs := n.Attrs()
		for i := range attrs {
			if p := attrs[i].Name.Prefix; p != "" && !used[p] && !declaredWithin(n, apex, p) {
				used[p] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, d := range apex.Namespaces() {
		seen[d.Prefix] = true
	}
	for a := apex.Parent(); a != nil; a = a.Parent() {
		for _, d := range a.Namespaces() {
			if seen[d.Prefix] {
				continue
			}
			seen[d.Prefix] = true
			if b := (binding{d.Prefix, d.URI}); used[d.Prefix] {
				needed = append(needed, b)
			} else if d.URI != "" {
				spare = append(spare, b)
			}
		}
	}
	return needed, spare
}

// alone asks whether apex has the signed digest as a document of its own with
// these declarations.
func (s *formSearch) alone(apex *xmldoc.Node, with []binding) func() bool {
	return func() bool {
		doc := reread(apex.Document(), standingAlone(apex, with))
		signature := s.ref.Signature().Node
		within := counterpart(doc, signature, s.signature-s.target)
		return doc.Root() != nil && s.matches(s.declared, doc, doc.Root(), within)
	}
}

// standingAlone is n as a document of its own with these declarations.
func standingAlone(n *xmldoc.Node, with []binding) string {
	source := n.Source()
	nameEnd := 1 + len(n.QName())
	var b strings.Builder
	b.WriteString(source[:nameEnd])
	for _, d := range with {
		b.WriteString(" " + declarationName(d.prefix) + `="` + escape(d.uri, '"') + `"`)
	}
	b.WriteString(source[nameEnd:])
	return b.String()
}

// moved shifts each declaration between the signed element and the elements in
// it: serialisers gather what stood on several elements, or spread it.
func moved(apex *xmldoc.Node) iter.Seq[hypothesis] {
	return func(yield func(hypothesis) bool) {
		tag, ok := startTagOf(apex)
		if !ok {
			return
		}
		byPrefix := map[binding][]edit{}
		var order []binding
		for n := range apex.Descendants() {
			if n == apex || n.Kind() != xmldoc.ElementNode {
				continue
			}
			own, ok := startTagOf(n)
			if !ok {
				continue
			}
			for _, d := range n.Namespaces() {
				b := binding{d.Prefix, d.URI}
				if a := own.attr(declarationName(d.Prefix)); a != nil && d.Prefix != "" {
					if byPrefix[b] == nil {
						order = append(order, b)
					}
					byPrefix[b] = append(byPrefix[b], edit{a.start, a.end, ""})
				}
			}
		}
		// Up: what elements in it declare stood on the signed element.
		for _, b := range order {
			if tag.attr(declarationName(b.prefix)) != nil {
				continue
			}
			declare := edit{tag.nameEnd, tag.nameEnd, " " + declarationName(b.prefix) + `="` + escape(b.uri, '"') + `"`}
			if !yield(hypothesis{edits: append([]edit{declare}, byPrefix[b]...)}) {
				return
			}
		}
		// Down: what it declares stood on the elements that use it.
		for i := range tag.attrs {
			a := &tag.attrs[i]
			prefix, isDecl := strings.CutPrefix(a.name, "xmlns:")
			if !isDecl || apex.Name().Prefix == prefix {
				continue
			}
			value := apex.Document().Text()[a.valueStart:a.valueEnd]
			edits := []edit{{a.start, a.end, ""}}
			covered := map[*xmldoc.Node]bool{}
			for n := range apex.Descendants() {
				if n == apex || n.Kind() != xmldoc.ElementNode {
					continue
				}
				if covered[n.Parent()] {
					covered[n] = true
					continue
				}
				if !uses(n, prefix) {
					continue
				}
				covered[n] = true
				if own, ok := startTagOf(n); ok && own.attr(a.name) == nil {
					edits = append(edits, edit{own.nameEnd, own.nameEnd, " " + a.name + `="` + value + `"`})
				}
			}
			if !yield(hypothesis{edits: edits}) {
				return
			}
		}
	}
}

// uses reports whether the name of n, of one of its attributes or the value of
// its xsi:type has the prefix.
func uses(n *xmldoc.Node, prefix string) bool {
	if n.Name().Prefix == prefix {
		return true
	}
	attrs := n.Attrs()
	for i := range attrs {
		if attrs[i].Name.Prefix == prefix || attrs[i].Name.Local == "type" && strings.HasPrefix(attrs[i].Value, prefix+":") {
			return true
		}
	}
	return false
}
