package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// version is set by the linker in releases:
//
//	-ldflags "-X github.com/samlwhy/samlwhy/cmd.version=v1.2.3"
//
// Other builds take theirs from the module and the commit.
var version string

// buildVersion is the version of this program, such as v1.2.3 or
// "(devel) 1a2b3c4d5e6f, modified".
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return versionOf(version, info)
}

func versionOf(linked string, info *debug.BuildInfo) string {
	if linked != "" {
		return linked
	}
	v := info.Main.Version
	if v != "" && v != "(devel)" {
		return v // a tag or a pseudo-version, which holds the commit
	}
	v = "(devel)"
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value
		}
	}
	if revision != "" {
		v += " " + revision[:min(12, len(revision))]
		if modified == "true" {
			v += ", modified"
		}
	}
	return v
}

// buildTime is when the commit was made that this program was built from, or def
// when the build does not tell.
func buildTime(def time.Time) time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return def
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
				return t
			}
		}
	}
	return def
}

func newVersionCommand(std IO) *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version",
		Long:              "version prints the version, the Go release it was built with, and the platform.",
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(std.Stdout, "samlwhy %s\n%s %s/%s\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

func newCompletionCommand(std IO) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Write a completion script for " + strings.Join(shells, ", "),
		Long: "completion writes a script that lets your shell complete samlwhy's commands, flags, rules\n" +
			"and services.",
		Example: examples(
			"source <(samlwhy completion bash)", "",
			`samlwhy completion zsh > "${fpath[1]}/_samlwhy"`, "",
			"samlwhy completion fish > ~/.config/fish/completions/samlwhy.fish", "",
			"samlwhy completion powershell | Out-String | Invoke-Expression", "",
		),
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("completion needs one SHELL").hint("shells: " + strings.Join(shells, ", "))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(std.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(std.Stdout)
			case "fish":
				return root.GenFishCompletion(std.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(std.Stdout)
			}
			return usageErrorf("there is no completion for the shell %q", shorten(args[0])).choices("shells", args[0], shells)
		},
	}
}

func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if len(args) == 0 {
				for _, sub := range c.Root().Commands() {
					if sub.IsAvailableCommand() {
						names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			if len(args) == 0 {
				return root.Help()
			}
			target, rest, err := root.Find(args)
			if err != nil || target == root || len(rest) > 0 {
				return unknownCommand(root, args[0])
			}
			target.InitDefaultHelpFlag()
			return target.Help()
		},
	}
}
