package repair

import (
	"encoding/binary"
	"hash/fnv"
	"strings"
)

// edit replaces text[start:end] of a document.
type edit struct {
	start, end int
	with       string
}

// apply carries out edits on text.
func apply(text string, edits []edit) string {
	var b strings.Builder
	size := len(text)
	for _, e := range edits {
		size += len(e.with) - (e.end - e.start)
	}
	b.Grow(size)
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.start])
		b.WriteString(e.with)
		at = e.end
	}
	b.WriteString(text[at:])
	return b.String()
}

// hashEdits is a fingerprint of edits, so that the same repair is not tried
// twice.
func hashEdits(edits []edit) uint64 {
	h := fnv.New64a()
	var b [24]byte
	var buf []byte
	for _, e := range edits {
		binary.LittleEndian.PutUint64(b[0:], uint64(e.start))
		binary.LittleEndian.PutUint64(b[8:], uint64(e.end))
		binary.LittleEndian.PutUint64(b[16:], uint64(len(e.with)))
		buf = append(append(buf[:0], b[:]...), e.with...)
		h.Write(buf)
	}
	return h.Sum64()
}

// moveBy are edits of a text from which the first so many octets were cut.
func moveBy(edits []edit, cut int) []edit {
	out := make([]edit, len(edits))
	for i, e := range edits {
		out[i] = edit{e.start - cut, e.end - cut, e.with}
	}
	return out
}

// compose joins two steps of edits of text into one: the offsets of second are
// those of the text between.
func compose(text string, first, second []edit) []edit {
	if len(first) == 0 {
		return second
	}
	if len(second) == 0 {
		return first
	}
	out := make([]edit, 0, len(first)+len(second))
	shift := 0 // of an offset before first, to one in the text between
	for len(first) > 0 || len(second) > 0 {
		if len(second) == 0 || len(first) > 0 && first[0].start+shift+len(first[0].with) < second[0].start {
			e := first[0]
			first = first[1:]
			shift += len(e.with) - (e.end - e.start)
			out = append(out, e)
			continue
		}
		if len(first) == 0 || second[0].end < first[0].start+shift {
			e := second[0]
			second = second[1:]
			out = append(out, edit{e.start - shift, e.end - shift, e.with})
			continue
		}
		// They touch. Put together what overlaps in a piece of the text between:
		// from low to high, and what it becomes.
		low := min(first[0].start+shift, second[0].start)
		e := edit{start: low - shift}
		high, firsts, seconds, after := low, 0, 0, shift
		for {
			grown := false
			if firsts < len(first) && first[firsts].start+after <= high {
				f := first[firsts]
				high = max(high, f.start+after+len(f.with))
				after += len(f.with) - (f.end - f.start)
				firsts++
				grown = true
			}
			if seconds < len(second) && second[seconds].start <= high {
				high = max(high, second[seconds].end)
				seconds++
				grown = true
			}
			if !grown {
				break
			}
		}
		e.end = high - after
		between := apply(text[e.start:e.end], moveBy(first[:firsts], e.start))
		e.with = apply(between, moveBy(second[:seconds], low))
		out = append(out, e)
		first, second, shift = first[firsts:], second[seconds:], after
	}
	return out
}
