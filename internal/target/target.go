// Package target says what a target is: the deployment whose tenants are to be kept apart, as plain data that a team can bring of its
// own. It loads and checks the files of a target's folder and knows no target by name; run, seed, checks, probes and reports read it.
package target

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Target is one deployment under test.
type Target struct {
	Name       string      `yaml:"name"`
	Doc        string      `yaml:"doc"`
	Database   string      `yaml:"database"`
	Schemas    []string    `yaml:"schemas"`
	Tenancy    Tenancy     `yaml:"tenancy"`
	Roles      []Role      `yaml:"roles"`
	Langflow   Langflow    `yaml:"langflow"`
	Audit      Audit       `yaml:"audit"`
	Paths      []Path      `yaml:"paths"`
	Matrix     []Right     `yaml:"matrix"`
	Exceptions []Exception `yaml:"exceptions"`
	Departures []Departure `yaml:"departures"`
	Removal    *Removal    `yaml:"removal" json:",omitempty"` // nil where none is declared
	Backup     *Backup     `yaml:"backup" json:",omitempty"`  // nil where none is declared
	Onboarding *Onboarding `yaml:"onboarding" json:",omitempty"`
	Seed       Seed        `yaml:"-"` // from seed.yaml
}

// Tenancy says how a session is given its tenant and how a table shows whose its rows are.
type Tenancy struct {
	Column  string `yaml:"column"`  // of tables that carry their tenant
	Setting string `yaml:"setting"` // the configuration parameter that policies read
	Set     string `yaml:"set"`     // statement with $1, the tenant: sets it for the transaction
	Tenants string `yaml:"tenants"` // schema.table.column with one row for each tenant
}

// Role is one database role of the target.
type Role struct {
	Name    string `yaml:"name"`
	Login   bool   `yaml:"login"`
	Pooled  bool   `yaml:"pooled"` // goes through the pooler
	Purpose string `yaml:"purpose"`

	// Confined roles are an application's: what they read and write must be the rows of the tenant that they set. Attacks are made as
	// they are. Of the others the catalog alone is judged.
	Confined bool     `yaml:"confined"`
	Becomes  []string `yaml:"becomes"` // roles that this one may become, by design
}

// Langflow is what the target needs of that service.
type Langflow struct {
	Env      map[string]string            `yaml:"env"`               // LANGFLOW_* settings
	Versions map[string]map[string]string `yaml:"versions" json:"-"` // settings that a version has over those
}

// Audit is the target's audit trail, for counting its entries against operations. Without an entry there is none.
type Audit struct {
	Entry string `yaml:"entry"` // statement of the operations that adds an entry, a file in sql/ops
	Count string `yaml:"count"` // statement that gives operation and number of entries since $1, a file in sql/
}

// Path tells how the tenant of a table without a tenant column is found.
type Path struct {
	Table string `yaml:"table"` // schema.table
	// Through leads from a column of the table to the tenant, a hop an element: "flow_id = langflow.flow.id" goes on at the row of that
	// table with that value, and the last hop's table must have the tenant column. A bare "id" says that the column is the tenant.
	Through []string `yaml:"through"`
}

// Right is a line of the permission matrix: the most that a role may do with some objects. The lines of a role that name an object add up, but
// a line that names it in full hides those that do so by a pattern. What no line allows is not allowed.
type Right struct {
	Role    string   `yaml:"role"`
	On      string   `yaml:"on"`      // schema.name, or a pattern as in path.Match, "public.*"
	Kind    string   `yaml:"kind"`    // table (tables, views and all that one selects from), schema, sequence, function or database; table when not given
	Columns []string `yaml:"columns"` // of a table: May holds for these alone
	May     []string `yaml:"may"`     // privileges as in GRANT
}

// Exception is something that is deliberately not kept apart by tenant, and stays that way. Fields not given match everything.
type Exception struct {
	Object  string   `yaml:"object"`  // schema.name, or a pattern as in path.Match
	Role    string   `yaml:"role"`    // the role that sees more
	Policy  string   `yaml:"policy"`  // the policy by which it does
	Key     string   `yaml:"key"`     // the constraint or index that spans tenants
	Columns []string `yaml:"columns"` // all that it sees
	Reason  string   `yaml:"reason"`
}

// Departure is a place where what runs differs from the design under test.
type Departure struct {
	What   string `yaml:"what"`
	Reason string `yaml:"reason"`
}

// Seed is how the target's tables are filled, as far as the catalog doesn't tell.
type Seed struct {
	Probed     int                  `yaml:"probed"`     // the first tenants, which have rows in every table
	References map[string]string    `yaml:"references"` // schema.column: the schema.table whose rows such uuid columns name without a foreign key
	Tables     map[string]SeedTable `yaml:"tables"`     // schema.table
	// Lacking are those of the names above that a version of Langflow hasn't got, by version: a schema.table or schema.table.column.
	Lacking map[string][]string `yaml:"lacking" json:"-"`
	Lacks   []string            `yaml:"-" json:",omitempty"` // of the version that these hints are for, see For
}

// SeedTable is what the catalog doesn't tell about filling one table.
type SeedTable struct {
	Weight  int                   `yaml:"weight"` // part of the scenario's rows, relative to other tables; 1 when not given
	Fixed   int64                 `yaml:"fixed"`  // this many rows for each tenant, whatever its size
	Skip    string                `yaml:"skip"`   // why the table stays empty
	Columns map[string]SeedColumn `yaml:"columns"`
}

// SeedColumn is what the catalog doesn't tell about filling one column. Fields not given are derived from the catalog.
type SeedColumn struct {
	Kind     string   `yaml:"kind"` // see package world
	Table    string   `yaml:"table"`
	Choices  []string `yaml:"choices"`
	Template string   `yaml:"template"`
	// TemplateFile is a file with the template, beside the target's own.
	TemplateFile string `yaml:"template_file"`
	Lo           int64  `yaml:"lo"`
	Hi           int64  `yaml:"hi"`
}

// Load reads target.yaml of a target's folder, and seed.yaml where bulkhead is to fill it. All the mistakes of a file are reported at once.
func Load(folder fs.FS, dir string) (Target, error) {
	t, err := read(folder, dir)
	if err != nil {
		return Target{}, err
	}
	return t, t.check()
}

func read(folder fs.FS, dir string) (Target, error) {
	var t Target
	if err := ReadStrict(folder, path.Join(dir, "target.yaml"), &t); err != nil {
		return Target{}, err
	}
	if err := ReadStrict(folder, path.Join(dir, "seed.yaml"), &t.Seed); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Target{}, err
	}
	return t, t.Seed.readTemplates(folder, dir)
}

// readTemplates reads the templates that are files of their own.
func (s Seed) readTemplates(folder fs.FS, dir string) error {
	for table, hints := range s.Tables {
		for column, hint := range hints.Columns {
			if hint.TemplateFile == "" {
				continue
			}
			text, err := fs.ReadFile(folder, path.Join(dir, hint.TemplateFile))
			if err != nil {
				return fmt.Errorf("seed.yaml: %s.%s: template_file: %w", table, column, err)
			}
			hint.Template = strings.TrimSpace(string(text))
			hints.Columns[column] = hint
		}
	}
	return nil
}

func (t Target) check() error {
	for field, value := range map[string]string{"name": t.Name, "database": t.Database, "tenancy.column": t.Tenancy.Column,
		"tenancy.setting": t.Tenancy.Setting, "tenancy.set": t.Tenancy.Set} {
		if value == "" {
			return fmt.Errorf("target %q: %s is missing from target.yaml", t.Name, field)
		}
	}
	var patterns []string
	for _, p := range t.Paths {
		patterns = append(patterns, p.Table)
	}
	for _, r := range t.Matrix {
		patterns = append(patterns, r.On)
		if _, known := privileges[r.Kind]; !known {
			return fmt.Errorf("target %q: matrix: %q is no kind of object; want table, schema, sequence, function or database", t.Name, r.Kind)
		}
		for _, may := range r.May {
			if !slices.Contains(privileges[r.Kind], may) {
				return fmt.Errorf("target %q: matrix: %s on %s: no privilege of that kind of object; want %s", t.Name, may, r.On, strings.Join(privileges[r.Kind], ", "))
			}
		}
	}
	for _, e := range t.Exceptions {
		patterns = append(patterns, e.Object)
		if e.Reason == "" {
			return fmt.Errorf("target %q: the exception for %s has no reason", t.Name, e.Object)
		}
	}
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil || p == "" {
			return fmt.Errorf("target %q: %q is no name and no pattern of names", t.Name, p)
		}
	}
	return errors.Join(t.Removal.check(t), t.Backup.check(t), t.Onboarding.check(t))
}

// privileges are those that PostgreSQL 15 knows, by kind of object.
var privileges = map[string][]string{
	"":         tablePrivileges,
	"table":    tablePrivileges,
	"schema":   {"USAGE", "CREATE"},
	"sequence": {"USAGE", "SELECT", "UPDATE"},
	"function": {"EXECUTE"},
	"database": {"CONNECT", "CREATE", "TEMPORARY"},
}

var tablePrivileges = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}

// Logins are the names of the roles that may log in.
func (t Target) Logins() (names []string) {
	for _, r := range t.Roles {
		if r.Login {
			names = append(names, r.Name)
		}
	}
	return names
}

// Confined are the names of the roles that must be kept to the tenant that they set.
func (t Target) Confined() (names []string) {
	for _, r := range t.Roles {
		if r.Login && r.Confined {
			names = append(names, r.Name)
		}
	}
	return names
}

// Pooled are the names of the roles that go through the pooler.
func (t Target) Pooled() (names []string) {
	for _, r := range t.Roles {
		if r.Login && r.Pooled {
			names = append(names, r.Name)
		}
	}
	return names
}
