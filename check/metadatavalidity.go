package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var metadataValidity = &Rule{
	ID:       "metadata-validity",
	Title:    "The metadata is out of date, or not as it was signed",
	Question: "Is the metadata's validUntil not over at the evaluation time, and is signed metadata as it was signed?",
	Group:    GroupMetadata,
	Severity: expect.SeverityWarning,
	Doc: Doc{
		Why:  "From validUntil on nobody may use the metadata, so that certificates and addresses that are no longer in use die out. Software that heeds it knows the other side no more from then on, and software that verifies the signature refuses metadata that was changed.",
		Spec: "saml-metadata-2.0-os sections 2.3.1, 2.3.2, 2.4.1, 3 and 4.3",
		Likely: []string{
			"The file was saved once and imported by hand; what is published at the URL has been renewed since.",
			"The side that publishes it generates metadata that is good for only a few hours or days.",
			"The file was edited, or reformatted by an editor, after it was signed.",
		},
		Fix: []string{
			"Let the other side fetch the metadata from its URL, regularly, instead of importing a saved file.",
			"Where it must be a file: download it again, or export it without validUntil.",
			"Where it must be edited: take the signature out, so that it does not claim what is no longer so.",
		},
	},
	Reasons: []Reason{
		{"expired", "validUntil is over"},
		{"digest", "the metadata was changed after it was signed"},
		{"value", "the signature does not verify with the key that it carries"},
		{"not-covered", "the signature does not sign the element that it stands in"},
	},
	Needs: []string{expect.FlagIdPMetadata, expect.FlagSPMetadata},
	Run:   runMetadataValidity,
}

func runMetadataValidity(in *Input) Outcome {
	return in.eachDescribed(func(d described) Outcome {
		return together(d.validUntil(in.At.Time), d.signatures())
	})
}

// period is how long an element of metadata is good for.
type period struct {
	node         *xmldoc.Node
	until, cache *saml.Value
}

// periods are those that bound the description: of the aggregates around the
// entity, of the entity and of its roles, from the outside in.
func (d described) periods() []period {
	var list []period
	for g := d.Entity.Group; g != nil; g = g.Parent {
		list = append(list, period{g.Node, g.ValidUntil, g.CacheDuration})
	}
	slices.Reverse(list)
	list = append(list, period{d.Entity.Node, d.Entity.ValidUntil, d.Entity.CacheDuration})
	for _, r := range d.roles() {
		list = append(list, period{r.Node, r.ValidUntil, r.CacheDuration})
	}
	return list
}

// validUntil finds the period that ended first. That of an outer element bounds
// those of the elements in it.
func (d described) validUntil(now time.Time) Outcome {
	var first *period
	var end time.Time
	unread := ""
	cache := ""
	list := d.periods()
	for i := range list {
		p := &list[i]
		if v := p.cache.Trimmed(); v != "" && cache == "" {
			cache = v
		}
		if p.until == nil {
			continue
		}
		t, err := p.until.Time()
		switch {
		case err != nil:
			unread = p.until.Text
		case now.Before(t): // at validUntil itself it is over
		case first == nil || t.Before(end):
			first, end = p, t
		}
	}
	switch {
	case first == nil && unread != "":
		return skip(fmt.Sprintf("the validUntil %s in %s cannot be read", quote(unread), d.file()))
	case first == nil:
		return pass()
	}
	f := at(first.until, Finding{
		Reason:  "expired",
		Message: fmt.Sprintf("The %s in %s was valid until %s, %s; software that heeds it no longer knows %s.", elementName(first.node), d.file(), end.UTC().Format("2 Jan 2006 15:04 UTC"), longSince(now.Sub(end)), d.side()),
		Actual:  []string{first.until.Text},
		Fix:     fmt.Sprintf("At %s, import the current metadata of %s, best by its URL so that it stays current.", d.other(), d.side()),
	})
	if cache != "" {
		f.Note = fmt.Sprintf("Its cacheDuration is %s: it is meant to be fetched again at least that often, not to be kept as a file.", quote(cache))
	}
	return found(f)
}

// signatures judges the signatures over the description. Which key may sign it
// is not known here.
func (d described) signatures() Outcome {
	var holders []*xmldoc.Node
	signed := false
	for _, p := range d.periods() {
		holders = append(holders, p.node)
		signed = signed || firstChildNamed(p.node, saml.NSSignature, "Signature") != nil
	}
	switch {
	case !signed:
		return pass()
	case !d.File.Document.WellFormed():
		return skip(fmt.Sprintf("%s is not well-formed, so its signature cannot be verified", d.file()))
	}
	var outs []Outcome
	for _, s := range xmldsig.Find(xmldsig.NewIndex(d.File.Document, IDNames()...)) {
		if slices.Contains(holders, s.Node.Parent()) {
			outs = append(outs, d.judgeSignature(&signature{Signature: s}))
		}
	}
	return together(outs...)
}

func (d described) judgeSignature(s *signature) Outcome {
	about := fmt.Sprintf("%s in %s", s.about(), d.file())
	if !s.covers(s.holder()) {
		return found(node(s.Node, Finding{
			Reason:  "not-covered",
			Message: about + " does not sign the element that it stands in, so it vouches for nothing.",
		}))
	}
	for _, r := range s.References {
		digest := r.Digest()
		switch {
		case digest.Err != nil:
			return skip(fmt.Sprintf("%s cannot be verified: %v", smallStart(about), digest.Err))
		case !digest.Match:
			return found(node(s.Node, Finding{
				Reason:  "digest",
				Message: about + " does not hold: the metadata was changed, or reformatted, after it was signed.",
				Fix:     fmt.Sprintf("Download the metadata of %s again and import it without opening it in an editor.", d.side()),
				Note:    "Software that does not verify the signature takes it all the same.",
			}))
		}
	}
	keys := s.KeyInfo().Certificates()
	if len(keys) == 0 {
		return skip(smallStart(about) + " carries no key, and the publisher's is not known")
	}
	unusable := ""
	for _, c := range keys[:min(len(keys), maxKeys)] {
		switch v := s.VerifyValue(c.PublicKey); {
		case v.OK:
			return skip(smallStart(about) + " holds; whether its key is that of the publisher is not known")
		case v.Reason == xmldsig.ReasonUnsupportedAlgorithm, v.Reason == xmldsig.ReasonUnusableKey:
			unusable = s.SignatureMethod
		}
	}
	if unusable != "" {
		return skip(fmt.Sprintf("%s cannot be verified: the algorithm %s is not supported", smallStart(about), quote(unusable)))
	}
	return found(node(s.Node, Finding{
		Reason:  "value",
		Message: about + " does not verify with the key that it carries: the signature itself was changed.",
		Fix:     fmt.Sprintf("Download the metadata of %s again and import it without opening it in an editor.", d.side()),
	}))
}

// longSince says how long before the evaluation time something was over, in
// whole days once that is long.
func longSince(d time.Duration) string {
	switch {
	case d == 0:
		return "and so is over at the evaluation time"
	case d < 48*time.Hour:
		return Length(d) + " before the evaluation time"
	}
	return days(d) + " before the evaluation time"
}

// smallStart is a sentence's beginning as it stands inside one.
func smallStart(s string) string { return strings.ToLower(s[:1]) + s[1:] }
