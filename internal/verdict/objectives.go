package verdict

import (
	"fmt"

	"github.com/engardehq/bulkhead/internal/result"
)

// The names of objectives, as documents have them.
const (
	objectiveResponse = "response p95"
	objectiveService  = "service p95"
	objectiveErrors   = "errors"
	objectiveDrops    = "drops"
	objectiveDropsWeb = "drops over HTTP"
	objectiveCache    = "cache hits"
	objectivePool     = "pool use"
)

// opObjectives holds an operation against its own objectives: the first is of its response times.
func opObjectives(op *result.Op) []result.Objective {
	status, why := latency("p95", op.Count, op.ResponseMs.P95Interval, op.TargetMillis)
	all := []result.Objective{{Name: objectiveResponse, Status: status, Why: why}}
	if op.ServiceTargetMillis > 0 && op.Count > 0 {
		status, why = latency("sent p95", op.Count, op.ServiceMs.P95Interval, op.ServiceTargetMillis)
		all = append(all, result.Objective{Name: objectiveService, Status: status, Why: why})
	}
	if tried := op.Count + op.Errors; tried > 0 { // that nothing was tried stands in the first
		o := result.Objective{Name: objectiveErrors, Status: result.Pass,
			Why: fmt.Sprintf("%d of %d executions failed, at most %.4g %% may", op.Errors, tried, 100*op.ErrorShareMax)}
		if op.Errors > 0 && float64(op.Errors) > op.ErrorShareMax*float64(tried) {
			o.Status = result.Fail
			o.Why = fmt.Sprintf("%d of %d executions failed (%s), at most %.4g %% may", op.Errors, tried, topClass(op.ErrorsByClass), 100*op.ErrorShareMax)
		}
		all = append(all, o)
	}
	return all
}

// judgeRun holds the run as a whole against what the scenario asks of it. What was dropped is told with the generator.
func judgeRun(r *result.Run, add Adder) {
	judged := func(name string, s result.Status, why string) {
		r.Objectives.Judged = append(r.Objectives.Judged, result.Objective{Name: name, Status: s, Why: why})
	}
	told := func(name string, s result.Status, why string) {
		judged(name, s, why)
		switch s {
		case result.Fail:
			add(s, ExitMissed, "%s", why)
		case result.Unknown:
			add(s, ExitUnknown, "%s", why)
		}
	}
	if r.Load.EndedEarly != "" {
		return
	}
	if !r.Load.Interrupted {
		judgedDrops(judged, objectiveDrops, &r.Load, r.Objectives.DropsMax)
	}
	if h := r.HTTP; h != nil && h.Load.Offered > 0 && h.Load.EndedEarly == "" && !h.Load.Interrupted {
		judgedDrops(judged, objectiveDropsWeb, &h.Load, r.Objectives.DropsMax)
	}
	if least := r.Objectives.CacheHitMin; least != nil {
		s, why := cacheHits(r.Load.CacheHits, *least)
		told(objectiveCache, s, why)
	}
	if most := r.Objectives.PoolUseMax; most != nil {
		s, why := poolUse(r.Stack.Pool, *most)
		told(objectivePool, s, why)
	}
}

func judgedDrops(judged func(string, result.Status, string), name string, l *result.Load, most int64) {
	if l.Completed == 0 {
		judged(name, result.Unknown, "nothing was completed")
		return
	}
	if s, why := drops(l, most); s == result.Fail {
		judged(name, s, why)
		return
	}
	judged(name, result.Pass, fmt.Sprintf("%d of %d executions were dropped or never came back%s", l.Dropped+l.Abandoned, l.Offered, allowed(most)))
}

// drops tells whether more was lost than may be; why is "" where not.
func drops(l *result.Load, most int64) (s result.Status, why string) {
	if lost := l.Dropped + l.Abandoned; lost > most {
		return result.Fail, fmt.Sprintf("%d of %d executions were dropped or never came back%s", lost, l.Offered, allowed(most))
	}
	return result.Pass, ""
}

func cacheHits(hits *result.CacheHits, least float64) (result.Status, string) {
	share, ok := hits.Share()
	wanted := fmt.Sprintf("at least %.4g %% are wanted", 100*least)
	switch {
	case !ok:
		return result.Unknown, "cache hits were not measured: no operation of the mix looked anything up in the cache"
	case share < least:
		return result.Fail, fmt.Sprintf("%.1f %% of the look-ups hit the cache, %s", 100*share, wanted)
	}
	return result.Pass, fmt.Sprintf("%.1f %% of the look-ups hit the cache, %s", 100*share, wanted)
}

func poolUse(pool *result.Pool, most float64) (result.Status, string) {
	switch {
	case pool == nil:
		return result.Unknown, "the use of the pooler's connections was not measured"
	case pool.UsePeak > most:
		return result.Fail, fmt.Sprintf("up to %.1f %% of the pooler's connections were in use at a time, at most %.4g %% are wanted", 100*pool.UsePeak, 100*most)
	}
	return result.Pass, fmt.Sprintf("up to %.1f %% of the pooler's connections were in use at a time, at most %.4g %% are wanted", 100*pool.UsePeak, 100*most)
}

// latency holds the interval of a 95th percentile against its target.
func latency(what string, count int64, ci *[2]float64, target float64) (result.Status, string) {
	switch {
	case count == 0:
		return result.Unknown, "no sample"
	case ci == nil:
		return result.Unknown, fmt.Sprintf("%d samples are too few for an interval of p95", count)
	case ci[1] <= target:
		return result.Pass, fmt.Sprintf("%s %s is within %s ms", what, interval(ci), millis(target))
	case ci[0] > target:
		return result.Fail, fmt.Sprintf("%s %s is over %s ms", what, interval(ci), millis(target))
	default:
		return result.Unknown, fmt.Sprintf("inconclusive: %s lies in %s, around %s ms; a longer run narrows it", what, interval(ci), millis(target))
	}
}
