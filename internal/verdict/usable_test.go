package verdict

import (
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestUnusable(t *testing.T) {
	for want, spoil := range map[string]func(l *result.Load){
		"":                              func(*result.Load) {},
		"the load was interrupted":      func(l *result.Load) { l.Interrupted = true },
		"the load was ended early, why": func(l *result.Load) { l.EndedEarly = "why" },
		"nothing was completed":         func(l *result.Load) { l.Completed = 0 },
		"the generator itself was late": func(l *result.Load) { l.LagP99Millis = 6 },
		"90.0 of 100.0 executions":      func(l *result.Load) { l.AchievedPerSecond = 90 },
	} {
		r := healthy()
		spoil(&r.Load)
		if got := Unusable(&r.Load, &r.Scenario); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What is inconclusive is told by the reason's words, which are Judge's own.
func TestInconclusive(t *testing.T) {
	r := healthy()
	r.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{40, 60} // around its 50 ms
	r.Load.Ops[1].ResponseMs.P95Interval = nil
	serve(r, 1, 0.5, 2)
	Judge(r, Accept{})
	if len(r.Reasons) != 3 {
		t.Fatalf("%+v", r.Reasons)
	}
	for _, reason := range r.Reasons {
		if want := strings.HasPrefix(reason.What, r.Load.Ops[0].Name+":"); Inconclusive(reason) != want {
			t.Errorf("%s: %v, want %v", reason.What, Inconclusive(reason), want)
		}
	}
	r.Load.Ops[0].ResponseMs.P95Interval = &[2]float64{60, 70}
	Judge(r, Accept{})
	if Inconclusive(r.Reasons[0]) {
		t.Errorf("a failure is not inconclusive: %s", r.Reasons[0].What)
	}
}
