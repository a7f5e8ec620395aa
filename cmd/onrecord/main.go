// Command onrecord extracts from news articles who said what, and scores what
// it extracted. See onrecord --help.
package main

import (
	"os"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
