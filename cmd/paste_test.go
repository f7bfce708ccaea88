package cmd

import (
	"errors"
	"strings"
	"testing"
)

// feedAll feeds keys in pieces of n bytes, so that escape sequences are cut
// anywhere.
func feedAll(p *paste, keys string, n int) (done bool, err error) {
	for len(keys) > 0 && !done && err == nil {
		piece := keys[:min(n, len(keys))]
		keys = keys[len(piece):]
		done, err = p.feed([]byte(piece))
	}
	return done, err
}

func TestPasteKeys(t *testing.T) {
	for _, c := range []struct {
		name, keys string
		want       string
		done       bool
	}{
		{"bracketed", pasteBegin + "PHNhbWw" + pasteEnd + "ignored", "PHNhbWw", true},
		{"line ends of a terminal", pasteBegin + "a\rb\r\nc\nd" + pasteEnd, "a\nb\nc\nd", true},
		{"empty lines inside a paste", pasteBegin + "a\r\r\rb" + pasteEnd, "a\n\n\nb", true},
		{"escape inside a paste", pasteBegin + "a\x1b[31mb\x1b\x1bc" + pasteEnd, "a\x1b[31mb\x1b\x1bc", true},
		{"almost the end inside a paste", pasteBegin + "a\x1b[20\x1b[201~", "a\x1b[20", true},
		{"a paste of nothing, then one", pasteBegin + " \r" + pasteEnd + pasteBegin + "x" + pasteEnd, " \nx", true},
		{"the end is never sent", pasteBegin + "abc\x04", "abc", true},
		{"typed", "abc\rdef\x04", "abc\ndef", true},
		{"keys that move", "a\x1b[1;5Cb\x1bOPc\x1bxd\x04", "abcd", true},
		{"backspace takes a character", "aé\x7fb\x7f\x7f\x7f\x7fz\x04", "z", true},
		{"Ctrl-U takes the line", "ab\rcd\x15e\x04", "ab\ne", true},
		{"other control keys", "a\x1a\x0cb\tc\x04", "ab\tc", true},
		{"not finished", "abc", "abc", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, n := range []int{1, 2, 3, 7, 1 << 20} {
				p := &paste{max: 1 << 20}
				done, err := feedAll(p, c.keys, n)
				if err != nil || done != c.done || string(p.text) != c.want {
					t.Errorf("in pieces of %d: %q, done %t, error %v; expected %q, done %t", n, p.text, done, err, c.want, c.done)
				}
			}
		})
	}
}

func TestPasteEmptyLine(t *testing.T) {
	for _, c := range []struct {
		keys string
		want bool
	}{
		{"\r\r", false}, {"abc\r", false}, {"abc\r\r", true}, {"abc\r\n\r\n", true},
		{"abc\r\r\x1b", false}, {pasteBegin + "abc\r\r", false},
	} {
		p := &paste{max: 100}
		if _, err := p.feed([]byte(c.keys)); err != nil {
			t.Fatal(err)
		}
		if got := p.emptyLine(); got != c.want {
			t.Errorf("%q: empty line %t, expected %t", c.keys, got, c.want)
		}
	}
}

func TestPasteRefuses(t *testing.T) {
	p := &paste{max: 10}
	if _, err := p.feed([]byte("01234567890")); err == nil || !strings.Contains(err.Error(), "larger than 10 bytes") {
		t.Errorf("a paste above the limit: %v", err)
	}
	for _, keys := range []string{"abc\x03", pasteBegin + "abc\x03"} {
		p := &paste{max: 100}
		_, err := p.feed([]byte(keys))
		if e, ok := errors.AsType[*hintedError](err); !ok || e.code != exitInterrupted {
			t.Errorf("%q: %v, expected an interruption", keys, err)
		}
	}
}

// FuzzPaste looks for keys that make the reader fail or that mean something
// else when they arrive in other pieces.
func FuzzPaste(f *testing.F) {
	f.Add("abc\r\r", 3)
	f.Add(pasteBegin+"PHNhbWw\x1b[20"+pasteEnd, 2)
	f.Fuzz(func(t *testing.T, keys string, n int) {
		if n < 1 {
			n = 1
		}
		whole, pieces := &paste{max: 1 << 16}, &paste{max: 1 << 16}
		done1, err1 := feedAll(whole, keys, len(keys))
		done2, err2 := feedAll(pieces, keys, n)
		if done1 != done2 || (err1 == nil) != (err2 == nil) || string(whole.text) != string(pieces.text) {
			t.Errorf("whole: %q %t %v; in pieces of %d: %q %t %v", whole.text, done1, err1, n, pieces.text, done2, err2)
		}
	})
}
