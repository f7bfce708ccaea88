package flow

import (
	"slices"

	"github.com/samlwhy/samlwhy/decode"
)

// maxHops is how many redirects are followed from a delivery to the page that
// tells how it ended.
const maxHops = 5

// Answer are the exchanges in which a service answered a delivery: the delivery
// itself, and what its redirects led to. It is nil when delivery is.
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
		if last.Redirect == "" {
			break
		}
		after := trace.Exchanges[slices.Index(trace.Exchanges, last)+1:]
		i := slices.IndexFunc(after, func(e *decode.Exchange) bool { return e.URL == last.Redirect })
		if i < 0 {
			break
		}
		chain = append(chain, after[i])
	}
	return chain
}
