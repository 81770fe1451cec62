package reports

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

const (
	reasonsShown      = 12
	pageEvidenceShown = 5
)

func pageFuncs() template.FuncMap {
	return template.FuncMap{
		"ms": ms, "target": target, "whole": func(n any) string { return whole(integer(n)) }, "percent": percent, "secs": secs, "perSecond": perSecond, "bound": bound, "ways": ways,
		"mark": statusMark, "class": func(s any) string { return strings.ReplaceAll(strings.ToLower(fmt.Sprint(s)), " ", "-") },
		"headline": func(r *result.Run) string { return runHeadlines[r.Verdict] },
		"when":     func(r *result.Run) string { return r.Started.UTC().Format(dateFormat) },
		"interval": func(d result.Distribution) string {
			if d.P95Interval == nil {
				return "too few"
			}
			return ms(d.P95Interval[0]) + " to " + ms(d.P95Interval[1])
		},
		"figure": func(f value) string {
			if f != f {
				return ""
			}
			return ms(float64(f))
		},
		"reasonsShown": func() int { return reasonsShown }, "evidenceShown": func() int { return pageEvidenceShown },
		"plan": plan, "noticed": noticed, "dots": dots, "bar": tenantBar, "errors": errorList, "mean": meanMillis, "drilled": drilledAny,
		"cached": func(c *result.CacheHits) string {
			share, ok := c.Share()
			if !ok {
				return "nothing was looked up"
			}
			return fmt.Sprintf("%s of the look-ups hit: %s, missed %s", percent(share), whole(c.Hits), whole(c.Misses))
		},
		"mib": func(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }, "attempted": attempted,
		"minus": func(a, b int) int { return a - b }, "until": func(s series, i int) int { return s.From[i] + s.Step },
		"bodies": func(p loadPart) string {
			if p.HTTP {
				return "requests"
			}
			return "executions"
		},
		"sortedChecks": sortedChecks,
	}
}

func integer(n any) int64 {
	switch n := n.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	}
	panic(fmt.Sprintf("%T is no count", n))
}

// statusMark stands before a status, so that it isn't told by colour alone.
func statusMark(s result.Status) string {
	return map[result.Status]string{result.Pass: "✓", result.Fail: "✗", result.Unknown: "?"}[s]
}

// plan tells in words what the load was to be.
func plan(p loadPart) string {
	sc, l := p.Scenario, p.Load
	time := fmt.Sprintf("for %.0f s after %.0f s of warm-up", sc.DurationSeconds, sc.WarmupSeconds)
	if sc.Model == result.Closed {
		return fmt.Sprintf("closed loop of %s users, %s; users wait while the system is slow, so these times leave out all who would have asked meanwhile (coordinated omission)",
			whole(int64(sc.Users)), time)
	}
	rate := perSecond(sc.RatePerSecond)
	if len(l.Stages) > 0 {
		rate = fmt.Sprintf("%d stages", len(l.Stages))
	}
	return fmt.Sprintf("%s, %s arrivals, %s", rate, sc.Arrivals, time)
}

// dots are the mutants of a way, those that the drill noticed first; a way with very many has a dot for several.
func dots(c result.Coverage) []bool {
	const most = 30
	n, killed := c.Mutants, c.Killed
	if n > most {
		n, killed = most, killed*most/n
	}
	all := make([]bool, max(0, n))
	for i := range all {
		all[i] = i < killed
	}
	return all
}

func drilledAny(all []result.Coverage) bool {
	return slices.ContainsFunc(all, func(c result.Coverage) bool { return c.Drilled })
}

func errorList(op result.Op) string {
	var parts []string
	for _, class := range sortedKeys(op.ErrorsByClass) {
		parts = append(parts, whole(op.ErrorsByClass[class])+" x "+class)
	}
	return strings.Join(parts, ", ")
}

func meanMillis(t result.TenantLoad) string {
	if t.Count == 0 {
		return ""
	}
	return ms(t.SumMillis / float64(t.Count))
}

// sortedChecks has what didn't pass first.
func sortedChecks(all []result.Check) []result.Check {
	grave := []result.Status{result.Fail, result.Unknown, result.NotChecked, result.Pass}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b result.Check) int { return slices.Index(grave, a.Status) - slices.Index(grave, b.Status) })
	return sorted
}
