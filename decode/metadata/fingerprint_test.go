package metadata_test

import (
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode/metadata"
)

func TestParseFingerprint(t *testing.T) {
	const sha1 = "34:64:C5:BD:D2:BE:7F:2B:61:12:E2:F0:8E:9C:00:24:E3:3D:9F:E1"
	plain := strings.ReplaceAll(sha1, ":", "")
	long := strings.TrimSuffix(strings.Repeat("0A:", 32), ":")
	for _, c := range []struct{ text, want string }{
		{sha1, "SHA-1 " + sha1},
		{plain, "SHA-1 " + sha1},
		{strings.ToLower(plain) + "\n", "SHA-1 " + sha1},
		{strings.ReplaceAll(sha1, ":", " "), "SHA-1 " + sha1},
		{"SHA1 Fingerprint=" + sha1, "SHA-1 " + sha1},
		{"sha256:" + strings.ReplaceAll(long, ":", ""), "SHA-256 " + long},
		{"SHA-256 " + long, "SHA-256 " + long},
		{"Thumbprint: " + plain, "SHA-1 " + sha1},
		{"\u200e" + strings.ToLower(plain), "SHA-1 " + sha1},
		{plain[2:], ""},
		{plain + "00", ""},
		{"", ""},
		{"idp.pem", ""},
		{strings.Repeat("00", 1000), ""},
	} {
		f, ok := metadata.ParseFingerprint(c.text)
		if got := f.String(); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%.50q: %q, %v, want %q", c.text, got, ok, c.want)
		}
	}
}
