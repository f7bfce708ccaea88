package decode

import (
	"bytes"
	"crypto/sha256"
	"mime"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBody is the size up to which the body of an exchange around a message is
// kept, in bytes.
const maxBody = 256 << 10

// follows is how many exchanges after the delivery of a message have their
// bodies kept: the service's own answer may come after redirects.
const follows = 4

// delivery is a message with the exchange that it was found in.
type delivery struct {
	m     *Message
	order int    // of the exchange, in order of time
	from  origin // where in the exchange
}

// origin is the part of an exchange.
type origin uint8

const (
	fromRequest origin = iota
	fromPage
	fromRedirect
)

// captureMessages finds the messages in the exchanges of a capture.
func (r *reader) captureMessages(entries []*recorded) {
	for _, rec := range entries {
		r.find(rec)
	}
	r.assemble(entries)
}

// find looks for messages in one exchange.
func (r *reader) find(rec *recorded) {
	kind := mediaType(rec.ex.ResponseType)
	rec.bare = len(rec.body) <= 2 && len(rec.fields) == 0 && !rec.long
	// Images and scripts are no answers.
	rec.answer = textual(kind) && (len(rec.page) > 2 || rec.ex.Status >= 300)
	if r.found >= 2*maxMessages {
		return
	}
	for _, m := range r.requestMessages(rec) {
		rec.found = append(rec.found, delivery{m: m, from: fromRequest})
	}
	for _, m := range r.redirectMessages(rec) {
		rec.found = append(rec.found, delivery{m: m, from: fromRedirect})
	}
	for _, m := range r.pageMessages(rec) {
		rec.found = append(rec.found, delivery{m: m, from: fromPage})
	}
	r.found += len(rec.found)
	rec.carries = len(rec.found) > 0
}

// assemble makes the trace of exchanges that have been searched. A message
// that an identity provider's page or redirect carried first and the browser
// then delivered is one message: the delivery, with the page recorded in it.
func (r *reader) assemble(entries []*recorded) {
	slices.SortStableFunc(entries, orderOfTime(entries))
	var found []delivery
	for i, rec := range entries {
		r.trace.Exchanges = append(r.trace.Exchanges, rec.ex)
		for _, d := range rec.found {
			d.order = i
			found = append(found, d)
		}
		rec.carries = false // fold says which count
		if slices.ContainsFunc(rec.found, func(d delivery) bool { return d.from == fromRequest }) {
			rec.carries = true
		}
	}
	for _, d := range fold(found, entries) {
		r.add(d.m)
	}
	keepBodies(entries)
}

// orderOfTime compares by start. An exchange without a time belongs behind the
// one before it.
func orderOfTime(entries []*recorded) func(a, b *recorded) int {
	at := make(map[*recorded]time.Time, len(entries))
	var last time.Time
	for _, rec := range entries {
		if !rec.ex.Started.IsZero() {
			last = rec.ex.Started
		}
		at[rec] = last
	}
	return func(a, b *recorded) int { return at[a].Compare(at[b]) }
}

// exchangeCapture is the place in an exchange.
func (r *reader) exchangeCapture(rec *recorded, from origin) *Capture {
	c := r.capture()
	c.Entry, c.Exchange, c.Time = rec.ex.Entry, rec.ex, rec.ex.Started
	if from != fromRequest {
		c.InResponse = true
		if !c.Time.IsZero() {
			c.Time = c.Time.Add(rec.ex.Duration)
		}
	}
	return c
}

// requestMessages are the messages that a request delivered.
func (r *reader) requestMessages(rec *recorded) []*Message {
	ex := rec.ex
	if len(ex.Query) == 0 && rec.bare && rec.saml == "" {
		return nil
	}
	steps := r.steps(rec)
	proto := found{capture: r.exchangeCapture(rec, fromRequest), encoding: wire, steps: steps}

	proto.transport = inQuery
	messages := r.paramsIn(ex.Query, proto, "query parameter")

	var body []byte
	if rec.body != nil && (mentionsMessage(rec.body) || rec.body64 || mediaType(ex.RequestType) == "application/x-www-form-urlencoded") {
		body = rec.requestBody()
	}
	fields, isForm := formFields(ex, body, rec.fields)
	proto.transport = inForm
	inBody := r.paramsIn(fields, proto, "form field")
	if !isForm && len(inBody) == 0 && mentionsMessage(body) {
		inBody = r.bodyMessages(bytes.Clone(body), ex.RequestType, r.exchangeCapture(rec, fromRequest), steps)
	}
	if len(inBody) == 0 && rec.saml != "" && len(messages) == 0 {
		inBody = r.tracedMessage(rec)
	}
	if len(inBody) > 0 {
		ex.Form = fields
		if len(body) <= maxBody {
			ex.RequestBody = bytes.Clone(body)
		}
	}
	return append(messages, inBody...)
}

func (r *reader) steps(rec *recorded) []Step {
	return []Step{{Name: entryName(r.trace.Kind) + " " + strconv.Itoa(rec.ex.Entry)}}
}

// formFields are the fields of a form body: from the body as it was sent where
// the capture has it, else from the exporter's list.
func formFields(ex *Exchange, body []byte, listed []Param) (fields []Param, isForm bool) {
	listed = decodedParams(listed)
	kind := mediaType(ex.RequestType)
	if kind == "" {
		kind = mediaType(header(ex.RequestHeaders, "Content-Type"))
	}
	if kind == "multipart/form-data" {
		if parts := multipartFields(ex, body); len(parts) > 0 {
			return parts, true
		}
		return listed, true
	}
	body = withoutHeaders(body)
	if kind != "application/x-www-form-urlencoded" && (len(listed) == 0 || looksXML(body)) {
		if kind != "" || !looksForm(body) {
			return nil, false
		}
	}
	sent := parseParams(body)
	// Exporters cut long bodies; then the list may still be whole.
	if longest(sent) >= longest(listed) && len(sent) > 0 {
		return sent, true
	}
	return listed, true
}

func longest(params []Param) int {
	n := 0
	for _, p := range params {
		n = max(n, len(p.Value))
	}
	return n
}

func looksForm(body []byte) bool {
	name, _, ok := bytes.Cut(body[:min(len(body), 100)], []byte("="))
	return ok && len(name) > 0 && !slices.ContainsFunc(name, func(c byte) bool { return !isParamByte(c) && c != '%' && c != '.' && c != '+' })
}

// withoutHeaders drops the headers that Firefox has put before a form body.
func withoutHeaders(body []byte) []byte {
	if !bytes.HasPrefix(body, []byte("Content-")) {
		return body
	}
	if _, after, ok := bytes.Cut(body, []byte("\r\n\r\n")); ok {
		return after
	}
	return body
}

func multipartFields(ex *Exchange, body []byte) []Param {
	_, params, err := mime.ParseMediaType(ex.RequestType)
	if err != nil || params["boundary"] == "" {
		_, params, err = mime.ParseMediaType(header(ex.RequestHeaders, "Content-Type"))
	}
	if err != nil || params["boundary"] == "" {
		return nil
	}
	var fields []Param
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for len(fields) < 1000 {
		part, err := parts.NextRawPart()
		if err != nil {
			break
		}
		var value bytes.Buffer
		_, err = value.ReadFrom(part)
		if err == nil && part.FormName() != "" {
			fields = append(fields, Param{Name: part.FormName(), Value: value.String()})
		}
	}
	return fields
}

// bodyMessages are the messages in a body that is XML or JSON.
func (r *reader) bodyMessages(body []byte, contentType string, c *Capture, steps []Step) []*Message {
	sub := &reader{input: r.input, limits: r.limits, maxSize: r.maxSize, budget: r.budget, trace: &Trace{Input: r.input, Kind: r.trace.Kind}}
	switch {
	case looksXML(body) && !looksHTML(bytes.TrimSpace(body)):
		if !strings.Contains(contentType, "xml") && !isMessageName(localName(rootName(body))) && !isCarrierRoot(rootName(body)) {
			return nil
		}
		if sub.keepXML(body, false) != nil {
			return nil
		}
	case strings.Contains(contentType, "json"):
		if sub.jsonStrings(body) != nil {
			return nil
		}
	}
	r.budget = sub.budget
	for _, m := range sub.trace.Messages {
		raw := m.Capture.Raw
		own := *c
		own.Raw = bytes.Clone(raw)
		m.Capture = &own
		m.Steps = append(slices.Clone(steps), m.Steps...)
	}
	return sub.trace.Messages
}

// redirectMessages are the messages in the URL that a response redirects to.
func (r *reader) redirectMessages(rec *recorded) []*Message {
	if !mentionsMessage([]byte(rec.ex.Redirect)) {
		return nil
	}
	c := r.exchangeCapture(rec, fromRedirect)
	c.Action, _, _ = strings.Cut(rec.ex.Redirect, "?")
	c.FormMethod = "GET"
	steps := append(r.steps(rec), Step{Name: "redirect"})
	return r.paramsIn(urlQuery(rec.ex.Redirect), found{capture: c, encoding: wire, transport: inQuery, steps: steps}, "query parameter")
}

// pageMessages are the messages in a response body: forms that the page would
// post, or a SOAP answer.
func (r *reader) pageMessages(rec *recorded) []*Message {
	kind := mediaType(rec.ex.ResponseType)
	if len(rec.page) < 40 || !textual(kind) || !rec.page64 && !mayCarry(rec.page) {
		return nil
	}
	page := rec.responseBody()
	if rec.page64 && !mayCarry(page) {
		return nil
	}
	c := r.exchangeCapture(rec, fromPage)
	steps := append(r.steps(rec), Step{Name: "response page"})
	if looksHTML(bytes.TrimSpace(page)) || strings.Contains(kind, "html") {
		return r.formMessages(page, rec.ex.URL, c, steps)
	}
	if mentionsSAML(page) {
		return r.bodyMessages(bytes.Clone(page), kind, c, steps)
	}
	return nil
}

// mayCarry is mentionsMessage for pages, whose fields may have any name: base64
// of markup starts in few ways.
func mayCarry(page []byte) bool {
	return mentionsMessage(page) || holdsMarkup(page)
}

// holdsMarkup reports whether page has base64 that may be markup.
func holdsMarkup(page []byte) bool {
	for {
		i := bytes.IndexByte(page, 'P')
		if i < 0 || len(page)-i < 6 {
			return false
		}
		switch string(page[i : i+5]) {
		case "PHNhb", "PHNhT", "PD94b", "PG5zM", "PHA6U", "PEF1d", "PFNBT":
			return true
		case "PFJlc":
			return page[i+5] == '3'
		}
		page = page[i+1:]
	}
}

// keyOf tells messages apart by their content.
func keyOf(m *Message) [sha256.Size]byte {
	if m.XML != nil {
		return sha256.Sum256(m.XML)
	}
	return sha256.Sum256(append([]byte("raw "), bytes.Join(bytes.Fields(m.Capture.Raw), nil)...))
}

// fold joins the copy of a message in a page or a redirect with its deliveries.
func fold(found []delivery, entries []*recorded) []delivery {
	delivered := map[[sha256.Size]byte][]delivery{}
	for _, d := range found {
		if d.from == fromRequest {
			k := keyOf(d.m)
			delivered[k] = append(delivered[k], d)
		}
	}
	seen := map[[sha256.Size]byte]bool{} // copies that no request delivered
	var out []delivery
	for _, d := range found {
		if d.from == fromRequest {
			out = append(out, d)
			continue
		}
		k := keyOf(d.m)
		page := d.m.Capture.Exchange
		if copies := delivered[k]; len(copies) > 0 {
			for _, later := range copies {
				// The last copy before a delivery is the one it came from.
				if later.order > d.order {
					later.m.Capture.Page = page
					entries[d.order].carries = true
				}
			}
			continue
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		entries[d.order].carries = true
		if i := silentDelivery(d, entries); i >= 0 {
			ex := entries[i].ex
			d.m.Capture.Delivered = ex
			entries[i].carries = true
			if !ex.Started.IsZero() {
				d.m.Capture.Time = ex.Started
			}
		}
		out = append(out, d)
	}
	return out
}

// silentDelivery is the first later exchange to where a page posts its form,
// when the capture has it without a body; -1 when there is none.
func silentDelivery(d delivery, entries []*recorded) int {
	action, _, _ := strings.Cut(d.m.Capture.Action, "#")
	if d.from != fromPage || action == "" {
		return -1
	}
	for i := d.order + 1; i < len(entries); i++ {
		ex := entries[i].ex
		target, _, _ := strings.Cut(ex.URL, "#")
		if target == action && ex.Method == d.m.Capture.FormMethod && entries[i].bare {
			return i
		}
	}
	return -1
}

// keepBodies copies the response bodies around messages out of the input.
func keepBodies(entries []*recorded) {
	left := 0
	for _, rec := range entries {
		if rec.carries {
			left = follows + 1
		}
		if left == 0 {
			continue
		}
		if !rec.answer {
			continue
		}
		left--
		if len(rec.page) > 4*maxBody { // escapes included
			continue
		}
		if body := rec.responseBody(); len(body) > 0 && len(body) <= maxBody {
			rec.ex.ResponseBody = bytes.Clone(body)
		}
	}
}
