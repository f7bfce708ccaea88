package encrypt_test

import (
	"crypto/rsa"
	"math/big"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc/encrypt"
)

// recipient has a modulus of the right size; nothing is opened here.
func recipient() encrypt.Recipient {
	n := new(big.Int).Lsh(big.NewInt(1), 2047)
	return encrypt.Recipient{Key: &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537}, Name: "urn:sp"}
}

// TestSameEveryTime: fixtures must not change from one run to the next.
func TestSameEveryTime(t *testing.T) {
	spec := encrypt.Spec{Recipients: []encrypt.Recipient{recipient()}}
	first := encrypt.Data("<a/>", spec)
	if encrypt.Data("<a/>", spec) != first {
		t.Error("the same call gives another text")
	}
	if encrypt.Data("<b/>", spec) == first {
		t.Error("another plaintext gives the same text")
	}
}

func TestReplace(t *testing.T) {
	doc := xmldoc.Parse([]byte(`<r:R xmlns:r="urn:r"><r:A>secret</r:A><r:B/></r:R>`), xmldoc.Options{})
	spec := encrypt.Spec{Recipients: []encrypt.Recipient{recipient()}, Place: encrypt.Beside}
	got := encrypt.Replace(doc.Root().FirstChild(), `r:Encrypted Kind="x"`, spec)
	if !strings.HasPrefix(got, `<r:R xmlns:r="urn:r"><r:Encrypted Kind="x"><xenc:EncryptedData `) || !strings.HasSuffix(got, `</xenc:EncryptedKey></r:Encrypted><r:B/></r:R>`) || strings.Contains(got, "secret") {
		t.Errorf("got %s", got)
	}
	if again := xmldoc.Parse([]byte(got), xmldoc.Options{}); !again.WellFormed() {
		t.Error(again.Errors())
	}
}
