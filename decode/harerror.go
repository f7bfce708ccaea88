package decode

import (
	"fmt"
	"strings"
)

// harError says why a HAR holds no message.
func (r *reader) harError(log harLog) *Error {
	entries := log.entries
	switch {
	case len(entries) == 0 && log.err != nil && isCutJSON(log.err):
		return newError("json-cut", "the HAR is cut off after "+plural(int(log.offset), "byte", "bytes")+", before its first entry", "export it again")
	case len(entries) == 0 && log.err != nil:
		return newError("json-cut", fmt.Sprintf("the HAR is no valid JSON from byte %s on, and holds no entry before that", count(log.offset)), "export it again")
	case len(entries) == 0:
		return newError("har-empty", "the HAR has no entries", hintRecord)
	}
	have := "the HAR has " + plural(len(entries), "entry", "entries")
	posts, empty, pages, hollow := 0, 0, 0, 0
	for _, rec := range entries {
		if strings.EqualFold(rec.ex.Method, "POST") {
			posts++
			if len(rec.body) <= 2 && len(rec.fields) == 0 && (rec.hasBody || header(rec.ex.RequestHeaders, "Content-Length") != "0") {
				empty++
			}
		}
		if strings.Contains(rec.ex.ResponseType, "html") && rec.pageSize > 0 {
			pages++
			if len(rec.page) <= 2 {
				hollow++
			}
		}
	}
	const hint = "export it with content and sensitive data: in Chrome, Settings > Network > “Allow to generate HAR with sensitive data”, then long-press the export button"
	switch {
	case r.redacted > 0:
		return newError("har-sanitized", have+", but "+plural(r.redacted, "SAML value was", "SAML values were")+" replaced by a placeholder when it was exported", hint)
	case log.err != nil:
		return newError("json-cut", fmt.Sprintf("the HAR is cut off at byte %s and its first %s hold no SAML message", count(log.offset), plural(len(entries), "entry", "entries")), "export it again")
	case empty > 0 && empty == posts:
		return newError("har-sanitized", fmt.Sprintf("%s, but the bodies of all %s are missing: it was exported sanitized, without what was posted", have, plural(posts, "POST request", "POST requests")), hint)
	case hollow > 0 && hollow == pages && posts == 0:
		return newError("har-sanitized", have+", but no page has its content: it was exported without content", hint)
	}
	return newError("har-no-saml", have+" and none carries a SAML message", hintRecord)
}
