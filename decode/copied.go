package decode

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// looksFetch reports whether text starts with a call of JavaScript's fetch, as
// browsers copy requests.
func looksFetch(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	if rest, ok := bytes.CutPrefix(b, []byte("await")); ok {
		b = bytes.TrimLeft(rest, " \t\r\n")
	}
	rest, ok := bytes.CutPrefix(b, []byte("fetch("))
	if !ok {
		return false
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && rest[0] == '"'
}

// readFetch reads calls of fetch: a URL and an object of options, which
// browsers write as JSON.
func (r *reader) readFetch(body []byte) *Error {
	r.setKind(KindFetch)
	var entries []*recorded
	cut := false
	for rest := body; len(entries) < maxMessages; {
		_, after, ok := bytes.Cut(rest, []byte("fetch("))
		if !ok {
			break
		}
		rec := &recorded{plain: true, ex: &Exchange{Entry: len(entries)}}
		size, err := rec.fetch(after)
		rest = after[min(len(after), size):]
		if rec.ex.URL != "" {
			entries = append(entries, rec)
		}
		if cut = errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF); cut {
			break
		}
	}
	return r.commandMessages(entries, cut, "fetch-no-saml", "a fetch call")
}

// fetch reads the arguments of one call. size is how many bytes they take.
func (rec *recorded) fetch(b []byte) (size int, err error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if err := dec.Decode(&rec.ex.URL); err != nil {
		return 0, err
	}
	at := int(dec.InputOffset())
	rest := bytes.TrimLeft(b[at:], " \t\r\n")
	if len(rest) == 0 || rest[0] != ',' {
		return at, nil
	}
	at = len(b) - len(rest) + 1
	dec = json.NewDecoder(bytes.NewReader(b[at:]))
	var options struct {
		Method  string            `json:"method"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	}
	if err := dec.Decode(&options); err != nil {
		return at, err
	}
	rec.ex.Method = cmp.Or(options.Method, methodGet)
	for _, name := range slices.Sorted(maps.Keys(options.Headers)) {
		rec.ex.RequestHeaders = append(rec.ex.RequestHeaders, Header{name, options.Headers[name]})
	}
	rec.body = []byte(options.Body)
	return at + int(dec.InputOffset()), nil
}

// looksPowerShell reports whether text starts with a request in PowerShell, as
// browsers copy it.
func looksPowerShell(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	head := bytes.ToLower(b[:min(len(b), 4096)])
	if bytes.HasPrefix(head, []byte("invoke-webrequest")) || bytes.HasPrefix(head, []byte("invoke-restmethod")) {
		return true
	}
	return bytes.HasPrefix(head, []byte("$session")) && bytes.Contains(head, []byte("webrequestsession"))
}

// readPowerShell reads Invoke-WebRequest commands.
func (r *reader) readPowerShell(body []byte) *Error {
	r.setKind(KindPowerShell)
	list := powerShellCommands(body)
	var entries []*recorded
	for _, c := range list {
		for i, word := range c.words[:min(3, len(c.words))] { // behind "$x ="
			if w := strings.ToLower(word); w == "invoke-webrequest" || w == "invoke-restmethod" {
				rec := webRequest(c.words[i+1:])
				rec.ex.Entry = len(entries)
				entries = append(entries, rec)
				break
			}
		}
	}
	return r.commandMessages(entries, cutOffCommands(list), "powershell-no-saml", "a PowerShell command")
}

// webRequest makes the exchange that the parameters of Invoke-WebRequest ask for.
func webRequest(words []string) *recorded {
	rec := &recorded{plain: true, ex: &Exchange{Method: methodGet}}
	ex := rec.ex
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch strings.ToLower(words[i]) {
		case "-uri":
			ex.URL = value
		case "-method":
			ex.Method = value
		case "-contenttype":
			ex.RequestType = value
		case "-body":
			// Chrome passes what is no text as bytes, which stay unread.
			if !strings.HasPrefix(value, "(") {
				rec.body = []byte(value)
			}
		case "-useragent":
			ex.RequestHeaders = append(ex.RequestHeaders, Header{"User-Agent", value})
		case "-headers":
			if value != "@{" {
				continue
			}
			for i += 2; i < len(words) && words[i] != "}"; i++ {
				if i+2 < len(words) && words[i+1] == "=" {
					ex.RequestHeaders = append(ex.RequestHeaders, Header{words[i], words[i+2]})
					i += 2
				}
			}
			continue
		default:
			if i == 0 && schemePattern.MatchString(words[i]) {
				ex.URL = words[i]
			}
			continue
		}
		i++
	}
	if len(rec.body) > 0 && ex.RequestType == "" {
		ex.RequestType = header(ex.RequestHeaders, "Content-Type")
	}
	return rec
}
