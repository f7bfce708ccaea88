package decode_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

// fuzzed reads data with small limits and holds what must be true of any input.
func fuzzed(t *testing.T, data []byte, as decode.Kind) {
	t.Helper()
	before := string(data)
	trace, err := decode.Read("fuzz", data, decode.Options{As: as, MaxSize: 1 << 20})
	if string(data) != before {
		t.Error("Read changed its input")
	}
	if err != nil {
		e, ok := errors.AsType[*decode.Error](err)
		if !ok || e.Text == "" || e.Reason == "" || trace != nil {
			t.Errorf("bad error %#v", err)
		}
		return
	}
	if len(trace.Messages) == 0 {
		t.Error("neither a message nor an error")
	}
	checkTrace(t, trace)
}

func FuzzRead(f *testing.F) {
	form := "SAMLResponse=" + escape(b64(responseXML)) + "&RelayState=x"
	for _, seed := range []string{
		"", " ", "<", responseXML, requestXML, b64(responseXML), b64(b64(requestXML)), form, "https://sp.example.com/acs?" + form,
		"?SAMLRequest=" + escape(b64(deflate(requestXML))) + "&SigAlg=a&Signature=b", "SAMLResponse: " + b64(responseXML), "SAMLart=AAQAAA==",
		`<form action=x><input name=SAMLResponse value="` + b64(responseXML) + `"></form>`, `{"a":"` + b64(responseXML) + `"}`,
		`<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>` + requestXML + `</e:Body></e:Envelope>`,
		`<message><samlResponse>` + b64(responseXML) + `</samlResponse></message>`, utf16LE(responseXML, true), utf16LE(b64(requestXML), false),
		"x &lt;samlp:Response&gt; y", `\u003csaml:Assertion\u003e`, "-----BEGIN CERTIFICATE-----", "wresult=%3Ct%3ARequestSecurityTokenResponse%2F%3E",
	} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(len(decode.Kinds())))
	}
	kinds := append([]decode.Kind{decode.KindAuto}, decode.Kinds()...)
	f.Fuzz(func(t *testing.T, data []byte, as uint8) {
		fuzzed(t, data, kinds[int(as)%len(kinds)])
	})
}

func FuzzBase64(f *testing.F) {
	whole := b64(responseXML)
	for _, seed := range []string{whole, wrap(whole, 64, "\r\n"), escape(whole), `"` + whole + `"`, b64(deflate(requestXML)), "a b c", "=", "&#10;", `\n`, "%2B", whole[:100] + "…" + whole[100:]} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzed(t, data, decode.KindBase64)
	})
}

func FuzzHAR(f *testing.F) {
	for _, name := range []string{"devtools.har", "chrome-har.har", "saml-tracer.json", "saml-tracer-legacy.json"} {
		f.Add([]byte(fixture(f, name)))
	}
	f.Add([]byte(`{"log":{"entries":[{},{"request":{"url":"?SAMLResponse=x"}}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzed(t, data, decode.KindAuto)
		fuzzed(t, data, decode.KindHAR)
	})
}

// fuzzContainer fuzzes the kinds whose examples start with one of prefixes.
func fuzzContainer(f *testing.F, as []decode.Kind, prefixes ...string) {
	f.Helper()
	for name, seed := range containers() {
		for _, prefix := range prefixes {
			if strings.HasPrefix(name, prefix) {
				f.Add([]byte(seed))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		readEverything(t, data, decode.KindAuto)
		for _, kind := range as {
			readEverything(t, data, kind)
		}
	})
}

func FuzzCurl(f *testing.F) {
	for _, seed := range []string{`curl -d a^`, "curl $'\\x", `curl "a"" ^`, "curl -", "curl --next -F a=@b -F", "curl a -d @-", "fetch(\"\",{", "Invoke-WebRequest -Headers @{a", "Invoke-WebRequest \"`"} {
		f.Add([]byte(seed))
	}
	fuzzContainer(f, []decode.Kind{decode.KindCurl, decode.KindFetch, decode.KindPowerShell}, "curl", "fetch", "powershell")
}

func FuzzRawHTTP(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\n\nUUUUUUUU\n")) // a line of nothing but capitals
	for _, seed := range []string{"GET / HTTP/1.1\nTransfer-Encoding: chunked\n\nfffffff\r\n", "HTTP/1.1 200\nContent-Encoding: gzip, deflate\n\n\x1f\x8b", ":status: 2\n", "GET  HTTP/1.1\nHost: a\n b\n:c\n"} {
		f.Add([]byte(seed))
	}
	fuzzContainer(f, []decode.Kind{decode.KindHTTP}, "http")
}

func FuzzBurp(f *testing.F) { fuzzContainer(f, []decode.Kind{decode.KindBurp}, "burp") }

func FuzzArchive(f *testing.F) {
	fuzzContainer(f, []decode.Kind{decode.KindZip, decode.KindSAZ}, "saz", "zip", "tar", "gzip", "mail")
}
