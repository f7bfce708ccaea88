package xmldoc

import (
	"sync"
	"unicode/utf8"
)

// blockSize is how far apart the known places of a lineTable are. Messages are
// often a single line of megabytes, so knowing where lines begin would not do.
const blockSize = 1 << 10

// lineTable answers where a text offset is in a time that depends neither on
// the size of the document nor on the length of its lines.
type lineTable struct {
	once   sync.Once
	blocks []Position // of the text offsets 0, blockSize, 2*blockSize, …
}

// Position translates an offset into [Document.Text] to a place in
// [Document.Source]. Offsets outside the text mean its beginning or end. It may
// be called by several goroutines.
func (d *Document) Position(textOffset int) Position {
	offset := min(max(textOffset, 0), len(d.text))
	d.lines.once.Do(func() {
		p := Position{Offset: d.bom, Line: 1, Column: 1}
		d.lines.blocks = make([]Position, 0, len(d.text)/blockSize+1)
		for at := 0; ; at += blockSize {
			d.lines.blocks = append(d.lines.blocks, p)
			if at+blockSize > len(d.text) {
				return
			}
			p = d.advance(p, at, at+blockSize)
		}
	})
	return d.advance(d.lines.blocks[offset/blockSize], offset&^(blockSize-1), offset)
}

// advance moves p, which is the place of the text offset from, to that of to.
func (d *Document) advance(p Position, from, to int) Position {
	for i := from; i < to; i++ {
		c := d.text[i]
		p.Offset += d.charset.width(c)
		switch {
		case c == '\n', c == '\r' && (i+1 == len(d.text) || d.text[i+1] != '\n'):
			p.Line++
			p.Column = 1
		case utf8.RuneStart(c):
			p.Column++
		}
	}
	return p
}

// Position is the place of n's first character, for a tag that of its "<".
func (n *Node) Position() Position { return n.doc.Position(int(n.start)) }

// End is the place just after n's last character.
func (n *Node) End() Position { return n.doc.Position(int(n.end)) }

// AttrPosition is the place of the first character of a, an attribute of n.
func (n *Node) AttrPosition(a *Attr) Position { return n.doc.Position(int(a.start)) }

// AttrValuePosition is the place just inside the opening quote of a, an
// attribute of n.
func (n *Node) AttrValuePosition(a *Attr) Position { return n.doc.Position(int(a.valueStart)) }

// NamespacePosition is the place of the first character of decl, a namespace
// declaration on n.
func (n *Node) NamespacePosition(decl *NamespaceDecl) Position {
	return n.doc.Position(int(decl.start))
}

// NamespaceValuePosition is the place just inside the opening quote of decl, a
// namespace declaration on n.
func (n *Node) NamespaceValuePosition(decl *NamespaceDecl) Position {
	return n.doc.Position(int(decl.valueStart))
}
