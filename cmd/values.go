package cmd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/report"
)

// valueError says what is wrong with a flag's value; the flag and the value come
// before the predicate.
func valueError(predicate string) *hintedError { return &hintedError{text: predicate} }

// choiceValue is a flag that takes one of a few words.
type choiceValue[T ~string] struct {
	to      *T
	what    string // plural, as an error lists them
	allowed []T
}

func newChoice[T ~string](to *T, what string, def T, allowed ...T) *choiceValue[T] {
	*to = def
	return &choiceValue[T]{to, what, allowed}
}

func (v *choiceValue[T]) String() string {
	if v.to == nil {
		return ""
	}
	return string(*v.to)
}

// Type is not "string" so that help shows the default without quotes.
func (v *choiceValue[T]) Type() string { return "choice" }

func (v *choiceValue[T]) Set(s string) error {
	if slices.Contains(v.allowed, T(s)) {
		*v.to = T(s)
		return nil
	}
	return valueError("is not one of the "+v.what).choices(v.what, s, texts(v.allowed))
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// loginNumber is --login; 0: all logins.
type loginNumber int

func (n *loginNumber) String() string {
	if n == nil || *n == 0 {
		return ""
	}
	return strconv.Itoa(int(*n))
}

func (n *loginNumber) Type() string { return "int" }

func (n *loginNumber) Set(s string) error {
	i, err := strconv.Atoi(s)
	if err != nil || i < 1 {
		return valueError("is no number of a login").hint("give 1 for the first login of the capture, 2 for the second, and so on")
	}
	*n = loginNumber(i)
	return nil
}

// atValue is --at.
type atValue struct{ to *report.At }

func (v atValue) String() string {
	switch {
	case v.to == nil:
		return ""
	case v.to.Mode == report.AtGiven:
		return v.to.Time.Format(time.RFC3339Nano)
	}
	return string(v.to.Mode)
}

func (v atValue) Type() string { return "string" }

func (v atValue) Set(s string) error {
	switch mode := report.AtMode(s); mode {
	case report.AtNow, report.AtCaptured, report.AtIssued:
		*v.to = report.At{Mode: mode}
		return nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err == nil {
		*v.to = report.At{Mode: report.AtGiven, Time: t}
		return nil
	}
	e := valueError("is not a time")
	if _, err := time.Parse("2006-01-02T15:04:05", s); err == nil {
		return e.hint("it has no time zone: " + s + "Z is UTC, " + s + "+01:00 one hour ahead of it")
	}
	return e.hint("now, captured, issued, or a time as in RFC 3339: 2026-03-04T10:00:30Z")
}

// durationValue is a length of time that is not negative. A bare number is
// refused: half of those who write one mean seconds, the others minutes.
type durationValue struct{ to **time.Duration }

func (v durationValue) String() string {
	if v.to == nil || *v.to == nil {
		return ""
	}
	return (*v.to).String()
}

func (v durationValue) Type() string { return "duration" }

func (v durationValue) Set(s string) error {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return valueError("is not a length of time").hint("a number and its unit: 30s, 5m, 1h30m")
	case d < 0:
		return valueError("cannot be negative")
	}
	*v.to = &d
	return nil
}

// sizeValue is a number of bytes: 300000, 64K, 512M, 1.5GiB. K, M and G are
// powers of 1024.
type sizeValue struct{ to *int64 }

func (v sizeValue) String() string {
	if v.to == nil || *v.to == 0 {
		return ""
	}
	return sizeText(*v.to)
}

func (v sizeValue) Type() string { return "size" }

func (v sizeValue) Set(s string) error {
	number := strings.ToUpper(strings.TrimSpace(s))
	for _, end := range []string{"IB", "B"} {
		if rest, ok := strings.CutSuffix(number, end); ok {
			number = rest
			break
		}
	}
	shift := 0
	for i, unit := range "KMG" {
		if rest, ok := strings.CutSuffix(number, string(unit)); ok {
			number, shift = rest, 10*(i+1)
			break
		}
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	f *= float64(int64(1) << shift)
	if err != nil || !(f >= 1 && f < 1<<50) { // so that NaN is refused too
		return valueError("is not a size").hint("a number of bytes above 0, also with a unit: 65536, 64K, 512M, 2G")
	}
	*v.to = int64(f)
	return nil
}

func sizeText(n int64) string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if u := int64(1) << (10 * (3 - i)); n >= u {
			return strings.TrimSuffix(strconv.FormatFloat(float64(n)/float64(u), 'f', 1, 64), ".0") + " " + unit
		}
	}
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// countValue is a number of at least one.
type countValue struct{ to *int }

func (v countValue) String() string {
	if v.to == nil || *v.to == 0 {
		return ""
	}
	return strconv.Itoa(*v.to)
}

func (v countValue) Type() string { return "int" }

func (v countValue) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return valueError("is not a number of at least 1")
	}
	*v.to = n
	return nil
}
