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
		fmt.Sprintf("the load on the backend's database during the cutover and while Langflow starts on its result: requests that failed, and the longest time without one that ended "+
			"well (up to %.0f s is taken for slow answers); Langflow from its stop to its being healthy again", gapNoticedSeconds), ExitMissed)
	c := p.Cutover
	if c == nil {
		t.lacks(PaperCutover)
		return t.done("")
	}
	if c.Forth == nil || len(c.Forth.Steps) == 0 {
		t.doubt("there was no cutover")
		return t.done("")
	}
	t.see(PaperCutover, "forth.downtime")
	t.see(PaperCutover, "langflow_down")
	failed, all, gap := int64(0), int64(0), 0.0
	for _, d := range []result.Downtime{c.Forth.Downtime, c.Protect} {
		failed, all, gap = failed+d.Failed, all+d.Failed+d.Completed, max(gap, d.LongestGapSeconds)
	}
	if c.Forth.Downtime.Completed == 0 {
		t.doubt("no request ended well, so nothing is known of when they would have")
	}
	if failed > 0 {
		t.fail("%d requests failed", failed)
	}
	if gap > gapNoticedSeconds {
		t.fail("for %.1f s no request ended well", gap)
	}
	switch down := c.LangflowDown; {
	case down.Why != "":
		t.fail("Langflow didn't become healthy again: %s", down.Why)
	case c.LangflowSeconds > gapNoticedSeconds:
		t.fail("Langflow was away for %.1f s", c.LangflowSeconds)
	case !down.WasUp:
		t.doubt("Langflow was not up before, so how long it was away is not known")
	}
	return t.done("backend: %d of %d requests failed, longest gap %.2f s (%.2f s just before); Langflow away for %.1f s", failed, all, gap, c.Forth.Quiet.LongestGapSeconds, c.LangflowSeconds)
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
