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
	b.watch = observe.Start(ctx, from, o.Scenario.Load.WarmUp)
	if len(o.Scenario.Faults) > 0 {
		b.faults = faults.Begin(ctx, o.Scenario.Faults, faultTarget(o, t, sys, roles, b.proxy), b.began, o.Console.Step)
	}
}

// end takes faults back that still last and the last readings, in this order: only a server that is there can be asked.
func (b *beside) end(ctx context.Context) {
	if b.faults != nil {
		b.disturbed = b.faults.Stop()
	}
	b.observed = b.watch.Stop(ctx)
}

// document writes down what was seen beside the load, and saves the interval log.
func (b *beside) document(o Options, recorder *record.Recorder, doc *result.Run) {
	if b.observed == nil {
		return // no load took place
	}
	doc.Observed, doc.Faults = b.observed, b.disturbed
	if p := b.observed.Pooler; p != nil {
		doc.Stack.Pool = &result.Pool{UsePeak: p.ServersUsePeak, UseMean: p.ServersUseMean, WaitingMax: p.ClientsWaitingPeak}
	}
	if err := observe.SaveLog(filepath.Join(o.Out, observe.IntervalLog), recorder.Finish(), b.began); err != nil {
		b.observed.NotMeasured = append(b.observed.NotMeasured, result.NotMeasured{What: observe.IntervalLog, Why: err.Error()})
		return
	}
	b.observed.IntervalLog = observe.IntervalLog
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
