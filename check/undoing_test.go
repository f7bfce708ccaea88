package check

import (
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig/repair"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// TestChangeText: what looks like nothing is named, and the place can be found.
func TestChangeText(t *testing.T) {
	const text = `<Attribute Name="cn"><AttributeValue>M&#13;ller</AttributeValue></Attribute>`
	doc := xmldoc.Parse([]byte(text), xmldoc.Options{})
	value := doc.Root().FirstChild()
	at := doc.Position(strings.Index(text, "&#13;"))
	far := xmldoc.Position{Line: 1, Column: longLine + 1}
	for _, tt := range []struct {
		name             string
		received, signed string
		position         xmldoc.Position
		exact            bool
		want             string
	}{
		{"exact", "\u200b", "", at, true, `line 1, column 39, in AttributeValue "cn": "\u200b" (U+200B) is too much`},
		{"one of many", "\n  ", "", at, false, `line 1, in AttributeValue "cn": a line break and 2 blanks are too much`},
		{"one of many far to the right", "", "\n\t", far, false, `line 1, column 81, in AttributeValue "cn": a line break and a tab are missing`},
		{"carriage return", "&#13;", "", at, false, `line 1, in AttributeValue "cn": a carriage return (&#13;) is too much`},
		{"no-break space", "\u00a0", " ", at, false, `line 1, in AttributeValue "cn": a no-break space stands where a blank was signed`},
		{"look-alikes", "\u2019", "'", at, false, `line 1, in AttributeValue "cn": "\u2019" (U+2019) stands where "'" was signed`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := repair.Change{Node: value, Position: tt.position, Received: tt.received, Signed: tt.signed}
			want := strings.ReplaceAll(tt.want, "\\u2019", "\u2019")
			if got := changeText(&c, tt.exact); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
