package xmlenc

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// Options bound what [Open] does. A zero field means the default.
type Options struct {
	Count int           // EncryptedData elements that are looked at, the rest is left out; default 100
	Depth int           // how often plaintext may hold EncryptedData again; default 4
	Bytes int           // of ciphertext in all; default 64 MiB
	XML   xmldoc.Limits // of each plaintext document
}

const (
	defaultCount = 100
	defaultDepth = 4
	defaultBytes = 64 << 20

	// maxOperations bounds the RSA operations of one call: one takes about a
	// millisecond, or ten with the largest keys in use.
	maxOperations = 500
)

// Open opens every EncryptedData of doc with whichever of the keys fits, in
// document order; what is found in a plaintext follows the one that it was in.
// It never panics, and o bounds what it costs.
func Open(doc *xmldoc.Document, keys []Key, o Options) []*Opening {
	op := &opener{
		keys: keys, xml: o.XML,
		depth: cmp.Or(o.Depth, defaultDepth), count: cmp.Or(o.Count, defaultCount), bytes: cmp.Or(o.Bytes, defaultBytes),
		operations: maxOperations,
	}
	op.document(doc, nil, 0)
	return op.all
}

// opener is one call of Open.
type opener struct {
	keys []Key
	xml  xmldoc.Limits
	all  []*Opening
	// What is left of the limits; depth is the limit itself.
	depth, count, bytes, operations int
}

func (op *opener) document(doc *xmldoc.Document, outer *index, depth int) {
	x := newIndex(doc, outer)
	for _, data := range x.data {
		if op.count == 0 {
			return
		}
		op.count--
		o := &Opening{Data: data, Element: data, Depth: depth}
		if p := data.Parent(); p != nil {
			o.Element = p
		}
		op.all = append(op.all, o)
		op.open(o, x)
		if o.Document != nil && depth < op.depth {
			op.document(o.Document, x, depth+1)
		}
	}
}

// open takes the steps in order until one fails.
func (op *opener) open(o *Opening, x *index) {
	found := x.recipients(o.Data)
	for _, n := range found.keys {
		o.Recipients = append(o.Recipients, readRecipient(n))
	}
	var m *xmldoc.Node
	m, o.Method = method(o.Data)
	if !o.Data.Closed() {
		o.Err = brokenOff(o.Data)
		return
	}
	c, bad := cipherText(o.Data, op.bytes)
	if bad != nil {
		o.Err = bad
		return
	}
	op.bytes -= len(c)

	a := &attempt{opening: o, ciphertext: c, algorithm: contentAlgorithmOf(o.Method)}
	if a.algorithm == nil {
		a.unknown = contentProblem(o, m)
	}
	if len(o.Recipients) == 0 {
		o.Err = cmp.Or(a.unknown, found.problem(o.Data))
		if !o.Element.Closed() { // one may follow
			o.Err = brokenOff(o.Element)
		}
		return
	}
	transports, bad := readTransports(o.Recipients)
	switch {
	case len(transports) == 0, len(op.keys) == 0 && !slices.ContainsFunc(transports, (*transport).usable):
		o.Err = cmp.Or(a.unknown, bad)
		return
	case len(op.keys) == 0:
		o.Err = cmp.Or(a.unknown, &Error{Step: StepNoKey, ID: NoKeyGiven, Node: o.Data, Text: "No private key was given to open it with."})
		return
	}
	op.try(a, transports)
	if o.Plain != nil {
		op.parse(o)
	}
}

func brokenOff(n *xmldoc.Node) *Error {
	return &Error{Step: StepStructure, ID: BrokenOff, Node: n, Text: "The message breaks off inside the " + n.Name().Local + "."}
}

// contentProblem says why the content's algorithm is not known.
func contentProblem(o *Opening, m *xmldoc.Node) *Error {
	if o.Method == "" {
		return &Error{Step: StepAlgorithm, ID: NoMethod, Node: o.Data, Text: "The EncryptedData has no EncryptionMethod, so it does not say how its content is encrypted."}
	}
	return &Error{Step: StepAlgorithm, ID: UnknownAlgorithm, Node: m, Text: fmt.Sprintf("The content is encrypted with %q, which is no block encryption algorithm of XML Encryption that is supported.", clip(o.Method))}
}

// transport is an EncryptedKey made ready to be opened.
type transport struct {
	*Recipient
	ciphertext []byte
	declared   *padding
	problem    *Error // with the declared padding, which is nil then
}

func (t *transport) usable() bool { return t.problem == nil }

// maxEncryptedKey bounds the octets of an EncryptedKey.
const maxEncryptedKey = largestRSA / 8

// readTransports prepares the recipients whose ciphertext can be read; bad is the
// first problem among them all.
func readTransports(list []*Recipient) (ready []*transport, bad *Error) {
	for _, r := range list {
		c, err := cipherText(r.Node, maxEncryptedKey)
		if !r.Node.Closed() {
			c, err = nil, brokenOff(r.Node)
		}
		t := &transport{Recipient: r, ciphertext: c}
		if err == nil {
			t.declared, t.problem = r.declared()
			err = t.problem
		}
		// What is wrapped with a shared key is not worth a try.
		if c != nil && (err == nil || err.ID == UnknownAlgorithm || err.ID == NoMethod) {
			ready = append(ready, t)
		}
		bad = cmp.Or(bad, err)
	}
	return ready, bad
}

// try opens with every key at every recipient, likely pairs first, until one
// fits. Otherwise the attempt that came furthest is reported.
func (op *opener) try(a *attempt, transports []*transport) {
	type pair struct {
		t     *transport
		k     *Key
		named bool // t says that it is for k
	}
	var pairs []pair
	for _, t := range transports {
		for i := range op.keys {
			pairs = append(pairs, pair{t, &op.keys[i], t.isFor(&op.keys[i])})
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int {
		switch {
		case x.named == y.named:
			return 0
		case x.named:
			return -1
		}
		return 1
	})
	var attempts []Attempt
	var best *result
	for _, p := range pairs {
		r := op.one(a, p.t, p.k)
		r.attempt.Named = p.named
		if p.t.problem != nil && r.rank <= wrongKey {
			r.err = p.t.problem // no wonder, when it is not known how it is encrypted
		}
		attempts = append(attempts, r.attempt)
		if best == nil || r.rank > best.rank {
			best = r
		}
		if r.rank == opened {
			break
		}
	}
	o := a.opening
	if best.rank > wrongKey {
		o.Key, o.Recipient = best.attempt.Key, best.attempt.Recipient
	}
	o.Plain, o.Err = best.plain, best.err
	if o.Err != nil {
		if best.rank <= wrongKey && best.err.Step == StepKey && len(attempts) > 1 {
			o.Err = noneOpens(attempts, best)
		}
		o.Err.Attempts = attempts
	}
	if a.unknown != nil && o.Plain == nil {
		// What the message leaves open comes before what came of guessing.
		e := *a.unknown
		e.Attempts = attempts
		o.Err = &e
	}
}

// isFor reports whether t carries a certificate or public key of k.
func (r *Recipient) isFor(k *Key) bool {
	for _, c := range r.Certificates {
		if c.PublicKey != nil && k.Fits(c.PublicKey) {
			return true
		}
	}
	return false
}

// noneOpens is the error of several attempts of which none came far.
func noneOpens(attempts []Attempt, best *result) *Error {
	keys, recipients := map[*Key]bool{}, map[*Recipient]bool{}
	for _, a := range attempts {
		keys[a.Key], recipients[a.Recipient] = true, true
	}
	e := *best.err
	e.Text = "The given key opens none of the " + fmt.Sprint(len(recipients)) + " EncryptedKeys: they are encrypted for other keys."
	switch {
	case len(recipients) == 1:
		e.Text = fmt.Sprintf("None of the %d given keys opens the EncryptedKey: it is encrypted for another key.", len(keys))
	case len(keys) > 1:
		e.Text = fmt.Sprintf("None of the %d given keys opens one of the %d EncryptedKeys: they are encrypted for other keys.", len(keys), len(recipients))
	}
	return &e
}
