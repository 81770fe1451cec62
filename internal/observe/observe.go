// Package observe asks the servers, while the load runs, what they think of it: PgBouncer how full its pools are, PostgreSQL how many
// connections, blocks and statements it has seen. It uses connections of its own, one question each second, and writes the recorder's
// windows as an interval log. It never judges, never touches what the load uses, and never fails a run: what it can't learn is named as
// not measured, with the reason. Package run calls it.
package observe

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
)

// Sources say where to ask.
type Sources struct {
	Pooler   string // connection string of PgBouncer's console, "" where there is no pooler
	Postgres string // of the superuser, straight to the target's database
	Database string // whose pools are looked at
}

const (
	every    = time.Second
	askLimit = 3 * time.Second // one question; a server that doesn't answer must not hold up the end
)

// Watch is one observation of a load.
type Watch struct {
	pooler   *pooler
	postgres *postgres
	samples  int
	quit     context.CancelFunc
	done     chan struct{}

	mu      sync.Mutex
	failed  map[string]*failure
	ordered []string
}

// failure is why a sampler could not answer, the first time, and how often.
type failure struct {
	why   string
	times int
}

// Start begins to observe after a while, which is the warm-up. It always succeeds; Stop must follow.
func Start(ctx context.Context, s Sources, after time.Duration) *Watch {
	ctx, quit := context.WithCancel(ctx)
	w := &Watch{postgres: newPostgres(s.Postgres), quit: quit, done: make(chan struct{}), failed: map[string]*failure{}}
	if s.Pooler != "" {
		w.pooler = newPooler(s.Pooler, s.Database)
	}
	go func() {
		defer close(w.done)
		w.observe(ctx, after)
	}()
	return w
}

// observe reads the counters once at the beginning, and then samples until it is told to stop.
func (w *Watch) observe(ctx context.Context, after time.Duration) {
	defer w.hangUp(ctx)
	select {
	case <-ctx.Done():
		return
	case <-time.After(after):
	}
	if w.pooler != nil {
		w.try(ctx, "counters of PgBouncer", w.pooler.begin)
	}
	w.try(ctx, "counters of PostgreSQL", w.postgres.begin)
	w.try(ctx, "statements", w.postgres.beginStatements)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.samples++
			if w.pooler != nil {
				w.try(ctx, "pools of PgBouncer", w.pooler.sample)
			}
			w.try(ctx, "connections of PostgreSQL", w.postgres.sample)
		}
	}
}

// Stop takes the last readings and gives what was seen.
func (w *Watch) Stop(ctx context.Context) *result.Observed {
	w.quit()
	<-w.done
	ctx = context.WithoutCancel(ctx)
	defer w.hangUp(ctx)
	out := &result.Observed{Samples: w.samples}
	if w.pooler != nil {
		w.try(ctx, "counters of PgBouncer", w.pooler.end)
		out.Pooler = w.pooler.use()
	}
	w.try(ctx, "counters of PostgreSQL", w.postgres.end)
	w.try(ctx, "statements", w.postgres.endStatements)
	out.Postgres, out.Statements = w.postgres.use(), w.postgres.statements()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, what := range w.ordered {
		f := w.failed[what]
		why := f.why
		if f.times > 1 {
			why = fmt.Sprintf("%d times; the first time: %s", f.times, f.why)
		}
		out.NotMeasured = append(out.NotMeasured, result.NotMeasured{What: what, Why: why})
	}
	if w.samples == 0 && len(w.ordered) == 0 {
		out.NotMeasured = append(out.NotMeasured, result.NotMeasured{What: "pools and connections", Why: "the load was over before the first sample"})
	}
	return out
}

// try asks one question and notes a failure under its name. A question cut short by Stop is no failure.
func (w *Watch) try(ctx context.Context, what string, ask func(context.Context) error) {
	limited, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	err := ask(limited)
	if err == nil || ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.failed[what]
	if f == nil {
		f = &failure{why: plain(err)}
		w.failed[what] = f
		w.ordered = append(w.ordered, what)
	}
	f.times++
}

func (w *Watch) hangUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
	defer cancel()
	if w.pooler != nil {
		w.pooler.line.close(ctx)
	}
	w.postgres.line.close(ctx)
}

// meanOf is a mean and a peak of what was sampled.
type meanOf struct {
	sum, peak float64
	n         int
}

func (m *meanOf) add(v float64) {
	m.sum += v
	m.n++
	m.peak = max(m.peak, v)
}

func (m *meanOf) mean() float64 {
	if m.n == 0 {
		return 0
	}
	return m.sum / float64(m.n)
}

// share gives part of a whole, nil where there is no whole.
func share(part, whole int64) *float64 {
	if whole <= 0 {
		return nil
	}
	v := float64(part) / float64(whole)
	return &v
}
