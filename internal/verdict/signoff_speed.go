package verdict

import (
	"fmt"

	"github.com/engardehq/bulkhead/internal/result"
)

const performance = "Performance"

// The design's measures of speed.
const (
	crossSchemaMillis = 50.0
	poolUseBelow      = 0.80
	cacheHitAbove     = 0.90
)

func (p Papers) performance() []result.Metric {
	return []result.Metric{p.queries(), p.poolUse(), p.cacheHits()}
}

// queries holds every operation at the database against the design's target. Each is one transaction that goes beyond the schema of its
// role: it reads the other's, or adds to the audit trail at least.
func (p Papers) queries() result.Metric {
	t := p.metric(performance, "cross_schema_p95", "Cross-schema queries", fmt.Sprintf("p95 < %.0f ms", crossSchemaMillis),
		"the 95 % interval of each operation's p95 under load, from when it was due; every operation goes beyond the schema of its role", ExitMissed)
	r := p.Run
	if r == nil {
		t.lacks(PaperRun)
		return t.done("")
	}
	wrong := invalid(&r.Load, &r.Scenario) // then it is neither fast nor slow
	for _, why := range wrong {
		t.doubt("invalid: %s", why)
	}
	if r.Load.EndedEarly != "" || r.Load.Interrupted || r.Load.Completed == 0 {
		t.doubt("the load didn't come to its end")
	}
	if len(r.Load.Ops) == 0 {
		t.doubt("no operation was measured")
	}
	worst, name := 0.0, ""
	for i, op := range r.Load.Ops {
		if op.Verdict == result.NotChecked {
			t.doubt("%s was not checked: %s", op.Name, op.Why)
			continue
		}
		status, why := latency("p95", op.Count, op.ResponseMs.P95Interval, crossSchemaMillis)
		switch {
		case status == result.Fail && len(wrong) == 0:
			t.fail("%s: %s", op.Name, why)
		case status != result.Pass:
			t.doubt("%s: %s", op.Name, why)
		}
		if ci := op.ResponseMs.P95Interval; ci != nil && ci[1] > worst {
			worst, name = ci[1], fmt.Sprintf("%s, p95 %s, interval %s", op.Name, millis(op.ResponseMs.P95), interval(ci))
			t.Evidence = nil
			t.see(PaperRun, "load.ops.%d.response_ms", i)
		}
	}
	return t.done("%d operations at %.0f/s; slowest: %s", len(r.Load.Ops), r.Load.AchievedPerSecond, name)
}

// poolUse is the peak of the fullest pool, as PgBouncer tells once a second, in both loads.
func (p Papers) poolUse() result.Metric {
	t := p.metric(performance, "pool_use", "Connection pool", fmt.Sprintf("< %.0f %% used", 100*poolUseBelow),
		"PgBouncer's console once a second: server connections at work, of the size of the fullest pool", ExitMissed)
	r := p.Run
	if r == nil {
		t.lacks(PaperRun)
		return t.done("")
	}
	peak, samples, waited := 0.0, 0, int64(0)
	look := func(o *result.Observed, load, path string) {
		if o == nil || o.Pooler == nil || o.Pooler.Samples == 0 {
			t.doubt("not measured in the load %s", load)
			return
		}
		t.see(PaperRun, "%s", path)
		peak, samples, waited = max(peak, o.Pooler.ServersUsePeak), samples+o.Pooler.Samples, max(waited, o.Pooler.ClientsWaitingPeak)
	}
	look(r.Observed, "on the database", "observed.pooler")
	if r.HTTP != nil {
		look(r.HTTP.Observed, "over HTTP", "http.observed.pooler")
	}
	if peak >= poolUseBelow {
		t.fail("up to %.1f %% were at work at a time", 100*peak)
	}
	return t.done("%.1f %% at most in %d samples; %d clients waited at most", 100*peak, samples, waited)
}

// cacheHits are look-ups in the application's cache, in both loads, warm-up left out. PostgreSQL's own buffers are told beside it.
func (p Papers) cacheHits() result.Metric {
	t := p.metric(performance, "cache_hits", "Query cache hit", fmt.Sprintf("> %.0f %%", 100*cacheHitAbove),
		"look-ups in Redis during the loads on the database and over HTTP, each of which must hit often enough; what falls due in warm-up is left out", ExitMissed)
	r := p.Run
	if r == nil {
		t.lacks(PaperRun)
		return t.done("")
	}
	said := ""
	look := func(l *result.Load, sc *result.Scenario, load, path string) {
		share, ok := l.CacheHits.Share()
		if !ok {
			t.doubt("nothing was looked up in the cache in the load %s", load)
			return
		}
		t.see(PaperRun, "%s", path)
		said += fmt.Sprintf("%.1f %% of %d look-ups %s; ", 100*share, l.CacheHits.Hits+l.CacheHits.Misses, load)
		if share > cacheHitAbove {
			return
		}
		// Fewer look-ups than were offered hit less often.
		wrong := invalid(l, sc)
		if lost := l.Dropped + l.Abandoned; lost > 0 {
			wrong = append(wrong, fmt.Sprintf("%d of %d executions were dropped", lost, l.Offered))
		}
		if len(wrong) > 0 {
			t.doubt("%.1f %% %s, in a load that is invalid: %s", 100*share, load, told(wrong))
			return
		}
		t.fail("%.1f %% %s%s", 100*share, load, lifeWanted(l))
	}
	look(&r.Load, &r.Scenario, "at the database", "load.cache_hits")
	if r.HTTP == nil {
		t.doubt("there was no load over HTTP")
	} else {
		look(&r.HTTP.Load, &r.HTTP.Scenario, "over HTTP", "http.load.cache_hits")
	}
	buffers := "PostgreSQL's buffers not measured"
	if o := r.Observed; o != nil && o.Postgres != nil && o.Postgres.Counters != nil && o.Postgres.Counters.BufferHitShare != nil {
		buffers = fmt.Sprintf("PostgreSQL found %.1f %% of its blocks in its buffers", 100**o.Postgres.Counters.BufferHitShare)
	}
	return t.done("%s%s", said, buffers)
}

// lifeWanted tells how long an entry of the cache would have to live: a tenant that looks up r times a second finds an entry of t seconds'
// life in r t of r t + 1 look-ups.
func lifeWanted(l *result.Load) string {
	if l.Tenants == nil || l.Tenants.Served == 0 || l.MeasuredSeconds <= 0 {
		return ""
	}
	each := float64(l.CacheHits.Hits+l.CacheHits.Misses) / l.MeasuredSeconds / float64(l.Tenants.Served)
	return fmt.Sprintf(" (each of %d tenants looked up %.2g times a second: for %.0f %% an entry has to live for %.0f s)", l.Tenants.Served, each, 100*cacheHitAbove,
		cacheHitAbove/(1-cacheHitAbove)/each)
}
