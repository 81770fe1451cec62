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
	return planStages(t, kind, 0, constant(rate), seed, n)
}

func planStages(t *testing.T, kind scenarios.Arrivals, warmUp time.Duration, stages []scenarios.Stage, seed uint64, n int) []time.Duration {
	t.Helper()
	s, err := NewSchedule(kind, warmUp, stages, rand.New(rand.NewPCG(seed, 0)))
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
		if _, err := NewSchedule(c.kind, 0, constant(c.rate), c.rng); err == nil {
			t.Errorf("%s at %v/s was accepted", c.kind, c.rate)
		}
	}
	for _, stages := range [][]scenarios.Stage{nil, {{From: 1, To: 1}}, {{From: 1, To: 0, Length: time.Second}}} {
		if _, err := NewSchedule(scenarios.Constant, 0, stages, rng); err == nil {
			t.Errorf("%v was accepted", stages)
		}
	}
}

// steps is a load of each kind of change: stay, ramp up, spike, ramp down, a
// jump that begins a ramp.
var steps = []scenarios.Stage{
	{From: 100, To: 100, Length: 10 * time.Second}, {From: 100, To: 500, Length: 20 * time.Second}, {From: 2000, To: 2000, Length: 2 * time.Second},
	{From: 2000, To: 50, Length: 10 * time.Second}, {From: 300, To: 100, Length: 8 * time.Second},
}

// arrivals is what the stages add up to between two times, by small steps:
// another way than the schedule's own.
func arrivals(warmUp time.Duration, stages []scenarios.Stage, from, to time.Duration) (sum float64) {
	const step = time.Millisecond
	rate := func(at time.Duration) float64 {
		if at -= warmUp; at < 0 {
			return stages[0].From
		}
		for _, s := range stages {
			if at < s.Length {
				return s.From + (s.To-s.From)*float64(at)/float64(s.Length)
			}
			at -= s.Length
		}
		return stages[len(stages)-1].To
	}
	for at := from; at < to; at += step {
		sum += rate(at+step/2) * step.Seconds()
	}
	return sum
}

func within(due []time.Duration, from, to time.Duration) int {
	first, _ := slices.BinarySearch(due, from)
	last, _ := slices.BinarySearch(due, to)
	return last - first
}

func TestStagesAreFollowed(t *testing.T) {
	const warmUp = 5 * time.Second
	due := planStages(t, scenarios.Constant, warmUp, steps, 1, 25_000)
	if !slices.IsSorted(due) || due[0] != 0 || due[len(due)-1] < 65*time.Second {
		t.Fatalf("from %s to %s, sorted: %v", due[0], due[len(due)-1], slices.IsSorted(due))
	}
	for at := time.Duration(0); at < 65*time.Second; at += 500 * time.Millisecond {
		got, want := within(due, at, at+500*time.Millisecond), arrivals(warmUp, steps, at, at+500*time.Millisecond)
		if math.Abs(float64(got)-want) > 1.5 {
			t.Errorf("from %s: %d executions in half a second, want %.1f", at, got, want)
		}
	}
}

func TestPoissonStagesHaveTheirMeans(t *testing.T) {
	const runs = 40
	ends := []time.Duration{0, 10 * time.Second, 30 * time.Second, 32 * time.Second, 42 * time.Second, 50 * time.Second}
	counts := make([]int, len(ends)-1)
	for seed := range uint64(runs) {
		due := planStages(t, scenarios.Poisson, 0, steps, seed, 26_000)
		for i := range counts {
			counts[i] += within(due, ends[i], ends[i+1])
		}
	}
	for i, got := range counts {
		want := runs * arrivals(0, steps, ends[i], ends[i+1])
		// Five standard deviations of a Poisson count.
		if math.Abs(float64(got)-want) > 5*math.Sqrt(want) {
			t.Errorf("stage %d: %d executions in %d runs, want about %.0f", i, got, runs, want)
		}
	}
	if !slices.Equal(planStages(t, scenarios.Poisson, time.Second, steps, 9, 10_000), planStages(t, scenarios.Poisson, time.Second, steps, 9, 10_000)) {
		t.Error("the same seed gave two plans")
	}
}

// A rate that never changes is one plan, in however many stages it is written.
func TestStagesOfOneRateAreAConstantRate(t *testing.T) {
	var parts []scenarios.Stage
	for range 50 {
		parts = append(parts, scenarios.Stage{From: 333.3, To: 333.3, Length: 700 * time.Millisecond})
	}
	for _, kind := range []scenarios.Arrivals{scenarios.Constant, scenarios.Poisson} {
		whole, inParts := plan(t, kind, 333.3, 5, 15_000), planStages(t, kind, time.Second, parts, 5, 15_000)
		for i := range whole {
			if (whole[i] - inParts[i]).Abs() > 100*time.Nanosecond {
				t.Fatalf("%s: execution %d is due at %s and %s", kind, i, whole[i], inParts[i])
			}
		}
	}
}
