package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
)

// draws counts runs, so that no two have begun at the same moment.
var draws int

// drawn is a healthy run whose operations take about p95 milliseconds, spread by noise.
func drawn(rng *rand.Rand, p95 map[string]float64, noise float64) Run {
	draws++
	load := result.Load{OfferedPerSecond: 100, AchievedPerSecond: 100, Offered: 4000, Completed: 4000, LagP99Millis: 1}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		if mean, ok := p95[name]; ok {
			ms := mean * math.Exp(rng.NormFloat64()*noise)
			load.Ops = append(load.Ops, result.Op{Name: name, Count: 1000, Verdict: result.Pass, ResponseMs: result.Distribution{P50: ms / 2, P95: ms}})
		}
	}
	return Run{fmt.Sprintf("r%d.json", draws), &result.Run{
		SchemaVersion: result.SchemaVersion, Version: "v1", Verdict: result.Pass, Seed: 1, Started: time.Unix(int64(draws), 0), Seconds: 60,
		Scenario: result.Scenario{Name: "default", RatePerSecond: 100, Model: result.Open, DurationSeconds: 15},
		Target:   result.Target{Name: "engarde", Layout: "hardened", Hash: "0123456789abcdef"},
		Stack: result.Stack{Provider: "native", Settings: map[string]string{"fsync": "on"}, Machine: result.Machine{CPU: "EPYC", Cores: 2, MemoryMiB: 24105},
			Services: []result.Service{{Name: "postgres", Version: "15.18", Started: true}}},
		Load: load, Isolation: result.Isolation{RowsChecked: 1000, Reaching: 100, Verdict: result.Pass},
	}}
}

func side8(rng *rand.Rand, n int, p95 map[string]float64, noise float64) (runs []Run) {
	for range n {
		runs = append(runs, drawn(rng, p95, noise))
	}
	return runs
}

func compared(t *testing.T, base, candidate []Run, rule Rule) *result.Comparison {
	t.Helper()
	c, err := Compare(base, candidate, rule)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(c); err != nil {
		t.Fatalf("can't be written: %v", err)
	}
	return c
}

func of1(t *testing.T, c *result.Comparison, measure, op string) result.Contrast {
	t.Helper()
	i := slices.IndexFunc(c.Contrasts, func(x result.Contrast) bool { return x.Measure == measure && x.Operation == op })
	if i < 0 {
		t.Fatalf("no %s of %s", measure, op)
	}
	return c.Contrasts[i]
}

func ten(ms float64) map[string]float64 {
	m := map[string]float64{}
	for _, name := range "abcdefghij" {
		m[string(name)] = ms
	}
	return m
}

func TestOutcomes(t *testing.T) {
	slower := ten(20)
	slower["c"] = 26
	faster := ten(20)
	faster["c"] = 14
	mixed := ten(20)
	mixed["a"], mixed["b"] = 14, 26
	for name, c := range map[string]struct {
		base, candidate int
		ms              map[string]float64
		noise           float64
		want            result.Outcome
		code            int
		reason          string
	}{
		"alike":                {8, 8, ten(20), 0.01, result.NoDifference, 0, ""},
		"slower":               {8, 8, slower, 0.02, result.Regression, 3, "c, p95: "},
		"faster":               {8, 8, faster, 0.01, result.Improvement, 0, ""},
		"both":                 {8, 8, mixed, 0.01, result.Regression, 3, "b, p95: "},
		"a hair slower":        {8, 8, ten(20.2), 0.005, result.NoDifference, 0, ""},
		"noisy":                {8, 8, ten(20), 0.2, result.NotEnough, 4, "measures are undecided; the one that lacks most is"},
		"slower, five a side":  {5, 5, slower, 0.02, result.NotEnough, 4, "5 against 5 runs can't get below p 0.16 over 20 hypotheses, 0.05 is wanted; about "},
		"one against one":      {1, 1, ten(20), 0.01, result.NotEnough, 4, "1 against 1 runs can't get below p 1 "},
		"slower, eight to one": {8, 1, slower, 0.02, result.NotEnough, 4, "8 against 1 runs can't get below"},
	} {
		rng := rand.New(rand.NewPCG(5, 5))
		got := compared(t, side8(rng, c.base, ten(20), c.noise), side8(rng, c.candidate, c.ms, c.noise), Default())
		told := slices.ContainsFunc(got.Reasons, func(r result.Reason) bool { return strings.Contains(r.What, c.reason) && r.ExitCode == c.code })
		if got.Outcome != c.want || got.ExitCode != c.code || c.code > 0 && !told {
			t.Errorf("%s: %s, exit code %d, %+v; want %s, %d, %q", name, got.Outcome, got.ExitCode, got.Reasons, c.want, c.code, c.reason)
		}
	}
}

// What is said to be needed is enough, and one run less is not.
func TestHowManyMoreAreNeeded(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	slower := ten(30)
	got := compared(t, side8(rng, 5, ten(20), 0.01), side8(rng, 5, slower, 0.01), Default())
	x := of1(t, got, P95, "a")
	if got.Rule.Hypotheses != 20 || x.Outcome != result.NotEnough || x.MoreBase+x.MoreCandidate == 0 {
		t.Fatalf("%d hypotheses, %+v", got.Rule.Hypotheses, x)
	}
	for less := range 2 {
		c := compared(t, side8(rng, 5+x.MoreBase, ten(20), 0.01), side8(rng, 5+x.MoreCandidate-less, slower, 0.01), Default())
		if want := []result.Outcome{result.Regression, result.NotEnough}[less]; c.Outcome != want {
			t.Errorf("%d less than %d and %d more: %s, want %s", less, x.MoreBase, x.MoreCandidate, c.Outcome, want)
		}
	}
}

func TestFloorsAndMeasures(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	base, slower := side8(rng, 8, ten(2), 0.01), side8(rng, 8, ten(2.2), 0.01)
	if got := compared(t, base, slower, Default()); of1(t, got, P95, "a").Outcome != result.NoDifference {
		t.Errorf("0.2 ms of 2 are under the floor of 0.25 ms: %+v", of1(t, got, P95, "a"))
	}
	rule := Default()
	rule.FloorMillis = 0.1
	if got := compared(t, base, slower, rule); of1(t, got, P95, "a").Outcome != result.Regression {
		t.Errorf("0.2 ms of 2 are over 0.1 ms and 5 %%: %+v", of1(t, got, P95, "a"))
	}
	rule.Judge = []string{P50}
	if x := of1(t, compared(t, base, slower, rule), P95, "a"); x.Judged || x.Outcome != "" {
		t.Errorf("not judged: %+v", x)
	}
	for i := range slower { // the rate falls, and errors come up
		slower[i].Doc.Scenario.Model, base[i].Doc.Scenario.Model = result.Closed, result.Closed
		slower[i].Doc.Load.AchievedPerSecond = 80 + float64(i)/10
		slower[i].Doc.Load.Ops[0].Errors = int64(10 + i)
	}
	got := compared(t, base, slower, Default())
	if of1(t, got, Rate, "").Outcome != result.Regression || of1(t, got, Errors, "a").Outcome != result.Regression || of1(t, got, Errors, "b").Outcome != result.NoDifference {
		t.Errorf("%+v\n%+v", of1(t, got, Rate, ""), of1(t, got, Errors, "a"))
	}
}

func TestALeakIsNeverNoDifference(t *testing.T) {
	for name, spoil := range map[string]func(r *result.Run){
		"a foreign row": func(r *result.Run) { r.Isolation.Foreign = 1 },
		"a planted row": func(r *result.Run) { r.Isolation.Planted = 1 },
		"over HTTP":     func(r *result.Run) { r.HTTP.Isolation.Foreign = 1 },
		"an own row":    func(r *result.Run) { r.Isolation.Missing = 1 },
		"a lost write":  func(r *result.Run) { r.Isolation.Lost = 1 },
		"a leak":        func(r *result.Run) { r.Findings = []result.Finding{{Channel: "S01", Severity: result.Leak, What: "w"}} },
		"a weakness": func(r *result.Run) {
			r.Findings = []result.Finding{{Channel: "S14", Severity: result.Weakness, What: "w"}}
		},
		"its own verdict": func(r *result.Run) { r.ExitCode = 1 },
	} {
		rng := rand.New(rand.NewPCG(8, 8))
		base, candidate := side8(rng, 8, ten(20), 0.01), side8(rng, 8, ten(20), 0.01)
		for _, r := range slices.Concat(base, candidate) {
			r.Doc.HTTP = &result.HTTP{}
		}
		spoil(candidate[3].Doc)
		if got := compared(t, base, candidate, Default()); got.Outcome != result.NotIsolated || got.ExitCode != 1 {
			t.Errorf("%s in one candidate: %s, %d", name, got.Outcome, got.ExitCode)
		}
		spoil(base[0].Doc)
		if got := compared(t, base, candidate, Default()); got.ExitCode != 1 {
			t.Errorf("%s in the base too: %d", name, got.ExitCode)
		}
		if got := compared(t, candidate, base[1:], Default()); got.ExitCode != 0 {
			t.Errorf("%s in the base alone: %d, %v", name, got.ExitCode, got.Reasons)
		}
	}
	rng := rand.New(rand.NewPCG(8, 9))
	base, candidate := side8(rng, 8, ten(20), 0.01), side8(rng, 8, ten(20), 0.01)
	candidate[0].Doc.Isolation.Verdict = result.Unknown
	if got := compared(t, base, candidate, Default()); got.ExitCode != 4 || !strings.Contains(got.Reasons[0].What, candidate[0].File) {
		t.Errorf("isolation unknown: %d %v", got.ExitCode, got.Reasons)
	}
}

func TestWhatIsNotAlikeIsRefused(t *testing.T) {
	for key, spoil := range map[string]func(r *result.Run){
		"seed: the seed is 1 in the base, 1 and 2 in the candidate":            func(r *result.Run) { r.Seed = 2 },
		"scenario: the name of the load":                                       func(r *result.Run) { r.Scenario.Name = "other" },
		"scenario: the rate of the load is 100/s in the base, 100/s and 120/s": func(r *result.Run) { r.Scenario.RatePerSecond = 120 },
		"scenario: the set of operations of the load":                          func(r *result.Run) { r.Load.Ops = r.Load.Ops[1:] },
		"scenario: the faults of the load":                                     func(r *result.Run) { r.Faults = []result.Disturbance{{Fault: "disk_full"}} },
		"scenario: the load over HTTP is none":                                 func(r *result.Run) { r.HTTP = &result.HTTP{} },
		"scenario: the mix of the load is a 2 in the base, a 2 and a 3":        func(r *result.Run) { r.Scenario.Mix = map[string]float64{"a": 3} },
		"scenario: the world":                                                  func(r *result.Run) { r.Seeding.Rows = 7 },
		"hardware: the processor is 2 cores of EPYC":                           func(r *result.Run) { r.Stack.Machine.Cores = 4 },
		"hardware: the memory is 24 GiB in the base, 24 GiB and 8 GiB":         func(r *result.Run) { r.Stack.Machine.MemoryMiB = 8000 },
		"versions: the service postgres is 15.18 in the base": func(r *result.Run) {
			r.Stack.Services = []result.Service{{Name: "postgres", Version: "16.1", Started: true}}
		},
		"settings: the setting fsync is on in the base, on and off":          func(r *result.Run) { r.Stack.Settings = map[string]string{"fsync": "off"} },
		"settings: the setting jit is not told in the base, not told and on": func(r *result.Run) { r.Stack.Settings = map[string]string{"fsync": "on", "jit": "on"} },
	} {
		rng := rand.New(rand.NewPCG(1, 8))
		base, candidate := side8(rng, 8, ten(20), 0.01), side8(rng, 8, ten(20), 0.01)
		for _, r := range slices.Concat(base, candidate) {
			r.Doc.Scenario.Mix = map[string]float64{"a": 2}
		}
		spoil(candidate[5].Doc)
		_, err := Compare(base, candidate, Default())
		var not *NotAlikeError
		if !errors.As(err, &not) || !strings.Contains(err.Error(), key) || len(not.Differences) != 1 {
			t.Errorf("want %q, got %v", key, err)
			continue
		}
		rule := Default()
		rule.Allow = []string{not.Differences[0].Key}
		if !strings.HasSuffix(err.Error(), "--allow "+rule.Allow[0]) {
			t.Errorf("how to allow it isn't told: %v", err)
		}
		if got := compared(t, base, candidate, rule); len(got.Different) != 1 || got.Different[0].Key != rule.Allow[0] {
			t.Errorf("allowed, and not told: %+v", got.Different)
		}
		if _, err := Compare(candidate, candidate[:0], rule); err == nil {
			t.Error("nothing to compare with")
		}
	}
}

func TestBuildsMayDiffer(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	base, candidate := side8(rng, 8, ten(20), 0.01), side8(rng, 8, ten(20), 0.01)
	candidate[0].Doc.Scenario.Mix = map[string]float64{"a": 3} // the others are of a version that didn't tell it
	for _, r := range candidate {
		r.Doc.Version, r.Doc.Target.Hash = "v2", "fedcba9876543210"
	}
	if got := compared(t, base, candidate, Default()); got.ExitCode != 0 || len(got.Different) != 2 {
		t.Errorf("%d %+v", got.ExitCode, got.Different)
	}
}

func TestOneRunIsOneDraw(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	base := side8(rng, 8, ten(20), 0.01)
	if _, err := Compare(base, slices.Concat(base[:1], side8(rng, 7, ten(20), 0.01)), Default()); err == nil || !strings.Contains(err.Error(), "are the same run") {
		t.Errorf("a run on both sides: %v", err)
	}
}

// A load that says nothing of speed isn't a value, and is told; nor is an operation that hardly ran.
func TestWhatSaysNothingOfSpeedIsLeftOut(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	base, candidate := side8(rng, 8, ten(20), 0.01), side8(rng, 8, ten(20), 0.01)
	candidate[0].Doc.Load.LagP99Millis = 9
	candidate[1].Doc.Load.Interrupted = true
	candidate[2].Doc.Load.Ops[0].Count = 19
	got := compared(t, base, candidate, Default())
	if len(got.LeftOut) != 2 || !strings.Contains(got.LeftOut[0].Reason, "late") || len(of1(t, got, P95, "b").Candidate.Values) != 6 || len(of1(t, got, P95, "a").Candidate.Values) != 5 {
		t.Errorf("%+v, %+v", got.LeftOut, of1(t, got, P95, "a").Candidate)
	}
	for _, r := range candidate {
		r.Doc.Load.LagP99Millis = 9
	}
	if got := compared(t, base, candidate, Default()); got.Outcome != result.NotEnough || got.ExitCode != 4 {
		t.Errorf("no usable candidate: %s", got.Outcome)
	}
	// What neither side checked is no hole in the comparison.
	for _, r := range slices.Concat(base, candidate) {
		r.Doc.Load.LagP99Millis = 1
		r.Doc.Load.Ops[9].Verdict = result.NotChecked
	}
	if got := compared(t, base, candidate, Default()); slices.ContainsFunc(got.Contrasts, func(x result.Contrast) bool { return x.Operation == "j" }) {
		t.Error("an operation that nobody ran is compared")
	}
}

func TestRuleCheck(t *testing.T) {
	if err := Default().Check(); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*Rule){
		`no measure "p96"; one of p95`: func(r *Rule) { r.Judge = []string{"p96"} },
		`"weather" can be allowed`:     func(r *Rule) { r.Allow = []string{"weather"} },
		"outside 0.001 to 0.2":         func(r *Rule) { r.Alpha = 0.5 },
		"a floor can't be":             func(r *Rule) { r.FloorMillis = -1 },
		"name one measure at least":    func(r *Rule) { r.Judge = nil },
	} {
		r := Default()
		spoil(&r)
		if err := r.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// Two equal builds, 8 runs against 8, ten operations: a false regression or improvement comes in 5 % of comparisons at most, whatever the
// floor. A slowdown of 20 % in one operation is found nearly always where runs are spread by 4 %.
func TestFalseAlarmsAndPower(t *testing.T) {
	const trials = 150
	rng := rand.New(rand.NewPCG(11, 12))
	rule := Default()
	rule.FloorShare, rule.FloorMillis = 0, 0
	alarms, found, foundElsewhere := 0, 0, 0
	slower := ten(20)
	slower["d"] *= 1.2
	for range trials {
		base := side8(rng, 8, ten(20), 0.04)
		c := compared(t, base, side8(rng, 8, ten(20), 0.04), rule)
		if slices.ContainsFunc(c.Contrasts, func(x result.Contrast) bool { return x.Outcome == result.Regression || x.Outcome == result.Improvement }) {
			alarms++
		}
		c = compared(t, base, side8(rng, 8, slower, 0.04), Default())
		if of1(t, c, P95, "d").Outcome == result.Regression {
			found++
		}
		if of1(t, c, P95, "e").Outcome == result.Regression {
			foundElsewhere++
		}
	}
	t.Logf("of %d: %d false alarms, %d slowdowns found, %d where there was none", trials, alarms, found, foundElsewhere)
	if most := trials*0.05 + 3*math.Sqrt(trials*0.05*0.95); float64(alarms) > most {
		t.Errorf("%d of %d comparisons of equal builds raised an alarm", alarms, trials)
	}
	if found < trials*9/10 {
		t.Errorf("%d of %d slowdowns of 20 %% were found", found, trials)
	}
}
