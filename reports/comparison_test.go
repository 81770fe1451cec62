package reports

import (
	"bytes"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestComparison(t *testing.T) {
	ci := func(lo, hi float64) *[2]float64 { return &[2]float64{lo, hi} }
	spread := func(v float64) result.Spread {
		return result.Spread{Values: []float64{v, v, v, v, v, v}, Median: v, CI: ci(v*0.9, v*1.1)}
	}
	none := result.Spread{Values: []float64{}}
	c := &result.Comparison{
		Outcome: result.Regression, ExitCode: 3,
		Reasons:   []result.Reason{{Status: result.Fail, ExitCode: 3, What: "a, p95: slower"}, {Status: result.Unknown, ExitCode: 4, What: "b, p95: who knows"}},
		Rule:      result.ComparisonRule{Alpha: 0.05, FloorShare: 0.05, FloorMillis: 0.25, FloorErrors: 0.001, Hypotheses: 3, SmallestP: 0.000155, SmallestAdj: 0.00047},
		Base:      result.ComparedSide{Runs: make([]result.ComparedRun, 8), Reaching: 12345},
		Candidate: result.ComparedSide{Runs: make([]result.ComparedRun, 9), Reaching: 13345, Leaks: 1, Findings: make([]result.Finding, 2)},
		Different: []result.Difference{{Key: "settings", What: "the setting jit", Base: []string{"on"}, Candidate: []string{"off", "on"}}, {What: "bulkhead", Base: []string{"v1"}, Candidate: []string{"v2"}}},
		LeftOut:   []result.Statement{{What: "SQL of r7.json", Reason: "the load was interrupted"}},
		Contrasts: []result.Contrast{
			{Load: "SQL", Operation: "a", Measure: "p95", Unit: "ms", Base: spread(10), Candidate: spread(12), Shift: 2.1, ShiftCI: ci(1.5, 2.5), PHolm: 0.0031, Judged: true, Outcome: result.Regression},
			{Load: "SQL", Operation: "b", Measure: "p95", Unit: "ms", Base: none, Candidate: spread(12), PHolm: 1, Judged: true, Outcome: result.NotEnough, MoreBase: 6},
			{Load: "SQL", Operation: "a", Measure: "p50", Unit: "ms", Base: spread(5), Candidate: spread(5), ShiftCI: ci(-0.1, 0.1)},
			{Load: "SQL", Operation: "a", Measure: "errors", Unit: "share", Base: spread(0), Candidate: spread(0), Judged: true, Outcome: result.NoDifference},
			{Load: "SQL", Operation: "b", Measure: "errors", Unit: "share", Base: spread(0), Candidate: spread(0.02), Shift: 0.02, ShiftCI: ci(0.018, 0.022), PHolm: 0.01, Judged: true, Outcome: result.Regression},
			{Load: "SQL", Measure: "rate", Unit: "/s", Base: spread(300), Candidate: spread(300), ShiftCI: ci(0, 0), PHolm: 1, Judged: true, Outcome: result.NoDifference},
		},
	}
	var out bytes.Buffer
	if err := Comparison(&out, c); err != nil {
		t.Fatal(err)
	}
	golden(t, "comparison", out.String())
}
