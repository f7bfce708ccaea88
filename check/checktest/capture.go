package checktest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"time"
)

// exchange is one entry of a capture.
type exchange struct {
	method string // POST when empty
	url    string // the ACS when empty
	after  time.Duration
	// body is posted as mime, a form when that is empty.
	body, mime string
	status     int      // 200 when 0; see noAnswer
	page       string   // what came back
	pageType   string   // its media type; HTML when empty
	location   string   // where the answer sent the browser
	sent, got  []string // header fields of request and response, "Name: value"
}

// noAnswer is the status of an exchange in which nothing came back.
const noAnswer = -1

// capture is a HAR file of exchanges, as a browser exports it.
func capture(exchanges ...exchange) string {
	type object = map[string]any
	entries := make([]object, len(exchanges))
	for i, e := range exchanges {
		if e.method == "" {
			e.method = "POST"
		}
		if e.url == "" {
			e.url = ACS
		}
		if e.mime == "" {
			e.mime = "application/x-www-form-urlencoded"
		}
		switch e.status {
		case noAnswer:
			e.status = 0
		case 0:
			e.status = 200
		}
		request := object{"method": e.method, "url": e.url, "httpVersion": "HTTP/2", "headers": headers(e.sent), "queryString": []object{}}
		if e.body != "" {
			request["postData"] = object{"mimeType": e.mime, "text": e.body}
		}
		response := object{"status": e.status, "headers": headers(e.got)}
		if e.page != "" {
			response["content"] = object{"mimeType": cmp.Or(e.pageType, "text/html"), "text": e.page}
		}
		if e.location != "" {
			response["redirectURL"] = e.location
		}
		entries[i] = object{
			"startedDateTime": delivered.Add(e.after).Format("2006-01-02T15:04:05.000Z"),
			"time":            80, "request": request, "response": response,
		}
	}
	har, err := json.MarshalIndent(object{"log": object{"version": "1.2", "creator": object{"name": "fixture", "version": "1"}, "entries": entries}}, "", " ")
	if err != nil {
		panic(err) // only strings and numbers are in it
	}
	return string(har) + "\n"
}

// headers are header fields as a HAR lists them.
func headers(fields []string) []map[string]any {
	list := make([]map[string]any, len(fields))
	for i, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		list[i] = map[string]any{"name": name, "value": value}
	}
	return list
}

// encode is xml as a form carries it before percent-encoding.
func encode(xml string) string { return base64.StdEncoding.EncodeToString([]byte(xml)) }

// field is one field of a form body, or one parameter of a query.
func field(name, value string) string { return name + "=" + url.QueryEscape(value) }

// posted is the body of a form that carries xml as its SAMLResponse.
func posted(xml string) string { return field("SAMLResponse", encode(xml)) }

// deflate wraps s as a DEFLATE stream of stored blocks, which are the same
// bytes whatever compressor there is.
func deflate(s string) string {
	const most = 0xffff
	var b strings.Builder
	for {
		block := s[:min(len(s), most)]
		s = s[len(block):]
		final := byte(0)
		if s == "" {
			final = 1
		}
		n := uint16(len(block))
		b.Write([]byte{final, byte(n), byte(n >> 8), byte(^n), byte(^n >> 8)})
		b.WriteString(block)
		if final == 1 {
			return b.String()
		}
	}
}

// autoSubmit is the page that makes a browser post xml to action.
func autoSubmit(method, action, xml string) string {
	return fmt.Sprintf("<!DOCTYPE html>\n<html><body onload=\"document.forms[0].submit()\">\n<form method=%q action=%q>\n<input type=\"hidden\" name=%q value=%q>\n</form>\n</body></html>\n",
		method, html.EscapeString(action), "SAMLResponse", encode(xml))
}
