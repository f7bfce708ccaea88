package decode

import (
	"bytes"
	"encoding/base64"
	"mime"
	"strings"
	"time"
)

// recorded is one exchange of a capture with the parts that may hold a message.
// The parts are slices of the input, quoted as they stand there.
type recorded struct {
	ex       *Exchange
	body     []byte // JSON string: the request body
	body64   bool   // it is base64
	fields   []Param
	hasBody  bool    // the request is said to have had a body
	page     []byte  // JSON string: the response body
	page64   bool    // it is base64
	pageSize float64 // as recorded
	saml     string  // the XML as SAML-tracer decoded it
	carries  bool    // a message was found in it
}

// harLog is what was read of a HAR.
type harLog struct {
	entries []*recorded
	err     error // the JSON is cut off or broken
	offset  int64 // where
}

// readHAR reads an HTTP archive (HAR 1.2).
func (r *reader) readHAR(body []byte) *Error {
	r.setKind(KindHAR)
	log := parseHAR(body)
	r.captureMessages(log.entries)
	if log.err != nil {
		r.cutHAR(body, log)
	}
	if len(r.trace.Messages) > 0 {
		return nil
	}
	return r.harError(log)
}

// cutHAR tells that a HAR is not whole, and looks for a message in its torn end.
func (r *reader) cutHAR(body []byte, log harLog) {
	what := "is damaged"
	if isCutJSON(log.err) {
		what = "is cut off"
	}
	r.note("the HAR %s at byte %s; the %s before that were read", what, count(log.offset), plural(len(log.entries), "entry", "entries"))
	tail := body[min(int64(len(body)), log.offset):]
	const most = 4 << 20
	tail = tail[:min(len(tail), most)]
	if mentionsMessage(tail) {
		before := len(r.trace.Messages)
		r.scanText(tail, []Step{{Name: "torn end of the HAR"}})
		for _, m := range r.trace.Messages[before:] {
			if n := len(log.entries); n > 0 {
				m.Capture.Entry = log.entries[n-1].ex.Entry
			}
		}
	}
}

func parseHAR(body []byte) harLog {
	j := newJSONReader(body)
	var log harLog
	entries := func() error {
		return j.array(func() error {
			rec := &recorded{ex: &Exchange{Entry: len(log.entries)}}
			log.entries = append(log.entries, rec)
			return j.entry(rec)
		})
	}
	log.err = j.object(func(name string) error {
		switch name {
		case "log":
			return j.object(func(name string) error {
				if name == "entries" {
					return entries()
				}
				return j.dec.SkipValue()
			})
		case "entries":
			return entries()
		}
		return j.dec.SkipValue()
	})
	log.offset = j.dec.InputOffset()
	return log
}

// entry reads one element of log.entries.
func (j *jsonReader) entry(rec *recorded) error {
	ex := rec.ex
	return j.object(func(name string) error {
		switch name {
		case "startedDateTime":
			var s string
			err := j.str(&s)
			ex.Started = parseTime(s)
			return err
		case "time":
			var ms float64
			err := j.num(&ms)
			if ms > 0 && ms < 1e12 {
				ex.Duration = time.Duration(ms * float64(time.Millisecond))
			}
			return err
		case "request":
			return j.request(rec)
		case "response":
			return j.response(rec)
		}
		return j.dec.SkipValue()
	})
}

func (j *jsonReader) request(rec *recorded) error {
	ex := rec.ex
	var query []Param
	err := j.object(func(name string) error {
		switch name {
		case "method":
			err := j.str(&ex.Method)
			ex.Method = strings.ToUpper(ex.Method)
			return err
		case "url":
			return j.str(&ex.URL)
		case "headers":
			return j.headers(&ex.RequestHeaders)
		case "queryString":
			return j.params(&query)
		case "bodySize":
			var n float64
			err := j.num(&n)
			rec.hasBody = n > 0
			return err
		case "postData":
			return j.postData(rec)
		}
		return j.dec.SkipValue()
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
	if !ok {
		return nil
	}
	query, _, _ = strings.Cut(query, "#")
	return parseParams([]byte(query))
}

func (j *jsonReader) postData(rec *recorded) error {
	return j.object(func(name string) (err error) {
		switch name {
		case "mimeType":
			return j.str(&rec.ex.RequestType)
		case "text":
			rec.body, err = j.raw()
			return err
		case "encoding", "_encoding":
			var s string
			err = j.str(&s)
			rec.body64 = strings.EqualFold(s, "base64")
			return err
		case "params":
			return j.params(&rec.fields)
		}
		return j.dec.SkipValue()
	})
}

func (j *jsonReader) response(rec *recorded) error {
	ex := rec.ex
	redirect := ""
	err := j.object(func(name string) error {
		switch name {
		case "status":
			var n float64
			err := j.num(&n)
			ex.Status = int(n)
			return err
		case "headers":
			return j.headers(&ex.ResponseHeaders)
		case "redirectURL":
			return j.str(&redirect)
		case "content":
			return j.content(rec)
		}
		return j.dec.SkipValue()
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

func (j *jsonReader) content(rec *recorded) error {
	return j.object(func(name string) (err error) {
		switch name {
		case "mimeType":
			return j.str(&rec.ex.ResponseType)
		case "text":
			rec.page, err = j.raw()
			return err
		case "size":
			return j.num(&rec.pageSize)
		case "encoding":
			var s string
			err = j.str(&s)
			rec.page64 = strings.EqualFold(s, "base64")
			return err
		}
		return j.dec.SkipValue()
	})
}

// headers reads a list of {"name", "value"} objects, or of [name, value] pairs.
func (j *jsonReader) headers(list *[]Header) error {
	var params []Param
	err := j.params(&params)
	for _, p := range params {
		*list = append(*list, Header{Name: p.Name, Value: p.Value})
	}
	return err
}

// params reads names and values in any of the shapes that exporters use:
// [{"name","value"}], [[name, value]], {name: value}, {name: [values]}.
func (j *jsonReader) params(list *[]Param) error {
	if j.dec.PeekKind() == '{' {
		return j.object(func(name string) error {
			if j.dec.PeekKind() != '[' {
				p := Param{Name: name}
				err := j.str(&p.Value)
				*list = append(*list, p)
				return err
			}
			return j.array(func() error {
				p := Param{Name: name}
				err := j.str(&p.Value)
				*list = append(*list, p)
				return err
			})
		})
	}
	return j.array(func() error {
		var p Param
		var err error
		if j.dec.PeekKind() == '[' {
			at := 0
			err = j.array(func() error {
				at++
				switch at {
				case 1:
					return j.str(&p.Name)
				case 2:
					if j.dec.PeekKind() == '[' {
						return j.array(func() error { return j.str(&p.Value) })
					}
					return j.str(&p.Value)
				}
				return j.dec.SkipValue()
			})
		} else {
			err = j.object(func(name string) error {
				switch name {
				case "name":
					return j.str(&p.Name)
				case "value":
					return j.str(&p.Value)
				}
				return j.dec.SkipValue()
			})
		}
		*list = append(*list, p)
		return err
	})
}

// decodedParams settles whether the values of a list are still percent-encoded,
// which exporters do or do not: DevTools keeps the encoding, others undo it.
func decodedParams(params []Param) []Param {
	if !encodedParams(params) {
		return params
	}
	out := make([]Param, len(params))
	for i, p := range params {
		out[i] = Param{Name: formDecode([]byte(p.Name)), Value: formDecode([]byte(p.Value)), Raw: p.Value}
	}
	return out
}

// encodedParams looks for proof: percent-encodings, and nothing that an encoder
// would have changed.
func encodedParams(params []Param) bool {
	proof := false
	for _, p := range params {
		if strings.ContainsAny(p.Value, " /:=&\r\n\"<>") {
			return false
		}
		if !proof && hasPercent([]byte(p.Value)) {
			proof = true
		}
	}
	return proof
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
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// mediaType is the type without parameters, in lower case.
func mediaType(s string) string {
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
