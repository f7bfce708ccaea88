package decode_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

func TestReadPage(t *testing.T) {
	for _, c := range []struct {
		name, page string
		want       decode.Page
	}{
		{"nothing", "", decode.Page{}},
		{"plain text", "no such\n user", decode.Page{Text: "no such user"}},
		{
			"blocks", "<html><head><title>Sign&#45;in </title><style>p{}</style></head><body><h1>Access <b>denied</b></h1><p>a<br>b</p><script>x</script></body></html>",
			decode.Page{Title: "Sign-in", Headings: []string{"Access denied"}, Text: "Access denied\na\nb"},
		},
		{
			"marked", `<div class="msg login-error"><div>Unknown</div> user</div><p>rest`,
			decode.Page{Marked: []string{"Unknown user"}, Text: "Unknown\nuser\nrest"},
		},
		{"preformatted", "<pre>Caused by: Fault\n1 at  a.php</pre>b", decode.Page{Text: "Caused by: Fault\n1 at a.php\nb"}},
		{"marked and preformatted", "<pre class=error>a\nb</pre>", decode.Page{Marked: []string{"a b"}, Text: "a\nb"}},
		{"hidden", `<p hidden>one<p>two</p></p><div style="DISPLAY : none">three</div>four`, decode.Page{Text: "four"}},
		{"never closed", `<div id=alert>stop`, decode.Page{Marked: []string{"stop"}, Text: "stop"}},
	} {
		got := decode.ReadPage([]byte(c.page))
		if got.Title != c.want.Title || got.Text != c.want.Text || !slices.Equal(got.Headings, c.want.Headings) || !slices.Equal(got.Marked, c.want.Marked) {
			t.Errorf("%s: %+q, want %+q", c.name, got, c.want)
		}
	}
	long := decode.ReadPage([]byte(strings.Repeat("<h1>word</h1><p class=error>fault</p>", 100_000)))
	if len(long.Text) > 8<<10 || len(long.Headings) > 20 {
		t.Errorf("%d bytes of text and %d headings are kept of a page without end", len(long.Text), len(long.Headings))
	}
}
