package decode

import (
	"bytes"
	"slices"
)

// markupStyle is one way in which angle brackets are written in a text.
type markupStyle struct{ lt, gt string }

func markupStyles() []markupStyle {
	return []markupStyle{{"<", ">"}, {"&lt;", "&gt;"}, {`\u003c`, `\u003e`}, {`\u003C`, `\u003E`}, {`\x3c`, `\x3e`}, {"%3C", "%3E"}, {"%3c", "%3e"}}
}

// markup finds messages that are written as XML in t.b[from:to], with angle
// brackets in the given style.
func (t *textScan) markup(from, to int, style markupStyle) {
	lt := []byte(style.lt)
	for pos := from; pos < to && !t.full(); {
		i := bytes.Index(t.b[pos:to], lt)
		if i < 0 {
			return
		}
		start := pos + i
		pos = start + len(lt)
		n := qnameLength(t.b[pos:to])
		qname := t.b[pos : pos+n]
		folded := bytes.ReplaceAll(bytes.ToLower(qname), []byte("%3a"), []byte(":"))
		if !isCarrier(localName(string(folded))) {
			continue
		}
		end := elementEnd(t.b[:to], start, qname, style)
		start = withDeclaration(t.b, from, start, style)
		m := t.r.message(found{
			capture: t.r.capture(), raw: t.b[start:end], transport: pasted,
			steps: append(slices.Clone(t.steps), Step{Name: "XML in the text"}),
		})
		t.keep(start, end, m)
		pos = end
	}
}

// isCarrier reports whether an element of this name, in lower case, may be a
// message or hold one.
func isCarrier(local string) bool {
	switch local {
	case "response", "authnrequest", "assertion", "encryptedassertion", "logoutrequest", "logoutresponse",
		"artifactresolve", "artifactresponse", "envelope", "requestsecuritytokenresponse",
		"requestsecuritytokenresponsecollection", "message":
		return true
	}
	return false
}

// qnameLength is the length of the name at the start of b, where the colon may
// be percent-encoded.
func qnameLength(b []byte) int {
	n := 0
	for n < len(b) && n < 200 {
		switch {
		case isNameByte(b[n]):
			n++
		case b[n] == '%' && n+2 < len(b) && b[n+1] == '3' && (b[n+2] == 'A' || b[n+2] == 'a'):
			n += 3
		default:
			return n
		}
	}
	return n
}

// elementEnd is where the element that starts at start ends, by counting start
// and end tags of its name; the end of b when it is cut off.
func elementEnd(b []byte, start int, qname []byte, style markupStyle) int {
	lt, gt := []byte(style.lt), []byte(style.gt)
	depth := 0
	for pos := start + len(lt); ; {
		i := bytes.Index(b[pos:], qname)
		if i < 0 {
			return len(b)
		}
		at := pos + i
		pos = at + len(qname)
		if pos < len(b) && isNameByte(b[pos]) {
			continue
		}
		head := b[start:at]
		switch {
		case bytes.HasSuffix(head, lt):
			depth++
		case bytes.HasSuffix(head, []byte(style.lt+"/")), bytes.HasSuffix(head, []byte(style.lt+`\/`)), bytes.HasSuffix(head, []byte(style.lt+"%2F")), bytes.HasSuffix(head, []byte(style.lt+"%2f")):
			depth--
			if depth > 0 {
				continue
			}
			if j := bytes.Index(b[pos:], gt); j >= 0 {
				return pos + j + len(gt)
			}
			return len(b)
		}
	}
}

// withDeclaration moves start back over an XML declaration right before it.
func withDeclaration(b []byte, floor, start int, style markupStyle) int {
	end := start
	for end > floor && isBlank(b[end-1]) {
		end--
	}
	if !bytes.HasSuffix(b[floor:end], []byte("?"+style.gt)) {
		return start
	}
	window := max(floor, end-300)
	if i := bytes.LastIndex(b[window:end], []byte(style.lt+"?xml")); i >= 0 {
		return window + i
	}
	return start
}

// minRun is the length from which bare base64 is looked at: a message is never
// shorter.
const minRun = 64

func isRunByte(c byte) bool {
	k := classOf(c)
	return k >= classURLSafe || k == classPad || c == '%' || c == '\\'
}

// runs finds bare base64 in t.b[from:to] that holds a message.
func (t *textScan) runs(from, to int) {
	for pos := from; pos < to && !t.full(); {
		if !isRunByte(t.b[pos]) {
			pos++
			continue
		}
		line, end := runEnd(t.b[:to], pos)
		if end-pos >= minRun && probe(t.b[pos:end]) {
			m := t.run(pos, line)
			if end > line && !whole([]*Message{m}) {
				if all := t.run(pos, end); all != nil {
					m, line = all, end
				}
			}
			if m != nil {
				t.keep(pos, line, m)
				pos = line
				continue
			}
		}
		pos = end
	}
}

func (t *textScan) run(from, to int) *Message {
	return t.r.message(found{
		capture: t.r.capture(), raw: t.b[from:to], encoding: plain, transport: pasted,
		steps: append(slices.Clone(t.steps), Step{Name: "base64 in the text"}),
	})
}

// shortestLine is what a line of wrapped base64 holds at least, other than the last.
const shortestLine = 40

// runEnd is where the run that starts at pos ends: on its line, and when the
// lines after it go on.
func runEnd(b []byte, pos int) (line, end int) {
	i := pos
	for i < len(b) && isRunByte(b[i]) {
		i++
	}
	line, end = i, i
	if line-pos < shortestLine {
		return line, end // a word of prose, and base64 may begin below it
	}
	for i < len(b) && b[end-1] != '=' {
		j, wrapped := i, false
		for j < len(b) && isBlank(b[j]) {
			wrapped = wrapped || b[j] == '\n' || b[j] == '\r'
			j++ // a wrapped value may be indented
		}
		if !wrapped {
			break
		}
		for i = j; i < len(b) && isRunByte(b[i]); {
			i++
		}
		if i == j {
			break
		}
		end = i
	}
	return line, end
}

// probeSize is how much of a value is looked at to see whether it may be one.
const probeSize = 2048

// probe reports whether a value that nothing names may hold a message, at a
// cost that does not depend on its length.
func probe(value []byte) bool {
	value = bytes.TrimLeft(value, " \t\r\n\"'`")
	if len(value) < 40 {
		return false
	}
	head := value[:min(len(value), probeSize)]
	if hasPercent(head) {
		p := peeled{b: head}
		p.apply(percent)
		head = p.b
	}
	if looksXML(head) || bytes.HasPrefix(head, []byte("&lt;")) {
		p := peeled{b: head}
		p.apply(entity)
		return isMessageName(localName(rootName(p.b))) || isCarrierRoot(rootName(p.b))
	}
	if k := classOf(head[0]); k < classURLSafe {
		return false
	}
	s := scanBase64(head, mode{blankIsPlus: true, stopAt: -1})
	if s.foreigns*20 > len(head) || len(s.clean) < 40 {
		return false
	}
	b := s.bytes()
	return beginsMessage(b) || base64Share(b) == 1 && probe(b)
}

// isCarrierRoot reports whether a root element may be an envelope.
func isCarrierRoot(qname string) bool {
	local := localName(qname)
	return local == "Envelope" || local == "message"
}
