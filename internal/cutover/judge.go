package cutover

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stats"
	"github.com/engardehq/bulkhead/internal/verdict"
)

const confidence = 0.95

// judge gives the verdict. What was not measured passes nothing.
func judge(doc *result.Cutover) {
	doc.Reasons = []result.Reason{}
	add := verdict.AdderTo(&doc.Reasons)
	for _, f := range doc.Findings {
		if f.Severity != result.Note {
			add(result.Fail, verdict.ExitFinding, "%s %s: %s (%s)", f.Channel, f.Severity, f.What, f.Where)
		}
	}
	judgeMove(doc, "cutover", doc.Forth, add)
	judgeMove(doc, "rollback", doc.Back, add)
	judgeWatch("the script", doc.Forth.Watched, add)
	judgeWatch("Langflow's start", doc.ProtectWatched, add)
	down := doc.LangflowDown
	for _, failed := range []struct{ what, why string }{
		{"Langflow did not become healthy after the cutover", down.Why}, {"Langflow did not become healthy after the rollback", down.Afterwards},
		{"EnGarde's migrations don't go on after the cutover", doc.Migrations}} {
		if failed.why != "" {
			add(result.Fail, verdict.ExitMissed, "%s: %s", failed.what, failed.why)
		}
	}
	if d := doc.Protect; d.Failed > 0 || d.LongestGapSeconds > doc.Objectives.GapSecondsMax {
		add(result.Fail, verdict.ExitMissed, "Langflow's start: %s", noticed(d, doc.Objectives.GapSecondsMax))
	}
	if doc.Back != nil && doc.Back.Seconds > doc.Objectives.BackSecondsMax {
		add(result.Fail, verdict.ExitMissed, "the rollback took %.1f s, and %.0f s are allowed", doc.Back.Seconds, doc.Objectives.BackSecondsMax)
	}
	judgeLoad(doc, add)
	for _, what := range doc.Unknown {
		add(result.Unknown, verdict.ExitUnknown, "%s", what)
	}
	doc.Verdict, doc.ExitCode = verdict.Worst(doc.Reasons)
}

func judgeMove(doc *result.Cutover, name string, m *result.Move, add verdict.Adder) {
	if m == nil {
		return
	}
	if m.RowsLost > 0 {
		add(result.Fail, verdict.ExitMissed, "%s: %d rows lost", name, m.RowsLost)
	}
	if len(m.Differences) > 0 {
		code := verdict.ExitMissed
		if m.Exposed {
			code = verdict.ExitFinding
		}
		add(result.Fail, code, "%s: %d things are not as they should be: %s", name, len(m.Differences), some(m.Differences))
	}
	if len(m.BrokenKeys) > 0 {
		add(result.Fail, verdict.ExitMissed, "%s: foreign keys with rows that lead nowhere: %s", name, some(m.BrokenKeys))
	}
	if d := m.Downtime; d.Failed > 0 || d.LongestGapSeconds > doc.Objectives.GapSecondsMax {
		add(result.Fail, verdict.ExitMissed, "%s: %s", name, noticed(d, doc.Objectives.GapSecondsMax))
	}
	if m.RowsCompared == 0 {
		add(result.Unknown, verdict.ExitUnknown, "%s: no row was compared", name)
	}
	if m.Downtime.Completed == 0 {
		add(result.Unknown, verdict.ExitUnknown, "%s: no transaction of the load came back meanwhile", name)
	}
}

// judgeWatch judges what could be read of tables that had been moved.
func judgeWatch(meanwhile string, seen *result.Exposure, add verdict.Adder) {
	switch {
	case seen == nil || seen.Looks == 0:
		add(result.Unknown, verdict.ExitUnknown, "nobody tried to read tables that were moved, while %s went on", meanwhile)
	case len(seen.Tables) > 0:
		add(result.Fail, verdict.ExitFinding, "while %s went on, %s could read without a tenant: %s", meanwhile, backendRole, some(seen.Tables))
	}
}

func noticed(d result.Downtime, most float64) string {
	return fmt.Sprintf("%d of the load's transactions failed, and the longest time without one that ended well was %.2f s (%.1f s are allowed)", d.Failed, d.LongestGapSeconds, most)
}

func judgeLoad(doc *result.Cutover, add verdict.Adder) {
	l, i := doc.Load, doc.Isolation
	i.UpperBound = stats.UpperBound(0, i.Reaching, confidence)
	i.Verdict = result.Pass
	if i.Foreign+i.Planted+i.Missing > 0 {
		i.Verdict = result.Fail // the findings say it
	}
	if l.Lost > 0 {
		add(result.Fail, verdict.ExitMissed, "%d acknowledged writes are lost", l.Lost)
	}
	if l.NotSettled != "" {
		add(result.Unknown, verdict.ExitUnknown, "whether acknowledged writes are there could not be looked up: %s", l.NotSettled)
	}
	if l.Acknowledged == 0 {
		add(result.Unknown, verdict.ExitUnknown, "the load wrote nothing, so nothing could be lost")
	}
	if l.Dropped > 0 {
		add(result.Fail, verdict.ExitMissed, "%d transactions of the load were dropped or never came back", l.Dropped)
	}
	if i.Damaged > 0 {
		i.Verdict = result.Unknown
		add(result.Unknown, verdict.ExitUnknown, "%d rows were neither as seeded nor as written", i.Damaged)
	}
	if i.RowsChecked == 0 {
		i.Verdict = result.Unknown
		add(result.Unknown, verdict.ExitUnknown, "the load read no row")
	}
}

// some names the first few of a list.
func some(items []string) string {
	const few, longest = 3, 200
	shown := make([]string, 0, few)
	for _, item := range items[:min(few, len(items))] {
		if len(item) > longest {
			item = item[:longest] + "..."
		}
		shown = append(shown, item)
	}
	if more := len(items) - len(shown); more > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(shown, "; "), more)
	}
	return strings.Join(shown, "; ")
}
