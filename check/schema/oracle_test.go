package schema

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// schemaFiles are the schemas of Debian's packages xmltooling-schemas and
// opensaml-schemas, imported ones first, so that no import needs the network.
var schemaFiles = [...]struct{ namespace, file string }{
	{xmlNamespace, "/usr/share/xml/xmltooling/xml.xsd"},
	{signatureNamespace, "/usr/share/xml/xmltooling/xmldsig-core-schema.xsd"},
	{encryptionNamespace, "/usr/share/xml/xmltooling/xenc-schema.xsd"},
	{assertionNamespace, "/usr/share/xml/opensaml/saml-schema-assertion-2.0.xsd"},
	{protocolNamespace, "/usr/share/xml/opensaml/saml-schema-protocol-2.0.xsd"},
	{metadataNamespace, "/usr/share/xml/opensaml/saml-schema-metadata-2.0.xsd"},
}

// xmllint is the oracle: libxml2's schema validation.
type xmllint struct {
	program, schema string
}

// newXMLLint skips the test when xmllint or the schemas are not installed.
func newXMLLint(tb testing.TB) *xmllint {
	tb.Helper()
	program, err := exec.LookPath("xmllint")
	if err != nil {
		tb.Skip("xmllint is not installed (Debian: libxml2-utils), so there is nothing to compare with")
	}
	var wrapper strings.Builder
	wrapper.WriteString(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">` + "\n")
	for _, s := range schemaFiles {
		if _, err := os.Stat(s.file); err != nil {
			tb.Skipf("the SAML schemas are not installed (Debian: opensaml-schemas, xmltooling-schemas): %v", err)
		}
		fmt.Fprintf(&wrapper, "<xs:import namespace=%q schemaLocation=%q/>\n", s.namespace, s.file)
	}
	wrapper.WriteString("</xs:schema>\n")
	schema := filepath.Join(tb.TempDir(), "saml.xsd")
	if err := os.WriteFile(schema, []byte(wrapper.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return &xmllint{program: program, schema: schema}
}

// verdict is what xmllint said of one document.
type verdict struct {
	valid  bool
	output string
}

// validate asks xmllint about many documents.
func (x *xmllint) validate(tb testing.TB, documents []string) []verdict {
	tb.Helper()
	const batch = 500
	verdicts := make([]verdict, 0, len(documents))
	for chunk := range slices.Chunk(documents, batch) {
		dir := tb.TempDir()
		args := []string{"--nonet", "--noout", "--schema", x.schema}
		for i, d := range chunk {
			name := fmt.Sprintf("%04d.xml", i)
			if err := os.WriteFile(filepath.Join(dir, name), []byte(d), 0o600); err != nil {
				tb.Fatal(err)
			}
			args = append(args, name)
		}
		cmd := exec.CommandContext(tb.Context(), x.program, args...)
		cmd.Dir = dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		// The exit status is that of the last failure: the verdicts are in the text.
		if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
			tb.Fatal(err)
		}
		outputs := make(map[string]*strings.Builder, len(chunk))
		for line := range strings.Lines(stderr.String()) {
			if len(line) < len("0000.xml") {
				continue
			}
			name := line[:len("0000.xml")]
			if outputs[name] == nil {
				outputs[name] = &strings.Builder{}
			}
			outputs[name].WriteString(line)
		}
		for i := range chunk {
			name := fmt.Sprintf("%04d.xml", i)
			if outputs[name] == nil {
				tb.Fatalf("xmllint said nothing of document %d:\n%s", i, chunk[i])
			}
			output := outputs[name].String()
			valid := strings.HasSuffix(output, name+" validates\n")
			if !valid && !strings.Contains(output, name+" fails to validate\n") {
				tb.Fatalf("xmllint gave no verdict on document %d: %s\n%s", i, output, chunk[i])
			}
			verdicts = append(verdicts, verdict{valid, output})
		}
	}
	return verdicts
}

// compare holds Validate against xmllint and returns how many documents are
// valid.
func (x *xmllint) compare(t *testing.T, documents []string) (valid int) {
	t.Helper()
	differences := 0
	for i, theirs := range x.validate(t, documents) {
		doc := xmldoc.Parse([]byte(documents[i]), xmldoc.Options{})
		if len(doc.Errors()) > 0 {
			t.Fatalf("the generator made a document that is not well-formed: %v\n%s", doc.Errors()[0], documents[i])
		}
		ours := Validate(doc.Root())
		if theirs.valid {
			valid++
		}
		if theirs.valid == (len(ours) == 0) {
			continue
		}
		if differences++; differences <= 5 {
			t.Errorf("xmllint: %v\nhere: %s\n%s", theirs.output, describeAll(ours), documents[i])
		}
	}
	if differences > 0 {
		t.Errorf("%d of %d verdicts differ", differences, len(documents))
	}
	return valid
}

func describeAll(violations []Violation) string {
	if len(violations) == 0 {
		return "valid"
	}
	var b strings.Builder
	for _, v := range violations {
		fmt.Fprintf(&b, "\n  %s %s: %s", v.Node.Path(), v.Reason, v.Message)
	}
	return b.String()
}

// lexicals are values at the edges of the lexical spaces.
var lexicals = []string{
	"", " ", "\n", "x", " x ", "a b", "a\tb", "0", "-0", "+0", "1", " 1", "1 ", "+1", "-1", "00", "007", "1.", ".5", "1.5", "-.5", ".", "-", "+ ", "- ", "1 2",
	"127", "128", "-128", "-129", "255", "256", "32767", "32768", "-32768", "-32769", "65535", "65536", "2147483647", "2147483648", "-2147483648", "-2147483649",
	"4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
	"18446744073709551615", "18446744073709551616", "999999999999999999999999", "1000000000000000000000000", "0000000000000000000000000000001",
	"123456789012345678901234.5", "1234567890.12345678901234", "1234567890.123456789012345",
	"1e5", "1E-5", "1e", "1e+", "e5", "INF", "-INF", "+INF", "NaN", "NaN ", "-NaN", "1f", "0x10", "1,5",
	"true", "false", "TRUE", " true ", "yes", "truex",
	"2026-01-31T09:30:00Z", "2026-01-31T09:30:00", "2026-01-31T09:30:00.123Z", "2026-01-31T09:30:00.", "2026-01-31T09:30:00.5", "2026-01-31T09:30Z", "2026-01-31 09:30:00Z",
	"2026-01-31t09:30:00z", "2026-01-31T9:30:00Z", "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
	"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T24:00:01Z", "2026-01-31T24:00:00.0",
	"2026-01-31T25:00:00Z", "2026-01-31T23:60:00Z", "2026-01-31T23:59:60Z", "2026-01-31T23:59:59.9999999999999999999Z", "0000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
	"12026-01-01T00:00:00Z", "02026-01-01T00:00:00Z", "99999999999999999999-01-01T00:00:00Z", "26-01-01T00:00:00Z", "+2026-01-01T00:00:00Z", "2026-01-31T09:30:00+01:00",
	"2026-01-31T09:30:00-14:00", "2026-01-31T09:30:00+14:01", "2026-01-31T09:30:00+24:00", "2026-01-31T09:30:00+0100", "2026-01-31T09:30:00+01", "2026-01-31T09:30:00ZZ",
	" 2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z\n", "2026-01-31T09:30:00+01:00 ", "2026-01-31T09:30:00 ", "20260131T093000Z", "Sat, 31 Jan 2026 09:30:00 GMT", "1769851800",
	"2026-01-31", "2026-01-31Z", "2026-01-31+01:00", "2026-01-31 ", " 2026-01-31", "2026-1-31", "2026-02-30", "09:30:00", "09:30:00Z", " 09:30:00", "09:30:00 ", "24:00:00", "24:00:01", "9:30:00", "09:30",
	"2026", "2026Z", "-2026", "0000", "226", "2026-01", "2026-13", "2026-01Z", "2026-01:00", "2026-01-06:00", "--01", "--13", "--01Z", "--01-31", "--02-29", "--02-30", "--04-31Z", "--01-06:00", " --01", "---31", "---32", "---31Z", " ---31", "--01--",
	"P1D", "P1Y2M3DT4H5M6S", "PT", "P", "P1DT", "PT1.5S", "PT1.S", "PT.5S", "PT.S", "P1.5D", "-P1D", "+P1D", "P-1D", "P1M1Y", "P1D ", " P1D", "PT1H1H", "P1S", "PT1D", "PT1M", "P1M", "1D", "P99999999999999999999D", "PT36H", "P1YT", "P1DT1H ",
	"en", "EN-us", "e_n", "en-", "-en", "abcdefghi", "a1", "en-1997", "x-1-abcdefgh", "en-abcdefghi", " en ",
	"a:b", "xs:string", "xs:", ":xs", "a:b:c", "xml:lang", "xmlns:a", " xs:string", "xs:string ", "nope:x", "1a", "_a", "-a", ".a", "a.b-c_d", "é", "a·", "·a", "Ĳ", "\u0e33", "𐐀", "一", "a b c", "a  b", "a:1",
	"http://sp.example.com/acs", "http://sp.example.com:8443/acs?x=y#z", "http://h:/", "http://h:x/", "http://h:99999999999/", "http://[::1]/", "http://[::1", "http://u@h/", "http://u@v@h/", "//h", "///p", "http:", "http://", "http:/a//b",
	"http://h/a b", "http://h/%41", "http://h/%4", "http://h/%zz", "http://h/#a#b", "http://h/?a?b", "http://h/?a#b?c", "http://h/[x]", "http://h/#[x]", "http://h?[x]", "http://h/{x}|^`\\<>\"'", "http://é.example/é", "urn:a:b", "urn:", "1a:b", "a/b:c", ":a", "/:a", "a_b:c",
	"?x", "#", "%", "../a", "[", "]", "@", "a@b", "a[b", "  http://h/  ", "http://h\n/", "mailto:a@example.com", "http://h/a%", "http://192.0.2.1/", "http://256.1.1.1/",
	"AAAA", "AAA=", "AA==", "A===", "A", "AA", "AAA", "AA=", "AAB=", "AAE=", "AB==", "AQ==", "AA AA", "AAAA\n", "AA-_", "AA=A", "=", "====", "AAAA=", "AA=\n=", "AA*AA", "éAAA", "AAAAA===",
	"0a", "0A", "0", "0g", "0a ", " 0a", "0 a", "Permit", "permit", "default", "preserve", " default ",
}

func TestDatatypesAgreeWithXMLLint(t *testing.T) {
	oracle := newXMLLint(t)
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	var documents []string
	for _, b := range builtins() {
		// One document a type would say nothing of the single values.
		for _, value := range lexicals {
			documents = append(documents, fmt.Sprintf(
				`<a:AttributeValue xmlns:a=%q xmlns:i=%q xmlns:xs=%q i:type="xs:%s">%s</a:AttributeValue>`,
				assertionNamespace, instanceNamespace, schemaNamespace, b.name, escape.Replace(value)))
		}
	}
	valid := oracle.compare(t, documents)
	t.Logf("%d documents, %d valid", len(documents), valid)
}
