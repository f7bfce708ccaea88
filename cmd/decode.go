package cmd

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
	"github.com/samlwhy/samlwhy/report"
)

// decodeOptions are the flags of decode.
type decodeOptions struct {
	inputOptions
	keyOptions

	Raw       bool
	Canonical bool
	Part      int // of what signatures cover or of what is encrypted, from 1; 0: the first
	Message   int // from 1; 0: all
	Output    string
	Color     colorMode
}

func newDecodeCommand(std IO, run func(IO, *decodeOptions) error) *cobra.Command {
	o := &decodeOptions{}
	c := &cobra.Command{
		Use:   "decode [INPUT…]",
		Short: "Show the XML of the messages, and how it was read",
		Long: "decode shows every SAML message in the inputs as indented XML, below a summary of what it\n" +
			"is and how it was read. With --raw it writes the exact bytes of one message, which is what\n" +
			"a signature was made over.\n\n" +
			"With --sp-key what is encrypted is opened and shown after the message; --raw then writes\n" +
			"the exact plaintext instead of the message, that of the first encrypted element or the one\n" +
			"that --part names.\n\n" +
			"INPUT is what check takes: a file, a folder, - or a pipe, --clipboard, or a paste.",
		Example: examples(
			"samlwhy decode trace.har", "all messages of a capture",
			"samlwhy decode --clipboard", "what was copied",
			"samlwhy decode --raw post.txt > response.xml", "the exact bytes",
			"samlwhy decode --canonical r.xml | sha256sum", "what a signature hashed",
			"samlwhy decode --sp-key sp.pem r.xml", "what is encrypted as well",
		),
		RunE: func(_ *cobra.Command, args []string) error {
			o.Args = args
			return run(std, o)
		},
	}
	o.inputOptions.register(c)
	o.keyOptions.register(c)
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.BoolVar(&o.Raw, "raw", false, "write the exact bytes of one message, with --sp-key of what is encrypted in it")
	fs.BoolVar(&o.Canonical, "canonical", false, "write the canonical bytes that a signature was computed over")
	fs.Var(countValue{&o.Part}, "part", "with --canonical, the `N`th thing that signatures cover, with --raw and --sp-key the `N`th encrypted element that opens (default 1)")
	fs.Var(countValue{&o.Message}, "message", "only the `N`th message, counted from 1 over all inputs")
	fs.StringVarP(&o.Output, "output", "o", "", "write to `FILE`")
	addColor(fs, &o.Color)
	addFlags(c, "Output", fs)
	complete(c, "color", colorModes()...)
	completeFiles(c, "output")
	completeNothing(c, "message", "part", "max-size", "max-depth")
	return c
}

func runDecode(std IO, o *decodeOptions) error {
	out, err := newOutput(o.Output)
	if err != nil {
		return err
	}
	keys, err := o.read(std, out)
	if err != nil {
		return err
	}
	in := &inputs{std: std, opts: &o.inputOptions, keys: keys, output: out}
	var messages []*decode.Message
	code := exitOK
	for trace, err := range in.traces() {
		if err != nil {
			code = graver(code, std.complain(err))
			if code == exitUsage || code == exitInterrupted {
				return exitWith(code)
			}
			continue
		}
		messages = append(messages, trace.Messages...)
		for _, n := range trace.Notes {
			std.remark(display(trace.Input) + ": " + n)
		}
	}
	for _, n := range in.notes {
		std.remark(n)
	}
	if len(messages) == 0 {
		return exitWith(code)
	}
	if o.Canonical {
		return o.writeCanonical(std, out, messages)
	}
	if messages, err = o.pick(messages); err != nil {
		return err
	}
	for _, m := range messages {
		if m.XML == nil {
			code = graver(code, exitFailed)
		}
	}
	style := std.style(o.Color, out.path != "", false)
	if o.Raw && len(keys) > 0 {
		return o.writePlain(std, out, messages[0])
	}
	err = out.write(std, func(w io.Writer) error {
		if o.Raw {
			return report.WriteRaw(w, messages[0])
		}
		return report.WriteDecoded(w, messages, style)
	})
	if err != nil {
		return err
	}
	return exitWith(code)
}

// pick chooses what to show of all messages.
func (o *decodeOptions) pick(messages []*decode.Message) ([]*decode.Message, error) {
	if o.Message > len(messages) {
		return nil, usageErrorf("--message %d: there are only %d messages", o.Message, len(messages)).
			hint("samlwhy decode without --message shows them all")
	}
	if o.Message > 0 {
		messages = messages[o.Message-1 : o.Message]
	}
	if !o.Raw {
		return messages, nil
	}
	if len(messages) > 1 {
		return nil, usageErrorf("--raw writes one message, and there are %d", len(messages)).
			hint("choose one with --message 1 to --message "+strconv.Itoa(len(messages)), "without --raw all are shown, in this order")
	}
	if m := messages[0]; m.XML == nil {
		e := &hintedError{code: exitFailed, text: display(m.Capture.Input) + ": the value cannot be decoded"}
		for _, p := range m.Problems {
			if p.Fatal {
				e.text += ": " + p.Text
			}
		}
		return nil, e.hint("samlwhy check says more")
	}
	return messages, nil
}

// writePlain writes the exact plaintext of one of the encrypted elements of m, and
// tells which of how many it is.
func (o *decodeOptions) writePlain(std IO, out *output, m *decode.Message) error {
	var opened []*xmlenc.Opening
	for _, e := range m.Opened {
		if e.Plain != nil {
			opened = append(opened, e)
		}
	}
	n := max(o.Part, 1)
	switch {
	case len(m.Opened) == 0:
		return (&hintedError{code: exitFailed, text: "nothing in the message is encrypted"}).hint("without --sp-key, --raw writes the message itself")
	case len(opened) == 0:
		return (&hintedError{code: exitFailed, text: "what is encrypted does not open: " + m.Opened[0].Err.Text}).hint("samlwhy check says more")
	case n > len(opened):
		return usageErrorf("--part %d: there are only %d parts that open", n, len(opened))
	}
	err := out.write(std, func(w io.Writer) error {
		_, err := w.Write(opened[n-1].Plain)
		return err
	})
	if err != nil {
		return err
	}
	for i, e := range opened {
		chosen := ""
		if i == n-1 {
			chosen = " (written)"
		}
		std.remark(fmt.Sprintf("part %d of %d%s: %s", i+1, len(opened), chosen, e.Element.Path()))
	}
	return nil
}

// writeCanonical writes one of the things that signatures were computed over,
// and tells which of how many it is.
func (o *decodeOptions) writeCanonical(std IO, out *output, messages []*decode.Message) error {
	if o.Raw {
		return usageErrorf("--raw and --canonical write different bytes: give one of them")
	}
	if o.Message > len(messages) {
		return usageErrorf("--message %d: there are only %d messages", o.Message, len(messages))
	}
	if o.Message > 0 {
		messages = messages[o.Message-1 : o.Message]
	}
	var parts []report.Canonical
	for _, m := range messages {
		parts = append(parts, report.Canonicals(m)...)
	}
	n := max(o.Part, 1)
	switch {
	case len(parts) == 0:
		return (&hintedError{code: exitFailed, text: "there is no XML signature in the input"}).hint("samlwhy check says what that means")
	case n > len(parts):
		return usageErrorf("--part %d: signatures cover only %d things", n, len(parts))
	}
	part := parts[n-1]
	if err := part.Write(io.Discard); err != nil {
		return &hintedError{code: exitFailed, text: err.Error()}
	}
	if err := out.write(std, part.Write); err != nil {
		return err
	}
	for i, p := range parts {
		chosen := ""
		if i == n-1 {
			chosen = " (written)"
		}
		std.remark(fmt.Sprintf("part %d of %d%s: %s", i+1, len(parts), chosen, p.Name))
	}
	return nil
}

// remark tells something about an input beside the answer.
func (std IO) remark(text string) {
	_, _ = fmt.Fprintf(std.Stderr, "samlwhy: note: %s\n", printable(text))
}
