// Package expect holds what a service requires of a message: who may send it,
// to whom, with what in it, and how grave each deviation is. Values come from a
// service's defaults, metadata, a configuration file and flags, in rising
// order of precedence, and each remembers where it came from.
package expect

import (
	"time"

	"github.com/samlwhy/samlwhy/decode/metadata"
)

// Severity says how grave a finding is.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Value is an expected value and where it came from: a flag, a file, a service.
type Value struct {
	Text string
	From string // "--acs-url", "--sp-metadata", "webex", "samlwhy.yaml"
}

// Bool and Duration are single settings with their origin; an empty From means
// that nobody set them.
type (
	// Bool is a yes or no.
	Bool struct {
		Value bool
		From  string
	}
	// Duration is a length of time.
	Duration struct {
		Duration time.Duration
		From     string
	}
)

// Certificate is a certificate or bare public key of one of the parties. DER,
// X509 and Key are among the fields of what it embeds.
type Certificate struct {
	metadata.Certificate
	From   string
	Use    string // metadata's KeyDescriptor/@use: "signing", "encryption", "" for both
	Source string // file it was read from
}

// Fingerprint is that of a certificate of the IdP.
type Fingerprint struct {
	metadata.Fingerprint
	From string
}

// Attribute is one attribute that the service needs or knows.
type Attribute struct {
	Name     string
	Aliases  []string // other exact names that serve as well
	Required bool
	// Severity is the grade of findings about this attribute: a warning for
	// attributes that are only recommended. Empty: the rule's own.
	Severity  Severity
	Type      string   // "", "email", "country", "timestamp", "integer-list"
	MaxLength int      // characters; 0: no limit
	Values    []string // allowed values; nil: any
	From      string
}

// Pattern is an expectation that is not one fixed string.
type Pattern struct {
	// Text describes it to people: "https://<site>.webex.com/dispatcher/SAML2AuthService?siteurl=<site>".
	Text string
	// Regexp decides; anchored at both ends by the loader.
	Regexp string
	From   string
}

// The services among the endpoints of metadata that rules ask about, by the
// names of their elements (saml-metadata-2.0-os sections 2.4.2 to 2.4.4).
const (
	ServiceSSO      = "SingleSignOnService"
	ServiceLogout   = "SingleLogoutService"
	ServiceArtifact = "ArtifactResolutionService"
	ServiceACS      = "AssertionConsumerService"
)

// Endpoint is an address of one of the parties, as its metadata gives it.
type Endpoint struct {
	Entity           string // entityID
	Service          string // ServiceSSO, …
	Binding          string // URI
	Location         string
	ResponseLocation string // empty: responses go to Location too
	Index            string // as spelled; empty where the service has none
	From             string
}

// Party is a side of a login.
type Party string

// The parties.
const (
	PartyIdP Party = "IdP"
	PartySP  Party = "SP"
)

// Metadata is a party as a file of metadata describes it.
type Metadata struct {
	Party  Party
	Name   string // of the file
	From   string // "--idp-metadata", "--sp-metadata"
	File   *metadata.File
	Entity *metadata.Entity // the one of File that is meant
}

// InResponseTo says what InResponseTo must be.
type InResponseTo struct {
	// None: the service sent no request, so there must be none.
	None bool
	// ID must be equal; empty with None false: not known.
	ID   string
	From string
}

// Expect is the whole of what is expected. The zero value expects nothing in
// particular: rules that need a value skip.
type Expect struct {
	// SPEntityIDs are the accepted audiences. Several are alternatives.
	SPEntityIDs []Value
	// AudienceAlso are values that serve as an audience besides the entity IDs
	// (Qualtrics: the ACS URL).
	AudienceAlso []Value
	ACSURLs      []Value
	// ACSPatterns describe the ACS URLs of a service whose exact one is not known.
	ACSPatterns  []Pattern
	SPPatterns   []Pattern
	IdPEntityIDs []Value
	// SSOURLs are the IdP's SingleSignOnService locations.
	SSOURLs []Value

	// IdPs are the IdPs of SAML that metadata describes, IdPEndpoints their
	// endpoints of every service and binding; SPEndpoints are those of the service.
	IdPs         []Value
	IdPEndpoints []Endpoint
	SPEndpoints  []Endpoint
	// Metadata are the parties as their files describe them, for rules about
	// metadata itself. The files are never changed and so may be shared.
	Metadata []Metadata

	// Certificates are those that the IdP's signatures are trusted by.
	Certificates []Certificate
	// ErrorAnswers are regular expressions that match the service's own answers to
	// a login when they tell an error: a page, a document, a URL.
	ErrorAnswers []string
	// Fingerprints are those of certificates that the IdP's signatures are
	// trusted by, where the certificates themselves are not at hand: one that a
	// message brings along is then compared with them.
	Fingerprints []Fingerprint
	// NoCertificate: it is configured explicitly that there is none.
	NoCertificate Bool
	// IdPEncryption are the IdP's certificates with use="encryption" and
	// SPCertificates those of the service, for any use. No signature of the IdP
	// is trusted by them; they explain a signature made with the wrong key, or a
	// message encrypted for another one.
	IdPEncryption  []Certificate
	SPCertificates []Certificate

	InResponseTo  InResponseTo
	NameIDFormats []Value
	// NameIDUsed: the service reads the NameID, so that it must be there.
	NameIDUsed      Bool
	NameQualifier   Value
	SPNameQualifier Value
	Attributes      []Attribute
	AuthnContexts   []Value
	ClockSkew       Duration
	// MaxAuthnAge is how old AuthnInstant may be; zero: any age.
	MaxAuthnAge          Duration
	WantAssertionsSigned Bool
	WantEncrypted        Bool

	// Severities by "rule" or "rule/reason".
	Severities map[string]Severity
}

// SeverityOf decides how grave a finding is: what is set for the rule's very
// reason, else the finding's own grade, else what is set for the rule, else the
// rule's own. e may be nil.
func (e *Expect) SeverityOf(rule, reason string, own, def Severity) Severity {
	if e != nil {
		if s, ok := e.Severities[rule+"/"+reason]; ok {
			return s
		}
	}
	if own != "" {
		return own
	}
	if e != nil {
		if s, ok := e.Severities[rule]; ok {
			return s
		}
	}
	return def
}
