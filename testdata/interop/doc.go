// Package interop holds samlwhy against logins that really happen: identity
// providers and services that others wrote, on loopback, logged in to by a
// headless Chromium whose traffic is recorded over the DevTools protocol.
//
// It is a module of its own, so that samlwhy depends on nothing of this. Run it
// with "go test ./..." in this folder; a login whose parts are not installed
// (chromium; php and simplesamlphp) is skipped with that reason.
package interop
