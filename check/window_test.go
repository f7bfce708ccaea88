package check

import (
	"testing"
	"time"
)

func TestLength(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                               "0 s",
		1:                               "less than 1 ms",
		250 * time.Millisecond:          "250 ms",
		1500 * time.Millisecond:         "1 s 500 ms",
		6*time.Minute + 42*time.Second:  "6 min 42 s",
		-42 * time.Second:               "42 s",
		time.Hour + 3*time.Second:       "1 h",
		3*time.Hour + 5*time.Minute + 1: "3 h 5 min",
		49 * time.Hour:                  "2 d 1 h",
		400*24*time.Hour + 3*time.Hour:  "400 d",
	} {
		if got := Length(d); got != want {
			t.Errorf("Length(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestWithoutSAML(t *testing.T) {
	for in, want := range map[string]string{
		"https://sp.example.com/acs":                                    "https://sp.example.com/acs",
		"https://sp.example.com/?acs":                                   "https://sp.example.com/?acs",
		"https://sp.example.com/acs?SAMLResponse=x%3D&RelayState=y":     "https://sp.example.com/acs",
		"https://sp.example.com/acs?site=a&SAMLResponse=x&b=c#fragment": "https://sp.example.com/acs?site=a&b=c",
	} {
		if got := withoutSAML(in); got != want {
			t.Errorf("withoutSAML(%q) = %q, want %q", in, got, want)
		}
	}
}
