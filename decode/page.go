package decode

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is what a person sees of an HTML page.
type Page struct {
	Title    string
	Headings []string // h1 to h3
	// Marked are the texts of elements that the page itself marks as a message
	// to the person: by a class, id or role such as "error" or "alert".
	Marked []string
	// Text is all that is visible, the title excepted: a line for each block and
	// each line of what is preformatted, in which blanks are single.
	Text string
}

// What of a page is read: an answer that tells an error is short.
const (
	maxPage     = 256 << 10 // bytes of markup
	maxPageText = 4 << 10   // bytes of visible text
)

// ReadPage reads the visible text of a page. What is not HTML reads as one text.
func ReadPage(body []byte) Page {
	var p Page
	z := html.NewTokenizer(bytes.NewReader(body[:min(len(body), maxPage)]))
	var hidden, heading, marked, preformatted scope
	var title bool
	var inHeading, inMark, text strings.Builder
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				return Page{}
			}
			p.add(&p.Headings, &inHeading)
			p.add(&p.Marked, &inMark)
			p.Text = lines(text.String())
			return p
		case html.StartTagToken:
			t := z.Token()
			if isVoid(t.DataAtom) {
				text.WriteByte(blockEnd)
				break
			}
			title = t.DataAtom == atom.Title
			hidden.enter(t.Data, isHidden(&t))
			heading.enter(t.Data, t.DataAtom == atom.H1 || t.DataAtom == atom.H2 || t.DataAtom == atom.H3)
			marked.enter(t.Data, isMarked(&t))
			preformatted.enter(t.Data, t.DataAtom == atom.Pre)
			if !inline(t.DataAtom) {
				text.WriteByte(blockEnd)
			}
		case html.EndTagToken:
			t := z.Token()
			title = false
			hidden.leave(t.Data)
			preformatted.leave(t.Data)
			if heading.leave(t.Data) {
				p.add(&p.Headings, &inHeading)
			}
			if marked.leave(t.Data) {
				p.add(&p.Marked, &inMark)
			}
			if !inline(t.DataAtom) {
				text.WriteByte(blockEnd)
			}
		case html.TextToken:
			s := strings.ReplaceAll(html.UnescapeString(string(z.Text())), string(rune(blockEnd)), "")
			switch {
			case title:
				p.Title = squeeze(s)
			case hidden.inside(), text.Len() > maxPageText:
			default:
				if preformatted.inside() {
					text.WriteString(strings.ReplaceAll(s, "\n", string(rune(blockEnd))))
				} else {
					text.WriteString(s)
				}
				if heading.inside() {
					inHeading.WriteString(s)
				}
				if marked.inside() {
					inMark.WriteString(s + " ")
				}
			}
		}
	}
}

// add moves what was gathered to list.
func (p *Page) add(list *[]string, b *strings.Builder) {
	const most = 20
	if s := squeeze(b.String()); s != "" && len(*list) < most {
		*list = append(*list, s)
	}
	b.Reset()
}

// scope follows one outermost element of a kind: pages do not always close what
// they open, so only elements of its own name are counted.
type scope struct {
	name  string
	depth int
}

func (s *scope) inside() bool { return s.depth > 0 }

func (s *scope) enter(name string, begins bool) {
	switch {
	case s.depth > 0 && name == s.name:
		s.depth++
	case s.depth == 0 && begins:
		s.name, s.depth = name, 1
	}
}

// leave reports whether the element ends with this tag.
func (s *scope) leave(name string) bool {
	if s.depth == 0 || name != s.name {
		return false
	}
	s.depth--
	return s.depth == 0
}

func isHidden(t *html.Token) bool {
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Head:
		return t.DataAtom != atom.Head
	}
	for _, a := range t.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			if v := strings.ReplaceAll(strings.ToLower(a.Val), " ", ""); strings.Contains(v, "display:none") || strings.Contains(v, "visibility:hidden") {
				return true
			}
		}
	}
	return false
}

// markers are the parts of names by which pages mark a message of theirs.
func markers() []string { return []string{"error", "alert", "danger", "fail", "reason", "exception"} }

func isMarked(t *html.Token) bool {
	if t.DataAtom == atom.Body || t.DataAtom == atom.Html {
		return false
	}
	for _, a := range t.Attr {
		if a.Key != "class" && a.Key != "id" && a.Key != "role" {
			continue
		}
		name := strings.ToLower(a.Val)
		if slices.ContainsFunc(markers(), func(m string) bool { return strings.Contains(name, m) }) {
			return true
		}
	}
	return false
}

func isVoid(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Base, atom.Wbr, atom.Col, atom.Area, atom.Source, atom.Embed:
		return true
	}
	return false
}

// inline elements do not end a word.
func inline(a atom.Atom) bool {
	switch a {
	case atom.A, atom.B, atom.Code, atom.Em, atom.I, atom.Small, atom.Span, atom.Strong, atom.Tt, atom.U, atom.Font, atom.Abbr:
		return true
	}
	return false
}

// blockEnd stands between the blocks of a page while it is read: HTML cannot
// hold it.
const blockEnd = 0

// lines makes a line of every block that is not empty.
func lines(text string) string {
	var list []string
	for block := range strings.SplitSeq(text, string(rune(blockEnd))) {
		if s := squeeze(block); s != "" {
			list = append(list, s)
		}
	}
	return strings.Join(list, "\n")
}

// squeeze makes every run of blanks a single one.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
