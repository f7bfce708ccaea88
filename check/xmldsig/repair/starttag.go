package repair

import (
	"iter"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// startTag is the start tag of an element, with the places of its parts as
// offsets into the text of the document.
type startTag struct {
	nameEnd int // just after the element's name: where an attribute may be put
	end     int // just after the ">"
	empty   bool
	attrs   []tagAttr
}

// tagAttr is one attribute or namespace declaration, as written.
type tagAttr struct {
	name                 string
	start, end           int // from the blanks before the name to the closing quote
	valueStart, valueEnd int // between the quotes
	quote                byte
}

// startTagOf reads the start tag of n; ok is false when it does not end.
func startTagOf(n *xmldoc.Node) (t startTag, ok bool) {
	start, end := n.Range()
	text := n.Document().Text()[:end]
	i := start + 1 + len(n.QName())
	t.nameEnd = i
	for {
		from := i
		for i < end && isSpace(text[i]) {
			i++
		}
		switch {
		case i >= end:
			return t, false
		case text[i] == '>':
			t.end = i + 1
			return t, true
		case strings.HasPrefix(text[i:], "/>"):
			t.end, t.empty = i+2, true
			return t, true
		}
		a := tagAttr{start: from}
		name := i
		for i < end && text[i] != '=' && text[i] != '>' && !isSpace(text[i]) {
			i++
		}
		a.name = text[name:i]
		for i < end && (isSpace(text[i]) || text[i] == '=') {
			i++
		}
		if i >= end || text[i] != '"' && text[i] != '\'' {
			return t, false
		}
		a.quote, a.valueStart = text[i], i+1
		length := strings.IndexByte(text[i+1:], a.quote)
		if length < 0 {
			return t, false
		}
		a.valueEnd = a.valueStart + length
		i = a.valueEnd + 1
		a.end = i
		t.attrs = append(t.attrs, a)
	}
}

// attr is the attribute with that name as written, or nil.
func (t *startTag) attr(name string) *tagAttr {
	for i := range t.attrs {
		if t.attrs[i].name == name {
			return &t.attrs[i]
		}
	}
	return nil
}

// set is the edit that gives the attribute the value, instead of another one or
// as a new attribute.
func (t *startTag) set(name, value string) edit {
	if a := t.attr(name); a != nil {
		return edit{a.valueStart, a.valueEnd, escape(value, a.quote)}
	}
	return edit{t.nameEnd, t.nameEnd, " " + name + `="` + escape(value, '"') + `"`}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// ordinal is the number of n among the elements of its document, from 0. Undoing
// a damage moves elements but seldom makes or removes one, so that it finds n
// again in another version of the document.
func ordinal(n *xmldoc.Node) int {
	i := 0
	for e := range n.Document().Root().Descendants() {
		if e == n {
			return i
		}
		if e.Kind() == xmldoc.ElementNode {
			i++
		}
	}
	return -1
}

// counterpart is the element of doc, a version of n's document, that has n's
// place; nil when there is another one.
func counterpart(doc *xmldoc.Document, n *xmldoc.Node, place int) *xmldoc.Node {
	if n == nil || n.Document() == doc {
		return n
	}
	root := doc.Root()
	if root == nil {
		return nil
	}
	i := 0
	for e := range root.Descendants() {
		if e.Kind() != xmldoc.ElementNode {
			continue
		}
		if i == place {
			if e.QName() != n.QName() {
				return nil
			}
			return e
		}
		i++
	}
	return nil
}

// subsets yields the choices of at most size of n things, the small ones first,
// each in rising order. The slice is reused.
func subsets(n, size int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		for k := 1; k <= min(n, size); k++ {
			pick := make([]int, k)
			for i := range pick {
				pick[i] = i
			}
			for {
				if !yield(pick) {
					return
				}
				i := k - 1
				for i >= 0 && pick[i] == n-k+i {
					i--
				}
				if i < 0 {
					break
				}
				pick[i]++
				for j := i + 1; j < k; j++ {
					pick[j] = pick[j-1] + 1
				}
			}
		}
	}
}

// content is what stands between the tags of an element.
type content struct {
	start, end int
	// before and after are what has to be put before and after a content where the element
	// has only one tag.
	before, after string
}

// contentOf is the content of n, which has no elements in it; ok is false when
// it has, or does not end.
func contentOf(n *xmldoc.Node) (c content, ok bool) {
	tag, ok := startTagOf(n)
	if !ok || !n.Closed() {
		return c, false
	}
	for range n.Elements() {
		return c, false
	}
	if tag.empty {
		return content{tag.end - len("/>"), tag.end, ">", "</" + n.QName() + ">"}, true
	}
	start, end := n.Range()
	length := strings.LastIndex(n.Document().Text()[start:end], "</")
	return content{start: tag.end, end: start + length}, length > 0
}

// with is the edit that puts source in its place.
func (c content) with(source string) edit {
	if source == "" && c.after != "" {
		return edit{c.end, c.end, ""}
	}
	return edit{c.start, c.end, c.before + source + c.after}
}
