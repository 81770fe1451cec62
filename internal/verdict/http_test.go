package verdict

import (
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

// healthyRun is a run with a load over HTTP in which all is well.
func healthyRun() *result.Run {
	r := disturbed()
	r.Faults, r.Load.Ops[0].Errors, r.Load.Ops[0].ErrorsByClass = nil, 0, nil
	request := result.Op{Name: "request", Count: 500, TargetMillis: 100, ErrorShareMax: 0.001, ResponseMs: result.Distribution{P95: 20, P95Interval: &[2]float64{15, 25}}}
	r.HTTP = &result.HTTP{Load: result.Load{Offered: 500, Completed: 500, OfferedPerSecond: 50, AchievedPerSecond: 50, Ops: []result.Op{request}},
		Isolation: result.Isolation{Bodies: 500, RowsChecked: 5000, Reaching: 50}}
	return r
}

func TestHTTP(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(h *result.HTTP)
		accept Accept
		code   int
		says   string
	}{
		"all well":                {func(*result.HTTP) {}, Accept{}, ExitPass, ""},
		"slow":                    {func(h *result.HTTP) { h.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{110, 120} }, Accept{}, ExitMissed, "request: p95"},
		"errors":                  {func(h *result.HTTP) { h.Load.Ops[0].Errors = 5 }, Accept{}, ExitMissed, "request: 5 of 505 executions failed"},
		"a leak":                  {func(h *result.HTTP) { h.Isolation.Foreign = 1 }, Accept{}, ExitFinding, "over HTTP: 1 rows of other tenants came back"},
		"damage":                  {func(h *result.HTTP) { h.Isolation.Damaged = 1 }, Accept{}, ExitUnknown, "over HTTP: 1 rows or canaries"},
		"nothing reached":         {func(h *result.HTTP) { h.Isolation.Reaching = 0 }, Accept{}, ExitUnknown, "over HTTP: no execution could have returned"},
		"too busy":                {func(h *result.HTTP) { h.Load.AchievedPerSecond = 40 }, Accept{}, ExitUnknown, "over HTTP: invalid"},
		"abandoned":               {func(h *result.HTTP) { h.Load.Abandoned = 3 }, Accept{}, ExitMissed, "over HTTP: 3 of 500"},
		"a service left out":      {leftOut, Accept{}, ExitUnknown, "request was not checked"},
		"left out, as was wanted": {leftOut, Accept{Without: []string{"backend"}}, ExitPass, ""},
	} {
		r := healthyRun()
		c.spoil(r.HTTP)
		Judge(r, c.accept)
		if r.ExitCode != c.code || c.says != "" && !strings.HasPrefix(r.Reasons[0].What, c.says) {
			t.Errorf("%s: exit code %d, want %d; %+v", name, r.ExitCode, c.code, r.Reasons)
		}
	}
}

// leftOut is a load whose only operation lacks its service.
func leftOut(h *result.HTTP) {
	h.Load = result.Load{Ops: []result.Op{{Name: "request", Verdict: result.NotChecked, Why: "needs backend, which is not there", Lacks: "backend"}}}
	h.Isolation = result.Isolation{}
}

// A fault of one load is no excuse in the other's reasons.
func TestFaultsAreNamedInTheirOwnLoad(t *testing.T) {
	r := healthyRun()
	r.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{60, 70}
	r.HTTP.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{110, 120}
	r.HTTP.Faults = []result.Disturbance{{Fault: "service_kill", AtSeconds: 4, StartedSeconds: 4, EndedSeconds: 6, BackSeconds: 7, Done: true}}
	Judge(r, Accept{})
	for _, reason := range r.Reasons {
		if named, mine := strings.Contains(reason.What, "service_kill"), strings.HasPrefix(reason.What, "request:"); named != mine {
			t.Errorf("%q", reason.What)
		}
	}
	if len(r.Reasons) != 2 {
		t.Errorf("%+v", r.Reasons)
	}
}
