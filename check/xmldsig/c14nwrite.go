package xmldsig

// The buffer is flushed when a node has filled it to within flushRoom, so that
// most writes are plain appends.
const (
	bufferSize = 2 << 10
	flushRoom  = 256
)

// text writes character data: & < > and CR as references (Canonical XML 1.0
// section 2.3).
func (k *canonicalizer) text(s string) {
	start := 0
	for i := range len(s) {
		var ref string
		switch s[i] {
		case '&':
			ref = "&amp;"
		case '<':
			ref = "&lt;"
		case '>':
			ref = "&gt;"
		case '\r':
			ref = "&#xD;"
		default:
			continue
		}
		k.write(s[start:i])
		k.write(ref)
		start = i + 1
	}
	k.write(s[start:])
}

// attrValue writes an attribute value: & < " and tab, LF, CR as references.
func (k *canonicalizer) attrValue(s string) {
	start := 0
	for i := range len(s) {
		var ref string
		switch s[i] {
		case '&':
			ref = "&amp;"
		case '<':
			ref = "&lt;"
		case '"':
			ref = "&quot;"
		case '\t':
			ref = "&#x9;"
		case '\n':
			ref = "&#xA;"
		case '\r':
			ref = "&#xD;"
		default:
			continue
		}
		k.write(s[start:i])
		k.write(ref)
		start = i + 1
	}
	k.write(s[start:])
}

// isPlainValue reports whether attrValue would write s as it is.
func isPlainValue(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '&', '<', '"', '\t', '\n', '\r':
			return false
		}
	}
	return true
}

func (k *canonicalizer) write(s string) {
	if len(s) <= cap(k.buf)-len(k.buf) {
		k.buf = append(k.buf, s...)
		return
	}
	k.writeLong(s)
}

// writeLong writes what the buffer has no room for.
func (k *canonicalizer) writeLong(s string) {
	for {
		n := copy(k.buf[len(k.buf):cap(k.buf)], s)
		k.buf = k.buf[:len(k.buf)+n]
		if s = s[n:]; s == "" {
			return
		}
		k.flush()
	}
}

func (k *canonicalizer) flush() {
	if k.err == nil && len(k.buf) > 0 {
		if k.meter.spend(len(k.buf)) {
			_, k.err = k.w.Write(k.buf)
		} else {
			k.err = ErrTooLarge
		}
	}
	k.buf = k.buf[:0]
}
