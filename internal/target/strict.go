package target

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v4"
)

// InvalidError holds all that is wrong with one file.
type InvalidError struct {
	File     string
	Problems []string // "line: problem" each
}

func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = e.File + ":" + p
	}
	return strings.Join(lines, "\n")
}

// ReadStrict decodes one YAML document into a struct. Unknown and repeated fields and wrong types are errors, all told at once.
func ReadStrict(folder fs.FS, file string, into any) error {
	data, err := fs.ReadFile(folder, file)
	if err != nil {
		return fmt.Errorf("reading the target: %w", err)
	}
	err = yaml.Load(data, into, yaml.WithKnownFields(), yaml.WithUniqueKeys())
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		bad := &InvalidError{File: file}
		for _, e := range many.Errors {
			bad.Problems = append(bad.Problems, fmt.Sprintf("%d: %v", e.Mark.Line, e.Message))
		}
		return bad
	case errors.As(err, &one):
		return &InvalidError{File: file, Problems: []string{fmt.Sprintf("%d: %v", one.Mark.Line, one.Message)}}
	default:
		return &InvalidError{File: file, Problems: []string{fmt.Sprintf("1: %v", err)}}
	}
}
