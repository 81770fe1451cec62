package verdict

import (
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

// healthy is a run that passes; each case spoils one thing of it.
func healthy() *result.Run {
	op := func(name string) result.Op {
		return result.Op{Name: name, Count: 2000, TargetMillis: 50, ErrorShareMax: 0.001, ResponseMs: result.Distribution{P95: 10, P95Interval: &[2]float64{9, 11}}}
	}
	return &result.Run{
		Stack:     result.Stack{Services: []result.Service{{Name: "postgres", Started: true}, {Name: "langflow", Started: true}}},
		Load:      result.Load{OfferedPerSecond: 100, AchievedPerSecond: 100, Offered: 4000, Completed: 4000, LagP99Millis: 1, Ops: []result.Op{op("a"), op("b")}},
		Isolation: result.Isolation{RowsChecked: 1000, Reaching: 100},
	}
}

func share(v float64) *float64 { return &v }

// serve gives the first operation a target of its service time, and an interval.
func serve(r *result.Run, target, lo, hi float64) {
	r.Load.Ops[0].ServiceTargetMillis = target
	r.Load.Ops[0].ServiceMs = result.Distribution{P95: (lo + hi) / 2, P95Interval: &[2]float64{lo, hi}}
}

func TestAnEarlyEndIsToldOnce(t *testing.T) {
	r := healthy()
	r.Load.EndedEarly, r.Load.MeasuredSeconds, r.Scenario.DurationSeconds, r.Load.Abandoned, r.Isolation.Foreign = "why", 1.25, 45, 5, 1
	r.Objectives.PoolUseMax = share(0.5)
	Judge(r, Accept{})
	if len(r.Reasons) != 2 || r.Reasons[1].What != "the load was ended after 1.2 of 45 s, why: nothing is said of speed" {
		t.Errorf("%+v", r.Reasons)
	}
	for _, op := range r.Load.Ops {
		if op.Verdict != result.Unknown {
			t.Errorf("%s of a load that was cut short: %s", op.Name, op.Verdict)
		}
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
		}, Accept{}, 3, result.Fail, "3 of 2003 executions failed (timeout), at most 0.1 % may"},
		"errors allowed": {func(r *result.Run) {
			r.Load.Ops[0].Errors, r.Load.Ops[0].ErrorShareMax = 300, 0.2
		}, Accept{}, 0, result.Pass, ""},
		"no error allowed": {func(r *result.Run) { r.Load.Ops[0].Errors, r.Load.Ops[0].ErrorShareMax = 1, 0 }, Accept{}, 3, result.Fail, "1 of 2001 executions failed"},
		"drops allowed":    {func(r *result.Run) { r.Load.Dropped, r.Load.Abandoned, r.Objectives.DropsMax = 1, 2, 3 }, Accept{}, 0, result.Pass, ""},
		"over the drops allowed": {func(r *result.Run) { r.Load.Dropped, r.Load.Abandoned, r.Objectives.DropsMax = 2, 2, 3 }, Accept{}, 3, result.Fail,
			"4 of 4000 executions were dropped or never came back; 3 are allowed"},
		"cache as asked": {func(r *result.Run) {
			r.Objectives.CacheHitMin, r.Load.CacheHits = share(0.9), &result.CacheHits{Hits: 90, Misses: 10}
		}, Accept{}, 0, result.Pass, ""},
		"cache misses": {func(r *result.Run) {
			r.Objectives.CacheHitMin, r.Load.CacheHits = share(0.9), &result.CacheHits{Hits: 89, Misses: 11}
		}, Accept{}, 3, result.Fail, "89.0 % of the look-ups hit the cache, at least 90 %"},
		"cache not measured": {func(r *result.Run) { r.Objectives.CacheHitMin = share(0.9) }, Accept{}, 4, result.Unknown, "cache hits were not measured"},
		"cache never asked":  {func(r *result.Run) { r.Objectives.CacheHitMin, r.Load.CacheHits = share(0), &result.CacheHits{} }, Accept{}, 4, result.Unknown, "cache hits were not measured"},
		"pool as asked":      {func(r *result.Run) { r.Objectives.PoolUseMax, r.Stack.Pool = share(0.8), &result.Pool{UsePeak: 0.8} }, Accept{}, 0, result.Pass, ""},
		"pool too full": {func(r *result.Run) {
			r.Objectives.PoolUseMax, r.Stack.Pool = share(0.8), &result.Pool{UsePeak: 0.81, UseMean: 0.1}
		}, Accept{}, 3, result.Fail, "up to 81.0 %"},
		"pool not measured": {func(r *result.Run) { r.Objectives.PoolUseMax = share(0.8) }, Accept{}, 4, result.Unknown, "pooler's connections was not measured"},
		"service in time":   {func(r *result.Run) { serve(r, 20, 15, 20) }, Accept{}, 0, result.Pass, ""},
		"service too slow":  {func(r *result.Run) { serve(r, 20, 21, 25) }, Accept{}, 3, result.Fail, "a: sent p95 21 to 25 ms is over 20 ms"},
		"service straddles": {func(r *result.Run) { serve(r, 20, 15, 25) }, Accept{}, 4, result.Unknown, "a: inconclusive: sent p95"},
		"closed loop, slower": {func(r *result.Run) {
			r.Scenario.Model, r.Load.AchievedPerSecond, r.Load.LagP99Millis = result.Closed, 50, 99
		}, Accept{}, 0, result.Pass, ""},
		"closed loop, dropped": {func(r *result.Run) { r.Scenario.Model, r.Load.Abandoned = result.Closed, 1 }, Accept{}, 3, result.Fail, "never came back"},
		"ended at a leak": {func(r *result.Run) {
			r.Load.EndedEarly, r.Load.Abandoned, r.Isolation.Foreign, r.Load.Ops[1].Count = "as asked", 7, 1, 0
		}, Accept{}, 1, result.Fail, "1 rows of other tenants"},
		"ended without a leak": {func(r *result.Run) { r.Load.EndedEarly = "as asked" }, Accept{}, 4, result.Unknown, "the load was ended in warm-up"},
		"one error of 2000":    {func(r *result.Run) { r.Load.Ops[0].Errors = 1 }, Accept{}, 0, result.Pass, ""},
		"dropped":              {func(r *result.Run) { r.Load.Dropped = 1 }, Accept{}, 3, result.Fail, "1 of 4000 executions were dropped"},
		"late generator":       {func(r *result.Run) { r.Load.LagP99Millis = 5.1 }, Accept{}, 4, result.Unknown, "invalid: the generator"},
		"slow generator":       {func(r *result.Run) { r.Load.AchievedPerSecond = 98.9 }, Accept{}, 4, result.Unknown, "invalid: 98.9"},
		"interrupted":          {func(r *result.Run) { r.Load.Interrupted = true }, Accept{}, 4, result.Unknown, "interrupted"},
		"service left out":     {func(r *result.Run) { r.Stack.Services[1].Started = false }, Accept{}, 4, result.Unknown, "langflow was left out"},
		"left out on purpose":  {func(r *result.Run) { r.Stack.Services[1].Started = false }, Accept{Without: []string{"langflow"}}, 0, result.Pass, ""},
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
