package run

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/record"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stats"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/scenarios"
)

func zipfWorld(t *testing.T, tenants int) *world.World {
	t.Helper()
	w, err := world.New(world.Plan{Seed: 3, Tenants: tenants, Zipf: 1.1, Largest: 0.9, Probed: tenants, Tables: []world.Table{
		{Name: "public.a", Rows: 5000, Min: 1, Columns: []world.Column{{Name: "id", Type: "uuid", Kind: world.ID}}},
		{Name: "public.b", Rows: 900, Min: 1, Columns: []world.Column{{Name: "id", Type: "uuid", Kind: world.ID}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSizesAndClasses(t *testing.T) {
	for tenants, want := range map[int][3]int{2: {1, 0, 1}, 3: {1, 1, 1}, 20: {10, 9, 1}, 200: {100, 90, 10}, 210: {105, 94, 11}} {
		w := zipfWorld(t, tenants)
		s := newTenantSizes(w)
		var got [3]int
		for _, c := range s.class {
			got[c]++
		}
		if got != want {
			t.Errorf("%d tenants: classes of %v, want %v", tenants, got, want)
		}
		var total int64
		for tenant, rows := range s.rows {
			total += rows
			for other, more := range s.rows {
				if s.class[tenant] > s.class[other] && rows < more {
					t.Fatalf("tenant %d with %d rows is %s, tenant %d with %d is %s", tenant, rows, classNames[s.class[tenant]], other, more, classNames[s.class[other]])
				}
			}
		}
		if a, b := &w.Tables[0], &w.Tables[1]; total != w.Total(a)+w.Total(b) {
			t.Errorf("%d tenants have %d rows, the tables %d", tenants, total, w.Total(a)+w.Total(b))
		}
	}
}

func TestWeights(t *testing.T) {
	s := newTenantSizes(zipfWorld(t, 20))
	if w, err := s.weights(scenarios.TenantChoice{Spread: scenarios.Uniform}); w != nil || err != nil {
		t.Errorf("uniform: %v, %v", w, err)
	}
	byRows, err := s.weights(scenarios.TenantChoice{Spread: scenarios.Zipf})
	if err != nil || byRows[s.bySize[0]]/byRows[s.bySize[19]] != float64(s.rows[s.bySize[0]])/float64(s.rows[s.bySize[19]]) {
		t.Errorf("zipf: %v, %v", byRows, err)
	}
	hot, err := s.weights(scenarios.TenantChoice{Spread: scenarios.Hot, Count: 3, Share: 0.8})
	if err != nil {
		t.Fatal(err)
	}
	var all, three float64
	for i, w := range hot {
		if all += w; i == s.bySize[0] || i == s.bySize[1] || i == s.bySize[2] {
			three += w
		}
	}
	if math.Abs(all-1) > 1e-9 || math.Abs(three-0.8) > 1e-9 {
		t.Errorf("hot: the three largest get %.3f of %.3f", three, all)
	}
	if _, err := s.weights(scenarios.TenantChoice{Spread: scenarios.Hot, Count: 20, Share: 0.8}); err == nil {
		t.Error("20 of 20 tenants can be hot")
	}
}

func TestStagesAddUpWindows(t *testing.T) {
	window := func(second int, ms ...int) record.Window {
		w := record.Window{Start: time.Duration(second) * time.Second, Count: int64(len(ms)), Errors: 1, Over: 2}
		for _, v := range ms {
			w.Response = append(w.Response, stats.Count{Value: time.Duration(v) * time.Millisecond, N: 1})
			w.Max = max(w.Max, time.Duration(v)*time.Millisecond)
		}
		return w
	}
	ops := []record.OpSummary{{Windows: []record.Window{window(0, 1, 2), window(1, 3), window(2, 9)}}, {Windows: []record.Window{window(0, 4), window(1, 5)}}}
	got := stagesOf([]scenarios.Stage{{From: 1, To: 1, Length: 1500 * time.Millisecond}, {From: 1, To: 7, Length: time.Second}, {From: 3, To: 3, Length: time.Second}, {From: 9, To: 9, Length: time.Hour}},
		3500*time.Millisecond, ops)
	want := []result.StageLoad{
		{FromSecond: 0, Seconds: 1.5, StartsPerSecond: 1, EndsPerSecond: 1, Count: 5, Errors: 4, OverTarget: 8, P95: 5, Max: 5},
		{FromSecond: 1.5, Seconds: 1, StartsPerSecond: 1, EndsPerSecond: 7, Count: 1, Errors: 1, OverTarget: 2, P95: 9, Max: 9},
		{FromSecond: 2.5, Seconds: 1, StartsPerSecond: 3, EndsPerSecond: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTenants(t *testing.T) {
	w := zipfWorld(t, 30)
	s := newTenantSizes(w)
	list := make([]record.Tenant, 30)
	for i := range list[:20] {
		list[i] = record.Tenant{Count: 10, Sum: 100 * time.Millisecond, Max: time.Duration(i) * time.Millisecond}
	}
	list[4].Over, list[4].Count, list[4].Sum = 3, 20, 200*time.Millisecond
	list[25].Errors = 5
	got := s.tenants(list, w)
	if got.Served != 20 || got.Fairness != 1 || got.CountMin != 10 || got.CountMax != 20 {
		t.Errorf("%+v", got)
	}
	if len(got.WorstByMax) != 10 || got.WorstByMax[0].MaxMillis != 19 || got.WorstByMax[9].MaxMillis != 10 {
		t.Errorf("by max: %+v", got.WorstByMax)
	}
	want := []result.TenantLoad{{Tenant: w.Codec.TenantID(4).String(), Class: classNames[s.class[4]], Rows: s.rows[4], Count: 20, OverTarget: 3, SumMillis: 200, MaxMillis: 4}}
	if diff := cmp.Diff(want, got.WorstByOver); diff != "" {
		t.Errorf("by over (-want +got):\n%s", diff)
	}
	one := make([]record.Tenant, 4)
	for i := range one {
		one[i].Count = 1
	}
	one[2].Sum = time.Hour
	if got := newTenantSizes(zipfWorld(t, 4)).tenants(one, zipfWorld(t, 4)); math.Abs(got.Fairness-0.25) > 1e-9 {
		t.Errorf("one of four takes all the time: fairness %v, want 0.25", got.Fairness)
	}
	if s.tenants(make([]record.Tenant, 30), w) != nil {
		t.Error("nobody was served, yet something is told")
	}
}
