package schema

// encryptionSchema declares namespace http://www.w3.org/2001/04/xmlenc# (XML
// Encryption, first edition). Its wildcards inside EncryptionMethod,
// AgreementMethod and the references are strict: what stands there must be
// declared in one of the namespaces of this package.
func encryptionSchema() declarations {
	return declarations{
		space: encryptionNamespace,
		elements: `
			CipherData           CipherDataType
			CipherReference      CipherReferenceType
			EncryptedData        EncryptedDataType
			EncryptedKey         EncryptedKeyType
			AgreementMethod      AgreementMethodType
			ReferenceList        #ReferenceList
			EncryptionProperties EncryptionPropertiesType
			EncryptionProperty   EncryptionPropertyType
			DHKeyValue           DHKeyValueType`,
		types: []typeDeclaration{
			{
				name: "EncryptedType", abstract: true,
				content: `EncryptionMethod{EncryptionMethodType}?, ds:KeyInfo?, CipherData,
					EncryptionProperties?`,
				attributes: "Id ID; Type anyURI; MimeType string; Encoding anyURI",
			},
			{
				name: "EncryptionMethodType", mixed: true,
				content:    "KeySize{KeySizeType}?, OAEPparams{base64Binary}?, other(strict)*",
				attributes: "Algorithm anyURI!",
			},
			{name: "KeySizeType", restricts: "integer"},
			{name: "CipherDataType", content: "CipherValue{base64Binary} | CipherReference"},
			{
				name: "CipherReferenceType", content: "Transforms{TransformsType}?",
				attributes: "URI anyURI!",
			},
			{name: "TransformsType", content: "ds:Transform+"},
			{name: "EncryptedDataType", extends: "EncryptedType"},
			{
				name: "EncryptedKeyType", extends: "EncryptedType",
				content: "ReferenceList?, CarriedKeyName{string}?", attributes: "Recipient string",
			},
			{
				name: "AgreementMethodType", mixed: true,
				content: `KA-Nonce{base64Binary}?, other(strict)*,
					OriginatorKeyInfo{ds:KeyInfoType}?, RecipientKeyInfo{ds:KeyInfoType}?`,
				attributes: "Algorithm anyURI!",
			},
			// Anonymous in the schema: a name that no xsi:type can hold.
			{name: "#ReferenceList", content: "(DataReference{ReferenceType} | KeyReference{ReferenceType})+"},
			{name: "ReferenceType", content: "other(strict)*", attributes: "URI anyURI!"},
			{name: "EncryptionPropertiesType", content: "EncryptionProperty+", attributes: "Id ID"},
			{
				name: "EncryptionPropertyType", mixed: true, content: "other(lax)+",
				attributes: "Target anyURI; Id ID; xml(strict)",
			},
			{
				name: "DHKeyValueType",
				content: `(P{ds:CryptoBinary}, Q{ds:CryptoBinary}, Generator{ds:CryptoBinary})?,
					Public{ds:CryptoBinary}, (seed{ds:CryptoBinary}, pgenCounter{ds:CryptoBinary})?`,
			},
		},
	}
}
