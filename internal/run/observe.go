package run

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/engardehq/bulkhead/internal/faults"
	"github.com/engardehq/bulkhead/internal/observe"
	"github.com/engardehq/bulkhead/internal/record"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stats"
)

// beside is what goes on while the load runs: the servers are watched, and the scenario's faults come and go.
type beside struct {
	began  time.Time // the end of warm-up
	watch  *observe.Watch
	faults *faults.Schedule
	proxy  *faults.Proxy

	observed  *result.Observed
	disturbed []result.Disturbance
}

// begin comes right before the load; end must follow it. roles are those that the load connects as.
func (b *beside) begin(ctx context.Context, o Options, t Target, sys *System, roles []string) {
	b.began = time.Now().Add(o.Scenario.Load.WarmUp)
	from := observe.Sources{Postgres: sys.Stack.DSN.Direct[superuser].Reveal(), Database: t.Database}
	if sys.Stack.Pooler != nil {
		from.Pooler = sys.Stack.Pooler.Admin.Reveal()
	}
	if !o.unwatched {
		b.watch = observe.Start(ctx, from, o.Scenario.Load.WarmUp)
	}
	if len(o.Scenario.Faults) > 0 {
		b.faults = faults.Begin(ctx, o.Scenario.Faults, faultTarget(o, t, sys, roles, b.proxy), b.began, o.Console.Step)
	}
}

// end takes faults back that still last and the last readings, in this order: only a server that is there can be asked.
func (b *beside) end(ctx context.Context) {
	if b.faults != nil {
		b.disturbed = b.faults.Stop()
	}
	if b.watch != nil {
		b.observed = b.watch.Stop(ctx)
	}
}

// document tells what was seen beside the load, and saves the interval log under a name; nil where no load took place.
func (b *beside) document(o Options, log string, summary record.Summary) (*result.Observed, []result.Disturbance) {
	if b.observed == nil {
		return nil, nil
	}
	if err := observe.SaveLog(filepath.Join(o.Out, log), summary, b.began); err != nil {
		b.observed.NotMeasured = append(b.observed.NotMeasured, result.NotMeasured{What: log, Why: err.Error()})
	} else {
		b.observed.IntervalLog = log
	}
	return b.observed, b.disturbed
}

// p95Interval is that of a load without faults, or else by order statistics alone: a fault comes at its time and for its time. To draw the
// seconds of the load anew, some of them twice and some never, would ask how often it comes.
func (b *beside) p95Interval(windows [][]stats.Count, rng *rand.Rand) *[2]float64 {
	if len(b.disturbed) == 0 {
		return p95Interval(windows, rng)
	}
	i, ok := stats.QuantileInterval(stats.Merge(windows...), 0.95, confidence)
	if !ok {
		return nil
	}
	return &[2]float64{millis(i.Lo), millis(i.Hi)}
}
