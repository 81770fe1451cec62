// Package ops turns the operations of a target, which are .yaml and .sql files, into requests with real arguments: for a tenant, rows
// of its own from the world, new rows from the ledger, and in a share of the executions another tenant's ids or no condition at all,
// because the application's own WHERE would hide a leak. Package run calls it for each arrival; it sends nothing itself but through
// package session.
package ops

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/target"
)

// Spec is one operation as its file says.
type Spec struct {
	Name  string   `yaml:"name"`
	Doc   string   `yaml:"doc"`
	Role  string   `yaml:"role"`
	Needs []string `yaml:"needs"` // services without which it can't be run
	Steps []Step   `yaml:"steps"`
}

// Step is one statement of an operation's transaction.
type Step struct {
	SQL    string   `yaml:"sql"`
	Params []string `yaml:"params"` // see params.go
	Reads  *Reads   `yaml:"reads"`
	Writes string   `yaml:"writes"` // table of the row that "new" parameters describe
	Bare   *Bare    `yaml:"bare"`

	text string
}

// Reads says what a statement returns.
type Reads struct {
	Table  string `yaml:"table"`
	One    bool   `yaml:"one"`    // the row that its parameter names
	Newest int    `yaml:"newest"` // a page of the tenant's newest rows
}

// Bare is the statement's form without its condition.
type Bare struct {
	SQL    string `yaml:"sql"`
	Newest int    `yaml:"newest"`

	text string
}

// Load reads all operations in a folder and their statements. Every mistake found is told at once.
func Load(folder fs.FS, dir string) ([]Spec, error) {
	files, err := fs.Glob(folder, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var specs []Spec
	var problems []string
	for _, file := range files {
		var s Spec
		if err := target.ReadStrict(folder, file, &s); err != nil {
			problems = append(problems, err.Error())
			continue
		}
		if s.Name+".yaml" != path.Base(file) {
			problems = append(problems, fmt.Sprintf("%s: name: is %q, want the file's own name", file, s.Name))
		}
		for _, p := range s.check(folder, dir) {
			problems = append(problems, file+": "+p)
		}
		specs = append(specs, s)
	}
	if len(files) == 0 {
		problems = append(problems, dir+": has no operations (*.yaml)")
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("operations:\n%s", strings.Join(problems, "\n"))
	}
	return specs, nil
}

// check reads the statements and finds what can be found without a world.
func (s *Spec) check(folder fs.FS, dir string) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if s.Role == "" {
		bad("role: is missing")
	}
	if len(s.Steps) == 0 {
		bad("steps: there are none")
	}
	read := func(field, name string) string {
		text, err := fs.ReadFile(folder, path.Join(dir, name))
		if err != nil {
			bad("%s: %v", field, err)
		}
		return string(text)
	}
	reaches := false
	for i := range s.Steps {
		step := &s.Steps[i]
		at := fmt.Sprintf("steps[%d]", i)
		step.text = read(at+".sql", step.SQL)
		for _, p := range step.Params {
			if _, err := parseParam(p); err != nil {
				bad("%s.params: %v", at, err)
			}
		}
		switch {
		case step.Reads == nil:
		case step.Reads.Table == "":
			bad("%s.reads.table: is missing", at)
		case step.Reads.One == (step.Reads.Newest > 0):
			bad("%s.reads: want either one: true or newest: a number of rows", at)
		}
		if step.Bare != nil {
			if step.Reads == nil || step.Bare.Newest <= 0 {
				bad("%s.bare: wants reads beside it and newest: a number of rows", at)
			}
			step.Bare.text = read(at+".bare.sql", step.Bare.SQL)
		}
		reaches = reaches || step.Bare != nil || step.reachable()
	}
	if !reaches {
		bad("no step can reach for another tenant's rows: give one a bare form, or it could never show a leak")
	}
	return problems
}

// reachable tells whether another tenant's id can be put in the place of the own one.
func (s *Step) reachable() bool {
	return s.Reads != nil && slices.ContainsFunc(s.Params, func(p string) bool { return p == "tenant" || strings.HasPrefix(p, "row ") })
}

// Names are the names of the specs, in order.
func Names(specs []Spec) (names []string) {
	for _, s := range specs {
		names = append(names, s.Name)
	}
	return names
}
