package check

import (
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig/repair"
)

// CauseDoc explains a cause that a rule can prove.
type CauseDoc struct {
	ID   string // stable, as [Cause].ID
	Text string // what was done, a sentence without its full stop
	How  string // how it comes about
	Fix  string // what to do, and on whose side it is
}

const (
	fixCopy  = "Take the raw SAMLResponse value from the browser's network panel, not from a formatted view. "
	fixLive  = "If it fails without anybody having touched it, "
	fixOnWay = "look between IdP and service for what rewrites XML: a proxy, a script in the login page, a connector."
	fixIdP   = "This is on the IdP's side (its signing library); no setting of the service helps: "
	fixHand  = "No edit inside a signed element can survive: change the setting at the IdP, so that it signs the right value, and take the message as it comes."
)

// asRecorded is a fix for a message of a capture: what the browser sent need not be
// copied again, and nobody has touched it.
func (in *Input) asRecorded(fix string) string {
	if c := in.Message.Capture; c == nil || c.Exchange == nil || !strings.Contains(fix, fixLive) {
		return fix
	}
	return strings.NewReplacer(fixCopy, "", fixLive, "The capture holds it as it was sent: ").Replace(fix)
}

// digestCauses are the causes of a wrong digest, in the order of the catalogue.
var digestCauses = []CauseDoc{
	{
		string(repair.WhitespaceAdded),
		"the message was pretty-printed after it was signed: line breaks or blanks were put between its elements",
		"copied from a formatted view, such as a decoder's, an editor's or a browser add-on's; or something on the way formats XML",
		fixCopy + fixLive + fixOnWay,
	},
	{
		string(repair.WhitespaceRemoved),
		"the message was minified after it was signed: line breaks and blanks between its elements were taken out",
		"put on one line to be pasted somewhere, or written anew by a tool that drops blanks between elements",
		fixCopy + fixLive + fixOnWay,
	},
	{
		string(repair.WhitespaceTrimmed),
		"blanks at the edge of a value, or between two elements, were lost or added after signing",
		"a tool trims values, or a blank was typed or pasted along",
		fixCopy + fixLive + fixOnWay,
	},
	{
		string(repair.LineEndings),
		"the line ends were converted after signing (CR LF, as Windows writes them, and LF)",
		"saved or sent through a tool that converts line ends, such as an editor, Git or a mail program",
		fixCopy + "Never save it as text with other line ends. " + fixLive + "the IdP signs line ends that do not survive the way: have it sign without CR (&#13;).",
	},
	{
		string(repair.LineBreakInValue),
		"a line break inside a value became a blank, or the other way round",
		"a value of several lines, such as a postal address, was put into XML without its line breaks being escaped, or was copied from a view that shows it on one line",
		"Write such values on one line at their source (the directory), so that the IdP signs them so; or have nothing between IdP and service touch them.",
	},
	{
		string(repair.Charset),
		"the message was read in another charset than it is written in, so that letters outside ASCII became others",
		"UTF-8 was taken for Latin-1 or Windows-1252, or the other way round, by a proxy, a script, a file or a terminal",
		"Treat the decoded value as UTF-8 all the way, or do not decode it at all. " + fixLive + fixOnWay,
	},
	{
		string(repair.UnicodeNormalization),
		"accented letters were taken apart or put together after signing (Unicode normalization, NFC and NFD): they look the same and are other characters",
		"copied through macOS file names, a database or a program that normalizes text",
		fixCopy + fixLive + "find the program between IdP and service that normalizes Unicode text.",
	},
	{
		string(repair.Entities),
		"characters such as & were escaped once too often, or unescaped, after signing",
		"the XML was put into HTML or into other XML and taken out again in another way",
		fixCopy + fixLive + "look at what writes the login page: it must escape the base64 value, never the XML in it.",
	},
	{
		string(repair.SmartQuotes),
		"quotes, dashes or blanks became typographic ones after signing",
		"sent through a chat, a word processor, a wiki or a mail program that corrects typography",
		fixCopy + "Send it on as a file, not as text.",
	},
	{
		string(repair.InResponseToRemoved),
		"InResponseTo was removed after signing",
		"somebody deleted it because the service complained about it",
		"No edit inside a signed element can survive. For a message without InResponseTo, start the login at the IdP (IdP-initiated); or send it to the service that made the request.",
	},
	{
		string(repair.AttributeRemoved),
		"an attribute was removed from a signed element",
		"somebody deleted it because the service complained about it, or a tool dropped it",
		fixHand,
	},
	{
		string(repair.AttributeEdited),
		"a value inside the signed part was changed after signing",
		"somebody edited it to make the message fit a service, or something on the way fills in values",
		fixHand,
	},
	{
		string(repair.CaseChanged),
		"letters of a value changed between upper and lower case after signing",
		"a tool or a proxy lower-cases URLs or names",
		fixCopy + fixLive + fixOnWay,
	},
	{
		string(repair.Canonicalization),
		"the signer hashed the content by another method than the message declares",
		"the signing library is set up differently from what it writes into Transforms",
		fixIdP + "it has to declare the canonicalization that it uses; exclusive canonicalization (xml-exc-c14n#) is what SAML asks for.",
	},
	{
		string(repair.InclusiveNamespaces),
		"the signer used another InclusiveNamespaces PrefixList than the message declares",
		"the signing library ignores the list or does not write it down; old gateways and Tivoli are known for it",
		fixIdP + "it has to leave InclusiveNamespaces out, or hash with the list that it writes.",
	},
	{
		string(repair.NamespaceContext),
		"other namespace declarations are in scope at the signed element than when it was signed",
		"the assertion was cut out of its Response, or signed alone and put into one afterwards; inclusive canonicalization makes what is declared around it part of what is signed",
		"Pass on the whole Response, as the IdP made it. If the IdP itself puts the assertion in, have it sign with exclusive canonicalization (xml-exc-c14n#).",
	},
	{
		string(repair.DigestMethod),
		"the signer made the digest with another hash than DigestMethod says",
		"the signing library is told two different hashes",
		fixIdP + "at the IdP, choose one hash (SHA-256) for digest and signature.",
	},
	{
		causeEncryptedAfter,
		"the message was signed first and encrypted afterwards, which breaks the signature around what is encrypted",
		"the IdP, or a gateway behind it, encrypts a message that is signed already; services verify what they receive before they decrypt it",
		fixIdP + "at the IdP, encrypt the assertion before the Response is signed, or sign the assertion itself, inside the encryption, instead of the Response.",
	},
	{
		causeDuplicateID,
		"several elements have the ID that is signed, and software that takes the wrong one of them finds another digest",
		"an element was copied or moved within the message after signing, by an attack, a penetration test or code that joins messages",
		"Find who put the element with the same ID into the message: an IdP gives every element its own. Unless that is known, treat the message as an attack.",
	},
	signedInfoEdited,
	{
		causeContentEdited,
		"what is signed was changed after signing, and none of the usual damages explains it",
		"edited by hand, filled in by a script, or rewritten on the way",
		fixCopy + fixLive + fixOnWay,
	},
}

// signedInfoEdited is the cause of a wrong SignatureValue that makes a digest
// wrong as well, when what says how the digest was made was edited.
var signedInfoEdited = CauseDoc{
	string(repair.SignedInfoEdited),
	"SignedInfo was changed after signing",
	"the message was formatted, rewritten or edited on the way, the signature included",
	"The certificate is right. " + fixCopy + fixLive + fixOnWay,
}

// valueCauses are the causes of a wrong SignatureValue, in the order of the
// catalogue. The last ones are those of digests that SignedInfo, which is
// canonicalized too, can have as well.
var valueCauses = []CauseDoc{
	signedInfoEdited,
	{
		string(repair.SignatureMethod),
		"SignatureMethod names another algorithm than the one that was used",
		"the signing library is told two different algorithms, or SignatureMethod was edited",
		"The certificate is right. " + fixIdP + "at the IdP, choose RSA-SHA256 for this service.",
	},
	{
		causeWrongKey,
		"it was made with a key that belongs to none of the known certificates",
		"the IdP has changed its key, or the certificate given is that of another IdP, tenant or environment",
		"At the IdP, see which certificate signs for this service, and give exactly that one to the service.",
	},
	{
		causeOtherKnownKey,
		"it was made with a key that is known, but not for signing",
		"the IdP signs with its encryption key or with the service's own, or the next certificate was put under the wrong use",
		"At the IdP, choose the signing certificate that the service was given; or give the service the certificate that was used.",
	},
	{
		causeSameKey,
		"the key is the same, but the certificate around it is another one",
		"the IdP renewed its certificate and kept the key",
		"At the service, import the IdP's current certificate: software that compares certificates or fingerprints refuses the new one.",
	},
	{
		causeDER,
		"the signer wrote the ECDSA value as its library gave it (ASN.1 DER), where XML Signature wants r and s one after the other",
		"a signing library that was written for certificates and not for XML",
		fixIdP + "have it sign with an RSA key until the library is mended.",
	},
	{
		causeTruncated,
		"SignatureValue was cut off",
		"a field, a log or a database column is too short for it, or not all of it was copied",
		fixCopy + fixLive + "look for a limit on the length of the form field between IdP and service.",
	},
	{
		string(repair.Canonicalization),
		"the signer hashed SignedInfo by another method than CanonicalizationMethod says",
		"the signing library is set up differently from what it writes",
		fixIdP + "it has to declare the canonicalization that it uses.",
	},
	{
		string(repair.InclusiveNamespaces),
		"the signer used another PrefixList for SignedInfo than CanonicalizationMethod declares",
		"the signing library ignores the list or does not write it down",
		fixIdP + "it has to leave InclusiveNamespaces out, or hash with the list that it writes.",
	},
	{
		string(repair.NamespaceContext),
		"other namespace declarations are in scope at SignedInfo than when it was signed",
		"the assertion was cut out of its Response, or signed alone and put into one afterwards",
		"Pass on the whole Response, as the IdP made it. If the IdP itself puts the assertion in, have it sign with exclusive canonicalization (xml-exc-c14n#).",
	},
}

// The causes that do not come from package repair.
const (
	causeEncryptedAfter = "encrypted-after-signing"
	causeDuplicateID    = "duplicate-id"
	causeContentEdited  = "content-edited"
	causeWrongKey       = "wrong-key"
	causeOtherKnownKey  = "other-known-key"
	causeSameKey        = "same-key-new-certificate"
	causeDER            = "der-encoded"
	causeTruncated      = "truncated"
)

// causeDoc is the entry of a cause; every id that is used has one.
func causeDoc(docs []CauseDoc, id string) *CauseDoc {
	return &docs[slices.IndexFunc(docs, func(d CauseDoc) bool { return d.ID == id })]
}

// proven makes a cause of its entry and the fix of the finding.
func proven(docs []CauseDoc, id, text, evidence string) (cause *Cause, fix string) {
	d := causeDoc(docs, id)
	if text == "" {
		text = d.Text
	}
	return &Cause{ID: id, Index: -1, Text: text, Evidence: evidence}, d.Fix
}
