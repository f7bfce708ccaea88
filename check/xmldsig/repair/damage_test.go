package repair_test

import (
	"cmp"
	"encoding/base64"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// The bench of damages: messages as IdPs write and sign them are damaged by edits
// of their text and by real tools, none of which shares code with the repairers,
// and go through the check as a user's would. What it then names as the cause is
// held against what was done.

// leastExact is the share of damages whose exact cause must be named.
const leastExact = 0.97

var everything = flag.Bool("all-damages", false, "damage every message in every way, not a sample of them")

// outcome of one damaged element.
type outcome int

const (
	exact outcome = iota // the cause, or one that says the same
	less                 // content-edited: true, but the damage could have been undone
	none                 // nothing was claimed
	wrong                // a cause that is not what was done
)

// tally is a row of the table.
type tally struct {
	name, cause string
	damages     int // of a tally of causes
	count       [wrong + 1]int
	skipped     string
	misses      []string
	took        time.Duration // all together
	slowest     time.Duration // one message
}

func (t *tally) cases() int {
	n := 0
	for _, c := range t.count {
		n += c
	}
	return n
}

// TestDamages breaks signatures in every way that the table names and prints
// how many causes were found.
func TestDamages(t *testing.T) {
	rules := signatureRules()
	var rows []damage
	for _, topic := range [][]damage{
		whitespaceDamages(), lineDamages(), characterDamages(), pairDamages(), editDamages(),
		contextDamages(), signerDamages(), valueDamages(), lostDamages(), toolDamages(), browserDamages(),
	} {
		rows = append(rows, topic...)
	}
	tallies := make([]*tally, len(rows))
	var wg sync.WaitGroup
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range rows {
		row := &rows[i]
		tallies[i] = &tally{name: row.name, cause: row.label()}
		messages, texts := row.damaged(t)
		if texts == nil {
			tallies[i].skipped = cmp.Or(row.missing(), string(row.program)+" failed")
			continue
		}
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			for j, m := range messages {
				row.judge(tallies[i], rules, m, texts[j])
			}
		})
	}
	wg.Wait()
	report(t, tallies)
}

// TestUndamaged: what is to be damaged verifies, in every style.
func TestUndamaged(t *testing.T) {
	rules := signatureRules()
	for _, s := range styles() {
		for _, signed := range signings {
			m := newMessage(t, s, signed, seeded("undamaged", s.name), []feature{"umlaut", "lines", "ampersand", "quote", "trailing"}, nil)
			digests, values, err := (&damage{}).ask(rules, m, m.text)
			if err != nil || len(digests)+len(values) > 0 {
				t.Errorf("%s: digests %v, values %v, %v", m.name(), digests, values, err)
			}
		}
	}
}

// signings are the elements that are signed, in the order of signing.
var signings = [][]string{{signResponse}, {signAssertion}, {signAssertion, signResponse}}

func signatureRules() []*check.Rule {
	return slices.DeleteFunc(check.Rules(), func(r *check.Rule) bool { return r.ID != "signature-digest" && r.ID != "signature-value" })
}

func (d *damage) label() string {
	if d.with != "" {
		return d.cause + " + " + d.with
	}
	return cmp.Or(d.cause, "none")
}

// damaged are the messages that the damage is done to, and their damaged texts;
// nil where the tool for it is missing.
func (d *damage) damaged(t *testing.T) (messages []*message, texts []string) {
	t.Helper()
	if d.missing() != "" {
		return nil, nil
	}
	type candidate struct {
		style  *style
		signed []string
	}
	var candidates []candidate
	for _, s := range styles() {
		for _, signed := range signings {
			if d.styles != nil && !d.styles(s) || d.signed != nil && !d.signed(signed) {
				continue
			}
			candidates = append(candidates, candidate{s, signed})
		}
	}
	seeded(d.name).Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
	most := cmp.Or(d.most, 4)
	switch {
	case *everything:
		most = len(candidates)
	case testing.Short():
		most = min(most, 2)
	}
	for _, c := range candidates[:min(most, len(candidates))] {
		r := seeded(d.name, c.style.name, strings.Join(c.signed, "+"))
		m := newMessage(t, c.style, c.signed, r, d.need, d.avoid)
		messages = append(messages, m)
		if d.edit != nil {
			texts = append(texts, d.edit(m, r))
		}
	}
	if d.batch != nil && len(messages) > 0 {
		for _, m := range messages {
			texts = append(texts, m.text)
		}
		return messages, d.batch(t, texts)
	}
	return messages, append([]string{}, texts...)
}

// judge asks about a damaged message and counts, for each signed element whose
// signature really broke, whether the cause was found.
func (d *damage) judge(to *tally, rules []*check.Rule, m *message, text string) {
	if text == "" || text == m.text && d.encode == nil {
		return
	}
	started := time.Now()
	digests, values, err := d.ask(rules, m, text)
	took := time.Since(started)
	to.slowest, to.took = max(to.slowest, took), to.took+took
	if err != nil {
		to.count[none]++
		to.misses = append(to.misses, m.name()+": "+err.Error())
		return
	}
	for _, element := range m.signed {
		claimed, broken := digests[element]
		count := func(what string, o outcome, claimed string) {
			to.count[o]++
			if o != exact {
				to.misses = append(to.misses, fmt.Sprintf("%s: %s of the %s: %s", m.name(), what, element, cmp.Or(claimed, "no cause")))
			}
		}
		if broken && !d.onlyValue {
			count("digest", d.outcome(claimed), claimed)
		}
		if claimed, bad := values[element]; bad && (d.onlyValue || broken) {
			count("value", d.valueOutcome(claimed), claimed)
		}
	}
}

func (d *damage) outcome(claimed string) outcome {
	_, equal := d.equal[claimed]
	switch {
	case claimed == d.cause, equal, claimed != "" && claimed == d.with:
		return exact
	case claimed == "content-edited" && !d.bySigner:
		return less
	case claimed == "":
		return none
	}
	return wrong
}

func (d *damage) valueOutcome(claimed string) outcome {
	want := d.value
	if want == nil {
		want = []string{"signed-info-edited"}
	}
	switch {
	case slices.Contains(want, claimed):
		return exact
	case claimed == "":
		return none
	}
	return wrong
}

// ask puts the damaged message through the whole check, and returns the causes
// named for the digest and for the value of each signed element that fails.
func (d *damage) ask(rules []*check.Rule, m *message, text string) (digests, values map[string]string, err error) {
	octets := []byte(text)
	switch {
	case d.encode != nil:
		octets = d.encode(text)
	case m.style.latin1 && strings.Contains(text[:min(100, len(text))], "ISO-8859-1"):
		octets = latin1(text)
	}
	trace, err := decode.Read("damaged.xml", []byte(base64.StdEncoding.EncodeToString(octets)), decode.Options{})
	if err != nil {
		return nil, nil, err
	}
	if len(trace.Messages) == 0 || trace.Messages[0].Document == nil || trace.Messages[0].Document.Root() == nil {
		return nil, nil, fmt.Errorf("no message in %.60q", text)
	}
	const from = "bench"
	e := &expect.Expect{
		SPEntityIDs:  []expect.Value{{Text: m.content.SP, From: from}},
		ACSURLs:      []expect.Value{{Text: m.content.ACS, From: from}},
		IdPEntityIDs: []expect.Value{{Text: m.content.IdP, From: from}},
		InResponseTo: expect.InResponseTo{ID: m.content.RequestID, From: from},
	}
	e.Certificates = append(e.Certificates, certificate(m.style.key))
	for _, k := range d.keys {
		e.IdPEncryption = append(e.IdPEncryption, certificate(k))
	}
	at, _ := time.Parse(time.RFC3339, m.content.Issued)
	in := check.NewInput(check.Input{
		Message: trace.Messages[0], Trace: trace, Expect: e,
		At: check.At{Time: at.Add(time.Minute), Basis: check.BasisGiven},
	})
	digests, values = map[string]string{}, map[string]string{}
	for _, result := range check.Run(rules, in, check.Options{}) {
		if result.Status == check.StatusBroken {
			return nil, nil, fmt.Errorf("%s: %s", result.Rule.ID, result.Why)
		}
		for _, f := range result.Findings {
			element := signResponse
			if strings.Contains(f.Path, signAssertion) {
				element = signAssertion
			}
			cause := ""
			if f.Cause != nil {
				cause = f.Cause.ID
			}
			switch {
			case result.Rule.ID == "signature-value":
				values[element] = cause
			case f.Reason == "mismatch":
				digests[element] = cause
			}
		}
	}
	return digests, values, nil
}

var certificates sync.Map

func certificate(key string) expect.Certificate {
	if c, ok := certificates.Load(key); ok {
		return c.(expect.Certificate)
	}
	found, _, err := metadata.ParseCertificates(sign.MustKey(key).CertificatePEM)
	if err != nil {
		panic(err)
	}
	c := expect.Certificate{Certificate: *found[0], From: "bench"}
	certificates.Store(key, c)
	return c
}

// report prints the table, and fails where too little was found or too much
// claimed.
func report(t *testing.T, tallies []*tally) {
	t.Helper()
	var b, misses strings.Builder
	fmt.Fprintf(&b, "%-48s %-40s %5s %5s %5s %5s %5s %8s\n", "damage", "cause", "cases", "exact", "less", "none", "false", "slowest")
	var total tally
	var causes []*tally
	for _, row := range tallies {
		if row.skipped != "" {
			fmt.Fprintf(&b, "%-48s skipped: %s\n", row.name, row.skipped)
			t.Run(row.name, func(t *testing.T) { t.Skip(row.skipped) })
			continue
		}
		i := slices.IndexFunc(causes, func(c *tally) bool { return c.name == row.cause })
		if i < 0 {
			i, causes = len(causes), append(causes, &tally{name: row.cause})
		}
		of := causes[i]
		of.damages++
		for i, n := range row.count {
			total.count[i] += n
			of.count[i] += n
		}
		line := func(name, cause string, c *tally) {
			fmt.Fprintf(&b, "%-48s %-40s %5d %5d %5d %5d %5d %6dms\n", name, cause, c.cases(), c.count[exact], c.count[less], c.count[none], c.count[wrong], c.slowest.Milliseconds())
		}
		line(row.name, row.cause, row)
		if row.cases() == 0 && !testing.Short() {
			t.Errorf("%s: no signature broke, so that the row says nothing", row.name)
		}
		for _, s := range row.misses {
			fmt.Fprintf(&misses, "%s [%s]: %s\n", row.name, row.cause, s)
		}
		total.slowest = max(total.slowest, row.slowest)
	}
	fmt.Fprintf(&b, "%-48s %-40s %5d %5d %5d %5d %5d\n", "all", "", total.cases(), total.count[exact], total.count[less], total.count[none], total.count[wrong])
	fmt.Fprintf(&b, "\n%-44s %7s %5s %5s %5s %5s %5s\n", "cause", "damages", "cases", "exact", "less", "none", "false")
	for _, c := range causes {
		fmt.Fprintf(&b, "%-44s %7d %5d %5d %5d %5d %5d\n", c.name, c.damages, c.cases(), c.count[exact], c.count[less], c.count[none], c.count[wrong])
	}
	share := float64(total.count[exact]) / float64(max(1, total.cases()))
	fmt.Fprintf(&b, "exact: %.1f %%, false: %d, slowest: %v", 100*share, total.count[wrong], total.slowest.Round(time.Millisecond))
	t.Log("\n" + b.String())
	if misses.Len() > 0 {
		t.Log("not exact:\n" + misses.String())
	}
	if share < leastExact {
		t.Errorf("the exact cause was named for %.1f %% of %d damages, want at least %.0f %%", 100*share, total.cases(), 100*leastExact)
	}
	if total.count[wrong] > 0 {
		t.Errorf("%d causes were named that are not what was done", total.count[wrong])
	}
}

// parsed is the first signature of a text.
func parsed(text string) *xmldsig.Signature {
	return xmldsig.Find(xmldsig.NewIndex(xmldoc.Parse([]byte(text), xmldoc.Options{Encoding: "UTF-8"}), xmldoc.Name{Local: "ID"}))[0]
}

// recomputed gives an edited text the digest that it now has, as somebody does
// who knows half of how signatures work.
func (m *message) recomputed(text string) string {
	return setFirst(text, "DigestValue", base64.StdEncoding.EncodeToString(parsed(text).References[0].Digest().Actual))
}

// resigned gives the message another SignatureValue.
func (m *message) resigned(f func(*sign.Key, xmldsig.SignatureAlgorithm, []byte) []byte) string {
	s := parsed(m.text)
	var info strings.Builder
	if err := s.CanonicalSignedInfo(&info); err != nil {
		return ""
	}
	return setFirst(m.text, "SignatureValue", base64.StdEncoding.EncodeToString(f(sign.MustKey(m.style.key), s.Algorithm, []byte(info.String()))))
}
