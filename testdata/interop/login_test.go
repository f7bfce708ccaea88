package interop

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/crewjam/saml"
)

// login is what a browser did, and what both parties say of themselves.
type login struct {
	har         []byte
	idpMetadata []byte
	spMetadata  []byte
	spKey       []byte
	idpCert     []byte // in place of idpMetadata, where the service was given another
	flags       []string
	screen      string // what the person saw at the end
}

func TestLogins(t *testing.T) {
	samlwhy := build(t)
	for _, c := range []struct {
		name string
		run  func(*testing.T) *login
		// works says that the service let the person in.
		works bool
		// fails are rules of which one must fail.
		fails []string
	}{
		{"crewjam to crewjam, encrypted", crewjamEncrypted, true, nil},
		{"SimpleSAMLphp to crewjam", phpPlain, true, nil},
		{"SimpleSAMLphp to crewjam, encrypted", phpEncrypted, true, nil},
		{"the IdP encrypts for an old key of the service", phpOldEncryptionKey, false, []string{"decryption"}},
		{"the service has another certificate of the IdP", phpOtherCertificate, false, []string{"signing-certificate"}},
		{"the IdP's clock is ten minutes ahead", phpAhead, false, []string{"not-before", "clock-offset"}},
		{"the cookie does not come back", phpLostCookie, false, []string{"in-response-to", "service-answer"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.run(t)
			if in := l.screen == "Signed in as alice"; in != c.works {
				t.Fatalf("the person saw %q", l.screen)
			}
			r := l.judge(t, samlwhy)
			if c.works {
				if len(r.failed) > 0 {
					t.Errorf("a login that works fails %v\n%s", r.failed, r.text)
				}
				return
			}
			if !slices.ContainsFunc(r.failed, func(rule string) bool { return slices.Contains(c.fails, rule) }) {
				t.Errorf("the person saw %q; %v fail, expected one of %v\n%s", l.screen, r.failed, c.fails, r.text)
			}
		})
	}
}

// build makes the program of the module around, unless SAMLWHY names one.
func build(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("SAMLWHY"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "samlwhy")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
	command.Dir = "../.."
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// result are the rules that failed, and the report for people.
type result struct {
	failed []string
	text   string
}

func (l *login) judge(t *testing.T, samlwhy string) result {
	t.Helper()
	dir := t.TempDir()
	if keep := os.Getenv("SAMLWHY_KEEP"); keep != "" { // to look at a capture
		dir = filepath.Join(keep, filepath.Base(t.Name()))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"check", "trace.har"}
	for _, f := range []struct {
		name, flag string
		data       []byte
	}{
		{"trace.har", "", l.har}, {"idp.xml", "--idp-metadata", l.idpMetadata}, {"sp.xml", "--sp-metadata", l.spMetadata},
		{"sp.key", "--sp-key", l.spKey}, {"idp.pem", "--idp-cert", l.idpCert},
	} {
		if f.data == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, f.name), f.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if f.flag != "" {
			args = append(args, f.flag, f.name)
		}
	}
	run := func(args []string) []byte {
		command := exec.CommandContext(t.Context(), samlwhy, args...)
		command.Dir = dir
		out, err := command.Output()
		if e, ok := err.(*exec.ExitError); err != nil && (!ok || e.ExitCode() != 1) {
			t.Fatalf("samlwhy %v: %v\n%s", args, err, e.Stderr)
		}
		return out
	}
	args = append(args, l.flags...)
	r := result{text: string(run(args))}
	var report struct {
		Messages []struct {
			Results []struct {
				Rule, Status string
			}
		}
	}
	if err := json.Unmarshal(run(append(args, "--format", "json")), &report); err != nil {
		t.Fatal(err)
	}
	for _, m := range report.Messages {
		for _, res := range m.Results {
			if res.Status == "fail" || res.Status == "broken" {
				r.failed = append(r.failed, res.Rule)
			}
		}
	}
	if len(report.Messages) == 0 {
		t.Fatalf("no message was found in the capture")
	}
	return r
}

// visit logs alice in at the service and records it. user and password are the
// fields of the login page.
func visit(t *testing.T, s *service, user, password, submit string) (har []byte, screen string) {
	t.Helper()
	b := newBrowser(t)
	b.run(t,
		chromedp.Navigate(s.url.JoinPath("/hello").String()),
		chromedp.WaitVisible(user, chromedp.ByQuery),
		chromedp.SendKeys(user, "alice", chromedp.ByQuery),
		chromedp.SendKeys(password, "secret", chromedp.ByQuery),
		chromedp.Click(submit, chromedp.ByQuery),
	)
	screen = b.backAt(t, "app.")
	return b.archive(t), screen
}

func atPHP(t *testing.T, s *service) (har []byte, screen string) {
	t.Helper()
	return visit(t, s, "#username", "#password", "#submit_button, button[type=submit], input[type=submit]")
}

func crewjamEncrypted(t *testing.T) *login {
	idp, register := crewjamIdP(t)
	s := newService(t, idp.IDP.Metadata(), 0)
	register(s)
	l := &login{spMetadata: s.metadata(t), spKey: s.id.keyPEM()}
	var err error
	if l.idpMetadata, err = xml.MarshalIndent(idp.IDP.Metadata(), "", " "); err != nil {
		t.Fatal(err)
	}
	l.har, l.screen = visit(t, s, "input[name=user]", "input[name=password]", "input[type=submit]")
	return l
}

// php is a login at SimpleSAMLphp. Before the browser starts, change may change
// what the service was told and what the IdP was.
func php(t *testing.T, ahead time.Duration, cookies http.SameSite, encrypt bool, change func(*login, *phpIdP, *service, *saml.EntityDescriptor)) *login {
	t.Helper()
	p := newPHPIdP(t, ahead)
	text, parsed := p.metadata(t)
	l := &login{idpMetadata: text}
	s := newService(t, parsed, cookies)
	p.register(t, s, encrypt)
	if change != nil {
		change(l, p, s, parsed)
	}
	l.spMetadata, l.spKey = s.metadata(t), s.id.keyPEM()
	l.har, l.screen = atPHP(t, s)
	return l
}

func phpPlain(t *testing.T) *login     { return php(t, 0, 0, false, nil) }
func phpEncrypted(t *testing.T) *login { return php(t, 0, 0, true, nil) }
func phpAhead(t *testing.T) *login     { return php(t, 10*time.Minute, 0, false, nil) }

func phpLostCookie(t *testing.T) *login {
	// A cookie that says Lax stays behind when another site posts.
	return php(t, 0, http.SameSiteLaxMode, false, nil)
}

func phpOldEncryptionKey(t *testing.T) *login {
	return php(t, 0, 0, true, func(_ *login, _ *phpIdP, s *service, _ *saml.EntityDescriptor) {
		s.id = newIdentity(t, "app.example.com")
		s.sp.ServiceProvider.Key, s.sp.ServiceProvider.Certificate = s.id.key, s.id.certificate
	})
}

func phpOtherCertificate(t *testing.T) *login {
	return php(t, 0, 0, false, func(l *login, _ *phpIdP, s *service, _ *saml.EntityDescriptor) {
		other := newIdentity(t, "sso.example.org")
		m := s.sp.ServiceProvider.IDPMetadata
		for i := range m.IDPSSODescriptors[0].KeyDescriptors {
			k := &m.IDPSSODescriptors[0].KeyDescriptors[i]
			for j := range k.KeyInfo.X509Data.X509Certificates {

				k.KeyInfo.X509Data.X509Certificates[j].Data = base64.StdEncoding.EncodeToString(other.certificate.Raw)
			}
		}
		l.idpCert = other.certificatePEM()
	})
}
