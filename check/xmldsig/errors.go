package xmldsig

import "errors"

// Errors that the errors of this package wrap.
var (
	// ErrNoTarget: a Reference names an ID that no element has.
	ErrNoTarget = errors.New("no element has the ID that is signed")
	// ErrRelativeNamespace: the document binds a prefix to a relative URI, so
	// that no part of it has a canonical form (Canonical XML 1.0 section 1.3).
	// libxml2 refuses it, other software does not.
	ErrRelativeNamespace = errors.New("the document has no canonical form, because a namespace name is a relative URI")
	// ErrTooLarge: the canonical forms asked of one document are many times
	// larger than it, which only a hostile one makes them.
	ErrTooLarge = errors.New("what is signed is out of proportion to the message")
	// ErrOutside: a Reference leads out of the document, and is not fetched.
	ErrOutside = errors.New("what is signed is not in this document")
	// ErrUnsupported: a way of selecting or transforming that is not carried
	// out here.
	ErrUnsupported = errors.New("not carried out here")
)
