package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// apart gives sides of n and m different values with U = u.
func apart(n, m, u int) (a, b []float64) {
	for i := range n {
		a = append(a, float64(i+1)*100)
	}
	for j := range m {
		below := min(n, u) // how many of a the value is above
		u -= below
		b = append(b, float64(below)*100+50+float64(j))
	}
	return a, b
}

// The critical values of U, two-sided at 5 %, are those of the published tables (Mann and Whitney 1947; Siegel, table K).
func TestRankTestAgreesWithTheTables(t *testing.T) {
	for _, c := range []struct{ n, m, critical int }{{4, 4, 0}, {5, 5, 2}, {6, 6, 5}, {5, 8, 6}, {8, 8, 13}, {10, 10, 23}, {9, 12, 26}, {20, 20, 127}} {
		for step, within := range []bool{true, false} {
			a, b := apart(c.n, c.m, c.critical+step)
			u, p := RankTest(a, b)
			if int(u) != c.critical+step || (p <= 0.05) != within {
				t.Errorf("%d and %d, U %d: U %g, p %.4f", c.n, c.m, c.critical+step, u, p)
			}
		}
	}
}

// The permeability constants of Hollander and Wolfe (1973), page 69: U is 35 of 50 for the first side, one-sided p 0.1272.
func TestRankTestOfAPublishedExample(t *testing.T) {
	x := []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	y := []float64{1.15, 0.88, 0.90, 0.74, 1.21}
	if u, p := RankTest(y, x); u != 35 || math.Abs(p-2*0.1272) > 1e-4 {
		t.Errorf("U %g, p %.4f; want 35 and 0.2544", u, p)
	}
	if s := HodgesLehmann(y, x, 0.95); math.Abs(s.Estimate-0.305) > 1e-9 || !s.Bounded || s.Lo > 0 || s.Hi < 0.305 {
		t.Errorf("%+v; want 0.305", s)
	}
}

// With ties, P is held against counting every arrangement of the values one by one.
func TestRankTestCountsTies(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		n, m := 1+rng.IntN(5), 1+rng.IntN(5)
		all := make([]float64, n+m)
		for i := range all {
			all[i] = float64(rng.IntN(4))
		}
		seen, p := RankTest(all[:n], all[n:])
		var total, below, above float64
		for set := range 1 << (n + m) {
			var a, b []float64
			for i, v := range all {
				if set>>i&1 == 1 {
					b = append(b, v)
				} else {
					a = append(a, v)
				}
			}
			if len(b) != m {
				continue
			}
			u := 0.0
			for _, x := range a {
				for _, y := range b {
					if y > x {
						u++
					} else if y == x {
						u += 0.5
					}
				}
			}
			total++
			if u <= seen {
				below++
			}
			if u >= seen {
				above++
			}
		}
		if want := min(1, 2*min(below, above)/total); math.Abs(p-want) > 1e-12 {
			t.Errorf("%v and %v: p %g, want %g", all[:n], all[n:], p, want)
		}
	}
}

func TestRankTestOfMany(t *testing.T) {
	var a, b []float64
	for i := range 50 {
		a, b = append(a, float64(i)), append(b, float64(i)+7.5)
	}
	_, exact := RankTest(a, b)
	_, normal := RankTest(append(a, -1), append(b, 100)) // two more values, the same picture
	if math.Abs(exact-normal) > 0.01 || exact > 0.1 {
		t.Errorf("exact %.4f, by the normal curve %.4f", exact, normal)
	}
	if _, p := RankTest(make([]float64, 80), make([]float64, 80)); p != 1 {
		t.Errorf("all alike: p %g", p)
	}
}

func TestWhatCanBeReached(t *testing.T) {
	for _, c := range []struct {
		n, m int
		want float64
	}{{5, 5, 2.0 / 252}, {8, 8, 2.0 / 12870}, {1, 1, 1}, {0, 9, 1}} {
		a, b := apart(c.n, c.m, 0)
		_, p := RankTest(a, b)
		if got := SmallestP(c.n, c.m); math.Abs(got-c.want) > 1e-12 || math.Abs(p-c.want) > 1e-12 {
			t.Errorf("%d and %d: %g, by the test %g, want %g", c.n, c.m, got, p, c.want)
		}
	}
	for _, c := range []struct{ n, m, hypotheses, moreA, moreB int }{
		{5, 5, 1, 0, 0}, {5, 5, 6, 0, 0}, {5, 5, 7, 0, 1}, {5, 5, 42, 1, 2}, {8, 8, 42, 0, 0}, {4, 4, 1, 0, 0}, {3, 3, 1, 1, 1}, {8, 1, 1, 0, 1},
	} {
		if a, b := MoreNeeded(c.n, c.m, c.hypotheses, 0.05); a+b != c.moreA+c.moreB {
			t.Errorf("%d and %d over %d: %d and %d more, want %d in all", c.n, c.m, c.hypotheses, a, b, c.moreA+c.moreB)
		}
	}
}

func TestHolm(t *testing.T) {
	// As R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") has it.
	got := Holm([]float64{0.01, 0.04, 0.03, 0.005})
	want := []float64{0.03, 0.06, 0.06, 0.02}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if len(Holm(nil)) != 0 || Holm([]float64{0.9, 0.8})[0] != 1 {
		t.Error("none, or more than 1")
	}
}

// The depths are those of the published tables for the interval of a shift at 95 %: the critical U and one.
func TestHodgesLehmannDepth(t *testing.T) {
	for _, c := range []struct{ n, m, want int }{{3, 3, 0}, {4, 4, 1}, {5, 5, 3}, {8, 8, 14}, {10, 10, 24}} {
		if got := shiftRank(c.n, c.m, 0.025); got != c.want {
			t.Errorf("%d and %d: %d, want %d", c.n, c.m, got, c.want)
		}
	}
	if s := HodgesLehmann([]float64{1, 2, 3}, []float64{11, 12, 13}, 0.95); s.Bounded || s.Estimate != 10 {
		t.Errorf("three values bound nothing: %+v", s)
	}
	exact, normal := shiftRank(50, 50, 0.025), shiftRank(50, 51, 0.025)
	if normal < exact || normal > exact+40 {
		t.Errorf("exact %d, with one value more by the normal curve %d", exact, normal)
	}
}

func TestMedians(t *testing.T) {
	values := []float64{8, 1, 7, 2, 6, 3, 5, 4}
	lo, hi, ok := MedianInterval(values, 0.95)
	if diff := cmp.Diff([]float64{4.5, 1, 8}, []float64{Median(values), lo, hi}); diff != "" || !ok {
		t.Errorf("%v (-want +got):\n%s", ok, diff)
	}
	if _, _, ok := MedianInterval(values[:5], 0.95); ok {
		t.Error("five values bound a median at 95 %")
	}
	if _, _, ok := MedianInterval(nil, 0.95); ok || !math.IsNaN(Median(nil)) {
		t.Error("nothing has a median")
	}
	if !slices.Equal(values, []float64{8, 1, 7, 2, 6, 3, 5, 4}) {
		t.Error("the values were put in another order")
	}
}

// Two sides of one build, several operations: any false alarm among them may come in 5 % of comparisons and not more often. Nor may the
// interval of a shift miss the truth, 0, more often than that.
func TestFalseAlarmsStayRare(t *testing.T) {
	const trials, operations, runs, alpha = 800, 14, 8, 0.05
	rng := rand.New(rand.NewPCG(9, 9))
	for name, round := range map[string]float64{"continuous": 0, "with ties": 0.5} {
		alarms, missed := 0, 0
		for range trials {
			p := make([]float64, operations)
			for op := range p {
				side := func() []float64 {
					values := make([]float64, runs)
					for i := range values {
						values[i] = math.Exp(rng.NormFloat64() * 0.3) // skewed, as latencies are
						if round > 0 {
							values[i] = math.Round(values[i]/round) * round
						}
					}
					return values
				}
				a, b := side(), side()
				_, p[op] = RankTest(a, b)
				if s := HodgesLehmann(a, b, 1-alpha); s.Lo > 0 || s.Hi < 0 {
					missed++
				}
			}
			if slices.Min(Holm(p)) <= alpha {
				alarms++
			}
		}
		// Three standard deviations are allowed to chance.
		most := func(n float64) float64 { return n*alpha + 3*math.Sqrt(n*alpha*(1-alpha)) }
		t.Logf("%s: %.2f %% of comparisons with a false alarm, %.2f %% of intervals beside 0", name, 100*float64(alarms)/trials, 100*float64(missed)/(trials*operations))
		if float64(alarms) > most(trials) || float64(missed) > most(trials*operations) {
			t.Errorf("%s: %d of %d comparisons with a false alarm, %d of %d intervals beside 0", name, alarms, trials, missed, trials*operations)
		}
		if name == "continuous" && alarms == 0 {
			t.Error("a test that never alarms finds nothing either")
		}
	}
}
