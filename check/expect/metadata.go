package expect

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/saml"
)

// party is one side of a login as metadata describes it.
type party struct {
	fileFlag, idFlag string
	is, isNot        string // for messages: "IdP", "SP"
	descriptor       string
	plays            func(*metadata.Entity) bool
	otherFlag        string
	otherPlays       func(*metadata.Entity) bool
	otherDescriptor  string
}

var idpParty = party{
	fileFlag: FlagIdPMetadata, idFlag: FlagIdPEntityID, is: "IdP", isNot: "SP",
	descriptor: "IDPSSODescriptor", plays: isIdP,
	otherFlag: FlagSPMetadata, otherPlays: isSP, otherDescriptor: "SPSSODescriptor",
}

var spParty = party{
	fileFlag: FlagSPMetadata, idFlag: FlagSPEntityID, is: "SP", isNot: "IdP",
	descriptor: "SPSSODescriptor", plays: isSP,
	otherFlag: FlagIdPMetadata, otherPlays: isIdP, otherDescriptor: "IDPSSODescriptor",
}

func isSP(e *metadata.Entity) bool { return len(e.SPs) > 0 }

// isIdP takes an IdP that speaks only WS-Federation for one too: its tokens are
// read, and its signing keys stand in its own kind of role.
func isIdP(e *metadata.Entity) bool { return len(e.IDPs) > 0 || len(tokenServices(e)) > 0 }

func tokenServices(e *metadata.Entity) []*metadata.Role {
	var list []*metadata.Role
	for _, r := range e.Others {
		if r.Type() == "SecurityTokenServiceType" {
			list = append(list, r)
		}
	}
	return list
}

// metadata is the layer of the metadata files.
func (r *reader) metadata() (*Expect, error) {
	e := &Expect{}
	if err := r.idpMetadata(e); err != nil {
		return nil, err
	}
	if err := r.spMetadata(e); err != nil {
		return nil, err
	}
	e.Metadata = r.described
	return e, nil
}

func (r *reader) idpMetadata(e *Expect) error {
	var ids, sso, idps valueList
	var signing, encryption certificateList
	err := r.entities(&idpParty, r.given.IdPMetadata, r.idpIDs(), func(file string, entity *metadata.Entity) {
		addTrimmed(&ids, entity.ID, FlagIdPMetadata)
		roles := tokenServices(entity)
		if len(entity.IDPs) > 0 {
			roles = nil
		}
		for _, i := range entity.IDPs {
			roles = append(roles, &i.Role)
			addTrimmed(&idps, entity.ID, FlagIdPMetadata)
			e.IdPEndpoints = appendEndpoints(e.IdPEndpoints, entity, ServiceSSO, i.SingleSignOnServices, FlagIdPMetadata)
			e.IdPEndpoints = appendEndpoints(e.IdPEndpoints, entity, ServiceLogout, i.SingleLogoutServices, FlagIdPMetadata)
			e.IdPEndpoints = appendEndpoints(e.IdPEndpoints, entity, ServiceArtifact, i.ArtifactResolutionServices, FlagIdPMetadata)
			for _, s := range i.SingleSignOnServices {
				addTrimmed(&sso, s.Location, FlagIdPMetadata)
			}
		}
		readable := 0
		for _, k := range keysOf(roles) {
			if k.Signs() {
				readable += r.keyCertificates(k, FlagIdPMetadata, file, &signing)
			} else {
				r.keyCertificates(k, FlagIdPMetadata, file, &encryption)
			}
		}
		if readable == 0 {
			r.warn(FlagIdPMetadata, file, "the IdP %q has no readable signing certificate in it", entity.ID.Trimmed())
		}
	})
	e.IdPEntityIDs, e.SSOURLs, e.IdPs = ids.list, sso.list, idps.list
	e.Certificates, e.IdPEncryption = signing.list, encryption.list
	return err
}

func (r *reader) spMetadata(e *Expect) error {
	var ids, acs, formats valueList
	var certs certificateList
	anyFormat := false
	err := r.entities(&spParty, r.given.SPMetadata, r.spIDs(), func(file string, entity *metadata.Entity) {
		addTrimmed(&ids, entity.ID, FlagSPMetadata)
		posts := false
		for _, s := range entity.SPs {
			e.SPEndpoints = appendEndpoints(e.SPEndpoints, entity, ServiceACS, s.AssertionConsumerServices, FlagSPMetadata)
			e.SPEndpoints = appendEndpoints(e.SPEndpoints, entity, ServiceLogout, s.SingleLogoutServices, FlagSPMetadata)
			for _, a := range s.AssertionConsumerServices {
				if a.Posts() && a.Location.Trimmed() != "" {
					addTrimmed(&acs, a.Location, FlagSPMetadata)
					posts = true
				}
			}
			for _, f := range s.NameIDFormats {
				anyFormat = anyFormat || f.Trimmed() == saml.FormatUnspecified
				addTrimmed(&formats, f, FlagSPMetadata)
			}
			if s.WantAssertionsSigned != nil {
				e.WantAssertionsSigned = Bool{
					// Of several roles the strictest decides.
					Value: e.WantAssertionsSigned.Value || metadata.True(s.WantAssertionsSigned),
					From:  FlagSPMetadata,
				}
			}
			if service := s.DefaultAttributeService(); service != nil {
				for _, a := range service.Attributes {
					if name := a.Name.Trimmed(); name != "" {
						e.Attributes = append(e.Attributes, Attribute{Name: name, Required: metadata.True(a.IsRequired), From: FlagSPMetadata})
					}
				}
			}
			for _, k := range s.Keys {
				r.keyCertificates(k, FlagSPMetadata, file, &certs)
			}
		}
		if !posts {
			r.warn(FlagSPMetadata, file, "the SP %q has no AssertionConsumerService with the HTTP-POST binding in it, so that its ACS URL is not known", entity.ID.Trimmed())
		}
	})
	e.SPEntityIDs, e.ACSURLs, e.SPCertificates = ids.list, acs.list, certs.list
	// A service that lists "unspecified" among its formats takes any.
	if !anyFormat {
		e.NameIDFormats = formats.list
	}
	return err
}

func appendEndpoints(to []Endpoint, entity *metadata.Entity, service string, list []*metadata.Endpoint, from string) []Endpoint {
	for _, e := range list {
		to = append(to, Endpoint{
			Entity: entity.ID.Trimmed(), Service: service, Binding: e.Binding.Trimmed(), Location: e.Location.Trimmed(),
			ResponseLocation: e.ResponseLocation.Trimmed(), Index: e.Index.Trimmed(), From: from,
		})
	}
	return to
}

func keysOf(roles []*metadata.Role) []*metadata.Key {
	var keys []*metadata.Key
	for _, r := range roles {
		keys = append(keys, r.Keys...)
	}
	return keys
}

// keyCertificates adds the certificates of k and returns how many can be read.
func (r *reader) keyCertificates(k *metadata.Key, flag, file string, to *certificateList) (readable int) {
	for _, c := range k.Certificates() {
		if c.Err != nil {
			r.warn(flag, file, "the %s in line %d cannot be read: %v", c.Node.Name().Local, c.Node.Position().Line, c.Err)
			continue
		}
		to.add(Certificate{Certificate: *c.Certificate, From: flag, Use: k.Use.Trimmed(), Source: file})
		readable++
	}
	return readable
}

func addTrimmed(l *valueList, v *saml.Value, from string) {
	if text := v.Trimmed(); text != "" {
		l.add(text, from)
	}
}

// idpIDs and spIDs are the entity IDs that choose among the entities of a file.
func (r *reader) idpIDs() []Value {
	if c := r.given.Config; len(r.given.IdPEntityIDs) == 0 && c != nil {
		return c.IdPEntityIDs
	}
	return valuesOf(r.given.IdPEntityIDs, FlagIdPEntityID)
}

func (r *reader) spIDs() []Value {
	if c := r.given.Config; len(r.given.SPEntityIDs) == 0 && c != nil {
		return c.SPEntityIDs
	}
	return valuesOf(r.given.SPEntityIDs, FlagSPEntityID)
}

func valuesOf(texts []string, from string) []Value {
	var l valueList
	for _, t := range texts {
		l.add(t, from)
	}
	return l.list
}

// entities reads metadata files and calls use for each entity of p in them that
// is meant: the only one, else those that ids name.
func (r *reader) entities(p *party, files []File, ids []Value, use func(file string, e *metadata.Entity)) error {
	for _, f := range files {
		md, err := metadata.Parse(f.Data)
		if err != nil {
			return fmt.Errorf("%s: %w", place(p.fileFlag, f.Name), withHint(err, p.fileFlag))
		}
		if errs := md.Document.Errors(); len(errs) > 0 {
			r.warn(p.fileFlag, f.Name, "the file is not well-formed XML (line %d: %s); what can be read of it is used", errs[0].Position().Line, errs[0].Message)
		}
		chosen, err := r.choose(p, md, f.Name, len(files), ids)
		if err != nil {
			return fmt.Errorf("%s: %w", place(p.fileFlag, f.Name), err)
		}
		for _, e := range chosen {
			r.described = append(r.described, Metadata{Party: Party(p.is), Name: f.Name, From: p.fileFlag, File: md, Entity: e})
			use(f.Name, e)
		}
	}
	return nil
}

// choose picks the entities of p that are meant.
func (r *reader) choose(p *party, md *metadata.File, file string, files int, ids []Value) ([]*metadata.Entity, error) {
	var playing, matched []*metadata.Entity
	distinct, wanted := map[string]bool{}, map[string]bool{}
	for _, id := range ids {
		wanted[id.Text] = true
	}
	for _, e := range md.Entities {
		if !p.plays(e) {
			continue
		}
		playing = append(playing, e)
		distinct[e.ID.Trimmed()] = true
		if wanted[e.ID.Trimmed()] {
			matched = append(matched, e)
		}
	}
	switch {
	case len(playing) == 0:
		return nil, p.notPlaying(md)
	case len(matched) > 0:
		return matched, nil
	case len(distinct) == 1 && len(ids) == 0:
		return playing, nil
	case len(distinct) == 1 && files > 1:
		// One of the other files will be the one that is meant.
		r.warn(p.fileFlag, file, "the file describes %q, which %s does not name, and is not used", playing[0].ID.Trimmed(), ids[0].From)
		return nil, nil
	case len(distinct) == 1:
		// The flag says what is expected, the file still says the rest.
		r.warn(p.fileFlag, file, "the file describes %q, but %s says %q; the latter is expected", playing[0].ID.Trimmed(), ids[0].From, ids[0].Text)
		return playing, nil
	case len(ids) == 0:
		return nil, fmt.Errorf("there are %d %ss in the file: choose one with %s: %s", len(distinct), p.is, p.idFlag, listIDs(playing))
	}
	for _, id := range ids {
		if md.Entity(id.Text) != nil {
			return nil, fmt.Errorf("%q is in the file, but not as an %s (it has no %s)", id.Text, p.is, p.descriptor)
		}
	}
	return nil, fmt.Errorf("none of the %d %ss in the file is %q, which %s names; there are: %s", len(distinct), p.is, ids[0].Text, ids[0].From, listIDs(playing))
}

// notPlaying words that no entity of the file is a p.
func (p *party) notPlaying(md *metadata.File) error {
	switch {
	case len(md.Entities) == 0:
		return errors.New("there is no EntityDescriptor in the file")
	case slices.ContainsFunc(md.Entities, p.otherPlays):
		return fmt.Errorf("this is %s metadata (it has an %s, no %s): use %s", p.isNot, p.otherDescriptor, p.descriptor, p.otherFlag)
	}
	return fmt.Errorf("%q has neither an IDPSSODescriptor nor an SPSSODescriptor", md.Entities[0].ID.Trimmed())
}

// listIDs quotes the first ten distinct entity IDs.
func listIDs(entities []*metadata.Entity) string {
	const most = 10
	var list valueList
	for _, e := range entities {
		list.add(e.ID.Trimmed(), "")
	}
	shown := list.list[:min(len(list.list), most)]
	quoted := make([]string, 0, len(shown))
	for _, v := range shown {
		quoted = append(quoted, fmt.Sprintf("%q", v.Text))
	}
	s := strings.Join(quoted, ", ")
	if more := len(list.list) - most; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// withHint adds the flag that a file was meant for, where the error tells.
func withHint(err error, flag string) error {
	k, ok := errors.AsType[*metadata.KindError](err)
	if !ok {
		return err
	}
	switch {
	case k.Found == metadata.FoundMetadata && flag == FlagIdPCert:
		return fmt.Errorf("%w: use %s", err, FlagIdPMetadata)
	case (k.Found == metadata.FoundCertificate || k.Found == metadata.FoundPublicKey) && flag == FlagIdPMetadata:
		return fmt.Errorf("%w: use %s", err, FlagIdPCert)
	case k.Found == metadata.FoundCertificate && flag == FlagSPMetadata:
		return fmt.Errorf("%w: the service's metadata is expected here", err)
	}
	return err
}
