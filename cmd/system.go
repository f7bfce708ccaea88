package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/atotto/clipboard"
	"golang.org/x/term"
)

// System is the IO of this process.
func System() IO {
	return IO{
		Stdin:      os.Stdin,
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
		Env:        os.Getenv,
		Now:        time.Now,
		Clipboard:  readClipboard,
		IsTerminal: isTerminal,
		Width:      terminalWidth,
		Raw: func() (func() error, error) {
			fd := int(os.Stdin.Fd())
			state, err := term.MakeRaw(fd)
			if err != nil {
				return nil, err
			}
			return func() error { return term.Restore(fd, state) }, nil
		},
		Signals: func() (<-chan os.Signal, func()) {
			c := make(chan os.Signal, 1)
			signal.Notify(c, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
			return c, func() { signal.Stop(c) }
		},
	}
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func terminalWidth(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// clipboardWait is how long the program that holds the clipboard may take to
// hand it over; one that hangs must not hang us.
const clipboardWait = 5 * time.Second

// readClipboard reads the clipboard through the platform's own means; on Unix
// that is a helper program, which may be missing or fail.
func readClipboard() (string, error) {
	if clipboard.Unsupported {
		return "", noClipboardProgram(runtime.GOOS, os.Getenv)
	}
	ctx, cancel := context.WithTimeout(context.Background(), clipboardWait)
	defer cancel()
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := clipboard.ReadAll()
		done <- answer{text, err}
	}()
	select {
	case a := <-done:
		if a.err != nil {
			return "", clipboardError(a.err, runtime.GOOS, os.Getenv)
		}
		return a.text, nil
	case <-ctx.Done():
		return "", inputErrorf("the clipboard cannot be read: the program that holds it did not answer within %s", clipboardWait).hint(pasteHint)
	}
}

const pasteHint = "or run samlwhy check and paste"

// noClipboardProgram says which program that reads the clipboard is missing on
// this kind of system, and how to get it.
func noClipboardProgram(goos string, env func(string) string) error {
	const failed = "the clipboard cannot be read: "
	switch {
	case goos == "darwin":
		return inputErrorf(failed+"pbpaste was not found").hint("it is a part of macOS, in /usr/bin: add that folder to PATH", pasteHint)
	case env("WSL_DISTRO_NAME") != "" || env("WSL_INTEROP") != "":
		return inputErrorf(failed+"powershell.exe, which reads the clipboard of Windows, was not found").
			hint("in /etc/wsl.conf let [interop] have enabled=true and appendWindowsPath=true, then run: wsl.exe --shutdown",
				`or add the folder of powershell.exe to PATH: export PATH="$PATH:/mnt/c/Windows/System32:/mnt/c/Windows/System32/WindowsPowerShell/v1.0"`,
				pasteHint)
	}
	e := inputErrorf(failed + "none of the programs that read it (wl-paste, xclip, xsel) is installed")
	switch {
	case env("WAYLAND_DISPLAY") != "":
		e = e.hint("this is Wayland: install wl-clipboard, for instance: sudo apt install wl-clipboard")
	case env("DISPLAY") != "":
		e = e.hint("this is X11: install xclip or xsel, for instance: sudo apt install xclip")
	default:
		e = e.hint("install xclip (X11) or wl-clipboard (Wayland), for instance: sudo apt install xclip", noDisplay)
	}
	return e.hint(pasteHint)
}

const noDisplay = "neither DISPLAY nor WAYLAND_DISPLAY is set: over ssh there is no clipboard"

// clipboardError tells what the helper program said; its exit status alone
// helps nobody.
func clipboardError(err error, goos string, env func(string) string) error {
	said := err.Error()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		if text := strings.TrimSpace(string(e.Stderr)); text != "" {
			said, _, _ = strings.Cut(text, "\n")
		} else {
			said = fmt.Sprintf("the program that reads it ended with %s", e)
		}
	}
	out := inputErrorf("the clipboard cannot be read: %s", said)
	switch {
	case strings.Contains(said, "not available"), strings.Contains(said, "No selection"), strings.Contains(said, "Nothing is copied"):
		out = out.hint("it holds no text: copy the SAMLResponse and try again")
	case goos == "windows":
		out = out.hint("it holds no text, or another program has it open: copy the SAMLResponse and try again")
	case goos != "darwin" && env("DISPLAY") == "" && env("WAYLAND_DISPLAY") == "" && env("WSL_DISTRO_NAME") == "":
		out = out.hint(noDisplay)
	}
	return out.hint(pasteHint)
}
