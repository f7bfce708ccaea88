package check

// Rules is the catalogue, in the order in which a service would meet the
// failures.
func Rules() []*Rule {
	return []*Rule{
		httpMethod, formParameter, acsURL, replay, relayState, clockOffset,
		xmlAPIRequest, artifact,

		base64Rule, compression, complete, wellFormed, doctype, rootElement,
		requestedSecurityToken, samlVersion, schemaRule, issuerFirst, ids, timestamps, assertionCount, status,

		signatureWrapping, signed, signatureProfile, signatureAlgorithm,
		signatureDigest, signatureValue, redirectSignature,
		signingCertificate, certificateValidity, certificateStrength,
		decryption, encryptionAlgorithm,

		issuer, nameID, nameIDFormat, nameQualifier,
		recipient, destination, inResponseTo,

		notBefore, notOnOrAfter,
		// It joins recipient, request and time in one answer, and comes after
		// the rules that say which of them it is.
		subjectConfirmation,
		session, validityWindow,

		audience, conditions, authnStatement, authnContext,
		requiredAttributes, attributeValues, attributeNames, attributeLineBreaks,

		authnRequest, logoutRequest, metadataSSOBinding,
		metadataSchema, metadataValidity, metadataCertificates, metadataEndpoints, metadataAgreement,

		// What the service made of it all, after everything that explains it.
		serviceAnswer,
	}
}
