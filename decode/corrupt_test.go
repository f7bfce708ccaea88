package decode_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

// containers are an example of every kind that wraps exchanges or files.
func containers() map[string]string {
	form := samlForm()
	return map[string]string{
		"curl-bash":  "curl '" + acs + "' \\\n  -H $'user-agent: \\'C\\' \\u0021' \\\n  --data-raw '" + form + "'\n",
		"curl-cmd":   "curl " + cmdQuoted(acs) + " ^\n  -b " + cmdQuoted("a=\"b\"") + " ^\n  --data-raw " + cmdQuoted(form),
		"fetch":      `fetch("` + acs + `", {"headers":{"a":"b"},"body":"` + form + `","method":"POST"});`,
		"powershell": "Invoke-WebRequest -Uri \"" + acs + "\" `\n-Method \"POST\" -Headers @{\"a\"=\"b`\"$([char]8364)\"} `\n-Body \"" + form + "\"",
		"http":       httpRequest("\r\n") + httpResponse("\r\n"),
		"http2":      ":method: POST\n:authority: sp.example.com\n:path: /acs\n\n" + form,
		"burp":       burpItems("CET", false),
		"burp-plain": burpItems("BST", true),
		"saz":        zipped(sazFiles()),
		"zip":        zipped(map[string]string{"a.xml": responseXML, "b/c.txt": "SAMLResponse=" + escape(b64(responseXML))}),
		"tar":        tarred(map[string]string{"a.xml": responseXML}),
		"gzip":       gzipped(responseXML),
		"mail":       mailOf("--=_b\r\nContent-Type: text/xml\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap(b64(responseXML), 76, "\r\n")),
	}
}

// readEverything reads data in all ways and holds what must be true of any input.
func readEverything(t *testing.T, data []byte, as decode.Kind) {
	t.Helper()
	before := string(data)
	seen := false
	for trace, err := range decode.ReadAll("input", data, decode.Options{As: as, MaxSize: 1 << 20, MaxInput: 4 << 20}) {
		seen = true
		if err != nil {
			e, ok := errors.AsType[*decode.Error](err)
			if !ok || e.Text == "" || e.Reason == "" || trace != nil || !strings.HasPrefix(e.Input, "input") || strings.ContainsAny(e.Error()+e.Hint, "\n\x00\x1b") {
				t.Errorf("bad error %#v", err)
			}
			continue
		}
		if len(trace.Messages) == 0 {
			t.Error("neither a message nor an error")
		}
		checkTrace(t, trace)
	}
	if !seen {
		t.Error("neither a trace nor an error")
	}
	if string(data) != before {
		t.Error("the input was changed")
	}
}

// Whatever is cut off or damaged gives messages or a sentence.
func TestCorruptContainers(t *testing.T) {
	all := containers()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			whole := []byte(all[name])
			step := max(1, len(whole)/100)
			for n := 0; n <= len(whole); n += step {
				readEverything(t, whole[:n], decode.KindAuto)
			}
			for at := 0; at < len(whole); at += step {
				for _, flip := range []byte{0x01, 0xff} {
					damaged := slices.Clone(whole)
					damaged[at] ^= flip
					readEverything(t, damaged, decode.KindAuto)
				}
			}
		})
	}
}

// What a capture holds before the place where it was cut off is read.
func TestCutContainers(t *testing.T) {
	burp := strings.Replace(burpItems("CET", false), "</items>", "<item><time>Wed Mar", 1)
	tests := []struct{ name, input, note string }{
		{"Burp", burp, "cut off at line 26; the 2 items up to there were read"},
		{"raw HTTP", httpRequest("\r\n")[:900], "shorter than its Content-Length"},
		{"cURL", containers()["curl-bash"][:900], "it is cut off"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trace := read(t, tt.input, decode.Options{})
			if len(trace.Messages) != 1 || !strings.Contains(strings.Join(trace.Notes, "; "), tt.note) {
				t.Errorf("read %s", describe(trace))
			}
		})
	}
}
