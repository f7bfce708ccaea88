package xmldoc

import (
	"hash/maphash"
	"strings"
	"unicode"
	"unicode/utf8"
)

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// isChar is production 2, Char.
func isChar(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xD800:
		return true
	default:
		return r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
	}
}

const (
	nameStartASCII = 1 << iota
	nameCharASCII
)

// nameBytes classes ASCII for names; bytes of longer characters count as name
// characters until the whole name is looked at.
var nameBytes = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == ':', c >= utf8.RuneSelf:
			t[c] = nameStartASCII | nameCharASCII
		case c >= '0' && c <= '9', c == '-', c == '.':
			t[c] = nameCharASCII
		}
	}
	return t
}()

// nameStart and nameOther are productions 4 and 4a above ASCII.
var (
	nameStart = &unicode.RangeTable{
		R16: []unicode.Range16{
			{0xC0, 0xD6, 1}, {0xD8, 0xF6, 1}, {0xF8, 0x2FF, 1}, {0x370, 0x37D, 1},
			{0x37F, 0x1FFF, 1}, {0x200C, 0x200D, 1}, {0x2070, 0x218F, 1}, {0x2C00, 0x2FEF, 1},
			{0x3001, 0xD7FF, 1}, {0xF900, 0xFDCF, 1}, {0xFDF0, 0xFFFD, 1},
		},
		R32:         []unicode.Range32{{0x10000, 0xEFFFF, 1}},
		LatinOffset: 2,
	}
	nameOther = &unicode.RangeTable{
		R16:         []unicode.Range16{{0xB7, 0xB7, 1}, {0x300, 0x36F, 1}, {0x203F, 0x2040, 1}},
		LatinOffset: 1,
	}
)

func isNameStart(r rune) bool {
	if r < utf8.RuneSelf {
		return nameBytes[r]&nameStartASCII != 0
	}
	return unicode.Is(nameStart, r)
}

func isNameChar(r rune) bool {
	if r < utf8.RuneSelf {
		return nameBytes[r] != 0
	}
	return unicode.Is(nameStart, r) || unicode.Is(nameOther, r)
}

// nameEnd returns where the run of possible name characters from i on ends.
func nameEnd(s string, i int) int {
	for i < len(s) && nameBytes[s[i]] != 0 {
		i++
	}
	return i
}

// badRune returns where in raw, a run of possible name characters, the first is
// that cannot stand there, or -1.
func badRune(raw string) int {
	for i, r := range raw {
		if i == 0 && !isNameStart(r) || !isNameChar(r) {
			return i
		}
	}
	return -1
}

// symbol is a name as it is written. Each distinct one is looked at once: its
// characters, its colons, the namespace it was last seen in.
type symbol struct {
	raw           string
	prefix, local string
	hash          uint32
	prefixID      uint32
	seen          uint32 // serial of the last element that had it as an attribute
	elementURI    uint32 // the namespace in which it last named an element …
	elementName   uint32 // … and the index of that name; 0 is not yet
	declares      bool   // xmlns or xmlns:prefix …
	declared      uint32 // … and the prefix that it declares
	badQName      bool
}

// Fixed prefix and URI identifiers.
const (
	noPrefix, xmlPrefix, xmlnsPrefix = 0, 1, 2
	noURI, xmlURI, xmlnsURI          = 0, 1, 2
)

// nameTable interns names and knows which namespace each prefix is bound to at
// the current element.
type nameTable struct {
	seed     maphash.Seed
	symbols  []symbol
	slots    []uint32 // open addressing, index+1 into symbols; a power of two
	prefixes map[string]uint32
	bound    []uint32 // by prefix: the URI it is bound to
	uris     []string
	uriIDs   map[string]uint32
	elements map[uint64]uint32 // symbol and URI no longer in symbol.elementURI: index into Document.names
	undo     []binding
}

// binding is what a prefix was bound to before a declaration.
type binding struct{ prefix, uri uint32 }

func newNameTable() nameTable {
	return nameTable{
		seed:     maphash.MakeSeed(),
		symbols:  make([]symbol, 0, 64),
		slots:    make([]uint32, 128),
		prefixes: map[string]uint32{"": noPrefix, "xml": xmlPrefix, "xmlns": xmlnsPrefix},
		bound:    []uint32{noURI, xmlURI, noURI},
		uris:     []string{"", XMLNamespace, XMLNSNamespace},
		uriIDs:   map[string]uint32{"": noURI, XMLNamespace: xmlURI, XMLNSNamespace: xmlnsURI},
		elements: map[uint64]uint32{},
	}
}

// intern returns the index of the symbol raw. When raw is new and no Name, bad
// is where in it the first wrong character is; otherwise it is -1.
func (t *nameTable) intern(raw string) (id uint32, bad int) {
	hash := uint32(maphash.String(t.seed, raw))
	mask := uint32(len(t.slots) - 1)
	slot := hash & mask
	for t.slots[slot] != 0 {
		id := t.slots[slot] - 1
		if s := &t.symbols[id]; s.hash == hash && s.raw == raw {
			return id, -1
		}
		slot = (slot + 1) & mask
	}
	if bad := badRune(raw); bad >= 0 {
		return 0, bad
	}
	s := symbol{raw: raw, local: raw, hash: hash}
	if before, after, ok := strings.Cut(raw, ":"); ok {
		r, _ := utf8.DecodeRuneInString(after)
		s.badQName = before == "" || after == "" || !isNameStart(r) || strings.Contains(after, ":")
		if before != "" && after != "" {
			s.prefix, s.local = before, after
		}
	}
	s.prefixID = t.prefixNumber(s.prefix)
	switch {
	case s.prefixID == xmlnsPrefix:
		s.declares, s.declared = true, t.prefixNumber(s.local)
	case raw == "xmlns":
		s.declares, s.declared = true, noPrefix
	}
	t.symbols = append(t.symbols, s)
	id = uint32(len(t.symbols)) - 1
	t.slots[slot] = id + 1
	if 2*len(t.symbols) > len(t.slots) {
		t.grow()
	}
	return id, -1
}

func (t *nameTable) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	mask := uint32(len(t.slots) - 1)
	for id := range t.symbols {
		slot := t.symbols[id].hash & mask
		for t.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		t.slots[slot] = uint32(id) + 1
	}
}

func (t *nameTable) prefixNumber(prefix string) uint32 {
	id, ok := t.prefixes[prefix]
	if !ok {
		id = uint32(len(t.bound))
		t.prefixes[prefix] = id
		t.bound = append(t.bound, noURI)
	}
	return id
}

func (t *nameTable) uriID(uri string) uint32 {
	id, ok := t.uriIDs[uri]
	if !ok {
		id = uint32(len(t.uris))
		t.uris = append(t.uris, uri)
		t.uriIDs[uri] = id
	}
	return id
}

// bind binds prefix to uri until release is called with an earlier mark.
func (t *nameTable) bind(p uint32, uri string) {
	t.undo = append(t.undo, binding{p, t.bound[p]})
	t.bound[p] = t.uriID(uri)
}

func (t *nameTable) mark() uint32 { return uint32(len(t.undo)) }

func (t *nameTable) release(mark uint32) {
	for uint32(len(t.undo)) > mark {
		b := t.undo[len(t.undo)-1]
		t.bound[b.prefix] = b.uri
		t.undo = t.undo[:len(t.undo)-1]
	}
}
