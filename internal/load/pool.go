package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// pool hands due jobs to workers and counts what becomes of them. A job goes
// straight to an idle worker; when there is none it waits in line.
type pool struct {
	clock clock
	// measured is where warm-up ends, end where no more jobs fall due.
	measured, end time.Duration

	mu sync.Mutex
	// idle is a stack, so that few workers stay warm; since is in order of time
	// from bottom to top.
	idle    []*worker
	line    ring
	closed  bool
	started int // workers; in a closed loop the users who wait for an answer
	counts  Progress
	// achieved counts completions between measured and end, whenever due.
	achieved int64
	lag      *hdrhistogram.Histogram
	lagMax   time.Duration
	// stoppedAt is when the dispatcher stopped, in ns after the start.
	stoppedAt atomic.Int64
	// over is closed when the run is to end before its time.
	over     chan struct{}
	overOnce sync.Once
}

type worker struct {
	number int
	// since is when it became idle, after the start.
	since time.Duration
	jobs  chan Job
}

func newPool(c clock, measured, end time.Duration, workers, waitingMax int) *pool {
	return &pool{
		clock: c, measured: measured, end: end,
		started: workers, idle: make([]*worker, 0, workers),
		line: ring{jobs: make([]Job, waitingMax)},
		lag:  hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3),
		over: make(chan struct{}),
	}
}

func (p *pool) endNow() { p.overOnce.Do(func() { close(p.over) }) }

func (p *pool) isOver() bool {
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}

// pause waits; false means that the run ended meanwhile.
func (p *pool) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil && !p.isOver()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-p.over:
	}
	return false
}

// ask counts a job that a user of a closed loop begins.
func (p *pool) ask(job Job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started++
	if job.measured() {
		p.counts.Offered++
	}
}

// answered counts a user who has an answer.
func (p *pool) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started--
}

// offer takes a job that is due, and drops it where too many wait already.
func (p *pool) offer(job Job, offset time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if job.measured() {
		p.counts.Offered++
	}
	if len(p.idle) == 0 {
		// All workers are busy: the wait from here on is the system's, but what
		// the dispatcher was late stays the generator's.
		job.Lag = max(0, p.clock.elapsed()-offset)
		if !p.line.push(job) {
			p.drop(job)
		}
		return
	}
	// The bottom of the stack has been idle for longest. If not even that
	// worker was there when the job fell due, the generator's share of the wait
	// begins when it came.
	idleSince := p.idle[0].since
	job.Idle = idleSince <= offset
	job.ready = max(offset, idleSince)
	w := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	// The channel holds one job and the worker takes it before it is idle
	// again, so that this never blocks.
	w.jobs <- job
}

func (p *pool) drop(job Job) {
	if job.measured() {
		p.counts.Dropped++
		p.recordLag(job.Lag)
	}
}

// next gives the worker its next job, waiting for one; false means that there
// will be none.
func (p *pool) next(w *worker) (Job, bool) {
	p.mu.Lock()
	if job, ok := p.line.pop(); ok {
		p.mu.Unlock()
		job.Picked = time.Now()
		return job, true
	}
	if p.closed {
		p.mu.Unlock()
		return Job{}, false
	}
	w.since = p.clock.elapsed()
	p.idle = append(p.idle, w)
	p.mu.Unlock()

	job, ok := <-w.jobs
	if !ok {
		return Job{}, false
	}
	job.Picked = time.Now()
	job.Lag = max(0, job.Picked.Sub(p.clock.start)-job.ready)
	return job, true
}

// done counts a job that has been worked on.
func (p *pool) done(job Job, stopped bool) {
	finished := p.clock.elapsed()
	p.mu.Lock()
	defer p.mu.Unlock()
	// A job that was cut off has not been achieved, even if work returned.
	if !stopped && finished >= p.measured && finished < p.end {
		p.achieved++
	}
	if !job.measured() {
		return
	}
	p.recordLag(job.Lag)
	if stopped {
		p.counts.Abandoned++
	} else {
		p.counts.Completed++
	}
}

func (p *pool) recordLag(lag time.Duration) {
	p.lagMax = max(p.lagMax, lag)
	// Lags beyond the histogram are minutes: the maximum keeps them exactly.
	_ = p.lag.RecordValue(int64(min(lag, time.Minute)))
}

// close lets workers go home once the line is empty.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, w := range p.idle {
		close(w.jobs)
	}
	p.idle = p.idle[:0]
}

// abandon empties the line; nobody will work on it any more.
func (p *pool) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		job, ok := p.line.pop()
		if !ok {
			return
		}
		if job.measured() {
			p.counts.Abandoned++
			p.recordLag(job.Lag)
		}
	}
}

func (p *pool) progress() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.counts
	now.Waiting = p.line.length
	now.Busy = p.started - len(p.idle)
	return now
}

// ring is a line of jobs with a fixed number of places.
type ring struct {
	jobs          []Job
	first, length int
}

func (r *ring) push(job Job) bool {
	if r.length == len(r.jobs) {
		return false
	}
	r.jobs[(r.first+r.length)%len(r.jobs)] = job
	r.length++
	return true
}

func (r *ring) pop() (Job, bool) {
	if r.length == 0 {
		return Job{}, false
	}
	job := r.jobs[r.first]
	r.first = (r.first + 1) % len(r.jobs)
	r.length--
	return job, true
}
