package decode_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/decode"
)

// newCertificate is a certificate and its key in DER, from a fixed seed.
func newCertificate(t *testing.T) (cert, key []byte) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1e9, 0),
	}
	cert, err := x509.CreateCertificate(nil, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	key, err = x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func TestErrors(t *testing.T) {
	cert, key := newCertificate(t)
	pemOf := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	ok := `{"status":200,"headers":[],"content":{"size":10,"mimeType":"text/html","text":"<p>hello"}}`
	hollow := `{"status":200,"headers":[],"content":{"size":10,"mimeType":"text/html"}}`
	fields := `{"mimeType":"application/x-www-form-urlencoded","text":"a=1"}`
	noBody := `{"mimeType":"application/x-www-form-urlencoded","text":""}`
	hidden := `{"mimeType":"application/x-www-form-urlencoded","text":"SAMLResponse=%5BREDACTED%5D"}`
	const at = "2026-03-04T10:00:00Z"
	tests := []struct {
		name, input, reason, text string
	}{
		{"empty", "", "empty", "is empty"},
		{"blanks", " \r\n\t", "empty", "blanks"},
		{"a mark alone", "\xef\xbb\xbf", "empty", "blanks"},
		{"zeros", strings.Repeat("\x00", 5000), "zeros", "5,000 bytes of zeros"},
		{"PNG", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary-image", "PNG"},
		{"JPEG", "\xff\xd8\xff\xe0\x00\x10JFIF", "binary-image", "JPEG"},
		{"PDF", "%PDF-1.7\n", "binary-pdf", "PDF"},
		{"cut ZIP", "PK\x03\x04\x14\x00", "archive-damaged", "ZIP"},
		{"cut gzip", "\x1f\x8b\x08\x00\x00", "archive-damaged", "gzip"},
		{"7-Zip", "7z\xbc\xaf\x27\x1c\x00\x04", "binary-archive", "7-Zip"},
		{"RAR", "Rar!\x1a\x07\x01\x00", "binary-archive", "RAR"},
		{"bzip2", "BZh91AY&SY\x00\x00", "binary-archive", "bzip2"},
		{"pcap", "\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "binary-network", "pcap"},
		{"pcapng", "\x0a\x0d\x0d\x0a\x00\x00\x00\x1c", "binary-network", "Wireshark"},
		{"web archive", "bplist00\xd1\x01\x02", "binary-webarchive", "Safari"},
		{"Charles", "\xac\xed\x00\x05sr\x00", "binary-charles", "Charles"},
		{"Outlook message", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "binary-document", "Outlook"},
		{"other binary data", "abc\x00\x01\x02def", "binary", "byte 4"},
		{"DER certificate", string(cert), "certificate", "DER"},
		{"DER key", string(key), "private-key", "private key"},
		{"other DER", "\x30\x82\x01\x00" + strings.Repeat("\x05\x00", 128), "binary-der", "DER"},
		{"PEM certificate", pemOf("CERTIFICATE", cert), "certificate", "CERTIFICATE"},
		{"PEM key", pemOf("PRIVATE KEY", key), "private-key", "private key"},
		{"PEM of another kind", pemOf("CMS", cert), "binary-der", "CMS"},
		{"base64 of a certificate", base64.StdEncoding.EncodeToString(cert), "certificate", "certificate"},
		{"prose", "nothing to see here, really", "no-saml", `"nothing to see`},
		{"URL without a message", "https://example.com/?foo=bar", "url-no-saml", "example.com"},
		{"cURL without a message", "curl 'https://a.example/' -H 'a: b'", "curl-no-saml", "a cURL command with 1 request"},
		{"cURL without its body", "curl -X POST https://a.example/acs", "curl-no-saml", "what was posted is missing"},
		{"fetch without a message", `fetch("https://a.example/", {"method":"GET"});`, "fetch-no-saml", "a fetch call"},
		{"PowerShell without a message", "Invoke-WebRequest -Uri https://a.example/", "powershell-no-saml", "a PowerShell command"},
		{"raw HTTP without a message", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello", "http-no-saml", "raw HTTP with 1 request"},
		{"raw HTTP with a placeholder", "POST /acs HTTP/1.1\r\nHost: a.example\r\n\r\nSAMLResponse=[REDACTED]", "redacted", "placeholder"},
		{"Burp without a message", `<items burpVersion="1"><item><url>https://a.example/</url><request base64="false">GET / HTTP/1.1` + "\n\n" + `</request></item></items>`, "burp-no-saml", "a Burp export with 1 request"},
		{"HTML without a message", "<html><body><form><input name=a value=b></form></body></html>", "html-no-saml", "HTML"},
		{"other XML", "<?xml version='1.0'?><!-- a --><note>hi</note>", "xml-no-saml", `"note"`},
		{"other XML that speaks of SAML", "<note>SAMLResponse is a word</note>", "xml-no-saml", `"note"`},
		{"another protocol's Response", "<Response><Say>SAML</Say></Response>", "xml-no-saml", `"Response"`},
		{"a comment and nothing else", "<!-- nothing -->", "xml-no-saml", "no element"},
		{"metadata", `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>`, "metadata", "EntityDescriptor"},
		{"SOAP fault", `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>e:Client</faultcode><faultstring>no such user</faultstring></e:Fault></e:Body></e:Envelope>`, "soap-fault", "no such user"},
		{"XML API answer", `<serv:message xmlns:serv="http://www.webex.com/schemas/2002/06/service"><serv:header><serv:response><serv:result>FAILURE</serv:result><serv:reason>Invalid SAML assertion</serv:reason><serv:exceptionID>AS0062</serv:exceptionID></serv:response></serv:header></serv:message>`, "xml-api-answer", `"AS0062", "Invalid SAML assertion"`},
		{"XML API answer that is fine", `<message xmlns="http://www.webex.com/schemas/2002/06/service"><header><response><result>SUCCESS</result></response></header></message>`, "xml-api-answer", `"SUCCESS"`},
		{"SOAP without a message", `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>`, "soap-no-saml", "SOAP"},
		{"JSON without a message", `{"a":[1,2,{"b":"c"}]}`, "json-no-saml", "JSON"},
		{"cut JSON", `{"a":[1,2,{"b":"c`, "json-cut", "cut off after 17 bytes"},
		{"HAR without entries", har(), "har-empty", "no entries"},
		{"HAR without a message", har(harEntry(at, "GET", "https://a.example/", "", ok), harEntry(at, "POST", "https://a.example/", fields, ok)), "har-no-saml", "2 entries"},
		{"HAR without bodies", har(harEntry(at, "POST", "https://a.example/acs", noBody, ok)), "har-sanitized", "1 POST request"},
		{"HAR without content", har(harEntry(at, "GET", "https://a.example/", "", hollow)), "har-sanitized", "without content"},
		{"HAR with placeholders", har(harEntry(at, "POST", "https://a.example/acs", hidden, ok)), "har-sanitized", "placeholder"},
		{"HAR cut before its first entry", `{"log":{"version":"1.2","entr`, "json-cut", "before its first entry"},
		{"HAR cut later", har(harEntry(at, "GET", "https://a.example/", "", ok), harEntry(at, "GET", "https://a.example/", "", ok))[:300], "json-cut", "byte "},
		{"SAML-tracer without a message", `{"requests":[{"method":"GET","url":"https://a.example/","requestHeaders":[]}],"timestamp":"2026-03-04T10:00:00Z"}`, "tracer-no-saml", "1 request"},
		{"SAML-tracer with placeholders", `{"requests":[{"method":"POST","url":"https://a.example/acs","requestHeaders":[],"post":[["SAMLResponse","{obf:alternative_0}"],["RelayState","{obf:alternative_1}"]]}],"timestamp":""}`, "tracer-obfuscated", "placeholders"},
		{"SAML-tracer with asterisks", `{"requests":[{"method":"POST","url":"https://a.example/acs","post":{"SAMLResponse":["*****"]}}]}`, "tracer-obfuscated", "placeholders"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := fails(t, []byte(tt.input), decode.Options{})
			if e.Reason != tt.reason || !strings.Contains(e.Text, tt.text) {
				t.Errorf("reason %q, text %q, want %q and %q", e.Reason, e.Text, tt.reason, tt.text)
			}
			if got := e.Error(); got != "input: "+e.Text {
				t.Errorf("Error() is %q", got)
			}
		})
	}
}
