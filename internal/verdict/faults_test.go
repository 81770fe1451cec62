package verdict

import (
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func disturbed() *result.Run {
	op := result.Op{Name: "read", Count: 990, Errors: 10, ErrorsByClass: map[string]int64{"connection lost": 10}, TargetMillis: 50, ErrorShareMax: 0.001,
		ResponseMs: result.Distribution{P95: 4, P95Interval: &[2]float64{3, 5}}}
	for second := range 10 {
		w := result.Window{Second: second, Count: 100, Max: 5}
		if second == 4 {
			w = result.Window{Second: second, Count: 90, Errors: 10, Max: 2100}
		}
		op.Windows = append(op.Windows, w)
	}
	return &result.Run{
		Load:      result.Load{Offered: 1000, Completed: 1000, OfferedPerSecond: 100, AchievedPerSecond: 100, Ops: []result.Op{op}},
		Isolation: result.Isolation{RowsChecked: 1000, Reaching: 100},
		Faults:    []result.Disturbance{{Fault: "postgres_crash", AtSeconds: 4, ForSeconds: 0.5, StartedSeconds: 4, EndedSeconds: 4.5, BackSeconds: 4.8, Done: true}},
	}
}

func TestReasonsNameTheFault(t *testing.T) {
	r := disturbed()
	Judge(r, Accept{})
	if r.ExitCode != ExitMissed || len(r.Reasons) != 1 {
		t.Fatalf("%d, %+v", r.ExitCode, r.Reasons)
	}
	want := "during postgres_crash 4 s..4.8 s: 100 executions due, the slowest answer after 2100 ms, 10 of 10 errors, the last of all in second 4"
	if got := r.Reasons[0].What; !strings.HasSuffix(got, want) {
		t.Errorf("%q, want at its end %q", got, want)
	}
}

func TestAFaultThatDidNotComeAbout(t *testing.T) {
	r := disturbed()
	r.Load.Ops[0].Errors, r.Load.Ops[0].ErrorsByClass = 0, nil
	r.Faults[0].Done, r.Faults[0].Error = false, "PostgreSQL isn't up"
	Judge(r, Accept{})
	if r.ExitCode != ExitUnknown || !strings.Contains(r.Reasons[0].What, "postgres_crash, due at 4 s, was not brought about as asked: PostgreSQL isn't up") {
		t.Errorf("%d, %+v", r.ExitCode, r.Reasons)
	}
	r = disturbed()
	r.Load.Ops[0].Errors, r.Load.Ops[0].ErrorsByClass = 0, nil
	Judge(r, Accept{})
	if r.ExitCode != ExitPass {
		t.Errorf("a fault that did no harm: %d, %+v", r.ExitCode, r.Reasons)
	}
}

func TestAnUnsettledLedgerIsUnknown(t *testing.T) {
	r := disturbed()
	r.Load.Ops[0].Errors, r.Load.Ops[0].ErrorsByClass = 0, nil
	r.Isolation.Ledger = &result.Settlement{Acknowledged: 12, NotSettled: "connection refused"}
	Judge(r, Accept{})
	if r.ExitCode != ExitUnknown || !strings.Contains(r.Reasons[0].What, "whether 12 acknowledged writes are there is not known: connection refused") {
		t.Errorf("%d, %+v", r.ExitCode, r.Reasons)
	}
}
