package xmldsig

import (
	"crypto"
	_ "crypto/md5"    // MD5, for messages that use it
	_ "crypto/sha1"   // SHA-1
	_ "crypto/sha256" // SHA-224, SHA-256
	_ "crypto/sha3"   // SHA3-224 to SHA3-512
	_ "crypto/sha512" // SHA-384, SHA-512
	"strings"

	_ "golang.org/x/crypto/ripemd160" //nolint:gosec,staticcheck // RIPEMD-160: recognised because messages may use it
)

// The namespaces of XML signatures.
const (
	Namespace   = "http://www.w3.org/2000/09/xmldsig#"
	Namespace11 = "http://www.w3.org/2009/xmldsig11#"

	nsMore          = "http://www.w3.org/2001/04/xmldsig-more#"
	nsMore2007      = "http://www.w3.org/2007/05/xmldsig-more#"
	nsMore2021      = "http://www.w3.org/2021/04/xmldsig-more#"
	nsXMLEnc        = "http://www.w3.org/2001/04/xmlenc#"
	nsExclusiveC14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
	nsXPathFilter2  = "http://www.w3.org/2002/06/xmldsig-filter2"
)

// The transforms that are carried out.
const (
	TransformEnveloped    = Namespace + "enveloped-signature"
	TransformBase64       = Namespace + "base64"
	TransformXPath        = "http://www.w3.org/TR/1999/REC-xpath-19991116"
	TransformXPathFilter2 = nsXPathFilter2
)

// The canonicalisation methods, each without comments.
const (
	CanonicalXML10 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	CanonicalXML11 = "http://www.w3.org/2006/12/xml-c14n11"
	ExclusiveC14N  = nsExclusiveC14N
)

// CanonicalizationOf returns the method that a URI names, without PrefixList.
func CanonicalizationOf(uri string) (Canonicalization, bool) {
	switch uri {
	case CanonicalXML10:
		return Canonicalization{}, true
	case CanonicalXML10 + "#WithComments":
		return Canonicalization{Comments: true}, true
	case CanonicalXML11:
		return Canonicalization{V11: true}, true
	case CanonicalXML11 + "#WithComments":
		return Canonicalization{V11: true, Comments: true}, true
	case ExclusiveC14N:
		return Canonicalization{Exclusive: true}, true
	case ExclusiveC14N + "WithComments":
		return Canonicalization{Exclusive: true, Comments: true}, true
	}
	return Canonicalization{}, false
}

// URI is the algorithm identifier of c.
func (c Canonicalization) URI() string {
	switch {
	case c.Exclusive && c.Comments:
		return ExclusiveC14N + "WithComments"
	case c.Exclusive:
		return ExclusiveC14N
	}
	uri := CanonicalXML10
	if c.V11 {
		uri = CanonicalXML11
	}
	if c.Comments {
		uri += "#WithComments"
	}
	return uri
}

// DigestHash returns the hash that a DigestMethod names (xmldsig-core1 section
// 6.2, RFC 9231 section 2.1), or 0.
func DigestHash(uri string) crypto.Hash {
	switch uri {
	case Namespace + "sha1":
		return crypto.SHA1
	case nsXMLEnc + "sha256":
		return crypto.SHA256
	case nsXMLEnc + "sha512":
		return crypto.SHA512
	case nsMore + "sha384":
		return crypto.SHA384
	case nsMore + "sha224":
		return crypto.SHA224
	case nsMore + "md5":
		return crypto.MD5
	case nsXMLEnc + "ripemd160":
		return crypto.RIPEMD160
	case nsMore2007 + "sha3-224":
		return crypto.SHA3_224
	case nsMore2007 + "sha3-256":
		return crypto.SHA3_256
	case nsMore2007 + "sha3-384":
		return crypto.SHA3_384
	case nsMore2007 + "sha3-512":
		return crypto.SHA3_512
	}
	return 0
}

// Family is the kind of a signature algorithm, which decides what key it needs.
type Family string

// The families of signature algorithms.
const (
	RSA     Family = "RSA"     // PKCS #1 v1.5
	RSAPSS  Family = "RSA-PSS" // RSASSA-PSS
	ECDSA   Family = "ECDSA"   // r and s concatenated
	DSA     Family = "DSA"     // r and s concatenated
	Ed25519 Family = "Ed25519"
	HMAC    Family = "HMAC" // a shared secret: named, never verified here
	Other   Family = ""     // unknown, or one that Go has not: Ed448, XMSS, …
)

// SignatureAlgorithm is what a SignatureMethod names.
type SignatureAlgorithm struct {
	URI    string
	Family Family
	Hash   crypto.Hash // 0 for Ed25519 and unknown algorithms
	// Nonstandard says that no specification defines URI, but that it can only
	// mean this; xmldsig-more#rsa-sha1 for xmldsig#rsa-sha1 is a common one.
	// Other software refuses the signature.
	Nonstandard bool

	params pssParams
}

// pssParams are the parameters of RSASSA-PSS (RFC 9231 section 2.3.9). A
// saltLength of -1 is the length of the hash.
type pssParams struct {
	mgf        crypto.Hash
	saltLength int
}

// signatureNames are the fragments of algorithm URIs, by namespace.
var signatureNames = map[string]struct {
	space  string
	family Family
	hash   crypto.Hash
}{
	"rsa-sha1":      {Namespace, RSA, crypto.SHA1},
	"rsa-md5":       {nsMore, RSA, crypto.MD5},
	"rsa-sha224":    {nsMore, RSA, crypto.SHA224},
	"rsa-sha256":    {nsMore, RSA, crypto.SHA256},
	"rsa-sha384":    {nsMore, RSA, crypto.SHA384},
	"rsa-sha512":    {nsMore, RSA, crypto.SHA512},
	"rsa-ripemd160": {nsMore, RSA, crypto.RIPEMD160},

	"md5-rsa-MGF1":       {nsMore2007, RSAPSS, crypto.MD5},
	"sha1-rsa-MGF1":      {nsMore2007, RSAPSS, crypto.SHA1},
	"sha224-rsa-MGF1":    {nsMore2007, RSAPSS, crypto.SHA224},
	"sha256-rsa-MGF1":    {nsMore2007, RSAPSS, crypto.SHA256},
	"sha384-rsa-MGF1":    {nsMore2007, RSAPSS, crypto.SHA384},
	"sha512-rsa-MGF1":    {nsMore2007, RSAPSS, crypto.SHA512},
	"ripemd160-rsa-MGF1": {nsMore2007, RSAPSS, crypto.RIPEMD160},
	"sha3-224-rsa-MGF1":  {nsMore2007, RSAPSS, crypto.SHA3_224},
	"sha3-256-rsa-MGF1":  {nsMore2007, RSAPSS, crypto.SHA3_256},
	"sha3-384-rsa-MGF1":  {nsMore2007, RSAPSS, crypto.SHA3_384},
	"sha3-512-rsa-MGF1":  {nsMore2007, RSAPSS, crypto.SHA3_512},
	"rsa-pss":            {nsMore2007, RSAPSS, crypto.SHA256},

	"ecdsa-sha1":      {nsMore, ECDSA, crypto.SHA1},
	"ecdsa-sha224":    {nsMore, ECDSA, crypto.SHA224},
	"ecdsa-sha256":    {nsMore, ECDSA, crypto.SHA256},
	"ecdsa-sha384":    {nsMore, ECDSA, crypto.SHA384},
	"ecdsa-sha512":    {nsMore, ECDSA, crypto.SHA512},
	"ecdsa-ripemd160": {nsMore2007, ECDSA, crypto.RIPEMD160},
	"ecdsa-sha3-224":  {nsMore2021, ECDSA, crypto.SHA3_224},
	"ecdsa-sha3-256":  {nsMore2021, ECDSA, crypto.SHA3_256},
	"ecdsa-sha3-384":  {nsMore2021, ECDSA, crypto.SHA3_384},
	"ecdsa-sha3-512":  {nsMore2021, ECDSA, crypto.SHA3_512},

	"dsa-sha1":   {Namespace, DSA, crypto.SHA1},
	"dsa-sha256": {Namespace11, DSA, crypto.SHA256},

	"eddsa-ed25519": {nsMore2021, Ed25519, 0},

	"hmac-sha1":      {Namespace, HMAC, crypto.SHA1},
	"hmac-md5":       {nsMore, HMAC, crypto.MD5},
	"hmac-sha224":    {nsMore, HMAC, crypto.SHA224},
	"hmac-sha256":    {nsMore, HMAC, crypto.SHA256},
	"hmac-sha384":    {nsMore, HMAC, crypto.SHA384},
	"hmac-sha512":    {nsMore, HMAC, crypto.SHA512},
	"hmac-ripemd160": {nsMore, HMAC, crypto.RIPEMD160},
}

// SignatureAlgorithmOf returns what a SignatureMethod or SigAlg URI names
// (xmldsig-core1 section 6.4, RFC 9231 section 2.3). The parameters of rsa-pss
// are the defaults. Family is [Other] for what is not known.
func SignatureAlgorithmOf(uri string) SignatureAlgorithm {
	a := SignatureAlgorithm{URI: uri}
	at := strings.IndexByte(uri, '#') + 1
	known, ok := signatureNames[uri[at:]]
	if at == 0 || !ok {
		return a
	}
	switch uri[:at] {
	case known.space:
	case Namespace, Namespace11, nsMore, nsMore2007, nsMore2021, nsXMLEnc:
		a.Nonstandard = true
	default:
		return a
	}
	a.Family, a.Hash = known.family, known.hash
	a.params = pssParams{mgf: a.Hash, saltLength: -1}
	return a
}

// hashIDs are the object identifiers of hashes in a DigestInfo (RFC 8017
// appendix B.1).
var hashIDs = map[string]crypto.Hash{
	"1.3.14.3.2.26":           crypto.SHA1,
	"1.2.840.113549.2.5":      crypto.MD5,
	"1.3.36.3.2.1":            crypto.RIPEMD160,
	"2.16.840.1.101.3.4.2.1":  crypto.SHA256,
	"2.16.840.1.101.3.4.2.2":  crypto.SHA384,
	"2.16.840.1.101.3.4.2.3":  crypto.SHA512,
	"2.16.840.1.101.3.4.2.4":  crypto.SHA224,
	"2.16.840.1.101.3.4.2.7":  crypto.SHA3_224,
	"2.16.840.1.101.3.4.2.8":  crypto.SHA3_256,
	"2.16.840.1.101.3.4.2.9":  crypto.SHA3_384,
	"2.16.840.1.101.3.4.2.10": crypto.SHA3_512,
}
