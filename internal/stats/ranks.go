package stats

import (
	"cmp"
	"math"
	"slices"
)

// exactMost is how many values of both sides together the rank test still counts all arrangements of; beyond, it takes the normal curve.
const exactMost = 100

// RankTest is the Mann-Whitney test of two sides: U is how many pairs have the larger value in b, ties counting half, and P the chance of a U
// as far out, in either direction, if both sides were drawn from one distribution. P is exact up to 100 values, ties included: it counts
// the arrangements of the very values that were seen. Without values on a side P is 1.
func RankTest(a, b []float64) (u, p float64) {
	n, m := len(a), len(b)
	if n == 0 || m == 0 {
		return 0, 1
	}
	doubled, sum := doubledRanks(a, b)
	u = float64(sum-m*(m+1)) / 2
	if n+m > exactMost {
		return u, byNormal(u, n, m, doubled)
	}
	ways := sumWays(doubled, m)
	var all, below, above float64
	for at, w := range ways {
		all += w
		if at <= sum {
			below += w
		}
		if at >= sum {
			above += w
		}
	}
	return u, min(1, 2*min(below, above)/all)
}

// SmallestP is the least P that RankTest can give for sides of n and m values: all of one side below all of the other.
func SmallestP(n, m int) float64 {
	if n == 0 || m == 0 {
		return 1
	}
	all, _ := math.Lgamma(float64(n + m + 1))
	left, _ := math.Lgamma(float64(n + 1))
	right, _ := math.Lgamma(float64(m + 1))
	return min(1, 2*math.Exp(left+right-all))
}

// MoreNeeded is how many more values each side needs, as few as possible in all, before the smallest P, corrected for this many hypotheses,
// can come to alpha at all.
func MoreNeeded(n, m, hypotheses int, alpha float64) (moreA, moreB int) {
	for total := 0; ; total++ {
		best, at := 2.0, 0
		for a := 0; a <= total; a++ {
			if p := SmallestP(n+a, m+total-a); p < best {
				best, at = p, a
			}
		}
		// The hair keeps what is equal in exact numbers from failing by rounding.
		if best*float64(max(1, hypotheses)) <= alpha*(1+1e-9) {
			return at, total - at
		}
	}
}

// Holm corrects the P of several hypotheses, so that the chance of any false alarm among them stays what was asked for. The order is kept.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	adjusted := make([]float64, len(p))
	last := 0.0
	for place, i := range order {
		last = max(last, min(1, p[i]*float64(len(p)-place)))
		adjusted[i] = last
	}
	return adjusted
}

// Shift is by how much the values of one side are above those of the other. Without Bounded there are too few values for an interval.
type Shift struct {
	Estimate, Lo, Hi float64
	Bounded          bool
}

// HodgesLehmann is the median of all differences b - a, with the interval that the Mann-Whitney test gives: exact for continuous values,
// on the safe side with ties. Both sides need a value.
func HodgesLehmann(a, b []float64, confidence float64) Shift {
	differences := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			differences = append(differences, y-x)
		}
	}
	s := Shift{Estimate: Median(differences), Lo: math.Inf(-1), Hi: math.Inf(1)}
	slices.Sort(differences)
	if k := shiftRank(len(a), len(b), (1-confidence)/2); k >= 1 {
		s.Lo, s.Hi, s.Bounded = differences[k-1], differences[len(differences)-k], true
	}
	return s
}

// shiftRank is the largest k with P(U < k) within the tail; 0 where there is none.
func shiftRank(n, m int, tail float64) int {
	if n+m > exactMost {
		deviation := math.Sqrt(float64(n) * float64(m) * float64(n+m+1) / 12)
		return max(0, int(math.Floor(float64(n)*float64(m)/2-NormalQuantile(1-tail)*deviation)))
	}
	ranks := make([]int, n+m)
	for i := range ranks {
		ranks[i] = i + 1
	}
	ways := sumWays(ranks, m)
	var all, below float64
	for _, w := range ways {
		all += w
	}
	for k, least := 0, m*(m+1)/2; ; k++ { // the sum of U = k
		if below += ways[least+k]; below > tail*all {
			return k
		}
	}
}

// Median is the middle value, or the mean of the two in the middle; NaN where there is none.
func Median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// MedianInterval bounds the median of what the values were drawn from, by order statistics. ok is false under six values at 95 %.
func MedianInterval(values []float64, confidence float64) (lo, hi float64, ok bool) {
	n := len(values)
	sorted := slices.Sorted(slices.Values(values))
	rank, tail := 0, (1-confidence)/2
	walkBinomial(int64(n), 0.5, func(k int64, cumulative float64) bool {
		if cumulative <= tail {
			rank = int(k) + 1
		}
		return cumulative > tail
	})
	if rank < 1 || n == 0 {
		return 0, 0, false
	}
	return sorted[rank-1], sorted[n-rank], true
}

// NormalQuantile is the value that a standard normal variable stays below with probability p.
func NormalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// doubledRanks are twice the ranks of all values, ties sharing the middle of theirs, and their sum over b. Doubled, they are whole numbers.
func doubledRanks(a, b []float64) (ranks []int, sumB int) {
	type value struct {
		v float64
		b bool
	}
	all := make([]value, 0, len(a)+len(b))
	for _, v := range a {
		all = append(all, value{v, false})
	}
	for _, v := range b {
		all = append(all, value{v, true})
	}
	slices.SortFunc(all, func(x, y value) int { return cmp.Compare(x.v, y.v) })
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && all[to].v == all[from].v {
			to++
		}
		for i := from; i < to; i++ {
			ranks = append(ranks, from+1+to)
			if all[i].b {
				sumB += from + 1 + to
			}
		}
		from = to
	}
	return ranks, sumB
}

// sumWays counts, for each sum, the ways to choose m of the ranks that come to it.
func sumWays(ranks []int, m int) []float64 {
	most := 0
	for _, r := range ranks {
		most += r
	}
	ways := make([][]float64, m+1)
	for k := range ways {
		ways[k] = make([]float64, most+1)
	}
	ways[0][0] = 1
	reach := 0
	for i, r := range ranks {
		reach += r
		for k := min(m, i+1); k >= 1; k-- {
			for sum := reach; sum >= r; sum-- {
				ways[k][sum] += ways[k-1][sum-r]
			}
		}
	}
	return ways[m]
}

// byNormal is P by the normal curve, corrected for ties and for U being in steps.
func byNormal(u float64, n, m int, doubled []int) float64 {
	total := float64(n + m)
	ties := 0.0
	for from := 0; from < len(doubled); {
		to := from
		for to < len(doubled) && doubled[to] == doubled[from] {
			to++
		}
		t := float64(to - from)
		ties += t*t*t - t
		from = to
	}
	variance := float64(n) * float64(m) / 12 * (total + 1 - ties/(total*(total-1)))
	if variance <= 0 {
		return 1
	}
	z := max(0, math.Abs(u-float64(n)*float64(m)/2)-0.5) / math.Sqrt(variance)
	return math.Erfc(z / math.Sqrt2)
}
