package stats

// Likely gives the numbers of hits among n that a chance of p lets one expect: fewer than lo, or more than hi, come together less often than
// 1 - confidence.
func Likely(n int64, p, confidence float64) (lo, hi int64) {
	tail := (1 - confidence) / 2
	lo, hi = -1, n
	walkBinomial(n, p, func(k int64, cumulative float64) (stop bool) {
		if lo < 0 && cumulative > tail {
			lo = k
		}
		if cumulative >= 1-tail {
			hi = k
			return true
		}
		return false
	})
	return max(lo, 0), hi
}
