package xmlenc_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
	"github.com/samlwhy/samlwhy/decode/xmlenc/encrypt"
)

// transports are all the declarations of key transport there are.
func transports() map[string]encrypt.Transport {
	all := map[string]encrypt.Transport{
		"rsa-1_5":      {Method: enc + "rsa-1_5"},
		"mgf1p":        {},
		"mgf1p label":  {Params: []byte("label \x00\xff")},
		"oaep11":       {Method: enc11 + "rsa-oaep"},
		"oaep11 label": {Method: enc11 + "rsa-oaep", Digest: digests[2], MGF: mgfs[2], Params: []byte("x")},
		"mgf1p MGF":    {MGF: mgfs[0]},
	}
	for _, d := range digests {
		name := short(d)
		all["mgf1p "+name] = encrypt.Transport{Digest: d}
		for _, m := range mgfs {
			all["oaep11 "+name+" "+short(m)] = encrypt.Transport{Method: enc11 + "rsa-oaep", Digest: d, MGF: m}
		}
	}
	return all
}

// short is the part of an identifier that tells it from others.
func short(method string) string { return method[strings.LastIndex(method, "#")+1:] }

func TestOpen(t *testing.T) {
	k := key(t, "rsa2048.pem")
	for _, method := range contentMethods {
		for name, transport := range transports() {
			if transport.Digest != "" && method != contentMethods[3] {
				continue // each once is enough
			}
			t.Run(short(method)+"/"+name, func(t *testing.T) {
				opens(t, one(t, document(encrypt.Data(plain, to(t, "rsa2048.pem", method, transport))), k))
			})
		}
	}
}

// TestOpenSizes opens with keys of every size, also those that crypto/rsa refuses.
func TestOpenSizes(t *testing.T) {
	for _, name := range []string{"rsa512.pem", "rsa1024.pem", "rsa3072.pem"} {
		for _, transport := range []encrypt.Transport{{}, {Method: enc + "rsa-1_5"}} {
			if name == "rsa512.pem" && transport.Method == "" {
				transport.Params = []byte("label")
			}
			opens(t, one(t, document(encrypt.Data(plain, to(t, name, contentMethods[0], transport))), key(t, name)))
		}
	}
}

// xmlsec runs xmlsec1, or skips the test.
func xmlsec(t *testing.T, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("xmlsec1")
	if err != nil {
		t.Skip("xmlsec1 is not installed")
	}
	var out, bad bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdout, cmd.Stderr = &out, &bad
	// The certificates that the system trusts take most of its time to read.
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+os.DevNull, "SSL_CERT_DIR="+t.TempDir())
	if err := cmd.Run(); err != nil {
		t.Fatalf("xmlsec1 %s: %v\n%s", strings.Join(args, " "), err, bad.String())
	}
	return out.Bytes()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// xmlsecTransports are those that libxmlsec1 1.2 has.
func xmlsecTransports() map[string]encrypt.Transport {
	all := map[string]encrypt.Transport{}
	for _, name := range []string{"rsa-1_5", "mgf1p", "mgf1p label", "mgf1p sha1"} {
		all[name] = transports()[name]
	}
	return all
}

// TestXMLSecOpensOurs holds package encrypt against libxmlsec1.
func TestXMLSecOpensOurs(t *testing.T) {
	for _, method := range contentMethods {
		for name, transport := range xmlsecTransports() {
			if name != "mgf1p" && method != contentMethods[0] {
				continue // each once is enough
			}
			t.Run(short(method)+"/"+name, func(t *testing.T) {
				spec := to(t, "rsa2048.pem", method, transport)
				spec.Wrap = 64
				file := write(t, "message.xml", document(encrypt.Data(plain, spec)))
				got := xmlsec(t, "--decrypt", "--privkey-pem", filepath.Join("testdata", "keys", "rsa2048.pem"), file)
				if !strings.Contains(string(got), strings.ReplaceAll(plain, "grüße", "gr&#xFC;&#xDF;e")) {
					t.Errorf("xmlsec1 opens it to %s", got)
				}
			})
		}
	}
}

// TestOpenXMLSec opens what libxmlsec1 encrypted.
func TestOpenXMLSec(t *testing.T) {
	k := key(t, "rsa2048.pem")
	sessions := map[string]string{"aes128": "aes-128", "aes192": "aes-192", "aes256": "aes-256", "triple": "des-192"}
	for _, method := range contentMethods {
		for name, transport := range xmlsecTransports() {
			if name != "mgf1p" && method != contentMethods[0] {
				continue // each once is enough
			}
			t.Run(short(method)+"/"+name, func(t *testing.T) {
				template := document(emptied(encrypt.Data(plain, to(t, "rsa2048.pem", method, transport))))
				// The plaintext stands in for its own: xmlsec1 copies its namespaces too.
				got := xmlsec(t, "--encrypt", "--pubkey-pem", filepath.Join("testdata", "keys", "public.pem"), "--session-key", sessions[short(method)[:6]],
					"--xml-data", write(t, "plain.xml", `<a:Secret xmlns:a="urn:a" ID="_s"><a:Value>x</a:Value></a:Secret>`),
					write(t, "template.xml", template))
				o := one(t, string(got), k)
				if o.Err != nil || !o.Document.Root().Is("urn:a", "Secret") || o.Document.Root().Text() != "x" {
					t.Errorf("%q, %v", o.Plain, o.Err)
				}
			})
		}
	}
}

// emptied is text without the content of its CipherValue elements.
func emptied(text string) string {
	for from := 0; ; {
		i := strings.Index(text[from:], "<xenc:CipherValue>")
		if i < 0 {
			return text
		}
		from += i + len("<xenc:CipherValue>")
		text = text[:from] + text[from+strings.Index(text[from:], "<"):]
	}
}

// openssl runs openssl, or skips the test.
func openssl(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	var out, bad bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &bad
	if err := cmd.Run(); err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, bad.String())
	}
	return out.Bytes()
}

// TestOpenSSLTransport holds every key transport against OpenSSL, in both
// directions: it opens the EncryptedKeys of package encrypt, and xmlenc opens its.
func TestOpenSSLTransport(t *testing.T) {
	k := key(t, "rsa2048.pem")
	contentKey := bytes.Repeat([]byte{0xa5, 0x00, 0x5a, 0x01}, 8)
	for name, transport := range transports() {
		t.Run(name, func(t *testing.T) {
			options := []string{"-pkeyopt", "rsa_padding_mode:pkcs1"}
			if transport.Method != enc+"rsa-1_5" {
				digest, mgf := hashName(transport.Digest), "sha1"
				if transport.Method == enc11+"rsa-oaep" {
					mgf = hashName(transport.MGF)
				}
				options = []string{"-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:" + digest, "-pkeyopt", "rsa_mgf1_md:" + mgf}
				if transport.Params != nil {
					options = append(options, "-pkeyopt", "rsa_oaep_label:"+hex.EncodeToString(transport.Params))
				}
			}
			spec := to(t, "rsa2048.pem", enc11+"aes256-gcm", transport)
			spec.ContentKey = contentKey
			text := document(encrypt.Data(plain, spec))
			doc := xmldoc.Parse([]byte(text), xmldoc.Options{})
			value := one(t, text, k).Recipient.Node.Child(enc, "CipherData").Child(enc, "CipherValue").Text()
			sealed, err := base64.StdEncoding.DecodeString(value)
			if err != nil || !doc.WellFormed() {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "keys", "rsa2048.pem")
			if got := openssl(t, sealed, append([]string{"pkeyutl", "-decrypt", "-inkey", file}, options...)...); !bytes.Equal(got, contentKey) {
				t.Errorf("openssl opens ours to %x", got)
			}
			theirs := openssl(t, contentKey, append([]string{"pkeyutl", "-encrypt", "-inkey", file}, options...)...)
			opens(t, one(t, strings.Replace(text, value, base64.StdEncoding.EncodeToString(theirs), 1), k))
		})
	}
}

// hashName is how OpenSSL calls the hash at the end of an identifier.
func hashName(uri string) string {
	for _, h := range []string{"sha224", "sha256", "sha384", "sha512"} {
		if strings.HasSuffix(uri, h) {
			return h
		}
	}
	return "sha1"
}

// TestPlaintextPosition: the plaintext is a document of its own that stands where
// the EncryptedData stood.
func TestPlaintextPosition(t *testing.T) {
	o := one(t, document(encrypt.Data(plain, to(t, "rsa2048.pem", "", encrypt.Transport{}))), key(t, "rsa2048.pem"))
	opens(t, o)
	value := o.Document.Root().Child("urn:a", "Value")
	if got := value.Text(); got != "grüße & <x>" {
		t.Errorf("text %q", got)
	}
	if p := value.Position(); p.Line != 1 || p.Column != 19 {
		t.Errorf("position %+v", p)
	}
	if got, want := value.Path(), "/Root/Encrypted/Secret/Value"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
	if !o.Element.Is("urn:a", "Encrypted") || !o.Data.Is(xmlenc.Namespace, "EncryptedData") || o.Method != encrypt.DefaultContent {
		t.Errorf("element %v, data %v, method %s", o.Element.Name(), o.Data.Name(), o.Method)
	}
}
