package run

import (
	"math/rand/v2"

	"github.com/engardehq/bulkhead/internal/load"
	"github.com/engardehq/bulkhead/scenarios"
)

// scheduleStream keeps the arrivals' randomness apart from every other use of the seed.
const scheduleStream = 0x6c6f6164

// newEngine makes what offers a scenario's load: a schedule, or users.
func newEngine(l scenarios.Traffic, seed uint64) (*load.Engine, error) {
	e := &load.Engine{WarmUp: l.WarmUp, Duration: l.Duration, Workers: l.Workers}
	if l.Closed() {
		e.Think = l.Think
		return e, nil
	}
	var err error
	e.Schedule, err = load.NewSchedule(l.Arrivals, l.WarmUp, l.Shape(), rand.New(rand.NewPCG(seed, scheduleStream)))
	return e, err
}
