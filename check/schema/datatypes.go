package schema

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A datatype is a simple type: the rule that a string must follow.
type datatype struct {
	// what continues "must be", e.g. "a date and time such as …".
	what string
	// valid decides; nil allows every string.
	valid func(string) bool
	// explain says what is wrong with an invalid string, as a clause about
	// "it"; nil, or an empty answer, when there is nothing to add to what.
	explain func(string) string
	// oneOf are the only values allowed, when not empty.
	oneOf []string
	// maxLength limits the characters left after blanks around are trimmed; 0
	// does not.
	maxLength int
	// item makes this a list, separated by blanks, of another type.
	item *datatype

	isID    bool // values are unique in the document
	isQName bool // the prefix must be declared
}

// check reports whether value follows d, and if not, what is wrong with it, a
// clause that may be empty. Uniqueness of IDs and prefixes of QNames are not its
// business.
func (d *datatype) check(value string) (problem string, ok bool) {
	if d.item != nil {
		for item := range strings.FieldsFuncSeq(value, isBlank) {
			if problem, ok := d.item.check(item); !ok {
				if problem == "" {
					return "its item " + quote(item) + " is not", false
				}
				return "of its item " + quote(item) + ": " + problem, false
			}
		}
		return "", true
	}
	if d.valid != nil && !d.valid(value) {
		if inner := trimBlanks(value); inner != value && d.valid(inner) {
			return "blanks around it are not allowed", false
		}
		if d.explain != nil {
			problem = d.explain(value)
		}
		return problem, false
	}
	if d.maxLength > 0 && len(value) > d.maxLength {
		if n := utf8.RuneCountInString(strings.Join(strings.Fields(value), " ")); n > d.maxLength {
			return "it has " + strconv.Itoa(n) + " characters", false
		}
	}
	if len(d.oneOf) > 0 {
		if slices.Contains(d.oneOf, value) {
			return "", true
		}
		return explainChoice(value, d.oneOf), false
	}
	return "", true
}

func explainChoice(value string, choices []string) string {
	for _, choice := range choices {
		switch {
		case trimBlanks(value) == choice:
			return "blanks around it are not allowed"
		case strings.EqualFold(value, choice):
			return "upper and lower case matter"
		}
	}
	return ""
}

// trimmed makes a rule about a value without the blanks around it.
func trimmed(valid func(string) bool) func(string) bool {
	return func(s string) bool { return valid(trimBlanks(s)) }
}

func never(string) bool { return false }

// A builtin is one of the types of namespace http://www.w3.org/2001/XMLSchema.
type builtin struct {
	name, base string
	listOf     string
	datatype
}

// builtins lists the simple types that XML Schema part 2 defines, each after its
// base.
func builtins() []builtin {
	const dateTimeWhat = `a date and time such as "2026-01-31T09:30:00Z"`
	ncName := datatype{
		what:    `a name that starts with a letter or "_" and goes on with letters, digits, ".", "-" and "_"`,
		valid:   trimmed(isNCName),
		explain: func(s string) string { return explainNCName(trimBlanks(s)) },
	}
	id := ncName
	id.isID = true
	integer := func(what string, t integerType) datatype { return datatype{what: what, valid: t.valid} }
	return []builtin{
		{name: "anySimpleType", base: "anyType"},
		{name: "string", base: "anySimpleType"},
		{name: "decimal", base: "anySimpleType", datatype: datatype{what: "a decimal number", valid: isDecimal}},
		{name: "date", base: "anySimpleType", datatype: datatype{what: `a date such as "2026-01-31"`, valid: isDate}},
		{name: "dateTime", base: "anySimpleType", datatype: datatype{
			what: dateTimeWhat, valid: isDateTime, explain: explainDateTime,
		}},
		{name: "time", base: "anySimpleType", datatype: datatype{what: `a time such as "09:30:00Z"`, valid: isTime}},
		{name: "gYear", base: "anySimpleType", datatype: datatype{what: `a year such as "2026"`, valid: isGYear}},
		{name: "gYearMonth", base: "anySimpleType", datatype: datatype{
			what: `a month of a year such as "2026-01"`, valid: isGYearMonth,
		}},
		{name: "gMonth", base: "anySimpleType", datatype: datatype{what: `a month such as "--01"`, valid: isGMonth}},
		{name: "gMonthDay", base: "anySimpleType", datatype: datatype{
			what: `a day of the year such as "--01-31"`, valid: isGMonthDay,
		}},
		{name: "gDay", base: "anySimpleType", datatype: datatype{
			what: `a day of the month such as "---31"`, valid: isGDay,
		}},
		{name: "duration", base: "anySimpleType", datatype: datatype{
			what: `a duration such as "P1D" or "PT8H30M"`, valid: isDuration,
		}},
		{name: "float", base: "anySimpleType", datatype: datatype{what: "a number", valid: isFloat}},
		{name: "double", base: "anySimpleType", datatype: datatype{what: "a number", valid: isFloat}},
		{name: "boolean", base: "anySimpleType", datatype: datatype{
			what: `"true", "false", "1" or "0"`, valid: isBoolean,
			explain: func(s string) string {
				return explainChoice(s, []string{"true", "false"})
			},
		}},
		{name: "anyURI", base: "anySimpleType", datatype: datatype{what: "a URI", valid: isURI, explain: explainURI}},
		{name: "hexBinary", base: "anySimpleType", datatype: datatype{
			what: "pairs of hexadecimal digits", valid: isHexBinary,
		}},
		{name: "base64Binary", base: "anySimpleType", datatype: datatype{
			what: "base64", valid: isBase64, explain: explainBase64,
		}},
		// A notation or an entity would have to be declared, and no schema here
		// and no document that is read declares one.
		{name: "NOTATION", base: "anySimpleType", datatype: datatype{what: "a declared notation", valid: never}},
		{name: "QName", base: "anySimpleType", datatype: datatype{
			what: `an XML name with a declared prefix such as "xs:string"`, valid: trimmed(isQName), isQName: true,
		}},
		{name: "integer", base: "decimal", datatype: integer("a whole number", integerType{blanks: true})},
		{name: "nonPositiveInteger", base: "integer", datatype: integer("a whole number of 0 or less",
			integerType{positive: "0", blanks: true})},
		{name: "negativeInteger", base: "nonPositiveInteger", datatype: integer("a whole number below 0",
			integerType{positive: "0", notZero: true, blanks: true})},
		{name: "long", base: "integer", datatype: integer("a whole number of 64 bits",
			integerType{negative: "9223372036854775808", positive: "9223372036854775807"})},
		{name: "int", base: "long", datatype: integer("a whole number of 32 bits",
			integerType{negative: "2147483648", positive: "2147483647"})},
		{name: "short", base: "int", datatype: integer("a whole number from -32768 to 32767",
			integerType{negative: "32768", positive: "32767"})},
		{name: "byte", base: "short", datatype: integer("a whole number from -128 to 127",
			integerType{negative: "128", positive: "127"})},
		{name: "nonNegativeInteger", base: "integer", datatype: integer("a whole number of 0 or more",
			integerType{negative: "0", blanks: true})},
		{name: "unsignedLong", base: "nonNegativeInteger", datatype: integer("a whole number from 0 to 18446744073709551615",
			integerType{positive: "18446744073709551615", unsigned: true})},
		{name: "unsignedInt", base: "unsignedLong", datatype: integer("a whole number from 0 to 4294967295",
			integerType{positive: "4294967295", unsigned: true})},
		{name: "unsignedShort", base: "unsignedInt", datatype: integer("a whole number from 0 to 65535",
			integerType{positive: "65535", unsigned: true})},
		{name: "unsignedByte", base: "unsignedShort", datatype: integer("a whole number from 0 to 255",
			integerType{positive: "255", unsigned: true})},
		{name: "positiveInteger", base: "nonNegativeInteger", datatype: integer("a whole number of 1 or more",
			integerType{negative: "0", notZero: true, blanks: true})},
		{name: "normalizedString", base: "string"},
		{name: "token", base: "normalizedString"},
		{name: "language", base: "token", datatype: datatype{
			what: `a language tag such as "en" or "pt-BR"`, valid: trimmed(isLanguage),
		}},
		{name: "Name", base: "token", datatype: datatype{what: "an XML name", valid: trimmed(isName)}},
		{name: "NMTOKEN", base: "token", datatype: datatype{
			what: `letters, digits, ".", "-", "_" and ":" only`, valid: trimmed(isNMToken),
		}},
		{name: "NCName", base: "Name", datatype: ncName},
		{name: "ID", base: "NCName", datatype: id},
		{name: "IDREF", base: "NCName", datatype: ncName},
		{name: "ENTITY", base: "NCName", datatype: datatype{what: "a declared entity", valid: never}},
		{name: "ENTITIES", base: "anySimpleType", listOf: "ENTITY"},
		{name: "IDREFS", base: "anySimpleType", listOf: "IDREF"},
		{name: "NMTOKENS", base: "anySimpleType", listOf: "NMTOKEN"},
	}
}

// globalAttributes are the attributes that namespace
// http://www.w3.org/XML/1998/namespace declares.
func globalAttributes(types map[expandedName]*typeDefinition) map[string]*datatype {
	builtin := func(name string) *datatype { return types[expandedName{schemaNamespace, name}].value }
	return map[string]*datatype{
		"lang": {
			what:  `a language tag such as "en", or empty`,
			valid: func(s string) bool { return s == "" || isLanguage(trimBlanks(s)) },
		},
		"space": {
			what:  `"default" or "preserve"`,
			valid: func(s string) bool { s = trimBlanks(s); return s == "default" || s == "preserve" },
		},
		"base": builtin("anyURI"),
		"id":   builtin("ID"),
	}
}
