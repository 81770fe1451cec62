package cutover

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
)

// The moments at which the state of the database is taken down, rows and all.
const (
	atFirst = "before the cutover"
	moved   = "after the script"
	woken   = "after Langflow's time on it"
	atLast  = "after the rollback"
)

// runBefore has Langflow at work on the layout before, and stops it for the cutover.
func (c *cutover) runBefore(ctx context.Context) error {
	if !c.Asleep {
		c.say("Langflow at work before the cutover")
		if err := c.trial.StartLangflow(ctx); err != nil {
			return fmt.Errorf("langflow on the layout %s: %w", firstLayout, err)
		}
		began := time.Now()
		if err := c.trial.StopLangflow(ctx); err != nil {
			return err
		}
		c.doc.LangflowDown.WasUp, c.doc.LangflowDown.StopSeconds = true, time.Since(began).Seconds()
	}
	return c.takeDown(ctx, atFirst)
}

// forth runs the script under load, and compares the rows.
func (c *cutover) forth(ctx context.Context) error {
	c.say("the cutover, under %.4g transactions a second%s", c.Rate, c.killing())
	return c.goForth(ctx, c.forthSteps())
}

func (c *cutover) forthSteps() []step {
	return forth(func(ctx context.Context, conn *pgx.Conn) error {
		passwords := map[string]string{}
		for _, role := range c.to.Logins() {
			passwords[role] = c.trial.Password(role)
		}
		return migrate.Passwords(ctx, conn, passwords)
	})
}

func (c *cutover) goForth(ctx context.Context, steps []step) (err error) {
	s := c.script
	s.steps = steps
	watched, err := c.watch(ctx, hurried)
	if err != nil {
		return err
	}
	c.doc.Forth, err = c.move(ctx, s)
	seen, failure := watched()
	if err := errors.Join(err, failure); err != nil {
		return fmt.Errorf("cutover: %w", err)
	}
	c.doc.Forth.Watched = seen
	if err := c.takeDown(ctx, moved); err != nil {
		return err
	}
	c.doc.LangflowDown.MoveSeconds = c.doc.Forth.Seconds
	return c.compareRows(ctx, c.doc.Forth, c.at[atFirst].Moved(c.forthName), c.at[moved])
}

// wake starts Langflow on the result, which must become healthy and be protected as after each start, under load; and EnGarde's migrations
// must go on.
func (c *cutover) wake(ctx context.Context) error {
	c.say("Langflow %s starts in its own schema, as its own role, under load", c.doc.Langflow)
	to, err := c.hardened()
	if err != nil {
		return err
	}
	down := &c.doc.LangflowDown
	watched, err := c.watch(ctx, leisured)
	if err != nil {
		return err
	}
	var began, ended time.Time
	doc, answers, err := c.load(ctx, reach, func(ctx context.Context) error {
		began = time.Now()
		if err := to.StartLangflow(ctx); err != nil {
			if ctx.Err() != nil {
				return err
			}
			down.Why = stack.Redact(err.Error())
			_ = to.StopLangflow(ctx) // it may have ended by itself
		}
		healthy := time.Now()
		err := to.Protect(ctx)
		ended = time.Now()
		down.StartSeconds, down.PolicySeconds = healthy.Sub(began).Seconds(), ended.Sub(healthy).Seconds()
		return err
	})
	seen, failure := watched()
	if err := errors.Join(err, failure); err != nil {
		return fmt.Errorf("langflow's start: %w", err)
	}
	c.doc.ProtectWatched = seen
	c.sum(doc)
	c.doc.Protect = downtime(answers, began, ended)
	c.doc.LangflowSeconds = down.StopSeconds + down.MoveSeconds + down.StartSeconds + down.PolicySeconds
	c.say("EnGarde's migrations go on")
	if out, err := to.Alembic(ctx, "upgrade", "head"); err != nil {
		c.doc.Migrations = lastLine(out, err)
	}
	return nil
}

// examine audits and attacks what came of it.
func (c *cutover) examine(ctx context.Context) error {
	c.say("audit and attack on the result")
	if err := c.trial.Pool(ctx, c.to.Pooled()...); err != nil {
		return err
	}
	to, err := c.hardened()
	if err != nil {
		return err
	}
	note := func(how string, checks []result.Check, findings []result.Finding, err error) {
		if err != nil {
			c.doc.Unknown = append(c.doc.Unknown, how+": "+stack.Redact(err.Error()))
		}
		for _, check := range checks {
			if check.Status == result.Unknown {
				c.doc.Unknown = append(c.doc.Unknown, fmt.Sprintf("%s: %s %s: %s", how, check.Channel, check.Name, check.Why))
			}
		}
		c.doc.Findings = append(c.doc.Findings, findings...)
	}
	if report, err := to.Audit(ctx, nil); err != nil {
		note("audit", nil, nil, err)
	} else {
		note("audit", report.Checks, report.Findings, nil)
	}
	if report, err := to.Attack(ctx, nil, probes.Glance); err != nil {
		note("attack", nil, nil, err)
	} else {
		note("attack", report.Checks, report.Findings, nil)
	}
	return ctx.Err()
}

// back takes it all back, under load, with Langflow stopped; or, where that isn't wanted, finishes the cutover.
func (c *cutover) back(ctx context.Context) (err error) {
	if c.doc.LangflowDown.Why == "" {
		if err := c.trial.StopLangflow(ctx); err != nil {
			return err
		}
	}
	if err := c.takeDown(ctx, woken); err != nil { // with Langflow stopped, which keeps leases in rows of its own
		return err
	}
	c.compareBuilt()
	if !c.Back {
		return migrate.Script(ctx, c.conn, "cutover/finish.sql")
	}
	c.say("the rollback, under %.4g transactions a second%s", c.Rate, c.killing())
	if err := c.trial.Pool(ctx, c.trial.Target.Pooled()...); err != nil {
		return err
	}
	s := c.script
	s.steps = back()
	if c.doc.Back, err = c.move(ctx, s); err != nil {
		return fmt.Errorf("rollback: %w", err)
	}
	if err := c.takeDown(ctx, atLast); err != nil {
		return err
	}
	c.compareFirst()
	return c.compareRows(ctx, c.doc.Back, backNames(c.at[woken]), c.at[atLast])
}

// runAgain starts Langflow on what the rollback left: a rollback after which it doesn't start is none.
func (c *cutover) runAgain(ctx context.Context) error {
	if !c.Back || c.Asleep {
		return nil
	}
	c.say("Langflow starts where it was before")
	began := time.Now()
	if err := c.trial.StartLangflow(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		c.doc.LangflowDown.Afterwards = stack.Redact(err.Error())
	}
	c.doc.LangflowDown.BackUpSeconds = time.Since(began).Seconds()
	return nil
}

// move runs a script under load.
func (c *cutover) move(ctx context.Context, s script) (m *result.Move, err error) {
	var began, ended time.Time
	doc, answers, err := c.load(ctx, 0, func(ctx context.Context) (err error) {
		began = time.Now()
		m, err = s.run(ctx)
		ended = time.Now()
		return err
	})
	if err != nil {
		return nil, err
	}
	c.sum(doc)
	m.Downtime = downtime(answers, began, ended)
	first := slices.MinFunc(answers, func(a, b run.Answer) int { return a.Due.Compare(b.Due) }).Due
	m.Quiet = downtime(answers, first.Add(time.Second/2), began)
	m.RowsLost = doc.Isolation.Lost
	return m, nil
}

// load offers the load while do goes on; each load marks the rows that it writes with a number of its own.
func (c *cutover) load(ctx context.Context, reach float64, do func(context.Context) error) (*result.Run, []run.Answer, error) {
	t := c.trial
	t.Scenario.Load.Reach = reach
	doc, answers, err := t.LoadWhile(ctx, do)
	c.trial = c.trial.Again()
	return doc, answers, err
}

// hardened is the trial of what came of the cutover.
func (c *cutover) hardened() (run.Trial, error) {
	return c.trial.As(c.to, c.forthName)
}

func (c *cutover) killing() string {
	if c.Kill {
		return ", killed in the middle"
	}
	return ""
}

func (c *cutover) say(format string, args ...any) { c.Run.Console.Step(format, args...) }

var head = regexp.MustCompile(`(?m)^([0-9a-z_]+) \(head\)`)

// headOf reads what "alembic heads" says; "" where there is not one head.
func headOf(said string) string {
	if found := head.FindAllStringSubmatch(said, -1); len(found) == 1 {
		return found[0][1]
	}
	return ""
}
