package verdict

import (
	"fmt"

	"github.com/engardehq/bulkhead/internal/result"
)

// The design's measures of operation. A gap of less than a second can't be told from slow answers.
const (
	rollbackBelowSeconds = 300.0
	gapNoticedSeconds    = 1.0
)

func (p Papers) operation() []result.Metric {
	return []result.Metric{p.downtime(), p.rollback(), training()}
}

// downtime is what users of the cutover saw. The design says 0 minutes: no failed request, and no moment in which nobody was served.
func (p Papers) downtime() result.Metric {
	t := p.metric(operational, "downtime", "Downtime", "0 minutes",
		fmt.Sprintf("the load that went on during the cutover: requests that failed, and the longest time without one that ended well (up to %.0f s is no downtime); Langflow from its stop to its being healthy again", gapNoticedSeconds),
		ExitMissed)
	c := p.Cutover
	if c == nil {
		t.lacks(PaperCutover)
		return t.done("")
	}
	if c.Forth == nil || len(c.Forth.Steps) == 0 {
		t.doubt("there was no cutover")
		return t.done("")
	}
	d := c.Forth.Downtime
	t.see(PaperCutover, "forth.downtime")
	t.see(PaperCutover, "langflow_seconds")
	if d.Completed == 0 {
		t.doubt("no request ended well, so nothing is known of when they would have")
	}
	if d.Failed > 0 {
		t.fail("%d requests failed", d.Failed)
	}
	if d.LongestGapSeconds > gapNoticedSeconds {
		t.fail("for %.1f s no request ended well", d.LongestGapSeconds)
	}
	if c.LangflowSeconds > gapNoticedSeconds {
		t.fail("Langflow was away for %.1f s", c.LangflowSeconds)
	}
	return t.done("%d of %d requests failed; longest gap %.2f s; Langflow away for %.1f s", d.Failed, d.Failed+d.Completed, d.LongestGapSeconds, c.LangflowSeconds)
}

// rollback is the way back, timed, with nothing lost on it.
func (p Papers) rollback() result.Metric {
	t := p.metric(operational, "rollback", "Rollback readiness", fmt.Sprintf("< %.0f min", rollbackBelowSeconds/60), "the way back from the cutover, timed from its first statement to its last, checksums compared", ExitMissed)
	c := p.Cutover
	if c == nil {
		t.lacks(PaperCutover)
		return t.done("")
	}
	if c.Back == nil || len(c.Back.Steps) == 0 {
		t.doubt("there was no rollback")
		return t.done("")
	}
	t.see(PaperCutover, "back")
	if c.Back.Seconds >= rollbackBelowSeconds {
		t.fail("it took %.1f s", c.Back.Seconds)
	}
	if c.Back.RowsLost > 0 || len(c.Back.Differences) > 0 {
		t.fail("it didn't lead back: %d rows lost; %s", c.Back.RowsLost, differences(c.Back.Differences))
	}
	return t.done("%.1f s with %d rows, %.0f MiB", c.Back.Seconds, c.Rows, float64(c.Bytes)/(1<<20))
}

// training can't be measured.
func training() result.Metric {
	return result.Metric{ID: "team_training", Group: operational, Name: "Team training", Wanted: "complete", Measured: "to be signed", How: "no machine can tell",
		Status: result.NotChecked, Why: "a named person has to sign for it", Evidence: []result.Exhibit{},
		Sign: &result.Signature{Statement: "Everyone who will operate this system has been trained for it."}}
}
