package xmlenc_test

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmlenc"
	"github.com/samlwhy/samlwhy/decode/xmlenc/encrypt"
)

var cipherValue = regexp.MustCompile(`<xenc:CipherValue>[^<]*</xenc:CipherValue>`)

// contentValue replaces the last CipherValue of text, that of the EncryptedData
// where its key is inside.
func contentValue(text, value string) string {
	all := cipherValue.FindAllStringIndex(text, -1)
	at := all[len(all)-1]
	return text[:at[0]] + "<xenc:CipherValue>" + value + "</xenc:CipherValue>" + text[at[1]:]
}

func contentOctets(tb testing.TB, text string) []byte {
	tb.Helper()
	all := cipherValue.FindAllString(text, -1)
	_, value, _ := strings.Cut(all[len(all)-1], ">")
	octets, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(value, "</xenc:CipherValue>"))
	if err != nil {
		tb.Fatal(err)
	}
	return octets
}

func TestFailures(t *testing.T) {
	good := document(encrypt.Data(plain, to(t, "rsa2048.pem", "", encrypt.Transport{})))
	replace := func(old, by string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("there is no %q", old)
		}
		return strings.Replace(good, old, by, 1)
	}
	value := func(v string) string { return contentValue(good, v) }
	spec := func(change func(*encrypt.Spec)) string {
		s := to(t, "rsa2048.pem", "", encrypt.Transport{})
		change(&s)
		return document(encrypt.Data(plain, s))
	}
	of := func(text string, s encrypt.Spec) string {
		s.Recipients = to(t, "rsa2048.pem", "", encrypt.Transport{}).Recipients
		return document(encrypt.Data(text, s))
	}
	keyMethod := `<xenc:EncryptionMethod Algorithm="` + encrypt.DefaultTransport + `">`
	keyInfo := `<ds:KeyInfo xmlns:ds="` + dsig + `">`
	tests := []struct {
		name string
		text string
		step xmlenc.Step
		id   string
		says string
	}{
		{"no CipherData", func() string {
			return good[:strings.LastIndex(good, "<xenc:CipherData>")] + "</xenc:EncryptedData></a:Encrypted></r:Root>"
		}(), xmlenc.StepStructure, xmlenc.NoCipherData, "no CipherData"},
		{"no CipherValue", strings.ReplaceAll(good, "CipherValue>", "Other>"), xmlenc.StepStructure, xmlenc.NoCipherValue, "no CipherValue"},
		{"CipherReference", func() string {
			at := cipherValue.FindAllStringIndex(good, -1)[1]
			return good[:at[0]] + `<xenc:CipherReference URI="http://example.org/"/>` + good[at[1]:]
		}(), xmlenc.StepStructure, xmlenc.CipherReference, "CipherReference"},
		{"not base64", value("AA!A"), xmlenc.StepStructure, xmlenc.NotBase64, "'!' at character 3"},
		{"base64 cut off", value("AAAAA"), xmlenc.StepStructure, xmlenc.NotBase64, "cut off"},
		{"base64 of no ASCII", value("AAAé"), xmlenc.StepStructure, xmlenc.NotBase64, "character 4"},
		{"empty", value(" \n"), xmlenc.StepStructure, xmlenc.Empty, "empty"},
		{"key not base64", strings.Replace(good, "<xenc:CipherValue>", "<xenc:CipherValue>?", 1), xmlenc.StepStructure, xmlenc.NotBase64, "The EncryptedKey"},

		{"no method", spec(func(s *encrypt.Spec) { s.Undeclared = true }), xmlenc.StepAlgorithm, xmlenc.NoMethod, "it opens as AES-256-GCM"},
		{"unknown method", replace(`aes256-gcm`, `aes256`), xmlenc.StepAlgorithm, xmlenc.UnknownAlgorithm, "it opens as AES-256-GCM"},
		{"no key transport method", replace(keyMethod+"</xenc:EncryptionMethod>", ""), xmlenc.StepAlgorithm, xmlenc.NoMethod, "opens it with RSA-OAEP with SHA-1 and MGF1 with SHA-1"},
		{"unknown key transport", replace("rsa-oaep-mgf1p", "rsa-oaep"), xmlenc.StepAlgorithm, xmlenc.UnknownAlgorithm, "opens it with RSA-OAEP"},
		{"unknown digest", spec(func(s *encrypt.Spec) {
			s.Recipients[0].Transport = encrypt.Transport{Digest: "urn:sha256"}
		}), xmlenc.StepAlgorithm, xmlenc.UnknownAlgorithm, "opens it with RSA-OAEP with SHA-256 and MGF1 with SHA-1"},
		{"unknown MGF", spec(func(s *encrypt.Spec) {
			s.Recipients[0].Transport = encrypt.Transport{Method: enc11 + "rsa-oaep", MGF: "urn:sha256"}
		}), xmlenc.StepAlgorithm, xmlenc.UnknownAlgorithm, "MGF1 with SHA-256"},
		{"key wrap", replace(encrypt.DefaultTransport, enc+"kw-aes256"), xmlenc.StepAlgorithm, xmlenc.KeyWrap, "kw-aes256"},
		{"key agreement", func() string {
			text := strings.Replace(good, encrypt.DefaultTransport, enc+"kw-aes256", 1)
			return strings.Replace(text, "</xenc:EncryptionMethod><xenc:CipherData>", `</xenc:EncryptionMethod>`+keyInfo+`<xenc:AgreementMethod Algorithm="`+enc11+`ECDH-ES"/></ds:KeyInfo><xenc:CipherData>`, 1)
		}(), xmlenc.StepAlgorithm, xmlenc.KeyAgreement, "ECDH-ES"},
		{"no EncryptedKey", spec(func(s *encrypt.Spec) { s.Recipients = nil }), xmlenc.StepAlgorithm, xmlenc.NoEncryptedKey, "no EncryptedKey"},
		{"shared key", document(withInfo(encrypt.Data(plain, encrypt.Spec{}), `<ds:KeyName>ours</ds:KeyName>`)), xmlenc.StepAlgorithm, xmlenc.SharedKey, `"ours"`},
		{"agreement without key", document(withInfo(encrypt.Data(plain, encrypt.Spec{}), `<xenc:AgreementMethod Algorithm="`+enc+`dh"/>`)), xmlenc.StepAlgorithm, xmlenc.KeyAgreement, "(dh)"},
		{"derived key", document(withInfo(encrypt.Data(plain, encrypt.Spec{}), `<xenc11:DerivedKey xmlns:xenc11="`+enc11+`"/>`)), xmlenc.StepAlgorithm, xmlenc.Unsupported, "DerivedKey"},
		{"dangling reference", document(withInfo(encrypt.Data(plain, encrypt.Spec{}), `<ds:RetrievalMethod URI="#gone"/>`)), xmlenc.StepAlgorithm, xmlenc.BadReference, `"#gone"`},
		{"reference to itself", document(withInfo(encrypt.Data(plain, encrypt.Spec{ID: "d"}), `<ds:RetrievalMethod URI="#d"/>`)), xmlenc.StepAlgorithm, xmlenc.BadReference, `"#d"`},

		{"another key", document(encrypt.Data(plain, to(t, "other2048.pem", "", encrypt.Transport{}))), xmlenc.StepKey, xmlenc.WrongKey, "encrypted for another key"},
		{"a longer key", document(encrypt.Data(plain, to(t, "rsa3072.pem", "", encrypt.Transport{}))), xmlenc.StepKey, xmlenc.WrongKey, "wrong key for certain: its size is 2048 bits, and the EncryptedKey is for a key of 3072"},
		{"longer than the algorithm's", spec(func(s *encrypt.Spec) {
			s.Method, s.ReallyMethod, s.ContentKey = enc11+"aes128-gcm", enc11+"aes256-gcm", bytes.Repeat([]byte{7}, 32)
		}), xmlenc.StepKey, xmlenc.KeyLength, "32 bytes, and AES-128-GCM takes a key of 16; it opens as AES-256-GCM"},

		{"GCM damaged", func() string {
			octets := contentOctets(t, good)
			octets[20] ^= 1
			return contentValue(good, base64.StdEncoding.EncodeToString(octets))
		}(), xmlenc.StepContent, xmlenc.ContentTag, "tag does not fit"},
		{"GCM short", value("AAAA"), xmlenc.StepContent, xmlenc.ContentLength, "3 bytes"},
		{"another content key", func() string {
			s := to(t, "rsa2048.pem", "", encrypt.Transport{})
			return contentValue(good, base64.StdEncoding.EncodeToString(contentOctets(t, document(encrypt.Data(plain+" ", s)))))
		}(), xmlenc.StepContent, xmlenc.ContentTag, "another key"},

		{"nothing inside", of("", encrypt.Spec{}), xmlenc.StepXML, xmlenc.EmptyPlaintext, "nothing in it"},
		{"nothing inside CBC", of("", encrypt.Spec{Method: enc + "aes128-cbc"}), xmlenc.StepXML, xmlenc.EmptyPlaintext, "nothing in it"},
		{"blanks inside", of(" \n", encrypt.Spec{}), xmlenc.StepXML, xmlenc.EmptyPlaintext, "nothing in it"},
		{"no XML inside", of("<a:Secret>", encrypt.Spec{}), xmlenc.StepXML, xmlenc.NotXML, "not well-formed"},
		{"no XML inside CBC", of("<a:Secret>", encrypt.Spec{Method: enc + "aes128-cbc"}), xmlenc.StepXML, xmlenc.NotXML, "AES-128-CBC does not notice changes"},
		{"undeclared prefix", of("<b:Secret/>", encrypt.Spec{}), xmlenc.StepXML, xmlenc.NotXML, "b"},
		{"text", of("secret", encrypt.Spec{}), xmlenc.StepXML, xmlenc.NoElement, "one element"},
		{"two elements", of("<a:A/><a:B/>", encrypt.Spec{}), xmlenc.StepXML, xmlenc.NoElement, "one element"},
		{"text of no type", of("secret", encrypt.Spec{Type: "-"}), xmlenc.StepXML, xmlenc.NotXML, "not well-formed"},
		{"bad content", of("a < b", encrypt.Spec{Type: enc + "Content"}), xmlenc.StepXML, xmlenc.NotXML, "not well-formed"},
	}
	k := key(t, "rsa2048.pem")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := one(t, tt.text, k)
			fails(t, o, tt.step, tt.id)
			if !strings.Contains(o.Err.Text, tt.says) {
				t.Errorf("%q does not say %q", o.Err.Text, tt.says)
			}
		})
	}
}

// withInfo puts a KeyInfo that holds info into the EncryptedData text.
func withInfo(text, info string) string {
	return strings.Replace(text, "<xenc:CipherData>", `<ds:KeyInfo xmlns:ds="`+dsig+`">`+info+`</ds:KeyInfo><xenc:CipherData>`, 1)
}

// TestNoKey: what is wrong with the message is said without a key too.
func TestNoKey(t *testing.T) {
	good := document(encrypt.Data(plain, to(t, "rsa2048.pem", "", encrypt.Transport{})))
	fails(t, one(t, good), xmlenc.StepNoKey, xmlenc.NoKeyGiven)
	fails(t, one(t, contentValue(good, "")), xmlenc.StepStructure, xmlenc.Empty)
	fails(t, one(t, strings.Replace(good, "aes256-gcm", "aes", 1)), xmlenc.StepAlgorithm, xmlenc.UnknownAlgorithm)
	fails(t, one(t, strings.Replace(good, encrypt.DefaultTransport, enc+"kw-aes128", 1)), xmlenc.StepAlgorithm, xmlenc.KeyWrap)
	fails(t, one(t, good, key(t, "ec.pem")), xmlenc.StepKey, xmlenc.KeyKind)
}

// TestContent: plaintext that is no element is kept as it is where it may be so.
func TestContent(t *testing.T) {
	k := key(t, "rsa2048.pem")
	for _, tt := range []struct {
		plain    string
		document bool
	}{{"text", false}, {"", false}, {" ", false}, {"text <a:A/> and <a:B/>", false}, {"<a:A/>", true}} {
		s := to(t, "rsa2048.pem", "", encrypt.Transport{})
		s.Type = enc + "Content"
		o := one(t, document(encrypt.Data(tt.plain, s)), k)
		if o.Err != nil || o.Plain == nil || string(o.Plain) != tt.plain || (o.Document != nil) != tt.document {
			t.Errorf("%q opens to %q, document %v, %v", tt.plain, o.Plain, o.Document, o.Err)
		}
	}
}

// TestOtherPadding tells the padding that was used from the declared one.
func TestOtherPadding(t *testing.T) {
	k := key(t, "rsa2048.pem")
	oaep := func(digest, mgf int, label string) encrypt.Transport {
		return encrypt.Transport{Method: enc11 + "rsa-oaep", Digest: digests[digest], MGF: mgfs[mgf], Params: []byte(label)}
	}
	pkcs1 := encrypt.Transport{Method: enc + "rsa-1_5"}
	for _, tt := range []struct {
		declared, really encrypt.Transport
		says             string
	}{
		{oaep(2, 0, ""), oaep(0, 0, ""), "SHA-1 as OAEP digest instead of the declared SHA-256"},
		{oaep(2, 2, ""), oaep(2, 0, ""), "MGF1 with SHA-1 instead of the declared MGF1 with SHA-256"},
		{oaep(4, 4, ""), oaep(2, 1, ""), "RSA-OAEP with SHA-256 and MGF1 with SHA-224 instead of the declared RSA-OAEP with SHA-512 and MGF1 with SHA-512"},
		{oaep(0, 0, ""), pkcs1, "RSA PKCS #1 v1.5 instead of the declared RSA-OAEP with SHA-1 and MGF1 with SHA-1"},
		{pkcs1, oaep(3, 3, ""), "RSA-OAEP with SHA-384 and MGF1 with SHA-384 instead of the declared RSA PKCS #1 v1.5"},
		{oaep(0, 0, "label"), oaep(0, 0, ""), "no label instead of the declared OAEPparams"},
		{oaep(0, 0, "label"), oaep(0, 0, "other"), "another label than the declared OAEPparams"},
		{oaep(0, 0, ""), oaep(0, 0, "other"), "a label (OAEPparams) that the message does not give"},
	} {
		for _, method := range contentMethods {
			s := to(t, "rsa2048.pem", method, tt.declared)
			s.Recipients[0].Really = &tt.really
			o := one(t, document(encrypt.Data(plain, s)), k)
			fails(t, o, xmlenc.StepKey, xmlenc.OtherPadding)
			if !strings.Contains(o.Err.Text, "only with "+tt.says) {
				t.Errorf("%q does not say %q", o.Err.Text, tt.says)
			}
			if o.Err.Fits == nil || o.Err.Fits.OAEP != (tt.really.Method != pkcs1.Method) || string(o.Plain) != plain || o.Document == nil {
				t.Errorf("%s: fits %+v, plain %q", tt.says, o.Err.Fits, o.Plain)
			}
		}
	}

	// Neither the padding nor the algorithm of the content is the declared one.
	both := to(t, "rsa2048.pem", enc+"aes256-cbc", oaep(2, 2, ""))
	both.ReallyMethod, both.Recipients[0].Really = enc11+"aes128-gcm", &encrypt.Transport{}
	o := one(t, document(encrypt.Data(plain, both)), key(t, "other2048.pem"), k)
	fails(t, o, xmlenc.StepKey, xmlenc.OtherPadding)
	if !strings.Contains(o.Err.Text, "only as AES-128-GCM instead of the declared AES-256-CBC") || o.Err.Fits.Content != enc11+"aes128-gcm" || string(o.Plain) != plain {
		t.Errorf("%q, fits %+v", o.Err.Text, o.Err.Fits)
	}
	both.Undeclared = true
	o = one(t, document(encrypt.Data(plain, both)), k)
	fails(t, o, xmlenc.StepAlgorithm, xmlenc.NoMethod)
	if !strings.Contains(o.Err.Text, "and the content as AES-128-GCM") || o.Err.Fits.Content != enc11+"aes128-gcm" {
		t.Errorf("%q, fits %+v", o.Err.Text, o.Err.Fits)
	}
	// Several keys do not hide that the algorithm is unknown.
	unknown := document(encrypt.Data(plain, to(t, "rsa1024.pem", "", encrypt.Transport{Digest: "urn:d"})))
	fails(t, one(t, unknown, key(t, "other2048.pem"), key(t, "ec.pem")), xmlenc.StepAlgorithm, xmlenc.UnknownAlgorithm)

	// The key is proved by OAEP alone, also when the content is damaged.
	really := oaep(0, 0, "")
	s := to(t, "rsa2048.pem", "", oaep(2, 2, ""))
	s.Recipients[0].Really = &really
	o = one(t, contentValue(document(encrypt.Data(plain, s)), strings.Repeat("AAAA", 20)), k)
	fails(t, o, xmlenc.StepKey, xmlenc.OtherPadding)
	if o.Plain != nil || !strings.Contains(o.Err.Text, "the content does not open") {
		t.Errorf("%q, plain %q", o.Err.Text, o.Plain)
	}
}

// TestDamaged cuts and changes ciphertext at every octet.
func TestDamaged(t *testing.T) {
	k := key(t, "rsa1024.pem")
	const short = "<a:B>0123456789</a:B>"
	for _, method := range contentMethods {
		text := document(encrypt.Data(short, to(t, "rsa1024.pem", method, encrypt.Transport{})))
		octets := contentOctets(t, text)
		judge := func(what string, at int, changed []byte) {
			o := one(t, contentValue(text, base64.StdEncoding.EncodeToString(changed)), k)
			if o.Err == nil && string(o.Plain) == short {
				t.Errorf("%s: opens all the same with octet %d %s", method, at, what)
			}
			if strings.HasSuffix(method, "-gcm") && (o.Err == nil || o.Err.Step != xmlenc.StepContent && len(changed) > 0) {
				t.Errorf("%s, octet %d %s: %v", method, at, what, o.Err)
			}
		}
		for i := range octets {
			judge("cut off", i, octets[:i])
			judge("left out", i, append(bytes.Clone(octets[:i]), octets[i+1:]...))
			changed := bytes.Clone(octets)
			changed[i] ^= 0x55
			// The padding of CBC may be anything but its last octet.
			if size := blockSize(method); size == 0 || i < len(octets)-2*size || i >= len(octets)-size {
				judge("changed", i, changed)
			}
		}
		for n := range 70 {
			o := one(t, contentValue(text, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{byte(n)}, n))), k)
			if o.Err == nil {
				t.Errorf("%s: %d octets of nothing open to %q", method, n, o.Plain)
			}
		}
	}
}

// blockSize is 0 for GCM.
func blockSize(method string) int {
	switch {
	case strings.HasSuffix(method, "-gcm"):
		return 0
	case strings.HasSuffix(method, "tripledes-cbc"):
		return 8
	}
	return 16
}

// TestDamagedKey cuts and changes the EncryptedKey at every octet.
func TestDamagedKey(t *testing.T) {
	k := key(t, "rsa512.pem")
	for _, transport := range []encrypt.Transport{{}, {Method: enc + "rsa-1_5"}} {
		text := document(encrypt.Data(plain, to(t, "rsa512.pem", enc+"aes128-cbc", transport)))
		at := cipherValue.FindStringIndex(text)
		sealed, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(text[at[0]+len("<xenc:CipherValue>"):at[1]], "</xenc:CipherValue>"))
		if err != nil {
			t.Fatal(err)
		}
		judge := func(changed []byte) {
			value := "<xenc:CipherValue>" + base64.StdEncoding.EncodeToString(changed) + "</xenc:CipherValue>"
			o := one(t, text[:at[0]]+value+text[at[1]:], k)
			if o.Err == nil || o.Err.Step != xmlenc.StepKey && len(changed) > 0 {
				t.Errorf("%d octets: %v", len(changed), o.Err)
			}
		}
		for i := range sealed {
			changed := bytes.Clone(sealed)
			changed[i] ^= 0x55
			judge(changed)
			judge(sealed[:i])
		}
		judge(append(bytes.Clone(sealed), 0))
		judge(bytes.Repeat([]byte{0xff}, len(sealed)))
		judge(make([]byte, len(sealed)))
	}
}
