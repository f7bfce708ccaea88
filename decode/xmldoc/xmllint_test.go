package xmldoc_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// comparedDocuments is how many documents TestAgreesWithLibxml2 compares.
const comparedDocuments = 8000

// TestAgreesWithLibxml2 holds verdict and tree against xmllint's on generated
// and mutated documents.
func TestAgreesWithLibxml2(t *testing.T) {
	count := comparedDocuments
	if testing.Short() {
		count = 400
	}
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint (Debian package libxml2-utils) is not installed")
	}
	dir := t.TempDir()
	const perCall = 500
	total := map[string]int{}
	for from := 0; from < count; from += perCall {
		var docs []document
		for i := from; i < min(from+perCall, count); i++ {
			src, how := newGenerator(uint64(i)).document()
			docs = append(docs, document{name: fmt.Sprintf("d%d.xml", i), src: src, how: how})
		}
		askXmllint(t, xmllint, dir, docs)
		for _, doc := range docs {
			total[compare(t, doc)]++
		}
	}
	for _, outcome := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%6d %s", total[outcome], outcome)
	}
	// A comparison that has nothing to compare would pass too.
	if total[sameTree] < count/4 || total[bothReject] < count/4 {
		t.Errorf("the documents no longer exercise both verdicts: %v", total)
	}
}

// document is one document and what xmllint says about it.
type document struct {
	name, how string
	src       []byte

	complaints []string // errors, in order
	tree       string   // canonical XML
}

const (
	sameTree   = "well-formed, same tree"
	noTree     = "well-formed, xmllint gives no tree"
	bothReject = "rejected by both"
	known      = "known difference: "
)

var complaint = regexp.MustCompile(`^(d\d+\.xml):\d+: (\w+) (error|warning) : (.*)`)

// askXmllint has one process judge all documents. Between any two it reads a
// document whose output tells where one tree ends and the next begins.
func askXmllint(t *testing.T, xmllint, dir string, docs []document) {
	t.Helper()
	const separator = "<separator-of-trees></separator-of-trees>"
	args := []string{"--nonet", "--c14n"}
	for _, doc := range docs {
		if err := os.WriteFile(filepath.Join(dir, doc.name), doc.src, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, doc.name, "separator.xml")
	}
	if err := os.WriteFile(filepath.Join(dir, "separator.xml"), []byte(separator), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	lint := exec.CommandContext(t.Context(), xmllint, args...)
	lint.Dir, lint.Stdout, lint.Stderr = dir, &stdout, &stderr
	// The exit status says that some document is wrong, which is the point.
	if err := lint.Run(); err != nil && lint.ProcessState == nil {
		t.Fatal(err)
	}
	trees := strings.Split(stdout.String(), separator)
	if len(trees) != len(docs)+1 {
		t.Fatalf("xmllint gave %d trees for %d documents", len(trees)-1, len(docs))
	}
	byName := map[string]*document{}
	for i := range docs {
		docs[i].tree = trees[i]
		byName[docs[i].name] = &docs[i]
	}
	for line := range strings.SplitSeq(stderr.String(), "\n") {
		m := complaint.FindStringSubmatch(line)
		if m == nil || m[3] == "warning" || m[2] == "validity" {
			continue
		}
		// libxml2 checks the syntax of namespace names and system identifiers
		// and goes on. Neither recommendation makes that the parser's job:
		// names are compared as strings (Namespaces in XML 1.0, section 2.3).
		if strings.HasSuffix(m[4], "is not a valid URI") || strings.HasPrefix(m[4], "Invalid URI") {
			continue
		}
		doc := byName[m[1]]
		doc.complaints = append(doc.complaints, m[2]+": "+m[4])
	}
}

func compare(t *testing.T, doc document) (outcome string) {
	t.Helper()
	got := xmldoc.Parse(doc.src, xmldoc.Options{})
	if got.WellFormed() != (len(doc.complaints) == 0) {
		if why := knownDifference(doc, got); why != "" {
			return known + why
		}
		t.Errorf("%s (%s)\nxmllint: %q\nerrors: %v\n%q", doc.name, doc.how, doc.complaints, got.Errors(), doc.src)
		return "different verdict"
	}
	if !got.WellFormed() {
		return bothReject
	}
	want := doc.tree
	if want == "" {
		return noTree
	}
	if tree := canonical(got); tree != want {
		t.Errorf("%s (%s): different tree\ngot     %q\nxmllint %q\n%q", doc.name, doc.how, tree, want, doc.src)
		return "different tree"
	}
	return sameTree
}

// knownDifference says why a difference in verdict is as it should be, or "".
func knownDifference(doc document, got *xmldoc.Document) string {
	if len(doc.complaints) > 0 {
		return ""
	}
	errors := slices.DeleteFunc(slices.Clone(got.Errors()), func(e *xmldoc.Error) bool { return e.Code == xmldoc.CodeDefaultNotSupplied })
	switch len(errors) {
	case 0:
		return "attribute defaults of a DOCTYPE are not supplied"
	case 1:
	default:
		return ""
	}
	switch e := errors[0]; e.Code {
	case xmldoc.CodeUnsupportedVersion:
		if strings.Contains(e.Message, `"1."`) {
			return "libxml2 takes version \"1.\", production 26 wants a digit"
		}
	case xmldoc.CodeMissingBlank:
		if strings.Contains(e.Message, "after <!DOCTYPE") || strings.Contains(e.Message, "in the XML declaration") {
			return "libxml2 does not insist on the blanks of productions 28 and 32"
		}
	case xmldoc.CodeUnsupportedEncoding:
		return "libxml2 knows more encodings, and guesses at misspelt names"
	case xmldoc.CodeEncodingMismatch:
		return "libxml2 lets bytes and declaration disagree about UTF-16 and about a byte order mark, section 4.3.3 does not"
	case xmldoc.CodeEntityNotExpanded:
		return "declared entities are never expanded"
	}
	return ""
}

// canonical renders inclusive canonical XML 1.0 with comments, plainly.
func canonical(d *xmldoc.Document) string {
	var b bytes.Buffer
	after := false
	for n := range d.Nodes() {
		if after && n.Kind() != xmldoc.ElementNode {
			b.WriteByte('\n')
		}
		canonicalNode(&b, n, map[string]string{})
		if n.Kind() == xmldoc.ElementNode {
			after = true
		} else if !after {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func canonicalNode(b *bytes.Buffer, n *xmldoc.Node, scope map[string]string) {
	switch n.Kind() {
	case xmldoc.TextNode, xmldoc.CDATANode:
		canonicalEscape(b, n.Value(), false)
	case xmldoc.CommentNode:
		b.WriteString("<!--" + n.Value() + "-->")
	case xmldoc.PINode:
		b.WriteString("<?" + n.Name().Local)
		if n.Value() != "" {
			b.WriteString(" " + n.Value())
		}
		b.WriteString("?>")
	case xmldoc.ElementNode:
		b.WriteString("<" + n.Name().String())
		inner := maps.Clone(scope)
		decls := slices.Clone(n.Namespaces())
		slices.SortFunc(decls, func(a, b xmldoc.NamespaceDecl) int { return cmp.Compare(a.Prefix, b.Prefix) })
		for _, decl := range decls {
			if decl.Prefix == "xml" || inner[decl.Prefix] == decl.URI {
				continue
			}
			inner[decl.Prefix] = decl.URI
			b.WriteString(" xmlns")
			if decl.Prefix != "" {
				b.WriteString(":" + decl.Prefix)
			}
			// libxml2 renders namespace names without escaping them.
			q := `"`
			if strings.Contains(decl.URI, q) {
				q = "'"
			}
			b.WriteString("=" + q + decl.URI + q)
		}
		attrs := slices.Clone(n.Attrs())
		slices.SortFunc(attrs, func(a, b xmldoc.Attr) int {
			return cmp.Or(cmp.Compare(a.Name.Space, b.Name.Space), cmp.Compare(a.Name.Local, b.Name.Local))
		})
		for _, a := range attrs {
			b.WriteString(" " + a.Name.String() + `="`)
			canonicalEscape(b, a.Value, true)
			b.WriteString(`"`)
		}
		b.WriteString(">")
		for c := range n.Children() {
			canonicalNode(b, c, inner)
		}
		b.WriteString("</" + n.Name().String() + ">")
	}
}

// canonicalEscape is the escaping of canonical XML 1.0, section 2.3.
func canonicalEscape(b *bytes.Buffer, s string, attr bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>' && !attr:
			b.WriteString("&gt;")
		case c == '\r':
			b.WriteString("&#xD;")
		case c == '"' && attr:
			b.WriteString("&quot;")
		case c == '\t' && attr:
			b.WriteString("&#x9;")
		case c == '\n' && attr:
			b.WriteString("&#xA;")
		default:
			b.WriteByte(c)
		}
	}
}
