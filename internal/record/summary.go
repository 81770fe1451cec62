package record

import (
	"slices"
	"time"

	"github.com/engardehq/bulkhead/internal/stats"
)

// Summary is all that was recorded, merged.
type Summary struct {
	// Ops are in the order of Config.Ops.
	Ops []OpSummary
	// Tenants are by number.
	Tenants []Tenant
	// Classes are over all operations.
	Classes []Class
	// Strays carried no known tenant; they count everywhere else.
	Strays        int64
	PoolWait, Lag Quantiles
	// WarmUp samples are in nothing else.
	WarmUp int64
	// Misplaced samples had a due time beyond any run and stand in the last
	// window.
	Misplaced int64
}

// OpSummary is one operation over the whole run. Response and Service are of
// executions that succeeded; those that failed are in Errors.
type OpSummary struct {
	Name   string
	Target time.Duration
	// Count succeeded, Failed did not; together they are all executions.
	Count, Failed int64
	Errors        map[string]int64
	// Over are the successes with a response time above the target, exactly;
	// FailedOver the failures that took longer than it.
	Over, FailedOver  int64
	Response, Service Quantiles
	// Classes are by number; they hold no strays.
	Classes []Class
	// Windows are all seconds of the run up to the last that any operation had
	// a sample in, empty ones included.
	Windows []Window
}

// Class is the successes for one class of tenants. Response is to two digits.
type Class struct {
	Response Quantiles
	Over     int64
}

// Window is one second of one operation, by due time.
type Window struct {
	Start               time.Duration
	Count, Over, Errors int64
	// P95 and Max are of response time, 0 where Count is.
	P95, Max time.Duration
	// Response and Service are the times to three digits, ascending, each with
	// the upper end of its bucket.
	Response, Service []stats.Count
}

// Counts gives the windows in the form that package stats takes.
func (o OpSummary) Counts() (response, service [][]stats.Count) {
	for _, w := range o.Windows {
		response = append(response, w.Response)
		service = append(service, w.Service)
	}
	return response, service
}

// Finish merges what has been recorded. Recording may go on; samples recorded
// meanwhile may or may not be in it.
func (r *Recorder) Finish() Summary {
	for _, sh := range r.shards {
		sh.mu.Lock()
		defer sh.mu.Unlock()
	}
	s := Summary{Tenants: make([]Tenant, len(r.shards[0].tenants)), WarmUp: r.warmUp.Load()}
	poolWait, lag, seconds := newTiming(), newTiming(), 0
	for _, sh := range r.shards {
		poolWait.merge(&sh.poolWait)
		lag.merge(&sh.lag)
		seconds = max(seconds, len(sh.windows))
		s.Strays += sh.strays
		s.Misplaced += sh.misplaced
		for i, t := range sh.tenants {
			s.Tenants[i].add(t)
		}
	}
	s.PoolWait, s.Lag = poolWait.quantiles(), lag.quantiles()
	all := make([]int, len(r.ops))
	for op := range r.ops {
		s.Ops = append(s.Ops, r.summarize(op, seconds))
		all[op] = op
	}
	s.Classes = r.classes(all...)
	return s
}

// classes merges what the shards have of some operations.
func (r *Recorder) classes(ops ...int) []Class {
	out := make([]Class, len(r.shards[0].classes[0]))
	for i := range out {
		response := newCoarseTiming()
		for _, sh := range r.shards {
			for _, op := range ops {
				response.merge(&sh.classes[op][i].response)
				out[i].Over += sh.classes[op][i].over
			}
		}
		out[i].Response = response.quantiles()
	}
	return out
}

func (r *Recorder) summarize(op, seconds int) OpSummary {
	o := OpSummary{Name: r.ops[op].Name, Target: r.ops[op].Target, Errors: map[string]int64{}, Windows: make([]Window, 0, seconds)}
	response, service := newTiming(), newTiming()
	for _, sh := range r.shards {
		from := &sh.ops[op]
		response.merge(&from.response)
		service.merge(&from.service)
		o.Over += from.over
		o.FailedOver += from.failedOver
		for class, n := range from.errors {
			o.Errors[class] += n
			o.Failed += n
		}
	}
	o.Classes = r.classes(op)
	o.Response, o.Service = response.quantiles(), service.quantiles()
	o.Count = o.Response.Count
	for at := range seconds {
		o.Windows = append(o.Windows, r.window(op, at))
	}
	return o
}

func (r *Recorder) window(op, at int) Window {
	w := Window{Start: time.Duration(at) * window}
	var response, service [][]stats.Count
	for _, sh := range r.shards {
		if at >= len(sh.windows) || sh.windows[at] == nil {
			continue
		}
		c := &sh.windows[at].response[op]
		w.Count += c.count
		w.Over += c.over
		w.Errors += c.errors
		w.Max = max(w.Max, c.max)
		response = append(response, c.counts())
		service = append(service, sh.windows[at].service[op].counts())
	}
	w.Response, w.Service = stats.Merge(response...), stats.Merge(service...)
	if p95, ok := stats.Quantile(w.Response, 0.95); ok {
		w.P95 = min(p95, w.Max)
	}
	return w
}

func (t *Tenant) add(from Tenant) {
	t.Count += from.Count
	t.Errors += from.Errors
	t.Over += from.Over
	t.Sum += from.Sum
	t.Max = max(t.Max, from.Max)
}

// Live is what the line of each second shows.
type Live struct {
	// Succeeded and Errors are since the end of warm-up.
	Succeeded, Errors int64
	// RatePerSecond is of the last whole second: executions due in it that have
	// ended by now, well or not.
	RatePerSecond float64
	// P95 is over all operations, of the executions due in the last five whole
	// seconds that have succeeded by now; 0 where there are none.
	P95 time.Duration
}

// liveWindows is how many seconds the live percentile looks back.
const liveWindows = 5

// Snapshot gives the state at a moment, counted from the end of warm-up. It
// holds each shard only while it copies a few seconds of samples.
func (r *Recorder) Snapshot(now time.Duration) Live {
	var live Live
	var values []uint32
	last := int(max(now, 0)/window) - 1
	for _, sh := range r.shards {
		values = sh.snapshot(last, &live, values)
	}
	if len(values) > 0 {
		slices.Sort(values)
		rank := max(1, (len(values)*95+99)/100)
		live.P95 = time.Duration(values[rank-1]) * time.Microsecond
	}
	return live
}

func (sh *shard) snapshot(last int, live *Live, values []uint32) []uint32 {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for i := range sh.ops {
		live.Succeeded += sh.ops[i].response.histogram.TotalCount()
		for _, n := range sh.ops[i].errors {
			live.Errors += n
		}
	}
	for at := max(0, last-liveWindows+1); at <= last && at < len(sh.windows); at++ {
		if sh.windows[at] == nil {
			continue
		}
		for i := range sh.windows[at].response {
			c := &sh.windows[at].response[i]
			values = append(values, c.open...)
			if at == last {
				live.RatePerSecond += float64(c.count + c.errors)
			}
		}
	}
	return values
}
