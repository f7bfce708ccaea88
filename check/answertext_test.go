package check

import (
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

// TestSaidBy: the quotation of a long page holds what went wrong.
func TestSaidBy(t *testing.T) {
	filler := "<footer>" + strings.Repeat("<a>Terms of use</a> ", 30) + "</footer>"
	const below = "<p>If you report this error, tell the number 17.</p>"
	for _, c := range []struct{ name, page, want string }{
		{"short", "<h1>Denied</h1><p>No licence", "Denied / No licence"},
		{"below the heading", "<h1>Sign-in failed</h1><p>The audience does not match.</p>" + filler, "Sign-in failed / The audience does not match. / Terms of use"},
		{"below the heading that tells", "<h1>Acme</h1><p>Products</p><h2>We couldn’t sign you in</h2><p>No such user.</p>" + filler, "We couldn’t sign you in / No such user. / Terms of use"},
		{"marked", "<h1>Acme</h1><p>Products</p><p class=alert>The login failed: no such user</p>" + filler, "Acme / The login failed: no such user"},
		{"an alert about other things", "<h1>Sign-in failed</h1><p>No such user.</p><p class=alert>We use cookies</p>" + filler, "Sign-in failed / We use cookies / No such user."},
		{"the first cause of a trace", "<h1>Unhandled exception</h1>" + below + "<pre>Error: UNHANDLED\n1 a.php:3\nCaused by: My\\Fault: no valid audience\n0 b.php:4</pre>" + filler, `Unhandled exception / Caused by: My\Fault: no valid audience`},
		{"an exception", "<h1>Oops</h1>" + below + "<pre>at x\njava.lang.IllegalStateException: no key\nat y</pre>" + filler, "Oops / java.lang.IllegalStateException: no key"},
	} {
		got := saidBy(&decode.Exchange{Status: 200, ResponseType: "text/html", ResponseBody: []byte(c.page)})
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
