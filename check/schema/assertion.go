package schema

// assertionSchema declares namespace urn:oasis:names:tc:SAML:2.0:assertion
// (SAML core 2.0 section 2).
func assertionSchema() declarations {
	return declarations{
		space: assertionNamespace,
		elements: `
			BaseID                 BaseIDAbstractType
			NameID                 NameIDType
			EncryptedID            EncryptedElementType
			Issuer                 NameIDType
			AssertionIDRef         NCName
			AssertionURIRef        anyURI
			Assertion              AssertionType
			Subject                SubjectType
			SubjectConfirmation    SubjectConfirmationType
			SubjectConfirmationData SubjectConfirmationDataType
			Conditions             ConditionsType
			Condition              ConditionAbstractType
			AudienceRestriction    AudienceRestrictionType
			Audience               anyURI
			OneTimeUse             OneTimeUseType
			ProxyRestriction       ProxyRestrictionType
			Advice                 AdviceType
			EncryptedAssertion     EncryptedElementType
			Statement              StatementAbstractType
			AuthnStatement         AuthnStatementType
			SubjectLocality        SubjectLocalityType
			AuthnContext           AuthnContextType
			AuthnContextClassRef   anyURI
			AuthnContextDeclRef    anyURI
			AuthnContextDecl       anyType
			AuthenticatingAuthority anyURI
			AuthzDecisionStatement AuthzDecisionStatementType
			Action                 ActionType
			Evidence               EvidenceType
			AttributeStatement     AttributeStatementType
			Attribute              AttributeType
			AttributeValue         anyType nillable
			EncryptedAttribute     EncryptedElementType`,
		types: []typeDeclaration{
			{
				name: "BaseIDAbstractType", abstract: true,
				attributes: "NameQualifier string; SPNameQualifier string",
			},
			{
				name: "NameIDType", extends: "string",
				attributes: "NameQualifier string; SPNameQualifier string; Format anyURI; SPProvidedID string",
			},
			{name: "EncryptedElementType", content: "xenc:EncryptedData, xenc:EncryptedKey*"},
			{
				name: "AssertionType",
				content: `Issuer, ds:Signature?, Subject?, Conditions?, Advice?,
					(Statement | AuthnStatement | AuthzDecisionStatement | AttributeStatement)*`,
				attributes: "Version string!; ID ID!; IssueInstant dateTime!",
			},
			{
				name:    "SubjectType",
				content: "((BaseID | NameID | EncryptedID), SubjectConfirmation*) | SubjectConfirmation+",
			},
			{
				name:       "SubjectConfirmationType",
				content:    "(BaseID | NameID | EncryptedID)?, SubjectConfirmationData?",
				attributes: "Method anyURI!",
			},
			{
				name: "SubjectConfirmationDataType", mixed: true, restricts: "anyType",
				content: "any(lax)*",
				attributes: `NotBefore dateTime; NotOnOrAfter dateTime; Recipient anyURI;
					InResponseTo NCName; Address string; other(lax)`,
			},
			{name: "KeyInfoConfirmationDataType", restricts: "SubjectConfirmationDataType", content: "ds:KeyInfo+"},
			{
				name:       "ConditionsType",
				content:    "(Condition | AudienceRestriction | OneTimeUse | ProxyRestriction)*",
				attributes: "NotBefore dateTime; NotOnOrAfter dateTime",
			},
			{name: "ConditionAbstractType", abstract: true},
			{name: "AudienceRestrictionType", extends: "ConditionAbstractType", content: "Audience+"},
			{name: "OneTimeUseType", extends: "ConditionAbstractType"},
			{
				name: "ProxyRestrictionType", extends: "ConditionAbstractType",
				content: "Audience*", attributes: "Count nonNegativeInteger",
			},
			{
				name:    "AdviceType",
				content: "(AssertionIDRef | AssertionURIRef | Assertion | EncryptedAssertion | other(lax))*",
			},
			{name: "StatementAbstractType", abstract: true},
			{
				name: "AuthnStatementType", extends: "StatementAbstractType",
				content:    "SubjectLocality?, AuthnContext",
				attributes: "AuthnInstant dateTime!; SessionIndex string; SessionNotOnOrAfter dateTime",
			},
			{name: "SubjectLocalityType", attributes: "Address string; DNSName string"},
			{
				name: "AuthnContextType",
				content: `((AuthnContextClassRef, (AuthnContextDecl | AuthnContextDeclRef)?) |
					AuthnContextDecl | AuthnContextDeclRef), AuthenticatingAuthority*`,
			},
			{
				name: "AuthzDecisionStatementType", extends: "StatementAbstractType",
				content: "Action+, Evidence?", attributes: "Resource anyURI!; Decision DecisionType!",
			},
			{name: "DecisionType", restricts: "string", oneOf: []string{"Permit", "Deny", "Indeterminate"}},
			{name: "ActionType", extends: "string", attributes: "Namespace anyURI!"},
			{name: "EvidenceType", content: "(AssertionIDRef | AssertionURIRef | Assertion | EncryptedAssertion)+"},
			{
				name: "AttributeStatementType", extends: "StatementAbstractType",
				content: "(Attribute | EncryptedAttribute)+",
			},
			{
				name: "AttributeType", content: "AttributeValue*",
				attributes: "Name string!; NameFormat anyURI; FriendlyName string; other(lax)",
			},
		},
	}
}
