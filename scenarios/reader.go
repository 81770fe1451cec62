package scenarios

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// reader walks a YAML tree and gathers problems instead of stopping at one.
type reader struct {
	file     string
	problems []Problem
	// lines remembers where each field stands, for the checks that compare
	// fields after all of them are read.
	lines map[string]int
	// fields are the names that each mapping may have, by its path; a test
	// holds the schema against them.
	fields map[string][]field
	// kind is what the file is, "" for a scenario, and needs what it has to have.
	kind, needs string
}

// field is one key that a mapping may have.
type field struct {
	name     string
	required bool
	read     func(path string, n *yaml.Node)
}

func (r *reader) problem(line int, path, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: r.file, Line: max(line, 1), Field: path, Problem: fmt.Sprintf(format, args...)})
}

// at reports a problem with a field that has been read, or with the nearest
// thing around it that is in the file.
func (r *reader) at(path, format string, args ...any) {
	line := 0
	for p := path; line == 0 && p != ""; {
		line = r.lines[p]
		p = p[:max(strings.LastIndexByte(p, '.'), 0)]
	}
	r.problem(line, path, format, args...)
}

// mapping reads the fields of a mapping, each at most once.
func (r *reader) mapping(path string, n *yaml.Node, fields ...field) {
	if r.fields != nil {
		r.fields[path] = fields
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	seen := map[string]bool{}
	r.pairs(path, n, func(key string, line int, value *yaml.Node) {
		seen[key] = true
		i := slices.Index(names, key)
		if i < 0 {
			r.problem(line, join(path, key), "%s", unknownName("field", key, names))
			return
		}
		fields[i].read(join(path, key), value)
	})
	for _, f := range fields {
		if f.required && !seen[f.name] && (n.Kind == yaml.MappingNode) {
			r.problem(n.Line, join(path, f.name), "is missing")
		}
	}
}

// pairs gives each key of a mapping and its value, once.
func (r *reader) pairs(path string, n *yaml.Node, each func(key string, line int, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.problem(n.Line, path, "%s given where fields are wanted", kindOf(n))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			r.problem(key.Line, path, "%s given where the name of a field is wanted", kindOf(key))
			continue
		}
		if at, ok := first[key.Value]; ok {
			r.problem(key.Line, join(path, key.Value), "given twice, first in line %d: keep one", at)
			continue
		}
		first[key.Value] = key.Line
		r.lines[join(path, key.Value)] = key.Line
		each(key.Value, key.Line, value)
	}
}

// scalar gives the text of a plain value whose YAML type is among tags.
func (r *reader) scalar(path string, n *yaml.Node, wanted string, tags ...string) (string, bool) {
	if n.Kind != yaml.ScalarNode || !slices.Contains(tags, n.ShortTag()) {
		r.problem(n.Line, path, "%s given where %s is wanted", kindOf(n), wanted)
		return "", false
	}
	return n.Value, true
}

func (r *reader) text(path string, n *yaml.Node, into *string) {
	if s, ok := r.scalar(path, n, "text", "!!str"); ok {
		if *into = strings.TrimSpace(s); *into == "" {
			r.problem(n.Line, path, "is empty")
		}
	}
}

func (r *reader) boolean(path string, n *yaml.Node, into *bool) {
	if s, ok := r.scalar(path, n, "true or false", "!!bool"); ok {
		*into = strings.EqualFold(s, "true")
	}
}

// integer reads a whole number in decimal between low and high.
func (r *reader) integer(path string, n *yaml.Node, low, high uint64, into func(uint64)) {
	s, ok := r.scalar(path, n, "a whole number", "!!int", "!!float")
	if !ok {
		return
	}
	value, ok := new(big.Int).SetString(strings.ReplaceAll(s, "_", ""), 10)
	switch {
	case !ok:
		r.problem(n.Line, path, "%s is not a whole number in decimal", s)
	case value.Cmp(new(big.Int).SetUint64(low)) < 0 || value.Cmp(new(big.Int).SetUint64(high)) > 0:
		r.problem(n.Line, path, "%s is outside %d to %d", s, low, high)
	default:
		into(value.Uint64())
	}
}

// number reads a number of at least low (more than low where open) and at most high.
func (r *reader) number(path string, n *yaml.Node, low, high float64, open bool, into *float64) {
	s, ok := r.scalar(path, n, "a number", "!!int", "!!float")
	if !ok {
		return
	}
	value, err := parseNumber(s)
	switch {
	case err != nil:
		r.problem(n.Line, path, "%s is not a decimal number", s)
	case open && value <= low:
		r.problem(n.Line, path, "%s must be above %g", s, low)
	case value < low || value > high:
		r.problem(n.Line, path, "%s is outside %g to %g", s, low, high)
	default:
		*into = value
	}
}

// withUnit reads a value that carries a unit; a bare number reaches parse,
// which knows the units to name.
func withUnit[T any](r *reader, path string, n *yaml.Node, wanted string, parse func(string) (T, error), into *T) {
	s, ok := r.scalar(path, n, wanted, "!!str", "!!int", "!!float")
	if !ok {
		return
	}
	value, err := parse(strings.TrimSpace(s))
	if err != nil {
		r.problem(n.Line, path, "%s", err)
		return
	}
	*into = value
}

func choice[T ~string](r *reader, path string, n *yaml.Node, into *T, valid ...T) {
	s, ok := r.scalar(path, n, "a name", "!!str")
	if !ok {
		return
	}
	if !slices.Contains(valid, T(s)) {
		names := make([]string, len(valid))
		for i, v := range valid {
			names[i] = string(v)
		}
		r.problem(n.Line, path, "%s", unknownName("choice", s, names))
		return
	}
	*into = T(s)
}

func join(path, key string) string {
	if len(key) > 80 {
		key = key[:80] + "..."
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

var tagNames = map[string]string{
	"!!str": "text", "!!int": "a number", "!!float": "a number", "!!bool": "true or false",
	"!!null": "nothing", "!!timestamp": "a date", "!!binary": "binary data", "!!merge": "a merge key",
}

// kindOf words what a node is, for a person who wrote it.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	if name, ok := tagNames[n.ShortTag()]; ok {
		return name
	}
	return "a value tagged " + n.ShortTag()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
