package xmldoc_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// shapes are documents that a careless reader takes quadratic time or memory
// for. Each grows linearly with n.
var shapes = []struct {
	name string
	make func(n int) string
	code string // of the first error, if there is one
}{
	{"siblings", func(n int) string { return "<a>" + strings.Repeat("<b/>x", n) + "</a>" }, ""},
	{"depth", func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }, ""},
	{"depth with declarations", func(n int) string {
		return each(n, func(i int) string { return fmt.Sprintf("<p:a xmlns:p='urn:%06d'>", i) }) + strings.Repeat("</p:a>", n)
	}, ""},
	{"attributes", func(n int) string {
		return "<a" + each(n, func(i int) string { return fmt.Sprintf(" a%06d=''", i) }) + "/>"
	}, ""},
	{"prefixed attributes", func(n int) string {
		return "<a xmlns:p='urn:p' xmlns:q='urn:q'" + each(n, func(i int) string { return fmt.Sprintf(" p:a%06d='' q:a%06d=''", i, i) }) + "/>"
	}, ""},
	{"namespaces", func(n int) string {
		return "<a" + each(n, func(i int) string { return fmt.Sprintf(" xmlns:p%06d='urn:%06d'", i, i) }) + "/>"
	}, ""},
	{"one name in many namespaces", func(n int) string {
		return "<a>" + each(n, func(i int) string { return fmt.Sprintf("<b xmlns='urn:%06d'/>", i) }) + "</a>"
	}, ""},
	{"names", func(n int) string {
		return "<a>" + each(n, func(i int) string { return fmt.Sprintf("<b%06d/>", i) }) + "</a>"
	}, ""},
	{"references", func(n int) string { return "<a>" + strings.Repeat("&lt;&#65;", n) + "</a>" }, ""},
	{"texts with references", func(n int) string { return "<a>" + strings.Repeat("<b>&lt;</b>", n) + "</a>" }, ""},
	{"values with references", func(n int) string { return "<a>" + strings.Repeat("<b c='&lt;'/>", n) + "</a>" }, ""},
	{"carriage returns", func(n int) string { return "<a>" + strings.Repeat("<b/>\r\n", n) + "</a>" }, ""},
	{"comments", func(n int) string { return "<a>" + strings.Repeat("x<!--y-->", n) + "</a>" }, ""},
	{"CDATA", func(n int) string { return "<a>" + strings.Repeat("x<![CDATA[y]]>", n) + "</a>" }, ""},
	{"markup without end", func(n int) string { return "<a>" + strings.Repeat("<!-- ", n) }, xmldoc.CodeDoubleHyphen},
	{"less-than signs", func(n int) string { return strings.Repeat("<", n) }, xmldoc.CodeBareLessThan},
	{"undeclared prefixes", func(n int) string { return "<a>" + strings.Repeat("<p:b/>", n) + "</a>" }, xmldoc.CodeUndeclaredPrefix},
	{"duplicate attributes", func(n int) string { return "<a" + strings.Repeat(" b=''", n) + "/>" }, xmldoc.CodeDuplicate},
	{"long name", func(n int) string { return "<" + strings.Repeat("a", n) + "/>" }, ""},
	{"content model", func(n int) string {
		return "<!DOCTYPE a [<!ELEMENT a " + strings.Repeat("(", n) + "b" + strings.Repeat(")", n) + ">]><a/>"
	}, ""},
	{"declared entities", func(n int) string {
		return "<!DOCTYPE a [" + each(n, func(i int) string { return fmt.Sprintf("<!ENTITY e%06d 'x'>", i) }) + "]><a/>"
	}, ""},
}

func each(n int, f func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(f(i))
	}
	return b.String()
}

var unlimited = xmldoc.Options{Limits: xmldoc.Limits{Bytes: -1, Depth: -1, Attributes: -1, Nodes: -1}}

// TestMemoryIsLinear has eight times the input cost at most some ten times the
// memory, and never more than a fixed number of bytes for each byte of input.
func TestMemoryIsLinear(t *testing.T) {
	const small, factor = 4000, 8
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			one := []byte(shape.make(small))
			many := []byte(shape.make(small * factor))
			d := xmldoc.Parse(many, unlimited)
			code := ""
			if len(d.Errors()) > 0 {
				code = d.Errors()[0].Code
			}
			if code != shape.code {
				t.Fatalf("first error %q, want %q: %v", code, shape.code, d.Errors()[0])
			}
			before, after := allocated(one), allocated(many)
			if after > before*factor*3/2 {
				t.Errorf("%d bytes of memory for %d, but %d for %d times as much", before, len(one), after, factor)
			}
			if perByte := after / uint64(len(many)); perByte > 150 {
				t.Errorf("%d bytes of memory for each byte of input", perByte)
			}
		})
	}
}

// allocated is how many bytes reading src allocates.
func allocated(src []byte) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	xmldoc.Parse(src, unlimited)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestFewAllocations keeps the number of allocations from growing with the
// document: nodes, attributes and values stand in slices.
func TestFewAllocations(t *testing.T) {
	small, large := samlLike(10<<10), samlLike(1000<<10)
	count := func(src []byte) float64 {
		return testing.AllocsPerRun(5, func() { xmldoc.Parse(src, xmldoc.Options{}) })
	}
	if s, l := count(small), count(large); l > s+60 {
		t.Errorf("%v allocations for %d bytes, %v for %d", s, len(small), l, len(large))
	}
}

// BenchmarkShapes shows time: MB/s must be about the same for both sizes of a
// shape.
func BenchmarkShapes(b *testing.B) {
	for _, shape := range shapes {
		for _, n := range []int{4_000, 64_000} {
			src := []byte(shape.make(n))
			b.Run(fmt.Sprintf("%s/%d", shape.name, n), func(b *testing.B) {
				b.SetBytes(int64(len(src)))
				b.ReportAllocs()
				for b.Loop() {
					xmldoc.Parse(src, unlimited)
				}
			})
		}
	}
}
