// Package catalog reads what PostgreSQL says of a database and finds in it the tables that hold tenants' rows: by their tenant column, by
// what the target declares, by foreign keys. It only reads, and judges nothing; checks, probes and drill ask it what there is to look at.
package catalog

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/sql"
)

// Catalog is one database as it was when it was read.
type Catalog struct {
	Relations []*Relation // by name; the system's own left out

	byOID  map[uint32]*Relation
	byName map[string]*Relation

	mu       sync.Mutex
	readable map[string]map[*Relation][]string // by role, once it was asked for
}

// Kind is a relation's relkind.
type Kind string

// The kinds of relation that one can select from.
const (
	Table            Kind = "r"
	Partitioned      Kind = "p"
	View             Kind = "v"
	MaterializedView Kind = "m"
	ForeignTable     Kind = "f"
)

// Relation is something that one can select from.
type Relation struct {
	OID         uint32
	Schema      string
	Name        string
	Kind        Kind
	Owner       string
	RowSecurity bool // enabled
	Forced      bool // for the owner too
	IsPartition bool
	Rows        float64  // the planner's estimate
	Parents     []uint32 // that it inherits from or is a partition of
	Columns     []Column

	Tenancy *Tenancy // nil where no way leads from a row to a tenant
	Shared  string   // why it is the same for all tenants, where the target declares it
}

// Column is one column of a relation.
type Column struct {
	Name       string
	Type       string // as in SQL, with its length
	NotNull    bool
	Generated  bool // no value can be given for it
	HasDefault bool
}

// How a relation's tenants were found.
const (
	ByColumn      = "tenant column"
	ByDeclaration = "declared path"
	ByKey         = "foreign key"
	ByParent      = "inheritance"
)

// Tenancy is the way from a row to its tenant. Its SQL speaks of the relation by the alias t.
type Tenancy struct {
	How    string // one of those above
	Column string // that holds the tenant itself; "" where the way leads through other tables
	Of     string // scalar expression: the row's tenant as text, NULL where it has none
	Mine   string // condition: the row belongs to the tenant $1, a text
}

// IsTable tells what holds rows of its own from what shows those of others.
func (r *Relation) IsTable() bool { return r.Kind == Table || r.Kind == Partitioned }

// FullName is schema.name, as people and target files write it.
func (r *Relation) FullName() string { return r.Schema + "." + r.Name }

// SQL is its quoted name.
func (r *Relation) SQL() string { return pgx.Identifier{r.Schema, r.Name}.Sanitize() }

// Column finds a column by name, nil where there is none.
func (r *Relation) Column(name string) *Column {
	i := slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Columns[i]
}

// Named finds a relation by schema.name, nil where there is none.
func (c *Catalog) Named(name string) *Relation { return c.byName[name] }

// ByOID finds a relation by its oid, nil where there is none.
func (c *Catalog) ByOID(oid uint32) *Relation { return c.byOID[oid] }

// TenantTables are the tables that hold tenants' rows, by name.
func (c *Catalog) TenantTables() (tables []*Relation) {
	for _, r := range c.Relations {
		if r.IsTable() && r.Tenancy != nil {
			tables = append(tables, r)
		}
	}
	return tables
}

// Read reads a database's relations and finds whose their rows are. conn may be anybody's: the catalog is open to all.
func Read(ctx context.Context, conn *pgx.Conn, t target.Target) (*Catalog, error) {
	c := &Catalog{byOID: map[uint32]*Relation{}, byName: map[string]*Relation{}, readable: map[string]map[*Relation][]string{}}
	var r Relation
	err := each(ctx, conn, "relations.sql", nil, []any{&r.OID, &r.Schema, &r.Name, &r.Kind, &r.Owner, &r.RowSecurity, &r.Forced, &r.IsPartition, &r.Rows, &r.Parents}, func() {
		one := r
		one.Parents = slices.Clone(r.Parents)
		c.Relations = append(c.Relations, &one)
		c.byOID[one.OID], c.byName[one.FullName()] = &one, &one
	})
	if err != nil {
		return nil, err
	}
	var oid uint32
	var col Column
	err = each(ctx, conn, "columns.sql", nil, []any{&oid, &col.Name, &col.Type, &col.NotNull, &col.Generated, &col.HasDefault}, func() {
		if rel := c.byOID[oid]; rel != nil {
			rel.Columns = append(rel.Columns, col)
		}
	})
	if err != nil {
		return nil, err
	}
	var k foreignKey
	var keys []foreignKey
	err = each(ctx, conn, "foreign_keys.sql", nil, []any{&k.from, &k.name, &k.to, &k.columns, &k.referred}, func() {
		one := k
		one.columns, one.referred = slices.Clone(k.columns), slices.Clone(k.referred)
		keys = append(keys, one)
	})
	if err != nil {
		return nil, err
	}
	return c, c.findTenants(t, keys)
}

// Readable gives the columns that a role may select, by relation. It is read once; the caller leaves it as it is.
func (c *Catalog) Readable(ctx context.Context, conn *pgx.Conn, role string) (map[*Relation][]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.readable[role]; ok {
		return known, nil
	}
	out := map[*Relation][]string{}
	var oid uint32
	var columns []string
	err := each(ctx, conn, "readable.sql", []any{role}, []any{&oid, &columns}, func() {
		if r := c.byOID[oid]; r != nil {
			out[r] = slices.Clone(columns)
		}
	})
	if err == nil {
		c.readable[role] = out
	}
	return out, err
}

// each runs a statement of sql/catalog and calls row for each row, scanned into the places given.
func each(ctx context.Context, conn *pgx.Conn, file string, args, into []any, row func()) error {
	text, err := sql.FS.ReadFile("catalog/" + file)
	if err != nil {
		return fmt.Errorf("a statement of bulkhead's own is missing: %w", err)
	}
	rows, err := conn.Query(ctx, string(text), args...)
	if err == nil {
		_, err = pgx.ForEachRow(rows, into, func() error { row(); return nil })
	}
	if err != nil {
		return fmt.Errorf("reading the catalog: sql/catalog/%s: %w", file, err)
	}
	return nil
}
