package decode_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/samlwhy/samlwhy/decode"
)

func utf16LE(s string, mark bool) string {
	var b strings.Builder
	if mark {
		b.WriteString("\xff\xfe")
	}
	for _, c := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(c))
		b.WriteByte(byte(c >> 8))
	}
	return b.String()
}

func TestReadKinds(t *testing.T) {
	unpadded := strings.Repeat(" ", (3-len(responseXML)%3)%3) + responseXML // in base64, which then does not show its end
	form := "SAMLResponse=" + escape(b64(responseXML)) + "&RelayState=https%3A%2F%2Fsp.example.com%2F"
	redirect := "SAMLRequest=" + escape(b64(deflate(requestXML))) + "&RelayState=a%20b"
	signed := redirect + "&SigAlg=" + escape("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256") + "&Signature=" + escape("a+b/c=")
	page := `<!DOCTYPE html><html><body onload="document.forms[0].submit()"><form method="post" action="https://sp.example.com/acs"><input type="hidden" name="SAMLResponse" value="` + b64(responseXML) + `"/><input type="hidden" name="RelayState" value="a&amp;b"></form></body></html>`
	tests := []struct {
		name, input string
		as          decode.Kind
		kind        decode.Kind
		binding     decode.Binding
		param       string
		steps       string
		problems    string
		xml         string
	}{
		{name: "XML", input: responseXML, kind: decode.KindXML, steps: "XML", xml: responseXML},
		{name: "XML after a mark and blanks", input: "\xef\xbb\xbf\r\n " + responseXML, kind: decode.KindXML, steps: "XML", xml: "\xef\xbb\xbf\r\n " + responseXML},
		{name: "XML in UTF-16", input: utf16LE(responseXML, true), kind: decode.KindXML, steps: "XML", xml: utf16LE(responseXML, true)},
		{name: "bare assertion", input: `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="a"/>`, kind: decode.KindXML, steps: "XML"},
		{name: "broken start tag", input: `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID=`, kind: decode.KindXML, steps: "XML"},
		{name: "base64", input: b64(responseXML) + "\n", kind: decode.KindBase64, steps: "base64, XML", xml: responseXML},
		{name: "base64 with a remark below", input: b64(unpadded) + "\r\n\r\nsent by mail\r\n", kind: decode.KindBase64, steps: "base64, XML", xml: unpadded},
		{name: "base64 in UTF-16", input: utf16LE(b64(responseXML)+"\r\n", true), kind: decode.KindBase64, steps: "base64, XML", xml: responseXML},
		{name: "base64 in UTF-16 without a mark", input: utf16LE(b64(responseXML)+"\r\n", false), kind: decode.KindBase64, steps: "base64, XML", xml: responseXML},
		{name: "base64 of UTF-16", input: b64(utf16LE(responseXML, true)), kind: decode.KindBase64, steps: "base64, XML", xml: utf16LE(responseXML, true)},
		{name: "base64 of DEFLATE", input: b64(deflate(requestXML)), kind: decode.KindBase64, steps: "base64, DEFLATE, XML", xml: requestXML},
		{name: "form body", input: form, kind: decode.KindForm, binding: decode.BindingPOST, param: "SAMLResponse", steps: "form field SAMLResponse, base64, XML", xml: responseXML},
		{name: "query string", input: redirect, kind: decode.KindQuery, binding: decode.BindingRedirect, param: "SAMLRequest", steps: "query parameter SAMLRequest, base64, DEFLATE, XML", xml: requestXML},
		{name: "query string with ?", input: "?" + redirect, kind: decode.KindQuery, binding: decode.BindingRedirect, param: "SAMLRequest", steps: "query parameter SAMLRequest, base64, DEFLATE, XML", xml: requestXML},
		{name: "signed query string", input: signed, kind: decode.KindQuery, binding: decode.BindingRedirect, param: "SAMLRequest", steps: "query parameter SAMLRequest, base64, DEFLATE, XML", xml: requestXML},
		{name: "URL", input: "https://idp.example.com/sso?x=1&" + redirect, kind: decode.KindQuery, binding: decode.BindingRedirect, param: "SAMLRequest", steps: "query parameter SAMLRequest, base64, DEFLATE, XML", xml: requestXML},
		{name: "fragment", input: "https://idp.example.com/#" + redirect, kind: decode.KindQuery, binding: decode.BindingRedirect, param: "SAMLRequest", steps: "fragment parameter SAMLRequest, base64, DEFLATE, XML", xml: requestXML},
		{name: "plain response in a URL", input: "https://sp.example.com/acs?" + form, kind: decode.KindQuery, binding: decode.BindingRedirect, param: "SAMLResponse", steps: "query parameter SAMLResponse, base64, XML", problems: "not-deflated", xml: responseXML},
		{name: "form body pasted decoded", input: "SAMLResponse=" + b64(responseXML) + "&RelayState=x", kind: decode.KindForm, binding: decode.BindingPOST, param: "SAMLResponse", steps: "form field SAMLResponse, base64, XML", xml: responseXML},
		{name: "forced form with a bare plus", input: "SAMLResponse=" + b64(responseXML), as: decode.KindForm, kind: decode.KindForm, binding: decode.BindingPOST, param: "SAMLResponse",
			steps: "form field SAMLResponse, blanks turned back into +, base64, XML", problems: "blank-for-plus", xml: responseXML},
		{name: "deflated in a form", input: "SAMLResponse=" + escape(b64(deflate(responseXML))), as: decode.KindForm, kind: decode.KindForm, binding: decode.BindingPOST, param: "SAMLResponse",
			steps: "form field SAMLResponse, base64, DEFLATE, XML", problems: "deflate-in-post", xml: responseXML},
		{name: "forced query", input: form, as: decode.KindQuery, kind: decode.KindQuery, binding: decode.BindingRedirect, param: "SAMLResponse", steps: "query parameter SAMLResponse, base64, XML", problems: "not-deflated", xml: responseXML},
		{name: "XML without base64", input: "SAMLResponse=" + escape(responseXML), as: decode.KindForm, kind: decode.KindForm, binding: decode.BindingPOST, param: "SAMLResponse", steps: "form field SAMLResponse, XML without base64, XML", problems: "not-encoded", xml: responseXML},
		{name: "name in another case", input: "SamlResponse=" + escape(b64(responseXML)), kind: decode.KindForm, binding: decode.BindingPOST, param: "SamlResponse", steps: "form field SamlResponse, base64, XML", problems: "name-near-miss", xml: responseXML},
		{name: "name with a blank", input: "SAMLResponse%20=" + escape(b64(responseXML)), kind: decode.KindForm, binding: decode.BindingPOST, param: "SAMLResponse ", steps: "form field SAMLResponse , base64, XML", problems: "name-near-miss", xml: responseXML},
		{name: "name with a letter wrong", input: "a=1&SAMLResponce=" + escape(b64(responseXML)), kind: decode.KindForm, binding: decode.BindingPOST, param: "SAMLResponce", steps: "form field SAMLResponce, base64, XML", problems: "name-near-miss", xml: responseXML},
		{name: "name of its own", input: "token=" + escape(b64(responseXML)) + "&x=1", kind: decode.KindForm, binding: decode.BindingPOST, param: "token", steps: "form field token, base64, XML", problems: "name-unknown", xml: responseXML},
		{name: "WS-Federation", input: "wa=wsignin1.0&wresult=" + escape(`<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"/>`) + "&wctx=x", kind: decode.KindForm,
			binding: decode.BindingWSFederation, param: "wresult", steps: "form field wresult, XML"},
		{name: "HTML page", input: page, kind: decode.KindHTML, binding: decode.BindingPOST, param: "SAMLResponse", steps: "HTML form, form field SAMLResponse, base64, XML", xml: responseXML},
		{name: "escaped source of a page", input: strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(page), kind: decode.KindHTML, binding: decode.BindingPOST, param: "SAMLResponse", steps: "HTML form, form field SAMLResponse, base64, XML", xml: responseXML},
		{name: "source of a page with line numbers", input: "1\t<!DOCTYPE html>\n2\t" + page, kind: decode.KindText, steps: "base64 in the text, base64, XML", xml: responseXML},
		{name: "saved source of a page", input: `<html><body><table><tr><td class="line-number" value="1"></td><td class="line-content"><span class="html-tag">&lt;input <span class="html-attribute-name">name</span>="<span class="html-attribute-value">SAMLResponse</span>" value="<span class="html-attribute-value">` + b64(responseXML) + `</span>"&gt;</span></td></tr></table></body></html>`,
			kind: decode.KindHTML, steps: "HTML page, base64 in the text, base64, XML", xml: responseXML},
		{name: "HTML fragment", input: `<form action="/acs"><INPUT NAME='SAMLResponse' VALUE='` + b64(responseXML) + `'>`, kind: decode.KindHTML, binding: decode.BindingRedirect, param: "SAMLResponse",
			steps: "HTML form, form field SAMLResponse, base64, XML", problems: "not-deflated", xml: responseXML},
		{name: "page that shows a message", input: "<html><body><pre>" + strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(requestXML+"</samlp:AuthnRequest>") + "</pre></body></html>",
			kind: decode.KindHTML, steps: "HTML page, XML in the text, HTML unescaping, XML", problems: "html-escaped"},
		{name: "JSON", input: `{"event":{"samlResponse":"` + b64(responseXML) + `"}}`, kind: decode.KindJSON, param: "samlResponse", steps: "JSON string samlResponse, base64, XML", xml: responseXML},
		{name: "log line in JSON", input: `{"log":"POST /acs SAMLResponse=` + escape(b64(responseXML)) + ` 200\n","stream":"stdout"}`, kind: decode.KindJSON, binding: decode.BindingPOST, param: "SAMLResponse",
			steps: "JSON string log, form field SAMLResponse, base64, XML", xml: responseXML},
		{name: "forced base64", input: b64(responseXML), as: decode.KindBase64, kind: decode.KindBase64, steps: "base64, XML", xml: responseXML},
		{name: "forced XML that is none", input: "hello", as: decode.KindXML, kind: decode.KindXML, steps: "XML", xml: "hello"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trace := read(t, tt.input, decode.Options{As: tt.as})
			if len(trace.Messages) != 1 {
				t.Fatalf("%d messages: %s", len(trace.Messages), describe(trace))
			}
			m := trace.Messages[0]
			if trace.Kind != tt.kind || m.Capture.Kind != tt.kind {
				t.Errorf("kind %q, of the capture %q, want %q", trace.Kind, m.Capture.Kind, tt.kind)
			}
			if m.Binding != tt.binding || m.Param != tt.param {
				t.Errorf("binding %q in %q, want %q in %q", m.Binding, m.Param, tt.binding, tt.param)
			}
			if got := stepNames(m); got != tt.steps {
				t.Errorf("steps %s, want %s", got, tt.steps)
			}
			if got := problemIDs(m); got != tt.problems {
				t.Errorf("problems %q, want %q", got, tt.problems)
			}
			if tt.xml != "" && string(m.XML) != tt.xml {
				t.Errorf("XML is %q, want %q", m.XML, tt.xml)
			}
		})
	}
}

func TestSiblings(t *testing.T) {
	m := one(t, "https://idp.example.com/sso?SAMLRequest="+escape(b64(deflate(requestXML)))+"&RelayState=a%20b&SigAlg=http%3a%2f%2fexample%23rsa&Signature=a%2bb%2Fc%3D", decode.Options{})
	for _, tt := range []struct {
		name       string
		got        *decode.Param
		value, raw string
	}{
		{"RelayState", m.RelayState, "a b", "a%20b"},
		{"SigAlg", m.SigAlg, "http://example#rsa", "http%3a%2f%2fexample%23rsa"},
		{"Signature", m.Signature, "a+b/c=", "a%2bb%2Fc%3D"},
	} {
		if tt.got == nil || tt.got.Name != tt.name || tt.got.Value != tt.value || tt.got.Raw != tt.raw {
			t.Errorf("%s is %+v, want %q, raw %q", tt.name, tt.got, tt.value, tt.raw)
		}
	}
	if got, want := string(m.Capture.Raw), escape(b64(deflate(requestXML))); got != want {
		t.Errorf("raw value is %q, want %q", got, want)
	}
}

func TestHTMLForm(t *testing.T) {
	page := `<html><head><base href="https://sp.example.com/app/"></head><form action="acs?x=1&amp;y=2" method="POST"><textarea name="SAMLResponse">` + "\n" + b64(responseXML) + `</textarea><input name=RelayState value="a&amp;b&#x2f;"></form>`
	m := one(t, page, decode.Options{})
	if m.Capture.Action != "https://sp.example.com/app/acs?x=1&y=2" || m.Capture.FormMethod != "POST" || !m.Capture.InResponse {
		t.Errorf("form is %q %q, in response %v", m.Capture.FormMethod, m.Capture.Action, m.Capture.InResponse)
	}
	if m.RelayState == nil || m.RelayState.Value != "a&b/" {
		t.Errorf("RelayState is %+v", m.RelayState)
	}
	if string(m.XML) != responseXML {
		t.Errorf("XML is %q", m.XML)
	}
}

func TestArtifact(t *testing.T) {
	m := one(t, "https://sp.example.com/acs?SAMLart="+escape(b64("\x00\x04\x00\x00"+strings.Repeat("s", 20)+strings.Repeat("h", 20)))+"&RelayState=x", decode.Options{})
	if m.Binding != decode.BindingArtifact || m.Param != "SAMLart" || m.XML != nil || len(m.Problems) != 0 || m.RelayState == nil {
		t.Errorf("artifact is %+v", m)
	}
}

func TestReadText(t *testing.T) {
	request, response := b64(deflate(requestXML)), b64(responseXML)
	indented := strings.ReplaceAll(responseXML, "><", ">\n  <")
	tests := []struct {
		name, input string
		params      string // of the messages
		xml         []string
	}{
		{"log line with a URL", "10:00:01 GET /sso?x=1&SAMLRequest=" + escape(request) + "&RelayState=q HTTP/1.1", "SAMLRequest", []string{requestXML}},
		{"colon", "SAMLResponse: " + response + "\r\n", "SAMLResponse", []string{responseXML}},
		{"colon and prose behind it", "got SAMLResponse: " + response + " from the browser", "SAMLResponse", []string{responseXML}},
		{"next line", "SAMLResponse:\n" + response, "SAMLResponse", []string{responseXML}},
		{"wrapped after a colon", "SAMLResponse: " + wrap(response, 76, "\n") + "\nRelayState: x\n", "SAMLResponse", []string{responseXML}},
		{"wrapped after =", "SAMLResponse=" + wrap(response, 64, "\r\n"), "SAMLResponse", []string{responseXML}},
		{"quoted", `{SAMLResponse: "` + response + `", RelayState: 'x'}`, "SAMLResponse", []string{responseXML}},
		{"source code", `params["SAMLResponse"] = '` + response + `';`, "SAMLResponse", []string{responseXML}},
		{"ruby hash", `Parameters: {"SAMLResponse"=>"` + strings.ReplaceAll(wrap(response, 60, "\n"), "\n", `\n`) + `"}`, "SAMLResponse", []string{responseXML}},
		{"raw HTTP behind a log's prefix", "10:00 POST /acs HTTP/1.1\r\nHost: sp.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nSAMLResponse=" + escape(response) + "&RelayState=x", "SAMLResponse", []string{responseXML}},
		{"YAML block", "id: 7\nSAMLResponse: |\n    " + wrap(response, 70, "\n    ") + "\nRelayState: x\n", "SAMLResponse", []string{responseXML}},
		{"folded YAML block", "saml_response: >-\n  " + wrap(response, 64, "\n  ") + "\n", "saml_response", []string{responseXML}},
		{"wrapped and indented", "The IdP sends:\n\n    " + wrap(response, 70, "\n    ") + "\n", "", []string{responseXML}},
		{"wrapped below a word", "What the IdP sends is as follows\n" + wrap(response, 60, "\n"), "", []string{responseXML}},
		{"two parameters", "SAMLRequest=" + request + "\nSAMLResponse=" + response, "SAMLRequest SAMLResponse", []string{requestXML, responseXML}},
		{"two of bare base64", "first:\n" + request + "\nand then:\n" + response + "\n", " ", []string{requestXML, responseXML}},
		{"two lines of base64", request + "\n" + response + "\n", " ", []string{requestXML, responseXML}},
		{"XML in a log", "10:00 received: " + responseXML + " done", "", []string{responseXML}},
		{"XML over lines, with a declaration", "10:00 received:\n<?xml version=\"1.0\"?>\n" + indented + "\n10:01 done", "", []string{"<?xml version=\"1.0\"?>\n" + indented}},
		{"XML behind its name", "SAMLResponse: " + responseXML, "", []string{responseXML}},
		{"XML with escaped quotes", `msg="` + strings.ReplaceAll(responseXML, `"`, `\"`) + `"`, "", []string{responseXML}},
		{"XML in CSV", "time,message\n2026-03-04,\"" + strings.ReplaceAll(responseXML, `"`, `""`) + "\"\n", "", []string{responseXML}},
		{"XML escaped as JSON", `10:00 "` + strings.NewReplacer("<", `\u003c`, ">", `\u003e`, `"`, `\"`).Replace(responseXML) + `"`, "", []string{responseXML}},
		{"URL inside a URL", "Location: https://login.example.com/?next=" + escape("/samlp?SAMLRequest="+escape(request)) + "&x=1", "SAMLRequest", []string{requestXML}},
		{"cut off XML", "x " + responseXML[:300], "", []string{responseXML[:300]}},
		{"bracket that is no JSON", "[10:00] SAMLResponse=" + response, "SAMLResponse", []string{responseXML}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trace := read(t, tt.input, decode.Options{})
			if trace.Kind != decode.KindText {
				t.Errorf("kind is %q", trace.Kind)
			}
			if len(trace.Messages) != len(tt.xml) {
				t.Fatalf("%d messages, want %d: %s", len(trace.Messages), len(tt.xml), describe(trace))
			}
			params := make([]string, len(tt.xml))
			for i, m := range trace.Messages {
				params[i] = m.Param
				if string(m.XML) != tt.xml[i] {
					t.Errorf("message %d is %q, want %q", i, m.XML, tt.xml[i])
				}
			}
			if got := strings.Join(params, " "); got != tt.params {
				t.Errorf("parameters %q, want %q", got, tt.params)
			}
		})
	}
}

func TestLines(t *testing.T) {
	input := b64(responseXML) + "\n\n" + requestXML + "\nhello, this is no message\nSAMLRequest=" + escape(b64(deflate(requestXML))) + "\n"
	trace := read(t, input, decode.Options{As: decode.KindLines})
	if len(trace.Messages) != 4 {
		t.Fatalf("%d messages: %s", len(trace.Messages), describe(trace))
	}
	for i, want := range []string{"line 1, base64, XML", "line 3, XML", "line 4", "line 5, query parameter SAMLRequest, base64, DEFLATE, XML"} {
		if got := stepNames(trace.Messages[i]); got != want {
			t.Errorf("steps %q, want %q", got, want)
		}
	}
	if p := trace.Messages[2].Problems; len(p) != 1 || !p[0].Fatal {
		t.Errorf("problems of the line without a message: %+v", p)
	}
}
