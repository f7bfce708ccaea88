package saml

import (
	"fmt"
	"strings"
	"time"
)

// ParseTime reads an xs:dateTime (XML Schema Part 2, section 3.2.7) of any
// fraction, with Z, an offset, or no zone at all, which saml-core section 1.3.3
// forbids and which is read as UTC. Fractions beyond nanoseconds are cut.
func ParseTime(s string) (time.Time, error) {
	v := strings.Trim(s, " \t\r\n")
	layout := "2006-01-02T15:04:05Z07:00"
	if zone := zoneOf(v); zone == "" {
		layout = "2006-01-02T15:04:05"
	}
	// 24:00:00 is midnight of the following day in XML Schema; Go's parser
	// knows no hour 24.
	midnight := false
	if len(v) >= 19 && v[11:19] == "24:00:00" {
		midnight = true
		v = v[:11] + "00:00:00" + v[19:]
	}
	t, err := time.Parse(layout, strings.TrimPrefix(v, "+"))
	if err != nil || strings.ContainsAny(v, ", ") || strings.HasPrefix(v, "+") {
		return time.Time{}, fmt.Errorf("%q is no xs:dateTime such as 2026-03-04T10:00:30Z", s)
	}
	if midnight {
		t = t.AddDate(0, 0, 1)
	}
	return t.UTC(), nil
}

// zoneOf is the zone part of an xs:dateTime: "Z", "+01:00", or "".
func zoneOf(v string) string {
	if strings.HasSuffix(v, "Z") {
		return "Z"
	}
	if n := len(v); n > 19 && (v[n-6] == '+' || v[n-6] == '-') && v[n-3] == ':' {
		return v[n-6:]
	}
	return ""
}
