#!/bin/sh
# Writes the shell completions and man pages that packages carry. The same
# source gives the same bytes: gzip without names or times.
set -eu
rm -rf completions manpages
mkdir completions manpages
bin=$(mktemp)
trap 'rm -f "$bin"' EXIT
go build -o "$bin" .
for shell in bash zsh fish; do
  "$bin" completion "$shell" >"completions/samlwhy.$shell"
done
"$bin" man manpages
gzip -9n manpages/*.1
