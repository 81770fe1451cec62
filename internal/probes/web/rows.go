package web

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/sql"
)

// rows is the superuser's look at the tables behind a service.
type rows struct {
	mu    sync.Mutex
	conn  *pgx.Conn
	began string // the transaction after which rows are the attack's
}

const (
	lookLimit = 10 * time.Second
	tidyLimit = 30 * time.Second
)

func statement(name string) string {
	data, err := sql.FS.ReadFile("probes/" + name)
	if err != nil {
		panic(err) // it is built in
	}
	return string(data)
}

func openRows(ctx context.Context, dsn string) (*rows, error) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("connecting to look at victims' rows: %w", err)
	}
	r := &rows{conn: conn}
	if err := conn.QueryRow(ctx, "SELECT pg_catalog.pg_current_xact_id()::xid::text").Scan(&r.began); err != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("noting when the attack began: %w", err)
	}
	return r, nil
}

func (r *rows) close() {
	ctx, cancel := context.WithTimeout(context.Background(), lookLimit)
	defer cancel()
	_ = r.conn.Close(ctx)
}

// digest tells one state of a row from another; "" where the row isn't there.
func (r *rows) digest(ctx context.Context, table, id string) (string, error) {
	return r.one(ctx, "http_row.sql", table, id)
}

// column is one column of a row, as text; "" where it isn't there.
func (r *rows) column(ctx context.Context, table, column, id string) (string, error) {
	return r.one(ctx, "http_column.sql", table, column, id)
}

// one asks one of the files above about a table.
func (r *rows) one(ctx context.Context, file, table string, more ...any) (string, error) {
	schema, name, _ := strings.Cut(table, ".")
	r.mu.Lock()
	defer r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	var text *string
	if err := r.conn.QueryRow(ctx, statement(file), append([]any{schema, name}, more...)...).Scan(&text); err != nil {
		return "", fmt.Errorf("looking at a row of %s: %w", table, err)
	}
	if text == nil {
		return "", nil
	}
	return *text, nil
}

// tidy takes away the rows that the attack has made: those in the world's tables that are newer than its begin and no part of the world. Rows that
// somebody else writes meanwhile with ids that are no marks would go with them, so nothing else may run beside an attack over HTTP.
func (r *rows) tidy(ctx context.Context, w *world.World) (removed int64, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyLimit)
	defer cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, t := range w.Tables {
		names = append(names, t.Name)
	}
	type table struct{ Schema, Name, Delete string }
	found, err := r.conn.Query(ctx, statement("http_tables.sql"), names)
	if err != nil {
		return 0, fmt.Errorf("listing tables to tidy: %w", err)
	}
	tables, err := pgx.CollectRows(found, pgx.RowToStructByPos[table])
	if err != nil {
		return 0, fmt.Errorf("listing tables to tidy: %w", err)
	}
	err = pgx.BeginFunc(ctx, r.conn, func(tx pgx.Tx) error {
		// New rows refer to each other in any order, and triggers that guard the audit trail are for the applications.
		if _, err := tx.Exec(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
			return err
		}
		for _, t := range tables {
			found, err := tx.Query(ctx, statement("http_new.sql"), t.Schema, t.Name, tenantColumn(w, t.Schema+"."+t.Name), r.began)
			if err != nil {
				return err
			}
			all, err := pgx.CollectRows(found, pgx.RowToStructByPos[newRow])
			if err != nil {
				return fmt.Errorf("new rows of %s.%s: %w", t.Schema, t.Name, err)
			}
			places := strangers(w, all)
			if len(places) == 0 {
				continue
			}
			tag, err := tx.Exec(ctx, t.Delete, places)
			if err != nil {
				return fmt.Errorf("new rows of %s.%s: %w", t.Schema, t.Name, err)
			}
			removed += tag.RowsAffected()
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("taking away what the attack made: %w", err)
	}
	return removed, nil
}

// newRow is a row that was written since the attack began.
type newRow struct{ Place, ID, Tenant string }

// strangers are the places of rows that are no part of the world: their ids are no marks, or marks of another tenant's rows.
func strangers(w *world.World, rows []newRow) (places []string) {
	for _, row := range rows {
		tenant.ScanUUIDs([]byte(row.ID), func(u tenant.UUID) bool {
			ref, ours := w.Codec.Ref(u)
			if !ours || row.Tenant != "" && row.Tenant != w.Codec.TenantID(ref.Tenant).String() {
				places = append(places, row.Place)
			}
			return false
		})
	}
	return places
}

// tenantColumn names the column in which a table says whose a row is; nil where it has none.
func tenantColumn(w *world.World, table string) any {
	t, _ := w.Table(table)
	for _, c := range t.Columns {
		if c.Kind == world.Tenant && c.Type == "uuid" {
			return c.Name
		}
	}
	return nil
}
