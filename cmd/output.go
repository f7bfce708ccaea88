package cmd

import (
	"bufio"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/samlwhy/samlwhy/report"
)

// colorMode is --color.
type colorMode string

const (
	colorAuto   colorMode = "auto"
	colorAlways colorMode = "always"
	colorNever  colorMode = "never"
)

// maxColumns keeps lines short enough to be read; wider terminals stay empty at
// the side.
const maxColumns = 100

// columns is the width to write a stream in.
func (std IO) columns(stream any) int {
	if std.IsTerminal(stream) {
		if w := std.Width(stream); w > 0 {
			return min(w, maxColumns)
		}
	}
	return 80
}

// style is how to write to standard output, or to a file in its place.
func (std IO) style(mode colorMode, toFile, verbose bool) report.Style {
	s := report.Style{Width: 80, Verbose: verbose}
	if !toFile {
		s.Width = std.columns(std.Stdout)
	}
	switch mode {
	case colorAlways:
		s.Color = true
	case colorNever:
	default:
		// no-color.org: any value but the empty one.
		s.Color = !toFile && std.IsTerminal(std.Stdout) && std.Env("NO_COLOR") == "" && std.Env("TERM") != "dumb"
	}
	return s
}

// output is where a command writes its answer: standard output, or the file of
// --output, which appears whole or not at all.
type output struct {
	path string      // empty: standard output
	info fs.FileInfo // of a file that is there already
}

// newOutput checks that path can be written, before any work is done.
func newOutput(path string) (*output, error) {
	if path == "" || path == "-" {
		return &output{}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, usageErrorf("--output %q is a folder: name a file", path)
	case err == nil:
		return &output{path, info}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, usageErrorf("--output %q cannot be written: %s", path, reason(err))
	}
	if dir, err := os.Stat(filepath.Dir(path)); err != nil || !dir.IsDir() {
		return nil, usageErrorf("--output %q cannot be written: there is no folder %q", path, filepath.Dir(path))
	}
	return &output{path: path}, nil
}

// is reports whether the output would replace the file described by info.
func (o *output) is(info fs.FileInfo) bool {
	return o.info != nil && info != nil && o.info.Mode().IsRegular() && os.SameFile(o.info, info)
}

// refuse is the error for an output that would replace an input.
func (o *output) refuse() error {
	return usageErrorf("--output %q is also an input and would be overwritten: name another file", o.path)
}

// write hands f a writer for the answer. A file is written beside its place and
// moved there when f has succeeded, so that no reader ever sees half a report.
func (o *output) write(std IO, f func(io.Writer) error) error {
	if o.path == "" {
		b := bufio.NewWriter(std.Stdout)
		if err := errors.Join(f(b), b.Flush()); err != nil {
			return usageErrorf("the answer cannot be written to standard output: %s", reason(err))
		}
		return nil
	}
	if err := o.writeFile(f); err != nil {
		return usageErrorf("--output %q cannot be written: %s", o.path, reason(err))
	}
	return nil
}

func (o *output) writeFile(f func(io.Writer) error) error {
	path := o.path
	mode := fs.FileMode(0o666) // less the umask
	if o.info != nil {
		if !o.info.Mode().IsRegular() {
			// A device or a pipe: nothing to move into its place.
			file, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			return finish(file, f)
		}
		mode = o.info.Mode().Perm()
		target, err := filepath.EvalSymlinks(path) // a link stays a link
		if err != nil {
			return err
		}
		path = target
	}
	temp := filepath.Join(filepath.Dir(path), ".samlwhy-"+rand.Text())
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = finish(file, f)
	if err == nil && o.info != nil {
		err = os.Chmod(temp, mode) // what the umask took
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}

func finish(file *os.File, f func(io.Writer) error) error {
	b := bufio.NewWriter(file)
	err := f(b)
	if err == nil {
		err = b.Flush()
	}
	return errors.Join(err, file.Close())
}
