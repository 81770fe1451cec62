package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stats"
	"github.com/engardehq/bulkhead/internal/verdict"
)

// The measures. Latencies are response times, from when an execution was due.
const (
	P95    = "p95"
	P50    = "p50"
	Errors = "errors" // share of executions that failed
	Rate   = "rate"   // achieved, of a whole load
)

// Measures are all of them, in the order of reports.
var Measures = []string{P95, P50, Errors, Rate}

var units = map[string]string{P95: "ms", P50: "ms", Errors: "share", Rate: "/s"}

// samplesMin is how many executions a run needs for its percentiles to be values at all: of fewer than 20 the p95 is the slowest one.
const samplesMin = 20

// of names what a measure is of.
type of struct{ load, operation, measure string }

// values are the measures of each run by side, in order of their first sight.
type values struct {
	order   []of
	side    [2]map[of][]float64
	leftOut []result.Statement
}

func gather(base, candidate []Run) *values {
	v := &values{side: [2]map[of][]float64{{}, {}}, leftOut: []result.Statement{}}
	for i, runs := range [][]Run{base, candidate} {
		for _, r := range runs {
			v.load(i, r.File, "SQL", &r.Doc.Load, &r.Doc.Scenario)
			if h := r.Doc.HTTP; h != nil {
				v.load(i, r.File, "HTTP", &h.Load, &h.Scenario)
			}
		}
	}
	return v
}

func (v *values) load(side int, file, load string, l *result.Load, sc *result.Scenario) {
	if !slices.ContainsFunc(l.Ops, func(op result.Op) bool { return op.Verdict != result.NotChecked }) {
		return
	}
	why := verdict.Unusable(l, sc)
	if why != "" {
		v.leftOut = append(v.leftOut, result.Statement{What: fmt.Sprintf("%s of %s", load, file), Reason: why})
	}
	// An operation is named even where no run of it is usable: what couldn't be compared has to be told.
	put := func(measure, operation string, value float64, there bool) {
		key := of{load, operation, measure}
		if !slices.Contains(v.order, key) {
			v.order = append(v.order, key)
		}
		if there && why == "" {
			v.side[side][key] = append(v.side[side][key], value)
		}
	}
	for _, op := range l.Ops {
		if op.Verdict == result.NotChecked {
			continue
		}
		tried := op.Count + op.Errors
		put(P95, op.Name, op.ResponseMs.P95, op.Count >= samplesMin)
		put(P50, op.Name, op.ResponseMs.P50, op.Count >= samplesMin)
		put(Errors, op.Name, float64(op.Errors)/math.Max(1, float64(tried)), tried > 0)
	}
	put(Rate, "", l.AchievedPerSecond, true)
}

// contrasts hold each measure of the one side against the other's, without the outcomes.
func contrasts(v *values, rule Rule) []result.Contrast {
	all := []result.Contrast{}
	for _, m := range Measures {
		for _, key := range v.order {
			if key.measure != m {
				continue
			}
			a, b := v.side[0][key], v.side[1][key]
			x := result.Contrast{Load: key.load, Operation: key.operation, Measure: m, Unit: units[m], Base: spread(a), Candidate: spread(b),
				Judged: slices.Contains(rule.Judge, m), P: 1, PHolm: 1, Floor: floor(m, a, rule)}
			if len(a) > 0 && len(b) > 0 {
				_, x.P = stats.RankTest(a, b)
				shift := stats.HodgesLehmann(a, b, confidence)
				if x.Shift = shift.Estimate; shift.Bounded {
					x.ShiftCI = &[2]float64{shift.Lo, shift.Hi}
				}
			}
			all = append(all, x)
		}
	}
	return all
}

func floor(measure string, base []float64, rule Rule) float64 {
	if measure == Errors {
		return rule.FloorErrors
	}
	if len(base) == 0 {
		return 0
	}
	share := rule.FloorShare * stats.Median(base)
	if measure == Rate {
		return share
	}
	return math.Max(share, rule.FloorMillis)
}

func spread(v []float64) result.Spread {
	s := result.Spread{Values: []float64{}}
	if len(v) > 0 {
		s.Values, s.Median = v, stats.Median(v)
	}
	if lo, hi, ok := stats.MedianInterval(v, confidence); ok {
		s.CI = &[2]float64{lo, hi}
	}
	return s
}
