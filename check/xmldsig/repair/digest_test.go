package repair

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var idNames = []xmldoc.Name{{Local: "ID"}}

// response is a Response with a signed assertion, in a Response that is signed
// too when both is set.
type response struct {
	both      bool
	inclusive bool
	indent    string // between elements, before signing; "" for none
	sigIndent string
	values    []string
}

func (m response) String() string {
	transforms := []string{xmldsig.TransformEnveloped, xmldsig.ExclusiveC14N}
	method := xmldsig.ExclusiveC14N
	if m.inclusive {
		method = xmldsig.CanonicalXML10
		transforms[1] = method
	}
	key := sign.MustKey("rsa2048")
	template := func(id string) string {
		return sign.Template{URI: "#" + id, Transforms: transforms, CanonicalizationMethod: method, Indent: m.sigIndent,
			KeyInfo: "<ds:X509Data><ds:X509Certificate>" + key.X509Certificate() + "</ds:X509Certificate></ds:X509Data>"}.String()
	}
	signature := func(id string) string { return "<!--SIG" + id + "-->" }
	var attrs strings.Builder
	values := m.values
	if values == nil {
		values = []string{"Jörg Müller", "it's “quoted” – well", "Tom &amp; Jerry", "line one\nline two", "ann@Example.com"}
	}
	for i, v := range values {
		fmt.Fprintf(&attrs, `<saml:Attribute Name="attr%d"><saml:AttributeValue>%s</saml:AttributeValue></saml:Attribute>`, i, v)
	}
	text := `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" IssueInstant="2026-03-04T10:00:00Z" Destination="https://sp.example.com/acs">` +
		`<saml:Issuer>https://idp.example.com/</saml:Issuer>` + map[bool]string{true: signature("_r1")}[m.both] +
		`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>` +
		`<saml:Assertion ID="_a1" Version="2.0" IssueInstant="2026-03-04T10:00:00Z"><saml:Issuer>https://idp.example.com/</saml:Issuer>` + signature("_a1") +
		`<saml:Subject><saml:NameID>user@example.com</saml:NameID><saml:SubjectConfirmation Method="bearer"><saml:SubjectConfirmationData Recipient="https://sp.example.com/acs" NotOnOrAfter="2026-03-04T10:05:00Z"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>` +
		`<saml:AttributeStatement>` + attrs.String() + `</saml:AttributeStatement></saml:Assertion></samlp:Response>`
	if m.indent != "" {
		text = indent(text, m.indent)
	}
	text = strings.Replace(text, signature("_a1"), template("_a1"), 1)
	text = strings.Replace(text, signature("_r1"), template("_r1"), 1)
	signed, err := sign.Document(text, key)
	if err != nil {
		panic(err)
	}
	return signed
}

var tag = regexp.MustCompile(`<[^>]*>`)

// indent puts every tag that follows a tag on a line of its own.
func indent(text, unit string) string {
	if unit == "-" {
		unit = ""
	}
	var b strings.Builder
	depth, at := 0, 0
	for _, m := range tag.FindAllStringIndex(text, -1) {
		between, t := text[at:m[0]], text[m[0]:m[1]]
		b.WriteString(between)
		closing := strings.HasPrefix(t, "</")
		if closing {
			depth--
		}
		empty := at > 0 && closing && !strings.HasPrefix(lastTag(text[:at]), "</") // <a></a>
		if strings.TrimSpace(between) == "" && at > 0 && !empty {
			b.WriteString("\n" + strings.Repeat(unit, depth))
		}
		b.WriteString(t)
		if !closing && !strings.HasSuffix(t, "/>") && !strings.HasPrefix(t, "<!") {
			depth++
		}
		at = m[1]
	}
	return b.String() + text[at:]
}

func lastTag(text string) string {
	at := strings.LastIndexByte(text, '<')
	return text[at:]
}

var gap = regexp.MustCompile(`>[ \t\r\n]+<`)

func minify(text string) string { return gap.ReplaceAllString(text, "><") }

// digest asks for the damage to the signature over id.
func digest(tb testing.TB, text, id string, o Options) *Result {
	tb.Helper()
	doc := xmldoc.Parse([]byte(text), xmldoc.Options{})
	if !doc.WellFormed() {
		tb.Fatal(doc.Errors()[0])
	}
	for _, s := range xmldsig.Find(xmldsig.NewIndex(doc, idNames...)) {
		for _, r := range s.References {
			if r.ID == id {
				if r.Digest().Match {
					tb.Fatal("the damage changes nothing that is signed")
				}
				return Digest(r, o)
			}
		}
	}
	tb.Fatalf("no signature over %s", id)
	return nil
}

func replace(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

func TestDigestCauses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(string) string
		indent string
		want   Cause
		with   Cause
	}{
		{name: "pretty-printed 2", damage: func(s string) string { return indent(s, "  ") }, want: WhitespaceAdded},
		{name: "pretty-printed tab", damage: func(s string) string { return indent(s, "\t") }, want: WhitespaceAdded},
		{name: "reindented", indent: "    ", damage: func(s string) string { return indent(minify(s), "  ") }, want: WhitespaceAdded},
		{name: "minified 2", indent: "  ", damage: minify, want: WhitespaceRemoved},
		{name: "minified 4", indent: "    ", damage: minify, want: WhitespaceRemoved},
		{name: "minified tab", indent: "\t", damage: minify, want: WhitespaceRemoved},
		{name: "minified lines", indent: "-", damage: minify, want: WhitespaceRemoved},
		{name: "value trimmed", damage: replace("user@example.com", "user@example.com "), want: WhitespaceTrimmed},
		{name: "value wrapped", damage: replace("<saml:NameID>user@example.com</saml:NameID>", "<saml:NameID>\n  user@example.com\n</saml:NameID>"), want: WhitespaceTrimmed},
		{name: "one gap", damage: replace("<saml:AttributeStatement>", "\n<saml:AttributeStatement>"), want: WhitespaceTrimmed},
		{name: "cr added", damage: replace("line one\n", "line one&#13;\n"), want: LineEndings},
		{name: "break to blank", damage: replace("one\nline", "one line"), want: LineBreakInValue},
		{name: "break gone", damage: replace("one\nline", "oneline"), want: ""},
		{name: "blank to break", damage: replace("quoted” – ", "quoted” –\n"), want: LineBreakInValue},
		{name: "latin1", damage: replace("ö", "Ã¶", "ü", "Ã¼", "“", "â\u0080\u009c", "”", "â\u0080\u009d", "–", "â\u0080\u0093"), want: Charset},
		{name: "1252", damage: replace("ö", "Ã¶", "ü", "Ã¼", "“", "â€œ", "”", "â€\u009d", "–", "â€“"), want: Charset},
		{name: "nfd", damage: replace("ö", "o\u0308", "ü", "u\u0308"), want: UnicodeNormalization},
		{name: "double escaped", damage: replace("&amp;", "&amp;amp;"), want: Entities},
		{name: "smart", damage: replace("user@", "user\u200b@"), want: SmartQuotes},
		{name: "plain", damage: replace("it's", "it’s"), want: SmartQuotes},
		{name: "lower", damage: replace("Example.com", "example.com"), want: CaseChanged},
		{name: "pretty + mojibake", damage: func(s string) string {
			return indent(replace("ö", "Ã¶", "ü", "Ã¼", "“", "â€œ", "”", "â€\u009d", "–", "â€“")(s), "  ")
		}, want: WhitespaceAdded, with: Charset},
		{name: "edited", damage: replace("user@", "admin@"), want: ""},
	} {
		for _, both := range []bool{false, true} {
			for _, inclusive := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/both=%t/inclusive=%t", tt.name, both, inclusive), func(t *testing.T) {
					m := response{both: both, inclusive: inclusive, indent: tt.indent}
					signed := m.String()
					damaged := tt.damage(signed)
					for id := range map[string]bool{"_a1": true, "_r1": both} {
						if id == "_r1" && !both {
							continue
						}
						res := digest(t, damaged, id, Options{})
						if res.Proof == nil {
							if tt.want != "" {
								t.Errorf("%s: nothing found after %d (%v), bounded %t", id, res.Tried(), res.Attempts, res.Bounded)
							}
							continue
						}
						if res.Proof.Cause != tt.want || res.Proof.With != tt.with {
							t.Errorf("%s: %s with %q after %d, want %s with %q: %+v", id, res.Proof.Cause, res.Proof.With, res.Tried(), tt.want, tt.with, res.Proof.Changes[:min(2, len(res.Proof.Changes))])
						}
						verify(t, res.Proof.Text, id)
					}
				})
			}
		}
	}
}

// verify holds the text of a proof against the signature.
func verify(t *testing.T, text, id string) {
	t.Helper()
	doc := xmldoc.Parse([]byte(text), xmldoc.Options{Encoding: "UTF-8"})
	for _, s := range xmldsig.Find(xmldsig.NewIndex(doc, idNames...)) {
		for _, r := range s.References {
			if r.ID == id && !r.Digest().Match {
				t.Error("the text of the proof does not verify")
			}
		}
	}
}
