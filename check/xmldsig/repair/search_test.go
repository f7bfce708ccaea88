package repair

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func TestCompose(t *testing.T) {
	const text = "abcdefghij"
	for _, tt := range []struct {
		name          string
		first, second []edit
		want          string
	}{
		{"apart", []edit{{1, 2, "XX"}}, []edit{{5, 6, ""}}, "aXXcdfghij"},
		{"second before", []edit{{5, 6, "YYY"}}, []edit{{0, 1, "-"}}, "-bcdeYYYghij"},
		{"within", []edit{{1, 2, "XYZ"}}, []edit{{2, 3, "-"}}, "aX-Zcdefghij"},
		{"across", []edit{{1, 2, "XY"}, {3, 4, ""}}, []edit{{2, 5, "-"}}, "aX-fghij"},
		{"touching", []edit{{1, 2, ""}}, []edit{{1, 1, "Q"}}, "aQcdefghij"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := apply(apply(text, tt.first), tt.second); got != tt.want {
				t.Fatalf("the case is wrong: %q", got)
			}
			if got := apply(text, compose(text, tt.first, tt.second)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestChangesAreMinimal(t *testing.T) {
	m := response{}
	damaged := strings.NewReplacer("user@", "us\u200ber@", "example.com<", "example\u200b.com<").Replace(m.String())
	p := digest(t, damaged, "_a1", Options{}).Proof
	if p == nil || p.Cause != SmartQuotes || p.Total != 2 {
		t.Fatalf("got %+v, want two smart quotes", p)
	}
	want := []Change{{Received: "\u200b"}, {Received: "\u200b"}}
	for i, c := range p.Changes {
		if c.Received != want[i].Received || c.Signed != want[i].Signed || c.Node == nil || c.Node.Name().Local != "NameID" {
			t.Errorf("change %d is %q to %q in %v", i, c.Received, c.Signed, c.Node.Path())
		}
		if got := damaged[c.Position.Offset:][:len(c.Received)]; got != c.Received {
			t.Errorf("change %d: %q stands at its position", i, got)
		}
	}
}

// TestPlaceOf: what is missing before an element is missing in the one around it.
func TestPlaceOf(t *testing.T) {
	const text = `<a><b x="1">t</b><c/></a>`
	doc := xmldoc.Parse([]byte(text), xmldoc.Options{})
	for before, want := range map[string]string{"<b": "a", ` x=`: "b", `x=`: "b x", `"1"`: "b x", "t<": "b", "</b>": "b", "<c/>": "a", "</a>": "a"} {
		n, attr := placeOf(doc, strings.Index(text, before))
		if got := strings.TrimSpace(n.Name().Local + " " + attr); got != want {
			t.Errorf("before %s: in %s, want %s", before, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	damaged := strings.Replace(response{}.String(), "user@", "admin@", 1)
	if r := digest(t, damaged, "_a1", Options{Hypotheses: 10}); !r.Bounded || r.Tried() != 10 || r.Proof != nil {
		t.Errorf("10 hypotheses: tried %d, bounded %t", r.Tried(), r.Bounded)
	}
	if r := digest(t, damaged, "_a1", Options{Octets: 100_000}); !r.Bounded || r.Tried() == 0 || r.Tried() > 50 {
		t.Errorf("100,000 octets: tried %d, bounded %t", r.Tried(), r.Bounded)
	}
}

func FuzzDigest(f *testing.F) {
	signed := response{both: true}.String()
	f.Add(signed, "_a1")
	f.Add(strings.ReplaceAll(signed, "&amp;", "&amp;amp;"), "_r1")
	f.Add(indent(response{indent: "  "}.String(), "\t"), "_a1")
	f.Add(strings.ReplaceAll(signed, "ö", "<![CDATA[Ã¶]]>"), "_r1")
	f.Fuzz(func(t *testing.T, text, id string) {
		doc := xmldoc.Parse([]byte(text), xmldoc.Options{})
		if !doc.WellFormed() || len(text) > 64<<10 {
			return
		}
		for _, s := range xmldsig.Find(xmldsig.NewIndex(doc, idNames...)) {
			for _, r := range s.References {
				if d := r.Digest(); r.ID != id || d.Err != nil || d.Match {
					continue
				}
				res := Digest(r, Options{Hypotheses: 150})
				if res.Tried() > 150 {
					t.Errorf("%d hypotheses", res.Tried())
				}
				if res.Proof != nil && res.Proof.Text != "" {
					verify(t, res.Proof.Text, id)
				}
				return
			}
		}
	})
}

// BenchmarkNothingFound is the worst case: everything is tried in vain.
func BenchmarkNothingFound(b *testing.B) {
	for _, size := range []int{6 << 10, 100 << 10, 1 << 20} {
		var values []string
		for n := 0; n < size-4<<10; n += 110 {
			values = append(values, fmt.Sprintf("value %d of the attribute &amp; “more”", n))
		}
		damaged := strings.Replace(response{values: values}.String(), "user@", "admin@", 1)
		b.Run(fmt.Sprintf("%dKB", len(damaged)>>10), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := digest(b, damaged, "_a1", Options{})
				if r.Proof != nil {
					b.Fatal(r.Proof.Cause)
				}
				b.ReportMetric(float64(r.Tried()), "hypotheses")
			}
		})
	}
}
