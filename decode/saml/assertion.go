package saml

import (
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func (m *Message) viewAssertion(n *xmldoc.Node) *Assertion {
	if n.Name().Space == NSAssertion11 {
		return viewAssertion11(n)
	}
	a := &Assertion{Header: viewHeader(n)}
	for c := range n.Elements() {
		if c.Name().Space != NSAssertion {
			continue
		}
		switch c.Name().Local {
		case "Subject":
			if a.Subject == nil {
				a.Subject = m.viewSubject(c)
			}
		case "Conditions":
			if a.Conditions == nil {
				a.Conditions = viewConditions(c)
			}
		case "AuthnStatement":
			a.AuthnStatements = append(a.AuthnStatements, viewAuthnStatement(c))
		case "AttributeStatement":
			a.AttributeStatements = append(a.AttributeStatements, c)
			for e := range c.Elements() {
				switch {
				case e.Is(NSAssertion, "Attribute"):
					a.Attributes = append(a.Attributes, viewAttribute(e))
				case e.Is(NSAssertion, "EncryptedAttribute"):
					if plain := m.opened.content(e, "Attribute"); plain != nil {
						a.Attributes = append(a.Attributes, viewAttribute(plain))
					} else {
						a.EncryptedAttributes = append(a.EncryptedAttributes, e)
					}
				}
			}
		}
	}
	return a
}

func viewAttribute(n *xmldoc.Node) *Attribute {
	return &Attribute{
		Node:         n,
		Name:         AttrValue(n, "Name"),
		NameFormat:   AttrValue(n, "NameFormat"),
		FriendlyName: AttrValue(n, "FriendlyName"),
		Values:       ChildValues(n, NSAssertion, "AttributeValue"),
	}
}

func (m *Message) viewSubject(n *xmldoc.Node) *Subject {
	s := &Subject{
		Node:      n,
		NameID:    viewNameID(n.Child(NSAssertion, "NameID")),
		BaseID:    n.Child(NSAssertion, "BaseID"),
		Encrypted: n.Child(NSAssertion, "EncryptedID"),
	}
	if id := m.opened.content(s.Encrypted, "NameID"); id != nil && s.NameID == nil {
		s.NameID, s.Encrypted = viewNameID(id), nil
	}
	for c := range n.Elements() {
		if !c.Is(NSAssertion, "SubjectConfirmation") {
			continue
		}
		data := c.Child(NSAssertion, "SubjectConfirmationData")
		s.Confirmations = append(s.Confirmations, &SubjectConfirmation{
			Node:         c,
			Method:       AttrValue(c, "Method"),
			Data:         data,
			Recipient:    AttrValue(data, "Recipient"),
			NotBefore:    AttrValue(data, "NotBefore"),
			NotOnOrAfter: AttrValue(data, "NotOnOrAfter"),
			InResponseTo: AttrValue(data, "InResponseTo"),
			Address:      AttrValue(data, "Address"),
		})
	}
	return s
}

func viewConditions(n *xmldoc.Node) *Conditions {
	c := &Conditions{Node: n, NotBefore: AttrValue(n, "NotBefore"), NotOnOrAfter: AttrValue(n, "NotOnOrAfter")}
	for e := range n.Elements() {
		switch {
		case e.Is(NSAssertion, "AudienceRestriction"):
			c.Audiences = append(c.Audiences, &AudienceRestriction{Node: e, Audiences: ChildValues(e, NSAssertion, "Audience")})
		case e.Is(NSAssertion11, "AudienceRestrictionCondition"):
			c.Audiences = append(c.Audiences, &AudienceRestriction{Node: e, Audiences: ChildValues(e, NSAssertion11, "Audience")})
		case e.Is(NSAssertion, "OneTimeUse"), e.Is(NSAssertion11, "DoNotCacheCondition"):
			c.OneTimeUse = append(c.OneTimeUse, e)
		case e.Is(NSAssertion, "ProxyRestriction"):
			c.Proxy = append(c.Proxy, e)
		default:
			c.Other = append(c.Other, e)
		}
	}
	return c
}

func viewAuthnStatement(n *xmldoc.Node) *AuthnStatement {
	s := &AuthnStatement{
		Node:                n,
		AuthnInstant:        AttrValue(n, "AuthnInstant"),
		SessionIndex:        AttrValue(n, "SessionIndex"),
		SessionNotOnOrAfter: AttrValue(n, "SessionNotOnOrAfter"),
		Address:             AttrValue(n.Child(NSAssertion, "SubjectLocality"), "Address"),
	}
	if ctx := n.Child(NSAssertion, "AuthnContext"); ctx != nil {
		s.ClassRefs = ChildValues(ctx, NSAssertion, "AuthnContextClassRef")
		s.DeclRefs = ChildValues(ctx, NSAssertion, "AuthnContextDeclRef")
	}
	return s
}

// viewAssertion11 maps a SAML 1.1 assertion (saml-core-1.1) to the 2.0 model:
// the subject is that of the first statement that has one.
func viewAssertion11(n *xmldoc.Node) *Assertion {
	a := &Assertion{Header: viewHeader(n), SAML11: true}
	for c := range n.Elements() {
		if c.Name().Space != NSAssertion11 {
			continue
		}
		switch c.Name().Local {
		case "Conditions":
			if a.Conditions == nil {
				a.Conditions = viewConditions(c)
			}
		case "AuthenticationStatement":
			s := &AuthnStatement{Node: c, AuthnInstant: AttrValue(c, "AuthenticationInstant")}
			if v := AttrValue(c, "AuthenticationMethod"); v != nil {
				s.ClassRefs = []*Value{v}
			}
			s.Address = AttrValue(c.Child(NSAssertion11, "SubjectLocality"), "IPAddress")
			a.AuthnStatements = append(a.AuthnStatements, s)
		case "AttributeStatement":
			a.AttributeStatements = append(a.AttributeStatements, c)
			for e := range c.Elements() {
				if e.Is(NSAssertion11, "Attribute") {
					a.Attributes = append(a.Attributes, &Attribute{
						Node:       e,
						Name:       AttrValue(e, "AttributeName"),
						NameFormat: AttrValue(e, "AttributeNamespace"),
						Values:     ChildValues(e, NSAssertion11, "AttributeValue"),
					})
				}
			}
		}
		if s := c.Child(NSAssertion11, "Subject"); s != nil && a.Subject == nil {
			a.Subject = viewSubject11(s)
		}
	}
	return a
}

func viewSubject11(n *xmldoc.Node) *Subject {
	s := &Subject{Node: n}
	if id := n.Child(NSAssertion11, "NameIdentifier"); id != nil {
		s.NameID = viewNameID(id)
	}
	if c := n.Child(NSAssertion11, "SubjectConfirmation"); c != nil {
		for e := range c.Elements() {
			if e.Is(NSAssertion11, "ConfirmationMethod") {
				s.Confirmations = append(s.Confirmations, &SubjectConfirmation{Node: c, Method: text(e)})
			}
		}
	}
	return s
}

// localName is what follows the last colon of a QName or URN.
func localName(s string) string { return s[strings.LastIndexByte(s, ':')+1:] }

// ClaimType is the URI of a SAML 1.1 attribute as WS-Federation names its
// claims, AttributeNamespace and AttributeName with a slash between; empty for an
// attribute of SAML 2.0, whose Name says it all, and without a namespace.
func (a *Attribute) ClaimType() string {
	space := a.NameFormat.Trimmed()
	if space == "" || a.Node.Name().Space != NSAssertion11 {
		return ""
	}
	return strings.TrimSuffix(space, "/") + "/" + a.Name.Get()
}
