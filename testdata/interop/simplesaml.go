package interop

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml"
)

// simpleSAMLphp is where Debian's package puts it.
const simpleSAMLphp = "/usr/share/simplesamlphp"

// phpIdP is SimpleSAMLphp as an identity provider, run by PHP's built-in server.
type phpIdP struct {
	dir  string
	base string
	id   *identity
}

// newPHPIdP starts SimpleSAMLphp with the user alice. ahead sets its clock, by
// faketime; 0 leaves it alone.
func newPHPIdP(tb testing.TB, ahead time.Duration) *phpIdP {
	tb.Helper()
	php, err := exec.LookPath("php")
	if err != nil {
		tb.Skip("php is not installed")
	}
	if _, err := os.Stat(simpleSAMLphp); err != nil {
		tb.Skip("simplesamlphp is not installed")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	_, port, _ := net.SplitHostPort(address)

	p := &phpIdP{dir: tb.TempDir(), base: "http://sso.localhost:" + port + "/", id: newIdentity(tb, "sso.example.org")}
	for _, d := range []string{"metadata", "log", "data", "tmp", "sessions"} {
		if err := os.Mkdir(filepath.Join(p.dir, d), 0o700); err != nil {
			tb.Fatal(err)
		}
	}
	p.write(tb, "idp.pem", string(p.id.keyPEM()))
	p.write(tb, "idp.crt", string(p.id.certificatePEM()))
	p.write(tb, "config.php", fmt.Sprintf(`<?php
$config = [
    'baseurlpath' => '%[1]s', 'certdir' => '%[2]s/', 'loggingdir' => '%[2]s/log/', 'datadir' => '%[2]s/data/',
    'tempdir' => '%[2]s/tmp', 'metadatadir' => '%[2]s/metadata', 'attributenamemapdir' => '%[3]s/attributemap/',
    'logging.handler' => 'file', 'secretsalt' => 'interop', 'auth.adminpassword' => 'interop', 'timezone' => 'UTC',
    'technicalcontact_name' => 'Nobody', 'technicalcontact_email' => 'nobody@example.org',
    'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
    'store.type' => 'phpsession', 'session.cookie.secure' => false, 'session.cookie.samesite' => 'Lax',
    'session.phpsession.savepath' => '%[2]s/sessions', 'session.phpsession.cookiename' => 'SimpleSAML',
    'metadata.sources' => [['type' => 'flatfile']], 'language.default' => 'en',
    'authproc.idp' => [], 'assertion.allowed_clock_skew' => 180,
];
`, p.base, p.dir, "/etc/simplesamlphp"))
	p.write(tb, "authsources.php", `<?php
$config = ['users' => ['exampleauth:UserPass',
    'alice:secret' => ['uid' => ['alice'], 'mail' => ['alice@example.org'], 'cn' => ['Alice Müller']]]];
`)
	p.write(tb, "metadata/saml20-idp-hosted.php", `<?php
$metadata['__DYNAMIC:1__'] = ['host' => '__DEFAULT__', 'privatekey' => 'idp.pem', 'certificate' => 'idp.crt',
    'auth' => 'users', 'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'];
`)
	args := []string{php, "-S", address, "-t", simpleSAMLphp + "/www"}
	if ahead != 0 {
		faketime, err := exec.LookPath("faketime")
		if err != nil {
			tb.Skip("faketime is not installed")
		}
		args = append([]string{faketime, "-f", fmt.Sprintf("%+ds", int(ahead.Seconds()))}, args...)
	}
	//nolint:gosec // the arguments are ours
	command := exec.CommandContext(tb.Context(), args[0], args[1:]...)
	command.Env = append(os.Environ(), "SIMPLESAMLPHP_CONFIG_DIR="+p.dir, "PHP_CLI_SERVER_WORKERS=2")
	command.WaitDelay = time.Second
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	for i := 0; ; i++ {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			return p
		}
		if i == 100 {
			tb.Fatalf("php does not listen: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (p *phpIdP) write(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// register makes the service known. encrypt asks for encrypted assertions.
func (p *phpIdP) register(tb testing.TB, s *service, encrypt bool) {
	tb.Helper()
	m := s.sp.ServiceProvider.Metadata()
	certificate := strings.Join(strings.Split(strings.TrimSpace(string(s.id.certificatePEM())), "\n")[1:], "")
	certificate = strings.TrimSuffix(certificate, "-----END CERTIFICATE-----")
	p.write(tb, "metadata/saml20-sp-remote.php", fmt.Sprintf(`<?php
$metadata['%s'] = ['AssertionConsumerService' => '%s', 'assertion.encryption' => %t, 'certData' => '%s',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient', 'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'];
`, m.EntityID, s.sp.ServiceProvider.AcsURL.String(), encrypt, certificate))
}

// metadata is what SimpleSAMLphp says of itself.
func (p *phpIdP) metadata(tb testing.TB) (text []byte, parsed *saml.EntityDescriptor) {
	tb.Helper()
	// This machine's resolver need not know names below localhost.
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		var d net.Dialer
		return d.DialContext(ctx, network, "127.0.0.1:"+port)
	}}}
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, p.base+"saml2/idp/metadata.php", http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	parsed = &saml.EntityDescriptor{}
	if err := xml.Unmarshal(text, parsed); err != nil {
		tb.Fatalf("metadata of SimpleSAMLphp: %v\n%.500s", err, text)
	}
	return text, parsed
}
