package repair_test

import (
	"bytes"
	"embed"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

//go:embed testdata/styles
var styleFiles embed.FS

// style is how one identity provider writes and signs its messages. Its text is
// the file of its name under testdata/styles.
type style struct {
	name string
	key  string
	sig  sign.Template // without URI and KeyInfo
	// keyInfo wraps base64 in it; empty: in one line.
	wrap string
	// keyValue adds the bare RSA key and a KeyName.
	keyValue bool
	// lineBreak stands for each line break of the text outside of tags.
	lineBreak string
	latin1    bool // the message travels in ISO-8859-1
}

const (
	rsaSHA1     = xmldsig.Namespace + "rsa-sha1"
	rsaSHA512   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
	ecdsaSHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	ecdsaSHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
	digestSHA1  = xmldsig.Namespace + "sha1"
	digest384   = "http://www.w3.org/2001/04/xmldsig-more#sha384"
	digest512   = "http://www.w3.org/2001/04/xmlenc#sha512"
)

func styles() []*style {
	inclusive := []string{xmldsig.TransformEnveloped, xmldsig.CanonicalXML10}
	return []*style{
		{name: "entra", key: "rsa2048", sig: sign.Template{Prefix: "-"}},
		{name: "adfs", key: "rsa2048", sig: sign.Template{}},
		{name: "okta", key: "rsa2048", sig: sign.Template{Prefixes: "xs"}, wrap: "\n"},
		{name: "shibboleth", key: "rsa2048", sig: sign.Template{Prefixes: "xsd", Indent: "\n", DigestMethod: digest512, SignatureMethod: rsaSHA512}, wrap: "\n"},
		{name: "simplesamlphp", key: "rsa2048", sig: sign.Template{Indent: "\n  "}},
		{name: "keycloak", key: "rsa2048", sig: sign.Template{Prefix: "dsig"}, keyValue: true},
		{name: "pingfederate", key: "p256", sig: sign.Template{Indent: "\n", SignatureMethod: ecdsaSHA256}},
		{name: "auth0", key: "rsa2048", sig: sign.Template{Prefix: "-", SignatureMethod: rsaSHA1, DigestMethod: digestSHA1}},
		{name: "onelogin", key: "rsa1024", sig: sign.Template{SignatureMethod: rsaSHA1, DigestMethod: digestSHA1}},
		{name: "google", key: "rsa2048", sig: sign.Template{}, wrap: "\n"},
		{name: "ruby", key: "rsa2048", sig: sign.Template{}},
		{name: "inclusive", key: "rsa2048", sig: sign.Template{CanonicalizationMethod: xmldsig.CanonicalXML10, Transforms: inclusive}},
		{name: "windows", key: "rsa2048", sig: sign.Template{Indent: "&#13;\n"}, wrap: "&#13;\n", lineBreak: "&#13;\n"},
		{name: "dotnet", key: "p384", sig: sign.Template{Transforms: inclusive, SignatureMethod: ecdsaSHA384, DigestMethod: digest384}, latin1: true},
	}
}

// template is the Signature of the element with that ID.
func (s *style) template(id string) sign.Template {
	t, key := s.sig, sign.MustKey(s.key)
	t.URI = "#" + id
	p, ns := "ds:", ""
	switch t.Prefix {
	case "-":
		p = ""
	case "":
	default:
		p = t.Prefix + ":"
	}
	certificate := key.X509Certificate()
	if s.wrap != "" {
		var b strings.Builder
		for chunk := range slices.Chunk([]byte(certificate), 76) {
			b.Write(chunk)
			b.WriteString(s.wrap)
		}
		certificate = b.String()
	}
	t.KeyInfo = fmt.Sprintf("<%[1]sX509Data%[2]s><%[1]sX509Certificate>%[3]s</%[1]sX509Certificate></%[1]sX509Data>", p, ns, certificate)
	if s.keyValue {
		t.KeyInfo = fmt.Sprintf("<%sKeyName>FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE</%sKeyName>", p, p) + t.KeyInfo
	}
	return t
}

// content is what a message says.
type content struct {
	ResponseID, AssertionID, RequestID                                string
	IdP, SP, ACS                                                      string
	Issued, NotBefore, NotOnOrAfter, ConfirmedUntil, SessionEnd, Name string
	NameID                                                            string
	Attributes                                                        []attribute
	SignResponse, SignAssertion                                       string
}

type attribute struct {
	Name   string
	OID    int
	Values []string
}

// feature is something in a value that a damage needs to do any harm.
type feature string

// The features, with values that have them. Those of plain are in most messages
// anyway; the others only where they are asked for, and seldom elsewhere.
var features = map[feature][]string{
	"umlaut":      {"Jürgen Müller", "François Lefèvre", "Søren Ångström", "Zoë Nuñez", "Straße 12, Köln", "Café Zoë"},
	"non-latin":   {"Łukasz Dvořák", "Иван Петров", "李雷", "Team 🚀", "Ναταλία", "Büro 😀"},
	"quote":       {`The "Best" Company`, `Robert "Bob" Miller`, `5" disk`},
	"apostrophe":  {"Pat O'Brien", "D'Angelo", "Children's Hospital"},
	"dash":        {"Sales - EMEA", "Head of R & D - Berlin", "Ops -- night shift"},
	"typographic": {"VP – Sales", "Children’s Hospital", "The “Best” Company"},
	"ampersand":   {"Smith & Sons", "R&D", "Müller & Söhne GmbH", "<none>"},
	"lines":       {"1 Main Street\nSpringfield\nUSA", "Hauptstr. 5\n50667 Köln", "line one\nline two"},
	"double":      {"Sales  EMEA", "Building 7,  room 12"},
	"trailing":    {"Engineering ", " Finance", "Human Resources  "},
	"mojibake":    {"MÃ¼ller", "FranÃ§ois", "KÃ¶ln"},
	"escaped":     {"Smith &amp; Sons", "R&amp;D", "Pat O&#39;Brien"},
	"decomposed":  {"Ju\u0308rgen Mu\u0308ller", "Franc\u0327ois", "Zoe\u0308"},
	"nbsp":        {"Sales\u00a0EMEA", "10\u00a0000"},
}

var ordinary = []feature{"umlaut", "non-latin", "quote", "apostrophe", "dash", "typographic", "ampersand", "lines"}

// in says whether a value has the feature, for the features that damages avoid.
func (f feature) in(value string) bool {
	return strings.Contains(value, map[feature]string{"lines": "\n", "ampersand": "&"}[f]) || f == "ampersand" && strings.Contains(value, "<")
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func seeded(parts ...string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(strings.Join(parts, "\x00")))
	return rand.New(rand.NewPCG(h.Sum64(), 5))
}

func newContent(r *rand.Rand, need, avoid []feature) content {
	hex := func() string { return fmt.Sprintf("_%016x%016x", r.Uint64(), r.Uint64()) }
	first := pick(r, []string{"anna", "kim", "sam", "maria.luisa", "j", "pat"})
	last := pick(r, []string{"keller", "smith", "brown", "svensson", "lee", "garcia"})
	minute := r.IntN(50)
	at := func(hour, minute, second int) string {
		return fmt.Sprintf("2026-03-04T%02d:%02d:%02dZ", hour, minute, second)
	}
	second := r.IntN(60)
	host := pick(r, []string{"sp.example.com", "login.example.org", "app.example.net"})
	c := content{
		ResponseID: hex(), AssertionID: hex(), RequestID: hex(),
		IdP: pick(r, []string{"https://idp.example.net/saml", "https://sts.example.net/8f1d2c3b/", "http://www.example.net/exk1a2b3c4"}),
		SP:  "https://" + host + "/metadata", ACS: "https://" + host + pick(r, []string{"/saml/acs", "/sso/post?org=7", "/login/callback"}),
		Issued: at(10, minute, second), NotBefore: at(9, minute, second), NotOnOrAfter: at(11, minute, second),
		ConfirmedUntil: at(10, minute+5, second), SessionEnd: at(18, minute, second),
		NameID: first + "." + last + "@example.com",
	}
	add := func(name string, values ...string) {
		c.Attributes = append(c.Attributes, attribute{Name: name, OID: 3 + len(c.Attributes), Values: values})
	}
	add("emailaddress", c.NameID)
	add("givenname", strings.ToUpper(first[:1])+first[1:])
	add("surname", strings.ToUpper(last[:1])+last[1:])
	add("groups", "Domain Users", "CN=Staff,OU=Groups,DC=example,DC=com", fmt.Sprintf("team-%d", r.IntN(90)))
	names := []string{"displayName", "title", "department", "company", "postalAddress", "manager", "description", "division"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i, f := range need {
		add(names[i%len(names)], pick(r, features[f]))
	}
	for i := len(need); i < len(names); i++ {
		switch {
		case r.IntN(3) == 0:
			value := pick(r, features[pick(r, ordinary)])
			if !slices.ContainsFunc(avoid, func(f feature) bool { return f.in(value) }) {
				add(names[i], value)
			}
		case r.IntN(2) == 0:
			add(names[i], pick(r, []string{"Engineering", "Sales", "Berlin", "4711", "true", "Senior Consultant"}))
		}
	}
	return c
}

var (
	plainText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	quoting   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")
)

var styleTemplates = func() *template.Template {
	t := template.New("").Funcs(template.FuncMap{"text": plainText.Replace, "quoted": quoting.Replace})
	return template.Must(t.ParseFS(styleFiles, "testdata/styles/*.xml"))
}()

// The elements that are signed, and where their signatures will stand.
const (
	signResponse  = "Response"
	signAssertion = "Assertion"
)

var slots = map[string]string{signResponse: "<!--signature of the response-->", signAssertion: "<!--signature of the assertion-->"}

// message is a message as its IdP sent it.
type message struct {
	style    *style
	signed   []string // the signed elements, in the order of signing
	content  content
	unsigned string // with slots
	text     string
}

// name says which message it is.
func (m *message) name() string { return m.style.name + "/" + strings.Join(m.signed, "+") }

// id is that of a signed element.
func (m *message) id(element string) string {
	if element == signResponse {
		return m.content.ResponseID
	}
	return m.content.AssertionID
}

func newMessage(tb testing.TB, s *style, signed []string, r *rand.Rand, need, avoid []feature) *message {
	tb.Helper()
	m := &message{style: s, signed: signed, content: newContent(r, need, avoid)}
	if slices.Contains(signed, signResponse) {
		m.content.SignResponse = slots[signResponse]
	}
	if slices.Contains(signed, signAssertion) {
		m.content.SignAssertion = slots[signAssertion]
	}
	var b bytes.Buffer
	if err := styleTemplates.ExecuteTemplate(&b, s.name+".xml", m.content); err != nil {
		tb.Fatal(err)
	}
	m.unsigned = strings.TrimSuffix(b.String(), "\n")
	if s.lineBreak != "" {
		head, body, _ := strings.Cut(m.unsigned, "?>\n")
		m.unsigned = head + "?>\n" + strings.ReplaceAll(body, "\n", s.lineBreak)
	}
	text, err := m.sign(nil)
	if err != nil {
		tb.Fatalf("%s: %v", m.name(), err)
	}
	m.text = text
	return m
}

// mistake is a signer's: what it declares in the message and what it did.
type mistake struct {
	element        string
	declared, used sign.Template
	// before changes the unsigned text that is digested, and not the one sent.
	before func(string) string
	key    string // signs instead of the IdP's
}

// sign signs the message, with a mistake or without.
func (m *message) sign(w *mistake) (string, error) {
	text := m.unsigned
	for _, element := range m.signed {
		slot, declared, key := slots[element], m.style.template(m.id(element)), sign.MustKey(m.style.key)
		first := func(n int) *sign.Key {
			if n == 0 { // the Response's signature comes first, and is made last
				return key
			}
			return nil
		}
		var err error
		if w == nil || w.element != element {
			if text, err = sign.Each(strings.Replace(text, slot, declared.String(), 1), first); err != nil {
				return "", err
			}
			continue
		}
		digested := text
		if w.before != nil {
			digested = w.before(digested)
		}
		right, err := sign.Each(strings.Replace(digested, slot, w.used.String(), 1), first)
		if err != nil {
			return "", err
		}
		digest := digestValue.FindStringSubmatch(right)
		if digest == nil {
			return "", fmt.Errorf("no DigestValue in %s", right)
		}
		text = strings.Replace(text, slot, w.declared.String(), 1)
		text = setFirst(text, "DigestValue", digest[1])
		if w.key != "" {
			key = sign.MustKey(w.key)
		}
		if text, err = signInfo(text, key); err != nil {
			return "", err
		}
	}
	return text, nil
}

var digestValue = regexp.MustCompile(`DigestValue>\s*([^<]*?)\s*</`)

// setFirst replaces the text of the first element with that local name.
func setFirst(text, element, value string) string {
	at := strings.Index(text, element+">") + len(element) + 1
	end := at + strings.Index(text[at:], "</")
	return text[:at] + value + text[end:]
}

// signInfo fills in the first SignatureValue and leaves the digests alone.
func signInfo(text string, key *sign.Key) (string, error) {
	s := xmldsig.Find(xmldsig.NewIndex(xmldoc.Parse([]byte(text), xmldoc.Options{Encoding: "UTF-8"}), xmldoc.Name{Local: "ID"}))[0]
	var info bytes.Buffer
	if err := s.CanonicalSignedInfo(&info); err != nil {
		return "", err
	}
	value, err := key.Sign(s.Algorithm, info.Bytes())
	if err != nil {
		return "", err
	}
	return setFirst(text, "SignatureValue", base64.StdEncoding.EncodeToString(value)), nil
}
