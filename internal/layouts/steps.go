package layouts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/fingerprint"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
)

// linkedTable is what the newest of EnGarde's revisions makes: going back by one takes it away.
const linkedTable = "public.workflow_flows"

func (x *cell) engardeMigrates(ctx context.Context) error {
	before := x.at
	if err := x.alembic(stepEngarde, "upgrade", "head")(ctx); err != nil {
		return err
	}
	if !x.failed[stepEngarde] {
		x.history = x.at.Revisions["public"]
		for _, name := range slices.Sorted(maps.Keys(x.at.Tables)) {
			if _, was := before.Tables[name]; !was {
				x.engarde = append(x.engarde, name)
			}
		}
	}
	return nil
}

// alembic runs EnGarde's migrations.
func (x *cell) alembic(name string, args ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		if name != stepEngarde && x.failed[stepEngarde] {
			x.skip(name, "EnGarde's tables aren't there")
			return nil
		}
		began, s := time.Now(), &result.Step{Name: name}
		out, err := run.Alembic(ctx, x.o, x.t, x.n, args...)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			s.Outcome, s.Log = result.StepFailed, telling(out)
			s.Why = "alembic " + strings.Join(args, " ") + " failed: " + last(s.Log)
			x.failed[name] = true
		}
		return x.note(ctx, s, began, func(d fingerprint.Difference) bool {
			return d.Kind == fingerprint.Revision && d.Where == "public.alembic_version" || d.Where == linkedTable
		})
	}
}

func (x *cell) langflowStarts(ctx context.Context) error {
	s, began := x.boot(ctx, stepLangflow)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.Outcome == result.StepFailed {
		x.failed[stepLangflow] = true
	}
	own := x.t.Layout.Parts().LangflowSchema
	if err := x.note(ctx, s, began, x.ownHistory); err != nil {
		return err
	}
	_, x.tables = x.at.Tables[own+".flow"]
	return x.overlap(ctx)
}

// ownHistory excuses a change of Langflow's revision, unless it took the place of EnGarde's.
func (x *cell) ownHistory(d fingerprint.Difference) bool {
	own := x.t.Layout.Parts().LangflowSchema
	engardes := own == "public" && len(x.history) > 0 && slices.Equal(x.at.Revisions[own], x.history)
	return d.Kind == fingerprint.Revision && d.Where == own+".alembic_version" && !engardes
}

// overlap adds to the last step the tables of one schema that both applications count as their own.
func (x *cell) overlap(ctx context.Context) error {
	own := x.t.Layout.Parts().LangflowSchema
	theirs, err := x.models.of(ctx, x.o, x.n)
	if err != nil {
		return err
	}
	s := &x.Steps[len(x.Steps)-1]
	for _, table := range theirs {
		// Where EnGarde comes second, its tables aren't there yet; that it keeps its revision in the same place is known.
		if name := own + "." + table; slices.Contains(x.engarde, name) || own == "public" && table == "alembic_version" {
			s.Overlap = append(s.Overlap, name)
		}
	}
	if len(s.Overlap) > 0 && s.Outcome == result.StepPassed {
		s.Outcome, s.Why = result.StepFailed, "tables of both applications: "+some(s.Overlap)
	}
	return nil
}

// protect puts the layout's policies on Langflow's tables, and attacks where rows are there.
func (x *cell) protect(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		switch {
		case !x.t.Layout.Parts().Protects:
			x.Steps = append(x.Steps, result.Step{Name: name, Outcome: result.StepNotNeeded, Why: "the layout has none"})
			return nil
		case !x.tables || x.failed[stepEngarde]:
			x.skip(name, "the tables of both applications have to be there")
			return nil
		}
		began, s := time.Now(), &result.Step{Name: name}
		if err := migrate.AfterLangflow(ctx, x.t.Layout, x.n.DirectDSN(superuser, x.t.Database).Reveal()); err != nil {
			s.Outcome, s.Why = result.StepFailed, stack.Redact(err.Error())
			x.failed[name] = true
		} else {
			x.attack(ctx, s)
		}
		return x.note(ctx, s, began, nil)
	}
}

// fill seeds a small world, so that there is something to lose and to read.
func (x *cell) fill(ctx context.Context) error {
	if !x.tables || x.failed[stepEngarde] {
		x.skip(stepFill, "the tables of both applications have to be there")
		return nil
	}
	began, s := time.Now(), &result.Step{Name: stepFill}
	w, err := run.Fill(ctx, x.o, x.t, x.n.DirectDSN(superuser, x.t.Database).Reveal())
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		s.Outcome, s.Why = result.StepNotKnown, stack.Redact(err.Error())
		x.failed[stepFill] = true
	} else {
		x.world, x.seeded = w, seededRows(w, x.t.Layout.Parts().LangflowSchema)
		x.attack(ctx, s)
	}
	return x.note(ctx, s, began, nil)
}

// restart stops Langflow where it is up and starts it again: at each start it compares its models with the database.
func (x *cell) restart(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		if name == stepRestart && x.failed[stepLangflow] {
			x.skip(name, "it didn't start before")
			return nil
		}
		if name == stepAgain && x.failed[stepUpgrade] {
			x.skip(name, "it didn't start after the upgrade")
			return nil
		}
		if err := x.stop(ctx); err != nil {
			return err
		}
		s, began := x.boot(ctx, name)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if s.Outcome == "" {
			if err := migrate.AfterLangflow(ctx, x.t.Layout, x.n.DirectDSN(superuser, x.t.Database).Reveal()); err != nil {
				s.Outcome, s.Why = result.StepFailed, "policies can't be applied: "+stack.Redact(err.Error())
			} else {
				x.attack(ctx, s)
			}
		}
		return x.note(ctx, s, began, nil)
	}
}

// upgrade starts the newer Langflow on the database of the older, while a watcher looks whether somebody could read meanwhile.
func (x *cell) upgrade(ctx context.Context) error {
	if !x.tables {
		x.skip(stepUpgrade, "Langflow has no tables")
		return nil
	}
	if err := x.stop(ctx); err != nil {
		return err
	}
	x.o.Langflow = upgraded
	if err := migrate.BeforeUpgrade(ctx, x.t.Layout, x.n.DirectDSN(superuser, x.t.Database).Reveal()); err != nil {
		return err
	}
	now, err := x.look(ctx)
	if err != nil {
		return err
	}
	x.at = now // what stepped aside, Langflow didn't take
	w, err := watchTables(ctx, x)
	if err != nil {
		return err
	}
	s, began := x.boot(ctx, stepUpgrade)
	if s.Exposed, err = w.end(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.Outcome == result.StepFailed {
		x.failed[stepUpgrade] = true
	}
	own := x.t.Layout.Parts().LangflowSchema
	return x.note(ctx, s, began, func(d fingerprint.Difference) bool {
		// Its keys are its own affair, rows are not.
		return x.ownHistory(d) || d.Kind == fingerprint.KeyLost && strings.HasPrefix(d.Where, own+".")
	})
}

// attack is the one-pass attack, which has something to find only where rows are there.
func (x *cell) attack(ctx context.Context, s *result.Step) {
	if x.world == nil {
		return
	}
	st := x.n.Stack(x.t.Database, x.t.Logins()...)
	trial := run.Trial{Options: x.o, System: &run.System{Stack: st, World: x.world}}
	report, err := trial.Attack(ctx, nil, probes.Glance)
	s.Attack = &result.StepAttack{Findings: []string{}}
	if err != nil {
		s.Attack.Unknown = []string{stack.Redact(err.Error())}
		return
	}
	for _, c := range report.Checks {
		if c.Status == result.Unknown {
			s.Attack.Unknown = append(s.Attack.Unknown, fmt.Sprintf("%s %s: %s", c.Channel, c.Name, c.Why))
		}
	}
	seen := map[string]bool{}
	for _, f := range report.Findings {
		switch f.Severity {
		case result.Leak:
			s.Attack.Leaks++
		case result.Weakness:
			s.Attack.Weaknesses++
		default:
			continue
		}
		if !seen[f.Channel] {
			seen[f.Channel] = true
			s.Attack.Findings = append(s.Attack.Findings, clip(fmt.Sprintf("%s %s", f.Channel, f.What)))
		}
	}
}
