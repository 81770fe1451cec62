package run

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// adopt tells the ledger of the rows that earlier runs against the same stack have written, so that pages and totals are judged as on a
// fresh one.
//
// It looks in all tables that any operation of the target writes to: this run may read what another one's mix has written.
func adopt(ctx context.Context, sys *System, t Target, ledger *oracle.Ledger) error {
	if sys.Epoch == 0 {
		return nil
	}
	conn, err := pgx.Connect(ctx, sys.Stack.DSN.Direct[superuser].Reveal())
	if err != nil {
		return fmt.Errorf("looking for rows of earlier runs: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, name := range ops.Written(t.Ops) {
		table, seeded := sys.World.Table(name)
		if !seeded {
			continue // a service that was left out makes it
		}
		refs, err := writtenRows(ctx, conn, sys.World, table)
		if err != nil {
			return fmt.Errorf("looking for rows of earlier runs in %s: %w", table.Name, err)
		}
		for _, ref := range refs {
			ledger.Adopt(ref)
		}
	}
	return nil
}

// writtenRows are the rows of a table that loads have written, in the order of their numbers.
func writtenRows(ctx context.Context, conn *pgx.Conn, w *world.World, table *world.Table) (refs []tenant.Ref, err error) {
	id := idColumn(table)
	if id == "" {
		return nil, nil
	}
	name := pgx.Identifier(strings.SplitN(table.Name, ".", 2)).Sanitize()
	rows, err := conn.Query(ctx, "SELECT "+pgx.Identifier{id}.Sanitize()+" FROM "+name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row tenant.UUID
		if err := rows.Scan((*[16]byte)(&row)); err != nil {
			return nil, err
		}
		if ref, ours := w.Codec.Ref(row); ours && ref.Row.IsWritten() && w.Numbered(ref.Table) == table {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, func(a, b tenant.Ref) int { return cmp.Compare(a.Row, b.Row) })
	return refs, rows.Err()
}

// idColumn is the column that names a table's rows, "" where there is none.
func idColumn(table *world.Table) string {
	i := slices.IndexFunc(table.Columns, func(c world.Column) bool { return c.Kind == world.ID && c.Type == "uuid" })
	if i < 0 {
		return ""
	}
	return table.Columns[i].Name
}
