package stats

import (
	"math/rand/v2"
	"testing"
)

func TestLikelyHoldsWhatComes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, at := range []struct {
		n int64
		p float64
	}{{10_000, 0.01}, {10_000, 0.001}, {20_000, 0.0001}, {50, 0.5}} {
		lo, hi := Likely(at.n, at.p, 0.99)
		mean := float64(at.n) * at.p
		if float64(lo) > mean || float64(hi) < mean || hi == at.n {
			t.Errorf("n %d, p %g: %d to %d doesn't hold the mean %g", at.n, at.p, lo, hi, mean)
		}
		const trials = 2000
		outside := 0
		for range trials {
			var hits int64
			for range at.n {
				if rng.Float64() < at.p {
					hits++
				}
			}
			if hits < lo || hits > hi {
				outside++
			}
		}
		if outside > trials*2/100 {
			t.Errorf("n %d, p %g: %d of %d trials fell out of %d to %d; want 1 %% at most, and as many again by chance", at.n, at.p, outside, trials, lo, hi)
		}
	}
}

func TestLikelyIsNarrow(t *testing.T) {
	if lo, hi := Likely(10_000, 0.01, 0.99); lo < 70 || hi > 130 {
		t.Errorf("%d to %d; want nothing wider than 70 to 130", lo, hi)
	}
	if lo, hi := Likely(1000, 0.0001, 0.99); lo != 0 || hi != 1 {
		t.Errorf("%d to %d; want 0 to 1", lo, hi)
	}
}
