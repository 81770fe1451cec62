package seed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/engardehq/bulkhead/internal/world"
)

// Progress is how far a Copy has got.
type Progress struct {
	Rows      int64 // copied so far
	Total     int64
	Table     string // the one that was begun last
	PerSecond float64
}

// Report is what a Copy has done. Seconds covers all of it: copying, counting, statistics and the check of the foreign keys.
type Report struct {
	Tenants   int     `json:"tenants"`
	Tables    int     `json:"tables"`
	Rows      int64   `json:"rows"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"rows_per_s"`
}

// Tables are the names of a world's tables in a schema, or of all with "".
func Tables(w *world.World, schema string) (names []string) {
	for i := range w.Tables {
		if name := w.Tables[i].Name; schema == "" || schemaOf(name) == schema {
			names = append(names, name)
		}
	}
	return names
}

// Streams is how many connections copy at a time. More than the server has processors for gains nothing.
const Streams = 4

// partRows is about how many rows one COPY takes: few enough that streams end together, and that a big table is shared by all.
const partRows = 40_000

// Copy writes the rows of some of a world's tables, which must hold no rows of the tenants yet, and then makes sure that they
// are all there: every table has as many rows more as the world says, and every foreign key of theirs leads somewhere.
//
// The dsn must be of a superuser: triggers are off while copying (session_replication_role), foreign keys' among them, which is
// why they are checked afterwards. The statistics of the tables are fresh at the end. progress may be nil; it is called from one
// goroutine at a time. After an error the tables hold a part of the rows, and the database is to be made anew.
func Copy(ctx context.Context, dsn string, w *world.World, tables []string, progress func(Progress)) (Report, error) {
	began := time.Now()
	parts, total, err := split(w, tables)
	if err != nil {
		return Report{}, err
	}
	pool, err := connect(ctx, dsn)
	if err != nil {
		return Report{}, fmt.Errorf("seeding: %w", err)
	}
	defer pool.Close()
	before, err := countAll(ctx, pool, tables)
	if err != nil {
		return Report{}, fmt.Errorf("seeding: %w", err)
	}
	if err := copyAll(ctx, pool, w, parts, total, progress); err != nil {
		return Report{}, err
	}
	if err := Verify(ctx, pool, w, tables, before); err != nil {
		return Report{}, err
	}
	took := time.Since(began).Seconds()
	return Report{Tenants: w.Tenants, Tables: len(tables), Rows: total, Seconds: took, PerSecond: float64(total) / took}, nil
}

// connect opens the streams. What they write need not survive a crash of the server: the caller begins anew then.
func connect(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = Streams
	for name, value := range map[string]string{"session_replication_role": "replica", "synchronous_commit": "off",
		"application_name": "bulkhead seed", "statement_timeout": "0", "maintenance_work_mem": "128MB", "work_mem": "64MB"} {
		config.ConnConfig.RuntimeParams[name] = value
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// part is what one COPY takes: the rows of tenants from to below to in one table.
type part struct {
	table    *world.Table
	from, to int
	rows     int64
}

// split cuts the tables into parts, big ones first, so that no stream is left with a big one at the end.
func split(w *world.World, tables []string) (parts []part, total int64, err error) {
	for _, name := range tables {
		t, ok := w.Table(name)
		if !ok {
			return nil, 0, fmt.Errorf("seeding: the world has no table %s; it has %s", name, strings.Join(Tables(w, ""), ", "))
		}
		p := part{table: t}
		for tenantNo := range w.Tenants {
			n := w.Rows(t, tenantNo)
			if p.rows > 0 && p.rows+n > partRows {
				parts = append(parts, p)
				p = part{table: t, from: tenantNo}
			}
			p.rows, p.to = p.rows+n, tenantNo+1
			total += n
		}
		if p.rows > 0 {
			parts = append(parts, p)
		}
	}
	if total == 0 {
		return nil, 0, fmt.Errorf("seeding: no rows to copy for %d tables", len(tables))
	}
	slices.SortStableFunc(parts, func(a, b part) int { return int(b.rows - a.rows) })
	return parts, total, nil
}

func copyAll(ctx context.Context, pool *pgxpool.Pool, w *world.World, parts []part, total int64, progress func(Progress)) error {
	var rows atomic.Int64
	var current atomic.Pointer[string]
	current.Store(&parts[0].table.Name)
	queue := make(chan part, len(parts))
	for _, p := range parts {
		queue <- p
	}
	close(queue)
	group, inner := errgroup.WithContext(ctx)
	for range Streams {
		group.Go(func() error {
			conn, err := pool.Acquire(inner)
			if err != nil {
				return fmt.Errorf("seeding: %w", err)
			}
			defer conn.Release()
			for p := range queue {
				current.Store(&p.table.Name)
				if err := copyPart(inner, conn.Conn(), w, p, &rows); err != nil {
					return fmt.Errorf("seeding %s, tenants %d to %d: %w", p.table.Name, p.from, p.to-1, err)
				}
			}
			return nil
		})
	}
	stop := tell(progress, func(elapsed time.Duration) Progress {
		n := rows.Load()
		return Progress{Rows: n, Total: total, Table: *current.Load(), PerSecond: float64(n) / elapsed.Seconds()}
	})
	defer stop()
	return group.Wait()
}

// tell calls progress five times a second and a last time when stopped.
func tell(progress func(Progress), now func(time.Duration) Progress) (stop func()) {
	if progress == nil {
		return func() {}
	}
	began, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				progress(now(time.Since(began)))
			case <-done:
				progress(now(time.Since(began)))
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

func copyPart(ctx context.Context, conn *pgx.Conn, w *world.World, p part, rows *atomic.Int64) error {
	names := make([]string, len(p.table.Columns))
	for i := range p.table.Columns {
		names[i] = p.table.Columns[i].Name
	}
	text, err := made(ctx, conn, "seed/copy_statement.sql", p.table.Name, names)
	if err != nil {
		return err
	}
	tag, err := conn.PgConn().CopyFrom(ctx, newSource(w, p, rows), text)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && refused.Code == "23505": // unique_violation
		return fmt.Errorf("copy: %w: the table was seeded before, and an empty database is needed; or a column of key %s needs a hint in seed.yaml",
			err, refused.ConstraintName)
	case errors.As(err, &refused) && refused.Code == "23514": // check_violation
		return fmt.Errorf("copy: %w: the columns of %s need a hint in seed.yaml", err, refused.ConstraintName)
	case err != nil:
		return fmt.Errorf("copy: %w", err)
	}
	if tag.RowsAffected() != p.rows {
		return fmt.Errorf("copy: the server took %d rows of %d", tag.RowsAffected(), p.rows)
	}
	return nil
}
