package check

import (
	"cmp"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// noMetadata skips a rule about metadata. The rules of metadata say it in the
// same words, so that reports can say it once.
func noMetadata() Outcome {
	return skip("no metadata is given", expect.FlagIdPMetadata, expect.FlagSPMetadata)
}

// described is a party as one file of metadata describes it. Places that
// findings name are places in that file, which their messages therefore name.
type described struct{ *expect.Metadata }

// file names the file in a sentence: `the IdP's metadata "idp.xml"`.
func (d described) file() string {
	owner := "the service's"
	if d.Party == expect.PartyIdP {
		owner = "the IdP's"
	}
	if d.Name == "" {
		return owner + " metadata (" + d.From + ")"
	}
	return owner + " metadata " + quote(d.Name)
}

// side is where the party's settings are made, for what to do.
func (d described) side() string {
	if d.Party == expect.PartyIdP {
		return "the IdP"
	}
	return "the service"
}

// other is the side that reads the metadata.
func (d described) other() string {
	if d.Party == expect.PartyIdP {
		return "the service"
	}
	return "the IdP"
}

// roles are the descriptors in which the party plays its part.
func (d described) roles() []*metadata.Role {
	var roles []*metadata.Role
	if d.Party == expect.PartySP {
		for _, s := range d.Entity.SPs {
			roles = append(roles, &s.Role)
		}
		return roles
	}
	for _, i := range d.Entity.IDPs {
		roles = append(roles, &i.Role)
	}
	if len(roles) > 0 {
		return roles
	}
	// An IdP of WS-Federation alone has its keys in a role of its own.
	for _, r := range d.Entity.Others {
		if r.Type() == "SecurityTokenServiceType" {
			roles = append(roles, r)
		}
	}
	return roles
}

// maxDescribed bounds how many descriptions are judged.
const maxDescribed = 20

// described are the parties that metadata describes; without any, or where they
// are judged with another message, the outcome says so. A rule that is to judge
// metadata with no message at hand is given an empty [decode.Message].
func (in *Input) described() ([]described, Outcome) {
	given := in.Expect.Metadata
	if len(given) == 0 {
		return nil, noMetadata()
	}
	// Metadata is about the parties: once a login is enough.
	if l := in.Login; (l == nil || l.Response != in.Message) && in.facts.around().answered {
		return nil, notApplicable("the metadata is judged with the Response of the login")
	}
	var list []described
	for i := range given[:min(len(given), maxDescribed)] {
		list = append(list, described{&given[i]})
	}
	return list, Outcome{}
}

// eachDescribed asks about every party that metadata describes.
func (in *Input) eachDescribed(ask func(described) Outcome) Outcome {
	list, out := in.described()
	if len(list) == 0 {
		return out
	}
	outs := make([]Outcome, 0, len(list))
	for _, d := range list {
		outs = append(outs, ask(d))
	}
	return together(outs...)
}

// within reports whether n stands in outer, or is it.
func within(n, outer *xmldoc.Node) bool {
	for ; n != nil; n = n.Parent() {
		if n == outer {
			return true
		}
	}
	return false
}

// elementName names n in a sentence, by its tag.
func elementName(n *xmldoc.Node) string { return cmp.Or(shortName(n.Name().Local), "element") }
