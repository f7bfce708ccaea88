package repair

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cases are values whose letters changed case: as a copy elsewhere has them, in
// all values of a kind at once, then in one after the other.
func (p *part) cases() iter.Seq[hypothesis] {
	return concat(p.places(p.texts, caseChanges...), p.places(p.values, caseChanges...))
}

var caseChanges = []change{
	of(strings.ToLower), of(strings.ToUpper), of(domain(strings.ToLower)), of(capital), of(words), of(uncapital),
	of(domain(capital)), of(domain(strings.ToUpper)), of(local(strings.ToLower)), of(local(words)), of(local(strings.ToUpper)),
}

// casesCommon are as a copy elsewhere has them, and all values of a kind at once.
func (p *part) casesCommon() iter.Seq[hypothesis] {
	fold := map[string][]string{}
	for _, c := range p.copies() {
		fold[strings.ToLower(c)] = append(fold[strings.ToLower(c)], c)
	}
	elsewhere := func(s *slot) iter.Seq[string] {
		return func(yield func(string) bool) {
			for _, c := range fold[strings.ToLower(s.value)] {
				if c != s.value && !yield(c) {
					return
				}
			}
		}
	}
	mails := func(f change) change {
		return func(s *slot) string {
			if !strings.Contains(s.value, "@") || strings.Contains(s.value, "/") {
				return s.value
			}
			return f(s)
		}
	}
	var all []change
	for _, f := range caseChanges {
		all = append(all, mails(f), readable(f))
	}
	return concat(p.variants(p.values, elsewhere), p.attributeNames(), p.whole(p.values, all...), p.places(p.texts, caseChanges[:6]...))
}

// usualNames are the last parts of the names that attributes have, as directories
// and claim types write them.
var usualNames = []string{
	"displayName", "givenName", "surName", "firstName", "lastName", "fullName", "userName", "nickName", "emailAddress", "eMail",
	"userPrincipalName", "sAMAccountName", "memberOf", "employeeNumber", "employeeID", "employeeType", "departmentNumber",
	"postalAddress", "postalCode", "streetAddress", "countryName", "localityName", "stateOrProvinceName", "organizationName", "companyName",
	"telephoneNumber", "mobilePhone", "facsimileTelephoneNumber", "homePhone", "preferredLanguage", "jobTitle", "costCenter",
	"distinguishedName", "objectGUID", "objectIdentifier", "tenantID", "tenantId", "userId", "userID", "externalId", "externalID", "uniqueId",
	"eduPersonPrincipalName", "eduPersonAffiliation", "eduPersonScopedAffiliation", "eduPersonPrimaryAffiliation", "eduPersonEntitlement",
	"eduPersonTargetedID", "eduPersonUniqueId", "eduPersonAssurance", "eduPersonOrcid", "schacHomeOrganization", "schacHomeOrganizationType",
	"Role", "RoleSessionName", "SessionDuration", "Groups", "Group", "Department", "Title", "Email", "Name", "Company", "Division", "Manager",
	"FirstName", "LastName", "DisplayName", "EmailAddress", "UserName", "User.Email", "User.FirstName", "User.LastName", "updateTimeStamp",
}

// attributeNames are names of attributes in the usual case: all, then each.
func (p *part) attributeNames() iter.Seq[hypothesis] {
	usual := map[string][]string{}
	for _, n := range usualNames {
		usual[strings.ToLower(n)] = append(usual[strings.ToLower(n)], n)
	}
	names := slices.DeleteFunc(slices.Clone(p.values), func(s slot) bool {
		return s.attr == nil || s.inner || s.attr.Name.Local != "Name" && s.attr.Name.Local != "FriendlyName"
	})
	var changes []change
	for i := range 2 {
		changes = append(changes, of(func(v string) string {
			at := strings.LastIndexAny(v, "/:") + 1
			if list := usual[strings.ToLower(v[at:])]; i < len(list) {
				return v[:at] + list[i]
			}
			return v
		}))
	}
	// Who wrote the one name wrote the same name elsewhere.
	alike := func(yield func(hypothesis) bool) {
		for _, f := range changes {
			seen := map[string]bool{}
			for i := range names {
				last := strings.ToLower(names[i].value[strings.LastIndexAny(names[i].value, "/:")+1:])
				if seen[last] || f(&names[i]) == names[i].value {
					continue
				}
				seen[last] = true
				same := func(s *slot) string {
					if !strings.HasSuffix(strings.ToLower(s.value), last) {
						return s.value
					}
					return f(s)
				}
				if !yield(hypothesis{edits: p.rewrite(names, same)}) {
					return
				}
			}
		}
	}
	all := func(yield func(hypothesis) bool) {
		for _, f := range changes {
			if !yield(hypothesis{edits: p.rewrite(names, f)}) {
				return
			}
		}
	}
	return concat(all, alike, p.places(names, changes...))
}

func capital(v string) string {
	r, n := utf8.DecodeRuneInString(v)
	return string(unicode.ToUpper(r)) + v[n:]
}

func uncapital(v string) string {
	r, n := utf8.DecodeRuneInString(v)
	if n == 0 {
		return v
	}
	return string(unicode.ToLower(r)) + v[n:]
}

// words begins every word with a capital and goes on in small letters.
func words(v string) string {
	var b strings.Builder
	start := true
	for _, r := range v {
		if start {
			b.WriteRune(unicode.ToUpper(r))
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
		start = !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	}
	return b.String()
}

// domain applies f to what follows the "@" of an e-mail address, or to the host
// of a URL.
func domain(f func(string) string) func(string) string {
	return func(v string) string {
		if before, after, ok := strings.Cut(v, "@"); ok {
			return before + "@" + f(after)
		}
		if before, after, ok := strings.Cut(v, "://"); ok {
			end := strings.IndexAny(after, "/?#")
			if end < 0 {
				end = len(after)
			}
			return before + "://" + f(after[:end]) + after[end:]
		}
		return v
	}
}

// local applies f to what stands before the "@" of an e-mail address, or to the
// path of a URL.
func local(f func(string) string) func(string) string {
	return func(v string) string {
		if before, after, ok := strings.Cut(v, "@"); ok {
			return f(before) + "@" + after
		}
		if before, after, ok := strings.Cut(v, "://"); ok {
			if i := strings.IndexByte(after, '/'); i >= 0 {
				return before + "://" + after[:i] + f(after[i:])
			}
		}
		return v
	}
}
