package layouts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/sql"
)

const watchEvery = 20 * time.Millisecond

// watcher looks again and again whether a role that isn't Langflow's own may read a tenant's table without a policy, and if so, reads as a
// tenant that has no rows: whatever comes back is another's.
type watcher struct {
	cancel context.CancelFunc
	done   chan error
	found  result.Exposure
}

func watchTables(ctx context.Context, x *cell) (*watcher, error) {
	look, err := sql.FS.ReadFile("layouts/exposed.sql")
	if err != nil {
		return nil, err
	}
	parts := x.t.Layout.Parts()
	readers := slices.DeleteFunc(x.t.Confined(), func(role string) bool { return role == parts.Langflow && len(x.t.Confined()) > 1 })
	conns := map[string]*pgx.Conn{}
	for _, role := range append(slices.Clone(readers), superuser) {
		conn, err := pgx.Connect(ctx, x.n.DirectDSN(role, x.t.Database).Reveal())
		if err != nil {
			return nil, fmt.Errorf("watching the tables: %w", err)
		}
		conns[role] = conn
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &watcher{cancel: cancel, done: make(chan error, 1), found: result.Exposure{Tables: []string{}}}
	go func() {
		began, tables := time.Now(), map[string]bool{}
		defer func() {
			for _, conn := range conns {
				_ = conn.Close(context.WithoutCancel(ctx))
			}
		}()
		var err error
		for err == nil && ctx.Err() == nil {
			err = w.look(ctx, string(look), parts.LangflowSchema, readers, conns, tables)
			select {
			case <-ctx.Done():
			case <-time.After(watchEvery):
			}
		}
		if ctx.Err() != nil {
			err = nil
		}
		w.found.Tables, w.found.Seconds = slices.AppendSeq(w.found.Tables, maps.Keys(tables)), time.Since(began).Seconds()
		slices.Sort(w.found.Tables)
		w.done <- err
	}()
	return w, nil
}

func (w *watcher) look(ctx context.Context, text, schema string, readers []string, conns map[string]*pgx.Conn, tables map[string]bool) error {
	rows, err := conns[superuser].Query(ctx, text, schema, readers)
	if err != nil {
		return fmt.Errorf("watching the tables: %w", err)
	}
	type open struct{ Table, Reader string }
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[open])
	if err != nil {
		return fmt.Errorf("watching the tables: %w", err)
	}
	w.found.Looks++
	var read int64
	for _, f := range found {
		tables[schema+"."+f.Table] = true
		var n int64
		// A migration may hold the table, or have dropped it since: then nobody reads it at this moment.
		if conns[f.Reader].QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{schema, f.Table}.Sanitize()).Scan(&n) == nil {
			read += n
		}
	}
	w.found.Rows = max(w.found.Rows, read)
	return nil
}

// end stops looking and tells what was seen.
func (w *watcher) end() (*result.Exposure, error) {
	w.cancel()
	err := <-w.done
	return &w.found, err
}
