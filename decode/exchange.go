package decode

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/url"
	"strings"
)

// The methods that requests copied as commands have.
const (
	methodGet  = "GET"
	methodHead = "HEAD"
	methodPost = "POST"
	methodPut  = "PUT"
)

// entryName is what one exchange of a capture of that kind is called.
func entryName(k Kind) string {
	switch k {
	case KindSAMLTracer:
		return "SAML-tracer request"
	case KindCurl:
		return "cURL command"
	case KindFetch:
		return "fetch call"
	case KindPowerShell:
		return "PowerShell request"
	case KindHTTP:
		return "HTTP exchange"
	case KindBurp:
		return "Burp item"
	case KindSAZ:
		return "Fiddler session"
	default:
		return "HAR entry"
	}
}

// requestBody is the body of the request without the quoting of the capture.
func (rec *recorded) requestBody() []byte {
	if rec.plain {
		return rec.body
	}
	return content(rec.body, rec.body64)
}

// responseBody is the body of the response without the quoting of the capture.
func (rec *recorded) responseBody() []byte {
	if rec.plain {
		return rec.page
	}
	return content(rec.page, rec.page64)
}

// complete fills in what follows from an exchange's URL and headers.
func (e *Exchange) complete() {
	e.Method = strings.ToUpper(e.Method)
	e.Query = urlQuery(e.URL)
	if e.RequestType == "" {
		e.RequestType = header(e.RequestHeaders, "Content-Type")
	}
	e.ResponseType = header(e.ResponseHeaders, "Content-Type")
	e.setRedirect("")
}

// setHost makes the target of a request a URL. A scheme that nothing tells is
// assumed to be https, unless context speaks of the host by http alone.
func (e *Exchange) setHost(target, scheme, host string, context []byte) (assumed bool) {
	switch {
	case schemePattern.MatchString(target) || host == "":
		e.URL = target
		return false
	case scheme != "":
	case strings.HasSuffix(host, ":443"):
		scheme = "https"
	case strings.HasSuffix(host, ":80"), mentionsHost(context, "http://", host) && !mentionsHost(context, "https://", host):
		scheme = "http"
	default:
		scheme, assumed = "https", true
	}
	host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[scheme])
	if !strings.HasPrefix(target, "/") {
		target = "/" + strings.TrimPrefix(target, "*")
	}
	e.URL = scheme + "://" + host + target
	return assumed
}

// mentionsHost looks for a URL of that scheme and host, percent-encoded or not.
func mentionsHost(b []byte, scheme, host string) bool {
	return bytes.Contains(b, []byte(scheme+host)) || bytes.Contains(b, []byte(url.QueryEscape(scheme+host)))
}

// appendHeader adds a field of a message head. A blank before the name
// continues the field before it (RFC 9112, section 5.2).
func appendHeader(headers []Header, line string) []Header {
	if line != "" && isBlank(line[0]) && len(headers) > 0 {
		headers[len(headers)-1].Value += " " + strings.TrimSpace(line)
		return headers
	}
	at := strings.IndexByte(line[min(len(line), 1):], ':') // the name may start with one
	if at < 0 {
		return headers
	}
	return append(headers, Header{Name: strings.TrimSpace(line[:at+1]), Value: strings.TrimSpace(line[at+2:])})
}

// maxCoded bounds what the content coding of one body may make of it, in bytes.
const maxCoded = 16 << 20

// decoded undoes the content coding of a body (RFC 9110, section 8.4.1). What
// cannot be undone stays as it is.
func decoded(body []byte, headers []Header) []byte {
	for coding := range strings.SplitSeq(header(headers, "Content-Encoding"), ",") {
		var r io.Reader
		var err error
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			r, err = gzip.NewReader(bytes.NewReader(body))
		case "deflate":
			// By the book it is zlib; some servers send the raw stream.
			if r, err = zlib.NewReader(bytes.NewReader(body)); err != nil {
				r, err = flate.NewReader(bytes.NewReader(body)), nil
			}
		default:
			return body
		}
		if err != nil {
			return body
		}
		// A body that is cut off is still worth its beginning.
		out, _ := io.ReadAll(io.LimitReader(r, maxCoded))
		if len(out) == 0 {
			return body
		}
		body = out
	}
	return body
}

// dechunk undoes the chunked transfer coding (RFC 9112, section 7.1). size is
// how many bytes of b it takes; ok is false when b is not chunked, or damaged
// before its first chunk ends.
func dechunk(b []byte) (body []byte, size int, ok bool) {
	for at := 0; ; {
		eol := bytes.IndexByte(b[at:min(len(b), at+1024)], '\n')
		if eol < 0 {
			return body, len(b), at > 0
		}
		line, _, _ := bytes.Cut(bytes.TrimSpace(b[at:at+eol]), []byte(";"))
		n, valid := hexNumber(bytes.TrimSpace(line))
		start := at + eol + 1
		switch {
		case !valid:
			return body, at, at > 0
		case n == 0:
			return body, trailers(b, start), true
		case n > len(b)-start:
			return append(body, b[start:]...), len(b), true
		}
		body = append(body, b[start:start+n]...)
		at = start + n
		if at < len(b) && b[at] == '\r' {
			at++
		}
		if at < len(b) && b[at] == '\n' {
			at++
		}
	}
}

// trailers is where the trailer section that starts at b[at] ends.
func trailers(b []byte, at int) int {
	for at < len(b) {
		line, _, more := bytes.Cut(b[at:], []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) > 0 && bytes.IndexByte(line, ':') <= 0 || isStartLine(line) {
			return at
		}
		next := at + bytes.IndexByte(b[at:], '\n') + 1
		if !more {
			return len(b)
		}
		at = next
		if len(line) == 0 {
			return at
		}
	}
	return at
}

// hexNumber reads at most seven hexadecimal digits.
func hexNumber(s []byte) (n int, ok bool) {
	for _, c := range s {
		d, isHex := unhex(c)
		if !isHex {
			return 0, false
		}
		n = n<<4 | int(d)
	}
	return n, len(s) > 0 && len(s) < 8
}
