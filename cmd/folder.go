package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/samlwhy/samlwhy/decode"
)

// folderWalk reads everything in a folder that holds a message. The rest is
// noted, and is no error unless nothing holds one.
type folderWalk struct {
	*inputs
	root     string
	files    int
	messages int
	without  []string
	failed   bool // an error was told
}

// folder yields the files of a folder, and a task that ends it.
func (in *inputs) folder(root string, yield func(*task) bool) bool {
	w := &folderWalk{inputs: in, root: root}
	add := func(t *task) error {
		t.folder = w
		if !yield(t) {
			return fs.SkipAll
		}
		return nil
	}
	stopped := false
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		t, err := w.visit(name, entry, err)
		if t == nil {
			return err
		}
		err = add(t)
		stopped = err != nil
		return err
	})
	switch {
	case stopped:
		return false
	case err != nil && !errors.Is(err, fs.SkipAll):
		return yield(failed(inputErrorf("%s cannot be read: %s", root, reason(err))))
	}
	return add(&task{read: func() []result { return nil }, alone: true, last: true}) == nil
}

// visit is the task for one entry of the folder, or nil.
func (w *folderWalk) visit(name string, entry fs.DirEntry, err error) (*task, error) {
	path := filepath.Join(w.root, filepath.FromSlash(name))
	if err != nil {
		return failed(inputErrorf("%s cannot be read: %s", path, reason(err))), nil
	}
	if entry.IsDir() {
		if name != "." && slices.Contains([]string{".git", ".hg", ".svn"}, entry.Name()) {
			return nil, fs.SkipDir
		}
		return nil, nil
	}
	without := func(why string) (*task, error) {
		none := result{err: inputErrorf("%s: %s", path, why), none: true}
		return &task{read: func() []result { return []result{none} }, alone: true}, nil
	}
	info, err := os.Stat(path) // follows links to files
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return without("a link to nothing")
	case err != nil:
		return failed(inputErrorf("%s cannot be read: %s", path, reason(err))), nil
	case info.IsDir():
		return without("a link to a folder is not followed")
	case !info.Mode().IsRegular():
		return without(special(info.Mode()) + " is not read")
	}
	t := w.file(path, info)
	read := t.read
	t.read = func() []result {
		results := read()
		if w.output.is(info) && slices.ContainsFunc(results, func(r result) bool { return r.trace != nil }) {
			return []result{{err: w.output.refuse()}}
		}
		return results
	}
	w.files++
	return t, nil
}

// take takes what one task of the folder gave and returns what is to be told of
// it. It runs in the order of the tasks.
func (w *folderWalk) take(t *task, results []result) []result {
	if t.last {
		return w.end()
	}
	var told []result
	for _, r := range results {
		switch {
		case r.trace != nil && onlyGuessed(r.trace):
			w.without = append(w.without, r.trace.Input+": it holds no SAML message")
		case r.trace != nil:
			w.messages += len(r.trace.Messages)
			told = append(told, r)
		case r.none:
			w.without = append(w.without, r.err.Error())
		default:
			w.failed = true
			told = append(told, r)
		}
	}
	return told
}

func (w *folderWalk) end() []result {
	if w.messages == 0 && !w.failed {
		e := inputErrorf("%s: nothing in this folder holds a SAML message (%s)", w.root, filesText(w.files))
		return []result{{err: e.hint(w.most(w.without, 5)...)}}
	}
	w.notes = append(w.notes, w.most(w.without, 20)...)
	return nil
}

// most are the first n lines, and how many more there are.
func (in *inputs) most(lines []string, n int) []string {
	if in.all || len(lines) <= n {
		return lines
	}
	return append(slices.Clone(lines[:n-1]), fmt.Sprintf("and %d more without a message%s", len(lines)-n+1, in.listAll))
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

// onlyGuessed reports whether trace is nothing but text in the alphabet of base64
// that does not decode. Somebody who names such a file means a message; in a
// folder it is a word in a note.
func onlyGuessed(trace *decode.Trace) bool {
	return trace.Kind == decode.KindBase64 && !slices.ContainsFunc(trace.Messages, func(m *decode.Message) bool { return m.XML != nil || m.Param != "" })
}
