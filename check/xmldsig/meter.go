package xmldsig

import "sync/atomic"

// meter bounds what the canonical forms of one document may cost together. A
// message can name the same content in thousands of References, and exclusive
// canonicalisation repeats a namespace declaration at every element that needs
// it, so that without a bound work would grow with the square of the input. A
// nil meter has no bound.
type meter struct{ left atomic.Int64 }

const (
	meterBase  = 64 << 20 // octets, whatever the size of the document
	meterTimes = 64       // and so many times its size
)

func newMeter(size int) *meter {
	m := new(meter)
	m.left.Store(meterBase + meterTimes*int64(size))
	return m
}

// spend takes n octets and reports whether there were so many left.
func (m *meter) spend(n int) bool {
	return m == nil || m.left.Add(-int64(n)) >= 0
}
