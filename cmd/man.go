package cmd

import (
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newManCommand writes the manual pages; packagers run it, nobody else.
func newManCommand(std IO) *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the manual pages into a folder",
		Long:   "man writes the manual pages into DIR, dated SOURCE_DATE_EPOCH where that is set, else as\nthe commit that samlwhy was built from.",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("man needs one DIR to write the manual pages into")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			date := buildTime(std.Now())
			if s := std.Env("SOURCE_DATE_EPOCH"); s != "" {
				seconds, err := strconv.ParseInt(s, 10, 64)
				if err != nil {
					return usageErrorf("SOURCE_DATE_EPOCH %q is not a number of seconds", s)
				}
				date = time.Unix(seconds, 0).UTC()
			}
			dir := args[0]
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return usageErrorf("%s cannot be made: %s", dir, reason(err))
			}
			root := c.Root()
			root.DisableAutoGenTag = true // the same source gives the same bytes
			header := &doc.GenManHeader{Section: "1", Date: &date, Source: "samlwhy", Manual: "samlwhy"}
			if err := doc.GenManTree(root, header, dir); err != nil {
				return usageErrorf("the manual pages cannot be written: %s", reason(err))
			}
			return nil
		},
	}
}
