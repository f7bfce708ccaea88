package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/decode/metadata"
)

// Signature is what is known about one signature of a message.
type Signature struct {
	Element      string       `json:"element"` // path of the element that holds it
	Signed       string       `json:"signed"`  // path of the element it refers to
	Algorithm    string       `json:"algorithm"`
	DigestsMatch bool         `json:"digests_match"`
	ValueOK      bool         `json:"value_ok"`
	Certificate  *Certificate `json:"certificate,omitempty"`
	// SecondOpinion is there when another implementation says otherwise.
	SecondOpinion *SecondOpinion `json:"second_opinion,omitempty"`

	opinion *check.Opinion
}

// Certificate is the certificate, or bare key, that a signature verifies with,
// else the one that came nearest.
type Certificate struct {
	Subject   string     `json:"subject"`
	Issuer    string     `json:"issuer,omitempty"`
	Key       string     `json:"key"`
	SHA1      string     `json:"sha1"`
	SHA256    string     `json:"sha256"`
	NotBefore *time.Time `json:"not_before,omitempty"`
	NotAfter  *time.Time `json:"not_after,omitempty"`
	// DaysLeft counts from the evaluation time; negative once it has expired.
	DaysLeft *int   `json:"days_left,omitempty"`
	From     string `json:"from"`
	Trusted  bool   `json:"trusted"`
}

// SecondOpinion is what a service built on another implementation would say.
type SecondOpinion struct {
	Tool   string `json:"tool"`
	Valid  bool   `json:"valid"`
	Reason string `json:"reason,omitempty"`
}

func signaturesOf(in *check.Input) []Signature {
	var out []Signature
	for _, f := range in.SignatureFacts() {
		s := Signature{
			Element: f.Path, Signed: f.Target, Algorithm: f.Algorithm,
			DigestsMatch: f.DigestsMatch, ValueOK: f.ValueOK, opinion: f.SecondOpinion,
		}
		if f.Certificate != nil {
			s.Certificate = describeCertificate(f.Certificate, in.At.Time)
			s.Certificate.From, s.Certificate.Trusted = f.From, f.Trusted
		}
		if o := f.SecondOpinion; o != nil && o.Valid != f.Valid() {
			s.SecondOpinion = &SecondOpinion{Tool: "goxmldsig", Valid: o.Valid, Reason: o.Reason}
		}
		out = append(out, s)
	}
	return out
}

func describeCertificate(c *metadata.Certificate, at time.Time) *Certificate {
	out := &Certificate{Subject: c.Subject, Issuer: c.Issuer, Key: strings.TrimSpace(fmt.Sprintf("%s %s", c.KeyAlgorithm, bits(c))), SHA1: c.SHA1, SHA256: c.SHA256}
	if !c.NotAfter.IsZero() {
		from, to := c.NotBefore.UTC(), c.NotAfter.UTC()
		left := int(math.Floor(to.Sub(at).Hours() / 24))
		out.NotBefore, out.NotAfter, out.DaysLeft = &from, &to, &left
	}
	return out
}

// bits is the size of a key whose algorithm does not name it.
func bits(c *metadata.Certificate) string {
	if c.KeyBits == 0 || strings.ContainsAny(c.KeyAlgorithm, "0123456789") {
		return ""
	}
	return fmt.Sprintf("%d bits", c.KeyBits)
}

// signatures tells who signed, with the fingerprints that consoles show. Several
// signatures by one certificate share the lines.
func (t *textWriter) signatures(m *Message) {
	type group struct {
		certificate *Certificate
		elements    []string
		algorithm   string
		ok          bool
	}
	var groups []*group
	for i := range m.Message.Signatures {
		s := &m.Message.Signatures[i]
		name := s.Element[strings.LastIndexByte(s.Element, '/')+1:]
		if n := len(groups); n > 0 && s.Certificate != nil && groups[n-1].certificate != nil && groups[n-1].certificate.SHA256 == s.Certificate.SHA256 && groups[n-1].ok == s.ValueOK {
			groups[n-1].elements = append(groups[n-1].elements, name)
			continue
		}
		groups = append(groups, &group{s.Certificate, []string{name}, s.Algorithm, s.ValueOK})
	}
	for _, g := range groups {
		what := fmt.Sprintf("%s, %s", strings.Join(g.elements, " and "), g.algorithm[strings.LastIndexByte(g.algorithm, '#')+1:])
		label := t.colors.dim.Sprint(pad("signature", 13))
		if g.certificate == nil {
			t.hanging(label, visible(what+", no certificate known"))
			continue
		}
		c := g.certificate
		by := ", made with "
		if !g.ok {
			by = ", compared with "
		}
		t.hanging(label, visible(what+by+c.describe()))
		t.fingerprint("SHA-1   ", c.SHA1)
		t.fingerprint("SHA-256 ", c.SHA256)
	}
	if t.style.Verbose {
		t.opinions(m)
	}
}

// fingerprint writes pairs of hex digits, broken between pairs, into two lines of
// the same length where one does not do.
func (t *textWriter) fingerprint(label, digits string) {
	label = pad("", 13) + label
	const pair = len("AA:")
	room := (t.style.width() - columns(label) + 1) / pair * pair
	if n := len(digits) + 1; n > room && n/2 <= room {
		room = n / 2
	}
	for len(digits) > room {
		t.line(label + digits[:room])
		label, digits = pad("", columns(label)), digits[room:]
	}
	t.line(label + digits)
}

// describe is subject, dates and trust in a few words.
func (c *Certificate) describe() string {
	text := c.Subject
	if text == "" {
		text = "a key without certificate, " + c.Key
	}
	if c.NotAfter != nil {
		text += fmt.Sprintf(", %s to %s", c.NotBefore.Format("2 Jan 2006"), c.NotAfter.Format("2 Jan 2006"))
		switch left := *c.DaysLeft; {
		case left < 0:
			text += " (expired)"
		case left == 1:
			text += " (1 day left)"
		default:
			text += fmt.Sprintf(" (%d days left)", left)
		}
	}
	if c.Trusted {
		return text + ", as configured (" + c.From + ")"
	}
	return text + ", from " + c.From
}

// opinions tells what goxmldsig says beside our own verdict.
func (t *textWriter) opinions(m *Message) {
	for i := range m.Message.Signatures {
		s := &m.Message.Signatures[i]
		if s.opinion == nil {
			continue
		}
		ours, theirs := "does not verify", "does not verify"
		if s.DigestsMatch && s.ValueOK {
			ours = "verifies"
		}
		if s.opinion.Valid {
			theirs = "verifies"
		}
		text := fmt.Sprintf("a service built on goxmldsig says the same about %s: it %s", s.Element, ours)
		if ours != theirs {
			text = fmt.Sprintf("a service built on goxmldsig says otherwise about %s: it %s there, while here it %s", s.Element, theirs, ours)
		}
		if s.opinion.Reason != "" {
			text += " (" + s.opinion.Reason + ")"
		}
		t.hanging(t.colors.dim.Sprint(pad("2nd opinion", 13)), visible(text))
	}
}
