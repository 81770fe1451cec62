package observe

import (
	"bytes"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/engardehq/bulkhead/internal/record"
)

// TestIntervalLog reads the log back with the library's own reader and holds it against the recorder, interval by interval.
func TestIntervalLog(t *testing.T) {
	rec, err := record.New(record.Config{Ops: []record.Op{{Name: "read", Target: time.Second}, {Name: "write", Target: time.Second}}, Tenants: 3})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 20_000 {
		due := time.Duration(rng.Int64N(int64(7 * time.Second)))
		if due >= 3*time.Second && due < 4*time.Second {
			continue // a second without any
		}
		s := record.Sample{Op: i % 2, Due: due, Response: time.Duration(rng.ExpFloat64() * float64(40*time.Millisecond)), Tenant: i % 3}
		if i%50 == 0 {
			s.ErrClass = "timeout" // not a response
		}
		rec.Record(i, s)
	}
	summary := rec.Finish()
	began := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	var text bytes.Buffer
	if err := WriteLog(&text, summary, began); err != nil {
		t.Fatal(err)
	}
	type at struct {
		op     string
		second int
	}
	read := map[at]*hdrhistogram.Histogram{}
	reader := hdrhistogram.NewHistogramLogReader(&text)
	for {
		h, err := reader.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		where := at{h.Tag(), int((h.StartTimeMs() - began.UnixMilli() + 500) / 1000)}
		if _, twice := read[where]; twice {
			t.Errorf("%v twice", where)
		}
		read[where] = h
	}
	whole := 0
	for _, op := range summary.Ops {
		for second, w := range op.Windows {
			h := read[at{op.Name, second}]
			if w.Count == 0 {
				if h != nil {
					t.Errorf("%s, second %d: an interval of %d where nothing was due", op.Name, second, h.TotalCount())
				}
				continue
			}
			whole++
			if h == nil || h.TotalCount() != w.Count {
				t.Fatalf("%s, second %d: %v, want %d", op.Name, second, h, w.Count)
			}
			if got := time.Duration(h.Max()); (got - w.Max).Abs() > w.Max/500+2*time.Microsecond {
				t.Errorf("%s, second %d: max %s, want %s", op.Name, second, got, w.Max)
			}
			var sum float64
			for _, c := range w.Response {
				sum += float64(c.Value) * float64(c.N)
			}
			if got, want := h.Mean(), sum/float64(w.Count); math.Abs(got/want-1) > 0.002 {
				t.Errorf("%s, second %d: mean %.0f ns, want %.0f ns", op.Name, second, got, want)
			}
		}
	}
	if whole != 12 || len(read) != whole {
		t.Errorf("%d intervals for %d windows, want 12", len(read), whole)
	}
}

func TestSaveLogTellsWhereItCantWrite(t *testing.T) {
	if err := SaveLog(filepath.Join(t.TempDir(), "none", IntervalLog), record.Summary{}, time.Now()); err == nil {
		t.Error("no error for a folder that isn't there")
	}
}
