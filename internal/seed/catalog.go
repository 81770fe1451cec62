package seed

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/sql"
)

// table is what the catalog says about one table.
type table struct {
	name    string // schema.table
	columns []column
	keys    []key
	foreign []foreign
	checks  []string
}

type column struct {
	name      string
	typ       string // as package world names types
	length    *int   // of varchar and char
	precision *int   // of numeric
	scale     *int
	notNull   bool
	byDefault bool
	numbered  bool // the default counts up a sequence
	labels    []string
}

type key struct {
	name    string
	primary bool
	columns []string
}

type foreign struct {
	name            string
	referred        string
	columns         []string
	referredColumns []string
}

func (t *table) column(name string) *column {
	for i := range t.columns {
		if t.columns[i].name == name {
			return &t.columns[i]
		}
	}
	return nil
}

// readCatalog reads the tables of some schemas, by name.
func readCatalog(ctx context.Context, conn *pgx.Conn, schemas []string) (map[string]*table, error) {
	tables := map[string]*table{}
	var name string
	var c column
	err := each(ctx, conn, "seed/columns.sql", []any{schemas},
		[]any{&name, &c.name, &c.typ, &c.length, &c.precision, &c.scale, &c.notNull, &c.byDefault, &c.numbered, &c.labels}, func() {
			if tables[name] == nil {
				tables[name] = &table{name: name}
			}
			tables[name].columns = append(tables[name].columns, c)
			c = column{}
		})
	if err != nil {
		return nil, err
	}
	var k key
	err = each(ctx, conn, "seed/unique_keys.sql", []any{schemas}, []any{&name, &k.name, &k.primary, &k.columns}, func() {
		tables[name].keys = append(tables[name].keys, k)
		k = key{}
	})
	if err != nil {
		return nil, err
	}
	var f foreign
	err = each(ctx, conn, "seed/foreign_keys.sql", []any{schemas},
		[]any{&name, &f.name, &f.referred, &f.columns, &f.referredColumns}, func() {
			if t := tables[name]; t != nil { // partitions have none of their own
				t.foreign = append(t.foreign, f)
			}
			f = foreign{}
		})
	if err != nil {
		return nil, err
	}
	var check, condition string
	err = each(ctx, conn, "seed/checks.sql", []any{schemas}, []any{&name, &check, &condition}, func() {
		if t := tables[name]; t != nil {
			t.checks = append(t.checks, condition)
		}
	})
	return tables, err
}

// each runs a statement of package sql and calls row for each row, scanned into the places given.
func each(ctx context.Context, conn *pgx.Conn, file string, args, into []any, row func()) error {
	text, err := statement(file)
	if err != nil {
		return err
	}
	rows, err := conn.Query(ctx, text, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if _, err = pgx.ForEachRow(rows, into, func() error { row(); return nil }); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// made asks the server for a statement about a table: it puts the names in, quoted.
func made(ctx context.Context, q querier, file string, args ...any) (string, error) {
	text, err := statement(file)
	if err != nil {
		return "", err
	}
	var out string
	if err := q.QueryRow(ctx, text, args...).Scan(&out); err != nil {
		return "", fmt.Errorf("%s for %v: %w", file, args[0], err)
	}
	return out, nil
}

// querier is a connection or a pool.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func statement(file string) (string, error) {
	text, err := sql.FS.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("a statement of bulkhead's own is missing: %w", err)
	}
	return string(text), nil
}
