package decode

import (
	"bytes"
	"strings"
)

// The bounds of what is held of a capture that is streamed. Those in bytes hold
// for everything together.
const (
	maxPages     = 4 << 20 // bytes of response bodies
	maxExchanges = 20_000  // exchanges
	maxExchanged = 6 << 20 // bytes of exchanges without their bodies
	aroundPages  = 20      // answers before and behind a message whose bodies are held first
	aroundOthers = 200     // exchanges before and behind a message that are held first
	maxFarURL    = 1 << 10 // bytes of a URL that has nothing to do with a message
	maxShortURL  = 8 << 10 // bytes of a URL without a message
)

// gathering collects the exchanges of a capture while it is read. Each is
// searched at once; what is held of those that are far from every message
// shrinks as the capture grows, so that memory does not grow with it.
type gathering struct {
	r       *reader
	seen    survey
	entries []*recorded // in order of appearance
	weight  int         // bytes of entries, without pages
	paged   []*recorded // entries whose response body is held
	pages   int         // bytes of these

	answers int // since the last message
	others  int // exchanges since the last message
	leaving int // exchanges that are just being dropped from entries
	dropped int // exchanges that are not in entries any more

	mostEntries, mostWeight int // beyond which there is to be made room
}

func newGathering(r *reader) *gathering {
	return &gathering{r: r, answers: aroundPages, others: aroundOthers, mostEntries: maxExchanges, mostWeight: maxExchanged}
}

// add takes the next exchange. Its body and page belong to the caller and are
// not kept.
func (g *gathering) add(rec *recorded) {
	g.r.find(rec)
	g.seen.add(rec)
	if rec.cut {
		g.tooLong(rec)
	}
	g.close(rec)
	page := rec.page
	rec.body, rec.page = nil, nil
	if !rec.carries {
		rec.fields = nil
		rec.ex.shorten(maxShortURL)
	}
	rec.weight = rec.ex.size()
	g.weight += rec.weight
	g.entries = append(g.entries, rec)
	if rec.answer && len(page) > 2 && len(page) <= 4*maxBody { // escapes included
		rec.page = bytes.Clone(page)
		g.paged = append(g.paged, rec)
		g.pages += len(page)
	}
	if g.pages > maxPages {
		g.dropPages()
	}
	if len(g.entries) > g.mostEntries || g.weight > g.mostWeight {
		g.dropExchanges()
	}
}

// tooLong notes a body that was too long to be read and might hold a message.
func (g *gathering) tooLong(rec *recorded) {
	if g.seen.tooLong++; g.seen.tooLong <= 3 {
		g.r.note("a body of %s %d mentions SAML, but is longer than %s and was not read (--max-size allows for more)",
			entryName(g.r.trace.Kind), rec.ex.Entry, size(int64(g.r.maxHeld())))
	}
}

// close settles whether rec is near a message, and when it carries one, that
// those before it are: exporters do not always keep the order of time.
func (g *gathering) close(rec *recorded) {
	rec.follows = rec.carries || g.answers < follows
	if !rec.carries {
		rec.near = g.others < aroundOthers || g.answers < aroundPages
		g.others++
		if rec.answer {
			g.answers++
		}
		return
	}
	rec.near = true
	g.answers, g.others = 0, 0
	for _, list := range [][]*recorded{tail(g.paged, aroundPages), tail(g.entries, aroundOthers)} {
		for _, before := range list {
			before.near = true
		}
	}
}

func tail[T any](list []T, n int) []T { return list[max(0, len(list)-n):] }

// dropPages makes room for response bodies: those far from messages go first,
// then those that only lie near one, then what was answered to the earliest.
func (g *gathering) dropPages() {
	for _, tier := range []func(*recorded) bool{
		func(rec *recorded) bool { return !rec.near },
		func(rec *recorded) bool { return !rec.follows },
		func(*recorded) bool { return true },
	} {
		if g.pages <= maxPages*3/4 {
			return
		}
		kept := g.paged[:0]
		for _, rec := range g.paged {
			if g.pages > maxPages/2 && tier(rec) {
				g.pages -= len(rec.page)
				rec.page = nil
				continue
			}
			kept = append(kept, rec)
		}
		clear(g.paged[len(kept):])
		g.paged = kept
	}
}

// dropExchanges makes room for exchanges: of those far from messages only the
// outlines stay, then nothing; then the earliest go that carry no message.
func (g *gathering) dropExchanges() {
	recent := len(g.entries) - aroundOthers
	for i, rec := range g.entries {
		if i < recent && !rec.near && !rec.outlined {
			rec.outline()
			g.weight += rec.ex.size() - rec.weight
			rec.weight = rec.ex.size()
		}
	}
	over := func(quarters int) bool {
		return len(g.entries)-g.leaving > maxExchanges*quarters/4 || g.weight > maxExchanged*quarters/4
	}
	for _, nearToo := range []bool{false, true} {
		if !over(3) {
			break
		}
		kept := g.entries[:0]
		for i, rec := range g.entries {
			if over(2) && !rec.carries && (nearToo || !rec.near && i < recent) {
				g.leaving++
				g.weight -= rec.weight
				rec.page = nil
				continue
			}
			kept = append(kept, rec)
		}
		clear(g.entries[len(kept):])
		g.entries = kept
		g.dropped += g.leaving
		g.leaving = 0
	}
	// What carries messages stays in any case; look again when a quarter has come
	// on top of it.
	g.mostEntries = max(maxExchanges, len(g.entries)+maxExchanges/4)
	g.mostWeight = max(maxExchanged, g.weight+maxExchanged/4)
	g.recount()
}

// recount forgets the pages of exchanges that were dropped.
func (g *gathering) recount() {
	kept := g.paged[:0]
	g.pages = 0
	for _, rec := range g.paged {
		if rec.page != nil {
			kept = append(kept, rec)
			g.pages += len(rec.page)
		}
	}
	clear(g.paged[len(kept):])
	g.paged = kept
}

// finish makes the trace of what was gathered.
func (g *gathering) finish() {
	g.r.assemble(g.entries)
	if g.dropped > 0 {
		g.r.note("the capture has %s; only the %s nearest to SAML messages were kept", plural(g.seen.entries, "entry", "entries"), count(len(g.entries)))
	}
}

// size is about how many bytes e takes, without its bodies.
func (e *Exchange) size() int {
	n := 512 + len(e.URL) + len(e.Redirect) + len(e.RequestType) + len(e.ResponseType) // 512: e itself and what points at it
	for _, list := range [][]Header{e.RequestHeaders, e.ResponseHeaders} {
		for _, h := range list {
			n += 32 + len(h.Name) + len(h.Value) // two string headers
		}
	}
	for _, p := range e.Query {
		n += 48 + len(p.Name) + len(p.Value) + len(p.Raw)
	}
	return n
}

// shorten cuts URLs to at most n bytes.
func (e *Exchange) shorten(n int) {
	for _, s := range []*string{&e.URL, &e.Redirect} {
		if len(*s) > n {
			*s = strings.Clone((*s)[:n])
			e.Query = nil
		}
	}
}

// maxOutline is how many response headers an outline keeps.
const maxOutline = 8

// outline keeps of an exchange that is far from every message what tells of
// time, redirects and cookies.
func (rec *recorded) outline() {
	rec.outlined = true
	e := rec.ex
	e.shorten(maxFarURL)
	e.URL, e.Method = strings.Clone(e.URL), strings.Clone(e.Method)
	e.Query, e.RequestHeaders = nil, nil
	var kept []Header
	for _, h := range e.ResponseHeaders {
		switch value := h.Value; {
		case len(kept) == maxOutline:
		case strings.EqualFold(h.Name, "Date"):
			kept = append(kept, Header{Name: "Date", Value: strings.Clone(value[:min(len(value), 64)])})
		case strings.EqualFold(h.Name, "Set-Cookie"):
			name, _, _ := strings.Cut(value, "=")
			kept = append(kept, Header{Name: "Set-Cookie", Value: strings.Clone(name[:min(len(name), 64)]) + "="})
		}
	}
	e.ResponseHeaders = kept
}
