package decode_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

// largeHAR has 20 logins among bodies that make up about size bytes.
func largeHAR(size int) []byte {
	script := strings.Repeat(`function f(a){return \"<b>\"+a+\"\\n\"}; var yaml = 1;\n`, 40_000)
	image := strings.Repeat("iVBORw0KGgoAAAANSUhEUgAA", 100_000)
	form := "SAMLResponse=" + escape(b64(responseXML)) + "&RelayState=x"
	var buf bytes.Buffer
	buf.WriteString(`{"log":{"version":"1.2","entries":[`)
	posts := 0
	for i := 0; buf.Len() < size; i++ {
		if i > 0 {
			buf.WriteByte(',')
		}
		started := fmt.Sprintf("2026-03-04T10:%02d:%02d.000Z", i/60%60, i%60)
		switch {
		case posts < 20 && buf.Len() > posts*size/21:
			posts++
			buf.WriteString(harEntry(started, "POST", "https://sp.example.com/acs",
				fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":%q}`, form),
				`{"status":200,"headers":[],"content":{"mimeType":"text/html","text":"<p>Welcome"}}`))
		case i%2 == 0:
			buf.WriteString(harEntry(started, "GET", "https://cdn.example.com/app.html", "",
				`{"status":200,"headers":[],"content":{"mimeType":"text/html","text":"`+script+`"}}`))
		default:
			buf.WriteString(harEntry(started, "GET", "https://cdn.example.com/a.png", "",
				`{"status":200,"headers":[],"content":{"mimeType":"image/png","encoding":"base64","text":"`+image+`"}}`))
		}
	}
	buf.WriteString("]}}")
	return buf.Bytes()
}

func BenchmarkLargeHAR(b *testing.B) {
	data := largeHAR(305 << 20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		trace, err := decode.Read("big.har", data, decode.Options{})
		if err != nil || len(trace.Messages) != 20 {
			b.Fatal(err, len(trace.Messages))
		}
	}
}

func BenchmarkZeros(b *testing.B) {
	data := make([]byte, 200<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := decode.Read("zeros", data, decode.Options{}); err == nil {
			b.Fatal("no error")
		}
	}
}

func BenchmarkFormResponse(b *testing.B) {
	data := []byte("SAMLResponse=" + escape(b64(responseXML)) + "&RelayState=x")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode.Read("form", data, decode.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkText reads a log without messages, where every line tempts.
func BenchmarkText(b *testing.B) {
	data := bytes.Repeat([]byte("2026-03-04 10:00:00 INFO SAML login: SAMLResponse: pending <Response> name=saml&x=1\n"), 100_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := decode.Read("log", data, decode.Options{}); err == nil {
			b.Fatal("no error")
		}
	}
}
