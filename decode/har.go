package decode

import (
	"bytes"
	"encoding/base64"
	"math"
	"mime"
	"slices"
	"strings"
	"time"
)

// recorded is one exchange of a capture with the parts that may hold a message.
// Of a capture that is streamed, body and page are gone once it was searched.
type recorded struct {
	ex       *Exchange
	body     []byte // JSON string: the request body
	body64   bool   // it is base64
	plain    bool   // body and page are the bytes themselves, no JSON strings
	assumed  bool   // the scheme of the URL is a guess
	fields   []Param
	hasBody  bool    // the request is said to have had a body
	page     []byte  // JSON string: the response body
	page64   bool    // it is base64
	pageSize float64 // as recorded
	saml     string  // the XML as SAML-tracer decoded it
	long     bool    // a body was too long to be held
	cut      bool    // one that may hold a message
	cookies  bool    // there were some, in whatever form

	found   []delivery // the messages in it
	carries bool       // a message was found in it
	bare    bool       // no request body was recorded
	answer  bool       // the response may be what a service says: it has text, or an error status
	near    bool       // close enough to a message to be kept whole
	follows bool       // among the first answers behind a message

	weight   int  // bytes held beside page
	outlined bool // only the outlines of ex are left
}

// The bounds of what is read of one exchange, in bytes; bodies have their own.
const (
	maxURL         = 1 << 20  // a message may be in it
	maxHeaderValue = 64 << 10 // likewise, in a Location
	maxHeaders     = 256 << 10
	maxWord        = 1 << 10 // a method, a media type, a time
)

// held is how much of one body of a capture is held in memory, in bytes. What is
// longer cannot be a message within the usual limits.
const held = 8 << 20

// maxHeld is [held], unless the caller allows for larger messages.
func (r *reader) maxHeld() int {
	switch {
	case r.maxSize < 0:
		return math.MaxInt
	case r.maxSize > DefaultMaxSize:
		return int(r.maxSize)
	}
	return held
}

// captureScan reads the exchanges of a capture one after the other, in memory
// that the next one uses again.
type captureScan struct {
	*scanner
	max        int // of a body, in bytes
	body, page []byte
	pairs      []pair
	arena      []byte // what pairs point into
}

func (r *reader) newCaptureScan(s *scanner) *captureScan {
	return &captureScan{scanner: s, max: r.maxHeld()}
}

// readHAR reads an HTTP archive (HAR 1.1 and 1.2).
func (r *reader) readHAR(s *scanner) *Error {
	r.setKind(KindHAR)
	c, g := r.newCaptureScan(s), newGathering(r)
	entries := func() error {
		return c.array(func() error {
			rec := &recorded{ex: &Exchange{Entry: g.seen.entries}}
			err := c.entry(rec)
			if err == nil || !rec.empty() {
				g.add(rec)
			}
			return err
		})
	}
	err := c.object(func(name []byte) error {
		switch string(name) {
		case "log":
			return c.object(func(name []byte) error {
				switch string(name) {
				case "entries":
					return entries()
				case "creator":
					return c.creator(&g.seen.creator)
				}
				return c.skip()
			})
		case "entries":
			return entries()
		}
		return c.skip()
	})
	g.finish()
	if err != nil {
		r.cutHAR(s, err, g)
	}
	if len(r.trace.Messages) > 0 {
		if err == nil && r.redacted == 0 {
			r.requestOnly(&g.seen)
		}
		return nil
	}
	return r.harError(s, err, &g.seen)
}

// cutHAR tells that a HAR is not whole, and looks for a message in its torn end.
func (r *reader) cutHAR(s *scanner, err error, g *gathering) {
	what := "is damaged"
	if isCutJSON(err) {
		what = "is cut off"
	}
	r.note("the HAR %s at byte %s; what came before that was read (%s)", what, count(s.offset()), plural(g.seen.entries, "entry", "entries"))
	const most = 4 << 20
	tail := s.torn
	if tail == nil {
		tail = s.rest(most)
	}
	tail = tail[:min(len(tail), most)]
	if !mentionsMessage(tail) {
		return
	}
	before := len(r.trace.Messages)
	r.scanText(bytes.Clone(tail), []Step{{Name: "torn end of the HAR"}})
	whole := r.trace.Messages[:before:before]
	torn := slices.DeleteFunc(slices.Clone(r.trace.Messages[before:]), func(m *Message) bool { return beginsOne(m, whole) })
	for _, m := range torn {
		m.Capture.Torn = isCutJSON(err)
		if n := g.seen.entries; n > 0 {
			m.Capture.Entry = n - 1
		}
	}
	r.trace.Messages = slices.Concat(whole, torn)
}

// beginsOne reports whether m is the beginning of a message that one of the
// pages brought whole: it tells nothing beside that.
func beginsOne(m *Message, messages []*Message) bool {
	return len(m.XML) > 0 && slices.ContainsFunc(messages, func(o *Message) bool {
		return o.Capture.InResponse && len(m.XML) < len(o.XML) && bytes.HasPrefix(o.XML, m.XML)
	})
}

// empty reports whether nothing of an exchange was read.
func (rec *recorded) empty() bool {
	return rec.ex.URL == "" && rec.ex.Started.IsZero() && rec.body == nil && rec.page == nil
}

func (c *captureScan) creator(to *string) error {
	return c.object(func(name []byte) error {
		if string(name) == "name" {
			return c.text(to, maxWord)
		}
		return c.skip()
	})
}

// entry reads one element of log.entries.
func (c *captureScan) entry(rec *recorded) error {
	ex := rec.ex
	return c.object(func(name []byte) error {
		switch string(name) {
		case "startedDateTime":
			var s string
			err := c.text(&s, maxWord)
			ex.Started = parseTime(s)
			return err
		case "time":
			var ms float64
			err := c.num(&ms)
			if ms > 0 && ms < 1e12 {
				ex.Duration = time.Duration(ms * float64(time.Millisecond))
			}
			return err
		case "request":
			return c.request(rec)
		case "response":
			return c.response(rec)
		}
		return c.skip()
	})
}

func (c *captureScan) request(rec *recorded) error {
	ex := rec.ex
	var query []Param
	err := c.object(func(name []byte) error {
		switch string(name) {
		case "method":
			err := c.text(&ex.Method, maxWord)
			ex.Method = strings.ToUpper(ex.Method)
			return err
		case "url":
			return c.text(&ex.URL, maxURL)
		case "headers":
			return c.headers(&ex.RequestHeaders)
		case "cookies":
			return c.cookies(rec)
		case "queryString":
			if strings.IndexByte(ex.URL, '?') >= 0 {
				return c.skip()
			}
			return c.params(&query)
		case "bodySize":
			var n float64
			err := c.num(&n)
			rec.hasBody = n > 0
			return err
		case "postData":
			return c.postData(rec)
		}
		return c.skip()
	})
	ex.Query = urlQuery(ex.URL)
	if len(ex.Query) == 0 {
		ex.Query = decodedParams(query)
	}
	return err
}

// urlQuery are the parameters of a URL's query.
func urlQuery(rawURL string) []Param {
	_, query, ok := strings.Cut(rawURL, "?")
	if !ok || strings.HasPrefix(rawURL, "data:") {
		return nil
	}
	query, _, _ = strings.Cut(query, "#")
	return parseParams([]byte(query))
}

func (c *captureScan) postData(rec *recorded) error {
	return c.object(func(name []byte) (err error) {
		switch string(name) {
		case "mimeType":
			return c.text(&rec.ex.RequestType, maxWord)
		case "text":
			if c.peek() != '"' {
				return c.skip()
			}
			c.body, rec.body, err = c.readBody(rec, c.body)
			return err
		case "encoding", "_encoding":
			var s string
			err = c.text(&s, maxWord)
			rec.body64 = strings.EqualFold(s, "base64")
			return err
		case "params":
			if err = c.params(&rec.fields); c.cut {
				rec.tooLong(c.arena)
			}
			return err
		}
		return c.skip()
	})
}

// readBody reads a body into buf, which may grow. The beginning of one that is
// too long is no body: a message in it would look like one that was cut off.
func (c *captureScan) readBody(rec *recorded, buf []byte) (grown, body []byte, err error) {
	c.cut = false
	buf, err = c.appendRaw(buf[:0], c.max)
	if err != nil {
		return buf, nil, err
	}
	if c.cut {
		rec.tooLong(buf)
		return buf, nil, nil
	}
	return buf, buf, nil
}

// tooLong records a body of which only the beginning was held.
func (rec *recorded) tooLong(beginning []byte) {
	rec.long = true
	rec.cut = rec.cut || mayCarry(beginning)
}

func (c *captureScan) response(rec *recorded) error {
	ex := rec.ex
	redirect := ""
	err := c.object(func(name []byte) error {
		switch string(name) {
		case "status":
			var n float64
			err := c.num(&n)
			if n > 0 && n < 1000 {
				ex.Status = int(n)
			}
			return err
		case "headers":
			return c.headers(&ex.ResponseHeaders)
		case "cookies":
			return c.cookies(rec)
		case "redirectURL":
			return c.text(&redirect, maxURL)
		case "content":
			return c.content(rec)
		}
		return c.skip()
	})
	ex.setRedirect(redirect)
	return err
}

// setRedirect makes the target of a redirect absolute, or takes it from the
// Location header.
func (e *Exchange) setRedirect(target string) {
	if target == "" {
		target = header(e.ResponseHeaders, "Location")
	}
	if target != "" {
		e.Redirect = resolve(e.ParsedURL(), target)
	}
}

func (c *captureScan) content(rec *recorded) error {
	known := false // the media type
	return c.object(func(name []byte) (err error) {
		switch string(name) {
		case "mimeType":
			known = true
			return c.text(&rec.ex.ResponseType, maxWord)
		case "text":
			if c.peek() != '"' || known && !textual(mediaType(rec.ex.ResponseType)) {
				return c.skip()
			}
			c.page, rec.page, err = c.readBody(rec, c.page)
			return err
		case "size":
			return c.num(&rec.pageSize)
		case "encoding":
			var s string
			err = c.text(&s, maxWord)
			rec.page64 = strings.EqualFold(s, "base64")
			return err
		}
		return c.skip()
	})
}

// parseTime reads the times that exporters write; zero when it cannot.
func parseTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// header is the value of the first header of that name, or empty.
func header(headers []Header, name string) string {
	for _, h := range headers {
		if len(h.Name) == len(name) && strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// mediaType is the type without parameters, in lower case.
func mediaType(s string) string {
	switch s {
	case "", "text/html", "application/json", "text/plain", "application/x-www-form-urlencoded":
		return s
	}
	t, _, err := mime.ParseMediaType(s)
	if err != nil {
		t, _, _ = strings.Cut(s, ";")
		t = strings.ToLower(strings.TrimSpace(t))
	}
	return t
}

// textual reports whether a body of this type can be a page or a message.
func textual(mediaType string) bool {
	switch mediaType {
	case "", "x-unknown", "application/octet-stream", "text/plain", "text/html", "application/xhtml+xml":
		return true
	case "image/svg+xml":
		return false
	}
	return strings.Contains(mediaType, "xml") || strings.Contains(mediaType, "json")
}

// content is the text of a raw JSON string that may be base64 on top.
func content(raw []byte, is64 bool) []byte {
	text := unquote(raw)
	if !is64 {
		return text
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, bytes.TrimSpace(text))
	if err != nil && n == 0 {
		return text
	}
	return out[:n]
}

// lostBody reports whether a request says that it had a body which the capture
// does not have.
func (rec *recorded) lostBody() bool {
	return rec.bare && strings.EqualFold(rec.ex.Method, "POST") &&
		(rec.hasBody || header(rec.ex.RequestHeaders, "Content-Length") != "0")
}
