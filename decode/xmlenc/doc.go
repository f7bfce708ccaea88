// Package xmlenc opens what XML Encryption 1.0 and 1.1 encrypted, and says exactly
// which step failed where it does not open.
//
// It is made for explaining messages to the owner of the key, offline: nobody who
// sends a message learns how it failed, so there is no oracle to be careful
// about, and errors are as precise as they can be. Do not use it in a server.
// For the same reason the RSA operation on keys that crypto/rsa refuses takes no
// constant time.
//
// No private key, password or content key is ever part of an error or of what a
// String or Describe method returns. Of the plaintext, errors may quote the names
// and characters at which it is not well-formed.
package xmlenc

// The namespaces of XML Encryption.
const (
	Namespace   = "http://www.w3.org/2001/04/xmlenc#"  // 1.0
	Namespace11 = "http://www.w3.org/2009/xmlenc11#"   // what 1.1 added
	nsSignature = "http://www.w3.org/2000/09/xmldsig#" // of KeyInfo
	nsMore      = "http://www.w3.org/2001/04/xmldsig-more#"
)
