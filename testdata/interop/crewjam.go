package interop

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlidp"
	"github.com/crewjam/saml/samlsp"
)

// loopback serves h under a name of its own: browsers take every name below
// localhost for this machine, and two of them for two sites.
func loopback(tb testing.TB, name string, h http.Handler) *url.URL {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		tb.Fatal(err)
	}
	u.Host = name + ".localhost:" + u.Port()
	return u
}

// handler is a handler that is known only after the address that it serves.
type handler struct{ http.Handler }

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.Handler.ServeHTTP(w, r) }

// service is an application that crewjam/saml protects.
type service struct {
	url *url.URL
	sp  *samlsp.Middleware
	id  *identity
}

// newService starts an application. What it shows to somebody who has logged in
// is "Signed in as NAME".
func newService(tb testing.TB, idp *saml.EntityDescriptor, cookies http.SameSite) *service {
	tb.Helper()
	var h handler
	s := &service{url: loopback(tb, "app", &h), id: newIdentity(tb, "app.example.com")}
	sp, err := samlsp.New(samlsp.Options{
		URL: *s.url, Key: s.id.key, Certificate: s.id.certificate, IDPMetadata: idp, CookieSameSite: cookies,
	})
	if err != nil {
		tb.Fatal(err)
	}
	sp.OnError = func(w http.ResponseWriter, _ *http.Request, err error) {
		if e, ok := err.(*saml.InvalidResponseError); ok {
			err = e.PrivateErr
		}
		http.Error(w, "Login failed: "+err.Error(), http.StatusForbidden)
	}
	s.sp = sp
	mux := http.NewServeMux()
	mux.Handle("/saml/", sp)
	mux.Handle("/hello", sp.RequireAccount(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := samlsp.AttributeFromContext(r.Context(), "uid")
		_, _ = fmt.Fprintf(w, "<!doctype html><title>App</title><p>Signed in as %s", name)
	})))
	h.Handler = mux
	return s
}

func (s *service) metadata(tb testing.TB) []byte {
	tb.Helper()
	data, err := xml.MarshalIndent(s.sp.ServiceProvider.Metadata(), "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// loginForm goes on with the login: crewjam/saml's own form ends at a page of JSON.
var loginForm = template.Must(template.New("login").Parse(`<!doctype html><title>Log in</title><form method="post" action="/sso">
<input name="user"><input type="password" name="password">
<input type="hidden" name="SAMLRequest" value="{{.SAMLRequest}}"><input type="hidden" name="RelayState" value="{{.RelayState}}">
<input type="submit" value="Log in"></form>`))

// crewjamIdP starts crewjam/saml's identity provider, with the user alice and one
// service. It encrypts assertions for the service's certificate.
func crewjamIdP(tb testing.TB) (idp *samlidp.Server, register func(*service)) {
	tb.Helper()
	var h handler
	u := loopback(tb, "login", &h)
	id := newIdentity(tb, "login.example.net")
	idp, err := samlidp.New(samlidp.Options{
		URL: *u, Key: id.key, Certificate: id.certificate, Store: &samlidp.MemoryStore{},
		Logger: log.New(io.Discard, "", 0), LoginFormTemplate: loginForm,
	})
	if err != nil {
		tb.Fatal(err)
	}
	h.Handler = idp
	put(tb, u.JoinPath("/users/alice"), `{"name":"alice","password":"secret","email":"alice@example.org","common_name":"Alice"}`)
	return idp, func(s *service) { put(tb, u.JoinPath("/services/app"), string(s.metadata(tb))) }
}

func put(tb testing.TB, u *url.URL, body string) {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPut, "http://127.0.0.1:"+u.Port()+"/"+strings.TrimPrefix(u.Path, "/"), strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		var b bytes.Buffer
		_, _ = b.ReadFrom(response.Body)
		tb.Fatalf("%s: %s: %s", u, response.Status, b.String())
	}
}
