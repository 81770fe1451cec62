package probes

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
)

var interferenceSpec = Spec{
	Name:     "interference",
	Doc:      "changes other tenants' rows, in a transaction that is rolled back, and looks whether anything that a tenant is shown changes with them",
	Channels: []string{"S07", "S08", "S10", "W06", "W07"},
	Needs:    []string{"writes"},
	Glance:   true,
	Run:      interference,
}

// view is one thing that an attacker looks at: a statement, and what to say of it when its answer changes.
type view struct {
	name     string
	channel  string
	what     string
	fix      string
	relation *catalog.Relation // nil for functions and sequences
	call     call
}

func interference(ctx context.Context, a *Attack) error {
	return a.boss.inTransaction(ctx, "ROLLBACK", func() error {
		if err := a.boss.run(ctx, "SET LOCAL lock_timeout = '2s'", "SET LOCAL statement_timeout = '10s'"); err != nil {
			return err
		}
		attacker := a.Tenants[len(a.Tenants)-1]
		views := map[string][]view{}
		before := map[string][]string{}
		for _, role := range a.Target.Confined() {
			var err error
			if views[role], err = a.views(ctx, role, a.Tenants[0]); err != nil {
				return err
			}
			if before[role], err = a.look(ctx, role, attacker, views[role]); err != nil {
				return err
			}
		}
		if err := a.boss.run(ctx, "SAVEPOINT undisturbed"); err != nil {
			return err
		}
		changed, err := a.disturb(ctx, attacker)
		if err != nil {
			return err
		}
		if changed == 0 {
			a.at("W06").Unsure("no row of another tenant could be changed, so nothing could show")
		}
		after := map[string][]string{}
		for _, role := range a.Target.Confined() {
			if after[role], err = a.look(ctx, role, attacker, views[role]); err != nil {
				return err
			}
		}
		if err := a.boss.run(ctx, "ROLLBACK TO SAVEPOINT undisturbed"); err != nil {
			return err
		}
		for _, role := range a.Target.Confined() {
			restless, err := a.restless(ctx, role, attacker, views[role], before[role], after[role])
			if err != nil {
				return err
			}
			for i, v := range views[role] {
				if !restless[i] {
					a.compare(role, attacker, v, before[role][i] == after[role][i])
				}
			}
		}
		return nil
	})
}

// restless are those of the views that have changed which change by themselves as well: they tell nothing. They are looked at twice more,
// undisturbed.
func (a *Attack) restless(ctx context.Context, role, attacker string, views []view, before, after []string) (map[int]bool, error) {
	var changed []view
	var places []int
	for i, v := range views {
		if before[i] != after[i] {
			changed, places = append(changed, v), append(places, i)
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	first, err := a.look(ctx, role, attacker, changed)
	if err != nil {
		return nil, err
	}
	again, err := a.look(ctx, role, attacker, changed)
	if err != nil {
		return nil, err
	}
	all := map[int]bool{}
	for i, place := range places {
		all[place] = first[i] != again[i]
	}
	return all, nil
}

func (a *Attack) compare(role, attacker string, v view, same bool) {
	a.at("W06").Units++
	if v.channel != "W06" {
		a.at(v.channel).Units++
	}
	if same || v.relation != nil && a.leaked[v.relation][role] {
		return // known already, with its cause
	}
	a.at(v.channel).Hits++
	a.at(v.channel).Add(result.Finding{Channel: v.channel, Severity: result.Leak, Where: v.name + ", role " + role, Count: 1, Fix: v.fix,
		What: role + " learns of other tenants' rows from " + v.name + v.what,
		Evidence: []result.Evidence{{Tenant: attacker, Detail: fmt.Sprintf("as %s: the answer to %s with %v changes when other tenants' rows do",
			role, v.call.sql, v.call.args)}}})
}

// views are all that a role can look at without knowing more than names: relations as a whole, functions, sequences.
func (a *Attack) views(ctx context.Context, role, victim string) (all []view, err error) {
	for _, r := range a.sorted(role) {
		if catalog.Accepted(a.Target, role, r) != nil || a.throughAccepted(role, r) {
			continue
		}
		all = append(all, relationView(r, role, a.readable[role][r]))
	}
	functions, err := a.functions(ctx, role)
	if err != nil {
		return nil, err
	}
	m, err := a.gather(ctx, victim)
	if err != nil {
		return nil, err
	}
	for _, f := range functions {
		calls, err := a.calls(ctx, f, m, 16)
		if err != nil {
			return nil, err
		}
		for _, c := range calls {
			all = append(all, view{name: f.signature, channel: "S08", what: ", called with arguments of its own choice", fix: f.mend(role), call: c})
		}
	}
	for _, one := range a.Own {
		if one.Expect == expectations[2] && (one.Role == "" || one.Role == role) {
			f := one.finding(role, result.Leak, result.Evidence{})
			all = append(all, view{name: one.File, channel: one.Channel, what: ": " + f.What, fix: f.Fix,
				call: call{sql: one.SQL, args: one.arguments(a.Tenants[len(a.Tenants)-1], victim)}})
		}
	}
	echoes, err := a.echoes(ctx, role)
	if err != nil {
		return nil, err
	}
	all = append(all, echoes...)
	rows, err := a.boss.Query(ctx, text("sequences.sql"), pgx.QueryExecModeExec, role)
	if err != nil {
		return nil, err
	}
	var schema, name string
	_, err = pgx.ForEachRow(rows, []any{&schema, &name}, func() error {
		sequence := pgx.Identifier{schema, name}.Sanitize()
		all = append(all, view{name: schema + "." + name, channel: "W07", what: ", a sequence that all tenants share",
			fix: "REVOKE SELECT, USAGE ON SEQUENCE " + sequence + " FROM " + identifier(role) + ";", call: call{sql: "SELECT last_value::text FROM " + sequence}})
		return nil
	})
	return all, err
}

func relationView(r *catalog.Relation, role string, columns []string) view {
	v := view{name: r.FullName(), relation: r, channel: "W06", fix: "REVOKE SELECT ON " + r.SQL() + " FROM " + identifier(role) + ", PUBLIC;"}
	switch {
	case r.Kind == catalog.View:
		v.channel, v.what = "S07", ", a view that reads with the rights of its owner "+r.Owner
		v.fix = "ALTER VIEW " + r.SQL() + " SET (security_invoker = true);"
	case r.Kind == catalog.MaterializedView:
		v.channel, v.what = "S07", ", a materialized view, which has no policies of its own"
	case r.Kind == catalog.ForeignTable:
		v.channel, v.what = "S07", ", a foreign table, which has no policies of its own"
	case r.Tenancy != nil && !r.RowSecurity:
		v.channel, v.what = "S04", ": row-level security is off"
		v.fix = "ALTER TABLE " + r.SQL() + " ENABLE ROW LEVEL SECURITY; ALTER TABLE " + r.SQL() + " FORCE ROW LEVEL SECURITY;"
	case r.Tenancy == nil:
		v.channel, v.what = "S10", ": a trigger or a rule copies them there"
	default:
		v.what = ": a policy, a trigger or a foreign key looks beyond the tenant"
	}
	var all []string
	for _, c := range columns {
		all = append(all, "t."+identifier(c))
	}
	v.call.sql = "SELECT count(*)::text, sum(pg_catalog.hashtextextended(ROW(" + strings.Join(all, ", ") + ")::text, 0)::numeric)::text FROM " + r.SQL() + " AS t"
	return v
}

// look gives a digest of each view's answer, as a role that acts for a tenant.
func (a *Attack) look(ctx context.Context, role, attacker string, views []view) (all []string, err error) {
	s := a.boss
	if err := s.run(ctx, "SAVEPOINT looking", "SET LOCAL SESSION AUTHORIZATION "+identifier(role)); err != nil {
		return nil, err
	}
	if err := s.become(ctx, attacker); err != nil {
		return nil, err
	}
	segments := []segment{one("SAVEPOINT one")}
	for _, v := range views {
		segments = append(segments, one(v.call.sql, v.call.args...), one("ROLLBACK TO SAVEPOINT one"))
	}
	answers, err := s.pipeline(ctx, segments...)
	if err != nil {
		return nil, fmt.Errorf("looking as %s: %w", role, err)
	}
	for i := range views {
		all = append(all, digestOf(answers[1+2*i].text()))
	}
	return all, s.run(ctx, "ROLLBACK TO SAVEPOINT looking", "RESET SESSION AUTHORIZATION")
}

func digestOf(answer string) string {
	sum := sha256.Sum256([]byte(answer))
	return string(sum[:])
}
