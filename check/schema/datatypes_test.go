package schema

import (
	"slices"
	"testing"
)

// TestDatatypes holds the edges of the types that messages use;
// TestDatatypesAgreeWithXMLLint tries many more where xmllint is installed.
func TestDatatypes(t *testing.T) {
	tests := []struct {
		typ       string
		good, bad []string
	}{
		{
			"dateTime",
			[]string{
				"2026-01-31T09:30:00Z", "2026-01-31T09:30:00", "2026-01-31T09:30:00.123456789+14:00", "2024-02-29T00:00:00Z",
				"2000-02-29T24:00:00Z", "-0001-01-01T00:00:00Z", "12026-01-01T00:00:00Z",
			},
			[]string{
				"", "2026-01-31", "2026-01-31T09:30Z", "2026-01-31 09:30:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
				"2026-01-32T00:00:00Z", "2026-01-31T24:00:01Z", "2026-01-31T23:59:60Z", "2026-01-31T09:30:00+14:01", "2026-01-31T09:30:00+0100",
				"2026-01-31T09:30:00.Z", "0000-01-01T00:00:00Z", "02026-01-01T00:00:00Z", "1769851800", " 2026-01-31T09:30:00Z",
			},
		},
		{"duration", []string{"P1D", "PT8H30M", "-P1Y2M3DT4H5M6.7S"}, []string{"", "P", "PT", "P1DT", "8H", "PT8", "P1H", "P1.5D", "PT1H1H"}},
		{
			"anyURI",
			[]string{"", "urn:a:b", "https://sp.example.com:8443/acs?x=y&z#f", "/acs", "a b", "https://é.example/", "https://[::1]/", "{x}"},
			[]string{"https://h:/", "https://h:x/", "%", "https://h/%zz", "#a#b", "1a:b", "https://[::1", ":a"},
		},
		{"base64Binary", []string{"", "AAAA", "AAA=", "AA==", "AA\n AA", "AA-_AA"}, []string{"A", "AA", "AAA", "AA=", "AA=A", "AB==", "AAB=", "====", "AAAA="}},
		{"boolean", []string{"true", "false", "1", "0", " true "}, []string{"", "True", "yes", "2"}},
		{"nonNegativeInteger", []string{"0", "-0", "+7", " 7 ", "007"}, []string{"", "-1", "1.0", "1e3", "0x1", "1 2"}},
		{"unsignedShort", []string{"0", "65535", "0065535"}, []string{"", "65536", "-1", "+1", " 1"}},
		{"integer", []string{"-999999999999999999999999"}, []string{"1000000000000000000000000", "--1"}},
		{"decimal", []string{"1.", ".5", "-0.50"}, []string{"", ".", "1e5", "1,5"}},
		{"NCName", []string{"_1", "a.b-c", "é", "一", " a "}, []string{"", "1a", "-a", "a:b", "a b", "a/b"}},
		{"QName", []string{"a", "a:b"}, []string{"", ":a", "a:", "a:b:c", "a:1"}},
		{"language", []string{"en", "pt-BR", "x-1234"}, []string{"", "e_n", "abcdefghi", "1n", "en-"}},
		{"NMTOKENS", []string{"", "a 1 :b"}, []string{"a/b", "a é,"}},
		{"hexBinary", []string{"", "0aFF"}, []string{"0", "0g"}},
		{"string", []string{"", "\t anything "}, nil},
	}
	for _, test := range tests {
		d := schemas().types[expandedName{schemaNamespace, test.typ}].value
		for _, value := range slices.Concat(test.good, test.bad) {
			_, got := d.check(value)
			if want := !slices.Contains(test.bad, value); got != want {
				t.Errorf("xs:%s %q: got %v, want %v", test.typ, value, got, want)
			}
		}
	}
}

func TestExplanations(t *testing.T) {
	tests := []struct{ typ, value, want string }{
		{"dateTime", "2026-02-30T00:00:00Z", "month 2 of that year has 28 days"},
		{"dateTime", "2026-01-31T09:30:00 Z", `after the time comes " Z" instead of a time zone`},
		{"dateTime", "2026-01-31T9:30:00Z", "its hour is not two digits"},
		{"dateTime", "2026-01-31T09:30:00+25:00", `there is no time zone "+25:00"`},
		{"dateTime", "26-01-31T09:30:00Z", "its year has fewer than four digits"},
		{"NCName", "id:1", "it holds a colon"},
		{"NCName", "a b", "it holds a blank or a line break"},
		{"NCName", "a/b", `it holds the character "/"`},
		{"anyURI", "https://h:/", "a colon follows the host, but no port number"},
		{"anyURI", "https://h/#a#b", `it holds two "#"`},
		{"base64Binary", "AAAAA", "one character is left over after the last group of four, so something is missing or extra"},
		{"base64Binary", "AAB=", "its last character before the padding holds bits that no encoder leaves there"},
		{"boolean", "TRUE", "upper and lower case matter"},
		{"duration", "P1D ", "blanks around it are not allowed"},
		{"float", "many", ""},
	}
	for _, test := range tests {
		got, ok := schemas().types[expandedName{schemaNamespace, test.typ}].value.check(test.value)
		if ok || got != test.want {
			t.Errorf("xs:%s %q: got %q, want %q", test.typ, test.value, got, test.want)
		}
	}
}
