package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// defaultMaxSize is how large an input may be when --max-size says nothing.
// Browser traces of some hundred megabytes are not rare.
const defaultMaxSize = 512 << 20

// stdinName and clipboardName are how reports name what has no path.
const (
	stdinName     = "-"
	clipboardName = "clipboard"
)

// inputOptions are the flags about reading, the same for all commands that read.
type inputOptions struct {
	Args      []string // files, folders, "-"
	Clipboard bool
	As        decode.Kind
	MaxSize   int64 // bytes; 0: the defaults, of the input here and of values in decode
	MaxDepth  int   // 0: xmldoc's own
}

func (o *inputOptions) register(c *cobra.Command) {
	kinds := append([]decode.Kind{"auto"}, decode.Kinds()...)
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.BoolVar(&o.Clipboard, "clipboard", false, "read what was copied")
	fs.Var(newChoice(&o.As, "kinds", decode.KindAuto, kinds...), "as",
		"take every input for this `KIND`: "+strings.Join(texts(kinds), ", "))
	fs.Var(sizeValue{&o.MaxSize}, "max-size",
		fmt.Sprintf("`SIZE` of the largest input and decoded value to read, such as 2G (default %s and %s); a HAR itself may be of any size", sizeText(defaultMaxSize), sizeText(decode.DefaultMaxSize)))
	fs.Var(countValue{&o.MaxDepth}, "max-depth", "read XML elements nested up to `N` levels deep (default 1000)")
	addFlags(c, "Input", fs)
	complete(c, "as", texts(kinds)...)
}

func (o *inputOptions) decodeOptions() decode.Options {
	as := o.As
	if as == "auto" {
		as = decode.KindAuto
	}
	return decode.Options{As: as, MaxSize: o.MaxSize, Limits: xmldoc.Limits{Depth: o.MaxDepth}}
}

func (o *inputOptions) maxSize() int64 {
	if o.MaxSize > 0 {
		return o.MaxSize
	}
	return defaultMaxSize
}

// inputs reads what the user named.
type inputs struct {
	std    IO
	opts   *inputOptions
	keys   []xmlenc.Key
	output *output // must not be an input as well
	all    bool    // list everything without a message, not only the beginning
	// listAll is how the user gets all of them, in brackets; empty where no flag does.
	listAll string
	// notes are remarks for the report: files of a folder that hold no message.
	notes []string

	progress *progress
	large    sync.Mutex // held while a large input is read: one at a time
}

// largeInput is from which size on, in bytes, inputs are not read side by side.
const largeInput = 64 << 20

// traces yields what every input holds, and an error for each that holds
// nothing or cannot be read; the others still come. They are read side by side
// and come in the order in which they were named.
func (in *inputs) traces() iter.Seq2[*decode.Trace, error] {
	return func(yield func(*decode.Trace, error) bool) {
		in.progress = newProgress(in.std)
		defer in.progress.pause()
		for t, results := range inOrder(in.tasks(), runtime.GOMAXPROCS(0)) {
			in.progress.pause()
			for _, r := range t.told(in, results) {
				if !yield(r.trace, r.err) {
					return
				}
			}
			in.progress.resume()
		}
	}
}

// told is what of the results the user is to know, with what is noted noted.
func (t *task) told(in *inputs, results []result) []result {
	if t.folder != nil {
		return t.folder.take(t, results)
	}
	return in.archive(results)
}

// tasks are the inputs in the order in which they were named, those of folders
// one by one.
func (in *inputs) tasks() iter.Seq[*task] {
	return func(yield func(*task) bool) {
		args := in.opts.Args
		if len(args) == 0 && !in.opts.Clipboard {
			args = []string{stdinName}
		}
		stdin := 0
		for _, arg := range args {
			if arg == stdinName {
				stdin++
			}
		}
		if stdin > 1 {
			yield(failed(usageErrorf("standard input (-) can be read only once")))
			return
		}
		for _, arg := range args {
			if !in.named(arg, yield) {
				return
			}
		}
		if in.opts.Clipboard {
			yield(&task{read: in.clipboard, alone: true})
		}
	}
}

func (in *inputs) named(arg string, yield func(*task) bool) bool {
	if arg == stdinName {
		return yield(&task{read: in.stdin, alone: true})
	}
	info, err := os.Stat(arg)
	switch {
	case err != nil:
		return yield(failed(in.statError(arg, err)))
	case info.IsDir():
		return in.folder(arg, yield)
	case in.output.is(info):
		return yield(failed(in.output.refuse()))
	}
	return yield(in.file(arg, info))
}

// file is the task of reading a file.
func (in *inputs) file(path string, info fs.FileInfo) *task {
	size := int64(-1)
	if info.Mode().IsRegular() {
		size = info.Size()
	}
	in.progress.expect(size)
	return &task{read: func() []result {
		if size > largeInput {
			in.large.Lock()
			defer in.large.Unlock()
		}
		f, err := openFile(path, info)
		if err != nil {
			return []result{{err: err}}
		}
		defer f.Close() //nolint:errcheck // nothing was written
		return in.decode(path, f, size)
	}}
}

// decode reads an input of size bytes, negative when that is not known, and
// gives the errors that decode has for people our shape. An archive gives a
// result for each file in it.
func (in *inputs) decode(name string, r io.Reader, size int64) []result {
	opts := in.opts.decodeOptions()
	opts.Keys, opts.MaxInput = in.keys, in.opts.maxSize()
	var results []result
	for trace, err := range decode.ReadFrom(name, in.progress.reader(r), max(size, 0), opts) {
		if err == nil && len(trace.Messages) == 0 {
			err = &decode.Error{Input: trace.Input, Text: "it holds no SAML message"}
		}
		e, ok := errors.AsType[*decode.Error](err)
		switch {
		case err == nil:
			results = append(results, result{trace: trace})
		case !ok:
			results = append(results, result{err: inputErrorf("%s cannot be read: %s", display(name), reason(err))})
		case e.Reason == decode.ReasonTooLarge:
			results = append(results, result{err: tooLarge(display(name), size, in.opts.maxSize())})
		default:
			results = append(results, result{err: inputErrorf("%s: %s", display(e.Input), e.Text).hint(e.Hint).hint(e.More...), none: true})
		}
	}
	return results
}

// archive settles what of an input that gave several results is told: files
// without a message are notes, unless there is nothing else.
func (in *inputs) archive(results []result) []result {
	var traces, errs []result
	var without []string
	for _, r := range results {
		switch {
		case r.err == nil:
			traces = append(traces, r)
		case r.none:
			without = append(without, r.err.Error())
		default:
			errs = append(errs, r)
		}
	}
	if len(results) < 2 || len(without) == 0 {
		return results
	}
	if len(traces) == 0 && len(errs) == 0 {
		e := inputErrorf("none of the %d files in this archive holds a SAML message", len(without))
		return []result{{err: e.hint(in.most(without, 5)...)}}
	}
	in.notes = append(in.notes, in.most(without, 20)...)
	return append(traces, errs...)
}

// display names an input in an error.
func display(name string) string {
	switch name {
	case stdinName:
		return "standard input"
	case clipboardName:
		return "the clipboard"
	}
	return name
}

func (in *inputs) stdin() []result {
	if !in.std.IsTerminal(in.std.Stdin) {
		in.progress.expect(-1)
		return in.decode(stdinName, in.std.Stdin, -1)
	}
	in.progress.pause()
	defer in.progress.resume()
	data, err := readPaste(in.std, in.opts.maxSize())
	if err != nil {
		return []result{{err: err}}
	}
	return in.decode(stdinName, bytes.NewReader(data), int64(len(data)))
}

func (in *inputs) clipboard() []result {
	text, err := in.std.Clipboard()
	if err != nil {
		e, ok := errors.AsType[*hintedError](err)
		if !ok {
			e = inputErrorf("the clipboard cannot be read: %v", err)
		}
		return []result{{err: e}}
	}
	if strings.TrimSpace(text) == "" {
		return []result{{err: inputErrorf("the clipboard is empty, or holds no text").hint("copy the SAMLResponse and try again")}}
	}
	return in.decode(clipboardName, strings.NewReader(text), int64(len(text)))
}

// openFile opens a file, or a pipe that has a name (a shell's process
// substitution).
func openFile(path string, info fs.FileInfo) (*os.File, error) {
	if mode := info.Mode(); !mode.IsRegular() && mode&fs.ModeNamedPipe == 0 {
		e := inputErrorf("%s is %s, not a file that can be read", path, special(mode))
		if mode&fs.ModeCharDevice != 0 {
			e = e.hint("for standard input give -")
		}
		return nil, e
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, inputErrorf("%s cannot be read: %s", path, reason(err))
	}
	return f, nil
}

// readFile reads a file of at most limit bytes.
func readFile(path string, info fs.FileInfo, limit int64) ([]byte, error) {
	if info.Mode().IsRegular() && info.Size() > limit {
		return nil, tooLarge(path, info.Size(), limit)
	}
	f, err := openFile(path, info)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	var b bytes.Buffer
	b.Grow(int(info.Size()) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, inputErrorf("%s cannot be read: %s", path, reason(err))
	case n > limit:
		return nil, tooLarge(path, 0, limit)
	}
	return b.Bytes(), nil
}

// tooLarge is the error for an input of size bytes, 0 where that is not known.
func tooLarge(name string, size, limit int64) error {
	text := ""
	if size > 0 {
		text = " (" + sizeText(size) + ")"
	}
	return inputErrorf("%s%s is larger than %s, the most that is read", name, text, sizeText(limit)).
		hint("raise the limit with --max-size")
}

func special(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	}
	return "a special file"
}

// statError explains a name that leads to nothing. A value given in place of a
// file is a common slip.
func (in *inputs) statError(arg string, err error) error {
	e := inputErrorf("%s cannot be read: %s", shorten(arg), reason(err))
	if arg == "" {
		return inputErrorf("the name of an input is empty")
	}
	if looksLikeMessage(arg) {
		return e.hint("that looks like the message itself: run samlwhy check and paste it, or give it in a file")
	}
	return e.hint(similarFile(arg))
}

// similarFile suggests the file that a name which leads to nothing was probably
// meant to be; empty when there is none.
func similarFile(path string) string {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 10_000 {
		return ""
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	near := nearest(filepath.Base(path), names)
	if near == "" || near == filepath.Base(path) {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", filepath.Join(dir, near))
}

func looksLikeMessage(arg string) bool {
	for _, start := range []string{"<", "PHNhbWx", "PD94", "http://", "https://", "SAMLResponse=", "SAMLRequest="} {
		if strings.HasPrefix(arg, start) {
			return true
		}
	}
	return len(arg) > 255 // longer than a file's name can be
}

// reason says in plain words why the system refused something.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file or folder"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, syscall.EISDIR):
		return "it is a folder"
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
