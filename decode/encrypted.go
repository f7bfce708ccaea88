package decode

import (
	"strings"

	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// maxOpened bounds the EncryptedData elements of one input that are opened: each
// costs operations with every private key. maxOpenedInMessage is for one message.
const (
	maxOpened          = 2_000
	maxOpenedInMessage = 100
)

// open opens what is encrypted in m, once it is known what m is.
func (r *reader) open(m *Message) {
	if m.Document == nil || r.opened >= maxOpened || !strings.Contains(m.Document.Text(), "EncryptedData") {
		return
	}
	m.Opened = xmlenc.Open(m.Document, r.keys, xmlenc.Options{
		Count: min(maxOpenedInMessage, maxOpened-r.opened), XML: r.limits,
	})
	r.opened += len(m.Opened)
}

// View reads m as SAML, what was encrypted and is opened included. It is never
// nil, see [saml.View].
func (m *Message) View() *saml.Message {
	var plain []saml.Plaintext
	for _, o := range m.Opened {
		if o.Document != nil {
			plain = append(plain, saml.Plaintext{Element: o.Element, Document: o.Document})
		}
	}
	return saml.View(m.Document, plain)
}
