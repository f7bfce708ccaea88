package cmd

import (
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// terminal is an IO at which somebody types keys.
func terminal(keys string) (std IO, shown *bytes.Buffer, restored *bool) {
	shown, restored = &bytes.Buffer{}, new(bool)
	return IO{
		Stdin:      strings.NewReader(keys),
		Stderr:     shown,
		IsTerminal: func(any) bool { return true },
		Raw:        func() (func() error, error) { return func() error { *restored = true; return nil }, nil },
		Signals:    func() (<-chan os.Signal, func()) { return make(chan os.Signal), func() {} },
	}, shown, restored
}

func TestReadPassword(t *testing.T) {
	for _, c := range []struct{ name, typed, want, err string }{
		{"enter", "secret\rrest", "secret", ""},
		{"line feed", "secret\n", "secret", ""},
		{"backspace takes a whole character", "secré\x7f\x7fret\r", "secret", ""},
		{"begun anew", "wrong\x15secret\r", "secret", ""},
		{"empty", "\r", "", ""},
		{"end of input", "secret", "secret", ""},
		{"ctrl-c", "sec\x03", "", "interrupted"},
		{"ctrl-d at once", "\x04", "", "no password was given"},
		{"too long", strings.Repeat("x", maxPassword+1), "", "at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			std, shown, restored := terminal(c.typed)
			got, err := readPassword(std, "Password of key.pem: ")
			switch {
			case c.err == "" && err != nil:
				t.Fatal(err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("error %v, want %q", err, c.err)
			case string(got) != c.want:
				t.Errorf("got %q, want %q", got, c.want)
			}
			if !*restored {
				t.Error("the terminal was not put back")
			}
			if strings.Contains(shown.String(), "sec") || shown.String() != "Password of key.pem: \n" {
				t.Errorf("shown: %q", shown)
			}
		})
	}
}

// TestReadPasswordLeavesTheRest: what follows the line is for a paste.
func TestReadPasswordLeavesTheRest(t *testing.T) {
	std, _, _ := terminal("secret\rPHNhbWxw")
	if _, err := readPassword(std, ""); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(std.Stdin); err != nil || string(rest) != "PHNhbWxw" {
		t.Errorf("left: %q, %v", rest, err)
	}
}

func TestReadPasswordSignal(t *testing.T) {
	std, _, restored := terminal("")
	r, w := io.Pipe()
	defer w.Close() //nolint:errcheck // ends the reader
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	std.Stdin = r
	std.Signals = func() (<-chan os.Signal, func()) { return signals, func() {} }
	if _, err := readPassword(std, ""); err == nil || !*restored {
		t.Errorf("error %v, restored %v", err, *restored)
	}
}
