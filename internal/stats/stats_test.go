package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// counts makes ascending counts of samples.
func counts(samples ...time.Duration) []Count {
	list := make([]Count, len(samples))
	for i, s := range samples {
		list[i] = Count{s, 1}
	}
	return Merge(list)
}

// oneTo is 1, 2 ... n, each once, so that a value is its own rank.
func oneTo(n int) []Count {
	list := make([]Count, n)
	for i := range list {
		list[i] = Count{time.Duration(i + 1), 1}
	}
	return list
}

func TestMergeAndQuantile(t *testing.T) {
	merged := Merge([]Count{{1, 2}, {5, 1}}, nil, []Count{{3, 4}, {5, 3}})
	if diff := cmp.Diff([]Count{{1, 2}, {3, 4}, {5, 4}}, merged); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		q    float64
		want time.Duration
	}{{0, 1}, {0.2, 1}, {0.21, 3}, {0.6, 3}, {0.61, 5}, {1, 5}} {
		if got, ok := Quantile(merged, c.q); !ok || got != c.want {
			t.Errorf("quantile %.2f is %d, want %d", c.q, got, c.want)
		}
	}
	if got, _ := Quantile(oneTo(100), 0.95); got != 95 {
		t.Errorf("p95 of 1..100 is %d, want 95", got)
	}
	if _, ok := Quantile(nil, 0.5); ok {
		t.Error("a quantile of nothing")
	}
}

// The ranks are those of the published tables for distribution-free intervals:
// for the median of 10 samples the 2nd and 9th (97.9 %), of 100 the 40th and 61st.
func TestQuantileIntervalRanks(t *testing.T) {
	for _, c := range []struct {
		n  int
		q  float64
		lo time.Duration
		hi time.Duration
		ok bool
	}{
		{10, 0.5, 2, 9, true},
		{100, 0.5, 40, 61, true},
		{5, 0.5, 0, Unbounded, false},
		{71, 0.95, 63, Unbounded, false},
		{72, 0.95, 64, 72, true},
	} {
		got, ok := QuantileInterval(oneTo(c.n), c.q, 0.95)
		if want := (Interval{c.lo, c.hi}); ok != c.ok || got != want {
			t.Errorf("n=%d q=%v: %v %v, want %v %v", c.n, c.q, got, ok, want, c.ok)
		}
	}
}

func TestQuantileIntervalOfManySamplesIsTheNormalOne(t *testing.T) {
	const n, q = 4_000_000, 0.95
	list := []Count{}
	for i := range 4000 {
		list = append(list, Count{time.Duration((i + 1) * 1000), 1000})
	}
	got, ok := QuantileInterval(list, q, 0.95)
	half := 1.96 * math.Sqrt(n*q*(1-q))
	if !ok || math.Abs(float64(got.Lo)-(n*q-half)) > 1001 || math.Abs(float64(got.Hi)-(n*q+half)) > 1001 {
		t.Errorf("got %d to %d (%v), want about %.0f to %.0f", got.Lo, got.Hi, ok, n*q-half, n*q+half)
	}
}

func TestTooLittleIsUnknown(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	few := make([][]Count, 4)
	for i := range few {
		few[i] = oneTo(1000)
	}
	cases := map[string][][]Count{"nothing": nil, "empty windows": make([][]Count, 50), "four windows": few}
	for name, windows := range cases {
		got, ok := P95Interval(windows, 0.95, rng, 200)
		if ok || got != unknown || got.Bounded() {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
	// Few samples in many windows still bound nothing above.
	thin := make([][]Count, 60)
	for i := range thin {
		thin[i] = counts(time.Duration(i + 1))
	}
	if got, ok := P95Interval(thin, 0.95, rng, 200); ok || got.Bounded() {
		t.Errorf("60 samples: %v %v", got, ok)
	}
}

func TestUpperBound(t *testing.T) {
	for _, c := range []struct {
		hits, n int64
		want    float64
	}{
		{0, 100, 0.02951}, {0, 100_000, 2.9957e-5}, {0, 0, 1}, {3, 3, 1}, {0, 1, 0.95},
		// The exact bounds as in tables: 1 of 10 gives 39.4 %, 5 of 100 gives 10.2 %.
		{1, 10, 0.3942}, {5, 100, 0.1023},
	} {
		if got := UpperBound(c.hits, c.n, 0.95); math.Abs(got-c.want) > 2e-4*max(c.want, 1e-3) && math.Abs(got/c.want-1) > 1e-3 {
			t.Errorf("%d of %d: %v, want %v", c.hits, c.n, got, c.want)
		}
	}
}

// exponential draws windows of independent samples with a mean of scale(i).
func exponential(rng *rand.Rand, windows, each int, scale func(i int) float64) [][]Count {
	result := make([][]Count, windows)
	for i := range result {
		mean := scale(i)
		samples := make([]time.Duration, each)
		for j := range samples {
			samples[j] = time.Duration(rng.ExpFloat64() * mean * float64(time.Millisecond))
		}
		result[i] = counts(samples...)
	}
	return result
}

func TestIntervalsCoverTheTruth(t *testing.T) {
	const tries = 1000
	truth := time.Duration(-math.Log(0.05) * float64(time.Millisecond))
	rng := rand.New(rand.NewPCG(11, 1))
	byOrder, both := 0, 0
	for range tries {
		windows := exponential(rng, 20, 20, func(int) float64 { return 1 })
		if i, ok := QuantileInterval(Merge(windows...), 0.95, 0.95); ok && i.Lo <= truth && truth <= i.Hi {
			byOrder++
		}
		if i, ok := P95Interval(windows, 0.95, rng, 200); ok && i.Lo <= truth && truth <= i.Hi {
			both++
		}
	}
	t.Logf("covered: order statistics %d, both %d of %d", byOrder, both, tries)
	// An interval that nearly always covers would be uselessly wide.
	if byOrder < 930 || byOrder > 990 {
		t.Errorf("order statistics cover in %d of %d tries, want 930 to 990", byOrder, tries)
	}
	if both < 930 {
		t.Errorf("both cover in %d of %d tries, want 930", both, tries)
	}
}

func TestBootstrapSeesWaves(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	width := func(i Interval, ok bool) float64 {
		if !ok {
			t.Fatal("no interval")
		}
		return float64(i.Hi - i.Lo)
	}
	var steady, waves, wavesByOrder float64
	for range 20 {
		// The level drifts from window to window and comes back only slowly.
		level := 0.0
		wavy := exponential(rng, 60, 100, func(int) float64 {
			level = 0.9*level + 0.3*rng.NormFloat64()
			return math.Exp(level)
		})
		waves += width(BlockBootstrap(wavy, 0.95, 0.95, rng, 300))
		wavesByOrder += width(QuantileInterval(Merge(wavy...), 0.95, 0.95))
		even := exponential(rng, 60, 100, func(int) float64 { return 1 })
		steady += width(BlockBootstrap(even, 0.95, 0.95, rng, 300)) / width(QuantileInterval(Merge(even...), 0.95, 0.95))
	}
	t.Logf("width of the bootstrap over order statistics: waves %.2f, steady %.2f", waves/wavesByOrder, steady/20)
	if ratio := waves / wavesByOrder; ratio < 1.5 {
		t.Errorf("waves: the bootstrap's interval is %.2f times that of order statistics, want clearly wider", ratio)
	}
	if ratio := steady / 20; ratio < 0.7 || ratio > 1.3 {
		t.Errorf("steady: the bootstrap's interval is %.2f times that of order statistics, want about the same", ratio)
	}
}

func TestBootstrapIsReproducibleAndScales(t *testing.T) {
	windows := exponential(rand.New(rand.NewPCG(2, 2)), 7200, 10, func(int) float64 { return 1 })
	a, okA := P95Interval(windows, 0.95, rand.New(rand.NewPCG(3, 3)), 200)
	b, okB := P95Interval(windows, 0.95, rand.New(rand.NewPCG(3, 3)), 200)
	if !okA || !okB || a != b {
		t.Errorf("the same seed gave %v and %v", a, b)
	}
	joined := join(windows, windowsMax)
	if len(joined) > windowsMax || !slices.Equal(Merge(joined...), Merge(windows...)) {
		t.Errorf("%d windows after joining, or samples lost", len(joined))
	}
}
