package run

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/engardehq/bulkhead/internal/load"
	"github.com/engardehq/bulkhead/internal/observe"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/record"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/stats"
	"github.com/engardehq/bulkhead/scenarios"
)

// executionTimeout ends an execution that hangs; it is far above any target, so that a slow one is measured, not cut off.
const executionTimeout = 30 * time.Second

// Live is what the line of each second of load shows.
type Live struct {
	At       time.Duration // since the end of warm-up, negative before
	Duration time.Duration
	Rate     float64
	P95      time.Duration
	Errors   int64
	Rows     int64 // checked so far
	Faults   oracle.Counts
}

// meter is all that takes part in a measured load.
type meter struct {
	mix      *ops.Mix
	recorder *record.Recorder
	summary  record.Summary // of the load that is over
	oracle   *oracle.Oracle
	evidence *evidence
	rows     atomic.Int64
	bodies   atomic.Int64 // over HTTP
	written  atomic.Int64
	leaking  atomic.Int64   // executions with another tenant's row in their answer, or planted; warm-up included
	leaks    []atomic.Int64 // of them, by operation
	reaching []atomic.Int64 // by operation; executions that came back, warm-up included: a leak then is a leak too
	workers  []worker
	beside   beside
	cached   cacheUse
	audit    auditTrail
	answers  *answers // where each is kept
	*shape
}

// worker does the n-th execution of a load. One goroutine uses it.
type worker interface {
	Do(ctx context.Context, n int) (ops.Execution, session.Reply)
}

// newOracle judges all that a run is told, with a ledger of what it writes.
func newOracle(sys *System, t Target) *oracle.Oracle {
	return &oracle.Oracle{World: sys.World, Ledger: oracle.NewLedger(sys.Epoch), TenantColumn: t.Tenancy.Column, Sets: ops.Sets(t.Ops)}
}

// newMeter makes a meter of the operations of the scenario's load, without a mix where a missing service rules all of them out.
func newMeter(o Options, t Target, sys *System, judge *oracle.Oracle) (m *meter, ruledOut map[string]string, err error) {
	specs, weights, ruledOut := opsOf(t, o.Scenario, sys.Missing)
	m = &meter{oracle: judge, evidence: newEvidence(sys.World), reaching: make([]atomic.Int64, len(specs)), leaks: make([]atomic.Int64, len(specs))}
	if len(specs) == 0 {
		return m, ruledOut, nil
	}
	if m.mix, err = ops.NewMix(sys.World, specs, weights, o.Scenario.Load.Reach); err != nil {
		return nil, nil, err
	}
	m.shape, err = newShape(o.Scenario.Load, sys.World, m.mix)
	return m, ruledOut, err
}

// measure runs the load of SQL operations and writes what came of it into the document.
func measure(ctx context.Context, o Options, t Target, sys *System, judge *oracle.Oracle, doc *result.Run) error {
	m, ruledOut, err := newMeter(o, t, sys, judge)
	if err != nil {
		return err
	}
	var report load.Report
	if m.mix != nil {
		if err = adopt(ctx, sys, t, m.oracle.Ledger); err != nil {
			return err
		}
		if err = m.audit.begin(ctx, t, sys, m.mix); err != nil {
			return err
		}
		life := m.beginLife(ctx, o, t, sys)
		report, err = m.drive(ctx, o, t, sys)
		if life.end(doc, err); err != nil {
			return err
		}
	}
	// The load is over: from here on memory counts for more than the processor.
	defer debug.SetGCPercent(debug.SetGCPercent(documentGC))
	m.document(o.Scenario, report, ruledOut, doc.Seed, &doc.Load, &doc.Isolation)
	doc.Observed, doc.Faults = m.beside.document(o, observe.IntervalLog, m.summary)
	if doc.Observed != nil && doc.Observed.Pooler != nil {
		p := doc.Observed.Pooler
		doc.Stack.Pool = &result.Pool{UsePeak: p.ServersUsePeak, UseMean: p.ServersUseMean, WaitingMax: p.ClientsWaitingPeak}
	}
	settle(ctx, sys, m.oracle.Ledger, doc)
	m.audit.document(ctx, &doc.Isolation, doc)
	explain(context.WithoutCancel(ctx), sys, t, m.evidence, doc)
	return nil
}

// drive offers the load; an interruption once it has begun is no error, the report tells it.
func (m *meter) drive(ctx context.Context, o Options, t Target, sys *System) (load.Report, error) {
	l := o.Scenario.Load
	dsn := map[string]string{}
	for _, op := range m.mix.Ops {
		from := sys.Stack.DSN.Pooled
		if l.Through == scenarios.Direct {
			from = sys.Stack.DSN.Direct
		}
		for _, role := range op.Roles {
			d, ok := from[role]
			if !ok {
				return load.Report{}, fmt.Errorf("operation %s runs as %s, and this stack has no connection for it through %s", op.Name, role, l.Through)
			}
			dsn[role] = d.Reveal()
		}
	}
	leave, err := m.beside.detour(o.Scenario, dsn)
	defer leave()
	if err != nil {
		return load.Report{}, err
	}
	door, err := session.Open(ctx, session.Config{DSN: dsn, Connections: l.Connections, SetTenant: t.Tenancy.Set, Pipelined: l.Pipelined,
		Prepared: l.Through == scenarios.Direct, Timeout: executionTimeout, Cache: cacheOptions(sys, m.mix)}, m.oracle)
	if err != nil {
		return load.Report{}, err
	}
	defer door.Close()
	for range l.Workers {
		m.workers = append(m.workers, m.mix.NewExecutor(door.NewSession(), m.oracle.Ledger))
	}
	o.Console.Step("loading: %s for %s after %s of warm-up, through %s", l, l.Duration, l.WarmUp, l.Through)
	return m.offer(ctx, o, t, sys, slices.Sorted(maps.Keys(dsn)))
}

// offer has the workers do the load, with its faults, and watches the servers meanwhile. roles are those that the load has at the database.
func (m *meter) offer(ctx context.Context, o Options, t Target, sys *System, roles []string) (load.Report, error) {
	recorded := record.Config{Tenants: sys.World.Tenants, Classes: m.sizes.class}
	for _, op := range m.mix.Ops {
		recorded.Ops = append(recorded.Ops, record.Op{Name: op.Name, Target: o.Scenario.Objectives.For(op.Name).ResponseP95})
	}
	var err error
	if m.recorder, err = record.New(recorded); err != nil {
		return load.Report{}, err
	}
	m.beside.begin(ctx, o, t, sys, roles)
	stop := m.tell(o.Console, o.Scenario.Load)
	report, err := m.engine.Run(ctx, m.work)
	stop()
	m.beside.end(ctx)
	if report.Interrupted {
		return report, nil
	}
	return report, err
}

// work does one execution and notes all that it showed.
func (m *meter) work(ctx context.Context, worker int, job load.Job) {
	x, reply := m.workers[worker].Do(ctx, int(job.Index))
	defer m.answered(ctx, &reply)
	op := &m.mix.Ops[x.Op]
	m.answers.note(job, &reply)
	m.audit.note(x.Entry, &reply)
	m.rows.Add(int64(reply.Rows))
	m.bodies.Add(int64(reply.Bodies))
	if reply.Err == nil {
		if x.Reaching {
			m.reaching[x.Op].Add(1)
		}
		if reply.Committed && op.Writes() {
			m.written.Add(1)
		}
	}
	if leaks(reply.Counts) {
		m.leaking.Add(1)
		m.leaks[x.Op].Add(1)
	}
	if reply.Counts != (oracle.Counts{}) {
		m.evidence.add(job.Index, op, x, &reply)
	}
	if job.Offset >= 0 {
		m.cached.note(reply.Cache)
	}
	if x.Reaching && reply.Err == nil {
		return // not what the application does: checked, but not measured
	}
	m.recorder.Record(worker, record.Sample{Op: x.Op, Due: job.Offset, Response: reply.Done.Sub(job.Due), Service: reply.Service,
		PoolWait: reply.PoolWait, Lag: job.Lag, ErrClass: session.ErrorClass(reply.Err), Tenant: x.Tenant})
}

// tell shows the state each second until stop is called.
func (m *meter) tell(c Console, l scenarios.Traffic) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	begun := time.Now()
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				at := time.Since(begun) - l.WarmUp
				s := m.recorder.Snapshot(at)
				live := Live{At: at, Duration: l.Duration, Rate: s.RatePerSecond, P95: s.P95, Errors: s.Errors, Rows: m.rows.Load()}
				live.Faults = m.evidence.total()
				c.Live(live)
			}
		}
	}()
	return func() { close(quit); <-done }
}

const (
	confidence = 0.95
	bootstraps = 1000
	documentGC = 25 // percent that the heap may grow by before it is swept, while seconds of the load are unpacked and written down
)

// document writes the measurements down; verdict judges them later.
func (m *meter) document(sc scenarios.Scenario, r load.Report, ruledOut map[string]string, seed uint64, l *result.Load, iso *result.Isolation) {
	l.OfferedPerSecond, l.AchievedPerSecond = r.OfferedPerSecond, r.AchievedPerSecond
	l.LagP50Millis, l.LagP99Millis, l.LagMaxMillis = millis(r.LagP50), millis(r.LagP99), millis(r.LagMax)
	l.Offered, l.Completed, l.Dropped, l.Abandoned, l.Interrupted = r.Offered, r.Completed, r.Dropped, r.Abandoned, r.Interrupted
	l.CacheHits = m.cached.document()
	iso.Bodies = m.bodies.Load()
	iso.RowsChecked, iso.Written, iso.Leaking = m.rows.Load(), m.written.Load(), m.leaking.Load()
	faults := m.evidence.total()
	iso.Foreign, iso.Damaged, iso.Missing, iso.Planted = int64(faults.Foreign), int64(faults.Damaged), int64(faults.Missing), int64(faults.Planted)
	if m.recorder != nil {
		m.summary = m.recorder.Finish()
		s := m.summary
		l.PoolWait = distribution(s.PoolWait, nil)
		rng := rand.New(rand.NewPCG(seed, 0x626f6f74))
		m.outcome(l, sc.Load, r, s, m.mix.World)
		for i, op := range s.Ops {
			limits := sc.Objectives.For(op.Name)
			l.Ops = append(l.Ops, m.opDocument(i, op, rng))
			l.Ops[i].ServiceTargetMillis, l.Ops[i].ErrorShareMax = millis(limits.ServiceP95), *limits.Errors
			iso.Reaching += m.reaching[i].Load()
		}
	}
	iso.UpperBound = stats.UpperBound(0, iso.Reaching, confidence)
	for _, name := range sc.Load.Ops() {
		if service, out := ruledOut[name]; out {
			l.Ops = append(l.Ops, result.Op{Name: name, Verdict: result.NotChecked, Why: "needs " + service + ", which is not there", Lacks: service,
				TargetMillis: millis(sc.Objectives.For(name).ResponseP95)})
		}
	}
}

func (m *meter) opDocument(i int, op record.OpSummary, rng *rand.Rand) result.Op {
	out := result.Op{Name: op.Name, Doc: m.mix.Ops[i].Doc, Count: op.Count, Errors: op.Failed, ErrorsByClass: op.Errors, Reaching: m.reaching[i].Load(), Leaking: m.leaks[i].Load(),
		Channel:    m.mix.Ops[i].Channel,
		OverTarget: op.Over, TargetMillis: millis(op.Target)}
	response, service := op.Counts()
	out.ResponseMs = distribution(op.Response, m.beside.p95Interval(response, rng))
	out.ServiceMs = distribution(op.Service, m.beside.p95Interval(service, rng))
	out.Classes = opClasses(op.Classes)
	for _, w := range op.Windows {
		out.Windows = append(out.Windows, result.Window{Second: int(w.Start / time.Second), Count: w.Count, Errors: w.Errors, P95: millis(w.P95), Max: millis(w.Max)})
	}
	return out
}

func p95Interval(windows [][]stats.Count, rng *rand.Rand) *[2]float64 {
	i, ok := stats.P95Interval(windows, confidence, rng, bootstraps)
	if !ok || !i.Bounded() {
		return nil
	}
	return &[2]float64{millis(i.Lo), millis(i.Hi)}
}

func distribution(q record.Quantiles, ci *[2]float64) result.Distribution {
	return result.Distribution{P50: millis(q.P50), P90: millis(q.P90), P95: millis(q.P95), P99: millis(q.P99), Max: millis(q.Max), P95Interval: ci}
}

// millis gives milliseconds to the microsecond.
func millis(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
