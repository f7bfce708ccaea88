package cmd

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeText(text string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

func TestOutputIsWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.txt")
	put := func(f func(io.Writer) error) error {
		t.Helper()
		out, err := newOutput(path)
		if err != nil {
			t.Fatal(err)
		}
		return out.write(IO{}.withDefaults(), f)
	}
	content := func() string {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}

	failing := func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return errors.New("the writer broke")
	}
	if err := put(failing); err == nil || !strings.Contains(err.Error(), "the writer broke") {
		t.Errorf("a writer that fails: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a writer that fails left a file: %v", err)
	}
	if err := put(writeText("first")); err != nil || content() != "first" {
		t.Errorf("a new file: %q, %v", content(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := put(failing); err == nil || content() != "first" {
		t.Errorf("a writer that fails destroyed the file: %q, %v", content(), err)
	}
	if err := put(writeText("second")); err != nil || content() != "second" {
		t.Errorf("a file replaced: %q, %v", content(), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("a file replaced lost its permissions: %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("files left behind: %v, %v", entries, err)
	}
}

func TestOutputThroughLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Skipf("no symbolic links: %v", err)
	}
	out, err := newOutput(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.write(IO{}.withDefaults(), writeText("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info.Mode(), err)
	}
	if data, err := os.ReadFile(target); err != nil || string(data) != "new" {
		t.Errorf("the file behind the link: %q, %v", data, err)
	}
}

func TestOutputToDevice(t *testing.T) {
	if _, err := os.Stat(os.DevNull); err != nil {
		t.Skipf("no %s: %v", os.DevNull, err)
	}
	out, err := newOutput(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.write(IO{}.withDefaults(), writeText("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("%s was replaced by a file: %v", os.DevNull, err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestStandardOutputBreaks(t *testing.T) {
	var errs strings.Builder
	code := Main([]string{"rules"}, IO{Stdout: brokenWriter{}, Stderr: &errs})
	if code != exitUsage || !strings.Contains(errs.String(), "cannot be written to standard output: no space left") {
		t.Errorf("exit code %d: %s", code, &errs)
	}
}
