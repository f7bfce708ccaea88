package xmldoc_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func TestCanonicalText(t *testing.T) {
	for _, tt := range []struct {
		text string
		ok   bool
	}{
		{"plain", true},
		{"  \n\té", true},
		{"a&amp;b&lt;c&gt;d", true},
		{"a>b", false},
		{"a&amp;b>c", false},
		{"&quot;", false},
		{"&#38;", false},
		{"&amp;&apos;", false},
		{"&#13;", false},
		{"a\r\nb", false},
		{"&amp;\r", false},
	} {
		n := parse(t, "<a>"+tt.text+"</a>").Root().FirstChild()
		source, ok := n.CanonicalText()
		if ok != tt.ok || ok && source != tt.text {
			t.Errorf("%q: got %q, %t", tt.text, source, ok)
		}
	}
	for n := range parse(t, "<a><![CDATA[x]]><!--x--><?x y?></a>").Root().Descendants() {
		if source, ok := n.CanonicalText(); ok {
			t.Errorf("%q is no text, but %q was returned", n.Source(), source)
		}
	}
}

func TestWrittenForms(t *testing.T) {
	root := parse(t, "<?b?><p:a  xmlns:p = 'urn:p' b ='1\t2' p:c=\"&amp;\"><b/><?b?><b xmlns='urn:d'/></p:a>").Root()
	var names, attrs []string
	for n := range root.Descendants() {
		if n.Kind() == xmldoc.ElementNode {
			names = append(names, n.Name().Space+"|"+n.QName())
		} else {
			names = append(names, n.Name().Space+"?"+n.Name().String())
		}
		for i := range n.Attrs() {
			attrs = append(attrs, n.AttrSource(&n.Attrs()[i]))
		}
	}
	if want := []string{"urn:p|p:a", "|b", "?b", "urn:d|b"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	if want := []string{"b ='1\t2'", `p:c="&amp;"`}; !slices.Equal(attrs, want) {
		t.Errorf("attributes %q, want %q", attrs, want)
	}
}

// TestManyNamespaces has more prefixes and namespace names than are looked up by
// comparing, each declared again further in.
func TestManyNamespaces(t *testing.T) {
	const n = 50
	declarations := func(shift int) string {
		return each(n, func(i int) string { return fmt.Sprintf(" xmlns:p%d='urn:%d'", i, (i+shift)%n) })
	}
	elements := each(n, func(i int) string { return fmt.Sprintf("<p%d:e p%[1]d:a=''/>", i) })
	d := parse(t, "<r"+declarations(0)+">"+elements+"<s"+declarations(7)+">"+elements+"</s>"+elements+"</r>")
	for e := range d.Root().Descendants() {
		name := e.Name()
		if name.Prefix == "" {
			continue
		}
		want, _ := e.LookupNamespace(name.Prefix)
		if attr := e.Attrs()[0].Name; want == "" || name.Space != want || attr.Space != want {
			t.Fatalf("%s: element in %q, attribute in %q, want %q", e.Path(), name.Space, attr.Space, want)
		}
	}
	if names := d.NamespaceNames(); len(names) != n || names[0] != "urn:0" || names[n-1] != fmt.Sprintf("urn:%d", n-1) {
		t.Errorf("namespace names %q", names)
	}
}

func TestNamespaceNames(t *testing.T) {
	d := xmldoc.Parse([]byte("<a xmlns='urn:b' xmlns:xml='"+xmldoc.XMLNamespace+"'><b xmlns='' xmlns:p='urn:&#97;'/><c xmlns='urn:b' xmlns:xmlns='wrong' xmlns:q='urn:c'/></a>"), xmldoc.Options{})
	if want := []string{"urn:b", "urn:a", "wrong", "urn:c"}; !slices.Equal(d.NamespaceNames(), want) {
		t.Errorf("got %q, want %q", d.NamespaceNames(), want)
	}
}

// TestDescendants holds what stands below each node against a walk over its
// children, in a whole document and in one that is cut off.
func TestDescendants(t *testing.T) {
	const whole = "<?p?><a>1<b>2<c/><!--3--><d><e/></d></b>4<f/></a><!--5-->"
	cut, _, _ := strings.Cut(whole, "</d>")
	for _, src := range []string{whole, cut} {
		d := xmldoc.Parse([]byte(src), xmldoc.Options{})
		var walk func(n *xmldoc.Node) []*xmldoc.Node
		walk = func(n *xmldoc.Node) []*xmldoc.Node {
			all := []*xmldoc.Node{n}
			for c := range n.Children() {
				all = append(all, walk(c)...)
			}
			return all
		}
		for n := range d.Nodes() {
			for _, n := range walk(n) {
				if got := slices.Collect(n.Descendants()); !slices.Equal(got, walk(n)) {
					t.Errorf("%q, %s: %d nodes, want %d", src, n.Path(), len(got), len(walk(n)))
				}
			}
		}
	}
}
