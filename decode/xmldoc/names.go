package xmldoc

import (
	"hash/maphash"
	"slices"
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
	for i := range len(raw) {
		switch c := raw[i]; {
		case c >= utf8.RuneSelf:
			return badRuneFrom(raw, i)
		case i == 0 && nameBytes[c]&nameStartASCII == 0:
			return 0
		}
	}
	return -1
}

// badRuneFrom is badRune for the rest of raw from start on.
func badRuneFrom(raw string, start int) int {
	for i, r := range raw[start:] {
		if start+i == 0 && !isNameStart(r) || !isNameChar(r) {
			return start + i
		}
	}
	return -1
}

// symbol is a name as it is written. Each distinct one is looked at once: its
// characters, its colons, the namespace it was last seen in.
type symbol struct {
	raw         string
	hash        uint32
	localAt     uint32 // where in raw the local part begins; 0 without a prefix
	prefixID    uint32
	next        uint32 // the symbol that was read after it last time
	seen        uint32 // serial of the last element that had it as an attribute
	elementURI  uint32 // the namespace in which it last named an element …
	elementName uint32 // … and the index of that name; 0 is not yet
	declared    uint32 // the prefix that it declares …
	declaredURI uint32 // … and to what it bound it last; noURI is not yet
	declares    bool   // xmlns or xmlns:prefix
	badQName    bool
}

func (s *symbol) prefix() string { return s.raw[:max(s.localAt, 1)-1] }
func (s *symbol) local() string  { return s.raw[s.localAt:] }

// Fixed prefix and URI identifiers.
const (
	noPrefix, xmlPrefix, xmlnsPrefix = 0, 1, 2
	noURI, xmlURI, xmlnsURI          = 0, 1, 2
	fixedURIs                        = 3
)

// nameTable interns names and knows which namespace each prefix is bound to at
// the current element.
type nameTable struct {
	seed     maphash.Seed
	symbols  []symbol // 0 is none, and equal to no name
	last     uint32   // the symbol that was read last
	slots    []uint32 // open addressing, indexes into symbols; a power of two
	prefixes stringSet
	bound    []uint32 // by prefix: the URI it is bound to
	uris     stringSet
	elements map[uint64]uint32 // symbol and URI no longer in symbol.elementURI: index into Document.names
	undo     []binding
}

// binding is what a prefix was bound to before a declaration.
type binding struct{ prefix, uri uint32 }

// tableSpace is where the slices of a nameTable begin, large enough for usual
// messages.
type tableSpace struct {
	symbols  [64]symbol
	slots    [128]uint32
	prefixes [12]string
	bound    [12]uint32
	uris     [12]string
	undo     [16]binding
}

func newNameTable(space *tableSpace) nameTable {
	space.symbols[0].raw = "\x00"
	space.bound[xmlPrefix] = xmlURI
	return nameTable{
		seed:     maphash.MakeSeed(),
		symbols:  space.symbols[:1],
		slots:    space.slots[:],
		prefixes: stringSet{all: append(space.prefixes[:0], "", "xml", "xmlns")},
		bound:    space.bound[:3],
		uris:     stringSet{all: append(space.uris[:0], "", XMLNamespace, XMLNSNamespace)},
		undo:     space.undo[:0],
	}
}

// expected returns the symbol that followed the one read last when that was met
// before, if it stands at start. Messages repeat themselves, so it mostly does.
func (t *nameTable) expected(s string, start int) (id uint32, end int, ok bool) {
	id = t.symbols[t.last].next
	raw := t.symbols[id].raw
	end = start + len(raw)
	if end < len(s) && s[start:end] == raw && nameBytes[s[end]] == 0 {
		t.last = id
		return id, end, true
	}
	return 0, 0, false
}

// intern returns the index of the symbol raw. When raw is new and no Name, bad
// is where in it the first wrong character is; otherwise it is -1.
func (t *nameTable) intern(raw string) (id uint32, bad int) {
	hash := uint32(maphash.String(t.seed, raw))
	mask := uint32(len(t.slots) - 1)
	slot := hash & mask
	for t.slots[slot] != 0 {
		id := t.slots[slot]
		if s := &t.symbols[id]; s.hash == hash && s.raw == raw {
			t.follow(id)
			return id, -1
		}
		slot = (slot + 1) & mask
	}
	if bad := badRune(raw); bad >= 0 {
		return 0, bad
	}
	s := symbol{raw: raw, hash: hash}
	if at := strings.IndexByte(raw, ':') + 1; at > 0 {
		after := raw[at:]
		r, _ := utf8.DecodeRuneInString(after)
		s.badQName = at == 1 || after == "" || !isNameStart(r) || strings.Contains(after, ":")
		if at > 1 && after != "" {
			s.localAt = uint32(at)
		}
	}
	if s.localAt > 0 {
		s.prefixID = t.prefixNumber(s.prefix())
	}
	switch {
	case s.prefixID == xmlnsPrefix:
		s.declares, s.declared = true, t.prefixNumber(s.local())
	case raw == "xmlns":
		s.declares, s.declared = true, noPrefix
	}
	id = uint32(len(t.symbols))
	t.symbols = append(t.symbols, s)
	t.slots[slot] = id
	if 2*len(t.symbols) > len(t.slots) {
		t.grow()
	}
	t.follow(id)
	return id, -1
}

func (t *nameTable) follow(id uint32) {
	t.symbols[t.last].next = id
	t.last = id
}

func (t *nameTable) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	mask := uint32(len(t.slots) - 1)
	for id := 1; id < len(t.symbols); id++ {
		slot := t.symbols[id].hash & mask
		for t.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		t.slots[slot] = uint32(id)
	}
}

func (t *nameTable) prefixNumber(prefix string) uint32 {
	id := t.prefixes.number(prefix)
	if id == uint32(len(t.bound)) {
		t.bound = append(t.bound, noURI)
	}
	return id
}

// inherit binds every prefix as it is bound at n, which may be nil.
func (t *nameTable) inherit(n *Node) {
	if n == nil {
		return
	}
	seen := map[string]bool{}
	for ; n != nil; n = n.Enclosing() {
		for _, decl := range n.Namespaces() {
			if decl.ignored || seen[decl.Prefix] {
				continue
			}
			seen[decl.Prefix] = true
			t.bound[t.prefixNumber(decl.Prefix)] = t.uris.number(decl.URI)
		}
	}
}

// bind binds prefix to uri until release is called with an earlier mark.
func (t *nameTable) bind(prefix, uri uint32) {
	t.undo = append(t.undo, binding{prefix, t.bound[prefix]})
	t.bound[prefix] = uri
}

func (t *nameTable) mark() uint32 { return uint32(len(t.undo)) }

func (t *nameTable) release(mark uint32) {
	for uint32(len(t.undo)) > mark {
		b := t.undo[len(t.undo)-1]
		t.bound[b.prefix] = b.uri
		t.undo = t.undo[:len(t.undo)-1]
	}
}

// stringSet numbers distinct strings in the order they come. While they are few
// they are found by comparing, which costs less than a map.
type stringSet struct {
	all   []string
	index map[string]uint32 // nil while there are few
	last  uint32            // the number asked for last: it is often the next one too
}

func (t *stringSet) number(s string) uint32 {
	if int(t.last) >= len(t.all) || t.all[t.last] != s {
		t.last = t.find(s)
	}
	return t.last
}

func (t *stringSet) find(s string) uint32 {
	const few = 16
	if t.index != nil {
		if id, ok := t.index[s]; ok {
			return id
		}
	} else if i := slices.Index(t.all, s); i >= 0 {
		return uint32(i)
	}
	id := uint32(len(t.all))
	t.all = append(t.all, s)
	switch {
	case t.index != nil:
		t.index[s] = id
	case len(t.all) > few:
		t.index = make(map[string]uint32, 2*few)
		for i, s := range t.all {
			t.index[s] = uint32(i)
		}
	}
	return id
}
