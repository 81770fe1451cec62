package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/engardehq/bulkhead/scenarios"
)

// Schedule says when each execution is due. It is pure: the same kind, stages
// and source of randomness give the same plan to the nanosecond. It is for one
// goroutine.
type Schedule struct {
	kind   scenarios.Arrivals
	stages []stage
	at     int // the stage of the last arrival
	rng    *rand.Rand

	index int64
	// sum is the rate added up over time until the last arrival, if arrivals
	// are random.
	sum float64
}

// stage is one straight piece of the rate. Times are in seconds: they stay
// exact to a nanosecond for some 50 days.
type stage struct {
	start, length float64
	// before is the rate added up until its start.
	before   float64
	from, to float64
}

// NewSchedule makes a schedule whose rate (executions a second) follows the
// stages after a warm-up at the rate with which they begin. After the last
// stage its rate stays. Poisson arrivals draw one number of rng each; constant
// ones, which are evenly spaced where the rate is even, draw none, and rng may
// be nil.
func NewSchedule(kind scenarios.Arrivals, warmUp time.Duration, stages []scenarios.Stage, rng *rand.Rand) (*Schedule, error) {
	switch {
	case len(stages) == 0:
		return nil, fmt.Errorf("a schedule needs at least one stage")
	case kind == scenarios.Constant:
	case kind == scenarios.Poisson && rng == nil:
		return nil, fmt.Errorf("%s arrivals need a source of randomness", kind)
	case kind == scenarios.Poisson:
	default:
		return nil, fmt.Errorf("unknown arrivals %q; valid: %s, %s", kind, scenarios.Constant, scenarios.Poisson)
	}
	s := &Schedule{kind: kind, rng: rng}
	if warmUp > 0 {
		s.stages = append(s.stages, stage{length: warmUp.Seconds(), from: stages[0].From, to: stages[0].From})
	}
	for _, g := range stages {
		if !(g.From > 0 && g.To > 0) || math.IsInf(g.From+g.To, 0) || g.Length <= 0 {
			return nil, fmt.Errorf("a schedule needs rates above 0/s and lengths above 0s, got %v/s to %v/s over %s", g.From, g.To, g.Length)
		}
		s.stages = append(s.stages, stage{length: g.Length.Seconds(), from: g.From, to: g.To})
	}
	for i := range s.stages[1:] {
		last, next := &s.stages[i], &s.stages[i+1]
		next.start = last.start + last.length
		next.before = last.before + last.sum()
	}
	return s, nil
}

// Peak is the highest rate, in executions a second.
func (s *Schedule) Peak() (peak float64) {
	for _, g := range s.stages {
		peak = max(peak, g.from, g.to)
	}
	return peak
}

// Next gives the time of the next execution since the start; it never goes
// back. Constant arrivals begin at 0, Poisson ones after the first gap.
func (s *Schedule) Next() time.Duration {
	// From the index, not by adding up: a rounded gap would drift.
	sum := float64(s.index)
	s.index++
	if s.kind == scenarios.Poisson {
		// A Poisson process of a changing rate is one of rate 1 on a clock that
		// runs as fast as the rate.
		s.sum += s.rng.ExpFloat64()
		sum = s.sum
	}
	for s.at+1 < len(s.stages) && sum >= s.stages[s.at+1].before {
		s.at++
	}
	return time.Duration(s.stages[s.at].when(sum) * float64(time.Second))
}

// sum is what the rate adds up to over the whole stage.
func (g *stage) sum() float64 { return g.length * (g.from + g.to) / 2 }

// when is the time at which the rate, added up from the start of all, comes to
// sum. Beyond the stage its last rate goes on.
func (g *stage) when(sum float64) float64 {
	need := sum - g.before
	if whole := g.sum(); need > whole {
		return g.start + g.length + (need-whole)/g.to
	}
	slope := (g.to - g.from) / g.length
	// The time t of from*t + slope*t²/2 = need, in the form that doesn't
	// subtract numbers of like size, and that also holds for a slope of 0.
	root := math.Sqrt(max(0, g.from*g.from+2*slope*need))
	return g.start + 2*need/(g.from+root)
}
