package load

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/scenarios"
)

func engine(t *testing.T, kind scenarios.Arrivals, rate float64, workers int, duration time.Duration) *Engine {
	t.Helper()
	s, err := NewSchedule(kind, 0, constant(rate), rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return &Engine{Schedule: s, Workers: workers, Duration: duration}
}

func constant(rate float64) []scenarios.Stage {
	return []scenarios.Stage{{From: rate, To: rate, Length: time.Hour}}
}

func checkSum(t *testing.T, r Report) {
	t.Helper()
	if r.Offered != r.Completed+r.Dropped+r.Abandoned {
		t.Errorf("offered %d, but completed %d + dropped %d + abandoned %d", r.Offered, r.Completed, r.Dropped, r.Abandoned)
	}
}

// sleep is work that takes its time but heeds ctx.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func TestRunOffersTheWholeSchedule(t *testing.T) {
	e := engine(t, scenarios.Constant, 500, 8, time.Second)
	e.WarmUp = 200 * time.Millisecond
	var mu sync.Mutex
	seen := map[int64]Job{}
	inside := make([]atomic.Int32, 8)
	r, err := e.Run(t.Context(), func(_ context.Context, worker int, job Job) {
		if inside[worker].Add(1) != 1 {
			t.Errorf("worker %d has two jobs at once", worker)
		}
		defer inside[worker].Add(-1)
		mu.Lock()
		defer mu.Unlock()
		seen[job.Index] = job
	})
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, r)
	if len(seen) != 600 || r.Offered != 500 || r.Completed != 500 || r.Dropped != 0 {
		t.Errorf("ran %d, report %+v; want 600 run, 500 of them measured", len(seen), r)
	}
	// What is achieved in time depends on the machine; a busy one may finish some after the end.
	if math.Abs(r.OfferedPerSecond-500) > 5 || r.AchievedPerSecond > 505 || r.AchievedPerSecond < 250 {
		t.Errorf("offered %.1f/s, achieved %.1f/s, want 500/s within 1 %%, and not more achieved than that", r.OfferedPerSecond, r.AchievedPerSecond)
	}
	first := seen[0]
	for index, job := range seen {
		offset := time.Duration(index) * 2 * time.Millisecond
		if job.Offset != offset-e.WarmUp || job.Due.Sub(first.Due) != offset {
			t.Errorf("job %d is due at %s (%s after the first)", index, job.Offset, job.Due.Sub(first.Due))
		}
		if job.Picked.Before(job.Due) || job.Lag < 0 || job.Lag > job.Picked.Sub(job.Due) {
			t.Errorf("job %d: picked %s after due with lag %s", index, job.Picked.Sub(job.Due), job.Lag)
		}
	}
}

// A system that stalls must not silence the generator: each job that falls due
// in the stall has to show how long it would have made a user wait.
func TestNoCoordinatedOmission(t *testing.T) {
	const stall = 300 * time.Millisecond
	e := engine(t, scenarios.Constant, 200, 4, 1200*time.Millisecond)
	var began atomic.Int64
	start := time.Now()
	var mu sync.Mutex
	type sample struct {
		Job
		response time.Duration
	}
	var samples []sample
	r, err := e.Run(t.Context(), func(_ context.Context, _ int, job Job) {
		// From 400 ms on nothing answers before 700 ms, on any worker.
		if job.Offset >= 400*time.Millisecond {
			began.CompareAndSwap(0, int64(job.Due.Sub(start)))
			time.Sleep(time.Until(start.Add(time.Duration(began.Load()) + stall)))
		}
		mu.Lock()
		defer mu.Unlock()
		samples = append(samples, sample{job, time.Since(job.Due)})
	})
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, r)
	if len(samples) != 240 {
		t.Fatalf("%d samples, want all 240", len(samples))
	}
	slow, waited := 0, 0
	for _, s := range samples {
		into := s.Offset - 400*time.Millisecond
		if into < 0 || into >= stall {
			continue
		}
		if least := stall - into; s.response < least-time.Millisecond {
			t.Errorf("due %s into the stall: response %s, want at least %s", into, s.response, least)
		}
		slow++
		if !s.Idle {
			waited++
			if wait := s.Picked.Sub(s.Due); s.Lag > wait/2+20*time.Millisecond {
				t.Errorf("due %s into the stall: %s of its wait of %s counts as the generator's", into, s.Lag, wait)
			}
		}
	}
	if slow != 60 || waited < 50 {
		t.Errorf("%d jobs were due in the stall, %d of them with no worker idle; want 60 and nearly all", slow, waited)
	}
}

func TestDropsAreCounted(t *testing.T) {
	e := engine(t, scenarios.Constant, 1000, 2, 500*time.Millisecond)
	e.WaitingMax = 10
	var ran atomic.Int64
	var most atomic.Int64
	r, err := e.Run(t.Context(), func(ctx context.Context, _ int, _ Job) {
		most.Store(max(most.Load(), int64(e.Progress().Waiting)))
		ran.Add(1)
		sleep(ctx, 20*time.Millisecond)
	})
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, r)
	// Two workers at 20 ms manage 100/s of the 1,000/s.
	if r.Offered != 500 || r.Dropped < 400 || r.Completed != ran.Load() {
		t.Errorf("report %+v, ran %d; want 500 offered and over 400 dropped", r, ran.Load())
	}
	if r.AchievedPerSecond > 110 {
		t.Errorf("achieved %.0f/s, but 100/s is all that two workers can do", r.AchievedPerSecond)
	}
	if most.Load() > 10 || most.Load() < 5 {
		t.Errorf("%d jobs waited at most, want 10 or nearly", most.Load())
	}
}

func TestCancelStopsAtOnceAndLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	e := engine(t, scenarios.Poisson, 400, 16, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	var inside atomic.Int32
	start := time.Now()
	r, err := e.Run(ctx, func(ctx context.Context, _ int, _ Job) {
		inside.Add(1)
		defer inside.Add(-1)
		sleep(ctx, time.Minute)
	})
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("ended %s after the start, want soon after 300ms", took)
	}
	if !errors.Is(err, context.Canceled) || !r.Interrupted {
		t.Errorf("error %v, interrupted %v", err, r.Interrupted)
	}
	checkSum(t, r)
	if r.Completed != 0 || r.Abandoned < 50 {
		t.Errorf("report %+v: nothing can have completed", r)
	}
	if inside.Load() != 0 {
		t.Errorf("%d executions outlive the run", inside.Load())
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestDrainEnds(t *testing.T) {
	e := engine(t, scenarios.Constant, 100, 2, 200*time.Millisecond)
	e.Drain = 100 * time.Millisecond
	start := time.Now()
	r, err := e.Run(t.Context(), func(ctx context.Context, _ int, _ Job) { sleep(ctx, time.Minute) })
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, r)
	if took := time.Since(start); took > 3*time.Second || r.Abandoned != 20 || r.Interrupted {
		t.Errorf("after %s: %+v; want all 20 abandoned after 300ms", took, r)
	}
}

func TestWorkThatIgnoresItsContextIsReported(t *testing.T) {
	e := engine(t, scenarios.Constant, 100, 1, 100*time.Millisecond)
	e.Drain, e.Stop = 20*time.Millisecond, 50*time.Millisecond
	release := make(chan struct{})
	_, err := e.Run(t.Context(), func(context.Context, int, Job) { <-release })
	close(release)
	if err == nil || !strings.Contains(err.Error(), "1 executions did not return within 50ms") {
		t.Errorf("error %v", err)
	}
}

func TestRunRefusesAnEmptyLoad(t *testing.T) {
	for _, e := range []*Engine{{}, {Workers: 1}, {Duration: time.Second}, {Workers: 1, Duration: time.Second, Think: -1}} {
		if _, err := e.Run(t.Context(), func(context.Context, int, Job) {}); err == nil {
			t.Errorf("%+v was accepted", e)
		}
	}
}

func TestEndLetsWorkFinishAndAbandonsTheRest(t *testing.T) {
	e := engine(t, scenarios.Constant, 500, 2, time.Minute)
	e.WarmUp = 100 * time.Millisecond
	var finished atomic.Int64
	var once sync.Once
	start := time.Now()
	r, err := e.Run(t.Context(), func(ctx context.Context, _ int, job Job) {
		if job.Offset > 200*time.Millisecond {
			once.Do(e.End)
		}
		sleep(ctx, 50*time.Millisecond)
		if ctx.Err() == nil && job.Offset >= 0 {
			finished.Add(1)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, r)
	if took := time.Since(start); took > 5*time.Second || !r.Ended || r.Interrupted || r.Elapsed > 4*time.Second {
		t.Errorf("ended after %s: %+v", took, r)
	}
	if r.Completed != finished.Load() || r.Completed == 0 || r.Abandoned == 0 {
		t.Errorf("%d finished; report %+v: what was under way counts as completed, what waited as abandoned", finished.Load(), r)
	}
}

func TestEndBeforeRun(t *testing.T) {
	e := engine(t, scenarios.Constant, 100, 1, time.Minute)
	e.End()
	if r, err := e.Run(t.Context(), func(context.Context, int, Job) {}); err != nil || !r.Ended || r.Completed > 1 {
		t.Errorf("%+v, %v", r, err)
	}
}
