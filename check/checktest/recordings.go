package checktest

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Recordings are one login, that of the story webex-audience.har, in the other
// forms in which people record or copy it, kept under testdata/recordings.
func Recordings() []Story {
	good := webexResponse()
	response := sealedBy(idpIdentity(), Edit(good, "<saml:Audience>"+webexSP+"<", "<saml:Audience>"+webexSP+"/<"), assertionID)
	login := webexExchanges(response, webexACS, 4*time.Second)
	last := len(login) - 1
	login[last].status, login[last].page = 403, "<html><body><h1>User Authentication Failed</h1><p>Reason: Invalid SAML assertion (13)</p></body></html>\n"
	post := login[last]
	har := capture(login...)
	return []Story{
		{"webex-audience.curl.txt", "cURL commands for bash, as Chrome copies them", curlBash(login)},
		{"webex-audience.curl-cmd.txt", "the same for cmd.exe", curlCmd(login)},
		{"webex-audience.fetch.txt", "the request to the ACS as a call of fetch", fetchCall(post)},
		{"webex-audience.powershell.txt", "and as a PowerShell command", powerShell(post)},
		{"webex-audience.http.txt", "raw HTTP messages", rawHTTP(login)},
		{"webex-audience.burp.xml", "items that Burp Suite saved", burp(login)},
		{"webex-audience.saz", "an archive of Fiddler", fiddler(login)},
		{"webex-audience.zip", "the attachments of a ticket", zipOf(
			"ticket/notes.txt", "The login fails since Monday, please help.\n",
			"ticket/trace.har", har,
			"ticket/page.html", autoSubmit("post", webexACS, response),
		)},
	}
}

// curlBash are exchanges as cURL commands for bash.
func curlBash(list []exchange) string {
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteString(" ;\n")
		}
		b.WriteString("curl '" + e.target() + "' \\\n  -H 'accept-language: en' \\\n  -H $'user-agent: Fixture (it\\'s one)'")
		if e.body != "" {
			b.WriteString(" \\\n  -H 'content-type: application/x-www-form-urlencoded' \\\n  --data-raw '" + e.body + "'")
		}
	}
	return b.String() + "\n"
}

// curlCmd are exchanges as cURL commands for cmd.exe.
func curlCmd(list []exchange) string {
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteString(" &\r\n")
		}
		b.WriteString("curl " + cmdWord(e.target()) + " ^\r\n  -H " + cmdWord(`sec-ch-ua: "Fixture";v="1"`))
		if e.body != "" {
			b.WriteString(" ^\r\n  -H " + cmdWord("content-type: application/x-www-form-urlencoded") + " ^\r\n  --data-raw " + cmdWord(e.body))
		}
	}
	return b.String() + "\r\n"
}

// cmdWord writes an argument for cmd.exe: a caret before everything that is
// special there, and one behind a percent sign.
func cmdWord(s string) string {
	var b strings.Builder
	for _, c := range strings.ReplaceAll(s, `"`, `\"`) {
		switch {
		case c == '%':
			b.WriteString("^%^")
			continue
		case strings.ContainsRune(`&"\<>|^#@$!{}[]`, c):
			b.WriteByte('^')
		}
		b.WriteRune(c)
	}
	return `^"` + b.String() + `^"`
}

func fetchCall(e exchange) string {
	return fmt.Sprintf("await fetch(%q, {\n  \"headers\": {\n    \"content-type\": \"application/x-www-form-urlencoded\"\n  },\n  \"body\": %q,\n  \"method\": %q\n});\n", e.target(), e.body, e.verb())
}

func powerShell(e exchange) string {
	return fmt.Sprintf("$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\r\n$session.UserAgent = \"Fixture\"\r\n"+
		"Invoke-WebRequest -UseBasicParsing -Uri \"%s\" `\r\n-Method \"%s\" `\r\n-WebSession $session `\r\n-Headers @{\r\n\"accept\"=\"*/*\"\r\n  \"origin\"=\"null\"\r\n} `\r\n-ContentType \"application/x-www-form-urlencoded\" `\r\n-Body \"%s\"\r\n",
		e.target(), e.verb(), e.body)
}

func (e exchange) verb() string { return cmp.Or(e.method, "POST") }

func (e exchange) target() string { return cmp.Or(e.url, ACS) }

func (e exchange) when() time.Time { return delivered.Add(e.after) }

// rawRequest is the request as it went over the wire. A proxy writes whole URLs.
func (e exchange) rawRequest(proxy bool) string {
	u, err := url.Parse(e.target())
	if err != nil {
		panic(err) // the URLs are ours
	}
	target := u.RequestURI()
	if proxy {
		target = e.target()
	}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Fixture\r\n", e.verb(), target, u.Host)
	if e.body != "" {
		head += fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(e.body))
	}
	return head + "\r\n" + e.body
}

// rawResponse is what came back; its body is chunked.
func (e exchange) rawResponse() string {
	status := cmp.Or(e.status, 200)
	head := fmt.Sprintf("HTTP/1.1 %d Status\r\nDate: %s\r\n", status, e.when().Add(time.Second).Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	if e.page == "" {
		return head + "Content-Length: 0\r\n\r\n"
	}
	return head + fmt.Sprintf("Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(e.page), e.page)
}

func rawHTTP(list []exchange) string {
	var b strings.Builder
	for _, e := range list {
		b.WriteString(e.rawRequest(false) + e.rawResponse())
	}
	return b.String()
}

// burp are exchanges as items of Burp Suite.
func burp(list []exchange) string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?>\n<!DOCTYPE items [\n<!ELEMENT items (item*)>\n<!ATTLIST items burpVersion CDATA \"\">\n<!ATTLIST request base64 (true|false) \"false\">\n]>\n<items burpVersion=\"2026.1\" exportTime=\"Wed Mar 04 11:05:00 CET 2026\">\n")
	for _, e := range list {
		encoded := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
		fmt.Fprintf(&b, "  <item>\n    <time>%s</time>\n    <url><![CDATA[%s]]></url>\n    <protocol>https</protocol>\n    <method><![CDATA[%s]]></method>\n    <request base64=\"true\"><![CDATA[%s]]></request>\n    <status>%d</status>\n    <response base64=\"true\"><![CDATA[%s]]></response>\n    <comment></comment>\n  </item>\n",
			e.when().Add(time.Hour).Format("Mon Jan 02 15:04:05 CET 2006"), e.target(), e.verb(), encoded(e.rawRequest(false)), cmp.Or(e.status, 200), encoded(e.rawResponse()))
	}
	return b.String() + "</items>\n"
}

// fiddler are exchanges as an archive of Fiddler.
func fiddler(list []exchange) string {
	files := []string{"_index.htm", "<html></html>\n"}
	for i, e := range list {
		const form = "2006-01-02T15:04:05.0000000-07:00"
		times := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Session SID=\"%d\">\r\n  <SessionTimers ClientBeginRequest=%q ClientDoneResponse=%q />\r\n</Session>\r\n",
			i+1, e.when().Format(form), e.when().Add(80*time.Millisecond).Format(form))
		name := fmt.Sprintf("raw/%d_", i+1)
		files = append(files, name+"c.txt", e.rawRequest(true), name+"m.xml", times, name+"s.txt", e.rawResponse())
	}
	return zipOf(files...)
}

// zipOf is a ZIP archive of names and contents, stored as they are: what a
// compressor makes of them may change.
func zipOf(files ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for pair := range slices.Chunk(files, 2) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: pair[0], Method: zip.Store})
		if err == nil {
			_, err = w.Write([]byte(pair[1]))
		}
		if err != nil {
			panic(err) // nothing is written outside memory
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}
