package decode

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
)

// scanBuffer is how much of a stream is in memory at once, in bytes.
const scanBuffer = 256 << 10

// maxName is how much of a member's name is told, in bytes.
const maxName = 256

// maxNesting is how deep JSON may be nested.
const maxNesting = 10_000

var (
	errBrokenJSON = errors.New("this is not JSON")
	errDone       = errors.New("seen enough")
)

// scanner walks through JSON (RFC 8259) in one buffer of fixed size: what nobody
// asks for is skipped at the speed of memory and never held. It is more lenient
// than the grammar where nothing is lost by it: what it skips only has to have
// its strings and brackets in order.
type scanner struct {
	src    io.Reader // nil when the whole input is in buf
	buf    []byte
	pos    int    // of the next byte in buf
	base   int64  // of buf[0] in the input
	err    error  // why there is no more to read; io.EOF at the end
	open   []byte // brackets that skipNested still expects
	name   []byte // of the member being visited
	unread []byte // scratch for one string as it stands
	cut    bool   // set when a string was longer than what was asked of it
	torn   []byte // the string in the middle of which the input ends, where it was wanted
}

// newScanner scans data, which starts at byte base of the input.
func newScanner(data []byte, base int64) *scanner {
	return &scanner{buf: data, base: base, err: io.EOF}
}

// fill reads on when the buffer is used up.
func (s *scanner) fill() bool {
	if s.err != nil {
		return false
	}
	s.base += int64(len(s.buf))
	s.pos = 0
	for range 100 {
		n, err := s.src.Read(s.buf[:cap(s.buf)])
		s.buf, s.err = s.buf[:n], err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// offset is the place of the next byte in the input.
func (s *scanner) offset() int64 { return s.base + int64(s.pos) }

// readError is why reading stopped, when that was no fault of the JSON.
func (s *scanner) readError() error {
	if s.src == nil || s.err == nil || errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

// fail is the error for what stands at the next byte.
func (s *scanner) fail() error {
	if s.pos < len(s.buf) {
		return errBrokenJSON
	}
	return io.ErrUnexpectedEOF
}

// peek is the next byte that is no blank; 0 at the end.
func (s *scanner) peek() byte {
	for {
		for ; s.pos < len(s.buf); s.pos++ {
			switch c := s.buf[s.pos]; c {
			case ' ', '\n', '\r', '\t':
			default:
				return c
			}
		}
		if !s.fill() {
			return 0
		}
	}
}

// object calls visit for each name of the object that comes next; visit has to
// consume the value, and name is gone with the next read. Another value than an
// object is skipped.
func (s *scanner) object(visit func(name []byte) error) error {
	if s.peek() != '{' {
		return s.skip()
	}
	s.pos++
	c := s.peek()
	for c != '}' {
		if c != '"' {
			return s.fail()
		}
		var err error
		if s.name, err = s.appendText(s.name[:0], maxName); err != nil {
			return err
		}
		if s.peek() != ':' {
			return s.fail()
		}
		s.pos++
		if err := visit(s.name); err != nil {
			return err
		}
		switch c = s.peek(); c {
		case ',':
			s.pos++
			c = s.peek()
		case '}':
		default:
			return s.fail()
		}
	}
	s.pos++
	return nil
}

// array calls visit for each element of the array that comes next; visit has to
// consume it. Another value is skipped.
func (s *scanner) array(visit func() error) error {
	if s.peek() != '[' {
		return s.skip()
	}
	s.pos++
	c := s.peek()
	for c != ']' {
		if c == 0 {
			return s.fail()
		}
		if err := visit(); err != nil {
			return err
		}
		switch c = s.peek(); c {
		case ',':
			s.pos++
			c = s.peek()
		case ']':
		default:
			return s.fail()
		}
	}
	s.pos++
	return nil
}

// skip reads over the value that comes next.
func (s *scanner) skip() error {
	switch s.peek() {
	case '"':
		s.pos++
		return s.skipString()
	case '{', '[':
		return s.skipNested()
	}
	_, err := s.literal()
	return err
}

// skipNested reads over an object or an array.
func (s *scanner) skipNested() error {
	s.open = s.open[:0]
	for {
		for s.pos < len(s.buf) {
			c := s.buf[s.pos]
			switch c {
			case '"':
				s.pos++
				if err := s.skipString(); err != nil {
					return err
				}
				continue
			case '{', '[':
				if len(s.open) == maxNesting {
					return errBrokenJSON
				}
				s.open = append(s.open, c+2) // both close two characters later
			case '}', ']':
				last := len(s.open) - 1
				if s.open[last] != c {
					return errBrokenJSON
				}
				s.open = s.open[:last]
				if last == 0 {
					s.pos++
					return nil
				}
			}
			s.pos++
		}
		if !s.fill() {
			return s.fail()
		}
	}
}

// literal reads what is neither a string nor has brackets: a number or a word.
// Of a long one only the beginning is returned.
func (s *scanner) literal() ([]byte, error) {
	s.peek()
	s.unread = s.unread[:0]
	seen := false
	for {
		for s.pos < len(s.buf) {
			c := s.buf[s.pos]
			if !isParamByte(c) && c != '.' && c != '+' {
				if !seen {
					return nil, errBrokenJSON
				}
				return s.unread, nil
			}
			if seen = true; len(s.unread) < 64 {
				s.unread = append(s.unread, c)
			}
			s.pos++
		}
		if !s.fill() {
			if seen && s.readError() == nil {
				return s.unread, nil
			}
			return nil, s.fail()
		}
	}
}

// chunk is the next part of a string: up to its closing quote, which is consumed
// (done), or to the end of the buffer. escaped says that the byte before was a
// backslash that escapes the next one.
func (s *scanner) chunk(escaped *bool) (part []byte, done bool) {
	start, at := s.pos, s.pos
	if *escaped && at < len(s.buf) {
		at++
		*escaped = false
	}
	for {
		i := bytes.IndexByte(s.buf[at:], '"')
		end := at + i
		if i < 0 {
			end = len(s.buf)
		}
		slashes := 0
		for end-slashes > at && s.buf[end-slashes-1] == '\\' {
			slashes++
		}
		switch {
		case i < 0:
			if end > at { // an empty buffer changes nothing
				*escaped = slashes%2 == 1
			}
			s.pos = end
			return s.buf[start:end], false
		case slashes%2 == 1:
			at = end + 1
		default:
			s.pos = end + 1
			return s.buf[start:end], true
		}
	}
}

// skipString reads over the rest of a string.
func (s *scanner) skipString() error {
	escaped := false
	for {
		if _, done := s.chunk(&escaped); done {
			return nil
		}
		if !s.fill() {
			return s.fail()
		}
	}
}

// appendRaw appends the string that comes next as it stands, quotes included,
// but of what is between them at most limit bytes; s.cut says that there was more.
// Another value is skipped and leaves dst as it is.
func (s *scanner) appendRaw(dst []byte, limit int) ([]byte, error) {
	if s.peek() != '"' {
		return dst, s.skip()
	}
	s.pos++
	first := len(dst)
	dst = append(dst, '"')
	escaped := false
	for {
		part, done := s.chunk(&escaped)
		if room := limit - (len(dst) - first - 1); len(part) > room {
			part, s.cut = part[:max(room, 0)], true
		}
		if free := cap(dst) - len(dst); free <= len(part) {
			dst = slices.Grow(dst, len(dst)+len(part)+1) // twice as much: less garbage
		}
		dst = append(dst, part...)
		if done {
			return append(dst, '"'), nil
		}
		if !s.fill() {
			s.torn = dst[first:]
			return dst[:first], s.fail()
		}
	}
}

// appendText appends the text of the string that comes next, escapes resolved:
// at most limit bytes of what stands there. Another value is skipped.
func (s *scanner) appendText(dst []byte, limit int) ([]byte, error) {
	if s.peek() != '"' {
		return dst, s.skip()
	}
	// Most strings are short, lie in the buffer whole and need no change.
	if end := bytes.IndexByte(s.buf[s.pos+1:min(len(s.buf), s.pos+1+512)], '"'); end >= 0 {
		text := s.buf[s.pos+1 : s.pos+1+end]
		if bytes.IndexByte(text, '\\') < 0 {
			s.pos += end + 2
			s.cut = s.cut || len(text) > limit
			return append(dst, text[:min(len(text), limit)]...), nil
		}
	}
	var err error
	s.unread, err = s.appendRaw(s.unread[:0], limit)
	if err != nil {
		return dst, err
	}
	return appendUnquoted(dst, s.unread[1:len(s.unread)-1]), nil
}

// text is the string that comes next, at most limit bytes of it. Another value
// is skipped and empty.
func (s *scanner) text(to *string, limit int) error {
	var own [512]byte
	text, err := s.appendText(own[:0], limit)
	if err == nil {
		*to = string(text)
	}
	return err
}

// num is the next value where it is a number, or a string that has the form of one.
func (s *scanner) num(f *float64) error {
	var digits []byte
	var err error
	switch s.peek() {
	case '"':
		var own [64]byte
		digits, err = s.appendText(own[:0], len(own))
	case '{', '[':
		return s.skip()
	default:
		digits, err = s.literal()
	}
	if err != nil {
		return err
	}
	if n, err := strconv.ParseFloat(string(digits), 64); err == nil {
		*f = n
	}
	return nil
}

// rest is what has not been read, at most limit bytes of it.
func (s *scanner) rest(limit int) []byte {
	var b []byte
	for len(b) < limit {
		part := s.buf[s.pos:]
		part = part[:min(len(part), limit-len(b))]
		b = append(b, part...)
		s.pos += len(part)
		if s.pos == len(s.buf) && !s.fill() {
			break
		}
	}
	return b
}

// isScalar reports whether b is a number or one of the three words of JSON.
func isScalar(b []byte) bool {
	switch string(b) {
	case "true", "false", "null":
		return true
	}
	digits := bytes.TrimPrefix(b, []byte("-"))
	if len(digits) == 0 || !isDigit(digits[0]) || len(digits) > 1 && digits[0] == '0' && isDigit(digits[1]) {
		return false
	}
	if len(b) == 64 { // shortened
		return true
	}
	// What ParseFloat takes beyond JSON: hexadecimal digits, and a point that no
	// digit follows.
	if bytes.ContainsAny(b, "xXpP_") || bytes.Contains(b, []byte(".e")) || bytes.Contains(b, []byte(".E")) || !isDigit(b[len(b)-1]) {
		return false
	}
	_, err := strconv.ParseFloat(string(b), 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

func isCutJSON(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) }
