package cmd

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/samlwhy/samlwhy/check/checktest"
)

var update = flag.Bool("update", false, "rewrite the expected outputs of testdata/script")

// TestMain lets scripts and the tests of terminals run this test binary as samlwhy.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"samlwhy": func() { os.Exit(Main(os.Args[1:], System())) },
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"binary": binary,
			"mkfifo": mkfifo,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

// setup gives every script the login that works: as XML, as the value of the
// form field, and in a browser trace.
func setup(env *testscript.Env) error {
	value := toBase64(checktest.SignedResponse())
	trace := fmt.Sprintf(`{"log":{"version":"1.2","creator":{"name":"test","version":"1"},"entries":[{"startedDateTime":%q,"time":40,`+
		`"request":{"method":"POST","url":%q,"httpVersion":"HTTP/1.1","headers":[],"queryString":[],"cookies":[],"headersSize":-1,"bodySize":-1,`+
		`"postData":{"mimeType":"application/x-www-form-urlencoded","text":%q}},`+
		`"response":{"status":302,"statusText":"Found","httpVersion":"HTTP/1.1","headers":[],"cookies":[],`+
		`"content":{"size":0,"mimeType":"text/html"},"redirectURL":"/","headersSize":-1,"bodySize":0},`+
		`"cache":{},"timings":{"send":0,"wait":40,"receive":0}}]}}`,
		checktest.Delivered().Format(time.RFC3339), checktest.ACS, "SAMLResponse="+url.QueryEscape(value))
	files := map[string]string{
		"good.xml":  checktest.SignedResponse(),
		"good.b64":  value,
		"trace.har": trace,

		"encrypted.xml": checktest.EncryptedResponse(),
		"sp-key.pem":    string(checktest.SPKey()),
		"idp.pem":       string(checktest.IdPCertificate()),
	}
	for _, name := range []string{"webex-works.har", "webex-audience.har", "webex-two-tabs.har"} {
		i := slices.IndexFunc(checktest.Stories(), func(s checktest.Story) bool { return s.Name == name })
		files[name] = checktest.Stories()[i].Data
	}
	for _, s := range checktest.Recordings() {
		files[s.Name] = s.Data
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// exits N program arguments… runs a program that has to end with exit code N.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N program [argument…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, expected %d", got, want)
	}
}

// binary FILE HEX [N] makes a file of the bytes given in hexadecimal, N times.
func binary(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: binary FILE HEX [N]")
	}
	data, err := hex.DecodeString(args[1])
	ts.Check(err)
	n := 1
	if len(args) == 3 {
		n, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(bytes.Trim(data, "\x00")) == 0 {
		// A hole, so that hundreds of megabytes of zeros cost nothing.
		ts.Check(f.Truncate(int64(n * len(data))))
	} else {
		_, err = f.Write(bytes.Repeat(data, n))
		ts.Check(err)
	}
	ts.Check(f.Close())
}
