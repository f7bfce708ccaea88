// Package metadata gives views of SAML 2.0 metadata (saml-metadata-2.0-os) in
// which every value knows where it stands, and reads certificates and public
// keys in every shape in which people have them. It says what is there and
// judges nothing: broken metadata has views too.
//
// Certificates live here rather than in a package of their own because metadata
// is where they come from; a certificate file is the same thing without the
// metadata around it.
package metadata

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// maxMetadata is what [Parse] reads at most. The largest federations publish
// aggregates of about 100 MB.
const maxMetadata = 256 << 20

// File is one file of metadata.
type File struct {
	Document *xmldoc.Document
	// Root is the outermost EntityDescriptor or EntitiesDescriptor, which may
	// stand inside something else, such as a SOAP envelope.
	Root *xmldoc.Node
	// Entities are all entities in document order, however deep in nested
	// EntitiesDescriptor elements.
	Entities []*Entity
	// Steps are what was done to get at the XML, where it was not plain.
	// Positions count in the file as given, except after unescaping and base64.
	Steps []string
}

var (
	rootTag = regexp.MustCompile(`<(?:[\w.-]+:)?Entit(?:y|ies)Descriptor[\s>/]`)
	rootEnd = regexp.MustCompile(`</(?:[\w.-]+:)?Entit(?:y|ies)Descriptor\s*>`)
)

// Parse reads metadata as people have it: one entity or an aggregate, in any
// encoding, with text around it, inside a SOAP envelope, escaped as in an HTML
// page, or base64. XML that is not well-formed is no error as long as an entity
// can be seen in it: see File.Document. When data holds no metadata the error
// says what it is; it is a [*KindError] where that is something else.
func Parse(data []byte) (*File, error) {
	if len(data) > maxMetadata {
		return nil, fmt.Errorf("the file is too large for metadata: %d bytes, at most %d are read", len(data), maxMetadata)
	}
	first, err := parseXML(data)
	if err == nil {
		return first, nil
	}
	if k, ok := errors.AsType[*KindError](err); ok && k.Found == FoundSAMLMessage {
		return nil, err
	}

	text := decodeText(data)
	var steps []string
	if strings.Contains(text, "&lt;") && !rootTag.MatchString(text) {
		text = html.UnescapeString(text)
		steps = append(steps, "HTML unescaped")
	}
	if !strings.Contains(text, "<") {
		decoded, decodeErr := decodeBase64(strings.TrimSpace(text))
		if decodeErr == nil && rootTag.MatchString(decodeText(decoded)) {
			text = decodeText(decoded)
			steps = append(steps, "base64")
		}
	}
	start := rootTag.FindStringIndex(text)
	if start == nil {
		return nil, notMetadata(data, text, err)
	}
	if strings.TrimSpace(strings.TrimPrefix(text[:start[0]], xmlDeclaration.FindString(text[:start[0]]))) != "" {
		steps = append(steps, "text before the XML skipped")
	}
	ends := rootEnd.FindAllStringIndex(text, -1)
	end := len(text)
	if len(ends) > 0 && ends[len(ends)-1][1] > start[0] {
		end = ends[len(ends)-1][1]
	}
	if strings.TrimSpace(text[end:]) != "" {
		steps = append(steps, "text after the XML skipped")
	}
	// Blanks in place of what surrounds the XML keep its positions.
	f, err := parseXML([]byte(blank(text[:start[0]]) + text[start[0]:end]))
	if err != nil {
		return nil, err
	}
	f.Steps = steps
	return f, nil
}

var xmlDeclaration = regexp.MustCompile(`^\s*<\?xml[^>]*\?>`)

// blank replaces everything but line ends by blanks, byte for byte.
func blank(s string) string {
	b := bytes.Repeat([]byte{' '}, len(s))
	for i := range len(s) {
		if s[i] == '\n' || s[i] == '\r' {
			b[i] = s[i]
		}
	}
	return string(b)
}

// notMetadata words why data is none.
func notMetadata(data []byte, text string, err error) error {
	if _, _, certErr := ParseCertificates(data); certErr == nil {
		return &KindError{Found: FoundCertificate, wanted: "SAML metadata"}
	} else if k, ok := errors.AsType[*KindError](certErr); ok && k.Found != FoundUnknown && !strings.HasPrefix(strings.TrimSpace(text), "<") {
		return &KindError{Found: k.Found, wanted: "SAML metadata"}
	}
	if k, ok := errors.AsType[*KindError](err); ok && k.Found == FoundXML && sniff(data, text) == FoundHTML {
		k.Found = FoundHTML
	}
	return err
}

// parseXML reads data as XML that holds metadata.
func parseXML(data []byte) (*File, error) {
	doc := xmldoc.Parse(data, xmldoc.Options{Limits: xmldoc.Limits{Bytes: maxMetadata}})
	root := doc.Root()
	if root == nil {
		return nil, &KindError{Found: sniff(data, decodeText(data)), wanted: "SAML metadata"}
	}
	switch root.Name().Space {
	case saml.NSProtocol, saml.NSAssertion, saml.NSProtocol11, saml.NSAssertion11:
		return nil, &KindError{Found: FoundSAMLMessage, wanted: "SAML metadata", detail: rootName(doc)}
	}
	f := &File{Document: doc}
	for n := range root.Descendants() {
		if n.Is(saml.NSMetadata, "EntityDescriptor") || n.Is(saml.NSMetadata, "EntitiesDescriptor") {
			f.Root = n
			break
		}
	}
	switch local := root.Name().Local; {
	case f.Root != nil:
	case local == "EntityDescriptor" || local == "EntitiesDescriptor":
		why := ""
		if errs := doc.Errors(); len(errs) > 0 {
			why = ": " + errs[0].Message
		}
		return nil, fmt.Errorf("the root element %q is not in the namespace of SAML metadata, %s%s", root.Name().String(), saml.NSMetadata, why)
	case !doc.WellFormed() && sniff(data, decodeText(data)) != FoundHTML:
		return nil, fmt.Errorf("this is not well-formed XML, and no EntityDescriptor can be seen in it: %s", doc.Errors()[0].Message)
	default:
		return nil, &KindError{Found: FoundXML, wanted: "SAML metadata", detail: rootName(doc)}
	}
	if f.Root.Name().Local == "EntityDescriptor" {
		f.Entities = []*Entity{viewEntity(f.Root, nil)}
	} else {
		f.viewGroup(f.Root, nil)
	}
	return f, nil
}

// Entity is the first entity with that entity ID, or nil. IDs are compared
// character for character (saml-core-2.0-os section 1.3.2).
func (f *File) Entity(id string) *Entity {
	for _, e := range f.Entities {
		if e.ID.Trimmed() == id {
			return e
		}
	}
	return nil
}

func (f *File) viewGroup(n *xmldoc.Node, parent *Group) {
	g := &Group{
		Node:          n,
		Parent:        parent,
		Name:          saml.AttrValue(n, "Name"),
		ValidUntil:    saml.AttrValue(n, "validUntil"),
		CacheDuration: saml.AttrValue(n, "cacheDuration"),
	}
	for c := range n.Elements() {
		switch {
		case c.Is(saml.NSMetadata, "EntityDescriptor"):
			f.Entities = append(f.Entities, viewEntity(c, g))
		case c.Is(saml.NSMetadata, "EntitiesDescriptor"):
			f.viewGroup(c, g)
		case c.Is(saml.NSSignature, "Signature"):
			g.Signatures = append(g.Signatures, c)
		}
	}
}
