package xmlenc

import (
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Opening is what became of one EncryptedData element.
type Opening struct {
	// Element is the element around Data that stands for the plaintext, such as
	// an EncryptedAssertion; Data itself where it has no parent.
	Element *xmldoc.Node
	Data    *xmldoc.Node // EncryptedData
	// Method is the Algorithm of Data's EncryptionMethod, as written without
	// blanks around it; empty when there is none.
	Method string
	// Recipients are the EncryptedKey elements that may hold the key of Data.
	Recipients []*Recipient

	// Key and Recipient are what opened it; nil when nothing did.
	Key       *Key
	Recipient *Recipient
	// Plain is the plaintext; nil when the content did not open.
	Plain []byte
	// Document is Plain as a document; nil when the content did not open, and
	// where it is text or several nodes, as Type "#Content" allows. It may have
	// errors of its own: Err then has StepXML.
	//
	// With StepKey it is there when another padding or algorithm than the
	// declared one opens the content, see Error.Fits.
	Document *xmldoc.Document
	// Depth is 0 for what stands in the document given to Open, 1 for what was
	// found in the plaintext of such, and so on.
	Depth int
	// Err says why it does not open; nil when it does.
	Err *Error
}

// Recipient is one EncryptedKey: the content's key, encrypted for somebody.
type Recipient struct {
	Node   *xmldoc.Node // EncryptedKey
	Method string       // Algorithm of its EncryptionMethod, without blanks around it
	// Digest and MGF are the hash and the mask generation function of RSA-OAEP as
	// declared; empty where the message leaves them out, see Padding.
	Digest, MGF string
	Params      []byte // OAEPparams, the label; nil: none
	Name        string // Recipient attribute

	KeyInfo *xmldoc.Node // of the EncryptedKey; may be nil
	// Hints are the elements of KeyInfo that say whose key it is: X509Certificate,
	// X509IssuerSerial, X509SKI, X509SubjectName, X509Digest, KeyName, KeyValue,
	// DEREncodedKeyValue.
	Hints []*xmldoc.Node
	// Certificates are those among the hints that can be read, bare keys too.
	Certificates []*metadata.Certificate
}

// Step is how far opening came: the step that failed.
type Step string

// The steps, in the order in which they are taken.
const (
	StepStructure Step = "structure" // elements are missing, or a value is not base64
	StepAlgorithm Step = "algorithm" // unknown or unsupported, or no EncryptedKey
	StepNoKey     Step = "no-key"    // no private key was given
	StepKey       Step = "key"       // key transport: wrong key or another padding
	StepContent   Step = "content"   // damaged, or encrypted with another key than the one sent along
	StepXML       Step = "xml"       // it opens, but holds no well-formed XML
)

// The stable identifiers of errors.
const (
	BrokenOff       = "broken-off"       // structure: the document ends inside the element
	NoCipherData    = "no-cipher-data"   // structure
	NoCipherValue   = "no-cipher-value"  // structure
	CipherReference = "cipher-reference" // structure: the ciphertext is elsewhere
	NotBase64       = "not-base64"       // structure
	Empty           = "empty"            // structure: an empty CipherValue
	Limit           = "limit"            // structure: more, larger or deeper than Options allow

	NoMethod         = "no-method"         // algorithm: no EncryptionMethod
	UnknownAlgorithm = "unknown-algorithm" // algorithm: not one of XML Encryption
	Unsupported      = "unsupported"       // algorithm: known, but not opened here
	KeyAgreement     = "key-agreement"     // algorithm: ECDH-ES, DH-ES
	KeyWrap          = "key-wrap"          // algorithm: needs a key that both parties share
	NoEncryptedKey   = "no-encrypted-key"  // algorithm: no key came along
	SharedKey        = "shared-key"        // algorithm: names a key that both parties share
	BadReference     = "bad-reference"     // algorithm: RetrievalMethod points to no EncryptedKey

	NoKeyGiven = "no-key-given" // no-key

	WrongKey     = "wrong-key"     // key: no given key opens it under any padding
	KeyKind      = "key-kind"      // key: RSA is needed, another kind was given
	OtherPadding = "other-padding" // key: the key is right, the padding is not the declared one
	KeyLength    = "key-length"    // key: opens to a content key of a length that the algorithm has not

	ContentLength  = "content-length"  // content: no whole number of blocks, or too short
	ContentPadding = "content-padding" // content: CBC padding is wrong
	ContentTag     = "content-tag"     // content: GCM authentication failed

	EmptyPlaintext = "empty-plaintext" // xml
	NotXML         = "not-xml"         // xml: not well-formed
	NoElement      = "no-element"      // xml: no or several elements where Type says #Element
)

// Error says why something does not open.
type Error struct {
	Step Step
	ID   string // one of the constants
	Text string // one sentence, without anything secret
	Node *xmldoc.Node
	// Attempts are what happened with each key, for StepKey.
	Attempts []Attempt
	// Fits is the padding or algorithm that does open it, proved by the content;
	// nil when there is none.
	Fits *Padding
	Err  error // underlying error; may be nil
}

// Error implements error.
func (e *Error) Error() string { return e.Text }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Attempt is what happened with one key at one EncryptedKey.
type Attempt struct {
	Key       *Key
	Recipient *Recipient
	ID        string // that of the error that there would be with this key alone; empty: it opens
	// Named says that the EncryptedKey carries the certificate or public key of Key.
	Named bool
	// Certain says that the key is the wrong one beyond doubt, by its size.
	Certain bool
	Text    string // how a sentence goes on that begins with the key: "does not open the EncryptedKey …"
}

// Padding is how a content key is encrypted with RSA: the parameters of one key
// transport algorithm.
type Padding struct {
	OAEP   bool   // else PKCS #1 v1.5
	Digest string // name of the OAEP digest, such as "SHA-256"
	MGF    string // name of the hash in MGF1
	// Label is what OAEPparams should have held; empty but not nil when it is
	// another one than declared, which cannot be known.
	Label []byte
	// Content is the content algorithm, where it is not the declared one.
	Content string
}
