package decode

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

// command is one command of a shell, split into its words.
type command struct {
	words []string
	// open says that a quotation was not closed: the command is cut off.
	open bool
}

// bashCommands splits text into commands as a POSIX shell does (IEEE 1003.1,
// section 2), with the $'…' of bash. Variables and substitutions stay as they
// are written.
func bashCommands(b []byte) []command {
	s := shellScan{b: b}
	for s.at < len(b) && len(s.list) < maxMessages {
		s.bash()
	}
	s.endCommand()
	return s.list
}

// shellScan is the state of splitting a text into words.
type shellScan struct {
	b      []byte
	at     int
	word   []byte
	inWord bool
	words  []string
	list   []command
	open   bool
	kept   int // words
}

// maxWords is how many words of a text are kept, beyond any that a browser
// writes.
const maxWords = 100_000

func (s *shellScan) endWord() {
	if s.inWord && s.kept < maxWords {
		s.words = append(s.words, string(s.word))
		s.kept++
	}
	s.word, s.inWord = s.word[:0], false
}

func (s *shellScan) endCommand() {
	s.endWord()
	if len(s.words) > 0 {
		s.list = append(s.list, command{s.words, s.open})
	}
	s.words, s.open = nil, false
}

func (s *shellScan) put(c ...byte) { s.word, s.inWord = append(s.word, c...), true }

// peek is the byte n behind the current one, 0 beyond the end.
func (s *shellScan) peek(n int) byte {
	if s.at+n < len(s.b) {
		return s.b[s.at+n]
	}
	return 0
}

// newline is the length of the line ending at the current place plus n, or 0.
func (s *shellScan) newline(n int) int {
	switch {
	case s.peek(n) == '\n':
		return 1
	case s.peek(n) == '\r' && s.peek(n+1) == '\n':
		return 2
	}
	return 0
}

// bash takes the next piece.
func (s *shellScan) bash() {
	c := s.b[s.at]
	switch {
	case c == '\\':
		// Editors leave blanks behind the backslash of a continued line.
		if n := s.newline(1); n > 0 {
			s.at += 1 + n
			return
		}
		if s.at+1 < len(s.b) {
			s.put(s.b[s.at+1])
		}
		s.at += 2
	case c == '\'':
		s.at++
		s.quoted('\'', func() int { s.put(s.b[s.at]); return 1 })
	case c == '"':
		s.at++
		s.quoted('"', s.inDouble)
	case c == '$' && s.peek(1) == '\'':
		s.at += 2
		s.quoted('\'', s.inANSI)
	case c == '$' && s.peek(1) == '"':
		s.at++
	case c == ' ' || c == '\t' || c == '\r':
		s.endWord()
		s.at++
	case c == '\n' || c == ';' || c == '&' || c == '|':
		s.endCommand()
		s.at++
	case c == '#' && !s.inWord:
		s.comment()
	default:
		s.put(c)
		s.at++
	}
}

func (s *shellScan) comment() {
	for s.at < len(s.b) && s.b[s.at] != '\n' {
		s.at++
	}
}

// quoted takes everything up to the closing quote; piece takes what stands at
// the current place and returns how long that is.
func (s *shellScan) quoted(end byte, piece func() int) {
	s.inWord = true
	for s.at < len(s.b) {
		if s.b[s.at] == end {
			s.at++
			return
		}
		s.at += piece()
	}
	s.open = true
}

func (s *shellScan) inDouble() int {
	if s.b[s.at] == '\\' {
		if n := s.newline(1); n > 0 {
			return 1 + n
		}
		switch c := s.peek(1); c {
		case '"', '\\', '$', '`':
			s.put(c)
			return 2
		}
	}
	s.put(s.b[s.at])
	return 1
}

// inANSI takes a piece of bash's ANSI-C quoting.
func (s *shellScan) inANSI() int {
	if s.b[s.at] != '\\' || s.at+1 >= len(s.b) {
		s.put(s.b[s.at])
		return 1
	}
	c := s.b[s.at+1]
	if i := bytes.IndexByte([]byte("abeEfnrtv\\'\"?"), c); i >= 0 {
		s.put("\a\b\x1b\x1b\f\n\r\t\v\\'\"?"[i])
		return 2
	}
	most := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	base, from := 16, s.at+2
	if most == 0 {
		most, base, from = 3, 8, s.at+1
	}
	end := from
	for end < len(s.b) && end < from+most && isDigitOf(s.b[end], base) {
		end++
	}
	n, err := strconv.ParseUint(string(s.b[from:end]), base, 32)
	switch {
	case err != nil:
		s.put('\\', c)
		return 2
	case c == 'u' || c == 'U':
		s.word = utf8.AppendRune(s.word, rune(n))
	default:
		s.put(byte(n))
	}
	return end - s.at
}

func isDigitOf(c byte, base int) bool {
	d, ok := unhex(c)
	return ok && int(d) < base
}

// looksCmd reports whether commands are written for cmd.exe: they have its
// caret where bash would have a quote or a backslash.
func looksCmd(b []byte) bool {
	head := b[:min(len(b), 1<<20)]
	return bytes.Contains(head, []byte(`^"`)) || bytes.Contains(head, []byte("^\n")) || bytes.Contains(head, []byte("^\r\n")) ||
		!bytes.Contains(head, []byte("'")) && (bytes.Contains(head, []byte(`"%"`)) || bytes.Contains(head, []byte("^%")))
}

// cmdCommands splits text for cmd.exe: first its carets and separators, then
// the quotes by the rules of Microsoft's C run-time library. Browsers have
// written carets inside quotes as well, where cmd.exe itself would keep them;
// they mean the same there.
func cmdCommands(b []byte) []command {
	s := shellScan{b: b}
	var list []command
	var text []byte
	quoted := false
	end := func() {
		list = append(list, argv(text)...)
		text, quoted = nil, false
	}
	for s.at < len(b) && len(list) < maxMessages {
		c := b[s.at]
		switch {
		case c == '^':
			s.at += 1 + s.newline(1)
			// What follows stands for itself, a second line break too.
			if n := s.newline(0); n > 0 {
				text = append(text, '\n')
				s.at += n
			} else if s.at < len(b) {
				text = append(text, b[s.at])
				s.at++
			}
		case c == '"':
			quoted = !quoted
			text = append(text, c)
			s.at++
		case c == '\n' || !quoted && (c == '&' || c == '|'):
			end()
			s.at++
		default:
			text = append(text, c)
			s.at++
		}
	}
	end()
	return list
}

// argv splits one command line into words, where "" inside quotes is a quote.
func argv(b []byte) []command {
	s := shellScan{b: b}
	quoted := false
	for s.at < len(b) {
		switch c := b[s.at]; {
		case c == '\\' && (s.peek(1) == '"' || s.peek(1) == '\\'):
			s.put(s.peek(1))
			s.at += 2
		case c == '"' && quoted && s.peek(1) == '"':
			s.put('"')
			s.at += 2
		case c == '"':
			quoted = !quoted
			s.inWord = true
			s.at++
		case !quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			s.endWord()
			s.at++
		default:
			s.put(c)
			s.at++
		}
	}
	s.open = quoted
	s.endCommand()
	return s.list
}

// powerShellCommands splits text into PowerShell commands. The entries of a
// hash table become words of their own: @{, name, =, value, }.
func powerShellCommands(b []byte) []command {
	s := shellScan{b: b}
	depth := 0 // of hash tables
	for s.at < len(b) && len(s.list) < maxMessages {
		c := b[s.at]
		switch {
		case c == '`' && s.newline(1) > 0:
			s.at += 1 + s.newline(1)
		case c == '`':
			s.backtick()
		case c == '\'':
			s.at++
			s.quoted('\'', func() int { s.put(b[s.at]); return 1 })
			if s.peek(0) == '\'' { // a doubled quote stands for one
				s.put('\'')
			}
		case c == '"':
			s.at++
			s.quoted('"', s.inPowerShell)
			if s.peek(0) == '"' {
				s.put('"')
			}
		case c == '@' && s.peek(1) == '{':
			s.alone("@{")
			depth++
		case c == '}':
			s.alone("}")
			depth = max(0, depth-1)
		case c == '=' && depth > 0:
			s.alone("=")
		case c == ';' && depth == 0, c == '\n' && depth == 0:
			s.endCommand()
			s.at++
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';':
			s.endWord()
			s.at++
		case c == '#' && !s.inWord:
			s.comment()
		default:
			s.put(c)
			s.at++
		}
	}
	s.open = s.open || depth > 0
	s.endCommand()
	return s.list
}

func (s *shellScan) alone(word string) {
	s.endWord()
	s.words = append(s.words, word)
	s.at += len(word)
}

// backtick takes PowerShell's escape.
func (s *shellScan) backtick() {
	c := s.peek(1)
	if i := bytes.IndexByte([]byte("nrt0abfv"), c); i >= 0 {
		c = "\n\r\t\x00\a\b\f\v"[i]
	}
	if s.at+1 < len(s.b) {
		s.put(c)
	}
	s.at += 2
}

// inPowerShell takes a piece of a double-quoted string. Browsers write what is
// not ASCII as $([char]8364).
func (s *shellScan) inPowerShell() int {
	rest := s.b[s.at:]
	if rest[0] == '`' {
		s.backtick()
		s.at -= 2 // quoted goes on
		return 2
	}
	if after, ok := bytes.CutPrefix(rest, []byte("$([char]")); ok {
		end := bytes.IndexByte(after[:min(len(after), 12)], ')')
		if end > 0 {
			if n, err := strconv.ParseInt(string(after[:end]), 0, 32); err == nil {
				s.word = utf8.AppendRune(s.word, rune(n))
				return len("$([char]") + end + 1
			}
		}
	}
	s.put(rest[0])
	return 1
}

// cutOffCommands reports whether a command ends within a quotation.
func cutOffCommands(list []command) bool {
	return slices.ContainsFunc(list, func(c command) bool { return c.open })
}
