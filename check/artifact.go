package check

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var artifact = &Rule{
	ID:        "artifact",
	Title:     "The artifact does not lead to a Response",
	Question:  "Is the SAMLart well-formed and the expected IdP's, and does the ArtifactResponse hold the Response that was asked for?",
	Group:     GroupOther,
	Severity:  expect.SeverityError,
	Essential: true,
	Doc: Doc{
		Why:  "By the artifact binding the browser carries only a reference, and the service fetches the Response from the IdP by a SOAP call of its own. That call is in no trace of the browser: what it asked and what it got only the service's log shows.",
		Spec: "saml-bindings-2.0-os sections 3.6.3 and 3.6.4, saml-core-2.0-os section 3.5",
		Likely: []string{
			"The service cannot reach the IdP's ArtifactResolutionService: a firewall, a proxy, a certificate for TLS that it does not trust.",
			"The artifact had been used up: it may be resolved once, within minutes, and only at the server that made it.",
			"The IdP does not know the service that asks, or its signature or client certificate.",
		},
		Fix: []string{
			"In the service's log, look for the call to the IdP's ArtifactResolutionService and its answer.",
			"From the service's host, try whether that URL can be reached (curl), and whether its TLS certificate is trusted.",
			"If the back channel cannot be opened, set the binding of the service's ACS to HTTP-POST at the IdP.",
		},
	},
	Reasons: []Reason{
		{"not-base64", "the artifact is not base64"},
		{"length", "the artifact is too short or too long"},
		{"saml11", "the artifact is of SAML 1.1"},
		{"type-code", "SAML does not define the artifact's type"},
		{"source", "the artifact is of another IdP than expected"},
		{"endpoint-index", "the IdP's metadata has no ArtifactResolutionService with the artifact's index"},
		{"refused", "the IdP refused to resolve the artifact"},
		{"no-response", "the ArtifactResponse holds no Response"},
		{"issuer", "the ArtifactResponse is of another IdP than expected"},
		{"in-response-to", "the ArtifactResponse answers another ArtifactResolve"},
	},
	Needs: []string{"--idp-metadata", "--idp-entity-id"},
	Run:   runArtifact,
}

func runArtifact(in *Input) Outcome {
	m, msg := in.SAML(), in.Message
	switch {
	case m.Type == saml.TypeArtifactResponse:
		return in.judgeArtifactResponse(m)
	case m.ArtifactResolve != nil:
		v := m.ArtifactResolve.Artifact
		if v == nil || cut(v) {
			return unseen("the ArtifactResolve names no Artifact that can be read, see schema")
		}
		return in.judgeArtifact(v.Trimmed(), v)
	case msg.Binding == decode.BindingArtifact && msg.Document == nil:
		raw := ""
		if msg.Capture != nil {
			raw = strings.TrimSpace(string(msg.Capture.Raw))
		}
		if strings.Contains(raw, "%") {
			if plain, err := url.PathUnescape(raw); err == nil { // + stands for itself
				raw = plain
			}
		}
		out := in.judgeArtifact(raw, nil)
		if out.Status != StatusPass {
			return out
		}
		return skip(fmt.Sprintf("the artifact is sound (%s), but the Response that it stands for went from IdP to service directly and is not in a browser's trace; the service's log, or its SOAP ArtifactResponse given as input, shows it", describeArtifact(raw)))
	}
	return notApplicable("no artifact was used")
}

// artifactParts is a SAML artifact of type 0x0004.
type artifactParts struct {
	index  uint16
	source [sha1.Size]byte // SHA-1 of the issuer's entity ID
	handle [20]byte        // names the message at its issuer
}

// The type codes of artifacts: two of SAML 1.1 (oasis-sstc-saml-bindings-1.1
// section 4.1.1.8, saml-bindings-profiles) and the one of SAML 2.0
// (saml-bindings-2.0-os section 3.6.4).
const (
	artifactType1 = 1
	artifactType2 = 2
	artifactType4 = 4
	artifactBytes = 2 + 2 + sha1.Size + 20
)

// artifactError is what is wrong with an artifact: the reason and the sentence of
// a finding.
type artifactError struct{ reason, text string }

func (e *artifactError) Error() string { return e.text }

// parseArtifact takes an artifact apart. The error is an [*artifactError].
func parseArtifact(s string) (a artifactParts, err error) {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		return a, &artifactError{"not-base64", fmt.Sprintf("The artifact %s is not base64.", quote(s))}
	}
	if len(b) < 2 {
		return a, &artifactError{"length", fmt.Sprintf("The artifact %s has %d bytes, but one of SAML 2.0 has %d.", quote(s), len(b), artifactBytes)}
	}
	switch code := binary.BigEndian.Uint16(b); {
	case code == artifactType1 || code == artifactType2:
		return a, &artifactError{"saml11", fmt.Sprintf("The artifact has the type 0x%04X, which is of SAML 1.1, but one of SAML 2.0 (0x0004) is expected.", code)}
	case code != artifactType4:
		return a, &artifactError{"type-code", fmt.Sprintf("The artifact has the type 0x%04X, but SAML 2.0 defines only 0x0004.", code)}
	case len(b) != artifactBytes:
		return a, &artifactError{"length", fmt.Sprintf("The artifact has %d bytes, but one of the type 0x0004 has %d.", len(b), artifactBytes)}
	}
	a.index = binary.BigEndian.Uint16(b[2:])
	copy(a.source[:], b[4:])
	copy(a.handle[:], b[4+sha1.Size:])
	return a, nil
}

func describeArtifact(s string) string {
	a, err := parseArtifact(s)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("type 0x0004, endpoint index %d, source ID %s, message handle %s", a.index, hex.EncodeToString(a.source[:]), hex.EncodeToString(a.handle[:]))
}

// judgeArtifact judges the artifact s, which stands at v where it is in a message.
func (in *Input) judgeArtifact(s string, v *saml.Value) Outcome {
	place := func(f Finding) Finding {
		if v != nil {
			return at(v, f)
		}
		return f
	}
	a, err := parseArtifact(s)
	if e, ok := errors.AsType[*artifactError](err); ok {
		f := Finding{Reason: e.reason, Message: e.text, Actual: []string{s}}
		f.Fix = "Take the SAMLart whole from the request to the service's ACS; if it is as it was sent, let the IdP's own software make it."
		if e.reason == "saml11" {
			f.Fix = "At the IdP, choose SAML 2.0 as the protocol of this service."
		}
		return found(place(f))
	}
	source := hex.EncodeToString(a.source[:])
	known := in.Expect.IdPEntityIDs
	i := slices.IndexFunc(known, func(id expect.Value) bool { return sha1.Sum([]byte(id.Text)) == a.source })
	switch {
	case len(known) == 0:
		return skip(fmt.Sprintf("the artifact is sound (%s); whose it is cannot be told without the IdP's entity ID", describeArtifact(s)), "--idp-entity-id", "--idp-metadata")
	case i < 0:
		f := Finding{
			Reason:       "source",
			Message:      fmt.Sprintf("The artifact's source ID is %s, but that of the expected IdP %s (%s) is %s: it was issued by another one, or under another entity ID.", source, quote(known[0].Text), known[0].From, sourceID(known[0].Text)),
			ExpectedFrom: known[0].From,
			Actual:       []string{source},
			Fix:          "At the service, set the IdP's entity ID to the one that the IdP has for itself, or import its current metadata; if the user logged in at another IdP, begin at the service again.",
		}
		for _, id := range known[:min(len(known), maxListed)] {
			f.Expected = append(f.Expected, sourceID(id.Text))
		}
		for _, id := range in.Expect.SPEntityIDs {
			if sha1.Sum([]byte(id.Text)) == a.source {
				f.Note = fmt.Sprintf("It is the source ID of the service itself, %s.", quote(id.Text))
			}
		}
		return found(place(f))
	}
	return found(in.artifactEndpoint(a, known[i].Text, place)...)
}

// sourceID is the source ID of an entity's artifacts.
func sourceID(entityID string) string {
	sum := sha1.Sum([]byte(entityID))
	return hex.EncodeToString(sum[:])
}

func (in *Input) artifactEndpoint(a artifactParts, idp string, place func(Finding) Finding) []Finding {
	var indexes []string
	described := false
	for _, id := range in.Expect.IdPs {
		described = described || id.Text == idp
	}
	for _, e := range in.Expect.IdPEndpoints {
		if e.Service == expect.ServiceArtifact && e.Entity == idp {
			indexes = append(indexes, e.Index)
		}
	}
	index := strconv.Itoa(int(a.index))
	if !described || slices.Contains(indexes, index) {
		return nil
	}
	f := Finding{
		Reason:       "endpoint-index",
		Severity:     expect.SeverityWarning,
		Message:      fmt.Sprintf("The artifact is to be resolved at the ArtifactResolutionService with the index %s, but the IdP's metadata has none with it (%s).", index, expect.FlagIdPMetadata),
		Expected:     indexes[:min(len(indexes), maxListed)],
		ExpectedFrom: expect.FlagIdPMetadata,
		Actual:       []string{index},
		Fix:          "At the service, import the IdP's current metadata, with its ArtifactResolutionService.",
	}
	return []Finding{place(f)}
}

// judgeArtifactResponse judges what stands around the Response; the other rules
// judge the Response itself.
func (in *Input) judgeArtifactResponse(m *saml.Message) Outcome {
	r := m.ArtifactResponse
	var fs []Finding
	refused := r.Status != nil && len(r.Status.Codes) > 0 && r.Status.Codes[0].Trimmed() != saml.StatusSuccess
	switch {
	case refused:
		f := judgeStatus(r.Status)
		f.Reason = "refused"
		f.Message = "The IdP did not resolve the artifact. " + f.Message
		f.Note = "" // it is about a login
		f.Fix = "In the IdP's log, look for the ArtifactResolve at this time: usually the IdP does not know the service that asks, or its signature or client certificate."
		fs = append(fs, withStatusText(r.Status, f))
	case m.Response == nil && !r.Node.Closed():
		return unseen("the message breaks off before the Response in it")
	case m.Response == nil:
		fs = append(fs, under(r.Node, "/Response", Finding{
			Reason:   "no-response",
			Message:  "The ArtifactResponse reports Success and holds no Response: the IdP does not know the artifact, or not any more.",
			Expected: []string{inNamespace("Response", saml.NSProtocol)},
			Note:     "An artifact may be resolved once, and only for a short time, at the server that made it.",
			Fix:      "Log in once more and do not reload the page; if it happens each time, let the IdP's servers share their artifacts.",
		}))
	}
	w := &wanted{field: fieldIssuer, values: in.Expect.IdPEntityIDs}
	if r.Issuer != nil && w.known() && !cut(&r.Issuer.Value) && !w.accepts(r.Issuer.Text) {
		f := in.unlike(w, &r.Issuer.Value)
		f.Reason = "issuer"
		f.Message = fmt.Sprintf("The ArtifactResponse is issued by %s, but the service expects %s.", quote(r.Issuer.Text), expectation(&f))
		f.Fix = fmt.Sprintf("At the service, set the IdP's entity ID to %s, or, if that is not the IdP that should answer, correct the address of its ArtifactResolutionService.", quote(r.Issuer.Text))
		fs = append(fs, f)
	}
	if asked := in.facts.around().resolves; len(asked) > 0 && r.InResponseTo != nil &&
		!slices.ContainsFunc(asked, func(id expect.Value) bool { return id.Text == r.InResponseTo.Text }) {
		f := in.unlike(&wanted{field: fieldRequestID, values: asked}, r.InResponseTo)
		f.Reason = "in-response-to"
		f.Message = fmt.Sprintf("The ArtifactResponse answers the ArtifactResolve %s, but sent was %s.", quote(r.InResponseTo.Text), expectation(&f))
		fs = append(fs, f)
	}
	return found(fs...)
}
