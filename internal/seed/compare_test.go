package seed

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// compareAll reads every seeded row in binary and compares each value with the computed one.
func compareAll(t *testing.T, conn *pgx.Conn, w *world.World) {
	values := 0
	for i := range w.Tables {
		table := &w.Tables[i]
		n, err := compareTable(t.Context(), conn, w, table)
		if err != nil {
			t.Errorf("%s: %v", table.Name, err)
		}
		values += n
	}
	if values < 50_000 {
		t.Errorf("only %d values were compared", values)
	}
	t.Logf("%d values compared", values)
}

func compareTable(ctx context.Context, conn *pgx.Conn, w *world.World, table *world.Table) (compared int, err error) {
	marks := 0 // columns that tell which row this is
	for _, c := range table.Columns {
		if c.Kind == world.ID || c.Kind == world.Aligned || c.Kind == world.Tenant {
			marks++
		}
	}
	names := make([]string, len(table.Columns))
	for i, c := range table.Columns {
		names[i] = pgx.Identifier{c.Name}.Sanitize()
	}
	schema, name, _ := strings.Cut(table.Name, ".")
	rows, err := conn.Query(ctx, fmt.Sprintf("SELECT %s FROM %s", strings.Join(names, ", "), pgx.Identifier{schema, name}.Sanitize()),
		pgx.QueryResultFormats{pgx.BinaryFormatCode})
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	seen := map[tenant.Ref]bool{}
	for rows.Next() {
		raw := rows.RawValues()
		ref, ok := whose(w, table, raw)
		if !ok {
			return compared, fmt.Errorf("a row that nobody seeded: %x", raw)
		}
		if seen[ref] {
			return compared, fmt.Errorf("row %+v is there twice", ref)
		}
		seen[ref] = true
		for i := range table.Columns {
			want, null := w.AppendValue(nil, table, &table.Columns[i], ref.Tenant, ref.Row)
			if null != (raw[i] == nil) || !bytes.Equal(want, raw[i]) {
				return compared, fmt.Errorf("%s of %+v:\n have %s\n want %s (NULL: %v)", table.Columns[i].Name, ref, dump(raw[i]), dump(want), null)
			}
			compared++
		}
	}
	if int64(len(seen)) != w.Total(table) {
		return compared, fmt.Errorf("%d rows of %d are there", len(seen), w.Total(table))
	}
	return compared, rows.Err()
}

func dump(b []byte) string {
	if b == nil {
		return "NULL"
	}
	return hex.EncodeToString(b) + " " + fmt.Sprintf("%q", b)
}

// whose finds the row that a result is from, by its own id or by a canary in it.
func whose(w *world.World, table *world.Table, raw [][]byte) (ref tenant.Ref, ok bool) {
	for i, c := range table.Columns {
		if c.Type == "uuid" && len(raw[i]) == 16 && (c.Kind == world.ID || c.Kind == world.Aligned || c.Kind == world.Tenant && table.Fixed == 1) {
			if ref, ok = w.Codec.Ref(tenant.UUID(raw[i])); ok {
				return tenant.Ref{Tenant: ref.Tenant, Table: w.Number(table), Row: ref.Row}, true
			}
		}
	}
	for i := range raw {
		w.Codec.Scan(raw[i], func(s tenant.Sighting) bool { ref, ok = s.Ref, s.Whole; return !ok })
		if ok {
			return ref, true
		}
	}
	return ref, false
}
