package schema

import (
	"math"
	"strconv"
	"strings"
)

// A moment is what the date and time types are made of. Which parts are set
// depends on the type.
type moment struct {
	year, month, day, hour, minute int
	second                         float64
}

// isDateTime reports whether s is an xs:dateTime. Like libxml2, it lets blanks
// follow a time zone but not precede the year, and it takes 24:00:00 for the
// end of a day.
func isDateTime(s string) bool { return explainDateTime(s) == "" }

// explainDateTime says what keeps s from being an xs:dateTime; "" when nothing
// does.
func explainDateTime(s string) string {
	if s == "" {
		return "it is empty"
	}
	if isBlank(rune(s[0])) {
		return "a blank comes first"
	}
	var m moment
	rest, problem := m.cutDate(s)
	if problem != "" {
		return problem
	}
	if rest == "" {
		return "it has no time"
	}
	if rest[0] != 'T' {
		return "after the date comes " + quote(rest) + " instead of \"T\""
	}
	if rest, problem = m.cutTime(rest[1:]); problem != "" {
		return problem
	}
	zoned := rest != ""
	if rest, problem = cutZone(rest); problem != "" {
		return problem
	}
	if rest != "" && (!zoned || trimBlanks(rest) != "") {
		return "it goes on with " + quote(rest) + " after the time zone"
	}
	return ""
}

func isDate(s string) bool {
	var m moment
	rest, problem := m.cutDate(s)
	return problem == "" && isZone(rest)
}

func isTime(s string) bool {
	var m moment
	rest, problem := m.cutTime(strings.TrimLeft(s, " \t\r\n"))
	return problem == "" && isZone(rest)
}

func isGYear(s string) bool {
	var m moment
	rest, problem := m.cutYear(s)
	return problem == "" && isZone(rest)
}

func isGYearMonth(s string) bool {
	var m moment
	rest, problem := m.cutYear(s)
	if problem != "" || !strings.HasPrefix(rest, "-") {
		return false
	}
	rest, problem = m.cutMonth(rest[1:])
	return problem == "" && isZone(rest)
}

func isGMonth(s string) bool {
	s, ok := strings.CutPrefix(strings.TrimLeft(s, " \t\r\n"), "--")
	if !ok {
		return false
	}
	var m moment
	rest, problem := m.cutMonth(s)
	return problem == "" && isZone(rest)
}

func isGDay(s string) bool {
	s, ok := strings.CutPrefix(strings.TrimLeft(s, " \t\r\n"), "---")
	if !ok {
		return false
	}
	var m moment
	rest, problem := m.cutDay(s)
	return problem == "" && isZone(rest)
}

func isGMonthDay(s string) bool {
	s, ok := strings.CutPrefix(strings.TrimLeft(s, " \t\r\n"), "--")
	if !ok {
		return false
	}
	m := moment{year: 4} // --02-29 is a day
	rest, problem := m.cutMonth(s)
	if problem != "" || !strings.HasPrefix(rest, "-") {
		return false
	}
	rest, problem = m.cutDay(rest[1:])
	return problem == "" && m.day <= m.daysInMonth() && isZone(rest)
}

func (m *moment) cutDate(s string) (rest, problem string) {
	if rest, problem = m.cutYear(s); problem != "" {
		return "", problem
	}
	if !strings.HasPrefix(rest, "-") {
		return "", "it does not begin with a date such as 2026-01-31"
	}
	if rest, problem = m.cutMonth(rest[1:]); problem != "" {
		return "", problem
	}
	if !strings.HasPrefix(rest, "-") {
		return "", "its date has no day"
	}
	if rest, problem = m.cutDay(rest[1:]); problem != "" {
		return "", problem
	}
	if last := m.daysInMonth(); m.day > last {
		return "", "month " + strconv.Itoa(m.month) + " of that year has " + strconv.Itoa(last) + " days"
	}
	return rest, ""
}

func (m *moment) cutYear(s string) (rest, problem string) {
	digits := strings.TrimPrefix(s, "-")
	n := 0
	for n < len(digits) && isDigit(digits[n]) {
		n++
	}
	switch {
	case n == 0:
		return "", "it does not begin with a year"
	case n < 4:
		return "", "its year has fewer than four digits"
	case n > 4 && digits[0] == '0':
		return "", "its year has more than four digits and begins with a zero"
	}
	year, err := strconv.ParseInt(digits[:n], 10, 64)
	if err != nil {
		return "", "its year is too large"
	}
	if year == 0 {
		return "", "there is no year 0"
	}
	// Only the year's place in the 400-year cycle of leap years matters.
	m.year = int(year%400) + 400
	return digits[n:], ""
}

func (m *moment) cutMonth(s string) (rest, problem string) {
	var ok bool
	if m.month, rest, ok = cutTwoDigits(s); !ok {
		return "", "its month is not two digits"
	}
	if m.month < 1 || m.month > 12 {
		return "", "there is no month " + s[:2]
	}
	return rest, ""
}

func (m *moment) cutDay(s string) (rest, problem string) {
	var ok bool
	if m.day, rest, ok = cutTwoDigits(s); !ok {
		return "", "its day is not two digits"
	}
	if m.day < 1 || m.day > 31 {
		return "", "there is no day " + s[:2]
	}
	return rest, ""
}

func (m *moment) cutTime(s string) (rest, problem string) {
	var ok bool
	if m.hour, rest, ok = cutTwoDigits(s); !ok {
		return "", "its hour is not two digits"
	}
	if m.hour > 24 {
		return "", "there is no hour " + s[:2]
	}
	if !strings.HasPrefix(rest, ":") {
		return "", "no colon follows its hour"
	}
	minutes := rest[1:]
	if m.minute, rest, ok = cutTwoDigits(minutes); !ok {
		return "", "its minute is not two digits"
	}
	if m.minute > 59 {
		return "", "there is no minute " + minutes[:2]
	}
	if !strings.HasPrefix(rest, ":") {
		return "", "it has no seconds"
	}
	seconds := rest[1:]
	var whole int
	if whole, rest, ok = cutTwoDigits(seconds); !ok {
		return "", "its seconds are not two digits"
	}
	m.second = float64(whole)
	if strings.HasPrefix(rest, ".") {
		rest = rest[1:]
		if rest == "" || !isDigit(rest[0]) {
			return "", "no digit follows the point in its seconds"
		}
		// Added up digit by digit in floating point, as libxml2 does, so that
		// 59.99999999999999999999 is 60 here as it is there.
		for scale := 1.0; rest != "" && isDigit(rest[0]); rest = rest[1:] {
			scale /= 10
			m.second += float64(float64(rest[0]-'0') * scale)
		}
	}
	switch {
	case m.hour == 24 && (m.minute != 0 || m.second != 0):
		return "", "hour 24 can only be 24:00:00"
	case whole >= 60:
		return "", "there is no second " + seconds[:2]
	case m.second >= 60:
		return "", "its seconds have so many digits that they round up to 60"
	}
	return rest, ""
}

// daysInMonth returns the length of m's month.
func (m *moment) daysInMonth() int {
	switch m.month {
	case 2:
		if m.year%4 == 0 && m.year%100 != 0 || m.year%400 == 0 {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// cutZone cuts a time zone off s, which may be empty.
func cutZone(s string) (rest, problem string) {
	if s == "" {
		return "", ""
	}
	switch s[0] {
	case 'Z':
		return s[1:], ""
	case '+', '-':
	default:
		return "", "after the time comes " + quote(s) + " instead of a time zone"
	}
	hours, rest, ok := cutTwoDigits(s[1:])
	if !ok || !strings.HasPrefix(rest, ":") {
		return "", "its time zone is not written like +01:00"
	}
	minutes, rest, ok := cutTwoDigits(rest[1:])
	if !ok {
		return "", "its time zone is not written like +01:00"
	}
	const maxOffset = 14 * 60
	if hours > 23 || minutes > 59 || hours*60+minutes > maxOffset {
		return "", "there is no time zone " + quote(s[:len(s)-len(rest)])
	}
	return rest, ""
}

func isZone(s string) bool {
	rest, problem := cutZone(s)
	return problem == "" && rest == ""
}

func cutTwoDigits(s string) (n int, rest string, ok bool) {
	if len(s) < 2 || !isDigit(s[0]) || !isDigit(s[1]) {
		return 0, "", false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), s[2:], true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isDuration reports whether s is an xs:duration: P, then years, months and
// days, then T with hours, minutes and seconds, of which only the seconds may
// have a fraction. Blanks may come first, as in libxml2.
func isDuration(s string) bool {
	s = strings.TrimPrefix(strings.TrimLeft(s, " \t\r\n"), "-")
	s, ok := strings.CutPrefix(s, "P")
	if !ok || s == "" {
		return false
	}
	const designators, timePart, seconds = "YMDHMS", 3, 5
	var months, days uint64 // sums that libxml2 keeps in 64 bits
	for next := 0; s != ""; next++ {
		switch {
		case next > seconds:
			return false
		case s[0] == 'T' && next <= timePart:
			s, next = s[1:], timePart
		case s[0] == 'T' || next == timePart:
			return false
		}
		digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
		number, hasDigits := uint64(0), digits > 0
		if hasDigits {
			var err error
			if number, err = strconv.ParseUint(s[:digits], 10, 63); err != nil {
				return false
			}
		}
		s = s[digits:]
		fraction := strings.HasPrefix(s, ".")
		if fraction {
			after := strings.TrimLeft(s[1:], "0123456789")
			hasDigits = hasDigits || len(after) < len(s)-1
			s = after
		}
		for {
			if s != "" && s[0] == designators[next] {
				break
			}
			if next++; next == timePart || next == len(designators) {
				return false
			}
		}
		s = s[1:]
		if !hasDigits || fraction && next != seconds {
			return false
		}
		switch next {
		case 0:
			if number > math.MaxInt64/12 {
				return false
			}
			months = number * 12
		case 1:
			months += number
		case 2:
			days = number
		default:
			days += number / [...]uint64{24, 24 * 60, 24 * 60 * 60}[next-timePart]
		}
		if months > math.MaxInt64 || days > math.MaxInt64 {
			return false
		}
	}
	return true
}
