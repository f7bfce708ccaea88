package schema

// metadataSchema declares namespace urn:oasis:names:tc:SAML:2.0:metadata (SAML
// metadata 2.0 section 2).
func metadataSchema() declarations {
	return declarations{
		space: metadataNamespace,
		elements: `
			Extensions                ExtensionsType
			EntitiesDescriptor        EntitiesDescriptorType
			EntityDescriptor          EntityDescriptorType
			Organization              OrganizationType
			OrganizationName          localizedNameType
			OrganizationDisplayName   localizedNameType
			OrganizationURL           localizedURIType
			ContactPerson             ContactType
			Company                   string
			GivenName                 string
			SurName                   string
			EmailAddress              anyURI
			TelephoneNumber           string
			AdditionalMetadataLocation AdditionalMetadataLocationType
			RoleDescriptor            RoleDescriptorType
			KeyDescriptor             KeyDescriptorType
			EncryptionMethod          xenc:EncryptionMethodType
			ArtifactResolutionService IndexedEndpointType
			SingleLogoutService       EndpointType
			ManageNameIDService       EndpointType
			NameIDFormat              anyURI
			IDPSSODescriptor          IDPSSODescriptorType
			SingleSignOnService       EndpointType
			NameIDMappingService      EndpointType
			AssertionIDRequestService EndpointType
			AttributeProfile          anyURI
			SPSSODescriptor           SPSSODescriptorType
			AssertionConsumerService  IndexedEndpointType
			AttributeConsumingService AttributeConsumingServiceType
			ServiceName               localizedNameType
			ServiceDescription        localizedNameType
			RequestedAttribute        RequestedAttributeType
			AuthnAuthorityDescriptor  AuthnAuthorityDescriptorType
			AuthnQueryService         EndpointType
			PDPDescriptor             PDPDescriptorType
			AuthzService              EndpointType
			AttributeAuthorityDescriptor AttributeAuthorityDescriptorType
			AttributeService          EndpointType
			AffiliationDescriptor     AffiliationDescriptorType
			AffiliateMember           entityIDType`,
		types: []typeDeclaration{
			{name: "entityIDType", restricts: "anyURI", maxLength: 1024},
			{name: "localizedNameType", extends: "string", attributes: "xml:lang!"},
			{name: "localizedURIType", extends: "anyURI", attributes: "xml:lang!"},
			{name: "ExtensionsType", content: "other(lax)+"},
			{
				name: "EndpointType", content: "other(lax)*",
				attributes: "Binding anyURI!; Location anyURI!; ResponseLocation anyURI; other(lax)",
			},
			{
				name: "IndexedEndpointType", extends: "EndpointType",
				attributes: "index unsignedShort!; isDefault boolean",
			},
			{
				name:       "EntitiesDescriptorType",
				content:    "ds:Signature?, Extensions?, (EntityDescriptor | EntitiesDescriptor)+",
				attributes: "validUntil dateTime; cacheDuration duration; ID ID; Name string",
			},
			{
				name: "EntityDescriptorType",
				content: `ds:Signature?, Extensions?,
					((RoleDescriptor | IDPSSODescriptor | SPSSODescriptor | AuthnAuthorityDescriptor |
					AttributeAuthorityDescriptor | PDPDescriptor)+ | AffiliationDescriptor),
					Organization?, ContactPerson*, AdditionalMetadataLocation*`,
				attributes: `entityID entityIDType!; validUntil dateTime; cacheDuration duration;
					ID ID; other(lax)`,
			},
			{
				name: "OrganizationType",
				content: `Extensions?, OrganizationName+, OrganizationDisplayName+,
					OrganizationURL+`,
				attributes: "other(lax)",
			},
			{
				name: "ContactType",
				content: `Extensions?, Company?, GivenName?, SurName?, EmailAddress*,
					TelephoneNumber*`,
				attributes: "contactType ContactTypeType!; other(lax)",
			},
			{
				name: "ContactTypeType", restricts: "string",
				oneOf: []string{"technical", "support", "administrative", "billing", "other"},
			},
			{name: "AdditionalMetadataLocationType", extends: "anyURI", attributes: "namespace anyURI!"},
			{
				name: "RoleDescriptorType", abstract: true,
				content: "ds:Signature?, Extensions?, KeyDescriptor*, Organization?, ContactPerson*",
				attributes: `ID ID; validUntil dateTime; cacheDuration duration;
					protocolSupportEnumeration anyURIListType!; errorURL anyURI; other(lax)`,
			},
			{name: "anyURIListType", listOf: "anyURI"},
			{name: "KeyDescriptorType", content: "ds:KeyInfo, EncryptionMethod*", attributes: "use KeyTypes"},
			{name: "KeyTypes", restricts: "string", oneOf: []string{"encryption", "signing"}},
			{
				name: "SSODescriptorType", abstract: true, extends: "RoleDescriptorType",
				content: `ArtifactResolutionService*, SingleLogoutService*, ManageNameIDService*,
					NameIDFormat*`,
			},
			{
				name: "IDPSSODescriptorType", extends: "SSODescriptorType",
				content: `SingleSignOnService+, NameIDMappingService*, AssertionIDRequestService*,
					AttributeProfile*, saml:Attribute*`,
				attributes: "WantAuthnRequestsSigned boolean",
			},
			{
				name: "SPSSODescriptorType", extends: "SSODescriptorType",
				content:    "AssertionConsumerService+, AttributeConsumingService*",
				attributes: "AuthnRequestsSigned boolean; WantAssertionsSigned boolean",
			},
			{
				name:       "AttributeConsumingServiceType",
				content:    "ServiceName+, ServiceDescription*, RequestedAttribute+",
				attributes: "index unsignedShort!; isDefault boolean",
			},
			{name: "RequestedAttributeType", extends: "saml:AttributeType", attributes: "isRequired boolean"},
			{
				name: "AuthnAuthorityDescriptorType", extends: "RoleDescriptorType",
				content: "AuthnQueryService+, AssertionIDRequestService*, NameIDFormat*",
			},
			{
				name: "PDPDescriptorType", extends: "RoleDescriptorType",
				content: "AuthzService+, AssertionIDRequestService*, NameIDFormat*",
			},
			{
				name: "AttributeAuthorityDescriptorType", extends: "RoleDescriptorType",
				content: `AttributeService+, AssertionIDRequestService*, NameIDFormat*,
					AttributeProfile*, saml:Attribute*`,
			},
			{
				name:    "AffiliationDescriptorType",
				content: "ds:Signature?, Extensions?, AffiliateMember+, KeyDescriptor*",
				attributes: `affiliationOwnerID entityIDType!; validUntil dateTime;
					cacheDuration duration; ID ID; other(lax)`,
			},
		},
	}
}
