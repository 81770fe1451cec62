package probes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
)

// rowsDisturbed is how many rows of a table are changed by each statement.
const rowsDisturbed = 25

// disturb changes rows of all tenants but one in every table: values, more rows, fewer rows; then materialized views are made anew.
func (a *Attack) disturb(ctx context.Context, attacker string) (changed int64, err error) {
	tables, err := a.disturbable(ctx)
	if err != nil {
		return 0, err
	}
	for _, w := range tables {
		r := w.relation
		theirs := " WHERE (" + r.Tenancy.Mine + ") IS NOT TRUE"
		some := " WHERE t.ctid IN (SELECT t.ctid FROM " + r.SQL() + " AS t" + theirs + " LIMIT " + fmt.Sprint(rowsDisturbed) + ")"
		var sets []string
		for _, c := range w.update {
			if change := changeOf(r.Column(c)); change != "" && !slices.Contains(w.keys, c) && !slices.Contains(w.foreign, c) {
				sets = append(sets, identifier(c)+" = "+change)
			}
		}
		n, err := a.update(ctx, r, sets, some, attacker)
		if err != nil {
			return changed, err
		}
		changed += n
		_, row, err := a.victimRow(ctx, r, attacker)
		if err != nil {
			return changed, err
		}
		if row != nil {
			columns := w.insertable(row)
			n, err := a.boss.attemptRows(ctx, "INSERT INTO "+r.SQL()+" ("+list(columns)+") OVERRIDING SYSTEM VALUE SELECT "+list(columns)+
				" FROM pg_catalog.jsonb_populate_record(NULL::"+r.SQL()+", $1::text::jsonb)", encode(w.renewed(row, w.keys)))
			if err != nil {
				return changed, err
			}
			changed += n
		}
		if strings.HasPrefix(a.Target.Tenancy.Tenants, r.FullName()+".") { // takes along all that the tenants have, which is seconds of work
			continue
		}
		if n, err = a.boss.attemptRows(ctx, "DELETE FROM "+r.SQL()+" AS t"+some, attacker); err != nil {
			return changed, err
		}
		changed += n
	}
	for _, r := range a.Catalog.Relations {
		if r.Kind == catalog.MaterializedView {
			if _, err := a.boss.attemptRows(ctx, "REFRESH MATERIALIZED VIEW "+r.SQL()); err != nil {
				return changed, err
			}
		}
	}
	return changed, nil
}

// update changes columns at once or, where a rule of the table forbids one of them, each by itself.
func (a *Attack) update(ctx context.Context, r *catalog.Relation, sets []string, where, attacker string) (n int64, err error) {
	if len(sets) == 0 {
		return 0, nil
	}
	n, err = a.boss.attemptRows(ctx, "UPDATE "+r.SQL()+" AS t SET "+strings.Join(sets, ", ")+where, attacker)
	if err != nil || n > 0 || len(sets) == 1 {
		return n, err
	}
	for _, set := range sets {
		one, err := a.boss.attemptRows(ctx, "UPDATE "+r.SQL()+" AS t SET "+set+where, attacker)
		if err != nil {
			return n, err
		}
		n += one
	}
	return n, nil
}

// disturbable are the tenants' tables, each with all its columns.
func (a *Attack) disturbable(ctx context.Context) (tables []writable, err error) {
	var me string
	if err := a.boss.QueryRow(ctx, "SELECT session_user::text").Scan(&me); err != nil {
		return nil, err
	}
	all, err := a.writables(ctx, me)
	return slices.DeleteFunc(all, func(w writable) bool { return !w.relation.IsTable() || w.relation.IsPartition }), err
}

// attemptRows runs a statement of the superuser's between savepoints; one that a rule of the table forbids changes nothing.
func (s *session) attemptRows(ctx context.Context, statement string, args ...any) (int64, error) {
	if err := s.run(ctx, "SAVEPOINT change"); err != nil {
		return 0, err
	}
	tag, err := s.Exec(ctx, statement, append([]any{pgx.QueryExecModeExec}, args...)...)
	if err == nil {
		return tag.RowsAffected(), s.run(ctx, "RELEASE SAVEPOINT change")
	}
	if !refused(err) {
		return 0, err
	}
	return 0, s.run(ctx, "ROLLBACK TO SAVEPOINT change")
}

// changeOf is another value for a column, made of the old one; "" where there is no simple one.
func changeOf(c *catalog.Column) string {
	name := "t." + identifier(c.Name)
	switch {
	case c.Generated:
		return ""
	case c.Type == "text" || strings.HasPrefix(c.Type, "character varying"):
		return "reverse(" + name + ")"
	case c.Type == "smallint", c.Type == "integer", c.Type == "bigint", strings.HasPrefix(c.Type, "numeric"), c.Type == "real", c.Type == "double precision":
		return name + " + 1"
	case c.Type == "boolean":
		return "NOT " + name
	case c.Type == "date", strings.HasPrefix(c.Type, "timestamp"):
		return name + " + interval '400 days'"
	}
	return ""
}
