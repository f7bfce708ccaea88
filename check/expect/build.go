package expect

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// The flags that values come from, as Value.From and messages name them.
const (
	FlagSPEntityID       = "--sp-entity-id"
	FlagSPMetadata       = "--sp-metadata"
	FlagSPKey            = "--sp-key"
	FlagACSURL           = "--acs-url"
	FlagIdPEntityID      = "--idp-entity-id"
	FlagIdPMetadata      = "--idp-metadata"
	FlagIdPCert          = "--idp-cert"
	FlagRequestID        = "--request-id"
	FlagNameIDFormat     = "--name-id-format"
	FlagRequireAttribute = "--require-attribute"
	FlagAuthnContext     = "--authn-context"
	FlagClockSkew        = "--clock-skew"
)

// File is a file's content with the name to call it by.
type File struct {
	Name string
	Data []byte
}

// Given is what the user says about the parties. Everything is optional.
type Given struct {
	// Config is what the configuration file says, each value with the file's
	// name as From.
	Config *Expect

	SPEntityIDs  []string
	SPMetadata   []File
	ACSURLs      []string
	IdPEntityIDs []string
	IdPMetadata  []File
	// IdPCertificates hold certificates or bare public keys, see
	// [metadata.ParseCertificates].
	IdPCertificates []File
	// RequestID is the ID of the AuthnRequest, or "none" when there was none.
	RequestID string
	// NameIDFormats are URIs, or one of the short names "emailAddress",
	// "persistent", "transient", "unspecified", …
	NameIDFormats     []string
	RequireAttributes []string
	// AuthnContexts are class references. Each may hold several, separated by
	// semicolons, as Webex lists them.
	AuthnContexts []string
	ClockSkew     *time.Duration // nil: not given
}

// Warning is something about what was given that the user should know, and that
// hinders nothing.
type Warning struct {
	Flag string
	File string // empty where the flag takes no file
	Text string // one sentence without flag and file
}

// String is the sentence with flag and file in front: "--idp-cert a.pem: …".
func (w Warning) String() string { return place(w.Flag, w.File) + ": " + w.Text }

func place(flag, file string) string {
	if file == "" {
		return flag
	}
	return flag + " " + file
}

// Layers is [Given] read once, to be laid over the expectations of any number of
// services. It is not changed by that.
type Layers struct {
	metadata, config, flags *Expect
}

// Build is what a service expects, overridden by what is given: service <
// metadata < configuration < flags. service may be nil and is never changed. An
// error is one of usage, a plain sentence that names the flag and the file.
//
// To lay the same Given over several services, read it once with [Given.Read].
func Build(service *Expect, given Given) (*Expect, []Warning, error) {
	layers, warnings, err := given.Read()
	if err != nil {
		return nil, warnings, err
	}
	return layers.Over(service), warnings, nil
}

// Over lays what was given over the expectations of a service, which may be nil.
func (l *Layers) Over(service *Expect) *Expect {
	return Merge(Merge(Merge(service, l.metadata), l.config), l.flags)
}

// Read checks what is given and reads its files.
func (g Given) Read() (*Layers, []Warning, error) {
	r := &reader{given: &g}
	l := &Layers{config: g.Config}
	var err error
	if l.flags, err = r.flags(); err != nil {
		return nil, r.warnings, err
	}
	if l.metadata, err = r.metadata(); err != nil {
		return nil, r.warnings, err
	}
	return l, r.warnings, nil
}

// maxWarnings bounds what is said about the files of one run.
const maxWarnings = 100

type reader struct {
	given     *Given
	warnings  []Warning
	described []Metadata
}

func (r *reader) warn(flag, file, format string, args ...any) {
	if len(r.warnings) < maxWarnings {
		r.warnings = append(r.warnings, Warning{Flag: flag, File: file, Text: fmt.Sprintf(format, args...)})
	}
}

// flags is the topmost layer.
func (r *reader) flags() (*Expect, error) {
	g := r.given
	e := &Expect{}
	lists := []struct {
		flag  string
		given []string
		to    *[]Value
		check func(string) (string, error)
	}{
		{FlagSPEntityID, g.SPEntityIDs, &e.SPEntityIDs, notEmpty},
		{FlagACSURL, g.ACSURLs, &e.ACSURLs, absoluteURL},
		{FlagIdPEntityID, g.IdPEntityIDs, &e.IdPEntityIDs, notEmpty},
		{FlagNameIDFormat, g.NameIDFormats, &e.NameIDFormats, nameIDFormat},
		{FlagAuthnContext, splitContexts(g.AuthnContexts), &e.AuthnContexts, notEmpty},
	}
	for _, l := range lists {
		var values valueList
		for _, text := range l.given {
			text, err := l.check(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.flag, err)
			}
			values.add(text, l.flag)
		}
		*l.to = values.list
	}
	for _, name := range g.RequireAttributes {
		if name == "" {
			return nil, fmt.Errorf("%s: an attribute's name is expected, but the value is empty", FlagRequireAttribute)
		}
		e.Attributes = append(e.Attributes, Attribute{Name: name, Required: true, From: FlagRequireAttribute})
	}
	switch id := strings.TrimSpace(g.RequestID); {
	case g.RequestID == "":
	case id == "":
		return nil, fmt.Errorf(`%s: the ID of the AuthnRequest is expected, or "none" when the service sent no request`, FlagRequestID)
	case id == "none":
		e.InResponseTo = InResponseTo{None: true, From: FlagRequestID}
	default:
		e.InResponseTo = InResponseTo{ID: id, From: FlagRequestID}
	}
	if g.ClockSkew != nil {
		if *g.ClockSkew < 0 {
			return nil, fmt.Errorf("%s: %s is negative; give how far apart the clocks may be, such as 3m", FlagClockSkew, *g.ClockSkew)
		}
		e.ClockSkew = Duration{Duration: *g.ClockSkew, From: FlagClockSkew}
	}
	return e, r.certificates(e)
}

// certificates reads the certificate files into e.
func (r *reader) certificates(e *Expect) error {
	var certs certificateList
	for _, f := range r.given.IdPCertificates {
		if fp, ok := metadata.ParseFingerprint(string(f.Data)); ok {
			e.Fingerprints = append(e.Fingerprints, Fingerprint{Fingerprint: fp, From: FlagIdPCert})
			continue
		}
		read, notes, err := metadata.ParseCertificates(f.Data)
		if err != nil {
			return fmt.Errorf("%s: %w", place(FlagIdPCert, f.Name), withHint(err, FlagIdPCert))
		}
		for _, n := range notes {
			r.warn(FlagIdPCert, f.Name, "%s", n)
		}
		for _, c := range read {
			certs.add(Certificate{Certificate: *c, From: FlagIdPCert, Source: f.Name})
		}
	}
	e.Certificates = certs.list
	return nil
}

// valueList collects values without repetition.
type valueList struct {
	list []Value
	seen map[string]bool
}

func (l *valueList) add(text, from string) {
	if l.seen[text] {
		return
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[text] = true
	l.list = append(l.list, Value{Text: text, From: from})
}

// certificateList collects certificates without repetition.
type certificateList struct {
	list []Certificate
	seen map[string]bool
}

func (l *certificateList) add(c Certificate) {
	if l.seen[c.SHA256] {
		return
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[c.SHA256] = true
	l.list = append(l.list, c)
}

func notEmpty(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", errors.New("a value is expected, but it is empty")
	}
	return s, nil
}

func absoluteURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || !strings.EqualFold(u.Scheme, "https") && !strings.EqualFold(u.Scheme, "http") {
		return "", fmt.Errorf("%q is no absolute URL: one that begins with https:// or http:// is expected", s)
	}
	return s, nil
}

// nameIDFormat is the URI of a format given by URI or by short name.
func nameIDFormat(s string) (string, error) {
	if strings.Contains(s, ":") {
		return s, nil
	}
	switch strings.ToLower(s) {
	case "unspecified":
		return saml.FormatUnspecified, nil
	case "email", "emailaddress":
		return saml.FormatEmail, nil
	case "x509subjectname":
		return saml.FormatX509Subject, nil
	case "windowsdomainqualifiedname":
		return saml.FormatWindows, nil
	case "kerberos":
		return saml.FormatKerberos, nil
	case "entity":
		return saml.FormatEntity, nil
	case "persistent":
		return saml.FormatPersistent, nil
	case "transient":
		return saml.FormatTransient, nil
	}
	return "", fmt.Errorf("%q is neither a URI nor one of the short names unspecified, emailAddress, X509SubjectName, WindowsDomainQualifiedName, kerberos, entity, persistent, transient", s)
}

func splitContexts(given []string) []string {
	var list []string
	for _, g := range given {
		if !strings.Contains(g, ";") {
			list = append(list, g)
			continue
		}
		for part := range strings.SplitSeq(g, ";") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	}
	return list
}
