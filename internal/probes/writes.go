package probes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/catalog"
)

var writeSpec = Spec{
	Name:     "writes",
	Doc:      "writes for and over other tenants' rows in every form, on every table that a confined role may write; rolled back",
	Channels: []string{"W01", "W02", "W03"},
	Needs:    []string{"writes"},
	Glance:   true,
	Run:      writes,
}

// writable is what a role may write of a relation.
type writable struct {
	relation           *catalog.Relation
	role               string
	insert, update     []string
	remove, truncate   bool
	key, keys, foreign []string // columns of the primary key, of any unique index, of foreign keys
}

// attempt is one statement that must not reach another tenant's rows.
type attempt struct {
	channel string
	what    string // to say what succeeded: "inserts rows for other tenants into"
	form    string
	sql     string
	args    []any
	max     int64 // rows that it may affect
	bare    bool  // as the superuser in the role's place, with foreign keys switched off, so that all rows can be counted

	conditional bool // left out in a glance
}

// tried is an attempt, on what and against whom, and what came of it.
type tried struct {
	attempt
	of      writable
	victim  string
	tag     pgconn.CommandTag
	refusal error
}

func writes(ctx context.Context, a *Attack) error {
	for _, d := range doors(&a.Config) {
		if d.pooled && a.Depth == Glance {
			continue
		}
		targets, err := a.writables(ctx, d.role)
		if err != nil {
			return err
		}
		for i := range a.rounds() {
			attacker := a.Tenants[i%len(a.Tenants)]
			if err := a.writeAs(ctx, d, attacker, targets); err != nil {
				return err
			}
		}
	}
	return nil
}

// rounds is how many tenants attack by writing.
func (a *Attack) rounds() int {
	switch a.Depth {
	case Glance:
		return 1
	case Full:
		return len(a.Tenants)
	}
	return min(3, len(a.Tenants))
}

// writables are the tenants' tables, and views that show whose a row is, that a role may write.
func (a *Attack) writables(ctx context.Context, role string) (all []writable, err error) {
	rows, err := a.boss.Query(ctx, text("writable.sql"), pgx.QueryExecModeExec, role)
	if err != nil {
		return nil, err
	}
	var oid uint32
	var w writable
	_, err = pgx.ForEachRow(rows, []any{&oid, &w.insert, &w.update, &w.remove, &w.truncate, &w.key, &w.keys, &w.foreign}, func() error {
		r := a.Catalog.ByOID(oid)
		if r == nil || r.Tenancy == nil || r.Shared != "" || catalog.Accepted(a.Target, role, r) != nil {
			return nil
		}
		if len(w.insert) == 0 && len(w.update) == 0 && !w.remove && !w.truncate {
			return nil
		}
		one := w
		one.relation, one.role = r, role
		for _, list := range []*[]string{&one.insert, &one.update, &one.key, &one.keys, &one.foreign} {
			*list = slices.Clone(*list)
		}
		one.insert = slices.DeleteFunc(one.insert, func(c string) bool { return r.Column(c) == nil || r.Column(c).Generated })
		one.update = slices.DeleteFunc(one.update, func(c string) bool { return r.Column(c) == nil || r.Column(c).Generated })
		all = append(all, one)
		return nil
	})
	slices.SortFunc(all, func(x, y writable) int { return strings.Compare(x.relation.FullName(), y.relation.FullName()) })
	return all, err
}

// writeAs tries all attempts by one door as one tenant. Nothing is ever committed.
func (a *Attack) writeAs(ctx context.Context, d door, attacker string, targets []writable) error {
	s, err := d.enter(ctx, &a.Config)
	if err != nil {
		return err
	}
	defer s.leave()
	var all []*tried
	for _, w := range targets {
		victim, theirs, err := a.victimRow(ctx, w.relation, attacker)
		if err != nil {
			return err
		}
		if theirs == nil { // nobody else has a row there
			continue
		}
		own, err := a.row(ctx, w.relation, attacker)
		if err != nil {
			return err
		}
		count, err := a.judge.ownRows(ctx, w.relation, attacker, false)
		if err != nil {
			return err
		}
		for _, t := range w.attempts(attacker, victim, theirs, own, count) {
			if a.Depth != Glance || !t.conditional {
				all = append(all, &tried{attempt: t, of: w, victim: victim})
			}
		}
	}
	if err := a.attemptAll(ctx, s, d.role, attacker, all); err != nil {
		return fmt.Errorf("writing as %s: %w", d.role, err)
	}
	for _, t := range all {
		if err := a.judgeWrite(ctx, t.of, t.attempt, attacker, t.victim, t.tag, t.refusal); err != nil {
			return fmt.Errorf("writing %s as %s: %w", t.of.relation.FullName(), d.role, err)
		}
	}
	return nil
}

// attemptAll tries statements, each as if it were the only one, and notes what came of them. Row security is looked at before any other rule: a
// row that breaks one of those has passed the policies.
func (a *Attack) attemptAll(ctx context.Context, s *session, role, attacker string, all []*tried) error {
	try := func(s *session, bare bool) error {
		segments := []segment{one("SAVEPOINT attempt")}
		var chosen []*tried
		for _, t := range all {
			if t.bare == bare {
				chosen = append(chosen, t)
				segments = append(segments, one(t.sql, t.args...), one("ROLLBACK TO SAVEPOINT attempt"))
			}
		}
		answers, err := s.pipeline(ctx, segments...)
		if err != nil {
			return err
		}
		for i, t := range chosen {
			t.tag, t.refusal = answers[1+2*i].last().tag, answers[1+2*i].refusal
		}
		return nil
	}
	err := s.inTransaction(ctx, "ROLLBACK", func() error {
		if err := s.run(ctx, "SET LOCAL lock_timeout = '2s'", "SET LOCAL statement_timeout = '10s'"); err != nil {
			return err
		}
		if err := s.become(ctx, attacker); err != nil {
			return err
		}
		return try(s, false)
	})
	if err != nil {
		return err
	}
	return a.masked(ctx, role, attacker, true, func(s *session) error { return try(s, true) })
}

func (a *Attack) judgeWrite(ctx context.Context, w writable, t attempt, attacker, victim string, tag pgconn.CommandTag, refusal error) error {
	o := a.at(t.channel)
	passed, unsure := through(refusal)
	var pg *pgconn.PgError
	if t.form == "TRUNCATE" && errors.As(refusal, &pg) && pg.Code == "0A000" { // another table refers to it: the right is looked at before
		passed = true
	}
	switch {
	case refusal == nil && tag.RowsAffected() > t.max, passed:
		o.Looked(false)
		return a.blameWrite(ctx, w, t, attacker, victim, tag, refusal)
	case unsure:
		o.Unsure(fmt.Sprintf("%s on %s as %s: %v", t.form, w.relation.FullName(), w.role, refusal))
	default:
		o.Looked(true)
	}
	return nil
}

// through tells of an error whether the policies had let the row by, or whether it says nothing of them.
func through(err error) (passed, unsure bool) {
	var pg *pgconn.PgError
	if err == nil || !errors.As(err, &pg) {
		return false, false
	}
	switch pg.Code {
	case "42501", "P0001", "55000", "0A000", "42P10":
		return false, false
	case "23505", "23503", "23502", "23514", "23P01":
		return true, false
	}
	return false, true
}

// masked lets the superuser act in a role's place for a tenant, in a transaction that is rolled back. With quiet neither triggers nor foreign
// keys do anything meanwhile.
func (a *Attack) masked(ctx context.Context, role, id string, quiet bool, f func(*session) error) error {
	return a.boss.inTransaction(ctx, "ROLLBACK", func() error {
		before := []string{"SET LOCAL lock_timeout = '2s'", "SET LOCAL statement_timeout = '10s'"}
		if quiet {
			before = append(before, "SET LOCAL session_replication_role = replica")
		}
		if err := a.boss.run(ctx, append(before, "SET LOCAL SESSION AUTHORIZATION "+identifier(role))...); err != nil {
			return err
		}
		if err := a.boss.become(ctx, id); err != nil {
			return err
		}
		return f(a.boss)
	})
}
