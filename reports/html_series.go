package reports

import (
	"math"
	"slices"
	"strconv"

	"github.com/engardehq/bulkhead/internal/result"
)

// pointsDrawn is how many points a line has at most, pointsTold how many lines a table.
const (
	pointsDrawn = 600
	pointsTold  = 60
)

// series is a load over time. Seconds are put together where there are more than can be drawn: of each step the lowest and highest p95 of
// its seconds and the slowest execution stay, so that no second over the target disappears. A p95 over the step isn't given: it can't be had
// from those of the seconds.
type series struct {
	Step    int           `json:"step"` // seconds
	From    []int         `json:"from"` // first second of each step
	Ops     []opSeries    `json:"ops"`
	Offered []value       `json:"offered"` // a second, of executions that go the application's own way; null where nothing was planned
	Done    []value       `json:"done"`    // a second
	Errors  []value       `json:"errors"`  // a second
	OwnWay  float64       `json:"own"`     // share of the executions
	Faults  []faultSeries `json:"faults"`
	Target  float64       `json:"target"` // that all operations share; 0 where they don't
}

// opSeries is one operation over time, and what is known of its distribution.
type opSeries struct {
	Name   string     `json:"name"`
	Target float64    `json:"target"`
	Low    []value    `json:"low"`
	High   []value    `json:"high"`
	Max    []value    `json:"max"`
	Count  []int64    `json:"-"`
	Errors []int64    `json:"-"`
	Curve  [][2]value `json:"curve"` // one in so many executions, and the ms that it takes at least
}

type faultSeries struct {
	Name string  `json:"name"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// value is a number of three digits, or null where there is none.
type value float64

var none = value(math.NaN())

// MarshalJSON implements json.Marshaler.
func (f value) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(f), 'g', 3, 64), nil
}

func newSeries(l *result.Load, sc *result.Scenario, faults []result.Disturbance, points int) series {
	first, last := math.MaxInt, math.MinInt
	for _, op := range l.Ops {
		for _, w := range op.Windows {
			if placed(w) {
				first, last = min(first, w.Second), max(last, w.Second)
			}
		}
	}
	s := series{Step: 1, From: []int{}, Ops: []opSeries{}, Faults: []faultSeries{}}
	if _, same := oneTarget(l.Ops); same && len(l.Ops) > 0 {
		s.Target = l.Ops[0].TargetMillis
	}
	if first <= last {
		s.Step = step(last-first+1, points)
		for at := first; at <= last; at += s.Step {
			s.From = append(s.From, at)
		}
	}
	s.Done, s.Errors, s.Offered = make([]value, len(s.From)), make([]value, len(s.From)), make([]value, len(s.From))
	for i := range l.Ops {
		s.add(&l.Ops[i], first)
	}
	s.planned(l, sc)
	for i := range s.From {
		long := value(min(s.Step, last+1-s.From[i]))
		s.Done[i] /= long
		s.Errors[i] /= long
	}
	for _, f := range faults {
		if f.Error == "" {
			s.Faults = append(s.Faults, faultSeries{f.Fault, f.StartedSeconds, max(f.StartedSeconds, f.BackSeconds)})
		}
	}
	return s
}

// placed says that a window stands where a load can have one; a document may come from anywhere.
func placed(w result.Window) bool { return w.Second >= 0 && w.Second < 1e7 }

// Timed says that there is a time to be drawn.
func (o opSeries) Timed() bool {
	return slices.ContainsFunc(o.High, func(v value) bool { return v > 0 })
}

// Failed says that there is an error to be drawn.
func (s series) Failed() bool {
	return slices.ContainsFunc(s.Errors, func(v value) bool { return v > 0 })
}

// step is the least round number of seconds of which so many points are enough.
func step(seconds, points int) int {
	for _, n := range []int{1, 2, 5, 10, 15, 30} {
		if seconds <= n*points {
			return n
		}
	}
	minutes := (seconds + 60*points - 1) / (60 * points)
	return 60 * minutes
}

func (s *series) add(op *result.Op, first int) {
	n := len(s.From)
	o := opSeries{Name: op.Name, Target: op.TargetMillis, Low: slices.Repeat([]value{none}, n), High: slices.Repeat([]value{none}, n), Max: slices.Repeat([]value{none}, n),
		Count: make([]int64, n), Errors: make([]int64, n), Curve: curve(op)}
	for _, w := range op.Windows {
		if !placed(w) {
			continue
		}
		i := (w.Second - first) / s.Step
		o.Count[i] += w.Count
		o.Errors[i] += w.Errors
		s.Done[i] += value(w.Count)
		s.Errors[i] += value(w.Errors)
		if w.Count == 0 {
			continue // no execution of that second has an answer, so there is no time
		}
		if high := o.High[i]; math.IsNaN(float64(high)) {
			o.Low[i], o.High[i], o.Max[i] = value(w.P95), value(w.P95), value(w.Max)
		} else {
			o.Low[i], o.High[i], o.Max[i] = min(o.Low[i], value(w.P95)), max(high, value(w.P95)), max(o.Max[i], value(w.Max))
		}
	}
	s.Ops = append(s.Ops, o)
}

// curve is the points of the distribution that the document has and that so many executions can show: a p99 of fifty is their maximum.
func curve(op *result.Op) [][2]value {
	all := [][2]value{}
	if op.Count == 0 {
		return all
	}
	d := &op.ResponseMs
	for _, q := range []struct{ oneIn, ms float64 }{{2, d.P50}, {10, d.P90}, {20, d.P95}, {100, d.P99}} {
		if float64(op.Count) > q.oneIn {
			all = append(all, [2]value{value(q.oneIn), value(q.ms)})
		}
	}
	return append(all, [2]value{value(max(2, op.Count)), value(d.Max)})
}

// planned is the rate of the schedule. Seconds count executions that went the application's own way, so the plan is taken in the share that
// these had.
func (s *series) planned(l *result.Load, sc *result.Scenario) {
	var own, all int64
	for _, op := range l.Ops {
		own, all = own+op.Count, all+op.Count+op.Reaching
	}
	if all > 0 {
		s.OwnWay = float64(own) / float64(all)
	}
	for i, from := range s.From {
		s.Offered[i] = none
		if sc.Model == result.Closed || s.OwnWay == 0 {
			continue
		}
		if rate := rateAt(l, sc, float64(from)+float64(s.Step)/2); rate > 0 {
			s.Offered[i] = value(rate * s.OwnWay)
		}
	}
}

func rateAt(l *result.Load, sc *result.Scenario, second float64) float64 {
	if len(l.Stages) == 0 {
		return sc.RatePerSecond
	}
	for _, stage := range l.Stages {
		if part := (second - stage.FromSecond) / stage.Seconds; part >= 0 && part <= 1 {
			return stage.StartsPerSecond + part*(stage.EndsPerSecond-stage.StartsPerSecond)
		}
	}
	return 0
}

// tenantBar is how long a tenant's slowest answer is drawn, of 100, beside the slowest of all.
func tenantBar(t result.TenantLoad, all []result.TenantLoad) int {
	most := 0.0
	for _, x := range all {
		most = max(most, x.MaxMillis)
	}
	if !(most > 0) {
		return 0
	}
	return int(math.Round(100 * t.MaxMillis / most))
}
