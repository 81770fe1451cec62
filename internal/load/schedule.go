package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/engardehq/bulkhead/scenarios"
)

// Schedule says when each execution is due. It is pure: the same kind, rate and
// source of randomness give the same plan to the nanosecond. It is for one
// goroutine.
type Schedule struct {
	kind scenarios.Arrivals
	rate float64
	rng  *rand.Rand

	index int64
	// elapsed is in seconds; it stays exact to a nanosecond for some 50 days.
	elapsed float64
}

// NewSchedule makes a schedule of a mean rate (executions a second). Poisson
// arrivals draw one number of rng each; constant ones draw none, and rng may
// be nil.
func NewSchedule(kind scenarios.Arrivals, rate float64, rng *rand.Rand) (*Schedule, error) {
	if rate <= 0 || math.IsInf(rate, 0) || math.IsNaN(rate) {
		return nil, fmt.Errorf("a schedule needs a rate above 0/s, got %v", rate)
	}
	switch {
	case kind == scenarios.Constant:
	case kind == scenarios.Poisson && rng == nil:
		return nil, fmt.Errorf("%s arrivals need a source of randomness", kind)
	case kind == scenarios.Poisson:
	default:
		return nil, fmt.Errorf("unknown arrivals %q; valid: %s, %s", kind, scenarios.Constant, scenarios.Poisson)
	}
	return &Schedule{kind: kind, rate: rate, rng: rng}, nil
}

// Rate is the mean number of executions due each second.
func (s *Schedule) Rate() float64 { return s.rate }

// Next gives the time of the next execution since the start; it never goes
// back. Constant arrivals begin at 0, Poisson ones after the first gap.
func (s *Schedule) Next() time.Duration {
	index := s.index
	s.index++
	if s.kind == scenarios.Constant {
		// From the index, not by adding up: a rounded gap would drift.
		return time.Duration(float64(index) / s.rate * float64(time.Second))
	}
	s.elapsed += s.rng.ExpFloat64() / s.rate
	return time.Duration(s.elapsed * float64(time.Second))
}
