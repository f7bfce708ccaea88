package cmd

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/check/expect"
	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/metadata"
	"github.com/samlwhy/samlwhy/report"
	"github.com/samlwhy/samlwhy/report/services"
)

// failOn is the gravest answer that still lets check end with 0.
type failOn string

const (
	failOnError   failOn = "error"
	failOnWarning failOn = "warning"
	failOnSkip    failOn = "skip"
	failOnNever   failOn = "never"
)

// checkOptions are the flags of check.
type checkOptions struct {
	inputOptions
	keyOptions

	Services []string
	// Given holds what the flags say in words; the files they name are read
	// when check runs.
	Given           expect.Given
	IdPMetadata     []string
	IdPCertificates []string
	SPMetadata      []string
	Request         string // file
	Code            string
	Lang            string
	At              report.At
	Login           loginNumber
	Only            []string
	Skip            []string
	FailOn          failOn

	Format  string
	Output  string
	Color   colorMode
	Verbose bool
}

func newCheckCommand(std IO, run func(IO, *checkOptions) error) *cobra.Command {
	o := &checkOptions{}
	c := &cobra.Command{
		Use:   "check [INPUT…]",
		Short: "Judge every SAML message in the inputs: the main job",
		Long: "check judges every SAML message in the inputs and says for each failure what is wrong,\n" +
			"where, what was expected, which error code the service gives, and what to do.\n\n" +
			"INPUT is a file, a folder, or - for standard input; without any, what is piped in, and at\n" +
			"a terminal what is pasted. The kind is recognised from the content: XML, base64 in all\n" +
			"its damaged forms, a form body, a query or URL, an HTML page; a HAR, SAML-tracer, Burp or\n" +
			"Fiddler export, raw HTTP, requests copied as cURL, fetch or PowerShell; a log or JSON with a\n" +
			"message in it; an archive (ZIP, tar, gzip) or e-mail with any of these.\n\n" +
			"A capture is judged at its own time; a message that does not say when it was delivered is\n" +
			"judged now. Exit codes: 0 nothing failed, 1 a rule failed, 2 wrong usage or configuration,\n" +
			"3 an input could not be read or holds no SAML message.",
		Example: examples(
			"samlwhy check trace.har", "every login of a browser trace",
			"samlwhy check", "paste a message",
			"samlwhy check --clipboard --at issued", "a message copied last week",
			"samlwhy check r.xml --sp-metadata sp.xml", "against the service's metadata",
			"samlwhy check fixtures --format json", "a folder, for a program",
		),
		RunE: func(_ *cobra.Command, args []string) error {
			o.Args = args
			if err := o.validate(); err != nil {
				return err
			}
			return run(std, o)
		},
	}
	o.inputOptions.register(c)

	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.StringArrayVar(&o.Services, "service", nil, "judge for the service `NAME` (repeatable; default: recognised from URLs)")
	fs.StringArrayVar(&o.IdPMetadata, "idp-metadata", nil, "metadata `FILE` of the identity provider (repeatable)")
	fs.StringArrayVar(&o.IdPCertificates, "idp-cert", nil, "`FILE` with the IdP's signing certificate or public key, as PEM, DER or base64, or the certificate's fingerprint itself (repeatable)")
	fs.StringArrayVar(&o.Given.IdPEntityIDs, "idp-entity-id", nil, "the IdP's entity `ID`, expected as Issuer (repeatable)")
	fs.StringArrayVar(&o.SPMetadata, "sp-metadata", nil, "metadata `FILE` of the service (repeatable)")
	fs.StringArrayVar(&o.Given.SPEntityIDs, "sp-entity-id", nil, "the service's entity `ID`, expected as Audience (repeatable)")
	fs.StringArrayVar(&o.Given.ACSURLs, "acs-url", nil, "the service's assertion consumer service `URL` (repeatable)")
	fs.StringVar(&o.Given.RequestID, "request-id", "", "`ID` of the AuthnRequest that is answered, or none")
	fs.StringVar(&o.Request, "request", "", "`FILE` with the AuthnRequest that is answered, where the capture does not hold it")
	fs.StringVar(&o.Code, "code", "", "`CODE` or text that the service showed the user: what leads to it, and how that stands here")
	fs.StringArrayVar(&o.Given.NameIDFormats, "name-id-format", nil, "expected NameID format, a `URI` or a short name such as emailAddress (repeatable)")
	fs.StringArrayVar(&o.Given.RequireAttributes, "require-attribute", nil, "`NAME` of an attribute that must be there (repeatable)")
	fs.StringArrayVar(&o.Given.AuthnContexts, "authn-context", nil, "expected AuthnContextClassRef `URI` (repeatable)")
	addFlags(c, "What the service expects", fs)
	o.keyOptions.register(c)

	fs = pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.Var(atValue{&o.At}, "at", "judge as of `TIME`: now, captured, issued, or 2026-03-04T10:00:30Z (default: captured where known, else now)")
	fs.Var(durationValue{&o.Given.ClockSkew}, "clock-skew", "`DURATION` by which clocks may differ, such as 3m (default: the service's own)")
	addFlags(c, "Time", fs)

	fs = pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.Var(&o.Login, "login", "judge only login `N` of a capture, counted from 1")
	fs.StringSliceVar(&o.Only, "only", nil, "ask only this `RULE` (repeatable)")
	fs.StringSliceVar(&o.Skip, "skip", nil, "leave this `RULE` out (repeatable)")
	fs.Var(newChoice(&o.FailOn, "levels", failOnError, failOnError, failOnWarning, failOnSkip, failOnNever), "fail-on",
		"exit with 1 from this `LEVEL` on: error, warning, skip (a rule could not be asked) or never")
	addFlags(c, "Rules", fs)

	formats := formatNames()
	fs = pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.Var(newChoice(&o.Format, "formats", formats[0], formats...), "format", "`FORMAT` of the report: "+strings.Join(formats, ", "))
	fs.StringVarP(&o.Output, "output", "o", "", "write the report to `FILE`")
	addColor(fs, &o.Color)
	addLang(fs, &o.Lang)
	fs.BoolVarP(&o.Verbose, "verbose", "v", false, "list the rules that passed, and every file without a message")
	addFlags(c, "Report", fs)

	complete(c, "format", formats...)
	complete(c, "fail-on", string(failOnError), string(failOnWarning), string(failOnSkip), string(failOnNever))
	complete(c, "color", colorModes()...)
	complete(c, "lang", services.Languages()...)
	complete(c, "at", "now\tand mean it", "captured\tas the capture says", "issued\tthe message's own IssueInstant")
	complete(c, "request-id", "none\tthe service sent no request")
	completeRules(c, "only", "skip")
	completeServices(c, "service")
	completeFiles(c, "idp-metadata", "idp-cert", "sp-metadata", "request", "output")
	completeNothing(c, "idp-entity-id", "sp-entity-id", "acs-url", "name-id-format", "require-attribute", "authn-context", "code", "login", "clock-skew", "max-size", "max-depth")
	return c
}

// validate refuses names that nothing answers to, before any input is read.
func (o *checkOptions) validate() error {
	if len(o.Services) > 0 {
		names, err := services.Names()
		if err != nil {
			return err
		}
		for _, s := range o.Services {
			if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, s) }) {
				return usageErrorf("there is no service %q", shorten(s)).choices("services", s, names)
			}
		}
	}
	if err := o.validateCode(); err != nil {
		return err
	}
	rules := ruleIDs()
	for _, id := range slices.Concat(o.Only, o.Skip) {
		if !slices.Contains(rules, id) {
			return usageErrorf("there is no rule %q", shorten(id)).choices("rules", id, rules)
		}
	}
	if !slices.ContainsFunc(rules, o.asked) {
		return usageErrorf("--only and --skip leave no rule to ask")
	}
	return nil
}

// validateCode refuses a code that none of the services has.
func (o *checkOptions) validateCode() error {
	if o.Code == "" {
		return nil
	}
	for _, name := range o.Services {
		svc, err := services.Get(name)
		if err != nil {
			return err
		}
		if svc.Named(o.Code) != nil {
			return nil
		}
	}
	answer, err := services.Lookup(o.Code)
	switch {
	case err != nil:
		return err
	case len(o.Services) > 0:
		return usageErrorf("--code %q is no code of %s", shorten(o.Code), strings.Join(o.Services, ", ")).hint(nearestCodes(answer))
	case !answer.Named():
		return usageErrorf("--code %q is no code of any service", shorten(o.Code)).hint(nearestCodes(answer))
	}
	return nil
}

// nearestCodes offers codes in place of one that is not known.
func nearestCodes(a services.Answer) string {
	var ids []string
	for _, c := range slices.Concat(a.Codes, a.Nearest) {
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return "samlwhy services lists the services, samlwhy explain TERM their codes"
	}
	return "nearest: " + strings.Join(ids[:min(len(ids), 5)], ", ")
}

// asked reports whether the flags leave the rule in.
func (o *checkOptions) asked(rule string) bool {
	return (len(o.Only) == 0 || slices.Contains(o.Only, rule)) && !slices.Contains(o.Skip, rule)
}

func ruleIDs() []string {
	rules := check.Rules()
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	return ids
}

func formatNames() []string {
	formats := report.Formats()
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.Name
	}
	return names
}

func runCheck(std IO, o *checkOptions) error {
	out, err := newOutput(o.Output)
	if err != nil {
		return err
	}
	given, err := o.given(out)
	if err != nil {
		return err
	}
	request, err := o.request(out)
	if err != nil {
		return err
	}
	keys, err := o.read(std, out)
	if err != nil {
		return err
	}
	options := report.Options{
		Request:  request,
		Code:     o.Code,
		Lang:     o.Lang,
		Services: o.Services,
		Given:    given,
		At:       o.At,
		Login:    int(o.Login),
		Now:      std.Now(),
		Rules:    check.Options{Only: o.Only, Skip: o.Skip},
	}
	in := &inputs{std: std, opts: &o.inputOptions, keys: keys, output: out, all: o.Verbose, listAll: " (--verbose lists them)"}
	var messages []report.Message
	var notes []string
	code := exitOK
	for trace, err := range in.traces() {
		if err != nil {
			code = graver(code, std.complain(err))
			if code == exitUsage || code == exitInterrupted {
				return exitWith(code)
			}
			continue
		}
		judged, remarks, err := report.Judge(trace, options)
		if err != nil {
			return err
		}
		messages = append(messages, judged...)
		for _, n := range trace.Notes {
			remarks = append(remarks, display(trace.Input)+": "+n)
		}
		for _, n := range remarks {
			if !slices.Contains(notes, n) {
				notes = append(notes, n)
			}
		}
	}
	if len(messages) == 0 && o.Format == formatNames()[0] {
		return exitWith(code) // a report for people would say nothing more
	}
	r := report.New(buildVersion(), messages, append(notes, in.notes...))
	if o.failed(r) {
		code = graver(code, exitFailed)
	}
	if err := o.write(std, out, r); err != nil {
		return err
	}
	return exitWith(code)
}

// given is what the flags say of the parties, with the files they name. It is
// read once here so that a mistake in it is told before any input is read.
func (o *checkOptions) given(out *output) (expect.Given, error) {
	given := o.Given
	for _, f := range []struct {
		flag  string
		paths []string
		to    *[]expect.File
	}{
		{expect.FlagIdPMetadata, o.IdPMetadata, &given.IdPMetadata},
		{expect.FlagIdPCert, o.IdPCertificates, &given.IdPCertificates},
		{expect.FlagSPMetadata, o.SPMetadata, &given.SPMetadata},
	} {
		for _, path := range f.paths {
			if f.flag == expect.FlagIdPCert {
				if fp, ok := metadata.ParseFingerprint(path); ok {
					*f.to = append(*f.to, expect.File{Name: path, Data: []byte(fp.Text)})
					continue
				}
			}
			data, err := readSetting(f.flag, path, out)
			if err != nil {
				return given, err
			}
			*f.to = append(*f.to, expect.File{Name: path, Data: data})
		}
	}
	_, _, err := given.Read()
	return given, err
}

// request is the AuthnRequest in the file that --request names, or nil.
func (o *checkOptions) request(out *output) (*decode.Message, error) {
	if o.Request == "" {
		return nil, nil
	}
	data, err := readSetting("--request", o.Request, out)
	if err != nil {
		return nil, err
	}
	trace, err := decode.Read(o.Request, data, decode.Options{})
	if err != nil {
		return nil, usageErrorf("--request %s: %v", display(o.Request), err)
	}
	m := report.AuthnRequest(trace)
	if m == nil {
		return nil, usageErrorf("--request %s: it holds no AuthnRequest", display(o.Request)).hint("give the SAMLRequest that the service sent, as XML, base64 or the URL it went to")
	}
	return m, nil
}

// readSetting reads a file that a flag names. That it cannot be read is wrong
// usage: nothing was asked of an input yet.
func readSetting(flag, path string, out *output) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, usageErrorf("%s %q cannot be read: %s", flag, shorten(path), reason(err)).hint(similarFile(path))
	case info.IsDir():
		return nil, usageErrorf("%s %q is a folder: name a file", flag, path)
	case out.is(info):
		return nil, out.refuse()
	}
	data, err := readFile(path, info, defaultMaxSize)
	if e, ok := errors.AsType[*hintedError](err); ok {
		return nil, usageErrorf("%s: %s", flag, e.text)
	}
	return data, err
}

func (o *checkOptions) write(std IO, out *output, r *report.Report) error {
	style := std.style(o.Color, out.path != "", o.Verbose)
	formats := report.Formats()
	i := slices.IndexFunc(formats, func(f report.Format) bool { return f.Name == o.Format })
	return out.write(std, func(w io.Writer) error { return formats[i].Write(w, r, style) })
}

// failed reports whether an answer is at least as grave as --fail-on says. A
// rule that the user left out does not count as one that could not be asked.
func (o *checkOptions) failed(r *report.Report) bool {
	for i := range r.Messages {
		for j := range r.Messages[i].Results {
			res := &r.Messages[i].Results[j]
			switch res.Status {
			case check.StatusFail, check.StatusBroken:
				if o.FailOn != failOnNever {
					return true
				}
			case check.StatusWarn:
				if o.FailOn == failOnWarning || o.FailOn == failOnSkip {
					return true
				}
			case check.StatusSkip:
				if o.FailOn == failOnSkip && o.asked(res.Rule) {
					return true
				}
			}
		}
	}
	return false
}
