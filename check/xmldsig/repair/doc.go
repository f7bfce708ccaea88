// Package repair finds out what broke an XML signature. It undoes one suspected
// damage at a time and looks whether the signed digest comes back: when it does,
// the damage is proved, because no two contents have the same digest. Nothing is
// claimed that was not undone.
//
// The package knows XML and XML signatures but not SAML: what a value was before
// somebody edited it, the caller has to suggest, see [Known].
//
// # How the search goes
//
// A family generates the hypotheses of one cause, the likeliest first, as edits of
// the text of the document. Nearly all of them change only values and the blanks
// between elements; these are tried on a sketch, the canonical form in which
// pieces are replaced and hashed from the first of them on. A hit is confirmed on
// the document read again, and what a sketch cannot tell is tried in that way from
// the start. Then come the pairs: hypotheses on top of a damage that was undone.
// What was proved of one signed element is undone first when the search goes on
// with the element around it.
//
// # Limits
//
//   - At most two kinds of damage together, and what other searches have proved.
//   - Blanks between elements are restored only in regular layouts: indentation by
//     level, and the ways in which signing libraries write a Signature.
//   - Of several values that were damaged alike, any choice of up to five is
//     tried; line breaks that became blanks in at most two values. A line break
//     that vanished is restored in one value.
//   - Characters that became "?" or U+FFFD are restored only from a copy.
//   - Escaped text that became markup is not undone, but for bare ampersands.
//   - A value that was edited is restored only from a copy or a suggestion.
//
// # What it finds
//
// TestDamages breaks messages in the style of fourteen identity providers, each
// with the Response, the assertion or both signed, by edits of the text and by
// programs that people use. Its table, where an element is exact when the cause
// was named, less when only the edit of the content was proved, none when nothing
// was claimed and false when something else was:
//
//	cause                                        damages cases exact less none false
//	whitespace-added                                  19  1054  1052    0    2     0
//	whitespace-removed                                 8   128   125    1    2     0
//	whitespace-trimmed                                 8   403   403    0    0     0
//	line-endings                                       7   208   208    0    0     0
//	line-break-in-value                                5   216   174   42    0     0
//	charset                                           11   535   535    0    0     0
//	unicode-normalization                              6   336   336    0    0     0
//	entities                                           7   392   389    0    3     0
//	smart-quotes                                       7   388   388    0    0     0
//	whitespace-added + line-endings                    1    80    76    0    4     0
//	charset + smart-quotes                             1    56    56    0    0     0
//	whitespace-added + charset                         1    80    79    0    1     0
//	whitespace-added + smart-quotes                    1    80    80    0    0     0
//	whitespace-added + entities                        2   128   120    0    8     0
//	whitespace-added + in-response-to-removed          1    80    75    0    5     0
//	in-response-to-removed                             4   196   196    0    0     0
//	attribute-removed                                  3   128   128    0    0     0
//	attribute-edited                                  14   732   732    0    0     0
//	content-edited                                    13   746   746    0    0     0
//	case-changed                                       6   286   286    0    0     0
//	namespace-context                                  5    21    21    0    0     0
//	canonicalization                                   2    35    35    0    0     0
//	inclusive-namespaces                               3    48    48    0    0     0
//	digest-method                                      3    87    87    0    0     0
//	signed-info-edited                                 7   160   160    0    0     0
//	none                                               1     4     4    0    0     0
//	signature-method                                   1    24    24    0    0     0
//	wrong-key                                          1    22    22    0    0     0
//	other-known-key                                    1    24    24    0    0     0
//	der-encoded                                        1     4     4    0    0     0
//	truncated                                          1    28    28    0    0     0
//	whitespace-added + line-break-in-value             1    76    65    1   10     0
//	all                                                   6785  6706   44   35     0
package repair
