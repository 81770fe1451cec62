package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/checks"
	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/probes/web"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stats"
	"github.com/engardehq/bulkhead/internal/verdict"
	"github.com/engardehq/bulkhead/scenarios"
)

// examine attacks the stack that was loaded, audits its catalog, and says of each channel what was done about it. What can't be done is
// unknown and says why; after a load that was cut short nothing is tried, and the document says nothing of it.
func examine(ctx context.Context, o Options, t Target, sys *System, doc *result.Run) {
	doc.Checks = append(doc.Checks, byLoad(doc)...)
	if ctx.Err() == nil && doc.Load.EndedEarly == "" {
		attack(ctx, o, t, sys, doc)
		if o.Scenario.Audit {
			o.Console.Step("auditing the catalog")
			report, err := audit(ctx, sys.Stack.DSN.Direct[superuser].Reveal(), t, nil)
			if err != nil {
				doc.Checks = append(doc.Checks, undone(result.ByCatalog, "audit", err))
			} else {
				doc.Checks, doc.Findings = append(doc.Checks, report.Checks...), append(doc.Findings, report.Findings...)
			}
		}
	}
	if ctx.Err() == nil && doc.Load.EndedEarly == "" {
		backUp(ctx, o, t, sys, doc)
		removeTenant(ctx, o, t, sys, doc)
	}
	for i := range doc.Checks {
		if doc.Checks[i].Lacks == "pooler" { // what scenarios call by its name
			doc.Checks[i].Lacks = stack.PgBouncer
		}
	}
	doc.Coverage = verdict.Cover(doc.Checks, doc.Findings, drilled(t))
}

// undone is the Check of an attack or audit that failed as a whole.
func undone(how result.How, name string, err error) result.Check {
	return result.Check{Channel: "all", How: how, Name: name, Status: result.Unknown, Why: stack.Redact(err.Error())}
}

func audit(ctx context.Context, dsn string, t Target, known *catalog.Catalog) (*checks.Report, error) {
	conn, cat, err := look(ctx, dsn, t, known)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return checks.Audit(ctx, conn, t.Target, cat)
}

// look connects and reads the catalog, where it isn't known yet.
func look(ctx context.Context, dsn string, t Target, known *catalog.Catalog) (*pgx.Conn, *catalog.Catalog, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, nil, fmt.Errorf("connecting to look at the catalog: %w", err)
	}
	if known != nil {
		return conn, known, nil
	}
	cat, err := catalog.Read(ctx, conn, t.Target)
	if err != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
		return nil, nil, err
	}
	return conn, cat, nil
}

var depths = map[scenarios.Depth]probes.Depth{scenarios.Glance: probes.Glance, scenarios.Pairs: probes.Pairs, scenarios.Full: probes.Full}

func attack(ctx context.Context, o Options, t Target, sys *System, doc *result.Run) {
	depth, wanted := depths[o.Scenario.Attack]
	if !wanted {
		return
	}
	o.Console.Step("attacking: %s", o.Scenario.Attack)
	c := attackable(sys.Stack, sys.World, t)
	c.Depth, c.Seed = depth, o.Scenario.Seed
	report, err := attackOnce(ctx, t, &c, nil)
	if err != nil {
		doc.Checks = append(doc.Checks, undone(result.ByProbe, "attack", err))
		return
	}
	defer attackWeb(ctx, o, sys, c.Redis, depth, doc)
	doc.Checks, doc.Findings = append(doc.Checks, report.Checks...), append(doc.Findings, report.Findings...)
	doc.Attack = &result.AttackScope{Depth: c.Depth.String(), Pairs: report.Coverage.Pairs, PairsCovered: report.Coverage.PairsCovered,
		Combinations: report.Coverage.Combinations, Tried: report.Coverage.Tried, Attackers: len(c.Tenants)}
}

// attackWeb goes on with the services that speak HTTP.
func attackWeb(ctx context.Context, o Options, sys *System, cache *probes.Redis, depth probes.Depth, doc *result.Run) {
	o.Console.Step("attacking over HTTP: %s", o.Scenario.Attack)
	c, err := visitable(ctx, sys.Stack, sys.World, cache, o.Backend)
	var report *web.Report
	if err == nil {
		c.Depth, c.Seed = depth, o.Scenario.Seed
		report, err = web.Run(ctx, c)
	}
	if err != nil {
		doc.Checks = append(doc.Checks, undone(result.ByProbe, "attack over HTTP", err))
		return
	}
	doc.Checks, doc.Findings = append(doc.Checks, report.Checks...), append(doc.Findings, report.Findings...)
	doc.Attack.Services = scopes(report)
}

func attackOnce(ctx context.Context, t Target, c *probes.Config, known *catalog.Catalog) (*probes.Report, error) {
	conn, cat, err := look(ctx, c.Admin, t, known)
	if err != nil {
		return nil, err
	}
	c.Catalog = cat
	c.Tenants, err = probes.ChooseTenants(ctx, conn, *c)
	if err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))); err != nil {
		return nil, err
	}
	return probes.Run(ctx, *c)
}

// byLoad are the checks that the load made by itself. It goes the application's own ways and now and then reaches beyond its tenant, so
// whatever door lets a row through shows, whichever it is.
func byLoad(doc *result.Run) (all []result.Check) {
	iso := &doc.Isolation
	add := func(channel, doc string, units, hits int64, notKnown string) {
		c := result.Check{Channel: channel, How: result.ByLoad, Name: "load", Doc: doc, Units: units, Hits: hits, Status: result.Pass}
		switch {
		case hits > 0:
			c.Status = result.Fail
		case notKnown != "":
			c.Status, c.Why = result.Unknown, notKnown
		case units == 0:
			return // the load did nothing of the kind: it is no check
		default:
			c.UpperBound = stats.UpperBound(0, units, confidence)
		}
		all = append(all, c)
	}
	for _, channel := range []string{"S01", "S02", "S04", "S05", "S07"} {
		add(channel, "rows of executions that could have returned another tenant's", iso.Reaching, iso.Foreign, "")
	}
	add("C08", "answers to concurrent requests of many tenants", doc.Load.Completed, iso.Foreign, "")
	if iso.Planted > 0 {
		add("W01", "writes into other tenants' rows", iso.Planted, iso.Planted, "")
	}
	if c := doc.Load.CacheHits; c != nil {
		add("R01", "answers out of the cache", c.Hits, 0, "")
	}
	if h := doc.HTTP; h != nil {
		var channels []string
		reaching, leaking := map[string]int64{}, map[string]int64{}
		for _, op := range h.Load.Ops {
			channels = union(channels, []string{op.Channel})
			reaching[op.Channel] += op.Reaching
			leaking[op.Channel] += op.Leaking
		}
		for _, channel := range channels {
			add(channel, "requests for other tenants' objects", reaching[channel], leaking[channel], "")
		}
		add("C08", "bodies for concurrent requests of many tenants", h.Isolation.Bodies, h.Isolation.Leaking, "")
	}
	if a := iso.Audit; a != nil {
		add("T04", "entries against operations", a.Operations, a.Missing+a.Extra, a.NotCounted)
	}
	return all
}

// drilled is what the last drill of this target said, by channel; nil where none is known. A report of it that can't be read is none.
func drilled(t Target) map[string]verdict.Tally {
	last, err := LastDrill(t)
	if err != nil || last == nil {
		return nil
	}
	by := map[string]verdict.Tally{}
	for _, m := range last.Results {
		tally := by[m.Channel]
		switch m.Outcome {
		case result.KilledByIntended, result.KilledByAnother, result.AsPredicted:
			tally.Killed++
			tally.Mutants++
		case result.Survived, result.NotAsPredicted, result.Unjudged:
			tally.Mutants++
		}
		by[m.Channel] = tally
	}
	return by
}
