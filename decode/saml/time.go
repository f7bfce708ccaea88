package saml

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Zone says how a time names its zone.
type Zone int

// The ways to name a zone. SAML wants Z (saml-core section 1.3.3).
const (
	ZoneUTC    Zone = iota // Z
	ZoneOffset             // +01:00
	ZoneNone               // none: taken as UTC, as every service does
)

// ErrNoTime is the error for a value that is not there.
var ErrNoTime = errors.New("there is no time")

// Time reads v as xs:dateTime; see [ParseTime]. Of a nil v it is [ErrNoTime].
func (v *Value) Time() (time.Time, error) {
	if v == nil {
		return time.Time{}, ErrNoTime
	}
	t, _, err := ParseTime(v.Text)
	return t, err
}

// ParseTime reads s as xs:dateTime (XML Schema part 2, section 3.2.7) and
// nothing else: upper case T and Z, no leap second, 24:00:00 as the first
// instant of the next day, any number of digits in the fraction of which nine
// count, blanks only around the whole. A time without a zone is read as UTC. The
// error is half a sentence that says
// what is wrong with s, fit to follow "because".
func ParseTime(s string) (time.Time, Zone, error) {
	p := dateTimeReader{rest: strings.Trim(s, " \t\r\n")}
	year := p.year()
	p.literal('-', "between year and month")
	month := p.two("month", 1, 12)
	p.literal('-', "between month and day")
	day := p.two("day", 1, 31)
	if p.err == nil && day > daysIn(year, month) {
		p.fail("the month has no day %d", day)
	}
	p.literal('T', "between date and time")
	hour := p.two("hour", 0, 24)
	p.literal(':', "between hour and minute")
	minute := p.two("minute", 0, 59)
	p.literal(':', "between minute and second")
	second := p.two("second", 0, 59)
	nano, fraction := p.fraction()
	if p.err == nil && hour == 24 && (minute != 0 || second != 0 || fraction) {
		p.fail("hour 24 allows only 24:00:00")
	}
	z, offset := p.zone()
	if p.err == nil && p.rest != "" {
		p.fail("%s follows the time", strconv.Quote(p.rest))
	}
	if p.err != nil {
		return time.Time{}, z, p.err
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nano, time.UTC)
	return t.Add(-offset), z, nil
}

// dateTimeReader takes an xs:dateTime apart from the left; after the first
// error it does nothing more.
type dateTimeReader struct {
	rest string
	err  error
}

func (p *dateTimeReader) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *dateTimeReader) year() int {
	sign := 1
	if rest, ok := strings.CutPrefix(p.rest, "-"); ok {
		sign, p.rest = -1, rest
	}
	n := 0
	for n < len(p.rest) && isDigit(p.rest[n]) {
		n++
	}
	digits := p.rest[:n]
	p.rest = p.rest[n:]
	switch {
	case n < 4:
		p.fail("it does not begin with a year of four digits")
		return 0
	case n > 4 && digits[0] == '0':
		p.fail("the year %s has leading zeros", strconv.Quote(digits))
		return 0
	case n > 6:
		p.fail("the year %s is too far away to reckon with", strconv.Quote(digits))
		return 0
	}
	year, _ := strconv.Atoi(digits) // at most six digits
	if year == 0 {
		p.fail("there is no year 0000")
	}
	return sign * year
}

func (p *dateTimeReader) literal(c byte, where string) {
	switch {
	case p.err != nil:
	case p.rest == "":
		p.fail("it ends where %q %s is due", string(c), where)
	case p.rest[0] != c:
		p.fail("%q stands where %q %s is due", firstChar(p.rest), string(c), where)
	default:
		p.rest = p.rest[1:]
	}
}

func (p *dateTimeReader) two(what string, low, high int) int {
	if p.err != nil {
		return 0
	}
	if len(p.rest) < 2 || !isDigit(p.rest[0]) || !isDigit(p.rest[1]) {
		p.fail("the %s is not two digits", what)
		return 0
	}
	n := int(p.rest[0]-'0')*10 + int(p.rest[1]-'0')
	if n < low || n > high {
		p.fail("there is no %s %02d", what, n)
		return 0
	}
	p.rest = p.rest[2:]
	return n
}

// fraction reads the fraction of a second in nanoseconds; nonZero says that some
// digit of it, however far out, is not zero.
func (p *dateTimeReader) fraction() (nano int, nonZero bool) {
	if p.err != nil || !strings.HasPrefix(p.rest, ".") {
		return 0, false
	}
	n := 1
	for scale := int(time.Second / 10); n < len(p.rest) && isDigit(p.rest[n]); n++ {
		digit := int(p.rest[n] - '0')
		nonZero = nonZero || digit != 0
		nano += digit * scale
		scale /= 10
	}
	if n == 1 {
		p.fail("no digit follows the decimal point")
	}
	p.rest = p.rest[n:]
	return nano, nonZero
}

func (p *dateTimeReader) zone() (Zone, time.Duration) {
	if p.err != nil || p.rest == "" {
		return ZoneNone, 0
	}
	sign := time.Duration(1)
	switch p.rest[0] {
	case 'Z':
		p.rest = p.rest[1:]
		return ZoneUTC, 0
	case '+':
	case '-':
		sign = -1
	default:
		p.fail("%s is no time zone", strconv.Quote(p.rest))
		return ZoneNone, 0
	}
	p.rest = p.rest[1:]
	hour := p.two("hour of the time zone", 0, 14)
	p.literal(':', "inside the time zone")
	minute := p.two("minute of the time zone", 0, 59)
	if p.err == nil && hour == 14 && minute != 0 {
		p.fail("no time zone is more than 14 hours off")
	}
	return ZoneOffset, sign * (time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func firstChar(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}
