package decode

import (
	"bytes"
	"slices"
)

// span is a part of a text that was read as a message.
type span struct {
	from, to int
	messages []*Message
}

// scanText finds the messages in a text of any kind, such as a log: values
// beside their names, markup, then bare base64. It adds them in the order of
// their places and reports whether there were any.
func (r *reader) scanText(b []byte, steps []Step) bool {
	t := textScan{r: r, b: b, steps: steps}
	t.names()
	for _, style := range markupStyles() {
		for _, gap := range t.gaps() {
			t.markup(gap[0], gap[1], style)
		}
	}
	for _, gap := range t.gaps() {
		t.runs(gap[0], gap[1])
	}
	t.sort()
	added := false
	for _, s := range t.spans {
		for _, m := range s.messages {
			added = r.add(m) || added
		}
	}
	return added
}

type textScan struct {
	r     *reader
	b     []byte
	steps []Step
	spans []span
	kept  int // messages in spans
}

func (t *textScan) full() bool { return len(t.r.trace.Messages)+t.kept >= maxMessages }

func (t *textScan) sort() {
	slices.SortStableFunc(t.spans, func(a, b span) int { return a.from - b.from })
}

// gaps are the parts not read yet.
func (t *textScan) gaps() [][2]int {
	t.sort()
	var gaps [][2]int
	at := 0
	for _, s := range t.spans {
		if s.from > at {
			gaps = append(gaps, [2]int{at, s.from})
		}
		at = max(at, s.to)
	}
	if at < len(t.b) {
		gaps = append(gaps, [2]int{at, len(t.b)})
	}
	return gaps
}

func (t *textScan) keep(from, to int, messages ...*Message) {
	messages = slices.DeleteFunc(messages, func(m *Message) bool { return m == nil })
	if len(messages) > 0 {
		t.spans = append(t.spans, span{from, to, messages})
		t.kept += len(messages)
	}
}

// mentions finds the places where the name of a parameter may stand, which is
// wherever some spelling of "saml" or "wresult" does.
type mentions struct {
	b    []byte
	next [3]int // of each needle, len(b) when there is none any more
}

func needles() [3]string { return [3]string{"aml", "AML", "wresult"} }

func newMentions(b []byte) *mentions { return &mentions{b: b, next: [3]int{-1, -1, -1}} }

// after is the first mention at or after pos, or -1.
func (m *mentions) after(pos int) int {
	first := len(m.b)
	for i, needle := range needles() {
		if m.next[i] < pos {
			m.next[i] = m.find(needle, pos)
		}
		first = min(first, m.next[i])
	}
	if first == len(m.b) {
		return -1
	}
	return first
}

func (m *mentions) find(needle string, from int) int {
	for from < len(m.b) {
		i := bytes.Index(m.b[from:], []byte(needle))
		if i < 0 {
			break
		}
		at := from + i
		// Many a page says "yaml".
		if needle == "wresult" || at > 0 && m.b[at-1]|0x20 == 's' {
			return at
		}
		from = at + 1
	}
	return len(m.b)
}

// mentionsMessage reports whether b may hold a named message at all.
func mentionsMessage(b []byte) bool { return newMentions(b).after(0) >= 0 }

// namedValue is a name with "=" or ":" behind it.
type namedValue struct {
	start, end int // of the name
	name       string
	value      int  // where the value starts
	quote      byte // around the value, or 0
	sep        byte // '=', ':' or '%'
}

func isParamByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

// nameAt reads the name around b[i].
func nameAt(b []byte, i int) (v namedValue, ok bool) {
	s, e := i, i
	for s > 0 && i-s < 20 && isParamByte(b[s-1]) {
		s--
	}
	for e < len(b) && e-i < 40 && isParamByte(b[e]) {
		e++
	}
	if s > 0 && b[s-1] == '%' && e-s > 2 {
		s += 2 // the digits of a percent-encoding
	}
	v = namedValue{start: s, end: e, name: string(b[s:e])}
	if _, fit := parameterRole(v.name); fit < similar {
		return v, false
	}
	j := e
	for j < len(b) && j-e < 4 && (isQuote(b[j]) || b[j] == '\\' || b[j] == ' ' || b[j] == ']') {
		j++
	}
	switch {
	case j >= len(b):
		return v, false
	case b[j] == '=' || b[j] == ':':
		v.sep = b[j]
		j++
	case bytes.HasPrefix(b[j:], []byte("%3D")) || bytes.HasPrefix(b[j:], []byte("%3d")):
		v.sep = '%'
		j += 3
	default:
		return v, false
	}
	if j < len(b) && b[j] == '>' {
		j++
	}
	for n := 0; j < len(b) && n < 8 && isBlank(b[j]); n++ {
		j++
	}
	if v.sep == ':' {
		j = afterBlockMark(b, j)
	}
	if j < len(b) && b[j] == '\\' {
		j++
	}
	if j < len(b) && isQuote(b[j]) {
		v.quote = b[j]
		j++
	}
	v.value = j
	return v, j < len(b)
}

// afterBlockMark is where the text of a YAML block begins ("|", ">-" and a line
// break), when its mark stands at b[j]; else j.
func afterBlockMark(b []byte, j int) int {
	const mostIndented = 64
	if j >= len(b) || b[j] != '|' && b[j] != '>' {
		return j
	}
	k := j + 1
	for n := 0; k < len(b) && n < 2 && (b[k] == '-' || b[k] == '+' || '1' <= b[k] && b[k] <= '9'); n++ {
		k++
	}
	if k >= len(b) || b[k] != '\n' && b[k] != '\r' {
		return j
	}
	for n := 0; k < len(b) && n < mostIndented && isBlank(b[k]); n++ {
		k++
	}
	return k
}

// namesParameter reports whether text holds the name of a parameter with a
// value behind it.
func namesParameter(b []byte) bool {
	m := newMentions(b)
	for pos := 0; ; {
		i := m.after(pos)
		if i < 0 {
			return false
		}
		if v, ok := nameAt(b, i); ok {
			if _, fit := parameterRole(v.name); fit >= sameLetter {
				return true
			}
		}
		pos = i + 3
	}
}

// names reads the values that stand beside a name.
func (t *textScan) names() {
	m := newMentions(t.b)
	for pos := 0; !t.full(); {
		i := m.after(pos)
		if i < 0 {
			return
		}
		pos = i + 3
		v, ok := nameAt(t.b, i)
		if !ok {
			continue
		}
		if startsMarkup(t.b[v.value:]) {
			pos = v.value
			continue // markup is read whole, not to the next delimiter
		}
		if v.sep == '=' && v.quote == 0 && v.value == v.end+1 {
			pos = max(pos, t.pair(v))
			continue
		}
		pos = max(pos, t.named(v))
	}
}

func startsMarkup(b []byte) bool {
	for _, open := range markupStyles() {
		if bytes.HasPrefix(b, []byte(open.lt)) {
			return true
		}
	}
	return false
}

// delimits reports whether c ends a token in prose, logs and source code.
func delimits(c byte) bool {
	return isBlank(c) || isQuote(c) || c == '<' || c == '>'
}

// pair reads name=value, with what is joined to it by & and the URL in front.
func (t *textScan) pair(v namedValue) int {
	from, to := v.start, v.value
	floor := 0
	if n := len(t.spans); n > 0 {
		floor = t.spans[n-1].to
	}
	if from > 0 && bytes.IndexByte([]byte("?&;#"), t.b[from-1]) >= 0 {
		for from > floor && !delimits(t.b[from-1]) {
			from--
		}
	}
	for to < len(t.b) && !delimits(t.b[to]) {
		to++
	}
	read := func(to int) []*Message {
		messages, _ := t.r.paramMessages(t.b[from:to], found{capture: t.r.capture(), steps: t.steps})
		return messages
	}
	messages := read(to)
	if further := t.continued(to); further > to && !whole(messages) {
		if again := read(further); whole(again) {
			messages, to = again, further
		}
	}
	t.keep(from, to, messages...)
	return to
}

// named reads a value that ends at a quote or a delimiter.
func (t *textScan) named(v namedValue) int {
	to := v.value
	if v.quote != 0 {
		if n := bytes.IndexByte(t.b[to:], v.quote); n >= 0 {
			to += n
		} else {
			v.quote = 0
		}
	}
	if v.quote == 0 {
		for to < len(t.b) && !delimits(t.b[to]) && bytes.IndexByte([]byte(",)]}&"), t.b[to]) < 0 {
			to++
		}
	}
	read := func(to int) *Message {
		f := found{
			capture: t.r.capture(), name: v.name, raw: bytes.TrimRight(t.b[v.value:to], `\`),
			encoding: maybePlain, transport: pasted,
			steps: append(slices.Clone(t.steps), Step{Name: "value of " + v.name}),
		}
		f.role, f.closeness = parameterRole(v.name)
		// In prose a name may stand before anything.
		f.named = f.closeness == exact && (v.quote != 0 || base64Share(f.raw) >= 0.9) && len(f.raw) >= 16
		if f.role == roleArtifact && !isArtifact(f.raw) || f.role != roleArtifact && !f.named && !probe(f.raw) {
			return nil
		}
		return t.r.message(f)
	}
	m := read(to)
	if further := t.continued(to); v.quote == 0 && further > to && !whole([]*Message{m}) {
		if again := read(further); whole([]*Message{again}) {
			m, to = again, further
		}
	}
	t.keep(v.start, to, m)
	return to
}

// continued is where a value would end that goes on after the blank or line
// break at to: as far as there is nothing but base64.
func (t *textScan) continued(to int) int {
	end := to
	for i := to; i < len(t.b); {
		j := i
		for j < len(t.b) && isBlank(t.b[j]) {
			j++
		}
		k := j
		for k < len(t.b) && (classOf(t.b[k]) >= classURLSafe || t.b[k] == '%') {
			k++
		}
		for k < len(t.b) && t.b[k] == '=' {
			k++
		}
		if k == j || k < len(t.b) && !delimits(t.b[k]) && t.b[k] != '&' {
			return end
		}
		end = k
		if t.b[k-1] == '=' {
			return end
		}
		i = k
	}
	return end
}

// whole reports whether there are messages and each was read to its end.
func whole(messages []*Message) bool {
	if len(messages) == 0 {
		return false
	}
	for _, m := range messages {
		if m == nil || m.fatal() || m.Document != nil && m.Document.Truncated() ||
			m.has("cut-off") || m.has("deflate-corrupt") {
			return false
		}
	}
	return true
}
