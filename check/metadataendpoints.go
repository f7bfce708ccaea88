package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
)

var metadataEndpoints = &Rule{
	ID:       "metadata-endpoints",
	Title:    "The addresses in the metadata are not in order",
	Question: "Are the endpoints absolute https URLs with bindings that fit, each once, with unique indexes and one default at most?",
	Group:    GroupMetadata,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "The endpoints say where each side sends its messages and in which form. A mistyped binding hides an endpoint, two with the same index or two defaults leave the choice to chance, and over http anybody on the way can read what is sent.",
		Spec: "saml-metadata-2.0-os sections 2.2.2, 2.2.3, 2.4.2 to 2.4.4; saml-profiles-2.0-os section 4.1",
		Likely: []string{
			"The metadata was written by hand or by a template, and a line was copied without changing all of it.",
			"The service stands behind a proxy that ends TLS, and takes its own address to be http or an inner host.",
			"The base URL in the settings is empty or a path only.",
		},
		Fix: []string{
			"At the side whose metadata it is, set its base URL to the outer https address and export the metadata again.",
			"Where the metadata is kept by hand: one line for each endpoint, each with an index of its own, one of them with isDefault=\"true\".",
		},
	},
	Reasons: []Reason{
		{"no-acs", "the service has no AssertionConsumerService to which a Response can be posted"},
		{"not-absolute", "a Location is no absolute URL"},
		{"blanks", "a Location has white space around it"},
		{"http", "a Location is not https"},
		{"unknown-binding", "a binding is none that SAML defines"},
		{"wrong-binding", "a binding cannot serve at such an endpoint"},
		{"duplicate", "an endpoint stands twice"},
		{"index-repeated", "an index stands twice"},
		{"several-defaults", "more than one is the default"},
	},
	Needs: []string{expect.FlagIdPMetadata, expect.FlagSPMetadata},
	Run:   runMetadataEndpoints,
}

func runMetadataEndpoints(in *Input) Outcome {
	return in.eachDescribed(func(d described) Outcome {
		var fs []Finding
		for _, i := range d.Entity.IDPs {
			if d.Party != expect.PartyIdP {
				break
			}
			fs = append(fs, d.judgeEndpoints(expect.ServiceSSO, i.SingleSignOnServices)...)
			fs = append(fs, d.judgeEndpoints(expect.ServiceLogout, i.SingleLogoutServices)...)
			fs = append(fs, d.judgeEndpoints(expect.ServiceArtifact, i.ArtifactResolutionServices)...)
		}
		for _, s := range d.Entity.SPs {
			if d.Party != expect.PartySP {
				break
			}
			fs = append(fs, d.acsMissing(s)...)
			fs = append(fs, d.judgeEndpoints(expect.ServiceACS, s.AssertionConsumerServices)...)
			fs = append(fs, d.judgeEndpoints(expect.ServiceLogout, s.SingleLogoutServices)...)
			fs = append(fs, d.judgeEndpoints(expect.ServiceArtifact, s.ArtifactResolutionServices)...)
			var services []choice
			for _, a := range s.AttributeConsumingServices {
				services = append(services, choice{a.Index, a.IsDefault})
			}
			fs = append(fs, d.judgeChoices("AttributeConsumingService", services)...)
		}
		return found(fs[:min(len(fs), maxFindings)]...)
	})
}

// Bindings and profiles that stand in metadata beside those of package metadata
// (saml-bindings-2.0-os, sstc-saml-holder-of-key-browser-sso, and those of SAML
// 1.1 and Shibboleth 1).
const (
	bindingHolderOfKey = "urn:oasis:names:tc:SAML:2.0:profiles:holder-of-key:SSO:browser"
	bindingURI         = "urn:oasis:names:tc:SAML:2.0:bindings:URI"
	bindingPrefix      = "urn:oasis:names:tc:SAML:"
	bindingArtifact11  = "urn:oasis:names:tc:SAML:1.0:profiles:artifact-01"
	bindingSOAP11      = "urn:oasis:names:tc:SAML:1.0:bindings:SOAP-binding"
)

// knownBindings are those that SAML defines, the usual ones first.
func knownBindings() []string {
	return []string{
		metadata.BindingPOST, metadata.BindingRedirect, metadata.BindingSOAP, metadata.BindingArtifact,
		metadata.BindingPAOS, metadata.BindingPOSTSimpleSign, bindingHolderOfKey, bindingURI,
		metadata.BindingPOST11, bindingArtifact11, bindingSOAP11,
	}
}

// serves reports whether a known binding can serve at an endpoint of service.
func serves(binding, service string) bool {
	switch service {
	case expect.ServiceACS:
		// No Response may travel by redirect (saml-profiles 4.1.2), and none is
		// sent to the service by SOAP.
		return binding != metadata.BindingRedirect && binding != metadata.BindingSOAP && binding != bindingSOAP11 && binding != bindingURI
	case expect.ServiceArtifact:
		return binding == metadata.BindingSOAP || binding == bindingSOAP11
	}
	return binding != metadata.BindingPAOS && binding != bindingURI
}

// acsMissing finds that no browser can bring s a Response.
func (d described) acsMissing(s *metadata.SP) []Finding {
	usable := func(e *metadata.Endpoint) bool {
		switch b := e.Binding.Trimmed(); b {
		case metadata.BindingArtifact, metadata.BindingPAOS, bindingHolderOfKey, bindingArtifact11:
			return true
		default:
			// A binding of somebody's own may be agreed upon.
			return e.Posts() || !strings.HasPrefix(b, bindingPrefix) && strings.Contains(b, ":")
		}
	}
	if slices.ContainsFunc(s.AssertionConsumerServices, usable) || !s.Node.Closed() {
		return nil
	}
	f := Finding{
		Reason:       "no-acs",
		Severity:     expect.SeverityError,
		Message:      fmt.Sprintf("There is no AssertionConsumerService in %s, so the IdP does not know where to send a Response.", d.file()),
		Expected:     []string{metadata.BindingPOST},
		ExpectedFrom: "saml-profiles section 4.1",
		Fix:          "At the service, export its metadata again, with the ACS URL and the binding HTTP-POST, and import it at the IdP.",
	}
	for _, e := range s.AssertionConsumerServices[:min(len(s.AssertionConsumerServices), maxListed)] {
		f.Actual = append(f.Actual, e.Binding.Trimmed())
	}
	if len(f.Actual) > 0 {
		f.Message = fmt.Sprintf("No AssertionConsumerService in %s has the binding HTTP-POST, only %s, so the IdP does not know where to send a Response.", d.file(), quote(f.Actual[0]))
		f.Cause = compareBinding(f.Actual[0])
	}
	return []Finding{under(s.Node, "/AssertionConsumerService", f)}
}

// judgeEndpoints judges the endpoints of one service.
func (d described) judgeEndpoints(service string, list []*metadata.Endpoint) []Finding {
	var fs []Finding
	var choices []choice
	seen := map[[2]string]bool{}
	indexes := map[string]bool{}
	for _, e := range list {
		if !tagRead(e.Node) {
			continue
		}
		key := [2]string{e.Binding.Trimmed(), e.Location.Trimmed()}
		if seen[key] && (e.Index == nil || !indexes[e.Index.Trimmed()]) {
			fs = append(fs, node(e.Node, Finding{
				Reason:  "duplicate",
				Message: fmt.Sprintf("In %s the %s %s stands twice with the binding %s.", d.file(), service, quote(key[1]), quote(key[0])),
				Actual:  []string{key[1]},
				Fix:     "Take one of the two out.",
			}))
		}
		seen[key] = true
		if e.Index != nil {
			indexes[e.Index.Trimmed()] = true
			choices = append(choices, choice{e.Index, e.IsDefault})
		}
		fs = append(fs, d.judgeBinding(service, e)...)
		for _, v := range []*saml.Value{e.Location, e.ResponseLocation} {
			if v != nil {
				fs = append(fs, d.judgeLocation(service, v)...)
			}
		}
		if len(fs) > maxFindings {
			break
		}
	}
	return append(fs, d.judgeChoices(service, choices)...)
}

func (d described) judgeBinding(service string, e *metadata.Endpoint) []Finding {
	b := e.Binding
	if b == nil { // metadata-schema tells
		return nil
	}
	f := at(b, Finding{Actual: []string{b.Text}, Fix: fmt.Sprintf("At %s, choose a binding of SAML for the address and export the metadata again.", d.side())})
	if text := b.Trimmed(); slices.Contains(knownBindings(), text) {
		if serves(text, service) {
			return nil
		}
		f.Reason = "wrong-binding"
		f.Message = fmt.Sprintf("The %s in %s has the binding %s, which cannot serve there.", service, d.file(), quote(text))
		return []Finding{f}
	}
	for _, known := range knownBindings() {
		if c := compareValue(known, b.Trimmed()); c != nil && c.ID != causeOther && c.ID != causePath {
			f.Cause, f.Expected = c, []string{known}
			break
		}
	}
	if f.Cause == nil && !strings.HasPrefix(b.Trimmed(), bindingPrefix) && strings.Contains(b.Trimmed(), ":") {
		return nil // of an extension, such as WS-Federation's or Shibboleth's own
	}
	f.Reason = "unknown-binding"
	f.Message = fmt.Sprintf("The %s in %s has the binding %s, which SAML does not define, so the address is not used.", service, d.file(), quote(b.Text))
	if len(f.Expected) > 0 {
		f.Message = fmt.Sprintf("The %s in %s has the binding %s, which SAML does not define, so the address is not used; likely meant is %s.", service, d.file(), quote(b.Text), quote(f.Expected[0]))
	}
	return []Finding{f}
}

func (d described) judgeLocation(service string, v *saml.Value) []Finding {
	what := fmt.Sprintf("The %s of the %s in %s", v.Attr.Name, service, d.file())
	f := at(v, Finding{Actual: []string{v.Text}})
	u, ok := splitURL(v.Trimmed())
	scheme := strings.ToLower(u.scheme)
	switch {
	case v.Trimmed() == "" && service == expect.ServiceSSO:
		return nil // metadata-sso-binding tells
	case !ok || scheme != "https://" && scheme != "http://":
		f.Reason = "not-absolute"
		if service == expect.ServiceSSO || service == expect.ServiceACS {
			f.Severity = expect.SeverityError
		}
		f.Message = fmt.Sprintf("%s is %s, which is no absolute URL, so no browser can be sent there.", what, quote(v.Text))
		f.Fix = fmt.Sprintf("At %s, set its base URL, https and host included, and export the metadata again.", d.side())
	case v.Trimmed() != v.Text:
		f.Reason = "blanks"
		f.Message = fmt.Sprintf("%s is %s, with white space around it, which software that compares character for character takes for another address.", what, quote(v.Text))
		f.Expected = []string{v.Trimmed()}
		f.Cause = compareValue(v.Trimmed(), v.Text)
		f.Fix = fmt.Sprintf("At %s, take the white space out of the address and export the metadata again.", d.side())
	case scheme == "http://" && !loopback(u.host):
		f.Reason = "http"
		f.Message = fmt.Sprintf("%s is %s, where https is expected: over http anybody on the way can read and replay what is sent.", what, quote(v.Text))
		f.Fix = fmt.Sprintf("At %s, set its base URL to https; behind a proxy that ends TLS, let it know its outer address (X-Forwarded-Proto).", d.side())
	default:
		return nil
	}
	return []Finding{f}
}

// loopback reports whether host is this very machine, where http hurts nobody.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}

// choice is what tells one of several alike apart.
type choice struct{ index, isDefault *saml.Value }

// judgeChoices judges what chooses among the elements called name.
func (d described) judgeChoices(name string, list []choice) []Finding {
	var fs []Finding
	indexes := map[string]bool{}
	first := ""
	for _, c := range list {
		index := c.index.Trimmed()
		if c.index != nil && indexes[index] {
			fs = append(fs, at(c.index, Finding{
				Reason:  "index-repeated",
				Message: fmt.Sprintf("In %s two %s have the index %s, so a request that names the index means either.", d.file(), name, quote(index)),
				Actual:  []string{c.index.Text},
				Fix:     "Give each an index of its own, and leave those of the addresses in use as they are.",
			}))
		}
		indexes[index] = true
		if metadata.True(c.isDefault) {
			if first != "" {
				fs = append(fs, at(c.isDefault, Finding{
					Reason:  "several-defaults",
					Message: fmt.Sprintf("In %s two %s have isDefault=\"true\", those with the indexes %s and %s; the first is meant, but not all software reads it so.", d.file(), name, first, quote(index)),
					Actual:  []string{c.isDefault.Text},
					Fix:     "Leave isDefault=\"true\" on the one that is meant.",
				}))
				break
			}
			first = quote(index)
		}
	}
	return fs
}
