package decode

import (
	"bytes"
	"errors"
	"io"
	"iter"
)

// DefaultMaxInput is the [Options.MaxInput] used when none is given, in bytes.
const DefaultMaxInput = 512 << 20

// ReasonTooLarge is the Reason of the [Error] for an input larger than
// [Options.MaxInput] that would have to be held in memory whole.
const ReasonTooLarge = "too-large"

// ReadFrom reads an input as [ReadAll] does, from a stream. A HAR and a
// SAML-tracer export may be of any size: they are read in passing, and what is
// held of them does not grow with them. Everything else has to be held whole
// and is read up to opts.MaxInput. size is how many bytes src will give, 0 when
// that is not known.
//
// An error that is no [*Error] is why src could not be read.
func ReadFrom(input string, src io.Reader, size int64, opts Options) iter.Seq2[*Trace, error] {
	return func(yield func(*Trace, error) bool) {
		readFrom(input, src, size, opts, 0, newAllowance(opts), yield)
	}
}

// readFrom reads what is inside of depth archives, and reports whether to go on.
func readFrom(input string, src io.Reader, size int64, opts Options, depth int, may *allowance, yield func(*Trace, error) bool) bool {
	head := make([]byte, scanBuffer)
	if 0 < size && size < scanBuffer {
		head = head[: size+1 : size+1] // one more, to meet the end
	}
	n, err := io.ReadFull(src, head)
	head = head[:n]
	kind := streamedKind(head, opts.As)
	switch ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); {
	case err == nil && kind != KindAuto:
		trace, err := readStream(input, kind, head, src, opts)
		return yield(trace, err)
	case err == nil:
		head, err = readWhole(head, src, size, opts)
	case ended && kind == KindAuto && opts.tooLarge(int64(n)) != nil:
		err = opts.tooLarge(int64(n))
	case ended:
		err = nil
	}
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.Input = input
		}
		return yield(nil, err)
	}
	return readAll(input, head, opts, depth, may, yield)
}

// streamedKind is the kind of a capture that can be read in passing, by its
// first bytes; [KindAuto] for everything else.
func streamedKind(head []byte, as Kind) Kind {
	head = bytes.TrimSpace(bytes.TrimPrefix(head, utf8BOM))
	if len(head) == 0 || head[0] != '{' || as != KindAuto && as != KindHAR && as != KindSAMLTracer {
		return KindAuto
	}
	if as != KindAuto {
		return as
	}
	return captureKind(head)
}

// readStream reads a capture that begins with head and goes on in src.
func readStream(input string, kind Kind, head []byte, src io.Reader, opts Options) (*Trace, error) {
	r := newReader(input, opts)
	s := &scanner{src: src, buf: head, pos: len(head) - len(bytes.TrimPrefix(head, utf8BOM))}
	var err *Error
	if kind == KindHAR {
		err = r.readHAR(s)
	} else {
		err = r.readTracer(s)
	}
	if e := s.readError(); e != nil {
		return nil, e
	}
	return r.finish(err)
}

// maxInput is how many bytes may be held whole; negative: any number.
func (o Options) maxInput() int64 {
	if o.MaxInput == 0 {
		return DefaultMaxInput
	}
	return o.MaxInput
}

// tooLarge is the error for an input of n bytes, or nil.
func (o Options) tooLarge(n int64) error {
	limit := o.maxInput()
	if limit < 0 || n <= limit {
		return nil
	}
	return newError(ReasonTooLarge, "the input is larger than "+size(limit)+", the most that is read of what is no HAR", "raise the limit with --max-size")
}

// readWhole reads what src has behind head, expected bytes with it.
func readWhole(head []byte, src io.Reader, expected int64, opts Options) ([]byte, error) {
	if err := opts.tooLarge(max(expected, int64(len(head)))); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(max(expected, 2*int64(len(head)))) + bytes.MinRead)
	b.Write(head)
	if limit := opts.maxInput(); limit > 0 {
		src = io.LimitReader(src, limit-int64(len(head))+1)
	}
	if _, err := b.ReadFrom(src); err != nil {
		return nil, err
	}
	return b.Bytes(), opts.tooLarge(int64(b.Len()))
}
