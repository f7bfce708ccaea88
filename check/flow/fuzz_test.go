package flow_test

import (
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/check/checktest"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
)

// FuzzLogins: whatever a capture holds, every login counts itself right, stays
// short, and is made of messages of the capture.
func FuzzLogins(f *testing.F) {
	for _, s := range checktest.Stories() {
		if strings.HasSuffix(s.Name, ".har") {
			f.Add([]byte(s.Data))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		trace, err := decode.Read("fuzz", data, decode.Options{MaxSize: 1 << 20})
		if err != nil {
			return
		}
		logins := flow.Logins(trace)
		for i, l := range logins {
			if l.Number != i+1 || l.Of != len(logins) {
				t.Errorf("login %d counts itself as %d of %d", i+1, l.Number, l.Of)
			}
			if l.Request == nil && l.Response == nil && l.Artifact == nil {
				t.Errorf("login %d is made of nothing", i+1)
			}
			if len(l.Steps) > 10 {
				t.Errorf("login %d has %d steps", i+1, len(l.Steps))
			}
			if o := l.Clocks.Difference(); o.Known() && o.Min != flow.NoMin && o.Max != flow.NoMax && o.Min > o.Max {
				t.Errorf("login %d: clocks between %v and %v", i+1, o.Min, o.Max)
			}
			for _, m := range l.Deliveries() {
				if flow.Of(logins, m) == nil {
					t.Errorf("login %d: a delivery belongs to no login", i+1)
				}
			}
		}
	})
}
