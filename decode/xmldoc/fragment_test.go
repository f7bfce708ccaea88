package xmldoc_test

import (
	"slices"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// parseFragment reads src as what stands in the first element of outer named
// holder.
func parseFragment(t *testing.T, outer, holder, src string) *xmldoc.Document {
	t.Helper()
	d := xmldoc.Parse([]byte(outer), xmldoc.Options{})
	if !d.WellFormed() {
		t.Fatal(d.Errors()[0])
	}
	for n := range d.Root().Descendants() {
		if n.Kind() == xmldoc.ElementNode && n.Name().Local == holder {
			f := xmldoc.Parse([]byte(src), xmldoc.Options{Context: n})
			if f.Context() != n {
				t.Error("the document does not know its context")
			}
			return f
		}
	}
	t.Fatalf("no element %s", holder)
	return nil
}

func TestFragmentInheritsNamespaces(t *testing.T) {
	const outer = `<r xmlns="urn:default" xmlns:a="urn:a" xmlns:b="urn:b"><h xmlns:b="urn:b2" xmlns:c="urn:c"><gone xmlns:d="urn:d"/></h></r>`
	d := parseFragment(t, outer, "h", `<x a:one="1"><b:y/><c:z xmlns:c="urn:other" xmlns=""><w/></c:z></x>`)
	if !d.WellFormed() {
		t.Fatal(d.Errors()[0])
	}
	root := d.Root()
	y := root.FirstChild()
	z := y.Next()
	for _, c := range []struct {
		n    *xmldoc.Node
		want xmldoc.Name
	}{
		{root, xmldoc.Name{Space: "urn:default", Local: "x"}},
		{y, xmldoc.Name{Space: "urn:b2", Prefix: "b", Local: "y"}},
		{z, xmldoc.Name{Space: "urn:other", Prefix: "c", Local: "z"}},
		{z.FirstChild(), xmldoc.Name{Local: "w"}},
	} {
		if got := c.n.Name(); got != c.want {
			t.Errorf("got %+v, want %+v", got, c.want)
		}
	}
	if root.Attr("urn:a", "one") == nil {
		t.Error("the attribute's prefix is not resolved in the context")
	}
	if len(root.Namespaces()) != 0 {
		t.Errorf("what is inherited shows as declared: %v", root.Namespaces())
	}
	if uri, ok := root.LookupNamespace("c"); !ok || uri != "urn:c" {
		t.Errorf("c is bound to %q", uri)
	}
	if uri, ok := root.LookupNamespace("d"); ok {
		t.Errorf("d, of an element beside the fragment, is bound to %q", uri)
	}
}

func TestFragmentUndeclaredDefault(t *testing.T) {
	d := parseFragment(t, `<r xmlns="urn:default"><h xmlns=""/></r>`, "h", `<x/>`)
	if got := d.Root().Name().Space; got != "" {
		t.Errorf("the default namespace, undeclared around the fragment, is %q", got)
	}
	if d := xmldoc.Parse([]byte(`<a:x/>`), xmldoc.Options{}); d.WellFormed() {
		t.Error("without a context the prefix must be undeclared")
	}
}

func TestFragmentPathAndPosition(t *testing.T) {
	d := parseFragment(t, `<r><e/><e><h/></e></r>`, "h", "\n<x><y/>\n<y>t</y></x>")
	y := d.Root().LastChild()
	if got, want := y.Path(), "/r/e[2]/h/x/y[2]"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
	if got, want := y.FirstChild().Path(), "/r/e[2]/h/x/y[2]/text()"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
	if pos := y.Position(); pos.Line != 3 || pos.Column != 1 || pos.Offset != 9 {
		t.Errorf("position %+v is not that in the fragment itself", pos)
	}
	if d.Root().Parent() != nil || d.Root().Enclosing() != d.Context() || y.Enclosing() != d.Root() {
		t.Error("Parent must stay in the document, Enclosing must not")
	}

	inner := xmldoc.Parse([]byte(`<z><undeclared:q/></z>`), xmldoc.Options{Context: y})
	if got, want := inner.Root().Path(), "/r/e[2]/h/x/y[2]/z"; got != want {
		t.Errorf("path in a fragment of a fragment %s, want %s", got, want)
	}
	if errs := inner.Errors(); len(errs) != 1 || errs[0].Path != "/r/e[2]/h/x/y[2]/z/q" {
		t.Errorf("errors %v", errs)
	}
}

func TestFragmentNamespaceNames(t *testing.T) {
	d := parseFragment(t, `<r xmlns:a="urn:a"><h xmlns:b="relative"/></r>`, "h", `<x xmlns:c="urn:c"/>`)
	names := slices.Sorted(slices.Values(d.NamespaceNames()))
	if want := []string{"relative", "urn:a", "urn:c"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}
