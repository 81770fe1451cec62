package probes

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// echoes are what a role gets back when it writes its own rows as they are: where a trigger changes them on the way, it may have looked at
// others' to do so.
func (a *Attack) echoes(ctx context.Context, role string) (all []view, err error) {
	rows, err := a.boss.Query(ctx, text("echoes.sql"), pgx.QueryExecModeExec, role)
	if err != nil {
		return nil, err
	}
	var schema, table, column string
	_, err = pgx.ForEachRow(rows, []any{&schema, &table, &column}, func() error {
		r := a.Catalog.Named(schema + "." + table)
		if r == nil || r.Tenancy == nil {
			return nil
		}
		var shown []string
		for _, c := range a.readable[role][r] {
			shown = append(shown, "t."+identifier(c))
		}
		if len(shown) == 0 {
			return nil
		}
		col := identifier(column)
		all = append(all, view{name: r.FullName(), channel: "W06", what: ": a trigger works it out from them when a row is written",
			fix:  "ALTER TABLE " + r.SQL() + " DISABLE TRIGGER USER;",
			call: call{sql: "UPDATE " + r.SQL() + " AS t SET " + col + " = t." + col + " RETURNING ROW(" + strings.Join(shown, ", ") + ")::text"}})
		return nil
	})
	return all, err
}
