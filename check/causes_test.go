package check

import (
	"testing"
	"unicode/utf8"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode/saml"
)

func TestCompareValue(t *testing.T) {
	const (
		metadata = "https://sp.example.com/metadata"
		acs      = "https://sp.example.com/saml/acs"
		password = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
	)
	tests := []struct {
		name, expected, actual string
		id, text               string
		index                  int
	}{
		{"slash added", metadata, metadata + "/", "trailing-slash", "one slash too many at the end", 31},
		{"slash lost", metadata + "/", metadata, "trailing-slash", "the slash at the end is missing", 31},
		{"two slashes", metadata, metadata + "//", "trailing-slash", "2 slashes too many at the end", 31},
		{"slash before query", acs + "?a=b", acs + "/?a=b", "trailing-slash", "one slash too many at the end of the path", 31},
		{"slash on a bare host", "https://sp.example.com", "https://sp.example.com/", "trailing-slash", "one slash too many at the end", 22},
		{"http", metadata, "http://sp.example.com/metadata", "scheme", `the scheme is "http", not "https"`, 4},
		{"no scheme", metadata, "sp.example.com/metadata", "scheme", `"https://" is missing at the beginning`, 0},
		{"spn scheme", metadata, "spn://sp.example.com/metadata", "scheme", `the scheme is "spn", not "https"`, 0},
		{"default port", acs, "https://sp.example.com:443/saml/acs", "port", `the default port ":443" is written out`, 22},
		{"other port", "https://sp.example.com:8443/saml/acs", acs, "port", `the port ":8443" is missing`, 22},
		{"IPv6 port", "https://[2001:db8::1]/acs", "https://[2001:db8::1]:8443/acs", "port", `the port ":8443" is added`, 21},
		{"other host", acs, "https://login.example.org/saml/acs", "host", `the host is "login.example.org", not "sp.example.com"`, 8},
		{"www", acs, "https://www.sp.example.com/saml/acs", "host", `"www." is too many in the host`, 8},
		{"numbered host", acs, "https://sp2.example.com/saml/acs", "host", `the host is "sp2.example.com", not "sp.example.com"`, 10},
		{"other path", acs, "https://sp.example.com/sso/post", "path", `the path is "/sso/post", not "/saml/acs"`, 24},
		{"numbered path", acs, acs + "2", "path", `the path is "/saml/acs2", not "/saml/acs"`, 31},
		{"path lost", acs, "https://sp.example.com", "path", `the path "/saml/acs" is missing`, 22},
		{"query lost", acs + "?siteurl=acme", acs, "query", `the query "?siteurl=acme" is missing`, 31},
		{"other query", acs + "?siteurl=acme", acs + "?siteurl=widgets", "query", `the query is "?siteurl=widgets", not "?siteurl=acme"`, 40},
		{"fragment", acs, acs + "#top", "query", `the fragment "#top" is added`, 31},
		{"capital", metadata, "https://sp.example.com/Metadata", "case", `a capital "M" where a small "m" is expected`, 23},
		{"small", "https://SP.example.com/", "https://sp.example.com/", "case", `a small "s" where a capital "S" is expected`, 8},
		{"colon lost", password, "urn:oasis:names:tc:SAML:2.0:ac:classesPassword", "missing-colon", `a colon is missing in the message after "…0:ac:classes"`, 38},
		{"colon lost in expected", "https//sp.example.com", "https://sp.example.com", "missing-colon", `a colon is missing in the expected value after "https"`, 5},
		{"blank after", metadata, metadata + " ", "whitespace", "a blank too many at the end", 31},
		{"blank before", metadata, "  " + metadata, "whitespace", "2 blanks too many at the beginning", 0},
		{"line break after", metadata, metadata + "\n", "whitespace", "a line break too many at the end", 31},
		{"indented", metadata, "\n      " + metadata + "\n    ", "whitespace", "a line break with blanks too many at the beginning; a line break with blanks too many at the end", 0},
		{"blank inside", metadata, "https://sp.example.com/meta data", "whitespace", `a blank too many inside, after "…ple.com/meta"`, 27},
		{"line break for blank", "First Name", "First\nName", "whitespace", `a line break where a blank is expected inside, after "First"`, 5},
		{"percent", metadata + "?a:b", metadata + "?a%3Ab", "percent-encoding", `"%3A" is written where ":" is expected`, 33},
		{"percent hex case", metadata + "%2f", metadata + "%2F", "percent-encoding", `"%2F" is written where "%2f" is expected`, 33},
		{"percent twice", "urn:a b", "urn:a%2520b", "percent-encoding", `"%25" is written where " " is expected`, 5},
		{"zero width space", metadata, "https://sp.example.com/\u200bmetadata", "invisible-character", `an invisible character, U+200B (zero-width space), after "…example.com/"`, 23},
		{"byte order mark", metadata, "\ufeff" + metadata, "invisible-character", "an invisible character, U+FEFF (zero-width no-break space, also the byte order mark), at the beginning", 0},
		{"no-break space for blank", "First Name", "First\u00a0Name", "invisible-character", `an invisible character, U+00A0 (no-break space), after "First"`, 5},
		{"invisible in expected", metadata + "\u00ad", metadata, "invisible-character", `the expected value has an invisible character, U+00AD (soft hyphen), after "…com/metadata"`, 31},
		{"Cyrillic", metadata, "https://sp.exаmple.com/metadata", "look-alike-character", "the Cyrillic letter \"а\" (U+0430) at character 14 where an ordinary \"a\" is expected", 13},
		{"en dash", "urn:my-sp", "urn:my–sp", "look-alike-character", "the en dash \"–\" (U+2013) at character 7 where an ordinary \"-\" is expected", 6},
		{"fullwidth", "urn:sp", "urn：sp", "look-alike-character", "the fullwidth character \"：\" (U+FF1A) at character 4 where an ordinary \":\" is expected", 3},
		{"letter lost", metadata, "https://sp.example.com/metadta", "one-edit", `one character is missing, "a" at character 29`, 28},
		{"letter added", metadata, metadata + "s", "one-edit", `one character too many, "s" at character 32`, 31},
		{"letter changed", "urn:example:sp", "urn:exanple:sp", "one-edit", `"n" where "m" is expected, at character 8`, 7},
		{"letters swapped", metadata, "https://sp.exmaple.com/metadata", "one-edit", `"ma" where "am" is expected, two characters swapped at character 14`, 13},
		{"digit of a URN", "urn:sp:1", "urn:sp:2", "one-edit", `"2" where "1" is expected, at character 8`, 7},
		{"scheme and slash", metadata, "http://sp.example.com/metadata/", "scheme", `the scheme is "http", not "https", and one slash too many at the end`, 4},
		{"case and slash", metadata, "https://sp.example.com/Metadata/", "case", `a capital "M" where a small "m" is expected, and one slash too many at the end`, 23},
		{"host and scheme", acs, "http://login.example.org/saml/acs", "host", `the host is "login.example.org", not "sp.example.com", and the scheme is "http", not "https"`, 4},
		{"scheme and port", "https://sp.example.com:443/acs", "http://sp.example.com:80/acs", "scheme", `the scheme is "http", not "https", and the port is "80", not "443"`, 4},
		{"host and path", acs, "https://login.example.org/sso", "other", "host and path are others", 8},
		{"no URL", acs, "urn:example:sp", "other", "it is no URL, and a URL is expected", 0},
		{"unlike", "persistent", "transient", "other", "it is another value", 0},
		{"empty", acs, "", "other", "the value is empty", 0},
		{"three letters are no near miss", "abc", "ab", "other", "it is another value", 2},
		{"colon moved", "a:bc:d", "ab:c:d", "one-edit", `"b:" where ":b" is expected, two characters swapped at character 2`, 1},
		{"invalid UTF-8", "\xffabcdef", "\xfeabcdef", "other", "it is another value", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := compareValue(tt.expected, tt.actual)
			if c == nil {
				t.Fatal("no cause")
			}
			if c.ID != tt.id || c.Text != tt.text || c.Index != tt.index {
				t.Errorf("got %s %q at %d,\nwant %s %q at %d", c.ID, c.Text, c.Index, tt.id, tt.text, tt.index)
			}
			if c.Expected != tt.expected || c.Evidence == "" {
				t.Errorf("Expected = %q, Evidence = %q", c.Expected, c.Evidence)
			}
		})
	}
	if c := compareValue(acs, acs); c != nil {
		t.Errorf("equal values have cause %v", c)
	}
}

func TestCompareValues(t *testing.T) {
	values := []expect.Value{{Text: "https://other.example.org/x"}, {Text: "https://sp.example.com/metadata"}, {Text: "https://sp.example.com/metadata2"}}
	match, best, cause := compareValues(values, "https://sp.example.com/metadata2")
	if match != &values[2] || best != nil || cause != nil {
		t.Errorf("equal value: %v %v %v", match, best, cause)
	}
	match, best, cause = compareValues(values, "https://sp.example.com/metadata/")
	if match != nil || best != &values[1] || cause.ID != causeSlash {
		t.Errorf("near value: %v %v %v", match, best, cause)
	}
	match, best, cause = compareValues(values, "https://sp.example.com/a/b/c?d")
	if match != nil || best != &values[1] || cause.ID != causeOther {
		t.Errorf("far value: %v %v %v", match, best, cause)
	}
	if match, best, cause = compareValues(nil, "x"); match != nil || best != nil || cause != nil {
		t.Errorf("nothing expected: %v %v %v", match, best, cause)
	}
}

func TestSwapped(t *testing.T) {
	in := NewInput(Input{
		Expect: &expect.Expect{
			SPEntityIDs:  []expect.Value{{Text: "https://sp.example.com/metadata", From: "--sp-entity-id"}},
			ACSURLs:      []expect.Value{{Text: "https://sp.example.com/metadata/", From: "--acs-url"}},
			IdPEntityIDs: []expect.Value{{Text: "https://idp.example.net", From: "--idp-entity-id"}},
		},
		Login: &flow.Login{RequestView: &saml.AuthnRequest{ACSURL: &saml.Value{Text: "https://sp.example.com/requested"}}},
	})
	if c := in.swapped("https://idp.example.net", fieldAudience); c == nil || c.ID != causeSwapped || c.Text != "this is the IdP's entity ID" {
		t.Errorf("IdP's entity ID as audience: %v", c)
	}
	if c := in.swapped("https://sp.example.com/requested", fieldAudience); c == nil || c.Text != "this is the service's ACS URL" {
		t.Errorf("the request's ACS as audience: %v", c)
	}
	if c := in.swapped("https://idp.example.net", fieldIssuer); c != nil {
		t.Errorf("the field itself: %v", c)
	}
	if c := in.swapped("", fieldIssuer); c != nil {
		t.Errorf("empty value: %v", c)
	}
	if _, c := in.mismatch(fieldAudience, in.Expect.SPEntityIDs, "https://idp.example.net"); c.ID != causeSwapped || c.Expected != "https://sp.example.com/metadata" {
		t.Errorf("mismatch prefers swapped to other: %v", c)
	}
	// The slash is a slip that is more likely than two fields mixed up.
	if _, c := in.mismatch(fieldAudience, in.Expect.SPEntityIDs, "https://sp.example.com/metadata/"); c.ID != causeSlash {
		t.Errorf("mismatch prefers what nobody sees to swapped: %v", c)
	}
}

func TestSameEndpoint(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"https://sp.example.com/acs", "HTTPS://SP.example.com/acs", true},
		{"https://sp.example.com/acs", "https://sp.example.com/ACS", false},
		{"https://sp.example.com/acs", "https://sp.example.com/acs/", false},
		{"https://sp.example.com/acs", "", false},
		{"urn:a", "URN:a", false},
	}
	for _, tt := range tests {
		if got := sameEndpoint(tt.a, tt.b); got != tt.same {
			t.Errorf("sameEndpoint(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
	if got := asVisited("HTTPS://SP.example.com:443#x"); got != "https://sp.example.com/" {
		t.Errorf("asVisited = %q", got)
	}
}

// FuzzCompareValue holds every claimed cause against its undoing.
func FuzzCompareValue(f *testing.F) {
	f.Add("https://sp.example.com/metadata", "http://sp.example.com/metadata/")
	f.Add("urn:a%2520b", "urn:a b")
	f.Add("https://[::1]:443/аcs?x#y", "HTTPS://[::1]/acs\u200b")
	f.Add("\xff", "\xfe")
	f.Add("a://b", "a//b")
	f.Fuzz(func(t *testing.T, expected, actual string) {
		c := compareValue(expected, actual)
		if (c == nil) != (expected == actual) {
			t.Fatalf("cause %v of %q and %q", c, expected, actual)
		}
		if c == nil {
			return
		}
		if c.Text == "" || c.Evidence == "" || c.Index < 0 || c.Index > min(utf8.RuneCountInString(expected), utf8.RuneCountInString(actual)) {
			t.Fatalf("cause %+v of %q and %q", c, expected, actual)
		}
		if c.ID == causeOther {
			return
		}
		if c.ID == causeOneEdit {
			e, a := []rune(expected), []rune(actual)
			if d := len(e) - len(a); d < -1 || d > 1 {
				t.Fatalf("one edit from %q to %q", expected, actual)
			}
			return
		}
		// Alone or together with one lesser undoing.
		for i := range undoings {
			if undoings[i].id != c.ID {
				continue
			}
			e, a := undoings[i].apply(expected), undoings[i].apply(actual)
			if e == a {
				return
			}
			for j := range i {
				if undoings[j].apply(e) == undoings[j].apply(a) {
					return
				}
			}
		}
		t.Fatalf("%s does not make %q and %q equal", c.ID, expected, actual)
	})
}
