// Package cmd is samlwhy's command line: flags, streams, files, exit codes. It
// reads what the user names, hands it to packages decode and report, and knows
// nothing of SAML itself.
//
// Rules of the user interface:
//
//   - Standard output carries the answer and nothing else; whatever is said to
//     the person (errors, hints, the prompt for a paste) goes to standard error.
//   - An error is one sentence that quotes the value and, below it, hints. What
//     is not known is answered with what is: the valid choices and the nearest.
//   - Nothing is asked unless a person sits at a terminal, and nothing is
//     overwritten that was an input.
//   - Exit codes are public: see [Main].
package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// The exit codes. Of several, usage stands over input over failed.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInput       = 3
	exitInterrupted = 130 // as a shell reports death by SIGINT
)

// IO is everything of the outside world that a command may touch. Functions
// left nil stand for a world without: no terminal, no clipboard, an empty
// environment.
type IO struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	Env func(name string) string
	Now func() time.Time
	// Clipboard returns the text on the clipboard.
	Clipboard func() (string, error)
	// IsTerminal reports whether one of the streams above is a terminal.
	IsTerminal func(stream any) bool
	// Width is the number of columns of a stream that is a terminal, 0 when
	// it is not known.
	Width func(stream any) int
	// Raw puts the terminal of Stdin into raw mode; restore undoes it.
	Raw func() (restore func() error, err error)
	// Signals delivers the signals that would end the program, until stop.
	Signals func() (signals <-chan os.Signal, stop func())
}

func (std IO) withDefaults() IO {
	if std.Stdin == nil {
		std.Stdin = strings.NewReader("")
	}
	if std.Stdout == nil {
		std.Stdout = io.Discard
	}
	if std.Stderr == nil {
		std.Stderr = io.Discard
	}
	if std.Env == nil {
		std.Env = func(string) string { return "" }
	}
	if std.Now == nil {
		std.Now = time.Now
	}
	if std.Clipboard == nil {
		std.Clipboard = func() (string, error) { return "", errors.New("there is no clipboard") }
	}
	if std.IsTerminal == nil {
		std.IsTerminal = func(any) bool { return false }
	}
	if std.Width == nil {
		std.Width = func(any) int { return 0 }
	}
	if std.Raw == nil {
		std.Raw = func() (func() error, error) { return nil, errors.New("it is not a terminal") }
	}
	if std.Signals == nil {
		std.Signals = func() (<-chan os.Signal, func()) { return nil, func() {} }
	}
	return std
}

// Main runs samlwhy with the arguments after the program's name and returns its
// exit code: 0 nothing failed, 1 a rule failed or broke (and for explain:
// nothing is known about the term), 2 wrong usage or configuration, 3 an input
// could not be read or holds no SAML message, 130 interrupted.
func Main(args []string, std IO) int {
	std = std.withDefaults()
	root := newRootCommand(std)
	// A nil slice would make cobra read the arguments of the process.
	root.SetArgs(append([]string{}, args...))
	err := root.Execute()
	if err == nil {
		return exitOK
	}
	return std.complain(err)
}

func newRootCommand(std IO) *cobra.Command {
	root := &cobra.Command{
		Use:   "samlwhy",
		Short: "Why did this SAML login fail, and what do I change?",
		Long: "samlwhy answers one question: why did this SAML login fail, and what do I change?\n\n" +
			"It decodes a captured login, asks every rule it knows, and prints for each failure the\n" +
			"service's own error code, the cause that the evidence proves, and the fix. It works\n" +
			"offline and sends nothing anywhere.",
		Example: examples(
			"samlwhy check trace.har", "judge every SAML message of a browser trace",
			"samlwhy check", "paste a SAMLResponse, a URL or a page",
			"samlwhy check --clipboard --service webex", "judge what was copied, for Webex Meetings",
			"samlwhy decode trace.har", "only show the XML, and how it was read",
			"samlwhy explain 28", "what a service's error code means",
		),
		Version:       buildVersion(),
		SilenceErrors: true, // Main writes them
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return unknownCommand(c, args[0])
		},
	}
	root.SetIn(std.Stdin)
	root.SetOut(std.Stdout)
	root.SetErr(std.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(usageFunc(std))
	root.SetHelpFunc(helpFunc(std))
	// Defined here so that cobra gives it no -v, which means something else to check.
	root.Flags().Bool("version", false, "print the version")
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(newHelpCommand())
	root.AddCommand(
		newCheckCommand(std, runCheck),
		newDecodeCommand(std, runDecode),
		newExplainCommand(std, runExplain),
		newRulesCommand(std, runRules),
		newServicesCommand(std, runServices),
		newCompletionCommand(std),
		newManCommand(std),
		newVersionCommand(std),
	)
	return root
}

// unknownCommand answers a first argument that is no command. Somebody who
// names a file means check.
func unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	slices.Sort(names)
	e := usageErrorf("unknown command %q", shorten(name))
	if _, err := os.Stat(name); err == nil {
		return e.hint("to judge what is in it: samlwhy check " + name)
	}
	return e.choices("commands", name, names)
}

// examples lays out pairs of a command line and what it is for.
func examples(pairs ...string) string {
	width := 0
	for pair := range slices.Chunk(pairs, 2) {
		width = max(width, len(pair[0]))
	}
	var lines []string
	for pair := range slices.Chunk(pairs, 2) {
		line := fmt.Sprintf("  %-*s  %s", width, pair[0], strings.Join(pair[1:], ""))
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.Join(lines, "\n")
}
