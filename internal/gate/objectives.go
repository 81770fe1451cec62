package gate

import (
	"slices"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/verdict"
	"github.com/engardehq/bulkhead/scenarios"
)

// objectives are the reasons that a run's loads would have if the gate's objectives were its scenario's. They are judged as the
// scenario's are, on a copy that has nothing else to be judged.
func objectives(o scenarios.Objectives, r *result.Run) []result.Reason {
	copied := &result.Run{Scenario: r.Scenario, Stack: result.Stack{Pool: r.Stack.Pool}, Isolation: clean, Objectives: r.Objectives, Faults: r.Faults}
	named := map[string]bool{}
	copied.Load = limited(r.Load, o, o.For, named)
	if r.HTTP != nil {
		// What is given for all operations is for queries; a request is more than one, so it has its own or none.
		own := func(op string) scenarios.Objective {
			limit := o.Ops[op]
			if limit.Errors == nil {
				limit.Errors = &o.Errors
			}
			return limit
		}
		copied.HTTP = &result.HTTP{Scenario: r.HTTP.Scenario, Isolation: clean, Faults: r.HTTP.Faults, Load: limited(r.HTTP.Load, o, own, named)}
		if len(copied.HTTP.Load.Ops) == 0 {
			copied.HTTP = nil
		}
	}
	if o.Drops != scenarios.NotSet {
		copied.Objectives.DropsMax = min(copied.Objectives.DropsMax, o.Drops)
	}
	if o.CacheHit != nil {
		copied.Objectives.CacheHitMin = o.CacheHit
	}
	if o.PoolUse != nil {
		copied.Objectives.PoolUseMax = o.PoolUse
	}
	verdict.Judge(copied, verdict.Accept{})
	reasons := copied.Reasons
	for _, op := range names(o.Ops) {
		if !named[op] {
			reasons = append(reasons, result.Reason{Status: result.Unknown, ExitCode: verdict.ExitUnknown, What: op + ": the gate has an objective for it, and the run didn't measure it"})
		}
	}
	return reasons
}

// clean is an isolation that gives no reason: the run's own are told already.
var clean = result.Isolation{RowsChecked: 1, Reaching: 1}

// limited is a load with the gate's limits in place of the scenario's, where it has some. What wasn't checked is left out. named gets the
// operations that there are.
func limited(l result.Load, o scenarios.Objectives, of func(op string) scenarios.Objective, named map[string]bool) result.Load {
	l.Ops = slices.DeleteFunc(slices.Clone(l.Ops), func(op result.Op) bool { return op.Verdict == result.NotChecked })
	for i := range l.Ops {
		op := &l.Ops[i]
		named[op.Name] = true
		limit := of(op.Name)
		if limit.ResponseP95 > 0 {
			op.TargetMillis = millis(limit.ResponseP95)
		}
		if limit.ServiceP95 > 0 {
			op.ServiceTargetMillis = millis(limit.ServiceP95)
		}
		if limit.Errors != nil && *limit.Errors >= 0 {
			op.ErrorShareMax = *limit.Errors
		}
	}
	return l
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func names(ops map[string]scenarios.Objective) (all []string) {
	for op := range ops {
		all = append(all, op)
	}
	slices.Sort(all)
	return all
}
