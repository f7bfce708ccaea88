package repair

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// TestStartTag reads the parts of start tags however they are written.
func TestStartTag(t *testing.T) {
	for _, tag := range []string{
		`<a/>`, `<a />`, `<a>`, `<p:a xmlns:p="urn:x">`, `<a  b = 'c"d'	e="f>g"/>`, "<a\n\tb=\"c\"\n>", `<a b=""/>`, `<a ab="b=1" b="2"/>`,
	} {
		xml := tag
		if !strings.HasSuffix(tag, "/>") {
			xml += "</" + strings.FieldsFunc(tag[1:], func(r rune) bool { return strings.ContainsRune(" \t\n>", r) })[0] + ">"
		}
		root := xmldoc.Parse([]byte(xml), xmldoc.Options{}).Root()
		got, ok := startTagOf(root)
		if !ok || xml[:got.end] != tag || got.empty != strings.HasSuffix(tag, "/>") || xml[1:got.nameEnd] != root.QName() {
			t.Errorf("%s: read as %+v, %t", tag, got, ok)
		}
		for i := range root.Attrs() {
			a := &root.Attrs()[i]
			part := got.attr(a.Name.String())
			if part == nil || xml[part.valueStart:part.valueEnd] != a.Raw || strings.TrimLeft(xml[part.start:part.end], " \t\n") != root.AttrSource(a) {
				t.Errorf("%s: %s is read as %+v", tag, a.Name, part)
			}
		}
		after := apply(xml, []edit{got.set("new", `<"&`)})
		if v := xmldoc.Parse([]byte(after), xmldoc.Options{}).Root().Attr("", "new"); v == nil || v.Value != `<"&` {
			t.Errorf("%s: an attribute put in gives %s", tag, after)
		}
	}
	if _, ok := startTagOf(xmldoc.Parse([]byte(`<a b="c`), xmldoc.Options{}).Root()); ok {
		t.Error("a tag that does not end is read")
	}
}

func TestSubsets(t *testing.T) {
	var got []string
	for s := range subsets(4, 2) {
		got = append(got, fmt.Sprint(s))
	}
	want := []string{"[0]", "[1]", "[2]", "[3]", "[0 1]", "[0 2]", "[0 3]", "[1 2]", "[1 3]", "[2 3]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("subsets of four (-want +got):\n%s", diff)
	}
	for s := range subsets(0, 3) {
		t.Errorf("a subset of nothing: %v", s)
	}
}
