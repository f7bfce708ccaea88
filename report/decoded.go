package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/beevik/etree"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// WriteDecoded shows messages as XML that people can read: indented, with a
// comment on top that says what it is and how it was read; what was encrypted in
// it and is opened follows as a document of its own. It shows as much as
// could be read of a broken message. What it writes is for reading, not for
// verifying: use [WriteRaw] for the exact bytes.
func WriteDecoded(w io.Writer, messages []*decode.Message, style Style) error {
	b := bufio.NewWriter(w)
	colors := newPalette(style.Color)
	for i, m := range messages {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(colors.dim.Sprint("<!--") + "\n")
		for _, l := range summaryLines(m) {
			for j, part := range wrap(l[1], style.width()-14) {
				label := l[0]
				if j > 0 {
					label = ""
				}
				b.WriteString("  " + colors.dim.Sprint(pad(label, 11)) + " " + strings.ReplaceAll(part, "--", "-\u2010") + "\n")
			}
		}
		b.WriteString(colors.dim.Sprint("-->") + "\n")
		if m.Document == nil || m.Document.Root() == nil {
			continue
		}
		text, err := pretty(m.Document)
		if err != nil {
			return err
		}
		b.WriteString(text)
		for _, o := range m.Opened {
			if o.Document == nil {
				continue
			}
			b.WriteString("\n" + colors.dim.Sprint(comment("decrypted from "+visible(o.Element.Path()))) + "\n")
			if text, err = pretty(o.Document); err != nil {
				return err
			}
			b.WriteString(text)
		}
	}
	return b.Flush()
}

// comment is an XML comment with text.
func comment(text string) string {
	return "<!-- " + strings.ReplaceAll(text, "--", "-\u2010") + " -->"
}

// describeOpening says in a few words what became of o.
func describeOpening(o *xmlenc.Opening) string {
	name := o.Element.Name().Local
	if o.Err != nil {
		return name + ": not opened: " + o.Err.Text
	}
	text := name + ": opened"
	if o.Key != nil {
		text += " with " + o.Key.Describe()
		if o.Key.From != "" {
			text += " (" + strings.TrimPrefix(o.Key.From, expect.FlagSPKey+" ") + ")"
		}
	}
	how := algorithmName(o.Method)
	if o.Recipient != nil && o.Recipient.Method != "" {
		how += " and " + algorithmName(o.Recipient.Method)
	}
	return text + ", " + how
}

// algorithmName is the part of an algorithm's URI that people know it by.
func algorithmName(uri string) string { return uri[strings.LastIndexByte(uri, '#')+1:] }

// WriteRaw writes the exact bytes of one message.
func WriteRaw(w io.Writer, m *decode.Message) error {
	_, err := w.Write(m.XML)
	return err
}

// summaryLines are label and text of what one wants to know before reading XML.
func summaryLines(m *decode.Message) [][2]string {
	view := m.View()
	d := describe(m, view)
	var lines [][2]string
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, [2]string{label, visible(text)})
		}
	}
	add("message", d.Type+" in "+place(m))
	add("read as", strings.Join(d.Steps, ", "))
	for _, p := range m.Problems {
		add("repaired", p.Text)
	}
	if e := m.Capture.Exchange; e != nil && !m.Capture.InResponse {
		add("sent to", e.Method+" "+e.URL)
	}
	if !m.Capture.Time.IsZero() {
		add("at", moment(m.Capture.Time))
	}
	add("issuer", d.Issuer)
	add("destination", d.Destination)
	if d.NameID != nil {
		add("subject", d.NameID.Value)
	}
	for _, o := range m.Opened {
		add("encrypted", describeOpening(o))
	}
	if m.RelayState != nil {
		add("RelayState", m.RelayState.Value)
	}
	if m.Document != nil {
		for _, e := range m.Document.Errors() {
			p := e.Position()
			add("not XML", fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, e.Message))
		}
	}
	return lines
}

// pretty indents a document. Elements that hold text keep it untouched, so that
// values can be read and copied as they are.
func pretty(doc *xmldoc.Document) (string, error) {
	out := etree.NewDocument()
	out.WriteSettings.CanonicalEndTags = false
	for n := range doc.Nodes() {
		if t := copyToken(n); t != nil {
			out.AddChild(t)
		}
	}
	settings := etree.NewIndentSettings()
	settings.Spaces = 2
	settings.PreserveLeafWhitespace = true
	out.IndentWithSettings(settings)
	s, err := out.WriteToString()
	if err != nil {
		return "", fmt.Errorf("writing XML: %w", err)
	}
	return escapeHidden(s), nil
}

// copyToken copies one node and, without recursion, what is below it.
func copyToken(n *xmldoc.Node) etree.Token {
	if n.Kind() != xmldoc.ElementNode {
		return leafToken(n)
	}
	root := shallow(n)
	type level struct {
		to   *etree.Element
		next *xmldoc.Node
	}
	stack := []level{{root, n.FirstChild()}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		c := top.next
		if c == nil {
			stack = stack[:len(stack)-1]
			continue
		}
		top.next = c.Next()
		if c.Kind() == xmldoc.ElementNode {
			e := shallow(c)
			top.to.AddChild(e)
			stack = append(stack, level{e, c.FirstChild()})
			continue
		}
		if t := leafToken(c); t != nil && !isLayout(c) {
			top.to.AddChild(t)
		}
	}
	return root
}

// isLayout reports whether n is only white space between elements, in place of
// which the indentation comes.
func isLayout(n *xmldoc.Node) bool {
	if n.Kind() != xmldoc.TextNode || strings.Trim(n.Value(), " \t\r\n") != "" {
		return false
	}
	for _, sibling := range []*xmldoc.Node{n.Prev(), n.Next()} {
		if sibling != nil && sibling.Kind() == xmldoc.ElementNode {
			return true
		}
	}
	return false
}

func shallow(n *xmldoc.Node) *etree.Element {
	e := etree.NewElement(n.Name().String())
	for _, d := range n.Namespaces() {
		if d.Prefix == "" {
			e.CreateAttr("xmlns", d.URI)
		} else {
			e.CreateAttr("xmlns:"+d.Prefix, d.URI)
		}
	}
	for _, a := range n.Attrs() {
		e.CreateAttr(a.Name.String(), a.Value)
	}
	return e
}

func leafToken(n *xmldoc.Node) etree.Token {
	switch n.Kind() {
	case xmldoc.TextNode:
		return etree.NewText(n.Value())
	case xmldoc.CDATANode:
		return etree.NewCData(n.Value())
	case xmldoc.CommentNode:
		return etree.NewComment(n.Value())
	case xmldoc.PINode:
		return etree.NewProcInst(n.Name().Local, n.Value())
	}
	return nil
}

// escapeHidden writes characters that a terminal would act on or not show as
// character references.
func escapeHidden(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && hidden(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r != '\n' && r != '\t' && hidden(r) {
			fmt.Fprintf(&b, "&#x%X;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
