package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

func operations(p *printer, title string, l *result.Load, sc *result.Scenario) {
	header := []string{"operation", "count", "errors", "p50", "p95", "interval", "p99", "max", "sent p95", "over", "verdict"}
	target, same := oneTarget(l.Ops)
	if !same {
		header = slices.Insert(header, 6, "target")
	}
	rows := [][]string{}
	for i := range l.Ops {
		op := &l.Ops[i]
		row := slices.Repeat([]string{"-"}, len(header))
		row[0], row[len(row)-1] = op.Name, string(op.Verdict)
		if op.Verdict != result.NotChecked {
			row = opRow(op)
			if !same {
				row = slices.Insert(row, 6, ms(op.TargetMillis))
			}
		}
		rows = append(rows, row)
	}
	from := "each was due"
	if sc.Model == result.Closed {
		from = "its user asked"
	}
	p.line("")
	p.line("%s: ms from when %s (sent p95: from when it was sent); p95 and its 95 %% interval are held against %s", title, from, target)
	right := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	p.table(header, rows, right[:len(header)-2]...)
	for _, op := range l.Ops {
		for _, class := range sortedKeys(op.ErrorsByClass) {
			p.line("  %s: %s x %s", op.Name, whole(op.ErrorsByClass[class]), class)
		}
	}
}

func opRow(op *result.Op) []string {
	ci := "too few"
	if op.ResponseMs.P95Interval != nil {
		ci = fmt.Sprintf("%s to %s", ms(op.ResponseMs.P95Interval[0]), ms(op.ResponseMs.P95Interval[1]))
	}
	return []string{op.Name, whole(op.Count), whole(op.Errors), ms(op.ResponseMs.P50), ms(op.ResponseMs.P95), ci,
		ms(op.ResponseMs.P99), ms(op.ResponseMs.Max), ms(op.ServiceMs.P95), whole(op.OverTarget), string(op.Verdict)}
}

// oneTarget names the target that all operations share, if they do.
func oneTarget(ops []result.Op) (target string, same bool) {
	for _, op := range ops {
		if op.TargetMillis != ops[0].TargetMillis {
			return "their targets", false
		}
	}
	if len(ops) == 0 {
		return "their targets", true
	}
	return ms(ops[0].TargetMillis) + " ms", true
}

func generator(p *printer, l *result.Load, sc *result.Scenario) {
	time := fmt.Sprintf("for %.0f s after %.0f s of warm-up", sc.DurationSeconds, sc.WarmupSeconds)
	if sc.Model == result.Closed {
		pause := "don't pause"
		if sc.ThinkMillis > 0 {
			pause = "pause for " + ms(sc.ThinkMillis) + " ms"
		}
		p.line("Load: closed loop of %s users who %s, %s: %.1f/s achieved; %s abandoned", whole(int64(sc.Users)), pause, time, l.AchievedPerSecond, whole(l.Abandoned))
		p.line("  users wait while the system is slow, so these times leave out all who would have asked meanwhile (coordinated omission);")
		p.line("  don't compare them with times under a rate. Wait for a connection p95 %s ms, max %s ms", ms(l.PoolWait.P95), ms(l.PoolWait.Max))
	} else {
		stages := ""
		if len(l.Stages) > 0 {
			stages = fmt.Sprintf(" in %d stages", len(l.Stages))
		}
		p.line("Load: %.1f/s offered, %.1f/s achieved; %s arrivals%s %s; %s dropped, %s abandoned",
			l.OfferedPerSecond, l.AchievedPerSecond, sc.Arrivals, stages, time, whole(l.Dropped), whole(l.Abandoned))
		p.line("  schedule lag p99 %s ms, max %s ms; wait for a connection p95 %s ms, max %s ms",
			ms(l.LagP99Millis), ms(l.LagMaxMillis), ms(l.PoolWait.P95), ms(l.PoolWait.Max))
	}
	if l.EndedEarly != "" {
		p.line("  ended after %.2g of %.0f s, %s", l.MeasuredSeconds, sc.DurationSeconds, l.EndedEarly)
	}
	if c := l.CacheHits; c != nil {
		if share, ok := c.Share(); ok {
			p.line("  cache: %.1f %% of %s look-ups hit", 100*share, whole(c.Hits+c.Misses))
		}
	}
	stages(p, l.Stages)
}

func stages(p *printer, stages []result.StageLoad) {
	if len(stages) == 0 {
		return
	}
	rows := [][]string{}
	for _, s := range stages {
		rate := perSecond(s.StartsPerSecond)
		if s.EndsPerSecond != s.StartsPerSecond {
			rate = fmt.Sprintf("%s to %s", rate, perSecond(s.EndsPerSecond))
		}
		rows = append(rows, []string{fmt.Sprintf("%g", s.FromSecond), fmt.Sprintf("%g", s.Seconds), rate, whole(s.Count), whole(s.Errors), ms(s.P95), ms(s.Max),
			whole(s.OverTarget)})
	}
	p.table([]string{"from s", "for s", "rate", "count", "errors", "p95", "max", "over"}, rows, 0, 1, 2, 3, 4, 5, 6, 7)
}

// tenants tells in a line how the load fell on them.
func tenants(p *printer, l *result.Load, sc *result.Scenario) {
	t := l.Tenants
	if t == nil {
		return
	}
	var by []string
	for _, c := range l.Classes {
		by = append(by, fmt.Sprintf("%s %s ms (%s of up to %s rows)", c.Name, ms(c.P95), whole(int64(c.Tenants)), whole(c.RowsMax)))
	}
	p.line("Tenants (%s): %s served, fairness %.3f; p95 by size: %s", sc.TenantChoice, whole(int64(t.Served)), t.Fairness, strings.Join(by, ", "))
}

func perSecond(rate float64) string { return fmt.Sprintf("%.5g/s", rate) }
