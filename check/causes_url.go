package check

import (
	"cmp"
	"fmt"
	"strings"
)

// urlParts is a URL cut at its separators and not normalised in any way, as
// services compare URLs as strings.
type urlParts struct {
	scheme   string // with "://", or empty
	host     string // with user information, if any
	port     string // with ":"
	path     string // with "/"
	query    string // with "?"
	fragment string // with "#"
}

func (u urlParts) String() string { return u.authorityURL() + u.path + u.query + u.fragment }

func (u urlParts) authorityURL() string { return u.scheme + u.authority() }

func (u urlParts) authority() string { return u.host + u.port }

// splitURL cuts an absolute URL with a host into its parts.
func splitURL(s string) (u urlParts, ok bool) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !isScheme(scheme) {
		return urlParts{}, false
	}
	u.scheme = scheme + "://"
	u.splitRest(rest)
	return u, u.host != ""
}

func (u *urlParts) splitRest(rest string) {
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		rest, u.fragment = rest[:i], rest[i:]
	}
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		rest, u.query = rest[:i], rest[i:]
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		rest, u.path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.Contains(rest[i:], "]") {
		rest, u.port = rest[:i], rest[i:]
	}
	u.host = rest
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if 'a' <= c && c <= 'z' {
			continue
		}
		if i == 0 || !strings.ContainsRune("0123456789+-.", rune(s[i])) {
			return false
		}
	}
	return s != ""
}

func bothURLs(a, b string) bool {
	_, okA := splitURL(a)
	_, okB := splitURL(b)
	return okA && okB
}

func oneURL(a, b string) bool {
	_, okA := splitURL(a)
	_, okB := splitURL(b)
	return okA || okB
}

// The drop functions leave a URL behind, so that another undoing finds its parts.

func dropScheme(s string) string {
	if u, ok := splitURL(s); ok {
		u.scheme = ""
		s = u.String()
	}
	return "any://" + strings.TrimPrefix(s, "//")
}

func schemeText(expected, actual string) string {
	e, _ := splitURL(expected)
	a, _ := splitURL(actual)
	switch {
	case a.scheme == "":
		return quote(e.scheme) + " is missing at the beginning"
	case e.scheme == "":
		return quote(a.scheme) + " stands at the beginning, and the expected value has none"
	}
	return fmt.Sprintf("the scheme is %s, not %s", quote(strings.TrimSuffix(a.scheme, "://")), quote(strings.TrimSuffix(e.scheme, "://")))
}

func dropPort(s string) string {
	if u, ok := splitURL(s); ok {
		u.port = ""
		return u.String()
	}
	return s
}

func portText(expected, actual string) string {
	e, _ := splitURL(expected)
	a, _ := splitURL(actual)
	switch {
	case e.port == "" && a.port == defaultPort(a.scheme):
		return fmt.Sprintf("the default port %s is written out", quote(a.port))
	case e.port == "":
		return fmt.Sprintf("the port %s is added", quote(a.port))
	case a.port == "":
		return fmt.Sprintf("the port %s is missing", quote(e.port))
	}
	return fmt.Sprintf("the port is %s, not %s", quote(strings.TrimPrefix(a.port, ":")), quote(strings.TrimPrefix(e.port, ":")))
}

// defaultPort is the port that a URL's scheme (with "://") implies, with its colon.
func defaultPort(scheme string) string {
	switch strings.ToLower(scheme) {
	case "https://":
		return ":443"
	case "http://":
		return ":80"
	}
	return ""
}

func dropHost(s string) string {
	if u, ok := splitURL(s); ok {
		u.host = "any"
		return u.String()
	}
	return s
}

func hostText(expected, actual string) string {
	e, _ := splitURL(expected)
	a, _ := splitURL(actual)
	switch {
	case a.host == "www."+e.host:
		return `"www." is too many in the host`
	case e.host == "www."+a.host:
		return `"www." is missing in the host`
	}
	return fmt.Sprintf("the host is %s, not %s", quote(a.host), quote(e.host))
}

func dropPath(s string) string {
	if u, ok := splitURL(s); ok {
		u.path = ""
		return u.String()
	}
	return s
}

func pathText(expected, actual string) string {
	e, _ := splitURL(expected)
	a, _ := splitURL(actual)
	switch {
	case a.path == "":
		return fmt.Sprintf("the path %s is missing", quote(e.path))
	case e.path == "":
		return fmt.Sprintf("the path %s is added", quote(a.path))
	}
	return fmt.Sprintf("the path is %s, not %s", quote(a.path), quote(e.path))
}

func dropQuery(s string) string {
	if u, ok := splitURL(s); ok {
		u.query, u.fragment = "", ""
		return u.String()
	}
	return s
}

func queryText(expected, actual string) string {
	e, _ := splitURL(expected)
	a, _ := splitURL(actual)
	what, ep, ap := "query", e.query, a.query
	if ep == ap {
		what, ep, ap = "fragment", e.fragment, a.fragment
	}
	switch {
	case ap == "":
		return fmt.Sprintf("the %s %s is missing", what, quote(ep))
	case ep == "":
		return fmt.Sprintf("the %s %s is added", what, quote(ap))
	}
	return fmt.Sprintf("the %s is %s, not %s", what, quote(ap), quote(ep))
}

// sameEndpoint reports whether two URLs name one endpoint to a service that
// compares as RFC 3986, section 6.2.2.1 allows at the least: scheme and host
// without regard to case, everything else exactly.
func sameEndpoint(a, b string) bool {
	if a == b {
		return true
	}
	ua, okA := splitURL(a)
	ub, okB := splitURL(b)
	return okA && okB && strings.EqualFold(ua.authorityURL(), ub.authorityURL()) &&
		ua.path == ub.path && ua.query == ub.query && ua.fragment == ub.fragment
}

// asVisited is a URL as a browser would write it in a capture: no fragment, no
// default port, "/" for an empty path, scheme and host in small letters.
func asVisited(s string) string {
	u, ok := splitURL(s)
	if !ok {
		return s
	}
	u.scheme, u.host = strings.ToLower(u.scheme), strings.ToLower(u.host)
	if u.port == defaultPort(u.scheme) {
		u.port = ""
	}
	u.path = cmp.Or(u.path, "/")
	u.fragment = ""
	return u.String()
}
