package metadata

import (
	"errors"
	"fmt"
	"iter"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// ASN.1 identifier octets that occur in certificates and keys.
const (
	tagInteger         = 0x02
	tagBitString       = 0x03
	tagOctetString     = 0x04
	tagOID             = 0x06
	tagUTF8String      = 0x0c
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
	tagUniversalString = 0x1c
	tagBMPString       = 0x1e
	tagSequence        = 0x30
	tagSet             = 0x31
	tagContext0        = 0xa0
)

// element is one ASN.1 element of definite length. Unlike encoding/asn1 it
// takes lengths that are not written in the shortest form: some certificates
// in use have them.
type element struct {
	tag            byte
	content, whole []byte
}

type truncatedError struct{ want, have int }

func (e *truncatedError) Error() string {
	return fmt.Sprintf("%d bytes announced, %d there", e.want, e.have)
}

var errNotDER = errors.New("not DER")

// readElement reads the first element of b.
func readElement(b []byte) (e element, rest []byte, err error) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return e, nil, errNotDER
	}
	header, length := 2, int(b[1])
	if b[1] >= 0x80 {
		n := int(b[1] & 0x7f)
		if n == 0 || n > 4 || len(b) < 2+n {
			return e, nil, errNotDER
		}
		length = 0
		for _, v := range b[2 : 2+n] {
			length = length<<8 | int(v)
		}
		header += n
	}
	if length < 0 || length > len(b)-header {
		return e, nil, &truncatedError{want: header + length, have: len(b)}
	}
	end := header + length
	return element{tag: b[0], content: b[header:end:end], whole: b[:end:end]}, b[end:], nil
}

// elements yields the elements of b, one after the other, as far as they can
// be read.
func elements(b []byte) iter.Seq[element] {
	return func(yield func(element) bool) {
		for len(b) > 0 {
			e, rest, err := readElement(b)
			if err != nil || !yield(e) {
				return
			}
			b = rest
		}
	}
}

// maxChildren bounds what a hostile file can make of a few bytes each.
const maxChildren = 4096

// children are the elements in a constructed one; with an error come those
// before it.
func (e element) children() ([]element, error) {
	if e.tag&0x20 == 0 {
		return nil, errNotDER
	}
	var list []element
	for rest := e.content; len(rest) > 0; {
		c, r, err := readElement(rest)
		if err != nil {
			return list, err
		}
		if len(list) == maxChildren {
			return list, errNotDER
		}
		list, rest = append(list, c), r
	}
	return list, nil
}

// tags are the tags of up to n children, fewer where they cannot be read.
func (e element) tags(n int) []byte {
	var tags []byte
	if e.tag&0x20 == 0 {
		return nil
	}
	for c := range elements(e.content) {
		if len(tags) == n {
			break
		}
		tags = append(tags, c.tag)
	}
	return tags
}

func startsWith(tags []byte, want ...byte) bool {
	return len(tags) >= len(want) && slices.Equal(tags[:len(want)], want)
}

// classifyDER tells what the outermost element is by the tags inside it.
func classifyDER(outer element) Found {
	if outer.tag != tagSequence {
		return FoundUnknown
	}
	tags := outer.tags(10)
	first, _, _ := readElement(outer.content)
	switch {
	case startsWith(tags, tagSequence, tagSequence, tagBitString):
		inner := first.tags(6)
		switch {
		case startsWith(inner, tagContext0),
			startsWith(inner, tagInteger, tagSequence, tagSequence, tagSequence, tagSequence):
			return FoundCertificate
		case startsWith(inner, tagInteger, tagSequence, tagSequence, tagContext0):
			return FoundRequest
		}
		return FoundCRL
	case startsWith(tags, tagSequence, tagBitString):
		return FoundPublicKey
	case startsWith(tags, tagSequence, tagOctetString):
		return FoundPrivateKey // PKCS #8, encrypted
	case startsWith(tags, tagInteger, tagSequence, tagOctetString), // PKCS #8
		startsWith(tags, tagInteger, tagOctetString),                                               // SEC 1
		len(tags) >= 6 && !slices.ContainsFunc(tags, func(t byte) bool { return t != tagInteger }): // PKCS #1, DSA
		return FoundPrivateKey
	case startsWith(tags, tagInteger, tagSequence):
		return FoundPKCS12
	case slices.Equal(tags, []byte{tagInteger, tagInteger}):
		return foundPKCS1
	case startsWith(tags, tagOID, tagContext0) && oid(first) == "1.2.840.113549.1.7.2":
		return foundPKCS7
	}
	return FoundUnknown
}

// certificatesOfPKCS7 are the certificates in a SignedData (RFC 5652 section 5.1).
func certificatesOfPKCS7(outer element) []element {
	info, err := outer.children()
	if err != nil || len(info) < 2 {
		return nil
	}
	signed, _, err := readElement(info[1].content)
	if err != nil {
		return nil
	}
	fields, _ := signed.children()
	for _, f := range fields {
		if f.tag == tagContext0 {
			list, _ := f.children()
			return slices.DeleteFunc(list, func(e element) bool { return e.tag != tagSequence })
		}
	}
	return nil
}

// oid writes an OBJECT IDENTIFIER with dots; "" when e is none.
func oid(e element) string {
	if e.tag != tagOID || len(e.content) == 0 || len(e.content) > 64 {
		return ""
	}
	var arcs []string
	var v uint64
	for i, b := range e.content {
		if v > 1<<56 {
			return ""
		}
		v = v<<7 | uint64(b&0x7f)
		if b&0x80 != 0 {
			if i == len(e.content)-1 {
				return ""
			}
			continue
		}
		if len(arcs) == 0 {
			first := min(v/40, 2)
			arcs = append(arcs, strconv.FormatUint(first, 10))
			v -= 40 * first
		}
		arcs = append(arcs, strconv.FormatUint(v, 10))
		v = 0
	}
	return strings.Join(arcs, ".")
}

// algorithmOID is the identifier in an AlgorithmIdentifier, and its parameters.
func algorithmOID(e element) (string, element) {
	fields, _ := e.children()
	switch len(fields) {
	case 0:
		return "", element{}
	case 1:
		return oid(fields[0]), element{}
	}
	return oid(fields[0]), fields[1]
}

func signatureAlgorithm(e element) string {
	id, _ := algorithmOID(e)
	switch id {
	case "1.2.840.113549.1.1.2":
		return "MD2-RSA"
	case "1.2.840.113549.1.1.4":
		return "MD5-RSA"
	case "1.2.840.113549.1.1.5", "1.3.14.3.2.29":
		return "SHA1-RSA"
	case "1.2.840.113549.1.1.10":
		return "RSASSA-PSS"
	case "1.2.840.113549.1.1.11":
		return "SHA256-RSA"
	case "1.2.840.113549.1.1.12":
		return "SHA384-RSA"
	case "1.2.840.113549.1.1.13":
		return "SHA512-RSA"
	case "1.2.840.113549.1.1.14":
		return "SHA224-RSA"
	case "1.2.840.10040.4.3":
		return "DSA-SHA1"
	case "2.16.840.1.101.3.4.3.2":
		return "DSA-SHA256"
	case "1.2.840.10045.4.1":
		return "ECDSA-SHA1"
	case "1.2.840.10045.4.3.2":
		return "ECDSA-SHA256"
	case "1.2.840.10045.4.3.3":
		return "ECDSA-SHA384"
	case "1.2.840.10045.4.3.4":
		return "ECDSA-SHA512"
	case "1.3.101.112":
		return "Ed25519"
	case "":
		return "unknown"
	}
	return id
}

// signedInteger reads INTEGER contents as two's complement, the way serial
// numbers are meant even when they should not have been negative.
func signedInteger(b []byte) *big.Int {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}

// parseTime reads UTCTime and GeneralizedTime, also in the forms that DER does
// not allow: without seconds, with an offset, with fractions. The zero time
// stands for anything else.
func parseTime(e element) time.Time {
	if len(e.content) > 40 {
		return time.Time{}
	}
	var layouts []string
	switch e.tag {
	case tagUTCTime:
		layouts = []string{"060102150405Z0700", "0601021504Z0700"}
	case tagGeneralizedTime:
		layouts = []string{"20060102150405Z0700", "20060102150405.999999999Z0700", "20060102150405", "200601021504Z0700"}
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, string(e.content))
		if err != nil {
			continue
		}
		// Two-digit years reach from 1950 to 2049 (RFC 5280 section 4.1.2.5.1);
		// the time package splits them at 1969.
		if e.tag == tagUTCTime && t.Year() >= 2050 {
			t = t.AddDate(-100, 0, 0)
		}
		return t.UTC()
	}
	return time.Time{}
}

// distinguishedName writes a Name as RFC 4514 says, most specific part first.
func distinguishedName(e element) string {
	rdns, _ := e.children()
	var parts []string
	for _, rdn := range slices.Backward(rdns) {
		attributes, _ := rdn.children()
		var values []string
		for _, a := range attributes {
			fields, _ := a.children()
			if len(fields) < 2 {
				continue
			}
			values = append(values, attributeType(oid(fields[0]))+"="+escapeDN(directoryString(fields[1])))
		}
		if len(values) > 0 {
			parts = append(parts, strings.Join(values, "+"))
		}
	}
	return strings.Join(parts, ",")
}

func attributeType(id string) string {
	switch id {
	case "2.5.4.3":
		return "CN"
	case "2.5.4.4":
		return "SN"
	case "2.5.4.5":
		return "serialNumber"
	case "2.5.4.6":
		return "C"
	case "2.5.4.7":
		return "L"
	case "2.5.4.8":
		return "ST"
	case "2.5.4.9":
		return "STREET"
	case "2.5.4.10":
		return "O"
	case "2.5.4.11":
		return "OU"
	case "2.5.4.12":
		return "title"
	case "2.5.4.42":
		return "GN"
	case "0.9.2342.19200300.100.1.1":
		return "UID"
	case "0.9.2342.19200300.100.1.25":
		return "DC"
	case "1.2.840.113549.1.9.1":
		return "emailAddress"
	case "":
		return "?"
	}
	return id
}

// directoryString decodes the string types a Name may hold.
func directoryString(e element) string {
	switch e.tag {
	case tagBMPString:
		units := make([]uint16, 0, len(e.content)/2)
		for i := 0; i+1 < len(e.content); i += 2 {
			units = append(units, uint16(e.content[i])<<8|uint16(e.content[i+1]))
		}
		return string(utf16.Decode(units))
	case tagUniversalString:
		var s strings.Builder
		for i := 0; i+3 < len(e.content); i += 4 {
			s.WriteRune(rune(uint32(e.content[i])<<24 | uint32(e.content[i+1])<<16 | uint32(e.content[i+2])<<8 | uint32(e.content[i+3])))
		}
		return s.String()
	}
	if e.tag == tagUTF8String || utf8.Valid(e.content) {
		return strings.ToValidUTF8(string(e.content), "\uFFFD")
	}
	// TeletexString is ISO-8859-1 in practice.
	runes := make([]rune, len(e.content))
	for i, b := range e.content {
		runes[i] = rune(b)
	}
	return string(runes)
}

// escapeDN escapes what RFC 4514 section 2.4 asks for, and control characters.
func escapeDN(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\%02X`, r)
			continue
		case strings.ContainsRune(`"+,;<>\`, r), r == '#' && i == 0, r == ' ' && (i == 0 || i == len(s)-1):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
