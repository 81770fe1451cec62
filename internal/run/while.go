package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/load"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/session"
)

// Answer is one execution of a load as whoever waits for it sees it.
type Answer struct {
	Due  time.Time
	Done time.Time
	Err  string // class of its error, "" where it ended well
}

// answers keeps every one of a load. A nil one keeps none: a run measures by its recorder.
type answers struct {
	mu  sync.Mutex
	all []Answer
}

func (a *answers) note(job load.Job, reply *session.Reply) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, Answer{Due: job.Due, Done: reply.Done, Err: session.ErrorClass(reply.Err)})
}

// settled waits until so many have come, so that what is to be watched begins under load.
func (a *answers) settled(ctx context.Context, count int) error {
	for {
		a.mu.Lock()
		n := len(a.all)
		a.mu.Unlock()
		if n >= count {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the load: %w", context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// still leaves what is told to whoever knows what goes on beside the load.
type still struct{ Console }

func (still) Step(string, ...any) {}
func (still) Live(Live)           {}

const (
	whileAtMost = 6 * time.Hour   // a load of which nobody can say how long it lasts
	before      = 2 * time.Second // of load, before what is to be watched begins
	after       = time.Second     // of load, once it is over
)

// LoadWhile offers the scenario's load, with every row checked, until do has returned, and gives what the load documents, without a verdict,
// and its answers in no order. do begins once answers come.
func (r Trial) LoadWhile(ctx context.Context, do func(ctx context.Context) error) (*result.Run, []Answer, error) {
	r.Console, r.unwatched = still{r.Console}, true
	l := &r.Options.Scenario.Load
	l.Duration, l.WarmUp, l.Stages, l.Users = whileAtMost, 0, nil, 0
	doc := &result.Run{Seed: r.System.World.Seed}
	m, ruledOut, err := newMeter(r.Options, r.Target, r.System, newOracle(r.System, r.Target))
	if err != nil {
		return nil, nil, err
	}
	if m.mix == nil {
		return nil, nil, errors.New("the load has no operation that this stack can run")
	}
	m.answers = &answers{}
	if err := adopt(ctx, r.System, r.Target, m.oracle.Ledger); err != nil {
		return nil, nil, err
	}
	ctx, stop := context.WithCancel(ctx) // a load that fails ends what goes on beside it
	defer stop()
	done := make(chan error, 1)
	go func() {
		err := m.answers.settled(ctx, int(l.Rate*before.Seconds()))
		if err == nil {
			err = do(ctx)
		}
		select {
		case <-ctx.Done():
		case <-time.After(after):
		}
		m.engine.End()
		done <- err
	}()
	report, err := m.drive(ctx, r.Options, r.Target, r.System)
	if err != nil {
		stop()
	}
	if err := errors.Join(<-done, err); err != nil {
		return nil, nil, err
	}
	m.document(r.Options.Scenario, report, ruledOut, doc.Seed, &doc.Load, &doc.Isolation)
	doc.Load.EndedEarly = "" // it had no time of its own
	settle(ctx, r.System, m.oracle.Ledger, doc)
	explain(context.WithoutCancel(ctx), r.System, r.Target, m.evidence, doc)
	return doc, m.answers.all, nil
}

// WrittenRows are the ids of the rows that loads on this system have written to a table, and the column that they are in.
func (r Trial) WrittenRows(ctx context.Context, conn *pgx.Conn, table string) (column string, ids []string, err error) {
	t, ok := r.System.World.Table(table)
	if !ok {
		return "", nil, fmt.Errorf("rows that were written to %s: it was not seeded", table)
	}
	refs, err := writtenRows(ctx, conn, r.System.World, t)
	if err != nil {
		return "", nil, fmt.Errorf("rows that were written to %s: %w", table, err)
	}
	for _, ref := range refs {
		ids = append(ids, r.System.World.Codec.ID(ref).String())
	}
	return idColumn(t), ids, nil
}
