package flow

import (
	"slices"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/decode"
)

// maxHops is how many redirects are followed from a delivery to the page that
// tells how it ended.
const maxHops = 5

// Answer are the exchanges in which a service answered a delivery: the delivery
// itself, and what its redirects, those of its pages' scripts too, led to. It is
// nil when delivery is.
func Answer(trace *decode.Trace, delivery *decode.Exchange) []*decode.Exchange {
	if delivery == nil {
		return nil
	}
	chain := []*decode.Exchange{delivery}
	if trace == nil {
		return chain
	}
	for range maxHops {
		last := chain[len(chain)-1]
		after := trace.Exchanges[slices.Index(trace.Exchanges, last)+1:]
		i := slices.IndexFunc(after, func(e *decode.Exchange) bool { return sameAddress(e.URL, last.Redirect) })
		if last.Redirect == "" {
			i = ledByPage(last, after)
		}
		if i < 0 {
			break
		}
		chain = append(chain, after[i])
	}
	return chain
}

// ledByPage is the index of the exchange to which the page e led by a script or
// by a refresh of its own; -1 when it led nowhere.
func ledByPage(e *decode.Exchange, after []*decode.Exchange) int {
	if e.Status != 200 || !strings.Contains(e.ResponseType, "html") {
		return -1
	}
	body := strings.TrimSpace(string(e.ResponseBody[:min(len(e.ResponseBody), maxLeading)]))
	moved := strings.Contains(body, "location") || strings.Contains(strings.ToLower(body), "refresh")
	if body != "" && !moved {
		return -1
	}
	for i, next := range after[:min(len(after), window)] {
		if next.Method == methodPOST || Host(next.URL) != Host(e.URL) || !isPage(next) {
			continue
		}
		// A page that went at once often leaves no body in a capture.
		soon := !next.Started.IsZero() && !end(e).IsZero() && next.Started.Sub(end(e)) < atOnce
		if body == "" && soon || body != "" && len(pathOf(next.URL)) > 1 && strings.Contains(body, pathOf(next.URL)) {
			return i
		}
		return -1
	}
	return -1
}

// What tells that a page led on by itself.
const (
	maxLeading = 16 << 10 // bytes of a page in which its script stands
	atOnce     = time.Second
)
