package saml

import "github.com/samlwhy/samlwhy/decode/xmldoc"

// viewTrust finds the token of a RequestSecurityTokenResponse, which may stand
// in a RequestSecurityTokenResponseCollection.
func (m *Message) viewTrust(root *xmldoc.Node) {
	m.Type = TypeRSTR
	m.Token = &TokenResponse{}
	for n := range root.Descendants() {
		if !n.Is(root.Name().Space, "RequestedSecurityToken") {
			continue
		}
		m.Token.Requested = append(m.Token.Requested, n)
		for c := range n.Elements() {
			switch {
			case c.Is(NSAssertion, "Assertion"), c.Is(NSAssertion11, "Assertion"):
				m.Assertions = append(m.Assertions, m.viewAssertion(c))
			case c.Is(NSAssertion, "EncryptedAssertion"):
				m.addEncrypted(c)
			case c.Is(NSEncryption, "EncryptedData"):
				m.addEncrypted(n) // WS-Trust needs no EncryptedAssertion around it
			default:
				m.Token.Others = append(m.Token.Others, c)
			}
		}
	}
	if len(m.Assertions) > 0 {
		m.SAML11 = m.Assertions[len(m.Assertions)-1].SAML11
	}
	m.Token.read(root)
	for c := range root.Elements() {
		if c.Is(root.Name().Space, "RequestSecurityTokenResponse") {
			m.Token.read(c)
		}
	}
}

// read takes what says something about the token from n's children. Of the
// namespaces of WS-Policy, WS-Addressing and WS-Utility many versions are in
// use, so that their elements are known by their local names.
func (t *TokenResponse) read(n *xmldoc.Node) {
	for c := range n.Elements() {
		switch c.Name().Local {
		case "TokenType":
			keepFirst(&t.TokenType, text(c))
		case "Lifetime":
			keepFirst(&t.Created, text(childNamed(c, "Created")))
			keepFirst(&t.Expires, text(childNamed(c, "Expires")))
		case "AppliesTo":
			keepFirst(&t.AppliesTo, text(childNamed(childNamed(c, "EndpointReference"), "Address")))
		}
	}
}

func keepFirst(to **Value, v *Value) {
	if *to == nil {
		*to = v
	}
}

// childNamed is the first child element with that local name, in any namespace,
// or nil; n may be nil.
func childNamed(n *xmldoc.Node, local string) *xmldoc.Node {
	if n == nil {
		return nil
	}
	for c := range n.Elements() {
		if c.Name().Local == local {
			return c
		}
	}
	return nil
}
