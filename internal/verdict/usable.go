package verdict

import (
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Unusable tells why a load says nothing of speed, by the bounds that Judge has; "" where it does.
func Unusable(l *result.Load, sc *result.Scenario) string {
	switch {
	case l.EndedEarly != "":
		return "the load was ended early, " + l.EndedEarly
	case l.Interrupted:
		return "the load was interrupted"
	case l.Completed == 0:
		return "nothing was completed"
	}
	return strings.Join(invalid(l, sc), "; ")
}

// Latency holds the interval of a 95th percentile against a target, as Judge does. what names the percentile.
func Latency(what string, count int64, ci *[2]float64, target float64) (result.Status, string) {
	return latency(what, count, ci, target)
}

// FindingReason is the reason that a finding gives a verdict, word for word; "" where it gives none.
func FindingReason(f result.Finding) string {
	if !counts(f) {
		return ""
	}
	return string(f.Severity) + ": " + f.What
}

// Inconclusive tells of a reason that it only says that an interval lies around its target, so that another run may decide.
func Inconclusive(r result.Reason) bool {
	return r.ExitCode == ExitUnknown && strings.Contains(r.What, ": inconclusive: ")
}
