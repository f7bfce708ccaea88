package schema

import (
	"slices"
	"strings"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// unknownRoot reports a root that no schema declares.
func (v *validator) unknownRoot(n *xmldoc.Node, name expandedName) {
	violation := Violation{
		Node: n, Reason: ReasonUnknownRoot, Actual: name.local,
		Message: tag(n) + " of " + namespaceName(name.space) +
			" is neither a SAML 2.0 message nor a part of one, so that no schema says what it may hold.",
	}
	for _, space := range []string{protocolNamespace, assertionNamespace, metadataNamespace} {
		if v.set.elements[expandedName{space, name.local}] != nil {
			violation.Expected, violation.Actual = []string{space}, name.space
			violation.Message = tag(n) + " must be in " + namespaceName(space) + "; found it in " +
				namespaceName(name.space) + "."
			break
		}
	}
	v.report(violation)
}

// child checks that the element n may stand where it does in f, and begins to
// check n itself.
func (v *validator) child(f *frame, n *xmldoc.Node) {
	if f.nilled {
		v.childOfEmpty(f, n, " is nil, by its attribute \"xsi:nil\", and must be empty")
		return
	}
	switch f.typ.content {
	case anyContent:
		v.wild(n, wildcard{kind: anyNamespace})
	case emptyContent:
		v.childOfEmpty(f, n, " must be empty")
	case textContent:
		rule := " holds only text"
		if attr := f.node.Attr(instanceNamespace, "type"); attr != nil {
			rule += ", being of type " + quote(attr.Value)
		}
		v.childOfEmpty(f, n, rule)
	case elementContent, mixedContent:
		if p := f.typ.model.next(f.state, nameOf(n)); p >= 0 {
			f.state = state(p)
			v.match(n, &f.typ.model.particles[p])
			return
		}
		v.misplaced(f, n)
	}
}

// match begins to check n, which a particle allows.
func (v *validator) match(n *xmldoc.Node, p *particle) {
	if p.element != nil {
		v.enter(n, p.element, nil)
		return
	}
	v.wild(n, p.wildcard)
}

// wild begins to check n, which a wildcard allows.
func (v *validator) wild(n *xmldoc.Node, w wildcard) {
	name := nameOf(n)
	declared := v.set.elements[name]
	switch {
	case declared != nil:
		v.enter(n, declared, nil)
	case w.strict:
		v.report(Violation{
			Node: n, Reason: ReasonUndeclaredElement, Actual: name.local,
			Message: tag(n) + " of " + namespaceName(name.space) + " is not allowed in " + tag(n.Parent()) +
				": the schema takes only elements here that the SAML, XML Signature and XML Encryption 1.0 schemas declare.",
		})
	default:
		v.enter(n, nil, v.set.anyType)
	}
}

func (v *validator) childOfEmpty(f *frame, n *xmldoc.Node, rule string) {
	if blame := f.blame(); blame.child {
		return
	}
	f.faults.child = true
	v.report(Violation{
		Node: n, Reason: ReasonUnexpectedElement, Actual: n.Name().Local,
		Message: tag(f.node) + rule + "; found " + tag(n) + ".",
	})
}

// misplaced reports a child that the content model does not allow where it
// stands, and goes on in the way that is likely to give no further violation for
// the same mistake.
func (v *validator) misplaced(f *frame, n *xmldoc.Node) {
	model := f.typ.model
	name := nameOf(n)
	matches := func(p int) bool { return model.particles[p].matches(name) }
	blame := f.blame()
	if i := slices.Index(blame.owed, name); i >= 0 {
		blame.owed = slices.Delete(blame.owed, i, i+1)
		if p := model.find(matches); p >= 0 {
			v.match(n, &model.particles[p])
		}
		return
	}
	if path := model.path(f.state, matches); path != nil {
		v.missingBefore(f, n, path)
		p := path[len(path)-1]
		f.state = state(p)
		v.match(n, &model.particles[p])
		return
	}
	if p := model.find(matches); p >= 0 {
		v.tooLate(f, n, p)
		v.match(n, &model.particles[p])
		return
	}
	v.stranger(f, n, name)
}

// missingBefore reports that path, without its last particle which n matches,
// should have come before n.
func (v *validator) missingBefore(f *frame, n *xmldoc.Node, path []int) {
	model := f.typ.model
	missing := path[:len(path)-1]
	violation := Violation{Node: f.node, Reason: ReasonMissingElement}
	described, expected := model.describe(missing)
	wanted := strings.Join(described, ", then ")
	if len(missing) == 1 {
		// Any of several may be able to fill the gap.
		var choices []int
		for _, p := range model.follow[f.state] {
			if slices.Contains(model.follow[state(p)], path[1]) {
				choices = append(choices, p)
			}
		}
		described, expected = model.describe(choices)
		wanted = anyOf(described)
	}
	violation.Expected = expected
	message := tag(f.node) + " must hold " + wanted + " before " + tag(n)
	later := laterSibling(n, expected)
	if later == nil {
		violation.Message = message + ", but has none."
		v.report(violation)
		return
	}
	f.faults.owed = append(f.faults.owed, nameOf(later))
	violation.Node, violation.Reason, violation.Actual = n, ReasonWrongOrder, n.Name().Local
	violation.Message = message + "; found " + tag(n) + " first."
	v.report(violation)
}

// laterSibling returns the first sibling after n with one of the local names; nil
// without one.
func laterSibling(n *xmldoc.Node, names []string) *xmldoc.Node {
	for s := n.Next(); s != nil; s = s.Next() {
		if s.Kind() == xmldoc.ElementNode && slices.Contains(names, s.Name().Local) {
			return s
		}
	}
	return nil
}

// tooLate reports an element that the model has, as particle p, but that cannot
// come any more.
func (v *validator) tooLate(f *frame, n *xmldoc.Node, p int) {
	if slices.Contains(f.faults.late, p) {
		return
	}
	f.faults.late = append(f.faults.late, p)
	model := f.typ.model
	violation := Violation{Node: n, Actual: n.Name().Local}
	repeatable := model.reaches(p, p)
	for s := f.node.FirstChild(); s != n; s = s.Next() {
		if s.Kind() != xmldoc.ElementNode {
			continue
		}
		name := nameOf(s)
		q := model.find(func(q int) bool { return model.particles[q].matches(name) })
		switch {
		case q < 0 || q != p && model.reaches(q, p):
			continue
		case q == p && repeatable:
			continue
		case q == p:
			violation.Reason = ReasonRepeatedElement
			violation.Message = tag(f.node) + " can hold only one " + tag(n) + "; this is a further one."
		case model.reaches(p, q):
			violation.Reason = ReasonWrongOrder
			violation.Message = tag(f.node) + " must hold " + tag(n) + " before " + tag(s) + "; found it after."
		default:
			violation.Reason = ReasonUnexpectedElement
			violation.Message = tag(f.node) + " can hold " + tag(s) + " or " + tag(n) + ", but not both."
		}
		v.report(violation)
		return
	}
	v.notExpected(f, &violation)
}

// notExpected reports an element by what would be right in its place.
func (v *validator) notExpected(f *frame, violation *Violation) {
	described, expected := f.typ.model.describe(f.typ.model.follow[f.state])
	violation.Reason = ReasonUnexpectedElement
	violation.Expected = expected
	violation.Message = tag(f.node) + " cannot hold " + tag(violation.Node)
	switch {
	case len(described) > 0:
		violation.Message += "; at this place it can hold only " + anyOf(described) + "."
	case f.state == start:
		violation.Message += "."
	default:
		violation.Message += "; nothing may follow " + f.typ.model.particles[f.state-1].describe() + "."
	}
	v.report(*violation)
}

// stranger reports an element that is nowhere in the content model.
func (v *validator) stranger(f *frame, n *xmldoc.Node, name expandedName) {
	model := f.typ.model
	blame := f.blame()
	// What differs only in case or namespace is taken for the real thing.
	resembles := func(p int) bool {
		e := model.particles[p].element
		return e != nil && strings.EqualFold(e.name.local, name.local)
	}
	near := model.find(resembles)
	if path := model.path(f.state, resembles); path != nil {
		near = path[len(path)-1]
		f.state = state(near)
	} else {
		blame.stuck, blame.hasStuck = f.state, true
	}
	if slices.Contains(blame.names, name) {
		return
	}
	blame.names = append(blame.names, name)
	violation := Violation{Node: n, Actual: name.local}
	if near < 0 {
		v.notExpected(f, &violation)
		return
	}
	wanted := model.particles[near].element.name
	if wanted.local != name.local {
		violation.Reason = ReasonUnexpectedElement
		violation.Expected = []string{wanted.local}
		violation.Message = tag(f.node) + " cannot hold " + tag(n) + "; perhaps <" + wanted.local +
			"> is meant, but upper and lower case matter."
	} else {
		violation.Reason = ReasonWrongNamespace
		violation.Expected, violation.Actual = []string{wanted.space}, name.space
		violation.Message = tag(n) + " in " + tag(f.node) + " must be in " + namespaceName(wanted.space) +
			"; found it in " + namespaceName(name.space) + "."
	}
	v.report(violation)
}

// incomplete reports what the content of a closed element lacks.
func (v *validator) incomplete(f *frame) {
	model := f.typ.model
	path := model.toAccept(f.state)
	if path == nil || f.faults != nil && f.faults.hasStuck && f.faults.stuck == f.state {
		return
	}
	described, expected := model.describe(path)
	wanted := strings.Join(described, ", then ")
	if len(path) == 1 {
		var choices []int
		for _, p := range model.follow[f.state] {
			if model.accepting[state(p)] {
				choices = append(choices, p)
			}
		}
		described, expected = model.describe(choices)
		wanted = anyOf(described)
	}
	message := tag(f.node) + " must hold " + wanted
	if f.state != start {
		message += " after " + model.particles[f.state-1].describe()
	}
	v.report(Violation{
		Node: f.node, Reason: ReasonMissingElement, Expected: expected, Message: message + ", but has none.",
	})
}
