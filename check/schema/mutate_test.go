package schema

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// mutate makes one change of a kind that people, programs and attackers make.
func (g *generator) mutate(root *element) {
	nodes := root.all()
	e := pick(g, nodes)
	var parent *element // of an element below the root, when there is one
	index := 0
	if len(nodes) > 1 {
		child := nodes[1+g.random.IntN(len(nodes)-1)]
		for _, candidate := range nodes {
			if i := slices.IndexFunc(candidate.children, func(c any) bool { return c == any(child) }); i >= 0 {
				parent, index = candidate, i
			}
		}
	}
	mutations := []func(){
		func() { g.mutateName(e) },
		func() { g.mutateAttribute(e) },
		func() { g.mutateAttribute(e) },
		func() { g.mutateText(e) },
		func() { g.mutateText(e) },
		func() { g.insert(e, g.make(pick(g, g.elements), 0)) },
		func() { g.insert(e, &element{name: pick(g, []string{"ext:Thing", "Thing", "saml:Thing", "ds:Thing"})}) },
		func() { g.mutateType(e) },
	}
	if parent != nil {
		mutations = append(mutations,
			func() { parent.children = slices.Delete(parent.children, index, index+1) },
			func() { g.insert(parent, parent.children[index].(*element).clone()) },
			func() {
				c := parent.children[index]
				parent.children = slices.Delete(parent.children, index, index+1)
				g.insert(parent, c)
			},
			func() {
				c := parent.children[index].(*element)
				if !slices.Contains(c.all(), e) {
					parent.children = slices.Delete(parent.children, index, index+1)
					g.insert(e, c)
				}
			},
			func() { // unwrapped: its children stand where it stood
				c := parent.children[index].(*element)
				parent.children = slices.Replace(parent.children, index, index+1, c.children...)
			},
			func() { // everything else cut away
				c := parent.children[index]
				parent.children = []any{c}
			},
		)
	}
	pick(g, mutations)()
}

func (g *generator) insert(e *element, c any) {
	e.children = slices.Insert(e.children, g.random.IntN(len(e.children)+1), c)
}

func (g *generator) mutateName(e *element) {
	prefix, local, _ := strings.Cut(e.name, ":")
	if local == "" {
		prefix, local = "ext", prefix
	}
	switch g.random.IntN(5) {
	case 0:
		e.name = prefix + ":" + strings.ToLower(local)
	case 1:
		e.name = pick(g, prefixes).prefix + ":" + local
	case 2:
		e.name = local
	case 3:
		e.name = qualified(pick(g, g.elements).name)
	case 4:
		e.name = prefix + ":" + local + "s"
	}
}

func (g *generator) mutateAttribute(e *element) {
	names := []string{
		"ID", "Id", "id", "Version", "IssueInstant", "Format", "Address", "foo", "ext:foo", "xsi:foo", "saml:Name", "samlp:ID",
		"xml:lang", "xml:space", "xml:base", "xml:foo", "xsi:nil", "xsi:schemaLocation", "xsi:type", "Recipient", "NotBefore",
	}
	if len(e.attrs) == 0 {
		e.set(pick(g, names), pick(g, lexicals))
		return
	}
	i := g.random.IntN(len(e.attrs))
	rename := func(to string) {
		if e.attr(to) == nil {
			e.attrs[i][0] = to
		}
	}
	switch g.random.IntN(7) {
	case 0:
		e.attrs = slices.Delete(e.attrs, i, i+1)
	case 1:
		rename(pick(g, names))
	case 2:
		_, local, found := strings.Cut(e.attrs[i][0], ":")
		if !found {
			local = strings.ToLower(e.attrs[i][0])
		}
		rename(local)
	case 3:
		e.set(pick(g, names), pick(g, lexicals))
	case 4:
		e.attrs[i][1] = pick(g, []string{e.attrs[i][1] + " ", " " + e.attrs[i][1], strings.ToUpper(e.attrs[i][1]), "_id1"})
	default:
		e.attrs[i][1] = pick(g, lexicals)
	}
}

func (g *generator) mutateText(e *element) {
	text := pick(g, []string{"stray", " ", "\n", "<![CDATA[]]>", "<![CDATA[ ]]>", "<!-- c -->", "&#32;", "\u00a0", escaper.Replace(pick(g, lexicals))})
	if g.chance(50) {
		g.insert(e, text)
		return
	}
	for i, c := range e.children {
		if _, ok := c.(string); ok {
			e.children[i] = text
			return
		}
	}
	g.insert(e, text)
}

func (g *generator) mutateType(e *element) {
	if g.chance(15) {
		e.set("xsi:nil", pick(g, []string{"true", "false", " 1 ", "nil", ""}))
		return
	}
	name := qualified(pick(g, g.types).name)
	switch g.random.IntN(6) {
	case 0:
		name = pick(g, []string{"nope:string", "string", "xs:nope", " xs:string", "", "a b", "xs:string ", "saml:NameIDType", "xs:string"})
	case 1:
		name = strings.ToLower(name)
	}
	if !strings.Contains(name, "#") {
		e.set("xsi:type", name)
	}
}

// TestAgreesWithXMLLint holds the verdicts on generated and mutated messages
// against libxml2's.
func TestAgreesWithXMLLint(t *testing.T) {
	oracle := newXMLLint(t)
	g := newGenerator(1)
	var documents []string
	for _, seed := range messages {
		doc := xmldoc.Parse([]byte(seed.xml), xmldoc.Options{})
		tree := fromXML(doc.Root())
		documents = append(documents, seed.xml, tree.document())
		for i := range 150 {
			mutant := tree.clone()
			for range 1 + i%3 {
				g.mutate(mutant)
			}
			documents = append(documents, mutant.document())
		}
	}
	for range 12 {
		for _, declared := range g.elements {
			tree := g.make(declared, 1+g.random.IntN(5))
			documents = append(documents, tree.document())
			for i := range 2 {
				mutant := tree.clone()
				for range 1 + i {
					g.mutate(mutant)
				}
				documents = append(documents, mutant.document())
			}
		}
	}
	valid := oracle.compare(t, documents)
	t.Logf("%d documents, %d valid", len(documents), valid)
	if len(documents) < 3000 || valid < len(documents)/5 || valid > len(documents)*4/5 {
		t.Errorf("the mixture of documents is of little use: %d of %d are valid", valid, len(documents))
	}
}

// FuzzValidate looks for panics, and for violations that break the promises of
// their documentation.
func FuzzValidate(f *testing.F) {
	g := newGenerator(2)
	for _, seed := range messages {
		f.Add([]byte(seed.xml), uint64(1))
	}
	for _, declared := range g.elements {
		f.Add([]byte(g.make(declared, 2).document()), uint64(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		check := func(data []byte) *xmldoc.Document {
			doc := xmldoc.Parse(data, xmldoc.Options{})
			violations := Validate(doc.Root())
			if len(violations) > MaxViolations {
				t.Errorf("%d violations", len(violations))
			}
			for _, v := range violations {
				if v.Node == nil || v.Reason == "" || !strings.HasSuffix(v.Message, ".") {
					t.Errorf("incomplete violation %+v", v)
				}
			}
			return doc
		}
		doc := check(data)
		if doc.Root() == nil || !doc.WellFormed() {
			return
		}
		// Cut anywhere, a valid message lacks nothing that was not yet due.
		if len(Validate(doc.Root())) == 0 {
			cut := data[:rand.New(rand.NewPCG(seed, 0)).IntN(len(data)+1)]
			part := xmldoc.Parse(cut, xmldoc.Options{})
			if root := part.Root(); root != nil && part.Truncated() {
				for _, v := range Validate(root) {
					t.Errorf("cut at byte %d of a valid document: %s", len(cut), v.Message)
				}
			}
		}
	})
}
