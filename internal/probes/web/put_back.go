package web

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/world"
)

// putBack brings a victim's row that a service let somebody change back to what it was when the attack began: an attack leaves a stack as it found
// it. What went with the row, by a cascade, stays away.
func (r *rows) putBack(ctx context.Context, w *world.World, table string, tenantNo int, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyLimit)
	defer cancel()
	schema, name, _ := strings.Cut(table, ".")
	named := []any{schema, name, tenantColumn(w, table), w.Codec.TenantID(tenantNo).String(), id}
	r.mu.Lock()
	defer r.mu.Unlock()
	var read, remove, insert, was string
	err := r.conn.QueryRow(ctx, statement("http_was_statement.sql"), named...).Scan(&read)
	if err == nil {
		err = r.conn.QueryRow(ctx, statement("http_put_back_statement.sql"), named...).Scan(&remove, &insert)
	}
	if err == nil {
		err = r.past.QueryRow(ctx, read).Scan(&was)
	}
	if err == nil {
		err = pgx.BeginFunc(ctx, r.conn, func(tx pgx.Tx) error {
			// Whatever refers to the row, and whatever fires for it, was served when it was first written.
			for _, s := range []string{"SET LOCAL session_replication_role = replica", remove} {
				if _, err := tx.Exec(ctx, s); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, insert, was)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("putting back a row of %s that a service let somebody change: %w", table, err)
	}
	return nil
}
