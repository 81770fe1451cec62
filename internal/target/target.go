// Package target says what a target is: the deployment whose tenants are to be kept apart, as plain data that a team can bring of its
// own. It loads and checks the files of a target's folder and knows no target by name; run, seed, checks, probes and reports read it.
package target

import (
	"fmt"
	"io/fs"
	"path"
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
	Exceptions []Exception `yaml:"exceptions"`
	Departures []Departure `yaml:"departures"`
	Seed       Seed        `yaml:"-"` // from seed.yaml
}

// Tenancy says how a session is given its tenant and how a table shows whose its rows are.
type Tenancy struct {
	Column  string `yaml:"column"`  // of tables that carry their tenant
	Setting string `yaml:"setting"` // the configuration parameter that policies read
	Set     string `yaml:"set"`     // statement with $1, the tenant's uuid: sets the tenant for the transaction
}

// Role is one database role of the target.
type Role struct {
	Name    string `yaml:"name"`
	Login   bool   `yaml:"login"`
	Pooled  bool   `yaml:"pooled"` // goes through the pooler
	Purpose string `yaml:"purpose"`
}

// Langflow is what the target needs of that service.
type Langflow struct {
	Env map[string]string `yaml:"env"` // LANGFLOW_* settings
}

// Audit is the target's audit trail, for counting its entries against operations. Without an entry there is none.
type Audit struct {
	Entry string `yaml:"entry"` // statement of the operations that adds an entry, a file in sql/ops
	Count string `yaml:"count"` // statement that gives operation and number of entries since $1, a file in sql/
}

// Path tells how the tenant of a table without a tenant column is found.
type Path struct {
	Table   string `yaml:"table"`
	Through string `yaml:"through"`
}

// Exception is an object that is deliberately not kept apart by tenant.
type Exception struct {
	Object string `yaml:"object"`
	Reason string `yaml:"reason"`
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
	Lo       int64    `yaml:"lo"`
	Hi       int64    `yaml:"hi"`
}

// Load reads target.yaml and seed.yaml of a target's folder. All the mistakes of a file are reported at once.
func Load(folder fs.FS, dir string) (Target, error) {
	var t Target
	if err := ReadStrict(folder, path.Join(dir, "target.yaml"), &t); err != nil {
		return Target{}, err
	}
	if err := ReadStrict(folder, path.Join(dir, "seed.yaml"), &t.Seed); err != nil {
		return Target{}, err
	}
	return t, t.check()
}

func (t Target) check() error {
	for field, value := range map[string]string{"name": t.Name, "database": t.Database, "tenancy.column": t.Tenancy.Column,
		"tenancy.setting": t.Tenancy.Setting, "tenancy.set": t.Tenancy.Set} {
		if value == "" {
			return fmt.Errorf("target %q: %s is missing from target.yaml", t.Name, field)
		}
	}
	return nil
}

// Logins are the names of the roles that may log in.
func (t Target) Logins() (names []string) {
	for _, r := range t.Roles {
		if r.Login {
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
