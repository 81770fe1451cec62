// Package scenarios turns a scenario file (YAML) into a checked Scenario, and
// carries the scenarios that ship with bulkhead.
//
// It reports every mistake of a file in one pass as file:line: field: problem,
// and it never guesses: an unknown field, a number without its unit or a value
// out of range is an error, because a run that quietly measured something else
// costs more than a refused one. It never touches a server. The command and
// the run call it.
package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Scenario is what one run does: the world it seeds, the load it offers and
// what it holds the answers to.
type Scenario struct {
	Name string
	Doc  string
	// Target names the target: one that ships with bulkhead, or a folder.
	Target string
	Seed   uint64

	Tenants int
	// Rows is the number of rows to seed over all tables.
	Rows int64
	// Tables gives exact totals of single tables ("schema.table"); they go
	// before what the target says and count towards Rows.
	Tables map[string]int64
	// Zipf is the exponent of the tenants' sizes; 0 makes them equal.
	Zipf float64
	// LargestTenant caps the share (0..1) of rows of the largest tenant.
	LargestTenant float64

	Load Traffic
	// HTTP is the load of HTTP operations, which comes after Load; nil where
	// there is none.
	HTTP       *Phase
	Objectives Objectives
	// LangflowUsers is for how many tenants, the first ones, a key to Langflow's
	// interface is made.
	LangflowUsers int
	// Without lists the services left out on purpose. What depends on them is
	// not checked, and the verdict accepts that.
	Without []string
	// Faults come in the order of their times and don't overlap.
	Faults []Fault
	// Attack is how far the attack after the load goes.
	Attack Depth
	// Audit tells whether the catalog is audited after the load.
	Audit bool
	// Removal tells whether a tenant is removed at the end, to see what is left
	// of it. That takes half a minute, and is never done to a stack that was up before.
	Removal bool
	// Backup tells whether the database is dumped after the load, restored beside
	// itself and compared.
	Backup bool
	// Lifecycle tells whether a tenant is taken in while the load goes on, looked
	// at, and removed again. That takes some 40 seconds of load, and is never done
	// to a stack that was up before.
	Lifecycle bool
}

// Depth is how far an attack goes.
type Depth string

// The depths of an attack. A glance tries each object once; pairs tries every
// pair of its choices (attacker, role, door, session, form); full tries all.
const (
	NoAttack Depth = "none"
	Glance   Depth = "glance"
	Pairs    Depth = "pairs"
	Full     Depth = "full"
)

// Known is what a scenario may name, which only the caller knows.
type Known struct {
	// Ops are the operations of the target that go to the database, HTTPOps
	// those that go to its services over HTTP.
	Ops, HTTPOps []string
	// Services may be listed in "without"; empty means backend, langflow,
	// pgbouncer and redis.
	Services []string
	// Faults may be scheduled.
	Faults []KnownFault
}

//go:embed *.yaml
var shipped embed.FS

// maxBytes bounds a scenario file: a larger one is not a scenario.
const maxBytes = 256 << 10

// Shipped lists the names of the scenarios that come with bulkhead, sorted.
func Shipped() []string {
	files, err := fs.Glob(shipped, "*.yaml")
	if err != nil {
		panic("scenarios: the embedded pattern is malformed: " + err.Error())
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(file, ".yaml")
	}
	slices.Sort(names)
	return names
}

// Open loads a shipped scenario by its name, or a file by its path: whatever
// holds a path separator or ends in .yaml or .yml is a path. Each error is an
// *InvalidError.
func Open(nameOrPath string, known Known) (Scenario, error) {
	file, data, err := read(nameOrPath)
	if err != nil {
		return Scenario{}, err
	}
	return Load(file, data, known)
}

// Validate is Open, and holds the text against the schema too.
func Validate(nameOrPath string, known Known) (Scenario, error) {
	file, data, err := read(nameOrPath)
	if err != nil {
		return Scenario{}, err
	}
	s, err := Load(file, data, known)
	if err != nil {
		return s, err
	}
	if err := AgainstSchema(data); err != nil {
		return s, &InvalidError{Problems: []Problem{{File: file, Problem: "bulkhead takes this file and its schema doesn't, which is a mistake of bulkhead's: " + err.Error()}}, cause: err}
	}
	return s, nil
}

// read gives the text of a scenario, and how problems name it.
func read(nameOrPath string) (file string, data []byte, err error) {
	if isPath(nameOrPath) {
		data, err := readFile(nameOrPath)
		return nameOrPath, data, err
	}
	names := Shipped()
	if !slices.Contains(names, nameOrPath) {
		problem := fmt.Sprintf("no scenario of this name ships with bulkhead%s; there are: %s; a scenario of your own is given by its path, for example ./%s.yaml",
			didYouMean(nameOrPath, names), strings.Join(names, ", "), orText(nameOrPath, "mine"))
		return "", nil, &InvalidError{Problems: []Problem{{File: orText(nameOrPath, "scenario"), Problem: problem}}}
	}
	file = nameOrPath + ".yaml"
	if data, err = shipped.ReadFile(file); err != nil {
		return "", nil, unreadable(file, err)
	}
	return path.Join("scenarios", file), data, nil
}

func isPath(nameOrPath string) bool {
	ext := filepath.Ext(nameOrPath)
	return strings.ContainsRune(nameOrPath, filepath.Separator) || ext == ".yaml" || ext == ".yml"
}

func readFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	defer f.Close()
	// One byte over the limit is enough to tell that a file is too large,
	// whatever its size claims to be.
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, unreadable(file, err)
	}
	return data, nil
}

func unreadable(file string, err error) error {
	problem := "can't be read: " + err.Error()
	var onPath *fs.PathError
	if errors.As(err, &onPath) {
		problem = "can't be read: " + onPath.Err.Error()
	}
	if errors.Is(err, fs.ErrNotExist) {
		problem = "no such file; scenarios that ship with bulkhead are given by name alone: " + strings.Join(Shipped(), ", ")
	}
	return &InvalidError{Problems: []Problem{{File: file, Problem: problem}}, cause: err}
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
