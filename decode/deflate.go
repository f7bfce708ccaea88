package decode

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
)

// inflated is what became of a compressed value.
type inflated struct {
	data    []byte
	wrapper string // "zlib", "gzip", or empty for the raw stream that the binding asks for
	rest    int    // bytes after the end of the stream
	err     error  // nil, errInflateLimit, io.ErrUnexpectedEOF, or corruption
}

var errInflateLimit = errors.New("inflates beyond the limit")

// inflate reads a DEFLATE stream (RFC 1951), which may by mistake be wrapped as
// zlib (RFC 1950) or gzip (RFC 1952). It gives up early, with ok false, when the
// stream does not begin with XML. A damaged stream gives what came before the
// damage. At most limit bytes are made; a negative limit is none.
func inflate(b []byte, limit int64) (in inflated, ok bool) {
	if len(b) < 3 {
		return in, false
	}
	body := b
	switch {
	case b[0] == 0x1f && b[1] == 0x8b:
		in.wrapper = "gzip"
	case b[0]&0x0f == 8 && (uint(b[0])<<8|uint(b[1]))%31 == 0:
		in.wrapper, body = "zlib", b[2:]
	case b[0]>>1&3 == 3: // no such block type
		return in, false
	}
	src := bytes.NewReader(body)
	var r io.Reader
	if in.wrapper == "gzip" {
		z, err := gzip.NewReader(src)
		if err != nil {
			return in, false
		}
		z.Multistream(false)
		r = z
	} else {
		r = flate.NewReader(src)
	}

	head := make([]byte, 256)
	n, err := io.ReadFull(r, head)
	if head = head[:n]; !looksXML(head) {
		return in, false
	}
	in.data, in.err = head, err
	if err == nil {
		rest, err := io.ReadAll(bounded(r, limit, n))
		in.data, in.err = append(in.data, rest...), err
	} else if errors.Is(err, io.ErrUnexpectedEOF) && cleanEnd(r) {
		in.err = nil // shorter than the head, that is all
	}
	if limit >= 0 && int64(len(in.data)) > limit {
		in.data, in.err = nil, errInflateLimit
	}
	in.rest = src.Len()
	if in.wrapper == "zlib" {
		in.rest = max(0, in.rest-4) // the checksum
	}
	return in, true
}

// bounded is r up to one byte more than what may still be made.
func bounded(r io.Reader, limit int64, made int) io.Reader {
	if limit < 0 {
		return r
	}
	return io.LimitReader(r, max(0, limit-int64(made))+1)
}

// cleanEnd tells the proper end of a stream from one that stops short, which
// io.ReadFull reports alike.
func cleanEnd(r io.Reader) bool {
	_, err := r.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}
