package check

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var ids = &Rule{
	ID:       "ids",
	Title:    "An ID is malformed or used twice",
	Question: "Are IDs xs:NCName and unique in the document?",
	Group:    GroupXML,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "Signatures point to what they cover by its ID. An ID that is no NCName fails schema validation, and one that stands twice leaves open which of the two elements is signed: the classic way to smuggle in another assertion.",
		Spec: "saml-core-2.0-os sections 1.3.4 and 5.4.2, XML Schema part 2 section 3.3.8 (ID, NCName)",
		Likely: []string{
			"The ID is a bare UUID or number, which may begin with a digit: an ID must begin with a letter or an underscore.",
			"Home-grown code uses the same ID for the Response and the Assertion.",
			"The message was put together from two, or an element was copied inside it: look at it as a possible attack.",
		},
		Fix: []string{
			"In the software that makes the message: put an underscore in front of the UUID (\"_3f2a…\") and make a new one for each element.",
		},
	},
	Reasons: []Reason{
		{"empty", "an ID is empty"},
		{"not-ncname", "an ID is no NCName"},
		{"duplicate", "an ID stands twice"},
	},
	Run: runIDs,
}

func runIDs(in *Input) Outcome {
	m, out := in.message()
	if m == nil {
		return out
	}
	var fs []Finding
	seen := map[string]*saml.Value{}
	for n := range m.Descendants() {
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		v := idOf(n)
		if v == nil {
			continue
		}
		// ID is a token: the blanks around it are not part of it.
		id := v.Trimmed()
		if fault := ncNameFault(id); fault != "" {
			f := at(v, Finding{Reason: "not-ncname", Message: fmt.Sprintf("The %s of %s is %s, which is no ID: %s.", v.Attr.Name, shortName(n.Name().Local), quote(id), fault), Actual: []string{v.Text}})
			if id == "" {
				f.Reason, f.Message = "empty", fmt.Sprintf("The %s of %s is empty.", v.Attr.Name, shortName(n.Name().Local))
			}
			fs = append(fs, f)
		}
		if first := seen[id]; first != nil && id != "" {
			fs = append(fs, at(v, Finding{
				Reason:  "duplicate",
				Message: fmt.Sprintf("The %s of %s is %s, which is the ID of %s already: each ID may stand once.", v.Attr.Name, shortName(n.Name().Local), quote(id), first.Node.Path()),
				Actual:  []string{v.Text},
			}))
		} else {
			seen[id] = v
		}
		if len(fs) >= maxFindings {
			break
		}
	}
	if len(fs) == 0 && !m.Root.Closed() {
		return unseen("reading stopped before the end, see complete and well-formed; the IDs up to there are sound")
	}
	return found(fs...)
}

// idOf is the attribute of type ID on an element of a schema that SAML uses.
func idOf(n *xmldoc.Node) *saml.Value {
	switch space := n.Name().Space; space {
	case saml.NSAssertion11, saml.NSProtocol11:
		for _, name := range []string{"AssertionID", "ResponseID", "RequestID"} {
			// AssertionID is a reference in Evidence, where it is an element.
			if v := saml.AttrValue(n, name); v != nil {
				return v
			}
		}
	case saml.NSProtocol, saml.NSAssertion, saml.NSMetadata:
		return saml.AttrValue(n, "ID")
	default:
		if space == saml.NSSignature || space == saml.NSEncryption || strings.HasPrefix(space, "http://www.w3.org/2009/xmlenc11") {
			return saml.AttrValue(n, "Id")
		}
	}
	return nil
}

// ncNameFault says why s is no NCName (Namespaces in XML 1.0, section 3), or
// nothing when it is one.
func ncNameFault(s string) string {
	if s == "" {
		return "it is empty"
	}
	for i, r := range s {
		switch {
		case r == ':':
			return "a colon is not allowed in it"
		case isNameStart(r):
		case i == 0 && '0' <= r && r <= '9':
			return fmt.Sprintf("it begins with the digit %q, but must begin with a letter or an underscore", r)
		case i == 0:
			return fmt.Sprintf("it begins with %q, but must begin with a letter or an underscore", r)
		case unicode.IsDigit(r), r == '-', r == '.', r == 0xB7, unicode.Is(unicode.M, r):
		default:
			return fmt.Sprintf("%q at character %d is not allowed in it", r, utf8.RuneCountInString(s[:i])+1)
		}
	}
	return ""
}

func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) }

var timestamps = &Rule{
	ID:       "timestamps",
	Title:    "A time is not written in UTC, or cannot be read",
	Question: "Is every time an xs:dateTime ending in Z? (any fraction is fine; an offset or no zone: a warning; unreadable: a failure)",
	Group:    GroupXML,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "SAML wants times in UTC, with a Z at the end. A service that finds no zone may take its own, and one that cannot read the time at all refuses the message.",
		Spec: "saml-core-2.0-os section 1.3.3, XML Schema part 2 section 3.2.7",
		Likely: []string{
			"Home-grown code writes local time, or the date format of its locale or database.",
			"The IdP's template writes the time without T and Z (2026-03-04 10:00:26).",
		},
		Fix: []string{
			"In the software that makes the message: convert to UTC and write 2026-03-04T10:00:26Z.",
		},
	},
	Reasons: []Reason{
		{"unreadable", "a time cannot be read"},
		{"offset", "a time has an offset instead of Z"},
		{"no-zone", "a time names no zone"},
	},
	Run: runTimestamps,
}

// timeAttributes are the attributes of type xs:dateTime in the SAML schemas.
var timeAttributes = []string{
	"IssueInstant", "NotBefore", "NotOnOrAfter", "AuthnInstant", "SessionNotOnOrAfter",
	"AuthenticationInstant", "validUntil",
}

func runTimestamps(in *Input) Outcome {
	m, out := in.message()
	if m == nil {
		return out
	}
	var fs []Finding
	timed := false
	for n := range m.Descendants() {
		if n.Kind() != xmldoc.ElementNode || !isSAMLSpace(n.Name().Space) {
			continue
		}
		for _, name := range timeAttributes {
			v := saml.AttrValue(n, name)
			if v == nil {
				continue
			}
			timed = true
			if f, wrong := judgeTime(v); wrong {
				fs = append(fs, f)
			}
		}
		if len(fs) >= maxFindings {
			break
		}
	}
	switch {
	case len(fs) > 0:
		return found(fs...)
	case !m.Root.Closed():
		return unseen("reading stopped before the end, see complete and well-formed; the times up to there are sound")
	case !timed:
		return notApplicable("the message names no time")
	}
	return pass()
}

func judgeTime(v *saml.Value) (f Finding, wrong bool) {
	t, z, err := saml.ParseTime(v.Text)
	if err == nil && z == saml.ZoneUTC {
		return f, false
	}
	name := v.Attr.Name
	f = at(v, Finding{Actual: []string{v.Text}})
	switch {
	case err != nil:
		f.Reason = "unreadable"
		f.Message = fmt.Sprintf("%s is %s, which is no time such as 2026-03-04T10:00:26Z: %s.", name, quote(v.Text), err)
		return f, true
	case z == saml.ZoneOffset:
		f.Reason = "offset"
		f.Message = fmt.Sprintf("%s is %s, but SAML wants UTC: a time ending in Z.", name, quote(v.Text))
	default:
		f.Reason = "no-zone"
		f.Message = fmt.Sprintf("%s is %s, which names no zone, but SAML wants UTC: a time ending in Z.", name, quote(v.Text))
		f.Note = "It is read as UTC here; a service may take it for its own local time."
	}
	f.Severity = expect.SeverityWarning
	f.Expected = []string{t.UTC().Format("2006-01-02T15:04:05.999999999Z07:00")}
	return f, true
}
