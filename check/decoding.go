package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var base64Rule = &Rule{
	ID:       "base64",
	Title:    "The value is damaged base64",
	Question: "Does the value decode as it stands? (says which repair made it readable)",
	Group:    GroupXML,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "The form field and the query parameter carry the message as base64. A service decodes it strictly or not at all: one blank for a plus sign, and no message came.",
		Spec: "saml-bindings-2.0-os sections 3.4.4.1 and 3.5.4, RFC 2045 section 6.8",
		Likely: []string{
			"A home-grown page or script puts the value into the form without percent-encoding it, so that every + arrives as a blank.",
			"The value is encoded twice: percent-encoded in a hidden field, or base64 of base64.",
			"The value was taken from a log, chat or e-mail that wrapped, shortened or decorated it.",
		},
		Fix: []string{
			"If your own script posts the form, leave the value as the IdP gave it and let the browser or HTTP library encode it, once.",
			"If the value was copied, take it again from the browser's developer tools (Network, the POST to the ACS, Form Data), or give the HAR file itself.",
		},
	},
	Reasons: base64Reasons,
	Run:     runBase64,
}

// copied are the problems that come from copying a value rather than from the
// login itself, when the value was pasted.
var copied = []string{
	"quoted", "name-in-value", "json-escaped", "html-escaped", "percent-encoded",
	"invisible-character", "blank-for-line-break",
}

var base64Reasons = []Reason{
	{"not-base64", "the value is not base64 at all"},
	{"not-xml", "the value is base64, but not of XML"},
	{"not-encoded", "the value is XML where base64 is expected"},
	{"too-large", "the value is larger than the limit"},
	{"bad-percent-encoding", "the value holds a % that is no percent-encoding"},
	{"blank-for-plus", "plus signs arrived as blanks"},
	{"stray-blank", "blanks stand inside the value"},
	{"blank-for-line-break", "line breaks arrived as blanks"},
	{"percent-encoded", "the value is percent-encoded once too often"},
	{"html-escaped", "the value holds character references of HTML"},
	{"json-escaped", "the value holds escapes of JSON"},
	{"invisible-character", "the value holds characters that nobody sees"},
	{"quoted", "the value has quotes or punctuation around it"},
	{"name-in-value", "the value begins with its own name"},
	{"foreign-character", "the value holds characters that base64 does not have"},
	{"url-safe-alphabet", "the value uses the URL-safe alphabet"},
	{"incomplete-group", "characters are missing at the end"},
	{"padding-missing", "the padding at the end is missing"},
	{"padding-wrong", "the padding at the end is wrong"},
	{"data-after-padding", "the value goes on after its padding"},
	{"base64-twice", "the value is base64 of base64"},
}

func runBase64(in *Input) Outcome {
	msg := in.Message
	if out, ok := in.reference(); ok {
		return out
	}
	fs := problems(msg, base64Reasons, "not-base64", func(p *decode.Problem) bool {
		return p.Stage == decode.StageBase64 && p.ID != problemCut || p.ID == "bad-percent-encoding"
	})
	if i := slices.IndexFunc(msg.Problems, func(p decode.Problem) bool { return p.ID == problemCut }); i >= 0 {
		// What is cut ends in the middle of a group, with nothing damaged but its length.
		fs = slices.DeleteFunc(fs, func(f Finding) bool {
			return f.Reason == "incomplete-group" || f.Reason == "padding-missing" || f.Reason == "padding-wrong"
		})
		if len(fs) == 0 {
			return unseen("the value is cut off, see complete; what there is of it decodes")
		}
	}
	if len(fs) == 0 && msg.Document == nil {
		return skip(in.whyUndecoded())
	}
	if len(fs) == 0 && !decodedBy(msg, "base64") {
		return notApplicable("the message was given as XML")
	}
	if !captured(msg) {
		for i := range fs {
			if slices.Contains(copied, fs[i].Reason) {
				fs[i].Severity = expect.SeverityWarning
				fs[i].Note = "The value was given without a capture, so copying it may have done this; in the form field itself a service would not read it."
			}
		}
	}
	return found(fs...)
}

// problemCut is decoding's id for a value that ends in the middle of a message.
const problemCut = "cut-off"

// problems are the findings of those deviations that decoding met and that
// belong to a rule. An id that its reasons do not list becomes fallback.
func problems(msg *decode.Message, reasons []Reason, fallback string, belongs func(*decode.Problem) bool) []Finding {
	var fs []Finding
	for i := range msg.Problems {
		p := &msg.Problems[i]
		if !belongs(p) {
			continue
		}
		f := Finding{Reason: strings.TrimSuffix(p.ID, "-again"), Message: sentence(p.Text)}
		if !slices.ContainsFunc(reasons, func(x Reason) bool { return x.ID == f.Reason }) {
			f.Reason = fallback
		}
		if p.Offset >= 0 && !strings.Contains(p.Text, "at byte") {
			f.Note = fmt.Sprintf("At byte %d of the value.", p.Offset+1)
		}
		if fs = append(fs, f); len(fs) == maxFindings {
			break
		}
	}
	return fs
}

// reference is the outcome of every rule that reads the message when only a
// reference to it came.
func (in *Input) reference() (Outcome, bool) {
	if in.Message.Binding == decode.BindingArtifact && in.Message.Document == nil {
		return notApplicable("a SAMLart is a reference to the message, not the message"), true
	}
	return Outcome{}, false
}

// whyUndecoded is why rules about the document skip when there is none.
func (in *Input) whyUndecoded() string {
	for _, p := range in.Message.Problems {
		switch {
		case p.Fatal && p.Stage == decode.StageParameter:
			return "there is no value to decode, see form-parameter"
		case p.Fatal && p.Stage == decode.StageCompression:
			return "the value does not decode, see compression"
		}
	}
	return "the value does not decode, see base64"
}

// document is the message's tree, or the outcome of a rule that has none to read.
func (in *Input) document() (*xmldoc.Document, Outcome) {
	if doc := in.Message.Document; doc != nil {
		return doc, Outcome{}
	}
	if out, ok := in.reference(); ok {
		return nil, out
	}
	return nil, skip(in.whyUndecoded())
}

// captured reports whether the value stands as it travelled, not as somebody
// copied it.
func captured(msg *decode.Message) bool { return msg.Capture != nil && msg.Capture.Exchange != nil }

// decodedBy reports whether a step of reading begins with name.
func decodedBy(msg *decode.Message, name string) bool {
	return slices.ContainsFunc(msg.Steps, func(s decode.Step) bool {
		return strings.HasPrefix(strings.ToLower(s.Name), strings.ToLower(name))
	})
}

// sentence gives s a capital at its beginning and a full stop at its end.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if c := s[0]; 'a' <= c && c <= 'z' {
		s = string(c-'a'+'A') + s[1:]
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

var compression = &Rule{
	ID:       "compression",
	Title:    "The value is compressed in the wrong way for its binding",
	Question: "Is it plain for POST, raw DEFLATE for Redirect?",
	Group:    GroupXML,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "By POST a message travels uncompressed, by Redirect as a raw DEFLATE stream without the zlib or gzip wrapping. A service that expects the one reads garbage in the other.",
		Spec: "saml-bindings-2.0-os sections 3.4.4.1 and 3.5.4, RFC 1951",
		Likely: []string{
			"The IdP, or home-grown code, uses its encoder for the Redirect binding to fill the form.",
			"A compression library was called in its default mode, which wraps the stream as zlib.",
		},
		Fix: []string{
			"At the IdP, answer by HTTP-POST with the base64 of the XML itself, without DEFLATE.",
			"For HTTP-Redirect (requests and logout): raw DEFLATE (in zlib's terms: window bits -15), then base64, then percent-encoding.",
		},
	},
	Reasons: compressionReasons,
	Run:     runCompression,
}

var compressionReasons = []Reason{
	{"deflate-in-post", "the value of a POST is compressed"},
	{"not-deflated", "the value of a Redirect is not compressed"},
	{"zlib-wrapped", "the stream is wrapped as zlib"},
	{"gzip-wrapped", "the stream is wrapped as gzip"},
	{"deflate-corrupt", "the stream is damaged"},
	{"data-after-deflate", "bytes follow the end of the stream"},
	{"inflate-limit", "the stream, or all messages together, inflate beyond the limit"},
}

func runCompression(in *Input) Outcome {
	msg := in.Message
	if out, ok := in.reference(); ok {
		return out
	}
	fs := problems(msg, compressionReasons, "inflate-limit", func(p *decode.Problem) bool { return p.Stage == decode.StageCompression })
	switch {
	case len(fs) > 0:
		return found(fs...)
	case msg.Document == nil:
		return skip(in.whyUndecoded())
	case !decodedBy(msg, "base64"):
		return notApplicable("the message was given as XML")
	case msg.Binding == "":
		return skip("the input does not say by which binding the message travelled")
	}
	return pass()
}
