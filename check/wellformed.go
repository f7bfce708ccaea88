package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var complete = &Rule{
	ID:        "complete",
	Title:     "The message is cut off",
	Question:  "Is the message whole? (says at which byte it ends and which elements were open)",
	Group:     GroupXML,
	Severity:  expect.SeverityError,
	Essential: true,
	Doc: Doc{
		Why:  "A message that ends before its last tag cannot be parsed, and its signature covers what is not there.",
		Spec: "XML 1.0 section 2.1 (well-formed documents)",
		Likely: []string{
			"The value was copied from a log or terminal that shortens long lines (2,048, 4,096, 8,192 characters).",
			"A proxy, firewall or web server limits the size of a form or of a URL, and the Response is larger: many groups in it make it grow.",
			"A home-grown script keeps the value in a field or column that is too short.",
		},
		Fix: []string{
			"Take the value from the browser: the HAR file, or Form Data of the POST to the ACS, not from a log.",
			"If the browser's copy is cut off too: raise the limit of the proxy or server that it passes, or send fewer groups and attributes at the IdP.",
		},
	},
	Reasons: []Reason{
		{"truncated", "the XML ends inside the document"},
	},
	Run: runComplete,
}

func runComplete(in *Input) Outcome {
	doc, out := in.document()
	if doc == nil {
		return out
	}
	text := doc.Text()
	if !doc.Truncated() && strings.Trim(text, blanks) != "" {
		if i := slices.IndexFunc(doc.Errors(), func(e *xmldoc.Error) bool { return e.Fatal }); i >= 0 && !endsWithRoot(doc, text) {
			return unseen("reading stopped at an XML error before the end, see well-formed")
		}
		return pass()
	}
	end := doc.Position(len(text))
	f := Finding{
		Reason:   "truncated",
		Position: end,
		Message:  fmt.Sprintf("The message ends at byte %s, %s.", thousands(len(doc.Source())), openElements(doc)),
	}
	if open := doc.Open(); len(open) > 0 {
		f.Path = open[len(open)-1].Path()
	}
	for _, p := range in.Message.Problems {
		if p.ID == problemCut {
			f.Note = sentence(p.Text)
		}
	}
	if c := in.Message.Capture; c != nil && c.Torn {
		f.Note = "The capture itself ends here, in the middle of the message."
		f.Fix = "Export the capture again and copy the file whole: it ends in the middle of the message."
	}
	return found(f)
}

// endsWithRoot reports whether text ends with the end tag of the root.
func endsWithRoot(doc *xmldoc.Document, text string) bool {
	root := doc.Root()
	return root != nil && strings.HasSuffix(strings.TrimRight(text, blanks), "</"+root.Name().String()+">")
}

// openElements names what was open at the end, outermost first.
func openElements(doc *xmldoc.Document) string {
	const most = 8
	open := doc.Open()
	if len(open) == 0 {
		if doc.Root() == nil {
			return "before its first element"
		}
		return "in the middle of its markup"
	}
	names := make([]string, 0, most+1)
	for i, n := range open {
		if len(open) > most && i == most/2 {
			names = append(names, "…")
		}
		if len(open) > most && i >= most/2 && i < len(open)-most/2 {
			continue
		}
		names = append(names, shortName(n.Name().String()))
	}
	if len(names) == 1 {
		return fmt.Sprintf("with %s still open", names[0])
	}
	return fmt.Sprintf("with %d elements still open: %s", len(open), strings.Join(names, " > "))
}

// shortName is a name that is fit for a sentence, whatever the message calls
// its elements.
func shortName(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// thousands writes n with separators: 4,096.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

var wellFormed = &Rule{
	ID:        "well-formed",
	Title:     "The XML is not well-formed",
	Question:  "Is it well-formed XML with namespaces? (duplicate attributes, undeclared prefixes, bad names, two roots: everything a strict parser rejects)",
	Group:     GroupXML,
	Severity:  expect.SeverityError,
	Essential: true,
	Doc: Doc{
		Why:  "Services read the message with a strict XML parser, which stops at the first violation and reads nothing behind it.",
		Spec: "XML 1.0 (fifth edition), Namespaces in XML 1.0 (third edition)",
		Likely: []string{
			"A value (a name, a group, a URL with &) was pasted into a template without escaping & and <.",
			"The XML was edited by hand, or put together from strings.",
			"The assertion was cut out of its Response and lost the namespace declarations of the elements around it.",
			"The encoding declaration does not say what the bytes are: a file saved anew, a string converted on the way.",
		},
		Fix: []string{
			"At the IdP, or in the code that builds the message: write XML through an XML library, which escapes values and declares prefixes.",
			"At an IdP with claim templates or attribute scripts, undo their latest change.",
		},
	},
	Reasons: wellFormedReasons,
	Run:     runWellFormed,
}

var wellFormedReasons = []Reason{
	{xmldoc.CodeMissingRoot, "there is no element"},
	{xmldoc.CodeTextBefore, "text stands before the first element"},
	{xmldoc.CodeTextAfter, "text follows the last end tag"},
	{xmldoc.CodeSecondRoot, "a second element follows the first"},
	{xmldoc.CodeMismatchedTag, "an end tag does not belong to the element that is open"},
	{xmldoc.CodeUnexpectedEndTag, "an end tag stands where no element is open"},
	{xmldoc.CodeMalformedTag, "a tag is malformed"},
	{xmldoc.CodeMalformedMarkup, "\"<!\" begins nothing that XML knows"},
	{xmldoc.CodeBareLessThan, "\"<\" is not escaped in text"},
	{xmldoc.CodeBadName, "a name is none"},
	{xmldoc.CodeMissingBlank, "a blank is missing between attributes"},
	{xmldoc.CodeMissingValue, "an attribute has no value"},
	{xmldoc.CodeUnquotedValue, "an attribute value is not quoted"},
	{xmldoc.CodeLessThanInValue, "\"<\" is not escaped in an attribute value"},
	{xmldoc.CodeDuplicate, "an attribute stands twice"},
	{xmldoc.CodeUndeclaredPrefix, "a prefix is not declared"},
	{xmldoc.CodeBadQName, "a name has no proper prefix or local part"},
	{xmldoc.CodeColonInName, "a name that may have no colon has one"},
	{xmldoc.CodeBadNamespace, "a namespace declaration is not allowed"},
	{xmldoc.CodeBareAmpersand, "\"&\" is not escaped"},
	{xmldoc.CodeUndeclaredEntity, "an entity is not declared"},
	{xmldoc.CodeEntityNotExpanded, "an entity of a DTD is used; samlwhy expands none"},
	{xmldoc.CodeBadCharReference, "a character reference is malformed or names no character"},
	{xmldoc.CodeIllegalCharacter, "a character that XML does not allow"},
	{xmldoc.CodeCDATAEndInText, "\"]]>\" stands in text"},
	{xmldoc.CodeCDATAOutside, "a CDATA section stands outside the element"},
	{xmldoc.CodeDoubleHyphen, "\"--\" stands in a comment"},
	{xmldoc.CodeMalformedPI, "a processing instruction is malformed"},
	{xmldoc.CodeReservedTarget, "a processing instruction is called xml"},
	{xmldoc.CodeLateDeclaration, "something precedes the XML declaration"},
	{xmldoc.CodeBadDeclaration, "the XML declaration is malformed"},
	{xmldoc.CodeUnsupportedVersion, "the XML declaration names another version"},
	{xmldoc.CodeMisplacedDoctype, "a document type declaration stands in the wrong place"},
	{xmldoc.CodeSecondDoctype, "there are two document type declarations"},
	{xmldoc.CodeMalformedDoctype, "the document type declaration is malformed"},
	{xmldoc.CodeEncodingMismatch, "the encoding declaration is not what the bytes are"},
	{xmldoc.CodeUnsupportedEncoding, "the encoding is not supported"},
	{xmldoc.CodeInvalidUTF8, "the bytes are not UTF-8"},
	{xmldoc.CodeInvalidUTF16, "the bytes are not UTF-16"},
	{xmldoc.CodeInvalidByte, "a byte is no character of the encoding"},
	{xmldoc.CodeLimitBytes, "the document is larger than the limit"},
	{xmldoc.CodeLimitDepth, "elements are nested deeper than the limit"},
	{xmldoc.CodeLimitAttributes, "an element has more attributes than the limit"},
	{xmldoc.CodeLimitNodes, "the document has more nodes than the limit"},
}

func runWellFormed(in *Input) Outcome {
	doc, out := in.document()
	if doc == nil {
		return out
	}
	var fs []Finding
	for _, e := range doc.Errors() {
		if e.Code == xmldoc.CodeTruncated || e.Code == xmldoc.CodeEmptyDocument {
			continue // the business of the rule complete
		}
		f := Finding{Reason: e.Code, Path: e.Path, Position: e.Position(), Message: sentence(e.Message)}
		if e.Code == xmldoc.CodeEncodingMismatch && !decodedBy(in.Message, "base64") {
			f.Severity = expect.SeverityWarning
			f.Note = "The message was given as XML, so saving or copying it may have changed its encoding."
		}
		if e.Code == xmldoc.CodeLateDeclaration && !e.Fatal && !decodedBy(in.Message, "base64") {
			f.Severity = expect.SeverityWarning
			f.Note = "The message was given as XML, so the blanks may come from copying it. If the IdP sends them, a service that reads strictly refuses the message."
		}
		if fs = append(fs, f); len(fs) == maxFindings {
			break
		}
	}
	switch {
	case len(fs) > 0:
		return found(fs...)
	case !doc.WellFormed():
		return unseen("the message is cut off, see complete; what there is of it is well-formed")
	}
	return pass()
}

var doctype = &Rule{
	ID:       "doctype",
	Title:    "The message has a document type declaration",
	Question: "Is there no DTD?",
	Group:    GroupXML,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "SAML messages have no DTD, and services refuse one outright: its entities are the classic way to read files from a server (XXE) or to exhaust it.",
		Spec: "saml-core-2.0-os section 1.1 (messages are defined by XML Schema); OWASP XML External Entity Prevention",
		Likely: []string{
			"The message was made or changed for an attack or a penetration test.",
			"A tool that the message passed through added a DTD, for instance to declare ID attributes.",
		},
		Fix: []string{
			"Have the software that makes the message leave out <!DOCTYPE …>; no IdP needs one.",
			"If nobody here made it: treat it as an attack and look where it came from.",
		},
	},
	Reasons: []Reason{
		{"dtd", "there is a document type declaration"},
		{"entity", "the document type declaration declares entities"},
	},
	Run: runDoctype,
}

func runDoctype(in *Input) Outcome {
	doc, out := in.document()
	if doc == nil {
		return out
	}
	var fs []Finding
	for d := range in.SAML().Documents() {
		if f, wrong := declaredType(d); wrong {
			fs = append(fs, f)
		}
	}
	if len(fs) == 0 && doc.Root() == nil {
		return skip("no element can be read, see complete and well-formed")
	}
	return found(fs...)
}

// declaredType is the finding about the document type declaration of doc, if it
// has one.
func declaredType(doc *xmldoc.Document) (f Finding, wrong bool) {
	t := doc.Doctype()
	in := ""
	if doc.Root() != nil {
		in = decrypted(doc.Root())
	}
	if t == nil {
		for _, e := range doc.Errors() {
			if e.Code == xmldoc.CodeMalformedDoctype || e.Code == xmldoc.CodeMisplacedDoctype {
				return Finding{
					Reason:   "dtd",
					Path:     e.Path,
					Position: e.Position(),
					In:       in,
					Message:  "The message holds a malformed document type declaration (<!DOCTYPE …>), which a SAML message must not have.",
				}, true
			}
		}
		return f, false
	}
	f = Finding{
		Reason:   "dtd",
		Position: t.Position(),
		In:       in,
		Message:  fmt.Sprintf("The message has a document type declaration for %s, which a SAML message must not have.", quote(t.Name)),
	}
	if strings.Contains(t.Internal, "<!ENTITY") {
		f.Reason = "entity"
		f.Message = fmt.Sprintf("The message has a document type declaration for %s that declares entities, which a SAML message must not have.", quote(t.Name))
		f.Note = "Entities in a message are how servers are made to read their own files; samlwhy expands none."
	}
	return f, true
}
