package expect

import (
	"maps"
	"slices"
)

// Clone is a copy that shares nothing which can be changed. Certificates are
// never changed once read, so their contents are shared. A nil e gives an empty
// Expect.
func (e *Expect) Clone() *Expect {
	if e == nil {
		return &Expect{}
	}
	c := *e
	c.SPEntityIDs = slices.Clone(e.SPEntityIDs)
	c.AudienceAlso = slices.Clone(e.AudienceAlso)
	c.ACSURLs = slices.Clone(e.ACSURLs)
	c.ACSPatterns = slices.Clone(e.ACSPatterns)
	c.SPPatterns = slices.Clone(e.SPPatterns)
	c.IdPEntityIDs = slices.Clone(e.IdPEntityIDs)
	c.SSOURLs = slices.Clone(e.SSOURLs)
	c.IdPs = slices.Clone(e.IdPs)
	c.IdPEndpoints = slices.Clone(e.IdPEndpoints)
	c.SPEndpoints = slices.Clone(e.SPEndpoints)
	c.Metadata = slices.Clone(e.Metadata)
	c.Certificates = slices.Clone(e.Certificates)
	c.Fingerprints = slices.Clone(e.Fingerprints)
	c.ErrorAnswers = slices.Clone(e.ErrorAnswers)
	c.IdPEncryption = slices.Clone(e.IdPEncryption)
	c.SPCertificates = slices.Clone(e.SPCertificates)
	c.NameIDFormats = slices.Clone(e.NameIDFormats)
	c.Attributes = slices.Clone(e.Attributes)
	for i := range c.Attributes {
		a := &c.Attributes[i]
		a.Aliases, a.Values = slices.Clone(a.Aliases), slices.Clone(a.Values)
	}
	c.AuthnContexts = slices.Clone(e.AuthnContexts)
	c.Severities = maps.Clone(e.Severities)
	return &c
}

// Merge is base with what over sets put over it. Neither is changed or shared;
// nil stands for an empty Expect.
//
// A value or list that over sets replaces base's; exact values and patterns of
// the same thing are one list in this. Attributes are joined by name and
// severities by key, so that asking for one more attribute does not drop those
// of the service.
func Merge(base, over *Expect) *Expect {
	m, o := base.Clone(), over.Clone()

	if len(o.SPEntityIDs)+len(o.SPPatterns) > 0 {
		m.SPEntityIDs, m.SPPatterns = o.SPEntityIDs, o.SPPatterns
	}
	if len(o.ACSURLs)+len(o.ACSPatterns) > 0 {
		m.ACSURLs, m.ACSPatterns = o.ACSURLs, o.ACSPatterns
	}
	replace(&m.AudienceAlso, o.AudienceAlso)
	replace(&m.IdPEntityIDs, o.IdPEntityIDs)
	replace(&m.SSOURLs, o.SSOURLs)
	if len(o.IdPs) > 0 {
		// Of an IdP that is described the missing endpoints are missing.
		m.IdPs, m.IdPEndpoints = o.IdPs, o.IdPEndpoints
	}
	replace(&m.SPEndpoints, o.SPEndpoints)
	m.mergeMetadata(o.Metadata)

	// That there is a certificate and that there is none exclude each other.
	switch {
	case len(o.Certificates)+len(o.Fingerprints) > 0:
		m.Certificates, m.Fingerprints, m.NoCertificate = o.Certificates, o.Fingerprints, o.NoCertificate
	case o.NoCertificate.From != "":
		m.NoCertificate = o.NoCertificate
		if o.NoCertificate.Value {
			m.Certificates, m.Fingerprints = nil, nil
		}
	}
	replace(&m.IdPEncryption, o.IdPEncryption)
	replace(&m.SPCertificates, o.SPCertificates)

	if o.InResponseTo.From != "" {
		m.InResponseTo = o.InResponseTo
	}
	replace(&m.NameIDFormats, o.NameIDFormats)
	replaceBool(&m.NameIDUsed, o.NameIDUsed)
	replaceValue(&m.NameQualifier, o.NameQualifier)
	replaceValue(&m.SPNameQualifier, o.SPNameQualifier)
	m.mergeAttributes(o.Attributes)
	replace(&m.AuthnContexts, o.AuthnContexts)
	replaceDuration(&m.ClockSkew, o.ClockSkew)
	replaceDuration(&m.MaxAuthnAge, o.MaxAuthnAge)
	replaceBool(&m.WantAssertionsSigned, o.WantAssertionsSigned)
	replaceBool(&m.WantEncrypted, o.WantEncrypted)

	if m.Severities == nil {
		m.Severities = o.Severities
	} else {
		maps.Copy(m.Severities, o.Severities)
	}
	return m
}

// mergeMetadata lets the files of a party replace those that there were of it.
func (e *Expect) mergeMetadata(over []Metadata) {
	e.Metadata = slices.DeleteFunc(e.Metadata, func(m Metadata) bool {
		return slices.ContainsFunc(over, func(o Metadata) bool { return o.Party == m.Party })
	})
	e.Metadata = append(e.Metadata, over...)
}

func replace[T any](list *[]T, over []T) {
	if len(over) > 0 {
		*list = over
	}
}

func replaceBool(v *Bool, over Bool) {
	if over.From != "" {
		*v = over
	}
}

func replaceDuration(v *Duration, over Duration) {
	if over.From != "" {
		*v = over
	}
}

func replaceValue(v *Value, over Value) {
	if over.From != "" {
		*v = over
	}
}

// mergeAttributes lays each attribute of over on that of the same name, or adds it.
// What over does not say about an attribute stays as it was.
func (e *Expect) mergeAttributes(over []Attribute) {
	index := make(map[string]int, len(e.Attributes))
	for i := range e.Attributes {
		for _, alias := range e.Attributes[i].Aliases {
			index[alias] = i
		}
	}
	for i := range e.Attributes { // a name outranks an alias
		index[e.Attributes[i].Name] = i
	}
	for _, o := range over {
		i, known := index[o.Name]
		if !known {
			index[o.Name] = len(e.Attributes)
			e.Attributes = append(e.Attributes, o)
			continue
		}
		e.Attributes[i].merge(&o)
	}
}

func (a *Attribute) merge(o *Attribute) {
	switch {
	case o.Required:
		// Asked for: as grave as o or the rule says, however little the mere
		// knowledge of the attribute was worth.
		a.Required, a.Severity, a.From = true, o.Severity, o.From
		if a.Name != o.Name {
			// By an alias: that very name is wanted now.
			a.Name, a.Aliases = o.Name, nil
		}
	case o.Severity != "":
		a.Severity = o.Severity
	}
	replace(&a.Aliases, o.Aliases)
	replace(&a.Values, o.Values)
	if o.Type != "" {
		a.Type = o.Type
	}
	if o.MaxLength != 0 {
		a.MaxLength = o.MaxLength
	}
}
