package serve

import (
	"bytes"
	_ "embed"
)

//go:embed openapi.json
var openAPI []byte

// describe returns the description of the interface, for a version of the
// program.
func describe(version string) []byte {
	return bytes.Replace(openAPI, []byte(`"VERSION"`), []byte(`"`+version+`"`), 1)
}
