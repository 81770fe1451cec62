package cost

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// InvalidError holds all that is wrong with a file of prices, by line. It is for the person who wrote the file.
type InvalidError struct{ Problems []string } // "file:line: field: problem" each

func (e *InvalidError) Error() string { return strings.Join(e.Problems, "\n") }

// Parse reads a file of prices strictly: a field that isn't known, given twice, missing or of another kind is a mistake, and all of them
// are told at once. file is for the messages.
func Parse(file string, data []byte) (Model, error) {
	m := Model{File: file, ChangePct: 20}
	r := &reader{file: file}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return m, &InvalidError{[]string{fmt.Sprintf("%s: not YAML: %v", file, err)}}
	}
	if len(doc.Content) != 1 {
		return m, &InvalidError{[]string{file + ":1: the file is empty: `bulkhead cost --print-file` prints one to begin with"}}
	}
	r.fields("", doc.Content[0], map[string]field{
		"currency":   {true, r.text(&m.Currency)},
		"period":     {true, r.text(&m.Period)},
		"source":     {true, r.text(&m.Source)},
		"prices":     {true, r.prices(&m.Prices)},
		"plans":      {true, r.plans(&m.Plans, true)},
		"claimed":    {false, r.claim(&m.Claimed)},
		"change_pct": {false, r.number(&m.ChangePct, 0, 1000)},
		"what_ifs":   {false, r.whatIfs(&m.WhatIfs)},
		"phases":     {false, r.phases(&m.Phases)},
	})
	r.names(&m)
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b problem) int { return a.line - b.line })
		bad := &InvalidError{}
		for _, p := range r.problems {
			bad.Problems = append(bad.Problems, p.text)
		}
		return m, bad
	}
	return m, nil
}

type problem struct {
	line int
	text string
}

// reader walks the tree and gathers problems instead of stopping at one.
type reader struct {
	file     string
	problems []problem
	uses     []use
}

// use is a place that names something that has to be there; it is looked up when all is read.
type use struct {
	path string
	line int
	kind string // price, plan, or the line of a plan
	name string
	plan string // of a line
}

type read func(path string, n *yaml.Node)

type field struct {
	required bool
	read     read
}

func (r *reader) wrong(n *yaml.Node, path, format string, args ...any) {
	if path != "" {
		path += ": "
	}
	r.problems = append(r.problems, problem{n.Line, fmt.Sprintf("%s:%d: %s%s", r.file, n.Line, path, fmt.Sprintf(format, args...))})
}

// fields reads a mapping, each field at most once.
func (r *reader) fields(path string, n *yaml.Node, known map[string]field) {
	if n.Kind != yaml.MappingNode {
		r.wrong(n, path, "fields are wanted: %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		f, ok := known[key.Value]
		switch {
		case !ok:
			r.wrong(key, join(path, key.Value), "there is no such field; one of %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case seen[key.Value]:
			r.wrong(key, join(path, key.Value), "given twice: keep one")
		default:
			f.read(join(path, key.Value), n.Content[i+1])
		}
		seen[key.Value] = true
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if known[name].required && !seen[name] {
			r.wrong(n, join(path, name), "is missing")
		}
	}
}

func (r *reader) list(path string, n *yaml.Node, each read) {
	if n.Kind != yaml.SequenceNode {
		r.wrong(n, path, "a list is wanted")
		return
	}
	for i, item := range n.Content {
		each(fmt.Sprintf("%s[%d]", path, i), item)
	}
}

func (r *reader) text(into *string) read {
	return func(path string, n *yaml.Node) {
		if *into = strings.TrimSpace(n.Value); n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || *into == "" {
			r.wrong(n, path, "text is wanted")
		}
	}
}

func (r *reader) texts(into *[]string) read {
	return func(path string, n *yaml.Node) {
		r.list(path, n, func(path string, n *yaml.Node) {
			var s string
			r.text(&s)(path, n)
			*into = append(*into, s)
		})
	}
}

// number reads a decimal number within bounds.
func (r *reader) number(into *float64, low, high float64) read {
	return func(path string, n *yaml.Node) {
		v, err := strconv.ParseFloat(strings.ReplaceAll(n.Value, "_", ""), 64)
		switch {
		case n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(v):
			r.wrong(n, path, "a number is wanted, without currency or unit")
		case v < low || v > high:
			r.wrong(n, path, "%s is outside %g to %g", n.Value, low, high)
		default:
			*into = v
		}
	}
}

func (r *reader) perhaps(into **float64) read {
	return func(path string, n *yaml.Node) {
		*into = new(float64)
		r.number(*into, -most, most)(path, n)
	}
}

func join(path, key string) string {
	if len(key) > 60 {
		key = key[:60] + "..."
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
