package xmlenc_test

import (
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
	"github.com/samlwhy/samlwhy/decode/xmlenc/encrypt"
)

const (
	enc     = xmlenc.Namespace
	enc11   = xmlenc.Namespace11
	dsig    = "http://www.w3.org/2000/09/xmldsig#"
	dsigMor = "http://www.w3.org/2001/04/xmldsig-more#"
)

var (
	contentMethods = []string{enc + "aes128-cbc", enc + "aes192-cbc", enc + "aes256-cbc", enc11 + "aes128-gcm", enc11 + "aes192-gcm", enc11 + "aes256-gcm", enc + "tripledes-cbc"}
	digests        = []string{dsig + "sha1", dsigMor + "sha224", enc + "sha256", dsigMor + "sha384", enc + "sha512"}
	mgfs           = []string{enc11 + "mgf1sha1", enc11 + "mgf1sha224", enc11 + "mgf1sha256", enc11 + "mgf1sha384", enc11 + "mgf1sha512"}
)

// plain is what the tests encrypt; its prefix is declared around it.
const plain = `<a:Secret ID="_s"><a:Value>grüße &amp; <![CDATA[<x>]]></a:Value></a:Secret>`

// document is a message with what is encrypted in it.
func document(encrypted string) string {
	return `<r:Root xmlns:r="urn:root" xmlns:a="urn:a"><a:Encrypted>` + encrypted + `</a:Encrypted></r:Root>`
}

func open(tb testing.TB, text string, keys ...xmlenc.Key) []*xmlenc.Opening {
	tb.Helper()
	doc := xmldoc.Parse([]byte(text), xmldoc.Options{})
	if !doc.WellFormed() {
		tb.Fatalf("the test's document: %v", doc.Errors())
	}
	return xmlenc.Open(doc, keys, xmlenc.Options{})
}

// one is the only Opening of text.
func one(tb testing.TB, text string, keys ...xmlenc.Key) *xmlenc.Opening {
	tb.Helper()
	all := open(tb, text, keys...)
	if len(all) != 1 {
		tb.Fatalf("%d EncryptedData were found, want 1", len(all))
	}
	return all[0]
}

// opens checks that o is plain.
func opens(tb testing.TB, o *xmlenc.Opening) {
	tb.Helper()
	if o.Err != nil {
		tb.Fatalf("%s/%s: %v", o.Err.Step, o.Err.ID, o.Err)
	}
	if string(o.Plain) != plain || o.Document == nil || o.Key == nil || o.Recipient == nil {
		tb.Fatalf("opens to %q, document %v, key %v, recipient %v", o.Plain, o.Document, o.Key, o.Recipient)
	}
	if got := o.Document.Root().Name(); !got.Is("urn:a", "Secret") {
		tb.Fatalf("the root is %+v", got)
	}
}

// fails checks the step and ID of what went wrong.
func fails(tb testing.TB, o *xmlenc.Opening, step xmlenc.Step, id string) {
	tb.Helper()
	if o.Err == nil {
		tb.Fatalf("opens to %q, want %s/%s", o.Plain, step, id)
	}
	if o.Err.Step != step || o.Err.ID != id || o.Err.Node == nil {
		tb.Fatalf("fails with %s/%s (%v) at %v, want %s/%s", o.Err.Step, o.Err.ID, o.Err, o.Err.Node, step, id)
	}
	if !strings.HasSuffix(o.Err.Text, ".") || strings.Contains(o.Err.Text, "..") {
		tb.Errorf("the error is not a sentence: %q", o.Err.Text)
	}
}

// to is the spec of a content for one recipient.
func to(tb testing.TB, name, method string, t encrypt.Transport) encrypt.Spec {
	tb.Helper()
	return encrypt.Spec{Method: method, Recipients: []encrypt.Recipient{{Key: rsaKey(tb, name), Transport: t}}}
}
