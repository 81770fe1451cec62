package verdict

import (
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

// healthy is a run that passes; each case spoils one thing of it.
func healthy() *result.Run {
	op := func(name string) result.Op {
		return result.Op{Name: name, Count: 2000, TargetMillis: 50, ResponseMs: result.Distribution{P95: 10, P95Interval: &[2]float64{9, 11}}}
	}
	return &result.Run{
		Stack:     result.Stack{Services: []result.Service{{Name: "postgres", Started: true}, {Name: "langflow", Started: true}}},
		Load:      result.Load{OfferedPerSecond: 100, AchievedPerSecond: 100, Offered: 4000, Completed: 4000, LagP99Millis: 1, Ops: []result.Op{op("a"), op("b")}},
		Isolation: result.Isolation{RowsChecked: 1000, Reaching: 100},
	}
}

func TestJudge(t *testing.T) {
	tests := map[string]struct {
		spoil  func(r *result.Run)
		accept Accept
		code   int
		status result.Status
		reason string
	}{
		"healthy":             {func(*result.Run) {}, Accept{}, 0, result.Pass, ""},
		"a leak":              {func(r *result.Run) { r.Findings = []result.Finding{{Severity: result.Leak, What: "w"}} }, Accept{}, 1, result.Fail, "leak: w"},
		"a weakness":          {func(r *result.Run) { r.Findings = []result.Finding{{Severity: result.Weakness, What: "w"}} }, Accept{}, 1, result.Fail, "weakness: w"},
		"a note":              {func(r *result.Run) { r.Findings = []result.Finding{{Severity: result.Note, What: "w"}} }, Accept{}, 0, result.Pass, ""},
		"foreign, no finding": {func(r *result.Run) { r.Isolation.Foreign = 1 }, Accept{}, 1, result.Fail, "1 rows of other tenants"},
		"missing, no finding": {func(r *result.Run) { r.Isolation.Missing = 1 }, Accept{}, 1, result.Fail, "was missing"},
		"damaged":             {func(r *result.Run) { r.Isolation.Damaged = 1 }, Accept{}, 4, result.Unknown, "neither what was seeded"},
		"no rows":             {func(r *result.Run) { r.Isolation.RowsChecked = 0 }, Accept{}, 4, result.Unknown, "no row came back"},
		"nothing reaching":    {func(r *result.Run) { r.Isolation.Reaching = 0 }, Accept{}, 4, result.Unknown, "no execution could have"},
		"too slow":            {func(r *result.Run) { r.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{50.1, 60} }, Accept{}, 3, result.Fail, "a: p95 50 to 60 ms is over"},
		"on the target":       {func(r *result.Run) { r.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{49, 50} }, Accept{}, 0, result.Pass, ""},
		"straddles":           {func(r *result.Run) { r.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{40, 60} }, Accept{}, 4, result.Unknown, "inconclusive"},
		"too few samples":     {func(r *result.Run) { r.Load.Ops[1].ResponseMs.P95Interval = nil }, Accept{}, 4, result.Unknown, "too few"},
		"no samples":          {func(r *result.Run) { r.Load.Ops[1].Count = 0 }, Accept{}, 4, result.Unknown, "b: no sample"},
		"no operations":       {func(r *result.Run) { r.Load = result.Load{} }, Accept{}, 4, result.Unknown, "nothing was completed"},
		"many errors": {func(r *result.Run) {
			r.Load.Ops[0].Errors, r.Load.Ops[0].ErrorsByClass = 3, map[string]int64{"timeout": 2, "x": 1}
		}, Accept{}, 3, result.Fail, "3 of 2003 executions failed (timeout)"},
		"one error of 2000":   {func(r *result.Run) { r.Load.Ops[0].Errors = 1 }, Accept{}, 0, result.Pass, ""},
		"dropped":             {func(r *result.Run) { r.Load.Dropped = 1 }, Accept{}, 3, result.Fail, "1 of 4000 executions were dropped"},
		"late generator":      {func(r *result.Run) { r.Load.LagP99Millis = 5.1 }, Accept{}, 4, result.Unknown, "invalid: the generator"},
		"slow generator":      {func(r *result.Run) { r.Load.AchievedPerSecond = 98.9 }, Accept{}, 4, result.Unknown, "invalid: 98.9"},
		"interrupted":         {func(r *result.Run) { r.Load.Interrupted = true }, Accept{}, 4, result.Unknown, "interrupted"},
		"service left out":    {func(r *result.Run) { r.Stack.Services[1].Started = false }, Accept{}, 4, result.Unknown, "langflow was left out"},
		"left out on purpose": {func(r *result.Run) { r.Stack.Services[1].Started = false }, Accept{Without: []string{"langflow"}}, 0, result.Pass, ""},
		"op ruled out": {func(r *result.Run) {
			r.Load.Ops[0] = result.Op{Name: "a", Verdict: result.NotChecked, Why: "needs langflow", Lacks: "langflow"}
		},
			Accept{}, 4, result.Unknown, "a was not checked"},
		"op ruled out on purpose": {func(r *result.Run) {
			r.Load.Ops[0] = result.Op{Name: "a", Verdict: result.NotChecked, Why: "needs langflow", Lacks: "langflow"}
		},
			Accept{Without: []string{"langflow"}}, 0, result.Pass, ""},
		"a leak beats a miss beats unknown": {func(r *result.Run) {
			r.Load.LagP99Millis, r.Load.Dropped = 99, 1
			r.Findings = []result.Finding{{Severity: result.Leak, What: "w"}}
		}, Accept{}, 1, result.Fail, "leak"},
		"a miss beats unknown": {func(r *result.Run) { r.Load.LagP99Millis, r.Load.Dropped = 99, 1 }, Accept{}, 3, result.Fail, "dropped"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := healthy()
			tt.spoil(r)
			Judge(r, tt.accept)
			if r.ExitCode != tt.code || r.Verdict != tt.status {
				t.Fatalf("judged %s (%d), want %s (%d): %v", r.Verdict, r.ExitCode, tt.status, tt.code, r.Reasons)
			}
			if tt.reason == "" && len(r.Reasons) > 0 || tt.reason != "" && !strings.Contains(r.Reasons[0].What, tt.reason) {
				t.Errorf("first reason of %v doesn't say %q", r.Reasons, tt.reason)
			}
		})
	}
}
