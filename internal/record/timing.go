package record

import (
	"math/bits"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The histograms count microseconds up to a minute, to three digits.
const (
	digits    = 3
	microsMax = int64(time.Minute / time.Microsecond)
	// exactBits is how many leading bits three digits keep: 2,048 steps, as in
	// the histograms.
	exactBits = 11
)

// timing is the distribution of one kind of duration, with its exact extremes.
type timing struct {
	histogram *hdrhistogram.Histogram
	sum, max  time.Duration
	// clamped counts durations below zero or above a minute.
	clamped int64
}

func newTiming() timing {
	return timing{histogram: hdrhistogram.New(1, microsMax, digits)}
}

// newCoarseTiming keeps two digits in a seventh of the memory: there is one for
// each operation, class and shard.
func newCoarseTiming() timing {
	return timing{histogram: hdrhistogram.New(1, microsMax, 2)}
}

func (t *timing) record(d time.Duration) {
	if d < 0 || d > time.Minute {
		t.clamped++
	}
	t.sum += max(0, d)
	t.max = max(t.max, d)
	if err := t.histogram.RecordValue(int64(micros(d))); err != nil {
		// micros keeps within the range that the histogram was made for.
		panic("record: " + err.Error())
	}
}

func (t *timing) merge(from *timing) {
	t.clamped += from.clamped + t.histogram.Merge(from.histogram)
	t.sum += from.sum
	t.max = max(t.max, from.max)
}

// Quantiles are of one kind of duration. All are 0 where Count is.
type Quantiles struct {
	Count                         int64
	P50, P90, P95, P99, Max, Mean time.Duration
	// Clamped samples were below zero or above a minute: they stand at that
	// end in the percentiles, while Max is exact.
	Clamped int64
}

func (t *timing) quantiles() Quantiles {
	q := Quantiles{Count: t.histogram.TotalCount(), Max: t.max, Clamped: t.clamped}
	if q.Count == 0 {
		return q
	}
	q.Mean = t.sum / time.Duration(q.Count)
	for _, p := range []struct {
		percent float64
		into    *time.Duration
	}{{50, &q.P50}, {90, &q.P90}, {95, &q.P95}, {99, &q.P99}} {
		// A bucket's upper end may lie above all that was in it.
		*p.into = min(time.Duration(t.histogram.ValueAtPercentile(p.percent))*time.Microsecond, q.Max)
	}
	return q
}

// micros rounds up, so that nothing looks faster than it was, and clamps.
func micros(d time.Duration) uint32 {
	d = min(max(d, 0), time.Minute)
	return uint32((d + time.Microsecond - 1) / time.Microsecond)
}

// bucketTop is the highest value that three digits can't tell from v.
func bucketTop(v uint32) uint32 {
	shift := max(0, bits.Len32(v)-exactBits)
	return v | (1<<shift - 1)
}
