package decode_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"net/url"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

func TestDamagedBase64(t *testing.T) {
	whole := b64(responseXML)
	bare := strings.TrimRight(whole, "=")
	if !strings.ContainsRune(whole, '+') || !strings.ContainsRune(whole, '/') || bare == whole {
		t.Fatalf("the response's base64 lacks +, / or =: %s", whole)
	}
	urlSafe := strings.NewReplacer("+", "-", "/", "_").Replace(whole)
	percent := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(whole)
	mid := len(whole) / 2 / 4 * 4
	tests := []struct {
		name, input string
		steps       string
		problem     string
		offset      int // of the first problem
	}{
		{"as it stands", whole, "base64, XML", "", 0},
		{"wrapped at 64", wrap(whole, 64, "\n"), "line breaks removed, base64, XML", "", 0},
		{"wrapped at 76 with CRLF", wrap(whole, 76, "\r\n"), "line breaks removed, base64, XML", "", 0},
		{"wrapped and indented", strings.ReplaceAll(wrap(whole, 76, "\n"), "\n", "  \n\t   "), "line breaks removed, base64, XML", "", 0},
		{"blank for plus", strings.ReplaceAll(whole, "+", " "), "blanks turned back into +, base64, XML", "blank-for-plus", strings.IndexByte(whole, '+')},
		{"blank for plus in wrapped lines", strings.ReplaceAll(wrap(whole, 64, "\n"), "+", " "), "blanks turned back into +, line breaks removed, base64, XML", "blank-for-plus", strings.IndexByte(wrap(whole, 64, "\n"), '+')},
		{"blank for line break", strings.TrimSpace(wrap(whole, 64, " ")), "blanks removed, base64, XML", "blank-for-line-break", 64},
		{"stray blanks", whole[:90] + " " + whole[90:200] + " " + whole[200:], "blanks removed, base64, XML", "stray-blank", 90},
		{"percent-encoding left on", percent, "percent-decoding, base64, XML", "percent-encoded", strings.IndexByte(percent, '%')},
		{"double percent-encoding", url.QueryEscape(percent), "percent-decoding, " + "percent-decoding, base64, XML", "percent-encoded, percent-encoded-again", strings.IndexByte(percent, '%')},
		{"line breaks as two characters", strings.ReplaceAll(wrap(whole, 76, "\n"), "\n", `\n`), "JSON unescaping, line breaks removed, base64, XML", "json-escaped", 76},
		{"line breaks as four characters", strings.ReplaceAll(wrap(whole, 76, "\n"), "\n", `\r\n`), "JSON unescaping, line breaks removed, base64, XML", "json-escaped", 76},
		{"slashes with backslashes", strings.ReplaceAll(whole, "/", `\/`), "JSON unescaping, base64, XML", "json-escaped", strings.IndexByte(whole, '/')},
		{"plus as a JSON escape", strings.NewReplacer("+", `\u002b`, "=", `\u003d`).Replace(whole), "JSON unescaping, base64, XML", "json-escaped", strings.IndexByte(whole, '+')},
		{"decimal references", strings.ReplaceAll(wrap(whole, 76, "\n"), "\n", "&#10;"), "HTML unescaping, line breaks removed, base64, XML", "html-escaped", 76},
		{"hexadecimal references", strings.ReplaceAll(wrap(whole, 76, "\n"), "\n", "&#xA;"), "HTML unescaping, line breaks removed, base64, XML", "html-escaped", 76},
		{"plus as a reference", strings.ReplaceAll(whole, "+", "&#43;"), "HTML unescaping, base64, XML", "html-escaped", strings.IndexByte(whole, '+')},
		{"quotes", `"` + whole + `"`, "quotes removed, base64, XML", "quoted", 0},
		{"quotes and a comma", `'` + whole + `',`, "quotes removed, base64, XML", "quoted", 0},
		{"URL-safe alphabet", urlSafe, "URL-safe alphabet, base64, XML", "url-safe-alphabet", strings.IndexAny(urlSafe, "-_")},
		{"no padding", bare, "padding added, base64, XML", "padding-missing", len(bare)},
		{"URL-safe without padding", strings.TrimRight(urlSafe, "="), "URL-safe alphabet, padding added, base64, XML", "url-safe-alphabet, padding-missing", strings.IndexAny(urlSafe, "-_")},
		{"too much padding", bare + "====", "padding corrected, base64, XML", "padding-wrong", len(bare)},
		{"base64 of base64", b64(whole), "base64, base64 again, base64, XML", "base64-twice", -1},
		{"zero-width characters", whole[:100] + "\u200b" + whole[100:] + "\ufeff", "invisible characters removed, base64, XML", "invisible-character", 100},
		{"a foreign character", whole[:mid] + "*" + whole[mid:], "foreign characters removed, base64, XML", "foreign-character", mid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := one(t, tt.input, decode.Options{As: decode.KindBase64})
			if string(m.XML) != responseXML {
				t.Errorf("XML is %q", m.XML)
			}
			if got := stepNames(m); got != tt.steps {
				t.Errorf("steps %q, want %q", got, tt.steps)
			}
			if got := problemIDs(m); got != tt.problem {
				t.Errorf("problems %q, want %q", got, tt.problem)
			}
			if len(m.Problems) > 0 && m.Problems[0].Offset != tt.offset {
				t.Errorf("offset %d, want %d", m.Problems[0].Offset, tt.offset)
			}
			repairs := 0
			for _, s := range m.Steps {
				if s.Repair != "" {
					problem(t, m, s.Repair)
					repairs++
				}
			}
			if repairs != len(m.Problems) {
				t.Errorf("%d repairs for %d problems", repairs, len(m.Problems))
			}
			// Recognised without being told, too.
			if auto := one(t, tt.input, decode.Options{}); string(auto.XML) != responseXML {
				t.Errorf("recognised as %s: %q", auto.Capture.Kind, auto.XML)
			}
		})
	}
}

// TestLastPlus has a + at the very end, which as a blank looks like nothing.
func TestLastPlus(t *testing.T) {
	xml := "  " + responseXML
	value := b64(xml)
	if !strings.HasSuffix(value, "+") {
		t.Fatalf("the value ends in %q", value[len(value)-4:])
	}
	for _, tt := range []struct {
		name, input string
		as          decode.Kind
		problems    string
	}{
		{"whole", value + "\n", "", ""},
		{"pasted", strings.ReplaceAll(value, "+", " ") + "\n", "", "blank-for-plus"},
		{"pasted, the only one", value[:len(value)-1] + " ", "", "blank-for-plus"},
		{"form", "SAMLResponse=" + value + "&RelayState=x", decode.KindForm, "blank-for-plus"},
		{"lost", value[:len(value)-1], "", "padding-missing, cut-off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := one(t, tt.input, decode.Options{As: tt.as})
			if got := problemIDs(m); got != tt.problems {
				t.Errorf("problems %q, want %q", got, tt.problems)
			}
			if got := string(m.XML); tt.name != "lost" && got != xml {
				t.Errorf("XML is %q", got)
			}
		})
	}
}

func TestCutOff(t *testing.T) {
	long := b64(strings.Replace(responseXML, "<saml:Assertion", "<!--"+strings.Repeat("padding ", 2000)+"--><saml:Assertion", 1))
	tests := []struct {
		name, input string
		as          decode.Kind
		text        string
	}{
		{"at the limit of a terminal", long[:4095], "", "after 4,095 characters, in the middle of the message: a terminal"},
		{"at the limit of a log", long[:2048], "", "after 2,048 characters, in the middle of the message: a usual limit"},
		{"with a terminating zero", long[:8191], "", "(8,192)"},
		{"anywhere", long[:3001], "", "after 3,001 characters, in the middle of the message"},
		{"in a form", "SAMLResponse=" + escape(long)[:4096], decode.KindForm, "after 4,096 characters"},
		{"a deflated one", b64(deflate(responseXML))[:256], "", "after 256 characters"},
		{"raw XML", "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><!-- " + strings.Repeat("x", 2048-73), "", "(2,048)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := one(t, tt.input, decode.Options{As: tt.as})
			p := problem(t, m, "cut-off")
			if !strings.Contains(p.Text, tt.text) || p.Fatal {
				t.Errorf("problem is %+v, want %q in it", p, tt.text)
			}
			if m.Document == nil || !m.Document.Truncated() || m.Document.Root().Name().Local != "Response" {
				t.Errorf("the tree up to the cut is missing: %s", m.XML)
			}
		})
	}
	if m := one(t, responseXML[:400], decode.Options{}); problemIDs(m) != "" {
		t.Errorf("cut XML of no usual length has problems %q", problemIDs(m))
	}
}

func TestShortened(t *testing.T) {
	whole := b64(responseXML)
	for _, dots := range []string{"...", "…"} {
		m := one(t, "SAMLResponse="+whole[:400]+dots+whole[800:], decode.Options{As: decode.KindForm})
		p := problem(t, m, "foreign-character")
		if !strings.Contains(p.Text, "ellipsis") || p.Offset != 400 || !strings.HasPrefix(responseXML, string(m.XML)) {
			t.Errorf("problem %+v, XML %q", p, m.XML)
		}
	}
}

// TestNotDecodable holds the boundary between a finding and an input without a
// message.
func TestNotDecodable(t *testing.T) {
	tests := []struct {
		name, input string
		as          decode.Kind
		id          string // of the fatal problem; empty: an *Error
	}{
		{"named by a parameter", "SAMLResponse=%ZZ", "", "not-base64"},
		{"named by a parameter, of another case", "samlresponse=hello+world!", "", "not-base64"},
		{"empty", "SAMLResponse=&RelayState=x", "", "empty-value"},
		{"named by the caller", "hello, world", decode.KindBase64, "not-base64"},
		{"one character", "x", decode.KindBase64, "not-base64"},
		{"all of the alphabet", "foo", "", "not-xml"},
		{"text in base64", b64("hello world"), "", "not-xml"},
		{"binary in base64", b64("\x01\x02\x03\x04\x05\x06\x07\x08"), "", "not-xml"},
		{"nine in ten of the alphabet", strings.Repeat("abcdefghi!", 30), "", "not-base64"},
		{"fewer than nine in ten", strings.Repeat("abcdefgh!!", 30), "", ""},
		{"prose", "this is a text about nothing in particular", "", ""},
		{"similar name, no SAML", "SAMLResponsed=hello&x=1&y=2&z=3&a=4", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.id == "" {
				if e := fails(t, []byte(tt.input), decode.Options{As: tt.as}); e.Reason != "no-saml" {
					t.Errorf("reason %q", e.Reason)
				}
				return
			}
			m := one(t, tt.input, decode.Options{As: tt.as})
			if p := problem(t, m, tt.id); !p.Fatal {
				t.Errorf("problem is not fatal: %+v", p)
			}
		})
	}
}

func TestCompression(t *testing.T) {
	var zipped, gzipped bytes.Buffer
	z, g := zlib.NewWriter(&zipped), gzip.NewWriter(&gzipped)
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{z, g} {
		if _, err := w.Write([]byte(requestXML)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	raw := deflate(strings.Replace(requestXML, "/>", "><!--"+strings.Repeat("abc def ", 40)+"--></samlp:AuthnRequest>", 1))
	damaged := []byte(raw)
	damaged[len(damaged)-20] ^= 0xff
	for _, tt := range []struct{ name, data, problems string }{
		{"raw", deflate(requestXML), ""},
		{"zlib", zipped.String(), "zlib-wrapped"},
		{"gzip", gzipped.String(), "gzip-wrapped"},
		{"bytes after the end", deflate(requestXML) + "abc", "data-after-deflate"},
		{"damaged", string(damaged), "deflate-corrupt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := one(t, "?SAMLRequest="+escape(b64(tt.data)), decode.Options{})
			if got := problemIDs(m); got != tt.problems {
				t.Errorf("problems %q, want %q", got, tt.problems)
			}
			if !strings.HasPrefix(string(m.XML), requestXML[:100]) {
				t.Errorf("XML is %q", m.XML)
			}
		})
	}
}

func TestInflateLimit(t *testing.T) {
	bomb := b64(deflate("<samlp:AuthnRequest>" + strings.Repeat(" ", 4<<20)))
	m := one(t, "?SAMLRequest="+escape(bomb), decode.Options{MaxSize: 1 << 20})
	if p := problem(t, m, "inflate-limit"); !p.Fatal || !strings.Contains(p.Text, "1 MiB") {
		t.Errorf("problem is %+v", p)
	}
	if m := one(t, "?SAMLRequest="+escape(bomb), decode.Options{MaxSize: -1}); len(m.XML) < 4<<20 {
		t.Errorf("without a limit there are %d bytes", len(m.XML))
	}
	if m := one(t, b64(responseXML), decode.Options{MaxSize: 100}); problemIDs(m) != "too-large" {
		t.Errorf("problems %q", problemIDs(m))
	}
	many := strings.Repeat("?SAMLRequest="+escape(b64(deflate(requestXML)))+"\n", 10)
	trace := read(t, many, decode.Options{MaxSize: 512})
	if n := len(trace.Messages); n != 10 || problemIDs(trace.Messages[0]) != "" || problemIDs(trace.Messages[9]) != "too-large" {
		t.Errorf("%d messages: %s", n, describe(trace))
	}
}
