package xmlenc_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// The files in testdata/keys were made with OpenSSL 3.0; what is encrypted in them
// has this password.
const filePassword = "samlwhy"

func keyFile(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "keys", name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// key is the first key of a file.
func key(tb testing.TB, name string) xmlenc.Key {
	tb.Helper()
	keys, err := xmlenc.ParseKeys(keyFile(tb, name), nil)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	keys[0].From = name
	return keys[0]
}

func rsaKey(tb testing.TB, name string) *rsa.PublicKey {
	tb.Helper()
	return &key(tb, name).Private.(*rsa.PrivateKey).PublicKey
}

func TestParseKeys(t *testing.T) {
	same := rsaKey(t, "rsa2048.pem")
	text := string(keyFile(t, "pkcs8.pem"))
	tests := []struct {
		name  string
		data  []byte
		asked int // how often the password is asked for
		certs int
	}{
		{"rsa2048.pem", nil, 0, 0},
		{"pkcs8.pem", nil, 0, 0},
		{"pkcs1.der", nil, 0, 0},
		{"pkcs8.der", nil, 0, 0},
		{"dek-aes256.pem", nil, 1, 0},
		{"dek-des3.pem", nil, 1, 0},
		{"pbes2-aes256.pem", nil, 1, 0},
		{"pbes2-des3.pem", nil, 1, 0},
		{"pbes2-sha1.der", nil, 1, 0},
		{"scrypt.pem", nil, 1, 0},
		{"modern.p12", nil, 1, 2},
		{"legacy.p12", nil, 1, 1},
		{"empty-password.p12", nil, 0, 1},
		{"CRLF", []byte(strings.ReplaceAll(text, "\n", "\r\n")), 0, 0},
		{"byte order mark", []byte("\uFEFF" + text), 0, 0},
		{"UTF-16", utf16LE(text), 0, 0},
		{"text around", []byte("Bag Attributes\n    friendlyName: sp\nKey Attributes: <No Attributes>\n" + text + "\nbye"), 0, 0},
		{"indented", []byte("key: |\n  " + strings.ReplaceAll(text, "\n", "\n  ")), 0, 0},
		{"one line from JSON", []byte(`"` + strings.ReplaceAll(text, "\n", `\n`) + `"`), 0, 0},
		{"base64 of DER", []byte(base64.StdEncoding.EncodeToString(keyFile(t, "pkcs8.der"))), 0, 0},
		{"base64 of PEM", []byte(base64.StdEncoding.EncodeToString([]byte(text))), 0, 0},
		{"a certificate before it", append(keyFile(t, "rsa2048.crt"), text...), 0, 1},
		{"another certificate before its own", append(append(keyFile(t, "other2048.crt"), keyFile(t, "rsa2048.crt")...), text...), 0, 2},
		{"a public key before it", append(keyFile(t, "public.pem"), text...), 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := tt.data
			if data == nil {
				data = keyFile(t, tt.name)
			}
			asked := 0
			keys, err := xmlenc.ParseKeys(data, func() ([]byte, error) { asked++; return []byte(filePassword), nil })
			if err != nil {
				t.Fatal(err)
			}
			if len(keys) != 1 || !keys[0].Fits(same) {
				t.Fatalf("got %v, want the key of rsa2048.pem", keys)
			}
			if asked != tt.asked {
				t.Errorf("asked for the password %d times, want %d", asked, tt.asked)
			}
			if got := keys[0].Certificates; len(got) != tt.certs || len(got) > 0 && !keys[0].Fits(got[0].PublicKey) {
				t.Errorf("certificates %v, want %d, its own first", got, tt.certs)
			}
		})
	}
}

func utf16LE(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return b
}

func TestParseOtherKeys(t *testing.T) {
	for name, want := range map[string]string{
		"ec.pem": "EC P-256", "ec-pkcs8.pem": "EC P-256", "rsa512.pem": "RSA 512", "rsa1024.pem": "RSA 1024",
		"rsa3072.pem": "RSA 3072", "rsa-pss.pem": "RSA 1024",
	} {
		k := key(t, name)
		if got := k.Describe(); !strings.HasPrefix(got, want+", SHA-256 ") {
			t.Errorf("%s is %q, want %s", name, got, want)
		}
	}
	several, err := xmlenc.ParseKeys(keyFile(t, "several.pem"), nil)
	if err != nil || len(several) != 2 || !several[0].Fits(rsaKey(t, "rsa2048.pem")) || !several[1].Fits(rsaKey(t, "other2048.pem")) {
		t.Errorf("several.pem holds %v (%v)", several, err)
	}
	if several[0].Fits(rsaKey(t, "other2048.pem")) || several[0].Fits(nil) || several[0].Fits(&ecdsa.PublicKey{}) {
		t.Error("a key fits another public key")
	}
	if k := (xmlenc.Key{}); k.Fits(rsaKey(t, "rsa2048.pem")) || k.Describe() == "" {
		t.Error("a key without a private key")
	}
}

// TestParseKeysRefuses says for what people give by mistake what it is and what
// to do.
func TestParseKeysRefuses(t *testing.T) {
	text := string(keyFile(t, "pkcs8.pem"))
	der := keyFile(t, "pkcs8.der")
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"rsa2048.crt", nil, "this is a certificate, not a private key"},
		{"DER certificate", mustDER(t, "rsa2048.crt"), "this is a certificate, not a private key"},
		{"public.pem", nil, "this is a public key, not a private key"},
		{"rsa2048.csr", nil, "certificate signing request"},
		{"openssh.pem", nil, "ssh-keygen -p -m PEM"},
		{"keystore.jks", nil, "keytool -importkeystore"},
		{"dsa.pem", nil, "DSA key"},
		{"dsa-pkcs8.pem", nil, "an RSA key is needed"},
		{"pbe-sha1-3des.pem", nil, "openssl pkcs8 -topk8 -v2 aes256"},
		{"certificates.p12", nil, "no private key"},
		{"empty", []byte(" \n"), "the file is empty"},
		{"PuTTY", []byte("PuTTY-User-Key-File-3: ssh-rsa\n"), "PuTTYgen"},
		{"SSH public key", []byte("ssh-rsa AAAAB3NzaC1yc2E= me"), "SSH public key"},
		{"JWK", []byte(`{"kty":"RSA"}`), "JSON"},
		{".NET", []byte(`<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>`), "RSAKeyValue"},
		{"metadata", []byte(`<EntityDescriptor/>`), "this is XML"},
		{"PGP", []byte("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----\n"), "PGP"},
		{"cut off PEM", []byte(text[:len(text)/2]), "(BEGIN PRIVATE KEY) is damaged"},
		{"cut off DER", der[:len(der)/2], "convert it with openssl"},
		{"text", []byte("hello"), "this is no private key"},
		{"large", make([]byte, 5<<20), "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := tt.data
			if data == nil {
				data = keyFile(t, tt.name)
			}
			keys, err := xmlenc.ParseKeys(data, func() ([]byte, error) { return []byte(filePassword), nil })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v, want %q", keys, err, tt.want)
			}
			if err != nil && (strings.ContainsAny(err.Error(), "\n") || strings.HasSuffix(err.Error(), ".")) {
				t.Errorf("the error is not one sentence without its full stop: %q", err)
			}
		})
	}
}

func mustDER(t *testing.T, name string) []byte {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(keyFile(t, name))), "\n")
	der, err := base64.StdEncoding.DecodeString(strings.Join(lines[1:len(lines)-1], ""))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestPassword(t *testing.T) {
	cancelled := errors.New("cancelled")
	for _, name := range []string{"dek-aes256.pem", "dek-des3.pem", "pbes2-aes256.pem", "pbes2-des3.pem", "pbes2-sha1.der", "scrypt.pem", "modern.p12", "legacy.p12"} {
		for i := range 40 { // a wrong one in 256 leaves a padding that looks right
			wrong := fmt.Sprintf("s3cret%d", i)
			_, err := xmlenc.ParseKeys(keyFile(t, name), func() ([]byte, error) { return []byte(wrong), nil })
			if !errors.Is(err, xmlenc.ErrPassword) || strings.Contains(err.Error(), wrong) {
				t.Errorf("%s: with the password %q: %v", name, wrong, err)
			}
			if strings.HasSuffix(name, ".p12") || name == "pbes2-aes256.pem" && i > 5 {
				break // there is a check value, or it takes long
			}
		}
		if _, err := xmlenc.ParseKeys(keyFile(t, name), nil); !errors.Is(err, xmlenc.ErrPassword) || !strings.Contains(err.Error(), "encrypted") {
			t.Errorf("%s: without a password: %v", name, err)
		}
		if _, err := xmlenc.ParseKeys(keyFile(t, name), func() ([]byte, error) { return nil, cancelled }); !errors.Is(err, cancelled) {
			t.Errorf("%s: cancelled: %v", name, err)
		}
	}
	both := append(keyFile(t, "dek-aes256.pem"), keyFile(t, "pbes2-aes256.pem")...)
	asked := 0
	keys, err := xmlenc.ParseKeys(both, func() ([]byte, error) { asked++; return []byte(filePassword), nil })
	if err != nil || len(keys) != 2 || asked != 1 {
		t.Errorf("two encrypted keys: %v (%v), asked %d times", keys, err, asked)
	}
}

// TestSecretsDoNotShow prints keys in every way that fmt and JSON have.
func TestSecretsDoNotShow(t *testing.T) {
	k := key(t, "rsa2048.pem")
	private := k.Private.(*rsa.PrivateKey)
	for _, verb := range []string{"%v", "%s", "%+v", "%#v", "%q", "%x", "%d"} {
		for _, v := range []any{k, &k, []xmlenc.Key{k}, map[string]xmlenc.Key{"k": k}} {
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf(verb, v) + string(text)
			for _, secret := range []string{private.D.String(), private.D.Text(16), private.Primes[0].String(), private.Primes[0].Text(16)} {
				if strings.Contains(strings.ToLower(got), secret[:20]) {
					t.Errorf("%s of %T shows the key", verb, v)
				}
			}
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "keys", "*"))
	if err != nil || len(files) == 0 {
		f.Fatal("no keys")
	}
	for _, file := range files {
		f.Add(keyFile(f, filepath.Base(file)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := xmlenc.ParseKeys(data, func() ([]byte, error) { return []byte(filePassword), nil })
		if (err == nil) != (len(keys) > 0) {
			t.Fatalf("%d keys, error %v", len(keys), err)
		}
		for _, k := range keys {
			if k.Describe() == "" || k.Private == nil {
				t.Fatal("an empty key")
			}
		}
	})
}
