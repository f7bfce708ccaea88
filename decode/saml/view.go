package saml

import "github.com/samlwhy/samlwhy/decode/xmldoc"

// View reads doc as a message; the plaintext of encrypted elements is read in
// their place, as far as it is known. It never fails: a document that is no SAML
// message has TypeOther.
func View(doc *xmldoc.Document, opened []Plaintext) *Message {
	m := &Message{Document: doc, Opened: opened}
	if doc == nil || doc.Root() == nil {
		return m
	}
	m.Root = doc.Root()
	m.opened = byElement(opened)
	m.view(m.Root)
	return m
}

func (m *Message) view(root *xmldoc.Node) {
	name := root.Name()
	switch name.Space {
	case NSProtocol:
		m.viewProtocol(root)
	case NSProtocol11:
		if name.Local == "Response" {
			m.Type, m.SAML11 = TypeResponse, true
			m.viewResponse(root)
		}
	case NSAssertion, NSAssertion11:
		switch name.Local {
		case "Assertion":
			m.Type = TypeAssertion
			m.SAML11 = name.Space == NSAssertion11
			m.Assertions = append(m.Assertions, m.viewAssertion(root))
		case "EncryptedAssertion":
			m.Type = TypeAssertion
			m.addEncrypted(root)
		}
	case NSTrust, NSTrust13:
		m.viewTrust(root)
	case NSMetadata:
		if name.Local == "EntityDescriptor" || name.Local == "EntitiesDescriptor" {
			m.Type = TypeMetadata
		}
	}
}

func (m *Message) viewProtocol(root *xmldoc.Node) {
	switch root.Name().Local {
	case "Response":
		m.Type = TypeResponse
		m.viewResponse(root)
	case "ArtifactResponse":
		m.Type = TypeArtifactResponse
		m.ArtifactResponse = &Response{Header: viewHeader(root), InResponseTo: AttrValue(root, "InResponseTo"), Status: viewStatus(root.Child(NSProtocol, "Status"))}
		if inner := root.Child(NSProtocol, "Response"); inner != nil {
			m.viewResponse(inner)
		}
	case "ArtifactResolve":
		m.Type = TypeArtifactResolve
		m.ArtifactResolve = &ArtifactResolve{Header: viewHeader(root), Artifact: text(root.Child(NSProtocol, "Artifact"))}
	case "AuthnRequest":
		m.Type = TypeAuthnRequest
		m.AuthnRequest = viewAuthnRequest(root)
	case "LogoutRequest", "LogoutResponse":
		m.Type = Type(root.Name().Local)
		m.Logout = m.viewLogout(root)
	}
}

func (m *Message) viewResponse(n *xmldoc.Node) {
	m.Response = &Response{
		Header:       viewHeader(n),
		InResponseTo: AttrValue(n, "InResponseTo"),
		Consent:      AttrValue(n, "Consent"),
		Status:       viewStatus(n.Child(n.Name().Space, "Status")),
	}
	for c := range n.Elements() {
		switch {
		case c.Is(NSAssertion, "Assertion"), c.Is(NSAssertion11, "Assertion"):
			m.Assertions = append(m.Assertions, m.viewAssertion(c))
		case c.Is(NSAssertion, "EncryptedAssertion"):
			m.addEncrypted(c)
		}
	}
}

// Success reports whether the top-level status code is Success. A message
// without a Status, such as a bare assertion, has nothing to say otherwise.
func (m *Message) Success() bool {
	if m.Response == nil || m.Response.Status == nil || len(m.Response.Status.Codes) == 0 {
		return true
	}
	code := m.Response.Status.Codes[0].Trimmed()
	return code == StatusSuccess || m.SAML11 && localName(code) == "Success"
}

// Header is what requests, responses and the bare assertion share, or nil for
// a message that has none of it.
func (m *Message) Header() *Header {
	switch {
	case m.Response != nil:
		return &m.Response.Header
	case m.AuthnRequest != nil:
		return &m.AuthnRequest.Header
	case m.Logout != nil:
		return &m.Logout.Header
	case m.ArtifactResponse != nil:
		return &m.ArtifactResponse.Header
	case m.ArtifactResolve != nil:
		return &m.ArtifactResolve.Header
	case len(m.Assertions) > 0:
		return &m.Assertions[0].Header
	}
	return nil
}

func viewHeader(n *xmldoc.Node) Header {
	h := Header{
		Node:         n,
		ID:           AttrValue(n, "ID"),
		Version:      AttrValue(n, "Version"),
		IssueInstant: AttrValue(n, "IssueInstant"),
		Destination:  AttrValue(n, "Destination"),
	}
	for c := range n.Elements() {
		switch {
		case c.Is(NSAssertion, "Issuer") && h.Issuer == nil:
			h.Issuer = viewNameID(c)
		case c.Is(NSSignature, "Signature"):
			h.Signatures = append(h.Signatures, c)
		}
	}
	switch n.Name().Space {
	case NSProtocol11:
		h.ID = AttrValue(n, "ResponseID")
		h.Destination = AttrValue(n, "Recipient")
	case NSAssertion11:
		h.ID = AttrValue(n, "AssertionID")
		if v := AttrValue(n, "Issuer"); v != nil {
			h.Issuer = &NameID{Value: *v}
		}
	}
	return h
}

func viewStatus(n *xmldoc.Node) *Status {
	if n == nil {
		return nil
	}
	s := &Status{Node: n, Message: text(n.Child(n.Name().Space, "StatusMessage")), Detail: n.Child(n.Name().Space, "StatusDetail")}
	for c := n.Child(n.Name().Space, "StatusCode"); c != nil; c = c.Child(n.Name().Space, "StatusCode") {
		if v := AttrValue(c, "Value"); v != nil {
			s.Codes = append(s.Codes, v)
		}
	}
	return s
}

func viewNameID(n *xmldoc.Node) *NameID {
	if n == nil {
		return nil
	}
	return &NameID{
		Value:           *text(n),
		Format:          AttrValue(n, "Format"),
		NameQualifier:   AttrValue(n, "NameQualifier"),
		SPNameQualifier: AttrValue(n, "SPNameQualifier"),
		SPProvidedID:    AttrValue(n, "SPProvidedID"),
	}
}

func viewAuthnRequest(n *xmldoc.Node) *AuthnRequest {
	r := &AuthnRequest{
		Header:          viewHeader(n),
		ACSURL:          AttrValue(n, "AssertionConsumerServiceURL"),
		ACSIndex:        AttrValue(n, "AssertionConsumerServiceIndex"),
		ProtocolBinding: AttrValue(n, "ProtocolBinding"),
		ForceAuthn:      AttrValue(n, "ForceAuthn"),
		IsPassive:       AttrValue(n, "IsPassive"),
		NameIDPolicy:    n.Child(NSProtocol, "NameIDPolicy"),
	}
	r.NameIDFormat = AttrValue(r.NameIDPolicy, "Format")
	r.SPNameQualifier = AttrValue(r.NameIDPolicy, "SPNameQualifier")
	r.AllowCreate = AttrValue(r.NameIDPolicy, "AllowCreate")
	if c := n.Child(NSProtocol, "RequestedAuthnContext"); c != nil {
		r.Comparison = AttrValue(c, "Comparison")
		r.ClassRefs = ChildValues(c, NSAssertion, "AuthnContextClassRef")
	}
	return r
}

func (m *Message) viewLogout(n *xmldoc.Node) *Logout {
	l := &Logout{
		Header:       viewHeader(n),
		InResponseTo: AttrValue(n, "InResponseTo"),
		Status:       viewStatus(n.Child(NSProtocol, "Status")),
		NotOnOrAfter: AttrValue(n, "NotOnOrAfter"),
		Reason:       AttrValue(n, "Reason"),
		NameID:       viewNameID(n.Child(NSAssertion, "NameID")),
		EncryptedID:  n.Child(NSAssertion, "EncryptedID"),
		SessionIndex: ChildValues(n, NSProtocol, "SessionIndex"),
	}
	if id := m.opened.content(l.EncryptedID, "NameID"); id != nil && l.NameID == nil {
		l.NameID, l.EncryptedID = viewNameID(id), nil
	}
	return l
}

func text(n *xmldoc.Node) *Value {
	if n == nil {
		return nil
	}
	return &Value{Text: n.Text(), Node: n}
}

// AttrValue is the attribute of n called local, in no namespace, or nil. n may be nil.
func AttrValue(n *xmldoc.Node, local string) *Value {
	if n == nil {
		return nil
	}
	if a := n.Attr("", local); a != nil {
		return &Value{Text: a.Value, Node: n, Attr: a}
	}
	return nil
}

// ChildValues are the contents of the child elements of n named {space}local.
func ChildValues(n *xmldoc.Node, space, local string) []*Value {
	var vs []*Value
	for c := range n.Elements() {
		if c.Is(space, local) {
			vs = append(vs, text(c))
		}
	}
	return vs
}
