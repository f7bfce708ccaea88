package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const smallResponse = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0"/>`

func TestClipboard(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		err  error
		code int
		want string
	}{
		{"message", toBase64(smallResponse), nil, exitOK, ""},
		{"empty", " \n", nil, exitInput, "the clipboard is empty"},
		{"something else", "the weather is fine today", nil, exitInput, "the clipboard: "},
		{"unreadable", "", errors.New("it is locked"), exitInput, "the clipboard cannot be read: it is locked"},
		{"no helper", "", inputErrorf("no helper is installed").hint("install one"), exitInput, "install one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			std := IO{Clipboard: func() (string, error) { return c.text, c.err }}
			out, errs, code := run(std, "decode", "--raw", "--clipboard")
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, expected %d: %s", code, c.code, errs)
			}
			if c.code == exitOK && out != smallResponse {
				t.Errorf("output %q", out)
			}
		})
	}
}

func TestStandardInput(t *testing.T) {
	for _, args := range [][]string{{"decode", "--raw"}, {"decode", "--raw", "-"}} {
		out, errs, code := run(IO{Stdin: strings.NewReader(toBase64(smallResponse))}, args...)
		if code != exitOK || out != smallResponse {
			t.Errorf("%v: exit code %d: %s%s", args, code, out, errs)
		}
	}
	_, errs, code := run(IO{Stdin: strings.NewReader(strings.Repeat("A", 101))}, "check", "--max-size", "100")
	if code != exitInput || !strings.Contains(errs, "standard input is larger than 100 bytes") {
		t.Errorf("too much: exit code %d: %s", code, errs)
	}
}

// TestClipboardBesideFile proves that one bad input does not hide another.
func TestClipboardBesideFile(t *testing.T) {
	std := IO{Clipboard: func() (string, error) { return toBase64(smallResponse), nil }}
	out, errs, code := run(std, "decode", "--raw", "--clipboard", "nothing-here.xml")
	if code != exitInput || out != smallResponse || !strings.Contains(errs, "nothing-here.xml cannot be read: there is no such file or folder") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

func TestValueInPlaceOfFile(t *testing.T) {
	for _, arg := range []string{toBase64(smallResponse), smallResponse, "https://sp.example.com/?SAMLResponse=x", "SAMLResponse=abc"} {
		_, errs, code := run(IO{}, "check", arg)
		if code != exitInput || !strings.Contains(errs, "looks like the message itself") {
			t.Errorf("%s: exit code %d: %s", arg, code, errs)
		}
	}
}

func TestLongListOfFilesIsCut(t *testing.T) {
	dir := t.TempDir()
	for i := range 30 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.txt", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "good.xml"), []byte(smallResponse), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, _ := run(IO{}, "check", dir, "--format", "json")
	if n := strings.Count(out, ".txt: "); n != 19 || !strings.Contains(out, "and 11 more without a message (--verbose lists them)") {
		t.Errorf("%d files are listed, expected 19 and the number of the others:\n%s", n, out)
	}
	out, _, _ = run(IO{}, "check", dir, "--format", "json", "--verbose")
	if n := strings.Count(out, ".txt: "); n != 30 {
		t.Errorf("--verbose lists %d files, expected 30", n)
	}
}
