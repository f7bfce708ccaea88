package xmldoc_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// FuzzParse checks what must hold for every input: no panic, offsets that nest,
// and for a well-formed document that what its tree says can be written down
// and read back as the same tree.
func FuzzParse(f *testing.F) {
	for i := range uint64(60) {
		src, _ := newGenerator(i).document()
		f.Add(src)
	}
	f.Add(samlLike(3 << 10))
	f.Fuzz(func(t *testing.T, src []byte) {
		d := xmldoc.Parse(src, xmldoc.Options{})
		checkInvariants(t, d)
		if !d.WellFormed() {
			return
		}
		again := xmldoc.Parse([]byte(serialise(d)), xmldoc.Options{})
		if !again.WellFormed() {
			t.Fatalf("written down and read again: %v\n%q", again.Errors(), serialise(d))
		}
		if got, want := serialise(again), serialise(d); got != want {
			t.Fatalf("another tree\ngot  %q\nwant %q", got, want)
		}
	})
}

// TestInvariants runs the checks of FuzzParse on generated documents.
func TestInvariants(t *testing.T) {
	for i := range uint64(2000) {
		src, _ := newGenerator(i).document()
		checkInvariants(t, xmldoc.Parse(src, xmldoc.Options{}))
	}
}

func checkInvariants(t *testing.T, d *xmldoc.Document) {
	t.Helper()
	if !utf8.ValidString(d.Text()) {
		t.Fatal("the text is not UTF-8")
	}
	if d.WellFormed() != (d.Root() != nil && d.Root().Closed() && len(d.Errors()) == 0) {
		t.Fatalf("well-formed %t, root %v, errors %v", d.WellFormed(), d.Root(), d.Errors())
	}
	if d.WellFormed() && (d.Open() != nil || d.Truncated()) {
		t.Fatal("a well-formed document is neither open nor truncated")
	}
	for i, e := range d.Errors() {
		if e.Fatal != (i == len(d.Errors())-1 && e.Fatal) || e.Code == "" || e.Message == "" || e.Error() == "" {
			t.Fatalf("error %d of %d: %#v", i, len(d.Errors()), e)
		}
		if p := e.Position(); p.Offset < 0 || p.Offset > len(d.Source()) {
			t.Fatalf("%v at offset %d of %d", e, p.Offset, len(d.Source()))
		}
	}
	open := map[*xmldoc.Node]bool{}
	for _, n := range d.Open() {
		open[n] = true
	}
	if d.Truncated() && !d.Errors()[len(d.Errors())-1].Fatal {
		t.Fatal("truncated without a fatal error")
	}
	end := 0
	for top := range d.Nodes() {
		start, stop := top.Range()
		if start < end {
			t.Fatalf("%q begins before its predecessor ends", top.Source())
		}
		end = stop
		for n := range top.Descendants() {
			checkNode(t, n, open[n])
		}
	}
}

func checkNode(t *testing.T, n *xmldoc.Node, open bool) {
	t.Helper()
	start, end := n.Range()
	if start > end || end > len(n.Document().Text()) {
		t.Fatalf("range %d to %d", start, end)
	}
	if parent := n.Parent(); parent != nil {
		if from, to := parent.Range(); start < from || end > to {
			t.Fatalf("%q does not lie within %q", n.Source(), parent.Source())
		}
	}
	if prev := n.Prev(); prev != nil {
		if _, to := prev.Range(); to > start || prev.Next() != n {
			t.Fatalf("%q and %q overlap", prev.Source(), n.Source())
		}
	}
	if n.Closed() == open {
		t.Fatalf("%q: closed %t, open %t", n.Source(), n.Closed(), open)
	}
	switch n.Kind() {
	case xmldoc.ElementNode:
		if !strings.HasPrefix(n.Source(), "<"+n.Name().String()) {
			t.Fatalf("%q is named %q", n.Source(), n.Name())
		}
		for _, a := range n.Attrs() {
			if !strings.Contains(n.Source(), a.Raw) {
				t.Fatalf("%q does not hold %q", n.Source(), a.Raw)
			}
		}
	case xmldoc.TextNode:
		if n.Value() == "" || strings.Contains(n.Source(), "<") {
			t.Fatalf("text %q, %q", n.Value(), n.Source())
		}
	}
}

// serialise writes a document so that reading it gives the same tree.
func serialise(d *xmldoc.Document) string {
	var b strings.Builder
	for n := range d.Nodes() {
		serialiseNode(&b, n)
	}
	return b.String()
}

func serialiseNode(b *strings.Builder, root *xmldoc.Node) {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;")
	n := root
	for n != nil {
		switch n.Kind() {
		case xmldoc.TextNode:
			b.WriteString(escape.Replace(n.Value()))
		case xmldoc.CDATANode:
			b.WriteString("<![CDATA[" + n.Value() + "]]>")
		case xmldoc.CommentNode:
			b.WriteString("<!--" + n.Value() + "-->")
		case xmldoc.PINode:
			b.WriteString("<?" + n.Name().Local + " " + n.Value() + "?>")
		case xmldoc.ElementNode:
			b.WriteString("<" + n.Name().String())
			for _, decl := range n.Namespaces() {
				name := "xmlns"
				if decl.Prefix != "" {
					name += ":" + decl.Prefix
				}
				b.WriteString(" " + name + `="` + escape.Replace(decl.URI) + `"`)
			}
			for _, a := range n.Attrs() {
				b.WriteString(" " + a.Name.String() + `="` + escape.Replace(a.Value) + `"`)
			}
			b.WriteString(">")
			if n.FirstChild() != nil {
				n = n.FirstChild()
				continue
			}
			b.WriteString("</" + n.Name().String() + ">")
		}
		for n != root && n.Next() == nil {
			n = n.Parent()
			b.WriteString("</" + n.Name().String() + ">")
		}
		if n == root {
			return
		}
		n = n.Next()
	}
}
