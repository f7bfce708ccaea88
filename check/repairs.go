package check

import (
	"cmp"
	"crypto"
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/repair"
)

// Attempt counts what was tried to prove a cause.
type Attempt struct {
	Cause string
	Count int
}

// repairOctets bounds the repairs of one message, see [repair.Options]: a hostile
// one can hold any number of signatures.
const repairOctets = 400 << 20

// repairBudget is what the repairs of this message may cost. In a capture of
// hundreds of messages each has less, so that all of them together stay bounded,
// and the answer about one does not depend on which others were asked first.
func (in *Input) repairBudget() int64 {
	messages := 0
	if in.Trace != nil {
		messages = len(in.Trace.Messages)
	}
	return repairOctets / int64(max(1, messages/100))
}

// repairDigests looks for what brings the digests back that do not match.
func (in *Input) repairDigests() map[*xmldsig.Reference]*repair.Result {
	results := map[*xmldsig.Reference]*repair.Result{}
	var broken []*xmldsig.Reference
	for _, s := range in.judged() {
		for _, r := range s.References {
			if d := r.Digest(); !d.Match && d.Err == nil && len(broken) < maxFindings {
				broken = append(broken, r)
			}
		}
	}
	// What is proved of an assertion helps with the Response around it.
	slices.SortStableFunc(broken, func(a, b *xmldsig.Reference) int { return cmp.Compare(a.Digest().Size, b.Digest().Size) })
	o := repair.Options{Octets: in.repairBudget()}
	if len(broken) > 0 {
		// An edited SignedInfo breaks the digest of what is signed around it too.
		for _, s := range in.judged() {
			if v := in.facts.values()[s]; v != nil && v.Proof != nil {
				o.Proved = append(o.Proved, v.Proof)
			}
		}
	}
	for _, r := range broken {
		if o.Octets <= 0 {
			results[r] = &repair.Result{Bounded: true}
			continue
		}
		o.Known = in.knownValues(r)
		results[r] = repair.Digest(r, o)
		o.Octets -= results[r].Octets
		if p := results[r].Proof; p != nil {
			o.Proved = append(o.Proved, p)
		}
	}
	return results
}

// repairValues looks for the SignedInfo over which the values were made that
// verify with no key.
func (in *Input) repairValues() map[*signature]*repair.Result {
	results := map[*signature]*repair.Result{}
	o := repair.Options{Octets: in.repairBudget()}
	sigs := in.judged()
	for _, s := range sigs[:min(len(sigs), maxJudged)] {
		trials := s.trials()
		if !s.Node.Closed() || signer(trials) != nil || verifier(trials, roleOther) != nil {
			continue
		}
		var keys []crypto.PublicKey
		for i := range trials {
			if !slices.ContainsFunc(trials[:i], func(t trial) bool { return t.cert.KeySHA256 == trials[i].cert.KeySHA256 }) {
				keys = append(keys, trials[i].cert.PublicKey)
			}
		}
		if o.Octets > 0 && len(results) < maxFindings && len(keys) > 0 {
			results[s] = repair.Value(s.Signature, keys, o)
			o.Octets -= results[s].Octets
		}
	}
	return results
}

// triedIn tells a report what a search has tried.
func triedIn(r *repair.Result) []Attempt {
	var list []Attempt
	for _, a := range r.Attempts {
		list = append(list, Attempt{string(a.Cause), a.Count})
	}
	return list
}

// digestCause is the cause that brought a digest back, with what to do.
func digestCause(p *repair.Proof, r *xmldsig.Reference) (*Cause, string) {
	const backs = "the signed digest comes back"
	evidence := changesText(p, backs)
	text := ""
	switch p.Cause {
	case repair.Canonicalization:
		text, evidence = canonicalizationText(p.Used, r)
	case repair.InclusiveNamespaces:
		evidence = fmt.Sprintf("hashed %s the content has the signed digest; the message declares %s", withPrefixes(p.Used), prefixText(declaredPrefixes(r)))
	case repair.DigestMethod:
		evidence = fmt.Sprintf("%s of the content is the signed digest, where DigestMethod says %s", hashName(xmldsig.DigestHash(p.Used).String()), hashName(r.Hash.String()))
	case repair.NamespaceContext:
		if p.Total == 0 {
			evidence = undeclared(p.Used) + backs
		}
	case repair.InResponseToRemoved, repair.AttributeRemoved, repair.AttributeEdited:
		text = editText(p)
	}
	cause, fix := proven(digestCauses, string(p.Cause), text, evidence)
	if p.With != "" {
		cause.Text += "; besides, " + causeDoc(digestCauses, string(p.With)).Text
	}
	if p.Cause == repair.AttributeRemoved || p.Cause == repair.AttributeEdited {
		fix = editFix(p, r)
	}
	return cause, fix
}

// undeclared says that prefixes, a list with blanks between them, were not in
// scope; what that brings back follows.
func undeclared(prefixes string) string {
	what := "the prefix " + quote(prefixes) + ", which the elements around it declare,"
	if strings.Contains(prefixes, " ") {
		what = "the prefixes " + quote(prefixes) + ", which the elements around it declare,"
	}
	return "without " + what + " "
}

// canonicalizationText says which other form the signer hashed.
func canonicalizationText(used string, r *xmldsig.Reference) (text, evidence string) {
	declared := "no canonicalization, which means " + xmldsig.CanonicalXML10
	for i := range r.Transforms {
		if c := r.Transforms[i].Canonicalization; c != nil {
			declared = c.URI()
		}
	}
	switch used {
	case xmldsig.TransformEnveloped:
		return "the signer left its own Signature out without declaring it", "with the transform enveloped-signature the digest is the signed one, and the Reference does not name it"
	case xmldsig.TransformXPath:
		return "the digest was made before the elements in it were signed", "without the signatures inside it the digest is the signed one"
	}
	if _, known := xmldsig.CanonicalizationOf(used); !known {
		return "the signer hashed its own Signature, although it declares enveloped-signature", "with the still empty Signature element the digest is the signed one"
	}
	return "", fmt.Sprintf("canonicalized by %s the content has the signed digest; declared is %s", used, declared)
}

func declaredPrefixes(r *xmldsig.Reference) string {
	var list []string
	for i := range r.Transforms {
		if c := r.Transforms[i].Canonicalization; c != nil {
			for _, p := range c.Prefixes {
				if p == "" {
					p = "#default"
				}
				list = append(list, p)
			}
		}
	}
	return strings.Join(list, " ")
}

func prefixText(list string) string {
	if list == "" {
		return "no PrefixList"
	}
	return "the PrefixList " + quote(list)
}

// withPrefixes says how a signer hashed.
func withPrefixes(list string) string {
	if list == "" {
		return "without a PrefixList"
	}
	return "with " + prefixText(list)
}

// editText says which places were edited by hand.
func editText(p *repair.Proof) string {
	var done []string // what was done, and to what elements
	elements := map[string][]string{}
	for i := range p.Changes[:min(len(p.Changes), 3)] {
		c := &p.Changes[i]
		element := "the signed element"
		if c.Node != nil {
			element = "the " + elementText(c.Node)
		}
		name, _, removed := attributeSource(c.Signed)
		added, _, wasAdded := attributeSource(c.Received)
		what := "the text of %s was changed"
		switch {
		case c.Received == "" && removed:
			what = name + " was removed from %s"
		case c.Signed == "" && wasAdded:
			what = added + " was added to %s"
		case c.Attribute != "":
			what = clipped(c.Attribute) + " of %s was changed"
		}
		if elements[what] == nil {
			done = append(done, what)
		}
		elements[what] = append(elements[what], element)
	}
	for i, what := range done {
		done[i] = strings.Replace(what, "%s", joinAnd(elements[what]), 1)
	}
	return joinAnd(done) + " after signing"
}

// editFix says at which setting of the IdP an edited value has to be changed.
func editFix(p *repair.Proof, r *xmldsig.Reference) string {
	if len(p.Changes) == 0 || p.Changes[0].Node == nil {
		return fixHand
	}
	c := &p.Changes[0]
	name := c.Attribute
	if n, _, ok := attributeSource(c.Received + c.Signed); name == "" && ok {
		name = n
	}
	place := name
	if place == "" {
		place = c.Node.Name().Local
	} else {
		place += " of the " + c.Node.Name().Local
	}
	whole := "the document"
	if r.Target != nil {
		whole = "the " + r.Target.Name().Local
	}
	text := fmt.Sprintf("%s lies inside %s, which is signed, and no edit there can survive: ", place, whole)
	switch cmp.Or(name, c.Node.Name().Local) {
	case "Destination", "Recipient":
		return text + "at the IdP, set this service's ACS URL (reply URL) to the address where the message is used, so that it signs that one."
	case "InResponseTo":
		return text + "log in anew from the service that is to get the message; or start at the IdP, which leaves InResponseTo out."
	case "Audience", "SPNameQualifier":
		return text + "at the IdP, set this service's entity ID (audience), so that it signs that one."
	case "Issuer", "NameQualifier":
		return text + "set the entity ID at the IdP, or give the service the one that was signed."
	case "NotBefore", "NotOnOrAfter", "IssueInstant", "AuthnInstant", "SessionNotOnOrAfter":
		return text + "log in anew for a fresh message; if its time is too short, lengthen it at the IdP."
	case "NameID", "AttributeValue", "Format":
		return text + "at the IdP, change the mapping of NameID or attributes, so that it signs the right value."
	}
	return text + "change the setting at the IdP, so that it signs the right value, and take the message as it comes."
}
