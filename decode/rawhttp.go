package decode

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// readHTTP reads raw HTTP messages, as a proxy shows them or a tool saves them:
// one or several requests and responses in a row.
func (r *reader) readHTTP(body []byte, as Kind) *Error {
	r.setKind(KindHTTP)
	raws := splitHTTP(body)
	entries := make([]*recorded, 0, len(raws))
	for _, raw := range raws {
		if last := len(entries) - 1; !raw.isRequest {
			if raw.status/100 == 1 {
				continue // an interim response; the final one follows
			}
			if last >= 0 && entries[last].ex.Status == 0 {
				raw.respond(entries[last])
				continue
			}
		}
		rec := &recorded{plain: true, ex: &Exchange{Entry: len(entries)}}
		entries = append(entries, rec)
		if raw.isRequest {
			raw.request(rec, "")
		} else {
			raw.respond(rec)
		}
		if raw.missing > 0 {
			r.note("the body of HTTP exchange %d is %s shorter than its Content-Length: it was cut off when it was saved or copied", rec.ex.Entry, plural(raw.missing, "byte", "bytes"))
		}
	}
	for _, rec := range entries {
		rec.ex.complete()
	}
	r.captureMessages(entries)
	r.settleSchemes(entries)
	r.dateDeliveries()
	if len(r.trace.Messages) > 0 {
		return nil
	}
	err := r.exchangesError(entries, "http-no-saml", "raw HTTP", "give the request that posts the SAMLResponse with its body, or export a HAR file")
	if as == KindAuto {
		return r.orText(err, body)
	}
	return err
}

// exchangesError says why exchanges that were read hold no message.
func (r *reader) exchangesError(entries []*recorded, reason, what, hint string) *Error {
	if r.redacted > 0 {
		return r.redactedError()
	}
	n := plural(len(entries), "request", "requests")
	empty := 0
	for _, rec := range entries {
		if rec.ex.Method == methodPost && len(rec.body) == 0 && len(rec.fields) == 0 {
			empty++
		}
	}
	if empty > 0 {
		return newError(reason, "the input is "+what+" with "+n+", but what was posted is missing and nothing else holds a SAML message", hint)
	}
	return newError(reason, "the input is "+what+" with "+n+" and none carries a SAML message", hint)
}

// settleSchemes corrects a scheme that was only assumed, where the message that
// the exchange delivered names the same URL with http.
func (r *reader) settleSchemes(entries []*recorded) {
	assumed := map[*Exchange]bool{}
	for _, rec := range entries {
		assumed[rec.ex] = rec.assumed
	}
	for _, m := range r.trace.Messages {
		ex, root := m.Capture.Exchange, m.root()
		if root == nil || !assumed[ex] {
			continue
		}
		rest, ok := strings.CutPrefix(ex.URL, "https://")
		if a := root.Attr("", "Destination"); ok && a != nil && strings.TrimSpace(a.Value) == "http://"+rest {
			ex.URL = "http://" + rest
		}
	}
}

// dateDeliveries gives the responses that were delivered at an unknown time the
// one at which the service answered.
func (r *reader) dateDeliveries() {
	for _, m := range r.trace.Messages {
		c, root := m.Capture, m.root()
		if !c.Time.IsZero() || c.InResponse || c.Exchange == nil || root == nil || root.Name().Local != "Response" {
			continue
		}
		if t, err := time.ParseInLocation(time.RFC1123, header(c.Exchange.ResponseHeaders, "Date"), time.UTC); err == nil {
			c.Time = t.UTC()
		}
	}
}

// rawMessage is one HTTP message as it stands in a text.
type rawMessage struct {
	all       []byte
	isRequest bool
	method    string
	target    string // of a request, as written
	scheme    string // from a pseudo-header
	host      string
	status    int
	headers   []Header
	body      []byte
	missing   int // bytes of the body that its Content-Length promises and that are not there
}

// request puts a request into its exchange. scheme is what the container says
// about it, empty where it does not.
func (m *rawMessage) request(rec *recorded, scheme string) {
	ex := rec.ex
	ex.Method, ex.RequestHeaders = m.method, m.headers
	rec.body = m.body
	if scheme == "" {
		scheme = m.scheme
	}
	rec.assumed = ex.setHost(m.target, scheme, m.host, m.all)
}

func (m *rawMessage) respond(rec *recorded) {
	rec.ex.Status, rec.ex.ResponseHeaders = m.status, m.headers
	rec.page = m.body
}

// looksHTTP reports whether a text starts with an HTTP message.
func looksHTTP(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	line, _, more := bytes.Cut(b[:min(len(b), 1<<16)], []byte("\n"))
	return more && isStartLine(bytes.TrimRight(line, "\r"))
}

// isStartLine reports whether a line begins an HTTP message: a request line, a
// status line, or the first of the pseudo-headers that HTTP/2 has instead.
func isStartLine(line []byte) bool {
	if len(line) < 8 {
		return false
	}
	if bytes.HasPrefix(line, []byte("HTTP/")) {
		_, rest, ok := bytes.Cut(line, []byte(" "))
		return ok && len(rest) >= 3 && rest[0] >= '1' && rest[0] <= '5' && isDigit(rest[1]) && isDigit(rest[2]) && (len(rest) == 3 || isBlank(rest[3]))
	}
	if line[0] == ':' {
		return isPseudo(line)
	}
	n := 0
	for n < len(line) && n < 20 && 'A' <= line[n] && line[n] <= 'Z' {
		n++
	}
	if n < 3 || n == len(line) || line[n] != ' ' {
		return false
	}
	at := bytes.LastIndexByte(line, ' ')
	version := line[at+1:]
	return at > n && bytes.HasPrefix(version, []byte("HTTP/")) && len(version) >= 6 && len(version) <= 8 && isDigit(version[5])
}

func isPseudo(line []byte) bool {
	for _, name := range []string{":method:", ":authority:", ":path:", ":scheme:", ":status:"} {
		if bytes.HasPrefix(line, []byte(name)) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// splitHTTP splits a text into its HTTP messages. A body ends where its framing
// says when that fits, else before the next start line.
func splitHTTP(b []byte) []*rawMessage {
	var list []*rawMessage
	starts := startLines(b)
	// after is the first start line at or behind a place.
	after := func(at int) int {
		for len(starts) > 0 && starts[0] < at {
			starts = starts[1:]
		}
		if len(starts) == 0 {
			return len(b)
		}
		return starts[0]
	}
	for start := after(0); start < len(b) && len(list) < 4*maxMessages; {
		m, head := parseHead(b[start:])
		from := start + head
		end := m.takeBody(b, from, after(from))
		m.all = b[start:end]
		list = append(list, m)
		// A body need not end with a line.
		if start = end; start == len(b) || !isStartLine(firstLine(b[start:])) {
			start = after(end)
		}
	}
	return list
}

// startLines are the offsets of all lines that may begin a message.
func startLines(b []byte) []int {
	var starts []int
	pseudo := false // the line before was a pseudo-header
	for at := 0; at < len(b); {
		line, _, _ := bytes.Cut(b[at:], []byte("\n"))
		size := len(line) + 1
		line = bytes.TrimRight(line, "\r")
		is := isStartLine(line)
		colon := is && line[0] == ':'
		if is && (!colon || !pseudo) {
			starts = append(starts, at)
		}
		pseudo = colon
		at += size
	}
	return starts
}

// parseHead reads the start line and the headers that b begins with. size is
// how many bytes they take, with the empty line behind them.
func parseHead(b []byte) (m *rawMessage, size int) {
	m = &rawMessage{}
	for first := true; size < len(b); first = false {
		raw, _, _ := bytes.Cut(b[size:], []byte("\n"))
		line := string(bytes.TrimRight(raw, "\r"))
		if !first && line != "" && line[0] != ':' && isStartLine([]byte(line)) {
			break // without an empty line between
		}
		size = min(len(b), size+len(raw)+1)
		if line == "" {
			break
		}
		if first && line[0] != ':' {
			m.startLine(line)
			continue
		}
		m.headers = appendHeader(m.headers, line)
	}
	m.headers = m.pseudo(m.headers)
	if m.host == "" {
		m.host = header(m.headers, "Host")
	}
	return m, size
}

func (m *rawMessage) startLine(line string) {
	if rest, ok := strings.CutPrefix(line, "HTTP/"); ok {
		_, rest, _ = strings.Cut(rest, " ")
		m.status, _ = strconv.Atoi(rest[:min(len(rest), 3)]) // isStartLine has seen digits
		return
	}
	m.isRequest = true
	m.method, line, _ = strings.Cut(line, " ")
	m.target = strings.TrimSpace(line[:max(0, strings.LastIndexByte(line, ' '))])
}

// pseudo takes the pseudo-headers of HTTP/2 out of the headers.
func (m *rawMessage) pseudo(headers []Header) []Header {
	kept := headers[:0]
	for _, h := range headers {
		switch h.Name {
		case ":method":
			m.method, m.isRequest = h.Value, true
		case ":path":
			m.target, m.isRequest = h.Value, true
		case ":authority":
			m.host, m.isRequest = h.Value, true
		case ":scheme":
			m.scheme, m.isRequest = strings.ToLower(h.Value), true
		case ":status":
			m.status, _ = strconv.Atoi(h.Value[:min(len(h.Value), 3)])
		default:
			kept = append(kept, h)
		}
	}
	return kept
}

// takeBody reads the body that starts at b[from], where the next start line
// stands at b[next]. It returns where the body ends.
func (m *rawMessage) takeBody(b []byte, from, next int) int {
	if strings.Contains(strings.ToLower(header(m.headers, "Transfer-Encoding")), "chunked") {
		// Many tools show a body put together and keep the header.
		if body, size, ok := dechunk(b[from:]); ok {
			m.body = decoded(body, m.headers)
			return from + size
		}
	}
	length, err := strconv.Atoi(header(m.headers, "Content-Length"))
	if err == nil && length >= 0 && length <= len(b)-from && fits(b[from+length:]) {
		m.body = decoded(b[from:from+length], m.headers)
		return from + length
	}
	m.body = b[from:next]
	if next < len(b) {
		m.body = withoutSeparator(m.body)
	}
	m.body = bytes.TrimRight(m.body, "\r\n")
	// Line endings may have been changed on the way.
	if breaks := bytes.Count(b[from:next], []byte("\n")); err == nil && length > next-from+breaks && !m.bodiless() {
		m.missing = length - (next - from)
	}
	m.body = decoded(m.body, m.headers)
	return next
}

// bodiless reports whether a response of this status has no body, whatever its
// Content-Length, or none was kept at all.
func (m *rawMessage) bodiless() bool {
	return len(m.body) == 0 || m.status == 304
}

// fits reports whether rest, behind a body, begins with another message or is
// nothing of note.
func fits(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 {
		return true
	}
	line := firstLine(rest)
	return isStartLine(line) || isSeparator(line)
}

// firstLine is the first line of b, as far as it matters here.
func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(b[:min(len(b), 1<<16)], []byte("\n"))
	return bytes.TrimRight(line, "\r")
}

// isSeparator reports whether a line only parts messages from each other.
func isSeparator(line []byte) bool {
	line = bytes.TrimSpace(line)
	if len(line) < 3 || strings.IndexByte("=-#*_~", line[0]) < 0 {
		return false
	}
	return len(bytes.Trim(line, "=-#*_~ ")) == 0
}

// withoutSeparator drops what a tool wrote between two messages: everything
// from the first separator line of the last lines on.
func withoutSeparator(b []byte) []byte {
	end := len(b)
	for range 6 {
		line := bytes.LastIndexByte(bytes.TrimRight(b[:end], "\r\n"), '\n') + 1
		if line >= end || line == 0 {
			break
		}
		if isSeparator(b[line:end]) {
			b = b[:line]
		}
		end = line
	}
	return b
}
