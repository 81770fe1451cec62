package lifecycle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/removal"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/sql"
)

// rows are those of one table, each by a digest of all of it.
type rows map[string]bool

// readable notes which tables each confined role may read in whole. What a role sees of all tenants by design is left out.
func (l *life) readable(ctx context.Context) error {
	text, err := sql.FS.ReadFile("onboarding/readable.sql")
	if err != nil {
		return err
	}
	var all []uint32
	for _, r := range l.tables {
		all = append(all, r.OID)
	}
	l.oids = map[string]map[uint32]bool{}
	for _, role := range l.c.Target.Confined() {
		found, err := l.boss.Query(ctx, string(text), role, all)
		if err != nil {
			return fmt.Errorf("what %s may read: %w", role, err)
		}
		l.oids[role] = map[uint32]bool{}
		var oid uint32
		if _, err := pgx.ForEachRow(found, []any{&oid}, func() error { l.oids[role][oid] = true; return nil }); err != nil {
			return fmt.Errorf("what %s may read: %w", role, err)
		}
		for _, r := range l.tables {
			if catalog.Accepted(l.c.Target, role, r) != nil {
				delete(l.oids[role], r.OID)
			}
		}
	}
	return nil
}

// before looks at what a tenant shows that isn't there yet.
func (l *life) before(ctx context.Context) error {
	own, _, err := l.own(ctx)
	if err != nil {
		return err
	}
	if own > 0 {
		return fmt.Errorf("tenant %s has %d rows before it is taken in: an earlier life cycle was interrupted; they are removed now, run it again", l.id, own)
	}
	if err := l.each(ctx, func(s sight, r *catalog.Relation, seen rows) error {
		o := l.book.At("S04")
		if !o.Looked(len(seen) == 0) {
			l.foreign(s, r, len(seen), "a tenant that isn't there yet reads rows")
		}
		return nil
	}, l.id); err != nil {
		return err
	}
	for _, a := range l.asks(false) {
		answer, err := l.ask(ctx, a, l.c.Tenant)
		if err != nil {
			l.book.At(a.Channel).Unsure(fmt.Sprintf("%s before the onboarding: %v", called(a), err))
			continue
		}
		l.refused(a, answer, "a tenant that isn't there yet is served")
	}
	return nil
}

// own reads the tenant's rows as superuser.
func (l *life) own(ctx context.Context) (count int64, all map[uint32]rows, err error) {
	all = map[uint32]rows{}
	for _, r := range l.tables {
		found, err := digests(ctx, l.boss, "SELECT pg_catalog.md5(t::text) FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Mine, l.id)
		if err != nil {
			return 0, nil, fmt.Errorf("the new tenant's rows of %s: %w", r.FullName(), err)
		}
		all[r.OID] = found
		count += int64(len(found))
	}
	return count, all, nil
}

// sight is one way to look.
type sight struct {
	role, door, tenant string
}

func (s sight) String() string { return s.role + " by " + s.door }

// each reads every table without conditions, as each confined role, by each door, for each of the tenants.
func (l *life) each(ctx context.Context, judge func(s sight, r *catalog.Relation, seen rows) error, tenants ...string) error {
	for _, door := range slices.Sorted(maps.Keys(l.c.Doors)) {
		for _, role := range l.c.Target.Confined() {
			dsn, ok := l.c.Doors[door][role]
			if !ok {
				continue
			}
			for _, id := range tenants {
				if err := l.readAll(ctx, sight{role, door, id}, dsn, judge); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (l *life) readAll(ctx context.Context, s sight, dsn string, judge func(s sight, r *catalog.Relation, seen rows) error) error {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("reading as %s: %w", s, err)
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec // a pooled connection keeps no prepared statements
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("reading as %s: %w", s, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, r := range l.tables {
		if !l.oids[s.role][r.OID] {
			continue
		}
		seen, err := l.read(ctx, conn, s, r)
		if err != nil {
			return fmt.Errorf("reading %s as %s: %w", r.FullName(), s, err)
		}
		l.done.Reads++
		if err := judge(s, r, seen); err != nil {
			return err
		}
	}
	return nil
}

// read reads a table for a tenant, without a condition.
func (l *life) read(ctx context.Context, conn *pgx.Conn, s sight, r *catalog.Relation) (seen rows, err error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, l.c.Target.Tenancy.Set, s.tenant); err != nil {
		return nil, err
	}
	return digests(ctx, tx, "SELECT pg_catalog.md5(t::text) FROM "+r.SQL()+" AS t")
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func digests(ctx context.Context, q querier, text string, args ...any) (rows, error) {
	found, err := q.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	all := rows{}
	var digest string
	_, err = pgx.ForEachRow(found, []any{&digest}, func() error { all[digest] = true; return nil })
	return all, err
}

// after looks at who sees what of the new tenant, once it is served.
func (l *life) after(ctx context.Context, others map[string]int64) error {
	count, own, err := l.own(ctx)
	if err != nil {
		return err
	}
	l.done.Onboarding.Rows = count
	for _, r := range l.tables {
		if n := len(own[r.OID]); n > 0 {
			l.done.Onboarding.Tables++
			if want, declared := l.rows[r.FullName()]; declared && n != want {
				return fmt.Errorf("the new tenant has %d rows in %s after its onboarding, and %d are declared", n, r.FullName(), want)
			}
		}
	}
	for table := range l.ids {
		if !slices.ContainsFunc(l.tables, func(r *catalog.Relation) bool { return r.FullName() == table && len(own[r.OID]) > 0 }) {
			return fmt.Errorf("the new tenant has no row in %s after its onboarding", table)
		}
	}
	w := l.c.World
	look := []string{l.id, w.Codec.TenantID(0).String(), w.Codec.TenantID(w.Tenants - 1).String()}
	if err := l.each(ctx, func(s sight, r *catalog.Relation, seen rows) error {
		if s.tenant == l.id {
			return l.exactly(ctx, s, r, own, seen)
		}
		l.nothingOf(s, r, own[r.OID], seen)
		return nil
	}, look...); err != nil {
		return err
	}
	l.strangers(ctx)
	return l.noneFewer(ctx, others)
}

const (
	looks     = 4 // at what changes while it is looked at
	lookAgain = 250 * time.Millisecond
)

// exactly demands that the tenant sees all of its rows and no others. A service may be writing one of them at this moment.
func (l *life) exactly(ctx context.Context, s sight, r *catalog.Relation, own map[uint32]rows, seen rows) error {
	for try := 1; !maps.Equal(seen, own[r.OID]) && try < looks; try++ {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lookAgain):
		}
		var err error
		if own[r.OID], err = digests(ctx, l.boss, "SELECT pg_catalog.md5(t::text) FROM "+r.SQL()+" AS t WHERE "+r.Tenancy.Mine, l.id); err != nil {
			return err
		}
		if seen, err = l.onceMore(ctx, s, r); err != nil {
			return err
		}
	}
	more, fewer := 0, 0
	for digest := range seen {
		if !own[r.OID][digest] {
			more++
		}
	}
	for digest := range own[r.OID] {
		if !seen[digest] {
			fewer++
		}
	}
	o := l.book.At("S04")
	if o.Looked(more == 0 && fewer == 0) {
		return nil
	}
	if more > 0 {
		l.foreign(s, r, more, "a new tenant reads rows that are not its own")
	}
	if fewer > 0 {
		o.Add(result.Finding{Channel: "S04", Severity: result.Weakness, Count: int64(fewer), Where: "table " + r.FullName(), What: "a new tenant doesn't see all of its rows",
			Fix:      "-- let a step of the target's onboarding say whose the rows of " + r.FullName() + " are",
			Evidence: []result.Evidence{{Tenant: l.id, Table: r.FullName(), Detail: "as " + s.String()}}})
	}
	return nil
}

// onceMore reads by a connection of its own.
func (l *life) onceMore(ctx context.Context, s sight, r *catalog.Relation) (seen rows, err error) {
	conn, err := pgx.Connect(ctx, l.c.Doors["direct"][s.role])
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return l.read(ctx, conn, s, r)
}

// nothingOf demands that another tenant sees none of the new one's rows.
func (l *life) nothingOf(s sight, r *catalog.Relation, own, seen rows) {
	n := 0
	for digest := range own {
		if seen[digest] {
			n++
		}
	}
	if !l.book.At("S04").Looked(n == 0) {
		l.foreign(s, r, n, "another tenant reads a new tenant's rows")
	}
}

func (l *life) foreign(s sight, r *catalog.Relation, n int, what string) {
	e := result.Evidence{Tenant: s.tenant, Table: r.FullName(), Detail: "as " + s.String()}
	if s.tenant != l.id {
		e.Owner = l.id
	}
	l.book.At("S04").Add(result.Finding{Channel: "S04", Severity: result.Leak, Count: int64(n), Where: "table " + r.FullName(), What: what,
		Fix: "-- `bulkhead audit` names the door and its mend", Evidence: []result.Evidence{e}})
}

// noneFewer demands that no other tenant has lost rows.
func (l *life) noneFewer(ctx context.Context, before map[string]int64) error {
	now, err := removal.OthersRows(ctx, l.boss, l.tables, l.id)
	if err != nil {
		return err
	}
	o := l.book.At("W02")
	tenants := map[string]bool{}
	for _, where := range slices.Sorted(maps.Keys(before)) {
		table, of, _ := strings.Cut(where, " of tenant ")
		tenants[of] = true
		if !o.Looked(now[where] >= before[where]) {
			o.Add(result.Finding{Channel: "W02", Severity: result.Weakness, Count: before[where] - now[where], Where: "table " + table,
				What: "another tenant lost rows while a tenant was taken in", Fix: "-- look for what the target's onboarding deletes or moves in " + table,
				Evidence: []result.Evidence{{Owner: of, Table: table, Detail: fmt.Sprintf("%d rows before, %d after", before[where], now[where])}}})
		}
	}
	l.done.Others = len(tenants)
	return nil
}
