package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Traffic is the load of a scenario: a constant Rate, or Stages, or Users, and
// exactly one of them.
type Traffic struct {
	// Rate is the mean number of executions due each second.
	Rate float64
	// Stages change the rate as time goes on.
	Stages []Stage
	// Users make it a closed loop: each waits for its answer, thinks, and asks
	// again.
	Users int
	Think time.Duration

	Arrivals Arrivals
	// WarmUp comes before Duration, at the rate with which that begins; its
	// samples are not recorded.
	WarmUp time.Duration
	// Duration is the sum of the stages where there are any.
	Duration time.Duration
	// Connections is how many connections the harness opens for each role.
	Connections int
	// Workers is how many executions can be under way; in a closed loop as
	// many as there are users.
	Workers   int
	Pipelined bool
	Through   Through
	// Reach is the share (0..1) of executions that ask for other tenants' rows.
	Reach float64
	// Tenants says for whom executions are.
	Tenants TenantChoice
	// Mix gives each operation its weight.
	Mix map[string]float64
	// FailFast ends the load at the first row of another tenant.
	FailFast bool
}

// Phase is a load with faults of its own.
type Phase struct {
	Traffic
	Faults []Fault
}

// Stage is a part of a load. Its rate goes in a straight line From .. To.
type Stage struct {
	From, To float64
	Length   time.Duration
}

// Ops lists the operations of the mix in a fixed order, which anything drawn
// from a seed must follow.
func (t Traffic) Ops() []string { return slices.Sorted(maps.Keys(t.Mix)) }

// Closed tells that users drive the load and not a schedule.
func (t Traffic) Closed() bool { return t.Users > 0 }

// Length is how long the load lasts after its warm-up.
func (t Traffic) Length() time.Duration {
	if len(t.Stages) == 0 {
		return t.Duration
	}
	var sum time.Duration
	for _, s := range t.Stages {
		sum += s.Length
	}
	return sum
}

// Shape is the load as stages, a constant rate being one; none of a closed loop.
func (t Traffic) Shape() []Stage {
	if len(t.Stages) > 0 || t.Closed() {
		return t.Stages
	}
	return []Stage{{From: t.Rate, To: t.Rate, Length: t.Duration}}
}

// String says in a few words what is offered.
func (t Traffic) String() string {
	switch {
	case t.Closed() && t.Think > 0:
		return fmt.Sprintf("%d users who think for %s", t.Users, t.Think)
	case t.Closed():
		return fmt.Sprintf("%d users who don't pause", t.Users)
	case len(t.Stages) > 0:
		low, high := t.Stages[0].From, t.Stages[0].From
		for _, s := range t.Stages {
			low, high = min(low, s.From, s.To), max(high, s.From, s.To)
		}
		return fmt.Sprintf("%.5g to %.5g executions a second in %d stages", low, high, len(t.Stages))
	default:
		return fmt.Sprintf("%.5g executions a second", t.Rate)
	}
}

// settle fills in what follows from other fields.
func (t *Traffic) settle() {
	if t.Closed() {
		t.Workers = t.Users
		t.Connections = min(t.Connections, t.Users)
		t.Arrivals = ""
	}
	if len(t.Stages) > 0 {
		t.Duration = 0
		for _, s := range t.Stages {
			t.Duration += s.Length
		}
	}
}

// Arrivals is the kind of arrival schedule.
type Arrivals string

// The arrival schedules.
const (
	Poisson  Arrivals = "poisson"
	Constant Arrivals = "constant"
)

// Through is the way from the harness to PostgreSQL.
type Through string

// The ways to PostgreSQL.
const (
	PgBouncer Through = "pgbouncer"
	Direct    Through = "direct"
)

// Spread is a way to choose tenants.
type Spread string

// The ways to choose tenants: all alike, by the rows that they were seeded
// with, or a few of them for most of the load.
const (
	Uniform Spread = "uniform"
	Zipf    Spread = "zipf"
	Hot     Spread = "hot"
)

// TenantChoice says for whom executions are. With Hot the Count largest tenants
// get Share (0..1) of them, in equal parts, and all others the rest.
type TenantChoice struct {
	Spread Spread
	Count  int
	Share  float64
}

// String gives the choice as a person would say it.
func (c TenantChoice) String() string {
	if c.Spread == Hot {
		return fmt.Sprintf("hot: %d get %.4g%%", c.Count, 100*c.Share)
	}
	return string(c.Spread)
}
