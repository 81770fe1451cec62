// Package fingerprint takes down what a database holds and how it is protected, so that two moments, or a database and its copy, can be
// compared: tables, rows, owners, row security, policies, rights, keys and migrations. It changes nothing. Layouts, cutovers and
// restores are judged by it.
package fingerprint

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/sql"
)

// State is what a database holds and how it is protected, at one moment.
type State struct {
	Tables    map[string]Table    `json:"tables"`            // by schema.name
	Objects   map[string]string   `json:"objects"`           // everything else, by kind and name: owner, rights and definition
	Revisions map[string][]string `json:"revisions"`         // by schema: what its alembic_version says
	Tenants   map[string]int64    `json:"tenants,omitempty"` // rows of each in tables with the tenant column, where asked for
}

// Table is one table of a State. Its texts are the server's own words.
type Table struct {
	Owner       string            `json:"owner"`
	RowSecurity string            `json:"row_security"` // off, on or forced
	Columns     []string          `json:"columns"`      // with their types
	Policies    []string          `json:"policies"`
	Grants      []string          `json:"grants"` // grantee: privileges; of a column, its name first
	Keys        []string          `json:"keys"`
	Rows        int64             `json:"rows"`
	Sum         string            `json:"sum"`         // over whole rows
	ColumnSums  map[string]string `json:"column_sums"` // by name and type: a table that got, lost or converted a column is compared by those that stayed
}

// Options say what to look at.
type Options struct {
	Schemas      []string
	Rows         bool   // sum up rows: reads all of every table
	TenantColumn string // count the rows of each tenant by it; "" for not
	Snapshot     string // exported by another transaction (pg_export_snapshot), to see the rows that it sees; "" for those of now
	// Only limits the rows that are summed up, for tables to which others add: by schema.name.
	Only map[string]Subset
}

// Subset is some rows of a table.
type Subset struct {
	Column string // a uuid that names them
	IDs    []string
	Others bool // all rows but these
}

// Take reads the state by a connection of the superuser, whom policies don't hold, in one transaction.
func Take(ctx context.Context, conn *pgx.Conn, o Options) (*State, error) {
	s, err := take(ctx, conn, o)
	if err != nil {
		return nil, fmt.Errorf("fingerprint: %w", err)
	}
	return s, nil
}

func take(ctx context.Context, conn *pgx.Conn, o Options) (*State, error) {
	begin, err := statement("fingerprint/begin.sql")
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, begin); err != nil {
		return nil, err
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "ROLLBACK") }()
	if o.Snapshot != "" {
		if strings.ContainsAny(o.Snapshot, `'\`) {
			return nil, fmt.Errorf("%q is no snapshot", o.Snapshot)
		}
		if _, err := conn.Exec(ctx, "SET TRANSACTION SNAPSHOT '"+o.Snapshot+"'"); err != nil {
			return nil, err
		}
	}
	s := &State{Tables: map[string]Table{}, Objects: map[string]string{}, Revisions: map[string][]string{}}
	if err := s.readTables(ctx, conn, o.Schemas); err != nil {
		return nil, err
	}
	if err := s.readObjects(ctx, conn, o.Schemas); err != nil {
		return nil, err
	}
	for name := range s.Tables {
		// Its rows are the revisions.
		if o.Rows && !strings.HasSuffix(name, ".alembic_version") {
			if err := s.sum(ctx, conn, name, o.Only); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for _, schema := range o.Schemas {
		if _, ok := s.Tables[schema+".alembic_version"]; !ok {
			continue
		}
		rows, err := conn.Query(ctx, "SELECT version_num FROM "+pgx.Identifier{schema, "alembic_version"}.Sanitize()+" ORDER BY 1")
		if err == nil {
			s.Revisions[schema], err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		if err != nil {
			return nil, fmt.Errorf("revisions of %s: %w", schema, err)
		}
	}
	if o.TenantColumn != "" {
		return s, s.countTenants(ctx, conn, o)
	}
	return s, nil
}

func (s *State) readTables(ctx context.Context, conn *pgx.Conn, schemas []string) error {
	rows, err := query(ctx, conn, "fingerprint/tables.sql", schemas)
	if err != nil {
		return err
	}
	var name string
	var t Table
	_, err = pgx.ForEachRow(rows, []any{&name, &t.Owner, &t.RowSecurity, &t.Columns, &t.Policies, &t.Grants, &t.Keys}, func() error {
		s.Tables[name] = t
		t = Table{}
		return nil
	})
	return err
}

func (s *State) readObjects(ctx context.Context, conn *pgx.Conn, schemas []string) error {
	rows, err := query(ctx, conn, "fingerprint/objects.sql", schemas)
	if err != nil {
		return err
	}
	var name, description string
	_, err = pgx.ForEachRow(rows, []any{&name, &description}, func() error {
		s.Objects[name] = description
		return nil
	})
	return err
}

func (s *State) sum(ctx context.Context, conn *pgx.Conn, name string, only map[string]Subset) error {
	text, err := statement("fingerprint/rows_statement.sql")
	if err != nil {
		return err
	}
	schema, table := split(name)
	var read string
	var columns, sums []string
	var by *string
	var others bool
	var args []any
	if some, limited := only[name]; limited {
		by, others, args = &some.Column, some.Others, []any{some.IDs}
	}
	if err := conn.QueryRow(ctx, text, pgx.Identifier{schema, table}.Sanitize(), by, others).Scan(&read, &columns); err != nil {
		return err
	}
	t := s.Tables[name]
	if err := conn.QueryRow(ctx, read, args...).Scan(&t.Rows, &t.Sum, &sums); err != nil {
		return err
	}
	t.ColumnSums = map[string]string{}
	for i, column := range columns {
		t.ColumnSums[column] = sums[i]
	}
	s.Tables[name] = t
	return nil
}

func (s *State) countTenants(ctx context.Context, conn *pgx.Conn, o Options) error {
	text, err := statement("fingerprint/tenants_statement.sql")
	if err != nil {
		return err
	}
	var count string
	err = conn.QueryRow(ctx, text, o.Schemas, o.TenantColumn).Scan(&count)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("no table has a column %s, so tenants' rows can't be counted", o.TenantColumn)
	}
	if err != nil {
		return err
	}
	rows, err := conn.Query(ctx, count)
	if err != nil {
		return err
	}
	s.Tenants = map[string]int64{}
	var tenant *string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&tenant, &n}, func() error {
		if tenant == nil {
			s.Tenants["none"] += n
		} else {
			s.Tenants[*tenant] += n
		}
		return nil
	})
	return err
}

// BrokenKeys are the foreign keys of the schemas that have rows whose reference leads nowhere, with how many.
func BrokenKeys(ctx context.Context, conn *pgx.Conn, schemas []string) (broken []string, err error) {
	rows, err := query(ctx, conn, "catalog/orphans_statements.sql", schemas)
	if err != nil {
		return nil, fmt.Errorf("foreign keys: %w", err)
	}
	type key struct{ Table, Name, Count string }
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[key])
	if err != nil {
		return nil, fmt.Errorf("foreign keys: %w", err)
	}
	for _, k := range keys {
		var n int64
		if err := conn.QueryRow(ctx, k.Count).Scan(&n); err != nil {
			return nil, fmt.Errorf("foreign key %s of %s: %w", k.Name, k.Table, err)
		}
		if n > 0 {
			broken = append(broken, fmt.Sprintf("%s %s: %d rows", k.Table, k.Name, n))
		}
	}
	return broken, nil
}

func query(ctx context.Context, conn *pgx.Conn, file string, args ...any) (pgx.Rows, error) {
	text, err := statement(file)
	if err != nil {
		return nil, err
	}
	return conn.Query(ctx, text, args...)
}

func statement(file string) (string, error) {
	text, err := sql.FS.ReadFile(file)
	return string(text), err
}

// split parts a name at its first dot: no schema here has one in its name.
func split(name string) (schema, table string) {
	schema, table, _ = strings.Cut(name, ".")
	return schema, table
}
