package xmldoc

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Codes of the errors, stable identifiers. Those marked recoverable let reading
// go on.
const (
	CodeEmptyDocument = "empty-document" // nothing, or only blanks
	CodeTruncated     = "truncated"      // input ends inside markup or with elements open
	CodeMissingRoot   = "missing-root-element"
	CodeTextBefore    = "text-before-root"
	CodeTextAfter     = "text-after-root"
	CodeSecondRoot    = "second-root-element"

	CodeMismatchedTag    = "mismatched-tag"
	CodeUnexpectedEndTag = "unexpected-end-tag"
	CodeMalformedTag     = "malformed-tag"
	CodeMalformedMarkup  = "malformed-markup" // "<!" that begins nothing known
	CodeBareLessThan     = "unescaped-less-than"
	CodeBadName          = "bad-name"

	CodeMissingBlank     = "missing-blank" // between attributes, in declarations
	CodeMissingValue     = "attribute-without-value"
	CodeUnquotedValue    = "unquoted-attribute-value"
	CodeLessThanInValue  = "less-than-in-attribute"
	CodeDuplicate        = "duplicate-attribute"       // recoverable
	CodeUndeclaredPrefix = "undeclared-prefix"         // recoverable
	CodeBadQName         = "bad-qname"                 // recoverable
	CodeColonInName      = "colon-in-name"             // recoverable
	CodeBadNamespace     = "bad-namespace-declaration" // recoverable

	CodeBareAmpersand      = "unescaped-ampersand"
	CodeUndeclaredEntity   = "undeclared-entity"
	CodeEntityNotExpanded  = "entity-reference-not-expanded"
	CodeDefaultNotSupplied = "attribute-default-not-supplied" // recoverable
	CodeBadCharReference   = "bad-character-reference"
	CodeIllegalCharacter   = "illegal-character"
	CodeCDATAEndInText     = "cdata-end-in-text"
	CodeCDATAOutside       = "cdata-outside-root"

	CodeDoubleHyphen        = "double-hyphen-in-comment"
	CodeMalformedPI         = "malformed-processing-instruction"
	CodeReservedTarget      = "reserved-target"
	CodeLateDeclaration     = "late-xml-declaration" // recoverable when only blanks precede it
	CodeBadDeclaration      = "bad-xml-declaration"
	CodeUnsupportedVersion  = "unsupported-version"
	CodeMisplacedDoctype    = "misplaced-doctype"
	CodeSecondDoctype       = "second-doctype"
	CodeMalformedDoctype    = "malformed-doctype"
	CodeEncodingMismatch    = "encoding-mismatch"    // recoverable: the bytes decide
	CodeUnsupportedEncoding = "unsupported-encoding" // recoverable when every byte is ASCII
	CodeInvalidUTF8         = "invalid-utf8"
	CodeInvalidUTF16        = "invalid-utf16"
	CodeInvalidByte         = "invalid-byte" // not in US-ASCII, or undefined in windows-1252

	CodeLimitBytes      = "limit-bytes"
	CodeLimitDepth      = "limit-depth"
	CodeLimitAttributes = "limit-attributes"
	CodeLimitNodes      = "limit-nodes"
)

// maxErrors bounds how many recoverable errors are kept, so that a document in
// which every element is wrong costs no more than one in which none is.
const maxErrors = 100

// maxErrorPath bounds [Error.Path], which hostile names could make as long as
// the document.
const maxErrorPath = 4096

// Error is one deviation from XML 1.0 or Namespaces in XML 1.0, or a limit that
// was reached.
type Error struct {
	Code    string // one of the Code constants
	Message string // one plain sentence without the position
	Fatal   bool   // the tree ends here
	Path    string // innermost element in which it happened, see Node.Path; empty outside the root

	doc    *Document
	offset int // text offset
	node   uint32
}

// Error returns the message with its place.
func (e *Error) Error() string {
	p := e.Position()
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, e.Message)
}

// Position is where the error is: the first character that cannot stand where
// it does, or the beginning of the construct at fault.
func (e *Error) Position() Position { return e.doc.Position(e.offset) }

// quote makes s fit to be quoted in a message: hostile characters escaped, long
// values cut.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strconv.Quote(s)
}
