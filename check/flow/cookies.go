package flow

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/samlwhy/samlwhy/decode"
)

// Loss says why a browser did not send a cookie.
type Loss string

// The reasons for which a cookie does not come back with the Response.
const (
	// LossSameSite: SameSite=Lax or Strict, and the form was posted from a page
	// of another site.
	LossSameSite Loss = "same-site"
	// LossDefaultLax: no SameSite, which Chrome and Edge take for Lax from two
	// minutes after the cookie was set.
	LossDefaultLax Loss = "default-lax"
	LossHost       Loss = "other-host"
	LossPath       Loss = "path"
	LossSecure     Loss = "secure-over-http"
	LossExpired    Loss = "expired"
	// LossRefused: browsers do not take it: SameSite=None without Secure, or
	// Secure from a page without https.
	LossRefused Loss = "refused"
	// LossUnknown: nothing in the capture says why; only that the browser did
	// send cookies elsewhere.
	LossUnknown Loss = "unknown"
)

// LostCookie is a cookie that the service set before the Response came, and
// that the browser did not send with it.
type LostCookie struct {
	Name string
	// Attributes are those of Set-Cookie as they stand, without the value.
	Attributes string
	SetBy      *decode.Exchange
	Why        Loss
	// WithRequest says that the very answer that sent the browser to the IdP
	// set it.
	WithRequest bool
	// Tracks says that its name or value holds the request's ID or its
	// RelayState: with it the service would have known the request.
	Tracks bool
}

// cookie is one in the jar that the browser must have had.
type cookie struct {
	name, value, attributes string
	domain                  string // without a dot in front
	hostOnly                bool
	path                    string
	secure                  bool
	sameSite                string // lower case; empty: not given
	expires                 time.Time
	setBy                   *decode.Exchange
}

// Limits of a jar: what a host can set is up to the capture.
const (
	maxJar     = 100  // cookies of one host
	maxHosts   = 1000 // hosts with cookies
	laxAllowed = 2 * time.Minute
)

// cookies fills in which cookies each login lost. One pass over the exchanges
// serves all logins.
func (o *observer) cookies(logins []*Login) {
	delivered := map[*decode.Exchange]*Login{}
	seen := false // some request of the capture has a cookie
	for _, l := range logins {
		if ds := l.Deliveries(); len(ds) > 0 {
			delivered[DeliveredBy(ds[0])] = l
		}
	}
	for _, e := range o.exchanges {
		seen = seen || header(e.RequestHeaders, "Cookie") != ""
	}
	jars := map[string][]*cookie{}
	for _, e := range o.exchanges {
		if l := delivered[e]; l != nil {
			l.lose(e, jars, seen)
		}
		host := Host(e.URL)
		for _, h := range e.ResponseHeaders {
			if !strings.EqualFold(h.Name, "Set-Cookie") || jars[host] == nil && len(jars) >= maxHosts {
				continue
			}
			// Some exporters join several fields by a line break.
			for line := range strings.SplitSeq(h.Value, "\n") {
				if c := parseCookie(line, e); c != nil {
					jars[host] = store(jars[host], c)
				}
			}
		}
	}
}

// store puts c in the place of the cookie that it replaces.
func store(jar []*cookie, c *cookie) []*cookie {
	kept := jar[:0]
	for _, old := range jar {
		if old.name != c.name || old.path != c.path || old.domain != c.domain {
			kept = append(kept, old)
		}
	}
	if c.value == "" || !c.expires.IsZero() && !c.expires.After(c.setBy.Started) {
		return kept // it only deletes
	}
	if len(kept) >= maxJar {
		kept = kept[1:]
	}
	return append(kept, c)
}

// lose compares what the service set with what came back with the delivery.
func (l *Login) lose(delivery *decode.Exchange, jars map[string][]*cookie, seen bool) {
	sent := map[string]bool{}
	for _, h := range delivery.RequestHeaders {
		if !strings.EqualFold(h.Name, "Cookie") {
			continue
		}
		for pair := range strings.SplitSeq(h.Value, ";") {
			name, _, ok := strings.Cut(strings.TrimSpace(pair), "=")
			if !ok {
				return // hidden by who exported the capture
			}
			sent[name] = true
		}
	}
	var origin *decode.Exchange // that sent the browser to the IdP
	hosts := []string{Host(delivery.URL)}
	if l.Request != nil {
		if origin = Page(l.Request); origin != nil && Host(origin.URL) != hosts[0] {
			hosts = append(hosts, Host(origin.URL))
		}
	}
	for _, host := range hosts {
		for _, c := range jars[host] {
			if sent[c.name] {
				l.Kept++
				continue
			}
			why := c.loss(delivery)
			if why == LossUnknown && !seen {
				continue // perhaps the capture leaves cookies out
			}
			l.Lost = append(l.Lost, LostCookie{
				Name: c.name, Attributes: c.attributes, SetBy: c.setBy, Why: why,
				WithRequest: origin != nil && c.setBy == origin, Tracks: l.tracks(c),
			})
		}
	}
}

// tracks reports whether c names the request, in clear or inside a token.
func (l *Login) tracks(c *cookie) bool {
	const telling = 8 // characters that no two values share by accident
	if l.Request == nil {
		return false
	}
	var marks []string
	if id := l.RequestView.ID.Get(); len(id) >= telling {
		marks = append(marks, id)
	}
	if s := l.Request.RelayState; s != nil && len(s.Value) >= telling && !strings.Contains(s.Value, "/") {
		marks = append(marks, s.Value)
	}
	value := c.value
	if plain, err := url.QueryUnescape(value); err == nil {
		value = plain
	}
	holds := func(s string) bool {
		for _, m := range marks {
			if strings.Contains(s, m) {
				return true
			}
		}
		return false
	}
	if holds(c.name) || holds(value) {
		return true
	}
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(".|:-=", r) }) {
		plain, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			plain, err = base64.RawStdEncoding.DecodeString(part)
		}
		if err == nil && holds(string(plain)) {
			return true
		}
	}
	return false
}

// loss is why a browser does not send c with a delivery.
func (c *cookie) loss(delivery *decode.Exchange) Loss {
	to, err := url.Parse(delivery.URL)
	if err != nil {
		return LossUnknown
	}
	setOver, _, _ := strings.Cut(c.setBy.URL, ":")
	host := strings.ToLower(to.Hostname())
	switch {
	case c.secure && setOver == "http" && !local(host), c.sameSite == "none" && !c.secure:
		return LossRefused
	case host != c.domain && (c.hostOnly || !strings.HasSuffix(host, "."+c.domain)):
		return LossHost
	case !pathMatches(c.path, to.Path):
		return LossPath
	case c.secure && to.Scheme == "http" && !local(host):
		return LossSecure
	case !c.expires.IsZero() && !delivery.Started.IsZero() && c.expires.Before(delivery.Started):
		return LossExpired
	}
	if from := cameFrom(delivery); delivery.Method != methodPOST || from == "" || !crossSite(from, host) {
		return LossUnknown
	}
	switch c.sameSite {
	case "lax", "strict":
		return LossSameSite
	case "":
		if !delivery.Started.IsZero() && !c.setBy.Started.IsZero() && delivery.Started.Sub(c.setBy.Started) >= laxAllowed {
			return LossDefaultLax
		}
	}
	return LossUnknown
}

// local reports whether browsers trust a host although it has no https.
func local(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "127.")
}

// opaque is where a form came from whose page has no site that is told.
const opaque = "null"

// cameFrom is the host of the page whose form posted e; empty when it is not
// known.
func cameFrom(e *decode.Exchange) string {
	for _, name := range []string{"Origin", "Referer"} {
		v := header(e.RequestHeaders, name)
		if v == opaque {
			return opaque
		}
		if u, err := url.Parse(v); err == nil && u.Hostname() != "" {
			return strings.ToLower(u.Hostname())
		}
	}
	return ""
}

// crossSite reports whether two hosts belong to different sites, the way
// browsers tell: by the part of their names that somebody registered.
func crossSite(a, b string) bool {
	if a == b {
		return false
	}
	siteA, errA := publicsuffix.EffectiveTLDPlusOne(a)
	siteB, errB := publicsuffix.EffectiveTLDPlusOne(b)
	return errA != nil || errB != nil || siteA != siteB
}

// parseCookie reads the value of Set-Cookie the way browsers do (RFC 6265,
// section 5.2); nil when it sets none.
func parseCookie(s string, by *decode.Exchange) *cookie {
	u := by.ParsedURL()
	pair, attributes, _ := strings.Cut(strings.TrimSpace(s), ";")
	name, value, ok := strings.Cut(pair, "=")
	if name = strings.TrimSpace(name); !ok || name == "" || u == nil {
		return nil
	}
	c := &cookie{
		name: name, value: strings.TrimSpace(value), attributes: strings.TrimSpace(attributes),
		domain: strings.ToLower(u.Hostname()), hostOnly: true, path: defaultPath(u.Path), setBy: by,
	}
	maxAge := false
	for part := range strings.SplitSeq(attributes, ";") {
		key, v, _ := strings.Cut(part, "=")
		v = strings.TrimSpace(v)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "domain":
			if d := strings.ToLower(strings.TrimPrefix(v, ".")); d != "" {
				c.domain, c.hostOnly = d, false
			}
		case "path":
			if strings.HasPrefix(v, "/") {
				c.path = v
			}
		case "secure":
			c.secure = true
		case "samesite":
			c.sameSite = strings.ToLower(v)
		case "max-age":
			// A life of more than a century is none that ends here.
			if n, err := strconv.Atoi(v); err == nil && n < 100*365*24*3600 && !by.Started.IsZero() {
				c.expires, maxAge = by.Started.Add(time.Duration(max(n, 0))*time.Second), true
			}
		case "expires":
			if t, ok := httpTime(v); ok && !maxAge {
				c.expires = t
			}
		}
	}
	return c
}

// defaultPath is the path of a cookie that names none (RFC 6265, section 5.1.4).
func defaultPath(p string) string {
	i := strings.LastIndexByte(p, '/')
	if i <= 0 {
		return "/"
	}
	return p[:i]
}

// pathMatches is RFC 6265, section 5.1.4.
func pathMatches(cookie, request string) bool {
	if request == "" {
		request = "/"
	}
	return cookie == request || strings.HasPrefix(request, cookie) && (strings.HasSuffix(cookie, "/") || request[len(cookie)] == '/')
}

// httpTime reads a date as HTTP and cookies write it.
func httpTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC1123, "Mon, 02-Jan-2006 15:04:05 MST", time.RFC850, time.ANSIC} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
