package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/scenarios"
)

// The detectors of mutants of services; load and audit are called as for the others.
const (
	byVisit = "load over HTTP"
	byHTTP  = "attack over HTTP"
)

const (
	servedLimit = 10 * time.Minute // of one mutant of a service, its start included; a minute is usual
	// Of a mutant of Langflow that only changes its rows or policies: the healthy Langflow serves it.
	applySQL, undoSQL = "sql", "undo"
)

// front is the services that tenants' users speak to. They serve the base database: a copy would need a service of its own.
type front struct {
	trial   run.Trial // with the service that is up
	service mutants.Scope
	changes []mutants.Setting // that it was started with
	stop    func(context.Context) error
}

// served tries the mutants of services, those of one service after those of the other, and of Langflow first those that need no start.
func (d *drill) served(ctx context.Context, all []mutants.Mutant) error {
	for _, service := range []mutants.Scope{mutants.Backend, mutants.Langflow} {
		mine := slices.DeleteFunc(slices.Clone(all), func(m mutants.Mutant) bool { return m.Scope != service })
		if len(mine) == 0 {
			continue
		}
		slices.SortStableFunc(mine, func(a, b mutants.Mutant) int { return len(startChanges(a)) - len(startChanges(b)) })
		if err := d.servedBy(ctx, service, mine); err != nil {
			return err
		}
	}
	return nil
}

func (d *drill) servedBy(ctx context.Context, service mutants.Scope, all []mutants.Mutant) (err error) {
	f := &front{trial: d.ward.trial, service: service}
	defer func() { err = errors.Join(err, f.close(ctx)) }()
	if err := d.healthyService(ctx, f); err != nil {
		return err
	}
	for _, m := range all {
		d.front = f
		if err := d.one(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// startChanges are those that a service has to be started with.
func startChanges(m mutants.Mutant) []mutants.Setting {
	return slices.DeleteFunc(m.Settings(), func(s mutants.Setting) bool { return s.Name == applySQL || s.Name == undoSQL })
}

// serve has the service up with these changes, and stops one that has others.
func (f *front) serve(ctx context.Context, changes []mutants.Setting) (err error) {
	if f.stop != nil && len(f.changes) == 0 && len(changes) == 0 {
		return nil
	}
	if err := f.close(ctx); err != nil {
		return err
	}
	start := f.trial.WithBackend
	if f.service == mutants.Langflow {
		start = f.trial.WithLangflow
	}
	f.trial, f.stop, err = start(ctx, changes)
	f.changes = changes
	return err
}

func (f *front) close(ctx context.Context) error {
	if f.stop == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer cancel()
	stop := f.stop
	f.stop = nil
	return stop(ctx)
}

// healthyService looks at the service without any mutant, as at a healthy copy.
func (d *drill) healthyService(ctx context.Context, f *front) error {
	began := time.Now()
	looking, cancel := context.WithTimeout(ctx, servedLimit)
	defer cancel()
	if err := f.serve(looking, nil); err != nil {
		return err
	}
	r := result.Drilled{ID: "healthy " + string(f.service), Doc: "the healthy " + string(f.service), Outcome: result.Silent}
	d.judgeHealthy(d.lookHTTP(looking, f, ""), &r)
	r.Seconds = time.Since(began).Seconds()
	return errors.Join(d.note(r), d.ward.redis.empty(ctx))
}

// tryServed tries one mutant of a service. An error says that the stack isn't what it was.
func (d *drill) tryServed(ctx context.Context, m mutants.Mutant, r *result.Drilled) error {
	f := d.front
	ctx, cancel := context.WithTimeout(ctx, servedLimit)
	defer cancel()
	failure := f.serve(ctx, startChanges(m))
	if failure == nil {
		failure = d.execute(ctx, m, applySQL)
	}
	if failure != nil {
		r.Outcome, r.Why = result.Unjudged, stack.Redact(fmt.Errorf("%w: %w", errApply, failure).Error())
	} else {
		s := sight{short: d.lookHTTP(ctx, f, m.Channel)}
		s.unknown = s.short.unknown
		if len(d.news(s.short.findings, d.baseline)) == 0 { // whoever else may notice
			all := d.lookHTTP(ctx, f, "")
			s.short.findings, s.unknown = append(s.short.findings, all.findings...), append(s.unknown, all.unknown...)
		}
		d.judge(ctx, m, s, r)
	}
	undoing, done := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer done()
	return errors.Join(d.execute(undoing, m, undoSQL), d.ward.redis.empty(undoing))
}

// execute runs the statements of a mutant that have this name.
func (d *drill) execute(ctx context.Context, m mutants.Mutant, name string) error {
	for _, s := range m.Settings() {
		if s.Name == name {
			if err := d.ward.trial.Exec(ctx, s.Value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// lookHTTP lets a second of load and the attack over HTTP look at a service, with the probes that check
// a channel or with all.
func (d *drill) lookHTTP(ctx context.Context, f *front, channel string) (s seen) {
	trial := f.trial
	trial.Scenario.HTTP = shortVisit(trial.Target.Calls, string(f.service))
	if doc, err := trial.Visit(ctx); err != nil {
		s.failed(byVisit, err)
	} else {
		s.add(byVisit, doc.Findings, nil)
	}
	if report, err := trial.AttackServices(ctx, probes.Pairs, channel); err != nil {
		s.failed(byHTTP, err)
	} else {
		s.add(byHTTP, report.Findings, report.Checks)
	}
	return s
}

// shortVisit is a moment of load on one service, half of which reaches.
func shortVisit(calls []ops.Spec, service string) *scenarios.Phase {
	l := scenarios.Traffic{Rate: 40, Arrivals: scenarios.Poisson, WarmUp: 200 * time.Millisecond, Duration: 1500 * time.Millisecond, Connections: 4, Workers: 8,
		Reach: 0.5, Tenants: scenarios.TenantChoice{Spread: scenarios.Uniform}, Mix: map[string]float64{}}
	for _, c := range calls {
		if c.Service == service {
			l.Mix[c.Name] = 1
		}
	}
	return &scenarios.Phase{Traffic: l}
}
