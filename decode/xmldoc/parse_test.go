package xmldoc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func TestWellFormed(t *testing.T) {
	for _, src := range []string{
		"<a/>", "<a></a >", "<a\n/>", "\n<a/>\n", "\uFEFF<a/>",
		`<?xml version="1.0"?><a/>`, `<?xml version='1.0' encoding='UTF-8' standalone='yes' ?><a/>`, `<?xml version="1.7"?><a/>`,
		`<?xml-stylesheet href="x"?><a/><?p?><!-- end -->`, "<a><?p ??></a>", "<a><!----></a>", "<a><!-- - --></a>",
		"<a>]] ></a>", "<a>]]&gt;</a>", "<a>></a>", "<a><![CDATA[]]]]></a>", "<a><![CDATA[<&]]></a>",
		`<a b=">" c='"' d="'"/>`, `<a b="&lt;&gt;&amp;&quot;&apos;"/>`, "<a>&#x10FFFF;&#9;&#xD;</a>",
		"<é/>", "<a·/>", "<_:a xmlns:_='urn:x'/>", "<a xml:lang='en'/>", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
		"<a xmlns='urn:a'><b xmlns=''/></a>", "<a x='1' p:x='1' xmlns:p='urn:p'/>", "<a xmlns='urn:p' xmlns:p='urn:p' x='1' p:x='2'/>",
		"<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'a.dtd'><a/>", `<!DOCTYPE a PUBLIC "-//X" "a.dtd" [ ]><a/>`,
		`<!DOCTYPE a [<!ELEMENT a (#PCDATA|b)*> <!ELEMENT b ((c,d?)+|e)*> <!ENTITY x "]>"> <!-- ]> --> <?p ]> ?> <!ENTITY % y "z"> <!NOTATION n PUBLIC "p"> <!ATTLIST a b (c|d) #REQUIRED e NOTATION (n) #IMPLIED>]><a/>`,
	} {
		if d := xmldoc.Parse([]byte(src), xmldoc.Options{}); !d.WellFormed() || d.Root() == nil || d.Open() != nil || d.Truncated() {
			t.Errorf("%q: errors %v, root %v, open %v", src, d.Errors(), d.Root(), d.Open())
		}
	}
}

// TestErrors has the first error of ill-formed documents. The place of each is
// marked by "¶" in the document, which is removed before it is read.
func TestErrors(t *testing.T) {
	const deep = 1000
	for _, test := range []struct {
		code  string
		fatal bool
		path  string
		docs  []string
	}{
		{xmldoc.CodeEmptyDocument, true, "", []string{"¶", "¶ \n"}},
		{xmldoc.CodeMissingRoot, true, "", []string{"<!-- c -->¶", "<?xml version='1.0'?>\n¶", "<!DOCTYPE a>¶"}},
		{xmldoc.CodeTextBefore, true, "", []string{"¶x<a/>", "¶{}", "<!-- c -->¶&amp;<a/>", "¶PHNhbWxwOlJlc3BvbnNl"}},
		{xmldoc.CodeTextAfter, true, "", []string{"<a/>¶x", "<a></a>\n¶&amp;"}},
		{xmldoc.CodeSecondRoot, true, "", []string{"<a/>¶<b/>", "<a/><!-- c -->¶<a/>"}},
		{xmldoc.CodeTruncated, true, "", []string{"<¶", "<a¶", "<!--¶", "<!-- -¶", "<!-- --¶", "<?xml¶", "<?xml version='1.0'¶", "<!DOC¶", "<!DOCTYPE a [¶", "<!DOCTYPE a [<!ELEMENT¶", "<a/><?p¶"}},
		{xmldoc.CodeTruncated, true, "/a", []string{"<a>¶", "<a>text¶", "<a b¶", "<a b=¶", "<a b='¶", "<a b='x&am¶", "<a /¶", "<a>&¶", "<a>&#3¶", "<a><¶", "<a></¶", "<a></a¶", "<a><!¶", "<a><![CDATA[x]]¶", "<a><?p ¶", "<a><b/>¶"}},
		{xmldoc.CodeTruncated, true, "/a/b", []string{"<a><b>¶", "<a><b c='1'>x</b¶"}},

		{xmldoc.CodeMismatchedTag, true, "/a/b", []string{"<a><b>¶</a>", "<a><b>¶</c>"}},
		{xmldoc.CodeMismatchedTag, true, "/a", []string{"<a>¶</ab>", "<p:a xmlns:p='urn:p'>¶</a>"}},
		{xmldoc.CodeUnexpectedEndTag, true, "", []string{"¶</a>", "<a/>¶</a>"}},
		{xmldoc.CodeMalformedTag, true, "/a", []string{"<a¶=/>", "<a ¶/b>", "<a ¶<b/>", "<a b='1'¶\"/>", "<a></a ¶b>", "<a>¶</>", "<a>¶</ a>"}},
		{xmldoc.CodeMalformedMarkup, true, "/a", []string{"<a>¶<!x></a>", "<a>¶<!ELEMENT a ANY></a>"}},
		{xmldoc.CodeMalformedMarkup, true, "", []string{"¶<!doctype a><a/>"}},
		{xmldoc.CodeBareLessThan, true, "/a", []string{"<a>1 ¶< 2</a>", "<a>¶<1/></a>", "<a>¶<<b/></a>"}},
		{xmldoc.CodeBadName, true, "/a", []string{"<a ¶1='x'/>", "<a ¶-a=''/>"}},
		{xmldoc.CodeBadName, true, "", []string{"<a¶\u00A0b='1'/>", "<a¶\u00D7/>"}},

		{xmldoc.CodeMissingBlank, true, "/a", []string{"<a b='1'¶c='2'/>"}},
		{xmldoc.CodeMissingBlank, true, "", []string{"<?xml version='1.0'¶encoding='UTF-8'?><a/>", "<!DOCTYPE¶[]><a/>", "<!DOCTYPE a [<!ELEMENT¶(a)>]><a/>"}},
		{xmldoc.CodeMissingValue, true, "/a", []string{"<a ¶b/>", "<a ¶b c='1'/>"}},
		{xmldoc.CodeUnquotedValue, true, "/a", []string{"<a b=¶1/>", "<a b = ¶>"}},
		{xmldoc.CodeLessThanInValue, true, "/a", []string{"<a b='x¶<y'/>", "<a b='x>¶<c d='1'/></a>"}},

		{xmldoc.CodeDuplicate, false, "/a", []string{"<a b='1' ¶b='2'/>", "<a xmlns='urn:a' ¶xmlns='urn:b'/>", "<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' ¶q:b='2'/>"}},
		{xmldoc.CodeUndeclaredPrefix, false, "/a", []string{"<¶p:a/>", "<a ¶p:b='1'/>", "<¶xmlns:a/>"}},
		{xmldoc.CodeUndeclaredPrefix, false, "/a/b", []string{"<a><c xmlns:p='urn:p'/><¶p:b/></a>"}},
		{xmldoc.CodeBadQName, false, "/a", []string{"<a ¶:b='1'/>", "<a ¶b:='1'/>", "<a xmlns:b='urn:b' ¶b:c:d='1'/>", "<a ¶xmlns:='urn:b'/>", "<a ¶xmlns:b:c='urn:b'/>"}},
		{xmldoc.CodeBadQName, false, "/b:c", []string{"<¶a:b:c xmlns:a='urn:a'/>"}},
		{xmldoc.CodeBadQName, false, "/:a", []string{"<¶:a/>"}},
		{xmldoc.CodeColonInName, false, "/a", []string{"<a><?¶p:q?></a>"}},
		{xmldoc.CodeColonInName, false, "", []string{"<!DOCTYPE a [<!ENTITY ¶x:y 'z'>]><a/>", "<!DOCTYPE a [<!NOTATION ¶x:y SYSTEM 'z'>]><a/>"}},
		{xmldoc.CodeBadNamespace, false, "/a", []string{
			"<a ¶xmlns:xml='urn:x'/>", "<a ¶xmlns:p=''/>", "<a ¶xmlns:xmlns='urn:x'/>", "<a ¶xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
			"<a ¶xmlns='http://www.w3.org/XML/1998/namespace'/>", "<a ¶xmlns='http://www.w3.org/2000/xmlns/'/>", "<a ¶xmlns:p='http://www.w3.org/2000/xmlns/'/>",
		}},

		{xmldoc.CodeBareAmpersand, true, "/a", []string{"<a>¶& </a>", "<a>¶&lt</a>", "<a b='?x=1¶&y=2'/>", "<a>¶&1;</a>", "<a>¶&;</a>", "<a>¶&lt<b/>;</a>"}},
		{xmldoc.CodeUndeclaredEntity, true, "/a", []string{"<a>¶&nbsp;</a>", "<a>¶&LT;</a>", "<a b='¶&x;'/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>¶&z;</a>"}},
		{xmldoc.CodeEntityNotExpanded, true, "/a", []string{
			"<!DOCTYPE a [<!ENTITY x 'y'>]><a>¶&x;</a>", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a b='¶&x;'/>", "<!DOCTYPE a SYSTEM 'a.dtd'><a>¶&x;</a>",
		}},
		{xmldoc.CodeEntityNotExpanded, true, "", []string{"<!DOCTYPE a [<!ENTITY % x 'y'>¶%x;]><a/>", "<!DOCTYPE a [<!ENTITY x 'y'><!ATTLIST a b CDATA '¶&x;'>]><a/>"}},
		{xmldoc.CodeDefaultNotSupplied, false, "", []string{"<!DOCTYPE a [<!ATTLIST a b CDATA ¶'x>y'>]><a/>", "<!DOCTYPE a [<!ATTLIST a b (c|d) #FIXED ¶\"c\">]><a/>"}},
		{xmldoc.CodeBadCharReference, true, "/a", []string{
			"<a>¶&#0;</a>", "<a>¶&#x1F;</a>", "<a>¶&#xD800;</a>", "<a>¶&#xFFFE;</a>", "<a>¶&#x110000;</a>", "<a>¶&#99999999999999999999;</a>", "<a>¶&#4294967361;</a>", "<a>¶&#;</a>", "<a>¶&#x;</a>", "<a>¶&#X41;</a>", "<a b='¶&#65 '/>", "<a>¶&#65<b/></a>",
		}},
		{xmldoc.CodeIllegalCharacter, true, "/a", []string{"<a>¶\x00</a>", "<a>¶\x1B[31m</a>", "<a b='¶\x01'/>", "<a>¶\uFFFE</a>", "<a>¶\uFFFF</a>", "<a><!-- ¶\x08 --></a>"}},
		{xmldoc.CodeIllegalCharacter, true, "", []string{"<a/>¶\x00", "¶\x00<a/>"}},
		{xmldoc.CodeCDATAEndInText, true, "/a", []string{"<a>x¶]]></a>", "<a>&lt;]¶]]></a>", "<a><![CDATA[]]>¶]]></a>"}},
		{xmldoc.CodeCDATAOutside, true, "", []string{"¶<![CDATA[x]]><a/>", "<a/>¶<![CDATA[x]]>"}},
		{xmldoc.CodeDoubleHyphen, true, "/a", []string{"<a><!-- ¶-- --></a>", "<a><!-- x¶---></a>"}},
		{xmldoc.CodeMalformedPI, true, "/a", []string{"<a>¶<? p?></a>", "<a>¶<??></a>", "<a><?p¶+?></a>"}},
		{xmldoc.CodeReservedTarget, true, "", []string{"¶<?XML version='1.0'?><a/>", "<a/>¶<?Xml?>"}},

		{xmldoc.CodeLateDeclaration, false, "", []string{" ¶<?xml version='1.0'?><a/>", "\r\n\n¶<?xml version='1.0'?><a/>"}},
		{xmldoc.CodeLateDeclaration, true, "", []string{"<!-- c -->¶<?xml version='1.0'?><a/>", "<?xml version='1.0'?>¶<?xml version='1.0'?><a/>", "<a/>¶<?xml version='1.0'?>"}},
		{xmldoc.CodeLateDeclaration, true, "/a", []string{"<a>¶<?xml version='1.0'?></a>"}},
		{xmldoc.CodeBadDeclaration, true, "", []string{
			"<?xml¶?><a/>", "<?xml ¶encoding='UTF-8'?><a/>", "<?xml version='1.0' ¶version='1.0'?><a/>", "<?xml version='1.0' standalone='¶maybe'?><a/>",
			"<?xml version='1.0' ¶x='1'?><a/>", "<?xml version¶?><a/>", "<?xml version=¶1.0?><a/>", "<?xml version='1.0' encoding='¶'?><a/>", "<?xml version='1.0' standalone='no' ¶encoding='UTF-8'?><a/>", "<?xml version='1.0' ¶><a/>",
		}},
		{xmldoc.CodeUnsupportedVersion, true, "", []string{"<?xml version='¶2.0'?><a/>", "<?xml version='¶1.'?><a/>", "<?xml version='¶'?><a/>"}},
		{xmldoc.CodeMisplacedDoctype, true, "", []string{"<a/>¶<!DOCTYPE a>"}},
		{xmldoc.CodeMisplacedDoctype, true, "/a", []string{"<a>¶<!DOCTYPE a></a>"}},
		{xmldoc.CodeSecondDoctype, true, "", []string{"<!DOCTYPE a>¶<!DOCTYPE a><a/>"}},
		{xmldoc.CodeMalformedDoctype, true, "", []string{
			"<!DOCTYPE ¶><a/>", "<!DOCTYPE a ¶x><a/>", "<!DOCTYPE a ¶SYSTEMS 'x'><a/>", "<!DOCTYPE a PUBLIC 'x¶{'><a/>", "<!DOCTYPE a [¶x]><a/>", "<!DOCTYPE a [¶<![INCLUDE[]]>]><a/>",
			"<!DOCTYPE a [¶<!FOO>]><a/>", "<!DOCTYPE a [<!ELEMENT a ¶FULL>]><a/>", "<!DOCTYPE a [<!ELEMENT a (b,c¶|d)>]><a/>", "<!DOCTYPE a [<!ELEMENT a (#PCDATA|b)¶>]><a/>",
			"<!DOCTYPE a [<!ELEMENT a (¶)>]><a/>", "<!DOCTYPE a [<!ATTLIST a b ¶TEXT #IMPLIED>]><a/>", "<!DOCTYPE a [<!ATTLIST a b CDATA ¶#NONE>]><a/>", "<!DOCTYPE a [<!ENTITY x 'a¶%b;'>]><a/>",
			"<!DOCTYPE a [<!ENTITY % x SYSTEM 'y' ¶NDATA z>]><a/>", "<!DOCTYPE a [<!NOTATION n ¶'x'>]><a/>", "<!DOCTYPE a []¶x><a/>",
		}},
		{xmldoc.CodeUnsupportedEncoding, false, "", []string{"<?xml version='1.0' encoding='¶Shift_JIS'?><a/>"}},
		{xmldoc.CodeUnsupportedEncoding, true, "", []string{"<?xml version='1.0' encoding='¶Shift_JIS'?><a>\u00E9</a>"}},
		{xmldoc.CodeEncodingMismatch, false, "", []string{"<?xml version='1.0' encoding='¶UTF-16'?><a>\u00E9</a>", "\uFEFF<?xml version='1.0' encoding='¶ISO-8859-1'?><a/>"}},
		{xmldoc.CodeInvalidUTF8, true, "/a", []string{"<a>¶\xE9</a>", "<a>¶\xC0\x80</a>", "<a>¶\xED\xA0\x80</a>", "<a b='¶\xFF'/>", "<a>¶\xF4\x90\x80\x80</a>", "<a>é\n¶\x80</a>"}},
		{xmldoc.CodeTruncated, true, "/a", []string{"<a>¶\xC3", "<a>¶\xF0\x9D\x84"}},

		{xmldoc.CodeLimitDepth, true, strings.Repeat("/a", deep), []string{strings.Repeat("<a>", deep) + "¶<a>"}},
	} {
		for _, doc := range test.docs {
			before, after, ok := strings.Cut(doc, "¶")
			if !ok {
				t.Fatalf("%q has no mark", doc)
			}
			src := before + after
			d := xmldoc.Parse([]byte(src), xmldoc.Options{})
			if len(d.Errors()) == 0 {
				t.Errorf("%q: no error, want %s", doc, test.code)
				continue
			}
			e := d.Errors()[0]
			if e.Code != test.code || e.Fatal != test.fatal || e.Path != test.path {
				t.Errorf("%.200q: %s (fatal %t, in %q, %v), want %s (fatal %t, in %q)", doc, e.Code, e.Fatal, e.Path, e, test.code, test.fatal, test.path)
			}
			if want := placeAfter(before); e.Position() != want {
				t.Errorf("%.200q: %s at %+v, want %+v", doc, e.Code, e.Position(), want)
			}
			if d.Truncated() != (test.code == xmldoc.CodeTruncated) {
				t.Errorf("%q: truncated %t", doc, d.Truncated())
			}
			if !e.Fatal && d.Root() == nil {
				t.Errorf("%q: reading did not go on after %s", doc, e.Code)
			}
		}
	}
}

// placeAfter counts the slow way, in UTF-8.
func placeAfter(text string) xmldoc.Position {
	p := xmldoc.Position{Offset: len(text), Line: 1, Column: 1}
	text = strings.TrimPrefix(text, "\uFEFF")
	for _, r := range strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text) {
		if p.Column++; r == '\n' {
			p.Line, p.Column = p.Line+1, 1
		}
	}
	return p
}

// TestMessages has what a sentence must contain to be of use.
func TestMessages(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{"<a>&nbsp;</a>", "&#160;"},
		{"<a>\xE9t\xE9</a>", `look like windows-1252 (where this one is 'é')`},
		{"<a>\xED\xA0\x80</a>", "surrogate"},
		{"<a href='x?a=1&b=2'/>", `must be written "&amp;"`},
		{"<a><b></a>", "</b> was expected"},
		{"<a><b></c>", "no element of that name is open"},
		{"<a\u00A0b='1'/>", "no-break space"},
		{"<a><b c='1'>x", "while <b> is still open"},
		{"<p:a/>", "xmlns:p is missing"},
	} {
		d := xmldoc.Parse([]byte(test.src), xmldoc.Options{})
		if len(d.Errors()) == 0 || !strings.Contains(d.Errors()[0].Message, test.want) {
			t.Errorf("%q: %v, want a message with %q", test.src, d.Errors(), test.want)
		}
	}
}

// TestRecoverable has several deviations in one document, all of them found.
func TestRecoverable(t *testing.T) {
	const src = ` <?xml version="1.0"?><p:a x="1" x="2" q:y="1"><b xmlns:r=""/><?c:d?></p:a>x`
	d := xmldoc.Parse([]byte(src), xmldoc.Options{})
	var got []string
	for _, e := range d.Errors() {
		got = append(got, e.Code)
	}
	want := "[late-xml-declaration undeclared-prefix duplicate-attribute undeclared-prefix bad-namespace-declaration colon-in-name text-after-root]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if v := d.Root().Attr("", "x").Value; v != "1" {
		t.Errorf("the first of two duplicates is 1, got %q", v)
	}
	if !d.Root().Closed() || d.Open() != nil {
		t.Error("the root was closed before the fatal error")
	}
}

// TestErrorsAreBounded keeps a document that is wrong everywhere from costing
// more than its size.
func TestErrorsAreBounded(t *testing.T) {
	d := xmldoc.Parse([]byte("<a>"+strings.Repeat("<p:b/>", 10_000)+"</b>"), xmldoc.Options{})
	if n := len(d.Errors()); n != 101 {
		t.Errorf("got %d errors, want the first 100 and the fatal one", n)
	}
	if e := d.Errors()[100]; e.Code != xmldoc.CodeMismatchedTag {
		t.Errorf("the last error is %v", e)
	}
}

// TestTreeUpToError has what can be examined when reading stops half way.
func TestTreeUpToError(t *testing.T) {
	const src = "<a x='1'><b>one</b><c y='2'>two &amp; thr"
	d := xmldoc.Parse([]byte(src), xmldoc.Options{})
	if !d.Truncated() || d.WellFormed() {
		t.Fatalf("truncated %t, well-formed %t", d.Truncated(), d.WellFormed())
	}
	if len(d.Open()) != 2 || d.Open()[0] != d.Root() || !d.Open()[1].Is("", "c") {
		t.Fatalf("open: %v", d.Open())
	}
	c := d.Open()[1]
	if c.Closed() || c.Text() != "two & thr" || c.Source() != "<c y='2'>two &amp; thr" || c.Path() != "/a/c" {
		t.Errorf("c: closed %t, text %q, source %q, path %q", c.Closed(), c.Text(), c.Source(), c.Path())
	}
	b := c.Prev()
	if !b.Closed() || b.Text() != "one" || b.End().Offset != strings.Index(src, "<c") {
		t.Errorf("b: closed %t, text %q, end %v", b.Closed(), b.Text(), b.End())
	}

	d = xmldoc.Parse([]byte("<p:a xmlns:p='urn:p' x='1' y=2>"), xmldoc.Options{})
	if !d.Root().Is("urn:p", "a") || d.Root().Attr("", "x") == nil || len(d.Open()) != 1 || len(d.Errors()) != 1 {
		t.Errorf("a start tag is known up to its error: %v %v", d.Root(), d.Errors())
	}
}

func TestLimits(t *testing.T) {
	for _, test := range []struct {
		limits xmldoc.Limits
		src    string
		code   string // empty: none
	}{
		{xmldoc.Limits{Depth: 2}, "<a><b/><b/></a>", ""},
		{xmldoc.Limits{Depth: 2}, "<a><b><c/></b></a>", xmldoc.CodeLimitDepth},
		{xmldoc.Limits{Attributes: 2}, "<a b='' xmlns='urn:a'/>", ""},
		{xmldoc.Limits{Attributes: 2}, "<a b='' xmlns='urn:a' c=''/>", xmldoc.CodeLimitAttributes},
		{xmldoc.Limits{Nodes: 3}, "<a>x<b/></a>", ""},
		{xmldoc.Limits{Nodes: 3}, "<a>x<b/><!-- c --></a>", xmldoc.CodeLimitNodes},
		{xmldoc.Limits{Bytes: 4}, "<a/>", ""},
		{xmldoc.Limits{Bytes: 4}, "<a/> ", xmldoc.CodeLimitBytes},
		{xmldoc.Limits{Bytes: 5}, "<a>é</a>", xmldoc.CodeLimitBytes},
		{xmldoc.Limits{Bytes: 4}, "<a>é</a>", xmldoc.CodeLimitBytes}, // within a character
		{xmldoc.Limits{}, strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000), ""},
		{xmldoc.Limits{Depth: -1, Nodes: -1, Attributes: -1, Bytes: -1}, strings.Repeat("<a>", 50_000) + strings.Repeat("</a>", 50_000), ""},
	} {
		d := xmldoc.Parse([]byte(test.src), xmldoc.Options{Limits: test.limits})
		got := ""
		if len(d.Errors()) > 0 {
			got = d.Errors()[0].Code
		}
		if got != test.code || d.Truncated() {
			t.Errorf("%+v %.40q: %q (truncated %t), want %q", test.limits, test.src, got, d.Truncated(), test.code)
		}
	}
}
