package reports

import (
	"bytes"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestOverHTTP(t *testing.T) {
	h := &result.HTTP{
		Scenario: result.Scenario{Model: result.Open, Arrivals: "poisson", DurationSeconds: 30, WarmupSeconds: 3, TenantChoice: "uniform"},
		Load: result.Load{OfferedPerSecond: 68.2, AchievedPerSecond: 68.1, LagP99Millis: 1.2, LagMaxMillis: 3.4, CacheHits: &result.CacheHits{Hits: 620, Misses: 41},
			Ops: []result.Op{
				{Name: "backend_dashboard", Count: 690, TargetMillis: 100, ResponseMs: result.Distribution{P50: 6.1, P95: 20.3, P99: 41, Max: 77, P95Interval: &[2]float64{17.5, 24}},
					ServiceMs: result.Distribution{P95: 19}, Verdict: result.Pass},
				{Name: "langflow_run", Count: 70, Errors: 2, ErrorsByClass: map[string]int64{"HTTP 500": 2}, TargetMillis: 1000, OverTarget: 1,
					ResponseMs: result.Distribution{P50: 110, P95: 240, P99: 400, Max: 1200}, ServiceMs: result.Distribution{P95: 230}, Verdict: result.Unknown},
				{Name: "langflow_list", Verdict: result.NotChecked, Why: "needs langflow, which is not there", TargetMillis: 250},
			}},
		Isolation: result.Isolation{Bodies: 2105, RowsChecked: 61234, Reaching: 206, UpperBound: 0.0144, Verdict: result.Pass, Audit: &result.Audit{Operations: 140, Entries: 140}},
	}
	var out bytes.Buffer
	p := &printer{w: &out}
	overHTTP(p, h)
	overHTTP(p, nil) // a scenario without such a load
	services(p, &result.AttackScope{Services: []result.ServiceScope{{Service: "langflow", Version: "1.13.0", Routes: 353, Verbs: 352, Combinations: 1539, Controls: 30, Requests: 4226,
		Skipped: []result.Statement{{What: "POST /api/v1/login", Reason: "would lock users out"}}}}})
	if p.err != nil {
		t.Fatal(p.err)
	}
	golden(t, "http", out.String())
}
