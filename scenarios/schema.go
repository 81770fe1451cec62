package scenarios

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema of scenario files, for editors and other programs.
// It says less than Load, which compares fields with each other and with what
// the caller knows: what Load takes the schema takes too, not the other way.
func Schema() []byte { return slices.Clone(schema) }

// AgainstSchema holds the text of a scenario against the schema. It is for text
// that Load has taken: Load's messages are the better ones.
func AgainstSchema(data []byte) error {
	compiled, err := compileSchema()
	if err != nil {
		return err
	}
	var text any
	if err := yaml.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("reading the scenario for its schema: %w", err)
	}
	var bad *jsonschema.ValidationError
	if err := compiled.Validate(text); errors.As(err, &bad) {
		return fmt.Errorf("at %s: %s", deepest(bad), strings.ReplaceAll(bad.Error(), "\n", "; "))
	} else if err != nil {
		return fmt.Errorf("schema of scenarios: %w", err)
	}
	return nil
}

var compileSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, fmt.Errorf("schema of scenarios: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", parsed); err != nil {
		return nil, fmt.Errorf("schema of scenarios: %w", err)
	}
	compiled, err := c.Compile("scenario.json")
	if err != nil {
		return nil, fmt.Errorf("schema of scenarios: %w", err)
	}
	return compiled, nil
})

// deepest is the place of the first mistake, as a path of fields.
func deepest(e *jsonschema.ValidationError) string {
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	if len(e.InstanceLocation) == 0 {
		return "the top"
	}
	return strings.Join(e.InstanceLocation, ".")
}
