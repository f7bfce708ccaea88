package services

import (
	"regexp"
	"slices"
	"strings"
)

// maxAnswer is how many bytes of an answer are searched: an error page says
// what it has to say at its beginning.
const maxAnswer = 64 << 10

// maxTold is how many codes an answer may name; one that tells an error names few.
const maxTold = 50

// Answered returns the code that the service's own answer to a login tells, or
// nil when it tells none: text is the page or document that came back, or the
// URL that the browser was sent to. Where an answer has several codes, one
// that says more than that something failed goes first.
func (s *Service) Answered(text string) *Code {
	if len(text) > maxAnswer {
		text = text[:maxAnswer]
	}
	text = unescape(text)
	var found *Code
	for _, a := range s.Answers {
		re, err := regexp.Compile(a)
		if err != nil {
			continue // Validate sees to it that this does not happen
		}
		for _, m := range re.FindAllStringSubmatch(text, maxTold) {
			c := s.Find(m[1])
			if c == nil && strings.Contains(m[1], " ") {
				c = s.said(m[1])
			}
			if c != nil && (found == nil || len(found.When) == 0 && len(c.When) > 0) {
				found = c
			}
		}
	}
	return found
}

// said is the code whose message, in any language, is text.
func (s *Service) said(text string) *Code {
	text = fold(text)
	for _, c := range s.Codes {
		e := newEntry(s, c)
		if slices.Contains(e.phrases, text) {
			return c
		}
	}
	return nil
}

// Named returns the code that a person means by term: its number, its id or the
// text of its message, as [Lookup] understands them; nil when the service has no
// such code or several.
func (s *Service) Named(term string) *Code {
	if c := s.Find(term); c != nil {
		return c
	}
	a := lookup([]*Service{s}, term)
	if a.Named() && len(a.Codes) == 1 {
		return a.Codes[0]
	}
	return nil
}
