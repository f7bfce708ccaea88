package decode

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// survey is what was seen of a capture, for telling why it holds no message.
type survey struct {
	entries     int
	creator     string   // the exporter, by its own name
	hosts       []string // in order of appearance, at most maxHosts
	known       map[string]bool
	first, last time.Time // by the browser's clock
	posts       int
	lost        int // POST requests without the body they had
	pages       int // HTML pages
	hollow      int // of these, without their content
	cookies     bool
	tooLong     int // bodies that were not read whole and may hold a message
}

// maxHosts bounds the list of hosts.
const maxHosts = 1000

func (s *survey) add(rec *recorded) {
	s.entries++
	ex := rec.ex
	if !ex.Started.IsZero() {
		if s.first.IsZero() || ex.Started.Before(s.first) {
			s.first = ex.Started
		}
		if ex.Started.After(s.last) {
			s.last = ex.Started
		}
	}
	if host := hostOf(ex.URL); host != "" && !s.known[host] && len(s.hosts) < maxHosts {
		if s.known == nil {
			s.known = map[string]bool{}
		}
		host = strings.Clone(host)
		s.known[host] = true
		s.hosts = append(s.hosts, host)
	}
	if strings.EqualFold(ex.Method, "POST") {
		s.posts++
		if rec.lostBody() {
			s.lost++
		}
	}
	if strings.Contains(ex.ResponseType, "html") && rec.pageSize > 0 {
		s.pages++
		if len(rec.page) <= 2 {
			s.hollow++
		}
	}
	s.cookies = s.cookies || rec.cookies || header(ex.RequestHeaders, "Cookie") != "" || header(ex.ResponseHeaders, "Set-Cookie") != ""
}

// hostOf is the host of an http or https URL, with its port; else empty.
func hostOf(rawURL string) string {
	rest, ok := strings.CutPrefix(rawURL, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(rawURL, "http://"); !ok {
			return ""
		}
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	return rest[:min(len(rest), 255)]
}

// lookedAt tells in one line what the capture consists of.
func (s *survey) lookedAt(one, many string) string {
	text := "looked at: " + plural(s.entries, one, many)
	const most = 6
	if n := len(s.hosts); n > 0 {
		text += " to " + strings.Join(s.hosts[:min(n, most)], ", ")
		if n > most {
			text += fmt.Sprintf(" and %d more hosts", n-most)
		}
	}
	if !s.first.IsZero() {
		first, last := s.first.UTC(), s.last.UTC()
		text += ", " + first.Format("2 Jan 2006 15:04:05")
		switch {
		case first.Format(time.DateOnly) != last.Format(time.DateOnly):
			text += " to " + last.Format("2 Jan 2006 15:04:05")
		case last.Sub(first) >= time.Second:
			text += " to " + last.Format("15:04:05")
		}
		text += " UTC"
	}
	return text
}

// browser reports whether the exporter is one of the browsers, or may be.
func (s *survey) browser() bool {
	name := strings.ToLower(s.creator)
	return !slices.ContainsFunc([]string{"charles", "fiddler", "proxyman", "mitmproxy", "burp"}, func(p string) bool { return strings.Contains(name, p) })
}

// chromium reports whether the exporter is the developer tools of Chrome, Edge
// or another browser of that family, which leave out cookies unless told.
func (s *survey) chromium() bool { return s.creator == "WebInspector" }

// howToRecord are the steps to a capture that holds a login whole.
func (s *survey) howToRecord() []string {
	chrome := []string{
		"to record it in Chrome or Edge:",
		"1. open a new private window, press F12, choose Network and tick “Preserve log”",
		"2. open the service's address there and log in until it fails",
		"3. in the settings of the developer tools (gear), under Preferences, Network, tick “Allow to generate HAR with sensitive data”",
		"4. hold the download arrow (Export HAR) in Network down and choose “Export HAR (with sensitive data)”",
	}
	firefox := []string{
		"in Firefox:",
		"1. open a new private window, press F12, choose Network, and tick “Persist Logs” behind the gear",
		"2. open the service's address there and log in until it fails",
		"3. behind the gear choose “Save All As HAR”",
	}
	if s.creator == "Firefox" {
		chrome[0], firefox[0] = "in Chrome or Edge:", "to record it in Firefox:"
		return append(firefox, chrome...)
	}
	return append(chrome, firefox...)
}

// harError says why a HAR holds no message, from what was seen of it.
func (r *reader) harError(s *scanner, err error, seen *survey) *Error {
	switch {
	case seen.entries == 0 && err != nil && isCutJSON(err):
		return newError("json-cut", "the HAR is cut off after "+plural(int(s.offset()), "byte", "bytes")+", before its first entry", "export it again")
	case seen.entries == 0 && err != nil:
		return newError("json-cut", fmt.Sprintf("the HAR is no valid JSON from byte %s on, and holds no entry before that", count(s.offset())), "export it again")
	case seen.entries == 0:
		return newError("har-empty", "the HAR has no entries", "the recording was empty when it was exported, or a filter hid everything").with(seen.howToRecord()...)
	}
	have := "the HAR has " + plural(seen.entries, "entry", "entries")
	lookedAt := seen.lookedAt("entry", "entries")
	record := append([]string{lookedAt}, seen.howToRecord()...)
	switch {
	case r.redacted > 0:
		return newError("har-sanitized", have+", but "+plural(r.redacted, "SAML value was", "SAML values were")+" replaced by a placeholder when it was exported",
			"ask for a capture in which the values were not replaced").with(record...)
	case err != nil:
		where := "is cut off at byte "
		if !isCutJSON(err) {
			where = "is damaged at byte "
		}
		none := "the entry before that holds no SAML message"
		if seen.entries > 1 {
			none = "the " + count(seen.entries) + " entries before that hold no SAML message"
		}
		return newError("json-cut", "the HAR "+where+count(s.offset())+", and "+none, "export it again, and copy it whole").with(lookedAt)
	case seen.tooLong > 0:
		return newError("har-too-long", have+", and a body that mentions SAML is longer than "+size(int64(r.maxHeld()))+", too long to be read", "allow for more with --max-size, such as --max-size 512M").with(lookedAt)
	case seen.lost > 0 && seen.lost == seen.posts:
		missing := "the bodies of all " + count(seen.posts) + " POST requests are missing"
		if seen.posts == 1 {
			missing = "the body of its 1 POST request is missing"
		}
		return newError("har-sanitized", have+", but "+missing+": what was posted is not in it", seen.whyLost()).with(record...)
	case seen.hollow > 0 && seen.hollow == seen.pages && seen.posts == 0:
		return newError("har-sanitized", have+", but no page has its content: it was exported without content", "the identity provider's page holds the response: export with content").with(record...)
	}
	none := " and none carries a SAML message"
	if seen.entries == 1 {
		none = ", which carries no SAML message"
	}
	return newError("har-no-saml", have+none, seen.whyNone()).with(record...)
}

// whyNone is what the kinds of requests tell about the missing login.
func (s *survey) whyNone() string {
	var why string
	switch {
	case s.posts == 0:
		why = "nothing was posted in it, so the login itself is not there: the recording started after it, or the log was cleared when the page changed"
	case s.lost > 0:
		why = fmt.Sprintf("of %s %s lost what was posted, perhaps the one with the response: browsers drop it when the request is redirected", plural(s.posts, "POST request", "POST requests"), count(s.lost))
	case s.hollow > 0:
		why = s.hollowPages() + ", perhaps the one with the response"
	default:
		why = "the recording may have started after the login or stopped before it, or this login does not use SAML"
	}
	return why
}

// requestOnly notes that of a login only its beginning was recorded.
func (r *reader) requestOnly(s *survey) {
	for _, m := range r.trace.Messages {
		root := m.root()
		if root == nil || root.Name().Local != "AuthnRequest" {
			return
		}
	}
	const asked = "the capture holds what the service asked (AuthnRequest) and no answer of the identity provider: "
	switch {
	case s.lost > 0:
		r.note(asked+"%s lost what was posted, probably the one with the answer. %s", lostOf(s.lost, s.posts), upperFirst(s.whyLost()))
	case s.hollow > 0:
		r.note(asked+"%s. Export with content: the identity provider's page holds the answer", s.hollowPages())
	default:
		r.note(asked + "the recording stopped too early, the log was cleared when the page changed (tick “Preserve log”), or the identity provider sent none")
	}
}

// lostOf names how many of the POST requests have lost their body.
func lostOf(lost, posts int) string {
	switch {
	case posts == 1:
		return "the one POST request in it"
	case lost == posts:
		return "all " + count(posts) + " POST requests"
	}
	return fmt.Sprintf("%s of %s", count(lost), plural(posts, "POST request", "POST requests"))
}

// whyLost says why bodies of POST requests may be missing.
func (s *survey) whyLost() string {
	switch {
	case s.chromium() && !s.cookies:
		return "it holds no cookies either: it was exported sanitized, and a copy with sensitive data may still have what was posted"
	case !s.browser():
		return "check that " + quote(s.creator) + " was set to keep the bodies of requests"
	}
	return "browsers drop what was posted when the request is redirected or the page changes"
}

func (s *survey) hollowPages() string {
	return plural(s.hollow, "page is", "pages are") + " without content"
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
