package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
	"unicode/utf8"
)

// The escape sequences of bracketed paste: asking for it, and what then comes
// around a pasted text.
const (
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// enterPause is how long nothing may follow an empty line for it to mean the
// end: a text that is pasted into a terminal without bracketed paste brings its
// own empty lines, but no pauses.
const enterPause = 300 * time.Millisecond

// readPaste asks the person at the terminal for a message. It reads in raw mode:
// in canonical mode the terminal cuts a line at 4,095 bytes, and a SAMLResponse
// is longer. The terminal is put back whatever happens.
func readPaste(std IO, limit int64) (data []byte, err error) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(std.Stderr, format, args...) }
	say("Paste a SAMLResponse, a URL, a page, XML or HAR.\n" +
		"The paste ends by itself; if it does not, press Enter twice or Ctrl-D. Ctrl-C cancels.\n")

	signals, stop := std.Signals()
	defer stop()
	restore, err := std.Raw()
	if err != nil {
		return nil, inputErrorf("a paste cannot be read from this terminal: %v", err).
			hint("give a file, or pipe the message in: samlwhy check < message.txt")
	}
	brackets := std.IsTerminal(std.Stderr)
	if brackets {
		say(pasteOn)
	}
	defer func() {
		if brackets {
			say(pasteOff)
		}
		if e := restore(); e != nil && err == nil {
			err = inputErrorf("the terminal could not be put back: %v", e).hint("type: reset")
		}
		if err == nil {
			say("Read %d bytes.\n\n", len(data))
		}
	}()

	type chunk struct {
		data []byte
		err  error
	}
	chunks := make(chan chunk)
	quit := make(chan struct{})
	defer close(quit)
	// Its last read may never return; the process ends first.
	go func() {
		for {
			buf := make([]byte, 64<<10)
			n, err := std.Stdin.Read(buf)
			select {
			case chunks <- chunk{buf[:n], err}:
			case <-quit:
				return
			}
			if err != nil {
				return
			}
		}
	}()

	p := paste{max: limit}
	for {
		var pause <-chan time.Time
		if p.emptyLine() {
			pause = time.After(enterPause)
		}
		select {
		case s := <-signals:
			return nil, interrupted(s)
		case <-pause:
			return p.text, nil
		case c := <-chunks:
			done, err := p.feed(c.data)
			switch {
			case err != nil:
				return nil, err
			case done, errors.Is(c.err, io.EOF):
				return p.text, nil
			// A terminal whose other end has gone answers EIO.
			case c.err != nil && !errors.Is(c.err, syscall.EIO):
				return nil, inputErrorf("the paste cannot be read: %s", reason(c.err))
			case c.err != nil:
				return p.text, nil
			}
		}
	}
}

func interrupted(s os.Signal) error {
	code := exitInterrupted
	if n, ok := s.(syscall.Signal); ok {
		code = 128 + int(n)
	}
	return &hintedError{code: code, text: "interrupted"}
}

// paste makes a text of what a terminal in raw mode sends.
type paste struct {
	max     int64
	text    []byte
	inside  bool   // between pasteBegin and pasteEnd
	pending []byte // the beginning of an escape sequence
	cr      bool   // the last byte was a carriage return
}

// emptyLine reports whether the person seems to have pressed Enter twice.
func (p *paste) emptyLine() bool {
	return !p.inside && len(p.pending) == 0 && bytes.HasSuffix(p.text, []byte("\n\n")) && !p.blank()
}

func (p *paste) blank() bool { return len(bytes.TrimSpace(p.text)) == 0 }

// feed takes the next bytes and reports whether the paste is complete.
func (p *paste) feed(data []byte) (done bool, err error) {
	for _, c := range data {
		if done, err = p.feedByte(c); done || err != nil {
			return done, err
		}
	}
	return false, nil
}

func (p *paste) feedByte(c byte) (done bool, err error) {
	if len(p.pending) > 0 {
		return p.escape(c), nil
	}
	cr := p.cr
	p.cr = false
	switch {
	case c == 0x1b:
		p.pending = append(p.pending, c)
	case c == 0x03: // Ctrl-C; no SAML holds it, so it counts inside a paste too
		return false, interrupted(os.Interrupt)
	case c == 0x04: // Ctrl-D, likewise
		return true, nil
	case c == '\r':
		p.text = append(p.text, '\n')
		p.cr = true
	case c == '\n':
		if !cr {
			p.text = append(p.text, '\n')
		}
	case p.inside || c == '\t' || c >= 0x20 && c != 0x7f:
		p.text = append(p.text, c)
	case c == 0x7f || c == '\b':
		_, n := utf8.DecodeLastRune(p.text)
		p.text = p.text[:len(p.text)-n]
	case c == 0x15: // Ctrl-U
		p.text = p.text[:bytes.LastIndexByte(p.text, '\n')+1]
	}
	if int64(len(p.text)) > p.max {
		return false, inputErrorf("the paste is larger than %s", sizeText(p.max)).hint("raise the limit with --max-size")
	}
	return false, nil
}

// escape takes a byte of an escape sequence and reports whether a paste ended.
func (p *paste) escape(c byte) (done bool) {
	p.pending = append(p.pending, c)
	seq := p.pending
	if p.inside {
		switch {
		case string(seq) == pasteEnd:
			p.inside, p.pending = false, nil
			return !p.blank()
		case !bytes.HasPrefix([]byte(pasteEnd), seq):
			// Not the end but a part of the text.
			p.text = append(p.text, seq[:len(seq)-1]...)
			p.pending = nil
			if c == 0x1b {
				p.pending = []byte{c}
			} else {
				p.text = append(p.text, c)
			}
		}
		return false
	}
	// Keys send ESC [ parameters final, ESC O final, or ESC and a character.
	const longest = 32
	switch {
	case len(seq) == 2 && (c == '[' || c == 'O'):
	case seq[1] == '[' && (c < 0x40 || c > 0x7e) && len(seq) < longest:
	default:
		p.inside = string(seq) == pasteBegin
		p.pending = nil
	}
	return false
}
