package stats

import "math"

// spread is how many standard deviations from the mean a binomial probability
// is still worth adding up. What lies beyond is of no account, and much further
// out the first probability would round to 0 and all others with it.
const spread = 12

// walkBinomial gives k and P(K <= k) for K ~ Bin(n, p), upwards from where it
// begins to matter, until stop or n.
func walkBinomial(n int64, p float64, each func(k int64, cumulative float64) (stop bool)) {
	mean := float64(n) * p
	deviation := math.Sqrt(mean * (1 - p))
	k := max(0, int64(mean-spread*deviation)-1)
	probability := binomialAt(n, p, k)
	cumulative := probability
	for !each(k, min(cumulative, 1)) && k < n {
		probability *= float64(n-k) / float64(k+1) * p / (1 - p)
		k++
		cumulative += probability
	}
}

func binomialAt(n int64, p float64, k int64) float64 {
	all, _ := math.Lgamma(float64(n) + 1)
	some, _ := math.Lgamma(float64(k) + 1)
	rest, _ := math.Lgamma(float64(n-k) + 1)
	return math.Exp(all - some - rest + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

// UpperBound is the largest share of hits that seeing hits in n independent
// checks still allows with this confidence (the exact one-sided bound). For no
// hits at 95 % it comes to about 3/n. Without checks everything is possible: 1.
func UpperBound(hits, n int64, confidence float64) float64 {
	if n <= 0 || hits >= n {
		return 1
	}
	hits = max(hits, 0)
	if hits == 0 {
		return -math.Expm1(math.Log(1-confidence) / float64(n))
	}
	low, high := float64(hits)/float64(n), 1.0
	for range 100 {
		middle := (low + high) / 2
		if atMost(hits, n, middle) > 1-confidence {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// atMost is P(K <= k) for K ~ Bin(n, p).
func atMost(k, n int64, p float64) float64 {
	if p >= 1 {
		return 0
	}
	var result float64
	walkBinomial(n, p, func(at int64, cumulative float64) bool {
		if at <= k {
			result = cumulative
		}
		return at >= k
	})
	return result
}
