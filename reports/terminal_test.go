package reports

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/result"
)

var update = flag.Bool("update", false, "write the golden files anew")

func healthy() *result.Run {
	latency := func(p95 float64) result.Distribution {
		return result.Distribution{P50: p95 / 4, P90: p95 / 2, P95: p95, P99: 2 * p95, Max: 4 * p95, P95Interval: &[2]float64{p95 - 0.5, p95 + 0.5}}
	}
	return &result.Run{
		SchemaVersion: result.SchemaVersion, Version: "v0.1.0", Verdict: result.Pass, Started: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), Seconds: 95.2, Seed: 1,
		Scenario: result.Scenario{Name: "default", RatePerSecond: 300, Arrivals: "poisson", WarmupSeconds: 5, DurationSeconds: 45, Model: result.Open, TenantChoice: "uniform"},
		Target:   result.Target{Name: "engarde", Layout: "hardened", Departures: []result.Statement{{What: "w", Reason: "r"}}},
		Stack: result.Stack{Provider: "native", Machine: result.Machine{OS: "Debian GNU/Linux 12 (bookworm)", Cores: 2, MemoryMiB: 24000},
			Services: []result.Service{
				{Name: "postgres", Version: "15.20", Started: true, Address: "127.0.0.1:5432"},
				{Name: "langflow", Note: "left out"},
			},
			Settings: map[string]string{"fsync": "on", "pgbouncer.pool_mode": "transaction"}},
		Seeding: result.Seeding{Tenants: 200, Rows: 1234567, Tables: 160, Seconds: 31.4, Cached: true},
		Load: result.Load{OfferedPerSecond: 300.2, AchievedPerSecond: 300.1, LagP99Millis: 0.31, LagMaxMillis: 3.4, Offered: 13509, Completed: 13509, Ops: []result.Op{
			{Name: "campaign_load", Count: 3050, TargetMillis: 50, ResponseMs: latency(4.04), ServiceMs: latency(3), Verdict: result.Pass},
			{Name: "request_flow", Count: 2987, Errors: 2, ErrorsByClass: map[string]int64{"timeout": 1, "SQLSTATE 57014": 1}, OverTarget: 12, TargetMillis: 50,
				ResponseMs: latency(123.4), ServiceMs: latency(99), Verdict: result.Fail},
			{Name: "tenant_flows", TargetMillis: 50, Verdict: result.NotChecked, Why: "needs langflow, which is not there"},
			{Name: "campaign_write", Count: 7, TargetMillis: 50, Verdict: result.Unknown},
		}},
		Coverage: []result.Coverage{
			{Channel: "S01", Doc: "a table's owner passes its policies", How: []result.How{result.ByCatalog}, Drilled: true, Mutants: 3, Killed: 3, Status: result.Pass},
			{Channel: "S04", Doc: "a tenant table has no row security", How: []result.How{result.ByCatalog, result.ByProbe, result.ByLoad, result.ByDrill}, Units: 12345, UpperBound: 0.0022,
				Drilled: true, Mutants: 5, Killed: 4, Status: result.Pass},
			{Channel: "W06", Doc: "error texts", How: []result.How{result.ByProbe}, Units: 40, UpperBound: 0.072, Drilled: true, Status: result.Unknown, Residual: "counts in statistics views"},
			{Channel: "C01", Doc: "no tenant set", How: []result.How{result.ByProbe}, Units: 40, Hits: 2, Status: result.Fail},
			{Channel: "A01", Doc: "another tenant's object", Status: result.NotChecked, Why: "there is no HTTP"},
			{Channel: "R01", Doc: "a cache key without the tenant", Status: result.NotChecked, Why: "there is no Redis"},
			{Channel: "A02", Doc: "tokens", Status: result.NotChecked, Why: "there is no HTTP"},
		},
		Isolation: result.Isolation{RowsChecked: 456789, Reaching: 1350, UpperBound: 0.0022, Written: 2999, Verdict: result.Pass},
	}
}

func leaking() *result.Run {
	r := healthy()
	r.Verdict, r.ExitCode = result.Fail, 1
	r.Isolation.Foreign, r.Isolation.Verdict = 37, result.Fail
	r.Reasons = []result.Reason{
		{Status: result.Fail, ExitCode: 1, What: "leak: tenant_flows returned rows of other tenants from langflow.flow"},
		{Status: result.Unknown, ExitCode: 4, What: "langflow was left out, so what depends on it was not checked"},
	}
	seen := result.Evidence{Operation: "tenant_flows", Tenant: "0c4b9c2e-8a55-4d9e-9a4f-2f9d1f3b7c11", Owner: "77f0a1de-1111-4c3c-8c39-0d0f6a1c2b3d", Table: "langflow.flow",
		Row: "5b0e7b1a-2222-4a4a-b1b1-3c3c3c3c3c3c", File: "sql/ops/tenant_flows.bare.sql", Connection: 4711, Execution: 812}
	r.Findings = []result.Finding{{Channel: "S07", Severity: result.Leak, What: "tenant_flows returned rows of other tenants from langflow.flow", Where: "langflow.flow",
		Count: 37, Evidence: []result.Evidence{seen, seen, seen, seen, seen}, Fix: "ALTER VIEW public.tenant_flows SET (security_invoker = true);"}}
	return r
}

func classes(l *result.Load) {
	for i, name := range []string{"small", "middle", "large"} {
		c := result.Class{OpClass: result.OpClass{Name: name, Count: 4500, P95: 4 + float64(i)}, Tenants: []int{100, 90, 10}[i], RowsMax: []int64{1200, 9000, 50000}[i]}
		l.Classes = append(l.Classes, c)
	}
	l.Tenants = &result.Tenants{Served: 200, Fairness: 0.9876}
}

func staged() *result.Run {
	r := healthy()
	classes(&r.Load)
	r.Scenario.TenantChoice = "zipf"
	r.Load.CacheHits = &result.CacheHits{Hits: 912, Misses: 88}
	r.Load.Ops[1].TargetMillis = 100
	r.Load.Stages = []result.StageLoad{
		{Seconds: 10, StartsPerSecond: 100, EndsPerSecond: 100, Count: 1001, P95: 3.456, Max: 12},
		{FromSecond: 10, Seconds: 20.5, StartsPerSecond: 100, EndsPerSecond: 900, Count: 10321, Errors: 3, P95: 44.4, Max: 801, OverTarget: 99},
	}
	return r
}

func closedLoop() *result.Run {
	r := leaking()
	classes(&r.Load)
	r.Scenario.Model, r.Scenario.Users, r.Scenario.ThinkMillis, r.Scenario.Arrivals = result.Closed, 1500, 100, ""
	r.Load.EndedEarly, r.Load.MeasuredSeconds = "at the first row of another tenant, as fail_fast asks", 1.234
	return r
}

// golden holds a text against testdata/<name>.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got; -update writes it anew)\n%s", diff)
	}
}

func TestTerminal(t *testing.T) {
	unknown := healthy()
	unknown.Verdict, unknown.ExitCode = result.Unknown, 4
	unknown.Reasons = []result.Reason{{Status: result.Unknown, ExitCode: 4, What: "no row came back, so nothing is known of isolation"}}
	unknown.Load, unknown.Isolation = result.Load{}, result.Isolation{Verdict: result.Unknown}
	for name, r := range map[string]*result.Run{"pass": healthy(), "leak": leaking(), "unknown": unknown, "stages": staged(), "closed": closedLoop()} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := Terminal(&got, r); err != nil {
				t.Fatal(err)
			}
			golden(t, "terminal-"+name, got.String())
		})
	}
}

// brokenPipe takes a few bytes and then no more.
type brokenPipe struct{ left int }

var errBroken = errors.New("broken pipe")

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestTerminalTellsWhenItCantWrite(t *testing.T) {
	for _, n := range []int{0, 200, 900, 1600} {
		if err := Terminal(&brokenPipe{n}, leaking()); !errors.Is(err, errBroken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -123: "-123"} {
		if got := whole(n); got != want {
			t.Errorf("%d reads as %s, want %s", n, got, want)
		}
	}
}
