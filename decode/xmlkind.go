package decode

import (
	"bytes"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// The namespaces that tell what a document is.
const (
	nsProtocol    = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion   = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsProtocol11  = "urn:oasis:names:tc:SAML:1.0:protocol"
	nsAssertion11 = "urn:oasis:names:tc:SAML:1.0:assertion"
	nsMetadata    = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSOAP11      = "http://schemas.xmlsoap.org/soap/envelope/"
	nsSOAP12      = "http://www.w3.org/2003/05/soap-envelope"
	nsInclusive   = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
)

// messageNames are the elements that a message can consist of, whatever their
// namespace says: a wrong namespace is for the rules to find.
func isMessageName(local string) bool {
	switch local {
	case "Response", "AuthnRequest", "Assertion", "EncryptedAssertion", "LogoutRequest", "LogoutResponse",
		"ArtifactResolve", "ArtifactResponse", "AssertionIDRequest", "AttributeQuery", "AuthnQuery",
		"AuthzDecisionQuery", "SubjectQuery", "ManageNameIDRequest", "ManageNameIDResponse",
		"NameIDMappingRequest", "NameIDMappingResponse", "RequestSecurityTokenResponse",
		"RequestSecurityTokenResponseCollection":
		return true
	}
	return false
}

// isMessage reports whether n is the root of a message. Where its name alone
// could be another protocol's, saml says whether the document names SAML.
func isMessage(n *xmldoc.Node, saml bool) bool {
	name := n.Name()
	switch name.Space {
	case nsProtocol, nsAssertion, nsProtocol11, nsAssertion11:
		return true
	}
	if !isMessageName(name.Local) {
		return false
	}
	if name.Local != "Response" {
		return true
	}
	// Many protocols have a Response.
	return strings.HasPrefix(strings.ToLower(name.Prefix), "saml") || saml
}

// isSAML reports whether a document that nothing names as SAML is.
func isSAML(m *Message) bool {
	if m.XML == nil {
		return m.fatal()
	}
	if m.Envelope != nil {
		return true
	}
	if root := m.Document.Root(); root != nil {
		return isMessage(root, mentionsSAML(m.Document.Source()))
	}
	return mentionsSAML(m.XML) && isMessageName(localName(rootName(m.XML)))
}

// root is the document element of the message, or nil.
func (m *Message) root() *xmldoc.Node {
	if m.Document == nil {
		return nil
	}
	return m.Document.Root()
}

// mentionsSAML looks for a SAML namespace, in any encoding of ASCII.
func mentionsSAML(b []byte) bool {
	if bytes.Contains(b, []byte("names:tc:SAML:")) {
		return true
	}
	if looksUTF16(b) {
		text, _ := utf16Text(b)
		return bytes.Contains(text, []byte("names:tc:SAML:"))
	}
	return false
}

// looksXML reports whether b starts like XML: a byte order mark and blanks
// aside with "<" and what may follow it.
func looksXML(b []byte) bool {
	if looksUTF16(b) {
		text, _ := utf16Text(b[:min(len(b), 256)&^1])
		b = text
	}
	b = bytes.TrimPrefix(b, utf8BOM)
	b = bytes.TrimLeft(b, " \t\r\n")
	if len(b) < 2 || b[0] != '<' {
		return false
	}
	c := b[1]
	return c == '?' || c == '!' || c == '/' || isNameStart(c)
}

func isNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
}

// isNameByte reports whether c can go on a name. It takes every character
// outside ASCII.
func isNameByte(c byte) bool {
	return isNameStart(c) || '0' <= c && c <= '9' || c == '-' || c == '.'
}

// rootName is the name in the first start tag of b, after the prolog; empty
// without one. It is lexical: b need not be well-formed.
func rootName(b []byte) string {
	if looksUTF16(b) {
		b, _ = utf16Text(b[:min(len(b), 1<<16)&^1])
	}
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 || i+1 >= len(b) {
			return ""
		}
		b = b[i+1:]
		var end string
		switch {
		case b[0] == '?':
			end = "?>"
		case bytes.HasPrefix(b, []byte("!--")):
			end = "-->"
		case b[0] == '!':
			end = ">"
		default:
			n := 0
			for n < len(b) && isNameByte(b[n]) {
				n++
			}
			return string(b[:n])
		}
		i = bytes.Index(b, []byte(end))
		if i < 0 {
			return ""
		}
		b = b[i+len(end):]
	}
}

func localName(name string) string {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// looksHTML reports whether markup is a page, or a part of one.
func looksHTML(b []byte) bool {
	head := bytes.ToLower(b[:min(len(b), 1024)])
	if bytes.Contains(head, []byte("<!doctype html")) {
		return true
	}
	elements := []string{"html", "head", "body", "form", "input", "div", "p", "script", "noscript", "title", "meta", "span", "center", "style", "table", "link"}
	return slices.Contains(elements, strings.ToLower(rootName(b)))
}

// readForcedXML reads data that the caller says is XML.
func (r *reader) readForcedXML(data []byte) *Error {
	r.setKind(KindXML)
	if looksUTF16(data) || looksXML(data) {
		return r.keepXML(data, true)
	}
	if err := binaryError(data); err != nil {
		return err
	}
	return r.keepXML(data, true)
}

// readXML reads data that starts like XML.
func (r *reader) readXML(data []byte) *Error {
	name := rootName(data)
	if !isMessageName(localName(name)) && !bytes.Contains(data, []byte("SAML")) && !bytes.Contains(data, []byte("saml")) &&
		!looksUTF16(data) && !isCarrierRoot(name) && !strings.HasSuffix(name, "Envelope") {
		return noSAMLInXML(data, name) // without building its tree
	}
	r.setKind(KindXML)
	return r.keepXML(data, false)
}

// keepXML makes a message of XML, or says what else it is.
func (r *reader) keepXML(data []byte, named bool) *Error {
	m := &Message{Capture: r.capture(), XML: data}
	m.Capture.Raw = data
	d := &draft{r: r, m: m, xml: data, named: named}
	d.parse("")
	if root := m.root(); root != nil && root.Name().Space == nsMetadata && !named {
		return newError("metadata", "the input is SAML metadata ("+root.Name().Local+"), no message",
			"check it with samlwhy metadata, or give it with --idp-metadata or --sp-metadata beside a message")
	}
	if m.XML == nil && !m.fatal() {
		return envelopeError(m.Envelope)
	}
	if named || isSAML(m) {
		d.text = peeled{b: data}
		d.finish(found{raw: data, transport: inXML})
		r.add(m)
		return nil
	}
	// A log or a proxy's export in XML may hold a message deeper down.
	if n := messageBelow(m.Document); n != nil {
		m.Envelope = m.Document
		r.takeInner(m, n)
		r.add(m)
		return nil
	}
	if r.trace.Kind = KindText; r.scanText(data, nil) {
		return nil
	}
	if err := xmlAPIError(m.Document); err != nil {
		return err
	}
	return noSAMLInXML(data, rootName(data))
}

func noSAMLInXML(data []byte, root string) *Error {
	if root == "" {
		return newError("xml-no-saml", "the input starts like XML but has no element: "+quote(bytes.TrimSpace(data)), hintWhatToGive)
	}
	if strings.EqualFold(localName(root), "EntityDescriptor") || strings.EqualFold(localName(root), "EntitiesDescriptor") {
		return newError("metadata", "the input is metadata ("+quote(root)+"), no message", "check it with samlwhy metadata")
	}
	return newError("xml-no-saml", "the input is XML with the root element "+quote(root)+", which is no SAML message and holds none", hintWhatToGive)
}
