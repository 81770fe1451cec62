package gate

import (
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/compare"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/verdict"
)

const againstBaseline = "against the baseline: "

// Again tells whether one more run may decide what these couldn't: where intervals lie around their targets, and where the baseline can't
// be judged by so few runs whatever they show. A failure is never repeated, nor what another run would leave unknown as well. Once the
// comparison could have raised an alarm it is final: looking again and again until it does would raise false ones.
func Again(doc *result.Gate) bool {
	if doc.ExitCode != verdict.ExitUnknown {
		return false
	}
	return !slices.ContainsFunc(doc.Reasons, func(r result.Reason) bool {
		if strings.HasPrefix(r.What, againstBaseline) {
			return doc.Comparison.Rule.SmallestAdj <= doc.Comparison.Rule.Alpha
		}
		return !verdict.Inconclusive(r)
	})
}

// settle takes from runs that repeat one another what was inconclusive in one and held in a later one. What failed in a later one is
// among that one's reasons.
func settle(doc *result.Gate, runs []compare.Run, reasons [][]result.Reason) {
	for i := range reasons {
		reasons[i] = slices.DeleteFunc(reasons[i], func(r result.Reason) bool {
			op, _, _ := strings.Cut(r.What, ":")
			if !verdict.Inconclusive(r) {
				return false
			}
			for j := i + 1; j < len(runs); j++ {
				troubled := slices.ContainsFunc(reasons[j], func(later result.Reason) bool { return strings.HasPrefix(later.What, op+":") })
				if !troubled && usable(runs[j].Doc, op) {
					doc.Settled = append(doc.Settled, result.Statement{What: r.What, Reason: "it held in " + runs[j].File})
					return true
				}
			}
			return false
		})
	}
}

// usable tells whether a run says anything of an operation's speed.
func usable(r *result.Run, op string) bool {
	has := func(l *result.Load, sc *result.Scenario) bool {
		return verdict.Unusable(l, sc) == "" && slices.ContainsFunc(l.Ops, func(x result.Op) bool { return x.Name == op && x.Count > 0 && x.Verdict != result.NotChecked })
	}
	return has(&r.Load, &r.Scenario) || r.HTTP != nil && has(&r.HTTP.Load, &r.HTTP.Scenario)
}
