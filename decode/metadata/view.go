package metadata

import (
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Bindings that endpoints name (saml-bindings-2.0-os, and those of SAML 1.1 by
// which a browser posts).
const (
	BindingPOST           = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
	BindingPOSTSimpleSign = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST-SimpleSign"
	BindingRedirect       = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	BindingArtifact       = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
	BindingSOAP           = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"
	BindingPAOS           = "urn:oasis:names:tc:SAML:2.0:bindings:PAOS"
	BindingPOST11         = "urn:oasis:names:tc:SAML:1.0:profiles:browser-post"
)

// Group is an EntitiesDescriptor (saml-metadata-2.0-os section 2.3.1).
type Group struct {
	Node          *xmldoc.Node
	Parent        *Group // nil for the outermost
	Name          *saml.Value
	ValidUntil    *saml.Value
	CacheDuration *saml.Value
	Signatures    []*xmldoc.Node
}

// Entity is an EntityDescriptor (section 2.3.2).
type Entity struct {
	Node          *xmldoc.Node
	Group         *Group // the innermost one it stands in; nil outside of any
	ID            *saml.Value
	ValidUntil    *saml.Value
	CacheDuration *saml.Value
	Signatures    []*xmldoc.Node

	IDPs []*IDP
	SPs  []*SP
	// Others are the roles that take no part in single sign-on by SAML 2.0:
	// AttributeAuthorityDescriptor, the RoleDescriptor elements of
	// WS-Federation, and the like.
	Others []*Role
}

// Role is what the descriptors of all roles share (section 2.4.1), and what
// those of single sign-on add (section 2.4.2).
type Role struct {
	Node          *xmldoc.Node
	Protocols     []string // protocolSupportEnumeration
	ValidUntil    *saml.Value
	CacheDuration *saml.Value
	ErrorURL      *saml.Value
	Keys          []*Key

	NameIDFormats              []*saml.Value
	SingleLogoutServices       []*Endpoint
	ArtifactResolutionServices []*Endpoint
}

// SAML2 reports whether the role says that it supports SAML 2.0.
func (r *Role) SAML2() bool {
	return slices.Contains(r.Protocols, saml.NSProtocol)
}

// Type is the local part of xsi:type, by which the roles of WS-Federation are
// told apart: "SecurityTokenServiceType", "ApplicationServiceType".
func (r *Role) Type() string {
	a := r.Node.Attr(saml.NSXSI, "type")
	if a == nil {
		return ""
	}
	t := strings.TrimSpace(a.Value)
	return t[strings.LastIndexByte(t, ':')+1:]
}

// IDP is an IDPSSODescriptor (section 2.4.3).
type IDP struct {
	Role
	WantAuthnRequestsSigned *saml.Value
	SingleSignOnServices    []*Endpoint
}

// SP is an SPSSODescriptor (section 2.4.4).
type SP struct {
	Role
	AuthnRequestsSigned        *saml.Value
	WantAssertionsSigned       *saml.Value
	AssertionConsumerServices  []*Endpoint
	AttributeConsumingServices []*AttributeService
}

// Endpoint is an element of EndpointType or IndexedEndpointType (sections 2.2.2
// and 2.2.3).
type Endpoint struct {
	Node             *xmldoc.Node
	Binding          *saml.Value
	Location         *saml.Value
	ResponseLocation *saml.Value
	Index            *saml.Value
	IsDefault        *saml.Value
}

// Posts reports whether a Response arrives here in a form that the browser
// submits.
func (e *Endpoint) Posts() bool {
	switch e.Binding.Trimmed() {
	case BindingPOST, BindingPOSTSimpleSign, BindingPOST11:
		return true
	}
	return false
}

// Default is the endpoint that is meant where none is named: the first with
// isDefault true, else the first without isDefault, else the first (section
// 2.2.3). It is nil for an empty list.
func Default(endpoints []*Endpoint) *Endpoint {
	return byDefault(endpoints, func(e *Endpoint) *saml.Value { return e.IsDefault })
}

func byDefault[T any](list []*T, isDefault func(*T) *saml.Value) *T {
	var silent *T
	for _, e := range list {
		v := isDefault(e)
		if True(v) {
			return e
		}
		if v == nil && silent == nil {
			silent = e
		}
	}
	if silent == nil && len(list) > 0 {
		return list[0]
	}
	return silent
}

// AttributeService is an AttributeConsumingService (section 2.4.4.1).
type AttributeService struct {
	Node       *xmldoc.Node
	Index      *saml.Value
	IsDefault  *saml.Value
	Names      []*saml.Value
	Attributes []*RequestedAttribute
}

// RequestedAttribute is one of its RequestedAttribute elements (section 2.4.4.2).
type RequestedAttribute struct {
	Node         *xmldoc.Node
	Name         *saml.Value
	NameFormat   *saml.Value
	FriendlyName *saml.Value
	IsRequired   *saml.Value
	Values       []*saml.Value // the only values of interest; none: all
}

// DefaultAttributeService is the one that is meant where a request names none,
// or nil.
func (s *SP) DefaultAttributeService() *AttributeService {
	return byDefault(s.AttributeConsumingServices, func(a *AttributeService) *saml.Value { return a.IsDefault })
}

// Key is a KeyDescriptor (section 2.4.1.1).
type Key struct {
	Node *xmldoc.Node
	// Use is "signing" or "encryption"; nil means both.
	Use *saml.Value
	// X509 are the X509Certificate elements, KeyValues the KeyValue and
	// DEREncodedKeyValue elements, as they stand.
	X509      []*saml.Value
	KeyValues []*xmldoc.Node
	KeyNames  []*saml.Value
	// EncryptionMethods are their Algorithm attributes.
	EncryptionMethods []*saml.Value
}

// Signs reports whether the key may be used for signatures.
func (k *Key) Signs() bool { return k.Use.Trimmed() != "encryption" }

// Encrypts reports whether the key may be used for encryption.
func (k *Key) Encrypts() bool { return k.Use.Trimmed() != "signing" }

// KeyCertificate is one certificate or bare key of a KeyDescriptor. Exactly one
// of Certificate and Err is nil.
type KeyCertificate struct {
	Node        *xmldoc.Node // X509Certificate, KeyValue or DEREncodedKeyValue
	Certificate *Certificate
	Err         error
}

// Certificates reads the certificates of k, anew at each call. A KeyValue that
// repeats the key of a certificate is left out.
func (k *Key) Certificates() []KeyCertificate {
	var list []KeyCertificate
	keys := map[string]bool{}
	for _, v := range k.X509 {
		certs, _, err := ParseCertificates([]byte(v.Text))
		if err != nil {
			list = append(list, KeyCertificate{Node: v.Node, Err: err})
			continue
		}
		for _, c := range certs {
			keys[c.KeySHA256] = true
			list = append(list, KeyCertificate{Node: v.Node, Certificate: c})
		}
	}
	for _, n := range k.KeyValues {
		c, err := ParseKeyValue(n)
		switch {
		case err != nil:
			list = append(list, KeyCertificate{Node: n, Err: err})
		case !keys[c.KeySHA256]:
			keys[c.KeySHA256] = true
			list = append(list, KeyCertificate{Node: n, Certificate: c})
		}
	}
	return list
}

func viewEntity(n *xmldoc.Node, group *Group) *Entity {
	e := &Entity{
		Node:          n,
		Group:         group,
		ID:            saml.AttrValue(n, "entityID"),
		ValidUntil:    saml.AttrValue(n, "validUntil"),
		CacheDuration: saml.AttrValue(n, "cacheDuration"),
	}
	for c := range n.Elements() {
		if c.Is(saml.NSSignature, "Signature") {
			e.Signatures = append(e.Signatures, c)
		}
		if c.Name().Space != saml.NSMetadata {
			continue
		}
		switch c.Name().Local {
		case "IDPSSODescriptor":
			e.IDPs = append(e.IDPs, viewIDP(c))
		case "SPSSODescriptor":
			e.SPs = append(e.SPs, viewSP(c))
		case "RoleDescriptor", "AuthnAuthorityDescriptor", "AttributeAuthorityDescriptor", "PDPDescriptor":
			r := viewRole(c)
			e.Others = append(e.Others, &r)
		}
	}
	return e
}

func viewRole(n *xmldoc.Node) Role {
	r := Role{
		Node:          n,
		Protocols:     strings.Fields(saml.AttrValue(n, "protocolSupportEnumeration").Get()),
		ValidUntil:    saml.AttrValue(n, "validUntil"),
		CacheDuration: saml.AttrValue(n, "cacheDuration"),
		ErrorURL:      saml.AttrValue(n, "errorURL"),
		NameIDFormats: saml.ChildValues(n, saml.NSMetadata, "NameIDFormat"),
	}
	for c := range n.Elements() {
		if c.Name().Space != saml.NSMetadata {
			continue
		}
		switch c.Name().Local {
		case "KeyDescriptor":
			r.Keys = append(r.Keys, viewKey(c))
		case "SingleLogoutService":
			r.SingleLogoutServices = append(r.SingleLogoutServices, viewEndpoint(c))
		case "ArtifactResolutionService":
			r.ArtifactResolutionServices = append(r.ArtifactResolutionServices, viewEndpoint(c))
		}
	}
	return r
}

func viewIDP(n *xmldoc.Node) *IDP {
	i := &IDP{Role: viewRole(n), WantAuthnRequestsSigned: saml.AttrValue(n, "WantAuthnRequestsSigned")}
	for c := range n.Elements() {
		if c.Is(saml.NSMetadata, "SingleSignOnService") {
			i.SingleSignOnServices = append(i.SingleSignOnServices, viewEndpoint(c))
		}
	}
	return i
}

func viewSP(n *xmldoc.Node) *SP {
	s := &SP{
		Role:                 viewRole(n),
		AuthnRequestsSigned:  saml.AttrValue(n, "AuthnRequestsSigned"),
		WantAssertionsSigned: saml.AttrValue(n, "WantAssertionsSigned"),
	}
	for c := range n.Elements() {
		switch {
		case c.Is(saml.NSMetadata, "AssertionConsumerService"):
			s.AssertionConsumerServices = append(s.AssertionConsumerServices, viewEndpoint(c))
		case c.Is(saml.NSMetadata, "AttributeConsumingService"):
			s.AttributeConsumingServices = append(s.AttributeConsumingServices, viewAttributeService(c))
		}
	}
	return s
}

func viewEndpoint(n *xmldoc.Node) *Endpoint {
	return &Endpoint{
		Node:             n,
		Binding:          saml.AttrValue(n, "Binding"),
		Location:         saml.AttrValue(n, "Location"),
		ResponseLocation: saml.AttrValue(n, "ResponseLocation"),
		Index:            saml.AttrValue(n, "index"),
		IsDefault:        saml.AttrValue(n, "isDefault"),
	}
}

func viewAttributeService(n *xmldoc.Node) *AttributeService {
	s := &AttributeService{
		Node:      n,
		Index:     saml.AttrValue(n, "index"),
		IsDefault: saml.AttrValue(n, "isDefault"),
		Names:     saml.ChildValues(n, saml.NSMetadata, "ServiceName"),
	}
	for c := range n.Elements() {
		if !c.Is(saml.NSMetadata, "RequestedAttribute") {
			continue
		}
		s.Attributes = append(s.Attributes, &RequestedAttribute{
			Node:         c,
			Name:         saml.AttrValue(c, "Name"),
			NameFormat:   saml.AttrValue(c, "NameFormat"),
			FriendlyName: saml.AttrValue(c, "FriendlyName"),
			IsRequired:   saml.AttrValue(c, "isRequired"),
			Values:       saml.ChildValues(c, saml.NSAssertion, "AttributeValue"),
		})
	}
	return s
}

func viewKey(n *xmldoc.Node) *Key {
	k := &Key{Node: n, Use: saml.AttrValue(n, "use")}
	for c := range n.Elements() {
		switch {
		case c.Is(saml.NSMetadata, "EncryptionMethod"):
			if v := saml.AttrValue(c, "Algorithm"); v != nil {
				k.EncryptionMethods = append(k.EncryptionMethods, v)
			}
		case c.Is(saml.NSSignature, "KeyInfo"):
			for i := range c.Elements() {
				switch {
				case i.Is(saml.NSSignature, "X509Data"):
					k.X509 = append(k.X509, saml.ChildValues(i, saml.NSSignature, "X509Certificate")...)
				case i.Is(saml.NSSignature, "KeyValue"), i.Is(nsSignature11, "DEREncodedKeyValue"):
					k.KeyValues = append(k.KeyValues, i)
				case i.Is(saml.NSSignature, "KeyName"):
					k.KeyNames = append(k.KeyNames, &saml.Value{Text: i.Text(), Node: i})
				}
			}
		}
	}
	return k
}

// True reports whether v is one of the two ways to write true as xs:boolean.
func True(v *saml.Value) bool {
	switch v.Trimmed() {
	case "true", "1":
		return true
	}
	return false
}
