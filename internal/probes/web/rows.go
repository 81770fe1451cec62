package web

import (
	"context"
	"fmt"
	"slices"
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
	past  *pgx.Conn // in a transaction that sees what was there when the attack began
	began string    // the transaction after which rows may be the attack's
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
	r := &rows{}
	var err error
	if r.conn, err = pgx.Connect(ctx, dsn); err == nil {
		r.past, err = pgx.Connect(ctx, dsn)
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("connecting to look at victims' rows: %w", err)
	}
	if err = r.conn.QueryRow(ctx, "SELECT pg_catalog.pg_current_xact_id()::xid::text").Scan(&r.began); err == nil {
		_, err = r.past.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1 FROM pg_catalog.pg_class LIMIT 1")
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("noting when the attack began: %w", err)
	}
	return r, nil
}

func (r *rows) close() {
	ctx, cancel := context.WithTimeout(context.Background(), lookLimit)
	defer cancel()
	for _, conn := range []*pgx.Conn{r.conn, r.past} {
		if conn != nil {
			_ = conn.Close(ctx)
		}
	}
}

// digest tells one state of a tenant's row from another; "" where the row isn't there.
func (r *rows) digest(ctx context.Context, w *world.World, table string, tenantNo int, id string) (string, error) {
	return r.one(ctx, "http_row.sql", table, tenantColumn(w, table), w.Codec.TenantID(tenantNo).String(), id)
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

// tidy takes away the rows that the attack has made: those in the world's tables, in the schemas that the service
// writes to, that weren't there when it began and are no part of the world. Rows
// that somebody else makes meanwhile with ids that are no marks would go with them, so nothing else may run beside an attack over HTTP.
func (r *rows) tidy(ctx context.Context, w *world.World, schemas []string) (removed int64, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyLimit)
	defer cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, t := range w.Tables {
		if schema, _, _ := strings.Cut(t.Name, "."); slices.Contains(schemas, schema) {
			names = append(names, t.Name)
		}
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
			made, err := r.made(ctx, w, t.Schema, t.Name, all)
			if err != nil {
				return fmt.Errorf("new rows of %s.%s: %w", t.Schema, t.Name, err)
			}
			if len(made) == 0 {
				continue
			}
			var places []string
			for _, row := range made {
				places = append(places, row.Place)
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

const (
	settleEvery = 300 * time.Millisecond
	settleQuiet = 3 // looks without a new row
	settleLimit = 15 * time.Second
)

// settle takes away what comes after the attack: a service may write down what it was asked some time after it has answered, with the ids of
// other tenants that it was asked for, and whoever reads its own rows later would find them there.
func (r *rows) settle(ctx context.Context, w *world.World, schemas []string) error {
	deadline := time.Now().Add(settleLimit)
	for quiet := 0; quiet < settleQuiet && time.Now().Before(deadline); {
		removed, err := r.tidy(ctx, w, schemas)
		if err != nil {
			return err
		}
		if quiet++; removed > 0 {
			quiet = 0
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(settleEvery):
		}
	}
	return nil
}

// newRow is a row that was written since the attack began.
type newRow struct{ Place, ID, Tenant string }

// made are those of new rows that the attack has made: the others were there before and have only been written anew.
func (r *rows) made(ctx context.Context, w *world.World, schema, table string, all []newRow) ([]newRow, error) {
	strange := strangers(w, all)
	var plain []string
	for _, row := range strange {
		if _, ours := w.Codec.Ref(parsed(row.ID)); !ours {
			plain = append(plain, row.ID)
		}
	}
	if len(plain) == 0 {
		return strange, nil
	}
	found, err := r.past.Query(ctx, statement("http_past.sql"), schema, table, "{"+strings.Join(plain, ",")+"}")
	if err != nil {
		return nil, err
	}
	before, err := pgx.CollectRows(found, pgx.RowTo[string])
	return slices.DeleteFunc(strange, func(row newRow) bool { return slices.Contains(before, row.ID) }), err
}

func parsed(id string) (u tenant.UUID) {
	tenant.ScanUUIDs([]byte(id), func(found tenant.UUID) bool { u = found; return false })
	return u
}

// strangers are the rows that are no part of the world: their ids are no marks, or marks of another tenant's rows.
func strangers(w *world.World, rows []newRow) (all []newRow) {
	for _, row := range rows {
		ref, ours := w.Codec.Ref(parsed(row.ID))
		if !ours || row.Tenant != "" && row.Tenant != w.Codec.TenantID(ref.Tenant).String() {
			all = append(all, row)
		}
	}
	return all
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
