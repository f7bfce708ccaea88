package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// streamed scans data through a buffer of size bytes, so that everything is torn
// apart somewhere.
func streamed(data []byte, size int) *scanner {
	return &scanner{src: bytes.NewReader(data), buf: make([]byte, 0, size)}
}

// rebuild reads the next value into the types that encoding/json uses.
func rebuild(s *scanner, depth int) (value any, err error) {
	if depth > 1000 {
		return nil, errBrokenJSON
	}
	switch s.peek() {
	case '"':
		text, err := s.appendText(nil, 1<<30)
		return string(text), err
	case '{':
		members := map[string]any{}
		err := s.object(func(name []byte) error {
			own := string(name)
			v, err := rebuild(s, depth+1)
			members[own] = v
			return err
		})
		return members, err
	case '[':
		list := []any{}
		err := s.array(func() error {
			v, err := rebuild(s, depth+1)
			list = append(list, v)
			return err
		})
		return list, err
	}
	word, err := s.literal()
	if err == nil && !isScalar(word) {
		err = errBrokenJSON
	}
	return string(word), err
}

// expected is what rebuild has to find, by encoding/json.
func expected(data []byte) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	// Invalid UTF-8 is left alone by one and replaced by the other.
	if !json.Valid(data) || !utf8.Valid(data) || dec.Decode(&v) != nil {
		return nil, false
	}
	return plainOf(v)
}

func plainOf(v any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			p, ok := plainOf(value)
			if !ok || len(name) > maxName/6 { // longer names are cut
				return nil, false
			}
			out[name] = p
		}
		return out, true
	case []any:
		out := []any{}
		for _, value := range v {
			p, ok := plainOf(value)
			if !ok {
				return nil, false
			}
			out = append(out, p)
		}
		return out, true
	case string:
		return v, true
	case nil:
		return "null", true
	default:
		return fmt.Sprint(v), len(fmt.Sprint(v)) < 64
	}
}

// sameJSON holds the scanner against encoding/json and jsontext.
func sameJSON(t *testing.T, data []byte) {
	t.Helper()
	want, valid := expected(data)
	for _, size := range []int{1, 2, 7, 4096} {
		s := streamed(data, size)
		got, err := rebuild(s, 0)
		if valid {
			if a, b := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); err != nil || a != b {
				t.Fatalf("buffer of %d: %v\n got %s\nwant %s", size, err, a, b)
			}
			whole := newScanner(data, 0)
			if err := whole.skip(); err != nil {
				t.Fatalf("skipping: %v", err)
			}
			if a, b := whole.offset(), s.offset(); a != b {
				t.Fatalf("skipping ends at %d, reading at %d", a, b)
			}
			dec := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
			if err := dec.SkipValue(); err == nil && dec.InputOffset() != s.offset() {
				t.Fatalf("jsontext ends at %d, we at %d", dec.InputOffset(), s.offset())
			}
		}
		if at := s.offset(); at < 0 || at > int64(len(data)) {
			t.Fatalf("offset %d of %d bytes", at, len(data))
		}
		if err != nil && !errors.Is(err, errBrokenJSON) && !isCutJSON(err) {
			t.Fatalf("error %v", err)
		}
		skipped := streamed(data, size)
		if err := skipped.skip(); err == nil && valid && skipped.offset() != s.offset() {
			t.Fatalf("buffer of %d: skipping ends at %d, reading at %d", size, skipped.offset(), s.offset())
		}
	}
}

var scannerSeeds = []string{
	`{}`, `[]`, `""`, `null`, ` true `, `-1.5e+3`, `{"a":[1,"b",{"c":null}],"d":"\u00e9\ud83d\ude00\n\\"}`, `"\\\\\""`, `"\ud83d"`, `"\u12`,
	`{"a":1,}`, `{"a" 1}`, `[1 2]`, `{"a":"`, `"\`, `[[[[`, `}`, `{"log":{"entries":[]}}`, "\"a\nb\"", `01`, `1.`, `[1,]`, `{"":""}`, "\x00", `"` + strings.Repeat(`\\`, 50) + `"`,
}

func TestScanner(t *testing.T) {
	for _, seed := range scannerSeeds {
		sameJSON(t, []byte(seed))
	}
	// One that fits only in parts, with escapes at every place of the buffer.
	for n := range 40 {
		sameJSON(t, []byte(`{"`+strings.Repeat("x", n)+`":"\"`+strings.Repeat("y", n)+`\\","b":[1,"\u0041"]}`))
	}
}

func FuzzScanner(f *testing.F) {
	for _, seed := range scannerSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sameJSON(t, data)
	})
}

func TestScannerErrors(t *testing.T) {
	for _, tt := range []struct {
		data string
		at   int64
		cut  bool
	}{
		{`{"a":1`, 6, true},
		{`{"a":"b`, 7, true},
		{`[1,2,`, 5, true},
		{``, 0, true},
		{`{"a":1}}`, 7, false}, // of which the first value is whole
		{`{"a";1}`, 4, false},
		{`[1;2]`, 2, false},
		{`{1:2}`, 1, false},
		{`{"a":{"b":]}}`, 10, false},
		{`{"a":[}`, 6, false},
	} {
		for _, size := range []int{1, 4096} {
			s := streamed([]byte(tt.data), size)
			_, err := rebuild(s, 0)
			if tt.data == `{"a":1}}` {
				err = s.array(func() error { return nil })
			}
			if s.offset() != tt.at || isCutJSON(err) != tt.cut || err == nil {
				t.Errorf("%s: %v at byte %d, want %d (cut %v)", tt.data, err, s.offset(), tt.at, tt.cut)
			}
		}
	}
	s := &scanner{src: iotest.ErrReader(io.ErrClosedPipe), buf: make([]byte, 0, 10)}
	if err := s.skip(); err == nil || !errors.Is(s.readError(), io.ErrClosedPipe) {
		t.Errorf("a reader that fails: %v, %v", err, s.readError())
	}
}

// TestScannerDepth proves that brackets without end exhaust nothing.
func TestScannerDepth(t *testing.T) {
	for _, open := range []string{"[", `{"a":`, `[{"a":`} {
		data := []byte(strings.Repeat(open, 2_000_000))
		if err := newScanner(data, 0).skip(); !errors.Is(err, errBrokenJSON) {
			t.Errorf("%s: %v", open, err)
		}
		if _, err := Read("deep", data, Options{}); err == nil {
			t.Errorf("%s: no error", open)
		}
	}
}

// TestScannerLimits holds what is kept of a long string to its limit.
func TestScannerLimits(t *testing.T) {
	long := []byte(`"` + strings.Repeat(`ab\n`, 100_000) + `" 1`)
	s := streamed(long, 100)
	raw, err := s.appendRaw(nil, 10)
	if err != nil || !s.cut || string(raw) != `"ab\nab\nab"` {
		t.Errorf("%q, cut %v, %v", raw, s.cut, err)
	}
	if c := s.peek(); c != '1' {
		t.Errorf("behind it stands %q", c)
	}
	if text, err := streamed(long, 100).appendText(nil, 3); err != nil || string(text) != "ab" { // half an escape is none
		t.Errorf("%q, %v", text, err)
	}
}
