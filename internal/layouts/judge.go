package layouts

import (
	"slices"

	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/verdict"
)

// judge gives the verdict of the layout that is to run. Where none of its cells was tried, that of those that were.
func judge(doc *result.Layouts) {
	cells := slices.DeleteFunc(slices.Clone(doc.Cells), func(c result.Cell) bool { return c.Layout != string(migrate.Hardened) })
	if len(cells) == 0 {
		cells = doc.Cells
	}
	doc.Reasons = nil
	because := verdict.AdderTo(&doc.Reasons)
	for _, c := range cells {
		for _, s := range c.Steps {
			where := c.Name + ", " + s.Name
			switch {
			case s.Outcome == result.StepFailed && leaks(s):
				because(result.Fail, verdict.ExitFinding, "%s: %s", where, s.Why)
			case s.Outcome == result.StepFailed:
				because(result.Fail, verdict.ExitMissed, "%s: %s", where, s.Why)
			case s.Outcome == result.StepNotKnown, s.Outcome == result.StepNotTried:
				because(result.Unknown, verdict.ExitUnknown, "%s: %s", where, s.Why)
			}
		}
	}
	if len(cells) == 0 {
		because(result.Unknown, verdict.ExitUnknown, "no cell was tried")
	}
	doc.Verdict, doc.ExitCode = verdict.Worst(doc.Reasons)
}

// leaks tells whether a tenant could get at another's rows after a step, or while it went on.
func leaks(s result.Step) bool {
	return s.Attack != nil && s.Attack.Leaks+s.Attack.Weaknesses > 0 || s.Exposed != nil && len(s.Exposed.Tables) > 0
}
