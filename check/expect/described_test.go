package expect

import (
	"fmt"
	"strings"
	"testing"
)

func described(e *Expect) string {
	var b strings.Builder
	for _, m := range e.Metadata {
		fmt.Fprintf(&b, "%s %s (%s) %s\n", m.Party, m.Name, m.From, m.Entity.ID.Trimmed())
	}
	return b.String()
}

func minimal(role, id string) []byte {
	return []byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + id + `"><` + role + `/></EntityDescriptor>`)
}

// TestMetadata: the entities that are meant are there to be judged, and files of
// one party do not replace those of the other.
func TestMetadata(t *testing.T) {
	idp := File{Name: "idp.xml", Data: minimal("IDPSSODescriptor", "urn:idp")}
	sp := File{Name: "sp.xml", Data: minimal("SPSSODescriptor", "urn:sp")}
	two := File{Name: "two.xml", Data: []byte(`<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` +
		string(minimal("IDPSSODescriptor", "urn:a")) + string(minimal("IDPSSODescriptor", "urn:b")) + `</EntitiesDescriptor>`)}
	for _, tc := range []struct {
		name   string
		config *Expect
		given  Given
		want   string
	}{
		{name: "nothing"},
		{
			name:  "both sides",
			given: Given{IdPMetadata: []File{idp}, SPMetadata: []File{sp}},
			want:  "IdP idp.xml (--idp-metadata) urn:idp\nSP sp.xml (--sp-metadata) urn:sp\n",
		},
		{
			name:  "one of an aggregate",
			given: Given{IdPMetadata: []File{two}, IdPEntityIDs: []string{"urn:b"}},
			want:  "IdP two.xml (--idp-metadata) urn:b\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, _, err := Build(tc.config, tc.given)
			if err != nil {
				t.Fatal(err)
			}
			if got := described(e); got != tc.want {
				t.Errorf("got\n%swant\n%s", got, tc.want)
			}
		})
	}
	both, _, err := Build(nil, Given{IdPMetadata: []File{idp}, SPMetadata: []File{sp}})
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := Build(nil, Given{IdPMetadata: []File{{Name: "other.xml", Data: minimal("IDPSSODescriptor", "urn:other")}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := described(Merge(both, other)), "SP sp.xml (--sp-metadata) urn:sp\nIdP other.xml (--idp-metadata) urn:other\n"; got != want {
		t.Errorf("merged: got\n%swant\n%s", got, want)
	}
	if len(both.Metadata) != 2 || both.Metadata[0].Name != "idp.xml" {
		t.Error("Merge changed what it was given")
	}
}
