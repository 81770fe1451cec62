package verdict

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/result"
)

// Each objective is told, held or not, and those of the reasons are among them.
func TestObjectivesAreJudgedOneByOne(t *testing.T) {
	r := healthyRun()
	least, most := 0.9, 0.8
	r.Objectives = result.Objectives{CacheHitMin: &least, PoolUseMax: &most}
	r.Load.CacheHits = &result.CacheHits{Hits: 80, Misses: 20}
	r.Load.Ops[0].ServiceTargetMillis, r.Load.Ops[0].ServiceMs.P95Interval = 5, &[2]float64{4, 6}
	r.HTTP.Load.Ops[0].Errors = 5
	r.HTTP.Load.Dropped = 2
	Judge(r, Accept{})
	names := func(all []result.Objective) map[string]result.Status {
		m := map[string]result.Status{}
		for _, o := range all {
			if o.Why == "" {
				t.Errorf("%s says nothing", o.Name)
			}
			m[o.Name] = o.Status
		}
		return m
	}
	for what, diff := range map[string]string{
		"run":     cmp.Diff(map[string]result.Status{"drops": result.Pass, "drops over HTTP": result.Fail, "cache hits": result.Fail, "pool use": result.Unknown}, names(r.Objectives.Judged)),
		"read":    cmp.Diff(map[string]result.Status{"response p95": result.Pass, "service p95": result.Unknown, "errors": result.Pass}, names(r.Load.Ops[0].Judged)),
		"request": cmp.Diff(map[string]result.Status{"response p95": result.Pass, "errors": result.Fail}, names(r.HTTP.Load.Ops[0].Judged)),
	} {
		if diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if r.Load.Ops[0].Verdict != result.Unknown || r.HTTP.Load.Ops[0].Verdict != result.Fail || len(r.Reasons) != 5 {
		t.Errorf("%s, %s, %+v", r.Load.Ops[0].Verdict, r.HTTP.Load.Ops[0].Verdict, r.Reasons)
	}
	// Judging anew tells each once.
	Judge(r, Accept{})
	if len(r.Objectives.Judged) != 4 || len(r.Load.Ops[0].Judged) != 3 {
		t.Errorf("%+v %+v", r.Objectives.Judged, r.Load.Ops[0].Judged)
	}
}

// Of a load that ended early nothing is said of speed.
func TestNoObjectiveOfALoadThatEndedEarly(t *testing.T) {
	r := healthyRun()
	r.Load.EndedEarly = "at the first row of another tenant"
	Judge(r, Accept{})
	if len(r.Objectives.Judged) != 0 || len(r.Load.Ops[0].Judged) != 0 {
		t.Errorf("%+v %+v", r.Objectives.Judged, r.Load.Ops[0].Judged)
	}
}
