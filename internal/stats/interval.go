package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Unbounded stands for an upper end that the samples can't give; a lower end
// that they can't give is 0.
const Unbounded = time.Duration(math.MaxInt64)

// Interval holds the true quantile with the confidence that was asked for.
type Interval struct {
	Lo, Hi time.Duration
}

// Bounded tells whether the samples sufficed to bound the interval above.
func (i Interval) Bounded() bool { return i.Hi != Unbounded }

var unknown = Interval{Lo: 0, Hi: Unbounded}

// QuantileInterval bounds the quantile q of what the samples, given ascending,
// were drawn from, by order statistics: the number of samples below the true
// quantile is binomial, whatever the distribution. It is exact for every number
// of samples that are independent, and too narrow for those that are not. ok is
// false where there are too few for an upper end: under 72 for p95 at 95 %.
func QuantileInterval(counts []Count, q, confidence float64) (_ Interval, ok bool) {
	n := Total(counts)
	if n == 0 || q <= 0 || q >= 1 {
		return unknown, false
	}
	tail := (1 - confidence) / 2
	// The lower end is the largest rank with P(K < rank) within the tail, the
	// upper the smallest with P(K >= rank) within it.
	lower, upper := int64(0), int64(0)
	walkBinomial(n, q, func(k int64, cumulative float64) bool {
		if cumulative <= tail {
			lower = k + 1
		}
		if cumulative >= 1-tail {
			upper = k + 1
			return true
		}
		return false
	})
	result := unknown
	if lower >= 1 {
		result.Lo = atRank(counts, lower)
	}
	if upper >= 1 && upper <= n {
		result.Hi = atRank(counts, upper)
	}
	return result, result.Bounded()
}

const (
	// windowsMin is what a bootstrap needs to say anything about how windows
	// vary.
	windowsMin = 5
	// windowsMax keeps long runs affordable; more windows are joined with their
	// neighbours, which only makes the blocks longer.
	windowsMax = 1000
)

// BlockBootstrap bounds the quantile q by drawing runs of neighbouring windows
// with replacement (circular moving blocks of the cube root of their number),
// so that load which comes in waves widens the interval. Windows are in order
// of time and may be empty. ok is false under 5 windows with samples.
func BlockBootstrap(windows [][]Count, q, confidence float64, rng *rand.Rand, iterations int) (_ Interval, ok bool) {
	filled := 0
	for _, w := range windows {
		if Total(w) > 0 {
			filled++
		}
	}
	if filled < windowsMin || iterations < 1 {
		return unknown, false
	}
	values, cells := tabulate(join(windows, windowsMax))
	length := int(math.Ceil(math.Cbrt(float64(len(cells)))))
	quantiles := make([]time.Duration, 0, iterations)
	sums := make([]int64, len(values))
	for range iterations {
		if at, ok := resample(cells, length, sums, q, rng); ok {
			quantiles = append(quantiles, values[at])
		}
	}
	if len(quantiles) == 0 {
		return unknown, false
	}
	slices.Sort(quantiles)
	tail := (1 - confidence) / 2
	last := float64(len(quantiles) - 1)
	return Interval{
		Lo: quantiles[int(math.Floor(tail*last))],
		Hi: quantiles[int(math.Ceil((1-tail)*last))],
	}, true
}

// P95Interval bounds the 95th percentile by the outer ends of order statistics
// over all samples and of the block bootstrap: the first knows what few samples
// can't tell, the second what their dependence hides. If either can't bound it,
// the result is unbounded.
func P95Interval(windows [][]Count, confidence float64, rng *rand.Rand, iterations int) (_ Interval, ok bool) {
	byOrder, ok := QuantileInterval(Merge(windows...), 0.95, confidence)
	if !ok {
		return byOrder, false
	}
	byBlocks, ok := BlockBootstrap(windows, 0.95, confidence, rng, iterations)
	if !ok {
		return unknown, false
	}
	return Interval{Lo: min(byOrder.Lo, byBlocks.Lo), Hi: max(byOrder.Hi, byBlocks.Hi)}, true
}

// cell is how often one window has the value of that number.
type cell struct {
	value int
	n     int64
}

// tabulate numbers the values that occur, ascending, so that drawing windows is
// adding up small numbers.
func tabulate(windows [][]Count) (values []time.Duration, cells [][]cell) {
	for _, c := range Merge(windows...) {
		values = append(values, c.Value)
	}
	cells = make([][]cell, len(windows))
	for i, w := range windows {
		cells[i] = make([]cell, len(w))
		for j, c := range w {
			at, _ := slices.BinarySearch(values, c.Value)
			cells[i][j] = cell{at, c.N}
		}
	}
	return values, cells
}

// resample draws as many windows as there are, in blocks, and gives the number
// of the quantile's value; false where only empty ones were drawn. It
// overwrites sums.
func resample(cells [][]cell, length int, sums []int64, q float64, rng *rand.Rand) (int, bool) {
	clear(sums)
	var total int64
	for drawn := 0; drawn < len(cells); {
		from := rng.IntN(len(cells))
		for i := 0; i < length && drawn < len(cells); i++ {
			for _, c := range cells[(from+i)%len(cells)] {
				sums[c.value] += c.n
				total += c.n
			}
			drawn++
		}
	}
	if total == 0 {
		return 0, false
	}
	rank := quantileRank(total, q)
	for at, n := range sums {
		if rank -= n; rank <= 0 {
			return at, true
		}
	}
	return len(sums) - 1, true
}

// join merges neighbours until no more than most windows are left.
func join(windows [][]Count, most int) [][]Count {
	group := (len(windows) + most - 1) / most
	if group <= 1 {
		return windows
	}
	joined := make([][]Count, 0, most)
	for chunk := range slices.Chunk(windows, group) {
		joined = append(joined, Merge(chunk...))
	}
	return joined
}
