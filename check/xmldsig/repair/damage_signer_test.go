package repair_test

import (
	"encoding/base64"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
)

// wrongly signs one element of the message, chosen at random, with a mistake:
// change makes of what is declared what is done.
func wrongly(change func(declared, used *sign.Template)) func(*message, *rand.Rand) string {
	return func(m *message, r *rand.Rand) string {
		w := &mistake{element: pick(r, m.signed)}
		w.declared = m.style.template(m.id(w.element))
		w.used = w.declared
		change(&w.declared, &w.used)
		s, err := m.sign(w)
		if err != nil {
			return ""
		}
		return s
	}
}

// signerDamages are what an IdP does wrong itself.
func signerDamages() []damage {
	methods := func(method string) []string { return []string{xmldsig.TransformEnveloped, method} }
	inclusive := func(s *style) bool { return s.name == "inclusive" || s.name == "dotnet" }
	exclusive := func(s *style) bool { return !inclusive(s) }
	listed := func(s *style) bool { return s.sig.Prefixes != "" }
	// What is hashed is the same where every declaration in scope is also used,
	// or listed: each of them brings back the octets that were signed.
	hashed := func(causes ...string) map[string]string {
		m := map[string]string{}
		for _, c := range causes {
			m[c] = "the octets hashed are the same"
		}
		return m
	}
	rows := []damage{
		{name: "signed inclusively, declared exclusive", cause: "canonicalization", equal: hashed("inclusive-namespaces"), styles: exclusive,
			edit: wrongly(func(_, used *sign.Template) { used.Transforms = methods(xmldsig.CanonicalXML10) })},
		{name: "signed exclusively, declared inclusive", cause: "canonicalization", equal: hashed("namespace-context"), styles: inclusive,
			edit: wrongly(func(_, used *sign.Template) { used.Transforms = methods(xmldsig.ExclusiveC14N) })},
		{name: "PrefixList ignored", cause: "inclusive-namespaces", styles: listed,
			edit: wrongly(func(_, used *sign.Template) { used.Prefixes = "" })},
		{name: "PrefixList used, not declared", cause: "inclusive-namespaces", equal: hashed("canonicalization"), styles: exclusive,
			edit: wrongly(func(declared, used *sign.Template) { declared.Prefixes, used.Prefixes = "", "xs xsd xsi" })},
		{name: "PrefixList declares one too many", cause: "inclusive-namespaces", styles: func(s *style) bool { return exclusive(s) && !listed(s) },
			edit: wrongly(func(declared, _ *sign.Template) { declared.Prefixes = "xs xsi" })},
		{name: "hashed with SHA-1, declared otherwise", cause: "digest-method", styles: func(s *style) bool { return s.sig.DigestMethod != digestSHA1 },
			edit: wrongly(func(_, used *sign.Template) { used.DigestMethod = digestSHA1 })},
		{name: "hashed with SHA-256, declared otherwise", cause: "digest-method", styles: func(s *style) bool { return s.sig.DigestMethod != "" },
			edit: wrongly(func(_, used *sign.Template) { used.DigestMethod = sign.SHA256 })},
		{name: "hashed with SHA-512, declared otherwise", cause: "digest-method", styles: func(s *style) bool { return s.sig.DigestMethod != digest512 },
			edit: wrongly(func(_, used *sign.Template) { used.DigestMethod = digest512 })},
		{name: "signed before it was put into the Response", cause: "namespace-context", equal: hashed("canonicalization"), styles: func(s *style) bool { return s.name == "inclusive" },
			signed: func(signed []string) bool { return signed[0] == signAssertion },
			edit: func(m *message, _ *rand.Rand) string {
				w := &mistake{element: signAssertion, declared: m.style.template(m.id(signAssertion))}
				w.used = w.declared
				w.before = func(s string) string { return cutOut(s, true) }
				s, err := m.sign(w)
				if err != nil {
					return ""
				}
				return s
			}},
		{name: "signed before it was indented", cause: "whitespace-added", styles: func(s *style) bool { return indented(s) && noReturns(s) }, signed: one,
			edit: func(m *message, _ *rand.Rand) string {
				w := &mistake{element: m.signed[0], declared: m.style.template(m.id(m.signed[0]))}
				w.used = w.declared
				w.before = func(s string) string { return betweenTags.ReplaceAllString(s, "><") }
				s, err := m.sign(w)
				if err != nil {
					return ""
				}
				return s
			}},
	}
	for i := range rows {
		rows[i].bySigner = true
	}
	return rows
}

// valueDamages are those of SignedInfo and of SignatureValue. Only one element is
// signed: around it, they would be edits of its content.
func valueDamages() []damage {
	method := regexp.MustCompile(`(SignatureMethod Algorithm=")[^"]*(")`)
	inSignature := func(f func(string) string) func(*message, *rand.Rand) string {
		return text(func(s string) string { return signatureText.ReplaceAllStringFunc(s, f) })
	}
	info := []string{"signed-info-edited"}
	rows := []damage{
		{name: "DigestValue changed", cause: "signed-info-edited", equal: map[string]string{"": "the content is as it was signed"}, value: info, edit: text(func(s string) string {
			return setFirst(s, "DigestValue", base64.StdEncoding.EncodeToString([]byte("thirty-two octets of some digest")))
		})},
		{name: "DigestValue recomputed after an edit", cause: "signed-info-edited", value: info, onlyValue: true, styles: rsaKey, edit: func(m *message, _ *rand.Rand) string {
			return m.recomputed(elementText(m.text, "NameID", func(string) string { return "root@example.com" }))
		}},
		{name: "DigestValue recomputed, ECDSA", cause: "", value: []string{"", "signed-info-edited"}, onlyValue: true, styles: ecdsa, edit: func(m *message, _ *rand.Rand) string {
			return m.recomputed(elementText(m.text, "NameID", func(string) string { return "root@example.com" }))
		}},
		{name: "SignedInfo pretty-printed", cause: "signed-info-edited", value: info, onlyValue: true, styles: compact, edit: inSignature(func(s string) string { return indent(s, "  ", "\n", false) })},
		{name: "SignedInfo minified", cause: "signed-info-edited", value: info, onlyValue: true, styles: func(s *style) bool { return s.sig.Indent != "" && noReturns(s) }, edit: inSignature(func(s string) string { return betweenTags.ReplaceAllString(s, "><") })},
		{name: "&#13; lost in the signature", cause: "signed-info-edited", value: info, onlyValue: true, styles: withReturns, edit: inSignature(func(s string) string { return strings.ReplaceAll(s, "&#13;", "") })},
		{name: "SignatureMethod edited", cause: "signed-info-edited", onlyValue: true, value: []string{"signed-info-edited", "signature-method"}, styles: rsaKey, edit: text(func(s string) string {
			to := rsaSHA1
			if strings.Contains(s, rsaSHA1) {
				to = sign.RSASHA256
			}
			return method.ReplaceAllString(s, "${1}"+to+"$2")
		})},
		{name: "CanonicalizationMethod edited", cause: "signed-info-edited", onlyValue: true, value: info, edit: text(func(s string) string {
			return regexp.MustCompile(`(CanonicalizationMethod Algorithm=")[^"]*("/>)`).ReplaceAllString(s, "${1}"+xmldsig.CanonicalXML11+"$2")
		})},
		{name: "signed with another hash than declared", cause: "signature-method", onlyValue: true, value: []string{"signature-method"}, styles: rsaKey, edit: func(m *message, _ *rand.Rand) string {
			return m.resigned(func(key *sign.Key, declared xmldsig.SignatureAlgorithm, octets []byte) []byte {
				other := xmldsig.SignatureAlgorithmOf(rsaSHA1)
				if declared.URI == rsaSHA1 {
					other = xmldsig.SignatureAlgorithmOf(sign.RSASHA256)
				}
				v, _ := key.Sign(other, octets)
				return v
			})
		}},
		{name: "another key signed", cause: "wrong-key", onlyValue: true, value: []string{"wrong-key"}, styles: func(s *style) bool { return s.key == "rsa2048" }, edit: func(m *message, _ *rand.Rand) string {
			return m.resigned(func(_ *sign.Key, a xmldsig.SignatureAlgorithm, octets []byte) []byte {
				v, _ := sign.MustKey("other").Sign(a, octets)
				return v
			})
		}},
		{name: "the key for encryption signed", cause: "other-known-key", onlyValue: true, value: []string{"other-known-key"}, styles: rsaKey, keys: []string{"other"}, edit: func(m *message, _ *rand.Rand) string {
			return m.resigned(func(_ *sign.Key, a xmldsig.SignatureAlgorithm, octets []byte) []byte {
				v, _ := sign.MustKey("other").Sign(a, octets)
				return v
			})
		}},
		{name: "SignatureValue in DER", cause: "der-encoded", onlyValue: true, value: []string{"der-encoded"}, styles: ecdsa, edit: func(m *message, _ *rand.Rand) string {
			return m.resigned(func(key *sign.Key, a xmldsig.SignatureAlgorithm, octets []byte) []byte {
				v, _ := key.Sign(a, octets)
				return der(v)
			})
		}},
		{name: "SignatureValue cut off", cause: "truncated", onlyValue: true, value: []string{"truncated"}, edit: func(m *message, _ *rand.Rand) string {
			return m.resigned(func(key *sign.Key, a xmldsig.SignatureAlgorithm, octets []byte) []byte {
				v, _ := key.Sign(a, octets)
				return v[:len(v)-9]
			})
		}},
	}
	for i := range rows {
		rows[i].signed = one
	}
	return rows
}

// der is r and s, which stand one after the other, as ASN.1.
func der(v []byte) []byte {
	integer := func(b []byte) []byte {
		b = new(big.Int).SetBytes(b).Bytes()
		if b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		return append([]byte{2, byte(len(b))}, b...)
	}
	both := append(integer(v[:len(v)/2]), integer(v[len(v)/2:])...)
	return append([]byte{0x30, byte(len(both))}, both...)
}
