package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/compare"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/verdict"
	"github.com/engardehq/bulkhead/scenarios"
)

func TestGate(t *testing.T) {
	dir := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	write := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	for n := range 8 {
		runDocument(t, at("baselines", "main", fmt.Sprintf("%d.json", n)), 1+n, 10)
		runDocument(t, at("same", fmt.Sprint(n), "run.json"), 101+n, 10)
		runDocument(t, at("slow", fmt.Sprint(n), "run.json"), 201+n, 12)
	}
	runDocument(t, at("weak", "run.json"), 301, 10, func(r *result.Run) {
		r.Findings = []result.Finding{{Channel: "S14", Severity: result.Weakness, What: "wide grant", Where: "public.a"}}
		r.Reasons = []result.Reason{{Status: result.Fail, ExitCode: 1, What: "weakness: wide grant"}}
		r.Verdict, r.ExitCode = result.Fail, 1
	})
	strict := write("strict.yaml", "name: strict\nobjectives: {ops: {campaign_load: {response_p95: 5ms}}}\n")
	based := write("based.yaml", "name: based\nbaseline: {runs: baselines/main, floor_time: 1ms}\n")
	allows := write("allows.yaml", "name: allows\nallowed:\n  - {channel: S14, where: public.*, owner: platform, reason: known, expires: 2999-01-01}\n")
	late := write("late.yaml", "name: late\nallowed:\n  - {channel: S14, where: public.*, owner: platform, reason: known, expires: 2020-01-01}\n")
	bare := write("bare.yaml", "name: bare\n")

	says(t, exitPass, "GATE bare: PASS", "gate", at("same"), "--gate", bare)
	says(t, exitObjective, "GATE strict: FAIL", "gate", at("same", "0"), "--gate", strict)
	says(t, exitLeak, "weakness: wide grant", "gate", at("weak"), "--gate", bare)
	says(t, exitPass, "allowed: S14 at public.* until 2999-01-01 (platform: known); 1 findings", "gate", at("weak"), "--gate", allows)
	says(t, exitLeak, "expired on 2020-01-01", "gate", at("weak"), "--gate", late)
	says(t, exitPass, "against the baseline of 8 runs: no difference", "gate", at("same"), "--gate", based)
	says(t, exitObjective, "against the baseline of 8 runs: regression", "gate", at("slow"), "--gate", based, "--out", dir)
	says(t, exitUnknown, "not enough data", "gate", at("same", "1"), "--gate", based)
	if data, err := os.ReadFile(at("gate.json")); err != nil || says(t, exitObjective, "", "gate", at("slow"), "--gate", based, "--json") != string(data) {
		t.Errorf("what is printed isn't what is written: %v", err)
	}

	// The file is read before anything starts.
	says(t, exitUsage, `unknown field "colour"`, "run", "--gate", write("colour.yaml", "name: x\ncolour: red"), "--out", at("never"))
	says(t, exitUsage, "no such file; a gate is a file of yours", "run", "--gate", at("nowhere.yaml"), "--out", at("never"))
	if _, err := os.Stat(at("never")); err == nil {
		t.Error("a run began under a gate that can't be read")
	}

	says(t, exitUsage, "--gate is missing", "gate", at("same"))
	says(t, exitUsage, `campaign_laod" (did you mean "campaign_load"?)`, "gate", at("same"), "--gate", write("bad.yaml", "name: x\nobjectives: {ops: {campaign_laod: {errors: 1%}}}"))
	says(t, exitUsage, "no such file; a gate is a file of yours", "gate", at("same"), "--gate", at("nowhere.yaml"))
	says(t, exitUsage, "baseline.runs: "+at("nowhere"), "gate", at("same"), "--gate", write("nobase.yaml", "name: x\nbaseline: {runs: nowhere}"))
}

// A run is repeated while it is inconclusive and the time lasts, and never because it failed.
func TestAGateRepeatsWithinItsTime(t *testing.T) {
	held, around, over := [2]float64{10, 12}, [2]float64{45, 55}, [2]float64{60, 70}
	for name, c := range map[string]struct {
		shown  [][2]float64 // the interval of p95 in each run; the target is 50 ms
		within time.Duration
		runs   int
		code   int
	}{
		"held":                 {[][2]float64{held}, time.Hour, 1, exitPass},
		"failed":               {[][2]float64{over, held}, time.Hour, 1, exitObjective},
		"decided by the third": {[][2]float64{around, around, held}, time.Hour, 3, exitPass},
		"failed in the second": {[][2]float64{around, over, held}, time.Hour, 2, exitObjective},
		"not to be repeated":   {[][2]float64{around, held}, 0, 1, exitUnknown},
		"no time for another":  {[][2]float64{around, held}, 15 * time.Minute, 1, exitUnknown},
		"time for another":     {[][2]float64{around, held}, 25 * time.Minute, 2, exitPass},
	} {
		run := func(n int) compare.Run {
			op := result.Op{Name: "campaign_load", Count: 4000, TargetMillis: 50, ResponseMs: result.Distribution{P95Interval: &c.shown[n-1]}}
			r := &result.Run{Started: time.Unix(int64(n), 0), Isolation: result.Isolation{RowsChecked: 1, Reaching: 1},
				Load: result.Load{OfferedPerSecond: 1, AchievedPerSecond: 1, Offered: 1, Completed: 1, Ops: []result.Op{op}}}
			verdict.Judge(r, verdict.Accept{})
			return compare.Run{File: fmt.Sprint(n), Doc: r}
		}
		g := openedGate{Gate: scenarios.Gate{Name: "x", RepeatWithin: c.within, Objectives: scenarios.Objectives{Errors: scenarios.NotSet, Drops: scenarios.NotSet}}}
		// The first began ten minutes ago, so a second may take ten as well.
		doc, err := g.hold(context.Background(), run(1), time.Now().Add(-10*time.Minute), func(_ context.Context, n int) (compare.Run, error) {
			return run(n), nil
		})
		if err != nil || doc.ExitCode != c.code || len(doc.Runs) != c.runs {
			t.Errorf("%s: %v, exit code %d after %d runs, want %d after %d", name, err, doc.ExitCode, len(doc.Runs), c.code, c.runs)
		}
	}
	g := openedGate{Gate: scenarios.Gate{RepeatWithin: time.Hour}}
	broken := errors.New("no server")
	first := compare.Run{File: "1", Doc: &result.Run{Reasons: []result.Reason{{Status: result.Unknown, ExitCode: exitUnknown, What: "x: inconclusive: y"}},
		Isolation: result.Isolation{RowsChecked: 1, Reaching: 1}, Load: result.Load{Completed: 1}}}
	if _, err := g.hold(context.Background(), first, time.Now(), func(context.Context, int) (compare.Run, error) { return compare.Run{}, broken }); !errors.Is(err, broken) {
		t.Errorf("a repetition that couldn't be made: %v", err)
	}
}
