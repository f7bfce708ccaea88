package cmd

import (
	"errors"
	"strings"
	"testing"
)

// TestClipboardMessages: whatever the system, the message names what to install
// or to do, and the way that always works.
func TestClipboardMessages(t *testing.T) {
	for _, c := range []struct {
		name, goos string
		env        map[string]string
		said       string // by the program that reads the clipboard; empty: there is none
		want       []string
	}{
		{"X11", "linux", map[string]string{"DISPLAY": ":0"}, "", []string{"X11", "apt install xclip"}},
		{"Wayland", "linux", map[string]string{"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "", []string{"Wayland", "apt install wl-clipboard"}},
		{"WSL", "linux", map[string]string{"WSL_DISTRO_NAME": "Debian", "WAYLAND_DISPLAY": "wayland-0"}, "", []string{"powershell.exe", "/etc/wsl.conf", "PATH"}},
		{"over ssh", "linux", nil, "", []string{"xclip", "wl-clipboard", "over ssh"}},
		{"macOS", "darwin", nil, "", []string{"pbpaste", "/usr/bin"}},
		{"nothing copied", "linux", map[string]string{"DISPLAY": ":0"}, "Error: target STRING not available", []string{"holds no text"}},
		{"no display", "linux", nil, "Error: Can't open display: (null)", []string{"open display", "over ssh"}},
		{"Windows", "windows", nil, "The operation completed successfully.", []string{"another program has it open"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := func(name string) string { return c.env[name] }
			err := noClipboardProgram(c.goos, env)
			if c.said != "" {
				err = clipboardError(errors.New(c.said), c.goos, env)
			}
			e, ok := errors.AsType[*hintedError](err)
			if !ok || e.code != exitInput {
				t.Fatalf("%v: not an error of input", err)
			}
			text := e.text + "\n" + strings.Join(e.hints, "\n")
			for _, want := range append(c.want, "samlwhy check and paste") {
				if !strings.Contains(text, want) {
					t.Errorf("the message does not name %q:\n%s", want, text)
				}
			}
		})
	}
}
