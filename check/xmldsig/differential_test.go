package xmldsig_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/samlwhy/samlwhy/check/xmldsig"
	"github.com/samlwhy/samlwhy/check/xmldsig/sign"
	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

var idNames = []xmldoc.Name{
	{Local: "ID"}, {Local: "AssertionID"}, {Local: "ResponseID"}, {Local: "RequestID"}, {Local: "Id"},
}

// The outcomes of verifying one Signature that libxmlsec1 tells apart: it looks
// at SignatureValue only when all digests hold.
const (
	outcomeOK     = "ok"
	outcomeDigest = "digest"
	outcomeValue  = "value"
	outcomeError  = "error" // it cannot be processed
)

// ours is the outcome for the nth Signature, from 0.
func ours(src []byte, n int, key *sign.Key) (outcome, detail string) {
	doc := xmldoc.Parse(src, xmldoc.Options{})
	if !doc.WellFormed() {
		return outcomeError, doc.Errors()[0].Error()
	}
	index := xmldsig.NewIndex(doc, idNames...)
	for id := range index.Duplicates() {
		return outcomeError, "duplicate ID " + id
	}
	found := xmldsig.Find(index)
	if n >= len(found) {
		return outcomeError, "no such Signature"
	}
	s := found[n]
	if len(s.Problems) > 0 {
		return outcomeError, s.Problems[0].Message
	}
	v := s.VerifyValue(key.Public)
	if v.Reason == xmldsig.ReasonKeyTypeMismatch || v.Reason == xmldsig.ReasonUnsupportedAlgorithm || s.Algorithm.Nonstandard {
		return outcomeError, v.String() // libxmlsec1 looks for a key first
	}
	for _, r := range s.References {
		switch d := r.Digest(); {
		case d.Err != nil:
			return outcomeError, d.Err.Error()
		case !d.Match:
			return outcomeDigest, fmt.Sprintf("%x, want %x", d.Actual, d.Expected)
		}
	}
	switch v.Reason {
	case xmldsig.ReasonOK:
		return outcomeOK, v.String()
	case xmldsig.ReasonMissing, xmldsig.ReasonBadBase64, xmldsig.ReasonUnusableKey, xmldsig.ReasonUnreadable:
		return outcomeError, v.String()
	case xmldsig.ReasonTruncated, xmldsig.ReasonTooLong:
		if s.Algorithm.Family != xmldsig.RSA {
			return outcomeError, v.String()
		}
	}
	return outcomeValue, v.String()
}

type xmlsec struct {
	t       *testing.T
	path    string
	dir     string
	idAttrs []string
}

func newXMLSec(t *testing.T) *xmlsec {
	t.Helper()
	path, err := exec.LookPath("xmlsec1")
	if err != nil {
		t.Skip("xmlsec1 is not installed")
	}
	x := &xmlsec{t: t, path: path, dir: t.TempDir()}
	for _, name := range sign.Names() {
		key := sign.MustKey(name)
		x.write(name+".crt", key.CertificatePEM)
		x.write(name+".key", key.KeyPEM)
	}
	for _, name := range []string{
		"ID urn:oasis:names:tc:SAML:2.0:protocol:Response", "ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
		"AssertionID urn:oasis:names:tc:SAML:1.0:assertion:Assertion", "ResponseID urn:oasis:names:tc:SAML:1.0:protocol:Response",
	} {
		attr, element, _ := strings.Cut(name, " ")
		x.idAttrs = append(x.idAttrs, "--id-attr:"+attr, element)
	}
	return x
}

func (x *xmlsec) write(name string, content []byte) string {
	path := filepath.Join(x.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		x.t.Error(err)
	}
	return path
}

// command is xmlsec1 without the certificates that the system trusts: reading
// them takes most of its time, and it is always told which key to use.
func (x *xmlsec) command(args ...string) *exec.Cmd {
	cmd := exec.Command(x.path, args...)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+os.DevNull, "SSL_CERT_DIR="+x.dir)
	return cmd
}

func nodeXPath(n int) []string {
	return []string{"--node-xpath", fmt.Sprintf("(//*[local-name()='Signature' and namespace-uri()='%s'])[%d]", xmldsig.Namespace, n+1)}
}

func (x *xmlsec) verifyArgs(n int, key string, files ...string) []string {
	return slices.Concat(
		[]string{"--verify", "--enabled-key-data", "raw-x509-cert", "--pubkey-cert-pem", filepath.Join(x.dir, key+".crt")},
		x.idAttrs, nodeXPath(n), files)
}

// verified is how many of the files verify before the first that does not.
func (x *xmlsec) verified(files []string, n int, key string) int {
	out, _ := x.command(x.verifyArgs(n, key, files...)...).CombinedOutput() // the output says it
	ok := 0
	for line := range strings.SplitSeq(string(out), "\n") {
		if line == "FAIL" || line == "ERROR" {
			break
		}
		if line == "OK" {
			ok++
		}
	}
	return ok
}

// verify is libxmlsec1's outcome for the nth Signature.
func (x *xmlsec) verify(file string, n int, key string) (outcome, detail string) {
	var out bytes.Buffer
	cmd := x.command(x.verifyArgs(n, key, file)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	text := out.String()
	first, _, _ := strings.Cut(text, "\n")
	exit, isExit := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return outcomeOK, first
	case !isExit || exit.ExitCode() < 0:
		x.t.Errorf("xmlsec1: %v", err)
		return "", ""
	case strings.Contains(text, "data and digest do not match"), strings.Contains(text, "invalid size for 'Digest'"):
		return outcomeDigest, first
	case strings.HasPrefix(lastWord(text), "FAIL"):
		return outcomeValue, first
	}
	return outcomeError, first
}

// lastWord is the verdict line of xmlsec1: OK, FAIL or ERROR.
func lastWord(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if line == "OK" || line == "FAIL" || line == "ERROR" {
			return line
		}
	}
	return ""
}

func (x *xmlsec) sign(file string, n int, key *sign.Key) ([]byte, error) {
	args := slices.Concat([]string{"--sign", "--privkey-pem", filepath.Join(x.dir, key.Name+".key")}, x.idAttrs, nodeXPath(n), []string{file})
	var stderr bytes.Buffer
	cmd := x.command(args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	return out, nil
}

// documents is how many the differential test makes.
var documents = flag.Int("documents", 2000, "documents that TestAgreesWithXMLSec makes; 10 times fewer with -short")

// question is one Signature whose outcome is held against libxmlsec1.
type question struct {
	seed        uint64
	n           int
	message     *message
	ours, why   string
	xmlsec, how string
}

// TestAgreesWithXMLSec holds the outcome for every Signature of thousands of
// documents against libxmlsec1: signed by it or by us, as nine kinds of IdP
// would, in every algorithm it has, then changed in one of many ways.
func TestAgreesWithXMLSec(t *testing.T) {
	x := newXMLSec(t)
	size := uint64(*documents)
	if testing.Short() {
		size /= 10
	}
	const batch = 100
	var (
		mu       sync.Mutex
		wg       sync.WaitGroup
		tally    = map[string]int{}
		work     = make(chan uint64)
		failures int
	)
	judge := func(q *question) {
		mu.Lock()
		defer mu.Unlock()
		tally["signatures in all"]++
		tally["outcome "+q.xmlsec]++
		for _, class := range q.message.classes {
			tally[class]++
		}
		if q.ours != q.xmlsec {
			if failures++; failures <= 20 {
				t.Errorf("seed %d, signature %d, %v\n ours   %s: %s\n xmlsec %s: %s\n%s", q.seed, q.n, q.message.classes, q.ours, q.why, q.xmlsec, q.how, keep(t, q.seed, q.message.source))
			}
		}
	}
	for worker := range 3 {
		wg.Go(func() {
			file := filepath.Join(x.dir, fmt.Sprintf("doc%d.xml", worker))
			for first := range work {
				var questions []*question
				for seed := first; seed < min(first+batch, size); seed++ {
					m, err := newMessage(seed, x, file)
					if err != nil {
						t.Errorf("seed %d: %v", seed, err)
						continue
					}
					for n := range m.signatures {
						q := &question{seed: seed, n: n, message: m}
						q.ours, q.why = ours(m.source, n, m.verifyKey)
						questions = append(questions, q)
					}
				}
				x.answer(questions)
				for _, q := range questions {
					judge(q)
				}
			}
		})
	}
	for first := uint64(0); first < size; first += batch {
		work <- first
	}
	close(work)
	wg.Wait()
	for _, class := range slices.Sorted(maps.Keys(tally)) {
		t.Logf("%6d %s", tally[class], class)
	}
	t.Logf("%d documents, %d disagreements", size, failures)
}

// answer asks libxmlsec1. Most of its time goes into starting, so what should
// verify is asked in one go; that ends at the first that does not.
func (x *xmlsec) answer(questions []*question) {
	type group struct {
		n   int
		key string
	}
	together := map[group][]*question{}
	for _, q := range questions {
		if q.ours == outcomeOK {
			g := group{q.n, q.message.verifyKey.Name}
			together[g] = append(together[g], q)
		}
	}
	for g, list := range together {
		var files []string
		for _, q := range list {
			files = append(files, x.write(fmt.Sprintf("q%d.xml", q.seed), q.message.source))
		}
		ok := x.verified(files, g.n, g.key)
		for _, q := range list[:ok] {
			q.xmlsec = outcomeOK
		}
	}
	for _, q := range questions {
		file := x.write(fmt.Sprintf("q%d.xml", q.seed), q.message.source)
		if q.xmlsec == "" {
			q.xmlsec, q.how = x.verify(file, q.n, q.message.verifyKey.Name)
		}
		if err := os.Remove(file); err != nil {
			x.t.Error(err)
		}
	}
}

// keep leaves a document that shows a disagreement where it can be looked at.
func keep(t *testing.T, seed uint64, src []byte) string {
	t.Helper()
	path := filepath.Join(t.ArtifactDir(), fmt.Sprintf("disagreement-%d.xml", seed))
	if err := os.WriteFile(path, src, 0o600); err != nil {
		return err.Error()
	}
	return path
}
