package run

import (
	"cmp"
	"slices"
	"time"

	"github.com/engardehq/bulkhead/internal/load"
	"github.com/engardehq/bulkhead/internal/record"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stats"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/scenarios"
)

// outcome writes down how the load fell on time and tenants.
func (s *shape) outcome(l *result.Load, t scenarios.Traffic, r load.Report, sum record.Summary, w *world.World) {
	l.MeasuredSeconds = r.Elapsed.Seconds()
	if r.Ended {
		l.EndedEarly = "at the first row of another tenant, as fail_fast asks"
	}
	l.Stages = stagesOf(t.Stages, r.Elapsed, sum.Ops)
	l.Classes = s.sizes.classes(sum.Classes)
	l.Tenants = s.sizes.tenants(sum.Tenants, w)
}

// stagesOf adds up the windows of each stage that the load came to. A window belongs to the stage in which it begins.
func stagesOf(stages []scenarios.Stage, elapsed time.Duration, ops []record.OpSummary) []result.StageLoad {
	var out []result.StageLoad
	var start time.Duration
	for _, g := range stages {
		if start >= elapsed {
			break
		}
		s := result.StageLoad{FromSecond: start.Seconds(), Seconds: g.Length.Seconds(), StartsPerSecond: g.From, EndsPerSecond: g.To}
		var times [][]stats.Count
		var longest time.Duration
		for _, op := range ops {
			for _, w := range op.Windows {
				if w.Start >= start && w.Start < start+g.Length {
					s.Count, s.Errors, s.OverTarget = s.Count+w.Count, s.Errors+w.Errors, s.OverTarget+w.Over
					times, longest = append(times, w.Response), max(longest, w.Max)
				}
			}
		}
		if p95, ok := stats.Quantile(stats.Merge(times...), 0.95); ok {
			s.P95, s.Max = millis(min(p95, longest)), millis(longest)
		}
		out = append(out, s)
		start += g.Length
	}
	return out
}

// opClasses are in the order of classNames.
func opClasses(classes []record.Class) (out []result.OpClass) {
	for i, c := range classes {
		out = append(out, result.OpClass{Name: classNames[i], Count: c.Response.Count, P50: millis(c.Response.P50), P95: millis(c.Response.P95),
			Max: millis(c.Response.Max), OverTarget: c.Over})
	}
	return out
}

// classes leaves out those without tenants, as the middle one of two tenants.
func (s *tenantSizes) classes(classes []record.Class) (out []result.Class) {
	for i, c := range opClasses(classes) {
		in := result.Class{OpClass: c}
		for tenant, class := range s.class {
			if class != i {
				continue
			}
			if in.Tenants++; in.Tenants == 1 {
				in.RowsMin = s.rows[tenant]
			}
			in.RowsMin, in.RowsMax = min(in.RowsMin, s.rows[tenant]), max(in.RowsMax, s.rows[tenant])
		}
		if in.Tenants > 0 {
			out = append(out, in)
		}
	}
	return out
}

// worst is how many tenants the document names.
const worst = 10

// tenants tells how the load fell on them; nil where nobody got an answer.
func (s *tenantSizes) tenants(list []record.Tenant, w *world.World) *result.Tenants {
	var served []int
	out := &result.Tenants{}
	for i, t := range list {
		if t.Count > 0 {
			served = append(served, i)
		}
	}
	if len(served) == 0 {
		return nil
	}
	out.Served, out.Fairness, out.CountMin = len(served), fairness(list, served), list[served[0]].Count
	for _, i := range served {
		out.CountMin, out.CountMax = min(out.CountMin, list[i].Count), max(out.CountMax, list[i].Count)
	}
	top := func(by func(t record.Tenant) int64) (named []result.TenantLoad) {
		slices.SortFunc(served, func(a, b int) int { return cmp.Or(cmp.Compare(by(list[b]), by(list[a])), cmp.Compare(a, b)) })
		for _, i := range served[:min(worst, len(served))] {
			if t := list[i]; by(t) > 0 {
				named = append(named, result.TenantLoad{Tenant: w.Codec.TenantID(i).String(), Class: classNames[s.class[i]], Rows: s.rows[i], Count: t.Count,
					Errors: t.Errors, OverTarget: t.Over, SumMillis: millis(t.Sum), MaxMillis: millis(t.Max)})
			}
		}
		return named
	}
	out.WorstByMax = top(func(t record.Tenant) int64 { return int64(t.Max) })
	out.WorstByOver = top(func(t record.Tenant) int64 { return t.Over })
	return out
}

// fairness is Jain's index of the mean response times (R. Jain, D. Chiu, W. Hawe, "A quantitative measure of fairness", DEC-TR-301, 1984):
// 1 where all are the same, 1/n where one of n takes all the time.
func fairness(list []record.Tenant, served []int) float64 {
	var sum, squares float64
	for _, i := range served {
		mean := float64(list[i].Sum) / float64(list[i].Count)
		sum, squares = sum+mean, squares+mean*mean
	}
	if squares == 0 {
		return 1
	}
	return sum * sum / (float64(len(served)) * squares)
}
