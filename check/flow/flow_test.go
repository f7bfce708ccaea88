package flow_test

import (
	"testing"

	"github.com/samlwhy/samlwhy/check/checktest"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

func message(xml string) *decode.Message {
	return &decode.Message{Capture: &decode.Capture{}, XML: []byte(xml), Document: xmldoc.Parse([]byte(xml), xmldoc.Options{})}
}

func TestLogins(t *testing.T) {
	request := message(checktest.AuthnRequest())
	other := message(checktest.Edit(checktest.AuthnRequest(), checktest.Request, "_other"))
	response := message(checktest.Response())
	unsolicited := message(checktest.Edit(checktest.Response(), ` InResponseTo="`+checktest.Request+`"`, ""))
	unreadable := &decode.Message{Capture: &decode.Capture{}, Param: "SAMLResponse"}

	for _, c := range []struct {
		name     string
		messages []*decode.Message
		want     []flow.Login
	}{
		{"nothing", nil, nil},
		{"by ID, not the nearest", []*decode.Message{request, other, response}, []flow.Login{{Request: request, Matched: true, Response: response}}},
		{"by time", []*decode.Message{other, response}, []flow.Login{{Request: other, Response: response}}},
		{"a request serves once by time", []*decode.Message{other, response, response}, []flow.Login{{Request: other, Response: response}, {Response: response}}},
		{"unsolicited", []*decode.Message{request, unsolicited}, []flow.Login{{Response: unsolicited}}},
		{"request without an answer", []*decode.Message{request}, []flow.Login{{Request: request}}},
		{"unreadable", []*decode.Message{request, unreadable}, []flow.Login{{Response: unreadable}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := flow.Logins(&decode.Trace{Messages: c.messages})
			if len(got) != len(c.want) {
				t.Fatalf("%d logins, want %d", len(got), len(c.want))
			}
			for i, l := range got {
				w := c.want[i]
				if l.Request != w.Request || l.Response != w.Response || l.Matched != w.Matched {
					t.Errorf("login %d is %+v", i+1, l)
				}
				if l.Number != i+1 || l.Of != len(got) {
					t.Errorf("login %d counts itself as %d of %d", i+1, l.Number, l.Of)
				}
				if (l.RequestView == nil) != (l.Request == nil) {
					t.Errorf("login %d: request and view differ", i+1)
				}
			}
		})
	}
}

func TestAnswering(t *testing.T) {
	request, other := message(checktest.AuthnRequest()), message(checktest.Edit(checktest.AuthnRequest(), checktest.Request, "_other"))
	response := message(checktest.Response())
	apart := flow.Logins(&decode.Trace{Messages: []*decode.Message{response}})[0]
	if got := apart.Answering(request); got.Request != request || got.RequestView == nil {
		t.Errorf("a request kept apart is not taken: %+v", got)
	}
	if apart.Request != nil {
		t.Error("the login itself was changed")
	}
	matched := flow.Logins(&decode.Trace{Messages: []*decode.Message{request, response}})[0]
	if got := matched.Answering(other); got.Request != request {
		t.Error("the request that the capture holds by its ID was replaced")
	}
	if got := apart.Answering(response); got.Request != nil {
		t.Error("a Response was taken for a request")
	}
	var none *flow.Login
	if none.Answering(request) != nil || apart.Answering(nil) != apart {
		t.Error("nothing to answer must change nothing")
	}
}
