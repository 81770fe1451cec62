package load

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/scenarios"
)

func plan(t *testing.T, kind scenarios.Arrivals, rate float64, seed uint64, n int) []time.Duration {
	t.Helper()
	s, err := NewSchedule(kind, rate, rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		t.Fatal(err)
	}
	due := make([]time.Duration, n)
	for i := range due {
		due[i] = s.Next()
	}
	return due
}

func TestScheduleIsTheSameForTheSameSeed(t *testing.T) {
	a, b, other := plan(t, scenarios.Poisson, 300, 7, 10_000), plan(t, scenarios.Poisson, 300, 7, 10_000), plan(t, scenarios.Poisson, 300, 8, 10_000)
	if !slices.Equal(a, b) {
		t.Error("the same seed gave two plans")
	}
	if slices.Equal(a, other) {
		t.Error("two seeds gave the same plan")
	}
	if !slices.IsSorted(a) {
		t.Error("the plan goes back in time")
	}
}

func TestConstantScheduleDoesNotDrift(t *testing.T) {
	const rate, n = 333.3, 1_000_000
	due := plan(t, scenarios.Constant, rate, 1, n)
	if due[0] != 0 {
		t.Errorf("the first is due at %s, want 0s", due[0])
	}
	want := time.Duration(math.Round((n - 1) / rate * 1e9))
	if off := (due[n-1] - want).Abs(); off > time.Microsecond {
		t.Errorf("the last is %s off", off)
	}
}

func TestPoissonScheduleHasItsMeanAndVariance(t *testing.T) {
	const rate, n = 300.0, 200_000
	due := plan(t, scenarios.Poisson, rate, 3, n)
	if got := n / due[n-1].Seconds(); math.Abs(got/rate-1) > 0.01 {
		t.Errorf("mean rate %.2f/s, want %.0f/s within 1 %%", got, rate)
	}
	// The gaps of a Poisson process are exponential: their standard deviation
	// is their mean, and 1 - 1/e of them are shorter than it.
	var previous time.Duration
	var squares float64
	shorter := 0
	for _, d := range due {
		gap := (d - previous).Seconds() * rate
		previous = d
		squares += (gap - 1) * (gap - 1)
		if gap < 1 {
			shorter++
		}
	}
	if variance := squares / n; math.Abs(variance-1) > 0.03 {
		t.Errorf("variance of the gaps %.3f of the squared mean, want 1", variance)
	}
	if share := float64(shorter) / n; math.Abs(share-(1-1/math.E)) > 0.01 {
		t.Errorf("%.3f of the gaps are shorter than the mean, want %.3f", share, 1-1/math.E)
	}
}

func TestScheduleRefusesWhatItCannotPlan(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		kind scenarios.Arrivals
		rate float64
		rng  *rand.Rand
	}{
		{scenarios.Poisson, 0, rng}, {scenarios.Constant, -1, rng}, {scenarios.Constant, math.NaN(), rng},
		{scenarios.Constant, math.Inf(1), rng}, {scenarios.Poisson, 1, nil}, {"bursts", 1, rng},
	} {
		if _, err := NewSchedule(c.kind, c.rate, c.rng); err == nil {
			t.Errorf("%s at %v/s was accepted", c.kind, c.rate)
		}
	}
}
