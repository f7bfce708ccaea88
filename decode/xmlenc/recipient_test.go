package xmlenc_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
	"github.com/samlwhy/samlwhy/decode/xmlenc/encrypt"
)

// TestPlaces finds the EncryptedKey wherever it may stand.
func TestPlaces(t *testing.T) {
	k := key(t, "rsa2048.pem")
	for _, place := range []encrypt.Place{encrypt.Inside, encrypt.Beside, encrypt.Retrieval, encrypt.Reference} {
		s := to(t, "rsa2048.pem", "", encrypt.Transport{})
		s.Place, s.ID, s.Wrap = place, "_d", 76
		opens(t, one(t, document(encrypt.Data(plain, s)), k))
	}

	s := to(t, "rsa2048.pem", "", encrypt.Transport{})
	s.Place, s.ID = encrypt.Beside, "_d"
	text := encrypt.Data(plain, s)
	data, sealed, _ := strings.Cut(text, "</xenc:EncryptedData>")
	data += "</xenc:EncryptedData>"
	elsewhere := func(data, sealed string) string {
		return `<r:Root xmlns:r="urn:root" xmlns:a="urn:a"><a:Header>` + sealed + `</a:Header><a:Encrypted>` + data + `</a:Encrypted></r:Root>`
	}
	list := strings.Replace(sealed, "</xenc:EncryptedKey>", `<xenc:ReferenceList><xenc:DataReference URI="#_other"/><xenc:DataReference URI="#_d"/></xenc:ReferenceList></xenc:EncryptedKey>`, 1)
	carried := strings.Replace(sealed, "</xenc:EncryptedKey>", `<xenc:CarriedKeyName> the key </xenc:CarriedKeyName></xenc:EncryptedKey>`, 1)
	for name, text := range map[string]string{
		"RetrievalMethod to another element": elsewhere(withInfo(data, `<ds:RetrievalMethod URI="#_d-key1"/>`), sealed),
		"ReferenceList in another element":   elsewhere(data, list),
		"CarriedKeyName":                     elsewhere(withInfo(data, `<ds:KeyName>the key</ds:KeyName>`), carried),
		"KeyInfoReference": elsewhere(withInfo(data, `<dsig11:KeyInfoReference xmlns:dsig11="http://www.w3.org/2009/xmldsig11#" URI="#_i"/>`),
			`<ds:KeyInfo Id="_i" xmlns:ds="`+dsig+`">`+sealed+`</ds:KeyInfo>`),
		"beside, for something else": document(data + strings.Replace(list, "#_d", "#_e", 1)),
	} {
		t.Run(name, func(t *testing.T) { opens(t, one(t, text, k)) })
	}
	fails(t, one(t, elsewhere(data, sealed), k), xmlenc.StepAlgorithm, xmlenc.NoEncryptedKey)

	// Two in one element: each its own by the ReferenceList.
	s.Place = encrypt.Reference
	first := encrypt.Data(plain, s)
	s.ID, s.Method = "_e", enc+"aes256-cbc"
	for _, o := range open(t, document(first+encrypt.Data(plain, s)), k) {
		opens(t, o)
		if len(o.Recipients) != 1 {
			t.Errorf("%d recipients, want 1", len(o.Recipients))
		}
	}

	// The EncryptedData as the root itself.
	s = to(t, "rsa2048.pem", "", encrypt.Transport{})
	o := one(t, encrypt.Data(`<a:Secret xmlns:a="urn:a"/>`, s), k)
	if o.Err != nil || o.Element != o.Data || o.Document.Root().Path() != "/Secret" {
		t.Errorf("the root: %v, element %v", o.Err, o.Element.Name())
	}
}

// x509 is a KeyInfo's content with the certificate in a file.
func x509(t *testing.T, name string) string {
	t.Helper()
	return "<ds:X509Data><ds:X509Certificate>\n" + base64.StdEncoding.EncodeToString(mustDER(t, name)) + "\n</ds:X509Certificate></ds:X509Data>"
}

func TestSeveralRecipientsAndKeys(t *testing.T) {
	own, other, ec := key(t, "rsa2048.pem"), key(t, "other2048.pem"), key(t, "ec.pem")
	spec := encrypt.Spec{Recipients: []encrypt.Recipient{
		{Key: rsaKey(t, "rsa3072.pem"), Name: "urn:proxy"},
		{Key: rsaKey(t, "rsa2048.pem"), Name: "urn:sp", KeyInfo: "<ds:KeyName>sp</ds:KeyName>" + x509(t, "rsa2048.crt"),
			Transport: encrypt.Transport{Method: enc11 + "rsa-oaep", Digest: digests[2], MGF: mgfs[0], Params: []byte("p")}},
	}}
	for _, place := range []encrypt.Place{encrypt.Inside, encrypt.Beside, encrypt.Retrieval} {
		spec.Place = place
		o := one(t, document(encrypt.Data(plain, spec)), ec, other, own)
		opens(t, o)
		if o.Key.From != own.From || o.Recipient.Name != "urn:sp" || len(o.Recipients) != 2 {
			t.Errorf("opened with %s for %s, %d recipients", o.Key.From, o.Recipient.Name, len(o.Recipients))
		}
		r := o.Recipient
		if r.Digest != digests[2] || r.MGF != mgfs[0] || string(r.Params) != "p" || r.Method != enc11+"rsa-oaep" {
			t.Errorf("recipient %+v", r)
		}
		if len(r.Hints) != 2 || r.Hints[0].Name().Local != "KeyName" || r.Hints[1].Name().Local != "X509Certificate" ||
			len(r.Certificates) != 1 || r.Certificates[0].Subject != "CN=sp.example.org" {
			t.Errorf("hints %v, certificates %v", r.Hints, r.Certificates)
		}
	}

	// No key fits: what happened with each, the named one first.
	spec.Recipients[1].Key = rsaKey(t, "rsa1024.pem")
	o := one(t, document(encrypt.Data(plain, spec)), ec, other, own)
	fails(t, o, xmlenc.StepKey, xmlenc.WrongKey)
	if want := "None of the 3 given keys opens one of the 2 EncryptedKeys: they are encrypted for other keys."; o.Err.Text != want {
		t.Errorf("%q, want %q", o.Err.Text, want)
	}
	a := o.Err.Attempts
	if len(a) != 6 || !a[0].Named || a[0].Key.From != own.From || !a[0].Certain || a[1].Named || a[1].ID != xmlenc.KeyKind {
		t.Errorf("attempts %+v", a)
	}
	fails(t, one(t, document(encrypt.Data(plain, spec)), own), xmlenc.StepKey, xmlenc.WrongKey)

	// Another key of the same size: not certain before it was tried, but tried.
	o = one(t, document(encrypt.Data(plain, to(t, "rsa2048.pem", "", encrypt.Transport{}))), other, ec)
	fails(t, o, xmlenc.StepKey, xmlenc.WrongKey)
	if !strings.HasPrefix(o.Err.Text, "None of the 2 given keys opens the EncryptedKey") {
		t.Errorf("%q", o.Err.Text)
	}
}

// TestNested opens what is encrypted within what was encrypted.
func TestNested(t *testing.T) {
	k, other := key(t, "rsa2048.pem"), key(t, "other2048.pem")
	inner := `<a:Outer><a:EncryptedID>` + encrypt.Data(plain, to(t, "other2048.pem", enc+"aes128-cbc", encrypt.Transport{})) + `</a:EncryptedID></a:Outer>`
	text := encrypt.Data(inner, to(t, "rsa2048.pem", "", encrypt.Transport{}))
	all := open(t, document(text+encrypt.Data(plain, to(t, "rsa2048.pem", "", encrypt.Transport{}))), k, other)
	if len(all) != 3 {
		t.Fatalf("%d were found, want 3", len(all))
	}
	opens(t, all[1])
	opens(t, all[2])
	if all[0].Err != nil || all[1].Depth != 1 || all[2].Depth != 0 || all[1].Key.From != "other2048.pem" {
		t.Errorf("%v, depths %d %d, key %v", all[0].Err, all[1].Depth, all[2].Depth, all[1].Key)
	}
	if got, want := all[1].Data.Path(), "/Root/Encrypted/Outer/EncryptedID/EncryptedData"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}

	// The EncryptedKey stands around what it is for.
	s := to(t, "rsa2048.pem", "", encrypt.Transport{})
	s.Place, s.ID = encrypt.Beside, "_n"
	data, sealed, _ := strings.Cut(encrypt.Data(plain, s), "</xenc:EncryptedData>")
	data = withInfo(data, `<ds:RetrievalMethod URI="#_n-key1"/>`) + "</xenc:EncryptedData>"
	all = open(t, `<r:Root xmlns:r="urn:root" xmlns:a="urn:a"><a:Header>`+sealed+`</a:Header>`+encrypt.Data(`<a:Outer>`+data+`</a:Outer>`, to(t, "rsa2048.pem", "", encrypt.Transport{}))+`</r:Root>`, k)
	if len(all) != 2 {
		t.Fatalf("%d were found, want 2", len(all))
	}
	opens(t, all[1])
}

func TestLimits(t *testing.T) {
	k := key(t, "rsa512.pem")
	s := to(t, "rsa512.pem", enc+"aes128-cbc", encrypt.Transport{})
	deep := plain
	for range 8 {
		deep = encrypt.Data("<a:E>"+deep+"</a:E>", s)
	}
	parse := func(text string) *xmldoc.Document { return xmldoc.Parse([]byte(text), xmldoc.Options{}) }
	if got := xmlenc.Open(parse(document(deep)), []xmlenc.Key{k}, xmlenc.Options{}); len(got) != 5 {
		t.Errorf("%d levels were opened, want 5", len(got))
	}
	if got := xmlenc.Open(parse(document(deep)), []xmlenc.Key{k}, xmlenc.Options{Depth: 2}); len(got) != 3 {
		t.Errorf("%d levels were opened, want 3", len(got))
	}
	many := document(strings.Repeat(encrypt.Data(plain, s), 120))
	if got := open(t, many, k); len(got) != 100 {
		t.Errorf("%d were opened, want 100", len(got))
	}
	got := xmlenc.Open(parse(many), []xmlenc.Key{k}, xmlenc.Options{Count: 3, Bytes: 200})
	if len(got) != 3 || got[0].Err != nil {
		t.Fatalf("%d, first %v", len(got), got[0].Err)
	}
	fails(t, got[2], xmlenc.StepStructure, xmlenc.Limit)

	// Thousands of pairs of key and recipient cost no more than the limit.
	wrong := make([]xmlenc.Key, 200)
	for i := range wrong {
		wrong[i] = key(t, "rsa-pss.pem") // of the same size
	}
	s = encrypt.Spec{Recipients: make([]encrypt.Recipient, 40)}
	for i := range s.Recipients {
		s.Recipients[i] = encrypt.Recipient{Key: rsaKey(t, "rsa1024.pem")}
	}
	other := document(encrypt.Data(plain, s))
	o := one(t, other, wrong...)
	fails(t, o, xmlenc.StepKey, xmlenc.WrongKey)
	tried := 0
	for _, a := range o.Err.Attempts {
		if a.ID == xmlenc.WrongKey {
			tried++
		}
	}
	if len(o.Recipients) != 32 || tried != 250 {
		t.Errorf("%d recipients were read and %d pairs tried, want 32 and 250", len(o.Recipients), tried)
	}
}

// TestBrokenOff reads a document that ends anywhere.
func TestBrokenOff(t *testing.T) {
	k := key(t, "rsa512.pem")
	text := document(encrypt.Data(plain, to(t, "rsa512.pem", enc+"aes128-cbc", encrypt.Transport{})))
	for i := range text {
		doc := xmldoc.Parse([]byte(text[:i]), xmldoc.Options{})
		for _, o := range xmlenc.Open(doc, []xmlenc.Key{k}, xmlenc.Options{}) {
			if o.Data.Closed() {
				opens(t, o)
			} else {
				fails(t, o, xmlenc.StepStructure, xmlenc.BrokenOff)
			}
		}
	}
	// An EncryptedKey that did not come through to its end.
	s := to(t, "rsa512.pem", "", encrypt.Transport{})
	s.Place = encrypt.Beside
	text = document(encrypt.Data(plain, s))
	for i := strings.Index(text, "</xenc:EncryptedData>") + len("</xenc:EncryptedData>"); i < strings.Index(text, "</xenc:EncryptedKey>"); i++ {
		for _, o := range xmlenc.Open(xmldoc.Parse([]byte(text[:i]), xmldoc.Options{}), []xmlenc.Key{k}, xmlenc.Options{}) {
			fails(t, o, xmlenc.StepStructure, xmlenc.BrokenOff)
		}
	}
}

// TestBase64Blanks reads base64 however it is broken into lines.
func TestBase64Blanks(t *testing.T) {
	k := key(t, "rsa512.pem")
	text := document(encrypt.Data(plain, to(t, "rsa512.pem", enc+"aes128-cbc", encrypt.Transport{})))
	for _, gap := range []string{" ", "\n", "\r\n", "\t", "&#13;\n", "&#xD;&#xA;", "<!-- -->", "<?pi?>"} {
		octets := base64.StdEncoding.EncodeToString(contentOctets(t, text))
		opens(t, one(t, contentValue(text, gap+octets[:5]+gap+octets[5:17]+gap+gap+octets[17:]+gap), k))
	}
	opens(t, one(t, contentValue(text, "<![CDATA["+base64.StdEncoding.EncodeToString(contentOctets(t, text))+"]]>"), k))
}

func FuzzOpen(f *testing.F) {
	k := []xmlenc.Key{key(f, "rsa512.pem"), key(f, "ec.pem")}
	for _, method := range contentMethods {
		for _, place := range []encrypt.Place{encrypt.Inside, encrypt.Beside, encrypt.Retrieval, encrypt.Reference} {
			s := to(f, "rsa512.pem", method, encrypt.Transport{Method: enc + "rsa-1_5"})
			s.Place, s.ID = place, "_d"
			f.Add([]byte(document(encrypt.Data(plain, s))))
		}
	}
	f.Add([]byte(document(withInfo(encrypt.Data(plain, encrypt.Spec{}), `<ds:KeyName>ours</ds:KeyName>`))))
	f.Fuzz(func(t *testing.T, text []byte) {
		all := xmlenc.Open(xmldoc.Parse(bytes.Clone(text), xmldoc.Options{}), k, xmlenc.Options{})
		for _, o := range all {
			switch {
			case o.Element == nil || o.Data == nil:
				t.Fatal("no element")
			case o.Err == nil && (o.Plain == nil || o.Key == nil || o.Recipient == nil):
				t.Fatalf("opened without a key: %+v", o)
			case o.Err != nil && (o.Err.Text == "" || o.Err.Node == nil || o.Err.ID == "" || o.Err.Step == ""):
				t.Fatalf("an empty error: %+v", o.Err)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	k := key(b, "rsa2048.pem")
	for _, size := range []int{6 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			content := "<a:S>" + strings.Repeat("<a:V>0123456789 0123456789</a:V>\n", size/33) + "</a:S>"
			doc := xmldoc.Parse([]byte(document(encrypt.Data(content, to(b, "rsa2048.pem", enc11+"aes256-gcm", encrypt.Transport{})))), xmldoc.Options{})
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if o := xmlenc.Open(doc, []xmlenc.Key{k}, xmlenc.Options{}); o[0].Err != nil {
					b.Fatal(o[0].Err)
				}
			}
		})
	}
}

// TestNamedButWrong: the EncryptedKey carries the certificate of the given key and
// does not open with it.
func TestNamedButWrong(t *testing.T) {
	s := to(t, "other2048.pem", "", encrypt.Transport{})
	s.Recipients[0].KeyInfo = x509(t, "rsa2048.crt")
	o := one(t, document(encrypt.Data(plain, s)), key(t, "rsa2048.pem"))
	fails(t, o, xmlenc.StepKey, xmlenc.WrongKey)
	if !o.Err.Attempts[0].Named || !strings.Contains(o.Err.Text, "although that carries its certificate") {
		t.Errorf("%q, %+v", o.Err.Text, o.Err.Attempts)
	}
}

// TestReferenceLoop follows references that lead in circles, many at once.
func TestReferenceLoop(t *testing.T) {
	ref := strings.Repeat(`<dsig11:KeyInfoReference xmlns:dsig11="http://www.w3.org/2009/xmldsig11#" URI="#_i"/>`, 300)
	data := encrypt.Data(plain, encrypt.Spec{})
	text := strings.Replace(data, "<xenc:CipherData>", `<ds:KeyInfo Id="_i" xmlns:ds="`+dsig+`">`+ref+`</ds:KeyInfo><xenc:CipherData>`, 1)
	fails(t, one(t, document(text)), xmlenc.StepAlgorithm, xmlenc.BadReference)
}
