package xmlenc

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// The values of Type that say what the plaintext is (section 3.1).
const (
	typeElement = Namespace + "Element"
	typeContent = Namespace + "Content"
)

// parse reads the plaintext of o as what it replaces the EncryptedData with.
func (op *opener) parse(o *Opening) {
	kind := attr(o.Data, "Type")
	bad := func(id, format string, args ...any) {
		if o.Err == nil { // else opening has failed already, with the declared algorithms
			o.Err = &Error{Step: StepXML, ID: id, Node: o.Data, Text: fmt.Sprintf(format, args...)}
		}
	}
	if len(bytes.TrimSpace(o.Plain)) == 0 {
		if kind != typeContent {
			bad(EmptyPlaintext, "It opens, but there is nothing in it.")
		}
		return
	}
	opts := xmldoc.Options{Limits: op.xml, Context: around(o.Data)}
	doc := xmldoc.Parse(o.Plain, opts)
	if doc.WellFormed() {
		o.Document = doc
		return
	}
	if kind == typeContent && wellFormedContent(o.Plain, opts) {
		return
	}
	o.Document = doc
	first := doc.Errors()[0]
	for _, e := range doc.Errors() {
		if e.Fatal {
			first = e
		}
	}
	several := []string{xmldoc.CodeSecondRoot, xmldoc.CodeTextAfter, xmldoc.CodeTextBefore, xmldoc.CodeMissingRoot, xmldoc.CodeCDATAOutside}
	switch {
	case kind == typeElement && slices.Contains(several, first.Code) && wellFormedContent(o.Plain, opts):
		bad(NoElement, "It opens, but it does not hold the one element that its Type promises: %s.", first.Message)
	default:
		text := "It opens, but what is in it is not well-formed XML"
		if alg := contentAlgorithmOf(o.Method); alg != nil && !alg.gcm {
			text += " (" + alg.name + " does not notice changes, so the ciphertext may have been damaged)"
		}
		bad(NotXML, "%s: %s.", text, first.Message)
	}
	if o.Err.Step == StepXML {
		o.Err.Err = first
	}
}

// wellFormedContent reports whether plain could stand inside an element.
func wellFormedContent(plain []byte, opts xmldoc.Options) bool {
	return xmldoc.Parse(slices.Concat([]byte("<c>"), plain, []byte("</c>")), opts).WellFormed()
}

// around is the element that the plaintext of data stands in once it has replaced
// data; nil when that becomes the root.
func around(data *xmldoc.Node) *xmldoc.Node {
	if p := data.Parent(); p != nil {
		return p
	}
	return data.Document().Context()
}
