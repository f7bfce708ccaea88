package report

import (
	"encoding/json"
	"io"
)

// Format is one way to write a report.
type Format struct {
	Name  string // as --format names it
	About string // a few words for help and completion
	Write func(io.Writer, *Report, Style) error
}

// Formats are the formats in the order in which help lists them; the first is
// the default.
func Formats() []Format {
	return []Format{
		{"text", "for people, at a terminal or in a ticket", writeText},
		{"json", "one document, schema " + Schema, writeJSON},
		{"ndjson", "one message a line", writeNDJSON},
	}
}

func writeJSON(w io.Writer, r *Report, _ Style) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func writeNDJSON(w io.Writer, r *Report, _ Style) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range r.Messages {
		if err := enc.Encode(&r.Messages[i]); err != nil {
			return err
		}
	}
	return nil
}
