package decode

import (
	"bytes"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// openEnvelope looks whether m's document is a SOAP envelope or a request of
// the XML API, and if so makes the message inside it the message. An envelope
// that holds none leaves m without XML, and for the XML API with a fatal problem.
func (r *reader) openEnvelope(m *Message) {
	root := m.Document.Root()
	if root == nil {
		return
	}
	if root.Is(nsSOAP11, "Envelope") || root.Is(nsSOAP12, "Envelope") {
		m.Envelope, m.Document, m.XML = m.Document, nil, nil
		if n := messageBelow(m.Envelope); n != nil {
			m.Binding = BindingSOAP
			r.takeInner(m, n)
		}
		return
	}
	if user := authenticateUser(root); user != nil {
		m.Envelope, m.Document, m.XML = m.Document, nil, nil
		m.Binding = BindingXMLAPI
		r.openXMLAPI(m, user)
	}
}

// messageBelow is the outermost SAML message below the root, or nil.
func messageBelow(doc *xmldoc.Document) *xmldoc.Node {
	root := doc.Root()
	if root == nil {
		return nil
	}
	saml := mentionsSAML(doc.Source())
	for n := range root.Descendants() {
		if n == root || n.Kind() != xmldoc.ElementNode || n.Name().Space == nsSOAP11 || n.Name().Space == nsSOAP12 {
			continue
		}
		if isMessageName(n.Name().Local) && isMessage(n, saml) {
			return n
		}
	}
	return nil
}

// takeInner makes the element n of m.Envelope the message: its exact bytes,
// with declarations added where they depend on the envelope's.
func (r *reader) takeInner(m *Message, n *xmldoc.Node) {
	src := m.Envelope.Source()
	from, to := n.Position().Offset, n.End().Offset
	if from < 0 || to > len(src) || from > to {
		return
	}
	inner := bytes.Clone(src[from:to])
	charset := m.Envelope.Encoding()
	if decls := neededNamespaces(n); len(decls) > 0 {
		if strings.HasPrefix(charset, "UTF-16") {
			inner, charset = []byte(n.Source()), "UTF-8"
			m.Steps = append(m.Steps, Step{Name: "UTF-8"})
		}
		inner = declare(inner, decls)
		m.Steps = append(m.Steps, Step{Name: "namespaces of the envelope added"})
	}
	m.Steps = append(m.Steps, Step{Name: "element " + n.Name().Local})
	m.XML = inner
	m.Document = xmldoc.Parse(inner, xmldoc.Options{Limits: r.limits, Encoding: charset})
}

// neededNamespaces are the declarations of n's ancestors that the bytes of n
// depend on: its prefixes, the default namespace, the prefixes in values such
// as xsi:type and in a PrefixList; all of them when it uses inclusive
// canonicalisation, which digests what is in scope.
func neededNamespaces(n *xmldoc.Node) []xmldoc.NamespaceDecl {
	src := n.Source()
	inclusive := strings.Contains(src, nsInclusive)
	used := usedPrefixes(src)
	for e := range n.Descendants() {
		if e.Kind() == xmldoc.ElementNode && e.Name().Prefix == "" && e.Name().Space != "" {
			used[""] = true
			break
		}
	}
	declared := map[string]bool{}
	for _, d := range n.Namespaces() {
		declared[d.Prefix] = true
	}
	var need []xmldoc.NamespaceDecl
	for a := n.Parent(); a != nil; a = a.Parent() {
		for _, d := range a.Namespaces() {
			if declared[d.Prefix] {
				continue
			}
			declared[d.Prefix] = true
			if d.URI != "" && (inclusive || used[d.Prefix]) {
				need = append(need, d)
			}
		}
	}
	slices.SortFunc(need, func(a, b xmldoc.NamespaceDecl) int { return strings.Compare(a.Prefix, b.Prefix) })
	return need
}

// usedPrefixes are the names before a colon anywhere in markup, and the words
// of each PrefixList. It errs towards too many, which is harmless.
func usedPrefixes(src string) map[string]bool {
	used := map[string]bool{}
	start := 0 // of the name that is being read
	for i := range len(src) {
		switch c := src[i]; {
		case c == ':':
			used[src[start:i]] = true
			start = i + 1
		case !isNameByte(c):
			start = i + 1
		}
	}
	for rest := src; ; {
		_, after, ok := strings.Cut(rest, "PrefixList")
		if !ok {
			return used
		}
		rest = after
		value := strings.TrimLeft(after, " \t\r\n=")
		if value == "" {
			return used
		}
		if end := strings.IndexByte(value[1:min(len(value), 4096)], value[0]); end >= 0 {
			for word := range strings.FieldsSeq(value[1 : 1+end]) {
				used[word] = true
			}
		}
	}
}

// declare writes namespace declarations into the first start tag of element.
func declare(element []byte, decls []xmldoc.NamespaceDecl) []byte {
	end := 1
	for end < len(element) && isNameByte(element[end]) {
		end++
	}
	out := append(make([]byte, 0, len(element)+64*len(decls)), element[:end]...)
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;")
	for _, d := range decls {
		out = append(out, " xmlns"...)
		if d.Prefix != "" {
			out = append(out, ':')
			out = append(out, d.Prefix...)
		}
		out = append(out, `="`...)
		out = append(out, escape.Replace(d.URI)...)
		out = append(out, '"')
	}
	return append(out, element[end:]...)
}

// authenticateUser is the element of an XML API request that carries the
// message, or nil when root is no such request.
func authenticateUser(root *xmldoc.Node) *xmldoc.Node {
	if root.Name().Local != "message" {
		return nil
	}
	for n := range root.Descendants() {
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		for _, a := range n.Attrs() {
			if a.Name.Local == "type" && strings.HasSuffix(strings.TrimSpace(a.Value), "AuthenticateUser") {
				return n
			}
		}
		if strings.EqualFold(n.Name().Local, "samlResponse") {
			if p := n.Parent(); p != nil {
				return p
			}
		}
	}
	return nil
}

// openXMLAPI reads the samlResponse of an AuthenticateUser body.
func (r *reader) openXMLAPI(m *Message, user *xmldoc.Node) {
	var carrier *xmldoc.Node
	for n := range user.Descendants() {
		if n.Kind() == xmldoc.ElementNode && strings.EqualFold(n.Name().Local, "samlResponse") {
			carrier = n
			break
		}
	}
	d := &draft{r: r, m: m, named: true}
	m.Steps = slices.DeleteFunc(m.Steps, func(s Step) bool { return s.Name == "XML" })
	if carrier == nil {
		d.fail(Problem{Stage: StageParameter, ID: "saml-response-missing", Offset: -1,
			Text: "the AuthenticateUser request has no samlResponse element"})
		return
	}
	m.Param = carrier.Name().Local
	m.Steps = append(m.Steps, Step{Name: "element " + carrier.Name().Local})
	for child := range carrier.Elements() {
		r.takeInner(m, child)
		return
	}
	text := carrier.Text()
	if strings.TrimSpace(text) == "" {
		d.fail(Problem{Stage: StageParameter, ID: "empty-value", Offset: carrier.Position().Offset, Text: "the samlResponse element is empty"})
		return
	}
	d.text = peeled{b: []byte(text)}
	d.peel()
	if looksXML(d.text.b) {
		d.xml = d.text.b
	} else {
		d.base64()
	}
	if d.deflated {
		d.problem(Problem{Stage: StageCompression, ID: "deflate-in-post", Offset: -1,
			Text: "the value is compressed with DEFLATE, as for the Redirect binding; the XML API takes plain base64"})
	}
	if d.failed || d.xml == nil {
		return
	}
	d.step("XML", "")
	m.XML = d.xml
	m.Document = xmldoc.Parse(d.xml, xmldoc.Options{Limits: r.limits})
	if d.cut || m.Document.Truncated() {
		d.cutOff(len(text), len(text))
	}
}

// xmlAPIError says that a document is the answer of the XML API, or a request
// of it that carries no message; nil for another.
func xmlAPIError(doc *xmldoc.Document) *Error {
	root := doc.Root()
	if root == nil || root.Name().Local != "message" || !strings.Contains(root.Name().Space, "webex.com/schemas") {
		return nil
	}
	texts := map[string]string{}
	for n := range root.Descendants() {
		if n.Kind() == xmldoc.ElementNode && slices.Contains([]string{"result", "reason", "exceptionID"}, n.Name().Local) {
			texts[n.Name().Local] = strings.Join(strings.Fields(n.Text()), " ")
		}
	}
	id := texts["exceptionID"]
	switch {
	case id != "":
		return newError("xml-api-answer", "the input is an answer of the XML API, no request: it refused with "+quote(id)+", "+quote(texts["reason"]),
			"samlwhy explain "+strings.Trim(quote(id), `"`)+" says what that means; to find out why, give the AuthenticateUser request that it answers")
	case texts["result"] != "":
		return newError("xml-api-answer", "the input is an answer of the XML API, no request: its result is "+quote(texts["result"]), "give the AuthenticateUser request that it answers")
	}
	return newError("xml-no-saml", "the input is a request of the XML API without a SAML message", "give the AuthenticateUser request")
}

// envelopeError says why a SOAP envelope holds no message.
func envelopeError(doc *xmldoc.Document) *Error {
	for n := range doc.Root().Descendants() {
		if n.Kind() != xmldoc.ElementNode {
			continue
		}
		if n.Is(nsSOAP11, "Fault") || n.Is(nsSOAP12, "Fault") {
			return newError("soap-fault", "the input is a SOAP fault, no SAML message: "+quote(faultText(n)), "the reason is in the fault itself: the other side refused the request")
		}
	}
	return newError("soap-no-saml", "the input is a SOAP envelope without a SAML message", hintWhatToGive)
}

func faultText(fault *xmldoc.Node) string {
	for n := range fault.Descendants() {
		switch n.Name().Local {
		case "faultstring", "Text":
			if t := strings.Join(strings.Fields(n.Text()), " "); t != "" {
				return t
			}
		}
	}
	return strings.Join(strings.Fields(fault.Text()), " ")
}
