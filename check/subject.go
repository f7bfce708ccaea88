package check

import (
	"fmt"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var nameID = &Rule{
	ID:       "name-id",
	Title:    "The NameID is missing or empty",
	Question: "Does the Subject name the user with a NameID that is not empty?",
	Group:    GroupIssuer,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The NameID says who logged in. A service that finds its users by it cannot open an account without one; a service that reads an attribute instead does not miss it.",
		Spec: "saml-core-2.0-os sections 2.4.1 and 2.2.3, saml-profiles-2.0-os section 4.1.4.2",
		Likely: []string{
			"The IdP takes the NameID from a directory attribute that is empty for this user, such as mail.",
			"No claim or mapping for the NameID is set up for this service at the IdP.",
		},
		Fix: []string{
			"At the IdP, map the NameID of this service to an attribute that every user has, and fill it for this user.",
			"Compare with the message of a user whose login works.",
		},
	},
	Reasons: []Reason{
		{"missing", "the Subject has no NameID, or there is no Subject"},
		{"empty", "the NameID is empty"},
		{"whitespace", "white space stands around the NameID"},
		{"comment", "a comment or processing instruction stands inside the NameID"},
	},
	Run: runNameID,
}

func runNameID(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		s := a.Subject
		grade, note := expect.Severity(""), ""
		if !in.Expect.NameIDUsed.Value {
			grade, note = expect.SeverityWarning, "It matters only to a service that finds its users by the NameID."
		}
		missing := Finding{Reason: "missing", Severity: grade, Note: note}
		switch {
		case s == nil && !a.Node.Closed(), s != nil && s.NameID == nil && !s.Node.Closed():
			return unseen(whyCut)
		case s == nil:
			missing.Message = "The Assertion has no Subject, so nothing says which user it is about."
			return found(under(a.Node, "/Subject", missing))
		case s.NameID == nil && (s.Encrypted != nil || s.BaseID != nil):
			return pass()
		case s.NameID == nil:
			missing.Message = "The Subject has no NameID, so nothing says which user logged in."
			return found(under(s.Node, "/NameID", missing))
		}
		id := &s.NameID.Value
		if cut(id) {
			return unseen("the message breaks off inside the NameID")
		}
		if id.Trimmed() == "" {
			return found(at(id, Finding{
				// Unlike one that is not there: saml-core section 1.3.1 has no empty strings.
				Reason:  "empty",
				Message: "The NameID is empty, so nothing says which user logged in.",
				Actual:  []string{id.Text},
			}))
		}
		return found(nameIDText(id)...)
	})
}

// nameIDText finds what makes a NameID read differently than it looks.
func nameIDText(id *saml.Value) []Finding {
	var fs []Finding
	if t := id.Trimmed(); t != id.Text {
		fs = append(fs, at(id, Finding{
			Reason:   "whitespace",
			Severity: expect.SeverityWarning,
			Message:  fmt.Sprintf("The NameID is %s with white space around it, which a service that compares character for character does not know.", quote(t)),
			Expected: []string{t},
			Actual:   []string{id.Text},
			Cause:    compareValue(t, id.Text),
		}))
	}
	for c := range id.Node.Children() {
		if k := c.Kind(); k != xmldoc.CommentNode && k != xmldoc.PINode {
			continue
		}
		fs = append(fs, Finding{
			Reason:   "comment",
			Severity: expect.SeverityWarning,
			Path:     id.Path(),
			Position: c.Position(),
			Message:  fmt.Sprintf("Inside the NameID %s stands a comment or processing instruction; some services read only what precedes it, and so another user.", quote(id.Text)),
			Actual:   []string{id.Text},
		})
		break
	}
	return fs
}

var nameIDFormat = &Rule{
	ID:       "name-id-format",
	Title:    "The NameID has another Format than expected",
	Question: "Is the NameID's Format the expected one, and does the value fit it?",
	Group:    GroupIssuer,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The Format says how to read the NameID: as an e-mail address, as a name that lasts, as one for this session only. A service set to one Format refuses another; without the attribute the Format is unspecified.",
		Spec: "saml-core-2.0-os sections 8.3, 2.2.2 and 3.4.1.1 (NameIDPolicy)",
		Likely: []string{
			"The IdP is set to another NameID format for this service than the service is.",
			"The IdP sends unspecified, its default, because nothing was chosen.",
			"The URN was typed by hand: emailAddress exists only as …SAML:1.1:nameid-format:emailAddress.",
			"The Format is emailAddress, but the NameID is mapped to a login name.",
		},
		Fix: []string{
			"At the IdP, choose for this service the NameID format that the service is configured for.",
			"Or set the service to the format received, where the IdP cannot be changed.",
			"Where the value does not fit, map the NameID to an attribute that does, such as the e-mail address.",
		},
	},
	Reasons: []Reason{
		{"mismatch", "the Format is not one that is expected"},
		{"not-requested", "the Format is not the one that the AuthnRequest asked for"},
		{"value", "the NameID does not fit its Format"},
		{"unknown-format", "no SAML specification defines the Format, though it looks as if one did"},
	},
	Needs: []string{"--name-id-format", "--sp-metadata"},
	Run:   runNameIDFormat,
}

func runNameIDFormat(in *Input) Outcome {
	return in.eachNameID(func(_ *saml.Assertion, id *saml.NameID) Outcome {
		var fs []Finding
		expected, reason := in.nameIDFormats()
		if f, ok := in.judgeFormat(id, expected, reason); !ok {
			if unknown, ok := knownFormat(id); !ok {
				f.Note = strings.TrimSpace(unknown.Message + " " + f.Note)
			}
			fs = append(fs, f)
		} else if f, ok := knownFormat(id); !ok {
			fs = append(fs, f)
		}
		if f, ok := fitsFormat(id); !ok {
			fs = append(fs, f)
		}
		switch {
		case len(fs) > 0:
			return found(fs...)
		case reason == "":
			return skip("the expected NameID Format is not known", "--name-id-format", "--sp-metadata")
		}
		return pass()
	})
}

// nameIDFormats are the accepted Formats and the reason of a finding that
// refuses another; the reason is empty when nothing is expected. No values with
// a reason: any Format will do.
func (in *Input) nameIDFormats() (values []expect.Value, reason string) {
	if values = in.Expect.NameIDFormats; len(values) > 0 {
		return values, "mismatch"
	}
	r := in.request()
	if r == nil {
		return nil, ""
	}
	// As a setting "unspecified" is a Format like any other; in a request it
	// leaves the choice to the IdP.
	switch f := r.NameIDFormat.Trimmed(); f {
	case "", saml.FormatUnspecified, "urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted":
		return nil, "not-requested"
	default:
		return []expect.Value{{Text: f, From: fromRequest}}, "not-requested"
	}
}

func (in *Input) judgeFormat(id *saml.NameID, expected []expect.Value, reason string) (Finding, bool) {
	if len(expected) == 0 {
		return Finding{}, true
	}
	grade, note := expect.Severity(""), ""
	if from := expected[0].From; from == fromRequest || from == expect.FlagSPMetadata {
		// A setting refuses; requests and metadata only say what is liked.
		grade, note = expect.SeverityWarning, "Many services take the Format that comes, whatever their requests and metadata name."
	}
	w := &wanted{field: fieldNameIDFormat, values: expected}
	if id.Format != nil {
		if w.accepts(id.Format.Text) {
			return Finding{}, true
		}
		f := in.unlike(w, id.Format)
		f.Reason, f.Severity, f.Note = reason, grade, note
		f.Message = fmt.Sprintf("The NameID %s has the Format %s, but expected is %s.", quote(id.Text), quote(id.Format.Text), expectation(&f))
		w.advise(&f, "At the IdP, set the NameID format of this service to %s.")
		return f, false
	}
	if w.accepts(saml.FormatUnspecified) {
		return Finding{}, true
	}
	f := Finding{
		Reason:       reason,
		Severity:     grade,
		Note:         note,
		Expected:     texts(expected[:min(len(expected), maxListed)]),
		ExpectedFrom: expected[0].From,
		Actual:       []string{saml.FormatUnspecified},
	}
	f.Message = fmt.Sprintf("The NameID %s has no Format, which means unspecified, but expected is %s.", quote(id.Text), expectation(&f))
	w.advise(&f, "At the IdP, set the NameID format of this service to %s.")
	return under(id.Node, "/@Format", f), false
}

// nameIDFormatNames are the Formats that saml-core-2.0-os section 8.3 defines.
var nameIDFormatNames = [...]string{
	saml.FormatUnspecified, saml.FormatEmail, saml.FormatX509Subject, saml.FormatWindows,
	saml.FormatKerberos, saml.FormatEntity, saml.FormatPersistent, saml.FormatTransient,
	"urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted",
}

// knownFormat finds Formats in SAML's own name space that SAML never defined.
func knownFormat(id *saml.NameID) (Finding, bool) {
	format := id.Format.Get()
	if !strings.HasPrefix(strings.ToLower(format), "urn:oasis:names:tc:saml:") {
		return Finding{}, true
	}
	_, name, _ := cutLast(format, ':')
	meant := ""
	for _, f := range nameIDFormatNames {
		if f == format {
			return Finding{}, true
		}
		if _, n, _ := cutLast(f, ':'); strings.EqualFold(n, name) {
			meant = f
		}
	}
	f := Finding{
		Reason:   "unknown-format",
		Severity: expect.SeverityWarning,
		Message:  fmt.Sprintf("SAML defines no NameID Format %s.", quote(format)),
		Actual:   []string{format},
	}
	if meant != "" {
		f.Message = fmt.Sprintf("SAML defines no NameID Format %s; it is spelled %s.", quote(format), quote(meant))
		f.Expected, f.ExpectedFrom = []string{meant}, "saml-core section 8.3"
		f.Cause = compareValue(meant, format)
	}
	return at(id.Format, f), false
}

// cutLast cuts s around the last sep.
func cutLast(s string, sep byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

func fitsFormat(id *saml.NameID) (Finding, bool) {
	value := id.Trimmed()
	if value == "" || cut(&id.Value) {
		return Finding{}, true // of which name-id speaks
	}
	problem := formatProblem(id.Format.Get(), value)
	if problem == "" {
		return Finding{}, true
	}
	return at(&id.Value, Finding{
		Reason:   "value",
		Severity: expect.SeverityWarning,
		Note:     "Services that take the NameID as it stands let it pass; those that mail to it or parse it do not.",
		Message:  fmt.Sprintf("The NameID %s does not fit its Format %s: %s.", quote(id.Text), quote(id.Format.Get()), problem),
		Actual:   []string{id.Text},
	}), false
}

// maxIdentifier is the length that persistent and transient identifiers may
// have (saml-core-2.0-os sections 8.3.7 and 8.3.8).
const maxIdentifier = 256

// formatProblem says why value is no identifier of a format, or nothing. The
// numbers are sections of saml-core-2.0-os.
func formatProblem(format, value string) string {
	switch format {
	case saml.FormatEmail: // 8.3.2
		return emailProblem(value)
	case saml.FormatX509Subject: // 8.3.3
		if name, rest, ok := strings.Cut(value, "="); !ok || strings.TrimSpace(name) == "" || rest == "" {
			return "a subject name looks like \"CN=Alex Doe,O=Example\""
		}
	case saml.FormatWindows: // 8.3.4
		domain, user, ok := strings.Cut(value, `\`)
		if ok && (domain == "" || user == "" || strings.Contains(user, `\`)) {
			return `it must read "DOMAIN\user" or "user"`
		}
	case saml.FormatKerberos: // 8.3.5
		if name, realm, ok := cutLast(value, '@'); !ok || name == "" || realm == "" {
			return "a principal looks like \"name@REALM\""
		}
	case saml.FormatEntity: // 8.3.6
		if n := len([]rune(value)); n > 1024 {
			return fmt.Sprintf("it has %d characters and may have 1024", n)
		}
	case saml.FormatPersistent, saml.FormatTransient:
		if n := len([]rune(value)); n > maxIdentifier {
			return fmt.Sprintf("it has %d characters and may have %d", n, maxIdentifier)
		}
	}
	return ""
}

// emailProblem says why s is no bare address (addr-spec of RFC 5322), or
// nothing. It is no stricter than the mail programs that have to live with what
// directories hold.
func emailProblem(s string) string {
	local, domain, ok := cutLast(s, '@')
	switch {
	case !ok:
		return "an e-mail address has an @"
	case local == "":
		return "nothing precedes the @"
	case domain == "":
		return "nothing follows the @"
	case strings.ContainsAny(s, "<>"):
		return "only the bare address may stand, without < and >"
	case !strings.HasPrefix(local, `"`) && strings.ContainsAny(local, " \t\r\n@,;:"),
		strings.ContainsAny(domain, " \t\r\n,;"):
		return "an e-mail address holds no blank, comma, semicolon or second @"
	case strings.HasPrefix(domain, "."), strings.HasSuffix(domain, "."), strings.Contains(domain, ".."):
		return "the domain has an empty part"
	}
	return ""
}
