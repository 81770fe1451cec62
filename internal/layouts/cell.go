package layouts

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/fingerprint"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// Names of the steps, in the order in which a cell takes them but for the first two.
const (
	stepEngarde   = "EnGarde migrates"
	stepLangflow  = "Langflow starts"
	stepProtect   = "policies are applied"
	stepFill      = "rows are seeded"
	stepRestart   = "Langflow restarts"
	stepDown      = "EnGarde downgrades"
	stepUp        = "EnGarde upgrades"
	stepUpgrade   = "Langflow is upgraded"
	stepReprotect = "policies are applied again"
	stepAgain     = "Langflow restarts again"
)

// upgraded is the version that an older Langflow is upgraded to, in place.
var upgraded = run.LangflowVersions()[0]

// cell is one cell under way.
type cell struct {
	*result.Cell
	o      run.Options
	t      run.Target
	n      *stack.Native
	super  *pgx.Conn
	models *models

	at      *fingerprint.State            // after the last step
	engarde []string                      // tables that EnGarde's migrations made
	history []string                      // and the revision that they are at
	world   *world.World                  // nil until rows are there
	seeded  map[string]fingerprint.Subset // rows of Langflow's tables that are tenants'
	running bool                          // Langflow is up
	tables  bool                          // Langflow has tables
	failed  map[string]bool               // steps that didn't do what they were for
}

// try brings one cell up and takes it through its steps. An error says that the cell could not be tried, not that a step failed.
func try(ctx context.Context, o Options, c *result.Cell, known *models) (err error) {
	began := time.Now()
	x := &cell{Cell: c, o: o.Run, models: known, failed: map[string]bool{}}
	if x.t, err = run.OfLayout(migrate.Layout(c.Layout)); err != nil {
		return err
	}
	x.o.Target, x.o.Langflow, x.o.Console = x.t, c.Langflow, run.Quiet{}
	x.o.Without = []string{stack.PgBouncer, stack.Redis, stack.Backend}
	out := filepath.Join(o.Run.Out, strings.ReplaceAll(c.Name, "/", "-"))
	if x.n, err = stack.Open(ctx, stack.Options{Out: out, PGBin: o.Run.PGBin, Without: x.o.Without, Log: o.Log}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.n.Close(ctx)) }()
	if err := run.Bootstrap(ctx, x.t, x.n); err != nil {
		return err
	}
	if x.super, err = pgx.Connect(ctx, x.n.DirectDSN(superuser, x.t.Database).Reveal()); err != nil {
		return fmt.Errorf("connecting to look at the database: %w", err)
	}
	defer x.super.Close(context.WithoutCancel(ctx))
	if x.at, err = x.look(ctx); err != nil {
		return err
	}
	if err := x.steps(ctx); err != nil {
		return err
	}
	c.Seconds = time.Since(began).Seconds()
	return nil
}

const superuser = "postgres"

// steps takes them all. A step that fails doesn't end the cell: what rests on it isn't tried, the rest is.
func (x *cell) steps(ctx context.Context) error {
	first := []func(context.Context) error{x.engardeMigrates, x.langflowStarts}
	if x.Order == LangflowFirst {
		slices.Reverse(first)
	}
	all := append(first, x.protect(stepProtect), x.fill, x.restart(stepRestart), x.alembic(stepDown, "downgrade", "-1"), x.alembic(stepUp, "upgrade", "head"))
	if x.Langflow != upgraded {
		all = append(all, x.upgrade, x.protect(stepReprotect), x.restart(stepAgain))
	}
	for _, step := range all {
		if err := step(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// look takes the state of the database down.
func (x *cell) look(ctx context.Context) (*fingerprint.State, error) {
	schemas := slices.DeleteFunc(slices.Clone(x.t.Schemas), func(s string) bool { return s == "audit" })
	return fingerprint.Take(ctx, x.super, fingerprint.Options{Schemas: schemas, Rows: true, Only: x.seeded})
}

// seededRows are those of the tables of a schema whose ids tell that they were seeded: Langflow adds rows of its own, and changes them.
func seededRows(w *world.World, schema string) map[string]fingerprint.Subset {
	all := map[string]fingerprint.Subset{}
	for i := range w.Tables {
		t := &w.Tables[i]
		at := slices.IndexFunc(t.Columns, func(c world.Column) bool { return c.Kind == world.ID })
		if at < 0 || !strings.HasPrefix(t.Name, schema+".") {
			continue
		}
		rows := fingerprint.Subset{Column: t.Columns[at].Name}
		for tn := range w.Tenants {
			for row := range w.Rows(t, tn) {
				rows.IDs = append(rows.IDs, w.Codec.ID(w.Ref(t, tn, tenant.Row(row))).String())
			}
		}
		all[t.Name] = rows
	}
	return all
}

// lost tells whether a difference is data that is no longer what it was. Rows that Langflow made by itself are its own affair.
func (x *cell) lost(d fingerprint.Difference) bool {
	switch d.Kind {
	case fingerprint.TableLost, fingerprint.KeyLost, fingerprint.Revision:
		return true
	case fingerprint.RowsLost, fingerprint.RowsAltered:
		_, seeded := x.seeded[d.Where]
		return seeded || slices.Contains(x.engarde, d.Where)
	}
	return false
}

// opened tells whether a difference takes protection away.
func opened(d fingerprint.Difference) bool {
	strength := []string{"off", "on", "forced"}
	switch d.Kind {
	case fingerprint.RowSecurity:
		return slices.Index(strength, d.After) < slices.Index(strength, d.Before)
	case fingerprint.PolicyLost, fingerprint.GrantLost:
		return true
	}
	return false
}

// note finishes a step: what the database is like after it, beside what it was before. expected are differences that the step is there to make.
func (x *cell) note(ctx context.Context, s *result.Step, began time.Time, expected func(fingerprint.Difference) bool) error {
	s.Seconds = time.Since(began).Seconds()
	now, err := x.look(ctx)
	if err != nil {
		return err
	}
	s.Revisions = now.Revisions
	for _, d := range fingerprint.Compare(x.at, now) {
		if expected != nil && expected(d) {
			continue
		}
		if x.lost(d) {
			s.Lost = append(s.Lost, short(d))
		} else if opened(d) {
			s.Unprotected = append(s.Unprotected, short(d))
		}
	}
	x.at = now
	if s.BrokenKeys, err = fingerprint.BrokenKeys(ctx, x.super, x.t.Schemas); err != nil {
		return err
	}
	x.conclude(s)
	return nil
}

// conclude says whether a step that did what it was for left everything else as it was.
func (x *cell) conclude(s *result.Step) {
	if s.Outcome == "" {
		s.Outcome = result.StepPassed
		var wrong []string
		for _, list := range []struct {
			what  string
			items []string
		}{{"lost", s.Lost}, {"foreign keys with rows that lead nowhere", s.BrokenKeys}, {"tables of both applications", s.Overlap}} {
			if len(list.items) > 0 {
				wrong = append(wrong, fmt.Sprintf("%s: %s", list.what, some(list.items)))
			}
		}
		// What an upgrade takes off is put on again by the step after it: it matters if somebody could read meanwhile.
		if s.Name != stepUpgrade && len(s.Unprotected) > 0 {
			wrong = append(wrong, "no longer protected: "+some(s.Unprotected))
		}
		if s.Exposed != nil && len(s.Exposed.Tables) > 0 {
			wrong = append(wrong, "readable without a policy: "+some(s.Exposed.Tables))
		}
		if s.Attack != nil && s.Attack.Leaks+s.Attack.Weaknesses > 0 {
			wrong = append(wrong, fmt.Sprintf("the attack found %d leaks and %d weaknesses: %s", s.Attack.Leaks, s.Attack.Weaknesses, some(s.Attack.Findings)))
		}
		if len(wrong) > 0 {
			s.Outcome, s.Why = result.StepFailed, strings.Join(wrong, "; ")
		} else if s.Attack != nil && len(s.Attack.Unknown) > 0 {
			s.Outcome, s.Why = result.StepNotKnown, "the attack could not judge: "+some(s.Attack.Unknown)
		}
	}
	x.Steps = append(x.Steps, *s)
}

// skip notes a step that can't be tried.
func (x *cell) skip(name, why string) {
	x.Steps = append(x.Steps, result.Step{Name: name, Outcome: result.StepNotTried, Why: why})
}

func short(d fingerprint.Difference) string {
	d.Before, d.After = clip(d.Before), clip(d.After)
	return d.String()
}

// clip keeps a text to a line.
func clip(text string) string {
	const line = 160
	if len(text) > line {
		return text[:line-3] + "..."
	}
	return text
}

// some names the first few of a list.
func some(items []string) string {
	const few = 4
	if len(items) <= few {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:few], ", "), len(items)-few)
}
