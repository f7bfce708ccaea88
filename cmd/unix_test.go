//go:build unix

package cmd

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/term"
)

func mkfifo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mkfifo FILE")
	}
	ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o600))
}

// session is samlwhy at a terminal, as a person sees it.
type session struct {
	t      *testing.T
	cmd    *exec.Cmd
	keys   *os.File // the person's side of the terminal
	tty    *os.File
	before *term.State
	screen chan string // what was shown, once the terminal is closed
	stdout bytes.Buffer
	waited chan error // what Wait returned; nil until somebody asks
}

// exited tells how the program ended, once.
func (s *session) exited() <-chan error {
	if s.waited == nil {
		s.waited = make(chan error, 1)
		go func() { s.waited <- s.cmd.Wait() }()
	}
	return s.waited
}

// startAtTerminal runs samlwhy with standard input and error at a terminal and
// waits until it asks for the paste.
func startAtTerminal(t *testing.T, args ...string) *session {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, keys: keys, tty: tty, before: before, screen: make(chan string, 1)}
	s.cmd = exec.CommandContext(t.Context(), "samlwhy", args...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = tty, &s.stdout, tty
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	go func() {
		var shown strings.Builder
		buf := make([]byte, 4096)
		for {
			n, err := keys.Read(buf)
			before := strings.Contains(shown.String(), pasteOn)
			shown.Write(buf[:n])
			if !before && strings.Contains(shown.String(), pasteOn) {
				close(asked)
			}
			if err != nil {
				s.screen <- shown.String()
				return
			}
		}
	}()
	t.Cleanup(func() { _ = keys.Close() })
	select {
	case <-asked:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		t.Fatal("samlwhy did not ask for a paste")
	}
	return s
}

func (s *session) typeKeys(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.keys, text); err != nil {
		s.t.Fatal(err)
	}
}

// end waits for the program, checks that it left the terminal as it was, and
// returns its exit code and what the screen showed.
func (s *session) end() (code int, screen string) {
	s.t.Helper()
	err := <-s.exited()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		s.t.Fatalf("samlwhy: %v", err)
	} else if ok && !exit.Exited() {
		s.t.Errorf("samlwhy was killed: %v", exit)
	}
	after, err := term.GetState(int(s.tty.Fd()))
	if err != nil {
		s.t.Fatal(err)
	}
	if !reflect.DeepEqual(s.before, after) {
		s.t.Errorf("the terminal is left in another state:\nbefore %+v\nafter  %+v", s.before, after)
	}
	_ = s.tty.Close()
	screen = <-s.screen
	if !strings.Contains(screen, pasteOff) {
		s.t.Errorf("bracketed paste is left switched on: %q", screen)
	}
	return s.cmd.ProcessState.ExitCode(), screen
}

// longMessage is XML whose base64 is of some 20 KB, on one line.
func longMessage() string {
	return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0"><!--` +
		strings.Repeat("a long message ", 1000) + `--></samlp:Response>`
}

// longLine is the length of a value in the middle of what people paste: a
// message with many groups, on one line.
const longLine = 200 << 10

func TestPasteAtTerminal(t *testing.T) {
	message := `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0"><!--` +
		strings.Repeat("a long message ", longLine*3/4/len("a long message ")) + `--></samlp:Response>`
	value := toBase64(message)
	if len(value) < longLine || strings.ContainsAny(value, "\r\n") {
		t.Fatalf("the value is of %d bytes: a terminal in canonical mode cuts a line at 4,095", len(value))
	}
	for _, c := range []struct{ name, keys string }{
		{"bracketed", pasteBegin + value + pasteEnd},
		{"bracketed, with line ends and keys before", "\x1b[A\x1b" + "OB" + pasteBegin + value[:5000] + "\r" + value[5000:] + "\r\n" + pasteEnd},
		{"bracketed, with empty lines", pasteBegin + value[:5000] + "\r\r\r" + value[5000:] + pasteEnd},
		{"not bracketed, Ctrl-D", value + "\x04"},
		{"not bracketed, Enter twice", value + "\r\r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startAtTerminal(t, "decode", "--raw")
			s.typeKeys(c.keys)
			code, screen := s.end()
			if code != exitOK {
				t.Errorf("exit code %d\n%s", code, screen)
			}
			if got := s.stdout.String(); got != message {
				t.Errorf("%d bytes of XML came out, expected %d", len(got), len(message))
			}
		})
	}
}

func TestPasteInterrupted(t *testing.T) {
	t.Run("Ctrl-C", func(t *testing.T) {
		s := startAtTerminal(t, "check")
		s.typeKeys("half a mess\x03")
		if code, screen := s.end(); code != exitInterrupted || !strings.Contains(screen, "interrupted") {
			t.Errorf("exit code %d, expected %d\n%s", code, exitInterrupted, screen)
		}
	})
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := startAtTerminal(t, "check", "-")
			s.typeKeys("half a mess")
			if err := s.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if code, _ := s.end(); code != 128+int(sig) {
				t.Errorf("exit code %d, expected %d", code, 128+int(sig))
			}
		})
	}
}

// TestPasteWaitsInsideBrackets: an empty line and a pause after it do not end a
// paste that the terminal has not ended.
func TestPasteWaitsInsideBrackets(t *testing.T) {
	value := toBase64(longMessage())
	s := startAtTerminal(t, "decode", "--raw")
	s.typeKeys(pasteBegin + value[:5000] + "\r\r")
	select {
	case err := <-s.exited():
		t.Fatalf("the empty line ended the paste: %v", err)
	case <-time.After(2 * enterPause):
	}
	s.typeKeys(value[5000:] + pasteEnd)
	if code, screen := s.end(); code != exitOK || s.stdout.String() != longMessage() {
		t.Errorf("exit code %d, %d bytes of XML, expected %d\n%s", code, s.stdout.Len(), len(longMessage()), screen)
	}
}

// TestPasteTooLarge: the terminal is put back after an error too.
func TestPasteTooLarge(t *testing.T) {
	s := startAtTerminal(t, "check", "--max-size", "1K")
	s.typeKeys(pasteBegin + strings.Repeat("A", 2000))
	if code, screen := s.end(); code != exitInput || !strings.Contains(screen, "--max-size") {
		t.Errorf("exit code %d, expected %d\n%s", code, exitInput, screen)
	}
}

func TestPasteOfNothing(t *testing.T) {
	s := startAtTerminal(t, "check")
	s.typeKeys("\x04")
	if code, screen := s.end(); code != exitInput || !strings.Contains(screen, "standard input: the input is empty") {
		t.Errorf("exit code %d, expected %d\n%s", code, exitInput, screen)
	}
}

// TestClipboardOfXServer copies with xclip and lets samlwhy read it, under an X
// server of its own.
func TestClipboardOfXServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an X server")
	}
	for _, program := range []string{"Xvfb", "xclip"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	display := startXServer(t)
	env := append(os.Environ(), "DISPLAY="+display, "WAYLAND_DISPLAY=")

	run := func(args ...string) (string, string, int) {
		c := exec.CommandContext(t.Context(), "samlwhy", args...)
		var out, errs strings.Builder
		c.Env, c.Stdout, c.Stderr = env, &out, &errs
		_ = c.Run() // the exit code says it
		return out.String(), errs.String(), c.ProcessState.ExitCode()
	}
	if _, errs, code := run("check", "--clipboard"); code != exitInput || !strings.Contains(errs, "the clipboard cannot be read") {
		t.Errorf("empty clipboard: exit code %d: %s", code, errs)
	}

	set := exec.CommandContext(t.Context(), "xclip", "-in", "-selection", "clipboard")
	// A file and no pipe: xclip stays in the background to hand the text out, and
	// would keep the pipe open.
	said, err := os.Create(filepath.Join(t.TempDir(), "xclip"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close() //nolint:errcheck // nothing is kept of it
	set.Env, set.Stdin, set.Stderr = env, strings.NewReader(toBase64(longMessage())), said
	if err := set.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		t.Fatalf("xclip: %v: %s", err, text)
	}
	out, errs, code := run("decode", "--raw", "--clipboard")
	if code != exitOK || out != longMessage() {
		t.Errorf("exit code %d, %d bytes of XML, expected %d: %s", code, len(out), len(longMessage()), errs)
	}
}

// startXServer starts Xvfb on a display that is free and returns its name.
func startXServer(t *testing.T) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // it was only read
	server := exec.Command("Xvfb", "-displayfd", "3", "-nolisten", "tcp", "-noreset", "-screen", "0", "64x64x8")
	server.ExtraFiles = []*os.File{w}
	if err := server.Start(); err != nil {
		t.Skipf("Xvfb does not start: %v", err)
	}
	_ = w.Close()
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	})
	_ = r.SetReadDeadline(time.Now().Add(20 * time.Second))
	// To the end of the line: Xvfb writes that by itself, and dies when nobody reads.
	display, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Skipf("Xvfb names no display: %v", err)
	}
	return ":" + strings.TrimSpace(display)
}

func TestClipboardWithoutHelper(t *testing.T) {
	program, err := exec.LookPath("samlwhy")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, "check", "--clipboard")
	c.Env = []string{"PATH=" + filepath.Dir(program)}
	var errs strings.Builder
	c.Stderr = &errs
	_ = c.Run() // the exit code says it
	if code := c.ProcessState.ExitCode(); code != exitInput {
		t.Errorf("exit code %d, expected %d", code, exitInput)
	}
	for _, want := range []string{"xclip", "xsel", "wl-paste", "install"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("the message does not name %s:\n%s", want, &errs)
		}
	}
}
