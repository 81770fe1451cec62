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
	"time"

	"github.com/engardehq/bulkhead/internal/target"
)

// Spec is one operation as its file says.
type Spec struct {
	Name  string   `yaml:"name"`
	Doc   string   `yaml:"doc"`
	Role  string   `yaml:"role"`
	Roles []string `yaml:"roles"` // in place of role: each execution takes one of them
	Needs []string `yaml:"needs"` // services without which it can't be run
	// Residual is why no execution can reach for another tenant's rows, where that is so by design.
	Residual string `yaml:"residual"`
	Cache    *Cache `yaml:"cache"`
	Steps    []Step `yaml:"steps"`

	// Service makes it an operation over HTTP: each execution makes one of the requests, by lot, or where it reaches one of the others, in
	// which what is named is another tenant's. Role is then that of the service at the database.
	Service  string   `yaml:"service"`
	Channel  string   `yaml:"channel"` // of a leak for which the catalog shows no door
	Requests []Call   `yaml:"requests"`
	Reaching []Call   `yaml:"reaching"`
	Grows    []string `yaml:"grows"` // tables to which the service adds rows of its own when it is asked

	folder string // where it comes from, for evidence
}

// cachePrefix begins the application's keys.
const cachePrefix = "app:"

// Cache makes an operation a read-through: the rows of its first step are kept under a key and answer the next execution.
type Cache struct {
	Key string        `yaml:"key"` // {tenant} is replaced by the tenant's uuid
	TTL time.Duration `yaml:"ttl"`
}

// Step is one statement of an operation's transaction.
type Step struct {
	SQL    string   `yaml:"sql"`
	Params []string `yaml:"params"` // of $1, $2 ...; see params.go
	// Named are parameters of a statement that writes :name in their place.
	Named  map[string]string `yaml:"named"`
	Reads  *Reads            `yaml:"reads"`
	Writes string            `yaml:"writes"` // table of the row that "new" parameters describe
	Bare   *Bare             `yaml:"bare"`
	// Refused is the SQLSTATE that the server must answer when "tenant" parameters name another tenant: the reaching form of a write.
	Refused string `yaml:"refused"`

	text string
}

// Reads says what a statement returns.
type Reads struct {
	Table  string `yaml:"table"`
	One    bool   `yaml:"one"`    // the row that its parameter names
	Newest int    `yaml:"newest"` // a page of the tenant's newest rows
	Totals bool   `yaml:"totals"` // one line of totals, which the columns' names describe
}

// Bare is the statement's form without its condition.
type Bare struct {
	SQL    string `yaml:"sql"`
	Newest int    `yaml:"newest"`
	Totals bool   `yaml:"totals"`

	text string
}

// Load reads all operations in a folder and their statements. Every mistake found is told at once; shown is the folder's name in
// messages and evidence.
func Load(folder fs.FS, dir, shown string) ([]Spec, error) {
	files, err := fs.Glob(folder, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var specs []Spec
	var problems []string
	for _, file := range files {
		s := Spec{folder: shown}
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
		problems = append(problems, shown+": has no operations (*.yaml)")
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("operations:\n%s", strings.Join(problems, "\n"))
	}
	return specs, nil
}

// check reads the statements and finds what can be found without a world.
func (s *Spec) check(folder fs.FS, dir string) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if (s.Role == "") == (len(s.Roles) == 0) {
		bad("role: want either role or roles")
	}
	if s.Role != "" {
		s.Roles = []string{s.Role}
	}
	if s.Service != "" {
		s.checkCalls(bad)
		return problems
	}
	if len(s.Requests)+len(s.Reaching) > 0 {
		bad("requests: are for an operation over HTTP: give it a service, or steps instead")
	}
	if len(s.Steps) == 0 {
		bad("steps: there are none")
	}
	if c := s.Cache; c != nil && (c.Key == "" || c.TTL <= 0 || len(s.Steps) == 0 || s.Steps[0].Reads == nil || s.Steps[0].Reads.Totals) {
		bad("cache: wants a key, a ttl like 5m, and rows read by the first step")
	}
	if c := s.Cache; c != nil && !strings.HasPrefix(c.Key, cachePrefix) {
		bad("cache.key: must begin with %s, as the application's user of the cache may use no other keys", cachePrefix)
	}
	for i := range s.Steps {
		s.Steps[i].check(folder, dir, fmt.Sprintf("steps[%d]", i), bad)
	}
	switch reaches := slices.ContainsFunc(s.Steps, func(st Step) bool { return st.reaches() }); {
	case !reaches && s.Residual == "":
		bad("no step can reach for another tenant's rows: give one a bare form, or say under residual why that can't be; it could never show a leak")
	case reaches && s.Residual != "":
		bad("residual: a step can reach for another tenant's rows")
	}
	return problems
}

func (s *Step) check(folder fs.FS, dir, at string, bad func(string, ...any)) {
	read := func(field, name string) string {
		text, err := fs.ReadFile(folder, path.Join(dir, name))
		if err != nil {
			bad("%s: %v", field, err)
		}
		return string(text)
	}
	s.text = read(at+".sql", s.SQL)
	if len(s.Named) > 0 {
		var err error
		if s.text, s.Params, err = nameParams(s.text, s.Named); err != nil {
			bad("%s.named: %v", at, err)
		}
	}
	for _, p := range s.Params {
		if _, err := parseParam(p); err != nil {
			bad("%s.params: %v", at, err)
		}
	}
	if r := s.Reads; r != nil {
		if r.Table == "" {
			bad("%s.reads.table: is missing", at)
		}
		if shapes := count(r.One, r.Newest > 0, r.Totals); shapes != 1 {
			bad("%s.reads: want one of one: true, newest: a number of rows, totals: true", at)
		}
	}
	if s.Bare != nil {
		if s.Reads == nil || count(s.Bare.Newest > 0, s.Bare.Totals) != 1 {
			bad("%s.bare: wants reads beside it, and newest: a number of rows, or totals: true", at)
		}
		s.Bare.text = read(at+".bare.sql", s.Bare.SQL)
	}
	if s.Refused != "" && (s.Reads != nil || !slices.Contains(s.Params, "tenant")) {
		bad("%s.refused: is for a write with a parameter tenant, which is then another's", at)
	}
}

func count(these ...bool) (n int) {
	for _, yes := range these {
		if yes {
			n++
		}
	}
	return n
}

// reachable tells whether another tenant's id can be put in the place of the own one.
func (s *Step) reachable() bool {
	return s.Reads != nil && !s.Reads.Totals &&
		slices.ContainsFunc(s.Params, func(p string) bool { return p == "tenant" || strings.HasPrefix(p, "row ") })
}

// reaches tells whether a reaching execution can differ from another one in this step.
func (s *Step) reaches() bool { return s.Bare != nil || s.reachable() || s.Refused != "" }

// Names are the names of the specs, in order.
func Names(specs []Spec) (names []string) {
	for _, s := range specs {
		names = append(names, s.Name)
	}
	return names
}

// Written are the names of the tables that operations write rows to, each once.
func Written(specs []Spec) (tables []string) {
	for _, s := range specs {
		for _, step := range s.Steps {
			if step.Writes != "" && !slices.Contains(tables, step.Writes) {
				tables = append(tables, step.Writes)
			}
		}
	}
	return tables
}

// Sets are the columns that each operation which writes a table's rows gives a value, by table. Of the others only the server knows.
func Sets(specs []Spec) map[string][]string {
	sets := map[string][]string{}
	for _, s := range specs {
		for _, step := range s.Steps {
			if step.Writes == "" {
				continue
			}
			var columns []string
			for _, p := range step.Params {
				if parsed, err := parseParam(p); err == nil && parsed.kind == "new" && parsed.table == step.Writes {
					columns = append(columns, parsed.column)
				}
			}
			if before, more := sets[step.Writes]; more { // rows don't tell which operation wrote them
				columns = slices.DeleteFunc(columns, func(c string) bool { return !slices.Contains(before, c) })
			}
			sets[step.Writes] = columns
		}
	}
	return sets
}

// Grown are the tables to which services add rows when these operations ask them, each once and in order.
func Grown(specs []Spec) (tables []string) {
	for _, s := range specs {
		for _, t := range s.Grows {
			if !slices.Contains(tables, t) {
				tables = append(tables, t)
			}
		}
	}
	return tables
}
