// Package saml gives typed views over a message's tree, so that rules, reports,
// comparison and redaction read one model. Every value remembers the node it
// came from; nothing is judged here, and a view exists for broken messages too:
// what is missing is nil, what is repeated is listed.
//
// Element and attribute names are those of saml-core-2.0-os; where SAML 1.1
// differs its names are mapped to the 2.0 ones and [Message.Version] says so.
package saml

import (
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// The namespaces of the messages samlwhy reads.
const (
	NSProtocol    = "urn:oasis:names:tc:SAML:2.0:protocol"
	NSAssertion   = "urn:oasis:names:tc:SAML:2.0:assertion"
	NSMetadata    = "urn:oasis:names:tc:SAML:2.0:metadata"
	NSProtocol11  = "urn:oasis:names:tc:SAML:1.0:protocol" // SAML 1.0 and 1.1
	NSAssertion11 = "urn:oasis:names:tc:SAML:1.0:assertion"
	NSSignature   = "http://www.w3.org/2000/09/xmldsig#"
	NSEncryption  = "http://www.w3.org/2001/04/xmlenc#"
	NSSOAP11      = "http://schemas.xmlsoap.org/soap/envelope/"
	NSTrust       = "http://schemas.xmlsoap.org/ws/2005/02/trust"
	NSTrust13     = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
	NSXSI         = "http://www.w3.org/2001/XMLSchema-instance"
)

// The identifiers that rules compare with most.
const (
	StatusSuccess     = "urn:oasis:names:tc:SAML:2.0:status:Success"
	MethodBearer      = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	MethodHolderOfKey = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
	FormatUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	FormatEmail       = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	FormatX509Subject = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
	FormatWindows     = "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName"
	FormatKerberos    = "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos"
	FormatEntity      = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
	FormatPersistent  = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	FormatTransient   = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
)

// Type is the kind of message, by the local name of its element where that is
// unambiguous.
type Type string

// The types of message that are told apart.
const (
	TypeResponse         Type = "Response"
	TypeAssertion        Type = "Assertion" // bare
	TypeAuthnRequest     Type = "AuthnRequest"
	TypeLogoutRequest    Type = "LogoutRequest"
	TypeLogoutResponse   Type = "LogoutResponse"
	TypeArtifactResolve  Type = "ArtifactResolve"
	TypeArtifactResponse Type = "ArtifactResponse"
	TypeRSTR             Type = "RequestSecurityTokenResponse" // WS-Trust, carried by WS-Federation
	TypeMetadata         Type = "EntityDescriptor"
	TypeOther            Type = "" // none of these; see Message.Root
)

// Value is one piece of text in the message: the content of an element, or an
// attribute. A nil *Value is a value that is not there.
type Value struct {
	// Text is the value as an XML processor reports it: for an element all text
	// below it, across comments.
	Text string
	// Node is the element that holds the text or the attribute.
	Node *xmldoc.Node
	// Attr is the attribute, or nil for an element's content.
	Attr *xmldoc.Attr
}

// Get is the text, or "" when v is nil.
func (v *Value) Get() string {
	if v == nil {
		return ""
	}
	return v.Text
}

// Trimmed is the text without the white space around it, or "" when v is nil.
func (v *Value) Trimmed() string { return strings.Trim(v.Get(), " \t\r\n") }

// Path is where the value stands, "/Response/Assertion/Subject/NameID" or
// "/Response/@Destination".
func (v *Value) Path() string {
	if v == nil {
		return ""
	}
	if v.Attr != nil {
		return v.Node.Path() + "/@" + v.Attr.Name.String()
	}
	return v.Node.Path()
}

// Position is where the value begins: the literal of an attribute, the start
// tag of an element.
func (v *Value) Position() xmldoc.Position {
	if v == nil {
		return xmldoc.Position{}
	}
	if v.Attr != nil {
		return v.Node.AttrValuePosition(v.Attr)
	}
	return v.Node.Position()
}

// Message is a view of one whole message.
type Message struct {
	Document *xmldoc.Document
	Root     *xmldoc.Node // nil when the document has no element
	Type     Type
	// SAML11 says that the root, or the token it carries, is of SAML 1.0 or 1.1.
	SAML11 bool

	// Response is set for TypeResponse, and for a Response inside an ArtifactResponse.
	Response *Response
	// Assertions are those a service would use: the direct children of the
	// Response, the bare assertion, or the token of a RequestSecurityTokenResponse,
	// and what was encrypted in these places and has been opened.
	Assertions []*Assertion
	// Encrypted are the EncryptedAssertion elements in these places, and encrypted
	// tokens, that have not.
	Encrypted []*xmldoc.Node
	// Opened are the encrypted elements whose plaintext is known.
	Opened []Plaintext

	AuthnRequest *AuthnRequest
	Logout       *Logout

	// ArtifactResponse is what stands around the Response of a
	// TypeArtifactResponse. Response is nil where it holds none.
	ArtifactResponse *Response
	ArtifactResolve  *ArtifactResolve
	// Token is what stands around the token of a TypeRSTR.
	Token *TokenResponse

	opened plaintexts
}

// Header holds what SAML 2.0 requests, responses and assertions share.
type Header struct {
	Node         *xmldoc.Node
	ID           *Value
	Version      *Value
	IssueInstant *Value
	Destination  *Value
	Issuer       *NameID        // the first Issuer child, wherever it stands
	Signatures   []*xmldoc.Node // direct ds:Signature children
}

// Response is samlp:Response, or anything of StatusResponseType.
type Response struct {
	Header
	InResponseTo *Value
	Consent      *Value
	Status       *Status
}

// ArtifactResolve is samlp:ArtifactResolve (saml-core section 3.5.1).
type ArtifactResolve struct {
	Header
	Artifact *Value
}

// TokenResponse is the RequestSecurityTokenResponse of WS-Trust, alone or in its
// collection. Of several the first one that has a value gives it.
type TokenResponse struct {
	// Requested are the RequestedSecurityToken elements.
	Requested []*xmldoc.Node
	// Others are the elements in them that are no assertion.
	Others    []*xmldoc.Node
	TokenType *Value
	Created   *Value // Lifetime/Created
	Expires   *Value // Lifetime/Expires
	AppliesTo *Value // AppliesTo/EndpointReference/Address
}

// Status is samlp:Status (saml-core section 3.2.2).
type Status struct {
	Node    *xmldoc.Node
	Codes   []*Value // Value attributes, top level first
	Message *Value
	Detail  *xmldoc.Node
}

// NameID is any NameIDType: NameID, Issuer, and the identifier inside an
// EncryptedID is not one (see Subject.Encrypted).
type NameID struct {
	Value
	Format          *Value
	NameQualifier   *Value
	SPNameQualifier *Value
	SPProvidedID    *Value
}

// Assertion is saml:Assertion of SAML 2.0 or 1.1.
type Assertion struct {
	Header
	SAML11          bool
	Subject         *Subject
	Conditions      *Conditions
	AuthnStatements []*AuthnStatement
	Attributes      []*Attribute // of all attribute statements, in order
	// EncryptedAttributes are the saml:EncryptedAttribute elements that have not
	// been opened.
	EncryptedAttributes []*xmldoc.Node
	AttributeStatements []*xmldoc.Node
	// Encrypted is the element that the assertion came in, mostly an
	// EncryptedAssertion; nil when it came in the clear. Its nodes are then of another document than the message's.
	Encrypted *xmldoc.Node
}

// Subject is saml:Subject.
type Subject struct {
	Node          *xmldoc.Node
	NameID        *NameID
	BaseID        *xmldoc.Node
	Encrypted     *xmldoc.Node // EncryptedID that has not been opened
	Confirmations []*SubjectConfirmation
}

// SubjectConfirmation is one saml:SubjectConfirmation with its data.
type SubjectConfirmation struct {
	Node         *xmldoc.Node
	Method       *Value
	Data         *xmldoc.Node
	Recipient    *Value
	NotBefore    *Value
	NotOnOrAfter *Value
	InResponseTo *Value
	Address      *Value
}

// Bearer reports whether the method is bearer.
func (c *SubjectConfirmation) Bearer() bool {
	m := c.Method.Trimmed()
	return m == MethodBearer || m == "urn:oasis:names:tc:SAML:1.0:cm:bearer"
}

// Conditions is saml:Conditions.
type Conditions struct {
	Node         *xmldoc.Node
	NotBefore    *Value
	NotOnOrAfter *Value
	Audiences    []*AudienceRestriction
	OneTimeUse   []*xmldoc.Node
	Proxy        []*xmldoc.Node
	Other        []*xmldoc.Node // conditions this view does not know
}

// AudienceRestriction is one saml:AudienceRestriction; its audiences are
// alternatives, several restrictions must all hold.
type AudienceRestriction struct {
	Node      *xmldoc.Node
	Audiences []*Value
}

// AuthnStatement is saml:AuthnStatement.
type AuthnStatement struct {
	Node                *xmldoc.Node
	AuthnInstant        *Value
	SessionIndex        *Value
	SessionNotOnOrAfter *Value
	ClassRefs           []*Value // AuthnContextClassRef; AuthenticationMethod in SAML 1.1
	DeclRefs            []*Value
	Address             *Value // SubjectLocality/@Address
}

// Attribute is saml:Attribute.
type Attribute struct {
	Node         *xmldoc.Node
	Name         *Value // AttributeName in SAML 1.1
	NameFormat   *Value // AttributeNamespace in SAML 1.1
	FriendlyName *Value
	Values       []*Value
}

// AuthnRequest is samlp:AuthnRequest.
type AuthnRequest struct {
	Header
	ACSURL          *Value
	ACSIndex        *Value
	ProtocolBinding *Value
	ForceAuthn      *Value
	IsPassive       *Value
	NameIDPolicy    *xmldoc.Node
	NameIDFormat    *Value // NameIDPolicy/@Format
	SPNameQualifier *Value // NameIDPolicy/@SPNameQualifier
	AllowCreate     *Value
	Comparison      *Value // RequestedAuthnContext/@Comparison
	ClassRefs       []*Value
}

// Logout is samlp:LogoutRequest or samlp:LogoutResponse.
type Logout struct {
	Header
	InResponseTo *Value  // of a response
	Status       *Status // of a response
	NotOnOrAfter *Value  // of a request
	Reason       *Value
	NameID       *NameID
	EncryptedID  *xmldoc.Node
	SessionIndex []*Value
}
