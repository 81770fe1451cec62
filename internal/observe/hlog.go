package observe

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/engardehq/bulkhead/internal/record"
	"github.com/engardehq/bulkhead/internal/stats"
)

// IntervalLog is the name of the interval log in the folder of a run.
const IntervalLog = "latency.hlog"

// The histograms of the log count nanoseconds up to a minute, to three digits: what readers of this format expect, and what the
// recorder keeps.
const (
	logMax    = int64(time.Minute)
	logDigits = 3
)

// SaveLog writes the interval log to a file, whole or not at all.
func SaveLog(path string, s record.Summary, began time.Time) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".latency-*.hlog")
	if err != nil {
		return fmt.Errorf("interval log: %w", err)
	}
	defer os.Remove(tmp.Name())
	err = WriteLog(tmp, s, began)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("interval log: %w", err)
	}
	return nil
}

// WriteLog writes response times in HdrHistogram's log format: for each second and operation one interval, tagged with the operation. began is
// the end of warm-up. An empty interval is left out; that it is missing says so.
func WriteLog(w io.Writer, s record.Summary, began time.Time) error {
	buffered := bufio.NewWriter(w)
	log := hdrhistogram.NewHistogramLogWriter(buffered)
	base := began.UnixMilli()
	log.SetBaseTime(base)
	for _, head := range []func() error{
		func() error {
			return log.OutputComment("[response times in ns, from when each execution was due; bulkhead]")
		},
		log.OutputLogFormatVersion,
		func() error { return log.OutputStartTime(base) },
		log.OutputLegend,
	} {
		if err := head(); err != nil {
			return fmt.Errorf("interval log: %w", err)
		}
	}
	h := hdrhistogram.New(1, logMax, logDigits)
	seconds := 0
	for _, op := range s.Ops {
		seconds = max(seconds, len(op.Windows))
	}
	for second := range seconds {
		for _, op := range s.Ops {
			if second >= len(op.Windows) || op.Windows[second].Count == 0 {
				continue
			}
			at := op.Windows[second]
			if err := fill(h, at.Response); err != nil {
				return fmt.Errorf("interval log: %s, second %d: %w", op.Name, second, err)
			}
			h.SetTag(op.Name)
			h.SetStartTimeMs(base + at.Start.Milliseconds())
			h.SetEndTimeMs(base + (at.Start + time.Second).Milliseconds())
			if err := log.OutputIntervalHistogram(h); err != nil {
				return fmt.Errorf("interval log: %w", err)
			}
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("interval log: %w", err)
	}
	return nil
}

func fill(h *hdrhistogram.Histogram, times []stats.Count) error {
	h.Reset()
	for _, t := range times {
		if err := h.RecordValues(min(max(int64(t.Value), 1), logMax), t.N); err != nil {
			return err
		}
	}
	return nil
}
