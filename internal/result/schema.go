package result

import (
	_ "embed"
	"slices"
)

//go:embed run.schema.json
var schema []byte

// Schema is the JSON Schema of run documents. It is made of the types of this package and their comments; a test holds it against them.
func Schema() []byte { return slices.Clone(schema) }
