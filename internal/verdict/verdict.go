// Package verdict turns what a run measured and found into pass, fail or unknown, with its reasons. It is pure. Nothing passes for want
// of evidence: what was not measured, and what the measurement can't decide, is unknown.
package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// The exit codes of a judged run, gravest first: 1 beats 3 beats 4.
const (
	ExitPass    = 0
	ExitFinding = 1
	ExitMissed  = 3
	ExitUnknown = 4
)

// Bounds within which the generator's own behaviour leaves a measurement valid.
const (
	achievedMin = 0.99 // of the offered rate
	lagP99Max   = 5.0  // milliseconds
)

// Accept is what the scenario wanted left out: it is not held against the run.
type Accept struct{ Without []string }

// Judge sets the verdicts of the operations, of the isolation and of the run, with exit code and reasons. Operations that were left out
// come with the status NotChecked and their reason set.
func Judge(r *result.Run, accept Accept) {
	r.Reasons, r.Objectives.Judged = nil, nil
	add := AdderTo(&r.Reasons)
	judgeFindings(r.Findings, add)
	judgeIsolation(&r.Isolation, r.Reasons, add)
	judgeLedger(r, add)
	judgeFaults(r.Faults, &r.Load, add)
	judgeGenerator(&r.Load, &r.Scenario, r.Objectives.DropsMax, add)
	for i := range r.Load.Ops {
		judgeOp(&r.Load.Ops[i], r.Load.EndedEarly != "", accept, add)
	}
	judgeRun(r, add)
	judgeHTTP(r, accept, add)
	for _, s := range r.Stack.Services {
		if !s.Started && !slices.Contains(accept.Without, s.Name) {
			add(result.Unknown, ExitUnknown, "%s was left out, so what depends on it was not checked", s.Name)
		}
	}
	if len(r.Checks) > 0 { // none where nothing came back: that is told already
		judgeChecks(r.Checks, accept, add)
	}
	nameFaults(r.Reasons, r.Faults, r.Load.Ops, func(reason string) bool { return !ofHTTP(r.HTTP, reason) })
	if r.HTTP != nil {
		nameFaults(r.Reasons, r.HTTP.Faults, r.HTTP.Load.Ops, func(reason string) bool { return ofHTTP(r.HTTP, reason) })
	}
	r.Verdict, r.ExitCode = Worst(r.Reasons)
}

// Adder adds a reason to a document.
type Adder func(s result.Status, code int, format string, args ...any)

// AdderTo adds to a document's reasons.
func AdderTo(reasons *[]result.Reason) Adder {
	return func(s result.Status, code int, format string, args ...any) {
		*reasons = append(*reasons, result.Reason{Status: s, ExitCode: code, What: fmt.Sprintf(format, args...)})
	}
}

// Worst puts the gravest reasons first and gives what they come to.
func Worst(reasons []result.Reason) (result.Status, int) {
	slices.SortStableFunc(reasons, func(a, b result.Reason) int { return gravity(a.ExitCode) - gravity(b.ExitCode) })
	if len(reasons) == 0 {
		return result.Pass, ExitPass
	}
	return reasons[0].Status, reasons[0].ExitCode
}

func gravity(code int) int { return slices.Index([]int{ExitFinding, ExitMissed, ExitUnknown}, code) }

func judgeFindings(findings []result.Finding, add Adder) {
	for _, f := range findings {
		if counts(f) {
			add(result.Fail, ExitFinding, "%s", FindingReason(f))
		}
	}
}

// judgeHTTP holds the load over HTTP against the same measures.
func judgeHTTP(r *result.Run, accept Accept, add Adder) {
	h := r.HTTP
	if h == nil {
		return
	}
	if !slices.ContainsFunc(h.Load.Ops, func(op result.Op) bool { return op.Verdict != result.NotChecked }) {
		for i := range h.Load.Ops { // a missing service rules them all out
			judgeOp(&h.Load.Ops[i], false, accept, add)
		}
		h.Isolation.Verdict = result.NotChecked
		return
	}
	over := func(s result.Status, code int, format string, args ...any) { add(s, code, overHTTP+format, args...) }
	judgeGenerator(&h.Load, &h.Scenario, r.Objectives.DropsMax, over)
	for i := range h.Load.Ops {
		judgeOp(&h.Load.Ops[i], h.Load.EndedEarly != "", accept, add)
	}
	judgeFaults(h.Faults, &h.Load, over)
	judgeIsolation(&h.Isolation, r.Reasons, over)
}

// overHTTP begins the reasons that concern the load over HTTP as a whole; others begin with the name of an operation.
const overHTTP = "over HTTP: "

func ofHTTP(h *result.HTTP, reason string) bool {
	return h != nil && (strings.HasPrefix(reason, overHTTP) ||
		slices.ContainsFunc(h.Load.Ops, func(op result.Op) bool { return strings.HasPrefix(reason, op.Name+":") }))
}

func judgeIsolation(iso *result.Isolation, reasons []result.Reason, add Adder) {
	iso.Verdict = result.Pass
	unknown := func(format string, args ...any) {
		iso.Verdict = result.Unknown
		add(result.Unknown, ExitUnknown, format, args...)
	}
	switch {
	case iso.RowsChecked == 0:
		unknown("no row came back, so nothing is known of isolation")
	case iso.Reaching == 0:
		unknown("no execution could have returned another tenant's rows, so nothing is known of isolation")
	}
	if iso.Damaged > 0 {
		unknown("%d rows or canaries were neither what was seeded nor what was written", iso.Damaged)
	}
	if a := iso.Audit; a != nil && a.NotCounted != "" {
		unknown("the entries of the audit trail could not be counted: %s", a.NotCounted)
	}
	if iso.Foreign > 0 || iso.Missing > 0 || iso.Planted > 0 {
		iso.Verdict = result.Fail
	}
	// The counts decide even if no finding tells of them.
	if !slices.ContainsFunc(reasons, func(x result.Reason) bool { return x.ExitCode == ExitFinding }) {
		if iso.Foreign > 0 {
			add(result.Fail, ExitFinding, "%d rows of other tenants came back", iso.Foreign)
		} else if iso.Planted > 0 {
			add(result.Fail, ExitFinding, "%d writes into other tenants' rows were accepted", iso.Planted)
		} else if iso.Missing > 0 {
			add(result.Fail, ExitFinding, "%d times an own row that had to be there was missing", iso.Missing)
		}
	}
}

func judgeGenerator(l *result.Load, sc *result.Scenario, dropsMax int64, add Adder) {
	if l.EndedEarly != "" {
		after := "in warm-up"
		if l.MeasuredSeconds > 0 {
			after = fmt.Sprintf("after %.2g of %.0f s", l.MeasuredSeconds, sc.DurationSeconds)
		}
		add(result.Unknown, ExitUnknown, "the load was ended %s, %s: nothing is said of speed", after, l.EndedEarly)
		return
	}
	switch {
	case l.Interrupted:
		add(result.Unknown, ExitUnknown, "the load was interrupted")
		return
	case l.Completed == 0:
		add(result.Unknown, ExitUnknown, "nothing was completed")
	}
	for _, why := range invalid(l, sc) {
		add(result.Unknown, ExitUnknown, "invalid: %s", why)
	}
	if _, why := drops(l, dropsMax); why != "" {
		add(result.Fail, ExitMissed, "%s", why)
	}
}

// invalid tells why a load says nothing of speed: the generator itself fell behind.
func invalid(l *result.Load, sc *result.Scenario) (why []string) {
	if sc.Model == result.Closed {
		return nil // a closed loop has no schedule to be late for: it offers what is achieved
	}
	if l.Completed > 0 && l.LagP99Millis > lagP99Max {
		why = append(why, fmt.Sprintf("the generator itself was late (lag p99 %.1f ms, at most %.0f ms is valid): the machine is too busy to measure on", l.LagP99Millis, lagP99Max))
	}
	if l.AchievedPerSecond < achievedMin*l.OfferedPerSecond {
		why = append(why, fmt.Sprintf("%.1f of %.1f executions a second were achieved, less than %.0f %%", l.AchievedPerSecond, l.OfferedPerSecond, achievedMin*100))
	}
	return why
}

func allowed(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d are allowed", n)
}

func judgeOp(op *result.Op, endedEarly bool, accept Accept, add Adder) {
	if op.Verdict == result.NotChecked {
		if !slices.Contains(accept.Without, op.Lacks) {
			add(result.Unknown, ExitUnknown, "%s was not checked: %s", op.Name, op.Why)
		}
		return
	}
	if endedEarly {
		op.Verdict, op.Why = result.Unknown, "the load was ended early"
		return
	}
	op.Judged = opObjectives(op)
	op.Verdict, op.Why = op.Judged[0].Status, op.Judged[0].Why
	for _, o := range op.Judged {
		switch o.Status {
		case result.Fail:
			add(result.Fail, ExitMissed, "%s: %s", op.Name, o.Why)
		case result.Unknown:
			add(result.Unknown, ExitUnknown, "%s: %s", op.Name, o.Why)
		}
		if worse(o.Status, op.Verdict) {
			op.Verdict, op.Why = o.Status, o.Why
		}
	}
}

func worse(a, b result.Status) bool {
	order := []result.Status{result.Pass, result.Unknown, result.Fail}
	return slices.Index(order, a) > slices.Index(order, b)
}

func interval(ci *[2]float64) string { return fmt.Sprintf("%s to %s ms", millis(ci[0]), millis(ci[1])) }

func millis(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.2g", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func topClass(by map[string]int64) string {
	top := "unknown"
	for class, n := range by {
		if n > by[top] || n == by[top] && class < top {
			top = class
		}
	}
	return top
}
