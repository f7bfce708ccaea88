package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var requiredAttributes = &Rule{
	ID:       "required-attributes",
	Title:    "An attribute that the service needs is missing",
	Question: "Is every attribute that the service needs there, by its exact name and not empty?",
	Group:    GroupConditions,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "Services find or create the account from attributes, and look them up by exact name, large and small letters told apart. One that is misnamed is not there.",
		Spec: "saml-core-2.0-os section 2.7.3.1 (the Name identifies the attribute); which ones are needed the service's documentation says",
		Likely: []string{
			"The attribute is not mapped for this service at the IdP.",
			"It is sent under another name: other letters (Email, UID), a claim URI for a short name, or the short name only as FriendlyName.",
			"The directory holds no value for this user, so that the IdP leaves it out.",
		},
		Fix: []string{
			"At the IdP, map the attribute for this service under exactly the name expected.",
			"Or set the name at the service to the one received, where the service lets you choose.",
			"Fill the value for this user in the directory; compare with a user whose login works.",
		},
	},
	Reasons: []Reason{
		{"missing", "the attribute is not there"},
		{"name-case", "the attribute is there with other large and small letters in its name"},
		{"empty", "the attribute is there without a value"},
	},
	Needs: []string{"--require-attribute", "--service"},
	Run:   runRequiredAttributes,
}

// The causes of a missing attribute that only names can have.
const (
	causeNameForm     = "name-form"     // claim URI for a short name, or the other way round
	causeFriendlyName = "friendly-name" // the name stands in FriendlyName
)

// attributes are those of all assertions, or why there are none to judge. whole
// says that no further ones are hidden.
func (in *Input) attributes() (list []*saml.Attribute, whole bool, out Outcome) {
	m, out := in.response()
	if m == nil {
		return nil, false, out
	}
	if out, none := in.noAssertions(m); none {
		return nil, false, out
	}
	whole = len(m.Encrypted) == 0 && m.Root.Closed()
	for _, a := range m.Assertions {
		list = append(list, a.Attributes...)
		whole = whole && len(a.EncryptedAttributes) == 0
	}
	return list, whole, Outcome{}
}

func runRequiredAttributes(in *Input) Outcome {
	list, whole, out := in.attributes()
	if out.Status != "" {
		return out
	}
	if len(in.Expect.Attributes) == 0 {
		return skip("it is not known which attributes the service needs", "--require-attribute", "--service")
	}
	byName := make(map[string][]*saml.Attribute, len(list))
	for _, a := range list {
		byName[a.Name.Get()] = append(byName[a.Name.Get()], a)
		if claim := a.ClaimType(); claim != "" {
			byName[claim] = append(byName[claim], a)
		}
	}
	var fs []Finding
	asked, hidden := false, false
	for i := range in.Expect.Attributes {
		want := &in.Expect.Attributes[i]
		if !want.Required {
			continue
		}
		asked = true
		var there []*saml.Attribute
		for _, name := range append([]string{want.Name}, want.Aliases...) {
			there = append(there, byName[name]...)
		}
		switch {
		case slices.ContainsFunc(there, hasValue):
		case len(there) > 0 && (!there[0].Node.Closed() || !whole):
			hidden = true
		case len(there) > 0:
			fs = append(fs, emptyAttribute(want, there[0]))
		case !whole:
			hidden = true
		default:
			fs = append(fs, in.missingAttribute(want, list))
		}
	}
	switch {
	case len(fs) > 0:
		return found(fs...)
	case !asked:
		return notApplicable("the service needs no attribute")
	case hidden && !in.SAML().Root.Closed():
		return unseen("the message breaks off before all attributes were read")
	case hidden:
		return in.unopened("an attribute")
	}
	return pass()
}

func hasValue(a *saml.Attribute) bool {
	return slices.ContainsFunc(a.Values, func(v *saml.Value) bool { return v.Trimmed() != "" })
}

func emptyAttribute(want *expect.Attribute, a *saml.Attribute) Finding {
	return at(a.Name, Finding{
		Reason:       "empty",
		Severity:     want.Severity,
		Message:      fmt.Sprintf("The attribute %s, which the service needs, has no value.", quote(a.Name.Get())),
		Fix:          fmt.Sprintf("Fill the directory field behind %s for this user, or map another one to it at the IdP.", quote(a.Name.Get())),
		Expected:     []string{want.Name},
		ExpectedFrom: want.From,
	})
}

func (in *Input) missingAttribute(want *expect.Attribute, list []*saml.Attribute) Finding {
	f := Finding{
		Reason:       "missing",
		Severity:     want.Severity,
		Expected:     append([]string{want.Name}, want.Aliases...),
		ExpectedFrom: want.From,
		Actual:       names(list),
	}
	if near, cause := nearAttribute(want, list); near != nil {
		if cause.ID == causeCase {
			f.Reason = "name-case"
		}
		f.Cause = cause
		// The near miss leads, so that the caret stands under it.
		name := near.Name.Get()
		f.Actual = append([]string{name}, slices.DeleteFunc(f.Actual, func(n string) bool { return n == name })...)
		f.Message = fmt.Sprintf("The service needs the attribute %s (%s); what came is %s.", quote(want.Name), want.From, quote(name))
		f.Fix = fmt.Sprintf("At the IdP, change the name of the attribute %s to %s in the mapping of this service.", quote(name), quote(want.Name))
		return at(near.Name, f)
	}
	f.Fix = fmt.Sprintf("At the IdP, map the attribute %s for this service.", quote(want.Name))
	switch {
	case len(list) == 0:
		f.Message = fmt.Sprintf("The service needs the attribute %s (%s), and no attribute came at all.", quote(want.Name), want.From)
	case len(list) == 1:
		f.Message = fmt.Sprintf("The service needs the attribute %s (%s); the only one that came is %s.", quote(want.Name), want.From, quote(list[0].Name.Get()))
	default:
		f.Message = fmt.Sprintf("The service needs the attribute %s (%s), which is not among the %d that came.", quote(want.Name), want.From, len(list))
	}
	for _, a := range in.SAML().Assertions {
		if len(a.AttributeStatements) > 0 {
			return under(a.AttributeStatements[0], "", f)
		}
	}
	return under(in.SAML().Assertions[0].Node, "/AttributeStatement", f)
}

// names are the attributes' names, each once, in order.
func names(list []*saml.Attribute) []string {
	var out []string
	for _, a := range list {
		if n := a.Name.Get(); !slices.Contains(out, n) {
			if out = append(out, n); len(out) == maxListed {
				break
			}
		}
	}
	return out
}

// maxNearCompared bounds how many attributes a missing one is compared with in
// depth.
const maxNearCompared = 200

// nearAttribute is the attribute that is the one wanted under a wrong name, with
// the difference between the names; nil when none is. An attribute without a
// value is none: renaming it would not help.
func nearAttribute(want *expect.Attribute, list []*saml.Attribute) (*saml.Attribute, *Cause) {
	var near *saml.Attribute
	var best *Cause
	rank := func(c *Cause) int {
		return slices.Index([]string{causeCase, causeWhitespace, causeInvisible, causeFriendlyName, causeNameForm}, c.ID)
	}
	for _, a := range list[:min(len(list), maxNearCompared)] {
		if a.Name == nil || !hasValue(a) {
			continue
		}
		c := nameDifference(want, a)
		if c == nil {
			continue
		}
		if r := rank(c); best == nil || r >= 0 && (rank(best) < 0 || r < rank(best)) {
			near, best = a, c
		}
	}
	return near, best
}

func nameDifference(want *expect.Attribute, a *saml.Attribute) *Cause {
	name := a.Name.Get()
	switch {
	case strings.Trim(a.FriendlyName.Get(), " \t\r\n") == want.Name:
		return &Cause{
			ID:       causeFriendlyName,
			Text:     "the name stands only in FriendlyName; the Name is " + quote(name),
			Evidence: "its FriendlyName equals the expected name, character for character",
			Expected: want.Name,
			Index:    -1,
		}
	case strings.EqualFold(lastPart(name), lastPart(want.Name)) && isURIName(name) != isURIName(want.Name):
		text := "a claim URI is sent where the short name is expected"
		if isURIName(want.Name) {
			text = "the short name is sent where a claim URI is expected"
		}
		return &Cause{ID: causeNameForm, Text: text, Evidence: "the last part of the URI is the short name", Expected: want.Name, Index: -1}
	}
	for _, expected := range append([]string{want.Name}, want.Aliases...) {
		c := compareValue(expected, name)
		// Another path is another claim, however like its URI.
		if c == nil || nearness(c) > 0 && c.ID != causeScheme || isURIName(expected) != isURIName(name) {
			continue
		}
		// One edit turns a short name into quite another one.
		if c.ID == causeOneEdit && len(expected) < 5 {
			continue
		}
		return c
	}
	return nil
}

func isURIName(s string) bool { return strings.Contains(s, "://") || strings.HasPrefix(s, "urn:") }

// lastPart is the last part of an attribute name that is a URI.
func lastPart(s string) string {
	if !isURIName(s) {
		return s
	}
	return s[strings.LastIndexAny(s, "/:#")+1:]
}

var attributeNames = &Rule{
	ID:       "attribute-names",
	Title:    "The attribute names are doubtful",
	Question: "Is every attribute name there once, without stray white space?",
	Group:    GroupConditions,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "Of two attributes with one name services read the first, the last or both. White space in a name cannot be seen and makes it another name.",
		Spec: "saml-core-2.0-os section 2.7.3.1",
		Likely: []string{
			"Two mappings at the IdP send the same attribute, often one by default and one added by hand.",
			"A name was pasted into the IdP's console with a blank or a line break.",
		},
		Fix: []string{
			"At the IdP, remove one of the two mappings, or type the name again.",
		},
	},
	Reasons: []Reason{
		{"duplicate", "two attributes have the same name"},
		{"whitespace", "white space stands in or around an attribute's name"},
		{"empty", "an attribute's name is empty"},
	},
	Run: runAttributeNames,
}

func runAttributeNames(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		if len(a.Attributes) == 0 {
			return in.noAttributes(a)
		}
		var fs []Finding
		type key struct{ name, format string }
		seen := make(map[key]bool, len(a.Attributes))
		for _, attribute := range a.Attributes {
			if attribute.Name == nil {
				continue // of which schema speaks
			}
			if len(fs) == maxFindings {
				break
			}
			k := key{attribute.Name.Text, attribute.NameFormat.Get()}
			if f, ok := attributeName(attribute.Name, seen[k]); !ok {
				fs = append(fs, f)
			}
			seen[k] = true
		}
		return found(fs...)
	})
}

func attributeName(v *saml.Value, again bool) (Finding, bool) {
	f := Finding{Actual: []string{v.Text}}
	switch clean := strings.Join(strings.Fields(v.Text), " "); {
	case clean == "":
		f.Reason, f.Message = "empty", "An attribute has an empty name, so that no service can look it up."
	case clean != v.Text:
		f.Reason = "whitespace"
		f.Message = fmt.Sprintf("The attribute name %s has stray white space; a service that looks for %s does not find it.", quote(v.Text), quote(clean))
		f.Expected = []string{clean}
		f.Cause = compareValue(clean, v.Text)
	case again:
		f.Reason = "duplicate"
		f.Message = fmt.Sprintf("The attribute %s comes more than once; services read the first, the last or all of them.", quote(v.Text))
	default:
		return f, true
	}
	return at(v, f), false
}

// noAttributes is the outcome of a rule about attributes that found none.
func (in *Input) noAttributes(a *saml.Assertion) Outcome {
	switch {
	case len(a.EncryptedAttributes) > 0:
		return in.unopened("an attribute")
	case !a.Node.Closed():
		return unseen("the message breaks off before its attributes")
	}
	return notApplicable("the assertion has no attributes")
}

var attributeLineBreaks = &Rule{
	ID:       "attribute-line-breaks",
	Title:    "An attribute value holds a line break",
	Question: "Are attribute values free of line breaks?",
	Group:    GroupConditions,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "A line break in a value, usually in a postal address, is rewritten on many ways that a message can take (CRLF and LF, a blank in its place). Then the digest no longer matches and the service reports an invalid signature.",
		Spec: "XML 1.0 section 2.11 (line ends), canonical XML 1.0 section 2.3",
		Likely: []string{
			"The directory holds the street address or a description in several lines.",
			"The message was pretty-printed, which breaks values too.",
		},
		Fix: []string{
			"At the IdP, do not send this attribute, or replace line breaks in its mapping.",
			"In the directory, write the value in one line.",
		},
	},
	Reasons: []Reason{
		{"line-break", "an attribute value holds a line break"},
	},
	Run: runAttributeLineBreaks,
}

func runAttributeLineBreaks(in *Input) Outcome {
	return in.eachAssertion(func(a *saml.Assertion) Outcome {
		if len(a.Attributes) == 0 {
			return in.noAttributes(a)
		}
		var fs []Finding
		for _, attribute := range a.Attributes {
			for _, v := range attribute.Values {
				text, broken := lineBreak(v.Node)
				if !broken {
					continue
				}
				if len(fs) == maxFindings {
					return found(fs...)
				}
				fs = append(fs, at(v, Finding{
					Reason:  "line-break",
					Message: fmt.Sprintf("The value %s of the attribute %s holds a line break.", quote(text), quote(attribute.Name.Get())),
					Actual:  []string{text},
				}))
			}
		}
		if len(fs) == 0 && !a.Node.Closed() {
			return unseen("the message breaks off inside its attributes")
		}
		return found(fs...)
	})
}

// lineBreak finds a line break in the text of a value. Between the elements of
// a value that is made of elements, it is only layout.
func lineBreak(value *xmldoc.Node) (text string, broken bool) {
	structured := false
	for range value.Elements() {
		structured = true
		break
	}
	if !structured {
		text = value.Text()
		return text, strings.ContainsAny(text, "\r\n")
	}
	for n := range value.Descendants() {
		if k := n.Kind(); k != xmldoc.TextNode && k != xmldoc.CDATANode {
			continue
		}
		if t := n.Value(); strings.Trim(t, " \t\r\n") != "" && strings.ContainsAny(t, "\r\n") {
			return t, true
		}
	}
	return "", false
}
