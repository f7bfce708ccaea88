package decode

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"unicode"
)

// The bounds of an archive. Hostile ones grow a thousandfold when unpacked.
const (
	maxMembers = 2000 // files of one archive that are read
	maxUnpack  = 2    // how much all files together may be, as a multiple of Options.MaxInput
)

// ReadAll reads an input that may be an archive: ZIP, tar, gzip, or an e-mail
// with attachments. Each file in it is an input of its own, called by the names
// of both: "ticket.zip/trace.har". An archive in an archive is opened, one in
// that is not. Any other input is read as by [Read], and is the only one that
// comes.
//
// Each trace comes with a nil error, or no trace with an [*Error]. A file of an
// archive that holds no message gives such an error, with its name as Input;
// that of an archive in which no file could be read has the archive's.
func ReadAll(input string, data []byte, opts Options) iter.Seq2[*Trace, error] {
	return func(yield func(*Trace, error) bool) {
		readAll(input, data, opts, 0, newAllowance(opts), yield)
	}
}

// nesting is how many archives may be around a file.
const nesting = 2

// allowance is what may still be unpacked of one input; negative: no limit.
type allowance struct{ one, left int64 }

func newAllowance(opts Options) *allowance {
	one := opts.maxInput()
	return &allowance{one, maxUnpack * one}
}

// readAll reports whether to go on.
func readAll(input string, data []byte, opts Options, depth int, may *allowance, yield func(*Trace, error) bool) bool {
	if !opts.opensArchives() || !isArchive(data) {
		trace, err := Read(input, data, opts)
		if err == nil && depth > 0 && trace.onlyGuessed() {
			trace, err = nil, &Error{Input: input, Reason: "no-saml", Text: "it holds no SAML message"}
		}
		return yield(trace, err)
	}
	a, err := openArchive(data, may)
	if err == nil && depth >= nesting {
		err = newError("archive-nested", "an archive in an archive in an archive is not opened", "unpack it and give what is in it")
	}
	if err == nil && len(a.sessions) > 0 {
		trace, err := Read(input, data, opts)
		return yield(trace, err)
	}
	if err == nil && len(a.files) == 0 && len(a.problems) == 0 {
		err = newError("archive-empty", "the "+a.format+" holds no file", "")
	}
	if err != nil {
		err.Input = input
		return yield(nil, err)
	}
	inner := opts
	if inner.As == KindZip {
		inner.As = KindAuto
	}
	for _, f := range a.files {
		name := input + "/" + displayName(cmp.Or(f.name, unzippedName(input)))
		src, err := f.open()
		if err != nil {
			err.Input = name
			if !yield(nil, err) {
				return false
			}
			continue
		}
		if !readFrom(name, src, f.size, inner, depth+1, may, yield) {
			return false
		}
	}
	for _, p := range a.problems {
		if !yield(nil, &Error{Input: input, Reason: "archive-damaged", Text: p, Hint: "make the archive again, or unpack it and give what is in it"}) {
			return false
		}
	}
	return true
}

// onlyGuessed reports whether a trace is nothing but text in the alphabet of
// base64 that does not decode. Somebody who names such a file means a message;
// in an archive it is a word in a note.
func (t *Trace) onlyGuessed() bool {
	return t.Kind == KindBase64 && !slices.ContainsFunc(t.Messages, func(m *Message) bool { return m.XML != nil || m.Param != "" })
}

// unzippedName is the name of what a gzip file holds when it does not say.
func unzippedName(input string) string {
	base := path.Base(strings.ReplaceAll(input, `\`, "/"))
	if name := strings.TrimSuffix(base, path.Ext(base)); name != "" && name != base {
		return name
	}
	return "content"
}

// opensArchives reports whether an archive is looked into, or is expected to be
// something else.
func (o Options) opensArchives() bool { return o.As == KindAuto || o.As == KindZip }

// readArchive reads an archive as one input: what Fiddler saved, or the only
// file of an archive that holds a message.
func (r *reader) readArchive(data []byte, opts Options) *Error {
	if !isArchive(data) {
		return newError("no-archive", "the input is no ZIP, tar or gzip archive and no e-mail", "leave out --as, so that the kind is recognised")
	}
	a, err := openArchive(data, newAllowance(opts))
	if err != nil {
		return err
	}
	if len(a.sessions) > 0 {
		return r.readSAZ(a, a.sessions)
	}
	if opts.As == KindSAZ {
		return newError("saz-no-saml", "the "+a.format+" is not Fiddler's: it has no sessions in a folder raw", "")
	}
	var only *Trace
	found := 0
	var last *Error
	for trace, err := range ReadAll(r.input, data, opts) {
		if err != nil {
			last, _ = errors.AsType[*Error](err)
			continue
		}
		only = trace
		found++
	}
	switch {
	case found == 1:
		*r.trace = *only
		return nil
	case found > 1:
		return newError("archive-several", fmt.Sprintf("the %s holds %d inputs with SAML messages, and one is wanted here", a.format, found), "unpack it and give the one that is meant")
	case last != nil && len(a.files) <= 1:
		return newError(last.Reason, last.Text, last.Hint)
	}
	return newError("archive-no-saml", fmt.Sprintf("no file in the %s holds a SAML message (%s)", a.format, plural(len(a.files), "file", "files")), hintRecord)
}

// archive is an opened archive.
type archive struct {
	format   string // "ZIP archive"
	files    []member
	sessions []*sazSession // of Fiddler, else none
	may      *allowance
	problems []string // what could not be read, a sentence each
}

// member is one file of an archive.
type member struct {
	name string
	size int64 // as announced, which is not to be trusted; 0 when unknown
	open func() (io.Reader, *Error)
}

const (
	zipMagic      = "PK\x03\x04"
	zipEmptyMagic = "PK\x05\x06"
	gzipMagic     = "\x1f\x8b"
)

// isArchive reports whether data begins like an archive that can be opened.
func isArchive(data []byte) bool {
	return bytes.HasPrefix(data, []byte(zipMagic)) || bytes.HasPrefix(data, []byte(zipEmptyMagic)) ||
		bytes.HasPrefix(data, []byte(gzipMagic)) || isTar(data) || isMail(data)
}

// isTar looks for the magic number of POSIX and GNU tar.
func isTar(data []byte) bool {
	return len(data) > 512 && string(data[257:262]) == "ustar"
}

func openArchive(data []byte, may *allowance) (*archive, *Error) {
	a := &archive{may: may}
	switch {
	case bytes.HasPrefix(data, []byte("PK")):
		return a, a.openZip(data)
	case bytes.HasPrefix(data, []byte(gzipMagic)):
		return a, a.openGzip(data)
	case isTar(data):
		return a, a.openTar(data)
	default:
		return a, a.openMail(data)
	}
}

func (a *archive) openZip(data []byte) *Error {
	a.format = "ZIP archive"
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // nothing is written anywhere
		return newError("archive-damaged", "the ZIP archive is cut off or damaged: its table of contents, at the end of the file, cannot be read", "copy or download it again")
	}
	if what := officeDocument(z.File); what != "" {
		return newError("binary-document", "the input is "+what+", no SAML message", "copy the value itself out of it, or export a HAR file")
	}
	if slices.ContainsFunc(z.File, func(f *zip.File) bool { return isCharles(f.Name) }) {
		return newError("binary-charles", "the input is a session of Charles (.chlz), which is not read", hintCharles)
	}
	a.sessions = sazSessions(z.File)
	for _, f := range z.File {
		if ignored(f.Name) || f.FileInfo().IsDir() || len(a.sessions) > 0 {
			continue
		}
		size := int64(min(f.UncompressedSize64, maxAnnounced))
		if !a.append(member{f.Name, size, func() (io.Reader, *Error) { return a.unpack(f) }}) {
			break
		}
	}
	return nil
}

// maxAnnounced is the size up to which an announced size is believed, so that
// memory is only taken for what is there.
const maxAnnounced = 1 << 20

// append adds a file, and reports whether more may follow.
func (a *archive) append(m member) bool {
	if len(a.files) == maxMembers {
		a.problems = append(a.problems, "only the first "+count(maxMembers)+" files of the "+a.format+" were read")
		return false
	}
	a.files = append(a.files, m)
	return true
}

// unpack opens one file of a ZIP archive.
func (a *archive) unpack(f *zip.File) (io.Reader, *Error) {
	const encrypted, aes = 1, 99
	if f.Flags&encrypted != 0 || f.Method == aes {
		return nil, newError("archive-encrypted", "the ZIP archive is protected by a password, which samlwhy does not ask for", "unpack it and give what is in it")
	}
	// Not Open, which drops what a file with a wrong length or checksum holds.
	in, err := f.OpenRaw()
	switch {
	case err != nil:
		return nil, newError("archive-damaged", "it is damaged and cannot be unpacked", "copy or download the archive again")
	case f.Method == zip.Deflate:
		in = flate.NewReader(in)
	case f.Method != zip.Store:
		return nil, newError("archive-method", "it is packed in a way ("+zipMethod(f.Method)+") that is not read", "unpack the archive and give what is in it")
	}
	return a.metered(in), nil
}

// zipMethod names a compression method (APPNOTE 4.4.5).
func zipMethod(n uint16) string {
	switch n {
	case 9:
		return "Deflate64"
	case 12:
		return "bzip2"
	case 14:
		return "LZMA"
	case 93:
		return "Zstandard"
	case 95:
		return "xz"
	case 98:
		return "PPMd"
	}
	return fmt.Sprintf("method %d", n)
}

// metered counts what is unpacked against what may be. A file that is damaged
// ends there: what came before is read.
func (a *archive) metered(src io.Reader) io.Reader {
	limit := a.may.one
	if limit >= 0 {
		limit = min(limit, a.may.left)
	}
	return &meter{src: src, may: a.may, limit: limit}
}

// meter is the reader of [archive.metered].
type meter struct {
	src   io.Reader
	may   *allowance
	limit int64 // negative: none
	made  int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.src.Read(p)
	m.made += int64(n)
	if m.limit >= 0 {
		m.may.left = max(0, m.may.left-int64(n))
		if m.made > m.limit {
			text := "it unpacks to more than " + size(m.limit) + ", the most that is read"
			if m.limit < m.may.one {
				text = "the files of the archive together unpack to more than " + size(maxUnpack*m.may.one) + ", the most that is read"
			}
			return 0, newError("archive-too-large", text, "raise the limit with --max-size")
		}
	}
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case m.made == 0:
		return 0, newError("archive-damaged", "it is damaged and cannot be unpacked", "copy or download the archive again")
	}
	return n, io.EOF
}

// take reads a metered file to its end.
func (a *archive) take(src io.Reader) ([]byte, *Error) {
	var b bytes.Buffer
	if _, err := b.ReadFrom(src); err != nil {
		e, _ := errors.AsType[*Error](err) // a meter gives no other
		return nil, e
	}
	return b.Bytes(), nil
}

func (a *archive) openGzip(data []byte) *Error {
	a.format = "gzip file"
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return newError("archive-damaged", "the gzip file is cut off or damaged", "copy or download it again")
	}
	head := make([]byte, 1024)
	n, _ := io.ReadFull(z, head)
	content := io.MultiReader(bytes.NewReader(head[:n]), z)
	if isTar(head[:n]) {
		all, err := a.take(a.metered(content))
		if err != nil {
			return err
		}
		return a.openTar(all)
	}
	name := z.Name
	if name != "" {
		name = path.Base(name)
	}
	a.files = []member{{name, 0, func() (io.Reader, *Error) { return a.metered(content), nil }}}
	return nil
}

func (a *archive) openTar(data []byte) *Error {
	a.format = "tar archive"
	in := bytes.NewReader(data)
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			a.problems = append(a.problems, "the tar archive is cut off or damaged; the "+plural(len(a.files), "file", "files")+" before that were read")
			return nil
		}
		if h.Typeflag != tar.TypeReg || ignored(h.Name) {
			continue
		}
		// A file is a part of data, so that it costs no memory of its own. A
		// sparse one is not; it has gaps where this has none.
		from := len(data) - in.Len()
		content := data[from:min(int64(len(data)), int64(from)+max(0, h.Size))]
		if !a.append(member{h.Name, int64(len(content)), func() (io.Reader, *Error) { return bytes.NewReader(content), nil }}) {
			return nil
		}
	}
}

// ignored reports whether a file is only there for an operating system.
func ignored(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(base, "._") || base == ".DS_Store" || base == "Thumbs.db" || base == "desktop.ini"
}

// displayName is the name of a file in an archive without what a terminal would
// act upon.
func displayName(name string) string {
	const most = 200
	name = strings.Map(func(c rune) rune {
		switch {
		case c == '\\':
			return '/'
		case unicode.IsControl(c), unicode.Is(unicode.Cf, c), c == unicode.ReplacementChar:
			return '?'
		}
		return c
	}, name)
	if len(name) > most {
		name = "…" + strings.ToValidUTF8(name[len(name)-most:], "")
	}
	return name
}

// officeDocument names the documents that are ZIP archives themselves.
func officeDocument(files []*zip.File) string {
	for _, f := range files[:min(len(files), 100)] {
		switch {
		case strings.HasPrefix(f.Name, "word/"):
			return "a Word document"
		case strings.HasPrefix(f.Name, "xl/"):
			return "an Excel workbook"
		case strings.HasPrefix(f.Name, "ppt/"):
			return "a PowerPoint presentation"
		case f.Name == "META-INF/MANIFEST.MF":
			return "a Java archive"
		case f.Name == "mimetype" && f.Method == zip.Store && f.UncompressedSize64 < 100:
			return "an OpenDocument or EPUB document"
		}
	}
	return ""
}

// isCharles reports whether a file is named as in a session of Charles.
func isCharles(name string) bool {
	digits, ok := strings.CutSuffix(name, "-meta.json")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}
