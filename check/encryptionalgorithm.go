package check

import (
	"fmt"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var encryptionAlgorithm = &Rule{
	ID:       "encryption-algorithm",
	Title:    "An encryption algorithm is outdated or unknown",
	Question: "Are the encryption algorithms known and sound? (CBC, RSA 1.5, 3DES: a warning)",
	Group:    GroupSignature,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "CBC without integrity and RSA PKCS#1 1.5 let an attacker read what is encrypted by watching how a service fails, and 3DES is withdrawn. Services switch them off one after the other; an algorithm that a service does not know it cannot decrypt.",
		Spec: "XML Encryption 1.1 sections 5.2, 5.4 and 5.5",
		Likely: []string{
			"The IdP's default is old: AES-CBC, sometimes with RSA 1.5.",
			"The service's metadata lists no EncryptionMethod, so that the IdP takes its own choice.",
		},
		Fix: []string{
			"At the IdP, choose AES-128-GCM or AES-256-GCM and RSA-OAEP for this service, where the service supports them.",
			"At the service, list the algorithms that it supports as EncryptionMethod in its metadata.",
		},
	},
	Reasons: []Reason{
		{"cbc", "AES in CBC mode"},
		{"rsa-1_5", "RSA PKCS#1 1.5"},
		{"triple-des", "triple DES"},
		{"unknown", "an algorithm that XML Encryption does not define"},
		{"missing", "no algorithm is named"},
	},
	Run: runEncryptionAlgorithm,
}

const (
	encNS   = "http://www.w3.org/2001/04/xmlenc#"
	encNS11 = "http://www.w3.org/2009/xmlenc11#"
)

// encryptionAlgorithms are the algorithms of XML Encryption for content, key
// transport and key wrap, with the reason of a finding about them; "" for sound
// ones.
var encryptionAlgorithms = []struct{ uri, reason string }{
	{encNS11 + "aes128-gcm", ""}, {encNS11 + "aes192-gcm", ""}, {encNS11 + "aes256-gcm", ""},
	{encNS11 + "rsa-oaep", ""}, {encNS + "rsa-oaep-mgf1p", ""},
	{encNS + "kw-aes128", ""}, {encNS + "kw-aes192", ""}, {encNS + "kw-aes256", ""},
	{encNS11 + "kw-aes128-pad", ""}, {encNS11 + "kw-aes192-pad", ""}, {encNS11 + "kw-aes256-pad", ""},
	{encNS + "aes128-cbc", "cbc"}, {encNS + "aes192-cbc", "cbc"}, {encNS + "aes256-cbc", "cbc"},
	{encNS + "rsa-1_5", "rsa-1_5"},
	{encNS + "tripledes-cbc", "triple-des"}, {encNS + "kw-tripledes", "triple-des"},
}

func runEncryptionAlgorithm(in *Input) Outcome {
	m, out := in.encryptable()
	if m == nil {
		return out
	}
	if len(in.Message.Opened) == 0 {
		if !m.Root.Closed() {
			return unseen("the message breaks off; up to there nothing is encrypted")
		}
		return notApplicable("nothing in the message is encrypted")
	}
	var fs []Finding
	told, seen := map[string]bool{}, map[*xmldoc.Node]bool{}
	whole := true
	judge := func(e *xmldoc.Node) {
		if seen[e] || len(fs) >= maxFindings {
			return
		}
		seen[e] = true
		whole = whole && e.Closed()
		f, ok := judgeEncryptionMethod(e)
		if key := f.Reason + " " + f.Message; !ok && !told[key] {
			told[key] = true // the same algorithm is told once
			fs = append(fs, f)
		}
	}
	for _, o := range in.Message.Opened {
		judge(o.Data)
		for _, r := range o.Recipients {
			judge(r.Node)
		}
	}
	if len(fs) == 0 && !whole {
		return unseen("the message breaks off inside what is encrypted")
	}
	return found(fs...)
}

func judgeEncryptionMethod(e *xmldoc.Node) (f Finding, ok bool) {
	what := "content"
	if e.Name().Local == "EncryptedKey" {
		what = "key"
	}
	method := firstChildNamed(e, saml.NSEncryption, "EncryptionMethod")
	if method == nil || saml.AttrValue(method, "Algorithm") == nil {
		if !e.Closed() {
			return f, true
		}
		return under(e, "/EncryptionMethod/@Algorithm", Finding{
			Reason:   "missing",
			Severity: expect.SeverityWarning,
			Message:  fmt.Sprintf("The %s does not say how its %s is encrypted; a service must know it otherwise.", e.Name().Local, what),
		}), false
	}
	v := saml.AttrValue(method, "Algorithm")
	reason, defined := "", false
	for _, a := range encryptionAlgorithms {
		if a.uri == v.Text {
			reason, defined = a.reason, true
		}
	}
	f = at(v, Finding{Reason: reason, Severity: expect.SeverityWarning, Actual: []string{v.Text}})
	switch {
	case !defined:
		f.Reason, f.Severity = "unknown", expect.SeverityError
		f.Message = fmt.Sprintf("The %s is encrypted with %s, which XML Encryption does not define.", what, quote(v.Text))
		f.Expected, f.Cause = nearestAlgorithm(v.Text)
	case reason == "":
		return f, true
	case reason == "cbc":
		f.Message = fmt.Sprintf("The %s is encrypted with AES in CBC mode (%s), which does not notice changes; AES-GCM is the sound choice.", what, quote(v.Text))
		f.Expected = []string{encNS11 + "aes128-gcm", encNS11 + "aes256-gcm"}
	case reason == "rsa-1_5":
		f.Message = fmt.Sprintf("The %s is encrypted with RSA PKCS#1 1.5 (%s), which many services refuse; RSA-OAEP is the sound choice.", what, quote(v.Text))
		f.Expected = []string{encNS + "rsa-oaep-mgf1p", encNS11 + "rsa-oaep"}
	default:
		f.Message = fmt.Sprintf("The %s is encrypted with triple DES (%s), which is withdrawn; AES-GCM is the sound choice.", what, quote(v.Text))
		f.Expected = []string{encNS11 + "aes128-gcm", encNS11 + "aes256-gcm"}
	}
	return f, false
}

// nearestAlgorithm is the algorithm that an unknown one was meant to be, if a
// slip explains it.
func nearestAlgorithm(actual string) ([]string, *Cause) {
	for _, a := range encryptionAlgorithms {
		if c := compareValue(a.uri, actual); c.ID == causeCase || c.ID == causeOneEdit || c.ID == causeWhitespace {
			return []string{a.uri}, c
		}
	}
	return nil, nil
}
