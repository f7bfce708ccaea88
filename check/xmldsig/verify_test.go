package xmldsig_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	mathrand "math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var (
	signatureValue = regexp.MustCompile(`(SignatureValue>)([^<]*)(</)`)
	digestValue    = regexp.MustCompile(`(DigestValue>)([^<]*)(</)`)
)

func withValue(text string, value []byte) string {
	return signatureValue.ReplaceAllString(text, "${1}"+base64.StdEncoding.EncodeToString(value)+"${3}")
}

func TestVerifyValueReasons(t *testing.T) {
	rsaText := signed(t, response(plainAssertion), sign.Template{}, "rsa2048")
	ecText := signed(t, response(plainAssertion), sign.Template{SignatureMethod: more + "ecdsa-sha256"}, "p256")
	rsaKey, ecKey := sign.MustKey("rsa2048"), sign.MustKey("p256")
	value := func(text string) []byte { return parse(t, []byte(text))[0].Value }
	info := func(text string) []byte {
		var b bytes.Buffer
		if err := parse(t, []byte(text))[0].CanonicalSignedInfo(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	digest := func(h crypto.Hash, b []byte) []byte {
		w := h.New()
		w.Write(b)
		return w.Sum(nil)
	}
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	private := rsaKey.Private.(*rsa.PrivateKey)
	const pss = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
	pssText := signed(t, response(plainAssertion), sign.Template{SignatureMethod: pss}, "rsa2048")
	// PSS is salted: one value in several hundred looks right under a wrong key.
	for parse(t, []byte(pssText))[0].VerifyValue(sign.MustKey("other").Public).Reason == xmldsig.ReasonMismatch {
		pssText = signed(t, response(plainAssertion), sign.Template{SignatureMethod: pss}, "rsa2048")
	}

	for _, tt := range []struct {
		name   string
		text   string
		key    crypto.PublicKey
		reason xmldsig.Reason
		fits   bool // KeyFits
		same   bool // ContentFits
		signed crypto.Hash
	}{
		{"right", rsaText, rsaKey.Public, xmldsig.ReasonOK, true, true, crypto.SHA256},
		{"another key", rsaText, sign.MustKey("other").Public, xmldsig.ReasonWrongKey, false, false, 0},
		{"a key of another size", rsaText, sign.MustKey("rsa1024").Public, xmldsig.ReasonWrongKey, false, false, 0},
		{"SignedInfo edited", strings.Replace(rsaText, `URI="#_a1"`, `URI="#_r1"`, 1), rsaKey.Public, xmldsig.ReasonOtherContent, true, false, crypto.SHA256},
		{"signed with SHA-1, says SHA-256", withValue(rsaText, must(rsa.SignPKCS1v15(nil, private, crypto.SHA1, digest(crypto.SHA1, info(rsaText))))), rsaKey.Public, xmldsig.ReasonOtherHash, true, true, crypto.SHA1},
		{"method edited", strings.Replace(rsaText, "#rsa-sha256", "#rsa-sha512", 1), rsaKey.Public, xmldsig.ReasonOtherHash, true, false, crypto.SHA256},
		{"signed with PSS, says PKCS #1", withValue(rsaText, must(rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest(crypto.SHA256, info(rsaText)), nil))), rsaKey.Public, xmldsig.ReasonOtherPadding, true, true, 0},
		{"signed with PKCS #1, says PSS", withValue(pssText, must(rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest(crypto.SHA256, info(pssText))))), rsaKey.Public, xmldsig.ReasonOtherPadding, true, true, crypto.SHA256},
		{"PSS with another salt length", withValue(pssText, must(rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest(crypto.SHA256, info(pssText)), &rsa.PSSOptions{SaltLength: 20}))), rsaKey.Public, xmldsig.ReasonOtherPadding, true, true, 0},
		{"PSS", pssText, rsaKey.Public, xmldsig.ReasonOK, true, true, 0},
		{"PSS of another key", pssText, sign.MustKey("other").Public, xmldsig.ReasonWrongKey, false, false, 0},
		{"truncated", withValue(rsaText, value(rsaText)[:250]), rsaKey.Public, xmldsig.ReasonTruncated, false, false, 0},
		{"too long", withValue(rsaText, append(value(rsaText), 1, 2, 3)), rsaKey.Public, xmldsig.ReasonTooLong, false, false, 0},
		{"damaged", withValue(rsaText, append([]byte{1}, value(rsaText)[1:]...)), rsaKey.Public, xmldsig.ReasonWrongKey, false, false, 0},
		{"not base64", signatureValue.ReplaceAllString(rsaText, "$1&amp;$2$3"), rsaKey.Public, xmldsig.ReasonBadBase64, false, false, 0},
		{"empty", signatureValue.ReplaceAllString(rsaText, "$1 $3"), rsaKey.Public, xmldsig.ReasonMissing, false, false, 0},
		{"no SignatureValue", remove(rsaText, "SignatureValue"), rsaKey.Public, xmldsig.ReasonMissing, false, false, 0},
		{"unknown algorithm", strings.Replace(rsaText, "#rsa-sha256", "#rsa-sha257", 1), rsaKey.Public, xmldsig.ReasonUnsupportedAlgorithm, false, false, 0},
		{"HMAC", strings.Replace(rsaText, "#rsa-sha256", "#hmac-sha256", 1), rsaKey.Public, xmldsig.ReasonUnsupportedAlgorithm, false, false, 0},
		{"EC key for RSA", rsaText, ecKey.Public, xmldsig.ReasonKeyTypeMismatch, false, false, 0},
		{"no key", rsaText, nil, xmldsig.ReasonUnusableKey, false, false, 0},
		{"absurd key", rsaText, &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 100_000), E: 3}, xmldsig.ReasonUnusableKey, false, false, 0},
		{"short Ed25519 key", rsaText, ed25519.PublicKey{1}, xmldsig.ReasonUnusableKey, false, false, 0},
		{"SignedInfo without canonical form", strings.Replace(rsaText, "<ds:SignedInfo>", `<ds:SignedInfo xmlns:r="relative">`, 1), rsaKey.Public, xmldsig.ReasonUnreadable, false, false, 0},
		{"ECDSA", ecText, ecKey.Public, xmldsig.ReasonOK, true, true, 0},
		{"ECDSA as DER", withValue(ecText, must(ecdsa.SignASN1(rand.Reader, ecKey.Private.(*ecdsa.PrivateKey), digest(crypto.SHA256, info(ecText))))), ecKey.Public, xmldsig.ReasonDEREncoded, true, true, 0},
		{"ECDSA cut", withValue(ecText, value(ecText)[:61]), ecKey.Public, xmldsig.ReasonTruncated, false, false, 0},
		{"ECDSA, content edited", strings.Replace(ecText, `URI="#_a1"`, `URI="#_r1"`, 1), ecKey.Public, xmldsig.ReasonMismatch, false, false, 0},
		{"ECDSA of a larger curve", ecText, sign.MustKey("p384").Public, xmldsig.ReasonMismatch, false, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := parse(t, []byte(tt.text))[0].VerifyValue(tt.key)
			if v.Reason != tt.reason || v.OK != (tt.reason == xmldsig.ReasonOK) || v.KeyFits != tt.fits || v.ContentFits != tt.same || v.Signed != tt.signed {
				t.Errorf("got %v, KeyFits %t, ContentFits %t, Signed %v; want %v, %t, %t, %v", v, v.KeyFits, v.ContentFits, v.Signed, tt.reason, tt.fits, tt.same, tt.signed)
			}
		})
	}

	t.Run("nonstandard algorithm", func(t *testing.T) {
		text := strings.Replace(response(plainAssertion), "@signature@", sign.Template{URI: "#_a1", SignatureMethod: more + "rsa-sha1"}.String(), 1)
		text, err := sign.Document(text, rsaKey)
		if err != nil {
			t.Fatal(err)
		}
		s := parse(t, []byte(text))[0]
		if v := s.VerifyValue(rsaKey.Public); v.OK || v.Reason != xmldsig.ReasonNonstandardAlgorithm || !v.KeyFits || !v.ContentFits {
			t.Errorf("got %v", v)
		}
	})
}

// TestLargeKey has a key that is not left to crypto/rsa.
func TestLargeKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2304)
	if err != nil {
		t.Fatal(err)
	}
	octets := []byte("SAMLResponse=x")
	digest := sha256.Sum256(octets)
	value, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(value)
	damaged[9] ^= 1
	for _, tt := range []struct {
		name, octets, method string
		value                []byte
		reason               xmldsig.Reason
	}{
		{"right", "SAMLResponse=x", more + "rsa-sha256", value, xmldsig.ReasonOK},
		{"other content", "SAMLResponse=y", more + "rsa-sha256", value, xmldsig.ReasonOtherContent},
		{"other hash", "SAMLResponse=x", more + "rsa-sha512", value, xmldsig.ReasonOtherHash},
		{"damaged", "SAMLResponse=x", more + "rsa-sha256", damaged, xmldsig.ReasonWrongKey},
		{"cut", "SAMLResponse=x", more + "rsa-sha256", value[:200], xmldsig.ReasonTruncated},
	} {
		v := xmldsig.VerifyRedirect([]byte(tt.octets), tt.method, tt.value, &key.PublicKey)
		if v.Reason != tt.reason || v.OK != (tt.reason == xmldsig.ReasonOK) {
			t.Errorf("%s: got %v, want %v", tt.name, v, tt.reason)
		}
	}
}

// TestDigest looks at what is said of References whose digest is not just right
// or wrong.
func TestDigest(t *testing.T) {
	base := signed(t, response(plainAssertion), sign.Template{}, "rsa2048")
	for _, tt := range []struct{ name, text, err string }{
		{"right", base, ""},
		{"no such ID", strings.Replace(base, "#_a1", "#_a2", 1), `no element has the ID that is signed: "_a2"`},
		{"outside", strings.Replace(base, "#_a1", "https://x/y", 1), `what is signed is not in this document: the Reference is to "https://x/y"`},
		{"an XPointer of another kind", strings.Replace(base, "#_a1", "#xpointer(//x)", 1), `the XPointer "#xpointer(//x)" is not carried out here`},
		{"XSLT", strings.Replace(base, xmldsig.TransformEnveloped, "http://www.w3.org/TR/1999/REC-xslt-19991116", 1), `the transform "http://www.w3.org/TR/1999/REC-xslt-19991116" is not carried out here`},
		{"DigestValue is not base64", digestValue.ReplaceAllString(base, "$1?$3"), "the DigestValue cannot be read: illegal base64 data at input byte 0"},
		{"DigestValue is empty", digestValue.ReplaceAllString(base, "$1$3"), "the DigestValue cannot be read: it is empty"},
		{"a relative namespace", strings.Replace(base, "<samlp:Response ", `<samlp:Response xmlns:r="rel" `, 1), `the document has no canonical form, because a namespace name is a relative URI: "rel"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := parse(t, []byte(tt.text))[0].References[0].Digest()
			got := ""
			if d.Err != nil {
				got = d.Err.Error()
			}
			if got != tt.err || d.Match != (tt.err == "") {
				t.Errorf("got %q, match %t; want %q", got, d.Match, tt.err)
			}
			if d.Match && d.Size == 0 {
				t.Error("nothing was hashed")
			}
		})
	}

	t.Run("nothing is hashed", func(t *testing.T) {
		// An Object of the Signature itself, which enveloped-signature leaves out.
		text := signed(t, response(plainAssertion), sign.Template{URI: "#o", Objects: `<ds:Object Id="o"/>`}, "rsa2048")
		if d := parse(t, []byte(text))[0].References[0].Digest(); !d.Match || d.Size != 0 {
			t.Errorf("got %+v", d)
		}
	})

	t.Run("duplicate ID", func(t *testing.T) {
		text := strings.Replace(base, "</samlp:Response>", `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1"/></samlp:Response>`, 1)
		r := parse(t, []byte(text))[0].References[0]
		if len(r.Targets) != 2 || r.Target != r.Targets[0] || !r.Digest().Match {
			t.Errorf("%d targets, match %t", len(r.Targets), r.Digest().Match)
		}
	})

	t.Run("canonical octets", func(t *testing.T) {
		r := parse(t, []byte(base))[0].References[0]
		var b bytes.Buffer
		if err := r.Canonical(&b); err != nil {
			t.Fatal(err)
		}
		want := `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1"><saml:Issuer>i</saml:Issuer><saml:Subject><saml:NameID>user@example.com</saml:NameID></saml:Subject></saml:Assertion>`
		if b.String() != want {
			t.Errorf("got %s", b.String())
		}
	})
}

// TestWorkIsBounded names the same large content in many References, which must
// end with an error instead of taking as long as it asks for.
func TestWorkIsBounded(t *testing.T) {
	reference := `<Reference URI="#a"><DigestMethod Algorithm="` + sign.SHA256 + `"/><DigestValue>AAAA</DigestValue></Reference>`
	src := `<r><Signature xmlns="` + xmldsig.Namespace + `"><SignedInfo><CanonicalizationMethod Algorithm="` + xmldsig.ExclusiveC14N +
		`"/><SignatureMethod Algorithm="` + sign.RSASHA256 + `"/>` + strings.Repeat(reference, 2000) + `</SignedInfo></Signature><a ID="a">` + strings.Repeat("x", 1<<20) + `</a></r>`
	refs := parse(t, []byte(src))[0].References
	if len(refs) != 2000 {
		t.Fatalf("%d references", len(refs))
	}
	refused := 0
	for _, r := range refs {
		if r.Digest().Err != nil {
			refused++
		}
	}
	if refused < 1500 || refused == len(refs) {
		t.Errorf("%d of %d references were refused", refused, len(refs))
	}
}

// TestOpenSSL holds single signatures against openssl, both ways: algorithms
// that libxmlsec1 1.2 does not have, and values whose document is changed, where
// it does not look.
func TestOpenSSL(t *testing.T) {
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	x := &xmlsec{t: t, dir: t.TempDir()}
	octets := []byte("SAMLResponse=abc&RelayState=%2b&SigAlg=x")
	file := x.write("octets", octets)
	run := func(args ...string) ([]byte, error) { return exec.Command(path, args...).Output() }
	for _, name := range []string{"rsa2048", "p256", "p384", "p521", "ed25519"} {
		key := sign.MustKey(name)
		x.write(name+".key", key.KeyPEM)
		public, err := run("pkey", "-in", filepath.Join(x.dir, name+".key"), "-pubout")
		if err != nil {
			t.Fatal(err)
		}
		x.write(name+".pub", public)
	}
	in := func(name string) string { return filepath.Join(x.dir, name) }

	for _, tt := range []struct {
		alg, key string
		args     []string
	}{
		{"http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1", "rsa2048", []string{"-sha1", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"}},
		{"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "rsa2048", []string{"-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"}},
		{"http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", "rsa2048", []string{"-sha512", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:64"}},
		{"http://www.w3.org/2007/05/xmldsig-more#sha3-256-rsa-MGF1", "rsa2048", []string{"-sha3-256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"}},
		{"http://www.w3.org/2007/05/xmldsig-more#rsa-pss", "rsa2048", []string{"-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"}},
		{"http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-256", "p256", []string{"-sha3-256"}},
		{"http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-512", "p521", []string{"-sha3-512"}},
		{more + "ecdsa-sha384", "p384", []string{"-sha384"}},
		{"http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", "ed25519", nil},
	} {
		t.Run(tt.alg[strings.LastIndexByte(tt.alg, '#')+1:]+" with "+tt.key, func(t *testing.T) {
			key := sign.MustKey(tt.key)
			var theirs []byte
			var err error
			if tt.args == nil {
				theirs, err = run("pkeyutl", "-sign", "-rawin", "-inkey", in(tt.key+".key"), "-in", file)
			} else {
				theirs, err = run(append(append([]string{"dgst"}, tt.args...), "-sign", in(tt.key+".key"), file)...)
			}
			if err != nil {
				t.Skipf("this openssl does not sign with it: %v", err)
			}
			want := xmldsig.ReasonOK
			if _, ok := key.Private.(*ecdsa.PrivateKey); ok {
				want = xmldsig.ReasonDEREncoded
			}
			if v := xmldsig.VerifyRedirect(octets, tt.alg, theirs, key.Public); v.Reason != want {
				t.Errorf("made by openssl: %v, want %s", v, want)
			}
			if v := xmldsig.VerifyRedirect(append(octets, 'x'), tt.alg, theirs, key.Public); v.OK || v.Reason == xmldsig.ReasonDEREncoded {
				t.Errorf("of other octets: %v", v)
			}
			if want != xmldsig.ReasonOK || tt.args == nil {
				return
			}
			mine, err := key.Sign(xmldsig.SignatureAlgorithmOf(tt.alg), octets)
			if err != nil {
				t.Fatal(err)
			}
			sig := x.write("sig", mine)
			if out, err := run(append(append([]string{"dgst"}, tt.args...), "-verify", in(tt.key+".pub"), "-signature", sig, file)...); err != nil {
				t.Errorf("openssl refuses ours: %v %s", err, out)
			}
		})
	}

	t.Run("values under broken digests", func(t *testing.T) {
		hash := map[crypto.Hash]string{crypto.MD5: "-md5", crypto.SHA1: "-sha1", crypto.SHA224: "-sha224", crypto.SHA256: "-sha256", crypto.SHA384: "-sha384", crypto.SHA512: "-sha512"}
		checked := map[bool]int{}
		for seed := uint64(1); checked[true]+checked[false] < 40; seed++ {
			g := &generator{Rand: mathrand.New(mathrand.NewPCG(seed, 77))}
			text, _ := g.message()
			text = strings.ReplaceAll(strings.Replace(text, "@encoding@", "UTF-8", 1), "@method@", pick(g, methods["rsa2048"]...))
			text, err := sign.Document(text, sign.MustKey("rsa2048"))
			if err != nil {
				t.Fatal(err)
			}
			if g.chance(50) {
				text = strings.Replace(text, "StatusCode", "statusCode", 1)
			} else {
				text = digestValue.ReplaceAllString(text, "${1}47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=${3}")
			}
			doc := xmldoc.Parse([]byte(text), xmldoc.Options{})
			for _, s := range xmldsig.Find(xmldsig.NewIndex(doc, idNames...)) {
				v := s.VerifyValue(sign.MustKey("rsa2048").Public)
				var info bytes.Buffer
				if err := s.CanonicalSignedInfo(&info); err != nil {
					t.Fatal(err)
				}
				_, err := run("dgst", hash[s.Algorithm.Hash], "-verify", in("rsa2048.pub"), "-signature", x.write("sig", s.Value), x.write("info", info.Bytes()))
				if v.OK != (err == nil) {
					t.Errorf("seed %d: ours %v, openssl %v", seed, v, err)
				}
				checked[v.OK]++
			}
		}
		if checked[true] == 0 || checked[false] == 0 {
			t.Errorf("checked %v: one of the outcomes never came up", checked)
		}
		t.Logf("%d values that verify, %d that do not", checked[true], checked[false])
	})
}

// FuzzVerify asks everything of whatever is found, and compares nothing: it must
// only come to an end.
func FuzzVerify(f *testing.F) {
	for seed := range uint64(30) {
		if m, err := newMessage(seed, nil, ""); err == nil {
			f.Add(m.source)
		}
	}
	keys := []crypto.PublicKey{nil}
	for _, name := range sign.Names() {
		keys = append(keys, sign.MustKey(name).Public)
	}
	f.Fuzz(func(_ *testing.T, src []byte) {
		index := xmldsig.NewIndex(xmldoc.Parse(src, xmldoc.Options{Limits: xmldoc.Limits{Nodes: 10_000}}), idNames...)
		for i, s := range xmldsig.Find(index) {
			if i == 5 {
				break
			}
			for _, r := range s.References[:min(len(s.References), 5)] {
				_ = r.Digest()
			}
			for _, key := range keys {
				_ = s.VerifyValue(key)
			}
			for _, c := range s.KeyInfo().Certificates() {
				_ = s.VerifyValue(c.PublicKey)
			}
		}
	})
}
