package load

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/scenarios"
)

// BenchmarkLag measures the generator's own lateness, with work that takes
// 200 us of CPU and then waits as for a server. One iteration is 3 s of load.
func BenchmarkLag(b *testing.B) {
	for _, rate := range []float64{300, 1000} {
		b.Run(fmt.Sprintf("%.0f_per_s", rate), func(b *testing.B) {
			var p99, worst time.Duration
			for range b.N {
				s, err := NewSchedule(scenarios.Constant, 0, constant(rate), nil)
				if err != nil {
					b.Fatal(err)
				}
				e := &Engine{Schedule: s, Workers: 64, WarmUp: 200 * time.Millisecond, Duration: 3 * time.Second}
				r, err := e.Run(b.Context(), func(ctx context.Context, _ int, _ Job) {
					for start := time.Now(); time.Since(start) < 200*time.Microsecond; {
					}
					sleep(ctx, 2*time.Millisecond)
				})
				if err != nil {
					b.Fatal(err)
				}
				p99, worst = max(p99, r.LagP99), max(worst, r.LagMax)
			}
			b.ReportMetric(float64(p99.Microseconds()), "lag-p99-us")
			b.ReportMetric(float64(worst.Microseconds()), "lag-max-us")
		})
	}
}
