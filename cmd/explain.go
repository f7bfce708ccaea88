package cmd

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/samlwhy/samlwhy/report"
	"github.com/samlwhy/samlwhy/report/services"
)

// explainOptions are what explain was asked.
type explainOptions struct {
	Term string
	listOptions
	Lang string
}

// maxTerm is how much of a page on standard input is looked at.
const maxTerm = 1 << 20

func newExplainCommand(std IO, run func(IO, *explainOptions) error) *cobra.Command {
	o := &explainOptions{}
	c := &cobra.Command{
		Use:   "explain TERM",
		Short: "Tell what an error code, an error text, a rule or a service means",
		Long: "explain tells what a term means: a service's error code, with or without the service's\n" +
			"name, the text of an error message, or the name of a rule or of a service. With - it reads a whole error\n" +
			"page from standard input. It exits with 1 when nothing is known.",
		Example: examples(
			"samlwhy explain 28", "a code, of all services that have it",
			"samlwhy explain webex/28", "of one service",
			"samlwhy explain audience", "a rule",
			`samlwhy explain "Invalid Response message"`, "an error text",
		),
		Args: func(c *cobra.Command, args []string) error {
			if strings.TrimSpace(strings.Join(args, " ")) == "" {
				return usageErrorf("explain needs a TERM: a code, an error text or a rule").
					hint("samlwhy explain 28", "samlwhy explain audience")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			o.Term = strings.Join(args, " ")
			return run(std, o)
		},
		ValidArgsFunction: completeTerm,
	}
	o.register(c)
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	addLang(fs, &o.Lang)
	addFlags(c, "Flags", fs)
	complete(c, "lang", services.Languages()...)
	return c
}

func completeTerm(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	out := ruleCompletions()
	all, err := services.All()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	for _, s := range all {
		for _, code := range s.Codes {
			out = append(out, cobra.CompletionWithDesc(code.ID, code.Message))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func runExplain(std IO, o *explainOptions) error {
	term := o.Term
	if term == stdinName {
		page, err := io.ReadAll(io.LimitReader(std.Stdin, maxTerm))
		if err != nil {
			return inputErrorf("standard input cannot be read: %s", reason(err))
		}
		if term = string(page); strings.TrimSpace(term) == "" {
			return inputErrorf("standard input is empty")
		}
	}
	e, err := report.Explain(term, o.Lang)
	if err != nil {
		return err
	}
	if !e.Known() {
		out := &hintedError{code: exitFailed, text: "nothing is known about " + quoted(term)}
		if len(e.Nearest) > 0 {
			out = out.hint("nearest: " + strings.Join(e.Nearest, ", "))
		}
		return out.hint("samlwhy rules and samlwhy services list what there is")
	}
	return o.write(std, func(w io.Writer, style report.Style) error {
		return report.WriteExplanation(w, e, o.Format, style)
	})
}

func quoted(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return `"` + shorten(first) + `"`
}

// listOptions are the flags of the commands that print what is known.
type listOptions struct {
	Format string
	Color  colorMode
}

func (o *listOptions) register(c *cobra.Command) {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.Var(newChoice(&o.Format, "formats", "text", "text", "json"), "format", "`FORMAT`: text or json")
	addColor(fs, &o.Color)
	addFlags(c, "Flags", fs)
	complete(c, "format", "text", "json")
	complete(c, "color", colorModes()...)
}

func (o *listOptions) write(std IO, f func(io.Writer, report.Style) error) error {
	style := std.style(o.Color, false, false)
	return (&output{}).write(std, func(w io.Writer) error { return f(w, style) })
}

func newRulesCommand(std IO, run func(IO, *listOptions) error) *cobra.Command {
	return newListCommand(std, run, "rules", "List the rules: what is asked of a message",
		"rules lists every rule with the question it asks. --format json adds why it exists, what\n"+
			"usually breaks it, what to do, and the services' codes it leads to.")
}

func newServicesCommand(std IO, run func(IO, *listOptions) error) *cobra.Command {
	return newListCommand(std, run, "services", "List the services whose codes and expectations are known",
		"services lists the services that check --service takes, and the hosts by which each is\nrecognised.")
}

func newListCommand(std IO, run func(IO, *listOptions) error, name, short, long string) *cobra.Command {
	o := &listOptions{}
	c := &cobra.Command{
		Use:               name,
		Short:             short,
		Long:              long,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(*cobra.Command, []string) error { return run(std, o) },
	}
	o.register(c)
	return c
}

func runRules(std IO, o *listOptions) error {
	return o.write(std, func(w io.Writer, style report.Style) error { return report.WriteRules(w, o.Format, style) })
}

func runServices(std IO, o *listOptions) error {
	return o.write(std, func(w io.Writer, style report.Style) error { return report.WriteServices(w, o.Format, style) })
}
