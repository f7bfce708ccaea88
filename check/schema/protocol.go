package schema

// protocolSchema declares namespace urn:oasis:names:tc:SAML:2.0:protocol
// (SAML core 2.0 section 3).
func protocolSchema() declarations {
	return declarations{
		space: protocolNamespace,
		elements: `
			Extensions             ExtensionsType
			Status                 StatusType
			StatusCode             StatusCodeType
			StatusMessage          string
			StatusDetail           StatusDetailType
			AssertionIDRequest     AssertionIDRequestType
			SubjectQuery           SubjectQueryAbstractType
			AuthnQuery             AuthnQueryType
			RequestedAuthnContext  RequestedAuthnContextType
			AttributeQuery         AttributeQueryType
			AuthzDecisionQuery     AuthzDecisionQueryType
			AuthnRequest           AuthnRequestType
			NameIDPolicy           NameIDPolicyType
			Scoping                ScopingType
			RequesterID            anyURI
			IDPList                IDPListType
			IDPEntry               IDPEntryType
			GetComplete            anyURI
			Response               ResponseType
			ArtifactResolve        ArtifactResolveType
			Artifact               string
			ArtifactResponse       ArtifactResponseType
			ManageNameIDRequest    ManageNameIDRequestType
			NewID                  string
			NewEncryptedID         saml:EncryptedElementType
			Terminate              TerminateType
			ManageNameIDResponse   StatusResponseType
			LogoutRequest          LogoutRequestType
			SessionIndex           string
			LogoutResponse         StatusResponseType
			NameIDMappingRequest   NameIDMappingRequestType
			NameIDMappingResponse  NameIDMappingResponseType`,
		types: []typeDeclaration{
			{
				name: "RequestAbstractType", abstract: true,
				content: "saml:Issuer?, ds:Signature?, Extensions?",
				attributes: `ID ID!; Version string!; IssueInstant dateTime!;
					Destination anyURI; Consent anyURI`,
			},
			{name: "ExtensionsType", content: "other(lax)+"},
			{
				name:    "StatusResponseType",
				content: "saml:Issuer?, ds:Signature?, Extensions?, Status",
				attributes: `ID ID!; InResponseTo NCName; Version string!; IssueInstant dateTime!;
					Destination anyURI; Consent anyURI`,
			},
			{name: "StatusType", content: "StatusCode, StatusMessage?, StatusDetail?"},
			{name: "StatusCodeType", content: "StatusCode?", attributes: "Value anyURI!"},
			{name: "StatusDetailType", content: "any(lax)*"},
			{name: "AssertionIDRequestType", extends: "RequestAbstractType", content: "saml:AssertionIDRef+"},
			{
				name: "SubjectQueryAbstractType", abstract: true,
				extends: "RequestAbstractType", content: "saml:Subject",
			},
			{
				name: "AuthnQueryType", extends: "SubjectQueryAbstractType",
				content: "RequestedAuthnContext?", attributes: "SessionIndex string",
			},
			{
				name:       "RequestedAuthnContextType",
				content:    "saml:AuthnContextClassRef+ | saml:AuthnContextDeclRef+",
				attributes: "Comparison AuthnContextComparisonType",
			},
			{
				name: "AuthnContextComparisonType", restricts: "string",
				oneOf: []string{"exact", "minimum", "maximum", "better"},
			},
			{name: "AttributeQueryType", extends: "SubjectQueryAbstractType", content: "saml:Attribute*"},
			{
				name: "AuthzDecisionQueryType", extends: "SubjectQueryAbstractType",
				content: "saml:Action+, saml:Evidence?", attributes: "Resource anyURI!",
			},
			{
				name: "AuthnRequestType", extends: "RequestAbstractType",
				content: "saml:Subject?, NameIDPolicy?, saml:Conditions?, RequestedAuthnContext?, Scoping?",
				attributes: `ForceAuthn boolean; IsPassive boolean; ProtocolBinding anyURI;
					AssertionConsumerServiceIndex unsignedShort; AssertionConsumerServiceURL anyURI;
					AttributeConsumingServiceIndex unsignedShort; ProviderName string`,
			},
			{name: "NameIDPolicyType", attributes: "Format anyURI; SPNameQualifier string; AllowCreate boolean"},
			{name: "ScopingType", content: "IDPList?, RequesterID*", attributes: "ProxyCount nonNegativeInteger"},
			{name: "IDPListType", content: "IDPEntry+, GetComplete?"},
			{name: "IDPEntryType", attributes: "ProviderID anyURI!; Name string; Loc anyURI"},
			{
				name: "ResponseType", extends: "StatusResponseType",
				content: "(saml:Assertion | saml:EncryptedAssertion)*",
			},
			{name: "ArtifactResolveType", extends: "RequestAbstractType", content: "Artifact"},
			{name: "ArtifactResponseType", extends: "StatusResponseType", content: "any(lax)?"},
			{
				name: "ManageNameIDRequestType", extends: "RequestAbstractType",
				content: "(saml:NameID | saml:EncryptedID), (NewID | NewEncryptedID | Terminate)",
			},
			{name: "TerminateType"},
			{
				name: "LogoutRequestType", extends: "RequestAbstractType",
				content:    "(saml:BaseID | saml:NameID | saml:EncryptedID), SessionIndex*",
				attributes: "Reason string; NotOnOrAfter dateTime",
			},
			{
				name: "NameIDMappingRequestType", extends: "RequestAbstractType",
				content: "(saml:BaseID | saml:NameID | saml:EncryptedID), NameIDPolicy",
			},
			{
				name: "NameIDMappingResponseType", extends: "StatusResponseType",
				content: "saml:NameID | saml:EncryptedID",
			},
		},
	}
}
