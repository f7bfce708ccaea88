package check

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/decode"
)

// maxSaid is how much of what a service said is quoted, in bytes.
const maxSaid = 300

// saidBy is what e tells a person: the part of a page that it marks as its
// message, else all of it; of JSON the members that tell an error; of anything
// else the text without its tags.
func saidBy(e *decode.Exchange) string {
	if isJSON(e) {
		if text := jsonError(e.ResponseBody); text != "" {
			return shortened(text)
		}
	}
	page := decode.ReadPage(e.ResponseBody)
	if len(page.Text) <= maxSaid {
		if page.Text == "" {
			return shortened(page.Title)
		}
		return strings.ReplaceAll(page.Text, "\n", " / ")
	}
	return shortened(strings.Join(telling(&page), " / "))
}

// telling are the parts of a long page that tell of an error: the heading that
// does, what the page marks as a message, and what a trace of the program names
// as its cause; where none of these says what is wrong, what stands below the
// heading.
func telling(page *decode.Page) []string {
	re := regexp.MustCompile(errorWords)
	lines := strings.Split(page.Text, "\n")
	var parts []string
	add := func(text string) {
		if text != "" && !slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(p, text) }) {
			parts = append(parts, text)
		}
	}
	heading := ""
	if len(page.Headings) > 0 {
		heading = page.Headings[max(slices.IndexFunc(page.Headings, re.MatchString), 0)]
		add(heading)
	}
	said := false
	for _, m := range page.Marked {
		said = said || m != heading && re.MatchString(m)
		add(m)
	}
	if cause := traced(lines); cause != "" {
		add(cause)
		said = true
	}
	if said {
		return parts
	}
	for n, line := range lines[slices.Index(lines, heading)+1:] {
		if n >= maxBelow {
			break
		}
		add(line)
	}
	return parts
}

// maxBelow is how many lines below a heading are quoted at most.
const maxBelow = 10

// exceptionLine is how traces of PHP, Python, Java, Ruby and .NET name a fault:
// its class, then what it says.
const exceptionLine = `^(?:Caused by: )?[\pL_][\pL\d_.\\:$]*(?:Exception|Error)\b[^:]{0,100}: \S`

// traced is what a trace names as the first cause: the last "Caused by", else
// the line of an exception; empty when there is none.
func traced(lines []string) string {
	re := regexp.MustCompile(exceptionLine)
	found := ""
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "Caused by: "):
			found = line
		case found == "" && re.MatchString(line):
			found = line
		}
	}
	return found
}

func shortened(s string) string {
	if len(s) <= maxSaid {
		return s
	}
	end := maxSaid
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// statusWords names the status of e: "with HTTP status 403 (Forbidden)".
func statusWords(e *decode.Exchange) string {
	if text := reasonPhrase(e.Status); text != "" {
		return fmt.Sprintf("with HTTP status %d (%s)", e.Status, text)
	}
	return fmt.Sprintf("with HTTP status %d", e.Status)
}

// statusError is the first HTTP status that tells an error (RFC 9110 section 15.5).
const statusError = 400

// reasonPhrase is what an HTTP status of an error is called, for those that
// services answer a login with; package net/http, which knows them all, would
// bring a network with it.
func reasonPhrase(status int) string {
	switch status {
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 413:
		return "Content Too Large"
	case 415:
		return "Unsupported Media Type"
	case 422:
		return "Unprocessable Content"
	case 429:
		return "Too Many Requests"
	case 500:
		return "Internal Server Error"
	case 502:
		return "Bad Gateway"
	case 503:
		return "Service Unavailable"
	case 504:
		return "Gateway Timeout"
	}
	return ""
}

func mediaType(e *decode.Exchange) string {
	t, _, err := mime.ParseMediaType(e.ResponseType)
	if err != nil {
		return strings.ToLower(e.ResponseType)
	}
	return t
}

func isHTML(e *decode.Exchange) bool {
	t := mediaType(e)
	return strings.Contains(t, "html")
}

func isJSON(e *decode.Exchange) bool { return strings.HasSuffix(mediaType(e), "json") }

// jsonError is what the members of a JSON object tell of an error, in the order
// of how much they say; empty when they tell none.
func jsonError(body []byte) string {
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		return ""
	}
	for _, name := range []string{"error", "errors", "fault"} {
		switch v := object[name].(type) {
		case map[string]any:
			if text := firstText(v, "message", "description", "error_description", "detail", "code"); text != "" {
				return text
			}
		case []any:
			if len(v) == 0 {
				continue
			}
			if o, ok := v[0].(map[string]any); ok {
				return firstText(o, "message", "description", "detail", "title", "code")
			}
			if text, ok := v[0].(string); ok {
				return text
			}
		case string:
			if more := firstText(object, "error_description", "errorDescription", "message", "detail"); more != "" {
				return v + ": " + more
			}
			return v
		}
	}
	if refusal(object) {
		return firstText(object, "message", "msg", "detail", "description", "reason", "code", "status")
	}
	// A problem document of RFC 9457.
	if _, ok := object["status"]; ok {
		return firstText(object, "detail", "title")
	}
	return firstText(object, "errorMessage", "error_message", "errorCode", "error_code")
}

// refusal reports whether the members of a JSON object say that something did
// not succeed, without naming an error.
func refusal(object map[string]any) bool {
	for _, name := range []string{"success", "ok", "authenticated"} {
		if v, is := object[name].(bool); is && !v {
			return true
		}
	}
	status, _ := object["status"].(string)
	return slices.Contains([]string{"error", "fail", "failed", "failure"}, strings.ToLower(status))
}

func firstText(object map[string]any, names ...string) string {
	for _, name := range names {
		switch v := object[name].(type) {
		case string:
			if v != "" {
				return v
			}
		case float64:
			return fmt.Sprint(v)
		}
	}
	return ""
}

// errorParameter is what the query or fragment of a URL tells of an error.
func errorParameter(to string) string {
	u, err := url.Parse(to)
	if err != nil || to == "" {
		return ""
	}
	values := u.Query()
	if strings.Contains(u.Fragment, "=") {
		if more, err := url.ParseQuery(u.Fragment); err == nil {
			for name, v := range more {
				values[name] = append(values[name], v...)
			}
		}
	}
	byName := map[string]string{}
	for name, v := range values {
		if len(v) > 0 && strings.TrimSpace(v[0]) != "" {
			byName[strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))] = v[0]
		}
	}
	code := ""
	for _, name := range []string{"error", "errorcode", "samlerror", "ssoerror", "err", "autherror"} {
		if v := byName[name]; v != "" && v != "0" && v != "false" {
			code = v
			break
		}
	}
	more := []string{"errordescription", "errormessage", "errormsg", "errorreason"}
	if failing := regexp.MustCompile(`(?i)\b(?:errors?|fail(?:ed|ure)?|denied)\b`); failing.MatchString(u.Path) {
		more = append(more, "message", "msg", "reason", "code")
	}
	for _, name := range more {
		if v := byName[name]; v != "" {
			if code != "" {
				return shortened(code + ": " + v)
			}
			return shortened(v)
		}
	}
	return shortened(code)
}

// newRequest reports whether a URL carries an AuthnRequest.
func newRequest(to string) bool {
	u, err := url.Parse(to)
	return err == nil && u.Query().Has("SAMLRequest")
}

// withoutQuery is a URL as far as its path: what follows may be private.
func withoutQuery(raw string) string {
	raw, _, _ = strings.Cut(raw, "#")
	raw, _, _ = strings.Cut(raw, "?")
	return raw
}

// shaped reports whether text has one of the shapes.
func shaped(shapes []string, text string) bool {
	if text == "" {
		return false
	}
	text = text[:min(len(text), 64<<10)]
	return slices.ContainsFunc(shapes, func(shape string) bool {
		re, err := regexp.Compile(shape)
		return err == nil && re.MatchString(text)
	})
}

// errorWords are those by which pages call themselves an error, in the languages
// that they are most often read in.
const errorWords = `(?i)\b(?:errors?|exception|failed|failure|denied|invalid|unauthori[sz]ed|forbidden|not (?:allowed|authori[sz]ed|accepted|found)|rejected|(?:could|can)(?: not|not|n['’]t)|unable to|went wrong|` +
	`fehler|fehlgeschlagen|gescheitert|ungültig\pL*|verweigert|abgelehnt|nicht (?:möglich|erlaubt|berechtigt)|` +
	`fout|mislukt|ongeldige?|geweigerd|niet toegestaan|` +
	`erreur|échec|échoué|refusée?|invalide|errore|negato|acceso denegado|denegado|fallido)(?:\PL|$)`

// refusalWords are those of errorWords that leave no doubt, whatever else a page
// shows: "Error tracker" may be the name of an application.
const refusalWords = `(?i)\b(?:denied|unauthori[sz]ed|forbidden|not (?:allowed|authori[sz]ed|accepted)|rejected|verweigert|abgelehnt|nicht berechtigt|geweigerd|refusée?|denegado)(?:\PL|$)`

// insideWords greet somebody who has logged in.
const insideWords = `(?i)\b(?:(?:signed|logged) in as|welcome|angemeldet als|willkommen|connecté|bienvenue|bienvenid[oa])(?:\PL|$)`

// callsItselfError reports whether a page that came with a status of success is
// one that tells an error. Of the page that a service goes on to (not direct)
// only title and headings count: it may well show an alert about other things.
func callsItselfError(page *decode.Page, direct bool) bool {
	re := regexp.MustCompile(errorWords)
	if regexp.MustCompile(insideWords).MatchString(page.Text) {
		re, direct = regexp.MustCompile(refusalWords), false
	}
	about := 1 // headings that tell what the page is about
	if direct {
		about = 3 // the first ones may name the application
	}
	if re.MatchString(page.Title) || slices.ContainsFunc(page.Headings[:min(len(page.Headings), about)], re.MatchString) {
		return true
	}
	return direct && slices.ContainsFunc(page.Marked, re.MatchString)
}
