package decode

// About says what a kind is, in a few words without an article: "items saved by
// Burp Suite (Save items)". It is empty for [KindAuto] and unknown kinds.
func (k Kind) About() string {
	switch k {
	case KindXML:
		return "XML: a message, a SOAP envelope or an XML API request with one"
	case KindBase64:
		return "the bare value, in base64 with or without DEFLATE, in any damaged form"
	case KindQuery:
		return "a query string or a whole URL"
	case KindForm:
		return "the body of a form"
	case KindHTML:
		return "the IdP's auto-submit page, or its source"
	case KindHAR:
		return "HTTP Archive of a browser or a proxy"
	case KindSAMLTracer:
		return "export of the SAML-tracer browser extension"
	case KindCurl:
		return "cURL commands as browsers and proxies copy them, for bash or cmd.exe"
	case KindFetch:
		return "requests copied as JavaScript fetch"
	case KindPowerShell:
		return "requests copied as PowerShell Invoke-WebRequest"
	case KindHTTP:
		return "raw HTTP requests and responses, one or several"
	case KindBurp:
		return "items saved by Burp Suite (Save items)"
	case KindSAZ:
		return "Fiddler archive (.saz)"
	case KindZip:
		return "ZIP, tar or gzip archive, e-mail (.eml) or saved page (.mht) with any of these in it"
	case KindJSON:
		return "JSON with a message in one of its strings"
	case KindText:
		return "any other text with a message in it, such as a log"
	case KindLines:
		return "one message a line; never recognised, only by --as"
	default:
		return ""
	}
}
