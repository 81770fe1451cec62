package gate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/compare"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/verdict"
	"github.com/engardehq/bulkhead/scenarios"
)

var today = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// judged is the n-th run of a healthy build, spoilt and judged as a run judges itself.
func judged(n int, p95 float64, spoil ...func(*result.Run)) compare.Run {
	op := func(name string, ms, target float64) result.Op {
		return result.Op{Name: name, Count: 4000, TargetMillis: target, ErrorShareMax: 0.001, ResponseMs: result.Distribution{P50: ms / 2, P95: ms, P95Interval: &[2]float64{ms * 0.9, ms * 1.1}}}
	}
	p95 += float64(n%8) / 100
	load := result.Load{OfferedPerSecond: 100, AchievedPerSecond: 100, Offered: 4000, Completed: 4000, CacheHits: &result.CacheHits{Hits: 90, Misses: 10}}
	sql, web := load, load
	sql.Ops, web.Ops = []result.Op{op("load", p95, 50), op("save", p95, 50)}, []result.Op{op("get", 80, 100)}
	r := &result.Run{SchemaVersion: 1, Started: time.Unix(int64(n), 0), Load: sql, Isolation: result.Isolation{RowsChecked: 1000, Reaching: 100},
		HTTP:     &result.HTTP{Load: web, Isolation: result.Isolation{RowsChecked: 1000, Reaching: 100}},
		Coverage: []result.Coverage{{Channel: "S01", Status: result.Pass}, {Channel: "N02", Status: result.NotChecked, Why: "not tried yet"}, {Channel: "S14", Status: result.Pass}},
		Stack:    result.Stack{Pool: &result.Pool{UsePeak: 0.3}}}
	for _, s := range spoil {
		s(r)
	}
	verdict.Judge(r, verdict.Accept{Without: []string{"redis"}})
	return compare.Run{File: fmt.Sprintf("r%d.json", n), Doc: r}
}

func read(t *testing.T, text string) scenarios.Gate {
	t.Helper()
	g, err := scenarios.LoadGate("gate.yaml", []byte("name: main\n"+text), scenarios.GateKnown{Ops: []string{"load", "save", "gone"}, HTTPOps: []string{"get"},
		Channels: []string{"S01", "S14", "N02", "T01"}, Measures: compare.Measures, Keys: compare.Keys})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func weakness(where string) func(*result.Run) {
	return func(r *result.Run) {
		r.Findings = append(r.Findings, result.Finding{Channel: "S14", Severity: result.Weakness, What: "wide grant on " + where, Where: where})
	}
}

const allowed = `
allowed:
  - {channel: S14, where: public.*, owner: platform, reason: known, expires: %s}
`

func TestJudge(t *testing.T) {
	leak := func(r *result.Run) {
		r.Isolation.Foreign = 3
		r.Findings = append(r.Findings, result.Finding{Channel: "S14", Severity: result.Leak, What: "rows came back", Where: "public.a"})
	}
	good, over := fmt.Sprintf(allowed, "2026-11-28"), fmt.Sprintf(allowed, "2026-11-27")
	for name, c := range map[string]struct {
		gate   string
		spoil  func(*result.Run)
		code   int
		reason string
	}{
		"nothing asked":                 {"", nil, 0, ""},
		"the run's own failure":         {"", func(r *result.Run) { r.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{60, 70} }, 3, "load: p95 60 to 70 ms is over 50 ms"},
		"a service left out on purpose": {"", func(r *result.Run) { r.Stack.Services = []result.Service{{Name: "redis"}} }, 0, ""},
		"a finding":                     {"", weakness("public.a"), 1, "weakness: wide grant on public.a"},
		"allowed, on its last day":      {good, weakness("public.a"), 0, ""},
		"expired":                       {over, weakness("public.a"), 1, "weakness: wide grant on public.a; its allowance, which platform answers for, expired on 2026-11-27"},
		"another place":                 {good, weakness("langflow.a"), 1, "wide grant on langflow.a"},
		"what the load saw":             {good, leak, 1, "3 times the load itself met another tenant's data"},
		"a leak nobody found":           {good, func(r *result.Run) { r.Isolation.Foreign = 3 }, 1, "3 rows of other tenants came back"},
		"stricter, missed":              {"objectives: {response_p95: 5ms}", nil, 3, "load: p95 9 to 11 ms is over 5 ms"},
		"stricter, unclear":             {"objectives: {response_p95: 10ms}", nil, 4, "load: inconclusive"},
		"stricter, held":                {"objectives: {response_p95: 20ms}", nil, 0, ""},
		"not for requests":              {"objectives: {response_p95: 60ms}", nil, 0, ""},
		"a request's own":               {"objectives: {ops: {get: {response_p95: 60ms}}}", nil, 3, "get: p95 72 to 88 ms is over 60 ms"},
		"looser":                        {"objectives: {response_p95: 90ms}", func(r *result.Run) { r.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{60, 70} }, 3, "load: p95 60 to 70 ms is over 50 ms"},
		"errors":                        {"objectives: {errors: 0%}", func(r *result.Run) { r.Load.Ops[1].Errors = 1 }, 3, "save: 1 of 4001 executions failed"},
		"errors of a request":           {"objectives: {errors: 0%}", func(r *result.Run) { r.HTTP.Load.Ops[0].Errors = 1 }, 3, "get: 1 of 4001 executions failed"},
		"drops":                         {"objectives: {drops: 0}", func(r *result.Run) { r.Objectives.DropsMax, r.Load.Dropped = 5, 2 }, 3, "2 of 4000 executions were dropped"},
		"cache":                         {"objectives: {cache_hit: 95%}", nil, 3, "90.0 % of the look-ups hit the cache"},
		"pool":                          {"objectives: {pool_use: 20%}", nil, 3, "up to 30.0 % of the pooler's connections"},
		"not measured":                  {"objectives: {pool_use: 20%}", func(r *result.Run) { r.Stack.Pool = nil }, 4, "was not measured"},
		"an operation that isn't there": {"objectives: {ops: {gone: {errors: 1%}}}", nil, 4, "gone: the gate has an objective for it"},
		"a channel":                     {"channels: [S01]", nil, 0, ""},
		"a channel not checked":         {"channels: [S01, N02]", nil, 4, "channel N02 has to hold: not checked, not tried yet"},
		"a channel nobody knows":        {"channels: [T01]", nil, 4, "channel T01 has to hold: the run says nothing of it"},
		"a channel that failed":         {"channels: [S14]", func(r *result.Run) { r.Coverage[2].Status = result.Fail }, 1, "channel S14 has to hold, and failed"},
		"a channel failed and allowed":  {"channels: [S14]" + good, func(r *result.Run) { r.Coverage[2].Status = result.Fail; weakness("public.a")(r) }, 0, ""},
	} {
		if c.spoil == nil {
			c.spoil = func(*result.Run) {}
		}
		got, err := Judge(read(t, c.gate), []compare.Run{judged(1, 10, c.spoil)}, nil, today, false)
		if err != nil {
			t.Fatal(err)
		}
		told := slices.ContainsFunc(got.Reasons, func(r result.Reason) bool {
			return strings.HasPrefix(r.What, c.reason) || strings.Contains(r.What, c.reason) && c.reason != ""
		})
		if got.ExitCode != c.code || c.code > 0 && !told || c.code == 0 && len(got.Reasons) > 0 {
			t.Errorf("%s: %d %+v; want %d, %q", name, got.ExitCode, got.Reasons, c.code, c.reason)
		}
		for i, r := range got.Reasons {
			if slices.Index(got.Reasons, r) != i {
				t.Errorf("%s: told twice: %s", name, r.What)
			}
		}
	}
}

func TestAllowancesAreCounted(t *testing.T) {
	g := read(t, fmt.Sprintf(allowed, "2026-11-27")+"  - {channel: S14, where: public.a, owner: platform, reason: renewed, expires: 2027-01-01}\n  - {channel: S01, where: x, owner: o, reason: r, expires: 2027-01-01}\n")
	got, err := Judge(g, []compare.Run{judged(1, 10, weakness("public.a")), judged(2, 10, weakness("public.a"))}, nil, today, false)
	if err != nil || got.ExitCode != 0 || len(got.Runs) != 2 {
		t.Fatalf("%v %+v", err, got)
	}
	for i, want := range []struct {
		covers  int
		expired bool
	}{{0, true}, {2, false}, {0, false}} {
		if a := got.Allowances[i]; a.Covers != want.covers || a.Expired != want.expired {
			t.Errorf("%d: %+v, want %+v", i, a, want)
		}
	}
	// One of two runs fails: the file is told.
	got, _ = Judge(g, []compare.Run{judged(1, 10), judged(2, 10, weakness("public.b"))}, nil, today, false)
	if got.ExitCode != 1 || !strings.HasPrefix(got.Reasons[0].What, "r2.json: weakness") {
		t.Errorf("%+v", got.Reasons)
	}
}

func TestBaseline(t *testing.T) {
	g := read(t, "baseline: {runs: b, floor: 10%, floor_time: 500us, judge: [p95, errors]}\n"+fmt.Sprintf(allowed, "2027-01-01"))
	runs := func(from int, p95 float64, spoil ...func(*result.Run)) (all []compare.Run) {
		for n := range 8 {
			all = append(all, judged(from+n, p95, spoil...))
		}
		return all
	}
	for name, c := range map[string]struct {
		runs, base []compare.Run
		code       int
		reason     string
	}{
		"as before":          {runs(100, 10), runs(200, 10), 0, ""},
		"slower":             {runs(100, 12), runs(200, 10), 3, "against the baseline: load, p95: "},
		"under the floor":    {runs(100, 10.5), runs(200, 10), 0, ""},
		"one run":            {runs(100, 10)[:1], runs(200, 10), 4, "against the baseline: "},
		"an allowed finding": {runs(100, 10, weakness("public.a")), runs(200, 10), 0, ""},
	} {
		got, err := Judge(g, c.runs, c.base, today, false)
		if err != nil || got.ExitCode != c.code || c.code > 0 && !strings.HasPrefix(got.Reasons[0].What, c.reason) || got.Comparison == nil {
			t.Errorf("%s: %v %+v; want %d %q", name, err, got, c.code, c.reason)
		}
	}
	if _, err := Judge(g, runs(100, 10), nil, today, false); err == nil {
		t.Error("no baseline, and no error")
	}
	if _, err := Judge(g, runs(100, 10), runs(200, 10, func(r *result.Run) { r.Seed = 9 }), today, false); err == nil || !strings.Contains(err.Error(), "the seed") {
		t.Errorf("another seed: %v", err)
	}
}

func TestOnlyWhatIsInconclusiveIsRepeated(t *testing.T) {
	interval := func(lo, hi float64) func(*result.Run) {
		return func(r *result.Run) { r.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{lo, hi} }
	}
	around, over, few := interval(45, 55), interval(60, 70), func(r *result.Run) { r.Load.Ops[0].ResponseMs.P95Interval = nil }
	for name, c := range map[string]struct {
		runs  []compare.Run
		code  int
		again bool
	}{
		"held":                            {[]compare.Run{judged(1, 10)}, 0, false},
		"inconclusive":                    {[]compare.Run{judged(1, 10, around)}, 4, true},
		"failed":                          {[]compare.Run{judged(1, 10, over)}, 3, false},
		"inconclusive and failed":         {[]compare.Run{judged(1, 10, around, func(r *result.Run) { r.Load.Dropped = 1 })}, 3, false},
		"a leak":                          {[]compare.Run{judged(1, 10, around, weakness("public.a"))}, 1, false},
		"too few samples":                 {[]compare.Run{judged(1, 10, few)}, 4, false},
		"inconclusive and too few":        {[]compare.Run{judged(1, 10, around, func(r *result.Run) { r.Load.Ops[1].ResponseMs.P95Interval = nil })}, 4, false},
		"then held":                       {[]compare.Run{judged(1, 10, around), judged(2, 10)}, 0, false},
		"then failed":                     {[]compare.Run{judged(1, 10, around), judged(2, 10, over)}, 3, false},
		"then inconclusive":               {[]compare.Run{judged(1, 10, around), judged(2, 10, around)}, 4, true},
		"then held at last":               {[]compare.Run{judged(1, 10, around), judged(2, 10, around), judged(3, 10)}, 0, false},
		"then one that says nothing":      {[]compare.Run{judged(1, 10, around), judged(2, 10, func(r *result.Run) { r.Load.LagP99Millis = 9 })}, 4, false},
		"a failure isn't held by another": {[]compare.Run{judged(1, 10, over), judged(2, 10)}, 3, false},
	} {
		got, err := Judge(read(t, ""), c.runs, nil, today, true)
		if err != nil || got.ExitCode != c.code || Again(got) != c.again {
			t.Errorf("%s: %v, %d, again %v, %+v; want %d, %v", name, err, got.ExitCode, Again(got), got.Reasons, c.code, c.again)
		}
		if got, _ := Judge(read(t, ""), c.runs, nil, today, false); name == "then held" && (got.ExitCode != 4 || len(got.Settled) > 0) {
			t.Errorf("runs that don't repeat one another have to hold each: %+v", got)
		}
	}
}

// The baseline has runs repeated until so many could raise an alarm at all; from then on what it says stands.
func TestABaselineIsNotLookedAtUntilItAlarms(t *testing.T) {
	g := read(t, "baseline: {runs: b, floor: 0.1%, floor_time: 1us}")
	var base, runs []compare.Run
	for n := range 8 {
		base = append(base, judged(200+n, 10))
	}
	for n := range 12 {
		runs = append(runs, judged(100+n*3, 10))
		got, err := Judge(g, runs, base, today, true)
		if err != nil {
			t.Fatal(err)
		}
		possible := got.Comparison.Rule.SmallestAdj <= got.Comparison.Rule.Alpha
		if got.ExitCode == 4 && Again(got) == possible {
			t.Errorf("%d runs: again %v, and an alarm is possible: %v", n+1, Again(got), possible)
		}
		if n == 0 && !Again(got) || n == 11 && !possible {
			t.Errorf("%d runs: again %v, possible %v", n+1, Again(got), possible)
		}
	}
}
