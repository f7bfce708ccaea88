package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/repair"
	"github.com/samlwhy/samlwhy/decode/saml"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Bounds on the places of a message, and on the values that are tried there.
const (
	maxPlaces = 400
	maxKnown  = 600
)

// valueKind is what a place holds: values of one kind may have stood in each
// other's place.
type valueKind int

const (
	kindNone valueKind = iota
	kindRequest
	kindURL
	kindInstant
	kindIdP
	kindSP
	kindSubject
	kindFormat
	kindContext
	kindSession
)

// kindOfAttr is what an attribute of SAML holds.
func kindOfAttr(local string) valueKind {
	switch local {
	case "InResponseTo":
		return kindRequest
	case "Destination", "Recipient":
		return kindURL
	case "NotBefore", "NotOnOrAfter", "IssueInstant", "AuthnInstant", "SessionNotOnOrAfter":
		return kindInstant
	case "NameQualifier":
		return kindIdP
	case "SPNameQualifier":
		return kindSP
	case "Format", "NameFormat":
		return kindFormat
	case "SessionIndex":
		return kindSession
	}
	return kindNone
}

// kindOfText is what the text of an element of SAML is.
func kindOfText(n *xmldoc.Node) valueKind {
	switch n.Name().Local {
	case "Issuer":
		return kindIdP
	case "Audience":
		return kindSP
	case "NameID", "AttributeValue":
		return kindSubject
	case "AuthnContextClassRef":
		return kindContext
	}
	return kindNone
}

// usualAttrs are the attributes that an element of SAML may have lost.
func usualAttrs(local string) []string {
	switch local {
	case "Response", "LogoutResponse":
		return []string{"InResponseTo", "Destination"}
	case "SubjectConfirmationData":
		return []string{"InResponseTo", "Recipient", "NotOnOrAfter"}
	case "Conditions":
		return []string{"NotBefore", "NotOnOrAfter"}
	case "NameID":
		return []string{"SPNameQualifier", "NameQualifier", "Format"}
	case "Issuer":
		return []string{"Format"}
	case "AuthnStatement":
		return []string{"SessionNotOnOrAfter", "SessionIndex"}
	case "Attribute":
		return []string{"NameFormat"}
	}
	return nil
}

// place is where a value of a kind stands or may have stood.
type place struct {
	node  *xmldoc.Node
	attr  string // empty: its text
	kind  valueKind
	value string
	there bool
}

// label names the place for people.
func (p *place) label() string {
	if p.attr == "" {
		if parent := p.node.Parent(); parent != nil && p.node.Name().Local == "Issuer" {
			return "Issuer of the " + parent.Name().Local
		}
		return p.node.Name().Local
	}
	return p.attr + " of the " + p.node.Name().Local
}

// placesOf are the places below top, signatures left out.
func placesOf(top *xmldoc.Node) []place {
	var list []place
	for n := top; n != nil && len(list) < maxPlaces; n = following(n, top, n.Is(xmldsig.Namespace, "Signature")) {
		if n.Kind() != xmldoc.ElementNode || n.Is(xmldsig.Namespace, "Signature") {
			continue
		}
		for _, a := range n.Attrs() {
			if k := kindOfAttr(a.Name.Local); k != kindNone && a.Name.Space == "" {
				list = append(list, place{n, a.Name.Local, k, a.Value, true})
			}
		}
		for _, name := range usualAttrs(n.Name().Local) {
			if n.Attr("", name) == nil {
				list = append(list, place{node: n, attr: name, kind: kindOfAttr(name)})
			}
		}
		if k := kindOfText(n); k != kindNone && !hasElements(n) {
			list = append(list, place{n, "", k, n.Text(), true})
		}
	}
	return list
}

// following is the node after n in document order below top, without what is in
// n when skip is set; nil at the end.
func following(n, top *xmldoc.Node, skip bool) *xmldoc.Node {
	if c := n.FirstChild(); c != nil && !skip {
		return c
	}
	for n != top {
		if next := n.Next(); next != nil {
			return next
		}
		n = n.Parent()
	}
	return nil
}

func hasElements(n *xmldoc.Node) bool {
	for range n.Elements() {
		return true
	}
	return false
}

// source is a value that is known, and where from.
type source struct {
	kind        valueKind
	value, from string
	node        *xmldoc.Node // where it stands, in this message
	attr        string
}

// sources are the values that places of the signed part may have had: those of
// the message itself, of the request, and what is expected.
func (in *Input) sources(own []place) []source {
	var list []source
	add := func(k valueKind, value, from string) {
		if value = strings.TrimSpace(value); value != "" {
			list = append(list, source{kind: k, value: value, from: from})
		}
	}
	if w, known := in.sentRequest(); known && !w.None {
		add(kindRequest, w.ID, w.From)
	}
	for i := range own {
		if p := &own[i]; p.there {
			list = append(list, source{p.kind, p.value, "the " + p.label(), p.node, p.attr})
		}
	}
	for doc := range in.SAML().Documents() {
		if doc.Root() == nil {
			continue
		}
		for _, p := range placesOf(doc.Root()) {
			if p.there && !slices.ContainsFunc(own, func(o place) bool { return o.node == p.node }) {
				list = append(list, source{p.kind, p.value, "the " + p.label(), p.node, p.attr})
			}
		}
	}
	if r := in.request(); r != nil {
		add(kindRequest, r.ID.Get(), fromRequest)
		add(kindURL, r.ACSURL.Get(), "AssertionConsumerServiceURL of the AuthnRequest")
		if r.Issuer != nil {
			add(kindSP, r.Issuer.Text, "Issuer of the AuthnRequest")
		}
		add(kindSP, r.SPNameQualifier.Get(), "SPNameQualifier of the AuthnRequest")
		add(kindFormat, r.NameIDFormat.Get(), "NameIDPolicy of the AuthnRequest")
		for _, c := range r.ClassRefs {
			add(kindContext, c.Get(), "RequestedAuthnContext of the AuthnRequest")
		}
	}
	e := in.Expect
	for _, v := range e.ACSURLs {
		add(kindURL, v.Text, v.From)
	}
	add(kindURL, in.deliveredTo(), "the URL it was delivered to")
	for _, v := range e.IdPEntityIDs {
		add(kindIdP, v.Text, v.From)
	}
	for _, v := range slices.Concat(e.SPEntityIDs, e.AudienceAlso) {
		add(kindSP, v.Text, v.From)
	}
	add(kindIdP, e.NameQualifier.Text, e.NameQualifier.From)
	add(kindSP, e.SPNameQualifier.Text, e.SPNameQualifier.From)
	for _, v := range e.NameIDFormats {
		add(kindFormat, v.Text, v.From)
	}
	for _, v := range e.AuthnContexts {
		add(kindContext, v.Text, v.From)
	}
	for _, format := range []string{saml.FormatUnspecified, saml.FormatEmail, saml.FormatPersistent, saml.FormatTransient, saml.FormatEntity} {
		add(kindFormat, format, "the formats that SAML defines")
	}
	for _, c := range in.facts.around().requests {
		add(kindRequest, c.id, fromRequest+" of the capture")
	}
	return list
}

// knownValues are the values that places of what ref signs may have had before
// somebody changed them, the likeliest first.
func (in *Input) knownValues(ref *xmldsig.Reference) []repair.Known {
	top := ref.Target
	if top == nil {
		top = ref.Node.Document().Root()
	}
	own := placesOf(top)
	sources := in.sources(own)
	type candidate struct {
		repair.Known
		rank int
	}
	type key struct {
		node        *xmldoc.Node
		attr, value string
	}
	var list []candidate
	seen := map[key]bool{}
	put := func(p *place, value, from string, rank int) {
		k := key{p.node, p.attr, value}
		if value == "" || p.there && p.value == value || seen[k] || len(list) >= 4*maxKnown {
			return
		}
		seen[k] = true
		list = append(list, candidate{repair.Known{Element: p.node, Attribute: p.attr, Value: value, From: from}, rank})
	}
	for i := range own {
		p := &own[i]
		count := 0
		for _, s := range sources {
			if s.kind != p.kind || s.node == p.node && s.attr == p.attr || count >= maxPlaces/8 {
				continue
			}
			count++
			put(p, s.value, s.from, placeRank(p, &s))
		}
		if p.kind == kindInstant {
			instantsFor(p, own, func(value, from string, rank int) { put(p, value, from, rank) })
		}
		if p.attr == "SessionIndex" {
			if id := top.Attr("", "ID"); id != nil {
				put(p, id.Value, "the ID of the "+top.Name().Local, 6)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.rank, b.rank) })
	known := make([]repair.Known, 0, min(len(list), maxKnown))
	for i := range list[:min(len(list), maxKnown)] {
		known = append(known, list[i].Known)
	}
	return known
}

// placeRank orders values by how likely somebody changed such a place and the
// source still has what stood there.
func placeRank(p *place, s *source) int {
	switch p.kind {
	case kindRequest:
		return 0
	case kindURL:
		return 1
	case kindIdP, kindSP:
		if p.there || p.node.Name().Local != "NameID" {
			return 2
		}
		return 5
	case kindInstant:
		if s.attr == p.attr {
			return 2
		}
		return 4
	case kindSubject:
		return 4
	case kindContext:
		return 3
	}
	return 6
}

// instant is xs:dateTime in its parts.
type instant struct {
	clock          time.Time // without the zone
	head           string    // up to the seconds
	fraction, zone string    // ".123", "Z"
}

const toSeconds = "2006-01-02T15:04:05"

func splitInstant(s string) (i instant, ok bool) {
	if len(s) < len(toSeconds) || len(s) > maxInstant {
		return i, false
	}
	i.head = s[:len(toSeconds)]
	rest := s[len(toSeconds):]
	clock, err := time.Parse(toSeconds, i.head)
	i.clock = clock
	if strings.HasPrefix(rest, ".") {
		i.zone = strings.TrimLeft(rest, ".0123456789")
		i.fraction = strings.TrimSuffix(rest, i.zone)
	} else {
		i.zone = rest
	}
	return i, err == nil
}

// maxInstant is longer than any instant is written.
const maxInstant = 64

// instantsFor are instants that may have stood in p: what is left of its own when
// it was written in another way, or in local time, and lengths of time that IdPs
// use, from IssueInstant on.
func instantsFor(p *place, own []place, put func(value, from string, rank int)) {
	if i, ok := splitInstant(p.value); ok {
		for _, z := range []string{"Z", "+00:00", "-00:00", ""} {
			put(i.head+i.fraction+z, "the same instant, written with another zone", 3)
		}
		fractions := []string{"", ".000", ".0000000", ".0", ".00", ".000000"}
		for k := range own {
			if other, ok := splitInstant(own[k].value); ok && own[k].kind == kindInstant && other.fraction != "" {
				fractions = append(fractions, other.fraction)
			}
		}
		for _, f := range fractions {
			put(i.head+f+i.zone, "the same instant, with other fractions of a second", 3)
			put(i.head+f+"Z", "the same instant, with other fractions of a second", 3)
		}
		if at, _, err := saml.ParseTime(p.value); err == nil && i.zone != "Z" {
			put(at.UTC().Format(toSeconds)+i.fraction+"Z", "the same instant in UTC", 3)
		}
		for hours := -12; hours <= 14; hours++ {
			shifted := i.clock.Add(time.Duration(hours) * time.Hour).Format(toSeconds)
			put(shifted+i.fraction+"Z", fmt.Sprintf("the same instant, shifted by the %d h of a time zone", max(hours, -hours)), 5)
		}
	}
	for k := range own {
		s := &own[k]
		i, ok := splitInstant(s.value)
		if !ok || s.kind != kindInstant || s.attr != "IssueInstant" && s.attr != "NotBefore" || s.node == p.node && s.attr == p.attr {
			continue
		}
		for _, minutes := range []int{5, 60, 10, 1, 2, 3, 15, 30, 480, 1440} {
			by := time.Duration(minutes) * time.Minute
			switch p.attr {
			case "NotOnOrAfter", "SessionNotOnOrAfter":
				put(i.clock.Add(by).Format(toSeconds)+i.fraction+i.zone, Length(by)+" after the "+s.label(), 5)
			case "NotBefore":
				put(i.clock.Add(-by).Format(toSeconds)+i.fraction+i.zone, Length(by)+" before the "+s.label(), 5)
			}
		}
	}
}
