package ops

import (
	"math/rand/v2"
	"sort"
)

// ByWeight chooses tenants in proportion to weights, which are by tenant, at least 0 and not all 0. It draws one number of rng each and is
// safe for concurrent use.
func ByWeight(weights []float64) func(rng *rand.Rand) int {
	sums, sum := make([]float64, len(weights)), 0.0
	for i, w := range weights {
		sum += w
		sums[i] = sum
	}
	return func(rng *rand.Rand) int {
		at := rng.Float64() * sum
		// The first whose sum is beyond: one of weight 0 never is.
		return sort.Search(len(sums)-1, func(i int) bool { return sums[i] > at })
	}
}
