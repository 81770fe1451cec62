package record

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/stats"
)

const target = 50 * time.Millisecond

func recorder(t testing.TB, ops, tenants int) *Recorder {
	t.Helper()
	c := Config{Tenants: tenants}
	for i := range ops {
		c.Ops = append(c.Ops, Op{Name: fmt.Sprintf("op_%d", i), Target: target})
	}
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSummary(t *testing.T) {
	r := recorder(t, 2, 3)
	for i := range 100 {
		d := time.Duration(i+1) * time.Millisecond
		r.Record(i, Sample{Op: 0, Due: time.Duration(i) * 20 * time.Millisecond, Response: d, Service: d / 2, PoolWait: d / 4, Lag: d / 10, Tenant: i % 2})
	}
	r.Record(0, Sample{Op: 0, Due: 100 * time.Millisecond, Response: time.Second, ErrClass: "timeout", Tenant: 2})
	r.Record(1, Sample{Op: 0, Due: 100 * time.Millisecond, Response: time.Millisecond, ErrClass: "refused", Tenant: 2})
	r.Record(2, Sample{Op: 0, Due: -1, Response: time.Hour})
	r.Record(3, Sample{Op: 1, Due: 3500 * time.Millisecond, Response: target, Tenant: 7})
	r.Record(3, Sample{Op: 1, Due: 3500 * time.Millisecond, Response: target + 1, Tenant: -1})
	s := r.Finish()

	o := s.Ops[0]
	if o.Name != "op_0" || o.Target != target || o.Count != 100 || o.Failed != 2 || o.Over != 50 || o.FailedOver != 1 {
		t.Errorf("op_0: %+v", o)
	}
	if diff := cmp.Diff(map[string]int64{"timeout": 1, "refused": 1}, o.Errors); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	within := func(what string, got, want time.Duration) {
		if off := (got - want).Abs(); off > want/1000 {
			t.Errorf("%s is %s, want %s", what, got, want)
		}
	}
	within("response p50", o.Response.P50, 50*time.Millisecond)
	within("response p95", o.Response.P95, 95*time.Millisecond)
	within("response p99", o.Response.P99, 99*time.Millisecond)
	within("service p90", o.Service.P90, 45*time.Millisecond)
	within("response mean", o.Response.Mean, 50500*time.Microsecond)
	if o.Response.Max != 100*time.Millisecond || s.PoolWait.Max != 25*time.Millisecond || s.Lag.Max != 10*time.Millisecond {
		t.Errorf("maxima %s, %s, %s", o.Response.Max, s.PoolWait.Max, s.Lag.Max)
	}
	if len(o.Windows) != 4 || o.Windows[0].Count != 50 || o.Windows[1].Count != 50 || o.Windows[2].Count != 0 || o.Windows[0].Errors != 2 || o.Windows[1].Start != time.Second {
		t.Fatalf("windows: %+v", o.Windows)
	}
	within("p95 of the first window", o.Windows[0].P95, 48*time.Millisecond)
	if o.Windows[0].Over != 0 || o.Windows[1].Over != 50 || o.Windows[1].Max != 100*time.Millisecond {
		t.Errorf("windows: over %d and %d, max %s", o.Windows[0].Over, o.Windows[1].Over, o.Windows[1].Max)
	}
	// A response of exactly the target keeps it, one nanosecond more does not.
	if one := s.Ops[1]; one.Count != 2 || one.Over != 1 || one.Windows[3].Over != 1 {
		t.Errorf("op_1: %+v", one)
	}
	if s.WarmUp != 1 || s.Strays != 2 || s.Misplaced != 0 {
		t.Errorf("warm-up %d, strays %d, misplaced %d; want 1, 2, 0", s.WarmUp, s.Strays, s.Misplaced)
	}
	want := []Tenant{
		{Count: 50, Over: 25, Sum: 2500 * time.Millisecond, Max: 99 * time.Millisecond},
		{Count: 50, Over: 25, Sum: 2550 * time.Millisecond, Max: 100 * time.Millisecond},
		{Errors: 2},
	}
	if diff := cmp.Diff(want, s.Tenants); diff != "" {
		t.Errorf("tenants (-want +got):\n%s", diff)
	}
}

func TestNothingIsLost(t *testing.T) {
	r := recorder(t, 1, 1)
	for _, d := range []time.Duration{-time.Second, 0, 1, time.Minute, time.Minute + 1, 5 * time.Hour} {
		r.Record(0, Sample{Response: d, Service: d})
	}
	r.Record(0, Sample{Due: 1 << 62, Response: time.Millisecond})
	s := r.Finish()
	if o := s.Ops[0]; o.Count != 7 || o.Response.Clamped != 3 || o.Response.Max != 5*time.Hour || o.Over != 3 || (o.Response.P99-time.Minute).Abs() > time.Minute/1000 {
		t.Errorf("%+v", o.Response)
	}
	response, service := s.Ops[0].Counts()
	if in := stats.Total(stats.Merge(response...)); s.Misplaced != 1 || in != 7 || stats.Total(stats.Merge(service...)) != in {
		t.Errorf("misplaced %d, %d in windows", s.Misplaced, in)
	}
	if empty := recorder(t, 1, 1).Finish().Ops[0]; empty.Count != 0 || empty.Response != (Quantiles{}) || len(empty.Windows) != 0 {
		t.Errorf("nothing recorded, but %+v", empty)
	}
	for i := range 200 {
		r.Record(0, Sample{ErrClass: fmt.Sprint(i)})
	}
	if o := r.Finish().Ops[0]; o.Failed != 200 || len(o.Errors) != classesMax+1 || o.Errors[classOther] != 200-classesMax {
		t.Errorf("%d failures in %d classes", o.Failed, len(o.Errors))
	}
}

// The windows must add up to the totals, whether they were packed or not, and
// whatever came after they were.
func TestWindowsAgreeWithTotals(t *testing.T) {
	const seconds = 200
	r := recorder(t, 2, 10)
	rng := rand.New(rand.NewPCG(4, 4))
	count := map[time.Duration]int64{}
	record := func(due, response time.Duration) {
		op := rng.IntN(2)
		r.Record(rng.IntN(64), Sample{Op: op, Due: due, Response: response, Service: response / 2, Tenant: rng.IntN(10)})
		count[due/time.Second]++
	}
	for second := range seconds {
		for range 100 {
			record(time.Duration(second)*time.Second+time.Duration(rng.IntN(1e9)), time.Duration(rng.ExpFloat64()*1e7))
		}
	}
	for range 5000 {
		record(3*time.Second, 70*time.Second)
	}
	s := r.Finish()
	for second, want := range count {
		var got int64
		for _, o := range s.Ops {
			w := o.Windows[second]
			got += w.Count
			if stats.Total(w.Response) != w.Count || stats.Total(w.Service) != w.Count {
				t.Errorf("second %d: %d samples, but counts of %d and %d", second, w.Count, stats.Total(w.Response), stats.Total(w.Service))
			}
		}
		if got != want {
			t.Errorf("second %d has %d samples, want %d", second, got, want)
		}
	}
	for _, o := range s.Ops {
		response, service := o.Counts()
		for _, q := range []struct {
			windows [][]stats.Count
			q       float64
			want    time.Duration
		}{{response, 0.5, o.Response.P50}, {response, 0.9, o.Response.P90}, {service, 0.5, o.Service.P50}, {service, 0.9, o.Service.P90}} {
			all := stats.Merge(q.windows...)
			if stats.Total(all) != o.Count {
				t.Errorf("%s: windows hold %d of %d", o.Name, stats.Total(all), o.Count)
			}
			got, _ := stats.Quantile(all, q.q)
			if off := float64((got - q.want).Abs()) / float64(q.want); off > 0.002 {
				t.Errorf("%s: quantile %v is %s by windows, %s by totals", o.Name, q.q, got, q.want)
			}
		}
	}
}

func TestBucketsAreThoseOfTheHistogram(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	h := newTiming()
	for range 1000 {
		v := uint32(rng.Int64N(microsMax)) >> rng.IntN(26)
		h.histogram.Reset()
		if err := h.histogram.RecordValue(int64(v)); err != nil {
			t.Fatal(err)
		}
		if got, want := int64(bucketTop(v)), h.histogram.ValueAtPercentile(100); got != want {
			t.Fatalf("%d: %d, the histogram says %d", v, got, want)
		}
	}
}

func TestSnapshot(t *testing.T) {
	r := recorder(t, 2, 1)
	for i := range 1000 {
		due := time.Duration(i) * 10 * time.Millisecond
		response := 10 * time.Millisecond
		if due >= 8*time.Second {
			response = 30 * time.Millisecond
		}
		s := Sample{Op: i % 2, Due: due, Response: response}
		if i%100 == 0 {
			s.ErrClass = "timeout"
		}
		r.Record(i, s)
	}
	near := func(got, want time.Duration) bool { return (got - want).Abs() < want/500 }
	if live := r.Snapshot(9500 * time.Millisecond); live.RatePerSecond != 100 || live.Errors != 10 || live.Succeeded != 990 || !near(live.P95, 30*time.Millisecond) {
		t.Errorf("at 9.5 s: %+v", live)
	}
	if live := r.Snapshot(8 * time.Second); !near(live.P95, 10*time.Millisecond) {
		t.Errorf("at 8 s: %+v", live)
	}
	for _, now := range []time.Duration{-5 * time.Second, 0, time.Hour} {
		if live := r.Snapshot(now); live.RatePerSecond != 0 || live.P95 != 0 {
			t.Errorf("at %s: %+v", now, live)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	r := recorder(t, 4, 50)
	var group sync.WaitGroup
	for worker := range 16 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(worker), 1))
			for i := range 5000 {
				r.Record(worker, Sample{Op: rng.IntN(4), Due: time.Duration(i) * 40 * time.Millisecond, Response: time.Duration(rng.IntN(1e8)), Tenant: rng.IntN(50)})
				if i%500 == 0 {
					r.Snapshot(time.Duration(i) * 40 * time.Millisecond)
				}
			}
		})
	}
	for range 3 {
		r.Finish()
	}
	group.Wait()
	var total, tenants int64
	s := r.Finish()
	for _, o := range s.Ops {
		total += o.Count
	}
	for _, tenant := range s.Tenants {
		tenants += tenant.Count
	}
	if total != 80_000 || tenants != 80_000 {
		t.Errorf("%d samples by operation, %d by tenant, want 80,000", total, tenants)
	}
}

func TestClassesOfTenants(t *testing.T) {
	r, err := New(Config{Ops: []Op{{"a", target}, {"b", target}}, Tenants: 4, Classes: []int{0, 2, 0, 2}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		// Tenants 1 and 3 are slow, and slower at the second operation.
		d := 10 * time.Millisecond
		if i%2 == 1 {
			d = time.Duration(40+40*(i/2%2)) * time.Millisecond
		}
		r.Record(i, Sample{Op: i / 2 % 2, Tenant: i % 4, Response: d})
	}
	r.Record(0, Sample{Op: 0, Tenant: 1, Response: time.Hour, ErrClass: "timeout"})
	r.Record(0, Sample{Op: 0, Tenant: 9, Response: time.Hour})
	s := r.Finish()
	check := func(what string, got []Class, p95 ...time.Duration) {
		t.Helper()
		if len(got) != 3 || got[1].Response.Count != 0 {
			t.Fatalf("%s: %+v; want three classes, the middle one empty", what, got)
		}
		for i, want := range p95 {
			if off := (got[i].Response.P95 - want).Abs(); off > want/100 {
				t.Errorf("%s: p95 of class %d is %s, want %s within 1 %%", what, i, got[i].Response.P95, want)
			}
		}
	}
	check("all", s.Classes, 10*time.Millisecond, 0, 80*time.Millisecond)
	check("a", s.Ops[0].Classes, 10*time.Millisecond, 0, 40*time.Millisecond)
	check("b", s.Ops[1].Classes, 10*time.Millisecond, 0, 80*time.Millisecond)
	if a, b := s.Ops[0].Classes[2], s.Ops[1].Classes[2]; a.Response.Count+b.Response.Count != 500 || a.Over != 0 || b.Over != b.Response.Count || s.Classes[2].Over != b.Over {
		t.Errorf("large tenants: %+v and %+v", a, b)
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestMemoryGrowsByLittle(t *testing.T) {
	const perSecond, from, to = 1000, 120, 720
	r := recorder(t, 4, 200)
	rng := rand.New(rand.NewPCG(6, 6))
	var before int64
	for second := range to {
		if second == from {
			before = heap()
		}
		for i := range perSecond {
			r.Record(i, Sample{Op: i / 4 % 4, Due: time.Duration(second)*time.Second + time.Duration(i)*time.Millisecond, Response: time.Duration(rng.ExpFloat64() * 1e7), Tenant: i % 200})
		}
	}
	grown := (heap() - before) / (to - from)
	t.Logf("%d bytes for each second at %d/s", grown, perSecond)
	if grown > 6<<10 {
		t.Errorf("memory grows by %d bytes for each second, want 6 kB at most", grown)
	}
	runtime.KeepAlive(r)
}

func TestNewRefusesNothingToRecord(t *testing.T) {
	ops := []Op{{Name: "a", Target: target}}
	for _, c := range []Config{{}, {Ops: ops}, {Tenants: 1}, {Ops: ops, Tenants: 1, Shards: -1},
		{Ops: ops, Tenants: 2, Classes: []int{0}}, {Ops: ops, Tenants: 2, Classes: []int{0, -1}}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	r := recorder(b, 4, 200)
	responses := make([]time.Duration, 1<<12)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range responses {
		responses[i] = time.Duration(rng.ExpFloat64() * 1e7)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d := responses[i%len(responses)]
		r.Record(i, Sample{Op: i / 4 % 4, Due: time.Duration(i) * time.Millisecond, Response: d, Service: d, PoolWait: d / 8, Lag: d / 64, Tenant: i % 200})
	}
}
