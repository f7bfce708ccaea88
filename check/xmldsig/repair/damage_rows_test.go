package repair_test

import (
	"maps"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// damage is a row of the table: something that is done to signed messages, and
// what is to be said of it.
type damage struct {
	name string
	// cause is what is true. with is the other half of a pair, which may be
	// named instead: a finding has room for one.
	cause, with string
	// equal are other causes that say the same of this damage, and why.
	equal map[string]string
	// value are the causes that may be named where SignatureValue does not
	// verify either; nil: signed-info-edited. "" is no cause.
	value []string
	// onlyValue: the damage is one of the signature, and the digest holds.
	onlyValue bool
	bySigner  bool // the IdP's mistake: the content was never edited
	need      []feature
	avoid     []feature
	signed    func([]string) bool
	styles    func(*style) bool
	edit      func(m *message, r *rand.Rand) string
	batch     func(t *testing.T, texts []string) []string // by a tool, all at once
	// encode makes octets of the text; nil: in the style's charset.
	encode func(string) []byte
	// keys are known besides the IdP's certificate, by name.
	keys    []string
	program program // needed for batch
	most    int     // of the messages are damaged; 0: all
}

func one(signed []string) bool { return len(signed) == 1 }
func indented(s *style) bool {
	return s.name == "shibboleth" || s.name == "ruby" || s.name == "windows" || s.name == "dotnet"
}
func compact(s *style) bool     { return !indented(s) }
func withReturns(s *style) bool { return s.lineBreak != "" }
func noReturns(s *style) bool   { return s.lineBreak == "" }
func ecdsa(s *style) bool       { return s.key == "p256" || s.key == "p384" }
func rsaKey(s *style) bool      { return !ecdsa(s) }

// text makes an edit of a function of the text alone.
func text(f func(string) string) func(*message, *rand.Rand) string {
	return func(m *message, _ *rand.Rand) string { return f(m.text) }
}

// The equivalences, each with its reason.
var (
	// What was indented in one way and is now in another way has lost the blanks
	// it was signed with and gained others: both are true.
	reindented = map[string]string{"whitespace-removed": "the signed indentation is gone too", "whitespace-added": "another indentation came"}
	// A line without its indentation: its gap lost blanks.
	outdented = map[string]string{"whitespace-removed": "blanks between elements are gone", "whitespace-trimmed": "each gap lost blanks"}
	// A value in another case is an edited value, when it was restored from a
	// copy elsewhere.
	cased = map[string]string{"attribute-edited": "the value was restored from a copy"}
	// An edit for which nothing is foreseen may still be restored from a copy
	// elsewhere in the message: then it is proved which value was edited.
	restored = map[string]string{"attribute-edited": "the edited value was restored from a copy"}
	// When the digest came back, both were undone: the layout, and the value, which
	// a copy restored. A finding has room for one.
	restoredBesides = map[string]string{"whitespace-added": "the edited value was restored from a copy as well"}
	// Where SignedInfo does not verify as it stands, its digest is nobody's word,
	// and that the content was edited is not proved.
	unproved = map[string]string{"": "SignedInfo was changed as well"}
)

func mergeEqual(of ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range of {
		maps.Copy(all, m)
	}
	return all
}

func whitespaceDamages() []damage {
	perl := regexp.MustCompile(`>\s*<`)
	return []damage{
		{name: "pretty-printed, 2 blanks", cause: "whitespace-added", styles: compact, edit: text(func(s string) string { return indent(s, "  ", "\n", false) })},
		{name: "pretty-printed, 4 blanks", cause: "whitespace-added", styles: compact, edit: text(func(s string) string { return indent(s, "    ", "\n", false) })},
		{name: "pretty-printed, tabs, CRLF", cause: "whitespace-added", styles: compact, edit: text(func(s string) string { return indent(s, "\t", "\r\n", false) })},
		{name: "pretty-printed, texts on own lines", cause: "whitespace-added", styles: compact, edit: text(func(s string) string { return indent(s, "  ", "\n", true) })},
		{name: "pretty-printed, attributes on own lines", cause: "whitespace-added", styles: compact, edit: text(func(s string) string { return attributeLines(indent(s, "  ", "\n", false)) })},
		{name: "pretty-printed with another indent", cause: "whitespace-added", equal: reindented, styles: indented, edit: text(func(s string) string { return indent(s, "   ", "\n", false) })},
		{name: "a line break between all tags", cause: "whitespace-added", styles: compact, edit: text(func(s string) string { return strings.ReplaceAll(s, "><", ">\n<") })},
		{name: "a line break before end tags too", cause: "whitespace-added", styles: compact, edit: text(func(s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(s, "><", ">\n<"), "</", "\n</")
		})},
		{name: "blank lines between lines", cause: "whitespace-added", equal: map[string]string{"whitespace-trimmed": "each gap gained blanks", "line-endings": "a wrong conversion makes two line breaks of CRLF, too"}, styles: func(s *style) bool { return indented(s) && noReturns(s) }, edit: text(func(s string) string {
			return gaps(s, func(g string) string { return strings.ReplaceAll(g, "\n", "\n\n") })
		})},
		{name: "minified", cause: "whitespace-removed", styles: func(s *style) bool { return indented(s) && noReturns(s) }, edit: text(func(s string) string { return perl.ReplaceAllString(s, "><") })},
		{name: "minified outside of the signature", cause: "whitespace-removed", styles: func(s *style) bool { return indented(s) && noReturns(s) }, edit: text(func(s string) string {
			return outside(s, func(s string) string { return perl.ReplaceAllString(s, "><") })
		})},
		{name: "lines without indentation", cause: "whitespace-removed", equal: outdented, styles: indented, edit: text(func(s string) string {
			return gaps(s, func(g string) string { return strings.TrimRight(g, " \t") })
		})},
		{name: "line breaks only removed", cause: "whitespace-removed", equal: outdented, styles: indented, edit: text(func(s string) string {
			return gaps(s, func(g string) string { return strings.NewReplacer("&#13;", "", "\n", "").Replace(g) })
		})},
		{name: "values trimmed", cause: "whitespace-trimmed", need: []feature{"trailing"}, edit: text(func(s string) string { return values(s, strings.TrimSpace) })},
		{name: "a blank after a value", cause: "whitespace-trimmed", edit: func(m *message, r *rand.Rand) string {
			return oneValue(r, m.text, func(s string) string { return s + " " })
		}},
		{name: "a blank before a value", cause: "whitespace-trimmed", edit: func(m *message, r *rand.Rand) string {
			return oneValue(r, m.text, func(s string) string { return " " + s })
		}},
		{name: "a line break after a value", cause: "whitespace-trimmed", edit: func(m *message, r *rand.Rand) string {
			return oneValue(r, m.text, func(s string) string { return s + "\n" })
		}},
		{name: "a line break after the NameID and before", cause: "whitespace-trimmed", equal: map[string]string{"whitespace-added": "blanks were added around a text"}, edit: text(func(s string) string {
			return elementText(s, "NameID", func(v string) string { return "\n      " + v + "\n    " })
		})},
		{name: "double blanks made single", cause: "whitespace-trimmed", need: []feature{"double"}, edit: text(func(s string) string {
			return values(s, func(v string) string { return strings.ReplaceAll(v, "  ", " ") })
		})},
		{name: "one gap more", cause: "whitespace-trimmed", equal: map[string]string{"whitespace-added": "blanks were added between elements"}, edit: text(func(s string) string {
			return regexp.MustCompile(`(</(?:[\w.-]+:)?Subject>)`).ReplaceAllString(s, "$1\n")
		})},
		{name: "one gap less", cause: "whitespace-trimmed", equal: outdented, styles: indented, edit: text(func(s string) string {
			return regexp.MustCompile(`(</(?:[\w.-]+:)?Subject>)(?:&#13;)?\s+`).ReplaceAllString(s, "$1")
		})},
	}
}

func lineDamages() []damage {
	lines := []feature{"lines"}
	return []damage{
		{name: "CRLF, kept as &#13;", cause: "line-endings", need: lines, styles: noReturns, edit: text(returns)},
		{name: "CRLF in values only", cause: "line-endings", need: lines, styles: noReturns, edit: text(func(s string) string {
			return values(s, func(v string) string { return strings.ReplaceAll(v, "\n", "&#xD;\n") })
		})},
		{name: "&#13; lost", cause: "line-endings", styles: withReturns, edit: text(func(s string) string { return strings.ReplaceAll(s, "&#13;", "") })},
		{name: "&#13; became a raw CR", cause: "line-endings", styles: withReturns, edit: text(func(s string) string { return strings.ReplaceAll(s, "&#13;", "\r") })},
		{name: "&#13; lost outside of the signature", cause: "line-endings", styles: withReturns, edit: text(func(s string) string {
			return outside(s, func(s string) string { return strings.ReplaceAll(s, "&#13;", "") })
		})},
		{name: "line breaks in values became blanks", cause: "line-break-in-value", need: lines, edit: text(func(s string) string {
			return values(s, func(v string) string { return strings.ReplaceAll(v, "\n", " ") })
		})},
		{name: "a blank in a value became a line break", cause: "line-break-in-value", edit: func(m *message, r *rand.Rand) string {
			return oneValue(r, m.text, func(v string) string {
				if at := strings.LastIndexByte(strings.TrimRight(v, " "), ' '); at > 0 && v[at-1] != ' ' && v[at-1] != '\n' {
					return v[:at] + "\n" + v[at+1:]
				}
				return v
			})
		}},
		{name: "values wrapped at blanks", cause: "line-break-in-value", edit: text(func(s string) string {
			return values(s, func(v string) string { return regexp.MustCompile(`(\S{3}) (\S)`).ReplaceAllString(v, "$1\n$2") })
		})},
	}
}

func characterDamages() []damage {
	umlaut, quotes := []feature{"umlaut"}, []feature{"quote", "apostrophe"}
	utf8Bytes := func(s string) []byte { return []byte(s) }
	return []damage{
		{name: "UTF-8 read as Latin-1", cause: "charset", need: umlaut, edit: text(func(s string) string { return misread(s, false) })},
		{name: "UTF-8 read as Windows-1252", cause: "charset", need: []feature{"umlaut", "non-latin"}, edit: text(func(s string) string { return misread(s, true) })},
		{name: "UTF-8 read as Latin-1, twice", cause: "charset", need: umlaut, edit: text(func(s string) string { return misread(misread(s, false), false) })},
		{name: "UTF-8 read as Windows-1252, twice", cause: "charset", need: umlaut, edit: text(func(s string) string { return misread(misread(s, true), true) })},
		{name: "one value read as Latin-1", cause: "charset", need: umlaut, edit: func(m *message, r *rand.Rand) string {
			return oneValue(r, m.text, func(v string) string { return misread(v, false) })
		}},
		{name: "re-encoded, but still declared ISO-8859-1", cause: "charset", need: umlaut, styles: func(s *style) bool { return s.latin1 }, edit: text(func(s string) string { return s }), encode: utf8Bytes},
		{name: "signed misread, then put right", cause: "charset", need: []feature{"mojibake"}, edit: text(func(s string) string { return values(s, misreadBack) })},
		{name: "composed characters decomposed", cause: "unicode-normalization", need: umlaut, edit: text(decomposed.Replace)},
		{name: "decomposed characters composed", cause: "unicode-normalization", need: []feature{"decomposed"}, edit: text(composed.Replace)},
		{name: "escaped twice", cause: "entities", need: []feature{"ampersand"}, edit: text(func(s string) string { return values(s, escapeAgain) })},
		{name: "quotes and apostrophes escaped twice", cause: "entities", need: quotes, edit: text(func(s string) string {
			return values(s, func(v string) string {
				return strings.NewReplacer(`"`, "&amp;quot;", "'", "&amp;#39;", "&quot;", "&amp;quot;", "&#39;", "&amp;#39;").Replace(v)
			})
		})},
		{name: "one value escaped twice", cause: "entities", need: []feature{"ampersand"}, edit: func(m *message, r *rand.Rand) string { return oneValue(r, m.text, escapeAgain) }},
		{name: "escaped three times", cause: "entities", need: []feature{"ampersand"}, edit: text(func(s string) string { return values(s, func(v string) string { return escapeAgain(escapeAgain(v)) }) })},
		{name: "unescaped once too often", cause: "entities", need: []feature{"escaped"}, edit: text(func(s string) string { return values(s, unescapeOnce) })},
		{name: "quotes made typographic", cause: "smart-quotes", need: quotes, edit: text(func(s string) string { return values(s, typographic) })},
		{name: "dashes made typographic", cause: "smart-quotes", need: []feature{"dash"}, edit: text(func(s string) string { return values(s, typographic) })},
		{name: "blanks made no-break", cause: "smart-quotes", edit: text(func(s string) string {
			return values(s, func(v string) string { return strings.ReplaceAll(v, " ", "\u00a0") })
		})},
		{name: "one blank made no-break", cause: "smart-quotes", edit: func(m *message, r *rand.Rand) string {
			return oneValue(r, m.text, func(v string) string { return strings.Replace(v, " ", "\u00a0", 1) })
		}},
		{name: "typographic characters made plain", cause: "smart-quotes", need: []feature{"typographic"}, edit: text(func(s string) string { return values(s, straight.Replace) })},
		{name: "no-break blanks made plain", cause: "smart-quotes", need: []feature{"nbsp"}, edit: text(func(s string) string {
			return values(s, func(v string) string { return strings.ReplaceAll(v, "\u00a0", " ") })
		})},
	}
}

func pairDamages() []damage {
	pretty := func(s string) string { return indent(s, "  ", "\n", false) }
	return []damage{
		{name: "pretty-printed + CRLF as &#13;", cause: "whitespace-added", with: "line-endings", need: []feature{"lines"}, styles: compact, edit: text(func(s string) string { return returns(pretty(s)) })},
		{name: "charset + smart quotes", cause: "charset", with: "smart-quotes", need: []feature{"umlaut", "quote"}, edit: text(func(s string) string { return misread(values(s, typographic), true) })},
		{name: "pretty-printed + charset", cause: "whitespace-added", with: "charset", need: []feature{"umlaut"}, styles: compact, edit: text(func(s string) string { return misread(pretty(s), false) })},
		{name: "pretty-printed + smart quotes", cause: "whitespace-added", with: "smart-quotes", need: []feature{"quote"}, styles: compact, edit: text(func(s string) string { return values(pretty(s), typographic) })},
		{name: "pretty-printed + escaped twice", cause: "whitespace-added", with: "entities", need: []feature{"ampersand"}, styles: compact, edit: text(func(s string) string { return values(pretty(s), escapeAgain) })},
		{name: "pretty-printed + InResponseTo removed", cause: "whitespace-added", with: "in-response-to-removed", styles: compact, edit: text(func(s string) string {
			return removeAttribute(removeAttribute(pretty(s), "Response", "InResponseTo"), "SubjectConfirmationData", "InResponseTo")
		})},
	}
}

func editDamages() []damage {
	other := "https://sp2.example.com/saml/acs"
	to := func(v string) func(string) string { return func(string) string { return v } }
	later := func(s string) string { return strings.Replace(s, "2026-03-04T1", "2026-03-05T1", 1) }
	both := func(attribute string, f func(string) string) func(*message, *rand.Rand) string {
		return text(func(s string) string {
			return setAttribute(setAttribute(s, "Response", attribute, f), "SubjectConfirmationData", attribute, f)
		})
	}
	return []damage{
		{name: "InResponseTo of the Response removed", cause: "in-response-to-removed", edit: text(func(s string) string { return removeAttribute(s, "Response", "InResponseTo") })},
		{name: "InResponseTo of the confirmation removed", cause: "in-response-to-removed", edit: text(func(s string) string { return removeAttribute(s, "SubjectConfirmationData", "InResponseTo") })},
		{name: "both InResponseTo removed", cause: "in-response-to-removed", edit: text(func(s string) string {
			return removeAttribute(removeAttribute(s, "Response", "InResponseTo"), "SubjectConfirmationData", "InResponseTo")
		})},
		{name: "Destination removed", cause: "attribute-removed", edit: text(func(s string) string { return removeAttribute(s, "Response", "Destination") })},
		{name: "Recipient removed", cause: "attribute-removed", edit: text(func(s string) string { return removeAttribute(s, "SubjectConfirmationData", "Recipient") })},
		{name: "NotOnOrAfter removed", cause: "attribute-removed", styles: sameEnd, edit: text(func(s string) string { return removeAttribute(s, "SubjectConfirmationData", "NotOnOrAfter") })},
		{name: "Destination edited", cause: "attribute-edited", edit: text(func(s string) string { return setAttribute(s, "Response", "Destination", to(other)) })},
		{name: "Recipient edited", cause: "attribute-edited", edit: text(func(s string) string { return setAttribute(s, "SubjectConfirmationData", "Recipient", to(other)) })},
		{name: "Destination and Recipient edited", cause: "attribute-edited", edit: func(m *message, _ *rand.Rand) string {
			return strings.ReplaceAll(m.text, `"`+m.content.ACS+`"`, `"`+other+`"`)
		}},
		{name: "Recipient emptied", cause: "attribute-edited", edit: text(func(s string) string { return setAttribute(s, "SubjectConfirmationData", "Recipient", to("")) })},
		{name: "InResponseTo edited", cause: "attribute-edited", edit: both("InResponseTo", to("_0123456789abcdef"))},
		{name: "InResponseTo of the confirmation edited", cause: "attribute-edited", edit: text(func(s string) string {
			return setAttribute(s, "SubjectConfirmationData", "InResponseTo", to("_0123456789abcdef"))
		})},
		{name: "NotOnOrAfter of the confirmation edited", cause: "attribute-edited", styles: sameEnd, edit: text(func(s string) string { return setAttribute(s, "SubjectConfirmationData", "NotOnOrAfter", later) })},
		{name: "NotOnOrAfter of the conditions edited", cause: "attribute-edited", styles: sameEnd, edit: text(func(s string) string { return setAttribute(s, "Conditions", "NotOnOrAfter", later) })},
		{name: "NotOnOrAfter edited, no copy", cause: "content-edited", equal: restored, styles: func(s *style) bool { return !sameEnd(s) }, edit: text(func(s string) string { return setAttribute(s, "SubjectConfirmationData", "NotOnOrAfter", later) })},
		{name: "IssueInstant of the assertion edited", cause: "attribute-edited", edit: text(func(s string) string { return setAttribute(s, "Assertion", "IssueInstant", later) })},
		{name: "AuthnInstant edited", cause: "attribute-edited", edit: text(func(s string) string { return setAttribute(s, "AuthnStatement", "AuthnInstant", later) })},
		{name: "all Issuers edited", cause: "attribute-edited", edit: text(func(s string) string { return elementText(s, "Issuer", to("https://idp2.example.net/")) })},
		{name: "a trailing slash at the Issuer", cause: "attribute-edited", edit: text(func(s string) string { return elementText(s, "Issuer", func(v string) string { return v + "/" }) })},
		{name: "Audience edited", cause: "attribute-edited", edit: text(func(s string) string { return elementText(s, "Audience", to("https://sp2.example.com/metadata")) })},
		{name: "NameID made upper case", cause: "case-changed", equal: cased, edit: text(func(s string) string { return elementText(s, "NameID", strings.ToUpper) })},
		{name: "given name made lower case", cause: "case-changed", equal: cased, edit: func(m *message, _ *rand.Rand) string {
			name := m.content.Attributes[1].Values[0]
			return strings.ReplaceAll(m.text, ">"+name+"<", ">"+strings.ToLower(name)+"<")
		}},
		{name: "Destination's host made upper case", cause: "case-changed", equal: cased, edit: text(func(s string) string {
			return setAttribute(s, "Response", "Destination", func(v string) string {
				parts := strings.SplitN(v, "/", 4)
				parts[2] = strings.ToUpper(parts[2])
				return strings.Join(parts, "/")
			})
		})},
		{name: "Recipient made lower case", cause: "case-changed", equal: cased, edit: func(m *message, _ *rand.Rand) string {
			return m.edited(func(c *content) { c.ACS = strings.Replace(c.ACS, "/s", "/S", 1) }, func(s string) string {
				return setAttribute(s, "SubjectConfirmationData", "Recipient", strings.ToLower)
			})
		}},
		{name: "attribute names made lower case", cause: "case-changed", edit: text(func(s string) string {
			return strings.ReplaceAll(s, `displayName"`, `displayname"`)
		})},
		{name: "a value made upper case", cause: "case-changed", equal: cased, edit: func(m *message, _ *rand.Rand) string {
			return strings.Replace(m.text, ">"+m.content.NameID+"<", ">"+strings.ToUpper(m.content.NameID)+"<", 1)
		}},
	}
}

// sameEnd: the confirmation ends when the conditions do.
func sameEnd(s *style) bool { return s.name != "adfs" && s.name != "keycloak" && s.name != "ruby" }

func contextDamages() []damage {
	exclusive := func(s *style) bool { return s.name != "inclusive" && s.name != "dotnet" }
	inclusive := func(s *style) bool { return !exclusive(s) }
	assertionOnly := func(signed []string) bool { return one(signed) && signed[0] == signAssertion }
	return []damage{
		{name: "assertion cut out", cause: "namespace-context", signed: assertionOnly, styles: func(s *style) bool { return inclusive(s) || s.name == "simplesamlphp" || s.name == "onelogin" }, edit: text(func(s string) string { return cutOut(s, false) }), value: []string{"signed-info-edited", "namespace-context", ""}},
		{name: "assertion cut out, with what it uses", cause: "namespace-context", signed: assertionOnly, styles: inclusive, edit: text(func(s string) string { return cutOut(s, true) }), value: []string{"signed-info-edited", "namespace-context", ""}},
		{name: "a namespace declared around it", cause: "namespace-context", styles: inclusive, signed: assertionOnly, edit: text(func(s string) string {
			return regexp.MustCompile(`(<(?:[\w.-]+:)?Response )`).ReplaceAllString(s, `${1}xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" `)
		}), value: []string{"signed-info-edited", "namespace-context", ""}},
		{name: "in a SOAP envelope", cause: "namespace-context", styles: func(s *style) bool { return s.name == "inclusive" }, edit: text(func(s string) string {
			_, s, _ = strings.Cut(s, "?>")
			return `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>` + s + `</soap:Body></soap:Envelope>`
		}), value: []string{"signed-info-edited", "namespace-context", ""}},
	}
}

func lostDamages() []damage {
	rows := []damage{
		{name: "a letter changed", cause: "content-edited", equal: restored, edit: func(m *message, r *rand.Rand) string {
			return oneValue(r, m.text, func(s string) string { return letter(r, s) })
		}},
		{name: "a word deleted", cause: "content-edited", equal: restored, edit: func(m *message, r *rand.Rand) string {
			return oneValue(r, m.text, func(s string) string {
				if at := strings.LastIndexByte(strings.TrimSpace(s), ' '); at > 0 {
					return s[:at]
				}
				return s
			})
		}},
		{name: "an attribute deleted", cause: "content-edited", edit: text(func(s string) string {
			return regexp.MustCompile(`(?s)<(?:[\w.-]+:)?Attribute [^>]*groups".*?</(?:[\w.-]+:)?Attribute>`).ReplaceAllString(s, "")
		})},
		{name: "a value added", cause: "content-edited", edit: text(func(s string) string {
			return regexp.MustCompile(`(?s)(<(?:[\w.-]+:)?AttributeValue[^>]*>)Domain Users(</[^>]*>)`).ReplaceAllString(s, "${1}Domain Users$2${1}Domain Admins$2")
		})},
		{name: "another NameID", cause: "content-edited", equal: restored, edit: text(func(s string) string {
			return elementText(s, "NameID", func(string) string { return "root@example.com" })
		})},
		{name: "characters lost to U+FFFD", cause: "content-edited", need: []feature{"umlaut"}, edit: text(func(s string) string {
			return regexp.MustCompile(`[^\x00-\x7f]`).ReplaceAllString(s, "\ufffd")
		})},
		{name: "characters lost to ?", cause: "content-edited", need: []feature{"non-latin"}, edit: text(func(s string) string {
			return regexp.MustCompile(`[^\x00-\x7f]`).ReplaceAllString(s, "?")
		})},
		{name: "other prefixes", cause: "content-edited", equal: unproved, value: []string{"signed-info-edited", ""}, edit: text(func(s string) string {
			s = regexp.MustCompile(`(</?)(?:saml2?|ns2):`).ReplaceAllString(s, "${1}ns9:")
			return regexp.MustCompile(`xmlns:(?:saml2?|ns2)=`).ReplaceAllString(s, "xmlns:ns9=")
		})},
		{name: "another SessionIndex", cause: "content-edited", equal: restored, edit: text(func(s string) string {
			return setAttribute(s, "AuthnStatement", "SessionIndex", func(string) string { return "_someothersession" })
		})},
		{name: "pretty-printed + a letter changed", cause: "content-edited", equal: mergeEqual(restored, restoredBesides, unproved), styles: compact, edit: func(m *message, r *rand.Rand) string {
			return oneValue(r, indent(m.text, "  ", "\n", false), func(s string) string { return letter(r, s) })
		}},
	}
	for i := range rows {
		rows[i].most = 4 // a search in vain takes its time
	}
	return rows
}

// edited is the damaged text of a message that says something else.
func (m *message) edited(change func(*content), f func(string) string) string {
	old := m.content
	change(&m.content)
	m.unsigned = strings.ReplaceAll(m.unsigned, `"`+old.ACS+`"`, `"`+m.content.ACS+`"`)
	signed, err := m.sign(nil)
	if err != nil {
		return ""
	}
	m.text = signed
	return f(signed)
}
