package decode

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
)

// looksCurl reports whether text starts with a cURL command, comments and a
// prompt aside.
func looksCurl(b []byte) bool {
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		if len(b) == 0 || b[0] != '#' {
			break
		}
		_, b, _ = bytes.Cut(b, []byte("\n"))
	}
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("$")), " ")
	return startsCommand(b, "curl") || startsCommand(b, "curl.exe")
}

// startsCommand reports whether b starts with that word, its case aside.
func startsCommand(b []byte, word string) bool {
	return len(b) > len(word) && strings.EqualFold(string(b[:len(word)]), word) && (isBlank(b[len(word)]) || b[len(word)] == '^')
}

// readCurl reads cURL commands, as browsers and proxies copy requests.
func (r *reader) readCurl(body []byte) *Error {
	r.setKind(KindCurl)
	split := bashCommands
	if looksCmd(body) {
		split = cmdCommands
	}
	list := split(body)
	var calls []*curlCall
	for _, c := range list {
		for i := range min(2, len(c.words)) { // behind a prompt
			if name := strings.ToLower(c.words[i]); name == "curl" || name == "curl.exe" {
				calls = append(calls, curlCalls(c.words[i+1:])...)
				break
			}
		}
	}
	entries := make([]*recorded, 0, len(calls))
	for _, call := range calls {
		if len(entries) >= maxMessages {
			break
		}
		rec := call.record()
		rec.ex.Entry = len(entries)
		entries = append(entries, rec)
		for _, file := range call.files {
			r.note("the cURL command %d sends the file %s, which is not in the command", rec.ex.Entry, quote(file))
		}
	}
	return r.commandMessages(entries, cutOffCommands(list), "curl-no-saml", "a cURL command")
}

// commandMessages finds the messages in requests that were copied as commands.
func (r *reader) commandMessages(entries []*recorded, cut bool, reason, what string) *Error {
	for _, rec := range entries {
		rec.ex.complete()
	}
	if cut {
		r.note("%s ends within quotes: it is cut off", what)
	}
	r.captureMessages(entries)
	if len(r.trace.Messages) > 0 {
		return nil
	}
	return r.exchangesError(entries, reason, what, "copy the request that posts the SAMLResponse, with its body")
}

// curlCall is what the options of one request of a cURL command say. Their
// meaning is that of curl's manual.
type curlCall struct {
	url     string
	method  string
	headers []Header
	data    []string
	hasData bool
	json    bool
	get     bool // -G: the data go into the URL
	head    bool
	upload  bool
	fields  []Param // -F
	query   []string
	files   []string // that hold what is sent
}

// maxCalls is how many requests of one command are read.
const maxCalls = 100

// curlCalls are the requests of the words behind curl; --next and further URLs
// begin another.
func curlCalls(words []string) []*curlCall {
	var list []*curlCall
	c := &curlCall{}
	end := func(next *curlCall) {
		if c.url != "" {
			list = append(list, c)
		}
		c = next
	}
	for i := 0; i < len(words) && len(list) < maxCalls; i++ {
		word := words[i]
		// An option takes the next word where none is left of its own.
		value := func(own string) string {
			if own != "" {
				return own
			}
			if i+1 < len(words) {
				i++
				return words[i]
			}
			return ""
		}
		switch {
		case word == "--next" || word == "-:":
			end(&curlCall{})
		case word == ">" || word == "<" || word == ">>" || word == "2>":
			i++ // a file of the shell
		case strings.HasPrefix(word, "--"):
			name, own, _ := strings.Cut(word[2:], "=")
			if curlTakesValue(name) {
				c.option(name, value(own), end)
			} else {
				c.option(name, "", end)
			}
		case len(word) > 1 && word[0] == '-':
			for j := 1; j < len(word); j++ {
				name := curlLong(word[j])
				if curlTakesValue(name) {
					c.option(name, value(word[j+1:]), end)
					break
				}
				c.option(name, "", end)
			}
		case word != "-" && word != "":
			c.option("url", word, end)
		}
	}
	end(nil)
	return list
}

// curlLong is the long form of a one-letter option that matters here, or that
// takes a value; empty for the rest.
func curlLong(letter byte) string {
	switch letter {
	case 'A':
		return "user-agent"
	case 'b':
		return "cookie"
	case 'd':
		return "data"
	case 'e':
		return "referer"
	case 'F':
		return "form"
	case 'G':
		return "get"
	case 'H':
		return "header"
	case 'I':
		return "head"
	case 'T':
		return "upload-file"
	case 'X':
		return "request"
	case 'c', 'C', 'D', 'E', 'h', 'K', 'm', 'o', 'P', 'Q', 'r', 't', 'u', 'U', 'w', 'x', 'y', 'Y', 'z':
		return "output" // any that takes a value
	}
	return ""
}

// curlTakesValue reports whether a long option is followed by its value.
func curlTakesValue(name string) bool {
	return slices.Contains([]string{
		"url", "header", "data", "data-raw", "data-binary", "data-ascii", "data-urlencode", "json", "request", "cookie",
		"user-agent", "referer", "form", "form-string", "url-query", "upload-file", "output", "user", "proxy", "proxy-user",
		"cookie-jar", "connect-timeout", "max-time", "cert", "key", "cacert", "capath", "cert-type", "key-type", "pass",
		"resolve", "connect-to", "write-out", "retry", "retry-delay", "retry-max-time", "interface", "dump-header", "range",
		"max-redirs", "ciphers", "tls13-ciphers", "tls-max", "curves", "oauth2-bearer", "aws-sigv4", "config", "unix-socket",
		"abstract-unix-socket", "limit-rate", "max-filesize", "noproxy", "preproxy", "socks5", "socks5-hostname", "socks4",
		"socks4a", "request-target", "time-cond", "trace", "trace-ascii", "stderr", "dns-servers", "doh-url", "expect100-timeout",
		"keepalive-time", "local-port", "output-dir", "pinnedpubkey", "proto", "proto-redir", "proto-default", "speed-limit",
		"speed-time", "variable", "netrc-file", "service-name", "quote", "continue-at", "crlfile", "engine", "happy-eyeballs-timeout-ms",
	}, name)
}

// option takes one option in. end finishes the request before a second URL.
func (c *curlCall) option(name, value string, end func(*curlCall)) {
	switch name {
	case "url":
		if c.url != "" { // the other options are the same for all
			next := *c
			end(&next)
			next.url = value
			return
		}
		c.url = value
	case "request":
		c.method = value
	case "header":
		c.headers = appendHeader(c.headers, strings.TrimLeft(value, " "))
	case "user-agent":
		c.headers = append(c.headers, Header{"User-Agent", value})
	case "referer":
		c.headers = append(c.headers, Header{"Referer", value})
	case "cookie":
		if strings.Contains(value, "=") { // else a file
			c.headers = append(c.headers, Header{"Cookie", value})
		}
	case "data", "data-ascii", "data-binary", "json", "data-raw":
		c.json = c.json || name == "json"
		if file, ok := strings.CutPrefix(value, "@"); ok && name != "data-raw" {
			c.files = append(c.files, file)
			value = ""
		}
		c.data, c.hasData = append(c.data, value), true
	case "data-urlencode":
		c.data, c.hasData = append(c.data, c.encoded(value)), true
	case "url-query":
		if raw, ok := strings.CutPrefix(value, "+"); ok {
			c.query = append(c.query, raw)
		} else {
			c.query = append(c.query, c.encoded(value))
		}
	case "form", "form-string":
		field, content, _ := strings.Cut(value, "=")
		if name == "form" && strings.HasPrefix(content, "@") || strings.HasPrefix(content, "<") {
			c.files = append(c.files, content[1:])
			content = ""
		}
		if name == "form" {
			content, _, _ = strings.Cut(strings.Trim(content, `"`), ";type=")
		}
		c.fields = append(c.fields, Param{Name: field, Value: content})
	case "upload-file":
		c.upload = true
		c.files = append(c.files, value)
	case "get":
		c.get = true
	case "head":
		c.head = true
	}
}

// encoded is the value of --data-urlencode: content, =content, name=content,
// @file or name@file.
func (c *curlCall) encoded(value string) string {
	i := strings.IndexAny(value, "=@")
	switch {
	case i < 0:
		return url.QueryEscape(value)
	case value[i] == '@':
		c.files = append(c.files, value[i+1:])
		value = value[:i] + "="
		return strings.TrimPrefix(value, "=")
	case i == 0:
		return url.QueryEscape(value[1:])
	}
	return value[:i+1] + url.QueryEscape(value[i+1:])
}

// record makes the exchange that the command would begin. What was answered is
// not known.
func (c *curlCall) record() *recorded {
	ex := &Exchange{Method: c.method, URL: c.url, RequestHeaders: c.headers}
	if !schemePattern.MatchString(ex.URL) {
		ex.URL = "http://" + ex.URL // as curl does
	}
	data := strings.Join(c.data, "&")
	if c.json {
		data = strings.Join(c.data, "")
	}
	query := c.query
	if c.get {
		query = append(query, c.data...)
	}
	if len(query) > 0 {
		sep := "?"
		if strings.Contains(ex.URL, "?") {
			sep = "&"
		}
		address, fragment, hash := strings.Cut(ex.URL, "#")
		if ex.URL = address + sep + strings.Join(query, "&"); hash {
			ex.URL += "#" + fragment
		}
	}
	rec := &recorded{plain: true, ex: ex}
	body := c.hasData && !c.get
	switch {
	case ex.Method != "":
	case c.head:
		ex.Method = methodHead
	case c.upload:
		ex.Method = methodPut
	case body || len(c.fields) > 0:
		ex.Method = methodPost
	default:
		ex.Method = methodGet
	}
	ex.RequestType = header(c.headers, "Content-Type")
	switch {
	case body:
		rec.body = []byte(data)
		if ex.RequestType == "" {
			ex.RequestType = "application/x-www-form-urlencoded"
			if c.json {
				ex.RequestType = "application/json"
			}
		}
	case len(c.fields) > 0:
		rec.fields = c.fields
		if ex.RequestType == "" {
			ex.RequestType = "multipart/form-data"
		}
	}
	return rec
}
