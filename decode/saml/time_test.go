package saml

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	date := func(y int, m time.Month, d, h, mi, s, n int) time.Time {
		return time.Date(y, m, d, h, mi, s, n, time.UTC)
	}
	for _, c := range []struct {
		in   string
		want time.Time
		zone Zone
	}{
		{"2026-03-04T10:00:26Z", date(2026, 3, 4, 10, 0, 26, 0), ZoneUTC},
		{" 2026-03-04T10:00:26Z\n", date(2026, 3, 4, 10, 0, 26, 0), ZoneUTC},
		{"2026-03-04T10:00:26.5Z", date(2026, 3, 4, 10, 0, 26, 5e8), ZoneUTC},
		{"2026-03-04T10:00:26.123456789987Z", date(2026, 3, 4, 10, 0, 26, 123456789), ZoneUTC},
		{"2026-03-04T10:00:26.000Z", date(2026, 3, 4, 10, 0, 26, 0), ZoneUTC},
		{"2026-03-04T10:00:26", date(2026, 3, 4, 10, 0, 26, 0), ZoneNone},
		{"2026-03-04T10:00:26+01:00", date(2026, 3, 4, 9, 0, 26, 0), ZoneOffset},
		{"2026-03-04T10:00:26-05:30", date(2026, 3, 4, 15, 30, 26, 0), ZoneOffset},
		{"2026-03-04T10:00:26+14:00", date(2026, 3, 3, 20, 0, 26, 0), ZoneOffset},
		{"2026-03-04T10:00:26-00:00", date(2026, 3, 4, 10, 0, 26, 0), ZoneOffset},
		{"2026-02-28T24:00:00Z", date(2026, 3, 1, 0, 0, 0, 0), ZoneUTC},
		{"2025-12-31T24:00:00.000Z", date(2026, 1, 1, 0, 0, 0, 0), ZoneUTC},
		{"2024-02-29T00:00:00Z", date(2024, 2, 29, 0, 0, 0, 0), ZoneUTC},
		{"12026-03-04T10:00:26Z", date(12026, 3, 4, 10, 0, 26, 0), ZoneUTC},
		{"-0044-03-15T12:00:00Z", date(-44, 3, 15, 12, 0, 0, 0), ZoneUTC},
		{"9999-12-31T23:59:59Z", date(9999, 12, 31, 23, 59, 59, 0), ZoneUTC},
	} {
		got, z, err := ParseTime(c.in)
		if err != nil || !got.Equal(c.want) || z != c.zone {
			t.Errorf("ParseTime(%q) = %v, %v, %v; want %v, %v", c.in, got, z, err, c.want, c.zone)
		}
	}
	for in, want := range map[string]string{
		"":                                "year",
		"now":                             "year",
		"26-03-04T10:00:26Z":              "year",
		"0000-03-04T10:00:26Z":            "0000",
		"02026-03-04T10:00:26Z":           "leading zeros",
		"99999999999-01-01T00:00:00":      "too far",
		"+2026-03-04T10:00:26Z":           "year",
		"2026":                            "between year and month",
		"2026/03/04T10:00:26Z":            `"/"`,
		"2026-13-04T10:00:26Z":            "month 13",
		"2026-00-04T10:00:26Z":            "month 00",
		"2026-3-04T10:00:26Z":             "two digits",
		"2026-02-29T10:00:26Z":            "no day 29",
		"2026-04-31T10:00:26Z":            "no day 31",
		"2026-03-04":                      "between date and time",
		"2026-03-04 10:00:26Z":            "between date and time",
		"2026-03-04t10:00:26z":            "between date and time",
		"2026-03-04T10:00Z":               "between minute and second",
		"2026-03-04T25:00:00Z":            "hour 25",
		"2026-03-04T24:00:01Z":            "24:00:00",
		"2026-03-04T24:00:00.0000000001Z": "24:00:00",
		"2026-03-04T10:60:00Z":            "minute 60",
		"2026-03-04T10:00:60Z":            "second 60",
		"2026-03-04T10:00:26.Z":           "decimal point",
		"2026-03-04T10:00:26,5Z":          "time zone",
		"2026-03-04T10:00:26z":            "time zone",
		"2026-03-04T10:00:26 Z":           "time zone",
		"2026-03-04T10:00:26+0100":        "inside the time zone",
		"2026-03-04T10:00:26+01":          "inside the time zone",
		"2026-03-04T10:00:26+15:00":       "15",
		"2026-03-04T10:00:26+14:01":       "14 hours",
		"2026-03-04T10:00:26Z ago":        "follows",
		"2026-03-04T10:00:26ZZ":           "follows",
	} {
		if _, _, err := ParseTime(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseTime(%q): %v, want something about %q", in, err, want)
		}
	}
}

func TestValueTime(t *testing.T) {
	var missing *Value
	if _, err := missing.Time(); !errors.Is(err, ErrNoTime) {
		t.Errorf("a missing value: %v", err)
	}
	v := &Value{Text: "2026-03-04T10:00:26Z"}
	if got, err := v.Time(); err != nil || got.Unix() != 1772618426 {
		t.Errorf("Time = %v, %v", got, err)
	}
}

// FuzzParseTime: what is read can be written in the canonical form and read
// again, and Go's own parser reads the same instant wherever it reads one.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-03-04T10:00:26Z", "2026-03-04T24:00:00.00", "-0044-03-15T12:00:00.123456789123+14:00", "12026-12-31T23:59:59-00:01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, _, err := ParseTime(s)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		if y := got.Year(); y > 0 && y <= 9999 {
			again, _, err := ParseTime(got.Format("2006-01-02T15:04:05.999999999Z"))
			if err != nil || !again.Equal(got) {
				t.Errorf("%q reads as %v, and that as %v, %v", s, got, again, err)
			}
		}
		if std, err := time.Parse(time.RFC3339Nano, s); err == nil && !std.Equal(got) {
			t.Errorf("%q reads as %v, by package time as %v", s, got, std)
		}
	})
}
