package schema

// signatureSchema declares namespace http://www.w3.org/2000/09/xmldsig# (XML
// Signature core, first edition, which is what the SAML schemas import).
func signatureSchema() declarations {
	return declarations{
		space: signatureNamespace,
		elements: `
			Signature              SignatureType
			SignatureValue         SignatureValueType
			SignedInfo             SignedInfoType
			CanonicalizationMethod CanonicalizationMethodType
			SignatureMethod        SignatureMethodType
			Reference              ReferenceType
			Transforms             TransformsType
			Transform              TransformType
			DigestMethod           DigestMethodType
			DigestValue            DigestValueType
			KeyInfo                KeyInfoType
			KeyName                string
			MgmtData               string
			KeyValue               KeyValueType
			RetrievalMethod        RetrievalMethodType
			X509Data               X509DataType
			PGPData                PGPDataType
			SPKIData               SPKIDataType
			Object                 ObjectType
			Manifest               ManifestType
			SignatureProperties    SignaturePropertiesType
			SignatureProperty      SignaturePropertyType
			DSAKeyValue            DSAKeyValueType
			RSAKeyValue            RSAKeyValueType`,
		types: []typeDeclaration{
			{name: "CryptoBinary", restricts: "base64Binary"},
			{
				name: "SignatureType", content: "SignedInfo, SignatureValue, KeyInfo?, Object*",
				attributes: "Id ID",
			},
			{name: "SignatureValueType", extends: "base64Binary", attributes: "Id ID"},
			{
				name: "SignedInfoType", content: "CanonicalizationMethod, SignatureMethod, Reference+",
				attributes: "Id ID",
			},
			{
				name: "CanonicalizationMethodType", mixed: true,
				content: "any(lax)*", attributes: "Algorithm anyURI!",
			},
			{
				name: "SignatureMethodType", mixed: true,
				content:    "HMACOutputLength{HMACOutputLengthType}?, other(lax)*",
				attributes: "Algorithm anyURI!",
			},
			{
				name: "ReferenceType", content: "Transforms?, DigestMethod, DigestValue",
				attributes: "Id ID; URI anyURI; Type anyURI",
			},
			{name: "TransformsType", content: "Transform+"},
			{
				name: "TransformType", mixed: true,
				content: "(other(lax) | XPath{string})*", attributes: "Algorithm anyURI!",
			},
			{
				name: "DigestMethodType", mixed: true,
				content: "other(lax)*", attributes: "Algorithm anyURI!",
			},
			{name: "DigestValueType", restricts: "base64Binary"},
			{
				name: "KeyInfoType", mixed: true,
				content: `(KeyName | KeyValue | RetrievalMethod | X509Data | PGPData | SPKIData |
					MgmtData | other(lax))+`,
				attributes: "Id ID",
			},
			{name: "KeyValueType", mixed: true, content: "DSAKeyValue | RSAKeyValue | other(lax)"},
			{name: "RetrievalMethodType", content: "Transforms?", attributes: "URI anyURI!; Type anyURI"},
			{
				name: "X509DataType",
				content: `(X509IssuerSerial{X509IssuerSerialType} | X509SKI{base64Binary} |
					X509SubjectName{string} | X509Certificate{base64Binary} |
					X509CRL{base64Binary} | other(lax))+`,
			},
			{name: "X509IssuerSerialType", content: "X509IssuerName{string}, X509SerialNumber{string}"},
			{
				name: "PGPDataType",
				content: `(PGPKeyID{base64Binary}, PGPKeyPacket{base64Binary}?, other(lax)*) |
					(PGPKeyPacket{base64Binary}, other(lax)*)`,
			},
			{name: "SPKIDataType", content: "(SPKISexp{base64Binary}, other(lax)?)+"},
			{
				name: "ObjectType", mixed: true, content: "any(lax)*",
				attributes: "Id ID; MimeType string; Encoding anyURI",
			},
			{name: "ManifestType", content: "Reference+", attributes: "Id ID"},
			{name: "SignaturePropertiesType", content: "SignatureProperty+", attributes: "Id ID"},
			{
				name: "SignaturePropertyType", mixed: true, content: "other(lax)+",
				attributes: "Target anyURI!; Id ID",
			},
			{name: "HMACOutputLengthType", restricts: "integer"},
			{
				name: "DSAKeyValueType",
				content: `(P{CryptoBinary}, Q{CryptoBinary})?, G{CryptoBinary}?, Y{CryptoBinary},
					J{CryptoBinary}?, (Seed{CryptoBinary}, PgenCounter{CryptoBinary})?`,
			},
			{name: "RSAKeyValueType", content: "Modulus{CryptoBinary}, Exponent{CryptoBinary}"},
		},
	}
}
