package cost

import (
	"fmt"

	"github.com/engardehq/bulkhead/internal/result"
)

// Capacity says what is known of the load that the infrastructure bears. Nothing searches for the highest rate yet: a run shows one that
// was held, on the machine that it ran on.
func Capacity(file string, r *result.Run) result.CostCapacity {
	if r == nil {
		return result.CostCapacity{Status: result.NotChecked, What: "not measured. That these servers bear the load is assumed; what they cost is all that is compared here"}
	}
	m := r.Stack.Machine
	on := fmt.Sprintf("on %d cores (%s) that servers and harness share; that is not one of the servers above", m.Cores, m.CPU)
	c := result.CostCapacity{Status: result.Unknown, File: file}
	for _, op := range r.Load.Ops {
		if op.Verdict != result.Pass {
			c.What = fmt.Sprintf("not measured. Of the run, %s didn't hold its target or wasn't measured, so no rate is known to be held", op.Name)
			return c
		}
	}
	if len(r.Load.Ops) == 0 || r.Load.Completed == 0 || r.Load.Interrupted || r.Load.EndedEarly != "" {
		c.What = "not measured. The run's load didn't come to its end"
		return c
	}
	c.What = fmt.Sprintf("how far it goes is not measured. The run held %.0f executions a second, every p95 within its target, %s", r.Load.AchievedPerSecond, on)
	return c
}
