package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var attributeValues = &Rule{
	ID:       "attribute-values",
	Title:    "An attribute value does not fit the service",
	Question: "Do attribute values fit the service's types, lengths and lists?",
	Group:    GroupConditions,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The service writes attribute values into its own account fields. A value that is too long, not in its list or of another kind stops the account from being created or updated.",
		Spec: "the service's documentation; saml-core-2.0-os section 2.7.3.1.1",
		Likely: []string{
			"The attribute is mapped to a directory field that holds something else.",
			"The directory writes the value another way than the service does: a country's name for its code, another form of time.",
			"The value is not (or no longer) offered on this site of the service.",
		},
		Fix: []string{
			"At the IdP, map the attribute to a field that fits, or transform the value in its mapping.",
			"At the service, add the value to the list where that is possible.",
			"In the directory, correct the value for this user.",
		},
	},
	Reasons: []Reason{
		{"email", "the value is no e-mail address"},
		{"country", "the value is no two-letter country code"},
		{"timestamp", "the value is no time that the service can read"},
		{"integer-list", "the value is no list of whole numbers"},
		{"too-long", "the value is longer than the service allows"},
		{"not-allowed", "the value is not one that the service allows"},
	},
	Needs: []string{"--service"},
	Run:   runAttributeValues,
}

func runAttributeValues(in *Input) Outcome {
	list, whole, out := in.attributes()
	if out.Status != "" {
		return out
	}
	limits := make(map[string]*expect.Attribute)
	for i := range in.Expect.Attributes {
		x := &in.Expect.Attributes[i]
		if x.Type == "" && x.MaxLength <= 0 && x.Values == nil {
			continue
		}
		for _, name := range append([]string{x.Name}, x.Aliases...) {
			limits[name] = x
		}
	}
	if len(limits) == 0 {
		return skip("the service's limits for attribute values are not known", "--service")
	}
	var fs []Finding
	judged := false
	for _, a := range list {
		x := limits[a.Name.Get()]
		if claim := a.ClaimType(); x == nil && claim != "" {
			x = limits[claim]
		}
		if x == nil {
			continue
		}
		for _, v := range a.Values {
			if cut(v) || v.Trimmed() == "" {
				continue // required-attributes asks whether it may be empty
			}
			judged = true
			if len(fs) < maxFindings {
				fs = append(fs, judgeAttributeValue(x, a, v)...)
			}
		}
	}
	switch {
	case len(fs) > 0:
		return found(fs...)
	case !whole && !in.SAML().Root.Closed():
		return unseen("the message breaks off before all attributes were read")
	case !whole:
		return in.unopened("an attribute")
	case !judged:
		return notApplicable("no attribute with a limit came")
	}
	return pass()
}

func judgeAttributeValue(x *expect.Attribute, a *saml.Attribute, v *saml.Value) []Finding {
	var fs []Finding
	add := func(reason, format string, args ...any) *Finding {
		message := fmt.Sprintf("The attribute %s is %s, but ", quote(a.Name.Get()), quote(v.Text)) + fmt.Sprintf(format, args...) + "."
		fs = append(fs, at(v, Finding{
			Reason: reason, Severity: x.Severity, Message: message, ExpectedFrom: x.From, Actual: []string{v.Text},
		}))
		return &fs[len(fs)-1]
	}
	switch x.Type {
	case "email":
		if p := emailProblem(v.Text); p != "" {
			add("email", "the service expects an e-mail address: %s", p)
		}
	case "country":
		if len(v.Text) != 2 || !isLetter(v.Text[0]) || !isLetter(v.Text[1]) {
			add("country", "the service expects a country code of two letters, such as \"US\"")
		}
	case "timestamp":
		if !isTimestamp(v.Text) {
			add("timestamp", "the service expects a time: milliseconds as a whole number, \"2026-03-04T10:00:26Z\" or \"20260304100026Z\"")
		}
	case "integer-list":
		if !isIntegerList(v.Text) {
			add("integer-list", "the service expects whole numbers with commas between")
		}
	}
	if n := utf8.RuneCountInString(v.Text); x.MaxLength > 0 && n > x.MaxLength {
		add("too-long", "it has %d characters and the service allows %d", n, x.MaxLength)
	}
	if x.Values != nil && !slices.Contains(x.Values, v.Text) {
		accepted := make([]expect.Value, len(x.Values))
		for i, t := range x.Values {
			accepted[i] = expect.Value{Text: t, From: x.From}
		}
		_, best, cause := compareValues(accepted, v.Text)
		// An empty list allows nothing and has no nearest value.
		if best == nil {
			add("not-allowed", "the service allows no value for it")
			return fs
		}
		f := add("not-allowed", "the service allows only %s", listed(x.Values))
		f.Expected = append([]string{best.Text}, slices.DeleteFunc(slices.Clone(x.Values), func(t string) bool { return t == best.Text })...)
		f.Expected = f.Expected[:min(len(f.Expected), maxListed)]
		f.Cause = cause
	}
	return fs
}

// listed names values for a sentence.
func listed(values []string) string {
	const most = 8
	quoted := make([]string, 0, most)
	for i, v := range values {
		if i == most {
			return strings.Join(quoted, ", ") + fmt.Sprintf(" and %d more", len(values)-i)
		}
		quoted = append(quoted, quote(v))
	}
	return strings.Join(quoted, ", ")
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isTimestamp reports whether s is a time as services document it for
// updateTimeStamp: a whole number, xs:dateTime, or GeneralizedTime as directories
// write it (RFC 4517 section 3.3.13).
func isTimestamp(s string) bool {
	if digits(s) == len(s) && 0 < len(s) && len(s) <= 19 {
		return true
	}
	if _, _, err := saml.ParseTime(s); err == nil {
		return true
	}
	return isGeneralizedTime(s)
}

func isGeneralizedTime(s string) bool {
	n := digits(s)
	if n != 10 && n != 12 && n != 14 {
		return false
	}
	stamp := s[:n] + "0000"
	iso := stamp[:4] + "-" + stamp[4:6] + "-" + stamp[6:8] + "T" + stamp[8:10] + ":" + stamp[10:12] + ":"
	if n == 14 {
		iso += s[12:14]
	} else {
		iso += "00"
	}
	rest := s[n:]
	if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
		f := digits(rest[1:])
		if f == 0 {
			return false
		}
		rest = rest[1+f:]
	}
	zone := rest
	if len(rest) == 5 && digits(rest[1:]) == 4 {
		zone = rest[:3] + ":" + rest[3:]
	} else if rest != "Z" {
		return false
	}
	_, _, err := saml.ParseTime(iso + zone)
	return err == nil
}

// digits is how many decimal digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

func isIntegerList(s string) bool {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" || digits(part) != len(part) {
			return false
		}
	}
	return true
}
