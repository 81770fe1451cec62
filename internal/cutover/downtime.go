package cutover

import (
	"slices"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
)

// downtime is what the answers of a load say of the time from begin to end. A gap that began before or ended after it counts whole: nobody
// who waited cares what it was cut by.
func downtime(answers []run.Answer, begin, end time.Time) (d result.Downtime) {
	d.Seconds = end.Sub(begin).Seconds()
	var good []time.Time
	for _, a := range answers {
		if a.Err == "" {
			good = append(good, a.Done)
		}
		if a.Done.Before(begin) || a.Due.After(end) {
			continue
		}
		if a.Err != "" {
			d.Failed++
			continue
		}
		d.Completed++
		d.MaxMillis = max(d.MaxMillis, millis(a.Done.Sub(a.Due)))
	}
	slices.SortFunc(good, time.Time.Compare)
	last := begin
	if i, _ := slices.BinarySearchFunc(good, begin, time.Time.Compare); i > 0 {
		last = good[i-1]
	}
	for _, at := range good {
		if at.Before(begin) {
			continue
		}
		d.LongestGapSeconds = max(d.LongestGapSeconds, at.Sub(last).Seconds())
		if last = at; at.After(end) {
			return d
		}
	}
	d.LongestGapSeconds = max(d.LongestGapSeconds, end.Sub(last).Seconds())
	return d
}

// millis gives milliseconds to the microsecond.
func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
