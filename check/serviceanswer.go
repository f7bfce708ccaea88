package check

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/flow"
	"github.com/samlwhy/samlwhy/decode"
)

var serviceAnswer = &Rule{
	ID:       "service-answer",
	Title:    "The service answered the login with an error",
	Question: "Did the service answer this POST with an error of its own?",
	Group:    GroupTransport,
	Severity: expect.SeverityError,
	Doc: Doc{
		Why:  "What the service itself said decides: it may refuse a login for reasons that stand in no message, such as its own settings, its memory of the request, or the user's account. It is quoted as it stands. Where another rule fails, the answer most likely follows from that.",
		Spec: "RFC 9110 section 15 (status codes); what the page says is the service's own",
		Likely: []string{
			"The user has no account or licence at the service, or is locked there.",
			"What the service itself has stored differs: an older certificate or entity ID of the IdP, or no memory of the browser that it had sent out (lost cookie).",
		},
		Fix: []string{
			"Look the service's words up in its documentation, and in its log at the time of this login.",
		},
	},
	Reasons: []Reason{
		{"known-error", "the answer has the shape of an error of this service"},
		{"http-error", "the answer has an HTTP status of 400 or more"},
		{"redirected-with-error", "the browser was sent on with an error in the URL"},
		{"error-page", "the page that came back calls itself an error"},
		{"error-document", "the JSON that came back tells an error"},
		{"no-answer", "no answer was recorded, though other requests of the capture have theirs"},
		{"sent-back", "the service sent the browser back to the IdP with a new request"},
	},
	Run: runServiceAnswer,
}

func runServiceAnswer(in *Input) Outcome {
	if out, ok := in.carriesResponse(); !ok && in.Message.Binding != decode.BindingXMLAPI {
		return out
	}
	if c := in.Message.Capture; c == nil || c.Exchange == nil {
		return skip(whyNoCapture)
	}
	a := in.facts.answer()
	switch delivery := flow.DeliveredBy(in.Message); {
	case delivery == nil:
		return skip("the capture does not show how the Response reached the service")
	case len(a.chain) == 1 && delivery.Status == 0 && in.anyAnswer():
		return found(unansweredDelivery(delivery))
	case len(a.chain) == 1 && delivery.Status == 0:
		return skip("the capture does not hold what the service answered")
	case a.fault == nil:
		return pass()
	default:
		f := *a.fault
		if a.at != delivery {
			f.Note = strings.TrimSpace(fmt.Sprintf("The service had sent the browser on to %s. %s", quote(withoutQuery(a.at.URL)), f.Note))
		}
		f.Note = strings.TrimSpace(f.Note + " " + in.cookieless(delivery))
		f.Fix = whereToLook(&f, delivery)
		return found(f)
	}
}

// answer is how the service answered the delivery of the message.
type answer struct {
	chain []*decode.Exchange // as [flow.Answer] has it
	// fault is the first error in it, found in the exchange at; nil without one.
	fault *Finding
	at    *decode.Exchange
}

func (in *Input) readAnswer() *answer {
	a := &answer{chain: flow.Answer(in.Trace, flow.DeliveredBy(in.Message))}
	for i, e := range a.chain {
		if f, bad := in.errorAnswer(e, i == 0); bad {
			a.fault, a.at = &f, e
			break
		}
	}
	return a
}

// refusedWith reports whether the service answered the message with an error
// whose words match a pattern.
func (in *Input) refusedWith(pattern string) bool {
	f := in.facts.answer().fault
	return f != nil && len(f.Actual) > 0 && regexp.MustCompile(pattern).MatchString(f.Actual[0])
}

// refused reports whether the capture shows that the service answered the
// message with an error.
func (in *Input) refused() bool { return in.facts.answer().fault != nil }

// accepted reports whether the capture shows that the service let the person in:
// nothing in its answer is an error, and it either opened a session or led to a
// page of its own that is not there to log in.
func (in *Input) accepted() bool {
	a := in.facts.answer()
	if len(a.chain) == 0 || a.fault != nil || in.outcome() != "" {
		return false
	}
	session := slices.ContainsFunc(a.chain, setsCookie)
	last := a.chain[len(a.chain)-1]
	return last.Status >= 200 && last.Status < 300 && (session || len(a.chain) > 1) && !forLogin(last.URL)
}

// setsCookie reports whether e gives the browser a cookie with a value.
func setsCookie(e *decode.Exchange) bool {
	return slices.ContainsFunc(e.ResponseHeaders, func(h decode.Header) bool {
		if !strings.EqualFold(h.Name, "Set-Cookie") {
			return false
		}
		pair, _, _ := strings.Cut(h.Value, ";")
		_, value, _ := strings.Cut(pair, "=")
		return strings.Trim(value, "\" ") != "" && !strings.Contains(strings.ToLower(h.Value), "max-age=0")
	})
}

// forLogin reports whether the path of a URL names a page to log in at, or to
// tell of an error.
func forLogin(raw string) bool {
	path := strings.ToLower(withoutQuery(raw))
	if _, rest, ok := strings.Cut(path, "://"); ok {
		_, path, _ = strings.Cut(rest, "/")
	}
	return regexp.MustCompile(`log-?in|sign-?in|error|fail|denied|unauthor`).MatchString(path)
}

// certificateExpired is how services say that the IdP's certificate is past its
// dates.
const certificateExpired = `(?i)certificate\b.{0,40}\b(?:expired|not valid)|expired\b.{0,20}\bcertificate`

// anyAnswer reports whether the capture has answers at all: a copied command has
// none.
func (in *Input) anyAnswer() bool {
	return in.Trace != nil && slices.ContainsFunc(in.Trace.Exchanges, func(e *decode.Exchange) bool { return e.Status > 0 })
}

// unansweredDelivery finds that the browser got no answer, or that nobody waited
// for it: the capture shows the same for both.
func unansweredDelivery(delivery *decode.Exchange) Finding {
	return Finding{
		Reason:   "no-answer",
		Severity: expect.SeverityWarning,
		Message:  fmt.Sprintf("The capture holds no answer of the service to the %s that brought it the Response: either the browser could not reach %s, or the recording stopped before the answer came.", delivery.Method, quote(withoutQuery(delivery.URL))),
		Fix:      fmt.Sprintf("Open %s in this browser: an error of the connection or certificate is the cause. Else record the login again and wait for the answer.", quote(withoutQuery(delivery.URL))),
	}
}

// whereToLook is where a person finds more about an answer: its words, if it has
// any, and the service's log at the time of the delivery.
func whereToLook(f *Finding, delivery *decode.Exchange) string {
	log := "in its log"
	if !delivery.Started.IsZero() {
		log += " at " + delivery.Started.UTC().Format("15:04:05 UTC")
	}
	switch {
	case f.Reason == "sent-back":
		return "At the service, look " + log + " for why it took nobody for logged in, and whether its own session cookie is SameSite=None; Secure and set for the host of the ACS."
	case len(f.Actual) > 0:
		return "Look the service's words up in its documentation, and " + log + "."
	}
	return "The service gave no reason: look " + log + "."
}

// errorAnswer tells whether a service answered with an error in e. Direct says
// that e is the delivery itself, and not what it was redirected to.
func (in *Input) errorAnswer(e *decode.Exchange, direct bool) (Finding, bool) {
	fault := func(reason, how, said string) (Finding, bool) {
		f := Finding{Reason: reason, Message: "The service answered " + how + "."}
		if said != "" {
			f.Message = fmt.Sprintf("The service answered %s: %q.", how, said)
			f.Actual = []string{said}
		}
		return f, true
	}
	said := saidBy(e)
	for _, text := range []string{e.Redirect, string(e.ResponseBody)} {
		if shaped(in.Expect.ErrorAnswers, text) {
			return fault("known-error", statusWords(e), cmp.Or(said, errorParameter(e.Redirect)))
		}
	}
	page := decode.ReadPage(e.ResponseBody)
	sent := errorParameter(e.Redirect)
	if sent == "" && !direct {
		sent = errorParameter(e.URL) // a script led there
	}
	switch {
	case e.Status >= statusError:
		return fault("http-error", statusWords(e), said)
	case sent != "":
		return fault("redirected-with-error", "by sending the browser to a URL that tells an error", sent)
	case newRequest(e.Redirect):
		f, _ := fault("sent-back", "by sending the browser back to the IdP with a new AuthnRequest, as if nobody had logged in", "")
		f.Note = "When this goes on and on, the cookie of the service's own session does not come back to it, or it did not accept the login."
		return f, true
	case isJSON(e):
		if text := jsonError(e.ResponseBody); text != "" {
			return fault("error-document", statusWords(e), text)
		}
	case e.Redirect == "" && isHTML(e) && callsItselfError(&page, direct || forLogin(e.URL)):
		return fault("error-page", "with a page that calls itself an error (HTTP status "+fmt.Sprint(e.Status)+" all the same)", said)
	}
	return Finding{}, false
}
