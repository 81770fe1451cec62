package reports

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/engardehq/bulkhead/internal/result"
)

// IntervalLog writes the interval logs of a run as one, in HdrHistogram's format: an interval for each second of each operation, tagged
// with the operation. A run document names these logs and doesn't hold their histograms; they are read from beside it, and held against its
// windows, so that another run's log isn't taken for this one's.
func IntervalLog(w io.Writer, d *result.Document) error {
	r, ok := d.Doc.(*result.Run)
	if !ok {
		return strange("hlog", d)
	}
	var all []*hdrhistogram.Histogram
	for _, l := range loads(r) {
		if l.observed == nil || l.observed.IntervalLog == "" {
			continue
		}
		intervals, err := readLog(d.Beside, l.observed.IntervalLog)
		if err == nil {
			err = sameLoad(intervals, l.Ops)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l.observed.IntervalLog, err)
		}
		all = append(all, intervals...)
	}
	if len(all) == 0 {
		return errors.New("this run has no interval log, so there are no histograms of it: its servers were not observed, or nothing was answered")
	}
	return writeLog(w, all)
}

func readLog(folder fs.FS, name string) (all []*hdrhistogram.Histogram, err error) {
	if folder == nil {
		return nil, errors.New("the log lies beside run.json, and this document lies in no folder")
	}
	f, err := folder.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("it is not beside the document, where the run left it; copy it there")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for reader := hdrhistogram.NewHistogramLogReader(f); ; {
		h, err := reader.NextIntervalHistogram()
		if err != nil {
			return nil, fmt.Errorf("not an interval log: %w", err)
		}
		if h == nil {
			return all, nil
		}
		all = append(all, h)
	}
}

// sameLoad holds the intervals against the document: as many answers of each operation, all together.
func sameLoad(intervals []*hdrhistogram.Histogram, ops []result.Op) error {
	logged := map[string]int64{}
	for _, h := range intervals {
		logged[h.Tag()] += h.TotalCount()
	}
	for _, op := range ops {
		var counted int64
		for _, window := range op.Windows {
			counted += window.Count
		}
		if logged[op.Name] != counted {
			return fmt.Errorf("it has %d answers of %s and the document %d: it is another run's", logged[op.Name], op.Name, counted)
		}
		delete(logged, op.Name)
	}
	for _, name := range sortedKeys(logged) {
		return fmt.Errorf("it has answers of %s, and the document none: it is another run's", name)
	}
	return nil
}

func writeLog(w io.Writer, all []*hdrhistogram.Histogram) error {
	base := all[0].StartTimeMs()
	for _, h := range all {
		base = min(base, h.StartTimeMs())
	}
	base -= base % 1000 // the format has the beginning in whole seconds
	log := hdrhistogram.NewHistogramLogWriter(w)
	log.SetBaseTime(base)
	err := log.OutputComment("[response times in ns, from when each execution was due; bulkhead]")
	if err == nil {
		err = log.OutputLogFormatVersion()
	}
	if err == nil {
		err = log.OutputStartTime(base)
	}
	if err == nil {
		err = log.OutputLegend()
	}
	for _, h := range all {
		if err == nil {
			err = log.OutputIntervalHistogram(h)
		}
	}
	return err
}
