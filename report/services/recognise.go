package services

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode"
)

// Host recognises a service's URLs.
type Host struct {
	Name string // "idbroker.webex.com"; "*.webex.com" is any host below webex.com
	Path string // the URL's path starts with it, whole segments; empty: any path
}

// String is the pattern as a service's file has it.
func (h Host) String() string { return h.Name + h.Path }

func parseHost(text string) (Host, error) {
	name, path, _ := strings.Cut(text, "/")
	base := strings.TrimPrefix(name, "*.")
	if base == "" || strings.ContainsAny(base, "*:@ ") || name != strings.ToLower(name) {
		return Host{}, fmt.Errorf("%q is not a lower-case host name, optionally after *. and before a path", text)
	}
	if path != "" {
		path = "/" + strings.Trim(path, "/")
	}
	return Host{Name: name, Path: path}, nil
}

// specificity orders patterns: a path says more than a host, an exact host more
// than a wildcard, a longer name more than a shorter one. 0: no match.
func (h Host) specificity(u *url.URL) int {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	base, wild := strings.CutPrefix(h.Name, "*.")
	switch {
	case host == "":
		return 0
	case wild && !strings.HasSuffix(host, "."+base):
		return 0
	case !wild && host != base:
		return 0
	}
	if h.Path != "" && u.Path != h.Path && !strings.HasPrefix(u.Path, h.Path+"/") {
		return 0
	}
	score := 1 + len(base) + len(h.Path)*1000
	if !wild {
		score += 500
	}
	return score
}

// Recognise returns the services that a message may be for, the most specific
// match first: those whose own binding it travelled by, else those that urls
// belong to. URLs are where the message was sent to, its Destination, Recipient
// and Audience values; what is no absolute URL recognises nothing.
func Recognise(binding decode.Binding, urls []string) ([]*Service, error) {
	all, err := tables()
	if err != nil {
		return nil, err
	}
	var bound []*table
	for _, t := range all {
		if slices.Contains(t.bindings, binding) {
			bound = append(bound, t)
		}
	}
	if len(bound) == 0 {
		bound = recognise(all, urls)
	}
	return readAll(bound)
}

// RecognisedBy is the first of urls that belongs to s, or "" when none does.
func (s *Service) RecognisedBy(urls []string) string {
	for _, text := range urls {
		u, err := url.Parse(strings.TrimSpace(text))
		if err == nil && slices.ContainsFunc(s.Hosts, func(h Host) bool { return h.specificity(u) > 0 }) {
			return text
		}
	}
	return ""
}

func recognise(all []*table, urls []string) []*table {
	best := make(map[*table]int)
	for _, text := range urls {
		u, err := url.Parse(strings.TrimSpace(text))
		if err != nil {
			continue
		}
		for _, t := range all {
			for _, h := range t.hosts {
				best[t] = max(best[t], h.specificity(u))
			}
		}
	}
	var found []*table
	for _, t := range all {
		if best[t] > 0 {
			found = append(found, t)
		}
	}
	slices.SortStableFunc(found, func(a, b *table) int { return cmp.Compare(best[b], best[a]) })
	return found
}
