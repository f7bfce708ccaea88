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
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
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
		fmt.Sprintf("`SIZE` of the largest input and decoded value to read, such as 2G (default %s and %s)", sizeText(defaultMaxSize), sizeText(decode.DefaultMaxSize)))
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

// inputs reads what the user named, one input after the other.
type inputs struct {
	std    IO
	opts   *inputOptions
	output *output // must not be an input as well
	all    bool    // list everything without a message, not only the beginning
	// listAll is how the user gets all of them, in brackets; empty where no flag does.
	listAll string
	// notes are remarks for the report: files of a folder that hold no message.
	notes []string
}

// traces yields what every input holds, and an error for each that holds
// nothing or cannot be read; the others still come.
func (in *inputs) traces() iter.Seq2[*decode.Trace, error] {
	return func(yield func(*decode.Trace, error) bool) {
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
			yield(nil, usageErrorf("standard input (-) can be read only once"))
			return
		}
		for _, arg := range args {
			if !in.named(arg, yield) {
				return
			}
		}
		if in.opts.Clipboard {
			yield(in.clipboard())
		}
	}
}

func (in *inputs) named(arg string, yield func(*decode.Trace, error) bool) bool {
	if arg == stdinName {
		data, err := in.stdin()
		if err != nil {
			return yield(nil, err)
		}
		return yield(in.decode(stdinName, data))
	}
	info, err := os.Stat(arg)
	switch {
	case err != nil:
		return yield(nil, in.statError(arg, err))
	case info.IsDir():
		return in.folder(arg, yield)
	case in.output.is(info):
		return yield(nil, in.output.refuse())
	}
	data, err := readFile(arg, info, in.opts.maxSize())
	if err != nil {
		return yield(nil, err)
	}
	return yield(in.decode(arg, data))
}

// decode reads data and gives the error that decode has for people our shape.
func (in *inputs) decode(name string, data []byte) (*decode.Trace, error) {
	trace, err := decode.Read(name, data, in.opts.decodeOptions())
	if err == nil && len(trace.Messages) == 0 {
		err = &decode.Error{Text: "it holds no SAML message"}
	}
	if err == nil {
		return trace, nil
	}
	e, ok := errors.AsType[*decode.Error](err)
	if !ok {
		return nil, inputErrorf("%s: %v", display(name), err)
	}
	return nil, inputErrorf("%s: %s", display(name), e.Text).hint(e.Hint)
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

func (in *inputs) stdin() ([]byte, error) {
	if in.std.IsTerminal(in.std.Stdin) {
		return readPaste(in.std, in.opts.maxSize())
	}
	return readBounded("standard input", in.std.Stdin, 0, in.opts.maxSize())
}

func (in *inputs) clipboard() (*decode.Trace, error) {
	text, err := in.std.Clipboard()
	if err != nil {
		if e, ok := errors.AsType[*hintedError](err); ok {
			return nil, e
		}
		return nil, inputErrorf("the clipboard cannot be read: %v", err)
	}
	if strings.TrimSpace(text) == "" {
		return nil, inputErrorf("the clipboard is empty, or holds no text").hint("copy the SAMLResponse and try again")
	}
	if int64(len(text)) > in.opts.maxSize() {
		return nil, tooLarge("the clipboard", int64(len(text)), in.opts.maxSize())
	}
	return in.decode(clipboardName, []byte(text))
}

// readFile reads a file of at most limit bytes, or a pipe that has a name (a
// shell's process substitution).
func readFile(path string, info fs.FileInfo, limit int64) ([]byte, error) {
	switch {
	case info.Mode().IsRegular():
		if info.Size() > limit {
			return nil, tooLarge(path, info.Size(), limit)
		}
	case info.Mode()&fs.ModeNamedPipe != 0:
	default:
		e := inputErrorf("%s is %s, not a file that can be read", path, special(info.Mode()))
		if info.Mode()&fs.ModeCharDevice != 0 {
			e = e.hint("for standard input give -")
		}
		return nil, e
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, inputErrorf("%s cannot be read: %s", path, reason(err))
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return readBounded(path, f, info.Size(), limit)
}

func readBounded(name string, r io.Reader, expected, limit int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(expected) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, inputErrorf("%s cannot be read: %s", name, reason(err))
	case n > limit:
		return nil, tooLarge(name, 0, limit)
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

// folder reads everything in a folder that holds a message. The rest is noted,
// and is no error unless nothing holds one.
func (in *inputs) folder(root string, yield func(*decode.Trace, error) bool) bool {
	w := folderWalk{inputs: in, root: root, yield: yield}
	err := fs.WalkDir(os.DirFS(root), ".", w.visit)
	if err != nil && !errors.Is(err, fs.SkipAll) {
		return yield(nil, inputErrorf("%s cannot be read: %s", root, reason(err)))
	}
	if w.stopped {
		return false
	}
	if w.messages == 0 && !w.failed {
		e := inputErrorf("%s: nothing in this folder holds a SAML message (%s)", root, filesText(w.files))
		return yield(nil, e.hint(in.most(w.without, 5)...))
	}
	in.notes = append(in.notes, in.most(w.without, 20)...)
	return true
}

func filesText(n int) string {
	switch n {
	case 0:
		return "no files"
	case 1:
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// most are the first n lines, and how many more there are.
func (in *inputs) most(lines []string, n int) []string {
	if in.all || len(lines) <= n {
		return lines
	}
	return append(slices.Clone(lines[:n-1]), fmt.Sprintf("and %d more without a message%s", len(lines)-n+1, in.listAll))
}

type folderWalk struct {
	*inputs
	root     string
	yield    func(*decode.Trace, error) bool
	files    int
	messages int
	without  []string
	failed   bool // an error was told
	stopped  bool
}

func (w *folderWalk) visit(name string, entry fs.DirEntry, err error) error {
	path := filepath.Join(w.root, filepath.FromSlash(name))
	if err != nil {
		return w.fail(inputErrorf("%s cannot be read: %s", path, reason(err)))
	}
	if entry.IsDir() {
		if name != "." && slices.Contains([]string{".git", ".hg", ".svn"}, entry.Name()) {
			return fs.SkipDir
		}
		return nil
	}
	info, err := os.Stat(path) // follows links to files
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.without = append(w.without, path+": a link to nothing")
		return nil
	case err != nil:
		return w.fail(inputErrorf("%s cannot be read: %s", path, reason(err)))
	case info.IsDir():
		w.without = append(w.without, path+": a link to a folder is not followed")
		return nil
	case !info.Mode().IsRegular():
		w.without = append(w.without, path+": "+special(info.Mode())+" is not read")
		return nil
	}
	w.files++
	data, err := readFile(path, info, w.opts.maxSize())
	if err != nil {
		return w.fail(err)
	}
	trace, err := w.decode(path, data)
	if err != nil {
		w.without = append(w.without, err.Error())
		return nil
	}
	if onlyGuessed(trace) {
		w.without = append(w.without, path+": it holds no SAML message")
		return nil
	}
	if w.output.is(info) {
		return w.fail(w.output.refuse())
	}
	w.messages += len(trace.Messages)
	if !w.yield(trace, nil) {
		w.stopped = true
		return fs.SkipAll
	}
	return nil
}

// onlyGuessed reports whether trace is nothing but text in the alphabet of base64
// that does not decode. Somebody who names such a file means a message; in a
// folder it is a word in a note.
func onlyGuessed(trace *decode.Trace) bool {
	return trace.Kind == decode.KindBase64 && !slices.ContainsFunc(trace.Messages, func(m *decode.Message) bool { return m.XML != nil || m.Param != "" })
}

func (w *folderWalk) fail(err error) error {
	w.failed = true
	if !w.yield(nil, err) {
		w.stopped = true
		return fs.SkipAll
	}
	return nil
}
