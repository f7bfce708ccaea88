package xmldsig

import (
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// inheritedXMLAttrs are the attributes of the xml namespace that apex takes
// from its ancestors. Canonical XML 1.0 takes the nearest of each; 1.1 takes
// only xml:lang and xml:space, and joins xml:base along the way. It is false
// when that costs more than m allows.
func inheritedXMLAttrs(apex *xmldoc.Node, s Selection, v11 bool, m *meter) ([]xmldoc.Attr, bool) {
	var attrs []xmldoc.Attr
	var bases []string // from the apex outwards
	seen := map[string]bool{}
	for n := apex; n != nil; n = s.enclosing(n) {
		own := n.Attrs()
		if !m.spend(len(own)) {
			return nil, false
		}
		for i := range own {
			a := &own[i]
			local := a.Name.Local
			switch {
			case a.Name.Space != xmldoc.XMLNamespace:
			case v11 && local == "base":
				bases = append(bases, a.Value)
			case seen[local]:
			case n == apex:
				seen[local] = true
			case !v11 || local == "lang" || local == "space":
				seen[local] = true
				// Its place is left out: it may be one in another document.
				attrs = append(attrs, xmldoc.Attr{Name: a.Name, Value: a.Value})
			}
		}
	}
	if len(bases) == 0 || len(bases) == 1 && apex.Attr(xmldoc.XMLNamespace, "base") != nil {
		return attrs, true
	}
	value := bases[len(bases)-1]
	for i := len(bases) - 2; i >= 0; i-- {
		value = joinURI(value, bases[i])
		if !m.spend(len(value)) {
			return nil, false
		}
	}
	name := xmldoc.Name{Space: xmldoc.XMLNamespace, Prefix: "xml", Local: "base"}
	return append(attrs, xmldoc.Attr{Name: name, Value: value}), true
}

// joinURI resolves ref against base as Canonical XML 1.1 section 2.4 wants it:
// RFC 3986 section 5.2 on references that may themselves be relative, keeping
// leading ".." segments.
func joinURI(base, ref string) string {
	if ref == "" {
		return base
	}
	if hasScheme(ref) {
		return ref
	}
	scheme, authority, path := splitURI(base)
	_, refAuthority, refPath := splitURI(ref)
	switch {
	case strings.HasPrefix(ref, "//"):
		authority, path = refAuthority, refPath
	case strings.HasPrefix(refPath, "/"):
		path = refPath
	default:
		path, _, _ = strings.Cut(path, "?")
		path, _, _ = strings.Cut(path, "#")
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			path = path[:i+1] + refPath
		} else {
			path = refPath
		}
		if authority != "" && !strings.HasPrefix(path, "/") {
			path = "/" + path
		}
	}
	return scheme + authority + removeDots(path)
}

// splitURI cuts a reference into "scheme:", "//authority" and the rest.
func splitURI(s string) (scheme, authority, path string) {
	if hasScheme(s) {
		i := strings.IndexByte(s, ':') + 1
		scheme, s = s[:i], s[i:]
	}
	if strings.HasPrefix(s, "//") {
		i := strings.IndexAny(s[2:], "/?#")
		if i < 0 {
			return scheme, s, ""
		}
		authority, s = s[:i+2], s[i+2:]
	}
	return scheme, authority, s
}

// removeDots removes "." and ".." segments, but keeps ".." that lead out of a
// relative path.
func removeDots(path string) string {
	rest := ""
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path, rest = path[:i], path[i:]
	}
	rooted := strings.HasPrefix(path, "/")
	var out []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch {
		case s == ".":
			if last {
				out = append(out, "")
			}
		case s == "..":
			if len(out) > 0 && out[len(out)-1] != ".." {
				out = out[:len(out)-1]
			} else if !rooted {
				out = append(out, "..")
			}
			if last && (len(out) == 0 || out[len(out)-1] != "") {
				out = append(out, "")
			}
		case s == "" && !last && len(out) > 0:
			// 1.1 section 2.4 collapses "//" inside a path.
		default:
			out = append(out, s)
		}
	}
	joined := strings.Join(out, "/")
	if rooted {
		joined = "/" + joined
	}
	return joined + rest
}
