package probes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/catalog"
)

// disturbed is how many rows of a table are changed by each statement. In a glance they are few: what refers to them is searched row by row.
func (d Depth) disturbed() int {
	if d == Glance {
		return 8
	}
	return 25
}

// disturb changes rows of all tenants but one in every table: values, more rows, fewer rows; then materialized views are made anew.
func (a *Attack) disturb(ctx context.Context, attacker string) (changed int64, err error) {
	tables, err := a.disturbable(ctx)
	if err != nil {
		return 0, err
	}
	var together, apart, more []statement
	var single []int // in apart, how many of each table's
	for _, w := range tables {
		r := w.relation
		some := a.someOf(r)
		var sets []string
		for _, c := range w.update {
			if change := changeOf(r.Column(c)); change != "" && !slices.Contains(w.keys, c) && !slices.Contains(w.foreign, c) {
				sets = append(sets, identifier(c)+" = "+change)
			}
		}
		if len(sets) > 0 {
			together = append(together, statement{"UPDATE " + r.SQL() + " AS t SET " + strings.Join(sets, ", ") + some, []any{attacker}})
			single = append(single, len(sets))
			for _, set := range sets {
				apart = append(apart, statement{"UPDATE " + r.SQL() + " AS t SET " + set + some, []any{attacker}})
			}
		}
		if !strings.HasPrefix(a.Target.Tenancy.Tenants, r.FullName()+".") { // that takes along all that the tenants have, which is seconds of work
			more = append(more, statement{"DELETE FROM " + r.SQL() + " AS t" + some, []any{attacker}})
		}
	}
	for _, r := range a.Catalog.Relations {
		if r.Kind == catalog.MaterializedView {
			more = append(more, statement{sql: "REFRESH MATERIALIZED VIEW " + r.SQL()})
		}
	}
	first, err := a.boss.changes(ctx, together)
	if err != nil {
		return 0, err
	}
	var rest []statement
	for i, n := range first { // where a rule of the table forbids one of the columns, each by itself
		if changed += n; n == 0 && single[i] > 1 {
			rest = append(rest, apart[:single[i]]...)
		}
		apart = apart[single[i]:]
	}
	inserts, err := a.inserts(ctx, tables, attacker)
	if err != nil {
		return changed, err
	}
	others, err := a.boss.changes(ctx, slices.Concat(rest, inserts, more))
	for _, n := range others {
		changed += n
	}
	return changed, err
}

// inserts add a row to each table that is like another tenant's by now, but for its keys.
func (a *Attack) inserts(ctx context.Context, tables []writable, attacker string) (all []statement, err error) {
	theirs := map[string][]*catalog.Relation{}
	for _, w := range tables {
		victim, row, err := a.victimRow(ctx, w.relation, attacker)
		if err != nil {
			return nil, err
		}
		if row != nil {
			theirs[victim] = append(theirs[victim], w.relation)
		}
	}
	rows := map[*catalog.Relation]map[string]any{}
	for victim, relations := range theirs {
		if err := a.learnRows(ctx, relations, victim, rows); err != nil {
			return nil, err
		}
	}
	for _, w := range tables {
		row := rows[w.relation]
		if row == nil {
			continue
		}
		name, columns := w.relation.SQL(), list(w.insertable(row))
		all = append(all, statement{"INSERT INTO " + name + " (" + columns + ") OVERRIDING SYSTEM VALUE SELECT " + columns +
			" FROM pg_catalog.jsonb_populate_record(NULL::" + name + ", $1::text::jsonb)", []any{encode(w.renewed(row, w.keys))}})
	}
	return all, nil
}

// someOf is the condition of some rows of other tenants than $1.
func (a *Attack) someOf(r *catalog.Relation) string {
	return " WHERE t.ctid IN (SELECT t.ctid FROM " + r.SQL() + " AS t WHERE (" + r.Tenancy.Mine + ") IS NOT TRUE LIMIT " + fmt.Sprint(a.Depth.disturbed()) + ")"
}

// changes makes changes one after the other and gives how many rows each has changed; one that a rule of its table forbids changes nothing.
func (s *session) changes(ctx context.Context, all []statement) ([]int64, error) {
	segments := []segment{one("SAVEPOINT change")}
	for _, st := range all {
		// Either the change is done and the savepoint comes after it, or it isn't and the savepoint before it still stands.
		segments = append(segments, segment{st, {sql: "RELEASE SAVEPOINT change"}, {sql: "SAVEPOINT change"}}, one("ROLLBACK TO SAVEPOINT change"))
	}
	done, err := s.pipeline(ctx, segments...)
	if err != nil {
		return nil, err
	}
	rows := make([]int64, len(all))
	for i := range all {
		if r := done[1+2*i]; r.refusal == nil {
			rows[i] = r.answers[0].tag.RowsAffected()
		}
	}
	return rows, s.run(ctx, "RELEASE SAVEPOINT change")
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
