package decode_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/decode"
)

const acs = "https://sp.example.com/acs"

// samlForm is the body that posts the response.
func samlForm() string { return "SAMLResponse=" + escape(b64(responseXML)) + "&RelayState=a%20b" }

// cmdQuoted writes an argument as Chrome does for cmd.exe.
func cmdQuoted(s string) string {
	var b strings.Builder
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\n':
			b.WriteString("^\n\n")
		case strings.IndexByte("_-:=+~'/.',?;()*` ", c) >= 0, c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z':
			b.WriteByte(c)
		case c == '%':
			b.WriteString("^%^")
		default:
			b.WriteByte('^')
			b.WriteByte(c)
		}
	}
	return `^"` + b.String() + `^"`
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// zipped is an archive of files, in the order of their names.
func zipped(files map[string]string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err != nil {
			panic(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

func tarred(files map[string]string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(files[name])), Mode: 0o600}); err != nil {
			panic(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// answerPage is what the service says to the login.
const answerPage = "<html><body><h1>Error 13</h1></body></html>"

func httpRequest(end string) string {
	body := samlForm()
	return strings.Join([]string{"POST /acs HTTP/1.1", "Host: sp.example.com", "Content-Type: application/x-www-form-urlencoded", "Cookie: sid=1",
		fmt.Sprintf("Content-Length: %d", len(body)), "", body}, end)
}

func httpResponse(end string) string {
	return strings.Join([]string{"HTTP/1.1 403 Forbidden", "Date: Wed, 04 Mar 2026 10:00:05 GMT", "Content-Type: text/html",
		fmt.Sprintf("Content-Length: %d", len(answerPage)), "", answerPage}, end)
}

// burpItems is an export of one item, its messages in base64 or not.
func burpItems(zone string, plain bool) string {
	text := func(s string) string {
		if plain {
			return `base64="false"><![CDATA[` + s + "]]>"
		}
		return `base64="true"><![CDATA[` + b64(s) + "]]>"
	}
	return `<?xml version="1.0"?>
<!DOCTYPE items [
<!ELEMENT items (item*)>
<!ATTLIST items burpVersion CDATA "">
<!ELEMENT item (time, url, host, port, protocol, method, path, extension, request, status, responselength, mimetype, response, comment)>
<!ATTLIST request base64 (true|false) "false">
]>
<items burpVersion="2025.1" exportTime="Wed Mar 04 11:05:00 ` + zone + ` 2026">
  <item>
    <time>Wed Mar 04 11:00:04 ` + zone + ` 2026</time>
    <url><![CDATA[` + acs + `]]></url>
    <host ip="192.0.2.1">sp.example.com</host>
    <port>443</port>
    <protocol>https</protocol>
    <method><![CDATA[POST]]></method>
    <path><![CDATA[/acs]]></path>
    <extension>null</extension>
    <request ` + text(httpRequest("\r\n")) + `</request>
    <status>403</status>
    <responselength>1</responselength>
    <mimetype>HTML</mimetype>
    <response ` + text(httpResponse("\r\n")) + `</response>
    <comment></comment>
  </item>
</items>
`
}

// sazFiles are the files of a Fiddler archive with a tunnel and a login.
func sazFiles() map[string]string {
	return map[string]string{
		"_index.htm":   "<html></html>",
		"raw/01_c.txt": "CONNECT sp.example.com:443 HTTP/1.1\r\nHost: sp.example.com:443\r\n\r\n",
		"raw/01_s.txt": "HTTP/1.1 200 Connection Established\r\n\r\n",
		"raw/02_c.txt": strings.Replace(httpRequest("\r\n"), "POST /acs", "POST "+acs, 1),
		"raw/02_m.xml": `<?xml version="1.0" encoding="utf-8"?>` + "\r\n" + `<Session SID="2" BitFlags="59"><SessionTimers ClientConnected="2026-03-04T10:59:59.1+01:00" ClientBeginRequest="2026-03-04T11:00:04.1234567+01:00" ServerBeginResponse="0001-01-01T00:00:00" ClientDoneResponse="2026-03-04T11:00:05.1234567+01:00" /><SessionFlags /></Session>`,
		"raw/02_s.txt": httpResponse("\r\n"),
	}
}

// delivered is the delivery that all captures of TestExchanges hold: the login
// posted to the ACS with its answer, as far as the kind can tell it.
type delivered struct {
	kind    decode.Kind
	started time.Time
	status  int
	page    string
	steps   string
}

func TestExchanges(t *testing.T) {
	form := samlForm()
	at := time.Date(2026, 3, 4, 10, 0, 4, 0, time.UTC)
	head := []string{"content-type: application/x-www-form-urlencoded", "user-agent: A \"B\" & 'C' 100%"}
	cmd := "curl " + cmdQuoted(acs) + " ^\n  -H " + cmdQuoted(head[0]) + " ^\n  -H " + cmdQuoted(head[1]) + " ^\n  -b " + cmdQuoted("sid=1") + " ^\n  --data-raw " + cmdQuoted(form)
	oldCmd := `curl "` + acs + `" -H "` + head[0] + `" -H "cookie: sid=1" --data "` + strings.ReplaceAll(form, "%", `"%"`) + `" --compressed`
	chunked := "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" +
		fmt.Sprintf("5\r\n%s\r\n%x;x=y\r\n%s\r\n0\r\nTrailer: x\r\n\r\n", answerPage[:5], len(answerPage)-5, answerPage[5:])
	packed := gzipped(answerPage)
	compressed := "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: " + fmt.Sprint(len(packed)) + "\r\n\r\n" + packed
	h2 := ":method: POST\n:authority: sp.example.com\n:scheme: https\n:path: /acs\ncontent-type: application/x-www-form-urlencoded\ncookie: sid=1\n\n" + form +
		"\n\n:status: 403\ncontent-type: text/html\n\n" + answerPage + "\n"
	curl := delivered{kind: decode.KindCurl, steps: "cURL command 0"}
	raw := delivered{kind: decode.KindHTTP, status: 403, page: answerPage, steps: "HTTP exchange 0"}
	burp := delivered{kind: decode.KindBurp, started: at, status: 403, page: answerPage, steps: "Burp item 0"}
	tests := []struct {
		name, input string
		want        delivered
	}{
		{"cURL of Chrome for bash", "curl '" + acs + "' \\\n  -H '" + head[0] + "' \\\n  -b 'sid=1' \\\n  -H $'user-agent: A \"B\" & \\'C\\' \\u0021' \\\n  --data-raw '" + form + "'\n", curl},
		{"cURL with ANSI-C quotes", "curl $'" + acs + "' -H 'cookie: sid=1' --data $'" + strings.ReplaceAll(strings.ReplaceAll(form, "%", `\x25`), "&", `\u0026`) + "' --compressed --insecure", curl},
		{"cURL in double quotes", "$ curl -sSkL -XPOST \"" + acs + "\" \\\r\n -H \"Cookie: sid=1\" -d \"" + form + "\" > out.html", curl},
		{"cURL with two data", "curl --url " + acs + " -b sid=1 -d SAMLResponse=" + escape(b64(responseXML)) + " --data-urlencode 'RelayState=a b'", curl},
		{"cURL that encodes", "curl " + acs + " --cookie sid=1 --data-urlencode 'SAMLResponse=" + b64(responseXML) + "' -d RelayState=a%20b -o /dev/null", curl},
		{"cURL of Chrome for cmd", cmd, curl},
		{"cURL of Chrome for cmd, with CR LF", strings.ReplaceAll(cmd, " ^\n", " ^\r\n") + "\r\n", curl},
		{"cURL of older Chrome for cmd", oldCmd, curl},
		{"cURL of Firefox for cmd", "curl \"" + acs + "\" ^\r\n  --compressed ^\r\n  -X POST ^\r\n  -H \"Cookie: sid=1\" ^\r\n  -H \"A: \"\"b\"\"\" ^\r\n  --data-raw \"" + strings.ReplaceAll(form, "%", `"%"`) + `"`, curl},
		{"fetch", "await fetch(\"" + acs + "\", {\n  \"headers\": {\n    \"cookie\": \"sid=1\",\n    \"content-type\": \"application/x-www-form-urlencoded\"\n  },\n  \"body\": \"" + strings.ReplaceAll(form, "&", `\u0026`) + "\",\n  \"method\": \"POST\",\n  \"mode\": \"cors\"\n});",
			delivered{kind: decode.KindFetch, steps: "fetch call 0"}},
		{"PowerShell", "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n$session.UserAgent = \"A`\"B`\"\"\nInvoke-WebRequest -UseBasicParsing -Uri \"" + acs + "\" `\n-Method \"POST\" `\n-WebSession $session `\n-Headers @{\n\"accept\"=\"*/*\"\n  \"cookie\"=\"sid=1\"\n} `\n-ContentType \"application/x-www-form-urlencoded\" `\n-Body \"" + form + "\"",
			delivered{kind: decode.KindPowerShell, steps: "PowerShell request 0"}},
		{"raw HTTP", httpRequest("\r\n") + httpResponse("\r\n"), raw},
		{"raw HTTP with LF", httpRequest("\n") + "\n\n" + httpResponse("\n") + "\n", raw},
		{"raw HTTP with separators", httpRequest("\r\n") + "\r\n\r\n======================================================\r\n\r\n" + httpResponse("\r\n"), raw},
		{"raw HTTP without lengths", "POST " + acs + " HTTP/2\nContent-Type: application/x-www-form-urlencoded\nCookie: sid=1\n\n" + form + "\n\nHTTP/2 403 \ncontent-type: text/html\n\n" + answerPage + "\n", raw},
		{"raw HTTP, chunked", httpRequest("\r\n") + chunked, raw},
		{"raw HTTP, compressed", httpRequest("\r\n") + compressed, raw},
		{"raw HTTP, an interim response", httpRequest("\r\n") + "HTTP/1.1 100 Continue\r\n\r\n" + httpResponse("\r\n"), raw},
		{"HTTP/2 with pseudo-headers", h2, raw},
		{"Burp", burpItems("CET", false), burp},
		{"Burp without base64", burpItems("CET", true), burp},
		{"Burp in a zone of two meanings", burpItems("BST", false), burp},
		{"Fiddler", zipped(sazFiles()), delivered{kind: decode.KindSAZ, started: at.Add(123456700), status: 403, page: answerPage, steps: "Fiddler session 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := one(t, tt.input, decode.Options{})
			if m.Capture.Kind != tt.want.kind {
				t.Errorf("kind %q, want %q", m.Capture.Kind, tt.want.kind)
			}
			if got, want := stepNames(m), tt.want.steps+", form field SAMLResponse, base64, XML"; got != want {
				t.Errorf("steps %s, want %s", got, want)
			}
			if m.Binding != decode.BindingPOST || string(m.XML) != responseXML || problemIDs(m) != "" {
				t.Errorf("binding %q, problems %q, XML %q", m.Binding, problemIDs(m), m.XML)
			}
			if m.RelayState == nil || m.RelayState.Value != "a b" {
				t.Errorf("RelayState is %+v", m.RelayState)
			}
			ex := m.Capture.Exchange
			if ex == nil || ex.Method != http.MethodPost || ex.URL != acs || len(ex.Form) != 2 {
				t.Fatalf("exchange is %+v", ex)
			}
			if !slices.ContainsFunc(ex.RequestHeaders, func(h decode.Header) bool { return strings.EqualFold(h.Name, "Cookie") && h.Value == "sid=1" }) {
				t.Errorf("headers are %q", ex.RequestHeaders)
			}
			if ex.Status != tt.want.status || string(ex.ResponseBody) != tt.want.page {
				t.Errorf("status %d, page %q", ex.Status, ex.ResponseBody)
			}
			captured := tt.want.started
			if captured.IsZero() && strings.Contains(tt.input, "\nDate: Wed, 04 Mar 2026 10:00:05 GMT") {
				captured = at.Add(time.Second)
			}
			if !ex.Started.Equal(tt.want.started) || !m.Capture.Time.Equal(captured) {
				t.Errorf("started %s, captured %s, want %s", ex.Started, m.Capture.Time, tt.want.started)
			}
		})
	}
}

// Several requests in one input are several exchanges, in their order.
func TestSeveralExchanges(t *testing.T) {
	sso := "https://idp.example.com/sso?SAMLRequest=" + escape(b64(deflate(requestXML)))
	get := "GET " + strings.TrimPrefix(sso, "https://idp.example.com") + " HTTP/1.1\r\nHost: idp.example.com\r\n\r\n"
	page := `<html><body><form method="post" action="` + acs + `"><input name="SAMLResponse" value="` + b64(responseXML) + `"></form></body></html>`
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", len(page), page)
	tests := []struct{ name, input string }{
		{"bash", "# the request\ncurl '" + sso + "' ;\ncurl '" + acs + "' --data-raw '" + samlForm() + "'"},
		{"bash, next", "curl '" + sso + "' --next '" + acs + "' --data-raw '" + samlForm() + "'"},
		{"cmd", "curl " + cmdQuoted(sso) + " &\r\ncurl " + cmdQuoted(acs) + " --data-raw " + cmdQuoted(samlForm())},
		{"fetch", `fetch("` + sso + `", {"body":null,"method":"GET"}); ;` + "\n" + `fetch("` + acs + `", {"headers":{"content-type":"application/x-www-form-urlencoded"},"body":"` + samlForm() + `","method":"POST"});`},
		{"PowerShell", "Invoke-WebRequest -Uri \"" + sso + "\";\nInvoke-WebRequest -Uri \"" + acs + "\" -Method POST -Body \"" + samlForm() + "\""},
		{"raw HTTP", get + httpRequest("\r\n")},
		{"raw HTTP with the page that posts", get + answer + httpRequest("\r\n") + httpResponse("\r\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trace := read(t, tt.input, decode.Options{})
			if len(trace.Messages) != 2 || len(trace.Exchanges) != 2 {
				t.Fatalf("%d messages, %d exchanges: %s", len(trace.Messages), len(trace.Exchanges), describe(trace))
			}
			request, response := trace.Messages[0], trace.Messages[1]
			if request.Binding != decode.BindingRedirect || string(request.XML) != requestXML || request.Capture.Exchange.URL != sso {
				t.Errorf("the request came by %q from %q", request.Binding, request.Capture.Exchange.URL)
			}
			if response.Binding != decode.BindingPOST || string(response.XML) != responseXML || response.Capture.Entry != 1 {
				t.Errorf("the response came by %q in exchange %d", response.Binding, response.Capture.Entry)
			}
			if strings.Contains(tt.name, "page") && response.Capture.Page != request.Capture.Exchange {
				t.Error("the page that carried the response first is not known")
			}
		})
	}
}

// The scheme of raw HTTP is https unless something speaks for http.
func TestSchemeOfRawHTTP(t *testing.T) {
	plain := strings.ReplaceAll(responseXML, "https://sp.example.com/acs?a=~~~", "http://sp.example.com/acs")
	post := func(host, extra, xml string) string {
		return "POST /acs HTTP/1.1\nHost: " + host + "\n" + extra + "Content-Type: application/x-www-form-urlencoded\n\nSAMLResponse=" + escape(b64(xml))
	}
	tests := []struct{ name, input, url string }{
		{"nothing known", post("sp.example.com", "", responseXML), acs},
		{"its page was http", post("sp.example.com", "Referer: http://sp.example.com/login\n", responseXML), "http://sp.example.com/acs"},
		{"the message says http", post("sp.example.com", "", plain), "http://sp.example.com/acs"},
		{"port 80", post("sp.example.com:80", "", responseXML), "http://sp.example.com/acs"},
		{"port 443", post("sp.example.com:443", "", plain), acs},
		{"another port", post("sp.example.com:8443", "", plain), "https://sp.example.com:8443/acs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := one(t, tt.input, decode.Options{}).Capture.Exchange.URL; got != tt.url {
				t.Errorf("URL %q, want %q", got, tt.url)
			}
		})
	}
}

// What curl's options say about the request.
func TestCurlOptions(t *testing.T) {
	value := b64(responseXML)
	tests := []struct{ name, input, method, url, requestType, note string }{
		{"form of parts", "curl " + acs + " -F 'SAMLResponse=" + value + "' -F RelayState=x", "POST", acs, "multipart/form-data", ""},
		{"method", "curl -X PUT -H 'Content-Type: text/plain' " + acs + "?SAMLResponse=" + escape(value) + " -u a:b", "PUT", acs + "?SAMLResponse=" + escape(value), "text/plain", ""},
		{"data in the URL", "curl -G " + acs + "?a=b --data-urlencode SAMLResponse=" + value, "GET", acs + "?a=b&SAMLResponse=" + escape(value), "", ""},
		{"head", "curl -I " + acs + "?SAMLResponse=" + escape(value), "HEAD", acs + "?SAMLResponse=" + escape(value), "", ""},
		{"no scheme", "curl -d SAMLResponse=" + escape(value) + " sp.example.com/acs", "POST", "http://sp.example.com/acs", "application/x-www-form-urlencoded", ""},
		{"a file besides", "curl -d SAMLResponse=" + escape(value) + " -d @more.txt " + acs, "POST", acs, "application/x-www-form-urlencoded", "more.txt"},
		{"cut off", "curl " + acs + " -d 'SAMLResponse=" + escape(value), "POST", acs, "application/x-www-form-urlencoded", "ends within quotes"},
		{"JSON", "curl --json '{\"SAMLResponse\":\"" + value + "\"}' " + acs, "POST", acs, "application/json", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trace := read(t, tt.input, decode.Options{})
			if len(trace.Messages) != 1 {
				t.Fatalf("%d messages", len(trace.Messages))
			}
			m := trace.Messages[0]
			ex := m.Capture.Exchange
			if string(m.XML) != responseXML || ex == nil || ex.Method != tt.method || ex.URL != tt.url || ex.RequestType != tt.requestType || ex.Status != 0 {
				t.Errorf("exchange %+v of %s", ex, describe(trace))
			}
			if notes := strings.Join(trace.Notes, "; "); !strings.Contains(notes, tt.note) || tt.note == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
		})
	}
}
