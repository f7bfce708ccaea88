package decode_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

func TestSOAP(t *testing.T) {
	const soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
	own := `<samlp:ArtifactResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1"/>`
	tests := []struct {
		name, input string
		xml         string
		added       bool
	}{
		{"own declarations", `<e:Envelope xmlns:e="` + soap11 + `"><e:Body> ` + own + ` </e:Body></e:Envelope>`, own, false},
		{"SOAP 1.2 with a prolog", `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header/><e:Body>` + own + `</e:Body></e:Envelope>`, own, false},
		{"prefix of the envelope", `<e:Envelope xmlns:e="` + soap11 + `" xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"><e:Body><p:Response ID="_1"/></e:Body></e:Envelope>`,
			`<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1"/>`, true},
		{"default namespace of the envelope", `<Envelope xmlns="` + soap11 + `"><Body xmlns="urn:oasis:names:tc:SAML:2.0:protocol"><Response ID="_1"><Status/></Response></Body></Envelope>`, "", false},
		{"prefix in a value", `<e:Envelope xmlns:e="` + soap11 + `" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:z="urn:z"><e:Body><p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"><a t="xs:string"/></p:Response></e:Body></e:Envelope>`,
			`<p:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"><a t="xs:string"/></p:Response>`, true},
		{"PrefixList", `<e:Envelope xmlns:e="` + soap11 + `" xmlns:xs="urn:x&amp;y"><e:Body><p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"><i PrefixList="p xs"/></p:Response></e:Body></e:Envelope>`,
			`<p:Response xmlns:xs="urn:x&amp;y" xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"><i PrefixList="p xs"/></p:Response>`, true},
		{"inclusive canonicalisation", `<e:Envelope xmlns:e="` + soap11 + `"><e:Body><p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"><c Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/></p:Response></e:Body></e:Envelope>`,
			`<p:Response xmlns:e="` + soap11 + `" xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"><c Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/></p:Response>`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := one(t, tt.input, decode.Options{})
			if m.Binding != decode.BindingSOAP || m.Envelope == nil || m.Envelope.Root().Name().Local != "Envelope" {
				t.Fatalf("binding %q, envelope %v", m.Binding, m.Envelope)
			}
			if !m.Document.WellFormed() || m.Document.Root().Name().Space != "urn:oasis:names:tc:SAML:2.0:protocol" {
				t.Errorf("the message alone is %q: %v", m.XML, m.Document.Errors())
			}
			if tt.xml == "" {
				return
			}
			if string(m.XML) != tt.xml {
				t.Errorf("XML is %q, want %q", m.XML, tt.xml)
			}
			if got := strings.Contains(stepNames(m), "namespaces of the envelope added"); got != tt.added {
				t.Errorf("steps %q", stepNames(m))
			}
		})
	}
	t.Run("UTF-16", func(t *testing.T) {
		m := one(t, utf16LE(tests[0].input, true), decode.Options{})
		if !m.Document.WellFormed() || m.Document.Root().Name().Local != "ArtifactResponse" || string(m.XML) != utf16LE(own, false) {
			t.Errorf("message %q: %v", m.XML, m.Document.Errors())
		}
	})
	t.Run("UTF-16 with a prefix of the envelope", func(t *testing.T) {
		m := one(t, utf16LE(tests[2].input, true), decode.Options{})
		if !m.Document.WellFormed() || string(m.XML) != tests[2].xml {
			t.Errorf("message %q: %v", m.XML, m.Document.Errors())
		}
	})
	t.Run("in another document", func(t *testing.T) {
		m := one(t, `<events><event at="1">`+requestXML+`</event></events>`, decode.Options{})
		if m.Binding != "" || m.Envelope == nil || string(m.XML) != requestXML {
			t.Errorf("message %q in %q", m.XML, m.Binding)
		}
	})
}

func TestXMLAPI(t *testing.T) {
	request := func(inside string) string {
		return `<?xml version="1.0" encoding="UTF-8"?><serv:message xmlns:serv="http://www.webex.com/schemas/2002/06/service" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><header/><body>` +
			`<bodyContent xsi:type="java:com.webex.service.binding.user.AuthenticateUser">` + inside + `<protocol>SAML2.0</protocol></bodyContent></body></serv:message>`
	}
	tests := []struct {
		name, inside string
		xml          string
		problems     string
		steps        string
	}{
		{"base64", "<samlResponse>\n" + wrap(b64(responseXML), 76, "\n") + "</samlResponse>", responseXML, "", "element samlResponse, line breaks removed, base64, XML"},
		{"another case", "<SAMLResponse>" + b64(responseXML) + "</SAMLResponse>", responseXML, "", "element SAMLResponse, base64, XML"},
		{"deflated", "<samlResponse>" + b64(deflate(responseXML)) + "</samlResponse>", responseXML, "deflate-in-post", "element samlResponse, base64, DEFLATE, XML"},
		{"raw XML", "<samlResponse>" + requestXML + "</samlResponse>", requestXML, "", "element samlResponse, element AuthnRequest"},
		{"escaped XML", "<samlResponse><![CDATA[" + responseXML + "]]></samlResponse>", responseXML, "", "element samlResponse, XML"},
		{"empty", "<samlResponse> </samlResponse>", "", "empty-value", "element samlResponse"},
		{"missing", "<x/>", "", "saml-response-missing", ""},
		{"no base64", "<samlResponse>***</samlResponse>", "", "not-base64", "element samlResponse"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := one(t, request(tt.inside), decode.Options{})
			if m.Binding != decode.BindingXMLAPI || m.Envelope == nil || string(m.XML) != tt.xml {
				t.Fatalf("binding %q, XML %q: %s", m.Binding, m.XML, fmt.Sprint(m.Problems))
			}
			if got := problemIDs(m); got != tt.problems {
				t.Errorf("problems %q, want %q", got, tt.problems)
			}
			if got := stepNames(m); got != tt.steps {
				t.Errorf("steps %q, want %q", got, tt.steps)
			}
		})
	}
}
