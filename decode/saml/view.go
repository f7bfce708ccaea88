package saml

import "github.com/samlwhy/samlwhy/decode/xmldoc"

// View reads doc as a message. It never fails: a document that is no SAML
// message has TypeOther.
func View(doc *xmldoc.Document) *Message {
	m := &Message{Document: doc}
	if doc == nil || doc.Root() == nil {
		return m
	}
	m.Root = doc.Root()
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
			m.Assertions = append(m.Assertions, viewAssertion(root))
		case "EncryptedAssertion":
			m.Type = TypeAssertion
			m.Encrypted = append(m.Encrypted, root)
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
		m.ArtifactResponse = &Response{Header: viewHeader(root), InResponseTo: attr(root, "InResponseTo"), Status: viewStatus(child(root, NSProtocol, "Status"))}
		if inner := child(root, NSProtocol, "Response"); inner != nil {
			m.viewResponse(inner)
		}
	case "ArtifactResolve":
		m.Type = TypeArtifactResolve
		m.ArtifactResolve = &ArtifactResolve{Header: viewHeader(root), Artifact: text(child(root, NSProtocol, "Artifact"))}
	case "AuthnRequest":
		m.Type = TypeAuthnRequest
		m.AuthnRequest = viewAuthnRequest(root)
	case "LogoutRequest", "LogoutResponse":
		m.Type = Type(root.Name().Local)
		m.Logout = viewLogout(root)
	}
}

func (m *Message) viewResponse(n *xmldoc.Node) {
	m.Response = &Response{
		Header:       viewHeader(n),
		InResponseTo: attr(n, "InResponseTo"),
		Consent:      attr(n, "Consent"),
		Status:       viewStatus(child(n, n.Name().Space, "Status")),
	}
	for c := range n.Elements() {
		switch {
		case c.Is(NSAssertion, "Assertion"), c.Is(NSAssertion11, "Assertion"):
			m.Assertions = append(m.Assertions, viewAssertion(c))
		case c.Is(NSAssertion, "EncryptedAssertion"):
			m.Encrypted = append(m.Encrypted, c)
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
		ID:           attr(n, "ID"),
		Version:      attr(n, "Version"),
		IssueInstant: attr(n, "IssueInstant"),
		Destination:  attr(n, "Destination"),
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
		h.ID = attr(n, "ResponseID")
		h.Destination = attr(n, "Recipient")
	case NSAssertion11:
		h.ID = attr(n, "AssertionID")
		if v := attr(n, "Issuer"); v != nil {
			h.Issuer = &NameID{Value: *v}
		}
	}
	return h
}

func viewStatus(n *xmldoc.Node) *Status {
	if n == nil {
		return nil
	}
	s := &Status{Node: n, Message: text(child(n, n.Name().Space, "StatusMessage")), Detail: child(n, n.Name().Space, "StatusDetail")}
	for c := child(n, n.Name().Space, "StatusCode"); c != nil; c = child(c, n.Name().Space, "StatusCode") {
		if v := attr(c, "Value"); v != nil {
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
		Format:          attr(n, "Format"),
		NameQualifier:   attr(n, "NameQualifier"),
		SPNameQualifier: attr(n, "SPNameQualifier"),
		SPProvidedID:    attr(n, "SPProvidedID"),
	}
}

func viewAuthnRequest(n *xmldoc.Node) *AuthnRequest {
	r := &AuthnRequest{
		Header:          viewHeader(n),
		ACSURL:          attr(n, "AssertionConsumerServiceURL"),
		ACSIndex:        attr(n, "AssertionConsumerServiceIndex"),
		ProtocolBinding: attr(n, "ProtocolBinding"),
		ForceAuthn:      attr(n, "ForceAuthn"),
		IsPassive:       attr(n, "IsPassive"),
		NameIDPolicy:    child(n, NSProtocol, "NameIDPolicy"),
	}
	r.NameIDFormat = attr(r.NameIDPolicy, "Format")
	r.SPNameQualifier = attr(r.NameIDPolicy, "SPNameQualifier")
	r.AllowCreate = attr(r.NameIDPolicy, "AllowCreate")
	if c := child(n, NSProtocol, "RequestedAuthnContext"); c != nil {
		r.Comparison = attr(c, "Comparison")
		r.ClassRefs = texts(c, NSAssertion, "AuthnContextClassRef")
	}
	return r
}

func viewLogout(n *xmldoc.Node) *Logout {
	l := &Logout{
		Header:       viewHeader(n),
		InResponseTo: attr(n, "InResponseTo"),
		Status:       viewStatus(child(n, NSProtocol, "Status")),
		NotOnOrAfter: attr(n, "NotOnOrAfter"),
		Reason:       attr(n, "Reason"),
		NameID:       viewNameID(child(n, NSAssertion, "NameID")),
		EncryptedID:  child(n, NSAssertion, "EncryptedID"),
		SessionIndex: texts(n, NSProtocol, "SessionIndex"),
	}
	return l
}

// child is the first child element {space}local, or nil; n may be nil.
func child(n *xmldoc.Node, space, local string) *xmldoc.Node {
	if n == nil {
		return nil
	}
	for c := range n.Elements() {
		if c.Is(space, local) {
			return c
		}
	}
	return nil
}

func attr(n *xmldoc.Node, local string) *Value {
	if n == nil {
		return nil
	}
	if a := n.Attr("", local); a != nil {
		return &Value{Text: a.Value, Node: n, Attr: a}
	}
	return nil
}

func text(n *xmldoc.Node) *Value {
	if n == nil {
		return nil
	}
	return &Value{Text: n.Text(), Node: n}
}

func texts(n *xmldoc.Node, space, local string) []*Value {
	var vs []*Value
	for c := range n.Elements() {
		if c.Is(space, local) {
			vs = append(vs, text(c))
		}
	}
	return vs
}
