package run

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/engardehq/bulkhead/internal/load"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/scenarios"
)

// shape is what the scenario's kind of load adds to a meter.
type shape struct {
	sizes    *tenantSizes
	engine   *load.Engine
	failFast bool
	closed   bool
}

// scheduleStream keeps the arrivals' randomness apart from every other use of the seed.
const scheduleStream = 0x6c6f6164

// newShape makes what offers a scenario's load, a schedule or users, and lets the mix choose tenants as the scenario says.
func newShape(l scenarios.Traffic, w *world.World, mix *ops.Mix) (*shape, error) {
	s := &shape{sizes: newTenantSizes(w), failFast: l.FailFast, closed: l.Closed()}
	weights, err := s.sizes.weights(l.Tenants)
	if err != nil {
		return nil, err
	}
	if weights != nil {
		mix.Tenants = ops.ByWeight(weights)
	}
	s.engine = &load.Engine{WarmUp: l.WarmUp, Duration: l.Duration, Workers: l.Workers, Think: l.Think}
	if !s.closed {
		s.engine.Schedule, err = load.NewSchedule(l.Arrivals, l.WarmUp, l.Shape(), rand.New(rand.NewPCG(w.Seed, scheduleStream)))
	}
	return s, err
}

// errorPause is how long a user of a closed loop waits after a failure. Users of a server that is down would otherwise ask thousands of
// times a second, and keep it from coming up.
const errorPause = 100 * time.Millisecond

// answered does what the shape of the load wants done after an answer.
func (s *shape) answered(ctx context.Context, reply *session.Reply) {
	if s.failFast && leaks(reply.Counts) {
		s.engine.End()
	}
	if s.closed && reply.Err != nil {
		t := time.NewTimer(errorPause)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-t.C:
		}
	}
}

func leaks(c oracle.Counts) bool { return c.Foreign > 0 || c.Planted > 0 }
