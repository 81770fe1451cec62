package run

import (
	"context"

	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/world"
)

// As is the trial of the same servers once their database is another target's, say of another layout: with the connections of its roles, and
// the world with its tables by the names that moved gives them; it leaves alone what it doesn't know.
func (r Trial) As(t Target, moved func(table string) string) (Trial, error) {
	plan := r.System.World.Plan
	plan.Tables = nil
	for _, table := range r.System.World.Tables {
		columns := table.Columns
		table.Name, table.Capped, table.Columns = moved(table.Name), moved(table.Capped), nil
		for _, c := range columns {
			c.Table = moved(c.Table)
			table.Columns = append(table.Columns, c)
		}
		plan.Tables = append(plan.Tables, table)
	}
	w, err := world.New(plan)
	if err != nil {
		return r, err
	}
	sys := *r.System
	sys.World = w
	r.System, r.Target = &sys, t
	r = r.serving()
	r.System.Stack.Target, r.System.Stack.Layout = t.Name, string(t.Layout)
	return r, nil
}

// Again is the trial for a further load on the same system: it marks the rows that it writes with a number of its own.
func (r Trial) Again() Trial {
	sys := *r.System
	sys.Epoch++
	r.System = &sys
	return r
}

// Password is that of a database role, made when it is first asked for.
func (r Trial) Password(role string) string { return r.System.base().Secrets.Role(role).Reveal() }

// Pool lets these roles in at the pooler, without a restart.
func (r Trial) Pool(ctx context.Context, roles ...string) error {
	return r.System.base().PoolRoles(ctx, roles...)
}

// Alembic runs EnGarde's migrations as the trial's target has them.
func (r Trial) Alembic(ctx context.Context, args ...string) (string, error) {
	return Alembic(ctx, r.Options, r.Target, r.System.base(), args...)
}

// StartLangflow starts it as the target's layout has it, and waits until it is healthy. Policies are put on its tables by Protect.
func (r Trial) StartLangflow(ctx context.Context) error {
	pending, err := BootLangflow(ctx, r.Options, r.Target, r.System.base())
	if err != nil {
		return err
	}
	return pending.Wait(ctx)
}

// StopLangflow ends it with its workers.
func (r Trial) StopLangflow(ctx context.Context) error { return r.System.base().StopLangflow(ctx) }

// Protect puts on Langflow's tables what every start of it may have taken off.
func (r Trial) Protect(ctx context.Context) error {
	return migrate.AfterLangflow(ctx, r.Target.Layout, r.Superuser())
}
