package check

import (
	"fmt"
	"slices"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var metadataCertificates = &Rule{
	ID:       "metadata-certificates",
	Title:    "The certificates in the metadata are missing or not in order",
	Question: "Does the metadata have the signing certificates it needs, readable, for the right use, within their dates and strong?",
	Group:    GroupMetadata,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "A service verifies the IdP's signatures with the certificates in its metadata, an IdP those of the service, and each encrypts for the other with them. Without a signing certificate every message is refused; one that has expired, or is weak, is refused by a part of the software.",
		Spec: "saml-metadata-2.0-os section 2.4.1.1; NIST SP 800-131A for the strength of keys",
		Likely: []string{
			"Nobody renewed the certificate in time, or the renewed one was never put into the metadata.",
			"A certificate was pasted into the metadata by hand and lost a part.",
			"The only KeyDescriptor was marked use=\"encryption\" by mistake.",
		},
		Fix: []string{
			"At the side whose metadata it is, make or choose a signing certificate that is in date and has RSA 2048 bits or more, or EC P-256, and export the metadata again.",
			"Import the new metadata at the other side before the new certificate is used.",
			"A KeyDescriptor with use=\"signing\", or without use, serves for signatures.",
		},
	},
	Reasons: []Reason{
		{"missing", "there is no signing certificate"},
		{"only-encryption", "every certificate is for encryption only"},
		{"unreadable", "a certificate cannot be read"},
		{"expired", "a certificate has expired"},
		{"not-yet-valid", "a certificate is not valid yet"},
		{"expires-soon", "a certificate expires within 30 days"},
		{"short-key", "a key is too short"},
		{"md5", "a certificate is signed with MD5"},
		{"refused", "software in wide use refuses to read a certificate"},
	},
	Needs: []string{expect.FlagIdPMetadata, expect.FlagSPMetadata},
	Run:   runMetadataCertificates,
}

func runMetadataCertificates(in *Input) Outcome {
	told := in.toldCertificates()
	return in.eachDescribed(func(d described) Outcome { return in.judgeKeys(d, told) })
}

// toldCertificates are the SHA-256 fingerprints of certificates that other rules
// judge: certificate-validity and certificate-strength those of the message,
// authn-request that of the service.
func (in *Input) toldCertificates() map[string]bool {
	told := map[string]bool{}
	if m, _ := in.response(); m != nil {
		certs, _ := in.signingCertificates()
		for _, c := range certs {
			told[c.SHA256] = true
		}
	}
	if len(in.serviceCertificate()) == 0 {
		return told
	}
	if m, _ := in.response(); in.SAML().AuthnRequest != nil || m != nil && in.request() == nil {
		for i := range in.Expect.SPCertificates {
			told[in.Expect.SPCertificates[i].SHA256] = true
		}
	}
	return told
}

// judgeKeys judges the keys of a party; told are those that other rules judge.
func (in *Input) judgeKeys(d described, told map[string]bool) Outcome {
	var fs []Finding
	seen := map[string]bool{}
	signing, unread, toldOf := 0, 0, false
	var encryption *xmldoc.Node
	for _, k := range keysOf(d.roles()) {
		if !k.Node.Closed() {
			return unseen(d.file() + " breaks off among its keys")
		}
		use := "certificate"
		switch k.Use.Trimmed() {
		case "signing":
			use = "signing certificate"
		case "encryption":
			use, encryption = "encryption certificate", k.Node
		}
		for _, c := range k.Certificates() {
			if c.Err != nil {
				unread++
				fs = append(fs, node(c.Node, Finding{
					Reason:  "unreadable",
					Message: fmt.Sprintf("A %s in %s cannot be read: %v.", use, d.file(), c.Err),
					Fix:     fmt.Sprintf("At %s, export the metadata again instead of editing it.", d.side()),
				}))
				continue
			}
			if k.Signs() {
				signing++
			}
			id := c.Certificate.SHA256
			if seen[id] {
				continue
			}
			seen[id] = true
			if faults := in.judgeKey(d, use, c); told[id] {
				toldOf = toldOf || len(faults) > 0
			} else {
				fs = append(fs, faults...)
			}
		}
		if len(fs) > maxFindings {
			break
		}
	}
	if signing == 0 {
		fs = append(fs, in.noSigningKey(d, encryption, unread)...)
	}
	if len(fs) == 0 && toldOf {
		return notApplicable("what there is to say of a certificate in " + d.file() + " is said elsewhere, see certificate-validity, certificate-strength and authn-request")
	}
	return found(fs...)
}

func keysOf(roles []*metadata.Role) []*metadata.Key {
	var keys []*metadata.Key
	for _, r := range roles {
		keys = append(keys, r.Keys...)
	}
	return keys
}

// judgeKey judges dates and strength of one certificate or key.
func (in *Input) judgeKey(d described, use string, c metadata.KeyCertificate) []Finding {
	var fs []Finding
	if f, ok := datesOf("The "+use, c.Certificate, in.At.Time); !ok {
		f.Fix = fmt.Sprintf("At %s, renew the certificate, then import its new metadata at %s.", d.side(), d.other())
		if f.Reason == "not-yet-valid" {
			f.Fix = fmt.Sprintf("At %s, go on using the certificate before it until then.", d.side())
		}
		fs = append(fs, f)
	}
	for _, f := range weaknesses(c.Certificate) {
		if f.Reason == "unreadable" {
			f.Reason = "refused"
		}
		fs = append(fs, f)
	}
	for i := range fs {
		fs[i] = node(c.Node, fs[i])
		fs[i].Message = "In " + d.file() + ", " + smallStart(fs[i].Message)
	}
	return fs
}

// noSigningKey is what to say of a party that has no readable signing key:
// nothing of a service that signs nothing.
func (in *Input) noSigningKey(d described, encryption *xmldoc.Node, unread int) []Finding {
	roles := d.roles()
	if len(roles) == 0 {
		return nil
	}
	f := Finding{
		Reason: "missing",
		Fix:    fmt.Sprintf("At %s, export metadata that has the signing certificate, in a KeyDescriptor with use=\"signing\".", d.side()),
	}
	consequence := "so nothing that the IdP signs can be verified with it"
	if d.Party == expect.PartySP {
		if !slices.ContainsFunc(d.Entity.SPs, func(s *metadata.SP) bool { return metadata.True(s.AuthnRequestsSigned) }) {
			return nil
		}
		consequence = "so the IdP cannot verify the requests that the service says it signs (AuthnRequestsSigned)"
	} else if !slices.ContainsFunc(in.Expect.Certificates, func(c expect.Certificate) bool { return c.From != expect.FlagIdPMetadata }) {
		// Without another source of certificates no login can work.
		f.Severity = expect.SeverityError
	}
	place := roles[0].Node
	switch {
	case unread > 0:
		f.Message = fmt.Sprintf("No signing certificate in %s can be read, %s.", d.file(), consequence)
	case encryption != nil:
		place, f.Reason = encryption, "only-encryption"
		f.Message = fmt.Sprintf("Every certificate in %s is marked use=\"encryption\", %s.", d.file(), consequence)
	case !place.Closed():
		return nil
	default:
		f.Message = fmt.Sprintf("There is no signing certificate in %s, %s.", d.file(), consequence)
		return []Finding{under(place, "/KeyDescriptor", f)}
	}
	return []Finding{under(place, "", f)}
}
