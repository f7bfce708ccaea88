// Samlwhy explains why a SAML login failed and what to change.
package main

import (
	"os"

	"github.com/samlwhy/samlwhy/cmd"
)

func main() {
	os.Exit(cmd.Main(os.Args[1:], cmd.System()))
}
