// Package xmldsig verifies XML signatures (XML Signature Syntax and Processing
// 1.1) as separate facts: what is wrong with the Signature's structure, the
// digest of each Reference, the SignatureValue under each key that is tried, and
// the keys that KeyInfo offers. A verdict that a message is signed is the
// caller's to put together from them; each fact agrees with libxmlsec1, which is
// what deployed services are built on as often as not.
//
//	index := xmldsig.NewIndex(doc, xmldoc.Name{Local: "ID"})
//	for _, s := range xmldsig.Find(index) {
//		ok := len(s.Problems) == 0 && s.VerifyValue(key).OK
//		for _, r := range s.References {
//			ok = ok && r.Digest().Match
//		}
//	}
//
// Of a document that is not well-formed the facts are those of the tree that was
// read; libxmlsec1 would not have looked.
//
// Canonical forms are streamed into the hash: memory does not grow with the
// message. All work together is linear in its size, whatever it holds, and all
// results are computed once. Everything here may be used by several goroutines.
package xmldsig
