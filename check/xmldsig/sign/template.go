package sign

import (
	"cmp"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
)

// Template describes a ds:Signature that is still to be signed. The zero value
// is what most services make: RSA-SHA256, exclusive canonicalisation, enveloped.
type Template struct {
	URI   string // of the Reference, such as "#_id"
	NoURI bool   // the Reference has no URI attribute

	Prefix string // of XML Signature; "-" for none. Default "ds"

	SignatureMethod        string
	CanonicalizationMethod string
	SignedInfoPrefixes     string // PrefixList of the CanonicalizationMethod
	DigestMethod           string
	// Transforms are algorithms, or whole elements when they begin with "<".
	// Default: enveloped-signature and ExclusiveC14N.
	Transforms []string
	// NoTransforms leaves out the Transforms element.
	NoTransforms bool
	Prefixes     string // PrefixList of the exclusive canonicalisations in Transforms

	KeyInfo string // content of KeyInfo; empty leaves it out
	Objects string // elements after KeyInfo
	Indent  string // goes between all elements, and around values: "\n  "
}

// Default algorithms of a [Template].
const (
	RSASHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	SHA256    = "http://www.w3.org/2001/04/xmlenc#sha256"
)

// String is the element, its values empty.
func (t Template) String() string {
	p := t.Prefix
	ns := "xmlns:ds"
	switch p {
	case "-":
		p, ns = "", "xmlns"
	case "":
		p = "ds:"
	default:
		ns, p = "xmlns:"+p, p+":"
	}
	var b strings.Builder
	put := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(s)
		}
		b.WriteString(t.Indent)
	}
	put("<", p, "Signature ", ns, `="`, xmldsig.Namespace, `">`)
	put("<", p, "SignedInfo>")
	put(method(p+"CanonicalizationMethod", cmp.Or(t.CanonicalizationMethod, xmldsig.ExclusiveC14N), t.SignedInfoPrefixes))
	put(method(p+"SignatureMethod", cmp.Or(t.SignatureMethod, RSASHA256), ""))
	if t.NoURI {
		put("<", p, "Reference>")
	} else {
		put("<", p, `Reference URI="`, t.URI, `">`)
	}
	if !t.NoTransforms {
		put("<", p, "Transforms>")
		transforms := t.Transforms
		if transforms == nil {
			transforms = []string{xmldsig.TransformEnveloped, xmldsig.ExclusiveC14N}
		}
		for _, a := range transforms {
			if strings.HasPrefix(a, "<") {
				put(a)
			} else {
				put(method(p+"Transform", a, t.Prefixes))
			}
		}
		put("</", p, "Transforms>")
	}
	put(method(p+"DigestMethod", cmp.Or(t.DigestMethod, SHA256), ""))
	put("<", p, "DigestValue></", p, "DigestValue>")
	put("</", p, "Reference>")
	put("</", p, "SignedInfo>")
	put("<", p, "SignatureValue>", t.Indent, t.Indent, "</", p, "SignatureValue>")
	if t.KeyInfo != "" {
		put("<", p, "KeyInfo>", t.KeyInfo, "</", p, "KeyInfo>")
	}
	if t.Objects != "" {
		put(t.Objects)
	}
	b.WriteString("</" + p + "Signature>")
	return b.String()
}

// method is an element with an Algorithm, and a PrefixList where one is given
// and the algorithm takes it.
func method(name, algorithm, prefixes string) string {
	if prefixes == "" || !strings.HasPrefix(algorithm, xmldsig.ExclusiveC14N) {
		return "<" + name + ` Algorithm="` + algorithm + `"/>`
	}
	return "<" + name + ` Algorithm="` + algorithm + `"><ec:InclusiveNamespaces xmlns:ec="` + xmldsig.ExclusiveC14N +
		`" PrefixList="` + prefixes + `"/></` + name + ">"
}
