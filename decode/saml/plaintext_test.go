package saml_test

import (
	"testing"

	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

const encryptedResponse = `<p:Response xmlns:p="` + saml.NSProtocol + `" xmlns="` + saml.NSAssertion + `">` +
	`<EncryptedAssertion/><EncryptedAssertion/><Assertion ID="c"><AttributeStatement><EncryptedAttribute/><Attribute Name="plain"/></AttributeStatement></Assertion></p:Response>`

// child is the nth child element of n, from 0.
func child(t *testing.T, n *xmldoc.Node, nth int) *xmldoc.Node {
	t.Helper()
	for e := range n.Elements() {
		if nth == 0 {
			return e
		}
		nth--
	}
	t.Fatal("no such child")
	return nil
}

func opened(at *xmldoc.Node, plain string) saml.Plaintext {
	return saml.Plaintext{Element: at, Document: xmldoc.Parse([]byte(plain), xmldoc.Options{Context: at})}
}

// TestViewOpened: what was encrypted is read in its place, as far as it opens to
// what belongs there.
func TestViewOpened(t *testing.T) {
	doc := xmldoc.Parse([]byte(encryptedResponse), xmldoc.Options{})
	first, second := child(t, doc.Root(), 0), child(t, doc.Root(), 1)
	attribute := child(t, child(t, child(t, doc.Root(), 2), 0), 0)

	outer := opened(first, `<EncryptedAssertion/>`) // encrypted twice
	inner := opened(outer.Document.Root(), `<Assertion ID="a"><Subject><EncryptedID/></Subject></Assertion>`)
	id := opened(child(t, child(t, inner.Document.Root(), 0), 0), `<NameID>alex</NameID>`)
	m := saml.View(doc, []saml.Plaintext{outer, inner, id, opened(second, `<NameID/>`), opened(attribute, `<Attribute Name="secret"/>`)})

	if len(m.Assertions) != 2 || m.Assertions[0].ID.Get() != "a" || m.Assertions[1].ID.Get() != "c" {
		t.Fatalf("assertions %+v", m.Assertions)
	}
	if a := m.Assertions[0]; a.Encrypted != first || a.Subject.NameID == nil || a.Subject.NameID.Text != "alex" || a.Subject.Encrypted != nil {
		t.Errorf("the opened assertion is %+v", a)
	}
	if m.Assertions[1].Encrypted != nil {
		t.Error("an assertion in the clear counts as encrypted")
	}
	if len(m.Encrypted) != 1 || m.Encrypted[0] != second {
		t.Errorf("not opened: %v, want only what opens to something else", m.Encrypted)
	}
	attributes := m.Assertions[1].Attributes
	if len(attributes) != 2 || attributes[0].Name.Get() != "secret" || attributes[1].Name.Get() != "plain" || len(m.Assertions[1].EncryptedAttributes) != 0 {
		t.Errorf("attributes %+v", attributes)
	}
	n := 0
	for range m.Descendants() {
		n++
	}
	if want := 7 + 1 + 3 + 2 + 1 + 1; n != want {
		t.Errorf("%d nodes in all documents, want %d", n, want)
	}

	m = saml.View(doc, nil)
	if len(m.Assertions) != 1 || len(m.Encrypted) != 2 || len(m.Assertions[0].EncryptedAttributes) != 1 {
		t.Errorf("nothing opened: %d assertions, %d encrypted", len(m.Assertions), len(m.Encrypted))
	}
}
