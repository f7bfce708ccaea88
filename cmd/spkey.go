package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// keyOptions are the flags about private keys. A password is never an argument:
// every user of a machine can read those of others.
type keyOptions struct {
	SPKeys         []string // files
	SPKeyPasswords string   // file
}

const flagPasswordFile = "--sp-key-password-file"

func (o *keyOptions) register(c *cobra.Command) {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.StringArrayVar(&o.SPKeys, "sp-key", nil, "`FILE` with the service's private key, to open what is encrypted: PEM, DER or PKCS #12 (repeatable: old and new key)")
	fs.StringVar(&o.SPKeyPasswords, "sp-key-password-file", "", "`FILE` with the password of the keys in its first line (default: asked for at the terminal)")
	addFlags(c, "Encryption", fs)
	completeFiles(c, "sp-key", "sp-key-password-file")
}

// read reads the keys. A password is asked for only when a key needs it.
func (o *keyOptions) read(std IO, out *output) ([]xmlenc.Key, error) {
	if o.SPKeyPasswords != "" && len(o.SPKeys) == 0 {
		return nil, usageErrorf("%s says how to read a key, and no %s names one", flagPasswordFile, expect.FlagSPKey)
	}
	var keys []xmlenc.Key
	for _, path := range o.SPKeys {
		data, err := readSetting(expect.FlagSPKey, path, out)
		if err != nil {
			return nil, err
		}
		read, err := xmlenc.ParseKeys(data, func() ([]byte, error) { return o.password(std, out, path) })
		if e, ok := errors.AsType[*hintedError](err); ok {
			return nil, e
		}
		if err != nil {
			return nil, usageErrorf("%s %s: %v", expect.FlagSPKey, display(path), err)
		}
		for i := range read {
			read[i].From = expect.FlagSPKey + " " + path
		}
		keys = append(keys, read...)
	}
	return keys, nil
}

// password is what the file with the password holds, else what the person at the
// terminal types for the key in path.
func (o *keyOptions) password(std IO, out *output, path string) ([]byte, error) {
	if o.SPKeyPasswords != "" {
		data, err := readSetting(flagPasswordFile, o.SPKeyPasswords, out)
		if err != nil {
			return nil, err
		}
		line, _, _ := bytes.Cut(data, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 && len(data) > 0 {
			return nil, usageErrorf("%s %s: its first line is empty, where the password is expected", flagPasswordFile, display(o.SPKeyPasswords))
		}
		return line, nil
	}
	if !std.IsTerminal(std.Stdin) {
		return nil, usageErrorf("%s %s is encrypted, and there is no terminal to ask for its password", expect.FlagSPKey, display(path)).
			hint("give the password in a file: " + flagPasswordFile + " FILE")
	}
	return readPassword(std, fmt.Sprintf("Password of %s: ", printable(display(path))))
}

// maxPassword is how long a typed password may be, in bytes.
const maxPassword = 1024

// readPassword asks the person at the terminal for a line, which is not shown. The
// terminal is put back whatever happens.
func readPassword(std IO, prompt string) (password []byte, err error) {
	signals, stop := std.Signals()
	defer stop()
	restore, err := std.Raw() // in raw mode nothing is echoed
	if err != nil {
		return nil, usageErrorf("a password cannot be read from this terminal: %v", err).
			hint("give the password in a file: " + flagPasswordFile + " FILE")
	}
	_, _ = fmt.Fprint(std.Stderr, prompt)
	defer func() {
		if e := restore(); e != nil && err == nil {
			err = inputErrorf("the terminal could not be put back: %v", e).hint("type: reset")
		}
		_, _ = fmt.Fprintln(std.Stderr)
	}()
	type answer struct {
		line []byte
		err  error
	}
	answers := make(chan answer, 1)
	// Its last read may never return; the process ends first.
	go func() {
		line, err := readHiddenLine(std.Stdin)
		answers <- answer{line, err}
	}()
	select {
	case s := <-signals:
		return nil, interrupted(s)
	case a := <-answers:
		return a.line, a.err
	}
}

// readHiddenLine reads up to the end of a line from a terminal in raw mode, byte
// by byte so that what follows is left for others.
func readHiddenLine(r io.Reader) ([]byte, error) {
	var line []byte
	b := make([]byte, 1)
	for {
		n, err := r.Read(b)
		if n == 0 {
			switch {
			case err == nil:
				continue
			case errors.Is(err, io.EOF) && len(line) > 0:
				return line, nil
			}
			return nil, usageErrorf("no password was given")
		}
		switch c := b[0]; c {
		case '\r', '\n':
			return line, nil
		case 0x03: // Ctrl-C
			return nil, interrupted(os.Interrupt)
		case 0x04: // Ctrl-D
			if len(line) == 0 {
				return nil, usageErrorf("no password was given")
			}
			return line, nil
		case 0x7f, '\b':
			_, n := utf8.DecodeLastRune(line)
			line = line[:len(line)-n]
		case 0x15: // Ctrl-U
			line = line[:0]
		default:
			if line = append(line, c); len(line) > maxPassword {
				return nil, usageErrorf("a password has at most %d bytes", maxPassword)
			}
		}
	}
}
