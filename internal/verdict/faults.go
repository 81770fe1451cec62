package verdict

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// judgeFaults: a scenario that says what it breaks must have broken it, or its answer is to another question.
func judgeFaults(faults []result.Disturbance, l *result.Load, add Adder) {
	for _, f := range faults {
		if !f.Done && !l.Interrupted && l.EndedEarly == "" {
			add(result.Unknown, ExitUnknown, "%s, due at %s s, was not brought about as asked: %s", f.Fault, seconds(f.AtSeconds), f.Error)
		}
	}
}

// judgeLedger: what was written is known only where it was looked up. Lost writes are findings.
func judgeLedger(r *result.Run, add Adder) {
	if l := r.Isolation.Ledger; l != nil && l.NotSettled != "" {
		add(result.Unknown, ExitUnknown, "whether %d acknowledged writes are there is not known: %s", l.Acknowledged, l.NotSettled)
	}
}

// nameFaults tells with each reason that comes of the load what of it fell into a fault. It changes no status: the scenario's
// objectives hold with its faults. mine tells the reasons of the load in which the faults were.
func nameFaults(reasons []result.Reason, faults []result.Disturbance, ops []result.Op, mine func(reason string) bool) {
	for i := range reasons {
		reason := &reasons[i]
		if reason.ExitCode == ExitFinding || !mine(reason.What) {
			continue
		}
		for _, f := range faults {
			if !f.Done || strings.HasPrefix(reason.What, f.Fault) {
				continue
			}
			if told := during(ops, reason.What, f); told != "" {
				reason.What += "; " + told
			}
		}
	}
}

// during words what an operation, or all of them, met while a fault lasted, by the windows in which its executions were due.
func during(ops []result.Op, reason string, f result.Disturbance) string {
	var errors, allErrors int64
	slowest, due, last, mine := 0.0, int64(0), 0, false
	for i := range ops {
		op := &ops[i]
		if !strings.HasPrefix(reason, op.Name+":") {
			continue
		}
		mine = true
		allErrors += op.Errors
		for _, w := range op.Windows {
			if w.Errors > 0 {
				last = max(last, w.Second)
			}
			if within(w.Second, f) {
				errors += w.Errors
				due += w.Count + w.Errors
				slowest = max(slowest, w.Max)
			}
		}
	}
	when := fmt.Sprintf("%s %s s..%s s", f.Fault, seconds(f.StartedSeconds), seconds(f.BackSeconds))
	if !mine {
		return "with " + when + " in the load"
	}
	text := fmt.Sprintf("during %s: %d executions due, none answered", when, due)
	if slowest > 0 {
		text = fmt.Sprintf("during %s: %d executions due, the slowest answer after %s ms", when, due, millis(slowest))
	}
	if allErrors > 0 {
		text += fmt.Sprintf(", %d of %d errors, the last of all in second %d", errors, allErrors, last)
	}
	return text
}

// within tells whether a window of a second meets a fault, from its beginning until all was there again.
func within(second int, f result.Disturbance) bool {
	return float64(second+1) > f.StartedSeconds && float64(second) <= f.BackSeconds
}

func seconds(s float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", s), ".0") }
