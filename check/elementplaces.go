package check

import "github.com/samlwhy/samlwhy/decode/xmldoc"

// elementPlaces says where n stands in its document, so that its like can be found in
// another reading of it: its place among the elements of its parent, then that
// of the parent, and so on up to below the root.
func elementPlaces(n *xmldoc.Node) []int {
	var places []int
	for ; n.Parent() != nil; n = n.Parent() {
		place := 0
		for p := n.Prev(); p != nil; p = p.Prev() {
			if p.Kind() == xmldoc.ElementNode {
				place++
			}
		}
		places = append(places, place)
	}
	return places
}
