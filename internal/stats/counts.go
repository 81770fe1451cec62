// Package stats says how far a measured percentile can be trusted: intervals of
// quantiles, their comparison with a target, and what zero hits in n checks
// still allow; and whether the runs of two builds differ by more than chance.
//
// It is pure: the same counts and the same source of randomness give the same
// answer. It never turns too few samples into a narrow interval; a side that
// the samples can't bound is given as unbounded. The recorder, the verdict and
// the comparison of runs call it.
package stats

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Count is how often a value was seen.
type Count struct {
	Value time.Duration
	N     int64
}

// Total is the number of samples.
func Total(counts []Count) int64 {
	var n int64
	for _, c := range counts {
		n += c.N
	}
	return n
}

// Merge adds up counts into one list, each value once, ascending.
func Merge(lists ...[]Count) []Count {
	var all []Count
	for _, list := range lists {
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b Count) int { return cmp.Compare(a.Value, b.Value) })
	merged := all[:0]
	for _, c := range all {
		if last := len(merged) - 1; last >= 0 && merged[last].Value == c.Value {
			merged[last].N += c.N
		} else {
			merged = append(merged, c)
		}
	}
	return merged
}

// Quantile is the smallest value that at least the share q (0..1) of the
// samples, given ascending, do not exceed; false where there are none.
func Quantile(counts []Count, q float64) (time.Duration, bool) {
	n := Total(counts)
	if n == 0 {
		return 0, false
	}
	return atRank(counts, quantileRank(n, q)), true
}

// quantileRank counts from 1. The little that is taken off keeps a product such
// as 0.95 x 100, which is a hair over 95 in floating point, at 95.
func quantileRank(n int64, q float64) int64 {
	return min(n, max(1, int64(math.Ceil(float64(n)*q-1e-9))))
}

// atRank is the rank-th smallest sample, counted from 1.
func atRank(counts []Count, rank int64) time.Duration {
	for _, c := range counts {
		if rank -= c.N; rank <= 0 {
			return c.Value
		}
	}
	return counts[len(counts)-1].Value
}
