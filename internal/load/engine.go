// Package load offers work at a planned rate, whatever the system's answer
// (the open model): it decides when each execution is due, hands it to a pool
// of workers at that moment, and counts what was offered, completed, dropped
// and abandoned, and how late the generator itself was. Where the load is asked
// to be a closed loop, users who wait for their answers take the schedule's
// place.
//
// With a schedule it never slows down because the system does, and never skips
// a due execution silently. It never knows what the work is. The run calls it.
package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Job is one due execution. Response time runs from Due, which in a closed loop
// is when the user asked.
type Job struct {
	// Index is its place in the schedule, warm-up included, from 0.
	Index int64
	// Offset is when it was due, counted from the end of warm-up: negative
	// during warm-up, whose samples don't count.
	Offset time.Duration
	// Due and Picked carry monotonic readings.
	Due    time.Time
	Picked time.Time
	// Idle tells that a worker was waiting for work when the job fell due.
	Idle bool
	// Lag is the generator's own lateness. Waiting for a worker while all are
	// busy is not in it: that is the system's, and shows in response time.
	Lag time.Duration

	ready time.Duration
}

func (j Job) measured() bool { return j.Offset >= 0 }

// Engine runs a schedule, or a closed loop where it has none. Its fields are set
// before Run and left alone then.
type Engine struct {
	Schedule *Schedule
	// Think is the pause of a user between an answer and the next question, in
	// a closed loop; its users are the workers.
	Think time.Duration
	// Warm-up comes first and is not counted.
	WarmUp   time.Duration
	Duration time.Duration
	Workers  int
	// WaitingMax bounds the jobs that wait for a worker; one more is dropped
	// and counted. 0 means ten seconds of the highest rate, 10,000 at most.
	WaitingMax int
	// Drain is how long jobs may take after the last one fell due before they
	// are cut off; 0 means 10 s.
	Drain time.Duration
	// Stop is how long work may take to return after its context is cancelled;
	// 0 means 10 s.
	Stop time.Duration

	running atomic.Pointer[pool]
	// over is set by End.
	over atomic.Bool
}

// Progress is how a run stands; warm-up is not in it, save for Waiting and Busy.
type Progress struct {
	Offered, Completed int64
	// Dropped jobs found too many others waiting and never ran.
	Dropped int64
	// Abandoned jobs were cut off, waiting or at work, by a cancellation or
	// after the drain time.
	Abandoned int64
	// Waiting and Busy are of this moment: jobs in line, workers at work.
	Waiting, Busy int
}

// Report is the outcome of a run, warm-up left out. Offered is the sum of
// Completed, Dropped and Abandoned.
type Report struct {
	Progress
	// Elapsed is the measured time: the duration, less if interrupted.
	Elapsed time.Duration
	// OfferedPerSecond counts jobs by due time, AchievedPerSecond completions
	// by when they happened: a system that falls behind shows here even when it
	// catches up after the end.
	OfferedPerSecond, AchievedPerSecond float64
	// Lag is the generator's own lateness.
	LagP50, LagP99, LagMax time.Duration
	// Interrupted tells that ctx ended the run before its time.
	Interrupted bool
	// Ended tells that End did.
	Ended bool
}

// Work does one job. It must return soon after ctx is cancelled. worker counts
// from 0 and is never in two calls at once.
type Work func(ctx context.Context, worker int, job Job)

// Run offers the whole schedule and waits for what it started. The report holds
// in each case; the error says that ctx was cancelled or that work did not
// return in time. It must not be called twice at once.
func (e *Engine) Run(ctx context.Context, work Work) (Report, error) {
	if e.Workers < 1 || e.Duration <= 0 || e.WarmUp < 0 || e.Think < 0 {
		return Report{}, fmt.Errorf("a load needs at least one worker (%d), a duration above 0s (%s) and no negative times", e.Workers, e.Duration)
	}
	workCtx, cutOff := context.WithCancel(ctx)
	defer cutOff()
	c, err := newClock()
	if err != nil {
		return Report{}, err
	}
	serve, drive, waiting := e.serve, e.dispatch, e.Workers
	if e.Schedule == nil {
		serve, drive, waiting = e.user, e.await, 0
	}
	p := newPool(c, e.WarmUp, e.WarmUp+e.Duration, waiting, e.waitingMax())
	e.running.Store(p)
	if e.over.Load() {
		p.endNow()
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(e.slots(runtime.GOMAXPROCS(0), runtime.NumCPU())))

	var workers sync.WaitGroup
	for number := range e.Workers {
		workers.Go(func() { serve(workCtx, p, number, work) })
	}
	dispatched := make(chan struct{})
	go func() {
		defer close(dispatched)
		drive(ctx, p)
	}()
	<-dispatched
	p.close()
	stopErr := e.finish(ctx, p, cutOff, &workers)
	report := e.report(p)
	if ctx.Err() != nil && (report.Elapsed < e.Duration || report.Abandoned > 0) {
		report.Interrupted = true
		return report, errors.Join(fmt.Errorf("load stopped after %s: %w", report.Elapsed.Round(time.Millisecond), context.Cause(ctx)), stopErr)
	}
	return report, stopErr
}

// End ends the run before its time: what is under way may finish, what waits is
// abandoned, and nothing else begins. Any goroutine may call it, work included.
func (e *Engine) End() {
	e.over.Store(true)
	if p := e.running.Load(); p != nil {
		p.endNow()
	}
}

// Progress tells how the current or last run stands.
func (e *Engine) Progress() Progress {
	if p := e.running.Load(); p != nil {
		return p.progress()
	}
	return Progress{}
}

func (e *Engine) serve(ctx context.Context, p *pool, number int, work Work) {
	w := &worker{number: number, jobs: make(chan Job, 1)}
	for {
		job, ok := p.next(w)
		if !ok {
			return
		}
		work(ctx, w.number, job)
		p.done(job, ctx.Err() != nil)
	}
}

// spareProcs are slots for running goroutines beyond the cores. Where the
// servers take a core from a thread that holds a slot, the slot is stuck until
// the thread runs again; with as many slots as cores the dispatcher and the
// workers were late by tens of milliseconds on a busy machine.
const spareProcs = 4

// coresASlot is how many cores share a slot where users never pause. A
// transaction costs a client less than a tenth of what it costs the server, so
// that one slot feeds several cores; and with each more, threads wake each
// other, which took a fifth of the client's processor time.
const coresASlot = 4

// slots are how many goroutines may run at once, of the slots that there are
// otherwise. Users who never pause always keep some slot awake, so that nobody
// waits for one to be woken; all others get spare ones.
func (e *Engine) slots(otherwise, cores int) int {
	if e.Schedule == nil && e.Think == 0 {
		return min(otherwise, max(1, cores/coresASlot))
	}
	return max(otherwise, cores+spareProcs)
}

// dispatch offers each job when it is due. It sleeps in the kernel on a thread
// of its own: Go's timers are shared with all that goes on in the process, and
// a busy wait would take a core from the servers on the same machine.
func (e *Engine) dispatch(ctx context.Context, p *pool) {
	// Never unlocked, so that the thread with its odd timer slack ends with this
	// goroutine.
	runtime.LockOSThread()
	sharpen()
	for index := int64(0); ; index++ {
		offset := e.Schedule.Next()
		for {
			if ctx.Err() != nil || p.isOver() {
				p.stoppedAt.Store(int64(p.clock.elapsed()))
				return
			}
			if p.clock.elapsed() >= min(offset, p.end) {
				break
			}
			p.clock.sleep(min(offset, p.end))
		}
		if offset >= p.end {
			p.stoppedAt.Store(int64(p.end))
			return
		}
		p.offer(Job{Index: index, Offset: offset - e.WarmUp, Due: p.clock.start.Add(offset)}, offset)
	}
}

// finish waits for the workers, cuts them off when ctx ends or the drain time
// is over, and gives up on work that ignores that.
func (e *Engine) finish(ctx context.Context, p *pool, cutOff context.CancelFunc, workers *sync.WaitGroup) error {
	home := make(chan struct{})
	go func() {
		defer close(home)
		workers.Wait()
	}()
	if p.isOver() {
		p.abandon()
	}
	drain := time.NewTimer(orDefault(e.Drain, 10*time.Second))
	defer drain.Stop()
	select {
	case <-home:
		return nil
	case <-ctx.Done():
	case <-drain.C:
	}
	// First the line, then the cancellation: no worker may take another job.
	p.abandon()
	cutOff()
	patience := orDefault(e.Stop, 10*time.Second)
	stop := time.NewTimer(patience)
	defer stop.Stop()
	select {
	case <-home:
		return nil
	case <-stop.C:
		return fmt.Errorf("%d executions did not return within %s of being cancelled", p.progress().Busy, patience)
	}
}

func (e *Engine) report(p *pool) Report {
	r := Report{Progress: p.progress(), Ended: p.isOver()}
	p.mu.Lock()
	defer p.mu.Unlock()
	r.Elapsed = max(0, time.Duration(p.stoppedAt.Load())-e.WarmUp)
	if r.Elapsed > 0 {
		r.OfferedPerSecond = float64(r.Offered) / r.Elapsed.Seconds()
		r.AchievedPerSecond = float64(p.achieved) / r.Elapsed.Seconds()
	}
	r.Ended = r.Ended && (r.Elapsed < e.Duration || r.Abandoned > 0)
	r.LagP50 = time.Duration(p.lag.ValueAtPercentile(50))
	r.LagP99 = time.Duration(p.lag.ValueAtPercentile(99))
	r.LagMax = p.lagMax
	return r
}

func (e *Engine) waitingMax() int {
	if e.WaitingMax > 0 {
		return e.WaitingMax
	}
	if e.Schedule == nil {
		return 0
	}
	return int(max(1, min(10*e.Schedule.Peak(), 10_000)))
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
