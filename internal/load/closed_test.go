package load

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// As many executions as users, each waiting and thinking: by Little's law the
// rate is users / (response + think).
func TestClosedLoop(t *testing.T) {
	const users = 10
	e := &Engine{Workers: users, Think: 30 * time.Millisecond, WarmUp: 200 * time.Millisecond, Duration: 1500 * time.Millisecond}
	var mu sync.Mutex
	seen := map[int64]int{}
	starts := map[int]time.Duration{}
	var inside, most atomic.Int64
	r, err := e.Run(t.Context(), func(ctx context.Context, user int, job Job) {
		most.Store(max(most.Load(), inside.Add(1)))
		defer inside.Add(-1)
		mu.Lock()
		seen[job.Index] = user
		if _, known := starts[user]; !known {
			starts[user] = job.Offset + e.WarmUp
		}
		mu.Unlock()
		if job.Lag != 0 || !job.Due.Equal(job.Picked) {
			t.Errorf("job %d has a lag: %+v", job.Index, job)
		}
		if busy := e.Progress().Busy; busy < 1 || busy > users {
			t.Errorf("%d users wait for an answer", busy)
		}
		sleep(ctx, 20*time.Millisecond)
	})
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, r)
	if want := users / 0.050; r.AchievedPerSecond > want*1.02 || r.AchievedPerSecond < want*0.7 || math.Abs(r.AchievedPerSecond-r.OfferedPerSecond) > 0.05*want {
		t.Errorf("%.0f/s offered, %.0f/s achieved; want nearly %.0f/s", r.OfferedPerSecond, r.AchievedPerSecond, want)
	}
	if most.Load() > users || r.Dropped != 0 || r.Abandoned != 0 || r.LagMax != 0 || r.Ended || r.Interrupted {
		t.Errorf("%d at a time, %+v", most.Load(), r)
	}
	for index, user := range seen {
		if int(index%users) != user {
			t.Fatalf("execution %d was asked by user %d: what a user asks must not depend on time", index, user)
		}
	}
	if starts[users-1]-starts[0] < 15*time.Millisecond {
		t.Errorf("users begin together: %v", starts)
	}
}

// The very thing that a schedule shows and a closed loop hides.
func TestClosedLoopGoesSlowerWithTheSystem(t *testing.T) {
	e := &Engine{Workers: 4, Duration: time.Second}
	r, err := e.Run(t.Context(), func(ctx context.Context, _ int, job Job) {
		d := 5 * time.Millisecond
		if job.Offset > 200*time.Millisecond {
			d = 200 * time.Millisecond
		}
		sleep(ctx, d)
	})
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, r)
	if r.Offered > 4*45+4*5 || r.Offered < 40 {
		t.Errorf("%d offered: four users at 5 ms, then at 200 ms, ask some 180 times", r.Offered)
	}
}

func TestClosedLoopEnds(t *testing.T) {
	for name, end := range map[string]func(e *Engine, cancel context.CancelFunc){
		"by End":    func(e *Engine, _ context.CancelFunc) { e.End() },
		"by cancel": func(_ *Engine, cancel context.CancelFunc) { cancel() },
	} {
		e := &Engine{Workers: 8, Think: time.Hour, Duration: time.Hour}
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		time.AfterFunc(100*time.Millisecond, func() { end(e, cancel) })
		r, err := e.Run(ctx, func(ctx context.Context, _ int, _ Job) { sleep(ctx, 300*time.Millisecond) })
		cancel()
		checkSum(t, r)
		byEnd := name == "by End"
		if took := time.Since(start); took > 3*time.Second || r.Ended != byEnd || r.Interrupted == byEnd || errors.Is(err, context.Canceled) == byEnd {
			t.Errorf("%s: after %s, %+v, %v", name, took, r, err)
		}
		if byEnd && r.Completed != 1 || !byEnd && r.Abandoned != 1 {
			t.Errorf("%s: %+v; the one that was under way finishes only if nobody cancels it", name, r)
		}
	}
}

// A schedule gets more slots than cores, and so do users who pause; those who never do get few, and not more than there were.
func TestSlots(t *testing.T) {
	for _, c := range []struct{ otherwise, cores, open, closed int }{{2, 2, 6, 1}, {4, 4, 8, 1}, {16, 16, 20, 4}, {1, 16, 20, 1}, {32, 8, 32, 2}} {
		if got := (&Engine{Schedule: &Schedule{}}).slots(c.otherwise, c.cores); got != c.open {
			t.Errorf("%+v: %d slots with a schedule", c, got)
		}
		if got := (&Engine{Think: time.Millisecond}).slots(c.otherwise, c.cores); got != c.open {
			t.Errorf("%+v: %d slots with pauses", c, got)
		}
		if got := (&Engine{}).slots(c.otherwise, c.cores); got != c.closed {
			t.Errorf("%+v: %d slots without", c, got)
		}
	}
}
