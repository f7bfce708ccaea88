// Package decode turns what people have (a browser capture, a pasted value, an
// HTML page, a request body, a folder) into SAML messages, and remembers every
// step it took. It knows encodings and containers; what is right or wrong about
// a message is the business of package check.
package decode

import (
	"net/url"
	"time"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// Kind is the kind of an input, recognised from its content or forced by the
// caller.
type Kind string

// The kinds that [Read] recognises.
const (
	KindAuto       Kind = ""            // recognise it
	KindXML        Kind = "xml"         // an XML document
	KindBase64     Kind = "base64"      // base64 of XML or of a DEFLATE stream, in any of the damaged forms
	KindQuery      Kind = "query"       // a query string or a whole URL
	KindForm       Kind = "form"        // an application/x-www-form-urlencoded body
	KindHTML       Kind = "html"        // a page with an auto-submit form
	KindHAR        Kind = "har"         // HTTP Archive 1.1 and 1.2
	KindSAMLTracer Kind = "saml-tracer" // export of the SAML-tracer browser extension
	KindCurl       Kind = "curl"        // cURL commands, as browsers copy requests for bash or cmd.exe
	KindFetch      Kind = "fetch"       // calls of JavaScript's fetch, copied likewise
	KindPowerShell Kind = "powershell"  // Invoke-WebRequest commands, copied likewise
	KindHTTP       Kind = "http"        // raw HTTP requests and responses
	KindBurp       Kind = "burp"        // items saved by Burp Suite
	KindSAZ        Kind = "saz"         // archive of Fiddler
	KindZip        Kind = "zip"         // ZIP, tar or gzip archive, or e-mail, with inputs of any kind
	KindText       Kind = "text"        // other text that holds a message
)

// Binding is how a message travelled, by the short names of the SAML bindings
// specification. It is empty where the input does not say.
type Binding string

// The bindings of saml-bindings-2.0 that samlwhy reads, and two neighbours.
const (
	BindingPOST         Binding = "HTTP-POST"
	BindingRedirect     Binding = "HTTP-Redirect"
	BindingArtifact     Binding = "HTTP-Artifact"
	BindingSOAP         Binding = "SOAP"
	BindingWSFederation Binding = "WS-Federation" // wresult in a form
	BindingXMLAPI       Binding = "XML-API"       // Webex XML API: samlResponse in an AuthenticateUser body
)

// Param is one name and value of a form or a query, percent-decoded.
type Param struct {
	Name  string
	Value string
	// Raw is the value before percent-decoding, where the input keeps it.
	Raw string
}

// Header is one HTTP header field.
type Header struct{ Name, Value string }

// Exchange is one HTTP request and its response in a capture.
type Exchange struct {
	Entry          int // index in the capture as recorded, from 0
	Method         string
	URL            string
	Started        time.Time     // browser's clock; zero when unknown
	Duration       time.Duration // 0 when unknown
	RequestHeaders []Header
	Query          []Param // of URL
	Form           []Param // of a form-encoded body
	RequestBody    []byte
	RequestType    string // media type of the body

	Status          int // 0: no response was recorded
	ResponseHeaders []Header
	ResponseType    string
	ResponseBody    []byte
	Redirect        string // Location, absolute
}

// ParsedURL is the URL parsed, or nil when it cannot be.
func (e *Exchange) ParsedURL() *url.URL {
	if e == nil {
		return nil
	}
	u, err := url.Parse(e.URL)
	if err != nil {
		return nil
	}
	return u
}

// Capture is one place in an input where a message was carried.
type Capture struct {
	Input string // what the user named: a path, "-", "clipboard"
	Kind  Kind   // of the input
	Entry int    // index of the HTTP exchange in a capture; -1 without
	// Time is when it was delivered, by the browser's clock, or where no capture
	// has that, by the clock of the service that answered; zero when unknown.
	Time     time.Time
	Exchange *Exchange // nil when no HTTP was recorded
	// InResponse says that the value was found in the response page of
	// Exchange (an auto-submit form), not in its request.
	InResponse bool
	// Action is the URL that the auto-submit form found in a page posts to.
	Action string
	// FormMethod is that form's method, upper case.
	FormMethod string
	// Page is the exchange whose response carried the message first: the
	// identity provider's auto-submit page, or the redirect. Exchange is then
	// the one that delivered it.
	Page *Exchange
	// Delivered is the request that must have delivered a message found in a
	// page (InResponse), but whose body the capture has lost. Time is then its.
	Delivered *Exchange
	Raw       []byte // the value as found, before any decoding
	// Torn says that the capture itself ends in the middle of the value.
	Torn bool
}

// Step is one thing that was done to get from the capture to the XML.
type Step struct {
	Name string // as shown in reports: "form field SAMLResponse", "base64", "XML"
	// Repair is set when the value was damaged and reading it needed a repair:
	// a stable id (the Problem of the same id says more).
	Repair string
}

// Stage is where in decoding a [Problem] lies.
type Stage string

// The stages of decoding that can have problems.
const (
	StageParameter   Stage = "parameter"
	StageBase64      Stage = "base64"
	StageCompression Stage = "compression"
)

// Problem is a deviation met while decoding. Whether it matters is for the
// rules to say.
type Problem struct {
	Stage  Stage
	ID     string // stable: "blank-for-plus", "percent-encoded", "padding-missing", "not-base64", "deflate-in-post", …
	Text   string // one sentence
	Fatal  bool   // nothing could be read beyond this point
	Offset int    // byte in Capture.Raw, -1 when it has no place
}

// Message is one SAML message.
type Message struct {
	Capture  *Capture
	Binding  Binding
	Param    string // the field or parameter that carried it, as spelled; empty when none
	Steps    []Step
	Problems []Problem
	// XML are the exact bytes of the message, nil when the value does not
	// decode (then a Problem is Fatal).
	XML []byte
	// Document is XML read strictly; nil exactly when XML is nil.
	Document *xmldoc.Document
	// Opened is what became of every EncryptedData of Document, with the keys of
	// [Options] or without; nil when there is none.
	Opened []*xmlenc.Opening
	// Envelope is the document around a message that came in one (SOAP, an XML
	// API request); nil otherwise.
	Envelope *xmldoc.Document
	// RelayState, SigAlg and Signature are the sibling parameters; nil when absent.
	RelayState, SigAlg, Signature *Param
}

// Trace is everything that was read from one input.
type Trace struct {
	Input     string
	Kind      Kind
	Exchanges []*Exchange // of a capture, in order of time
	Messages  []*Message  // in order of time, then of appearance
	// Notes tell what a reader of the report has to know about the input
	// itself: a sanitised export, JSON that was cut off, files without a message.
	Notes []string
}
