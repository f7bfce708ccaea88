package decode

import (
	"bytes"
	"regexp"
)

// parseParams splits a query string or a form-encoded body. Names and values
// are decoded, values kept raw as well.
func parseParams(b []byte) []Param {
	var params []Param
	for pair := range bytes.SplitSeq(b, []byte("&")) {
		if len(pair) == 0 {
			continue
		}
		// A URL copied from the source of a page has &amp; between parameters.
		pair = bytes.TrimPrefix(pair, []byte("amp;"))
		name, value, _ := bytes.Cut(pair, []byte("="))
		params = append(params, Param{Name: formDecode(name), Value: formDecode(value), Raw: string(value)})
	}
	return params
}

func formDecode(b []byte) string {
	if bytes.IndexByte(b, '%') < 0 && bytes.IndexByte(b, '+') < 0 {
		return string(b)
	}
	p := peeled{b: b}
	p.apply(formPercent)
	return string(p.b)
}

// paramsIn are the messages in the parameters of one list. proto says what they
// have in common: transport, encoding, steps, and whose capture each gets a
// copy of.
func (r *reader) paramsIn(params []Param, proto found, what string) []*Message {
	var messages []*Message
	proto.beside = siblingsIn(params)
	for i := range params {
		if len(r.trace.Messages)+len(messages) >= maxMessages {
			break
		}
		p := &params[i]
		f := proto
		f.name = p.Name
		f.role, f.closeness = parameterRole(p.Name)
		f.named = f.closeness >= sameLetter
		f.raw = []byte(p.Raw)
		if p.Raw == "" {
			f.raw, f.encoding = []byte(p.Value), plain
		}
		if !f.named && !probe([]byte(p.Value)) {
			continue
		}
		if f.closeness == similar && f.role == roleArtifact {
			continue
		}
		c := *proto.capture
		f.capture = &c
		f.steps = append(append([]Step(nil), proto.steps...), Step{Name: what + " " + p.Name})
		if m := r.message(f); m != nil {
			messages = append(messages, m)
		}
	}
	return messages
}

var schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]{1,20}://`)

// splitURL takes the query and the fragment out of a URL, absolute or not. ok
// is false for what is no URL with either.
func splitURL(b []byte) (query, fragment []byte, ok bool) {
	q := bytes.IndexByte(b, '?')
	if eq := bytes.IndexByte(b, '='); q >= 0 && eq >= 0 && eq < q && !schemePattern.Match(b) {
		q = -1 // the question mark belongs to a value
	}
	hash := bytes.IndexByte(b, '#')
	switch {
	case q < 0 && hash < 0:
		return nil, nil, false
	case q < 0:
		return nil, b[hash+1:], b[0] == '#' || b[0] == '/' || schemePattern.Match(b)
	}
	query = b[q+1:]
	// SigAlg holds a # that is no fragment when a URL was copied decoded.
	hash = bytes.IndexByte(query, '#')
	if hash >= 0 {
		last := query[bytes.LastIndexByte(query[:hash], '&')+1 : hash]
		if !bytes.HasPrefix(last, []byte("SigAlg=http")) {
			query, fragment = query[:hash], query[hash+1:]
		}
	}
	return query, fragment, true
}

// paramMessages reads a token as a URL, a query string or a form body.
func (r *reader) paramMessages(token []byte, proto found) (messages []*Message, kind Kind) {
	if proto.encoding == plain {
		proto.encoding = maybePlain
	}
	if query, fragment, ok := splitURL(token); ok {
		proto.transport = inQuery
		messages = r.paramsIn(parseParams(query), proto, "query parameter")
		if len(fragment) > 0 {
			messages = append(messages, r.paramsIn(parseParams(fragment), proto, "fragment parameter")...)
		}
		return messages, KindQuery
	}
	params := parseParams(token)
	if proto.transport != inForm {
		proto.transport = pastedPair
	}
	kind, what := KindForm, "form field"
	if sibling(params, "SigAlg") != nil {
		proto.transport, kind, what = inQuery, KindQuery, "query parameter"
	}
	messages = r.paramsIn(params, proto, what)
	for _, m := range messages {
		if proto.transport == pastedPair && m.Binding == BindingRedirect {
			kind = KindQuery
			m.Steps[len(proto.steps)].Name = "query parameter " + m.Param
		}
	}
	return messages, kind
}

// readParams reads data that the caller says is a query, URL or form body.
func (r *reader) readParams(body []byte) *Error {
	token := bytes.TrimSpace(body)
	proto := found{capture: r.capture(), encoding: wire}
	if r.trace.Kind == KindForm {
		proto.transport = inForm
	}
	if r.trace.Kind == KindQuery {
		if _, _, ok := splitURL(token); !ok {
			token = append([]byte("?"), token...)
		}
	}
	messages, _ := r.paramMessages(token, proto)
	for _, m := range messages {
		r.add(m)
	}
	if len(messages) > 0 {
		return nil
	}
	if r.redacted > 0 {
		return r.redactedError()
	}
	return newError("no-saml", "the input has no parameter SAMLResponse, SAMLRequest, SAMLart or wresult", hintWhatToGive)
}

// readBase64 reads data that is base64 as a whole; a failure is a finding.
func (r *reader) readBase64(body []byte) *Error {
	r.setKind(KindBase64)
	if r.add(r.message(found{capture: r.capture(), raw: body, transport: pasted, named: true})) {
		return nil
	}
	return r.redactedError()
}

// redactedError says that the only value there was is a placeholder.
func (r *reader) redactedError() *Error {
	return newError("redacted", "the SAML value in the input was replaced by a placeholder", "copy it again without hiding values")
}

// readLoose reads text that is no markup and no JSON: a query, a URL, a form
// body, base64, or something that holds one of these.
func (r *reader) readLoose(body []byte) *Error {
	token := bytes.TrimSpace(body)
	blanks := bytes.ContainsAny(token, " \t\r\n")
	if !blanks && bytes.IndexByte(token, '=') > 0 {
		if messages, kind := r.paramMessages(token, found{capture: r.capture()}); len(messages) > 0 {
			r.trace.Kind = kind
			for _, m := range messages {
				m.Capture.Kind = kind
				r.add(m)
			}
			return nil
		}
	}
	bare := base64Share(token) >= 0.9
	if bare && !namesParameter(token) {
		c := r.capture()
		c.Kind = KindBase64
		m := r.message(found{capture: c, raw: body, transport: pasted, named: true})
		// What goes on after its padding may be several values.
		if m != nil && m.has("blank-for-plus") {
			// A remark of a few words below the value hardly lowers its share.
			if value, _, below := bytes.Cut(bytes.ReplaceAll(token, []byte("\r"), nil), []byte("\n\n")); below {
				if alone := r.message(found{capture: c, raw: value, transport: pasted, named: true}); whole([]*Message{alone}) {
					m = alone
				}
			}
		}
		if m != nil && !m.fatal() && !m.has("data-after-padding") {
			r.trace.Kind = KindBase64
			r.add(m)
			return nil
		}
	}
	r.trace.Kind = KindText
	if r.scanText(body, nil) {
		return nil
	}
	if bare {
		r.trace.Kind = KindAuto
		return r.readBase64(body)
	}
	if !blanks && schemePattern.Match(token) {
		return newError("url-no-saml", "the URL has no parameter SAMLResponse, SAMLRequest, SAMLart or wresult: "+quote(token),
			"the answer of an identity provider usually travels in a form (POST), not in the URL: export a HAR file, or copy the form field SAMLResponse")
	}
	if r.redacted > 0 {
		return r.redactedError()
	}
	return newError("no-saml", "no SAML message was found in the text, which starts with "+quote(token), hintWhatToGive)
}

// readText reads text of any kind that holds messages.
func (r *reader) readText(body []byte) *Error {
	if r.scanText(body, nil) {
		return nil
	}
	return newError("no-saml", "no SAML message was found in the text, which starts with "+quote(bytes.TrimSpace(body)), hintWhatToGive)
}

// readLines reads one message a line. A line that cannot be read is a finding:
// the caller said that it is a message.
func (r *reader) readLines(body []byte) *Error {
	n := 0
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		n++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || r.full() {
			continue
		}
		at := Step{Name: "line " + count(n)}
		sub := &reader{input: r.input, limits: r.limits, maxSize: r.maxSize, budget: r.budget, trace: &Trace{Input: r.input}}
		err := sub.read(line, KindAuto)
		r.budget = sub.budget
		r.redacted += sub.redacted
		if err != nil {
			m := &Message{Capture: sub.capture(), Problems: []Problem{{Stage: StageParameter, ID: err.Reason, Text: err.Text, Fatal: true, Offset: -1}}}
			m.Capture.Raw = bytes.Clone(line)
			sub.trace.Messages = []*Message{m}
		}
		for _, m := range sub.trace.Messages {
			m.Steps = append([]Step{at}, m.Steps...)
			m.Capture.Kind = KindLines
			r.add(m)
		}
		r.trace.Exchanges = append(r.trace.Exchanges, sub.trace.Exchanges...)
	}
	return nil
}
