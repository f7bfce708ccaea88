package checktest_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/check/checktest"
	"github.com/samlwhy/samlwhy/decode"
)

// Every recording tells of the same login: the response, where it was posted,
// and as far as the kind has it, when, and what was answered.
func TestRecordings(t *testing.T) {
	kinds := map[string]decode.Kind{
		"curl.txt": decode.KindCurl, "curl-cmd.txt": decode.KindCurl, "fetch.txt": decode.KindFetch, "powershell.txt": decode.KindPowerShell,
		"http.txt": decode.KindHTTP, "burp.xml": decode.KindBurp, "saz": decode.KindSAZ, "zip": decode.KindHAR,
	}
	answered := []decode.Kind{decode.KindBurp, decode.KindSAZ, decode.KindHAR, decode.KindHTTP}
	for _, s := range checktest.Recordings() {
		_, ext, _ := strings.Cut(s.Name, ".")
		t.Run(ext, func(t *testing.T) {
			file, err := os.ReadFile(filepath.Join("..", "..", "testdata", "recordings", s.Name))
			if err != nil || string(file) != s.Data {
				t.Errorf("the file is not what the generator would write (%v); run go generate ./check/checktest", err)
			}
			var traces []*decode.Trace
			for trace, err := range decode.ReadAll(s.Name, []byte(s.Data), decode.Options{}) {
				if err == nil && trace.Kind != decode.KindHTML {
					traces = append(traces, trace)
				}
			}
			if len(traces) != 1 || traces[0].Kind != kinds[ext] {
				t.Fatalf("read %d inputs of other kinds than %q", len(traces), kinds[ext])
			}
			trace := traces[0]
			m := trace.Messages[len(trace.Messages)-1]
			ex := m.Capture.Exchange
			if !strings.Contains(string(m.XML), "<saml:Audience>http://www.webex.com/<") || len(m.Problems) != 0 || m.Binding != decode.BindingPOST {
				t.Errorf("read %+v by %q: %.200s", m.Problems, m.Binding, m.XML)
			}
			if ex == nil || ex.Method != http.MethodPost || ex.URL != "https://acme.webex.com/dispatcher/SAML2AuthService?siteurl=acme" || m.RelayState == nil {
				t.Fatalf("delivered by %+v", ex)
			}
			at := m.Capture.Time
			if trace.Kind == decode.KindHTTP { // it has only the Date of the answer, a second later
				at = at.Add(-time.Second)
			}
			if slices.Contains(answered, trace.Kind) != at.Equal(checktest.Delivered()) {
				t.Errorf("delivered at %s", at)
			}
			if has := ex.Status == 403 && strings.Contains(string(ex.ResponseBody), "Invalid SAML assertion (13)"); has != slices.Contains(answered, trace.Kind) {
				t.Errorf("answered with %d %q", ex.Status, ex.ResponseBody)
			}
			if single := trace.Kind == decode.KindFetch || trace.Kind == decode.KindPowerShell; !single && (len(trace.Messages) != 2 || len(trace.Exchanges) != 4) {
				t.Errorf("%d messages in %d exchanges", len(trace.Messages), len(trace.Exchanges))
			}
		})
	}
}
