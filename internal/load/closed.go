package load

import (
	"context"
	"time"
)

// user is one user of a closed loop: it asks, waits for the answer, thinks, and
// asks again until the end. What users ask doesn't depend on how fast they are:
// the k-th job of a user always has the same index.
func (e *Engine) user(ctx context.Context, p *pool, number int, work Work) {
	// Users who began at the same moment would go on asking at the same moment.
	if !p.pause(ctx, e.Think/time.Duration(e.Workers)*time.Duration(number)) {
		return
	}
	for k := int64(0); ; k++ {
		now := p.clock.elapsed()
		if now >= p.end {
			return
		}
		due := p.clock.start.Add(now)
		job := Job{Index: k*int64(e.Workers) + int64(number), Offset: now - e.WarmUp, Due: due, Picked: due, Idle: true}
		p.ask(job)
		work(ctx, number, job)
		p.answered()
		p.done(job, ctx.Err() != nil)
		if !p.pause(ctx, e.Think) {
			return
		}
	}
}

// await lets the users go on until the time is over.
func (e *Engine) await(ctx context.Context, p *pool) {
	for {
		left := p.end - p.clock.elapsed()
		if left <= 0 {
			p.stoppedAt.Store(int64(p.end))
			return
		}
		if !p.pause(ctx, left) {
			p.stoppedAt.Store(int64(min(p.clock.elapsed(), p.end)))
			return
		}
	}
}
