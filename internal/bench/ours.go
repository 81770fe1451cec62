package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/engardehq/bulkhead/internal/load"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/record"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/scenarios"
)

const (
	settling = 500 * time.Millisecond // until every connection is open and has prepared its statements; pgbench leaves out its own too
	timeout  = 30 * time.Second       // of one transaction
)

// transactions measures both sides by turns, so that what else the machine does falls on both, first one statement a round trip and then
// pipelined.
func (b *bench) transactions(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "bulkhead-bench-*")
	if err != nil {
		return fmt.Errorf("folder of pgbench's scripts: %w", err)
	}
	defer os.RemoveAll(folder)
	peer, err := b.newPgbench(ctx, folder)
	if err != nil {
		return err
	}
	if err := b.byTurns(ctx, peer, false, &b.doc.Plain); err != nil {
		return err
	}
	b.doc.TPSRatioPlain, b.doc.CPURatioPlain = ratios(b.doc.Plain)
	if b.doc.ProfilePlain, err = b.profiled(ctx, false, PlainProfile); err != nil {
		return err
	}
	if err := b.byTurns(ctx, peer, true, &b.doc.Pipelined); err != nil {
		return err
	}
	b.doc.TPSRatioPipelined, b.doc.CPURatioPipelined = ratios(b.doc.Pipelined)
	b.doc.ProfilePipelined, err = b.profiled(ctx, true, PipelinedProfile)
	return err
}

func pattern(pipelined bool) string {
	if pipelined {
		return "pipelined"
	}
	return "one statement a round trip"
}

// byTurns has both sides measured in each round, the one first that came second in the round before: whatever drifts, or is left for who comes next,
// falls on both.
func (b *bench) byTurns(ctx context.Context, peer *pgbench, pipelined bool, rounds *[]Pair) error {
	for round := range b.Rounds {
		var p Pair
		sides := []struct {
			name    string
			measure func() (Side, error)
			into    *Side
		}{
			{"pgbench", func() (Side, error) { return peer.measure(ctx, pipelined, b.Seconds) }, &p.Peer},
			{"bulkhead", func() (Side, error) { return b.measure(ctx, pipelined) }, &p.Ours},
		}
		if round%2 == 1 {
			slices.Reverse(sides)
		}
		b.Console.Step("transactions, %s, round %d of %d: %s, then %s, %d s each", pattern(pipelined), round+1, b.Rounds, sides[0].name, sides[1].name, b.Seconds)
		for _, side := range sides {
			var err error
			if *side.into, err = side.measure(); err != nil {
				return err
			}
		}
		*rounds = append(*rounds, p)
	}
	return nil
}

// measure drives the transactions for some seconds in a closed loop. As with pgbench, the processor time is that of connecting too.
func (b *bench) measure(ctx context.Context, pipelined bool) (Side, error) {
	machine := startMeter()
	before, err := cpu()
	if err != nil {
		return Side{}, err
	}
	engine := &load.Engine{WarmUp: settling, Duration: time.Duration(b.Seconds) * time.Second, Workers: connections}
	report, done, err := b.drive(ctx, engine, pipelined, connections)
	if err != nil {
		return Side{}, err
	}
	after, err := cpu()
	if err != nil {
		return Side{}, err
	}
	return Side{TPS: report.AchievedPerSecond, Transactions: done.transactions, RowsVerified: done.rows}.with(after-before, machine.busy()), nil
}

const (
	lagRate        = 1000 // transactions a second
	lagWorkers     = 64   // as the default scenario has
	lagConnections = 16
	lagDuration    = 20 * time.Second
	lagWarmUp      = 2 * time.Second
)

// lag measures how late the harness itself is under a schedule of independent arrivals.
func (b *bench) lag(ctx context.Context) error {
	b.Console.Step("lateness of the schedule: %d transactions a second for %s", lagRate, lagDuration)
	stages := []scenarios.Stage{{From: lagRate, To: lagRate, Length: lagDuration}}
	schedule, err := load.NewSchedule(scenarios.Poisson, lagWarmUp, stages, rand.New(rand.NewPCG(b.sys.World.Seed, 0)))
	if err != nil {
		return err
	}
	engine := &load.Engine{Schedule: schedule, WarmUp: lagWarmUp, Duration: lagDuration, Workers: lagWorkers}
	report, _, err := b.drive(ctx, engine, true, lagConnections)
	if err != nil {
		return err
	}
	b.doc.LagP99Millis, b.doc.Lag = millis(report.LagP99), Lag{OfferedPerSecond: report.OfferedPerSecond, AchievedPerSecond: report.AchievedPerSecond,
		P50Millis: millis(report.LagP50), MaxMillis: millis(report.LagMax)}
	return nil
}

// tally is what the transactions of a load came to.
type tally struct {
	transactions int64
	rows         int64
	fault        error // the first
}

// drive offers a load of the one operation as a run would, direct and with prepared statements, and holds that every page was full and
// every row as it must be.
func (b *bench) drive(ctx context.Context, engine *load.Engine, pipelined bool, connections int) (load.Report, *tally, error) {
	judge := &oracle.Oracle{World: b.sys.World, Ledger: oracle.NewLedger(b.sys.Epoch), TenantColumn: b.target.Tenancy.Column}
	mix, err := ops.NewMix(b.sys.World, []ops.Spec{b.spec}, []float64{1}, 0)
	if err != nil {
		return load.Report{}, nil, err
	}
	mix.Tenants = func(rng *rand.Rand) int { return b.who[rng.IntN(len(b.who))] }
	recorder, err := record.New(record.Config{Tenants: b.sys.World.Tenants, Ops: []record.Op{{Name: b.spec.Name, Target: timeout}}})
	if err != nil {
		return load.Report{}, nil, err
	}
	door, err := session.Open(ctx, session.Config{DSN: map[string]string{role: b.sys.Stack.DSN.Direct[role].Reveal()}, Connections: connections,
		SetTenant: b.target.Tenancy.Set, Pipelined: pipelined, Prepared: true, Timeout: timeout}, judge)
	if err != nil {
		return load.Report{}, nil, err
	}
	defer door.Close()
	workers, sums := make([]*ops.Executor, engine.Workers), make([]tally, engine.Workers)
	for i := range workers {
		workers[i] = mix.NewExecutor(door.NewSession(), judge.Ledger)
	}
	report, err := engine.Run(ctx, func(ctx context.Context, worker int, job load.Job) {
		x, reply := workers[worker].Do(ctx, int(job.Index))
		if !sums[worker].add(&reply, b.page) {
			engine.End()
		}
		recorder.Record(worker, record.Sample{Op: x.Op, Due: job.Offset, Response: reply.Done.Sub(job.Due), Service: reply.Service,
			PoolWait: reply.PoolWait, Lag: job.Lag, ErrClass: session.ErrorClass(reply.Err), Tenant: x.Tenant})
	})
	if err != nil {
		return report, nil, err
	}
	all := &tally{}
	for i := range sums {
		all.transactions += sums[i].transactions
		all.rows += sums[i].rows
		if all.fault == nil {
			all.fault = sums[i].fault
		}
	}
	if all.fault == nil && (all.transactions == 0 || report.Dropped+report.Abandoned > 0) {
		all.fault = fmt.Errorf("of %d transactions %d were dropped and %d cut off", report.Offered, report.Dropped, report.Abandoned)
	}
	return report, all, all.fault
}

// add counts a transaction; false tells that it was not as it must be. Each worker has a tally of its own.
func (t *tally) add(reply *session.Reply, page int) bool {
	switch {
	case reply.Err != nil:
		t.note(reply.Err)
	case reply.Counts != oracle.Counts{}:
		t.note(fmt.Errorf("rows at fault: %+v: %s", reply.Counts, reply.Faults[0].Detail))
	case reply.Rows != page:
		t.note(fmt.Errorf("%d rows came back for a page of %d", reply.Rows, page))
	default:
		t.transactions++
		t.rows += int64(reply.Rows)
		return true
	}
	return false
}

func (t *tally) note(err error) {
	if t.fault == nil {
		t.fault = fmt.Errorf("a transaction of the bench: %w", err)
	}
}
