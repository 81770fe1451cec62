package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
)

// runDocument writes the n-th run of a healthy build whose one operation takes about p95 milliseconds, and gives it for a test to spoil.
func runDocument(t *testing.T, file string, n int, p95 float64, spoil ...func(*result.Run)) {
	t.Helper()
	p95 += float64(n%8) / 100
	r := &result.Run{SchemaVersion: result.SchemaVersion, Version: "v1", Verdict: result.Pass, Seed: 1, Started: time.Unix(int64(n), 0).UTC(), Seconds: 60,
		Scenario:  result.Scenario{Name: "default", Model: result.Open},
		Isolation: result.Isolation{RowsChecked: 1000, Reaching: 100, Verdict: result.Pass},
		Load: result.Load{OfferedPerSecond: 100, AchievedPerSecond: 100, Offered: 4000, Completed: 4000, Ops: []result.Op{{Name: "campaign_load", Count: 4000, Verdict: result.Pass,
			TargetMillis: 50, ErrorShareMax: 0.001, ResponseMs: result.Distribution{P50: p95 / 2, P95: p95, P95Interval: &[2]float64{p95 * 0.9, p95 * 1.1}}}}}}
	for _, s := range spoil {
		s(r)
	}
	if err := r.Save(file); err != nil {
		t.Fatal(err)
	}
}

// says runs the command line and holds exit code and output against what is wanted.
func says(t *testing.T, code int, want string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if got := execute(context.Background(), args, &out, &errs); got != code || !strings.Contains(out.String()+errs.String(), want) {
		t.Errorf("bulkhead %s: exit code %d, want %d and %q in\n%s%s", strings.Join(args, " "), got, code, want, out.String(), errs.String())
	}
	return out.String()
}

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	for n := range 8 {
		runDocument(t, at("base", fmt.Sprintf("%d.json", n)), 1+n, 10)   // a folder of documents
		runDocument(t, at("same", fmt.Sprint(n), "run.json"), 101+n, 10) // a folder of folders
		runDocument(t, at("slow", fmt.Sprint(n), "run.json"), 201+n, 12) //
		runDocument(t, at("fast", fmt.Sprint(n), "run.json"), 301+n, 8)  //
		runDocument(t, at("leaks", fmt.Sprint(n), "run.json"), 401+n, 10, func(r *result.Run) { r.Isolation.Foreign = int64(n / 7) })
		runDocument(t, at("other", fmt.Sprint(n), "run.json"), 501+n, 10, func(r *result.Run) { r.Seed = 2 })
	}
	says(t, exitPass, "NO DIFFERENCE", "compare", "--base", at("base"), "--candidate", at("same"))
	says(t, exitObjective, "REGRESSION", "compare", at("base"), "--", at("slow"))
	says(t, exitPass, "IMPROVEMENT", "compare", at("base"), "--", at("fast"))
	says(t, exitLeak, "LEAK OR WEAKNESS", "compare", at("base"), "--", at("leaks"))
	says(t, exitUnknown, "1 against 1 runs can't get below p 1", "compare", at("base", "0.json"), "--", at("same", "1"))
	says(t, exitUsage, "seed: the seed is 1 in the base, 2 in the candidate", "compare", at("base"), "--", at("other"))
	says(t, exitPass, "differs: the seed: 1; 2 (allowed: seed)", "compare", "--allow", "seed", at("base"), "--", at("other"))
	says(t, exitPass, "not judged", "compare", "--judge", "errors,rate", at("base"), "--", at("slow"))
	says(t, exitPass, "NO DIFFERENCE", "compare", "--floor-pct", "30", at("base"), "--", at("slow"))

	for want, args := range map[string][]string{
		"where do the candidates begin?":                  {at("base")},
		"a comparison needs runs on both sides":           {"--base", at("base")},
		"are the same run":                                {at("base"), "--", at("base", "0.json"), at("base", "1.json")},
		"nowhere: no such file or directory: name":        {at("nowhere"), "--", at("base")},
		"options have to stand before the --":             {at("base"), "--", at("same"), "--allow", "seed"},
		"holds no run document":                           {dir, "--", at("base")},
		`no measure "p96"`:                                {"--judge", "p96", at("base"), "--", at("same")},
		`"weather" can be allowed; one of seed, scenario`: {"--allow", "weather", at("base"), "--", at("same")},
		"a chance of false alarms of 0.9 is outside":      {"--alpha", "0.9", at("base"), "--", at("same")},
	} {
		says(t, exitUsage, want, append([]string{"compare"}, args...)...)
	}
	if err := os.WriteFile(at("base", "broken.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, exitUsage, "broken.json", "compare", at("base"), "--", at("same"))
}

func TestCompareLeavesDocuments(t *testing.T) {
	dir := t.TempDir()
	for n := range 8 {
		runDocument(t, filepath.Join(dir, "base", fmt.Sprintf("%d.json", n)), 1+n, 10)
		runDocument(t, filepath.Join(dir, "new", fmt.Sprint(n), "run.json"), 101+n, 10)
		runDocument(t, filepath.Join(dir, "slow", fmt.Sprint(n), "run.json"), 201+n, 12)
	}
	base, kept := filepath.Join(dir, "base"), filepath.Join(dir, "baselines", "main")
	says(t, exitObjective, "Not kept", "compare", "--save-baseline", kept, base, "--", filepath.Join(dir, "slow"))
	if _, err := os.Stat(kept); err == nil {
		t.Error("a regression has become a baseline")
	}
	says(t, exitPass, "Kept: the candidate's runs", "compare", "--save-baseline", kept, base, "--", filepath.Join(dir, "new"))
	// What was kept is a base.
	says(t, exitObjective, "compare.json", "compare", "--out", dir, "--base", kept, "--candidate", filepath.Join(dir, "slow"))
	printed := says(t, exitObjective, "", "compare", "--json", "--base", kept, "--candidate", filepath.Join(dir, "slow"))
	written, err := os.ReadFile(filepath.Join(dir, "compare.json"))
	if err != nil || string(written) != printed {
		t.Errorf("what is printed isn't what is written: %v", err)
	}
	var c result.Comparison
	if err := json.Unmarshal(written, &c); err != nil || c.Outcome != result.Regression || len(c.Base.Runs) != 8 || c.Version == "" {
		t.Errorf("%v %+v", err, c)
	}
}
