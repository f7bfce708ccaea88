package xmldsig_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func canonical(tb testing.TB, c xmldsig.Canonicalization, doc *xmldoc.Document, s xmldsig.Selection) string {
	tb.Helper()
	var b bytes.Buffer
	if err := c.Canonicalize(&b, doc, s); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// first is the first element of that local name.
func first(tb testing.TB, doc *xmldoc.Document, local string) *xmldoc.Node {
	tb.Helper()
	for n := range doc.Root().Descendants() {
		if n.Kind() == xmldoc.ElementNode && n.Name().Local == local {
			return n
		}
	}
	tb.Fatalf("no element %s", local)
	return nil
}

func TestCanonicalize(t *testing.T) {
	exclusive := xmldsig.Canonicalization{Exclusive: true}
	for _, tt := range []struct {
		name   string
		method xmldsig.Canonicalization
		src    string
		apex   string // local name; empty for the document
		omit   string
		want   string
	}{
		{"empty element", exclusive, `<a/>`, "", "", `<a></a>`},
		{"attributes sorted by namespace, then name", exclusive, `<a xmlns:z="urn:1" xmlns:b="urn:2" b:a="1" z:b="2" c="3" z:a="4"/>`, "", "", `<a xmlns:b="urn:2" xmlns:z="urn:1" c="3" z:a="4" z:b="2" b:a="1"></a>`},
		{"attribute white space is blanks, references stay", exclusive, "<a b=\"1\n2\t3\r\n4\" c=\"&#10;&#9;&#13;\"/>", "", "", `<a b="1 2 3 4" c="&#xA;&#x9;&#xD;"></a>`},
		{"attribute escapes", exclusive, `<a b='"&lt;&amp;>' />`, "", "", `<a b="&quot;&lt;&amp;>"></a>`},
		{"text escapes", exclusive, "<a>&lt;&amp;&gt;>\r\n&#13;\"'<![CDATA[<&>]]></a>", "", "", "<a>&lt;&amp;&gt;&gt;\n&#xD;\"'&lt;&amp;&gt;</a>"},
		{"comments dropped", exclusive, `<!--1--><a><!--2-->x<!--3--></a><!--4-->`, "", "", `<a>x</a>`},
		{"comments kept", xmldsig.Canonicalization{Comments: true}, `<!--1--><a><!--2--></a><!--4-->`, "", "", "<!--1-->\n<a><!--2--></a>\n<!--4-->"},
		{"processing instructions", exclusive, `<?a b?> <a><?c  d ?><?e?></a> <?f?>`, "", "", "<?a b?>\n<a><?c d ?><?e?></a>\n<?f?>"},
		{"declaration and document type dropped", exclusive, `<?xml version="1.0"?><!DOCTYPE a><a/>`, "", "", `<a></a>`},
		{"exclusive leaves out unused namespaces", exclusive, `<a xmlns:x="urn:x"><x:b/><x:c/></a>`, "", "", `<a><x:b xmlns:x="urn:x"></x:b><x:c xmlns:x="urn:x"></x:c></a>`},
		{"inclusive keeps them", xmldsig.Canonicalization{}, `<a xmlns:x="urn:x"><x:b/></a>`, "", "", `<a xmlns:x="urn:x"><x:b></x:b></a>`},
		{"superfluous declarations", xmldsig.Canonicalization{}, `<a xmlns="" xmlns:x="urn:x"><b xmlns:x="urn:x"/></a>`, "", "", `<a xmlns:x="urn:x"><b></b></a>`},
		{"default namespace undone", exclusive, `<a xmlns="urn:a"><b xmlns=""><c xmlns="urn:a"/></b></a>`, "", "", `<a xmlns="urn:a"><b xmlns=""><c xmlns="urn:a"></c></b></a>`},
		{"prefix bound anew and back", exclusive, `<x:a xmlns:x="urn:1"><x:b xmlns:x="urn:2"><x:c xmlns:x="urn:1"/></x:b><x:d/></x:a>`, "", "", `<x:a xmlns:x="urn:1"><x:b xmlns:x="urn:2"><x:c xmlns:x="urn:1"></x:c></x:b><x:d></x:d></x:a>`},
		{"subtree, exclusive", exclusive, `<a xmlns="urn:a" xmlns:x="urn:x"><b>1</b></a>`, "b", "", `<b xmlns="urn:a">1</b>`},
		{"subtree, inclusive", xmldsig.Canonicalization{}, `<a xmlns="urn:a" xmlns:x="urn:x" xml:lang="en" xml:id="i" c="d"><b>1</b></a>`, "b", "", `<b xmlns="urn:a" xmlns:x="urn:x" xml:id="i" xml:lang="en">1</b>`},
		{"subtree, 1.1", xmldsig.Canonicalization{V11: true}, `<a xml:lang="en" xml:id="i" xml:space="preserve" xml:base="http://x/a/"><b xml:base="../c">1</b></a>`, "b", "", `<b xml:base="http://x/c" xml:lang="en" xml:space="preserve">1</b>`},
		{"subtree, its own xml:lang", xmldsig.Canonicalization{}, `<a xml:lang="en"><b xml:lang="de"/></a>`, "b", "", `<b xml:lang="de"></b>`},
		{"PrefixList", xmldsig.Canonicalization{Exclusive: true, Prefixes: []string{"x", "gone"}}, `<a xmlns:x="urn:x" xmlns:y="urn:y"><b xmlns:x="urn:x2"/></a>`, "b", "", `<b xmlns:x="urn:x2"></b>`},
		{"PrefixList from an ancestor", xmldsig.Canonicalization{Exclusive: true, Prefixes: []string{"x"}}, `<a xmlns:x="urn:x"><b/></a>`, "b", "", `<b xmlns:x="urn:x"></b>`},
		{"PrefixList #default", xmldsig.Canonicalization{Exclusive: true, Prefixes: []string{""}}, `<x:a xmlns="urn:d" xmlns:x="urn:x"><x:b/></x:a>`, "b", "", `<x:b xmlns="urn:d" xmlns:x="urn:x"></x:b>`},
		{"prefix xml is never declared", exclusive, `<a xml:lang="en"/>`, "", "", `<a xml:lang="en"></a>`},
		{"omitted element", exclusive, `<a>1<s><b/></s>2<c/></a>`, "", "s", `<a>12<c></c></a>`},
		{"omitted last element", exclusive, `<a><b><s>x</s></b></a>`, "", "s", `<a><b></b></a>`},
		{"apex inside what is omitted", exclusive, `<a><s><b/></s></a>`, "b", "s", ``},
		{"omitted root", exclusive, `<!--c--><?p?><s/>`, "", "s", "<?p?>\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := xmldoc.Parse([]byte(tt.src), xmldoc.Options{})
			if !doc.WellFormed() {
				t.Fatal(doc.Errors()[0])
			}
			var s xmldsig.Selection
			if tt.apex != "" {
				s.Apex = first(t, doc, tt.apex)
			}
			if tt.omit != "" {
				s.Omit = first(t, doc, tt.omit)
			}
			if got := canonical(t, tt.method, doc, s); got != tt.want {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

// The three outputs that xmllint has. They keep comments.
var xmllintMethods = map[string]xmldsig.Canonicalization{
	"--c14n":     {Comments: true},
	"--c14n11":   {V11: true, Comments: true},
	"--exc-c14n": {Exclusive: true, Comments: true},
}

// TestCanonicalizeAgreesWithXmllint compares whole documents, byte for byte. A
// processing instruction at the end of each document tells them apart.
func TestCanonicalizeAgreesWithXmllint(t *testing.T) {
	path, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed")
	}
	size := 3000
	if testing.Short() {
		size = 300
	}
	dir := t.TempDir()
	x := &xmlsec{t: t, dir: dir}
	var sources [][]byte
	var files []string
	for seed := range uint64(size) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 14))}
		text, declaration := g.message()
		for g.chance(50) {
			text = strings.Replace(text, "</", g.nested(0)+"</", 1)
		}
		encoding := pick(g, "UTF-8", "UTF-8", "ISO-8859-1", "UTF-16LE", "UTF-16BE")
		if !declaration {
			encoding = "UTF-8"
		}
		text = strings.Replace(text, "@encoding@", strings.TrimRight(encoding, "LBE"), 1)
		src := transcode(text+fmt.Sprintf("<?end %d?>", seed), encoding)
		if !xmldoc.Parse(src, xmldoc.Options{}).WellFormed() {
			continue // the generator nests without looking where
		}
		sources = append(sources, src)
		files = append(files, x.write(fmt.Sprintf("%d.xml", seed), src))
	}
	if len(sources) < size*9/10 {
		t.Fatalf("only %d of %d documents are well-formed", len(sources), size)
	}
	for option, method := range xmllintMethods {
		var out []byte
		for chunk := range slices.Chunk(files, 500) {
			part, err := exec.Command(path, append([]string{option}, chunk...)...).Output()
			if err != nil {
				t.Fatalf("xmllint %s: %v", option, err)
			}
			out = append(out, part...)
		}
		differences := 0
		for i, src := range sources {
			doc := xmldoc.Parse(src, xmldoc.Options{})
			got := canonical(t, method, doc, xmldsig.Selection{})
			want := out[:min(len(out), len(got))]
			if string(want) != got {
				if differences++; differences <= 3 {
					t.Errorf("%s of %s\n got %q\nwant %q", option, filepath.Base(files[i]), got, want)
				}
				end := bytes.Index(out, []byte("<?end "))
				want = out[:end+bytes.IndexByte(out[end:], '>')+1]
			}
			out = out[len(want):]
		}
		if len(out) > 0 {
			t.Errorf("%s: %d octets are left over", option, len(out))
		}
		t.Logf("%s: %d documents, %d differences", option, len(sources), differences)
	}
}

// TestCanonicalizeLarge takes shapes that make other canonicalisers quadratic,
// large enough that this one would not come to an end either if it were.
func TestCanonicalizeLarge(t *testing.T) {
	const size = 100_000
	repeat := strings.Repeat
	var declarations, attributes strings.Builder
	for i := range size / 10 {
		fmt.Fprintf(&declarations, ` xmlns:p%05d="urn:x"`, i)
		fmt.Fprintf(&attributes, ` a%05d=""`, i)
	}
	for _, tt := range []struct{ name, src, want string }{
		{"depth", repeat("<a>", size) + repeat("</a>", size), repeat("<a>", size) + repeat("</a>", size)},
		{"depth with declarations", repeat(`<a xmlns="urn:1"><a xmlns="">`, size/2) + repeat("</a>", size), repeat(`<a xmlns="urn:1"><a xmlns="">`, size/2) + repeat("</a>", size)},
		{"siblings", "<a>" + repeat("<b/>", size) + "</a>", "<a>" + repeat("<b></b>", size) + "</a>"},
		{"comments", "<a>" + repeat("<!--c-->", size) + "</a>", "<a></a>"},
		{"namespaces", "<a" + declarations.String() + ">" + repeat("<b/>", size) + "</a>", "<a" + declarations.String() + ">" + repeat("<b></b>", size) + "</a>"},
		{"attributes", "<a" + attributes.String() + "/>", "<a" + attributes.String() + "></a>"},
		{"text", "<a>" + repeat("x&amp;", size) + "</a>", "<a>" + repeat("x&amp;", size) + "</a>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := xmldoc.Parse([]byte(tt.src), xmldoc.Options{Limits: xmldoc.Limits{Depth: -1, Attributes: -1}})
			if !doc.WellFormed() {
				t.Fatal(doc.Errors()[0])
			}
			if got := canonical(t, xmldsig.Canonicalization{}, doc, xmldsig.Selection{}); got != tt.want {
				t.Errorf("got %d octets, want %d", len(got), len(tt.want))
			}
			// The root as the apex of a subtree takes another way.
			if got := canonical(t, xmldsig.Canonicalization{Exclusive: true}, doc, xmldsig.Selection{Apex: doc.Root()}); tt.name != "namespaces" && got != tt.want {
				t.Errorf("exclusive: got %d octets, want %d", len(got), len(tt.want))
			}
		})
	}
}
