package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/samlwhy/samlwhy/check"
	"github.com/samlwhy/samlwhy/report/services"
)

// section is the annotation under which a flag keeps the heading it is listed
// below.
const section = "samlwhy-section"

// addFlags adds flags to c under a heading of its help.
func addFlags(c *cobra.Command, heading string, fs *pflag.FlagSet) {
	c.Flags().SortFlags = false
	fs.VisitAll(func(f *pflag.Flag) {
		f.Annotations = map[string][]string{section: {heading}}
	})
	fs.SortFlags = false
	c.Flags().AddFlagSet(fs)
}

func colorModes() []string {
	return []string{string(colorAuto), string(colorAlways), string(colorNever)}
}

func addColor(fs *pflag.FlagSet, to *colorMode) {
	fs.Var(newChoice(to, "modes", colorAuto, colorAuto, colorAlways, colorNever), "color",
		"`WHEN` to colour: auto, always or never; auto honours NO_COLOR")
}

func addLang(fs *pflag.FlagSet, to *string) {
	langs := services.Languages()
	fs.Var(newChoice(to, "languages", langs[0], langs...), "lang", "`LANGUAGE` of a service's messages, causes and fixes, where the tables have it: "+strings.Join(langs, ", "))
}

// complete offers fixed values for a flag; a description may follow a tab.
func complete(c *cobra.Command, flag string, values ...string) {
	register(c, flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

func completeRules(c *cobra.Command, flags ...string) {
	for _, flag := range flags {
		register(c, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return ruleCompletions(), cobra.ShellCompDirectiveNoFileComp
		})
	}
}

func ruleCompletions() []string {
	rules := check.Rules()
	out := make([]string, len(rules))
	for i, r := range rules {
		out[i] = cobra.CompletionWithDesc(r.ID, r.Question)
	}
	return out
}

func completeServices(c *cobra.Command, flag string) {
	register(c, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		all, err := services.All()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var out []string
		for _, s := range all {
			out = append(out, cobra.CompletionWithDesc(s.Name, s.Title))
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	})
}

func completeFiles(c *cobra.Command, flags ...string) {
	for _, flag := range flags {
		register(c, flag, cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault))
	}
}

// completeNothing keeps the shell from offering files for values that are none.
func completeNothing(c *cobra.Command, flags ...string) {
	for _, flag := range flags {
		register(c, flag, cobra.NoFileCompletions)
	}
}

// register is for flags named in this package: that one is missing is a defect
// which the first test of the command meets.
func register(c *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := c.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

// usageFunc writes the usage of a command, its flags under their headings.
func usageFunc(std IO) func(*cobra.Command) error {
	return func(c *cobra.Command) error {
		return writeUsage(c.OutOrStdout(), c, std.columns(std.Stdout))
	}
}

func helpFunc(std IO) func(*cobra.Command, []string) {
	return func(c *cobra.Command, _ []string) {
		w := c.OutOrStdout()
		text := c.Long
		if text == "" {
			text = c.Short + "."
		}
		width := std.columns(std.Stdout)
		// Nobody is left to tell when standard output is gone.
		for paragraph := range strings.SplitSeq(text, "\n\n") {
			lines := wrap(strings.ReplaceAll(paragraph, "\n", " "), width)
			_, _ = fmt.Fprintf(w, "%s\n\n", strings.Join(lines, "\n"))
		}
		_ = writeUsage(w, c, width)
	}
}

func writeUsage(w io.Writer, c *cobra.Command, width int) error {
	var b strings.Builder
	b.WriteString("Usage:\n  " + strings.TrimSuffix(c.UseLine(), " [flags]"))
	if c.HasAvailableSubCommands() {
		b.WriteString(" COMMAND")
	}
	b.WriteString("\n")
	if c.Example != "" {
		b.WriteString("\nExamples:\n" + c.Example + "\n")
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-12s%s\n", sub.Name(), sub.Short)
			}
		}
	}
	for _, part := range sections(c) {
		b.WriteString("\n" + part.heading + ":\n" + part.FlagUsagesWrapped(width))
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\nsamlwhy help COMMAND tells more.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// flagSection is a heading and the flags below it.
type flagSection struct {
	heading string
	*pflag.FlagSet
}

// sections are the flags of c by heading, in the order in which they were added.
func sections(c *cobra.Command) []flagSection {
	var list []flagSection
	c.LocalFlags().SortFlags = false
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		heading := "Flags"
		if a := f.Annotations[section]; len(a) > 0 {
			heading = a[0]
		}
		for _, s := range list {
			if s.heading == heading {
				s.AddFlag(f)
				return
			}
		}
		s := flagSection{heading, pflag.NewFlagSet(heading, pflag.ContinueOnError)}
		s.SortFlags = false
		s.AddFlag(f)
		list = append(list, s)
	})
	return list
}
