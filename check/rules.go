package check

// Rules is the catalogue, in the order in which a service would meet the
// failures.
func Rules() []*Rule {
	return []*Rule{
		httpMethod, formParameter, acsURL,

		base64Rule, compression, complete, wellFormed, doctype, rootElement,
		samlVersion, schemaRule, issuerFirst, ids, timestamps, assertionCount, status,

		issuer, nameID, nameIDFormat, nameQualifier,
		subjectConfirmation, recipient, destination, inResponseTo,

		notBefore, notOnOrAfter, session, validityWindow,

		audience, conditions, authnStatement, authnContext,
		requiredAttributes, attributeValues, attributeNames, attributeLineBreaks,

		xmlAPIRequest,
	}
}
